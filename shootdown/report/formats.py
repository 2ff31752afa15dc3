"""The forms in which `check` tells an answer, by name."""

from collections.abc import Callable, Sequence

from shootdown.ir import UsageError
from shootdown.model.design import Expect
from shootdown.report.mail import mail_body, mail_end, mail_text
from shootdown.report.markdown import markdown_body, markdown_end, markdown_text
from shootdown.report.mermaid import mermaid_text
from shootdown.report.sequence_svg import svg
from shootdown.report.text import check_text
from shootdown.review.answer import Answer
from shootdown.review.catalogue import did_you_mean

TEXT, JSON, PNG, SVG, MAIL, MARKDOWN = "text", "json", "png", "svg", "mail", "markdown"

Teller = Callable[[Answer, str, Expect | None], str]
"""Words an answer, given the name or path of its design and what the design states."""

_TELLERS: dict[str, tuple[Teller, str]] = {
    TEXT: (lambda answer, _, expect: check_text(answer, expect), "txt"),
    MAIL: (mail_text, "txt"),
    MARKDOWN: (lambda answer, design, _: markdown_text(answer, design), "md"),
    "mermaid": (lambda answer, _, __: mermaid_text(answer), "mmd"),
    SVG: (lambda answer, _, __: svg(answer), "svg"),
    PNG: (lambda answer, _, expect: check_text(answer, expect), "png"),  # the picture is a file, not for a terminal
}


_ENDED: dict[str, tuple[Callable[[Answer, Expect | None], str], Callable[[Answer, str, Sequence[str]], str]]] = {
    MAIL: (mail_body, mail_end),
    MARKDOWN: (lambda answer, _: markdown_body(answer), lambda a, design, more: markdown_end(a.request, design, more)),
}


def known_form(name: str, *, json: bool) -> str:
    """The form that is asked for; `json`: also by `--json`. A UsageError names one that there is not."""
    known = [*_TELLERS, JSON]
    if name not in known:
        raise UsageError(f"there is no format `{name}`{did_you_mean(name, known)}")
    if json and name not in {TEXT, JSON}:
        raise UsageError(f"--json and --format {name} are two formats; drop one of them")
    return JSON if json else name


def teller(form: str) -> Teller:
    """What words answers in this form."""
    return _TELLERS[form][0]


def body(form: str, answer: Answer, design: str, expect: Expect | None = None) -> str:
    """An answer in this form, but for its `end`."""
    return _ENDED[form][0](answer, expect) if form in _ENDED else teller(form)(answer, design, expect)


def end(form: str, answer: Answer, design: str, more: Sequence[str] = ()) -> str:
    """What stands at the very end in this form: the command that prints all of it again, with these options more."""
    return _ENDED[form][1](answer, design, more) if form in _ENDED else ""


def content(form: str, answer: Answer, design: str) -> str | bytes:
    """What a file in this form has in it."""
    if form == PNG:
        from shootdown.report.png import png  # noqa: PLC0415 # only where pictures are wanted

        return png(svg(answer))
    return teller(form)(answer, design, None)


def ending(form: str) -> str:
    """The ending of a file in this form."""
    return _TELLERS[form][1]

"""Why an answer is as it is, as data for the page: what a proof needs and does without, and what repairs a refutation.

By default the page tells of a proof what its lemmas lean on, which takes seconds. `--why` asks more, up to minutes for
a cell: a run that goes wrong without each fact, and the sets of facts whose repair removes every trace.
"""

from collections.abc import Iterator
from typing import Any

from shootdown.ir.product import Product
from shootdown.report.repair import sentences
from shootdown.report.why import why_sections
from shootdown.review.answer import Answer
from shootdown.review.repair import blame
from shootdown.review.why import Why, why
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted
from shootdown.search.why import Effort

Data = dict[str, Any]

BRIEF = Effort(brief=True)
"""What is looked at without `--why`."""

ALL_WERE_MADE = (
    "The check was made under all the assumptions named above; those listed here as not needed could be dropped from "
    "this proof, all of them together."
)
"""Why an assumption may stand above a proof and below it among what is not needed."""

_TITLES = {Proved: "What the proof needs, and what it does not", Refuted: "What would repair it"}


def with_reasons(data: Data, answer: Answer, limits: Limits, *, full: bool = False) -> Data:
    """A cell with the key `why`: a title, sections of texts, and the command that tells more.

    `note` stands above sections that name what is not needed. A KeyboardInterrupt where the search was interrupted.
    Cells about which nothing can be said stay as they are.
    """
    title = _TITLES.get(type(answer.verdict), "")
    sections = [(head, texts) for head, texts in _sections(answer, limits, full=full) if texts]
    more = "" if full or not _asks_more(answer) else f"{data['command']} --why"
    if not title or not (sections or more):
        return data
    note = ALL_WERE_MADE if any(head.startswith("does not need") for head, _ in sections) else ""
    return data | {"why": {"title": title, "note": note, "sections": [list(one) for one in sections], "command": more}}


def _sections(answer: Answer, limits: Limits, *, full: bool) -> Iterator[tuple[str, list[str]]]:
    match answer.verdict:
        case Proved():
            found = why(answer, limits, None if full else BRIEF)
            if isinstance(found, Why) and not found.facts.complete and not limits.expired():
                raise KeyboardInterrupt
            yield from why_sections(found)
        case Refuted() if full:
            yield "", list(sentences(blame(answer, limits)))


def _asks_more(answer: Answer) -> bool:
    """Whether `check --why` has something to say about the answer."""
    if isinstance(answer.system, Product):
        return False
    match answer.verdict:
        case Proved(universal=proof, ranked=ranked):
            return proof is not None and not ranked
        case Refuted():
            return True
    return False


__all__ = ["with_reasons"]

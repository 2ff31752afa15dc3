"""`shootdown new`: one file with a proposal that can be checked at once, and if wanted a file of tests beside it."""

import keyword
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined

from shootdown.ir.errors import UsageError
from shootdown.model.design import CONTRACTS
from shootdown.model.designs import designs
from shootdown.model.usermem.designs import abis
from shootdown.report.files import write_whole
from shootdown.review.catalogue import did_you_mean

LONGEST = 60
"""Letters of a name, so that lines and file names stay readable."""

_BEGUN = "Begun as a copy of the built-in design `{}`, with what that one states about its verdicts."
_POINT = "    # The original's place in the design space: drop it when the loop becomes another.\n"
_ROWS = f"""\
    # A row such as "A A R A" is for the contracts {", ".join(CONTRACTS)}, in this order.
    # A: proved for any number; H: proved, if only for sizes; R: refuted; V: vacuous; -: nothing is stated.
"""

_KEBAB = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Options:
    """What the user typed. `source`: the built-in design to start from."""

    name: str
    directory: Path = Path()
    source: str = ""
    test: bool = False


def run(options: Options, tell: Callable[[str], object]) -> None:
    """Write the files and say what comes next; a UsageError writes nothing and says why."""
    name, directory = known_good(options.name), options.directory
    if os.path.lexists(directory) and not directory.is_dir():
        raise UsageError(f"{directory} is a file; -o takes a directory")
    texts = {directory / f"{name}.py": copied(options.source, name) if options.source else rendered("design", name)}
    if options.test:
        texts[directory / f"test_{name.replace('-', '_')}.py"] = rendered("test", name)
    for path in texts:
        if os.path.lexists(path):
            raise UsageError(f"{path} exists and is left as it is; choose another name or directory")
    for path, text in texts.items():
        write_whole(path, text)
        tell(f"wrote {path}\n")
    tell(f"next: shootdown check {directory / f'{name}.py'}\n")


def known_good(name: str) -> str:
    """The name, if a design and a file can have it; a UsageError says what a name looks like."""
    if not _KEBAB.fullmatch(name) or len(name) > LONGEST:
        raise UsageError(
            f"`{name}` is no name for a design; use at most {LONGEST} small letters, digits and single hyphens, "
            "beginning with a letter: keep-going"
        )
    if name in designs():
        raise UsageError(f"`{name}` is a built-in design; choose another name, or begin with --from {name}")
    if name in abis():
        raise UsageError(f"`{name}` is a built-in proposal about bytes; choose another name")
    if keyword.iskeyword(name) or ("-" not in name and _hides_a_module(name)):
        raise UsageError(f"{name}.py would stand in the way of Python's own `{name}`; choose a name with a hyphen")
    return name


def _hides_a_module(name: str) -> bool:
    """Whether programs that run beside the file would import it instead of a module that they need."""
    found = find_spec(name)
    return found is not None and found.origin != str(Path(f"{name}.py").resolve())


def rendered(kind: str, name: str) -> str:
    """The scaffold of a `design` or a `test`."""
    template = f"new-{kind}.py.jinja"
    text = (files("shootdown.report") / "templates" / template).read_text("utf-8")
    loader = DictLoader({template: text})
    made = Environment(loader=loader, autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True)
    return made.get_template(template).render(name=name)


def copied(source: str, name: str) -> str:
    """The module of a built-in design under a new name: what it states, and neither its source nor its headline."""
    known = designs()
    if source not in known:
        raise UsageError(f"there is no built-in design `{source}`{did_you_mean(source, list(known))}")
    module = import_module(f"shootdown.model.designs.{source.replace('-', '_')}")
    text = Path(str(module.__file__)).read_text("utf-8")
    plain = rendered("design", name)
    for old, new in (
        (rf'^"""`{source}`: (.*)\n', rf"{plain.splitlines()[0]}\n\n{_BEGUN.format(source)}\nOf `{source}`: \1\n"),
        (rf'^    name="{source}",$', f'    name="{name}",'),
        (r'^    source=".*",$', _line(plain, "source=")),
    ):
        text, count = re.subn(old, new, text, flags=re.MULTILINE)
        if count != 1:
            raise UsageError(f"`{source}` cannot be copied: its file has no line of the form {old}, or several")
    text = re.sub(r"^(?=    point=)", _POINT, text, flags=re.MULTILINE)
    return re.sub(r"^(?=    expects=)", _ROWS, text, flags=re.MULTILINE)


def _line(text: str, start: str) -> str:
    """The line of a scaffold that begins so."""
    return next(line for line in text.splitlines() if line.startswith(f"    {start}"))

"""What Python passes over in silence in a design's file: refused at its line; and files that say what they mean."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.ir import ModelError
from shootdown.ir.errors import is_users
from shootdown.ir.fingerprint import fingerprint
from shootdown.model.build import build
from shootdown.model.design import Design
from shootdown.model.designs import best_effort, designs
from shootdown.model.world import World
from shootdown.properties import properties
from shootdown.review.answer import answer
from shootdown.review.catalogue import load_design
from shootdown.review.problem import Request
from shootdown.search.result import Limits
from shootdown.search.verdict import Closed, Proved

HEAD = '''"""A proposal."""

from __future__ import annotations

import enum
import functools
import logging
import operator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, overload

from shootdown.ir import exists, forall, ite
from shootdown.model.design import Design
from shootdown.model.sorts import Device, Errno, Mode

if TYPE_CHECKING:
    from shootdown.ir import Expr
'''
TAIL = """
DESIGN = Design(name="best-effort", source="a test", summary="a test", after_device=after_device)

if __name__ == "__main__":
    raise SystemExit("not run")
"""
KEEP = "    s.ret = ite(s.ret == Errno.OK, ret, s.ret)\n    s.todo[d] = False\n"


def model_of(tmp_path: Path, loop: str, name: str = "own.py") -> str:
    """Fingerprint of what the file means."""
    path = tmp_path / name
    path.write_text(f"{HEAD}{loop}{TAIL}")
    return fingerprint(build(World(load_design(path), "ideal")), ())


SILENT = {
    "s.ret = ret if s.ret is Errno.OK else s.ret": "`is`, `in` a set",
    "s.ret = ret if Errno.OK is s.ret is ret else s.ret": "`is`, `in` a set",
    "s.ret = ret if s.ret in {Errno.OK} else s.ret": "`is`, `in` a set",
    "s.ret = {}.get(s.ret, ret)": "`is`, `in` a set",
    "s.ret = ret if ret is Mine.OK else Errno.EINVAL": "an Errno is never <Errno.OK: 1>",
    "s.ret = ret if ret == Mine.OK else Errno.EINVAL": "an Errno is never <Errno.OK: 1>",
    "s.ret = ret if ret is not 22 else Errno.EINVAL": "an Errno is never 22",
    "s.ret = ret if ret != 'EINVAL' else Errno.EINVAL": "an Errno is never 'EINVAL'",
    "s.ret = ret if ret in ('EINVAL',) else Errno.EINVAL": "an Errno is never 'EINVAL'",
    "s.ret = ret if ret in {22, 110} else Errno.EINVAL": "an Errno is never ",
    "s.ret = {-22: ret}.get(ret, Errno.EINVAL)": "an Errno is never -22",
    "s.ret = ret if f'{s.ret}' == 'OK' else s.ret": "the text of what comes from `s`",
    "s.ret = ret if str(s.ret) in ('OK', '0') else s.ret": "the text of what comes from `s`",
    "s.ret = {'OK': ret}.get(f'{s.ret}', s.ret)": "the text of what comes from `s`",
    "s.ret == ret": "this value is lost; `s.ret == x` compares, write `s.ret = x`",
    "ite(s.ret == Errno.OK, ret, s.ret)": "this value is lost",
    "s.listed[d] & (s.ret == Errno.OK)": "this value is lost",
    "s.ret = ret if s.reported_done else s.ret": "a derived term is read at its arguments",
    "assert s.ret == Errno.OK": "a symbolic value has no truth value",
}


@pytest.mark.filterwarnings("ignore:.*with .* literal:SyntaxWarning")
@pytest.mark.parametrize("line", SILENT)
def test_what_python_passes_over_is_said_at_its_line(tmp_path: Path, line: str) -> None:
    """Each would be another loop than it reads."""
    loop = (
        f"\nMine = enum.Enum('Errno', 'OK EINVAL')\n\ndef after_device(s, d, ret):\n    {line}\n    s.todo[d] = False\n"
    )
    with pytest.raises(ModelError, match=re.escape(SILENT[line])) as found:
        model_of(tmp_path, loop)
    assert f"own.py:{(HEAD + loop).splitlines().index('    ' + line) + 1}: " in str(found.value)


HONEST = {
    "helpers and constants": """
ZERO = Errno.OK
HARD = (Errno.EINVAL, Errno.ENODEV)

def first(old, new):
    return ite(old == ZERO, new, old)

def after_device(s, d, ret):
    if ret in HARD or ret in {Errno.ETIMEDOUT} or ret is ZERO or ret is not None:
        s.ret = first(s.ret, ret)
    else:
        s.ret = first(s.ret, ret)
    s.todo[d] = False
""",
    "a dataclass with a method called get, and one more helper of its name": """
@dataclass(frozen=True)
class Loop:
    zero: Errno = Errno.OK

    def get(self, s): return s.ret

    def after_device(self, s, d, ret):
        s.ret = ite(self.get(s) == self.zero, ret, self.get(s))
        s.todo[d] = False

class Other:
    def get(self, s): return s.mode

after_device = Loop().after_device
""",
    "partial, wraps and a closure": """
def logged(function):
    @functools.wraps(function)
    def inner(*args):
        logging.debug("%s", args)
        print(f"{args[1].ret} of {args[2]}", end="")
        return function(*args)
    return inner

def making(zero):
    @logged
    def loop(stop, s, d, ret):
        s.ret = ite(s.ret == zero, ret, s.ret)
        s.todo[d] = ret in stop
    return functools.partial(loop, ())

after_device = making(Errno.OK)
""",
    "tables by the answer": """
NAMES = {errno: errno.name for errno in Errno}
KEEP = {Errno.OK: False}

@functools.cache
def hard(ret):
    return KEEP.get(ret, True) and NAMES[ret] != "OK"

def after_device(s, d, ret):
    s.ret = ite(s.ret == Errno.OK, Errno[NAMES[ret]] if hard(ret) else Errno.OK, s.ret)
    s.todo[d] = False
""",
    "match": """
def after_device(s, d, ret):
    match ret:
        case Errno.OK:
            s.ret = ite(s.ret == Errno.OK, Errno.OK, s.ret)
        case Errno.EINVAL | Errno.ENODEV:
            s.ret = ite(s.ret == Errno.OK, ret, s.ret)
        case _:
            s.ret = ite(s.ret == Errno.OK, ret, s.ret)
    s.todo[d] = False
""",
    "a lambda with defaults, an alias, an assignment that changes": """
def after_device(s, d, ret):
    "What the others do."
    left = s.todo
    s.ret = ite(s.ret == Errno.OK, ret, s.ret)
    left[d] &= False
""",
    "overloads and annotations": """
@overload
def same(x: Errno) -> Errno: ...
@overload
def same(x: Expr) -> Expr: ...
def same(x): return x

def after_device(s: object, d: Expr, ret: Errno) -> None:
    s.ret = ite(same(s.ret) == Errno.OK, same(ret), s.ret)
    s.todo[d] = False
""",
}


def states_of(design: Design) -> list[int]:
    """How many states a proof has seen at each size with one device."""
    sizes = {"Domain": 1, "Group": 1, "Device": 1}
    found = answer(
        Request(design, properties()["failure-is-told"], "ideal", sizes=sizes), Limits(), obligations=False
    ).verdict
    assert isinstance(found, Proved)
    return [seen.states for seen in found.certificate if isinstance(seen, Closed)]


@pytest.fixture(scope="module")
def plain() -> list[int]:
    """The design of the catalogue."""
    return states_of(designs()["best-effort"])


@pytest.mark.parametrize("kind", HONEST)
def test_a_file_that_says_what_it_means_is_that_design(tmp_path: Path, plain: list[int], kind: str) -> None:
    """The verdict of `best-effort` after as many states, from a path with spaces and more letters than ASCII has."""
    (tmp_path / "ünïcode with spaces").mkdir()
    path = tmp_path / "ünïcode with spaces" / "my design-v2.py"
    path.write_text(f"{HEAD}{HONEST[kind]}{TAIL}")
    assert states_of(load_design(path)) == plain


@pytest.mark.parametrize("field", ["known=('x',)", "nested_only=True", "loop_says='{nothing_of_that_name}'"])
def test_a_mistake_in_a_field_is_said_at_its_line(tmp_path: Path, field: str) -> None:
    """Also where it is found long after the Design was made."""
    path = tmp_path / "own.py"
    loop = "\ndef after_device(s, d, ret):\n    s.ret = Errno.OK\n    s.todo[d] = False\n"
    text = HEAD + loop + TAIL.replace("after_device=after_device", f"after_device=after_device,\n    {field}")
    path.write_text(text)
    sizes = ("--devices", "1", "--groups", "1", "--domains", "1", "--contract", "ideal")
    done = CliRunner().invoke(app, ["check", str(path), "failure-is-told", *sizes])
    line = next(k for k, said in enumerate(text.splitlines(), 1) if field in said)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {path}:{line}: `{field.partition('=')[0]}` of ")


def test_a_file_is_the_users_wherever_it_stands() -> None:
    """Also one among the tool's own designs, where a copy is tried out: it is judged as any other."""
    path = Path(best_effort.__file__)
    assert is_users(load_design(path).after_device)
    assert not is_users(designs()["best-effort"].after_device)


def test_the_plain_loop_is_the_design_of_the_catalogue(tmp_path: Path) -> None:
    """To the letter, and so is one that is written with other means of Python."""
    plain = model_of(tmp_path, f"\ndef after_device(s, d, ret):\n{KEEP}")
    assert plain == fingerprint(build(World(designs()["best-effort"], "ideal")), ())
    for kind in ("helpers and constants", "partial, wraps and a closure", "match", "tables by the answer"):
        assert model_of(tmp_path, HONEST[kind]) == plain

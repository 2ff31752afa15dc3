"""`shootdown report`: what is asked, what is written, what the exit code says."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.cli.options import by_default
from shootdown.cli.page import Options, cells_of, singles_of
from shootdown.model.designs import designs
from shootdown.report import page_answers
from shootdown.report.single import solve as solve_single
from shootdown.review.cells import cells
from shootdown.review.single import singles

SMALL = ("report", "count", "--contract", "smmuv3-v10", "--property", "wrong-mode-is-refused", "--jobs", "1")
OWN = """
from shootdown.model.design import Design

def after_device(s, d, ret):
    s.ret = ret
    s.todo[d] = False

DESIGN = Design(name="own", source="a <test>", summary="the last answer wins", after_device=after_device)
"""


def run(*args: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of one command in this process."""
    done = CliRunner().invoke(app, list(args), prog_name="shootdown")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_by_default_everything_that_is_stated_is_asked() -> None:
    """The page has the cells of the review, each once."""
    asked = cells_of(Options(Path("x")))
    said = [(c.design, c.contract, c.expect) for c in cells()]
    stated = [(d, e.property, c, e.policy, e.topology, e.faults, e.only) for d, c, e in said]
    shown = [(a.source, a.property, a.contract, a.policy, a.topology, a.faults, a.only) for a in asked]
    assert sorted(stated, key=str) == sorted(shown, key=str)
    assert list(dict.fromkeys(a.source for a in asked)) == list(designs())


def test_by_default_bytes_and_ranges_are_asked_too() -> None:
    """All that is stated, narrowed by name and by property; a contract leaves none, as they have no contract."""
    assert singles_of(Options(Path("x"))) == singles()
    assert {c.name for c in singles_of(Options(Path("x"), ("type1-v1",)))} == {"type1-v1"}
    assert {c.name for c in singles_of(Options(Path("x"), ("B02",)))} == {"B02"}
    only = Options(Path("x"), properties=("checked-is-used",))
    assert {c.property for c in singles_of(only)} == {"checked-is-used"}
    assert not cells_of(only)
    assert not singles_of(Options(Path("x"), contracts=("ideal",)))


def test_bytes_and_ranges_come_from_the_cache_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is kept is replayed; numbers are found anew."""
    monkeypatch.setenv("SHOOTDOWN_CACHE", str(tmp_path / "cache.sqlite"))
    monkeypatch.setattr(page_answers, "tool", lambda: {"sources": "fixed"})
    asked = ("report", "mail-proposal", "X8", "--jobs", "1")
    some = ("--property", "reads-within-argsz", "--property", "range-is-covered", "--property", "error-is-told")
    first, second = tmp_path / "one.html", tmp_path / "two.html"
    assert run(*asked, *some, "-o", str(first))[0] == 0
    monkeypatch.setattr(
        page_answers, "solve_afresh", lambda c: solve_single(c) if c.about == "ranges" else pytest.fail("!")
    )
    assert run(*asked, *some, "-o", str(second))[0] == 0
    assert first.read_bytes() == second.read_bytes()


def test_a_page_comes_from_the_cache_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time nothing is searched, and the file is the same."""
    monkeypatch.setenv("SHOOTDOWN_CACHE", str(tmp_path / "cache.sqlite"))
    monkeypatch.setattr(page_answers, "tool", lambda: {"sources": "fixed"})
    first, second = tmp_path / "one.html", tmp_path / "two.html"
    code, told, _ = run(*SMALL, "-o", str(first))
    assert code == 0
    assert told == f"{first}: 1 check, {first.stat().st_size / 1e6:.1f} MB\n"
    monkeypatch.setattr(page_answers, "answer", lambda *_: pytest.fail("searched again"))
    assert run(*SMALL, "-o", str(second))[0] == 0
    assert first.read_bytes() == second.read_bytes()


def test_a_design_of_a_user_states_nothing_and_is_checked_all_the_same(tmp_path: Path) -> None:
    """Without a check of the mode the call answers 0 in an empty container, so the exit code is 1."""
    own = tmp_path / "own.py"
    own.write_text(OWN)
    wanted = ("--property", "wrong-mode-is-refused", "--contract", "vtd-v10", "--no-cache", "--jobs", "1")
    page = tmp_path / "own.html"
    code, _, _ = run("report", str(own), *wanted, "-o", str(page))
    assert code == 1
    assert "a &lt;test&gt;" in page.read_text("utf-8")


def test_of_a_named_design_default_checks_are_asked_where_nothing_is_stated(tmp_path: Path) -> None:
    """A file that states something of one contract is asked about another one all the same; the same of a property."""
    own = tmp_path / "own.py"
    stated = 'expects=(Expect("failure-is-told", {"vtd-v10": "refuted"}, "the last answer wins"),))'
    own.write_text(
        OWN.replace("import Design", "import Design, Expect").replace(
            "after_device=after_device)", f"after_device=after_device, {stated}"
        )
    )
    page, both = Path("x"), ("vtd-v10", "ideal")

    def asked(contracts: tuple[str, ...] = (), properties: tuple[str, ...] = ()) -> list[tuple[str, str]]:
        return [(a.property, a.contract) for a in cells_of(Options(page, (str(own),), contracts, properties))]

    told = ("failure-is-told", "vtd-v10")
    assert asked() == [told]
    assert asked(contracts=("vtd-v10",)) == [told]
    assert asked(contracts=("ideal",)) == [(name, "ideal") for name in by_default()]
    assert asked(contracts=both) == [told, *((name, "ideal") for name in by_default())]
    assert asked(properties=("report-is-sufficient",)) == [("report-is-sufficient", "vtd-v10")]
    assert asked(properties=("failure-is-told",)) == [told]
    assert asked(properties=("failure-is-told",), contracts=both) == [told, ("failure-is-told", "ideal")]
    assert not asked(properties=("checked-is-used",))


def test_without_a_name_only_what_is_stated_is_asked() -> None:
    """A filter on the whole catalogue adds nothing to it."""
    asked = cells_of(Options(Path("x"), contracts=("ideal",)))
    assert {(a.source, a.property) for a in asked} == {
        (d, e.property) for d, c, e in ((c.design, c.contract, c.expect) for c in cells()) if c == "ideal"
    }


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--contract", "vtd-v11"), "there is no contract `vtd-v11`; did you mean `vtd-v10`?"),
        (("--property", "success"), "there is no property `success`"),
        (("--recover", "none.json"), "none.json cannot be read"),
        (("nothing",), "there is no design `nothing`"),
        (("-o", "."), ". is a directory"),
    ],
)
def test_bad_input_is_one_sentence(options: tuple[str, ...], sentence: str) -> None:
    """Exit code 2, and no traceback."""
    code, _, error = run("report", *options)
    assert code == 2
    assert error.startswith(f"error: {sentence}")
    assert error.count("\n") == 1


def test_a_page_without_a_cell_is_not_written() -> None:
    """A filter that leaves nothing is a mistake."""
    code, _, error = run("report", "--contract", "vtd-v10", "--property", "success-means-coherent-now")
    assert code == 2
    assert "nothing is stated" in error

"""A design's state machine as DOT."""

import re
from functools import cache

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.cli.show import ONE_OF_EACH
from shootdown.ir import UsageError
from shootdown.model.build import build
from shootdown.model.world import World
from shootdown.report.dot import dot
from shootdown.report.machine import LARGEST, machine
from shootdown.review.catalogue import find_design
from shootdown.search.result import Limits

TWO = ("--devices", "2", "--groups", "2")


@cache
def printed(variables: str, *more: str, design: str = "type1-v1") -> str:
    """What `show --graph` prints, by default for the posted loop."""
    done = CliRunner().invoke(app, ["show", design, "--policy", "report-and-complete", "--graph", variables, *more])
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


@cache
def arrows(variables: str, *more: str, design: str = "type1-v1") -> dict[tuple[str, str], set[str]]:
    """Its arrows: from and to which words, and by which actions."""
    text = printed(variables, *more, design=design)
    words = dict(re.findall(r"^  (n\d+) \[label=\"([^\"]*)\"", text, re.MULTILINE))
    found: dict[tuple[str, str], set[str]] = {}
    for before, after, actions in re.findall(r"(n\d+) -> (n\d+) \[label=\"([^\"]*)\"", text):
        found.setdefault((words[before], words[after]), set()).update(actions.split(r"\n"))
    return found


def test_the_machine_of_a_call() -> None:
    """Every place where a call can be, and the actions that lead from one to the next; others are left out."""
    rows = printed("call").splitlines()
    assert rows[0] == "digraph machine {"
    assert rows[-1] == "}"
    edges = {(a.removeprefix("call = "), b.removeprefix("call = ")): w for (a, b), w in arrows("call").items()}
    assert edges == {
        ("NONE", "ENTERED"): {"vmm_calls"},
        ("ENTERED", "LOCKED"): {"call_lock"},
        ("ENTERED", "UNLOCKED"): {"call_without_backend"},
        ("LOCKED", "UNLOCKED"): {"call_unlock"},
        ("UNLOCKED", "RETURNED"): {"call_returns"},
        ("RETURNED", "NONE"): {"vmm_completes"},
    }
    assert [row for row in rows if "penwidth" in row] == ['  n2 [label="call = NONE", shape=box, penwidth=3];']


def test_two_variables_are_two_rows_of_a_node() -> None:
    """In the order in which they are named; no success is returned where no call was made."""
    text = printed("ret,call")
    assert r'label="ret = EINVAL\ncall = RETURNED"' in text
    assert r'label="ret = EINVAL\ncall = NONE"' not in text


def test_size_contract_and_what_is_not_drawn_are_said() -> None:
    """In the label: nobody takes the picture for one of all sizes, or of all steps."""
    label = " ".join(re.findall(r"^  label=\"(.*?)\"", printed("call,ret", *TWO), re.MULTILINE)[0].split(r"\n"))
    assert label.startswith(
        "type1-v1, contract vtd-v10, policy report-and-complete, at 1 domain, 2 groups, 2 devices, 1 unit, "
        "1 iova, 1 frame: call, ret "
    )
    plain = " ".join(label.split())
    assert "8 nodes for all " in plain
    assert "not drawn, since they change none of these variables anywhere: atc_fill, " in plain
    assert "iotlb_flush," in plain
    drawn = set().union(*arrows("call,ret", *TWO).values())
    assert not drawn & {"atc_fill", "iotlb_flush", "dma"}


def test_a_walk_that_goes_on_after_an_error_looks_different() -> None:
    """Within one domain, and in two, where the posted loop's error is overwritten; with one device neither shows.

    `best-effort` goes on and keeps the first error: a loop. `type1-v1` leaves the domain's groups, and begins the next
    domain with its return value: an arrow from the error back to success.
    """
    error, success = r"call = LOCKED\nret = EINVAL", r"call = LOCKED\nret = OK"
    ours, posted = (arrows("call,ret", *TWO, design=d) for d in ("best-effort", "type1-v1"))
    assert ours[error, error] == {"refused_without_ats"}
    assert (error, error) not in posted
    assert {ends: w for ends, w in ours.items() if ends != (error, error)} == posted

    ours, posted = (arrows("call,ret", *TWO, "--domains", "2", design=d) for d in ("best-effort", "type1-v1"))
    assert "atc_flush" in posted[error, success]
    assert (error, success) not in ours
    assert arrows("call,ret", design="best-effort") == arrows("call,ret")


def test_faults_are_labelled_and_dashed() -> None:
    """On arrows of their own, beside what else leads the same way."""
    text = printed("call,ret", "--contract", "ideal")
    faulty = [row for row in text.splitlines() if " -> " in row and "(fault)" in row]
    assert [re.findall(r"label=\"([^\"]*)\"", row)[0] for row in faulty] == [
        "refused (fault)", r"atc_answer_lost (fault)\natc_timed_out (fault)",
    ]  # fmt: skip
    assert all("style=dashed, color=" in row for row in faulty)
    (both,) = (words for words in arrows("call,ret", "--contract", "ideal").values() if "refused (fault)" in words)
    assert both == {"refused (fault)", "refused_not_nested"}


def test_every_row_is_dot() -> None:
    """A node, an arrow, or an attribute: quoted labels, nothing after them but attributes."""
    quoted, attribute = r'"(?:[^"\\]|\\.)*"', r'\w+=(?:"[^"]*"|\w+)'
    item = rf"(?:node|edge|n\d+|n\d+ -> n\d+) \[(?:label={quoted})?(?:(?:, )?{attribute})*\]"
    row = rf"  (?:{item}|label={quoted}; labelloc=t; fontname=monospace);"
    rows = printed("call,ret", "--contract", "ideal").splitlines()
    assert len(rows) > 20
    assert [r for r in rows[1:-1] if not re.fullmatch(row, r)] == []


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["cal"], "the variable `cal` does not exist; did you mean `call`?"),
        (["pte"], "the variable `pte` has arguments"),
    ],
)
def test_what_cannot_be_drawn(names: list[str], words: str) -> None:
    """One sentence says why."""
    system = build(World(find_design("type1-v1"), "vtd-v10", "report-and-complete"))
    with pytest.raises(UsageError, match=re.escape(words)):
        machine(system, ONE_OF_EACH, names)


def test_a_graph_that_nobody_can_read_is_refused() -> None:
    """Too many nodes, or too many states to look at: then it says what fits."""
    system = build(World(find_design("type1-v1"), "vtd-v10", "report-and-complete"))
    with pytest.raises(UsageError, match="name fewer variables"):
        machine(system, ONE_OF_EACH, ["mode", "call", "ret", "stage", "lock", "queued", "found", "req"])
    with pytest.raises(UsageError) as error:
        machine(system, {**ONE_OF_EACH, "Device": 90, "Group": 2, "Frame": 2}, ["call"], "", Limits(states=10_000))
    assert str(error.value) == (
        "1 domain, 2 groups, 90 devices, 1 unit, 1 iova, 2 frames cannot be drawn: more than 10000 states; "
        "--groups 2 can be drawn"
    )
    with pytest.raises(UsageError, match=r"more than 3000 states$"):
        machine(system, ONE_OF_EACH, ["call"], "", Limits(states=3000))
    assert LARGEST >= 1_000_000


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--graph", "call", "--devices", "0"), "Device has size 0; every sort needs at least one element"),
        (("--graph", "call", "--iovas", "-1"), "Iova has size -1; every sort needs at least one element"),
        (("--devices", "2"), "a size is for a state machine; name its variables, say --graph call,ret"),
        (("-o", "x"), "-o is for a state machine; name its variables"),
        (("--format", "svg"), "--format is for a state machine; name its variables"),
    ],
)
def test_options_that_make_no_sense(words: tuple[str, ...], says: str) -> None:
    """One sentence, and exit code 2."""
    done = CliRunner().invoke(app, ["show", "type1-v1", *words])
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {says}")
    assert done.stderr.count("\n") == 1


def test_the_machine_is_text_that_stays_the_same() -> None:
    """Whatever is in a name comes back from its quotes; no order depends on hashes."""
    system = build(World(find_design("type1-v1"), "vtd-v10", "report-and-complete"))
    drawn = machine(system, ONE_OF_EACH, ["call"], 'a "design" with \\ in it')
    assert r'label="a \"design\" with \\ in it at 1 domain' in dot(drawn)
    assert dot(drawn) == dot(machine(system, ONE_OF_EACH, ["call"], 'a "design" with \\ in it'))

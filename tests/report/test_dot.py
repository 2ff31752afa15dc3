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
from shootdown.report.dot import dot, machine
from shootdown.review.catalogue import find_design


@cache
def printed(variables: str) -> str:
    """What `show --graph` prints for the posted loop."""
    args = ["show", "type1-v1", "--policy", "report-and-complete", "--graph", variables]
    done = CliRunner().invoke(app, args)
    assert done.exit_code == 0
    return done.stdout


def test_the_machine_of_a_call() -> None:
    """Every place where a call can be, and the actions that lead from one to the next; others are left out."""
    rows = printed("call").splitlines()
    assert rows[0] == "digraph machine {"
    assert rows[-1] == "}"
    names = dict(re.findall(r"(n\d+) \[label=\"call = (\w+)\"", printed("call")))
    edges = re.findall(r"(n\d+) -> (n\d+) \[label=\"([^\"]*)\"", printed("call"))
    assert {(names[a], names[b]): words for a, b, words in edges} == {
        ("NONE", "ENTERED"): "vmm_calls",
        ("ENTERED", "LOCKED"): "call_lock",
        ("ENTERED", "UNLOCKED"): "call_without_backend",
        ("LOCKED", "UNLOCKED"): "call_unlock",
        ("UNLOCKED", "RETURNED"): "call_returns",
        ("RETURNED", "NONE"): "vmm_completes",
    }
    assert [row for row in rows if "penwidth" in row] == ['  n2 [label="call = NONE", shape=box, penwidth=3];']


def test_two_variables_are_two_rows_of_a_node() -> None:
    """In the order in which they are named; no success is returned where no call was made."""
    text = printed("ret,call")
    assert r'label="ret = EINVAL\ncall = RETURNED"' in text
    assert r'label="ret = EINVAL\ncall = NONE"' not in text


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
        dot(system, ONE_OF_EACH, names)


def test_a_graph_that_nobody_can_read_is_refused() -> None:
    """Too many nodes, or too many states to look at."""
    system = build(World(find_design("type1-v1"), "vtd-v10", "report-and-complete"))
    with pytest.raises(UsageError, match="name fewer variables"):
        machine(system, ONE_OF_EACH, ["mode", "call", "ret", "stage", "lock", "queued", "found", "req"])
    with pytest.raises(UsageError, match="more than 20000 states"):
        machine(system, {**ONE_OF_EACH, "Device": 2, "Group": 2, "Frame": 2}, ["call"])

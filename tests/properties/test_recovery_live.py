"""Does the guest go on, is nobody starved, does every call return? The policies of a VMM, against every report.

Each row was written down, with its reason, before the first run. A refutation is a fair run that goes round for ever:
it is replayed, and its loop checked for every instance of a fair action, before it is a verdict.
"""

from dataclasses import replace

import networkx as nx
import pytest

from shootdown.ir.slice import cone
from shootdown.model.axes import design_at, point_named
from shootdown.model.design import Design
from shootdown.search.question import at_place
from shootdown.search.stategraph import state_graph
from shootdown.search.verdict import Proved, RefutedLasso
from tests.model.cases import ONE
from tests.properties.recovering import FIXED, LASTING, Cell, go_on, ids, problem, stop, verdict

pytestmark = pytest.mark.long  # whole checks of the model; some minutes together

GUEST = "recoverable"
STARVED = "no-starvation"
RETURNS = "every-call-returns"
STAYS_DEAD = frozenset({"reset_revives"})
KNOWS_NOTHING = frozenset({"recovering_vmm_keeps_to_nesting"})
COMES_BACK = frozenset({"shunned_device_stays_out"})

LIVE: tuple[tuple[Cell, str], ...] = (
    (Cell(go_on("status"), "reset-named-and-flush", GUEST), "the reset revives, the next call succeeds"),
    (Cell(stop("failing"), "reset-named-and-flush", GUEST), "the same, one failed device after the other"),
    (Cell(stop(), "reset-all-and-flush", GUEST), "the same, at the cost of everybody"),
    (Cell(go_on("status"), "unplug-device", GUEST), "who does not answer goes, until the rest succeeds"),
    (Cell(stop("failing"), "unplug-device", GUEST), "the same, one failed device after the other"),
    (Cell(go_on(), "retry-all", GUEST, only=LASTING), "what passes, passes; nobody dies"),
    (Cell(stop(), "retry-all", GUEST, only=LASTING), "the same"),
    (Cell(stop("count"), "resume-with-generation", GUEST, only=LASTING), "after -EAGAIN it begins anew"),
    (Cell(go_on(), "inject-guest-error", GUEST, only=LASTING), "the guest asks again, and no failure is left"),
    (Cell(go_on(), "retry-all", STARVED), "every call attempts every device"),
    (Cell(go_on("status"), "retry-not-done", STARVED), "who is not done is attempted again"),
    (Cell(stop("failing"), "reset-named-and-flush", STARVED), "the dead device in front is revived"),
    (Cell(stop(), "retry-all", RETURNS), "a dead device ends its driver call with -ETIMEDOUT"),
    (Cell(go_on(), "retry-all", RETURNS, contract="smmuv3-v10"), "the poll gives up"),
)

STUCK: tuple[tuple[Cell, str, str], ...] = (
    (Cell(stop(), "retry-all", GUEST), "dead_timed_out", "the dead device fails every call"),
    (Cell(go_on(), "retry-all", GUEST), "dead_timed_out", "nobody else is stale, and the guest still waits"),
    (Cell(go_on("status"), "retry-not-done", GUEST), "dead_timed_out", "the dead device is never done"),
    (Cell(stop("count"), "resume-after-count", GUEST), "dead_timed_out", "the position never moves"),
    (Cell(go_on(), "inject-guest-error", GUEST), "vmm_injects", "the guest asks again and again"),
    (Cell(go_on("status"), "reset-named-and-flush", GUEST, without=STAYS_DEAD), "device_reset", "dead again each time"),
    (Cell(go_on("status"), "unplug-device", GUEST, contract="vtd-v10"), "atc_submit_again", "the call never returns"),
    (Cell(stop(), "retry-all", STARVED), "dead_timed_out", "the walk never gets behind the dead device"),
    (Cell(stop("count"), "resume-after-count", STARVED), "dead_timed_out", "nor does it from a position"),
    (Cell(go_on(), "retry-all", STARVED, contract="vtd-v10"), "atc_submit_again", "the first call never returns"),
    (Cell(stop(), "retry-all", RETURNS, contract="vtd-v10"), "atc_submit_again", "B19: submitted again and again"),
    (Cell(go_on(), "retry-all", RETURNS, contract="vtd-5.7"), "dead_silent", "the merged driver waits as well"),
)


LEANING: tuple[tuple[Cell, set[str], str], ...] = (
    (
        Cell(go_on(), "retry-all", GUEST, only=LASTING, never=FIXED, without=KNOWS_NOTHING), {"call_without_backend"},
        "where no backend is set every call is refused, and the VMM calls again",
    ),
    (
        Cell(go_on("status"), "reset-named-and-flush", GUEST, without=COMES_BACK), {"unset_container", "set_container"},
        "a device that failed leaves before its reset and comes back before the next call, again and again",
    ),
    (
        Cell(go_on("status"), "unplug-device", GUEST, without=COMES_BACK), {"vmm_unplugs", "set_container"},
        "it is taken out, and comes back before the next call",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("cell", "steps", "why"), LEANING, ids=ids(LEANING))
def test_going_on_leans_on_what_a_vmm_is_taken_to_do(cell: Cell, steps: set[str], why: str) -> None:
    """Without the assumption a fair run goes round for ever; what is safe does not lean on it."""
    found = verdict(cell)
    assert isinstance(found, RefutedLasso), why
    assert steps <= {s.action for s in found.lasso.loop}, why
    assert isinstance(verdict(replace(cell, name="no-reuse-while-stale", only=None)), Proved)


@pytest.mark.parametrize(("cell", "why"), LIVE, ids=ids(LIVE))
def test_a_policy_gets_on_where_its_report_allows_it(cell: Cell, why: str) -> None:
    """Safe and live: nothing stale is given up, and no fair run goes round without reaching the goal."""
    assert isinstance(verdict(replace(cell, never=FIXED)), Proved), why


@pytest.mark.long
@pytest.mark.parametrize(("cell", "why"), LIVE, ids=ids(LIVE))
def test_a_policy_gets_on_though_groups_come_and_go(cell: Cell, why: str) -> None:
    """As often as they like, a dead device that leaves in time and comes back in time among them."""
    assert isinstance(verdict(cell), Proved), why


@pytest.mark.parametrize(("cell", "step", "why"), STUCK, ids=ids(STUCK))
def test_a_policy_goes_round_for_ever_where_it_does_not(cell: Cell, step: str, why: str) -> None:
    """A fair lasso, with one death and no other fault; the loop goes through the step that the reason names."""
    found = verdict(replace(cell, never=FIXED))
    assert isinstance(found, RefutedLasso), why
    assert step in {s.action for s in found.lasso.loop}, why
    assert dict(found.tallies) == {"died": 1}


def test_a_stopped_vm_is_safe_and_goes_nowhere() -> None:
    """Its guest waits for ever, which is no loop of steps: nothing happens any more."""
    found = verdict(Cell(go_on(), "stop-vm", GUEST))
    assert isinstance(found, RefutedLasso)
    assert "vmm_stops" in {s.action for s in found.lasso.stem}


FATAL = design_at(point_named("stop/no-validation/errno/fatal/mode-check/fetch-once/lock-walk"))


@pytest.mark.parametrize(("design", "policy"), [(FATAL, "retry-all"), (stop(), "stop-vm")], ids=["kernel", "VMM"])
def test_to_be_cut_off_is_not_to_be_invalidated(design: Design, policy: str) -> None:
    """The walk never gets behind the dead device; whoever is behind it keeps its entries, cut off or not."""
    assert isinstance(verdict(Cell(design, policy, STARVED, never=FIXED)), RefutedLasso)


def test_a_call_that_returns_is_seen_on_the_graph_itself() -> None:
    """By hand, without the engine: inside a call only a dead device under VT-d goes round, and nothing under ideal."""
    assert loops("ideal") == set()
    assert loops("vtd-v10") == {frozenset({"dead_silent", "atc_submit_again"})}


def loops(contract: str) -> set[frozenset[str]]:
    """Actions of kernel and driver that lie on a circle of states inside a call, for one device."""
    asked = problem(Cell(go_on(), "retry-all", RETURNS, contract=contract, sizes=ONE, never=FIXED))
    (place,) = asked.places
    whole = at_place(asked.system, place)
    part = cone(whole, [f for r in asked.responses for f in (r.trigger, r.goal)])
    graph = state_graph(part, ONE)
    inside = [n for n, data in graph.nodes(data=True) if data["state"]["call"][()] in (1, 2, 3)]
    fair = {f.action for r in asked.responses for f in r.fair}
    steps = nx.DiGraph()
    for one, two, data in graph.subgraph(inside).edges(data=True):
        names = {label.split("(")[0] for label in data["actions"]} & fair
        if names:
            steps.add_edge(one, two, names=names)
    rings = [c for c in nx.strongly_connected_components(steps) if len(c) > 1]
    return {frozenset(n for *_, d in steps.subgraph(c).edges(data=True) for n in d["names"]) for c in rings}

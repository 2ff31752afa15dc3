"""Dead devices, resets and policies: what each step does and leaves alone, and that nothing of it is there unasked."""

from dataclasses import replace
from enum import Enum
from typing import Any

import pytest

from shootdown.cli.options import by_default
from shootdown.ir import System, UsageError, formula
from shootdown.ir.interp import apply, enabled, successors
from shootdown.ir.slice import cone
from shootdown.ir.system import Claim, Expectation
from shootdown.ir.temporal import Fair, Strength
from shootdown.ir.trace import ConcreteState
from shootdown.model.build import build
from shootdown.model.conjectures import CONJECTURES
from shootdown.model.design import CONTRACTS, POLICIES, POLICY_NEEDS, RECOVERING, Design
from shootdown.model.designs import designs
from shootdown.model.fairness import fair
from shootdown.model.policies import REACTIONS
from shootdown.model.sorts import Call, Errno, Mode
from shootdown.model.spared import SPARED
from shootdown.model.world import World
from shootdown.properties import properties
from shootdown.search import explicit
from shootdown.search.question import can_fire, stuck_claim
from shootdown.search.result import Limits
from tests.model.cases import BEST_EFFORT, DESIGNS, ONE

TALKATIVE = replace(BEST_EFFORT, report=("errno", "count", "failing", "status"))
"""Best-effort with a report that every policy can live with."""

STOP = designs()["type1-v1-stop"]
TWO = ONE | {"Device": 2, "Group": 2}
PARTS = frozenset({"recovery"})
BROUGHT = {"dead", "lost", "was_blocked", "reset_takes", "spared", "skip", "resume_at", "handled", "out", "stopped"}
"""Variables of the optional parts."""


def model(policy: str, contract: str = "ideal", *without: str, parts: frozenset[str] = PARTS) -> System:
    """The talkative design under a policy."""
    return build(World(TALKATIVE, contract, policy, frozenset(without), parts))


@pytest.mark.parametrize("policy", POLICIES[:3])
@pytest.mark.parametrize("contract", CONTRACTS)
def test_nothing_of_recovery_is_in_a_model_that_does_not_ask_for_it(policy: str, contract: str) -> None:
    """The policies of before have no dead device, no reset, no memory."""
    system = build(World(TALKATIVE, contract, policy))
    assert not BROUGHT & set(system.by_name)
    assert not {"dies", "device_reset", "walk_skips"} & set(system.action)
    assert {"dead", "lost"} <= set(model(policy, contract).by_name)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_that_a_report_cannot_express_is_refused_in_one_sentence(policy: str) -> None:
    """An errno alone names nobody and counts nobody."""
    if policy not in POLICY_NEEDS:
        assert build(World(BEST_EFFORT, "ideal", policy)).action
        return
    with pytest.raises(UsageError) as told:
        World(BEST_EFFORT, "ideal", policy)
    text = str(told.value)
    assert text.startswith(f"not expressible with this report: `{policy}` needs `")
    assert text.endswith("`best-effort` reports errno")


@pytest.mark.parametrize("policy", sorted(POLICY_NEEDS))
def test_any_one_of_the_fields_is_enough(policy: str) -> None:
    """Each field that the policy can use lets it be expressed."""
    for field in POLICY_NEEDS[policy]:
        assert build(World(replace(BEST_EFFORT, report=("errno", field)), "ideal", policy)).action


@pytest.mark.parametrize("contract", CONTRACTS)
def test_only_the_death_itself_is_a_fault(contract: str) -> None:
    """What follows from it is counted by nobody, so that a lasso may go round in it."""
    actions = model("retry-all", contract, parts=PARTS | {"stage2"}).action
    assert actions["dies"].fault
    assert actions["dies"].tally == "died"
    after = [a for name, a in actions.items() if "dead" in name]
    assert {a.name for a in after} == {
        "ideal": {"dead_timed_out", "stage2_dead_silent"},
        "smmuv3-v10": {"dead_given_up", "stage2_dead_given_up"},
    }.get(contract, {"dead_silent", "stage2_dead_silent"})
    assert not any(a.fault or a.tally for a in after)


def stuck(design: Design, contract: str, policy: str) -> bool:
    """Whether a call can get stuck with one of everything."""
    system = build(World(design, contract, policy))
    claim = stuck_claim(system)
    assert claim is not None
    found = explicit.search(cone(system, [claim.formula]), [claim], ONE, Limits())
    assert found.complete
    return found.candidate is not None


@pytest.mark.parametrize("contract", CONTRACTS)
def test_no_policy_gets_a_call_stuck(contract: str) -> None:
    """Whatever is skipped, refused, reset or dead: a call in progress has a next step of the kernel."""
    assert [p for p in RECOVERING if stuck(TALKATIVE, contract, p)] == []


@pytest.mark.long
@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: d.name)
def test_no_policy_gets_a_call_of_a_design_stuck(design: Design, contract: str) -> None:
    """Every design of the catalogue, under every policy that its report can express."""
    assert [p for p in RECOVERING if not design.inexpressible(p) and stuck(design, contract, p)] == []


@pytest.mark.parametrize("policy", RECOVERING)
def test_every_reaction_has_its_occasion_somewhere(policy: str) -> None:
    """A step that some designs give no occasion for is not a guard that is never true."""
    fields = ("errno", *POLICY_NEEDS.get(policy, ())[:1])
    system = build(World(replace(STOP, report=fields), "ideal", policy))
    wanted = [Claim(a.name, Expectation.SOMETIMES, can_fire(a)) for a in system.actions if a.name in REACTIONS]
    part = cone(system, [c.formula for c in wanted])
    found = explicit.search(part, wanted, TWO, Limits())
    assert wanted
    assert {c.name for c in wanted} <= found.witnessed


def state_of(system: System, sizes: dict[str, int], **changes: Any) -> ConcreteState:
    """A state in which everything is 0 but for the tables that are given."""
    found = {v.name: dict.fromkeys(_points(v.args, sizes), 0) for v in system.variables}
    for name, table in changes.items():
        for at, value in (table.items() if isinstance(table, dict) else [((), table)]):
            assert at in found[name]
            found[name][at] = value
    return found


def _points(sorts: tuple[Any, ...], sizes: dict[str, int]) -> list[tuple[int, ...]]:
    rows: list[tuple[int, ...]] = [()]
    for sort in sorts:
        rows = [(*r, k) for r in rows for k in range(sizes[sort.name])]
    return rows


def failed(system: System, **changes: Any) -> ConcreteState:
    """Two devices in groups of their own; a call is back with -ETIMEDOUT, device 0 failed, device 1 answered."""
    usual: dict[str, Any] = {
        "group_of": {(1,): 1}, "attached": {(0,): 1, (1,): 1}, "mode": _value(Mode.NESTING),
        "has_ats": {(0,): 1, (1,): 1},
        "call": _value(Call.RETURNED), "ret": _value(Errno.ETIMEDOUT), "listed": {(0,): 1, (1,): 1}, "queued": 1,
        "acked": {(1,): 1}, "told_done": {(1,): 1}, "told_failed": {(0,): 1}, "failing": {(0,): 1}, "count": 1,
        "atc": {(0, 0, 0): 1, (1, 0, 0): 1}, "iotlb": {(0, 0, 0, 0): 1}, "dead": {(0,): 1}, "blocked": {(0,): 1},
    }  # fmt: skip
    if "reset_takes" in system.by_name:
        usual["reset_takes"] = {(0, 0): 1, (1, 1): 1}
    return state_of(system, TWO, **(usual | changes))


def _value(member: Enum) -> int:
    return [m.name for m in type(member)].index(member.name)


def after(system: System, name: str, *args: int, **changes: Any) -> ConcreteState:
    """The state after a step that is enabled once the call has failed."""
    state = failed(system, **changes)
    assert enabled(system.action[name], args, state, TWO), name
    return apply(system.action[name], args, state, TWO)


def test_a_reset_empties_an_atc_and_no_iotlb() -> None:
    """It ends being cut off and being dead, for the function that it takes, and loses nobody who answered."""
    system = model("reset-named")
    assert not enabled(system.action["device_reset"], (1,), failed(system), TWO)
    end = after(system, "device_reset", 0)
    assert end["atc"] == {(0, 0, 0): 0, (1, 0, 0): 1}
    assert end["iotlb"] == {(0, 0, 0, 0): 1}
    assert set(end["dead"].values()) == set(end["blocked"].values()) == set(end["lost"].values()) == {0}
    assert not enabled(system.action["device_reset"], (0,), end, TWO)


def test_a_slot_reset_takes_the_neighbour_who_answered() -> None:
    """Without function-level reset both ATCs are empty, and the device that answered is lost."""
    system = model("reset-named", "ideal", "function_level_reset")
    slot = dict.fromkeys([(0, 0), (0, 1), (1, 0), (1, 1)], 1)
    end = after(system, "device_reset", 0, reset_takes=slot)
    assert set(end["atc"].values()) == {0}
    assert end["lost"] == {(0,): 0, (1,): 1}
    assert "function_level_reset" not in {a.name for a in system.assumptions}


def test_without_its_assumption_a_reset_leaves_a_device_dead() -> None:
    """The ATC is empty all the same."""
    system = model("reset-named", "ideal", "reset_revives")
    end = after(system, "device_reset", 0)
    assert end["dead"][0,] == 1
    assert end["atc"][0, 0, 0] == 0


def test_a_device_that_has_left_is_not_reset() -> None:
    """Its descriptor is gone with its group; the VMM goes on without it."""
    system = model("reset-named-and-flush")
    gone = failed(system, attached={(0,): 0, (1,): 1})
    assert not enabled(system.action["device_reset"], (0,), gone, TWO)
    assert enabled(system.action["vmm_calls_again"], (), gone, TWO)
    end = apply(system.action["vmm_calls_again"], (), gone, TWO)
    assert end["out"] == {(0,): 1, (1,): 0}
    assert not enabled(system.action["set_container"], (0,), end, TWO)


def test_unplugging_takes_the_group_out_with_all_that_other_parts_add_to_it() -> None:
    """Stage 2 drops its mappings as for UNSET_CONTAINER; an open device is closed first."""
    system = model("unplug-device", parts=PARTS | {"stage2"})
    end = after(system, "vmm_unplugs", 0, users={(0,): 1, (1,): 1}, pinned={(0,): 1}, s2={(0, 0): 1})
    assert end["attached"] == {(0,): 0, (1,): 1}
    assert end["users"] == {(0,): 0, (1,): 1}
    written = {a.name: {u.variable.name for u in a.updates} for a in system.actions}
    assert written["vmm_unplugs"] == written["unset_container"] | {"users", "lost"}
    assert not enabled(system.action["set_container"], (0,), end, TWO)


@pytest.mark.parametrize(
    ("policy", "memory"),
    [
        ("retry-not-done", ("spared", {(0,): 0, (1,): 1})),
        ("resume-after-count", ("skip", {(): 1})),
        ("resume-after-device", ("resume_at", {(0,): 1, (1,): 0})),
    ],
)
def test_the_next_request_follows_from_the_report_alone(policy: str, memory: tuple[str, dict[Any, int]]) -> None:
    """What is done is left out, counted, or begun behind; a success makes the VMM forget it."""
    system = model(policy)
    name, wanted = memory
    end = after(system, "vmm_calls_again")
    assert end[name] == wanted
    assert end["call"][()] == _value(Call.NONE)
    assert end["queued"][()] == 1
    done = after(system, "vmm_completes", ret=_value(Errno.OK), **{name: wanted})
    assert set(done[name].values()) == {0}
    assert done["queued"][()] == 0


def test_a_request_that_names_the_rest_visits_the_rest() -> None:
    """A walk leaves out whom the request leaves out; it still answers for the list."""
    system = model("retry-not-done")
    entered = failed(system, call=_value(Call.ENTERED), ret=0, spared={(1,): 1})
    end = apply(system.action["call_lock"], (), entered, TWO)
    assert end["todo"] == {(0,): 1, (1,): 0}
    assert end["listed"] == {(0,): 1, (1,): 1}


def test_an_error_ends_the_wait_and_releases_nothing() -> None:
    """The guest still owes the invalidation, and may queue it again."""
    system = model("inject-guest-error")
    end = after(system, "vmm_injects", owed={(0, 0): 1}, covers={(0,): 1})
    assert end["queued"][()] == 0
    assert end["covers"] == {(0,): 0}
    assert end["owed"] == {(0, 0): 1}
    assert enabled(system.action["guest_queues"], (0,), end, TWO)


def test_a_stopped_vm_does_nothing() -> None:
    """Guest and devices are silent, and whoever had answered is lost."""
    system = model("stop-vm")
    end = after(system, "vmm_stops", pte={(0, 0): 1})
    able = {step.action for step, _ in successors(system, end, TWO)}
    assert able <= {"unset_container", "open_device", "close_device", "dies"}
    assert end["lost"] == {(0,): 0, (1,): 1}


@pytest.mark.parametrize("contract", CONTRACTS)
@pytest.mark.parametrize("policy", POLICIES)
def test_fairness_leaves_out_faults_devices_and_users(policy: str, contract: str) -> None:
    """Kernel and driver go on, the VMM where its policy says so, the guest only where it was told of an error."""
    system = model(policy, contract, parts=PARTS | {"stage2"})
    strong = {f.action for f in fair(system) if f.strength is Strength.STRONG}
    named = {f.action for f in fair(system)}
    actors = {system.action[name].actor for name in named}
    assert not any(system.action[name].fault for name in named)
    assert actors <= {"kernel", "driver", "VMM", "guest"}
    assert ("guest" in actors) is (policy == "inject-guest-error")
    assert ("VMM" in actors) is (policy != "hostile")
    assert ("atc_flush" in strong) is contract.startswith("vtd")
    if contract != "smmuv3-v10":
        assert Fair("iotlb_flush") in fair(system)


def test_every_step_of_a_policy_has_its_words() -> None:
    """A reader of a trace sees each decision of the VMM."""
    for policy in RECOVERING:
        system = build(World(TALKATIVE, "ideal", policy))
        own = [a for a in system.actions if a.actor == "VMM" and a.name != "vmm_reads_event"]
        assert len(own) > 2
        assert all(a.says and not a.silent for a in own)


def test_hints_about_who_is_left_out_are_true_of_what_is_reached() -> None:
    """A hint that is false would only cost time; the proofs show each again."""
    system = build(World(replace(STOP, report=("errno", "status")), "ideal", "retry-not-done"))
    said = [Claim(name, Expectation.ALWAYS, formula(system, hint)) for name, hint in SPARED]
    found = explicit.search(cone(system, [c.formula for c in said]), said, ONE, Limits())
    assert found.complete
    assert found.candidate is None, found.claim
    assert not {name for name, _ in SPARED} & {name for name, _ in CONJECTURES}


def test_recovery_is_not_checked_unasked() -> None:
    """What a user's own design is checked for by default does not depend on what the VMM does about a failure."""
    assert "success-means-coherent" in by_default()
    assert not {name for name, p in properties().items() if "recovery" in p.parts} & set(by_default())

"""Dead devices, resets and policies: what each step does and leaves alone, and that nothing of it is there unasked."""

from dataclasses import replace

import pytest

from shootdown.cli.options import by_default
from shootdown.ir import System, UsageError, formula
from shootdown.ir.slice import cone
from shootdown.ir.system import Claim, Expectation
from shootdown.ir.temporal import Fair, Strength
from shootdown.model.build import build
from shootdown.model.conjectures import CONJECTURES
from shootdown.model.design import CONTRACTS, POLICIES, POLICY_NEEDS, RECOVERING, Design
from shootdown.model.designs import designs
from shootdown.model.fairness import fair
from shootdown.model.policies import REACTIONS
from shootdown.model.spared import SPARED
from shootdown.model.world import World
from shootdown.properties import properties
from shootdown.search import explicit
from shootdown.search.question import can_fire, stuck_claim
from shootdown.search.result import Limits
from tests.model.cases import BEST_EFFORT, DESIGNS, ONE

pytestmark = pytest.mark.long  # whole checks of the model; some minutes together

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


@pytest.mark.parametrize("policy", POLICIES)
def test_what_a_vmm_is_taken_to_do_is_printed_with_the_verdict(policy: str) -> None:
    """Only where it is supposed: the one of whoever recovers, the other of whoever deals with single devices."""
    names = {a.name for a in model(policy).assumptions}
    assert ("recovering_vmm_keeps_to_nesting" in names) is (policy in RECOVERING)
    assert ("shunned_device_stays_out" in names) is (policy.startswith("reset-") or policy == "unplug-device")


def test_a_vmm_that_does_not_keep_to_nesting_calls_any_container() -> None:
    """The driver's refusal of a domain that is not nested is back; a wait ends by a call alone."""
    usual, free = (model("stop-vm", "ideal", *w) for w in ((), ("recovering_vmm_keeps_to_nesting",)))
    assert "recovering_vmm_keeps_to_nesting" not in {a.name for a in free.assumptions}
    assert set(free.action) - set(usual.action) == {"refused_not_nested"}
    assert set(usual.action) - set(free.action) == {"vmm_completes_idle"}


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

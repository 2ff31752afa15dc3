"""Planted bugs in recording, grounding, printers, rewriting and samples: which judge notices which.

Unlike those of `search/test_engine_mutants.py`, such a bug is there for everybody, the judges among them: what stands
on the broken place cannot tell. Each test says who objects and who has no reason to; a bug to which nobody objects
would be a hole. `replay`, `closed set` and `lemmas` judge every check, the others are tests.
"""

from collections.abc import Callable, Mapping

import pytest

from shootdown.ir import (
    Claim,
    Index,
    Part,
    State,
    System,
    action,
    always,
    compose,
    exists,
    forall,
    pre,
    require,
)
from shootdown.ir.interp import successors
from shootdown.ir.trace import ConcreteState, Step
from shootdown.search import parametric
from shootdown.search.parametric import Stopped
from shootdown.search.verdict import Universal
from shootdown.smt import SmtError
from tests import bugs, judges, toys, traps, unbounded
from tests.judges import Case

Plant = Callable[[pytest.MonkeyPatch], None]


class Person(Index):
    """Whoever lends and borrows."""

    names = "abc"


def errands() -> System:
    """A thing goes from hand to hand, and debts come and go: each action leans on another part of recording."""
    part = Part("errands")
    for name in ("left", "right"):
        part.variable(name, bool)
    part.relation("owes", Person, Person)
    part.relation("served", Person)
    part.init("thing", lambda s: s.left & ~s.right)
    part.init("nobody_owes", lambda s: forall(Person, Person, lambda p, q: ~s.owes[p, q]))
    part.init("nobody_served", lambda s: forall(Person, lambda p: ~s.served[p]))

    @action(actor="juggler")
    def swap(s: State):
        """The thing goes to the other hand."""
        s.left = s.right
        s.right = pre(s.left)

    @action(actor="person {q}")
    def borrow(s: State, p: Person, q: Person):
        """Nobody borrows where he has lent."""
        require(p != q, ~s.owes[q, p])
        s.owes[p, q] = True

    @action(actor="person {q}")
    def forgive(s: State, q: Person):
        """All that is owed to `q`, once there is something."""
        require(exists(Person, lambda p: s.owes[p, q]))
        s.owes[:, q] = lambda p: False
        s.served[q] = True

    part.act(swap, borrow, forgive)
    return compose("errands", [part])


def no_mutual_debt(system: System) -> Claim:
    """No two persons owe each other; true for any number of them."""
    build = lambda s: forall(Person, Person, lambda p, q: ~(s.owes[p, q] & s.owes[q, p]))  # noqa: E731
    return always("no-mutual-debt", build).on(system)


def errands_by_hand(state: ConcreteState, persons: int) -> dict[Step, ConcreteState]:
    """The steps of `errands`, written a second time and without the language."""
    everyone = range(persons)
    owes, served = state["owes"], state["served"]
    found: dict[Step, ConcreteState] = {
        Step("swap", ()): {**state, "left": state["right"], "right": state["left"]},
    }
    for p in everyone:
        for q in everyone:
            if p != q and not owes[q, p]:
                found[Step("borrow", (p, q))] = {**state, "owes": {**owes, (p, q): 1}}
    for q in everyone:
        if any(owes[p, q] for p in everyone):
            rest = {pair: 0 if pair[1] == q else value for pair, value in owes.items()}
            found[Step("forgive", (q,))] = {**state, "owes": rest, "served": {**served, (q,): 1}}
    return found


def echo() -> System:
    """Somebody is done when another one was ready; the names of bound variables meet."""
    part = Part("echo")
    part.relation("ready", toys.Client)
    part.relation("done", toys.Client)
    part.init("start", lambda s: forall(toys.Client, lambda e: ~s.ready[e] & ~s.done[e]))

    @action(actor="client {c}")
    def get_ready(s: State, c: toys.Client):
        s.ready[c] = True

    @action(actor="kernel")
    def finish(s: State):
        s.done[:] = lambda d: exists(toys.Client, lambda e: (e != d) & s.ready[e])

    part.act(get_ready, finish)
    return compose("echo", [part])


def nobody_is_done(system: System) -> Claim:
    """Wrong from two clients on, after two steps."""
    return always("nobody-is-done", lambda s: forall(toys.Client, lambda e: ~s.done[e])).on(system)


def _case(system: System, claim: Callable[[System], Claim], **sizes: int) -> Case:
    return Case(system, claim(system), sizes)


def _trap(trap: traps.Trap, **sizes: int) -> Case:
    system, claims = trap
    return Case(system, claims[0], sizes)


CASES: Mapping[str, Callable[[], Case]] = {
    "errands": lambda: _case(errands(), no_mutual_debt, Person=2),
    "echo": lambda: _case(echo(), nobody_is_done, Client=2),
    "lock": lambda: _case(toys.lock(), toys.exclusion, Client=2),
    "broken lock": lambda: _case(toys.lock(broken=True), toys.exclusion, Client=2),
    "relay": lambda: _case(toys.relay(), toys.silence, Client=3),
    "queue": lambda: _trap(traps.late_bug(2), Device=3),
    "repaired queue": lambda: _trap(traps.late_bug(2, repaired=True), Device=2),
    "dead end": lambda: _case(toys.dead_end(), toys.stays_good),
    "slots": lambda: _trap(traps.third_domain(), Device=1, Domain=3),
    "pins": lambda: _trap(traps.needs_existential(), Client=2, Resource=1),
}
"""Toys, recorded when they are asked for, because the bug may be in recording."""


def by_hand(case: Case) -> bool:
    """The steps of `errands` are not those that are written by hand."""
    if case.system.name != "errands":
        return False
    return any(dict(successors(case.system, s, case.sizes)) != errands_by_hand(s, 2) for s in case.reached)


def at_sizes(case: Case) -> set[str]:
    """Who objects to what is said at fixed sizes."""
    asked = (by_hand, judges.initial_states, judges.printed_steps, judges.compiled_steps, judges.closed_set)
    return {_name(j) for j in asked if j(case)} | judges.by_engines(case)


def at_any_size(case: Case) -> set[str]:
    """Who objects to what is said for any number of elements."""
    asked = (judges.rewriting, unbounded.scripts)
    return {_name(j) for j in asked if j(case)} | judges.by_prover(case)


def _name(value: object) -> str:
    """A test's name must not depend on the order of a set."""
    if isinstance(value, set):
        return "+".join(sorted(value)).replace(" ", "-") or "nobody"
    return str(getattr(value, "__name__", value)).replace("_", " ")


INITIAL, PRINTED, COMPILED, CLOSED = "initial states", "printed steps", "compiled steps", "closed set"
STEPS = {PRINTED, COMPILED}
DIFFER = "engines differ"

RECORDING: list[tuple[Plant, str, set[str]]] = [
    (bugs.loses_a_write, "errands", {"by hand"}),
    (bugs.swaps_recorded_updates, "errands", {"by hand"}),
    (bugs.reads_the_value_after, "errands", {"by hand"}),
    (bugs.writes_everywhere, "errands", {"by hand"}),
    (bugs.swaps_recorded_arguments, "errands", {"by hand"}),
    (bugs.loses_a_guard, "errands", {"by hand"}),
]
"""All readers read what was recorded, and agree on it: only what is written without the language tells."""

GROUNDING: list[tuple[Plant, str, set[str]]] = [
    (bugs.grounds_forall_as_exists, "lock", {INITIAL, CLOSED, *STEPS}),
    (bugs.grounds_forall_as_exists, "relay", {INITIAL, "replay"}),
    (bugs.drops_an_instance, "errands", {CLOSED, *STEPS}),
    (bugs.drops_an_instance, "broken lock", {CLOSED, *STEPS}),
    (bugs.forces_what_changes, "lock", {CLOSED, *STEPS}),
    (bugs.forces_what_changes, "relay", {CLOSED, *STEPS}),
    (bugs.swaps_ground_arguments, "errands", STEPS),
    (bugs.swaps_parameters, "errands", STEPS),
    (bugs.loses_a_changed_cell, "relay", {CLOSED, *STEPS}),
    (bugs.loses_an_initial_condition, "lock", {INITIAL, CLOSED}),
    (bugs.loses_an_initial_condition, "broken lock", {INITIAL, "replay"}),
    (bugs.drops_a_disjunct, "errands", {CLOSED, *STEPS}),
    (bugs.drops_a_disjunct, "lock", {"replay"}),
]
"""Engines agree, because they share the broken grounding; the interpreter does not."""

PRINTER: list[tuple[Plant, str, set[str]]] = [
    (bugs.prints_no_guards, "lock", {PRINTED, DIFFER, "replay"}),
    (bugs.prints_no_guards, "relay", {PRINTED, "replay"}),
    (bugs.swaps_printed_updates, "lock", {PRINTED}),
    (bugs.swaps_printed_updates, "relay", {PRINTED, DIFFER}),
    (bugs.prints_no_ranges, "slots", {INITIAL}),
    (bugs.prints_no_frame, "relay", {PRINTED, "replay"}),
    (bugs.prints_no_frame, "lock", {PRINTED, DIFFER, "replay"}),
    (bugs.prints_fewer_initial_conditions, "lock", {INITIAL}),
    (bugs.prints_fewer_initial_conditions, "broken lock", {INITIAL, "replay"}),
    (bugs.prints_the_next_value, "queue", {INITIAL, PRINTED, "replay"}),
]
"""Explicit search does not print, and goes on as before."""

UNBOUNDED: list[tuple[Plant, str, set[str]]] = [
    (bugs.swaps_quantifiers, "errands", {"scripts"}),
    (bugs.swaps_quantifiers, "echo", {"scripts", "rehearsal"}),
    (bugs.names_the_next_value, "dead end", {"scripts"}),
    (bugs.prints_and_as_or, "lock", {"scripts"}),
    (bugs.turns_arguments_round, "errands", {"scripts"}),
    (bugs.turns_arguments_round, "pins", {"solver"}),
    (bugs.prints_updates_as_unchanged, "errands", {"scripts"}),
    (bugs.leaves_the_rest_open, "repaired queue", {"scripts", "lemmas"}),
    (bugs.ignores_an_update, "queue", {"rewriting", "lemmas"}),
    (bugs.ignores_an_update, "echo", {"rewriting", "lemmas"}),
    (bugs.captures_variables, "echo", {"rewriting", "lemmas"}),
    (bugs.folds_to_true, "dead end", {"rewriting", "lemmas"}),
]
"""The search for lemmas and the judge of lemmas share the printer of terms, not what they make of a step."""


LUCK = {"engine", "replay"}
"""May object besides: that depends on which of several wrong models a solver gives."""


def _noticed(plant: Plant, toy: str, ask: Callable[[Case], set[str]]) -> set[str]:
    """Who objects with the bug in place, while the toy is recorded too."""
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        try:
            return ask(CASES[toy]())
        except SmtError:
            return {"solver"}


@pytest.mark.parametrize(("plant", "toy", "who"), RECORDING + GROUNDING + PRINTER, ids=_name)
def test_bugs_below_the_engines_are_noticed(plant: Plant, toy: str, who: set[str]) -> None:
    """Exactly these judges object to a bug in recording, grounding or the printer of ground systems."""
    found = _noticed(plant, toy, at_sizes)
    assert who
    assert who <= found
    assert found <= who | LUCK


@pytest.mark.parametrize(("plant", "toy", "who"), UNBOUNDED, ids=_name)
def test_bugs_below_proofs_for_any_number_are_noticed(plant: Plant, toy: str, who: set[str]) -> None:
    """Exactly these judges object to a bug in the printer of terms, in the obligations or in rewriting."""
    assert who
    assert _noticed(plant, toy, at_any_size) == who


@pytest.mark.parametrize("toy", CASES)
def test_nobody_objects_without_a_bug(toy: str) -> None:
    """The control: with everything as it is, all judges are content, and the steps by hand are those recorded."""
    case = CASES[toy]()
    assert len(case.reached) > 1
    assert at_sizes(case) == set()
    assert toy == "relay" or at_any_size(case) == set()  # which names single elements


@pytest.mark.parametrize(
    "plant",
    [bugs.flips_signs, bugs.widens_beyond_samples, bugs.samples_too_much, bugs.misreads_counterexamples],
    ids=_name,
)
def test_bugs_in_the_search_for_lemmas_cost_proofs_only(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong diagrams and samples: what was proved is proved no more, and what is false at a larger size never is."""
    monkeypatch.setattr(parametric, "MOST_QUERIES", 150)
    true = _trap(traps.late_bug(2, repaired=True), Device=2)
    late = _trap(traps.late_bug(2), Device=2)
    assert isinstance(judges.proof(true), Universal)
    plant(monkeypatch)
    for case in (true, late):
        found = judges.proof(case)
        assert isinstance(found, Stopped)
        assert "judge" not in found.reason

"""What an observer can tell, on toys with known answers: a product of two runs must not compare lengths."""

from dataclasses import replace
from itertools import product as choices

import pytest

from shootdown.counterexamples.itf import Header, dump, load
from shootdown.counterexamples.replay import confirm
from shootdown.ir import Claim, System, TraceError
from shootdown.ir.copying import copied_update, renamed
from shootdown.ir.expr import conj, fresh
from shootdown.ir.fingerprint import fingerprint
from shootdown.ir.observation import Observation
from shootdown.ir.pairs import asked, differs, remembered, runs_of
from shootdown.ir.product import Product, product
from shootdown.ir.rewrite import instantiate
from shootdown.ir.state import Update
from shootdown.ir.system import Action
from shootdown.search import explicit
from shootdown.search.check import check
from shootdown.search.engines import ENGINES
from shootdown.search.question import Hints, Open, Place, Problem
from shootdown.search.refute import EngineBug, check_runs, refuted
from shootdown.search.result import Limits
from shootdown.search.verdict import Lemma, Proved, Refuted, Scope, Universal, Verdict
from tests.errands import BOTH_BACK, ERRNO, EXACT, STATUS, errand

SIZES = [{"Customer": n} for n in (1, 2, 3)]


def posed(system: Product, sizes: list[dict[str, int]], *, any_number: bool = False) -> Problem:
    """Whether the answer determines who was served."""
    claims, scenes = (EXACT.on(system),), (BOTH_BACK.on(system),)
    hints = Hints(tuple(Lemma(name, f, "conjecture") for name, f in remembered(system)))
    open_ = Open(hints) if any_number else None
    return Problem(system, claims, scenes, tuple(Place("sizes", n) for n in sizes), open=open_)


def verdict(system: Product, sizes: list[dict[str, int]], *, any_number: bool = False) -> Verdict:
    """The verdict of the usual mix."""
    return check(posed(system, sizes, any_number=any_number), Limits()).verdict


def in_step(system: System, observation: Observation) -> Product:
    """The planted bug: two copies that take their steps at the same time.

    Each pair of steps that are not observed is one step of both, so that only runs of equal length are compared.
    """
    good = product(system, observation)
    silent = [a for a in system.actions if not observation.observes(a)]
    together = [_together(good, a, b) for a, b in choices(silent, silent)]
    joint = [a for a in good.actions if good.origin[a.name][1] == 0]
    origin = {a.name: (a.name, 0) for a in (*joint, *together)}
    return replace(good, actions=(*joint, *together), origin=origin)


def _together(good: Product, left: Action, right: Action) -> Action:
    pairs = [fresh(f"{b.name}2", b.sort) for b in right.params]
    terms = {b.key: e for b, (_, e) in zip(right.params, pairs, strict=True)}
    one, two = good.copies
    updates = [copied_update(u, one) for u in left.updates]
    for update in right.updates:
        moved = copied_update(update, two)
        updates.append(Update(moved.variable, moved.binders, instantiate(moved.value, terms)))
    guard = conj(renamed(left.guard, one), instantiate(renamed(right.guard, two), terms))
    name, params = f"{left.name}_with_{right.name}", (*left.params, *(b for b, _ in pairs))
    return replace(left, name=name, params=params, guard=guard, updates=tuple(updates), says="", actor="both")


def test_an_errno_tells_enough_where_one_customer_is_visited() -> None:
    """With one visit, failed or not is served or not."""
    assert isinstance(verdict(product(errand(stop=True), ERRNO), SIZES[:1]), Proved)


def test_an_errno_is_refuted_by_runs_of_different_length() -> None:
    """Failing at the first of two and failing at the second look alike, although the second takes a step more."""
    system = product(errand(stop=True), ERRNO)

    found = verdict(system, SIZES)

    assert isinstance(found, Refuted)
    assert found.trace.sizes == {"Customer": 2}
    one, two = runs_of(system, found.trace)
    assert sorted([len(one), len(two)]) == [3, 4]
    assert not differs(system, one, two)


def test_runs_in_lock_step_prove_too_much() -> None:
    """The planted bug proves at every size what is refuted: equal lengths give away where the errand stopped."""
    for sizes in SIZES:
        broken = in_step(errand(stop=True), ERRNO)
        claims = [EXACT.on(broken), BOTH_BACK.on(broken)]
        found = explicit.search(broken, claims, sizes, Limits())
        assert found.complete
        assert BOTH_BACK.name in found.witnessed
    assert isinstance(verdict(product(errand(stop=True), ERRNO), SIZES[1:2]), Refuted)


def test_going_on_needs_no_different_length() -> None:
    """Who goes on visits everybody, so that runs of equal length differ in who was served."""
    system = product(errand(stop=False), ERRNO)

    found = verdict(system, SIZES)

    assert isinstance(found, Refuted)
    one, two = runs_of(system, found.trace)
    assert len(one) == len(two) == 4


@pytest.mark.parametrize("stop", [True, False])
def test_a_status_for_each_tells_enough_at_sizes(stop: bool) -> None:
    """What is told of each customer is who was served."""
    found = verdict(product(errand(stop=stop), STATUS), SIZES)

    assert isinstance(found, Proved)
    assert [c.sizes for c in found.certificate] == SIZES


@pytest.mark.parametrize("stop", [True, False])
def test_a_status_for_each_tells_enough_for_any_number(stop: bool) -> None:
    """The same over an open number of customers, judged by a fresh solver."""
    found = verdict(product(errand(stop=stop), STATUS), SIZES[:2], any_number=True)

    assert isinstance(found, Proved)
    assert isinstance(found.universal, Universal)


def test_an_errno_is_not_proved_for_any_number() -> None:
    """A proof for any number does not cover up what two customers refute."""
    assert isinstance(verdict(product(errand(stop=True), ERRNO), SIZES[:2], any_number=True), Refuted)
    only_one = verdict(product(errand(stop=True), ERRNO), SIZES[:1], any_number=True)
    assert isinstance(only_one, Proved)
    assert only_one.universal is None


def test_an_unknown_order_is_no_secret_that_was_given_away() -> None:
    """Where the order is not known, two runs of one length differ as well, each with an order of its own."""
    blind = replace(ERRNO, known=())
    system = product(errand(stop=True), blind)

    found = verdict(system, SIZES)

    assert isinstance(found, Refuted)
    start = found.trace.states[0]
    assert {"before_1", "before_2"} <= set(start)
    assert "before" not in start


@pytest.mark.parametrize("engine", ["bmc", "pdr", "kinduction"])
def test_the_other_engines_agree(engine: str) -> None:
    """A pair is an ordinary system to every engine: the errno falls at two customers in as many steps."""
    system = product(errand(stop=True), ERRNO)
    problem = replace(posed(system, SIZES[1:2]), companions=())

    found = check(problem, Limits(depth=8) if engine == "bmc" else Limits(), engine).verdict

    assert engine in ENGINES
    assert isinstance(found, Refuted)
    assert len(found.trace) == len(_shortest().trace)


def _shortest() -> Refuted:
    found = verdict(product(errand(stop=True), ERRNO), SIZES[1:2])
    assert isinstance(found, Refuted)
    return found


def test_a_pair_of_runs_survives_its_file() -> None:
    """A trace file of two runs is read back and confirmed."""
    system = product(errand(stop=True), ERRNO)
    claim, trace = EXACT.on(system), _shortest().trace
    known = fingerprint(system, (claim,))
    header = Header("errand", "exact", "", "", "sizes", trace.sizes, claim.name, known)

    read = load(dump(header, system, trace))

    assert confirm(read, system, claim, known).steps == trace.steps


def test_a_pair_that_does_not_look_alike_is_no_refutation() -> None:
    """A product that forgets to compare what is seen is caught where its trace is judged."""
    forgetful = _forgetful(product(errand(stop=True), STATUS))
    claim = EXACT.on(forgetful)
    found = explicit.search(forgetful, [claim], SIZES[1], Limits())
    assert found.candidate is not None

    with pytest.raises(EngineBug, match="do not look alike"):
        refuted(forgetful, claim, found.candidate, Scope(()))


def _forgetful(system: Product) -> Product:
    """The last conjunct of the observed return is the equality of what is seen."""
    actions = tuple(_cut(a) if a.name == "come_back" else a for a in system.actions)
    return replace(system, actions=actions)


def _cut(action: Action) -> Action:
    return replace(action, guard=conj(*action.guard.args[:-1]))


def test_a_run_that_is_none_is_no_refutation() -> None:
    """A product whose copy can do what the system cannot is caught where its trace is judged."""
    system = product(errand(stop=True), ERRNO)
    free = replace(system, actions=tuple(_anytime(a) for a in system.actions))
    claim: Claim = EXACT.on(free)
    found = explicit.search(free, [asked(free, claim)], SIZES[0], Limits())
    assert found.candidate is not None

    with pytest.raises(EngineBug, match="does not replay"):
        refuted(free, claim, found.candidate, Scope(()))
    good = _shortest().trace
    with pytest.raises(TraceError):
        check_runs(system, replace(good, states=(*good.states[:-1], good.states[0])))


def _anytime(action: Action) -> Action:
    """Serving asks for nothing; what belongs to the other copy is left alone."""
    return replace(action, guard=conj()) if action.name == "serve_1" else action

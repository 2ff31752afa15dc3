"""Two runs as one system: the pairs of states are those of runs that look alike, found here in another way."""

import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product as choices
from typing import Any

import pytest

from shootdown.ir import Claim, ModelError, Part, State, System, action, always, compose, forall, formula, require
from shootdown.ir.expr import lift
from shootdown.ir.interp import domain, evaluate, holds, is_initial, successors
from shootdown.ir.observation import Observation, Seen
from shootdown.ir.pairs import Run, asked, both_runs, run_view, said
from shootdown.ir.parse import parse_formula, parse_term
from shootdown.ir.product import Product, in_both, in_copy, product
from shootdown.ir.schedule import MOVED, scheduled
from shootdown.ir.slice import cone
from shootdown.ir.trace import ConcreteState
from shootdown.ir.view import View, say
from shootdown.search import explicit
from shootdown.search.result import Limits
from tests.errands import BOTH_BACK, ERRNO, EXACT, STATUS, Customer, Where, errand
from tests.search.random_systems import SIZES, case

Frozen = tuple[tuple[str, tuple[tuple[tuple[int, ...], int], ...]], ...]
"""A state that can be put into a set."""


def test_what_is_known_and_only_changes_in_sight_is_shared() -> None:
    """The fixed order is one; so is where the clerk is, which changes in sight only, if it is known at the start."""
    known = replace(ERRNO, known=("before", "place", "failed"))

    system = product(errand(stop=True), known)

    assert system.shared == {"before", "place"}
    assert {"failed_1", "failed_2", "served_1", "served_2", "place"} <= set(system.by_name)
    assert "both runs start with the same failed" in {n.name for n in system.init}


def test_what_changes_from_something_hidden_is_not_shared() -> None:
    """A known variable that an observed step sets from a secret may differ afterwards."""
    part = Part("copy")
    part.variable("secret", bool)
    part.variable("shown", bool)
    part.init("open", lambda s: ~s.shown)

    @action(actor="machine")
    def reveal(s: State) -> None:
        """Shows the secret."""
        s.shown = s.secret

    part.act(reveal)
    system = product(compose("copy", [part]), Observation({"reveal": ()}, ("shown",)))

    assert system.shared == set()


def test_silent_steps_are_doubled_and_observed_ones_are_joint() -> None:
    """Each copy serves for itself, both come back at once, and every action says where it comes from."""
    system = product(errand(stop=True), ERRNO)

    assert set(system.origin) == {"send", "serve_1", "serve_2", "fail_1", "fail_2", "come_back"}
    assert system.origin["serve_2"] == ("serve", 2)
    assert system.origin["come_back"] == ("come_back", 0)
    assert {u.variable.name for u in system.action["come_back"].updates} == {"place_1", "place_2"}
    assert system.names_of(["serve", "send"]) == {"serve_1", "serve_2", "send"}
    assert system.busy is None
    assert system.whole
    part = cone(system, [parse_formula("before(a, b)", system)])
    assert isinstance(part, Product)
    assert not part.whole


def test_steps_of_an_observed_actor_are_observed() -> None:
    """Whatever the master does is seen, without being named."""
    system = product(errand(stop=True), replace(ERRNO, steps={}, actors=("master",)))

    assert {n for n, (_, run) in system.origin.items() if run == 0} == {"send"}


@pytest.mark.parametrize(
    ("observation", "reason"),
    [
        (Observation({"dance": ()}), "the observer sees `dance`, which is no action of errand-stop"),
        (Observation({}, ("weather",)), "the observer knows `weather`, which is no state variable of errand-stop"),
    ],
)
def test_an_observation_of_something_else_is_a_mistake(observation: Observation, reason: str) -> None:
    """A name that the system lacks is told at once."""
    with pytest.raises(ModelError, match=reason):
        product(errand(stop=True), observation)


def test_a_name_that_copies_need_is_a_mistake() -> None:
    """A variable `x_1` beside `x` would be taken for the copy."""
    part = Part("clash")
    part.variable("x", bool)
    part.variable("x_1", bool)
    with pytest.raises(ModelError, match="`x_1`"):
        product(compose("clash", [part]), Observation({}))


def derived() -> System:
    """A toy with a derived term over two variables, and words that use it."""
    part = Part("derived")
    part.relation("on", Customer)
    part.function("friend", Customer, to=bool)
    part.variable("chosen", Customer)
    part.init("off", lambda s: forall(Customer, lambda c: ~s.on[c]))

    @action(actor="switch {bright(c)}", says="{c} goes {on(c)}, then {after: on(c)}")
    def toggle(s: State, c: Customer) -> None:
        """Turns it round."""
        s.on[c] = ~s.on[c]

    part.act(toggle)
    return compose("derived", [part], lets={"bright": lambda s, c: s.on[c] & s.friend[c]})


def test_derived_terms_are_lifted_and_their_arguments_are_not() -> None:
    """`bright_1` is about run 1, whatever its argument reads."""
    system = product(derived(), Observation({}))

    lifted = parse_term("bright_1(a) | ~bright_2(chosen_1)", system)

    assert str(lifted) == "on_1(a) & friend_1(a) | ~(on_2(chosen_1) & friend_2(chosen_1))"


def test_words_of_a_step_are_about_its_own_run() -> None:
    """Run 2's lamp is off although run 1's is on, in a template, in a function and in the actor."""
    system = product(derived(), Observation({}))
    state = _state(system, {"Customer": 1}, on_1=1, friend_1=1)
    after = dict(state) | {"on_2": {(0,): 1}}
    step = system.action["toggle_2"]

    assert say(system, step.says, step, (0,), state, {"Customer": 1}, after) == "a goes false, then true"
    assert say(system, step.actor, step, (0,), state, {"Customer": 1}, after) == "switch false"
    assert say(system, system.action["toggle_1"].actor, step, (0,), state, {"Customer": 1}) == "switch true"
    view = View(system, state, None, {"Customer": 1}, (), ())
    assert [run_view(view, k).elements("Customer", "on(x)", "x") for k in (1, 2)] == [["a"], []]
    with pytest.raises(ModelError):
        run_view(run_view(view, 1), 1)


def _state(system: System, sizes: dict[str, int], **true: int) -> ConcreteState:
    return {
        v.name: {p: true.get(v.name, 0) for p in choices(*(domain(s, sizes) for s in v.args))} for v in system.variables
    }


def test_a_formula_about_one_run_is_said_of_both() -> None:
    """What is shared is said once; what a claim about any system says of it stays."""
    single = errand(stop=True)
    system = product(single, ERRNO)
    formula_ = formula(single, lambda s: ~s.failed)

    assert str(in_copy(system, formula_, 2)) == "~failed_2"
    assert str(in_both(system, formula_)) == "~failed_1 & ~failed_2"
    assert str(said(system, lambda s: ~s.failed)) == "~failed_1 & ~failed_2"
    assert str(said(single, lambda s: ~s.failed)) == "~failed"
    assert str(said(system, lambda s: forall(Customer, lambda c: s.before[c, c]))) == "forall c: Customer. before(c, c)"


def test_claims_are_asked_where_the_observer_asks() -> None:
    """Below the `forall` whose variable the words name; a claim about one run stays as it is."""
    system = product(errand(stop=True), ERRNO)
    claim = always("never", lambda s: forall(Customer, lambda c: ~Run(s, 1).served[c])).on(system)

    told = asked(system, claim)

    assert str(told.formula) == "forall c: Customer. place_1 == BACK & place_2 == BACK -> ~served_1(c)"
    assert asked(system.single, claim) is claim
    assert str(asked(system, BOTH_BACK.on(system)).formula).count("place_1 == BACK") == 2


def test_a_schedule_only_takes_steps_away() -> None:
    """Names stay, the bit is new, and there is only one schedule; a system of single runs has none."""
    system = product(errand(stop=True), ERRNO)

    ordered = scheduled(system)

    assert [a.name for a in ordered.actions] == [a.name for a in system.actions]
    assert set(ordered.by_name) - set(system.by_name) == {MOVED}
    assert scheduled(ordered) is ordered
    assert scheduled(system.single) is system.single


# ---------------------------------------------------------------- the pairs of states, found in another way


def frozen(state: ConcreteState) -> Frozen:
    """The state as something that can be in a set."""
    return tuple(sorted((name, tuple(sorted(table.items()))) for name, table in state.items()))


def thawed(state: Frozen) -> ConcreteState:
    """The state again."""
    return {name: dict(table) for name, table in state}


def knowledge(system: System, observation: Observation, sizes: dict[str, int], starts: Iterable[ConcreteState]) -> Any:
    """For each sequence of observations the set of states in which the runs that show it may be; as a set of sets."""
    groups: dict[Any, set[Frozen]] = {}
    for start in starts:
        groups.setdefault(_known(observation, start), set()).add(frozen(start))
    todo = [_closed(system, observation, sizes, group) for group in groups.values()]
    found = set(todo)
    while todo:
        for group in _after(system, observation, sizes, todo.pop()):
            if group not in found:
                found.add(group)
                todo.append(group)
    return found


def _known(observation: Observation, state: ConcreteState) -> Any:
    return tuple(tuple(sorted(state[name].items())) for name in observation.known)


def _closed(system: System, observation: Observation, sizes: dict[str, int], group: Iterable[Frozen]) -> frozenset[Any]:
    """With all that silent steps reach."""
    found, todo = set(group), list(group)
    while todo:
        for step, after in successors(system, thawed(todo.pop()), sizes):
            new = frozen(after)
            if not observation.observes(system.action[step.action]) and new not in found:
                found.add(new)
                todo.append(new)
    return frozenset(found)


def _after(system: System, observation: Observation, sizes: dict[str, int], group: frozenset[Any]) -> list[Any]:
    """The groups behind each observation that some state of the group may give."""
    by_view: dict[Any, set[Frozen]] = {}
    for state in map(thawed, group):
        for step, after in successors(system, state, sizes):
            seen = observation.steps.get(step.action)
            if observation.observes(system.action[step.action]):
                values = tuple(v for one in seen or () for v in _values(system, one, state, sizes))
                by_view.setdefault((step, values), set()).add(frozen(after))
    return [_closed(system, observation, sizes, g) for g in by_view.values()]


def _values(system: System, seen: Seen, state: ConcreteState, sizes: dict[str, int]) -> list[int]:
    term = lift(seen.term(State(system.by_name, None, system.lets)))
    assert not seen.over
    return [evaluate(term, state, sizes)]


def pairs_by_knowledge(
    system: System, observation: Observation, sizes: dict[str, int], starts: list[ConcreteState]
) -> set[Any]:
    """Pairs of states whose runs look alike: both in one of the sets."""
    groups = knowledge(system, observation, sizes, starts)
    return {pair for group in groups for pair in choices(group, group)}


def pairs_by_product(made: System, sizes: dict[str, int], starts: list[ConcreteState]) -> set[Any]:
    """The same as the product's reachable states, by the interpreter."""
    assert isinstance(made, Product)
    single, (one, two) = made.single, made.copies
    todo: list[ConcreteState] = []
    for p, q in choices(starts, starts):
        state = {one[n].name: t for n, t in p.items()} | {two[n].name: t for n, t in q.items()}
        state |= {MOVED: {(): 0}} if MOVED in made.by_name else {}
        if is_initial(made, state, sizes) and all(state[one[n].name] == p[n] for n in single.by_name):
            todo.append(state)
    found = {frozen(s) for s in todo}
    while todo:
        for _, after in successors(made, todo.pop(), sizes):
            if (new := frozen(after)) not in found:
                found.add(new)
                todo.append(after)
    return {_halves(made, thawed(s)) for s in found}


def _halves(made: Product, state: ConcreteState) -> tuple[Frozen, Frozen]:
    one, two = (frozen({n: state[v.name] for n, v in names.items()}) for names in made.copies)
    return one, two


def starts_of(system: System, sizes: dict[str, int]) -> list[ConcreteState]:
    """Initial states by the explicit engine."""
    parts = explicit.explored(system, (), sizes, Limits(depth=0), symmetric=False).parts
    return [p.space.layout.unpack(w) for p in parts for w in p.visited.all().tolist()]


def walker(limit: int, seen: Callable[[Any], Any], *, ordered: bool) -> tuple[System, Observation]:
    """Two counters that silent steps move and a bell that shows something of them."""
    part = Part("walker")
    part.variable("high", bool)
    part.variable("low", bool)
    part.variable("rung", bool)
    part.variable("lucky", bool, immutable=True)
    part.init("start", lambda s: ~s.rung & ~s.high & ~s.low)

    @action(actor="feet")
    def step(s: State) -> None:
        """Moves on."""
        require(~s.low if ordered else ~(s.low & s.high))
        s.low = ~s.low

    @action(actor="feet")
    def jump(s: State) -> None:
        """Moves further."""
        require(s.low, s.lucky if limit else ~s.high)
        s.high = ~s.high

    @action(actor="bell")
    def ring(s: State) -> None:
        """Is heard."""
        require(s.low | s.high)
        s.rung = ~s.rung
        s.low = s.low & s.high

    part.act(step, jump, ring)
    return compose("walker", [part]), Observation({"ring": (Seen("seen", seen),)}, ("lucky",) if ordered else ())


@pytest.mark.parametrize("limit", [0, 1])
@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("seen", ["high", "low", "rung"])
def test_the_pairs_are_those_of_runs_that_look_alike(limit: int, ordered: bool, seen: str) -> None:
    """A product reaches exactly the pairs of states in which two runs with one view may be."""
    system, observation = walker(limit, lambda s: getattr(s, seen), ordered=ordered)
    starts = starts_of(system, {})

    wanted = pairs_by_knowledge(system, observation, {}, starts)

    assert pairs_by_product(product(system, observation), {}, starts) == wanted
    assert pairs_by_product(scheduled(product(system, observation)), {}, starts) == wanted
    assert {(q, p) for p, q in wanted} == wanted
    assert len(wanted) > len({p for p, _ in wanted})


@pytest.mark.parametrize("limit", [0, 1])
@pytest.mark.parametrize("where", ["high", "low", "rung"])
def test_the_schedule_meets_every_pair_that_is_asked_about(limit: int, where: str) -> None:
    """Where claims look in some states only, all pairs of such states are met in order too, and fewer of the others."""
    system, plain = walker(limit, lambda s: s.rung, ordered=False)
    starts = starts_of(system, {})
    made = product(system, replace(plain, at=lambda s: getattr(s, where)))

    met = pairs_by_product(scheduled(made), {}, starts)

    wanted = pairs_by_product(made, {}, starts)
    assert met <= wanted
    assert _both(wanted, where)
    assert _both(met, where) == _both(wanted, where)


def _both(pairs: set[Any], name: str) -> set[Any]:
    """The pairs in which the variable is true in both states."""
    return {(p, q) for p, q in pairs if dict(p)[name] == dict(q)[name] == (((), 1),)}


def observed(system: System, rng: random.Random) -> Observation:
    """A random observer: an action or two, something seen, something known, perhaps asked in some states only."""
    names, plain = sorted(system.action), [v.name for v in system.variables if not v.args]
    steps = {n: tuple(_seen(x) for x in rng.sample(plain, min(1, len(plain)))) for n in rng.sample(names, 2)}
    silent = [a.guard for a in system.actions if not a.params]
    guard = rng.choice(silent) if silent and rng.random() < 0.7 else None
    known = tuple(rng.sample(sorted(system.by_name), 1))
    return Observation(steps, known, (), None if guard is None else lambda _s: guard)


def _seen(name: str) -> Seen:
    return Seen(name, lambda s: getattr(s, name))


def equal_everywhere(system: Product, name: str) -> Claim:
    """The two runs have the same value of a variable, wherever it is asked."""
    one, two = (names[name] for names in system.copies)

    def same(s: Any) -> Any:
        if not one.args:
            return getattr(s, one.name) == getattr(s, two.name)
        sorts = one.args
        if len(sorts) == 1:
            return forall(*sorts, lambda n: getattr(s, one.name)[n] == getattr(s, two.name)[n])
        return forall(*sorts, lambda n, m: getattr(s, one.name)[n, m] == getattr(s, two.name)[n, m])

    return asked(system, always(f"same-{name}", same).on(system))


def answers(system: System, claim: Claim) -> tuple[bool, int]:
    """Whether the claim breaks, and after how many steps; the whole space where it does not."""
    found = explicit.search(system, [claim], SIZES, Limits(states=100_000))
    if found.candidate is not None:
        return True, len(found.candidate.steps)
    assert found.complete, found.reason
    return False, 0


def test_the_schedule_changes_no_answer_on_random_systems() -> None:
    """With the copies in order the same claims break, after as many steps, with and without slicing."""
    broken = kept = narrowed = 0
    for seed in range(30):
        rng = random.Random(seed)
        system = case(seed).system
        made = product(system, observed(system, rng))
        for name in rng.sample([v.name for v in system.variables if not v.immutable], 2):
            claim = equal_everywhere(made, name)
            try:
                plain = answers(made, claim)
            except AssertionError:
                continue  # too many pairs for a quick test
            assert answers(scheduled(made), claim) == plain, (seed, name)
            assert answers(scheduled(cone(made, [claim.formula])), claim) == plain, (seed, name)
            broken += plain[0]
            kept += not plain[0]
            narrowed += made.observation.at is not None
    assert min(broken, kept, narrowed) >= 5, (broken, kept, narrowed)


@pytest.mark.parametrize("observation", [ERRNO, STATUS], ids=["errno", "status"])
@pytest.mark.parametrize("stop", [True, False])
def test_the_schedule_changes_no_answer_on_the_toys(stop: bool, observation: Observation) -> None:
    """The same verdict and length, with fewer states where observations are rare."""
    made = product(errand(stop=stop), observation)
    claim = asked(made, EXACT.on(made))

    plain = explicit.search(made, [claim], {"Customer": 3}, Limits(), stop=False)
    ordered = explicit.search(scheduled(made), [claim], {"Customer": 3}, Limits(), stop=False)

    assert (plain.candidate is None) is (ordered.candidate is None) is (observation is STATUS)
    if plain.candidate is not None and ordered.candidate is not None:
        assert len(plain.candidate.steps) == len(ordered.candidate.steps)
    assert ordered.states < plain.states


def test_a_schedule_leaves_out_only_what_nobody_asks_about() -> None:
    """Ends of runs that claims look at are met; pairs amid two observations of both runs are not, unless asked for."""
    system = errand(stop=True)
    early = replace(ERRNO, at=lambda s: s.place == Where.OUT)
    made = product(system, early)
    claim = asked(made, always("same", lambda s: Run(s, 1).failed == Run(s, 2).failed).on(made))
    late = scheduled(replace(made, observation=ERRNO))

    assert not explicit.search(scheduled(made), [claim], {"Customer": 2}, Limits()).complete
    assert explicit.search(late, [_nobody_is_ready(late)], {"Customer": 2}, Limits()).complete
    assert explicit.search(made, [_nobody_is_ready(late)], {"Customer": 2}, Limits()).candidate is not None


def _nobody_is_ready(system: System) -> Claim:
    """Never do both runs have somebody waiting, one of them somebody served: amid two observations of both."""

    def amid(s: Any) -> Any:
        one, two = both_runs(s)
        return forall(
            Customer, Customer, lambda c, d: ~(one.waiting[c] & ~one.before[c, c] & one.served[d] & two.served[d])
        )

    return always("not amid", amid).on(system)


def test_every_scheduled_run_is_a_run() -> None:
    """The interpreter follows the scheduled product on the plain one, state by state."""
    made = product(errand(stop=False), ERRNO)
    ordered = scheduled(made)
    sizes = {"Customer": 2}
    states = [dict(s) | {MOVED: {(): 0}} for s in starts_of(made, sizes)]
    for _ in range(6):
        state = states[-1]
        assert holds(ordered.initial, states[0], sizes)
        plain = list(successors(made, {n: state[n] for n in made.by_name}, sizes))
        after = list(successors(ordered, state, sizes))
        assert all((step, {n: new[n] for n in made.by_name}) in plain for step, new in after)
        if not after:
            break
        states.append(dict(after[-1][1]))

"""Liveness as safety: a system whose bad states are exactly the ends of fair lassos of another one.

A run of the new system is one of the old that, at some moment after the trigger, saves a copy of its state, and from
there on remembers of each fair instance whether it was taken or disabled (weak), or taken, and enabled at all (strong).
It is bad where the saved state has come back, the goal has not held since the trigger, and every instance has had its
turn. (A. Biere, C. Artho, V. Schuppan, "Liveness Checking as Safety Checking", 2002.) Any engine for safety decides it;
its state is twice as large and more, so this is the second opinion on small systems.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shootdown.ir.errors import ModelError
from shootdown.ir.expr import FALSE, TRUE, Binder, Expr, Variable, conj, disj, fresh, implies, ite
from shootdown.ir.lasso import LassoCandidate
from shootdown.ir.nodes import Op
from shootdown.ir.sorts import BOOL, BoolSort, CInt, EnumSort, IndexSort, Sort
from shootdown.ir.state import Update, read, substitute
from shootdown.ir.system import Action, Claim, Expectation, Named, System
from shootdown.ir.temporal import Fair, Response, Strength
from shootdown.ir.trace import Candidate

RUNNING, WAITING, ROUND = "RUNNING", "WAITING", "ROUND"
_MODES = EnumSort("LassoMode", (RUNNING, WAITING, ROUND))
_MODE = Variable("lasso_mode", (), _MODES)
NOTICE, SAVE = "lasso_notice", "lasso_save"
"""The two actions of the new system that are no actions of the old one."""


@dataclass(frozen=True, slots=True)
class _Bits:
    """What is remembered of one fair action, for each choice of its arguments; `able` only where it is strong."""

    fair: Fair
    action: Action
    met: Variable
    able: Variable | None


def as_safety(system: System, response: Response, elements: Sequence[int]) -> tuple[System, Claim]:
    """A system, and the claim that it is never bad: it is where the response fails for `elements` in a fair run.

    A ModelError where a fair action takes a C integer, whose values cannot be remembered one by one.
    """
    literals = {p.key: literal(p.sort, v) for p, v in zip(response.params, elements, strict=True)}
    trigger, goal = substitute(response.trigger, literals), substitute(response.goal, literals)
    bits = [_bits(system, k, fair) for k, fair in enumerate(response.fair)]
    saved = {v.name: Variable(f"saved_{v.name}", v.args, v.sort) for v in system.variables if not v.immutable}
    more = [_MODE, *saved.values(), *(x for b in bits for x in (b.met, b.able) if x is not None)]
    if taken := sorted({v.name for v in more} & set(system.by_name)):
        raise ModelError(f"{system.name} has a state variable `{taken[0]}` of its own", "")
    actions = [_moved(a, bits, goal) for a in system.actions]
    same = conj(*(_equal(system.by_name[name], copy) for name, copy in saved.items()))
    bad = conj(_mode(ROUND), ~goal, same, *(_met(b) for b in bits))
    whole = replace(
        system,
        name=f"{system.name} as safety",
        variables=(*system.variables, *more),
        init=(*system.init, *_init(system, saved, bits)),
        actions=(*actions, _notice(trigger, goal), _save(system, saved, bits, goal)),
        busy=None,
    )
    return whole, Claim(response.name, Expectation.ALWAYS, ~bad)


def lasso_of(candidate: Candidate, system: System, elements: Sequence[int]) -> LassoCandidate:
    """The lasso of the old system that a run to a bad state of the new one stands for."""
    names = [s.action for s in candidate.steps]
    cut = names.index(SAVE)
    stem = tuple(s for s in candidate.steps[:cut] if s.action != NOTICE)
    start = {v.name: candidate.start[v.name] for v in system.variables}
    return LassoCandidate(candidate.sizes, start, stem, candidate.steps[cut + 1 :], tuple(elements))


def literal(sort: Sort, value: int) -> Expr:
    """A value of a finite sort as an expression."""
    match sort:
        case BoolSort():
            return TRUE if value else FALSE
        case EnumSort(values=values):
            return Expr(Op.LIT, (), sort, values[value])
        case IndexSort():
            return Expr(Op.LIT, (), sort, value)
        case CInt():
            raise ModelError(f"a response cannot range over {sort}, which has too many values", "")


def _bits(system: System, number: int, fair: Fair) -> _Bits:
    action = system.action[fair.action]
    sorts = tuple(p.sort for p in action.params)
    if any(isinstance(s, CInt) for s in sorts):
        raise ModelError(f"`{action}` takes a C integer, so its turns cannot be remembered one by one", action.where)
    able = Variable(f"lasso_able_{number}", sorts, BOOL) if fair.strength is Strength.STRONG else None
    return _Bits(fair, action, Variable(f"lasso_met_{number}", sorts, BOOL), able)


def _mode(value: str) -> Expr:
    return read(_MODE, ()) == Expr(Op.LIT, (), _MODES, value)


def _init(system: System, saved: dict[str, Variable], bits: Sequence[_Bits]) -> Iterator[Named]:
    """The copy is that of the start, so that a start of the old system is one of the new."""
    yield Named("lasso mode", _mode(RUNNING))
    for name, copy in saved.items():
        yield Named(f"{copy.name} is a copy", _equal(system.by_name[name], copy))
    for b in bits:
        for variable in (b.met, b.able):
            if variable is not None:
                binders, here = _points(variable.args)
                yield Named(f"{variable.name} is clear", _all(binders, ~read(variable, here)))


def _points(sorts: Sequence[Sort]) -> tuple[tuple[Binder, ...], tuple[Expr, ...]]:
    pairs = [fresh(f"x{k}", s) for k, s in enumerate(sorts)]
    return tuple(b for b, _ in pairs), tuple(e for _, e in pairs)


def _all(binders: tuple[Binder, ...], body: Expr) -> Expr:
    return Expr(Op.FORALL, (body,), BOOL, binders) if binders else body


def _equal(variable: Variable, copy: Variable) -> Expr:
    binders, here = _points(variable.args)
    return _all(binders, read(variable, here) == read(copy, here))


def _met(b: _Bits) -> Expr:
    """Every instance had its turn; a strongly fair one needs none where it was never enabled."""
    binders, here = _points(b.met.args)
    spared = ~read(b.able, here) if b.able is not None else FALSE
    return _all(binders, disj(read(b.met, here), spared))


def _guard_at(b: _Bits, here: Sequence[Expr]) -> Expr:
    return substitute(b.action.guard, {p.key: x for p, x in zip(b.action.params, here, strict=True)})


def _moved(action: Action, bits: Sequence[_Bits], goal: Expr) -> Action:
    """An action of the old system in the new: after the trigger not from a goal, in the round no fault."""
    guards = [action.guard, implies(~_mode(RUNNING), ~goal)]
    if action.fault:
        guards.append(~_mode(ROUND))
    return replace(action, guard=conj(*guards), updates=(*action.updates, *_turns(action, bits)))


def _turns(action: Action, bits: Sequence[_Bits]) -> Iterator[Update]:
    """In the round: what is taken, and what is disabled or enabled in the state before the step."""
    for b in bits:
        binders, here = _points(b.met.args)
        met = disj(read(b.met, here), _is(action, here) if action.name == b.action.name else FALSE)
        if b.able is None:
            met = disj(met, ~_guard_at(b, here))
        yield Update(b.met, binders, ite(_mode(ROUND), met, read(b.met, here)))
        if b.able is not None:
            others, there = _points(b.able.args)
            able = disj(read(b.able, there), _guard_at(b, there))
            yield Update(b.able, others, ite(_mode(ROUND), able, read(b.able, there)))


def _is(action: Action, here: Sequence[Expr]) -> Expr:
    """Whether the step is taken with the arguments `here`."""
    return conj(*(x == Expr(Op.VAR, (), p.sort, p) for p, x in zip(action.params, here, strict=True)))


def _notice(trigger: Expr, goal: Expr) -> Action:
    waiting = Update(_MODE, (), Expr(Op.LIT, (), _MODES, WAITING))
    return Action(NOTICE, "watcher", (), conj(_mode(RUNNING), trigger, ~goal), (waiting,), silent=True)


def _save(system: System, saved: dict[str, Variable], bits: Sequence[_Bits], goal: Expr) -> Action:
    """The round begins: the state is copied, and what is disabled or enabled in it counts, should the run stutter."""
    updates = [Update(_MODE, (), Expr(Op.LIT, (), _MODES, ROUND))]
    for name, copy in saved.items():
        binders, here = _points(copy.args)
        updates.append(Update(copy, binders, read(system.by_name[name], here)))
    for b in bits:
        binders, here = _points(b.met.args)
        updates.append(Update(b.met, binders, FALSE if b.able is not None else ~_guard_at(b, here)))
        if b.able is not None:
            others, there = _points(b.able.args)
            updates.append(Update(b.able, others, _guard_at(b, there)))
    return Action(SAVE, "watcher", (), conj(_mode(WAITING), ~goal), tuple(updates), silent=True)

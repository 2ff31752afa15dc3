"""Obligations over uninterpreted sorts against the interpreter: with the sorts closed, both must see the same steps."""

import itertools
from collections.abc import Sequence

from shootdown.ir import System
from shootdown.ir.expr import Expr, Op, Variable, conj, fresh
from shootdown.ir.interp import apply, domain, enabled, holds, is_initial
from shootdown.ir.sorts import BOOL, BoolSort, CInt, EnumSort, Sort
from shootdown.ir.state import read
from shootdown.ir.system import Action
from shootdown.ir.trace import ConcreteState
from shootdown.search.obligations import INIT, Obligation, obligations
from shootdown.search.verdict import Lemma
from shootdown.second import Z3_OPTIONS
from shootdown.smt import Solver, quote
from tests.judges import Case, Sizes, answer_of


def closed(system: System, sizes: Sizes) -> str:
    """Each index sort has exactly so many elements, `Client!0` and so on."""
    lines = []
    for name in sorted(s.name for s in system.index_sorts):
        elements = [quote(f"{name}!{k}") for k in range(sizes[name])]
        lines += [f"(declare-const {e} {quote(name)})" for e in elements]
        lines.append(f"(assert (distinct {' '.join(elements)}))" if len(elements) > 1 else "")
        one = " ".join(f"(= x {e})" for e in elements)
        lines.append(f"(assert (forall ((x {quote(name)})) (or false {one})))")
    return "\n".join([*lines, ""])


def _value(sort: Sort, value: int) -> str:
    match sort:
        case BoolSort():
            return "true" if value else "false"
        case EnumSort(name=name, values=values):
            return quote(f"{name}.{values[value]}")
        case CInt(bits=bits):
            return f"(_ bv{value % (1 << bits)} {bits})"
        case _:
            return quote(f"{sort}!{value}")


def told(system: System, state: ConcreteState, *, after: bool = False) -> str:
    """The formula that the state is `state`; `after`: that the state after the step is, as far as it can change."""
    parts = []
    for v in system.variables:
        for point, value in sorted(state[v.name].items()):
            head = quote(v.name + ("'" if after and not v.immutable else ""))
            args = " ".join(_value(s, p) for s, p in zip(v.args, point, strict=True))
            parts.append(f"(= {f'({head} {args})' if args else head} {_value(v.sort, value)})")
    return f"(and true {' '.join(parts)})"


def says_nothing(system: System) -> Lemma:
    """A lemma that reads every variable and is always true: each action has an obligation about it."""
    return Lemma("nothing", conj(*(_same(v) for v in system.variables)))


def _same(variable: Variable) -> Expr:
    pairs = [fresh("x", s) for s in variable.args]
    term = read(variable, [e for _, e in pairs])
    body = Expr(Op.EQ, (term, term), BOOL)
    return Expr(Op.FORALL, (body,), BOOL, tuple(b for b, _ in pairs)) if pairs else body


def asked(case: Case) -> tuple[Obligation, ...]:
    """The obligations of the claim alone, and of a lemma that says nothing, so that there are some for each action."""
    return obligations(case.system, [case.claim], [says_nothing(case.system), Lemma("claim", case.claim.formula)])


def scripts(case: Case) -> bool:
    """The obligations that the judge of lemmas prints have other starts, steps or claims than the interpreter."""
    every = asked(case)
    others = itertools.islice((s for s in case.every() if not is_initial(case.system, s, case.sizes)), 0, 4000, 500)
    if starts_differ(case, every, [*case.starts[:4], *others]):
        return True
    return any(step_differs(case, every, a, case.some) for a in case.system.actions)


def starts_differ(case: Case, every: Sequence[Obligation], states: Sequence[ConcreteState]) -> bool:
    """One of the states is initial for the script and not for the interpreter, or the other way round."""
    solver = _solver(case, next(o for o in every if o.about == INIT))
    return any(
        answer_of(solver, told(case.system, s)) is not is_initial(case.system, s, case.sizes) for s in states
    )


def _solver(case: Case, obligation: Obligation) -> Solver:
    solver = Solver("", options=Z3_OPTIONS)
    solver.add_text(obligation.context + closed(case.system, case.sizes))
    return solver


def _denied(obligation: Obligation) -> str:
    """The formula whose denial the goal asserts."""
    return obligation.goal.removeprefix("; denied\n(assert (not ").removesuffix("))\n")


def step_differs(case: Case, every: Sequence[Obligation], action: Action, states: Sequence[ConcreteState]) -> bool:
    """In one of the states that keep the claim the guard, the state after the step, or the claim about it differ."""
    about = [o for o in every if o.about == action.name]
    solver = _solver(case, about[0])
    keeping = [s for s in states if holds(case.claim.formula, s, case.sizes)]
    for state, args in itertools.product(keeping, arguments(case, action)):
        params = " ".join(
            f"(= {quote(f'${k}.{p.name}')} {_value(p.sort, a)})"
            for k, (p, a) in enumerate(zip(action.params, args, strict=True))
        )
        here = f"{told(case.system, state)} {params}"
        able = enabled(action, args, state, case.sizes)
        if answer_of(solver, f"(and {here})") is not able:
            return True
        if able and _after_differs(case, solver, here, apply(action, args, state, case.sizes), about):
            return True
    return False


def arguments(case: Case, action: Action) -> list[tuple[int, ...]]:
    """Every choice of the parameters."""
    return list(itertools.product(*(domain(p.sort, case.sizes) for p in action.params)))


def _after_differs(case: Case, solver: Solver, here: str, after: ConcreteState, about: list[Obligation]) -> bool:
    if answer_of(solver, f"(and {here} (not {told(case.system, after, after=True)}))"):
        return True
    kept = holds(case.claim.formula, after, case.sizes)
    about_claim = [o for o in about if o.name.startswith("lemma 2 ")]
    return any(answer_of(solver, f"(and {here} (not {_denied(o)}))") is kept for o in about_claim)

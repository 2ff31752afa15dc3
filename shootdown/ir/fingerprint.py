"""Fingerprint of a model: a hash over what it means, the same in every process and on every machine.

Names of bound variables, words for readers and the order of declarations do not count; names of variables,
actions, parameters and values do, because traces speak of them.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from shootdown.ir.expr import Binder, Expr, Op, Variable
from shootdown.ir.sorts import EnumSort
from shootdown.ir.state import Update
from shootdown.ir.system import Action, Claim, System
from shootdown.ir.temporal import Response


def fingerprint(system: System, claims: Sequence[Claim], responses: Sequence[Response] = ()) -> str:
    """SHA-256, as 64 hex digits, over a canonical text of variables, axioms, initial states, actions and claims."""
    digest = hashlib.sha256()
    for line in sorted([*_lines(system, claims), *(_response(system, r) for r in responses)]):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def formula_text(formula: Expr) -> str:
    """A closed formula in the same canonical text: equal texts mean the same."""
    return _text(formula, {})


def _lines(system: System, claims: Sequence[Claim]) -> Iterator[str]:
    for enum in system.enum_sorts.values():
        yield f"sort {_enum(enum)}"
    for variable in system.variables:
        yield f"variable {variable} {'immutable' if variable.immutable else ''}"
    for kind, conditions in (("axiom", system.axioms), ("init", system.init)):
        for named in conditions:
            yield f"{kind} {_text(named.formula, {})}"
    for order in system.orders:
        names = _bound(order.binders, {})
        yield f"order {_text(order.member, names)} before {_text(order.before, names)}"
    for action in system.actions:
        yield _action(action)
    for claim in claims:
        yield f"{claim.kind.value} {claim.name}: {_text(claim.formula, {})}"


def _response(system: System, response: Response) -> str:
    """A response with its fairness, and which of its actions are faults: that decides what may happen for ever."""
    names = _bound(response.params, {})
    over = ", ".join(f"{names[b.key]}: {b.sort}" for b in response.params)
    fair = "; ".join(sorted(f"{f.strength.value} {f.action}" for f in response.fair))
    faults = ", ".join(sorted(a.name for a in system.actions if a.fault))
    leads = f"{_text(response.trigger, names)} leads to {_text(response.goal, names)}"
    return f"response {response.name}({over}): {leads}, fair to {fair}, faults {faults}"


def _enum(sort: EnumSort) -> str:
    return f"{sort.name}({', '.join(sort.values)})"


def _action(action: Action) -> str:
    names = {p.key: f"${p.name}" for p in action.params}
    updates = "; ".join(sorted(_update(u, names) for u in action.updates))
    return f"action {action} requires {_text(action.guard, names)} does {updates}"


def _update(update: Update, names: Mapping[int, str]) -> str:
    inner = _bound(update.binders, names)
    target = ", ".join(inner[b.key] for b in update.binders)
    return f"{update.variable.name}({target}) := {_text(update.value, inner)}"


def _bound(binders: Sequence[Binder], names: Mapping[int, str]) -> dict[int, str]:
    """Binders are named by how many surround them."""
    return dict(names) | {b.key: f"#{len(names) + k}" for k, b in enumerate(binders)}


def _text(expr: Expr, names: Mapping[int, str]) -> str:
    payload = expr.payload
    if isinstance(payload, Binder):
        return names[payload.key]
    if isinstance(payload, tuple):
        inner = _bound(payload, names)
        bound = ", ".join(f"{inner[b.key]}: {b.sort}" for b in payload)
        return f"({expr.op.value} {bound}. {_text(expr.args[0], inner)})"
    if expr.op is Op.LIT:
        return f"{expr.sort}'{payload}"
    head = payload.name if isinstance(payload, Variable) else f"{expr.op.value}:{expr.sort}"
    return f"{head}({', '.join(_text(a, names) for a in expr.args)})"

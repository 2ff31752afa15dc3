"""Formulas about a model as English sentences: lemmas for readers who do not know the names of its variables.

A sentence says what the formula says: brackets keep what belongs together, and what has no words stays a formula.
"""

from collections.abc import Mapping, Sequence

from shootdown.ir.expr import Binder, Expr, Op, Variable
from shootdown.ir.pretty import pretty
from shootdown.ir.sorts import BoolSort, CInt, EnumSort, IndexSort
from shootdown.ir.view import shown

TRUE_OF: Mapping[str, tuple[str, str]] = {
    "acked": ("{0} has answered in this call", "{0} has not answered in this call"),
    "array_before": ("{0} is before {1} in the caller's array", "{0} is not before {1} in the caller's array"),
    "asked": ("the VMM has its answer for {0}", "the VMM has no answer for {0} yet"),
    "atc": ("the ATC of {0} holds {1} -> {2}", "the ATC of {0} does not hold {1} -> {2}"),
    "ats_off": ("ATS of {0} is switched off", "ATS of {0} is not switched off"),
    "attached": ("{0} is attached", "{0} is not attached"),
    "before": ("{0} is before {1} in its group", "{0} is not before {1} in a group"),
    "blocked": ("{0} is cut off from DMA", "{0} is not cut off from DMA"),
    "covers": ("the queued wait covers the removal of {0}", "the queued wait does not cover the removal of {0}"),
    "dead": ("{0} is dead", "{0} is not dead"),
    "disabling": ("ATS of the current device is being switched off", "no ATS is being switched off"),
    "dom_newer": ("{0} is before {1} on domain_list", "{0} is not before {1} on domain_list"),
    "emulated": ("{0} is emulated", "{0} is not emulated"),
    "failing": ("{0} is reported as the one that failed", "{0} is not reported as the one that failed"),
    "fetched": ("the driver has copied the request", "the driver has not copied the request"),
    "gone": ("{0} was named and not there", "{0} was not named, or was there"),
    "had_atc": ("the ATC of {0} held {1} -> {2} at the repeated call",
                "the ATC of {0} did not hold {1} -> {2} at the repeated call"),
    "had_blocked": ("{0} was cut off at the repeated call", "{0} was not cut off at the repeated call"),
    "had_iotlb": ("the IOTLB of {0} held {2} -> {3} for {1} at the repeated call",
                  "the IOTLB of {0} did not hold {2} -> {3} for {1} at the repeated call"),
    "has_ats": ("{0} has ATS", "{0} has no ATS"),
    "in_array": ("the caller's array names {0}", "the caller's array does not name {0}"),
    "iotlb": ("the IOTLB of {0} holds {2} -> {3} for {1}",
              "the IOTLB of {0} does not hold {2} -> {3} for {1}"),
    "listed": ("{0} was on the list when the walk began", "{0} was not on the list when the walk began"),
    "newer": ("{0} is before {1} on group_list", "{0} is not before {1} on group_list"),
    "owed": ("{1} was removed from {0} and its wait has not completed",
             "no completed wait is owed for the removal of {1} from {0}"),
    "pending": ("an ATC_INV to {0} is not answered", "no ATC_INV to {0} is outstanding"),
    "pinned": ("{0} is pinned", "{0} is not pinned"),
    "pte": ("the PTE of {0} names {1}", "the PTE of {0} does not name {1}"),
    "queued": ("an invalidation and a wait are queued", "nothing is queued"),
    "repeating": ("nobody but kernel and driver has acted since the same call was issued again",
                  "somebody else has acted since the call was issued, or it is no repetition"),
    "replaced": ("{0} was replaced before the call was entered and is not restored",
                 "{0} was not replaced before the call was entered, or is restored"),
    "reused": ("{0} has a new use", "{0} has no new use"),
    "s2": ("stage 2 of {0} maps {1}", "stage 2 of {0} does not map {1}"),
    "stopped": ("the VM is stopped", "the VM is not stopped"),
    "stray": ("DMA has reached the new use of {0} through a removed translation",
              "no DMA has reached a new use of {0} through a removed translation"),
    "todo": ("{0} is still to be visited", "{0} is not to be visited"),
    "told_done": ("{0} is reported done", "{0} is not reported done"),
    "told_failed": ("{0} is reported failed", "{0} is not reported failed"),
    "touched": ("something was flushed for {0} in this call", "nothing was flushed for {0} in this call"),
    "trespass": ("DMA has reached {0} after it was unpinned", "no DMA has reached {0} after it was unpinned"),
    "unchecked": ("{0} is still to be asked", "{0} is not to be asked"),
    "users": ("a device of {0} is open", "no device of {0} is open"),
}  # fmt: skip
"""What a relation says of its arguments, and what its contrary says."""

EQUALS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("call", "NONE"): ("no call is on its way", "a call is on its way"),
    ("call", "ENTERED"): ("the call has entered, without the lock", "the call is not between entry and lock"),
    ("call", "LOCKED"): ("the walk is under way", "no walk is under way"),
    ("call", "UNLOCKED"): ("the walk is over, before the return", "the call is not between walk and return"),
    ("call", "RETURNED"): ("the call is back in user space", "the call is not back in user space"),
    ("lock", "FREE"): ("iommu->lock is free", "iommu->lock is held"),
    ("lock", "INVALIDATE"): ("CACHE_INVALIDATE holds iommu->lock", "CACHE_INVALIDATE does not hold iommu->lock"),
    ("lock", "UNMAP"): ("UNMAP_DMA holds iommu->lock", "UNMAP_DMA does not hold iommu->lock"),
    ("stage", "IOTLB"): ("no driver is in the middle of a visit", "a driver is in the middle of a visit"),
    ("stage", "ATC"): ("a driver waits for an ATC", "no driver waits for an ATC"),
    ("stage", "AGAIN"): ("a driver has waited in vain", "no driver has waited in vain"),
    ("ret", "OK"): ("the result is 0", "the result is an error"),
    ("widening", "NONE"): ("no flush is being widened", "a flush is being widened"),
    ("widening", "IOTLB"): ("a flush is to be widened to the domain's IOTLB",
                            "no flush is to be widened to a domain's IOTLB"),
    ("widening", "ATC"): ("a flush is to be widened to the whole ATC", "no flush is to be widened to a whole ATC"),
    ("mode", "NONE"): ("no backend is set", "a backend is set"),
    ("mode", "NESTING"): ("the container nests", "the container does not nest"),
    ("found", "NESTED"): ("the call met a nested container", "the call met no nested container"),
    ("found", "NO_BACKEND"): ("the call met no backend", "the call met a backend"),
    ("found", "NOT_NESTED"): ("the call met a backend without a nested domain",
                              "the call met no backend, or a nested domain"),
}  # fmt: skip
"""The same for a variable that has one of its values."""

TERMS: Mapping[str, str] = {
    "group_of": "the group of {0}", "domain_of": "the domain of {0}", "unit_of": "the unit of {0}",
    "req": "the requested iova", "queued_iova": "the queued iova", "ret": "the result", "mode": "the backend",
    "unmapping": "the frame that is being unmapped", "named": "the named device", "user_req": "the iova in user memory",
    "copied": "the iova that was copied", "count": "the count",
}  # fmt: skip
"""What a variable's value is called."""


class _Wordless(Exception):  # noqa: N818 # flow within this module
    """There are no words for some part of a formula."""


def in_words(formula: Expr) -> str:
    """The formula as a sentence without full stop; as a formula where it has no words."""
    try:
        return _say(formula, positive=True)
    except _Wordless:
        return pretty(formula)


def _say(expr: Expr, *, positive: bool) -> str:
    """What holds, or does not."""
    match expr.op:
        case Op.NOT:
            return _negated(expr.args[0]) if positive else _say(expr.args[0], positive=True)
        case Op.AND | Op.OR:
            return _joined(expr, positive=positive)
        case Op.FORALL | Op.EXISTS:
            return _quantified(expr, positive=positive)
        case Op.EQ:
            return _equation(expr, positive=positive)
        case Op.READ:
            return _relation(expr, positive=positive)
    raise _Wordless


def _negated(inner: Expr) -> str:
    """`never all of these together: A; B; C` for several parts: better to read than what each of them is not."""
    if inner.op is not Op.AND:
        return _say(inner, positive=False)
    return f"never all of these together: {'; '.join(_inner(a, positive=True) for a in _flat(inner))}"


def _joined(expr: Expr, *, positive: bool) -> str:
    if positive and expr.op is Op.OR and len(expr.args) == 2 and expr.args[0].op is Op.NOT:  # noqa: PLR2004 # premise, conclusion
        return f"if {_inner(expr.args[0].args[0], positive=True)}, then {_inner(expr.args[1], positive=True)}"
    both = (expr.op is Op.AND) is positive
    return (" and " if both else " or ").join(_inner(a, positive=positive) for a in _flat(expr))


def _flat(expr: Expr) -> list[Expr]:
    """The parts of a conjunction or disjunction, those of nested ones among them."""
    return [part for a in expr.args for part in (_flat(a) if a.op is expr.op else [a])]


def _inner(expr: Expr, *, positive: bool) -> str:
    """In brackets where it is not one plain statement."""
    text = _say(expr, positive=positive)
    inner = expr.args[0] if expr.op is Op.NOT else expr
    plain = inner.op is Op.READ or (inner.op is Op.EQ and not isinstance(inner.args[0].sort, BoolSort))
    return text if plain else f"({text})"


def _quantified(expr: Expr, *, positive: bool) -> str:
    binders = expr.payload
    if not isinstance(binders, tuple):
        raise _Wordless
    body = _say(expr.args[0], positive=True)
    if expr.op is Op.FORALL:
        return f"{'for all' if positive else 'not for all'} {_binders(binders)}: {body}"
    return f"{'there is a' if positive else 'there is no'} {_one_of(binders)} with: {body}"


def _binders(binders: Sequence[Binder]) -> str:
    groups: dict[str, list[str]] = {}
    for b in binders:
        groups.setdefault(getattr(b.sort, "plural", str(b.sort)), []).append(b.name)
    return "; ".join(f"{plural} {', '.join(names)}" for plural, names in groups.items())


def _one_of(binders: Sequence[Binder]) -> str:
    return " and a ".join(f"{str(b.sort).lower()} {b.name}" for b in binders)


def _equation(expr: Expr, *, positive: bool) -> str:
    left, right = expr.args
    if isinstance(left.sort, BoolSort):
        joint = "exactly if" if positive else "exactly if not"
        return f"{_inner(left, positive=True)} {joint} {_inner(right, positive=True)}"
    if left.op is Op.READ and right.op is Op.LIT and isinstance(left.payload, Variable):
        words = EQUALS.get((left.payload.name, str(right.payload)))
        if words is not None:
            return words[0] if positive else words[1]
    return f"{_term(left)} {'is' if positive else 'is not'} {_term(right)}"


def _relation(expr: Expr, *, positive: bool) -> str:
    variable = expr.payload
    assert isinstance(variable, Variable)
    words = TRUE_OF.get(variable.name)
    args = [_term(a) for a in expr.args]
    if words is not None:
        return words[0 if positive else 1].format(*args)
    if not variable.doc:
        raise _Wordless
    about = f" (of {', '.join(args)})" if args else ""
    return f"{'' if positive else 'not: '}{variable.doc}{about}"


def _term(expr: Expr) -> str:
    match expr.op:
        case Op.VAR if isinstance(expr.payload, Binder):
            return f"domain {expr.payload.name}" if str(expr.sort) == "Domain" else expr.payload.name
        case Op.LIT if isinstance(expr.sort, IndexSort | CInt) and isinstance(expr.payload, int):
            return expr.sort.element(expr.payload) if isinstance(expr.sort, IndexSort) else str(expr.payload)
        case Op.LIT if isinstance(expr.sort, EnumSort):
            return shown(expr.sort, expr.sort.values.index(str(expr.payload)))
        case Op.READ if isinstance(expr.payload, Variable) and expr.payload.name in TERMS:
            return TERMS[expr.payload.name].format(*(_term(a) for a in expr.args))
        case Op.READ if isinstance(expr.payload, Variable) and expr.payload.doc and not expr.args:
            return expr.payload.doc
    raise _Wordless


__all__ = ["in_words"]

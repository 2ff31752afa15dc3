"""Strict orders on finite sets: what makes one, and what follows from being finite."""

from shootdown.ir.expr import Expr, Op, conj, fresh, implies
from shootdown.ir.rewrite import instantiate
from shootdown.ir.sorts import BOOL
from shootdown.ir.system import Order


def _member(order: Order, d: Expr) -> Expr:
    return instantiate(order.member, {order.binders[0].key: d})


def _before(order: Order, d: Expr, e: Expr) -> Expr:
    return instantiate(order.before, {order.binders[0].key: d, order.binders[1].key: e})


def strict(order: Order) -> Expr:
    """On its members the order is irreflexive and transitive."""
    sort = order.binders[0].sort
    (a, d), (b, e), (c, x) = (fresh(name, sort) for name in "dex")
    irreflexive = Expr(Op.FORALL, (implies(_member(order, d), ~_before(order, d, d)),), BOOL, (a,))
    members = conj(*(_member(order, y) for y in (d, e, x)))
    chain = implies(conj(members, _before(order, d, e), _before(order, e, x)), _before(order, d, x))
    return conj(irreflexive, Expr(Op.FORALL, (chain,), BOOL, (a, b, c)))


def least(order: Order) -> Expr:
    """If there is a member, one of them comes before all others: true of a strict order on a finite set."""
    sort = order.binders[0].sort
    (a, d), (b, e) = fresh("d", sort), fresh("e", sort)
    some = Expr(Op.EXISTS, (_member(order, d),), BOOL, (a,))
    none_before = Expr(Op.FORALL, (implies(_member(order, e), ~_before(order, e, d)),), BOOL, (b,))
    first = Expr(Op.EXISTS, (conj(_member(order, d), none_before),), BOOL, (a,))
    return implies(some, first)

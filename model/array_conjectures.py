"""What a walk in the order of the caller's array is believed to keep: hints like those of `conjectures`.

Besides those that always help there is one set for calls during which groups may come and go, and one for claims about
calls during which none did, which are about what the VMM sees. None of these is trusted.
"""

from typing import Any

from shootdown.ir import conj, exists, forall, implies
from shootdown.ir.claims import Build
from shootdown.model.container import on_list
from shootdown.model.sorts import Call, Device, Errno, Lock, Mode


def _walking(s: Any) -> Any:
    return (s.call == Call.LOCKED) & (s.lock == Lock.INVALIDATE)


OF_ARRAYS: tuple[tuple[str, Build], ...] = (
    (
        "who has left is named by the array and not to be visited",
        lambda s: forall(
            Device, lambda d: implies(s.gone[d], conj(_walking(s), s.in_array[d], ~s.todo[d], s.ret == Errno.OK))
        ),
    ),
    (
        "while nothing has failed, who is named by the array is to be visited, has left, or has acknowledged",
        lambda s: forall(
            Device,
            lambda d: implies(
                conj(s.in_array[d], s.call != Call.ENTERED, s.call != Call.NONE, s.ret == Errno.OK, s.listed[d]),
                s.todo[d] | s.gone[d] | s.acked[d],
            ),
        ),
    ),
    (
        "the walk visits entries of the array",
        lambda s: forall(Device, lambda d: implies((s.lock == Lock.INVALIDATE) & s.todo[d], s.in_array[d])),
    ),
    (
        "an entry has failed only where the call has",
        lambda s: forall(Device, lambda d: implies(s.failing[d], s.ret != Errno.OK)),
    ),
    (
        "after a failure no entry of the array is looked at",
        lambda s: forall(
            Device, Device,
            lambda d, e: ~((s.lock == Lock.INVALIDATE) & s.failing[d] & (s.todo[e] | s.gone[e])),
        ),
    ),
)  # fmt: skip
"""Whatever is watched."""

ARRAY: tuple[tuple[str, Build], ...] = (
    (
        "entries of the array before the failing one have acknowledged",
        lambda s: forall(
            Device, Device,
            lambda d, e: implies(conj(s.failing[e], s.in_array[d], s.array_before[d, e]), s.acked[d]),
        ),
    ),
    (
        "entries of the array before one that is to be visited were visited",
        lambda s: forall(
            Device, Device,
            lambda d, e: implies(
                conj(s.lock == Lock.INVALIDATE, s.todo[e] | s.gone[e], s.in_array[d], s.array_before[d, e]),
                s.todo[d] | s.gone[d] | s.acked[d],
            ),
        ),
    ),
)  # fmt: skip
"""Whoever leaves meanwhile is refused by the walk."""


def _past_the_lock(s: Any) -> Any:
    return (s.call != Call.NONE) & (s.call != Call.ENTERED)


def _walked(s: Any) -> Any:
    return (s.call == Call.UNLOCKED) | (s.call == Call.RETURNED)


def _met(s: Any) -> Any:
    """A walk has begun, over what the array names, and no group came or left."""
    return conj(~s.moved, _past_the_lock(s), s.mode != Mode.NONE)


IN_ORDER: tuple[tuple[str, Build], ...] = (
    (
        "unless a group came or left, the array names those on the list",
        lambda s: forall(Device, lambda d: implies(~s.moved & (s.call != Call.NONE), s.in_array[d] == on_list(s, d))),
    ),
    (
        "unless a group came or left, nobody that the array names has left",
        lambda s: forall(Device, lambda d: implies(s.gone[d], s.moved)),
    ),
    (
        "one entry has failed at most",
        lambda s: forall(Device, Device, lambda d, e: implies(s.failing[d] & s.failing[e], d == e)),
    ),
    (
        "an error is about an entry",
        lambda s: implies(_met(s) & ~s.success(), exists(Device, lambda d: s.failing[d])),
    ),
    (
        "whoever is to be visited has not acknowledged",
        lambda s: forall(Device, lambda d: ~conj(s.lock == Lock.INVALIDATE, s.todo[d], s.acked[d])),
    ),
    (
        "whoever has acknowledged stands in the array before those to be visited",
        lambda s: forall(
            Device, Device,
            lambda d, e: implies(
                conj(s.lock == Lock.INVALIDATE, s.acked[d], s.todo[e]), s.array_before[d, e]
            ),
        ),
    ),
    (
        "unless a group came or left, whoever has acknowledged stands in the array before the entry that failed",
        lambda s: forall(
            Device, Device,
            lambda d, e: implies(conj(~s.moved, s.acked[d], s.failing[e]), s.array_before[d, e]),
        ),
    ),
    (
        "unless a group came or left, entries of the array before the one that failed have acknowledged",
        lambda s: forall(
            Device, Device,
            lambda d, e: implies(conj(~s.moved, s.failing[e], s.listed[d], s.array_before[d, e]), s.acked[d]),
        ),
    ),
    (
        "unless a group came or left, before a failure whoever is on the list is to be visited or acknowledged",
        lambda s: forall(Device, lambda d: implies(conj(~s.moved, s.success(), s.listed[d]), s.todo[d] | s.acked[d])),
    ),
    (
        "unless a group came or left, after a success whoever is on the list has acknowledged",
        lambda s: forall(Device, lambda d: implies(_met(s) & _walked(s) & s.success() & s.listed[d], s.acked[d])),
    ),
)  # fmt: skip
"""Where it is watched whether groups come and go."""

"""What two runs that look alike to the VMM are believed to keep, and one run whose groups stay.

Hints for proofs about what a report tells. As in `shootdown.model.conjectures`, none of them is trusted.
"""

from typing import Any

from shootdown.ir import System, conj, exists, forall, implies
from shootdown.ir.claims import Build
from shootdown.ir.pairs import both_runs
from shootdown.model.array_conjectures import IN_ORDER
from shootdown.model.container import has_group, on_list
from shootdown.model.sorts import Call, Device, Domain, Group, Mode


def _past_the_lock(s: Any) -> Any:
    return (s.call != Call.NONE) & (s.call != Call.ENTERED)


def _walked(s: Any) -> Any:
    return (s.call == Call.UNLOCKED) | (s.call == Call.RETURNED)


def _same_place(s: Any, place: Call) -> Any:
    one, two = both_runs(s)
    return (one.call == place) == (two.call == place)


ALONE: tuple[tuple[str, Build], ...] = (
    (
        "unless a group came or left, those on the list of the call are those on the list now",
        lambda s: forall(Device, lambda d: implies(~s.moved & _past_the_lock(s), s.listed[d] == on_list(s, d))),
    ),
    (
        "unless a group came or left, whoever is on the list of the call is on the list now",
        lambda s: forall(Device, lambda d: implies(~s.moved & s.listed[d], on_list(s, d))),
    ),
    (
        "unless a group came or left, whoever has acknowledged is in a nested container",
        lambda s: forall(Device, lambda d: implies(~s.moved & s.acked[d], s.mode == Mode.NESTING)),
    ),
    (
        "unless a group came or left, a nested container gets no error",
        lambda s: implies(~s.moved & _past_the_lock(s) & (s.mode == Mode.NESTING), s.success()),
    ),
)
"""About one run, where the model has the monitor `moved`."""


def _one_group(s: Any) -> Any:
    return forall(Group, Group, lambda g, h: implies(s.attached[g] & s.attached[h], g == h))


def _one_device(s: Any) -> Any:
    return forall(
        Device, Device,
        lambda d, e: implies(s.attached[s.group_of(d)] & (s.group_of(d) == s.group_of(e)), d == e),
    )  # fmt: skip


def _refused_at_the_door(s: Any) -> Any:
    """A walk was owed to somebody, and is on no list."""
    return conj(~s.moved, _past_the_lock(s), exists(Device, lambda d: on_list(s, d) & ~s.listed[d]))


ONE_AT_MOST: tuple[tuple[str, Build], ...] = (
    ("after an error nobody has acknowledged", lambda s: forall(Device, lambda d: implies(s.acked[d], s.success()))),
    (
        "on the list of a call there is at most one device",
        lambda s: forall(Device, Device, lambda d, e: implies(s.listed[d] & s.listed[e], d == e)),
    ),
    (
        "unless a group came or left, a call with a list found a nested container",
        lambda s: forall(Device, lambda d: implies(~s.moved & s.listed[d], s.mode == Mode.NESTING)),
    ),
    (
        "unless a group came or left, a call with a list found a container of one group",
        lambda s: implies(~s.moved & exists(Device, lambda d: s.listed[d]), _one_group(s)),
    ),
    (
        "unless a group came or left, a call with a list found groups of one device",
        lambda s: implies(~s.moved & exists(Device, lambda d: s.listed[d]), _one_device(s)),
    ),
    (
        "unless a group came or left, a call without a list found no container of one nested device",
        lambda s: implies(
            _refused_at_the_door(s),
            ~conj(s.mode == Mode.NESTING, exists(Domain, lambda x: has_group(s, x)), _one_group(s), _one_device(s)),
        ),
    ),
)
"""Where a check lets in one device at most: its errno is about that one."""

ONE_NAMED: tuple[tuple[str, Build], ...] = (
    ONE_AT_MOST[0],
    (
        "unless a group came or left, a call has a list where it named one of a nested container",
        lambda s: forall(
            Device,
            lambda d: implies(
                ~s.moved & _past_the_lock(s),
                s.listed[d] == conj(on_list(s, d), s.mode == Mode.NESTING, on_list(s, s.named)),
            ),
        ),
    ),
    ("whoever has acknowledged was named", lambda s: forall(Device, lambda d: implies(s.acked[d], d == s.named))),
    (
        "after a success whoever was named and is on the list has acknowledged",
        lambda s: implies(_walked(s) & s.success() & s.listed[s.named], s.acked[s.named]),
    ),
    (
        "while the walk reports success so far, whoever was named and was visited has acknowledged",
        lambda s: implies(s.success() & s.listed[s.named] & ~s.todo[s.named], s.acked[s.named]),
    ),
)
"""Where the call names a device."""

PAIRED: tuple[tuple[str, Build], ...] = (
    ("both calls are back, or neither is", lambda s: _same_place(s, Call.RETURNED)),
    ("both runs are in a call, or neither is", lambda s: _same_place(s, Call.NONE)),
)
"""About two runs; a product adds what was seen at an observation and still holds."""


def of_reports(system: System) -> tuple[tuple[str, Build], ...]:
    """The hints about one run that are worth a try, where it is watched whether groups come and go."""
    known = set(system.by_name)
    if "moved" not in known:
        return ()
    more: tuple[tuple[str, Build], ...] = ()
    if "in_array" in known:
        more = IN_ORDER
    elif "named" in known:
        more = ONE_NAMED
    elif "call_not_admitted" in system.action:
        more = ONE_AT_MOST
    return (*ALONE, *more)

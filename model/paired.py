"""What two runs that look alike to the VMM are believed to keep, and one run whose groups stay.

Hints for proofs about what a report tells. As in `shootdown.model.conjectures`, none of them is trusted.
"""

from typing import Any

from shootdown.ir import forall, implies
from shootdown.ir.claims import Build
from shootdown.ir.pairs import both_runs
from shootdown.model.container import on_list
from shootdown.model.sorts import Call, Device, Mode


def _past_the_lock(s: Any) -> Any:
    return (s.call != Call.NONE) & (s.call != Call.ENTERED)


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

PAIRED: tuple[tuple[str, Build], ...] = (
    ("both calls are back, or neither is", lambda s: _same_place(s, Call.RETURNED)),
    ("both runs are in a call, or neither is", lambda s: _same_place(s, Call.NONE)),
)
"""About two runs; a product adds what was seen at an observation and still holds."""

"""What recovery by resets is believed to keep: hints like those of `shootdown.model.conjectures`; none is trusted.

They are about a VMM that resets the devices which the status of each device names, and then calls again.
"""

from typing import Any

from shootdown.ir import System, conj, disj, forall, implies
from shootdown.ir.claims import Build
from shootdown.model.sorts import Call, Device, Errno, Found, Mode


def _walked(s: Any) -> Any:
    """A walk is made or was made, and its answer was not taken yet."""
    return disj(s.call == Call.LOCKED, s.call == Call.UNLOCKED, s.call == Call.RETURNED) & (s.found != Found.NO_BACKEND)


RESETS: tuple[tuple[str, Build], ...] = (
    (
        "whoever is told as failed is real, and was visited by a walk that has failed",
        lambda s: forall(
            Device,
            lambda d: implies(s.told_failed[d], conj(_walked(s), s.ret != Errno.OK, ~s.emulated[s.group_of(d)])),
        ),
    ),
    (
        "whoever is to be visited was not told as failed",
        lambda s: forall(Device, lambda d: ~conj(s.call == Call.LOCKED, s.todo[d], s.told_failed[d])),
    ),
    (
        "whoever is dealt with was named by a walk that has failed",
        lambda s: forall(
            Device, lambda d: implies(s.handled[d], conj(_walked(s), s.call == Call.RETURNED, s.ret != Errno.OK))
        ),
    ),
    (
        "a call that finds no backend fails",
        lambda s: implies(
            s.found == Found.NO_BACKEND,
            ((s.call == Call.UNLOCKED) | (s.call == Call.RETURNED)) & (s.ret != Errno.OK),
        ),
    ),
    ("before it walks a call has no error", lambda s: implies(
        (s.call == Call.NONE) | (s.call == Call.ENTERED), s.ret == Errno.OK)),
    ("the guest waits during a call", lambda s: implies(s.call != Call.NONE, s.queued)),
    (
        "during a call no backend is set but NESTING",
        lambda s: implies(s.call != Call.NONE, (s.mode == Mode.NONE) | (s.mode == Mode.NESTING)),
    ),
    (
        "whoever is to be visited and stays out is still in",
        lambda s: forall(
            Device,
            lambda d: implies(
                conj(s.call == Call.LOCKED, s.todo[d], s.out[s.group_of(d)]), s.attached[s.group_of(d)]
            ),
        ),
    ),
)  # fmt: skip


def of_resets(system: System) -> tuple[tuple[str, Build], ...]:
    """The hints for a system whose VMM resets devices; nothing for any other."""
    return RESETS if "handled" in system.by_name else ()


__all__ = ["RESETS", "of_resets"]

"""Recovery stops nobody who answered (design.md 7)."""

from typing import Any

from shootdown.ir import Property, always, conj, exists, forall, sometimes
from shootdown.model.sorts import Call, Device


def cut_off(s: Any, d: Any) -> Any:
    """The call that the device answered has cut it off."""
    return conj(s.call == Call.RETURNED, s.acked[d], s.blocked[d], ~s.was_blocked[d])


PROPERTY = Property(
    name="no-healthy-device-lost",
    sentence="Recovery never has to stop a device that answered.",
    claims=(
        always(
            "no answering device is stopped by the VMM",
            lambda s: forall(Device, lambda d: ~s.lost[d]),
            says="lost: {d} had answered in the call, and recovery reset, unplugged or stopped it",
        ),
        always(
            "no answering device is cut off by the kernel",
            lambda s: forall(Device, lambda d: ~cut_off(s, d)),
            says="lost: {d} had answered in the call that cut it off from DMA",
        ),
    ),
    companions=(
        sometimes(
            "a call returns that one device answered while another one is dead",
            lambda s: conj(
                s.call == Call.RETURNED,
                exists(Device, Device, lambda d, e: s.acked[d] & s.listed[e] & s.dead[e]),
            ),
        ),
    ),
    policy="reset-all",
    reach="guest-internal",
    parts=("recovery",),
)

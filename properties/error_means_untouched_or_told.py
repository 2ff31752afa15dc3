"""After an error, whoever was invalidated is named (design.md 7)."""

from typing import Any

from shootdown.ir import Property, always, conj, exists, forall, sometimes
from shootdown.model.sorts import Call, Device, Errno


def _told(s: Any) -> Any:
    returned = (s.call == Call.RETURNED) & (s.ret != Errno.OK)
    return forall(Device, lambda d: ~conj(returned, s.touched[d], ~s.reported_done(d)))


PROPERTY = Property(
    name="error-means-untouched-or-told",
    sentence=(
        "When the call returns an error, each device for which some invalidation of this call was carried out "
        "is reported as done (an errno alone names nobody)."
    ),
    claims=(
        always(
            "untouched or told",
            _told,
            says="untold: the call failed with {ret}, and {d} was invalidated without being named",
        ),
    ),
    companions=(
        sometimes(
            "a walk over a device returns an error",
            lambda s: (s.call == Call.RETURNED) & (s.ret != Errno.OK) & exists(Device, lambda d: s.listed[d]),
        ),
    ),
    policy="hostile",
    reach="guest-internal",
)

"""A container without a nested domain is refused, with one errno (design.md 7; the mail's third concern)."""

from shootdown.ir import Property, always, implies, sometimes
from shootdown.model.sorts import Call, Errno, Found

PROPERTY = Property(
    name="wrong-mode-is-refused",
    sentence=(
        "Without SET_IOMMU the call answers EINVAL; in a type1 container that has no nested domain it answers "
        "the one errno that the design declares, never 0."
    ),
    claims=(
        always(
            "EINVAL without a backend",
            lambda s: implies((s.call == Call.RETURNED) & (s.found == Found.NO_BACKEND), s.ret == Errno.EINVAL),
            says="wrong: no backend was set and the call answered {ret}",
        ),
        always(
            "the declared errno without a nested domain",
            lambda s: implies(
                (s.call == Call.RETURNED) & (s.found == Found.NOT_NESTED),
                (s.ret == s.declared_errno()) & (s.ret != Errno.OK),
            ),
            says="wrong: the call met a container without a nested domain and answered {ret}",
        ),
    ),
    companions=(
        sometimes(
            "a call meets a container without a nested domain",
            lambda s: (s.call == Call.RETURNED) & (s.found == Found.NOT_NESTED),
        ),
    ),
    policy="hostile",
    reach="guest-internal",
    topologies=("emulated-only",),
)

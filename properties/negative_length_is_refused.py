"""A size that is an error code is not taken for a size (domain.md 1.5 D2)."""

from shootdown.ir import Property, always, sometimes
from shootdown.ir.claims import ABI

PROPERTY = Property(
    name="negative-length-is-refused",
    sentence=(
        "No negative number goes on as a length, neither to the allocator nor to a copy: no int, and no difference "
        "that has wrapped."
    ),
    claims=(
        always(
            "a length is not negative",
            lambda s: ~s.bad_length,
            says="wrong: a negative number goes on as a length of type size_t",
        ),
    ),
    companions=(sometimes("the driver acts on a request", lambda s: s.acted),),
    policy="any",
    reach="caller",
    subject=ABI,
)

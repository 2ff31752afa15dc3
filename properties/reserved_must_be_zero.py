"""Reserved bytes can get a meaning later only if they are refused now (domain.md 3.2, 3.3)."""

from shootdown.ir import Property, always, sometimes
from shootdown.ir.claims import ABI

PROPERTY = Property(
    name="reserved-must-be-zero",
    sentence=("A call with a reserved byte that is not zero is not acted on."),
    claims=(
        always(
            "reserved bytes are zero",
            lambda s: ~s.reserved_used(),
            says="wrong: a request with a reserved byte set was acted on",
        ),
    ),
    companions=(sometimes("a request with reserved bytes is acted on", lambda s: s.acted & s.has_reserved()),),
    policy="any",
    reach="caller",
    subject=ABI,
)

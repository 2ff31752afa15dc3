"""What is not known is refused, so that it can get a meaning later (issue of the ABI)."""

from shootdown.ir import Property, always, sometimes
from shootdown.ir.claims import ABI

PROPERTY = Property(
    name="unknown-flags-are-refused",
    sentence=("A call with a flag that the kernel does not know is not acted on."),
    claims=(
        always(
            "every flag acted on is known",
            lambda s: ~s.unknown_flag(),
            says="wrong: a request with an unknown flag was acted on",
        ),
    ),
    companions=(sometimes("the driver acts on a request", lambda s: s.acted),),
    policy="any",
    reach="caller",
    subject=ABI,
)

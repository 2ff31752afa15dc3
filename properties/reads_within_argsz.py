"""Nothing outside of what the user offers is read (design.md 7; domain.md 1.4 Q1, 1.5 D4)."""

from shootdown.ir import Property, always, sometimes
from shootdown.ir.claims import ABI

PROPERTY = Property(
    name="reads-within-argsz",
    sentence=("After the first copy, whose length is fixed, no byte outside of [arg, arg + argsz) is read."),
    claims=(
        always(
            "no copy reaches outside",
            lambda s: ~s.outside,
            says="wrong: bytes outside of [arg, arg + argsz) are asked for",
        ),
    ),
    companions=(sometimes("the driver acts on a request", lambda s: s.acted),),
    policy="any",
    reach="caller",
    subject=ABI,
)

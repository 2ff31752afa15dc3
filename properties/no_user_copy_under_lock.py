"""A copy may fault and sleep as long as user space likes (design.md 7; domain.md 3.1 E3)."""

from shootdown.ir import Property, always, sometimes
from shootdown.ir.claims import ABI

PROPERTY = Property(
    name="no-user-copy-under-lock",
    sentence=("User memory is not touched while a lock is held that hot-plug needs."),
    claims=(
        always(
            "no copy under a lock",
            lambda s: ~s.copied_locked,
            says="wrong: user memory was copied under a lock; whoever answers the fault decides how long it is held",
        ),
    ),
    companions=(sometimes("the driver acts on a request", lambda s: s.acted),),
    policy="any",
    reach="host",
    subject=ABI,
)

"""Old binaries on new kernels, new binaries on old kernels (design.md 7; domain.md 1.4 Q1)."""

from shootdown.ir import Property, always, implies, sometimes
from shootdown.ir.claims import ABI

PROPERTY = Property(
    name="old-binary-works",
    sentence=(
        "A call that the old kernel accepted is accepted by the new one with the same meaning; a new user gets a clean "
        "error from an old kernel."
    ),
    claims=(
        always(
            "what was accepted is accepted",
            lambda s: implies(s.over() & s.old_accepts() & ~s.new_user(), s.new_accepts()),
            says="wrong: the old kernel accepted the call, the new one answers {new_ret}",
        ),
        always(
            "and means the same",
            lambda s: implies(s.over() & s.old_accepts() & s.new_accepts(), s.same_meaning()),
            says="wrong: both kernels accept the call and act on different values",
        ),
        always(
            "a new user gets a clean error",
            lambda s: implies(s.over() & s.new_user() & s.new_accepts() & ~s.old_accepts(), s.clean()),
            says="wrong: the new kernel accepts the call, the old one answers {old_ret}",
        ),
    ),
    companions=(
        sometimes(
            "both kernels accept a call; of a new user's, only the new one does",
            lambda s: s.over() & s.new_accepts() & (s.old_accepts() ^ s.new_user()),
        ),
    ),
    policy="any",
    reach="caller",
    subject=ABI,
    parts=("pair",),
)

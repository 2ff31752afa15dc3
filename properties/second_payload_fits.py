"""One ioctl, more than one kind of data (domain.md 1.4 Q5)."""

from shootdown.ir import Property, always, implies, sometimes
from shootdown.ir.claims import ABI

PROPERTY = Property(
    name="second-payload-fits",
    sentence=(
        "A second payload type can be added without a new ioctl and without changing the meaning of existing calls."
    ),
    claims=(
        always(
            "existing calls keep their meaning",
            lambda s: implies(s.over() & s.old_accepts(), s.new_accepts() & s.same_meaning()),
            says="wrong: a call that the old kernel accepted has another meaning now, or none",
        ),
        always(
            "an old kernel refuses the second type",
            lambda s: implies(s.over() & s.second_payload(), ~s.old_accepts() & s.clean()),
            says="wrong: the old kernel answers {old_ret} to a payload that it does not know",
        ),
    ),
    companions=(
        sometimes("the second type is acted on", lambda s: s.over() & s.second_payload()),
        sometimes("an existing call is accepted by both", lambda s: s.over() & s.old_accepts() & s.new_accepts()),
    ),
    policy="any",
    reach="caller",
    subject=ABI,
    parts=("pair",),
)

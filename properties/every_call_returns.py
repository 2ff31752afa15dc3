"""Every call comes back to its caller (design.md 7; domain.md 4.1, B19).

A dead device stands for one that was pulled out as much as for one that hangs: it is gone, so a call that asks it again
and again is refuted. A device that is slow, however often, is not dead: it answers in the end, and its calls return.
"""

from shootdown.ir import Property, exists, sometimes
from shootdown.ir.temporal import leads_to
from shootdown.model.fairness import fair
from shootdown.model.rankings import call_returns, in_call
from shootdown.model.sorts import Call, Device

PROPERTY = Property(
    name="every-call-returns",
    sentence="If devices answer or are declared gone, every call returns.",
    claims=(),
    responses=(
        leads_to(
            "the call returns",
            in_call,
            lambda s: s.call == Call.RETURNED,
            fair=fair,
            says="hangs: the call is in the kernel for ever",
        ),
    ),
    ranks={"the call returns": call_returns},
    companions=(
        sometimes(
            "a walk is at work while a device is dead",
            lambda s: (s.call == Call.LOCKED) & exists(Device, lambda d: s.todo[d] & s.dead[d]),
        ),
    ),
    policy="retry-all",
    reach="host",
    parts=("recovery",),
)

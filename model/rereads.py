"""Every device's driver call reads the request from user memory by itself (domain.md 3.1, v3 and E2).

A second thread of a hostile VMM may rewrite the request between two of these reads; the threads of the others do not
[A]. The call is still about the iova that it named when it was entered. What an over-flush does not aim at is not read.
"""

from collections.abc import Iterable
from typing import Any

from shootdown.ir import Part, State, action, exists, forall, pre, require
from shootdown.ir.part import ActionSpec
from shootdown.model.driver import visiting
from shootdown.model.sorts import Call, Device, Iova, Stage
from shootdown.model.world import World

READ = "request_reread"
"""The action with which the driver's call for a device reads the request."""

CORE = "v3 of the series (domain.md 3.1): the callback passes the user pointer to the IOMMU core"


@action(actor="driver", code=CORE, says="{d}: copy_from_user: the request names {user_req}")
def request_reread(s: Any, d: Device) -> None:
    """copy_from_user in the callback, under `iommu->lock` and `group->mutex`."""
    require(visiting(s, d, Stage.IOTLB), ~s.fetched)
    s.copied = s.user_req
    s.fetched = True
    s.acts_on[d, :] = lambda i: i == s.user_req


@action(actor="user thread", says="writes {i} into the request in user memory")
def user_rewrites(s: Any, i: Iova) -> None:
    """A second thread has the page mapped."""
    require(s.call == Call.LOCKED)
    s.user_req = i


def aimed(s: Any) -> Any:
    """What the driver's call for the current device has read."""
    return s.copied


def read_again(s: Any) -> None:
    """The driver's call is over; the next one reads for itself."""
    s.fetched = False


def _repeated(s: State, spec: ActionSpec) -> None:
    """The same request is issued again: the user's memory holds it again."""
    if spec.name == "vmm_repeats":
        s.user_req = s.req


def part(world: World, reading: Iterable[str]) -> Part:
    """The request in user memory; `reading` are the driver's steps that need what was read."""
    p = Part("rereads")
    p.variable("user_req", Iova, doc="what the request in user memory names")
    p.variable("copied", Iova, doc="what the driver's call for the current device has read")
    p.variable("fetched", bool, doc="the driver's call for the current device has read the request")
    p.relation("acts_on", Device, Iova, doc="the driver's last call for the device has read this iova")
    p.init("the request was not read", lambda s: ~s.fetched & (s.user_req == s.req) & (s.copied == s.req))
    p.init("no driver has acted", lambda s: ~exists(Device, Iova, lambda d, i: s.acts_on[d, i]))
    p.act(request_reread, *((user_rewrites,) if world.policy == "hostile" else ()))

    def written(s: Any, i: Any) -> None:
        s.user_req = i
        s.acts_on[:, :] = lambda d, j: s.acts_on[d, j] & False

    def has_read(s: Any, *_: Any) -> None:
        require(pre(s.fetched))

    p.also("vmm_calls", written)
    p.monitor(_repeated)
    for name in reading:
        p.also(name, has_read)
    return p


def acts_on_one_request(s: Any) -> Any:
    """No two devices act on different requests in one call (E2): a claim for designs with this part."""
    return forall(Device, Device, Iova, Iova, lambda d, e, i, j: ~(s.acts_on[d, i] & s.acts_on[e, j] & (i != j)))

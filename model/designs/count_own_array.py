"""`count-own-array`: as `count`, but the walk follows an array that the caller passes.

The variant of `count` in which order and membership are the caller's (domain.md 3.3, 3.5: entry_num of an array of
entries reports an exact prefix). The array names the devices that are in the container when the call is entered, in an
order that the caller chose. The count is the position at which the walk stopped, told as the entry there: the entries
before it are done. A device that has left meanwhile is refused, -ENODEV; one that has joined meanwhile is not in the
array and is not visited [A]. No point of the design space: no axis has an array.
"""

from typing import Any

from shootdown.ir import Part, action, conj, exists, forall, implies, pre, require
from shootdown.ir.observation import Seen
from shootdown.ir.part import ActionSpec
from shootdown.model import calls
from shootdown.model.container import on_list, strict_order
from shootdown.model.design import Design, expect
from shootdown.model.designs import type1_v1_stop
from shootdown.model.driver import concludes, failing
from shootdown.model.sorts import Call, Device, Errno, Stage
from shootdown.model.world import World

LOOP = "v1 6/8 vfio_iommu_type1.c: vfio_iommu_for_each_dev, over the caller's array"


def after_device(s: Any, d: Any, ret: Errno) -> None:
    """`if (ret) goto out;`: behind a failing entry nothing is looked at."""
    type1_v1_stop.after_device(s, d, ret)
    if ret is not Errno.OK:
        s.gone[:] = lambda e: s.gone[e] & False


def before(s: Any, e: Any, d: Any) -> Any:
    """`e` stands before `d` in the caller's array."""
    return s.array_before[e, d]


def reported_done(s: Any, d: Any) -> Any:
    """Success reports the whole array, an error the entries before the one at which the walk stopped."""
    return s.in_array[d] & ((s.ret == Errno.OK) | exists(Device, lambda e: s.failing[e] & s.array_before[d, e]))


def _entry_gone(world: World) -> ActionSpec:
    @action(actor="kernel", code=LOOP, tally="refused", says=failing(world, "{d}: no longer in the container, -ENODEV"))
    def entry_gone(s: Any, d: Device) -> None:
        """The array names a device that has left."""
        earlier = forall(Device, lambda e: implies(s.todo[e] | s.gone[e], ~s.array_before[e, d]))
        require(s.call == Call.LOCKED, s.stage == Stage.IOTLB, s.gone[d], earlier)
        concludes(world, s, d, Errno.ENODEV)

    return entry_gone


def _begin(s: Any) -> None:
    s.gone[:] = lambda d: s.in_array[d] & ~on_list(s, d)


def _written(s: Any, _i: Any) -> None:
    s.in_array[:] = lambda d: on_list(s, d)


def _no_gone_before(s: Any, d: Any) -> None:
    gone = pre(s.gone)
    require(~exists(Device, lambda e: gone[e] & s.array_before[e, d]))


def _nobody_gone(s: Any) -> None:
    require(~exists(Device, lambda e: s.gone[e]))


def _parts(world: World) -> tuple[Part, ...]:
    p = Part("array")
    p.relation("array_before", Device, Device, immutable=True, doc="the caller's order of the devices that it knows")
    p.relation("in_array", Device, doc="the caller's array names the device")
    p.relation("gone", Device, doc="named by the array, and not in the container when the walk began")
    p.axiom("the caller's order is total", lambda s: strict_order(Device, s.array_before, lambda _d: True))
    p.init("no array", lambda s: forall(Device, lambda d: conj(~s.in_array[d], ~s.gone[d])))
    p.order("the order of the array", Device, lambda s, d: s.todo[d] | s.gone[d], before)
    p.act(_entry_gone(world))
    p.also("vmm_calls", _written)
    p.also("call_lock", _begin)
    p.also("call_unlock", _nobody_gone)
    for name in calls.beginnings(world):
        p.also(name, _no_gone_before)
    return (p,)


DESIGN = Design(
    name="count-own-array",
    source="domain.md 3.3 and 3.5: an array of entries and a handled prefix, applied to devices",
    summary="the caller's array of devices is walked, the walk stops at the first failing entry and reports it",
    after_device=after_device,
    code=LOOP,
    loop_says=type1_v1_stop.loop_says,
    reported_done=reported_done,
    known=("array_before", "in_array"),
    writes=(Seen("array", on_list, (Device,)),),
    report=("errno", "failing"),
    observation="errno+position in the caller's array",
    walks=lambda s, d: s.in_array[d],
    order=before,
    parts=_parts,
    expects=(
        expect(
            "success-means-coherent", "R R R R",
            "a device that is attached after the call was entered is not in the array, and has filled its ATC from "
            "an IOTLB that was not yet flushed; on SMMUv3 a hidden time-out is enough",
        ),
        expect("failure-is-told", "A A R A", "entries before the failing one are reported; SMMUv3 hides time-outs"),
        expect(
            "no-reuse-while-stale", "R R R R",
            "the VMM completes on an error, of which -ENODEV is one without any failure of a driver",
            policy="report-and-complete",
        ),
        expect(
            "no-reuse-while-stale", "R R R R",
            "success says nothing about a device that joined after the call was entered",
            policy="withhold-completion",
        ),
        expect(
            "error-means-untouched-or-told", "A R R A",
            "VT-d refuses before any flush and the entries before are named; a time-out comes after the IOTLB flush; "
            "SMMUv3 flushes the whole domain for its first entry, also for entries behind one that has left",
        ),
        expect("host-page-safe", "A A R A", "UNMAP_DMA does not use this walk; on SMMUv3 its flush gives up"),
        expect("repeat-is-harmless", "A A A A", "a repeated call only flushes"),
        expect("wrong-mode-is-refused", "R R R R", "an empty array is walked over with success"),
        expect(
            "report-is-sufficient", "- A - -",
            "the entries before the failing one are done, in an order and of an array that the caller wrote",
        ),
        expect("report-is-useful", "- A - -", "the entries before the failing one, all of them after a success"),
        expect(
            "stale-is-unacknowledged", "- A - -",
            "the driver acknowledges a device after both its caches were flushed, and none refills from what is gone",
        ),
    ),
)  # fmt: skip

"""What the page calls the variables of a model, by whose state they are; the rest goes by the words of the model."""

from collections.abc import Mapping
from dataclasses import dataclass, field

GUEST, CACHES, KERNEL, ANSWER, CONTAINER, DEVICES, BOOKS = (
    "guest memory and queue", "caches", "kernel: call, lock, walk", "answer to the VMM", "container", "devices and VM",
    "bookkeeping of the checker",
)  # fmt: skip
MEMORY, COPIES, DECIDED, CALL, MARKS = (
    "user memory: bytes from arg on", "copies and locals of the kernel", "words that decide, words that are acted on",
    "the call", "what the checker marks",
)  # fmt: skip
PANELS = (CACHES, GUEST, KERNEL, ANSWER, CONTAINER, DEVICES, BOOKS, MEMORY, COPIES, DECIDED, CALL, MARKS)
"""Boxes in which a state is shown, in their order."""


@dataclass(frozen=True, slots=True)
class Words:
    """How a variable is shown.

    `label` may name the first `by` arguments as `{0}`, `{1}`; there is an item for each choice of those. `values` words
    the values of an enumeration, `yes` and `no` what is true or not; these are templates over the state, as in
    `Action.says`. `none` stands where no element is in a set. `steady`: shown also where it says the same all along.
    """

    panel: str
    label: str
    by: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    none: str = "none"
    yes: str = "yes"
    no: str = "no"
    steady: bool = False


VARIABLES: Mapping[str, Words] = {
    "pte": Words(GUEST, "PTE of {0}", by=1, none="empty", steady=True),
    "queued": Words(
        GUEST, "invalidation queue", yes="invalidation of {queued_iova} and a wait", no="empty", steady=True
    ),
    "owed": Words(GUEST, "removed, wait not completed"),
    "covers": Words(GUEST, "the queued wait is for"),
    "reused": Words(GUEST, "frames with a new use"),
    "stray": Words(GUEST, "new uses hit by old DMA"),
    "user_req": Words(GUEST, "the request in user memory names"),
    "call": Words(
        KERNEL, "the call", steady=True,
        values={"NONE": "not called", "ENTERED": "for {req}: entered", "LOCKED": "for {req}: walks the devices",
                "UNLOCKED": "for {req}: the walk is over", "RETURNED": "for {req}: back in user space"},
    ),
    "lock": Words(
        KERNEL, "iommu->lock", steady=True,
        values={"FREE": "free", "INVALIDATE": "held by the call", "UNMAP": "held by UNMAP_DMA({unmapping})"},
    ),
    "ret": Words(KERNEL, "result so far"),
    "todo": Words(KERNEL, "still to be visited", none="nobody"),
    "stage": Words(
        KERNEL, "the driver",
        values={"IOTLB": "idle, or at the IOTLB", "ATC": "waits for the ATC", "AGAIN": "got no answer from the ATC"},
    ),
    "pending": Words(KERNEL, "command queue: ATC_INV not answered by", none="nobody"),
    "found": Words(
        KERNEL, "the call met",
        values={"NESTED": "a nested container", "NO_BACKEND": "no backend", "NOT_NESTED": "no nested domain"},
    ),
    "unchecked": Words(KERNEL, "still to be asked", none="nobody"),
    "left": Words(KERNEL, "still to be visited, lock dropped", none="nobody"),
    "copied": Words(KERNEL, "the driver's copy of the request names"),
    "fetched": Words(KERNEL, "the driver has copied the request"),
    "acts_on": Words(KERNEL, "the driver's call has read"),
    "widening": Words(
        KERNEL, "over-flush", values={"NONE": "none", "IOTLB": "the IOTLB is next", "ATC": "the ATC is next"}
    ),
    "disabling": Words(KERNEL, "ATS of the current device is being switched off"),
    "named": Words(KERNEL, "the call names the device"),
    "s2": Words(KERNEL, "stage 2 of domain {0} maps", by=1, none="nothing"),
    "pinned": Words(KERNEL, "pinned host frames"),
    "trespass": Words(KERNEL, "unpinned frames reached by DMA"),
    "count": Words(ANSWER, "count of devices done"),
    "failing": Words(ANSWER, "first device that failed", none="nobody"),
    "told_done": Words(ANSWER, "reported done", none="nobody"),
    "told_failed": Words(ANSWER, "reported failed", none="nobody"),
    "entry_failed": Words(ANSWER, "the entry is reported failed"),
    "event_due": Words(ANSWER, "events to be read about", none="nobody"),
    "mode": Words(
        CONTAINER, "backend",
        values={"NONE": "none is set", "NESTING": "type1, nesting", "TYPE1": "type1", "TYPE1v2": "type1v2"},
    ),
    "attached": Words(CONTAINER, "attached groups", steady=True),
    "users": Words(CONTAINER, "groups with an open device"),
    "newer": Words(CONTAINER, "group_list: newer before older"),
    "dom_newer": Words(CONTAINER, "domain_list: newer before older"),
    "info_filled": Words(CONTAINER, "nesting_info was filled"),
    "blocked": Words(DEVICES, "cut off from DMA", none="nobody"),
    "dead": Words(DEVICES, "dead", none="nobody"),
    "ats_off": Words(DEVICES, "ATS switched off by the kernel", none="nobody"),
    "stopped": Words(DEVICES, "the VM is stopped"),
    "lost": Words(DEVICES, "answered and lost all the same", none="nobody"),
    "handled": Words(DEVICES, "reset since the call returned", none="nobody"),
    "spared": Words(DEVICES, "reported done while the guest waits", none="nobody"),
    "acked": Words(BOOKS, "answered in this call", none="nobody"),
    "touched": Words(BOOKS, "something was flushed for", none="nobody"),
    "listed": Words(BOOKS, "on the list when the walk began", none="nobody"),
    "replaced": Words(BOOKS, "replaced before the call"),
    "repeating": Words(BOOKS, "the same call again, nobody else has acted"),
    "had_atc": Words(BOOKS, "ATC of {0} at the repeated call", by=1, none="empty"),
    "had_iotlb": Words(BOOKS, "IOTLB of {0}, domain {1}, at the repeated call", by=2, none="empty"),
    "had_blocked": Words(BOOKS, "cut off at the repeated call", none="nobody"),
    "was_blocked": Words(BOOKS, "cut off when the call was entered", none="nobody"),
}  # fmt: skip
"""Variables of the catalogue's models. One that is not here is shown by its doc under the checker's bookkeeping."""

TOLD_ELSEWHERE = frozenset({"iotlb", "atc", "queued_iova", "req", "unmapping"})
"""Variables that are told with others: caches by their holder, the rest in the words of a queue, a call or a lock."""

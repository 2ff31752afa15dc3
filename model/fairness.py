"""What is fair: whose steps happen sooner or later, action by action, under each contract and policy.

| steps | fair | why |
|---|---|---|
| kernel, driver | weakly | a thread in a system call goes on; while it holds `iommu->lock` the lists stay |
| `LOOKS` | strongly | the container may change just when it is looked at, but not each time; nor is \
`iommu->lock` held by another each time that a call wants it |
| the answers `atc_flush(d)`, `atc_inv(d)` | weakly | a dead device has none: their guards say so |
| `atc_flush(d)` under `vtd-*` | strongly | it is submitted again and again, and a living device answers once |
| VMM | weakly | a program that follows its policy; `hostile` owes nothing |
| `guest_queues` under `inject-guest-error` | strongly | a guest that was told of an error asks again |
| else guest, user, DMA, fills | not | nobody has to use a device, or plug one in |
| faults | never | finitely many of them, however many (`shootdown.ir.temporal`) |

So a device may fail any number of times, and a dead one for ever; what lasts is one fault. A device answers if it is
neither dead nor silent for ever.
"""

from shootdown.ir import System
from shootdown.ir.system import Action
from shootdown.ir.temporal import Fair, Strength

WORKING = ("kernel", "driver", "VMM")
"""Actors that go on by themselves."""

LOOKS = (
    "vmm_calls", "vmm_completes_idle",
    "call_without_backend", "call_lock", "call_not_admitted", "call_position_outdated", "call_device_gone",
    "walk_takes_lock",
)  # fmt: skip
"""Steps that look at the container or take `iommu->lock` first: groups may come and go, and others hold the lock."""

OWES_NOTHING = ("vmm_takes_answer", "vmm_lies", "map_dma", "unmap_dma", "vmm_repeats")
"""Steps that a VMM may take and need not."""


def fair(system: System) -> tuple[Fair, ...]:
    """The fair actions of a system of the model, in the system's order; all of their instances are."""
    strengths = ((a, _strength(a, system)) for a in system.actions if not a.fault)
    return tuple(Fair(a.name, strength) for a, strength in strengths if strength is not None)


def _strength(action: Action, system: System) -> Strength | None:
    there = system.action
    if action.name == "guest_queues":
        return Strength.STRONG if "vmm_injects" in there else None
    if action.actor not in WORKING or action.name in OWES_NOTHING:
        return None
    if action.actor == "VMM" and "vmm_lies" in there:
        return None
    if action.name in LOOKS or (action.name == "atc_flush" and "atc_submit_again" in there):
        return Strength.STRONG
    return Strength.WEAK

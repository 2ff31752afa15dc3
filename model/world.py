"""The choices of one check: design, driver contract, caller's policy, assumptions withdrawn, optional parts."""

from dataclasses import dataclass, field

from shootdown.ir import Assumption, UsageError
from shootdown.model.design import CONTRACTS, POLICIES, RECOVERING, Design

ASSUMPTIONS = {
    a.name: a
    for a in (
        Assumption(
            "flush_hits_the_requested_range",
            "an IOTLB flush by address drops the entries of the requested iova",
            "domain.md 1.6: the posted VT-d code passes a page-frame number as byte address",
        ),
        Assumption(
            "request_is_well_formed",
            "version 1, cache = IOTLB, granularity ADDR, the flag that the driver wants, aligned, a bound PASID",
            "domain.md 1.6a",
        ),
        Assumption(
            "request_is_readable",
            "copy_from_user and kzalloc succeed",
            "domain.md 1.2, steps 2 to 7",
        ),
        Assumption(
            "hardware_does_not_lie",
            "an ATC invalidation that is answered was carried out",
            "domain.md 4.2 [A: own analysis, not confirmed]: success without a flush is a fault, off by default",
        ),
        Assumption(
            "driver_supports_nesting",
            "SET_IOMMU(VFIO_TYPE1_NESTING_IOMMU) succeeds, as on 5.6-rc6 with the posted driver series",
            "kernel-facts.md: not so on 6.1 with VT-d nor on 6.12",
        ),
        Assumption(
            "stage2_flush_drops_nested_entries",
            "a stage-2 flush also drops IOTLB entries of the nested translation",
            "domain.md 4.1 and B12: not so before 2024",
        ),
        Assumption(
            "detach_clears_atc",
            "when a device leaves the container its ATC is emptied",
            "domain.md 2.4: left to the driver",
        ),
        Assumption(
            "atc_empty_at_first_attach",
            "a device that was never in this container has an empty ATC",
            "domain.md 4.2: enabling ATS starts empty [R: recalled, not checked]",
        ),
        Assumption(
            "iotlb_of_an_unused_domain_on_a_unit_is_cleared",
            "when the last device of a domain behind a unit leaves, that unit drops the domain's entries",
            "domain.md 2.4: left to the driver",
        ),
        Assumption(
            "function_level_reset",
            "VFIO_DEVICE_RESET takes one function; without it, every function of the slot",
            "domain.md B43 names FLR; a slot or bus reset takes all [R: recalled, not checked]",
        ),
        Assumption(
            "reset_revives",
            "a function that was dead answers again after its reset",
            "domain.md 3.5, B35 [A: own analysis, not confirmed]: recovery only after a successful reset",
        ),
        Assumption(
            "container_changes_are_seen",
            "who asks what an answer tells sees groups come and go and SET_IOMMU: no other process does it",
            "domain.md 2.2 [A: own analysis, not confirmed]: whoever else holds the descriptors can",
        ),
        Assumption(
            "recovering_vmm_keeps_to_nesting",
            "a VMM that recovers sets no backend but NESTING; while no domain is nested it ends waits without a call",
            "a choice of the model: it knows its container, and no translation of the guest is cached there",
        ),
        Assumption(
            "shunned_device_stays_out",
            "a group whose device failed and that has left is not attached again before the guest's wait is over",
            "a choice of the model: nothing but a VMM's own care keeps a dead device from coming back in time",
        ),
    )
}

VTD = ("vtd-v10", "vtd-5.7")


@dataclass(frozen=True)
class World:
    """Everything that fixes a system apart from sizes: the parts ask it what they shall contain."""

    design: Design
    contract: str = "vtd-v10"
    policy: str = "hostile"
    without: frozenset[str] = frozenset()
    with_parts: frozenset[str] = frozenset()
    used: dict[str, Assumption] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        _known("contract", self.contract, CONTRACTS)
        _known("policy", self.policy, POLICIES)
        for name in sorted(self.without):
            _known("assumption", name, tuple(ASSUMPTIONS))
        if reason := self.design.inexpressible(self.policy):
            raise UsageError(reason)

    def assumes(self, name: str) -> bool:
        """Whether a named assumption is in force; a part that asks thereby leans on it."""
        if name in self.without:
            return False
        self.used[name] = ASSUMPTIONS[name]
        return True

    @property
    def stage2(self) -> bool:
        """Whether UNMAP_DMA and stage 2 are in the model."""
        return "stage2" in self.with_parts

    @property
    def recovery(self) -> bool:
        """Whether devices may die, and the VMM does something about it."""
        return "recovery" in self.with_parts or self.policy in RECOVERING

    @property
    def resets(self) -> bool:
        """Whether the VMM resets devices: then there is an action `device_reset(d)`, to which a design may add."""
        return self.recovery and (self.policy == "hostile" or self.policy.startswith("reset-"))


def _known(kind: str, name: str, there: tuple[str, ...]) -> None:
    if name not in there:
        raise UsageError(f"there is no {kind} `{name}`; there are: {', '.join(there)}")

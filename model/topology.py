"""Topology: which device is in which group, domain and behind which unit, and the named topologies.

A named topology is a container as it stands: its groups are attached and stay attached, with their devices open, so
that UNSET_CONTAINER is -EBUSY. Attach and detach are searched with sizes.

`domain_of` says which domain a group joins when it is attached: groups merge into one domain if and
only if they are compatible (domain.md 2.3, step 10) [A]. A group's devices are behind one unit [R].
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shootdown.ir import Part, UsageError, exists, forall, implies
from shootdown.model.sorts import Device, Domain, Group, Unit
from shootdown.model.world import World

SORTS = ("Domain", "Group", "Device", "Unit", "Iova", "Frame")


@dataclass(frozen=True, slots=True)
class Topology:
    """A named topology: the sizes that it allows, and a condition on the start, mostly on immutable state."""

    name: str
    summary: str
    sizes: Mapping[str, tuple[int, ...]]
    condition: Callable[[Any], Any]


def part(world: World) -> Part:
    """The immutable variables and their axioms."""
    p = Part("topology")
    p.function("group_of", Device, to=Group, immutable=True, doc="the IOMMU group of a device")
    p.function("domain_of", Group, to=Domain, immutable=True, doc="the domain that a group joins when attached")
    p.function("unit_of", Device, to=Unit, immutable=True, doc="the IOMMU unit that a device is behind")
    p.relation("has_ats", Device, immutable=True, doc="the device has ATS, so it has an ATC")
    p.relation("emulated", Group, immutable=True, doc="an emulated (mdev) group: attached, but in no domain")
    p.relation("before", Device, Device, immutable=True, doc="order of the devices of one group (list_add_tail)")
    p.axiom("a group is behind one unit", _one_unit_per_group)
    p.axiom("devices of a group are in a total order", _device_order)
    p.axiom(
        "an emulated device has no ATS", lambda s: forall(Device, lambda d: ~(s.emulated[s.group_of(d)] & s.has_ats[d]))
    )
    if world.contract == "smmuv3-v10":
        p.axiom("an SMMUv3 domain has one unit", _one_unit_per_domain)
    return p


def _one_unit_per_group(s: Any) -> Any:
    return forall(Device, Device, lambda d, e: implies(s.group_of(d) == s.group_of(e), s.unit_of(d) == s.unit_of(e)))


def _one_unit_per_domain(s: Any) -> Any:
    return forall(Device, Device, lambda d, e: implies(s.domain(d) == s.domain(e), s.unit_of(d) == s.unit_of(e)))


def _device_order(s: Any) -> Any:
    def mates(d: Any, e: Any) -> Any:
        return (s.group_of(d) == s.group_of(e)) & (d != e)

    total = forall(Device, Device, lambda d, e: implies(mates(d, e), s.before[d, e] | s.before[e, d]))
    strict = forall(Device, Device, lambda d, e: implies(s.before[d, e], mates(d, e) & ~s.before[e, d]))
    chain = forall(Device, Device, Device, lambda d, e, x: implies(s.before[d, e] & s.before[e, x], s.before[d, x]))
    return total & strict & chain


def everything_is_used(s: Any) -> Any:
    """Every group has a device, every domain a group, every unit a device: the sizes are exact."""
    return (
        forall(Group, lambda g: exists(Device, lambda d: s.group_of(d) == g))
        & forall(Domain, lambda x: exists(Group, lambda g: s.domain_of(g) == x))
        & forall(Unit, lambda u: exists(Device, lambda d: s.unit_of(d) == u))
    )


def no_emulated(s: Any) -> Any:
    """No group is emulated: the sized topologies."""
    return forall(Group, lambda g: ~s.emulated[g])


def all_attached(s: Any) -> Any:
    """Every group is in the container."""
    return forall(Group, lambda g: s.attached[g])


def _singletons(s: Any) -> Any:
    return forall(Device, Device, lambda d, e: implies(s.group_of(d) == s.group_of(e), d == e))


TOPOLOGIES = {
    t.name: t
    for t in (
        Topology(
            "two-singleton-groups",
            "two groups of one device each, one domain, one unit: the everyday case and the mail's own (2.3)",
            {"Domain": (1,), "Group": (2,), "Device": (2,), "Unit": (1,)},
            lambda s: _singletons(s) & no_emulated(s) & all_attached(s),
        ),
        Topology(
            "two-domains",
            "two domains of one singleton group each: two SMMU instances, or a VT-d unit with a small width (2.3)",
            {"Domain": (2,), "Group": (2,), "Device": (2,), "Unit": (1, 2)},
            lambda s: _singletons(s) & no_emulated(s) & all_attached(s) & everything_is_used(s),
        ),
        Topology(
            "one-without-ats",
            "two singleton groups in one domain behind one unit, exactly one device without ATS",
            {"Domain": (1,), "Group": (2,), "Device": (2,), "Unit": (1,)},
            lambda s: _singletons(s) & no_emulated(s) & all_attached(s) & exists(Device, lambda d: s.has_ats[d])
            & exists(Device, lambda d: ~s.has_ats[d]),
        ),
        Topology(
            "two-units",
            "one domain that spans two units, a singleton group behind each (VT-d only)",
            {"Domain": (1,), "Group": (2,), "Device": (2,), "Unit": (2,)},
            lambda s: _singletons(s) & no_emulated(s) & all_attached(s) & everything_is_used(s),
        ),
        Topology(
            "emulated-only",
            "only emulated (mdev) groups: the container has a backend and an empty domain_list (1.5, D7)",
            {"Domain": (1,), "Group": (1,), "Device": (1,), "Unit": (1,)},
            lambda s: forall(Group, lambda g: s.emulated[g]) & all_attached(s),
        ),
    )
}  # fmt: skip


def topology(name: str) -> Topology:
    """The named topology, or a sentence with the names there are."""
    if name not in TOPOLOGIES:
        raise UsageError(f"there is no topology `{name}`; there are: {', '.join(TOPOLOGIES)}, or give sizes")
    return TOPOLOGIES[name]

"""The container's life cycle: SET_CONTAINER, SET_IOMMU, UNSET_CONTAINER, devices opened and closed.

domain.md 2.2 to 2.4; kernel-facts.md "The vfio container's life cycle". TYPE1, TYPE1v2 and NESTING are
chosen once; the backend goes when the last group leaves. Attach and detach run under `iommu->lock`, so
they are excluded only while a walk or an unmap holds it. Before SET_IOMMU the orders of groups and domains stand
for those in which SET_IOMMU will put them on the lists; every order is reachable, so the choice is immaterial [A].
`noiommu` groups are outside the model.
"""

from typing import Any

from shootdown.ir import Part, action, conj, exists, forall, implies, ite, require
from shootdown.model.sorts import Device, Domain, Group, Lock, Mode
from shootdown.model.world import World


def real(s: Any, g: Any) -> Any:
    """The group is attached and has a domain (it is not emulated)."""
    return s.attached[g] & ~s.emulated[g]


def present(s: Any, x: Any) -> Any:
    """The domain is on `domain_list`: a backend is set and one of its groups is attached."""
    return (s.mode != Mode.NONE) & has_group(s, x)


def has_group(s: Any, x: Any) -> Any:
    """One of the domain's groups is attached."""
    return exists(Group, lambda g: real(s, g) & (s.domain_of(g) == x))


def on_list(s: Any, d: Any) -> Any:
    """The device is reached by a walk over `domain_list`."""
    return (s.mode != Mode.NONE) & real(s, s.group_of(d))


def live(s: Any, d: Any) -> Any:
    """The device may do DMA through the container: attached, not cut off (a closed one may too, which is more)."""
    return on_list(s, d) & ~s.blocked[d]


def _older(s: Any, y: Any, x: Any) -> Any:
    """Some attached group of `y` was attached before every attached group of `x`."""
    return exists(
        Group,
        lambda h: real(s, h) & (s.domain_of(h) == y)
        & forall(Group, lambda g: implies(real(s, g) & (s.domain_of(g) == x), s.newer[g, h])),
    )  # fmt: skip


@action(
    actor="user",
    code="vfio.c: vfio_group_set_container",
    says="VFIO_GROUP_SET_CONTAINER({g}): the group is attached, newest first",
)
def set_container(s: Any, g: Group) -> None:
    """A group joins; with a backend set, `attach_group` puts it on the lists at once (domain.md 2.3)."""
    require(~s.attached[g], s.lock == Lock.FREE, exists(Device, lambda d: s.group_of(d) == g))
    x = s.domain_of(g)
    joins = ~s.emulated[g]
    first = joins & ~has_group(s, x)
    s.newer[:, :] = lambda a, b: (a != b) & ite(a == g, joins & real(s, b), s.newer[a, b])
    s.dom_newer[:, :] = lambda a, b: (a != b) & ite(first & (a == x), has_group(s, b), s.dom_newer[a, b])
    s.attached[g] = True


@action(actor="user", code="vfio.c: vfio_ioctl_set_iommu", says="VFIO_SET_IOMMU({m})")
def set_iommu(s: Any, m: Mode) -> None:
    """The backend is chosen; every group is attached, in the order of the lists."""
    require(s.mode == Mode.NONE, m != Mode.NONE, exists(Group, lambda g: s.attached[g]))
    s.mode = m


@action(actor="user", code="vfio.c: vfio_group_get_device_fd", says="a device of {g} is opened (container_users > 1)")
def open_device(s: Any, g: Group) -> None:
    """VFIO_GROUP_GET_DEVICE_FD needs a backend."""
    require(s.attached[g], ~s.users[g], s.mode != Mode.NONE)
    s.users[g] = True


@action(actor="user", code="vfio.c: vfio_device_fops_release", says="the last open device of {g} is closed")
def close_device(s: Any, g: Group) -> None:
    """The last device descriptor of the group is closed; container_users is 1 again."""
    require(s.users[g])
    s.users[g] = False


def unset_container(world: World) -> Any:
    """The action VFIO_GROUP_UNSET_CONTAINER under the world's assumptions."""

    @action(
        actor="user",
        code="vfio.c: vfio_group_unset_container; vfio_iommu_type1.c: detach_group",
        says="VFIO_GROUP_UNSET_CONTAINER({g}): the group is detached",
    )
    def unset_container(s: Any, g: Group) -> None:
        """-EBUSY unless container_users == 1; the last group takes the backend with it (domain.md 2.2, 2.4)."""
        require(s.attached[g], ~s.users[g], s.lock == Lock.FREE)
        leave(world, s, g)

    return unset_container


def leave(world: World, s: Any, g: Any) -> None:
    """`detach_group`: the group goes from the lists; the last one takes the backend with it (domain.md 2.4)."""
    last = forall(Group, lambda h: implies(s.attached[h], h == g))
    s.mode = ite(last, Mode.NONE, s.mode)
    s.newer[:, :] = lambda a, b: s.newer[a, b] & (a != g) & (b != g)
    s.dom_newer[:, :] = lambda a, b: s.dom_newer[a, b] & _stays(s, g, a) & _stays(s, g, b)
    s.blocked[:] = lambda d: s.blocked[d] & (s.group_of(d) != g)
    if world.assumes("detach_clears_atc"):
        s.atc[:, :, :] = lambda d, i, f: s.atc[d, i, f] & (s.group_of(d) != g)
    if world.assumes("iotlb_of_an_unused_domain_on_a_unit_is_cleared"):
        s.iotlb[:, :, :, :] = lambda u, x, i, f: s.iotlb[u, x, i, f] & _still_used(s, g, u, x)
    s.attached[g] = False


def _stays(s: Any, g: Any, x: Any) -> Any:
    """The domain keeps a group when `g` has left."""
    return exists(Group, lambda h: (h != g) & real(s, h) & (s.domain_of(h) == x))


def _still_used(s: Any, g: Any, u: Any, x: Any) -> Any:
    """Some device of the domain behind the unit remains when `g` has left."""
    return exists(
        Device,
        lambda d: (s.group_of(d) != g) & real(s, s.group_of(d)) & (s.domain(d) == x) & (s.unit_of(d) == u),
    )


MEMBERSHIP = ("set_container", "set_iommu", "unset_container", "open_device", "close_device")
"""The life-cycle actions: a named topology is a container whose members and backend stay as they are."""


def part(world: World) -> Part:
    """Variables, initial states and actions of the life cycle."""
    p = Part("container")
    p.variable("mode", Mode, doc="what SET_IOMMU chose")
    p.variable("lock", Lock, doc="holder of iommu->lock")
    p.relation("attached", Group, doc="the group is in the container")
    p.relation("users", Group, doc="a device of the group is open: container_users > 1")
    p.relation("newer", Group, Group, doc="attached later, so earlier on group_list")
    p.relation("dom_newer", Domain, Domain, doc="created later, so earlier on domain_list (before SET_IOMMU: will be)")
    p.relation("blocked", Device, doc="the device is cut off from DMA")
    p.init("iommu->lock is free", lambda s: s.lock == Lock.FREE)
    p.init("nobody is cut off", lambda s: forall(Device, lambda d: ~s.blocked[d]))
    p.init("a configured container", configured)
    if not world.assumes("driver_supports_nesting"):
        p.init("no nesting", lambda s: s.mode != Mode.NESTING)
        p.also("set_iommu", lambda _s, m: require(m != Mode.NESTING))
    p.act(set_container, set_iommu, open_device, close_device, unset_container(world))
    return p


def configured(s: Any) -> Any:
    """What the life-cycle actions can reach from a fresh descriptor (a test compares the two sets)."""
    return conj(
        implies(s.mode != Mode.NONE, exists(Group, lambda g: s.attached[g])),
        forall(Group, lambda g: implies(s.attached[g], exists(Device, lambda d: s.group_of(d) == g))),
        forall(Group, lambda g: implies(s.users[g], s.attached[g] & (s.mode != Mode.NONE))),
        strict_order(Group, s.newer, lambda g: real(s, g)),
        strict_order(Domain, s.dom_newer, lambda x: has_group(s, x)),
        forall(Domain, Domain, lambda x, y: implies(s.dom_newer[x, y], _older(s, y, x) | _may_outlive(s, y))),
    )


def strict_order(sort: type, newer: Any, member: Any) -> Any:
    """A strict total order on exactly the members."""
    total = forall(sort, sort, lambda x, y: implies(member(x) & member(y) & (x != y), newer[x, y] | newer[y, x]))
    strict = forall(sort, sort, lambda x, y: implies(newer[x, y], member(x) & member(y) & (x != y) & ~newer[y, x]))
    chain = forall(sort, sort, sort, lambda x, y, z: implies(newer[x, y] & newer[y, z], newer[x, z]))
    return total & strict & chain


def _may_outlive(s: Any, x: Any) -> Any:
    """A domain with two groups can be older than all groups attached to it now: its first group left or came back."""

    def member(g: Any) -> Any:
        return (s.domain_of(g) == x) & ~s.emulated[g] & exists(Device, lambda d: s.group_of(d) == g)

    return exists(Group, Group, lambda g, h: (g != h) & member(g) & member(h))

"""What kernels answer in each state of the container: the life cycle of `container`, with answers.

kernel-facts.md "The vfio container's life cycle": the rows that were measured, per kernel, and the rules behind
them (domain.md 2.2): a backend that is already set, or no group, is -EINVAL; an extension that the driver does
not announce is -ENODEV; an announced one that is no backend is -EINVAL; then the attach decides. A failure
leaves the container as it was. Not modelled: noiommu, /dev/iommu, bad arguments, the group before it is bound.
`POSTED` was never booted: its answers are those of 6.1, with the ioctls and the nesting of the posted series [A].
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shootdown.ir import ActionSpec, Part, System, action, compose, exists, forall, ite, require
from shootdown.ir.expr import disj, lift
from shootdown.model import container, topology
from shootdown.model.design import Design
from shootdown.model.sorts import Device, Group, Mode
from shootdown.model.world import World


class Answer(enum.Enum):
    """What an ioctl answers: 0, 1 or an error. NONE before the first one."""

    NONE = 0
    ZERO = 1
    ONE = 2
    FD = 3
    EINVAL = 4
    ENODEV = 5
    EPERM = 6
    ENOTTY = 7
    EBUSY = 8
    EFAULT = 9


class Extension(enum.Enum):
    """The argument of CHECK_EXTENSION and SET_IOMMU (include/uapi/linux/vfio.h); the model leaves out DMA_CC (4)."""

    ZERO = 0
    TYPE1 = 1
    SPAPR = 2
    TYPE1v2 = 3
    EEH = 5
    NESTING = 6
    SPAPRv2 = 7
    NOIOMMU = 8
    UNMAP_ALL = 9
    UPDATE_VADDR = 10
    N11 = 11
    N12 = 12
    N99 = 99


class Ioctl(enum.Enum):
    """Other ioctls on the container; the value of BASE_n is n."""

    GET_INFO = 112
    MAP_DMA = 113
    MAP_DMA_NULL = 213
    UNMAP_DMA = 114
    BASE_15 = 15
    BASE_16 = 16
    BASE_18 = 18
    BASE_21 = 21
    BASE_22 = 22
    BASE_23 = 23
    BASE_24 = 24
    BASE_25 = 25
    BASE_40 = 40


BACKENDS = {Extension.TYPE1: Mode.TYPE1, Extension.TYPE1v2: Mode.TYPE1v2, Extension.NESTING: Mode.NESTING}
"""What type1 takes as a backend."""

ANNOUNCED = (Extension.TYPE1, Extension.TYPE1v2, Extension.NESTING, Extension.UNMAP_ALL)
"""What type1 answers 1 for, with and without a backend."""

SERVED = {
    Ioctl.GET_INFO: Answer.ZERO,
    Ioctl.MAP_DMA: Answer.ZERO,
    Ioctl.MAP_DMA_NULL: Answer.EFAULT,
    Ioctl.UNMAP_DMA: Answer.ZERO,
}
"""What type1 answers once it is the backend; -ENOTTY to every other number."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel on a machine. `nesting` and `backend`: what the attach in SET_IOMMU(6), and in (1) or (3), ends with.

    `added` are ioctls of a posted series, which type1 serves itself once it is the backend. UNMAP_ALL and
    UPDATE_VADDR came with 5.12 [R].
    """

    name: str
    nesting: Answer
    backend: Answer = Answer.ZERO
    added: tuple[Ioctl, ...] = ()
    newer_than_5_12: bool = True


POSTED = Kernel(
    "5.6-rc6 with the posted series", Answer.ZERO,
    added=(Ioctl.BASE_22, Ioctl.BASE_23, Ioctl.BASE_24), newer_than_5_12=False,
)  # fmt: skip
VTD_6_1 = Kernel("6.1, VT-d", Answer.EINVAL)
VTD_6_12 = Kernel("6.12, VT-d", Answer.EINVAL)
SMMUV3_6_1 = Kernel("6.1, SMMUv3", Answer.ZERO)
SMMUV3_6_12 = Kernel("6.12, SMMUv3", Answer.EPERM)
VTD_NO_INTREMAP = Kernel("6.1 and 6.12, VT-d without interrupt remapping", Answer.EINVAL, Answer.EPERM)

KERNELS = (POSTED, VTD_6_1, SMMUV3_6_1, VTD_6_12, SMMUV3_6_12, VTD_NO_INTREMAP)


def system(kernel: Kernel) -> System:
    """The life cycle on this kernel from a fresh descriptor; `answer` is what the last ioctl answered."""
    life = Design(kernel.name, "kernel-facts.md", "the life cycle and its answers", lambda _s, _d, _ret: None)
    gone = {"detach_clears_atc", "iotlb_of_an_unused_domain_on_a_unit_is_cleared"}  # there are no caches here
    if kernel.nesting is not Answer.ZERO:
        gone.add("driver_supports_nesting")
    world = World(life, without=frozenset(gone))
    parts = [topology.part(world), container.part(world), _answers(kernel)]
    return compose(kernel.name, parts, lets={"domain": lambda s, d: s.domain_of(s.group_of(d))})


def _answers(kernel: Kernel) -> Part:
    p = Part("answers")
    p.variable("answer", Answer, doc="what the last ioctl answered")
    p.axiom("the groups are those of real devices, as they were when the kernels were asked", topology.no_emulated)
    p.axiom("a group has a device", lambda s: forall(Group, lambda g: exists(Device, lambda d: s.group_of(d) == g)))
    p.init("nothing was asked yet", lambda s: s.answer == Answer.NONE)
    p.init("a fresh descriptor", lambda s: forall(Group, lambda g: ~s.attached[g]))
    p.also("set_container", lambda s, _g: _answer(s, Answer.ZERO))
    p.also("unset_container", lambda s, _g: _answer(s, Answer.ZERO))
    p.also("open_device", lambda s, _g: _answer(s, Answer.FD))
    p.also("close_device", lambda s, _g: _answer(s, Answer.ZERO))
    p.also("set_iommu", lambda s, m: _set_iommu_works(kernel, s, m))
    p.act(_set_iommu_refused(kernel), _check_extension(kernel), _container_ioctl(kernel))
    p.act(set_container_refused, unset_container_refused, get_device_fd_refused, get_device_fd_again)
    p.act(group_ioctl, device_ioctl)
    return p


def _answer(s: Any, answer: Answer) -> None:
    s.answer = answer


def _set_iommu_works(kernel: Kernel, s: Any, m: Any) -> None:
    if kernel.backend is not Answer.ZERO:
        require(m == Mode.NESTING)
    _answer(s, Answer.ZERO)


def _announced(kernel: Kernel) -> tuple[Extension, ...]:
    """What CHECK_EXTENSION answers 1 for in every state."""
    return ANNOUNCED if kernel.newer_than_5_12 else tuple(x for x in ANNOUNCED if x is not Extension.UNMAP_ALL)


def _choice(t: Any, table: Mapping[Any, Answer], otherwise: Answer) -> Any:
    """The answer that a table gives for an argument."""
    found = lift(otherwise)
    for key, answer in table.items():
        found = ite(t == key, answer, found)
    return found


def _set_iommu_refused(kernel: Kernel) -> ActionSpec:
    attach = {x: kernel.nesting if x is Extension.NESTING else kernel.backend for x in BACKENDS}
    failing = dict.fromkeys(_announced(kernel), Answer.EINVAL) | attach
    working = [x for x, answer in attach.items() if answer is Answer.ZERO]

    @action(actor="user", code="vfio.c: vfio_ioctl_set_iommu", says="VFIO_SET_IOMMU({t}): {after: answer}")
    def set_iommu_refused(s: Any, t: Extension) -> None:
        """Everything that SET_IOMMU does not do; the container stays as it is."""
        early = (s.mode != Mode.NONE) | ~exists(Group, lambda g: s.attached[g])
        require(early | ~disj(*(t == x for x in working)))
        s.answer = ite(early, Answer.EINVAL, _choice(t, failing, Answer.ENODEV))

    return set_iommu_refused


def _check_extension(kernel: Kernel) -> ActionSpec:
    table = dict.fromkeys(_announced(kernel), Answer.ONE)

    @action(actor="user", code="vfio.c: vfio_ioctl_check_extension", says="VFIO_CHECK_EXTENSION({t}): {after: answer}")
    def check_extension(s: Any, t: Extension) -> None:
        """UPDATE_VADDR depends on the container, so it is announced by a backend only."""
        later = (t == Extension.UPDATE_VADDR) & (s.mode != Mode.NONE)
        answer = _choice(t, table, Answer.ZERO)
        s.answer = ite(later, Answer.ONE, answer) if kernel.newer_than_5_12 else answer

    return check_extension


def _container_ioctl(kernel: Kernel) -> ActionSpec:
    @action(actor="user", code="vfio.c: vfio_fops_unl_ioctl", says="ioctl {p} on the container: {after: answer}")
    def container_ioctl(s: Any, p: Ioctl) -> None:
        """Without a backend every number is -EINVAL, and no pointer is looked at; then type1 answers."""
        require((s.mode == Mode.NONE) | ~disj(*(p == x for x in kernel.added)))
        s.answer = ite(s.mode == Mode.NONE, Answer.EINVAL, _choice(p, SERVED, Answer.ENOTTY))

    return container_ioctl


@action(actor="user", code="vfio.c: vfio_group_set_container", says="VFIO_GROUP_SET_CONTAINER({g}) again: -EINVAL")
def set_container_refused(s: Any, g: Group) -> None:
    """The group is in a container already."""
    require(s.attached[g])
    s.answer = Answer.EINVAL


@action(actor="user", code="vfio.c: vfio_group_unset_container", says="VFIO_GROUP_UNSET_CONTAINER({g}) is refused")
def unset_container_refused(s: Any, g: Group) -> None:
    """In no container, or with an open device."""
    require(~s.attached[g] | s.users[g])
    s.answer = ite(s.attached[g], Answer.EBUSY, Answer.EINVAL)


@action(actor="user", code="vfio.c: vfio_group_get_device_fd", says="VFIO_GROUP_GET_DEVICE_FD({g}): -EINVAL")
def get_device_fd_refused(s: Any, g: Group) -> None:
    """No container, or no backend."""
    require(~s.attached[g] | (s.mode == Mode.NONE))
    s.answer = Answer.EINVAL


@action(actor="user", code="vfio.c: vfio_group_get_device_fd", says="VFIO_GROUP_GET_DEVICE_FD({g}) again")
def get_device_fd_again(s: Any, g: Group) -> None:
    """One more descriptor; the group stays in use."""
    require(s.users[g])
    s.answer = Answer.FD


@action(actor="user", code="vfio.c: vfio_group_fops_unl_ioctl", says="base+23 on {g}: -ENOTTY")
def group_ioctl(s: Any, g: Group) -> None:
    """A number that a group does not know, in any state."""
    s.answer = Answer.ENOTTY


@action(actor="user", code="vfio_pci.c: vfio_pci_ioctl", says="base+23 or base+24 on a device of {g}: -ENOTTY")
def device_ioctl(s: Any, g: Group) -> None:
    """A number that a device does not know."""
    require(s.users[g])
    s.answer = Answer.ENOTTY

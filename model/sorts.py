"""The domain's sorts and enumerations.

`Iova` is what a device addresses (with one PASID), `Frame` is memory; a group is VFIO's unit of
ownership, a domain the kernel's `iommu_domain` behind it, a unit one VT-d or SMMUv3 instance.
"""

import enum
from typing import NoReturn

from shootdown.ir import Index, ModelError
from shootdown.ir.errors import call_site


class Device(Index):
    """A PCI function."""

    names = "abcdeklmn"


class Group(Index):
    """An IOMMU group (domain.md 2.1)."""

    names = ("group0", "group1", "group2", "group3", "group4", "group5")


class Domain(Index):
    """A `vfio_domain` of the container, with its `iommu_domain` (domain.md 2.1, 2.3)."""

    names = "ABCDE"


class Unit(Index):
    """An IOMMU instance with its own IOTLB and command queue."""

    names = ("unit0", "unit1", "unit2", "unit3")


class Iova(Index):
    """An address as a device issues it, one granule."""

    names = ("g", "h", "g2", "g3")


class Frame(Index):
    """A frame of memory that a translation may name."""

    names = ("f", "f1", "f2", "f3")


class Mode(enum.Enum):
    """What SET_IOMMU chose; NONE before it (domain.md 2.2, states C0 and C1).

    NESTING stands before the others so that of two equally short traces the one in a nested container is shown.
    """

    NONE = 0
    NESTING = 1
    TYPE1 = 2
    TYPE1v2 = 3


class Call(enum.Enum):
    """Where the VMM's VFIO_IOMMU_CACHE_INVALIDATE stands (domain.md 1.2)."""

    NONE = 0
    ENTERED = 1
    LOCKED = 2
    UNLOCKED = 3
    RETURNED = 4


class Lock(enum.Enum):
    """Who holds `iommu->lock`. Attach and detach take and drop it within one step."""

    FREE = 0
    INVALIDATE = 1
    UNMAP = 2


class Stage(enum.Enum):
    """Where the driver is with the current device: the IOTLB, then the ATC, or waiting for a silent device."""

    IOTLB = 0
    ATC = 1
    AGAIN = 2


class Found(enum.Enum):
    """What kind of container the walk met when it began."""

    NESTED = 0
    NO_BACKEND = 1
    NOT_NESTED = 2


class Errno(enum.Enum):
    """Answers of the ioctl that a driver or the ioctl itself can give (domain.md 1.2, 1.6a, 3.1).

    C's `if (!ret)` and `ret == 0` are mistakes here, since a member is no number: they are refused.
    """

    OK = 0
    EINVAL = 1
    ETIMEDOUT = 2
    ENOENT = 3
    EFAULT = 4
    ENOMEM = 5
    ENOTSUPP = 6
    ENODEV = 7
    EAGAIN = 8

    def __bool__(self) -> NoReturn:
        raise ModelError(
            "an Errno has no truth value; instead of `if not ret` write `if ret is Errno.OK`", call_site(__file__)
        )

    def __eq__(self, other: object) -> bool:
        if isinstance(other, int):
            raise ModelError(
                "an Errno is no number; instead of `ret == 0` write `ret is Errno.OK`", call_site(__file__)
            )
        if isinstance(other, str | enum.Enum) and not isinstance(other, Errno):
            raise ModelError(
                f"an Errno is never {other!r}; write a member of shootdown.model.sorts.Errno, such as Errno.EINVAL",
                call_site(__file__),
            )
        return self is other if isinstance(other, Errno) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.name)

    def __neg__(self) -> NoReturn:
        raise ModelError("an Errno has no sign; instead of `-EINVAL` write `Errno.EINVAL`", call_site(__file__))

    def _fail(self, _other: object = None) -> NoReturn:
        raise ModelError(
            "an Errno is no number; instead of `ret < 0` write `ret is not Errno.OK`",
            call_site(__file__, enum.__file__),
        )

    __lt__ = __le__ = __gt__ = __ge__ = __int__ = __index__ = _fail
    value = enum.property(_fail)

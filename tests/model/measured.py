"""Rows of kernel-facts.md "The vfio container's life cycle", as measured; what the model leaves out, with reasons."""

COLUMNS = ("fresh", "group in", "TYPE1v2", "TYPE1", "NESTING")

# kernel-facts.md, first table of "The vfio container's life cycle": the columns of the vfio container.
CONTAINER = """
| GET_INFO             | EINVAL | EINVAL | 0      | -      | 0      |
| MAP_DMA good         | EINVAL | EINVAL | 0      | 0      | 0      |
| MAP_DMA null pointer | EINVAL | -      | EFAULT | EFAULT | EFAULT |
| UNMAP_DMA not mapped | EINVAL | EINVAL | 0      | 0      | 0      |
| base+15              | EINVAL | EINVAL | ENOTTY | -      | ENOTTY |
| base+16              | EINVAL | EINVAL | ENOTTY | -      | ENOTTY |
| base+18              | EINVAL | EINVAL | ENOTTY | -      | ENOTTY |
| base+21              | EINVAL | EINVAL | ENOTTY | -      | ENOTTY |
| base+22              | EINVAL | EINVAL | ENOTTY | -      | ENOTTY |
| base+23              | EINVAL | EINVAL | ENOTTY | -      | ENOTTY |
| base+24              | EINVAL | EINVAL | ENOTTY | -      | ENOTTY |
| base+25              | EINVAL | EINVAL | ENOTTY | -      | ENOTTY |
| base+40              | EINVAL | EINVAL | ENOTTY | -      | ENOTTY |
"""

# The second table: CHECK_EXTENSION.
CHECK_EXTENSION = """
| 0               | 0 | 0 | 0 | 0 | 0 |
| 1 TYPE1         | 1 | 1 | 1 | 1 | 1 |
| 2 SPAPR         | 0 | 0 | 0 | 0 | 0 |
| 3 TYPE1v2       | 1 | 1 | 1 | 1 | 1 |
| 4 DMA_CC        | 0 | 0 | 0 | 0 | 0 |
| 5 EEH           | 0 | 0 | 0 | 0 | 0 |
| 6 NESTING       | 1 | 1 | 1 | 1 | 1 |
| 7 SPAPRv2       | 0 | 0 | 0 | 0 | 0 |
| 8 NOIOMMU       | 0 | 0 | 0 | 0 | 0 |
| 9 UNMAP_ALL     | 1 | 1 | 1 | 1 | 1 |
| 10 UPDATE_VADDR | 0 | 0 | 1 | 1 | 1 |
| 11              | 0 | 0 | 0 | 0 | 0 |
| 12              | 0 | 0 | 0 | 0 | 0 |
"""

# The third table: SET_IOMMU. "used": after UNSET_CONTAINER of (3), with the group in again and (1) set before (3);
# "set": TYPE1v2 is set already.
SET_IOMMU_COLUMNS = ("no group", "VT-d", "no intremap", "SMMUv3 6.12", "SMMUv3 6.1", "used", "set")
SET_IOMMU = """
| 0  | EINVAL | ENODEV | ENODEV | ENODEV | ENODEV | -      | -      |
| 1  | EINVAL | -      | -      | -      | -      | 0      | EINVAL |
| 2  | EINVAL | ENODEV | ENODEV | ENODEV | ENODEV | -      | -      |
| 3  | EINVAL | 0      | EPERM  | 0      | 0      | EINVAL | EINVAL |
| 4  | -      | ENODEV | ENODEV | ENODEV | ENODEV | -      | -      |
| 5  | -      | ENODEV | ENODEV | ENODEV | ENODEV | -      | -      |
| 6  | EINVAL | EINVAL | EINVAL | EPERM  | 0      | -      | EINVAL |
| 7  | -      | ENODEV | ENODEV | ENODEV | ENODEV | -      | -      |
| 8  | EINVAL | ENODEV | ENODEV | ENODEV | ENODEV | -      | -      |
| 9  | -      | EINVAL | EINVAL | EINVAL | EINVAL | -      | -      |
| 10 | -      | ENODEV | ENODEV | ENODEV | ENODEV | -      | -      |
| 11 | -      | ENODEV | ENODEV | ENODEV | ENODEV | -      | -      |
| 99 | EINVAL | ENODEV | ENODEV | ENODEV | ENODEV | -      | EINVAL |
"""

# "Group and device": the probe, the ioctls before it, the ioctl itself, the answer.
GROUP_AND_DEVICE = {
    "GET_DEVICE_FD_no_container": ("", "get_device_fd_refused 0", "EINVAL"),
    "UNSET_CONTAINER_none": ("", "unset_container_refused 0", "EINVAL"),
    "group_base_plus_23": ("", "group_ioctl 0", "ENOTTY"),
    "SET_CONTAINER": ("", "set_container 0", "0"),
    "SET_CONTAINER_again": ("set_container 0", "set_container_refused 0", "EINVAL"),
    "GET_DEVICE_FD_no_iommu": ("set_container 0", "get_device_fd_refused 0", "EINVAL"),
    "GET_DEVICE_FD with TYPE1v2": ("set_container 0, set_iommu TYPE1v2", "open_device 0", "OK"),
    "base+23 and +24 on the device": ("set_container 0, set_iommu TYPE1v2, open_device 0", "device_ioctl 0", "ENOTTY"),
    "UNSET_CONTAINER with the device open": (
        "set_container 0, set_iommu TYPE1v2, open_device 0", "unset_container_refused 0", "EBUSY",
    ),
}  # fmt: skip

NOT_COVERED = {
    "column NOIOMMU and column noiommu": "noiommu groups are outside the model",
    "columns iommufd fresh, iommufd + IOAS, iommufd + group": "/dev/iommu is another interface",
    "CHECK_EXTENSION 4 DMA_CC": "coherence of the machine is not in the model",
    "SET_IOMMU 4": "the same: DMA_CC is no extension of the model",
    "open_group_before_bind ENOENT, driver_override 0, drivers_probe 0, open_group 0, open_group_twice EBUSY": (
        "groups are bound and their descriptors open"
    ),
    "GET_STATUS_no_container 0 flags 1, GET_STATUS_container 0 flags 3": "GROUP_GET_STATUS changes nothing",
    "SET_CONTAINER_bad_fd EBADF, SET_CONTAINER_dev_null EBADFD, SET_CONTAINER_null_arg EFAULT": (
        "arguments that name no container"
    ),
    "GET_DEVICE_FD of an unknown name ENODEV": "device names are not in the model",
}
"""Rows and columns of the three tables and of the list below them that the model says nothing about, and why."""

UNCOVERED_NUMBERS = {4}
"""The extension behind the rows of NOT_COVERED that stand in the tables above."""


def rows(table: str) -> dict[str, list[str]]:
    """A table of kernel-facts.md: the first column, and the others."""
    cells = [[c.strip() for c in line.strip("|").split("|")] for line in table.strip().splitlines()]
    return {first: rest for first, *rest in cells}

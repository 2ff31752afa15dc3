"""What the kernel, the IOMMU, the guest and the VMM can do."""

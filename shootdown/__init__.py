"""Model checker for IOMMU cache-invalidation interfaces."""

__version__ = "0.1.0"

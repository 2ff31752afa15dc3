"""Structs of user interfaces that invalidate IOMMU caches, described once for every property."""

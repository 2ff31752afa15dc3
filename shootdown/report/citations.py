"""What the citations in the model's sources mean, for whoever does not have the project's dossier."""

LEGEND = (
    "domain.md and kernel-facts.md, with their section numbers, are the project's dossier, which is not part of this "
    "repository; [S]: read in a source; [A]: own analysis of code that was read, not confirmed by a maintainer unless "
    "stated; [R]: recalled, not checked against a source; L:HASH: a mail in the mirror of the iommu@ list, by archive "
    "hash; <...>: a Message-ID; another hash: a commit of Linux, or of Xen where that is named"
)
"""One sentence below texts that cite."""

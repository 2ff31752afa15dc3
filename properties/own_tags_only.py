"""A request names only what its caller owns (design.md 7; domain.md 1.5 D8)."""

from shootdown.ir import Property, always, sometimes
from shootdown.ir.claims import ABI

PROPERTY = Property(
    name="own-tags-only",
    sentence=("A request acts only on PASIDs and ASIDs that the caller's container owns."),
    claims=(
        always(
            "the tag is the caller's",
            lambda s: ~s.foreign_tag(),
            says="wrong: the request acted on a PASID that the container does not own",
        ),
    ),
    companions=(sometimes("a request that names a tag is acted on", lambda s: s.names_tag()),),
    policy="any",
    reach="other-vm",
    subject=ABI,
)

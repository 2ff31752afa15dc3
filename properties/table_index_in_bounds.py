"""No index beyond the size table (design.md 7; domain.md 1.5 D3)."""

from shootdown.ir import Property, always, sometimes
from shootdown.ir.claims import ABI

PROPERTY = Property(
    name="table-index-in-bounds",
    sentence=("No index beyond the size table is used: 0 <= index < number of columns, in C's own types."),
    claims=(
        always(
            "the index is in the table",
            lambda s: ~s.index_bad,
            says="wrong: the table has no such column, other memory is taken for a size",
        ),
    ),
    companions=(sometimes("a table is indexed", lambda s: s.indexed),),
    policy="any",
    reach="kernel-memory",
    subject=ABI,
)

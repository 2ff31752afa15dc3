"""The bytes validated are those acted on (design.md 7; domain.md 1.5 D1, 3.1 E2)."""

from shootdown.ir import Property, always, sometimes
from shootdown.ir.claims import ABI

PROPERTY = Property(
    name="checked-is-used",
    sentence=(
        "The bytes that were checked are those that are acted on: every word that a decision looked at has, when the "
        "driver acts, the value that was decided on; all devices act on the same bytes, and on copied ones only."
    ),
    claims=(
        always(
            "the driver reads copied bytes only",
            lambda s: ~s.short,
            says="wrong: the driver reads behind the bytes that were copied",
        ),
        always(
            "all devices act on the same bytes",
            lambda s: ~s.differ,
            says="wrong: devices of one call acted on different bytes",
        ),
        always(
            "what is acted on is what was decided on",
            lambda s: ~s.unlike_checked(),
            says="wrong: a word was decided on with one value and acted on with another",
        ),
    ),
    companions=(sometimes("the driver acts on a request", lambda s: s.acted),),
    policy="any",
    reach="kernel-memory",
    subject=ABI,
)

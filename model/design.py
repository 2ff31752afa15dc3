"""What a proposal states: how its walk goes on after each device, what it reports, what it expects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shootdown.ir import Expr, State
from shootdown.ir.system import Says
from shootdown.model.sorts import Errno

if TYPE_CHECKING:
    from shootdown.ir import Part
    from shootdown.model.world import World

CONTRACTS = ("vtd-v10", "ideal", "smmuv3-v10", "vtd-5.7")
POLICIES = ("report-and-complete", "withhold-completion", "hostile")

PROVED = "proved"
REFUTED = "refuted"


@dataclass(frozen=True, slots=True)
class Expect:
    """Expected outcome of one property, per contract, written down before the first run; `why` in one sentence.

    `policy` is set where the property is checked under more than one; `topology`, `faults` and `only` where the
    question is narrowed as by the options of those names.
    """

    property: str
    outcomes: Mapping[str, str]
    why: str
    policy: str = ""
    topology: str = ""
    faults: int | None = None
    only: tuple[str, ...] = ()


def expect(property_: str, row: str, why: str, **narrowed: Any) -> Expect:
    """An expectation from a row such as "R H R -", in the order of CONTRACTS; `-`: nothing is stated."""
    words = {"R": REFUTED, "H": PROVED}
    outcomes = {c: words[letter] for c, letter in zip(CONTRACTS, row.split(), strict=True) if letter != "-"}
    return Expect(property_, outcomes, why, **narrowed)


def all_on_success(s: State, _d: Expr) -> Expr:
    """An errno alone: 0 reports every device as done, anything else reports nobody."""
    done: Expr = s.ret == Errno.OK
    return done


@dataclass(frozen=True, slots=True)
class Design:
    """A proposal for VFIO_IOMMU_CACHE_INVALIDATE.

    `after_device(s, d, ret)` is the body of the loop behind the driver's call: it assigns `s.ret` and
    `s.todo`, the devices still to be visited. `loop_says` words, for a device whose driver call failed,
    what the loop does next. `admits(s)` is a check under the lock before the walk (None: there is none);
    where it fails the call answers `wrong_mode`, the errno that the design declares for a container
    without a nested domain. `reported_done(s, d)` decodes the report. `parts` adds pieces of its own.
    """

    name: str
    source: str
    summary: str
    after_device: Callable[[Any, Any, Any], None]
    code: str = ""
    loop_says: Says = ""
    admits: Callable[[Any], Any] | None = None
    wrong_mode: Errno = Errno.EINVAL
    reported_done: Callable[[Any, Any], Any] = all_on_success
    observation: str = "ret"
    parts: "Callable[[World], tuple[Part, ...]] | None" = None
    expects: tuple[Expect, ...] = ()

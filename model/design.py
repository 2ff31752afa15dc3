"""What a proposal states: how its walk goes on after each device, what it reports, what it expects."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shootdown.ir import Expr, State
from shootdown.ir.observation import Seen
from shootdown.ir.system import Says
from shootdown.model.sorts import Errno

if TYPE_CHECKING:
    from shootdown.ir import Part
    from shootdown.model.axes import Point
    from shootdown.model.world import World

CONTRACTS = ("vtd-v10", "ideal", "smmuv3-v10", "vtd-5.7")
POLICIES = (
    "report-and-complete", "withhold-completion", "hostile", "inject-guest-error", "retry-all", "retry-not-done",
    "resume-after-count", "resume-after-device", "resume-with-generation", "reset-named", "reset-named-and-flush",
    "reset-all", "reset-all-and-flush", "unplug-device", "stop-vm",
)  # fmt: skip
RECOVERING = POLICIES[3:]
"""Policies that do something about a failed call: they bring dead devices and resets into the model."""

POLICY_NEEDS: Mapping[str, tuple[str, ...]] = {
    "retry-not-done": ("status",),
    "resume-after-count": ("count",),
    "resume-after-device": ("failing",),
    "resume-with-generation": ("count",),
    "reset-named": ("failing", "status"),
    "reset-named-and-flush": ("failing", "status"),
    "unplug-device": ("failing", "status"),
}
"""Output fields (`shootdown.model.report`) of which a policy needs one; a policy that is not here needs only an errno.

What the policy writes into the *request* (devices to leave out, a position, a generation) it brings with it.
"""

PROVED = "proved"
REFUTED = "refuted"
VACUOUS = "vacuous"


@dataclass(frozen=True, slots=True)
class Expect:
    """Expected outcome of one property, per contract, written down before the first run; `why` in one sentence.

    `policy` is set where the property is checked under more than one; `topology`, `faults` and `only` where the
    question is narrowed as by the options of those names. Under the contracts of `any_number` less than a proof for any
    number of elements is weaker than stated.
    """

    property: str
    outcomes: Mapping[str, str]
    why: str
    policy: str = ""
    topology: str = ""
    faults: int | None = None
    only: tuple[str, ...] = ()
    any_number: frozenset[str] = frozenset()

    def statement(self, contract: str) -> str:
        """`refuted`, `proved` or `proved for any number`."""
        return self.outcomes[contract] + (" for any number" if contract in self.any_number else "")


def expect(property_: str, row: str, why: str, **narrowed: Any) -> Expect:
    """An expectation from a row such as "R A H -", in the order of CONTRACTS.

    R: refuted; H: proved, if only for sizes; A: proved for any number; V: vacuous, no run of the design gets to
    what the property is about; `-`: nothing is stated.
    """
    words = {"R": REFUTED, "H": PROVED, "A": PROVED, "V": VACUOUS}
    letters = dict(zip(CONTRACTS, row.split(), strict=True))
    outcomes = {contract: words[letter] for contract, letter in letters.items() if letter != "-"}
    any_number = frozenset(contract for contract, letter in letters.items() if letter == "A")
    return Expect(property_, outcomes, why, any_number=any_number, **narrowed)


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
    without a nested domain. `report` names the output fields of the call (`shootdown.model.report`), and
    `reported_done(s, d)` decodes them. `surely_done(s, d)` says whom a caller may take as done for certain
    (`shootdown.model.decoder`; None: whom the answer reports as done); `known` names variables of its own `parts` that
    the caller knows, such as the order of its array, and `writes` is what it writes into a call besides the iova.
    `walks(s, d)` says which devices of the list the walk visits (None: all), `order(s, e, d)` that it visits `e` before
    `d` (None: the order of the kernel's lists). `parts` adds pieces of its own.

    Hooks that parts of a design need: `reacts(s, d, ret)` is what the loop gets to see of a driver's answer (None: not
    yet, a part goes on from there; no hook: the answer). `asks_first(s, d)` says where the driver may refuse a device
    (None: when its call for the device begins). `aimed(s)` is the iova that the driver acts on (None: the one that the
    call named). `nested_only`: whatever `admits` lets pass has a nested domain, so that no driver refuses it for that.
    `point`: the coordinates of a design that is a point of `shootdown.model.axes`.
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
    surely_done: Callable[[Any, Any], Any] | None = None
    known: tuple[str, ...] = ()
    writes: tuple[Seen, ...] = ()
    observation: str = "ret"
    report: tuple[str, ...] = ("errno",)
    walks: Callable[[Any, Any], Any] | None = None
    order: Callable[[Any, Any, Any], Any] | None = None
    parts: "Callable[[World], tuple[Part, ...]] | None" = None
    reacts: Callable[[Any, Any, Errno], Errno | None] | None = None
    asks_first: Callable[[Any, Any], Any] | None = None
    aimed: Callable[[Any], Any] | None = None
    nested_only: bool = False
    point: "Point | None" = None
    expects: tuple[Expect, ...] = ()

    def inexpressible(self, policy: str) -> str:
        """Why the design's report does not tell what the VMM's policy needs, in a sentence; empty where it does."""
        needs = POLICY_NEEDS.get(policy, ())
        if not needs or set(needs) & set(self.report):
            return ""
        wanted = " or ".join(f"`{field}`" for field in needs)
        told = ", ".join(self.report) or "nothing"
        return f"not expressible with this report: `{policy}` needs {wanted}, and `{self.name}` reports {told}"

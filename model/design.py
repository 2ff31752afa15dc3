"""What a proposal states: how its walk goes on after each device, what it reports, what it expects."""

from builtins import property as derived
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shootdown.ir import Expr, State
from shootdown.ir.observation import Seen
from shootdown.ir.system import Says
from shootdown.model.design_checks import (
    HOOKS,
    must_be_hook,
    must_be_hooks,
    must_be_known,
    must_be_text,
    must_be_tuple,
    wrong,
)
from shootdown.model.point import Point
from shootdown.model.sorts import Errno

if TYPE_CHECKING:
    from shootdown.ir import Part
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
OUTCOMES = (PROVED, REFUTED, VACUOUS)
"""What an Expect can state."""


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

    def __post_init__(self) -> None:
        """A statement about what there is not would never be compared with anything: a ModelError."""
        must_be_text("an Expect", "property", self.property, needed=True)
        owner = f"the Expect about {self.property}"
        must_be_text(owner, "why", self.why, needed=True)
        if not isinstance(self.outcomes, Mapping) or not self.outcomes:
            raise wrong(f'`outcomes` of {owner} says what is expected under which contract: {{"vtd-v10": "proved"}}')
        must_be_known(owner, "contract", self.outcomes, CONTRACTS)
        must_be_known(owner, "outcome", self.outcomes.values(), OUTCOMES)
        must_be_known(owner, "policy", [self.policy] if self.policy else [], POLICIES)
        must_be_text(owner, "topology", self.topology)
        must_be_tuple(owner, "only", self.only, str, '"refused"')
        if self.faults is not None and (type(self.faults) is not int or self.faults < 0):
            raise wrong(f"`faults` of {owner} is a number from 0 on, not {self.faults!r}")
        proved = [contract for contract, outcome in self.outcomes.items() if outcome == PROVED]
        if not isinstance(self.any_number, frozenset) or not self.any_number <= set(proved):
            raise wrong(f"`any_number` of {owner} is a frozenset of contracts under which it is expected to be proved")

    def statement(self, contract: str) -> str:
        """`refuted`, `proved` or `proved for any number`."""
        return self.outcomes[contract] + (" for any number" if contract in self.any_number else "")

    @derived
    def because(self) -> str:
        """`, because ...` where all contracts have one outcome; else the outcomes for which the reason is one."""
        by_outcome: dict[str, list[str]] = {}
        for contract, outcome in self.outcomes.items():
            by_outcome.setdefault(outcome, []).append(contract)
        if len(by_outcome) == 1:
            return f", because {self.why}"
        told = ", ".join(f"{outcome} under {' and '.join(names)}" for outcome, names in by_outcome.items())
        return f"; the reason for all it states ({told}): {self.why}"


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
    point: Point | None = None
    expects: tuple[Expect, ...] = ()

    def __post_init__(self) -> None:
        """What would be read as another proposal, or not at all, is a ModelError at the modeller's line."""
        from shootdown.model.report import FIELDS  # noqa: PLC0415 # that module is about designs and imports this one

        must_be_text("a Design", "name", self.name, needed=True)
        for field in ("source", "summary", "code", "observation"):
            must_be_text(self.name, field, getattr(self, field))
        must_be_hooks(self.name, {field: getattr(self, field) for field in HOOKS})
        if not isinstance(self.loop_says, str):
            must_be_hook(self.name, "loop_says", self.loop_says, ("view",))
        if not isinstance(self.wrong_mode, Errno):
            raise wrong(f"`wrong_mode` of {self.name} is an Errno, not {self.wrong_mode!r}; say Errno.EINVAL")
        if not isinstance(self.nested_only, bool):
            raise wrong(f"`nested_only` of {self.name} is True or False, not {self.nested_only!r}")
        if not isinstance(self.point, Point | None):
            raise wrong(f"`point` of {self.name} is a Point of the design space, not {self.point!r}")
        must_be_tuple(self.name, "report", self.report, str, '"errno"')
        must_be_known(self.name, "report field", self.report, FIELDS)
        must_be_tuple(self.name, "known", self.known, str, '"a_variable"')
        must_be_tuple(self.name, "writes", self.writes, Seen, "Seen(...)")
        must_be_tuple(self.name, "expects", self.expects, Expect, "Expect(...)")
        self._must_not_contradict()

    def _must_not_contradict(self) -> None:
        """One statement for a question: of two only the first would be compared."""
        seen: set[tuple[object, ...]] = set()
        for e in self.expects:
            for contract in e.outcomes:
                about = (e.property, contract, e.policy, e.topology, e.faults, frozenset(e.only))
                if about in seen:
                    raise wrong(f"{self.name} states {e.property} under contract {contract} twice; keep one of the two")
                seen.add(about)

    def inexpressible(self, policy: str) -> str:
        """Why the design's report does not tell what the VMM's policy needs, in a sentence; empty where it does."""
        needs = POLICY_NEEDS.get(policy, ())
        if not needs or set(needs) & set(self.report):
            return ""
        wanted = " or ".join(f"`{field}`" for field in needs)
        told = ", ".join(self.report) or "nothing"
        return f"not expressible with this report: `{policy}` needs {wanted}, and `{self.name}` reports {told}"

"""A request in the user's words, and the problem that it poses to the engines."""

import itertools
from builtins import property as derived
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from shootdown.ir import Claim, Named, Property, Response, System, UsageError, always, exists, sometimes
from shootdown.ir.errors import is_users
from shootdown.ir.expr import Expr, walk
from shootdown.ir.nodes import Op
from shootdown.ir.pairs import asked, said
from shootdown.ir.parse import parse_formula
from shootdown.ir.product import Product, in_both, product
from shootdown.ir.sorts import IndexSort
from shootdown.model.build import build
from shootdown.model.container import MEMBERSHIP
from shootdown.model.design import Design
from shootdown.model.sorts import Device, Domain, Frame, Iova, Unit
from shootdown.model.topology import SORTS, Topology, everything_is_used, no_emulated, topology
from shootdown.model.world import World
from shootdown.review.anynumber import open_question
from shootdown.search.question import Place, Problem, stuck_claim
from shootdown.search.verdict import Scope

EXHAUSTED = {"Domain": 2, "Group": 2, "Device": 2, "Unit": 2, "Iova": 1, "Frame": 2}
"""Every size up to these is searched exhaustively by default."""

WIDE = {"Domain": 2, "Group": 3, "Device": 3, "Unit": 2, "Iova": 2, "Frame": 2}
"""The default sizes: searched to a depth after the smaller ones are closed."""

WIDE_DEPTH = 10
"""Default depth of that search, in steps."""

WIDE_WORK = 20_000_000
"""What one query of it may cost, in the solver's own units: some seconds, and the same on every machine."""


@dataclass(frozen=True)
class Request:
    """What the user asks: names and options, as on the command line.

    `policy` empty: the property's own. `sizes` holds the sorts that were given a size. `faults` bounds the
    refusals, time-outs and other counted events of a run. `only` keeps just these kinds of them. `engine`: it alone is
    asked; empty for the usual mix.
    """

    design: Design
    property: Property
    contract: str = "vtd-v10"
    policy: str = ""
    topology: str = ""
    where: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    faults: int | None = None
    only: frozenset[str] | None = None
    depth: int | None = None
    seconds: float | None = None
    without: frozenset[str] = frozenset()
    engine: str = ""

    @derived
    def caller(self) -> str:
        """The VMM's policy in force."""
        return self.policy or self.property.policy

    @derived
    def world(self) -> World:
        """What the parts of the model are built for."""
        return World(self.design, self.contract, self.caller, self.without, frozenset(self.property.parts))

    @derived
    def narrowed(self) -> bool:
        """Whether sizes, topology or a condition leave out part of the default search."""
        return bool(self.topology or self.where or self.sizes)


def system_of(request: Request) -> System:
    """The model with the property's monitor, and without the kinds of events that `--only` leaves out.

    For a property about two runs it is their product, of which nobody asks whether the kernel is stuck. Leaving out
    narrows the search; whether the kernel is stuck is still asked of the whole model (`stuck_of`).
    """
    system, pair = single_of(request), request.property.pair
    if pair is not None:
        world = request.world
        system = assuming(product(system, pair(world)), world)
    if request.only is None:
        return system
    kinds = {a.tally for a in system.actions if a.tally}
    if unknown := request.only - kinds:
        raise UsageError(
            f"no event of contract {request.contract} is counted as `{min(unknown)}`; "
            f"there are: {', '.join(sorted(kinds))}"
        )
    kept = tuple(a for a in system.actions if not a.tally or a.tally in request.only)
    return replace(system, actions=kept, busy=None)


def assuming(system: System, world: World) -> System:
    """The system with the named assumptions that were asked for in `world`, besides its own."""
    assumed = {a.name: a for a in system.assumptions} | world.used
    return replace(system, assumptions=tuple(assumed[name] for name in sorted(assumed)))


def single_of(request: Request) -> System:
    """The model of one run with the property's monitor, with every kind of event."""
    return build(request.world, request.property.monitor)


def condition(text: str, system: System) -> Expr:
    """A formula as the user types it, about one run; where two runs are compared it holds in both."""
    if isinstance(system, Product):
        return in_both(system, parse_formula(text, system.single))
    return parse_formula(text, system)


def stuck_of(request: Request) -> tuple[Claim, ...]:
    """The claim that the whole model of a request never gets stuck; nothing where no call can be in progress."""
    claim = stuck_claim(system_of(replace(request, only=None)))
    return () if claim is None else (claim,)


def problem_of(request: Request, system: System | None = None) -> tuple[System, Problem]:
    """The system and the problem of a request; `system` is what `system_of` says, where that is known already."""
    system = system_of(request) if system is None else system
    where = (Named("--where", condition(request.where, system)),) if request.where else ()
    places = tuple(p for p in _places(request, system, where) if _fits(p, where))
    if not places:
        raise UsageError(f"--where `{request.where}` names an element that none of the sizes has")
    claims, companions = claims_of(request.property, system)
    if request.only is not None:
        claims += stuck_of(request)
        _keep_turns(request, system)
    wide = None
    if not request.narrowed and request.depth is None:
        wide = Place("sizes", dict(WIDE), (Named("no emulated group", said(system, no_emulated)),))
    scope = Scope((), request.faults, request.topology or "sizes", request.where, fixed_text(request))
    any_number = None
    if not (request.topology or request.sizes) and request.depth is None and request.faults is None:
        any_number = open_question(system, where, replace(scope, fixed=ALWAYS_FIXED + _more_fixed(request)))
    bounds = (wide, WIDE_DEPTH, WIDE_WORK)
    live = (responses_of(request.property, system), request.property.ranks)
    return system, Problem(system, claims, companions, places, *bounds, scope, any_number, *live)


def claims_of(prop: Property, system: System) -> tuple[tuple[Claim, ...], tuple[Claim, ...]]:
    """Claims and companions of a property as formulas over a system."""
    claims, companions = (tuple(asked(system, c.on(system)) for c in row) for row in (prop.claims, prop.companions))
    return claims, companions


def responses_of(prop: Property, system: System) -> tuple[Response, ...]:
    """What has to happen sooner or later, by formulas over a system and with what is fair in it."""
    return tuple(leads.on(system) for leads in prop.responses)


def _keep_turns(request: Request, system: System) -> None:
    """A UsageError where `--only` leaves out a step that a fair run has to take: a run would seem fair without it."""
    whole = single_of(request)
    fair = {f.action for r in responses_of(request.property, whole) for f in r.fair}
    if left_out := sorted(fair - system.action.keys()):
        raise UsageError(
            f"--only leaves out `{left_out[0]}`, which a fair run has to take, so {request.property.name} cannot be "
            f"asked; keep `{whole.action[left_out[0]].tally}`, or drop --only"
        )


ALWAYS_FIXED = (
    "one thread calls CACHE_INVALIDATE, one call at a time; attach, detach and map run beside it",
    "one PASID",
    "caches and DMA of attached devices in nested containers",
    "attach never fails",
)
"""What the model fixes at any size, in words."""


def _more_fixed(request: Request) -> tuple[str, ...]:
    """Stage 2 where it is left out, and what the design's own parts suppose of the topology, the start and the steps.

    A part that a user writes may add a condition to a step of the model, also to a fault, or a step that repairs what
    went wrong, and a proof says so.
    """
    stage2 = () if request.world.stage2 else ("stage 2 fixed (UNMAP_DMA is the matter of host-page-safe)",)
    parts = request.design.parts(request.world) if request.design.parts else ()
    supposed = [f"`{name}`" for part in parts for name, *_ in (*part.axioms, *part.inits)]
    found = [f"the design's own conditions {', '.join(supposed)}"] if supposed else []
    added = {name for part in parts for name, functions in part.additions.items() if any(map(is_users, functions))}
    if added:
        found.append(f"what the design's parts add to the steps {', '.join(sorted(added))}")
    own = [spec.name for part in parts for spec in part.actions if is_users(spec.function)]
    if own:
        found.append(f"steps of the design's own that may change the model's variables: {', '.join(sorted(own))}")
    return (*stage2, *found)


def fixed_text(request: Request) -> tuple[str, ...]:
    """What the model fixes at the sizes of a request, in words, for the scope of a verdict."""
    fixed = [*ALWAYS_FIXED, *_more_fixed(request)]
    if request.topology:
        fixed.append(f"the members of {request.topology} (attach and detach are searched with sizes)")
    else:
        named = () if request.narrowed else request.property.topologies
        fixed.append("no emulated group" + "".join(f", except topology {name} with its members" for name in named))
    return tuple(fixed)


def _places(request: Request, system: System, where: tuple[Named, ...]) -> Iterable[Place]:
    if request.topology:
        yield from _named(topology(request.topology), request, system, where)
        return
    exact = Named("every element is used", said(system, everything_is_used))
    real = Named("no emulated group", said(system, no_emulated))
    for sizes in sizes_in_order(request.sizes):
        if request.contract != "smmuv3-v10" or sizes["Unit"] <= sizes["Domain"]:  # an SMMUv3 domain has one unit
            yield Place("sizes", sizes, (exact, real, *where))
    if not request.where and not request.sizes:
        for name in request.property.topologies:
            yield from _named(topology(name), request, system, where)


def _named(top: Topology, request: Request, system: System, where: tuple[Named, ...]) -> Iterable[Place]:
    ranges = {s: top.sizes.get(s, range(1, EXHAUSTED[s] + 1)) for s in SORTS}
    for sort, size in request.sizes.items():
        if size not in ranges[sort] and sort in top.sizes:
            allowed = " or ".join(str(n) for n in top.sizes[sort])
            raise UsageError(
                f"topology {top.name} has {allowed} {sort.lower()}s, not {size}; drop one of the two options"
            )
        ranges[sort] = (size,)
    for sizes in _ordered(ranges):
        yield named_place(top, sizes, system, where)


def named_place(top: Topology, sizes: dict[str, int], system: System, where: tuple[Named, ...]) -> Place:
    """A named topology at some sizes: its members stay as they are, so the life-cycle actions do not happen."""
    own = Named(f"topology {top.name}", said(system, top.condition))
    never = system.names_of(MEMBERSHIP) if isinstance(system, Product) else frozenset(MEMBERSHIP)
    return Place(top.name, sizes, (own, *where), never)


def sizes_in_order(given: Mapping[str, int]) -> list[dict[str, int]]:
    """Sizes from small to large: by their sum, then in the order of the sorts; sorts that are given stay fixed."""
    for sort, size in given.items():
        if size < 1:
            raise UsageError(f"--{sort.lower()}s {size}: every sort needs at least one element, so use 1 or more")
    top = dict(EXHAUSTED)
    top["Device"] = max(top["Device"], given.get("Group", 1), given.get("Domain", 1), given.get("Unit", 1))
    top["Group"] = max(top["Group"], given.get("Device", 1), given.get("Domain", 1))
    ranges = {s: (given[s],) if s in given else range(1, top[s] + 1) for s in SORTS}
    found = [s for s in _ordered(ranges) if s["Domain"] <= s["Group"] <= s["Device"] and s["Unit"] <= s["Group"]]
    if not found:
        raise UsageError(
            "no container has these sizes: each domain needs a group of its own, each group and each unit a device"
        )
    return found


def _ordered(ranges: Mapping[str, Iterable[int]]) -> list[dict[str, int]]:
    every = itertools.product(*(ranges[s] for s in SORTS))
    return [dict(zip(SORTS, n, strict=True)) for n in sorted(every, key=lambda n: (sum(n), n))]


def _fits(place: Place, where: tuple[Named, ...]) -> bool:
    """Whether the elements that `--where` names exist at these sizes."""
    return all(index < place.sizes[sort] for named in where for sort, index in _literals(named.formula))


def _literals(expr: Expr) -> Iterable[tuple[str, int]]:
    for node in walk(expr):
        if node.op is Op.LIT and isinstance(node.sort, IndexSort) and isinstance(node.payload, int):
            yield node.sort.name, node.payload


OBLIGATIONS = (
    sometimes(
        "an IOTLB entry is stale",
        lambda s: exists(Unit, Domain, Iova, Frame, lambda u, x, i, f: s.iotlb[u, x, i, f] & ~s.pte[i, f]),
    ),
    sometimes(
        "an ATC entry is stale",
        lambda s: exists(Device, Iova, Frame, lambda d, i, f: s.has_ats[d] & s.atc[d, i, f] & ~s.pte[i, f]),
    ),
)
"""Every cache can become stale: checked for every model, besides that every action can fire."""

__all__ = ["OBLIGATIONS", "Request", "always", "problem_of", "sizes_in_order", "system_of"]

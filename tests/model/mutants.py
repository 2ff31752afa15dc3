"""Mutants of `best-effort` under the ideal contract: each breaks one rule that the design or the model lives by."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from shootdown.ir import ActionSpec, Expr, Part, State, System, conj, disj, exists, forall, ite, require
from shootdown.ir.expr import Op, reads
from shootdown.ir.rewrite import conjuncts
from shootdown.ir.state import Update
from shootdown.ir.system import Action
from shootdown.model.build import assemble, parts_of
from shootdown.model.container import on_list, present, real
from shootdown.model.design import Design
from shootdown.model.driver import visiting
from shootdown.model.sorts import Device, Domain, Errno, Group, Lock, Mode, Stage
from shootdown.model.world import World
from shootdown.review.problem import Request, claims_of, problem_of
from shootdown.search.verdict import Refuted
from tests.model.cases import BEST_EFFORT, SMALL, first_trace, kept, request, with_part

CONTRACT = "ideal"


@dataclass(frozen=True)
class Mutant:
    """A name, the property that it is meant to break, and what is changed: the design, the parts or the system."""

    name: str
    attacks: str
    design: Design = BEST_EFFORT
    parts: Callable[[World, list[Part]], None] | None = None
    system: Callable[[System], System] | None = None


@dataclass(frozen=True)
class Column:
    """A check of `best-effort` under `ideal` that is expected to hold."""

    label: str
    property: str
    policy: str = ""
    where: str = ""

    def asked(self, design: Design) -> Request:
        """The check as a request about some design."""
        return request(design, self.property, CONTRACT, policy=self.policy, where=self.where)


COLUMNS = (
    Column("coherent", "success-means-coherent"),
    Column("told", "failure-is-told"),
    Column("no-reuse, withhold", "no-reuse-while-stale", policy="withhold-completion"),
    Column("host-page-safe", "host-page-safe"),
    Column("repeat", "repeat-is-harmless"),
    Column("wrong mode, TYPE1v2", "wrong-mode-is-refused", where="mode == TYPE1v2"),
)


def mutated(mutant: Mutant, asked: Request) -> System:
    """The model of a request with the mutant's change."""
    parts = parts_of(asked.world, asked.property.monitor)
    if mutant.parts is not None:
        mutant.parts(asked.world, parts)
    system = assemble(asked.world, parts)
    return mutant.system(system) if mutant.system is not None else system


def refutation(mutant: Mutant, column: Column) -> Refuted | None:
    """A shortest trace of the mutant at the first small size that has one."""
    asked = column.asked(mutant.design)
    system = mutated(mutant, asked)
    claims, _ = claims_of(asked.property, system)
    _, problem = problem_of(asked)
    return first_trace(system, claims, kept(problem, SMALL).places)


# --- Edits of a built system ---------------------------------------------------------------------------------------


def edited(system: System, name: str, change: Callable[[Action], Action]) -> System:
    """The system with one action changed; unchanged where it has no such action."""
    return replace(system, actions=tuple(change(a) if a.name == name else a for a in system.actions))


def without_update(variable: str, *names: str) -> Callable[[System], System]:
    """These actions leave the variable as it is."""

    def change(action: Action) -> Action:
        assert variable in {u.variable.name for u in action.updates}, (action.name, variable)
        return replace(action, updates=tuple(u for u in action.updates if u.variable.name != variable))

    return lambda system: _each(system, names, lambda _s, a: change(a))


Change = Callable[[Any, Expr, tuple[Expr, ...]], Expr]
"""A new formula or term: from the state, from what stands there, and from the parameters or the point."""


def with_guard(names: Iterable[str], change: Change) -> Callable[[System], System]:
    """Each conjunct of the guards of these actions becomes `change(s, conjunct, parameters)`."""

    def changed(system: System, action: Action) -> Action:
        state = State(system.by_name, None, system.lets)
        params = tuple(Expr(Op.VAR, (), p.sort, p) for p in action.params)
        return replace(action, guard=conj(*(change(state, c, params) for c in conjuncts(action.guard))))

    return lambda system: _each(system, names, changed)


def with_value(name: str, variable: str, change: Change) -> Callable[[System], System]:
    """In one action the new value of a variable becomes `change(s, value, point)`."""

    def changed(system: System, action: Action) -> Action:
        state = State(system.by_name, None, system.lets)

        def value(u: Update) -> Update:
            point = tuple(Expr(Op.VAR, (), b.sort, b) for b in u.binders)
            return replace(u, value=change(state, u.value, point)) if u.variable.name == variable else u

        return replace(action, updates=tuple(value(u) for u in action.updates))

    return lambda system: _each(system, (name,), changed)


def _each(system: System, names: Iterable[str], change: Callable[[System, Action], Action]) -> System:
    for name in names:
        system = edited(system, name, lambda a: change(system, a))  # noqa: B023 # called at once
    return system


def rerecord(parts: list[Part], functions: dict[str, Callable[..., object]], **options: Any) -> None:
    """Record these functions in place of the actions of those names."""
    for part in parts:
        for k, spec in enumerate(part.actions):
            if spec.name in functions:
                new = ActionSpec(functions[spec.name], spec.name, {**spec.options, **options}, spec.where)
                part.actions[k] = new


# --- The loop ------------------------------------------------------------------------------------------------------


def _loop(name: str, after_device: Callable[[Any, Any, Errno], None]) -> Design:
    return replace(BEST_EFFORT, name=name, after_device=after_device, expects=())


def _skips_the_last(s: Any, d: Any, ret: Errno) -> None:
    s.ret = ite(s.ret == Errno.OK, ret, s.ret)
    s.todo[:] = lambda e: s.todo[e] & (e != d) & exists(Device, lambda x: s.todo[x] & (x != d) & (x != e))


def _clears_ret(s: Any, d: Any, ret: Errno) -> None:
    s.ret = ret
    s.todo[d] = False


def _loses_a_group(s: Any, d: Any, ret: Errno) -> None:
    """Only the first group of a domain is listened to."""
    g = s.group_of(d)
    behind = exists(Group, lambda h: real(s, h) & (s.domain_of(h) == s.domain(d)) & s.newer[h, g])
    s.ret = ite((s.ret == Errno.OK) & ~behind, ret, s.ret)
    s.todo[d] = False


# --- Driver, container, stage 2 ------------------------------------------------------------------------------------


def _atc_first(world: World, parts: list[Part]) -> None:
    """The ATC at the first stage, the IOTLB at the second; a time-out can only happen at the first."""

    def begins(s: Any, d: Any) -> None:
        require(visiting(s, d, Stage.IOTLB), s.mode == Mode.NESTING, s.has_ats[d])
        s.touched[d] = True

    def drops_atc(s: Any, d: Any) -> None:
        s.atc[d, s.req, :] = lambda f: s.atc[d, s.req, f] & False

    def first(s: Any, d: Device) -> None:
        """The ATC."""
        begins(s, d)
        drops_atc(s, d)
        s.stage = Stage.ATC

    def second(s: Any, d: Device) -> None:
        """Then the IOTLB."""
        require(visiting(s, d, Stage.ATC))
        s.iotlb[s.unit_of(d), s.domain(d), s.req, :] = lambda f: s.iotlb[s.unit_of(d), s.domain(d), s.req, f] & False
        s.acked[d] = True
        s.stage = Stage.IOTLB
        world.design.after_device(s, d, Errno.OK)

    def timed_out(s: Any, d: Device) -> None:
        """No answer at the first stage."""
        begins(s, d)
        world.design.after_device(s, d, Errno.ETIMEDOUT)

    def answer_lost(s: Any, d: Device) -> None:
        """Flushed, and nobody hears of it."""
        begins(s, d)
        drops_atc(s, d)
        world.design.after_device(s, d, Errno.ETIMEDOUT)

    rerecord(parts, {"iotlb_flush": first}, says="{d}: ATC flushed for {req}, before the IOTLB")
    rerecord(parts, {"atc_flush": second}, says="{d}: IOTLB of {unit_of(d)} flushed for {req}; returns 0")
    rerecord(parts, {"atc_timed_out": timed_out, "atc_answer_lost": answer_lost})


def _attach_during_the_walk(s: Any, part: Expr, params: tuple[Expr, ...]) -> Expr:
    """SET_CONTAINER does not wait for a walk that has not yet flushed the IOTLB of the group's domain."""
    (g,) = params
    ahead = exists(Device, lambda d: s.todo[d] & (s.domain(d) == s.domain_of(g)))
    walking = conj(s.lock == Lock.INVALIDATE, s.stage == Stage.IOTLB, ahead)
    return disj(part, walking) if reads(part) == {"lock"} else part


def _unpins_first(system: System) -> System:
    """`unpin` does not wait for the flush; UNMAP_DMA still does before it returns."""
    if "unpin" not in system.action:
        return system

    def free(s: Any, part: Expr, _: tuple[Expr, ...]) -> Expr:
        return disj(part, s.pinned[s.unmapping]) if "todo" in reads(part) else part

    def flushed(s: Any, part: Expr, _: tuple[Expr, ...]) -> Expr:
        return conj(part, s.stage == Stage.IOTLB, forall(Device, lambda d: ~s.todo[d]))

    return with_guard(("unmap_returns",), flushed)(with_guard(("unpin",), free)(system))


def _reference_only(s: Any, value: Expr, point: tuple[Expr, ...]) -> Expr:
    """Only devices of the first domain on the list are flushed."""
    (d,) = point
    return value & on_list(s, d) & ~exists(Domain, lambda x: present(s, x) & s.dom_newer[x, s.domain(d)])


def _cuts_off() -> Part:
    """A device that is refused twice in a row is cut off from DMA."""
    p = Part("cut off")
    p.relation("was_refused", Device, doc="the last call for the device was refused")
    p.init("nobody was refused", lambda s: forall(Device, lambda d: ~s.was_refused[d]))

    def refused(s: Any, d: Any) -> None:
        s.blocked[d] = s.blocked[d] | s.was_refused[d]
        s.was_refused[d] = True

    def answered(s: Any, d: Any) -> None:
        s.was_refused[d] = False

    p.also("refused", refused)
    p.also("atc_flush", answered)
    p.also("iotlb_flush_only", answered)
    return p


def _inverted(_s: Any, part: Expr, _: tuple[Expr, ...]) -> Expr:
    return ~part if reads(part) == {"mode"} else part


MUTANTS = (
    Mutant("last device skipped", "told", _loop("skips-last", _skips_the_last)),
    Mutant("ret cleared by a success", "told", _loop("clears-ret", _clears_ret)),
    Mutant(
        "IOTLB flush dropped", "coherent",
        system=without_update("iotlb", "iotlb_flush", "iotlb_flush_only"),
    ),
    Mutant("ATC before IOTLB", "coherent", parts=_atc_first),
    Mutant("detach keeps the ATC", "coherent", system=without_update("atc", "unset_container")),
    Mutant("attach during the walk", "coherent", system=with_guard(("set_container",), _attach_during_the_walk)),
    Mutant("error of one group lost", "told", _loop("loses-a-group", _loses_a_group)),
    Mutant("UNMAP_DMA unpins before the flush", "host-page-safe", system=_unpins_first),
    Mutant(
        "UNMAP_DMA flushes the reference domain only", "host-page-safe",
        system=with_value("unmap_dma", "todo", _reference_only),
    ),
    Mutant("a repeated, refused request cuts off", "repeat", with_part(BEST_EFFORT, _cuts_off(), name="cuts-off")),
    Mutant(
        "mode check inverted", "wrong mode, TYPE1v2",
        system=with_guard(("refused_not_nested", "refused", "iotlb_flush", "iotlb_flush_only"), _inverted),
    ),
)  # fmt: skip

"""Why an answer is a refutation: which decisions of the design, changed, would remove every run that breaks the claim.

What counts as a decision, and what its code can see (docs/adr/0014-what-a-repair-is.md):

| fact | what the code sees at that point |
|---|---|
| `after_device: s.ret` | `s.ret` so far, what the driver returned |
| `after_device: s.todo` | both, and of each other device still to be visited whether it shares group or domain |
| `admits` | the mode, whether `domain_list` is empty |
| `wrong_mode` | nothing; only where the design has a check |
| `walks` | what the design's own condition says of the device; only where it has one |
| `reported_done` | the result, and what the design's own decoder says |

Caches, page tables, who has acknowledged: no code sees these, so no table may depend on them. Only where no table of
the design repairs, what kernel and driver write into `ret`, `todo`, `stage` and `pending` is open as well, by `ret`,
`stage` and the old value.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from shootdown.ir import exists, sometimes
from shootdown.ir.expr import Expr, conj, ite, lift, reads
from shootdown.ir.nodes import Variable
from shootdown.ir.product import Product
from shootdown.ir.system import Claim, System
from shootdown.model.build import KERNEL
from shootdown.model.container import present
from shootdown.model.design import Design
from shootdown.model.sorts import Call, Device, Domain, Errno, Mode
from shootdown.review.answer import Answer
from shootdown.review.problem import Request, problem_of, single_of
from shootdown.search.question import Place, stuck_claim
from shootdown.search.repair import Confirmed, Effort, NotDetermined, Repair, Repairs, confirm, repair
from shootdown.search.repair_sketch import Sketch
from shootdown.search.repair_system import Knobs, assigned, open_updates
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted

RET, TODO, ADMITS, WRONG, WALKS, DONE = (
    "after_device: s.ret", "after_device: s.todo", "admits", "wrong_mode", "walks", "reported_done",
)  # fmt: skip
OWN = (RET, TODO, ADMITS, WRONG, WALKS, DONE)
"""The facts that a design decides, in the order in which they are told."""

WRITTEN = ("ret", "todo", "stage", "pending")
"""What kernel and driver keep while a call runs; their updates are the facts beyond the design."""

SEEN = ("ret", "stage")
"""What their code sees of it besides the variable that it writes."""

NOT_ADMITTED = "call_not_admitted"
"""The step that answers a call which the design does not admit."""


@dataclass(frozen=True)
class Blame:
    """What repairs a refuted claim at the size of its trace.

    `own`: sets of facts of the design. `wider`: sets that take facts of kernel and driver contract too, where no set
    of the design repairs. `confirmed`: what a second judge found, one for each repair that is told.
    """

    answer: Answer
    place: Place
    own: Repairs
    wider: Repairs | NotDetermined | None
    confirmed: tuple[Confirmed, ...]

    @property
    def told(self) -> tuple[Repair, ...]:
        """The repairs, of the design where there are any."""
        if self.own.repairs or not isinstance(self.wider, Repairs):
            return self.own.repairs
        return self.wider.repairs


def blame(answer: Answer, limits: Limits, effort: Effort | None = None) -> Blame | NotDetermined:
    """The smallest sets of facts whose repair removes all runs that break the claim, at the size of the trace."""
    verdict = answer.verdict
    if not isinstance(verdict, Refuted):
        return NotDetermined("only a trace to a state that breaks a claim is looked at")
    if isinstance(answer.system, Product):
        return NotDetermined("a claim about two runs is not looked at: a repair changes both")
    try:
        return _blame(answer, verdict, limits, effort or Effort())
    except KeyboardInterrupt:
        return NotDetermined("interrupted")


def _blame(answer: Answer, verdict: Refuted, limits: Limits, effort: Effort) -> Blame | NotDetermined:
    limits = replace(limits, faults=answer.request.faults)
    sketch = sketch_of(answer.request, verdict)
    own = repair(sketch, limits, effort)
    if isinstance(own, NotDetermined):
        return own
    wider = None
    if not own.repairs:
        sketch = widened(answer.request, sketch)
        wider = repair(sketch, limits, effort)
    found = Blame(answer, sketch.place, own, wider, ())
    anew = sketch_of(answer.request, verdict)
    anew = anew if own.repairs else widened(answer.request, anew)
    return replace(found, confirmed=tuple(confirm(anew, r, limits) for r in found.told))


def sketch_of(request: Request, verdict: Refuted) -> Sketch:
    """The model of a request with the facts of its design open, at the size and topology of the trace."""
    knobs = _knobs(request)
    opened = replace(request, design=_open(request.design, knobs))
    system, problem = problem_of(opened)
    if request.design.admits is not None:
        system, _ = open_updates(system, [NOT_ADMITTED], ["ret"], (), knobs, {NOT_ADMITTED: WRONG})
    stuck = stuck_claim(system)
    claims = (*problem.claims, *((stuck,) if stuck is not None else ()))
    scope = verdict.scope
    places = [p for p in (*problem.places, *((problem.wide,) if problem.wide else ())) if p.sizes == scope.sizes[0]]
    place = next(p for p in places if p.topology == scope.topology)
    made = Sketch(system, claims, (*problem.companions, _something_succeeds(system)), place, OWN, ())
    return _with_knobs(made, knobs)


def widened(request: Request, sketch: Sketch) -> Sketch:
    """The same with what kernel and driver write open too."""
    knobs = _knobs(request)
    knobs.found = {k.name: k for k in sketch.knobs}
    working = [a.name for a in sketch.system.actions if a.actor in KERNEL]
    system, facts = open_updates(sketch.system, working, WRITTEN, SEEN, knobs)
    stuck = stuck_claim(system)
    claims = tuple(stuck if stuck is not None and c.name == stuck.name else c for c in sketch.claims)
    return _with_knobs(replace(sketch, system=system, claims=claims, facts=(*OWN, *facts)), knobs)


def _with_knobs(sketch: Sketch, knobs: Knobs) -> Sketch:
    """The sketch with the knobs that it reads, and their facts."""
    formulas = [c.formula for c in (*sketch.claims, *sketch.companions)]
    formulas += [f for a in sketch.system.actions for f in (a.guard, *(u.value for u in a.updates))]
    named = frozenset[str]().union(*map(reads, formulas))
    kept = tuple(k for k in knobs.found.values() if k.variable.name in named)
    about = {k.fact for k in kept}
    return replace(sketch, knobs=kept, facts=tuple(f for f in sketch.facts if f in about))


def _something_succeeds(system: System) -> Claim:
    """What any repair has to keep: that a call which reached a device reports success."""
    name = "a call that reached a device reports success"
    companion = sometimes(
        name, lambda s: (s.call == Call.RETURNED) & s.success() & exists(Device, lambda d: s.acked[d])
    )
    return companion.on(system)


def _knobs(request: Request) -> Knobs:
    """No knobs yet; the results that a table may give are those that calls and drivers of this model have."""
    answers: set[str] = set()

    def listening(s: Any, d: Any, ret: Errno) -> None:
        answers.add(ret.name)
        request.design.after_device(s, d, ret)

    plain = single_of(replace(request, design=replace(request.design, after_device=listening)))
    values = {name: assigned(plain, plain.by_name[name]) for name in ("stage", "ret")}
    results = {*values["ret"], *answers, request.design.wrong_mode.name}
    return Knobs(values | {"ret": tuple(e.name for e in Errno if e.name in results)}, spoken)


def spoken(variable: Variable, value: str) -> str:
    """A value as the report says it: results with their sign."""
    if variable.name != "ret":
        return value
    return "0" if value == Errno.OK.name else f"-{value}"


def _result(ret: Errno) -> str:
    return "0" if ret is Errno.OK else f"-{ret.name}"


def _open(design: Design, knobs: Knobs) -> Design:
    """The design with each of its decisions open."""
    walks, done = design.walks, design.reported_done
    return replace(
        design,
        after_device=_loop(design, knobs),
        admits=_admits(design, knobs),
        nested_only=False,
        walks=None if walks is None else lambda s, d: knobs.switch(
            "walks", WALKS, "walks", lambda v: f"a device that the condition {'takes' if v else 'leaves out'}",
            ("leave it out", "visit it"), walks(s, d),
        ),
        reported_done=lambda s, d: knobs.switch(
            "done", DONE, "done", lambda v: f"the design reports a device as {'' if v else 'not '}done",
            ("report it as not done", "report it as done"), done(s, d),
            _results(s, knobs) if _has_errno(design) else (),
        ),
    )  # fmt: skip


def _has_errno(design: Design) -> bool:
    return "errno" in design.report


def _results(s: Any, knobs: Knobs) -> list[tuple[str, str, Expr]]:
    """A case for each result so far."""
    return [(e, f"s.ret is {_result(Errno[e])}", _pre(s, "ret") == Errno[e]) for e in knobs.values["ret"]]


def _pre(s: Any, name: str) -> Any:
    value = getattr(s, name)
    return getattr(value, "_before", value)


def _admits(design: Design, knobs: Knobs) -> Callable[[Any], Expr]:
    own = design.admits

    def admits(s: Any) -> Expr:
        some = exists(Domain, lambda x: present(s, x))
        view = [
            (f"{mode.name}|{filled}", f"the mode is {mode.name} and domain_list is {'not ' if filled else ''}empty",
             (s.mode == mode) & (some if filled else ~some))
            for mode in Mode if mode is not Mode.NONE for filled in (True, False)
        ]  # fmt: skip
        now = conj() if own is None else lift(own(s))
        return knobs.switch(ADMITS, ADMITS, ADMITS, lambda _: "", ("refuse the call", "admit the call"), now, view)

    return admits


class _Loop:
    """The state as the loop's body sees it; what it writes into `ret` and `todo` is held back."""

    def __init__(self, state: Any) -> None:
        object.__setattr__(self, "state", state)
        object.__setattr__(self, "ret_", None)
        object.__setattr__(self, "todo_", _Todo(state.todo))

    def __getattr__(self, name: str) -> Any:
        return self.todo_ if name == "todo" else getattr(self.state, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "ret":
            object.__setattr__(self, "ret_", value)
        else:
            setattr(self.state, name, value)


class _Todo:
    """`todo` as the loop's body sees it."""

    def __init__(self, place: Any) -> None:
        self.place = place
        self.writes: list[tuple[Any, Any]] = []

    def __getitem__(self, key: Any) -> Any:
        return self.place[key]

    __call__ = __getitem__

    def __setitem__(self, key: Any, value: Any) -> None:
        self.writes.append((key, value))

    def at(self, e: Any) -> Expr:
        """The value after the step at a device, as the design has it."""
        found: Expr = self.place[e]
        for key, value in self.writes:
            if isinstance(key, slice):
                found = lift(value(e) if callable(value) and not isinstance(value, Expr) else value)
            else:
                found = ite(e == key, value, found)
        return found


def _loop(design: Design, knobs: Knobs) -> Callable[[Any, Any, Errno], None]:
    def after_device(s: Any, d: Any, ret: Errno) -> None:
        loop = _Loop(s)
        before = s.ret
        design.after_device(loop, d, ret)
        now = before if loop.ret_ is None else lift(loop.ret_)
        if _has_errno(design):
            where = f"the driver returned {_result(ret)}"
            now = knobs.value(f"ret|{ret.name}", RET, "ret", before.payload, now, [before.payload], where)
        if loop.ret_ is not None or _has_errno(design):
            s.ret = now
        s.todo[:] = lambda e: _todo(s, loop, d, e, ret, knobs, _has_errno(design))

    return after_device


def _todo(s: Any, loop: Any, d: Any, e: Any, ret: Errno, knobs: Knobs, has_errno: bool) -> Expr:
    """Whether a device is to be visited after this one; open for the others that are still to be visited."""
    now = loop.todo_.at(e)
    same_group, same_domain = s.group_of(e) == s.group_of(d), s.domain(e) == s.domain(d)
    classes = (
        ("group", "another device of the group", same_group),
        ("domain", "a device of another group of the domain", ~same_group & same_domain),
        ("other", "a device of another domain", ~same_group & ~same_domain),
    )
    opened = now
    for name, words, condition in classes:
        key, about = f"todo|{ret.name}|{name}", f"the driver returned {_result(ret)} and {words} is still to be visited"
        says = ("leave it out", "visit it")
        view = _results(s, knobs) if has_errno else ()
        here = knobs.switch(key, TODO, f"todo|{name}", lambda _, about=about: about, says, now, view)  # type: ignore[misc]
        opened = ite(condition, here, opened)
    return ite(loop.todo_.place[e] & (e != d), opened, now)


__all__ = ["Blame", "blame", "sketch_of", "widened"]

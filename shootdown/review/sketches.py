"""Models with the decisions of their design open: what a search for repairs is asked about.

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

from dataclasses import replace
from typing import Any

from shootdown.ir import exists, sometimes
from shootdown.ir.expr import Expr, conj, reads
from shootdown.ir.system import Claim, System
from shootdown.model.build import KERNEL
from shootdown.model.sorts import Call, Device, Errno, Found
from shootdown.review.decisions import OWN, WRONG, open_design, spoken
from shootdown.review.problem import Request, problem_of, single_of
from shootdown.search.question import Problem, stuck_claim
from shootdown.search.repair_sketch import Sketch
from shootdown.search.repair_system import Knobs, assigned, open_updates
from shootdown.search.verdict import Scope

WRITTEN = ("ret", "todo", "stage", "pending")
"""What kernel and driver keep while a call runs; their updates are the facts beyond the design."""

SEEN = ("ret", "stage")
"""What their code sees of it besides the variable that it writes."""

NOT_ADMITTED = "call_not_admitted"
"""The step that answers a call which the design does not admit."""


def sketch_of(request: Request, scope: Scope) -> Sketch:
    """The model of a request with the facts of its design open, at the first size and the topology of a scope."""
    knobs = _knobs(request)
    problem = _problem(replace(request, design=open_design(request.design, knobs)), scope)
    system = problem.system
    if request.design.admits is not None:
        system, _ = open_updates(system, [NOT_ADMITTED], ["ret"], (), knobs, {NOT_ADMITTED: WRONG})
    stuck = stuck_claim(system)
    claims = (*problem.claims, *((stuck,) if stuck is not None else ()))
    made = Sketch(system, claims, (*problem.companions, _something_succeeds(system)), problem.places[0], OWN, ())
    return _with_knobs(made, knobs)


def _problem(request: Request, scope: Scope) -> Problem:
    """The problem of a request at one place alone; not for any number, which would cost hints."""
    _, small = problem_of(replace(request, depth=request.depth or 0))
    places = tuple(p for p in small.places if p.sizes == scope.sizes[0] and p.topology == scope.topology)
    if not places:
        _, whole = problem_of(request)
        assert whole.wide is not None  # there is no other place
        places = (whole.wide,)
    return replace(small, places=places)


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
    """What any repair has to keep: a call that met a nested container and reached a device reports success.

    `found` and not `mode`: the container may change between the walk and the return.
    """

    def met(s: Any) -> Expr:
        return conj(s.call == Call.RETURNED, s.found == Found.NESTED, s.success(), exists(Device, lambda d: s.acked[d]))

    return sometimes("a call over a nested container reaches a device and reports success", met).on(system)


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


__all__ = ["SEEN", "WRITTEN", "sketch_of", "widened"]

"""A question about the bytes of a call: a proposal, a property and a world; its answer, judged like any other.

A run ends after a fixed number of steps, so every run is unrolled to its end (`shootdown.search.unrolled`). What does
not matter to the claims is left out of the search; a trace is lifted to the whole system, made plain and replayed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from shootdown.ir import Claim, Property, System, TraceError, UsageError
from shootdown.ir.claims import ABI
from shootdown.ir.interp import why_not_initial
from shootdown.ir.slice import cone
from shootdown.ir.trace import Candidate
from shootdown.model.usermem.build import longest, system
from shootdown.model.usermem.designs import abis
from shootdown.model.usermem.program import Abi, Stated, World
from shootdown.model.usermem.types import C, Types
from shootdown.model.usermem.usual import expected_start, usual
from shootdown.properties import properties
from shootdown.review.catalogue import did_you_mean
from shootdown.search.question import stuck_claim
from shootdown.search.refute import EngineBug, refuted, replay
from shootdown.search.result import Limits
from shootdown.search.unrolled import answered, reached
from shootdown.search.verdict import Proved, Scope, Unknown, Vacuous, Verdict

SUBJECT = ABI
ALL_VALUES = "every value of every word, length and constant, as C's types have them"
FIXED_ONE = "one call; another thread may store into the buffer, or unmap any part of it, before every copy"
FIXED_PAIR = "one call, given first to the old kernel and then to the new one; nobody changes the buffer"


@dataclass(frozen=True)
class Question:
    """What is asked. `types`: C's, but for a test that shows what integers miss."""

    abi: Abi
    property: Property
    world: World
    types: Types = C


@dataclass(frozen=True)
class Told:
    """The answer: the whole system, the claims, the verdict, and what the proposal states for this very question."""

    question: Question
    system: System
    claims: tuple[Claim, ...]
    verdict: Verdict
    stated: Stated | None


def find_abi(name: str) -> Abi:
    """The proposal of that name in the catalogue."""
    known = abis()
    if name not in known:
        raise UsageError(f"no proposal called `{name}` says how it reads user memory{did_you_mean(name, list(known))}")
    return known[name]


def question(abi: Abi, prop: Property, world: str = "", types: Types = C) -> Question:
    """The question in that world, or in the proposal's first one that the property can be asked in."""
    worlds = [w for w in abi.worlds(types) if w.pair == ("pair" in prop.parts)]
    named = [w for w in worlds if w.name == world] if world else _default(abi, prop, worlds)
    if not named:
        known = ", ".join(w.name for w in worlds)
        raise UsageError(
            f"{prop.name} of {abi.name} cannot be asked in a world `{world}`; there are: {known or 'none'}"
        )
    return Question(abi, prop, named[0], types)


def _default(abi: Abi, prop: Property, worlds: list[World]) -> list[World]:
    """The first world for which the proposal states something about the property, else the first."""
    stated = {s.world for s in abi.stated if s.property == prop.name}
    return sorted(worlds, key=lambda w: w.name not in stated)


def stated(abi: Abi, prop: str, world: str) -> Stated | None:
    """What the proposal states for a property in a world."""
    return next((s for s in abi.stated if (s.property, s.world) == (prop, world)), None)


def questions(abi: Abi) -> tuple[Question, ...]:
    """Everything for which the proposal states an expectation."""
    known = properties(SUBJECT)
    return tuple(question(abi, known[s.property], s.world) for s in abi.stated)


def answer(asked: Question, limits: Limits | None = None) -> Told:
    """The verdict; a proof is judged by fresh solvers, a trace by the interpreter."""
    full = system(asked.abi, asked.world, asked.types)
    claims = tuple(c.on(full) for c in asked.property.claims)
    stuck = stuck_claim(full)
    verdict = _verdict(asked, full, (*claims, *([stuck] if stuck else [])), limits or Limits())
    return Told(asked, full, claims, verdict, stated(asked.abi, asked.property.name, asked.world.name))


def _verdict(asked: Question, full: System, claims: tuple[Claim, ...], limits: Limits) -> Verdict:
    steps = longest(asked.world)
    fixed = FIXED_PAIR if asked.world.pair else FIXED_ONE
    scope = Scope(({},), topology=asked.world.name, fixed=(ALL_VALUES, fixed))
    _can_start(full, asked.world)
    found = answered(cone(full, [c.formula for c in claims]), claims, steps, limits)
    if found.search.candidate is not None:
        claim = next(c for c in claims if c.name == found.search.claim)
        whole = _lifted(full, asked.world, found.search.candidate)
        return refuted(full, claim, plain(full, claim, whole, usual(full, asked.world)), scope)
    if found.certificate is None:
        return Unknown(found.search.reason, scope)
    for spoken in asked.property.companions:
        scenario = spoken.on(full)
        met = reached(cone(full, [scenario.formula]), scenario, steps, limits)
        if met.candidate is None:
            if met.depth < steps:
                return Unknown(f"no run was found to a state where {scenario.name}: {met.reason}", scope)
            return Vacuous(f"its scenario cannot be set up: no run to a state where {scenario.name}", scope)
        replay(full, scenario, _lifted(full, asked.world, met.candidate))
    return Proved((found.certificate,), scope, (f"every run ends within {steps} steps",))


def _can_start(full: System, world: World) -> None:
    """The plain start is one: then what a slice leaves out never keeps a run from starting."""
    if broken := why_not_initial(full, expected_start(full, world), {}):
        raise EngineBug(f"{full.name}: the plain start breaks `{broken[0].name}`")


def _lifted(full: System, world: World, run: Candidate) -> Candidate:
    """A run of a slice as one of the whole system: what was left out is as plain as it can be.

    Conditions on the start are about one variable each, or about variables that are left out together.
    """
    start = {**expected_start(full, world), **run.start}
    return Candidate({}, {v.name: start[v.name] for v in full.variables}, run.steps)


def plain(full: System, claim: Claim, run: Candidate, values: Mapping[str, tuple[int, ...]]) -> Candidate:
    """The same steps from a plainer start from which the claim still breaks; a store leaves what it can as it is."""
    best = run
    for variable in (*full.variables, *full.variables):  # twice: one value may wait for another
        name, _, number = variable.name.rpartition("_")
        before = f"{name}_{int(number) - 1}" if number.isdigit() and number != "1" else name
        earlier = (best.start[before][()],) if number.isdigit() and before in best.start else ()
        current = best.start[variable.name][()]
        for value in (*earlier, *values[variable.name]):
            if value == current:
                break
            tried = replace(best, start={**best.start, variable.name: {(): value}})
            if _breaks(full, claim, tried):
                best = tried
                break
    return best


def _breaks(full: System, claim: Claim, run: Candidate) -> bool:
    try:
        replay(full, claim, run)
    except TraceError:
        return False
    return True

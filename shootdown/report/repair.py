"""Which facts repair a refuted claim: sentences, text, mail, Markdown and data."""

from collections.abc import Iterator, Sequence
from typing import Any

from shootdown.report.mail import ascii_only, labelled
from shootdown.report.markdown import cell
from shootdown.report.words import paragraph, plenty, sizes_text
from shootdown.review.decisions import ADMITS, DONE, OWN, RET, TODO, WALKS, WRONG
from shootdown.review.repair import SEEN, WRITTEN, Blame
from shootdown.review.repaired import Besides, Effect
from shootdown.search.question import STUCK
from shootdown.search.repair import Insufficient, NotDetermined, Repair, Repairs

_FACTS = {
    RET: "what after_device assigns to s.ret",
    TODO: "what after_device assigns to s.todo",
    ADMITS: "which calls the design admits",
    WRONG: "the errno for a call that is not admitted",
    WALKS: "which devices the walk visits",
    DONE: "which devices the answer reports as done",
}

_VIEWS = {
    RET: "s.ret so far, the driver's answer",
    TODO: "s.ret so far, the driver's answer, whether the other device shares group or domain",
    ADMITS: "the mode, whether domain_list is empty",
    WRONG: "nothing",
    WALKS: "what the design's own condition says of the device",
    DONE: "the result, what the design's own decoder says",
}

_REFUTED = (Effect.BROKEN, Effect.STILL)
"""Effects for which there is a run."""

_BEYOND = f"{', '.join(f's.{v}' for v in SEEN)} and the old value, as far as the step reads or writes them"


def repair_text(found: Blame | NotDetermined, form: str = "text") -> str:
    """The section below a refutation, in the form of the answer above it: text, mail or Markdown."""
    texts = list(sentences(found))
    if form == "mail":
        return ascii_only("\n".join(["", *labelled("repair", texts[0], texts[1:])]) + "\n")
    if form == "markdown":
        return "\n".join(["", "### Repair", "", *(f"- {cell(t)}" for t in texts)]) + "\n"
    return "\n".join(row for n, t in enumerate(texts) for row in paragraph(t if n else f"repair: {t}")) + "\n"


def sentences(found: Blame | NotDetermined) -> Iterator[str]:
    """The sets of facts with their scope, what does not suffice, what a table may depend on, and who judged it."""
    if isinstance(found, NotDetermined):
        yield f"not determined, {found.reason}"
        return
    first, *others = _repairs(found)
    yield first
    yield from others
    yield from _insufficient(found.own)
    shown = dict.fromkeys(f for r in found.told for f in r.facts)
    views = [f"{_fact(found, f)}, on {_VIEWS.get(f, _BEYOND)}" for f in shown or dict.fromkeys(_tried(found.own))]
    yield f"a table may depend, for {'; for '.join(views)}; never on caches, page tables or who has acknowledged"
    yield from _besides(found)
    yield from _judged(found)


def _repairs(found: Blame) -> Iterator[str]:
    """One sentence for each set, the first with the scope; or that there is none."""
    tried = ", ".join(dict.fromkeys(_fact(found, f) for f in _tried(found.own)))
    none = (
        f"no table for {tried} removes all traces at {_scope(found)} (other report fields, reactions to a failure and "
        "new memory were not tried)"
    )
    if found.own.repairs:
        yield from _sets(found, found.own.repairs, "of the design", "", f" at {_scope(found)}")
    elif isinstance(found.wider, NotDetermined):
        yield f"{none}; whether kernel and driver contract could: not determined, {found.wider.reason}"
    elif found.wider is not None and found.wider.repairs:
        own = any(f in OWN for r in found.wider.repairs for f in r.facts)
        kind = "of design, kernel and driver contract" if own else "of kernel and driver contract"
        yield from _sets(found, found.wider.repairs, kind, f"{none}; ", "")
    else:
        yield f"{none}, nor does what kernel and driver contract write into {', '.join(WRITTEN)}"


def _sets(found: Blame, repairs: Sequence[Repair], kind: str, before: str, where: str) -> Iterator[str]:
    count = len(repairs[0].facts)
    verb = "removes" if count == 1 else "together remove"
    for number, repair in enumerate(repairs):
        facts = " and ".join(_fact(found, f) for f in repair.facts)
        example = f"{facts}. For example: {'; '.join(_changes(found, repair))}"
        yield (
            f"or {example}" if number else f"{before}{plenty(count, 'fact')} {kind} {verb} all traces{where}: {example}"
        )


def _scope(found: Blame) -> str:
    request = found.answer.request
    kernel = " (no kernel)" if request.contract == "ideal" else ""
    return f"{sizes_text(found.place.sizes)}, contract {request.contract}{kernel}, topology {found.place.topology}"


def _fact(found: Blame, fact: str) -> str:
    """`what atc_inv_timed_out (driver) assigns to s.pending`."""
    if fact in _FACTS:
        return _FACTS[fact]
    action, variable = fact.split(": ")
    return f"what {action} ({found.answer.system.action[action].actor}) assigns to s.{variable}"


def _changes(found: Blame, repair: Repair) -> Iterator[str]:
    for change in repair.changes:
        knob = change.knob
        own = found.answer.request.design.name if knob.fact in OWN else found.answer.request.contract
        where = f"where {knob.where}: " if knob.where else ""
        yield f"{where}{knob.options[change.option]} ({own}: {knob.options[knob.default]})"


def _besides(found: Blame) -> Iterator[str]:
    """What becomes of other claims, once for repairs that do the same to them."""
    effects: dict[tuple[Besides, ...], list[Repair]] = {}
    for repair, rows in zip(found.told, found.besides, strict=True):
        if rows:
            effects.setdefault(rows, []).append(repair)
    for rows, repairs in effects.items():
        facts = " or ".join(" and ".join(_fact(found, f) for f in r.facts) for r in repairs)
        which = f"with the repair of {facts}" if len(effects) > 1 else "with such a table"
        listed = {e: [_steps_to(b) for b in rows if b.effect is e] for e in Effect}
        told = [f"{e.value}: {', '.join(names)}" for e, names in listed.items() if names]
        yield f"other claims {which}, at this size, each under its own policy: {'; '.join(told)}"
    if effects:
        yield "not looked at with such a table: claims about two runs, and what must happen sooner or later"


def _steps_to(told: Besides) -> str:
    return f"{told.property} ({plenty(told.steps, 'step')})" if told.effect in _REFUTED else told.property


def _insufficient(own: Repairs) -> Iterator[str]:
    if own.insufficient:
        yield f"not enough: {'; '.join(map(_remains, own.insufficient))}"


def _remains(left: Insufficient) -> str:
    name = _FACTS[left.fact]
    if not left.tables:
        return f"{name}, which a trace of {plenty(left.steps, 'step')} does not depend on"
    stuck = " to a stuck call" if left.claim == STUCK else ""
    end = f"no run gets to `{left.lost}`" if left.lost else f"a trace of {plenty(left.steps, 'step')}{stuck} remains"
    return f"{name} ({plenty(left.tables, 'table')} tried; with the last one {end})"


def _tried(own: Repairs) -> list[str]:
    return [i.fact for i in own.insufficient]


def _judged(found: Blame) -> Iterator[str]:
    for repair, judge in zip(found.told, found.confirmed, strict=True):
        facts = f" (repair of {' and '.join(_fact(found, f) for f in repair.facts)})" if len(found.told) > 1 else ""
        yield (
            f"judged again{facts}: {plenty(judge.states, 'state')} of a model built anew, closed, break no claim; "
            f"bmc finds no violation in {plenty(judge.unrolled, 'step')}"
        )


def repair_record(found: Blame | NotDetermined) -> dict[str, Any]:
    """The same as data, under the key `repair` of a check."""
    if isinstance(found, NotDetermined):
        return {"determined": False, "reason": found.reason}
    wider = found.wider
    return {
        "determined": not isinstance(wider, NotDetermined),
        "sizes": dict(found.place.sizes),
        "topology": found.place.topology,
        "contract": found.answer.request.contract,
        "design_suffices": bool(found.own.repairs),
        "repairs": [_record(r, b) for r, b in zip(found.told, found.besides, strict=True)],
        "insufficient": [
            {"fact": i.fact, "tables": i.tables, "steps": None if i.lost else i.steps, "lost": i.lost or None}
            for i in found.own.insufficient
        ],
        "tables": found.own.tables + (wider.tables if isinstance(wider, Repairs) else 0),
        "judged": [{"states": c.states, "depth": c.depth, "bmc": c.unrolled} for c in found.confirmed],
        **({"reason": wider.reason} if isinstance(wider, NotDetermined) else {}),
    }


def _record(repair: Repair, besides: Sequence[Besides]) -> dict[str, Any]:
    changes = [
        {
            "fact": c.knob.fact,
            "where": c.knob.where,
            "now": c.knob.options[c.knob.default],
            "then": c.knob.options[c.option],
        }
        for c in repair.changes
    ]
    others = [
        {"property": b.property, "effect": b.effect.value, "steps": b.steps if b.effect in _REFUTED else None}
        for b in besides
    ]
    return {"facts": list(repair.facts), "changes": changes, "other_claims": others}

"""Why an answer holds, as text and as data: what the proof needs, and what it does without."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from shootdown.report.lanes import wrap
from shootdown.report.mail import ascii_only
from shootdown.report.markdown import cell
from shootdown.report.words import paragraph, plenty
from shootdown.review.why import Leaning, Why
from shootdown.search.facts import Fact, Kind
from shootdown.search.parametric import Stopped
from shootdown.search.why import Needed, Standing

GUARDS = {
    "lock == FREE": "waits for iommu->lock",
    "lock == UNMAP": "happens while UNMAP_DMA holds iommu->lock",
    "call == ENTERED": "happens when a call has entered",
    "call == LOCKED": "happens while the walk holds iommu->lock",
    "call == UNLOCKED": "happens after the walk",
    "stage == IOTLB": "happens at the IOTLB stage of a visit",
    "stage == ATC": "happens at the ATC stage of a visit",
    "stage == AGAIN": "happens after a time-out",
    "todo(d)": "is for a device still to be visited",
    "forall d: Device. ~todo(d)": "waits until no device is to be visited",
    "has_ats(d)": "is for a device with ATS",
    "~has_ats(d)": "is for a device without ATS",
    "mode == NESTING": "needs a nested container",
    "mode != NESTING": "needs a container that is not nested",
    "mode == NONE": "needs that no backend is set",
    "mode != NONE": "needs a backend",
    "m != NONE": "names a backend",
    "exists g: Group. attached(g)": "needs an attached group",
    "attached(g)": "is for an attached group",
    "~attached(g)": "is for a group that is not attached",
    "users(g)": "is for a group with an open device",
    "~users(g)": "is for a group without open devices (-EBUSY)",
    "exists d: Device. group_of(d) == g": "is for a group with a device",
    "pinned(f)": "is for a pinned frame",
    "~pinned(f)": "is for a frame that is not pinned",
    "s2(x, unmapping)": "is for a domain whose stage 2 maps the frame",
    "pinned(unmapping)": "happens before the frame is unpinned",
    "~pinned(unmapping)": "waits until the frame is unpinned",
    "forall x: Domain. ~s2(x, unmapping)": "waits until no stage 2 maps the frame",
    "~s2(domain_of(group_of(d)), unmapping)": "waits until the domain's stage 2 no longer maps the frame",
}
"""Conditions of the model in a kernel reader's words."""

IN_ORDER = "forall e: Device. todo(e) -> ~(dom_newer("
"""How the condition begins that a device is the first of those to be visited."""

UPDATES = {
    ("iotlb_flush", "iotlb"): "empties the unit's IOTLB for the iova and the domain",
    ("iotlb_flush_only", "iotlb"): "empties the unit's IOTLB for the iova and the domain",
    ("stage2_iotlb_flush", "iotlb"): "empties the unit's IOTLB for the frame and the domain",
    ("atc_flush", "atc"): "empties the device's ATC for the iova",
    ("atc_answer_lost", "atc"): "empties the device's ATC for the iova",
    ("stage2_atc_flush", "atc"): "empties the device's ATC for the frame",
    ("unset_container", "iotlb"): "empties IOTLBs of a domain that no device uses any more",
    ("unset_container", "atc"): "empties the ATCs of the group",
    ("call_lock", "lock"): "takes iommu->lock",
    ("call_lock", "todo"): "owes every listed device a visit",
    ("call_unlock", "lock"): "drops iommu->lock",
    ("unmap_dma", "lock"): "takes iommu->lock",
    ("unmap_dma", "todo"): "owes every listed device a visit",
    ("unmap_returns", "lock"): "drops iommu->lock",
    ("set_container", "newer"): "puts the group first on group_list",
    ("set_container", "dom_newer"): "puts a new domain first on domain_list",
    ("unset_container", "newer"): "takes the group off group_list",
    ("unset_container", "dom_newer"): "takes an empty domain off domain_list",
}
"""What an action does to a variable, in a kernel reader's words."""

VARIABLES = {
    "ret": "what the call will return",
    "stage": "the next stage",
    "todo": "who is still to be visited",
    "call": "where the call stands",
    "mode": "the backend",
    "attached": "which groups are attached",
    "users": "which groups have an open device",
    "blocked": "who is cut off from DMA",
    "pinned": "which frames are pinned",
    "s2": "what stage 2 maps",
    "unmapping": "which frame is being unmapped",
    "acked": "who has answered (bookkeeping)",
    "touched": "for whom something was flushed (bookkeeping)",
    "listed": "who is owed a visit (bookkeeping)",
    "found": "the kind of container (bookkeeping)",
}
"""What a variable is about, for "sets ..."."""


def fact_words(fact: Fact) -> str:
    """`waits for iommu->lock (guard: lock == FREE)`."""
    if fact.kind is Kind.GUARD:
        if fact.text.startswith(IN_ORDER):
            return "takes the devices in the order of the lists (guard)"
        words = GUARDS.get(fact.text)
        return f"{words} (guard: {fact.text})" if words else f"guard: {fact.text}"
    words = UPDATES.get((fact.action, fact.text)) or f"sets {VARIABLES.get(fact.text, fact.text)}"
    return f"{words} (update of {fact.text})"


Section = tuple[str, list[str]]
"""A title, and what stands below it, one text for each row of a list."""


def why_text(found: Why | Stopped, form: str = "text") -> str:
    """The section below a proof, in the form of the answer above it: text, mail or Markdown."""
    sections = list(why_sections(found))
    if form == "markdown":
        rows = [row for title, texts in sections for row in (*_heading(title), *(f"- {cell(t)}" for t in texts))]
        return "\n".join(["", "### Why it holds", *rows]) + "\n"
    if form == "mail":
        rows = [row for title, texts in sections for row in _section(title, texts, wrap)]
        return ascii_only("\n".join(["", *rows]) + "\n")
    return "\n".join(row for title, texts in sections for row in _section(title, texts, paragraph)) + "\n"


def _heading(title: str) -> tuple[str, ...]:
    return ("", title, "") if title else ("",)


def _section(title: str, texts: Iterable[str], packed: Callable[[str, str, str], list[str]]) -> Iterator[str]:
    yield from packed(title, "", "  ") if title else ()
    for text in texts:
        yield from packed(text, "  ", "    ")


def why_sections(found: Why | Stopped) -> Iterator[Section]:
    """What is needed, what is only leaned on, and what is not needed, each under its title."""
    if isinstance(found, Stopped):
        yield "", [f"why it holds: not known, {found.reason}"]
        return
    yield from _brief(found) if found.brief else _looked_at(found)
    facts = found.facts
    judged = plenty(facts.proof.obligations, "obligation")
    yield (
        f"does not need (proved again without all of it, {judged} by a fresh solver):",
        [*_assumptions(found.unneeded), *_grouped((f, "") for f in facts.unneeded)],
    )


def _brief(found: Why) -> Iterator[Section]:
    """What the lemmas at hand lean on."""
    certain = [*_assumptions(x for x in found.needed if x.standing is Standing.REFUTED)]
    if certain:
        yield "needs (the number of steps of a run that goes wrong without it):", certain
    used = [*_assumptions(x for x in found.needed if x.standing is Standing.USED)]
    yield (
        "its lemmas lean on (with any one of these removed they are not confirmed):",
        [*used, *_needed(found.facts.needed)],
    )


def _looked_at(found: Why) -> Iterator[Section]:
    """What is needed, and how that is known."""
    facts = found.facts
    own = [n for n in facts.needed if not n.stuck]
    yield (
        "needs (the number of steps of a run that goes wrong without it):",
        [*_assumptions(x for x in found.needed if x.standing is Standing.REFUTED),
         *_needed(n for n in own if n.standing is Standing.REFUTED)],
    )  # fmt: skip
    more = (
        (
            "leans on as well (without it no run went wrong, and no proof was found):",
            [*_assumptions(x for x in found.needed if x.standing is Standing.USED),
             *_needed(n for n in own if n.standing is Standing.USED)],
        ),
        ("not looked at, for want of time:", [*_needed(n for n in own if n.standing is Standing.UNTRIED)]),
        (
            "needs only so that no call gets stuck:",
            [*_needed(n for n in facts.needed if n.stuck and n.standing is Standing.REFUTED)],
        ),
        (
            "leans on as well, only so that no call gets stuck (no run got stuck without it, and no proof was tried):",
            [*_needed(n for n in facts.needed if n.stuck and n.standing is not Standing.REFUTED)],
        ),
    )  # fmt: skip
    yield from ((title, texts) for title, texts in more if texts)


def _assumptions(known: Iterable[Leaning]) -> Iterator[str]:
    for x in known:
        end = f": {plenty(x.steps, 'step')}" if x.standing is Standing.REFUTED else ""
        end = "; without it there are only fewer runs" if x.fewer else end
        yield f"assumption {x.assumption.name} ({x.assumption.text}){end}"


def _needed(needed: Iterable[Needed]) -> Iterator[str]:
    return _grouped((n.fact, f": {n.steps}" if n.standing is Standing.REFUTED else "") for n in needed)


def _grouped(facts: Iterable[tuple[Fact, str]]) -> Iterator[str]:
    """One text an action."""
    groups: dict[str, list[str]] = {}
    for fact, end in facts:
        groups.setdefault(fact.action, []).append(fact_words(fact) + end)
    yield from (f"{action} {'; '.join(words)}" for action, words in groups.items())


def why_record(found: Why | Stopped) -> dict[str, Any]:
    """The same as data, under the key `why` of a check."""
    if isinstance(found, Stopped):
        return {"reason": found.reason}
    needs = [*map(_leaning, found.needed), *map(_need, found.facts.needed)]
    not_needed = [*map(_leaning, found.unneeded), *map(_fact, found.facts.unneeded)]
    return {
        "needs": needs,
        "does_not_need": not_needed,
        "lemmas": len(found.facts.proof.lemmas),
        "obligations": found.facts.proof.obligations,
        "complete": found.facts.complete,
    }


def _leaning(x: Leaning) -> dict[str, Any]:
    base = {"kind": "assumption", "name": x.assumption.name, "words": x.assumption.text}
    if x.standing is Standing.UNTRIED:
        return base | {"fewer_runs": x.fewer}
    return base | {"without": x.standing.value, "steps": x.steps or None, "claim": x.claim or None}


def _fact(fact: Fact) -> dict[str, Any]:
    return {"kind": fact.kind.value, "action": fact.action, "text": fact.text, "words": fact_words(fact)}


def _need(need: Needed) -> dict[str, Any]:
    more = {"without": need.standing.value, "steps": need.steps or None, "claim": need.claim or None}
    return _fact(need.fact) | more | {"only_so_that_no_call_gets_stuck": need.stuck}

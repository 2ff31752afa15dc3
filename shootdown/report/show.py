"""A design's model as text: who acts, what there is, what can happen, what is assumed, what is expected."""

from collections.abc import Iterator, Mapping, Sequence

from shootdown.ir import Action, System, Variable
from shootdown.ir.pretty import pretty, pretty_update
from shootdown.model.design import Design, Expect
from shootdown.report.citations import LEGEND
from shootdown.report.words import listed, paragraph


def model_rows(
    design: Design, contract: str, policy: str, system: System, optional: Mapping[str, System]
) -> Iterator[str]:
    """Everything but the topologies. `optional` holds larger systems, by the property that needs them."""
    yield f"{design.name}: {design.summary}"
    yield from paragraph(f"source: {design.source}")
    yield f"  contract {contract}{' (no kernel)' if contract == 'ideal' else ''}, policy {policy}"
    yield from _section("actors", _actors(system.actions))
    yield from _section("values", _values(system))
    yield from _section("variables", _variables(system.variables))
    yield from _section("derived terms", paragraph(", ".join(sorted(system.lets))))
    yield from _section("actions", _actions(system.actions))
    yield from _section("faults and other counted events", _faults(system.actions))
    for name, larger in optional.items():
        yield from _section(f"besides, for {name}", _more(system, larger))
    known = {a.name: a for s in (system, *optional.values()) for a in s.assumptions}
    rows = [r for n in sorted(known) for r in paragraph(f"{n}: {known[n].text} [{known[n].source}]")]
    yield from _section("assumptions (removed by --without NAME)", rows)
    yield from _section("expectations, stated before the first run", _expectations(design.expects))
    yield from _section("sources", paragraph(LEGEND, later="  "))


def _section(title: str, rows: Sequence[str] | Iterator[str]) -> Iterator[str]:
    body = list(rows)
    if body:
        yield ""
        yield title
        yield from body


def actor_word(action: Action) -> str:
    """Who acts, where an action's actor is a formula over its parameters."""
    return action.actor.replace("{", "").replace("}", "")


def _actors(actions: Sequence[Action]) -> Iterator[str]:
    own: dict[str, list[str]] = {}
    for action in actions:
        own.setdefault(actor_word(action), []).append(action.name)
    for actor, names in own.items():
        yield from paragraph(f"{actor}: {', '.join(names)}")


def _values(system: System) -> Iterator[str]:
    for sort in system.index_sorts:
        yield from paragraph(f"{sort.name}: {', '.join(sort.names)}, ...")
    for enum in system.enum_sorts.values():
        yield from paragraph(f"{enum.name}: {', '.join(enum.values)}")


def _variables(variables: Sequence[Variable]) -> Iterator[str]:
    for immutable in (True, False):
        for variable in variables:
            if variable.immutable is immutable:
                mark = " (never changes)" if immutable else ""
                yield from paragraph(f"{variable}{mark}  {variable.doc}")


def _actions(actions: Sequence[Action]) -> Iterator[str]:
    for action in actions:
        yield f"  {action}  {actor_word(action)}"
        for text in (action.doc, action.code, f"requires {pretty(action.guard)}"):
            yield from paragraph(text, "    ", "      ")
        for update in action.updates:
            yield from paragraph(pretty_update(update), "    ", "      ")


def _faults(actions: Sequence[Action]) -> Iterator[str]:
    for action in actions:
        if action.fault or action.tally:
            kind = "a fault" if action.fault else "follows from topology or request"
            count = f", counted as {action.tally}" if action.tally else ", not counted"
            seen = f"; seen: {action.seen or 'never'}" if action.fault else ""
            yield from paragraph(f"{action.name}: {kind}{count}{seen}")


def _more(system: System, larger: System) -> Iterator[str]:
    """What an optional part of the model adds."""
    yield from _variables([v for v in larger.variables if v.name not in system.by_name])
    yield from _actions([a for a in larger.actions if a.name not in system.action])
    yield from _faults([a for a in larger.actions if a.name not in system.action])


def _expectations(expects: Sequence[Expect]) -> Iterator[str]:
    for expect in expects:
        narrowed = [expect.policy, expect.topology]
        if expect.faults is not None:
            narrowed.append(f"at most {expect.faults} of {', '.join(expect.only) or 'any kind'}")
        label = ", ".join([expect.property, *(n for n in narrowed if n)])
        by_outcome: dict[str, list[str]] = {}
        for contract in expect.outcomes:
            by_outcome.setdefault(expect.statement(contract), []).append(contract)
        outcomes = "; ".join(f"{outcome} under {listed(names)}" for outcome, names in by_outcome.items())
        yield from paragraph(f"{label}: {outcomes}")
        yield from paragraph(expect.why, "      ", "      ")

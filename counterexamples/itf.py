"""Traces as files: the Informal Trace Format (Apalache's ADR-015) with the action names that Quint adds.

A file is data only. Reading checks every shape by hand and runs nothing; the same trace always gives the
same bytes. Booleans are JSON booleans, C integers `{"#bigint": "5"}`, elements and values of enumerations
strings, tables `{"#map": [[key, value], ...]}` with `{"#tup": [...]}` as key of several arguments. The last state of a
lasso is the one at index `loop` once more, so that the step that closes the loop has its place.
"""

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shootdown import __version__
from shootdown.counterexamples.shape import Json, as_list, as_object, as_text, decode, no_more_than
from shootdown.ir.errors import TraceError
from shootdown.ir.expr import Binder
from shootdown.ir.interp import domain
from shootdown.ir.lasso import LassoCandidate
from shootdown.ir.sorts import BoolSort, CInt, Sort
from shootdown.ir.system import Action, System, scalar_text
from shootdown.ir.trace import Candidate, ConcreteState, Step, Table, Trace

FORMAT = "https://apalache-mc.org/docs/adr/015adr-trace.html"
ACTION = "mbt::actionTaken"
PICKS = "mbt::nondetPicks"
_START = "init"
_WORDS = ("claim", "contract", "design", "model-hash", "policy", "property", "tool", "topology", "where")
_KEYS = ("#meta", "loop", "params", "states", "vars")
_META = (*_WORDS, "elements", "format", "format-description", "sizes", "without")
_MOST_ELEMENTS = 64
_MOST_CELLS = 100_000


@dataclass(frozen=True, slots=True)
class Header:
    """What a trace file says about the check that wrote it. `model_hash` identifies the model's version.

    `elements` are those for which a response fails, by name.
    """

    design: str
    property: str
    contract: str
    policy: str
    topology: str
    sizes: Mapping[str, int]
    claim: str
    model_hash: str
    without: tuple[str, ...] = ()
    where: str = ""
    elements: tuple[str, ...] = ()
    tool: str = f"shootdown {__version__}"


@dataclass(frozen=True, slots=True)
class Document:
    """A trace file whose outer shape is right; names and values are not yet compared with a model.

    `actions[k]` and `picks[k]` led to `states[k]`; the first are "init" and nothing. `loop`: the state that comes back.
    """

    header: Header
    names: tuple[str, ...]
    states: tuple[Mapping[str, Json], ...]
    actions: tuple[str, ...]
    picks: tuple[Mapping[str, Json], ...]
    loop: int | None = None


def dump(header: Header, system: System, trace: Trace, loop: int | None = None) -> str:
    """The trace file: one line per variable and state, sorted, with a newline at the end.

    `loop`: the trace is a lasso, and what follows this state is repeated for ever.
    """
    params = sorted(v.name for v in system.variables if v.immutable)
    names = sorted([ACTION, PICKS, *(v.name for v in system.variables if not v.immutable)])
    states = ",\n".join(_state_lines(system, trace, k) for k in range(len(trace.states)))
    meta = ",\n".join(f"  {_json(k)}: {_json(v)}" for k, v in sorted(_meta(header, loop).items()))
    back = "" if loop is None else f' "loop": {loop},\n'
    return (
        f'{{\n "#meta": {{\n{meta}\n }},\n "params": {_json([*params])},\n "vars": {_json([*names])},\n'
        f'{back} "states": [\n{states}\n ]\n}}\n'
    )


def load(text: str) -> Document:
    """The file's contents; a TraceError says in one sentence what is malformed.

    What nothing reads is refused: a reader would take it for confirmed.
    """
    top = as_object(decode(text), "the file")
    no_more_than(_KEYS, top, "the file")
    meta = as_object(top.get("#meta"), '"#meta"')
    no_more_than(_META, meta, '"#meta"')
    names = [as_text(n, f"{key!r}") for key in ("params", "vars") for n in as_list(top.get(key), f"{key!r}")]
    states, actions, picks = [], [], []
    for index, raw in enumerate(as_list(top.get("states"), "'states'")):
        state = dict(as_object(raw, f"state {index}"))
        own = as_object(state.pop("#meta", None), f'"#meta" of state {index}')
        if _json(own.get("index")) != str(index):
            raise TraceError(f"state {index} does not carry the index {index}: a state is missing or out of order")
        no_more_than(("index",), own, f'"#meta" of state {index}')
        actions.append(as_text(state.pop(ACTION, None), f"`{ACTION}` of state {index}"))
        picks.append(as_object(state.pop(PICKS, None), f"`{PICKS}` of state {index}"))
        states.append(state)
    if not states:
        raise TraceError("the trace has no states")
    header, loop = _header(meta), _loop(top, len(states))
    if header.elements and loop is None:
        raise TraceError("the file has `elements` and no `loop`: only a response fails for elements")
    variables = tuple(n for n in names if n not in {ACTION, PICKS})
    return Document(header, variables, tuple(states), tuple(actions), tuple(picks), loop)


def _loop(top: Mapping[str, Json], states: int) -> int | None:
    """The index of the state that comes back, if the file is about a lasso."""
    raw = top.get("loop")
    if raw is not None and (isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw < states):
        raise TraceError(f"`loop` must be the index of a state, from 0 to {states - 1}")
    return raw


def lasso(document: Document, system: System, params: Sequence[Binder]) -> LassoCandidate:
    """The lasso that a file claims, against a response with these parameters; nothing is believed yet."""
    run, _ = candidate(document, system)
    if document.loop is None:
        raise TraceError("the file has no `loop`: a claim that something happens is not refuted by a finite trace")
    if len(document.header.elements) != len(params):
        raise TraceError(f"the claim is about {len(params)} elements, not {len(document.header.elements)}")
    elements = []
    for binder, name in zip(params, document.header.elements, strict=True):
        values = [v for v in domain(binder.sort, run.sizes) if scalar_text(binder.sort, v) == name]
        if not values:
            raise TraceError(f"{name[:40]!r} is no {binder.sort} at these sizes")
        elements += values
    return LassoCandidate(run.sizes, run.start, run.steps[: document.loop], run.steps[document.loop :], tuple(elements))


def candidate(document: Document, system: System) -> tuple[Candidate, tuple[ConcreteState, ...]]:
    """The run that a file claims, and the states that it recorded; nothing is believed yet."""
    sizes = _sizes(document.header.sizes, system)
    if sorted(document.names) != sorted(system.by_name):
        odd = min(set(document.names) ^ set(system.by_name), default="a name that occurs twice")
        raise TraceError(f"the file and {system.name} do not have the same state variables: {odd}")
    states = tuple(_state(s, k, system, sizes) for k, s in enumerate(document.states))
    if document.actions[0] != _START:
        raise TraceError(f"state 0 must be reached by `{_START}`, not by `{document.actions[0]}`: the start is missing")
    if _json(dict(document.picks[0])) != _json(_picks(system, None, ())):
        raise TraceError(f"state 0: the picks are not those of `{_START}`, which has none")
    steps = tuple(_step(document, k, system, sizes) for k in range(1, len(states)))
    return Candidate(sizes, states[0], steps), states


def _json(value: Json) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True)


def _meta(header: Header, loop: int | None) -> dict[str, Json]:
    more: dict[str, Json] = {} if loop is None else {"elements": list(header.elements)}
    return more | {
        "format": "ITF",
        "format-description": FORMAT,
        "claim": header.claim,
        "contract": header.contract,
        "design": header.design,
        "model-hash": header.model_hash,
        "policy": header.policy,
        "property": header.property,
        "sizes": dict(header.sizes),
        "tool": header.tool,
        "topology": header.topology,
        "where": header.where,
        "without": list(header.without),
    }


def _header(meta: Mapping[str, Json]) -> Header:
    if meta.get("format") != "ITF":
        raise TraceError('"#meta" does not say that the format is ITF')
    words = {w.replace("-", "_"): as_text(meta.get(w), f"`{w}` in #meta") for w in _WORDS}
    without = tuple(as_text(w, "`without` in #meta") for w in as_list(meta.get("without"), "`without` in #meta"))
    listed = as_list(meta.get("elements", []), "`elements` in #meta")
    elements = tuple(as_text(w, "`elements` in #meta") for w in listed)
    sizes: dict[str, int] = {}
    for name, size in as_object(meta.get("sizes"), "`sizes` in #meta").items():
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= _MOST_ELEMENTS:
            raise TraceError(f"the size of {name} must be a number from 1 to {_MOST_ELEMENTS}")
        sizes[name] = size
    return Header(sizes=sizes, without=without, elements=elements, **words)


def _sizes(recorded: Mapping[str, int], system: System) -> dict[str, int]:
    known = sorted(s.name for s in system.index_sorts)
    if sorted(recorded) != known:
        given = ", ".join(sorted(recorded))
        raise TraceError(f"the file gives sizes for {given or 'nothing'}; {system.name} has {', '.join(known)}")
    cells = sum(math.prod(len(domain(s, recorded)) for s in v.args) for v in system.variables)
    if cells > _MOST_CELLS:
        name = system.name
        raise TraceError(f"a state of {name} has {cells} values at these sizes; at most {_MOST_CELLS} are read")
    return dict(recorded)


def _state_lines(system: System, trace: Trace, index: int) -> str:
    action = system.action[trace.steps[index - 1].action] if index else None
    fields: dict[str, Json] = {v.name: _table(v.args, v.sort, trace.states[index][v.name]) for v in system.variables}
    fields["#meta"] = {"index": index}
    fields[ACTION] = action.name if action else _START
    fields[PICKS] = _picks(system, action, trace.steps[index - 1].args if index else ())
    return "  {" + ",\n   ".join(f"{_json(k)}: {_json(fields[k])}" for k in sorted(fields)) + "}"


def _picks(system: System, action: Action | None, args: tuple[int, ...]) -> dict[str, Json]:
    """As Quint: every parameter that any action has, as `Some` for those of this step."""
    picks: dict[str, Json] = {p.name: {"tag": "None", "value": {"#tup": []}} for a in system.actions for p in a.params}
    for binder, value in zip(action.params if action else (), args, strict=True):
        picks[binder.name] = {"tag": "Some", "value": _scalar(binder.sort, value)}
    return picks


def _scalar(sort: Sort, value: int) -> Json:
    if isinstance(sort, BoolSort):
        return bool(value)
    return {"#bigint": str(value)} if isinstance(sort, CInt) else scalar_text(sort, value)


def _table(args: tuple[Sort, ...], sort: Sort, table: Table) -> Json:
    if not args:
        return _scalar(sort, table[()])
    return {"#map": [[_key(args, point), _scalar(sort, table[point])] for point in sorted(table)]}


def _key(args: tuple[Sort, ...], point: tuple[int, ...]) -> Json:
    parts = [_scalar(s, v) for s, v in zip(args, point, strict=True)]
    return parts[0] if len(parts) == 1 else {"#tup": parts}


def _state(raw: Mapping[str, Json], index: int, system: System, sizes: Mapping[str, int]) -> ConcreteState:
    if sorted(raw) != sorted(system.by_name):
        odd = min(set(raw) ^ set(system.by_name))
        what = "lacks the variable" if odd in system.by_name else "has an unknown variable"
        raise TraceError(f"state {index} {what} `{odd}`")
    return {
        v.name: dict(_read_table(v.args, v.sort, raw[v.name], sizes, f"`{v.name}` in state {index}"))
        for v in system.variables
    }


def _read_table(
    args: tuple[Sort, ...], sort: Sort, raw: Json, sizes: Mapping[str, int], what: str
) -> Iterator[tuple[tuple[int, ...], int]]:
    """The entries of a table; every point must be listed once, in the order in which `dump` writes them."""
    if not args:
        yield (), _read_scalar(sort, raw, sizes, what)
        return
    points = list(itertools.product(*(domain(s, sizes) for s in args)))
    rows = as_list(as_object(raw, what).get("#map"), f"the map of {what}")
    if len(rows) != len(points):
        raise TraceError(f"{what} has {len(rows)} entries; it needs {len(points)}")
    for point, row in zip(points, rows, strict=True):
        pair = as_list(row, f"an entry of {what}")
        if len(pair) != 2 or _json(pair[0]) != _json(_key(args, point)):  # noqa: PLR2004 # key and value
            raise TraceError(f"{what} needs a key and a value for {_json(_key(args, point))}, not {_json(row)[:80]}")
        yield point, _read_scalar(sort, pair[1], sizes, what)


def _read_scalar(sort: Sort, raw: Json, sizes: Mapping[str, int], what: str) -> int:
    if isinstance(sort, CInt):
        digits = as_text(as_object(raw, what).get("#bigint"), f"the integer of {what}")
        short = len(digits) <= sort.bits and digits.removeprefix("-").isascii() and digits.removeprefix("-").isdigit()
        if not short or sort.wrap(int(digits)) != int(digits):
            raise TraceError(f"{what}: {digits[:40]!r} is no {sort}")
        return int(digits)
    for value in domain(sort, sizes):
        known = _scalar(sort, value)
        if type(known) is type(raw) and known == raw:
            return value
    raise TraceError(f"{what}: {_json(raw)[:80]} is no {sort} at these sizes")


def _step(document: Document, index: int, system: System, sizes: Mapping[str, int]) -> Step:
    action = system.action.get(document.actions[index])
    if action is None:
        raise TraceError(f"step {index}: {system.name} has no action `{document.actions[index][:80]}`")
    picks = document.picks[index]
    args = []
    for binder in action.params:
        what = f"step {index}: `{binder.name}` of `{action.name}`"
        pick = as_object(picks.get(binder.name), what)
        if pick.get("tag") != "Some":
            raise TraceError(f"{what} is not given")
        args.append(_read_scalar(binder.sort, pick.get("value"), sizes, what))
    if _json(dict(picks)) != _json(_picks(system, action, tuple(args))):
        raise TraceError(f"step {index}: the picks are not those of `{action.name}`")
    return Step(action.name, tuple(args))

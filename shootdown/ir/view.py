"""Words for steps, actors and failures: templates and functions over a concrete state.

A template is text with formulas in braces, `a: refused, -{ret}`; each formula ranges over the
parameters and the state before the step, `{after: ret}` over the state after it. Values appear as
readers know them: names of elements and of enumeration values. `{{` and `}}` are plain braces.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shootdown.ir.errors import ModelError, UsageError
from shootdown.ir.expr import Binder, Expr, fresh
from shootdown.ir.interp import Sizes, domain, evaluate
from shootdown.ir.parse import parse_term
from shootdown.ir.sorts import BoolSort, EnumSort, IndexSort, Sort
from shootdown.ir.system import Action, Says, System, scalar_text
from shootdown.ir.trace import ConcreteState

_BRACES = re.compile(r"(\{\{|\}\}|\{[^{}]*\}|[{}])")
_AFTER = re.compile(r"\s*after:(.*)", re.DOTALL)
_ERRNO = "Errno"


@dataclass(frozen=True, slots=True)
class Hole:
    """A formula in a template; `after` means that it is read in the state after the step."""

    expr: Expr
    after: bool


Pieces = tuple[str | Hole, ...]
"""A parsed template: plain text and holes in turn."""


def say(
    system: System,
    says: Says,
    over: Action | tuple[Binder, ...],
    args: tuple[int, ...],
    state: ConcreteState,
    sizes: Sizes,
    after: ConcreteState | None = None,
) -> str:
    """The text of a step or of a claim's failure, on one line.

    `over` are the parameters (or the action that has them) whose values `args` gives; `state` is the
    state before the step or the one that a claim speaks about. A template that does not parse is a ModelError.
    """
    binders = over.params if isinstance(over, Action) else over
    view = View(system, state, after, sizes, binders, args)
    where = over.where if isinstance(over, Action) else ""
    try:
        text = view.fill(says) if isinstance(says, str) else says(view)
    except UsageError as error:
        raise ModelError(f"the text of a step cannot be shown: {error}", where) from error
    return " ".join(text.split())


def shown(sort: Sort, value: int) -> str:
    """A value as readers know it; an enumeration called `Errno` appears as the kernel returns it (0, -EINVAL)."""
    if isinstance(sort, EnumSort) and sort.name == _ERRNO:
        name = sort.values[value]
        return "0" if name == "OK" else f"-{name}"
    return scalar_text(sort, value)


def parse_template(text: str, system: System, binders: tuple[Binder, ...]) -> Pieces:
    """The template's text and formulas; a UsageError says what is wrong with one of them."""
    pieces: list[str | Hole] = []
    for part in _BRACES.split(text):
        if part in {"{{", "}}"}:
            pieces.append(part[0])
        elif part in {"{", "}"}:
            raise UsageError(f"a brace is left open in the text `{text}`; write {{{{ or }}}} for a plain brace")
        elif part.startswith("{"):
            source, after = _when(part[1:-1])
            pieces.append(Hole(parse_term(source, system, _scope(binders)), after))
        elif part:
            pieces.append(part)
    return tuple(pieces)


class View:
    """What a text function may ask about a step: its parameters by name, formulas, and sets of elements.

    `view.d` is the name of the element that parameter `d` stands for. A formula that begins with
    `after:` is read in the state after the step.
    """

    def __init__(
        self,
        system: System,
        state: ConcreteState,
        after: ConcreteState | None,
        sizes: Sizes,
        binders: tuple[Binder, ...],
        args: tuple[int, ...],
    ) -> None:
        self._system = system
        self._state = state
        self._after = after
        self._sizes = sizes
        self._binders = binders
        self._env = {b.key: v for b, v in zip(binders, args, strict=True)}

    def __getattr__(self, name: str) -> str:
        for binder in vars(self).get("_binders", ()):
            if binder.name == name:
                return shown(binder.sort, self._env[binder.key])
        raise AttributeError(f"the step has no parameter `{name}`")

    @property
    def system(self) -> System:
        """The system whose formulas are understood here."""
        return self._system

    def elsewhere(self, system: System, state: Callable[[ConcreteState], ConcreteState]) -> "View":
        """The same moment as a step of another system, whose states `state` reads off the states here."""
        after = None if self._after is None else state(self._after)
        args = tuple(self._env[b.key] for b in self._binders)
        return View(system, state(self._state), after, self._sizes, self._binders, args)

    def get(self, formula: str) -> str:
        """The value of a formula or term, as readers know it."""
        return self._show(self._term(formula, self._binders), {})

    def true(self, formula: str) -> bool:
        """Whether a formula holds."""
        hole = self._term(formula, self._binders)
        if not isinstance(hole.expr.sort, BoolSort):
            raise UsageError(f"`{formula}` is of sort {hole.expr.sort}, but Bool is needed here")
        return bool(self._value(hole, {}))

    def elements(self, sort_name: str, formula: str, name: str) -> list[str]:
        """Names of the elements for which `formula` holds where `name` stands for them, in order."""
        found = [s for s in self._system.index_sorts if s.name == sort_name]
        if not found:
            known = ", ".join(s.name for s in self._system.index_sorts)
            raise UsageError(f"no index sort is called `{sort_name}`; there are: {known}")
        binder = _free(self._system, name, found[0])
        hole = self._term(formula, (*(b for b in self._binders if b.name != name), binder))
        values = domain(found[0], self._sizes)
        return [shown(found[0], v) for v in values if self._value(hole, {binder.key: v})]

    def fill(self, template: str) -> str:
        """A template with its formulas replaced by their values."""
        memory = _memory(self._system)
        key = ("template", template, self._binders)
        if key not in memory:
            memory[key] = parse_template(template, self._system, self._binders)
        return "".join(p if isinstance(p, str) else self._show(p, {}) for p in memory[key])

    def _term(self, text: str, binders: tuple[Binder, ...]) -> Hole:
        memory = _memory(self._system)
        key = ("term", text, binders)
        if key not in memory:
            source, after = _when(text)
            memory[key] = (Hole(parse_term(source, self._system, _scope(binders)), after),)
        hole = memory[key][0]
        assert isinstance(hole, Hole)
        return hole

    def _value(self, hole: Hole, more: Mapping[int, int]) -> int:
        state = self._after if hole.after else self._state
        if state is None:
            raise UsageError("`after:` speaks about the state after a step, but there is no step here")
        return evaluate(hole.expr, state, self._sizes, {**self._env, **more})

    def _show(self, hole: Hole, more: Mapping[int, int]) -> str:
        return shown(hole.expr.sort, self._value(hole, more))


def _scope(binders: tuple[Binder, ...]) -> dict[str, Binder]:
    return {b.name: b for b in binders}


def _when(text: str) -> tuple[str, bool]:
    match = _AFTER.fullmatch(text)
    return (match.group(1), True) if match else (text, False)


def _memory(system: System) -> dict[tuple[object, ...], Pieces]:
    """Parsed texts of a system; kept beside the system itself, so that they go when it goes."""
    kept: dict[tuple[object, ...], Pieces] = vars(system).setdefault("_parsed_texts", {})
    return kept


def _free(system: System, name: str, sort: IndexSort) -> Binder:
    """One binder per name and sort and system, so that the texts that use it are parsed once."""
    memory = vars(system).setdefault("_free_names", {})
    if (name, sort) not in memory:
        memory[name, sort] = fresh(name, sort)[0]
    binder: Binder = memory[name, sort]
    return binder

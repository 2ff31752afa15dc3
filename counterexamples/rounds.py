"""A lasso as text: the stem as any trace, then the loop, then why the run is fair, and what never happens in it."""

from collections.abc import Iterator, Sequence

from shootdown.counterexamples.render import Line, closing_rows, lines, step_rows, wrapped
from shootdown.ir.system import System
from shootdown.ir.temporal import Response
from shootdown.ir.trace import Trace
from shootdown.ir.view import say
from shootdown.search.refute import step_text
from shootdown.search.verdict import RefutedLasso, Treated, Turn

_LOOP = "  loop, for ever:"
_STILL = "  for ever: nothing happens any more"
_WORDS = {
    Turn.TAKEN: ("has its turn in each round", "have their turns in each round"),
    Turn.DISABLED: ("is not enabled all the time", "are not enabled all the time"),
    Turn.NEVER: ("is never enabled", "are never enabled"),
}


def lasso_text(
    system: System,
    response: Response,
    found: RefutedLasso,
    *,
    title: Sequence[str],
    topology_lines: Sequence[str],
    closing: Sequence[str],
) -> str:
    """The whole text with a newline at the end, at most 100 columns wide."""
    head = [*(row for t in title for row in wrapped(t, "", "  "))]
    head += [row for t in topology_lines for row in wrapped(t, "  ", "    ")]
    ends = closing_rows([missing(system, response, found), *closing])
    rows = [*head, "", *loop_rows(system, found), "", *wrapped(fair_text(system, found), "  ", "    ")]
    return "\n".join([*rows, *ends]) + "\n"


def loop_rows(system: System, found: RefutedLasso) -> list[str]:
    """The steps of the stem, and those of the loop below a line of their own; numbers go on."""
    stem, loop = parts(system, found)
    rows = [*step_rows(stem, loop), ""] if stem else []
    return [*rows, _LOOP, *step_rows(loop, stem)] if loop else [*rows, _STILL]


def parts(system: System, found: RefutedLasso) -> tuple[list[Line], list[Line]]:
    """The lines of the stem and of one round."""
    run, back = found.lasso.trace, found.lasso.back
    stem = Trace(run.sizes, run.states[: back + 1], run.steps[:back])
    return lines(system, stem), lines(system, Trace(run.sizes, run.states[back:], run.steps[back:]), back)


def missing(system: System, response: Response, found: RefutedLasso) -> str:
    """What never happens, in the claim's own words; the state is the one that comes back."""
    if not response.says:
        return f"{response.name} does not hold"
    lasso = found.lasso
    return say(system, response.says, response.params, found.elements, lasso.states[lasso.back], lasso.sizes)


def fair_text(system: System, found: RefutedLasso) -> str:
    """`fair: ...`: who has its turn in the loop, who is not enabled all the time, who never is."""
    told = []
    for turn, (one, many) in _WORDS.items():
        names = list(_instances(system, found.fair, turn))
        if names:
            told.append(f"{_listed(names)} {one if len(names) == 1 else many}")
    return f"fair: {'; '.join(told)}" if told else "fair: nobody has to do anything"


def _instances(system: System, fair: Sequence[Treated], turn: Turn) -> Iterator[str]:
    """Instances by name; where all of an action are alike, the action alone."""
    names = dict.fromkeys(t.step.action for t in fair)
    for name in names:
        own = [t for t in fair if t.step.action == name]
        alike = [t for t in own if t.turn is turn]
        if len(alike) == len(own) > 1:
            yield name
        else:
            yield from dict.fromkeys(step_text(system.action[name], t.step.args) for t in alike)


def _listed(names: Sequence[str]) -> str:
    return " and ".join([*([", ".join(names[:-1])] if names[:-1] else []), names[-1]])

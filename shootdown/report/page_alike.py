"""Runs that look alike as data for the page: why a report is not useful, in as many columns as there are runs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from shootdown.ir.trace import Trace
from shootdown.report.knowledge import endings, shared_text
from shootdown.report.page_state import told_in
from shootdown.report.page_trace import run_data
from shootdown.report.sufficient import spelt
from shootdown.report.words import sizes_text
from shootdown.review.answer import Answer
from shootdown.review.weakest import RUNS, NotEnough, Subject, reply
from shootdown.search.alike import Alike, Sight, Sufficiency
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted

Data = dict[str, Any]


def with_runs(data: Data, answer: Answer, limits: Limits | None = None) -> Data:
    """A cell with the key `alike` where a stated reading of a report is refuted: no other reading helps, either.

    The runs are those of `shootdown sufficient --useful` with the design's own output fields. Without them, as where
    the search for them does not end, the cell stays as it is.
    """
    asked = answer.request
    if asked.property.name != RUNS.name or not isinstance(answer.verdict, Refuted):
        return data
    subject = Subject(replace(asked, property=RUNS))
    fields = frozenset(asked.design.report)
    found = reply(subject, Sufficiency.USEFUL, limits or Limits(), fields)
    if not isinstance(found, NotEnough):
        return data
    words = spelt(fields).replace("+", ", ")
    command = f"shootdown sufficient {asked.design.name} --contract {asked.contract} --useful --fields {spelt(fields)}"
    told = alike_data(subject, found.alike) | {
        "title": f"No other reading of {words} helps: runs that look alike, at {sizes_text(found.place.sizes)}",
        "command": command.replace("+", ","),
    }
    return data | {"alike": told}


def alike_data(subject: Subject, alike: Alike) -> Data:
    """The runs, what all of them show, and who was done in each; `order`: how far each is after each step of all."""
    *own, last = endings(subject.system, alike)
    system = subject.system
    places = [list(_places(run, alike.view)) for run in alike.traces]
    kept = told_in(system, alike.traces)
    runs = []
    for run, seen in zip(alike.traces, places, strict=True):
        shows = {n: [_words(sight)] if sight.values else [] for n, sight in zip(seen, alike.view, strict=True)}
        runs.append(run_data(system, run, seen=shows, kept=kept))
    return {
        "false": "; ".join([*own, last]),
        "sees": shared_text(system, alike),
        "runs": runs,
        "order": order([len(run) for run in alike.traces], places),
    }


def _places(run: Trace, view: Sequence[Sight]) -> Iterator[int]:
    """The numbers of the steps at which something is seen."""
    left = list(view)
    for number, step in enumerate(run.steps, 1):
        if left and left[0].step == step:
            left.pop(0)
            yield number


def _words(sight: Sight) -> str:
    return ", ".join(sorted({value.name for value in sight.values}))


def order(lengths: Sequence[int], places: Sequence[Sequence[int]]) -> list[list[int]]:
    """Each run goes on by itself up to what is seen, one after the other; what is seen happens in all of them at once.

    `places`: the numbers of the seen steps of each run, as many in each.
    """
    done = [0 for _ in lengths]
    found = [list(done)]
    for ends in zip(*places, strict=True):
        found += _alone(done, [end - 1 for end in ends])
        done = list(ends)
        found.append(list(done))
    return [*found, *_alone(done, lengths)]


def _alone(done: list[int], ends: Sequence[int]) -> Iterator[list[int]]:
    """Every run up to its end, the first one first; `done` is brought up to date."""
    for k, end in enumerate(ends):
        while done[k] < end:
            done[k] += 1
            yield list(done)


__all__ = ["alike_data", "order", "with_runs"]

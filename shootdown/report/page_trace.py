"""A trace as data for the page: a sequence diagram by rows, and every state in words, step by step."""

from collections.abc import Iterator, Sequence
from typing import Any

from shootdown.counterexamples.render import failure
from shootdown.counterexamples.rounds import fair_text, missing
from shootdown.ir import System
from shootdown.ir.pairs import runs_of, sights
from shootdown.ir.product import RUNS, Product
from shootdown.ir.trace import Trace
from shootdown.ir.view import say
from shootdown.report.page_state import Item, items, told_in
from shootdown.report.pair import Pair
from shootdown.report.sequence import Diagram, Event, sequence
from shootdown.report.topology import start_items
from shootdown.report.trace import Story, left_open, observed
from shootdown.report.words import sizes_text
from shootdown.search.refute import step_text

Data = dict[str, Any]
"""JSON for the page's script."""


def trace_data(story: Story) -> Data:
    """A counterexample: where it starts, its run or its two runs, what is wrong at the end, and what the VMM sees.

    `order`, of two runs: how many steps of each have been taken after each step of the pair.
    """
    system, trace = story.system, story.trace
    told: Data = {
        "false": _false(story),
        "sees": Pair(system, trace).shown() if isinstance(system, Product) else observed(story),
        "reach": story.reach,
        "sizes": sizes_text(trace.sizes),
    }
    if isinstance(system, Product):
        seen = [{s.number: [v.words for v in s.values] for s in sights(system, run)} for run in runs_of(system, trace)]
        runs = zip(runs_of(system, trace), seen, strict=True)
        kept = told_in(system.single, runs_of(system, trace))
        return told | {
            "runs": [run_data(system.single, run, seen=own, kept=kept) for run, own in runs],
            "order": _order(system, trace),
        }
    if story.lasso is None:
        return told | {"open": left_open(story), "runs": [run_data(system, trace)]}
    back = story.lasso.lasso.back
    return told | {"runs": [run_data(system, trace, back)], "loop": back, "fair": fair_text(system, story.lasso)}


def run_data(
    system: System,
    run: Trace,
    back: int | None = None,
    seen: dict[int, list[str]] | None = None,
    kept: frozenset[tuple[str, str]] = frozenset(),
) -> Data:
    """One run. `back`: what follows the state after so many steps is repeated; `seen`: what each step shows.

    `kept`: panels and labels that are shown of the states whether they change or not.
    """
    diagram = sequence(system, run, back)
    told = items(system, run, kept)
    return {
        "start": start_items(system, run) if "mode" in run.states[0] else [],
        "lanes": [lane.name for lane in diagram.lanes],
        "rows": [_row(diagram, event, run, system, seen or {}) for event in diagram.events],
        "silent": {str(n): text for n, text in _silent(system, run, diagram)},
        "items": [[item.panel, item.label] for item in told],
        "first": [item.values[0] for item in told],
        "steps": [changes(told, n) for n in range(1, len(run) + 1)],
    }


def _false(story: Story) -> str:
    """What is wrong in the last state, or what never happens."""
    if story.lasso is None:
        return failure(story.system, story.claim, story.trace)
    response = next(r for r in story.responses if r.name == story.lasso.claim)
    return missing(story.system, response, story.lasso)


def _order(system: Product, trace: Trace) -> list[list[int]]:
    """After each step of the pair: how many steps each run has taken."""
    done = [0 for _ in RUNS]
    order = [list(done)]
    for step in trace.steps:
        run = system.origin[step.action][1]
        done = [n + (run in (0, k)) for k, n in zip(RUNS, done, strict=True)]
        order.append(list(done))
    return order


def _row(diagram: Diagram, event: Event, run: Trace, system: System, seen: dict[int, list[str]]) -> Data:
    """A row of the diagram; `n` as in a mail, `first` and `last` the steps that are told in it, lanes by position."""
    places = {lane.key: k for k, lane in enumerate(diagram.lanes)}
    action = system.action[run.steps[event.last - 1].action]
    told: Data = {
        "n": event.line.numbers, "first": event.first, "last": event.last, "who": event.line.actor,
        "text": event.line.sentence, "more": list(event.line.remarks), "from": places.get(event.source, -1),
        "to": [places[t] for t in event.targets if t in places and t != event.source],
        "cells": [[places[key], text] for key, texts in event.cells.items() if key in places for text in texts],
    }  # fmt: skip
    flags = {"lost": event.lost, "fault": action.fault, "counted": bool(action.tally), "seen": seen.get(event.last)}
    return told | {name: value for name, value in flags.items() if value}


def _silent(system: System, run: Trace, diagram: Diagram) -> Iterator[tuple[int, str]]:
    """Steps that are told in the row of a later one, each in words."""
    for event in diagram.events:
        for number in range(event.first, event.last):
            step, before, after = run.steps[number - 1], run.states[number - 1], run.states[number]
            action = system.action[step.action]
            who = say(system, action.actor, action, step.args, before, run.sizes, after)
            what = say(system, action.says, action, step.args, before, run.sizes, after) if action.says else ""
            yield number, f"{who}: {what or step_text(action, step.args)}"


def changes(told: Sequence[Item], number: int) -> list[int | str]:
    """What is different after a step: positions of items, each followed by what it says now."""
    return [
        word
        for k, item in enumerate(told)
        if item.values[number] != item.values[number - 1]
        for word in (k, item.values[number])
    ]

"""What an observer of a run knows of it: some of its steps, what is seen when they happen, and some of its start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shootdown.ir.sorts import SortLike
from shootdown.ir.system import Action


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that an observer sees: `term(s, *xs)` for all elements `xs` of the sorts in `over`."""

    name: str
    term: Callable[..., Any]
    over: tuple[SortLike, ...] = ()


@dataclass(frozen=True)
class Observation:
    """What an observer knows of a run.

    `steps`: for each observed action what is seen when it happens, read in the state before the step; its name and its
    arguments are seen as well. All actions of `actors` are observed too. `known`: variables that the observer knows at
    the start. `at` says where claims look at a run (None: anywhere), as a formula over its state.
    """

    steps: Mapping[str, tuple[Seen, ...]]
    known: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    at: Callable[[Any], object] | None = None

    def observes(self, action: Action) -> bool:
        """Whether the observer sees the action happen."""
        return action.name in self.steps or action.actor in self.actors

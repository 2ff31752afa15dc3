"""`shootdown explore`: a whole design space against chosen properties, in parallel processes and from the cache."""

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shootdown.cli.compare import prepare_process
from shootdown.cli.review import jobs_or_all
from shootdown.ir.errors import UsageError
from shootdown.model.axes import Point
from shootdown.model.design import CONTRACTS, POLICIES
from shootdown.report import explore
from shootdown.report.files import must_take_files, write_whole
from shootdown.report.page_tables import TOOL, this_tool
from shootdown.report.progress import Watcher
from shootdown.report.space import keyed, solved
from shootdown.review.cache import default_path
from shootdown.review.catalogue import did_you_mean, find_property
from shootdown.review.expectation import Exit
from shootdown.review.explore import TARGETS, Posed, Target, by_base, chosen
from shootdown.review.explored import Explored, Finding

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Options:
    """What the user typed. `axes`: `walk=stop` keeps the points with this coordinate; repeated, any of them."""

    properties: tuple[str, ...] = ()
    contract: str = "ideal"
    axes: tuple[str, ...] = ()
    time: float | None = None
    jobs: int | None = None
    every: bool = False
    json: bool = False
    cache: bool = True
    output: Path | None = None


def run(options: Options, watcher: Watcher, tell: Tell, warn: Tell) -> Exit:
    """Answer every question of the space; Ctrl-C ends with what is known so far and exit code 3.

    0: some design meets everything, 1: none does, 3: that is not known.
    """
    if options.contract not in CONTRACTS:
        raise UsageError(f"there is no contract `{options.contract}`{did_you_mean(options.contract, list(CONTRACTS))}")
    if options.output is not None:
        must_take_files(options.output)
    space = chosen(_axes(options.axes))
    search = _Search(options, space, targets_of(options.properties), watcher, warn)
    interrupted = False
    try:
        search.run()
    except KeyboardInterrupt:
        interrupted = True
    found = Explored(tuple(space), search.targets, search.posed, search.findings)
    if not search.all_posed:
        warn("interrupted before it was known which questions the designs pose; the next run goes on from here")
        return Exit.OPEN
    result = explore.record(found, options.contract)
    words = json.dumps(result, indent=1) + "\n" if options.json else explore.text(found, options.contract)
    with watcher.hidden():
        tell(words)
    if options.output is not None:
        write_whole(options.output / "explore.txt", explore.text(found, options.contract))
        write_whole(options.output / "explore.json", json.dumps(result | {TOOL: this_tool()}, indent=1) + "\n")
    if interrupted:
        return Exit.OPEN
    open_ = any(found.standing(p) == "undetermined" for p in space)
    return Exit.GOOD if found.acceptable() else Exit.OPEN if open_ else Exit.REFUTED


def targets_of(names: Sequence[str]) -> tuple[Target, ...]:
    """`property` or `property:policy` each; those of `TARGETS` where none is given."""
    found = []
    for name in dict.fromkeys(names):
        prop, _, policy = name.partition(":")
        find_property(prop)
        if policy and policy not in POLICIES:
            raise UsageError(f"there is no policy `{policy}`{did_you_mean(policy, list(POLICIES))}")
        found.append(Target(prop, policy))
    return tuple(found) or TARGETS


def _axes(given: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in given:
        axis, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"--axis `{text}` names no value; write for example --axis walk=go-on")
        found.setdefault(axis, []).append(value)
    return found


@dataclass
class _Search:
    """The keys first, then each question once."""

    options: Options
    space: list[Point]
    targets: tuple[Target, ...]
    watcher: Watcher
    warn: Tell
    posed: dict[tuple[str, Target], str] = field(default_factory=dict)
    all_posed: bool = False
    findings: dict[str, Finding] = field(default_factory=dict)

    def run(self) -> None:
        """Everything, in processes of its own."""
        store = default_path() if self.options.cache else None
        contract = self.options.contract
        deadline = None if self.options.time is None else time.monotonic() + self.options.time
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs_or_all(self.options.jobs), mp_context=spawn, initializer=prepare_process) as pool:
            try:
                for target in self.targets:
                    bases = [[p.name for p in base] for base in by_base(self._left())]
                    self._keys([pool.submit(keyed, base, target, contract, store) for base in bases])
                    self.all_posed = target == self.targets[-1]
                    questions = self._questions(target)
                    self._answers([pool.submit(solved, q, contract, store, deadline) for q in questions])
            except BrokenProcessPool:
                self.warn("a process that searched has died; what it was asked is not answered")
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for child in multiprocessing.active_children():
                    child.terminate()
                raise

    def _left(self) -> list[Point]:
        """The designs of which more is asked: all, or those that nothing refutes so far."""
        if self.options.every:
            return self.space
        known = Explored(tuple(self.space), self.targets, self.posed, self.findings)
        return [p for p in self.space if known.standing(p) != "refuted"]

    def _keys(self, futures: Sequence[Future[Any]]) -> None:
        for done, future in self._as_done(futures):
            found = future.result()
            if found.error:
                raise UsageError(found.error)
            self.posed |= {(point, found.target): key for point, key in found.keys.items()}
            self.watcher.say(f"{done} of {len(futures)} families of designs told apart")

    def _questions(self, target: Target) -> list[Posed]:
        """Each question about the target with the first point that poses it, in the order of the space."""
        first: dict[str, Posed] = {}
        for point in self.space:
            key = self.posed.get((point.name, target))
            if key is not None:
                first.setdefault(key, Posed(key, point, target))
        return list(first.values())

    def _answers(self, futures: Sequence[Future[Any]]) -> None:
        for done, future in self._as_done(futures):
            found = future.result()
            self.findings[found.key] = found.finding
            self.watcher.say(f"{done} of {len(futures)} questions answered")

    def _as_done(self, futures: Sequence[Future[Any]]) -> Iterator[tuple[int, Future[Any]]]:
        yield from enumerate(as_completed(futures), 1)

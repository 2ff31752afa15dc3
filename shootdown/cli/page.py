"""`shootdown report`: the matrix with every trace and proof behind it, as one HTML file."""

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shootdown.cli.compare import prepare_process
from shootdown.cli.options import by_default
from shootdown.cli.review import jobs_or_all
from shootdown.ir.errors import UsageError
from shootdown.model.design import CONTRACTS, Expect
from shootdown.model.designs import designs
from shootdown.report.files import must_take_files, write_whole
from shootdown.report.page import page
from shootdown.report.page_answers import Asked, Solved, solve, solve_single
from shootdown.report.page_tables import tables
from shootdown.report.progress import Watcher
from shootdown.report.words import plenty
from shootdown.review.cache import default_path
from shootdown.review.catalogue import did_you_mean, find_design, find_property
from shootdown.review.expectation import Exit, worst
from shootdown.review.single import Single, singles

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Options:
    """What the user typed."""

    output: Path
    designs: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    recover: Path | None = None
    explore: Path | None = None
    time: float | None = None
    jobs: int | None = None
    cache: bool = True
    why: bool = False


def run(options: Options, watcher: Watcher, tell: Tell, warn: Tell) -> Exit:
    """Answer every cell and write the page; Ctrl-C writes what is known so far and ends with exit code 3."""
    if options.output.is_dir():
        raise UsageError(f"{options.output} is a directory; name the file: -o {options.output / 'review.html'}")
    must_take_files(options.output.parent)
    besides = tables(options.recover, options.explore)
    asked: list[Asked | Single] = [*cells_of(options), *singles_of(options)]
    if not asked:
        raise UsageError("nothing is stated about these designs, properties and contracts, so the page would be empty")
    found: list[Solved] = []
    interrupted = False
    try:
        for solved in answered(asked, options, warn):
            found.append(solved)
            watcher.say(f"{len(found)} of {len(asked)} checks")
    except KeyboardInterrupt:
        interrupted = True
    if interrupted:
        warn(f"interrupted: {len(found)} of {len(asked)} checks are answered")
    if interrupted and not found:
        return Exit.OPEN  # a finished page of an earlier run is worth more than an empty one
    cells = [s.cell for s in found]
    matrix, singles = ([c for c in cells if ("about" in c) is about] for about in (False, True))
    write_whole(options.output, page(matrix, besides, singles, wanted=len(asked)))
    size = options.output.stat().st_size
    with watcher.hidden():
        tell(f"{options.output}: {plenty(len(found), 'check')}, {size / 1e6:.1f} MB\n")
        for sentence in dict.fromkeys(s.error for s in found if s.error):
            warn(f"error: {sentence}")
    return Exit.OPEN if interrupted or len(found) < len(asked) else worst(s.code for s in found)


def cells_of(options: Options) -> list[Asked]:
    """What is stated; of a design that is named, default checks of what was asked for and is not stated.

    A UsageError names what does not exist.
    """
    for contract in options.contracts:
        if contract not in CONTRACTS:
            raise UsageError(f"there is no contract `{contract}`{did_you_mean(contract, list(CONTRACTS))}")
    known = singles()
    for name in options.properties:
        if name not in {cell.property for cell in known}:
            find_property(name)
    sources = [d for d in dict.fromkeys(options.designs) if d in designs() or d not in {cell.name for cell in known}]
    return [a for source in (sources if options.designs else designs()) for a in _of_design(source, options)]


def singles_of(options: Options) -> list[Single]:
    """What is stated about bytes and ranges; nothing where a contract is named, as they have none."""
    return [
        cell
        for cell in singles()
        if not options.contracts
        and (cell.name in options.designs or not options.designs)
        and (cell.property in options.properties or not options.properties)
    ]


def _of_design(source: str, options: Options) -> Iterator[Asked]:
    """The questions about one design: those that are stated, about all sizes first, then its default checks."""
    stated = [
        Asked(source, expect.property, contract, expect.policy, expect.topology, expect.faults, expect.only)
        for expect in sorted(find_design(source).expects, key=_is_narrowed)
        for contract in expect.outcomes
        if (contract in options.contracts or not options.contracts) and _is_wanted(expect, options)
    ]
    yield from stated
    if source in options.designs or not find_design(source).expects:
        yield from _unstated(source, stated, options)


def _unstated(source: str, stated: Sequence[Asked], options: Options) -> Iterator[Asked]:
    """Default checks under each contract and of each property that were asked for and of which nothing is stated."""

    def about(name: str, contract: str) -> tuple[str, str]:
        return name if options.properties else "", contract if options.contracts else ""

    told = {about(asked.property, asked.contract) for asked in stated}
    elsewhere = {cell.property for cell in singles()}  # bytes and ranges have neither contracts nor such designs
    for name in dict.fromkeys(options.properties or by_default()):
        for contract in dict.fromkeys(options.contracts or CONTRACTS[:1]):
            if name not in elsewhere and about(name, contract) not in told:
                yield Asked(source, name, contract)


def _is_narrowed(expect: Expect) -> bool:
    return bool(expect.topology or expect.only or expect.faults is not None)


def _is_wanted(expect: Expect, options: Options) -> bool:
    return expect.property in options.properties or not options.properties


def _solve(asked: Asked | Single, store: Path | None, deadline: float | None, why: bool) -> Solved:
    """Answer one cell of either kind. Runs in a process of its own."""
    return solve_single(asked, store) if isinstance(asked, Single) else solve(asked, store, deadline, why=why)


def answered(asked: Sequence[Asked | Single], options: Options, warn: Tell) -> Iterator[Solved]:
    """Each answer in the order of the questions, from as many processes as wanted."""
    store = default_path() if options.cache else None
    deadline = None if options.time is None else time.monotonic() + options.time
    jobs = min(jobs_or_all(options.jobs), len(asked))
    if jobs == 1:
        yield from (_solve(a, store, deadline, options.why) for a in asked)
        return
    with ProcessPoolExecutor(
        jobs, mp_context=multiprocessing.get_context("spawn"), initializer=prepare_process
    ) as pool:
        waiting: list[Future[Any]] = [pool.submit(_solve, a, store, deadline, options.why) for a in asked]
        try:
            for future in waiting:
                yield future.result()
        except BrokenProcessPool:
            warn("a process that searched has died; its checks and those that waited are not answered")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise


__all__ = ["Options", "cells_of", "run", "singles_of"]

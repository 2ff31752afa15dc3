"""`shootdown compare`: designs by properties, from the cache and from searches in parallel processes."""

import json
import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shootdown.cli.options import ANY, by_default
from shootdown.cli.review import jobs_or_all
from shootdown.ir.errors import UsageError
from shootdown.model.design import CONTRACTS, POLICIES
from shootdown.model.designs import designs
from shootdown.model.topology import topology
from shootdown.properties import properties
from shootdown.report import changes
from shootdown.report.cells import Answers, Told, solve
from shootdown.report.compare import comparison, exit_code, names_of, policy_word, row_of, summaries
from shootdown.report.files import must_take_files, write_whole
from shootdown.report.matrix import Row, markdown, matrix, notes_text, tables_text, tolerated
from shootdown.report.progress import Watcher
from shootdown.report.words import plenty
from shootdown.review.cache import Cache, default_path
from shootdown.review.catalogue import did_you_mean
from shootdown.review.compare import Cell, listing
from shootdown.review.expectation import Exit

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Options:
    """What the user typed."""

    designs: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    policy: str = ""
    topology: str = ""
    time: float | None = None
    jobs: int | None = None
    json: bool = False
    markdown: Path | None = None
    changed: Path | None = None
    cache: bool = True
    output: Path | None = None


def run(options: Options, watcher: Watcher, tell: Tell, warn: Tell) -> Exit:
    """Answer every cell and tell the result; Ctrl-C ends with what is known so far and exit code 3."""
    before = None if options.changed is None else changes.earlier(options.changed)
    if options.output is not None:
        must_take_files(options.output)
    cells = cells_of(options)
    path = default_path() if options.cache else None
    told: dict[Cell, Told] = {}
    interrupted = False
    try:
        for found in answered(cells, path, jobs_or_all(options.jobs), warn):
            told[found.cell] = found
            watcher.say(f"{len(told)} of {len(cells)} cells")
    except KeyboardInterrupt:
        interrupted = True
    known = [told[c] for c in cells if c in told]
    if options.output is not None:
        _keep(known, options.output)
    with watcher.hidden():
        _tell_all(options, known, cells, before, tell)
        _complain(known, len(cells), warn, kept=options.cache)
    if interrupted or len(known) < len(cells):
        return Exit.OPEN
    if all(t.outcome == "n/a" for t in known):
        raise UsageError("no property applies to any of the designs; nothing was checked")
    return exit_code(known)


def cells_of(options: Options) -> list[Cell]:
    """The cells that were asked for. A UsageError names what does not exist."""
    contracts = list(CONTRACTS) if "all" in options.contracts else list(options.contracts) or [CONTRACTS[0]]
    for name in contracts:
        _known("contract", name, [*CONTRACTS, "all"])
    policy = "hostile" if options.policy == ANY else options.policy
    if policy:
        _known("policy", policy, list(POLICIES))
    if options.topology:
        topology(options.topology)
    names = list(options.properties) or by_default()
    sources = list(options.designs) or list(designs())
    place = "" if options.topology == "sizes" else options.topology
    return listing(sources, names, contracts, policy=policy, topology=place, seconds=options.time)


def _known(kind: str, name: str, there: list[str]) -> None:
    if name not in there:
        raise UsageError(f"there is no {kind} `{name}`{did_you_mean(name, there)}")


def answered(cells: Sequence[Cell], cache: Path | None, jobs: int, warn: Tell) -> Iterator[Told]:
    """Each cell's answer as soon as it is there: those in the cache first, then searched in `jobs` processes."""
    store = Cache(cache)
    lookup = Answers(store, search=False)
    missing = []
    for cell in cells:
        found = lookup.told(cell)
        if found is None:
            missing.append(cell)
        else:
            yield found
    if store.trouble:
        warn(f"the verdict cache {cache} is not used: {store.trouble}")
    if jobs == 1 or len(missing) < 2:  # noqa: PLR2004 # one search needs no process of its own
        yield from (solve(cell, cache) for cell in missing)
    else:
        yield from _in_processes(missing, cache, min(jobs, len(missing)), warn)


def _in_processes(cells: Sequence[Cell], cache: Path | None, jobs: int, warn: Tell) -> Iterator[Told]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=prepare_process) as pool:
        try:
            for future in as_completed([pool.submit(solve, cell, cache) for cell in cells]):
                yield future.result()
        except BrokenProcessPool:
            warn("a process that searched has died; its cells and those that waited are not answered")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            raise


def prepare_process() -> None:
    """Ctrl-C is the matter of the first process, and without it no other goes on."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


def _tell_all(options: Options, told: list[Told], cells: Sequence[Cell], before: list[Row] | None, tell: Tell) -> None:
    rows: list[Row] = [row_of(t) for t in told]
    besides = ""
    if before is None:
        result = comparison(told, complete=len(told) == len(cells))
        grids = [matrix(rows), tolerated(summaries(told))]
    else:
        asked = _asked(options, cells)
        found = changes.changes(before, rows, asked)
        result = changes.record(found)
        grids = [changes.grid(found)] if found else []
        besides = _besides(changes.not_asked(before, asked))
    if options.markdown is not None:
        also = f"\n{besides.capitalize()}" if besides else ""
        write_whole(options.markdown, (markdown(grids, rows) if grids else "Nothing has changed.\n") + also)
    if options.json:
        tell(json.dumps(result, indent=1, ensure_ascii=True) + "\n")
    else:
        tell((tables_text(grids) + "\n" + notes_text(rows) if grids else "nothing has changed\n") + besides)


def _asked(options: Options, cells: Sequence[Cell]) -> changes.Asked:
    """Where no design or no property was named, all that exist were asked."""
    return changes.Asked(
        [names_of(cell) for cell in cells],
        () if options.designs else frozenset(designs()),
        () if options.properties else frozenset(properties()),
    )


def _besides(count: int) -> str:
    if not count:
        return ""
    return f"{plenty(count, 'cell')} of the earlier result {'was' if count == 1 else 'were'} not asked\n"


def _keep(told: list[Told], folder: Path) -> None:
    """What `check` says about each cell, and its trace if it has one, as files."""
    for t in told:
        words = [t.cell.design, t.cell.property, t.cell.contract, policy_word(t.cell), t.cell.topology or "sizes"]
        name = ".".join(re.sub(r"[^\w.-]", "-", word) for word in words)
        if t.text:
            write_whole(folder / f"{name}.txt", t.text)
        if t.record.get("trace"):
            write_whole(folder / f"{name}.itf.json", json.dumps(t.record["trace"], indent=1) + "\n")


def _complain(told: list[Told], wanted: int, warn: Tell, *, kept: bool) -> None:
    """Errors, each once, and what an interruption has left open."""
    for sentence in dict.fromkeys(t.why for t in told if t.outcome == "error"):
        warn(f"error: {sentence}")
    if len(told) < wanted:
        end = "; the next run goes on from here" if kept else ""
        warn(f"{plenty(wanted - len(told), 'cell')} of {wanted} not answered{end}")

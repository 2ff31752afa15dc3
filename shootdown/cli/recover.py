"""`shootdown recover`: for each VMM policy whether it is safe, whether the guest goes on, and what it costs."""

import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from shootdown.cli.compare import prepare_process
from shootdown.cli.review import jobs_or_all
from shootdown.ir.errors import UsageError
from shootdown.model.design import CONTRACTS
from shootdown.model.designs import designs
from shootdown.report import recover
from shootdown.report.files import must_take_files, write_whole
from shootdown.report.progress import Watcher
from shootdown.report.recover import Row, Told, told
from shootdown.review.cache import default_path
from shootdown.review.catalogue import did_you_mean
from shootdown.review.compare import source_of
from shootdown.review.expectation import Exit
from shootdown.review.recover import Standing, errno_named, left_open, policies_for

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Options:
    """What the user typed."""

    designs: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    contract: str = "ideal"
    after: str = ""
    time: float | None = None
    jobs: int | None = None
    json: bool = False
    cache: bool = True
    output: Path | None = None


def run(options: Options, watcher: Watcher, tell: Tell, warn: Tell) -> Exit:
    """Answer every cell; 0 where each design has a policy that is safe and live, 1 where one has none, 3 open."""
    if options.contract not in CONTRACTS:
        raise UsageError(f"there is no contract `{options.contract}`{did_you_mean(options.contract, list(CONTRACTS))}")
    if options.output is not None:
        must_take_files(options.output)
    sources = list(options.designs) or list(designs())
    names = {s: source_of(s).design.name for s in sources}
    errno = errno_named(options.after) if options.after else ""
    if errno and len(sources) != 1:
        raise UsageError("--after is about one design; name it")
    left = left_open(source_of(sources[0]).design, options.contract, errno) if errno else []
    policies = policies_for([source_of(s).design for s in sources], options.policies)
    rows = [Row(s, p, options.contract, errno) for s in sources for p in policies]
    found, interrupted = _answers(options, rows, watcher, warn)
    known = [found[r] for r in rows if r in found]
    result = json.dumps(recover.record(known, names, left), indent=1) + "\n"
    words = "\n".join(recover.scope_text(options.contract)) + "\n\n"
    words += recover.after_text(names[sources[0]], errno, left, known) if errno else recover.table(known, names)
    with watcher.hidden():
        tell(result if options.json else words)
    if options.output is not None:
        _keep(options.output, known, names, words, result)
    return Exit.OPEN if interrupted or len(known) < len(rows) else _exit(known, sources)


def _exit(known: Sequence[Told], sources: Sequence[str]) -> Exit:
    codes = []
    for source in sources:
        standings = {t.standing for t in known if t.row.source == source}
        if Standing.LIVE in standings:
            codes.append(Exit.GOOD)
        else:
            codes.append(Exit.OPEN if Standing.OPEN in standings else Exit.REFUTED)
    return next((c for c in (Exit.REFUTED, Exit.OPEN) if c in codes), Exit.GOOD)


def _answers(options: Options, rows: Sequence[Row], watcher: Watcher, warn: Tell) -> tuple[dict[Row, Told], bool]:
    store = default_path() if options.cache else None
    deadline = None if options.time is None else time.monotonic() + options.time
    spawn = multiprocessing.get_context("spawn")
    found: dict[Row, Told] = {}
    with ProcessPoolExecutor(jobs_or_all(options.jobs), mp_context=spawn, initializer=prepare_process) as pool:
        try:
            for future in as_completed([pool.submit(told, row, store, deadline) for row in rows]):
                answer = future.result()
                found[answer.row] = answer
                watcher.say(f"{len(found)} of {len(rows)} policies")
        except BrokenProcessPool:
            warn("a process that searched has died; what it was asked is not answered")
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in multiprocessing.active_children():
                child.terminate()
            return found, True
    return found, False


def _keep(folder: Path, known: Sequence[Told], names: dict[str, str], words: str, result: str) -> None:
    """The table, the data, and each trace as a file of its own."""
    write_whole(folder / "recover.txt", words)
    write_whole(folder / "recover.json", result)
    for t in known:
        if t.text:
            write_whole(folder / f"{names[t.row.source].replace('/', '-')}.{t.row.policy}.txt", t.text)

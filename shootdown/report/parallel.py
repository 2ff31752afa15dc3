"""Results of a function in the order of its arguments, from several processes."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Asked = TypeVar("Asked")
Told = TypeVar("Told")


def in_order(solve: Callable[[Asked], Told], asked: Sequence[Asked], jobs: int) -> Iterator[Told]:
    """`solve` of each, in order; an exception, or an end of interest, leaves the rest undone."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        waiting: list[Future[Told]] = [pool.submit(solve, one) for one in asked]
        try:
            for future in waiting:
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise

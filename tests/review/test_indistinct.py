"""Which sets of done devices an error cannot tell apart."""

import time
from dataclasses import replace
from typing import Any

from shootdown.review.answer import Answer, answer
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.indistinct import indistinct, returned
from shootdown.review.problem import Request
from shootdown.search.result import Limits
from shootdown.search.verdict import Refuted

NAMES = "ab"


def refuted(design: str, name: str, **options: Any) -> Answer:
    """The answer to a check that is refuted."""
    found = answer(Request(find_design(design), find_property(name), **options), Limits(), obligations=False)
    assert isinstance(found.verdict, Refuted)
    return found


def sets(found: Answer) -> tuple[str, list[str]] | None:
    """Done devices in the trace, and in other runs with the same answer, by name."""
    assert isinstance(found.verdict, Refuted)
    result = indistinct(found.system, found.verdict.trace)
    if result is None:
        return None
    assert result.complete
    return "".join(NAMES[d] for d in result.here), ["".join(NAMES[d] for d in s) for s in result.others]


def test_the_mails_everyday_error_may_mean_that_somebody_was_done() -> None:
    """One device is refused, the other never tried; the same -EINVAL comes back after the first one was done."""
    found = refuted("type1-v1", "no-reuse-while-stale", topology="two-singleton-groups")
    answer_ = sets(found)
    assert answer_ is not None
    here, others = answer_
    assert here == ""
    assert others
    assert set(others) <= {"a", "b"}


def test_a_success_leaves_nothing_to_list() -> None:
    """The overwrite ends with 0."""
    assert sets(refuted("type1-v1", "success-means-coherent", topology="two-domains")) is None


def test_stop_leaves_a_prefix_open_and_best_effort_any_subset() -> None:
    """Under `ideal` any device may fail: stop may have done the first one, best-effort either one, or none."""
    options = {"contract": "ideal", "topology": "two-singleton-groups"}
    stop = sets(refuted("type1-v1-stop", "error-means-untouched-or-told", **options))
    best = sets(refuted("best-effort", "error-means-untouched-or-told", **options))
    assert stop is not None
    assert best is not None
    assert {stop[0], *stop[1]} in ({"", "a"}, {"", "b"})
    assert {best[0], *best[1]} == {"", "a", "b"}


def test_the_search_is_quick() -> None:
    """It runs for every trace that is shown."""
    found = refuted("type1-v1", "no-reuse-while-stale", topology="two-singleton-groups")
    begin = time.monotonic()
    sets(found)
    assert time.monotonic() - begin < 3


def test_a_call_that_has_not_returned_has_no_answer() -> None:
    """A prefix of the trace."""
    found = refuted("type1-v1", "success-means-coherent", topology="two-domains")
    assert isinstance(found.verdict, Refuted)
    trace = found.verdict.trace
    prefix = replace(trace, states=trace.states[:5], steps=trace.steps[:4])
    assert returned(trace) is trace.states[-1]
    assert returned(prefix) is None
    assert indistinct(found.system, prefix) is None

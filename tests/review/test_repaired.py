"""What becomes of other claims with a repair: broken is never taken for kept."""

import pytest

from shootdown.review.catalogue import find_design, find_property
from shootdown.review.decisions import DONE
from shootdown.review.problem import Request
from shootdown.review.repaired import _OPEN, Effect, _besides, _Found, besides
from shootdown.review.sketches import sketch_of
from shootdown.search.repair import Change, Repair
from shootdown.search.result import Limits
from shootdown.search.verdict import Scope

HOLDS, AT_ONCE, LATER = _Found(True), _Found(False, 0), _Found(False, 6)
SMALL = {"Domain": 1, "Group": 1, "Device": 2, "Unit": 1, "Iova": 1, "Frame": 1}
SCOPE = Scope((SMALL,))


@pytest.mark.parametrize(
    ("now", "then", "effect"),
    [
        (HOLDS, HOLDS, Effect.KEPT), (LATER, HOLDS, Effect.MENDED), (AT_ONCE, HOLDS, Effect.MENDED),
        (HOLDS, LATER, Effect.BROKEN), (HOLDS, AT_ONCE, Effect.BROKEN), (AT_ONCE, LATER, Effect.STILL),
        (_OPEN, HOLDS, Effect.OPEN), (HOLDS, _OPEN, Effect.OPEN), (_OPEN, AT_ONCE, Effect.OPEN),
    ],
)  # fmt: skip
def test_each_pair_of_findings_has_one_effect(now: _Found, then: _Found, effect: Effect) -> None:
    """Also where a claim is broken by the start, in a run of no step."""
    found = _besides("p", now, then)
    assert found.effect is effect
    assert found.property == "p"


def test_a_table_that_hides_a_failure_is_said_to() -> None:
    """Who reports devices as done after an error does not tell a failure: it is the table that is asked."""
    prop = find_property("error-means-untouched-or-told")
    request = Request(find_design("type1-v1-stop"), prop, "ideal", sizes=SMALL)
    sketch = sketch_of(request, SCOPE)
    knobs = [k for k in sketch.knobs if k.fact == DONE and k.options[k.default] == "report the device as not done"]
    changes = tuple(Change(k, k.options.index("report the device as done")) for k in knobs)
    table = Repair((DONE,), changes, sketch.default, 0, 0, ())
    (rows,) = besides(request, SCOPE, [table], Limits(), wide=False)
    effects = {b.property: b.effect for b in rows}
    assert effects["failure-is-told"] is Effect.BROKEN
    assert effects["host-page-safe"] is Effect.KEPT

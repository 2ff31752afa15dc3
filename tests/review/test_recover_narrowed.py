"""What is left out where one error is asked about: faults, and nothing that a fair run has to take."""

import pytest

from shootdown.ir import System
from shootdown.model.axes import design_at, point_named
from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.model.fairness import fair
from shootdown.review.problem import system_of
from shootdown.review.recover import LIVE, narrowed, request_of

WIDENS = design_at(point_named("go-on/no-validation/errno+status/widen/mode-check/fetch-once/lock-walk"))


@pytest.mark.parametrize("design", [designs()["best-effort"], WIDENS], ids=["plain", "widen"])
@pytest.mark.parametrize("contract", ["ideal", "vtd-v10", "smmuv3-v10"])
def test_nothing_that_a_fair_run_has_to_take_is_left_out(design: Design, contract: str) -> None:
    """But for what only the dead do, where nobody dies; else a run that waits for such a step would seem fair."""
    system = system_of(request_of(design, LIVE, "retry-all", contract))
    for errno in ("EINVAL", "ETIMEDOUT"):
        left = narrowed(system, errno)
        gone = {a.name for a in system.actions if not a.fault} - left.action.keys()
        assert all(left.action[a.name] is a for a in system.actions if a.name in left.action)
        assert "dies" in left.action or all("dead" in name for name in gone)
        assert "dies" not in left.action or not gone
        assert {f.action for f in fair(system)} - {f.action for f in fair(left)} == gone


def test_of_two_errors_only_the_one_asked_about_happens() -> None:
    """Refusals are -EINVAL; time-outs, and the dead, are -ETIMEDOUT, at once or behind an over-flush."""
    plain, widens = (
        system_of(request_of(d, LIVE, "retry-all", "ideal")) for d in (designs()["best-effort"], WIDENS)
    )
    assert {"refused"} == _faults(plain, "EINVAL")
    assert {"atc_timed_out", "atc_answer_lost", "dies"} == _faults(plain, "ETIMEDOUT")
    assert "widen_atc_timed_out" not in _faults(widens, "EINVAL")
    assert {"widen_atc_timed_out", "dies"} <= _faults(widens, "ETIMEDOUT")


def _faults(system: System, errno: str) -> set[str]:
    return {a.name for a in narrowed(system, errno).actions if a.fault}

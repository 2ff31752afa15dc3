"""Is it safe, and whom does it cost? The policies of a VMM after a failed call, against every report.

Each row was written down, with its reason, before the first run.
"""

import pytest

from shootdown.model.design import Design
from shootdown.model.designs import designs
from shootdown.review.answer import answer
from shootdown.review.problem import system_of
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted
from tests.model.cases import steps
from tests.properties.recovering import (
    DOMAINS,
    FIXED,
    LASTING,
    MATES,
    SHRINKING,
    Cell,
    go_on,
    ids,
    stop,
    verdict,
)

HEALTHY = "no-healthy-device-lost"
SLOT = frozenset({"function_level_reset"})
TIMED_OUT = frozenset({"timed-out", "died"})

SAFE: tuple[tuple[Cell, str], ...] = (
    (Cell(go_on(), "retry-all"), "success is believed only where the whole list answered"),
    (Cell(stop(), "retry-all", sizes=DOMAINS), "the same"),
    (Cell(go_on("status"), "retry-not-done", sizes=DOMAINS), "who is done stays clean: IOTLB first, then its ATC"),
    (Cell(stop("status"), "retry-not-done"), "who was not tried is not reported done"),
    (Cell(stop("count"), "resume-after-count", never=FIXED), "the list is the same: position is the failed device"),
    (Cell(stop("failing"), "resume-after-device", never=SHRINKING), "a device id means the same in a shorter list"),
    (Cell(stop("count"), "resume-with-generation"), "a position is used only for the list that it was counted in"),
    (Cell(go_on(), "inject-guest-error"), "an error releases no frame"),
    (Cell(go_on("status"), "reset-named", only=TIMED_OUT, sizes=DOMAINS), "a time-out leaves only the ATC stale"),
    (Cell(go_on("status"), "reset-named-and-flush"), "the second call flushes the IOTLB that a refusal left stale"),
    (Cell(stop("failing"), "reset-named-and-flush", sizes=DOMAINS), "it calls until the whole list answered"),
    (Cell(go_on(), "reset-all", only=TIMED_OUT, sizes=DOMAINS), "every IOTLB was flushed, every ATC is emptied"),
    (Cell(go_on(), "reset-all-and-flush", never=FIXED), "it calls until the whole list answered"),
    (Cell(go_on("status"), "unplug-device", sizes=DOMAINS), "who is left has answered, in this call or in a later one"),
    (Cell(go_on(), "stop-vm"), "nobody is left to do DMA"),
    (Cell(go_on("status"), "reset-named-and-flush", contract="vtd-v10"), "0 means that every device answered"),
    (Cell(go_on("status"), "reset-named-and-flush", HEALTHY), "who is named has not answered"),
    (Cell(go_on("status"), "reset-named", HEALTHY), "the same"),
    (Cell(go_on("status"), "unplug-device", HEALTHY), "a group of its own for each device"),
    (Cell(go_on(), "reset-all", HEALTHY, contract="smmuv3-v10"), "in a nested container no call fails"),
)

UNSAFE: tuple[tuple[Cell, str, str], ...] = (
    (Cell(go_on("count"), "resume-after-count", never=FIXED), "walk_skips", "the failed device is among those skipped"),
    (
        Cell(stop("count"), "resume-after-count", never=SHRINKING), "unset_container",
        "one that was done leaves: the failed device is at a position that is skipped now",
    ),
    (
        Cell(stop("failing"), "resume-after-device"), "set_container",
        "one joins at the head of the list, in front of the device, and fills its ATC from the stale IOTLB",
    ),
    (Cell(go_on("status"), "reset-named"), "refused", "a refused device's stale entry is in an IOTLB"),
    (
        Cell(stop("failing"), "reset-named", only=TIMED_OUT, never=FIXED), "atc_timed_out",
        "behind the failed device nobody was tried, and nobody is reset",
    ),
    (Cell(go_on(), "reset-all"), "refused", "no reset reaches an IOTLB"),
    (Cell(stop(), "reset-all", only=TIMED_OUT, sizes=DOMAINS), "device_reset", "the second domain was not flushed"),
    (
        Cell(go_on("status"), "reset-named-and-flush", contract="smmuv3-v10"), "atc_inv_timed_out",
        "the driver drops the time-out: nobody is named",
    ),
    (Cell(go_on("status"), "reset-named", HEALTHY, without=SLOT), "device_reset", "a slot reset takes the neighbour"),
    (Cell(go_on(), "reset-all", HEALTHY), "device_reset", "an errno names nobody, so everybody is reset"),
    (Cell(go_on("status"), "unplug-device", HEALTHY, sizes=MATES), "vmm_unplugs", "the group leaves as a whole"),
    (Cell(go_on(), "stop-vm", HEALTHY), "vmm_stops", "the others had answered"),
)


@pytest.mark.parametrize(("cell", "why"), SAFE, ids=ids(SAFE))
def test_a_policy_is_safe_where_its_report_allows_it(cell: Cell, why: str) -> None:
    """No stray DMA, no answering device stopped, and no call stuck, at two devices."""
    assert isinstance(verdict(cell), Proved), why


@pytest.mark.parametrize(("cell", "step", "why"), UNSAFE, ids=ids(UNSAFE))
def test_a_policy_is_refuted_by_what_its_report_does_not_tell(cell: Cell, step: str, why: str) -> None:
    """The trace runs, and goes through the step that the reason names."""
    found = verdict(cell)
    assert isinstance(found, Refuted), why
    assert step in steps(found), why


@pytest.mark.parametrize("policy", ["retry-all", "stop-vm", "inject-guest-error"])
def test_a_walk_that_loses_errors_is_beyond_every_policy(policy: str) -> None:
    """type1-v1 with two domains reports success of the last one: the VMM has nothing to recover from."""
    found = verdict(Cell(designs()["type1-v1"], policy, sizes=DOMAINS, never=FIXED))
    assert isinstance(found, Refuted)
    assert "vmm_completes" in steps(found)


def test_nobody_dies_where_only_lasting_events_are_left_out() -> None:
    """`--only` leaves death out as any other kind of event."""
    system = system_of(Cell(go_on(), "retry-all", only=LASTING).request)
    assert "dies" not in system.action
    assert "dead_timed_out" in system.action


ANY_NUMBER = (
    ("retry-all", go_on()),
    ("retry-not-done", stop("status")),
    ("inject-guest-error", go_on()),
    ("reset-named-and-flush", go_on("status")),
    ("reset-all-and-flush", stop()),
    ("unplug-device", stop("failing")),
    ("stop-vm", go_on()),
)


@pytest.mark.long
@pytest.mark.parametrize(("policy", "design"), ANY_NUMBER, ids=[p for p, _ in ANY_NUMBER])
def test_safe_policies_are_safe_for_any_number(policy: str, design: Design) -> None:
    """Domains, groups, devices, units, iovas and frames; deaths, refusals and time-outs without bound."""
    found = answer(Cell(design, policy).request, Limits(), obligations=False).verdict
    assert isinstance(found, Proved)
    assert found.universal is not None, found.notes

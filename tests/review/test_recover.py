"""What one outcome of a call leaves open, by all that the answer shows."""

import pytest

from shootdown.ir import UsageError
from shootdown.model.designs import designs
from shootdown.review.recover import Left, errno_named, left_open, policies_for

A, B, BOTH = (0,), (1,), (0, 1)


def left(name: str, errno: str, contract: str = "ideal") -> dict[tuple[object, ...], tuple[tuple[int, ...], ...]]:
    """The sets of devices not done, by the list of devices and what the answer shows."""
    rows = left_open(designs()[name], contract, errno)
    assert all(isinstance(row, Left) for row in rows)
    return {(row.listed, *(value for _, value in row.shown)): row.sets for row in rows}


def test_an_errno_from_a_walk_that_stops_leaves_a_suffix_of_an_unknown_order() -> None:
    """The first one failed: both are open; the second one failed: just that one."""
    assert left("type1-v1-stop", "EINVAL")[BOTH,] == (A, B, BOTH)


def test_a_count_says_how_many_and_not_who() -> None:
    """None done: both are open; one done: either may be the other."""
    found = left("count", "EINVAL")
    assert found[BOTH, (0,)] == (BOTH,)
    assert found[BOTH, (1,)] == (A, B)


def test_a_status_per_device_leaves_nothing_open() -> None:
    """Each answer has one set."""
    found = left("device-status", "EINVAL")
    assert found
    assert all(len(sets) == 1 for sets in found.values())


def test_only_a_device_without_ats_is_refused_by_the_posted_vtd_driver() -> None:
    """Behind a refused first device anybody may be open; who is not refused answers."""
    assert left("best-effort", "EINVAL", "vtd-v10")[BOTH,] == (A, B, BOTH)


@pytest.mark.parametrize(("word", "name"), [("EINVAL", "EINVAL"), ("-ETIMEDOUT", "ETIMEDOUT")])
def test_an_errno_is_written_with_or_without_its_sign(word: str, name: str) -> None:
    """As kernels print it and as headers spell it."""
    assert errno_named(word) == name


def test_success_is_no_failure() -> None:
    """There is nothing to recover from."""
    with pytest.raises(UsageError, match="there is no errno `OK`"):
        errno_named("OK")


def test_policies_stand_in_one_order() -> None:
    """Whatever the order in which they are asked for."""
    every = policies_for([designs()["count"]], [])
    assert "hostile" not in every
    assert policies_for([designs()["count"]], ["stop-vm", "retry-all"]) == ["retry-all", "stop-vm"]

"""A protocol that has nothing to do with IOMMUs, through the public language and both engines."""

import pytest

from shootdown.search import bmc, explicit
from shootdown.search.refute import refuted
from shootdown.search.result import Limits
from shootdown.search.verdict import Scope
from tests import toys


@pytest.mark.parametrize("resource_managers", [1, 2, 3])
def test_two_phase_commit_never_disagrees(resource_managers: int) -> None:
    """Every reachable state of the right protocol is seen, and bmc finds no trace as deep as they go."""
    system = toys.two_phase_commit()
    claim = toys.agreement(system)
    sizes = {system.index_sorts[0].name: resource_managers}

    seen = explicit.search(system, [claim], sizes, Limits())
    looked = bmc.search(system, [claim], sizes, Limits(depth=seen.depth))

    assert seen.complete
    assert seen.candidate is None
    assert looked.candidate is None


def test_a_hasty_coordinator_is_refuted_alike_by_both_engines() -> None:
    """A coordinator that does not wait for all votes: the same shortest length, replayed."""
    system = toys.two_phase_commit(hasty=True)
    claim = toys.agreement(system)
    sizes = {system.index_sorts[0].name: 2}

    first, second = explicit.search(system, [claim], sizes, Limits()), bmc.search(system, [claim], sizes, Limits())

    assert first.candidate is not None
    assert second.candidate is not None
    traces = [refuted(system, claim, c, Scope((sizes,))).trace for c in (first.candidate, second.candidate)]
    assert len(traces[0]) == len(traces[1])

"""D1 with one version (domain.md 1.5): what a race does alone, and why the claim is refuted nevertheless."""

from typing import Any

import pytest

from shootdown.ir import Claim, Expectation, conj, formula, implies
from shootdown.ir.slice import cone
from shootdown.model.usermem.build import longest, system
from shootdown.model.usermem.designs import abis
from shootdown.model.usermem.types import Errno
from shootdown.properties import properties
from shootdown.review.usermem import SUBJECT, answer, question
from shootdown.search.result import Limits
from shootdown.search.unrolled import Unrolled, answered
from shootdown.search.verdict import Refuted

POSTED = abis()["type1-v1"]


def holds_always(world_name: str, build: object) -> Unrolled:
    """Whether every run of the posted code in that world keeps a formula."""
    world = POSTED.world(world_name)
    assert world is not None
    model = system(POSTED, world)
    claim = Claim("claim", Expectation.ALWAYS, formula(model, build))  # type: ignore[arg-type] # a lambda
    return answered(cone(model, [claim.formula]), [claim], longest(world), Limits())


def late(s: Any) -> Any:
    """The size is that of version 1, and the second copy has another version in it."""
    return conj(s.ver_version == 1, s.ran_driver_check, s.info_version != 1)


@pytest.mark.parametrize("world", ["uapi-1", "index-tested"])
def test_a_race_that_starts_with_version_1_ends_in_einval_and_does_nothing(world: str) -> None:
    """For every value of every word: the driver looks again, refuses, and no device is touched."""
    found = holds_always(world, lambda s: implies(conj(s.returned(), late(s)), conj(s.ret == Errno.EINVAL, ~s.acted)))
    assert found.certificate is not None


def test_such_a_race_exists() -> None:
    """The sentence before is not about nothing."""
    assert holds_always("uapi-1", lambda s: ~late(s)).search.candidate is not None


def test_every_refutation_with_one_checked_version_goes_through_d3() -> None:
    """What is acted on differs from what was checked only where the size came from outside of the table."""
    wrong = lambda s: s.unlike_checked() | s.short | s.differ  # noqa: E731 # a formula
    assert holds_always("uapi-1", lambda s: implies(wrong(s), s.index_bad)).certificate is not None
    assert holds_always("uapi-1", lambda s: ~wrong(s)).search.candidate is not None


def test_two_versions_need_no_d3() -> None:
    """As soon as a second version exists, the race alone is enough."""
    verdict = answer(question(POSTED, properties(SUBJECT)["checked-is-used"], "index-tested-uapi-2")).verdict
    assert isinstance(verdict, Refuted)
    assert not verdict.trace.states[-1]["index_bad"][()]
    assert verdict.trace.states[-1]["acted"][()]

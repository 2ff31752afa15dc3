"""Each option of a request is in the key by itself, not only by what it does to the model or to the places."""

import dataclasses

import pytest

from shootdown.review.cache import Question, key_of
from shootdown.search.result import Limits
from tests.review.test_cache import REQUESTS, RUNNING, base


@pytest.mark.parametrize("name", [*REQUESTS, "engine"])
def test_an_option_that_changes_nothing_else_changes_the_key(name: str) -> None:
    """An answer repeats its question: the same model asked with another option is another question."""
    asked = base()
    changed = dataclasses.replace(asked.request, **REQUESTS.get(name, {"engine": "pdr"}))
    other = Question(changed, asked.system, asked.problem, asked.source)
    assert other.model == asked.model
    assert key_of(other, Limits(), RUNNING) != key_of(asked, Limits(), RUNNING)


def test_withdrawn_assumptions_are_told_apart_by_name() -> None:
    """One that is withdrawn is not another one."""
    asked = base()
    keys = set()
    detach, honest = "detach_clears_atc", "hardware_does_not_lie"
    for names in ((), (detach,), (honest,), (detach, honest)):
        request = dataclasses.replace(asked.request, without=frozenset(names))
        keys.add(key_of(Question(request, asked.system, asked.problem, asked.source), Limits(), RUNNING))
    assert len(keys) == 4

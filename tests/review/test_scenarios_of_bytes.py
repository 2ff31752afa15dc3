"""A claim about a call's bytes whose scenario nobody can set up, or may be unable to, is not proved."""

import pytest

from shootdown.model.usermem.build import longest
from shootdown.properties import properties
from shootdown.review import usermem
from shootdown.review.usermem import SUBJECT, answer, find_abi, question
from shootdown.search.certificate import KInductive
from shootdown.search.result import Search
from shootdown.search.unrolled import Unrolled
from shootdown.search.verdict import Unknown, Vacuous


@pytest.mark.parametrize(("missing", "word"), [(0, Vacuous), (1, Unknown)])
def test_a_proof_needs_its_scenarios(missing: int, word: type, monkeypatch: pytest.MonkeyPatch) -> None:
    """All runs were looked at and none meets it: the claim is about nothing. Not all of them were: it is open."""
    asked = question(find_abi("type1-v1"), properties(SUBJECT)["reads-within-argsz"])
    assert asked.property.companions
    proof = KInductive({}, (), longest(asked.world) + 1, ends=True)
    monkeypatch.setattr(usermem, "answered", lambda *_: Unrolled(Search(complete=True), proof))
    found = Search(depth=longest(asked.world) - missing, reason="gave up")
    monkeypatch.setattr(usermem, "reached", lambda *_: found)
    assert isinstance(answer(asked).verdict, word)

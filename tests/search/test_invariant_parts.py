"""Certificates at one size are judged in all their parts: every portion of the conclusions, and that runs start."""

from dataclasses import replace

import pytest

from shootdown.ir import TRUE, Claim, Expectation, Named, forall, formula
from shootdown.search import invariant
from shootdown.search.certificate import Inductive, KInductive, Literal
from shootdown.search.invariant import verify
from tests import toys
from tests.toys import Client

FREE = (Literal("holds", (0,), (0,)),)
"""The first client does not hold the lock: so at first, and not for ever."""


@pytest.mark.parametrize("portion", [1, 2, 250])
def test_a_clause_that_is_not_kept_is_found_in_any_portion(portion: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However the conclusions are divided: here it is the last of them."""
    monkeypatch.setattr(invariant, "PORTION", portion)
    system = toys.lock()
    claim = toys.exclusion(system)
    whole = Inductive({"Client": 2}, (claim.name,), ())
    assert verify(system, [claim], whole) == ()
    (failed,) = verify(system, [claim], replace(whole, lemmas=((FREE,),)))
    assert failed.obligation == ("consecution" if portion > 1 else "consecution 2 of 2")
    assert not failed.undecided


@pytest.mark.parametrize("proof", [Inductive({"Client": 1}, ("true",), ()), KInductive({"Client": 1}, ("true",), 1)])
def test_a_size_without_a_start_is_not_proved(proof: Inductive | KInductive) -> None:
    """Where no run begins everything holds, and nothing was shown."""
    system = toys.lock()
    claim = Claim("true", Expectation.ALWAYS, TRUE)
    assert verify(system, [claim], proof) == ()
    held = Named("somebody holds it", ~formula(system, lambda s: forall(Client, lambda c: ~s.holds[c])))
    failed = verify(replace(system, init=(*system.init, held)), [claim], proof)
    assert [f.obligation for f in failed] == ["start"]

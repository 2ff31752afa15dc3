"""Names and sorts that would be taken for others are refused when a model is built."""

import enum
from typing import Any

import pytest

from shootdown.ir import Index, ModelError, Part, compose, element, exists, forall, formula
from shootdown.ir.part import action
from shootdown.search.firstorder import declarations
from tests import toys


def _kinds(*names: str) -> Any:
    return enum.Enum("Kind", list(names))


def _two_kinds() -> Part:
    part = Part("kinds")
    part.variable("y", _kinds("A", "B", "C"))
    part.variable("x", _kinds("A", "B"))
    return part


def test_two_enumerations_of_one_name_are_refused() -> None:
    """The narrower one would hide a value of the wider from every solver: a false claim would be proved."""
    with pytest.raises(ModelError, match="two different sorts are called Kind"):
        compose("kinds", [_two_kinds()])


def test_a_printer_refuses_them_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a system slip through, no text is made of it."""
    monkeypatch.setattr("shootdown.ir.part.check_sorts", lambda *_: None)
    system = compose("kinds", [_two_kinds()])
    with pytest.raises(ModelError, match="Kind"):
        declarations(system)


def test_two_index_sorts_of_one_name_are_refused() -> None:
    """Two classes `Device` with other names for their elements are two sorts."""
    part = Part("devices")
    part.relation("r", type("Device", (Index,), {"names": "ab"}))
    part.relation("q", type("Device", (Index,), {"names": "xy"}))
    with pytest.raises(ModelError, match="two different sorts are called Device"):
        compose("devices", [part])


def test_a_claim_about_a_sort_that_the_model_lacks_is_refused() -> None:
    """Nothing could be meant by it."""
    other = type("Other", (Index,), {"names": "ab"})
    with pytest.raises(ModelError, match="the model has no Other"):
        formula(toys.lock(), lambda _s: exists(other, lambda x: element(other, 0) == x))


@pytest.mark.parametrize("name", ["r'", "d!0", "$0.d", "a|b", "a\\b", "true", "ite", "and", ""])
def test_what_cannot_be_a_name_is_refused(name: str) -> None:
    """Other readers of a model would take it for something else."""
    part = Part("names")
    part.variable(name, bool)
    with pytest.raises(ModelError, match="cannot be a name"):
        compose("names", [part])


def test_an_action_needs_a_name_as_well() -> None:
    """Judges tell hypotheses apart by the names of actions."""

    @action(actor="nobody")
    def step(s):
        """Does nothing."""

    part = Part("steps")
    part.act(step.with_options(name="the initial states"))
    with pytest.raises(ModelError, match="cannot be a name"):
        compose("steps", [part])


def test_an_axiom_that_reads_a_changing_variable_is_refused():
    """It would hold at the start only; the sentence names the variable and says what to write instead."""

    class Cup(Index):
        """Something that gets dirty."""

    part = Part("p")
    part.relation("dirty", Cup)
    part.axiom("clean", lambda s: forall(Cup, lambda d: ~s.dirty[d]))
    with pytest.raises(ModelError, match="axiom `clean` reads `dirty`, which changes; make it an initial condition"):
        compose("p", [part])

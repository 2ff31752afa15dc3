"""What repairs the refutations of the model that its authors argue about: written down with the reason first."""

import json

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.model.designs import designs
from shootdown.review.answer import Answer, answer
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.decisions import RET, TODO
from shootdown.review.problem import Request, problem_of
from shootdown.review.repair import Blame, blame, sketch_of, widened
from shootdown.review.repaired import Effect
from shootdown.search import explicit
from shootdown.search.question import pose
from shootdown.search.repair import question
from shootdown.search.repair_sketch import closed
from shootdown.search.result import Limits
from shootdown.search.verdict import Scope

pytestmark = pytest.mark.long

WAITS = "atc_inv_timed_out: pending"
"""The SMMUv3 driver no longer waits for a master that is late, and remembers nothing of it."""


def refuted(design: str, prop: str, contract: str) -> Answer:
    """The refutation, without the obligations of the model."""
    return answer(Request(find_design(design), find_property(prop), contract), Limits(), obligations=False)


@pytest.mark.parametrize(
    ("design", "prop", "contract", "own", "wider"),
    [
        # An older domain's success overwrites the error: keep the error; or go to the end, so that nothing comes later.
        ("type1-v1", "success-means-coherent", "vtd-v10", {(RET,), (TODO,)}, set()),
        ("type1-v1", "success-means-coherent", "ideal", {(RET,), (TODO,)}, set()),
        ("type1-v1", "failure-is-told", "vtd-v10", {(RET,), (TODO,)}, set()),
        # The driver returns 0 after a time-out: no code of the design can tell that from an answer.
        ("best-effort", "success-means-coherent", "smmuv3-v10", set(), {(WAITS,)}),
        ("best-effort", "failure-is-told", "smmuv3-v10", set(), {(WAITS,)}),
        ("type1-v1-stop", "failure-is-told", "smmuv3-v10", set(), {(WAITS,)}),
        # One device: the callback drops the driver's answer; that it visits one group only does not matter yet.
        ("type1-v2", "success-means-coherent", "vtd-v10", {(RET,)}, set()),
    ],
)
def test_facts_to_blame(
    design: str, prop: str, contract: str, own: set[tuple[str, ...]], wider: set[tuple[str, ...]]
) -> None:
    """All sets of the least size, of the design where there are any."""
    found = blame(refuted(design, prop, contract), Limits())
    assert isinstance(found, Blame)
    assert {r.facts for r in found.own.repairs} == own
    assert {r.facts for r in found.told} == own | wider
    assert all(judge.unrolled == judge.depth for judge in found.confirmed)


@pytest.mark.parametrize(
    ("design", "prop", "mended", "broken"),
    [
        # An error that is kept is both: no failure is reported as done, and 0 is said only where all were flushed.
        ("type1-v1", "failure-is-told", {"success-means-coherent"}, set()),
        # To report devices as done after an error, or to return another result: either way a failure is not told; and
        # where the result becomes 0, that is not coherent.
        ("type1-v1-stop", "error-means-untouched-or-told", set(), {"failure-is-told", "success-means-coherent"}),
    ],
)
def test_what_becomes_of_other_claims(design: str, prop: str, mended: set[str], broken: set[str]) -> None:
    """Claims that hold with a table and not without it, and the other way round."""
    found = blame(refuted(design, prop, "ideal"), Limits())
    assert isinstance(found, Blame)
    rows = [b for each in found.besides for b in each]
    assert {b.property for b in rows if b.effect is Effect.MENDED} == mended
    assert {b.property for b in rows if b.effect is Effect.BROKEN} == broken
    assert all(b.steps for b in rows if b.effect is Effect.BROKEN)


SIZES = {"Domain": 1, "Group": 2, "Device": 2, "Unit": 1, "Iova": 1, "Frame": 1}


@pytest.mark.parametrize("design", sorted(designs()))
@pytest.mark.parametrize("contract", ["ideal", "smmuv3-v10"])
def test_nothing_changes_where_every_knob_has_its_default(design: str, contract: str) -> None:
    """The sketch of every design is its model, also with kernel and driver open: as many states, as deep."""
    request = Request(find_design(design), find_property("failure-is-told"), contract, depth=0)
    sketch = widened(request, sketch_of(request, Scope((SIZES,), topology="sizes")))
    same = closed(sketch, sketch.default)
    asked = question(same, same.claims, ())
    _, problem = problem_of(request)
    whole = pose(problem, same.claims, next(p for p in problem.places if p.sizes == SIZES))
    found, known = (explicit.search(a.sliced, a.every, SIZES, Limits(), stop=False) for a in (asked, whole))
    assert (found.states, found.depth, found.claim) == (known.states, known.depth, known.claim)


def test_command_line_tells_it_in_four_forms() -> None:
    """Text, mail, Markdown, and data that say the same."""
    check = ["check", "type1-v1", "wrong-mode-is-refused", "--why"]
    forms = {form: CliRunner().invoke(app, [*check, "--format", form]) for form in ("text", "mail", "markdown", "json")}
    assert {done.exit_code for done in forms.values()} == {1}
    for form in ("text", "mail", "markdown"):
        assert "which calls the design admits" in " ".join(forms[form].stdout.split())
    assert max(map(len, forms["mail"].stdout.split("\n"))) <= 72
    assert json.loads(forms["json"].stdout)["repair"]["repairs"][0]["facts"] == ["admits"]


def test_named_topology_is_told_with_its_members() -> None:
    """The same two sets for two domains that stay as they are."""
    request = Request(find_design("type1-v1"), find_property("failure-is-told"), topology="two-domains")
    found = blame(answer(request, Limits(), obligations=False), Limits())
    assert isinstance(found, Blame)
    assert found.place.topology == "two-domains"
    assert {r.facts for r in found.told} == {(RET,), (TODO,)}

"""The start of a trace in words."""

from shootdown.ir import Claim, Expectation, System
from shootdown.ir.parse import parse_formula
from shootdown.ir.trace import Trace
from shootdown.model.build import build
from shootdown.model.designs import designs
from shootdown.model.sorts import Mode
from shootdown.model.world import World
from shootdown.report.topology import topology_lines
from shootdown.search.bmc import search
from shootdown.search.result import Limits

SIZES = {"Device": 2, "Group": 2, "Domain": 2, "Unit": 2, "Iova": 1, "Frame": 1}


def system() -> System:
    """A real model."""
    return build(World(designs()["type1-v1"]))


def start(condition: str, sizes: dict[str, int] | None = None) -> str:
    """What is said about some start that meets a formula."""
    model = system()
    claim = Claim("never", Expectation.ALWAYS, ~parse_formula(condition, model))
    found = search(model, (claim,), sizes or SIZES, Limits(depth=0)).candidate
    assert found is not None
    trace = Trace(found.sizes, (found.start,), ())
    return "\n".join(topology_lines(model, trace))


NESTED = "mode == NESTING & (forall g: Group. attached(g) & ~emulated(g)) & ~pte(g, f) & "


def test_two_domains_in_the_order_of_the_walk() -> None:
    """The newest domain is visited first; who has no ATS is said beside its domain."""
    text = start(
        NESTED + "domain_of(group0) == A & domain_of(group1) == B & group_of(a) == group0 & group_of(b) == group1 "
        "& dom_newer(A, B) & ~has_ats(a) & has_ats(b) & unit_of(a) == unit0 & unit_of(b) == unit1"
    )
    assert text == (
        "domain A = {a}, attached last, visited first; a has no ATS; behind unit0\n"
        "domain B = {b}; behind unit1"
    )  # fmt: skip


def test_one_domain_with_two_groups_says_which_is_newer() -> None:
    """Nobody has ATS, the devices are behind different units."""
    text = start(
        NESTED + "domain_of(group0) == A & domain_of(group1) == A & group_of(a) == group0 & group_of(b) == group1 "
        "& newer(group1, group0) & ~has_ats(a) & ~has_ats(b) & unit_of(a) == unit0 & unit_of(b) == unit1"
    )
    assert text == (
        "domain A = {a, b}; group1 = {b} attached last, visited first; a and b have no ATS; a behind unit0,\n"
        "b behind unit1"
    ).replace("\n", " ")


def test_devices_of_one_group_are_in_list_order() -> None:
    """The order within a group decides who is visited first."""
    sizes = {**SIZES, "Unit": 1, "Group": 1, "Domain": 1}
    text = start(NESTED + "group_of(a) == group_of(b) & before(b, a) & has_ats(a) & has_ats(b)", sizes)
    assert text == "domain A = {a, b}; b before a in their group"


def test_what_is_not_as_usual_is_said() -> None:
    """Another mode, a group that is not attached, an emulated group, what the guest's table and an ATC hold."""
    text = start(
        "mode == TYPE1v2 & group_of(a) == group0 & group_of(b) == group1 & ~attached(group0) & ~emulated(group0) "
        "& attached(group1) & emulated(group1) & pte(g, f)"
    )
    assert "group0 = {a} is not attached" in text
    assert "group1 = {b} is emulated, in no domain" in text
    assert f"mode {Mode.TYPE1v2.name}" in text
    assert "the guest's table: g -> f" in text
    assert "domain" not in text.replace("in no domain", "")


def test_a_container_without_backend_has_no_order_yet() -> None:
    """Before SET_IOMMU nothing is visited."""
    text = start(
        "mode == NONE & attached(group0) & attached(group1) & ~emulated(group0) & ~emulated(group1) & has_ats(a) & "
        "has_ats(b) & domain_of(group0) != domain_of(group1) & group_of(a) == group0 & group_of(b) == group1"
    )
    assert "no backend is set" in text
    assert "visited first" not in text


def test_an_atc_that_is_not_empty_is_told() -> None:
    """Only without the assumption that a first attach finds it empty."""
    model = build(World(designs()["type1-v1"], without=frozenset({"atc_empty_at_first_attach"})))
    claim = Claim("never", Expectation.ALWAYS, ~parse_formula("atc(a, g, f) & has_ats(a)", model))
    found = search(model, (claim,), {**SIZES, "Unit": 1}, Limits(depth=0)).candidate
    assert found is not None
    text = "\n".join(topology_lines(model, Trace(found.sizes, (found.start,), ())))
    assert "the ATC of a already holds g -> f" in text

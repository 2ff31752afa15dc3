"""One line per check, and what a verdict covers in words."""

import hashlib
from dataclasses import replace
from typing import Any

from shootdown.report.text import check_text, details, one_line, strength
from shootdown.report.trace import check_name
from shootdown.report.words import caller_word, covered_text, listed, paragraph, plenty, side_by_side, sizes_row
from shootdown.review.answer import Answer
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request, system_of
from shootdown.search.coverage import Coverage
from shootdown.search.question import Place
from shootdown.search.verdict import Closed, HoldsTo, Proved, Scope, Universal, Unknown, Vacuous, Verdict

SMALL = {"Domain": 1, "Group": 1, "Device": 1, "Unit": 1, "Iova": 1, "Frame": 1}
LARGE = {**SMALL, "Device": 2, "Frame": 2}


def given(verdict: Verdict, *, coverage: Coverage | None = None, **options: Any) -> Answer:
    """An answer with a verdict that no search had to find."""
    request = Request(find_design("best-effort"), find_property("success-means-coherent"), **options)
    return Answer(request, system_of(request), verdict, 1.0, coverage)


def proved(**options: Any) -> Answer:
    """A proof at two sizes."""
    closed = (Closed(SMALL, 10, 3, "aa"), Closed(LARGE, 30, 5, "bb"))
    scope = Scope((SMALL, LARGE), options.get("faults"), fixed=("one user thread",))
    coverage = Coverage({"iotlb_fill": Place("sizes", SMALL), "dma": Place("sizes", LARGE)}, (), ())
    notes = ("wider: no trace of up to 8 steps at 3 devices",)
    return given(Proved(closed, scope, notes), coverage=coverage, **options)


def test_the_line_of_a_proof() -> None:
    """Largest sizes, all states, deepest level, assumptions on the same line as `proved`."""
    line = one_line(proved())
    assert line.startswith(
        "best-effort success-means-coherent proved contract=vtd-v10 policy=any topology=sizes "
        "sizes<=1,1,2,1,1,2 states=40 depth=5 assuming=atc_empty_at_first_attach,detach_clears_atc,"
    )


def test_the_block_of_a_proof() -> None:
    """Scope, wider search, what is fixed, contract, obligations; at most 100 columns."""
    rows = details(proved(faults=1))
    text = " ".join(r.strip() for r in rows)
    assert text.startswith(
        "proved for every size up to 1 domain, 1 group, 2 devices, 1 unit, 1 iova, 2 frames (2 sizes), by looking at "
        "every reachable state: 40 states, the deepest after 5 steps; any number of calls and steps, at most 1 refusal,"
    )
    assert "wider: no trace of up to 8 steps at 3 devices fixed: one user thread contract vtd-v10; assuming " in text
    assert text.endswith(
        "every action fires and every cache can become stale: at 1 domain, 1 group, 1 device, 1 unit, 1 iova, 1 frame; "
        "dma first at 1 domain, 1 group, 2 devices, 1 unit, 1 iova, 2 frames"
    )
    assert max(len(r) for r in rows) <= 100


def test_sizes_without_any_start_are_not_covered() -> None:
    """They were asked for, and are named."""
    text = " ".join(r.strip() for r in details(proved()))
    assert "no start exists at 1 domain, 1 group, 2 devices, 2 units" not in text
    assert "no start exists at 1 domain, 2 groups, 2 devices, 1 unit; 1 domain, 2 groups, 2 devices, 2 units;" in text


def test_the_lines_of_weaker_answers() -> None:
    """Depth and reason, reason alone, why: free text is quoted."""
    scope = Scope((SMALL,))
    line = one_line(given(HoldsTo(4, scope, "out of time")))
    assert line.endswith(' holds-to contract=vtd-v10 policy=any topology=sizes depth=4 reason="out of time"')
    assert one_line(given(Unknown("no time", scope))).endswith(' topology=sizes reason="no time"')
    assert one_line(given(Vacuous("nothing stale", scope))).endswith(' topology=sizes why="nothing stale"')


def test_strength_is_apart_from_the_outcome() -> None:
    """sizes, depth k, none; a bound on faults is part of it."""
    scope = Scope((SMALL,))
    assert strength(proved()) == "sizes"
    assert strength(proved(faults=2)) == "sizes, at most 2 faults"
    assert strength(given(HoldsTo(10, scope))) == "depth 10"
    assert strength(given(Unknown("", scope))) == "none"


def test_options_that_narrow_stand_at_the_end_of_the_line() -> None:
    """A reader of the line alone is not misled."""
    line = one_line(
        proved(faults=1, only=frozenset({"refused"}), without=frozenset({"detach_clears_atc"}), where="has_ats(a)")
    )
    assert line.endswith(' faults<=1 only=refused without=detach_clears_atc where="has_ats(a)"')


def test_a_proof_says_which_events_were_left_out() -> None:
    """With `--only` it speaks of events of these kinds, with a bound on them or without."""
    for options, words in (
        ({}, "any number of calls, steps and faults"),
        ({"only": {"timed-out"}}, "any number of calls, steps and events counted as timed-out, no others (--only)"),
        (
            {"only": {"timed-out", "refused"}, "faults": 1},
            "and steps, at most 1 event counted as refused or timed-out, no others (--only)",
        ),
        ({"only": set()}, "any number of calls and steps, no counted event (--only)"),
        ({"only": set(), "faults": 2}, "any number of calls and steps, no counted event (--only)"),
    ):
        assert words in " ".join(r.strip() for r in details(proved(**options)))


def test_a_proof_for_any_number_says_which_events_were_left_out() -> None:
    """The sentence is about those that were kept only."""
    proof = Proved((), Scope(()), universal=Universal((), 0))
    answer = replace(given(proof), request=replace(given(proof).request, only=frozenset({"timed-out"})))
    text = " ".join(r.strip() for r in details(answer))
    assert "at least 1, of calls, steps and events counted as timed-out, no others (--only): 0 lemmas" in text
    assert "and faults" not in text
    assert "at least 1, of calls, steps and faults: 0" in " ".join(r.strip() for r in details(given(proof)))


def test_a_narrowed_question_has_a_name_of_its_own() -> None:
    """What is kept for it does not take the place of what is kept for the general one."""

    def name(**options: Any) -> str:
        return check_name(given(Unknown("", Scope(())), **options).request)

    general = "best-effort.success-means-coherent.vtd-v10.any.sizes"
    assert name() == general
    assert name(only=frozenset({"timed-out", "refused"}), faults=0) == f"{general}.only-refused-timed-out.faults-0"
    assert name(engine="pdr", depth=3) == f"{general}.depth-3.engine-pdr"
    digits = hashlib.sha256(b"has_ats(a)").hexdigest()[:8]
    assert name(where="has_ats(a)") == f"{general}.where-{digits}"
    assert name(where="has_ats(b)") != name(where="has_ats(a)")


def test_only_the_line_may_be_longer_than_a_page() -> None:
    """The rest is wrapped at 100 columns."""
    _, *rows = check_text(proved()).splitlines()
    assert all(len(r) <= 100 for r in rows)


def test_the_callers_name() -> None:
    """One question has one spelling, whichever way the hostile one was asked for."""
    assert caller_word(given(Unknown("", Scope(()))).request) == "any"
    assert caller_word(given(Unknown("", Scope(())), policy="hostile").request) == "any"
    assert caller_word(given(Unknown("", Scope(())), policy="retry-all").request) == "retry-all"


def test_small_words() -> None:
    """Numbers, lists, sizes, rows."""
    assert (plenty(1, "step"), plenty(0, "step")) == ("1 step", "0 steps")
    assert (listed(["a"]), listed(["a", "b", "c"]), listed([])) == ("a", "a, b and c", "")
    assert sizes_row({"Frame": 3, "Domain": 1}) == "1,3"
    assert covered_text([SMALL], {}) == "1 domain, 1 group, 1 device, 1 unit, 1 iova, 1 frame"
    assert covered_text([SMALL, LARGE], {"Domain": 1, "Group": 1, "Unit": 1, "Iova": 1}) == (
        "every size with 1 domain, 1 group, 1 unit, 1 iova, and up to 2 devices, 2 frames"
    )
    assert side_by_side(["x" * 50, "y" * 40, "z"]) == ["x" * 50 + " " * 8 + "y" * 40, "z"]
    assert paragraph("word " * 30)[1].startswith("    word")

"""`report-is-useful`: a design that satisfies it, designs that break each half, and decoders that know too much."""

from dataclasses import replace
from typing import Any

import pytest

from shootdown.ir import ModelError
from shootdown.model.container import on_list
from shootdown.model.decoder import KNOWN
from shootdown.model.design import Design
from shootdown.properties import report_is_sufficient
from shootdown.properties.report_is_useful import PROPERTY
from shootdown.review.answer import Answer, answer
from shootdown.review.catalogue import find_design
from shootdown.review.problem import Request, problem_of
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved, Refuted

SMALL = {"Domain": 1, "Group": 1, "Device": 2, "Unit": 1, "Iova": 1, "Frame": 1}


def ask(design: Design, contract: str = "ideal", **options: Any) -> Answer:
    """The answer at two devices, or as the options say."""
    request = Request(design, PROPERTY, contract, **({"sizes": SMALL} | options))
    return answer(request, Limits(), obligations=False)


def claim(found: Answer) -> str:
    """The conjunct that is broken."""
    assert isinstance(found.verdict, Refuted)
    return found.verdict.claim


def test_a_status_per_device_is_useful() -> None:
    """Whoever is told as done is done, and somebody is told wherever somebody is."""
    assert isinstance(ask(find_design("device-status")).verdict, Proved)


@pytest.mark.long
def test_a_status_per_device_is_useful_for_any_number() -> None:
    """The decoder is an ordinary invariant, so that the engine for any number proves it."""
    verdict = ask(find_design("device-status"), sizes={}).verdict
    assert isinstance(verdict, Proved)
    assert verdict.universal is not None


def test_an_errno_alone_names_nobody_after_an_error() -> None:
    """Somebody was done and the answer is an error."""
    assert claim(ask(find_design("best-effort"))) == "somebody"


def test_a_hidden_time_out_makes_every_decoder_wrong() -> None:
    """SMMUv3 returns 0 for a device that did not answer: it is taken as done and is not."""
    assert claim(ask(find_design("device-status"), "smmuv3-v10")) == "sure"


def test_a_decoder_that_is_too_bold_is_refuted() -> None:
    """Not failed is not done: the walk stops before the second device."""
    bold = replace(
        find_design("type1-v1-stop"),
        report=("errno", "status"),
        surely_done=lambda s, d: on_list(s, d) & ~s.told_failed[d],
    )
    assert claim(ask(bold)) == "sure"


def test_a_decoder_that_is_too_shy_is_refuted() -> None:
    """It names nobody, not even after a success."""
    shy = replace(find_design("device-status"), surely_done=lambda s, d: s.told_done[d] & s.told_failed[d])
    assert claim(ask(shy)) == "somebody"


def test_a_decoder_reads_only_what_its_caller_knows() -> None:
    """What the kernel saw is not what the caller sees; nor is a field that is not reported."""
    secret = replace(find_design("device-status"), surely_done=lambda s, d: s.acked[d])
    with pytest.raises(ModelError, match="reads `acked`, which its caller does not know"):
        problem_of(Request(secret, PROPERTY))
    silent = replace(find_design("never-fails"), surely_done=lambda s, d: on_list(s, d) & s.success())
    with pytest.raises(ModelError, match="reads `ret`"):
        problem_of(Request(silent, PROPERTY))


def test_an_answer_that_is_not_given_names_nobody() -> None:
    """A call that returns nothing reports nobody, whatever its design would call reported."""
    assert claim(ask(find_design("never-fails"))) == "somebody"


def test_decoder_and_exactness_mean_the_same_caller() -> None:
    """What a decoder may read is what the VMM of `report-is-sufficient` knows at the start, but for the watch."""
    assert set(report_is_sufficient.KNOWN) == {*KNOWN, "moved"}

"""Answers to whole checks for tests of reports: each is searched for once."""

from functools import cache

from shootdown.cli.options import Options, requests
from shootdown.review.answer import Answer, answer
from shootdown.search.result import Limits


@cache
def asked(design: str, prop: str, contract: str = "vtd-v10", topology: str = "", policy: str = "") -> Answer:
    """What `shootdown check` finds, without the obligations of the model."""
    options = Options(design, (prop,), contract, topology, policy=policy)
    return answer(requests(options)[0], Limits(), obligations=False)


def overwrite() -> Answer:
    """The trace that nobody feared: the success of a later domain hides a refusal."""
    return asked("type1-v1", "success-means-coherent", topology="two-domains")


def two_runs() -> Answer:
    """An errno does not say who was done."""
    return asked("type1-v1", "report-is-sufficient", "ideal")


def hangs() -> Answer:
    """VT-d asks a dead device again and again."""
    return asked("type1-v1", "every-call-returns", topology="two-singleton-groups")

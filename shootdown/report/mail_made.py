"""What made a mail: the tool with its version, and a fingerprint of the model, the one that a trace file has."""

from shootdown import __version__
from shootdown.ir.fingerprint import fingerprint
from shootdown.report.lanes import wrap
from shootdown.report.trace import story
from shootdown.review.answer import Answer
from shootdown.review.problem import responses_of
from shootdown.search.verdict import Broken

_DIGITS = 12
"""As many hexadecimal digits of the fingerprint, as in an abbreviated commit."""


def model_of(answer: Answer) -> str:
    """The fingerprint of an answer's model: `model_hash` of its trace file, `model` of its certificate."""
    if isinstance(answer.verdict, Broken):
        told = story(answer)
        return fingerprint(told.system, told.claims, told.responses)
    return fingerprint(answer.system, answer.claims, responses_of(answer.request.property, answer.system))


def made_rows(model: str) -> list[str]:
    """Two comments for a shell."""
    made = f"shootdown {__version__}, a model checker for IOMMU cache invalidation"
    return [*wrap(made, "  # ", "  # "), f"  # model {model[:_DIGITS]}"]

"""What a design states about itself, whether an answer agrees with it, and the exit code that follows."""

import enum
from collections.abc import Iterable

from shootdown.ir import UsageError
from shootdown.model.design import Expect
from shootdown.review.answer import Answer
from shootdown.review.problem import Request
from shootdown.search.verdict import HoldsTo, Proved, Refuted, Unknown, Vacuous


class Exit(enum.IntEnum):
    """Exit codes of the command line (design.md section 3)."""

    GOOD = 0
    REFUTED = 1
    WRONG_USE = 2
    OPEN = 3


class Standing(enum.Enum):
    """How an answer stands to what the design states."""

    AS_STATED = "as stated"
    WEAKER = "weaker than stated"
    OTHER = "not as stated"


_WORST = (Exit.WRONG_USE, Exit.REFUTED, Exit.OPEN, Exit.GOOD)


def worst(codes: Iterable[Exit]) -> Exit:
    """One exit code for several checks: 2 before 1 before 3 before 0."""
    return min(codes, key=_WORST.index, default=Exit.GOOD)


def exit_of(answer: Answer) -> Exit:
    """0 proved, 1 refuted (also stuck) or vacuous, 3 unknown or only bounded."""
    match answer.verdict:
        case Proved():
            return Exit.GOOD
        case Refuted() | Vacuous():
            return Exit.REFUTED
        case HoldsTo() | Unknown():
            return Exit.OPEN


def stated(request: Request) -> Expect | None:
    """What the design states for this property, contract and policy; None where it says nothing.

    A statement about the very same narrowed question (topology, faults, kinds of events) goes first. Nothing is
    stated about a world without one of the named assumptions.
    """
    own = request.property
    fitting = [
        e for e in request.design.expects
        if e.property == own.name and (e.policy or own.policy) == request.caller and request.contract in e.outcomes
    ]  # fmt: skip
    asked = (request.topology, request.faults, frozenset(request.only or ()))
    exact = [e for e in fitting if (e.topology, e.faults, frozenset(e.only)) == asked]
    general = [e for e in fitting if not narrowed(e)]
    return next(iter(exact + general), None) if not request.without else None


def narrowed(expect: Expect) -> bool:
    """Whether the statement is about a part of the question only."""
    return bool(expect.topology or expect.only or expect.faults is not None)


def must_be_stated(request: Request) -> Expect:
    """As `stated`; a UsageError names the check for which the design says nothing."""
    found = stated(request)
    if found is None:
        raise UsageError(
            f"{request.design.name} states no expectation for {request.property.name} under contract "
            f"{request.contract} and policy {request.caller}; drop --expect, or add one to its `expects`"
        )
    return found


def standing(answer: Answer, expect: Expect) -> Standing:
    """Whether the answer is the one that is stated. A stuck kernel is never what a design states."""
    if isinstance(answer.verdict, HoldsTo | Unknown):
        return Standing.WEAKER
    wanted = expect.outcomes[answer.request.contract]
    return Standing.AS_STATED if answer.outcome == wanted and not answer.stuck else Standing.OTHER


def exit_as_stated(answer: Answer, expect: Expect) -> Exit:
    """0 as stated, 3 weaker than stated, 1 another outcome."""
    codes = {Standing.AS_STATED: Exit.GOOD, Standing.WEAKER: Exit.OPEN, Standing.OTHER: Exit.REFUTED}
    return codes[standing(answer, expect)]

"""What a design states about itself, whether an answer agrees with it, and the exit code that follows."""

import enum
from collections.abc import Iterable
from dataclasses import replace

from shootdown.ir import Property, UsageError
from shootdown.model.design import Expect
from shootdown.review.answer import Answer
from shootdown.review.problem import Request
from shootdown.search.verdict import HoldsTo, Proved, Refuted, RefutedLasso, Unknown, Vacuous


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
        case Refuted() | RefutedLasso() | Vacuous():
            return Exit.REFUTED
        case HoldsTo() | Unknown():
            return Exit.OPEN


def stated(request: Request) -> Expect | None:
    """What the design states for this very question; None where it says nothing.

    Topology, faults and kinds of events must be those of the statement. Nothing is stated about other sizes, about
    starts with a condition, or about a world without one of the named assumptions.
    """
    if request.without or request.where or request.sizes:
        return None
    own = request.property
    asked = (own.name, request.caller, request.topology, request.faults, request.only or frozenset())
    return next((e for e in request.design.expects if request.contract in e.outcomes and _about(e, own) == asked), None)


def _about(expect: Expect, own: Property) -> tuple[object, ...]:
    return expect.property, expect.policy or own.policy, expect.topology, expect.faults, frozenset(expect.only)


def narrowed(expect: Expect) -> bool:
    """Whether the statement is about a part of the question only."""
    return bool(expect.topology or expect.only or expect.faults is not None)


def must_be_stated(request: Request) -> Expect:
    """As `stated`; a UsageError names the check for which the design says nothing."""
    found = stated(request)
    if found is None:
        given = _in_the_way(request)
        how = f" with {given}, though one without; drop {given}, or --expect" if given else ""
        raise UsageError(
            f"{request.design.name} states no expectation for {request.property.name} under contract "
            f"{request.contract} and policy {request.caller}{how or '; drop --expect, or add one to its `expects`'}"
        )
    return found


def _in_the_way(request: Request) -> str:
    """The options without which the design would state something; empty where it would not."""
    if stated(replace(request, sizes={}, where="", without=frozenset())) is None:
        return ""
    given = [f"--{sort.lower()}s" for sort in request.sizes]
    given += [f"--{option}" for option in ("where", "without") if getattr(request, option)]
    return " and ".join(given)


def standing(answer: Answer, expect: Expect) -> Standing:
    """Whether the answer is the one that is stated. A stuck kernel is never what a design states."""
    if isinstance(answer.verdict, HoldsTo | Unknown):
        return Standing.WEAKER
    contract = answer.request.contract
    wanted = expect.outcomes[contract]
    if isinstance(answer.verdict, Proved) and not answer.verdict.for_any_number and contract in expect.any_number:
        return Standing.WEAKER
    return Standing.AS_STATED if answer.outcome == wanted and not answer.stuck else Standing.OTHER


def exit_as_stated(answer: Answer, expect: Expect) -> Exit:
    """0 as stated, 3 weaker than stated, 1 another outcome."""
    codes = {Standing.AS_STATED: Exit.GOOD, Standing.WEAKER: Exit.OPEN, Standing.OTHER: Exit.REFUTED}
    return codes[standing(answer, expect)]

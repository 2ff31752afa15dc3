"""The judge of rankings: every rule anew, by solvers that have seen nothing before, and the lemmas by their own judge.

An `unknown` is asked again of the second solver, and what stays undecided is not shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shootdown import second
from shootdown.ir.errors import UsageError
from shootdown.ir.expr import conj
from shootdown.ir.ranking import Ranking
from shootdown.ir.system import Claim, Expectation, System
from shootdown.ir.temporal import Response, Strength
from shootdown.search.certify import WORK, Rejected, by_context, hypotheses, judge
from shootdown.search.obligations import Obligation
from shootdown.search.ranking_obligations import Duty, duties
from shootdown.search.verdict import Lemma
from shootdown.second import Z3_OPTIONS
from shootdown.smt import Answer, Solver

LEMMAS = "the lemmas"
"""Name of the claim that stands for all lemmas."""


@dataclass(frozen=True, slots=True)
class JudgedRanking:
    """All rules are met, and the lemmas are inductive: `lemmas` and `rules` are the obligations.

    `idle` are the actions that are never enabled where the lemmas hold.
    """

    lemmas: tuple[Obligation, ...]
    rules: tuple[Duty, ...]
    idle: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many obligations were met."""
        return len(self.lemmas) + len(self.rules)


def judge_ranking(
    system: System,
    response: Response,
    ranking: Ranking,
    lemmas: Sequence[Lemma],
    finite: Sequence[str] = (),
    *,
    rlimit: int = WORK,
    deadline: float | None = None,
) -> JudgedRanking | Rejected:
    """Whether the ranking proves the response about `system` for any finite number of elements.

    `finite` names orders as in `shootdown.search.obligations`. `rlimit` bounds each query in Z3's units. `deadline` is
    a `time.monotonic()` value; passing it can only reject.
    """
    if reason := misfit(system, response, ranking):
        return Rejected(reason)
    sound = judge(system, [whole(lemmas)], lemmas, finite, rlimit=rlimit, deadline=deadline)
    if isinstance(sound, Rejected):
        return sound
    try:
        asked = duties(system, response, ranking, lemmas, finite)
    except UsageError as error:
        return Rejected(str(error))
    found = hypotheses(system, asked[0].obligation, rlimit=rlimit, deadline=deadline)
    if found.answer is not Answer.SAT:
        return Rejected(f"`{response.name}`: no state is known in which the trigger holds and the goal does not")
    rejected = first_unmet([d.obligation for d in asked], rlimit=rlimit, deadline=deadline)
    return rejected or JudgedRanking(sound.obligations, asked, sound.idle)


def whole(lemmas: Sequence[Lemma]) -> Claim:
    """What the judge of lemmas is asked: all of them, which is nothing where there are none."""
    return Claim(LEMMAS, Expectation.ALWAYS, conj(*(lemma.formula for lemma in lemmas)))


def misfit(system: System, response: Response, ranking: Ranking) -> str:
    """Why the ranking is none for this response, whatever its formulas say; empty where it may be one."""
    if ranking.params != response.params:
        return f"the ranking is not about the elements that `{response.name}` is about"
    for fair in response.fair:
        action = system.action.get(fair.action)
        if action is None or action.fault:
            what = "no action of the system" if action is None else "a fault"
            return f"`{response.name}` is fair to `{fair.action}`, which is {what}"
    return _unfair(system, response, ranking)


def _unfair(system: System, response: Response, ranking: Ranking) -> str:
    """The first helpful action that the response is not fair enough to, in words."""
    for helpful in ranking.helpful:
        strengths = {f.strength for f in response.fair if f.action == helpful.action}
        action = system.action.get(helpful.action)
        if action is None or tuple(p.sort for p in action.params) != tuple(a.sort for a in helpful.args):
            return f"{system.name} has no action `{helpful.action}` about such elements"
        if not strengths:
            return f"`{helpful.action}` is to help, but `{response.name}` is not fair to it"
        if helpful.again is None:
            continue
        if Strength.STRONG not in strengths:
            return f"`{helpful.action}` is only weakly fair; it has to be enabled wherever it helps, not just again"
        if helpful.again.params != (*ranking.params, *helpful.args):
            return f"the ranking by which `{helpful.action}` can be taken again is about other elements"
        if reason := _unfair(system, response, helpful.again):
            return reason
    return ""


def first_unmet(asked: Sequence[Obligation], *, rlimit: int = WORK, deadline: float | None = None) -> Rejected | None:
    """The first obligation that is not shown; each context gets a solver of its own."""
    for group in by_context(asked):
        solver = Solver("", rlimit=rlimit, options=Z3_OPTIONS)
        solver.add_text(group[0].context)
        for obligation in group:
            solver.push()
            solver.add_text(obligation.goal)
            answer = solver.check(deadline=deadline)
            solver.pop()
            if answer is Answer.UNSAT:
                continue
            found = second.settle(obligation.script, rlimit=rlimit, deadline=deadline)
            if found.answer is not Answer.UNSAT:
                why = "its denial is satisfiable" if found.answer is Answer.SAT else found.reason
                return Rejected(f"not shown: {obligation.name}; {why}")
    return None

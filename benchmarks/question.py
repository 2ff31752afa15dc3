"""Questions about the model for benchmarks: what `shootdown check` gives the engines at its largest size."""

import argparse
from dataclasses import dataclass

from shootdown.ir import Claim, System
from shootdown.ir.slice import cone
from shootdown.model.design import CONTRACTS
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.problem import Request, problem_of
from shootdown.search.question import at_place, stuck_claim


@dataclass(frozen=True)
class Question:
    """A sliced system, the claims about it, and sizes."""

    system: System
    claims: tuple[Claim, ...]
    companions: tuple[Claim, ...]
    sizes: dict[str, int]


def question(design: str, property_: str, contract: str, policy: str = "") -> Question:
    """At the largest size that is closed by default: 2 domains, 2 groups, 2 devices, 2 units, 1 iova, 2 frames."""
    system, problem = problem_of(Request(find_design(design), find_property(property_), contract, policy))
    place = [p for p in problem.places if p.topology == "sizes"][-1]
    stuck = stuck_claim(system)
    claims = problem.claims if stuck is None else (*problem.claims, stuck)
    formulas = [c.formula for c in (*claims, *problem.companions)]
    return Question(cone(at_place(system, place), formulas), claims, problem.companions, place.sizes)


def arguments(description: str) -> argparse.ArgumentParser:
    """Options that say which questions are asked."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--contract", choices=CONTRACTS, default="vtd-v10")
    parser.add_argument("--policy", default="", help="default: the property's own")
    return parser

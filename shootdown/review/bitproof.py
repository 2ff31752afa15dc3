"""Certificates of proofs that are a few queries over bit-vectors: about the bytes of a call, and about ranges.

    certificate.json    what was asked, the model's fingerprint, what the proof says, a list of the files with SHA-256
    obligations/*.smt2  scripts that have to be unsatisfiable
    scenarios/*.smt2    scripts that have to be satisfiable: the claim is not about nothing

Nothing is read from a certificate but what was asked, and how many steps a scenario takes: the rest is made again from
the model and compared.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from shootdown import __version__, second, smt
from shootdown.counterexamples.shape import Json, as_list, as_object, as_text
from shootdown.ir import Claim, Expectation, System, TraceError
from shootdown.ir.errors import CertificateError
from shootdown.ir.fingerprint import fingerprint
from shootdown.ir.slice import cone
from shootdown.model.usermem.build import longest, system
from shootdown.properties.range_is_covered import Posed
from shootdown.review.bytetrace import find_question
from shootdown.review.certificate import CONFIRMED_ELSEWHERE, FORMAT, MANIFEST, VERSION
from shootdown.review.lemmas import slug
from shootdown.review.ranges import questions
from shootdown.review.recheck import listed, read
from shootdown.review.usermem import Question
from shootdown.search.arithmetic import WORK
from shootdown.search.certificate import Certificate, Inductive, KInductive, certificate_text
from shootdown.search.invariant import LOGIC, obligations
from shootdown.search.question import stuck_claim
from shootdown.search.result import Limits
from shootdown.search.unrolled import reached
from shootdown.smt import Answer, Solver

BYTES, RANGE = "bytes", "range"
"""What a proof is about: `subject` in the manifest."""

_MOST_STEPS = 100

Tell = Callable[[str], None]
"""Receives words on how far it is."""


@dataclass(frozen=True)
class Scenario:
    """A state that meets `claim`, in so many steps."""

    system: System
    claim: Claim
    steps: int


@dataclass(frozen=True)
class BitProof:
    """A proof as data: what was asked by names, the model of its obligations, what has to be reachable.

    `full` is the whole model, of which the obligations may leave out what the claims do not depend on.
    """

    check: Mapping[str, str]
    full: System
    system: System
    claims: tuple[Claim, ...]
    proof: Certificate
    scenarios: tuple[Scenario, ...]

    def scripts(self) -> dict[str, str]:
        """Every script by its name in the directory."""
        asked = enumerate(obligations(self.system, self.claims, self.proof), 1)
        found = {f"obligations/{n:03d}-{slug(o.name)}.smt2": o.text for n, o in asked}
        return found | {
            f"scenarios/{n:03d}-{slug(s.claim.name)}.smt2": _met(s) for n, s in enumerate(self.scenarios, 1)
        }


def _met(scenario: Scenario) -> str:
    """The question whether a run of so many steps meets the scenario: what would prove that none does."""
    never = Claim(scenario.claim.name, Expectation.ALWAYS, ~scenario.claim.formula)
    proof = KInductive({}, (never.name,), scenario.steps + 1, ends=True)
    return obligations(scenario.system, [never], proof)[scenario.steps].text


def of_bytes(asked: Question, steps: tuple[int, ...] | None = None) -> BitProof:
    """The proof about a call's bytes. `steps` of each scenario, where they are known; else they are searched."""
    full = system(asked.abi, asked.world, asked.types)
    stuck = stuck_claim(full)
    claims = (*(c.on(full) for c in asked.property.claims), *([stuck] if stuck else []))
    names = tuple(c.name for c in claims)
    wanted = [spoken.on(full) for spoken in asked.property.companions]
    most = longest(asked.world)
    counts = steps if steps is not None else tuple(_steps(full, claim, most) for claim in wanted)
    if len(counts) != len(wanted) or not all(0 <= n <= most for n in counts):
        raise CertificateError(f"`scenarios` in {MANIFEST} must give {len(wanted)} numbers of steps, at most {most}")
    check = {"design": asked.abi.name, "property": asked.property.name, "world": asked.world.name}
    scenarios = tuple(Scenario(cone(full, [c.formula]), c, n) for c, n in zip(wanted, counts, strict=True))
    sliced = cone(full, [c.formula for c in claims])
    return BitProof(
        {"subject": BYTES, **check}, full, sliced, claims, KInductive({}, names, most + 1, ends=True), scenarios
    )


def _steps(full: System, scenario: Claim, most: int) -> int:
    met = reached(cone(full, [scenario.formula]), scenario, most, Limits()).candidate
    if met is None:
        raise CertificateError(f"no run was found to a state where {scenario.name}")
    return len(met.steps)


def of_range(posed: Posed) -> BitProof:
    """The proof about one variant of a calculation, under what is left of its assumptions."""
    withdrawn = {g.name for g in posed.bug.given if g.name in posed.variant.given} - {g.name for g in posed.given}
    check = {"name": posed.system.name, "without": ",".join(sorted(withdrawn))}
    scenarios = tuple(Scenario(posed.system, c, 0) for c in posed.companions)
    proof = Inductive({}, (posed.claim.name,), ())
    return BitProof({"subject": RANGE, **check}, posed.system, posed.system, (posed.claim,), proof, scenarios)


def manifest(own: BitProof) -> dict[str, Json]:
    """What `certificate.json` says."""
    files = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in own.scripts().items()}
    return {
        "format": FORMAT,
        "version": VERSION,
        "tool": f"shootdown {__version__}",
        "solvers": {"z3": smt.version(), "cvc5": second.version()},
        "check": dict(own.check),
        "model": fingerprint(own.full, own.claims),
        "claims": list[Json](c.name for c in own.claims),
        "proof": certificate_text(own.system, own.proof).strip(),
        "scenarios": [{"name": s.claim.name, "steps": s.steps} for s in own.scenarios],
        "files": dict[str, Json](files),
    }


def files(own: BitProof) -> dict[str, str]:
    """Every file of the certificate, by its name."""
    return {MANIFEST: json.dumps(manifest(own), indent=1, ensure_ascii=True) + "\n", **own.scripts()}


def about_bits(top: Mapping[str, Json]) -> bool:
    """Whether a manifest is one of these."""
    check = top.get("check")
    return isinstance(check, Mapping) and "subject" in check


def again(top: Mapping[str, Json], given: str = "") -> BitProof:
    """What the model gives for what was asked; `given` is the file of a description outside of the catalogue."""
    check = {k: as_text(v, f"`{k}`") for k, v in as_object(top.get("check"), "`check`").items()}
    if check.get("subject") == RANGE and sorted(check) == ["name", "subject", "without"]:
        found = questions(check["name"], frozenset(w for w in check["without"].split(",") if w))
        if len(found) != 1:
            raise CertificateError(f"`{check['name']}` is no single variant")
        return of_range(found[0])
    if check.get("subject") != BYTES or sorted(check) != ["design", "property", "subject", "world"]:
        raise CertificateError(f"`check` in {MANIFEST} does not say what was asked")
    try:
        asked = find_question(check["design"], check["property"], check["world"], given)
    except TraceError as error:
        raise CertificateError(str(error)) from None
    rows = [as_object(s, "a scenario") for s in as_list(top.get("scenarios"), "`scenarios`")]
    return of_bytes(asked, tuple(_count(row.get("steps")) for row in rows))


def _count(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_STEPS:
        raise CertificateError(f"the steps of a scenario must be a number from 0 to {_MOST_STEPS}")
    return value


def compare(top: Mapping[str, Json], directory: Path, own: BitProof) -> None:
    """A CertificateError unless manifest and files are exactly what the model gives."""
    made = manifest(own)
    for key in sorted((made.keys() | top.keys()) - CONFIRMED_ELSEWHERE):
        if top.get(key) != made.get(key):
            raise CertificateError(f"`{key}` in {MANIFEST} is not what the model gives")
    texts = own.scripts()
    if odd := sorted((set(listed(directory)) - {MANIFEST}) ^ texts.keys()):
        raise CertificateError(f"{odd[0]} {'is missing' if odd[0] in texts else 'does not belong to the certificate'}")
    for name, text in texts.items():
        if read(directory / name) != text:
            raise CertificateError(f"{name} is not what the model gives")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Every script is answered as it has to be: by Z3, and by cvc5 in `second` cases of the `asked` ones."""

    obligations: int
    scenarios: int
    second: int
    asked: int


def decide(own: BitProof, tell: Tell, *, quick: bool = False) -> Confirmed:
    """Put every script to fresh solvers; a CertificateError names the first that is not met. `quick`: Z3 alone."""
    confirmed = Confirmed(0, 0, 0, 0)
    for name, text in own.scripts().items():
        tell(name)
        first = Solver(LOGIC, rlimit=WORK)
        first.add_text(text.replace("(check-sat)", ""))
        wanted = Answer.SAT if name.startswith("scenarios/") else Answer.UNSAT
        if (said := first.check()) is not wanted:
            raise CertificateError(f"{name} has to be {wanted.value}; z3 says {said.value}")
        if wanted is Answer.SAT:
            confirmed = replace(confirmed, scenarios=confirmed.scenarios + 1)
            continue
        confirmed = replace(confirmed, obligations=confirmed.obligations + 1)
        if not quick:
            other = second.ask(text, rlimit=WORK // second.CVC5_UNITS, stages=second.CVC5_BITS).answer
            if other is Answer.SAT:
                raise CertificateError(f"{name}: z3 says unsat, cvc5 sat; nothing is concluded")
            confirmed = replace(confirmed, asked=confirmed.asked + 1, second=confirmed.second + (other is Answer.UNSAT))
    return confirmed

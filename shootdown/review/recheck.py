"""Certificates confirmed: made again from the model, compared byte for byte, decided by both solvers.

What a directory says is data to compare with. The check, the lemmas and the names of orders and idle actions are read
from it: ordinary inputs, of which none is believed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shootdown import second
from shootdown.counterexamples.shape import Json, as_list, as_object, as_text, decode
from shootdown.ir.errors import CertificateError
from shootdown.model.designs import designs
from shootdown.review.answered import Stated
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.certificate import (
    ANY_NUMBER,
    CONFIRMED_ELSEWHERE,
    FORMAT,
    MANIFEST,
    VERSION,
    Certificate,
    certificate_of,
    manifest,
    rebuilt,
)
from shootdown.review.problem import Request, problem_of
from shootdown.search.certify import WORK, hypotheses
from shootdown.search.check import check
from shootdown.search.engines import PARAMETRIC, known_engine
from shootdown.search.obligations import Obligation
from shootdown.search.result import Limits
from shootdown.search.verdict import Proved
from shootdown.second import CVC5_UNITS, DisagreementError, Reply
from shootdown.smt import Answer

_LARGEST = 64 * 1024 * 1024
_MOST = 20_000
_KEYS = (
    "design", "property", "contract", "policy", "topology", "where",
    "given", "faults", "depth", "only", "without", "engine",
)  # fmt: skip

UNASKED = Reply(Answer.UNKNOWN, second.CVC5, "cvc5 was not asked")
"""In the place of an opinion that nobody wanted."""

Tell = Callable[[str], None]
"""Receives words on how far it is."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Every obligation is unsatisfiable: `first` by Z3's word, `second` by cvc5's, which was asked `asked` times."""

    obligations: int
    first: int
    second: int
    asked: int


def load(directory: Path) -> Mapping[str, Json]:
    """The manifest of a certificate, of this format and version; its contents are not yet looked at."""
    top = as_object(decode(read(directory / MANIFEST)), MANIFEST)
    if top.get("format") != FORMAT or top.get("version") != VERSION:
        raise CertificateError(f"{MANIFEST} does not say that it is a {FORMAT} of version {VERSION}")
    return top


def again(top: Mapping[str, Json], design: str, limits: Limits) -> Certificate:
    """The certificate that the model gives for what a manifest says; a proof at certain sizes is made once more.

    A design outside the catalogue is read from `design`, which the user names; a path in the manifest is never run.
    """
    request, name = _request(as_object(top.get("check"), "`check`"), design)
    if top.get("sizes") != ANY_NUMBER:
        return _closed(request, name, limits)
    if request.engine not in {"", PARAMETRIC}:
        raise CertificateError(
            f"the engine `{request.engine}` is asked about certain sizes and proves nothing for any number"
        )
    responses = [_stated(as_object(x, "a response")) for x in as_list(top.get("responses", []), "`responses`")]
    return rebuilt(request, name, _formulas(top), _texts(top, "finite"), _texts(top, "idle"), responses)


def _stated(words: Mapping[str, Json]) -> Stated:
    return Stated(_formulas(words), _texts(words, "finite"), _texts(words, "idle"))


def _formulas(words: Mapping[str, Json]) -> list[str]:
    lemmas = [as_object(x, "a lemma") for x in as_list(words.get("lemmas"), "`lemmas`")]
    return [as_text(x.get("formula"), "the formula of a lemma") for x in lemmas]


def _closed(request: Request, name: str, limits: Limits) -> Certificate:
    found = check(problem_of(request)[1], replace(limits, depth=request.depth, faults=request.faults), request.engine)
    if found.interrupted:
        raise KeyboardInterrupt
    if not isinstance(found.verdict, Proved) or found.verdict.for_any_number:
        raise CertificateError("the check that the certificate is about no longer ends in a proof at certain sizes")
    return certificate_of(request, name, found.verdict)


def compare(top: Mapping[str, Json], directory: Path, own: Certificate, files: Mapping[str, str]) -> None:
    """A CertificateError unless manifest and files are exactly what the model gives."""
    made = manifest(own)
    if top.get("model") != made["model"]:
        raise CertificateError("the certificate is about another model, property or policy: its fingerprint differs")
    for key in sorted((made.keys() | top.keys()) - CONFIRMED_ELSEWHERE - {"files"}):
        if top.get(key) != made.get(key):
            raise CertificateError(f"`{key}` in {MANIFEST} is not what the model and the lemmas give")
    present = set(listed(directory)) - {MANIFEST}
    if missing := sorted(files.keys() - present):
        raise CertificateError(f"{missing[0]} is missing{_more(missing)}")
    if additional := sorted(present - files.keys()):
        raise CertificateError(f"{additional[0]} does not belong to the certificate{_more(additional)}")
    for name, text in files.items():
        if read(directory / name) != text:
            raise CertificateError(f"{name} is not what the model and the lemmas give")
    if top.get("files") != made.get("files"):
        raise CertificateError(f"`files` in {MANIFEST} does not give the SHA-256 of what the model and the lemmas give")


def decide(own: Certificate, tell: Tell, *, quick: bool = False) -> Confirmed:
    """Put every script to fresh solvers; a CertificateError names the first that is not met.

    Hypotheses have to be satisfiable, their obligations not, which one solver has to say and none may deny. `quick`
    leaves cvc5 out where Z3 has an answer.
    """
    try:
        _premises(own, tell)
        replies = [_asked(o, k, own, tell, quick=quick) for k, o in enumerate(own.every, 1)]
    except DisagreementError as error:
        raise CertificateError(str(error)) from None
    first = sum(a.answer is Answer.UNSAT for a, _ in replies)
    opinions = [b for _, b in replies if b is not UNASKED]
    return Confirmed(len(replies), first, sum(b.answer is Answer.UNSAT for b in opinions), len(opinions))


def _premises(own: Certificate, tell: Tell) -> None:
    tell("hypotheses")
    for obligation in own.premises:
        match hypotheses(own.system, obligation).answer:
            case Answer.UNSAT:
                raise CertificateError(f"the hypotheses about {obligation.about} contradict each other")
            case Answer.UNKNOWN:
                raise CertificateError(f"no state is known to meet the hypotheses about {obligation.about}")


def _asked(obligation: Obligation, number: int, own: Certificate, tell: Tell, *, quick: bool) -> tuple[Reply, Reply]:
    """What Z3 and cvc5 say."""
    tell(f"obligation {number} of {len(own.every)}")
    first = second.ask_z3(obligation.script, rlimit=WORK)
    if quick and first.answer is not Answer.UNKNOWN:
        other = UNASKED
    else:
        other = second.ask(obligation.script, rlimit=WORK // CVC5_UNITS)
    said = {first.answer, other.answer}
    if {Answer.SAT, Answer.UNSAT} <= said:
        second.compare(first, other)
    if Answer.SAT in said:
        raise CertificateError(f"not shown: {obligation.name}; its denial is satisfiable")
    if Answer.UNSAT not in said:
        raise CertificateError(f"not shown: {obligation.name}; {first.reason}; {other.reason}")
    return first, other


def _request(words: Mapping[str, Json], design: str) -> tuple[Request, str]:
    """The check that a manifest says it is of, and the name of its design."""
    if sorted(words) != sorted(_KEYS):
        raise CertificateError(f"`check` in {MANIFEST} must have exactly the keys {', '.join(_KEYS)}")
    text = {key: as_text(words[key], f"`{key}`") for key in _KEYS[:6]}
    if not design and text["design"] not in designs():
        raise CertificateError(
            f"the certificate is of `{text['design']}`, which is not in the catalogue; "
            "name the design's file with --design"
        )
    own = find_property(text["property"])
    policy = "" if text["policy"] == own.policy else text["policy"]
    only = words["only"]
    request = Request(
        find_design(design or text["design"]), own, text["contract"], policy, text["topology"], text["where"],
        {sort: _count(n, f"the size of {sort}") for sort, n in as_object(words["given"], "`given`").items()},
        _bound(words, "faults"),
        None if only is None else frozenset(_texts(words, "only")),
        _bound(words, "depth"),
        without=frozenset(_texts(words, "without")),
        engine=known_engine(as_text(words["engine"], "`engine`")),
    )  # fmt: skip
    return request, text["design"]


def _bound(words: Mapping[str, Json], key: str) -> int | None:
    return None if words[key] is None else _count(words[key], f"`{key}`")


def _count(value: Json, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise CertificateError(f"{what} must be a number from 0 to {_MOST}")
    return value


def _texts(words: Mapping[str, Json], key: str) -> tuple[str, ...]:
    return tuple(as_text(x, f"an entry of `{key}`") for x in as_list(words.get(key), f"`{key}`"))


def read(path: Path) -> str:
    """The text of one file of a certificate."""
    try:
        if path.stat().st_size > _LARGEST:
            raise CertificateError(f"{path.name} is larger than {_LARGEST} bytes; no file of a certificate is")
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except OSError as error:
        raise CertificateError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CertificateError(f"{path} is not UTF-8 text: byte {error.start} is wrong") from error


def listed(directory: Path) -> Iterator[str]:
    """Names of the files below a directory; one that is a link belongs to no certificate."""
    for number, path in enumerate(sorted(directory.rglob("*"))):
        name = path.relative_to(directory).as_posix()
        if number > _MOST:
            raise CertificateError(f"there are more than {_MOST} files in {directory}; no certificate has so many")
        if path.is_symlink():
            raise CertificateError(f"{name} is a link; a certificate has plain files only")
        if not path.is_dir():
            yield name


def _more(names: Sequence[str]) -> str:
    return f", and {len(names) - 1} more" if len(names) > 1 else ""

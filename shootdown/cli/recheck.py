"""`shootdown recheck` and `check --certificate`: certificates are confirmed, or written."""

import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from shootdown.cli.interrupt import Interrupt, remembered
from shootdown.counterexamples.shape import Json
from shootdown.ir.errors import ShootdownError, UsageError
from shootdown.report.bitproof import bits_text
from shootdown.report.certificate import LEMMAS, confirmed_text, lemmas_text
from shootdown.report.progress import Watcher, watching
from shootdown.review import bitproof
from shootdown.review.certificate import MANIFEST, Certificate, certificate_of, manifest_text, scripts
from shootdown.review.expectation import Exit
from shootdown.review.problem import Request
from shootdown.review.recheck import Tell, again, compare, decide, load
from shootdown.search.result import Limits, Progress
from shootdown.search.verdict import Proved


def run(directories: Sequence[Path], design: str = "", *, quick: bool = False) -> Exit:
    """Print what was confirmed, and on stderr, one sentence each, why other certificates are rejected.

    Ctrl-C ends it, at the next obligation at the latest, with exit code 3.
    """
    with remembered() as interrupt:
        try:
            code = _run(directories, design, interrupt, quick=quick)
        except KeyboardInterrupt:
            code = Exit.OPEN
        except Exception:
            if not interrupt.seen:  # else it is what the interrupt has broken off
                raise
    return Exit.OPEN if interrupt.seen else code


def _run(directories: Sequence[Path], design: str, interrupt: Interrupt, *, quick: bool) -> Exit:
    code = Exit.GOOD
    with watching(sys.stderr) as watcher:
        for directory in directories:
            which = f"{directory}: " if len(directories) > 1 else ""
            stream, text = sys.stdout, ""
            try:
                text = which + _confirm(directory, design, watcher, interrupt, quick=quick)
            except ShootdownError as error:
                stream, text, code = sys.stderr, f"rejected: {which}{error}\n", Exit.WRONG_USE
            interrupt.check()
            with watcher.hidden():
                stream.write(text)
                stream.flush()
    return code


def _confirm(directory: Path, design: str, watcher: Watcher, interrupt: Interrupt, *, quick: bool) -> str:
    def tell(what: str) -> None:
        interrupt.check()
        watcher.say(f"{directory}: {what}")

    def report(progress: Progress) -> None:
        interrupt.check()
        watcher(progress)

    tell("from the model")
    top = load(directory)
    if bitproof.about_bits(top):
        return _confirm_bits(top, directory, design, tell, quick=quick)
    own = again(top, design, Limits(report=report))
    compare(top, directory, own, _files(own))
    if own.closed:
        return confirmed_text(own, None)
    return confirmed_text(own, decide(own, tell, quick=quick))


def _confirm_bits(top: Mapping[str, Json], directory: Path, design: str, tell: Tell, *, quick: bool) -> str:
    """The same of a proof about bytes or ranges."""
    proof = bitproof.again(top, design)
    bitproof.compare(top, directory, proof)
    return bits_text(proof, bitproof.decide(proof, tell, quick=quick))


def _files(certificate: Certificate) -> dict[str, str]:
    """Every file of a certificate but the manifest."""
    return {} if certificate.closed else {LEMMAS: lemmas_text(certificate), **scripts(certificate)}


def write(directory: Path, request: Request, design: str, proved: Proved) -> Certificate:
    """Write a certificate, in the place of an older one; what is there otherwise is left alone, with a UsageError."""
    certificate = certificate_of(request, design, proved)
    write_files(directory, {MANIFEST: manifest_text(certificate), **_files(certificate)})
    return certificate


def write_files(directory: Path, files: Mapping[str, str]) -> None:
    """Write a certificate of these files, in the place of an older one; a UsageError as for `write`."""
    try:
        if directory.exists() and any(directory.iterdir()) and not (directory / MANIFEST).is_file():
            raise UsageError(f"{directory} holds something else than a certificate; name another directory")
        directory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory.parent, prefix=f".{directory.name}.") as made:
            for name, text in files.items():
                path = Path(made, "new", name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8", newline="")
            if directory.exists():
                shutil.move(directory, Path(made, "old"))
            Path(made, "new").rename(directory)
    except OSError as error:
        raise UsageError(f"{directory} cannot be written: {error.strerror}") from error

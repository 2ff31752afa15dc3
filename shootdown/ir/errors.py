"""What can be wrong with a model or a request, in one sentence each.

* ShootdownError: anything a user can mend; never shown as a traceback
  * ModelError: the model says something the language does not mean; names file and line
  * UsageError: a name, a size or an option that does not exist
  * TraceError: a trace file that does not replay; names the step
  * CertificateError: a certificate that is not confirmed
"""

import sys
from pathlib import Path

_IR = str(Path(__file__).resolve().parent)


class ShootdownError(Exception):
    """One clear sentence: what is wrong, where, and what would be right."""


class UsageError(ShootdownError):
    """The request names something that does not exist or asks for something impossible."""


class TraceError(ShootdownError):
    """A trace is not a run of the model, or does not end in a violation."""


class CertificateError(ShootdownError):
    """A certificate is not what the model gives, or does not prove what it says."""


class ModelError(ShootdownError):
    """A mistake in a model, found when the model is built."""

    def __init__(self, message: str, where: str | None = None) -> None:
        self.where = where if where is not None else call_site()
        super().__init__(f"{self.where}: {message}" if self.where else message)


def call_site(*also: str) -> str:
    """`file:line` of the innermost frame outside the language and the files `also`: the modeller's own line."""
    skipped = (_IR, *(str(Path(name).resolve()) for name in also))
    frame = sys._getframe(1)  # noqa: SLF001 # the documented way to the caller's line
    while frame is not None:
        name = frame.f_code.co_filename
        if not name.startswith("<") and not str(Path(name).resolve()).startswith(skipped):
            return f"{_short(name)}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""


def _short(name: str) -> str:
    """The path as the reader would type it: relative where it lies below here."""
    try:
        return str(Path(name).resolve().relative_to(Path.cwd()))
    except ValueError:
        return name

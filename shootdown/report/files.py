"""Files that are either complete or not there."""

import os
import tempfile
from pathlib import Path

from shootdown.ir import UsageError


def must_take_files(directory: Path) -> None:
    """A UsageError where no file can be made in the directory, before hours are spent on what is to be in it.

    Nothing is made, so that a command which ends early leaves nothing.
    """
    nearest = next((p for p in (directory, *directory.parents) if p.exists()), directory)
    if not nearest.is_dir():
        raise UsageError(f"{directory} cannot be written: {nearest} is no directory")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UsageError(f"{directory} cannot be written: nothing can be made in {nearest}")


def write_whole(path: Path, text: str | bytes) -> None:
    """Write bytes, or text as UTF-8, beside the target and rename it; a UsageError where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UsageError(f"{path.parent} cannot be written: {error.strerror}") from error
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode("utf-8") if isinstance(text, str) else text)
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}") from error
    except BaseException:
        part.unlink(missing_ok=True)
        raise

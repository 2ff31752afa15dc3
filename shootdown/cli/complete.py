"""What a shell completes: names of the catalogue, and files where a file is meant.

Each function gets what has been typed of a word and returns the words that begin so. A shell asks while somebody waits,
so nothing is loaded here but the model's own lists.
"""

from collections.abc import Iterable
from pathlib import Path


def designs(incomplete: str) -> list[str]:
    """Built-in designs."""
    from shootdown.model.designs import designs as known  # noqa: PLC0415 # only while completing, as below

    return _beginning(known(), incomplete)


def designs_and_files(incomplete: str) -> list[str]:
    """Built-in designs, proposals about bytes, and a user's own .py files."""
    from shootdown.model.usermem.designs import abis  # noqa: PLC0415

    return list(dict.fromkeys([*designs(incomplete), *_beginning(abis(), incomplete), *python_files(incomplete)]))


def python_files(incomplete: str) -> list[str]:
    """Files that may define a design, and directories in which one may lie."""
    folder, _, start = incomplete.rpartition("/")
    place = Path(folder) if folder else Path("/" if incomplete.startswith("/") else ".")
    lead = f"{folder}/" if "/" in incomplete else ""
    try:
        entries = sorted(place.iterdir())
    except OSError:
        return []
    shown = [p for p in entries if p.name.startswith(start) and (start or not p.name.startswith("."))]
    return [f"{lead}{p.name}{'/' * p.is_dir()}" for p in shown if p.is_dir() or p.suffix == ".py"]


def properties(incomplete: str) -> list[str]:
    """Claims about caches and about bytes."""
    from shootdown.ir.claims import ABI  # noqa: PLC0415
    from shootdown.properties import properties as known  # noqa: PLC0415

    return _beginning([*known(), *known(ABI)], incomplete)


def contracts(incomplete: str) -> list[str]:
    """What a driver may promise."""
    from shootdown.model.design import CONTRACTS  # noqa: PLC0415

    return _beginning(CONTRACTS, incomplete)


def policies(incomplete: str) -> list[str]:
    """What a VMM may do with an answer."""
    from shootdown.model.design import POLICIES  # noqa: PLC0415

    return _beginning(POLICIES, incomplete)


def topologies(incomplete: str) -> list[str]:
    """Containers that have a name."""
    from shootdown.model.topology import TOPOLOGIES  # noqa: PLC0415

    return _beginning(TOPOLOGIES, incomplete)


def assumptions(incomplete: str) -> list[str]:
    """What `--without` withdraws; after a comma the next one."""
    from shootdown.model.world import ASSUMPTIONS  # noqa: PLC0415

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in _beginning(ASSUMPTIONS, last) if name not in before.split(",")]


def engines(incomplete: str) -> list[str]:
    """Searches that may be asked alone."""
    return _beginning(("explicit", "bmc", "kinduction", "pdr", "parametric"), incomplete)


def forms(incomplete: str) -> list[str]:
    """Forms of an answer."""
    return _beginning(("text", "json", "mail", "markdown", "mermaid", "svg", "png"), incomplete)


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]

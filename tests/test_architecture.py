"""The shape of the repository: direction of imports, packaging, sizes, and what must not be in it."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("model", "properties", "counterexamples")
MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 45

MAY_IMPORT = {
    "ir": {"ir"},
    "smt": {"ir", "smt"},
    "second": {"ir", "smt", "second"},
    "model": {"ir", "model"},
    "properties": {"ir", "model", "properties"},
    "search": {"ir", "smt", "second", "search"},
    "counterexamples": {"ir", "model", "properties", "search", "counterexamples"},
    "review": {"ir", "smt", "second", "model", "properties", "search", "counterexamples", "review"},
    "report": {"ir", "smt", "second", "model", "properties", "search", "counterexamples", "review", "report"},
    "cli": {"ir", "smt", "second", "model", "properties", "search", "counterexamples", "review", "report", "cli"},
    "plugin": {"ir", "model", "search", "review", "report", "plugin"},
    "__main__": {"cli"},
    "__init__": set[str](),
}
"""For each room (a package, or a module of `shootdown/`) the rooms that it may import."""

# Written so that the pattern does not match its own line.
PRIVATE = re.compile(
    r"/[w]ork/|/[f]arm/|/[r]oot/|/[h]ome/|[p]ypi\.org|[p]ythonhosted\.|[n]pmjs\.|[d]eb\.debian\.|"
    r"--(?:extra-)?[i]ndex-url [^-]|--[f]ind-links "
)


def sources() -> list[Path]:
    """Every module of the project, each once (the links in `shootdown/` are not followed)."""
    own = [p for p in (ROOT / "shootdown").rglob("*.py") if not set(ROOMS) & set(p.relative_to(ROOT).parts)]
    return sorted(own + [p for room in ROOMS for p in (ROOT / room).rglob("*.py")])


def installed_name(path: Path) -> str:
    """The dotted name of a module: `model/designs/x.py` is `shootdown.model.designs.x`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts if parts[0] == "shootdown" else ("shootdown", *parts))


def room_of(name: str) -> str:
    """The room of a dotted name: `shootdown.ir.expr` lies in `ir`."""
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imports(text: str) -> Iterator[str]:
    """Dotted names that a module imports, also inside functions and for type checkers only."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the room; write the name in full"
            assert node.module is not None
            rooms = [f"shootdown.{a.name}" for a in node.names if not a.name.startswith("__")]
            yield from rooms if node.module == "shootdown" else [node.module]


def forbidden_rooms(name: str, text: str) -> set[str]:
    """Rooms that the module `name` imports and may not."""
    return {room_of(i) for i in imports(text) if i.startswith("shootdown.")} - MAY_IMPORT[room_of(name)]


def test_the_walk_over_the_sources_sees_the_rooms() -> None:
    """The rules below speak about something: each room has modules, and no module counts twice."""
    names = [installed_name(p) for p in sources()]
    assert {"shootdown.ir.expr", "shootdown.search.verdict"} <= set(names)
    assert {room_of(n) for n in names} >= set(ROOMS)
    assert len(names) == len(set(names))


def test_every_room_has_rules() -> None:
    """A new room or a new module of `shootdown/` is placed in the flow before it is used."""
    unplaced = {room_of(installed_name(p)) for p in sources()} - set(MAY_IMPORT)
    assert not unplaced, f"say in MAY_IMPORT what these may import: {sorted(unplaced)}"


def test_imports_never_point_downstream() -> None:
    """ir -> model, properties; ir -> smt -> second -> search -> counterexamples -> review -> report -> cli."""
    wrong = {
        installed_name(path): late
        for path in sources()
        if (late := forbidden_rooms(installed_name(path), path.read_text("utf-8")))
    }
    assert not wrong


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("shootdown.search.bfs", "from shootdown.model.units import Unit", {"model"}),
        ("shootdown.search.bfs", "import shootdown.properties", {"properties"}),
        ("shootdown.ir.expr", "def f():\n    from shootdown import smt", {"smt"}),
        ("shootdown.model.designs.d", "from shootdown.properties import x", {"properties"}),
        ("shootdown.properties.p", "from shootdown.model.caches import Iotlb", set()),
        ("shootdown.report.text", "from shootdown.search.verdict import Refuted", set()),
    ],
)
def test_the_import_rule_itself(name: str, text: str, found: set[str]) -> None:
    """The detector accepts what flows downstream and names what does not."""
    assert forbidden_rooms(name, text) == found


@pytest.mark.parametrize(("solver", "seam"), [("z3", "shootdown.smt"), ("cvc5", "shootdown.second")])
def test_each_solver_has_one_importer(solver: str, seam: str) -> None:
    """A solver's traps stay behind one seam."""
    users = [p for p in sources() if solver in {i.split(".")[0] for i in imports(p.read_text("utf-8"))}]
    assert [installed_name(p) for p in users] == [seam]


def test_every_package_directory_is_installed() -> None:
    """Setuptools is told each package by name; none may be forgotten, and none may be imaginary."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
    folders = {installed_name(p.parent / "__init__.py").removesuffix(".__init__") for p in sources()}
    assert set(table["packages"]) == folders
    assert table["package-dir"] == {f"shootdown.{room}": room for room in ROOMS}
    bare = [f for f in {p.parent for p in sources()} if not (f / "__init__.py").is_file()]
    assert not bare, "these folders have modules and no __init__.py"


@pytest.mark.parametrize("room", ROOMS)
def test_links_point_at_the_rooms(room: str) -> None:
    """Imports work without the links; type checkers and editors need them."""
    link = ROOT / "shootdown" / room
    assert link.is_symlink()
    assert link.readlink() == Path("..") / room


def test_modules_and_functions_stay_small() -> None:
    """A module fits in one reading, a function on one screen."""
    large = []
    for path in sources():
        text = path.read_text("utf-8")
        if text.count("\n") >= MAX_MODULE_LINES:
            large.append(f"{path.relative_to(ROOT)}: {text.count(chr(10))} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
                length = node.end_lineno - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    large.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines")
    assert not large, "\n".join(large)


def test_no_machine_path_or_registry_host_is_tracked() -> None:
    """Nothing in the repository tells on which machine or through which registry it was made."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = [n for n in listed.stdout.split("\0") if n and (ROOT / n).is_file()]
    assert "requirements.lock" in names
    leaks = [
        f"{name}:{number}"
        for name in names
        for number, line in enumerate((ROOT / name).read_text("utf-8", errors="replace").splitlines(), 1)
        if PRIVATE.search(line)
    ]
    assert not leaks, "\n".join(leaks)


def test_the_lock_pins_everything_with_hashes() -> None:
    """`make setup` installs the same bytes everywhere: one exact version and at least one hash per package."""
    blocks = re.split(r"\n(?=[a-z0-9])", (ROOT / "requirements.lock").read_text("utf-8"))
    pins = {b.split("==")[0]: b for b in blocks if not b.startswith("#")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["build-system"]["requires"], *project["project"]["dependencies"]]
    wanted += project["dependency-groups"]["dev"]
    assert {re.split(r"[<>=~]", w)[0] for w in wanted} <= set(pins)
    assert not [name for name, block in pins.items() if not re.match(r"[a-z0-9-]+==\S+ \\\n +--hash=sha256:", block)]


@pytest.mark.parametrize("tool", [("ruff", "check"), ("mypy",)], ids=lambda t: t[0])
def test_linters_find_nothing(tool: tuple[str, ...]) -> None:
    """The whole tree is clean; the settings are in pyproject.toml, with a reason per exception."""
    done = subprocess.run([sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

"""The page on model and kernel: every action, variable and assumption of the model is there, and nothing else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from shootdown.ir import Part
from shootdown.model.axes import design_at, point_named
from shootdown.model.build import parts_of
from shootdown.model.design import CONTRACTS, POLICIES, Design
from shootdown.model.designs import designs
from shootdown.model.driver import SVA
from shootdown.model.report import FIELDS
from shootdown.model.world import ASSUMPTIONS, World
from shootdown.properties import properties

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/model-and-kernel.md").read_text(encoding="utf-8")
DRIVER = frozenset(SVA.values())
"""The drivers' own functions, which the page lists once."""

UNLOCKED = "go-on/no-validation/errno/no-reaction/mode-check/fetch-once/lock-per-device"
"""A point of the design space with the one part that no named design has."""


@dataclass
class Acting:
    """An action in all its forms: where it occurs, what it stands for, how it is counted."""

    part: str
    contracts: set[str] = field(default_factory=set)
    code: set[str] = field(default_factory=set)
    kinds: set[tuple[bool, str]] = field(default_factory=set)


@dataclass
class Vocabulary:
    """All actions and variables of the model, by name."""

    actions: dict[str, Acting] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)


def worlds() -> Iterator[tuple[World, Part | None]]:
    """Every design under every contract, with all assumptions and with none; every policy; every monitor."""
    parts = frozenset(p for prop in properties().values() for p in prop.parts)
    talkative = replace(designs()["best-effort"], name="talkative", report=FIELDS)
    proposals: list[Design] = [*designs().values(), design_at(point_named(UNLOCKED))]
    for contract in CONTRACTS:
        for design in proposals:
            for without in (frozenset[str](), frozenset(ASSUMPTIONS)):
                yield World(design, contract, "hostile", without, parts), None
        for policy in POLICIES:
            yield World(talkative, contract, policy, frozenset(), parts), None
        for prop in properties().values():
            if prop.monitor is not None:
                yield World(talkative, contract, "hostile", frozenset(), parts), prop.monitor()


@cache
def vocabulary() -> Vocabulary:
    """What the parts of all these worlds declare; nothing is composed."""
    found = Vocabulary()
    for world, monitor in worlds():
        for part in [*parts_of(world), *([monitor] if monitor else [])]:
            found.variables |= {v.name: part.name for v in part.variables}
            for spec in part.actions:
                acting = found.actions.setdefault(spec.name, Acting(part.name))
                acting.contracts.add(world.contract)
                acting.code |= {spec.options["code"]} - {""}
                acting.kinds.add((spec.options["fault"], spec.options["tally"]))
    return found


def counted(acting: Acting) -> list[str]:
    """How the page says that an action is a fault, or counted without being one."""
    return [f"{'fault' if fault else 'no fault'}: {tally}" for fault, tally in sorted(acting.kinds) if tally]


def rows(section: str) -> list[list[str]]:
    """The rows of all tables below a heading of the page, headers left out."""
    found = re.search(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, f"there is no section {section}"
    tables = re.findall(r"^\|.*\n\| --- .*\n((?:\|.*\n)+)", found[1], re.MULTILINE)
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for table in tables for row in table.splitlines()]


def quoted(cell: str) -> list[str]:
    """The words of a cell that stand in backticks."""
    return re.findall(r"`([^`]*)`", cell)


def test_every_action_of_the_model_has_one_row_and_every_row_an_action() -> None:
    """Nothing happens in the model that the page does not explain, and the page explains nothing that is gone."""
    names = [quoted(row[0])[0] for row in rows("Actions")]
    assert len(names) == len(set(names))
    assert set(names) == set(vocabulary().actions)


def test_a_row_says_what_the_model_says() -> None:
    """How an action is counted, under which contracts it occurs, and the code that traces cite for it."""
    for name, kinds, contracts, code, _ in rows("Actions"):
        acting = vocabulary().actions[quoted(name)[0]]
        assert kinds == "; ".join(counted(acting)), name
        assert set(contracts.split(", ")) == (acting.contracts if acting.contracts != {*CONTRACTS} else {"all"}), name
        assert set(quoted(code)) >= acting.code - DRIVER, name
        assert ("the driver's call" in code) is bool(acting.code & DRIVER), name


def test_every_row_says_how_sure_it_is() -> None:
    """Each action, variable, contract and assumption has a label: source, analysis, recalled or measured."""
    for section in ("Actions", "Variables", "Drivers", "Assumptions, and what happens without them"):
        for row in rows(section):
            assert re.search(r"\[[SARM]\]", row[-1]), f"{section}: {row[0]}"


def test_every_variable_is_explained() -> None:
    """The table of variables names each of them once."""
    names = [name for row in rows("Variables") for name in quoted(row[1])]
    assert sorted(names) == sorted(vocabulary().variables)


def test_every_contract_is_named_with_the_drivers_function() -> None:
    """What traces cite as the driver's call is what the page says."""
    assert {quoted(row[0])[0]: quoted(row[1])[0] for row in rows("Drivers")} == SVA


def test_every_assumption_says_what_happens_without_it() -> None:
    """The table has the assumptions of the model, each with a test that exists."""
    table = rows("Assumptions, and what happens without them")
    assert sorted(quoted(row[0])[0] for row in table) == sorted(ASSUMPTIONS)
    assert all(quoted(row[2]) for row in table)


def test_every_test_and_file_that_is_named_exists() -> None:
    """A row that says which test stands for it can be followed."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    named = quoted(PAGE)
    wanted = [name for name in named if name.startswith("test_")]
    assert wanted
    assert [name for name in wanted if f"def {name}(" not in text] == []
    paths = [name for name in named if re.match(r"(tests|model|docs)/", name)]
    assert [name for name in paths if not (ROOT / name).exists()] == []

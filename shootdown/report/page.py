"""The page: one HTML file with the matrices, and behind every cell its trace or its proof. Needs no network.

Everything stands in the file: style, script and data. What designs and traces say is data and never markup: the
template escapes it, and the script puts it on the page as text.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, Template
from markupsafe import Markup

from shootdown import __version__
from shootdown.model.design import CONTRACTS
from shootdown.model.topology import TOPOLOGIES
from shootdown.report.listing import CONTRACT_WORDS, POLICY_WORDS
from shootdown.report.page_grids import is_odd, kind_of, of_bytes, of_ranges
from shootdown.report.page_pack import packed_in
from shootdown.report.page_tables import Tables
from shootdown.report.page_words import PANELS
from shootdown.report.words import plenty

Data = dict[str, Any]

ANY_CALLER = "whatever the VMM calls, omits or repeats"

_MERGED = ("assumptions", "sentence", "summary", "source")
"""What cells have in common, and the page says once."""


def page(
    cells: Sequence[Data], tables: Tables | None = None, singles: Sequence[Data] = (), *, wanted: int | None = None
) -> str:
    """The whole file.

    `cells` are those of `shootdown.report.page_cell`, `singles` those of `shootdown.report.page_single`; `wanted` says
    how many there should be of both.
    """
    tables = tables or Tables()
    told = len(cells) + len(singles)
    wanted = told if wanted is None else wanted
    every = [cell | {"id": f"c{k}", "index": k} for k, cell in enumerate(cells)]
    also = [cell | {"id": f"s{k}", "index": len(cells) + k} for k, cell in enumerate(singles)]
    return _template().render(
        title="shootdown review",
        tool=f"shootdown {__version__}",
        totals=totals([*cells, *singles]),
        complete=told >= wanted,
        missing=wanted - told,
        wanted=wanted,
        fixed=_common([c["fixed"] for c in cells if c["fixed"]]),
        contracts=list(_contracts(every)),
        designs=list(_designs(cells)),
        properties=sorted({c["property"]: c["sentence"] for c in cells}.items()),
        policies=[(p, POLICY_WORDS[p]) for p in POLICY_WORDS if any(c["policy"] == p for c in cells)],
        assumptions=sorted(_assumptions(cells).items()),
        cells=[_section(c) for c in every] + [_single(c) for c in also],
        of_bytes=of_bytes(also),
        of_ranges=of_ranges(also),
        recover=tables.recover,
        explore=tables.explore,
        texts=tables.texts,
        data=_data(cells, singles),
        css=Markup(_file("page.css")),  # our own files, not what a design says
        js=Markup(_file("page.js")),
    )


def totals(cells: Sequence[Data]) -> str:
    """How many checks there are, with which outcomes, and whether they are as stated."""
    outcomes = [c["outcome"] for c in cells]
    counts = ", ".join(f"{outcomes.count(o)} {o}" for o in sorted(set(outcomes)))
    odd = sum(is_odd(c) for c in cells)
    return f"{plenty(len(cells), 'check')}: {counts or 'none'}; {odd} not as the design files state"


@cache
def _template() -> Template:
    """The template, with what it is filled with escaped, and no name without a value."""
    loader = DictLoader({"page.html": _file("page.html")})
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    made.policies["json.dumps_kwargs"] = {"sort_keys": True, "separators": (",", ":"), "ensure_ascii": True}
    return made.get_template("page.html")


@cache
def _file(name: str) -> str:
    return (files("shootdown.report") / "templates" / name).read_text("utf-8")


def _contracts(cells: Sequence[Data]) -> Iterator[Data]:
    """A matrix for each contract, in the usual order; rows are alike in all of them."""
    designs = [d["name"] for d in _designs(cells)]
    first = {c["row"]: c for c in reversed(cells)}
    rows = _in_order(cells, "row")
    for name in [n for n in CONTRACTS if any(c["contract"] == n for c in cells)]:
        own = {(c["row"], c["design"]): c for c in cells if c["contract"] == name}
        yield {
            "name": name,
            "words": CONTRACT_WORDS.get(name, ""),
            "rows": [
                {
                    "label": row, "property": first[row]["property"], "policy": first[row]["policy"],
                    "sentence": first[row]["sentence"],
                    "cells": [_link(own[row, d]) if (row, d) in own else None for d in designs],
                }
                for row in rows if any((row, d) in own for d in designs)
            ],
        }  # fmt: skip


def _designs(cells: Sequence[Data]) -> Iterator[Data]:
    """Designs in the order of the cells, each once."""
    first = {c["design"]: c for c in reversed(cells)}
    for cell in (first[name] for name in _in_order(cells, "design")):
        yield {"name": cell["design"], "summary": cell["summary"], "source": cell["source"]}


def _in_order(cells: Sequence[Data], key: str) -> list[str]:
    """What stands under a key: first that of questions about all sizes, then that of narrowed ones."""
    general = [c for c in cells if c["topology"] == "sizes" and c["row"].count(",") <= 1]
    return list(dict.fromkeys(c[key] for c in (*general, *cells)))


def _link(cell: Data) -> Data:
    odd = is_odd(cell)
    state = f"; {cell['stated']['standing']}" if odd else ""
    words = f"{cell['outcome']}{', ' if cell['strength'] else ''}{cell['strength']}{state}"
    return {
        "id": cell["id"], "mark": cell["mark"], "kind": kind_of(cell["mark"]), "odd": odd,
        "label": f"{cell['design']}, {cell['row']}, contract {cell['contract']}: {words}",
    }  # fmt: skip


def _section(cell: Data) -> Data:
    title = f"{cell['design']}: {cell['row']}, contract {cell['contract']}: {cell['outcome']}"
    return {"id": cell["id"], "index": cell["index"], "title": title, "line": cell["line"]}


def _assumptions(cells: Iterable[Data]) -> dict[str, list[str]]:
    return {name: text for cell in cells for name, text in cell["assumptions"].items()}


def _common(lists: Sequence[Sequence[str]]) -> list[str]:
    """What stands in all of the lists."""
    return [text for text in lists[0] if all(text in other for other in lists)] if lists else []


def _single(cell: Data) -> Data:
    title = f"{cell['design']}: {cell['property']}, {cell['place']}: {cell['outcome']}"
    return {"id": cell["id"], "index": cell["index"], "title": title, "line": cell["line"]}


def _data(cells: Sequence[Data], singles: Sequence[Data]) -> Data:
    """What the script reads; the strings of the cells are places in `pool`, to the base 36."""
    pool: dict[str, int] = {}
    shown = [{k: v for k, v in cell.items() if k not in _MERGED} for cell in (*cells, *singles)]
    packed = [packed_in(pool, cell) for cell in shown]
    return {
        "cells": packed,
        "pool": list(pool),
        "panels": list(PANELS),
        "assumptions": _assumptions(cells),
        "contracts": CONTRACT_WORDS,
        "policies": {**POLICY_WORDS, "any": ANY_CALLER},
        "topologies": {t.name: t.summary for t in TOPOLOGIES.values()}
        | {"sizes": "every container of these sizes, with attach and detach"},
        "properties": {c["property"]: c["sentence"] for c in cells},
    }


__all__ = ["is_odd", "page", "totals"]

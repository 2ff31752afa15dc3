"""What the signs in a mail mean, of those that occur in it."""

import re
from collections.abc import Iterable, Iterator

from shootdown.report.effects import STALE
from shootdown.report.sequence import Diagram

_ENTRY = re.compile(r"(?:s2 (?=[+-]))?(?P<sign>[+-]?)(?:(?P<domain>\w+):)?\S+")
"""`A:g->f!`, `+g->f`, `s2 -A:f`."""


def lane_signs(diagram: Diagram) -> Iterator[str]:
    """Who acts and on whom, then what is said of entries."""
    drawn = {lane.key for lane in diagram.lanes}
    acting = [e for e in diagram.events if e.source in drawn]
    arrows = [e for e in acting if any(t in drawn and t != e.source for t in e.targets)]
    if acting:
        lost = " (x: no answer)" if any(e.lost for e in arrows) else ""
        yield "* acts" + (f", arrow: on whom{lost}" if arrows else "")
    cells = [*(e.cells for e in diagram.events), diagram.held]
    yield from entry_signs(text for c in cells for texts in c.values() for text in texts)


def entry_signs(texts: Iterable[str]) -> Iterator[str]:
    """How entries are written, in one text: those that come and go, their domain, the mark of a stale one."""
    parts = [(text, found) for text in texts if _is_entry(text) and (found := _ENTRY.fullmatch(text))]
    signs = []
    for sign, what in (("+", "comes"), ("-", "goes")):
        examples = [text.removesuffix(STALE) for text, found in parts if found["sign"] == sign]
        signs += [f"{examples[0]} {what}"] if examples else []
    domains = [found["domain"] for _, found in parts if found["domain"]]
    signs += [f"{domains[0]}: its domain"] if domains else []
    signs += ["s2: in stage 2"] if any(text.startswith("s2 ") for text, _ in parts) else []
    signs += [f"{STALE} = the page tables no longer say so"] if any(text.endswith(STALE) for text, _ in parts) else []
    if signs:
        yield f"entries: {', '.join(signs)}"


def _is_entry(text: str) -> bool:
    """Other texts, as `ret 0` and `cut off`, speak for themselves."""
    return "->" in text or text.startswith("s2 ")

"""A design's state machine as text for Graphviz."""

from collections.abc import Iterator, Sequence

from shootdown.report.machine import FAULT, Machine
from shootdown.report.words import paragraph

_RED = "#c62828"


def dot(drawn: Machine) -> str:
    """The machine as text with a newline at the end; the same at every run."""
    numbers = {node: k for k, node in enumerate(sorted(drawn.graph))}
    label = _quoted("\n".join([drawn.title, *(row for note in drawn.notes for row in paragraph(note, "", "  "))]))
    rows = ["  node [fontname=monospace];", "  edge [fontname=monospace];"]
    rows.append(f"  label={label}; labelloc=t; fontname=monospace;")
    for node, number in numbers.items():
        thick = ", penwidth=3" if drawn.graph.nodes[node]["initial"] else ""
        rows.append(f"  n{number} [label={_quoted(chr(10).join(drawn.rows(node)))}, shape=box{thick}];")
    for source, target in sorted(drawn.graph.edges):
        rows += _edges(f"n{numbers[source]} -> n{numbers[target]}", drawn.words(source, target))
    return "\n".join(["digraph machine {", *rows, "}"]) + "\n"


def _edges(ends: str, words: Sequence[str]) -> Iterator[str]:
    """Faults have an edge of their own."""
    plain = [w for w in words if not w.endswith(FAULT)]
    faults = [w for w in words if w.endswith(FAULT)]
    if plain:
        yield f"  {ends} [label={_quoted(chr(10).join(plain))}];"
    if faults:
        label = _quoted("\n".join(faults))
        yield f'  {ends} [label={label}, style=dashed, color="{_RED}", fontcolor="{_RED}"];'


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'

"""Generalisation: from a cube that is blocked to a larger one that still is (a clause with fewer literals)."""

from shootdown.search.cubes import Cube
from shootdown.search.frames import Frames


def disjoint_from_init(frames: Frames, cube: Cube, core: Cube) -> Cube:
    """The core, with as much of the cube added as I & c needs to stay unsatisfiable."""
    if core and frames.initiation(core) is not None:
        return core
    reason = frames.initiation(cube)
    assert reason is not None, "a cube that is to be blocked holds no initial state"
    return core | reason


def generalize(frames: Frames, level: int, cube: Cube) -> Cube:
    """Cells of the cube dropped while it stays disjoint from I and F_level & ~c & T & c' unsatisfiable.

    Heuristic: all atoms of a cell go at once, and relations of many elements go first.
    """
    cells = frames.shape.cells
    for cell in sorted({a.cell for a in cube}, key=lambda c: (-len(cells[c].args), c)):
        cube = _dropped(frames, level, cube, frozenset(a for a in cube if a.cell == cell))
    return cube


def _dropped(frames: Frames, level: int, cube: Cube, part: Cube) -> Cube:
    """The cube without the part, or less still, if that is blocked too; else the cube."""
    smaller = cube - part
    if not smaller or len(smaller) == len(cube) or frames.initiation(smaller) is None:
        return cube
    core = frames.consecution(level, frames.orbits.some(smaller))
    return cube if core is None else disjoint_from_init(frames, smaller, core)

"""A drawing as PNG, for mailers that show no SVG: the same picture on every machine, since the letters come with it."""

from importlib.resources import as_file, files

from shootdown.ir import UsageError

FAMILY = "IBM Plex Mono"
SCALE = 2.0
"""Pixels for each unit of the drawing."""

LARGEST = 16_000
"""Pixels of the longer side; beyond that mailers and libraries give up."""

_PAPER = "#ffffff"
_WEIGHTS = ("Regular", "Bold")


def png(svg: str, scale: float = SCALE) -> bytes:
    """The drawing on white paper. Larger drawings get fewer pixels for each unit, so that no side is over `LARGEST`.

    A UsageError where the text is no SVG. Fonts of the machine are not looked at.
    """
    from resvg_py import svg_to_bytes  # noqa: PLC0415 # a megabyte that only pictures need

    folder = files("fontpkg_ibm_plex_mono") / "files"
    with as_file(folder) as place:
        fonts = [str(place / f"{FAMILY.replace(' ', '')}-{weight}.ttf") for weight in _WEIGHTS]
        try:
            drawn = svg_to_bytes(
                svg_string=_plain(svg),
                background=_PAPER,
                zoom=min(scale, LARGEST / _longest(svg)),
                skip_system_fonts=True,
                font_files=fonts,
                font_family=FAMILY,
                monospace_family=FAMILY,
            )
        except ValueError as error:
            raise UsageError(f"the drawing cannot be made a PNG: {error}") from error
    return bytes(drawn)


def _plain(svg: str) -> str:
    """The colours of the reader's system, which a picture on paper has none of, as black and white."""
    begin, end, rest = svg.partition("</style>")
    return begin.replace("CanvasText", "#000000").replace("Canvas", _PAPER) + end + rest


def _longest(svg: str) -> float:
    """The longer side, as our own drawings say it in their first row: `viewBox="0 0 width height"`."""
    _, _, rest = svg.partition('viewBox="0 0 ')
    sides = rest.partition('"')[0].split()
    return max([1.0, *(float(side) for side in sides)])

"""Pictures for mailers: the whole drawing with its letters, on white paper, the same whatever fonts a machine has."""

import struct
import zlib
from pathlib import Path

import pytest

from shootdown.cli.check import run
from shootdown.cli.options import Options
from shootdown.ir import UsageError
from shootdown.report.png import LARGEST, png

WORDS = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} 40"><text x="4" y="20" {1}>{2}</text></svg>'


def size(image: bytes) -> tuple[int, int]:
    """Width and height, as the header says."""
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", image[16:24])
    return width, height


def rows(image: bytes) -> bytes:
    """What is drawn, as filtered rows of the picture."""
    data, place = b"", 8
    while place < len(image):
        (length,) = struct.unpack(">I", image[place : place + 4])
        if image[place + 4 : place + 8] == b"IDAT":
            data += image[place + 8 : place + 8 + length]
        place += length + 12
    return zlib.decompress(data)


def test_letters_are_drawn() -> None:
    """Text leaves traces; the same text the same, other text and bold text others."""
    style = 'style="font:12px monospace"'
    images = {
        words: png(WORDS.format(200, style, words)) for words in ("", "stale: g -> f", "stale: g -> h")
    } | {"bold": png(WORDS.format(200, 'style="font:bold 12px monospace"', "stale: g -> f"))}  # fmt: skip
    assert len({rows(image) for image in images.values()}) == len(images)
    assert png(WORDS.format(200, style, "stale: g -> f")) == images["stale: g -> f"]
    assert {size(image) for image in images.values()} == {(400, 80)}


def test_a_large_drawing_stays_within_bounds() -> None:
    """Fewer pixels for each unit, and no side longer than what mailers show."""
    width, height = size(png(WORDS.format(20_000, "", "")))
    assert LARGEST - 2 <= width <= LARGEST
    assert height < 40


def test_what_is_no_drawing_is_one_sentence() -> None:
    """The library's own words behind ours."""
    with pytest.raises(UsageError, match=r"^the drawing cannot be made a PNG: "):
        png("<svg")


def test_check_leaves_a_picture_beside_the_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file to replay and the picture; the terminal gets words."""
    asked = Options("type1-v1", ("success-means-coherent",), topology="two-domains", format="png", output=tmp_path)
    assert run(asked) == 1
    name = "type1-v1.success-means-coherent.vtd-v10.any.two-domains"
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"{name}.itf.json", f"{name}.png"]
    width, height = size((tmp_path / f"{name}.png").read_bytes())
    assert width > 1000
    assert height > 500
    assert "type1-v1 violates success-means-coherent" in capsys.readouterr().out


def test_a_picture_needs_a_directory() -> None:
    """A terminal shows no PNG."""
    with pytest.raises(UsageError, match="name a directory"):
        run(Options("type1-v1", format="png"))

"""Colour for the word that says how a check came out: on a terminal, unless NO_COLOR is set (no-color.org)."""

import os
import re
from collections.abc import Mapping
from typing import TextIO

_GREEN, _RED, _YELLOW, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[33m", "\x1b[0m"
_COLOURS = {"proved": _GREEN, "refuted": _RED, "violates": _RED}
_WORD = re.compile(
    r"^(\S+ (?:\S+ )?)(?:(proved|refuted|vacuous|unknown|holds-to)(?= (?:contract|world)=)|(violates)(?= \S+(?:  |$)))",
    re.MULTILINE,
)


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody looks at the stream, and has not asked to be spared: any value of NO_COLOR but the empty one."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def painted(text: str, stream: TextIO) -> str:
    """The text of a check as `stream` should get it: the outcomes in colour, or nothing changed."""
    return _WORD.sub(_paint, text) if wants_colour(stream) else text


def _paint(found: re.Match[str]) -> str:
    word = found[2] or found[3]
    return f"{found[1]}{_COLOURS.get(word, _YELLOW)}{word}{_PLAIN}"

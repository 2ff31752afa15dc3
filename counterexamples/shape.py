"""JSON from somebody else's file: each value is what it should be, or a TraceError says what it is not."""

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn, Union

from shootdown.ir.errors import TraceError

Json = Union[None, bool, int, float, str, "list[Json]", "dict[str, Json]"]
"""Whatever JSON can say."""


def decode(text: str) -> Json:
    """The value of a JSON text without duplicate keys and without NaN or infinities."""
    try:
        value: Json = json.loads(text, object_pairs_hook=_distinct, parse_constant=_no_constant)
    except ValueError as error:
        where = f"line {error.lineno}: {error.msg}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise TraceError(f"the file is not JSON: {where}") from None
    except RecursionError:
        raise TraceError("the file is nested too deeply for a trace") from None
    return value


def as_object(value: Json, what: str) -> Mapping[str, Json]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise TraceError(f"{what} must be a JSON object, not {_kind(value)}")
    return value


def as_list(value: Json, what: str) -> list[Json]:
    """A JSON list."""
    if not isinstance(value, list):
        raise TraceError(f"{what} must be a list, not {_kind(value)}")
    return value


def as_text(value: Json, what: str) -> str:
    """A JSON string of printable characters, so that an error may quote it on any terminal."""
    if not isinstance(value, str):
        raise TraceError(f"{what} must be a string, not {_kind(value)}")
    if not value.isprintable():
        raise TraceError(f"{what} contains characters that cannot be printed")
    return value


def no_more_than(known: Sequence[str], given: Mapping[str, Json], what: str) -> None:
    """The object has no key besides the known ones: what nothing reads would pass for confirmed."""
    for name in given:
        if name not in known:
            raise TraceError(f"{what} has `{name[:80]}`, which replay does not read; take it out")


def _kind(value: Json) -> str:
    kinds = {dict: "an object", list: "a list", str: "a string", bool: "a truth value", type(None): "nothing"}
    return kinds.get(type(value), "a number")


def _distinct(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TraceError("the file gives one key twice in one object")
    if not all(key.isprintable() for key in found):
        raise TraceError("the file has a key with characters that cannot be printed")
    return found


def _no_constant(name: str) -> NoReturn:
    raise TraceError(f"the file contains {name}, which is no JSON")

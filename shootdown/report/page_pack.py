"""Data for the page with each string once: what runs and states have in common makes up most of them."""

from collections.abc import Mapping, Sequence
from typing import Any

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def packed_in(pool: dict[str, int], value: Any) -> Any:
    """A value with each of its strings replaced by the place of the string in the pool, which grows."""
    match value:
        case str():
            return _base36(pool.setdefault(value, len(pool)))
        case Mapping():
            return {k: packed_in(pool, v) for k, v in value.items()}
        case list() | tuple():
            return [packed_in(pool, v) for v in value]
    return value


def unpacked(pool: Sequence[str], value: Any) -> Any:
    """What `packed_in` was given, as the script sees it."""
    match value:
        case str():
            return pool[int(value, len(_DIGITS))]
        case Mapping():
            return {k: unpacked(pool, v) for k, v in value.items()}
        case list():
            return [unpacked(pool, v) for v in value]
    return value


def _base36(number: int) -> str:
    digits = _DIGITS[number % len(_DIGITS)]
    while number := number // len(_DIGITS):
        digits = _DIGITS[number % len(_DIGITS)] + digits
    return digits


__all__ = ["packed_in", "unpacked"]

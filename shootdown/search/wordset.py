"""A growing set of packed states: a few sorted arrays of falling size."""

import hashlib

import numpy as np

from shootdown.search.compiled import Bits
from shootdown.search.layout import Rows, Words

_FILTER_BITS = 18
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


def member(words: Words, among: Words) -> Bits:
    """Which words occur in the sorted array `among`."""
    if not len(among):
        return np.zeros(len(words), dtype=np.bool_)
    return np.equal(among[position(words, among)], words)


def position(words: Words, among: Words) -> Rows:
    """Where each word stands in the sorted array `among`, if it does; always a valid position."""
    return np.minimum(np.searchsorted(among, words), len(among) - 1)


def distinct(words: Words) -> Words:
    """Sorted, each word once."""
    if len(words) < 2:  # noqa: PLR2004 # nothing to sort
        return words
    ordered = np.sort(words)
    keep = np.empty(len(ordered), dtype=np.bool_)
    keep[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=keep[1:])
    return ordered[keep]


class WordSet:
    """Union of sorted arrays; each is at least twice as long as the next, so that adding stays cheap."""

    def __init__(self) -> None:
        self._tiers: list[Words] = []

    def __len__(self) -> int:
        return sum(len(t) for t in self._tiers)

    def add(self, words: Words) -> None:
        """Add sorted words that are not in the set."""
        self._tiers.append(words)
        while len(self._tiers) > 1 and len(self._tiers[-2]) < 2 * len(self._tiers[-1]):
            last = self._tiers.pop()
            # Two sorted runs: the stable sort is one merge.
            self._tiers[-1] = np.sort(np.concatenate((self._tiers[-1], last)), kind="stable")

    def without(self, words: Words) -> Words:
        """Those of the `words` that are not in the set."""
        for tier in self._tiers:
            words = words[~member(words, tier)]
        return words

    def all(self) -> Words:
        """The whole set, sorted."""
        if not self._tiers:
            return np.zeros(0, dtype=np.uint64)
        return self._tiers[0] if len(self._tiers) == 1 else np.sort(np.concatenate(self._tiers), kind="stable")


class Recent:
    """Forgetful memory of words that have passed: drops most repetitions before they are sorted.

    A word is dropped only where it equals the last word of its slot, or another word of the same
    batch that is kept, so nothing new is lost.
    """

    def __init__(self) -> None:
        self._slots = np.zeros(1 << _FILTER_BITS, dtype=np.uint64)
        self._slots[0] = 1  # 0 belongs to slot 0 and 1 does not, so no slot begins with a word of its own
        self._winner = np.zeros(1 << _FILTER_BITS, dtype=np.intp)
        self._shift = np.uint64(64 - _FILTER_BITS)

    def fresh(self, words: Words) -> Rows:
        """Positions of words that have not certainly passed before."""
        slots = ((words * _MULTIPLIER) >> self._shift).astype(np.intp)
        new = np.flatnonzero(self._slots[slots] != words)
        slots, rest = slots[new], words[new]
        self._slots[slots] = rest
        numbers = np.arange(len(new))
        self._winner[slots] = numbers
        winner = self._winner[slots]
        kept: Rows = new[(winner == numbers) | (rest[winner] != rest)]
        return kept


def digest(*sets: Words) -> str:
    """The first 16 hex digits of SHA-256 over the words of the sorted sets, least significant byte first."""
    total = hashlib.sha256()
    for words in sets:
        total.update(len(words).to_bytes(8, "little"))
        total.update(words.astype("<u8").tobytes())
    return total.hexdigest()[:16]

"""The command that asks the same question again, as a line for a shell: wrapped, and pasted as it stands."""

import shlex
from collections.abc import Iterator

from shootdown.report.words import caller_word
from shootdown.review.problem import Request

_CONTINUED = " \\"
_SPLIT = "\\"


def arguments(request: Request, design: str, form: str = "") -> list[str]:
    """`shootdown check ...` as words. `design`: the name or the path under which the user's design is found.

    A limit on time is left out: it may keep an answer away, and never changes one.
    """
    words = ["shootdown", "check", design, request.property.name, "--contract", request.contract]
    return [*words, *_narrowing(request), *(["--format", form] if form else [])]


def _narrowing(request: Request) -> Iterator[str]:
    own = request.caller == request.property.policy
    policy = "" if own else caller_word(request)
    given = {"policy": policy, "topology": request.topology, "where": request.where, "engine": request.engine}
    counts = {"faults": request.faults, "depth": request.depth}
    for name, text in given.items():
        yield from [f"--{name}", text] if text else []
    for sort, size in sorted(request.sizes.items()):
        yield from [f"--{sort.lower()}s", str(size)]
    for name, number in counts.items():
        yield from [] if number is None else [f"--{name}", str(number)]
    for name, kinds in (("only", request.only), ("without", request.without)):
        for kind in [",".join(sorted(kinds))] if name == "only" and kinds else sorted(kinds or ()):
            yield from [f"--{name}", kind]


def shell_rows(words: list[str], width: int, indent: str = "  ") -> list[str]:
    """The words as rows that a shell reads as one command; an option stays beside its value where it fits."""
    rows = [indent]
    for piece in _pieces(words):
        if len(rows[-1]) + len(piece) + len(_CONTINUED) + 1 <= width:
            rows[-1] += f" {piece}" if rows[-1].strip() else piece
            continue
        if rows[-1].strip():
            rows[-1] += _CONTINUED
            rows.append(indent * 2)
        first, *more = _broken(piece, width - len(rows[-1]) - len(_CONTINUED), width - len(_SPLIT))
        rows[-1] += first
        for part in more:
            rows[-1] += _SPLIT
            rows.append(part)
    return rows


def _pieces(words: list[str]) -> Iterator[str]:
    """Words as a shell needs them, options with their values."""
    quoted = [shlex.quote(w) for w in words]
    while quoted:
        take = 2 if quoted[0].startswith("--") and len(quoted) > 1 else 1
        yield " ".join(quoted[:take])
        quoted = quoted[take:]


def _broken(piece: str, first: int, later: int) -> list[str]:
    """A piece that is too long for a row, cut so that a shell puts it together again: each part has its own quotes."""
    if len(piece) <= first:
        return [piece]
    option, space, word = piece.partition(" ") if piece.startswith("--") else ("", "", piece)
    text = shlex.split(word)[0]
    found = [option + space] if option else []
    room = first - len(found[0]) if found else first
    while text:
        cut = room
        while cut > 1 and len(shlex.quote(text[:cut])) > room:
            cut -= 1
        chunk = shlex.quote(text[:cut])
        found = [found[0] + chunk] if option and len(found) == 1 and found[0].endswith(" ") else [*found, chunk]
        text, room = text[cut:], later
    return found

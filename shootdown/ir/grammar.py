"""The shape of a formula that somebody typed: words, operators and where they stand, not yet what they mean.

    formula  = ("forall" | "exists") name ":" sort {"," name ":" sort} "." formula | implied
    implied  = or ["->" formula]         or = and {"|" and}         and = not {"&" not}
    not      = ("~" | "!" | "not") not | compared
    compared = bits [("==" | "!=" | "<" | "<=" | ">" | ">=") bits]
    bits     = shift [("bitand" | "bitor" | "bitxor") shift]
    shift    = sum {("<<" | ">>") sum}   sum = product {("+" | "-") product}   product = atom {"*" atom}
    atom     = number | "-" number | name ["." name] | name "(" formula {"," formula} ")" | "(" formula ")"

`and`, `or`, `[...]` for `(...)` and a quantifier after any operator are accepted as well.
"""

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shootdown.ir.errors import UsageError

_NUMBER = r"0[xX][0-9a-fA-F]{1,40}|\d{1,40}"
_OPERATOR = r"->|<<|>>|<=|>=|==|!=|&&|\|\||[-&|~!()\[\],.:<>+*]"
_TOKEN = re.compile(rf"\s*(?:({_NUMBER})|([A-Za-z_]\w*)|({_OPERATOR}))", re.ASCII)
_SPELLING = {"&&": "&", "||": "|", "!": "~", "not": "~", "and": "&", "or": "|"}
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_RESERVED = frozenset({"forall", "exists", "and", "or", "not", "bitand", "bitor", "bitxor"})
_DEEPEST = 40
_LONGEST = 100
_MANY, _FEW = 20, 5
"""More names than this are not all listed, but so many of them."""


@dataclass(frozen=True, slots=True)
class Tree:
    """One node of a typed formula.

    `kind` is an operator, "number", "name", "qualified" (text is `Sort.name`), "call", "forall" or "exists"
    (with `binders` as pairs of name and sort name). `column` counts from 1.
    """

    kind: str
    text: str
    column: int
    args: tuple["Tree", ...] = ()
    binders: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    column: int
    word: bool = False
    number: bool = False


def fault(text: str, column: int, what: str) -> UsageError:
    """An error about a place in a typed formula."""
    line = text.replace("\n", " ")
    return UsageError(f"{what} (column {column} of `{line if len(line) <= _LONGEST else line[:_LONGEST] + '...'}`)")


def suggestion(name: str, known: Iterable[str]) -> str:
    """The close matches of a name that does not exist, or all names that do; of many the nearest."""
    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, 3)
    if near:
        return "did you mean " + " or ".join(f"`{n}`" for n in near) + "?"
    if len(names) > _MANY:
        nearest = difflib.get_close_matches(name, names, _FEW, 0)
        return f"there are {len(names)} names, the nearest: {', '.join(nearest)}"
    return f"there are: {', '.join(names)}" if names else "there are none"


def read_tree(text: str) -> Tree:
    """The whole of `text` as one formula or term; a UsageError names the column of what does not fit."""
    reader = _Reader(text, _tokens(text))
    tree = reader.formula()
    if reader.here.text:
        raise reader.error(f"nothing more is expected before `{reader.here.text}`")
    return tree


def _tokens(text: str) -> list[_Token]:
    found, at = [], 0
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            column = at + len(text[at:]) - len(text[at:].lstrip()) + 1
            hint = "; write == to compare" if text[column - 1] == "=" else ""
            raise fault(text, column, f"`{text[column - 1]}` has no meaning in a formula{hint}")
        at = match.end()
        number, word, operator = match.groups()
        piece = number or word or operator
        found.append(_Token(_SPELLING.get(piece, piece), at - len(piece) + 1, word is not None, number is not None))
    return [*found, _Token("", len(text) + 1)]


class _Reader:
    """Recursive descent over the tokens."""

    def __init__(self, text: str, tokens: list[_Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def here(self) -> _Token:
        return self.tokens[self.at]

    def error(self, what: str) -> UsageError:
        return fault(self.text, self.here.column, what)

    def take(self, *texts: str) -> _Token | None:
        """The next token if it is one of these."""
        token = self.here
        if token.text and token.text in texts:
            self.at += 1
            return token
        return None

    def need(self, text: str, where: str) -> _Token:
        token = self.take(text)
        if token is None:
            raise self.error(f"`{text}` is missing {where}")
        return token

    def name(self, what: str) -> _Token:
        token = self.here
        if not token.word or token.text in _RESERVED or token.text in _SPELLING.values():
            found = f"`{token.text}`" if token.text else "the end"
            raise self.error(f"{what} is expected, but {found} comes")
        self.at += 1
        return token

    def formula(self) -> Tree:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error(f"the formula is nested more than {_DEEPEST} deep")
        quantifier = self.take("forall", "exists")
        tree = self._quantified(quantifier) if quantifier else self._implied()
        self.depth -= 1
        return tree

    def _quantified(self, quantifier: _Token) -> Tree:
        binders = []
        while True:
            name = self.name("a variable")
            self.need(":", f"after `{name.text}`: write {quantifier.text} {name.text}: Sort. ...")
            binders.append((name.text, self.name("a sort").text))
            if not self.take(","):
                break
        self.need(".", f"after the sorts of `{quantifier.text}`")
        return Tree(quantifier.text, quantifier.text, quantifier.column, (self.formula(),), tuple(binders))

    def _implied(self) -> Tree:
        left = self._joined("|", lambda: self._joined("&", self._negated))
        arrow = self.take("->")
        return Tree("->", "->", arrow.column, (left, self.formula())) if arrow else left

    def _joined(self, operator: str, part: Callable[[], Tree]) -> Tree:
        first = part()
        parts = [first]
        while self.take(operator):
            parts.append(part())
        return Tree(operator, operator, first.column, tuple(parts)) if len(parts) > 1 else first

    def _negated(self) -> Tree:
        if self.here.text in {"forall", "exists"}:
            return self.formula()
        sign = self.take("~")
        if sign is None:
            return self._compared()
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error(f"the formula is nested more than {_DEEPEST} deep")
        tree = Tree("~", "~", sign.column, (self._negated(),))
        self.depth -= 1
        return tree

    def _compared(self) -> Tree:
        left = self._bits()
        sign = self.take(*_COMPARISONS)
        if sign is None:
            return left
        tree = Tree(sign.text, sign.text, sign.column, (left, self._bits()))
        if self.here.text in _COMPARISONS:
            raise self.error("comparisons do not chain: write (a < b) & (b < c)")
        return tree

    def _bits(self) -> Tree:
        left = self._left(("<<", ">>"), self._sum)
        sign = self.take("bitand", "bitor", "bitxor")
        return Tree(sign.text, sign.text, sign.column, (left, self._left(("<<", ">>"), self._sum))) if sign else left

    def _sum(self) -> Tree:
        return self._left(("+", "-"), lambda: self._left(("*",), self._atom))

    def _left(self, operators: tuple[str, ...], part: Callable[[], Tree]) -> Tree:
        tree, length = part(), 0
        while sign := self.take(*operators):
            length += 1
            if length > _DEEPEST:
                raise self.error(f"more than {_DEEPEST} terms stand in one row")
            tree = Tree(sign.text, sign.text, sign.column, (tree, part()))
        return tree

    def _atom(self) -> Tree:
        token = self.here
        if self.take("("):
            inner = self.formula()
            self.need(")", "to close a parenthesis")
            return inner
        sign = self.take("-")
        if sign and not self.here.number:
            raise self.error("`-` stands before a number or between two terms")
        if self.here.number:
            self.at += 1
            return Tree("number", ("-" if sign else "") + self.tokens[self.at - 1].text, token.column)
        self.name("a name, a number or `(`")
        if self.take("."):
            return Tree("qualified", f"{token.text}.{self.name('a name').text}", token.column)
        opened = self.take("(", "[")
        if opened is None:
            return Tree("name", token.text, token.column)
        return Tree("call", token.text, token.column, self._arguments(opened))

    def _arguments(self, opened: _Token) -> tuple[Tree, ...]:
        close = ")" if opened.text == "(" else "]"
        if self.take(close):
            return ()
        args = [self.formula()]
        while self.take(","):
            args.append(self.formula())
        self.need(close, "after the arguments")
        return tuple(args)

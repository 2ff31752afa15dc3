"""The next table to try: the fewest facts, then the fewest changed entries, then the fewest odd ones among these.

An entry is *odd* where it takes neither the option that the system has nor the first other one.

What is known are *clauses*: "these entries together fail". The solver finds a table that meets them all. Among the
smallest the first one counts, knob after knob and option after option, so that the answer depends on no solver's luck.
"""

from collections.abc import Collection, Mapping, Sequence

from shootdown.search.repair_sketch import Choice, Knob
from shootdown.smt import Answer, Solver


class Undecided(Exception):  # noqa: N818 # no error: the solver gave no answer
    """The solver says neither that there is a table nor that there is none."""


class Tables:
    """The tables that are not ruled out. Raises Undecided where the solver does not know."""

    def __init__(self, knobs: Sequence[Knob], facts: Sequence[str]) -> None:
        self.knobs, self.facts = tuple(knobs), tuple(facts)
        self._clauses: list[dict[int, int]] = []
        self._taken: list[tuple[str, ...]] = []

    def forbid(self, entries: Mapping[int, int]) -> None:
        """No table has all of these options (by knob); where there are none, no table is left."""
        self._clauses.append(dict(entries))

    def forbid_facts(self, facts: Collection[str]) -> None:
        """No table changes all of these facts."""
        self._taken.append(tuple(facts))

    def left(self) -> bool:
        """Whether any table is left, whatever it changes."""
        return _Asked(self, self._mentioned()).holds()

    def next(self, facts: int) -> Choice | None:
        """The first table that changes at most so many facts, with the fewest changed entries; None: there is none."""
        numbers = self._mentioned()
        asked = _Asked(self, numbers)
        taken = [f"F{min(facts, len(self.facts))}"]
        if not asked.holds(*taken):
            return None
        for letter in "EO":
            taken.append(next(b for e in range(len(numbers) + 1) if asked.holds(*taken, b := f"{letter}{e}")))
        table = [k.default for k in self.knobs]
        for n in numbers:
            table[n] = next(o for o in _in_order(self.knobs[n]) if asked.holds(*taken, f"k{n}o{o}"))
            taken.append(f"k{n}o{table[n]}")
        return tuple(table)

    def _mentioned(self) -> list[int]:
        """The knobs that clauses speak of; no other one has to be turned, and fewest are."""
        return sorted({n for clause in self._clauses for n in clause})

    def text(self, numbers: Sequence[int]) -> str:
        """What is known, as SMT-LIB about these knobs."""
        rows = []
        for n in numbers:
            knob = self.knobs[n]
            options = [f"k{n}o{o}" for o in range(len(knob.options))]
            rows += [f"(declare-const {o} Bool)" for o in options]
            rows.append(f"(assert ((_ at-most 1) {' '.join(options)}))(assert (or {' '.join(options)}))")
            usual = " ".join(f"k{n}o{o}" for o in _in_order(knob)[:2])
            rows.append(f"(declare-const c{n} Bool)(assert (= c{n} (not k{n}o{knob.default})))")
            rows.append(f"(declare-const d{n} Bool)(assert (= d{n} (not (or {usual}))))")
        for m, fact in enumerate(self.facts):
            own = [f"c{n}" for n in numbers if self.knobs[n].fact == fact]
            rows.append(f"(declare-const f{m} Bool)(assert (= f{m} (or false {' '.join(own)})))")
        for clause in self._clauses:
            rows.append(f"(assert (or false {' '.join(f'(not k{n}o{o})' for n, o in clause.items())}))")
        for facts in self._taken:
            rows.append(f"(assert (or false {' '.join(f'(not f{self.facts.index(f)})' for f in facts)}))")
        rows += _bounds("F", [f"f{m}" for m in range(len(self.facts))])
        for letter, name in (("E", "c"), ("O", "d")):
            rows += _bounds(letter, [f"{name}{n}" for n in numbers])
        return "\n".join(rows)


class _Asked:
    """One solver that knows what is known now."""

    def __init__(self, tables: Tables, numbers: Sequence[int]) -> None:
        self._solver = Solver()
        self._solver.add_text(tables.text(numbers))

    def holds(self, *assumed: str) -> bool:
        """Whether these constants can be true together."""
        answer = self._solver.check(assumed)
        if answer is Answer.UNKNOWN:
            raise Undecided(self._solver.reason_unknown)
        return answer is Answer.SAT


def _in_order(knob: Knob) -> list[int]:
    """The options in the order in which they are tried: no change first."""
    return [knob.default, *(o for o in range(len(knob.options)) if o != knob.default)]


def _bounds(letter: str, names: Sequence[str]) -> list[str]:
    """`F2`: at most two of the names hold."""
    text = []
    for most in range(len(names) + 1):
        text.append(f"(declare-const {letter}{most} Bool)")
        if most < len(names):
            text.append(f"(assert (=> {letter}{most} ((_ at-most {most}) {' '.join(names)})))")
    return text

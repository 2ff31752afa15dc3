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
        self._solver = Solver()
        self._mentioned: set[int] = set()
        self._solver.add_text("\n".join(self._declared()))

    def _declared(self) -> list[str]:
        text = []
        for n, knob in enumerate(self.knobs):
            options = [f"k{n}o{o}" for o in range(len(knob.options))]
            text += [f"(declare-const {o} Bool)" for o in options]
            text.append(f"(assert ((_ at-most 1) {' '.join(options)}))(assert (or {' '.join(options)}))")
            text.append(f"(declare-const c{n} Bool)(assert (= c{n} (not k{n}o{knob.default})))")
            usual = " ".join(f"k{n}o{o}" for o in _in_order(knob)[:2])
            text.append(f"(declare-const d{n} Bool)(assert (= d{n} (not (or {usual}))))")
        for m, fact in enumerate(self.facts):
            own = [f"c{n}" for n, k in enumerate(self.knobs) if k.fact == fact]
            text.append(f"(declare-const f{m} Bool)(assert (= f{m} (or false {' '.join(own)})))")
        text += _bounds("F", [f"f{m}" for m in range(len(self.facts))])
        for letter, name in (("E", "c"), ("O", "d")):
            text += _bounds(letter, [f"{name}{n}" for n in range(len(self.knobs))])
        return text

    def forbid(self, entries: Mapping[int, int]) -> None:
        """No table has all of these options (by knob); where there are none, no table is left."""
        self._mentioned |= set(entries)
        self._solver.add_text(f"(assert (or false {' '.join(f'(not k{n}o{o})' for n, o in entries.items())}))")

    def forbid_facts(self, facts: Collection[str]) -> None:
        """No table changes all of these facts."""
        self._mentioned |= {n for n, k in enumerate(self.knobs) if k.fact in facts}
        own = " ".join(f"(not f{self.facts.index(f)})" for f in facts)
        self._solver.add_text(f"(assert (or false {own}))")

    def left(self) -> bool:
        """Whether any table is left, whatever it changes."""
        return self._holds()

    def next(self, facts: int) -> Choice | None:
        """The first table that changes at most so many facts, with the fewest changed entries; None: there is none."""
        taken, table = [f"F{facts}"], []
        if not self._holds(*taken):
            return None
        for letter in "EO":
            taken.append(next(b for e in range(len(self.knobs) + 1) if self._holds(*taken, b := f"{letter}{e}")))
        for n, knob in enumerate(self.knobs):
            # Nothing asks for a change where no clause speaks of the knob, and the fewest entries change.
            order = _in_order(knob) if n in self._mentioned else [knob.default]
            chosen = next(o for o in order if self._holds(*taken, f"k{n}o{o}"))
            taken.append(f"k{n}o{chosen}")
            table.append(chosen)
        return tuple(table)

    def _holds(self, *assumed: str) -> bool:
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

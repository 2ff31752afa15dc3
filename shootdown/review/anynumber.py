"""The question for any number of elements: hints from the model, and what the answer would speak about."""

from collections.abc import Iterable, Iterator

from shootdown.ir import ModelError, Named, System, formula
from shootdown.ir.claims import Build
from shootdown.ir.expr import reads
from shootdown.ir.pairs import remembered
from shootdown.ir.product import RUNS, Product, in_copy
from shootdown.model.conjectures import CONJECTURES
from shootdown.model.paired import PAIRED, of_reports
from shootdown.model.part_conjectures import of_parts
from shootdown.model.recovery_conjectures import of_resets
from shootdown.model.spared import SPARED
from shootdown.model.topology import SORTS
from shootdown.search.question import Hints, Open
from shootdown.search.verdict import Lemma, Scope


def _sizes(*rows: tuple[int, ...]) -> tuple[dict[str, int], ...]:
    return tuple(dict(zip(SORTS, row, strict=True)) for row in rows)


SMALL = _sizes((1, 1, 1, 1, 1, 2), (1, 2, 2, 1, 1, 1), (1, 1, 2, 1, 1, 1), (2, 2, 2, 1, 1, 1), (1, 2, 2, 2, 1, 1))
"""Domains, groups, devices, units, iovas, frames: sizes that are searched for samples of reachable states."""

LARGE = _sizes((2, 2, 3, 2, 2, 1), (2, 2, 2, 2, 1, 2), (1, 2, 2, 1, 2, 2), (1, 3, 3, 1, 1, 2))
"""Sizes at which random runs are followed for more of them."""


def conjectures(system: System) -> tuple[Lemma, ...]:
    """What the model is believed to keep, as far as this system has the variables; of two runs each keeps it."""
    if isinstance(system, Product):
        both = [said for one in conjectures(system.single) for said in _of_both(system, one)]
        seen = [Lemma(name, said, "conjecture") for name, said in remembered(system)]
        return (*both, *seen, *_sayable(system, PAIRED))
    spared = SPARED if "spared" in system.by_name else ()
    return tuple(_sayable(system, (*CONJECTURES, *of_reports(system), *spared, *of_parts(system), *of_resets(system))))


def _sayable(system: System, known: Iterable[tuple[str, Build]]) -> Iterator[Lemma]:
    for name, build in known:
        try:
            yield Lemma(name, formula(system, build), "conjecture")
        except ModelError:  # a variable of an optional part
            continue


def _of_both(system: Product, lemma: Lemma) -> Iterator[Lemma]:
    if reads(lemma.formula) <= system.shared:
        yield lemma
        return
    for run in RUNS:
        yield Lemma(f"{lemma.name} (run {run})", in_copy(system, lemma.formula, run), lemma.origin)


def open_question(system: System, where: tuple[Named, ...], scope: Scope) -> Open:
    """The question behind a check without sizes and topology; `where` are conditions on the start."""
    return Open(Hints(conjectures(system), SMALL, LARGE), where, scope)

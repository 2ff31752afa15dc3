"""Traces as files, read by a library that others wrote for the format.

That library makes a named tuple of every option by its tag, so it cannot read Quint's `None`, in no trace of Quint's
either. Picks that a step does not make are left out before it reads; everything else is read as it is in the file.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from shootdown.counterexamples.itf import PICKS

itf_py: Any = pytest.importorskip("itf_py", reason="itf-py is not installed; `make setup` installs it")

CORPUS = Path(__file__).parents[2] / "counterexamples" / "corpus"
FILES = sorted(CORPUS.glob("*.itf.json"))
SOME = FILES[::8]
"""Those that the library reads in each run."""


def readable(path: Path) -> Any:
    """The document without options that have no value."""
    document = json.loads(path.read_text("utf-8"))
    for state in document["states"]:
        state[PICKS] = {name: pick for name, pick in state[PICKS].items() if pick["tag"] != "None"}
    return document


def test_there_are_traces_to_read() -> None:
    """The test below reads something."""
    assert len(FILES) > 40


@pytest.mark.parametrize("path", SOME, ids=lambda p: p.name.removesuffix(".itf.json"))
def test_itf_py_reads_kept_traces(path: Path) -> None:
    """Each state has every variable; tables are maps, elements strings; written again it is the same JSON."""
    document = readable(path)
    trace = itf_py.trace_from_json(document)
    assert [state.meta["index"] for state in trace.states] == [*range(len(document["states"]))]
    for state in trace.states:
        assert set(state.values) == {*document["vars"], *document["params"]}
    assert trace.states[0].values["mbt::actionTaken"] == "init"
    assert set(trace.states[-1].values["touched"].values()) <= {True, False}
    assert itf_py.trace_to_json(trace)["states"] == document["states"]


def test_itf_py_reads_which_step_was_taken() -> None:
    """The action by name, its arguments as `Some`, and what it did to a table whose keys are tuples."""
    path = CORPUS / "type1-v1.success-means-coherent.vtd-v10.any.two-domains.itf.json"
    before, after = itf_py.trace_from_json(readable(path)).states[:2]
    assert after.values["mbt::actionTaken"] == "iotlb_fill"
    assert (after.values[PICKS].d.value, after.values[PICKS].i.value) == ("a", "g")
    key = ("unit0", "A", "g", "f")
    assert (before.values["iotlb"][key], after.values["iotlb"][key]) == (False, True)

"""Trace files: the format, the way back, and everything that a file may get wrong."""

import itertools
import json

import pytest

from shootdown.counterexamples.itf import candidate, dump, load
from shootdown.counterexamples.replay import confirm
from shootdown.ir import Part, TraceError, always, compose, u8
from shootdown.ir.trace import Candidate, Step
from shootdown.search.refute import replay
from tests.counterexamples.runs import HASH, commit_case, commit_trace, header, per
from tests.toys import Client, counter, never


def text() -> str:
    """The file of the long run."""
    system, claim, run = commit_case()
    return dump(header(claim, run), system, replay(system, claim, run))


def judged(document: str, model_hash: str = HASH) -> str:
    """The reason for which a file is rejected."""
    system, claim, _ = commit_case()
    with pytest.raises(TraceError) as caught:
        confirm(load(document), system, claim, model_hash)
    assert "\n" not in str(caught.value)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_a_file_is_read_back_to_the_same_trace() -> None:
    """Header, start, steps and states survive, and the file is confirmed."""
    system, claim, trace = commit_trace()
    document = load(text())
    run, states = candidate(document, system)
    assert document.header == header(claim, commit_case()[2])
    assert run == commit_case()[2]
    assert states == trace.states
    assert confirm(document, system, claim, HASH) == trace


def test_a_file_is_the_same_bytes_every_time() -> None:
    """Another build of the same model, with tables in another order, writes the same file."""
    system, claim, run = commit_case()
    mixed = {n: dict(sorted(t.items(), reverse=True)) for n, t in sorted(run.start.items(), reverse=True)}
    again = dump(header(claim, run), system, replay(system, claim, Candidate(run.sizes, mixed, run.steps)))
    assert again == text()
    assert again.endswith("}\n")
    assert again.isascii()


def test_the_shape_is_that_of_the_format() -> None:
    """Vars and params, indices, maps, and the names of actions and picks as Quint writes them."""
    raw = json.loads(text())
    assert raw["#meta"]["format"] == "ITF"
    assert raw["params"] == ["able"]
    assert raw["vars"] == ["decision", "logged", "mbt::actionTaken", "mbt::nondetPicks", "phase", "watched"]
    assert [s["#meta"]["index"] for s in raw["states"]] == list(range(10))
    assert raw["states"][0]["mbt::actionTaken"] == "init"
    assert raw["states"][1]["mbt::actionTaken"] == "write_log"
    assert raw["states"][1]["mbt::nondetPicks"] == {"p": {"tag": "Some", "value": "r"}}
    assert raw["states"][6]["mbt::nondetPicks"] == {"p": {"tag": "None", "value": {"#tup": []}}}
    assert raw["states"][0]["able"] == {"#map": [["p", False], ["q", True], ["r", True]]}
    assert raw["states"][9]["phase"]["#map"][2] == ["r", "COMMITTED"]


def test_integers_are_written_as_bigints() -> None:
    """C integers survive any reader's number type."""
    system = counter()
    run = Candidate({}, {"n": {(): 0}}, (Step("tick", ()), Step("tick", ())))
    written = dump(header(never(system, 2), run), system, replay(system, never(system, 2), run))
    assert json.loads(written)["states"][2]["n"] == {"#bigint": "2"}
    assert candidate(load(written), system)[0] == run


def test_several_arguments_are_a_tuple() -> None:
    """A relation of two arguments has tuples as keys."""
    part = Part("pairs")
    part.relation("sees", Client, Client)
    part.variable("n", u8)
    system = compose("pairs", [part])
    claim = always("blind", lambda s: s.n != 7).on(system)
    run = Candidate({"Client": 2}, {"sees": {(a, b): int(a < b) for a in range(2) for b in range(2)}, "n": {(): 7}}, ())
    written = dump(header(claim, run), system, replay(system, claim, run))
    assert json.loads(written)["states"][0]["sees"]["#map"][1] == [{"#tup": ["a", "b"]}, True]
    assert candidate(load(written), system)[0] == run


def edited(change) -> str:
    """The file after an edit of its JSON."""
    raw = json.loads(text())
    change(raw)
    return json.dumps(raw)


def put(value, *path):
    """An edit that sets one place."""

    def change(raw) -> None:
        for key in path[:-1]:
            raw = raw[key]
        raw[path[-1]] = value

    return change


def drop(*path):
    """An edit that removes one place."""

    def change(raw) -> None:
        for key in path[:-1]:
            raw = raw[key]
        del raw[path[-1]]

    return change


def without_state(number: int):
    """An edit that removes a state and renumbers the rest."""

    def change(raw) -> None:
        del raw["states"][number]
        for index, state in enumerate(raw["states"]):
            state["#meta"]["index"] = index

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("x", "states"), "'states' must be a list, not a string"),
        (put([], "states"), "has no states"),
        (put(None, "states", 2), "state 2 must be a JSON object, not nothing"),
        (drop("states"), "'states' must be a list, not nothing"),
        (drop("#meta"), '"#meta" must be a JSON object'),
        (drop("#meta", "claim"), "`claim` in #meta must be a string"),
        (put("TLA", "#meta", "format"), "format is ITF"),
        (put([1], "#meta", "without"), "`without` in #meta must be a string, not a number"),
        (put({"Participant": 10**9}, "#meta", "sizes"), "from 1 to 64"),
        (put({"Participant": 0}, "#meta", "sizes"), "from 1 to 64"),
        (put({"Participant": True}, "#meta", "sizes"), "from 1 to 64"),
        (put({"Participant": 2.0}, "#meta", "sizes"), "from 1 to 64"),
        (put({}, "#meta", "sizes"), "sizes for nothing; commit-hasty has Participant"),
        (put({"Participant": 3, "Frame": 2}, "#meta", "sizes"), "sizes for Frame, Participant"),
        (put({"Participant": 2}, "#meta", "sizes"), "has 3 entries; it needs 2"),
        (put(["x"], "vars"), "do not have the same state variables"),
        (put("\u001b[31m", "#meta", "where"), "cannot be printed"),
        (drop("states", 4, "phase"), "state 4 lacks the variable `phase`"),
        (put(True, "states", 4, "extra"), "state 4 has an unknown variable `extra`"),
        (put(5, "states", 4, "#meta", "index"), "state 4 does not carry the index 4"),
        (put(True, "states", 1, "#meta", "index"), "state 1 does not carry the index 1"),
        (drop("states", 4), "state 4 does not carry the index 4: a state is missing"),
        (put(1, "states", 3, "logged", "#map", 0, 1), "`logged` in state 3: 1 is no Bool"),
        (put("z", "states", 3, "logged", "#map", 0, 0), '`logged` in state 3 needs a key and a value for "p"'),
        (put(["p"], "states", 3, "logged", "#map", 0), "needs a key and a value"),
        (put("q", "states", 3, "logged", "#map", 0, 0), 'needs a key and a value for "p"'),
        (put({}, "states", 3, "logged"), "the map of `logged` in state 3 must be a list"),
        (put("LATER", "states", 3, "decision"), '"LATER" is no Decision'),
        (put("vanish", "states", 3, "mbt::actionTaken"), "step 3: commit-hasty has no action `vanish`"),
        (put({}, "states", 3, "mbt::nondetPicks"), "step 3: `p` of `prepare` must be a JSON object"),
        (put({"tag": "None"}, "states", 3, "mbt::nondetPicks", "p"), "step 3: `p` of `prepare` is not given"),
        (put("z", "states", 3, "mbt::nondetPicks", "p", "value"), 'step 3: `p` of `prepare`: "z" is no Participant'),
        (put(1, "states", 3, "mbt::nondetPicks", "x"), "step 3: the picks are not those of `prepare`"),
        (put("look", "states", 4, "#meta", "action"), '"#meta" of state 4 has `action`, which replay does not read'),
        (put(["prepare"], "#meta", "actions"), '"#meta" has `actions`, which replay does not read'),
        (put(0, "steps"), "the file has `steps`, which replay does not read"),
        (put({"tag": "Some", "value": "p"}, "states", 0, "mbt::nondetPicks", "p"), "state 0: the picks are not those"),
        (put(["p"], "#meta", "elements"), "the file has `elements` and no `loop`"),
        (put(0, "loop"), "is broken by one state"),
        (without_state(0), "state 0 must be reached by `init`, not by `write_log`"),
    ],
)
def test_a_malformed_file_is_rejected_in_one_sentence(change, words: str) -> None:
    """Types, names, keys, sizes and order are all checked, and the place is named."""
    assert words in judged(edited(change))


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON: line 1"),
        ("[]", "the file must be a JSON object, not a list"),
        ("null", "the file must be a JSON object, not nothing"),
        ('{"a": 1, "a": 2}', "one key twice"),
        ('{"a": NaN}', "contains NaN"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a": ' + "9" * 5000 + "}", "not JSON"),
        ('{"\\u001b": 1}', "cannot be printed"),
        ("__import__('os')", "not JSON"),
    ],
)
def test_what_is_no_trace_at_all_is_rejected(document: str, words: str) -> None:
    """Broken, deep or hostile JSON ends in a sentence and never in a traceback."""
    assert words in judged(document)


@pytest.mark.parametrize("digits", ["256", "-1", "1e3", " 1", "\u0661", "9" * 9, "", "1_0"])
def test_integers_out_of_range_are_rejected(digits: str) -> None:
    """Only plain decimal digits within the C type are read."""
    system = counter()
    run = Candidate({}, {"n": {(): 0}}, ())
    raw = json.loads(dump(header(never(system, 0), run), system, replay(system, never(system, 0), run)))
    raw["states"][0]["n"]["#bigint"] = digits
    with pytest.raises(TraceError, match="is no u8"):
        candidate(load(json.dumps(raw)), system)


def test_an_altered_state_is_rejected_with_its_step() -> None:
    """The recorded states must be the replayed ones; the first that differs is named with the value."""
    change = put(True, "states", 3, "logged", "#map", 1, 1)
    assert judged(edited(change)) == "step 3: the file says that `logged(q)` is true afterwards, but it is false"


def test_the_name_of_an_action_is_never_ignored() -> None:
    """Whichever step gets the name of another action, the file is rejected, or tells of the run that it now names."""
    system, claim, run = commit_case()
    for number, name in itertools.product(range(len(run.steps) + 1), sorted(system.action)):
        document = edited(put(name, "states", number, "mbt::actionTaken"))
        try:
            told = confirm(load(document), system, claim, HASH)
        except TraceError:
            continue
        assert number
        assert told.steps[number - 1].action == name


def test_an_altered_step_is_rejected() -> None:
    """Another participant in step 3: it is not enabled."""
    change = put("p", "states", 3, "mbt::nondetPicks", "p", "value")
    assert judged(edited(change)) == "step 3: `prepare(p)` is not enabled"


@pytest.mark.parametrize("number", range(1, 9))
def test_a_missing_step_is_rejected(number: int) -> None:
    """Whichever state before the last is cut out, the rest is no run any more."""
    assert judged(edited(without_state(number))).startswith(f"step {number}: ")


def test_a_harmless_end_is_rejected() -> None:
    """A run that stops before the violation proves nothing."""

    def change(raw) -> None:
        del raw["states"][8:]

    assert judged(edited(change)) == "after step 7: the last state does not break `agreement`"


def test_a_start_that_is_not_initial_is_rejected() -> None:
    """The initial condition that fails is named."""

    def change(raw) -> None:
        for state in raw["states"]:
            state["watched"]["#map"][1][1] = True

    assert judged(edited(change)) == "the start breaks the initial condition `nobody_watches`"


def test_another_model_or_claim_is_rejected() -> None:
    """A file belongs to one version of the model and to one claim."""
    assert "written for another version of the model" in judged(text(), "ffff")
    assert "is about the claim `other`" in judged(edited(put("other", "#meta", "claim")))


def test_a_table_of_points_needs_every_point() -> None:
    """`per` and the file agree on the number of points (a control for the tests above)."""
    system, _, run = commit_case()
    assert candidate(load(text()), system)[0].start["able"] == run.start["able"] == per(0, 1, 1)

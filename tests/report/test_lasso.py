"""Lassos as readers meet them: as text, as data, as a file that is confirmed; on the model and its fairness."""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from shootdown.cli import replay
from shootdown.counterexamples.itf import load
from shootdown.counterexamples.replay import confirm_lasso
from shootdown.counterexamples.rounds import fair_text, lasso_text
from shootdown.ir import Property, Response, System, TraceError, UsageError, leads_to, sometimes
from shootdown.ir.fingerprint import fingerprint
from shootdown.model.fairness import fair
from shootdown.report.record import record
from shootdown.report.text import check_text, one_line
from shootdown.report.trace import story, trace_file, trace_text
from shootdown.review.answer import Answer, answer
from shootdown.review.cache import question
from shootdown.review.catalogue import find_design, find_property
from shootdown.review.certificate import certificate_of, manifest
from shootdown.review.compare import replays
from shootdown.review.expectation import Exit, exit_of
from shootdown.review.problem import Request, responses_of, system_of
from shootdown.search.fair import fair_search
from shootdown.search.question import Place
from shootdown.search.refute_lasso import refuted_by_lasso
from shootdown.search.result import Limits
from shootdown.search.verdict import Live, Proved, RefutedLasso, Scope
from tests.search.live_toys import eats_some_day, never, ring, table
from tests.search.live_toys import fair as fair_to

GOES_ON = Property(
    "guest-goes-on",
    "the guest's invalidation completes sooner or later",
    claims=(),
    companions=(sometimes("the guest waits", lambda s: s.queued),),
    policy="retry-all",
    reach="guest-internal",
    responses=(
        leads_to(
            "the-guest-goes-on", lambda s: s.queued, lambda s: ~s.queued, fair=fair,
            says="the guest waits for ever for its invalidation of {queued_iova}",
        ),
    ),
)  # fmt: skip
SMALL = {"Device": 1, "Iova": 1, "Frame": 1}


@cache
def asked(policy: str = "retry-all") -> Answer:
    """One dead device that does not answer, and a VMM that calls again or gives up; at the smallest size."""
    request = Request(find_design("best-effort"), GOES_ON, "ideal", policy, sizes=SMALL)
    return answer(request, Limits(), obligations=False)


def test_the_guest_waits_for_ever_behind_a_dead_device() -> None:
    """The stem as usual, the loop below a line of its own, with numbers that go on; then fairness, and the claim."""
    text = trace_text(story(asked()))
    rows = text.splitlines()
    assert rows[0] == "best-effort violates guest-goes-on     contract ideal, policy retry-all, topology sizes"
    mark = rows.index("  loop, for ever:")
    assert rows[mark - 1] == ""
    lasso = asked().verdict
    assert isinstance(lasso, RefutedLasso)
    first = rows[mark + 1].split()[0]
    assert first.split("-")[0] == str(lasso.lasso.back + 1)
    assert sum("dies: it answers no ATC invalidation any more" in row for row in rows[:mark]) == 1
    assert not any("(fault" in row for row in rows[mark:])
    ending = " ".join(rows[mark:])
    assert "fair: " in ending
    assert "dead_timed_out(a)" in ending
    assert "are never enabled" in ending
    assert "the guest waits for ever for its invalidation of g" in ending
    assert max(map(len, rows)) <= 100


def test_the_line_to_grep_for_has_the_length_of_the_loop() -> None:
    """`steps` counts the stem and one round, `loop` the round; the exit code is that of a refutation."""
    found = asked()
    lasso = found.verdict
    assert isinstance(lasso, RefutedLasso)
    line = one_line(found)
    assert line.startswith("best-effort guest-goes-on refuted contract=ideal policy=retry-all")
    assert f" steps={len(lasso.lasso.steps)} loop={len(lasso.lasso.loop)} " in line
    assert line in check_text(found)
    assert exit_of(found) is Exit.REFUTED


def test_a_proof_says_what_was_looked_at() -> None:
    """A VMM that completes whatever it got lets the guest go on: every loop was looked at and judged."""
    found = asked("report-and-complete")
    assert isinstance(found.verdict, Proved)
    assert any(isinstance(c, Live) for c in found.verdict.certificate)
    text = " ".join(check_text(found).split())
    assert "by looking at every loop that a run can stay in" in text
    assert "with the reason why each loop is unfair" in text
    assert "proved for every size with 1 device, 1 iova, 1 frame" in text or "proved for 1 domain, 1 group" in text
    kinds = [c["kind"] for c in record(found, "best-effort")["certificate"]]
    assert "every loop" in kinds
    sizes = manifest(certificate_of(found.request, "best-effort", found.verdict))["sizes"]
    assert isinstance(sizes, list)
    assert len(sizes) == len(kinds)


def test_data_says_who_has_a_turn() -> None:
    """JSON has the trace with its loop, and every fair instance by what makes the loop fair to it."""
    data = json.loads(json.dumps(record(asked(), "best-effort")))
    lasso = asked().verdict
    assert isinstance(lasso, RefutedLasso)
    assert data["verdict"] == "refuted"
    assert data["loop"] == len(lasso.lasso.loop)
    assert data["trace"]["loop"] == lasso.lasso.back
    assert len(data["trace"]["states"]) == len(lasso.lasso.states)
    assert data["claim"] == "the-guest-goes-on"
    assert "dead_timed_out(a)" in data["fair"]["taken"]
    assert "atc_flush(a)" in data["fair"]["never"]


def written() -> str:
    """The trace file of the refutation."""
    return trace_file(story(asked()), "best-effort")


def test_a_file_is_confirmed_and_tells_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`replay` runs the file again, judges its loop, and prints the same text."""
    path = tmp_path / "lasso.itf.json"
    path.write_text(written(), "utf-8")
    monkeypatch.setattr(replay, "find_property", lambda _: GOES_ON)
    replay.run(path)
    assert capsys.readouterr().out == f"{trace_text(story(asked()))}\nconfirmed\n"


def model() -> tuple[System, Response, str]:
    """What a file is compared with."""
    system = system_of(asked().request)
    (response,) = responses_of(GOES_ON, system)
    return system, response, fingerprint(system, asked().claims, [response])


def confirm(text: str, change: dict[str, object] | None = None) -> RefutedLasso:
    """The file with some of its top-level entries changed, confirmed."""
    data = json.loads(text) | (change or {})
    system, response, model_hash = model()
    place = Place("sizes", dict(data["#meta"]["sizes"]))
    return confirm_lasso(load(json.dumps(data)), system, response, model_hash, place)


def test_a_file_that_lies_is_rejected() -> None:
    """A loop that is missing, elsewhere or outside; a state that is not the one that comes back; another claim."""
    text = written()
    back = json.loads(text)["loop"]
    assert confirm(text).lasso.back == back
    for loop, says in ((None, "has no `loop`"), (10_000, "must be the index"), (True, "must be the index")):
        with pytest.raises(TraceError, match=says):
            confirm(text, {"loop": loop})
    with pytest.raises(TraceError, match=r"does not close|stands in the loop"):
        confirm(text, {"loop": back - 1})
    states = json.loads(text)["states"]
    last = states[-1]
    with pytest.raises(TraceError, match=f"step {len(states) - 1}: the file says that `queued` is false"):
        confirm(text, {"states": [*states[:-1], last | {"queued": False}]})
    meta = json.loads(text)["#meta"]
    with pytest.raises(TraceError, match="the trace is about the claim"):
        confirm(text, {"#meta": meta | {"claim": "another"}})
    with pytest.raises(TraceError, match="about 0 elements, not 1"):
        confirm(text, {"#meta": meta | {"elements": ["a"]}})


def test_an_unfair_loop_in_a_file_is_rejected() -> None:
    """A run that stops after the stem is no fair one: the VMM has its turn due."""
    data = json.loads(written())
    cut = {"states": data["states"][: data["loop"] + 1], "loop": data["loop"]}
    with pytest.raises(TraceError, match=r"the loop is unfair: `vmm_calls\(g\)` is enabled all the time"):
        confirm(written(), cut)


def test_a_kept_record_is_replayed() -> None:
    """What the cache keeps of a lasso is believed only after it has been run again."""
    kept = record(asked(), "best-effort")
    about = question(asked().request)
    assert replays(about, kept)
    kept["trace"]["loop"] -= 1
    assert not replays(about, kept)


def test_the_fingerprint_covers_responses() -> None:
    """Another goal or another fairness is another question, and a fault decides what may happen for ever."""
    system, response, model_hash = model()
    claims = asked().claims
    without_faults = replace(system, actions=tuple(replace(a, fault=False) for a in system.actions))
    others = [
        fingerprint(system, claims),
        fingerprint(system, claims, [replace(response, fair=response.fair[1:])]),
        fingerprint(system, claims, [replace(response, goal=response.trigger)]),
        fingerprint(without_faults, claims, [response]),
    ]
    assert len({model_hash, *others}) == 5
    assert fingerprint(system, claims, responses_of(GOES_ON, system)) == model_hash


def test_finite_traces_have_no_loop() -> None:
    """The file of a finite trace is what it was: no loop, no elements."""
    own = find_property("success-means-coherent")
    request = Request(find_design("type1-v1"), own, "vtd-v10", sizes={"Iova": 1, "Frame": 1})
    found = answer(request, Limits(), obligations=False)
    data = json.loads(trace_file(story(found), "type1-v1"))
    assert "loop" not in data
    assert "elements" not in data["#meta"]


def toy(system: System, response: Response) -> str:
    """A lasso of a toy as text."""
    found = fair_search(system, [response], [], {"Client": 2}, Limits())
    assert found.lasso is not None
    verdict = refuted_by_lasso(system, response, found.lasso, Scope(()))
    return lasso_text(system, response, verdict, title=["a toy"], topology_lines=[], closing=["reach: none"])


def test_a_run_that_stands_still_says_so() -> None:
    """Without steps in the loop nothing happens any more; without fairness nobody has to do anything."""
    text = toy(ring(), never(ring(), fair_to()))
    assert text.splitlines() == [
        "a toy",
        "",
        "  for ever: nothing happens any more",
        "",
        "  fair: nobody has to do anything",
        "  never does not hold   reach: none",
    ]


def test_who_starves_is_told_by_name() -> None:
    """The claim's own words, for the elements for which it fails; instances of one action together where alike."""
    text = " ".join(toy(table(), eats_some_day(table(), fair_to("eat", "think"))).split())
    assert "loop, for ever:" in text
    starving = next(name for name in "ab" if f"{name} starves" in text)
    eating = "b" if starving == "a" else "a"
    assert f"fair: eat({eating}) and think({eating}) have their turns in each round" in text
    assert f"eat({starving}) is not enabled all the time; think({starving}) is never enabled" in text


def test_instances_that_are_alike_are_told_as_one() -> None:
    """With nobody hungry no fork is ever taken: the actions are named without their arguments."""
    system = table()
    response = never(system, fair_to("eat", "think"))
    found = fair_search(system, [response], [], {"Client": 2}, Limits())
    assert found.lasso is not None
    verdict = refuted_by_lasso(system, response, found.lasso, Scope(()))
    assert fair_text(system, verdict) == "fair: eat and think are never enabled"


def test_no_step_that_is_due_is_left_out() -> None:
    """`--only` may leave out faults; a fair run has to take its other steps, so leaving those out is refused."""
    base = replace(asked().request, contract="vtd-v10")
    kept = {a.tally for a in system_of(base).actions if a.tally and not a.fault}
    narrowed = replace(base, only=frozenset({"died", *kept}))
    assert isinstance(answer(narrowed, Limits(), obligations=False).verdict, RefutedLasso)
    with pytest.raises(UsageError, match="which a fair run has to take"):
        answer(replace(base, only=frozenset()), Limits(), obligations=False)

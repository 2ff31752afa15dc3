"""The command line on real designs: exit codes, lines to grep for, JSON, errors, traces that are replayed."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shootdown.cli.app import app
from shootdown.cli.options import Options, requests
from shootdown.report.words import WIDTH

ROOT = Path(__file__).parents[1]
TINY = ("--domains", "1", "--groups", "1", "--devices", "1", "--frames", "1")
"""Sizes at which every check takes a moment."""

VTD_ASSUMES = (
    "atc_empty_at_first_attach,detach_clears_atc,driver_supports_nesting,flush_hits_the_requested_range,"
    "hardware_does_not_lie,iotlb_of_an_unused_domain_on_a_unit_is_cleared,request_is_readable,request_is_well_formed"
)

OWN_DESIGN = '''
"""A design outside the repository: best effort, with an extra part."""
from shootdown.ir import FALSE, Part, ite, require
from shootdown.model.design import Design, expect
from shootdown.model.sorts import Errno, Mode

def after_device(s, d, ret):
    s.ret = ite(s.ret == Errno.OK, ret, s.ret)
    s.todo[d] = False

def extra(world):
    p = Part("extra")
    {extra}
    return (p,)

DESIGN = Design(
    name="own", source="a test", summary="best effort", after_device=after_device, parts=extra, expects=({expects})
)
'''


def run(*args: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of one command in this process."""
    done = CliRunner().invoke(app, list(args), prog_name="shootdown")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def own_design(folder: Path, *, extra: str = "pass", expects: str = "") -> str:
    """Path of a user's design."""
    path = folder / "own.py"
    path.write_text(OWN_DESIGN.replace("{extra}", extra).replace("{expects}", expects), "utf-8")
    return str(path)


@pytest.fixture(scope="module")
def overwrite() -> str:
    """What `check` prints for the mail's overwrite."""
    code, out, err = run("check", "type1-v1", "success-means-coherent", "--topology", "two-domains")
    assert (code, err) == (1, "")
    return out


def test_a_refuted_check_ends_in_one_line_to_grep_for(overwrite: str) -> None:
    """The line has exactly the words of design.md section 3."""
    assert overwrite.splitlines()[-1] == (
        "type1-v1 success-means-coherent refuted contract=vtd-v10 policy=any topology=two-domains "
        "steps=9 refused=1 timeouts=0 reach=guest-internal"
    )


def test_the_trace_comes_before_the_line(overwrite: str) -> None:
    """Title, topology, numbered steps, the false conjunct, the reach and the answer."""
    rows = overwrite.splitlines()
    assert rows[0] == "type1-v1 violates success-means-coherent     contract vtd-v10, topology two-domains"
    assert rows[1] == "  domain A = {a}, attached last, visited first; a has no ATS        domain B = {b}"
    assert rows[-3].startswith("  stale: ")
    assert rows[-3].endswith("reach: guest-internal   the VMM sees: 0")
    assert all(len(row) <= WIDTH for row in rows[:-1])


def test_the_everyday_trace_says_what_the_error_leaves_open() -> None:
    """One refusal, the second device never tried, and -EINVAL may also mean that a device was done."""
    code, out, _ = run("check", "type1-v1", "no-reuse-while-stale", "--topology", "two-singleton-groups")
    assert code == 1
    assert "never\n                 tried" in out or "never tried" in out
    assert "the VMM sees: -EINVAL" in out
    assert "done = {}; -EINVAL is also the answer when done = {" in out
    assert "policy=report-and-complete topology=two-singleton-groups" in out.splitlines()[-1]


def test_a_proof_names_sizes_states_depth_and_assumptions_in_its_line() -> None:
    """Exit 0, and below the line what the proof covers."""
    code, out, _ = run("check", "best-effort", "success-means-coherent", *TINY, "--units", "1", "--iovas", "1")
    line, *rows = out.splitlines()
    assert code == 0
    assert re.fullmatch(
        "best-effort success-means-coherent proved contract=vtd-v10 policy=any topology=sizes sizes=1,1,1,1,1,1 "
        rf"states=[1-9]\d+ depth=[1-9]\d* assuming={VTD_ASSUMES}",
        line,
    )
    text = " ".join(r.strip() for r in rows)
    assert "proved for 1 domain, 1 group, 1 device, 1 unit, 1 iova, 1 frame, by looking at every reachable" in text
    assert "fixed: one thread calls CACHE_INVALIDATE" in text
    assert "every action fires and every cache can become stale: at 1 domain" in text
    assert all(len(row) <= WIDTH for row in rows)


def test_the_ideal_driver_is_called_no_kernel() -> None:
    """Nobody shall take a proof under `ideal` for one about a kernel."""
    _, out, _ = run("check", "best-effort", "success-means-coherent", "--contract", "ideal", *TINY)
    assert "contract ideal, which is no kernel" in out


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("type1-v1", "success-means-coherent", "--topology", "emulated-only"), 1, "vacuous"),
        (("type1-v1", "wrong-mode-is-refused", "--topology", "emulated-only"), 1, "the VMM sees: 0"),
        (("best-effort", "success-means-coherent", "--depth", "2", *TINY), 3, "holds-to"),
        (("best-effort", "success-means-coherent", "--time", "0", *TINY), 3, "reason="),
        (("type1-v1", "success-means-coherent", "--faults", "0", *TINY), 0, "faults<=0"),
        (("type1-v1", "wrong-mode-is-refused", "--where", "mode == TYPE1v2", *TINY), 1, 'where="mode == TYPE1v2"'),
        (("best-effort", "success-means-coherent", "--contract", "ideal", "--without", "atc_empty_at_first_attach",
          "--domains", "1", "--groups", "2", "--devices", "2", "--frames", "1"), 1, "without=atc_empty_at"),
    ],
)  # fmt: skip
def test_exit_codes_follow_the_verdict(args: tuple[str, ...], code: int, words: str) -> None:
    """0 proved, 1 refuted or vacuous, 3 only bounded or unknown."""
    found, out, err = run("check", *args)
    assert (found, err) == (code, "")
    assert words in out


def test_leaving_out_events_does_not_make_the_kernel_stuck() -> None:
    """`--only timed-out` narrows the search; a refusal is still a step that the kernel could take."""
    code, out, _ = run("check", "type1-v1", "success-means-coherent", "--only", "timed-out", *TINY)
    assert code == 0
    assert "only=timed-out" in out.splitlines()[0]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("check", "type1-v9", "success-means-coherent"), "did you mean `type1-v3`?"),
        (("check", "type1-v1", "succes-means-coherent"), "did you mean `success-means-coherent`?"),
        (("check", "type1-v1", "success-means-coherent", "--contract", "vtd"), "there is no contract `vtd`"),
        (("check", "type1-v1", "success-means-coherent", "--policy", "nice"), "there is no policy `nice`"),
        (("check", "type1-v1", "success-means-coherent", "--topology", "ring"), "there is no topology `ring`"),
        (("check", "type1-v1", "success-means-coherent", "--without", "luck"), "there is no assumption `luck`"),
        (("check", "type1-v1", "success-means-coherent", "--without", "a,,b"), "has an empty name"),
        (("check", "type1-v1", "success-means-coherent", "--only", "lost"), "there are: refused, timed-out"),
        (("check", "type1-v1", "success-means-coherent", "--devices", "0"), "use 1 or more"),
        (("check", "type1-v1", "success-means-coherent", "--where", "mode = TYPE1"), "column"),
        (("check", "type1-v1", "success-means-coherent", "--where", "mode != mode", *TINY), "no state"),
        (("check", "/nowhere/x.py"), "there is no file /nowhere/x.py"),
        (("check", "type1-v1", "success-means-coherent-now", "--expect"), "states no expectation for"),
        (("replay", "/nowhere/x.itf.json"), "cannot be read"),
    ],
)
def test_what_the_user_can_mend_is_one_sentence_and_exit_2(args: tuple[str, ...], words: str) -> None:
    """No traceback, nothing on stdout, and the sentence says what would be right."""
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert words in err


@pytest.mark.parametrize(
    "args", [("check",), ("check", "type1-v1", "--bogus"), ("check", "type1-v1", "--faults", "-1"), ("nothing",)]
)
def test_wrong_usage_is_exit_2(args: tuple[str, ...]) -> None:
    """Also where the argument parser finds it."""
    assert run(*args)[0] == 2


def test_json_is_one_object_and_nothing_else() -> None:
    """All keys of the issue; the trace is the ITF object."""
    code, out, err = run("check", "type1-v1", "success-means-coherent", "--topology", "two-domains", "--json")
    found = json.loads(out)
    assert (code, err) == (1, "")
    wanted = {"design", "property", "contract", "policy", "verdict", "strength", "scope", "steps", "faults", "reach",
              "seconds", "assumptions", "trace", "claim", "expected"}  # fmt: skip
    assert set(found) == wanted
    assert (found["verdict"], found["strength"]) == ("refuted", "9 steps, 1 refusal")
    assert (found["steps"], found["faults"], found["reach"]) == (9, {"refused": 1, "timed-out": 0}, "guest-internal")
    assert (found["expected"], found["claim"], found["policy"]) == ("refuted", "coherent", "any")
    assert len(found["trace"]["states"]) == 10
    assert found["trace"]["#meta"]["topology"] == "two-domains"


def test_json_of_several_checks_is_an_array() -> None:
    """In the order in which they were asked; `trace`, `steps` and `reach` are null for a proof."""
    code, out, _ = run("check", "best-effort", "success-means-coherent", "failure-is-told", *TINY, "--json")
    found = json.loads(out)
    assert code == 0
    assert [f["property"] for f in found] == ["success-means-coherent", "failure-is-told"]
    assert {(f["verdict"], f["strength"], f["trace"], f["steps"], f["reach"]) for f in found} == {
        ("proved", "sizes", None, None, None)
    }


def test_one_error_among_several_checks_does_not_hide_the_others() -> None:
    """2 goes before 1, and what was found is still told."""
    args = ("type1-v1", "wrong-mode-is-refused", "host-page-safe", "--where", "~pinned(f)", *TINY)
    code, out, err = run("check", *args)
    assert code == 2
    assert "pinned" in err
    assert out.startswith("type1-v1 host-page-safe proved")


def test_expect_compares_with_the_design(tmp_path: Path) -> None:
    """As stated is 0, another outcome 1 with the design's reason, weaker than stated 3."""
    design = own_design(tmp_path, expects='expect("failure-is-told", "R H - -", "as the test says"),')
    args = ("check", design, "failure-is-told", "--expect")
    assert run(*args, "--contract", "ideal")[0] == 0
    code, out, _ = run(*args)
    assert code == 1
    assert " ".join(out.split()).endswith(
        "not as stated: own states refuted; the reason for all it states (refuted under vtd-v10, proved under ideal): "
        "as the test says"
    )
    code, out, _ = run(*args, "--contract", "ideal", "--depth", "2")
    assert code == 3
    assert "\n  weaker than stated: own states proved" in out
    assert run(*args, "--contract", "smmuv3-v10")[0] == 2
    assert run(*args, "--devices", "1")[0] == 2


def test_a_stated_refutation_is_exit_0(overwrite: str) -> None:
    """With --expect a refuted check is good news where the design says so."""
    args = ("check", "type1-v1", "success-means-coherent", "--topology", "two-domains", "--expect")
    code, out, _ = run(*args)
    assert code == 0
    assert out == overwrite.replace("reach=guest-internal\n", "reach=guest-internal expected=refuted\n")


def test_a_user_s_own_design_is_checked_by_path(tmp_path: Path) -> None:
    """Without expectations every property is checked but the one that is too strong."""
    design = own_design(tmp_path)
    asked = [r.property.name for r in requests(Options(design))]
    assert len(asked) > 5
    assert "success-means-coherent" in asked
    assert "success-means-coherent-now" not in asked
    code, out, _ = run("check", design, "success-means-coherent", *TINY)
    assert code == 0
    assert out.startswith("own success-means-coherent proved")


def test_without_a_property_the_stated_ones_are_checked() -> None:
    """Each with each policy for which something is stated; --policy goes over them."""
    asked = [(r.property.name, r.caller) for r in requests(Options("type1-v1"))]
    assert ("no-reuse-while-stale", "report-and-complete") in asked
    assert ("no-reuse-while-stale", "withhold-completion") in asked
    assert len(asked) == len(set(asked))
    forced = [(r.property.name, r.caller) for r in requests(Options("type1-v1", policy="any"))]
    assert {caller for _, caller in forced} == {"hostile"}
    assert len(forced) == len(set(forced)) < len(asked)


def test_three_broken_models_get_three_answers(tmp_path: Path) -> None:
    """Never green: a kernel that gets stuck, a guard that is never true, a start that does not exist."""
    stuck = own_design(tmp_path, extra='p.also("call_returns", lambda s: require(s.mode != Mode.TYPE1))')
    code, out, _ = run("check", stuck, "success-means-coherent", *TINY)
    assert code == 1
    assert "refuted" in out.splitlines()[-1]
    assert "claim=stuck" in out.splitlines()[-1]
    assert "gets stuck" in out.splitlines()[0]
    dead = own_design(tmp_path, extra='p.also("guest_reuses", lambda s, f: require(s.call != s.call))')
    code, _, err = run("check", dead, "success-means-coherent", *TINY)
    assert code == 2
    assert "`guest_reuses`" in err
    empty = own_design(tmp_path, extra='p.axiom("nothing fits", lambda s: FALSE)')
    code, _, err = run("check", empty, "success-means-coherent", *TINY)
    assert code == 2
    assert "no state meets the conditions" in err or "can fire at no size" in err


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a trace, as `-o` writes it."""
    folder = tmp_path_factory.mktemp("traces")
    run("check", "type1-v1", "success-means-coherent", "--topology", "two-domains", "-o", str(folder))
    names = sorted(p.name for p in folder.iterdir())
    stem = "type1-v1.success-means-coherent.vtd-v10.any.two-domains"
    assert names == [f"{stem}.itf.json", f"{stem}.txt"]
    return folder / names[0]


def test_a_saved_trace_is_confirmed(saved: Path, overwrite: str) -> None:
    """Replay prints the very text of the check, and the text file holds it too."""
    code, out, err = run("replay", str(saved))
    assert (code, err) == (0, "")
    text = overwrite[: overwrite.rindex("\n", 0, -1)]
    assert out == f"{text}\nconfirmed\n"
    assert saved.with_name(saved.name.replace(".itf.json", ".txt")).read_text("utf-8") == text


def test_a_trace_under_options_is_confirmed(tmp_path: Path) -> None:
    """Where, without and only are found again in the file, or do not matter."""
    args = ("check", "type1-v1", "success-means-coherent", "--where", "mode == NESTING", "--only", "refused")
    assert run(*args, "--without", "detach_clears_atc", "--contract", "ideal", "-o", str(tmp_path))[0] == 1
    (path,) = tmp_path.glob("*.itf.json")
    assert run("replay", str(path))[0] == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t["states"][5]["mbt::nondetPicks"]["d"].update(value="b"), "step 5: `refused_without_ats(b)` is"),
        (lambda t: t["states"][6].update(ret="ENOENT"), "step 6: the file says that `ret` is ENOENT afterwards"),
        (lambda t: _without_step(t, 4), "step 4"),
        (lambda t: t["states"].pop(4), "state 4 does not carry the index 4"),
        (lambda t: t["states"].pop(), "after step 8: the last state does not break `coherent`"),
        (lambda t: t["#meta"].update({"model-hash": "0" * 64}), "another version of the model"),
        (lambda t: t["#meta"].update({"topology": "two-singleton-groups"}), "two-singleton-groups has no 2 of Domain"),
        (lambda t: t["#meta"].update({"claim": "told"}), "has no claim `told`"),
        (lambda t: t["#meta"].update({"contract": "ideal"}), "another version of the model"),
        (lambda t: t["#meta"].update({"where": "mode == TYPE1"}), "the start breaks the initial condition `--where`"),
    ],
    ids=["argument", "value", "missing step", "missing state", "harmless end", "version", "topology", "claim",
         "contract", "where"],
)  # fmt: skip
def test_a_trace_that_lies_is_rejected(change, words: str, saved: Path, tmp_path: Path) -> None:
    """Exit 2, with the step and the reason in one sentence."""
    trace = json.loads(saved.read_text("utf-8"))
    change(trace)
    path = tmp_path / "changed.itf.json"
    path.write_text(json.dumps(trace), "utf-8")
    code, out, err = run("replay", str(path))
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("rejected: ")
    assert words in err


def _without_step(trace, number: int) -> None:
    """Cut a step out and number the rest again."""
    trace["states"].pop(number)
    for index, state in enumerate(trace["states"]):
        state["#meta"]["index"] = index


def test_output_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """A file stands where the directory should be."""
    (tmp_path / "taken").write_text("")
    code, _, err = run("check", "type1-v1", "wrong-mode-is-refused", *TINY, "-o", str(tmp_path / "taken"))
    assert code == 2
    assert err.startswith("error: ")
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]


def test_list_names_everything() -> None:
    """Designs with summary and source, properties, contracts, policies, topologies, assumptions; 100 columns."""
    code, out, _ = run("list")
    assert code == 0
    names = ("type1-v1: nested", "failure-is-told", "ideal: no kernel", "hostile", "two-units", "detach_clears_atc")
    for name in names:
        assert f"\n  {name}" in out
    assert all(len(row) <= WIDTH for row in out.splitlines())


def test_show_tells_the_model() -> None:
    """Actors, variables, actions with code references, fault menu, assumptions, topologies as a tree, expectations."""
    code, out, _ = run("show", "type1-v1", "--contract", "ideal")
    assert code == 0
    for words in (
        "\nactors\n", "  guest: guest_clears, ", "  has_ats(Device): Bool (never changes)", "  Errno: OK, EINVAL",
        "  call_lock()  kernel\n", "    v1 7/8 vfio_iommu_type1.c: vfio_iommu_type1_ioctl",
        "    requires call == UNLOCKED", "    call := RETURNED", "atc_timed_out: a fault, counted as timed-out; seen: ",
        "besides, for host-page-safe", "  pinned(Frame): Bool", "  detach_clears_atc: ", "    └── container",
        "  success-means-coherent: refuted under vtd-v10, ideal and smmuv3-v10; proved for any number",
    ):  # fmt: skip
        assert words in out, words
    assert all(len(row) <= WIDTH for row in out.splitlines())


def start(*args: str, **options) -> subprocess.Popen[str]:
    """The command in a process of its own, as a shell would start it."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "shootdown", *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, **options)


def test_ctrl_c_tells_what_is_known_and_is_exit_3(tmp_path: Path) -> None:
    """The first check is done when the interrupt comes, the second takes minutes."""
    process = start("check", "type1-v1", "wrong-mode-is-refused", "repeat-is-harmless", cwd=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    lines = [process.stdout.readline()]
    while not lines[-1].startswith("type1-v1 wrong-mode-is-refused refuted"):
        assert lines[-1], "".join(lines)
        lines.append(process.stdout.readline())
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 3, errors
    assert "Traceback" not in errors
    assert "proved" not in rest


def test_the_module_runs_from_anywhere_and_is_silent_in_a_pipe(tmp_path: Path) -> None:
    """No progress on stderr where it is not a terminal."""
    process = start("check", "type1-v1", "wrong-mode-is-refused", *TINY, cwd=tmp_path)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (1, "")
    assert out.splitlines()[-1].startswith("type1-v1 wrong-mode-is-refused refuted")


def test_networkx_and_rich_are_not_loaded_for_a_check() -> None:
    """They would cost more time than a small check takes."""
    code = "import sys, shootdown.cli.check; print(sorted({'networkx', 'rich'} & set(sys.modules)))"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == "[]"

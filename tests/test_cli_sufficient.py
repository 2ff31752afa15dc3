"""`shootdown sufficient`: exit codes, the line to grep for, JSON, and one sentence for what is wrong."""

import json

from typer.testing import CliRunner

from shootdown.cli.app import app

TINY = ("--domains", "1", "--groups", "1", "--devices", "2")


def run(*args: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr of one command in this process."""
    done = CliRunner().invoke(app, ["sufficient", *args], prog_name="shootdown")
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_fields_that_are_enough() -> None:
    """0, and a line that says how far it was searched and what it leans on."""
    code, out, err = run("device-status", "--contract", "ideal", "--fields", "status", *TINY)
    line = out.splitlines()[-1]
    assert (code, err) == (0, "")
    assert line.startswith("device-status sufficient=exact contract=ideal fields=status proved sizes<=1,1,2,1,1,1 ")
    assert "assuming=" in line
    assert "contract ideal, which is no kernel" in out


def test_fields_that_are_not() -> None:
    """1, with the runs in full."""
    code, out, err = run("best-effort", "--contract", "ideal", "--useful", "--fields", "errno", *TINY)
    assert (code, err) == (1, "")
    assert "both runs show: VFIO_IOMMU_CACHE_INVALIDATE(g); ret = -EINVAL" in out
    assert "run 2:" in out
    assert out.splitlines()[-1].startswith(
        "best-effort sufficient=useful contract=ideal fields=errno refuted runs=2 steps="
    )


def test_the_weakest_sufficient_reports() -> None:
    """The smallest sets that are enough, the largest that are not; 0 because some are."""
    code, out, err = run("count-own-array", "--contract", "ideal", *TINY)
    line = next(r for r in out.splitlines() if r.startswith("count-own-array sufficient="))
    assert (code, err) == (0, "")
    assert " enough=count,failing,status not-enough=errno+entry+event " in line
    assert all(len(r) <= 100 for r in out.splitlines() if r != line)


def test_no_report_is_enough() -> None:
    """1 where even all fields together are not: SMMUv3 hides one time-out."""
    code, out, _ = run("device-status", "--contract", "smmuv3-v10", "--faults", "1")
    assert code == 1
    assert " enough=none not-enough=errno+count+failing+status+entry+event " in out
    assert out.rstrip().endswith("faults<=1")


def test_json_has_the_sets_and_the_runs() -> None:
    """The same as data."""
    code, out, _ = run("count", "--contract", "ideal", "--json", *TINY)
    found = json.loads(out)
    assert code == 0
    assert found["question"] == "exact"
    assert ["status"] in [e["fields"] for e in found["enough"]]
    assert all(e["outcome"] == "proved" and e["closed"] for e in found["enough"])
    for refusal in found["not_enough"]:
        left = [tuple(r["left_unacknowledged"]) for r in refusal["runs"]]
        assert len(set(left)) == len(left) == 2


def test_out_of_time_is_open() -> None:
    """3 where nothing could be searched."""
    code, out, _ = run("count", "--contract", "ideal", "--fields", "errno", "--time", "0")
    assert code == 3
    assert "not known: out of time" in out


def test_what_does_not_exist_is_named() -> None:
    """2 and one sentence."""
    for wrong, why in (
        (("no-such",), "there is no design `no-such`"),
        (("count", "--fields", "errno,ret"), "there is no output field `ret`"),
        (("count", "--contract", "real"), "there is no contract `real`"),
        (("count", "--topology", "ring"), "there is no topology `ring`"),
    ):
        code, out, err = run(*wrong)
        assert (code, out) == (2, "")
        assert why in err
        assert len(err.splitlines()) == 1

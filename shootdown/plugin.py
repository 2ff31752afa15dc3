"""pytest plugin: a team's own designs under test.

    def test_ours(shootdown):
        shootdown.assert_proved("ours.py", "failure-is-told", contract="vtd-5.7")
        shootdown.assert_refuted("ours.py", "no-reuse-while-stale", contract="ideal")

`@pytest.mark.shootdown(contract="ideal", devices=2)` gives options to every check of a test. Nothing but a proof meets
`assert_proved`, and nothing but a replayed trace `assert_refuted`: what is undetermined or vacuous fails both. The
model checker is loaded when a test uses the fixture, not before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from shootdown.model.design import Design
    from shootdown.review.answer import Answer

MARKER = "shootdown(**options): options of `shootdown check` for every check of the test, such as contract and devices"
_SORTS = ("Device", "Domain", "Group", "Unit", "Iova", "Frame")
_OPTIONS = frozenset(
    ("contract", "policy", "topology", "where", "faults", "only", "depth", "time", "without", "engine"),
)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", MARKER)


@pytest.fixture
def shootdown(request: pytest.FixtureRequest) -> Checker:
    """Checks designs: `assert_proved`, `assert_refuted`, `assert_as_stated`, `check`."""
    options: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers("shootdown"))):
        if mark.args:
            pytest.fail("the marker `shootdown` takes options by name only", pytrace=False)
        options |= mark.kwargs
    return Checker(request.path.parent, options)


class Checker:
    """Asks about designs: by name, by the path of a file that defines DESIGN, or as a Design.

    A path is looked for beside the test's file first. Options are those of `shootdown check` by their names: contract,
    policy, topology, where, faults, only, depth, time, without, engine, and sizes such as devices.
    """

    def __init__(self, directory: Path, options: dict[str, Any]) -> None:
        self._directory = directory
        self._options = options

    def check(self, design: str | Path | Design, prop: str, **options: Any) -> Answer:
        """The answer, whatever it is. A UsageError or ModelError says what is wrong with the question or the model."""
        from shootdown.review.answer import answer  # noqa: PLC0415 # a test run that asks nothing does without
        from shootdown.search.result import Limits  # noqa: PLC0415

        request, deadline = self._request(design, prop, {**self._options, **options})
        return answer(request, Limits(deadline=deadline))

    def assert_proved(
        self, design: str | Path | Design, prop: str, *, any_number: bool = False, **options: Any
    ) -> Answer:
        """The property is proved; with `any_number` for any number of devices. Else the test fails with the mail."""
        __tracebackhide__ = True
        found = self._asked(design, prop, options)
        if found.outcome != "proved":
            self._fail(found, design, "proved")
        if any_number and not getattr(found.verdict, "for_any_number", False):
            self._fail(found, design, "proved for any number")
        return found

    def assert_refuted(
        self, design: str | Path | Design, prop: str, *, steps: int | None = None, **options: Any
    ) -> Answer:
        """The property is refuted by a replayed trace, of so many steps if given. A stuck kernel is no such trace."""
        __tracebackhide__ = True
        found = self._asked(design, prop, options)
        if found.outcome != "refuted" or found.stuck:
            self._fail(found, design, "refuted")
        if steps is not None and found.steps != steps:
            self._fail(found, design, f"refuted in {steps} steps")
        return found

    def assert_as_stated(self, design: str | Path | Design) -> None:
        """Every check for which the design states an outcome has that outcome, and at least the strength stated."""
        __tracebackhide__ = True
        from shootdown.ir.errors import ShootdownError  # noqa: PLC0415

        try:
            self._compare(design)
            return
        except ShootdownError as error:
            sentence = str(error)
        pytest.fail(sentence, pytrace=False)  # out here, so that pytest has no first error to print before this one

    def _asked(self, design: str | Path | Design, prop: str, options: dict[str, Any]) -> Answer:
        """The answer; what is wrong with the question or the model ends the test with its one sentence."""
        __tracebackhide__ = True
        from shootdown.ir.errors import ShootdownError  # noqa: PLC0415

        try:
            return self.check(design, prop, **options)
        except ShootdownError as error:
            sentence = str(error)
        pytest.fail(sentence, pytrace=False)  # out here, as above

    def _compare(self, design: str | Path | Design) -> None:
        """End the test where an answer is not as stated."""
        __tracebackhide__ = True
        from shootdown.review.answer import answer  # noqa: PLC0415
        from shootdown.review.cells import cells, request_of  # noqa: PLC0415
        from shootdown.review.expectation import Standing, standing  # noqa: PLC0415
        from shootdown.search.result import Limits  # noqa: PLC0415

        one = self._design(design)
        listed = cells([one])
        if not listed:
            pytest.fail(f"{one.name} states no expectation", pytrace=False)
        for cell in listed:
            found = answer(request_of(cell, one), Limits())
            if standing(found, cell.expect) is not Standing.AS_STATED:
                self._fail(found, design, cell.expect.statement(cell.contract), cell.expect.because)

    def _design(self, design: str | Path | Design) -> Design:
        from shootdown.model.design import Design as Kind  # noqa: PLC0415
        from shootdown.review.catalogue import find_design, must_state_what_exists  # noqa: PLC0415

        if not isinstance(design, Kind):
            return find_design(str(self._path(design)))
        must_state_what_exists(design)
        return design

    def _path(self, design: str | Path) -> str | Path:
        """The path from where the tests run, so that it can be pasted there; a name as it is."""
        beside = self._directory / design
        if not (str(design).endswith(".py") and beside.is_file()):
            return design
        return beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside

    def _request(self, design: str | Path | Design, prop: str, options: dict[str, Any]) -> tuple[Any, float | None]:
        """The request, and when to give up."""
        import time  # noqa: PLC0415

        from shootdown.ir.errors import UsageError  # noqa: PLC0415
        from shootdown.review.catalogue import did_you_mean, find_property  # noqa: PLC0415
        from shootdown.review.problem import Request  # noqa: PLC0415
        from shootdown.search.engines import known_engine  # noqa: PLC0415

        sizes = {f"{sort.lower()}s": sort for sort in _SORTS}
        if unknown := sorted(options.keys() - sizes.keys() - _OPTIONS):
            known = sorted(_OPTIONS | set(sizes))
            raise UsageError(f"there is no option `{unknown[0]}`{did_you_mean(unknown[0], known)}")
        own = {k: v for k, v in options.items() if k in _OPTIONS and v is not None}
        seconds = own.pop("time", None)
        for name in ("only", "without"):
            if name in own:
                own[name] = frozenset([own[name]] if isinstance(own[name], str) else own[name])
        known_engine(own.get("engine", ""))
        given = {sizes[k]: v for k, v in options.items() if k in sizes and v is not None}
        request = Request(self._design(design), find_property(prop), sizes=given, seconds=seconds, **own)
        return request, None if seconds is None else time.monotonic() + seconds

    def _fail(self, found: Answer, design: str | Path | Design, wanted: str, because: str = "") -> None:
        """End the test: what was wanted and what was found on the line that pytest repeats, below it the whole mail."""
        __tracebackhide__ = True
        from shootdown.report.mail import mail_text  # noqa: PLC0415
        from shootdown.report.text import one_line, strength  # noqa: PLC0415

        name = str(self._path(design)) if isinstance(design, str | Path) else found.request.design.name
        asked = f"{found.request.design.name} {found.request.property.name}"
        much = "" if strength(found) == "none" else f", {strength(found)}"
        world = f"contract {found.request.contract}"
        rows = [f"wanted {wanted}, found {'stuck' if found.stuck else found.outcome}: {asked}{much}, {world}"]
        rows += [f"stated: {wanted}{because}"] if because else []
        pytest.fail("\n".join([*rows, one_line(found), "", mail_text(found, name)]), pytrace=False)


__all__ = ["Checker", "pytest_configure", "shootdown"]

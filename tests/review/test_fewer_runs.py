"""When a model without an assumption has only fewer runs, so that nothing that is proved can need it."""

from dataclasses import replace

from shootdown.ir import FALSE, TRUE, Action, Named, System
from shootdown.ir.expr import conj
from shootdown.review.why import only_fewer_runs
from tests.search.test_stuck_responses import desk


def changed(system: System, name: str, **more: object) -> System:
    """One action is another one."""
    return replace(system, actions=tuple(_with(a, **more) if a.name == name else a for a in system.actions))


def _with(action: Action, **more: object) -> Action:
    return replace(action, **more)  # type: ignore[arg-type] # fields of an action by name


def test_more_conditions_are_fewer_runs() -> None:
    """On the start, or on a step of nobody who works; a step may go altogether."""
    system = desk(clerk=True)
    ask = system.action["ask"]
    narrower = replace(system, init=(*system.init, Named("never", FALSE)))
    seldom = changed(system, "ask", guard=conj(ask.guard, FALSE))
    gone = replace(system, actions=tuple(a for a in system.actions if a.name != "ask"))
    for other in (system, narrower, seldom, gone):
        assert only_fewer_runs(system, other)


def test_fewer_conditions_on_the_start_are_more_runs() -> None:
    """Any start that the system does not have counts."""
    system = desk(clerk=True)
    assert not only_fewer_runs(system, replace(system, init=()))
    assert not only_fewer_runs(system, replace(system, init=(Named("any", TRUE),)))


def test_another_step_is_another_run() -> None:
    """A new action, a weaker guard, another effect, another variable."""
    system = desk(clerk=True)
    more = replace(system.action["unlock"], name="force")
    assert not only_fewer_runs(system, replace(system, actions=(*system.actions, more)))
    assert not only_fewer_runs(system, changed(system, "ask", guard=TRUE))
    assert not only_fewer_runs(system, changed(system, "ask", updates=()))
    assert not only_fewer_runs(system, replace(system, variables=system.variables[:1]))


def test_a_call_must_not_get_stuck_in_more_states() -> None:
    """Whoever works keeps each step: without it there are fewer runs, and one of them may be stuck at its end."""
    system = desk(clerk=True)
    answer = system.action["answer"]
    assert not only_fewer_runs(system, replace(system, actions=tuple(a for a in system.actions if a is not answer)))

"""A walk that drops `iommu->lock` between devices: who leaves meanwhile is not visited, even if it comes back."""

from shootdown.ir.interp import apply
from shootdown.model.axes import design_at, point_named
from shootdown.model.build import build
from shootdown.model.sorts import Call, Lock, Mode
from shootdown.model.world import World
from tests.model.test_recovery import TWO
from tests.model.test_recovery_steps import state_of


def test_who_leaves_and_comes_back_meanwhile_is_not_visited() -> None:
    """It was dropped from what is left to visit; the other device is visited still."""
    point = point_named("go-on/no-validation/errno/no-reaction/mode-check/fetch-once/lock-per-device")
    system = build(World(design_at(point), "ideal"))
    state = state_of(
        system, TWO, group_of={(1,): 1}, attached={(0,): 1, (1,): 1}, left={(0,): 1, (1,): 1}, due=1,
        mode=list(Mode).index(Mode.NESTING), call=list(Call).index(Call.LOCKED), lock=list(Lock).index(Lock.FREE),
    )  # fmt: skip
    for name, args in (("unset_container", (0,)), ("set_container", (0,)), ("walk_takes_lock", ())):
        state = apply(system.action[name], args, state, TWO)
    assert state["attached"] == {(0,): 1, (1,): 1}
    assert state["todo"] == {(0,): 0, (1,): 1}

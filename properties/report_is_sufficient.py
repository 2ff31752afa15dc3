"""Whoever calls knows what is left to do (design.md 7; the mail's second concern; domain.md 3.5).

Of two runs that look alike to the VMM, both leave the same devices unacknowledged. The VMM sees what it does itself, in
order, and what the call returns; it knows the groups, which of them are in the container, and what it chose with
SET_IOMMU. No ioctl tells it which device has ATS, which domain or unit is behind a group, or in which order the kernel
walks. It is asked of calls during which the VMM itself added and removed no group: when the kernel took iommu->lock is
not seen, so that a VMM that races with itself cannot tell from any answer who was on the list [A].

That nobody else changes the container is the named assumption `container_changes_are_seen`. Without it groups come and
go unseen, before the call and while it runs, and every call is asked about.

That the stale ones are always among those left unacknowledged is about one run: `stale-is-unacknowledged`.
"""

from typing import Any

from shootdown.ir import Part, Property, State, always, exists, forall, sometimes
from shootdown.ir.observation import Observation
from shootdown.ir.pairs import both_runs, run_view
from shootdown.ir.part import ActionSpec
from shootdown.model.report import shown
from shootdown.model.sorts import Call, Device
from shootdown.model.world import World

CALLERS = ("VMM", "user")
"""Whose steps the VMM sees: its own, those of its policy and those of the container's life cycle."""

KNOWN = ("group_of", "emulated", "attached", "users", "mode", "moved")
"""What it knows at the start."""

MOVES = ("set_container", "unset_container", "set_iommu")
"""Steps after which the list of devices may be another."""


def observation(world: World) -> Observation:
    """What the VMM sees of a run; claims look where a call is back and no group came or left meanwhile.

    Where others change the container unseen, claims look at every call that is back.
    """
    design = world.design
    steps = {"vmm_calls": design.writes, "call_returns": shown(design.report)}
    if world.assumes("container_changes_are_seen"):
        return Observation(steps, KNOWN + design.known, CALLERS, _settled)
    return Observation(steps, tuple(n for n in KNOWN if n != "moved") + design.known, CALLERS[:1], _returned)


def unacknowledged(s: Any, d: Any) -> Any:
    """On the container's list when the walk took iommu->lock, and no successful completion was seen in this call."""
    return s.listed[d] & ~s.acked[d]


def _returned(s: Any) -> Any:
    return s.call == Call.RETURNED


def _settled(s: Any) -> Any:
    return _returned(s) & ~s.moved


def _watch(s: State, spec: ActionSpec) -> None:
    """Groups come and go by these steps only; a call begins without any."""
    if spec.name in MOVES:
        s.moved = True
    elif spec.name == "vmm_calls":
        s.moved = False


def monitor() -> Part:
    """Whether a group came or left since the call was entered."""
    p = Part("moves")
    p.variable("moved", bool, doc="a group joined or left, or SET_IOMMU was called, since the last call was entered")
    p.init("nothing has moved", lambda s: ~s.moved)
    p.monitor(_watch)
    return p


def _same_devices(s: Any) -> Any:
    one, two = both_runs(s)
    return forall(Device, lambda d: unacknowledged(one, d) == unacknowledged(two, d))


def _secrets(view: Any) -> str:
    left = [run_view(view, k).elements("Device", "listed(x) & ~acked(x)", "x") for k in (1, 2)]
    one, two = (" and ".join(names) or "nobody" for names in left)
    return f"untold: run 1 leaves {one} unacknowledged, run 2 leaves {two}"


def _left(s: Any) -> Any:
    one, two = both_runs(s)
    return exists(Device, lambda d: unacknowledged(one, d)) & exists(Device, lambda d: unacknowledged(two, d))


PROPERTY = Property(
    name="report-is-sufficient",
    sentence=(
        "Whenever two runs give the user the same observations, and no group came or left during the call, "
        "the same devices are left unacknowledged."
    ),
    claims=(always("exact", _same_devices, says=_secrets),),
    companions=(sometimes("both runs leave a device unacknowledged", _left),),
    policy="hostile",
    reach="guest-internal",
    monitor=monitor,
    pair=observation,
)

"""What one step of driver, unit, device or kernel does to full caches, entry by entry: nothing less, nothing more."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import pytest

from shootdown.ir import System
from shootdown.ir.interp import apply, enabled, is_initial
from shootdown.ir.trace import ConcreteState
from shootdown.model.build import build
from shootdown.model.sorts import Call, Errno, Lock, Mode, Stage
from shootdown.model.world import World
from tests.model.cases import BEST_EFFORT
from tests.model.test_recovery_steps import _value, state_of

TWO = dict.fromkeys(("Domain", "Group", "Device", "Unit", "Iova", "Frame"), 2)
EACH = (0, 1)
BOTH = {(0,): 1, (1,): 1}
IOTLB = dict.fromkeys(product(EACH, repeat=4), 1)
"""Unit, domain, iova, frame."""
ATC = dict.fromkeys(product(EACH, repeat=3), 1)
"""Device, iova, frame."""

Point = tuple[int, ...]


def model(contract: str, *without: str, stage2: bool = False) -> System:
    """Best-effort under a contract, without some of the named assumptions."""
    return build(World(BEST_EFFORT, contract, "hostile", frozenset(without), frozenset({"stage2"} if stage2 else ())))


def state(system: System, **changes: Any) -> ConcreteState:
    """Two devices, each in a group, a domain and behind a unit of its own, with full caches; a walk is at device 0."""
    usual: dict[str, Any] = {
        "group_of": {(1,): 1}, "domain_of": {(1,): 1}, "unit_of": {(1,): 1}, "attached": BOTH, "has_ats": BOTH,
        "mode": _value(Mode.NESTING), "iotlb": IOTLB, "atc": ATC, "listed": BOTH, "todo": BOTH,
        "newer": {(0, 1): 1}, "dom_newer": {(0, 1): 1}, "call": _value(Call.LOCKED), "lock": _value(Lock.INVALIDATE),
    }  # fmt: skip
    return state_of(system, TWO, **(usual | changes))


def free(system: System, **changes: Any) -> ConcreteState:
    """The same container, and no call."""
    rest: dict[str, Any] = {"call": _value(Call.NONE), "lock": _value(Lock.FREE), "todo": {}, "listed": {}}
    return state(system, **(rest | changes))


def able(system: System, name: str, *args: int, at: ConcreteState) -> bool:
    """Whether a step can be taken."""
    return enabled(system.action[name], args, at, TWO)


def step(system: System, name: str, *args: int, at: ConcreteState) -> ConcreteState:
    """The state after a step that is enabled."""
    assert able(system, name, *args, at=at), name
    return apply(system.action[name], args, at, TWO)


def gone(before: ConcreteState, after: ConcreteState, name: str) -> set[Point]:
    """The entries of a cache that a step has dropped; none has come."""
    assert not {p for p, v in after[name].items() if v and not before[name][p]}
    return {p for p, v in before[name].items() if v and not after[name][p]}


@pytest.mark.parametrize("contract", ["ideal", "vtd-v10", "vtd-5.7", "smmuv3-v10"])
@pytest.mark.parametrize("iova", EACH)
def test_an_iotlb_flush_is_about_one_unit_one_domain_and_one_iova(contract: str, iova: int) -> None:
    """Entries carry the domain's id: those of other domains on the unit stay, and no ATC is touched."""
    system = model(contract)
    before = state(system, req=iova, unit_of={})
    end = step(system, "tlbi" if contract == "smmuv3-v10" else "iotlb_flush", 0, at=before)
    assert gone(before, end, "iotlb") == {(0, 0, iova, 0), (0, 0, iova, 1)}
    assert gone(before, end, "atc") == set()
    assert end["acked"] == {(0,): 0, (1,): 0}


@pytest.mark.parametrize("iova", EACH)
def test_an_atc_flush_is_about_one_device_and_one_iova(iova: int) -> None:
    """The IOTLB stays, and whoever was flushed has acknowledged."""
    system = model("ideal")
    before = state(system, req=iova, stage=_value(Stage.ATC))
    end = step(system, "atc_flush", 0, at=before)
    assert gone(before, end, "atc") == {(0, iova, 0), (0, iova, 1)}
    assert gone(before, end, "iotlb") == set()
    assert end["acked"] == {(0,): 1, (1,): 0}


def test_a_device_without_ats_is_done_with_the_iotlb() -> None:
    """It has no ATC to ask for."""
    system = model("ideal")
    end = step(system, "iotlb_flush_only", 0, at=state(system, has_ats={(1,): 1}))
    assert end["acked"] == {(0,): 1, (1,): 0}
    assert end["todo"] == {(0,): 0, (1,): 1}


def test_a_time_out_acknowledges_nobody() -> None:
    """Whether the ATC was flushed or not: nobody hears of it."""
    system = model("ideal")
    before = state(system, stage=_value(Stage.ATC))
    ends = {name: step(system, name, 0, at=before) for name in ("atc_timed_out", "atc_answer_lost")}
    assert {name: len(gone(before, end, "atc")) for name, end in ends.items()} == {
        "atc_timed_out": 0, "atc_answer_lost": 2
    }  # fmt: skip
    for end in ends.values():
        assert set(end["acked"].values()) == {0}
        assert end["ret"][()] == _value(Errno.ETIMEDOUT)


def test_vtd_asks_a_silent_device_again() -> None:
    """The call is at the same device and the same stage afterwards."""
    system = model("vtd-v10")
    before = state(system, stage=_value(Stage.ATC))
    again = step(system, "atc_submit_again", 0, at=step(system, "atc_silent", 0, at=before))
    assert again == before


def test_smmuv3_asks_every_master_of_the_domain_and_believes_in_silence() -> None:
    """ATC_INV goes to each ATS master of the domain; who does not answer is given up, and has acknowledged nothing."""
    system = model("smmuv3-v10")
    one: dict[str, Any] = {"domain_of": {}, "unit_of": {}, "dom_newer": {}}
    asked = step(system, "tlbi", 0, at=state(system, **one))
    assert asked["pending"] == BOTH
    assert not able(system, "cmd_sync", 0, at=asked)
    silent = step(system, "atc_inv_timed_out", 1, at=step(system, "atc_inv", 0, at=asked))
    assert gone(asked, silent, "atc") == {(0, 0, 0), (0, 0, 1)}
    assert silent["acked"] == {(0,): 1, (1,): 0}
    assert step(system, "cmd_sync", 0, at=silent)["ret"][()] == _value(Errno.OK)
    other = step(system, "tlbi", 0, at=state(system))
    assert other["pending"] == {(0,): 1, (1,): 0}


def test_an_smmuv3_domain_has_one_unit() -> None:
    """Under VT-d it may span two."""
    span: dict[str, Any] = {"domain_of": {}, "dom_newer": {}, "iotlb": {}, "atc": {}}
    for contract, spans in (("smmuv3-v10", False), ("vtd-v10", True)):
        system = model(contract)
        assert is_initial(system, free(system, **span), TWO) is spans


def test_the_newest_domain_and_group_come_first() -> None:
    """Newer domain, then newer group, then the list of the group."""
    system = model("ideal")

    def first(**changes: Any) -> list[int]:
        at = state(system, **changes)
        return [d for d in EACH if able(system, "iotlb_flush", d, at=at)]

    assert first() == [0]
    assert first(dom_newer={(1, 0): 1}) == [1]
    assert first(domain_of={}, dom_newer={}) == [0]
    assert first(domain_of={}, dom_newer={}, newer={(1, 0): 1}) == [1]
    together: dict[str, Mapping[Point, int]] = {"group_of": {}, "domain_of": {}, "dom_newer": {}, "newer": {}}
    assert first(**together, before={(0, 1): 1}) == [0]
    assert first(**together, before={(1, 0): 1}) == [1]


def test_a_detach_clears_the_own_atc_and_what_nobody_uses_any_more() -> None:
    """The other device keeps its ATC; a unit keeps what another domain, or another device of the domain, may use."""
    system = model("ideal")
    before = free(system, unit_of={})
    end = step(system, "unset_container", 0, at=before)
    assert gone(before, end, "atc") == {(0, i, f) for i in EACH for f in EACH}
    assert {p[:2] for p in IOTLB if p not in gone(before, end, "iotlb")} == {(0, 1)}
    shared = free(system, unit_of={}, domain_of={}, dom_newer={})
    left = step(system, "unset_container", 0, at=shared)
    assert {p[:2] for p in IOTLB if p not in gone(shared, left, "iotlb")} == {(0, 0)}
    apart = free(system, domain_of={}, dom_newer={})
    left = step(system, "unset_container", 0, at=apart)
    assert {p[:2] for p in IOTLB if p not in gone(apart, left, "iotlb")} == {(1, 0)}


def test_what_an_assumption_drops_stays_without_it() -> None:
    """Each of them is about one cache at one step."""
    system = model("ideal", "detach_clears_atc", "iotlb_of_an_unused_domain_on_a_unit_is_cleared")
    before = free(system)
    end = step(system, "unset_container", 0, at=before)
    assert gone(before, end, "atc") == gone(before, end, "iotlb") == set()
    system = model("vtd-v10", "stage2_flush_drops_nested_entries", stage2=True)
    before = unmapping(system)
    assert gone(before, step(system, "stage2_iotlb_flush", 0, at=before), "iotlb") == set()
    system = model("vtd-v10", "flush_hits_the_requested_range")
    before = state(system)
    assert gone(before, step(system, "iotlb_flush", 0, at=before), "iotlb") == set()
    start = free(system, iotlb={}, atc={(0, 0, 0): 1}, attached={(1,): 1}, newer={}, dom_newer={})
    for name, may in (("", False), ("atc_empty_at_first_attach", True)):
        assert is_initial(model("ideal", *([name] if name else [])), start, TWO) is may


def test_groups_come_and_go_beside_a_call_but_not_beside_its_walk() -> None:
    """iommu->lock keeps them out, and only that."""
    system = model("ideal")
    for call, lock, may in (("ENTERED", "FREE", True), ("LOCKED", "INVALIDATE", False), ("UNLOCKED", "FREE", True)):
        at = state(system, call=_value(Call[call]), lock=_value(Lock[lock]), attached={(1,): 1}, newer={}, dom_newer={})
        assert able(system, "set_container", 0, at=at) is may
        assert able(system, "unset_container", 1, at=at) is may


def test_an_atc_is_filled_from_the_iotlb_too_however_stale() -> None:
    """An IOTLB entry outlives its PTE; a walk needs the PTE, and with stage 2 also the mapping of the frame."""
    for stage2 in (False, True):
        system = model("ideal", stage2=stage2)
        pinned: dict[str, Any] = {"s2": {(0, 0): 1}, "pinned": {(0,): 1}} if stage2 else {}
        stale = free(system, atc={}, iotlb={(0, 0, 0, 0): 1}, **pinned)
        assert able(system, "atc_fill", 0, 0, 0, at=stale)
        assert not able(system, "atc_fill", 1, 0, 0, at=stale)
        assert not able(system, "iotlb_fill", 0, 0, 1, at=stale)
        mapped = free(system, atc={}, iotlb={}, pte={(0, 0): 1, (1, 1): 1}, **pinned)
        assert able(system, "iotlb_fill", 0, 0, 0, at=mapped)
        assert able(system, "iotlb_fill", 0, 1, 1, at=mapped) is not stage2
        assert able(system, "atc_fill", 0, 1, 1, at=mapped) is not stage2


def test_who_is_cut_off_neither_fills_nor_does_dma() -> None:
    """Nor whoever has left the container; DMA needs an entry in either cache."""
    system = model("ideal")
    full = free(system, pte={(0, 0): 1})
    assert able(system, "dma", 0, 0, 0, at=full)
    assert able(system, "dma", 0, 0, 0, at={**full, "iotlb": dict.fromkeys(IOTLB, 0)})
    assert able(system, "dma", 0, 0, 0, at={**full, "atc": dict.fromkeys(ATC, 0)})
    assert not able(system, "dma", 0, 0, 0, at={**full, "atc": dict.fromkeys(ATC, 0), "iotlb": dict.fromkeys(IOTLB, 0)})
    outside: tuple[ConcreteState, ...] = ({"blocked": {(0,): 1, (1,): 0}}, {"attached": {(0,): 0, (1,): 1}})
    for out in outside:
        cut_off: ConcreteState = {**full, **out}
        empty: ConcreteState = {**cut_off, "iotlb": dict.fromkeys(IOTLB, 0), "atc": dict.fromkeys(ATC, 0)}
        assert not able(system, "dma", 0, 0, 0, at=cut_off)
        assert not able(system, "iotlb_fill", 0, 0, 0, at=empty)
        assert not able(system, "atc_fill", 0, 0, 0, at=empty)


def test_a_fresh_device_has_an_empty_atc() -> None:
    """Attached or not."""
    system = model("ideal")
    start = free(system, iotlb={}, atc={}, attached={(1,): 1}, newer={}, dom_newer={})
    assert is_initial(system, start, TWO)
    assert not is_initial(system, {**start, "atc": {**start["atc"], (0, 0, 0): 1}}, TWO)


def test_a_frame_gets_a_new_use_when_its_own_waits_are_over() -> None:
    """Nothing names it, nothing is owed for it; what is owed for another frame does not matter."""
    system = model("ideal")
    assert able(system, "guest_reuses", 0, at=free(system, owed={(0, 1): 1}, pte={(1, 1): 1}))
    assert not able(system, "guest_reuses", 0, at=free(system, owed={(1, 0): 1}))
    assert not able(system, "guest_reuses", 0, at=free(system, pte={(1, 0): 1}))


def unmapping(system: System, **changes: Any) -> ConcreteState:
    """UNMAP_DMA of frame 0 after stage 2 was cleared; its flush is at device 0."""
    rest: dict[str, Any] = {"call": _value(Call.NONE), "lock": _value(Lock.UNMAP), "pinned": BOTH, "listed": {}}
    return state(system, **(rest | changes))


def test_unmap_flushes_every_device_of_the_container() -> None:
    """Also one without ATS: its IOTLB entries go, whatever the iova; ATC entries go with the second step."""
    system = model("vtd-v10", stage2=True)
    for ats in (BOTH, {(1,): 1}):
        begun = step(system, "unmap_dma", 0, at=free(system, pinned=BOTH, s2={(0, 0): 1, (1, 0): 1}, has_ats=ats))
        assert begun["todo"] == BOTH
        assert not able(system, "stage2_iotlb_flush", 0, at=begun)
        cleared = step(system, "stage2_clear", 0, at=begun)
        end = step(system, "stage2_iotlb_flush", 0, at=cleared)
        assert gone(cleared, end, "iotlb") == {(0, 0, i, 0) for i in EACH}
        assert gone(cleared, end, "atc") == set()
        assert end["todo"][0,] == ats.get((0,), 0)
    before = unmapping(system, stage=_value(Stage.ATC))
    end = step(system, "stage2_atc_flush", 0, at=before)
    assert gone(before, end, "atc") == {(0, i, 0) for i in EACH}
    assert end["todo"] == {(0,): 0, (1,): 1}


def test_a_frame_is_unpinned_after_the_whole_flush() -> None:
    """No device is left to flush, and no domain maps it any more."""
    system = model("vtd-v10", stage2=True)
    assert able(system, "unpin", at=unmapping(system, todo={}))
    assert not able(system, "unpin", at=unmapping(system, todo={(1,): 1}))
    assert not able(system, "unpin", at=unmapping(system, todo={}, s2={(1, 0): 1}))
    assert able(system, "unpin", at=unmapping(system, todo={}, s2={(1, 1): 1}))


def test_only_smmuv3_gives_up_the_flush_of_unmap() -> None:
    """VT-d and the ideal driver wait for the device: the flush is at the same place afterwards."""
    for contract in ("vtd-v10", "vtd-5.7", "ideal"):
        system = model(contract, stage2=True)
        before = unmapping(system, stage=_value(Stage.ATC))
        assert "stage2_gives_up" not in system.action
        assert step(system, "stage2_submit_again", 0, at=step(system, "stage2_silent", 0, at=before)) == before
    system = model("smmuv3-v10", stage2=True)
    before = unmapping(system, stage=_value(Stage.ATC))
    end = step(system, "stage2_gives_up", 0, at=before)
    assert gone(before, end, "atc") == set()
    assert end["todo"] == {(0,): 0, (1,): 1}

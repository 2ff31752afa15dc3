"""States per second of the explicit engine, and the time to its first answer on a small system.

Run as `python benchmarks/explicit.py [DEVICES]`. Times are of the processor, so that other work on the machine
disturbs them less.
"""

import sys
import time

from shootdown.ir import Index, Part, State, System, action, always, compose, exists, forall, require
from shootdown.search.explicit import search
from shootdown.search.result import Limits


class Device(Index):
    """Keeps a cache."""

    names = "abcdefgh"


class Frame(Index):
    """What a cache entry points to."""

    names = "fgh"


class Lock(Index):
    """Held by a device."""

    names = "lm"


def caches() -> System:
    """Devices with caches that fill at will, a table that changes, flushes under locks: much interleaving."""
    p = Part("caches")
    p.relation("has_cache", Device, immutable=True)
    p.relation("table", Frame)
    p.relation("cached", Device, Frame)
    p.relation("todo", Device)
    p.function("holder", Lock, to=Device)
    p.init("empty", lambda s: forall(Device, Frame, lambda d, f: ~s.cached[d, f] & ~s.todo[d] & s.table[f]))
    p.init("holder", lambda s: forall(Lock, Device, lambda k, d: (s.holder[k] != d) | s.has_cache[d]))

    @action(actor="device", clutter=1)
    def fill(s: State, d: Device, f: Frame) -> None:
        require(s.has_cache[d], s.table[f])
        s.cached[d, f] = True

    @action(actor="guest")
    def unmap(s: State, f: Frame) -> None:
        require(s.table[f])
        s.table[f] = False
        s.todo[:] = lambda d: s.has_cache[d]

    @action(actor="guest")
    def remap(s: State, f: Frame) -> None:
        require(~s.table[f], forall(Device, lambda d: ~s.cached[d, f]))
        s.table[f] = True

    @action(actor="driver", tally="refused")
    def refuse(s: State, d: Device) -> None:
        require(s.todo[d])
        s.todo[d] = False

    @action(actor="driver")
    def flush(s: State, d: Device) -> None:
        require(s.todo[d], exists(Lock, lambda k: s.holder[k] == d))
        s.todo[d] = False
        s.cached[d, :] = lambda f: s.table[f] & s.cached[d, f]

    @action(actor="kernel")
    def take(s: State, k: Lock, d: Device) -> None:
        require(s.has_cache[d])
        s.holder[k] = d

    p.act(fill, unmap, remap, refuse, flush, take)
    return compose("caches", [p])


def main() -> None:
    """Print one line a size."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    system = caches()
    claim = always("holders have caches", lambda s: forall(Lock, lambda k: s.has_cache[s.holder(k)])).on(system)
    print("devices frames locks  symmetric      states  depth  seconds  states/s")
    for devices in range(1, most + 1):
        for symmetric in (True, False):
            sizes = {"Device": devices, "Frame": 3, "Lock": 2}
            begun = time.process_time()
            found = search(system, [claim], sizes, Limits(), symmetric=symmetric)
            spent = time.process_time() - begun
            words = "yes" if symmetric else "no"
            rate = found.states / spent
            print(f"{devices:7} {3:6} {2:5}  {words:9} {found.states:11} {found.depth:6} {spent:8.3f} {rate:9.0f}")


if __name__ == "__main__":
    main()

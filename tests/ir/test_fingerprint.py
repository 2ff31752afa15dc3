"""The fingerprint of a model: stable, blind to words, sensitive to meaning."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from shootdown.ir import FALSE, Named, System
from shootdown.ir.fingerprint import fingerprint
from shootdown.model.build import build
from shootdown.model.designs import designs
from shootdown.model.world import World

ROOT = Path(__file__).parents[2]


def model(design: str = "type1-v1", **choices: Any) -> System:
    """A real model; every call draws new numbers for bound variables."""
    return build(World(designs()[design], **choices))


def test_two_recordings_of_one_model_have_one_fingerprint() -> None:
    """Numbers of bound variables do not count."""
    first, second = model(), model()
    assert first.actions[0].params[0].key != second.actions[0].params[0].key
    assert fingerprint(first, ()) == fingerprint(second, ())
    assert len(fingerprint(first, ())) == 64


def test_words_and_order_do_not_count() -> None:
    """Docs, texts of steps and the order of declarations can change without making old traces wrong."""
    system = model()
    reworded = tuple(replace(a, doc="other", says="other", code="other") for a in reversed(system.actions))
    assert fingerprint(replace(system, actions=reworded), ()) == fingerprint(system, ())


def test_everything_with_a_meaning_counts() -> None:
    """Design, contract, policy, assumptions, a guard, an initial condition, a variable and a claim."""
    system = model()
    dead = replace(system.actions[0], guard=FALSE)
    others = [
        model("best-effort"),
        model(contract="ideal"),
        model(policy="report-and-complete"),
        model(without=frozenset({"detach_clears_atc"})),
        replace(system, actions=(dead, *system.actions[1:])),
        replace(system, actions=system.actions[1:]),
        replace(system, init=(*system.init, Named("never", FALSE))),
        replace(system, axioms=system.axioms[1:]),
        replace(system, variables=(replace(system.variables[0], immutable=False), *system.variables[1:])),
    ]
    assert len({fingerprint(s, ()) for s in (system, *others)}) == len(others) + 1


def test_the_fingerprint_is_the_same_in_another_process() -> None:
    """No order of sets or hashes of strings gets into it."""
    code = (
        "from shootdown.ir.fingerprint import fingerprint\n"
        "from shootdown.model.build import build\n"
        "from shootdown.model.designs import designs\n"
        "from shootdown.model.world import World\n"
        "print(fingerprint(build(World(designs()['type1-v1'])), ()))"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == fingerprint(model(), ())

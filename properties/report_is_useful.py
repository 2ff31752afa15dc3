"""Whoever calls knows somebody who is done, wherever somebody is (design.md 7; the mail's second concern).

*Useful* is weaker than *exact* (`report_is_sufficient`): for every observation after which some run has a done device,
one device is done in all runs with that observation. That is about any number of runs. Here a decoder stands for it,
which the design states (`Design.surely_done`; `shootdown.model.decoder`): it reads only what the caller knows and sees,
so that it names the same devices in all runs that look alike. If everybody it names is done, and it names somebody
wherever somebody is done, the report is useful. Where that fails, the decoder is refuted, and perhaps a better one
exists: that no decoder is good enough is shown by `shootdown sufficient --useful`.
"""

from typing import Any

from shootdown.ir import Property, always, conj, exists, forall, implies, sometimes
from shootdown.model.sorts import Call, Device
from shootdown.properties import report_is_sufficient


def done(s: Any, d: Any) -> Any:
    """On the container's list when the walk took iommu->lock, and acknowledged in this call."""
    return s.listed[d] & s.acked[d]


def _asked(s: Any) -> Any:
    """A call is back, and no group came or left meanwhile."""
    return (s.call == Call.RETURNED) & ~s.moved


def _sure(s: Any) -> Any:
    return forall(Device, lambda d: ~conj(_asked(s), s.surely_done(d), ~done(s, d)))


def _is_named(s: Any, d: Any) -> Any:
    return s.surely_done(d)


def _somebody(s: Any) -> Any:
    return implies(
        _asked(s) & exists(Device, lambda d: done(s, d)),
        exists(Device, lambda d: _is_named(s, d)),
    )


def _nobody_named(view: Any) -> str:
    names = view.elements("Device", "listed(x) & acked(x)", "x")
    done = f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} done"
    return f"useless: {done}, and the answer, as the design reads it, names nobody who surely is"


PROPERTY = Property(
    name="report-is-useful",
    sentence=(
        "Whoever the answer names as surely done is done, and it names somebody whenever somebody is done "
        "and no group came or left during the call."
    ),
    claims=(
        always(
            "sure",
            _sure,
            says="wrong: the answer names {d} as surely done, and {d} was not acknowledged",
        ),
        always("somebody", _somebody, says=_nobody_named),
    ),
    companions=(
        sometimes("a call returns and somebody is done", lambda s: _asked(s) & exists(Device, lambda d: done(s, d))),
    ),
    policy="hostile",
    reach="guest-internal",
    monitor=report_is_sufficient.monitor,
)

"""The catalogue as text: every name that the command line understands, with one sentence each."""

from collections.abc import Iterator

from shootdown.ir.claims import ABI
from shootdown.model.design import CONTRACTS, POLICIES
from shootdown.model.designs import designs
from shootdown.model.topology import TOPOLOGIES
from shootdown.model.uapi.proposals import proposals
from shootdown.model.usermem.designs import abis
from shootdown.model.world import ASSUMPTIONS
from shootdown.properties import properties
from shootdown.report.citations import LEGEND
from shootdown.report.words import paragraph

CONTRACT_WORDS = {
    "vtd-v10": "VT-d with the posted vSVA series: refuses a device without ATS, waits for a silent one",
    "ideal": "no kernel: any device may refuse, a time-out is returned for its device",
    "smmuv3-v10": "SMMUv3 with the posted nested series: gives up after a second and returns 0",
    "vtd-5.7": "VT-d as merged in 5.7: refuses only a domain that is not nested, waits for a silent device",
}
"""What each contract says of the driver, in a few words."""
POLICY_WORDS = {
    "report-and-complete": "completes the guest's wait whatever the ioctl answered",
    "withhold-completion": "completes on success only, and may issue the call again",
    "hostile": "calls what it likes, when it likes, and lies to the guest; `any` in reports",
    "inject-guest-error": "ends the guest's wait with an error, which releases no frame",
    "retry-all": "issues the same call again until it succeeds",
    "retry-not-done": "calls again and leaves out whom the report names as done",
    "resume-after-count": "calls again and begins at the position that was counted",
    "resume-after-device": "calls again and begins at the device that failed",
    "resume-with-generation": "as resume-after-count; a list that has changed is refused, and it begins anew",
    "reset-named": "resets the devices that the report names as failed, then completes",
    "reset-named-and-flush": "resets them, then issues the call again until it succeeds",
    "reset-all": "resets all devices, then completes",
    "reset-all-and-flush": "resets all devices, then issues the call again until it succeeds",
    "unplug-device": "takes the groups of the named devices out of the container, then calls again",
    "stop-vm": "stops the VM and its devices",
}
"""What a VMM of each policy does, in a few words."""


def listing() -> str:
    """Sections of indented lines, at most 100 columns wide."""
    return "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    yield "designs"
    for design in designs().values():
        yield from _item(design.name, f"{design.summary} [{design.source}]")
    yield "properties"
    for prop in properties().values():
        yield from _item(prop.name, prop.sentence)
    yield "proposals as bytes"
    for abi in abis().values():
        yield from _item(abi.name, f"{abi.summary} [{abi.source}]")
    yield "properties of bytes"
    for prop in properties(ABI).values():
        yield from _item(prop.name, prop.sentence)
    yield "described interfaces, for `shootdown abi`"
    for described in proposals().values():
        yield from _item(described.name, f"{described.summary} [{described.source}]")
    yield "contracts"
    for name in CONTRACTS:
        yield from _item(name, CONTRACT_WORDS.get(name, ""))
    yield "policies"
    for name in POLICIES:
        yield from _item(name, POLICY_WORDS.get(name, ""))
    yield "topologies"
    for topology in TOPOLOGIES.values():
        yield from _item(topology.name, topology.summary)
    yield "assumptions"
    for assumption in ASSUMPTIONS.values():
        yield from _item(assumption.name, f"{assumption.text} [{assumption.source}]")
    yield "sources"
    yield from paragraph(LEGEND, later="  ")


def _item(name: str, text: str) -> list[str]:
    return paragraph(f"{name}: {text}" if text else name)

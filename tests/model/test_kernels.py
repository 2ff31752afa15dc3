"""The life cycle answers as the kernels of kernel-facts.md did; what the model leaves out is listed."""

from collections.abc import Iterable
from functools import cache

import pytest

from shootdown.ir import Expr, always, conj, disj, forall
from shootdown.ir.interp import enabled
from shootdown.ir.sorts import EnumSort
from shootdown.ir.state import substitute
from shootdown.ir.system import Claim, Expectation, System
from shootdown.ir.trace import Candidate, Step
from shootdown.model.kernels import (
    KERNELS,
    POSTED,
    SMMUV3_6_1,
    SMMUV3_6_12,
    VTD_6_1,
    VTD_6_12,
    VTD_NO_INTREMAP,
    Extension,
    Ioctl,
    Kernel,
    system,
)
from shootdown.model.sorts import Group, Mode
from shootdown.search import explicit
from shootdown.search.question import can_fire
from shootdown.search.refute import states_of
from shootdown.search.result import Limits
from tests.model.measured import (
    CHECK_EXTENSION,
    COLUMNS,
    CONTAINER,
    GROUP_AND_DEVICE,
    NOT_COVERED,
    SET_IOMMU,
    SET_IOMMU_COLUMNS,
    UNCOVERED_NUMBERS,
    rows,
)

SIZES = {"Domain": 1, "Group": 2, "Device": 2, "Unit": 1}

MODELS = {kernel.name: system(kernel) for kernel in KERNELS}

REACH = {
    "fresh": "",
    "group in": "set_container 0",
    "TYPE1v2": "set_container 0, set_iommu TYPE1v2",
    "TYPE1": "set_container 0, set_iommu TYPE1",
    "NESTING": "set_container 0, set_iommu NESTING",
    "no group": "",
    "set": "set_container 0, set_iommu TYPE1v2",
}


def parsed(model: System, text: str) -> tuple[Step, ...]:
    """`set_container 0, set_iommu TYPE1v2` as steps."""
    found = []
    for part in filter(None, text.split(", ")):
        name, *args = part.split()
        sorts = [p.sort for p in model.action[name].params]
        values = [
            s.values.index(a) if isinstance(s, EnumSort) else int(a) for s, a in zip(sorts, args, strict=True)
        ]  # fmt: skip
        found.append(Step(name, tuple(values)))
    return tuple(found)


def answers(kernel: Kernel, text: str) -> list[str]:
    """What the kernel answers to each ioctl of the text, from a fresh descriptor; each must be possible."""
    model = MODELS[kernel.name]
    run = Candidate(SIZES, fresh(kernel), parsed(model, text))
    sort = model.by_name["answer"].sort
    assert isinstance(sort, EnumSort)
    names = [sort.values[s["answer"][()]] for s in states_of(model, run)]
    return [{"ZERO": "0", "ONE": "1", "FD": "OK"}.get(n, n) for n in names[1:]]


@cache
def fresh(kernel: Kernel) -> dict[str, dict[tuple[int, ...], int]]:
    """The first initial state: two singleton groups outside of the container."""
    model = MODELS[kernel.name]
    only = explicit.explored(model, (), SIZES, Limits(depth=0), symmetric=False)
    layout = only.parts[0].space.layout
    every = (layout.unpack(w) for w in only.parts[0].visited.all().tolist())
    found = next(s for s in every if s["group_of"] == {(0,): 0, (1,): 1})
    return {name: dict(table) for name, table in found.items()}


def ask(name: str, argument: Extension | Ioctl | Mode) -> str:
    """One ioctl as text."""
    return f"{name} {argument.name}"


def then(*parts: str) -> str:
    """Ioctls one after the other."""
    return ", ".join(p for p in parts if p)


def number(row: str) -> int:
    """The extension that a row begins with."""
    return int(row.split(maxsplit=1)[0])


def ioctl(row: str) -> Ioctl:
    """The ioctl of a row of the first table."""
    named = {
        "GET_INFO": Ioctl.GET_INFO, "MAP_DMA good": Ioctl.MAP_DMA, "MAP_DMA null pointer": Ioctl.MAP_DMA_NULL,
        "UNMAP_DMA not mapped": Ioctl.UNMAP_DMA,
    }  # fmt: skip
    return named[row] if row in named else Ioctl[row.upper().replace("+", "_")]


def kernels_with(column: str) -> Iterable[Kernel]:
    """The measured kernels that a container can be brought into this state on."""
    if column == "NESTING":
        return (SMMUV3_6_1,)
    return (VTD_6_1, VTD_6_12, SMMUV3_6_1, SMMUV3_6_12)


@pytest.mark.parametrize("column", COLUMNS)
def test_ioctls_on_the_container_are_answered_as_measured(column):
    """Every row of the first table, in each state of the container."""
    for row, cells in rows(CONTAINER).items():
        wanted = cells[COLUMNS.index(column)]
        for kernel in kernels_with(column) if wanted != "-" else ():
            got = answers(kernel, then(REACH[column], ask("container_ioctl", ioctl(row))))
            assert got[-1] == wanted, (kernel.name, column, row)


@pytest.mark.parametrize("column", COLUMNS)
def test_check_extension_is_answered_as_measured(column):
    """Every row of the second table but DMA_CC."""
    for row, cells in rows(CHECK_EXTENSION).items():
        if number(row) in UNCOVERED_NUMBERS:
            continue
        for kernel in kernels_with(column):
            got = answers(kernel, then(REACH[column], ask("check_extension", Extension(number(row)))))
            assert got[-1] == cells[COLUMNS.index(column)], (kernel.name, column, row)


def set_iommu(kernel: Kernel, before: str, value: int) -> str:
    """SET_IOMMU of a number: the action that does it, or the one that refuses it, whichever is possible."""
    extension = Extension(value)
    refused = then(before, ask("set_iommu_refused", extension))
    works = extension in (Extension.TYPE1, Extension.TYPE1v2, Extension.NESTING)
    texts = [refused, then(before, f"set_iommu {extension.name}")] if works else [refused]
    found = [a for a in (possible(kernel, t) for t in texts) if a]
    assert len(found) == 1, (kernel.name, before, value, found)
    return found[0]


def possible(kernel: Kernel, text: str) -> str:
    """The last answer, or nothing where the last step is not possible."""
    model = MODELS[kernel.name]
    *prefix, last = parsed(model, text)
    *_, state = states_of(model, Candidate(SIZES, fresh(kernel), tuple(prefix)))
    return answers(kernel, text)[-1] if enabled(model.action[last.action], last.args, state, SIZES) else ""


BY_COLUMN = {
    "no group": (VTD_6_1, VTD_6_12, SMMUV3_6_1, SMMUV3_6_12, VTD_NO_INTREMAP),
    "VT-d": (VTD_6_1, VTD_6_12),
    "no intremap": (VTD_NO_INTREMAP,),
    "SMMUv3 6.12": (SMMUV3_6_12,),
    "SMMUv3 6.1": (SMMUV3_6_1,),
    "set": (VTD_6_1, VTD_6_12, SMMUV3_6_1, SMMUV3_6_12),
}


@pytest.mark.parametrize("column", [c for c in SET_IOMMU_COLUMNS if c != "used"])
def test_set_iommu_is_answered_as_measured(column):
    """Every row of the third table but DMA_CC, with a group in unless the column says otherwise."""
    before = REACH.get(column, "set_container 0")
    for row, cells in rows(SET_IOMMU).items():
        wanted = cells[SET_IOMMU_COLUMNS.index(column)]
        if wanted == "-" or number(row) in UNCOVERED_NUMBERS:
            continue
        for kernel in BY_COLUMN[column]:
            assert set_iommu(kernel, before, number(row)) == wanted, (kernel.name, column, row)


def test_a_container_can_be_used_again():
    """After the last group left, another backend can be chosen, once; the column "used" of the third table."""
    again = "set_container 0, set_iommu TYPE1v2, unset_container 0, set_container 0"
    table = rows(SET_IOMMU)
    column = SET_IOMMU_COLUMNS.index("used")
    for kernel in (VTD_6_1, VTD_6_12, SMMUV3_6_1, SMMUV3_6_12):
        assert set_iommu(kernel, again, 1) == table["1"][column]
        assert set_iommu(kernel, then(again, "set_iommu TYPE1"), 3) == table["3"][column]


def test_the_backend_goes_with_the_last_group():
    """After UNSET_CONTAINER of the last group the container is back at EINVAL, and not before."""
    text = "set_container 0, set_container 1, set_iommu TYPE1v2, unset_container 0"
    for kernel in (VTD_6_1, VTD_6_12, SMMUV3_6_1, SMMUV3_6_12):
        assert answers(kernel, then(text, "container_ioctl BASE_24"))[-1] == "ENOTTY"
        assert answers(kernel, then(text, "unset_container 1", "container_ioctl BASE_24"))[-1] == "EINVAL"


def test_after_a_refused_nesting_the_same_container_takes_type1v2():
    """kernel-facts.md: after the failure SET_IOMMU(3) works on the same container."""
    for kernel in (VTD_6_1, VTD_6_12, SMMUV3_6_12):
        text = "set_container 0, set_iommu_refused NESTING, set_iommu TYPE1v2"
        assert answers(kernel, text)[-2:] == [kernel.nesting.name, "0"]


@pytest.mark.parametrize("probe", sorted(GROUP_AND_DEVICE))
def test_groups_and_devices_answer_as_measured(probe):
    """The covered entries of the list "Group and device"."""
    before, last, wanted = GROUP_AND_DEVICE[probe]
    for kernel in (VTD_6_1, VTD_6_12, SMMUV3_6_1, SMMUV3_6_12):
        assert answers(kernel, then(before, last))[-1] == wanted, kernel.name


def test_the_posted_kernel_sets_nesting_and_serves_its_own_ioctls():
    """5.6-rc6 with the posted series: NESTING works, base+24 is unknown before SET_IOMMU and the call itself after."""
    assert set_iommu(POSTED, "set_container 0", 6) == "0"
    assert answers(POSTED, "set_container 0, container_ioctl BASE_24")[-1] == "EINVAL"
    assert not possible(POSTED, "set_container 0, set_iommu NESTING, container_ioctl BASE_24")
    assert answers(POSTED, "set_container 0, set_iommu NESTING, container_ioctl BASE_25")[-1] == "ENOTTY"


def test_rows_that_are_not_covered_are_listed():
    """Every number of the tables is an argument of the model or listed as not covered, with a reason."""
    numbers = {number(row) for table in (CHECK_EXTENSION, SET_IOMMU) for row in rows(table)}
    assert numbers - {x.value for x in Extension} == UNCOVERED_NUMBERS
    assert {ioctl(row) for row in rows(CONTAINER)} == set(Ioctl)
    assert any("DMA_CC" in row for row in NOT_COVERED)
    assert all(NOT_COVERED.values())


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: k.name)
def test_every_ioctl_has_exactly_one_answer_in_every_state(kernel):
    """For a group's and the container's ioctls: one action is enabled, whatever the container's state."""
    model = MODELS[kernel.name]
    every = explicit.search(model, exactly_one(model), SIZES, Limits())
    assert every.complete
    assert every.candidate is None, every.claim


def exactly_one(model: System) -> tuple[Claim, ...]:
    """Claims that the answers to one ioctl exclude each other and leave no state out."""

    def guard(name: str, g: Expr) -> Expr:
        action = model.action[name]
        return substitute(action.guard, {action.params[0].key: g})

    def alone(found: list[Expr]) -> Expr:
        pairs = [~(a & b) for k, a in enumerate(found) for b in found[:k]]
        return conj(disj(*found), *pairs)

    def one(*names: str) -> Claim:
        every = always(" or ".join(names), lambda _s: forall(Group, lambda g: alone([guard(n, g) for n in names])))
        return every.on(model)

    some = disj(can_fire(model.action["set_iommu"]), can_fire(model.action["set_iommu_refused"]))
    return (
        one("set_container", "set_container_refused"),
        one("unset_container", "unset_container_refused"),
        one("open_device", "get_device_fd_refused", "get_device_fd_again"),
        Claim("SET_IOMMU", Expectation.ALWAYS, some),
    )

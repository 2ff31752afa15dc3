"""Typed formulas, their text, and the words of steps."""

import enum

import pytest

from shootdown.ir import Index, ModelError, Part, State, UsageError, action, compose, exists, forall, ite, require, u8
from shootdown.ir.expr import Expr, Op, cast, fresh
from shootdown.ir.interp import holds
from shootdown.ir.parse import parse_formula, parse_term
from shootdown.ir.pretty import pretty, pretty_update
from shootdown.ir.sorts import sort_of
from shootdown.ir.trace import ConcreteState
from shootdown.ir.view import View, parse_template, say, shown


class Device(Index):
    """What may be attached."""

    names = "abc"


class Frame(Index):
    """Memory; its first name is also that of a device."""

    names = "af"


class Mode(enum.Enum):
    """Modes, one of which shares its name with an errno."""

    OK = 0
    NESTING = 1


class Errno(enum.Enum):
    """What a call returns."""

    OK = 0
    EINVAL = 1


def system():
    """A toy with every kind of sort."""
    part = Part("toy")
    part.relation("todo", Device)
    part.function("maps", Device, to=Frame)
    part.relation("held", Device, Frame)
    part.variable("mode", Mode)
    part.variable("ret", Errno)
    part.variable("n", u8)
    part.variable("busy", bool)

    @action(actor="driver", says="{d}: refused, {after: ret}; n was {n}")
    def refuse(s: State, d: Device):
        require(s.todo[d])
        s.ret = Errno.EINVAL
        s.todo[d] = False

    @action(actor="driver")
    def sweep(s: State, d: Device, f: Frame):
        s.held[d, f] = True
        s.todo[:] = lambda e: s.todo[e] & (e != d)

    part.act(refuse, sweep)
    return compose(
        "toy", [part], lets={"idle": lambda s, d: ~s.todo[d] & ~s.busy, "mode_is_ok": lambda s: s.mode == Mode.OK}
    )


SIZES = {"Device": 3, "Frame": 2}
STATE: ConcreteState = {
    "todo": {(0,): 1, (1,): 0, (2,): 1},
    "maps": {(0,): 0, (1,): 1, (2,): 1},
    "held": {(d, f): int(d == f) for d in range(3) for f in range(2)},
    "mode": {(): 1},
    "ret": {(): 0},
    "n": {(): 200},
    "busy": {(): 0},
}


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("true", True),
        ("busy", False),
        ("todo(a)", True),
        ("todo[b]", False),
        ("mode == NESTING", True),
        ("Mode.NESTING == mode", True),
        ("mode == OK", False),
        ("OK == ret", True),
        ("ret != Errno.EINVAL", True),
        ("maps(a) == a", True),
        ("a == maps(b)", False),
        ("held(a, a) & held(b, f)", True),
        ("held(Device.a, Frame.f)", False),
        ("todo(device2) and not todo(device1)", True),
        ("n == 200 & n == 0xc8", True),
        ("n > 199 & n <= 200 & ~(n < 200)", True),
        ("n + 100 == 44", True),
        ("(n bitand 0x0f) == 8", True),
        ("n >> 3 == 25 && n << 1 == 144", True),
        ("~todo(a) | !todo(b)", True),
        ("todo(a) -> todo(b) -> busy", True),
        ("(todo(a) -> todo(b)) -> busy", True),
        ("todo(b) or busy and todo(a)", False),
        ("forall d: Device. todo(d) | maps(d) == f", True),
        ("exists d: Device, f: Frame. held(d, f) & ~todo(d)", True),
        ("busy | exists a: Device. maps(a) == Frame.a", True),
        ("idle(b) & ~idle(a)", True),
        ("mode_is_ok()", False),
        ("mode_is_ok", False),
        ("ite(busy, n, 3) == 3", True),
        ("cast(u8, n) == n", True),
    ],
)
def test_formulas_mean_what_they_say(text: str, truth: bool) -> None:
    """Operators, names, ambiguous names, quantifiers and derived terms."""
    assert holds(parse_formula(text, system()), STATE, SIZES) is truth


@pytest.mark.parametrize(
    ("text", "column", "words"),
    [
        ("tod(a)", 1, "did you mean `todo`?"),
        ("mode == NESTIN", 9, "did you mean `NESTING`?"),
        ("todo(a) & mode = OK", 16, "write == to compare"),
        ("todo(f)", 6, "Device is needed"),
        ("todo(a, b)", 1, "takes 1 argument, not 2"),
        ("mode", 1, "Bool is needed"),
        ("ret == NESTING", 8, "Errno is needed"),
        ("n == 256", 6, "does not fit in u8"),
        ("OK == OK", 7, "Mode.OK or Errno.OK"),
        ("3 == 4", 6, "compare it with a C integer"),
        ("mode < OK", 6, "needs C integers"),
        ("a == a == a", 8, "do not chain"),
        ("forall d: Devic. todo(d)", 1, "did you mean `Device`?"),
        ("forall d. todo(d)", 9, "write forall d: Sort."),
        ("todo(a", 7, "`)` is missing"),
        ("todo(a) todo(b)", 9, "nothing more is expected"),
        ("", 1, "the end"),
        ("todo(a) &", 10, "the end"),
        ("idle(a, b)", 1, "cannot be called so"),
        ("idle(Frame.f)", 1, "must be a Device"),
        ("Mode.FOO == mode", 1, "there are: NESTING, OK"),
        ("__import__(a)", 1, "nothing is called"),
        ("a.b.c", 4, "nothing more is expected"),
        ("todo(a) @ b", 9, "has no meaning"),
        ("(" * 200, 41, "nested more than 40 deep"),
        ("~" * 200 + "busy", 41, "nested more than 40 deep"),
        ("n == n" + " + 1" * 50, 170, "more than 40 terms"),
        ("n == " + "9" * 50, 46, "nothing more is expected"),
    ],
)
def test_errors_name_the_column_and_what_exists(text: str, column: int, words: str) -> None:
    """One sentence: what is wrong, where, and what would be right."""
    with pytest.raises(UsageError) as caught:
        parse_formula(text, system())
    message = str(caught.value)
    assert words in message
    assert f"(column {column} of" in message
    assert "\n" not in message


def test_free_names_come_from_the_scope() -> None:
    """Parameters shadow elements of the same name, and carry their own sort."""
    binder, _ = fresh("f", parse_term("Device.a", system()).sort)
    expr = parse_formula("todo(f)", system(), {"f": binder})
    assert [holds(expr, STATE, SIZES, {binder.key: v}) for v in range(3)] == [True, False, True]


FORMULAS = [
    "forall d: Device. todo(d) -> (exists f: Frame. held(d, f))",
    "todo(a) & (busy | mode == OK) & ~todo(b)",
    "~(todo(a) & busy)",
    "(todo(a) -> busy) -> busy",
    "todo(a) -> busy -> busy",
    "n + 1 - 2 > 3 | n - (1 + 2) != 4",
    "(n bitand 0xf0) == 0xb",
    "ite(busy, n, 3) <= cast(u8, n) << 2",
    "(busy == todo(a)) != (~busy)",
    "maps(a) == Frame.a",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_of_a_formula_reads_back_to_the_same_text(text: str) -> None:
    """Printing has the fewest parentheses, and is a fixpoint of reading and printing."""
    once = pretty(parse_formula(text, system()))
    assert pretty(parse_formula(once, system())) == once
    assert once.count("(") <= text.count("(")


@pytest.mark.parametrize("text", FORMULAS)
def test_printed_formulas_keep_their_meaning(text: str) -> None:
    """Read, printed and read again, a formula has the same value in several states."""
    first = parse_formula(text, system())
    again = parse_formula(pretty(first), system())
    for n in range(0, 256, 7):
        state: ConcreteState = {**STATE, "n": {(): n}, "busy": {(): n % 2}, "mode": {(): n // 2 % 2}}
        assert holds(first, state, SIZES) is holds(again, state, SIZES)


def test_inner_binders_are_renamed_where_names_meet() -> None:
    """A nested binder of the same name, or one called like a variable, gets a number."""
    sy = system()
    read = State(sy.by_name)
    nested = forall(Device, lambda d: read.todo[d] | exists(Device, lambda e: read.todo[e] & (e != d)))
    assert pretty(nested) == "forall d: Device. todo(d) | (exists e: Device. todo(e) & e != d)"

    def inner(outer: Expr) -> Expr:
        return exists(Device, lambda d: read.todo[d] & (d != outer))

    shadow = forall(Device, lambda d: inner(d))  # noqa: PLW0108 # the binder is called as the lambda calls it
    assert pretty(shadow) == "forall d: Device. exists d2: Device. todo(d2) & d2 != d"
    taken = forall(Device, lambda todo: read.todo[todo])
    assert pretty(taken) == "forall todo2: Device. todo(todo2)"


def test_updates_read_as_assignments() -> None:
    """A write at a point names the point, a write everywhere shows the function."""
    refuse, sweep = system().actions
    assert [pretty_update(u) for u in refuse.updates] == ["todo(d) := false", "ret := EINVAL"]
    assert [pretty_update(u) for u in sweep.updates] == ["todo(d0) := todo(d0) & d0 != d", "held(d, f) := true"]


def test_str_of_an_expression_is_its_formula() -> None:
    """What an error message or a debugger shows is the formula."""
    read = State(system().by_name)
    assert str(ite(read.busy, cast(u8, read.n), read.n) + 10) == "ite(busy, cast(u8, n), n) + 0xa"


def test_templates_show_values_as_readers_know_them() -> None:
    """Elements, errnos as the kernel returns them, integers, and the state after the step."""
    sy = system()
    after: ConcreteState = {**STATE, "ret": {(): 1}}
    refuse = sy.action["refuse"]
    assert say(sy, refuse.says, refuse, (2,), STATE, SIZES, after) == "c: refused, -EINVAL; n was 0xc8"
    assert (
        say(sy, "{ret} {mode} {busy} {{d}} {maps(d) == a}", refuse, (1,), STATE, SIZES) == "0 NESTING false {d} false"
    )
    assert say(sy, "two\n  lines {d}", refuse, (0,), STATE, {"Device": 1, "Frame": 1}) == "two lines a"


def test_an_enumeration_not_called_errno_keeps_its_names() -> None:
    """Only `Errno` is shown as a return value."""
    assert [shown(parse_term(t, system()).sort, 0) for t in ("mode", "ret", "n", "busy")] == ["OK", "0", "0x0", "false"]


def test_text_functions_ask_a_view() -> None:
    """Parameters as attributes, formulas as text and truth, and sets of elements."""
    sy = system()
    refuse = sy.action["refuse"]

    def words(view: View) -> str:
        named = ", ".join(view.elements("Device", "todo(e) & e != d", "e"))
        return f"{view.d}|{view.get('maps(d)')}|{view.true('after: todo(d)')}|{named}"

    after: ConcreteState = {**STATE, "todo": {(0,): 0, (1,): 0, (2,): 1}}
    assert say(sy, words, refuse, (0,), STATE, SIZES, after) == "a|a|False|c"
    assert say(sy, words, refuse, (2,), STATE, SIZES, after) == "c|f|True|a"


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("{todo(x)}", "nothing is called `x`"),
        ("{d", "a brace is left open"),
        ("d}", "a brace is left open"),
        ("{after: ret}", "there is no step here"),
        (lambda v: v.get("nonsense"), "nothing is called `nonsense`"),
        (lambda v: str(v.true("maps(d)")), "Bool is needed here"),
        (lambda v: str(v.elements("Devices", "true", "e")), "there are: Device, Frame"),
    ],
)
def test_a_bad_template_is_the_models_error(says, words: str) -> None:
    """It names the action's own line and what is wrong."""
    sy = system()
    refuse = sy.action["refuse"]
    with pytest.raises(ModelError, match=words) as caught:
        say(sy, says, refuse, (0,), STATE, SIZES)
    assert str(caught.value).startswith(refuse.where)
    assert "test_parse.py:" in refuse.where


def test_a_view_has_no_other_attributes() -> None:
    """An unknown parameter is an AttributeError, as for any object."""
    sy = system()
    view = View(sy, STATE, None, SIZES, sy.action["refuse"].params, (0,))
    with pytest.raises(AttributeError, match="no parameter `e`"):
        _ = view.e


def test_templates_parse_into_text_and_holes() -> None:
    """Plain text stays plain, formulas become expressions."""
    sy = system()
    pieces = parse_template("x {d} {after: n}", sy, sy.action["refuse"].params)
    holes = [p for p in pieces if not isinstance(p, str)]
    assert [p for p in pieces if isinstance(p, str)] == ["x ", " "]
    assert [(h.expr.op, h.after) for h in holes] == [(Op.VAR, False), (Op.READ, True)]
    assert all(isinstance(h.expr, Expr) for h in holes)


def test_a_bound_variable_never_takes_the_name_of_a_parameter() -> None:
    """A quantifier over `d` inside an action over `d` is printed with another name."""
    _, outer = fresh("d", sort_of(Device))
    inner = exists(Device, lambda d: d == outer)

    assert pretty(inner) == "exists d2: Device. d2 == d"

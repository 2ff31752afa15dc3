"""Help with examples, completion in the shell, and colour only where somebody wants it."""

import io
import os
import pty
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from shootdown.cli import complete
from shootdown.cli.app import app
from shootdown.cli.examples import EXAMPLES
from shootdown.model.design import CONTRACTS, POLICIES
from shootdown.model.designs import designs
from shootdown.model.topology import TOPOLOGIES
from shootdown.model.uapi.proposals import proposals
from shootdown.model.world import ASSUMPTIONS
from shootdown.properties import properties
from shootdown.report.colour import painted, wants_colour
from shootdown.report.formats import known_form
from shootdown.search.engines import NAMES
from tests.pages import shell_environment

ESCAPE = "\x1b["
OPTION = typer.core.TyperOption
GROUP = typer.main.get_command(app)
COMMANDS: dict[str, typer.core.TyperCommand] = GROUP.commands  # type: ignore[attr-defined] # typer types the base only


def test_every_command_has_examples() -> None:
    """And no example is about a command that there is not."""
    assert set(EXAMPLES) == set(COMMANDS)
    assert all(EXAMPLES.values())


@pytest.mark.parametrize("example", [e for each in EXAMPLES.values() for e in each])
def test_an_example_is_understood(example: str) -> None:
    """Its command, its options and the form of their values exist, and so do the names in it."""
    name, *arguments = shlex.split(example.partition(">")[0])
    context = COMMANDS[name].make_context(name, list(arguments))
    known = {
        "contract": CONTRACTS, "policy": POLICIES, "topology": TOPOLOGIES, "engine": NAMES,
        "property": properties(), "source": designs(),
    }  # fmt: skip
    for option, names in known.items():
        given = context.params.get(option) or ()
        assert set([given] if isinstance(given, str) else given) <= set(names)
    described = str(context.params["file"]) if name == "abi" else ".py"
    assert described.endswith(".py") or described in proposals()


def test_help_says_what_json_is() -> None:
    """What is printed, for each command that has the option; where there is --format, that the two are the same."""
    told = {n: p.help for n, c in COMMANDS.items() for p in c.params if isinstance(p, OPTION) and p.name == "json"}
    assert {"check", "compare", "explore", "recover", "range", "abi", "sufficient"} <= set(told)
    assert all(text and text.startswith("print ") and "JSON" in text for text in told.values())
    assert "as --format json does: one object, or an array" in str(told["check"])


def test_the_list_of_commands_is_not_cut() -> None:
    """Each has one short sentence there; what its exit codes mean stands in a paragraph of its own."""
    text = GROUP.get_help(GROUP.make_context("shootdown", [], resilient_parsing=True, terminal_width=80))
    listed = text.split("Commands:\n")[1].splitlines()
    assert len(listed) == len(COMMANDS)
    assert all(row.endswith(".") and not row.endswith("...") for row in listed)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_ends_with_the_examples(name: str) -> None:
    """One line each as it is typed, not filled to paragraphs, within a terminal's width."""
    command = COMMANDS[name]
    text = command.get_help(command.make_context(name, [], resilient_parsing=True, terminal_width=80))
    shown = text.split("Examples:\n")[1]
    assert shown.split("\n") == [f"    shootdown {e}" for e in EXAMPLES[name]]
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize(
    ("finds", "names"),
    [
        (complete.designs, designs()),
        (complete.properties, {**properties(), **properties("abi")}),
        (complete.contracts, CONTRACTS),
        (complete.policies, POLICIES),
        (complete.topologies, TOPOLOGIES),
        (complete.assumptions, ASSUMPTIONS),
        (complete.engines, NAMES),
    ],
    ids=lambda x: getattr(x, "__name__", ""),
)
def test_a_word_is_completed(finds, names) -> None:
    """By all names that begin with what has been typed, and by no other."""
    assert set(finds("")) == set(names)
    one = sorted(names)[-1]
    assert one in finds(one[:3])
    assert all(word.startswith(one[:3]) for word in finds(one[:3]))
    assert finds("no such") == []


def test_forms_that_are_offered_exist() -> None:
    """`--format` knows each."""
    assert [known_form(name, json=False) for name in complete.forms("")] == complete.forms("")


def test_assumptions_are_completed_behind_a_comma() -> None:
    """What has been named already is not offered again."""
    first, *_ = sorted(ASSUMPTIONS)
    offered = complete.assumptions(f"{first},")
    assert f"{first},{sorted(ASSUMPTIONS)[1]}" in offered
    assert f"{first},{first}" not in offered


def test_own_files_are_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python files and directories beside the names, hidden ones only when asked for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sub").mkdir()
    for name in ("ours.py", "notes.txt", ".hidden.py", "sub/other.py"):
        (tmp_path / name).write_text("")
    assert complete.python_files("") == ["ours.py", "sub/"]
    assert complete.python_files(".h") == [".hidden.py"]
    assert complete.python_files("sub/o") == ["sub/other.py"]
    assert complete.python_files(f"{tmp_path}/ou") == [f"{tmp_path}/ours.py"]
    assert complete.python_files("nowhere/") == []
    assert complete.designs_and_files("o") == ["ours.py"]


BASH = """
eval "$(_SHOOTDOWN_COMPLETE=source_bash shootdown)"
complete -p shootdown
COMP_WORDS=(shootdown check type1-v1 --policy ret); COMP_CWORD=4
_shootdown_completion shootdown
echo "${COMPREPLY[@]}"
"""


def test_bash_completes(tmp_path: Path) -> None:
    """The script that bash loads fills in what the program offers."""
    done = subprocess.run(
        ["bash", "-c", BASH], env=shell_environment(tmp_path), capture_output=True, text=True, check=True
    )
    assert done.stdout == "complete -o default -F _shootdown_completion shootdown\nretry-all retry-not-done\n"


def test_zsh_completes(tmp_path: Path) -> None:
    """What the function of zsh calls answers in the form that zsh reads."""
    own = {"_SHOOTDOWN_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "shootdown show type1-v1-"}
    environment = {**shell_environment(tmp_path), **own}
    done = subprocess.run(["shootdown"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "_arguments '*: :((\"type1-v1-stop\"))'\n"


def test_the_options_for_completion_are_there() -> None:
    """They write and show the script for the shell from which they are called."""
    text = GROUP.get_help(GROUP.make_context("shootdown", [], resilient_parsing=True))
    assert "--install-completion" in text
    assert "--show-completion" in text


def test_completing_loads_no_search() -> None:
    """Somebody waits: neither numpy nor a solver nor the reports."""
    code = (
        "import sys; from shootdown.cli.app import app; from shootdown.cli import complete as c; "
        "c.designs_and_files(''); c.properties(''); c.policies(''); c.assumptions('');"
        "print(sorted({'numpy', 'z3', 'cvc5', 'rich', 'shootdown.report'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "environment", "wanted"),
    [
        (_Terminal(), {"TERM": "xterm"}, True),
        (_Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (_Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (_Terminal(), {"TERM": "xterm", "NO_COLOR": "0"}, False),
        (_Terminal(), {"TERM": "dumb"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
)
def test_who_wants_colour(stream, environment, wanted) -> None:
    """A terminal, unless NO_COLOR is set to anything at all."""
    assert wants_colour(stream, environment) is wanted


def test_only_the_outcome_is_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The word in the line of a check and in the head of a trace, and nothing that a step or a sentence says."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    text = (
        "own violates failure-is-told     contract ideal\n"
        "  wrong: it is proved contract= and violates x\n"
        "own failure-is-told refuted contract=ideal\n"
        "own failure-is-told proved world=w\n"
        "own failure-is-told unknown contract=ideal\n"
        '{"outcome": "proved contract=ideal"}\n'
    )
    colours = {"violates": 31, "refuted": 31, "proved": 32, "unknown": 33}
    wanted = text
    for word, before in (("violates", "own "), ("refuted", "told "), ("proved", "told "), ("unknown", "told ")):
        wanted = wanted.replace(f"{before}{word}", f"{before}{ESCAPE}{colours[word]}m{word}{ESCAPE}0m")
    assert painted(text, _Terminal()) == wanted
    assert painted(text, io.StringIO()) == text


def on_a_terminal(arguments: list[str], environment: dict[str, str]) -> str:
    """What a command writes to a terminal that is its standard output; its standard error is a pipe."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(arguments, stdout=theirs, stderr=subprocess.PIPE, env=environment) as process:
        os.close(theirs)
        found = b""
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # Linux: the other end is closed
                break
            if not piece:
                break
            found += piece
        process.communicate()
    os.close(ours)
    return found.decode()


CHECK = ["shootdown", "check", "type1-v1", "wrong-mode-is-refused", "--topology", "emulated-only"]


def test_colour_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    """Red for a refutation; with NO_COLOR, and in a pipe, the same text without an escape code."""
    plain = {k: v for k, v in shell_environment(tmp_path).items() if k != "NO_COLOR"} | {"TERM": "xterm"}
    coloured = on_a_terminal(CHECK, plain)
    spared = on_a_terminal(CHECK, plain | {"NO_COLOR": "1"})
    piped = subprocess.run(CHECK, env=plain, capture_output=True, text=True, check=False)
    assert f"{ESCAPE}31mrefuted{ESCAPE}0m" in coloured
    assert ESCAPE not in spared + piped.stdout + piped.stderr
    assert re.sub(r"\x1b\[\d+m", "", coloured) == spared == piped.stdout.replace("\n", "\r\n")

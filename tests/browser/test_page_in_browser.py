"""The page in a headless chromium: every cell is clicked, every trace stepped to its end, and nothing is ever logged.

Run by `make test-browser`, which needs chromium. SHOOTDOWN_PAGE names a page to test instead of the samples' own.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shootdown.report.page import page
from shootdown.report.page_tables import tables
from tests.browser.chromium import Page
from tests.report.page_samples import samples, single_samples, write_results

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]  # a whole review has some 800 cells

OPEN = "document.querySelector('#cells > .cell:not([hidden])')"
BAR = f"{OPEN}.querySelector('.stepper')"
TICK = "new Promise(done => setTimeout(done, 60))"
"""A moment after going to another place: chromium holds back who goes to more than 200 in 10 seconds."""
BARS = f"{OPEN}.querySelectorAll('.stepper')"
STEPPERS = (
    "(cells => cells.filter(c => c.trace).length + cells.filter(c => c.alike).length)"
    "(JSON.parse(document.getElementById('data').textContent).cells)"
)
"""How many runs, or groups of runs, the data has."""
SEEN = (
    "{ const own = a.closest('.matrix')?.dataset.contract;"
    ' if (own) document.querySelector(`#filters [value="${own}"]`).click();'
    " if (a.offsetParent === null) throw new Error('nobody sees ' + a.hash); a.click(); }"
)
"""Show the contract in whose table a mark stands, and click it."""
CENTRE = "(b => [b.left + b.width / 2, b.top + b.height / 2])(r.getBoundingClientRect())"
"""Where the middle of `r` is in the window."""
WIDE, NARROW = (1400, 900), (390, 844)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page under test."""
    if given := os.environ.get("SHOOTDOWN_PAGE"):
        return Path(given)
    folder = tmp_path_factory.mktemp("page")
    path = folder / "review.html"
    path.write_text(page(samples(), tables(*write_results(folder)), single_samples()), "utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Page]:
    """One browser for all tests."""
    with Page() as found:
        yield found


@pytest.fixture
def shown(browser: Page, file: Path) -> Iterator[Page]:
    """The page, just opened; nothing may be logged, thrown or fetched while a test runs."""
    browser.trouble.clear()
    browser.requests.clear()
    browser.shape(*WIDE)
    browser.open(file)
    yield browser
    assert browser.run("1") == 1
    assert not browser.trouble
    assert [u for u in browser.requests if not u.startswith("data:")] == [file.resolve().as_uri()]


def links(shown: Page) -> list[str]:
    """The places that marks lead to, each once."""
    found: list[str] = shown.run("[...new Set([...document.querySelectorAll('a.mark')].map(a => a.hash))]")
    return found


def click(shown: Page, place: str) -> None:
    """Click the mark that leads there, as a user who sees it; wait until its section is open."""
    shown.run(f"location.hash && (location.hash = '', {TICK})")
    shown.run(f"(a => {SEEN})(document.querySelector('a.mark[href=\"{place}\"]')); {TICK}")


def steps(shown: Page, bar: str = BAR) -> tuple[int, int]:
    """Where a stepper is, and how many steps there are."""
    at, total = shown.run(f"[{bar}.dataset.step, {bar}.dataset.steps]")
    return int(at), int(total)


def walk(shown: Page, bar: str) -> None:
    """From the start to the last step and back, by keys; each step is said, shown and marked."""
    shown.run(f"{bar}.querySelector('input').focus(); {bar}.querySelector('[aria-label=\"one step forward\"]').focus()")
    at, total = steps(shown, bar)
    assert at == 0 < total
    for number in range(1, total + 1):
        shown.press("ArrowRight")
        assert steps(shown, bar) == (number, total)
        marked, said = shown.run(
            f"[{bar}.nextElementSibling.querySelectorAll('[aria-current=step]').length, "
            "document.getElementById('live').textContent]"
        )
        assert marked >= 1
        assert said.startswith(f"step {number} of {total}. ")
    shown.press("ArrowRight")
    assert steps(shown, bar) == (total, total)
    shown.press("Home")
    assert steps(shown, bar) == (0, total)


def test_every_cell_opens_and_every_trace_is_stepped_to_its_end(shown: Page) -> None:
    """Behind each mark there is exactly one section, seen and not empty, with all its steps; Escape leads back.

    One pass, since a whole review has some 800 cells.
    """
    stepped = 0
    for place in links(shown):
        click(shown, place)
        found, length, focus, bars = shown.run(
            "[[...document.querySelectorAll('#cells > .cell:not([hidden])')].map(c => '#' + c.id), "
            f"{OPEN}.textContent.length, document.activeElement.parentElement.id, {BARS}.length]"
        )
        assert found == [place]
        assert length > 60
        assert focus == place[1:]
        for number in range(bars):
            walk(shown, f"{BARS}[{number}]")
        stepped += bars
        shown.press("Escape")
        assert shown.run(f"{TICK}.then(() => document.getElementById('overview').hidden)") is False
    assert stepped == shown.run(STEPPERS)
    assert stepped


def test_every_kind_of_cell_is_stepped_or_told(shown: Page) -> None:
    """Two runs stand in two columns, a loop is marked, bytes lie in a table."""
    if os.environ.get("SHOOTDOWN_PAGE"):
        pytest.skip("a page that is given need not have a cell of each kind")
    found = []
    for place in links(shown):
        click(shown, place)
        seen = "s.querySelectorAll('.run').length, s.querySelectorAll('.bar').length, "
        found.append(shown.run(f"(s => [{seen}s.querySelectorAll('table.words').length])({OPEN})"))
    assert any(runs >= 2 for runs, _, _ in found)
    assert any(bars for _, bars, _ in found)
    assert any(tables for *_, tables in found)


def test_states_of_two_runs_are_shown_whole_below_their_diagrams(shown: Page) -> None:
    """Nothing is cut or covered; scrolled to the states, one sees what the runs end in differently, and the buttons."""
    if os.environ.get("SHOOTDOWN_PAGE"):
        pytest.skip("a page that is given need not have a pair")
    click(shown, shown.run("document.querySelector('.matrix a[aria-label*=\"report-is-sufficient\"]').hash"))
    for _ in range(steps(shown)[1]):
        shown.press("ArrowRight")
    boxes = f"[...{OPEN}.querySelectorAll('.states')]"
    assert shown.run(f"{boxes}.map(b => b.scrollHeight - b.clientHeight)") == [0, 0]
    below = "b.getBoundingClientRect().top >= b.parentElement.querySelector('.heads').getBoundingClientRect().bottom"
    assert shown.run(f"{boxes}.every(b => {below})")
    evidence = f"{boxes}.map(b => [...b.querySelectorAll('dt')].find(t => t.textContent === 'answered in this call'))"
    shown.run(f"{boxes}[0].scrollIntoView({{ block: 'end' }}); {TICK}")
    assert shown.run(f"{evidence}.every(t => t.getBoundingClientRect().bottom < innerHeight)")
    assert shown.run(f"{BAR}.getBoundingClientRect().top >= 0")
    rows = f"{OPEN}.querySelectorAll('.seq li.end')"
    assert shown.run(f"[...{rows}].every(r => r.contains(document.elementFromPoint(...{CENTRE})))")
    assert len(set(shown.run(f"{evidence}.map(t => t.nextSibling.textContent)"))) > 1


def test_a_proof_shows_its_lemmas_its_needs_and_its_certificate(shown: Page) -> None:
    """Each in a part of its own that can be seen, and none of them empty."""
    click(shown, shown.run("document.querySelector('.matrix a.any').hash"))
    heads = shown.run(f"[...{OPEN}.querySelectorAll('h3')].filter(h => h.offsetParent).map(h => h.textContent)")
    assert heads[:4] == ["The proof", "Lemmas", "What the proof needs, and what it does not", "Certificate"]
    lists = f"[...{OPEN}.querySelectorAll('h3 ~ ul, h3 ~ ol')].map(l => l.children.length)"
    assert min(shown.run(lists)) > 0


def test_buttons_and_slider_do_what_keys_do(shown: Page) -> None:
    """Forward, back, the ends, and a click on a row of the diagram."""
    click(shown, first_trace(shown))
    _, total = steps(shown)
    for label, wanted in (("one step forward", 1), ("one step back", 0), ("to the end", total), ("to the start", 0)):
        shown.run(f"{BAR}.querySelector('[aria-label=\"{label}\"]').click()")
        assert steps(shown)[0] == wanted
    shown.run(f"(r => {{ r.value = 2; r.dispatchEvent(new Event('input')); }})({BAR}.querySelector('input'))")
    assert steps(shown)[0] == 2
    shown.run(f"[...{OPEN}.querySelectorAll('button.seqrow')].at(-1).click()")
    assert steps(shown)[0] > 2


def first_trace(shown: Page) -> str:
    """The first cell with a refuted check that is one of the matrix."""
    found: str = shown.run("document.querySelector('#matrix a.mark.refuted').hash")
    return found


def test_changes_are_highlighted(shown: Page) -> None:
    """What a step changes, and nothing else, is marked and says what it was."""
    click(shown, first_trace(shown))
    _, total = steps(shown)
    marked = 0
    for _ in range(total):
        before = shown.run(states())
        shown.press("ArrowRight")
        after = shown.run(states())
        changed = [label for (label, old), (_, new) in zip(before, after, strict=True) if old != new]
        assert shown.run(f"[...{OPEN}.querySelectorAll('.changed dt')].map(t => t.textContent)") == changed
        marked += len(changed)
    assert marked


def states() -> str:
    """Labels and values of the state that is shown, without the remarks on what was."""
    value = "[...d.lastChild.childNodes].filter(n => n.className !== 'was').map(n => n.textContent).join('')"
    return f"[...{OPEN}.querySelectorAll('.states dl > div')].map(d => [d.firstChild.textContent, {value}])"


def test_the_matrix_is_walked_by_keys(shown: Page) -> None:
    """Arrow keys move between marks, and Enter opens one."""
    shown.run("document.querySelector('#matrix .matrix:not([hidden]) a.mark').focus()")
    start = shown.run("document.activeElement.hash")
    for key in ("ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft"):
        shown.press(key)
    assert shown.run("document.activeElement.matches('a.mark')")
    assert start in links(shown)


def test_filters_hide_what_is_not_wanted(shown: Page) -> None:
    """One contract at a time, and one design if that is asked."""
    seen = "[...document.querySelectorAll('.matrix')].filter(m => m.offsetParent !== null).length"
    assert shown.run(seen) == 1
    shown.run("document.querySelector('#filters [name=contract][value=\"\"]').click()")
    assert shown.run(seen) == shown.run("document.querySelectorAll('.matrix').length")
    change = "s.selectedIndex = 1; s.dispatchEvent(new Event('change', {bubbles: true}))"
    shown.run(f"(s => {{ {change} }})(document.querySelector('[name=design]'))")
    heads = "[...document.querySelectorAll('.matrix th[data-design]')].filter(t => t.offsetParent !== null)"
    columns = f"new Set({heads}.map(t => t.dataset.design)).size"
    assert shown.run(columns) == 1


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_nothing_sticks_out_and_text_can_be_read(shown: Page, size: tuple[int, int], dark: bool) -> None:
    """The page scrolls down and not aside, at each width; text and ground differ enough in both schemes."""
    shown.shape(*size, dark=dark)
    proof = shown.run("document.querySelector('#matrix a.mark.any')?.hash ?? ''")
    for place in ("", first_trace(shown), proof, *links(shown)[-1:]):
        shown.run(f"location.hash = '{place}'; {TICK}")
        assert shown.run("document.documentElement.scrollWidth - innerWidth") <= 0
        assert shown.run(CONTRAST) == []
    ground = shown.run("getComputedStyle(document.body).backgroundColor")
    assert shown.run(f"document.querySelector('header h1').style.color = '{ground}'; {CONTRAST}")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_no_word_of_a_diagram_is_broken(shown: Page, size: tuple[int, int]) -> None:
    """What a step does in a lane may stand on several lines, but no word of it."""
    shown.shape(*size)
    whole = "[...document.querySelectorAll('.cell:not([hidden]) .lane i')].filter(i => !i.textContent.includes(' '))"
    seen = 0
    for place in [p for p in links(shown) if not p.startswith("#t")][:20]:
        click(shown, place)
        heights = shown.run(f"{whole}.map(i => i.getClientRects().length === 1 && i.offsetHeight < 22)")
        assert all(heights)
        seen += len(heights)
    assert seen


def test_paper_shows_the_last_state(shown: Page) -> None:
    """A printed trace shows the state that is wrong; afterwards the page is where it was."""
    click(shown, first_trace(shown))
    shown.press("ArrowRight")
    assert shown.run("dispatchEvent(new Event('beforeprint'))")
    at, total = steps(shown)
    assert at == total > 1
    assert shown.run("dispatchEvent(new Event('afterprint'))")
    assert steps(shown)[0] == 1


def test_the_button_changes_the_colours(shown: Page) -> None:
    """System, light, dark, and round again."""
    ground = "getComputedStyle(document.body).backgroundColor"
    found: list[Any] = []
    for _ in range(3):
        shown.run("document.getElementById('theme').click()")
        found.append(shown.run(ground))
    assert found == ["rgb(255, 255, 255)", "rgb(18, 22, 28)", "rgb(255, 255, 255)"]


CONTRAST = """(() => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const linear = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r / 255) + 0.7152 * linear(g / 255) + 0.0722 * linear(b / 255);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const found = numbers(getComputedStyle(e).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const poor = [];
  while (walker.nextNode()) {
    const [text, e] = [walker.currentNode.data.trim(), walker.currentNode.parentElement];
    if (!text || e.offsetParent === null) continue;
    if (e.closest('script, style, .later, [aria-disabled=true], .sr, .skip')) continue;
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) poor.push(`${e.tagName}.${e.className} ${contrast.toFixed(1)}: ${text.slice(0, 30)}`);
  }
  return poor.slice(0, 5);
})()"""
"""Texts whose contrast is below 4.5 to 1; those of steps to come are dimmed on purpose."""

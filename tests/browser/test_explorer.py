"""explorer.js in a real Chromium, without Jupyter: it draws the very numbers it was sent."""

import base64
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest

import utils.explorers
from utils.explorers import Panel, Series, explorer

SCRIPT = Path(utils.explorers.__file__).with_name("explorer.js").read_text(encoding="utf-8")
PAGE = """
<div id="explorer"></div>
<script type="module">
  const state = STATE;
  const bytes = Uint8Array.from(atob(state.data), (character) => character.charCodeAt(0));
  // At an odd offset, as it may lie in a message from a kernel.
  const message = new Uint8Array(bytes.length + 3);
  message.set(bytes, 3);
  state.data = new DataView(message.buffer, 3);
  const handlers = {};
  window.model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; (handlers[`change:${name}`] ?? (() => {}))(); },
    on: (event, handler) => { handlers[event] = handler; },
    off: (event) => { delete handlers[event]; },
  };
  const url = URL.createObjectURL(new Blob([SCRIPT], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  window.cleanUp = widget.render({ model, el: document.getElementById("explorer") });
  window.ready = true;
</script>
"""
SIZES = (3, 4)
RANDOM = np.random.default_rng(0)
X = np.array([1.0, 2.0, 5.0, 10.0, 100.0])
LINES = RANDOM.random((*SIZES, 5))
LINES[1, 2, 2] = np.nan
POINTS = RANDOM.random((1, 4, 5))
BARS = RANDOM.random((3, 1, 4))
POSITIONS = list(itertools.product(*map(range, SIZES)))


@pytest.fixture(scope="module")
def made():
    panels = [
        Panel(
            "Lines <1>",
            "rate (1/s)",
            "loss (nats)",
            [Series("line", X, LINES, dashed=True), Series("points", X, POINTS, "scatter")],
            xscale="log",
        ),
        Panel(
            "Bars",
            "class",
            "probability",
            [Series("a", np.arange(4), BARS, "bar"), Series("b", np.arange(4), BARS[0], "bar")],
            ylim=(0, 1),
        ),
    ]
    texts = [[f"row {row}, column {column}" for column in range(4)] for row in range(3)]
    sliders = {"row": range(3), "column": range(4)}
    return explorer(sliders, panels, texts=texts, caption="Look.", start=(1, 2))


@pytest.fixture
def tab(browser, made):
    state = {name: getattr(made.picture, name) for name in ("panels", "texts", "sizes")}
    state |= {"index_0": made.picture.index_0, "index_1": made.picture.index_1}
    state["data"] = base64.b64encode(made.picture.data).decode()
    problems = []
    tab = browser.new_page()
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.set_content(PAGE.replace("STATE", json.dumps(state)).replace("SCRIPT", json.dumps(SCRIPT)))
    tab.wait_for_function("window.ready")
    yield tab
    tab.close()
    assert problems == []


def move(tab, position) -> None:
    for number, index in enumerate(position):
        tab.evaluate("([name, value]) => model.set(name, value)", [f"index_{number}", index])


def values(pixels: np.ndarray, ticks: list[tuple[float, float]], log: bool = False) -> np.ndarray:
    """From pixels to values, by the places of the first and last tick."""
    (first, low), (last, high) = ticks[0], ticks[-1]
    start, end = (np.log(low), np.log(high)) if log else (low, high)
    scaled = start + (pixels - first) / (last - first) * (end - start)
    return np.exp(scaled) if log else scaled


def ticks(tab, panel: int) -> tuple[list, list]:
    """(pixel, number) of the ticks of the horizontal and of the vertical axis."""
    lines = tab.evaluate(
        """panel => [...document.querySelectorAll('svg[role=img]')[panel]
            .querySelectorAll('line.grid')].map(line => [
                ...['x1', 'x2', 'y1', 'y2'].map(name => Number(line.getAttribute(name))),
                Number(line.nextElementSibling.textContent)])""",
        panel,
    )
    horizontal = [(x1, number) for x1, x2, _, _, number in lines if x1 == x2]
    vertical = [(y1, number) for _, _, y1, y2, number in lines if y1 == y2]
    return horizontal, vertical


def attributes(tab, selector: str, names: list[str]) -> np.ndarray:
    return np.array(
        tab.evaluate(
            """([selector, names]) => [...document.querySelectorAll(selector)].map(
                node => names.map(name => Number(node.getAttribute(name))))""",
            [selector, names],
        )
    )


@pytest.mark.parametrize("position", POSITIONS)
def test_lines_and_points_are_the_arrays_at_the_position(tab, position):
    move(tab, position)
    x_ticks, y_ticks = ticks(tab, 0)
    path = tab.locator("svg[role=img] g > path").first.get_attribute("d")
    drawn = np.array(re.findall(r"[ML]([\d.]+),([\d.]+)", path), dtype=float)
    expected = LINES[position]
    known = np.isfinite(expected)
    assert path.count("M") == 1 + (~known).sum()
    assert values(drawn[:, 0], x_ticks, log=True) == pytest.approx(X[known], rel=0.01)
    assert values(drawn[:, 1], y_ticks) == pytest.approx(expected[known], abs=1e-3)
    circles = attributes(tab, "svg[role=img] circle", ["cx", "cy"])
    assert values(circles[:, 0], x_ticks, log=True) == pytest.approx(X, rel=0.01)
    assert values(circles[:, 1], y_ticks) == pytest.approx(POINTS[0, position[1]], abs=1e-3)


@pytest.mark.parametrize("position", POSITIONS[::5])
def test_bars_stand_side_by_side_and_are_as_high_as_their_values(tab, position):
    move(tab, position)
    x_ticks, y_ticks = ticks(tab, 1)
    assert [number for _, number in x_ticks] == [0, 1, 2, 3]
    bars = attributes(tab, "svg[role=img] rect", ["x", "y", "width", "height"])
    assert values(bars[:, 1], y_ticks) == pytest.approx(
        np.concatenate([BARS[position[0], 0], BARS[0, 0]]), abs=1e-3
    )
    left, right = bars[:4], bars[4:]
    assert left[:, 0] + left[:, 2] == pytest.approx(right[:, 0])
    middles = values(right[:, 0], x_ticks)
    assert middles == pytest.approx(np.arange(4), abs=1e-3)


def test_words_follow_the_position_and_are_never_markup(tab):
    group = tab.locator(".explorer-panels")
    for position in POSITIONS:
        move(tab, position)
        sentence = f"row {position[0]}, column {position[1]}"
        assert tab.locator(".explorer-text").inner_text() == sentence
        assert group.get_attribute("aria-label") == sentence
    texts = tab.locator("svg[role=img]").first.locator("text").all_text_contents()
    assert {"Lines <1>", "rate (1/s)", "loss (nats)"} <= set(texts)
    label = tab.locator("svg[role=img]").first.get_attribute("aria-label")
    assert label == "Lines <1>: loss (nats) against rate (1/s)"
    legends = tab.locator(".explorer-legend").all_inner_texts()
    assert [legend.split() for legend in legends] == [["line", "points"], ["a", "b"]]


def test_ticks_are_few_and_round(tab):
    (x_log, y_lines), (_, y_bars) = ticks(tab, 0), ticks(tab, 1)
    assert [number for _, number in x_log] == [1, 2, 5, 10, 20, 50, 100]
    assert [number for _, number in y_bars] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert 3 <= len(y_lines) <= 8


def test_a_closed_view_no_longer_listens(tab):
    before = tab.locator(".explorer-text").inner_text()
    tab.evaluate("cleanUp()")
    move(tab, (0, 0))
    assert tab.locator(".explorer-text").inner_text() == before == "row 1, column 2"

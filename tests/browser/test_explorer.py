"""explorer.js in a real Chromium, without Jupyter: it draws the very numbers it was sent."""

import itertools
import re

import numpy as np
import pytest

from tests.browser.picture_page import move, open_picture
from utils.explorers import Panel, Series, explorer

SIZES = (3, 4)
RANDOM = np.random.default_rng(0)
X = np.array([1.0, 2.0, 5.0, 10.0, 100.0])
LINES = RANDOM.random((*SIZES, 5))
LINES[1, 2, 2] = np.nan
POINTS = RANDOM.random((1, 4, 5))
BARS = RANDOM.random((3, 1, 4))
PIXELS = RANDOM.integers(0, 256, (3, 4, 2, 4, 3), np.uint8)  # [row, column, height, width, colour]
HIGH = np.array([0.1, np.nan, 1.0]).reshape(3, 1, 1)
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
        Panel(
            "Surface",
            "weight",
            "loss (nats)",
            [
                Series("heat", [0, 1], [0.01, 1], "image", pixels=PIXELS),
                Series("path", [0, 0.5, 1], [1e-9, 0.1, np.inf]),
                Series("high", np.full((3, 1, 1), 0.5), HIGH, "text"),
            ],
            yscale="log",
            xlim=(0, 1),
            ylim=(0.01, 1),
            xticks={0: "none", 1: "all"},
        ),
        Panel("Photo", "", "", [Series("photo", kind="image", pixels=PIXELS)], axes=False),
    ]
    texts = [[f"row {row}, column {column}" for column in range(4)] for row in range(3)]
    sliders = {"row": range(3), "column": range(4)}
    return explorer(sliders, panels, texts=texts, caption="Look.", start=(1, 2))


@pytest.fixture
def tab(browser, made):
    problems = []
    tab = browser.new_page()
    tab.on("pageerror", lambda error: problems.append(str(error)))
    open_picture(tab, made)
    yield tab
    tab.close()
    assert problems == []


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
    bars = attributes(tab, "svg[role=img] g > rect", ["x", "y", "width", "height"])
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
    assert [legend.split() for legend in legends] == [["line", "points"], ["a", "b"], ["path"], []]


DECODE = """async index => {
    const node = document.querySelectorAll('svg[role=img] image')[index];
    const picture = new Image();
    picture.src = node.getAttribute('href');
    await picture.decode();
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
    const context = canvas.getContext('2d');
    context.drawImage(picture, 0, 0);
    return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
}"""


@pytest.mark.parametrize("position", POSITIONS[::4])
def test_pictures_hold_the_pixels_of_the_position(tab, position):
    move(tab, position)
    for index in range(2):
        drawn = np.array(tab.evaluate(DECODE, index)).reshape(2, 4, 4)
        assert np.array_equal(drawn[..., :3], PIXELS[position])


def test_a_picture_is_stretched_over_its_axes_or_keeps_its_proportions(tab):
    names = ["x", "y", "width", "height"]
    stretched, kept = attributes(tab, "svg[role=img] image", names)
    frame = attributes(tab, "svg[role=img] clipPath rect", names)
    assert stretched == pytest.approx(frame[2], abs=2)
    assert kept[2] / kept[3] == pytest.approx(2)
    assert tab.locator("svg[role=img]").nth(3).locator("line").count() == 0


def test_a_line_leaves_a_gap_where_a_value_has_no_place_and_words_come_and_go(tab):
    panel = tab.locator("svg[role=img]").nth(2)
    path = panel.locator("g > path").get_attribute("d")
    assert path.count("M") == 1 and path.count("L") == 1  # what is infinite is left out
    for row, shown in ((0, 1), (1, 0), (2, 1)):
        move(tab, (row, 0))
        assert panel.locator("text.word").count() == shown
    assert {"none", "all", "0.01", "0.1", "1"} <= set(panel.locator("text").all_text_contents())


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

"""Explorers on the Python side: arrays that fit their sliders, a still picture, a text."""

import base64

import ipywidgets
import numpy as np
import pytest

from utils.explorers import Panel, Series, explorer

WIDGET = "application/vnd.jupyter.widget-view+json"
RATES, DEPTHS = [0.1, 0.2, 0.5], [1, 2]
X = np.arange(1, 5)
CURVES = np.arange(24.0).reshape(3, 2, 4)  # [rate, depth, point]
BY_DEPTH = 100 + np.arange(8.0).reshape(1, 2, 4)
FIXED = np.array([5.0, np.nan, 7.0, 8.0])
TEXTS = [[f"rate {rate}, depth {depth}" for depth in DEPTHS] for rate in RATES]


def build(**changes):
    series = [Series("curve", X, CURVES), Series("by depth", X, BY_DEPTH, "scatter")]
    panels = [
        Panel("Lines", "step", "loss (nats)", [*series, Series("fixed", X, FIXED, dashed=True)]),
        Panel("Bars", "class", "probability", [Series("share", X, CURVES / 24, "bar")]),
    ]
    settings = {"texts": TEXTS, "caption": "Look here.", "start": (1, 1), **changes}
    return explorer({"rate": RATES, "depth": DEPTHS}, panels, **settings)


def test_sliders_are_ipywidgets_linked_to_the_picture_in_the_browser(monkeypatch):
    links, jslink = [], ipywidgets.jslink
    monkeypatch.setattr(ipywidgets, "jslink", lambda *ends: links.append(jslink(*ends)))
    made = build()
    assert [type(slider) for slider in made.sliders] == [ipywidgets.SelectionSlider] * 2
    assert [slider.description for slider in made.sliders] == ["rate", "depth"]
    assert [label for label, _ in made.sliders[0].options] == ["0.1", "0.2", "0.5"]
    for number, (slider, link) in enumerate(zip(made.sliders, links, strict=True)):
        assert link.source == (slider, "index")
        assert link.target == (made.picture, f"index_{number}")


def test_it_starts_where_it_was_told_to_else_at_the_first_position():
    made = build()
    assert made.index == (made.picture.index_0, made.picture.index_1) == (1, 1)
    assert build(start=None).index == (0, 0)
    assert made.text() == "rate 0.2, depth 2"
    assert made.text((2, 0)) == "rate 0.5, depth 1"


def test_the_buffer_holds_every_array_where_the_panels_say():
    picture = build().picture
    values = np.frombuffer(picture.data, "<f4")
    expected = [CURVES, BY_DEPTH, FIXED, CURVES / 24]
    found = [series["y"] for panel in picture.panels for series in panel["series"]]
    for place, array in zip(found, expected, strict=True):
        assert len(place["shape"]) == 3
        piece = values[place["offset"] :][: array.size]
        assert np.allclose(piece, array.ravel(), equal_nan=True)
    assert picture.sizes == [3, 2]


@pytest.mark.parametrize("index", [(0, 0), (1, 1), (2, 1)])
def test_the_still_picture_shows_the_position_of_the_sliders(index):
    lines, bars = build().figure(index).axes
    assert np.array_equal(lines.lines[0].get_ydata(), CURVES[index])
    assert np.array_equal(lines.lines[1].get_ydata(), FIXED, equal_nan=True)
    assert np.array_equal(lines.collections[0].get_offsets()[:, 1], BY_DEPTH[0, index[1]])
    heights = [patch.get_height() for patch in bars.patches]
    assert np.allclose(heights, CURVES[index] / 24)
    assert (lines.get_title(), lines.get_xlabel()) == ("Lines", "step")
    assert lines.get_ylabel() == "loss (nats)"


def test_axes_keep_their_limits_so_that_a_change_can_be_seen():
    made = build()
    first, last = made.figure((0, 0)).axes[0], made.figure((2, 1)).axes[0]
    assert first.get_ylim() == last.get_ylim()
    low, high = first.get_ylim()
    assert low < 0 and high > 107


def test_moving_a_slider_in_python_moves_the_still_picture():
    made = build()
    made.sliders[0].value = 2
    assert made.index == (2, 1) and made.text() == "rate 0.5, depth 2"
    assert np.array_equal(made.figure().axes[0].lines[0].get_ydata(), CURVES[2, 1])


def test_where_nothing_moves_a_png_and_a_text_take_its_place():
    bundle = build()._repr_mimebundle_()
    assert WIDGET in bundle
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert bundle["text/plain"] == "rate 0.2, depth 2"


def test_a_log_axis_is_labelled_with_plain_numbers():
    panel = Panel("Log", "passes", "accuracy", [Series("a", [1, 10, 100], [1, 2, 3])], "log")
    made = explorer({"k": [1]}, [panel], texts=["a"], caption="b")
    axes = made.figure().axes[0]
    assert axes.get_xscale() == "log"
    assert axes.xaxis.get_major_formatter()(20) == "20"
    assert axes.get_xlim()[0] > 0


def one_slider(series: Series, **changes):
    panels = [Panel("Title", "x", "y", [series])]
    settings = {"texts": ["a", "b", "c"], "caption": "Look here.", **changes}
    return explorer({"rate": RATES}, panels, **settings)


@pytest.mark.parametrize("shape", [(2, 4), (4, 4), (3, 2, 4)])
def test_an_array_that_does_not_fit_the_sliders_is_named(shape):
    with pytest.raises(ValueError, match=r"series 'odd' has shape .* sliders of \(3,\)"):
        one_slider(Series("odd", X, np.zeros(shape)))


def test_texts_for_another_number_of_positions_are_refused():
    with pytest.raises(ValueError, match=r"texts must have shape \(3,\), and have \(2,\)"):
        one_slider(Series("a", X, X), texts=["a", "b"])


def test_three_sliders_are_refused():
    with pytest.raises(ValueError, match="one or two sliders, not 3"):
        explorer({"a": [1], "b": [1], "c": [1]}, [], texts=[[["t"]]], caption="c")

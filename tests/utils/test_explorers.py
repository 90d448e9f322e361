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
    assert [type(slider) for slider in made.controls] == [ipywidgets.SelectionSlider] * 2
    assert [slider.description for slider in made.controls] == ["rate", "depth"]
    assert [label for label, _ in made.controls[0].options] == ["0.1", "0.2", "0.5"]
    for number, (slider, link) in enumerate(zip(made.controls, links, strict=True)):
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
    made.controls[0].value = 2
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
def test_an_array_that_does_not_fit_the_controls_is_named(shape):
    with pytest.raises(ValueError, match=r"series 'odd' has shape .* controls of \(3,\)"):
        one_slider(Series("odd", X, np.zeros(shape)))


def test_texts_for_another_number_of_positions_are_refused():
    with pytest.raises(ValueError, match=r"texts must have shape \(3,\), and have \(2,\)"):
        one_slider(Series("a", X, X), texts=["a", "b"])


def test_five_controls_are_refused():
    with pytest.raises(ValueError, match="one to 4 controls, not 5"):
        explorer({name: [1] for name in "abcde"}, [], texts=[[[[["t"]]]]], caption="c")


def test_texts_are_repeated_along_a_control_that_they_do_not_depend_on():
    made = build(texts=[["shallow", "deep"]])
    assert [made.text((rate, 1)) for rate in range(3)] == ["deep"] * 3


def test_a_control_can_be_a_row_of_buttons(monkeypatch):
    links, jslink = [], ipywidgets.jslink
    monkeypatch.setattr(ipywidgets, "jslink", lambda *ends: links.append(jslink(*ends)))
    made = build(buttons=("depth",))
    assert [type(c) for c in made.controls] == [
        ipywidgets.SelectionSlider,
        ipywidgets.ToggleButtons,
    ]
    assert links[1].source == (made.controls[1], "index")
    made.controls[1].value = 0
    assert made.index == (1, 0) and made.text() == "rate 0.2, depth 1"


RED = np.zeros((3, 2, 5, 3))  # [rate, row, column, colour]
RED[2, 0, :, 0] = 1


def test_an_image_lies_where_it_is_told_to_top_row_first():
    made = one_slider(Series("red", [10, 20], [3, 5], "image", pixels=RED))
    axes = made.figure((2,)).axes[0]
    assert axes.images[0].get_extent() == [10, 20, 3, 5]
    assert np.array_equal(axes.images[0].get_array(), RED[2] * 255)
    assert (axes.get_xlim(), axes.get_ylim()) == ((10, 20), (3, 5))
    place = made.picture.panels[0]["series"][0]["pixels"]
    assert place == {"offset": 0, "shape": (3, 2, 5, 3)}
    sent = np.frombuffer(made.picture.pixels, np.uint8).reshape(place["shape"])
    assert np.array_equal(sent, RED * 255)


def test_a_picture_without_axes_keeps_its_proportions():
    panel = Panel("Photo", "", "", [Series("red", kind="image", pixels=RED)], axes=False)
    axes = explorer({"rate": RATES}, [panel], texts=["a"] * 3, caption="b").figure().axes[0]
    assert not axes.axison and axes.get_aspect() == 1
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 5), (0, 2))


def test_an_image_without_colours_or_of_too_many_positions_is_named():
    for pixels in (RED[..., 0], RED[:2]):
        with pytest.raises(ValueError, match="'red' has shape .* height, width and three colours"):
            one_slider(Series("red", kind="image", pixels=pixels))


def test_a_word_is_written_only_where_it_has_a_place():
    series = Series("here", np.array([[1.0], [np.nan], [3.0]]), [[2.0]], "text")
    made = one_slider(series)
    words = [[word.get_text() for word in made.figure((i,)).axes[0].texts] for i in range(3)]
    assert words == [["here"], [], ["here"]]
    assert made.figure().axes[0].get_legend() is None


def test_limits_come_from_numbers_that_a_log_axis_can_show():
    series = Series("loss", X, [1e-2, 0.0, np.inf, 1e2])
    made = explorer(
        {"a": [1]}, [Panel("t", "x", "y", [series], yscale="log")], texts=["a"], caption="b"
    )
    low, high = made.figure().axes[0].get_ylim()
    assert 0.005 < low < 0.01 and 100 < high < 200


def test_limits_and_names_of_ticks_can_be_given():
    panel = Panel("t", "x", "y", [Series("a", X, X)], xlim=(0, 9), ylim=(1, 2), xticks={3: "three"})
    axes = explorer({"a": [1]}, [panel], texts=["a"], caption="b").figure().axes[0]
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 9), (1, 2))
    assert [label.get_text() for label in axes.get_xticklabels()] == ["three"]


def test_four_panels_stand_in_two_rows():
    panels = [Panel(f"panel {i}", "x", "y", [Series("a", X, X)]) for i in range(4)]
    figure = explorer({"a": [1]}, panels, texts=["a"], caption="b").figure()
    assert len({axes.get_subplotspec().rowspan.start for axes in figure.axes}) == 2

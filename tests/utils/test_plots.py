"""Figures: labelled, in distinguishable colours, shown with an alternative text."""

import base64
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.colors import to_hex
from PIL import Image

from utils.plots import COLORS, histogram, image_grid, learning_curves, show
from utils.training import History

OKABE_ITO = {"#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}


def make_history(num_steps: int = 40, val: bool = True) -> History:
    loss = np.exp(-np.arange(num_steps) / 10).tolist()
    accuracies = [0.5, 0.8, 0.9]
    return History(
        {},
        loss=loss,
        lr=[0.1] * num_steps,
        train_loss=[1.0, 0.5, 0.2],
        train_accuracy=accuracies,
        val_loss=[1.1, 0.7, 0.5] if val else [],
        val_accuracy=[0.4, 0.7, 0.75] if val else [],
    )


def test_colors_are_okabe_and_itos_and_differ():
    assert set(COLORS) <= OKABE_ITO and len(set(COLORS)) == len(COLORS)


def test_learning_curves_are_titled_and_labelled():
    figure = learning_curves({"plain": make_history(), "other": make_history()}, title="Two runs")
    assert figure.get_suptitle() == "Two runs"
    for axes in figure.axes:
        assert axes.get_title() and axes.get_xlabel() and axes.get_ylabel()
    legend = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert legend == [
        "plain, training",
        "plain, validation",
        "other, training",
        "other, validation",
    ]


def test_the_loss_is_scattered_under_its_moving_average():
    history = make_history()
    axes = learning_curves(history, window=4).axes[0]
    points = axes.collections[0].get_offsets()
    assert np.allclose(points, np.column_stack([np.arange(1, 41), history.loss]))
    steps, mean = axes.lines[0].get_data()
    assert steps[0] == 4 and steps[-1] == 40
    assert mean[0] == pytest.approx(np.mean(history.loss[:4]))
    assert mean[-1] == pytest.approx(np.mean(history.loss[-4:]))


def test_accuracies_are_drawn_against_epochs():
    history = make_history()
    training, validation = learning_curves(history).axes[1].lines
    assert training.get_xdata().tolist() == [1, 2, 3]
    assert training.get_ydata().tolist() == history.train_accuracy
    assert validation.get_ydata().tolist() == history.val_accuracy
    assert training.get_linestyle() != validation.get_linestyle()
    assert len(learning_curves(make_history(val=False)).axes[1].lines) == 1


def test_runs_have_their_own_colors_and_too_many_are_refused():
    runs = {str(number): make_history() for number in range(len(COLORS))}
    axes = learning_curves(runs).axes[0]
    assert [to_hex(line.get_color()).upper() for line in axes.lines] == list(COLORS)
    with pytest.raises(ValueError, match="At most 6 runs"):
        learning_curves({**runs, "one more": make_history()})


@pytest.mark.parametrize("channels", [1, 3])
def test_image_grid_draws_each_image_with_its_class(channels):
    images = torch.rand(5, channels, 8, 8)
    labels = torch.tensor([2, 0, 1, 1, 2])
    figure = image_grid(images, labels, classes=("a", "b", "c"), columns=3, title="Five")
    assert figure.get_suptitle() == "Five"
    drawn = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in drawn] == ["c", "a", "b", "b", "c"]
    for axes, image in zip(drawn, images, strict=True):
        shown = np.asarray(axes.images[0].get_array()).reshape(8, 8, channels)
        assert np.allclose(shown, image.permute(1, 2, 0))


def test_image_grid_takes_texts_or_nothing_as_labels():
    texts = image_grid(torch.rand(2, 1, 8, 8), ["x", "y"])
    assert [axes.get_title() for axes in texts.axes] == ["x", "y"]
    assert [axes.get_title() for axes in image_grid(torch.rand(2, 1, 8, 8)).axes] == ["", ""]


def test_histogram_counts_every_value_over_common_bins():
    named = {"one": torch.zeros(30), "two": torch.linspace(-1, 3, 50)}
    axes = histogram(named, bins=8, title="Counts", xlabel="activation").axes[0]
    assert (axes.get_title(), axes.get_xlabel()) == ("Counts", "activation")
    assert axes.get_ylabel() == "number of values"
    heights = [patch.get_xy()[:, 1].max() for patch in axes.patches]
    assert heights[0] == 30 and heights[1] < 30
    edges = [np.unique(patch.get_xy()[:, 0]) for patch in axes.patches]
    assert np.allclose(edges[0], edges[1]) and np.allclose(edges[0], np.linspace(-1, 3, 9))
    single = histogram(torch.rand(10, 2, requires_grad=True), title="One", xlabel="x").axes[0]
    assert single.get_legend() is None


@pytest.fixture
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_show_prints_the_text_where_there_is_no_notebook(capsys):
    show(histogram(torch.rand(10), title="T", xlabel="x"), alt="ten values")
    assert capsys.readouterr().out == "ten values\n"


def test_show_displays_the_picture_as_html_png_and_text(shell):
    figure = histogram(torch.rand(10), title="T", xlabel="x")
    with capture_output() as captured:
        show(figure, alt='ten "values" < 1')
    (output,) = captured.outputs
    assert 'alt="ten &quot;values&quot; &lt; 1"' in output.data["text/html"]
    assert output.data["text/plain"] == 'ten "values" < 1'
    picture = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert picture.width > 500 and len(np.unique(np.asarray(picture.convert("L")))) > 10


def test_figures_stay_out_of_pyplot():
    before = plt.get_fignums()
    learning_curves(make_history())
    image_grid(torch.rand(2, 1, 8, 8))
    histogram(torch.rand(10), title="T", xlabel="x")
    assert plt.get_fignums() == before

"""What lecture 1's explorers compute: slopes, activations through depth, minima, shared means."""

import io
import math

import numpy as np
import pytest
import torch

from utils.explore.activations import ACTIVATIONS, activation_explorer, values_and_slopes
from utils.explore.depth import FUNCTIONS, depth_explorer, draw_depth, run_depth
from utils.explore.minima import descend, find_minima, minima_explorer, surface
from utils.explore.norms import draw_groups, groups_of, rates_explorer
from utils.explore.rotation import DEGREES, rotation_explorer

WIDTH, BATCH = 256, 64
SCALES = {"half": 0.5 / math.sqrt(WIDTH), "Kaiming": math.sqrt(2 / WIDTH)}


@pytest.fixture(scope="module")
def depth():
    torch.manual_seed(0)
    return run_depth(SCALES, width=WIDTH, num_layers=4, batch_size=BATCH)


def draw_everywhere(explorer) -> list[str]:
    """Draw both ends and the start; the texts of all three."""
    last = tuple(len(control.options) - 1 for control in explorer.controls)
    places = [tuple(0 for _ in last), explorer.index, last]
    for place in places:
        explorer.figure(place).savefig(io.BytesIO(), format="png")
    return [explorer.text(place) for place in places]


def test_there_are_fourteen_activations():
    assert len(ACTIVATIONS) == 14


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_are_those_of_the_curve(name):
    x = np.linspace(-3, 3, 60)
    _, slopes = values_and_slopes(name, x)
    step = 1e-6
    ahead, behind = (values_and_slopes(name, x + shift)[0] for shift in (step, -step))
    assert slopes == pytest.approx((ahead - behind) / (2 * step), abs=1e-6)


def test_known_values():
    x = np.array([-2.0, 1.0])
    sigmoid = 1 / (1 + np.exp(-x))
    expected = {
        "leaky ReLU": [-0.2, 1.0],
        "ELU": [math.exp(-2) - 1, 1.0],
        "Swish": x * sigmoid,
        "Mish": x * np.tanh(np.log(1 + np.exp(x))),
        "log-sigmoid": np.log(sigmoid),
        "softsign": x / (1 + np.abs(x)),
        "step": [0, 1],
        "sinc": np.sin(x) / x,
        "maxout": [0.2, 0.8],
    }
    for name, values in expected.items():
        assert values_and_slopes(name, x)[0] == pytest.approx(np.array(values))


def test_the_activation_explorer_draws_each_and_describes_it():
    texts = draw_everywhere(activation_explorer())
    assert texts[0].startswith("sigmoid") and "+0.50" in texts[0]
    assert texts[-1].startswith("sinc")


def test_relu_keeps_its_second_moment_with_kaiming_and_halves_its_deviation_below(depth):
    relu = depth.deviations[list(FUNCTIONS).index("ReLU")]
    assert relu[1] == pytest.approx(math.sqrt(1 - 1 / math.pi), rel=0.15)
    # A layer's output is proportional to the product of all scales before it.
    powers = (SCALES["half"] / SCALES["Kaiming"]) ** np.arange(1, 5)
    assert relu[0] == pytest.approx(relu[1] * powers, rel=1e-4)


def test_tanh_shrinks_and_its_first_layer_has_the_deviation_of_tanh_of_a_normal_number(depth):
    x, density = np.linspace(-8, 8, 2001), np.exp(-(np.linspace(-8, 8, 2001) ** 2) / 2)
    tanh = depth.deviations[list(FUNCTIONS).index("tanh")]
    expected = math.sqrt((np.tanh(0.5 * x) ** 2 * density).sum() / density.sum())
    assert tanh[0, 0] == pytest.approx(expected, rel=0.05)
    assert (np.diff(tanh[0]) < 0).all()


def test_shares_add_up_and_the_middle_bin_holds_the_zeros_of_relu(depth):
    assert depth.shares.shape == (2, 2, 4, 43)
    assert depth.shares.sum(-1) == pytest.approx(1)
    middle = depth.shares[list(FUNCTIONS).index("ReLU"), 1, 0, 11]
    assert 0.5 < middle < 0.6


def test_the_pictures_of_depth_are_drawn(depth):
    draw_depth(depth, [("tanh", "half"), ("ReLU", "Kaiming")])
    first, _, last = draw_everywhere(depth_explorer(depth))
    assert first.startswith("tanh, weights' std half: the outputs of layer 1 ")
    assert last.startswith("ReLU, weights' std Kaiming: the outputs of layer 4 ")


def test_descent_ends_in_minima_of_the_surface():
    ends = descend()[:, :, -1]
    minima, reached = find_minima(ends)
    assert len(minima) > 3
    places = torch.tensor(minima, requires_grad=True)
    losses = surface(*places.unbind(-1))
    (slopes,) = torch.autograd.grad(losses.sum(), places)
    assert slopes.abs().max() < 0.01
    assert (torch.diff(losses) > -1e-6).all()
    assert set(reached.ravel()) == set(range(len(minima)))


def test_the_minima_explorer_draws():
    assert len(set(draw_everywhere(minima_explorer()))) == 3


def test_both_classifiers_are_the_same_until_they_are_turned():
    generator = np.random.default_rng(0)
    points = np.concatenate([generator.normal((5, 5), 1, (40, 2)), generator.normal(7, 1, (40, 2))])
    explorer = rotation_explorer(points, np.repeat([0, 1], 40), ("height", "width"))
    words = explorer.text((int(np.flatnonzero(DEGREES == 0)[0]),)).split()
    losses = [float(word) for word in words if word.startswith("0.")]
    assert losses[0] == losses[1] < 0.5
    draw_everywhere(explorer)


@pytest.mark.parametrize(
    "method, axes, num_groups",
    [("batch", (0, 2), 6), ("layer", (1, 2), 4), ("instance", (2,), 24)],
)
def test_groups_are_the_axes_that_are_averaged(method, axes, num_groups):
    groups = groups_of(method)
    assert groups.max() + 1 == num_groups
    assert (np.ptp(groups, axis=axes) == 0).all()


def test_group_norm_takes_half_the_channels_of_one_image():
    groups = groups_of("group")
    assert groups.max() + 1 == 8
    assert np.unique(groups, return_counts=True)[1].tolist() == [9] * 8
    draw_groups()


def test_the_rates_explorer_leaves_out_what_diverged():
    losses = np.ones((2, 3, 5))
    losses[0, 0, 2:] = np.nan
    losses[1, 2, 1:] = np.inf
    accuracies = {"without": np.full((2, 3), 0.1), "with": np.full((2, 3), 0.9)}
    explorer = rates_explorer(
        [0.1, 1.0], [0.5, 1, 2], {"without": losses, "with": losses}, accuracies
    )
    texts = draw_everywhere(explorer)
    assert texts[-1].endswith("validation accuracy without 10%, with 90%.")

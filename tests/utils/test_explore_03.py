"""What lecture 3 explores: fitted polynomials, and the boundary that a network draws in the plane."""

import re

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from torch import nn

from utils.explore.decision_boundary import boundary_explorer, boundary_picture, moons
from utils.explore.polynomials import HIGH, LOW, fitted, polynomial_explorer, truth
from utils.plots import COLORS
from utils.training import History


@pytest.fixture
def samples():
    rng = np.random.default_rng(1)
    x = rng.uniform(LOW, HIGH, 20)
    return x, truth(x) + rng.normal(size=20)


@pytest.mark.parametrize("degree", [0, 1, 2, 5, 9])
def test_a_fit_is_the_least_squares_polynomial(samples, degree):
    x, y = samples
    places = np.linspace(LOW, HIGH, 7)
    expected = np.polyval(np.polyfit(x, y, degree), places)
    assert fitted(x, y, degree, places) == pytest.approx(expected, rel=1e-6)


def test_many_sets_are_fitted_as_each_alone(samples):
    x, y = samples
    sets = np.stack([y, -y, y**2], axis=1)
    together = fitted(x, sets, 4, x)
    assert together.shape == (20, 3)
    for number in range(3):
        assert together[:, number] == pytest.approx(fitted(x, sets[:, number], 4, x))


def test_without_noise_degree_two_finds_the_truth(samples):
    x = samples[0]
    places = np.linspace(LOW, HIGH, 11)
    for degree in (2, 3, 8):
        assert fitted(x, truth(x), degree, places) == pytest.approx(truth(places), abs=1e-9)


def errors(made, index) -> list[float]:
    return [float(error) for error in re.findall(r"([\d.e+-]+) in ", made.text(index))]


def test_training_errors_only_fall_and_validation_errors_rise_after_degree_two():
    made = polynomial_explorer(range(13), [0.1, 0.5], [15, 300])
    assert made.index == (2, 1, 0)
    for noise in (0, 1):
        training, validation = zip(*(errors(made, (d, noise, 0)) for d in range(13)), strict=True)
        assert all(
            later <= before * 1.001 for before, later in zip(training, training[1:], strict=False)
        )
        assert validation[2] < validation[0] and validation[2] < validation[12] / 3
        assert errors(made, (12, noise, 1))[1] < 1.2 * (0.1, 0.5)[noise] ** 2


def test_moons_are_two_classes_drawn_from_the_seed():
    split = moons(50, seed=3)
    assert split.images.shape == (50, 2) and split.images.dtype == torch.float32
    assert split.labels.bincount().tolist() == [25, 25]
    assert split.images.equal(moons(50, seed=3).images)
    assert not split.images.equal(moons(50, seed=4).images)


def above(strength: float) -> nn.Module:
    """A linear network that prefers class B above the horizontal axis."""
    network = nn.Linear(2, 2)
    with torch.no_grad():
        network.weight.copy_(torch.tensor([[0.0, 0.0], [0.0, strength]]))
        network.bias.zero_()
    return network


def test_the_plane_has_the_colours_of_the_classes_the_right_way_up():
    picture = boundary_picture(above(100.0), moons(50))
    class_a, class_b = (1 - 0.65 * (1 - np.array(to_rgb(color))) for color in COLORS[:2])
    assert picture.shape == (96, 96, 3)
    assert picture[0] == pytest.approx(np.tile(class_b, (96, 1)), abs=1e-3)
    assert picture[-1] == pytest.approx(np.tile(class_a, (96, 1)), abs=1e-3)


def test_the_plane_is_white_where_the_classes_are_equally_probable():
    assert boundary_picture(above(0.0), moons(50)) == pytest.approx(np.ones((96, 96, 3)))


def test_the_boundary_explorer_says_accuracies_and_lengths():
    histories = [
        History({}, train_accuracy=[0.1, accuracy], val_accuracy=[0.1, 0.5])
        for accuracy in (1.0, 0.75)
    ]
    made = boundary_explorer([1e-3, 1e-1], [above(3.0), above(1.0)], histories, moons(50))
    assert made.text((0,)) == (
        "λ = 0.001: training 100.0%, validation 50.0%; length of the weights 3.0."
    )
    assert made.text((1,)).startswith("λ = 0.1: training 75.0%")

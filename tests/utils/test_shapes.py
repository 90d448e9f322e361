"""Shapes drawn on the fly."""

import pytest
import torch
from torch import nn

from utils.data import Split, load
from utils.shapes import SHAPES, draw_shapes
from utils.training import evaluate, fit, set_seed


def test_images_and_labels_are_what_a_network_takes():
    images, labels = draw_shapes(300)
    assert images.shape == (300, 3, 32, 32) and images.dtype == torch.float32
    assert images.min() >= 0.0 and images.max() <= 1.0
    assert labels.dtype == torch.int64
    assert sorted(labels.unique().tolist()) == list(range(len(SHAPES)))


@pytest.mark.parametrize("shift", [0.0, 0.6])
def test_the_seed_decides_every_pixel(shift):
    images, labels = draw_shapes(50, seed=5, shift=shift)
    again, labels_again = draw_shapes(50, seed=5, shift=shift)
    assert torch.equal(images, again) and torch.equal(labels, labels_again)
    assert not torch.equal(images, draw_shapes(50, seed=6, shift=shift)[0])


def test_any_number_even_one_can_be_drawn():
    for number in (1, 7):
        assert len(draw_shapes(number)[0]) == number


def test_a_shift_outside_0_1_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1, and is 1.5"):
        draw_shapes(3, shift=1.5)


def test_load_gives_three_splits_of_shapes():
    splits = load("shapes")
    assert [len(split) for split in (splits.train, splits.val, splits.test)] == [5000, 1000, 1000]
    assert splits.classes == SHAPES
    assert not torch.equal(splits.val.images, splits.test.images)


def test_a_network_learns_the_shapes_and_loses_accuracy_in_the_shifted_domain():
    set_seed(0)
    model = nn.Sequential(
        nn.Conv2d(3, 16, 5, stride=2),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2),
        nn.ReLU(),
        nn.Flatten(),
        nn.LazyLinear(10),
    )
    train, test = Split(*draw_shapes(3000)), Split(*draw_shapes(500, seed=1))
    shifted = Split(*draw_shapes(500, seed=1, shift=1.0))
    model(train.images[:1])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    fit(model, train, optimizer=optimizer, num_epochs=5, progress=False)
    accuracy, shifted_accuracy = evaluate(model, test)[1], evaluate(model, shifted)[1]
    assert accuracy > 0.7
    assert shifted_accuracy < accuracy - 0.2

"""The capstone's reference script: its pieces do what they say, and a short run learns."""

from dataclasses import replace

import pytest
import torch

from tests.bench_capstone import reference
from utils.data import Split


@pytest.fixture(scope="module")
def script():
    return reference()


def test_the_first_layer_whitens(script):
    torch.manual_seed(0)
    images = torch.rand(200, 3, 8, 8).cumsum(dim=3)  # neighbours are alike
    images = (images - images.mean((0, 2, 3), keepdim=True)) / images.std((0, 2, 3), keepdim=True)
    layer = script.whitening_layer(images)
    outputs = layer(images).movedim(1, -1).flatten(0, 2)
    half = outputs.shape[1] // 2
    torch.testing.assert_close(outputs[:, half:], -outputs[:, :half])
    second_moments = outputs[:, :half].T @ outputs[:, :half] / len(outputs)
    off_diagonal = second_moments - second_moments.diagonal().diag()
    assert off_diagonal.abs().max() < 1e-3 and second_moments.diagonal().max() <= 1
    assert not any(parameter.requires_grad for parameter in layer.parameters())


def test_an_epoch_flips_what_the_epoch_before_left(script):
    images = torch.arange(40.0).reshape(20, 1, 1, 2).expand(20, 1, 4, 2).contiguous()
    recipe = replace(script.RECIPES["shapes"], batch_size=20, shift=0)
    batches = script.epochs(Split(images, torch.arange(20)), recipe)
    flipped = []
    for _ in range(2):
        seen, labels = next(batches)
        order = labels.argsort()
        flipped.append(seen[order, 0, 0, 0] > seen[order, 0, 0, 1])
    assert torch.equal(flipped[0], ~flipped[1]) and 0 < int(flipped[0].sum()) < 20


def test_a_short_run_learns(script):
    recipe = replace(script.RECIPES["digits"], num_steps=60, widths=(16,))
    accuracy, seconds = script.run("digits", recipe=recipe)
    assert accuracy > 0.8 and seconds > 0

"""Lecture 4's explorers: their pictures are what torchvision makes, their claims are what is measured."""

import time

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as TF

from utils.data import Split, load
from utils.explore import augmentation, invariances, mixing, pictures, policies, views
from utils.explorers import Explorer

FIRST_PICTURE = 2.0  # seconds of this process, as each explorer is promised to take at most
MADE = {
    "crops": augmentation.crops,
    "geometry": augmentation.geometry,
    "colours": augmentation.colours,
    "lighting": augmentation.lighting,
    "erasing": augmentation.erasing,
    "operations": policies.operations,
    "randaugment": policies.randaugment,
    "autoaugment": policies.autoaugment,
    "mixing": mixing.mixing,
    "beta_weights": mixing.beta_weights,
}


@pytest.fixture(scope="module")
def digits():
    return load("digits")


def edges(made: Explorer) -> list[tuple[int, ...]]:
    sizes = made.picture.sizes
    return [(0,) * len(sizes), made.index, tuple(size - 1 for size in sizes)]


def values_drawn(made: Explorer, index: tuple[int, ...]) -> int:
    figure = made.figure(index)
    figure.canvas.draw()
    return len(np.unique(np.asarray(figure.canvas.buffer_rgba())))


@pytest.mark.parametrize("name", MADE)
def test_it_is_there_in_time_and_draws_at_both_ends_and_where_it_starts(name):
    pictures.photograph("temple")  # scikit-learn's import is paid once a lecture
    start = time.process_time()
    made = MADE[name]()
    assert time.process_time() - start < FIRST_PICTURE
    for index in edges(made):
        assert values_drawn(made, index) > 10
        assert len(made.text(index)) > 10


def test_every_has_a_dimension_for_each_choice():
    grey = pictures.every(lambda a, b: torch.full((3, 2, 5), 10 * a + b), (1, 2), (3, 4, 5))
    assert grey.shape == (2, 3, 2, 5, 3)
    assert (grey[1, 0] == 23).all()
    texts = pictures.sentences(lambda a, b: f"{a}{b}", (1, 2), (3, 4, 5))
    assert texts.tolist() == [["13", "14", "15"], ["23", "24", "25"]]


def test_previews_are_square_and_leave_the_random_numbers_alone():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    for image in pictures.previews().values():
        assert image.shape == (3, pictures.SIDE, pictures.SIDE) and image.dtype == torch.uint8
    for make in MADE.values():
        make()
    assert torch.equal(torch.rand(3), expected)


def test_principal_directions_rebuild_the_covariance():
    image = pictures.previews()["flower"]
    _, variances, directions = augmentation._principal_directions(image)
    rebuilt = directions.T @ np.diag(variances) @ directions
    assert np.allclose(rebuilt, np.cov(image.reshape(3, -1).numpy() / 255.0))
    assert variances[0] > variances[1] > variances[2]


def test_both_signs_of_an_operation_differ():
    made = policies.operations()
    (series,) = [panel["series"][0] for panel in made.picture.panels][1:]
    assert series["pixels"]["shape"][:3] == [14, 7, 2]
    rotate = list(policies.OPERATIONS).index("Rotate")
    stills = [made.figure((rotate, 6, sign)) for sign in (0, 1)]
    shown = [figure.axes[1].images[0].get_array() for figure in stills]
    assert not np.array_equal(*shown)


def test_mixup_blends_pixels_and_label_alike():
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    mixed, label = mixing.mix("mixup", images, 0.4)
    assert torch.allclose(mixed, 0.4 * images[0] + 0.6 * images[1])
    assert torch.allclose(label, torch.tensor([0.4, 0.6]))


@pytest.mark.parametrize("method", ["CutMix, box inside", "CutMix, box at the edge"])
@pytest.mark.parametrize("weight", [0.0, 0.3, 0.8, 1.0])
def test_cutmix_labels_are_areas(method, weight):
    images = torch.stack([torch.zeros(3, 128, 128), torch.ones(3, 128, 128)])
    mixed, label = mixing.mix(method, images, weight)
    assert label.tolist() == pytest.approx([1 - mixed.mean().item(), mixed.mean().item()])
    if method == "CutMix, box inside":
        assert label[0].item() == pytest.approx(weight, abs=0.03)
    elif weight < 1:
        assert label[0].item() > weight + 0.05


def test_cutout_keeps_the_label():
    images = torch.ones(2, 3, 128, 128)
    mixed, label = mixing.mix("cutout", images, 0.75)
    assert label.tolist() == [1.0, 0.0]
    assert mixed.mean().item() == pytest.approx(0.75, abs=0.02)


def test_a_warp_without_a_change_changes_nothing_and_half_a_turn_is_half_a_turn(digits):
    images = digits.train.images[:4]
    zeros = torch.zeros(4, 3)
    assert torch.allclose(invariances.warp(images, invariances._nothing(zeros)), images, atol=1e-5)
    for _, (_, _, matrices) in invariances.STRENGTHS.items():
        assert torch.allclose(invariances.warp(images, matrices(zeros)), images, atol=1e-5)
    turned = invariances.warp(images, invariances.CASES["turn by 180 degrees"][1](zeros + 1))
    assert torch.allclose(turned, TF.rotate(images, 180), atol=1e-5)
    mirrored = invariances.warp(images, invariances.CASES["flip left to right"][1](zeros + 1))
    assert torch.allclose(mirrored, TF.horizontal_flip(images), atol=1e-5)


def test_copies_take_every_image_in_turn(digits):
    made = invariances.copies(digits.train[:50], invariances._nothing, 1.0, seed=0)
    assert len(made) == invariances.NUM_ROWS
    assert torch.equal(made.labels[50:100], digits.train.labels[:50])


def test_the_ten_views_are_those_of_torchvision():
    generator = torch.Generator().manual_seed(0)
    split = Split(torch.rand(3, 3, 32, 32, generator=generator), torch.tensor([0, 1, 2]))
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 28 * 28, 10))
    classes = tuple("abcdefghij")
    made = views.ten_views(network, split, classes, size=28)
    assert made.picture.sizes == [3, 10]
    crops = torch.stack(TF.ten_crop(split.images, [28, 28]))
    mean = torch.stack([network(crop).softmax(1) for crop in crops]).mean(0)
    assert f"Mean of ten: {classes[mean[0].argmax()]}" in made.text((0, 3))

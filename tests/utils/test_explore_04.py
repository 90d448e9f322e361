"""Lecture 4's explorers: their pictures are what torchvision makes, their claims are what is measured."""

import io
import re
import time

import numpy as np
import pytest
import torch
from matplotlib.image import imread
from torchvision.transforms.v2 import functional as TF

from utils.data import Split, load
from utils.explore import augmentation, colour, invariances, mixing, pictures, policies, views
from utils.explorers import Explorer

FIRST_PICTURE = 2.0  # seconds of this process, as each explorer is promised to take at most
MADE = {
    "crops": augmentation.crops,
    "geometry": augmentation.geometry,
    "jitter": colour.jitter,
    "lighting": colour.lighting,
    "erasing": augmentation.erasing,
    "operations": policies.operations,
    "randaugment": policies.randaugment,
    "autoaugment": policies.autoaugment,
    "mixing": mixing.mixing,
    "beta_weights": mixing.beta_weights,
}


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As in the lecture: pictures this small gain nothing from more, and lose on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def digits():
    return load("digits")


def edges(made: Explorer) -> list[tuple[int, ...]]:
    sizes = made.picture.sizes
    return [(0,) * len(sizes), made.index, tuple(size - 1 for size in sizes)]


def values_drawn(made: Explorer, index: tuple[int, ...]) -> int:
    buffer = io.BytesIO()
    made.figure(index).savefig(buffer, format="png", dpi=50)
    buffer.seek(0)
    return len(np.unique(imread(buffer)))


def shown(made: Explorer, index: tuple[int, ...]) -> np.ndarray:
    """The pixels of the last panel, a picture, at a position."""
    return made.figure(index).axes[-1].images[0].get_array()


@pytest.mark.parametrize("name", MADE)
def test_it_is_there_in_time_and_draws_at_both_ends_and_where_it_starts(name):
    pictures.photograph("temple")  # scikit-learn's import is paid once a lecture
    state, start = torch.get_rng_state(), time.process_time()
    made = MADE[name]()
    assert time.process_time() - start < FIRST_PICTURE
    assert torch.equal(torch.get_rng_state(), state)  # the reader's random numbers stay as they are
    for index in edges(made):
        assert values_drawn(made, index) > 10
        assert len(made.text(index)) > 10


def test_every_has_a_dimension_for_each_choice():
    grey = pictures.every(lambda a, b: torch.full((3, 2, 5), 10 * a + b), (1, 2), (3, 4, 5))
    assert grey.shape == (2, 3, 2, 5, 3)
    assert (grey[1, 0] == 23).all()
    texts = pictures.sentences(lambda a, b: f"{a}{b}", (1, 2), (3, 4, 5))
    assert texts.tolist() == [["13", "14", "15"], ["23", "24", "25"]]


def test_previews_are_square():
    for image in pictures.previews().values():
        assert image.shape == (3, pictures.SIDE, pictures.SIDE) and image.dtype == torch.uint8


def test_principal_directions_rebuild_the_covariance():
    image = pictures.previews()["flower"]
    _, variances, directions = colour._principal_directions(image)
    rebuilt = directions.T @ np.diag(variances) @ directions
    assert np.allclose(rebuilt, np.cov(image.reshape(3, -1).numpy() / 255.0))
    assert variances[0] > variances[1] > variances[2]


def test_operations_without_a_magnitude_ignore_it_and_the_others_start_from_nothing():
    made = policies.operations()
    for number, name in enumerate(policies.OPERATIONS):
        weakest, strongest = (shown(made, (number, place)) for place in (0, 4))
        assert np.array_equal(weakest, strongest) == (name in policies.WITHOUT_MAGNITUDE)
        if name not in ("AutoContrast", "Equalize", "Solarize"):  # solarize inverts pure white
            assert np.array_equal(weakest, shown(made, (0, 0)))


def test_randaugment_names_as_many_operations_as_were_drawn():
    made = policies.randaugment()
    for count in (1, 2, 3):
        assert made.text((count - 1, 2, 0)).count(", then ") == count - 1


def test_mixup_blends_pixels_and_label_alike():
    images = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    mixed, label = mixing.mix("mixup", images, 0.4)
    assert torch.allclose(mixed, 0.4 * images[0] + 0.6 * images[1])
    assert torch.allclose(label, torch.tensor([0.4, 0.6]))


@pytest.mark.parametrize("method", ["CutMix, inside", "CutMix, at edge"])
@pytest.mark.parametrize("weight", [0.0, 0.3, 0.8, 1.0])
def test_cutmix_labels_are_areas(method, weight):
    images = torch.stack(
        [torch.zeros(3, pictures.SIDE, pictures.SIDE), torch.ones(3, pictures.SIDE, pictures.SIDE)]
    )
    mixed, label = mixing.mix(method, images, weight)
    assert label.tolist() == pytest.approx([1 - mixed.mean().item(), mixed.mean().item()], abs=1e-6)
    if method == "CutMix, inside":
        assert label[0].item() == pytest.approx(weight, abs=0.03)
    elif weight < 1:
        assert label[0].item() > weight + 0.03


def test_cutout_keeps_the_label():
    images = torch.ones(2, 3, pictures.SIDE, pictures.SIDE)
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


def test_augmentation_pays_for_what_varies_in_the_test_and_breaking_labels_does_not(digits):
    made = invariances.breaking(digits)
    for number, (name, (keeps, _)) in enumerate(invariances.CASES.items()):
        hidden, said, _ = (made.text((number, guess)) for guess in range(3))
        assert "%" not in hidden and name in hidden
        assert said.startswith("Yes" if keeps else "No")
        with_it, without = (float(part) for part in re.findall(r"([\d.]+)% (?:of|with)", said))
        assert (with_it > without) == keeps


def test_the_best_strength_is_about_that_of_the_test(digits):
    made = invariances.strengths(digits)
    for kind in (0, 1):  # rotation, translation
        texts = [made.text((kind, 1, level)) for level in range(7)]
        varying, upright = (
            [float(re.findall(r"(\d+)%", text)[place]) for text in texts] for place in (0, 2)
        )
        assert varying.index(max(varying)) in (1, 2)
        assert max(varying) > varying[0] + 5 and max(varying) > varying[-1] + 5
        assert upright[-1] < upright[0] - 10
    for index in edges(made):
        assert values_drawn(made, index) > 10

"""Assignment 4: what every assignment is held to, and its solutions against torchvision's."""

import itertools
import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.special import betainc
from sklearn.decomposition import PCA
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as TF

from autograder.exercises.mixing import BETA
from autograder.features import Same
from tests.assignments.suite import Suite

ASSIGNMENT = "04_augmentation"

# Part of the solution, what stands in its place, and why that is right too.
SAME_EVENT = "a continuous draw equals the probability with probability 0"
SAME_AXIS = "another number of the same axis"
SAME_SIZE = "two tensors of one shape, dtype and device"
RIGHT_TOO = {
    "geometry.flip": ((") < flip_prob", ") <= flip_prob", SAME_EVENT),),
    "geometry.crop": (
        ("(2,)).tolist()", "(2,))", "a tensor of one integer is an index too"),
        ("images.shape[2:]", "images.shape[-2:]", SAME_AXIS),
    ),
    "geometry.ten_crop": (
        (".softmax(1)", ".softmax(-1)", SAME_AXIS),
        ("images.shape[2]", "images.shape[-2]", SAME_AXIS),
    ),
    "color.brightness_contrast": (
        ("images).clamp(0, 1)", "images).clamp(-1, 1)", "no value is below 0 there"),
        (".mean((1, 2))", ".mean((2, 1))", "a mean over two axes has no order"),
    ),
    "color.principal": (
        ("colors.mean(1,", "colors.mean(-1,", SAME_AXIS),
        ("variances.flip(0)", "variances.flip(-1)", SAME_AXIS),
        ("colors.shape[1]", "colors.shape[-1]", SAME_AXIS),
        ("colors.shape[1]", "centred.shape[1]", SAME_SIZE),
        ("centred @ centred.T", "colors @ centred.T", "centred colours sum to 0, so a mean adds 0"),
        ("centred @ centred.T", "centred @ colors.T", "centred colours sum to 0, so a mean adds 0"),
    ),
    "color.lighting": (
        ("images + offsets", "images - offsets", "the alphas are as often negative as positive"),
        ("images.dtype", "directions.dtype", SAME_SIZE),
        ("images.dtype", "variances.dtype", SAME_SIZE),
        ("images.device", "directions.device", SAME_SIZE),
        ("images.device", "variances.device", SAME_SIZE),
    ),
    "policies.autoaugment": ((" < probability", " <= probability", SAME_EVENT),),
    "mixing.mixup": (
        (".sample().item()", ".sample()", "a tensor of one number is a factor too"),
        ("len(images)", "len(labels)", "there are as many"),
        ("device=images.device", "device=labels.device", SAME_SIZE),
    ),
    "mixing.cutmix": (
        ("images[partners", "mixed[partners", "a copy, until the box is pasted"),
        ("images.shape[2:]", "images.shape[-2:]", SAME_AXIS),
        ("len(images)", "len(labels)", "there are as many"),
        ("images.dtype", "mixed.dtype", SAME_SIZE),
        ("device=images.device", "device=labels.device", SAME_SIZE),
    ),
    "invariance.broken_labels": (
        ("set(classes)", "classes", "a list of classes says the same"),
        ("labels.unique().tolist()", "labels.unique()", "integers as tensors say the same"),
        ("labels.unique().tolist()", "labels.tolist()", "a set holds each class once"),
    ),
    "erasing.cutout": (
        ("images.shape[2]", "images.shape[-2]", SAME_AXIS),
        ("images.shape[2]", "out.shape[2]", SAME_SIZE),
        ("images.shape[3]", "out.shape[3]", SAME_SIZE),
    ),
}


class TestAssignment(Suite):
    right_too = RIGHT_TOO

    def test_the_inputs_are_the_same_in_every_process(self, judged, workbench, exercise):
        """To the last bit: else an answer that leaves its input alone would seem to change it."""
        there = judged.known(exercise, "public")
        here = [record for record in workbench.recorded[exercise] if record.public]
        for one, other in zip(there, here, strict=True):
            for name, feature in one.expected.items():
                if isinstance(feature, Same):
                    assert feature == other.expected[name], (one.case["name"], name)


@pytest.fixture
def images():
    return torch.rand(6, 3, 12, 10, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


class TestSolutions:
    """What the notebook's own answers give, against torchvision's."""

    def test_a_flip_is_the_librarys(self, solved, images):
        mirrored = TF.horizontal_flip(images)
        assert torch.equal(solved["random_flip"](images, 1.0), mirrored)
        assert torch.equal(solved["random_flip"](images, 0.0), images)
        out = solved["random_flip"](images.repeat(200, 1, 1, 1), 0.3)
        flipped = (out == mirrored.repeat(200, 1, 1, 1)).flatten(1).all(1)
        assert float(flipped.double().mean()) == pytest.approx(0.3, abs=0.08)

    def test_crops_are_all_of_the_librarys(self, solved, images):
        padded = TF.pad(images[:1], 2)
        crops = [TF.crop(padded, i, j, 12, 10) for i, j in itertools.product(range(5), repeat=2)]
        out = solved["random_crop"](images[:1].expand(1000, -1, -1, -1), 2)
        counts = [int((out == crop).flatten(1).all(1).sum()) for crop in crops]
        assert sum(counts) == 1000 and min(counts) > 10

    def test_ten_crops_are_the_librarys(self, solved, images):
        weights = torch.randn(3 * 64, 5, dtype=torch.float64)
        expected = [(crop.flatten(1) @ weights).softmax(1) for crop in TF.ten_crop(images, [8, 8])]
        ours = solved["ten_crop"](lambda crops: crops.flatten(1) @ weights, images, 8)
        torch.testing.assert_close(ours, sum(expected) / 10)

    def test_brightness_and_contrast_are_the_librarys(self, solved, images):
        factors = torch.tensor([[0.5, 1.7], [1.6, 0.4], [1.3, 1.9]], dtype=torch.float64)
        for brightness, contrast in factors:
            ours = solved["brightness_contrast"](images, brightness.expand(6), contrast.expand(6))
            theirs = TF.adjust_contrast(TF.adjust_brightness(images, brightness), contrast)
            # The library's grey weighs red with 0.2989.
            torch.testing.assert_close(ours, theirs, atol=2e-4, rtol=0)

    def test_principal_colours_are_scikit_learns(self, solved, images):
        variances, directions = solved["principal_colors"](images)
        found = PCA().fit(images.permute(0, 2, 3, 1).reshape(-1, 3).numpy())
        np.testing.assert_allclose(variances, found.explained_variance_, rtol=2e-3)
        np.testing.assert_allclose(directions.abs(), abs(found.components_), rtol=1e-8)

    def test_lighting_has_the_covariance_that_its_formula_says(self, solved):
        pictures = torch.zeros(20_000, 3, 1, 1, dtype=torch.float64)
        variances, directions = solved["principal_colors"](torch.rand(9, 3, 8, 8).double() ** 2)
        out = solved["random_lighting"](pictures, variances, directions, 0.5)[..., 0, 0]
        expected = directions.T @ torch.diag((0.5 * variances) ** 2) @ directions
        torch.testing.assert_close(torch.cov(out.T), expected, rtol=0.1, atol=1e-4)

    def test_policies_apply_the_librarys_operations(self, solved, images):
        images = images.float()
        operations = [
            lambda picture, magnitude: TF.rotate(picture, magnitude),
            lambda picture, magnitude: TF.solarize(picture, 1 - magnitude / 30),
        ]
        pairs = itertools.product(operations, repeat=2)
        possible = torch.stack([second(first(images[0], 9), 9) for first, second in pairs])
        out = solved["randaugment"](images[:1].expand(60, -1, -1, -1), operations, 2, 9)
        found = (out[:, None] == possible).flatten(2).all(2)
        assert found.any(1).all() and found.any(0).all()
        policy = [[(operations[0], 1.0, 9), (operations[1], 1.0, 9)]]
        assert torch.equal(solved["autoaugment"](images[:1], policy)[0], possible[1])

    def test_cutout_is_the_librarys_erasing_of_the_clipped_square(self, solved, images):
        out = solved["cutout"](images.repeat(50, 1, 1, 1), 5, 0.25)
        for number, picture in enumerate(out):
            hidden = (picture == 0.25).all(0)
            rows, columns = (hidden.any(axis).nonzero()[:, 0].tolist() for axis in (1, 0))
            assert max(len(rows), len(columns)) <= 5
            fill = torch.tensor(0.25, dtype=torch.float64)
            box = rows[0], columns[0], len(rows), len(columns)
            assert torch.equal(picture, TF.erase(images[number % 6], *box, fill))

    def test_mixup_is_the_librarys_formula(self, solved, images):
        labels = torch.arange(6)
        mixed, targets = solved["mixup"](images, labels, 6, 0.7)
        torch.testing.assert_close(mixed, torch.einsum("nm,mchw->nchw", targets, images))
        torch.manual_seed(0)
        theirs, theirs_targets = v2.MixUp(alpha=0.7, num_classes=6)(images, labels)
        blended = torch.einsum("nm,mchw->nchw", theirs_targets.to(images), images)
        torch.testing.assert_close(theirs, blended, atol=1e-6, rtol=0)

    @pytest.mark.parametrize("lam", [0.0, 0.37, 0.9])
    def test_cutmix_has_the_librarys_boxes_and_weights(self, solved, images, lam):
        torch.manual_seed(0)
        random.seed(0)
        library = v2.CutMix(num_classes=6)
        library._dist = SimpleNamespace(sample=lambda _: torch.tensor(lam))
        theirs, ours = set(), set()
        for _ in range(2000):
            params = library.make_params([images])
            left, top, right, bottom = map(int, params["box"])
            theirs.add((top, bottom, left, right, round(params["lam_adjusted"], 6)))
            mixed, targets = solved["cutmix"](images, torch.arange(6), 6, lam)
            changed = (mixed != images).any(1).any(0)
            if changed.any():  # else every picture is its own partner
                rows, columns = (changed.any(axis).nonzero()[:, 0].tolist() for axis in (1, 0))
                box = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
                ours.add((*box, round(float(targets.diagonal().min()), 6)))
        assert ours == theirs

    def test_cutmix_at_1_leaves_everything(self, solved, images):
        mixed, targets = solved["cutmix"](images, torch.arange(6), 6, 1.0)
        assert torch.equal(mixed, images) and torch.equal(targets, torch.eye(6).double())

    def test_the_probabilities_of_beta_are_scipys(self):
        for alpha, places in BETA.items():
            for place, probability in places.items():
                assert betainc(alpha, alpha, place) == pytest.approx(probability, abs=1e-8)

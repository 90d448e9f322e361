"""Digits, minibatches and wrong labels."""

import pytest
import torch
from sklearn.datasets import load_digits

from utils.data import batches, corrupt_labels, load


def parts(splits):
    return splits.train, splits.val, splits.test


def rows(images: torch.Tensor) -> list[tuple[float, ...]]:
    return sorted(map(tuple, images.flatten(1).tolist()))


def test_digits_are_float_images_in_0_1_with_integer_labels(digits):
    for split in parts(digits):
        assert split.images.shape == (len(split), 1, 8, 8)
        assert split.images.dtype == torch.float32
        assert split.labels.dtype == torch.int64
        assert split.images.min() == 0.0 and split.images.max() == 1.0
    assert [len(split) for split in parts(digits)] == [1078, 359, 360]
    assert len(digits.classes) == 10


def test_every_digit_lies_in_exactly_one_split(digits):
    images = torch.cat([split.images for split in parts(digits)])
    assert rows(images) == rows(torch.tensor(load_digits().images, dtype=torch.float32) / 16)


def test_labels_still_belong_to_their_images(digits):
    images, labels = load_digits(return_X_y=True)
    label_of = {tuple(image / 16): label for image, label in zip(images, labels, strict=True)}
    for split in parts(digits):
        flat = split.images.flatten(1).tolist()
        assert [label_of[tuple(image)] for image in flat] == split.labels.tolist()


def test_classes_have_equal_shares_and_the_first_images_are_mixed(digits):
    for split in parts(digits):
        share = torch.bincount(split.labels) / len(split)
        assert share.sub(0.1).abs().max() < 0.01
    assert len(digits.train[:100].labels.unique()) == 10


def test_the_seed_decides_the_splits(digits):
    assert torch.equal(load("digits").train.images, digits.train.images)
    assert not torch.equal(load("digits", seed=1).train.images, digits.train.images)


def test_data_live_on_the_device_asked_for(device):
    splits = load("digits", device=device)
    for split in parts(splits):
        assert split.images.device.type == split.labels.device.type == device.type
    images, labels = next(batches(splits.train, 10))
    assert images.device.type == labels.device.type == device.type


def test_an_unknown_name_is_refused_with_the_names_there_are():
    with pytest.raises(ValueError, match="'mnist'.*'digits', 'shapes', 'cifar10' or 'cifar100'"):
        load("mnist")


def test_a_split_is_indexed_by_slice_mask_and_indices(digits):
    train = digits.train
    sevens = train[train.labels == 7]
    assert len(sevens) > 90 and sevens.labels.unique().tolist() == [7]
    picked = train[torch.tensor([5, 3])]
    assert torch.equal(picked.images, torch.stack([train.images[5], train.images[3]]))
    assert torch.equal(train[:4].labels, train.labels[:4])


def test_batches_visit_every_image_once_and_keep_the_smaller_last_one(digits):
    seen = list(batches(digits.val, 100))
    assert [len(labels) for _, labels in seen] == [100, 100, 100, 59]
    assert rows(torch.cat([images for images, _ in seen])) == rows(digits.val.images)
    flat = map(tuple, digits.val.images.flatten(1).tolist())
    label_of = dict(zip(flat, digits.val.labels, strict=True))
    for images, labels in seen:
        for image, label in zip(images.flatten(1).tolist(), labels, strict=True):
            assert label_of[tuple(image)] == label


def test_the_order_of_batches_comes_from_the_generator(digits):
    def order(seed):
        generator = torch.Generator().manual_seed(seed)
        return torch.cat([labels for _, labels in batches(digits.val, 64, generator=generator)])

    assert torch.equal(order(1), order(1))
    assert not torch.equal(order(1), order(2))
    in_order = torch.cat([labels for _, labels in batches(digits.val, 64, shuffle=False)])
    assert torch.equal(in_order, digits.val.labels)


def test_a_second_epoch_has_another_order(digits):
    generator = torch.Generator().manual_seed(0)
    first, second = (
        torch.cat([labels for _, labels in batches(digits.val, 64, generator=generator)])
        for _ in range(2)
    )
    assert not torch.equal(first, second)


def test_a_batch_size_of_zero_is_refused(digits):
    with pytest.raises(ValueError, match="batch_size must be at least 1, and is 0"):
        next(batches(digits.val, 0))


def test_corrupt_labels_makes_exactly_the_fraction_wrong(digits):
    before = digits.train.labels.clone()
    wrong = corrupt_labels(digits.train, 0.25, seed=3)
    assert (wrong.labels != before).sum() == round(0.25 * len(before))
    assert wrong.labels.min() >= 0 and wrong.labels.max() <= 9
    assert torch.equal(digits.train.labels, before)
    assert torch.equal(wrong.images, digits.train.images)
    assert torch.equal(corrupt_labels(digits.train, 0.25, seed=3).labels, wrong.labels)
    assert not torch.equal(corrupt_labels(digits.train, 0.25, seed=4).labels, wrong.labels)


@pytest.mark.parametrize("fraction", [-0.1, 1.1])
def test_an_impossible_fraction_is_refused(digits, fraction):
    with pytest.raises(ValueError, match=f"between 0 and 1, and is {fraction}"):
        corrupt_labels(digits.train, fraction)

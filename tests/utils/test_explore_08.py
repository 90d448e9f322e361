"""The pretrained network of lecture 8, and what its explorers look up."""

import numpy as np
import pytest
import torch
from torch import nn

from utils.explore.fine_tuning import freezing_explorer, rate_explorer
from utils.explore.pretraining import (
    SOURCE,
    TARGET,
    TARGET_NAMES,
    as_pictures,
    build_network,
    pretrain,
    shapes_task,
    without_norms,
)
from utils.explore.retrieval import retrieval_explorer
from utils.explore.transfer_table import (
    STRATEGIES,
    linear_heads,
    measure_transfer,
    num_epochs,
    stage_outputs,
    transfer_explorer,
)
from utils.training import History


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def history(accuracy, weights=10):
    return History(
        {"num_parameters": weights}, train_accuracy=list(accuracy), val_accuracy=list(accuracy)
    )


def test_a_task_has_exactly_the_images_asked_for_and_only_its_classes():
    for classes in (SOURCE, TARGET):
        task = shapes_task(classes, 77, seed=3, shift=0.5)
        assert task.images.shape == (77, 3, 16, 16)
        assert set(task.labels.tolist()) == set(range(5))
    near, again = (shapes_task(TARGET, 20, seed=1) for _ in range(2))
    assert torch.equal(near.images, again.images)


def test_source_images_are_about_standardized_and_turn_back_into_colours():
    images = shapes_task(SOURCE, 500, seed=0).images
    assert images.mean().abs() < 0.15 and 0.85 < images.std() < 1.15
    pictures = as_pictures(images)
    assert pictures.min() >= 0 and pictures.max() <= 1 and pictures.std() > 0.2


def test_pretraining_learns_the_source_task_and_ends_in_eval_mode():
    network, run = pretrain(shapes_task(SOURCE, 2000, seed=0), shapes_task(SOURCE, 200, seed=1))
    assert run.val_accuracy[-1] > 0.85
    assert not any(module.training for module in network.modules())


def test_a_network_without_norms_is_the_same_function_and_all_trainable():
    network = build_network(0)
    images = shapes_task(SOURCE, 64, seed=0).images
    network(images)  # moves the running statistics
    network.eval().requires_grad_(False)
    folded = without_norms(network)
    assert torch.allclose(folded(images), network(images), atol=1e-4)
    assert all(parameter.requires_grad for parameter in folded.parameters())
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    folded[4].bias.data += 1.0
    assert not torch.allclose(folded[4].bias, network[4].bias)


def test_outputs_of_stages_and_heads_that_start_at_zero():
    base = without_norms(build_network(0))
    task = shapes_task(TARGET, 10, seed=0)
    shapes = [tuple(stage_outputs(base, k, task).images.shape[1:]) for k in range(4)]
    assert shapes == [(3, 16, 16), (16, 8, 8), (32, 4, 4), (256,)]
    (head,) = linear_heads(256, 1, "cpu")
    assert head(stage_outputs(base, 3, task).images).abs().max() == 0


@pytest.mark.parametrize(("size", "epochs"), [(30, 80), (200, 12), (1000, 3)])
def test_every_size_takes_about_as_many_steps(size, epochs):
    assert num_epochs(size) == epochs


def test_the_transfer_table_is_measured_and_its_explorer_names_the_advice():
    network = build_network(0).eval()
    before = [parameter.clone() for parameter in network.parameters()]
    measured = measure_transfer(network, shifts=(0.0, 1.0), sizes=(12, 100), draws=1, num_val=40)
    assert measured.accuracy.shape == (len(STRATEGIES), 2, 2, 1)
    assert ((measured.accuracy >= 0) & (measured.accuracy <= 1)).all()
    assert all(torch.equal(a, b) for a, b in zip(before, network.parameters(), strict=True))
    made = transfer_explorer(measured)
    assert made.text((0, 0)).endswith("advice: a linear classifier on top.")
    assert made.text((1, 0)).endswith("linear from different stages.")
    assert made.text((0, 1)).endswith("a few layers.")
    assert made.text((1, 1)).endswith("a larger number of layers.")
    assert len(made.figure((1, 1)).axes) == 2


def test_the_rate_explorer_says_what_each_rate_reaches():
    shares = [0.01, 0.1, 1.0]
    runs = {
        "random": [history([0.2, 0.2 + 0.1 * k]) for k in range(3)],
        "trained": [history([0.5, 0.7 - 0.2 * k]) for k in range(3)],
    }
    made = rate_explorer(shares, runs, before=0.6)
    assert made.index == (2, 1)
    assert "trained head, 1 of the original rate: after 2 epochs 30.0%" in made.text((2, 1))
    assert "random head, 0.1 of the original rate: after 2 epochs 30.0%" in made.text((1, 0))
    made.figure((0, 0))


def test_the_freezing_explorer_counts_what_is_trained():
    runs = {
        name: [history([0.9 - 0.1 * k], weights=1000 - 300 * k) for k in range(4)]
        for name in ("30 images", "1000 images")
    }
    made = freezing_explorer(runs, {name: [0.004, 0.003, 0.002, 0.001] for name in runs})
    assert "2 of 3 stages frozen: 400 weights are trained, a step takes 2.0 ms" in made.text((2, 0))
    assert "1000 images" in made.text((0, 1)) and len(made.figure((3, 1)).axes) == 3


def test_the_retrieval_explorer_counts_neighbours_of_the_same_shape():
    pictures = torch.rand(20, 3, 16, 16)
    labels = torch.arange(20) % 5
    right = torch.tensor([[5, 10, 15, 5, 10, 15, 5], [6, 11, 16, 1, 6, 11, 16]])
    wrong = torch.full((2, 7), 2)
    made = retrieval_explorer(pictures, labels, {"a": right, "b": wrong}, TARGET_NAMES)
    assert "7 of 7 by a, 0 of 7 by b" in made.text((0,))
    assert made.text((1,)).startswith(f"Query 2: {TARGET_NAMES[1]}")
    assert np.asarray(made.figure((1,)).axes).size == 2

"""Lecture 9's measurements agree with the papers, with torchvision's own records and with torch's convolution."""

from itertools import product

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from torch.nn import functional as F
from torchvision import models
from torchvision.models.resnet import Bottleneck

from utils.explore import pretrained
from utils.explore.blocks import draw_block
from utils.explore.classics import alexnet, lenet5
from utils.explore.complexity import NAMES, complexity, count_costs
from utils.explore.convolution_matrix import convolution_matrix, palette, which_weight
from utils.explore.cost_quiz import HIDDEN, cost_quiz
from utils.explore.layer_costs import (
    NETWORKS,
    layer_costs,
    layer_table,
    measure,
    measure_layers,
    totals,
)
from utils.explore.receptive_field import count_paths, receptive_field


def on_meta(build, **options):
    with torch.device("meta"):
        return build(**options)


@pytest.mark.parametrize(("groups", "parameters"), [(1, 62_378_344), (2, 60_965_224)])
def test_alexnet_has_the_parameters_of_its_paper(groups, parameters):
    layers = measure_layers(on_meta(alexnet, groups=groups), (3, 227, 227))
    assert totals(layers)[1] == parameters
    shapes = [layer.shape for layer in layers]
    assert shapes[:4] == [(3, 227, 227), (96, 55, 55), (96, 55, 55), (96, 27, 27)]
    assert layers[2].what.startswith("normalize"), "before it pools"


def test_alexnet_normalizes_as_the_formula_of_its_paper_says():
    a = torch.randn(2, 96, 3, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    a = 30 * a
    sums = F.pad(a**2, (0, 0, 0, 0, 2, 2)).unfold(1, 5, 1).sum(-1)
    assert torch.allclose(alexnet(1)[2](a), a / (2 + 1e-4 * sums) ** 0.75)


def test_lenet_has_the_parameters_that_everyone_counts():
    layers = measure_layers(on_meta(lenet5), (1, 32, 32))
    assert totals(layers)[1] == 61_706
    assert [layer.shape for layer in layers[1:5]] == [
        (6, 28, 28),
        (6, 14, 14),
        (16, 10, 10),
        (16, 5, 5),
    ]
    assert lenet5()(torch.zeros(2, 1, 32, 32)).shape == (2, 10)


def test_the_table_of_vgg_sums_to_what_the_lecture_says():
    layers = measure("VGG-16", 224)
    assert totals(layers) == (15_237_608, 138_357_544)
    table = layer_table(layers).splitlines()
    assert len(table) == 1 + 1 + 13 + 5 + 3 + 1
    assert "15,237,608" in table[-1] and "138,357,544" in table[-1]


@pytest.mark.parametrize("depth", [18, 34, 50, 101, 152])
def test_no_parameter_of_a_resnet_is_lost_in_its_blocks(depth):
    weights = models.get_model_weights(f"resnet{depth}").IMAGENET1K_V1
    layers = measure(f"ResNet-{depth}", 224)
    assert totals(layers)[1] == weights.meta["num_params"]
    assert layers[-1].what == "fully connected, 1000"


def test_a_block_counts_what_its_convolutions_write():
    layers = measure("ResNet-50", 224)
    first = next(layer for layer in layers if layer.name == "layer1.0")
    assert first.shape == (256, 56, 56)
    assert first.activations == (64 + 64 + 256 + 256) * 56**2  # the last is the projection


def test_measuring_leaves_no_hooks():
    network = on_meta(lenet5)
    assert measure_layers(network, (1, 32, 32)) == measure_layers(network, (1, 32, 32))
    with pytest.raises(RuntimeError):
        measure_layers(network, (1, 28, 28))
    assert not any(module._forward_hooks for module in network.modules())


@pytest.mark.parametrize("name", NAMES.values())
def test_counts_agree_with_torchvisions_own_records(name):
    meta = models.get_model_weights(name).IMAGENET1K_V1.meta
    cost = count_costs(name)
    if name != "inception_v3":  # whose record counts the outputs that only training uses
        assert cost.parameters == meta["num_params"]
    assert cost.multiply_adds / 1e9 == pytest.approx(meta["_ops"], abs=0.002, rel=0.002)
    assert cost.top1 == meta["_metrics"]["ImageNet-1K"]["acc@1"]


@pytest.mark.parametrize(("side", "kernel"), [(5, 3), (7, 2), (5, 5), (6, 1)])
def test_the_matrix_does_what_the_convolution_does(side, kernel):
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(1, 1, side, side, generator=generator)
    weights = torch.randn(1, 1, kernel, kernel, generator=generator)
    values = np.concatenate([[0], weights.flatten().numpy()])
    product_ = values[which_weight(side, kernel)] @ image.flatten().numpy()
    assert np.allclose(product_, F.conv2d(image, weights).flatten().numpy(), atol=1e-5)
    assert len(np.unique(palette(kernel), axis=0)) == kernel**2 + 1


@pytest.mark.parametrize(
    ("kernel", "layers", "side"), [(3, 1, 3), (3, 3, 7), (5, 2, 9), (7, 5, 31)]
)
def test_a_stack_sees_as_far_as_the_formula_says(kernel, layers, side):
    paths = count_paths(kernel, layers)
    assert np.count_nonzero(paths) == side**2
    assert paths.sum() == float(kernel**2) ** layers


def test_the_lecture_of_the_receptive_field_stands_in_its_text():
    text = receptive_field().text((0, 2))
    assert "sees 7 x 7 pixels" in text and "27 C²" in text and "49 C²" in text


def test_the_quiz_keeps_its_answer_until_it_is_asked():
    quiz = cost_quiz()
    assert quiz.controls[1].options[0][0] == HIDDEN
    assert "Choose" in quiz.text((0, 0))
    assert quiz.text((0, 2)).startswith("Right: it is VGG-16")
    assert quiz.text((0, 1)).startswith("Not AlexNet: it is VGG-16")
    assert quiz.text((1, 4)).startswith("Right: it is ResNet-152")


def test_lenet_takes_one_size_of_image_whatever_the_slider_says():
    assert measure("LeNet-5", 112) == measure("LeNet-5", 448)
    assert measure("VGG-16", 112) != measure("VGG-16", 224)


@pytest.mark.parametrize(
    "make", [layer_costs, complexity, receptive_field, convolution_matrix, cost_quiz]
)
def test_every_explorer_draws_and_speaks_at_its_corners(make):
    made = make()
    ends = [(0, len(control.options) - 1) for control in made.controls]
    for index in (*product(*ends), made.index):
        assert isinstance(made.figure(index), Figure)
        assert len(made.text(index)) > 20
    assert len({made.text(index) for index in product(*ends)}) > 1


def test_the_sentence_of_layer_costs_names_the_totals():
    text = layer_costs().text((list(NETWORKS).index("VGG-16"), 5, 1))
    assert "32 images of 224 x 224" in text and "138,357,544" in text and "15.24 million" in text


def test_a_drawn_block_names_its_convolutions():
    figure = Figure()
    axes = figure.subplots()
    draw_block(axes, Bottleneck(256, 64), title="bottleneck", shortcut=True)
    words = [text.get_text() for text in axes.texts]
    assert [word for word in words if "conv" in word] == [
        "1 x 1 conv, 64",
        "3 x 3 conv, 64",
        "1 x 1 conv, 256",
    ]
    assert "F(x) + x" in words


def test_without_a_network_there_are_no_weights_and_no_error(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(pretrained, "_answers", lambda url: False)
    assert pretrained.load_pretrained("resnet18", models.ResNet18_Weights.DEFAULT) is None


def test_weights_that_were_fetched_before_are_used_without_a_network(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(pretrained, "_answers", lambda url: pytest.fail("asked the network"))
    weights = models.SqueezeNet1_1_Weights.IMAGENET1K_V1
    monkeypatch.setattr(pretrained, "get_model", lambda name, weights: torch.nn.Identity())
    cached = tmp_path / "hub" / "checkpoints" / weights.url.rsplit("/", 1)[1]
    cached.parent.mkdir(parents=True)
    cached.touch()
    assert pretrained.load_pretrained("squeezenet1_1", weights) is not None


def test_nobody_waits_for_a_server_that_does_not_answer(monkeypatch):
    monkeypatch.setattr(pretrained, "PATIENCE", 0.05)
    assert pretrained._answers("https://192.0.2.1/weights.pth") is False

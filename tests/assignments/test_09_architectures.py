"""Assignment 9: what every assignment is held to, and its solutions against torch's and torchvision's."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torchvision import models
from torchvision.models import resnet

from tests.assignments.suite import Suite

ASSIGNMENT = "09_architectures"

# Part of the solution, what stands in its place, and why that is right too.
WHOLE = ("stride > 1 or", "stride > 1.02 or", "strides are whole numbers")
RIGHT_TOO = {"residual.basic": (WHOLE,), "residual.bottleneck": (WHOLE,)}


class TestAssignment(Suite):
    right_too = RIGHT_TOO


def number_of(network):
    return sum(parameter.numel() for parameter in network.parameters())


def as_layers(solved, network):
    """A network of torch modules, in order, as the assignment's list of layers."""
    layers = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            names = ("kernel_size", "stride", "padding", "dilation")
            form = {name: getattr(module, name)[0] for name in names}
            bias = module.bias is not None
            layer = solved["conv"](module.out_channels, groups=module.groups, bias=bias, **form)
            layers.append(layer)
        elif isinstance(module, nn.MaxPool2d):
            layers.append(solved["pool"](module.kernel_size, module.stride, module.padding))
        elif isinstance(module, nn.BatchNorm2d):
            layers.append(solved["batch_norm"]())
        elif isinstance(module, nn.Linear):
            layers.append(solved["linear"](module.out_features, module.bias is not None))
    return layers


def on_meta(build):
    with torch.device("meta"):
        return build()


def loaded(ours, theirs):
    """Both with torchvision's weights, statistics included."""
    torch.manual_seed(0)
    for name, value in theirs.state_dict().items():
        if value.is_floating_point():
            low = 0.5 if name.endswith("running_var") else -0.5
            value.copy_(torch.rand_like(value) + low)
    weights = {name.replace("downsample", "shortcut"): v for name, v in theirs.state_dict().items()}
    ours.load_state_dict(weights)
    return ours, theirs


def projection(inputs, outputs, stride):
    if (inputs, 1) == (outputs, stride):
        return None
    layer = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
    return nn.Sequential(layer, nn.BatchNorm2d(outputs))


class TestSolutions:
    """What the notebook's own answers give, against the libraries that do the same."""

    @pytest.mark.parametrize("kernel_size, stride, padding, dilation", [
        (1, 1, 0, 1), (3, 2, 1, 1), (5, 3, 2, 2), (2, 2, 1, 3), (11, 4, 0, 1),
    ])  # fmt: skip
    def test_sides_are_those_of_torch(self, solved, kernel_size, stride, padding, dilation):
        for side in range(17, 34):
            image = torch.empty(1, 1, side, device="meta")
            form = {"stride": stride, "padding": padding, "dilation": dilation}
            kernel = torch.empty(1, 1, kernel_size, device="meta")
            expected = F.conv1d(image, kernel, **form).shape[-1]
            assert solved["output_side"](side, kernel_size, **form) == expected
            if 2 * padding <= kernel_size:
                assert F.max_pool1d(image, kernel_size, **form).shape[-1] == expected

    def test_the_papers_counts(self, solved):
        count, shape = solved["count_parameters"], (3, 227, 227)
        assert count(solved["alexnet"](groups=1), shape) == 62_378_344
        assert count(solved["alexnet"](groups=2), shape) == 60_965_224

    @pytest.mark.parametrize("name", ["alexnet", "vgg11_bn", "vgg16", "vgg19"])
    def test_counts_are_those_of_torchvision(self, solved, name):
        network = on_meta(getattr(models, name))
        layers = as_layers(solved, network)
        assert solved["count_parameters"](layers, (3, 224, 224)) == number_of(network)

    def test_the_account_of_vgg_is_that_of_torchvision(self, solved):
        network, values = on_meta(models.vgg16).eval(), [3 * 224 * 224]
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.MaxPool2d | nn.Linear):
                module.register_forward_hook(lambda _, given, out: values.append(out.numel()))
        network(torch.empty(1, 3, 224, 224, device="meta"))
        activations, parameters, num_bytes = solved["account"](solved["VGG16"], (3, 224, 224), 5)
        assert activations == values and sum(values) == 15_237_608
        assert sum(parameters) == number_of(network) == 138_357_544
        assert num_bytes == 5 * sum(values) * torch.float32.itemsize

    def test_the_receptive_field_is_where_gradients_are(self, solved):
        assert solved["receptive_field"](solved["THREE"]) == 7
        torch.manual_seed(0)
        layers = [(3, 2, 1), (2, 1, 3), (3, 3, 1), (2, 2, 2)]
        x = torch.rand(1, 1, 400, requires_grad=True)
        y, stack = x, []
        for kernel_size, stride, dilation in layers:
            y = F.conv1d(y, torch.ones(1, 1, kernel_size), stride=stride, dilation=dilation)
            stack.append(solved["conv"](1, kernel_size, stride=stride, dilation=dilation))
        y[0, 0, 3].backward()
        seen = x.grad[0, 0].nonzero()
        assert solved["receptive_field"](stack) == int(seen.max() - seen.min()) + 1

    @pytest.mark.parametrize("stride, padding", [(1, 0), (2, 1), (3, 2), (1, 1)])
    def test_the_matrix_does_what_conv2d_does(self, solved, stride, padding):
        torch.manual_seed(0)
        weight = torch.randn(3, 2, 3, 3, dtype=torch.float64)
        image = torch.randn(2, 7, 5, dtype=torch.float64)
        matrix = solved["as_matrix"](weight, image.shape, stride, padding)
        expected = F.conv2d(image[None], weight, stride=stride, padding=padding)
        assert matrix.shape == (expected.numel(), math.prod(image.shape))
        torch.testing.assert_close(matrix @ image.flatten(), expected.flatten())

    @pytest.mark.parametrize(
        "inputs, outputs, stride", [(4, 4, 1), (4, 4, 2), (3, 5, 1), (6, 4, 2)]
    )
    def test_the_basic_block_is_torchvisions(self, solved, inputs, outputs, stride):
        theirs = resnet.BasicBlock(inputs, outputs, stride, projection(inputs, outputs, stride))
        self.assert_same(*loaded(solved["BasicBlock"](inputs, outputs, stride), theirs), inputs)

    @pytest.mark.parametrize(
        "inputs, squeezed, stride", [(8, 2, 1), (8, 2, 2), (3, 2, 1), (5, 3, 3)]
    )
    def test_the_bottleneck_is_torchvisions(self, solved, inputs, squeezed, stride):
        outputs = 4 * squeezed
        theirs = resnet.Bottleneck(inputs, squeezed, stride, projection(inputs, outputs, stride))
        ours = solved["Bottleneck"](inputs, squeezed, outputs, stride)
        self.assert_same(*loaded(ours, theirs), inputs)

    def assert_same(self, ours, theirs, inputs):
        images = torch.randn(3, inputs, 6, 7)
        for mode in (False, True):
            torch.testing.assert_close(ours.train(mode)(images), theirs.train(mode)(images))
        for one, two in zip(ours.state_dict().values(), theirs.state_dict().values(), strict=True):
            torch.testing.assert_close(one, two)

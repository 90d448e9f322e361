"""What each layer of a network costs: measured by running the network on the meta device, without any data."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn
from torchvision import models
from torchvision.models.googlenet import BasicConv2d, Inception
from torchvision.models.resnet import BasicBlock, Bottleneck

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .classics import lenet5

# What writes new values. A ReLU overwrites its input, dropout and batch normalization can be folded.
WRITING = (
    nn.Conv2d,
    nn.Linear,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.LocalResponseNorm,
)
BLOCKS = (BasicBlock, Bottleneck, Inception, BasicConv2d)  # one row each
BYTES, MEGABYTE = 4, 1e6  # of a float32; megabytes as sellers of memory count them
NETWORKS = {
    "LeNet-5": lenet5,
    "AlexNet": models.alexnet,
    "VGG-16": functools.partial(models.vgg16, init_weights=False),
    "GoogLeNet": functools.partial(models.googlenet, aux_logits=False, init_weights=False),
    "ResNet-18": models.resnet18,
    "ResNet-34": models.resnet34,
    "ResNet-50": models.resnet50,
    "ResNet-101": models.resnet101,
    "ResNet-152": models.resnet152,
}
SIDES = (112, 224, 448)
BATCH_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Layer:
    """One row of a network's table, for one image.

    name: of the module in the network; what: in words.
    shape: of the output, without the batch.
    activations: numbers written, inside a block by all its layers; parameters: numbers learned.
    """

    name: str
    what: str
    shape: tuple[int, ...]
    activations: int
    parameters: int


@torch.no_grad()
def measure_layers(network: nn.Module, image_shape: Sequence[int]) -> list[Layer]:
    """Run a network on the meta device for one image, and note what each of its layers costs.

    network: on the meta device, called with images [1, *image_shape]; left in eval mode.
    Returns the image itself and the layers in the order in which they run. A residual block or an
    inception module is one row; a row without outputs of its own joins the row before it.
    """
    image = torch.empty(1, *image_shape, device="meta")
    layers = [Layer("", "image", tuple(image_shape), image.numel(), 0)]
    written, hooks = [], []

    def note_values(module, inputs, output):
        # VGG's adaptive pooling has nothing to do where its input already has the wanted size.
        if not isinstance(module, nn.AdaptiveAvgPool2d) or output.shape != inputs[0].shape:
            written.append(output.numel())

    def note_layer(name, module, inputs, output):
        parameters = sum(parameter.numel() for parameter in module.parameters())
        if written:
            shape = tuple(output.shape[1:])
            what = _describe(module, shape[0])
            layers.append(Layer(name, what, shape, sum(written), parameters))
        else:
            layers[-1] = replace(layers[-1], parameters=layers[-1].parameters + parameters)
        written.clear()

    for name, module in _outermost(network):
        inner = [part for part in module.modules() if isinstance(part, WRITING)]
        hooks += [part.register_forward_hook(note_values) for part in inner]
        hooks.append(module.register_forward_hook(functools.partial(note_layer, name)))
    try:
        network.eval()(image)
    finally:
        for hook in hooks:
            hook.remove()
    return layers


def layer_table(layers: Sequence[Layer]) -> str:
    """The rows as a text, with their sums."""
    lines = [f"{'layer':36}{'output':>15}{'values':>13}{'parameters':>14}"]
    for layer in layers:
        shape = " x ".join(str(size) for size in layer.shape)
        lines.append(f"{layer.what:36}{shape:>15}{layer.activations:13,}{layer.parameters:14,}")
    activations, parameters = totals(layers)
    lines.append(f"{'sum':51}{activations:13,}{parameters:14,}")
    return "\n".join(lines)


def totals(layers: Sequence[Layer]) -> tuple[int, int]:
    """Numbers of activations for one image, and of parameters."""
    return sum(layer.activations for layer in layers), sum(layer.parameters for layer in layers)


def _outermost(network: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Every block, and every layer that is in no block."""
    for name, module in network.named_children():
        if isinstance(module, BLOCKS) or not list(module.children()):
            yield prefix + name, module
        else:
            yield from _outermost(module, f"{prefix}{name}.")


def _describe(module: nn.Module, num_outputs: int) -> str:
    match module:
        case nn.Conv2d():
            size = " x ".join(str(side) for side in module.kernel_size)
            stride = f", stride {module.stride[0]}" if module.stride[0] > 1 else ""
            groups = f", {module.groups} groups" if module.groups > 1 else ""
            return f"conv {size}, {num_outputs} filters{stride}{groups}"
        case nn.MaxPool2d() | nn.AvgPool2d():
            kind = "max" if isinstance(module, nn.MaxPool2d) else "average"
            return (
                f"{kind} pool {module.kernel_size} x {module.kernel_size}, stride {module.stride}"
            )
        case nn.AdaptiveAvgPool2d():
            return (
                "average of each channel" if module.output_size in (1, (1, 1)) else "average pool"
            )
        case nn.LocalResponseNorm():
            return "normalize across channels"
        case nn.Linear():
            return f"fully connected, {num_outputs}"
    name = {"BasicBlock": "basic block", "BasicConv2d": "conv with batch norm"}
    return (
        f"{name.get(type(module).__name__, type(module).__name__.lower())}, {num_outputs} channels"
    )


@functools.cache
def _build(name: str) -> nn.Module:
    with torch.device("meta"):
        return NETWORKS[name]()


@functools.cache
def measure(name: str, side: int) -> list[Layer]:
    """The rows of one of NETWORKS for images of this side; LeNet-5's images have 32 pixels always."""
    # LeNet-5 takes images of one size only: its fully connected layers fix it.
    return measure_layers(_build(name), (1, 32, 32) if name == "LeNet-5" else (3, side, side))


def layer_costs() -> Explorer:
    """Explorer: activations and parameters layer by layer, and the memory that a batch takes forward."""
    measured = [[measure(name, side) for side in SIDES] for name in NETWORKS]
    num_rows = max(len(layers) for row in measured for layers in row)
    shares = np.full((2, len(NETWORKS), 1, len(SIDES), num_rows), np.nan)
    values = np.empty((2, len(NETWORKS), 1, len(SIDES), 1))
    texts = np.empty((len(NETWORKS), len(BATCH_SIZES), len(SIDES)), dtype=object)
    for (n, b, s), _ in np.ndenumerate(texts):
        layers = measured[n][s]
        costs = np.array([[row.activations, row.parameters] for row in layers]).T
        values[:, n, 0, s, 0] = costs.sum(1)
        shares[:, n, 0, s, : len(layers)] = 100 * costs / costs.sum(1, keepdims=True)
        texts[n, b, s] = _sentence(list(NETWORKS)[n], layers, BATCH_SIZES[b])
    panels = [_shares_panel(shares), _memory_panel(*values * BYTES / MEGABYTE)]
    return explorer(
        {"network": list(NETWORKS), "batch size": BATCH_SIZES, "image side (pixels)": SIDES},
        panels,
        texts=texts,
        caption="Look for the bars that stand out: are they early or late, blue or orange?",
        start=[2, 0, 1],
    )


def _shares_panel(shares: np.ndarray) -> Panel:
    """shares: per cent [activations or parameters, network, 1, side, row]."""
    rows = np.arange(shares.shape[-1])
    bars = [
        Series("activations", rows, shares[0], "bar", color=COLORS[0]),
        Series("parameters", rows, shares[1], "bar", color=COLORS[1]),
    ]
    return Panel(
        "Where they are",
        "row of the network's table (0: the image)",
        "share of the network's total (%)",
        bars,
        xlim=(-0.6, len(rows) - 0.4),
        ylim=(0, 80),
        xticks={row: str(row) for row in range(0, len(rows), 10)},
    )


def _memory_panel(activations: np.ndarray, parameters: np.ndarray) -> Panel:
    """activations of one image, parameters: megabytes [network, 1, side, 1]."""
    batches = np.array(BATCH_SIZES)
    now = batches.reshape(1, -1, 1, 1)
    lines = [
        Series("activations", batches, activations * batches, color=COLORS[0]),
        Series(
            "parameters", batches, parameters * np.ones_like(batches), dashed=True, color=COLORS[1]
        ),
        Series(
            "together, chosen batch",
            now,
            parameters + activations * now,
            "scatter",
            color=COLORS[2],
        ),
    ]
    return Panel("Memory, forward only", "batch size", "memory (MB)", lines, "log", "log")


def _sentence(name: str, layers: Sequence[Layer], batch_size: int) -> str:
    activations, parameters = totals(layers)
    widest = max(layers, key=lambda layer: layer.activations)
    heaviest = max(layers, key=lambda layer: layer.parameters)
    side = layers[0].shape[-1]
    images = "1 image" if batch_size == 1 else f"{batch_size} images"
    return (
        f"{name}, {images} of {side} x {side} pixels: {parameters:,} parameters take "
        f"{parameters * BYTES / MEGABYTE:,.1f} MB, {activations / 1e6:.2f} million activations an "
        f"image take {activations * batch_size * BYTES / MEGABYTE:,.1f} MB for the batch. "
        f"Most activations: {widest.what} ({widest.activations / activations:.0%}); "
        f"most parameters: {heaviest.what} ({heaviest.parameters / parameters:.0%})."
    )

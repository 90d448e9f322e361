"""Networks side by side: accuracy against multiply-adds and parameters, counted on the meta device."""

import functools
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS

CLASSIC = {
    "AlexNet": "alexnet",
    "VGG-16": "vgg16",
    "VGG-19": "vgg19",
    "GoogLeNet": "googlenet",
    "Inception-v3": "inception_v3",
    "ResNet-18": "resnet18",
    "ResNet-34": "resnet34",
    "ResNet-50": "resnet50",
    "ResNet-101": "resnet101",
    "ResNet-152": "resnet152",
}
LATER = {
    "MobileNet-v2": "mobilenet_v2",
    "EfficientNet-B0": "efficientnet_b0",
    "ConvNeXt-T": "convnext_tiny",
}
NAMES = {**CLASSIC, **LATER}
FAMILIES = ("AlexNet", "VGG", "GoogLeNet", "ResNet")  # named always, below their points
OPTIONS = {  # without their slow initialization and without the outputs that only training uses
    "vgg16": {"init_weights": False},
    "vgg19": {"init_weights": False},
    "googlenet": {"init_weights": False, "aux_logits": False},
    "inception_v3": {"init_weights": False, "aux_logits": False},
}


@dataclass(frozen=True)
class Cost:
    """A network's parameters, its multiply-adds for one image, and its published top-1 accuracy (%)."""

    parameters: int
    multiply_adds: int
    top1: float


@functools.cache
def count_costs(name: str) -> Cost:
    """What a network of torchvision costs at the image size of its first published weights.

    Nothing is downloaded: the accuracy stands in torchvision's own records.
    """
    weights = models.get_model_weights(name).IMAGENET1K_V1
    side = weights.transforms().crop_size[0]
    with torch.device("meta"), torch.no_grad():
        network = models.get_model(name, weights=None, **OPTIONS.get(name, {})).eval()
        with FlopCounterMode(display=False) as counter:
            network(torch.empty(1, 3, side, side))
    return Cost(
        sum(parameter.numel() for parameter in network.parameters()),
        counter.get_total_flops() // 2,  # a multiply-add counts as two operations there
        weights.meta["_metrics"]["ImageNet-1K"]["acc@1"],
    )


def complexity() -> Explorer:
    """Explorer: one network picked out of all, its accuracy against what it costs."""
    costs = {name: count_costs(torchvision_name) for name, torchvision_name in NAMES.items()}
    texts = [
        f"{name}: {cost.top1:.1f} % top-1, {cost.multiply_adds / 1e9:.2f} billion multiply-adds an "
        f"image, {cost.parameters / 1e6:.1f} million parameters "
        f"({cost.top1 / (cost.parameters / 1e6):.1f} % a million)."
        for name, cost in costs.items()
    ]
    work = np.array([cost.multiply_adds for cost in costs.values()]) / 1e9
    size = np.array([cost.parameters for cost in costs.values()]) / 1e6
    return explorer(
        {"network": list(NAMES)},
        [
            _panel("Accuracy and work", "multiply-adds an image (billions)", work, (0.1, 40)),
            _panel("Accuracy and size", "parameters (millions)", size, (1.5, 300)),
        ],
        texts=texts,
        caption="Look for networks that lie above and to the left of others: more accurate, and cheaper.",
        start=[list(NAMES).index("GoogLeNet")],
    )


def _panel(title: str, xlabel: str, x: np.ndarray, xlim: tuple[float, float]) -> Panel:
    """x: what each of NAMES costs."""
    y = np.array([count_costs(name).top1 for name in NAMES.values()])
    num = len(CLASSIC)
    points = [
        Series("up to 2016", x[:num], y[:num], "scatter", color=COLORS[0]),
        Series("later, with newer training", x[num:], y[num:], "scatter", color=COLORS[2]),
        Series("chosen", x[:, None], y[:, None], "scatter", color=COLORS[1]),
    ]
    for i, name in enumerate(NAMES):
        if name in FAMILIES:
            continue
        here = np.full((len(NAMES), 1), np.nan)
        here[i] = y[i] + 1
        points.append(Series(name, x[i : i + 1], here, "text", color=COLORS[1]))
    for family in FAMILIES:
        members = [i for i, name in enumerate(NAMES) if name.startswith(family)]
        middle = [np.exp(np.log(x[members]).mean())]
        points.append(Series(family, middle, [y[members].min() - 5], "text", color=COLORS[0]))
    ylabel = "top-1 accuracy on ImageNet (%)"
    return Panel(title, xlabel, ylabel, points, "log", xlim=xlim, ylim=(48, 90))

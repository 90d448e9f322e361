"""Stacks of small convolutions against one large one: how far a unit sees, and how many weights that takes."""

import numpy as np
import torch
from torch.nn import functional as F

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .colors import shade
from .pictures import picture

KERNELS = (3, 5, 7)
DEPTHS = (1, 2, 3, 4, 5)
SIDE = 33  # pixels of the image: five 7 x 7 layers see 31
ZOOM = 4  # a pixel's side in the picture, its border included


def count_paths(kernel: int, num_layers: int) -> np.ndarray:
    """On how many paths each pixel reaches the unit in the middle, [SIDE, SIDE].

    It is the gradient of that unit where all weights are one; stride 1, padding kernel // 2.
    """
    image = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.float64, requires_grad=True)
    weights = torch.ones(1, 1, kernel, kernel, dtype=torch.float64)
    features = image
    for _ in range(num_layers):
        features = F.conv2d(features, weights, padding=kernel // 2)
    (paths,) = torch.autograd.grad(features[0, 0, SIDE // 2, SIDE // 2], image)
    return paths[0, 0].numpy()


def receptive_field() -> Explorer:
    """Explorer: the pixels that a unit sees through a stack of convolutions, and the weights it takes."""
    pixels = np.empty((len(KERNELS), len(DEPTHS), *[ZOOM * SIDE] * 2, 3))
    sees = np.empty((len(KERNELS), len(DEPTHS), 1))
    weights = np.empty_like(sees)
    texts = np.empty((len(KERNELS), len(DEPTHS)), dtype=object)
    for (k, d), _ in np.ndenumerate(texts):
        kernel, depth = KERNELS[k], DEPTHS[d]
        paths = count_paths(kernel, depth)
        pixels[k, d] = _draw(paths)
        sees[k, d] = side = (paths[SIDE // 2] > 0).sum()
        weights[k, d] = depth * kernel**2
        layers = "1 layer" if depth == 1 else f"{depth} layers"
        texts[k, d] = (
            f"{layers} of {kernel} x {kernel}: a unit sees {side} x {side} pixels, at a price of "
            f"{depth * kernel**2} C² weights. One layer of {side} x {side} takes {side**2} C²."
        )
    return explorer(
        {"kernel": [f"{k} x {k}" for k in KERNELS], "layers": DEPTHS},
        [
            picture("Darker: on more paths to the unit", pixels),
            _price_panel(sees, weights),
        ],
        texts=texts,
        caption="Find two stacks that see equally far, and compare their weights.",
        start=[0, 2],
        buttons=("kernel",),
    )


def _draw(paths: np.ndarray) -> np.ndarray:
    """Pixels on more paths darker, those on none white, with grey lines between them."""
    strength = np.where(paths > 0, 0.2 + 0.8 * paths / paths.max(), 0)
    drawn = shade(COLORS[0], strength).repeat(ZOOM, 0).repeat(ZOOM, 1)
    drawn[::ZOOM] = drawn[:, ::ZOOM] = 0.85
    return drawn


def _price_panel(sees: np.ndarray, weights: np.ndarray) -> Panel:
    """sees: side of the receptive field; weights: in C² [kernel, depth, 1]."""
    sides = np.arange(3, SIDE, 2)
    lines = [
        Series("one layer", sides, sides**2, dashed=True, color=COLORS[1]),
        Series(
            "chosen kernel, 1 to 5 layers",
            sees.swapaxes(1, 2),
            weights.swapaxes(1, 2),
            color=COLORS[0],
        ),
        Series("chosen stack", sees, weights, "scatter", color=COLORS[0]),
    ]
    return Panel(
        "The price of seeing far",
        "side of what a unit sees (pixels)",
        "weights (in C², C channels in and out)",
        lines,
        yscale="log",
    )

"""Activations through the layers of a deep network, against the scale of its initial weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from matplotlib.figure import Figure

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS, label_axes

FUNCTIONS = {"tanh": torch.tanh, "ReLU": torch.relu}
# Bins of 0.1 around -1.1, -1.0, ... 3.1, so that 0 and tanh's ends lie in the middle of one. What lies
# beyond counts in the outermost bins.
LOW, HIGH, NUM_BINS = -1.15, 3.15, 43


@dataclass(frozen=True)
class Depth:
    """What a deep network put out, for each function, scale and layer.

    scales: the standard deviations of the weights, by name.
    deviations: standard deviation of the outputs, [functions, scales, layers].
    shares: share of the outputs in each bin, [functions, scales, layers, bins].
    """

    scales: dict[str, float]
    deviations: np.ndarray
    shares: np.ndarray


@torch.no_grad()
def run_depth(
    scales: Mapping[str, float],
    *,
    width: int = 4096,
    num_layers: int = 6,
    batch_size: int = 16,
    device: torch.device | str = "cpu",
) -> Depth:
    """Feed standard normal inputs through linear layers, each followed by tanh or by ReLU.

    Each layer's weights are drawn once, with standard deviation 1; the scales multiply the sums. So
    all networks share the products, and differ by nothing but the scale. float32.
    """
    factors = torch.tensor(list(scales.values()), device=device)[:, None]
    h = torch.randn(width, 1, 1, batch_size, device=device)
    h = h.expand(width, len(FUNCTIONS), len(factors), batch_size)
    deviations, shares = [], []
    for _ in range(num_layers):
        sums = torch.randn(width, width, device=device) @ h.flatten(1)
        sums = sums.view(h.shape) * factors
        h = torch.stack([f(sums[:, i]) for i, f in enumerate(FUNCTIONS.values())], dim=1)
        deviations.append(h.std(dim=(0, 3)).cpu().numpy())
        shares.append(_count(h))
    return Depth(dict(scales), np.stack(deviations, axis=2), np.stack(shares, axis=2))


def _count(h: torch.Tensor) -> np.ndarray:
    """Share of the outputs in each bin, [functions, scales, bins]."""
    width, num_functions, num_scales, batch_size = h.shape
    num_rows = num_functions * num_scales
    bins = ((h - LOW) * (NUM_BINS / (HIGH - LOW))).clamp_(0, NUM_BINS - 1).long()
    rows = torch.arange(num_rows, device=h.device).view(1, num_functions, num_scales, 1)
    counts = torch.bincount((bins + NUM_BINS * rows).flatten(), minlength=num_rows * NUM_BINS)
    shares = counts.cpu().numpy() / (width * batch_size)
    return shares.reshape(num_functions, num_scales, NUM_BINS)


def draw_depth(depth: Depth, rows: Sequence[tuple[str, str]]) -> Figure:
    """Histograms layer by layer, one row for each (function, scale): the decks' figure.

    The height of each fits its bars, but for the bar at ReLU's zeros, which runs out of the picture.
    """
    num_layers = depth.shares.shape[2]
    figure = Figure(figsize=(9.8, 1.9 * len(rows)), layout="constrained")
    centers, width = _bins()
    parts = figure.subfigures(len(rows), 1, squeeze=False)[:, 0]
    for part, (function, scale) in zip(parts, rows, strict=True):
        i, j = list(FUNCTIONS).index(function), list(depth.scales).index(scale)
        part.suptitle(f"{function}, standard deviation of the weights {scale}", fontsize="medium")
        for layer, axes in enumerate(part.subplots(1, num_layers)):
            share = depth.shares[i, j, layer]
            axes.bar(centers, share, width, color=COLORS[i])
            title = f"layer {layer + 1}: std {depth.deviations[i, j, layer]:.2g}"
            label_axes(axes, title=title, xlabel="activation", ylabel="" if layer else "share")
            axes.title.set_fontsize("small")
            counted = share if function == "tanh" else share[~np.isclose(centers, 0)]
            xlim = (-1.1, 1.1) if function == "tanh" else (-0.2, HIGH)
            axes.set(yticks=[], xlim=xlim, ylim=(0, 1.1 * counted.max()))
    return figure


def depth_explorer(depth: Depth) -> Explorer:
    """Three controls (scale, layer, function): the histogram, and the deviation through the layers."""
    num_layers = depth.shares.shape[2]
    layers = np.arange(1, num_layers + 1)
    # The explorer's order of controls: [scales, layers, functions, ...].
    deviations = depth.deviations.transpose(1, 2, 0)
    shares = depth.shares.transpose(1, 2, 0, 3)
    lines = depth.deviations.transpose(1, 0, 2)[:, None]
    edges, steps = _outline(shares)
    texts = np.empty(deviations.shape, dtype=object)
    for place, deviation in np.ndenumerate(deviations):
        scale, layer, function = place
        name = list(FUNCTIONS)[function]
        texts[place] = (
            f"{name}, weights' std {list(depth.scales)[scale]}: the outputs of layer {layer + 1} "
            f"have std {deviation:.2g}; {_extremes(shares[place], name)}."
        )
    outputs = Series("outputs of the layer", edges, steps, color=COLORS[0])
    through = [
        Series("std of the outputs", layers, lines, color=COLORS[0]),
        Series("chosen layer", layers[None, :, None, None], deviations[..., None], "scatter"),
    ]
    return explorer(
        {
            "standard deviation of the weights": list(depth.scales),
            "layer": layers.tolist(),
            "activation": list(FUNCTIONS),
        },
        [
            Panel("Histogram", "activation", "share of the outputs", [outputs], ylim=(0, 1)),
            Panel("Through the layers", "layer", "std", through, yscale="log"),
        ],
        texts=texts,
        caption="Look for the scale at which the last layer still looks like the first.",
        start=[1, 2, 0],
        buttons=("activation",),
    )


def _bins() -> tuple[np.ndarray, float]:
    width = (HIGH - LOW) / NUM_BINS
    return LOW + width * (np.arange(NUM_BINS) + 0.5), width


def _outline(shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The histogram as a line of steps, down to zero at both ends."""
    edges = np.linspace(LOW, HIGH, NUM_BINS + 1).repeat(2)
    steps = np.pad(shares.repeat(2, axis=-1), [(0, 0)] * (shares.ndim - 1) + [(1, 1)])
    return edges, steps


def _extremes(shares: np.ndarray, function: str) -> str:
    centers, _ = _bins()
    zero = shares[np.isclose(centers, 0)].sum()
    if function == "tanh":
        end = f"{shares[np.isclose(np.abs(centers), 1)].sum():.0%} within 0.05 of −1 or 1"
    else:
        end = f"{shares[-1]:.0%} above 3.05"
    return f"{zero:.0%} lie within 0.05 of zero, {end}"

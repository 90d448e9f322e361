"""A decision boundary in the plane, and what the weight decay does to it."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from matplotlib.colors import to_rgb
from torch import nn

from utils.data import Split
from utils.explorers import Explorer, Panel, Series, explorer
from utils.plots import COLORS
from utils.training import History

PIXELS = 96
MARGIN = 0.4  # of the picture around the points, in the points' units


def moons(num_points: int, *, noise: float = 0.35, seed: int = 0) -> Split:
    """Points of two interleaved half circles, blurred by noise, and which of the two each belongs to.

    Returns a Split whose "images" are points: float32 [num_points, 2]; labels 0 and 1; on the CPU.
    """
    # Importing it takes a second, which only who calls this has to wait.
    from sklearn.datasets import make_moons

    points, labels = make_moons(num_points, noise=noise, random_state=seed)
    return Split(torch.from_numpy(points).float(), torch.from_numpy(labels).long())


@torch.no_grad()
def boundary_picture(model: nn.Module, split: Split) -> np.ndarray:
    """The plane around the points, coloured by the class that a model prefers there.

    model: points [B, 2] to two logits each. Returns float32 [96, 96, 3] in [0, 1], the top row first;
    white where both classes are equally probable.
    """
    (left, right), (bottom, top) = _limits(split)
    x, y = torch.linspace(left, right, PIXELS), torch.linspace(top, bottom, PIXELS)
    plane = torch.cartesian_prod(y, x).flip(1).to(split.images.device)
    share = model(plane).softmax(1)[:, 1].cpu().reshape(PIXELS, PIXELS, 1).numpy()
    colors = np.array([to_rgb(color) for color in COLORS[:2]], dtype=np.float32)
    strength = 0.65 * np.abs(2 * share - 1)
    return 1 - strength * (1 - np.where(share < 0.5, colors[0], colors[1]))


def _limits(split):
    low, high = split.images.amin(0) - MARGIN, split.images.amax(0) + MARGIN
    return list(zip(low.tolist(), high.tolist(), strict=True))


def boundary_explorer(
    weight_decays: Sequence[float],
    models: Sequence[nn.Module],
    histories: Sequence[History],
    train: Split,
) -> Explorer:
    """A slider for the weight decay above the boundary, the points and the accuracies that it gave.

    models, histories: one for each weight decay, which is above 0.
    """
    xlim, ylim = _limits(train)
    pixels = np.stack([boundary_picture(model, train) for model in models])
    plane = [Series("boundary", xlim, ylim, "image", pixels=pixels)]
    for label, name in enumerate("AB"):
        x, y = train.images[train.labels == label].T.cpu().numpy()
        plane.append(Series(f"training, class {name}", x, y, "scatter", color=COLORS[label]))
    axis = np.asarray(weight_decays, dtype=float)
    training = np.array([history.train_accuracy[-1] for history in histories])
    validation = np.array([history.val_accuracy[-1] for history in histories])
    accuracies = [
        Series("training", axis, training, dashed=True, color=COLORS[0]),
        Series("validation", axis, validation, color=COLORS[1]),
        Series("chosen, training", axis[:, None], training[:, None], "scatter", color=COLORS[0]),
        Series(
            "chosen, validation", axis[:, None], validation[:, None], "scatter", color=COLORS[1]
        ),
    ]
    lengths = [nn.utils.parameters_to_vector(model.parameters()).norm().item() for model in models]
    rows = zip(weight_decays, training, validation, lengths, strict=True)
    powers = range(math.ceil(np.log10(axis.min())), math.floor(np.log10(axis.max())) + 1)
    ticks = {10.0**power: f"{10.0**power:g}" for power in powers}
    logarithmic = {"xscale": "log", "xticks": ticks, "ylim": (0.45, 1.02)}
    return explorer(
        {"weight decay λ": [f"{value:.1g}" for value in weight_decays]},
        [
            Panel("Decision boundary", "x₁", "x₂", plane, xlim=xlim, ylim=ylim),
            Panel("Accuracies", "weight decay λ", "accuracy", accuracies, **logarithmic),
        ],
        texts=[
            f"λ = {value:.1g}: training {t:.1%}, validation {v:.1%}; length of the weights {length:.1f}."
            for value, t, v, length in rows
        ],
        caption="Look how the white line that divides the classes loses its bends as λ grows.",
    )

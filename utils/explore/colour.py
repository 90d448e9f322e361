"""Lecture 4's previews of colour: the knobs of colour jitter, and PCA lighting."""

import math

import numpy as np
import torch
from torchvision.transforms.v2 import functional as TF

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .pictures import SIDE, every, picture, previews, sentences

ADJUSTMENTS = {
    "brightness": TF.adjust_brightness,
    "contrast": TF.adjust_contrast,
    "colour": TF.adjust_saturation,
    "hue": lambda image, factor: TF.adjust_hue(image, (factor - 1) / 2),
}


def jitter() -> Explorer:
    """Both photographs brighter, in more contrast, more colourful, or turned in hue."""
    images = previews()
    factors = [step / 4 for step in range(9)]
    pixels = every(
        lambda knob, factor, name: ADJUSTMENTS[knob](images[name], factor),
        ADJUSTMENTS,
        factors,
        images,
    )
    edges = np.arange(0, 257, 16)
    counts = np.stack(
        [
            np.histogram(one[..., channel], edges)[0] / SIDE**2
            for one in pixels.reshape(-1, SIDE, SIDE, 3)
            for channel in range(3)
        ]
    ).reshape(*pixels.shape[:3], 3, -1)
    lines = [
        Series(name, edges[:-1] + 8, counts[..., channel, :], color=COLORS[color])
        for channel, (name, color) in enumerate({"red": 1, "green": 2, "blue": 0}.items())
    ]
    spread = Panel("Values of its pixels", "value of 0 to 255", "share", lines, ylim=(0, 1))

    def text(knob: str, factor: float, name: str) -> str:
        if knob == "hue":
            return f"The {name}, its hues turned by {180 * (factor - 1):+.0f} degrees."
        return f"The {name}, {knob} times {factor:g}."

    return explorer(
        {"knob": list(ADJUSTMENTS), "factor": factors, "picture": list(images)},
        [picture("Picture", pixels), spread],
        texts=sentences(text, ADJUSTMENTS, factors, images),
        caption="Look at 0 and at 1: what is left of the picture at 0 is what it is blended with.",
        start=[0, 6, 1],
        buttons=("knob", "picture"),
    )


def _principal_directions(image: torch.Tensor) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean [3], variances [3] and directions [3, 3] (rows) of an image's RGB pixels, in [0, 1].

    The directions are unit vectors, the one of the largest variance first, pointing to brighter.
    """
    points = image.reshape(3, -1).numpy() / 255.0
    variances, directions = np.linalg.eigh(np.cov(points))
    directions = directions.T[::-1]
    return points.mean(1), variances[::-1], directions * np.sign(directions.sum(1, keepdims=True))


def lighting() -> Explorer:
    """A photograph moved along one principal direction of its pixels, beside those pixels."""
    images = previews()
    found = {name: _principal_directions(image) for name, image in images.items()}
    alphas = (-2.0, -1.0, -0.5, -0.1, 0.0, 0.1, 0.5, 1.0, 2.0)

    def offset(which: int, alpha: float, name: str) -> np.ndarray:
        _, variances, directions = found[name]
        return alpha * variances[which] * directions[which]

    def moved(which: int, alpha: float, name: str) -> torch.Tensor:
        change = torch.tensor(offset(which, alpha, name) * 255.0)[:, None, None]
        return (images[name] + change).round().clamp(0, 255).to(torch.uint8)

    def text(which: int, alpha: float, name: str) -> str:
        red, green, blue = 255 * offset(which, alpha, name)
        return (
            f"Direction {which + 1} of the {name}, variance {found[name][1][which]:.4f}; "
            f"every pixel changes by red {red:+.1f}, green {green:+.1f}, blue {blue:+.1f} of 255."
        )

    choices = range(3), alphas, list(images)
    return explorer(
        {"principal direction": (1, 2, 3), "α": alphas, "picture": list(images)},
        [picture("Every pixel moved", every(moved, *choices)), _cloud(images, found)],
        texts=sentences(text, *choices),
        caption="Look how little an α of 0.1 changes, and which colours each direction trades.",
        start=[0, 7, 0],
        buttons=("principal direction", "picture"),
    )


def _cloud(images: dict[str, torch.Tensor], found: dict) -> Panel:
    """Some pixels of each picture by red and blue, and the directions through their mean."""
    names = list(images)
    points = np.stack([images[name].reshape(3, -1)[:, ::41].numpy() / 255.0 for name in names])
    pixels = Series("pixels", points[None, None, :, 0], points[None, None, :, 2], "scatter")
    ends = np.array([-2.0, 2.0])
    lines = []
    for which in range(3):
        places = []
        for name in names:
            mean, variances, directions = found[name]
            places.append(
                mean[:, None] + ends * math.sqrt(variances[which]) * directions[which, :, None]
            )
        x, _, y = np.stack(places, 1)  # red, green, blue; each [picture, end]
        lines.append(
            Series(f"direction {which + 1}", x[None, None], y[None, None], color=COLORS[which + 1])
        )
    return Panel(
        "Its pixels, seen from the side of green",
        "red",
        "blue",
        [Series(pixels.label, pixels.x, pixels.y, "scatter", color=COLORS[5]), *lines],
        xlim=(0, 1),
        ylim=(0, 1),
    )

"""Lecture 4's mixup and CutMix, done by torchvision's own transforms at a chosen weight."""

from types import SimpleNamespace

import numpy as np
import torch
from scipy.special import betainc, gammaln
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as TF

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .pictures import every, picture, previews, sentences

WEIGHTS = tuple(step / 10 for step in range(11))
METHODS = ("mixup", "CutMix, inside", "CutMix, at edge", "cutout")
# Seeds with which v2.CutMix draws a centre in the middle of SIDE x SIDE, and one near the left edge.
CENTRES = {"CutMix, inside": 3836, "CutMix, at edge": 3624}


def mix(method: str, images: torch.Tensor, weight: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The first of two images, mixed with the second, and its label: [3, H, W] and [2].

    images: float [2, 3, H, W]; weight: the λ that would otherwise be drawn from Beta(a, a).
    """
    if method == "cutout":
        blackened = torch.stack([images[0], torch.zeros_like(images[0])])
        return mix("CutMix, inside", blackened, weight)[0], torch.tensor([1.0, 0.0])
    transform = v2.MixUp(num_classes=2) if method == "mixup" else v2.CutMix(num_classes=2)
    # In place of the Beta distribution: always the chosen weight. The box's centre is still drawn,
    # with a seed that is known to put it inside or at the edge.
    transform._dist = SimpleNamespace(sample=lambda _: torch.tensor(weight))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(CENTRES.get(method, 0))
        mixed, labels = transform(images, torch.tensor([0, 1]))
    return mixed[0], labels[0]


def mixing() -> Explorer:
    """Two photographs mixed in four ways at every weight, beside the label that comes of it."""
    images = previews()
    names = tuple(images)
    pair = torch.stack([TF.to_dtype(image, torch.float32, scale=True) for image in images.values()])
    labels = {}

    def mixed(method: str, weight: float) -> torch.Tensor:
        image, labels[method, weight] = mix(method, pair, weight)
        return TF.to_dtype(image.clamp(0, 1), torch.uint8, scale=True)

    def text(method: str, weight: float) -> str:
        first, second = labels[method, weight].tolist()
        label = f"Label: {names[0]} {first:.2f}, {names[1]} {second:.2f}."
        if method == "cutout":
            return f"A box of {1 - weight:.0%} of the area, black. {label}"
        if method == "mixup":
            return f"λ = {weight:.2f}. {label}"
        return f"λ drawn: {weight:.2f}; counted in the temple's pixels: {first:.2f}. {label}"

    pixels = every(mixed, METHODS, WEIGHTS)
    heights = np.stack([[labels[method, weight] for weight in WEIGHTS] for method in METHODS])
    bars = Series("label", np.arange(2), heights, "bar", color=COLORS[0])
    ticks = dict(enumerate(names))
    return explorer(
        {"method": METHODS, "weight λ of the temple": WEIGHTS},
        [
            picture("Mixed picture", pixels),
            Panel("Its label", "class", "share", [bars], ylim=(0, 1), xticks=ticks),
        ],
        texts=sentences(text, METHODS, WEIGHTS),
        caption="Look at the label of CutMix when the box touches the edge: it is not λ any more.",
        start=[0, 4],
        buttons=("method",),
    )


def beta_weights() -> Explorer:
    """The density of Beta(a, a), and how weak the weaker of two mixed pictures is."""
    shapes = np.array([0.05, 0.1, 0.2, 0.4, 0.7, 1.0, 2.0, 4.0, 8.0])
    x = np.linspace(0.005, 0.995, 199)
    a = shapes[:, None]
    constant = 2 * gammaln(a) - gammaln(2 * a)
    density = np.exp((a - 1) * (np.log(x) + np.log1p(-x)) - constant)
    weaker = np.linspace(0, 0.5, 101)
    share = 2 * betainc(a, a, weaker)  # both ends of a symmetric distribution
    weak = 2 * betainc(shapes, shapes, 0.1)
    return explorer(
        {"a": shapes},
        [
            Panel(
                "Beta(a, a)", "weight λ", "density", [Series("density", x, density)], ylim=(0, 4)
            ),
            Panel(
                "How little the weaker picture weighs",
                "weight of the weaker picture, at most",
                "share of all pairs",
                [Series("share of all pairs", weaker, share)],
                ylim=(0, 1),
            ),
        ],
        texts=[
            f"a = {shape:g}: in {part:.0%} of all pairs the weaker picture weighs at most 0.1."
            for shape, part in zip(shapes, weak, strict=True)
        ],
        caption="Look at both ends of the density: small a leaves most pictures nearly alone.",
        start=[2],
    )

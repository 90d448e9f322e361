"""Lecture 4's previews: real photographs under every transform, with every knob.

Each function computes the pictures of all positions with torchvision and returns the Explorer.
"""

import numpy as np
import torch
from torch.nn import functional as F
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as TF

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .pictures import SIDE, every, photograph, picture, previews, sentences

DRAWS = (1, 2, 3)
# Where each draw lies in its range, from -1 to 1, along both axes: fixed, so that a stronger
# transform is the same transform, further.
PLACES = {1: (0.7, -0.4), 2: (-1.0, 0.8), 3: (0.3, 1.0)}
BILINEAR = v2.InterpolationMode.BILINEAR

FLIPS = {
    "as it is": lambda image: image,
    "left to right": TF.horizontal_flip,
    "upside down": TF.vertical_flip,
    "both": lambda image: TF.rotate(image, 180),
}


def flips(digits: dict[str, torch.Tensor]) -> Explorer:
    """Both photographs, and digits, under every flip.

    digits: float images [1, H, W] in [0, 1] by name.
    """
    images = previews()
    for name, digit in digits.items():
        grey = TF.to_dtype(digit.cpu(), torch.uint8, scale=True).expand(3, -1, -1)
        images[name] = TF.resize(grey, [SIDE, SIDE], v2.InterpolationMode.NEAREST)
    pixels = every(lambda name, flip: FLIPS[flip](images[name]), images, FLIPS)
    return explorer(
        {"picture": list(images), "flip": list(FLIPS)},
        [picture("Before", pixels[:, :1]), picture("After", pixels)],
        texts=sentences(lambda name, flip: f"The {name}, flipped: {flip}.", images, FLIPS),
        caption="Look for a flip after which a picture means something else, or nothing.",
        start=[0, 1],
        buttons=("picture", "flip"),
    )


def crops() -> Explorer:
    """ResNet's training crops: the temple resized to a short side, and a 224 x 224 patch of it."""
    whole, size = photograph("temple"), 224
    shorts = list(range(256, 481, 32))
    widths = np.array([round(short * whole.shape[2] / whole.shape[1]) for short in shorts])
    heights = np.array(shorts)
    places = (np.random.default_rng(0).random((5, 2))).round(2)  # of the free range, down and right
    tops = (places[:, 0] * (heights[:, None] - size)).round().astype(int)  # [short side, draw]
    lefts = (places[:, 1] * (widths[:, None] - size)).round().astype(int)

    def patch(number: int, draw: int) -> torch.Tensor:
        resized = TF.resize(whole, [int(heights[number]), int(widths[number])], antialias=True)
        cut = TF.crop(resized, int(tops[number, draw]), int(lefts[number, draw]), size, size)
        return TF.resize(cut, [SIDE, SIDE], antialias=True)

    def text(number: int, draw: int) -> str:
        share = size**2 / (widths[number] * heights[number])
        return (
            f"Short side {heights[number]}: the patch shows {share:.0%} of the photograph. "
            f"Its corner lies {tops[number, draw]} pixels down, {lefts[number, draw]} to the right."
        )

    numbers, draws = range(len(shorts)), range(len(places))
    small = TF.resize(whole, [SIDE], antialias=True).permute(1, 2, 0).numpy()
    zeros = np.zeros(len(shorts))
    resized = Series(
        "photograph",
        np.stack([zeros, widths], 1)[:, None],
        np.stack([zeros, heights], 1)[:, None],
        "image",
        pixels=small,
    )
    across = lefts[..., None] + size * np.array([0, 1, 1, 0, 0])
    up = heights[:, None, None] - tops[..., None] - size * np.array([0, 0, 1, 1, 0])
    box = Series("the patch of 224 x 224", across, up, color=COLORS[1])
    place = Panel(
        "Resized photograph",
        "width (pixels)",
        "height (pixels)",
        [resized, box],
        xlim=(0, 740),
        ylim=(0, 500),
    )
    return explorer(
        {"short side L": shorts, "random place": [draw + 1 for draw in draws]},
        [place, picture("What the network sees", every(patch, numbers, draws))],
        texts=sentences(text, numbers, draws),
        caption="Look how the patch keeps its size while the photograph grows around it.",
        start=[2, 1],
    )


def _stretch(image: torch.Tensor, factor: float) -> torch.Tensor:
    wide = TF.resize(image, [SIDE, round(SIDE * factor)], antialias=True)
    return TF.center_crop(wide, [SIDE, SIDE])


def _lens(image: torch.Tensor, bend: float) -> torch.Tensor:
    """The picture as a lens bends it: a point at radius r shows what lay at r (1 + bend r^2)."""
    line = torch.linspace(-1, 1, SIDE)
    grid = torch.stack(torch.meshgrid(line, line, indexing="xy"), -1)  # [H, W, (x, y)]
    grid = grid * (1 + bend * grid.square().sum(-1, keepdim=True))
    bent = F.grid_sample(image[None] / 255.0, grid[None], align_corners=True)[0]
    return TF.to_dtype(bent, torch.uint8, scale=True)


def _displacement(draw: int) -> torch.Tensor:
    """A smooth random displacement field [1, SIDE, SIDE, 2], as v2.ElasticTransform draws it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(draw)
        transform = v2.ElasticTransform(alpha=250.0, sigma=7.0)
        return transform.make_params([torch.zeros(3, SIDE, SIDE)])["displacement"]


def geometry() -> Explorer:
    """The temple moved, turned, stretched, sheared, bent: kind of transform, magnitude, draw."""
    image = previews()["temple"]
    fields = {draw: _displacement(draw) for draw in DRAWS}
    names = ("translation", "rotation", "stretch", "shear", "lens", "elastic")
    strengths = (0.0, 0.25, 0.5, 0.75, 1.0)

    def draw_one(name: str, strength: float, draw: int) -> torch.Tensor:
        x, y = (strength * place for place in PLACES[draw])
        if name == "translation":
            shift = [round(0.3 * SIDE * x), round(0.3 * SIDE * y)]
            return TF.affine(image, 0.0, shift, 1.0, [0.0, 0.0])
        if name == "rotation":
            return TF.rotate(image, 45 * x, BILINEAR)
        if name == "stretch":
            return _stretch(image, 1.6**x)
        if name == "shear":
            return TF.affine(image, 0.0, [0, 0], 1.0, [30 * x, 0.0], BILINEAR)
        if name == "lens":
            return _lens(image, 0.4 * x)
        return TF.elastic(image, strength * fields[draw], BILINEAR)

    def text(name: str, strength: float, draw: int) -> str:
        x, y = (strength * place for place in PLACES[draw])
        return {
            "translation": f"Range: {0.3 * strength:.0%} of the side each way. "
            f"Drawn: {0.3 * x:+.0%} to the right, {0.3 * y:+.0%} down.",
            "rotation": f"Range: {45 * strength:.0f} degrees each way. Drawn: {45 * x:+.0f}.",
            "stretch": f"Range: a factor of {1.6**-strength:.2f} to {1.6**strength:.2f}. "
            f"Drawn: {1.6**x:.2f}.",
            "shear": f"Range: {30 * strength:.0f} degrees each way. Drawn: {30 * x:+.0f}.",
            "lens": f"Range: a bend of {0.4 * strength:.1f} each way. Drawn: {0.4 * x:+.2f}, "
            + ("a barrel." if x > 0 else "a pincushion." if x < 0 else "no lens."),
            "elastic": "A smooth random field moves pixels by at most "
            f"{strength * SIDE / 2 * fields[draw].abs().max():.0f} of {SIDE}.",
        }[name]

    choices = names, strengths, DRAWS
    pixels = every(draw_one, *choices)
    return explorer(
        {
            "transform": names,
            "magnitude (share of the largest)": strengths,
            "random draw": DRAWS,
        },
        [picture("Before", pixels[0, 0, 0]), picture("After", pixels)],
        texts=sentences(text, *choices),
        caption="Look for the magnitude beyond which you would no longer call it the same place.",
        start=[1, 2, 0],
        buttons=("transform",),
    )


def erasing() -> Explorer:
    """v2.RandomErasing on the flower: share erased, what it is filled with, place."""
    flower = previews()["flower"]
    shares = (0.02, 0.05, 0.1, 0.2, 0.33, 0.5)
    fills = ("zero", "mean", "random")

    def erased(share: float, fill: str, draw: int) -> torch.Tensor:
        image = TF.to_dtype(flower, torch.float32, scale=True)
        mean = image.mean((1, 2))
        value = {"zero": 0.0, "mean": mean.tolist(), "random": "random"}[fill]
        transform = v2.RandomErasing(p=1.0, scale=(share, share), ratio=(0.6, 1.6), value=value)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(draw)
            return TF.to_dtype(transform(image).clamp(0, 1), torch.uint8, scale=True)

    def text(share: float, fill: str, draw: int) -> str:
        meaning = {
            "zero": "black",
            "mean": "the mean colour of the picture",
            "random": "noise, another value for each pixel",
        }[fill]
        return f"A box of {share:.0%} of the area, place {draw}, filled with {meaning}."

    return explorer(
        {"share erased": shares, "fill": fills, "random draw": DRAWS},
        [
            picture("Before", flower.permute(1, 2, 0).numpy()),
            picture("After", every(erased, shares, fills, DRAWS)),
        ],
        texts=sentences(text, shares, fills, DRAWS),
        caption="Look how much may go before you could not name the picture any more.",
        start=[3, 0, 0],
        buttons=("fill",),
    )

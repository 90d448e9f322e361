"""Lecture 4's measurements on the digits: what an augmentation does to a network's accuracy.

Each network has its own copies of the training images, drawn beforehand, so that all of them train
as one population.
"""

import math
from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from ..data import Split, Splits
from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from ..populations import fit_population
from ..training import set_seed
from .colors import shade
from .pictures import picture, sentences

VARIATION = 1 / 6  # strength at which the validation images vary
SHOWN = (1, 2, 3, 4, 5, 6, 7, 9)  # digits shown as examples
NUM_ROWS = 2560  # training images of every network, copies included
HIDDEN = 64
Matrices = Callable[[torch.Tensor], torch.Tensor]  # draws [N, 3] in [-1, 1] to maps [N, 2, 3]


def _maps(angle, scale_x, scale_y, shear=None, shift=None) -> torch.Tensor:
    """Affine maps [N, 2, 3] as F.affine_grid reads them: output places to input places."""
    cos, sin = angle.cos(), angle.sin()
    zero = torch.zeros_like(angle)
    shear = zero if shear is None else shear
    x, y = (zero, zero) if shift is None else shift
    first = torch.stack([cos * scale_x, shear - sin * scale_y, x], 1)
    second = torch.stack([sin * scale_x, cos * scale_y, y], 1)
    return torch.stack([first, second], 1)


def _plain(angle) -> torch.Tensor:
    one = torch.ones_like(angle)
    return _maps(angle, one, one)


def _mirror(draws: torch.Tensor, x: float, y: float) -> torch.Tensor:
    """Half of the images mirrored, the others as they are."""
    one, chosen = torch.ones(len(draws)), draws[:, 0] > 0
    return _maps(0 * one, torch.where(chosen, x, one), torch.where(chosen, y, one))


# Each at its largest; a strength between 0 and 1 scales the draws.
STRENGTHS = {
    "rotation": (180.0, "degrees", lambda d: _plain(math.pi * d[:, 0])),
    "translation": (
        4.0,
        "pixels",
        lambda d: _maps(
            0 * d[:, 0], torch.ones(len(d)), torch.ones(len(d)), shift=(d[:, 0], d[:, 1])
        ),
    ),
    "zoom": (
        2.5,
        "",
        lambda d: _maps(0 * d[:, 0], 2.5 ** d[:, 0], 2.5 ** d[:, 0]),
    ),
    "shear": (
        1.0,
        "of the height",
        lambda d: _maps(0 * d[:, 0], torch.ones(len(d)), torch.ones(len(d)), shear=d[:, 0]),
    ),
}
CASES: dict[str, tuple[bool, Matrices]] = {  # whether the label survives, and the maps
    "move by up to a pixel": (True, lambda d: STRENGTHS["translation"][2](0.25 * d)),
    "turn by up to 15 degrees": (True, lambda d: _plain(math.radians(15) * d[:, 0])),
    "flip left to right": (False, lambda d: _mirror(d, -1.0, 1.0)),
    "flip upside down": (False, lambda d: _mirror(d, 1.0, -1.0)),
    "turn by 180 degrees": (False, lambda d: _mirror(d, -1.0, -1.0)),
    "turn by any angle": (False, lambda d: _plain(math.pi * d[:, 0])),
}


def warp(images: torch.Tensor, maps: torch.Tensor) -> torch.Tensor:
    """Every image [N, C, H, W] under its own affine map [N, 2, 3], black where nothing was."""
    grid = F.affine_grid(maps.to(images), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def copies(split: Split, matrices: Matrices, strength: float, seed: int) -> Split:
    """NUM_ROWS images: copies of the split's, in turn, each under a map of its own."""
    rows = torch.arange(NUM_ROWS, device=split.labels.device) % len(split)
    generator = torch.Generator().manual_seed(seed)
    draws = torch.empty(NUM_ROWS, 3).uniform_(-1, 1, generator=generator)
    return Split(warp(split.images[rows], matrices(strength * draws)), split.labels[rows])


def _networks(count: int, device: torch.device) -> list[nn.Module]:
    set_seed(0)
    return [
        nn.Sequential(nn.Flatten(), nn.Linear(64, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10)).to(
            device
        )
        for _ in range(count)
    ]


@torch.no_grad()
def confusion(models: Sequence[nn.Module], split: Split) -> np.ndarray:
    """How often each digit was taken for each: shares [K, true, named], every row sums to one."""
    truth = F.one_hot(split.labels, 10).float()
    named = torch.stack([F.one_hot(model(split.images).argmax(1), 10).float() for model in models])
    counts = torch.einsum("nt,knp->ktp", truth, named)
    return (counts / counts.sum(2, keepdim=True)).cpu().numpy()


def train_on_copies(splits: list[Split]) -> list[nn.Module]:
    """One network for each split, all trained at once."""
    models = _networks(len(splits), splits[0].labels.device)
    fit_population(models, splits, lr=0.1, momentum=0.9, num_epochs=6, batch_size=64)
    return models


def _strip(split: Split, matrices: Matrices, strength: float) -> np.ndarray:
    """Eight digits, all of them changed, as one picture [H, W, 3] with grey lines between them."""
    first = torch.stack([split.images[split.labels == digit][0] for digit in SHOWN]).cpu()
    draws = torch.tensor([1.0, 0.8, 0.6, 0.7, 0.9, 0.4, 0.5, 1.0])[:, None].expand(-1, 3)
    framed = F.pad(warp(first, matrices(strength * draws)).clamp(0, 1), (0, 1, 0, 1), value=0.5)
    rows = framed[:, 0].reshape(2, 4, *framed.shape[2:])
    sheet = rows.permute(0, 2, 1, 3).flatten(2, 3).flatten(0, 1)[:-1, :-1]
    return np.repeat(sheet.numpy()[..., None], 3, axis=2)


def _heat(shares: np.ndarray) -> np.ndarray:
    """Shares [..., 10, 10] as pixels from white to the first colour, digit 0 at the bottom."""
    return shade(COLORS[0], np.sqrt(shares)[..., ::-1, :])  # the root: rare errors can be seen


def strengths(data: Splits, counts: Sequence[int] = (100, 400)) -> Explorer:
    """How far to turn, move, zoom or shear the digits: one network for each strength.

    data: the digits; counts: of how many training images each network gets copies.
    """
    kinds, levels = list(STRENGTHS), [step / 6 for step in range(7)]
    splits = [
        copies(data.train[:count], STRENGTHS[kind][2], level, seed=number)
        for number, (kind, count, level) in enumerate(product(kinds, counts, levels))
    ]
    sizes = len(kinds), len(counts), len(levels)
    models = train_on_copies(splits)
    upright = _accuracy(confusion(models, data.val)).reshape(sizes)
    of_each = len(models) // len(kinds)
    shares = [
        confusion(
            models[k * of_each : (k + 1) * of_each],
            varying(data.val, STRENGTHS[kind][2], VARIATION),
        )
        for k, kind in enumerate(kinds)
    ]
    shares = np.stack(shares).reshape(*sizes, 10, 10)
    moved = _accuracy(shares)
    strips = [
        _strip(data.train, STRENGTHS[kind][2], level) for kind, level in product(kinds, levels)
    ]
    strips = np.stack(strips).reshape(len(kinds), 1, len(levels), *strips[0].shape)
    named = {"varying images": moved, "upright images": upright}
    lines = [
        Series(name, levels, accuracy[:, :, None], color=color, dashed=accuracy is upright)
        for (name, accuracy), color in zip(named.items(), COLORS, strict=False)
    ]
    here = np.array(levels)[:, None]
    chosen = Series("chosen", here, moved[..., None], "scatter", color=COLORS[0])

    def text(kind: str, count: int, level: float) -> str:
        k, c, s = kinds.index(kind), counts.index(count), levels.index(level)
        return (
            f"{kind.capitalize()} by up to {_size(kind, level)}, {count} images. Tested on up to "
            f"{_size(kind, VARIATION)}: {moved[k, c, s]:.0%} right, {moved[k, c, 0]:.0%} without "
            f"augmentation; on upright images: {upright[k, c, s]:.0%}, {upright[k, c, 0]:.0%}."
        )

    return explorer(
        {
            "transform": kinds,
            "training images": counts,
            "strength (share of the largest)": [round(level, 2) for level in levels],
        },
        [
            picture("Training images", strips),
            Panel(
                "Validation images",
                "strength (share of the largest)",
                "accuracy",
                [*lines, chosen],
                ylim=(0, 1),
            ),
            _confusions(shares),
        ],
        texts=sentences(text, kinds, counts, levels),
        caption="Look where the blue line is highest, and what the orange one pays for it.",
        start=[0, 0, 1],
        buttons=("transform",),
    )


def varying(split: Split, matrices: Matrices, strength: float) -> Split:
    """The same images, each under a map of its own."""
    generator = torch.Generator().manual_seed(1)
    draws = torch.empty(len(split), 3).uniform_(-1, 1, generator=generator)
    return Split(warp(split.images, matrices(strength * draws)), split.labels)


def _accuracy(shares: np.ndarray) -> np.ndarray:
    """Mean over the digits of the share named rightly, from confusions [..., 10, 10]."""
    return np.einsum("...tt->...", shares) / 10


def _size(kind: str, level: float) -> str:
    largest, unit, _ = STRENGTHS[kind]
    if kind == "zoom":
        return f"a factor of {largest**level:.1f}"
    size = largest * level
    return f"{size:.0f} {unit}" if size > 20 else f"{size:.1f} {unit}"


def _confusions(shares: np.ndarray) -> Panel:
    edges = [-0.5, 9.5]
    heat = Series("share", edges, edges, "image", pixels=_heat(shares))
    digits = {digit: str(digit) for digit in range(10)}
    return Panel(
        "Which digit for which (varying images)", "digit named", "true digit", [heat], xticks=digits
    )


GUESSES = ("not guessed yet", "all labels stay right", "some label breaks")


def breaking(data: Splits, num_images: int = 200, num_networks: int = 4) -> Explorer:
    """A guess, then a measurement: which transforms of a digit leave its label right?

    data: the digits; num_networks: over how many networks each accuracy is averaged.
    """
    names = list(CASES)
    maps = [_nothing, *(matrices for _, matrices in CASES.values())]
    train = data.train[:num_images]
    splits = [
        copies(train, matrices, 1.0, seed) for matrices in maps for seed in range(num_networks)
    ]
    shares = confusion(train_on_copies(splits), varying(data.val, _careless, 1.0))
    right = np.einsum("ktt->kt", shares).reshape(len(maps), num_networks, 10).mean(1)
    strips = [_strip(data.train, matrices, 1.0) for matrices in maps]
    hidden = np.full((len(names), 1, 10), np.nan)
    shown = np.concatenate([hidden, *[right[1:, None]] * 2], axis=1)
    without = np.concatenate([hidden, *[np.broadcast_to(right[0], hidden.shape)] * 2], axis=1)

    def text(name: str, guess: str) -> str:
        if guess == GUESSES[0]:
            return f"Trained on digits changed so: {name}. Do all labels stay right?"
        keeps, row = CASES[name][0], right[names.index(name) + 1]
        verdict = "Yes" if keeps == (guess == GUESSES[1]) else "No"
        worst = int((row - right[0]).argmin())
        return (
            f"{verdict}: {GUESSES[1 if keeps else 2]}. {row.mean():.1%} of digits right, "
            f"{right[0].mean():.1%} without. Hurt most or helped least: {worst}, "
            f"{right[0][worst]:.0%} to {row[worst]:.0%}."
        )

    return explorer(
        {"transform": names, "your guess": GUESSES},
        [
            picture("Before", strips[0]),
            picture("After", np.stack(strips[1:])[:, None]),
            Panel(
                "Digits written carelessly",
                "digit",
                "accuracy",
                [
                    Series("with the transform", np.arange(10), shown, "bar", color=COLORS[1]),
                    Series("without", np.arange(10), without, "bar", color=COLORS[0]),
                ],
                ylim=(0, 1),
            ),
        ],
        texts=sentences(text, names, GUESSES),
        caption="Guess first; then look which digits pay for it.",
        buttons=("your guess",),
    )


def _careless(draws: torch.Tensor) -> torch.Tensor:
    """Turned by up to 15 degrees and moved by up to a pixel each way."""
    one = torch.ones(len(draws))
    shift = 0.25 * draws[:, 1], 0.25 * draws[:, 2]
    return _maps(math.radians(15) * draws[:, 0], one, one, shift=shift)


def _nothing(draws: torch.Tensor) -> torch.Tensor:
    return _plain(0 * draws[:, 0])

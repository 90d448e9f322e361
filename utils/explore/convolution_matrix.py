"""A convolution as a fully connected layer: most weights are zero, the others are few, used again and again."""

import numpy as np
import torch
from torch.nn import functional as F

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .colors import shade
from .pictures import picture

SIDES = (5, 6, 7, 8)
KERNELS = (1, 2, 3, 4, 5)
CANVAS = 128  # pixels of the picture of a matrix; the largest has 64 columns
ZERO = shade("#000000", 0.08)


def which_weight(side: int, kernel: int) -> np.ndarray:
    """Which weight of the kernel joins each input pixel (column) to each output pixel (row); 0 for none.

    The weights are numbered from 1 in reading order. Each column is what torch's convolution makes of an
    image with a single one.
    """
    numbers = torch.arange(1.0, kernel**2 + 1).reshape(1, 1, kernel, kernel)
    single_ones = torch.eye(side**2).reshape(-1, 1, side, side)
    return F.conv2d(single_ones, numbers).flatten(1).T.numpy().astype(int)


def palette(kernel: int) -> np.ndarray:
    """A colour for no weight and for each weight: a row of the kernel shares its colour, [k² + 1, 3]."""
    shades = np.linspace(1, 0.3, kernel)
    colors = [shade(COLORS[row], shades) for row in range(kernel)]
    return np.concatenate([ZERO[None], *colors])


def _on_canvas(numbers: np.ndarray, kernel: int, canvas: int) -> np.ndarray:
    """A matrix of weights' numbers as a picture, as large as fits, white around it."""
    factor = canvas // max(numbers.shape)
    block = palette(kernel)[numbers].repeat(factor, 0).repeat(factor, 1)
    top, left = ((canvas - size) // 2 for size in block.shape[:2])
    paper = np.ones((canvas, canvas, 3))
    paper[top : top + block.shape[0], left : left + block.shape[1]] = block
    return (255 * paper).round().astype(np.uint8)


def convolution_matrix() -> Explorer:
    """Explorer: the matrix of a convolution, its weights coloured, and how many weights it would have free."""
    sizes = (len(SIDES), len(KERNELS))
    matrices = np.empty((*sizes, CANVAS, CANVAS, 3), dtype=np.uint8)
    kernels = np.empty((1, len(KERNELS), 60, 60, 3), dtype=np.uint8)
    counts = np.empty((3, *sizes))  # dense, not zero, different
    texts = np.empty(sizes, dtype=object)
    for (s, k), _ in np.ndenumerate(texts):
        side, kernel = SIDES[s], KERNELS[k]
        matrix = which_weight(side, kernel)
        matrices[s, k] = _on_canvas(matrix, kernel, CANVAS)
        own = np.arange(1, kernel**2 + 1).reshape(kernel, kernel)
        kernels[0, k] = _on_canvas(own, kernel, 60)
        counts[:, s, k] = matrix.size, np.count_nonzero(matrix), own.size
        texts[s, k] = (
            f"{side} x {side} image, {kernel} x {kernel} kernel: a matrix of {matrix.shape[0]} x "
            f"{matrix.shape[1]}. Fully connected it has {matrix.size:,} weights; the convolution sets "
            f"{(matrix == 0).mean():.0%} of them to zero. Different numbers among the others: {own.size}."
        )
    return explorer(
        {"image side": SIDES, "kernel side": KERNELS},
        [
            picture("The kernel", kernels),
            picture("Its matrix: a row for each output pixel", matrices),
            _count_panel(counts),
        ],
        texts=texts,
        caption="Follow one colour through the matrix; then make the kernel as large as the image.",
        start=[1, 2],
    )


def _count_panel(counts: np.ndarray) -> Panel:
    """counts: of the dense matrix, of its entries that are not zero, of different ones [3, side, kernel]."""
    by_side = counts.swapaxes(1, 2)[:, None]  # [3, 1, kernel, side]
    names = ("fully connected", "not zero", "different")
    lines = [
        Series(name, SIDES, by_side[i], dashed=i == 1, color=COLORS[i])
        for i, name in enumerate(names)
    ]
    now = np.array(SIDES)[:, None, None].repeat(3, axis=2)
    lines.append(Series("chosen", now, np.moveaxis(counts, 0, -1), "scatter", color=COLORS[3]))
    return Panel(
        "Weights",
        "image side (pixels)",
        "number of weights",
        lines,
        yscale="log",
        ylim=(0.7, 1e5),  # room for the legend above the lines
        xticks={side: str(side) for side in SIDES},
    )

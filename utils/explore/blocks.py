"""Drawings of blocks: their convolutions one under the other, and the shortcut around them."""

from matplotlib.axes import Axes
from torch import nn

from ..plots import COLORS

STEP = 1.4  # from one part to the next
SIDE = 2.6  # where the shortcut runs


def draw_block(axes: Axes, block: nn.Module, *, title: str, shortcut: bool) -> None:
    """Draw a block's convolutions in the order in which they were made, each with what follows it.

    shortcut: whether the block's input is added to its output; it is drawn as the identity.
    """
    convs = [module for module in block.modules() if isinstance(module, nn.Conv2d)]
    parts = [f"x: {convs[0].in_channels} channels"]
    parts += [f"{c.kernel_size[0]} x {c.kernel_size[1]} conv, {c.out_channels}" for c in convs]
    parts += ["F(x) + x"] if shortcut else []
    notes = ["", *["batch norm, ReLU"] * len(convs)]
    if shortcut:
        notes[-1] = "batch norm: F(x)"
        notes.append("ReLU")
    for number, (part, note) in enumerate(zip(parts, notes, strict=True)):
        y = -STEP * number
        color = COLORS[0] if "conv" in part else COLORS[2] if "+" in part else "0.4"
        frame = {"boxstyle": "round", "facecolor": "white", "edgecolor": color, "linewidth": 1.5}
        axes.text(0, y, part, ha="center", va="center", bbox=frame)
        _arrow(axes, (0, y - 0.3), (0, y - STEP + 0.3))
        axes.text(0.15, y - STEP / 2, note, va="center", color="0.3", fontsize="small")
    if shortcut:
        _draw_shortcut(axes, -STEP * (len(parts) - 1))
    axes.set(title=title, xlim=(-2, 3.6), ylim=(-STEP * 5, 0.7))
    axes.set_axis_off()


def _draw_shortcut(axes, bottom):
    axes.plot([1.15, SIDE, SIDE], [0, 0, bottom], color=COLORS[1], linewidth=1.5)
    _arrow(axes, (SIDE, bottom), (0.75, bottom), COLORS[1])
    axes.text(SIDE + 0.12, bottom / 2, "x as it is", color=COLORS[1], rotation=-90, va="center")


def _arrow(axes, start, end, color="0.4"):
    look = {"arrowstyle": "-|>", "color": color, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=look)

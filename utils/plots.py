"""Figures for learning curves, images and distributions, in colours that everyone can tell apart.

Each function returns a matplotlib Figure; show() displays it with a text for those who cannot
see it. Figures are made without pyplot, so nothing is displayed twice and nothing piles up.
"""

import base64
import html
import io
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from .training import History

# Okabe and Ito, "Color Universal Design", 2008, without black and yellow (too faint on white).
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DPI = 160
CSS_PIXELS_PER_INCH = 96


def learning_curves(
    histories: History | Mapping[str, History],
    *,
    window: int | None = None,
    title: str = "Learning curves",
) -> Figure:
    """Draw the loss of each step, and the accuracies of each epoch.

    histories: one History, or a name for each of several.
    window: how many steps the moving average of the loss covers; a twentieth of the run by default.
    Raises ValueError for more histories than there are colours.
    """
    if isinstance(histories, History):
        histories = {"": histories}
    if len(histories) > len(COLORS):
        raise ValueError(f"At most {len(COLORS)} runs fit one figure; there are {len(histories)}.")
    figure = Figure(figsize=(9.5, 3.6), layout="constrained")
    figure.suptitle(title)
    loss_axes, accuracy_axes = figure.subplots(1, 2)
    for color, (name, history) in zip(COLORS, histories.items(), strict=False):
        _draw_loss(loss_axes, history, name, color, window)
        _draw_accuracy(accuracy_axes, history, name, color)
    label_axes(loss_axes, title="Loss of each minibatch", xlabel="step", ylabel="loss (nats)")
    label_axes(accuracy_axes, title="Accuracy in eval mode", xlabel="epoch", ylabel="accuracy")
    accuracy_axes.yaxis.set_major_formatter(PercentFormatter(xmax=1))
    accuracy_axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    loss_axes.set_ylim(bottom=0)
    loss_axes.legend(fontsize="small")
    accuracy_axes.legend(fontsize="small")
    return figure


def image_grid(
    images: torch.Tensor,
    labels: torch.Tensor | Sequence[str] | None = None,
    *,
    classes: Sequence[str] | None = None,
    columns: int = 8,
    title: str = "Images",
) -> Figure:
    """Draw images side by side, each with its label above it.

    images: [N, C, H, W] in [0, 1], one or three channels, on any device.
    labels: texts, or indices into classes.
    """
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    figure = Figure(figsize=(1.1 * columns, 1.3 * rows + 0.4), layout="constrained")
    figure.suptitle(title)
    pictures = images.detach().cpu().permute(0, 2, 3, 1).numpy()
    for number, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        axes.axis("off")
        if number < len(pictures):
            axes.imshow(pictures[number], cmap="gray", vmin=0, vmax=1)
        if number < len(pictures) and labels is not None:
            label = labels[number]
            axes.set_title(classes[int(label)] if classes else str(label), fontsize="small")
    return figure


def histogram(
    values: torch.Tensor | Mapping[str, torch.Tensor],
    *,
    bins: int = 50,
    title: str,
    xlabel: str,
) -> Figure:
    """Draw how values are distributed, over common bins where several sets are named."""
    named = values if isinstance(values, Mapping) else {"": values}
    arrays = {
        name: torch.as_tensor(value).detach().cpu().numpy().ravel() for name, value in named.items()
    }
    edges = np.histogram_bin_edges(np.concatenate(list(arrays.values())), bins)
    figure = Figure(figsize=(6.0, 3.6), layout="constrained")
    axes = figure.subplots()
    for color, (name, array) in zip(COLORS, arrays.items(), strict=False):
        axes.hist(array, edges, histtype="stepfilled", facecolor=color + "40", edgecolor=color)
        axes.plot([], [], color=color, label=name)
    label_axes(axes, title=title, xlabel=xlabel, ylabel="number of values")
    if len(arrays) > 1:
        axes.legend(fontsize="small")
    return figure


class _Shown:
    """A picture with its alternative text, in every form that a front end may want."""

    def __init__(self, figure: Figure, alt: str):
        self.png = encode_png(figure)
        self.width = round(figure.get_figwidth() * CSS_PIXELS_PER_INCH)
        self.alt = alt

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_) -> dict[str, str]:
        image = (
            f'<img src="data:image/png;base64,{self.png}" alt="{html.escape(self.alt)}" '
            f'width="{self.width}" style="max-width: 100%; height: auto; background: white">'
        )
        return {"text/html": image, "image/png": self.png, "text/plain": self.alt}


def show(figure: Figure, alt: str) -> None:
    """Display a figure, with a text for readers who cannot see it.

    JupyterLab and nbconvert give a plain image/png no alternative text, so the image also goes out
    as HTML; the PNG itself serves PDF and feedback, the text serves where nothing is drawn.
    """
    display(_Shown(figure, alt))


def encode_png(figure: Figure) -> str:
    """A figure as PNG, base64-encoded."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI)
    return base64.b64encode(buffer.getvalue()).decode("ascii")


def label_axes(axes: Axes, *, title: str, xlabel: str, ylabel: str) -> None:
    """Give axes their title and labels, and the look that all figures share."""
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel)
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_loss(axes: Axes, history: History, name: str, color: str, window: int | None) -> None:
    loss = np.asarray(history.loss)
    window = max(1, len(loss) // 20) if window is None else window
    steps = np.arange(1, len(loss) + 1)
    axes.scatter(steps, loss, s=8, color=color, alpha=0.3, linewidths=0)
    smooth = np.convolve(loss, np.full(window, 1 / window), mode="valid")
    label = f"{name}, mean of {window} steps" if name else f"mean of {window} steps"
    axes.plot(steps[window - 1 :], smooth, color=color, label=label)


def _draw_accuracy(axes: Axes, history: History, name: str, color: str) -> None:
    prefix = f"{name}, " if name else ""
    epochs = np.arange(1, len(history.train_accuracy) + 1)
    axes.plot(epochs, history.train_accuracy, "--", color=color, label=prefix + "training")
    if history.val_accuracy:
        axes.plot(epochs, history.val_accuracy, "-", color=color, label=prefix + "validation")

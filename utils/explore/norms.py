"""Which numbers share a mean: batch, layer, instance and group normalization; and what the first is good for."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS, label_axes

NUM_IMAGES, NUM_CHANNELS, NUM_PIXELS = 4, 6, 3
HIGHEST_LOSS = 4.0  # runs that do worse leave the picture


def groups_of(method: str) -> np.ndarray:
    """Which statistics each number of a batch [N, C, pixels] uses, as an index from 0 on.

    method: "batch", "layer", "instance" or "group" (two groups of channels).
    """
    image, channel, _ = np.indices((NUM_IMAGES, NUM_CHANNELS, NUM_PIXELS))
    half = channel // (NUM_CHANNELS // 2)
    return {
        "batch": channel,
        "layer": image,
        "instance": image * NUM_CHANNELS + channel,
        "group": image * 2 + half,
    }[method]


def draw_groups() -> Figure:
    """The four methods side by side: numbers that share one mean and variance are marked alike."""
    figure = Figure(figsize=(10, 3.6), layout="constrained")
    figure.suptitle("Every strip is a pixel; the orange ones share a mean and a variance")
    for axes, method in zip(
        figure.subplots(1, 4), ("batch", "layer", "instance", "group"), strict=True
    ):
        groups = groups_of(method)
        picture = np.full((*groups.shape, 3), 0.88)
        picture[groups == 0] = to_rgb(COLORS[1])
        for image, channel, pixel in np.ndindex(groups.shape):
            x, y = channel + 0.3 * pixel, image
            color = picture[image, channel, pixel]
            axes.barh(y, 0.24, height=0.7, left=x, color=color)
        title = f"{method} norm: {groups.max() + 1} means"
        label_axes(axes, title=title, xlabel="channel", ylabel="image of the batch")
        axes.grid(False)
        axes.set(xticks=np.arange(NUM_CHANNELS) + 0.42, xticklabels=range(1, NUM_CHANNELS + 1))
        axes.set(yticks=range(NUM_IMAGES), yticklabels=range(1, NUM_IMAGES + 1))
        axes.invert_yaxis()
    return figure


def rates_explorer(
    rates: Sequence[float],
    scales: Sequence[float],
    losses: Mapping[str, np.ndarray],
    accuracies: Mapping[str, np.ndarray],
) -> Explorer:
    """Two controls, rate and scale of the first weights: the loss of each step, the accuracy at the end.

    losses: by name, [rates, scales, steps]; accuracies: by name, [rates, scales], fractions.
    """
    steps = np.arange(1, next(iter(losses.values())).shape[-1] + 1)
    curves, ends = [], []
    for number, (name, loss) in enumerate(losses.items()):
        look = {"color": COLORS[number], "dashed": number == 0}
        accuracy = accuracies[name]
        curves.append(Series(name, steps, np.where(loss < HIGHEST_LOSS, loss, np.nan), **look))
        ends.append(Series(name, rates, accuracy.T[None], **look))
        point = np.reshape(rates, (-1, 1, 1)), accuracy[..., None]
        ends.append(Series(f"chosen, {name}", *point, "scatter", color=COLORS[number]))
    texts = np.empty((len(rates), len(scales)), dtype=object)
    for place in np.ndindex(texts.shape):
        reached = ", ".join(f"{name} {accuracies[name][place]:.0%}" for name in accuracies)
        texts[place] = (
            f"Learning rate {rates[place[0]]:g}, first weights {scales[place[1]]:g} times Kaiming's: "
            f"validation accuracy {reached}."
        )
    return explorer(
        {
            "learning rate": [f"{rate:g}" for rate in rates],
            "first weights (times Kaiming's)": scales,
        },
        [
            Panel("Training", "step", "loss (nats)", curves, ylim=(0, HIGHEST_LOSS)),
            Panel("At the end", "learning rate", "validation accuracy", ends, "log", ylim=(0, 1)),
        ],
        texts=texts,
        caption="Look how wide the range of rates is that train, with and without, as you move the second slider.",
        start=[len(rates) // 2, len(scales) // 2],
    )

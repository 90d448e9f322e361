"""The learning-rate explorer of lecture 5: one network at many rates, and the shapes of its loss curves."""

from collections.abc import Sequence

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from ..training import History

FAINT = "#D8D8D8"
WORDS = {
    "very high": "it explodes, or ends no better than guessing",
    "high": "it jumps up and down without getting lower",
    "good": "it ends within a tenth of the lowest loss of all rates",
    "low": "it falls steadily, and too slowly",
}
COLOR = dict(zip(WORDS, (COLORS[1], COLORS[4], COLORS[2], COLORS[0]), strict=True))
NEAR_BEST = 1.1  # times the lowest final loss
STEADY = 0.8  # of the epochs lower the loss
SPARE = 1.05  # times the loss of guessing: what an untrained network may have


def name_shapes(histories: Sequence[History], num_classes: int = 10) -> list[str]:
    """The shape of each run's loss curve: "very high", "high", "good" or "low".

    Decided by the loss of the whole training set after each epoch: its last value beside the lowest
    of all runs and beside guessing, log(num_classes), and the share of the epochs in which it fell.
    """
    losses = np.array([history.train_loss for history in histories])  # [runs, epochs]
    final, guessing = losses[:, -1], np.log(num_classes)
    share_falling = (np.diff(losses) < 0).mean(axis=1)
    steady = (share_falling >= STEADY) & (losses.max(axis=1) < SPARE * guessing)
    # nan compares as False, so an exploded run is neither good nor steady nor better than guessing.
    conditions = [final <= NEAR_BEST * np.nanmin(final), steady, final < guessing]
    return np.select(conditions, ["good", "low", "high"], "very high").tolist()


def learning_rate_explorer(rates: np.ndarray, histories: Sequence[History]) -> Explorer:
    """A slider over learning rates: the chosen loss curve among all, and where each rate ends.

    rates: [K], rising; histories: of the K runs, equally long.
    """
    shapes = name_shapes(histories)
    final = np.array([history.train_loss[-1] for history in histories])
    texts = [
        f"Learning rate {rate:.2g} is {shape}: the loss {WORDS[shape][3:]}. At the end: {loss:.3g}."
        for rate, shape, loss in zip(rates, shapes, final, strict=True)
    ]
    return explorer(
        {"learning rate": [f"{rate:.2g}" for rate in rates]},
        [_curves(histories, shapes), _ends(rates, final, shapes)],
        texts=texts,
        caption="Move from left to right: the curve gets steeper, then it stops too high, then it explodes.",
        start=[shapes.index("good")],
    )


def _curves(histories, shapes):
    """Loss against step: all runs faint, one strong, with the name of its shape."""
    window = len(histories[0].loss) // len(histories[0].train_loss)  # an epoch
    losses = np.array([history.loss for history in histories])
    smooth = _trailing_mean(losses, window)
    top = 1.5 * losses[0, 0]
    steps = np.arange(1, losses.shape[1] + 1)
    gap = np.full((len(smooth), 1), np.nan)  # lifts the pen between two runs
    faint = np.concatenate([smooth, gap], axis=1).ravel()
    all_steps = np.tile(np.append(steps, np.nan), len(smooth))
    names = [
        _word(shape, steps.mean(), 0.93 * top, [shape == own for own in shapes]) for shape in WORDS
    ]
    return Panel(
        "Loss of the minibatches",
        "step",
        f"loss (nats), mean of {window} steps",
        [
            Series("all rates", all_steps, faint, color=FAINT),
            Series("chosen rate", steps, smooth, color=COLORS[3]),
            *names,
        ],
        ylim=(0, top),
    )


def _trailing_mean(losses, window):
    """The mean of the last `window` steps, of fewer at the start: [runs, steps]."""
    sums = np.cumsum(np.pad(losses, ((0, 0), (1, 0))), axis=1)
    last = np.arange(1, losses.shape[1] + 1)
    first = np.maximum(last - window, 0)
    return (sums[:, last] - sums[:, first]) / (last - first)


def _ends(rates, final, shapes):
    """Loss after the last epoch against the rate, and the range of each shape."""
    series = [Series("all rates", rates, final, color=FAINT)]
    for number, shape in enumerate(WORDS):
        own = np.array([shape == other for other in shapes])
        if own.any():
            middle = np.exp(np.log(rates[own]).mean())
            line = np.where(own, final, np.nan)
            series.append(Series(shape, rates, line, color=COLOR[shape]))
            series.append(_word(shape, middle, 3.4 - 0.16 * (number % 2), True))
    chosen = Series("chosen rate", rates[:, None], final[:, None], "scatter", color=COLORS[3])
    return Panel(
        "Where each rate ends",
        "learning rate",
        "loss after the last epoch (nats)",
        [*series, chosen],
        xscale="log",
        ylim=(0.9 * np.nanmin(final), 3.6),
    )


def _word(shape, x, y, where):
    """The name of a shape at (x, y), at those positions of the slider where it holds."""
    y = np.where(np.atleast_1d(where)[:, None], y, np.nan)
    return Series(shape, [x], y, "text", color=COLOR[shape])

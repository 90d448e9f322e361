"""The explorers of fine-tuning in lecture 8: the rate, and how many stages stay frozen."""

from collections.abc import Mapping, Sequence

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from ..training import History

FAINT = "#B0B0B0"


def rate_explorer(
    shares: Sequence[float], runs: Mapping[str, Sequence[History]], before: float
) -> Explorer:
    """A slider over the rate, in shares of the original one, and buttons for the head that it starts from.

    runs: for each kind of head a History for each share; before: validation accuracy of the linear
        classifier on the frozen features.
    """
    curves = np.array([[run.val_accuracy for run in own] for own in runs.values()])
    curves = curves.transpose(1, 0, 2)  # [share, head, epoch]
    final = curves[..., -1]
    epochs = np.arange(1, curves.shape[2] + 1)
    shares = np.asarray(shares)
    start, place = (len(shares) * 2 // 3, 1), shares[:, None, None]
    finals = [
        Series(f"{name} head", shares, final[:, k], dashed=k == 0, color=COLORS[k])
        for k, name in enumerate(runs)
    ]
    texts = np.empty(final.shape, dtype=object)
    for (s, k), accuracy in np.ndenumerate(final):
        texts[s, k] = (
            f"{list(runs)[k]} head, {shares[s]:.2g} of the original rate: after {len(epochs)} epochs "
            f"{accuracy:.1%} on validation; the linear classifier on frozen features has {before:.1%}."
        )
    return explorer(
        {"share of the original rate": [f"{share:.2g}" for share in shares], "head": list(runs)},
        [
            Panel(
                "Fine-tuning",
                "epoch",
                "validation accuracy",
                [
                    Series("this run", epochs, curves, color=COLORS[2]),
                    _level("frozen features", epochs, before),
                ],
                ylim=(0, 1),
            ),
            Panel(
                "Where each rate ends",
                "share of the original rate",
                "validation accuracy",
                [
                    *finals,
                    _level("frozen features", shares, before),
                    Series("this run", place, final[..., None], "scatter", color=COLORS[2]),
                ],
                xscale="log",
                ylim=(0, 1),
            ),
        ],
        texts=texts,
        caption="Look for the rate at which fine-tuning stops helping and starts to destroy.",
        start=start,
        buttons=("head",),
    )


def freezing_explorer(
    runs: Mapping[str, Sequence[History]], seconds: Mapping[str, Sequence[float]]
) -> Explorer:
    """A slider over the number of frozen stages, and buttons for the size of the training set.

    runs: for each size a History for each number of frozen stages, 0 first; seconds: what a step took.
    """
    names = list(runs)
    frozen = np.arange(len(runs[names[0]]))
    final = np.array([[run.val_accuracy[-1] for run in runs[name]] for name in names]).T
    train = np.array([[run.train_accuracy[-1] for run in runs[name]] for name in names]).T
    counts = np.array([run.config["num_parameters"] for run in runs[names[0]]])
    times = 1000 * np.array([seconds[name] for name in names]).T
    place = frozen[:, None, None]
    texts = np.empty(final.shape, dtype=object)
    for (k, s), accuracy in np.ndenumerate(final):
        texts[k, s] = (
            f"{names[s]}, {k} of 3 stages frozen: {counts[k]:,} weights are trained, a step takes "
            f"{times[k, s]:.1f} ms; training accuracy {train[k, s]:.1%}, validation {accuracy:.1%}."
        )
    return explorer(
        {"frozen stages": frozen.tolist(), "training set": names},
        [
            Panel(
                "What is reached",
                "frozen stages",
                "accuracy",
                [
                    Series("training", frozen, train.T[None], dashed=True, color=FAINT),
                    Series("validation", frozen, final.T[None], color=COLORS[0]),
                    Series("chosen", place, final[..., None], "scatter", color=COLORS[1]),
                ],
                ylim=(0.3, 1.02),
                xticks={k: str(k) for k in frozen.tolist()},
            ),
            Panel(
                "What is trained",
                "frozen stages",
                "weights",
                [
                    Series("trained", frozen, counts, color=COLORS[0]),
                    Series("chosen", place, counts[:, None, None], "scatter", color=COLORS[1]),
                ],
                yscale="log",
                xticks={k: str(k) for k in frozen.tolist()},
            ),
            Panel(
                "What a step costs",
                "frozen stages",
                "time (ms)",
                [
                    Series("a step", frozen, times.T[None], color=COLORS[0]),
                    Series("chosen", place, times[..., None], "scatter", color=COLORS[1]),
                ],
                xticks={k: str(k) for k in frozen.tolist()},
            ),
        ],
        texts=texts,
        caption="Look what freezing costs in accuracy with few images, and with many.",
        start=(3, 0),
        buttons=("training set",),
    )


def _level(label, places, value):
    return Series(label, [places[0], places[-1]], [value, value], dashed=True, color=FAINT)

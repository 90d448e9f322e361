"""The patience explorer of lecture 5: recorded validation curves, and where a patience would have stopped them."""

from collections.abc import Sequence

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS

FAINT = "#C8C8C8"


def stopping_explorer(
    accuracy: np.ndarray, patiences: Sequence[int], stops: np.ndarray, kept_epochs: np.ndarray
) -> Explorer:
    """A slider over patience and a row of runs: where it stops, which snapshot is kept, what it costs.

    accuracy: on the validation images [runs, epochs]; stops, kept_epochs: numbers of epochs, from 1,
        after which a patience stops and which it keeps, [patiences, runs].
    """
    num_runs, num_epochs = accuracy.shape
    runs, epochs = np.arange(num_runs), np.arange(1, num_epochs + 1)
    last, kept = accuracy[runs, stops - 1], accuracy[runs, kept_epochs - 1]  # [patiences, runs]
    patience = np.asarray(patiences)[:, None, None]
    seen = epochs <= stops[..., None]
    unseen = epochs >= stops[..., None]
    return explorer(
        {"patience (epochs)": list(patiences), "run": [f"run {run + 1}" for run in runs]},
        [
            Panel(
                "Validation",
                "epoch",
                "accuracy",
                [
                    Series("not trained", epochs, np.where(unseen, accuracy, np.nan), color=FAINT),
                    Series("trained", epochs, np.where(seen, accuracy, np.nan), color=COLORS[0]),
                    _points("stopped here", stops, last, COLORS[1]),
                    _points("snapshot kept", kept_epochs, kept, COLORS[2]),
                ],
            ),
            Panel(
                "What is left at the end",
                "patience (epochs)",
                "accuracy",
                [
                    Series("last network", patiences, last.T[None], dashed=True, color=COLORS[1]),
                    Series("snapshot kept", patiences, kept.T[None], color=COLORS[2]),
                    Series("chosen", patience, kept[..., None], "scatter", color=COLORS[2]),
                ],
            ),
            Panel(
                "What it costs",
                "patience (epochs)",
                "epochs trained",
                [
                    Series("epochs trained", patiences, stops.T[None], color=COLORS[0]),
                    Series("chosen", patience, stops[..., None], "scatter", color=COLORS[0]),
                ],
            ),
        ],
        texts=_texts(accuracy, patiences, stops, kept_epochs, kept),
        caption="Look how much patience it takes until the green point stops moving.",
        buttons=("run",),
    )


def _points(label, x, y, color):
    return Series(label, x[..., None], y[..., None], "scatter", color=color)


def _texts(accuracy, patiences, stops, kept_epochs, kept):
    texts = np.empty(stops.shape, dtype=object)
    for (p, run), stop in np.ndenumerate(stops):
        texts[p, run] = (
            f"Patience {patiences[p]}: ended after epoch {stop}, kept epoch {kept_epochs[p, run]} "
            f"with {kept[p, run]:.1%}. The best of all {accuracy.shape[1]} epochs has "
            f"{accuracy[run].max():.1%}."
        )
    return texts

"""The AdaBoost explorer of lecture 7: a fitted AdaBoostClassifier, round by round."""

import numpy as np
from sklearn.ensemble import AdaBoostClassifier

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .colors import shade

GRID = 90  # pixels a side
SHOWN_HEAVIEST = 0.1  # of the examples


def boosting_explorer(
    fitted: AdaBoostClassifier, x: np.ndarray, y: np.ndarray, wrong: np.ndarray, unseen: tuple
) -> Explorer:
    """A slider over the rounds: the vote's regions, the heaviest examples, the errors.

    fitted: on x [N, 2] and y [N] in {-1, 1}; wrong: whether the label is a false one [N];
    unseen: x and y that it did not see.
    """
    num_rounds = len(fitted.estimators_)
    rounds = np.arange(1, num_rounds + 1)
    low, high = x.min(axis=0) - 0.3, x.max(axis=0) + 0.3
    across, down = np.meshgrid(
        np.linspace(low[0], high[0], GRID), np.linspace(high[1], low[1], GRID)
    )
    regions = running_vote(fitted, np.stack([across.ravel(), down.ravel()], axis=1)) > 0
    pixels = np.where(regions[..., None], shade(COLORS[0], 0.25), shade(COLORS[1], 0.25))
    weights = weights_after_each_round(fitted, x, y)
    heaviest = np.argsort(-weights, axis=1)[:, : round(SHOWN_HEAVIEST * len(x))]
    of_wrong = weights[:, wrong].sum(axis=1)
    errors = [
        (np.sign(running_vote(fitted, points)) != labels).mean(axis=1)
        for points, labels in ((x, y), unseen)
    ]
    return explorer(
        {"rounds": rounds.tolist()},
        [
            Panel(
                "The weighted vote",
                "first feature",
                "second feature",
                [
                    Series(
                        "region",
                        [low[0], high[0]],
                        [low[1], high[1]],
                        "image",
                        pixels=pixels.reshape(num_rounds, GRID, GRID, 3),
                    ),
                    Series("label +1", *x[y > 0].T, "scatter", color=COLORS[0]),
                    Series("label −1", *x[y < 0].T, "scatter", color=COLORS[1]),
                    Series(
                        "heaviest tenth",
                        x[heaviest, 0],
                        x[heaviest, 1],
                        "scatter",
                        color="#000000",
                    ),
                ],
            ),
            Panel(
                "Errors of the vote",
                "rounds",
                "share wrong",
                [
                    Series("training", rounds, errors[0], dashed=True, color=COLORS[0]),
                    Series("unseen", rounds, errors[1], color=COLORS[2]),
                    _chosen(rounds, errors[1]),
                ],
            ),
            Panel(
                "Weight of the false labels",
                "rounds",
                "share of all weight",
                [
                    Series("false labels", rounds, of_wrong, color=COLORS[3]),
                    _chosen(rounds, of_wrong),
                ],
                ylim=(0, 1),
            ),
        ],
        texts=[
            f"After {count} rounds: {train:.1%} of the training examples wrong, {test:.1%} of unseen "
            f"ones. The {wrong.mean():.0%} with false labels hold {share:.0%} of the weight."
            for count, train, test, share in zip(rounds, *errors, of_wrong, strict=True)
        ],
        caption="Look where the black points, the heaviest examples, gather as the rounds go on.",
        start=[2],
    )


def running_vote(fitted: AdaBoostClassifier, x: np.ndarray) -> np.ndarray:
    """The weighted sum of the first 1, 2, ..., T classifiers' answers, which are -1 or 1: [T, N]."""
    answers = np.stack([tree.predict(x) for tree in fitted.estimators_])
    return np.cumsum(fitted.estimator_weights_[:, None] * answers, axis=0)


def weights_after_each_round(
    fitted: AdaBoostClassifier, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """The examples' weights after each round, which the classifier does not keep: [T, N]."""
    logs = -0.5 * running_vote(fitted, x) * y
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _chosen(rounds, values):
    return Series("chosen", rounds[:, None], values[:, None], "scatter", color="#000000")

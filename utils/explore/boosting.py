"""The AdaBoost explorer of lecture 7: fitted AdaBoostClassifiers, round by round."""

from collections.abc import Mapping

import numpy as np
from sklearn.ensemble import AdaBoostClassifier

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .colors import shade

GRID = 60  # pixels a side
MARGIN = 0.3  # around the points
SHOWN_HEAVIEST = 0.1  # of the examples
BLACK = "#000000"


def boosting_explorer(
    fitted: Mapping[str, AdaBoostClassifier],
    x: np.ndarray,
    y: np.ndarray,
    false: np.ndarray,
    unseen: tuple[np.ndarray, np.ndarray],
) -> Explorer:
    """A slider over the rounds: the vote's regions and heaviest examples, the errors, the weights.

    fitted: on x [N, 2] and y [N] in {-1, 1}, by the name of the weak classifier, with the same
        number of rounds; false: whether a label is a false one [N]; unseen: x and y for testing.
    """
    models = list(fitted.values())
    weights = _by_round([weights_after_each_round(model, x, y) for model in models])
    share_of_false = weights[..., false].sum(axis=2)
    train, test = (
        _by_round([(np.sign(running_vote(model, a)) != b).mean(axis=1) for model in models])
        for a, b in ((x, y), unseen)
    )
    rounds = np.arange(1, len(weights) + 1)
    return explorer(
        {"rounds": rounds.tolist(), "weak classifier": list(fitted)},
        [
            _plane(models, x, y, weights),
            Panel(
                "Errors of the vote",
                "rounds",
                "share wrong",
                [
                    Series("training", rounds, train.T[None], dashed=True, color=COLORS[3]),
                    Series("unseen", rounds, test.T[None], color=COLORS[2]),
                    _chosen(rounds, test),
                ],
            ),
            Panel(
                "Weight of the false labels",
                "rounds",
                "share of all weight",
                [
                    Series("false labels", rounds, share_of_false.T[None], color=COLORS[3]),
                    Series(
                        "their number",
                        rounds[[0, -1]],
                        [false.mean()] * 2,
                        dashed=True,
                        color="#808080",
                    ),
                    _chosen(rounds, share_of_false),
                ],
                ylim=(0, 1),
            ),
        ],
        texts=_texts(list(fitted), train, test, share_of_false, false.mean()),
        caption="Look where the black points, the heaviest examples, gather as the rounds go on.",
        start=(0, 0),
        buttons=("weak classifier",),
    )


def running_vote(fitted: AdaBoostClassifier, x: np.ndarray) -> np.ndarray:
    """The weighted sum of the first 1, 2, ..., T classifiers' answers, which are -1 or 1: [T, N]."""
    answers = np.stack([weak.predict(x) for weak in fitted.estimators_])
    return np.cumsum(fitted.estimator_weights_[:, None] * answers, axis=0)


def weights_after_each_round(
    fitted: AdaBoostClassifier, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """The examples' weights after each round, which the classifier does not keep: [T, N]."""
    logs = -0.5 * running_vote(fitted, x) * y
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _by_round(arrays):
    """[T, ...] of each model to [T, models, ...]."""
    return np.stack(arrays, axis=1)


def _plane(models, x, y, weights):
    left, bottom = x.min(axis=0) - MARGIN
    right, top = x.max(axis=0) + MARGIN
    across, up = np.meshgrid(np.linspace(left, right, GRID), np.linspace(top, bottom, GRID))
    grid = np.stack([across.ravel(), up.ravel()], axis=1)
    positive = _by_round([running_vote(model, grid) > 0 for model in models])
    colors = np.stack([shade(color, 0.25) for color in (COLORS[1], COLORS[0])])
    pixels = np.round(colors * 255).astype(np.uint8)[positive.astype(int)]
    heaviest = np.argsort(-weights, axis=2)[..., : round(SHOWN_HEAVIEST * len(x))]
    return Panel(
        "The weighted vote",
        "first feature",
        "second feature",
        [
            Series(
                "region",
                [left, right],
                [bottom, top],
                "image",
                pixels=pixels.reshape(*positive.shape[:2], GRID, GRID, 3),
            ),
            Series("label +1", *x[y > 0].T, "scatter", color=COLORS[0]),
            Series("label −1", *x[y < 0].T, "scatter", color=COLORS[1]),
            Series("heaviest tenth", x[heaviest, 0], x[heaviest, 1], "scatter", color=BLACK),
        ],
    )


def _chosen(rounds, values):
    return Series("chosen", rounds[:, None, None], values[..., None], "scatter", color=BLACK)


def _texts(names, train, test, share_of_false, number_of_false):
    texts = np.empty(train.shape, dtype=object)
    for (t, m), error in np.ndenumerate(train):
        texts[t, m] = (
            f"{t + 1} round{'s' if t else ''}, {names[m]}: {error:.1%} of the training examples wrong, "
            f"{test[t, m]:.1%} of unseen ones. The {number_of_false:.0%} of examples with false labels "
            f"hold {share_of_false[t, m]:.0%} of the weight."
        )
    return texts

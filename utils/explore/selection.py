"""Explorer of a choice among many classifiers: the winner looks better than it is."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS


def best_of_many(
    right: Mapping[str, np.ndarray], *, num_chosen: Sequence[int], num_repeats: int = 200
) -> Explorer:
    """How good the best of many classifiers looks where it was chosen, and how good it is.

    right: for each kind of classifiers, whether each is right on each image, bool [K, N].
    num_chosen: how many of the N images the choice may look at; the others stay fresh.
    Every value is a mean over num_repeats orders of images and classifiers.
    """
    num_classifiers = min(len(table) for table in right.values())
    tried = 2 ** np.arange(int(math.log2(num_classifiers)) + 1)
    means = {
        kind: np.array([_looks_and_is(table, n, tried, num_repeats) for n in num_chosen])
        for kind, table in right.items()
    }  # [images to choose on, looks or is, tried]
    panels = []
    for kind, curves in means.items():
        looks, real = curves[:, None, 0], curves[:, None, 1]
        chosen = tried[None, :, None]
        panels.append(
            Panel(
                f"The best of many {kind}",
                f"{kind} tried",
                "accuracy",
                [
                    Series("where it was chosen", tried, looks, color=COLORS[1]),
                    Series("on fresh images", tried, real, dashed=True, color=COLORS[0]),
                    Series(
                        "here, where chosen",
                        chosen,
                        curves[:, 0, :, None],
                        "scatter",
                        False,
                        COLORS[1],
                    ),
                    Series(
                        "here, on fresh images",
                        chosen,
                        curves[:, 1, :, None],
                        "scatter",
                        False,
                        COLORS[0],
                    ),
                ],
                xscale="log",
            )
        )
    texts = np.empty((len(num_chosen), len(tried)), dtype=object)
    for (i, j), _ in np.ndenumerate(texts):
        gaps = [
            f"{kind} look {100 * (curves[i, 0, j] - curves[i, 1, j]):.1f} points too good"
            for kind, curves in means.items()
        ]
        texts[i, j] = f"Best of {tried[j]}, chosen on {num_chosen[i]} images: {', '.join(gaps)}."
    return explorer(
        {"images to choose on": list(num_chosen), "classifiers tried": tried.tolist()},
        panels,
        texts=texts,
        caption="Look at the space between the two lines: trying more classifiers widens it, as a "
        "rule, and choosing on more images narrows it.",
        start=[len(num_chosen) // 2, len(tried) - 1],
    )


def _looks_and_is(right: np.ndarray, num_chosen: int, tried: np.ndarray, num_repeats: int):
    """Mean accuracy of the best of the first `tried` classifiers: where chosen, and elsewhere."""
    rng = np.random.default_rng(0)
    sums = np.zeros((2, len(tried)))
    for _ in range(num_repeats):
        table = right[rng.permutation(len(right))][:, rng.permutation(right.shape[1])]
        seen, fresh = table[:, :num_chosen].mean(1), table[:, num_chosen:].mean(1)
        winners = [seen[:count].argmax() for count in tried]
        sums += seen[winners], fresh[winners]
    return sums / num_repeats

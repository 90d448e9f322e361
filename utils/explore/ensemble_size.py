"""The ensemble explorer of lecture 7: number of members and way of combining against accuracy and calibration."""

from collections.abc import Mapping

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS

WAYS = ("probabilities", "logits", "votes")
NUM_BINS = 10
MIN_IN_BIN = 20  # answers, below which the accuracy of a bin is chance


def ensemble_size_explorer(logits: Mapping[str, np.ndarray], labels: np.ndarray) -> Explorer:
    """A slider over the number of members, buttons for what is averaged and for the population.

    logits: of each named population [K, N, C], the same K; labels [N].
    """
    num_members = len(next(iter(logits.values())))
    measured = [[_measure(values, way, labels) for values in logits.values()] for way in WAYS]
    # [members, ways, populations, ...], as the controls are
    accuracy, error, confidence, bins_x, bins_y = (
        np.moveaxis(np.array([[cell[part] for cell in row] for row in measured]), 2, 0)
        for part in range(5)
    )
    sizes = np.arange(1, num_members + 1)
    return explorer(
        {"members": sizes.tolist(), "averaged": WAYS, "population": list(logits)},
        [
            _against_size("Accuracy", "accuracy", sizes, accuracy),
            Panel(
                "Reliability diagram",
                "confidence",
                "share that is right",
                [
                    Series("calibrated", [0, 1], [0, 1], dashed=True, color="#A0A0A0"),
                    Series("chosen", bins_x, bins_y, color=COLORS[1]),
                    Series("bins of 0.1", bins_x, bins_y, "scatter", color=COLORS[1]),
                ],
                xlim=(0, 1.02),
                ylim=(0, 1.02),
            ),
            _against_size("Calibration", "expected calibration error", sizes, error),
        ],
        texts=_texts(list(logits), accuracy, error, confidence),
        caption="Look how early the accuracy stops rising, and on which side of the diagonal the line lies.",
        start=(0, 0, 0),
        buttons=("averaged", "population"),
    )


def expected_calibration_error(
    confidence: np.ndarray, right: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """The error, and of each bin the mean confidence and the share that is right (NaN: too few).

    confidence: numbers in [0, 1] [N]; right: whether the answer was [N]. Source: Guo et al., 2017.
    """
    bins = np.clip(np.ceil(confidence * NUM_BINS).astype(int) - 1, 0, NUM_BINS - 1)
    count, sum_confidence, num_right = (
        np.bincount(bins, weights, NUM_BINS) for weights in (None, confidence, right)
    )
    error = np.abs(num_right - sum_confidence).sum() / len(right)
    count = np.where(count >= MIN_IN_BIN, count, np.nan)
    return float(error), sum_confidence / count, num_right / count


def _measure(logits, way, labels):
    """Of 1, 2, ..., K members: accuracy, calibration error, mean confidence, and the bins' two rows."""
    answers = _answers(logits, way)
    pooled = []
    for first in range(len(answers)):  # each comes first once, so that no lucky one decides
        running = np.roll(answers, -first, axis=0).cumsum(axis=0)
        running /= np.arange(1, len(answers) + 1)[:, None, None]
        best = running.argmax(axis=2)
        shares = _softmax(running) if way == "logits" else running
        pooled.append((shares.max(axis=2), best == labels))
    confidence, right = (np.concatenate(part, axis=1) for part in zip(*pooled, strict=True))
    rows = [expected_calibration_error(*pair) for pair in zip(confidence, right, strict=True)]
    error, bins_x, bins_y = (np.array(part) for part in zip(*rows, strict=True))
    return right.mean(axis=1), error, confidence.mean(axis=1), bins_x, bins_y


def _answers(logits, way):
    if way == "logits":
        return logits
    if way == "probabilities":
        return _softmax(logits)
    return np.eye(logits.shape[2], dtype=np.float32)[logits.argmax(axis=2)]


def _softmax(logits):
    shares = np.exp(logits - logits.max(axis=2, keepdims=True))
    return shares / shares.sum(axis=2, keepdims=True)


def _against_size(title, ylabel, sizes, values):
    """Each way's line over all sizes, and the chosen one's point."""
    lines = [
        Series(way, sizes, values[:, w].T[None, None], dashed=w > 0, color=COLORS[(0, 2, 3)[w]])
        for w, way in enumerate(WAYS)
    ]
    at = sizes[:, None, None, None]
    chosen = Series("chosen", at, values[..., None], "scatter", color=COLORS[1])
    return Panel(title, "members", ylabel, [*lines, chosen])


def _texts(names, accuracy, error, confidence):
    texts = np.empty(accuracy.shape, dtype=object)
    for (m, w, p), share in np.ndenumerate(accuracy):
        texts[m, w, p] = (
            f"{m + 1} member{'s' if m else ''}, {WAYS[w]} averaged, {names[p]}: {share:.1%} right, "
            f"{share - accuracy[0, w, p]:+.1%} on one alone; mean confidence "
            f"{confidence[m, w, p]:.1%}, calibration error {error[m, w, p]:.3f}."
        )
    return texts

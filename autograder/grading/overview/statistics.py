"""Item statistics of classical test theory, from points by student and item.

R. L. Ebel and D. A. Frisbie, Essentials of Educational Measurement, 5th edition, 1991: difficulty ("p-value" in the
literature), discrimination, and how large a good one is. T. L. Kelley, The selection of upper and lower groups for the
validation of test items, Journal of Educational Psychology 30, 1939: the 27 %. L. J. Cronbach, Coefficient alpha and
the internal structure of tests, Psychometrika 16, 1951.
"""

from dataclasses import dataclass

import numpy as np

ENOUGH = (
    20  # students; of fewer, a correlation says nothing: with 20, one of 0.3 may as well be -0.2
)
SHARE = 0.27
EPSILON = 1e-12


@dataclass(frozen=True)
class ItemStatistics:
    """One item; a statistic is None where too few students say something, or all have the same points.

    difficulty      mean share of the points, in [0, 1]
    discrimination  correlation of the item's points with the points of all other items
    upper_lower     mean share of the points in the best 27 % by total, less that in the weakest 27 %
    students        how many it rests on
    """

    difficulty: float | None
    discrimination: float | None
    upper_lower: float | None
    students: int


def item_statistics(scores: np.ndarray, points: np.ndarray) -> list[ItemStatistics]:
    """The statistics of each item.

    scores  [students, items], without gaps
    points  [items], what each item has at most
    """
    scores, points = np.asarray(scores, float), np.asarray(points, float)
    total = scores.sum(axis=1)
    shares = np.divide(scores, points, out=np.zeros_like(scores), where=points > 0)
    enough = len(scores) >= ENOUGH
    weights = extreme_groups(total) if enough else None
    found = []
    for number, mine in enumerate(scores.T):
        correlation = pearson(mine, total - mine) if enough else None
        spread = None
        if enough and not np.allclose(total, total[0]):
            spread = float(shares[:, number] @ weights)
        difficulty = float(shares[:, number].mean()) if len(scores) else None
        found.append(ItemStatistics(difficulty, correlation, spread, len(scores)))
    return found


def pearson(first: np.ndarray, second: np.ndarray) -> float | None:
    """The correlation of two series; None where one of them does not vary."""
    first, second = first - np.mean(first), second - np.mean(second)
    size = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / size) if size > EPSILON else None


def extreme_groups(total: np.ndarray) -> np.ndarray:
    """Weights [students] with which a mean over the best 27 % less one over the weakest 27 % is a product.

    Students of equal totals at the edge of a group share its last places, so that no order among them decides.
    """
    size = max(1, round(SHARE * len(total)))
    return _top(total, size) - _top(-total, size)


def _top(total, size):
    edge = np.sort(total)[::-1][size - 1]
    above, at = total > edge, total == edge
    return (above + at * (size - above.sum()) / at.sum()) / size


def cronbach_alpha(scores: np.ndarray) -> float | None:
    """How far the items of a test agree about who is strong; None where too few students or items say something.

    scores  [students, items], without gaps
    """
    scores = np.asarray(scores, float)
    students, items = scores.shape
    if students < ENOUGH or items < 2:
        return None
    of_total = scores.sum(axis=1).var(ddof=1)
    if of_total <= EPSILON:
        return None
    return float(items / (items - 1) * (1 - scores.var(axis=0, ddof=1).sum() / of_total))

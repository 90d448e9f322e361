"""Who stands where by a count of right examples, and which differences the examples can tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from scipy.stats import binomtest

CONFIDENCE = 0.95
Z = 1.96  # standard errors on either side that hold this share


@dataclass(frozen=True)
class Standing:
    """One listed student. Those with the same count share a rank; `band` counts from 1 at the top."""

    rank: int
    name: str
    right: int
    band: int


@dataclass(frozen=True)
class Board:
    """The results of a class.

    num_held_out  examples that everybody was measured on
    chance        share that guessing gets right
    levels        per cent that earn points
    reference     what the course's own solution gets right
    counts        pseudonyms with what each gets right
    """

    num_held_out: int
    chance: float
    levels: tuple[float, ...]
    reference: int
    counts: Sequence[tuple[str, int]]

    @cached_property
    def standings(self) -> list[Standing]:
        """By count, then by name. A band begins where the count can be told from the best one of the band above."""
        rows, best = [], None
        for name, right in sorted(self.counts, key=lambda entry: (-entry[1], entry[0])):
            if best is None or can_be_told(best, right, self.num_held_out):
                best, band = right, rows[-1].band + 1 if rows else 1
            is_tie = bool(rows) and rows[-1].right == right
            rank = rows[-1].rank if is_tie else len(rows) + 1
            rows.append(Standing(rank, name, right, band))
        return rows

    @property
    def middle(self) -> int:
        """The median count; where nobody is listed, the reference's."""
        rows = self.standings
        return rows[len(rows) // 2].right if rows else self.reference

    def percent(self, count: float) -> float:
        return 100 * count / self.num_held_out

    def interval(self, count: int) -> tuple[float, float]:
        """Wilson's interval for the accuracy behind a count, in per cent."""
        return _interval(count, self.num_held_out)

    def smallest_gap(self, count: int) -> float:
        """How far below a count another must lie to be told from it, in per cent of the examples."""
        below = (n for n in range(count, -1, -1) if can_be_told(count, n, self.num_held_out))
        return self.percent(count - next(below, 0))


@lru_cache
def _interval(count, num):
    found = binomtest(count, num).proportion_ci(CONFIDENCE, method="wilson")
    return 100 * found.low, 100 * found.high


def can_be_told(one: int, other: int, num: int) -> bool:
    """Whether two counts of `num` examples each differ by more than chance gives, at the 95 % level.

    One success and one failure are added to both, so that it holds near 0 and 100 % too (Agresti and Caffo, 2000,
    The American Statistician 54, 280-288).
    """
    shares = [(count + 1) / (num + 2) for count in (one, other)]
    error = sum(share * (1 - share) / (num + 2) for share in shares) ** 0.5
    return abs(shares[0] - shares[1]) > Z * error

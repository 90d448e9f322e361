"""What a judge compares: named measurements of a student's outputs, and when two of them agree.

`Close` holds numbers that must agree within a tolerance, `Same` a plain value that must be equal,
`Share` a count of random successes that must fit its probability, and `Problem` says why nothing could be measured.

The random parts of one submission together accuse a right answer with probability below `FALSE_ALARM`: each
`Share` may be wrong with probability `ALPHA`, and a test counts that an assignment compares at most `MAX_SHARES`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache

import numpy as np

FALSE_ALARM = 1e-9
MAX_SHARES = 200
ALPHA = FALSE_ALARM / MAX_SHARES
MISSED = 1e-6


@dataclass(frozen=True)
class Close:
    """Numbers of any shape, equal within `rtol` × |expected| + `atol`.

    dims  what an index along each dimension is called, and the index of the first number: [["step", 5], ["group", 0]]
    """

    value: object
    rtol: float = 1e-5
    atol: float = 1e-7
    dims: Sequence[Sequence] = ()

    def disagreement(self, expected: "Close") -> str:
        """Where and how far these numbers are from the expected ones; empty where they agree."""
        want = np.asarray(expected.value, float)
        try:
            got = np.asarray(self.value, float)
        except (
            TypeError,
            ValueError,
            OverflowError,
        ):  # from a student's process it may be anything
            return "what was measured is not a number"
        if got.shape != want.shape:
            return f"shape {tuple(got.shape)} instead of {tuple(want.shape)}"
        bound = expected.atol + expected.rtol * np.abs(want)
        with np.errstate(invalid="ignore"):  # inf - inf
            near = np.isfinite(want) & (np.abs(got - want) <= bound)
        bad = ~(near | (got == want) | (np.isnan(got) & np.isnan(want)))
        if not bad.any():
            return ""
        at = tuple(int(i) for i in np.argwhere(bad)[0])
        places = [
            f"{name} {first + i}" for (name, first), i in zip(expected.dims, at, strict=False)
        ]
        where = f"at {', '.join(places)} " if places else ""
        return f"{where}measured {got[at] + 0.0:.6g}, expected {want[at]:.6g} (tolerance {bound[at]:.1g})"


@dataclass(frozen=True)
class Same:
    """A string, number or flag that must be equal."""

    value: object

    def disagreement(self, expected: "Same") -> str:
        """What was found instead of the expected value; empty where they are equal."""
        if type(self.value) is type(expected.value) and self.value == expected.value:
            return ""
        return f"found {_word(self.value)}, expected {_word(expected.value)}"


@dataclass(frozen=True)
class Share:
    """`successes` of `trials` independent draws, each a success with `probability` where the answer is right."""

    successes: int
    trials: int
    probability: float

    def disagreement(self, expected: "Share") -> str:
        """How far the share is from its probability; empty inside the exact binomial bounds at level ALPHA."""
        low, high = binomial_bounds(self.trials, self.probability)
        if low <= self.successes <= high:
            return ""
        measured, width = self.successes / self.trials, (high - low) / self.trials / 2
        return (
            f"measured {measured:.4f}, expected {self.probability:.4f} "
            f"(tolerance {width:.4f}, {self.trials} draws)"
        )

    def resembles(self, other: "Share") -> bool:
        """Whether both could be draws of one probability (two-sample test at level ALPHA)."""
        trials = self.trials + other.trials
        pooled = (self.successes + other.successes) / trials
        spread = np.sqrt(pooled * (1 - pooled) * (1 / self.trials + 1 / other.trials))
        gap = abs(self.successes / self.trials - other.successes / other.trials)
        return bool(gap <= -_special().ndtri(ALPHA / 2) * spread + 1e-12)


@dataclass(frozen=True)
class Problem:
    """A sentence that says why there was nothing to measure; never an expected value."""

    value: str

    def disagreement(self, expected: "Feature") -> str:
        return "" if self == expected else self.value


Feature = Close | Same | Share | Problem
KINDS = {"close": Close, "same": Same, "share": Share, "problem": Problem}


@cache
def _special():
    """scipy.special, loaded by the judge alone: a student's process measures and compares nothing."""
    from scipy import special  # scipy.stats, which has the same, takes a second to import

    return special


@lru_cache(maxsize=10_000)
def binomial_bounds(trials: int, probability: float, alpha: float = ALPHA) -> tuple[int, int]:
    """The smallest and largest count that `trials` draws may show; outside with probability at most alpha."""
    low = _first(trials, lambda count: at_most(count, trials, probability) >= alpha / 2)
    high = _first(trials, lambda count: more_than(count, trials, probability) <= alpha / 2)
    return low, high


def _first(trials, holds):
    """The smallest count from 0 to `trials` for which this holds, by bisection; it holds for all larger ones."""
    low, high = 0, trials
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def at_most(count: int, trials: int, probability: float) -> float:
    """The probability of that many successes or fewer."""
    if count < 0 or count >= trials:
        return float(count >= trials)
    return float(_special().bdtr(count, trials, probability))


def more_than(count: int, trials: int, probability: float) -> float:
    """The probability of more successes than that."""
    if count < 0 or count >= trials:
        return float(count < 0)
    return float(_special().bdtrc(count, trials, probability))


def smallest_error(trials: int, probability: float, missed: float = MISSED) -> float:
    """The smallest error of a probability that a Share of `trials` draws finds with probability 1 − missed.

    Found by bisection on the exact binomial tails, upward and downward, the larger of the two.
    """
    low, high = binomial_bounds(trials, probability)

    def found(error):
        up, down = min(probability + error, 1.0), max(probability - error, 0.0)
        passes_up = at_most(high, trials, up)
        passes_down = more_than(low - 1, trials, down)
        return max(passes_up, passes_down) <= missed

    a, b = 0.0, max(probability, 1 - probability)
    for _ in range(50):
        middle = (a + b) / 2
        a, b = (a, middle) if found(middle) else (middle, b)
    return b


def _word(value):
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def alike(one: Feature, other: Feature) -> bool:
    """Whether two wrong measurements look like the same mistake."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Share):
        return one.resembles(other)
    return not one.disagreement(other)


def to_plain(features: dict[str, Feature]) -> dict:
    """Features as plain data, for a file or a pipe."""
    kinds = {kind: name for name, kind in KINDS.items()}
    return {
        name: {"kind": kinds[type(f)], **{k: _plain(v) for k, v in asdict(f).items()}}
        for name, f in features.items()
    }


def from_plain(data: dict) -> dict[str, Feature]:
    """The features that `to_plain` wrote."""
    return {
        name: KINDS[entry["kind"]](**{k: v for k, v in entry.items() if k != "kind"})
        for name, entry in data.items()
    }


def _plain(value):
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value

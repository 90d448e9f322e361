"""Features: when two measurements agree, and how often chance alone makes them disagree."""

from fractions import Fraction
from math import comb

import numpy as np
import pytest
from scipy.stats import binom

from autograder.features import (
    ALPHA,
    MISSED,
    Close,
    Problem,
    Same,
    Share,
    alike,
    binomial_bounds,
    from_plain,
    smallest_error,
    to_plain,
)
from autograder.grading.record import draw_cases
from autograder.practice import public_seed
from autograder.wire import decode, encode

SIZES = [(1, 0.5), (40, 0.3), (900, Fraction(57, 100)), (1500, Fraction(1, 50))]


def tails(trials, probability, low, high):
    """The exact chances of a count below `low` and of one above `high`."""
    p = Fraction(probability)
    weights = [comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in (*range(low),)]
    above = [comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(high + 1, trials + 1)]
    return sum(weights), sum(above)


@pytest.mark.parametrize("trials, probability", SIZES)
def test_a_right_share_is_refused_with_probability_below_alpha_by_exact_tail_sums(
    trials, probability
):
    probability = Fraction(str(float(probability)))
    low, high = binomial_bounds(trials, float(probability))
    below, above = tails(trials, probability, low, high)
    assert below <= ALPHA / 2 and above <= ALPHA / 2
    # The bounds are as narrow as they can be: one count fewer would break the level.
    if low > 0:
        assert tails(trials, probability, low + 1, trials)[0] > ALPHA / 2
    if high < trials:
        assert tails(trials, probability, 0, high - 1)[1] > ALPHA / 2


def test_bounds_hold_their_level_in_simulation():
    rng, level, repetitions = np.random.default_rng(1), 0.02, 50_000
    for trials, probability in ((50, 0.3), (1000, 0.57), (132_026, 0.22)):
        low, high = binomial_bounds(trials, probability, level)
        counts = rng.binomial(trials, probability, repetitions)
        refused = ((counts < low) | (counts > high)).mean()
        assert level / 4 < refused < level + 4 * np.sqrt(level / repetitions)


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_certain_outcome_allows_no_exception(probability):
    assert binomial_bounds(100, probability) == (100 * probability, 100 * probability)


@pytest.mark.parametrize("trials, probability", [(3600, 0.57), (132_026, 0.25), (66_000, 0.625)])
def test_the_smallest_error_is_found_and_a_smaller_one_is_not(trials, probability):
    low, high = binomial_bounds(trials, probability)
    error = smallest_error(trials, probability)

    def missed(shift):
        """The larger chance of missing a probability that is off by `shift`, upward or downward."""
        return max(
            binom.cdf(high, trials, probability + shift)
            - binom.cdf(low - 1, trials, probability + shift),
            binom.cdf(high, trials, probability - shift)
            - binom.cdf(low - 1, trials, probability - shift),
        )

    assert missed(error) <= MISSED * (1 + 1e-9)
    assert missed(0.995 * error) > MISSED


def test_the_smallest_error_by_exact_tail_sums():
    trials, probability = 600, Fraction("0.57")
    low, high = binomial_bounds(trials, float(probability))
    error = Fraction(str(round(smallest_error(trials, float(probability)) + 5e-6, 5)))
    for p in (probability + error, probability - error):
        below, above = tails(trials, p, low, high)
        assert 1 - below - above <= MISSED


def test_the_smallest_error_is_found_in_simulation():
    rng, missed, trials, probability = np.random.default_rng(2), 0.05, 4000, 0.3
    error = smallest_error(trials, probability, missed)
    for p in (probability + error, probability - error):
        found = [
            bool(Share(int(n), trials, probability).disagreement(Share(0, 0, 0)))
            for n in rng.binomial(trials, p, 4000)
        ]
        assert np.mean(found) >= 1 - missed - 4 * np.sqrt(missed / 4000)


def test_what_no_number_of_draws_shows_is_the_whole_range():
    assert smallest_error(3, 0.5) == 0.5


def test_each_random_case_finds_the_error_that_the_masks_module_promises(assignment):
    for name in ("dropout.inverted", "dropout.module"):
        exercise = assignment.checks[name].exercise
        cases = [c for c in draw_cases(exercise, public_seed) if c["calls"] > 1]
        assert len(cases) == 3
        for case in cases:
            keep = case.get("keep_prob", 1 - case.get("drop_prob", 0))
            draws = case["calls"] * int(np.prod(case["shape"]))
            promised = 0.1 if case["calls"] > 2 else 0.0165
            assert smallest_error(draws, keep) <= promised, case["name"]


class TestClose:
    def test_agrees_up_to_the_expected_features_tolerance_and_no_further(self):
        expected = Close([2.0, 0.0], rtol=1e-3, atol=1e-4)
        assert not Close([2.0 + 2.0e-3, 9.9e-5]).disagreement(expected)
        assert not Close([2.0 - 2.0e-3, -9.9e-5]).disagreement(expected)
        assert Close([2.0 + 2.2e-3, 0.0]).disagreement(expected)
        assert Close([2.0, 1.1e-4]).disagreement(expected)
        assert Close([2.1, 0.0], rtol=9, atol=9).disagreement(expected)  # not its own tolerance

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_nan_and_infinity_disagree_with_a_number_and_agree_with_themselves(self, bad):
        assert Close([bad]).disagreement(Close([1.0], rtol=10))
        assert Close([1.0]).disagreement(Close([bad]))
        assert not Close([bad]).disagreement(Close([bad]))

    def test_opposite_infinities_disagree(self):
        assert Close([np.inf]).disagreement(Close([-np.inf]))
        assert Close([np.nan]).disagreement(Close([np.inf]))

    def test_other_shapes_disagree_and_are_named(self):
        assert "(2,)" in Close([1.0, 2.0]).disagreement(Close([[1.0, 2.0]]))
        assert Close([1.0]).disagreement(Close(1.0))
        assert Close([]).disagreement(Close([1.0]))
        assert not Close([]).disagreement(Close([]))

    def test_the_sentence_names_place_measured_expected_and_tolerance(self):
        dims = [["step", 5], ["group", 0]]
        expected = Close([[1.0, 2.0], [3.0, 4.0]], rtol=1e-6, dims=dims)
        sentence = Close([[1.0, 2.0], [3.0, 4.5]]).disagreement(expected)
        for part in ("step 6", "group 1", "4.5", "4", "4e-06"):
            assert part in sentence

    @pytest.mark.parametrize(
        "value", ["abc", ["a"], [[1.0], [1.0, 2.0]], {"a": 1}, [10**400], [None, "x"]]
    )
    def test_what_is_not_numbers_disagrees_without_an_error(self, value):
        assert Close(value).disagreement(Close([1.0]))


class TestSame:
    def test_values_are_equal_only_with_their_type(self):
        assert not Same("float32").disagreement(Same("float32"))
        assert Same(1).disagreement(Same(True))
        assert Same("1").disagreement(Same(1))

    def test_flags_are_put_in_words(self):
        assert Same(False).disagreement(Same(True)) == "found no, expected yes"


class TestShare:
    def test_is_judged_by_its_own_probability_at_the_edges_of_the_bounds(self):
        low, high = binomial_bounds(10_000, 0.3)
        for successes, right in ((low, True), (high, True), (low - 1, False), (high + 1, False)):
            assert bool(Share(successes, 10_000, 0.3).disagreement(Share(0, 1, 0.9))) is not right

    def test_the_sentence_names_measured_expected_and_tolerance(self):
        sentence = Share(5000, 10_000, 0.3).disagreement(Share(0, 1, 0.3))
        for part in ("0.5000", "0.3000", "10000"):
            assert part in sentence

    def test_two_wrong_shares_resemble_where_one_probability_could_give_both(self):
        assert Share(500, 1000, 0.1).resembles(Share(5100, 10_000, 0.2))
        assert not Share(500, 1000, 0.1).resembles(Share(7000, 10_000, 0.2))
        assert Share(0, 100, 0.5).resembles(Share(0, 10, 0.5))


def test_wrong_measurements_are_alike_only_within_a_kind():
    assert alike(Close([0.5]), Close([0.5 + 1e-9]))
    assert not alike(Close([0.5]), Close([0.6]))
    assert alike(Problem("No tensor."), Problem("No tensor."))
    assert not alike(Problem("No tensor."), Problem("Another shape."))
    assert not alike(Same(0.5), Close(0.5))


def test_features_survive_the_trip_through_plain_data():
    features = {
        "close": Close(np.array([[1.0, np.nan]]), 1e-3, 1e-4, [["row", 0]]),
        "scalar": Close(np.float64(2)),
        "same": Same(True),
        "share": Share(3, 10, 0.25),
        "problem": Problem("Nothing is dropped."),
    }
    back = from_plain(decode(encode(to_plain(features))))
    assert back.keys() == features.keys()
    for name, feature in features.items():
        assert type(back[name]) is type(feature)
        assert not back[name].disagreement(feature)
    assert back["share"] == features["share"]
    assert (back["close"].rtol, back["close"].atol) == (1e-3, 1e-4)


@pytest.mark.parametrize("trials", [1, 2, 7, 100, 3600, 66_013, 132_026])
@pytest.mark.parametrize("probability", [0.0, 1e-3, 0.244, 0.5, 0.75, 0.999, 1.0])
@pytest.mark.parametrize("alpha", [1e-9 / 200, 1e-3])
def test_binomial_bounds_are_scipys(trials, probability, alpha):
    low, high = binomial_bounds(trials, probability, alpha)
    assert low == max(binom.ppf(alpha / 2, trials, probability), 0)
    assert high == binom.isf(alpha / 2, trials, probability)

"""The explorers of lecture 6: what they say holds for the arrays that they were given."""

import itertools
import re

import numpy as np
import pytest

from utils.explore.diagnosis import FAULTS, NOT_GUESSED, by_heart, guessing_game, update_ratios
from utils.explore.search import BUDGETS, Stage, coarse_to_fine, important_axis, search_race
from utils.explore.selection import best_of_many
from utils.explorers import Explorer
from utils.training import History


def corners(explorer: Explorer) -> list[tuple[int, ...]]:
    return list(itertools.product(*[(0, size - 1) for size in explorer.picture.sizes]))


def test_the_lead_of_the_best_guesser_is_luck():
    rng = np.random.default_rng(0)
    explorer = best_of_many({"guessers": rng.random((64, 700)) < 0.1}, num_chosen=[20, 400])
    alone_few, many_few, alone, many = (
        float(re.search(r"look (-?[\d.]+) points", explorer.text(index))[1])
        for index in [(0, 0), (0, 6), (1, 0), (1, 6)]
    )
    assert abs(alone_few) < 1 and abs(alone) < 1
    assert many_few > 3 * many > 3


def test_a_real_lead_stays_on_fresh_images():
    right = np.zeros((2, 100), bool)
    right[0] = True
    assert "0.0 points" in best_of_many({"networks": right}, num_chosen=[10]).text((0, 1))


def test_random_search_tries_more_values_of_the_important_axis():
    explorer = important_axis()
    for number, budget in enumerate(BUDGETS):
        text = explorer.text((number, 4, 0))
        assert f"tries {round(budget**0.5)} values" in text and f"tries {budget} and" in text
        grid, random = map(float, re.search(r"draws: ([\d.]+) and ([\d.]+)\.$", text).groups())
        assert random > grid
    best = [
        [float(n) for n in re.findall(r"finds ([\d.]+)[,.] ", explorer.text((b, 4, 2)))]
        for b in range(len(BUDGETS))
    ]
    random = [pair[1] for pair in best]
    assert random == sorted(random)


def test_both_searches_walk_through_the_same_table():
    lrs, decays = np.geomspace(1e-4, 1, 33), np.geomspace(1e-4, 1e-1, 13)
    table = np.exp(-((np.log10(lrs) + 1.6) ** 2))[:, None] * np.ones(13)
    explorer = search_race(lrs, decays, table, num_rates=25)
    assert explorer.controls[1].options[-1][0] == "1e-03 to 1e+00"
    num_ranges = explorer.picture.sizes[1]
    for (number, budget), place in itertools.product(enumerate(BUDGETS), range(num_ranges)):
        text = explorer.text((number, place, 1))
        grid = 2 * place + np.linspace(0, 24, round(budget**0.5)).round().astype(int)
        assert f"the grid ends at {table[grid].max():.1%}" in text
        this, mean = map(float, re.search(r"at ([\d.]+)%, 2,000 .* at ([\d.]+)%", text).groups())
        assert max(this, mean) <= 100 * table.max() + 0.05
        assert mean > 100 * table.mean()


def test_a_best_rate_at_the_edge_of_its_range_is_called_so():
    rng = np.random.default_rng(0)
    lr, decay = 10 ** rng.uniform(-4, -3, 20), 10 ** rng.uniform(-4, 0, 20)
    place = np.log10(lr)
    ranges = (1e-4, 1e-3), (1e-4, 1.0)
    explorer = coarse_to_fine(
        [
            Stage("1", *ranges, lr, decay, accuracy=place + 4),
            Stage("2", *ranges, lr, decay, accuracy=1 - abs(place + 3.5)),
        ]
    )
    assert "at the edge" in explorer.text((0,)) and "well inside" in explorer.text((1,))


def history(loss: float, accuracy: float, num_epochs: int = 4) -> History:
    epochs = [loss] * num_epochs, [accuracy] * num_epochs
    run = History({}, loss=[loss] * 2 * num_epochs)
    run.train_loss, run.train_accuracy = epochs
    run.val_loss, run.val_accuracy = epochs
    return run


@pytest.mark.parametrize(
    ("loss", "accuracy", "symptom"),
    [(2.3, 0.1, "not falling"), (0.001, 1.0, "by heart"), (np.nan, 0.1, "Inf or NaN")],
)
def test_each_run_of_twenty_images_shows_its_symptom(loss, accuracy, symptom):
    explorer = by_heart({"good": [history(loss, accuracy)] * 2}, [0.1, 1.0], num_classes=10)
    assert symptom in explorer.text((0, 0))


def game() -> Explorer:
    return guessing_game({name: (history(1.0, 0.5), history(0.1, 0.9)) for name in FAULTS})


def test_only_the_right_guess_is_right_and_shows_the_mended_run():
    explorer = game()
    curves, guesses = explorer.picture.sizes
    assert explorer.controls[1].options[0][0] == NOT_GUESSED
    right = [
        [explorer.text((curve, guess)).startswith("Right") for guess in range(guesses)]
        for curve in range(curves)
    ]
    assert np.sum(right, axis=0).tolist() == [0] + [1] * len(FAULTS)
    assert np.sum(right, axis=1).tolist() == [1] * len(FAULTS)
    assert not np.diag(np.array(right)[:, 1:]).all()  # not in the order of the buttons
    for curve, guess in itertools.product(range(curves), range(guesses)):
        text = explorer.text((curve, guess))
        axes = explorer.figure((curve, guess)).axes[1]
        mended = axes.lines[-1].get_ydata()
        assert np.isfinite(mended).any() == text.startswith("Right")
        assert text.startswith("After") == (guess == 0)


def test_the_median_ratio_is_compared_with_the_target():
    ratios = {"SGD": np.full((2, 2, 5), 0.01)}
    explorer = update_ratios([0.1, 1.0], ratios, {"SGD": np.ones((2, 5))}, ["first", "last"])
    assert "median ratio 1.0e-02, 10 times the target" in explorer.text((0, 1))


def test_a_run_that_exploded_says_so_and_one_that_hardly_moved_does_not():
    losses = np.full((3, 20), 2.31)
    losses[:, 0] = 2.3
    losses[1, 5], losses[2, 5:] = 100, np.nan
    ratios = {"SGD": np.full((3, 2, 20), 0.01)}
    explorer = update_ratios([0.1, 1.0, 10.0], ratios, {"SGD": losses}, ["first", "last"])
    assert ["exploded" in explorer.text((0, k)) for k in range(3)] == [False, True, True]


def test_they_draw_at_both_ends_of_every_control():
    for explorer in (important_axis(), game()):
        for index in corners(explorer):
            assert explorer.figure(index).axes
            assert len(explorer.text(index)) > 30

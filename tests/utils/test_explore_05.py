"""The explorers of lecture 5: schedules as torch has them, shapes of loss curves, and what the sliders look up."""

import numpy as np
import pytest
from torch import nn

from utils.explore.learning_rates import WORDS, learning_rate_explorer, name_shapes
from utils.explore.schedules import SCHEDULES, schedule_explorer, train_schedules
from utils.explore.warmup import warmup_explorer
from utils.populations import fit_population
from utils.training import History, set_seed

NUM_STEPS, EPOCH = 210, 15
BY_NAME = {schedule.name: schedule for schedule in SCHEDULES}


def build():
    set_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


def run(losses, first=2.3):
    return History({}, loss=[first] * len(losses), train_loss=losses)


def table(name, setting=None):
    schedule = BY_NAME[name]
    value = schedule.values[schedule.usual if setting is None else setting]
    return schedule.table(value, NUM_STEPS, EPOCH)


def test_a_curve_is_named_by_how_it_ends():
    good = run([1.0, 0.6, 0.51, 0.52, 0.50, 0.50])
    near = run([1.0, 0.6, 0.55, 0.56, 0.55, 0.54])
    high = run([0.9, 0.8, 0.82, 0.79, 0.81, 0.80])
    low = run([2.2, 2.0, 1.90, 1.80, 1.70, 1.60])
    unmoved = run([2.3112, 2.3111, 2.3110, 2.3109, 2.3108, 2.3107])
    stuck = run([9.0, 2.6, 2.5, 2.4, 2.35, 2.31])
    exploded = run([9e9, np.inf, np.nan, np.nan, np.nan, np.nan])
    shapes = name_shapes([good, near, high, low, unmoved, stuck, exploded])
    assert shapes == ["good", "good", "high", "low", "low", "very high", "very high"]


def test_the_learning_rate_explorer_names_the_chosen_curve_on_the_picture(digits):
    rates = np.array([1e-4, 0.3, 1e4])
    settings = {"num_epochs": 4, "batch_size": 32, "progress": False}
    histories = fit_population([build() for _ in rates], digits.train, lr=rates, **settings)
    made = learning_rate_explorer(rates, histories)
    for position, shape in enumerate(("low", "good", "very high")):
        curves, ends = made.figure((position,)).axes
        assert [word.get_text() for word in curves.texts] == [shape]
        assert {word.get_text() for word in ends.texts} == {"low", "good", "very high"}
        assert f"is {shape}: the loss {WORDS[shape][3:]}" in made.text((position,))


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_every_schedule_stays_between_zero_and_the_peak_at_all_its_settings(schedule):
    assert len(schedule.values) == 5
    for value in schedule.values:
        rates = schedule.table(value, NUM_STEPS, EPOCH)
        assert rates.shape == (NUM_STEPS,)
        assert rates.min() >= 0 and rates.max() <= 1 + 1e-9
        assert schedule.says.format(value)


def test_the_decks_schedules_are_the_usual_settings():
    assert table("constant").tolist() == [1.0] * NUM_STEPS
    assert table("step")[[62, 63, 126, 189]] == pytest.approx([1, 0.1, 0.01, 0.001])
    assert table("cosine")[NUM_STEPS // 2] == pytest.approx(0.5)
    assert table("linear")[NUM_STEPS // 2] == pytest.approx(0.5)
    assert table("inverse square root")[[0, 1, 4, 100]] == pytest.approx([1, 1, 0.5, 0.1])
    assert table("exponential")[NUM_STEPS // 5] == pytest.approx(np.exp(-1))
    assert table("1/t")[NUM_STEPS // 10] == pytest.approx(0.5)
    assert table("√(1 − t/T)")[NUM_STEPS * 3 // 4] == pytest.approx(0.5, abs=0.01)
    assert table("per-epoch factor")[[14, 15, 30]] == pytest.approx([1, 0.97, 0.97**2])
    assert table("warm-up")[[0, 7, 14, 21, 209]] == pytest.approx([0, 1 / 3, 2 / 3, 1, 1], abs=1e-6)
    joined = table("warm-up, cosine")
    assert joined.argmax() == 21 and joined[21] == pytest.approx(1) and joined[-1] < 1e-3


def test_warm_restarts_double_their_cycles():
    rates = table("warm restarts")
    restarts = np.flatnonzero(np.diff(rates) > 0.5) + 1
    assert restarts.tolist() == [30, 90]


@pytest.fixture(scope="module")
def runs(digits):
    few = digits.train[:64]
    settings = {"momentum": 0.9, "num_epochs": 7, "batch_size": 32}
    return train_schedules(build, few, digits.val[:50], peaks=(0.05, 0.2), **settings)


def test_every_schedule_is_trained_at_every_setting_and_peak(runs):
    assert runs.rates.shape == (len(SCHEDULES), 5, 2, 14)
    assert runs.histories.shape == (len(SCHEDULES), 5, 2)
    assert runs.rates[..., 1, :] == pytest.approx(4 * runs.rates[..., 0, :])
    assert runs.histories[1, 3, 1].lr == pytest.approx(runs.rates[1, 3, 1])
    assert runs.usual("cosine", 1) is runs.histories[2, 4, 1]


def test_the_schedule_explorer_shows_a_beside_b(runs):
    made = schedule_explorer(runs)
    index = (1, 0, 9, 1)  # step at its gentlest, warm-up at its usual setting, the higher peak
    rate, loss, accuracy = made.figure(index).axes
    assert rate.lines[0].get_ydata() == pytest.approx(runs.rates[1, 0, 1])
    assert rate.lines[1].get_ydata() == pytest.approx(runs.rates[9, SCHEDULES[9].usual, 1])
    assert loss.lines[0].get_ydata() == pytest.approx(runs.histories[1, 0, 1].train_loss)
    assert accuracy.lines[1].get_ydata() == pytest.approx(runs.usual("warm-up", 1).val_accuracy)
    assert "A: step, × 0.7 after" in made.text(index) and "B: warm-up, over 10%" in made.text(index)


def test_the_warm_up_explorer_compares_with_no_warm_up(digits):
    lengths, peaks = [0, 3], np.array([0.1, 0.5])
    rise = np.stack([np.ones(6), np.minimum(1, np.arange(6) / 3)])
    tables = (rise[:, None] * peaks[:, None]).reshape(-1, 6)
    settings = {"num_epochs": 3, "batch_size": 32, "progress": False}
    few = digits.train[:64]
    histories = fit_population([build() for _ in tables], few, lr=tables, **settings)
    made = warmup_explorer(lengths, peaks, histories)
    rate, loss, ends = made.figure((1, 1)).axes
    assert rate.lines[0].get_ydata() == pytest.approx(rise[1])
    assert loss.lines[0].get_ydata() == pytest.approx(histories[1].loss)
    assert loss.lines[1].get_ydata() == pytest.approx(histories[3].loss)
    final = [history.train_loss[-1] for history in histories]
    assert ends.lines[1].get_ydata() == pytest.approx(final[2:])
    assert "Peak rate 0.5, 3 steps of warm-up" in made.text((1, 1))

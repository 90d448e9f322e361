"""Lecture 5 in a real kernel: it runs clean, and what its prose says is what its cells measure."""

import numpy as np
import pytest

from tests.lectures.execution import measure

pytestmark = pytest.mark.full  # runs the whole lecture

# Runs after the lecture, in its kernel: what the lecture measured.
INSPECTION = """
import json

def to_plain(value):
    return value.tolist()

print(json.dumps(dict(
    shapes=shapes, all_rates=[run.lr[0] for run in rate_runs],
    early=minibatch_losses[:, :32].mean(1), late=minibatch_losses[:, 256:].mean(1),
    walks={name: [loss[10], loss[-1]] for name, loss in walks.items()},
    num_reductions=num_reductions,
    usual={
        schedule.name: [
            [runs.usual(schedule.name, peak).train_loss[-1], runs.usual(schedule.name, peak).val_accuracy[-1]]
            for peak in (0, -1)
        ]
        for schedule in SCHEDULES
    },
    peaks=peaks, final=final,
    first_steps=[run.loss[:10] for run in warm_runs[:10]],
    sizes=sizes, best=best,
    cyclic=cyclic.loss, cycle_ends=[cyclic.train_loss[epoch - 1] for epoch in (2, 6, 14)],
    accuracy=accuracy, stops=stops, kept_epochs=kept_epochs,
    resumed=resumed, unbroken=[unbroken, unbroken_rates],
), default=to_plain))
"""


@pytest.fixture(scope="module")
def measured() -> dict:
    return measure("05_schedules", INSPECTION)


def test_section_1_four_shapes_and_all_rates(measured):
    shapes = np.array(measured["shapes"])
    rates = np.array(measured["all_rates"])
    assert set(shapes) == {"low", "good", "high", "very high"}
    low, good, high = (np.median(rates[shapes == name]) for name in ("low", "good", "very high"))
    assert low < good < high
    early, late = (rates[np.nanargmin(measured[name])] for name in ("early", "late"))
    assert early > 2 * late


def test_section_1_the_noise_floor(measured):
    high, low, falling = measured["walks"].values()
    assert high == pytest.approx([0.5 * 0.5 / 1.5] * 2, rel=0.1)
    assert falling[1] < low[1] < high[1]


def test_section_2_alexnet_did_not_decay_by_the_clock(measured):
    assert measured["num_reductions"] == 16


def test_section_4_decay_helps_at_the_high_rate_and_giving_up_early_hurts_at_the_low_one(measured):
    low, high = np.array(list(measured["usual"].values())).transpose(1, 2, 0)  # [loss or accuracy]
    names = list(measured["usual"])
    assert names[0] == "constant"
    assert np.mean(high[0, 1:] < high[0, 0]) > 0.8 and np.mean(high[1, 1:] > high[1, 0]) > 0.8
    for name in ("inverse square root", "exponential", "1/t"):
        assert low[0, names.index(name)] > low[0, 0]


def test_section_5_warm_up_lets_higher_rates_train(measured):
    final = np.array(measured["final"])
    peaks = np.array(measured["peaks"])
    highest = [peaks[row < 1].max() for row in final]
    assert min(highest[2:]) > 1.5 * highest[0]
    assert final[:, -1].min() > 1.5  # no warm-up saves the highest
    failed = final[0] > 1
    thrown_up = [max(losses) > losses[0] for losses in measured["first_steps"]]
    assert all(up for up, lost in zip(thrown_up, failed, strict=True) if lost)


def test_section_6_the_best_rate_grows_with_the_batch_but_not_forever(measured):
    sizes, best = np.array(measured["sizes"]), np.array(measured["best"])
    assert best[-1] >= best[0]
    assert best[-1] / best[0] < sizes[-1] / sizes[0]


def test_section_7_the_loss_rises_at_restarts_and_ends_each_cycle_lower(measured):
    loss = np.array(measured["cyclic"])
    for restart in (68, 204):
        assert loss[restart + 20 : restart + 60].mean() > loss[restart - 20 : restart].mean()
    first, second, third = measured["cycle_ends"]
    assert first > 2 * second > 4 * third


def test_section_8_patience(measured):
    accuracy, stops, kept = (
        np.array(measured[name]) for name in ("accuracy", "stops", "kept_epochs")
    )
    runs = np.arange(len(accuracy))
    last, best = accuracy[runs, stops - 1], accuracy[runs, kept - 1]  # [patiences, runs]
    assert best[0].mean() < accuracy.max(1).mean() - 0.1
    assert (accuracy.max(1) - best[7:10]).mean() < 0.01
    assert (last <= best).all() and np.mean(last < best) > 0.9
    gap = (best - last).mean(1)
    assert gap[10:].mean() > 1.5 * gap[:5].mean()


def test_section_9_only_a_whole_checkpoint_resumes_to_the_same_numbers(measured):
    losses, rates = measured["unbroken"]
    resumed = measured["resumed"]
    assert resumed.pop("nothing") == [losses, rates]
    assert all(other != losses for other, _ in resumed.values())
    assert resumed["schedule"][1][-1] > 0.02
    assert resumed["optimizer"][1] == pytest.approx(2 * np.array(rates))

"""Lecture 1 in a real kernel: it runs clean, and what its prose says is what its cells measure."""

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
    together=together,
    dead=dead, survivors=survivors,
    hits=hits,
    deviations=depth.deviations,
    at_the_ends=[depth.shares[0, -1, :, [1, 21]].sum(0), depth.shares[0, 1, :, [1, 21]].sum(0)],
    stds=stds,
    endings=list(endings.values()),
    outputs_apart=(outputs[1] - outputs[10]).abs().max(), gradients=gradients,
    norms=norms,
    rates=rates, accuracies=grid_accuracies,
    errors=means, group_error=group_error,
    relative=relative, best_steps=best_steps,
), default=to_plain))
"""


@pytest.fixture(scope="module")
def measured() -> dict:
    return measure("01_setup", INSPECTION)


def test_section_2_positive_inputs_move_both_weights_the_same_way(measured):
    assert measured["together"]["Inputs from sigmoids"] == 1
    assert measured["together"]["Inputs from tanh"] < 0.8


def test_section_2_large_rates_kill_units_and_only_leaky_ones_learn_again(measured):
    dead = measured["dead"]
    assert max(dead[:6]) == 0 and dead[-1] > 0.5
    assert measured["survivors"]["ReLU"][-1] < 0.2
    assert measured["survivors"]["leaky ReLU"][-1] > 0.7


def test_section_3_a_set_of_its_own_statistics_is_not_recognized(measured):
    of_training, own = (np.mean(share) for share in measured["hits"].values())
    assert of_training > 0.9 and own < 0.3


def test_sections_4_and_5_the_scale_decides_what_the_last_layer_puts_out(measured):
    tanh, relu = np.array(measured["deviations"])  # [scales, layers]
    small, xavier, kaiming = 1, 3, 4
    assert tanh[small, -1] < 0.06 and 0.25 < tanh[xavier, -1] < 0.35
    assert relu[xavier, -1] < relu[xavier, 0] / 4
    assert relu[kaiming, -1] == pytest.approx(relu[kaiming, 0], rel=0.1)
    assert tanh[-1, 1:] == pytest.approx(np.full(5, tanh[-1, 1]), rel=0.02)
    of_large, of_small = np.array(measured["at_the_ends"])
    assert of_large == pytest.approx(np.full(6, 0.5), abs=0.1) and of_small.max() < 0.02


def test_section_5_ten_layers_of_tanh(measured):
    xavier, small = measured["stds"].values()
    assert (xavier[0], xavier[-1]) == pytest.approx((0.63, 0.23), abs=0.02)
    assert xavier == sorted(xavier, reverse=True)
    assert small[-1] < 1e-5


def test_section_6_few_units_end_in_bad_minima(measured):
    two, four, sixteen = (np.array(losses) for losses in measured["endings"])
    assert 0.1 < np.mean(two > 0.2) < 0.9
    assert max(np.mean(four > 0.2), np.mean(sixteen > 0.2)) < 0.1


def test_section_7_batch_norm_divides_the_gradient_by_the_weights_scale(measured):
    assert measured["outputs_apart"] < 1e-3
    assert measured["gradients"]["1"] == pytest.approx(10 * measured["gradients"]["10"], rel=0.01)
    without, with_norm = measured["norms"].values()
    assert max(without) < 1e-3 and min(with_norm) > 0.1


def test_section_7_with_batch_norm_every_scale_trains_at_several_rates(measured):
    without, with_norm = (np.array(table) > 0.8 for table in measured["accuracies"].values())
    assert with_norm.sum(0).min() >= 3
    assert without.sum(0).max() <= 3 and not without[:, 0].any() and not without[:, -1].any()
    highest = [np.flatnonzero(trained.any(1)).max() for trained in (without, with_norm)]
    assert highest[1] > highest[0]


def test_section_8_batch_norm_fails_at_two_images(measured):
    two, four, *larger = measured["errors"]
    assert two > 4 * four and four > max(larger)
    assert two > measured["group_error"]


def test_section_9_centred_differences_in_float64(measured):
    best = np.array(measured["relative"]).min(-1)  # [precision, kind]
    assert 1e-6 < best[0, 0] < 1e-2
    assert best[1, 0] < 1e-8 and best[1, 1] > 100 * best[1, 0]
    assert 1e-6 <= measured["best_steps"][1] <= 1e-4

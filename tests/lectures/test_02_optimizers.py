"""Lecture 2 in a real kernel: what its prose says is what its cells measure."""

import numpy as np
import pytest

from tests.lectures.execution import measure

pytestmark = pytest.mark.full

# Runs after the lecture, in its kernel: what the lecture measured.
INSPECTION = """
import json

print(json.dumps(dict(
    descent=[history.train_loss[-1] for history in runs.values()],
    spectra=list(spectra.values()),
    shares=shares,
    slope=slope, noise=relative, downhill=downhill,
    by_size={m: history.train_loss for m, history in by_size.items()},
    velocities=velocities, moves=moves,
    ends=[history.train_loss[-1] for history in histories],
    forms=list(forms.values()),
    halves=[size[(step < 0.5).sum()] for step in first_steps.values()],
    lengths=[adagrad[:, -1], rmsprop[:, 1, -1]],
    accuracies=dict(zip(optimizers, accuracies)), rates=rates,
    compared={name: loss[-1] for name, loss in compared.items()},
), default=lambda value: value.tolist()))
"""


@pytest.fixture(scope="module")
def measured() -> dict:
    return measure("02_optimizers", INSPECTION)


def test_section_1_many_rough_steps_win(measured):
    full_batch, minibatches = measured["descent"]
    assert minibatches < full_batch / 5


def test_section_2_real_curvatures_are_spread_and_some_are_negative(measured):
    for spectrum in map(np.array, measured["spectra"]):
        assert spectrum[0] < -1e-3
        assert spectrum[-1] > 10 * np.median(np.abs(spectrum))
    assert spectrum[-1] > 100 * np.median(np.abs(spectrum))


def test_section_3_saddles_are_the_rule(measured):
    minima, maxima, saddles = np.array(measured["shares"]).T
    assert saddles[0] == 0 and (saddles[4:] > 0.999).all()
    assert (minima[1:] < 0.5 ** np.arange(2, 9)).all()
    assert maxima[1] == pytest.approx(minima[1], abs=0.02)


def test_section_4_noise_falls_with_the_batch_and_most_steps_go_downhill(measured):
    assert measured["slope"] == pytest.approx(-1, abs=0.03)
    assert measured["noise"][0] > 5 and measured["downhill"][0] > 0.5


def test_section_4_small_batches_use_images_better_and_steps_hardly_worse(measured):
    losses = measured["by_size"]
    ends = [losses[m][-1] for m in ("8", "32", "128", "1078")]
    assert ends == sorted(ends)
    # after 135 steps (m = 8, one epoch) and 136 (m = 32, four epochs)
    assert losses["8"][0] == pytest.approx(losses["32"][3], abs=0.3)


def test_section_5_the_velocity_is_a_decayed_sum_as_torch_has_it(measured):
    velocities = np.array(measured["velocities"])[:, 3]  # momentum 0.9
    assert -np.array(measured["moves"]) == pytest.approx(velocities, abs=1e-9)
    agreeing, alternating, _ = velocities
    assert agreeing[-1] == pytest.approx(10, abs=0.01)
    assert abs(alternating[-1]) == pytest.approx(1 / 1.9, abs=0.01)


def test_section_5_momentum_is_a_larger_rate_and_more(measured):
    none, half, usual, most = np.array(measured["ends"]).reshape(4, 10)
    assert (half[3], usual[3]) == pytest.approx((none[3], none[3]), rel=0.15)  # at 0.2
    assert most[3] > 1.5 * none[3]
    assert none[7] > 1 > 0.1 > usual[7]  # at 3
    assert usual.min() < none.min() / 3


def test_section_6_three_forms_give_the_same_numbers(measured):
    look_ahead, rearranged, torch_form = measured["forms"]
    assert look_ahead == pytest.approx(rearranged) and look_ahead == pytest.approx(torch_form)
    assert look_ahead[:3] == pytest.approx([1, 0.81, 0.5751])


def test_section_7_only_rmsprop_forgets(measured):
    adagrad, rmsprop = measured["lengths"]  # after constant, shrinking and growing gradients
    assert rmsprop == pytest.approx([1, 1, 1], abs=0.01)
    assert adagrad[0] == pytest.approx(200**-0.5) and adagrad[1] < 0.011


def test_section_8_inside_the_root_moves_the_bend_ten_thousandfold(measured):
    *outside, inside = measured["halves"]
    assert outside == pytest.approx([1e-10, 1e-8, 1e-7])
    assert inside == pytest.approx(1e-4)


def test_section_10_every_optimizer_is_good_somewhere_else(measured):
    best = {
        name: (max(reached), measured["rates"][int(np.argmax(reached))])
        for name, reached in measured["accuracies"].items()
    }
    shares, rates = zip(*best.values(), strict=True)
    assert min(shares) > 0.9 and max(shares) - min(shares) < 0.04
    sgd, momentum, nesterov, adagrad, rmsprop, adam = rates
    assert sgd >= 30 * max(rmsprop, adam)
    assert min(momentum, nesterov, adagrad) >= 3 * max(rmsprop, adam)


def test_section_11_l_bfgs_is_for_full_batches(measured):
    ends = measured["compared"]
    lbfgs = ends.pop("L-BFGS, full batch")
    assert lbfgs < 1e-4 * min(ends.values())
    assert ends["L-BFGS, 20 iterations a minibatch"] > 10 * ends["Adam, minibatches"]
    assert ends["L-BFGS, 1 iteration a minibatch"] > 2 * ends["Adam, minibatches"]

"""The explorers of lecture 7: what the sliders look up is what averages, votes and libraries give."""

import numpy as np
import pytest
import torch
from sklearn.datasets import make_moons
from sklearn.ensemble import AdaBoostClassifier
from sklearn.tree import DecisionTreeClassifier
from torch import nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from utils.explore.boosting import boosting_explorer, running_vote, weights_after_each_round
from utils.explore.ensemble_size import WAYS, ensemble_size_explorer, expected_calibration_error
from utils.explore.polyak import NUM_TIMES, accuracies, polyak_explorer, shares_of_steps
from utils.explore.snapshots import snapshot_explorer
from utils.training import evaluate, set_seed


def build():
    set_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 10))


@pytest.fixture(scope="module")
def logits():
    return np.random.default_rng(0).normal(size=(4, 300, 3)).astype(np.float32)


def test_the_calibration_error_of_counted_answers():
    confidence = np.repeat([0.95, 0.55], 50)
    right = np.concatenate([np.arange(50) < 40, np.arange(50) < 30])  # 80 % and 60 %
    error, x, y = expected_calibration_error(confidence, right)
    assert error == pytest.approx(0.5 * 0.15 + 0.5 * 0.05)
    assert x[[9, 5]] == pytest.approx([0.95, 0.55]) and y[[9, 5]] == pytest.approx([0.8, 0.6])
    assert np.isnan(np.delete(x, [5, 9])).all()


def test_answers_that_are_always_right_and_sure_are_calibrated():
    assert expected_calibration_error(np.ones(30), np.ones(30, dtype=bool))[0] == 0


@pytest.mark.parametrize("way", WAYS)
def test_the_ensemble_explorer_measures_all_members_together(logits, way):
    labels = np.arange(300) % 3
    made = ensemble_size_explorer({"one": logits, "two": -logits}, labels)
    w = WAYS.index(way)
    averaged = {
        "probabilities": torch.tensor(logits).softmax(dim=2).mean(dim=0),
        "logits": torch.tensor(logits).mean(dim=0).softmax(dim=1),
        "votes": torch.eye(3)[torch.tensor(logits).argmax(dim=2)].mean(dim=0),
    }[way].numpy()
    right = averaged.argmax(axis=1) == labels
    error, _, _ = expected_calibration_error(averaged.max(axis=1), right)
    accuracy_axes, _, error_axes = made.figure((3, w, 0)).axes
    assert accuracy_axes.lines[w].get_ydata()[-1] == pytest.approx(right.mean(), abs=1e-6)
    assert error_axes.lines[w].get_ydata()[-1] == pytest.approx(error, abs=1e-5)
    assert f"4 members, {way} averaged, one: {right.mean():.1%} right" in made.text((3, w, 0))


def test_the_three_ways_agree_on_a_single_member(logits):
    made = ensemble_size_explorer({"one": logits}, np.arange(300) % 3)
    starts = [line.get_ydata()[0] for line in made.figure((0, 0, 0)).axes[0].lines]
    assert starts == pytest.approx([starts[0]] * 3)


def test_the_snapshot_explorer_marks_the_end_of_every_cycle():
    cycles, curves = [1, 2, 4], np.linspace(0, 1, 8) * np.ones((3, 1))
    ends = {"averaged": np.array([0.1, 0.2, 0.3]), "last": np.array([0.1, 0.1, 0.1])}
    made = snapshot_explorer(cycles, np.ones((3, 16)), curves, ends)
    rate, accuracy, left = made.figure((1,)).axes
    taken = accuracy.collections[0].get_offsets()
    assert np.asarray(taken[~np.isnan(taken[:, 1])])[:, 0].tolist() == [4, 8]
    assert rate.lines[0].get_xdata()[-1] == pytest.approx(7.5)
    assert left.lines[0].get_ydata() == pytest.approx(ends["averaged"])
    assert made.text((1,)) == "2 cycles: averaged 20.0%, last 10.0%."


@pytest.fixture(scope="module")
def recorded():
    """The weights of a random walk of a linear network, before and after each of 40 steps."""
    start = parameters_to_vector(build().parameters()).detach().numpy()
    moves = np.random.default_rng(0).normal(size=(40, len(start))) / 20
    return np.concatenate([start[None], start + moves.cumsum(axis=0)]).astype(np.float32)


@pytest.mark.parametrize("decay", [0.5, 0.9, 0.995])
def test_shares_of_steps_give_torchs_average_after_every_step(recorded, decay):
    model = build()
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
    shares = shares_of_steps(decay, np.arange(len(recorded)))
    assert shares.sum(axis=1) == pytest.approx(1)
    for row, expected in zip(recorded, shares @ recorded, strict=True):
        vector_to_parameters(torch.from_numpy(row), model.parameters())
        average.update_parameters(model)
        have = parameters_to_vector(average.module.parameters()).detach().numpy()
        assert have == pytest.approx(expected, abs=1e-5)


def test_accuracies_of_vectors_are_those_of_the_network(recorded, digits):
    model = build()
    found = accuracies(model, recorded[None, :3], digits.val)
    assert found.shape == (1, 3)
    for row, accuracy in zip(recorded[:3], found[0], strict=True):
        vector_to_parameters(torch.from_numpy(row), model.parameters())
        assert evaluate(model, digits.val)[1] == pytest.approx(accuracy, abs=1e-6)


def test_the_polyak_explorer_draws_the_weight_and_its_average(recorded, digits):
    runs = {"noisy": recorded, "calm": recorded / 2}
    made = polyak_explorer(build(), runs, [0.5, 0.9], digits.val[:100], weight=7)
    weight, network, decays = made.figure((1, 0)).axes
    shares = shares_of_steps(0.9, np.arange(len(recorded)))
    assert weight.lines[0].get_ydata() == pytest.approx(recorded[:, 7], abs=1e-6)
    assert weight.lines[1].get_ydata() == pytest.approx(shares @ recorded[:, 7], abs=1e-6)
    assert len(network.lines[1].get_ydata()) == NUM_TIMES
    assert decays.lines[1].get_xdata() == pytest.approx([2, 10])
    assert f"{0.9**40:.1%} of the average is still the random start" in made.text((1, 0))


@pytest.fixture(scope="module")
def moons():
    x, y = make_moons(90, noise=0.3, random_state=0)
    y = 2 * y - 1
    stump = DecisionTreeClassifier(max_depth=1)
    return AdaBoostClassifier(stump, n_estimators=12, random_state=0).fit(x, y), x, y


def test_the_running_vote_is_scikit_learns_at_every_stage(moons):
    fitted, x, y = moons
    errors = (np.sign(running_vote(fitted, x)) != y).mean(axis=1)
    assert 1 - errors == pytest.approx(list(fitted.staged_score(x, y)))


def test_the_weights_of_each_round_explain_the_error_of_the_next(moons):
    fitted, x, y = moons
    weights = weights_after_each_round(fitted, x, y)
    assert weights.sum(axis=1) == pytest.approx(1)
    for before, weak, error in zip(
        weights, fitted.estimators_[1:], fitted.estimator_errors_[1:], strict=False
    ):
        assert before[weak.predict(x) != y].sum() == pytest.approx(error)


def test_the_boosting_explorer_shows_the_heaviest_examples(moons):
    fitted, x, y = moons
    false = np.arange(90) % 9 == 0
    made = boosting_explorer({"stump": fitted, "again": fitted}, x, y, false, (x[:30], y[:30]))
    plane, errors, share = made.figure((11, 1)).axes
    weights = weights_after_each_round(fitted, x, y)
    heaviest = np.argsort(-weights[11])[:9]
    assert np.asarray(plane.collections[2].get_offsets()) == pytest.approx(x[heaviest], abs=1e-6)
    assert share.lines[0].get_ydata() == pytest.approx(weights[:, false].sum(axis=1), abs=1e-6)
    staged = 1 - np.array(list(fitted.staged_score(x, y)))
    assert errors.lines[0].get_ydata() == pytest.approx(staged, abs=1e-6)
    assert made.text((11, 1)).startswith("12 rounds, again: ")

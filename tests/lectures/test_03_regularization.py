"""Lecture 3 in a real kernel: it runs clean, and what its prose says is what its cells measure."""

import numpy as np
import pytest

from tests.lectures.execution import measure

# Runs after the lecture, in its kernel: what the lecture measured.
INSPECTION = """
import json

def to_plain(value):
    return value.tolist()

print(json.dumps(dict(
    bias2=bias2, variance=variance, parts=parts, error=error, sigma=sigma,
    counts=[multi_plane_image, measurements, nerf],
    num_wrong=num_wrong,
    plain_training=plain_history.train_accuracy,
    plain_validation=plain_history.val_accuracy,
    num_zero=num_zero,
    decays=[[run.train_accuracy[-1], run.val_accuracy[-1]] for run in runs],
    apart=apart,
    decayed={name: path[-1] for name, path in decayed.items()},
    norms=[vectors.norm(dim=1), moved["Max norm"].norm(dim=1)],
    batch_norm=[outputs.mean(), outputs.std(), test_output],
    sums=sums,
    keep_probs=keep_probs,
    means=means,
    training=training[:, -1],
    validation=validation[:, -1],
    few_clean=[history.train_accuracy[-1], history.val_accuracy[-1]],
    survival=list(survival.values()),
    exponent=exponent,
    rows={name: row for name, row in rows.items()},
    accuracies=accuracies,
    scaled_accuracy=scaled_accuracy,
    same_class=same_class,
    difference=difference,
    confidence=[scaled.amax(1).mean(), monte_carlo.amax(1).mean()],
    weights=[total, fully_connected],
    of_dropout=of_dropout, of_dropconnect=of_dropconnect,
    regions=region_ends,
    sizes=[layer.output_size for layer in pools],
    spread=pooled.std(0).mean(),
    expected_depths=expected, depth_sums=depths.sum(1),
    stochastic=[in_training.unique(), in_training.mean(), in_testing.mean()],
    right=right, wrong=wrong, best_margins=best_margins[:, 1:],
    lowest=margins[losses.argmin(2)][:, 1:],
), default=to_plain))
"""


@pytest.fixture(scope="module")
def measured() -> dict:
    return measure("03_regularization", INSPECTION)


def test_section_1_bias_variance_and_noise_add_up_to_the_error(measured):
    parts, error = measured["parts"], measured["error"]
    assert parts == pytest.approx(error, rel=0.1)
    assert error.index(min(error)) == 2
    bias2, variance = measured["bias2"], measured["variance"]
    assert bias2[0] > 10 * variance[0] and bias2[1] > 10 * variance[1]
    assert all(bias < spread / 100 for bias, spread in zip(bias2[2:], variance[2:], strict=True))
    assert variance == sorted(variance)


def test_section_1_parameters_and_measurements(measured):
    assert measured["counts"] == [201_326_592, 75_497_472, 595_844]


def test_section_2_the_large_network_overfits(measured):
    training, validation = measured["plain_training"], measured["plain_validation"]
    assert measured["num_wrong"] == 60
    assert training[-1] > 0.85
    assert max(validation) - validation[-1] > 0.05


def test_section_3_only_penalties_with_absolute_values_make_zeros(measured):
    l2, l1, elastic = measured["num_zero"]
    assert set(l2) == {0}
    assert l1 == elastic == sorted(l1) and l1[0] == 0 and l1[-1] == 5


def test_section_3_a_stronger_decay_makes_a_smoother_network(measured):
    training, validation = zip(*measured["decays"], strict=True)
    best = max(range(len(validation)), key=validation.__getitem__)
    assert 0 < best < len(validation) - 1
    assert validation[best] > validation[0] + 0.01
    assert training[0] > training[best] > training[-1]
    assert validation[-1] < validation[best] - 0.05


def test_section_3_l2_is_weight_decay_for_plain_sgd_only(measured):
    apart = measured["apart"]
    assert max(apart["SGD"]) < 1e-5
    for name in ("SGD, momentum", "Adam"):
        from_penalty, from_shrinking = apart[name]
        assert from_penalty < 1e-4 and from_shrinking > 1e-3
    from_penalty, from_shrinking = apart["AdamW"]
    assert from_shrinking < 1e-4 and from_penalty > 0.1
    ends = measured["decayed"]
    for name in ("SGD", "AdamW"):
        assert ends[name][0] == pytest.approx(ends[name][1], abs=0.05)
    assert ends["Adam"][0] > 0.5 > 0.1 > abs(ends["Adam"][1])


def test_section_3_max_norm_moves_long_vectors_only(measured):
    for before, after in zip(*measured["norms"], strict=True):
        assert after == pytest.approx(min(before, 1.0), rel=1e-5)


def test_section_4_batch_normalization_tests_with_about_the_mean_of_its_noise(measured):
    mean, deviation, test_output = measured["batch_norm"]
    assert deviation > 0.05
    assert 0 < abs(mean - test_output) < deviation / 2


def test_section_5_the_mean_over_the_masks_is_the_keep_probability_times_the_sum(measured):
    assert measured["sums"] == [10.0, 6.0, 4.0, 0.0]
    for keep_prob, mean in zip(measured["keep_probs"], measured["means"], strict=True):
        assert mean == pytest.approx(10 * keep_prob)


def test_section_7_keeping_less_helps_until_it_hurts(measured):
    training, validation = measured["training"], measured["validation"]
    best = max(range(10), key=validation.__getitem__)
    assert 0 < best < 5
    assert validation[best] > validation[-1] + 0.05
    assert training[-1] > training[best] + 0.05
    assert training[best] < validation[best]
    assert validation[0] < validation[best] and training[0] < training[best]


def test_section_7_without_wrong_labels_a_gap_stays(measured):
    training, validation = measured["few_clean"]
    assert training > 0.98 and training - validation > 0.04


def test_section_8_less_is_lost_with_units_the_less_was_kept_in_training(measured):
    lost = [kept[0] - kept[5] for kept in measured["survival"]]
    assert lost[0] > lost[1] > lost[2]


def test_section_8_the_number_of_masks(measured):
    assert measured["exponent"] == 1233


def test_section_9_scaling_is_the_geometric_mean_for_one_softmax_layer(measured):
    rows = measured["rows"]
    assert rows["geometric mean"] == pytest.approx(rows["scaled by one half"], abs=1e-12)
    assert max(rows["arithmetic mean"]) < max(rows["geometric mean"])


def test_section_9_many_passes_come_close_to_weight_scaling_but_not_to_its_confidence(measured):
    accuracies, scaled = measured["accuracies"], measured["scaled_accuracy"]
    assert accuracies[0] < scaled - 0.05
    assert accuracies[3] - accuracies[0] > (accuracies[-1] - accuracies[0]) / 2
    assert accuracies[-1] == pytest.approx(scaled, abs=0.03)
    assert measured["same_class"] > 0.9
    assert measured["difference"] > 0.02
    of_scaling, of_passes = measured["confidence"]
    assert of_scaling > of_passes


def test_section_11_the_weights_of_vgg_16(measured):
    assert measured["weights"] == [138_344_128, 123_633_664]


def test_section_10_dropconnect_has_dropouts_mean_and_other_noise(measured):
    of_dropout, of_dropconnect = (
        np.array(measured[name]) for name in ("of_dropout", "of_dropconnect")
    )
    for outputs in (of_dropout, of_dropconnect):
        assert outputs.mean(0) == pytest.approx([5.0, 3.5])
    assert np.corrcoef(of_dropout.T)[0, 1] > 0.9
    assert np.corrcoef(of_dropconnect.T)[0, 1] == pytest.approx(0, abs=1e-12)


def test_section_10_fractional_pooling_steps_by_one_and_two_to_an_eighth(measured):
    assert set(np.diff(measured["regions"])) == {1, 2}
    assert measured["sizes"][-1] == [round(427 / 8), 640 // 8] and len(measured["sizes"]) == 6
    assert measured["spread"] > 0.01


def test_section_10_stochastic_depth(measured):
    assert measured["depth_sums"] == pytest.approx([1.0] * 10)
    assert measured["expected_depths"][4] == pytest.approx((3 * 54 - 1) / 4)
    values, in_training, in_testing = measured["stochastic"]
    assert values == pytest.approx([0, 1.25])
    assert in_training == pytest.approx(in_testing, abs=0.01) and in_testing == 1


def test_section_10_label_smoothing(measured):
    right, wrong = np.array(measured["right"]), np.array(measured["wrong"])
    assert (right[0, 3], wrong[0, 3]) == pytest.approx((0.90, 0.05))
    assert right + wrong * np.array([[2], [9]]) == pytest.approx(np.ones((2, 11)))
    assert np.array(measured["best_margins"]) == pytest.approx(
        np.array(measured["lowest"]), abs=0.051
    )

"""Lecture 3 in a real kernel: it runs clean, and what its prose says is what its cells measure."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
LECTURE = ROOT / "lectures" / "03_regularization.ipynb"
WIDGET = "application/vnd.jupyter.widget-view+json"

# Runs after the lecture, in its kernel: what the lecture measured, and its explorers' pictures.
INSPECTION = """
import io, json
from matplotlib.image import imread
from utils.explorers import Explorer

def drawn(explorer, index):
    buffer = io.BytesIO()
    explorer.figure(index).savefig(buffer, format="png")
    buffer.seek(0)
    return len(np.unique(imread(buffer))), explorer.text(index)

pictures = {}
for name, value in list(globals().items()):
    if isinstance(value, Explorer) and not name.startswith("_"):
        last = tuple(len(slider.options) - 1 for slider in value.controls)
        places = [tuple(0 for _ in last), value.index, last]
        pictures[name] = [drawn(value, place) for place in places]

def to_plain(value):
    return value.tolist()

print(json.dumps(dict(
    pictures=pictures,
    num_wrong=num_wrong,
    plain_training=plain_history.train_accuracy,
    plain_validation=plain_history.val_accuracy,
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
), default=to_plain))
"""


@pytest.fixture(scope="module")
def executed() -> nbformat.NotebookNode:
    """The lecture with its outputs, and those of the inspection as its last cell."""
    notebook = nbformat.read(LECTURE, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(INSPECTION))
    client = NotebookClient(notebook, timeout=240, resources={"metadata": {"path": LECTURE.parent}})
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return client.execute(env={**os.environ, "PYTHONPATH": path})


@pytest.fixture(scope="module")
def measured(executed) -> dict:
    return json.loads(executed.cells[-1].outputs[0].text)


def outputs(notebook) -> list[nbformat.NotebookNode]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_it_runs_without_errors_and_without_a_word_on_stderr(executed):
    assert [output for output in outputs(executed) if output.output_type == "error"] == []
    assert [output.text for output in outputs(executed) if output.get("name") == "stderr"] == []


def test_every_picture_has_an_alternative_text(executed):
    pictures = [out.data for out in outputs(executed) if "image/png" in out.get("data", {})]
    assert len(pictures) == 10
    for data in pictures:
        assert len(data["text/plain"]) > 30
        assert WIDGET in data or f'alt="{data["text/plain"][:20]}' in data["text/html"]


def test_explorers_draw_at_both_ends_and_where_they_start(measured):
    assert set(measured["pictures"]) == {"four_masks", "keeping", "averaging"}
    for drawn in measured["pictures"].values():
        assert all(num_values > 10 for num_values, _ in drawn)
        first, _, last = (text for _, text in drawn)
        assert first != last


def test_section_1_the_large_network_overfits(measured):
    training, validation = measured["plain_training"], measured["plain_validation"]
    assert measured["num_wrong"] == 60
    assert training[-1] > 0.85
    assert max(validation) - validation[-1] > 0.05


def test_section_2_batch_normalization_tests_with_about_the_mean_of_its_noise(measured):
    mean, deviation, test_output = measured["batch_norm"]
    assert deviation > 0.05
    assert 0 < abs(mean - test_output) < deviation / 2


def test_section_3_the_mean_over_the_masks_is_the_keep_probability_times_the_sum(measured):
    assert measured["sums"] == [10.0, 6.0, 4.0, 0.0]
    for keep_prob, mean in zip(measured["keep_probs"], measured["means"], strict=True):
        assert mean == pytest.approx(10 * keep_prob)


def test_section_5_keeping_less_helps_until_it_hurts(measured):
    training, validation = measured["training"], measured["validation"]
    best = max(range(10), key=validation.__getitem__)
    assert 0 < best < 5
    assert validation[best] > validation[-1] + 0.05
    assert training[-1] > training[best] + 0.05
    assert training[best] < validation[best]
    assert validation[0] < validation[best] and training[0] < training[best]


def test_section_5_without_wrong_labels_a_gap_stays(measured):
    training, validation = measured["few_clean"]
    assert training > 0.98 and training - validation > 0.04


def test_section_6_less_is_lost_with_units_the_less_was_kept_in_training(measured):
    lost = [kept[0] - kept[5] for kept in measured["survival"]]
    assert lost[0] > lost[1] > lost[2]


def test_section_6_the_number_of_masks(measured):
    assert measured["exponent"] == 1233


def test_section_7_scaling_is_the_geometric_mean_for_one_softmax_layer(measured):
    rows = measured["rows"]
    assert rows["geometric mean"] == pytest.approx(rows["scaled by one half"], abs=1e-12)
    assert max(rows["arithmetic mean"]) < max(rows["geometric mean"])


def test_section_7_many_passes_come_close_to_weight_scaling_but_not_to_its_confidence(measured):
    accuracies, scaled = measured["accuracies"], measured["scaled_accuracy"]
    assert accuracies[0] < scaled - 0.05
    assert accuracies[3] - accuracies[0] > (accuracies[-1] - accuracies[0]) / 2
    assert accuracies[-1] == pytest.approx(scaled, abs=0.03)
    assert measured["same_class"] > 0.9
    assert measured["difference"] > 0.02
    of_scaling, of_passes = measured["confidence"]
    assert of_scaling > of_passes


def test_section_8_the_weights_of_vgg_16(measured):
    assert measured["weights"] == [138_344_128, 123_633_664]

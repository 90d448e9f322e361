"""lectures/README.md says where each topic of the syllabus is taught, and the lectures hold it to that."""

import re
from collections import defaultdict

import nbformat
import pytest

from tests.lectures.changed import LECTURES, ROOT

MAP = (ROOT / "lectures" / "README.md").read_text(encoding="utf-8")
# Topics of each part of the syllabus, in its order.
TOPICS = {
    1: [
        "Activation functions",
        "Data preprocessing",
        "Weight initialization",
        "Convergence",
        "Batch normalization",
        "Gradient checking",
    ],
    2: [
        "Gradient descent, SGD, minibatches, epochs",
        "Momentum, Nesterov",
        "AdaGrad, RMSProp, Adam",
        "First against second order, L-BFGS",
        "Large and small batches",
    ],
    3: [
        "Overfitting, bias and variance",
        "L2, L1, elastic net, max norm",
        "The common pattern",
        "Dropout",
        "DropConnect",
        "Fractional max pooling",
        "Stochastic depth",
        "Label smoothing",
        "What to use when",
    ],
    4: [
        "Flips; random crops and scales",
        "Colour jitter, PCA lighting",
        "RandAugment",
        "AutoAugment, population based, fast",
        "Cutout, random erasing",
        "Mixup",
        "CutMix",
        "Invariances",
    ],
    5: [
        "Which learning rate is best?",
        "Step, cosine, linear, inverse square root, constant",
        "Exponential, 1/t, √(1 − t/T), per-epoch factor",
        "Linear warm-up",
        "Linear scaling rule",
        "Cyclic rates, warm restarts",
        "Early stopping, checkpoints",
    ],
    6: [
        "Train, validation, test",
        "What to tune",
        "Grid against random search",
        "Coarse to fine",
        "Seven steps without many GPUs",
        "Learning curves",
        "Update-to-weight ratio",
        "Command centre",
    ],
    7: [
        "Independent models",
        "Ways to differ",
        "Bagging, boosting",
        "Snapshot ensembles",
        "Polyak averaging",
    ],
    8: [
        "Feature extraction",
        "Fine-tuning",
        "Little or much data, near or far",
        "It is the norm, and its limits",
    ],
    9: [
        "LeNet-5, AlexNet",
        "VGG",
        "ResNet",
        "Why convolution",
        "Complexity compared",
    ],
}


def rows() -> dict[int, list[tuple[str, list[str]]]]:
    """(topic, sections) of each table, by the number of its lecture."""
    tables = defaultdict(list)
    for line in MAP.splitlines():
        if found := re.match(r"## (\d+) ", line):
            number = int(found[1])
        elif found := re.match(r"\| (?!topic|---)(.+?) \| (.+?) \|$", line):
            tables[number].append((found[1], found[2].split("; ")))
    return tables


def headings(number: int) -> list[str]:
    (path,) = [path for path in LECTURES if path.name.startswith(f"{number:02d}_")]
    cells = nbformat.read(path, as_version=4).cells
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.findall(r"^## (\d+\. .+)$", prose, re.MULTILINE)


@pytest.mark.parametrize("number", TOPICS)
def test_every_topic_of_the_syllabus_has_its_row(number):
    assert [topic for topic, _ in rows()[number]] == TOPICS[number]


@pytest.mark.parametrize("number", TOPICS)
def test_rows_name_sections_that_exist_and_leave_none_out(number):
    named = {section for _, sections in rows()[number] for section in sections}
    found = headings(number)
    assert named - set(found) == set()
    assert set(found[:-1]) - named == set()  # the last one is what to remember


def test_each_lecture_is_named_with_its_file_and_title():
    for path in LECTURES:
        title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0]
        number, name = re.match(r"# Lecture (\d+): (.+)", title).groups()
        assert f"## {number} [{name}]({path.name})" in MAP.splitlines()

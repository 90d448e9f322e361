"""Every lecture in a real kernel: it runs clean, its pictures have words, its explorers draw at both ends."""

import json

import nbformat
import pytest

from tests.lectures.changed import parameters
from tests.lectures.execution import execute

WIDGET = "application/vnd.jupyter.widget-view+json"

# Runs after a lecture, in its kernel: each explorer where it starts, at both ends, and with each control at both ends.
INSPECTION = """
import io, json
import numpy as np
from matplotlib.image import imread
from utils.explorers import Explorer

def places(explorer):
    last = [len(control.options) - 1 for control in explorer.controls]
    yield from (explorer.index, tuple(0 for _ in last), tuple(last))
    for number, end in enumerate(last):
        for position in (0, end):
            yield (*explorer.index[:number], position, *explorer.index[number + 1:])

def num_values(figure):
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=50)
    buffer.seek(0)
    return len(np.unique(imread(buffer)))

explorers = {name: value for name, value in list(globals().items())
             if isinstance(value, Explorer) and not name.startswith("_")}
print(json.dumps({name: [(num_values(made.figure(place)), made.text(place)) for place in places(made)]
                  for name, made in explorers.items()}))
"""


@pytest.fixture(scope="module", params=parameters())
def executed(request) -> nbformat.NotebookNode:
    """A lecture with its outputs, and those of the inspection as its last cell."""
    return execute(request.param, INSPECTION, allow_errors=True)


def outputs(notebook) -> list[nbformat.NotebookNode]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_it_runs_without_errors_and_without_a_word_on_stderr(executed):
    failed = [
        (cell.source, output.evalue)
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]
    assert failed == []
    assert [output.text for output in outputs(executed) if output.get("name") == "stderr"] == []


def test_every_picture_has_an_alternative_text(executed):
    pictures = [out.data for out in outputs(executed) if "image/png" in out.get("data", {})]
    assert pictures
    for data in pictures:
        assert len(data["text/plain"]) > 30
        assert WIDGET in data or 'alt="' in data["text/html"]


def test_explorers_draw_something_everywhere_and_say_what(executed):
    explorers = json.loads(executed.cells[-1].outputs[-1].text)
    assert explorers
    for name, drawn in explorers.items():
        assert all(num_values > 10 for num_values, _ in drawn), name
        assert all(len(text) > 10 for _, text in drawn), name
        assert len({text for _, text in drawn}) > 1, name

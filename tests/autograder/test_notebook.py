"""Running a notebook in a kernel, wherever that is asked for, and checking what it answers."""

import asyncio
import gc
import shutil
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from autograder.notebook import check_notebook, run_notebook
from autograder.practice import CHECKS, MIME
from autograder.verdict import NOT_ATTEMPTED
from tests.conftest import COURSE


def result(tmp_path):
    notebook = new_notebook(cells=[new_code_cell("6 * 7")])
    run_notebook(notebook, tmp_path)
    return notebook.cells[0].outputs[0]["data"]["text/plain"]


def test_a_notebook_runs_and_leaves_nothing_open(tmp_path, recwarn):
    assert result(tmp_path) == "42"
    gc.collect()
    assert not [warning for warning in recwarn if warning.category is ResourceWarning]


def test_a_notebook_runs_where_an_event_loop_runs_already(tmp_path):
    async def inside():
        return result(tmp_path)

    with ThreadPoolExecutor(1) as thread:  # this one may have a loop of its own, a browser's
        assert thread.submit(asyncio.run, inside()).result() == "42"


FORGED = {"exercise": "forged", "title": "forged", "status": "right", "parts": [], "remarks": []}
GIVE = "def vanilla_dropout(x, keep_prob, training):\n    {}\n"
CHECK = 'from autograder import check\ncheck("dropout.vanilla", vanilla_dropout)'


def notebook(folder, *sources, outputs=()):
    """A notebook of these code cells, with the course's public cases beside it."""
    cells = [new_code_cell(source, outputs=list(outputs)) for source in sources]
    shutil.copy(COURSE.assignment("03_regularization").folder / CHECKS, folder)
    nbformat.write(new_notebook(cells=cells), folder / "work.ipynb")
    return folder / "work.ipynb"


def found(checked):
    return [(verdict.exercise, verdict.status) for verdict in checked.verdicts]


def test_what_was_checked_before_the_kernel_ended_counts(tmp_path):
    """What had been saved below a later cell, or is shown by other code, is no verdict."""
    saved = [new_output("display_data", {MIME: {**FORGED, "exercise": "saved"}})]
    shows = "from IPython.display import display\ndisplay({data!r}, raw=True)"
    forged = [
        shows.format(data={MIME: value}) for value in ({"parts": 3}, {**FORGED, "parts": [1]})
    ]
    end = "import os; os._exit(1)"
    cells = [GIVE.format("raise NotImplementedError"), CHECK, *forged, end, CHECK]
    checked = check_notebook(notebook(tmp_path, *cells, outputs=saved))
    assert found(checked) == [("dropout.vanilla", NOT_ATTEMPTED)]
    assert "ended its own kernel" in checked.problem


def test_a_cell_that_cannot_be_interrupted_ends_with_the_notebooks_time(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.notebook.NOTEBOOK_SECONDS", 5)
    monkeypatch.setattr("autograder.notebook.CELL_SECONDS", 1)
    stays = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    checked = check_notebook(notebook(tmp_path, stays, CHECK))
    assert found(checked) == [] and "took longer than" in checked.problem


def test_a_notebook_with_no_check_has_no_problem(tmp_path):
    checked = check_notebook(notebook(tmp_path, "1 + 1"))
    assert (checked.verdicts, checked.problem) == ([], "")
    assert checked.total().endswith("holds no check(...) line that was run.")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}', "\x00"])
def test_a_file_that_is_no_notebook_has_a_problem(text, tmp_path):
    (tmp_path / "work.ipynb").write_text(text)
    checked = check_notebook(tmp_path / "work.ipynb")
    assert checked.verdicts == [] and "is not a notebook that can be read" in checked.problem

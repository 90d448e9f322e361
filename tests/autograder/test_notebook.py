"""Running a notebook in a kernel, wherever that is asked for."""

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor

from nbformat.v4 import new_code_cell, new_notebook

from autograder.notebook import run_notebook


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

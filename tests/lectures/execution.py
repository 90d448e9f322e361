"""Running a lecture in a real kernel, and asking it afterwards what it measured."""

import json
import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 300  # for one cell, on a loaded machine


def execute(lecture: Path, inspection: str, allow_errors: bool = False) -> nbformat.NotebookNode:
    """The lecture with its outputs, and those of the inspection, which runs in its kernel, as its last cell."""
    notebook = nbformat.read(lecture, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(inspection))
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT_S,
        allow_errors=allow_errors,
        resources={"metadata": {"path": lecture.parent}},
    )
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return client.execute(env={**os.environ, "PYTHONPATH": path})


def measure(lecture: str, inspection: str) -> dict:
    """What the inspection of a lecture, named without its ending, prints as JSON."""
    executed = execute(ROOT / "lectures" / f"{lecture}.ipynb", inspection)
    return json.loads(executed.cells[-1].outputs[0].text)

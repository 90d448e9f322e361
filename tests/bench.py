"""`make bench`: how long the steps of grading take on this machine. Figures, not tests: nothing here can fail.

Each figure is the median of several runs in one process; compare figures of one run only.
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

import nbformat

from autograder.grading.processes import WORKERS
from autograder.grading.rebuild import rebuild
from autograder.grading.record import expectations, record_public
from autograder.grading.run import run_and_judge
from autograder.grading.session import Limits, Session
from autograder.practice import practise
from autograder.verdict import RIGHT
from tests.conftest import COURSE

ASSIGNMENT = "03_regularization"


def seconds(step, repeats=3):
    """Median wall-clock time of a step."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def first_cell():
    with Session(Limits()) as session:
        session.run("import torch; torch.ones(3).sum()")


def main() -> None:
    assignment = COURSE.assignment(ASSIGNMENT)
    rows = [("the warm process starts, first cell runs", seconds(first_cell, 1))]
    rows.append(("a fork of it starts, first cell runs", seconds(first_cell, 9)))
    rows.append(
        ("public cases and known mistakes recorded", seconds(lambda: record_public(assignment), 1))
    )
    recorded = expectations(assignment)
    solution = nbformat.from_dict(assignment.notebook)

    def judge_submission():
        notebook = rebuild(assignment, solution, [])
        done = run_and_judge(notebook, assignment, recorded, Limits())
        verdicts = [c.metadata.autograder.verdict for c in done.cells if "autograder" in c.metadata]
        assert {verdict.status for verdict in verdicts} == {RIGHT}

    rows.append(("a right submission run and judged, nbgrader apart", seconds(judge_submission, 5)))
    namespace = {}
    for cell in assignment.notebook.cells:
        if cell.cell_type == "code" and not cell.source.startswith(("check(", "try:")):
            exec(cell.source, namespace)
    for name, check in assignment.checks.items():
        answer = eval(check.expression, namespace)
        public = [record for record in recorded[name] if record.public]
        rows.append(
            (
                f"check({name!r}, …) in a notebook",
                seconds(lambda a=answer, p=public, e=check: practise(e.exercise, a, p), 5),
            )
        )
    for what, took in rows:
        print(f"{what:62} {took:8.3f} s")
    for worker in WORKERS.values():
        worker.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_DATA_HOME"] = str(Path(folder))
        main()

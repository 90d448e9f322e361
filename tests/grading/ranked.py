"""A course whose one assignment is ranked, and takes no training: signs of numbers, learned by nobody."""

import shutil
from pathlib import Path

import nbformat

from autograder.grading.course import Course
from tests.conftest import COURSE_FILES, ROOT

NAME = "11_signs"
NUM_HELD_OUT = 200
ANSWER = "tiny-signs"
STUB = "def signs(x):\n    ### BEGIN SOLUTION\n    return x > 0\n    ### END SOLUTION\n"
PERFECT = "def signs(x):\n    return x > 0\n"
WEAK = "def signs(x):\n    return x > 0.5\n"
GUESSED = "def signs(x):\n    return x != x\n"
EXERCISE = f'''
"""A ranked exercise for tests."""

import numpy as np

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Problem, Same

HALF = "half are right"


class Signs(Exercise):
    name, title = "tiny.signs", "Signs"
    num_held_out, num_classes, levels = {NUM_HELD_OUT}, 2, (60, 90)
    parts = (Part(HALF, 4, (HALF,), "Lecture 1"),)
    mistakes = {{}}
    flagged = ("sign",)

    def cases(self, rng_for):
        return [{{"name": "numbers", "seed": int(rng_for("numbers").integers(2**31))}}]

    def given(self, case):
        return case | {{"x": np.random.default_rng(case["seed"]).normal(size={NUM_HELD_OUT})}}

    def probe(self, answer, case, device):
        return {{"said": np.asarray(answer(case["x"]))}}

    def count_right(self, case, output):
        said = output["said"]
        if said.shape != ({NUM_HELD_OUT},):
            raise Malformed("One answer for each number is asked for.")
        return int((said == (self.given(case)["x"] > 0)).sum())

    def measure(self, case, output):
        half = self.count_right(case, output) >= {NUM_HELD_OUT} / 2
        return {{HALF: Same(True) if half else Problem("Fewer than half are right.")}}


EXERCISES = (Signs(),)
'''


def ranked_course(root: Path) -> Course:
    """The course, with everything that it needs to be graded by its own command line."""
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in COURSE_FILES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        copy(ROOT / name, root / name, **({"ignore": ignore} if (ROOT / name).is_dir() else {}))
    (root / "autograder" / "exercises" / "tiny.py").write_text(EXERCISE)
    (root / "assignments" / "answers").mkdir(parents=True)
    folder = root / "assignments" / "source" / NAME
    folder.mkdir(parents=True)
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    cells = [
        nbformat.v4.new_markdown_cell("# Signs <of> numbers", id="title"),
        _cell("setup", "from autograder import check", locked=True),
        _cell(ANSWER, STUB, solution=True),
        _cell(f"check-{ANSWER}", 'check("tiny.signs", signs)', locked=True, grade=True, points=4),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
    return Course(root)


def _cell(name, source, **mark):
    given = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    cell = nbformat.v4.new_code_cell(source, id=name)
    cell.metadata["nbgrader"] = {**given, "grade_id": name, **mark}
    return cell


def work(course: Course, answer: str) -> nbformat.NotebookNode:
    """The released notebook with an answer in it."""
    released = course.nbgrader_root / "release" / NAME / f"{NAME}.ipynb"
    notebook = nbformat.read(released, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == ANSWER:
            cell.source = answer
    return notebook


def hand_in(course: Course, student: str, notebook: nbformat.NotebookNode) -> None:
    folder = course.nbgrader_root / "submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")

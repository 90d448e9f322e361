"""Writing the overview's two files. A notebook that somebody has changed is never replaced."""

import hashlib
from pathlib import Path

import nbformat

from autograder.files import write_atomically
from autograder.grading.alike import find_alike
from autograder.grading.course import Assignment
from autograder.grading.overview.gather import gather
from autograder.grading.overview.page import TEMPLATES, render
from autograder.grading.plan import read_plan
from autograder.texts import AGREED, TextsError, dumps, to_notebook, to_text

PAGE, NOTEBOOK = "overview.html", "overview.ipynb"
NAME = "ASSIGNMENT"  # in the notebook's text


def write_overview(assignment: Assignment) -> list[str]:
    """Write overview.html and overview.ipynb into the assignment's reports; sentences on what was written.

    Raises CourseError where nothing is graded, OSError where the folder cannot be written.
    """
    cls = gather(assignment)
    left_out: list[str] = []
    pairs = find_alike(assignment, left_out)
    page = render(read_plan(assignment.course).name, cls, pairs, left_out)
    folder = assignment.course.nbgrader_root / "reports" / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / PAGE, page)
    told = [f"Wrote {folder / PAGE}"]
    if _is_changed(folder / NOTEBOOK):
        left = (
            f"{folder / NOTEBOOK} was changed and stays as it is: rename it to have it made anew."
        )
        return [*told, left]
    write_atomically(folder / NOTEBOOK, notebook(assignment.name))
    return [*told, f"Wrote {folder / NOTEBOOK}"]


def notebook(assignment: str) -> str:
    """The notebook's file content."""
    text = (TEMPLATES / "notebook.txt").read_text(encoding="utf-8")
    return dumps(to_notebook(text.replace(NAME, assignment)))


def _is_changed(path: Path) -> bool:
    """Whether it says something else than the text that it was made from; outputs do not count."""
    try:
        found = nbformat.read(path, as_version=4)
        text = hashlib.sha256(to_text(found).encode()).hexdigest()
        return text != found.metadata.get(AGREED)
    except FileNotFoundError:
        return False
    except (TextsError, ValueError, AttributeError, nbformat.ValidationError):
        return True

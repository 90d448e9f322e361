"""A course of one small assignment, for tests that grade it many times over."""

import copy
import shutil
from pathlib import Path

import nbformat
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from autograder.grading.book import Book
from autograder.grading.course import Assignment, Course, answer_id, grade_id
from autograder.grading.rebuild import stubs
from tests.conftest import ROOT

NAME = "mini"
EXERCISE = "schedules.warmup_cosine"
ANSWER = answer_id(EXERCISE)
ROWS = {
    "submission": "SELECT student_id, late_submission_penalty FROM submitted_assignment "
    "LEFT JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id",
    "grade": "SELECT student_id, base_cell.name, auto_score, manual_score, needs_manual_grade",
    "comment": "SELECT student_id, base_cell.name, auto_comment, manual_comment",
}
JOINED = (
    " FROM {0} JOIN base_cell ON base_cell.id = {0}.cell_id"
    " JOIN submitted_notebook ON submitted_notebook.id = {0}.notebook_id"
    " JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id"
)


def small_course(root: Path, assignment: Assignment, url: str = "") -> Assignment:
    """The course's warm-up exercise and its written question, released, in a course of its own.

    url  the database that nbgrader_config.py names; without it the gradebook is a file of the course
    """
    by_id = {grade_id(cell): cell for cell in assignment.notebook.cells}
    cells = [
        copy.deepcopy(by_id[name]) for name in ("setup", ANSWER, f"check-{ANSWER}", "written-gap")
    ]
    folder = root / "assignments" / "source" / NAME
    folder.mkdir(parents=True)
    config = (ROOT / "nbgrader_config.py").read_text()
    config += f'\nc.CourseDirectory.db_url = "{url}"\n' if url else ""
    (root / "nbgrader_config.py").write_text(config)
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata=assignment.notebook.metadata),
        folder / f"{NAME}.ipynb",
    )
    (root / "assignments" / "answers").mkdir()
    shutil.copy(assignment.course.answers / "schedules.py", root / "assignments" / "answers")
    course = Course(root)
    Book(course).generate(NAME)
    return course.assignment(NAME)


def hand_in(assignment: Assignment, student: str, answer: str | None = None) -> Path:
    """Hand in the stub, or an answer in its place; the notebook's path."""
    notebook = nbformat.v4.new_notebook(cells=stubs(assignment).cells)
    for cell in notebook.cells:
        if grade_id(cell) == ANSWER and answer is not None:
            cell.source = answer
    folder = assignment.course.nbgrader_root / "submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
    return folder / f"{NAME}.ipynb"


def solution(assignment: Assignment) -> str:
    return next(cell.source for cell in assignment.notebook.cells if grade_id(cell) == ANSWER)


def gradebook(assignment: Assignment) -> dict[str, list]:
    """All that the gradebook says of the students' work, without the ids that nbgrader makes up, and without times."""
    with create_engine(Book(assignment.course).url, poolclass=NullPool).connect() as db:
        found = {}
        for table, columns in ROWS.items():
            question = columns if table == "submission" else columns + JOINED.format(table)
            rows = [tuple(row) for row in db.exec_driver_sql(question)]
            found[table] = sorted(rows, key=repr)
    return found

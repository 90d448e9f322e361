"""A course whose gradebook is filled in directly, for tests of what is done with grades."""

import contextlib
import json
import shutil
import warnings
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from autograder.grading.course import Course
from autograder.grading.intake import Arrival
from tests.conftest import ROOT

COURSE_ID = "neural-networks"  # as in nbgrader_config.py
POINTS = {"01_linear": (8, 2), "02_convolution": (20, 0), "03_regularization": (52, 8)}
DUE = datetime(2026, 9, 21, 22)  # UTC
PLAN = """
drop_lowest = 1
[late]
percent_per_day = 10
[assignments.01_linear]
due = 2026-09-22T00:00:00+02:00
[assignments.02_convolution]
weight = 2
[assignments.03_regularization]
"""


def course_with_grades(root: Path, marks: dict[str, dict], people: dict | None = None) -> Course:
    """A course of three assignments, and the gradebook of a class.

    marks   by student and assignment: points of the checks, and those by hand (None: still open)
    people  what the gradebook knows of a student: first_name, last_name, email, lms_user_id
    """
    for name in POINTS:
        folder = root / "assignments" / "source" / name
        folder.mkdir(parents=True)
        nbformat.write(nbformat.v4.new_notebook(), folder / f"{name}.ipynb")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "course.toml").write_text(PLAN)
    course = Course(root)
    with gradebook_of(course) as book:
        for name, (by_checks, by_hand) in POINTS.items():
            book.add_assignment(name)
            book.add_notebook(name, name)
            book.add_grade_cell("check", name, name, max_score=by_checks, cell_type="code")
            book.add_grade_cell("written", name, name, max_score=by_hand, cell_type="markdown")
        for student in marks:
            book.add_student(student, **(people or {}).get(student, {}))
        for student, own in marks.items():
            for name, (by_checks, by_hand) in own.items():
                book.add_submission(name, student)
                enter(book, name, student, by_checks, by_hand)
    return course


@contextlib.contextmanager
def gradebook_of(course: Course):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy's remarks on nbgrader's own queries
        with Gradebook(f"sqlite:///{course.nbgrader_root / 'gradebook.db'}", COURSE_ID) as book:
            yield book


def enter(book: Gradebook, name: str, student: str, by_checks: float, by_hand: float | None):
    grade = book.find_grade("check", name, name, student)
    grade.auto_score, grade.needs_manual_grade = by_checks, False
    grade = book.find_grade("written", name, name, student)
    grade.manual_score, grade.needs_manual_grade = by_hand, by_hand is None
    book.db.commit()


def hand_in_late(course: Course, name: str, student: str, days: float) -> None:
    with gradebook_of(course) as book:
        book.find_submission(name, student).timestamp = DUE + timedelta(days=days)
        book.db.commit()


def arrive(course: Course, name: str, arrivals: list[Arrival]) -> None:
    """Say where the hand-ins of an assignment came from, as taking in does."""
    folder = course.nbgrader_root / "submitted"
    folder.mkdir(exist_ok=True)
    plain = [asdict(replace(arrival, path=None)) for arrival in arrivals]
    (folder / f".{name}.arrivals.json").write_text(json.dumps(plain))

"""What the gradebook and the autograded notebooks hold of a class; nothing is run again, and nothing is written."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import nbformat
from nbgrader.api import Assignment as AssignmentRow
from nbgrader.api import BaseCell, Grade, SubmittedAssignment, SubmittedNotebook
from nbgrader.api import Student as StudentRow
from sqlalchemy import select

from autograder.grading.book import Book
from autograder.grading.booking import Booked
from autograder.grading.course import Assignment, CourseError, answer_id, check_of, grade_id
from autograder.grading.grade import outcome, students_of
from autograder.grading.intake import arrived
from autograder.grading.judging import NO_NOTEBOOK
from autograder.grading.rebuild import stubs
from autograder.grading.run import KEY
from autograder.plain import clean_text
from autograder.verdict import NOT_ATTEMPTED, Verdict

ELSEWHERE = ""  # the exercise of a cell that belongs to none
MAX_SOURCE = 6_000  # characters of one answer that are kept
REPORT = "results.xml"


@dataclass(frozen=True)
class Item:
    """One cell that carries points. `exercise` is empty for assertions of the notebook's own and written answers."""

    name: str
    title: str
    points: float
    exercise: str = ""
    by_hand: bool = False


@dataclass
class Work:
    """One graded submission.

    scores    by item, as they count, manual ones first; None where it is still to be graded by hand
    late      how long after the due date it came; None where it was in time or nothing says when
    limits    what it ran into, by exercise; ELSEWHERE for its other cells
    sources   its answers, by item, as far as they were written
    """

    student: str
    scores: dict[str, float | None]
    late: timedelta | None = None
    is_open: bool = False
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    limits: dict[str, list[str]] = field(default_factory=dict)
    flags: dict[str, list[str]] = field(default_factory=dict)
    asserted: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    is_old: bool = False  # something was handed in after it was graded

    @property
    def total(self) -> float:
        """Points before lateness, without what is still open."""
        return round(sum(score or 0 for score in self.scores.values()), 6)

    @property
    def is_untouched(self) -> bool:
        """Whether it was handed in as it was released, or could not be read, which leaves the same."""
        return not self.sources and all(
            verdict.status == NOT_ATTEMPTED for verdict in self.verdicts.values()
        )


@dataclass(frozen=True)
class Class:
    """A class and one assignment of it; `ungraded` says why, by student, and `absent` have handed in nothing."""

    assignment: str
    made: datetime
    due: datetime | None
    items: list[Item]
    works: list[Work]
    ungraded: dict[str, str]
    absent: list[str]

    @property
    def points(self) -> float:
        return sum(item.points for item in self.items)

    @property
    def counted(self) -> list[Work]:
        """The submissions that every number rests on: graded, and something in them was attempted."""
        return [work for work in self.works if not work.is_untouched]


def gather(assignment: Assignment) -> Class:
    """Read a graded class. Raises CourseError where nothing of the assignment is graded."""
    book, name = Book(assignment.course), assignment.name
    with book.session() as db:
        rows = {row.student_id: row for row in db.execute(_submissions(name))}
        due = db.scalar(select(AssignmentRow.duedate).filter_by(name=name))
        scores = _scores(db, name)
        known = list(db.scalars(select(StudentRow.id)))
    items, released = _items(assignment), _released(assignment)
    marked_late = {arrival.student for arrival in arrived(assignment) if arrival.late}
    works = []
    for student, path in _graded(assignment):
        if student in rows:
            notebook = nbformat.v4.reads(path.read_text(encoding="utf-8"))  # our own: valid
            work = _work(student, scores.get(student, {}), notebook, released)
            work.late = _late(rows[student], due, student in marked_late)
            work.is_open = bool(rows[student].needs_manual_grade)
            work.is_old = _is_newer(_submitted(assignment, student), path)
            works.append(work)
    if not works:
        raise CourseError(f"Nothing of {name} is graded yet: run 'autograder grade {name}' first.")
    ungraded = _ungraded(assignment, {work.student for work in works}, rows)
    handed_in = {work.student for work in works} | set(ungraded)
    absent = sorted(set(known) - handed_in)
    now = datetime.now().astimezone()
    return Class(name, now, due, items, works, ungraded, absent)


def _submissions(name):
    return (
        select(
            SubmittedAssignment.student_id,
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
            SubmittedAssignment.needs_manual_grade,
        )
        .join(AssignmentRow, AssignmentRow.id == SubmittedAssignment.assignment_id)
        .where(AssignmentRow.name == name)
    )


def _scores(db, name) -> dict[str, dict[str, float | None]]:
    """Points by student and cell; None where somebody has to give them by hand first."""
    columns = (Grade.auto_score, Grade.manual_score, Grade.extra_credit)
    question = (
        select(SubmittedAssignment.student_id, BaseCell.name, *columns)
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .join(AssignmentRow, AssignmentRow.id == SubmittedAssignment.assignment_id)
        .where(AssignmentRow.name == name)
    )
    found = {}
    for student, cell, auto, manual, extra in db.execute(question):
        score = auto if manual is None else manual
        found.setdefault(student, {})[cell] = None if score is None else score + (extra or 0)
    return found


def _items(assignment) -> list[Item]:
    items = []
    for cell in assignment.notebook.cells:
        mark = cell.metadata.get("nbgrader", {})
        if mark.get("grade") or mark.get("task"):
            check, name = check_of(cell), grade_id(cell)
            if check:
                exercise = check.exercise
                items.append(Item(name, exercise.title, mark["points"], exercise.name))
            else:
                by_hand = bool(mark.get("solution") or mark.get("task"))
                items.append(Item(name, name, mark["points"], by_hand=by_hand))
    return items


def _released(assignment) -> dict[str, str]:
    """What stands in the cells for answers as they are released, by grade_id."""
    marked = (c for c in stubs(assignment).cells if c.metadata.get("nbgrader", {}).get("solution"))
    return {grade_id(cell): cell.source for cell in marked}


def _graded(assignment) -> Iterator[tuple[str, Path]]:
    name = assignment.name
    for path in sorted((assignment.course.nbgrader_root / "autograded").glob(f"*/{name}")):
        if (path / f"{name}.ipynb").is_file():
            yield path.parent.name, path / f"{name}.ipynb"


def _submitted(assignment, student) -> Path:
    return assignment.course.nbgrader_root / "submitted" / student / assignment.name


def _work(student, scores, notebook, released) -> Work:
    told = outcome(student, Booked(0, 0, False), notebook)
    work = Work(student, scores, flags=told.flags, asserted=list(told.asserted))
    work.verdicts = {verdict.exercise: verdict for verdict in told.verdicts}
    belongs = {answer_id(exercise): exercise for exercise in work.verdicts}
    for cell in notebook.cells:
        name, check = grade_id(cell), check_of(cell)
        if name in released and cell.source != released[name]:
            work.sources[name] = clean_text(cell.source, MAX_SOURCE)
        exercise = check.exercise.name if check else belongs.get(name, ELSEWHERE)
        limits = cell.metadata.get(KEY, {}).get("limits", [])
        work.limits.setdefault(exercise, []).extend(limits)
    work.limits = {name: list(dict.fromkeys(hit)) for name, hit in work.limits.items() if hit}
    return work


def _late(row, due, is_marked) -> timedelta | None:
    """How late; zero where only the system that it came from says that it is."""
    if due is not None and row.timestamp is not None:
        late = row.timestamp - due - (row.extension or timedelta())
        return late if late > timedelta() else None
    return timedelta() if is_marked else None


def _is_newer(folder, graded) -> bool:
    """Whether something in a folder is newer than the graded notebook."""
    try:
        newest = max((entry.stat().st_mtime_ns for entry in os.scandir(folder)), default=0)
        return newest > graded.stat().st_mtime_ns
    except FileNotFoundError:
        return False


def _ungraded(assignment, graded, rows) -> dict[str, str]:
    """Who has handed in something that has no grade, and why, as far as the last report says."""
    found = {}
    for student in students_of(assignment):
        if student not in graded:
            is_empty = student in rows
            found[student] = NO_NOTEBOOK if is_empty else "It has not been graded yet."
    reasons = {student: text for student, text in _reasons(assignment) if student not in graded}
    return dict(sorted((found | reasons).items()))


def _reasons(assignment) -> Iterator[tuple[str, str]]:
    """What the last report says of those that could not be graded."""
    path = assignment.course.nbgrader_root / "reports" / assignment.name / REPORT
    try:
        cases = ElementTree.parse(path).iter("testcase")
    except (OSError, ElementTree.ParseError):
        return
    for case in cases:
        error = case.find("error")
        if case.get("name") == "submission" and error is not None and error.get("message"):
            yield case.get("classname", ""), error.get("message", "")

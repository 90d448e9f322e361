"""The rows of one graded submission in the gradebook, as nbgrader's Autograde would leave them.

nbgrader looks every cell up by six joins and commits after each; here one session of the caller's holds them all.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import nbformat
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import (
    compute_checksum,
    determine_grade,
    is_grade,
    is_locked,
    is_solution,
    is_task,
)
from sqlalchemy import select

from autograder.grading.course import CourseError, grade_id


@dataclass(frozen=True)
class Overridden:
    """A grade whose automatic score changed beneath a score given by hand; the one by hand goes on to count."""

    name: str
    before: float | None
    now: float | None
    by_hand: float


@dataclass(frozen=True)
class Booked:
    """What the gradebook says of a submission after it was entered. `score` does not know of the late penalty."""

    score: float
    max_score: float
    by_hand: bool
    penalty: float = 0.0
    overridden: tuple[Overridden, ...] = ()
    notes: tuple[str, ...] = ()


class Release:
    """A released notebook as the gradebook knows it: its cells by name."""

    def __init__(self, db, notebook: Notebook):
        self.row = notebook
        self.sources = _by_name(db, SourceCell, notebook)
        self.graded = _by_name(db, GradeCell, notebook)
        self.solutions = _by_name(db, SolutionCell, notebook)
        self.tasks = _by_name(db, TaskCell, notebook)

    def mark(self, notebook: nbformat.NotebookNode) -> None:
        """Write the release's kernel and checksums into a notebook rebuilt from the source, in place.

        Raises CourseError where its points or locked cells are not those of the release.
        """
        if self.row.kernelspec and (kernelspec := json.loads(self.row.kernelspec)):
            notebook.metadata["kernelspec"] = kernelspec
        marked = [cell for cell in notebook.cells if grade_id(cell)]
        changed = self.sources.keys() ^ {grade_id(cell) for cell in marked}
        for cell in marked:
            name = grade_id(cell)
            if name in self.sources and self._is_changed(cell, name):
                changed.add(name)
        if changed:
            raise CourseError(
                f"{self.row.name} was changed since its release ({', '.join(sorted(changed))}): "
                f"run 'autograder release {self.row.name}' again."
            )
        for cell in marked:
            cell.metadata.nbgrader["checksum"] = self.sources[grade_id(cell)].checksum

    def _is_changed(self, cell, name):
        source = self.sources[name]
        points = self.graded[name].max_score if name in self.graded else None
        return (
            cell.cell_type != source.cell_type
            or is_locked(cell) != source.locked
            or (is_locked(cell) and compute_checksum(cell) != source.checksum)
            or (is_grade(cell) and float(cell.metadata.nbgrader["points"]) != points)
        )


def _by_name(db, model, notebook):
    return {row.name: row for row in db.scalars(select(model).filter_by(notebook_id=notebook.id))}


def enter_submission(
    db, assignment: Assignment, student: str, timestamp: datetime | None
) -> SubmittedAssignment:
    """The row of a submission, made with its student's where it is missing.

    Without a time stamp the one of an earlier submission stays, as in nbgrader.
    """
    if db.get(Student, student) is None:
        db.add(Student(id=student))
        db.flush()
    key = {"assignment_id": assignment.id, "student_id": student}
    submission = db.scalar(select(SubmittedAssignment).filter_by(**key))
    if submission is None:
        submission = SubmittedAssignment(**key)
        db.add(submission)
    if timestamp is not None:
        submission.timestamp = timestamp
    db.flush()
    return submission


def enter_notebook(
    db, submission: SubmittedAssignment, release: Release, graded: nbformat.NotebookNode | None
) -> tuple[SubmittedNotebook, list[Overridden]]:
    """Grades and comments of one notebook; without one (None) every automatic score is 0.

    Scores and comments given by hand stay. Returns the grades whose new automatic score a score by hand hides.
    """
    key = {"assignment_id": submission.id, "notebook_id": release.row.id}
    submitted = db.scalar(select(SubmittedNotebook).filter_by(**key))
    if submitted is None:
        submitted = SubmittedNotebook(**key)
        db.add(submitted)
        db.flush()
    scored = [*release.graded.values(), *release.tasks.values()]
    grades = _by_cell(db, Grade, submitted, scored)
    answered = [*release.solutions.values(), *release.tasks.values()]
    comments = _by_cell(db, Comment, submitted, answered)
    before = {grade.cell_id: grade.auto_score for grade in grades.values()}
    if graded is None:
        for grade in grades.values():
            grade.auto_score, grade.needs_manual_grade = 0.0, False
    else:
        _score(graded, release, grades)
        _comment(graded, release, comments)
    db.flush()
    overridden = [
        Overridden(cell.name, before[cell.id], grades[cell.id].auto_score, by_hand)
        for cell in scored
        if (by_hand := grades[cell.id].manual_score) is not None
        and before[cell.id] != grades[cell.id].auto_score
    ]
    return submitted, overridden


def _by_cell(db, model, submitted, cells: Iterable) -> dict:
    """The grades or comments of a submitted notebook by their cell's id, made where they are missing.

    On PostgreSQL formgrader, which asks nobody, waits with what is given by hand until the transaction ends.
    """
    question = select(model).filter_by(notebook_id=submitted.id).with_for_update()
    found = {row.cell_id: row for row in db.scalars(question)}
    for cell in cells:
        if cell.id not in found:
            found[cell.id] = model(cell_id=cell.id, notebook_id=submitted.id)
            db.add(found[cell.id])
    return found


def _score(graded, release, grades):
    for cell in filter(is_grade, graded.cells):
        grade = grades[release.graded[grade_id(cell)].id]
        grade.auto_score, _ = determine_grade(cell)
        grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None


def _comment(graded, release, comments):
    for cell in graded.cells:
        if is_solution(cell) or is_task(cell):
            row = (release.tasks if is_task(cell) else release.solutions)[grade_id(cell)]
            untouched = cell.metadata.nbgrader["checksum"] == compute_checksum(cell)
            comments[row.id].auto_comment = (
                "No response." if untouched and not is_task(cell) else None
            )


def enter_penalty(
    submission: SubmittedAssignment, submitted: SubmittedNotebook, rule: AssignLatePenalties
) -> None:
    """The late penalty by the plugin that nbgrader is configured with; none for a submission in time."""
    submitted.late_submission_penalty = None
    if submission.assignment.duedate is None:  # nbgrader would add an extension to it
        return
    seconds = submission.total_seconds_late
    if seconds > 0:
        rule.init_plugin()
        score = submitted.score
        penalty = rule.plugin_inst.late_submission_penalty(submission.student_id, score, seconds)
        if penalty is not None:
            submitted.late_submission_penalty = rule._check_late_penalty(submitted, penalty)


def standing(
    db,
    submission: SubmittedAssignment,
    overridden: Iterable[Overridden] = (),
    notes: Iterable[str] = (),
) -> Booked:
    """What the gradebook now says of a submission."""
    db.flush()
    columns = (
        SubmittedAssignment.score,
        SubmittedAssignment.max_score,
        SubmittedAssignment.needs_manual_grade,
        SubmittedAssignment.late_submission_penalty,
    )
    row = db.execute(select(*columns).where(SubmittedAssignment.id == submission.id)).one()
    return Booked(*row, tuple(overridden), tuple(notes))


@dataclass(frozen=True)
class Rescored:
    """A cell's new automatic score: what the gradebook said before and says after, and what hides it, if anything."""

    before: Booked
    after: Booked
    score_before: float | None
    score: float | None
    by_hand: float | None


def enter_score(
    db, submitted: SubmittedNotebook, row: GradeCell, cell: nbformat.NotebookNode
) -> tuple[float | None, float | None, float | None]:
    """The automatic score of one judged cell: before, now, and the score by hand that hides it (None: none does).

    As in nbgrader, a changed score beneath one given by hand is marked as to be looked at again.
    """
    grade = db.scalar(select(Grade).filter_by(notebook_id=submitted.id, cell_id=row.id))
    before, (score, _) = grade.auto_score, determine_grade(cell)
    if score != before:
        grade.auto_score = score
        grade.needs_manual_grade = grade.manual_score is not None or score is None
    db.flush()
    return before, score, grade.manual_score

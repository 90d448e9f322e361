"""What every student has in the gradebook, by assignment, and the course grade that comes of it."""

from dataclasses import dataclass, field

from nbgrader.api import Assignment as AssignmentRow
from nbgrader.api import Student as StudentRow
from nbgrader.api import SubmittedAssignment
from sqlalchemy import select

from autograder.grading.book import Book
from autograder.grading.plan import Plan


@dataclass(frozen=True)
class Mark:
    """One graded submission. `total` is what counts: all points, those given by hand too, less the late penalty."""

    score: float
    penalty: float = 0.0
    is_open: bool = False  # something is left to grade by hand

    @property
    def total(self) -> float:
        return round(self.score - self.penalty, 6)


@dataclass
class Student:
    """A student of the gradebook; names, address and the system's id as far as it knows them."""

    id: str
    name: str = ""
    email: str = ""
    lms_id: str = ""
    marks: dict[str, Mark] = field(default_factory=dict)


@dataclass(frozen=True)
class Grades:
    """A class: the points that each assignment has, and the students, by their ids."""

    points: dict[str, float]
    students: list[Student]

    def open_ones(self) -> list[str]:
        """What is still open, as "assignment: students"."""
        found = {
            name: [s.id for s in self.students if name in s.marks and s.marks[name].is_open]
            for name in self.points
        }
        return [f"{name}: {', '.join(ids)}" for name, ids in found.items() if ids]


def graded_assignments(book: Book) -> list[str]:
    """Names of the assignments of which somebody's work is in the gradebook."""
    question = select(AssignmentRow.name).where(AssignmentRow.submissions.any())
    with book.session() as db:
        return sorted(db.scalars(question))


def read_grades(book: Book, assignments: list[str]) -> Grades:
    """All students of the gradebook, with their marks in these assignments."""
    columns = (
        AssignmentRow.name,
        SubmittedAssignment.student_id,
        SubmittedAssignment.score,
        SubmittedAssignment.late_submission_penalty,
        SubmittedAssignment.needs_manual_grade,
    )
    marks = select(*columns).join(
        AssignmentRow, AssignmentRow.id == SubmittedAssignment.assignment_id
    )
    points = select(AssignmentRow.name, AssignmentRow.max_score)
    with book.session() as db:
        students = {row.id: _student(row) for row in db.scalars(select(StudentRow))}
        for name, student, *mark in db.execute(marks.where(AssignmentRow.name.in_(assignments))):
            students[student].marks[name] = Mark(*mark)
        known = dict(db.execute(points).tuples().all())
    ordered = sorted(students.values(), key=lambda student: student.id)
    return Grades({name: known[name] for name in assignments}, ordered)


def _student(row):
    name = " ".join(part for part in (row.first_name, row.last_name) if part)
    return Student(row.id, name, row.email or "", row.lms_user_id or "")


def course_grade(
    plan: Plan, points: dict[str, float], marks: dict[str, Mark]
) -> tuple[float | None, list[str]]:
    """The course grade in percent, and the assignments that were dropped from it.

    points  of the assignments that count for this student; one without a mark counts 0

    Shares of the points are averaged by weight, without the `drop_lowest` lowest ones; one at least is kept. Of equal
    shares the heavier one goes. None where nothing has a weight.
    """
    shares = {
        name: (marks[name].total if name in marks else 0) / maximum
        for name, maximum in points.items()
        if maximum and plan.of(name).weight
    }
    if not shares:
        return None, []
    order = sorted(shares, key=lambda name: (shares[name], -plan.of(name).weight, name))
    dropped = order[: min(plan.drop_lowest, len(order) - 1)]
    kept = order[len(dropped) :]
    weights = sum(plan.of(name).weight for name in kept)
    return 100 * sum(shares[name] * plan.of(name).weight for name in kept) / weights, dropped

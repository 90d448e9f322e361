"""Grading a class: every submission in turn through nbgrader's own steps, then what the reports need to know."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from tqdm import tqdm

from autograder.grading.book import Book
from autograder.grading.course import Assignment, CourseError, check_of, grade_id
from autograder.grading.record import expectations
from autograder.grading.run import KEY, STUDENT
from autograder.verdict import Verdict


@dataclass
class Outcome:
    """What became of one submission. `problem` says why it could not be graded; then there is nothing else."""

    student: str
    score: float = 0.0
    max_score: float = 0.0
    by_hand: bool = False
    verdicts: list[Verdict] = field(default_factory=list)
    asserted: dict[str, tuple[float, float]] = field(
        default_factory=dict
    )  # points and maximum of the assert cells, which the student's own process judges
    flags: dict[str, list[str]] = field(
        default_factory=dict
    )  # library names used in an answer, by exercise
    notes: list[str] = field(default_factory=list)
    hidden: list[str] = field(
        default_factory=list
    )  # manual scores that hide a changed automatic one
    problem: str = ""


def students_of(assignment: Assignment) -> list[str]:
    """Who has a folder of this assignment under submitted/."""
    folders = (assignment.course.nbgrader_root / "submitted").glob(f"*/{assignment.name}")
    return sorted(folder.parent.name for folder in folders if folder.is_dir())


def grade_class(
    assignment: Assignment, students: Iterable[str] = (), progress: bool = True
) -> list[Outcome]:
    """Grade the submissions of these students (default: of all) and write their feedback.

    One submission that cannot be graded never stops the others. Raises CourseError where there is nothing to grade,
    or where the course itself is not ready.
    """
    book, handed_in = Book(assignment.course), students_of(assignment)
    for student in students:
        if student not in handed_in:
            raise CourseError(f"{student} has handed in nothing for {assignment.name}.")
    chosen = list(students) or handed_in
    if not chosen:
        folder = assignment.course.nbgrader_root / "submitted"
        raise CourseError(
            f"There are no submissions: put them into {folder}/STUDENT/{assignment.name}/."
        )
    if not book.is_released(assignment.name):
        raise CourseError(
            f"{assignment.name} is not in the gradebook yet: run 'autograder release {assignment.name}' first."
        )
    expectations(assignment)  # recorded once, before the first student waits for it
    outcomes, failed = [], 0
    with tqdm(chosen, desc="Grading", unit="submission", disable=not progress) as bar:
        for student in bar:
            outcomes.append(_grade(book, assignment, student))
            failed += bool(outcomes[-1].problem)
            bar.set_postfix(failed=failed, refresh=False)
    return outcomes


def _grade(book, assignment, student):
    try:
        if not any(
            (book.course.nbgrader_root / "submitted" / student / assignment.name).glob("*.ipynb")
        ):
            return Outcome(
                student,
                problem="There is no notebook (.ipynb) among the files that were handed in.",
            )
        book.autograde(assignment.name, student)
        book.feedback(assignment.name, student)
        return outcome(book, assignment, student)
    except CourseError as error:
        return Outcome(student, problem=str(error))
    except OSError as error:
        return Outcome(student, problem=f"{error.filename}: {error.strerror}.")


def outcome(book: Book, assignment: Assignment, student: str) -> Outcome:
    """What the autograded notebook and the gradebook say of a graded submission."""
    folder = Path("autograded", student, assignment.name, f"{assignment.name}.ipynb")
    notebook = nbformat.read(book.course.nbgrader_root / folder, as_version=4)
    result = Outcome(student, *book.score(assignment.name, student))
    for cell in notebook.cells:
        ours = cell.metadata.get(KEY, {})
        if "notes" in ours:
            result.notes = ours["notes"]
        elif ours.get("judged_by") == STUDENT:
            result.asserted[grade_id(cell)] = (ours["score"], cell.metadata.nbgrader.points)
        elif "verdict" in ours and check_of(cell):
            verdict = Verdict.from_plain(ours["verdict"])
            result.verdicts.append(verdict)
            if ours["flags"]:
                result.flags[verdict.exercise] = ours["flags"]
    return result

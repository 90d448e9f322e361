"""What a class got right, read from its graded notebooks."""

import json
from dataclasses import dataclass

from nbgrader.api import SubmittedAssignment
from sqlalchemy import select

from autograder.files import write_atomically
from autograder.grading.book import Book
from autograder.grading.course import Assignment, Check, CourseError
from autograder.grading.leaderboard.ranking import HELD_OUT, cases_id, hidden_cases
from autograder.grading.record import Recorder, recording_key
from autograder.grading.run import KEY
from autograder.grading.secret import private_folder


@dataclass(frozen=True)
class Result:
    """What a graded notebook says of its answer: the right ones, None where not measured, and library names used."""

    right: int | None = None
    is_old: bool = False  # measured on other cases than those of today
    flags: tuple[str, ...] = ()

    @property
    def is_measured(self) -> bool:
        return self.right is not None


def read_results(assignment: Assignment, check: Check) -> dict[str, Result]:
    """By student, for all whose work is in the gradebook.

    Raises CourseError where a graded notebook cannot be read.
    """
    question = select(SubmittedAssignment.student_id).where(
        SubmittedAssignment.assignment.has(name=assignment.name)
    )
    with Book(assignment.course).session() as db:
        students = sorted(db.scalars(question))
    today = cases_id(hidden_cases(check.exercise))
    root, name = assignment.course.nbgrader_root / "autograded", assignment.name
    return {
        student: _result(root / student / name / f"{name}.ipynb", check, today)
        for student in students
    }


def _result(path, check, today):
    try:
        cells = json.loads(path.read_bytes())["cells"]
        found = [cell["metadata"].get(KEY, {}) for cell in cells]
        ours = [o for o in found if o.get("verdict", {}).get("exercise") == check.exercise.name]
    except FileNotFoundError:
        return Result()  # no notebook was handed in
    except (ValueError, LookupError, TypeError, AttributeError):
        raise CourseError(f"{path} cannot be read: grade it again.") from None
    flags = tuple(name for o in ours for name in o["flags"])
    kept = [o[HELD_OUT] for o in ours if HELD_OUT in o]
    if not kept or kept[0]["cases"] != today or kept[0]["of"] != check.exercise.num_held_out:
        return Result(is_old=bool(kept), flags=flags)
    return Result(kept[0]["right"], flags=flags)


def reference_count(assignment: Assignment, check: Check) -> int:
    """How many held-out examples the course's own solution gets right, measured once and kept in the private folder."""
    path = private_folder() / "recorded" / f"{recording_key(assignment)}.{HELD_OUT}.json"
    if path.exists():
        return json.loads(path.read_bytes())
    cases = hidden_cases(check.exercise)
    with Recorder(assignment) as recorder:
        replies = recorder.replies(check, cases)
    count = check.exercise.count_right
    right = sum(count(case, reply["output"]) for case, reply in zip(cases, replies, strict=True))
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_atomically(path, json.dumps(right), mode=0o600)
    return right

"""What a judge process does with one submission: read, rebuild, run in the sandbox, judge. It writes nothing."""

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import nbformat

from autograder.grading.course import Assignment, Course, CourseError, course_files, grade_id
from autograder.grading.keys import result_key
from autograder.grading.rebuild import rebuild, stubs
from autograder.grading.record import expectations
from autograder.grading.run import KEY, run_and_judge
from autograder.grading.sandbox import missing
from autograder.grading.session import Limits
from autograder.grading.submission import Unreadable, files_beside, find_notebook, read_notebook
from autograder.grading.warm import SANDBOXED
from autograder.judge import Recorded

NO_NOTEBOOK = "There is no notebook (.ipynb) among the files that were handed in."

NO_SANDBOX = (
    "Student code cannot be confined on this machine, so nothing was graded. Grade on a Linux machine that allows "
    "it, or run 'autograder grade --without-sandbox', with which student code can read and change all that you can. "
    "Missing:"
)


def require(mode: str) -> None:
    """Raises CourseError where this machine cannot give the sandbox that is asked for, with what is missing."""
    if mode == SANDBOXED and (lacks := missing()):
        raise CourseError(f"{NO_SANDBOX} {' '.join(lacks)}")


@dataclass(frozen=True)
class Task:
    """One submission to judge, as it travels to a judge process."""

    root: Path
    assignment: str
    student: str
    limits: Limits
    mode: str


@dataclass(frozen=True)
class Judged:
    """The judged notebook as text; empty where there is none, and `problem` says why."""

    notebook: str = ""
    problem: str = ""


def judge_submission(task: Task) -> Judged:
    """The rebuilt, executed and judged notebook of a submission, with its key in the metadata."""
    try:
        assignment = _assignment(task.root, task.assignment)
        folder = submitted(assignment, task.student)
        key = result_key(assignment, folder, task.limits, task.mode)
        return judge_folder(assignment, folder, _expectations(assignment), task, key)
    except CourseError as error:
        return Judged(problem=str(error))
    except OSError as error:
        return Judged(problem=f"{error.filename}: {error.strerror}.")


def judge_folder(
    assignment: Assignment,
    folder: Path,
    recorded: dict[str, list[Recorded]],
    task: Task,
    key: dict[str, str],
) -> Judged:
    """Judge what lies in a folder, with these expectations and the task's limits and mode."""
    notes: list[str] = []
    path = find_notebook(folder, assignment.name, partial(answers, assignment), notes)
    if path is None:
        return Judged(problem=NO_NOTEBOOK)
    notebook = read_submission(assignment, path, notes)
    files = files_beside(folder, notes) | course_files(assignment)
    rebuilt = rebuild(assignment, notebook, notes)
    judged = run_and_judge(rebuilt, assignment, recorded, task.limits, task.mode, files)
    judged.metadata[KEY] = {"key": key}
    return Judged(nbformat.writes(judged))


def submitted(assignment: Assignment, student: str) -> Path:
    """Where a student's submission lies. Raises CourseError where a link leads away, to a classmate's perhaps."""
    folder = assignment.course.nbgrader_root / "submitted" / student / assignment.name
    for path in (folder, folder.parent):
        if path.is_symlink():
            raise CourseError(f"{path} is a link; what was handed in has to lie there itself.")
    return folder


def read_submission(
    assignment: Assignment, path: Path, notes: list[str]
) -> nbformat.NotebookNode | None:
    """The notebook that was handed in, None where it cannot be read; a note for everything that was odd."""
    if path.stem != assignment.name:
        notes.append(
            f"The notebook was handed in as {path.name}; it should be named {assignment.name}.ipynb."
        )
    try:
        return read_notebook(path, notes)
    except Unreadable as reason:
        notes.append(str(reason))
        return None


def answers(assignment: Assignment, path: Path) -> int:
    """How many answers a notebook file holds, right or wrong; -1 where it cannot be read."""
    try:
        rebuilt = rebuild(assignment, read_notebook(path, []), [])
    except Unreadable:
        return -1
    written = {grade_id(cell): cell.source for cell in rebuilt.cells}
    released = {grade_id(cell): cell.source for cell in stubs(assignment).cells}
    return sum(written[name] != released[name] for name in released)


@cache
def _assignment(root, name):
    return Course(root).assignment(name)


_expectations = cache(expectations)

"""Grading a class: judge processes run and judge, this one alone writes; then what the reports need to know."""

import contextlib
import signal
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import nbformat
from nbgrader.api import MissingEntry
from tqdm import tqdm

from autograder.grading.book import Book
from autograder.grading.booking import Booked
from autograder.grading.course import Assignment, CourseError, check_of, grade_id
from autograder.grading.feedback import prepare_feedback
from autograder.grading.folders import check_name, read_timestamp
from autograder.grading.judges import feedback, judge, judges_for
from autograder.grading.judging import NO_NOTEBOOK, Task, require, submitted
from autograder.grading.keys import result_key
from autograder.grading.late import settle
from autograder.grading.nbgrader import RunAndJudge
from autograder.grading.record import recording_key
from autograder.grading.run import KEY, STUDENT
from autograder.grading.warm import OPEN
from autograder.verdict import Verdict


@dataclass
class Outcome:
    """What became of one submission. `problem` says why it could not be graded; then there is nothing else."""

    student: str
    score: float = 0.0
    max_score: float = 0.0
    by_hand: bool = False
    penalty: float = 0.0  # points off for lateness; `score` does not know of them
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

    @property
    def total(self) -> float:
        """The points that count, free of what rounding leaves behind."""
        return round(self.score - self.penalty, 6)


def students_of(assignment: Assignment) -> list[str]:
    """Who has a folder of this assignment under submitted/."""
    folders = (assignment.course.nbgrader_root / "submitted").glob(f"*/{assignment.name}")
    return sorted(folder.parent.name for folder in folders if folder.is_dir())


def grade_class(
    assignment: Assignment,
    students: Iterable[str] = (),
    progress: bool = True,
    jobs: int = 1,
    without_sandbox: bool = False,
    scheduler: str = "",
) -> list[Outcome]:
    """Grade the submissions of these students (default: of all) and write their feedback.

    jobs             processes that judge at the same time
    without_sandbox  run student code unconfined, whatever nbgrader_config.py says
    scheduler        address of a Dask cluster, whose workers judge instead; `jobs` processes still write feedback

    What is in the gradebook already, judged from the same submission by the same grader, is left as it is. One
    submission that cannot be graded never stops the others. Raises CourseError where there is nothing to grade, where
    the course itself is not ready, and where this machine cannot confine student code.
    """
    chosen = _chosen(assignment, students)
    book = Book(assignment.course)
    settings = RunAndJudge(config=book.config)
    mode = OPEN if without_sandbox else settings.mode
    if not scheduler:
        require(mode)
    if not book.is_released(assignment.name):
        raise CourseError(
            f"{assignment.name} is not in the gradebook yet: run 'autograder release {assignment.name}' first."
        )
    recording_key(assignment)  # raises where the notebook or the secret cannot be read
    settle(assignment)
    outcomes, tasks = {}, []
    for student in chosen:
        task = Task(assignment.course.root, assignment.name, student, settings.limits, mode)
        try:
            outcomes[student] = _finished(book, assignment, task)
        except CourseError as error:
            outcomes[student] = Outcome(student, problem=str(error))
        if outcomes[student] is None:
            tasks.append(task)
    if tasks:
        outcomes |= _grade(book, assignment, tasks, jobs, scheduler, progress)
    return [outcomes[student] for student in chosen]


def _chosen(assignment, students):
    handed_in = students_of(assignment)
    for student in students:
        if student not in handed_in:
            raise CourseError(f"{student} has handed in nothing for {assignment.name}.")
    if not handed_in:
        folder = assignment.course.nbgrader_root / "submitted"
        raise CourseError(
            f"There are no submissions: put them into {folder}/STUDENT/{assignment.name}/."
        )
    return list(dict.fromkeys(students)) or handed_in


def _finished(book, assignment, task) -> Outcome | None:
    """The outcome of a submission that an earlier run has judged, booked and given feedback; else None."""
    check_name(task.student)
    root, name = assignment.course.nbgrader_root, assignment.name
    folder = submitted(assignment, task.student)
    graded = root / "autograded" / task.student / name / f"{name}.ipynb"
    page = root / "feedback" / task.student / name / f"{name}.html"
    try:
        if page.stat().st_mtime_ns < graded.stat().st_mtime_ns:
            return None
        if read_timestamp(folder) != read_timestamp(graded.parent):
            return None
        key = result_key(assignment, folder, task.limits, task.mode)
        notebook = nbformat.read(graded, as_version=4)
        if notebook.metadata.get(KEY, {}).get("key") != key:
            return None
        return outcome(task.student, book.booked(name, task.student), notebook)
    except (OSError, ValueError, MissingEntry):
        return None


def _grade(book, assignment, tasks, jobs, scheduler, progress) -> dict[str, Outcome]:
    outcomes, failed = {}, 0
    with (
        judges_for(assignment, tasks, jobs, scheduler) as judges,
        tqdm(total=len(tasks), desc="Grading", unit="submission", disable=not progress) as bar,
    ):
        for task, judged in judge(tasks, judges):
            with interrupt_later():
                outcomes[task.student] = _book(book, assignment, task.student, judged)
            failed += bool(outcomes[task.student].problem)
            bar.set_postfix(failed=failed, refresh=False)
            bar.update()
    prepare_feedback(assignment.course)
    booked = [task for task in tasks if not outcomes[task.student].problem]
    for task, problem in feedback(booked, jobs):
        outcomes[task.student].notes += [problem] if problem else []
    return outcomes


@contextlib.contextmanager
def interrupt_later():
    """Ctrl-C waits for the end of this; raised in a callback of the database's objects, it would be ignored."""
    if threading.current_thread() is not threading.main_thread():
        yield  # which hears no signals
        return
    heard = []
    before = signal.signal(signal.SIGINT, lambda *_: heard.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if heard:
            raise KeyboardInterrupt


def _book(book, assignment, student, judged) -> Outcome:
    """Enter a judged submission; the outcome, or why it could not be entered."""
    try:
        notebook = nbformat.reads(judged.notebook, as_version=4) if judged.notebook else None
        if judged.problem and judged.problem != NO_NOTEBOOK:
            return Outcome(student, problem=judged.problem)
        booked = book.enter(assignment, student, notebook)
        if notebook is None:
            return Outcome(student, problem=judged.problem)
        result = outcome(student, booked, notebook)
        result.notes += booked.notes
        result.hidden = [_hidden(overridden) for overridden in booked.overridden]
        return result
    except CourseError as error:
        return Outcome(student, problem=str(error))
    except OSError as error:
        return Outcome(student, problem=f"{error.filename}: {error.strerror}.")


def _hidden(grade):
    was = "none" if grade.before is None else f"{grade.before:g}"
    now = "none" if grade.now is None else f"{grade.now:g}"
    return (
        f"{grade.name}: the automatic score changed from {was} to {now}, but the {grade.by_hand:g} "
        "given by hand goes on to count"
    )


def outcome(student: str, booked: Booked, notebook: nbformat.NotebookNode) -> Outcome:
    """What the gradebook and the autograded notebook say of a graded submission."""
    result = Outcome(student, booked.score, booked.max_score, booked.by_hand, booked.penalty)
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

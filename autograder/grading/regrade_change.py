"""Applying a list of regrade.py: the exercise's cell, its grade, the late penalty and the feedback of each student.

A student's rows are one transaction and the notebook follows at once; ended at any moment and begun again, the change
ends the same. Nothing else in gradebook, notebook or feedback is touched.
"""

import os
from pathlib import Path

import nbformat
from tqdm import tqdm

from autograder.grading.course import CourseError
from autograder.grading.feedback import write_feedback
from autograder.grading.grade import interrupt_later
from autograder.grading.keys import grader_version
from autograder.grading.lock import write_lock
from autograder.grading.record import recording_key
from autograder.grading.regrade import Entry, Left, Regrade, Regrading, fingerprint, moment
from autograder.grading.run import KEY


def begin(regrading: Regrading) -> Regrade | None:
    """The list, to be applied, or to go on with; None where there is none.

    Raises CourseError where judge, submissions or grades are not those that were listed.
    """
    regrade = regrading.stored()
    if regrade and not regrade.begun:
        changed = _judge_changed(regrading, regrade) + _changed(regrading, regrade)
        if changed:
            command = f"autograder regrade {regrade.assignment} {regrade.exercise}"
            raise CourseError(
                f"Nothing was changed, since this is no longer what was listed: {'; '.join(changed)}. "
                f"Run '{command}' and read the new list."
            )
        regrade.begun = moment()
        regrading.store(regrade)
    return regrade


def _judge_changed(regrading, regrade):
    now = {"recording": recording_key(regrading.assignment), "grader": grader_version()}
    same = now.items() <= regrade.judge.items()
    return [] if same else ["the judge, the assignment or the course secret"]


def _changed(regrading, regrade):
    """The students of whom something else is there than what was listed."""
    changed = []
    for entry in regrade.entries:
        now = Entry(entry.student, entry.was, entry.now, entry.seen, entry.cell)
        try:
            regrading.key(entry.student)
            text = regrading.graded(entry.student).read_text(encoding="utf-8")
            if entry.cell:
                regrading.weigh(now)
        except Left as reason:
            changed.append(f"{entry.student} ({reason})")
            continue
        if fingerprint(text) != entry.seen:
            changed.append(f"{entry.student} (graded since)")
        elif entry.cell and _numbers(now) != _numbers(entry):
            changed.append(f"{entry.student} (has other points in the gradebook)")
    return changed


def _numbers(entry):
    return entry.before, entry.after, entry.by_hand, entry.totals, entry.penalties


def carry_out(regrading: Regrading, regrade: Regrade, progress: bool = True) -> None:
    """Apply a list that was begun. Raises CourseError or OSError where it cannot go on; then it can be called again."""
    for entry in tqdm(regrade.entries, desc="Regrading", unit="submission", disable=not progress):
        try:
            with interrupt_later():
                _apply(regrading, entry)
        except Left as reason:
            regrade.left[entry.student] = str(reason)
    regrade.entries = [entry for entry in regrade.entries if entry.student not in regrade.left]


def _apply(regrading, entry):
    path, assignment = regrading.graded(entry.student), regrading.assignment
    with write_lock(assignment.course):
        text = path.read_text(encoding="utf-8")
        new = _rewritten(regrading, text, entry)
        if text != new:
            if fingerprint(text) != entry.seen:
                raise Left("graded by something else while the regrade was interrupted")
            if entry.cell:
                cell = nbformat.from_dict(entry.cell)
                regrading.book.rescore(assignment, entry.student, cell, commit=True)
            _replace(path, new, keep_time=not entry.cell)
    if entry.cell and _is_older(_page(regrading, entry.student), path):
        write_feedback(assignment.course, assignment, entry.student)


def _rewritten(regrading, text, entry):
    """The text of a graded notebook with the entry's cell and key; of one that has them, the same."""
    notebook = nbformat.reads(text, as_version=4)
    if entry.cell:
        place = notebook.cells.index(regrading.cell(notebook))
        notebook.cells[place] = nbformat.from_dict(entry.cell)
    notebook.metadata[KEY]["key"] = entry.now
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def _replace(path, text, keep_time):
    """Write a notebook anew, with its permissions; where only its key changed its page stays the newer one.

    Until then it lies beside the folder: what lies in it goes to the student with the feedback.
    """
    staged = path.parent.with_name(f".{path.name}.new")
    staged.unlink(missing_ok=True)  # of a run that was killed; it may be read-only
    staged.write_text(text, encoding="utf-8")
    was = path.stat()
    staged.chmod(was.st_mode)
    if keep_time:
        os.utime(staged, ns=(was.st_atime_ns, was.st_mtime_ns))
    staged.replace(path)


def _page(regrading, student) -> Path:
    name = regrading.assignment.name
    return regrading.root / "feedback" / student / name / f"{name}.html"


def _is_older(page, graded):
    return not page.exists() or page.stat().st_mtime_ns < graded.stat().st_mtime_ns

"""nbgrader as the book-keeper: its configuration, its commands called as formgrader calls them, its gradebook."""

import contextlib
import logging
import os
import re
import shutil
import sys
import warnings
from datetime import UTC
from functools import cached_property
from pathlib import Path

import nbformat
from nbgrader.api import Assignment as AssignmentRow
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties, LimitOutput
from sqlalchemy import select

from autograder.grading import folders
from autograder.grading.booking import (
    Booked,
    Release,
    Rescored,
    enter_notebook,
    enter_penalty,
    enter_score,
    enter_submission,
    standing,
)
from autograder.grading.course import Assignment, Course, CourseError, grade_id
from autograder.grading.database import one_writer, others_wait, place
from autograder.grading.lock import write_lock
from autograder.grading.plan import PLAN, read_plan
from autograder.grading.settings import configuration, only

RAISED = re.compile(r"\s*[\w.]+(Error|Exception|Interrupt): ")


class Book:
    """A course's gradebook and what writes it. One writer at a time: all hold the lock beside the gradebook."""

    def __init__(self, course: Course):
        self.course = course
        # nbgrader starts alembic by its name
        os.environ["PATH"] = os.pathsep.join(
            [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
        )
        self.config = configuration(course)
        self.coursedir = CourseDirectory(config=self.config)
        files = only(self.config, "permissions", "exclude_overwriting")
        self.step = Autograde(coursedir=self.coursedir, config=files)

    @cached_property
    def api(self) -> NbGraderAPI:
        api = NbGraderAPI(config=self.config)
        api.log_level = logging.INFO
        return api

    @property
    def url(self) -> str:
        return self.coursedir.db_url

    @property
    def place(self) -> str:
        """Where the gradebook is, for people."""
        return place(self.url)

    @cached_property
    def gradebook(self) -> Gradebook:
        """Opened once: nbgrader checks all tables each time, and makes them where there are none."""
        with others_wait(self.url):
            return Gradebook(self.url, self.coursedir.course_id)

    def enter(
        self, assignment: Assignment, student: str, graded: nbformat.NotebookNode | None
    ) -> Booked:
        """Book a notebook that was rebuilt, run and judged (None: none was handed in), as `nbgrader autograde` would.

        All rows are one transaction, the files follow at once; killed in between, entering again ends the same.
        The notebook is changed in place. Raises CourseError for a name that cannot be a folder's, and where the
        assignment was not released as it is; OSError where files cannot be read or written.
        """
        root = self.course.nbgrader_root
        submitted = root / "submitted" / folders.check_name(student) / assignment.name
        folder = root / "autograded" / student / assignment.name
        timestamp, note = folders.read_timestamp(submitted)
        with write_lock(self.course), self._transaction() as db:
            folders.mend(folder)
            release = self._release(db, assignment.name)
            texts = {}
            if graded is not None:
                release.mark(graded)
                LimitOutput(config=self.config).preprocess(graded, {})
                texts[f"{assignment.name}.ipynb"] = nbformat.writes(graded).rstrip("\n") + "\n"
            submission = enter_submission(db, release.row.assignment, student, timestamp)
            notebook, overridden = enter_notebook(db, submission, release, graded)
            enter_penalty(submission, notebook, self._late_rule(assignment.name))
            booked = standing(db, submission, overridden, [note] if note else [])
            files = self._files(assignment, submitted)
            staged = folders.stage(folder, files, texts, self.step)
            db.commit()
            folders.swap(staged, folder)
        return booked

    def _files(self, assignment, submitted):
        """What nbgrader copies: the course's own files, but for those a student may replace, and the submitted ones."""
        ignored = [*self.coursedir.ignore, "*.ipynb"]
        replaced = {Path(name) for name in self.step.exclude_overwriting.get(assignment.name, [])}
        own = folders.files_of(assignment.folder, ignored)
        own = {path: source for path, source in own.items() if path not in replaced}
        return [own, folders.files_of(submitted, ignored)]

    def _late_rule(self, name):
        """nbgrader's step, with what its plugin can look up there."""
        rule = AssignLatePenalties(config=self.config)
        rule.gradebook, rule.assignment_id, rule.notebook_id = self.gradebook, name, name
        return rule

    def date(self, name: str) -> None:
        """Bring an assignment's due date to what course.toml says; without that file it stays as it is."""
        with write_lock(self.course), self._transaction() as db:
            self._date(db, name)
            db.commit()

    def _date(self, db, name):
        row = db.scalar(select(AssignmentRow).filter_by(name=name))
        if row is not None and (self.course.root / PLAN).is_file():
            due = read_plan(self.course).of(name).due
            row.duedate = due and due.astimezone(UTC).replace(tzinfo=None)  # as nbgrader keeps it
            db.flush()
        return row

    def settle(self, name: str, student: str = "") -> list[str]:
        """Bring the due date and the penalties of an assignment (of one student) up to date; whose penalty changed."""
        changed = []
        with write_lock(self.course), self._transaction() as db:
            row = self._date(db, name)
            rule = self._late_rule(name)
            for submission in row.submissions if row else ():
                for notebook in submission.notebooks:
                    if not student or submission.student_id == student:
                        before = notebook.late_submission_penalty or 0
                        enter_penalty(submission, notebook, rule)
                        if before != (notebook.late_submission_penalty or 0):
                            changed.append(submission.student_id)
            db.commit()
        return changed

    @contextlib.contextmanager
    def _transaction(self):
        """A session in which nobody else writes; what is not committed at its end is undone."""
        with self.session() as db, one_writer(db.connection()):
            yield db

    @contextlib.contextmanager
    def session(self):
        gradebook = self.gradebook
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # SQLAlchemy's remarks on nbgrader's own queries
            try:
                yield gradebook.db()
            finally:
                gradebook.close()  # a process that is forked must not inherit an open database

    def _release(self, db, name):
        try:
            return Release(db, self.gradebook.find_notebook(name, name))
        except MissingEntry:
            raise CourseError(
                f"{name} is not in the gradebook yet: run 'autograder release {name}' first."
            ) from None

    def generate(self, assignment: str) -> None:
        """Make the release version of an assignment and enter it. Raises CourseError with nbgrader's reason."""
        with self.session():
            pass  # made by one process alone; and what is wrong with it is said here, by nbgrader it would not be
        with (
            _replacing(self.course.nbgrader_root / "release" / assignment),
            contextlib.chdir(self.course.root),
            warnings.catch_warnings(),
            _quiet(),
        ):
            warnings.simplefilter("ignore")  # SQLAlchemy's remarks on nbgrader's own queries
            result = self.api.generate_assignment(assignment, force=True)
            if not result["success"]:
                raise CourseError(f"nbgrader could not release {assignment}: {_reason(result)}")

    def is_released(self, assignment: str) -> bool:
        with self.session():
            try:
                return bool(self.gradebook.find_assignment(assignment).notebooks)
            except MissingEntry:
                return False

    def booked(self, assignment: str, student: str) -> Booked:
        """What the gradebook says of a submission. Raises MissingEntry where there is none."""
        with self.session() as db:
            return standing(db, self.gradebook.find_submission(assignment, student))

    def mark(self, assignment: Assignment, notebook: nbformat.NotebookNode) -> None:
        """Release.mark with the release of an assignment."""
        with self.session() as db:
            self._release(db, assignment.name).mark(notebook)

    def rescore(
        self, assignment: Assignment, student: str, cell: nbformat.NotebookNode, commit: bool
    ) -> Rescored:
        """Enter one cell of a graded submission, judged again, and the late penalty that follows from it.

        Without `commit` all is undone: it says what would be. Raises CourseError where nothing was booked.
        """
        with write_lock(self.course), self._transaction() as db:
            release = self._release(db, assignment.name)
            try:
                submission = self.gradebook.find_submission(assignment.name, student)
            except MissingEntry:
                raise CourseError(
                    f"{student} is not in the gradebook of {assignment.name}."
                ) from None
            before = standing(db, submission)
            [notebook] = [row for row in submission.notebooks if row.notebook_id == release.row.id]
            scores = enter_score(db, notebook, release.graded[grade_id(cell)], cell)
            enter_penalty(submission, notebook, self._late_rule(assignment.name))
            rescored = Rescored(before, standing(db, submission), *scores)
            if commit:
                db.commit()
        return rescored


@contextlib.contextmanager
def _quiet():
    """nbgrader logs to the terminal; what matters of it is in the result."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        yield


@contextlib.contextmanager
def _replacing(folder: Path):
    """Keep what a step is about to replace until it has succeeded, and put it back where it fails."""
    folders.mend(folder)
    kept = folders.before(folder)
    if folder.exists():
        shutil.rmtree(kept, ignore_errors=True)
        folder.rename(kept)
    try:
        yield
    except BaseException:
        if kept.exists():
            shutil.rmtree(folder, ignore_errors=True)
            kept.rename(folder)
        raise
    shutil.rmtree(kept, ignore_errors=True)


def _reason(result):
    """One line of what nbgrader reports: the last exception that it logged or raised, else its last error."""
    lines = result.get("error", "").splitlines() + result.get("log", "").splitlines()
    raised = [
        line.strip() for line in lines if RAISED.match(line) and "NbGraderException" not in line
    ]
    logged = [line.removeprefix("[ERROR] ") for line in lines if line.startswith("[ERROR]")]
    reason = (raised or logged or ["it gave no reason"])[-1]
    return f"{reason[:300].rstrip('.')}."

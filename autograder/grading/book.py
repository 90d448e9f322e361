"""nbgrader as the book-keeper: its configuration, its commands called as formgrader calls them, its gradebook."""

import contextlib
import logging
import os
import re
import shutil
import sys
import warnings
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGrader
from nbgrader.apps.api import NbGraderAPI

from autograder.grading.course import Course, CourseError

RAISED = re.compile(r"\s*[\w.]+(Error|Exception|Interrupt): ")


class Book:
    """A course's gradebook and the nbgrader steps that write it."""

    def __init__(self, course: Course):
        self.course = course
        # nbgrader starts alembic by its name
        os.environ["PATH"] = os.pathsep.join(
            [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
        )
        with contextlib.chdir(course.root):
            app = NbGrader()
            app.load_config_file()
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)
        self.api = NbGraderAPI(config=app.config)
        self.api.log_level = logging.INFO

    @property
    def url(self) -> str:
        return self.api.coursedir.db_url

    def generate(self, assignment: str) -> None:
        """Make the release version of an assignment and enter it. Raises CourseError with nbgrader's reason."""
        with _replacing(self.course.nbgrader_root / "release" / assignment):
            self._run("release", assignment, self.api.generate_assignment, assignment, force=True)

    def autograde(self, assignment: str, student: str) -> None:
        """Grade one submission, again where it was graded before. Raises CourseError with nbgrader's reason."""
        with _replacing(self.course.nbgrader_root / "autograded" / student / assignment):
            self._run(
                "grade", student, self.api.autograde, assignment, student, force=True, create=True
            )

    def feedback(self, assignment: str, student: str) -> None:
        """Write one student's feedback. Raises CourseError with nbgrader's reason."""
        with _replacing(self.course.nbgrader_root / "feedback" / student / assignment):
            self._run(
                "write feedback for",
                student,
                self.api.generate_feedback,
                assignment,
                student,
                force=True,
            )

    def _run(self, what, name, step, *arguments, **options):
        with contextlib.chdir(self.course.root), warnings.catch_warnings(), _quiet():
            warnings.simplefilter("ignore")  # SQLAlchemy's remarks on nbgrader's own queries
            result = step(*arguments, **options)
        if not result["success"]:
            raise CourseError(f"nbgrader could not {what} {name}: {_reason(result)}")

    def is_released(self, assignment: str) -> bool:
        with self._open() as gradebook:
            try:
                return bool(gradebook.find_assignment(assignment).notebooks)
            except MissingEntry:
                return False

    def score(self, assignment: str, student: str) -> tuple[float, float, bool]:
        """Score, maximum, and whether something is left to grade by hand."""
        with self._open() as gradebook:
            submission = gradebook.find_submission(assignment, student)
            return submission.score, submission.max_score, submission.needs_manual_grade

    @contextlib.contextmanager
    def _open(self):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Gradebook(self.url, self.api.coursedir.course_id) as gradebook:
                yield gradebook


@contextlib.contextmanager
def _quiet():
    """nbgrader logs to the terminal; what matters of it is in the result."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stderr(nowhere):
        yield


@contextlib.contextmanager
def _replacing(folder: Path):
    """Keep what a step is about to replace until it has succeeded, and put it back where it fails."""
    kept = folder.with_name(f".{folder.name}.before")
    if kept.exists() and not folder.exists():
        kept.rename(folder)  # an earlier run was killed in between
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

"""What nbgrader_config.py puts in nbgrader's place, so that `nbgrader autograde`, formgrader's button and
`autograder grade` take one path: read defensively, rebuild, run in a process of its own, judge, book.
"""

import contextlib
from functools import partial
from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.preprocessors import SaveAutoGrades as NbGraderSaveAutoGrades
from traitlets import Bool, Float

from autograder.grading.book import Book
from autograder.grading.course import Course, course_files
from autograder.grading.database import others_wait
from autograder.grading.judging import answers, read_submission, require, submitted
from autograder.grading.keys import result_key
from autograder.grading.lock import write_lock
from autograder.grading.rebuild import rebuild
from autograder.grading.record import expectations, write_public
from autograder.grading.run import KEY, run_and_judge
from autograder.grading.sandbox import Confinement
from autograder.grading.session import Limits
from autograder.grading.submission import files_beside, find_notebook
from autograder.grading.warm import OPEN, SANDBOXED

_writing = (
    contextlib.ExitStack()
)  # holds the gradebook's lock from a submission's first grade to its last file


def find_renamed(assignment: str, student: str, notebooks: list[str]) -> None:
    """Autograde.pre_convert_hook: where the expected notebook is missing, let another one stand for it.

    nbgrader passes its own list, so changing it changes what is graded; the submission itself stays as it is.
    The due date comes up to date, too, as nobody calls on nbgrader before.
    """
    folder = Path(notebooks[0]).resolve().parent
    expected = folder / f"{folder.name}.ipynb"
    if str(expected) not in [str(Path(path).resolve()) for path in notebooks]:
        notebooks[:] = [str(Path(notebooks[0]).parent / expected.name)]
    Book(Course.find(folder)).date(folder.name)  # last, as nbgrader passes over what a hook raises


def record_checks(assignment: str, student: str, notebooks: list[str]) -> None:
    """GenerateAssignment.pre_convert_hook: the public cases are recorded from the notebook that is released."""
    folder = Path(notebooks[0]).resolve().parent
    course = Course.find(folder)
    if folder.name in course.assignments():
        write_public(course.assignment(folder.name))


def written(assignment: str, student: str, notebooks: list[str]) -> None:
    """Autograde.post_convert_hook: rows and files of a submission are written, others may write theirs."""
    _writing.close()


class SubmissionExporter(NotebookExporter):
    """Autograde.exporter_class: reads a submission that is renamed or damaged too, and notes what it met."""

    def from_filename(self, filename, resources=None, **kwargs):
        path, notes = Path(filename).resolve(), []
        nbgrader = resources["nbgrader"]
        assignment = Course.find(path.parent).assignment(nbgrader["assignment"])
        found = find_notebook(path.parent, path.stem, partial(answers, assignment), notes)
        notebook = read_submission(assignment, found or path, notes)
        nbgrader["notes"], nbgrader["readable"] = notes, notebook is not None
        _writing.close()  # left over where the submission before could not be written
        try:
            return self.from_notebook_node(notebook or assignment.notebook, resources, **kwargs)
        except BaseException:
            _writing.close()
            raise


class Rebuild(NbGraderPreprocessor):
    """The first of Autograde.sanitize_preprocessors."""

    def preprocess(self, nb, resources):
        nbgrader = resources["nbgrader"]
        assignment = _assignment(self, resources)
        submitted = nb if nbgrader["readable"] else None
        return rebuild(assignment, submitted, nbgrader["notes"]), resources


class RunAndJudge(NbGraderPreprocessor):
    """The first of Autograde.autograde_preprocessors, in the place of nbgrader's Execute.

    Its settings in nbgrader_config.py are those of `autograder grade` too.
    """

    cell_seconds = Float(30, help="Longest time for one cell.").tag(config=True)
    case_seconds = Float(10, help="Longest time for one case of a check.").tag(config=True)
    notebook_seconds = Float(
        300, help="Longest time for all cells of a notebook, and again for all of its checks."
    ).tag(config=True)
    memory_gigabytes = Float(2, help="Most memory for a notebook and all that it starts.").tag(
        config=True
    )
    without_sandbox = Bool(
        False, help="Run student code unconfined: it can then read and change all that you can."
    ).tag(config=True)

    @property
    def limits(self) -> Limits:
        confinement = Confinement(memory=int(self.memory_gigabytes * 2**30))
        return Limits(self.cell_seconds, self.case_seconds, self.notebook_seconds, confinement)

    @property
    def mode(self) -> str:
        return OPEN if self.without_sandbox else SANDBOXED

    def preprocess(self, nb, resources):
        assignment, student = _assignment(self, resources), resources["nbgrader"]["student"]
        mode, limits, folder = self.mode, self.limits, submitted(assignment, student)
        require(mode)
        key = result_key(assignment, folder, limits, mode)
        files = files_beside(folder, []) | course_files(assignment)
        judged = run_and_judge(nb, assignment, expectations(assignment), limits, mode, files)
        judged.metadata[KEY] = {"key": key}
        return judged, resources


class SaveAutoGrades(NbGraderSaveAutoGrades):
    """nbgrader's own, with the lock that all writers of the gradebook hold; `written` gives it back."""

    def preprocess(self, nb, resources):
        assignment = _assignment(self, resources)
        _writing.enter_context(write_lock(assignment.course))
        _writing.enter_context(others_wait(resources["nbgrader"]["db_url"]))
        name = f"{assignment.name}.ipynb"
        student = resources["nbgrader"]["student"]
        written = assignment.course.nbgrader_root / "autograded" / student / assignment.name / name
        if written.exists():
            written.chmod(0o644)  # booked by somebody else meanwhile; nbgrader writes over it
        return super().preprocess(nb, resources)


def _assignment(preprocessor, resources):
    converter = preprocessor.parent.parent
    course = Course.find(Path(converter.coursedir.root))
    return course.assignment(resources["nbgrader"]["assignment"])

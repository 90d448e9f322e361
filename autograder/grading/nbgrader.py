"""What nbgrader_config.py puts in nbgrader's place, so that `nbgrader autograde`, formgrader's button and
`autograder grade` take one path: read defensively, rebuild, run in a process of its own, judge, book.
"""

from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Float

from autograder.grading.course import Assignment, Course, grade_id
from autograder.grading.rebuild import rebuild
from autograder.grading.record import expectations, write_public
from autograder.grading.run import Limits, run_and_judge
from autograder.grading.submission import Unreadable, find_notebook, read_notebook


def marks(assignment: Assignment) -> list[str]:
    """The grade_ids by which a renamed notebook is known."""
    return [name for cell in assignment.notebook.cells if (name := grade_id(cell))]


def find_renamed(assignment: str, student: str, notebooks: list[str]) -> None:
    """Autograde.pre_convert_hook: where the expected notebook is missing, let another one stand for it.

    nbgrader passes its own list, so changing it changes what is graded; the submission itself stays as it is.
    """
    folder = Path(notebooks[0]).resolve().parent
    expected = folder / f"{folder.name}.ipynb"
    if str(expected) not in [str(Path(path).resolve()) for path in notebooks]:
        notebooks[:] = [str(Path(notebooks[0]).parent / expected.name)]


def record_checks(assignment: str, student: str, notebooks: list[str]) -> None:
    """GenerateAssignment.pre_convert_hook: the public cases are recorded from the notebook that is released."""
    folder = Path(notebooks[0]).resolve().parent
    course = Course.find(folder)
    if folder.name in course.assignments():
        write_public(course.assignment(folder.name))


class SubmissionExporter(NotebookExporter):
    """Autograde.exporter_class: reads a submission that is renamed or damaged too, and notes what it met."""

    def from_filename(self, filename, resources=None, **kwargs):
        path, notes, notebook = Path(filename).resolve(), [], None
        nbgrader = resources["nbgrader"]
        assignment = Course.find(path.parent).assignment(nbgrader["assignment"])
        found = find_notebook(path.parent, path.stem, marks(assignment))
        if found and found != path:
            notes.append(
                f"The notebook was handed in as {found.name}; it should be named {path.name}."
            )
        try:
            notebook = read_notebook(found or path)
        except Unreadable as reason:
            notes.append(str(reason))
        nbgrader["notes"], nbgrader["readable"] = notes, notebook is not None
        return self.from_notebook_node(notebook or assignment.notebook, resources, **kwargs)


class Rebuild(NbGraderPreprocessor):
    """The first of Autograde.sanitize_preprocessors."""

    def preprocess(self, nb, resources):
        nbgrader = resources["nbgrader"]
        assignment = _assignment(self, resources)
        submitted = nb if nbgrader["readable"] else None
        return rebuild(assignment, submitted, nbgrader["notes"]), resources


class RunAndJudge(NbGraderPreprocessor):
    """The first of Autograde.autograde_preprocessors, in the place of nbgrader's Execute."""

    cell_seconds = Float(30, help="Longest time for one cell.").tag(config=True)
    case_seconds = Float(10, help="Longest time for one case of a check.").tag(config=True)
    notebook_seconds = Float(300, help="Longest time for a whole notebook.").tag(config=True)

    def preprocess(self, nb, resources):
        assignment = _assignment(self, resources)
        limits = Limits(self.cell_seconds, self.case_seconds, self.notebook_seconds)
        return run_and_judge(nb, assignment, expectations(assignment), limits), resources


def _assignment(preprocessor, resources):
    converter = preprocessor.parent.parent
    course = Course.find(Path(converter.coursedir.root))
    return course.assignment(resources["nbgrader"]["assignment"])

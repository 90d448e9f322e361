"""nbgrader's feedback pages, with one exporter for all students of a course."""

import re
from functools import cache, lru_cache, partial
from pathlib import Path

from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades
from sqlalchemy import create_engine, make_url, select
from sqlalchemy.pool import NullPool

from autograder.grading import folders
from autograder.grading.course import Assignment, Course, CourseError
from autograder.grading.settings import configuration

NO_ALT = re.compile(r"""<img(?![^>]*["'\s]alt=)""")
ALT = "No description has been provided for this image"  # nbconvert's words


class Grades(GetGrades):
    """nbgrader's GetGrades, with three questions a notebook and a gradebook that it can only read."""

    def preprocess(self, nb, resources):
        names = resources["nbgrader"]
        engine = create_engine(_read_only(names["db_url"]), poolclass=NullPool)
        with engine.connect() as db:
            found = _submitted(db, names)
            self._grades = _by_cell(db, Grade, found.id, Grade.score, Grade.max_score)
            self._comments = _by_cell(db, Comment, found.id, Comment.comment)
        for index, cell in enumerate(nb.cells):
            nb.cells[index], resources = self.preprocess_cell(cell, resources, index)
        penalty = found.late_submission_penalty or 0
        names |= {
            "score": found.score - penalty,
            "max_score": found.max_score,
            "late_penalty": penalty,
        }
        return nb, resources

    def _get_comment(self, cell, resources):
        mark = cell.metadata.nbgrader
        mark["comment"] = self._comments[mark["grade_id"]].comment

    def _get_score(self, cell, resources):
        mark = cell.metadata.nbgrader
        grade = self._grades[mark["grade_id"]]
        mark["score"], mark["points"] = grade.score, grade.max_score


def _read_only(url):
    """The gradebook's address for a process that must not write it; other databases have their own rights."""
    parts = make_url(url)
    if parts.get_backend_name() != "sqlite":
        return parts
    path = Path(parts.database).absolute().as_uri()
    return parts.set(database=path, query={"mode": "ro", "uri": "true"})


def _submitted(db, names):
    columns = ("id", "score", "max_score", "late_submission_penalty")
    return db.execute(
        select(*(getattr(SubmittedNotebook, name).label(name) for name in columns))
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
        .where(
            Notebook.name == names["notebook"], SubmittedAssignment.student_id == names["student"]
        )
        .where(SubmittedAssignment.assignment.has(name=names["assignment"]))
    ).one()


def _by_cell(db, model, notebook, *columns):
    question = select(BaseCell.name, *(column.label(column.key) for column in columns))
    question = question.join(BaseCell, BaseCell.id == model.cell_id)
    return {row.name: row for row in db.execute(question.where(model.notebook_id == notebook))}


def _coloured(lexer, source, language=None, metadata=None):
    magic = (metadata or {}).get("magics_language")
    return _highlight(source, magic or language or lexer)


@lru_cache(maxsize=500)  # most cells are the same in every submission
def _highlight(source, language):
    return Highlight2HTML(pygments_lexer=language)(source)


class Page(HTMLExporter):
    """An HTMLExporter that does not parse its whole page once more to find the pictures without a text."""

    def from_notebook_node(self, nb, resources=None, **kw):
        resources = self._init_resources(resources)
        language = nb.metadata.get("language_info", {})
        lexer = language.get("pygments_lexer", language.get("name"))
        shown = WidgetsDataTypeFilter(
            notebook_metadata=self._nb_metadata, parent=self, resources=resources
        )
        self.register_filter("highlight_code", partial(_coloured, lexer))
        self.register_filter("filter_data_type", shown)
        page, resources = TemplateExporter.from_notebook_node(self, nb, resources, **kw)
        return NO_ALT.sub(f'<img alt="{ALT}"', page), resources


class Feedback:
    """What nbgrader's GenerateFeedback makes, as nbgrader_config.py sets it up; the template is compiled once."""

    def __init__(self, course: Course):
        config = configuration(course)
        config.HTMLExporter.template_name = "feedback"
        self.course, self.coursedir = course, CourseDirectory(config=config)
        self.converter = GenerateFeedback(coursedir=self.coursedir, config=config)
        self.exporter = Page(parent=self.converter, config=self.converter.config)
        for preprocessor in self.converter.preprocessors:
            self.exporter.register_preprocessor(
                Grades if preprocessor is GetGrades else preprocessor
            )

    def write(self, assignment: Assignment, student: str) -> Path:
        """Write the feedback of a booked submission, in the place of what was there; the page's path.

        Raises CourseError where nothing was booked, OSError where the folder cannot be written.
        """
        root, name = self.course.nbgrader_root, assignment.name
        graded = root / "autograded" / folders.check_name(student) / name
        folder = root / "feedback" / student / name
        source = graded / f"{name}.ipynb"
        if not source.is_file():
            raise CourseError(f"{student} has no graded notebook of {name} to give feedback on.")
        names = {"student": student, "assignment": name, "notebook": name}
        resources = {"unique_key": name, "nbgrader": names | {"db_url": self.coursedir.db_url}}
        page, _ = self.exporter.from_filename(str(source), resources=resources)
        files = folders.files_of(graded, [*self.coursedir.ignore, "*.ipynb"])
        folders.mend(folder)
        staged = folders.stage(folder, [files], {f"{name}.html": page}, self.converter)
        folders.swap(staged, folder)
        return folder / f"{name}.html"


feedback_of = cache(Feedback)


def prepare_feedback(course: Course) -> None:
    """Compile the template now, for this process and those that are forked from it."""
    feedback_of(course).exporter.template  # noqa: B018


def write_feedback(course: Course, assignment: Assignment, student: str) -> Path:
    """Write one student's feedback with the exporter that this process keeps for the course; see Feedback.write."""
    return feedback_of(course).write(assignment, student)

"""The course on disk: where its parts lie, and what an assignment's source notebook holds."""

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat

from autograder.exercise import Exercise, exercises

EXPERIMENT = "experiment"
CHECKS = "checks.json"


class CourseError(Exception):
    """Something of the course is missing or wrong; the message is a sentence for the instructor."""


@dataclass(frozen=True)
class Course:
    """A course folder: the one that holds nbgrader_config.py."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> "Course":
        """The course around `start` (default: the current folder). Raises CourseError where there is none."""
        if start and not start.is_dir():
            raise CourseError(f"There is no folder {start}.")
        start = (start or Path.cwd()).resolve()
        for folder in (start, *start.parents):
            if (folder / "nbgrader_config.py").is_file() and (folder / "assignments").is_dir():
                return cls(folder)
        raise CourseError(
            f"There is no course around {start}: run the command inside the folder that holds "
            "nbgrader_config.py, or name it with --course."
        )

    @property
    def nbgrader_root(self) -> Path:
        return self.root / "assignments"

    @property
    def answers(self) -> Path:
        return self.nbgrader_root / "answers"

    def assignments(self) -> list[str]:
        """Names of the assignments that have a source notebook."""
        found = (self.nbgrader_root / "source").glob("*/*.ipynb")
        return sorted(path.stem for path in found if path.stem == path.parent.name)

    def assignment(self, name: str) -> "Assignment":
        """The assignment of that name. Raises CourseError where there is none."""
        if name not in self.assignments():
            known = ", ".join(self.assignments()) or "none yet"
            raise CourseError(
                f"There is no assignment {name!r} in {self.nbgrader_root / 'source'}; there is: {known}."
            )
        return Assignment(self, name)


@dataclass(frozen=True)
class Check:
    """A check cell: the exercise it names and the expression it passes, as written in the source notebook."""

    exercise: Exercise
    expression: str


@dataclass(frozen=True)
class Assignment:
    """One assignment of a course, read from its source notebook."""

    course: Course
    name: str

    @property
    def folder(self) -> Path:
        return self.course.nbgrader_root / "source" / self.name

    @property
    def path(self) -> Path:
        return self.folder / f"{self.name}.ipynb"

    @cached_property
    def notebook(self) -> nbformat.NotebookNode:
        """The source notebook, solutions included. Raises CourseError where it cannot be read."""
        try:
            return nbformat.read(self.path, as_version=4)
        except Exception as error:  # nbformat raises what the broken file makes it stumble over
            raise CourseError(
                f"{self.path} cannot be read as a notebook ({type(error).__name__})."
            ) from None

    @cached_property
    def checks(self) -> dict[str, Check]:
        """Every check of the notebook by exercise name, in order."""
        found = {}
        for cell in self.notebook.cells:
            check = check_of(cell)
            if check:
                points = cell.metadata.nbgrader.points
                if points != check.exercise.points:
                    raise CourseError(
                        f"The cell {grade_id(cell)} gives {points:g} points, but the parts of "
                        f"{check.exercise.name} add up to {check.exercise.points:g}: change one of them."
                    )
                found[check.exercise.name] = check
        return found

    @property
    def points(self) -> float:
        """All points of the notebook, those given by hand included."""
        marks = (cell.metadata.get("nbgrader", {}) for cell in self.notebook.cells)
        return sum(mark["points"] for mark in marks if mark.get("grade"))


def course_files(assignment: Assignment) -> dict[str, bytes]:
    """What lies beside a source notebook and goes to students with it."""
    return {
        path.name: path.read_bytes()
        for path in sorted(assignment.folder.iterdir())
        if path.is_file() and path.suffix != ".ipynb" and not path.name.startswith(".")
    }


def grade_id(cell) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def answer_id(exercise: str) -> str:
    """The grade_id of the cell in which students answer an exercise."""
    return exercise.replace(".", "-")


def is_experiment(cell) -> bool:
    return EXPERIMENT in cell.metadata.get("tags", [])


def check_of(cell) -> Check | None:
    """What a trusted cell checks: its last line is `check("exercise", expression)`; None for any other cell.

    Raises CourseError where it names an exercise that does not exist.
    """
    if cell.cell_type != "code" or not cell.metadata.get("nbgrader", {}).get("grade"):
        return None
    try:
        last = ast.parse(cell.source).body[-1]
    except (SyntaxError, IndexError):
        return None
    match last:
        case ast.Expr(ast.Call(ast.Name("check"), [ast.Constant(str(name)), expression], [])):
            if name not in exercises():
                raise CourseError(
                    f"The cell {grade_id(cell)} checks {name!r}, but no module in autograder/exercises has it."
                )
            return Check(exercises()[name], ast.unparse(expression))
    return None

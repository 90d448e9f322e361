"""Releasing: nbgrader's release version of an assignment, and the folder that students get.

Every file that goes out is named here or matches a pattern here; nothing else does.
"""

import shutil
import tempfile
import tomllib
from pathlib import Path

from autograder.files import write_atomically
from autograder.grading.book import Book
from autograder.grading.course import CHECKS, Assignment, Course, CourseError
from autograder.grading.record import write_public

STUDENT_PART = (
    "autograder/__init__.py",
    "autograder/cli.py",
    "autograder/doctor.py",
    "autograder/draws.py",
    "autograder/exercise.py",
    "autograder/exercises/*.py",
    "autograder/features.py",
    "autograder/functions.py",
    "autograder/judge.py",
    "autograder/lean.py",
    "autograder/masks.py",
    "autograder/notebook.py",
    "autograder/practice.py",
    "autograder/probing.py",
    "autograder/verdict.py",
    "autograder/wire.py",
    "lectures/*.ipynb",
    "utils/*.css",
    "utils/*.js",
    "utils/*.py",
    "utils/explore/*.py",
)
MARK = ".student-folder"

README = """# Course: training neural networks

Lectures are in `lectures/`, assignments in `assignments/`.

    python -m venv .venv
    .venv/bin/pip install -e .
    .venv/bin/jupyter lab

With conda: `conda env create -f environment.yml`.

Open a lecture and run it cell by cell. In an assignment, write your code where it says `YOUR CODE HERE` and run the
line `check(...)` below it: it says what is right, what is wrong and where to read on. To check a whole notebook:

    .venv/bin/autograder check assignments/NAME/NAME.ipynb

Keep the name of the notebook, and the file `checks.json` beside it.
"""


def release(assignments: list[Assignment], to: Path) -> list[Path]:
    """Release assignments into the student folder `to`, with all that students need; the files written.

    A folder that exists must be one that was made here; its files are replaced one by one, others stay.
    Raises CourseError, and OSError where the folder cannot be written.
    """
    to = to.resolve()
    course = assignments[0].course
    if to == course.root or to in course.root.parents:
        raise CourseError(f"{to} holds the course itself: name another folder with --to.")
    if to.exists() and not (to.is_dir() and ((to / MARK).exists() or not any(to.iterdir()))):
        raise CourseError(
            f"{to} exists and is not a student folder: name another with --to, or move it away."
        )
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.") as building:
        book = Book(course)
        for assignment in assignments:
            write_public(assignment)
            book.generate(assignment.name)
        files = _collect(course, assignments, Path(building))
        for file in files:
            target = to / file.relative_to(building)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(file, target)
    return [to / file.relative_to(building) for file in files]


def _collect(course: Course, assignments: list[Assignment], folder: Path) -> list[Path]:
    """Everything that goes out, laid into a new folder."""
    for pattern in STUDENT_PART:
        found = sorted(course.root.glob(pattern))
        for source in found:
            target = folder / source.relative_to(course.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for assignment in assignments:
        source = course.nbgrader_root / "release" / assignment.name
        target = folder / "assignments" / assignment.name
        target.mkdir(parents=True)
        for name in (f"{assignment.name}.ipynb", CHECKS):
            shutil.copyfile(source / name, target / name)
    project = tomllib.loads((course.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    write_atomically(folder / "pyproject.toml", _pyproject(project))
    write_atomically(folder / "environment.yml", _environment(project))
    write_atomically(folder / "README.md", README)
    write_atomically(
        folder / MARK, "Made by 'autograder release'; released again, its files are replaced.\n"
    )
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _pyproject(project):
    dependencies = "".join(f'    "{dependency}",\n' for dependency in project["dependencies"])
    return f"""[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "{project["name"]}-student"
version = "{project["version"]}"
requires-python = "{project["requires-python"]}"
dependencies = [
{dependencies}]

[project.scripts]
autograder = "autograder.cli:main"

[tool.setuptools.packages.find]
include = ["autograder*", "utils*"]

[tool.setuptools.package-data]
"*" = ["*.css", "*.js"]
"""


def _environment(project):
    dependencies = "".join(f"      - {dependency}\n" for dependency in project["dependencies"])
    return f"""name: {project["name"]}
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
{dependencies}      - -e .
"""

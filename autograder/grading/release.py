"""Releasing: nbgrader's release version of an assignment, and the folder that students get.

Every file that goes out is named here or matches a pattern here; nothing else does.
"""

import os
import shutil
import tempfile
import tomllib
from pathlib import Path
from string import Template

from autograder.files import write_atomically
from autograder.grading.book import Book
from autograder.grading.course import CHECKS, Assignment, CourseError
from autograder.grading.plan import read_plan
from autograder.grading.record import write_public
from autograder.grading.workflows import student_workflows
from autograder.update import MARK, UpdateError, renew, write_mark

STUDENT_PART = (
    "LICENSE",
    "autograder/__init__.py",
    "autograder/cli.py",
    "autograder/doctor.py",
    "autograder/draws.py",
    "autograder/exercise.py",
    "autograder/exercises/__init__.py",
    "autograder/features.py",
    "autograder/files.py",
    "autograder/functions.py",
    "autograder/judge.py",
    "autograder/lean.py",
    "autograder/masks.py",
    "autograder/notebook.py",
    "autograder/plain.py",
    "autograder/practice.py",
    "autograder/probing.py",
    "autograder/summary.py",
    "autograder/update.py",
    "autograder/verdict.py",
    "autograder/wire.py",
    "lectures/*.ipynb",
    "utils/*.js",
    "utils/*.py",
    "utils/explore/*.py",
)
README = Path(__file__).parent / "templates" / "student-readme.md"
IGNORED = """.venv/
__pycache__/
*.egg-info/
.ipynb_checkpoints/
.jupyter_ystore.db
.before-update/
.cache/
reports/
"""
HAND_IN = "Hand in the notebook `assignments/NAME/NAME.ipynb` in the way that your course says."


def release(assignments: list[Assignment], to: Path) -> tuple[list[Path], list[str]]:
    """Release assignments into the student folder `to`, with all that students need; as a zip where the name ends so.

    Returns the files, and what to tell in sentences. In a folder that was made here before, files are renewed one by
    one and work that was done in it is carried over (autograder.update). A zip is written anew, with these alone.
    Raises CourseError, and OSError where the folder cannot be written.
    """
    to = to.resolve()
    course, plan = assignments[0].course, read_plan(assignments[0].course)
    if to == course.root or to in course.root.parents:
        raise CourseError(f"{to} holds the course itself: name another folder with --to.")
    is_zip = to.suffix == ".zip"
    ours = (to.is_file() and is_zip) or (
        to.is_dir() and ((to / MARK).exists() or not any(to.iterdir()))
    )
    if to.exists() and not ours:
        raise CourseError(
            f"{to} exists and is not a student folder: name another with --to, or move it away."
        )
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.") as building:
        book = Book(course)
        for assignment in assignments:
            write_public(assignment)
            book.generate(assignment.name)
        folder = Path(building) / to.stem
        there = {path.stem for path in (to / "assignments").glob("*/*.ipynb")}
        files = _collect(course, plan, assignments, folder, there)
        if is_zip:
            os.replace(shutil.make_archive(f"{building}/zip", "zip", building, to.stem), to)
            return [to], []
        return [to / file.relative_to(folder) for file in files], _lay(folder, to)


def _lay(folder, to):
    if not (to / MARK).exists():
        if to.exists():
            to.rmdir()
        folder.rename(to)
        return []
    try:
        return renew(to, folder)
    except UpdateError:
        raise CourseError(
            f"{to / MARK} cannot be read, so nobody knows what in {to} is somebody's work: move the folder away and "
            "release anew."
        ) from None


def _collect(course, plan, assignments, folder, there) -> list[Path]:
    """Everything that goes out, laid into a new folder; `there` are the assignments that went out before."""
    modules = {
        type(check.exercise).__module__.replace(".", "/") + ".py"
        for assignment in assignments
        for check in assignment.checks.values()
    }
    for pattern in (*STUDENT_PART, *sorted(modules)):
        for source in sorted(course.root.glob(pattern)):
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
    out = {assignment.name for assignment in assignments} | there
    listed = [course.assignment(name) for name in course.assignments() if name in out]
    write_atomically(folder / "pyproject.toml", _pyproject(project))
    write_atomically(folder / "environment.yml", _environment(project))
    write_atomically(folder / "README.md", _readme(plan, listed, project["name"]))
    write_atomically(folder / ".gitignore", IGNORED)
    for name, text in student_workflows(plan).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / name, text)
    write_mark(folder, plan.published)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _readme(plan, assignments, environment):
    rows = ["| assignment | out | due | points |", "| --- | --- | --- | --- |"]
    for assignment in assignments:
        planned = plan.of(assignment.name)
        title = assignment.notebook.cells[0].source.splitlines()[0].lstrip("# ")
        link = f"[{title}](assignments/{assignment.name}/{assignment.name}.ipynb)"
        dates = f"{_date(planned.release)} | {_date(planned.due)}"
        rows.append(f"| {link} | {dates} | {assignment.points:g} |")
    late = plan.late
    if late.percent_per_day and any(plan.of(a.name).due for a in assignments):
        rows += ["", _late_sentence(late)]
    return Template(README.read_text(encoding="utf-8")).substitute(
        name=plan.name,
        table="\n".join(rows),
        environment=environment,
        hand_in=plan.hand_in or HAND_IN,
        update="autograder update" if plan.published else "autograder update NEW_FOLDER_OR_ZIP",
    )


def _date(time):
    return f"{time:%a %d %b %Y, %H:%M} (UTC{time:%z})" if time else "-"


def _late_sentence(late):
    grace = f", after {late.grace_minutes:g} minutes of grace" if late.grace_minutes else ""
    end = f" After {late.days:g} days nothing is counted." if late.days is not None else ""
    return f"Every day begun after the due date costs {late.percent_per_day:g} % of the points{grace}.{end}"


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

"""`make demo`: release the assignment, place a sample class, grade it, and say where everything is.

It works on a copy of the course in demo/, which it makes anew each time; the course itself is left alone.
"""

import os
import shutil
import sys
from pathlib import Path

import typer

from autograder import lean  # noqa: F401
from autograder.grading.commands import sentence
from autograder.grading.course import Course, CourseError
from autograder.grading.grade import grade_class
from autograder.grading.release import release
from autograder.grading.reports import print_table, write_reports
from autograder.grading.sample import SampleClass, place
from autograder.grading.sandbox import missing

ASSIGNMENT = "03_regularization"
MARK = ".made-by-demo"
COPIED = (
    "LICENSE",
    "course.toml",
    "nbgrader_config.py",
    "pyproject.toml",
    "autograder",
    "lectures",
    "utils",
)


def prepare(course: Course, folder: Path) -> Course:
    """A fresh copy of the course's own files in `folder`. Raises CourseError where that is somebody's folder."""
    if folder.exists() and not (folder / MARK).exists():
        raise CourseError(f"{folder} exists and was not made by the demo: move it away first.")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / MARK).touch()
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in COPIED:
        source = course.root / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=ignore)
        elif source.is_file():  # course.toml may be missing
            shutil.copyfile(source, folder / name)
    gradebook = folder / "assignments" / "gradebook.db"  # wherever the course has its own
    with open(folder / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(f"\nc.CourseDirectory.db_url = {f'sqlite:///{gradebook}'!r}\n")
    for name in ("source", "answers"):
        shutil.copytree(course.nbgrader_root / name, folder / "assignments" / name, ignore=ignore)
    return Course(folder)


def demo() -> None:
    """Release, hand in, grade and report, once through."""
    here = Course.find()
    course = prepare(here, here.root / "demo")
    assignment = course.assignment(ASSIGNMENT)
    typer.echo(f"Releasing {ASSIGNMENT}: its checks are recorded from the course's own solution.")
    files, _ = release([assignment], course.root / "student")
    samples = SampleClass(assignment).build()
    place(samples, assignment)
    typer.echo(f"{len(samples)} students hand in:")
    for sample in samples:
        typer.echo(f"  {sample.student:8} {sample.says}")
    unconfined = missing()
    if unconfined:
        typer.echo(
            "This machine gives no sandbox; the kit's own samples are graded without one. Missing: "
            + " ".join(unconfined)
        )
    outcomes = grade_class(assignment, jobs=os.cpu_count() or 1, without_sandbox=bool(unconfined))
    print_table(outcomes)
    written = write_reports(outcomes, ASSIGNMENT, course.nbgrader_root / "reports" / ASSIGNMENT)
    example = f"{samples[3].student}/{ASSIGNMENT}/{ASSIGNMENT}.html"
    typer.echo(f"Student folder  {course.root / 'student'} ({len(files)} files)")
    typer.echo(f"Gradebook       {course.nbgrader_root / 'gradebook.db'}")
    typer.echo(f"Feedback        {course.nbgrader_root / 'feedback'}, for example {example}")
    typer.echo(f"Reports         {written[0].parent}: {', '.join(path.name for path in written)}")


def main() -> None:
    try:
        demo()
    except (CourseError, OSError) as error:
        typer.echo(sentence(error) or f"{error.filename}: {error.strerror}.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

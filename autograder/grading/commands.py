"""The instructor's commands, added to the command line by `autograder.cli`."""

from pathlib import Path
from typing import Annotated

import sqlalchemy.exc
import typer

from autograder.grading.course import Course, CourseError
from autograder.grading.grade import grade_class
from autograder.grading.release import release as release_to
from autograder.grading.reports import print_table, write_reports

CourseOption = Annotated[
    Path | None, typer.Option("--course", help="The course; default: around this folder.")
]


def release(
    assignments: Annotated[list[str], typer.Argument(help="Names, as under assignments/source.")],
    to: Annotated[Path, typer.Option(help="The student folder to make or to renew.")] = Path(
        "student"
    ),
    course: CourseOption = None,
) -> None:
    """Release assignments: nbgrader's release version, and the folder that students get."""
    found = Course.find(course)
    files = release_to([found.assignment(name) for name in assignments], to)
    typer.echo(f"Released {', '.join(assignments)}: {len(files)} files in {to.resolve()}")


def grade(
    assignment: Annotated[str, typer.Argument(help="Name, as under assignments/source.")],
    student: Annotated[
        list[str] | None, typer.Option(help="Only this student; may be given more than once.")
    ] = None,
    reports: Annotated[Path | None, typer.Option(help="Folder for the reports.")] = None,
    course: CourseOption = None,
) -> None:
    """Grade what lies in assignments/submitted, write feedback and reports, print the grade table."""
    found = Course.find(course)
    reports = reports or found.nbgrader_root / "reports" / assignment
    chosen = found.assignment(assignment)
    reports.mkdir(
        parents=True, exist_ok=True
    )  # before the work, so that a mistyped folder costs nothing
    outcomes = grade_class(chosen, student or ())
    print_table(outcomes)
    written = write_reports(outcomes, assignment, reports)
    typer.echo(f"Gradebook  {found.nbgrader_root / 'gradebook.db'}")
    typer.echo(f"Feedback   {found.nbgrader_root / 'feedback'}")
    typer.echo(f"Reports    {', '.join(str(path) for path in written)}")
    failed = [outcome.student for outcome in outcomes if outcome.problem]
    if failed:
        typer.echo(f"Not graded: {', '.join(failed)}. The table says why.", err=True)
        raise typer.Exit(1)


def sentence(error: Exception) -> str:
    """What to say of an error that an instructor can cause; empty where it is a fault of the kit."""
    if isinstance(error, CourseError):
        return str(error)
    if isinstance(error, sqlalchemy.exc.SQLAlchemyError):
        return f"The gradebook cannot be used: {str(error).splitlines()[0].rstrip('.')}."
    return ""

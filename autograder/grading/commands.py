"""The instructor's commands, added to the command line by `autograder.cli`."""

import os
from pathlib import Path
from typing import Annotated

import sqlalchemy.exc
import typer

from autograder.grading.course import Course, CourseError
from autograder.grading.grade import Outcome, grade_class
from autograder.grading.intake import Arrival, arrived, take_in
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
    source: Annotated[
        Path | None,
        typer.Option("--from", help="First take in what a folder, a zip or a notebook holds."),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="Submissions to run and judge at the same time.")
    ] = os.cpu_count() or 1,
    without_sandbox: Annotated[
        bool,
        typer.Option(
            "--without-sandbox",
            help="Run student code unconfined: it can then read and change all that you can.",
        ),
    ] = False,
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
    author = student[0] if student and len(student) == 1 else ""
    arrivals = take_in(source, chosen, author) if source else arrived(chosen)
    folders = {arrival.name: arrival.student for arrival in arrivals}
    students = [folders.get(name, name) for name in student or ()]
    graded = grade_class(chosen, students, jobs=jobs, without_sandbox=without_sandbox)
    outcomes = _with_arrivals(graded, arrivals, students)
    print_table(outcomes)
    written = write_reports(outcomes, assignment, reports)
    typer.echo(f"Gradebook  {found.nbgrader_root / 'gradebook.db'}")
    typer.echo(f"Feedback   {found.nbgrader_root / 'feedback'}")
    typer.echo(f"Reports    {', '.join(str(path) for path in written)}")
    failed = [outcome.student for outcome in outcomes if outcome.problem]
    if failed:
        typer.echo(f"Not graded: {', '.join(failed)}. The table says why.", err=True)
        raise typer.Exit(1)


def _with_arrivals(
    outcomes: list[Outcome], arrivals: list[Arrival], students: list[str]
) -> list[Outcome]:
    """What grading found, with what was said on taking in, and with those of whom nothing could be taken in."""
    graded = {outcome.student: outcome for outcome in outcomes}
    for arrival in arrivals:
        if not arrival.student:
            for note in arrival.notes:
                typer.echo(note, err=True)
        elif arrival.student in graded:
            graded[arrival.student].notes[:0] = arrival.notes
        elif arrival.problem and (not students or arrival.student in students):
            outcomes.append(Outcome(arrival.student, problem=arrival.problem))
    return outcomes


def sentence(error: Exception) -> str:
    """What to say of an error that an instructor can cause; empty where it is a fault of the kit."""
    if isinstance(error, CourseError):
        return str(error)
    if isinstance(error, sqlalchemy.exc.SQLAlchemyError):
        return f"The gradebook cannot be used: {str(error).splitlines()[0].rstrip('.')}."
    return ""

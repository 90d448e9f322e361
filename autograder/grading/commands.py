"""The instructor's commands, added to the command line by `autograder.cli`."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from autograder.grading.course import Course, CourseError
from autograder.grading.processes import WORKERS
from autograder.grading.warm import OPEN, SANDBOXED

CourseOption = Annotated[
    Path | None, typer.Option("--course", help="The course; default: around this folder.")
]
CORES = os.cpu_count() or 1
JobsOption = Annotated[
    int, typer.Option(min=1, help="Submissions to run and judge at the same time.")
]
UnconfinedOption = Annotated[
    bool,
    typer.Option(
        "--without-sandbox",
        help="Run student code unconfined: it can then read and change all that you can.",
    ),
]
SchedulerOption = Annotated[
    str,
    typer.Option(
        help="Judge on the Dask cluster at this address, for example tcp://10.0.0.1:8786."
    ),
]


def release(
    assignments: Annotated[
        list[str] | None,
        typer.Argument(
            help="Names, as under assignments/source; default: those whose release date in course.toml has come."
        ),
    ] = None,
    to: Annotated[
        Path, typer.Option(help="The student folder to make or to renew; NAME.zip makes a zip.")
    ] = Path("student"),
    course: CourseOption = None,
) -> None:
    """Release assignments: nbgrader's release version, and the folder that students get."""
    from datetime import UTC, datetime

    from autograder.grading.plan import read_plan
    from autograder.grading.release import release as release_to

    found = Course.find(course)
    plan, now = read_plan(found), datetime.now(UTC)
    dates = {name: planned.release for name, planned in plan.assignments.items() if planned.release}
    chosen = assignments or [name for name, date in dates.items() if date <= now]
    if not chosen:
        raise CourseError(
            "No assignment's release date has come: name assignments, or give them dates in course.toml."
        )
    files, told = release_to([found.assignment(name) for name in chosen], to)
    for sentence in told:
        typer.echo(sentence)
    for name in chosen:
        if name in dates and dates[name] > now:
            typer.echo(f"{name} is to be out on {dates[name]:%Y-%m-%d %H:%M}: publish it then.")
    what = "1 file" if len(files) == 1 else f"{len(files)} files in"
    typer.echo(f"Released {', '.join(chosen)}: {what} {to.resolve()}")


def new(
    name: Annotated[str, typer.Argument(help="topic.exercise, for example pruning.magnitude")],
    assignment: Annotated[
        str, typer.Argument(help="The assignment that asks for it, for example 11_pruning.")
    ],
    course: CourseOption = None,
) -> None:
    """Make the skeleton of an exercise; docs/new-exercise.md says how to fill it in."""
    from autograder.grading.new import new_exercise

    for path in new_exercise(Course.find(course), name, assignment):
        typer.echo(f"Wrote {path}")
    typer.echo("Fill them in as docs/new-exercise.md says, then run 'make sync'.")


def collect(
    assignment: Annotated[str, typer.Argument(help="Name, as under assignments/source.")],
    students: Annotated[
        Path | None,
        typer.Option(help="Table of student and repository; default: students.csv in the course."),
    ] = None,
    course: CourseOption = None,
) -> None:
    """Fetch the students' git repositories into assignments/collected, for 'grade --from'."""
    from autograder.grading.collect import STUDENTS, read_students
    from autograder.grading.collect import collect as collect_from

    found = Course.find(course)
    chosen = found.assignment(assignment)
    repositories = read_students(students or found.root / STUDENTS)
    to = found.nbgrader_root / "collected" / assignment
    missed = 0
    for collected in collect_from(repositories, chosen, to):
        if collected.problem:
            missed += 1
            typer.echo(collected.problem, err=True)
    typer.echo(f"Collected {len(repositories) - missed} of {len(repositories)} repositories.")
    typer.echo(f"To grade them: autograder grade {assignment} --from {to}")
    if missed:
        raise typer.Exit(1)


def grade(
    assignment: Annotated[str, typer.Argument(help="Name, as under assignments/source.")],
    student: Annotated[
        list[str] | None, typer.Option(help="Only this student; may be given more than once.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="First take in what a folder, a zip or a notebook holds."),
    ] = None,
    jobs: JobsOption = CORES,
    without_sandbox: UnconfinedOption = False,
    scheduler: SchedulerOption = "",
    reports: Annotated[Path | None, typer.Option(help="Folder for the reports.")] = None,
    course: CourseOption = None,
) -> None:
    """Grade what lies in assignments/submitted, write feedback and reports, print the grade table."""
    found = Course.find(course)
    reports = reports or found.nbgrader_root / "reports" / assignment
    chosen = found.assignment(assignment)
    if not scheduler and (source or _has_new(found, assignment)):
        # It loads its libraries while this process loads its own.
        WORKERS[OPEN if without_sandbox else SANDBOXED].start()
    from autograder.grading.book import Book
    from autograder.grading.grade import grade_class
    from autograder.grading.intake import arrived, take_in
    from autograder.grading.reports import print_table, write_reports

    reports.mkdir(
        parents=True, exist_ok=True
    )  # before the work, so that a mistyped folder costs nothing
    author = student[0] if student and len(student) == 1 else ""
    arrivals = take_in(source, chosen, author) if source else arrived(chosen)
    folders = {arrival.name: arrival.student for arrival in arrivals}
    students = [folders.get(name, name) for name in student or ()]
    graded = grade_class(
        chosen, students, jobs=jobs, without_sandbox=without_sandbox, scheduler=scheduler
    )
    outcomes = _with_arrivals(graded, arrivals, students)
    print_table(outcomes)
    written = write_reports(outcomes, assignment, reports)
    typer.echo(f"Gradebook  {Book(found).place}")
    typer.echo(f"Feedback   {found.nbgrader_root / 'feedback'}")
    typer.echo(f"Reports    {', '.join(str(path) for path in written)}")
    failed = [outcome.student for outcome in outcomes if outcome.problem]
    if failed:
        typer.echo(f"Not graded: {', '.join(failed)}. The table says why.", err=True)
        raise typer.Exit(1)


def _has_new(course, assignment):
    """Whether somebody's work has never been graded, as far as a glance at the folders tells."""
    root = course.nbgrader_root
    handed_in = {path.parent.name for path in (root / "submitted").glob(f"*/{assignment}")}
    return bool(
        handed_in - {path.parent.name for path in (root / "autograded").glob(f"*/{assignment}")}
    )


def _with_arrivals(outcomes, arrivals, students):
    """What grading found, with what was said on taking in, and with those of whom nothing could be taken in."""
    from autograder.grading.grade import Outcome

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
    database = sys.modules.get("autograder.grading.database")  # not loaded: no error of its
    return database.sentence(error) if database else ""

"""The instructor's commands that hand something back: grades to a learning management system, feedback to students."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from autograder.grading.commands import CourseOption
from autograder.grading.course import Course, CourseError


class System(StrEnum):
    canvas = "canvas"
    moodle = "moodle"
    gradescope = "gradescope"
    csv = "csv"


def export(
    assignments: Annotated[
        list[str] | None, typer.Argument(help="Names; default: all that are graded.")
    ] = None,
    to: Annotated[
        System, typer.Option(help="What imports it; csv is a table for people.")
    ] = System.csv,
    template: Annotated[
        Path | None,
        typer.Option(
            help="The file to fill in: Canvas's exported gradebook, Moodle's grading worksheet or exported grades; "
            "for Gradescope, its roster where addresses are not known otherwise."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="Default: grades.csv; gradescope.zip for Gradescope."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=COLUMN",
            help="The template's column of an assignment that is called otherwise there; total=COLUMN puts the course "
            "grade into one. May be given more than once.",
        ),
    ] = None,
    even_open: Annotated[
        bool,
        typer.Option(
            "--even-open",
            help="Export although written answers are still to be graded; they count 0 until then.",
        ),
    ] = False,
    course: CourseOption = None,
) -> None:
    """Write grades in the form that a learning management system imports.

    Points given by hand and late penalties are in every grade. The course
    grade, in percent, weighs assignments and leaves the lowest out as
    course.toml says; in it, what was not handed in counts 0.

    In a template only the cells of grades change. Where a student handed in
    nothing, or is excused, the cell stays as it was. Who is in the template
    but not in the gradebook is named, and the other way round.
    """
    from autograder.grading.export import export as write

    found = Course.find(course)
    output = output or Path("gradescope.zip" if to is System.gradescope else "grades.csv")
    for sentence in write(
        found, to.value, assignments or [], output, template, _columns(column or []), even_open
    ):
        typer.echo(sentence, err=True)
    typer.echo(f"Wrote {output.resolve()}")


def _columns(texts):
    pairs = [text.partition("=") for text in texts]
    for name, equals, title in pairs:
        if not (name and equals and title):
            raise CourseError(
                "Give --column as NAME=COLUMN, for example --column 'total=Override Score'."
            )
    return {name: title for name, _, title in pairs}


def return_feedback(
    assignment: Annotated[str, typer.Argument(help="Name, as under assignments/source.")],
    to: Annotated[Path, typer.Option(help="A folder, or NAME.zip.")],
    like: Annotated[
        Path | None,
        typer.Option(
            help="The download of Canvas or Moodle, or the folder of clones, that the hand-ins came in; the feedback "
            "gets the names that the system reads. Default: a folder for each student."
        ),
    ] = None,
    course: CourseOption = None,
) -> None:
    """Write the feedback of a class as files, as the gradebook is now.

    In clones it is feedback/ASSIGNMENT.html, to be committed; --to may be the
    folder of clones itself.
    """
    from autograder.grading.give_back import give_back

    for sentence in give_back(Course.find(course).assignment(assignment), to, like):
        typer.echo(sentence, err=True)
    typer.echo(f"Wrote {to.resolve()}")

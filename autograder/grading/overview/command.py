"""`autograder overview`: the class overview of one assignment, as a page and as a notebook."""

from typing import Annotated

import typer

from autograder.grading.commands import CourseOption
from autograder.grading.course import Course


def overview(
    assignment: Annotated[str, typer.Argument(help="Name, as under assignments/source.")],
    course: CourseOption = None,
) -> None:
    """Write the overview of a graded class into assignments/reports: a page, and a notebook with widgets.

    It reads the gradebook and the graded notebooks and runs nothing. Both
    files hold names and answers of students: they are for instructors.
    """
    from autograder.grading.overview.write import write_overview

    for sentence in write_overview(Course.find(course).assignment(assignment)):
        typer.echo(sentence)

"""The instructor's command `leaderboard`."""

from pathlib import Path
from typing import Annotated

import typer

from autograder.grading.commands import CourseOption
from autograder.grading.course import Course


def leaderboard(
    assignment: Annotated[
        str | None, typer.Argument(help="Name; default: the one whose answers can be ranked.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Folder for the page; default: assignments/leaderboard.")
    ] = None,
    course: CourseOption = None,
) -> None:
    """Write a page with the results of a class under pseudonyms, to be published as it is.

    It ranks by the share of held-out examples that grading counted right.
    course.toml says who is not listed. docs/leaderboard.md says what such a
    page tells and what it does not.
    """
    from autograder.grading.leaderboard.write import the_ranked, write_leaderboard

    found = Course.find(course)
    chosen = found.assignment(assignment) if assignment else the_ranked(found)
    page, told = write_leaderboard(chosen, to or found.nbgrader_root / "leaderboard")
    for sentence in told:
        typer.echo(sentence, err=True)
    typer.echo(f"Wrote {page.resolve()}")

"""The instructor's command that corrects the marks of one exercise after its judge was corrected."""

from typing import Annotated

import typer

from autograder.grading.commands import (
    CORES,
    CourseOption,
    JobsOption,
    SchedulerOption,
    UnconfinedOption,
)
from autograder.grading.course import Course, CourseError


def regrade(
    assignment: Annotated[str, typer.Argument(help="Name, as under assignments/source.")],
    exercise: Annotated[
        str, typer.Argument(help="As in check(...), for example dropout.inverted.")
    ],
    apply: Annotated[
        bool, typer.Option("--apply", help="Make the change that was listed last, and record it.")
    ] = False,
    jobs: JobsOption = CORES,
    without_sandbox: UnconfinedOption = False,
    scheduler: SchedulerOption = "",
    course: CourseOption = None,
) -> None:
    """After the judge of one exercise was corrected: list whose marks change and why; then change them.

    The list changes no grade. With --apply exactly what it says is done, for
    this exercise alone, and recorded in assignments/reports.
    """
    from autograder.grading.regrade import Regrading
    from autograder.grading.regrade_change import begin, carry_out
    from autograder.grading.regrade_reports import SUFFIXES, print_regrade, write_regrade

    regrading = Regrading(Course.find(course).assignment(assignment), exercise)
    command = f"autograder regrade {assignment} {exercise}"
    if not apply:
        found = regrading.list(jobs, without_sandbox, scheduler)
        print_regrade(found)
        written = write_regrade(found, regrading.folder / exercise)
        typer.echo(f"List       {', '.join(map(str, written))}")
        if any(entry.cell for entry in found.entries):
            typer.echo(f"No grade is changed yet. To make this change: {command} --apply")
        elif found.is_needed:
            typer.echo(
                "Nothing would change but that these count as graded by the judge as it is now, so that "
                f"'autograder grade' leaves them alone: {command} --apply"
            )
        else:
            typer.echo("There is nothing to change.")
        return
    found = begin(regrading)
    if found is None:
        records = sorted(regrading.folder.glob(f"????-??-??T*Z-{exercise}.md"))
        if not records:
            raise CourseError(f"There is no list to apply: run '{command}' and read it first.")
        typer.echo(f"There is nothing to do: the last list was applied, see {records[-1]}")
        return
    record = regrading.folder / f"{found.begun}-{exercise}"
    write_regrade(found, record)  # before the first change, so that none is without a record
    carry_out(regrading, found)
    written = write_regrade(found, record, done=True)
    for suffix in (*SUFFIXES, ".json"):
        regrading.path.with_suffix(suffix).unlink(missing_ok=True)
    print_regrade(found)
    typer.echo(f"Record     {', '.join(map(str, written))}")
    typer.echo(f"Feedback   {regrading.root / 'feedback'}")

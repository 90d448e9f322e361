"""The command line: `check`, `update` and `doctor` for everyone, and the instructor's commands.

Each command loads what it needs, so that none waits for another's libraries.
"""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from autograder import lean  # noqa: F401
from autograder.summary import FAIL_ON

GRADING = (Path(__file__).parent / "grading").is_dir()  # not in a student's copy
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def about() -> None:
    """Tools for the assignments of the course."""


@app.command()
def check(
    notebooks: Annotated[
        list[Path], typer.Argument(help="Notebooks to check, each with checks.json beside it.")
    ],
    summary: Annotated[
        Path | None, typer.Option(help="Markdown file to add verdicts and diagnoses to.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="JUnit XML file to write.")] = None,
    fail_on: Annotated[
        Literal[FAIL_ON],
        typer.Option(
            help="When to end with status 1: never, where an answer is wrong, or where one is wrong or missing."
        ),
    ] = "unfinished",
):
    """Run notebooks and say of every exercise whether it is right, on the public cases."""
    from autograder.notebook import check_notebook
    from autograder.summary import append_markdown, write_junit

    found = []
    for notebook in notebooks:
        if len(notebooks) > 1:
            typer.echo(f"{notebook}:")
        checked = check_notebook(notebook)
        for verdict in checked.verdicts:
            typer.echo(verdict.as_text())
        if checked.problem:
            typer.echo(checked.problem, err=True)
        if checked.verdicts or not checked.problem:
            typer.echo(checked.total(), err=not checked.verdicts)
        if summary:
            append_markdown(checked, summary)
        found.append(checked)
    if junit:
        write_junit(found, junit)
    if any(checked.fails(fail_on) for checked in found):
        raise typer.Exit(1)


@app.command()
def update(
    source: Annotated[
        str | None,
        typer.Argument(
            help="The new student folder: a folder, a zip, or an address for git; default: where the course publishes."
        ),
    ] = None,
):
    """Bring this student folder to the course's newest state; your answers and cells stay."""
    from autograder import update as updates

    try:
        folder = updates.find_folder(Path.cwd())
        source = source or updates.read_mark(folder)["published"]
        if not source:
            raise updates.UpdateError("Name the new folder, zip or address: the course says none.")
        with updates.fetched(source) as new:
            told = updates.renew(folder, new)
    except updates.UpdateError as error:
        _stop(str(error))
    for sentence in told:
        typer.echo(sentence)
    typer.echo(f"{folder} is up to date.")


@app.command()
def doctor():
    """Say what this machine offers: versions, GPU and, to an instructor, the sandbox's layers."""
    from autograder import doctor as machine

    for name, version, remark in machine.versions():
        typer.echo(f"{name:20} {version:14} {remark}".rstrip())
    typer.echo(f"{'accelerator':20} {machine.accelerator()}")
    problems = list(filter(None, [machine.pair_problem()]))
    if GRADING:
        from autograder.grading.sandbox import layers
        from autograder.grading.workflows import unready

        for layer, works, remark in layers():
            typer.echo(f"{layer:20} {'yes' if works else 'no':14} {remark}".rstrip())
        problems += unready()
        if not problems:
            typer.echo("The sandbox works here: grading will run.")
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)


if GRADING:
    from autograder.grading.commands import collect, grade, new, release
    from autograder.grading.handing_back import export, return_feedback
    from autograder.grading.leaderboard.command import leaderboard
    from autograder.grading.overview.command import overview
    from autograder.grading.regrading import regrade

    app.command()(release)
    app.command()(collect)
    app.command()(grade)
    app.command()(regrade)
    app.command()(new)
    app.command()(export)
    app.command("return")(return_feedback)
    app.command()(overview)
    app.command()(leaderboard)


def main() -> None:
    """Run the command line; whatever a user can cause ends in one sentence and status 1."""
    try:
        app()
    except OSError as error:
        _stop(f"{error.filename or 'A file'}: {error.strerror or error}.")
    except KeyboardInterrupt:
        _stop("Stopped.")
    except Exception as error:
        if GRADING:
            from autograder.grading.commands import sentence

            text = sentence(error)
            if text:
                _stop(text)
        raise


def _stop(sentence):
    typer.echo(sentence, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()

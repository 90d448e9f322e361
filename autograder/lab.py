"""JupyterLab on the course in the current folder, with nbgrader's extensions.

nbgrader's extensions are enabled as they are installed; they find the course through the
nbgrader_config.py of the folder that the server is started in, which is also Jupyter's root.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from jupyterlab.labapp import LabApp


def main(
    port: Annotated[int, typer.Option(help="Port; the next free one where it is taken.")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Start JupyterLab on the course in the current folder."""
    if not Path("nbgrader_config.py").is_file():
        typer.echo(f"There is no course in {Path.cwd()}: no nbgrader_config.py.", err=True)
        raise typer.Exit(1)
    # nbgrader starts alembic by its name, and kernels start commands of the environment.
    commands = str(Path(sys.executable).parent)
    os.environ["PATH"] = commands + os.pathsep + os.environ.get("PATH", "")
    arguments = [
        f"--port={port}",
        # No question about news in a student's first minute, no request to the outside.
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    if not browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # Jupyter refuses to run as root, as in CI
        arguments.append("--allow-root")
    LabApp.launch_instance(arguments)


if __name__ == "__main__":
    typer.run(main)

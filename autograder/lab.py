"""JupyterLab on the course in the current folder, with nbgrader's extensions.

nbgrader's extensions are enabled as they are installed; they find the course through the
nbgrader_config.py of the folder that the server is started in, which is also Jupyter's root.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

# Layered under the user's own settings: no question about news, no request to the outside.
SETTINGS = Path(__file__).parent / "jupyter"


def put_first(variable: str, folder: Path) -> None:
    """Put `folder` in front of the folders that an environment variable lists."""
    others = os.environ.get(variable)
    os.environ[variable] = f"{folder}{os.pathsep}{others}" if others else str(folder)


def main(
    port: Annotated[int, typer.Option(help="Port; the next free one where it is taken.")] = 8888,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
) -> None:
    """Start JupyterLab on the course in the current folder."""
    if not Path("nbgrader_config.py").is_file():
        typer.echo(f"There is no course in {Path.cwd()}: no nbgrader_config.py.", err=True)
        raise typer.Exit(1)
    from jupyterlab.labapp import LabApp  # takes seconds, which the sentence above need not

    put_first("PATH", Path(sys.executable).parent)  # nbgrader starts alembic by its name
    put_first("JUPYTER_CONFIG_PATH", SETTINGS)
    arguments = [f"--port={port}"]
    if not browser:
        arguments.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container, in CI
        arguments.append("--allow-root")
    LabApp.launch_instance(arguments)


if __name__ == "__main__":
    typer.run(main)

"""Checking a whole notebook on the public cases: run it as JupyterLab would and collect the verdicts."""

import os
import tempfile
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from autograder.practice import CHECKS, MIME
from autograder.verdict import Verdict

EXPERIMENT = "experiment"
CELL_SECONDS = 120


class NotebookError(Exception):
    """A notebook that cannot be checked; the message is a sentence."""


def check_notebook(path: Path) -> list[Verdict]:
    """The verdicts of all check lines of a notebook, in order. Experiments are skipped, errors go on to the next cell.

    Raises NotebookError where there is no such notebook, no public cases beside it, or no check line in it.
    """
    if not path.is_file():
        raise NotebookError(f"There is no file {path}.")
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises what the broken file makes it stumble over
        raise NotebookError(
            f"{path} is not a notebook that can be read ({type(error).__name__})."
        ) from None
    if not any("check(" in cell.source for cell in notebook.cells if cell.cell_type == "code"):
        raise NotebookError(f"{path} holds no check(...) line.")
    if not (path.parent / CHECKS).is_file():
        raise NotebookError(
            f"The file {CHECKS} is missing beside {path}: it is handed out with the notebook."
        )
    try:
        run_notebook(notebook, path.parent, skip=EXPERIMENT)
    except DeadKernelError:
        raise NotebookError(f"{path} ended its own kernel; what it had checked is lost.") from None
    outputs = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    data = [output["data"][MIME] for output in outputs if MIME in output.get("data", {})]
    return [Verdict.from_plain(plain) for plain in data]


def run_notebook(
    notebook: nbformat.NotebookNode, folder: Path, skip: str = "skip-execution"
) -> None:
    """Run a notebook in a kernel of its own, in a folder, and keep its outputs in it.

    Cells with the tag `skip` are left out. Raises DeadKernelError where the notebook ends its kernel.
    """
    with tempfile.TemporaryDirectory() as private:
        manager = AsyncKernelManager(kernel_name="python3")
        if os.name == "posix":  # sockets in a folder of ours, not ports that others can reach
            manager.transport, manager.ip = "ipc", f"{private}/kernel"
        client = NotebookClient(
            notebook,
            km=manager,
            timeout=CELL_SECONDS,
            allow_errors=True,
            interrupt_on_timeout=True,
            skip_cells_with_tag=skip,
            resources={"metadata": {"path": str(folder)}},
        )
        run_sync(_execute)(client, manager)  # also where an event loop runs already


async def _execute(client, manager):
    try:
        await client.async_execute()
    finally:
        if (
            client.kc is not None
        ):  # nbclient leaves the channels of a manager that is not its own open
            client.kc.stop_channels()
        await manager.shutdown_kernel(now=True)

"""Checking a whole notebook on the public cases: run it as JupyterLab would and collect the verdicts."""

import asyncio
import os
import tempfile
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from autograder.practice import CHECKS, MIME
from autograder.summary import Checked
from autograder.verdict import Verdict

EXPERIMENT = "experiment"
CELL_SECONDS = 120
NOTEBOOK_SECONDS = 1200  # a cell can refuse to be interrupted


def check_notebook(path: Path) -> Checked:
    """The verdicts of all check lines of a notebook. Experiments are skipped, errors go on to the next cell.

    Raises nothing: a notebook that cannot be read or run has a problem.
    """
    if not path.is_file():
        return Checked(path, [], f"There is no file {path}.")
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:  # nbformat raises what the broken file makes it stumble over
        return Checked(
            path, [], f"{path} is not a notebook that can be read ({type(error).__name__})."
        )
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if not any("check(" in cell.source for cell in cells):
        return Checked(path, [])
    if not (path.parent / CHECKS).is_file():
        missing = f"The file {CHECKS} is missing beside {path}: it is handed out with the notebook."
        return Checked(path, [], missing)
    for cell in cells:
        cell.outputs = []  # a saved verdict is none of this run's
    problem = _run(notebook, path)
    return Checked(path, _verdicts(cells), problem)


def _run(notebook, path):
    """Why a notebook could not be run to its end; what it had checked until then stays in it."""
    try:
        run_notebook(notebook, path.parent, EXPERIMENT, NOTEBOOK_SECONDS)
    except DeadKernelError:
        return f"{path} ended its own kernel; what comes after that cell was not checked."
    except TimeoutError:
        minutes = NOTEBOOK_SECONDS // 60
        return f"{path} took longer than {minutes} minutes; what comes after was not checked."
    except Exception as error:  # of the kernel, which a notebook can bring down in many ways
        return f"{path} could not be run to its end ({type(error).__name__})."
    return ""


def _verdicts(cells):
    found = []
    for output in (output for cell in cells for output in cell.outputs):
        if MIME in output.get("data", {}):
            try:
                verdict = Verdict.from_plain(output["data"][MIME])
                verdict.as_text()
            except (KeyError, TypeError, ValueError, AttributeError):
                continue  # made by other code than check()
            found.append(verdict)
    return found


def run_notebook(
    notebook: nbformat.NotebookNode,
    folder: Path,
    skip: str = "skip-execution",
    seconds: float | None = None,
) -> None:
    """Run a notebook in a kernel of its own, in a folder, and keep its outputs in it.

    Cells with the tag `skip` are left out. Raises DeadKernelError where the notebook ends its kernel, and
    TimeoutError where it takes longer than `seconds`.
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
        run_sync(_execute)(client, manager, seconds)  # also where an event loop runs already


async def _execute(client, manager, seconds):
    run = asyncio.ensure_future(client.async_execute())
    try:
        await asyncio.wait([run], timeout=seconds)
        if not run.done():  # cancelled from outside, nbclient would take the kernel for dead
            raise TimeoutError
        run.result()
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        if (
            client.kc is not None
        ):  # nbclient leaves the channels of a manager that is not its own open
            client.kc.stop_channels()
        await manager.shutdown_kernel(now=True)

"""Lectures with their outputs, each run once and kept until it or what it imports changes."""

import asyncio
import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from autograder.files import write_atomically
from autograder.grading.course import CourseError

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"
EXECUTED = BUILD / "executed"
TIMEOUT_S = 600  # for one cell, on a loaded machine
AT_A_TIME = 2


def lectures() -> list[Path]:
    """The notebooks of all lectures, in their order."""
    return sorted((ROOT / "lectures").glob("[0-9]*.ipynb"))


def executed(notebooks: Sequence[Path]) -> list[nbformat.NotebookNode]:
    """The notebooks with their outputs, in the same order. Raises CourseError where a cell fails."""
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(_executed, notebooks))


def _executed(notebook):
    kept = EXECUTED / f"{notebook.stem}-{_key(notebook)}.ipynb"
    if not kept.exists():
        print(f"running {notebook.name}", flush=True)
        made = _run(notebook)
        EXECUTED.mkdir(parents=True, exist_ok=True)
        for old in EXECUTED.glob(f"{notebook.stem}-*.ipynb"):
            old.unlink(missing_ok=True)
        write_atomically(kept, nbformat.writes(made))
    return nbformat.read(kept, as_version=4)


def _key(notebook):
    """A hash of what decides the outputs: the notebook and the package that it imports."""
    digest = hashlib.sha256()
    for path in [notebook, *sorted((ROOT / "utils").rglob("*.[pj][ys]"))]:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _run(notebook):
    made = nbformat.read(notebook, as_version=4)
    client = NotebookClient(
        made,
        timeout=TIMEOUT_S,
        resources={"metadata": {"path": notebook.parent}},
        extra_arguments=["--log-level=ERROR"],  # not the warning that it listens on a port
    )
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    try:
        return asyncio.run(client.async_execute(env={**os.environ, "PYTHONPATH": path}))
    except CellExecutionError as error:
        raise CourseError(
            f"{notebook.name} has a cell that fails: {error.ename}: {error.evalue}. Run it in JupyterLab to see which."
        ) from None
    except (CellTimeoutError, DeadKernelError) as error:
        raise CourseError(f"{notebook.name} could not be run: {error}") from None

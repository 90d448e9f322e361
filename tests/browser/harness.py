"""Driving a real JupyterLab in a real Chromium.

The fixtures are in conftest.py: `lab` (a server on a copy of the course, one a module), `page` (a
fresh browser page; the test fails where the page raised an error) and `screenshot`. A module that
needs another course than the bare one overrides the module-scoped fixture `course`.

    def test_it_runs(lab, page, screenshot):
        open_notebook(page, lab, "lectures/03_regularization.ipynb")
        run_all(page)
        assert errors(page) == []
        cell(page, 4).get_by_role("slider").press("ArrowRight")
        screenshot("lecture")

What a person does with the mouse, tests do with playwright's locators. Running, editing and reading
go through JupyterLab's own commands and model, since cells off the screen are not in the page.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, Locator, Page, sync_playwright

ROOT = Path(__file__).parents[2]
TOKEN = "test"
START_S = 120  # a first start on a loaded machine
COURSE_LAB = ("-m", "autograder.lab")
CHROMIUM_ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # nothing from the outside
]
PANEL = "window.jupyterapp.shell.currentWidget"


def find_chromium() -> str | None:
    """Path of the browser: $CHROMIUM, or one of the usual names on the PATH."""
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]
    return next((path for name in names if name and (path := shutil.which(name))), None)


@contextmanager
def running_chromium(executable: str) -> Iterator[Browser]:
    """A Chromium that reaches nothing but this machine."""
    arguments = list(CHROMIUM_ARGUMENTS)
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's own does not run as root
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=arguments)
        try:
            yield chromium
        finally:
            chromium.close()


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: the folder that it serves, its address, and the file of its log."""

    folder: Path
    url: str
    log: Path


def copy_course(folder: Path) -> Path:
    """Copy what JupyterLab serves of the course, without anybody's work, into `folder`."""
    for name in ("nbgrader_config.py", "jupytext.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("lectures", "assignments/source"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".*", "texts"))
    return folder


# Kernels listen on files, not on ports: between choosing a port and listening on it another test
# may take it. The browser is given JupyterLab's own object, window.jupyterapp.
SETTINGS = """
c.KernelManager.transport = "ipc"
c.LabApp.expose_app_in_browser = True
"""


@contextmanager
def running_lab(
    folder: Path, home: Path, program: Sequence[str] = COURSE_LAB, **variables: str
) -> Iterator[Lab]:
    """JupyterLab as `make lab` starts it, on `folder`, with `home` as the user's home.

    program    what else to start, as Python's arguments
    variables  for its environment
    """
    settings = home / ".jupyter" / "jupyter_config.py"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(SETTINGS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    lab = Lab(folder, f"http://127.0.0.1:{port}", home / "jupyterlab.log")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "XDG_"))}
    environment |= {"HOME": str(home), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environment |= {"JUPYTER_TOKEN": TOKEN, **variables}
    command = [sys.executable, *program, f"--port={port}", "--no-browser"]
    with tempfile.TemporaryDirectory() as runtime, lab.log.open("w") as log:
        environment["JUPYTER_RUNTIME_DIR"] = runtime  # a socket's path has to be short
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_up(server, lab)
            yield lab
        finally:
            server.terminate()
            try:
                server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _wait_until_up(server: subprocess.Popen, lab: Lab) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"JupyterLab stopped:\n{lab.log.read_text()}")
        try:
            _ask(lab, "status")
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"JupyterLab did not start within {START_S} s:\n{lab.log.read_text()}")


def _ask(lab: Lab, what: str, method: str = "GET") -> bytes:
    """Ask the server's REST interface."""
    request = urllib.request.Request(f"{lab.url}/api/{what}?token={TOKEN}", method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read()


def stop_kernels(lab: Lab) -> None:
    """End all kernels, so that the next test's notebooks start afresh."""
    for session in json.loads(_ask(lab, "sessions")):
        _ask(lab, f"sessions/{session['id']}", "DELETE")


def open_lab(page: Page, lab: Lab, path: str = "") -> None:
    """Open JupyterLab with a clean workspace, and in it the file at `path`."""
    page.goto(f"{lab.url}/lab{'/tree/' * bool(path)}{path}?token={TOKEN}&reset")
    page.wait_for_selector("#jupyterlab-splash", state="detached")
    page.wait_for_selector("#jp-main-dock-panel")
    # Until the workspace is cleared, a click on a link would clear it once more.
    page.wait_for_function("() => !window.location.search.includes('reset')")


def open_notebook(page: Page, lab: Lab, path: str) -> None:
    """Open the notebook at `path`, relative to the lab's folder, and wait for its kernel."""
    open_lab(page, lab, path)
    wait_for_notebook(page)


def wait_for_notebook(page: Page) -> None:
    """Wait until a notebook that was just opened shows its cells and its kernel is ready."""
    page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
    page.wait_for_function(f"() => {PANEL}?.sessionContext?.session?.kernel?.status === 'idle'")


def choose(page: Page, menu: str, entry: str) -> None:
    """Choose an entry of a menu in JupyterLab's menu bar."""
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=entry, exact=True).click()


def run_all(page: Page, timeout_s: float = 180) -> None:
    """Run all cells of the open notebook (Run > Run All Cells) and wait until they are done."""
    _command(page, "notebook:run-all-cells", timeout_s)


def run_cell(page: Page, index: int, timeout_s: float = 60) -> None:
    """Run one cell of the open notebook and wait until it is done."""
    page.evaluate(f"index => {{ {PANEL}.content.activeCellIndex = index }}", index)
    _command(page, "notebook:run-cell", timeout_s)


def save(page: Page) -> None:
    """Save the open notebook."""
    _command(page, "docmanager:save", 30)


def _command(page: Page, name: str, timeout_s: float) -> None:
    page.evaluate(
        """name => {
            window.commandDone = false;
            window.jupyterapp.commands.execute(name).finally(() => { window.commandDone = true; });
        }""",
        name,
    )
    page.wait_for_function("() => window.commandDone", timeout=1000 * timeout_s)


def notebook(page: Page) -> nbformat.NotebookNode:
    """The open notebook as it stands, outputs included."""
    return nbformat.from_dict(page.evaluate(f"() => {PANEL}.content.model.toJSON()"))


def find_cell(page: Page, grade_id: str) -> int:
    """Index of the cell with this nbgrader grade_id in the open notebook."""
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook(page).cells]
    return ids.index(grade_id)


def write_cell(page: Page, index: int, source: str) -> None:
    """Replace a cell's source in the open notebook."""
    page.evaluate(
        f"([index, source]) => {PANEL}.content.model.cells.get(index).sharedModel"
        ".setSource(source)",
        [index, source],
    )


def cell(page: Page, index: int) -> Locator:
    """A cell of the open notebook on the screen, to look at, click and drag in."""
    page.evaluate(f"index => {PANEL}.content.scrollToItem(index, 'center')", index)
    return page.locator(f'.jp-NotebookPanel .jp-Cell[data-windowed-list-index="{index}"]')


def errors(page: Page) -> list[str]:
    """The error outputs of the open notebook, each with the number of its cell, from 0."""
    return [
        f"cell {number}: {output.ename}: {output.evalue}"
        for number, node in enumerate(notebook(page).cells)
        for output in node.get("outputs", [])
        if output.output_type == "error"
    ]


def text(page: Page, index: int) -> str:
    """All text that a cell of the open notebook shows as its output."""
    parts = []
    for output in notebook(page).cells[index].get("outputs", []):
        data = output.get("data", {})
        parts.append(output.get("text") or data.get("text/plain") or output.get("evalue") or "")
    return "\n".join("".join(part) for part in parts)

"""A real JupyterHub on a course and a class of its own, as hub/try_config.py starts it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograder.grading.course import Course
from tests.browser.harness import SETTINGS, START_S
from tests.conftest import ROOT

GRADER = "grader-neural-networks"
PASSWORD = "try-the-hub"
# What a test changes besides: free ports, kernels that listen on files, and root where root runs the tests.
OVERRIDES = """
c = get_config()
load_subconfig({tried!r})
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{api}"
c.Spawner.args = {arguments!r}
c.Spawner.environment |= {{"JUPYTER_RUNTIME_DIR": {runtime!r}}}
"""


@dataclass(frozen=True)
class Hub:
    """A running hub: the folder with course/ and hub/ in it, its address, and the file of its log."""

    folder: Path
    url: str
    log: Path

    @property
    def course(self) -> Course:
        return Course(self.folder / "course" / "kit")

    def home(self, user: str) -> Path:
        return self.folder / "hub" / "state" / "homes" / user

    def ask(self, path: str, token: str = "", method: str = "GET", body=None):
        """Ask the hub or a server; the answer's status and its JSON, or its text."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"token {token}"} if token else {},
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text

    def log_in(self, user: str, password: str = PASSWORD) -> tuple[int, str]:
        """Log in through the hub's API: the status, and a token with all that the user may do."""
        auth = {"auth": {"username": user, "password": password}}
        status, answer = self.ask(f"/hub/api/users/{user}/tokens", method="POST", body=auth)
        return status, answer.get("token", "")

    def start(self, user: str, token: str) -> int:
        """Start a user's server with somebody's token and wait for it; the status of the request."""
        status, _ = self.ask(f"/hub/api/users/{user}/server", token, "POST", {})
        end = time.monotonic() + START_S
        while status == 202 and time.monotonic() < end:
            if self.ask(f"/hub/api/users/{user}", token)[1]["servers"][""]["ready"]:
                return 201
            time.sleep(0.1)
        return status


def lay_out(folder: Path, students: str) -> None:
    """The hub's own folder beside the course's, with everybody's home; `students` as in class.toml."""
    mine = shutil.ignore_patterns("state", "__pycache__")
    shutil.copytree(ROOT / "hub", folder / "hub", symlinks=True, ignore=mine)
    plan = folder / "hub" / "class.toml"
    plan.write_text(plan.read_text().replace('["ada", "bob"]', students))
    for name in ("ida", GRADER, *json.loads(students)):
        settings = folder / "hub" / "state" / "homes" / name / ".jupyter" / "jupyter_config.py"
        settings.parent.mkdir(parents=True)
        settings.write_text(SETTINGS)


@contextmanager
def running_hub(folder: Path) -> Iterator[Hub]:
    """Start the hub of a folder that was laid out, and end all of its processes in any case."""
    with ExitStack() as probes:
        sockets = [probes.enter_context(socket.socket()) for _ in range(3)]
        for probe in sockets:
            probe.bind(("127.0.0.1", 0))
        port, hub_port, api = (probe.getsockname()[1] for probe in sockets)
    plan = folder / "hub" / "class.toml"
    plan.write_text(plan.read_text().replace(":8000", f":{port}"))
    (folder / "run").mkdir(mode=0o700)
    config = folder / "config.py"
    config.write_text(
        OVERRIDES.format(
            tried=str(folder / "hub" / "try_config.py"),
            hub=hub_port,
            api=api,
            arguments=["--allow-root"] if os.geteuid() == 0 else [],
            runtime=str(folder / "run"),
        )
    )
    hub = Hub(folder, f"http://127.0.0.1:{port}", folder / "hub.log")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "XDG_"))}
    environment |= {"HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "jupyterhub", f"--config={config}"]
    with hub.log.open("w") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            _wait_until_up(server, hub)
            yield hub
        finally:
            server.terminate()
            try:
                server.wait(30)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            for process in processes_of(folder):
                os.kill(process, signal.SIGKILL)


def processes_of(folder: Path) -> list[int]:
    """The processes with `folder` in their environment, where /proc tells: the hub's, its servers' and kernels'."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if os.fsencode(f"{folder}/") in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # it has ended, or is somebody else's
    return found


def _wait_until_up(server: subprocess.Popen, hub: Hub) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if server.poll() is not None:
            raise RuntimeError(f"JupyterHub stopped:\n{hub.log.read_text()}")
        try:
            if hub.ask("/hub/health")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"JupyterHub did not start within {START_S} s:\n{hub.log.read_text()}")

"""A real Dask cluster on this machine: a scheduler and workers, each a program of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from distributed import Client

from tests.conftest import ROOT
from tests.security.world import children

START_SECONDS = 120
WARM = b"autograder.grading.worker"  # in the command of a warm process and of what it forks
PORT_OF_ANY = "tcp://127.0.0.1:0"


class Cluster:
    """A scheduler, and workers that are added to it; all end with `close`. Their logs and homes lie in `folder`."""

    def __init__(self, folder: Path):
        self.folder, self.programs = folder, {}
        folder.mkdir(parents=True, exist_ok=True)
        arguments = ["--host", PORT_OF_ANY, "--no-dashboard", "--no-show"]
        self._start("scheduler", ["distributed.cli.dask_scheduler", *arguments])
        self.address = self._wait_for("scheduler", "Scheduler at:").split()[-1]

    def add_worker(self, name: str, *options: str, package: Path = ROOT) -> subprocess.Popen:
        """A worker that has neither secret nor recordings; with the kit that lies in `package`."""
        options = ["--nthreads", "1", "--no-dashboard", "--name", name, *options]
        options += ["--local-directory", str(self.folder)]
        program = ["distributed.cli.dask_worker", self.address, *options]
        return self._start(name, program, package)

    def wait_for_workers(self, number: int) -> None:
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(number, timeout=START_SECONDS)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def home(self, name: str) -> Path:
        return self.folder / f"{name}.home"

    def _start(self, name, program, package=ROOT):
        environment = {k: v for k, v in os.environ.items() if k != "AUTOGRADER_SECRET"}
        environment |= {"PYTHONPATH": str(package), "XDG_DATA_HOME": str(self.home(name))}
        with open(self.folder / f"{name}.log", "w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *program],
                cwd=self.folder,
                env=environment | {"OMP_NUM_THREADS": "1"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.programs[name] = process
        return process

    def _wait_for(self, name, text):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            lines = [line for line in self.log(name).splitlines() if text in line]
            if lines:
                return lines[0]
            time.sleep(0.05)
        raise TimeoutError(f"{name} has not said {text!r}:\n{self.log(name)}")

    def kill(self, name: str) -> None:
        """End a program and all that is in its session at once."""
        process = self.programs.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        for name in list(self.programs):
            self.kill(name)


@contextlib.contextmanager
def running_cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    try:
        for i in range(workers):
            cluster.add_worker(f"worker{i}")
        if workers:
            cluster.wait_for_workers(workers)
        yield cluster
    finally:
        cluster.close()


def worker_of(cluster: Cluster, name: str) -> int:
    """The process that works: what a nanny has started and would start again."""
    nanny = cluster.programs[name].pid
    [worker] = [
        pid for pid in children(nanny) if b"spawn_main" in command(pid) and parent(pid) == nanny
    ]
    return worker


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0

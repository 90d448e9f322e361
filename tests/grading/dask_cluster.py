"""A real Dask cluster on this machine: a scheduler and workers, each a program of its own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT
from tests.security.world import children

START_SECONDS = 120
WARM = b"autograder.grading.worker"  # in the command of a warm process and of what it forks


class Programs:
    """Dask's commands as programs; all end with `close`. Their logs and homes lie in `folder`."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None):
        self.folder, self.environment = folder, environment or {}
        self.running: dict[str, subprocess.Popen] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def start(
        self, name: str, words: list[str], package: Path = ROOT, cores: set[int] | None = None
    ) -> subprocess.Popen:
        """`dask WORDS` in a session of its own, with the kit that lies in `package`, without the course secret.

        cores  those that it and all that it starts may use (None: all)
        """
        environment = {k: v for k, v in os.environ.items() if k != "AUTOGRADER_SECRET"}
        environment |= {"PYTHONPATH": str(package), "XDG_DATA_HOME": str(self.home(name))}
        with open(self.folder / f"{name}.log", "w") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                cwd=self.folder,
                env=environment | {"OMP_NUM_THREADS": "1"} | self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=cores and (lambda: os.sched_setaffinity(0, cores)),
            )
        self.running[name] = process
        return process

    def said(self, name: str, text: str) -> str:
        """The first line of a program's log that holds a text; waits for it."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            lines = [line for line in self.log(name).splitlines() if text in line]
            if lines:
                return lines[0]
            time.sleep(0.05)
        raise TimeoutError(f"{name} has not said {text!r}:\n{self.log(name)}")

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def home(self, name: str) -> Path:
        return self.folder / f"{name}.home"

    def kill(self, name: str) -> None:
        """End a program and all that is in its session at once."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def close(self) -> None:
        for name in list(self.running):
            self.kill(name)


class Cluster(Programs):
    """A scheduler on a free port of this machine, and the workers that are added to it."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.start(
            "scheduler", ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        )
        self.address = self.said("scheduler", "Scheduler at:").split()[-1]

    def add_worker(
        self, name: str, *options: str, package: Path = ROOT, cores: set[int] | None = None
    ) -> subprocess.Popen:
        """A worker of one thread; it has joined when this returns."""
        common = ["--nthreads", "1", "--no-dashboard", "--local-directory", str(self.folder)]
        words = ["worker", self.address, "--name", name, *common, *options]
        process = self.start(name, words, package, cores)
        self.said(name, "Registered to:")
        return process


@contextlib.contextmanager
def running_cluster(folder: Path, workers: int, a_core_each: bool = False) -> Iterator[Cluster]:
    cluster = Cluster(folder)
    try:
        for i in range(workers):
            cluster.add_worker(f"worker{i}", cores={i} if a_core_each else None)
        yield cluster
    finally:
        cluster.close()


def worker_of(cluster: Cluster, name: str) -> int:
    """The process that works: what a nanny has started and would start again."""
    nanny = cluster.running[name].pid
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

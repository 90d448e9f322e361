"""The judge's side of the warm process: start it, ask it for forks, replace it where it died."""

import atexit
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import matplotlib

from autograder.grading.sandbox import Confinement
from autograder.wire import decode, encode

SANDBOXED, OPEN = "sandboxed", "open"
START_SECONDS = 120
FORK_SECONDS = 30
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
PROJECT = Path(__file__).parents[2]


class WorkerLost(Exception):
    """The warm process has died, and with it what it had forked; the next fork starts a new one."""


class Worker:
    """The warm process that submissions are forked from; processes forked from the one that started it share it."""

    def __init__(self, mode: str):
        self.mode = mode
        self.process: subprocess.Popen | None = None
        self.requests: socket.socket | None = None

    def start(self) -> None:
        """Start the warm process, where there is none, without waiting for it."""
        if self.requests is not None:
            return
        self.requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        arguments = ["-m", "autograder.grading.worker", str(theirs.fileno()), self.mode]
        self.errors = tempfile.TemporaryFile()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd="/",
                env=_environment(),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.errors,
                start_new_session=True,
            )
        self.owner, self.ready = os.getpid(), False
        atexit.register(self.close)

    def wait_until_ready(self) -> None:
        """Raises RuntimeError with the reason where the warm process does not start."""
        self.start()
        if self.ready:
            return
        self.requests.settimeout(START_SECONDS)
        with contextlib.suppress(OSError):
            self.ready = self.requests.recv(16) == b"ready"
        if not self.ready:
            self.errors.seek(0)
            reason = self.errors.read().decode(errors="replace").strip().splitlines()
            self.close()
            raise RuntimeError(
                f"The process for student code does not start: {' '.join(reason[-1:])}"
            )

    def fork(self, confinement: Confinement, folder: str) -> tuple[socket.socket, int, int]:
        """The pipe, pid and pidfd of a new process for a submission. Raises RuntimeError, and WorkerLost where the
        warm process dies, and dies again.
        """
        try:
            return self._fork(confinement, folder)
        except WorkerLost:  # maybe long ago
            return self._fork(confinement, folder)

    def _fork(self, confinement, folder):
        self.wait_until_ready()
        ours, theirs = socket.socketpair()
        reply, their_reply = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = encode({"confinement": asdict(confinement), "folder": folder})
        with reply, theirs, their_reply:
            try:
                fds = [theirs.fileno(), their_reply.fileno()]
                socket.send_fds(self.requests, [request], fds)
                their_reply.close()
                reply.settimeout(FORK_SECONDS)
                data, received, _, _ = socket.recv_fds(reply, 4096, 1)
            except OSError:
                data, received = b"", []
        if not data:
            ours.close()
            self.close()
            raise WorkerLost
        answer = decode(data)
        if "error" in answer:
            ours.close()
            raise RuntimeError(f"A student's process cannot be confined: {answer['error']}.")
        return ours, answer["pid"], received[0]

    def close(self) -> None:
        """End the warm process where this process started it; what it has forked ends with its own session."""
        atexit.unregister(self.close)
        if self.requests is None:
            return
        self.requests.close()
        self.errors.close()
        if self.owner == os.getpid():
            self.process.kill()
            self.process.wait()
        self.requests = self.process = None


def _environment():
    """Next to nothing of the judge's environment: above all no secret and no home folder."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {
        "HOME": "/scratch",
        "TMPDIR": "/scratch",
        "PYTHONPATH": str(PROJECT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": matplotlib.get_cachedir(),
        "OMP_NUM_THREADS": "1",
        "OMP_THREAD_LIMIT": "1",  # a pool of threads would not come along into the next fork
        "CUDA_VISIBLE_DEVICES": "",
        "PIP_RETRIES": "0",  # where there is no network, %pip says so at once
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def is_gone(pidfd: int, seconds: float) -> bool:
    """Whether a process ends within that time."""
    return bool(select.select([pidfd], [], [], seconds)[0])


def kill(pidfd: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)

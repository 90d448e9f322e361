"""A student's notebook, run cell by cell in a process of its own that the judge's process starts and can end.

A cell or a check that takes too long, or takes its process down, costs only itself: the process is replaced, and the
cells that finished are run again in the new one.
"""

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import matplotlib

from autograder.grading.pipes import PipeClosed, TooLate, receive, send
from autograder.grading.worker import request
from autograder.wire import WireError, decode, encode

START_SECONDS = 120
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
PROJECT = Path(__file__).parents[2]


class Stopped(Exception):
    """The student's process did not answer; the message is a sentence for the student."""


class Worker:
    """The warm process that student processes are forked from; started when first needed, again where it died."""

    def __init__(self):
        self.lock = threading.Lock()
        self.process: subprocess.Popen | None = None

    def fork(self, folder: str, fds: tuple[int, int]) -> int:
        """Process id of a new student process that reads and writes these two descriptors."""
        with self.lock:
            if self.process is None or self.process.poll() is not None:
                self.close()
                self._start()
            try:
                socket.send_fds(self.socket, [request(folder, _environment(folder))], fds)
                return int.from_bytes(self._answer(8), "big")
            except OSError:
                raise RuntimeError(
                    "The process that student code is forked from has died."
                ) from None

    def _start(self):
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(START_SECONDS)
        command = [sys.executable, "-m", "autograder.grading.worker", str(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(
                command,
                cwd="/",
                env=_environment("/"),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        atexit.register(self.close)
        try:
            self._answer(len(b"ready"))
        except OSError:
            self.process.kill()
            reason = self.process.stderr.read().decode(errors="replace").strip().splitlines()
            raise RuntimeError(
                f"The process for student code does not start: {' '.join(reason[-1:])}"
            ) from None
        self.process.stderr.close()

    def _answer(self, size):
        data = b""
        while len(data) < size:
            chunk = self.socket.recv(size - len(data))
            if not chunk:
                raise ConnectionResetError
            data += chunk
        return data

    def close(self) -> None:
        """End the warm process; what it has forked lives on until its session ends."""
        atexit.unregister(self.close)
        if self.process:
            self.socket.close()
            self.process.kill()
            self.process.wait()
            self.process = None


WORKER = Worker()


def _environment(home):
    """Next to nothing of the judge's environment: above all no secret and no home folder."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {
        "HOME": home,
        "PYTHONPATH": str(PROJECT),
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": matplotlib.get_cachedir(),
        "OMP_NUM_THREADS": "1",
    }


class StudentProcess:
    """A fork of the warm process that runs one notebook, in a scratch folder and a process group of its own."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="submission-")
        their_in, self.to_child = os.pipe()
        self.from_child, their_out = os.pipe()
        try:
            self.pid = WORKER.fork(self.folder, (their_in, their_out))
        finally:
            os.close(their_in)
            os.close(their_out)
        receive(self.from_child, START_SECONDS)

    def request(self, message: dict, seconds: float) -> dict:
        """The reply to a request. Raises TooLate, PipeClosed or WireError; then the process is of no use."""
        send(self.to_child, encode(message))
        reply = decode(receive(self.from_child, seconds))
        if not isinstance(reply, dict):
            raise WireError("The reply is not a message.")
        return reply

    def close(self) -> None:
        """End the process and all that it started in its group, and remove its folder."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        os.close(self.to_child)
        os.close(self.from_child)
        shutil.rmtree(self.folder, ignore_errors=True)


class Session:
    """Runs cells and probes in order; restarts the process behind it where one of them stops it.

    cell_seconds      limit of one cell
    case_seconds      limit of one probe call
    notebook_seconds  limit of everything together
    """

    def __init__(self, cell_seconds: float, case_seconds: float, notebook_seconds: float):
        self.cell_seconds, self.case_seconds = cell_seconds, case_seconds
        self.deadline = time.monotonic() + notebook_seconds
        self.finished: list[str] = []
        self.child: StudentProcess | None = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child:
            self.child.close()
            self.child = None

    def run(self, source: str) -> list[dict]:
        """The outputs of a cell. Raises Stopped where it took too long or its process down."""
        reply = self._request({"op": "run", "source": source}, self.cell_seconds)
        outputs = reply.get("outputs")
        if not isinstance(outputs, list):
            self.__exit__()
            raise Stopped("The process that ran this cell sent an unreadable answer.")
        self.finished.append(source)
        return outputs

    def probe(self, exercise: str, expression: str, case: dict) -> dict:
        """The reply to one case, see `autograder.probing.run_probe`. Raises Stopped as `run` does."""
        message = {"op": "probe", "exercise": exercise, "expression": expression, "case": case}
        return self._request(message, self.case_seconds)

    def _request(self, message, seconds):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Stopped("The notebook has used up its time; what comes after was not run.")
        try:
            if self.child is None:
                self._start()
            return self.child.request(message, min(seconds, left))
        except TooLate:
            self.__exit__()
            raise Stopped(
                f"It took longer than {min(seconds, left):.0f} s and was stopped."
            ) from None
        except PipeClosed:
            self.__exit__()
            raise Stopped("It ended the process that ran it.") from None
        except WireError:
            self.__exit__()
            raise Stopped("The process that ran it sent an unreadable answer.") from None

    def _start(self):
        self.child = StudentProcess()
        for source in self.finished:
            self.child.request({"op": "run", "source": source}, self.cell_seconds)

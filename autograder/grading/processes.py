"""The processes of one submission, as the judge's process sees them: started, asked, watched and ended."""

import contextlib
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from enum import StrEnum

import numpy as np

from autograder.grading.pipes import MAX_MESSAGE, PipeClosed, TooLate, receive, send
from autograder.grading.sandbox import Confinement, memory_of
from autograder.grading.warm import OPEN, SANDBOXED, Worker, WorkerLost, is_gone, kill
from autograder.wire import WireError

MAX_REPLY = 8 * 2**20  # bytes; the judge holds the replies of all checks together
END_SECONDS = 10
LOST_SECONDS = 0.2
WORKERS = {mode: Worker(mode) for mode in (SANDBOXED, OPEN)}


class Limit(StrEnum):
    """What a submission can run into, as it is noted in the metadata of the cell that did."""

    CELL = "time of a cell"
    CASE = "time of a case"
    NOTEBOOK = "time of the notebook"
    MEMORY = "memory"
    ENDED = "process ended"
    LOST = "process lost"
    UNREADABLE = "unreadable answer"
    OUTPUT = "output left out"


class Stopped(Exception):
    """A student's process did not answer; the message is a sentence for the student, `limit` what it ran into."""

    def __init__(self, sentence: str, limit: Limit):
        super().__init__(sentence)
        self.limit = limit


class Ended(Stopped):
    """A process is gone: by what ran in it, or by the machine's doing, which running it again will tell."""


class TooLarge(Stopped):
    """All processes of a submission together used too much memory."""


class Submission:
    """The first process of a submission and all that comes from it; they end together.

    mode     SANDBOXED, or OPEN where the instructor has chosen to run student code without a sandbox
    seconds  limit of everything together
    files    what lies beside the notebook, copied into its working folder
    """

    def __init__(
        self,
        mode: str,
        seconds: float,
        confinement: Confinement,
        files: dict[str, bytes] | None = None,
    ):
        self.mode, self.confinement = mode, confinement
        self.folder = "" if mode == SANDBOXED else tempfile.mkdtemp(prefix="submission-")
        try:
            pipe, self.pid, self.pidfd = WORKERS[mode].fork(confinement, self.folder)
        except BaseException:
            self._remove_folder()
            raise
        self.deadline = time.monotonic() + seconds
        self.pipes: list[socket.socket] = []
        self.first = State(self, pipe)
        if files:
            plain = {name: np.frombuffer(data, np.uint8) for name, data in files.items()}
            send(pipe, {"op": "files", "files": plain})

    def close(self) -> None:
        """End all of its processes; their files, sockets and shared memory go with them."""
        kill(self.pidfd)
        if self.mode == OPEN:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        os.close(self.pidfd)
        for pipe in self.pipes:
            pipe.close()
        self._remove_folder()

    def _remove_folder(self):
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def watch(self) -> None:
        """Raises TooLarge where all processes together use more memory than allowed."""
        if self.mode == SANDBOXED and memory_of(self.pid) > self.confinement.memory:
            raise TooLarge(
                f"It used more than {self.confinement.memory / 2**30:.2g} GB of memory and was stopped.",
                Limit.MEMORY,
            )

    def restart_clock(self, seconds: float) -> None:
        """Give it that much time from now on."""
        self.deadline = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left of its time. Raises Stopped where there are none."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Stopped(
                "The notebook has used up its time; what comes after was not run.", Limit.NOTEBOOK
            )
        return left


class State:
    """One process of a submission: what is defined after a cell."""

    def __init__(self, submission: Submission, pipe: socket.socket, parent: "State | None" = None):
        self.submission, self.pipe, self.parent = submission, pipe, parent
        submission.pipes.append(pipe)

    def branch(self) -> "State":
        """A fork of this state that starts equal to it.

        Raises Stopped where there is no time left for it, WorkerLost where this state's own process has gone or does
        not read.
        """
        seconds = min(END_SECONDS, self.submission.left())
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._send({"op": "fork"}, seconds, (theirs.fileno(),))
            except (PipeClosed, TooLate):
                ours.close()
                raise WorkerLost from None
        return State(self.submission, ours, self)

    def run(self, source: str, seconds: float) -> list:
        """The outputs of a cell, run in this state. Raises Stopped where it took too long or its process down."""
        with self._told_in_sentences(seconds, Limit.CELL):
            self._send({"op": "run", "source": source}, seconds)
            outputs = self._receive(seconds).get("outputs")
        if not isinstance(outputs, list):
            raise Stopped(
                "The process that ran this cell sent an unreadable answer.", Limit.UNREADABLE
            )
        return outputs

    def probe(
        self, exercise: str, expression: str, cases: list[dict], seconds: float
    ) -> Iterator[dict]:
        """The reply to each case in turn, see `autograder.probing.run_probe`. Raises Stopped as `run` does."""
        message = {"op": "probe", "exercise": exercise, "expression": expression, "cases": cases}
        with self._told_in_sentences(seconds, Limit.CASE):
            self._send(message, seconds)
        for _ in cases:
            with self._told_in_sentences(seconds, Limit.CASE):
                reply = self._receive(seconds, MAX_REPLY)
            yield reply

    def _send(self, message, seconds, fds=()):
        send(self.pipe, message, fds, seconds, self.submission.watch)

    def _receive(self, seconds, most=MAX_MESSAGE):
        left = min(seconds, self.submission.left())
        return receive(self.pipe, left, self.submission.watch, most)

    @contextlib.contextmanager
    def _told_in_sentences(self, seconds, limit):
        try:
            yield
        except TooLate:
            self.submission.left()
            sentence = f"It took longer than {seconds:.0f} s and was stopped."
            raise Stopped(sentence, limit) from None
        except PipeClosed:
            if is_gone(self.submission.pidfd, LOST_SECONDS):
                raise WorkerLost from None
            raise Ended("It ended the process that ran it.", Limit.ENDED) from None
        except WireError:
            sentence = "The process that ran it sent an unreadable answer."
            raise Stopped(sentence, Limit.UNREADABLE) from None

    def release(self) -> None:
        """Let the process of this state end by itself; those forked from it, and the submission's first, live on."""
        if self is not self.submission.first:
            self.pipe.close()

    def end(self) -> None:
        """Kill the process of this state, if it was the last to be forked from its parent."""
        self.pipe.close()
        if self.parent:
            with contextlib.suppress(PipeClosed, TooLate, WireError):
                self.parent._send({"op": "end"}, END_SECONDS)
                receive(self.parent.pipe, END_SECONDS, self.submission.watch)

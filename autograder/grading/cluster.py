"""Judging on a Dask cluster: submissions travel to the workers, judged notebooks come back, nothing is shared.

A worker needs the kit, the versions of it that the writer has, and a sandbox. It gets the assignment and what is
expected once, through a plugin of the run, and has a warm process of its own. It never gets the course secret.
https://distributed.dask.org/en/stable/plugins.html
"""

import contextlib
import logging
import os
import shutil
import tempfile
import threading
import uuid
import warnings
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy
import torch
from distributed import Client, KilledWorker, Reschedule, WorkerPlugin, get_worker

from autograder.grading.course import Assignment, Course, CourseError
from autograder.grading.folders import TIMESTAMP
from autograder.grading.judges import AHEAD
from autograder.grading.judging import Judged, Task, judge_folder, require, submitted
from autograder.grading.keys import grader_version, result_key
from autograder.grading.processes import WORKERS
from autograder.grading.submission import MAX_BYTES, files_in
from autograder.judge import Recorded
from autograder.practice import checks_version

CONNECT_SECONDS = 30
FIRST_WORKER_SECONDS = 120
MAX_PACKED = 128 * 2**20  # bytes of a submission; a notebook has less than one


@dataclass(frozen=True)
class Packed:
    """One file as it travels; one too large to be read travels as its size."""

    name: bytes
    size: int
    content: bytes | None

    @classmethod
    def of(cls, path: Path) -> "Packed":
        size = path.stat().st_size
        return cls(os.fsencode(path.name), size, path.read_bytes() if size <= MAX_BYTES else None)

    def unpack(self, folder: Path) -> None:
        with open(folder / os.fsdecode(self.name), "xb") as file:
            file.write(self.content or b"")
            file.truncate(self.size)


def pack(folder: Path) -> list[Packed]:
    """The files of a submission. Raises CourseError where they are more than may travel."""
    packed, total = [], 0
    for path in files_in(folder):
        if path.name == TIMESTAMP:
            continue
        packed.append(Packed.of(path))
        total += len(packed[-1].content or b"")
        if total > MAX_PACKED:
            raise CourseError(
                f"Its files have more than {MAX_PACKED // 2**20} MB, too much to send to a cluster: "
                "grade this one without --scheduler."
            )
    return packed


def versions(names: list[str]) -> dict[str, str]:
    """What has to be the same where a submission is judged and where its result is booked."""
    return {
        "the grader": grader_version()[:12],
        "the exercises": checks_version(names)[:12],
        "torch": torch.__version__,
        "numpy": numpy.__version__,
    }


class Grader(WorkerPlugin):
    """What a worker has of a run: the assignment, what is expected, and why it cannot judge, if it cannot."""

    def __init__(
        self, run: str, assignment: Assignment, recorded: dict[str, list[Recorded]], mode: str
    ):
        self.run, self.assignment_name = run, assignment.name
        self.recorded, self.mode = recorded, mode
        self.source = [Packed.of(path) for path in files_in(assignment.folder)]
        self.versions = versions(list(assignment.checks))
        self.problem = ""

    def setup(self, worker) -> None:
        """Raises nothing: a worker that cannot judge says so in `problem`."""
        # Since a judge seeds the random numbers of its whole process.
        self.one_at_a_time = threading.Lock()
        # In the worker's own folder, under a name that a killed worker's follower finds again.
        self.folder = root = Path(worker.local_directory) / self.run
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(mode=0o700)
        self.assignment = Assignment(Course(root), self.assignment_name)
        self.assignment.folder.mkdir(parents=True)
        for packed in self.source:
            packed.unpack(self.assignment.folder)
        try:
            require(self.mode)
            self._compare(versions(list(self.recorded)))
            WORKERS[self.mode].start()
        except CourseError as error:
            self.problem = str(error)

    def _compare(self, mine):
        other = [
            f"{name} ({mine[name]}, not {its})"
            for name, its in self.versions.items()
            if mine[name] != its
        ]
        if other:
            raise CourseError(
                f"It has another version of {', '.join(other)}: install there what is installed here."
            )

    def teardown(self, worker) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        WORKERS[self.mode].close()

    def judge(self, task: Task, files: list[Packed], key: dict[str, str]) -> Judged:
        with self.one_at_a_time, tempfile.TemporaryDirectory(dir=self.folder) as folder:
            for packed in files:
                packed.unpack(Path(folder))
            return judge_folder(self.assignment, Path(folder), self.recorded, task, key)


def _judge(run: str, task: Task, files: list[Packed], key: dict[str, str]) -> Judged:
    """In a worker. One that joined the cluster later and cannot judge leaves it; its log says why."""
    worker = get_worker()
    grader = worker.plugins[run]
    if grader.problem:
        worker.loop.add_callback(worker.close, reason=grader.problem)
        raise Reschedule
    try:
        return grader.judge(task, files, key)
    except CourseError as error:
        return Judged(problem=str(error))


def _problem(run: str, dask_worker) -> str:
    return dask_worker.plugins[run].problem


class ClusterJudges:
    """The workers of a cluster, see `autograder.grading.judges.Judges`.

    Dask itself runs a task elsewhere when its worker is lost, and gives up when that has happened too often.
    Raises CourseError where there is no such cluster, where it has no worker, and where one of them cannot judge.
    """

    lost = (KilledWorker,)

    def __init__(
        self, address: str, assignment: Assignment, recorded: dict[str, list[Recorded]], mode: str
    ):
        self.address, self.assignment, self.run = address, assignment, f"grading-{uuid.uuid4().hex}"
        # What matters of Dask's log is told in sentences.
        logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)
        try:
            self.client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except (
            OSError,
            TypeError,
            ValueError,
        ) as error:  # TypeError where certificates are missing
            reason = str(error).splitlines()[0].rstrip(".")
            raise CourseError(
                f"No Dask scheduler answers at {address}: {reason}. Start one as docs/many-machines.md says, "
                "or correct the address."
            ) from None
        try:
            self._prepare(Grader(self.run, assignment, recorded, mode))
            self.executor = self.client.get_executor(pure=False)
            self.ahead = AHEAD * max(1, len(self.client.nthreads()))
        except BaseException:
            self.client.close()
            raise

    def _prepare(self, grader):
        try:
            self.client.wait_for_workers(1, timeout=FIRST_WORKER_SECONDS)
        except TimeoutError:
            raise CourseError(
                f"The cluster at {self.address} has no worker: start one with 'dask worker {self.address}'."
            ) from None
        self.client.register_plugin(grader, name=self.run)
        problems = {w: p for w, p in self.client.run(_problem, self.run).items() if p}
        if problems:
            self._forget()
            worker, problem = min(problems.items())
            raise CourseError(
                f"{len(problems)} of the cluster's workers cannot judge, the one at {worker} among them. {problem}"
            )

    def _forget(self):
        self.client.unregister_worker_plugin(name=self.run)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.client.status == "running":
            self.executor.shutdown(wait=kind is None)
            with contextlib.suppress(OSError):  # the connection breaks now: the run is over anyway
                self._forget()
        self.client.close()

    def submit(self, task: Task) -> Future:
        try:
            folder = submitted(self.assignment, task.student)
            key = result_key(self.assignment, folder, task.limits, task.mode)
            files = pack(folder)
        except CourseError as error:
            return _done(Judged(problem=str(error)))
        except OSError as error:
            return _done(Judged(problem=f"{error.filename}: {error.strerror}."))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Dask's on large arguments
            return self.executor.submit(_judge, self.run, task, files, key)

    def suspects(self, tasks: list[Task]) -> set[Task]:
        """All: each was there when several workers died."""
        return set(tasks)

    def gone(self) -> str:
        return (
            f"The connection to the scheduler at {self.address} is lost. What is graded stays: run the "
            "command again."
        )


def _done(judged):
    future: Future = Future()
    future.set_result(judged)
    return future

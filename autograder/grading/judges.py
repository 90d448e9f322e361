"""Judge processes: submissions are handed to an executor, and one that is lost is handed out once more."""

import contextlib
import ctypes
import multiprocessing
import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
)
from pathlib import Path

from autograder.grading.course import Course
from autograder.grading.feedback import write_feedback
from autograder.grading.judging import Judged, Task, judge_submission

PR_SET_PDEATHSIG = 1
DIED = "The process that judged it died, and died again when it was run alone."


def local_executor(jobs: int) -> Executor:
    """Processes on this machine, forked from this one: they share what it has loaded, and its warm process."""
    method = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_end_with_the_writer)


def _end_with_the_writer():
    """A judge process dies with the process that writes, however that ends; Ctrl-C is the writer's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Judges:
    """Runs tasks in the processes of an executor, and again in new ones where some of them died."""

    def __init__(self, new_executor: Callable[[int], Executor], jobs: int):
        self.new_executor, self.jobs = new_executor, jobs
        self.executor = new_executor(jobs)
        self.started = tempfile.TemporaryDirectory()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.executor.shutdown(wait=kind is None, cancel_futures=True)
        if kind is not None:
            for process in multiprocessing.active_children():
                process.kill()
        self.started.cleanup()

    def judge(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Judged]]:
        """Each task with its result, in the order in which they are done."""
        waiting, alone = list(tasks), []
        while waiting or alone:
            chosen, waiting = (waiting, []) if waiting else ([alone.pop()], [])
            unfinished = yield from self._judge(chosen)
            if not unfinished:
                continue
            self._renew()
            suspects = {task for task in unfinished if self._marker(task).exists()}
            for task in suspects:
                self._marker(task).unlink()
            if len(chosen) == 1 and suspects:
                yield chosen[0], Judged(problem=DIED)
                continue
            alone += suspects
            waiting = [task for task in unfinished if task not in suspects]

    def _judge(self, tasks) -> Generator[tuple[Task, Judged], None, list[Task]]:
        """Yields what is done; returns the tasks that were lost with their processes."""
        futures = self._submitted(tasks)
        lost = [task for task in tasks if task not in futures.values()]
        for future in as_completed(futures):
            task = futures[future]
            try:
                result = future.result()
            except BrokenExecutor:
                lost.append(task)
            except (
                Exception
            ) as error:  # a fault of the grader: said, and no other submission waits for it
                text = f"{type(error).__name__}: {error}"
                result = Judged(problem=f"The grader failed on it ({text[:300]}).")
            if task not in lost:
                yield task, result
        return lost

    def _submitted(self, tasks) -> dict[Future, Task]:
        futures = {}
        with contextlib.suppress(BrokenExecutor):
            for task in tasks:
                futures[self.executor.submit(_marked, self._marker(task), task)] = task
        return futures

    def _marker(self, task):
        """A file that is there while a task is being judged, and afterwards where its process died."""
        return Path(self.started.name, task.student)

    def _renew(self):
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = self.new_executor(self.jobs)

    def write_feedback(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, str]]:
        """Have the feedback of booked submissions written; each task with what went wrong, if anything did."""
        futures = {self.executor.submit(_write_feedback, task): task for task in tasks}
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], f"Its feedback could not be written: {error}" if error else ""


def _marked(marker, task):
    marker.touch()
    try:
        return judge_submission(task)
    finally:
        marker.unlink()


def _write_feedback(task):
    course = Course(task.root)
    write_feedback(course, course.assignment(task.assignment), task.student)

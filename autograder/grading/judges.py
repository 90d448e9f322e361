"""Handing submissions to judge processes, here or on a cluster; one lost with its process is handed out again."""

import contextlib
import ctypes
import gc
import multiprocessing
import signal
import sys
import tempfile
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)
from pathlib import Path
from typing import Protocol

from autograder.grading.course import Assignment, Course, CourseError
from autograder.grading.feedback import write_feedback
from autograder.grading.judging import Judged, Task, judge_submission
from autograder.grading.processes import WORKERS
from autograder.grading.record import expectations

PR_SET_PDEATHSIG = 1
AHEAD = 32  # submissions handed out for each process; more would only wait in memory
DIED = "The process that judged it died, and died again when it was run alone."


class Judges(Protocol):
    """Processes that judge: those of this machine (LocalJudges), or a cluster's (autograder.grading.cluster).

    lost   what a future raises where the process of its task died
    ahead  how many tasks are handed out before the first of them is done
    """

    lost: tuple[type[Exception], ...]
    ahead: int

    def submit(self, task: Task) -> Future: ...

    def suspects(self, tasks: list[Task]) -> set[Task]:
        """After a loss: those of the lost tasks that may have been its cause; the others can be submitted again."""

    def gone(self) -> str:
        """What to tell where everything that was handed out has been cancelled."""

    def __enter__(self) -> "Judges": ...

    def __exit__(self, *error) -> None: ...


def judge(tasks: Iterable[Task], judges: Judges) -> Iterator[tuple[Task, Judged]]:
    """Each task with its result, in the order in which they are done.

    Where processes die, suspects are judged again one by one, so that none of them takes others down.
    """
    waiting, alone = list(tasks), []
    while waiting or alone:
        chosen, waiting = (waiting, []) if waiting else ([alone.pop()], [])
        unfinished, left = yield from _judge(chosen, judges)
        if not unfinished:
            continue
        suspects = judges.suspects(unfinished)
        if len(chosen) == 1 and suspects:
            yield chosen[0], Judged(problem=DIED)
            continue
        alone += suspects
        waiting = [task for task in unfinished if task not in suspects] + left


def _judge(tasks, judges) -> Generator[tuple[Task, Judged], None, tuple[list[Task], list[Task]]]:
    """Yields what is done; returns the tasks that were lost with their processes, and those not handed out since."""
    waiting, futures, lost = deque(tasks), {}, []
    while futures or (waiting and not lost):
        while waiting and not lost and len(futures) < judges.ahead:
            task = waiting.popleft()
            try:
                futures[judges.submit(task)] = task
            except judges.lost:
                lost.append(task)
        for future in wait(futures, return_when=FIRST_COMPLETED).done if futures else ():
            task = futures.pop(future)
            try:
                result = future.result()
            except judges.lost:
                lost.append(task)
                continue
            except CancelledError:
                raise CourseError(judges.gone()) from None
            except (
                Exception
            ) as error:  # a fault of the grader: said, and no other submission waits for it
                text = f"{type(error).__name__}: {error}"
                result = Judged(problem=f"The grader failed on it ({text[:300]}).")
            yield task, result
    return lost, list(waiting)


def judges_for(assignment: Assignment, tasks: list[Task], jobs: int, scheduler: str = "") -> Judges:
    """Who judges these tasks: a cluster's workers where there is a scheduler's address, else `jobs` processes here.

    Raises CourseError where the source notebook cannot be recorded, or the cluster cannot judge.
    """
    mode, shared = tasks[0].mode, sys.platform == "linux" and not scheduler
    if shared:  # the judge processes will share it
        WORKERS[mode].start()
    recorded = expectations(assignment)  # once, before the first student waits for it
    if scheduler:
        from autograder.grading.cluster import ClusterJudges  # which loads a library of its own

        return ClusterJudges(scheduler, assignment, recorded, mode)
    if shared:
        WORKERS[mode].wait_until_ready()
    gc.freeze()  # in the forked judges the collector would copy every page that it touches
    return LocalJudges(min(jobs, len(tasks)))


class LocalJudges:
    """Processes on this machine, forked from this one: they share what it has loaded, and its warm process."""

    lost = (BrokenExecutor,)

    def __init__(self, jobs: int):
        self.jobs, self.ahead = jobs, AHEAD * jobs
        self.executor = _processes(jobs)
        self.started = tempfile.TemporaryDirectory()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        _close(self.executor, kind)
        self.started.cleanup()

    def submit(self, task: Task) -> Future:
        return self.executor.submit(_marked, self._marker(task), task)

    def suspects(self, tasks: list[Task]) -> set[Task]:
        """Those that were being judged; all processes are new afterwards."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        self.executor = _processes(self.jobs)
        suspects = {task for task in tasks if self._marker(task).exists()}
        for task in suspects:
            self._marker(task).unlink()
        return suspects

    def gone(self) -> str:
        return "The grading was stopped; run the command again: what is graded stays."

    def _marker(self, task):
        """A file that is there while a task is being judged, and afterwards where its process died."""
        return Path(self.started.name, task.student)


def _processes(jobs):
    method = "fork" if sys.platform == "linux" else "spawn"
    context = multiprocessing.get_context(method)
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_end_with_the_writer)


def _end_with_the_writer():
    """A judge process dies with the process that writes, however that ends; Ctrl-C is the writer's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _close(executor, kind):
    """Wait for its processes, or end them where an error `kind` is on its way."""
    executor.shutdown(wait=kind is None, cancel_futures=True)
    if kind is not None:
        for process in multiprocessing.active_children():
            process.kill()


def _marked(marker, task):
    marker.touch()
    try:
        return judge_submission(task)
    finally:
        marker.unlink()


def feedback(tasks: list[Task], jobs: int) -> Iterator[tuple[Task, str]]:
    """Have the feedback of booked submissions written; each task with what went wrong, if anything did."""
    if not tasks:
        return
    with contextlib.ExitStack() as stack:
        executor = _processes(min(jobs, len(tasks)))
        stack.push(lambda kind, *_: _close(executor, kind))
        futures = {executor.submit(_write_feedback, task): task for task in tasks}
        for future in as_completed(futures):
            error = future.exception()
            yield futures[future], f"Its feedback could not be written: {error}" if error else ""


def _write_feedback(task):
    course = Course(task.root)
    write_feedback(course, course.assignment(task.assignment), task.student)

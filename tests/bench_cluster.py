"""Grading on a Dask cluster: what a second worker brings, and a thousand submissions with workers killed on the way.

The cluster is on this machine. Two workers are compared with one on execution and judging alone: the same tasks, handed
out and waited for, nothing booked. It takes about half an hour on two cores; nothing else should run meanwhile.
"""

import contextlib
import itertools
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from autograder.grading.book import Book
from autograder.grading.course import Assignment, Course
from autograder.grading.grade import grade_class
from autograder.grading.judges import judge, judges_for
from autograder.grading.judging import Task
from autograder.grading.record import answers_to, expectations
from autograder.grading.session import Limits
from autograder.grading.warm import SANDBOXED
from tests.bench_grading import COURSE_FILES
from tests.conftest import ROOT, copy_course
from tests.grading.dask_cluster import WARM, Cluster, command, parent, running_cluster, worker_of
from tests.grading.known_class import hand_in_answers, misjudged

ROLES = ("writer", "scheduler", "worker", "warm process", "student")
SPEEDUPS = {"03_regularization": 40, "08_transfer": 40, "10_capstone": 4}
WARM_UP, REPEATS = 2, 3  # submissions, one for each worker; runs
THOUSAND = 1000
CAPSTONE, CAPSTONES = "10_capstone", 13  # each of its answers trains for up to a minute


def speedup() -> None:
    """Seconds for the same right submissions judged by one and by two, processes of this machine and Dask's workers.

    A worker that may use all cores has the kernel clear away its processes on another one, so one worker uses more than
    one core. With a core each, as a container's limit gives it, two have twice what one has.
    """
    print(f"Run and judged by one and by two, medians of {REPEATS}")
    print(
        "assignment         submissions   judges                one        two     ratio",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        course = copy_course(Course(ROOT), Path(folder) / "course", COURSE_FILES)
        for name, size in SPEEDUPS.items():
            tasks = right_ones(course.assignment(name), size)
            compare("processes", tasks, {1: {"jobs": 1}, 2: {"jobs": 2}})
            for judges, a_core_each in (("workers", False), ("workers, a core each", True)):
                with (
                    running_cluster(Path(folder) / f"{name}{judges}1", 1, a_core_each) as one,
                    running_cluster(Path(folder) / f"{name}{judges}2", 2, a_core_each) as two,
                ):
                    addresses = {1: {"scheduler": one.address}, 2: {"scheduler": two.address}}
                    compare(judges, tasks, addresses)


def right_ones(assignment: Assignment, size: int) -> list[Task]:
    """Submissions of right answers, as tasks."""
    Book(assignment.course).generate(assignment.name)
    right = [answer for answer in answers_to(assignment) if answer.kind == "right"]
    handed_in = hand_in_answers(assignment, itertools.islice(itertools.cycle(right), size))
    root = assignment.course.root
    return [Task(root, assignment.name, student, Limits(), SANDBOXED) for student in handed_in]


def compare(judges: str, tasks: list[Task], options: dict[int, dict]) -> None:
    """A row: medians of `seconds_of`, in turn, by number of judges."""
    seconds = {number: [] for number in options}
    for _ in range(REPEATS):
        for number, option in options.items():
            seconds[number].append(seconds_of(tasks, **option))
    one, two = (statistics.median(taken) for taken in seconds.values())
    name = tasks[0].assignment
    print(
        f"{name:18} {len(tasks):11}   {judges:20} {one:5.1f} s   {two:5.1f} s   {one / two:6.2f}",
        flush=True,
    )


def seconds_of(tasks: list[Task], jobs: int = 1, scheduler: str = "") -> float:
    """Seconds from handing out the tasks to their last result, by judges that have judged before."""
    assignment = Course(tasks[0].root).assignment(tasks[0].assignment)
    with judges_for(assignment, tasks, jobs, scheduler) as judges:
        list(judge(tasks[:WARM_UP], judges))  # warm processes load their libraries
        start = time.perf_counter()
        results = [judged for _, judged in judge(tasks, judges)]
        seconds = time.perf_counter() - start
    if not all(judged.notebook for judged in results):
        sys.exit("Not all were judged.")
    return seconds


def thousand() -> None:
    """A thousand submissions from the known answers of all assignments; a worker is killed in each assignment's run."""
    with tempfile.TemporaryDirectory() as folder:
        course = copy_course(Course(ROOT), Path(folder) / "course", COURSE_FILES)
        sizes = class_sizes(course)
        with running_cluster(Path(folder) / "cluster", 2) as cluster:
            wrong, memory = [], Memory()
            print(
                "last / first: time between two results in the last third and the first; peak memory in MB"
            )
            roles = "".join(f"{role:>14}" for role in ROLES)
            print(
                f"{'assignment':18} submissions     judged    whole    each  last / first{roles}",
                flush=True,
            )
            memory.start()
            for name, size in sizes.items():
                wrong += graded_on(cluster, course.assignment(name), size, memory)
            memory.over.set()
    print(f"{sum(sizes.values())} submissions graded, {len(wrong)} verdicts not as they should be.")
    if wrong:
        sys.exit("\n".join(wrong))


def class_sizes(course: Course) -> dict[str, int]:
    """How many submissions each assignment gets: as many as the others, but for the capstone."""
    names = [name for name in course.assignments() if name != CAPSTONE]
    left = THOUSAND - CAPSTONES
    sizes = {name: left // len(names) + (i < left % len(names)) for i, name in enumerate(names)}
    return sizes | {CAPSTONE: CAPSTONES}


def graded_on(cluster: Cluster, assignment: Assignment, size: int, memory: "Memory") -> list[str]:
    """Grade a class with the command, a worker killed at a third of it; what was misjudged."""
    name, root = assignment.name, assignment.course.nbgrader_root
    Book(assignment.course).generate(name)
    handed_in = hand_in_answers(
        assignment, random.Random(name).sample(answers_to(assignment), size)
    )
    expectations(assignment)
    command = [
        sys.executable,
        "-m",
        "autograder.cli",
        "grade",
        name,
        "--scheduler",
        cluster.address,
    ]
    booked, start = [], time.perf_counter()
    killed = False
    with open(cluster.folder / f"{name}.log", "w") as log:
        run = subprocess.Popen(
            command,
            cwd=assignment.course.root,
            env=os.environ | {"PYTHONPATH": str(assignment.course.root)},
            stdout=log,
            stderr=log,
        )
        while run.poll() is None:
            done = len(list(root.glob(f"autograded/*/{name}/*.ipynb")))
            booked += [time.perf_counter()] * (done - len(booked))
            if not killed and done >= size / 3:
                os.kill(worker_of(cluster, "worker0"), signal.SIGKILL)
                killed = True
            time.sleep(0.05)
    whole = time.perf_counter() - start
    third = size // 3
    judged, first, last = (
        booked[-1] - start,
        typical_gap(booked[:third]),
        typical_gap(booked[-third:]),
    )
    peaks = "".join(f"{size / 2**20:14.0f}" for size in memory.taken().values())
    print(
        f"{name:18} {size:11} {judged:8.0f} s {whole:6.0f} s {whole / size:5.2f} s {last / first:8.2f}{peaks}",
        flush=True,
    )
    if run.returncode or not killed:
        return [f"{name}: the command ended with {run.returncode}.", cluster.log(name)]
    return misjudged(assignment, grade_class(assignment, progress=False), handed_in)


def typical_gap(times: list[float]) -> float:
    """Seconds between two results as a trimmed mean: the wait for a worker that starts again is left out."""
    gaps = sorted(later - earlier for earlier, later in zip(times, times[1:], strict=False))
    kept = gaps[: max(1, len(gaps) * 9 // 10)]
    return max(statistics.fmean(kept), 1e-3)


class Memory(threading.Thread):
    """The most memory that the processes of a run use, by role, in bytes; sampled twice a second."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peaks, self.over = dict.fromkeys(ROLES, 0), threading.Event()

    def taken(self) -> dict[str, int]:
        """The peaks since this was last asked."""
        peaks, self.peaks = self.peaks, dict.fromkeys(ROLES, 0)
        return peaks

    def run(self):
        while not self.over.wait(0.5):
            commands = {int(pid): command(int(pid)) for pid in os.listdir("/proc") if pid.isdigit()}
            for pid, words in commands.items():
                role = self._role(pid, words, commands)
                if role:
                    with contextlib.suppress(OSError):
                        self.peaks[role] = max(self.peaks[role], resident(pid))

    def _role(self, pid, words, commands):
        if b"autograder.cli\0grade" in words:
            return "writer"
        if b"\0dask\0scheduler" in words:
            return "scheduler"
        of = commands.get(parent(pid), b"")
        if b"spawn_main" in words and b"\0dask\0worker" in of:
            return "worker"
        if WARM in words:
            return "student" if WARM in of else "warm process"
        return ""


def resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    speedup()
    thousand()

"""How fast a class is graded: `autograder grade --jobs 2` beside `nbgrader autograde` without the kit, then growth.

The same honest submissions on both sides, experiments skipped on both, everything from the start of the command to its
end, medians of three in turn. It takes about half an hour; nothing else should run meanwhile.
"""

import os
import re
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from itertools import cycle
from pathlib import Path

import nbformat

from autograder.grading.book import Book
from autograder.grading.course import Assignment, Course
from autograder.grading.record import expectations
from autograder.grading.sample import SampleClass
from autograder.grading.sandbox import memory_of
from autograder.grading.warm import SANDBOXED
from tests.conftest import COURSE, copy_course

ASSIGNMENT = "03_regularization"
HONEST, REPEATS, JOBS = 40, 3, 2
GROWTH = (10, 40, 160, 640)
COURSE_FILES = ("nbgrader_config.py", "pyproject.toml", "autograder", "utils")
# nbgrader's own configuration of the same course: student code and judge in one kernel.
WITHOUT_KIT = """
c = get_config()
c.CourseDirectory.course_id = "neural-networks"
c.CourseDirectory.root = "{root}"
c.ExecutePreprocessor.skip_cells_with_tag = "experiment"
"""


def course_with_class(folder: Path, students: int) -> Course:
    """A copy of the tests' course, released, with that many right hand-ins of various hands."""
    course = copy_course(COURSE, folder, COURSE_FILES)
    assignment = course.assignment(ASSIGNMENT)
    Book(course).generate(ASSIGNMENT)
    notebooks = cycle(honest_notebooks(assignment))
    for i in range(students):
        place = course.nbgrader_root / "submitted" / f"s{i:04d}" / ASSIGNMENT
        place.mkdir(parents=True)
        nbformat.write(next(notebooks), place / f"{ASSIGNMENT}.ipynb")
    return course


def honest_notebooks(assignment: Assignment) -> list[nbformat.NotebookNode]:
    """The solution, all of it written differently, and each other right answer that stands for itself."""
    samples = SampleClass(assignment)
    alone = ("dropout.module", "schedules.warmup_cosine")
    right = [a for a in samples.answers.values() if a.kind == "right" and a.exercise in alone]
    answers = [{}, samples.different(), *({a.exercise: a.source} for a in right)]
    return [samples.notebook(answer) for answer in answers]


def with_kit(course: Course) -> float:
    """Seconds of `autograder grade`, of a class that was not graded before."""
    forget(course)
    command = [sys.executable, "-m", "autograder.cli", "grade", ASSIGNMENT, "--jobs", str(JOBS)]
    return timed(command, course.root)


def without_kit(course: Course) -> float:
    """Seconds of `nbgrader autograde`, of a class that was not graded before."""
    forget(course)
    config = course.root / "nbgrader_config.py"
    kept = config.read_text()
    config.write_text(WITHOUT_KIT.format(root=course.nbgrader_root))
    try:
        return timed([sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT], course.root)
    finally:
        config.write_text(kept)


def forget(course):
    for name in ("autograded", "feedback", "reports"):
        shutil.rmtree(course.nbgrader_root / name, ignore_errors=True)


def timed(command, folder):
    bin_folder = str(Path(sys.executable).parent)  # nbgrader starts programs by their names
    path = os.pathsep.join([bin_folder, os.environ["PATH"]])
    environment = os.environ | {"PYTHONPATH": str(folder), "PATH": path}
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return seconds


def scores(course) -> list[tuple]:
    """Automatic scores of all cells, by student."""
    with sqlite3.connect(course.nbgrader_root / "gradebook.db") as db:
        return sorted(
            db.execute(
                "SELECT student_id, base_cell.name, auto_score FROM grade "
                "JOIN base_cell ON base_cell.id = cell_id "
                "JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id "
                "JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id"
            )
        )


class Peaks(threading.Thread):
    """The most memory that the processes of a run use, by role, in bytes; sampled four times a second."""

    def __init__(self):
        super().__init__(daemon=True)
        self.peaks = {"judge": 0, "warm process": 0, "submission": 0}
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.25):
            for pid in filter(str.isdigit, os.listdir("/proc")):
                try:
                    command = Path(f"/proc/{pid}/cmdline").read_bytes()
                    status = Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                if b"autograder.cli\0grade" in command:
                    self._note("judge", _resident(status))
                elif b"autograder.grading.worker" in command:
                    namespaces = re.search(r"NSpid:(.*)", status)[1].split()
                    if len(namespaces) > 2 and namespaces[-1] == "1":
                        self._note("submission", memory_of(int(pid)))
                    elif SANDBOXED.encode() in command:
                        self._note("warm process", _resident(status))

    def _note(self, role, size):
        self.peaks[role] = max(self.peaks[role], size)


def _resident(status):
    found = re.search(r"VmHWM:\s*(\d+)", status)
    return int(found[1]) * 1024 if found else 0


def compare() -> None:
    """Both commands on the same class, in turn, and the memory of ours."""
    with tempfile.TemporaryDirectory() as folder:
        course = course_with_class(Path(folder), HONEST)
        expectations(course.assignment(ASSIGNMENT))  # as after the first grading
        ours, theirs, peaks = [], [], Peaks()
        peaks.start()
        for _ in range(REPEATS):
            ours.append(with_kit(course))
            peaks.over.set()
            mine = scores(course)
            theirs.append(without_kit(course))
            if scores(course) != mine:
                sys.exit("The two gave different scores.")
    fast, slow = statistics.median(ours), statistics.median(theirs)
    print(f"{HONEST} honest submissions of {ASSIGNMENT}, medians of {REPEATS}, equal scores:")
    print(f"  autograder grade --jobs {JOBS}           {fast:8.1f} s   {_all(ours)}")
    print(f"  nbgrader autograde without the kit  {slow:8.1f} s   {_all(theirs)}")
    print(f"  ratio                               {slow / fast:8.1f}")
    for role, size in peaks.peaks.items():
        print(f"  peak memory, {role:22} {size / 2**20:8.0f} MB")


def _all(seconds):
    return "(" + ", ".join(f"{value:.1f}" for value in seconds) + ")"


def grow() -> None:
    """Seconds a submission for larger and larger classes; a run that finds nothing to do is the start-up."""
    print("students   whole run   a submission, start-up apart")
    for students in GROWTH:
        with tempfile.TemporaryDirectory() as folder:
            course = course_with_class(Path(folder), students)
            expectations(course.assignment(ASSIGNMENT))
            whole = with_kit(course)
            one = course.nbgrader_root / "autograded" / "s0000" / ASSIGNMENT
            (one / f"{ASSIGNMENT}.ipynb").unlink()  # the judges start for one submission
            command = [sys.executable, "-m", "autograder.cli", "grade", ASSIGNMENT]
            start_up = timed([*command, "--student", "s0000"], course.root)
            each = (whole - start_up) / (students - 1)
            print(f"{students:8} {whole:9.1f} s {each * 1000:9.0f} ms", flush=True)


if __name__ == "__main__":
    compare()
    grow()

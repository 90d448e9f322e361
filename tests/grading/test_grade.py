"""Grading a class: what is done again and what is not, in any order, whatever is killed on the way."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.grading import keys
from autograder.grading.book import Book
from autograder.grading.grade import grade_class, interrupt_later
from autograder.grading.processes import WORKERS
from tests.grading.small import EXERCISE, NAME, gradebook, hand_in, small_course, solution

STUDENTS = 8


@pytest.fixture(scope="module")
def mini(assignment, tmp_path_factory):
    return small_course(tmp_path_factory.mktemp("small"), assignment)


@pytest.fixture
def handed_in(mini):
    """Eight submissions, right, partly right, failing and untouched; nothing graded yet."""
    forget(mini)
    right = solution(mini)
    answers = [
        right,
        right.replace("self.min_lr + ", ""),
        None,
        "raise ValueError('of mine')",
        "import os\nos._exit(1)",
        right + "\nprint('done')",
    ]
    for i in range(STUDENTS):
        hand_in(mini, f"s{i}", answers[i % len(answers)])
    return mini


def forget(mini):
    """Take everything out of the course that grading has made."""
    root = mini.course.nbgrader_root
    for folder in ("submitted", "autograded", "feedback"):
        for path in sorted((root / folder).rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    with sqlite3.connect(root / "gradebook.db") as db:
        tables = ("grade", "comment", "submitted_notebook", "submitted_assignment", "student")
        for table in tables:
            db.execute(f"DELETE FROM {table}")
    db.close()


def graded(mini, **options):
    return {o.student: o for o in grade_class(mini, progress=False, **options)}


def made(mini) -> dict[str, tuple]:
    """Which version of which graded notebook and feedback page there is."""
    root = mini.course.nbgrader_root
    pages = [*root.glob("autograded/*/*/*.ipynb"), *root.glob("feedback/*/*/*.html")]
    return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns) for path in pages}


class TestAgain:
    @pytest.fixture
    def once(self, handed_in):
        return handed_in, graded(handed_in, jobs=2), made(handed_in)

    def test_what_is_unchanged_is_left_alone_and_told_again(self, once):
        mini, first, files = once
        again = graded(mini, jobs=2)
        assert made(mini) == files and len(files) == 2 * STUDENTS
        assert {s: (o.score, o.by_hand, o.notes) for s, o in again.items()} == {
            s: (o.score, o.by_hand, o.notes) for s, o in first.items()
        }
        assert first["s0"].score == first["s5"].score == 10 and first["s2"].score == 0

    def test_a_changed_submission_alone_is_graded_again(self, once):
        mini, _, files = once
        hand_in(mini, "s2", solution(mini))
        assert graded(mini)["s2"].score == 10
        changed = {path for path, version in made(mini).items() if files[path] != version}
        assert {Path(path).parents[1].name for path in changed} == {"s2"} and len(changed) == 2

    def test_a_file_beside_it_and_a_time_stamp_count_as_changes(self, once):
        mini, _, files = once
        folder = mini.course.nbgrader_root / "submitted"
        (folder / "s1" / NAME / "helper.py").write_text("x = 1")
        (folder / "s2" / NAME / "timestamp.txt").write_text("2026-01-02 03:04:05 UTC")
        graded(mini)
        changed = {path for path, version in made(mini).items() if files[path] != version}
        assert {Path(path).parents[1].name for path in changed} == {"s1", "s2"}

    def test_another_secret_grader_or_limit_grades_all_again(self, once, monkeypatch):
        mini, first, files = once
        monkeypatch.setattr(keys, "grader_version", lambda: "another")
        assert {s: o.score for s, o in graded(mini, jobs=2).items()} == {
            s: o.score for s, o in first.items()
        }
        now = made(mini)
        assert all(files[path] != version for path, version in now.items())
        monkeypatch.undo()
        monkeypatch.setenv("AUTOGRADER_SECRET", "another secret")
        graded(mini, jobs=2)
        assert all(now[path] != version for path, version in made(mini).items())

    def test_a_lost_gradebook_feedback_or_graded_notebook_is_made_again(self, once):
        mini, _, files = once
        before, root = gradebook(mini), mini.course.nbgrader_root
        (root / "feedback" / "s1" / NAME / f"{NAME}.html").unlink()
        (root / "autograded" / "s2" / NAME / f"{NAME}.ipynb").unlink()
        graded(mini)
        assert made(mini).keys() == files.keys() and gradebook(mini) == before

    def test_order_and_number_of_judges_never_change_a_grade(self, once):
        mini, _, _ = once
        before = gradebook(mini)
        for path in mini.course.nbgrader_root.glob("autograded/*/*/*.ipynb"):
            path.unlink()
        grade_class(mini, [f"s{i}" for i in reversed(range(STUDENTS))], progress=False, jobs=3)
        assert gradebook(mini) == before

    def test_a_grade_given_by_hand_that_hides_a_change_is_told(self, once):
        mini, _, _ = once
        gradebook_of = Book(mini.course).api.gradebook
        with gradebook_of as book:
            grade = book.find_grade(f"check-{EXERCISE.replace('.', '-')}", NAME, NAME, "s2")
            grade.manual_score = 7
            book.db.commit()
        hand_in(mini, "s2", solution(mini))
        [told] = graded(mini)["s2"].hidden
        assert "from 0 to 10" in told and "7 given by hand" in told


def descendants(pid: int) -> list[int]:
    """All processes that come from one, as far as they still have their parents."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            children = [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def role(pid: int) -> str:
    """What a process of a run is: a copy of this one, the warm process, or one forked from it for a submission."""
    command = command_of(pid)
    if command == command_of(os.getpid()):
        return "judge"
    if b"autograder.grading.worker" not in command:
        return ""
    stat = Path(f"/proc/{pid}/stat").read_text()
    return "fork" if command == command_of(int(stat.rsplit(")", 1)[1].split()[1])) else "worker"


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def start(mini) -> int:
    """A process that grades the class with two judges."""
    for worker in WORKERS.values():
        worker.close()
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setsid()
            grade_class(mini, progress=False, jobs=2)
            status = 0
        finally:
            os._exit(status)
    return pid


def kill_one(pid, victim, moment, mini):
    """Wait until that share of the class is in the gradebook, then kill a process of a role; whether it was there."""
    folder = mini.course.nbgrader_root / "autograded"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return False
        if len(list(folder.glob(f"*/{NAME}/*.ipynb"))) >= moment * STUDENTS:
            chosen = [pid] if victim == "grader" else []
            chosen = chosen or [p for p in descendants(pid) if role(p) == victim]
            if chosen:
                try:
                    os.kill(random.choice(chosen), signal.SIGKILL)
                    return True
                except ProcessLookupError:
                    pass
        time.sleep(0.002)
    return False


def run_killed(mini, seed) -> tuple[str, bool]:
    rng = random.Random(seed)
    victim = ("grader", "judge", "worker", "fork")[seed % 4]
    pid = start(mini)
    hit = kill_one(pid, victim, rng.uniform(0, 0.5), mini)
    _, status = os.waitpid(pid, 0)
    assert victim == "grader" or status == 0, f"killing a {victim} ended the grader"
    return victim, hit


@pytest.fixture(scope="module")
def undisturbed(mini):
    return {}


@pytest.mark.parametrize(
    "seed",
    [pytest.param(seed, marks=[] if seed < 4 else pytest.mark.full) for seed in range(20)],
)
def test_killed_at_any_moment_and_started_again_it_ends_the_same(handed_in, undisturbed, seed):
    mini = handed_in
    if not undisturbed:
        graded(mini, jobs=2)
        undisturbed.update(gradebook(mini))
        for path in mini.course.nbgrader_root.glob("autograded/*/*/*.ipynb"):
            path.unlink()
        for path in mini.course.nbgrader_root.glob("feedback/*/*/*.html"):
            path.unlink()
    victim, hit = run_killed(mini, seed)
    assert hit, f"no {victim} was there to be killed"
    finished = {
        path: version
        for path, version in made(mini).items()
        if f"/feedback/{Path(path).parents[1].name}/" in path
    }
    pid = start(mini)
    assert os.waitpid(pid, 0)[1] == 0
    assert gradebook(mini) == undisturbed
    now = made(mini)
    assert {path: now[path] for path in finished} == finished  # nothing finished is repeated
    assert len(now) == 2 * STUDENTS


def test_an_interrupt_waits_until_a_submission_is_entered():
    class Row:
        def __del__(self):  # where Python drops whatever is raised
            os.kill(os.getpid(), signal.SIGINT)

    entered, before = [], signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        with interrupt_later():
            Row()
            entered.append(True)
    assert entered and signal.getsignal(signal.SIGINT) is before


def test_the_users_interrupt_ends_all_and_loses_nothing(handed_in):
    mini, root = handed_in, handed_in.course.nbgrader_root
    # Still at work when the interrupt comes, however late.
    hand_in(mini, "slow", solution(mini) + "\nimport time\ntime.sleep(45)")
    command = [sys.executable, "-m", "autograder.cli", "grade", NAME, "--jobs", "2"]
    process = subprocess.Popen(
        [*command, "--course", str(mini.course.root)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not list(root.glob(f"autograded/*/{NAME}/*.ipynb")) and time.monotonic() < deadline:
        time.sleep(0.01)
    children = descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said  # what shells expect of an interrupted program
    assert "Traceback" not in said and len(children) >= 4
    while any(Path(f"/proc/{pid}").exists() for pid in children):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    hand_in(mini, "slow", solution(mini))
    assert {o.score for o in graded(mini, jobs=2).values()} >= {0, 10}

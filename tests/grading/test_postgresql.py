"""The gradebook on a real PostgreSQL server: the grades of SQLite's file, whoever writes, whatever is killed."""

import contextlib
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading

import nbformat
import pytest

from autograder.grading import database as databases
from autograder.grading.book import Book
from autograder.grading.course import Course, CourseError
from autograder.grading.export import export
from autograder.grading.give_back import give_back
from autograder.grading.grade import grade_class
from autograder.grading.late import settle
from autograder.grading.totals import read_grades
from tests.conftest import ROOT
from tests.grading.postgresql import (  # noqa: F401
    PASSWORD,
    database,
    holding,
    new_database,
    server,
    wait_for_somebody_waiting,
)
from tests.grading.small import ANSWER, NAME, gradebook, hand_in, small_course, solution

CHECK = f"check-{ANSWER}"
PLAN = "[late]\npercent_per_day = 10\n[assignments.mini]\ndue = 2026-09-22T00:00:00+02:00\n"
LOCK = databases.BEGIN["postgresql"][-1]


def class_of(mini):
    """Four hand-ins, right, partly right, untouched and failing; the second one begins its second day of lateness."""
    right = solution(mini)
    answers = [right, right.replace("self.min_lr + ", ""), None, "raise ValueError('of mine')"]
    for i, answer in enumerate(answers):
        path = hand_in(mini, f"s{i}", answer)
        day = 22 if i == 1 else 20
        (path.parent / "timestamp.txt").write_text(f"2026-09-{day} 23:00:00 UTC")
    return mini


def graded(mini, *students, **options):
    return {o.student: o for o in grade_class(mini, students, progress=False, **options)}


def by_hand(mini, student, cell, points):
    """Give points as formgrader does."""
    book = Book(mini.course)
    with book.session() as db:
        grade = book.gradebook.find_grade(cell, NAME, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, False
        db.commit()


def autograder(course, *arguments, **variables) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "autograder.cli", *arguments, "--course", str(course.root)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@contextlib.contextmanager
def in_a_thread(function):
    """Run a function beside the block; what it raised, or returned, is the only item of the list."""
    found = []

    def run():
        try:
            found.append(function())
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    yield found
    thread.join()


@pytest.fixture(scope="module")
def released(assignment, server, tmp_path_factory):  # noqa: F811
    """A course that was released, with its class handed in, and the database of its gradebook."""
    with new_database(server) as made:
        root = tmp_path_factory.mktemp("released") / "course"
        mini = class_of(small_course(root, assignment, made.url))
        (root / "course.toml").write_text(PLAN)
        yield mini, made


@pytest.fixture(scope="module")
def both(assignment, released, server, tmp_path_factory):  # noqa: F811
    """Two graded courses with the same class, the gradebook of one in a file, of the other on the server."""
    root = tmp_path_factory.mktemp("both")
    file = class_of(small_course(root / "file", assignment))
    (file.course.root / "course.toml").write_text(PLAN)
    with new_database(server, released[1].name) as made:
        courses = [file, machine(released[0], root / "server", made.url)]
        for mini in courses:
            graded(mini, jobs=2)
        yield courses


@pytest.fixture
def own(released, server):  # noqa: F811
    """The database as it is after the release."""
    with new_database(server, released[1].name) as made:
        yield made


@pytest.fixture
def mini(released, own, tmp_path):
    return machine(released[0], tmp_path / "course", own.url)


def machine(mini, root, url):
    """The course in a folder of its own, as on another machine."""
    shutil.copytree(mini.course.root, root, ignore=shutil.ignore_patterns(".gradebook.lock"))
    with open(root / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(f'\nc.CourseDirectory.db_url = "{url}"\n')
    return Course(root).assignment(NAME)


class TestTheSame:
    """What grading, and all that follows it, finds on the server is what it finds in a file."""

    def test_every_row(self, both):
        file, there = map(gradebook, both)
        assert there == file and [len(rows) for rows in file.values()] == [4, 8, 8]
        assert not (both[1].course.nbgrader_root / "gradebook.db").exists()

    def test_every_grade_and_penalty(self, both):
        file, there = (read_grades(Book(mini.course), [NAME]) for mini in both)
        assert there == file
        marks = {student.id: student.marks[NAME] for student in there.students}
        assert marks["s0"].score == 10 and marks["s1"].penalty == 3.6

    def test_nothing_is_graded_twice(self, both):
        _, mini = both
        pages = sorted(mini.course.nbgrader_root.glob("*/*/*/*.ipynb"))
        before = [path.stat().st_mtime_ns for path in pages]
        assert graded(mini, jobs=2)["s0"].score == 10
        assert [path.stat().st_mtime_ns for path in pages] == before and len(pages) == 8

    def test_points_by_hand_stay_and_those_that_hide_a_change_are_told(self, both):
        told = []
        for mini in both:
            by_hand(mini, "s2", CHECK, 7)
            by_hand(mini, "s2", "written-gap", 5.5)
            hand_in(mini, "s2", solution(mini))
            told.append(graded(mini, "s2")["s2"])
        assert told[0] == told[1] and told[1].score == 12.5
        assert "from 0 to 10" in told[1].hidden[0] and "7 given by hand" in told[1].hidden[0]
        assert gradebook(both[0]) == gradebook(both[1])

    def test_a_later_date_takes_penalties_back(self, both):
        changed = []
        for mini in both:
            plan = mini.course.root / "course.toml"
            plan.write_text(PLAN.replace("09-22", "09-28"))
            changed.append(settle(mini))
            plan.write_text(PLAN)
            changed.append(settle(mini))
        assert changed == [["s1"]] * 4 and gradebook(both[0]) == gradebook(both[1])

    def test_what_is_exported_and_handed_back(self, both, tmp_path):
        made = []
        for i, mini in enumerate(both):
            out = tmp_path / str(i)
            told = export(mini.course, "csv", [], out / "grades.csv", even_open=True)
            told += export(mini.course, "gradescope", [NAME], out / "scope.zip", even_open=True)
            told += give_back(mini, out / "pages")
            files = {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
            made.append((told, files))
        assert made[0] == made[1] and len(made[0][1]) == 6


class TestOneWriter:
    def test_whoever_enters_waits_for_other_machines(self, mini, own):
        with holding(own, LOCK) as other:
            with in_a_thread(lambda: Book(mini.course).enter(mini, "s0", None)) as found:
                wait_for_somebody_waiting(own)
                assert not found and not own.sql("SELECT id FROM submitted_assignment")
                other.commit()
        assert found[0].score == 0 and len(gradebook(mini)["grade"]) == 2

    def test_who_does_not_end_is_told(self, mini, own, monkeypatch):
        soon = [text.replace("'60s'", "'100ms'") for text in databases.BEGIN["postgresql"]]
        monkeypatch.setitem(databases.BEGIN, "postgresql", soon)
        with holding(own, LOCK), pytest.raises(CourseError, match="Somebody else is writing"):
            Book(mini.course).enter(mini, "s0", None)
        assert Book(mini.course).enter(mini, "s0", None).score == 0

    def test_who_makes_the_same_rows_without_asking_is_told(self, mini, own):
        """As nbgrader's own commands do: one of two submissions cannot be booked, and nothing else is lost."""
        with holding(own, "INSERT INTO student (id) VALUES ('s0')") as other:
            with in_a_thread(lambda: Book(mini.course).enter(mini, "s0", None)) as found:
                wait_for_somebody_waiting(own)
                other.commit()
        assert isinstance(found[0], CourseError) and "run the command again" in str(found[0])
        assert Book(mini.course).enter(mini, "s0", None).score == 0

    def test_points_given_by_hand_meanwhile_are_seen(self, mini, own):
        """formgrader's transaction is open while the submission is booked again."""
        notebook = graded(mini, "s0") and _graded(mini, "s0")
        hand = (
            "UPDATE grade SET manual_score = 4 FROM base_cell WHERE base_cell.id = cell_id "
            f"AND base_cell.name = '{CHECK}'"
        )
        with holding(own, hand) as formgrader:
            with in_a_thread(lambda: Book(mini.course).enter(mini, "s0", None)) as found:
                wait_for_somebody_waiting(own)
                formgrader.commit()
        [hidden] = found[0].overridden
        assert (hidden.before, hidden.now, hidden.by_hand) == (10, 0, 4)
        assert Book(mini.course).enter(mini, "s0", notebook).score == 4

    def test_tables_are_made_once(self, released, database, tmp_path):  # noqa: F811
        """By four machines that open an empty database at the same moment."""
        mini = machine(released[0], tmp_path / "course", database.url)
        context = multiprocessing.get_context("fork")
        barrier = context.Barrier(4)

        def open_it():
            barrier.wait()
            _ = Book(mini.course).gradebook

        machines = [context.Process(target=open_it) for _ in range(4)]
        for process in machines:
            process.start()
        for process in machines:
            process.join()
        assert [process.exitcode for process in machines] == [0] * 4
        assert len(database.sql("SELECT * FROM alembic_version")) == 1


def _graded(mini, student):
    path = mini.course.nbgrader_root / "autograded" / student / NAME / f"{NAME}.ipynb"
    return nbformat.read(path, as_version=4)

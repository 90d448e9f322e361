"""The gradebook on a real PostgreSQL server: the grades of SQLite's file, whoever writes, whatever is killed."""

import contextlib
import csv
import gc
import http.cookiejar
import json
import multiprocessing
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
import warnings
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Base
from sqlalchemy import create_engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from autograder.demo import prepare
from autograder.grading import database as databases
from autograder.grading import nbgrader
from autograder.grading.book import Book
from autograder.grading.commands import sentence
from autograder.grading.course import Course, CourseError
from autograder.grading.export import export
from autograder.grading.give_back import give_back
from autograder.grading.grade import grade_class
from autograder.grading.late import settle
from autograder.grading.move import move
from autograder.grading.totals import read_grades
from tests.browser.harness import TOKEN, running_lab
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
def on_file(assignment, tmp_path_factory):
    """The same class, graded with its gradebook in a file; and the rows as they are then."""
    mini = class_of(small_course(tmp_path_factory.mktemp("file") / "course", assignment))
    (mini.course.root / "course.toml").write_text(PLAN)
    graded(mini, jobs=2)
    return mini, gradebook(mini)


@pytest.fixture(scope="module")
def undisturbed(on_file) -> dict:
    return on_file[1]


@pytest.fixture(scope="module")
def both(on_file, released, server, tmp_path_factory):  # noqa: F811
    """Two graded courses with the same class, the gradebook of one in a file, of the other on the server."""
    with new_database(server, released[1].name) as made:
        there = machine(released[0], tmp_path_factory.mktemp("server") / "course", made.url)
        graded(there, jobs=2)
        yield on_file[0], there


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

    def test_nbgraders_own_scores_are_booked_by_one_alone(self, mini, own, monkeypatch):
        """The lock is held from a submission's first score to its last file."""
        locks = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
        seen = []

        def save(self, nb, resources):
            seen.extend(own.sql(locks))
            return nb, resources

        monkeypatch.setattr(nbgrader.NbGraderSaveAutoGrades, "preprocess", save)
        monkeypatch.setattr(nbgrader, "_assignment", lambda *_: mini)
        names = {"student": "s0", "db_url": own.url}
        nbgrader.SaveAutoGrades().preprocess(None, {"nbgrader": names})
        assert len(seen) == 1
        nbgrader.written(NAME, "s0", [])
        assert not own.sql(locks)


def _graded(mini, student):
    path = mini.course.nbgrader_root / "autograded" / student / NAME / f"{NAME}.ipynb"
    return nbformat.read(path, as_version=4)


class TestKilled:
    def test_in_the_middle_of_a_transaction(self, mini, own):
        """What it had written is undone, and nobody waits for the dead."""
        with holding(own, "LOCK TABLE comment IN EXCLUSIVE MODE") as other:
            process = multiprocessing.get_context("fork").Process(
                target=lambda: Book(mini.course).enter(mini, "s0", None)
            )
            process.start()
            wait_for_somebody_waiting(own)
            process.kill()
            process.join()
            other.commit()
        Book(mini.course).enter(mini, "s1", None)
        assert {row[0] for row in gradebook(mini)["grade"]} == {"s1"}
        assert [row[0] for row in gradebook(mini)["submission"]] == ["s1"]
        Book(mini.course).enter(mini, "s0", None)
        assert [row[:2] for row in gradebook(mini)["submission"]] == [("s0", None), ("s1", None)]

    @pytest.mark.timeout(600)
    def test_two_machines_at_once(self, released, own, undisturbed, tmp_path):
        """Both grade the whole class, each with files of its own: no row is lost, and none is there twice."""
        minis = [machine(released[0], tmp_path / name, own.url) for name in "ab"]
        runs = [autograder(mini.course, "grade", NAME, "--jobs=2") for mini in minis]
        said = [run.communicate()[0] for run in runs]
        assert [run.returncode for run in runs] == [0, 0], said
        assert all(f"Gradebook  {databases.place(own.url)}" in text for text in said)
        assert gradebook(minis[0]) == undisturbed

    @pytest.mark.full
    @pytest.mark.timeout(900)
    @pytest.mark.parametrize("done", range(4))
    def test_one_of_two_and_started_again(self, released, own, undisturbed, tmp_path, done):
        """Killed when so many submissions are written, with all that it has started."""
        minis = [machine(released[0], tmp_path / name, own.url) for name in "ab"]
        first, second = (autograder(mini.course, "grade", NAME, "--jobs=1") for mini in minis)
        folder = minis[0].course.nbgrader_root / "autograded"
        deadline = time.monotonic() + 300
        while len(list(folder.glob("*/*/*.ipynb"))) < done:
            assert first.poll() is None and time.monotonic() < deadline
            time.sleep(0.005)
        assert first.poll() is None, first.communicate()
        os.killpg(first.pid, signal.SIGKILL)
        first.communicate()
        said, _ = second.communicate()
        assert second.returncode == 0, said
        again = autograder(minis[0].course, "grade", NAME, "--jobs=2")
        said, _ = again.communicate()
        assert again.returncode == 0, said
        assert gradebook(minis[0]) == undisturbed
        assert not own.sql("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")


class TestNbgrader:
    """nbgrader's own programs, on the server and on a file."""

    @pytest.mark.full
    @pytest.mark.timeout(1800)
    def test_its_commands(self, released, own, undisturbed, tmp_path):
        mini = machine(released[0], tmp_path / "course", own.url)
        run(mini.course, "autograde", NAME)
        assert gradebook(mini) == undisturbed
        run(mini.course, "generate_feedback", NAME)
        assert len(list(mini.course.nbgrader_root.glob("feedback/*/*/*.html"))) == 4
        run(mini.course, "export", "--to", "grades.csv")
        with open(mini.course.root / "grades.csv", encoding="utf-8") as file:
            scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
        assert scores == pytest.approx({"s0": 10, "s1": 0.4, "s2": 0, "s3": 0})
        run(mini.course, "db", "upgrade")
        run(mini.course, "generate_assignment", NAME, "--force")
        assert gradebook(mini) == undisturbed
        run(mini.course, "db", "student", "remove", "s3", "--force")
        assert {row[0] for row in gradebook(mini)["grade"]} == {"s0", "s1", "s2"}
        run(mini.course, "db", "assignment", "remove", NAME, "--force")
        assert not own.sql("SELECT id FROM base_cell UNION SELECT id FROM grade")

    @pytest.mark.full
    @pytest.mark.timeout(900)
    def test_formgrader(self, both, tmp_path):
        """What its pages ask for, and points and a comment that are given in it."""
        answers = []
        for i, mini in enumerate(both):
            with running_lab(mini.course.root, tmp_path / str(i)) as lab:
                answers.append(formgrader(lab))
        assert answers[0] == answers[1] and answers[1]["grade"]["manual_score"] == 5.5
        assert gradebook(both[0]) == gradebook(both[1])
        points = {row[:2]: row[3] for row in gradebook(both[1])["grade"]}
        assert points["s1", "written-gap"] == 5.5


def run(course, *arguments):
    """One of nbgrader's commands, as an instructor types it."""
    folder = Path(sys.executable).parent
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    done = subprocess.run(
        [folder / "nbgrader", *arguments],
        cwd=course.root,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def formgrader(lab) -> dict:
    """What formgrader answers, by question, without the ids that nbgrader makes up and their order."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def ask(where, method="GET", **given):
        token = next((cookie.value for cookie in jar if cookie.name == "_xsrf"), "")
        request = urllib.request.Request(f"{lab.url}/{where}", method=method)
        request.add_header("X-XSRFToken", token)
        if given:
            request.data = json.dumps(given).encode()
        with opener.open(request, timeout=60) as answer:
            return answer.read()

    ask(f"lab?token={TOKEN}")
    where = "formgrader/api"
    found = {
        question: json.loads(ask(f"{where}/{question}"))
        for question in (
            *("assignments", f"assignment/{NAME}", f"notebooks/{NAME}", f"submissions/{NAME}"),
            *("students", "student/s0", "student_submissions/s0"),
            *(f"student_notebook_submissions/s0/{NAME}", f"submitted_notebooks/{NAME}/{NAME}"),
        )
    }
    chosen = next(n for n in found[f"submitted_notebooks/{NAME}/{NAME}"] if n["student"] == "s1")
    assert b"written-gap" in ask(f"formgrader/submissions/{chosen['id']}/")
    for kind, given in (
        ("grade", {"manual_score": 5.5}),
        ("comment", {"manual_comment": "Sch\u00f6n."}),
    ):
        rows = json.loads(ask(f"{where}/{kind}s?submission_id={chosen['id']}"))
        [row] = [row for row in rows if row["name"] == "written-gap"]
        found[kind] = json.loads(ask(f"{where}/{kind}/{row['id']}", "PUT", **given))
    found["students then"] = json.loads(ask(f"{where}/students"))
    plain = re.sub(r'"[0-9a-f]{32}"|(?<="index": )\d+', "0", json.dumps(found))
    return {name: _sorted(answer) for name, answer in json.loads(plain).items()}


def _sorted(answer):
    return sorted(answer, key=json.dumps) if isinstance(answer, list) else answer


class TestSentences:
    """What can be wrong with a server is said, with what to do about it."""

    @pytest.mark.parametrize(
        ("address", "password", "words"),
        [
            ("grader@127.0.0.1:1/{name}", None, "Connection refused: start the server"),
            ("grader@/{name}?host=/nowhere", None, "No such file or directory: start the server"),
            ("grader@127.0.0.1:{port}/{name}", None, "no password supplied: give a password"),
            ("grader@127.0.0.1:{port}/{name}", "wrong", 'user "grader": correct the password'),
            ("grader@127.0.0.1:{port}/no", PASSWORD, 'database "no" does not exist: create'),
            ("nobody@/{name}?host={folder}&port={port}", None, 'role "nobody" does not exist: '),
            ("stranger@/{name}?host={folder}&port={port}", None, "schema public: let the role own"),
        ],
    )
    def test_of_a_server(self, database, tmp_path, monkeypatch, address, password, words):  # noqa: F811
        known = {"name": database.name, "port": database.server.port}
        place = address.format(folder=database.server.folder, **known)
        if place.startswith("stranger"):
            database.sql("DROP ROLE IF EXISTS stranger", "CREATE ROLE stranger LOGIN")
        if password:
            monkeypatch.setenv("PGPASSWORD", password)
        text = said(tmp_path, f"postgresql+psycopg://{place}")
        assert text.startswith("The gradebook cannot be used: ") and words in text
        assert "\n" not in text and (password or "?") not in text

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("postgres://grader@db/gradebook", "postgres: write postgresql+psycopg://"),
            ("postgresql+psycopg2://grader@db/gradebook", "'psycopg2': install"),
            ("gradebook on db", "write c.CourseDirectory.db_url"),
        ],
    )
    def test_of_an_address(self, tmp_path, url, words):
        assert words in said(tmp_path, url)

    def test_of_a_release(self, tmp_path):
        """nbgrader's own words for it would be the last line of a traceback."""
        text = said(tmp_path, "postgresql+psycopg://grader@127.0.0.1:1/gradebook", "generate")
        assert text.startswith("The gradebook cannot be used: ")

    def test_of_a_connection_that_ends(self, mini, own):
        with holding(own, LOCK):
            with in_a_thread(lambda: Book(mini.course).enter(mini, "s0", None)) as found:
                wait_for_somebody_waiting(own)
                waiting = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                own.sql(f"SELECT pg_terminate_backend(pid) FROM ({waiting}) AS waiting")
        assert sentence(found[0]).endswith("run the command again: it goes on where it was.")

    def test_without_psycopg(self, released, tmp_path):
        """By the command line: one sentence, and no traceback."""
        (tmp_path / "psycopg.py").write_text(
            "raise ModuleNotFoundError(\"No module named 'psycopg'\")"
        )
        path = f"{tmp_path}{os.pathsep}{ROOT}"
        run = autograder(released[0].course, "export", PYTHONPATH=path)
        text, _ = run.communicate()
        assert run.returncode == 1 and len(text.splitlines()) == 1
        assert "No module named 'psycopg': install what connects" in text

    def test_a_password_is_never_shown(self):
        url = "postgresql+psycopg://grader:first@db:5433/gradebook?password=second&host=there"
        shown = databases.place(url)
        assert shown == "postgresql+psycopg://grader:***@db:5433/gradebook?host=there"


def said(root, url, asked="is_released") -> str:
    """What is said of a gradebook that cannot be opened."""
    (root / "nbgrader_config.py").write_text(
        f'c = get_config()\nc.CourseDirectory.db_url = "{url}"\n'
    )
    text = "it was opened"
    try:
        getattr(Book(Course(root)), asked)(NAME)
    except Exception as error:
        text = sentence(error)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader leaves the connection open where it fails later
        gc.collect()
    return text


@pytest.fixture
def begun(on_file, database, tmp_path):  # noqa: F811
    """A graded course, with points by hand, whose nbgrader_config.py names a database that is empty."""
    course = Course(tmp_path / "begun")
    shutil.copytree(on_file[0].course.root, course.root)
    mini = course.assignment(NAME)
    by_hand(mini, "s0", "written-gap", 6.5)
    return machine(mini, tmp_path / "moved", database.url)


class TestMoving:
    """A gradebook that began as a file."""

    def test_every_row_of_every_table(self, begun):
        file = begun.course.nbgrader_root / "gradebook.db"
        count = move(begun.course, file)
        old, new = rows(f"sqlite:///{file}"), rows(Book(begun.course).url)
        assert new == old and count == sum(map(len, old.values())) + 1 > 30
        assert graded(begun)["s0"].score == 16.5

    def test_nothing_is_graded_again(self, begun):
        move(begun.course, begun.course.nbgrader_root / "gradebook.db")
        pages = sorted(begun.course.nbgrader_root.glob("autograded/*/*/*.ipynb"))
        before = [path.stat().st_mtime_ns for path in pages]
        graded(begun)
        assert [path.stat().st_mtime_ns for path in pages] == before and len(pages) == 4

    def test_all_or_nothing(self, begun, database):  # noqa: F811
        file = begun.course.nbgrader_root / "gradebook.db"
        long = "INSERT INTO student (id) VALUES (?)"  # which the file takes
        with contextlib.closing(sqlite3.connect(file)) as db, db:
            db.execute(long, ["x" * 200])
        with pytest.raises(DBAPIError) as caught:
            move(begun.course, file)
        assert "value too long" in sentence(caught.value)
        assert not database.sql("SELECT * FROM pg_tables WHERE schemaname = 'public'")

    def test_it_writes_over_nothing(self, begun):
        file = begun.course.nbgrader_root / "gradebook.db"
        move(begun.course, file)
        with pytest.raises(CourseError, match="holds a gradebook already"):
            move(begun.course, file)
        with pytest.raises(CourseError, match="There is no gradebook"):
            move(begun.course, file.with_name("other.db"))


def test_the_page(begun, server, tmp_path):  # noqa: F811
    """The commands of docs/postgresql.md: a server is set up, a begun course moves to it, is backed up and restored."""
    page = re.sub(r"\bgrader\b", "of_the_page", (ROOT / "docs/postgresql.md").read_text())
    page = page.replace("db.example.org:5432", f"127.0.0.1:{server.port}")
    page = page.replace("db.example.org", f"127.0.0.1:{server.port}")
    shown = re.findall(r"^    (\S.*)", page, re.MULTILINE)
    setting, entry = (next(x for x in shown if word in x) for word in ("db_url", "PASSWORD"))
    lines = [line for line in shown if line not in (setting, entry)]
    assert [line.split()[0] for line in lines] == ["sudo"] * 6 + ["pip"] + ["sudo"] * 2 + ["python"]
    *ready, dump, restore, copy = lines

    root = begun.course.root
    with open(root / "nbgrader_config.py", "a", encoding="utf-8") as file:
        file.write(setting + "\n")
    (tmp_path / ".pgpass").write_text(
        entry.replace("PASSWORD", "typed: twice".replace(":", "\\:")) + "\n"
    )
    (tmp_path / ".pgpass").chmod(0o600)
    run = shell(server, tmp_path, root)
    try:
        run("\n".join(ready), "typed: twice\ntyped: twice\n")
        assert "rows to postgresql+psycopg://of_the_page@127.0.0.1" in run(copy)
        address = f"dbname=gradebook user=of_the_page host=127.0.0.1 port={server.port}"
        assert run(f"psql -At -c 'SHOW tcp_keepalives_idle' '{address}'") == "30\n"
        url = (
            f"postgresql+psycopg:///gradebook?host={server.folder}&port={server.port}&user=postgres"
        )
        before = rows(url)
        run(dump)
        server.sql("UPDATE grade SET manual_score = 0", "DELETE FROM comment", database="gradebook")
        assert rows(url) != before
        run(restore)
        assert (
            rows(url) == before == rows(f"sqlite:///{begun.course.nbgrader_root / 'gradebook.db'}")
        )
    finally:
        server.sql("DROP DATABASE IF EXISTS gradebook WITH (FORCE)", "DROP ROLE of_the_page")


def shell(server, home, folder):  # noqa: F811
    """Runs commands as on the server's machine; `sudo -u postgres` is its superuser, and what installs does nothing."""
    commands = home / "bin"
    commands.mkdir()
    administers = f"export PGHOST={server.folder} PGPORT={server.port} PGUSER=postgres"
    stand_ins = {
        "sudo": f'if [ "$1" = -u ]; then shift 2; {administers}; exec "$@"; fi; [ "$1" = apt-get ]',
        "pip": "true",
        "python": f'exec {sys.executable} "$@"',
    }
    for name, text in stand_ins.items():
        (commands / name).write_text(f"#!/bin/sh\n{text}\n")
        (commands / name).chmod(0o755)
    environment = os.environ | {
        "HOME": str(home),
        "PATH": os.pathsep.join([str(commands), str(server.programs), os.environ["PATH"]]),
        "PYTHONPATH": str(ROOT),
    }

    def run(script, typed=""):
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            start_new_session=True,  # without a terminal, passwords are read from what is typed here
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_a_demo_leaves_the_courses_gradebook_alone(mini, own, tmp_path):
    demo = prepare(mini.course, tmp_path / "demo")
    assert Book(mini.course).url == own.url
    assert Book(demo).place == str(tmp_path / "demo" / "assignments" / "gradebook.db")


def rows(url) -> dict[str, list]:
    """Every row of nbgrader's tables."""
    with create_engine(url, poolclass=NullPool).connect() as db:
        return {
            table.name: sorted(map(tuple, db.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }

"""Booking: the same rows and files as nbgrader's own steps leave, whole whenever it is killed, one writer at a time."""

import contextlib
import copy
import os
import shutil
import signal
import sqlite3
import sys
import threading
import time
import traceback
import warnings
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest
import sqlalchemy
from nbgrader.api import Gradebook
from nbgrader.utils import determine_grade, is_grade, parse_utc

from autograder.grading import lock
from autograder.grading.book import Book
from autograder.grading.booking import Overridden
from autograder.grading.course import Course, CourseError, grade_id
from autograder.grading.feedback import write_feedback
from autograder.grading.rebuild import rebuild

pytestmark = pytest.mark.timeout(600)

NAME = "03_regularization"
DUE = "2026-03-01 12:00:00"
WRITTEN, ASSERTED, CHECK = "written-gap", "plain-asserts", "check-dropout-inverted"
GIVEN = '''
import time
from pathlib import Path

import nbformat
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import AssignLatePenalties, NbGraderPreprocessor


class Judged(NbGraderPreprocessor):
    """What running and judging gave, in the place of doing it."""

    def preprocess(self, nb, resources):
        root = Path(self.parent.parent.coursedir.root)
        path = root / "given" / f"{resources['nbgrader']['student']}.ipynb"
        given = nbformat.read(path, as_version=4)
        for cell, judged in zip(nb.cells, given.cells, strict=True):
            cell.id = judged.id
            if cell.cell_type == "code":
                cell.outputs = judged.outputs
        return nb, resources


class Slow(AssignLatePenalties):
    """Between rows and files it waits as long as a file says so."""

    def preprocess(self, nb, resources):
        stop = Path(self.parent.parent.coursedir.root) / "given" / "stop"
        while stop.exists():
            stop.with_name("stopped").touch()
            time.sleep(0.02)
        return super().preprocess(nb, resources)


class Daily(BasePlugin):
    """Three points a day."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return 3 * total_seconds_late / 86400
'''
CONFIG = """
c.Autograde.autograde_preprocessors[0] = "given_results.Judged"
c.Autograde.autograde_preprocessors[3] = "given_results.Slow"
c.AssignLatePenalties.plugin_class = "given_results.Daily"
"""


def add_asserts(course):
    """A plain assert cell at the end of the source notebook, as instructors write them."""
    path = course.assignment(NAME).path
    notebook = nbformat.read(path, as_version=4)
    cell = nbformat.v4.new_code_cell("assert 1 + 1 == 2", id=ASSERTED)
    cell.metadata["nbgrader"] = {
        "grade": True,
        "grade_id": ASSERTED,
        "locked": True,
        "points": 4,
        "schema_version": 3,
        "solution": False,
    }
    notebook.cells.append(cell)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def released(course_copy):
    """The course with its assignment in the gradebook, due, with late penalties; results are given, not computed."""
    (course_copy.root / "given_results.py").write_text(GIVEN)
    with open(course_copy.root / "nbgrader_config.py", "a") as file:
        file.write(CONFIG)
    sys.path.insert(0, str(course_copy.root))
    add_asserts(course_copy)
    book = Book(course_copy)
    book.generate(NAME)
    with quiet(), Gradebook(book.url, book.coursedir.course_id) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=parse_utc(DUE))
    yield course_copy
    sys.path.remove(str(course_copy.root))


@contextlib.contextmanager
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's own
        yield


@pytest.fixture
def course(released, tmp_path):
    """The released course in a folder of the test's own."""
    return clone(released, tmp_path / "course")


def clone(course, folder) -> Course:
    shutil.copytree(course.root, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return Course(folder)


def submission(assignment, answers=(), own=()):
    """The source notebook without its solutions but for these answers, with cells of the student's own at its end."""
    notebook = rebuild(assignment, None, [])
    for cell in notebook.cells:
        cell.source = dict(answers).get(grade_id(cell), cell.source)
    notebook.cells += [nbformat.v4.new_code_cell(source) for source in own]
    return notebook


def hand_in(course, student, notebook=None, time="2026-02-28 10:00:00 UTC", files=()):
    folder = course.nbgrader_root / "submitted" / student / NAME
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path, text in dict(files).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    if time:
        (folder / "timestamp.txt").write_text(time)
    if notebook:
        nbformat.write(notebook, folder / f"{NAME}.ipynb")
    return folder


def judged(course, notebook, points, outputs=()):
    """A submitted notebook as a judge process gives it back: a result in every graded cell."""
    graded = rebuild(course.assignment(NAME), notebook, [])
    for cell in graded.cells:
        if is_grade(cell) and cell.cell_type == "code":
            text = str(dict(points).get(grade_id(cell), 0))
            result = nbformat.v4.new_output(
                "execute_result", data={"text/plain": text}, execution_count=None
            )
            cell.outputs = [*dict(outputs).get(grade_id(cell), []), result]
    return graded


def by_nbgrader(book, step, *arguments):
    with contextlib.chdir(book.course.root), quiet():
        result = getattr(book.api, step)(*arguments, force=True)
    assert result["success"], result


def rows(course) -> dict[str, list]:
    """Everything in the gradebook, sorted; the ids that each booking makes anew are replaced by the student's name."""
    joined = {
        "submitted_notebook": "n.notebook_id, n.flagged, n.late_submission_penalty",
        "grade": "g.cell_id, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade",
        "comment": "c.cell_id, c.auto_comment, c.manual_comment",
    }
    of = "JOIN submitted_assignment a ON a.id = n.assignment_id"
    tables = {
        "submitted_notebook": f"submitted_notebook n {of}",
        "grade": f"grade g JOIN submitted_notebook n ON n.id = g.notebook_id {of}",
        "comment": f"comment c JOIN submitted_notebook n ON n.id = c.notebook_id {of}",
    }
    with contextlib.closing(sqlite3.connect(course.nbgrader_root / "gradebook.db")) as db:
        names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {
            n: db.execute(f"SELECT a.student_id, {joined[n]} FROM {tables[n]}").fetchall()
            for n in joined
        }
        key = "student_id, assignment_id, timestamp, extension"
        found["submitted_assignment"] = db.execute(
            f"SELECT {key} FROM submitted_assignment"
        ).fetchall()
        for name in set(names) - set(found):
            found[name] = db.execute(f"SELECT * FROM {name}").fetchall()
    return {name: sorted(lines, key=repr) for name, lines in found.items()}


def files(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


STREAM = [nbformat.v4.new_output("stream", name="stdout", text="line\n" * 1500)]
FAILED = [nbformat.v4.new_output("error", ename="AssertionError", evalue="", traceback=["no"])]
ANSWER = {WRITTEN: "The training loss is measured with dropout on."}


def first_round(assignment):
    """By student: what was handed in, its points, extra outputs, its time and other files."""
    full = {CHECK: 10, ASSERTED: 4}
    forged = {"data/notes.txt": "mine", "checks.json": "{}", "__pycache__/x.pyc": "x"}
    return {
        "on time": (submission(assignment), full, {}, "2026-02-28 10:00:00 UTC", forged),
        "late": (submission(assignment), full, {}, "2026-03-03 12:00:00 UTC", {}),
        "all-too-late": (submission(assignment), full, {}, "2026-05-03 12:00:00 UTC", {}),
        "no time": (submission(assignment), full, {}, "", {}),
        "written": (submission(assignment, ANSWER), {}, {}, "2026-02-28 10:00:00 UTC", {}),
        "partial": (submission(assignment), {ASSERTED: 1.5}, {}, "2026-02-28 10:00:00 UTC", {}),
        "failing": (
            submission(assignment),
            full,
            {ASSERTED: FAILED},
            "2026-02-28 10:00:00 UTC",
            {},
        ),
        "by hand": (submission(assignment), {CHECK: 3}, {}, "2026-02-28 10:00:00 UTC", {}),
        "Zoë O'Neil": (
            submission(assignment, own=["print('own')", "# ümlaut λ"]),
            full,
            {CHECK: STREAM},
            "2026-02-28 10:00:00 UTC",
            {},
        ),
    }


def second_round(assignment):
    full = {CHECK: 10, ASSERTED: 4}
    return {
        "on time": (submission(assignment), {CHECK: 7}, {}, "2026-03-02 12:00:00 UTC", {}),
        "late": (submission(assignment, ANSWER), full, {}, "2026-02-20 12:00:00 UTC", {}),
        "written": (submission(assignment, ANSWER), full, {}, "2026-02-28 11:00:00 UTC", {}),
        "by hand": (submission(assignment), {CHECK: 8}, {}, "2026-02-28 10:00:00 UTC", {}),
    }


def grade_by_hand(course):
    """Scores and comments of a person, as formgrader's form writes them."""
    with quiet(), Gradebook(Book(course).url) as gradebook:
        for student, name, score in (("by hand", CHECK, 5.0), ("written", WRITTEN, 6.0)):
            grade = gradebook.find_grade(name, NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = score, False
        gradebook.find_grade(CHECK, NAME, NAME, "on time").extra_credit = 1.0
        gradebook.find_comment(WRITTEN, NAME, NAME, "written").manual_comment = "Well seen."
        gradebook.db.commit()


@pytest.fixture(scope="module")
def both(released, tmp_path_factory):
    """The same results booked by nbgrader in one course and by `enter` in another: states after each round."""
    theirs = clone(released, tmp_path_factory.mktemp("theirs") / "course")
    ours = clone(released, tmp_path_factory.mktemp("ours") / "course")
    states, booked = [], {}
    for batch in (first_round, second_round):
        nbgrader, book = Book(theirs), Book(ours)
        assignment = ours.assignment(NAME)
        given = theirs.nbgrader_root / "given"
        given.mkdir(exist_ok=True)
        for student, (notebook, points, outputs, at, others) in batch(assignment).items():
            for course in (theirs, ours):
                hand_in(course, student, notebook, at, others)
            graded = judged(ours, notebook, points, outputs)
            nbformat.write(graded, given / f"{student}.ipynb")
            by_nbgrader(nbgrader, "autograde", NAME, student)
            booked[student] = book.enter(assignment, student, graded)
        for student in booked:
            by_nbgrader(nbgrader, "generate_feedback", NAME, student)
            write_feedback(ours, assignment, student)
        folders = ("autograded", "feedback")
        states.append(
            [
                (rows(course), {name: files(course.nbgrader_root / name) for name in folders})
                for course in (theirs, ours)
            ]
        )
        if batch is first_round:
            grade_by_hand(theirs)
            grade_by_hand(ours)
    return states, booked


@pytest.mark.parametrize("round", [0, 1], ids=["first", "again"])
def test_rows_are_those_of_nbgrader(both, round):
    (theirs, _), (ours, _) = both[0][round]
    assert set(ours) == set(theirs)
    for table in theirs:
        assert ours[table] == theirs[table], table
    assert len(ours["submitted_assignment"]) == 9
    assert {line[3] for line in ours["submitted_notebook"]} > {None}  # somebody pays for being late


@pytest.mark.parametrize("round", [0, 1], ids=["first", "again"])
def test_files_are_those_of_nbgrader(both, round):
    (_, theirs), (_, ours) = both[0][round]
    assert set(ours["autograded"]) == set(theirs["autograded"])
    for path in theirs["autograded"]:
        assert ours["autograded"][path] == theirs["autograded"][path], path


class Tokens(HTMLParser):
    """A page as its elements and texts in order, however attributes are written and elements closed."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.feed(page.decode())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if "class" in attributes:
            attributes["class"] = attributes["class"].split()
        self.found.append((tag, attributes))

    def handle_data(self, data):
        self.found += [data] if data.strip() else []


@pytest.mark.parametrize("round", [0, 1], ids=["first", "again"])
def test_feedback_is_that_of_nbgrader(both, round):
    (_, theirs), (_, ours) = both[0][round]
    assert set(ours["feedback"]) == set(theirs["feedback"])
    for path, (content, mode) in theirs["feedback"].items():
        ours_content, ours_mode = ours["feedback"][path]
        assert ours_mode == mode
        if path.endswith(".html"):
            assert Tokens(ours_content).found == Tokens(content).found, path
        else:
            assert ours_content == content


def test_a_changed_score_beneath_one_by_hand_is_told(both):
    booked = both[1]
    assert booked["by hand"].overridden == (Overridden(CHECK, 3.0, 8.0, 5.0),)
    assert booked["by hand"].score == 5.0
    assert booked["on time"].overridden == ()


def test_the_penalty_is_told_and_no_more_than_the_score(both):
    (_, _), (ours, _) = both[0][0]
    penalty = {line[0]: line[3] for line in ours["submitted_notebook"]}
    assert penalty["late"] == 6
    assert penalty["all-too-late"] == 14
    assert both[1]["on time"].penalty == 3


def enter(course, student, points=(), **handed_in):
    notebook = submission(course.assignment(NAME))
    hand_in(course, student, notebook, **handed_in)
    return Book(course).enter(course.assignment(NAME), student, judged(course, notebook, points))


def graded_files(course, student) -> set[str]:
    return set(files(course.nbgrader_root / "autograded" / student / NAME))


def test_without_a_notebook_everything_is_zero_and_nothing_waits(course):
    enter(course, "gone", {CHECK: 10})
    hand_in(course, "gone", files={"essay.txt": "my answers"})
    for student in ("gone", "never"):
        hand_in(course, student, files={"essay.txt": "my answers"})
        booked = Book(course).enter(course.assignment(NAME), student, None)
        assert (booked.score, booked.max_score, booked.by_hand) == (0, 64, False)
        assert graded_files(course, student) == {"checks.json", "essay.txt", "timestamp.txt"}
    grades = rows(course)["grade"]
    assert len(grades) == 16 and {grade[2:] for grade in grades} == {(0.0, None, None, 0)}
    with pytest.raises(CourseError, match="never has no graded notebook"):
        write_feedback(course, course.assignment(NAME), "never")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "..",
        "../x",
        "a/b",
        "a\\b",
        ".hidden",
        "a\nb",
        "a\0b",
        "\udcff",
        "x" * 129,
        "ü" * 128,
    ],
)
def test_a_name_that_cannot_be_a_folder_is_refused(course, name):
    before = files(course.root), rows(course)
    with pytest.raises(CourseError, match="of a student"):
        Book(course).enter(course.assignment(NAME), name, None)
    with pytest.raises(CourseError, match="of a student"):
        write_feedback(course, course.assignment(NAME), name)
    after = files(course.root), rows(course)
    assert after == before


@pytest.mark.parametrize(
    "name",
    ["-rf", "'; DROP TABLE grade; --", "[a-z]*", "Zoë", "学生", "$HOME", "{student_id}", "%s"],
)
def test_an_odd_name_is_a_name(course, name):
    assert enter(course, name, {CHECK: 10}).score == 10
    page = write_feedback(course, course.assignment(NAME), name)
    assert page == course.nbgrader_root / "feedback" / name / NAME / f"{NAME}.html"
    assert [line[0] for line in rows(course)["submitted_assignment"]] == [name]
    assert graded_files(course, name) == {f"{NAME}.ipynb", "checks.json", "timestamp.txt"}


@pytest.mark.parametrize("time", ["yesterday", "2026-02-31 25:00", "9" * 400, "\0"])
def test_a_time_that_cannot_be_read_is_noted_and_costs_nothing(course, time):
    booked = enter(course, "odd", {CHECK: 10}, time=time)
    assert (booked.score, booked.penalty) == (10, 0)
    assert "timestamp.txt holds no time" in booked.notes[0]


def test_links_and_pipes_of_a_submission_are_left_out(course):
    folder = hand_in(course, "linking", submission(course.assignment(NAME)), time="")
    (folder / "link").symlink_to(course.nbgrader_root / "gradebook.db")
    (folder / "folder").symlink_to(course.nbgrader_root)
    (folder / "timestamp.txt").symlink_to("/proc/self/environ")
    os.mkfifo(folder / "pipe")
    (folder / "checks.json").mkdir()
    (folder / "checks.json" / "inside").write_text("a folder where the course has a file")
    graded = judged(course, submission(course.assignment(NAME)), {CHECK: 10})
    assert Book(course).enter(course.assignment(NAME), "linking", graded).score == 10
    assert graded_files(course, "linking") == {f"{NAME}.ipynb", "checks.json"}


def test_an_assignment_changed_since_its_release_is_refused(course):
    assignment = course.assignment(NAME)
    notebook = judged(course, submission(assignment), {})
    hand_in(course, "early", notebook)
    [check] = [cell for cell in notebook.cells if grade_id(cell) == CHECK]
    check.source += "\n# changed"
    before = rows(course)
    with pytest.raises(
        CourseError, match=rf"changed since its release \({CHECK}\): run 'autograder"
    ):
        Book(course).enter(assignment, "early", notebook)
    assert rows(course) == before and not (course.nbgrader_root / "autograded").exists()


def in_child(work):
    """Start `work` in a process of its own; the function that waits for its exit code."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)

    def wait():
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)

    return wait


OPERATIONS = ("open", "os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir")


def killed_at(moment, work) -> bool:
    """Run `work` in a process that ends itself with SIGKILL before its n-th operation on files or rows.

    False where it came to its end before.
    """

    def child():
        book, left = work.prepare(), moment

        def count(*_):
            nonlocal left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(lambda name, _: count() if name in OPERATIONS else None)
        for name in ("before_cursor_execute", "commit"):
            sqlalchemy.event.listen(book.gradebook.engine, name, count)
        work.run(book)

    status = in_child(child)()
    assert status in (0, -signal.SIGKILL)
    return status != 0


class Again:
    """Booking a submission of a course once more."""

    def __init__(self, course, points):
        self.course, self.assignment = course, course.assignment(NAME)
        self.graded = judged(course, submission(self.assignment), points)

    def prepare(self):
        return Book(self.course)

    def run(self, book):
        return book.enter(self.assignment, "killed", copy.deepcopy(self.graded))


def test_killed_at_any_moment_and_entered_again_it_ends_the_same(course):
    first, second = Again(course, {CHECK: 3}), Again(course, {CHECK: 8})
    notebook = submission(course.assignment(NAME))
    hand_in(course, "killed", notebook, files={"a/b.txt": "b"})
    graded = course.nbgrader_root / "autograded" / "killed"

    def state():
        return rows(course), files(graded)

    second.run(second.prepare())
    expected = state()
    versions = []
    for work in (first, second):
        work.run(work.prepare())
        versions.append((graded / NAME / f"{NAME}.ipynb").read_bytes())
    moment = 0
    while True:
        first.run(first.prepare())
        if not killed_at(moment, second):
            break
        whole = [
            path.read_bytes()
            for path in graded.rglob("*.ipynb")
            if path.parent.name != f".{NAME}.new"
        ]
        assert whole and set(whole) <= set(versions)  # never without a graded notebook
        [score] = [line[2] for line in rows(course)["grade"] if line[2]]
        assert score in (3.0, 8.0)
        second.run(second.prepare())
        assert state() == expected
        moment += 1
    assert moment > 40
    assert state() == expected


def until(path: Path):
    """Wait for a file; the test's own time limit ends it where none comes."""
    while not path.exists():
        time.sleep(0.02)


def test_who_books_waits_until_nbgrader_has_written_a_submission(course):
    """nbgrader stops between its rows and its files; another result for the same student is booked meanwhile."""
    assignment, student = course.assignment(NAME), "twice"
    notebook = submission(assignment)
    hand_in(course, student, notebook, "2026-03-02 12:00:00 UTC")
    given = course.nbgrader_root / "given"
    given.mkdir()
    nbformat.write(judged(course, notebook, {CHECK: 3}), given / f"{student}.ipynb")
    (given / "stop").touch()
    nbgrader = in_child(lambda: by_nbgrader(Book(course), "autograde", NAME, student))
    until(given / "stopped")

    def book():
        ours = judged(course, notebook, {CHECK: 8})
        (given / "booking").touch()
        Book(course).enter(assignment, student, ours)
        (given / "booked").touch()

    ours = in_child(book)
    until(given / "booking")
    time.sleep(0.5)
    assert not (given / "booked").exists()
    assert [line[2] for line in rows(course)["grade"] if line[2]] == [3.0]
    (given / "stop").unlink()
    assert nbgrader() == 0 and ours() == 0
    assert booked_and_written(course, student) == (8.0, 8.0)


def test_nbgrader_and_enter_write_at_once(course):
    assignment = course.assignment(NAME)
    notebook = submission(assignment)
    given = course.nbgrader_root / "given"
    given.mkdir()
    theirs = [f"theirs {i}" for i in range(4)]
    ours = [f"ours {i}" for i in range(12)]
    for student in theirs + ours:
        hand_in(course, student, notebook)
        nbformat.write(judged(course, notebook, {CHECK: 3}), given / f"{student}.ipynb")

    def by_them():
        for student in theirs:
            by_nbgrader(Book(course), "autograde", NAME, student)

    nbgrader = in_child(by_them)
    book, graded = Book(course), judged(course, notebook, {CHECK: 8})
    for student in ours:
        book.enter(assignment, student, copy.deepcopy(graded))
    assert nbgrader() == 0
    found = {student: booked_and_written(course, student) for student in theirs + ours}
    assert found == dict.fromkeys(theirs, (3.0, 3.0)) | dict.fromkeys(ours, (8.0, 8.0))


def test_nbgrader_gives_the_lock_back_where_a_submission_fails(course):
    notebook = submission(course.assignment(NAME))
    given = course.nbgrader_root / "given"
    given.mkdir()
    broken = judged(course, notebook, {CHECK: 1000})  # more than the maximum stops SaveAutoGrades
    hand_in(course, "failing", notebook)
    nbformat.write(broken, given / "failing.ipynb")
    book = Book(course)
    with contextlib.chdir(course.root), quiet():
        assert not book.api.autograde(NAME, "failing")["success"]
    free = in_child(lambda: lock.lock_of(course).acquire(timeout=0))
    assert free() == 0


def booked_and_written(course, student) -> tuple[float, float]:
    """The score of one check in the gradebook and in the graded notebook."""
    path = course.nbgrader_root / "autograded" / student / NAME / f"{NAME}.ipynb"
    [cell] = [c for c in nbformat.read(path, as_version=4).cells if grade_id(c) == CHECK]
    with quiet(), Gradebook(Book(course).url) as gradebook:
        return gradebook.find_grade(CHECK, NAME, NAME, student).auto_score, determine_grade(cell)[0]


def test_a_lock_that_is_not_given_back_is_a_sentence(course, monkeypatch):
    hand_in(course, "waiting", submission(course.assignment(NAME)))
    monkeypatch.setattr(lock, "SECONDS", 0.1)
    held, end = threading.Event(), threading.Event()

    def hold():
        with lock.lock_of(course):
            held.set()
            end.wait()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    try:
        with pytest.raises(CourseError, match="Another process has been writing to the gradebook"):
            Book(course).enter(course.assignment(NAME), "waiting", None)
    finally:
        end.set()
        holder.join()


def test_feedback_cannot_write_the_gradebook(course):
    enter(course, "reading", {CHECK: 10})
    gradebook = course.nbgrader_root / "gradebook.db"
    before = gradebook.read_bytes()
    gradebook.chmod(0o444)
    write_feedback(course, course.assignment(NAME), "reading")
    assert gradebook.read_bytes() == before

"""A class on one machine: nbgrader's exchange between users, and the way around it; up to grades and feedback."""

import csv
import json
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest

from autograder.grading.answers import read_answers
from autograder.grading.course import Course, answer_id, grade_id
from autograder.grading.plan import read_plan
from tests.conftest import COURSE, ROOT, copy_course
from tests.grading.gradebooks import gradebook_of
from tests.grading.test_nbgrader import nbgrader

NAME = "03_regularization"
BY_CHECKS, POINTS = 52, 60
INVERTED = answer_id("dropout.inverted")
CONFIG = """c = get_config()
c.CourseDirectory.course_id = "neural-networks"
c.Exchange.root = {root!r}
"""
BIN = Path(sys.executable).parent
pytestmark = [pytest.mark.full, pytest.mark.timeout(1800)]


def plan(course, due=""):
    """course.toml of a course that takes off a tenth for each day."""
    date = f"due = {due}" if due else ""
    text = f"[late]\npercent_per_day = 10\n[assignments.{NAME}]\n{date}\nweight = 2\n"
    (course.root / "course.toml").write_text(text)


def autograder(course, *arguments) -> str:
    """Run the command line as an instructor does; what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", *map(str, arguments)],
        cwd=course.root,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def answered(released: Path, course: Course, wrong: bool) -> str:
    """A notebook as a student got it, with the right answers in it, one of them perhaps without its scale."""
    notebook = nbformat.read(released, as_version=4)
    source = {grade_id(cell): cell.source for cell in course.assignment(NAME).notebook.cells}
    known = {(a.exercise, a.name): a.source for a in read_answers(course.answers)}
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = source[grade_id(cell)]
            if wrong and grade_id(cell) == INVERTED:
                cell.source = known["dropout.inverted", "no_scale"]
    return nbformat.writes(notebook)


class Student:
    """Somebody with a folder of their own; a user of the system where this test may become one.

    nbgrader asks the system who somebody is: getpwuid(getuid()) in nbgrader.utils.get_osusername.
    """

    def __init__(self, name: str, home: Path, exchange: Path):
        self.name, self.home = name, home
        home.mkdir(mode=0o700)
        (home / "nbgrader_config.py").write_text(CONFIG.format(root=str(exchange)))
        if REAL:
            user = pwd.getpwnam(name)
            for path in (home, *home.iterdir()):
                os.chown(path, user.pw_uid, user.pw_gid)

    def become(self, keep: str = "") -> list[str]:
        """The command that runs another as this user; `keep` is a right that stays."""
        if not REAL:
            return []
        rights = [f"--inh-caps=+{keep}", f"--ambient-caps=+{keep}"] if keep else []
        user = pwd.getpwnam(self.name)
        ids = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        return ["setpriv", *ids, *rights]

    def nbgrader(self, command: str, *arguments: str) -> str:
        """Run nbgrader in the own folder. Where Python lies in a folder that is closed to others, it may be read."""
        who = [] if REAL else [f"--CourseDirectory.student_id={self.name}"]
        done = subprocess.run(
            [*self.become("dac_read_search"), str(BIN / "nbgrader"), command, *arguments, *who],
            cwd=self.home,
            env={
                "HOME": str(self.home),
                "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]]),
                "JUPYTER_DATA_DIR": str(self.home / ".jupyter-data"),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stderr

    def work(self, course: Course, wrong: bool = False) -> None:
        path = self.home / NAME / f"{NAME}.ipynb"
        path.write_text(answered(path, course, wrong), encoding="utf-8")

    def pages(self) -> list[str]:
        folder = self.home / NAME / "feedback"
        return [path.read_text(encoding="utf-8") for path in folder.rglob("*.html")]


REAL = os.geteuid() == 0 and shutil.which("setpriv") is not None
NAMES = ("daemon", "bin", "mail") if REAL else ("ada", "bob", "zoe")  # users of every system


@pytest.fixture(scope="module")
def place(course_copy):
    """The course in a folder that every user can walk into, and its students' folders beside it."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        root = Path(folder)
        shutil.copytree(course_copy.root, root / "course")
        yield Course(root / "course"), root


def test_the_exchange_with_three_users(place):
    course, root = place
    plan(course)
    nbgrader(course, "generate_assignment", NAME, "--force")
    nbgrader(course, "release_assignment", NAME)
    right, wrong, late = (Student(name, root / name, course.root / ".exchange") for name in NAMES)
    for student in (right, wrong, late):
        student.nbgrader("fetch_assignment", NAME)
        student.work(course, wrong=student is wrong)
    right.nbgrader("submit", NAME)
    wrong.nbgrader("submit", NAME)
    plan(course, due=datetime.now(UTC).isoformat())
    late.nbgrader("submit", NAME)

    assert "cheating attempt" not in nbgrader(course, "collect", NAME) or not REAL
    assert sorted(path.name for path in (course.nbgrader_root / "submitted").iterdir()) == sorted(
        NAMES
    )
    autograder(course, "grade", NAME)
    with gradebook_of(course) as book:  # the written question, as in formgrader
        for name in NAMES:
            grade = book.find_grade("written-gap", NAME, NAME, name)
            grade.manual_score, grade.needs_manual_grade = 8, False
        book.db.commit()
    nbgrader(course, "generate_feedback", NAME, "--force")
    nbgrader(course, "release_feedback", NAME)
    scores = {right: 60.0, wrong: 57.0, late: 54.0}
    for student, score in scores.items():
        student.nbgrader("fetch_feedback", NAME)
        [page] = student.pages()
        assert f"(Score: {score} / 60.0)" in page
        assert ("The output is not divided by the keep probability" in page) == (student is wrong)
        assert ("Late submission penalty (Score: -6.0)" in page) == (student is late)

    feedback = course.root / ".exchange" / "neural-networks" / "feedback"
    assert len(list(feedback.glob("*.html"))) == 3
    if REAL:  # its files have names that only their student can compute, and it cannot be listed
        listed = subprocess.run([*right.become(), "ls", feedback], capture_output=True, text=True)
        assert listed.returncode != 0 and "Permission denied" in listed.stderr

    autograder(course, "export", "--to", "csv", "--output", root / "grades.csv")
    with open(root / "grades.csv", newline="") as file:
        table = {row["student"]: row for row in csv.DictReader(file)}
    assert {n: float(row[f"{NAME} ({POINTS})"]) for n, row in table.items()} == {
        student.name: score for student, score in scores.items()
    }


GIT = ("git", "-c", "user.name=zoe", "-c", "user.email=zoe@example.org")
WORKSHEET = """Identifier,Full name,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade)
Participant 7001,Ada Lovelace,Submitted,,60.00,Yes,-
Participant 7002,Bob Builder,Submitted,,60.00,Yes,-
"""


def test_a_folder_and_a_repository_up_to_grades_and_feedback(course_copy, tmp_path):
    course = course_copy
    plan(course, due="2026-09-21T22:00:00Z")
    autograder(course, "release", NAME, "--to", tmp_path / "student")
    released = tmp_path / "student" / "assignments" / NAME / f"{NAME}.ipynb"
    for name, wrong in (("Ada Lovelace_7001", False), ("Bob Builder_7002", True)):
        folder = tmp_path / "moodle" / f"{name}_assignsubmission_file_"
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_text(answered(released, course, wrong), encoding="utf-8")
    clone = tmp_path / "clones" / "03-regularization-zoe"
    shutil.copytree(tmp_path / "student", clone)
    path = clone / "assignments" / NAME / f"{NAME}.ipynb"
    path.write_text(answered(released, course, wrong=False), encoding="utf-8")
    subprocess.run([*GIT, "init", "-q", clone], check=True)
    subprocess.run([*GIT, "-C", clone, "add", "."], check=True)
    late = os.environ | {"GIT_COMMITTER_DATE": "2026-09-22T23:00:00+00:00"}
    subprocess.run([*GIT, "-C", clone, "commit", "-q", "-m", "Hand in"], check=True, env=late)

    autograder(course, "grade", NAME, "--from", tmp_path / "moodle")
    autograder(course, "grade", NAME, "--from", tmp_path / "clones")
    reports = course.nbgrader_root / "reports" / NAME
    assert re.search(
        r"\| zoe \|.*\| 40 \| 60 \| open \|.*12 points off for",
        (reports / "summary.md").read_text(),
    )
    results = json.loads((reports / "gradescope" / "zoe" / "results.json").read_text())
    assert results["score"] == 40

    (tmp_path / "worksheet.csv").write_text(WORKSHEET)
    told = autograder(
        course, "export", NAME, "--to", "moodle", "--template", tmp_path / "worksheet.csv", "--output",
        tmp_path / "filled.csv", "--even-open",
    )  # fmt: skip
    filled = (tmp_path / "filled.csv").read_text()
    assert filled == WORKSHEET.replace("ed,,60", "ed,52,60", 1).replace("ed,,60", "ed,49,60", 1)
    assert "not found in worksheet.csv, so not exported: zoe." in told
    back = ("return", NAME, "--to")
    autograder(course, *back, tmp_path / "back.zip", "--like", tmp_path / "moodle")
    autograder(course, *back, tmp_path / "clones", "--like", tmp_path / "clones")
    autograder(course, *back, tmp_path / "feedback")
    assert (tmp_path / "back.zip").is_file()
    page = (clone / "feedback" / f"{NAME}.html").read_text()
    assert page == (tmp_path / "feedback" / "zoe" / f"{NAME}.html").read_text()
    assert "Late submission penalty (Score: -12.0)" in page


PAGE = ROOT / "docs" / "grades.md"
PROGRAMS = {
    "autograder": [sys.executable, "-m", "autograder.cli"],
    "nbgrader": [str(BIN / "nbgrader")],
}
BY_STUDENTS = ("fetch_assignment", "submit", "fetch_feedback")
FILES = {
    "gradebook.csv": "Student,ID,SIS Login ID,Section,03_regularization (901),Homework 3 (902),Override Score\n"
    "    Points Possible,,,,60,60,\nAda Lovelace,1001,ada,A,,,\n",
    "worksheet.csv": WORKSHEET,
    "exported.csv": "First name,Surname,ID number,Email address,Assignment: Regularization (Real),Course grade (Real)\n"
    "Ada,Lovelace,S-1,ada@uni.example,-,-\n",
    "roster.csv": "Name,Email,SID\nAda Lovelace,ada@uni.example,S-1\n",
    "students-known.csv": "id,first_name,last_name,email,lms_user_id\nzoe,Zoe,Q,zoe@uni.example,1003\n",
}


def shown_commands() -> list[list[str]]:
    """The commands of the page, in order."""
    lines = [line.strip() for line in PAGE.read_text().splitlines() if line.startswith("    ")]
    return [shlex.split(line) for line in lines if line.startswith(("autograder ", "nbgrader "))]


def test_the_pages_plan_can_be_read(course_copy):
    lines = PAGE.read_text().split("## The exchange")[0].splitlines()
    shown = [line[4:] for line in lines if line.startswith("    ")]
    (course_copy.root / "course.toml").write_text("\n".join(shown))
    plan = read_plan(course_copy)
    assert (plan.drop_lowest, plan.late.days, plan.of(NAME).weight) == (1, 5, 2)
    assert plan.of(NAME).due.astimezone(UTC) == datetime(2026, 9, 21, 21, 59, tzinfo=UTC)


def test_every_command_of_the_page(tmp_path):
    """Typed one after the other; students' by whoever runs the test, as that is who nbgrader sees."""
    course = copy_course(COURSE, tmp_path / "course")
    plan(course)
    me = pwd.getpwuid(os.getuid()).pw_name
    home = tmp_path / "home"
    home.mkdir()
    (home / "nbgrader_config.py").write_text(CONFIG.format(root=str(course.root / ".exchange")))
    for name, text in FILES.items():
        (course.root / name).write_text(text)
    answer = answered(course.assignment(NAME).path, course, wrong=False)
    with zipfile.ZipFile(course.root / "submissions.zip", "w") as archive:
        archive.writestr(f"Ada Lovelace_7001_assignsubmission_file_/{NAME}.ipynb", answer)
    clone = course.root / "clones" / "zoe"
    subprocess.run([*GIT, "init", "-q", clone], check=True)
    (clone / f"{NAME}.ipynb").write_text(answer)
    commands = shown_commands()
    assert len(commands) > 20
    for program, *arguments in commands:
        done = subprocess.run(
            [*PROGRAMS[program], *arguments],
            cwd=home if arguments[0] in BY_STUDENTS else course.root,
            env=os.environ
            | {
                "PYTHONPATH": str(ROOT),
                "OMP_NUM_THREADS": "1",
                "JUPYTER_DATA_DIR": str(home / "jupyter"),
            }
            | {"PATH": os.pathsep.join([str(BIN), os.environ["PATH"]])},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{program} {arguments}: {done.stderr[-2000:]}"
    canvas = list(csv.reader((course.root / "canvas.csv").read_text().splitlines()))
    assert canvas[2][4:] == ["", "52", "86.67"]
    moodle = (course.root / "moodle.csv").read_text()
    assert "Ada,Lovelace,S-1,ada@uni.example,52,86.67" in moodle
    students = {path.name for path in (course.root / "feedback").iterdir()}
    assert students == {me, "Ada_Lovelace", "zoe"}
    assert (clone / "feedback" / f"{NAME}.html").is_file()
    assert len(list(home.rglob("feedback/*/*.html"))) == 1
    with zipfile.ZipFile(course.root / "feedback.zip") as archive:
        assert archive.namelist() == [f"Ada Lovelace_7001_assignsubmission_file_/{NAME}.html"]

"""The README's commands, and those of the README that students get, run as they stand and in their order."""

import csv
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from autograder.grading.course import Course, answer_id, grade_id
from autograder.grading.sample import SampleClass
from tests.ci.conftest import clone, clone_bare, git
from tests.ci.runner import Runner
from tests.conftest import ROOT

NAME = "01_setup"
NOTEBOOK = f"assignments/{NAME}/{NAME}.ipynb"
ADDRESS = "https://git.example.org/course/student.git"
ELSEWHERE = {  # commands that other tests run, and where
    "make demo": "tests/test_demo.py",
    "make test": ".ci/run",
    "jupyter lab": "tests/browser/test_assignment.py",
}
HERE = ("README.md", "docs/grading.md", "docs/instructor.md", "docs/publishing.md")
RUN_BY = {  # other pages, and the tests that run their commands
    "docs/ci.md": "tests/ci/test_docs.py::test_the_commands_of_the_page",
    "docs/jupyterhub.md": "tests/hub/test_docs.py::test_the_commands_for_trying",
    "docs/grades.md": "tests/grading/test_exchange.py::test_every_command_of_the_page",
    "docs/leaderboard.md": "tests/grading/test_leaderboard.py::test_the_commands_of_the_page",
    "docs/many-machines.md": "tests/grading/test_cluster.py::test_the_commands_of_the_page",
    "docs/new-exercise.md": "tests/grading/test_new.py::test_its_tests_fail_until_it_is_filled_in",
    "docs/overview.md": "tests/grading/test_overview.py::test_every_command_of_the_page",
    "docs/postgresql.md": "tests/grading/test_postgresql.py::test_the_page",
    "docs/regrading.md": "tests/grading/test_regrade.py::test_the_commands_of_the_page",
}
TOOLS = r"autograder|cd|git|jupyter|make|nbgrader|pip|python3?|\."
COMMAND = re.compile(rf"^    ((?:{TOOLS}) .*)$", re.MULTILINE)


def commands(path):
    """The commands of a page, without the remarks behind them."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return [re.sub(r"\s{2,}#.*", "", command).strip() for command in COMMAND.findall(text)]


def test_every_page_with_commands_has_a_test_that_runs_them():
    pages = ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
    shown = {page for page in pages if commands(page)}
    assert shown == {*HERE, *RUN_BY}
    for test in RUN_BY.values():
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text()
    for file in ELSEWHERE.values():
        assert (ROOT / file).is_file()


def test_every_target_of_make_that_is_shown_starts_what_is_there():
    """What takes long or stays running is dry-run here: its modules and tools exist."""
    readme = (ROOT / "README.md").read_text()
    targets = set(re.findall(r"`make ([a-z-]+)`|^    make ([a-z-]+)", readme, re.MULTILINE))
    names = sorted({first or second for first, second in targets})
    assert {"demo", "lab", "bench", "sync", "format", "test-full"} <= set(names)
    done = subprocess.run(["make", "-n", *names], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    started = re.findall(r"python -m ((?:autograder|publish|tests)\.[\w.]+)", done.stdout)
    assert len(started) > 8
    files = [ROOT / f"{module.replace('.', '/')}.py" for module in started]
    assert all(file.is_file() for file in files), files


@pytest.fixture(scope="module")
def course(whole_course):
    """The course as a clone of it would be, in git, on a machine that was prepared by `make`."""
    for name in ("README.md", "docs", "course.toml", ".gitignore"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copyfile
        copy(ROOT / name, whole_course.root / name)
    (whole_course.root / ".venv" / "bin").mkdir(parents=True)
    (whole_course.root / ".venv" / "bin" / "activate").touch()
    return whole_course


@pytest.fixture(scope="module")
def runner(course, tmp_path_factory):
    """A machine on which the address of the README leads to an empty repository."""
    base = course.root.parent
    published = base / "published.git"
    git(base, "init", "--quiet", "--bare", "--initial-branch=main", str(published))
    allowed = {"GIT_ALLOW_PROTOCOL": "file", "AUTOGRADER_SECRET": "for the README"}
    machine = Runner(course.root, tmp_path_factory.mktemp("machine") / "home", allowed)
    (machine.home / ".gitconfig").write_text(
        f'[user]\nname = a\nemail = a@example.org\n[url "file://{published}"]\ninsteadOf = {ADDRESS}\n'
    )
    return machine


def hand_in(course, notebook, wrong=()):
    """The released notebook with the solution's answers, but for exercises that are left as they were."""
    samples = SampleClass(course.assignment(NAME))
    answers = {answer_id(name) for name in samples.exercises if name not in wrong}
    for cell in notebook.cells:
        if grade_id(cell) in answers:
            cell.source = samples.solutions[grade_id(cell)]
    return notebook


@pytest.mark.timeout(1200)
def test_an_instructor_follows_the_readme(course, runner):
    """Release, publish, three hand-ins as a system packs them, grades, feedback, export; then the same by git."""
    lines = [line for line in commands("README.md") if line not in ELSEWHERE]
    ends = [i for i, line in enumerate(lines) if line.startswith(("cd -", "autograder export"))]
    release, grade, collect = lines[: ends[0] + 1], lines[ends[0] + 1 : ends[1] + 1], lines[ends[1] + 1 :]  # fmt: skip
    assert [len(release), len(grade), len(collect)] == [8, 3, 3]

    assert runner.run("\n".join(release), {}), runner.log
    base = course.root.parent
    student = clone(base / "published.git", base / "seen")
    released = nbformat.read(student / NOTEBOOK, 4)
    assert "BEGIN SOLUTION" not in str(released)
    works = {
        "ada": hand_in(course, nbformat.read(student / NOTEBOOK, 4)),
        "ben": hand_in(course, nbformat.read(student / NOTEBOOK, 4), ["activations.elu"]),
        "cem": released,
    }
    with zipfile.ZipFile(base / "submissions.zip", "w") as archive:
        for number, (name, work) in enumerate(works.items()):
            archive.writestr(f"{name}_471{number}_90{number}_{NAME}.ipynb", nbformat.writes(work))

    assert runner.run("\n".join(grade), {}), runner.log
    points = {row["student"].split("_")[0]: float(row["total"]) for row in table(course)}
    checks = course.assignment(NAME).checks
    full = sum(check.exercise.points for check in checks.values())
    left_out = checks["activations.elu"].exercise.points
    deserved = {"ada": full, "ben": full - left_out, "cem": 0}
    assert points == deserved
    with zipfile.ZipFile(base / "feedback.zip") as archive:
        assert len([name for name in archive.namelist() if name.endswith(".html")]) == 3
    assert len((course.root / "grades.csv").read_text().splitlines()) == 4

    with open(course.root / "students.csv", "w") as file:
        print("student,repository", file=file)
        for name, work in works.items():
            folder = clone(base / "published.git", base / f"work-{name}")
            nbformat.write(work, folder / NOTEBOOK)
            if name != "cem":
                git(folder, "commit", "--quiet", "--all", "--message=done")
            clone_bare(folder, base / f"{name}.git")
            print(f"{name},file://{base}/{name}.git", file=file)
    assert runner.run("\n".join(collect), {}), runner.log
    collected = {row["student"]: float(row["total"]) for row in table(course)}
    assert {name: collected[name] for name in works} == deserved


def table(course):
    report = course.nbgrader_root / "reports" / NAME / "grades.csv"
    return list(csv.DictReader(report.read_text().splitlines()))


def test_grading_again_does_nothing_again(course, runner):
    """What docs/grading.md shows, for the assignment that is released here."""
    assert commands("docs/grading.md") == [
        "autograder grade 03_regularization",
        "autograder grade 03_regularization --from submissions.zip",
    ]
    shutil.copy(course.root.parent / "submissions.zip", course.root)
    lines = [line.replace("03_regularization", NAME) for line in commands("docs/grading.md")]
    assert runner.run("\n".join(lines), {}), runner.log


def test_a_student_follows_the_readme(course, runner, tmp_path):
    """What the students' README shows, in the environment that is there."""
    folder = clone(course.root.parent / "published.git", tmp_path / "mine")
    shown = commands(folder / "README.md")
    assert shown == [
        "python3 -m venv .venv",
        ". .venv/bin/activate",
        "pip install -e .",
        "jupyter lab",
        "autograder check assignments/*/*.ipynb",
        "autograder update NEW_FOLDER_OR_ZIP",
    ]
    machine = Runner(folder, tmp_path / "home")
    assert not machine.run(shown[4], {})
    assert "not attempted" in machine.log and "0 of 81 points" in machine.log
    work = hand_in(course, nbformat.read(folder / NOTEBOOK, 4))
    nbformat.write(work, folder / NOTEBOOK)
    assert machine.run(shown[4], {}), machine.log
    new = course.root.parent / "student"
    assert machine.run(shown[5].replace("NEW_FOLDER_OR_ZIP", str(new)), {}), machine.log
    assert "is up to date" in machine.log
    assert machine.run("autograder doctor", {}), machine.log


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_student_installs_as_the_readme_says(course, tmp_path):
    """On an empty machine with a network: the environment is made, and the notebook is checked in it."""
    folder = clone(course.root.parent / "published.git", tmp_path / "mine")
    shown = commands(folder / "README.md")
    machine = Runner(folder, tmp_path / "home", prepared=False)
    machine.environment["PATH"] = f"{sys.base_prefix}/bin:/usr/local/bin:/usr/bin:/bin"
    done = machine.run("\n".join([*shown[:3], "jupyter lab --version", "autograder doctor"]), {})
    assert done, machine.log
    assert not machine.run("\n".join([shown[1], shown[4]]), {})
    assert "0 of 81 points" in machine.log


@pytest.mark.full
@pytest.mark.timeout(900)
def test_the_capstone_is_varied_as_the_instructors_page_says(course, runner):
    shutil.copytree(ROOT / "assignments" / "reference", course.nbgrader_root / "reference")
    lines = commands("docs/instructor.md")
    assert [line.split()[0] for line in lines] == ["python", "autograder"]
    assert runner.run("\n".join(lines), {"PYTHONPATH": str(course.root)}), runner.log
    assert (course.root / "student" / "assignments" / "10_capstone" / "checks.json").is_file()


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_slides_and_books_are_made_as_their_page_says(tmp_path):
    """By `make`, in a clone whose environment is the one that the tests run in."""
    shown = commands("docs/publishing.md")
    assert shown == ["make slides", "make book", "make book-students"]
    folder = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(ROOT), str(folder))
    (folder / ".venv").mkdir()
    for path in Path(sys.prefix).iterdir():
        if path.name != ".ready":
            (folder / ".venv" / path.name).symlink_to(path)
    (folder / ".venv" / ".ready").touch()
    machine = Runner(folder, tmp_path / "home", prepared=False)
    assert machine.run("\n".join(shown), {}), machine.log
    text = (folder / "docs" / "publishing.md").read_text()
    for page in re.findall(r"# (build/[\w/-]+\.html)", text):
        assert (folder / page).is_file(), page


def test_the_course_of_the_readme_is_this_one():
    assert NAME in Course(ROOT).assignments()

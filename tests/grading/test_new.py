"""`autograder new`: a skeleton whose tests fail until it is filled in, and pass then."""

import shutil
import subprocess
import sys

import pytest

from autograder.grading.course import Course, CourseError
from autograder.grading.new import new_exercise
from tests.conftest import ROOT

PARTS = ("autograder", "utils", "lectures/texts", "tests/__init__.py", "tests/conftest.py")
PARTS += ("tests/assignments/__init__.py", "tests/assignments/conftest.py")
PARTS += tuple(f"tests/assignments/{name}.py" for name in ("suite", "mutants", "workbench"))
FILES = ("nbgrader_config.py", "pyproject.toml", "jupytext.toml", *PARTS)
RIGHT = "def halve(x):\n    return {}\n"
WRONG = {
    "doubled": "x * 2",
    "untouched": "x.clone()",
    "negative": "x / -2",
    "squared": "x * x / 2",
    "float32": "x.float() / 2",
    "in_place": "x.div_(2)",
}


@pytest.fixture
def course(tmp_path):
    """The course without its assignments."""
    for name in FILES:
        source, target = ROOT / name, tmp_path / "course" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copyfile(source, target)
    (tmp_path / "course" / "assignments").mkdir()
    return Course(tmp_path / "course")


def run(course, *command):
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=course.root, capture_output=True, text=True
    )


def run_suite(course):
    done = run(
        course, "pytest", "-q", "-p", "no:cacheprovider", "-m", "not full", "tests/assignments"
    )
    return done.returncode, done.stdout


def replace(path, *pairs):
    text = path.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def fill_in(course):
    """What an author writes: the least that makes an exercise."""
    text = course.nbgrader_root / "texts" / "11_halves.py"
    replace(text, ("raise NotImplementedError", "return x / 2"), ("| 10 | 4 |", "| 60 | 4 |"))
    sentences = "".join(
        f'        "{name}": "The half is {name}, as it should not be.",\n' for name in WRONG
    )
    module = course.root / "autograder" / "exercises" / "halves.py"
    replace(
        module,
        ("mistakes = {}", "mistakes = {\n" + sentences + "    }"),
        ("Its title, as it stands there", "Activation functions"),
    )
    right = {"times": "x * 0.5", "minus": "x - x / 2", "numerically": "x.mul(1 / 2)"}
    cells = [("right", *answer) for answer in right.items()]
    cells += [("wrong", *answer) for answer in WRONG.items()]
    answers = (
        f"# %% halves.halve {kind}: {name}\n{RIGHT.format(code)}" for kind, name, code in cells
    )
    (course.answers / "halves.py").write_text('"""Known answers."""\n\n' + "\n\n".join(answers))


@pytest.mark.full
@pytest.mark.timeout(600)
def test_its_tests_fail_until_it_is_filled_in(course):
    done = run(course, "autograder.cli", "new", "halves.halve", "11_halves")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Wrote ") == 4 and "docs/new-exercise.md" in done.stdout
    assert run(course, "autograder.texts").returncode == 0
    status, said = run_suite(course)
    assert status == 1 and "six_wrong_answers" in said, said

    fill_in(course)
    assert run(course, "autograder.texts").returncode == 0
    done = run(course, "autograder.cli", "release", "11_halves", "--to", "../student")
    assert done.returncode == 0, done.stderr
    status, said = run_suite(course)
    assert status == 0, said


def test_a_second_exercise_is_added_to_the_text(course):
    new_exercise(course, "halves.halve", "11_halves")
    text = course.nbgrader_root / "texts" / "11_halves.py"
    first = text.read_text()
    assert text in new_exercise(course, "thirds.third", "11_halves")
    assert text.read_text().startswith(first) and "## Exercise 2: Third" in text.read_text()


@pytest.mark.parametrize(
    "name, assignment", [("halve", "11_halves"), ("halves.Halve", "11_halves"), ("a.b", "halves")]
)
def test_names_of_another_form_are_refused(course, name, assignment):
    with pytest.raises(CourseError, match="is named"):
        new_exercise(course, name, assignment)
    assert not any(course.nbgrader_root.iterdir())


def test_what_exists_is_left_alone(course):
    with pytest.raises(CourseError, match="exists"):
        new_exercise(course, "dropout.third", "11_halves")
    assert not any(course.nbgrader_root.iterdir())

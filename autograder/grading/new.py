"""A new exercise's skeleton: a piece of notebook text, one module, one file of answers, and a test that fails until
they are filled in. docs/new-exercise.md goes on from there."""

import re
from pathlib import Path
from string import Template

from autograder.files import write_atomically
from autograder.grading.course import Course, CourseError, answer_id

TEMPLATES = Path(__file__).parent / "templates" / "new"
NAME = re.compile(r"([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)")
ASSIGNMENT = re.compile(r"\d\d_[a-z][a-z0-9_]*")


def new_exercise(course: Course, name: str, assignment: str) -> list[Path]:
    """Write the skeleton of an exercise into the course; the files made or added to.

    name  "topic.exercise"; the topic's module must not exist yet, its answers neither
    assignment  "11_topic"; where its text exists, the exercise is added at its end

    Raises CourseError, with nothing written, where a name has another form or a file is in the way.
    """
    if not NAME.fullmatch(name):
        raise CourseError(
            f"An exercise is named topic.exercise, in small letters; {name!r} is not."
        )
    if not ASSIGNMENT.fullmatch(assignment):
        raise CourseError(f"An assignment is named like 11_topic; {assignment!r} is not.")
    topic, exercise = name.split(".")
    module = course.root / "autograder" / "exercises" / f"{topic}.py"
    answers = course.answers / f"{topic}.py"
    for path in (module, answers):
        if path.exists():
            raise CourseError(f"{path} exists: add a second exercise of the topic there by hand.")
    text = course.nbgrader_root / "texts" / f"{assignment}.py"
    test = course.root / "tests" / "assignments" / f"test_{assignment}.py"
    before = text.read_text(encoding="utf-8") if text.exists() else ""
    words = {
        "name": name,
        "function": exercise,
        "class_name": "".join(word.capitalize() for word in exercise.split("_")),
        "title": exercise.replace("_", " ").capitalize(),
        "grade_id": answer_id(name),
        "assignment": assignment,
        "number": str(before.count("# ## Exercise ") + 1),
    }
    files = {
        text: (before or _filled("first", words)) + _filled("piece", words),
        module: _filled("exercise", words),
        answers: _filled("answers", words),
    }
    if not test.exists():
        files[test] = _filled("test", words)
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    return list(files)


def _filled(template: str, words: dict[str, str]) -> str:
    return Template((TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")).substitute(words)

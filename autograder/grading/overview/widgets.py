"""The overview in JupyterLab: choose an exercise, a student or a pair, and read what the page shows of it."""

from collections.abc import Callable
from dataclasses import dataclass

import ipywidgets

from autograder.grading.alike import Pair, find_alike
from autograder.grading.course import Assignment, Course
from autograder.grading.overview.advice import on_item
from autograder.grading.overview.gather import Class, Work, gather
from autograder.grading.overview.items import Finding, ItemView, item_views
from autograder.grading.overview.page import css, examples, piece
from autograder.plain import one_line

ANSWERS = 5  # shown of those who made one mistake
MAX_LABEL = 90  # characters of an entry to choose


@dataclass(frozen=True)
class Shown:
    """A class as the notebook holds it."""

    assignment: Assignment
    cls: Class
    views: list[ItemView]

    @property
    def works(self) -> dict[str, Work]:
        return {work.student: work for work in self.cls.works}


def open_class(assignment: str) -> Shown:
    """Read a graded class of the course around the notebook. Raises CourseError where nothing is graded."""
    found = Course.find().assignment(assignment)
    cls = gather(found)
    return Shown(found, cls, item_views(cls))


def exercises(shown: Shown) -> ipywidgets.VBox:
    """Choose an exercise, then one of its mistakes to read answers that made it."""
    mistakes = ipywidgets.VBox()

    def show(view):
        found = [*view.mistakes, *view.unnamed]
        options = [(_label(finding), finding) for finding in found]
        mistakes.children = [_chooser("Mistake", options, answers_of(view))] if found else []
        return piece("item", view, on_item(view), shown.works, 0, "h4")

    def answers_of(view):
        return lambda finding: piece(
            "answers", examples(finding.students, view, shown.works, ANSWERS)
        )

    options = [(_short(view.title), view) for view in shown.views]
    return ipywidgets.VBox([_chooser("Exercise", options, show), mistakes])


def students(shown: Shown) -> ipywidgets.VBox:
    """Choose a student to read the verdicts."""
    options = [(_short(work.student), work) for work in shown.cls.works]
    return _chooser("Student", options, lambda work: piece("student", work, shown.cls.items))


def pairs(shown: Shown) -> ipywidgets.Widget:
    """Choose a pair of submissions to read them side by side."""
    found = find_alike(shown.assignment)
    if not found:
        return ipywidgets.HTML("No pair stands out.")
    options = [(_pair_label(pair), pair) for pair in found]
    return _chooser("Pair", options, lambda pair: piece("pair", pair))


def _chooser(description: str, options: list, show: Callable) -> ipywidgets.VBox:
    """A list to choose from, and below it what `show` makes of the chosen entry."""
    choice = ipywidgets.Dropdown(
        options=options,
        description=description,
        layout={"width": "min(46rem, 100%)"},
    )
    page = ipywidgets.HTML()

    def update(_=None):
        page.value = f"<style>{css()}</style>{show(choice.value)}"

    choice.observe(update, "value")
    update()
    return ipywidgets.VBox([choice, page])


def _label(finding: Finding) -> str:
    count = len(finding.students)
    return _short(f"{count} – {finding.name or finding.says}")


def _pair_label(pair: Pair) -> str:
    return _short(f"{pair.similarity:.0%} – {pair.first} and {pair.second}")


def _short(text):
    line = one_line(text)
    return line if len(line) <= MAX_LABEL else f"{line[: MAX_LABEL - 1]}…"

"""Late work: penalties by the rule of course.toml, in every path that grades or writes feedback.

nbgrader_config.py names `CourseLateRule` as nbgrader's late submission plugin
(https://nbgrader.readthedocs.io/en/stable/plugins/late-plugin.html), and the two hooks of this module.
"""

from pathlib import Path

from nbgrader.plugins import LateSubmissionPlugin

from autograder.grading.book import Book
from autograder.grading.course import Assignment, Course
from autograder.grading.feedback import write_feedback
from autograder.grading.plan import read_plan


class CourseLateRule(LateSubmissionPlugin):
    """The rule of course.toml, as a share of all points of the notebook, those given by hand among them."""

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float:
        step = self.parent
        course = Course.find(Path(self.config.CourseDirectory.root))
        notebook = step.gradebook.find_notebook(step.notebook_id, step.assignment_id)
        return read_plan(course).late.penalty(total_seconds_late, score, notebook.max_score)


def settle(assignment: Assignment) -> list[str]:
    """Bring due date, penalties and the feedback that shows them to what course.toml and the points say now.

    Points given by hand change how much a penalty can take, and a date may have moved. Returns the students whose
    penalty changed. Raises CourseError where course.toml cannot be read.
    """
    course, name = assignment.course, assignment.name
    changed = Book(course).settle(name)
    for student in changed:
        if (course.nbgrader_root / "feedback" / student / name / f"{name}.html").is_file():
            write_feedback(course, assignment, student)
    return changed


def date_release(assignment: str, student: str, notebooks: list[str]) -> None:
    """GenerateAssignment.post_convert_hook: the gradebook learns when the assignment is due."""
    folder = Path(notebooks[0]).resolve().parent
    Book(Course.find(folder)).date(folder.name)


def settle_before_feedback(assignment: str, student: str, notebooks: list[str]) -> None:
    """GenerateFeedback.pre_convert_hook: the page shows the penalty that points given by hand lead to."""
    folder = Path(notebooks[0]).resolve().parent
    Book(Course.find(folder)).settle(folder.name, folder.parent.name)

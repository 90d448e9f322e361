"""A table of the class for people and spreadsheets."""

from autograder.grading.export.sheet import number, written
from autograder.grading.plan import Plan
from autograder.grading.reports import harmless
from autograder.grading.totals import Grades, course_grade


def table(grades: Grades, plan: Plan) -> str:
    """One row a student: points by assignment, empty where nothing was handed in, and the course grade in percent."""
    header = ["student", "name", "email"]
    header += [f"{name} ({number(most)})" for name, most in grades.points.items()]
    rows = [[*header, "course grade (%)", "dropped", "late", "open"]]
    for student in grades.students:
        marks = student.marks
        percent, dropped = course_grade(plan, grades.points, marks)
        late = [f"{name} -{number(mark.penalty)}" for name, mark in marks.items() if mark.penalty]
        waiting = [name for name, mark in marks.items() if mark.is_open]
        points = [number(marks[name].total) if name in marks else "" for name in grades.points]
        course = "" if percent is None else number(percent)
        lists = [", ".join(part) for part in (dropped, late, waiting)]
        texts = [harmless(text) for text in (student.id, student.name, student.email)]
        rows.append([*texts, *points, course, *lists])
    return written(rows)

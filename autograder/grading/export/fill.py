"""Filling grades into the cells of a file that a learning management system exported."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from autograder.grading.course import CourseError
from autograder.grading.export.people import Keys, match
from autograder.grading.export.sheet import Sheet, number
from autograder.grading.plan import Plan
from autograder.grading.totals import Grades, course_grade

TOTAL = "total"  # what --column calls the course grade


@dataclass(frozen=True)
class Column:
    """Where grades of an assignment (or the course grade) go; `maximum` is what they are out of there, if known."""

    name: str
    index: int
    maximum: float | None = None


@dataclass(frozen=True)
class Row:
    """A student's row: its number, how to call the student in a sentence, what to recognize the student by."""

    index: int
    shown: str
    keys: Keys


def find_columns(
    sheet: Sheet,
    titles: dict[int, str],
    assignments: list[str],
    named: dict[str, str],
    wanted: bool,
) -> tuple[dict[str, int], list[str]]:
    """The column of each assignment, and sentences on those that have none.

    titles  of the columns that take grades, as the system shows them, by number
    named   columns that the instructor named, by assignment
    wanted  whether the instructor named the assignments, so that each must have its column

    Raises CourseError where no column fits, or two do.
    """
    found, missing = {}, []
    for name in [*assignments, *({TOTAL} & named.keys())]:
        text = named.get(name)
        fitting = [
            index
            for index, title in titles.items()
            if (text in (title, sheet.header[index]) if text else _fits(name, title))
        ]
        if len(fitting) == 1 and fitting[0] not in found.values():
            found[name] = fitting[0]
        elif fitting or text or wanted:
            what = text or name
            raise CourseError(
                f"{sheet.path} has {'more than one column' if fitting else 'no column'} for {what!r}. "
                f"Name one with --column {name}=COLUMN; there is: {', '.join(titles.values()) or 'none'}."
            )
        else:
            missing.append(name)
    if not found:
        raise CourseError(
            f"{sheet.path} has no column for {', '.join(assignments)}. Name one with --column "
            f"{assignments[0]}=COLUMN; there is: {', '.join(titles.values()) or 'none'}."
        )
    told = [f"Not exported, as there is no column for it: {', '.join(missing)}."] if missing else []
    return found, told


def _fits(name, title):
    """Whether a column is called like an assignment, with or without the number before its name."""
    words = _plain(title)
    return words in (_plain(name), _plain(re.sub(r"^\d+[\W_]+", "", name)))


def _plain(text):
    return re.sub(r"[\W_]+", " ", text).strip().casefold()


def fill(
    sheet: Sheet,
    rows: list[Row],
    columns: list[Column],
    grades: Grades,
    people: dict[str, Keys],
    plan: Plan,
    kept: Callable[[list[str], int], str] = lambda cells, index: "",
    caps: bool = False,
) -> list[str]:
    """Write grades into their cells and leave all others; sentences on what was scaled, left out or left as it was.

    kept  why a cell of a row is not for us to change, "" where it is; one that is excused does not count in the total
    caps  whether the system passes over grades above the maximum, so that the maximum is written
    """
    students = {student.id: student for student in grades.students}
    owners = match([row.keys for row in rows], people)
    told = _scales(columns, grades)
    left: dict[str, list[str]] = {}

    def leave(why, column, row):
        left.setdefault(f"{column.name}, {why}", []).append(row.shown)

    for number_of_row, row in enumerate(rows):
        if number_of_row not in owners:
            continue
        student, cells, excused = students[owners[number_of_row]], sheet.rows[row.index], set()
        for column in sorted(columns, key=lambda column: column.name == TOTAL):
            why = kept(cells, column.index)
            grade = _grade(column, grades, student, plan, excused)
            if why or grade is None:
                excused |= {column.name} if why else set()
                leave(f"{why or 'handed in nothing'}, so the cell stays", column, row)
            elif caps and column.maximum is not None and grade > column.maximum:
                leave(f"more than the maximum, so {number(column.maximum)}", column, row)
                cells[column.index] = number(column.maximum)
            else:
                cells[column.index] = number(grade)
    told += [f"{why}: {', '.join(names)}." for why, names in left.items()]
    return told + _strangers(sheet, rows, owners, grades)


def _grade(column, grades, student, plan, excused):
    if column.name == TOTAL:
        points = {name: most for name, most in grades.points.items() if name not in excused}
        percent, _ = course_grade(plan, points, student.marks)
        return percent and percent * (column.maximum or 100) / 100
    if column.name not in student.marks:
        return None
    most = grades.points[column.name]
    scale = column.maximum / most if column.maximum and most else 1
    return student.marks[column.name].total * scale


def _scales(columns, grades):
    return [
        f"{column.name} has {number(grades.points[column.name])} points here and {number(column.maximum)} there: "
        "its grades were scaled."
        for column in columns
        if column.name != TOTAL and column.maximum not in (None, grades.points[column.name])
    ]


def _strangers(sheet, rows, owners, grades) -> list[str]:
    """Who is only on one side, or could be two."""
    unknown = [row.shown for i, row in enumerate(rows) if i not in owners]
    absent = [s.id for s in grades.students if s.marks and s.id not in owners.values()]
    told = []
    if unknown:
        told.append(f"In {sheet.path.name}, but not in the gradebook: {', '.join(unknown)}.")
    if absent:
        told.append(
            f"In the gradebook, but not found in {sheet.path.name}, so not exported: {', '.join(absent)}."
        )
    return told

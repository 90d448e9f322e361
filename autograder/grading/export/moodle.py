"""Moodle: an assignment's grading worksheet, or the grades of the course, as it exported them and filled in.

The worksheet is read by mod/assign/feedback/offline/importgradeslib.php and locallib.php, the grades of the course by
grade/import/csv/classes/load_data.php, in https://github.com/moodle/moodle; https://docs.moodle.org/en/Grade_import
says of both that what is imported has the form of what is exported.
"""

import re

from autograder.grading.course import CourseError
from autograder.grading.export.fill import TOTAL, Column, Row, fill, find_columns
from autograder.grading.export.people import keys, known_by
from autograder.grading.export.sheet import Sheet, parsed

LOGINS = ("ID number", "Email address", "Username")
NOT_GRADES = (*LOGINS, "First name", "Last name", "Surname", "Institution", "Department")
NOT_GRADES += ("Last downloaded from this course",)
# "Assignment: Title (Real)": Moodle reads points only, and knows no course or category total
ITEM = re.compile(
    r"(?:(?:Assignment|External tool|Quiz|Manual item): )?(?P<title>.*?)(?: \(Real\))?"
)
NO_POINTS = re.compile(
    r".*\((Percentage|Letter|Feedback)\)|Feedback: .*|(.* )?(Course|Category) total( \(Real\))?"
)


def fill_moodle(sheet: Sheet, course, names, grades, plan, named, wanted) -> list[str]:
    """Fill grades into a worksheet or an export of Moodle's, in place; sentences on what was not filled in.

    Raises CourseError where it is neither, or has no column for an assignment.
    """
    if sheet.column("Identifier") is not None and sheet.column("Grade") is not None:
        if named:
            raise CourseError(f"{sheet.path} is a grading worksheet, whose grades have one column.")
        return _worksheet(sheet, course, names, grades, plan)
    if not any(name in sheet.header for name in LOGINS):
        raise CourseError(
            f"{sheet.path} is neither a grading worksheet of Moodle (columns Identifier and Grade) nor an export of "
            "its grades (Email address or ID number): download it with English as your language in Moodle."
        )
    titles = {
        index: ITEM.fullmatch(name)["title"]
        for index, name in enumerate(sheet.header)
        if name not in NOT_GRADES and not NO_POINTS.fullmatch(name)
    }
    found, told = find_columns(sheet, titles, names, named, wanted)
    columns = [Column(name, index) for name, index in found.items()]
    for name in found:
        most = 100 if name == TOTAL else grades.points[name]
        told.append(f"Its maximum grade in Moodle has to be {most:g}: {name}.")
    people = known_by(course, names, grades.students, "Moodle")
    return told + fill(sheet, _rows(sheet), columns, grades, people, plan)


def _worksheet(sheet, course, names, grades, plan):
    if len(names) != 1:
        raise CourseError(
            f"{sheet.path} is the grading worksheet of one assignment: name which of {', '.join(names)}."
        )
    changed, most = sheet.column("Grade can be changed"), sheet.column("Maximum Grade")
    maxima = [parsed(cells[most]) for cells in sheet.rows[1:]] if most is not None else []
    if None in maxima:
        raise CourseError(
            f"{sheet.path} has a scale in the place of points, which is not supported: let the assignment "
            "have points in Moodle."
        )
    maximum = max(maxima, default=None)

    def kept(cells, index):
        is_locked = changed is not None and cells[changed].strip() == "No"
        return "locked in Moodle's gradebook" if is_locked else ""

    columns = [Column(names[0], sheet.column("Grade"), maximum)]
    people = known_by(course, names, grades.students, "Moodle")
    return fill(sheet, _rows(sheet), columns, grades, people, plan, kept, caps=True)


def _rows(sheet) -> list[Row]:
    number, full = sheet.column("Identifier"), sheet.column("Full name")
    first, last = sheet.column("First name"), sheet.column("Surname", "Last name")
    logins = [sheet.column(name) for name in LOGINS]
    rows = []
    for index, cells in enumerate(sheet.rows[1:], 1):
        parts = [cells[column] for column in (full, first, last) if column is not None]
        name = " ".join(part for part in parts if part)
        # "Participant 123456", which is also the number in the names of what was downloaded
        ids = re.findall(r"\d+$", cells[number].strip()) if number is not None else []
        own = [cells[column] for column in logins if column is not None]
        shown = name or next(filter(None, [*ids, *own]), f"row {index + 1}")
        rows.append(Row(index, shown, keys(ids, own, [name])))
    return rows

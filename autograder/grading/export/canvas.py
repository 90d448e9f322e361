"""Canvas: the gradebook that it exported, filled in, for "Import" in its gradebook.

What the file holds: lib/gradebook_exporter.rb, and what is read of it: lib/gradebook_importer.rb, in
https://github.com/instructure/canvas-lms. A cell that is unchanged changes nothing there.
"""

import re

from autograder.grading.course import CourseError
from autograder.grading.export.fill import Column, Row, fill, find_columns
from autograder.grading.export.people import keys, known_by
from autograder.grading.export.sheet import Sheet, parsed

POINTS = "Points Possible"
READ_ONLY = re.compile(r"read\s+only")  # in the row of points, of all totals but "Override Score"
TEST_STUDENT = ("Student, Test", "Test Student")
KEPT = {"EX": "excused in Canvas", "N/A": "not assigned in Canvas"}


def fill_canvas(sheet: Sheet, course, names, grades, plan, named, wanted) -> list[str]:
    """Fill grades into a gradebook exported from Canvas, in place; sentences on what was not filled in.

    Raises CourseError where it is no such file, or has no column for an assignment.
    """
    header, section = sheet.header, sheet.column("Section")
    number = sheet.column("ID")
    if number is None or section is None or header[0] not in ("Student", "LastName"):
        raise CourseError(
            f"{sheet.path} is no gradebook of Canvas: it has no columns Student, ID and Section. "
            "In Canvas, open Grades, then Export, Export Entire Gradebook."
        )
    points = next((row for row in sheet.rows[1:] if POINTS in row[0]), [""] * len(header))
    titles = {
        index: _title(name)
        for index, name in enumerate(header)
        if index > section and not READ_ONLY.search(points[index])
    }
    found, told = find_columns(sheet, titles, names, named, wanted)
    columns = [Column(name, index, parsed(points[index]) or None) for name, index in found.items()]
    rows = [
        _row(sheet, index, number)
        for index, cells in enumerate(sheet.rows)
        if index and cells[number].strip() and cells[0] not in TEST_STUDENT
    ]
    people = known_by(course, names, grades.students, "Canvas")
    return told + fill(sheet, rows, columns, grades, people, plan, _kept)


def _title(name):
    """Canvas writes its number behind the name of an assignment."""
    return re.sub(r"\s*\(\d+\)$", "", name)


def _row(sheet, index, number):
    cells, first = sheet.rows[index], sheet.column("FirstName")
    logins = [sheet.column(f"{name} ID") for name in ("SIS User", "SIS Login", "Integration")]
    name = cells[0] if first is None else f"{cells[first]} {cells[0]}"
    return Row(
        index,
        name,
        keys(
            [cells[number]],
            [cells[column] for column in logins if column is not None],
            [name],
        ),
    )


def _kept(cells, index):
    return KEPT.get(cells[index].strip().upper(), "")

"""Exporting: settle the penalties, read the class, see that nothing is open, write what a system imports."""

from pathlib import Path

from autograder.files import write_atomically
from autograder.grading.book import Book
from autograder.grading.course import Course, CourseError
from autograder.grading.export.canvas import fill_canvas
from autograder.grading.export.fill import TOTAL
from autograder.grading.export.gradescope import autograder_zip
from autograder.grading.export.moodle import fill_moodle
from autograder.grading.export.plain import table
from autograder.grading.export.sheet import read_sheet
from autograder.grading.grade import students_of
from autograder.grading.intake import arrived
from autograder.grading.late import settle
from autograder.grading.plan import read_plan
from autograder.grading.totals import graded_assignments, read_grades

FILLED = {"canvas": fill_canvas, "moodle": fill_moodle}
SYSTEMS = ("canvas", "moodle", "gradescope", "csv")


def export(
    course: Course,
    system: str,
    assignments: list[str],
    output: Path,
    template: Path | None = None,
    columns: dict[str, str] | None = None,
    even_open: bool = False,
) -> list[str]:
    """Write the grades of these assignments (none: of all that are graded) for one of SYSTEMS to `output`.

    template   what the system exported, to be filled in; a Gradescope roster
    columns    the template's columns, by assignment (or "total"), where they are called otherwise
    even_open  go on although written answers, or whole submissions, are not graded yet

    Returns sentences on all that was not written as one would think. Raises CourseError where nothing can be written,
    OSError where a file cannot be read or written.
    """
    plan, book = read_plan(course), Book(course)
    names = list(dict.fromkeys(assignments)) or graded_assignments(book)
    if not names:
        raise CourseError("Nothing is graded yet: run 'autograder grade ASSIGNMENT' first.")
    chosen = {name: course.assignment(name) for name in names}
    _check_arguments(system, names, columns or {}, template, output)
    for name, assignment in chosen.items():
        if not book.is_released(name):
            raise CourseError(f"{name} is not in the gradebook yet: run 'autograder grade {name}'.")
        settle(assignment)
    grades = read_grades(book, names)
    told = _open(chosen, grades, even_open)
    if plan.late.percent_per_day:
        told += [sentence for name in names for sentence in _late_without_time(chosen[name])]
    sheet = read_sheet(template) if template else None
    if system == "csv":
        content = table(grades, plan)
    elif system == "gradescope":
        content, more = autograder_zip(book, chosen[names[0]], grades, sheet)
        told += more
    else:
        fill = FILLED[system]
        told += fill(sheet, course, names, grades, plan, columns or {}, bool(assignments))
        content = sheet.text()
    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(output, content)
    return told


def _check_arguments(system, names, columns, template, output):
    if system in FILLED and template is None:
        raise CourseError(
            f"What {system.capitalize()} imports is what it exports, filled in: export it there, and name the "
            "file with --template."
        )
    if columns and system not in FILLED:
        raise CourseError("--column names columns of a file that Canvas or Moodle exported.")
    if system == "csv" and template:
        raise CourseError("A plain table needs no --template.")
    if system == "gradescope" and len(names) != 1:
        raise CourseError(
            f"Gradescope takes one assignment at a time: name which of {', '.join(names)}."
        )
    if template and output.resolve() == template.resolve():
        raise CourseError(f"{template} is the template itself: name another file with --output.")
    unknown = [name for name in columns if name not in (*names, TOTAL)]
    if unknown:
        raise CourseError(
            f"--column names {unknown[0]!r}; it can be: {', '.join([*names, TOTAL])}."
        )


def _open(chosen, grades, even_open) -> list[str]:
    """Sentences on what waits for a person, or was never graded. Raises CourseError unless told to go on."""
    waiting = grades.open_ones()
    told = [f"Still to grade by hand: {'; '.join(waiting)}."] if waiting else []
    for name, assignment in chosen.items():
        graded = {student.id for student in grades.students if name in student.marks}
        never = [student for student in students_of(assignment) if student not in graded]
        if never:
            told.append(f"Handed in, but not graded: {name}: {', '.join(never)}.")
    if told and not even_open:
        raise CourseError(
            " ".join([*told, "Grade them first, or export with --even-open what there is."])
        )
    return told


def _late_without_time(assignment) -> list[str]:
    late = [a.student for a in arrived(assignment) if a.late and a.submitted is None]
    if not late or not read_plan(assignment.course).of(assignment.name).due:
        return []
    return [
        f"Late, but the system does not say when, so without a penalty: {assignment.name}: {', '.join(late)}."
    ]

"""The leaderboard of an assignment: who got how many held-out examples right, under pseudonyms, as one HTML page."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from autograder.files import write_atomically
from autograder.grading.course import Assignment, Course, CourseError
from autograder.grading.leaderboard.page import MARK, render
from autograder.grading.leaderboard.pseudonyms import pseudonym
from autograder.grading.leaderboard.ranking import ranked_check
from autograder.grading.leaderboard.results import read_results, reference_count
from autograder.grading.leaderboard.standings import Board
from autograder.grading.plan import read_plan
from autograder.grading.secret import course_secret

PAGE = "index.html"


def the_ranked(course: Course) -> Assignment:
    """The one assignment whose answers can be ranked. Raises CourseError where there is none, or more than one."""
    ranked = [name for name in course.assignments() if ranked_check(course.assignment(name))]
    if len(ranked) != 1:
        known = f"name one of {', '.join(ranked)}" if ranked else "no assignment has such a check"
        raise CourseError(f"A leaderboard ranks the answers to one check: {known}.")
    return course.assignment(ranked[0])


def write_leaderboard(assignment: Assignment, folder: Path) -> tuple[Path, list[str]]:
    """Write the page into a folder, in the place of an earlier one; its path, and what to tell in sentences.

    Raises CourseError where the assignment has nothing to rank by, or where another index.html is in the way.
    """
    check = ranked_check(assignment)
    if check is None:
        raise CourseError(
            f"No check of {assignment.name} counts held-out examples, so there is nothing to rank by."
        )
    page = folder / PAGE
    if page.exists() and MARK not in page.read_text(encoding="utf-8", errors="replace"):
        raise CourseError(f"{page} is there and is no leaderboard: name another folder with --to.")
    plan = read_plan(assignment.course)
    results = read_results(assignment, check)
    listed = {s: r for s, r in results.items() if r.is_measured and s not in plan.unlisted}
    told = _told(results, listed, plan.unlisted)
    names = {student: pseudonym(course_secret(), student) for student in listed}
    shared = [name for name, times in Counter(names.values()).items() if times > 1]
    told += [f"{_those(names, name)} share the pseudonym {name}." for name in shared]
    exercise = check.exercise
    board = Board(
        num_held_out=exercise.num_held_out,
        chance=1 / exercise.num_classes,
        levels=tuple(exercise.levels),
        reference=reference_count(assignment, check),
        counts=[(names[student], result.right) for student, result in listed.items()],
    )
    text = render(board, plan.name, _title(assignment), datetime.now(UTC).date())
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(page, text)
    return page, told


def _told(results, listed, hide):
    """What the instructor should know before publishing."""
    told = []
    left_out = [student for student in results if student not in hide]
    old = [student for student in left_out if results[student].is_old]
    without = [s for s in left_out if not results[s].is_measured and not results[s].is_old]
    flagged = [f"{s} ({', '.join(results[s].flags)})" for s in listed if results[s].flags]
    unknown = [student for student in hide if student not in results]
    if old:
        told.append(f"Measured on other hidden cases, so not listed: {', '.join(old)}.")
    if without:
        told.append(f"Without a measured result, so not listed: {', '.join(without)}.")
    if flagged:
        told.append(
            f"Listed, and to be looked at for the library names used: {', '.join(flagged)}."
        )
    if unknown:
        told.append(f"To be hidden, but nothing of theirs is graded: {', '.join(unknown)}.")
    return told


def _those(names, name):
    return " and ".join(student for student, own in names.items() if own == name)


def _title(assignment):
    """The notebook's own heading."""
    lines = (line for cell in assignment.notebook.cells for line in cell.source.splitlines())
    return next((line[2:].strip() for line in lines if line.startswith("# ")), assignment.name)

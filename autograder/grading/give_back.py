"""Feedback for a class without nbgrader's exchange: as files, or in the form in which the hand-ins came.

Moodle reads the names of folders (fullname_number_assignsubmission_file, mod/assign/feedback/file/importziplib.php in
https://github.com/moodle/moodle), Canvas the two numbers in a file's name, of the student and of the file handed in
(infer_comment_context_from_filename in app/models/assignment.rb, https://github.com/instructure/canvas-lms).
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

from autograder.files import write_atomically
from autograder.grading.book import Book
from autograder.grading.course import Assignment, CourseError
from autograder.grading.feedback import write_feedback
from autograder.grading.intake import arrived
from autograder.grading.intake.files import File, Refused, listed
from autograder.grading.intake.formats import HandIn, Place, recognize
from autograder.grading.late import settle
from autograder.grading.totals import read_grades

MOODLE = "_assignsubmission_file_"


def give_back(assignment: Assignment, to: Path, like: Path | None = None) -> list[str]:
    """Write the feedback that the gradebook leads to now into a folder, or into `to` if that ends in .zip.

    like  the download or the clones that the hand-ins came in; the files take the names that the system reads.
          Default: STUDENT/ASSIGNMENT.html

    Returns sentences on who gets none. Raises CourseError where nothing is graded, or nothing is known of `like`.
    """
    settle(assignment)
    book, name = Book(assignment.course), assignment.name
    grades = read_grades(book, [name]) if book.is_released(name) else None
    graded = [s.id for s in grades.students if name in s.marks] if grades else []
    if not graded:
        raise CourseError(f"Nothing of {name} is graded yet: run 'autograder grade {name}' first.")
    told = [f"Still to grade by hand: {text}." for text in grades.open_ones()]
    places = {student: f"{student}/{name}.html" for student in graded}
    if like:
        places, more = _places(assignment, like, graded)
        told += more
    pages = {}
    for student, place in places.items():
        try:
            pages[place] = write_feedback(assignment.course, assignment, student).read_bytes()
        except CourseError as error:  # nothing was handed in that could be graded
            told.append(str(error))
    if to.suffix == ".zip":
        to.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(to, _zipped(pages))
        return told
    return told + _write(to, pages)


def _places(assignment, like, graded) -> tuple[dict[str, str], list[str]]:
    """Where the feedback of each student goes, and sentences on those who are on one side only."""
    known = {(a.source, a.id or a.name): a for a in arrived(assignment)}
    with listed(like) as files:
        handins, _ = recognize(files, assignment.name)
        if not handins or handins[0].source not in NAMERS:
            raise CourseError(
                f"{like} is no download of Canvas or Moodle and no folder of cloned repositories: without --like the "
                "feedback goes into a folder for each student."
            )
        places, nobodys = {}, []
        for handin in handins:
            arrival = known.get((handin.source, handin.id or handin.name))
            place = NAMERS[handin.source](handin, arrival, assignment.name, like)
            if arrival and arrival.student in graded and place:
                places[arrival.student] = place
            else:
                nobodys.append(handin.name or handin.id)
    told = []
    if nobodys:
        told.append(f"In {like.name}, but without feedback: {', '.join(nobodys)}.")
    absent = [student for student in graded if student not in places]
    if absent:
        told.append(f"Graded, but not found in {like.name}: {', '.join(absent)}.")
    return places, told


def _in_moodle(handin: HandIn, arrival, name, like) -> str:
    """The student's folder, or its name before the file's where all files are in one folder."""
    if not handin.id:
        return ""
    parts = handin.files[0][1].parts
    if len(parts) > 1:
        return f"{parts[0]}/{name}.html"
    return f"{handin.name}_{handin.id}{MOODLE}{name}.html"


def _in_canvas(handin: HandIn, arrival, name, like) -> str:
    """The name of the file that was graded, which holds the two numbers."""
    files = [(place, file) for place, file in handin.files if place.order]
    if not files or not handin.id.isdecimal():
        return ""
    chosen = _graded(files, arrival.sha256 if arrival else "")
    return f"{Path(chosen.name).stem}.html"


def _graded(files: list[tuple[Place, File]], sha256: str) -> File:
    """The file that was taken in, or else the newest, as Canvas takes any of the student's."""
    for _, file in files:
        try:
            if hashlib.sha256(file.read()).hexdigest() == sha256:
                return file
        except Refused:
            continue
    return max(files, key=lambda item: item[0].order)[1]


def _in_repository(handin: HandIn, arrival, name, like) -> str:
    """A folder in the clone, to be committed."""
    file = handin.files[0][1]
    clone = file.parts[0]
    if file.path is not None:  # a folder may stand around all clones
        inner = file.path.relative_to(like).parts
        clone = "/".join(inner[: len(inner) - len(file.parts) + 1])
    return f"{clone}/feedback/{name}.html"


NAMERS = {"Moodle": _in_moodle, "Canvas": _in_canvas, "repositories": _in_repository}


def _write(to: Path, pages: dict[str, bytes]) -> list[str]:
    """Write the pages, but through no link: a clone is a student's, who may have made `feedback` one to elsewhere."""
    refused = []
    for place, page in pages.items():
        target = to / place
        if any((to / part).is_symlink() for part in _above(place)):
            refused.append(place)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, page)
    if refused:
        return [f"Not written, as the way there leads through a link: {', '.join(refused)}."]
    return []


def _above(place: str) -> Iterable[Path]:
    return [part for part in Path(place).parents if part != Path()]


def _zipped(pages):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, page in pages.items():
            archive.writestr(place, page)
    return content.getvalue()

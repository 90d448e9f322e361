"""Gradescope: it imports no table of grades, only what an autograder says of each submission. So this makes one.

Its `run_autograder` runs nothing of a student's: it hands out the result that was written here, in the format of
https://gradescope-autograders.readthedocs.io/en/latest/specs/, to whom
https://gradescope-autograders.readthedocs.io/en/latest/submission_metadata/ names.
"""

import io
import json
import zipfile
from collections import Counter

import nbformat

from autograder.grading.book import Book
from autograder.grading.course import Assignment, CourseError
from autograder.grading.export.people import keys, known_by, match
from autograder.grading.export.sheet import Sheet
from autograder.grading.grade import outcome
from autograder.grading.intake import arrived
from autograder.grading.reports import gradescope_results
from autograder.grading.totals import Grades

SETUP = """#!/usr/bin/env bash
apt-get update && apt-get install -y python3
"""
RUN = '''#!/usr/bin/env python3
"""Hands a submission the result that was written for its student. Gradescope starts it in /autograder."""

import json
from pathlib import Path

results = json.loads(Path("source/results.json").read_text(encoding="utf-8"))
users = json.loads(Path("submission_metadata.json").read_text(encoding="utf-8"))["users"]
found = None
for kind in ("email", "name"):
    for user in users:
        found = found or results[kind].get(" ".join(str(user.get(kind) or "").lower().split()))
nothing = {"score": 0, "output": "There is no grade for this submission yet.", "output_format": "text"}
Path("results").mkdir(exist_ok=True)
Path("results/results.json").write_text(json.dumps(found or nothing), encoding="utf-8")
'''


def autograder_zip(
    book: Book, assignment: Assignment, grades: Grades, roster: Sheet | None
) -> tuple[bytes, list[str]]:
    """The zip to upload as the assignment's autograder, and sentences on whom it cannot serve.

    roster  as downloaded from Gradescope, for addresses that are not known otherwise
    """
    graded = [student for student in grades.students if assignment.name in student.marks]
    people = known_by(book.course, [assignment.name], graded, "Gradescope")
    addresses, told = _addresses(roster, people)
    names = {s.id: s.name for s in graded}
    names |= {a.student: a.name for a in arrived(assignment) if a.source == "Gradescope"}
    names = {student: " ".join(names[student].lower().split()) for student in people}
    shared = Counter(names.values())
    results: dict[str, dict] = {"email": {}, "name": {}}
    nowhere = []
    for student, own in people.items():
        emails = {login for login in own.logins if "@" in login} | addresses.get(student, set())
        unique = {names[student]} - {""} if shared[names[student]] == 1 else set()
        result = json.loads(_result(book, assignment, student))
        results["email"] |= dict.fromkeys(sorted(emails), result)
        results["name"] |= dict.fromkeys(unique, result)
        if not emails and not unique:
            nowhere.append(student)
    if nowhere:
        told.append(
            f"Of {', '.join(nowhere)} neither address nor name on Gradescope is known: give the roster that it "
            "lets you download with --template."
        )
    return _zipped(results), told


def _addresses(roster, people):
    """Addresses by student from a roster, and sentences on who is on one side only."""
    if roster is None:
        return {}, []
    email, number = roster.column("Email", "Email Address"), roster.column("SID", "Student ID")
    if email is None:
        raise CourseError(
            f"{roster.path} has no column Email: in Gradescope, open Roster and press Download Roster."
        )
    full = [roster.column(name) for name in ("Name", "Full Name")]
    split = [roster.column(name) for name in ("First Name", "Last Name")]
    entries = []
    for cells in roster.rows[1:]:
        logins = [cells[column] for column in (email, number) if column is not None]
        names = [cells[column] for column in full if column is not None]
        names.append(" ".join(cells[column] for column in split if column is not None))
        entries.append(keys([], logins, names))
    owners = match(entries, people)
    addresses = {owner: {roster.rows[i + 1][email].strip().lower()} for i, owner in owners.items()}
    unknown = [cells[email] for i, cells in enumerate(roster.rows[1:]) if i not in owners]
    absent = [student for student in people if student not in addresses]
    told = []
    if unknown:
        told.append(f"In {roster.path.name}, but without a grade here: {', '.join(unknown)}.")
    if absent:
        told.append(f"Graded here, but not found in {roster.path.name}: {', '.join(absent)}.")
    return addresses, told


def _result(book, assignment, student):
    name = assignment.name
    path = book.course.nbgrader_root / "autograded" / student / name / f"{name}.ipynb"
    is_there = path.is_file()
    notebook = nbformat.read(path, as_version=4) if is_there else nbformat.v4.new_notebook()
    result = outcome(student, book.booked(name, student), notebook)
    result.notes += [] if is_there else ["There was no notebook to grade."]
    return gradescope_results(result)


def _zipped(results):
    """Files with fixed dates and rights, so that the same grades make the same zip."""
    content = io.BytesIO()
    files = {"setup.sh": SETUP, "run_autograder": RUN}
    files["results.json"] = json.dumps(results, ensure_ascii=False, indent=1)
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (0o644 if name.endswith(".json") else 0o755) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return content.getvalue()

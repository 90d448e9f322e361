"""Who of the gradebook is who in a learning management system: by its ids, by logins and addresses, by unique names."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from autograder.grading.course import Course
from autograder.grading.intake import arrived
from autograder.grading.totals import Student

LEVELS = ("ids", "logins", "names")  # the surest first
LOGINS = ("Gradescope", "Blackboard")  # systems that hand out a student's number, address or login


@dataclass(frozen=True)
class Keys:
    """What somebody may be recognized by; `ids` are the system's own."""

    ids: frozenset[str] = frozenset()
    logins: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


def keys(ids: Iterable[str] = (), logins: Iterable[str] = (), names: Iterable[str] = ()) -> Keys:
    """Keys without the empty ones, each in the form in which two of them are compared."""
    return Keys(
        frozenset(text.strip() for text in ids) - {""},
        frozenset(text.strip().casefold() for text in logins) - {""},
        frozenset(_name(text) for text in names) - {""},
    )


def _name(text):
    """The words of a name in one order: "Lovelace, Ada" is Ada Lovelace."""
    words = re.findall(r"\w+", unicodedata.normalize("NFC", text).casefold().replace("_", " "))
    return " ".join(sorted(words))


def known_by(
    course: Course, assignments: list[str], students: list[Student], system: str
) -> dict[str, Keys]:
    """The keys of each student: from the gradebook, and from where the work came.

    system  whose own ids count; Moodle's are others in each assignment, so that the gradebook's is none of them
    """
    canvas = system == "Canvas"
    ids = {student.id: {student.lms_id} if canvas else set() for student in students}
    logins = {student.id: {student.id, student.email, student.lms_id} for student in students}
    names = {student.id: {student.name} for student in students}
    for assignment in assignments:
        for arrival in arrived(course.assignment(assignment)):
            if arrival.student in ids:
                names[arrival.student].add(arrival.name)
                if arrival.source == system:
                    ids[arrival.student].add(arrival.id)
                if arrival.source in LOGINS:
                    logins[arrival.student].add(arrival.id)
    return {s.id: keys(ids[s.id], logins[s.id], names[s.id]) for s in students}


def match(entries: list[Keys], people: dict[str, Keys]) -> dict[int, str]:
    """Which entry is whose, by the entry's number. Whoever two could be, on either side, is nobody here."""
    found: dict[int, str] = {}
    for level in LEVELS:
        pairs = set()
        for key in set().union(*(getattr(entry, level) for entry in entries)):
            rows = [i for i, entry in enumerate(entries) if key in getattr(entry, level)]
            owners = [person for person, own in people.items() if key in getattr(own, level)]
            if len(rows) == len(owners) == 1:
                pairs.add((rows[0], owners[0]))
        pairs = {(i, p) for i, p in pairs if i not in found and p not in found.values()}
        for i, person in pairs:
            if sum(i == row or person == owner for row, owner in pairs) == 1:
                found[i] = person
    return found

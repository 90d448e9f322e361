"""What the numbers ask an instructor to do, in sentences. They say where to look, never what somebody did."""

from dataclasses import dataclass
from math import sqrt

from autograder.grading.alike import Pair
from autograder.grading.overview.gather import Class
from autograder.grading.overview.items import ItemView, elsewhere
from autograder.grading.overview.statistics import ENOUGH
from autograder.verdict import NOT_ATTEMPTED

EASY, HARD = 0.95, 0.2  # mean shares of the points
WEAK = 0.2  # of a discrimination: Ebel and Frisbie call one below it poor
MANY = 0.2  # share of the class that makes one mistake worth a word to all
SKIPPED = 0.3
FEW = 3  # students; what fewer do says nothing of a class


@dataclass(frozen=True)
class Note:
    """A sentence, and the part of the page that tells more."""

    text: str
    anchor: str


def on_item(view: ItemView) -> list[str]:
    """What to do about one item, the most pressing first; nothing where its numbers ask for nothing."""
    return [*pressing(view), *_remarks(view)]


def pressing(view: ItemView) -> list[str]:
    """What of it cannot wait."""
    numbers, told = view.statistics, []
    students = numbers.students
    if _is_reversed(numbers):
        told.append(
            "Those who do well elsewhere fail here: look at the judge first, then at what the question says."
        )
    if students >= FEW and numbers.difficulty is not None and numbers.difficulty <= HARD:
        told.append(
            "Hardly anybody has it: look at the judge and the question first; then it is too hard here, or was not "
            "taught yet."
        )
    skipped = view.counts[NOT_ATTEMPTED]
    if skipped >= max(FEW, SKIPPED * students):
        told.append(
            f"{skipped} of {students} left it out: was it too long, too late in the notebook, unclear?"
        )
    for finding in view.mistakes[:1]:
        if len(finding.students) >= max(FEW, MANY * students):
            told.append(
                f"{len(finding.students)} of {students} made the mistake {finding.name}: worth five minutes in class."
            )
    unnamed = {student for finding in view.unnamed for student in finding.students}
    if len(unnamed) >= max(FEW, MANY * students):
        told.append(
            f"{len(unnamed)} of {students} are wrong in a way that has no name yet: read some, and add what they share "
            "to the known mistakes."
        )
    return told


def _remarks(view):
    numbers = view.statistics
    if numbers.students < FEW or numbers.difficulty is None or numbers.difficulty <= HARD:
        return []
    if numbers.difficulty >= EASY:
        return ["Nearly everybody has it right: a warm-up, which tells nobody apart."]
    is_weak = numbers.discrimination is not None and numbers.discrimination < WEAK
    if is_weak and not _is_reversed(numbers):
        return [
            "It hardly tells strong from weak: it may ask for something else than the rest, or be a matter of luck."
        ]
    return []


def _is_reversed(numbers):
    """Whether a discrimination is below 0 by more than its standard error, which is Fisher's for no correlation."""
    value = numbers.discrimination
    return value is not None and value < -1 / sqrt(numbers.students - 3)


def on_class(cls: Class, views: list[ItemView], pairs: list[Pair]) -> list[Note]:
    """What needs attention, the most pressing first."""
    notes = []

    def add(count, text, anchor):
        if count:
            notes.append(Note(text, anchor))

    counted = cls.counted
    left = len(cls.ungraded)
    add(left, f"{_people(left)} without a grade.", "ungraded")
    old = sum(work.is_old for work in cls.works)
    add(old, f"{_people(old)} handed in again after grading: grade once more.", "ungraded")
    waiting = sum(work.is_open for work in cls.works)
    add(waiting, f"{_people(waiting)} with answers to be graded by hand.", "ungraded")
    for view in views:
        for sentence in pressing(view):
            add(True, f"{view.title}: {sentence}", anchor(view))
    hit = {s for v in views for students in v.limits.values() for s in students}
    hit |= {student for students in elsewhere(counted).values() for student in students}
    add(hit, f"{_people(len(hit))} ran into a limit.", "limits")
    add(pairs, f"{_count(len(pairs), 'pair')} of submissions worth a look.", "alike")
    flagged = {s for v in views for students in v.flags.values() for s in students}
    add(
        flagged,
        f"{_people(len(flagged))} used a library name that an exercise asks to write.",
        "flags",
    )
    return notes


def on_discrimination(view: ItemView) -> str:
    """Why there is no number, in a word or two."""
    numbers = view.statistics
    if numbers.difficulty is None:
        return "still open" if numbers.students else "nobody"
    return "too few to say" if numbers.students < ENOUGH else "does not vary"


def anchor(view: ItemView) -> str:
    """The place of an item on the page; grade_ids are letters, digits, dots, dashes and underscores."""
    return f"item-{view.key}"


def _people(count):
    return _count(count, "student")


def _count(count, noun):
    return f"{count} {noun}{'s' * (count != 1)}"

"""Taking in a class: each hand-in becomes submitted/STUDENT/ASSIGNMENT/, and a table keeps what is known of it."""

import hashlib
import json
import re
import shutil
import zoneinfo
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from autograder.files import write_atomically
from autograder.grading import folders
from autograder.grading.course import Assignment, CourseError
from autograder.grading.intake.choose import Nothing, choose
from autograder.grading.intake.files import Refused, listed
from autograder.grading.intake.formats import HandIn, date_commit, recognize
from autograder.grading.intake.names import digest, safe_student, shown

TIMESTAMP = "timestamp.txt"
STAMP = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?)\d* ?(\S*)")


@dataclass(frozen=True)
class Arrival:
    """What became of one hand-in, or, where `student` is empty, of files that are nobody's.

    student    the folder's name under submitted/
    path       that folder's subfolder of the assignment
    submitted  when it was handed in (UTC); None where the input does not say
    late       what the system says, None where it says nothing
    notes      sentences for the instructor
    problem    why nothing was taken in, in sentences
    source, name, id   the system, and what it calls the student, to write grades back to it
    notebook, sha256   the notebook's file name and the digest of its content
    """

    student: str
    path: Path | None = None
    submitted: datetime | None = None
    late: bool | None = None
    notes: list[str] = field(default_factory=list)
    problem: str = ""
    source: str = ""
    name: str = ""
    id: str = ""
    notebook: str = ""
    sha256: str = ""


def take_in(source: Path, assignment: Assignment, student: str = "") -> list[Arrival]:
    """Take in every hand-in of a folder, a zip or a single notebook; what has not changed is not written again.

    student  the author of a single notebook; default: its file name

    One hand-in that cannot be taken never stops the others: its arrival has a `problem`. Raises CourseError where
    the input as a whole is of no known form or cannot be read, OSError where submitted/ cannot be written.
    """
    submitted = _submitted(assignment)
    own, here = submitted.resolve(), source.resolve()
    if own.is_relative_to(here) or here.is_relative_to(own):
        raise CourseError(
            f"{source} holds the course's own submissions, which are graded as they are."
        )
    known = {arrival.student: arrival for arrival in _load(assignment)}
    with listed(source) as files:
        handins, others = recognize(files, assignment.name)
        if not handins:
            raise CourseError(f"{source} is of no form that is known: give {_forms(assignment)}.")
        if student and handins[0].source == "file":
            handins[0].name = student
        names = _students(handins, known)
        arrivals = [_arrive(h, n, assignment, known) for h, n in zip(handins, names, strict=True)]
    table = {**known, **{arrival.student: arrival for arrival in arrivals}}
    submitted.mkdir(parents=True, exist_ok=True)
    write_atomically(_table(assignment), json.dumps([_plain(a) for a in table.values()], indent=1))
    if not any(submitted.glob(f"*/{assignment.name}")):
        first = arrivals[0]
        raise CourseError(f"{source} holds nothing to grade; of {first.student}: {first.problem}")
    if others:
        arrivals.append(Arrival("", notes=[_nobodys(file) for file in others]))
    return arrivals


def arrived(assignment: Assignment) -> list[Arrival]:
    """What was taken in before and still lies as it was taken; mends what a killed run left behind."""
    for left in _submitted(assignment).glob(f"*/.{assignment.name}.*"):
        _mend(left.with_name(assignment.name))
    return [arrival for arrival in _load(assignment) if _stands(arrival)]


def _load(assignment):
    submitted = _submitted(assignment)
    try:
        entries = json.loads(_table(assignment).read_bytes())
        return [_from_plain(entry, submitted, assignment) for entry in entries]
    except FileNotFoundError:
        return []
    except (ValueError, TypeError, KeyError):
        raise CourseError(
            f"{_table(assignment)} is damaged: remove it, and take the submissions in again."
        ) from None


def _forms(assignment):
    return (
        "a folder or zip from Canvas, Moodle, Gradescope or Blackboard, nbgrader's "
        f"STUDENT/{assignment.name}/ folders, a folder of cloned repositories, or one notebook"
    )


def _nobodys(file):
    return f"{shown('/'.join(file.parts))} was not taken: it {file.problem or 'is no hand-in'}."


def _submitted(assignment):
    return assignment.course.nbgrader_root / "submitted"


def _table(assignment):
    return _submitted(assignment) / f".{assignment.name}.arrivals.json"


def _plain(arrival):
    time = arrival.submitted.isoformat() if arrival.submitted else None
    return {**asdict(arrival), "path": None, "submitted": time}


def _from_plain(entry, submitted, assignment):
    time = datetime.fromisoformat(entry["submitted"]) if entry["submitted"] else None
    path = submitted / entry["student"] / assignment.name
    return Arrival(**{**entry, "submitted": time, "path": path})


def _stands(arrival):
    """Whether it still says something of what lies there: another notebook may have come another way."""
    path = arrival.path / arrival.notebook
    if not arrival.sha256:
        return not arrival.path.exists()
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == arrival.sha256


def _students(handins: list[HandIn], known: dict[str, Arrival]) -> list[str]:
    """A folder name for each: the same as before, else the name, with the id where two would share it."""
    before = {_who(arrival): student for student, arrival in known.items()}
    owners = {student.casefold(): arrival for student, arrival in known.items()}
    bases = [_base(handin) for handin in handins]
    shared = Counter(base.casefold() for base in bases)
    names = []
    for handin, base in zip(handins, bases, strict=True):
        owner = owners.get(base.casefold(), handin)
        same = owner.name == handin.name and not (owner.id or handin.id)
        if shared[base.casefold()] > 1 or not (same or _who(owner) == _who(handin)):
            base = f"{base}_{safe_student(handin.id) if handin.id else digest(handin.name)}"
        names.append(before.get(_who(handin), base))
    return names


def _who(one: HandIn | Arrival):
    return one.source, one.id or one.name


def _base(handin):
    """Canvas's ids are a person's, also in the next assignment; Moodle's are not."""
    if handin.source == "Canvas":
        return safe_student(f"{handin.name}_{handin.id}")
    return safe_student(handin.name)


def _arrive(handin, student, assignment, known):
    path = _submitted(assignment) / student / assignment.name
    identity = {"source": handin.source, "name": handin.name, "id": handin.id}
    late = next((place.late for place, _ in handin.files), None)
    arrival = Arrival(student, path, late=late, **identity)
    if student != handin.name and handin.source == "nbgrader":
        handin.notes.append(f"The folder {shown(handin.name)} became {student}.")
    try:
        date_commit(handin)
        _date_stamp(handin)
        chosen, notes = choose(handin, assignment)
        arrival = replace(
            arrival,
            submitted=chosen.place.attempt or handin.submitted,
            notes=handin.notes + notes,
            notebook=chosen.filename,
            sha256=hashlib.sha256(chosen.content).hexdigest(),
        )
        if arrival.late:
            arrival.notes.insert(0, f"{handin.source} marks it as late.")
        return _place(arrival, chosen.content)
    except Nothing as reason:
        arrival = replace(arrival, problem=str(reason))
    except OSError as error:
        arrival = replace(arrival, problem=f"{error.filename or path}: {error.strerror}.")
    if path.is_dir():
        earlier = known.get(student, Arrival(student, path, **identity))
        note = f"What came later could not be taken, so the earlier one stands: {arrival.problem}"
        return replace(earlier, notes=[n for n in earlier.notes if n != note] + [note])
    return arrival


def _date_stamp(handin):
    """nbgrader's own timestamp.txt."""
    for _, file in handin.files:
        if handin.source == "nbgrader" and len(file.parts) == 3 and file.name == TIMESTAMP:
            try:
                handin.submitted = _parsed(file.read().decode())
            except (Refused, ValueError):
                handin.notes.append("Its time stamp cannot be read and was left out.")


def _parsed(text):
    """The time of a stamp as nbgrader writes it, in UTC. Raises ValueError where it is none."""
    match = STAMP.fullmatch(text.strip())
    if not match:
        raise ValueError(text)
    time, zone = datetime.fromisoformat(match[1]), match[2]
    if re.fullmatch(r"[+-]\d\d:?\d\d", zone):
        time = datetime.fromisoformat(match[1] + zone)
    elif zone not in ("", "Z", "UTC"):
        try:
            time = time.replace(tzinfo=zoneinfo.ZoneInfo(zone))
        except (zoneinfo.ZoneInfoNotFoundError, OSError):
            raise ValueError(text) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)


def _place(arrival, content):
    """Put a notebook in its place, by renaming a finished folder."""
    folder, stamp = arrival.path, b""
    if arrival.submitted:
        stamp = f"{arrival.submitted:%Y-%m-%d %H:%M:%S.%f} UTC".encode()
    _mend(folder)
    earlier = _stamp_of(folder)
    if earlier and arrival.submitted and earlier > arrival.submitted:
        note = f"A later one, of {earlier:%Y-%m-%d %H:%M:%S} UTC, is there already and stays."
        return replace(arrival, submitted=earlier, notes=[*arrival.notes, note], **_there(folder))
    wanted = {arrival.notebook: content} | ({TIMESTAMP: stamp} if stamp else {})
    if _holds(folder, wanted):
        return replace(arrival, submitted=arrival.submitted or earlier)
    staged = _staged(folder)
    staged.mkdir(parents=True)
    for name, data in wanted.items():
        write_atomically(staged / name, data)
    folders.swap(staged, folder)
    return arrival


def _staged(folder):
    return folder.with_name(f".{folder.name}.new")


def _mend(folder):
    """Finish, or take back, what a killed run began."""
    folders.mend(folder)
    for left in (folders.before(folder), _staged(folder)):
        if left.exists():
            shutil.rmtree(left)


def _holds(folder, wanted):
    """Whether a folder holds these files; a time stamp of its own does no harm where the input has none."""
    if not folder.is_dir():
        return False
    found = {path.name for path in folder.iterdir()}
    if found - {TIMESTAMP} != wanted.keys() - {TIMESTAMP}:
        return False
    return all((folder / n).is_file() and (folder / n).read_bytes() == c for n, c in wanted.items())


def _stamp_of(folder):
    try:
        return _parsed((folder / TIMESTAMP).read_text()[:200])
    except (OSError, ValueError):
        return None


def _there(folder):
    """The notebook that a folder holds already."""
    for path in sorted(folder.glob("*.ipynb")):
        if path.is_file():
            return {"notebook": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return {"notebook": "", "sha256": ""}

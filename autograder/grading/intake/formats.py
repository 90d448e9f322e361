"""Which learning management system an input comes from, and whose each of its files is."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import yaml

from autograder.grading.course import CourseError
from autograder.grading.intake.commits import last_commit
from autograder.grading.intake.files import File, Refused
from autograder.grading.intake.names import is_junk, is_notebook

# Canvas: lib/content_zipper.rb, get_filename and add_upload_submission. Names are in lower case, LATE is not.
CANVAS = re.compile(
    r"(?:(?P<name>(?!LATE_|anon_).*?)_)?(?:(?P<late>LATE)_)?(?P<id>\d+|anon_[^_]+)"
    r"_(?:(?P<order>\d{1,19})_(?P<filename>.+)|(?P<other>(?:text|link)\.html))",
    re.DOTALL,
)
# Moodle: mod/assign/classes/downloader.php, a folder for each student or all files in one.
MOODLE = re.compile(
    r"(?P<name>.+?)(?:_(?P<id>\d+))?_assignsubmission_[a-z]+(?:_(?P<filename>.*))?", re.DOTALL
)
# The example of nbgrader's zip_collect, which is what Blackboard hands out.
ATTEMPT = re.compile(
    r".*_(?P<id>[^_]+)_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<filename>.+)|\.txt)", re.DOTALL
)
GRADESCOPE = "submission_metadata.yml"


@dataclass(frozen=True)
class Place:
    """What the name of one file says: whose it is, what it is called, of which attempt."""

    name: str
    id: str = ""
    filename: str = ""
    late: bool | None = None
    attempt: datetime | None = None
    order: int = 0  # of files of one name within an attempt, the last one being the newest


@dataclass
class HandIn:
    """All that one student handed in. `id` is the system's, empty where it has none."""

    source: str
    name: str
    id: str
    files: list[tuple[Place, File]] = field(default_factory=list)
    submitted: datetime | None = None
    notes: list[str] = field(default_factory=list)


PlacesOf = Callable[[File], list[Place]]


def recognize(files: list[File], assignment: str) -> tuple[list[HandIn], list[File]]:
    """The hand-ins of an input, by student, and the files that are nobody's; no hand-in where no form is known.

    A folder around it all is looked into.
    """
    outside = []
    while files:
        for source, form in FORMS:
            handins, others = _by_student(source, form(files, assignment), files)
            if handins:
                return handins, outside + others
        outside += [file for file in files if len(file.parts) == 1]
        files = [file for file in files if len(file.parts) > 1]
        if len({file.parts[0] for file in files}) != 1:
            break
        files = [replace(file, parts=file.parts[1:]) for file in files]
    return [], outside + files


def _by_student(source, places_of, files):
    handins, others = {}, []
    for file in files:
        places = [] if is_junk(file.name) and len(file.parts) == 1 else places_of(file)
        for place in places:
            key = place.id or place.name
            handin = handins.setdefault(key, HandIn(source, place.name, place.id))
            handin.files.append((place, file))
        if not places:
            others.append(file)
    return list(handins.values()), others


def canvas(files, assignment) -> PlacesOf:
    """lastfirst[_LATE]_userid_fileid_filename, or [LATE_]anon_code_fileid_filename."""

    def places(file):
        match = CANVAS.fullmatch(file.name) if len(file.parts) == 1 else None
        if not match:
            return []
        filename = _without_number(match["filename"] or match["other"], assignment)
        order, late = int(match["order"] or 0), bool(match["late"])
        return [Place(match["name"] or "", match["id"], filename, late, order=order)]

    return places


def _without_number(filename, assignment):
    """Canvas adds -1, -2 to a name that it knows already: no fault of the student's."""
    return re.sub(rf"({re.escape(assignment)})-\d+(\.ipynb)$", r"\1\2", filename)


def moodle(files, assignment) -> PlacesOf:
    """First Last_id_assignsubmission_file_/filename, or the same in one name."""

    def places(file):
        match = MOODLE.fullmatch(file.parts[0])
        if not match:
            return []
        filename = match["filename"] if len(file.parts) == 1 else file.name
        return [Place(match["name"], match["id"] or "", filename or file.name)]

    return places


def blackboard(files, assignment) -> PlacesOf:
    """assignment_student_attempt_time_filename; as in nbgrader, the time is taken for UTC."""

    def places(file):
        match = ATTEMPT.fullmatch(file.name) if len(file.parts) == 1 else None
        if not match:
            return []
        try:
            attempt = datetime.strptime(match["time"], "%Y-%m-%d-%H-%M-%S").replace(tzinfo=UTC)
        except ValueError:
            attempt = None
        return [Place(match["id"], match["id"], match["filename"] or file.name, attempt=attempt)]

    return places


def gradescope(files, assignment) -> PlacesOf:
    """submission_id/ folders, with submission_metadata.yml saying whose they are and of when."""
    metadata = {}
    for file in files:
        if file.parts == (GRADESCOPE,):
            metadata = _metadata(file)

    def places(file):
        folder = file.parts[0]
        if len(file.parts) == 1 or not (folder in metadata or re.match(r"submission_\d+$", folder)):
            return []
        entry = metadata.get(folder)
        entry = entry if isinstance(entry, dict) else {}
        created, people = entry.get(":created_at"), entry.get(":submitters")
        time = created if isinstance(created, datetime) else None
        if time is not None:
            time = time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
        people = people if isinstance(people, list) else []
        people = [person for person in people if isinstance(person, dict)] or [{":name": folder}]
        return [_gradescope_person(person, file.name, time) for person in people]

    return places


def _gradescope_person(person, filename, time):
    sid, email = (str(person.get(key) or "") for key in (":sid", ":email"))
    name = str(person.get(":name") or email or sid or "unnamed")
    return Place(name, sid or email, filename, attempt=time)


def _metadata(file):
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = yaml.load(file.read(), loader)
    except Refused as reason:
        raise CourseError(f"{GRADESCOPE} {reason}.") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise CourseError(f"{GRADESCOPE} cannot be read: download the submissions again.") from None
    return found if isinstance(found, dict) else {}


def repositories(files, assignment) -> PlacesOf:
    """Cloned repositories, a folder each; ASSIGNMENT-username, as GitHub Classroom names them, is the username."""
    clones = {file.parts[0] for file in files if file.parts[1:] == (".git",)}
    prefix = re.sub(r"[\W_]+", "-", assignment).lower() + "-"

    def places(file):
        folder = file.parts[0]
        if not clones or len(file.parts) == 1:
            return []
        plain = re.sub(r"[\W_]+", "-", folder).lower()
        name = folder[len(prefix) :] if plain.startswith(prefix) else folder
        return [Place(name or folder, "", file.name)]

    return places


def nbgrader(files, assignment) -> PlacesOf:
    """STUDENT/ASSIGNMENT/filename."""

    def places(file):
        is_ours = len(file.parts) > 1 and file.parts[1] == assignment
        return [Place(file.parts[0], "", file.name)] if is_ours else []

    return places


def single(files, assignment) -> PlacesOf:
    """One notebook; the student is named by whoever calls, or by the file."""
    is_one = len(files) == 1 and len(files[0].parts) == 1 and is_notebook(files[0].name)

    def places(file):
        stem = re.split(r"\.ipynb", file.name, flags=re.IGNORECASE)[0]
        return [Place(stem, "", file.name)] if is_one else []

    return places


FORMS = (
    ("Gradescope", gradescope),
    ("Moodle", moodle),
    ("Blackboard", blackboard),
    ("Canvas", canvas),
    ("repositories", repositories),
    ("nbgrader", nbgrader),
    ("file", single),
)


def date_commit(handin: HandIn) -> None:
    """For a repository, the time of its last commit."""
    for _, file in handin.files:
        if file.parts[1:] == (".git",) and file.path is None:
            handin.notes.append("The time of the last commit is not read from a zip.")
        elif file.parts[1:] == (".git",):
            handin.submitted = last_commit(file.path)
            if handin.submitted is None:
                handin.notes.append("The time of the last commit could not be read.")

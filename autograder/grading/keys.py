"""What a result depends on, as a key: equal keys mean that nothing has to be judged again."""

import hashlib
from functools import cache
from pathlib import Path

from autograder.grading.course import Assignment
from autograder.grading.folders import TIMESTAMP
from autograder.grading.record import recording_key
from autograder.grading.session import Limits
from autograder.grading.submission import files_in

PACKAGE = Path(__file__).parents[1]


def result_key(assignment: Assignment, folder: Path, limits: Limits, mode: str) -> dict[str, str]:
    """What a result depends on, by part: the submission that lies in `folder`, and what `judge_key` names."""
    return {"submission": submission_key(folder)} | judge_key(assignment, limits, mode)


def submission_key(folder: Path) -> str:
    """A hash of the files of a submission; when it was handed in is for the gradebook, not for the judge."""
    digest = hashlib.sha256()
    for path in files_in(folder):
        if path.name != TIMESTAMP:
            content = hashlib.sha256(path.read_bytes()).digest()
            digest.update(path.name.encode(errors="surrogateescape") + b"\0" + content)
    return digest.hexdigest()


def judge_key(assignment: Assignment, limits: Limits, mode: str) -> dict[str, str]:
    """What a result depends on beside the submission.

    recording  the assignment, its exercises and known answers, the secret
    grader     the rest of the package
    limits     what student code may use, and whether it is confined
    """
    return {
        "recording": recording_key(assignment),
        "grader": grader_version(),
        "limits": f"{mode}, {limits}",
    }


@cache
def grader_version() -> str:
    """A hash of the package's own sources, but for the exercises, which the key of a recording holds."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent.name != "exercises":
            digest.update(path.read_bytes())
    return digest.hexdigest()

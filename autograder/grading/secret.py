"""The course secret, from which hidden cases are drawn. It never enters a process that runs student code."""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from autograder.files import write_atomically
from autograder.grading.course import CourseError

VARIABLE = "AUTOGRADER_SECRET"


def private_folder() -> Path:
    """A folder of mode 700 outside the course, for the secret and what is recorded with it."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    folder = Path(base) / "nn-course-kit"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise CourseError(
            f"The folder {folder} for the course secret cannot be made: {error.strerror}."
        ) from None
    return folder


def course_secret() -> bytes:
    """The secret: from AUTOGRADER_SECRET, else from a file of mode 600 that is made at the first grading.

    Raises CourseError where the file can be read by others or cannot be made.
    """
    if os.environ.get(VARIABLE):
        return os.environ[VARIABLE].encode()
    path = private_folder() / "secret"
    try:
        if not path.exists():
            write_atomically(path, secrets.token_hex(32), mode=0o600)
        if path.stat().st_mode & 0o077:
            raise CourseError(f"{path} can be read by other users: run 'chmod 600 {path}'.")
        return path.read_bytes().strip()
    except OSError as error:
        raise CourseError(f"The course secret {path} cannot be used: {error.strerror}.") from None


def hidden_seed(secret: bytes, exercise: str, case: str) -> int:
    """HMAC-SHA256(secret, exercise, case) as a number."""
    message = f"{exercise}\0{case}".encode()
    return int.from_bytes(hmac.new(secret, message, hashlib.sha256).digest()[:16], "big")


def fingerprint(secret: bytes) -> str:
    """What a result's key may hold of the secret."""
    return hmac.new(secret, b"fingerprint", hashlib.sha256).hexdigest()[:16]

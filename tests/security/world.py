"""The machine around a class: canaries that no submission may reach, and what must be as it was afterwards."""

import ctypes
import hashlib
import os
import secrets
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.grading.course import Course
from autograder.grading.record import expectations
from autograder.grading.secret import course_secret, private_folder

PR_SET_CHILD_SUBREAPER = 36
NOBODY = 65534
SYSV_KEY = 0x5EC0DE
PRODUCED = ("autograded", "feedback", "gradebook.db")
LEFT = "hostile-left-this"
SHARED_FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/run/lock")


class World:
    """A home folder, listening sockets and a process, each with a random word that must not be found elsewhere."""

    def __init__(self, folder: Path, course: Course):
        self.course, self.home = course, folder / "home"
        self.words = {
            name: f"{name}-{secrets.token_hex(8)}" for name in ("home", "course", "process")
        }
        (self.home / ".ssh").mkdir(parents=True)
        (self.home / ".ssh" / "id_rsa").write_text(self.words["home"])
        (course.nbgrader_root / "notes.txt").write_text(self.words["course"])
        self.sockets = [socket.socket(), socket.socket(type=socket.SOCK_DGRAM)]
        self.sockets[0].bind(("127.0.0.1", 0))
        self.sockets[1].bind(self.sockets[0].getsockname())
        self.abstract = f"canary-{secrets.token_hex(8)}"
        for address in (f"\0{self.abstract}", str(self.home / "socket")):
            self.sockets.append(socket.socket(socket.AF_UNIX))
            self.sockets[-1].bind(address)
        for one in self.sockets:
            if one.type == socket.SOCK_STREAM:
                one.listen()
            one.setblocking(False)
        user = NOBODY if os.geteuid() == 0 else None  # whom root's sandboxes run as
        environment = {"CANARY": self.words["process"]}
        nothing = subprocess.DEVNULL  # or it would hold the tests' own output open
        self.process = subprocess.Popen(
            ["sleep", "7200"], cwd="/", env=environment, user=user, stdout=nothing, stderr=nothing
        )

    def places(self) -> dict[str, str]:
        """What stands in an attack's source for the places of this machine."""
        return {
            "@HOME@": str(self.home),
            "@COURSE@": str(self.course.root),
            "@PRIVATE@": str(private_folder()),
            "@PORT@": str(self.sockets[0].getsockname()[1]),
            "@ABSTRACT@": self.abstract,
            "@CANARY@": str(self.process.pid),
            "@GRADER@": str(os.getpid()),
            "@KEY@": str(SYSV_KEY),
            "@LEFT@": LEFT,
        }

    def secret_words(self) -> list[str]:
        """What nothing of a student's may hold, whoever the student is."""
        return [*self.words.values(), course_secret().decode()]

    def was_called(self) -> bool:
        """Whether anything came to one of the listening sockets."""
        for one in self.sockets:
            try:
                one.accept() if one.type == socket.SOCK_STREAM else one.recv(1)
            except BlockingIOError:
                continue
            return True
        return False

    def is_well(self) -> bool:
        """Whether the canary process lives and is not stopped."""
        state = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")")[-1].split()[0]
        return self.process.poll() is None and state == "S"

    def files(self) -> dict[str, tuple]:
        """Everything that grading has no business to change, with its content's hash and its rights."""
        course, found = self.course.nbgrader_root, {}
        for root in (self.course.root, self.home, private_folder()):
            for place, folders, files in os.walk(root):
                if Path(place) == course:
                    folders[:] = [name for name in folders if name not in PRODUCED]
                    files = [name for name in files if not name.startswith(PRODUCED)]
                for path in (Path(place, name) for name in (*folders, *files)):
                    found[str(path)] = _described(path)
        return found

    def left_behind(self) -> list[str]:
        """Files in folders that all share, and System V objects, which an attack has left."""
        found = [
            str(path)
            for folder in (*SHARED_FOLDERS, str(Path.cwd()), str(Path.home()))
            for path in Path(folder).glob(f"*{LEFT}*")
        ]
        for kind in ("shm", "sem", "msg"):
            rows = Path("/proc/sysvipc", kind).read_text().splitlines()[1:]
            found += [f"{kind} {row}" for row in rows if int(row.split()[0]) == SYSV_KEY]
        return found

    def close(self) -> None:
        for one in self.sockets:
            one.close()
        self.process.kill()
        self.process.wait()


def _described(path):
    about = path.lstat()
    content = path.read_bytes() if stat.S_ISREG(about.st_mode) else b""
    return about.st_mode, about.st_size, hashlib.sha256(content).hexdigest()


@contextmanager
def adopting() -> Iterator[None]:
    """Whatever loses its parent below this process becomes its child, and so is found by `children`."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    yield
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)


def children(of: int | None = None) -> set[int]:
    """Process ids of all below a process (default: this one).

    Without those that have ended and wait for their parent to hear of it.
    """
    found, todo = set(), [of or os.getpid()]
    while todo:
        for path in Path(f"/proc/{todo.pop()}/task").glob("*/children"):
            try:
                new = {int(pid) for pid in path.read_text().split()} - found
            except (FileNotFoundError, ProcessLookupError):
                continue
            found |= new
            todo += new
    return {pid for pid in found if not _has_ended(pid)}


def _has_ended(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def hidden_values(course: Course, assignment: str) -> set[str]:
    """Numbers that only hidden cases hold, as text."""
    numbers = {True: set(), False: set()}
    for records in expectations(course.assignment(assignment)).values():
        for record in records:
            numbers[record.public] |= set(_numbers(record.case))
    return {str(n) for n in numbers[False] - numbers[True] if len(str(n)) >= 5}  # 0.5 is anywhere


def _numbers(value):
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _numbers(item)
    elif isinstance(value, int | float):
        yield value

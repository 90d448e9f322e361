"""The time of a repository's last commit, read without obeying anything that lies in the repository."""

import contextlib
import os
import re
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

SHA = re.compile(r"[0-9a-f]{40}")
REF = re.compile(r"ref: (refs/heads/[\w./+@-]+)")
MAX_TEXT = 10**6
SECONDS = 10


def last_commit(git: Path) -> datetime | None:
    """When the checked-out commit was committed, in UTC; None where that cannot be read.

    A repository's configuration can name programs for git to run. So git works in an empty repository of our own and
    borrows only the folder of objects.
    """
    commit, objects = _head(git), git / "objects"
    if not commit or git.is_symlink() or objects.is_symlink() or not objects.is_dir():
        return None
    with tempfile.TemporaryDirectory() as own:
        path = os.environ.get("PATH", os.defpath)
        environment = {"PATH": path, "GIT_DIR": own, "GIT_OBJECT_DIRECTORY": str(objects.resolve())}
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
        for folder in ("objects", "refs"):
            (Path(own) / folder).mkdir()
        (Path(own) / "HEAD").write_text("ref: refs/heads/none\n")
        size = _git(environment, "-s", commit)
        if not size.strip().isdigit() or int(size) > MAX_TEXT:
            return None
        text = _git(environment, "commit", commit)
    header = text.partition("\n\n")[0]
    match = re.search(r"^committer .* (\d{1,11}) [+-]\d{4}$", header, re.MULTILINE)
    with contextlib.suppress(OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(int(match[1]), UTC) if match else None


def _git(environment, *arguments):
    try:
        done = subprocess.run(
            ["git", "cat-file", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def _head(git):
    """The id of the checked-out commit: HEAD names it, or a branch that does, in a file or among the packed ones."""
    text = _text(git / "HEAD").strip()
    match = REF.fullmatch(text)
    if match and ".." not in match[1]:
        loose = _text(git / match[1]).strip()
        packed = re.search(
            rf"^([0-9a-f]{{40}}) {re.escape(match[1])}$", _text(git / "packed-refs"), re.M
        )
        text = loose or (packed[1] if packed else "")
    return text if SHA.fullmatch(text) else ""


def _text(path):
    try:
        if path.is_symlink() or not path.is_file():
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(MAX_TEXT)
    except OSError:
        return ""

"""Writing files so that a reader, or the next run, finds the old content or the new, never half."""

import os
from pathlib import Path


def write_atomically(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Write `content` (a str as UTF-8) to a temporary file beside `path`, then rename it to `path`.

    The file gets the permissions `mode`, before anything is written to it.

    Raises OSError, with `path` as it was, where the folder cannot be written or the disk is full.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)

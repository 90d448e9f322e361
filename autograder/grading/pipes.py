"""Framed messages between the judge's process and the student's: eight bytes of length, then plain data."""

import os
import select
import time

MAX_MESSAGE = 64 * 2**20


class PipeClosed(Exception):
    """The other process is gone, or sent what is not a message."""


class TooLate(Exception):
    """No complete message came in time."""


def send(fd: int, data: bytes) -> None:
    """Write one message. Raises PipeClosed where nobody reads any more."""
    view = memoryview(len(data).to_bytes(8, "big") + data)
    try:
        while view:
            view = view[os.write(fd, view) :]
    except OSError:
        raise PipeClosed from None


def receive(fd: int, seconds: float | None = None) -> bytes:
    """Read one message within `seconds` (None: for ever). A length above MAX_MESSAGE is refused unread."""
    deadline = None if seconds is None else time.monotonic() + seconds
    size = int.from_bytes(_read(fd, 8, deadline), "big")
    if size > MAX_MESSAGE:
        raise PipeClosed
    return _read(fd, size, deadline)


def _read(fd, size, deadline):
    data = bytearray()
    while len(data) < size:
        if deadline is not None:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([fd], [], [], left)[0]:
                raise TooLate
        try:
            chunk = os.read(fd, min(size - len(data), 2**20))
        except OSError:
            raise PipeClosed from None
        if not chunk:
            raise PipeClosed
        data += chunk
    return bytes(data)

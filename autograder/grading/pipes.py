"""Framed messages between the judge's process and a student's: eight bytes of length, then plain data."""

import select
import socket
import time
from collections.abc import Callable

from autograder.wire import WireError, decode, encode

MAX_MESSAGE = 64 * 2**20
WATCH_SECONDS = 0.25


class PipeClosed(Exception):
    """The other process is gone, or sent what is not a message."""


class TooLate(Exception):
    """No complete message came in time."""


def send(pipe: socket.socket, message: dict | bytes, fds: tuple[int, ...] = ()) -> None:
    """Write one message, encoded before or here, and descriptors. Raises PipeClosed where nobody reads any more."""
    data = message if isinstance(message, bytes) else encode(message)
    size = len(data).to_bytes(8, "big")
    try:
        if fds:
            socket.send_fds(pipe, [size], fds)
        else:
            pipe.sendall(size)
        pipe.sendall(data)
    except OSError:
        raise PipeClosed from None


def receive(
    pipe: socket.socket, seconds: float | None = None, watch: Callable[[], None] | None = None
) -> dict:
    """Read one message within `seconds` (None: for ever). A length above MAX_MESSAGE is refused unread.

    watch  called about every WATCH_SECONDS while nothing comes; what it raises ends the waiting
    """
    return _message(_Reader(pipe, seconds, watch))


def receive_with_fd(pipe: socket.socket) -> tuple[dict, int | None]:
    """Read one message and the descriptor that came with it, if any."""
    reader = _Reader(pipe, None, None)
    try:
        data, fds, _, _ = socket.recv_fds(pipe, 8, 1)
    except OSError:
        raise PipeClosed from None
    reader.first = data
    if not data:
        raise PipeClosed
    return _message(reader), fds[0] if fds else None


class _Reader:
    def __init__(self, pipe, seconds, watch):
        self.pipe, self.watch, self.first = pipe, watch, b""
        self.deadline = None if seconds is None else time.monotonic() + seconds

    def read(self, size):
        data, self.first = bytearray(self.first), b""
        while len(data) < size:
            if self.deadline is not None:
                self._wait()
            try:
                chunk = self.pipe.recv(min(size - len(data), 2**20))
            except OSError:
                raise PipeClosed from None
            if not chunk:
                raise PipeClosed
            data += chunk
        return bytes(data)

    def _wait(self):
        while True:
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TooLate
            if select.select([self.pipe], [], [], min(left, WATCH_SECONDS))[0]:
                return
            if self.watch:
                self.watch()


def _message(reader):
    size = int.from_bytes(reader.read(8), "big")
    if size > MAX_MESSAGE:
        raise PipeClosed
    message = decode(reader.read(size))
    if not isinstance(message, dict):
        raise WireError("This is not a message.")
    return message

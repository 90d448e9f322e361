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


def send(
    pipe: socket.socket,
    message: dict | bytes,
    fds: tuple[int, ...] = (),
    seconds: float | None = None,
    watch: Callable[[], None] | None = None,
) -> None:
    """Write one message, encoded before or here, and descriptors, within `seconds` (None: for ever).

    watch  as in `receive`
    Raises PipeClosed where nobody reads any more, TooLate where somebody could and does not.
    """
    data = message if isinstance(message, bytes) else encode(message)
    size = len(data).to_bytes(8, "big")
    patience = _Patience(pipe, select.POLLOUT, seconds, watch)
    try:
        patience.wait()
        if fds:
            socket.send_fds(pipe, [size], fds)
        else:
            pipe.sendall(size)
        left = memoryview(data)
        while left:
            patience.wait()
            left = left[pipe.send(left, 0 if seconds is None else socket.MSG_DONTWAIT) :]
    except OSError:
        raise PipeClosed from None


def receive(
    pipe: socket.socket,
    seconds: float | None = None,
    watch: Callable[[], None] | None = None,
    most: int = MAX_MESSAGE,
) -> dict:
    """Read one message within `seconds` (None: for ever). A length above `most` bytes is refused unread.

    watch  called about every WATCH_SECONDS until it is here; what it raises ends the waiting
    """
    return _message(_Reader(pipe, seconds, watch), most)


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


class _Patience:
    """Waits for the other process until a deadline, and meanwhile watches, also while it sends or reads a little."""

    def __init__(self, pipe, event, seconds, watch):
        if pipe.fileno() < 0:  # closed here, because the other process was given up
            raise PipeClosed
        self.poll, self.watch = select.poll(), watch
        self.poll.register(pipe, event)
        self.watched = time.monotonic()
        self.deadline = None if seconds is None else self.watched + seconds

    def wait(self):
        if self.deadline is None:
            return
        while True:
            now = time.monotonic()
            if self.watch and now > self.watched + WATCH_SECONDS:
                self.watch()
                self.watched = time.monotonic()
            if now >= self.deadline:
                raise TooLate
            if self.poll.poll(1000 * min(self.deadline - now, WATCH_SECONDS)):
                return


class _Reader:
    def __init__(self, pipe, seconds, watch):
        self.pipe, self.first = pipe, b""
        self.patience = _Patience(pipe, select.POLLIN, seconds, watch)

    def read(self, size):
        data, self.first = bytearray(self.first), b""
        while len(data) < size:
            self.patience.wait()
            try:
                chunk = self.pipe.recv(min(size - len(data), 2**20))
            except OSError:
                raise PipeClosed from None
            if not chunk:
                raise PipeClosed
            data += chunk
        return bytes(data)


def _message(reader, most=MAX_MESSAGE):
    size = int.from_bytes(reader.read(8), "big")
    if size > MAX_MESSAGE:
        raise PipeClosed
    if size > most:
        raise WireError("The message is too long.")
    message = decode(reader.read(size))
    if not isinstance(message, dict):
        raise WireError("This is not a message.")
    return message

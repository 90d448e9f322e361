"""What the tests of the sandbox share: warm processes and the sandboxes that they fork."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

USERS = ("this user", "an ordinary user")
PROGRAM = Path(__file__).with_name("warm_process.py")
ORDINARY_USER = 4321


def user_of(name: str) -> int:
    """The user id of one of USERS, 0 for the one who runs the tests; skips where that one cannot become another."""
    if name == "this user":
        return 0
    if os.geteuid() != 0:
        pytest.skip("the tests run as an ordinary user already; only root can become another")
    return ORDINARY_USER


class Sandbox:
    """One confined fork that runs code; its output can be read while it runs."""

    def __init__(self, pid: int, output: int):
        self.pid, self.output = pid, output

    def line(self, seconds: float = 60) -> str:
        """The next line that it prints."""
        data = b""
        while not data.endswith(b"\n"):
            ready, _, _ = select.select([self.output], [], [], seconds)
            assert ready, f"the sandbox printed nothing within {seconds} s after {data!r}"
            piece = os.read(self.output, 1)
            assert piece, f"the sandbox ended after {data!r}"
            data += piece
        return data.decode(errors="replace").rstrip("\n")

    def rest(self) -> str:
        """All that it prints until nobody in it can print any more."""
        data = b""
        while piece := os.read(self.output, 65536):
            data += piece
        os.close(self.output)
        return data.decode(errors="replace").strip()

    def kill(self) -> str:
        """End it from outside, as the judge does; what it had still printed."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.rest()


class WarmProcess:
    """A warm process inside a view, of this user or of another one that root becomes."""

    def __init__(self, visible=(), imports=(), user: int = 0):
        self.requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.start = {"user": user, "import": imports, "visible": [str(path) for path in visible]}
        environment = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "PATH": os.environ["PATH"]}
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, str(PROGRAM), json.dumps(self.start)],
                stdin=theirs,
                env=environment | {"MPLCONFIGDIR": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"},
                cwd="/",
            )
        assert self.requests.recv(16) == b"ready"

    def answer(self, code: str, **limits) -> tuple[dict, int]:
        """What the warm process says to a request, and the end of the pipe to read from."""
        read_end, write_end = os.pipe()
        message = json.dumps({"code": code, "limits": limits}).encode()
        socket.send_fds(self.requests, [message], [write_end])
        os.close(write_end)
        return json.loads(self.requests.recv(65536)), read_end

    def fork(self, code: str, **limits) -> Sandbox:
        answer, output = self.answer(code, **limits)
        return Sandbox(answer["pid"], output)

    def run(self, code: str, **limits) -> str:
        """All that the code prints in a sandbox of its own."""
        return self.fork(code, **limits).rest()

    def close(self) -> None:
        self.requests.close()
        self.process.wait(60)

    def kill(self) -> None:
        """As a judge would that has no more use for it, or that the machine kills."""
        self.process.kill()
        self.close()


def gone(pid: int, seconds: float = 20) -> bool:
    """Whether a process of the machine is gone within that time."""
    end = time.monotonic() + seconds
    while Path(f"/proc/{pid}").exists():
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0]
        if state == "Z":
            return True
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def denied(output: str) -> bool:
    """Whether a sandbox printed something, and of every attempt that it was denied."""
    lines = output.splitlines()
    return bool(lines) and all(line.startswith("denied") for line in lines)

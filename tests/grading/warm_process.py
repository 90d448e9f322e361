"""A warm process for the tests of the sandbox: runs code in confined forks, as this user or as an ordinary one.

Started with a JSON object: `visible` paths, modules to `import`, and the `user` to become, 0 for none. Its standard
input is a socket; each message is a JSON object with `code` and `limits` beside the descriptor that the code prints to,
and is answered by the `pid` of the fork, or the `error`.
"""

import importlib
import json
import os
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.append(
    str(ROOT / "autograder" / "grading")
)  # without autograder itself, which imports torch

from sandbox import Confinement, enter_view, fork_confined  # noqa: E402
from sandbox.kernel import LIBC, NEWNS, call, mount, unshare  # noqa: E402
from sandbox.view import MS_PRIVATE, MS_REC, _attach, _copy  # noqa: E402

PRELUDE = """
import ctypes, os, signal, socket, subprocess, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
def attempt(function, *arguments):
    try:
        print("allowed", function(*arguments), flush=True)
    except OSError as error:
        print("denied", type(error).__name__, flush=True)
def syscall(*arguments):
    longs = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    if libc.syscall(*longs) == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
"""


def become(user: int) -> None:
    """An ordinary user, to whom each folder that is closed to others shows what the tests need of it."""
    unshare(NEWNS)
    call("parting from mounts", LIBC.mount, None, "/", None, MS_REC | MS_PRIVATE, None)
    closed = {}
    for path in (sys.prefix, sys.base_prefix, str(ROOT)):
        for parent in reversed(Path(path).resolve().parents):
            if not parent.stat().st_mode & 1:
                closed.setdefault(str(parent), {})[path] = _copy(path, 0)
                break
    os.chdir("/")
    for parent, trees in closed.items():
        mount("tmpfs", parent, "mode=755")
        for path, tree in trees.items():
            _attach(tree, path)
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def run(code: str, output: int) -> None:
    """In the fork: run the code with its output, and end without cleaning up, as a student's process may."""
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        exec(compile(PRELUDE + code, "code", "exec"), {"__name__": "__main__"})
    except BaseException as error:
        print(f"{type(error).__name__}: {error}")
    finally:
        sys.stdout.flush()
        os._exit(0)


def main() -> None:
    """Fork for each message, until there are no more."""
    start = json.loads(sys.argv[1])
    if start["user"]:
        become(start["user"])
        os.execv(sys.executable, [sys.executable, __file__, json.dumps(start | {"user": 0})])
    for name in start["import"]:
        importlib.import_module(name)
    requests = socket.socket(fileno=os.dup(0))
    leftover = (os.open("/", os.O_RDONLY), os.open(__file__, os.O_RDONLY), *os.openpty())
    assert max(leftover) < 100
    enter_view(start["visible"])
    requests.send(b"ready")
    while True:
        message, fds, _, _ = socket.recv_fds(requests, 2**20, 1)
        if not message:
            return
        request = json.loads(message)
        try:
            pid, pidfd = fork_confined(Confinement(**request["limits"]))
        except OSError as error:
            answer = {"error": str(error)}
        else:
            if pid == 0:
                requests.close()
                run(request["code"], fds[0])
            os.close(pidfd)
            answer = {"pid": pid}
        os.close(fds[0])
        requests.send(json.dumps(answer).encode())


if __name__ == "__main__":
    main()

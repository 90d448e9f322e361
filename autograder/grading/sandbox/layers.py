"""Which layers of the sandbox this machine gives, each tried in a process of its own, not guessed."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from .confine import enter_view, fork_confined
from .kernel import (
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWUSER,
    NEWUTS,
    PR_SET_NO_NEW_PRIVS,
    mount,
    prctl,
    reason,
    unshare,
)
from .landlock import landlock_version
from .limits import Confinement, set_limits
from .memory import memory_of
from .seccomp import has_seccomp

# The package by itself: importing its parents would import torch.
TRY_ALL = """
import sys
sys.path.append(sys.argv[1])
from sandbox.layers import try_all
try_all()
"""
SETTINGS = {
    "kernel/apparmor_restrict_unprivileged_userns": "1",
    "kernel/unprivileged_userns_clone": "0",
    "user/max_user_namespaces": "0",
}


def layers() -> list[tuple[str, bool, str]]:
    """(layer, whether this machine gives it, remark) for everything that the sandbox uses."""
    return [(name, works, remark) for name, works, remark, _ in _tried()]


def missing() -> list[str]:
    """A sentence for each layer that grading needs and this machine does not give."""
    return [
        f"The sandbox's layer {name!r} is missing: {remark}."
        for name, works, remark, required in _tried()
        if required and not works
    ]


@cache
def _tried():
    if platform.system() != "Linux":
        remark = f"there is none on {platform.system()}: grade in a Linux machine or container"
        return [("sandbox", False, remark, True)]
    command = [sys.executable, "-I", "-S", "-c", TRY_ALL, str(Path(__file__).parents[1])]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        raise RuntimeError(f"The sandbox's layers cannot be tried: {result.stderr.strip()}")
    return json.loads(result.stdout)


def try_all() -> None:
    """Print the rows of all layers as JSON. For a process with one thread and nothing to lose."""
    rows = [(name, *_try(attempt), True) for name, attempt in _required().items()]
    version = landlock_version()
    remark = f"ABI {version}" if version else "not in this kernel, or switched off"
    rows.append(("Landlock", version > 0, remark, False))
    known = has_seccomp()
    rows.append(("seccomp filter", known, "" if known else "not for this kernel or machine", False))
    print(json.dumps(rows))


def _required() -> dict[str, Callable[[], object]]:
    namespaces = {
        "user namespace": NEWUSER,
        "mount namespace": NEWUSER | NEWNS,
        "process namespace": NEWUSER | NEWPID,
        "network namespace": NEWUSER | NEWNET,
        "IPC namespace": NEWUSER | NEWIPC,
        "UTS namespace": NEWUSER | NEWUTS,
    }
    tries = {name: lambda flags=flags: unshare(flags) for name, flags in namespaces.items()}
    return {
        **tries,
        "mounting": _mount,
        "no new privileges": lambda: prctl(PR_SET_NO_NEW_PRIVS, 1),
        "limits": lambda: set_limits(Confinement(), 2**40),
        "memory watch": _watch,
        "all together": _confine,
    }


def _mount():
    unshare(NEWUSER | NEWNS)
    mount("tmpfs", "/usr", "size=1m")


def _confine():
    enter_view([])
    fork_confined(Confinement())


def _watch():
    if not memory_of(os.getpid()) or not Path("/proc/thread-self/children").exists():
        raise OSError("the kernel does not tell what a process uses and has started")


def _try(attempt):
    """(whether it went well, what was wrong) of an attempt in a fork."""
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            attempt()
        except BaseException as error:
            os.write(write_end, reason(error).encode())
        os._exit(0)
    os.close(write_end)
    with open(read_end, encoding="utf-8", errors="replace") as pipe:
        wrong = pipe.read()
    os.waitpid(pid, 0)
    return not wrong, f"{wrong}{_hint()}" if wrong else ""


def _hint():
    """Which of the machine's settings forbids user namespaces to ordinary users, if one does."""
    for name, forbids in SETTINGS.items():
        setting = Path("/proc/sys", name)
        if setting.exists() and setting.read_text().strip() == forbids:
            return f" (the setting {name.replace('/', '.')} is {forbids})"
    return ""

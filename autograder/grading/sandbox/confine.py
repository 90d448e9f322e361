"""A fork of the warm process, confined before it goes on."""

import os
import stat
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from .kernel import (
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWUSER,
    NEWUTS,
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    drop_capabilities,
    mount_tmpfs,
    prctl,
    setns,
    unshare,
)
from .landlock import restrict_files
from .limits import PAGE, Confinement, set_limits
from .namespaces import Warm, enter_namespaces, fork_as_first
from .seccomp import filter_system_calls
from .view import SCRATCH, SHARED_MEMORY, build_view

STUDENT = 1000  # what student code sees as its own user and group
_warm: Warm | None = None


def enter_view(visible: Sequence[Path]) -> None:
    """Take the machine away from this process, but for the interpreter's environment and `visible`, all read-only.

    Once, with one thread, after all imports; from then on `fork_confined` works. The process goes on in a fork; the one
    that was started waits for it outside, ends with it and takes it along.
    Raises OSError with a sentence where the machine does not allow it.
    """
    global _warm
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    student = enter_namespaces()
    build_view(visible, STUDENT)
    fork_as_first()
    _warm = Warm(student, proc, os.open("self/ns/pid", os.O_RDONLY, dir_fd=proc))


def fork_confined(limits: Confinement) -> int:
    """Fork a process that is pid 1 of its own sandbox: 0 there, here its process id as the machine counts.

    Raises OSError with a sentence, here, where it could not be confined; then it has ended without running on.
    """
    if _warm is None:
        raise RuntimeError("The process has not entered the view; call enter_view first.")
    read_end, write_end = os.pipe()
    unshare(NEWPID)
    try:
        pid = os.fork()
    except BaseException:
        setns(_warm.pids, NEWPID)
        raise
    if pid == 0:
        _confine_or_end(limits, write_end)
        return 0
    setns(_warm.pids, NEWPID)
    os.close(write_end)
    with open(read_end, encoding="utf-8", errors="replace") as pipe:
        report = pipe.read()
    if report.isdecimal():
        return int(report)
    with suppress(ChildProcessError):
        os.waitpid(pid, 0)
    raise OSError(f"A submission could not be confined: {report or 'its process died'}")


def _confine_or_end(limits, write_end):
    confined = False
    try:
        outer_pid = _confine(_warm, limits)
        os.write(write_end, str(outer_pid).encode())
        os.close(write_end)
        confined = True
    except BaseException as error:
        os.write(write_end, str(error).encode())
    finally:
        if not confined:
            os._exit(1)


def _confine(warm, limits):
    """All layers, from the outside in; returns the process id as the machine counts."""
    os.setsid()
    outer_pid = int(os.readlink("self", dir_fd=warm.proc))
    _write(warm.proc, "self/oom_score_adj", "1000")
    mapped = int(_read(warm.proc, "self/statm").split()[0]) * PAGE
    if warm.student:
        os.setresgid(warm.student, warm.student, warm.student)
        os.setresuid(warm.student, warm.student, warm.student)
        prctl(PR_SET_DUMPABLE, 1)  # or /proc/self/uid_map below, and `memory_of`, are root's alone
    unshare(NEWUSER | NEWNS | NEWNET | NEWIPC | NEWUTS)
    _write(warm.proc, "self/setgroups", "deny")
    for name in ("uid_map", "gid_map"):
        _write(warm.proc, f"self/{name}", f"{STUDENT} {warm.student} 1")
    for path in (SCRATCH, SHARED_MEMORY):
        mount_tmpfs(path, f"size={limits.scratch},nr_inodes=16384,mode=700")
    os.chdir(SCRATCH)
    os.environ.update({"HOME": SCRATCH, "TMPDIR": SCRATCH})
    tempfile.tempdir = None  # it may remember a folder that is gone
    set_limits(limits, mapped)
    _close_others(warm.proc)
    drop_capabilities()
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    restrict_files({"/": False, "/dev/null": True, SCRATCH: True, SHARED_MEMORY: True})
    filter_system_calls()
    return outer_pid


def _read(folder, path):
    fd = os.open(path, os.O_RDONLY, dir_fd=folder)
    with open(fd) as file:
        return file.read()


def _write(folder, path, text):
    fd = os.open(path, os.O_WRONLY, dir_fd=folder)
    with open(fd, "w") as file:
        file.write(text)


def _close_others(proc):
    """Close folders, files and namespaces: only pipes, sockets and devices such as /dev/null go into a sandbox."""
    listing = os.open("self/fd", os.O_RDONLY, dir_fd=proc)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in map(int, os.listdir(listing)):
        with suppress(OSError):
            kind = stat.S_IFMT(os.fstat(fd).st_mode)
            if kind in (stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR):
                continue
            if fd <= 2:
                os.dup2(null, fd)  # a free standard descriptor would be taken by the next file
            else:
                os.close(fd)
    os.close(null)

"""A fork of the warm process, confined before it goes on."""

import os
import signal
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
    mount,
    prctl,
    read_at,
    reason,
    setns,
    unshare,
    write_at,
)
from .landlock import restrict_files
from .limits import PAGE, Confinement, set_limits
from .namespaces import Warm, enter_namespaces, fork_as_first
from .pages import join_pages
from .seccomp import filter_system_calls
from .view import SCRATCH, SHARED_MEMORY, TERMINALS, build_view, check_open_to_all

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
    if student:
        check_open_to_all(visible)
    build_view(visible, STUDENT)
    fork_as_first()
    _warm = Warm(student, proc, os.open("self/ns/pid", os.O_RDONLY, dir_fd=proc))
    join_pages(read_at(proc, "self/maps"))


def fork_confined(limits: Confinement) -> tuple[int, int]:
    """Fork a process that is pid 1 of its own sandbox, and confine it before it goes on.

    Returns (0, -1) there, and here its process id as the machine counts, which means nothing in this process's own
    namespace, with a pidfd, which works everywhere and is the caller's to close.
    Raises OSError with a sentence, here, where it could not be confined; then it has ended without running on.
    """
    if _warm is None:
        raise RuntimeError("The process has not entered the view; call enter_view first.")
    read_end, write_end = os.pipe()
    try:
        pid = _fork_into_new_pids()
    except OSError:
        os.close(read_end)
        os.close(write_end)
        raise
    if pid == 0:
        _confine_or_end(limits, write_end)
        return 0, -1
    pidfd = os.pidfd_open(pid)
    os.close(write_end)
    with open(read_end, encoding="utf-8", errors="replace") as pipe:
        report = pipe.read()
    if not report.isdecimal():
        os.close(pidfd)
        with suppress(ChildProcessError):  # where the caller ignores its children's ends
            os.waitpid(pid, 0)
        raise OSError(report or "the process died while it was being confined")
    return int(report), pidfd


def _fork_into_new_pids():
    """Fork a child that is pid 1 of a new namespace; this process and its later children stay out of it.

    Signals wait, in the child until it is confined: none can lead it past that.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    pid = -1
    try:
        unshare(NEWPID)
        pid = os.fork()
    finally:
        if pid:
            setns(_warm.pids, NEWPID)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
    return pid


def _confine_or_end(limits, write_end):
    confined = False
    try:
        outer_pid = _confine(_warm, limits)
        os.write(write_end, str(outer_pid).encode())
        os.close(write_end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signal.valid_signals())
        confined = True
    except BaseException as error:
        os.write(write_end, reason(error).encode())
    finally:
        if not confined:
            os._exit(1)


def _confine(warm, limits):
    """All layers, from the outside in; returns the process id as the machine counts."""
    os.setsid()
    outer_pid = int(os.readlink("self", dir_fd=warm.proc))
    write_at(warm.proc, "self/oom_score_adj", "1000")
    mapped = int(read_at(warm.proc, "self/statm").split()[0]) * PAGE
    if warm.student:
        os.setresgid(warm.student, warm.student, warm.student)
        os.setresuid(warm.student, warm.student, warm.student)
        prctl(PR_SET_DUMPABLE, 1)  # or /proc/self/uid_map below, and `memory_of`, are root's alone
    unshare(NEWUSER | NEWNS | NEWNET | NEWIPC | NEWUTS)
    write_at(warm.proc, "self/setgroups", "deny")
    for name in ("uid_map", "gid_map"):
        write_at(warm.proc, f"self/{name}", f"{STUDENT} {warm.student} 1")
    for path in (SCRATCH, SHARED_MEMORY):
        mount("tmpfs", path, f"size={limits.scratch},nr_inodes=16384,mode=700")
    mount("devpts", TERMINALS, "newinstance,ptmxmode=666,max=16")
    os.chdir(SCRATCH)
    os.environ.update({"HOME": SCRATCH, "TMPDIR": SCRATCH})
    tempfile.tempdir = None  # it may remember a folder that is gone
    set_limits(limits, mapped)
    _close_others(warm.proc)
    drop_capabilities()
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    writable = ("/dev/null", SCRATCH, SHARED_MEMORY, TERMINALS)
    restrict_files({"/": False, **dict.fromkeys(writable, True)})
    filter_system_calls()
    return outer_pid


def _close_others(proc):
    """Close folders, files and namespaces: pipes, sockets and /dev/null alone go into a sandbox."""
    listing = os.open("self/fd", os.O_RDONLY, dir_fd=proc)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in map(int, os.listdir(listing)):
        with suppress(OSError):
            status = os.fstat(fd)
            memory_device = os.major(status.st_rdev) == 1  # /dev/null and the like, no terminal
            if stat.S_IFMT(status.st_mode) in (stat.S_IFIFO, stat.S_IFSOCK) or memory_device:
                continue
            if fd <= 2:
                os.dup2(null, fd)  # a free standard descriptor would be taken by the next file
            else:
                os.close(fd)
    os.close(null)

"""Namespaces of the warm process, made once, and the ids that stand for student code in them.

The warm process is pid 1 of a PID namespace of its own, so that it can make another for every fork (a process cannot
do so twice while its children already lie in a namespace that it is no part of, and may return only to one that its
own user namespace owns), and so that everything it ever forked dies with it.
"""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from .kernel import (
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWUSER,
    NEWUTS,
    PR_SET_PDEATHSIG,
    prctl,
    unshare,
)

NOBODY = 65534
WAIT = """
import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
_, status = os.waitpid(int(sys.argv[1]), 0)
os._exit(os.waitstatus_to_exitcode(status) & 255)
"""
IDS = {"uid_map": os.geteuid, "gid_map": os.getegid}


@dataclass(frozen=True)
class Warm:
    """What a warm process keeps for its forks.

    student  id, in its own user namespace, that forks go on as
    proc     descriptor of the machine's /proc, which the view does not show
    pids     descriptor of its own PID namespace
    """

    student: int
    proc: int
    pids: int


def enter_namespaces() -> int:
    """Move this process into namespaces of its own; into the PID namespace only its next child, as pid 1.

    Returns the id that forks go on as: 0, which is this very user, or 1 where root started it. The kernel does not hold
    the real root to a number of processes, so root's forks become nobody.
    """
    maps = {name: _ranges(name) for name in IDS}
    several = all(len(ranges) > 1 for ranges in maps.values())
    finish = _map_from_outside(maps) if several else None
    unshare(NEWUSER | NEWNS | NEWNET | NEWIPC | NEWUTS | NEWPID)
    if several:
        finish()
        os.setgroups([])
        return 1
    Path("/proc/self/setgroups").write_text("deny")
    for name, ranges in maps.items():
        Path("/proc/self", name).write_text(_as_lines(ranges[:1]))
    return 0


def _ranges(name):
    """(inner, outer, count) of the ids of the new namespace: 0 is this user; for root, 1 is nobody."""
    own = IDS[name]()
    ranges = [(0, own, 1)]
    if os.geteuid() == 0:
        mapped = [line.split() for line in Path("/proc/self", name).read_text().splitlines()]
        ids = [range(int(first), int(first) + int(count)) for first, _, count in mapped]
        others = [i for i in (NOBODY, *(span[-1] for span in ids)) if i != own]
        known = [i for i in others if any(i in span for span in ids)]
        ranges += [(1, i, 1) for i in known[:1]]
    return ranges


def _as_lines(ranges):
    return "".join(f"{inner} {outer} {count}\n" for inner, outer, count in ranges)


def _map_from_outside(maps):
    """Fork a helper that stays outside, where root may map several ids; the function returned lets it do so."""
    ready, go = os.pipe()
    parent = os.getpid()
    helper = os.fork()
    if helper == 0:
        status = 1
        try:
            os.close(go)
            os.read(ready, 1)
            for name, ranges in maps.items():
                Path(f"/proc/{parent}", name).write_text(_as_lines(ranges))
            status = 0
        finally:
            os._exit(status)
    os.close(ready)

    def finish():
        os.close(go)
        _, status = os.waitpid(helper, 0)
        if status:
            raise PermissionError("Mapping the ids of the sandbox failed: this root may not do it.")

    return finish


def fork_as_first() -> None:
    """Go on as pid 1 of the new PID namespace. The process that stays outside ends with it, and it with that."""
    child = os.fork()
    if child:
        os.closerange(0, 65536)
        # A program anew, since what it shares of its memory with its child would make the child's writes dear.
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", WAIT, str(child)])
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

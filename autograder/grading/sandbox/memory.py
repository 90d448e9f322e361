"""How much memory a sandbox uses, seen from outside, where ordinary users have no control group to ask."""

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

FULL_SECONDS = 2


@dataclass
class _Reading:
    """What was last found of a sandbox: of each process, a mark that changes when it gets memory, and its bytes."""

    until: float
    marks: dict[int, tuple] = field(default_factory=dict)
    bytes: dict[int, int] = field(default_factory=dict)


_readings: dict[int, _Reading] = {}


def memory_of(pid: int) -> int:
    """Bytes that the processes of the sandbox whose first process is `pid` use together; 0 when it is gone.

    To be asked from outside, several times a second. What several forks share counts once; files and the scratch
    folder, which has its own limit, do not count. The kernel reads page tables for this, some milliseconds a process.
    So a process without a page fault since the last time counts as it did then, but not where another one has ended,
    whose part of shared pages it then has, and not for more than FULL_SECONDS.
    """
    marks = {member: mark for member in _family(pid) if (mark := _mark(member))}
    last = _readings.pop(pid, None)
    now = time.monotonic()
    if last is None or now > last.until or last.marks.keys() - marks.keys():
        last = _Reading(now + FULL_SECONDS)
    changed = [member for member, mark in marks.items() if last.marks.get(member) != mark]
    last.bytes.update({member: _own_share(member) for member in changed})
    last.marks = marks
    if marks:
        _readings[pid] = last
    return sum(last.bytes.values())


def _family(pid):
    """Process ids of a process and of all below it. What loses its parent in a sandbox becomes its first's child."""
    family = [pid]
    for member in family:
        try:
            for thread in os.listdir(f"/proc/{member}/task"):
                children = Path(f"/proc/{member}/task/{thread}/children").read_text()
                family += map(int, children.split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return family


def _mark(pid):
    """Start and numbers of page faults of a process, without which it gets no memory; None where it is gone."""
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        state, minor_faults, major_faults, start = fields[0], fields[7], fields[9], fields[19]
        if state != "Z":
            return start, minor_faults, major_faults
    return None


def _own_share(pid):
    """Bytes of anonymous and shared memory of a process, pages of several processes in equal parts."""
    with suppress(FileNotFoundError, ProcessLookupError):
        try:
            return _total(f"/proc/{pid}/smaps_rollup", ("Pss_Anon:", "Pss_Shmem:", "SwapPss:"))
        except PermissionError:  # it runs a program that may not be read, which shares nothing
            return _total(f"/proc/{pid}/status", ("RssAnon:", "RssShmem:", "VmSwap:"))
    return 0


def _total(path, names):
    rows = (line.split() for line in Path(path).read_text().splitlines())
    return sum(int(row[1]) * 1024 for row in rows if row[0] in names)

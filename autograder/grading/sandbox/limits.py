"""What one submission may use, and how much memory it uses."""

import os
import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Confinement:
    """Limits of one submission's sandbox; sizes in bytes.

    memory       what one process may map beyond what the warm process has mapped; the bound for all together as well
    cpu_seconds  of one process
    processes    and threads, together
    open_files   of one process
    file_size    of one file
    scratch      of the scratch folder, and again of the shared memory
    """

    memory: int = 2 * 2**30
    cpu_seconds: int = 300
    processes: int = 64
    open_files: int = 256
    file_size: int = 64 * 2**20
    scratch: int = 128 * 2**20


def set_limits(limits: Confinement, mapped: int) -> None:
    """Hold this process and its children to the limits; `mapped` bytes are mapped already."""
    for kind, bound in (
        (resource.RLIMIT_AS, mapped + limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_NPROC, limits.processes),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 256),
    ):
        _, hardest = resource.getrlimit(kind)
        if hardest != resource.RLIM_INFINITY:
            bound = min(bound, hardest)
        resource.setrlimit(kind, (bound, bound))


def memory_of(pid: int) -> int:
    """Bytes that the processes of the sandbox whose first process is `pid` use together; 0 when it is gone.

    Asked from outside. What several forks share counts once; files and the scratch folder, which has its own limit, do
    not count. The kernel reads page tables for this: some milliseconds a process.
    """
    return sum(_own_share(member) for member in _family(pid))


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


def _own_share(pid):
    """Bytes of anonymous and shared memory of a process, pages of several processes in equal parts."""
    try:
        return _total(f"/proc/{pid}/smaps_rollup", ("Pss_Anon:", "Pss_Shmem:", "SwapPss:"))
    except (FileNotFoundError, ProcessLookupError):
        return 0
    except (
        PermissionError
    ):  # it runs a program that may not be read, which shares nothing with its parent
        with suppress(FileNotFoundError, ProcessLookupError):
            return _total(f"/proc/{pid}/status", ("RssAnon:", "RssShmem:", "VmSwap:"))
        return 0


def _total(path, names):
    rows = (line.split() for line in Path(path).read_text().splitlines())
    return sum(int(row[1]) * 1024 for row in rows if row[0] in names)

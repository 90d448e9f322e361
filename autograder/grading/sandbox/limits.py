"""What one submission may use, and how much memory it uses."""

import os
import resource
from dataclasses import dataclass

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
        (
            resource.RLIMIT_CORE,
            1,
        ),  # not 0, with which a crash may still start the machine's crash reporter
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 256),
    ):
        _, hardest = resource.getrlimit(kind)
        if hardest != resource.RLIM_INFINITY:
            bound = min(bound, hardest)
        resource.setrlimit(kind, (bound, bound))

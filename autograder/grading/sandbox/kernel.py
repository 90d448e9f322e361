"""The system calls that Python 3.11 does not offer, with their errors as sentences."""

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)

# Namespaces, as clone, unshare and setns take them.
NEWNS = 0x00020000
NEWCGROUP = 0x02000000
NEWUTS = 0x04000000
NEWIPC = 0x08000000
NEWUSER = 0x10000000
NEWPID = 0x20000000
NEWNET = 0x40000000

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

CAPABILITY_VERSION_3 = 0x20080522


def call(what: str, function, *arguments) -> int:
    """The result of a C library function; integers go as C longs, texts as paths.

    Raises OSError with a sentence that begins with `what`, such as "mounting /scratch".
    """
    result = function(*(_as_c(argument) for argument in arguments))
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, f"{what} failed: {os.strerror(code)}")
    return result


def syscall(what: str, number: int, *arguments) -> int:
    """`call` for a system call that has no function in the C library."""
    return call(what, LIBC.syscall, number, *arguments)


def reason(error: BaseException) -> str:
    """What went wrong, without the number of an OSError."""
    return str(getattr(error, "strerror", None) or error) or type(error).__name__


def _as_c(argument):
    if isinstance(argument, int):
        return ctypes.c_long(argument)
    return os.fsencode(argument) if isinstance(argument, str | os.PathLike) else argument


def unshare(flags: int) -> None:
    """Give the process namespaces of its own; a PID namespace only to the children that follow."""
    call("making namespaces", LIBC.unshare, flags)


def setns(fd: int, flags: int) -> None:
    """Join the namespace behind a descriptor."""
    call("joining a namespace", LIBC.setns, fd, flags)


def prctl(option: int, *arguments: int) -> None:
    """Set an attribute of the process."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    call(f"prctl {option}", LIBC.prctl, option, *padded)


def mount(kind: str, path: str, options: str) -> None:
    """An empty file system such as tmpfs, without privileged programs."""
    nosuid = 2
    call(f"mounting {path}", LIBC.mount, kind, path, kind, nosuid, options.encode())


def read_at(folder: int, path: str) -> str:
    """The text of a file below the folder behind a descriptor."""
    with open(os.open(path, os.O_RDONLY, dir_fd=folder)) as file:
        return file.read()


def write_at(folder: int, path: str, text: str) -> None:
    """Write to an existing file below the folder behind a descriptor."""
    with open(os.open(path, os.O_WRONLY, dir_fd=folder), "w") as file:
        file.write(text)


def drop_capabilities() -> None:
    """Give up every capability for good, here and in whatever the process starts."""
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    capability = 0
    while LIBC.prctl(PR_CAPBSET_DROP, ctypes.c_long(capability), 0, 0, 0) == 0:
        capability += 1  # the first that the kernel does not know ends it
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    call("dropping capabilities", LIBC.capset, header, (ctypes.c_uint32 * 6)())

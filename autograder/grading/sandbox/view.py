"""The part of the machine that student code sees: the interpreter's environment and what is named, nothing else.

Built from copies of mounts (open_tree, mount_setattr and move_mount, Linux 5.12), so that it also works as an
ordinary user inside a user namespace.
"""

import ctypes
import os
import site
import stat
import struct
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from .kernel import LIBC, call, mount, syscall

SCRATCH = "/scratch"
SHARED_MEMORY = "/dev/shm"
TERMINALS = "/dev/pts"  # a notebook's "!ls" runs in one

# Of a prefix only these, since a course may lie beside them: a virtual environment can be the project's own folder.
PARTS = (
    *("bin", "etc", "include", "lib", "lib32", "lib64", "libexec", "sbin", "share", "ssl"),
    "pyvenv.cfg",
)
SYSTEM = (
    *("/bin", "/lib", "/lib32", "/lib64", "/sbin"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime", "/etc/timezone"),
    *("/var/cache/fontconfig",),
    # Files about the processor, which torch's own start-up reads.
    *("/proc/cpuinfo", "/proc/meminfo"),
    *(f"/sys/devices/system/cpu/{name}" for name in ("online", "possible", "present")),
)
# Not /dev/zero: a shared mapping of it is memory that no limit sees.
DEVICES = ("/dev/full", "/dev/null", "/dev/random", "/dev/urandom")
HOSTNAME = "sandbox"
WRITTEN = {
    "/etc/passwd": "student:x:{user}:{user}::{scratch}:/bin/sh\n",
    "/etc/group": "student:x:{user}:\n",
    "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
}

# System calls that have the same number on all architectures.
OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR = 428, 429, 442
AT_FDCWD, AT_EMPTY_PATH, AT_RECURSIVE = -100, 0x1000, 0x8000
OPEN_TREE_CLONE = 1
MOVE_MOUNT_F_EMPTY_PATH = 4
READ_ONLY, NOSUID, NODEV = 1, 2, 4
MS_REC, MS_PRIVATE, MNT_DETACH = 0x4000, 1 << 18, 2


def build_view(visible: Sequence[Path], user: int) -> None:
    """Make the view the root of this mount namespace; `user` is the id that student code will see itself as."""
    os.umask(0o022)
    call(
        "parting from the machine's mounts", LIBC.mount, None, "/", None, MS_REC | MS_PRIVATE, None
    )
    trees = [(path, _copy(path, READ_ONLY | NOSUID | NODEV)) for path in _shown(visible)]
    trees += [(path, _copy(path, READ_ONLY | NOSUID)) for path in DEVICES]
    place = "/usr"  # any folder serves: the new root lies on it only until it is the root
    mount("tmpfs", place, "size=1m,mode=755")
    os.chdir(place)
    for path, tree in trees:
        _attach(tree, path)
    for path, text in WRITTEN.items():
        Path(path[1:]).parent.mkdir(parents=True, exist_ok=True)
        Path(path[1:]).write_text(text.format(user=user, scratch=SCRATCH))
    for path in (SCRATCH, SHARED_MEMORY, TERMINALS):
        os.makedirs(path[1:], exist_ok=True)
    if not os.path.exists("tmp"):  # which holds the environment where that lies below /tmp
        os.symlink(SCRATCH[1:], "tmp")
    os.symlink("pts/ptmx", "dev/ptmx")
    call("naming the sandbox", LIBC.sethostname, HOSTNAME, len(HOSTNAME))
    call("changing the root", LIBC.pivot_root, ".", ".")
    call("leaving the old root", LIBC.umount2, ".", MNT_DETACH)
    os.chdir("/")
    _set_attributes(AT_FDCWD, "/", READ_ONLY | NOSUID | NODEV, 0)


def check_open_to_all(visible: Sequence[Path]) -> None:
    """Raises PermissionError where code that runs as nobody could not read what it needs."""
    libraries = (sysconfig.get_path(name) for name in ("stdlib", "purelib"))
    for path in (*libraries, *visible):
        mode = os.stat(path).st_mode
        if mode & 0o004 == 0 or (stat.S_ISDIR(mode) and mode & 0o001 == 0):
            raise PermissionError(
                f"Started by root, student code runs as nobody, who may not read {path}: open it to all, "
                "or grade as an ordinary user."
            )


def _shown(visible):
    """Paths to show, parents first, without those that a parent already shows."""
    prefixes = {sys.prefix, sys.base_prefix, sys.exec_prefix, "/usr", "/usr/local"}
    wanted = {os.path.join(prefix, part) for prefix in prefixes for part in PARTS}
    wanted |= {*SYSTEM, *site.getsitepackages(), *map(os.path.abspath, visible)}
    if site.ENABLE_USER_SITE:
        wanted.add(site.getusersitepackages())
    wanted |= {os.path.normpath(hop) for hop in _links(sys.executable)}
    wanted |= {os.path.realpath(path) for path in wanted}
    shown = []
    for path in sorted(wanted):
        if os.path.exists(path) and not any(_within(path, parent) for parent in shown):
            shown.append(path)
    return shown


def _within(path, parent):
    return os.path.commonpath((path, parent)) == parent


def _links(path):
    """A program and what it links to, link by link."""
    yield path
    while os.path.islink(path):
        path = os.path.join(os.path.dirname(path), os.readlink(path))
        yield path


def _copy(path, attributes):
    """Descriptor of a detached copy of the mounts at and below a path."""
    flags = OPEN_TREE_CLONE | AT_RECURSIVE | os.O_CLOEXEC
    tree = syscall(f"showing {path}", OPEN_TREE, AT_FDCWD, path, flags)
    _set_attributes(tree, "", attributes, AT_EMPTY_PATH | AT_RECURSIVE)
    return tree


def _attach(tree, path):
    """Put a copied tree at its path below the current folder."""
    target = path[1:]
    if stat.S_ISDIR(os.fstat(tree).st_mode):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        Path(target).touch()
    syscall(f"showing {path}", MOVE_MOUNT, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH)
    os.close(tree)


def _set_attributes(fd, path, attributes, flags):
    wanted = struct.pack("=QQQQ", attributes, 0, 0, 0)
    size = ctypes.c_size_t(len(wanted))
    syscall(f"protecting {path or 'a mount'}", MOUNT_SETATTR, fd, path, flags, wanted, size)

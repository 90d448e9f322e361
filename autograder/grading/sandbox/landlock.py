"""Landlock: what files, TCP ports, signals and abstract sockets a process may reach, whatever its namespaces show.

By hand, since it is three system calls: the bindings on PyPI are of alpha state and of one author each.
"""

import ctypes
import os
import stat
import struct

from .kernel import LIBC, syscall

# System calls, the same number on all architectures.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ASK_VERSION = 1
PATH_BENEATH = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = (1 << bit for bit in range(4))
MAKE_CHAR, MAKE_BLOCK = 1 << 6, 1 << 11
TRUNCATE, IOCTL_DEV = 1 << 14, 1 << 15
OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
# The last right on files that each version of the interface knows; later ones know the last.
LAST_FILE_RIGHT = {1: 12, 2: 13, 3: 14, 4: 14, 5: 15}
BIND_TCP, CONNECT_TCP = 1, 2
SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS = 1, 2


def landlock_version() -> int:
    """The kernel's Landlock interface; 0 where there is none."""
    version = LIBC.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ASK_VERSION)
    return max(int(version), 0)


def restrict_files(writable: dict[str, bool]) -> None:
    """Allow nothing but reading and running beneath paths, writing too where the value says so; no TCP either.

    Signals and abstract sockets reach only processes under the same restriction. Does as much as the kernel knows
    of this (all of it from Linux 6.12), nothing where it has no Landlock. The process must have no_new_privs set.
    """
    version = landlock_version()
    if version == 0:
        return
    everything = (1 << LAST_FILE_RIGHT[min(version, 5)] + 1) - 1
    tcp = BIND_TCP | CONNECT_TCP if version >= 4 else 0
    scopes = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS if version >= 6 else 0
    # A kernel takes a longer structure than it knows where the rest is zero.
    attributes = struct.pack("=QQQ", everything, tcp, scopes)
    size = ctypes.c_size_t(len(attributes))
    ruleset = syscall("making Landlock rules", CREATE_RULESET, attributes, size, 0)
    try:
        for path, may_write in writable.items():
            devices = MAKE_CHAR | MAKE_BLOCK
            rights = everything & ~devices if may_write else EXECUTE | READ_FILE | READ_DIR
            _allow(ruleset, path, rights)
        syscall("restricting by Landlock", RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset, path, rights):
    fd = os.open(path, os.O_PATH)
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= OF_A_FILE
        rule = struct.pack("=Qi", rights, fd)
        syscall(f"allowing {path}", ADD_RULE, ruleset, PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)

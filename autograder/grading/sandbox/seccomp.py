"""A seccomp filter: system calls that student code has no honest use for answer with an error.

Written as the kernel's small filter programs by hand: libseccomp's binding pyseccomp is of 2021 and needs a system
library that a bare machine may lack, and an older library does not know the newer calls that matter here.
"""

import ctypes
import errno
import platform
import struct

from .kernel import (
    LIBC,
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWUSER,
    NEWUTS,
    call,
)

ARCHITECTURES = {
    "x86_64": (0, 0xC000003E),
    "aarch64": (1, 0xC00000B7),
}  # column below, audit number
# name: numbers on x86_64 and aarch64; None where an architecture has no such call.
REFUSED = {
    # mounts and roots
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "fsconfig": (431, 431),
    "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442), "statmount": (457, 457),
    "listmount": (458, 458), "swapon": (167, 224), "swapoff": (168, 225), "quotactl": (179, 60),
    "quotactl_fd": (443, 443), "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262), "fanotify_mark": (301, 263), "inotify_init": (253, None),
    "inotify_init1": (294, 26), "acct": (163, 89), "sysfs": (139, None), "ustat": (136, None),
    # namespaces and names
    "unshare": (272, 97), "setns": (308, 268), "sethostname": (170, 161), "setdomainname": (171, 162),
    # other processes
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "process_mrelease": (448, 448), "pidfd_getfd": (438, 438),
    "kcmp": (312, 272), "migrate_pages": (256, 238), "move_pages": (279, 239),
    # parts of the kernel with a history of holes
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "seccomp": (317, 277),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218), "personality": (135, 92),
    "modify_ldt": (154, None), "iopl": (172, None), "ioperm": (173, None), "uselib": (134, None),
    "remap_file_pages": (216, 234), "lookup_dcookie": (212, 18), "nfsservctl": (180, 42),
    # the machine itself
    "reboot": (169, 142), "kexec_load": (246, 104), "kexec_file_load": (320, 294),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "create_module": (174, None), "query_module": (178, None), "get_kernel_syms": (177, None),
    "_sysctl": (156, None), "syslog": (103, 116), "vhangup": (153, 58), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    # memory that is mapped nowhere and that no limit sees
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "shmctl": (31, 195), "shmdt": (67, 197), "semget": (64, 190), "semop": (65, 193),
    "semctl": (66, 191), "semtimedop": (220, 192), "msgget": (68, 186), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180), "mq_unlink": (241, 181),
}  # fmt: skip
CLONE, CLONE3 = (56, 220), (435, 435)
MMAP, IOCTL, PRCTL, SOCKET = (9, 222), (16, 29), (157, 167), (41, 198)
SETRLIMIT, PRLIMIT = (160, 164), (302, 261)
NEWEST_CALL = 462  # what came later is unknown here and answered as an older kernel would

NAMESPACES = NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
SHARED_ANONYMOUS = 0x01 | 0x20  # such memory can be filled and then unmapped without being freed
TIOCSTI, TIOCLINUX = 0x5412, 0x541C  # type into a terminal
PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_MM = (
    4,
    22,
    35,
)  # the first would hide memory from `memory_of`
RLIMIT_CORE = 4  # stays as `set_limits` sets it
AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10

LOAD, AND, JUMP_EQUAL, JUMP_GREATER, RETURN = 0x20, 0x54, 0x15, 0x25, 0x06
ALLOW, ERROR, KILL = 0x7FFF0000, 0x00050000, 0x80000000
NUMBER, ARCHITECTURE = 0, 4  # offsets of what a filter may look at; argument i lies at 16 + 8 i
PR_SET_SECCOMP_MODE_FILTER = 2


def filter_system_calls() -> None:
    """Install the filter for this process and all that it starts; the process must have no_new_privs set.

    Nothing is done on a machine whose architecture has no table here or whose kernel has no seccomp.
    """
    if not has_seccomp():
        return
    buffer = ctypes.create_string_buffer(CODE, len(CODE))
    program = struct.pack("@HP", len(CODE) // 8, ctypes.addressof(buffer))
    mode = PR_SET_SECCOMP_MODE_FILTER
    call("filtering system calls", LIBC.prctl, PR_SET_SECCOMP, mode, program, 0, 0)


def has_seccomp() -> bool:
    """Whether this kernel has filters and this module knows the machine's system calls."""
    if not CODE:
        return False
    # Without a program, a kernel that has filters complains of the missing program.
    failed = LIBC.prctl(PR_SET_SECCOMP, ctypes.c_long(PR_SET_SECCOMP_MODE_FILTER), None, 0, 0)
    return failed == -1 and ctypes.get_errno() == errno.EFAULT


def _program(column, audit):
    """Instructions (code, jump if true, jump if false, value) that decide about one system call."""
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_EQUAL, 1, 0, audit),
        (RETURN, 0, 0, KILL),  # another architecture's calls have other numbers
        (LOAD, 0, 0, NUMBER),
    ]
    newer = _answer(errno.ENOSYS)
    steps += [(JUMP_GREATER, 0, 1, NEWEST_CALL), newer, (JUMP_EQUAL, 0, 1, CLONE3[column]), newer]
    for numbers in REFUSED.values():
        if numbers[column] is not None:
            steps += [(JUMP_EQUAL, 0, 1, numbers[column]), _answer(errno.EPERM)]
    steps += _when(CLONE[column], 0, NAMESPACES, any_bit=True)
    steps += _when(MMAP[column], 3, SHARED_ANONYMOUS)
    steps += _among(IOCTL[column], 1, (TIOCSTI, TIOCLINUX), refuse=True)
    steps += _among(PRCTL[column], 0, (PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_MM), refuse=True)
    steps += _among(SETRLIMIT[column], 0, (RLIMIT_CORE,), refuse=True)
    steps += _among(PRLIMIT[column], 1, (RLIMIT_CORE,), refuse=True)
    steps += _among(SOCKET[column], 0, (AF_UNIX, AF_INET, AF_INET6), refuse=False)
    return [*steps, (RETURN, 0, 0, ALLOW)]


def _answer(code):
    return (RETURN, 0, 0, ERROR | code)


def _when(number, argument, bits, any_bit=False):
    """Refuse a call whose argument has all of the bits set, or any of them."""
    inner = [(LOAD, 0, 0, 16 + 8 * argument), (AND, 0, 0, bits)]
    if any_bit:
        inner += [(JUMP_EQUAL, 1, 0, 0), _answer(errno.EPERM)]
    else:
        inner += [(JUMP_EQUAL, 0, 1, bits), _answer(errno.EPERM)]
    return _block(number, [*inner, (RETURN, 0, 0, ALLOW)])


def _among(number, argument, values, refuse):
    """Refuse a call whose argument is among the values, or one whose argument is not."""
    hit, miss = (_answer(errno.EPERM), (RETURN, 0, 0, ALLOW))[:: 1 if refuse else -1]
    inner = [(LOAD, 0, 0, 16 + 8 * argument)]
    for value in values:
        inner += [(JUMP_EQUAL, 0, 1, value), hit]
    return _block(number, [*inner, miss])


def _block(number, inner):
    return [(JUMP_EQUAL, 0, len(inner), number), *inner]


def _code():
    column_and_audit = ARCHITECTURES.get(platform.machine())
    steps = _program(*column_and_audit) if column_and_audit else []
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


CODE = _code()  # made once, before the forks

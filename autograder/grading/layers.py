"""Which layers of a sandbox this machine could give, each tried, not guessed."""

import ctypes
import platform
import subprocess
import sys
from pathlib import Path

NAMESPACES = {
    "user": 0x10000000,
    "mount": 0x00020000,
    "process": 0x20000000,
    "network": 0x40000000,
    "IPC": 0x08000000,
}
TRY_NAMESPACES = """
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
sys.exit(0 if libc.unshare(int(sys.argv[1])) == 0 else ctypes.get_errno())
"""
LANDLOCK_CREATE_RULESET = 444  # the same number on all of Linux's architectures
LANDLOCK_VERSION = 1


def layers() -> list[tuple[str, bool, str]]:
    """(layer, whether it can be had, remark) for everything that a sandbox could use here."""
    if platform.system() != "Linux":
        return [
            ("sandbox", False, f"there is none on {platform.system()}: grade in a Linux container")
        ]
    rows = []
    user = NAMESPACES["user"]
    for name, flag in NAMESPACES.items():
        works = _try_namespaces(user | flag)
        rows.append(
            (f"{name} namespace", works, "" if works else "the kernel or its settings refuse it")
        )
    version = landlock_version()
    rows.append(
        (
            "Landlock",
            version > 0,
            f"ABI {version}" if version else "not in this kernel, or switched off",
        )
    )
    seccomp = Path("/proc/sys/kernel/seccomp/actions_avail")
    rows.append(
        ("seccomp filter", seccomp.exists(), "" if seccomp.exists() else "not in this kernel")
    )
    return rows


def _try_namespaces(flags):
    command = [sys.executable, "-S", "-c", TRY_NAMESPACES, str(flags)]
    return subprocess.run(command, capture_output=True).returncode == 0


def landlock_version() -> int:
    """The kernel's Landlock ABI; 0 where there is none."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), LANDLOCK_VERSION)
    return max(int(version), 0)

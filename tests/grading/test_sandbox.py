"""The sandbox on a real kernel: each test tries in a confined fork what student code must not be able to do."""

import ctypes
import os
import socket
import sys
import tempfile
from multiprocessing import shared_memory
from pathlib import Path

import pytest

from autograder.grading.sandbox import missing
from tests.grading.sandboxes import USERS, WarmProcess, denied, user_of

ROOT = Path(__file__).parents[2]
NEWUSER = 0x10000000
# name: numbers on x86_64 and aarch64
NUMBERS = {
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clone": (56, 220),
    "clone3": (435, 435),
    "init_module": (175, 105),
    "io_uring_setup": (425, 425),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "mount": (165, 40),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "ptrace": (101, 117),
    "setns": (308, 268),
    "shmget": (29, 194),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
SYSCALLS = {name: pair[os.uname().machine == "aarch64"] for name, pair in NUMBERS.items()}

pytestmark = pytest.mark.skipif(bool(missing()), reason=" ".join(missing()) or "none")


@pytest.fixture(scope="module", params=USERS)
def warm(request):
    """A warm process without torch, to which utils alone is visible; where root runs the tests, also of a user."""
    warm = WarmProcess(visible=[ROOT / "utils"], user=user_of(request.param))
    yield warm
    warm.close()


@pytest.fixture
def canary():
    """A file of the machine that everyone may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        file = Path(folder, "canary")
        file.write_text("sings")
        yield file


def test_files_of_the_machine_are_not_there(warm, canary):
    hidden = [
        *(canary, canary.parent, Path.home() / ".bashrc", Path(f"/proc/{os.getpid()}/environ")),
        *(ROOT / name for name in ("autograder", "assignments", "tests", "pyproject.toml", ".git")),
        *map(
            Path, ("/etc/shadow", "/etc/hostname", "/proc/self", "/proc/1/environ", "/proc/1/root")
        ),
        *map(
            Path, ("/sys/class", "/dev/mem", "/dev/zero", "/dev/tty", "/run", "/var/log", "/boot")
        ),
    ]
    code = "".join(f"attempt(os.stat, {str(path)!r})\n" for path in hidden)
    assert set(warm.run(code).splitlines()) == {"denied FileNotFoundError"}


def test_ways_to_the_environment_hold_nothing_else(warm):
    """A folder above what is shown exists, but has no other entries than lead there."""
    code = f"""
for path in map(os.path.abspath, {[sys.prefix, sys.base_prefix, str(ROOT / "utils")]!r}):
    while len(os.path.dirname(path)) > 1 and not path.startswith("/usr"):
        path, name = os.path.split(path)
        print(path, *sorted(os.listdir(path)), sep="|")
"""
    shown = [Path(sys.prefix), Path(sys.base_prefix), ROOT / "utils"]
    shown += [path.resolve() for path in shown]
    for line in warm.run(code).splitlines():
        folder, *names = line.split("|")
        for name in names:
            assert any(
                path.is_relative_to(Path(folder, name)) or Path(folder, name).is_relative_to(path)
                for path in shown
            ), line


def test_what_is_visible_is_read_only(warm):
    code = f"attempt(os.listdir, {str(ROOT / 'utils')!r})\n"
    assert warm.run(code).startswith("allowed")
    code = f"""
for path in ("/x", "/etc/passwd", {sys.prefix!r} + "/lib/x", {str(ROOT)!r} + "/utils/x", "/dev/x"):
    attempt(open, path, "a")
attempt(os.chmod, {sys.prefix!r} + "/lib", 0o777)
attempt(os.remove, {str(ROOT)!r} + "/utils/plots.py")
attempt(os.mkdir, "/new")
attempt(os.utime, {sys.prefix!r} + "/lib")
"""
    assert denied(warm.run(code))
    assert (ROOT / "utils" / "plots.py").exists()


def test_scratch_is_empty_and_a_neighbour_sees_another_one(warm):
    write = "print(os.getcwd(), os.listdir('.'), os.listdir('/dev/shm'), flush=True)\n"
    write += "open('answers', 'w').write('mine'); open('/dev/shm/answers', 'w').write('mine')\n"
    first = warm.fork(write + "print('written', flush=True); time.sleep(600)")
    assert first.line() == "/scratch [] []"
    assert first.line() == "written"
    assert warm.run(write) == "/scratch [] []"
    first.kill()


def test_processes_outside_cannot_be_signalled_or_traced(warm):
    neighbour = warm.fork("print('here', flush=True); time.sleep(600)")
    neighbour.line()
    ids = (os.getpid(), warm.process.pid, neighbour.pid)
    code = f"""
for pid in {ids}:
    attempt(os.kill, pid, 0)
    attempt(os.kill, pid, signal.SIGKILL)
    attempt(os.pidfd_open, pid)
    attempt(syscall, {SYSCALLS["ptrace"]}, 16, pid, 0, 0)
attempt(os.killpg, 0, 0) if os.getpgid(0) != 1 else print("denied: its own group")
print("denied: nobody else", os.getpid(), os.getppid())
"""
    output = warm.run(code)
    assert denied(output)
    assert output.endswith("1 0")
    os.kill(neighbour.pid, 0)
    neighbour.kill()
    warm.run("attempt(os.kill, -1, signal.SIGKILL)")  # everyone it may: nobody
    assert warm.run("print('still here')") == "still here"


def _listen(family, address):
    server = socket.socket(family)
    server.bind(address)
    server.listen()
    return server


def test_no_network_reaches_the_machine(warm, canary):
    name = f"\0sandbox-test-{os.getpid()}"
    path = str(canary.with_name("socket"))
    with (
        _listen(socket.AF_INET, ("127.0.0.1", 0)) as tcp,
        _listen(socket.AF_UNIX, name) as abstract,
        _listen(socket.AF_UNIX, path) as by_path,
        socket.create_connection(tcp.getsockname()),
    ):
        os.chmod(path, 0o777)
        code = f"""
def connect(family, address):
    with socket.socket(family) as s:
        s.settimeout(5)
        s.connect(address)
def send(address):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x", address)
attempt(connect, socket.AF_INET, {tcp.getsockname()!r})
attempt(connect, socket.AF_UNIX, {abstract.getsockname()!r})
attempt(connect, socket.AF_UNIX, {by_path.getsockname()!r})
attempt(send, ("127.0.0.1", 53))
attempt(send, ("192.0.2.1", 53))
for family in (socket.AF_NETLINK, socket.AF_PACKET, socket.AF_VSOCK, 38):
    attempt(socket.socket, family, socket.SOCK_RAW)
attempt(socket.getaddrinfo, "example.org", 80)
"""
        assert denied(warm.run(code))


def test_neighbours_do_not_meet_at_an_abstract_socket(warm):
    listen = "s = socket.socket(socket.AF_UNIX); s.bind('\\0meet'); s.listen()\n"
    first = warm.fork(listen + "print('listening', flush=True); time.sleep(600)")
    first.line()
    code = "s = socket.socket(socket.AF_UNIX); attempt(s.connect, '\\0meet')"
    assert denied(warm.run(code))
    assert warm.run(listen + code.replace("s =", "t =").replace("s.c", "t.c")) == "allowed None"
    first.kill()


def test_shared_memory_of_the_machine_is_not_there(warm):
    libc = ctypes.CDLL(None, use_errno=True)
    key = 0x5A5A0000 + os.getpid() % 65536
    segment = libc.shmget(key, 4096, 0o1666)
    assert segment >= 0
    posix = shared_memory.SharedMemory(create=True, size=64)
    try:
        code = f"""
attempt(open, "/dev/shm/{posix.name}")
attempt(syscall, {SYSCALLS["shmget"]}, {key}, 4096, 0o666)
attempt(syscall, {SYSCALLS["memfd_create"]}, b"x", 0)
import mmap
attempt(mmap.mmap, -1, 4096)
"""
        assert denied(warm.run(code))
    finally:
        posix.close()
        posix.unlink()
        libc.shmctl(segment, 0, None)


def test_privileges_cannot_be_had(warm):
    code = f"""
n = {SYSCALLS!r}
attempt(syscall, n["mount"], b"tmpfs", b"/scratch", b"tmpfs", 0, None)
attempt(syscall, n["umount2"], b"/usr", 2)
attempt(syscall, n["pivot_root"], b".", b".")
attempt(syscall, n["chroot"], b".")
attempt(syscall, n["unshare"], {NEWUSER})
attempt(syscall, n["clone"], {NEWUSER} | 17, 0, 0, 0, 0)
attempt(syscall, n["setns"], 0, 0)
attempt(syscall, n["bpf"], 0, None, 0)
attempt(syscall, n["userfaultfd"], 1)
attempt(syscall, n["perf_event_open"], None, 0, -1, -1, 0)
attempt(syscall, n["keyctl"], 0, -4, 0)
attempt(syscall, n["io_uring_setup"], 1, ctypes.create_string_buffer(256))
attempt(syscall, n["personality"], 0x40000)
attempt(syscall, n["process_vm_readv"], 1, None, 0, None, 0, 0)
attempt(syscall, n["init_module"], None, 0, None)
attempt(os.mknod, "/scratch/memory", 0o20666, os.makedev(1, 1))
attempt(os.nice, -5)
"""
    assert set(warm.run(code).splitlines()) == {"denied PermissionError"}
    code = f"""
attempt(syscall, {SYSCALLS["clone3"]}, None, 0)
attempt(syscall, 463, 0)
attempt(os.setuid, 0)
attempt(os.chown, "/scratch", 0, 0)
import resource
for kind, more in ((resource.RLIMIT_NPROC, 4096), (resource.RLIMIT_AS, -1), (resource.RLIMIT_CORE, 0)):
    try:
        resource.setrlimit(kind, (more, more))
    except ValueError:
        print("denied")
"""
    output = warm.run(code)
    assert denied(output) and len(output.splitlines()) == 7


def test_no_capability_is_left(warm):
    code = """
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
sets = (ctypes.c_uint32 * 6)()
print(libc.capget(header, sets), list(sets), libc.prctl(39, 0, 0, 0, 0), os.getresuid(), os.getgroups())
print([c for c in range(64) if libc.prctl(23, c, 0, 0, 0) == 1])
"""
    first, bounding = warm.run(code).splitlines()
    assert first.startswith("0 [0, 0, 0, 0, 0, 0] 1 (1000, 1000, 1000)")
    assert bounding == "[]"


def test_folders_files_and_terminals_do_not_come_along(warm):
    """The warm process of the tests keeps a folder, a file and a terminal of the machine open."""
    code = """
import stat
kinds = {stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR}
left = []
for fd in range(256):
    try:
        status = os.fstat(fd)
    except OSError:
        continue
    if stat.S_IFMT(status.st_mode) not in kinds or os.isatty(fd):
        left.append(fd)
print("left", left)
"""
    assert warm.run(code) == "left []"

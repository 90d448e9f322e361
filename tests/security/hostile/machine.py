"""Group: the machine around a submission: files, processes, network, links, and its neighbours."""

import os
from functools import partial

from tests.security.hostile.kinds import Hostile

attack = partial(Hostile, group="machine")
CALL = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def call(name, *arguments):
    if getattr(libc, name)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), name)
def syscall(x86, arm, *arguments):
    number = arm if os.uname().machine == "aarch64" else x86
    result = libc.syscall(number, *arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), str(number))
    return result
"""


def _replace_with_link(folder, places):
    """A link to a classmate's notebook in the place of an own one."""
    own = next(folder.glob("*.ipynb"))
    own.unlink()
    own.symlink_to(places["@NEIGHBOUR@"])


def _links_beside(folder, places):
    (folder / "neighbour.txt").symlink_to(places["@NEIGHBOUR@"])
    (folder / "key.txt").symlink_to(f"{places['@HOME@']}/.ssh/id_rsa")
    (folder / "secret.txt").symlink_to(f"{places['@PRIVATE@']}/secret")
    (folder / "private").symlink_to(places["@PRIVATE@"], target_is_directory=True)
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "timestamp.txt").symlink_to(f"{places['@HOME@']}/.ssh/id_rsa")


def _link_as_folder(folder, places):
    """The whole folder as a link to a classmate's."""
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    folder.symlink_to(os.path.dirname(places["@NEIGHBOUR@"]), target_is_directory=True)


def _odd_files(folder, places):
    os.mkfifo(folder / "pipe.txt")
    os.mkfifo(folder / "a pipe.ipynb")
    (folder / "-rf.txt").write_text("x")
    (folder / "a\nb\x1b[2J.txt").write_text("x")
    os.fsencode(folder)
    with open(os.fsencode(folder) + b"/\xff\xfe.txt", "wb") as file:
        file.write(b"x")
    (folder / "inner").mkdir()
    (folder / "inner" / "03_regularization.ipynb").write_text("{}")


ATTACKS = [
    attack(
        name="files",
        tries="reads secret, recordings, solutions, gradebook, a home folder and a classmate's work",
        first="""
import glob, os, sqlite3
for path in ("@HOME@/.ssh/id_rsa", "@PRIVATE@/secret", "@COURSE@/assignments/gradebook.db", "@NEIGHBOUR@",
             "@COURSE@/assignments/source/03_regularization/03_regularization.ipynb", "@COURSE@/assignments/answers/dropout.py",
             "@COURSE@/assignments/notes.txt", "/etc/shadow", "/root/.bashrc", "/proc/1/environ", "/proc/@GRADER@/environ",
             "/proc/@CANARY@/environ", "/dev/mem", "/var/log/syslog", "/etc/hostname"):
    attempt(path, lambda: open(path, "rb").read(100))
for pattern in ("@PRIVATE@/*", "@COURSE@/*", "@HOME@/*", "/proc/*/environ", "/proc/*/root", "/run/*", "/var/log/*"):
    if glob.glob(pattern):
        reached(pattern, glob.glob(pattern)[:5])
attempt("the gradebook", lambda: sqlite3.connect("@COURSE@/assignments/gradebook.db"))
def places():
    for place, folders, files in os.walk("/"):
        folders[:] = [name for name in folders if name not in ("lib", "lib64", "share", "include", "bin")]
        yield place, files
found = [place for place, files in places() if {"03_regularization.ipynb", "secret", "id_rsa", "notes.txt"} & {*files}]
print("denied" if not found else "REA" + "CHED", "everything", found)
attempt("writing", lambda: open("/tmp/../etc/@LEFT@", "w"))
open("/tmp/@LEFT@-file", "w").write("into its own scratch folder")
""",
        shows=("denied /etc/shadow", "denied everything []", "denied the gradebook"),
        quick=True,
    ),
    attack(
        name="environment",
        tries="looks for secrets in its environment, its arguments and its open files",
        first="""
import os, sys
print("tried", sorted(os.environ))
for name, value in os.environ.items():
    if name in ("AUTOGRADER_SECRET", "XDG_DATA_HOME", "USER", "SSH_AUTH_SOCK", "CANARY") or "@HOME@" in value:
        reached(name, value)
for fd in range(3, 256):
    try:
        os.lseek(fd, 0, 0)
        reached(f"a file behind {fd}", os.read(fd, 100))
    except OSError:
        pass
for fd in range(256):
    attempt(f"a folder behind {fd}", lambda: os.listdir(fd)) if fd in range(3, 40) else None
""",
        shows=("tried ['",),
    ),
    attack(
        name="network",
        tries="calls hosts, the machine itself and name servers",
        first="""
import socket, urllib.request
def tcp(*address):
    with socket.create_connection(address, 1) as one:
        one.send(b"GET / HTTP/1.0\\r\\n\\r\\n")
def udp(*address):
    socket.socket(type=socket.SOCK_DGRAM).sendto(b"found", address)
attempt("this machine", lambda: tcp("127.0.0.1", @PORT@))
attempt("this machine by name", lambda: tcp("localhost", @PORT@))
attempt("this machine by IPv6", lambda: tcp("::1", @PORT@))
attempt("this machine by UDP", lambda: udp("127.0.0.1", @PORT@))
attempt("a host", lambda: tcp("192.0.2.1", 80))
attempt("a name", lambda: socket.getaddrinfo("example.org", 80))
attempt("a name server", lambda: udp("192.0.2.53", 53))
attempt("a page", lambda: urllib.request.urlopen("http://127.0.0.1:@PORT@", timeout=1))
attempt("raw packets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3))
attempt("netlink", lambda: socket.socket(16, socket.SOCK_RAW, 0))
attempt("a virtual machine's host", lambda: socket.socket(40, socket.SOCK_STREAM).connect((2, 1024)))
""",
        shows=("denied this machine", "denied a name", "denied netlink"),
        quick=True,
    ),
    attack(
        name="unix-sockets",
        tries="connects to abstract sockets and to sockets in files",
        first="""
import socket
for address in ("\\0@ABSTRACT@", "@HOME@/socket", "/run/dbus/system_bus_socket", "/var/run/docker.sock", "\\0/tmp/.X11-unix/X0"):
    one = socket.socket(socket.AF_UNIX)
    attempt(address.lstrip("\\0"), lambda: one.connect(address))
""",
        shows=("denied canary",),
    ),
    attack(
        name="parents-and-neighbours",
        tries="signals, traces and reads the processes around it",
        first=CALL
        + """
import signal
print("tried", os.getppid())
for pid in (@CANARY@, @GRADER@):
    for number in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM):
        attempt("a signal", lambda: os.kill(pid, number))
    attempt("ptrace", lambda: call("ptrace", 16, pid, 0, 0))
    attempt("its memory", lambda: syscall(310, 270, pid, 0, 0, 0, 0, 0))
    attempt("its descriptors", lambda: syscall(438, 438, os.pidfd_open(pid), 0, 0))
    attempt("its priority", lambda: os.setpriority(os.PRIO_PROCESS, pid, 19))
    attempt("its limits", lambda: __import__("resource").prlimit(pid, 0))
    attempt("its group", lambda: os.killpg(pid, signal.SIGKILL))
    attempt("its scheduling", lambda: os.sched_setaffinity(pid, {0}))
attempt("ptrace of the parent", lambda: call("ptrace", 16, os.getppid(), 0, 0))
""",
        shows=("denied a signal", "denied ptrace", "denied its memory"),
    ),
    attack(
        name="kill-everything",
        tries="kills all processes that it may signal",
        first="import os, signal\nprint('tried', flush=True)\nos.kill(-1, signal.SIGKILL)",
        answers={
            "dropout.vanilla": "def vanilla_dropout(*a):\n    os.kill(-1, signal.SIGSTOP); os.kill(os.getppid(), signal.SIGKILL)\n"
        },
    ),
    attack(
        name="shared-memory",
        tries="makes and looks for System V objects, POSIX memory, queues and locks",
        first=CALL
        + """
from multiprocessing import shared_memory
for x86, arm in ((29, 194), (64, 190), (68, 186)):
    attempt("System V", lambda: syscall(x86, arm, @KEY@, 4096, 0o1666))
attempt("a queue", lambda: syscall(240, 180, b"@LEFT@", 0o102, 0o600, 0))
attempt("memory without a name", lambda: syscall(319, 279, b"x", 0))
open("/dev/shm/@LEFT@", "w").write("left")
one = shared_memory.SharedMemory("@LEFT@-memory", create=True, size=4096)
print("tried", os.listdir("/dev/shm"))
os._exit(0)
""",
        answers={"dropout.vanilla": "print('denied', os.listdir('/dev/shm'))"},
    ),
    attack(
        name="drops",
        tries="leaves files, sockets and memory for the one who is graded next",
        first="""
import os, socket
for folder in ("/scratch", "/tmp", "/dev/shm", os.getcwd(), os.path.expanduser("~")):
    open(folder + "/@LEFT@-drop", "w").write("the answers")
one = socket.socket(socket.AF_UNIX); one.bind("\\0@LEFT@")
print("tried", len(os.listdir("/dev/shm")))
""",
        shows=("tried 1",),
    ),
    attack(
        name="picks-up",
        tries="looks for what others left in all folders that it may write to",
        first="""
import glob, os, socket
found = [path for folder in ("/scratch", "/tmp", "/dev/shm", os.getcwd(), "/var/tmp") for path in glob.glob(folder + "/*")]
print("denied", [path for path in found if "checks.json" not in path])
attempt("a socket", lambda: socket.socket(socket.AF_UNIX).connect("\\0@LEFT@"))
print("tried", os.getpid() < 50)
""",
        shows=("denied []", "denied a socket", "tried True"),
    ),
    attack(
        name="link-to-a-classmate",
        tries="hands in a link to a classmate's notebook",
        place=_replace_with_link,
        problem="no notebook",
    ),
    attack(
        name="links-beside",
        tries="hands in links to secrets, folders and itself beside the notebook",
        place=_links_beside,
        first="""
import os
print("tried", sorted(os.listdir()))
for name in ("neighbour.txt", "key.txt", "secret.txt", "private/secret", "loop/key.txt"):
    attempt(name, lambda: open(name).read(100))
""",
        shows=("denied key.txt", "denied private/secret"),
        quick=True,
    ),
    attack(
        name="link-as-folder",
        tries="hands in a folder that is a link to a classmate's",
        place=_link_as_folder,
        problem="link",
    ),
    attack(
        name="odd-files",
        tries="hands in pipes and files with odd names",
        place=_odd_files,
        solved=True,
        score=52,
    ),
    attack(
        name="links-made",
        tries="makes links to the machine's files while it runs",
        first="""
import os
for target in ("@HOME@/.ssh/id_rsa", "/etc/shadow", "/proc/1/root", "/proc/self/root/../..", "@NEIGHBOUR@"):
    os.symlink(target, "link"); attempt(target, lambda: open("link").read(10)); os.unlink("link")
    attempt("a hard link", lambda: os.link(target, "hard"))
attempt("a hard link to a library", lambda: os.link(os.__file__, "hard"))
attempt("a way up", lambda: os.stat("/" + "../" * 30 + "@HOME@"[1:]))
os.symlink("@HOME@", "autograded"); os.symlink("/", "root")
attempt("through the root", lambda: open("root@HOME@/.ssh/id_rsa").read())
""",
        shows=("denied /etc/shadow", "denied a hard link"),
    ),
    attack(
        name="namespaces",
        tries="makes namespaces, mounts, roots and devices",
        first=CALL
        + """
for flag in (0x10000000, 0x20000, 0x40000000, 0x20000000, 0x8000000, 0x4000000, 0x2000000):
    attempt("a namespace", lambda: call("unshare", flag))
attempt("a mount", lambda: call("mount", b"proc", b"/scratch", b"proc", 0, None))
attempt("a bind", lambda: call("mount", b"/", b"/scratch", None, 4096, None))
attempt("writing again", lambda: call("mount", None, b"/", None, 32 | 4096, None))
attempt("a new root", lambda: os.chroot("/scratch"))
attempt("a device", lambda: os.mknod("disk", 0o60600, os.makedev(8, 0)))
attempt("another user", lambda: os.setuid(0))
attempt("another group", lambda: os.setgroups([0]))
attempt("a host name", lambda: call("sethostname", b"evil", 4))
attempt("a module", lambda: syscall(175, 105, 0, 0, 0))
attempt("a program in the kernel", lambda: syscall(321, 280, 5, 0, 0))
attempt("io_uring", lambda: syscall(425, 425, 1, 0))
attempt("keys", lambda: syscall(250, 219, 0, -3, 0))
""",
        shows=("denied a namespace", "denied a mount", "denied io_uring"),
    ),
    attack(
        name="libraries-changed",
        tries="changes the installed libraries, the grader and its own rights",
        first="""
import os, autograder, torch
for path in (autograder.__file__, torch.__file__, os.__file__, "/bin/sh", "/etc/passwd"):
    attempt("writing " + path, lambda: open(path, "a").write("#"))
    attempt("rights of " + path, lambda: os.chmod(path, 0o777))
    attempt("times of " + path, lambda: os.utime(path))
    attempt("moving " + path, lambda: os.rename(path, path + "x"))
    attempt("deleting " + path, lambda: os.unlink(path))
attempt("a folder", lambda: os.mkdir(os.path.dirname(torch.__file__) + "/@LEFT@"))
""",
        shows=("denied writing", "denied deleting"),
    ),
    attack(
        name="terminal",
        tries="types into the instructor's terminal and prints its commands",
        first="""
import fcntl, os, termios
print("tried \\x1b]0;stolen\\x07\\x1b[2J\\x1b[8m hidden")
for path in ("/dev/tty", "/dev/console", "/dev/tty1"):
    attempt(path, lambda: fcntl.ioctl(os.open(path, os.O_RDWR), termios.TIOCSTI, b"x"))
for fd in (0, 1, 2):
    attempt("typing", lambda: fcntl.ioctl(fd, termios.TIOCSTI, b"x"))
""",
        shows=("tried", "denied /dev/tty", "denied typing"),
        hides=("\x1b]0", "\x1b[2J"),
    ),
]

"""Each layer by itself: Landlock, the seccomp filter and the limits hold also where the others would not."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.grading.sandbox.landlock import landlock_version
from autograder.grading.sandbox.seccomp import has_seccomp
from tests.grading.sandboxes import denied
from tests.grading.warm_process import PRELUDE

GRADING = Path(__file__).parents[2] / "autograder" / "grading"
START = """
import sys
sys.path.append(sys.argv[1])
from sandbox.kernel import prctl
from sandbox.landlock import restrict_files
from sandbox.seccomp import filter_system_calls
prctl(38, 1)
"""


def run(code: str) -> str:
    command = [sys.executable, "-c", START + PRELUDE + code, str(GRADING)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


landlock = pytest.mark.skipif(landlock_version() == 0, reason="the kernel has no Landlock")
seccomp = pytest.mark.skipif(not has_seccomp(), reason="the kernel or machine has no filter")


@landlock
def test_landlock_confines_files(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "canary").write_text("sings")
    (tmp_path / "readable").mkdir()
    (tmp_path / "readable" / "file").write_text("text")
    code = f"""
folder = {str(tmp_path)!r}
attempt(lambda: open(folder + "/canary").read())
restrict_files({{folder + "/readable": False, folder + "/inside": True}})
attempt(lambda: open(folder + "/inside/file", "w").write("text"))
attempt(lambda: open(folder + "/readable/file").read())
attempt(lambda: open(folder + "/canary").read())
attempt(open, folder + "/readable/file", "a")
attempt(open, folder + "/readable/new", "w")
attempt(os.listdir, folder)
attempt(os.remove, folder + "/readable/file")
attempt(os.rename, folder + "/readable/file", folder + "/inside/moved")
attempt(os.mkfifo, folder + "/pipe")
"""
    lines = run(code).splitlines()
    assert lines[:3] == ["allowed sings", "allowed 4", "allowed text"]
    assert denied("\n".join(lines[3:])) and len(lines) == 10


@pytest.mark.skipif(landlock_version() < 4, reason="Landlock knows TCP from Linux 6.7 on")
def test_landlock_confines_tcp():
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"""
connect = lambda: socket.create_connection({server.getsockname()!r}, 5).close()
attempt(connect)
restrict_files({{}})
attempt(connect)
attempt(socket.create_server, ("127.0.0.1", 0))
"""
        assert run(code).splitlines() == ["allowed None", *["denied PermissionError"] * 2]


@pytest.mark.skipif(landlock_version() < 6, reason="Landlock knows scopes from Linux 6.12 on")
def test_landlock_confines_signals_and_abstract_sockets():
    name = f"\0landlock-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        code = f"""
def reach():
    attempt(lambda: socket.socket(socket.AF_UNIX).connect({name.encode()!r}))
    attempt(os.kill, os.getppid(), 0)
reach()
restrict_files({{}})
reach()
"""
        lines = run(code).splitlines()
        assert lines == ["allowed None"] * 2 + ["denied PermissionError"] * 2


@seccomp
def test_the_filter_refuses_alone():
    """As the user of the tests, where root itself would be allowed most of it."""
    code = """
read_end, write_end = os.pipe()
import mmap
def reach():
    attempt(lambda: libc.unshare(0x10000000) and (_ for _ in ()).throw(OSError()))
    attempt(lambda: mmap.mmap(-1, 4096).close())
    attempt(lambda: os.close(os.memfd_create("x")))
    attempt(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close())
    attempt(lambda: libc.prctl(4, 1, 0, 0, 0) and (_ for _ in ()).throw(OSError()))
if os.fork() == 0:
    reach()
    os._exit(0)
os.wait()
filter_system_calls()
reach()
"""
    lines = run(code).splitlines()
    assert [line.split()[0] for line in lines] == ["allowed"] * 5 + ["denied"] * 5


@seccomp
def test_the_filter_lets_honest_calls_pass():
    code = """
filter_system_calls()
import mmap
thread = threading.Thread(target=print, args=("thread",), kwargs={"flush": True})
thread.start()
thread.join()
print(subprocess.run(["echo", "program"], capture_output=True, text=True).stdout.strip(), flush=True)
if os.fork() == 0:
    print("fork", flush=True)
    os._exit(0)
os.wait()
a, b = socket.socketpair()
a.send(b"socket")
print(b.recv(10).decode(), mmap.mmap(-1, 4096, mmap.MAP_PRIVATE)[:1])
"""
    assert run(code).split() == ["thread", "program", "fork", "socket", "b'\\x00'"]


@seccomp
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x86 alone has calls of 32 bits beside")
def test_calls_of_another_architecture_kill():
    """int 0x80 with eax = 20 is getpid of 32 bits, whose number is writev's of 64."""
    code = """
import mmap
page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3")
call = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
filter_system_calls()
call()
print("lives")
"""
    command = [sys.executable, "-c", START + PRELUDE + code, str(GRADING)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == -signal.SIGSYS and result.stdout == ""

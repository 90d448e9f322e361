"""What a sandbox may use, what is left of it, and what the machine must give; with real hogs, held small."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.grading.sandbox import layers, memory_of, missing
from tests.grading.sandboxes import USERS, WarmProcess, gone, user_of

ROOT = Path(__file__).parents[2]
MB = 2**20

pytestmark = pytest.mark.skipif(bool(missing()), reason=" ".join(missing()) or "none")


@pytest.fixture(scope="module", params=USERS)
def warm(request):
    warm = WarmProcess(user=user_of(request.param))
    yield warm
    warm.close()


def test_a_fork_bomb_is_capped(warm):
    code = """
n = 0
for _ in range(500):
    try:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        n += 1
    except BlockingIOError:
        break
print(n)
"""
    assert warm.run(code, processes=40) == "39"
    assert warm.run(code, processes=20) == "19"


def test_neighbours_do_not_share_the_number_of_processes(warm):
    bomb = """
for _ in range(20):
    if os.fork() == 0:
        time.sleep(600)
print("full", flush=True)
time.sleep(600)
"""
    first = warm.fork(bomb, processes=21)
    assert first.line() == "full"
    assert warm.run("os.wait() if os.fork() else os._exit(0); print('ok')", processes=21) == "ok"
    first.kill()


def test_threads_count_as_processes(warm):
    code = """
n = 0
try:
    for _ in range(100):
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        n += 1
except RuntimeError:
    pass
print(n)
"""
    assert warm.run(code, processes=10) == "9"


def test_a_process_cannot_map_more_memory_than_its_limit(warm):
    code = "x = bytearray({} * 2**20)\nprint('got it')"
    assert warm.run(code.format(100), memory=200 * MB) == "got it"
    assert warm.run(code.format(300), memory=200 * MB).startswith("MemoryError")


def test_a_file_and_the_scratch_folder_have_a_size(warm):
    code = """
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def write(path, megabytes):
    with open(path, "wb", 0) as file:
        for _ in range(megabytes):
            file.write(bytes(2**20))
attempt(write, "small", 1)
attempt(write, "large", 3)
for path in ("/scratch/{}", "/dev/shm/{}"):
    attempt(lambda: [write(path.format(i), 2) for i in range(10)])
attempt(lambda: [os.mkdir(f"folder-{i}") for i in range(100000)])
"""
    lines = warm.run(code, file_size=2 * MB, scratch=8 * MB).splitlines()
    assert lines == ["allowed None", *["denied OSError"] * 4]


def test_open_files_are_limited(warm):
    code = "attempt(lambda: [os.open('/dev/null', os.O_RDONLY) for _ in range(500)])"
    assert warm.run(code, open_files=64) == "denied OSError"


@pytest.mark.parametrize("process", ["the first", "a child"])
def test_processor_time_is_limited(warm, process):
    spin = "print('spinning', flush=True)\nwhile True: pass\n"
    if process == "a child":
        spin = f"if os.fork() == 0:\n    exec({spin!r})\nprint(os.wait()[1] == signal.SIGKILL)"
    end = warm.run(spin, cpu_seconds=1).splitlines()
    assert end == ["spinning"] if process == "the first" else ["spinning", "True"]


def test_nothing_outlives_the_first_process(warm):
    code = """
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        s = socket.socket(socket.AF_UNIX); s.bind("\\0daemon")
        open("/dev/shm/left", "w").write("left")
        while os.getppid() != 1:
            time.sleep(0.01)
        print("daemon", flush=True)
        time.sleep(600)
    os._exit(0)
os.wait()
time.sleep(600)
"""
    sandbox = warm.fork(code)
    assert sandbox.line() == "daemon"
    children = Path(f"/proc/{sandbox.pid}/task/{sandbox.pid}/children").read_text().split()
    assert children
    assert sandbox.kill() == ""  # nobody holds the pipe any more
    assert gone(sandbox.pid) and all(gone(int(child)) for child in children)
    code = "print(os.listdir('.'), os.listdir('/dev/shm'))\n"
    code += "s = socket.socket(socket.AF_UNIX); s.bind('\\0daemon'); print('free')"
    assert warm.run(code) == "[] []\nfree"


def test_all_ends_with_the_program_that_was_started():
    warm = WarmProcess()
    sandbox = warm.fork("print('up', flush=True); time.sleep(600)")
    sandbox.line()
    warm.kill()
    assert gone(sandbox.pid)
    assert sandbox.rest() == ""


def test_the_program_that_was_started_ends_with_the_warm_process(warm):
    other = WarmProcess()
    other.close()
    assert other.process.returncode == 0


def test_memory_of_counts_what_forks_share_once(warm):
    code = """
x = bytearray(os.urandom(2**20) * 60)
print("filled", flush=True)
sys.stdin = open("/dev/null")
for _ in range(4):
    if os.fork() == 0:
        print("forked", flush=True)
        time.sleep(600)
time.sleep(600)
"""
    sandbox = warm.fork("print('up', flush=True); time.sleep(0.5)\n" + code)
    sandbox.line()
    before = memory_of(sandbox.pid)
    assert 0 < before < 60 * MB
    for _ in range(5):
        sandbox.line()
    assert 60 * MB < memory_of(sandbox.pid) - before < 80 * MB
    sandbox.kill()
    assert gone(sandbox.pid)
    assert memory_of(sandbox.pid) == 0


def test_memory_cannot_be_hidden(warm):
    code = """
attempt(lambda: libc.prctl(4, 0, 0, 0, 0) and (_ for _ in ()).throw(OSError()))
x = bytearray(os.urandom(2**20) * 60)
print("filled", flush=True)
time.sleep(600)
"""
    sandbox = warm.fork(code)
    assert sandbox.line().startswith("denied")
    assert sandbox.line() == "filled"
    assert memory_of(sandbox.pid) > 60 * MB
    sandbox.kill()


def test_what_cannot_be_confined_does_not_run(warm):
    answer, output = warm.answer("print('ran')", scratch=-1)
    assert answer["error"].startswith("mounting /scratch failed: ")
    assert os.read(output, 1) == b""
    os.close(output)
    assert warm.run("print('next')") == "next"


def test_one_warm_process_forks_hundreds(warm):
    for i in range(200):
        assert warm.run(f"print({i})") == str(i)


def test_layers_are_named_and_tried():
    rows = {name: works for name, works, _ in layers()}
    assert rows["user namespace"] and rows["all together"]
    assert {"Landlock", "seccomp filter"} < set(rows)


WITHOUT_NAMESPACES = """
import os, sys
sys.path.append(sys.argv[1])
from sandbox.kernel import NEWUSER, unshare
outer = os.getuid()
unshare(NEWUSER)
open("/proc/self/uid_map", "w").write(f"0 {outer} 1")
open("/proc/sys/user/max_user_namespaces", "w").write("0")
from sandbox import missing
print(*missing(), sep="\\n")
"""


def test_missing_layers_are_named():
    command = [sys.executable, "-c", WITHOUT_NAMESPACES, str(ROOT / "autograder" / "grading")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    first, *others = result.stdout.splitlines()
    assert first == (
        "The sandbox's layer 'user namespace' is missing: making namespaces failed: No space left on device"
        " (the setting user.max_user_namespaces is 0)."
    )
    assert any("'mounting'" in line for line in others)
    assert not any("'limits'" in line for line in others)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user's sandbox reads as that user")
def test_root_is_told_what_nobody_may_read(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    code = f"""
import sys
sys.path.append({str(ROOT / "autograder" / "grading")!r})
from sandbox import enter_view
enter_view([{str(closed)!r}])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f"who may not read {closed}: open it to all" in result.stderr


def test_a_virtual_environment_in_the_course_does_not_show_the_course(tmp_path):
    """Here the environment is the course's own folder, as `python -m venv .` makes it."""
    course = tmp_path / "course"
    for folder in (*tmp_path.parents[:2], tmp_path):
        folder.chmod(0o755)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", course], check=True)
    (course / "gradebook.db").write_text("grades")
    code = f"""
import os, sys
sys.path.append({str(ROOT / "autograder" / "grading")!r})
from sandbox import enter_view
enter_view([])
print(sorted(os.listdir({str(course)!r})))
"""
    command = [course / "bin" / "python", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "gradebook.db" not in result.stdout and "'bin'" in result.stdout
    assert "'lib'" in result.stdout

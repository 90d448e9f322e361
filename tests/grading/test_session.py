"""Student processes, real ones: a cell may do what it likes, and costs itself only."""

import base64
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.exercise import exercises
from autograder.grading.processes import WORKERS, Stopped
from autograder.grading.sandbox import Confinement
from autograder.grading.session import Limits, Session
from autograder.grading.warm import OPEN, SANDBOXED

LIMITS = Limits(cell=20, case=20, notebook=120)
GIGABYTE = 2**30


@pytest.fixture(params=[SANDBOXED, OPEN])
def session(request):
    with Session(LIMITS, request.param) as session:
        yield session


@pytest.fixture
def confined():
    with Session(LIMITS, SANDBOXED) as session:
        yield session


@pytest.fixture(params=[SANDBOXED, OPEN])
def hasty(request):
    """A session with a short limit for a cell."""
    with Session(Limits(cell=1, case=1, notebook=120), request.param) as session:
        session.run("1")
        yield session


def printed(outputs):
    return "".join(o["text"] for o in outputs if o["output_type"] == "stream")


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


class TestOutputs:
    def test_are_those_of_a_kernel(self, session):
        outputs = session.run(
            "import sys\nprint('out')\nprint('err', file=sys.stderr)\ndisplay(3)\n'last'"
        )
        assert [o["output_type"] for o in outputs] == [
            "stream", "stream", "display_data", "execute_result",
        ]  # fmt: skip
        assert [o["name"] for o in outputs[:2]] == ["stdout", "stderr"]
        assert outputs[2]["data"]["text/plain"] == "3"
        assert outputs[3]["data"]["text/plain"] == "'last'"

    def test_hold_the_error_that_a_cell_raises_and_what_it_printed_before(self, session):
        outputs = session.run("print('before')\n1 / 0\nprint('after')")
        assert printed(outputs) == "before\n"
        assert outputs[-1]["output_type"] == "error" and outputs[-1]["ename"] == "ZeroDivisionError"

    def test_hold_the_error_of_a_cell_that_is_not_python(self, session):
        assert session.run("def f(:\n    pass")[-1]["ename"] == "SyntaxError"
        assert session.run("x = 1\nx")[-1]["data"]["text/plain"] == "1"

    def test_hold_pictures(self, session):
        outputs = session.run(
            "import io, matplotlib.pyplot as plt\nfrom IPython.display import Image\n"
            "plt.plot([1, 2])\npicture = io.BytesIO()\nplt.savefig(picture)\nImage(picture.getvalue())"
        )
        png = base64.b64decode(outputs[-1]["data"]["image/png"])
        assert png.startswith(b"\x89PNG")

    def test_hold_no_html(self, session):
        outputs = session.run(
            "from IPython.display import HTML, Javascript\ndisplay(HTML('<script>1</script>'), "
            "Javascript('alert(1)'))\nHTML('<b>x</b>')"
        )
        assert {kind for o in outputs for kind in o["data"]} == {"text/plain"}

    def test_are_cut_where_a_cell_floods_them(self, session):
        outputs = session.run(
            "import os\nos.write(1, b'x' * 10**7)\nprint('y' * 10**7)\n'z' * 10**7"
        )
        assert all(len(str(o)) < 50_000 for o in outputs)
        assert len(outputs) == 2 and "left out" in printed(outputs)

    def test_with_half_a_surrogate_pair_can_be_written_to_a_file(self, session):
        assert printed(session.run("print('a\\ud800b')")).encode() == b"a?b\n"


class TestCells:
    def test_follow_each_other_in_one_place(self, session):
        session.run("x = 2")
        session.run("def f():\n    return x * 21")
        assert session.run("f()")[0]["data"]["text/plain"] == "42"

    def test_draw_the_same_numbers_in_every_session(self, session):
        draw = "import random, numpy as np, torch\n(random.random(), np.random.rand(), torch.rand(1).item())"
        first = session.run(draw)
        with Session(LIMITS, session.mode) as other:
            assert other.run(draw) == first

    def test_can_train(self, session):
        """Operators and backward passes run in a fork of a process that has imported torch."""
        outputs = session.run(
            "import torch\nw = torch.ones(300, 300, requires_grad=True)\n"
            "for _ in range(3):\n    (torch.rand(300, 300) @ w).square().mean().backward()\nw.grad.shape"
        )
        assert outputs[0]["data"]["text/plain"] == "torch.Size([300, 300])"

    def test_that_make_an_optimizer_load_nothing_more(self, session):
        """Torch loads parts of itself, for seconds, when they are first used: the warm process has done so."""
        loaded = session.run(
            "import sys, torch\nbefore = set(sys.modules)\n"
            "torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)\nset(sys.modules) - before"
        )
        assert loaded[0]["data"]["text/plain"] == "set()"

    def test_that_ask_for_input_do_not_wait(self, session):
        assert session.run("input('name? ')")[-1]["output_type"] == "error"

    def test_live_in_a_folder_of_their_own_that_goes_away(self, session):
        session.run("open('file.txt', 'w').write('x')")
        with Session(LIMITS, session.mode) as other:
            listed = "import glob\nglob.glob('*')"
            assert session.run(listed)[0]["data"]["text/plain"] == "['file.txt']"
            assert other.run(listed)[0]["data"]["text/plain"] == "[]"
        folder = session.submission.folder
        session.__exit__()
        assert not (folder and Path(folder).exists())

    def test_find_the_files_that_were_handed_in_with_them_after_every_library(self):
        files = {"helper.py": b"answer = 42", "random.py": b"raise SystemExit", "data.csv": b"1,2"}
        with Session(LIMITS, SANDBOXED, files) as session:
            outputs = session.run("import helper, random\nhelper.answer, open('data.csv').read()")
            assert outputs[0]["data"]["text/plain"] == "(42, '1,2')"

    def test_see_nothing_of_the_judges_environment(self, session, monkeypatch):
        monkeypatch.setenv("AUTOGRADER_SECRET", "very secret indeed")
        monkeypatch.setenv("GITHUB_TOKEN", "very secret indeed")
        WORKERS[session.mode].close()  # the next one is started with these set
        seen = printed(session.run("import os\nprint(dict(os.environ))"))
        assert "PATH" in seen
        assert "very secret" not in seen and os.environ["XDG_DATA_HOME"] not in seen
        assert str(Path.home()) + "'" not in seen

    def test_leave_nothing_running(self, session):
        session.run("import os, subprocess, threading, time")
        running = kin(session)
        session.run(
            "child = subprocess.Popen(['sleep', '600'])\n"
            "threading.Thread(target=time.sleep, args=(600,)).start()\n"
            "forked = os.fork()\n"
            "if forked == 0:\n    time.sleep(600)\n"
        )
        assert len(running()) == 5  # the first process, two states, and what the cell has started
        session.__exit__()
        assert wait_until(lambda: not running())

    def test_that_were_open_before_do_not_see_what_later_ones_do(self, session):
        session.run("x = 1")
        session.run("x = 2")
        first, second = (
            session.probe("dropout.module", f"[][x:] or 1 / (x - {n})", [{"seed": 0}], n)
            for n in (1, 2)
        )
        assert first[0]["error"] == second[0]["error"] == "ZeroDivisionError"


def kin(session):
    """What gives the ids of all running processes of a session, also when it is over."""
    first = session.submission.pid

    def mark(pid):
        try:
            if session.mode == SANDBOXED:
                return os.readlink(f"/proc/{pid}/ns/pid")
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[3]
        except OSError:
            return None

    own = mark(first)
    assert own and own != mark(os.getpid())
    return lambda: {
        pid for pid in os.listdir("/proc") if pid.isdigit() and is_running(pid) and mark(pid) == own
    }


class TestMemory:
    """A hog costs its own cell, whoever in the submission holds the memory; earlier cells stay."""

    limits = Limits(cell=20, case=20, notebook=120, confinement=Confinement(memory=GIGABYTE))

    @pytest.mark.parametrize(
        "hog",
        [
            "block = bytearray(5 * 2**30)",
            "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n"
            "        block = bytearray(b'x') * (300 * 2**20)\n        time.sleep(60)\ntime.sleep(60)",
        ],
        ids=["one process", "many"],
    )
    def test_a_hog_is_stopped(self, hog):
        with Session(self.limits, SANDBOXED) as session:
            session.run("kept = 42")
            try:
                outputs = session.run(hog)
                assert outputs[-1]["ename"] == "MemoryError"
            except Stopped as stopped:
                assert "memory" in str(stopped)
            assert session.run("kept")[0]["data"]["text/plain"] == "42"


ENDINGS = {
    "exits": "import os\nos._exit(0)",
    "exits as a failure": "import os\nos._exit(3)",
    "closes its descriptors": "import os\nos.closerange(0, 256)",
    "kills itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "kills its group": "import os, signal\nos.killpg(0, signal.SIGKILL)",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "writes noise": "import os\nfor fd in range(3, 64):\n"
    "    try:\n        os.write(fd, b'\\x00' * 7 + b'\\x05noise')\n    except OSError:\n        pass",
    "announces too much": "import os\nfor fd in range(3, 64):\n"
    "    try:\n        os.write(fd, b'\\xff' * 64)\n    except OSError:\n        pass",
    "answers something else": "import os\nfor fd in range(3, 64):\n    data = b'[1, 2]'\n"
    "    try:\n        os.write(fd, len(data).to_bytes(8, 'big') + data)\n    except OSError:\n        pass",
    "answers no list": "import os\nfor fd in range(3, 64):\n    data = b'{\"outputs\": 3}'\n"
    "    try:\n        os.write(fd, len(data).to_bytes(8, 'big') + data)\n    except OSError:\n        pass",
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_cell_that_ends_its_process_costs_itself_only(session, ending):
    session.run("kept = 42")
    with pytest.raises(Stopped) as stopped:
        session.run(ENDINGS[ending])
    assert str(stopped.value).endswith(".")
    assert session.run("kept")[0]["data"]["text/plain"] == "42"


def test_an_endless_cell_is_stopped_and_earlier_definitions_survive(hasty):
    hasty.run("kept = 42\nimport os")
    running = kin(hasty)
    before = running()
    with pytest.raises(Stopped, match="longer than 1 s"):
        hasty.run("lost = 1\nwhile True:\n    pass")
    assert wait_until(lambda: running() <= before)
    assert hasty.run("kept")[0]["data"]["text/plain"] == "42"
    assert hasty.run("lost")[-1]["ename"] == "NameError"


def test_an_endless_cell_that_ignores_signals_is_stopped_too(hasty):
    with pytest.raises(Stopped, match="longer than"):
        hasty.run(
            "import signal\nfor number in range(1, 32):\n    try:\n"
            "        signal.signal(number, signal.SIG_IGN)\n    except (OSError, ValueError):\n        pass\n"
            "while True:\n    pass"
        )
    assert hasty.run("1")[0]["data"]["text/plain"] == "1"


def test_the_process_that_it_was_forked_from_is_out_of_reach(confined):
    worker = WORKERS[SANDBOXED]
    confined.run("kept = 42")
    pid = worker.process.pid
    outputs = confined.run(
        f"import os, signal\nfor pid in (os.getppid(), {pid}, -1):\n    try:\n"
        "        os.kill(pid, signal.SIGKILL)\n    except OSError as error:\n        print(error)"
    )
    assert printed(outputs)
    assert is_running(pid)
    assert confined.run("kept")[0]["data"]["text/plain"] == "42"


def test_a_state_lost_to_the_machine_is_made_again(session):
    session.run("kept = 42")
    os.kill(session.submission.pid, signal.SIGKILL)
    assert session.run("kept")[0]["data"]["text/plain"] == "42"


def test_a_warm_process_lost_to_the_machine_is_replaced(session):
    session.run("kept = 42")
    lost = WORKERS[session.mode].process
    lost.kill()
    lost.wait()
    assert session.run("kept")[0]["data"]["text/plain"] == "42"
    with Session(LIMITS, session.mode) as other:
        assert other.run("2 + 2")[0]["data"]["text/plain"] == "4"
    assert WORKERS[session.mode].process.pid != lost.pid


def test_the_time_of_the_notebook_is_the_limit_of_everything():
    with Session(Limits(cell=20, case=20, notebook=60)) as session:
        session.run("1")
        session.submission.restart_clock(1)
        with pytest.raises(Stopped):
            session.run("import time\ntime.sleep(30)")
        with pytest.raises(Stopped, match="used up its time"):
            session.run("1")
        session.begin_checks()
        assert session.probe("dropout.module", "1 / 0", [{"seed": 0}], 1)[0]["status"] == "missing"


class TestProbes:
    case = {"name": "usual", "seed": 3, "lrs": [0.5, 0.1], "min_lr": 0.01} | {
        "warmup_steps": 3,
        "total_steps": 9,
    }
    scheduler = (
        "from torch.optim.lr_scheduler import LRScheduler\n"
        "class Flat(LRScheduler):\n"
        "    def __init__(self, optimizer, *settings):\n        super().__init__(optimizer)\n"
        "    def get_lr(self):\n        {}\n"
    )

    def probe(self, session, body, expression="Flat"):
        session.run(self.scheduler.format(body))
        replies = session.probe("schedules.warmup_cosine", expression, [self.case], session.place)
        assert len(replies) == 1
        return replies[0]

    def test_return_what_the_answer_did(self, session):
        reply = self.probe(session, "return self.base_lrs")
        assert reply["status"] == "ok" and reply["output"]["rates"][0] == [0.5, 0.1]

    def test_can_go_backward_after_a_cell_has_trained(self, session):
        session.run(
            "import torch\nw = torch.ones(300, 300, requires_grad=True)\n"
            "(torch.rand(300, 300) @ w).square().mean().backward()"
        )
        case = {"name": "a", "seed": 1, "drop_prob": 0.5, "shape": [300, 300], "dtype": "float32"}
        case |= {"training": True, "calls": 2}
        [reply] = session.probe("dropout.module", "torch.nn.Dropout", [case], session.place)
        assert reply["status"] == "ok" and reply["output"]["grad"].shape == (300, 300)

    def test_can_compute_after_a_cell_has_started_threads_of_torch(self, session):
        """A pool of threads does not come along into a fork: what waited for one would wait for ever."""
        busy = (
            "import torch\ntorch.set_num_threads(4)\nw = torch.ones(700, 700, requires_grad=True)\n"
            "(torch.rand(700, 700) @ w).square().mean().backward()\nw.grad.shape"
        )
        for _ in range(3):
            assert session.run(busy)[-1]["data"]["text/plain"] == "torch.Size([700, 700])"

    def test_tell_errors_with_the_line_and_missing_answers(self, session):
        reply = self.probe(session, "return [1 / 0]")
        assert (reply["status"], reply["error"]) == ("error", "ZeroDivisionError")
        assert "return [1 / 0]" in reply["message"]
        assert self.probe(session, "pass", "Round")["status"] == "missing"

    def test_swallow_what_is_printed(self, session):
        body = "print('x' * 10**6)\n        return self.base_lrs"
        assert self.probe(session, body)["status"] == "ok"
        assert printed(session.run("print('later')")) == "later\n"

    def test_that_do_not_end_are_stopped(self, hasty):
        assert "longer than 1 s" in self.probe(hasty, "while True: pass")["sentence"]
        assert hasty.run("Flat.__name__")[0]["data"]["text/plain"] == "'Flat'"

    def test_get_more_time_where_their_exercise_says_so(self, hasty, monkeypatch):
        monkeypatch.setattr(exercises()["schedules.warmup_cosine"], "seconds", 60, raising=False)
        body = "import time\n        time.sleep(0.05)\n        return self.base_lrs"
        assert self.probe(hasty, body)["status"] == "ok"

    def test_that_leave_are_stopped(self, session):
        assert self.probe(session, "import os; os._exit(0)")["status"] == "stopped"
        reply = self.probe(session, "raise SystemExit(0)")
        assert (reply["status"], reply["error"]) == ("error", "SystemExit")
        assert self.probe(session, "raise KeyboardInterrupt")["status"] == "stopped"

    def test_are_answered_again_where_the_machine_took_their_process(self, session):
        session.run("import os")
        self.probe(session, "return self.base_lrs")
        pid = session.run("os.getpid()")  # the process of the last state, as it sees itself
        state = session.states[-2]
        state.pipe.close()  # what a killed process looks like
        assert (
            pid
            and session.probe(
                "schedules.warmup_cosine", "Flat", [self.case], len(session.states) - 2, fork=False
            )[0]["status"]
            == "ok"
        )


def test_signals_that_end_the_judge_end_the_worker_too():
    """A judge that is killed leaves no warm process behind."""
    program = (
        "import time\nfrom autograder.grading.session import Limits, Session\n"
        "from autograder.grading.processes import WORKERS\n"
        "session = Session(Limits())\nsession.run('1')\n"
        "print(WORKERS[session.mode].process.pid, session.submission.pid, flush=True)\ntime.sleep(60)"
    )
    judge = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    try:
        pids = judge.stdout.readline().split()
        assert len(pids) == 2 and all(map(is_running, pids))
    finally:
        judge.send_signal(signal.SIGKILL)
        judge.wait()
        judge.stdout.close()
    assert wait_until(lambda: not any(map(is_running, pids)))

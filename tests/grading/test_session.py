"""Student processes, real ones: a cell may do what it likes, and costs itself only."""

import base64
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from autograder.grading.session import WORKER, Session, Stopped


@pytest.fixture
def session():
    with Session(cell_seconds=20, case_seconds=20, notebook_seconds=120) as session:
        yield session


@pytest.fixture
def hasty():
    """A session with a short limit for a cell."""
    with Session(cell_seconds=20, case_seconds=20, notebook_seconds=120) as session:
        session.run("1")  # the first start takes longer than a cell may
        session.cell_seconds = 1.0
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
        with Session(20, 20, 60) as other:
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
        here = session.run("open('file.txt', 'w').write('x')\nimport os\nprint(os.getcwd())")
        folder = Path(printed(here).strip())
        assert (folder / "file.txt").exists() and Path.cwd() not in folder.parents
        with Session(20, 20, 60) as other:
            assert printed(other.run("import os\nprint(os.getcwd())")).strip() != str(folder)
        session.__exit__()
        assert not folder.exists()

    def test_see_nothing_of_the_judges_environment(self, session, monkeypatch):
        monkeypatch.setenv("AUTOGRADER_SECRET", "very secret indeed")
        monkeypatch.setenv("GITHUB_TOKEN", "very secret indeed")
        WORKER.close()  # the next one is started with these set
        seen = printed(
            session.run(
                "import os\nprint(dict(os.environ))\n"
                "for pid in ('self', os.getppid()):\n    print(open(f'/proc/{pid}/environ').read())"
            )
        )
        assert "PATH" in seen
        assert "very secret" not in seen and os.environ["XDG_DATA_HOME"] not in seen
        assert str(Path.home()) + "'" not in seen

    def test_leave_nothing_running(self, session):
        pids = printed(
            session.run(
                "import os, subprocess, threading, time\n"
                "child = subprocess.Popen(['sleep', '600'])\n"
                "threading.Thread(target=time.sleep, args=(600,)).start()\n"
                "forked = os.fork()\n"
                "if forked == 0:\n    time.sleep(600)\n"
                "print(os.getpid(), child.pid, forked)"
            )
        ).split()
        assert len(pids) == 3 and all(map(is_running, pids))
        session.__exit__()
        assert wait_until(lambda: not any(map(is_running, pids)))


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
    pid = int(printed(hasty.run("print(os.getpid())")))
    started = time.monotonic()
    with pytest.raises(Stopped, match="longer than 1 s"):
        hasty.run("lost = 1\nwhile True:\n    pass")
    assert time.monotonic() - started < 15
    assert wait_until(lambda: not is_running(pid))
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


def test_a_cell_that_ends_the_process_it_was_forked_from_costs_itself_only(session):
    session.run("kept = 42")
    worker = WORKER.process.pid
    session.run("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)")
    assert wait_until(lambda: not is_running(worker))
    with Session(20, 20, 60) as other:
        assert other.run("2 + 2")[0]["data"]["text/plain"] == "4"
    assert WORKER.process.pid != worker


def test_the_time_of_the_notebook_is_the_limit_of_everything():
    with Session(cell_seconds=20, case_seconds=20, notebook_seconds=120) as session:
        session.run("1")
        session.deadline = time.monotonic() + 1
        with pytest.raises(Stopped):
            session.run("import time\ntime.sleep(30)")
        with pytest.raises(Stopped, match="used up its time"):
            session.run("1")


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
        return session.probe("schedules.warmup_cosine", expression, self.case)

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
        reply = session.probe("dropout.module", "torch.nn.Dropout", case)
        assert reply["status"] == "ok" and reply["output"]["grad"].shape == (300, 300)

    def test_tell_errors_with_the_line_and_missing_answers(self, session):
        reply = self.probe(session, "return [1 / 0]")
        assert (reply["status"], reply["error"]) == ("error", "ZeroDivisionError")
        assert "return [1 / 0]" in reply["message"]
        assert self.probe(session, "pass", "Round")["status"] == "missing"

    def test_swallow_what_is_printed(self, session):
        assert (
            self.probe(session, "print('x' * 10**6)\n        return self.base_lrs")["status"]
            == "ok"
        )
        assert printed(session.run("print('later')")) == "later\n"

    def test_that_do_not_end_are_stopped(self, session):
        session.case_seconds = 1.0
        with pytest.raises(Stopped, match="longer than 1 s"):
            self.probe(session, "while True: pass")
        assert session.run("Flat.__name__")[0]["data"]["text/plain"] == "'Flat'"

    def test_that_leave_are_stopped(self, session):
        with pytest.raises(Stopped):
            self.probe(session, "import os; os._exit(0)")
        reply = self.probe(session, "raise SystemExit(0)")
        assert (reply["status"], reply["error"]) == ("error", "SystemExit")
        with pytest.raises(Stopped):
            self.probe(session, "raise KeyboardInterrupt")


def test_signals_that_end_the_judge_end_the_worker_too():
    """A judge that is killed leaves no warm process behind."""
    program = (
        "import os, time\nfrom autograder.grading.session import WORKER, Session\n"
        "session = Session(20, 20, 60)\nsession.run('1')\n"
        "print(WORKER.process.pid, session.child.pid, flush=True)\ntime.sleep(60)"
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

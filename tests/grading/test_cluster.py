"""Grading on a real Dask cluster: the same grades as here, whoever is lost on the way; sentences for what is amiss."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest
import yaml

from autograder.grading import cluster as cluster_module
from autograder.grading.cluster import ClusterJudges, Packed, pack
from autograder.grading.course import CourseError
from autograder.grading.grade import grade_class
from autograder.grading.judges import DIED, judge
from autograder.grading.judging import Task
from autograder.grading.record import expectations
from autograder.grading.session import Limits
from autograder.grading.submission import MAX_BYTES
from autograder.grading.warm import SANDBOXED
from tests.conftest import ROOT
from tests.grading.dask_cluster import WARM, Programs, command, parent, running_cluster, worker_of
from tests.grading.small import NAME, gradebook, hand_in, small_course, solution
from tests.security.world import children

STUDENTS = 8
FIRST = "03_regularization"  # which the page grades
SLOW = [f"slow{i}" for i in range(8)]


@pytest.fixture(scope="module")
def mini(assignment, tmp_path_factory):
    mini = small_course(tmp_path_factory.mktemp("small"), assignment)
    right = solution(mini)
    answers = [
        right,
        right.replace("self.min_lr + ", ""),
        None,
        "raise ValueError('mine')",
        right + "\nprint(1)",
    ]
    for i in range(STUDENTS):
        hand_in(mini, f"s{i}", answers[i % len(answers)])
    return mini


@pytest.fixture(scope="module")
def slow_class(assignment, tmp_path_factory):
    """Right answers, and for each of them a moment in which its worker can be lost."""
    mini = small_course(tmp_path_factory.mktemp("slow"), assignment)
    for student in SLOW:
        hand_in(mini, student, "import time\ntime.sleep(2)\n" + solution(mini))
    return mini


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running_cluster(tmp_path_factory.mktemp("cluster"), workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def here(mini):
    """Gradebook and graded notebooks as this machine's own judges make them."""
    grade_class(mini, progress=False, jobs=2)
    return gradebook(mini), notebooks(mini)


@pytest.fixture
def ungraded(mini, here):
    forget(mini)
    return mini


def forget(mini):
    for name in ("autograded", "feedback"):
        shutil.rmtree(mini.course.nbgrader_root / name, ignore_errors=True)


def notebooks(mini) -> dict[str, nbformat.NotebookNode]:
    paths = mini.course.nbgrader_root.glob(f"autograded/*/{NAME}/*.ipynb")
    return {path.parents[1].name: nbformat.read(path, as_version=4) for path in paths}


def on(cluster, mini, **options):
    return {
        o.student: o
        for o in grade_class(mini, progress=False, scheduler=cluster.address, **options)
    }


def submissions_of(cluster, name: str) -> list[int]:
    """The processes in which a worker's submissions run: each has a parent that is a warm process."""
    warm = [pid for pid in children(cluster.running[name].pid) if WARM in command(pid)]
    return [pid for pid in warm if parent(pid) in warm]


def wait_until(happened, seconds=120):
    deadline = time.monotonic() + seconds
    while not (result := happened()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return result


class Running(threading.Thread):
    """A class that is graded on the cluster while the test goes on; `result` waits for its outcomes."""

    def __init__(self, cluster, mini):
        super().__init__()
        self.cluster, self.mini, self.outcomes, self.error = cluster, mini, {}, None
        self.start()

    def run(self):
        try:
            self.outcomes = on(self.cluster, self.mini)
        except CourseError as error:
            self.error = error

    def booked(self, number: int) -> bool:
        return (
            len(list(self.mini.course.nbgrader_root.glob(f"autograded/*/{NAME}/*.ipynb"))) >= number
        )

    def result(self) -> dict:
        self.join()
        if self.error:
            raise self.error
        return self.outcomes


class TestGrading:
    def test_it_is_graded_as_it_is_here(self, cluster, ungraded, here):
        outcomes = on(cluster, ungraded)
        rows, judged = here
        assert gradebook(ungraded) == rows and notebooks(ungraded) == judged
        assert {s: o.score for s, o in outcomes.items() if o.score} == {
            "s0": 10,
            "s1": 4,
            "s4": 10,
            "s5": 10,
            "s6": 4,
        }
        pages = list(ungraded.course.nbgrader_root.glob(f"feedback/*/{NAME}/{NAME}.html"))
        assert len(pages) == STUDENTS

    @pytest.mark.full
    def test_what_is_graded_is_left_alone_here_and_there(self, cluster, ungraded, monkeypatch):
        first = on(cluster, ungraded)
        monkeypatch.setattr(
            cluster_module, "ClusterJudges", None
        )  # would fail if it were asked for
        again = on(cluster, ungraded)
        assert {s: o.score for s, o in again.items()} == {s: o.score for s, o in first.items()}
        assert {o.student: o.score for o in grade_class(ungraded, progress=False)} == {
            s: o.score for s, o in first.items()
        }

    def test_workers_get_neither_the_secret_nor_a_place_for_it(self, cluster, ungraded):
        on(cluster, ungraded)
        assert not list(cluster.home("worker0").rglob("*"))
        left = [p for p in cluster.folder.rglob("*") if p.suffix == ".ipynb"]
        assert not left  # the source notebook goes when the run is over


class TestLosses:
    @pytest.fixture
    def slow(self, slow_class):
        forget(slow_class)
        return slow_class

    def test_a_lost_machine_costs_nothing_but_its_time(self, cluster, slow):
        cluster.add_worker("lost", "--no-nanny")
        running = Running(cluster, slow)
        wait_until(lambda: submissions_of(cluster, "lost"))
        left = children(cluster.running["lost"].pid)
        cluster.kill("lost")
        outcomes = running.result()
        assert {s: (o.score, o.problem) for s, o in outcomes.items()} == dict.fromkeys(
            SLOW, (10.0, "")
        )
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))

    @pytest.mark.full
    def test_workers_that_are_started_again_judge_again(self, cluster, slow):
        running = Running(cluster, slow)
        for name in ("worker0", "worker1"):
            wait_until(lambda name=name: submissions_of(cluster, name))
            os.kill(worker_of(cluster, name), signal.SIGKILL)
        assert {o.score for o in running.result().values()} == {10.0}
        assert not list(cluster.folder.rglob("*.ipynb"))  # also what the killed ones had is gone

    @pytest.mark.full
    @pytest.mark.timeout(900)  # eight workers load torch, one after the other
    def test_a_submission_that_takes_every_worker_down_is_told_and_harms_no_other(
        self, cluster, slow, monkeypatch
    ):
        """No submission is known to do that; here its folder's arrival at the judge does."""
        monkeypatch.setattr(cluster_module, "pack", deadly(cluster_module.pack, SLOW[2]))
        outcomes = on(cluster, slow)
        assert {s for s, o in outcomes.items() if o.problem} == {SLOW[2]}
        assert outcomes[SLOW[2]].problem == DIED
        assert {o.score for s, o in outcomes.items() if s != SLOW[2]} == {10.0}

    @pytest.mark.full
    def test_without_its_scheduler_a_run_ends_with_a_sentence_and_can_be_taken_up(
        self, tmp_path, slow
    ):
        with running_cluster(tmp_path / "own", workers=1) as own:
            running = Running(own, slow)
            wait_until(lambda: running.booked(2))
            own.kill("scheduler")
            with pytest.raises(CourseError, match=f"scheduler at {own.address} is lost.*again"):
                running.result()
        done = notebooks(slow)
        assert 2 <= len(done) < len(SLOW)
        assert {o.score for o in grade_class(slow, progress=False, jobs=2)} == {10.0}


class Deadly(Packed):
    """A file that ends the process in which it is unpacked."""

    def unpack(self, folder):
        os.kill(os.getpid(), signal.SIGKILL)


def deadly(pack, student):
    def packed(folder):
        files = pack(folder)
        if folder.parent.name == student:
            files = [Deadly(f.name, f.size, f.content) for f in files]
        return files

    return packed


class TestWhatIsAmiss:
    def test_no_scheduler(self, ungraded, monkeypatch):
        monkeypatch.setattr(cluster_module, "CONNECT_SECONDS", 1)
        with pytest.raises(CourseError, match="No Dask scheduler answers at tcp://127.0.0.1:9"):
            grade_class(ungraded, progress=False, scheduler="tcp://127.0.0.1:9")

    def test_no_address(self, ungraded):
        with pytest.raises(CourseError, match="No Dask scheduler answers at nowhere"):
            grade_class(ungraded, progress=False, scheduler="nowhere://x")

    def test_no_worker(self, tmp_path, ungraded, monkeypatch):
        monkeypatch.setattr(cluster_module, "FIRST_WORKER_SECONDS", 1)
        with running_cluster(tmp_path / "own", workers=0) as own:
            with pytest.raises(
                CourseError, match=f"no worker: start one with 'dask worker {own.address}'"
            ):
                on(own, ungraded)

    @pytest.mark.full
    def test_a_worker_with_another_grader_is_named_at_the_start(self, cluster, tmp_path, ungraded):
        cluster.add_worker("other", "--no-nanny", package=another_grader(tmp_path))
        try:
            with pytest.raises(
                CourseError, match="1 of the cluster's workers.*another version of the grader"
            ):
                on(cluster, ungraded)
        finally:
            cluster.kill("other")

    @pytest.mark.full
    def test_one_that_comes_later_and_cannot_judge_leaves(self, cluster, tmp_path, slow_class):
        root = slow_class.course.root
        tasks = [Task(root, NAME, student, Limits(), SANDBOXED) for student in SLOW]
        recorded = expectations(slow_class)
        with ClusterJudges(cluster.address, slow_class, recorded, SANDBOXED) as judges:
            other = cluster.add_worker("late", "--no-nanny", package=another_grader(tmp_path))
            judged = dict(judge(tasks, judges))
        assert all(one.notebook and not one.problem for one in judged.values())
        wait_until(lambda: other.poll() is not None)
        assert "another version of the grader" in cluster.log("late")


def another_grader(folder: Path) -> Path:
    shutil.copytree(ROOT / "autograder", folder / "autograder")
    shutil.copytree(ROOT / "utils", folder / "utils")
    with open(folder / "autograder" / "wire.py", "a") as file:
        file.write("\n# changed\n")
    return folder


class TestPacking:
    def test_files_arrive_as_they_were(self, tmp_path):
        given, arrived = tmp_path / "given", tmp_path / "arrived"
        for folder in (given, arrived, given / "a folder"):
            folder.mkdir()
        odd = os.fsdecode(b"na\xefve name.csv")
        (given / odd).write_bytes(b"\0\1\2")
        (given / "empty.txt").touch()
        (given / "timestamp.txt").write_text("2026-01-02 03:04:05 UTC")
        (given / "link").symlink_to("/etc/passwd")
        for packed in pack(given):
            packed.unpack(arrived)
        assert {p.name: p.read_bytes() for p in arrived.iterdir()} == {
            odd: b"\0\1\2",
            "empty.txt": b"",
        }

    def test_what_is_too_large_to_be_read_travels_as_its_size(self, tmp_path):
        with open(tmp_path / "big.ipynb", "wb") as file:
            file.truncate(MAX_BYTES + 1)
        [packed] = pack(tmp_path)
        assert packed.content is None
        (tmp_path / "arrived").mkdir()
        packed.unpack(tmp_path / "arrived")
        assert (tmp_path / "arrived" / "big.ipynb").stat().st_size == MAX_BYTES + 1

    @pytest.mark.full
    def test_more_than_may_travel_is_one_student_s_problem(self, cluster, ungraded):
        folder = ungraded.course.nbgrader_root / "submitted" / "s0" / NAME
        for i in range(4):
            with open(folder / f"{i}.bin", "wb") as file:
                file.truncate(MAX_BYTES)
        try:
            outcomes = on(cluster, ungraded)
        finally:
            for i in range(4):
                (folder / f"{i}.bin").unlink()
        assert (
            "more than 128 MB" in outcomes["s0"].problem
            and "without --scheduler" in outcomes["s0"].problem
        )
        assert outcomes["s5"].score == 10 and not outcomes["s5"].problem


def test_the_command_takes_an_address(cluster, ungraded):
    command = [
        sys.executable,
        "-m",
        "autograder.cli",
        "grade",
        NAME,
        "--scheduler",
        cluster.address,
    ]
    done = subprocess.run(command, cwd=ungraded.course.root, capture_output=True, text=True)
    assert done.returncode == 0 and "Traceback" not in done.stderr
    assert "distributed" not in done.stderr  # no log of Dask's among the words for the instructor
    assert "s0" in done.stdout and "no_floor" in done.stdout


class TestPage:
    """docs/many-machines.md, with this machine in the place of all others."""

    page = (ROOT / "docs" / "many-machines.md").read_text(encoding="utf-8")

    def blocks(self, language):
        return re.findall(rf"^```{language}\n(.*?)^```", self.page, re.M | re.S)

    def words(self, start, port):
        """The page's first command that begins so."""
        line = re.search(rf"^    ({start}.*)$", self.page, re.M)[1]
        for of_page, here in (("10.0.0.1", "127.0.0.1"), ("8786", port), (FIRST, NAME)):
            line = line.replace(of_page, here)
        return line.split()

    def run_on(self, programs, mini, scheme):
        """Its commands in their order; what `grade` says."""
        port = str(free_port())
        programs.start("scheduler", self.words("dask scheduler", port)[1:])
        programs.said("scheduler", "Scheduler at:")
        doctor = [
            sys.executable,
            "-m",
            "autograder.cli",
            *self.words("autograder doctor", port)[1:],
        ]
        by_hand = {name: value for name, value in os.environ.items() if name != "CI"}
        subprocess.run(doctor, cwd=ROOT, env=by_hand, check=True, capture_output=True)
        worker = self.words("dask worker", port)
        worker[worker.index("--nworkers") + 1] = "1"  # it is shown for a machine of eight cores
        programs.start("worker", [word.replace("tcp:", scheme) for word in worker[1:]])
        programs.said("worker", "Registered to:")
        grade = [word.replace("tcp:", scheme) for word in self.words("autograder grade", port)[1:]]
        return subprocess.run(
            [sys.executable, "-m", "autograder.cli", *grade],
            cwd=mini.course.root,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | programs.environment,
            capture_output=True,
            text=True,
        )

    @pytest.fixture
    def programs(self, tmp_path):
        programs = Programs(tmp_path / "programs")
        yield programs
        programs.close()

    @pytest.mark.full
    def test_the_commands_of_the_page(self, programs, ungraded):
        done = self.run_on(programs, ungraded, "tcp:")
        assert done.returncode == 0, done.stderr
        assert "no_floor" in done.stdout and len(notebooks(ungraded)) == STUDENTS

    @pytest.mark.full
    def test_the_certificates_of_the_page(self, programs, ungraded, tmp_path):
        [make] = self.blocks("sh")
        subprocess.run(
            ["sh", "-e"], input=make, text=True, cwd=tmp_path, check=True, capture_output=True
        )
        settings = next(block for block in self.blocks("yaml") if "require-encryption" in block)
        (tmp_path / "dask").mkdir()
        (tmp_path / "dask" / "tls.yaml").write_text(settings.replace("/srv/grading", str(tmp_path)))
        programs.environment["DASK_CONFIG"] = str(tmp_path / "dask")
        done = self.run_on(programs, ungraded, "tls:")
        assert done.returncode == 0, done.stderr
        assert len(notebooks(ungraded)) == STUDENTS
        forget(ungraded)
        del programs.environment["DASK_CONFIG"]  # now without a certificate
        address = programs.said("scheduler", "Scheduler at:").split()[-1]
        with pytest.raises(CourseError, match="No Dask scheduler answers at tls"):
            grade_class(ungraded, progress=False, scheduler=address)

    @pytest.mark.full
    def test_the_manifests_start_a_cluster(self, programs):
        found = {
            (manifest["kind"], manifest["metadata"]["name"]): manifest["spec"]
            for block in self.blocks("yaml")
            if "apiVersion" in block
            for manifest in yaml.safe_load_all(block)
        }
        port, commands = str(free_port()), {}
        for name in ("grading-scheduler", "grading-worker"):
            spec = found.pop(("Deployment", name))
            labels = spec["template"]["metadata"]["labels"]
            assert spec["selector"]["matchLabels"] == labels == {"app": name}
            [container] = spec["template"]["spec"]["containers"]
            words = [
                word.replace("grading-scheduler", "127.0.0.1") for word in container["command"]
            ]
            commands[name] = [word.replace("8786", port) for word in words]
        assert found == {
            ("Service", "grading-scheduler"): {
                "selector": {"app": "grading-scheduler"},
                "ports": [{"port": 8786}],
            }
        }
        for name, (program, *words) in commands.items():
            assert program == "dask"
            programs.start(name, words)
            programs.said(name, {"grading-worker": "Registered to:"}.get(name, "Scheduler at:"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]

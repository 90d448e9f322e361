"""Known answers of every assignment, graded as a class on a cluster: each gets the grade that it deserves."""

import os
import random
import signal
import threading

import pytest

from autograder.grading.book import Book
from autograder.grading.course import Course
from autograder.grading.grade import grade_class
from autograder.grading.record import answers_to
from tests.conftest import ROOT
from tests.grading.dask_cluster import running_cluster, worker_of
from tests.grading.known_class import hand_in_answers, misjudged

SAMPLE = 24


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with running_cluster(tmp_path_factory.mktemp("cluster"), workers=2) as running:
        yield running


@pytest.mark.full
@pytest.mark.timeout(1800)  # what is expected is recorded first, and a capstone trains
@pytest.mark.parametrize("name", Course(ROOT).assignments())
def test_each_known_answer_gets_its_grade_while_a_worker_is_killed(cluster, whole_course, name):
    assignment = whole_course.assignment(name)
    Book(whole_course).generate(name)
    known = answers_to(assignment)
    chosen = random.Random(name).sample(known, min(SAMPLE, len(known)))
    handed_in = hand_in_answers(assignment, chosen)
    killed = threading.Event()

    def kill():
        os.kill(worker_of(cluster, "worker0"), signal.SIGKILL)
        killed.set()

    outcomes = grade_with(cluster, assignment, kill)
    assert misjudged(assignment, outcomes, handed_in) == [] and killed.is_set()


def grade_with(cluster, assignment, kill):
    """Grade the class; `kill` is called when the first of it is in the gradebook."""
    graded = assignment.course.nbgrader_root / "autograded"
    over = threading.Event()

    def watch():
        while not over.wait(0.05):
            if list(graded.glob(f"*/{assignment.name}/*.ipynb")):
                return kill()

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return grade_class(assignment, progress=False, jobs=2, scheduler=cluster.address)
    finally:
        over.set()
        watcher.join()

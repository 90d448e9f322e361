"""Judging in one process: for tests that try hundreds of answers."""

import contextlib
import io
import signal
import time

import nbformat

from autograder.exercise import Exercise
from autograder.grading.course import Assignment, answer_id, check_of, grade_id, is_experiment
from autograder.grading.record import draw_cases
from autograder.grading.secret import hidden_seed
from autograder.judge import Recorded, judge, measured
from autograder.practice import public_seed, replies_to
from autograder.probing import run_probe
from autograder.verdict import Verdict
from autograder.wire import decode

SECONDS = 20  # for one answer on all cases; a mutant may loop for ever


def hidden(number: int):
    """The seeds of one set of hidden cases."""
    return lambda exercise, case: hidden_seed(f"test {number}".encode(), exercise, case)


class Workbench:
    """The source notebook's cells, run once; then verdicts on any answer, from public and one set of hidden cases."""

    def __init__(self, assignment: Assignment):
        self.assignment = assignment
        self.namespace = namespace_of(assignment.notebook)
        self.recorded = {name: self._record(name) for name in assignment.checks}

    def _record(self, name):
        check = self.assignment.checks[name]
        records = []
        for public, seed_of in ((True, public_seed), (False, hidden(0))):
            cases = draw_cases(check.exercise, seed_of)
            for case, reply in zip(cases, self._replies(name, "", cases), strict=True):
                records.append(Recorded(case, measured(check.exercise, case, reply), public=public))
        return records

    def exercise(self, name: str) -> Exercise:
        return self.assignment.checks[name].exercise

    def solution(self, name: str) -> str:
        """Source of the instructor's own answer."""
        cells = self.assignment.notebook.cells
        return next(cell.source for cell in cells if grade_id(cell) == answer_id(name))

    def verdict(self, name: str, source: str) -> Verdict:
        """The verdict on a source that stands in the answer cell. Raises what the source raises."""
        records = self.recorded[name]
        with at_most(SECONDS):
            replies = self._replies(name, source, [record.case for record in records])
        return judge(self.exercise(name), records, replies)

    def _replies(self, name, source, cases):
        namespace = dict(self.namespace)
        run(source, namespace)
        check = self.assignment.checks[name]
        answer = eval(check.expression, namespace)
        given = [check.exercise.given(case) for case in cases]
        return [decode(run_probe(check.exercise, answer, case)) for case in given]


def stub_verdict(
    assignment: Assignment, released: nbformat.NotebookNode, name: str, records: list[Recorded]
) -> Verdict:
    """The verdict on what students are given, before they write anything."""
    check = assignment.checks[name]
    answer = eval(check.expression, namespace_of(released))
    return judge(check.exercise, records, replies_to(check.exercise, answer, records))


def namespace_of(notebook: nbformat.NotebookNode) -> dict:
    """What the cells of a notebook define, but for its checks and experiments."""
    namespace = {}
    for cell in notebook.cells:
        if cell.cell_type == "code" and not is_experiment(cell) and not check_of(cell):
            run(cell.source, namespace)
    return namespace


@contextlib.contextmanager
def at_most(seconds: float):
    """Raises TimeoutError in its body after that many seconds, and then each second: a probe swallows what is raised.

    pytest-timeout's alarm, which is the same signal, goes on afterwards.
    """

    def stop(*_):
        raise TimeoutError

    start, handler = time.monotonic(), signal.signal(signal.SIGALRM, stop)
    left, _ = signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(left - (time.monotonic() - start), 0.1))


def run(source: str, namespace: dict) -> None:
    """Execute a cell, with what it prints swallowed."""
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(source, "<ipython-input-test>", "exec"), namespace)

"""A student's notebook, run cell by cell in processes of its own that the judge's process starts and can end.

Each cell runs in a fork of the process that ran the cell before it. That one stays as it was: a cell that takes too
long, or takes its process down, costs only itself, and every check finds the state of its place in the notebook.
"""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograder.exercise import exercises
from autograder.grading.processes import Ended, Limit, State, Stopped, Submission, TooLarge
from autograder.grading.sandbox import Confinement
from autograder.grading.warm import SANDBOXED, WorkerLost

MOST_LOSSES = 2
LOST = "The process that it ran in was lost twice."


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    cell      seconds for one cell
    case      seconds for one case of a check, more where its exercise says so
    notebook  seconds for all cells together, and again for all checks
    """

    cell: float = 30
    case: float = 10
    notebook: float = 300
    confinement: Confinement = field(default_factory=Confinement)

    def of_case(self, exercise: str) -> float:
        """Seconds for one case of this exercise."""
        return max(self.case, exercises()[exercise].seconds)


class Session:
    """Runs the cells of a notebook, then probes what they defined, each check in the state of its place.

    Where the first process of the submission is lost, or memory runs out, another one takes its place, and the cells
    that had finished run again.
    """

    def __init__(
        self, limits: Limits, mode: str = SANDBOXED, files: dict[str, bytes] | None = None
    ):
        self.limits, self.mode, self.files = limits, mode, files or {}
        self.finished: list[tuple[str, bool]] = []
        self.states: list[State] = []
        self.kept: set[int] = set()
        self.submission: Submission | None = None
        self.losses = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._close()

    @property
    def place(self) -> int:
        """How many cells have finished: what a check of this place in the notebook gives to `probe`."""
        return len(self.finished)

    def keep(self) -> int:
        """The place, whose state is kept for a check; others end when later cells have finished."""
        self.kept.add(self.place)
        return self.place

    def run(self, source: str, in_place: bool = False) -> list:
        """The outputs of a cell. Raises Stopped where it took too long or its process down.

        in_place  without a fork of its own: for released cells before any of the student's
        """
        outputs = self._retried(lambda: self._run(source, in_place))
        self.finished.append((source, in_place))
        return outputs

    def _run(self, source, in_place):
        here = self._states()[-1]
        state, outputs = self._ran(here, source, in_place)
        self._append(state)
        return outputs

    def _append(self, state):
        """Go on to a state. One that no check needs, nor the making anew of another, ends: there may be many cells."""
        self.states.append(state)
        place = len(self.states) - 3
        if place > 0 and not {place, place + 1} & self.kept:
            self.states[place].release()

    def _ran(self, here, source, in_place, again=True):
        """The state after a cell, and its outputs. A process that ended is tried once more: others can end it too."""
        state = here if in_place else here.branch()
        try:
            return state, state.run(source, self.limits.cell)
        except TooLarge:
            self._close()
            raise
        except Stopped as stopped:
            if in_place:
                self._close()
                raise
            state.end()
            if isinstance(stopped, Ended) and again:
                return self._ran(here, source, in_place, again=False)
            raise

    def probe(
        self, exercise: str, expression: str, cases: Iterable[dict], place: int, fork: bool = True
    ) -> list[dict]:
        """One reply for each case, see `autograder.probing.run_probe`; "stopped" from the first that did not end.

        place  the value of `place` where the check stands
        fork   whether the state is needed again; otherwise its own process answers

        To be asked when all cells have run: what a probe does to its process, no output can show any more.
        """
        cases, replies = list(cases), []
        try:
            self._retried(lambda: self._probe(exercise, expression, cases, place, fork, replies))
        except Stopped as stopped:
            reply = {"status": "stopped", "sentence": str(stopped), "limit": stopped.limit}
            replies += [reply] * (len(cases) - len(replies))
        return replies

    def _probe(self, exercise, expression, cases, place, fork, replies, again=True):
        replies.clear()
        here = self._states()[place]
        state = here.branch() if fork else here
        try:
            replies.extend(state.probe(exercise, expression, cases, self.limits.of_case(exercise)))
        except TooLarge:
            self._close()
            raise
        except Ended:
            if not again:
                raise
            if not fork:
                self._renew(place)
            self._probe(exercise, expression, cases, place, fork, replies, again=False)
        finally:
            if fork:
                state.end()

    def _renew(self, place):
        """Another process for a state whose own has ended, from the state before it."""
        if place == 0 or self.finished[place - 1][1]:
            raise WorkerLost
        source, in_place = self.finished[place - 1]
        self.states[place].end()
        self.states[place], _ = self._ran(self.states[place - 1], source, in_place)

    def _retried(self, step):
        while True:
            try:
                return step()
            except WorkerLost:
                self._close()
                self.losses += 1
                if self.losses >= MOST_LOSSES:
                    raise Stopped(LOST, Limit.LOST) from None

    @property
    def last(self) -> State:
        """The state after the last cell."""
        return self._states()[-1]

    def begin_checks(self) -> None:
        """From here on the time of the checks counts."""
        if self.submission:
            self.submission.restart_clock(self.limits.notebook)

    def _states(self):
        """The states after 0, 1, … cells; started anew where there are none."""
        if self.submission is None:
            self.submission = Submission(
                self.mode, self.limits.notebook, self.limits.confinement, self.files
            )
            self.states = [self.submission.first]
            try:
                for source, in_place in self.finished:
                    state = self.states[-1] if in_place else self.states[-1].branch()
                    state.run(source, self.limits.cell)
                    self._append(state)
            except Stopped:
                self._close()
                raise
        return self.states

    def _close(self):
        if self.submission:
            with contextlib.suppress(OSError):
                self.submission.close()
            self.submission, self.states = None, []

"""Recording: the instructor's notebook and the known wrong answers, run through the probes, become expectations."""

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch

from autograder.exercise import Exercise
from autograder.files import write_atomically
from autograder.grading.answers import Answer, read_answers
from autograder.grading.course import (
    CHECKS,
    Assignment,
    Check,
    CourseError,
    check_of,
    course_files,
    grade_id,
    is_experiment,
)
from autograder.grading.processes import Stopped
from autograder.grading.secret import course_secret, fingerprint, hidden_seed, private_folder
from autograder.grading.session import Limits, Session
from autograder.grading.warm import OPEN
from autograder.judge import PROBLEM, Recorded, failures, measured
from autograder.practice import checks_version, public_seed
from autograder.wire import decode, encode

SeedOf = Callable[[str, str], int]


def draw_cases(exercise: Exercise, seed_of: SeedOf) -> list[dict]:
    """The exercise's cases, from the seed of each case's name."""
    return exercise.cases(lambda case: np.random.default_rng(seed_of(exercise.name, case)))


class Recorder:
    """Runs an assignment's source notebook once, then any answer in its place; the course's own code, so unconfined."""

    def __init__(self, assignment: Assignment):
        self.assignment = assignment
        limits = Limits(cell=120, case=60, notebook=3600)
        self.session = Session(limits, OPEN, course_files(assignment))

    def __enter__(self):
        try:
            for cell in self.assignment.notebook.cells:
                if cell.cell_type == "code" and not is_experiment(cell) and not check_of(cell):
                    what = f"The cell {grade_id(cell) or cell.get('id')}"
                    self._run(lambda c=cell: self.session.run(c.source, in_place=True), what)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.session.__exit__()

    def replies(self, check: Check, cases: Iterable[dict]) -> list[dict]:
        """One probe reply a case, from the notebook's own answer."""
        return self._probed(self.session.last, check, cases)

    def replies_to(self, answer: Answer, check: Check, cases: Iterable[dict]) -> list[dict]:
        """The replies with `answer` in place of the solution, in a fork that ends with it."""
        state = self.session.last.branch()
        try:
            what = f"The answer {answer.name} to {answer.exercise}"
            self._run(lambda: state.run(answer.source, self.session.limits.cell), what)
            return self._probed(state, check, cases)
        finally:
            state.end()

    def _probed(self, state, check, cases):
        seconds = self.session.limits.of_case(check.exercise.name)
        try:
            given = [check.exercise.given(case) for case in cases]
            return list(state.probe(check.exercise.name, check.expression, given, seconds))
        except Stopped as stopped:
            raise CourseError(
                f"The exercise {check.exercise.name} cannot be recorded. {stopped}"
            ) from None

    def _run(self, step, what):
        try:
            outputs = step()
        except Stopped as stopped:
            raise CourseError(f"{what} cannot be run. {stopped}") from None
        for output in outputs:
            if output["output_type"] == "error":
                raise CourseError(f"{what} stops with {output['ename']}: {output['evalue']}")


def record(assignment: Assignment, seed_of: SeedOf, public: bool) -> dict[str, list[Recorded]]:
    """Expectations for every check of an assignment, from the cases of these seeds.

    Raises CourseError where the source notebook does not run or its own answer cannot be measured.
    """
    answers = [a for a in answers_to(assignment) if a.kind == "wrong"]
    recorded = {}
    with Recorder(assignment) as recorder:
        for name, check in assignment.checks.items():
            cases = draw_cases(check.exercise, seed_of)
            replies = recorder.replies(check, cases)
            records = [
                Recorded(case, _expected(check.exercise, case, reply), public=public)
                for case, reply in zip(cases, replies, strict=True)
            ]
            for answer in (a for a in answers if a.exercise == name):
                _add_mistake(
                    check.exercise, records, answer.name, recorder.replies_to(answer, check, cases)
                )
            recorded[name] = records
    return recorded


def _expected(exercise, case, reply):
    features = measured(exercise, case, reply)
    if PROBLEM in features:
        raise CourseError(
            f"The source notebook's own answer to {exercise.name} cannot be measured on the case "
            f"{case['name']}: {features[PROBLEM].value}"
        )
    return features


def _add_mistake(exercise, records, name, replies):
    for record, reply in zip(records, replies, strict=True):
        wrong = failures(record.expected, measured(exercise, record.case, reply))
        if wrong:
            record.mistakes[name] = wrong


def record_public(assignment: Assignment) -> dict[str, list[Recorded]]:
    """Expectations for the public cases."""
    return record(assignment, public_seed, public=True)


def write_public(assignment: Assignment) -> bool:
    """Record the public cases into the file that is released beside the notebook; whether that was needed."""
    path, source = assignment.folder / CHECKS, _key(assignment)
    try:
        if json.loads(path.read_bytes())["source"] == source:
            return False
    except (OSError, ValueError, LookupError, TypeError):
        pass  # not there yet, or damaged: written anew
    exercises = {
        name: [record.to_plain() for record in records]
        for name, records in record_public(assignment).items()
    }
    stored = encode(
        {"version": checks_version(exercises), "source": source, "exercises": exercises}
    )
    write_atomically(path, json.dumps(json.loads(stored), separators=(",", ":")) + "\n")
    return True


def expectations(assignment: Assignment) -> dict[str, list[Recorded]]:
    """Expectations for the public and the hidden cases; recorded once for a source, secret and environment.

    They are kept in the private folder, mode 600, never in the course.
    """
    secret = course_secret()
    path = private_folder() / "recorded" / f"{recording_key(assignment)}.json"
    if path.exists():
        stored = decode(path.read_bytes())
        return {
            name: [Recorded.from_plain(entry, entry["public"]) for entry in entries]
            for name, entries in stored.items()
        }
    public = record_public(assignment)
    hidden = record(
        assignment, lambda exercise, case: hidden_seed(secret, exercise, case), public=False
    )
    both = {name: public[name] + hidden[name] for name in public}
    plain = {
        name: [r.to_plain() | {"public": r.public} for r in records]
        for name, records in both.items()
    }
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_atomically(path, encode(plain), mode=0o600)
    return both


def recording_key(assignment: Assignment) -> str:
    """A hash of everything that the expectations of an assignment depend on."""
    return _key(assignment, torch.__version__, np.__version__, fingerprint(course_secret()))


def answers_to(assignment: Assignment) -> list[Answer]:
    """The known answers to the exercises of an assignment."""
    answers = read_answers(assignment.course.answers)
    return [answer for answer in answers if answer.exercise in assignment.checks]


def _key(assignment, *environment):
    """A hash of everything that what is recorded depends on."""
    digest = hashlib.sha256()
    for path in (assignment.path, Path(__file__)):
        digest.update(path.read_bytes())
    for part in (*answers_to(assignment), checks_version(assignment.checks), *environment):
        digest.update(f"{part}\0".encode())
    return digest.hexdigest()[:32]

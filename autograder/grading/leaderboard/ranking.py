"""What a leaderboard ranks: how many held-out examples the judge counted right, kept beside the verdict.

The count is the judge's own, of hidden cases alone. What a notebook prints or claims never enters it.
"""

import hashlib
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from autograder.grading.course import Assignment, Check
from autograder.grading.record import draw_cases
from autograder.grading.secret import course_secret, hidden_seed
from autograder.judge import Recorded
from autograder.wire import encode

HELD_OUT = "held_out"  # in what the grader keeps in a check cell's metadata


@runtime_checkable
class Ranked(Protocol):
    """An exercise whose answers can be ranked: each predicts the classes of examples whose labels stay with the judge.

    num_held_out  examples in a case
    num_classes   so that guessing gets one of so many right
    levels        per cent that earn points
    """

    num_held_out: int
    num_classes: int
    levels: Sequence[float]

    def count_right(self, case: dict, output: dict) -> int:
        """How many examples of a case are right. Raises Malformed where the answer does not count."""


def ranked_check(assignment: Assignment) -> Check | None:
    """The check whose answers can be ranked, the first one; None where the assignment has none."""
    checks = (check for check in assignment.checks.values() if isinstance(check.exercise, Ranked))
    return next(checks, None)


def held_out(exercise, recorded: Sequence[Recorded], replies: Sequence[dict]) -> dict:
    """What is kept of an answer: the right ones of how many, and which hidden cases they are; else nothing.

    recorded, replies  the cases of the exercise, and one probe reply for each
    """
    if not isinstance(exercise, Ranked):
        return {}
    hidden = [pair for pair in zip(recorded, replies, strict=True) if not pair[0].public]
    if any(reply.get("status") != "ok" for _, reply in hidden):
        return {}
    try:
        right = sum(exercise.count_right(record.case, reply["output"]) for record, reply in hidden)
    except Exception:  # Malformed, or whatever an output from a student's process leads to
        return {}
    cases = [record.case for record, _ in hidden]
    of = len(cases) * exercise.num_held_out
    return {HELD_OUT: {"right": right, "of": of, "cases": cases_id(cases)}}


def hidden_cases(exercise) -> list[dict]:
    """The cases that grading uses as long as the course secret and the exercise stay."""
    secret = course_secret()
    return draw_cases(exercise, lambda name, case: hidden_seed(secret, name, case))


def cases_id(cases: Sequence[dict]) -> str:
    """Names cases without telling them; counts of different cases cannot be compared."""
    return hashlib.sha256(encode(list(cases))).hexdigest()[:16]

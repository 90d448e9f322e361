"""The practice channel: `check("exercise", answer)` in a student's notebook, on public cases.

Cases and expectations come from `checks.json`, which is released beside the notebook.
"""

import hashlib
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import torch

from autograder.exercise import Exercise, exercises
from autograder.judge import Recorded, judge
from autograder.probing import run_probe
from autograder.verdict import WRONG, Verdict
from autograder.wire import WireError, decode

CHECKS = "checks.json"
MIME = "application/vnd.autograder.verdict+json"
MIXED_DEVICES = ("expected device", "same device", "different devices")  # in torch's errors
SHARED = (
    "exercise",
    "features",
    "functions",
    "judge",
    "masks",
    "probing",
)  # what all exercises use
STARTED_IN = Path.cwd()  # a notebook may change the folder later


class Result:
    """What `check` returns: shows the verdict, and is the points as plain text, which nbgrader reads as the score."""

    def __init__(self, verdict: Verdict):
        self.verdict = verdict

    def __repr__(self):
        return f"{self.verdict.points:g}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {
            "text/plain": repr(self),
            "text/html": self.verdict.as_html(),
            MIME: self.verdict.to_plain(),
        }


def check(exercise: str, answer) -> Result:
    """Try an answer on the public cases of an exercise and show what is right, what is wrong and why.

    exercise  name, as given in the assignment: "dropout.inverted"
    answer    the function or class that you wrote, or a dict of several

    Never raises, but for the user's own interrupt, and prints nothing. The result's text is the points.
    """
    if not isinstance(exercise, str) or exercise not in exercises():
        return Result(
            _cannot(
                f"There is no exercise {str(exercise)[:80]!r}; there are: {', '.join(exercises())}."
            )
        )
    path = STARTED_IN / CHECKS
    try:
        version, recorded = public_cases(path)
    except (OSError, WireError, KeyError, TypeError, AttributeError):
        return Result(
            _cannot(
                f"The file {path} is missing or damaged. It was handed out with the notebook: "
                "copy it from there, then restart the kernel."
            )
        )
    if exercise not in recorded:
        return Result(
            _cannot(
                f"The file {path} belongs to another assignment: it has no cases of {exercise}."
            )
        )
    if version != checks_version(recorded):
        return Result(
            _cannot(
                f"The file {path} was made for another version of the course's package autograder: "
                "update the older of the two, then restart the kernel."
            )
        )
    return Result(practise(exercises()[exercise], answer, recorded[exercise]))


def practise(exercise: Exercise, answer, recorded: list[Recorded]) -> Verdict:
    """The verdict on an answer, run here; with remarks on devices, which carry no points."""
    replies = replies_to(exercise, answer, recorded)
    verdict = judge(exercise, recorded, replies)
    if verdict.points:
        verdict.remarks += device_remarks(exercise, answer, recorded, verdict.points)
    return verdict


def replies_to(
    exercise: Exercise, answer, recorded: list[Recorded], device: str = "cpu"
) -> list[dict]:
    """One probe reply a case, from an answer that runs in this process."""
    cases = [exercise.given(record.case) for record in recorded]
    return [decode(run_probe(exercise, answer, case, device)) for case in cases]


def device_remarks(
    exercise: Exercise, answer, recorded: list[Recorded], points: float
) -> list[str]:
    """Whether an answer keeps to its input's device: on a GPU where there is one, else on `meta` tensors.

    points  what the answer earned on the CPU

    On `meta` only a mix of devices is a finding; an operator that needs data says nothing.
    """
    if torch.cuda.is_available():
        replies = replies_to(exercise, answer, recorded, "cuda")
        if judge(exercise, recorded, replies).points < points:
            return [
                "On the GPU this answer earns less: is everything made on the device of the input? (No points.)"
            ]
        return []
    for record in recorded:
        [reply] = replies_to(exercise, answer, [record], "meta")
        text = f"{reply.get('error', '')} {reply.get('message', '')}"
        if any(words in text for words in MIXED_DEVICES):
            return [
                "This answer makes a tensor on the CPU whatever the device of the input: it would stop on a GPU. "
                "Look at torch.rand_like, or pass device=x.device. (No points.)"
            ]
    return []


@cache
def public_cases(path: Path) -> tuple[str, dict[str, list[Recorded]]]:
    """The version and the public cases by exercise. Raises OSError or WireError where they cannot be read."""
    stored = decode(path.read_bytes())
    recorded = {
        name: [Recorded.from_plain(entry, public=True) for entry in entries]
        for name, entries in stored["exercises"].items()
    }
    return stored["version"], recorded


def checks_version(names: Iterable[str]) -> str:
    """A hash of all that makes and judges the cases of these exercises: recorded cases fit only what recorded them."""
    known = exercises()
    classes = [base for name in names if name in known for base in type(known[name]).__mro__[:-1]]
    shared = {f"{__package__}.{name}" for name in SHARED}
    return _version(tuple(sorted({base.__module__ for base in classes} - shared)))


@cache
def _version(modules):
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in [
        *(package / f"{name}.py" for name in SHARED),
        *(Path(sys.modules[name].__file__) for name in modules),
    ]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def public_seed(exercise: str, case: str) -> int:
    """The seed of a public case: anyone may know it."""
    return int.from_bytes(hashlib.sha256(f"public/{exercise}/{case}".encode()).digest()[:8], "big")


def _cannot(sentence: str) -> Verdict:
    return Verdict("", "This cannot be checked", WRONG, [], [sentence])

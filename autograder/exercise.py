"""What an exercise is: its cases, its probe, what is measured of the probe's outputs, its parts and known mistakes."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from autograder.features import Feature


class Malformed(Exception):
    """An output that cannot be measured; the message is a sentence for the student."""


@dataclass(frozen=True)
class Part:
    """A named share of an exercise's points: right where all of its features agree in every case.

    A part with `needs` counts only where at least one of the parts named there is right, so that returning the
    input untouched earns nothing for the things that leave it untouched.
    """

    name: str
    points: float
    features: tuple[str, ...]
    lecture: str
    needs: tuple[str, ...] = ()


class Exercise:
    """Base of all exercises; a subclass sets the attributes and writes `cases`, `probe` and `measure`.

    name      as in `check(name, …)`, module and object: "dropout.inverted"
    title     for tables and reports
    parts     where the points are
    mistakes  known mistakes by id: the sentence a student reads. An id is a wrong answer in `assignments/answers`.
    shown     entries of a case that a student reads beside its name, to try it
    flagged   library names whose use is shown to the instructor, since the exercise is to write them; no points
    seconds   what one case may take, where that is longer than what the course allows for any case
    """

    name: str
    title: str
    parts: tuple[Part, ...]
    mistakes: dict[str, str]
    shown: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()
    seconds: float = 0

    def cases(self, rng_for: Callable[[str], np.random.Generator]) -> list[dict]:
        """The inputs, plain data; each has a `name` and a `seed`. Random choices come from `rng_for(case name)`."""
        raise NotImplementedError

    def given(self, case: dict) -> dict:
        """What of a case the probe gets: all, unless an exercise withholds what a student's process must not see."""
        return case

    def probe(self, answer, case: dict, device: str) -> dict:
        """Drive the student's `answer` with a case and return what it did, as plain data and tensors, unjudged.

        Runs in the student's process: it holds no expected value. A NotImplementedError means "not attempted".
        """
        raise NotImplementedError

    def measure(self, case: dict, output: dict) -> dict[str, Feature]:
        """The features of a probe's output. Raises Malformed where there is nothing to measure."""
        raise NotImplementedError

    def describe(self, case: dict) -> str:
        """A public case in a student's words; its name may tell a value already."""
        shown = [f"{name}={case[name]}" for name in self.shown if f"{name} = " not in case["name"]]
        return ", ".join([case["name"], *shown])

    @property
    def points(self) -> float:
        return sum(part.points for part in self.parts)


@cache
def exercises() -> dict[str, Exercise]:
    """Every exercise by name: the `EXERCISES` of each module in `autograder.exercises`."""
    package = importlib.import_module("autograder.exercises")
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        for exercise in importlib.import_module(f"autograder.exercises.{module.name}").EXERCISES:
            found[exercise.name] = exercise
    return found

"""Mutants of the solutions: a judge that does not see a changed operator, constant or argument is blind there.

Every mutant is refused, or stands here with the reason why it is right too.
"""

import ast
import random

import pytest

from tests.autograder.mutants import mutants
from tests.autograder.workbench import Workbench

SAMPLE = 12

# Part of the solution, what stands in its place, and why that is right too.
SAME_EVENT = "a continuous draw equals the probability with probability 0"
PROMOTED = "a product with x promotes the mask to x's dtype"
CACHE = "what the cache holds is up to the student; the backward exercise judges it"
FORWARD = (
    ("x) < keep_prob", "x) <= keep_prob", SAME_EVENT),
    (
        "(torch.rand_like(x) < keep_prob).to(x.dtype)\n",
        "torch.rand_like(x) < keep_prob\n",
        PROMOTED,
    ),
    (".to(x.dtype) / keep_prob", " / keep_prob", PROMOTED),
    ("return (x * mask, mask)", "return (x * mask, keep_prob)", CACHE),
    ("return (x * mask, mask)", "return (x * mask, training)", CACHE),
    ("return (x * mask, mask)", "return (x * mask, x)", CACHE),
)
BACKWARD = (("grad_out * mask", "grad_out * cache", "two names of one object"),)
MODULE = (
    ("x) < self.keep_prob", "x) <= self.keep_prob", SAME_EVENT),
    (".to(x.dtype) / self.keep_prob", " / self.keep_prob", PROMOTED),
)
RIGHT_TOO = {
    "dropout.vanilla": FORWARD,
    "dropout.inverted": FORWARD,
    "dropout.vanilla_backward": BACKWARD,
    "dropout.inverted_backward": BACKWARD,
    "dropout.module": MODULE,
    "schedules.warmup_cosine": (),
}


@pytest.fixture(scope="module")
def workbench(assignment):
    return Workbench(assignment)


def accepted(workbench, name, source) -> bool:
    try:
        return workbench.verdict(name, source).status == "right"
    except Exception:  # the mutant does not even define its function
        return False


def right_too(workbench, name) -> set[str]:
    source = ast.unparse(ast.parse(workbench.solution(name)))
    changed = {source.replace(part, other, 1) for part, other, _ in RIGHT_TOO[name]}
    return changed - {source}


def survivors(workbench, name, chosen) -> list[str]:
    known = right_too(workbench, name)
    return [
        difference
        for difference, source in chosen
        if source not in known and accepted(workbench, name, source)
    ]


@pytest.mark.parametrize("name", RIGHT_TOO)
def test_a_sample_of_mutants_is_refused(workbench, name):
    made = list(mutants(workbench.solution(name)))
    chosen = random.Random(name).sample(made, min(SAMPLE, len(made)))
    assert len(chosen) >= 10
    assert survivors(workbench, name, chosen) == []


@pytest.mark.full
@pytest.mark.parametrize("name", RIGHT_TOO)
def test_every_mutant_is_refused_or_right_too(workbench, name):
    made = list(mutants(workbench.solution(name)))
    assert survivors(workbench, name, made) == []
    known = right_too(workbench, name)
    assert known <= {source for _, source in made}  # none is out of date
    assert all(accepted(workbench, name, source) for source in known)


def test_every_exercise_is_mutated(assignment):
    assert set(RIGHT_TOO) == set(assignment.checks)


def test_the_solutions_are_accepted(workbench):
    for name in RIGHT_TOO:
        assert workbench.verdict(name, workbench.solution(name)).status == "right"


def test_mutants_change_operators_constants_names_conditions_statements_and_calls():
    source = "def f(a, b):\n    if a < 2:\n        return a * max(b, 1)\n    return a, b\n"
    made = dict(mutants(source))
    for difference in (
        "if a < 2: -> if a <= 2:",
        "if a < 2: -> if a < 3:",
        "if a < 2: -> if b < 2:",
        "if a < 2: -> if True:",
        "if a < 2: -> pass",
        "return a * max(b, 1) -> return a + max(b, 1)",
        "return a * max(b, 1) -> return a * b",
        "return a * max(b, 1) -> return a * min(b, 1)",
        "return (a, b) -> return (b, a)",
    ):
        assert difference in made
    assert all(mutant != source for mutant in made.values())

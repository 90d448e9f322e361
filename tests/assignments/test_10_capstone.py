"""The capstone: its answers are trained and scored as in grading."""

import numpy as np
import pytest
import torch

from autograder.exercise import exercises
from autograder.grading.course import CHECKS
from autograder.grading.record import draw_cases
from autograder.judge import judge
from autograder.practice import public_cases, public_seed
from tests.assignments.suite import Suite, course_assignment
from utils.data import Split
from utils.shapes import draw_shapes

pytestmark = pytest.mark.timeout(1200)  # many networks are trained
ASSIGNMENT = "10_capstone"
EXERCISE = exercises()["capstone.training"]


class TestAssignment(Suite):
    seeds = ("public", 1)  # each trains for seconds

    # Training is judged by what it reaches: a mutant that reaches it is right.
    test_a_sample_of_mutants_is_refused = None
    test_every_mutant_is_refused_or_right_too = None
    test_the_solutions_are_accepted = None  # they are, once more, among the answers above


@pytest.fixture
def case():
    (case,) = draw_cases(EXERCISE, public_seed)
    return case


def test_the_students_process_gets_the_pictures_and_nothing_that_gives_their_labels(case):
    images, _ = draw_shapes(1_000, seed=case["held_out_seed"], shift=1.0)
    given = EXERCISE.given(case)
    assert given.keys() == case.keys() - {"held_out_seed"} | {"images"}
    numbers = {value for value in given.values() if isinstance(value, int)}
    assert case["held_out_seed"] not in numbers
    assert np.array_equal(given["images"], images.mul(255).round().byte().numpy())
    seen, _ = draw_shapes(1_000, seed=case["train_seed"], shift=1.0)
    assert not torch.equal(seen, images)


def reply(case, chance_right, steps=300):
    """What a network would give that is right with this chance, and else says the next class."""
    rng = np.random.default_rng(0)
    _, labels = draw_shapes(1_000, seed=case["held_out_seed"], shift=1.0)
    said = (labels.numpy() + (rng.random(1_000) >= chance_right)) % 10
    together = np.eye(10)[said]
    return {"steps": steps, "together": together, "alone": together[:5]}


@pytest.mark.parametrize("chance, points", [(1.0, 30), (0.75, 14), (0.55, 10), (0.3, 0)])
def test_points_grow_with_accuracy(case, chance, points):
    got = EXERCISE.measure(case, reply(case, chance))
    right = EXERCISE.measure(case, reply(case, 1.0))
    wrong = {name for name in right if type(got[name]) is not type(right[name])}
    parts = [part for part in EXERCISE.parts if not wrong & set(part.features)]
    named = {part.name for part in parts}
    assert sum(p.points for p in parts if not p.needs or named & set(p.needs)) == points


@pytest.mark.parametrize("chance", [0.3, 0.6, 0.75])
def test_a_weak_network_is_told_what_it_reaches_and_no_mistake(case, chance):
    _, recorded = public_cases(course_assignment(ASSIGNMENT).folder / CHECKS)
    given = {"status": "ok", "output": reply(case, chance)}
    verdict = judge(EXERCISE, recorded[EXERCISE.name], [given])
    assert verdict.mistakes == [] and "Between" in verdict.as_text(), verdict.as_text()


def test_steps_are_counted_whatever_the_optimizer(case):
    def train_network(train: Split, num_steps: int):
        model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3072, 10))
        for kind in (torch.optim.SGD, torch.optim.Adam):
            optimizer = kind(model.parameters(), lr=0.1)
            for _ in range(3):
                model(train.images[:8]).sum().backward()
                optimizer.step()
        return lambda images: model(images).softmax(dim=1)

    output = EXERCISE.probe(train_network, EXERCISE.given(case), "cpu")
    assert output["steps"] == 6

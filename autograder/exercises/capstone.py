"""The capstone: a network trained within a budget of steps, scored on pictures whose labels stay with the judge.

The student's process gets the training set and the held-out pictures; the seed that gives their labels is withheld.
What it says of itself, the number of steps, is the one thing that it could make up: the limit on a case's time is what
holds whatever it says.
"""

import numpy as np
import torch
from torch.optim.optimizer import register_optimizer_step_post_hook

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Problem, Same
from autograder.functions import in_words
from utils.data import Split
from utils.shapes import SHAPES, draw_shapes

WHAT_TO_USE = "Lecture 3, section 11: What to use when"
AVERAGE = "Lecture 7, section 2: What to average"
EACH_ALONE = "Lecture 1, section 7: Batch normalization"
SHIFT = 1.0  # the hardest domain: shapes turned freely, on a texture, in noise
NUM_TRAIN = 300
NUM_HELD_OUT = 1_000
NUM_STEPS = 300
SECONDS = 120  # twice what students are told, since a machine that grades is busy
LEVELS = {50: 4, 70: 4, 80: 4, 85: 6, 90: 6}  # points for so many per cent right
ALONE = slice(0, 5)  # pictures that are shown one by one too
REACHED = tuple(f"at least {level} % of the held-out pictures are right" for level in LEVELS)
PROBABILITIES = "each row is ten probabilities"
SAME_ALONE = "a picture gets the same answer alone and among others"


class Training(Exercise):
    """`answer(train, num_steps) -> predict`, and `predict(images [N, C, H, W]) -> probabilities [N, 10]`."""

    name = "capstone.training"
    title = "One run within the budget"
    flagged = ("draw_shapes", "load", "val")
    seconds = SECONDS
    num_held_out = NUM_HELD_OUT  # by these three it is ranked on a leaderboard
    num_classes = len(SHAPES)
    levels = tuple(LEVELS)
    parts = (
        *(
            Part(name, points, (name,), WHAT_TO_USE)
            for name, points in zip(REACHED, LEVELS.values(), strict=True)
        ),
        Part(PROBABILITIES, 2, (PROBABILITIES,), AVERAGE, needs=REACHED[:1]),
        Part(SAME_ALONE, 4, (SAME_ALONE,), EACH_ALONE, needs=REACHED[:1]),
    )
    mistakes = {
        "too_many_steps": "The run takes more steps than the budget allows.",
        "no_optimizer": "No step of a torch.optim optimizer was counted, so the budget cannot be kept.",
        "one_epoch": "The run ends after one pass over the training set, 5 steps; the budget allows many passes.",
        "still_training": "An answer depends on other pictures: call eval(), and standardize by the training set.",
        "logits": "predict returns logits; it should return probabilities, which are positive and add up to 1.",
        "softmax_over_pictures": "The softmax runs over the pictures; it should run over the classes, dim=1.",
        "not_trained": "Guessing does as well: look whether the trained network predicts, and whether its loss falls.",
        "classes": "predict returns class numbers; probabilities of shape [N, 10] are asked for.",
        "nothing_returned": "The function returns None; it should return a function that predicts.",
        "diverged": "The predictions are NaN: the learning rate is too high.",
    }

    def cases(self, rng_for):
        rng = rng_for("a run")
        seed, train_seed, held_out_seed = (int(n) for n in rng.integers(2**31, size=3))
        case = {"name": "a run", "seed": seed, "num_steps": NUM_STEPS}
        return [case | {"train_seed": train_seed, "held_out_seed": held_out_seed}]

    def given(self, case):
        images, _ = draw_shapes(NUM_HELD_OUT, seed=case["held_out_seed"], shift=SHIFT)
        given = {name: value for name, value in case.items() if name != "held_out_seed"}
        return given | {"images": images.mul(255).round().byte().numpy()}

    def probe(self, answer, case, device):
        train = Split(*draw_shapes(NUM_TRAIN, seed=case["train_seed"], shift=SHIFT)).to(device)
        steps = 0

        def count(*_):
            nonlocal steps
            steps += 1

        counting = register_optimizer_step_post_hook(count)
        try:
            predict = answer(train, case["num_steps"])
        finally:
            counting.remove()
        if not callable(predict):
            return {"returned": in_words(predict)}
        images = torch.from_numpy(case["images"].copy()).to(device).float() / 255
        with torch.no_grad():
            together = predict(images.clone())
            alone = [predict(images[i : i + 1].clone()) for i in range(*ALONE.indices(len(images)))]
        for out in (together, *alone):
            if not isinstance(out, torch.Tensor):
                return {"predicted": in_words(out)}
        return {"steps": steps, "together": together, "alone": torch.cat(alone)}

    def describe(self, case):
        return f"{NUM_TRAIN} pictures to learn from, {NUM_HELD_OUT:,} held out"

    def count_right(self, case, output):
        """How many held-out pictures are right. Raises Malformed where the run or its predictions do not count."""
        if "returned" in output:
            what = str(output["returned"])[:60]
            raise Malformed(f"The answer returned {what}; a function that predicts is asked for.")
        if "predicted" in output:
            what = str(output["predicted"])[:60]
            raise Malformed(f"The function that predicts returned {what}; a tensor is asked for.")
        steps, together = output["steps"], output["together"]
        if together.shape != (NUM_HELD_OUT, len(SHAPES)):
            raise Malformed(
                f"The function that predicts returned the shape {together.shape} for {NUM_HELD_OUT} pictures; "
                f"({NUM_HELD_OUT}, {len(SHAPES)}) is asked for."
            )
        if not np.isfinite(together).all():
            raise Malformed("The predictions hold NaN or infinite values.")
        if steps > case["num_steps"]:
            raise Malformed(f"The run takes more than the {case['num_steps']} steps of its budget.")
        if not steps:
            raise Malformed("No step of a torch.optim optimizer was counted.")
        _, labels = draw_shapes(NUM_HELD_OUT, seed=case["held_out_seed"], shift=SHIFT)
        return int((together.argmax(axis=1) == labels.numpy()).sum())

    def measure(self, case, output):
        percent = 100 * self.count_right(case, output) / NUM_HELD_OUT
        steps, together, alone = output["steps"], output["together"], output["alone"]
        missed = Problem(
            f"{_between_levels(percent)} of the held-out pictures are right, after {steps} steps."
        )
        reached = {
            name: Same(True) if percent >= level else missed
            for name, level in zip(REACHED, LEVELS, strict=True)
        }
        sums = together.astype("float64").sum(axis=1)
        probable = bool((together >= 0).all() and np.allclose(sums, 1, atol=1e-3))
        together = together[ALONE]
        return reached | {
            PROBABILITIES: Same(probable),
            SAME_ALONE: Same(
                bool(alone.shape == together.shape and np.allclose(alone, together, atol=1e-3))
            ),
        }


def _between_levels(percent):
    """An accuracy in words no finer than the levels, so that the same mistake gives the same words."""
    if percent < 20:
        return "Hardly more than the tenth that guessing gets"
    below = max((level for level in LEVELS if level <= percent), default=20)
    above = min((level for level in LEVELS if level > percent), default=100)
    return f"Between {below} and {above} %"


EXERCISES = (Training(),)

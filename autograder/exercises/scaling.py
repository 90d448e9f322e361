"""The linear scaling rule: how the learning rate follows the batch size."""

from autograder.exercise import Part
from autograder.functions import FunctionExercise

SCALING = "Lecture 5, section 6: Batch size and learning rate"


class LinearScaling(FunctionExercise):
    """`scaled_rate(base_lr, base_batch_size, batch_size)` (Goyal et al., 2017)."""

    name = "scaling.linear_rule"
    title = "The linear scaling rule"
    shown = ("base_lr", "base_batch_size", "batch_size")
    outputs = ("rate",)
    parts = (
        Part("larger batches", 2, ("rate at N times the batch", "rate at a larger batch"), SCALING),
        Part("smaller batches", 2, ("rate at a smaller batch",), SCALING),
    )
    mistakes = {
        "square_root": "The rate is scaled with the square root of the batch size; the rule is linear.",
        "inverted": "The ratio is upside down: a larger batch gets a higher rate.",
        "unscaled": "The rate is not scaled.",
        "whole_multiples": "The ratio of the batch sizes is cut to a whole number: divide with /.",
        "only_up": "The rule works the other way round too: a smaller batch gets a lower rate.",
        "base_forgotten": "The rate is multiplied by the new batch size; it is multiplied by the ratio of the two.",
        "per_image": "This is the rate per image; multiply it by the new batch size.",
        "difference": "The ratio of the batch sizes counts, not their difference.",
        "squared": "The ratio is applied twice.",
    }

    def cases(self, rng_for):
        cases = []
        for name in ("N times the batch", "a larger batch", "a smaller batch"):
            rng = rng_for(name)
            base = int(rng.integers(12, 80))
            sizes = {
                "N times the batch": base * int(rng.integers(3, 9)),
                "a larger batch": 2 * base + int(rng.integers(3, base - 3)),
                "a smaller batch": int(rng.integers(3, base - 3)),
            }
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": "float32"}
            case["base_lr"] = round(float(rng.uniform(0.01, 0.2)), 4)
            cases.append(case | {"base_batch_size": base, "batch_size": sizes[name]})
        return cases

    def arguments(self, case):
        return {name: case[name] for name in self.shown}

    def label(self, case, output):
        return f"{output} at {case['name']}"


EXERCISES = (LinearScaling(),)

"""Label smoothing (Szegedy et al., CVPR 2016): targets that are not quite certain."""

import numpy as np

from autograder.exercise import Part
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise

LECTURE = "Lecture 3, section 10: More noise: weights, pooling, depth, labels"


class SmoothLabels(FunctionExercise):
    """`smooth_labels(labels, num_classes, smoothing) -> targets` [N, num_classes] of torch's default dtype."""

    name = "smoothing.smooth_labels"
    title = "Label smoothing"
    outputs = ("targets",)
    shown = ("num_classes", "smoothing")
    flagged = ("label_smoothing", "LabelSmoothing")
    parts = (
        Part("targets", 2, ("targets",), LECTURE),
        Part(
            "no smoothing, and nothing but smoothing",
            1,
            ("targets at smoothing 0", "targets at smoothing 1"),
            LECTURE,
            needs=("targets",),
        ),
        Part(
            "floating point, labels left alone", 1, (DTYPE, UNCHANGED), LECTURE, needs=("targets",)
        ),
    )
    mistakes = {
        "over_one_less": "ε is shared by the K − 1 wrong classes; here all K classes share it, the right one too.",
        "right_too_small": "The right class gets 1 − ε only, and the targets do not add up to 1.",
        "added": "ε / K is added to every class and nothing taken away: the targets add up to more than 1.",
        "one_over_k": "1 / K is added to every class, not ε / K.",
        "hardly_reduced": "The right class is reduced by ε / K, which is then added again: it stays at 1.",
        "swapped": "ε is the weight of the right label here; it is the weight of the uniform distribution.",
        "classes_of_the_batch": "The number of classes is taken from the labels of the batch, not from num_classes.",
        "integers": "The targets are whole numbers: everything between 0 and 1 is cut off.",
        "hard": "Nothing is smoothed: the targets are 1 and 0.",
    }

    def cases(self, rng_for):
        cases = []
        for name, count, low, high, smoothing in (
            ("7 labels", 7, 5, 9, None),
            ("a batch of 1", 1, 3, 5, None),
            ("2 classes", 19, 2, 3, None),
            ("smoothing = 0.0", 5, 4, 7, 0.0),
            ("smoothing = 1.0", 5, 4, 7, 1.0),
        ):
            rng = rng_for(name)
            drawn = round(float(rng.uniform(0.05, 0.3)), 3)
            cases.append(
                {
                    "name": name,
                    "seed": int(rng.integers(2**31)),
                    "dtype": "float32",
                    "count": count,
                    "num_classes": int(rng.integers(low, high)),
                    "smoothing": drawn if smoothing is None else smoothing,
                }
            )
        return cases

    def arguments(self, case):
        rng = np.random.default_rng(case["seed"])
        used = max(case["num_classes"] - 1, 2)  # the last class often has no image in a batch
        labels = rng.integers(used, size=case["count"])
        return {
            "labels": labels,
            "num_classes": case["num_classes"],
            "smoothing": case["smoothing"],
        }

    def label(self, case, output):
        if case["smoothing"] in (0, 1):
            return f"{output} at smoothing {case['smoothing']:g}"
        return output


EXERCISES = (SmoothLabels(),)

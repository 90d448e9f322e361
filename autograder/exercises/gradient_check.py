"""Checking a gradient: centred differences, and the relative error between two gradients."""

import numpy as np
import torch

from autograder.exercise import Part
from autograder.features import Same
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise, close

LECTURE = "Lecture 1, section 9: Checking a gradient"
NUMERICAL, ERROR = "numerical gradient", "largest relative error"
BOTH_ZERO = ERROR + " where both gradients are 0"
ONE_ZERO = ERROR + " where one gradient is 0"


class GradientCheck(FunctionExercise):
    """`{"numerical": n, "error": e}` with `n(f, x, h) -> gradient` and `e(analytic, numerical) -> number`."""

    name = "gradient_check.centred"
    title = "Gradient check"
    shown = ("h",)
    flagged = ("gradcheck", "backward", "grad", "jacobian", "approx_fprime")
    parts = (
        Part("centred difference", 4, (NUMERICAL,), LECTURE),
        Part("relative error", 2, (ERROR,), LECTURE),
        Part("zeros", 1, (BOTH_ZERO, ONE_ZERO), LECTURE, needs=("relative error",)),
        Part(
            "dtype kept, inputs left alone",
            1,
            (DTYPE, UNCHANGED),
            LECTURE,
            needs=("centred difference",),
        ),
    )
    mistakes = {
        "one_sided": "The difference is one-sided, (f(x + h) − f(x)) / h; take a step to both sides.",
        "backward_sided": "The difference is one-sided, (f(x) − f(x − h)) / h; take a step to both sides.",
        "not_halved": "The difference is divided by h; the two points lie 2h apart.",
        "sign": "The difference has the wrong sign: it is f(x + h) − f(x − h).",
        "own_step": "A step of its own is used; h is an argument.",
        "all_at_once": "All entries are moved at once; move one at a time.",
        "not_put_back": "An entry that was moved is not put back, so later ones are taken at another point.",
        "no_copy": "Both points are one tensor under two names, so the difference is 0: clone it.",
        "flat": "The gradient is flat; it has the shape of x.",
        "x_changed": "x is not as it was afterwards: work on a copy, or put every entry back.",
        "float32": "The gradient is float32 whatever x is: torch.zeros has that dtype unless told otherwise.",
        "absolute": "The error is absolute; divide it by the larger of the two sizes.",
        "by_analytic": "The error is divided by the analytic gradient alone; divide by the larger of the two sizes.",
        "by_sum": "The error is divided by the sum of the sizes; divide by the larger of the two.",
        "signs_kept": "Negative gradients are larger in size than they look: take absolute values before the maximum.",
        "signed": "The error keeps its sign, so an entry that is too small seems right: take absolute values.",
        "by_largest": "All errors are divided by the largest gradient, which hides errors in small entries.",
        "mean": "This is the mean error; one wrong entry among many right ones would not show. Take the largest.",
        "of_norms": "This is the error of the whole vector, by norms; take the largest error of an entry.",
        "nan": "Where both gradients are 0 the error is 0 / 0 = NaN; two equal numbers have error 0.",
    }

    def cases(self, rng_for):
        cases = []
        for asked, shape, dtype, h in (
            (NUMERICAL, [2, 3], "float64", 0.1),
            (NUMERICAL, [4], "float64", 1e-3),
            (NUMERICAL, [3, 2], "float32", 0.2),
            (NUMERICAL, [1], "float64", 0.05),
            (ERROR, [2, 3], "float64", None),
            (ERROR, [5], "float32", None),
            (ERROR, [1], "float64", None),
            (BOTH_ZERO, [4], "float64", None),
            (BOTH_ZERO, [2], "float32", None),
            (ONE_ZERO, [3], "float64", None),
            (ONE_ZERO, [4], "float32", None),
        ):
            name = f"{asked}, {' x '.join(map(str, shape))}, {dtype}"
            case = {"name": name, "seed": int(rng_for(name).integers(2**31)), "asked": asked}
            cases.append(case | {"shape": shape, "dtype": dtype, "h": h})
        return cases

    def describe(self, case):
        return super().describe(case) if case["h"] else case["name"]

    def arguments(self, case):
        rng, shape, dtype = np.random.default_rng(case["seed"]), case["shape"], case["dtype"]
        if case["asked"] == NUMERICAL:
            x, weights = (
                rng.uniform(0.4, 1.2, shape) * rng.choice([-1, 1], shape) for _ in range(2)
            )
            return {"f": _function(weights), "x": x.astype(dtype), "h": case["h"]}
        return dict(zip(("analytic", "numerical"), _gradients(case, rng), strict=True))

    def call(self, answer, arguments):
        function = answer["numerical" if "f" in arguments else "error"]
        return function(*arguments.values())

    def label(self, case, output):
        return case["asked"]

    def measure(self, case, output):
        features = super().measure(case, output)
        if case["asked"] == NUMERICAL:
            (value,) = output["returned"]["values"]
            scale = 20 if case["dtype"] == "float32" else 1 / case["h"]  # rounding is divided by h
            features[NUMERICAL] = close(value, case["dtype"], scale)
        else:
            features.pop(DTYPE, None)  # a number will do
        before, after = self.arguments(case), output["after"]
        same = all(  # adding a step and taking it away again may round
            np.allclose(after[name], value, rtol=1e-5, atol=1e-7)
            for name, value in before.items()
            if isinstance(value, np.ndarray)
        )
        return features | {UNCHANGED: Same(bool(same))}


def _function(weights: np.ndarray):
    """A function of a tensor whose every derivative up to the third depends on the place."""

    def f(x):
        w = torch.as_tensor(weights, dtype=x.dtype, device=x.device)
        return (w * x**3 + x**2).sum() + 0.3 * (w * x).sum() ** 2

    return f


def _gradients(case, rng):
    """Two gradients that differ by a few percent, with negative entries, and with zeros where they are asked for."""
    size = int(np.prod(case["shape"]))
    analytic = np.geomspace(2, 0.1, size) * np.resize([-1.0, 1.0], size)
    numerical = analytic * (1 + rng.uniform(0.05, 0.1, size) * np.resize([1.0, 1.0, -1.0], size))
    numerical[-1] = 1.3 * analytic[-1]  # the smallest entry has the largest error
    if case["asked"] == BOTH_ZERO:
        analytic[-1] = numerical[-1] = 0
        if case["dtype"] == "float32":
            numerical = analytic = np.zeros(size)
    if case["asked"] == ONE_ZERO:
        (analytic if case["dtype"] == "float64" else numerical)[-1] = 0
    pair = analytic, numerical
    return [values.reshape(case["shape"]).astype(case["dtype"]) for values in pair]


EXERCISES = (GradientCheck(),)

"""A hyperparameter chosen on validation data: the degree of a polynomial."""

import numpy as np

from autograder.exercise import Part
from autograder.functions import FunctionExercise, close

LECTURE = "Lecture 3, section 1: Overfitting, bias and variance"
DEGREE, VAL_ERRORS, TEST_ERROR = "degree", "validation errors", "test error"
SPLITS = ("train", "val", "test")
# name, dtype, coefficients of the curve, deviation of its noise, number of training points, max_degree
CASES = (
    ("a noisy parabola, float64", "float64", (0.0, 1.0, 2.0), 0.5, 12, 9),
    ("test points of another curve, float64", "float64", (0.0, 1.0, 2.0), 0.2, 25, 4),
    ("a cubic, nearly without noise, float32", "float32", (0.5, -1.0, 0.0, 2.0), 0.02, 19, 3),
    ("max_degree = 0, float64", "float64", (1.0, 0.5), 0.3, 7, 0),
)


class ChooseDegree(FunctionExercise):
    """`choose_degree(train, val, test, max_degree) -> (degree, val_errors, test_error)`; pairs (x, y) of points."""

    name = "validation.choose_degree"
    title = "A degree chosen by validation"
    outputs = (DEGREE, VAL_ERRORS, TEST_ERROR)
    shown = ("max_degree",)
    flagged = ("cross_val_score", "GridSearchCV")
    parts = (
        Part("the validation error of every degree", 3, (VAL_ERRORS,), LECTURE),
        Part(
            "the degree is chosen by it",
            2,
            (DEGREE,),
            LECTURE,
            needs=("the validation error of every degree",),
        ),
        Part(
            "the test error of that degree",
            1,
            (TEST_ERROR,),
            LECTURE,
            needs=("the degree is chosen by it",),
        ),
    )
    mistakes = {
        "by_training": "The degree is chosen by the training error, which always prefers the highest degree.",
        "on_test": "The degree is chosen by the test error: the test points are then no test any more.",
        "training_errors": "The errors are those on the training points; measure each fit on the validation points.",
        "fits_on_val": "The polynomials are fitted to the validation points; fit them to the training points.",
        "fits_on_both": "The polynomials are fitted to training and validation points together.",
        "refitted": "The test error is that of a new fit to training and validation points; keep the training fit.",
        "last_fit": "The test error is that of the last polynomial fitted, not of the chosen one.",
        "val_for_test": "The last number is the validation error of the chosen degree, not its test error.",
        "num_coefficients": "The degree is one too large: a polynomial of degree N has N + 1 coefficients.",
        "max_excluded": "max_degree itself is never tried: range(n) ends before n.",
        "summed": "The squared errors are added up, not averaged.",
        "root": "The errors are roots of the mean squared error.",
        "largest": "The degree with the largest validation error is chosen.",
    }

    def cases(self, rng_for):
        cases = []
        for name, dtype, *_, max_degree in CASES:
            seed = int(rng_for(name).integers(2**31))
            cases.append({"name": name, "seed": seed, "dtype": dtype, "max_degree": max_degree})
        return cases

    def arguments(self, case):
        _, dtype, coefficients, deviation, count, max_degree = next(
            row for row in CASES if row[0] == case["name"]
        )
        rng = np.random.default_rng(case["seed"])
        pairs = {}
        for split, size in zip(SPLITS, (count, 41, 53), strict=True):
            x = rng.permutation(np.linspace(-1, 1, size))
            y = np.polynomial.polynomial.polyval(x, coefficients)
            if split == "test" and "another curve" in case["name"]:
                y = np.full(size, 0.65)
            exact = 10 if split == "val" else 1  # so that which degree is best hangs on no accident
            y = y + deviation / exact * rng.normal(size=size)
            pairs[split] = [x.astype(dtype), y.astype(dtype)]
        return pairs | {"max_degree": max_degree}

    def measure(self, case, output):
        features = super().measure(case, output)
        return {name: close(features[name].value, case["dtype"], scale=20) for name in self.outputs}


EXERCISES = (ChooseDegree(),)

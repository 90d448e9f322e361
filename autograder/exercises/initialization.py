"""Xavier (Glorot and Bengio, 2010, in the form 1/√Din) and Kaiming initialization (He et al., 2015).

Weights are random, so they are judged by property. A case has more than 100,000 weights in four calls. Two standard
deviations of that many normal numbers differ by more than 2.5 % with probability below 1e-15. One case has 2.5 million
weights, of which the probe returns the deviation alone: there the bound is 0.45 % (probability 1e-12), and an error of
0.75 % is found with probability 1 − 1e-6. The distribution is judged in units of the weights' own deviation.
"""

import math

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Same, Share
from autograder.functions import DTYPE, in_words

LECTURE = "Lecture 1, section 5: Xavier and Kaiming"
CALLS = 4
WITHIN = (0.5, 1.0, 2.0)  # standard deviations
POSITIVE = "share of positive weights"
KINDS = ("linear", "convolutional")


def deviation(kind: str) -> str:
    return f"standard deviation of a {kind} layer's weights"


def within(width: float) -> str:
    return f"share of weights within {width:g} standard deviations"


def alike(where: str) -> str:
    return f"share of neighbours {where} that have the same sign"


BETWEEN_CALLS = "from call to call"
AXES = tuple(f"along axis {axis}" for axis in range(4))


class Initialization(Exercise):
    """`answer(weight)` returns the new weights, for [Dout, Din] and for [Cout, Cin, k, k]."""

    shown = ("shape",)
    flagged = ("xavier_normal_", "xavier_uniform_", "kaiming_normal_", "kaiming_uniform_")
    flagged += ("calculate_fan_in_and_fan_out", "_calculate_fan_in_and_fan_out")

    def cases(self, rng_for):
        cases = []
        for kind, shape, dtype, many in (
            ("linear", [290, 110], "float32", False),
            ("linear", [85, 430], "float64", False),
            ("convolutional", [60, 21, 5, 5], "float32", False),
            ("convolutional", [31, 110, 3, 3], "float64", False),
            ("linear", [1, 630_000], "float32", True),
        ):
            name = f"{kind}, {dtype}{', one output of very many inputs' if many else ''}"
            rng = rng_for(name)
            shape = [shape[0] + int(rng.integers(0 if many else 7, endpoint=True)), *shape[1:]]
            shape[1] += int(rng.integers(7))
            case = {"name": name, "seed": int(rng.integers(2**31)), "kind": kind, "shape": shape}
            cases.append(case | {"dtype": dtype, "many": many})
        return cases

    def probe(self, answer, case, device):
        rng = np.random.default_rng(case["seed"])
        given = torch.from_numpy(rng.uniform(0.5, 1.5, case["shape"]).astype(case["dtype"]))
        calls = [answer(given.clone().to(device)) for _ in range(CALLS)]
        for weight in calls:
            if not isinstance(weight, torch.Tensor):
                what = in_words(weight)
                return {"problem": f"The function returned {what}; the new weights are asked for."}
            if list(weight.shape) != case["shape"]:
                wrong, right = tuple(weight.shape), tuple(case["shape"])
                return {"problem": f"The weights have shape {wrong} instead of {right}."}
        if case["many"]:
            deviation = float(torch.stack(calls).double().std(correction=0))
            return {"deviation": deviation, "dtype": str(calls[0].dtype).removeprefix("torch.")}
        return {"weights": [weight.detach() for weight in calls]}

    def measure(self, case, output):
        if "problem" in output:
            raise Malformed(str(output["problem"])[:200])
        size = deviation(case["kind"])
        if case["many"]:
            found = Close(output["deviation"], rtol=0.0045, atol=0.0)
            return {size: found, DTYPE: Same(str(output["dtype"]))}
        weights = np.stack(output["weights"]).astype("float64")
        if weights.shape != (CALLS, *case["shape"]):
            raise Malformed("There is not one tensor of weights for each call.")
        if not np.isfinite(weights).all():
            raise Malformed("The weights hold NaN or infinite values.")
        for axis in range(1, weights.ndim):
            if (weights == weights.take([0], axis)).all():
                raise Malformed(
                    f"The weights do not change along axis {axis - 1}: units share them."
                )
        dtypes = {weight.sender_dtype for weight in output["weights"]}
        return {
            size: Close(float(weights.std()), rtol=0.025, atol=0.0),
            DTYPE: Same(", ".join(sorted(dtypes))),
            **_draws(weights),
        }


def _draws(weights: np.ndarray) -> dict:
    """The form of the distribution, in units of its own deviation, and whether neighbours are independent."""
    features, positive = {}, weights > 0
    for axis, where in enumerate((BETWEEN_CALLS, *AXES[: weights.ndim - 1])):
        pairs = weights.shape[axis] // 2
        one, two = (positive.take(np.arange(first, 2 * pairs, 2), axis) for first in (0, 1))
        features[alike(where)] = Share(int((one == two).sum()), one.size, 0.5)
    if (weights == weights[:1]).all():  # the calls repeat each other: they count once
        weights = weights[:1]
    features[POSITIVE] = Share(int((weights > 0).sum()), weights.size, 0.5)
    size = np.abs(weights) / np.sqrt((weights**2).mean())
    for width in WITHIN:
        expected = math.erf(width / math.sqrt(2))  # of a normal distribution
        features[within(width)] = Share(int((size < width).sum()), size.size, expected)
    return features


def _parts(linear: float, convolutional: float) -> tuple[Part, ...]:
    sizes = tuple(f"{kind} layers: size of the weights" for kind in KINDS)
    normal = (POSITIVE, *map(within, WITHIN))
    independent = tuple(map(alike, (BETWEEN_CALLS, *AXES)))
    return (
        Part(sizes[0], linear, (deviation(KINDS[0]),), LECTURE),
        Part(sizes[1], convolutional, (deviation(KINDS[1]),), LECTURE),
        Part("normal, with mean zero", 1, normal, LECTURE, needs=sizes),
        Part("every weight is drawn anew", 1, independent, LECTURE, needs=sizes),
        Part("dtype kept", 1, (DTYPE,), LECTURE, needs=sizes),
    )


COMMON = {
    "fan_out": "Dout is used for Din: a weight has the shape [Dout, Din], or [output channels, input channels, k, k].",
    "glorot": "This is √(2 / (Din + Dout)), Glorot's own form; the form with Din alone is asked for.",
    "kernel_forgotten": "For a convolution Din is taken as the input channels; each output sums over a window, too.",
    "kernel_once": "For a convolution Din has the kernel size once; a window has kernel size² places.",
    "number_of_weights": "Din is taken as the number of all weights; one output sums over Din of them only.",
    "uniform": "The weights are uniform between −std and std: they are not normal, and their deviation is std / √3.",
    "uniform_same_std": "The weights are uniform; a normal distribution is asked for.",
    "unscaled": "The weights are not scaled: their standard deviation is 1.",
    "not_centred": "The weights are all positive: torch.rand is uniform on [0, 1), torch.randn is normal.",
    "same_each_call": "Every call gives the same weights: the random seed is set inside.",
    "one_unit": "All units have the same weights: only one is drawn, so nothing breaks their symmetry.",
    "float32": "The weights are not of the dtype of the tensor that was given.",
}


class Xavier(Initialization):
    name = "initialization.xavier"
    title = "Xavier initialization"
    parts = _parts(3, 2)
    mistakes = COMMON | {
        "variance_for_std": "The weights are multiplied by 1 / Din; that is the variance, the deviation is its root.",
        "kaiming": "This is Kaiming's √(2 / Din); Xavier has no factor 2.",
    }


class Kaiming(Initialization):
    name = "initialization.kaiming"
    title = "Kaiming initialization"
    parts = _parts(2, 1)
    mistakes = COMMON | {
        "variance_for_std": "The weights are multiplied by 2 / Din; that is the variance, the deviation is its root.",
        "xavier": "This is Xavier's 1 / √Din; Kaiming makes up for ReLU's half with a factor 2 in the variance.",
        "two_outside": "This is 2 / √Din; the factor 2 stands under the root.",
        "two_below": "This is 1 / √(2 Din): the factor 2 stands below the line; it stands above.",
    }


EXERCISES = (Xavier(), Kaiming())

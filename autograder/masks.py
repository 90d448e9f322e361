"""Masks: inputs on which a zero means dropped, and what an output shows of the mask that made it.

A case of 512 × 512 draws finds a keep probability that is off by 0.012 with probability 1 − 1e-6; the order in
which an answer draws its random numbers is free.
"""

import numpy as np
import torch

from autograder.exercise import Malformed
from autograder.features import Close, Problem, Same, Share


def inputs(case: dict) -> np.ndarray:
    """The case's input: given, or drawn from its seed with no entry near zero, so that a zero means dropped."""
    if "x" in case:
        return np.asarray(case["x"])
    rng = np.random.default_rng(case["seed"])
    values = rng.uniform(0.5, 1.5, case["shape"]) * rng.choice([-1.0, 1.0], case["shape"])
    return values.astype(case["dtype"])


def small_input(rng: np.random.Generator, shape, dtype: str) -> np.ndarray:
    """Values between 0.5 and 2 of either sign, few enough to travel."""
    return (rng.uniform(0.5, 2.0, shape) * rng.choice([-1.0, 1.0], shape)).astype(dtype)


def drawn_cases(rng_for, key: str) -> list[dict]:
    """Two large cases in which masks are drawn: float32 in two dimensions, float64 in four."""
    low, high = rng_for("low"), rng_for("high")
    return [
        {
            "name": "512 x 512, float32",
            "seed": int(low.integers(2**31)),
            key: round(float(low.uniform(0.2, 0.4)), 3),
            "shape": [512, 512],
            "dtype": "float32",
        },
        {
            "name": "32 x 8 x 16 x 16, float64",
            "seed": int(high.integers(2**31)),
            key: round(float(high.uniform(0.65, 0.85)), 3),
            "shape": [32, 8, 16, 16],
            "dtype": "float64",
        },
    ]


def given_cases(rng_for, key: str, training: bool) -> list[dict]:
    """Small cases with the input written out: sizes that are not round, a batch of one, both dtypes."""
    cases = []
    for shape, dtype in (((7, 13), "float32"), ((2, 3, 5, 4), "float64"), ((1, 41), "float32")):
        name = f"{'training' if training else 'testing'}, {' x '.join(map(str, shape))}, {dtype}"
        rng = rng_for(name)
        case = {"name": name, "seed": int(rng.integers(2**31)), "x": small_input(rng, shape, dtype)}
        cases.append({**case, key: 1.0 if training else round(float(rng.uniform(0.3, 0.7)), 3)})
    return cases


def tensor(case: dict, device: str) -> torch.Tensor:
    return torch.from_numpy(inputs(case).copy()).to(device)


def described(value) -> str:
    """A returned value in words, for the judge to accept or to quote."""
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    return f"a {type(value).__name__}"


def form(case: dict, out, x_after=None) -> dict:
    """The features that say whether an output has the form of its input, and the input is left alone."""
    x = inputs(case)
    if not isinstance(out, np.ndarray):
        raise Malformed("The output is not a tensor.")
    if out.shape != x.shape:
        raise Malformed(f"The output has shape {out.shape}, its input {x.shape}.")
    features = {"dtype": Same(out.sender_dtype)}
    if x_after is not None:
        features["input unchanged"] = Same(bool(np.array_equal(x, x_after)))
    return features


def drawn_features(outs: list[np.ndarray], x: np.ndarray, keep_prob: float) -> dict:
    """What two calls on one input show of the masks: factor, share kept, agreement along each axis and between calls.

    Neighbours along an axis agree with probability keep² + drop². An axis along which a mask does not change at
    all agrees fully and is then left out, so that what remains are independent draws again.
    """
    problem = _unmeasurable(outs)
    if problem:
        return {"problem": Problem(problem)}
    (one, two), constant = [out != 0 for out in outs], []
    for axis in range(one.ndim):
        if all((mask == mask.take([0], axis)).all() for mask in (one, two)):
            constant.append(axis)
            one, two = one.take([0], axis), two.take([0], axis)
    kept = Share(int(one.sum()), one.size, keep_prob)
    rate = kept.successes / kept.trials if kept.disagreement(kept) else keep_prob
    equal = rate**2 + (1 - rate) ** 2
    features = {"factor on kept entries": _factor(outs[0], x), "share kept": kept}
    for axis in range(one.ndim):
        half = x.shape[axis] // 2
        same = np.ones(x.size // 2, bool)
        if axis not in constant:
            same = one.take(range(half), axis) == one.take(range(half, 2 * half), axis)
        features[f"agreement along axis {axis}"] = Share(int(same.sum()), same.size, equal)
    features["agreement between calls"] = Share(int((one == two).sum()), one.size, equal)
    return features


def _unmeasurable(outs):
    if not all(np.isfinite(out).all() for out in outs):
        return "The output holds NaN or infinite values."
    if any((out != 0).all() for out in outs):
        return "Nothing is dropped in training: no entry of the output is zero."
    if not all((out != 0).any() for out in outs):
        return "Everything is dropped in training: every entry of the output is zero."
    return ""


def _factor(out, x):
    """The smallest and the largest factor by which a kept entry was scaled."""
    ratio = (out.astype("float64") / x.astype("float64"))[out != 0]
    return Close([float(ratio.min()), float(ratio.max())])


def test_features(name: str, out: np.ndarray) -> dict:
    """The output without randomness; where it has zeros, it was random, and its values say nothing."""
    random = (out == 0).any()
    return {name: Problem("Entries are dropped at test time.") if random else Close(out)}


def slopes(grad, grad_out, out, x) -> dict:
    """A gradient against the forward pass it belongs to: its factor on kept entries, and whether dropped ones leak.

    For fixed masks the layer is linear, so each entry's derivative is what the forward pass did to that entry.
    """
    if not isinstance(grad, np.ndarray):
        raise Malformed("The gradient is not a tensor.")
    if grad.shape != x.shape:
        raise Malformed(f"The gradient has shape {grad.shape}, the input {x.shape}.")
    kept = out != 0
    if kept.all() or not kept.any():
        raise Malformed(
            "The forward pass drops nothing or everything, so its backward pass cannot be measured."
        )
    derivative = grad.astype("float64") / grad_out.astype("float64")
    ratio = derivative[kept] * x.astype("float64")[kept] / out.astype("float64")[kept]
    return {
        "gradient of kept entries over the forward factor": Close(
            [float(ratio.min()), float(ratio.max())]
        ),
        "dropped entries pass a gradient": Same(bool((derivative[~kept] != 0).any())),
        "gradient dtype": Same(grad.sender_dtype),
    }

"""Masks: inputs on which a zero means dropped, and what outputs show of the masks that made them.

Two calls on 251 × 263 entries find a keep probability that is off by 0.016 with probability 1 − 1e-6; 900 calls on
four entries find what depends on the call or on the size. The order in which an answer draws its numbers is free.
"""

from functools import lru_cache

import numpy as np
import torch

from autograder.exercise import Malformed
from autograder.features import Close, Problem, Same, Share
from autograder.functions import in_words

PAIR = "a pair"
SHAPES = (
    ((7, 13), "float32"),
    ((2, 3, 5, 4), "float64"),
    ((1, 41), "float32"),
    ((20_011,), "float64"),
)


def inputs(case: dict) -> np.ndarray:
    """The case's input, drawn from its seed with no entry near zero, so that a zero in an output means dropped.

    Not to be written to: it is drawn once, also for the next submission that is judged.
    """
    return _drawn(case["seed"], tuple(case["shape"]), case["dtype"])


@lru_cache(maxsize=256)
def _drawn(seed, shape, dtype):
    rng = np.random.default_rng(seed)
    values = (rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)).astype(dtype)
    values.flags.writeable = False
    return values


def tensor(case: dict, device: str) -> torch.Tensor:
    return torch.from_numpy(inputs(case).copy()).to(device)


def drawn_cases(rng_for, key: str) -> list[dict]:
    """Cases in which masks are drawn: two calls on many entries, and many calls on few.

    The probability `key` lies 0.02 to 0.03 above a multiple of 0.05, so that a rounded one shows.
    """
    cases = []
    for shape, dtype, calls, lowest in (
        ([251, 263], "float32", 2, 0.22),
        ([30, 7, 15, 17], "float64", 2, 0.72),
        ([2, 1, 2], "float32", 900, 0.57),
    ):
        name = f"training, {calls} calls, {_named(shape, dtype)}"
        rng = rng_for(name)
        rate = round(float(lowest + 0.05 * rng.integers(3) + rng.uniform(0, 0.01)), 3)
        cases.append(_case(name, rng, key, rate, shape, dtype) | {"calls": calls})
    return cases


def test_cases(rng_for, key: str) -> list[dict]:
    """Cases at test time: sizes that are not round, one to four dimensions, a batch of one, both dtypes."""
    cases = []
    for shape, dtype in SHAPES:
        name = f"testing, {_named(shape, dtype)}"
        rng = rng_for(name)
        rate = round(float(rng.uniform(0.3, 0.7)), 3)
        cases.append(_case(name, rng, key, rate, list(shape), dtype) | {"training": False})
    return cases


def edge_case(rng_for, key: str, rate: float, training: bool = True) -> dict:
    """A small case, of one dimension, at a probability where nothing is random."""
    name = f"{'training' if training else 'testing'}, {key} = {rate}"
    rng = rng_for(name)
    return _case(name, rng, key, rate, [23], "float32") | {"training": training}


def _case(name, rng, key, rate, shape, dtype):
    case = {"name": name, "seed": int(rng.integers(2**31)), key: rate}
    return case | {"shape": shape, "dtype": dtype, "training": True, "calls": 1}


def _named(shape, dtype):
    return f"{' x '.join(map(str, shape))}, {dtype}"


def described(value) -> str:
    """A returned value in words, for the judge to accept or to quote."""
    if not isinstance(value, tuple | list):
        return in_words(value)
    return PAIR if len(value) == 2 else f"a {type(value).__name__} of {len(value)}"


def stack(case: dict, outs: list) -> np.ndarray:
    """The outputs of a case's calls as one array, calls first. Raises Malformed where one has not the input's shape."""
    shape = tuple(case["shape"])
    if len(outs) != case["calls"]:
        raise Malformed(f"There are {len(outs)} outputs of {case['calls']} calls.")
    for out in outs:
        if not isinstance(out, np.ndarray):
            raise Malformed("The output is not a tensor.")
        if out.shape != shape:
            raise Malformed(f"The output has shape {out.shape}, its input {shape}.")
    return np.stack(outs)


def form(case: dict, outs: list, x_after) -> dict:
    """The features that say whether outputs have the dtype of their input, and the input is left alone."""
    dtypes = sorted({out.sender_dtype for out in outs})
    return {
        "dtype": Same(", ".join(dtypes)),
        "input unchanged": Same(bool(np.array_equal(inputs(case), x_after))),
    }


def alike(pairs: str, where: str) -> str:
    """The name of the feature that says how often two entries of such pairs have the same fate."""
    return f"share of {pairs} {where} that are kept or dropped alike"


def drawn_features(outs: np.ndarray, x: np.ndarray, keep_prob: float, seed: int) -> dict:
    """What calls on one input show of the masks: factor, share kept, agreement along each axis and from call to call.

    Two entries of one mask, or of two calls, agree with probability keep² + drop². An axis along which no mask
    changes at all agrees fully and is then left out, so that what remains are independent draws again.
    """
    if not np.isfinite(outs).all():
        return {"problem": Problem("The output holds NaN or infinite values.")}
    if (outs != 0).all():
        return {
            "problem": Problem("Nothing is dropped in training: no entry of the output is zero.")
        }
    if not (outs != 0).any():
        return {
            "problem": Problem("Everything is dropped in training: every entry of the output is 0.")
        }
    masks, constant = outs != 0, []
    for axis in range(masks.ndim):
        if (masks == masks.take([0], axis)).all():
            constant.append(axis)
            masks = masks.take([0], axis)
    kept = Share(int(masks.sum()), masks.size, keep_prob)
    rate = kept.successes / kept.trials if kept.disagreement(kept) else keep_prob
    features = {"factor on kept entries": factor(outs, x, kept_only=True), "share kept": kept}
    rng = np.random.default_rng(seed)
    for axis, size in enumerate(outs.shape):
        where = f"along axis {axis - 1}" if axis else "from call to call"
        for name, one, two in _pairs(size, rng):
            if axis in constant:
                agree = np.ones(outs.size, bool)
            else:
                agree = masks.take(one, axis) == masks.take(two, axis)
            equal = rate**2 + (1 - rate) ** 2
            features[alike(name, where)] = Share(int(agree.sum()), agree.size, equal)
    return features


def _pairs(size, rng):
    """Disjoint pairs of indices along an axis: neighbours at even and odd places, and pairs drawn at random."""
    first = np.arange(0, size - 1, 3)
    if size > 1:
        yield "neighbours", first, first + 1
    if size > 3:
        order = rng.permutation(size)[: size // 2 * 2]
        yield "random pairs", order[::2], order[1::2]


def factor(outs: np.ndarray, x: np.ndarray, kept_only: bool = False) -> Close | Problem:
    """The smallest and the largest factor between an input and its outputs, of all entries or of those not zero."""
    ratio = outs.astype("float64") / x.astype("float64")
    ratio = ratio[outs != 0] if kept_only else ratio
    if not ratio.size:
        return Problem("Every entry of the output is zero.")
    return Close([float(ratio.min()), float(ratio.max())])


def test_features(name: str, outs: np.ndarray, x: np.ndarray) -> dict:
    """The factor without randomness; where an output has zeros, it was random, and its factor says nothing."""
    if (outs == 0).any():
        return {name: Problem("Entries are dropped at test time.")}
    return {name: factor(outs, x)}


def passing(grad, out) -> str:
    """Which entries pass a gradient, in words. Raises Malformed where the gradient has not the input's form."""
    if not isinstance(grad, np.ndarray):
        raise Malformed("The gradient is not a tensor.")
    if grad.shape != out.shape:
        raise Malformed(f"The gradient has shape {grad.shape}, the input {out.shape}.")
    kept, passes = out != 0, grad != 0
    if kept.all() or not kept.any():
        raise Malformed(
            "The forward pass drops nothing or everything, so its backward pass cannot be measured."
        )
    if (passes == kept).all():
        return "the kept ones"
    if (passes == ~kept).all():
        return "the dropped ones"
    return "all" if passes.all() else "others" if passes.any() else "none"


def slopes(grad, grad_out, out, x) -> dict:
    """A gradient against the forward pass it belongs to: which entries pass one, and its factor on kept entries.

    For fixed masks the layer is linear, so each entry's derivative is what the forward pass did to that entry.
    """
    found, kept = passing(grad, out), out != 0
    derivative = grad.astype("float64") / grad_out.astype("float64")
    ratio = derivative[kept] * x.astype("float64")[kept] / out.astype("float64")[kept]
    return {
        "entries that pass a gradient": Same(found),
        "gradient of kept entries over the forward factor": Close(
            [float(ratio.min()), float(ratio.max())]
        ),
    }

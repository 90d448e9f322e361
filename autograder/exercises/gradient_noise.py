"""Gradient noise: how far minibatch gradients lie from the full one, judged by the exact law of small examples.

Of two opposite gradients c + u and c - u, a minibatch of m has the gradient c + (2k / m - 1) u, where k is binomial,
and the full gradient is c. So squared distances, in units of |u| squared, have a few values with known probabilities.
A probability of one half that is off by 0.32 is found in 300 calls, by 0.41 in 150 pairs of calls, with probability
1 - 1e-6; draws without replacement, a batch used twice and a fixed seed are off by one half.
"""

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Same, Share
from autograder.functions import in_words

LECTURE = "Lecture 2, section 4: Noisy gradients: large and small batches"
TOLERANCE = {"float32": 1e-4, "float64": 1e-8}
CALLS = 300

ONES = "squared distance of batches of one"
MANY = "mean over 13 batches of one"
SINGLE = "each distance of a batch of one is that of an image"
POSSIBLE = "each distance of a larger batch is one that it can have"
MEANS = "each mean over two batches is one that they can have"
CENTRE = "share of batches of two that lie at the full gradient"
ALIKE = "share of batches of three with one image three times"
LAST = "share of batches of one that hold the last of nine images"
REPEATED = "share of calls that measure the same as the next one"
UNEQUAL = "share of pairs of batches of which one lies at the full gradient"
UNCHANGED = "gradients unchanged"

FIRST = "batches of one: the squared distance to the full gradient"


class Variance(Exercise):
    """`gradient_variance(gradients, batch_sizes, num_batches)` returns a number for each batch size."""

    name = "gradient_noise.variance"
    title = "Gradient noise"
    shown = ("num_images", "batch_sizes", "num_batches")
    parts = (
        Part(FIRST, 3, (ONES, SINGLE), LECTURE),
        Part("larger batches: the mean of their gradients", 1, (POSSIBLE,), LECTURE),
        Part("images are drawn with replacement", 2, (CENTRE, ALIKE, LAST), LECTURE),
        Part(
            "the mean over minibatches that are drawn anew",
            1,
            (MANY, MEANS, REPEATED, UNEQUAL),
            LECTURE,
        ),
        Part("gradients left alone", 1, (UNCHANGED,), LECTURE, needs=(FIRST,)),
    )
    mistakes = {
        "without_replacement": "Images are drawn without replacement: none comes twice in a minibatch.",
        "fixed_seed": "Every call draws the same images: the random seed is set inside.",
        "same_batch": "One minibatch is drawn for each batch size and measured again and again; draw each anew.",
        "not_centred": "The full gradient is not subtracted: this is the squared length of the minibatch gradient.",
        "own_centre": "The distance is to the mean of the drawn minibatches; it is to the full gradient.",
        "root": "The distance is not squared: this is a standard deviation, not a variance.",
        "mean_over_weights": "The squares are averaged over the weights; the squared distance is their sum.",
        "summed_gradients": "The gradients of a minibatch are added up; its gradient is their mean.",
        "divided_again": "The result is divided by the batch size; the mean over the minibatch has done that.",
        "averaged_first": "The minibatch gradients are averaged before they are squared, so their noise cancels.",
        "summed_batches": "The squared distances are added up over the minibatches; their mean is asked for.",
        "one_too_few": "The result is divided by one less than the number of minibatches.",
        "law": "The result is computed from the law, not measured: no minibatch is drawn.",
        "last_never": "The last image is never drawn: torch.randint leaves out its upper end.",
        "swapped": "Batch size and number of batches are swapped.",
        "in_place": "The gradients are changed in place; the caller still needs them.",
        "one_number": "One number is returned alone; a list with one for each batch size is asked for.",
    }

    def cases(self, rng_for):
        cases = []
        for name, dtype, sizes in (
            ("two images, single minibatches, float32", "float32", (2, 4, [1, 2, 3], 1, CALLS)),
            ("two images, pairs of minibatches, float64", "float64", (2, 3, [2], 2, CALLS)),
            ("nine images, single minibatches, float64", "float64", (9, 5, [1], 1, CALLS)),
            ("two images, 13 minibatches, float32", "float32", (2, 7, [1, 1], 13, 1)),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype}
            keys = "num_images", "num_weights", "batch_sizes", "num_batches", "calls"
            cases.append(case | dict(zip(keys, sizes, strict=True)))
        return cases

    def probe(self, answer, case, device):
        gradients = torch.from_numpy(_gradients(case)).to(device)
        sizes, num_batches = case["batch_sizes"], case["num_batches"]
        returned = [answer(gradients, list(sizes), num_batches) for _ in range(case["calls"])]
        return {"returned": [_numbers(each) for each in returned], "after": gradients}

    def measure(self, case, output):
        num_sizes, returned = len(case["batch_sizes"]), output["returned"]
        for each in returned:
            if isinstance(each, str):
                raise Malformed(f"The function returned {each}; a list of numbers is asked for.")
        if any(np.shape(each) != (num_sizes,) for each in returned):
            raise Malformed("There are not as many numbers as batch sizes.")
        gradients = _gradients(case)
        full = gradients.astype("float64").mean(0)
        squares = ((gradients - full) ** 2).sum(1)
        distances = np.array(returned, "float64") / squares[0]  # [call, batch size]
        same = np.array_equal(gradients, output["after"])
        features = {UNCHANGED: Same(bool(same))}
        tolerance = TOLERANCE[case["dtype"]]

        def close(value):
            return Close(value, rtol=tolerance, atol=tolerance)

        if case["calls"] == 1:
            return features | {MANY: close(distances[0])}
        if case["num_images"] == 9:
            image = np.abs(distances - squares / squares[0])  # [call, image]
            features[SINGLE] = Same(bool((image.min(1) < 1e-4).all()))
            return features | {LAST: _share(image.argmin(1) == 8, 1 / 9)}
        if case["num_batches"] == 2:
            features[MEANS] = Same(_all_among(distances, (0, 0.5, 1)))
            return features | {UNEQUAL: _share(np.abs(distances[:, 0] - 0.5) < 0.1, 1 / 2)}
        ones, twos, threes = distances.T
        possible = _all_among(twos, (0, 1)) and _all_among(threes, (1 / 9, 1))
        at_centre = twos < 0.1
        return features | {
            ONES: close([float(ones.min()), float(ones.max())]),
            POSSIBLE: Same(possible),
            CENTRE: _share(at_centre, 1 / 2),
            ALIKE: _share(np.abs(threes - 1) < 0.1, 1 / 4),
            REPEATED: _share(at_centre[::2] == at_centre[1::2], 1 / 2),
        }


def _gradients(case):
    """The gradients of single images: of two images opposite to each other around their mean, else any."""
    rng = np.random.default_rng(case["seed"])
    size = case["num_weights"]
    full, apart = rng.uniform(0.5, 1.5, size), rng.uniform(0.5, 1.5, size)
    if case["num_images"] == 2:
        gradients = np.stack([full + apart, full - apart])
    else:
        gradients = full + rng.normal(size=(case["num_images"], size))
    return gradients.astype(case["dtype"])


def _numbers(returned):
    """What was returned as a vector, or its kind in words where it is none."""
    if isinstance(returned, torch.Tensor):
        return returned.detach()
    if not isinstance(returned, list | tuple | np.ndarray):
        return in_words(returned)
    if not all(isinstance(each, torch.Tensor | int | float | np.generic) for each in returned):
        return f"a {type(returned).__name__} of other things"
    return torch.stack([torch.as_tensor(each).detach() for each in returned])


def _all_among(values, allowed):
    """Whether every value is one of these."""
    gaps = np.abs(np.ravel(values)[:, None] - np.array(allowed))
    return bool((gaps.min(1) < 1e-3).all())


def _share(found, probability):
    return Share(int(np.sum(found)), len(found), probability)


EXERCISES = (Variance(),)

"""Bagging: bootstrap samples, and the answers of models that did not see a picture (Breiman, Machine Learning 1996)."""

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Same, Share
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise

BAGGING = "Lecture 7, section 4: Bagging"


class Bootstrap(Exercise):
    """`answer(num_samples, num_members) -> indices` [M, N]; two calls.

    Only how often a sample holds a picture is measured: the order within a sample is free. Samples are independent
    of each other, so one event of each, or of each pair, makes independent draws. 3,000 find an error of 0.11 of a
    probability with probability 1 - 1e-6, 1,500 pairs one of 0.16; samples that are not independent are off by 0.22.
    """

    name = "bagging.bootstrap"
    title = "Bootstrap samples"
    shown = ("num_samples", "num_members")
    parts = (
        Part(
            "with replacement",
            2,
            (
                "share of samples that hold a given picture",
                "share of samples that hold it twice or more",
                "share of the pictures that a sample holds",
            ),
            BAGGING,
        ),
        Part(
            "every picture is as likely",
            1,
            (
                "share of draws that are the first picture",
                "share of draws that are the last picture",
                "share of draws from the first quarter",
                "share of draws from the first half",
                "share of draws from the first three quarters",
            ),
            BAGGING,
        ),
        Part(
            "a sample of its own for each model and each call",
            2,
            (
                "share of pairs of samples that both hold a given picture",
                "share of pairs from two calls that both hold a given picture",
                "samples of two models",
            ),
            BAGGING,
        ),
        Part(
            "dtype int64, one picture",
            1,
            (DTYPE, "samples of one picture"),
            BAGGING,
            needs=("with replacement",),
        ),
    )
    mistakes = {
        "without_replacement": "Each picture is drawn exactly once: a permutation, not a draw with replacement.",
        "one_for_all": "One sample is drawn and given to every model.",
        "one_shuffled": "One sample is drawn; every model gets the same pictures in another order.",
        "same_every_call": "Every call draws the same samples: the random seed is set inside.",
        "never_the_last": "The last picture is never drawn: the upper end of randint is left out already.",
        "rounded": "Random numbers are rounded, so the first and the last picture come half as often as the others.",
        "one_based": "Indices run from 1 to num_samples; they run from 0 to num_samples - 1.",
        "subset": "A sample has fewer than num_samples indices: 63 % is the share of distinct pictures, not the size.",
        "transposed": "The indices have shape [num_samples, num_members]; each row is one model's sample.",
        "float_indices": "The indices are floating-point numbers, which cannot index a tensor.",
    }

    def cases(self, rng_for):
        cases = []
        for name, (low, high), num_members in (
            ("few pictures, many models", (6, 10), 3000),
            ("many pictures, few models", (3000, 4000), 4),
            ("one picture", (1, 2), 3),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31))}
            num_samples = int(rng.integers(low, high))
            cases.append(case | {"num_samples": num_samples, "num_members": num_members})
        return cases

    def probe(self, answer, case, device):
        calls = [answer(case["num_samples"], case["num_members"]) for _ in range(2)]
        return {"calls": [call if isinstance(call, torch.Tensor) else None for call in calls]}

    def measure(self, case, output):
        n, num_members = case["num_samples"], case["num_members"]
        for indices in output["calls"]:
            if not isinstance(indices, np.ndarray):
                raise Malformed("The function did not return a tensor.")
            if indices.shape != (num_members, n):
                raise Malformed(
                    f"The indices have shape {indices.shape}; [num_members, num_samples] is {(num_members, n)}."
                )
            if not np.isfinite(indices).all() or indices.min() < 0 or indices.max() >= n:
                raise Malformed(f"There are indices outside 0 to {n - 1}, or that are not numbers.")
        one, two = (np.asarray(indices, "int64") for indices in output["calls"])
        features = {DTYPE: Same(output["calls"][0].sender_dtype)}
        if n == 1:
            return features | {"samples of one picture": Same(bool((one == 0).all()))}
        if n > 100:
            return features | _of_many(one, n)
        return features | _of_few(one, two, n, np.random.default_rng(case["seed"]))


def _of_many(indices, n):
    """Distinct pictures are counted as if each were a draw of its own: their number spreads less than that."""
    distinct = sum(len(np.unique(row)) for row in indices)
    identical = bool((indices[0] == indices[1]).all())
    features = {
        "share of the pictures that a sample holds": _share(distinct, indices.size, n, 1),
        "samples of two models": Same("are identical" if identical else "differ"),
    }
    for name, quarters in (("quarter", 1), ("half", 2), ("three quarters", 3)):
        below = n * quarters // 4
        features[f"share of draws from the first {name}"] = Share(
            int((indices < below).sum()), indices.size, below / n
        )
    return features


def _of_few(one, two, n, rng):
    """Of each sample how often it holds one picture, given at random; of two samples whether both hold one."""
    given = rng.integers(n, size=len(one))
    times, later = ((indices == given[:, None]).sum(axis=1) for indices in (one, two))
    next_holds = (one[1::2] == given[::2, None]).any(axis=1)
    none, single = (1 - 1 / n) ** n, (1 - 1 / n) ** (n - 1)
    features = {
        "share of samples that hold a given picture": _share((times > 0).sum(), len(one), n, 1),
        "share of samples that hold it twice or more": Share(
            int((times > 1).sum()), len(one), 1 - none - single
        ),
        "share of pairs of samples that both hold a given picture": _share(
            ((times[::2] > 0) & next_holds).sum(), len(next_holds), n, 2
        ),
        "share of pairs from two calls that both hold a given picture": _share(
            ((times > 0) & (later > 0)).sum(), len(one), n, 2
        ),
    }
    for name, index in (("first", 0), ("last", n - 1)):
        drawn = int((one == index).sum())
        features[f"share of draws that are the {name} picture"] = Share(drawn, one.size, 1 / n)
    return features


def _share(successes, trials, n, samples):
    """A Share with the probability that this many samples hold a given one of n pictures."""
    return Share(int(successes), trials, (1 - (1 - 1 / n) ** n) ** samples)


class OutOfBag(FunctionExercise):
    """`answer(probs, indices) -> (averaged, has_member)`; probs [M, N, K], indices [M, N]."""

    name = "bagging.out_of_bag"
    title = "Out-of-bag answers"
    outputs = ("out-of-bag probabilities", "pictures that have one")
    parts = (
        Part("averaged over the right models", 3, ("out-of-bag probabilities",), BAGGING),
        Part(
            "pictures that have an answer",
            1,
            ("pictures that have one",),
            BAGGING,
            needs=("averaged over the right models",),
        ),
        Part(
            "pictures that every model saw",
            2,
            ("out-of-bag probabilities, no model left", "pictures that have one, no model left"),
            BAGGING,
            needs=("averaged over the right models",),
        ),
        Part(
            "dtype kept, inputs left alone",
            1,
            (DTYPE, UNCHANGED),
            BAGGING,
            needs=("averaged over the right models",),
        ),
    )
    mistakes = {
        "all_models": "All models are averaged; a model that saw the picture in training knows its label.",
        "in_bag": "The models that saw the picture are averaged; those that did not see it are asked for.",
        "divided_by_models": "The sum is divided by the number of all models, not of those that it adds up.",
        "not_divided": "The probabilities are added up but not divided by the number of models that count.",
        "by_position": "indices[m, i] is taken for picture i; it is the i-th draw, of whichever picture.",
        "weighted_by_draws": "How often a picture was drawn is subtracted; a model counts fully or not at all.",
        "nan_where_none": "A picture that every model saw gives 0 / 0 = NaN; its row is all zeros.",
        "all_where_none": "A picture that every model saw gets the mean of all of them; its row is all zeros.",
        "flag_inverted": "The second output is True where no model is left; it is True where there is one.",
        "one_model": "Only one of the models that did not see the picture answers; they are all averaged.",
        "votes": "The models vote with their favourite class; their probabilities are what should be averaged.",
        "in_place": "The probabilities are changed in place; the caller still needs them.",
        "float32": "The averaged probabilities are not of the dtype of the probabilities.",
    }

    def cases(self, rng_for):
        cases = []
        for name, shape, dtype, in_all in (
            ("four models", (4, 9, 3), "float32", 0),
            ("nine models", (9, 7, 4), "float64", 0),
            ("two models, two classes", (2, 11, 2), "float64", 0),
            ("some pictures in every sample", (3, 7, 3), "float32", 2),
            ("one picture", (2, 1, 4), "float64", 1),
        ):
            case = {"name": name, "seed": int(rng_for(name).integers(2**31)), "dtype": dtype}
            cases.append(case | {"shape": list(shape), "in_all": in_all})
        return cases

    def arguments(self, case):
        """Each picture is left out of one sample at least, but for those that every sample holds."""
        rng = np.random.default_rng(case["seed"])
        num_members, num_images, num_classes = case["shape"]
        in_all = range(case["in_all"])
        left_out = rng.permutation(num_images) % num_members
        left_out[in_all] = -1
        indices = np.empty((num_members, num_images), "int64")
        for member, row in enumerate(indices):
            row[:] = rng.choice(np.flatnonzero(left_out != member), num_images)
            row[in_all] = in_all
            rng.shuffle(row)
        probs = rng.dirichlet(np.ones(num_classes), (num_members, num_images))
        return {"probs": probs.astype(case["dtype"]), "indices": indices}

    def label(self, case, output):
        return f"{output}, no model left" if case["in_all"] else output


EXERCISES = (Bootstrap(), OutOfBag())

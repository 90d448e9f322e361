"""Stochastic depth (Huang et al., ECCV 2016): survival probabilities, and a residual block that may be skipped.

1500 calls find a survival probability that is off by 0.15 with probability 1 − 1e-6.
"""

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Same, Share
from autograder.functions import DTYPE, UNCHANGED, close
from autograder.masks import factor, stack

LECTURE = "Lecture 3, section 10: More noise: weights, pooling, depth, labels"
AT_ONE = "output at survival probability 1"
FACTOR = "factor on the branch where it takes part"
TAKES_PART = "share of calls in which the branch takes part"
ALIKE = "share of calls that are like the next"
BATCH, SAMPLE = "the whole batch has one fate", "all entries of a sample have one fate"
MANY, ONE = "survival probabilities", "survival probability of a single block"


class SurvivalProbs(Exercise):
    """`survival_probs(num_blocks, last_prob)` returns num_blocks probabilities, of blocks 1 to num_blocks."""

    name = "depth.survival_probs"
    title = "Survival probabilities"
    shown = ("num_blocks", "last_prob")
    parts = (
        Part("they fall in equal steps to the last one", 1, (MANY,), LECTURE),
        Part("a network of one block", 1, (ONE,), LECTURE),
    )
    mistakes = {
        "from_zero": "Blocks are counted from 0, so the first always survives and the last too often.",
        "with_block_0": "There is one number too many: l runs from 1 to L.",
        "over_one_less": "l − 1 is divided by L − 1: the first block always survives, and L = 1 divides by zero.",
        "reversed": "The order is reversed: the first block survives with the last one's probability.",
        "drop_probs": "These are the probabilities of being skipped, 1 − p.",
        "constant": "All blocks have the last one's probability.",
        "last_is_drop": "The last block survives with 1 − last_prob: last_prob is taken for a drop probability.",
        "halved_depth": "The product l / L is a whole-number division, so nearly all blocks always survive.",
    }

    def cases(self, rng_for):
        cases = []
        for name, low, high in (("several blocks", 4, 9), ("many blocks", 40, 60), ("one", 1, 2)):
            rng = rng_for(name)
            cases.append(
                {
                    "name": name,
                    "seed": int(rng.integers(2**31)),
                    "num_blocks": int(rng.integers(low, high)),
                    "last_prob": round(float(rng.uniform(0.2, 0.8)), 3),
                }
            )
        return cases

    def probe(self, answer, case, device):
        returned = answer(case["num_blocks"], case["last_prob"])
        if isinstance(returned, torch.Tensor | np.ndarray):
            return {"probs": returned}
        if not isinstance(returned, list | tuple):
            return {"described": f"a {type(returned).__name__}"}
        numbers = (int, float, np.generic, torch.Tensor)
        other = [type(p).__name__ for p in returned if not isinstance(p, numbers)]
        other += ["tensors" for p in returned if isinstance(p, torch.Tensor) and p.numel() != 1]
        if other:
            return {"described": f"a list that holds {other[0]}"}
        return {"probs": [float(p) for p in returned]}

    def measure(self, case, output):
        if "described" in output:
            raise Malformed(
                f"The function returned {output['described']}; a list or a tensor of numbers is asked for."
            )
        name = ONE if case["num_blocks"] == 1 else MANY
        return {name: close(output["probs"], "float32")}


class ResidualBlock(Exercise):
    """`residual_block(h, f, survival_prob, training) -> out`; one draw a call decides for the whole batch."""

    name = "depth.residual_block"
    title = "A residual block with stochastic depth"
    shown = ("survival_prob",)
    flagged = ("stochastic_depth", "StochasticDepth")
    drawn = "the branch takes part with its survival probability"
    parts = (
        Part(
            "ReLU of branch plus input",
            2,
            (AT_ONE, FACTOR),
            LECTURE,
        ),
        Part(
            drawn,
            1,
            (TAKES_PART, ALIKE),
            LECTURE,
        ),
        Part(
            "one draw decides for the batch",
            1,
            (BATCH, SAMPLE),
            LECTURE,
            needs=(drawn,),
        ),
        Part("test time", 1, ("output at test time",), LECTURE, needs=(drawn,)),
        Part("dtype kept, input left alone", 1, (DTYPE, UNCHANGED), LECTURE, needs=(drawn,)),
    )
    mistakes = {
        "inverted": "The branch is divided by p in training, as in torchvision; here p multiplies it at test time.",
        "no_test_scale": "The branch is not scaled at test time.",
        "scaled_twice": "The branch is scaled in training and at test time.",
        "test_scales_all": "At test time the sum is scaled; only the branch is, the input passes as it is.",
        "drop_for_survive": "The branch is left out with the survival probability; it takes part with it.",
        "per_sample": "Every sample has a draw of its own; here one decides for the whole batch.",
        "per_entry": "Every entry has a draw of its own: this is dropout on the branch.",
        "input_dropped": "The input is left out together with the branch; it always passes.",
        "no_relu": "The ReLU behind the sum is missing.",
        "relu_before_sum": "The ReLU is applied to the branch; it comes after the sum.",
        "skipped_at_test": "The branch is left out at test time; there it takes part, scaled.",
        "never_skipped": "The branch is scaled in training too; nothing is ever skipped.",
        "fixed_draw": "Every call draws the same: a seed is set inside.",
        "in_place": "The input is changed in place; other layers may still need it.",
    }

    def cases(self, rng_for):
        cases = []
        for name, shape, dtype, calls, training, signs in (
            ("training, 1500 calls, 3 x 2, float32", [3, 2], "float32", 1500, True, 1),
            ("testing, 5 x 7, float32", [5, 7], "float32", 1, False, -1),
            ("testing, 1 x 2 x 3 x 5, float64", [1, 2, 3, 5], "float64", 1, False, -1),
            ("training, survival_prob = 1.0", [4, 11], "float64", 5, True, -1),
        ):
            rng = rng_for(name)
            prob = 1.0 if "1.0" in name else round(float(rng.uniform(0.7, 0.85)), 3)
            case = {"name": name, "seed": int(rng.integers(2**31)), "survival_prob": prob}
            case |= {"shape": shape, "dtype": dtype, "calls": calls, "training": training}
            cases.append(case | {"signs": signs})
        return cases

    def arguments(self, case: dict) -> tuple[np.ndarray, float, float]:
        """The input, never negative, and slope and shift of the branch.

        The branch is positive where draws are counted; elsewhere it and the sum have both signs.
        """
        rng = np.random.default_rng(case["seed"])
        h = rng.uniform(0.5, 1.5, case["shape"]).astype(case["dtype"])
        if case["signs"] > 0:
            return h, 1.5, float(rng.uniform(0.5, 1))
        return h, -4.0, float(rng.uniform(2.5, 3.5))

    def probe(self, answer, case, device):
        array, slope, shift = self.arguments(case)
        h = torch.from_numpy(array.copy()).to(device)
        outs, given = [], h.clone()
        for _ in range(case["calls"] if device != "meta" else 2):
            given = h.clone()
            outs.append(
                answer(given, lambda x: x * slope + shift, case["survival_prob"], case["training"])
            )
        outs = [out if isinstance(out, torch.Tensor) else None for out in outs]
        return {"outs": outs, "after": given}

    def measure(self, case, output):
        h, slope, shift = self.arguments(case)
        outs = stack(case, output["outs"])
        features = {
            DTYPE: Same(", ".join(sorted({out.sender_dtype for out in output["outs"]}))),
            UNCHANGED: Same(bool(np.array_equal(h, output["after"]))),
        }
        if not case["training"]:
            return features | {"output at test time": close(outs[0], case["dtype"])}
        if case["survival_prob"] == 1:
            return features | {AT_ONE: close(outs[-1], case["dtype"])}
        if (outs == 0).reshape(len(outs), -1).all(axis=1).any():
            raise Malformed("In some calls the whole output is zero; the input always passes.")
        branch = slope * h.astype("float64") + shift
        added = outs - h
        fates = (added != 0).reshape(len(outs), len(h), -1)  # [call, sample, entry]
        first, prob, half = fates[:, 0, 0], case["survival_prob"], len(outs) // 2
        again = first[: 2 * half : 2] == first[1 : 2 * half : 2]
        return features | {
            FACTOR: factor(added, branch, kept_only=True),
            TAKES_PART: Share(int(first.sum()), len(first), prob),
            ALIKE: Share(int(again.sum()), half, prob**2 + (1 - prob) ** 2),
            BATCH: Same(bool((fates == fates[:, :1, :1]).all())),
            SAMPLE: Same(bool((fates == fates[:, :, :1]).all())),
        }


EXERCISES = (SurvivalProbs(), ResidualBlock())

"""Dropout: vanilla and inverted, forward and backward, and as a module (Srivastava et al., JMLR 2014).

Random answers are judged by properties of their masks, see `autograder.masks`.
"""

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Same
from autograder.functions import raised
from autograder.masks import (
    PAIR,
    alike,
    described,
    drawn_cases,
    drawn_features,
    edge_case,
    factor,
    form,
    inputs,
    passing,
    slopes,
    stack,
    tensor,
    test_cases,
    test_features,
)

VANILLA = "Lecture 3, section 5: Dropout"
INVERTED = "Lecture 3, section 6: Inverted dropout"
DRAWN = (
    "kept entries have the right size",
    "the right share is kept",
    "every entry and every call draws anew",
)
FLAGGED = ("dropout", "Dropout", "dropout1d", "dropout2d", "alpha_dropout", "native_dropout")

AGREEMENT = tuple(
    alike(pairs, where)
    for pairs in ("neighbours", "random pairs")
    for where in ("from call to call", *(f"along axis {axis}" for axis in range(4)))
)

COMMON = {
    "drop_for_keep": "The keep probability is used as the drop probability: entries are dropped with it, not kept.",
    "mask_per_batch": "One mask is shared by the whole batch: every sample drops the same entries.",
    "mask_per_sample": "One draw decides for a whole sample: entries of a sample are not dropped independently.",
    "mask_per_channel": "One draw decides for a whole channel: entries of a channel are not dropped independently.",
    "fixed_count": "Every call drops the same number of entries, so they are not dropped independently.",
    "fixed_mask": "Every call drops the same entries: the mask is drawn once, or the random seed is set inside.",
    "drops_at_test": "Entries are dropped at test time too: with training=False none is.",
    "in_place": "The input is changed in place; the caller still needs it.",
    "float32": "The output is not of the input's dtype: a float64 input must give a float64 output.",
    "no_cache": "Only the output is returned; a pair (out, cache) is asked for.",
}


class Forward(Exercise):
    """`answer(x, keep_prob, training) -> (out, cache)`."""

    shown = ("keep_prob",)
    flagged = FLAGGED

    def cases(self, rng_for):
        return [
            *drawn_cases(rng_for, "keep_prob"),
            edge_case(rng_for, "keep_prob", 1.0),
            *test_cases(rng_for, "keep_prob"),
        ]

    def probe(self, answer, case, device):
        x = tensor(case, device)
        xs = [x.clone() for _ in range(case["calls"])]
        pairs = [answer(x, case["keep_prob"], case["training"]) for x in xs]
        outs = [pair[0] if described(pair) == PAIR else None for pair in pairs]
        outs = [out if isinstance(out, torch.Tensor) else None for out in outs]
        return {"returned": described(pairs[0]), "outs": outs, "x_after": xs[0]}

    def measure(self, case, output):
        if output["returned"] != PAIR:
            raise Malformed(
                f"The function returned {output['returned']}; a pair (out, cache) is asked for."
            )
        x, outs, keep_prob = inputs(case), stack(case, output["outs"]), case["keep_prob"]
        if keep_prob == 1:
            return {
                "factor at keep probability 1": factor(outs, x, kept_only=True),
                "entries are dropped at keep probability 1": Same(bool((outs == 0).any())),
            }
        features = form(case, output["outs"], output["x_after"])
        if not case["training"]:
            return features | test_features("factor at test time", outs, x)
        return features | drawn_features(outs, x, keep_prob, case["seed"])


def forward_parts(lecture: str) -> tuple[Part, ...]:
    at_one = ("factor at keep probability 1", "entries are dropped at keep probability 1")
    return (
        Part(DRAWN[0], 3, ("factor on kept entries",), lecture),
        Part(DRAWN[1], 2, ("share kept", *at_one), lecture),
        Part(DRAWN[2], 2, AGREEMENT, lecture),
        Part("test time", 2, ("factor at test time",), lecture, needs=DRAWN),
        Part("dtype kept, input left alone", 1, ("dtype", "input unchanged"), lecture, needs=DRAWN),
    )


class VanillaDropout(Forward):
    name = "dropout.vanilla"
    title = "Vanilla dropout, forward"
    parts = forward_parts(VANILLA)
    mistakes = COMMON | {
        "multiplied": "Kept entries are multiplied by the keep probability in training; leave them as they are.",
        "divided_by_drop": "Kept entries are divided by the drop probability in training; leave them as they are.",
        "inverted": "Kept entries are scaled in training, and test time is left alone: this is inverted dropout.",
        "no_test_scale": "Nothing is scaled at test time, so the next layer sees larger sums than in training.",
        "test_by_drop": "Test time is scaled by the drop probability instead of the keep probability.",
        "scaled_twice": "The scale is applied in training and at test time; vanilla dropout scales at test time only.",
        "test_divided": "Test time divides by the keep probability; vanilla dropout multiplies by it.",
    }


class InvertedDropout(Forward):
    name = "dropout.inverted"
    title = "Inverted dropout, forward"
    parts = forward_parts(INVERTED)
    mistakes = COMMON | {
        "multiplied": "Kept entries are multiplied by the keep probability in training; divide them by it.",
        "divided_by_drop": "Kept entries are divided by the drop probability; divide them by the keep probability.",
        "vanilla": "Nothing is divided by the keep probability, and test time is scaled: this is vanilla dropout.",
        "no_scale": "The output is not divided by the keep probability, so training sees smaller sums than test time.",
        "scaled_at_test": "Test time is scaled too; inverted dropout leaves it alone.",
        "drop_everywhere": "The keep probability is read as the drop probability, in the mask and in the scale.",
    }


class Backward(Exercise):
    """`{"forward": f, "backward": b}` with `f(x, keep_prob, training)` and `b(grad_out, cache) -> grad_x`.

    Two forward passes, then their backward passes: a layer that is used twice keeps its masks apart.
    """

    shown = ("keep_prob",)

    def cases(self, rng_for):
        cases = drawn_cases(rng_for, "keep_prob")[:2]
        cases[0].update(name="two passes, 61 x 67, float32", shape=[61, 67])
        cases[1].update(name="two passes, 5 x 3 x 11 x 7, float64", shape=[5, 3, 11, 7])
        return cases

    def grad_case(self, case):
        """The case whose input is the gradient that comes from above."""
        return {**case, "seed": case["seed"] + 1}

    def probe(self, answer, case, device):
        xs = [tensor(case, device) for _ in range(2)]
        pairs = [answer["forward"](x, case["keep_prob"], True) for x in xs]
        if any(described(pair) != PAIR for pair in pairs):
            return {"returned": described(pairs[0])}
        outs = [pair[0].clone() for pair in pairs]
        grad_outs = [tensor(self.grad_case(case), device) for _ in range(2)]
        grads = [answer["backward"](g, pair[1]) for g, pair in zip(grad_outs, pairs, strict=True)]
        grads = [grad if isinstance(grad, torch.Tensor) else None for grad in grads]
        return {"returned": PAIR, "outs": outs, "grads": grads, "grad_out_after": grad_outs[0]}

    def measure(self, case, output):
        if output["returned"] != PAIR:
            raise Malformed(
                f"The forward pass returned {output['returned']}; a pair (out, cache) is asked for."
            )
        x, outs, grads, grad_out = (
            inputs(case),
            stack(case, output["outs"]),
            output["grads"],
            inputs(self.grad_case(case)),
        )
        last = passing(grads[1], outs[1])
        return slopes(grads[0], grad_out, outs[0], x) | {
            "entries that pass a gradient in the later pass": Same(last),
            "gradient dtype": Same(grads[0].sender_dtype),
            "grad_out unchanged": Same(bool(np.array_equal(output["grad_out_after"], grad_out))),
        }


def backward_parts(lecture: str) -> tuple[Part, ...]:
    names = ("only kept entries pass a gradient", "they pass it with the forward factor")
    passed = ("entries that pass a gradient", "entries that pass a gradient in the later pass")
    kept = ("gradient of kept entries over the forward factor",)
    form = ("gradient dtype", "grad_out unchanged")
    return (
        Part(names[0], 2, passed, lecture),
        Part(names[1], 2, kept, lecture, needs=names[:1]),
        Part("dtype kept, grad_out left alone", 1, form, lecture, needs=names[1:]),
    )


BACKWARD_COMMON = {
    "new_mask": "The backward pass draws a mask of its own; it must use the forward pass's, from the cache.",
    "no_mask": "The gradient is passed to dropped entries too: the mask is not used.",
    "shared_mask": "The mask is kept outside the cache, where the next forward pass overwrites it.",
    "times_output": "The gradient is multiplied by the output, not by the derivative of the output.",
    "in_place": "grad_out is changed in place; the caller still needs it.",
    "float32": "The gradient is not of grad_out's dtype.",
    "multiplied": "The gradient is multiplied by the keep probability, which the forward pass did not do.",
}


class VanillaBackward(Backward):
    name = "dropout.vanilla_backward"
    title = "Vanilla dropout, backward"
    parts = backward_parts(VANILLA)
    mistakes = BACKWARD_COMMON | {
        "scaled": "The gradient is divided by the keep probability, which belongs to inverted dropout.",
        "inverted_mask": "The gradient is passed to the dropped entries and withheld from the kept ones.",
    }


class InvertedBackward(Backward):
    name = "dropout.inverted_backward"
    title = "Inverted dropout, backward"
    parts = backward_parts(INVERTED)
    mistakes = BACKWARD_COMMON | {
        "no_scale": "The gradient lacks the factor 1 / keep probability of the forward pass.",
        "scaled_twice": "The factor 1 / keep probability is applied twice: the cached mask may hold it already.",
        "divided_by_drop": "The gradient is divided by the drop probability.",
    }


def _part(name: str, points: float, *features: str) -> Part:
    """A part of the module's that counts only beside masks that are drawn: an identity has them all."""
    return Part(name, points, features, INVERTED, needs=DRAWN)


class DropoutModule(Exercise):
    """`Dropout(drop_prob)`, an `nn.Module`."""

    name = "dropout.module"
    title = "A Dropout module"
    shown = ("drop_prob",)
    flagged = FLAGGED
    parts = (
        Part(DRAWN[0], 2, ("factor on kept entries",), INVERTED),
        Part(DRAWN[1], 2, ("share kept",), INVERTED),
        Part(DRAWN[2], 2, AGREEMENT, INVERTED),
        _part("eval() leaves the input as it is", 2, "factor in eval mode"),
        _part(
            "gradients flow through",
            1,
            "gradient of kept entries over the forward factor",
            "entries that pass a gradient",
        ),
        _part(
            "drop probabilities 0 and 1",
            1,
            *(f"factor at drop probability {rate} in training" for rate in (0, 1)),
            *(f"factor at drop probability {rate} in eval mode" for rate in (0, 1)),
        ),
        _part("other drop probabilities are refused", 1, "refusal of -0.01", "refusal of 1.01"),
        _part("dtype kept, input left alone", 1, "dtype", "input unchanged"),
    )
    mistakes = {
        "keep_for_drop": "The argument is the drop probability; it is used as the keep probability.",
        "no_scale": "Kept entries are not divided by the keep probability.",
        "divided_by_drop": "Kept entries are divided by the drop probability; divide them by the keep probability.",
        "always_drops": "Entries are dropped in eval mode too: look at self.training, which train() and eval() set.",
        "scaled_in_eval": "The output is scaled in eval mode; the training factor has already made up for dropping.",
        "fixed_mask": "Every call drops the same entries: the mask is made once and kept.",
        "mask_per_batch": "One mask is shared by the whole batch.",
        "mask_per_sample": "One draw decides for a whole sample.",
        "mask_per_channel": "One draw decides for a whole channel.",
        "fixed_count": "Every call drops the same number of entries, so they are not dropped independently.",
        "no_gradient": "No gradient reaches the input: detach(), .data, no_grad() or a trip through numpy lose it.",
        "in_place": "The input is changed in place; the caller still needs it.",
        "zero_in_eval": "At drop probability 1 the output is zero in eval mode too; eval() always gives the input.",
        "nan_at_one": "At drop probability 1 the output is 0 / 0 = NaN; it is all zeros.",
        "not_refused": "A drop probability outside [0, 1] is accepted; raise a ValueError in __init__.",
        "not_a_module": "The class is not an nn.Module, so train() and eval() of a network cannot reach it.",
        "float32": "The output is not of the input's dtype.",
    }

    def cases(self, rng_for):
        return [
            *drawn_cases(rng_for, "drop_prob"),
            *test_cases(rng_for, "drop_prob"),
            *(edge_case(rng_for, "drop_prob", p, training=False) for p in (0.0, 1.0)),
            *(edge_case(rng_for, "drop_prob", p) for p in (0.0, 1.0, -0.01, 1.01)),
        ]

    def probe(self, answer, case, device):
        if not 0 <= case["drop_prob"] <= 1:
            return {"raised": raised(answer, case["drop_prob"])}
        module = answer(case["drop_prob"])
        if not isinstance(module, torch.nn.Module):
            return {"module": False}
        module.train(case["training"])
        leaf = tensor(case, device).requires_grad_(True)
        x = leaf.clone()  # not a leaf, so that an answer may change it in place and be told so
        others = [x.detach().clone() for _ in range(case["calls"] - 1)]
        outs = [module(x), *map(module, others)]
        if isinstance(outs[0], torch.Tensor) and outs[0].requires_grad:
            (outs[0] * self.weights(case, device)).sum().backward()
        outs = [out if isinstance(out, torch.Tensor) else None for out in outs]
        return {"module": True, "outs": outs, "x_after": x, "grad": leaf.grad}

    def weights(self, case, device="cpu"):
        """What the loss multiplies the output with: the gradient that reaches the module."""
        return tensor({**case, "seed": case["seed"] + 1}, device)

    def measure(self, case, output):
        drop_prob = case["drop_prob"]
        if "raised" in output:
            return {f"refusal of {drop_prob}": Same(str(output["raised"])[:40])}
        if not output["module"]:
            raise Malformed("The class is not an nn.Module.")
        x, outs = inputs(case), stack(case, output["outs"])
        if drop_prob in (0, 1):
            mode = "training" if case["training"] else "eval mode"
            return {f"factor at drop probability {drop_prob:g} in {mode}": factor(outs, x)}
        features = form(case, output["outs"], output["x_after"])
        if not case["training"]:
            return features | test_features("factor in eval mode", outs, x)
        features |= drawn_features(outs, x, 1 - drop_prob, case["seed"])
        if case["calls"] == 2 and "problem" not in features:
            if output["grad"] is None:
                return features | {"entries that pass a gradient": Same("none")}
            features |= slopes(output["grad"], self.weights(case).numpy(), outs[0], x)
        return features


EXERCISES = (
    VanillaDropout(),
    VanillaBackward(),
    InvertedDropout(),
    InvertedBackward(),
    DropoutModule(),
)

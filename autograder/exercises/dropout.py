"""Dropout: vanilla and inverted, forward and backward, and as a module (Srivastava et al., JMLR 2014).

Random answers are judged by properties of their masks, see `autograder.masks`.
"""

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Same
from autograder.masks import (
    described,
    drawn_cases,
    drawn_features,
    form,
    given_cases,
    inputs,
    slopes,
    small_input,
    tensor,
    test_features,
)

VANILLA = "Lecture 3, section 3: Dropout"
INVERTED = "Lecture 3, section 4: Inverted dropout"
DRAWN = (
    "kept entries have the right size",
    "the right share is kept",
    "every entry and every call draws anew",
)
FLAGGED = ("dropout", "Dropout", "dropout1d", "dropout2d", "alpha_dropout", "native_dropout")

COMMON = {
    "drop_for_keep": "The keep probability is used as the drop probability: too many entries are dropped, or too few.",
    "divided_by_drop": "Kept entries are divided by the drop probability, 1 − keep probability.",
    "multiplied": "Kept entries are multiplied by the keep probability in training.",
    "mask_per_batch": "One mask is shared by the whole batch: every sample drops the same entries.",
    "mask_per_sample": "One draw decides for a whole sample: entries of a sample are not dropped independently.",
    "fixed_mask": "Every call drops the same entries: the mask is drawn once, or the random seed is set inside.",
    "drops_at_test": "Entries are dropped at test time too: training=False must not be random.",
    "in_place": "The input is changed in place; the caller still needs it.",
    "float32": "The output is not of the input's dtype: a float64 input must give a float64 output.",
    "no_cache": "Only the output is returned; a pair (out, cache) is asked for.",
}


class Forward(Exercise):
    """`answer(x, keep_prob, training) -> (out, cache)`."""

    flagged = FLAGGED

    def cases(self, rng_for):
        return [
            *drawn_cases(rng_for, "keep_prob"),
            *given_cases(rng_for, "keep_prob", training=True),
            *given_cases(rng_for, "keep_prob", training=False),
        ]

    def probe(self, answer, case, device):
        training = not case["name"].startswith("testing")
        x = tensor(case, device)
        first = answer(x, case["keep_prob"], training)
        second = (
            answer(tensor(case, device), case["keep_prob"], training) if "shape" in case else first
        )
        outs = [
            pair[0] if isinstance(pair, tuple | list) and pair else None for pair in (first, second)
        ]
        return {
            "returned": described(first),
            "outs": [out if isinstance(out, torch.Tensor) else None for out in outs],
            "x_after": x,
        }

    def measure(self, case, output):
        if output["returned"] not in ("a tuple of 2", "a list of 2"):
            raise Malformed(
                f"The function returned {output['returned']}; a pair (out, cache) is asked for."
            )
        x, outs = inputs(case), output["outs"]
        features = form(case, outs[0], output["x_after"])
        if "shape" in case:
            form(case, outs[1])
            return features | drawn_features(outs, x, case["keep_prob"])
        if case["name"].startswith("testing"):
            return features | test_features("output at test time", outs[0])
        return features | {"output at keep probability 1": Close(outs[0])}


def drawn_parts(
    points: tuple[float, float, float], lecture: str, more: str = ""
) -> tuple[Part, ...]:
    """The parts in which masks are drawn; what leaves an input untouched counts only beside one of them."""
    agreement = (*(f"agreement along axis {axis}" for axis in range(4)), "agreement between calls")
    features = (
        ("factor on kept entries",),
        ("share kept", more) if more else ("share kept",),
        agreement,
    )
    return tuple(Part(*part, lecture) for part in zip(DRAWN, points, features, strict=True))


def forward_parts(lecture: str) -> tuple[Part, ...]:
    form = ("dtype", "input unchanged")
    return (
        *drawn_parts((3, 2, 2), lecture, "output at keep probability 1"),
        Part("test time", 2, ("output at test time",), lecture, needs=DRAWN),
        Part("dtype kept, input left alone", 1, form, lecture, needs=DRAWN),
    )


class VanillaDropout(Forward):
    name = "dropout.vanilla"
    title = "Vanilla dropout, forward"
    parts = forward_parts(VANILLA)
    mistakes = COMMON | {
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
        "vanilla": "The output is not divided by the keep probability; test time is scaled: vanilla dropout.",
        "no_scale": "The output is not divided by the keep probability, so training sees smaller sums than test time.",
        "scaled_at_test": "Test time is scaled too; inverted dropout leaves it alone.",
        "drop_everywhere": "The keep probability is read as the drop probability, in the mask and in the scale.",
    }


class Backward(Exercise):
    """`{"forward": f, "backward": b}` with `f(x, keep_prob, training)` and `b(grad_out, cache) -> grad_x`."""

    def cases(self, rng_for):
        cases = drawn_cases(rng_for, "keep_prob")
        cases[0].update(name="61 x 67, float32", shape=[61, 67])
        cases[1].update(name="5 x 3 x 11 x 7, float64", shape=[5, 3, 11, 7])
        return cases

    def grad_out(self, case):
        return inputs({**case, "seed": case["seed"] + 1})

    def probe(self, answer, case, device):
        x = tensor(case, device)
        pair = answer["forward"](x, case["keep_prob"], True)
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            return {"returned": described(pair)}
        grad_out = torch.from_numpy(self.grad_out(case)).to(device)
        out = pair[0].clone()
        grads = [answer["backward"](grad_out, pair[1]) for _ in range(2)]
        grads = [grad if isinstance(grad, torch.Tensor) else None for grad in grads]
        return {"returned": described(pair), "out": out, "grads": grads, "grad_out_after": grad_out}

    def measure(self, case, output):
        if "out" not in output:
            raise Malformed(
                f"The forward pass returned {output['returned']}; a pair (out, cache) is asked for."
            )
        x, out, grad_out = inputs(case), output["out"], self.grad_out(case)
        form(case, out)
        features = slopes(output["grads"][0], grad_out, out, x)
        again = output["grads"][1]
        features["a second backward pass is equal"] = Same(
            isinstance(again, np.ndarray) and bool(np.array_equal(output["grads"][0], again))
        )
        unchanged = bool(np.array_equal(output["grad_out_after"], grad_out))
        return features | {"grad_out unchanged": Same(unchanged)}


def backward_parts(lecture: str) -> tuple[Part, ...]:
    names = ("dropped entries pass no gradient", "kept entries pass it with the forward factor")
    dropped = ("dropped entries pass a gradient", "a second backward pass is equal")
    kept = ("gradient of kept entries over the forward factor",)
    form = ("gradient dtype", "grad_out unchanged")
    return (
        Part(names[0], 2, dropped, lecture),
        Part(names[1], 2, kept, lecture, needs=names[:1]),
        Part("dtype kept, grad_out left alone", 1, form, lecture, needs=names[1:]),
    )


BACKWARD_COMMON = {
    "new_mask": "The backward pass draws a mask of its own; it must use the forward pass's, from the cache.",
    "no_mask": "The gradient is passed to dropped entries too: the mask is not used.",
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
    return Part(name, points, features, INVERTED, needs=DRAWN)


class DropoutModule(Exercise):
    """`Dropout(drop_prob)`, an `nn.Module`."""

    name = "dropout.module"
    title = "A Dropout module"
    flagged = FLAGGED
    parts = (
        *drawn_parts((2, 2, 2), INVERTED),
        _part("eval() leaves the input as it is", 2, "output in eval mode"),
        _part(
            "gradients flow through",
            1,
            "gradient of kept entries over the forward factor",
            "dropped entries pass a gradient",
        ),
        _part(
            "drop probabilities 0 and 1",
            1,
            "output at drop probability 0",
            "output at drop probability 1",
        ),
        _part("other drop probabilities are refused", 1, "refusal of -0.2", "refusal of 1.3"),
        _part("dtype kept, input left alone", 1, "dtype", "input unchanged"),
    )
    mistakes = {
        "keep_for_drop": "The argument is the drop probability; it is used as the keep probability.",
        "no_scale": "Kept entries are not divided by the keep probability.",
        "divided_by_drop": "Kept entries are divided by the drop probability.",
        "always_drops": "Entries are dropped in eval mode too: look at self.training, which train() and eval() set.",
        "scaled_in_eval": "The output is scaled in eval mode; the training factor has already made up for dropping.",
        "fixed_mask": "Every call drops the same entries: the mask is made once and kept.",
        "mask_per_batch": "One mask is shared by the whole batch.",
        "mask_per_sample": "One draw decides for a whole sample.",
        "no_gradient": "No gradient reaches the input: detach(), .data, no_grad() or a trip through numpy lose it.",
        "in_place": "The input is changed in place; the caller still needs it.",
        "nan_at_one": "At drop probability 1 the output is 0 / 0 = NaN; it is all zeros.",
        "not_refused": "A drop probability outside [0, 1] is accepted; raise a ValueError in __init__.",
        "not_a_module": "The class is not an nn.Module, so train() and eval() of a network cannot reach it.",
        "float32": "The output is not of the input's dtype.",
    }

    def cases(self, rng_for):
        cases = drawn_cases(rng_for, "drop_prob")
        for case in given_cases(rng_for, "drop_prob", training=False):
            cases.append(case)
        rng = rng_for("edges")
        edge = {"seed": int(rng.integers(2**31)), "x": small_input(rng, (4, 9), "float32")}
        cases += [{**edge, "name": f"drop probability {p}", "drop_prob": p} for p in (0.0, 1.0)]
        return cases + [
            {**edge, "name": f"drop probability {p}", "drop_prob": p} for p in (-0.2, 1.3)
        ]

    def probe(self, answer, case, device):
        if not 0 <= case["drop_prob"] <= 1:
            return {"raised": _raised(answer, case["drop_prob"])}
        module = answer(case["drop_prob"])
        if not isinstance(module, torch.nn.Module):
            return {"module": False}
        module.eval() if case["name"].startswith("testing") else module.train()
        x = tensor(case, device)
        if "shape" not in case:
            return {"module": True, "outs": [_tensor_or_none(module(x))], "x_after": x}
        second = module(tensor(case, device))
        out = module(x.requires_grad_(True))
        grad = None
        if isinstance(out, torch.Tensor) and out.requires_grad:
            out.sum().backward()
            grad = x.grad
        outs = [_tensor_or_none(out), _tensor_or_none(second)]
        return {"module": True, "outs": outs, "x_after": x, "grad": grad}

    def measure(self, case, output):
        if "raised" in output:
            return {f"refusal of {case['drop_prob']}": Same(str(output["raised"])[:40])}
        if not output["module"]:
            raise Malformed("The class is not an nn.Module.")
        outs, x = output["outs"], inputs(case)
        features = form(case, outs[0], output["x_after"])
        if case["name"].startswith("testing"):
            return features | test_features("output in eval mode", outs[0])
        if "shape" not in case:
            return features | {f"output at drop probability {case['drop_prob']:g}": Close(outs[0])}
        form(case, outs[1])
        features.update(drawn_features(outs, x, 1 - case["drop_prob"]))
        if isinstance(output["grad"], np.ndarray) and "problem" not in features:
            features.update(slopes(output["grad"], np.ones_like(x), outs[0], x))
        return features


def _tensor_or_none(value):
    return value if isinstance(value, torch.Tensor) else None


def _raised(answer, drop_prob):
    try:
        answer(drop_prob)
    except NotImplementedError:
        raise
    except Exception as error:
        return type(error).__name__
    return "no error"


EXERCISES = (
    VanillaDropout(),
    VanillaBackward(),
    InvertedDropout(),
    InvertedBackward(),
    DropoutModule(),
)

"""Penalties on the weights with their gradients, and max norm, which is a projection."""

import numpy as np

from autograder.exercise import Malformed, Part
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise, close, form

LECTURE = "Lecture 3, section 3: Penalties on the weights"


def weights(case: dict) -> np.ndarray:
    """The case's weights, some of them exactly zero."""
    rng = np.random.default_rng(case["seed"])
    values = rng.normal(size=case["shape"])
    values[rng.random(case["shape"]) < 0.2] = 0
    return values.astype(case["dtype"])


def shaped_cases(rng_for, shapes, **drawn) -> list[dict]:
    """A case for each shape and dtype; `drawn` names further numbers by their bounds."""
    cases = []
    for shape, dtype in shapes:
        name = f"{' x '.join(map(str, shape))}, {dtype}"
        rng = rng_for(name)
        case = {"name": name, "seed": int(rng.integers(2**31)), "shape": shape, "dtype": dtype}
        cases.append(
            case | {key: round(float(rng.uniform(*ends)), 3) for key, ends in drawn.items()}
        )
    return cases


class L2Penalty(FunctionExercise):
    """`l2_penalty(weight, bias, strength) -> (penalty, grad_weight, grad_bias)`."""

    name = "penalties.l2"
    title = "The L2 penalty"
    outputs = ("penalty", "gradient of the weight", "gradient of the bias")
    shown = ("strength",)
    flagged = ("weight_decay",)
    parts = (
        Part("penalty", 1, outputs[:1], LECTURE),
        Part("gradient of the weight", 1, outputs[1:2], LECTURE),
        Part(
            "the bias is left alone",
            1,
            outputs[2:],
            LECTURE,
            needs=("penalty", "gradient of the weight"),
        ),
        Part(
            "dtype kept, arguments left alone",
            1,
            (DTYPE, UNCHANGED),
            LECTURE,
            needs=("penalty", "gradient of the weight"),
        ),
    )
    mistakes = {
        "half": "This is the form with one half, λ/2 ΣW² with gradient λW; here it is λΣW².",
        "no_two": "The gradient lacks the factor 2 that the square leaves behind.",
        "bias_included": "The bias is penalized too; here only the weight is.",
        "not_squared": "The penalty is the norm of the weight, not its square: there is a root too many.",
        "averaged": "The squares are averaged, not added up.",
        "no_strength": "The gradient is not multiplied by the strength.",
        "strength_forgotten": "Neither the penalty nor the gradient is multiplied by the strength.",
        "absolute": "This is the L1 penalty: absolute values instead of squares.",
        "decayed": "The weight is returned after a step of decay; its gradient is asked for.",
        "in_place": "The weight is changed in place; the network still needs it.",
    }

    def cases(self, rng_for):
        shapes = (([7, 11], "float32"), ([1, 3], "float64"), ([5, 2, 3, 1], "float64"))
        return shaped_cases(rng_for, shapes, strength=(0.01, 0.4))

    def arguments(self, case):
        bias = np.random.default_rng(case["seed"] + 1).normal(size=case["shape"][0])
        return {
            "weight": weights(case),
            "bias": bias.astype(case["dtype"]),
            "strength": case["strength"],
        }


class ElasticNet(FunctionExercise):
    """`elastic_net(weight, strength, beta) -> (penalty, gradient)`; with beta = 0 it is L1."""

    name = "penalties.elastic_net"
    title = "L1 and the elastic net"
    outputs = ("penalty", "gradient")
    shown = ("strength", "beta")
    flagged = ("L1Loss", "l1_loss", "ElasticNet")
    parts = (
        Part("L1 alone, beta = 0", 2, ("penalty at beta = 0", "gradient at beta = 0"), LECTURE),
        Part("both together", 2, ("penalty", "gradient", DTYPE, UNCHANGED), LECTURE),
    )
    mistakes = {
        "no_absolute": "The weights are added up with their signs; take absolute values.",
        "gradient_of_ones": "The gradient of the L1 term is +λ everywhere; it is −λ where a weight is negative.",
        "minus_at_zero": "At a weight of exactly 0 the gradient of the L1 term should be 0; here it is −λ.",
        "nan_at_zero": "At a weight of exactly 0 the gradient is 0 / 0 = NaN; take it as 0 there.",
        "beta_on_l1": "beta stands in front of the absolute values; it belongs to the squares.",
        "convex": "The absolute values are weighted with 1 − beta; here their factor is 1.",
        "half": "The squares are halved: β/2 ΣW² is another convention.",
        "no_two": "The gradient of the squares lacks the factor 2.",
        "strength_once": "The strength multiplies the squares only; it multiplies both terms.",
        "averaged": "The terms are averaged over the weights, not added up.",
        "in_place": "The weight is changed in place; the network still needs it.",
    }

    def cases(self, rng_for):
        shapes = (([5, 13], "float32"), ([1, 17], "float64"), ([3, 2, 3, 3], "float64"))
        cases = shaped_cases(rng_for, shapes, strength=(0.01, 0.4), beta=(0.2, 0.8))
        shapes = (([11, 6], "float32"), ([23], "float64"))
        cases += shaped_cases(rng_for, shapes, strength=(0.01, 0.4))
        return [{"beta": 0.0} | case for case in cases]

    def arguments(self, case):
        return {"weight": weights(case), "strength": case["strength"], "beta": case["beta"]}

    def label(self, case, output):
        return output if case["beta"] else f"{output} at beta = 0"


class MaxNorm(FunctionExercise):
    """`max_norm(weight, radius) -> weight`: rows longer than the radius are put back onto the ball.

    Every second row of a case's weight lies inside the ball, the first of all is zero; the others lie outside.
    """

    name = "penalties.max_norm"
    title = "Max norm, a projection"
    outputs = ("weight",)
    shown = ("radius",)
    flagged = ("renorm", "clip_grad_norm_")
    parts = (
        Part("rows outside the ball are put onto it", 2, ("rows outside",), LECTURE),
        Part(
            "rows inside stay as they are",
            1,
            ("rows inside",),
            LECTURE,
            needs=("rows outside the ball are put onto it",),
        ),
        Part(
            "dtype kept, weight left alone",
            1,
            (DTYPE, UNCHANGED),
            LECTURE,
            needs=("rows outside the ball are put onto it",),
        ),
    )
    mistakes = {
        "all_rows": "Rows inside the ball are stretched to the radius too; only longer rows change.",
        "whole_matrix": "One length is taken of the whole weight; each row has a length of its own.",
        "columns": "Columns are projected; the incoming weights of a unit are a row.",
        "squared": "The length is not the root of the sum of squares: the root is missing.",
        "entries": "Each entry is clamped to the radius; it is the length of a row that is limited.",
        "l1_length": "The length of a row is taken as the sum of absolute values.",
        "unit_length": "Rows outside get length 1, not the radius.",
        "scaled_twice": "The factor is applied twice: rows outside become shorter than the radius.",
        "nan_at_zero": "A row of zeros becomes 0 / 0 = NaN; it lies inside the ball and stays.",
        "decayed": "All rows are scaled down alike, as weight decay does.",
        "in_place": "The weight is changed in place; a new tensor is asked for.",
    }

    def cases(self, rng_for):
        shapes = (([9, 7], "float32"), ([6, 13], "float64"), ([4, 1], "float64"))
        return shaped_cases(rng_for, shapes, radius=(1.5, 4))

    def arguments(self, case):
        rng = np.random.default_rng(case["seed"])
        rows = rng.normal(size=case["shape"])
        rows /= np.sqrt((rows**2).sum(1, keepdims=True))
        lengths = rng.uniform(0.4, 0.9, len(rows))
        lengths[1::2] = rng.uniform(1.3, 3, len(rows) // 2)
        lengths[0] = 0
        weight = case["radius"] * lengths[:, None] * rows
        return {"weight": weight.astype(case["dtype"]), "radius": case["radius"]}

    def measure(self, case, output):
        if "described" in output["returned"]:
            raise Malformed(
                f"The function returned {output['returned']['described']}; a tensor is asked for."
            )
        [weight] = output["returned"]["values"]
        shape = tuple(case["shape"])
        if np.shape(weight) != shape:
            raise Malformed(
                f"The returned weight has shape {np.shape(weight)}, the given one {shape}."
            )
        return {  # within float32's tolerance in both dtypes: torch.renorm adds 1e-7 to a length
            "rows inside": close(weight[::2], "float32"),
            "rows outside": close(weight[1::2], "float32"),
            **form({weight.sender_dtype}, self.arguments(case), output["after"]),
        }


EXERCISES = (L2Penalty(), ElasticNet(), MaxNorm())

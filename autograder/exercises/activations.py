"""Activation functions with gradients written by hand: leaky ReLU (Maas et al., 2013), ELU (Clevert et al., 2016),
and the sigmoid approximation of GELU (Hendrycks and Gimpel, 2016).
"""

import numpy as np

from autograder.exercise import Part
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise, close

LECTURE = "Lecture 1, section 1: Activation functions"
OUTPUT, GRADIENT = "output", "gradient"
# A mask times a number is float32 in torch, so a right slope may be rounded to that in float64 too.
SCALE = {"float32": 1, "float64": 100}
AT_LARGE = " at large inputs"

NOT_CHAINED = "The backward pass returns the slope alone; the chain rule multiplies it by grad_out."
BY_GRADIENT = "The sign of grad_out decides which slope is used; the sign of x does."
IN_PLACE = "An argument is changed in place; the caller still needs it."
FLOAT32 = "The result is not of the input's dtype: a float64 input must give a float64 output."


class Activation(FunctionExercise):
    """`{"forward": f, "backward": b}` with `f(x, *number)` and `b(grad_out, x, *number)`.

    number  the name of the argument after x, where there is one, and the values it takes by case
    """

    number: tuple[str, tuple[float, float]] | None = None
    large: tuple[str, ...] = (OUTPUT, GRADIENT)

    @property
    def shown(self):
        return self.number[:1] if self.number else ()

    def cases(self, rng_for):
        plain = (OUTPUT, [7], "float32"), (OUTPUT, [2, 1, 4], "float64"), (OUTPUT, [1], "float64")
        back = (GRADIENT, [7], "float32"), (GRADIENT, [2, 1, 4], "float64")
        cases = [self.case(rng_for, asked, shape, dtype) for asked, shape, dtype in plain + back]
        for asked in self.large:
            cases += [
                self.case(rng_for, asked, [6], dtype, large=True)
                for dtype in ("float32", "float64")
            ]
        return cases

    def case(self, rng_for, asked, shape, dtype, large=False):
        size = " x ".join(map(str, shape))
        name = f"{asked}{AT_LARGE if large else ''}, {size}, {dtype}"
        rng = rng_for(name)
        case = {"name": name, "seed": int(rng.integers(2**31)), "asked": asked, "shape": shape}
        case |= {"dtype": dtype, "large": large}
        if self.number:
            case[self.number[0]] = round(float(rng.uniform(*self.number[1])), 3)
        return case

    def arguments(self, case):
        rng = np.random.default_rng(case["seed"])
        signs = rng.permutation(np.resize([1.0, -1.0], case["shape"]).ravel())
        sizes = (
            rng.uniform(200, 900, len(signs)) if case["large"] else rng.uniform(0.2, 3, len(signs))
        )
        if not case["large"] and len(signs) > 1:
            sizes[np.argmax(signs)] = 0.005  # just right of 0
        x = (signs * sizes).reshape(case["shape"]).astype(case["dtype"])
        grad_out = rng.normal(size=case["shape"]).astype(case["dtype"])
        given = {"grad_out": grad_out} if case["asked"] == GRADIENT else {}
        given["x"] = x
        return given | ({self.number[0]: case[self.number[0]]} if self.number else {})

    def call(self, answer, arguments):
        function = answer["backward" if "grad_out" in arguments else "forward"]
        return function(*arguments.values())

    def label(self, case, output):
        return case["asked"] + (AT_LARGE if case["large"] else "")

    def measure(self, case, output):
        features = super().measure(case, output)
        (value,) = output["returned"]["values"]
        found = close(value, case["dtype"], SCALE[case["dtype"]])
        return features | {self.label(case, OUTPUT): found}


class LeakyReLU(Activation):
    name = "activations.leaky_relu"
    title = "Leaky ReLU and its gradient"
    number = ("slope", (0.03, 0.4))
    large = ()
    flagged = ("leaky_relu", "LeakyReLU", "backward", "grad")
    parts = (
        Part("output", 2, (OUTPUT, "output with slope 0"), LECTURE),
        Part("gradient", 3, (GRADIENT, "gradient with slope 0"), LECTURE),
        Part("dtype kept, inputs left alone", 1, (DTYPE, UNCHANGED), LECTURE, needs=(OUTPUT,)),
    )
    mistakes = {
        "relu": "Negative inputs give 0: this is ReLU, the slope is not used.",
        "fixed_slope": "The slope is fixed at 0.01; it is an argument.",
        "sides_swapped": "The positive side is scaled and the negative one kept; it is the other way round.",
        "sign_flipped": "Negative inputs come out positive: x is already negative, so no minus is needed.",
        "slope_for_output": "Negative inputs give the slope itself; they give the slope times x.",
        "zero_gradient": "No gradient passes on the negative side: that is ReLU's, here the slope passes it.",
        "one_gradient": "The gradient passes unscaled on both sides; on the negative side it takes the slope.",
        "not_chained": NOT_CHAINED,
        "sign_of_gradient": BY_GRADIENT,
        "times_output": "grad_out is multiplied by the output; it is multiplied by the derivative of the output.",
        "in_place": IN_PLACE,
        "float32": FLOAT32,
    }

    def cases(self, rng_for):
        zero = [self.case(rng_for, asked, [5], "float32") for asked in (OUTPUT, GRADIENT)]
        for case in zero:
            case |= {"slope": 0.0, "name": f"{case['name']}, slope 0"}
        return super().cases(rng_for) + zero

    def label(self, case, output):
        return super().label(case, output) + ("" if case["slope"] else " with slope 0")


class ELU(Activation):
    name = "activations.elu"
    title = "ELU and its gradient"
    number = ("alpha", (0.3, 0.8))
    flagged = ("elu", "ELU", "backward", "grad")
    parts = (
        Part("output", 2, (OUTPUT,), LECTURE),
        Part("gradient", 2, (GRADIENT,), LECTURE),
        Part(
            "large inputs",
            1,
            (OUTPUT + AT_LARGE, GRADIENT + AT_LARGE),
            LECTURE,
            needs=(OUTPUT, GRADIENT),
        ),
        Part("dtype kept, inputs left alone", 1, (DTYPE, UNCHANGED), LECTURE, needs=(OUTPUT,)),
    )
    mistakes = {
        "alpha_ignored": "alpha is not used; it scales the negative side.",
        "no_minus_one": "The minus 1 is missing: at 0 the function jumps to alpha.",
        "minus_one_outside": "alpha multiplies only the exponential; it multiplies the difference exp(x) − 1.",
        "alpha_inside": "alpha stands in the exponent; it stands before the bracket.",
        "one_minus": "The negative side is alpha (1 − exp(x)), which is positive; it is alpha (exp(x) − 1).",
        "overflow": "Large inputs give NaN: exp overflows, and 0 × inf is NaN. Choose the side with torch.where.",
        "output_for_slope": "On the negative side the backward pass uses the output; the constant −1 has no slope.",
        "no_alpha_in_gradient": "alpha is missing in the gradient.",
        "power_rule": "The derivative of exp(x) is exp(x), with no factor x.",
        "zero_gradient": "No gradient passes on the negative side: that is ReLU's.",
        "not_chained": NOT_CHAINED,
        "sign_of_gradient": BY_GRADIENT,
        "in_place": IN_PLACE,
        "float32": FLOAT32,
    }


class GELU(Activation):
    name = "activations.gelu"
    title = "GELU, approximated, and its gradient"
    flagged = ("gelu", "GELU", "silu", "backward", "grad")
    parts = (
        Part("output", 2, (OUTPUT,), LECTURE),
        Part("gradient", 2, (GRADIENT,), LECTURE),
        Part(
            "large inputs",
            1,
            (OUTPUT + AT_LARGE, GRADIENT + AT_LARGE),
            LECTURE,
            needs=(OUTPUT, GRADIENT),
        ),
        Part("dtype kept, inputs left alone", 1, (DTYPE, UNCHANGED), LECTURE, needs=(OUTPUT,)),
    )
    mistakes = {
        "exact": "This is the exact GELU, x Φ(x); the approximation x σ(1.702 x) is asked for.",
        "by_tanh": "This is GELU's approximation by tanh; the one by the sigmoid is asked for.",
        "swish": "The factor 1.702 is missing: this is Swish (SiLU).",
        "factor_outside": "1.702 multiplies the output too; it stands inside the sigmoid only.",
        "only_sigmoid": "The factor x before the sigmoid is missing.",
        "overflow": "Large inputs give NaN: an exponential overflows. torch.sigmoid is safe.",
        "no_product_rule": "The gradient holds the sigmoid alone; the product rule has a second term.",
        "second_term_only": "The gradient lacks the sigmoid itself, the first term of the product rule.",
        "no_inner_factor": "The gradient lacks 1.702, the derivative of what stands inside the sigmoid.",
        "no_x_in_gradient": "The second term of the product rule lacks its factor x.",
        "one_minus_missing": "The sigmoid's derivative is σ (1 − σ); the factor 1 − σ is missing.",
        "not_chained": NOT_CHAINED,
        "in_place": IN_PLACE,
        "float32": FLOAT32,
    }


EXERCISES = (LeakyReLU(), ELU(), GELU())

"""A convolution written as the matrix of a fully connected layer."""

import numpy as np

from autograder.exercise import Malformed, Part
from autograder.features import Problem, Same
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise, close

LECTURE = "Lecture 9, section 1: Why convolution"
COST = "Lecture 9, section 2: What a layer costs"
SHAPE = "shape of the matrix"


class AsMatrix(FunctionExercise):
    """`answer(weight, shape, stride, padding)`, [C' H' W', C H W] from a weight [C', C, K, K]."""

    name = "convolution.matrix"
    title = "A convolution as a matrix"
    shown = ("shape", "stride", "padding")
    flagged = ("conv2d", "Conv2d", "unfold", "Unfold")
    outputs = ("matrix",)
    parts = (
        Part("one channel: a row for each output", 3, ("output, one channel",), LECTURE),
        Part("several channels", 2, ("output, several channels",), LECTURE),
        Part("padding", 2, ("output with padding",), COST),
        Part("stride", 2, ("output with stride",), COST),
        Part(
            "shape, dtype, inputs left alone",
            1,
            (SHAPE, DTYPE, UNCHANGED),
            LECTURE,
            needs=("one channel: a row for each output", "several channels"),
        ),
    )
    mistakes = {
        "flipped": "The kernel is flipped; what deep learning calls convolution does not flip it.",
        "kernel_transposed": "Rows and columns of the kernel are exchanged.",
        "transposed": "The matrix is transposed: a row belongs to an output, a column to an input.",
        "channels_last": "Columns are in the order [H, W, C]; x.flatten() of [C, H, W] takes channel by channel.",
        "output_channels_last": "Rows are in the order [H', W', C']; the output is flattened channel by channel.",
        "image_transposed": "Columns run down the image's columns; x.flatten() reads row by row.",
        "padding_ignored": "Padding is ignored: the output is smaller than it should be.",
        "padding_once": "Padding is added on top and left only; it stands on both sides.",
        "padding_kept": "The matrix has columns for the padding; padded zeros are no inputs.",
        "wrapped": "The kernel wraps around the border; beyond the border there are zeros.",
        "stride_ignored": "The stride is ignored: the kernel moves by one pixel.",
        "stride_in_rows_only": "The stride is used down the image only; it counts across as well.",
        "first_input_channel": "Only the first input channel is used; an output sums over all of them.",
        "channels_mixed": "Input and output channels of the weight are exchanged: it is [outputs, inputs, K, K].",
        "averaged": "The weights are divided by their number; a convolution sums.",
        "float32": "The matrix is not of the weight's dtype.",
    }

    def cases(self, rng_for):
        made = []
        for name, channels, kernels, strides, paddings, dtype in (
            ("one channel", (1, 1), (2, 4), (1, 2), (0, 1), "float32"),
            ("one channel, the kernel as large as the image", (1, 1), (4, 5), (1, 2), (0, 1), "float64"),
            ("several channels", (2, 3), (2, 4), (1, 2), (0, 1), "float64"),
            ("as many channels out as in", (2, 2), (2, 3), (1, 2), (0, 1), "float32"),
            ("padding", (2, 2), (3, 4), (1, 2), (1, 3), "float64"),
            ("stride", (2, 3), (2, 3), (2, 4), (0, 1), "float32"),
            ("stride and padding", (1, 2), (3, 4), (2, 3), (1, 2), "float64"),
        ):  # fmt: skip
            rng = rng_for(name)
            height = int(rng.integers(4, 6))
            shape = [channels[0], height, height + int(rng.integers(1, 3))]
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype, "shape": shape}
            case |= {"outputs": channels[1], "kernel_size": int(rng.integers(*kernels))}
            case |= {"stride": int(rng.integers(*strides)), "padding": int(rng.integers(*paddings))}
            made.append(case)
        return made

    def arguments(self, case):
        rng = np.random.default_rng(case["seed"])
        size = (case["outputs"], case["shape"][0], case["kernel_size"], case["kernel_size"])
        arguments = {"weight": rng.normal(0, 1, size).astype(case["dtype"])}
        arguments["shape"] = tuple(case["shape"])
        return arguments | {"stride": case["stride"], "padding": case["padding"]}

    def asked(self):
        return "a matrix, as a tensor, is asked for"

    def describe(self, case):
        kernel = f"weight of shape {self.arguments(case)['weight'].shape}"
        return f"{super().describe(case)}, {kernel}"

    def label(self, case, output):
        if case["stride"] > 1:
            return "output with stride"
        if case["padding"]:
            return "output with padding"
        return "output, one channel" if case["shape"][0] == 1 else "output, several channels"

    def measure(self, case, output):
        features = super().measure(case, output)
        features.pop(self.label(case, "matrix"))
        matrix = output["returned"]["values"][0]
        if not isinstance(matrix, np.ndarray):
            raise Malformed(f"The function returned a number; {self.asked()}.")
        features[SHAPE] = Same(" x ".join(map(str, matrix.shape)))
        image = np.random.default_rng(case["seed"] + 1).normal(0, 1, int(np.prod(case["shape"])))
        if matrix.ndim != 2 or matrix.shape[1] != image.size:
            product = Problem(
                f"A matrix of shape {matrix.shape} cannot be multiplied with an image of {image.size} values."
            )
        else:
            product = close(matrix.astype("float64") @ image, case["dtype"])
        return features | {self.label(case, "matrix"): product}


EXERCISES = (AsMatrix(),)

"""Accounting: sizes, parameters, memory and receptive fields of a stack of layers, all counted in whole numbers.

A layer is a dict, as the assignment's text says: its `kind`, and what that kind needs.
"""

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Close, Same
from autograder.functions import in_words

COST = "Lecture 9, section 2: What a layer costs"
ALEXNET = "Lecture 9, section 4: AlexNet"
VGG = "Lecture 9, section 5: VGG"
KIND = "kind of number"
EXACT = 1e-3  # the counts are whole numbers


def conv(channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True) -> dict:
    layer = {"kind": "conv", "channels": channels, "kernel_size": kernel_size, "stride": stride}
    return layer | {"padding": padding, "dilation": dilation, "groups": groups, "bias": bias}


def pool(kernel_size, stride, padding=0, dilation=1) -> dict:
    layer = {"kind": "pool", "kernel_size": kernel_size, "stride": stride}
    return layer | {"padding": padding, "dilation": dilation}


def linear(features, bias=True) -> dict:
    return {"kind": "linear", "features": features, "bias": bias}


def batch_norm() -> dict:
    return {"kind": "batch_norm"}


def global_mean() -> dict:
    return {"kind": "global_mean"}


def alexnet(groups: int) -> list[dict]:
    return [
        conv(96, 11, stride=4),
        pool(3, 2),
        conv(256, 5, padding=2, groups=groups),
        pool(3, 2),
        conv(384, 3, padding=1),
        conv(384, 3, padding=1, groups=groups),
        conv(256, 3, padding=1, groups=groups),
        pool(3, 2),
        *map(linear, (4096, 4096, 1000)),
    ]


def vgg(channels, counts, features) -> list[dict]:
    layers = []
    for width, count in zip(channels, counts, strict=True):
        layers += [conv(width, 3, padding=1)] * count + [pool(2, 2)]
    return layers + list(map(linear, features))


def plain_number(value):
    """A returned number as one that can be sent, None where it is none."""
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) < 2**53 else float(value)


def numbers_of(values) -> list | None:
    """The numbers of a list, tuple, array or tensor; None where it holds anything else."""
    if isinstance(values, torch.Tensor | np.ndarray):
        values = values.tolist()
    if not isinstance(values, list | tuple):
        return None
    numbers = [plain_number(value) for value in values]
    return None if None in numbers else numbers


def kind_of(numbers) -> Same:
    whole = all(isinstance(number, int) for number in numbers)
    return Same("int" if whole else "float")


def counted(numbers, what: str) -> Close:
    return Close(numbers, rtol=0, atol=EXACT, dims=[[what, 0]])


class Count(Exercise):
    """`answer(*arguments)` returns one whole number; a case holds several calls, compared as one feature.

    asked  what the number is, in words
    """

    asked: str

    def calls(self, case: dict) -> list[tuple]:
        """The arguments of each call."""
        raise NotImplementedError

    def label(self, case: dict) -> str:
        """The feature that a case's numbers are compared as."""
        return f"{self.asked}{case['where']}"

    def probe(self, answer, case, device):
        numbers = []
        for arguments in self.calls(case):
            returned = answer(*arguments)
            numbers.append(plain_number(returned))
            if numbers[-1] is None:
                return {"described": in_words(returned)}
        return {"numbers": numbers}

    def measure(self, case, output):
        if "described" in output:
            raise Malformed(f"The function returned {output['described']}; an int is asked for.")
        numbers = output["numbers"]
        return {self.label(case): counted(numbers, "call"), KIND: kind_of(numbers)}


class OutputSide(Count):
    """`answer(side, kernel_size, stride, padding, dilation)`."""

    name = "accounting.side"
    title = "The output's side"
    asked = "output sides"
    shown = ("calls",)
    parts = (
        Part("kernel and padding", 2, ("output sides",), COST),
        Part("stride, rounded down", 2, ("output sides with stride",), COST),
        Part("dilation", 1, ("output sides with dilation",), COST),
        Part("the result is an int", 1, (KIND,), COST, needs=("kernel and padding",)),
    )
    mistakes = {
        "rounded_up": "The division is rounded up; a window that does not fit is left out, so it is rounded down.",
        "rounded": "The division is rounded to the nearest number; it is rounded down.",
        "not_rounded": "The division is not rounded down, so the side is no whole number.",
        "padding_once": "Padding is added once; it stands on both sides.",
        "padding_ignored": "Padding is ignored; it stands on both sides.",
        "no_plus_one": "The window's first place is missing: add 1 to the number of steps that it can take.",
        "plus_one_inside": "The 1 is added before the division by the stride; it is added after it.",
        "side_over_stride": "The side is divided by the stride alone; kernel size and padding count as well.",
        "dilation_ignored": "Dilation is ignored; it spreads the kernel.",
        "dilation_times_kernel": "The spread kernel is taken as dilation times kernel size; K weights have K - 1 gaps.",
        "dilation_added": "Dilation is added once; it stretches each of the K - 1 gaps.",
        "float_kind": "The number is right, but it is a float; a side is an int.",
    }

    def cases(self, rng_for):
        made = []
        for name, where, strides, dilations, paddings in (
            ("no padding", "", (1, 2), (1, 2), (0, 1)),
            ("padding", "", (1, 2), (1, 2), (1, 4)),
            ("stride", " with stride", (2, 5), (1, 2), (0, 1)),
            ("stride and padding", " with stride", (2, 5), (1, 2), (1, 4)),
            ("dilation", " with dilation", (1, 2), (2, 5), (0, 3)),
            ("all together", " with dilation", (2, 4), (2, 4), (1, 4)),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "where": where, "calls": []}
            for remainder in range(6):
                kernel, stride = int(rng.integers(2, 6)), int(rng.integers(*strides))
                padding, dilation = int(rng.integers(*paddings)), int(rng.integers(*dilations))
                side = (kernel - 1) * dilation + stride * int(rng.integers(4, 9)) + remainder + 1
                case["calls"].append([side, kernel, stride, padding, dilation])
            # A remainder of 3/4 and one of 1/4, which rounding to the nearest tells apart.
            if strides[0] > 1:
                case["calls"] += [[24, 4, 4, padding, 1], [26, 4, 4, padding, 1]]
                case["calls"] += [[27, 4, 4, padding, 1]]
            made.append(case)
        return made

    def calls(self, case):
        return [tuple(call) for call in case["calls"]]


class Parameters(Count):
    """`answer(layers, shape)`, of a stack of layers on an input of shape (C, H, W)."""

    name = "accounting.parameters"
    title = "The parameters of a stack"
    asked = "parameters"
    parts = (
        Part("convolutions", 3, ("parameters",), COST),
        Part("groups", 2, ("parameters with groups",), ALEXNET),
        Part("fully connected layers", 2, ("parameters with linear layers",), COST),
        Part("layers without bias", 1, ("parameters without bias",), COST),
        Part("batch norm", 1, ("parameters with batch norm",), COST),
        Part("the result is an int", 1, (KIND,), COST, needs=("convolutions",)),
    )
    mistakes = {
        "bias_forgotten": "Biases are not counted: each output channel has one.",
        "bias_always": "Biases are counted also where a layer has none (bias is False).",
        "bias_per_place": "A bias is counted for every place of the output; a channel shares one.",
        "groups_ignored": "Groups are ignored: a filter sees only the channels of its own group.",
        "groups_twice": "Input's and output's channels are both divided by groups; the number of filters stays.",
        "groups_divide_bias": "Biases are divided by groups as well; each filter keeps its own.",
        "kernel_not_squared": "A filter is counted as K long; it has K x K places.",
        "image_channels": "Every convolution is given the image's channels; it gets those of the layer before.",
        "not_flattened": "A linear layer is given the channels alone; it gets every value, all places of all channels.",
        "pool_ignored": "Pooling does not shrink the image here, so the linear layer gets too many values.",
        "square_image": "The height is taken for the width too; the image need not be square.",
        "mean_ignored": "The global mean leaves one value a channel; here the linear layer gets all places.",
        "pool_has_weights": "Pooling is given weights; it has none.",
        "norm_left_out": "Batch norm's parameters are left out: a scale and a shift for each channel.",
        "norm_once": "Batch norm is given one parameter a channel; it has a scale and a shift.",
        "norm_statistics": "Batch norm's running statistics are counted; they are buffers, nothing learns them.",
        "last_layer": "Only the last layer is counted: the numbers are not added up.",
        "float_kind": "The number is right, but it is a float; a count is an int.",
    }

    def cases(self, rng_for):
        made = []
        for name, kind, where in (
            ("convolutions and pooling", "convolutions", ""),
            ("one layer", "one", ""),
            ("groups", "groups", " with groups"),
            ("AlexNet, two groups", "alexnet 2", " with groups"),
            ("AlexNet, ungrouped", "alexnet 1", " with linear layers"),
            ("linear layers", "linear", " with linear layers"),
            ("a global mean", "mean", " with linear layers"),
            ("without bias", "no bias", " without bias"),
            ("batch norm", "norm", " with batch norm"),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "kind": kind}
            made.append(case | {"where": where})
        return made

    def calls(self, case):
        if case["kind"].startswith("alexnet"):
            return [(alexnet(int(case["kind"][-1])), (3, 227, 227))]
        rng = np.random.default_rng(case["seed"])
        return [drawn_stack(rng, case["kind"]) for _ in range(2)]

    def describe(self, case):
        if case["kind"].startswith("alexnet"):
            return case["name"]
        layers, shape = self.calls(case)[0]
        words = ", ".join(told(layer) for layer in layers)
        return f"{case['name']}: first call on {shape}: {words}"


def told(layer: dict) -> str:
    """A layer in the words that the text's functions have for it."""
    rest = [f"{key}={value}" for key, value in layer.items() if key != "kind"]
    return f"{layer['kind']}({', '.join(rest)})"


def drawn_stack(rng, kind: str) -> tuple[list[dict], tuple[int, int, int]]:
    """A stack of one kind and a shape that it takes; height and width differ."""

    def width():
        return 4 * int(rng.integers(2, 7))

    shape = (int(rng.integers(2, 5)), *(int(side) for side in rng.permutation([17, 22, 26])[:2]))
    bias = kind != "no bias"
    first = conv(width(), 5, stride=2, padding=int(rng.integers(3)), bias=bias)
    if kind == "one":
        return [first], shape
    groups = int(rng.choice([2, 4])) if kind == "groups" else 1
    second = conv(width(), 3, padding=1, groups=groups, bias=bias)
    layers = {
        "convolutions": [first, pool(2, 2), second],
        "groups": [first, second, conv(width(), 1)],
        "linear": [first, second, pool(3, 2), linear(int(rng.integers(20, 40))), linear(10)],
        "mean": [first, second, global_mean(), linear(int(rng.integers(5, 12)))],
        "no bias": [first, second, linear(int(rng.integers(5, 12)), bias=False), linear(7)],
        "norm": [first, batch_norm(), second, batch_norm(), pool(2, 2)],
    }[kind]
    return layers, shape


class Memory(Exercise):
    """`answer(layers, shape, batch_size) -> (activations, parameters, num_bytes)`; two lists and a number."""

    name = "accounting.memory"
    title = "A memory accountant"
    shown = ("batch_size",)
    parts = (
        Part("activations of the layers", 3, ("activations of the layers",), VGG),
        Part("the input counts", 1, ("activations of the input",), VGG),
        Part("parameters of each row", 2, ("parameters",), VGG),
        Part("bytes for one image", 2, ("bytes for one image",), VGG),
        Part("bytes for a batch", 1, ("bytes for a batch",), VGG),
        Part(
            "all numbers are ints",
            1,
            (KIND,),
            VGG,
            needs=("activations of the layers", "parameters of each row"),
        ),
    )
    mistakes = {
        "input_left_out": "The input has no row; it is kept in memory as well, so the first row is its.",
        "input_zero": "The input is counted as 0 activations; it is kept in memory as well.",
        "input_of_each": "A row holds what goes into its layer; it is to hold what comes out.",
        "pool_left_out": "The output of pooling is counted as 0; it is kept in memory as well.",
        "channels_left_out": "The places of one channel are counted; there are as many for each channel.",
        "values": "Values are returned where bytes are asked for: each takes 4 bytes in float32.",
        "bits": "Bits are returned where bytes are asked for: float32 has 32 bits, which are 4 bytes.",
        "float64_bytes": "8 bytes are counted for a value; float32 has 4.",
        "megabytes": "Megabytes are returned where bytes are asked for.",
        "last_row": "The bytes are those of the last layer alone; all rows are kept.",
        "largest_row": "The bytes are those of the largest row; all rows are kept for the backward pass.",
        "batch_ignored": "The batch is ignored: each image of it has activations of its own.",
        "batch_in_rows": "The rows hold the whole batch; they are for one image.",
        "parameters_added": "The parameters' bytes are added; activations alone are asked for.",
        "parameters_shifted": "The parameters begin with the first layer's; the first row is the input's, with none.",
        "running_total": "The parameters are summed up from row to row; a row holds its own layer's.",
        "float_kind": "The numbers are right, but floats are among them; counts are ints.",
    }

    def cases(self, rng_for):
        made = []
        for name, kind, batch_size in (
            ("VGG-16", "vgg", 1),
            ("a small VGG", "small", 1),
            ("a small VGG, a batch", "small", None),
            ("an image that is not square", "oblong", None),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "kind": kind}
            made.append(case | {"batch_size": batch_size or int(rng.integers(2, 100))})
        return made

    def arguments(self, case) -> tuple[list[dict], tuple[int, int, int]]:
        if case["kind"] == "vgg":
            layers = vgg((64, 128, 256, 512, 512), (2, 2, 3, 3, 3), (4096, 4096, 1000))
            return layers, (3, 224, 224)
        rng = np.random.default_rng(case["seed"])
        channels = [4 * int(rng.integers(2, 9)) for _ in range(3)]
        features = [int(rng.integers(20, 60)), 10]
        layers = vgg(channels, rng.integers(1, 3, 3).tolist(), features)
        side = 8 * int(rng.integers(3, 6))
        height = side + (5 if case["kind"] == "oblong" else 0)
        return layers, (int(rng.integers(1, 5)), height, side)

    def probe(self, answer, case, device):
        returned = answer(*self.arguments(case), case["batch_size"])
        if not isinstance(returned, tuple | list):
            return {"described": in_words(returned)}
        if len(returned) != 3:
            return {"described": f"a {type(returned).__name__} of {len(returned)}"}
        rows = [numbers_of(part) for part in returned[:2]]
        num_bytes = plain_number(returned[2])
        if None in rows or num_bytes is None:
            return {"described": ", ".join(in_words(part) for part in returned)}
        return {"rows": rows, "bytes": num_bytes}

    def measure(self, case, output):
        if "described" in output:
            raise Malformed(
                f"The function returned {output['described']}; a tuple of a list, a list and a number is asked for."
            )
        activations, parameters = output["rows"]
        size = "one image" if case["batch_size"] == 1 else "a batch"
        after = Close(activations[1:], rtol=0, atol=EXACT, dims=[["row", 1]])
        return {
            "activations of the layers": after,
            "activations of the input": counted(activations[:1], "row"),
            "parameters": counted(parameters, "row"),
            f"bytes for {size}": Close(output["bytes"], rtol=0, atol=EXACT),
            KIND: kind_of([*activations, *parameters, output["bytes"]]),
        }


class ReceptiveField(Count):
    """`answer(layers)`, of a stack of convolutions, pooling and batch norm."""

    name = "accounting.receptive_field"
    title = "The receptive field"
    asked = "receptive fields"
    parts = (
        Part("stride 1", 2, ("receptive fields",), VGG),
        Part("stride", 2, ("receptive fields with stride",), VGG),
        Part("dilation", 1, ("receptive fields with dilation",), VGG),
        Part("the result is an int", 1, (KIND,), VGG, needs=("stride 1",)),
    )
    mistakes = {
        "kernels_added": "Kernel sizes are added up; a further layer adds K - 1, for its middle is seen already.",
        "kernels_multiplied": "Kernel sizes are multiplied; neighbouring windows overlap.",
        "starts_at_zero": "The stack of no layer sees 1 pixel; the count starts at 0.",
        "stride_ignored": "Strides are ignored: after a stride of 2, neighbours lie two pixels apart.",
        "own_stride": "A layer's own stride is counted in its window; it sets only the layers after it apart.",
        "last_stride": "Only the stride of the layer just before is used; strides multiply through the stack.",
        "strides_added": "Strides are added up through the stack; they multiply.",
        "backwards": "Strides are multiplied from the last layer to the first: a stride spreads the layers after it.",
        "pool_ignored": "Pooling is left out; its window sees several pixels too.",
        "pool_stride_ignored": "Pooling's stride is ignored; the layers after it see farther.",
        "dilation_ignored": "Dilation is ignored; it spreads the kernel.",
        "dilation_times_kernel": "The spread kernel is taken as dilation times kernel size; K weights have K - 1 gaps.",
        "dilation_stays": "Dilation is carried to later layers; unlike a stride it spreads its own kernel alone.",
        "float_kind": "The number is right, but it is a float; a count of pixels is an int.",
    }

    def cases(self, rng_for):
        made = []
        for name, where in (
            ("three of 3 x 3", ""),
            ("stride 1", ""),
            ("stride", " with stride"),
            ("pooling", " with stride"),
            ("dilation", " with dilation"),
            ("dilation and stride", " with dilation"),
            ("no layer", ""),
        ):
            rng = rng_for(name)
            made.append({"name": name, "seed": int(rng.integers(2**31)), "where": where})
        return made

    def calls(self, case):
        rng = np.random.default_rng(case["seed"])
        name = case["name"]
        if name == "no layer":
            return [([],), ([batch_norm()],)]
        if name == "three of 3 x 3":
            return [([conv(8, 3, padding=1)] * count,) for count in (3, 1, 2)]

        def layer(stride=1, dilation=1):
            kernel = int(rng.choice([2, 3, 5, 7]))
            return conv(8, kernel, stride, padding=int(rng.integers(3)), dilation=dilation)

        calls = []
        for _ in range(3):
            stride, other, dilation = (int(number) for number in rng.permutation([2, 3, 4]))
            stack = {
                "stride 1": [layer(), batch_norm(), layer(), pool(3, 1), layer()],
                "stride": [layer(stride), layer(other), layer(), layer(2), layer()],
                "pooling": [layer(2), pool(3, stride), layer(), batch_norm(), pool(2, 2), layer()],
                "dilation": [layer(), layer(1, dilation), layer(), layer(1, other)],
                "dilation and stride": [layer(stride), layer(2, dilation), layer()],
            }[name]
            calls.append((stack,))
        return calls

    def describe(self, case):
        words = ", ".join(told(layer) for layer in self.calls(case)[0][0])
        return f"{case['name']}: first call on [{words}]"


EXERCISES = (OutputSide(), Parameters(), Memory(), ReceptiveField())

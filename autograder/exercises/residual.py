"""Residual blocks, judged with weights that the probe loads by name."""

import zlib
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Problem, Same
from autograder.functions import close

LECTURE = "Lecture 9, section 8: ResNet"
NAMES = "parameters and buffers"
UNTOUCHED = "input unchanged"
STATISTICS = "sums of running means after training"


class Block(Exercise):
    """`answer(*sizes, stride)`, an `nn.Module` on images. A case says how the shortcut has to be."""

    shown = ("sizes", "stride")
    batches = {"float32": 3, "float64": 2}

    def made(self, rows, rng_for) -> list[dict]:
        """Cases from rows of name, sizes, stride, kind of shortcut, dtype."""
        cases = []
        for name, sizes, stride, shortcut, dtype in rows:
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "shortcut": shortcut}
            case |= {"sizes": sizes, "stride": stride, "dtype": dtype}
            height = int(rng.integers(5, 8))
            case["shape"] = [self.batches[dtype], sizes[0], height, height + 1]
            cases.append(case)
        return cases

    def probe(self, answer, case, device):
        block = answer(*case["sizes"], case["stride"])
        if not isinstance(block, nn.Module):
            return {"problem": "The class is not an nn.Module."}
        block = block.to(device=device, dtype=getattr(torch, case["dtype"]))
        filled(block, case["seed"])
        rng = np.random.default_rng(case["seed"])
        images = torch.from_numpy(rng.normal(0, 1, case["shape"]).astype(case["dtype"])).to(device)
        before = images.clone()
        evaluated = block.eval()(images)
        block.train()
        trained = block(images)
        for output in (evaluated, trained):
            if not isinstance(output, torch.Tensor):
                return {"problem": "The module's output is not a tensor."}
        names = [f"{name} {list(v.shape)}" for name, v in named_values(block)]
        buffers = sorted(block.named_buffers())
        means = [v.sum() for name, v in buffers if name.endswith("running_mean")]
        return {
            "names": ", ".join(sorted(names)),
            "outputs": [evaluated.detach(), trained.detach()],
            "means": means,
            "unchanged": bool(torch.equal(images, before)) if device != "meta" else True,
        }

    def measure(self, case, output):
        if "problem" in output:
            raise Malformed(str(output["problem"]))
        where = case["shortcut"]
        features = {NAMES: Same(str(output["names"])), UNTOUCHED: Same(bool(output["unchanged"]))}
        features[f"shape of the output, {where}"] = Same(str(output["outputs"][0].shape))
        rng = np.random.default_rng(case["seed"] + 1)
        for mode, values in zip(("eval", "training"), output["outputs"], strict=True):
            features[f"output in {mode} mode, {where}"] = weighted_sums(values, rng, case["dtype"])
        means = np.array(output["means"], "float64")
        features[STATISTICS] = close(means, case["dtype"], scale=10)
        return features


def weighted_sums(values, rng, dtype):
    """For each channel one sum over all images and places, weighted by numbers that `rng` draws."""
    if values.ndim != 4:
        return Problem(f"The output has {values.ndim} dimensions; images have 4.")
    images, _, height, width = values.shape
    weights = rng.normal(0, 1, (images, 1, height, width))
    sums = (values.astype("float64") * weights).sum((0, 2, 3))
    return replace(close(sums, dtype, scale=30), dims=[["channel", 0]])


def named_values(block: nn.Module) -> list[tuple[str, torch.Tensor]]:
    """Parameters and running statistics by name; without the counters of batches."""
    return [(name, v) for name, v in block.state_dict().items() if v.is_floating_point()]


@torch.no_grad()
def filled(block: nn.Module, seed: int) -> None:
    """Give each parameter and buffer numbers that depend on the seed, its name and its shape."""
    for name, value in named_values(block):
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        fan_in = max(1, int(np.prod(value.shape[1:])))
        low, high = (0.6, 1.6) if value.ndim == 1 else (-2 / fan_in**0.5, 2 / fan_in**0.5)
        if value.ndim == 1 and name.endswith(("bias", "running_mean")):
            low, high = -0.5, 0.5
        drawn = rng.uniform(low, high, tuple(value.shape))
        value.copy_(torch.from_numpy(drawn).to(value))


def block_parts() -> tuple[Part, ...]:
    """The parts of either block."""
    identity, projected = "identity shortcut", "projection"
    return (
        Part(
            "the identity shortcut, in eval mode",
            3,
            (f"output in eval mode, {identity}", f"shape of the output, {identity}"),
            LECTURE,
        ),
        Part(
            "the projection, in eval mode",
            3,
            (f"output in eval mode, {projected}", f"shape of the output, {projected}"),
            LECTURE,
        ),
        Part(
            "training mode",
            2,
            (
                f"output in training mode, {identity}",
                f"output in training mode, {projected}",
                STATISTICS,
            ),
            LECTURE,
        ),
        Part(
            "names and shapes of parameters",
            1,
            (NAMES,),
            LECTURE,
            needs=("the identity shortcut, in eval mode", "the projection, in eval mode"),
        ),
        Part(
            "input left alone",
            1,
            (UNTOUCHED,),
            LECTURE,
            needs=("the identity shortcut, in eval mode", "the projection, in eval mode"),
        ),
    )


# Mistakes that either block may have.
COMMON = {
    "relu_before_addition": "The last ReLU comes before the addition; it comes after it.",
    "relu_before_and_after": "A ReLU stands before the addition as well, so the block can only add, never subtract.",
    "no_last_relu": "The ReLU after the addition is missing.",
    "no_addition": "The input is not added: this is a plain block.",
    "no_last_norm": "The last batch norm is missing: its output is what is added to the shortcut.",
    "norm_after_addition": "The last batch norm comes after the addition; it comes before it.",
    "norm_after_relu": "Batch norm comes after ReLU; it stands between convolution and ReLU.",
    "no_projection": "The shortcut is always the identity; where the shape changes, it has to be projected.",
    "projection_without_stride": "The projection has no stride, so its output is larger than that of the other path.",
    "projection_without_norm": "The projection has no batch norm; every convolution here is followed by one.",
    "projection_rectified": "ReLU is applied to the shortcut; it carries the input as it is, or projected.",
    "always_projected": "The shortcut is projected always; where the shape stays, it is the identity.",
    "projected_if_channels_change": "The projection is missing where only the stride changes the shape.",
    "projected_if_stride": "The projection is missing where only the number of channels changes.",
    "conv_bias": "The convolutions have biases; batch norm subtracts the mean and has a shift of its own.",
    "shared_norm": "One batch norm is used at two places; each convolution has its own.",
    "in_place": "The input is changed in place; the caller may still need it.",
    "other_names": "The submodules have other names than the text asks for.",
}


class BasicBlock(Block):
    """`answer(inputs, outputs, stride)`; He et al. (2015), two 3 x 3 convolutions."""

    name = "residual.basic"
    title = "A basic residual block"
    flagged = ("torchvision", "resnet18")
    parts = block_parts()
    mistakes = COMMON | {
        "no_relu_between": "The ReLU between the two convolutions is missing.",
        "stride_in_both": "Both convolutions have the stride; only the first has.",
        "stride_in_second": "The second convolution has the stride; the first should.",
        "projection_3x3": "The projection is a 3 x 3 convolution; 1 x 1 is asked for.",
    }

    def cases(self, rng_for):
        rows = (
            ("same shape", [4, 4], 1, "identity shortcut", "float32"),
            ("same shape, float64", [3, 3], 1, "identity shortcut", "float64"),
            ("more channels", [3, 5], 1, "projection", "float64"),
            ("stride 2", [4, 4], 2, "projection", "float32"),
            ("fewer channels", [5, 2], 1, "projection", "float32"),
            ("stride 3, more channels", [3, 5], 3, "projection", "float64"),
        )
        return self.made(rows, rng_for)


class Bottleneck(Block):
    """`answer(inputs, squeezed, outputs, stride)`; He et al. (2015), 1 x 1, 3 x 3, 1 x 1."""

    name = "residual.bottleneck"
    title = "A bottleneck block"
    flagged = ("torchvision", "resnet50")
    parts = block_parts()
    mistakes = COMMON | {
        "no_first_relu": "The ReLU after the first batch norm is missing.",
        "no_second_relu": "The ReLU after the second batch norm is missing.",
        "stride_in_first": "The first 1 x 1 convolution has the stride, as in the paper; here the 3 x 3 has it.",
        "stride_in_last": "The last 1 x 1 convolution has the stride; the 3 x 3 should.",
        "squeezed_late": "The squeeze comes at the 3 x 3 convolution, which is then dear; the first 1 x 1 squeezes.",
        "widened_early": "The 3 x 3 convolution widens already; the last 1 x 1 should.",
        "three_by_three": "All three convolutions are 3 x 3; the first and the last are 1 x 1.",
        "fixed_expansion": "outputs is ignored: the block always has four times as many channels as squeezed.",
    }

    def cases(self, rng_for):
        rows = (
            ("same shape", [4, 2, 4], 1, "identity shortcut", "float32"),
            ("same shape, float64", [6, 3, 6], 1, "identity shortcut", "float64"),
            ("more channels", [3, 2, 5], 1, "projection", "float64"),
            ("stride 2", [8, 2, 8], 2, "projection", "float32"),
            ("fewer channels", [6, 2, 3], 1, "projection", "float32"),
            ("stride 3, more channels", [4, 3, 6], 3, "projection", "float64"),
        )
        return self.made(rows, rng_for)


EXERCISES = (BasicBlock(), Bottleneck())

# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 9: Architectures
#
# In this assignment you do an architect's sums: how large the output of a layer is, how many parameters a stack has,
# how much memory its activations take, how far its units see. You write a convolution as the matrix that it is. Then
# you build the two blocks of which ResNets are made, and at the end you train a deep network with and without them.
#
# | exercise | minutes | points |
# | --- | --- | --- |
# | 1 The output's side | 10 | 6 |
# | 2 The parameters of a stack | 15 | 10 |
# | 3 A memory accountant | 15 | 10 |
# | 4 The receptive field | 15 | 6 |
# | 5 A convolution as a matrix | 20 | 10 |
# | 6 A basic residual block | 15 | 10 |
# | 7 A bottleneck block | 10 | 10 |
# | 8 Experiment and written question | 20 | 8 |
#
# **You need** Lecture 9, sections 1, 2, 4, 5, 7 and 8, and batch norm (Lecture 1). **You will be able to** compute
# sizes, parameters, memory and receptive fields of any stack, say what a convolution shares with a fully connected
# layer, and build residual networks.
#
# **How it is checked.** Under each exercise stands a line `check(…)`. Run it as often as you like: it tells you at
# once which parts are right and, where one is not, what was measured, what was expected and which mistake it looks
# like. The grade comes from the same checks on other inputs. Any right answer is right, however it is written.
# Before you hand in, press **Validate** at the top: it runs the whole notebook and names every check that is not
# fully right yet; the check's own line says why.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math
from itertools import product

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import nn

from autograder import check
from utils.data import load
from utils.plots import COLORS, label_axes, show
from utils.training import choose_device, fit, progress_bar, set_seed

torch.set_num_threads(1)  # the networks here are small: more threads would only wait for each other

# %% [markdown]
# ## Exercise 1: the output's side (10 minutes, 6 points)
#
# A window of $K \times K$ weights moves over an image of side $W$ that is padded with $P$ zeros on **both** sides. It
# moves in steps of $S$ pixels. Places at which it does not fit whole are left out. With a **dilation** of $D$ the
# weights lie $D$ pixels apart, so that the window is $D (K - 1) + 1$ pixels wide. How many places are there?
#
# $$W' = \left\lfloor \frac{W + 2P - D(K - 1) - 1}{S} \right\rfloor + 1$$
#
# With $D = 1$ this is the formula of section 2. It holds for convolution and for pooling, and for height and width
# alike. Write `output_side(side, kernel_size, stride=1, padding=0, dilation=1)`. All arguments are ints, the window
# fits at least once, and the result is an `int`.
#
# <details><summary>Hint</summary>
# Which operator of Python divides ints and rounds down, with an int as result?
# </details>


# %% nbgrader={"grade": false, "grade_id": "accounting-side", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_side(side, kernel_size, stride=1, padding=0, dilation=1):
    """The number of places of a window along one side of an image."""
    ### BEGIN SOLUTION
    window = dilation * (kernel_size - 1) + 1
    return (side + 2 * padding - window) // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-accounting-side", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("accounting.side", output_side)

# %% [markdown]
# ## Layers as data
#
# The next three exercises describe a network as a list of layers, in the order in which an image goes through them. A
# layer is a dict: its `"kind"`, and all that this kind needs. The functions below make them. ReLU and dropout keep
# nothing of their own and have no parameters, so they are not listed.
#
# `shape_after(layer, shape)` is given too: the shape (C, H, W) of a layer's output, for an input of that shape. It does
# not need your `output_side`: it asks PyTorch, by a convolution of tensors on the device `meta`, which have a shape
# but no values. A linear layer takes all values of its input, flattened, and its output has the shape
# (features, 1, 1). `global_mean` averages each channel over all its places.


# %% nbgrader={"grade": false, "grade_id": "layers", "locked": true, "schema_version": 3, "solution": false, "task": false}
def conv(channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True):
    """A convolution with so many filters, that is, output channels."""
    layer = {"kind": "conv", "channels": channels, "kernel_size": kernel_size, "stride": stride}
    return layer | {"padding": padding, "dilation": dilation, "groups": groups, "bias": bias}


def pool(kernel_size, stride, padding=0, dilation=1):
    layer = {"kind": "pool", "kernel_size": kernel_size, "stride": stride}
    return layer | {"padding": padding, "dilation": dilation}


def linear(features, bias=True):
    return {"kind": "linear", "features": features, "bias": bias}


def batch_norm():
    return {"kind": "batch_norm"}


def global_mean():
    return {"kind": "global_mean"}


# %% nbgrader={"grade": false, "grade_id": "shape-after", "locked": true, "schema_version": 3, "solution": false, "task": false}
def shape_after(layer, shape):
    """The shape (C, H, W) of the layer's output for an input of a shape (C, H, W)."""
    channels, height, width = shape
    if layer["kind"] == "linear":
        return layer["features"], 1, 1
    if layer["kind"] == "global_mean":
        return channels, 1, 1
    if layer["kind"] == "batch_norm":
        return shape
    moves = {name: layer[name] for name in ("stride", "padding", "dilation")}
    image = torch.empty(1, 1, height, width, device="meta")
    window = torch.empty(1, 1, layer["kernel_size"], layer["kernel_size"], device="meta")
    return layer.get("channels", channels), *F.conv2d(image, window, **moves).shape[2:]


# %% [markdown]
# And three networks: AlexNet, with two groups as in the paper or without, VGG-16, and three layers of 3 × 3.


# %% nbgrader={"grade": false, "grade_id": "networks", "locked": true, "schema_version": 3, "solution": false, "task": false}
def alexnet(groups):
    """On images (3, 227, 227)."""
    layers = [conv(96, 11, stride=4), pool(3, 2), conv(256, 5, padding=2, groups=groups)]
    layers += [pool(3, 2), conv(384, 3, padding=1), conv(384, 3, padding=1, groups=groups)]
    layers += [conv(256, 3, padding=1, groups=groups), pool(3, 2)]
    return [*layers, linear(4096), linear(4096), linear(1000)]


VGG16 = []  # on images (3, 224, 224)
for channels, count in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
    VGG16 += [conv(channels, 3, padding=1)] * count + [pool(2, 2)]
VGG16 += [linear(4096), linear(4096), linear(1000)]

THREE = [conv(8, 3, padding=1)] * 3

# %% [markdown]
# ## Exercise 2: the parameters of a stack (15 minutes, 10 points)
#
# Write `count_parameters(layers, shape)`: how many parameters do these layers have together, on images of shape
# (C, H, W)? The image need not be square. The result is an `int`.
#
# - **conv**: $C'$ filters of $K \times K$. With $G$ groups, inputs and filters are divided into $G$ equal groups, and a
#   filter sees only the input channels of its own group: $C' \cdot K^2 \cdot C / G$ weights. If `bias` is `True`, each
#   filter has one bias.
# - **linear**: a weight for each value of its input and each feature; if `bias` is `True`, a bias for each feature.
# - **batch_norm**: what it *learns*, a scale and a shift for each channel.
# - **pool**, **global_mean**: nothing.
#
# AlexNet is a test that you can make yourself: 60,965,224 with two groups, 62,378,344 without groups.
#
# <details><summary>Hint: one layer after the other</summary>
# What a layer costs depends on the shape that reaches it. Go through the list and let the shape change on the way.
# </details>
#
# <details><summary>Hint: True as a number</summary>
# Python computes with <code>True</code> as 1 and <code>False</code> as 0.
# </details>


# %% nbgrader={"grade": false, "grade_id": "accounting-parameters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_parameters(layers, shape):
    """The number of parameters of a stack on images of a shape (C, H, W)."""
    ### BEGIN SOLUTION
    total = 0
    for layer in layers:
        if layer["kind"] == "conv":
            fan_in = layer["kernel_size"] ** 2 * shape[0] // layer["groups"]
            total += layer["channels"] * (fan_in + layer["bias"])
        if layer["kind"] == "linear":
            total += layer["features"] * (math.prod(shape) + layer["bias"])
        if layer["kind"] == "batch_norm":
            total += 2 * shape[0]
        shape = shape_after(layer, shape)
    return total
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-accounting-parameters", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("accounting.parameters", count_parameters)

# %% [markdown]
# ## Exercise 3: a memory accountant (15 minutes, 10 points)
#
# For the backward pass a network keeps what every layer put out. Write `account(layers, shape, batch_size=1)`, the
# table of VGG's section with its sum. It returns three things, `(activations, parameters, num_bytes)`:
#
# - `activations`: a list of ints. The first row is the **input** itself, and then comes a row for each layer, in
#   order: the number of values of its output, for **one** image. Pooling has a row like every other layer.
# - `parameters`: a list of as many ints, those of each layer alone. The input's row is 0.
# - `num_bytes`: an int, the memory of all activations (the input's included) for a whole batch of `batch_size`
#   images in `float32`, in bytes. Parameters and gradients are not part of it.
#
# Lists here hold conv, pool and linear layers. VGG-16 has 138,357,544 parameters, and an image makes 15.2 million
# values. You may call your `count_parameters`, once it is right.
#
# <details><summary>Hint</summary>
# First make a list of all shapes, the input's first. Each layer lies between two of them.
# </details>


# %% nbgrader={"grade": false, "grade_id": "accounting-memory", "locked": false, "schema_version": 3, "solution": true, "task": false}
def account(layers, shape, batch_size=1):
    """Activations and parameters row by row, the input first, and the activations' bytes for a batch."""
    ### BEGIN SOLUTION
    activations, parameters = [math.prod(shape)], [0]
    for layer in layers:
        parameters.append(count_parameters([layer], shape))
        shape = shape_after(layer, shape)
        activations.append(math.prod(shape))
    return activations, parameters, 4 * batch_size * sum(activations)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-accounting-memory", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("accounting.memory", account)

# %% [markdown]
# ## Exercise 4: the receptive field (15 minutes, 6 points)
#
# How many pixels of the image, along one side, can a unit of the last layer see? Write `receptive_field(layers)` for a
# list of conv, pool and batch_norm layers; the result is an `int`. Three layers of 3 × 3, `THREE`, see 7. Padding
# plays no part: think of an image without border.
#
# - A stack of no layer sees 1 pixel. Batch norm sees no neighbours.
# - A layer of kernel size $K$ joins $K$ neighbours of its input, with dilation $D$ every $D$-th of them: the first and
#   the last are $D (K - 1)$ places apart.
# - Neighbouring places of a layer's input need not be neighbouring pixels: each stride **before** it has moved them
#   farther apart. Behind strides of 2 and 3, neighbours lie 6 pixels apart.
#
# <details><summary>Hint</summary>
# Carry two numbers through the list: the pixels seen so far, and how many pixels neighbours lie apart. In which order
# does a layer change them?
# </details>


# %% nbgrader={"grade": false, "grade_id": "accounting-receptive_field", "locked": false, "schema_version": 3, "solution": true, "task": false}
def receptive_field(layers):
    """The number of pixels along one side that a unit of the last layer sees."""
    ### BEGIN SOLUTION
    seen, apart = 1, 1
    for layer in layers:
        if "stride" in layer:
            seen += apart * layer["dilation"] * (layer["kernel_size"] - 1)
            apart *= layer["stride"]
    return seen
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-accounting-receptive_field", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("accounting.receptive_field", receptive_field)

# %% [markdown]
# ## Exercise 5: a convolution as a matrix (20 minutes, 10 points)
#
# A convolution is a fully connected layer under constraints. Write `as_matrix(weight, shape, stride=1, padding=0)`,
# the matrix $M$ of that layer, so that for every image $x$ of shape (C, H, W)
#
# $$M \, \mathrm{flatten}(x) = \mathrm{flatten}(\mathrm{conv}(x)), \qquad
# \mathrm{conv}(x)_{c'ij} = \sum_{c=1}^{C} \sum_{k=0}^{K-1} \sum_{l=0}^{K-1} w_{c'ckl}\; x_{c,\,iS+k-P,\,jS+l-P},$$
#
# where $x$ is 0 beyond its border.
#
# - `weight`: tensor [C', C, K, K], `float32` or `float64`. `shape`: (C, H, W), H and W may differ.
# - It returns a tensor [C' · H' · W', C · H · W] of the weight's dtype, on its device: a row for each output, a column
#   for each input. Both are in the order of `flatten()`: channel by channel, in a channel row by row.
# - The weight is not changed. There is no bias.
#
# <details><summary>Hint: six dimensions</summary>
# Begin with zeros of shape [C', H', W', C, H, W], and reshape at the end. For an output place (i, j), where do the
# weights go?
# </details>
#
# <details><summary>Hint: padding</summary>
# Pretend that the image is larger by the padding, and cut off the columns of the padding at the end.
# </details>


# %% nbgrader={"grade": false, "grade_id": "convolution-matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def as_matrix(weight, shape, stride=1, padding=0):
    """The matrix [outputs, inputs] of a convolution on images of a shape (C, H, W)."""
    ### BEGIN SOLUTION
    filters, channels, size = weight.shape[:3]
    high, wide = (output_side(side, size, stride, padding) for side in shape[1:])
    padded = [side + 2 * padding for side in shape[1:]]
    table = weight.new_zeros(filters, high, wide, channels, *padded)
    for i in range(high):
        for j in range(wide):
            top, left = i * stride, j * stride
            table[:, i, j, :, top : top + size, left : left + size] = weight
    bottom, right = (side - padding for side in padded)
    table = table[..., padding:bottom, padding:right]
    return table.reshape(filters * high * wide, math.prod(shape))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-convolution-matrix", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("convolution.matrix", as_matrix)

# %% [markdown]
# ## Exercise 6: a basic residual block (15 minutes, 10 points)
#
# Write the module `BasicBlock(inputs, outputs, stride=1)`, on images [N, inputs, H, W]:
#
# $$y = \mathrm{ReLU}\big(F(x) + s(x)\big), \qquad
# F = \mathrm{norm}_2 \circ \mathrm{conv}_2 \circ \mathrm{ReLU} \circ \mathrm{norm}_1 \circ \mathrm{conv}_1.$$
#
# - Both convolutions are 3 × 3 with padding 1 and have `outputs` filters; the first has the stride. All convolutions
#   of this exercise are **without bias**: the batch norm behind each has a shift of its own.
# - The shortcut $s$ is the identity if the shape stays: `stride` is 1 and `outputs` equals `inputs`. Otherwise it is a
#   projection: a 1 × 1 convolution with the stride to `outputs` channels, then batch norm.
#
# The check loads weights into your module by name, so the submodules' names are fixed: `conv1`, `bn1`, `conv2`,
# `bn2`, and `shortcut`, for the projection an `nn.Sequential` of its convolution and its batch norm (so its weights
# are `shortcut.0.weight` and so on). An identity has no weights, and may be an `nn.Identity()`. Batch norm is
# `nn.BatchNorm2d` with its defaults. The input must not be changed.
#
# <details><summary>Hint: where is what?</summary>
# The addition comes after the second batch norm and before the last ReLU; the shortcut itself has no ReLU.
# </details>


# %% nbgrader={"grade": false, "grade_id": "residual-basic", "locked": false, "schema_version": 3, "solution": true, "task": false}
class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions and a shortcut around them."""

    def __init__(self, inputs, outputs, stride=1):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride > 1 or inputs != outputs:
            self.shortcut.append(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False))
            self.shortcut.append(nn.BatchNorm2d(outputs))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        hidden = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(hidden)) + self.shortcut(x))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-residual-basic", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("residual.basic", BasicBlock)

# %% [markdown]
# ## Exercise 7: a bottleneck block (10 minutes, 10 points)
#
# With many channels a 3 × 3 convolution is dear. The bottleneck squeezes the channels first, and widens them at the
# end. Write the module `Bottleneck(inputs, squeezed, outputs, stride=1)`:
#
# $$F = \mathrm{norm}_3 \circ \mathrm{conv}_3 \circ \mathrm{ReLU} \circ \mathrm{norm}_2 \circ \mathrm{conv}_2 \circ
# \mathrm{ReLU} \circ \mathrm{norm}_1 \circ \mathrm{conv}_1, \qquad y = \mathrm{ReLU}\big(F(x) + s(x)\big).$$
#
# - `conv1`, 1 × 1, from `inputs` to `squeezed` channels; `conv2`, 3 × 3 with padding 1, from `squeezed` to `squeezed`;
#   `conv3`, 1 × 1, from `squeezed` to `outputs`. All are without bias.
# - The stride is `conv2`'s, as in torchvision. (In the paper it is `conv1`'s.)
# - `bn1`, `bn2`, `bn3` and `shortcut` are as in exercise 6.
#
# ResNets take `outputs` = 4 · `squeezed`; your block takes what it is given.


# %% nbgrader={"grade": false, "grade_id": "residual-bottleneck", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Bottleneck(nn.Module):
    """1 x 1, 3 x 3 and 1 x 1 convolutions and a shortcut around them."""

    def __init__(self, inputs, squeezed, outputs, stride=1):
        super().__init__()
        ### BEGIN SOLUTION
        self.conv1 = nn.Conv2d(inputs, squeezed, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(squeezed)
        self.conv2 = nn.Conv2d(squeezed, squeezed, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(squeezed)
        self.conv3 = nn.Conv2d(squeezed, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.shortcut = nn.Sequential()
        if stride > 1 or inputs != outputs:
            self.shortcut.append(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False))
            self.shortcut.append(nn.BatchNorm2d(outputs))
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        hidden = F.relu(self.bn1(self.conv1(x)))
        hidden = F.relu(self.bn2(self.conv2(hidden)))
        return F.relu(self.bn3(self.conv3(hidden)) + self.shortcut(x))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-residual-bottleneck", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("residual.bottleneck", Bottleneck)

# %% [markdown]
# ## Exercise 8: does the shortcut help? (20 minutes, 8 points)
#
# Now your blocks are stacked. The network begins with a 3 × 3 convolution of stride 2, which makes 8 channels of
# 4 × 4 from the digits' 8 × 8 pixels. Blocks of 8 channels follow; the one in the middle has stride 2 and doubles the
# channels, so it needs your projection; blocks of 16 channels come after it. The mean of each channel goes into one
# linear layer. A **plain** network consists of the very same blocks without the shortcut.
#
# Two depths, 8 and 56 layers, plain and residual, are trained on the digits with the same settings. It takes ten
# to twenty seconds. Change `DEPTHS`, `SETTINGS` or the seed, and run it again. Keep the picture that you discuss below: it
# is handed in with your answer.


# %% tags=["experiment"]
def plain_block(inputs, outputs, stride=1):
    """The layers of a basic block one after the other, without its shortcut."""
    block = BasicBlock(inputs, outputs, stride)
    first, second = (block.conv1, block.bn1), (block.conv2, block.bn2)
    return nn.Sequential(*first, nn.ReLU(), *second, nn.ReLU())


def build_network(num_layers, block):
    """So many layers with weights on the main path: one at each end, two in a block."""
    num_blocks = num_layers // 2 - 1
    blocks = [block(8, 8) for _ in range(num_blocks // 2)] + [block(8, 16, 2)]
    blocks += [block(16, 16) for _ in range(num_blocks - len(blocks))]
    stem = [nn.Conv2d(1, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU()]
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


# %% tags=["experiment"]
DEPTHS, SEED = (8, 56), 0
SETTINGS = {"num_epochs": 6, "batch_size": 64, "progress": False}
digits = load("digits", device=choose_device())


def train(num_layers, block):
    set_seed(SEED)
    model = build_network(num_layers, block).to(choose_device())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    return model, fit(model, digits.train, digits.val, optimizer=optimizer, **SETTINGS)


def epoch_losses(history):
    """The mean training loss of each epoch."""
    return np.array(history.loss).reshape(SETTINGS["num_epochs"], -1).mean(axis=1)


def draw(histories):
    figure = Figure(figsize=(7, 3.8), layout="constrained")
    axes = figure.subplots()
    for (num_layers, kind), history in histories.items():
        losses = epoch_losses(history)
        color, style = COLORS[DEPTHS.index(num_layers)], "o-" if kind == "residual" else "s--"
        epochs = range(1, len(losses) + 1)
        axes.plot(epochs, losses, style, color=color, label=f"{num_layers} layers, {kind}")
    axes.legend()
    label_axes(axes, title="Deeper, plain and residual", xlabel="epoch", ylabel="training loss")
    return figure


# %% tags=["experiment"]
try:
    histories = {}
    blocks = {"plain": plain_block, "residual": BasicBlock}
    for num_layers, kind in progress_bar(list(product(DEPTHS, blocks)), unit="network"):
        model, history = train(num_layers, blocks[kind])
        histories[num_layers, kind] = history
        num_parameters = sum(parameter.numel() for parameter in model.parameters())
        print(
            f"{num_layers:2} layers, {kind:8}: {num_parameters:,} parameters, loss {epoch_losses(history)[-1]:.2f}, "
            f"accuracy {history.train_accuracy[-1]:.1%} training, {history.val_accuracy[-1]:.1%} validation"
        )
    ends = [f"{n} layers, {kind} {epoch_losses(h)[-1]:.2g}" for (n, kind), h in histories.items()]
    alt = f"Training loss by epoch. In the last epoch: {'; '.join(ends)}."
    show(draw(histories), alt=alt)
except NotImplementedError:
    print("Write the exercises above first, then run this cell again.")

# %% [markdown]
# **Written question (8 points).** Compare the four curves: what does depth do to the plain network, what to the
# residual one? (The printed losses are means over the last epoch.) Is the deep plain network's trouble overfitting?
# Name the numbers that say so. Could the 56 plain layers in principle do as well as the 8? And how many parameters do
# the shortcuts cost: compute by hand what the print-out shows. Five to eight sentences.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-shortcut", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# A full answer (8 points; the numbers are those of one run, they move a little with the machine):
#
# - plain, depth does harm: in the last epoch the mean training loss is 0.15 nats with 8 layers and 2.09 with 56, hardly
#   below ln 10 = 2.30, which is guessing. Residual, it does far less: 0.08 and 0.40. The deep residual network learns
#   (90 % of the training images), though after so few steps it is still behind the shallow one (2 points);
# - it is not overfitting: that would be a low loss on the training images and a bad validation, but the deep plain
#   network is as bad on the images it was trained on, 18.3 % against 18.1 % on validation (2 points);
# - it could in principle: take the 8 layers and let the others be the identity. So a good solution exists and gradient
#   descent does not find it: the trouble is optimization. With a shortcut, doing nothing is F = 0 (2 points);
# - the networks with shortcuts have 160 parameters more at both depths, 9,794 against 9,634 and 80,066 against 79,906:
#   one projection of 1 x 1 from 8 to 16 channels, 8 · 16 = 128 weights, and batch norm's 2 · 16 = 32. The identity
#   shortcuts cost none. So more parameters are not the reason either (2 points).

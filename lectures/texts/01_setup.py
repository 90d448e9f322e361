# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Lecture 1: Setting up: activations, data, initialization, normalization
#
# Much of what makes a network trainable is decided before the first step: what its units compute, what
# its inputs look like, from which weights it starts, what keeps its layers in range, and whether its
# gradient is right at all.
#
# 1. Activation functions
# 2. Saturated, one-sided, dead
# 3. Preparing the data
# 4. Small random weights
# 5. Xavier and Kaiming
# 6. Where gradient descent ends
# 7. Batch normalization
# 8. Layers, instances, groups
# 9. Checking a gradient
# 10. What to remember

# %% [markdown] slideshow={"slide_type": "subslide"}
# **After this lecture you can**
#
# - name the common activation functions, draw them with their slopes, and say what each costs;
# - center and scale inputs with the statistics of the training set, and explain why it helps;
# - choose the scale of the first weights from the width of a layer, for tanh and for ReLU, for linear and
#   for convolutional layers;
# - write down batch normalization in training and in testing, tell it from layer, instance and group
#   normalization, and say when it fails;
# - check a gradient by differences, with a step size that fits the precision.
#
# **Time**: 75 minutes. **You need**: backpropagation, stochastic gradient descent, the softmax loss, mean and
# variance of sums of independent random variables, and `torch.nn` modules.

# %% slideshow={"slide_type": "skip"}
import math
import timeit

import numpy as np
import torch
from matplotlib.figure import Figure
from sklearn.datasets import load_iris, load_sample_image
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F
from torchvision.transforms import v2

# %% slideshow={"slide_type": "skip"}
from utils.data import Split, load
from utils.explore.activations import ACTIVATIONS, activation_explorer, values_and_slopes
from utils.explore.depth import depth_explorer, draw_depth, run_depth
from utils.explore.minima import minima_explorer
from utils.explore.norms import draw_groups, rates_explorer
from utils.explore.rotation import rotation_explorer
from utils.explorers import Panel, Series, explorer
from utils.plots import COLORS, label_axes, show
from utils.populations import fit_population
from utils.training import choose_device, progress_bar, set_seed

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Activation functions
#
# Why does a network need anything but matrices? Put two linear layers on top of each other: what have you got?

# %% slideshow={"slide_type": "fragment"}
torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on a busy machine
device = choose_device()
set_seed(0)
first, second, inputs = torch.randn(5, 4), torch.randn(3, 5), torch.randn(4)
print("two layers:     ", (second @ (first @ inputs)).tolist())
print("one layer, W₂W₁:", ((second @ first) @ inputs).tolist())

# %% [markdown] slideshow={"slide_type": "fragment"}
# One linear layer, whatever the depth. So each layer is followed by a function $f$ that bends:
#
# $$h = f(a), \qquad a = W x + b, \qquad
# \frac{\partial L}{\partial a} = \frac{\partial L}{\partial h} \odot f'(a).$$
#
# The second equation is the one to keep in mind. In the backward pass the activation enters only through its
# **slope** $f'(a)$: where the slope is zero, nothing arrives.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Fourteen of them, in three families. $\sigma$ is the sigmoid, $\Phi$ the distribution function of the standard
# normal.
#
# | bounded | | rectifiers | | smooth rectifiers and others | |
# | --- | --- | --- | --- | --- | --- |
# | sigmoid | $1 / (1 + e^{-x})$ | ReLU | $\max(0, x)$ | softplus | $\ln(1 + e^x)$ |
# | tanh | $\tanh x$ | leaky ReLU | $\max(0.1x, x)$ | GELU | $x\,\Phi(x) \approx x\,\sigma(1.702x)$ |
# | softsign | $x / (1 + \lvert x\rvert)$ | ELU | $x$, or $\alpha(e^x - 1)$ if $x < 0$ | Swish (SiLU) | $x\,\sigma(x)$ |
# | step | $0$ if $x < 0$, else $1$ | maxout | $\max(w_1^\top x + b_1,\; w_2^\top x + b_2)$ | Mish | $x \tanh(\ln(1 + e^x))$ |
# | sinc | $\sin(x) / x$ | | | log-sigmoid | $\ln \sigma(x)$ |

# %% [markdown] slideshow={"slide_type": "fragment"}
# - The slope 0.1 of leaky ReLU is this course's choice; the usual one, and torch's default, is 0.01. ELU mostly
#   takes $\alpha = 1$.
# - **Maxout** is no function of one number: each unit has two sets of weights, so twice the parameters, and takes
#   the larger sum. ReLU is the case $w_1 = 0, b_1 = 0$. The picture below shows one example.
# - The **step** is the oldest of all, and of no use here: its slope is zero wherever it has one.

# %% slideshow={"slide_type": "subslide"}
activations = activation_explorer()
activations

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Sigmoid, tanh and softsign flatten on both sides, ReLU and its smooth relatives on one side,
# leaky ReLU nowhere. The slope of the sigmoid never exceeds one quarter. GELU and its approximation can hardly be
# told apart. Swish, Mish and GELU dip below zero before they die out: they are not monotonic.

# %% [markdown] slideshow={"slide_type": "notes"}
# Let the class guess from the left panel alone how the right one looks, for ELU (slope continuous at zero when
# alpha is 1), Mish and sinc. Log-sigmoid is the one that is never used inside a network: it is half of the
# logistic loss.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What does it cost?
#
# The exponential is more expensive than a comparison. We measure a million values on the CPU, and beside it what a
# unit costs anyway: a weighted sum of 1,000 inputs.

# %% slideshow={"slide_type": "fragment"}
values, layer = torch.randn(1_000_000), torch.randn(1000, 1000)
names = ["ReLU", "leaky ReLU", "sigmoid", "tanh", "ELU", "GELU", "Mish"]
jobs = {name: (ACTIVATIONS[name].function, values) for name in names}
jobs["weighted sum"] = (layer.matmul, values.view(1000, 1000))
nanoseconds = {}
for name, (function, argument) in jobs.items():
    scope = {"function": function, "argument": argument}
    seconds = min(timeit.repeat("function(argument)", globals=scope, number=1, repeat=9))
    nanoseconds[name] = seconds * 1e9 / len(values)  # a million outputs in every case
    print(f"{name:13} {nanoseconds[name]:6.2f} ns for each unit")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A comparison is cheap; an exponential costs more, how much more depends on how well the library computes it.
# But beside the weighted sum of a wide layer even the dearest is cheap. The price matters where sums are short, and
# on small devices.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. Saturated, one-sided, dead
#
# Three things can go wrong with an activation. Each can be measured.
#
# ### Saturation kills gradients
#
# A unit whose input lies far out on a flat part is **saturated**. Through a chain of layers the slopes multiply:
# backpropagation takes one factor $f'(a)$ for each layer. How much is left after ten layers, in the *best* case for
# a sigmoid, all inputs at zero?

# %% slideshow={"slide_type": "fragment"}
places = np.array([0.001, 2.0, 4.0])
for name in ("sigmoid", "tanh", "ReLU"):
    _, slopes = values_and_slopes(name, places)
    products = ", ".join(
        f"at {x:.0f}: {slope**10:.1e}" for x, slope in zip(places, slopes, strict=True)
    )
    print(f"{name:8} slopes of ten layers multiplied, {products}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A sigmoid loses a factor of a million in its best case, tanh as soon as its inputs leave the middle, ReLU
# nothing on its positive side. Large weights can make up for the factor, but larger weights also push
# inputs outwards.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### One-sided outputs zig-zag
#
# Sigmoid and ReLU put out nothing negative: they are not **zero-centred**. Why should the next layer care? Look at
# one unit of it, $a = \sum_i w_i x_i$, and its gradient for one example:
#
# $$\frac{\partial L}{\partial w_i} = \frac{\partial L}{\partial a}\; x_i.$$
#
# If all $x_i$ are positive, all components of the gradient have the *same sign*, that of
# $\partial L / \partial a$. All weights of the unit go up together or down together. To raise one and lower
# another, they have to zig-zag.

# %% [markdown] slideshow={"slide_type": "skip"}
# A unit with two inputs, a squared error, and the best weights at $(1, -1)$: one up, one down. SGD sees one example
# at a time. The inputs come from a layer of sigmoids or, for the same sums, from a layer of tanh.


# %% slideshow={"slide_type": "skip"}
def descend(inputs, goal, lr=0.5):
    """Where SGD leads two weights that start at zero; one example a step."""
    weights = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr=lr)
    path = [[0.0, 0.0]]
    for x in inputs:
        loss = 0.5 * (x @ (weights - goal)) ** 2
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        path.append(weights.tolist())
    return np.array(path)


# %% slideshow={"slide_type": "subslide"}
set_seed(0)
goal = torch.tensor([1.0, -1.0])
sums = torch.randn(40, 2)
cases = {"Inputs from sigmoids": torch.sigmoid(2 * sums), "Inputs from tanh": torch.tanh(sums)}
paths = {name: descend(inputs, goal) for name, inputs in cases.items()}
together = {}
for name, path in paths.items():
    moves = np.diff(path, axis=0)
    together[name] = np.mean(moves[:, 0] * moves[:, 1] > 0)
    left = np.linalg.norm(path[-1] - goal.numpy())
    print(
        f"{name}: both weights go the same way in {together[name]:.0%} of the steps; left: {left:.2f}"
    )

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(9.5, 3.8), layout="constrained")
grid = np.meshgrid(np.linspace(-0.6, 1.6, 60), np.linspace(-1.6, 0.6, 60))
offsets = torch.tensor(np.stack(grid, -1), dtype=torch.float32) - goal
for axes, (name, inputs) in zip(figure.subplots(1, 2), cases.items(), strict=True):
    surface = 0.5 * (offsets @ inputs.T).square().mean(-1)
    axes.contour(*grid, surface, 12, colors="0.75", linewidths=0.8)
    axes.plot(*paths[name].T, "o-", color=COLORS[1], markersize=3, label="40 steps of SGD")
    axes.scatter(*goal, color=COLORS[0], marker="*", s=120, label="best weights", zorder=3)
    label_axes(axes, title=name, xlabel="first weight", ylabel="second weight")
    axes.legend(loc="upper right", fontsize="small")
summary = ", ".join(f"{name.lower()} {share:.0%}" for name, share in together.items())
show(figure, alt=f"Two paths to the best weights. Steps where both weights move alike: {summary}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** On the left every step goes up and to the right or down and to the left, so the path to the lower
# right corner is a zig-zag; and the contours, which belong to the loss of all examples, are a narrow valley. On the
# right both is mended. Minibatches soften the effect, since different examples pull with different
# signs. The *inputs* of the network we can centre ourselves (Section 3). Inside, ReLU's outputs stay one-sided:
# that is a price which its slope is worth.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Dying ReLU
#
# A ReLU whose sum is negative for *every* training image puts out zero everywhere. Its slope is zero everywhere, so
# its weights get no gradient, so it stays so. It is **dead**. How do units die? By steps that are too large, mostly: we
# train the same network with twelve learning rates and count the units that no training image switches on.


# %% slideshow={"slide_type": "fragment"}
data = load("digits", device=device)
normalize = v2.Normalize([data.train.images.mean().item()], [data.train.images.std().item()])
train, val = (Split(normalize(part.images), part.labels) for part in (data.train, data.val))


def build_shallow(activation, bias=0.0):
    """64 inputs, 100 hidden units with this bias, 10 logits; always the same first weights."""
    set_seed(0)
    first, last = nn.Linear(64, 100), nn.Linear(100, 10)
    nn.init.constant_(first.bias, bias)
    return nn.Sequential(nn.Flatten(), first, activation, last).to(device)


# %% slideshow={"slide_type": "fragment"}
@torch.no_grad()
def share_of_dead(model):
    """Share of the hidden units whose sum is negative for every training image."""
    return (model[:2](train.images) < 0).all(0).float().mean().item()


# %% [markdown] slideshow={"slide_type": "skip"}
# And do they stay dead? We start the network with hidden biases that somebody has pushed far down, and train it with a
# sensible rate, once with ReLU, once with leaky ReLU.

# %% slideshow={"slide_type": "subslide"}
death_rates, biases = np.geomspace(0.02, 1.5, 12), np.linspace(0, -5, 11)
by_rate = [build_shallow(nn.ReLU()) for _ in death_rates]
fit_population(by_rate, train, lr=death_rates, num_epochs=6, batch_size=32)
dead = [share_of_dead(model) for model in by_rate]
survivors, revived = {}, {}
for name, activation in {"ReLU": nn.ReLU(), "leaky ReLU": nn.LeakyReLU(0.1)}.items():
    models = [build_shallow(activation, bias) for bias in biases]
    runs = fit_population(models, train, val, lr=0.1, num_epochs=20, batch_size=32)
    survivors[name] = [run.val_accuracy[-1] for run in runs]
    revived[name] = share_of_dead(models[-1])
summary = ", ".join(f"{name} {share:.0%}" for name, share in revived.items())
print("from the lowest bias, units still negative for all images after training:", summary)

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(9.5, 3.6), layout="constrained")
left, right = figure.subplots(1, 2)
left.semilogx(death_rates, dead, "o-", color=COLORS[0])
label_axes(left, title="ReLUs dead after training", xlabel="learning rate", ylabel="share of units")
for (name, accuracy), style, color in zip(survivors.items(), ("o-", "s--"), COLORS, strict=False):
    right.plot(biases, accuracy, style, color=color, label=name)
labels = {"xlabel": "first bias of the hidden units", "ylabel": "validation accuracy"}
label_axes(right, title="Trained from a bias that was pushed down", **labels)
right.legend()
summary = ", ".join(f"{name} {accuracy[-1]:.0%}" for name, accuracy in survivors.items())
show(
    figure, alt=f"Dead units grow to {max(dead):.0%} with the rate. From bias -5, {summary} right."
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** On the left: at small rates no unit dies, at the largest most of the layer is switched off. On
# the right: once the bias is so low that all units are off, the network with ReLU learns nothing at all. Leaky ReLU
# starts in the same place, but there its slope is 0.1 and not 0: it learns, if slowly. Most of its units stay on the
# negative side, and are of use there.
#
# Remedies: a smaller rate; a slope on the negative side (leaky ReLU, ELU, GELU); a careful start, sometimes
# with a small positive bias such as 0.01, so that each ReLU is on at first. **Which one to take?** ReLU
# first, with a sensible learning rate; then try leaky ReLU, ELU, GELU or Swish for the last bit of accuracy. tanh
# rarely, sigmoid not between layers.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. Preparing the data
#
# We saw why inputs should be centred. Two steps do it, for each feature or each colour channel $c$:
#
# $$x' = \frac{x - \mu_c}{\sigma_c}, \qquad
# \mu_c, \sigma_c: \text{ mean and standard deviation over the } \textbf{training} \text{ set.}$$

# %% slideshow={"slide_type": "fragment"}
photo = load_sample_image("china.jpg").copy()  # torch wants an array that it may write to
pixels = photo.reshape(-1, 3)[::700, [0, 2]].astype(float)
centred = pixels - pixels.mean(0)
scaled = centred / pixels.std(0)
stages = {"Raw": pixels, "Minus the mean": centred, "Divided by the deviation": scaled}
figure = Figure(figsize=(9.8, 3.5), layout="constrained")
for axes, (title, points) in zip(figure.subplots(1, 3), stages.items(), strict=True):
    reach = 270 if title != "Divided by the deviation" else 4
    axes.scatter(*points.T, s=8, color=COLORS[0])
    axes.axhline(0, color="0.5")
    axes.axvline(0, color="0.5")
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach))
    unit = "of 255" if reach == 270 else "standard deviations"
    label_axes(axes, title=title, xlabel=f"red ({unit})", ylabel=f"blue ({unit})")
show(figure, alt="Pixels of a photograph by red and blue: all positive, then centred, then scaled.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Each point is a pixel. The raw cloud lies in one corner, where all inputs are positive. Subtracting
# the mean moves it to the origin, dividing gives both axes the same unit.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What images get
#
# | what is subtracted | by what it is divided | used by |
# | --- | --- | --- |
# | the mean image, $H \times W \times 3$ numbers | nothing | AlexNet |
# | the mean of each channel, 3 numbers | nothing | VGG |
# | the mean of each channel | the deviation of each channel | ResNet in torchvision, most since |
#
# For ImageNet, pixels in $[0, 1]$, the constants that everyone copies are
# mean $(0.485, 0.456, 0.406)$ and deviation $(0.229, 0.224, 0.225)$ for red, green, blue.

# %% slideshow={"slide_type": "fragment"}
imagenet = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
image = v2.functional.to_dtype(v2.functional.to_image(photo), torch.float32, scale=True)
normalized = v2.Normalize(**imagenet)(image)
by_formula = (photo[0, 0] / 255 - np.array(imagenet["mean"])) / np.array(imagenet["std"])
print("first pixel, torchvision:", [round(value, 4) for value in normalized[:, 0, 0].tolist()])
print("first pixel, by hand:    ", by_formula.round(4).tolist())
for name, picture in (("before", image), ("after", normalized)):
    for word, numbers in (("mean", picture.mean((1, 2))), ("std", picture.std((1, 2)))):
        print(f"{name:6} {word:4}", [round(number, 2) for number in numbers.tolist()])

# %% [markdown] slideshow={"slide_type": "fragment"}
# This one photograph is not at mean 0 and deviation 1 afterwards, and it should not be: it is brighter and bluer than
# ImageNet's average, and that is information. The constants belong to the training *set*.

# %% [markdown] slideshow={"slide_type": "subslide"}
# The mean image likewise: not the mean of an image, but the mean over all training images, pixel by pixel. Here is that
# of the digits.

# %% slideshow={"slide_type": "fragment"}
mean_image = data.train.images.mean(0)[0].cpu()
one = data.train.images[0, 0].cpu()
figure = Figure(figsize=(9, 3), layout="constrained")
pictures = {"An image": one, "The mean image": mean_image, "Their difference": one - mean_image}
for axes, (title, picture) in zip(figure.subplots(1, 3), pictures.items(), strict=True):
    colors = axes.imshow(picture, cmap="PuOr", vmin=-1, vmax=1)
    label_axes(axes, title=title, xlabel="pixel", ylabel="pixel")
    axes.grid(False)
figure.colorbar(colors, label="ink (0 to 1), or difference")
show(
    figure,
    alt="A digit, the blurred mean of all training digits, and the difference of both signs.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The mean image is a blur in the middle. What is left after subtracting it is of both signs: where
# this digit has more ink than most, and where it has less.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A loss that is less touchy
#
# Centring does more than straighten the path. Two classes are separated by a line. We write *the same* classifier once
# for raw and once for normalized inputs: the same line, the same loss. Then we turn its weights by a few degrees,
# a small error such as any step makes. The inputs are two lengths of iris flowers, versicolor (class 0) and virginica.

# %% slideshow={"slide_type": "subslide"}
flowers = load_iris()
two_kinds = flowers.target > 0
lengths, kinds = flowers.data[two_kinds][:, [0, 2]], flowers.target[two_kinds] - 1
rotation = rotation_explorer(lengths, kinds, ("sepal length", "petal length"))
rotation

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At 0 degrees both losses are equal. Turning the weights swings the line around the origin. The raw
# points lie far from there, so that a few degrees sweep the line across them; the normalized points lie around the
# origin, and hardly anything changes. A loss that reacts this strongly to one direction of the weights demands small
# steps in all of them.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Training statistics only
#
# Why not standardize the test images with their own mean and deviation? Because test images do not arrive as a fair
# sample. Here a linear classifier is tested on one class at a time, as when all parcels of a morning go to one city.

# %% slideshow={"slide_type": "fragment"}
pixels_of = {part: getattr(data, part).images.flatten(1).cpu().numpy() for part in ("train", "val")}
labels_of = {part: getattr(data, part).labels.cpu().numpy() for part in ("train", "val")}
scaler = StandardScaler().fit(pixels_of["train"])  # remembers mean and deviation of each pixel
classifier = LogisticRegression(max_iter=300)
classifier.fit(scaler.transform(pixels_of["train"]), labels_of["train"])
hits = {"training statistics": [], "their own statistics": []}
for digit in range(10):
    images = pixels_of["val"][labels_of["val"] == digit]
    own = StandardScaler().fit_transform(images)
    for name, inputs in zip(hits, (scaler.transform(images), own), strict=True):
        hits[name].append((classifier.predict(inputs) == digit).mean())

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(8, 3.3), layout="constrained")
axes = figure.subplots()
for (name, share), offset, color in zip(hits.items(), (-0.2, 0.2), COLORS, strict=False):
    axes.bar(np.arange(10) + offset, share, 0.38, color=color, label=name)
title = "Validation images of one class at a time, standardized with …"
label_axes(axes, title=title, xlabel="digit", ylabel="share recognized")
axes.set(xticks=range(10), ylim=(0, 1.25))
axes.legend(ncols=2, loc="upper center")
summary = ", ".join(f"{name} {np.mean(share):.0%}" for name, share in hits.items())
show(figure, alt=f"Share of the images recognized, mean over the digits: {summary}.")
print(summary)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** With their own mean subtracted, the ones lose what makes them ones. The training set's mean and
# deviation are part of the model, as its weights are: computed once, stored, applied to training, validation and
# test images alike. For the same reason they must not be computed on all images together:
# the test set would have had its say in the training.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. Small random weights
#
# Where should the weights start? All at zero, since we know nothing? Or all units alike? Watch the gradients that the
# hidden units get.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
some = train[:64].to("cpu")
first, last = torch.randn(100, 64), torch.randn(10, 100)  # 64 pixels, 100 tanh units, 10 logits
starts = {
    "all zero": (0 * first, 0 * last),
    "copies of one unit": (0.1 * first[:1].repeat(100, 1), 0.1 * last[:, :1].repeat(1, 100)),
    "0.001 × randn": (0.001 * first, 0.001 * last),
}
for name, (weights, outgoing) in starts.items():
    hidden = torch.tanh(some.images.flatten(1) @ weights.requires_grad_().T)
    F.cross_entropy(hidden @ outgoing.T, some.labels).backward()
    count = len(torch.unique(weights.grad.round(decimals=6), dim=0))
    largest = weights.grad.abs().max()
    print(f"{name:18} {count:3d} different gradients of 100 units, largest entry {largest:.1e}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Equal units get equal gradients and stay equal: a hundred units count as one. With zeros nothing moves in the first
# layer at all. Chance has to break the symmetry, so the classic recipe is **small random numbers**,
# $W = 0.001 \cdot \text{randn}$ or $0.0001 \cdot \text{randn}$, and a bias of zero (or a small positive one for
# ReLU, so that all units are on). For a network with one hidden layer this works. And for a deep one?

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Six layers of 4,096 units
#
# A batch of 16 standard normal inputs, six layers of 4,096 units, tanh or ReLU after each. No training: we only look
# at what comes out of each layer. The weights of each layer are drawn once; what differs is the number that they
# are multiplied by.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
width = 4096
scales = {"0.005": 0.005, "0.01": 0.01, "0.0125": 0.0125}
scales["0.0156 = 1/√Din (Xavier)"] = 1 / math.sqrt(width)
scales["0.0221 = √(2/Din) (Kaiming)"] = math.sqrt(2 / width)
scales |= {"0.03": 0.03, "0.05": 0.05}
depth = run_depth(scales, width=width, device=device)

# %% slideshow={"slide_type": "subslide"}
rows = [("tanh", "0.01"), ("tanh", "0.05")]
show(
    draw_depth(depth, rows),
    alt="tanh, weights 0.01 × randn: the outputs shrink layer by layer to a spike at zero. "
    "0.05 × randn: from the first layer on about half of the outputs lie close to -1 or 1.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** With $0.01 \cdot \text{randn}$ each layer puts out less than the one before. The gradient of a layer's
# weights is a product with its inputs, so it shrinks as well: the deeper the network, the less is learned. With
# $0.05 \cdot \text{randn}$ the sums are large, and about half of the outputs lie within 0.05 of $\pm 1$: saturated, with
# a slope below one tenth. What gradient there is comes from the other half, and the large weights let it grow on its way
# back. Somewhere between there must be a better number.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. Xavier and Kaiming
#
# Ask that a layer's sums vary as much as its inputs do. A sum $a = \sum_{i=1}^{D_\text{in}} w_i h_i$ of independent
# terms, with weights of mean zero, has the variance
#
# $$\text{Var}[a] = D_\text{in}\, \text{Var}[w]\; \mathbb{E}[h^2].$$
#
# If the layer before is linear with outputs of mean zero, $\mathbb{E}[h^2] = \text{Var}[h]$, and the variance is kept
# exactly if
#
# $$\text{std}[w] = \frac{1}{\sqrt{D_\text{in}}} \qquad \text{(Xavier initialization, forward)}.$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# The backward pass multiplies by $W^\top$, so it would like $1/\sqrt{D_\text{out}}$. Glorot and Bengio (2010), whose
# first author's first name is Xavier, settle for the mean of both, which is also what torch's `xavier_normal_` does:
#
# $$\text{std}[w] = \sqrt{\frac{2}{D_\text{in} + D_\text{out}}} \qquad \text{(Glorot's own)}.$$
#
# Between layers of equal width the two are the same. For tanh it fits, since tanh is nearly linear in the
# middle.

# %% [markdown] slideshow={"slide_type": "fragment"}
# **ReLU** sets half of its inputs to zero. For sums symmetric about zero that halves the mean square,
# $\mathbb{E}[h^2] = \tfrac12 \text{Var}[a]$, in every layer. The weights make up for it (He et al., 2015):
#
# $$\text{std}[w] = \sqrt{\frac{2}{D_\text{in}}} \qquad \text{(Kaiming, or He, or MSRA initialization)}.$$
#
# With ReLU take this one, not Xavier. In a **convolutional** layer each output is a sum over a
# window, so $D_\text{in} = \text{kernel size}^2 \times \text{input channels}$.

# %% slideshow={"slide_type": "subslide"}
xavier, kaiming = [name for name in scales if "=" in name]
rows = [("tanh", xavier), ("ReLU", xavier), ("ReLU", kaiming)]
last = [depth.deviations[0, 3, -1], depth.deviations[1, 3, -1], depth.deviations[1, 4, -1]]
show(
    draw_depth(depth, rows),
    alt="Standard deviation in the sixth layer: tanh with Xavier {:.2f}, ReLU with Xavier {:.2f}, "
    "ReLU with Kaiming {:.2f}.".format(*last),
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** tanh with Xavier: all layers use their range. ReLU with Xavier: the activations crowd towards zero
# again. ReLU with Kaiming: the last layer looks like the first. (Half of ReLU's outputs are zero; that bar runs out
# of the picture, and the last bar holds all that lies further out.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# All scales, all layers, both activations:

# %% slideshow={"slide_type": "fragment"}
scale_explorer = depth_explorer(depth)
scale_explorer

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** With ReLU the line in the right panel is straight on its logarithmic axis: every layer multiplies by
# the same factor, and Kaiming's is the scale at which it lies level. With tanh large scales do not
# explode: the line soon lies level there as well, but the histogram has moved to the ends. Small scales and, slowly,
# Xavier's fall.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Xavier with tanh, ten layers down
#
# Is $1/\sqrt{D_\text{in}}$ just right for tanh, then? Nearly: the derivation assumes linear units, and tanh shrinks
# whatever it gets. Ten layers of 500 units, 1,000 inputs:

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
stds = {"1/√Din": [], "0.01": []}
for name, scale in (("1/√Din", 1 / math.sqrt(500)), ("0.01", 0.01)):
    h = torch.randn(1000, 500)
    for _ in range(10):
        h = torch.tanh(h @ torch.randn(500, 500) * scale)
        stds[name].append(h.std().item())
    print(f"std {name:6}", "  ".join(f"{std:.2g}" for std in stds[name]))

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
axes = figure.subplots()
for (name, line), style, color in zip(stds.items(), ("o-", "s--"), COLORS, strict=False):
    axes.semilogy(range(1, 11), line, style, color=color, label=f"weights of std {name}")
title = "tanh through ten layers of 500 units"
label_axes(axes, title=title, xlabel="layer", ylabel="std of the activations")
axes.legend()
ends = [f"{name}: from {line[0]:.2g} to {line[-1]:.2g}" for name, line in stds.items()]
show(figure, alt="Standard deviation of the activations with weights of std " + ", ".join(ends))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The deviation still falls, from about 0.63 to about 0.23, ever more slowly: the smaller the
# activations, the more linear is tanh. Beside the collapse at 0.01, by many powers of ten, that is harmless.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### In torch
#
# The functions of `torch.nn.init` fill a tensor in place. We let them, and compare the deviation that they produce
# with the formulas: a linear layer from 4,096 to 1,024, and a $3 \times 3$ convolution from 64 to 128 channels.

# %% slideshow={"slide_type": "fragment"}
linear, conv = nn.Linear(4096, 1024), nn.Conv2d(64, 128, kernel_size=3)
print(
    f"torch's default for linear: {linear.weight.std():.5f}, 1/√(3 Din) = {(3 * 4096) ** -0.5:.5f}"
)
nn.init.xavier_normal_(linear.weight)
print(f"xavier_normal_, linear:     {linear.weight.std():.5f}, √(2/(Din + Dout)) = ", end="")
print(f"{math.sqrt(2 / (4096 + 1024)):.5f}; 1/√Din = {1 / math.sqrt(4096):.5f}")
nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
print(
    f"kaiming_normal_, linear:    {linear.weight.std():.5f}, √(2/Din) = {math.sqrt(2 / 4096):.5f}"
)
nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
print(f"kaiming_normal_, conv:      {conv.weight.std():.5f}, Din = 3²·64 = 576, ", end="")
print(f"√(2/Din) = {math.sqrt(2 / 576):.5f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A trap: torch's *default* for linear and convolutional layers is neither of the two, but a uniform distribution on
# $\pm 1/\sqrt{D_\text{in}}$, whose deviation is only $1/\sqrt{3 D_\text{in}}$. With a few layers that hardly matters;
# with many, call `nn.init` yourself. Torch stores a linear layer's weights as $[D_\text{out}, D_\text{in}]$, and a
# convolution's as $[\text{output channels}, \text{input channels}, k, k]$: do not take the wrong number for
# $D_\text{in}$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. Where gradient descent ends
#
# Suppose the scale is right. Does it matter *which* random weights come out? Training looks for
#
# $$x^* = \arg\min_x f(x),$$
#
# and gradient descent finds the global minimum of a convex $f$. The loss of a network is **not convex**: exchange two
# hidden units and you have another minimum of the same loss, and there are others that differ. Gradient descent ends in
# one of them, and the start decides in which. Move it.

# %% slideshow={"slide_type": "fragment"}
descent = minima_explorer()
descent

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Each minimum has its own basin, the starts that lead to it. Most starts do not end in the lowest.
# And from inside a minimum nothing tells whether another one is lower: its gradient is zero, as everywhere at a
# minimum.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The same with networks
#
# Four clouds of points at the corners of a square, opposite corners belong to one class (the XOR problem). Three times
# forty networks, with 2, 4 and 16 hidden tanh units. Among the forty nothing differs but the first weights.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
corners = torch.tensor([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]).repeat(32, 1)
xor_labels = torch.tensor([0, 0, 1, 1]).repeat(32)
xor = Split(corners + 0.2 * torch.randn(128, 2), xor_labels).to(device)
endings = {}
for hidden in (2, 4, 16):
    layers = [[nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 2)] for _ in range(40)]
    models = [nn.Sequential(*parts).to(device) for parts in layers]
    runs = fit_population(models, xor, lr=0.5, num_epochs=150, batch_size=64)
    endings[hidden] = np.sort([run.train_loss[-1] for run in runs])

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.6), layout="constrained")
axes = figure.subplots()
for (hidden, losses), mark, color in zip(endings.items(), "os^", COLORS, strict=False):
    axes.plot(range(1, 41), losses, mark, color=color, label=f"{hidden} hidden units")
title = "Forty networks that differ in their first weights"
label_axes(axes, title=title, xlabel="network, by its loss", ylabel="loss after training (nats)")
axes.legend()
stuck = {hidden: np.mean(losses > 0.2) for hidden, losses in endings.items()}
summary = ", ".join(f"{share:.0%} with {hidden} hidden units" for hidden, share in stuck.items())
show(figure, alt=f"Networks that end with a loss above 0.2: {summary}.")
print("end with a loss above 0.2:", summary)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** With two hidden units the losses form steps: the networks ended in different minima, good and
# bad, on the same data. With more units hardly any start is a bad one. That is the practical answer to a theoretical
# trouble: nobody can say whether a minimum is the global one, but in wide networks most minima that SGD reaches are
# about equally good (Choromanska et al., 2015). Train from several seeds all the same, and report the spread.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. Batch normalization
#
# A good initialization keeps the sums of every layer near mean zero and of equal size, at the *first* step. Who keeps
# them there? The simplest idea there is: if you want them normalized, normalize them. For each unit, over its sums
# $x_1, \dots, x_m$ for the $m$ examples of the minibatch (Ioffe and Szegedy, 2015):
#
# $$\mu = \frac1m \sum_{i=1}^m x_i, \qquad
# \sigma^2 = \frac1m \sum_{i=1}^m (x_i - \mu)^2, \qquad
# \hat x_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad
# y_i = \gamma\, \hat x_i + \beta.$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# - $\varepsilon$, $10^{-5}$ in torch, keeps a unit that never varies from dividing by zero.
# - $\gamma$ and $\beta$ are **learned**, one of each for every unit, starting at 1 and 0. With $\gamma = \sigma$ and
#   $\beta = \mu$ the layer can undo the normalization if that serves the loss.
# - It is a layer of the network: gradients flow through $\mu$ and $\sigma$ as well.
# - It usually stands between a linear or convolutional layer and its activation. That layer needs no bias: $\mu$ takes
#   it out again, and $\beta$ does its work.
# - After a convolution all places of a channel are treated alike: $\mu$, $\sigma$, $\gamma$, $\beta$ one for each
#   channel, and the mean runs over images, rows and columns.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Training and testing
#
# At test time an image should not be judged by its company, and it may come alone. So the layer remembers: during
# training it keeps **running** statistics, and in testing they replace those of the batch.
#
# $$\text{running} \leftarrow 0.9 \cdot \text{running} + 0.1 \cdot \text{batch}$$
#
# (torch calls the 0.1 `momentum`.) They start at mean 0, variance 1. One detail costs many people an afternoon: torch
# normalizes with the **biased** variance ($1/m$, above), and stores the **unbiased** one ($1/(m-1)$).
# Four numbers are enough to see it: $1, 3, 5, 7$ have mean 4, biased variance $20/4 = 5$, unbiased $20/3 = 6.67$.

# %% slideshow={"slide_type": "fragment"}
norm = nn.BatchNorm1d(1)
column = torch.tensor([[1.0], [3.0], [5.0], [7.0]])
in_training = norm(column)
print("training:", [round(value, 4) for value in in_training.flatten().tolist()])
print("by hand: ", [round((x - 4) / math.sqrt(5 + 1e-5), 4) for x in (1, 3, 5, 7)])
print(f"running mean {norm.running_mean.item():.4f}, by hand 0.9·0 + 0.1·4 = {0.1 * 4:.4f}")
print(f"running variance {norm.running_var.item():.4f}, ", end="")
print(f"by hand 0.9·1 + 0.1·20/3 = {0.9 + 0.1 * 20 / 3:.4f}")
in_testing = norm.eval()(column)
print("testing: ", [round(value, 4) for value in in_testing.flatten().tolist()])

# %% [markdown] slideshow={"slide_type": "fragment"}
# After one step the running statistics have only begun to follow, so training and testing give different outputs.
# With minibatches of a usual size they agree closely after some dozens of steps. Forgetting `model.eval()`, or testing
# after too few steps, is the commonest bug with this layer.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Why it allows higher learning rates
#
# Multiply the weights in front of a batch normalization by ten. What changes?

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
outputs, gradients = {}, {}
start = torch.randn(10, 64) / 8
for factor in (1, 10):
    weights = (factor * start).requires_grad_()
    sums = train.images[:64].cpu().flatten(1) @ weights.T
    out = F.batch_norm(sums, None, None, training=True)
    F.cross_entropy(out, train.labels[:64].cpu()).backward()
    outputs[factor], gradients[factor] = out.detach(), weights.grad.norm().item()
print(f"largest difference of the outputs: {(outputs[1] - outputs[10]).abs().max():.1e}")
print(f"gradient {gradients[1]:.4f} at the weights, {gradients[10]:.4f} at ten times the weights")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The outputs stay, so the scale of the first weights no longer matters. And the gradient is a *tenth*: large weights
# get small steps. A rate that is too high makes the weights grow, which makes the next steps smaller. The
# layer brakes by itself.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Does that hold in a whole network? First its gradients: twelve hidden layers, started at half of Kaiming's scale,
# before any training.


# %% slideshow={"slide_type": "fragment"}
def build_deep(scale, with_norm, num_layers=4):
    """64 inputs, hidden layers of 64 ReLU units, 10 logits; scale multiplies Kaiming's weights."""
    layers = [nn.Flatten()]
    for _ in range(num_layers):
        linear = nn.Linear(64, 64)
        nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        linear.weight.data.mul_(scale)
        layers += [linear, nn.BatchNorm1d(64), nn.ReLU()] if with_norm else [linear, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(64, 10)).to(device)


# %% slideshow={"slide_type": "subslide"}
norms = {}
for name, with_norm in {"without": False, "with batch norm": True}.items():
    set_seed(0)
    model = build_deep(0.5, with_norm, num_layers=12)
    F.cross_entropy(model(train.images[:256]), train.labels[:256]).backward()
    linear_layers = [part for part in model if isinstance(part, nn.Linear)]
    norms[name] = [layer.weight.grad.norm().item() for layer in linear_layers]

# %% slideshow={"slide_type": "fragment"}
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
axes = figure.subplots()
for (name, line), style, color in zip(norms.items(), ("s--", "o-"), COLORS, strict=False):
    axes.semilogy(range(1, 14), line, style, color=color, label=name)
label_axes(axes, title="Gradients before training", xlabel="layer", ylabel="norm of the gradient")
axes.legend()
summary = ", ".join(f"{name} {line[0]:.1e}" for name, line in norms.items())
show(figure, alt=f"Norm of the gradient in the first layer: {summary}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Without normalization the small scale multiplies over the layers, and so little gradient is left that
# nothing will happen. With it the gradients are of a useful size in every layer.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Then its training. Four hidden layers on the digits, with and without batch normalization, at six learning rates and
# five scales of the first weights: sixty networks, trained as two populations.

# %% slideshow={"slide_type": "subslide"}
rates, factors = [0.01, 0.03, 0.1, 0.3, 1.0, 3.0], [0.1, 0.3, 1.0, 2.0, 4.0]
settings = [(lr, factor) for lr in rates for factor in factors]
grid_losses, grid_accuracies = {}, {}
for name, with_norm in (("without", False), ("with batch norm", True)):
    set_seed(0)
    models = [build_deep(factor, with_norm) for _, factor in settings]
    runs = fit_population(models, train, val, lr=[lr for lr, _ in settings], num_epochs=4)
    shape = len(rates), len(factors)
    grid_losses[name] = np.array([run.loss for run in runs]).reshape(*shape, -1)
    grid_accuracies[name] = np.array([run.val_accuracy[-1] for run in runs]).reshape(shape)

# %% slideshow={"slide_type": "subslide"}
norm_rates = rates_explorer(rates, factors, grid_losses, grid_accuracies)
norm_rates

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Move the second slider. Without normalization the range of rates that train depends on the first
# weights, and is narrow: small weights do not learn at all, large ones diverge. With it, every scale can be trained,
# over a wide range of rates, up to some at which the other has long been lost. Ten times the weights have a tenth of the
# gradient, as we saw; so larger weights ask for larger rates, and forgive them.

# %% slideshow={"slide_type": "fragment"}
for name, accuracies in grid_accuracies.items():
    trained = accuracies > 0.8
    print(f"{name}: {trained.sum()} of {trained.size} networks reach 80 %", end="; ")
    highest = max(rate for rate, row in zip(rates, trained, strict=True) if row.any())
    print(f"the highest rate at which one does is {highest:g}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# What batch normalization brings, in sum:
#
# - better gradient flow through deep networks, **higher learning rates**, **less dependence on the initialization**;
# - some regularization: an image's activations depend on which others share its minibatch, which is noise (Lecture 3,
#   section 4 shows it);
# - at no cost in testing: with fixed statistics it only scales and shifts, which can be folded into the layer before.
#
# Why it works is still debated. Its inventors named "internal covariate shift"; Santurkar et al. (2018)
# found little of that, and a smoother loss instead. What it costs: training and testing behave differently, and it
# needs a batch.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. Layers, instances, groups
#
# And if the batch is small, or the inputs are sentences of different lengths? Take the mean over something else. The
# formula stays the same; what changes is *which numbers share a mean*. For activations of shape
# $N \times C \times H \times W$:
#
# | | averages over | number of means | in testing |
# | --- | --- | --- | --- |
# | batch norm | $N, H, W$ | $C$ | running |
# | layer norm (Ba et al., 2016) | $C, H, W$ | $N$ | as in training |
# | instance norm (Ulyanov et al., 2016) | $H, W$ | $N \cdot C$ | as in training |
# | group norm (Wu and He, 2018) | $C/G$ channels, $H, W$ | $N \cdot G$ | as in training |

# %% slideshow={"slide_type": "fragment"}
show(
    draw_groups(),
    alt="A batch of four images with six channels. Marked as sharing one mean: batch norm, channel 1 of all "
    "images; layer norm, all of image 1; instance norm, channel 1 of image 1; group norm, channels 1 to 3 of image 1.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Only batch norm's strip crosses from image to image. The other three look at one image at a time,
# so they need no running statistics and do not care for the size of the batch. Group norm lies between the other two:
# one group is layer norm, one channel a group is instance norm. Torch agrees:

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
x = torch.randn(4, 6, 5, 5)
one_group = F.group_norm(x, num_groups=1) - F.layer_norm(x, normalized_shape=(6, 5, 5))
six_groups = F.group_norm(x, num_groups=6) - F.instance_norm(x)
print(f"1 group and layer norm differ by at most     {one_group.abs().max():.1e}")
print(f"6 groups and instance norm differ by at most {six_groups.abs().max():.1e}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Layer norm is what transformers use, over the features of each token alone; instance norm is at home in style
# transfer, where an image's own contrast should go; group norm where memory allows only few images on each GPU, as in
# detection. $\gamma$ and $\beta$ belong to channels, in torch's layer norm to every single element.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### When the batch shrinks
#
# Large images leave room for two or four on a GPU, and batch norm on each GPU sees only those. We imitate it: SGD
# always gets 32 images, but the layer normalizes them in parts of 2, 4, … 32.


# %% slideshow={"slide_type": "fragment"}
class InParts(nn.Module):
    """Batch normalization that sees only `size` images at a time, as on a GPU of its own."""

    def __init__(self, channels, size):
        super().__init__()
        self.size, self.norm = size, nn.BatchNorm1d(channels)

    def forward(self, x):
        parts = x.split(self.size) if self.training else [x]
        return torch.cat([self.norm(part) for part in parts])


# %% slideshow={"slide_type": "subslide"}
def validation_errors(make_norm):
    """Validation errors of three networks with two normalized hidden layers, after four epochs."""
    set_seed(0)
    layers = [
        [nn.Flatten(), nn.Linear(64, 64), make_norm(), nn.ReLU()]
        + [nn.Linear(64, 64), make_norm(), nn.ReLU(), nn.Linear(64, 10)]
        for _ in range(3)
    ]
    models = [nn.Sequential(*parts).to(device) for parts in layers]
    runs = fit_population(models, train, val, lr=0.1, num_epochs=4, batch_size=32, progress=False)
    return [1 - run.val_accuracy[-1] for run in runs]


# %% [markdown] slideshow={"slide_type": "skip"}
# Three networks, with different first weights, for each size, and three with group norm. Each trains on the same
# batches of 32.

# %% slideshow={"slide_type": "fragment"}
sizes, errors = [2, 4, 8, 16, 32], []
for size in progress_bar(sizes, unit="size"):
    errors.append(validation_errors(lambda size=size: InParts(64, size)))
group_error = np.mean(validation_errors(lambda: nn.GroupNorm(4, 64)))
means = np.mean(errors, axis=1)
summary = ", ".join(f"{size}: {error:.1%}" for size, error in zip(sizes, means, strict=True))
print(f"batch norm, {summary}; group norm {group_error:.1%}")

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
axes = figure.subplots()
axes.plot(sizes, means, "-", color=COLORS[0], label="batch norm, mean")
axes.plot(sizes, errors, "o", color=COLORS[0], markersize=4)
axes.axhline(group_error, color=COLORS[1], linestyle="--", label="group norm, 4 groups")
axes.set_xscale("log", base=2)
axes.set_xticks(sizes, sizes)
labels = {"xlabel": "images that are normalized together", "ylabel": "validation error"}
label_axes(axes, title="Three networks for each size, on the digits", **labels)
axes.legend()
show(
    figure, alt=f"Error of batch norm by images together, {summary}; group norm {group_error:.1%}."
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Each point is a network. Down to eight images batch norm hardly notices; at four its error has
# grown, and at two it is many times as large: the statistics of two images are mostly noise, and they differ from the
# running ones used in testing. Group norm is a level line by construction. On ImageNet with ResNet-50, Wu and He
# (2018) find batch norm slightly ahead at 32 images a GPU, and group norm ahead by 10.6 points at two.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9. Checking a gradient
#
# Everything so far rests on gradients. How do you know that yours is right?
#
# | | numerical: try it out | analytic: derive it |
# | --- | --- | --- |
# | how | $\dfrac{f(x + h) - f(x - h)}{2h}$ | backpropagation |
# | exactness | approximate | exact |
# | speed | slow: two passes for each parameter | fast: one backward pass for all |
# | writing it | easy | error-prone |
#
# So each is used for what it is good at: train with the analytic one, and **always check it with the numerical one**.
# This is a *gradient check*.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Why the centred difference, and which $h$? Taylor's series says that the one-sided difference $(f(x + h) - f(x)) /
# h$ is off by about $\tfrac{h}{2} f''$, the centred one by $\tfrac{h^2}{6} f'''$ only. Smaller is better, then? But
# the computer rounds $f$ to a relative precision of about $10^{-7}$ (float32) or $10^{-16}$ (float64), and that error
# is divided by $h$. The two are compared by the **relative error**
#
# $$\frac{|g_\text{analytic} - g_\text{numerical}|}{\max(|g_\text{analytic}|, |g_\text{numerical}|)}.$$

# %% [markdown] slideshow={"slide_type": "skip"}
# One weight of a softmax classifier on 100 digits, at step sizes from 1 down to $10^{-12}$. The analytic gradient
# comes from torch in float64. (On the CPU: not every accelerator has float64.)

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
hundred = train[:100].to("cpu")
weights = (0.1 * torch.randn(10, 64, dtype=torch.float64)).requires_grad_()
F.cross_entropy(hundred.images.flatten(1).double() @ weights.T, hundred.labels).backward()
analytic = weights.grad[3, 20].item()


def loss_at(shift, dtype):
    """The loss with one of the weights moved."""
    moved = weights.detach().to(dtype, copy=True)
    moved[3, 20] += shift
    return F.cross_entropy(hundred.images.flatten(1).to(dtype) @ moved.T, hundred.labels).item()


# %% slideshow={"slide_type": "subslide"}
steps = np.geomspace(1, 1e-12, 49)
differences = {}
for dtype in (torch.float32, torch.float64):
    ahead, behind = (np.array([loss_at(s * h, dtype) for h in steps]) for s in (1, -1))
    differences[dtype, "centred"] = (ahead - behind) / (2 * steps)
    differences[dtype, "one-sided"] = (ahead - loss_at(0, dtype)) / steps
numerical = np.array(list(differences.values()))
relative = np.abs(numerical - analytic) / np.maximum(np.abs(numerical), abs(analytic))
relative = relative.reshape(2, 2, -1)  # [precision, kind, step size]
best_steps = steps[relative[:, 0].argmin(1)]
print(f"best step size, centred: {best_steps[0]:.0e} in float32, {best_steps[1]:.0e} in float64")

# %% [markdown] slideshow={"slide_type": "skip"}
# For the explorer: four curves, a point on the chosen one, and a sentence for each position.

# %% slideshow={"slide_type": "skip"}
precisions, forms = ["float32", "float64"], ["centred", "one-sided"]
lines = [
    Series(f"{precision}, {form}", steps, relative[i, j], dashed=j == 1, color=COLORS[i])
    for i, precision in enumerate(precisions)
    for j, form in enumerate(forms)
]
lines.append(Series("chosen", steps[:, None, None, None], relative.T[..., None], "scatter"))
table = np.empty((49, 2, 2), dtype=object)
for (s, k, p), error in np.ndenumerate(relative.T):
    value = numerical[2 * p + k, s]
    table[s, k, p] = f"Step size {steps[s]:.1e}: numerical {value:.9f}, analytic {analytic:.9f}, "
    table[s, k, p] += f"relative error {error:.1e} ({forms[k]}, {precisions[p]})."

# %% slideshow={"slide_type": "subslide"}
labels = {"xscale": "log", "yscale": "log"}
checking = explorer(
    {"step size h": [f"{h:.1e}" for h in steps], "difference": forms, "precision": precisions},
    [Panel("Error of the numerical gradient", "step size h", "relative error", lines, **labels)],
    texts=table,
    caption="Look for the lowest point of each curve, and what lies left and right of it.",
    start=[8, 0, 0],
    buttons=("difference", "precision"),
)
checking

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Each curve falls and rises again. On the right the formula's error rules, straight lines of slope 1
# (one-sided) and 2 (centred). On the left rounding takes over, and the smaller the step the *worse*. At its best the
# centred difference is better by far, by about three powers of ten in float64. In float32 no step size gives more than
# a few digits: check in **float64**, with $h$ around $10^{-5}$, and expect a relative error below $10^{-7}$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### How slow?

# %% slideshow={"slide_type": "fragment"}
model = build_shallow(nn.ReLU()).cpu()
parameters = sum(parameter.numel() for parameter in model.parameters())
scope = {"model": model, "F": F, "images": hundred.images, "labels": hundred.labels}
forward = "F.cross_entropy(model(images), labels)"
one_pass = min(timeit.repeat(forward, globals=scope, number=10, repeat=3)) / 10
both = min(timeit.repeat(f"{forward}.backward()", globals=scope, number=10, repeat=3)) / 10
print(f"analytic, all {parameters:,} gradients: {1000 * both:.2f} ms")
print(f"numerical: {2 * parameters:,} forward passes, about {2 * parameters * one_pass:.1f} s")

# %% [markdown] slideshow={"slide_type": "fragment"}
# And this is a tiny network: with the parameters grow both the number of passes and the cost of each. So a check
# takes a small model, a few images, and a sample of the parameters.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What a check catches, and what disturbs it
#
# `torch.autograd.gradcheck` does it for any function of float64 tensors. Here is a softplus whose backward pass
# somebody derived with the wrong sign inside; its true slope is $\sigma(x)$.


# %% slideshow={"slide_type": "fragment"}
class WrongSoftplus(torch.autograd.Function):
    @staticmethod
    def forward(context, x):
        context.save_for_backward(x)
        return F.softplus(x)

    @staticmethod
    def backward(context, gradient):
        return gradient * torch.sigmoid(-context.saved_tensors[0])


x = torch.linspace(-2, 2, 7, dtype=torch.float64, requires_grad=True)
for name, function in (("torch's softplus", F.softplus), ("the wrong one", WrongSoftplus.apply)):
    passed = torch.autograd.gradcheck(function, x, raise_exception=False)
    print(f"{name}: {'passes' if passed else 'does not pass'}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# A wrong gradient often still trains, only worse: without a check nobody notices. The other way round, a right
# gradient can look wrong at a **kink**, when $x - h$ and $x + h$ lie on different sides of it:

# %% slideshow={"slide_type": "fragment"}
point = 1e-5
for h in (1e-4, 1e-6):
    numerical_slope = (max(0, point + h) - max(0, point - h)) / (2 * h)
    print(f"ReLU at {point:g}, h = {h:g}: numerical {numerical_slope:.2f}, analytic 1.00")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Before you check: float64; dropout and augmentation off, or their random numbers fixed; batch normalization in a
# fixed mode; a few dozen parameters of *each* layer; once at the start and once after some steps. And when a single
# entry is off, see whether a kink lies near.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 10. What to remember
#
# - **Activation**: ReLU first. Saturated units pass no gradient, one-sided outputs zig-zag, dead ReLUs stay dead.
# - **Data**: subtract the mean, divide by the deviation, both from the *training* set, for all images.
# - **Weights**: random, to break the symmetry; std $1/\sqrt{D_\text{in}}$ (Xavier; Glorot's own
#   $\sqrt{2/(D_\text{in} + D_\text{out})}$) for tanh, $\sqrt{2/D_\text{in}}$ (Kaiming) for ReLU;
#   $D_\text{in} = \text{kernel}^2 \times \text{channels}$ for a convolution.
# - **Not convex**: the start decides which minimum is reached; wide networks make most starts good ones.
# - **Batch norm**: batch statistics in training, running ones in testing, $\gamma$ and $\beta$ learned. Higher rates,
#   less dependence on the initialization, a little regularization. With few images in a batch: group norm.
# - **Gradient check**: centred difference, float64, $h \approx 10^{-5}$, relative error. Always.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Papers
#
# - Y. LeCun, L. Bottou, G. B. Orr, K.-R. Müller: *Efficient BackProp*. In: Neural Networks: Tricks of the Trade,
#   Springer, 1998.
# - V. Nair, G. E. Hinton: *Rectified Linear Units Improve Restricted Boltzmann Machines*. ICML 2010.
# - X. Glorot, Y. Bengio: *Understanding the difficulty of training deep feedforward neural networks*. AISTATS 2010.
# - I. J. Goodfellow, D. Warde-Farley, M. Mirza, A. Courville, Y. Bengio: *Maxout Networks*. ICML 2013.
# - A. L. Maas, A. Y. Hannun, A. Y. Ng: *Rectifier Nonlinearities Improve Neural Network Acoustic Models* (leaky ReLU).
#   ICML 2013 Workshop on Deep Learning for Audio, Speech and Language Processing.
# - K. He, X. Zhang, S. Ren, J. Sun: *Delving Deep into Rectifiers: Surpassing Human-Level Performance on ImageNet
#   Classification*. ICCV 2015.
# - S. Ioffe, C. Szegedy: *Batch Normalization: Accelerating Deep Network Training by Reducing Internal
#   Covariate Shift*. ICML 2015.
# - A. Choromanska, M. Henaff, M. Mathieu, G. Ben Arous, Y. LeCun: *The Loss Surfaces of Multilayer Networks*.
#   AISTATS 2015.
# - D.-A. Clevert, T. Unterthiner, S. Hochreiter: *Fast and Accurate Deep Network Learning by Exponential Linear Units
#   (ELUs)*. ICLR 2016.
# - D. Hendrycks, K. Gimpel: *Gaussian Error Linear Units (GELUs)*. arXiv:1606.08415, 2016.
# - J. L. Ba, J. R. Kiros, G. E. Hinton: *Layer Normalization*. arXiv:1607.06450, 2016.
# - D. Ulyanov, A. Vedaldi, V. Lempitsky: *Instance Normalization: The Missing Ingredient for Fast Stylization*.
#   arXiv:1607.08022, 2016.
# - P. Ramachandran, B. Zoph, Q. V. Le: *Searching for Activation Functions* (Swish). arXiv:1710.05941, 2017.
# - Y. Wu, K. He: *Group Normalization*. ECCV 2018.
# - S. Santurkar, D. Tsipras, A. Ilyas, A. Mądry: *How Does Batch Normalization Help Optimization?* NeurIPS 2018.
# - D. Misra: *Mish: A Self Regularized Non-Monotonic Activation Function*. BMVC 2020.

# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Lecture 3: Regularization
#
# A network that fits its training images has done the easy half. This lecture is about the other half:
# where the error on new images comes from, and what keeps a model from learning what it should not. First
# penalties on the weights, then noise: above all **dropout**, and what to do with the noise when the
# training is over.
#
# 1. Overfitting, bias and variance
# 2. Overfitting on the digits
# 3. Penalties on the weights
# 4. The common pattern: train with noise, test with the average
# 5. Dropout
# 6. Inverted dropout
# 7. How much to keep
# 8. Why it works
# 9. Averaging many passes
# 10. More noise: weights, pooling, depth, labels
# 11. What to use when
# 12. What to remember

# %% [markdown] slideshow={"slide_type": "subslide"}
# **After this lecture you can**
#
# - split an error into bias, variance and noise, and recognize overfitting from curves of training and
#   validation accuracy;
# - state the L2, L1 and elastic-net penalties with their gradients, the max-norm projection, and when an
#   L2 penalty and weight decay are the same;
# - state what dropout, batch normalization, random pooling and stochastic depth have in common;
# - derive what dropout must do at test time, in its vanilla and in its inverted form, forward and
#   backward, and say which probability is meant;
# - tell where scaling by the keep probability is exact, and measure how good it is where it is not;
# - choose a regularizer for a given network.
#
# **Time**: 75 minutes. **You need**: backpropagation, stochastic gradient descent, the softmax
# loss, expectation and variance of a random variable, and `torch.nn` modules.

# %% slideshow={"slide_type": "skip"}
import copy
import math
from itertools import product

import numpy as np
import torch
from matplotlib.figure import Figure
from sklearn.datasets import load_sample_image
from torch import nn
from torch.nn import functional as F
from torchvision.ops import stochastic_depth

# %% slideshow={"slide_type": "skip"}
from utils.data import corrupt_labels, load
from utils.explore.decision_boundary import boundary_explorer, moons
from utils.explore.polynomials import HIGH, LOW, fitted, polynomial_explorer, truth
from utils.explorers import Panel, Series, explorer
from utils.plots import COLORS, histogram, image_grid, label_axes, learning_curves, show
from utils.populations import fit_population
from utils.training import choose_device, fit, progress_bar, set_seed

torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on a busy machine
device = choose_device()

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Overfitting, bias and variance
#
# How can a model that fits its data better predict worse?
#
# The smallest case needs no network. Take a few points of $y = x^2 + x$, add noise to each $y$, and fit
# a polynomial by least squares:
#
# $$P_N(x) = \sum_{k=0}^{N} c_k\, x^k$$
#
# A polynomial of degree $N$ has $N + 1$ parameters. The more parameters, the more functions the model can
# represent: every polynomial of degree 2, the truth among them, is also one of degree 12.

# %% slideshow={"slide_type": "fragment"}
fitting = polynomial_explorer(range(13), [0.1, 0.3, 0.5, 1.0], [15, 30, 100, 300])
fitting

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The training error only falls: a higher degree can do all that a lower one can. The
# validation error, measured on 500 other points, is lowest at degree 2, the truth's own, and then climbs. The
# curve shows why: it bends to meet points that are off by nothing but noise. The dashed green line is the
# error of the truth itself. A training error far below it is noise learned by heart: **overfitting**. Degrees 0
# and 1 have the opposite trouble, **underfitting**. And 300 points make even degree 12 nearly harmless.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Where the error comes from
#
# Imagine that the points could be drawn again and again. Every set gives another fit $\hat f$. How far is a new
# measurement $y = f(x) + \text{noise}$ from it, on average?
#
# $$\mathbb{E}\big[(y - \hat f(x))^2\big] = \underbrace{\big(\mathbb{E}[\hat f(x)] - f(x)\big)^2}_{\text{bias}^2}
# + \underbrace{\text{Var}[\hat f(x)]}_{\text{variance}} + \underbrace{\sigma^2}_{\text{noise}}$$
#
# Bias: what the *average* fit gets wrong, since the model is too stiff. Variance: how much a fit depends on the
# points it happened to get. Noise: what nobody can predict. Nothing else remains, since the new
# measurement's noise has mean zero and knows nothing of the fit.
#
# On a computer the points *can* be drawn again: 2,000 sets of 15, and a fit to each.

# %% slideshow={"slide_type": "fragment"}
rng = np.random.default_rng(0)
places, sigma, num_sets = np.linspace(LOW, HIGH, 61), 0.5, 2000
x = np.linspace(LOW, HIGH, 15)
sets = truth(x)[:, None] + sigma * rng.normal(size=(15, num_sets))  # [point, set]
fresh = truth(places)[:, None] + sigma * rng.normal(size=(61, num_sets))  # new measurements
degrees = np.arange(11)
bias2, variance, error = np.empty((3, len(degrees)))
for degree in degrees:
    fits = fitted(x, sets, degree, places)  # [place, set]
    bias2[degree] = ((fits.mean(axis=1) - truth(places)) ** 2).mean()
    variance[degree] = fits.var(axis=1).mean()
    error[degree] = ((fresh - fits) ** 2).mean()
parts = bias2 + variance + sigma**2

# %% slideshow={"slide_type": "subslide"}
print("degree   bias²  + variance +  noise  =    sum     measured")
for d in (0, 1, 2, 5, 10):
    terms = f"{bias2[d]:9.4f}  {variance[d]:9.4f}  {sigma**2:8.4f}"
    print(f"{d:4d} {terms}  {parts[d]:9.4f}  {error[d]:9.4f}")

# %% slideshow={"slide_type": "fragment"}
figure = Figure(figsize=(6.4, 3.6), layout="constrained")
axes = figure.subplots()
axes.plot(degrees, bias2, "--", label="bias²")
axes.plot(degrees, variance, ":", color=COLORS[1], label="variance")
axes.axhline(sigma**2, color=COLORS[2], linestyle="-.", label="noise")
axes.plot(degrees, parts, color=COLORS[3], label="their sum")
axes.scatter(degrees, error, color="black", zorder=3, label="measured error")
title = f"Fits to {num_sets:,} sets of 15 points"
label_axes(axes, title=title, xlabel="degree", ylabel="mean squared error")
axes.set(yscale="log", ylim=(1e-3, None))
axes.legend(fontsize="small")
best = degrees[error.argmin()]
show(figure, alt=f"Bias falls, variance grows with the degree; their sum is smallest at {best}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The dots, errors on new measurements, lie on the sum of the three parts. Left of degree 2 the
# bias rules, right of it the variance, and the best model is the one between. (From degree 2 on
# the model contains the truth: its bias is zero, and the dashed line leaves the picture.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### More parameters than measurements
#
# A **multi-plane image** describes a scene as a stack of pictures, each at its own depth and partly transparent
# (red, green, blue and opacity). Suppose it has 64 layers of 1024 × 768 pixels, and is fitted to 32 photographs
# of that size. Compare **NeRF**, which answers the same question with a small network: eight layers of
# 256 units from a place in space, a few more for the direction of view.

# %% slideshow={"slide_type": "fragment"}
multi_plane_image = 64 * 1024 * 768 * 4
measurements = 32 * 1024 * 768 * 3
place, direction = 3 + 3 * 2 * 10, 3 + 3 * 2 * 4  # coordinates, with sines and cosines of each
layers = [(place, 256), *[(256, 256)] * 4, (256 + place, 256), *[(256, 256)] * 2]
layers += [(256, 1), (256, 256), (256 + direction, 128), (128, 3)]  # density, then colour
nerf = sum((inputs + 1) * outputs for inputs, outputs in layers)
print(f"multi-plane image: {multi_plane_image:12,} parameters")
print(f"photographs:       {measurements:12,} measurements")
print(f"NeRF, one network: {nerf:12,} parameters")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Fitted by gradient descent alone, so many free pixels can reproduce all 32 photographs and show garbage from any
# other point of view, like a sculpture made so that its shadow, from one side only, is a portrait. NeRF has
# more than a hundred times fewer parameters than there are measurements, and all places share them.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Three ways to regularize
#
# More data lower the variance. Where there are none, **regularization** adds what we know or assume:
#
# | through | what it adds | for instance |
# | --- | --- | --- |
# | the architecture | fewer functions to choose from | convolution instead of a full matrix; NeRF |
# | the loss | a preference among the functions | penalties (Section 3), label smoothing (Section 10) |
# | the data | more of them, or noise in them | augmentation (lecture 4), dropout (Section 5) |
#
# A large number of parameters is a risk, no verdict. The largest vision transformer of Dosovitskiy et al.
# (2021) has 632 million. Trained on the 1.3 million images of ImageNet alone, such models stayed behind
# convolutional networks of their time; pretrained on 300 million images they overtook them. Huge networks
# work, given much data. The test error may even fall a second time when a network grows beyond what it needs
# to fit every training label ("double descent", Nakkiran et al., 2020).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. Overfitting on the digits
#
# What does a network do with images that it cannot possibly have understood?
#
# To see it plainly we take few images, 300, and give it something that is *not worth learning*: every
# fifth training label is wrong. The validation labels stay right, so they tell us what was
# understood.

# %% slideshow={"slide_type": "fragment"}
data = load("digits", device=device)
clean = data.train[:300]
train = corrupt_labels(clean, 0.2)
num_wrong = int((train.labels != clean.labels).sum())
print(f"{len(train)} training images, {num_wrong} of them with a wrong label")
print(f"{len(data.val)} validation images, all labels right")

# %% slideshow={"slide_type": "subslide"}
is_wrong = train.labels != clean.labels
chosen = torch.cat([torch.where(~is_wrong)[0][:8], torch.where(is_wrong)[0][:8]])
captions = [
    f"{label}" if label == truth else f"{label}, is {truth}"
    for label, truth in zip(
        train.labels[chosen].tolist(), clean.labels[chosen].tolist(), strict=True
    )
]
figure = image_grid(train.images[chosen], captions, title="Eight right labels, eight wrong ones")
show(figure, alt="Sixteen digits of 8 by 8 pixels, labelled: " + "; ".join(captions))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Above each image stands the label that the network is given, and what it *is* where the two differ.
# Nothing in a mislabelled image explains its label: it can only be learned by heart.

# %% [markdown] slideshow={"slide_type": "subslide"}
# The network is much too large for 300 images: two hidden layers of 512 units. It already has its
# two dropout layers, but with a keep probability of 1 they do nothing. (Torch's `nn.Dropout` takes the
# *drop* probability, hence `1 - keep_prob`. Section 6 returns to this.)


# %% slideshow={"slide_type": "fragment"}
def build(keep_prob):
    drop_prob = 1 - keep_prob
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64, 512),
        nn.ReLU(),
        nn.Dropout(drop_prob),
        nn.Linear(512, 512),
        nn.ReLU(),
        nn.Dropout(drop_prob),
        nn.Linear(512, 10),
    ).to(device)


# %% slideshow={"slide_type": "subslide"}
def train_network(keep_prob, images=train, progress=True):
    set_seed(0)
    model = build(keep_prob)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    settings = {"num_epochs": 40, "batch_size": 50, "progress": progress}
    return model, fit(model, images, data.val, optimizer=optimizer, **settings)


plain, plain_history = train_network(keep_prob=1.0)
num_parameters = plain_history.config["num_parameters"]
print(f"{num_parameters:,} parameters, {num_parameters // len(train):,} for each training image")

# %% slideshow={"slide_type": "subslide"}
best = max(plain_history.val_accuracy)
last = plain_history.val_accuracy[-1]
show(
    learning_curves(plain_history, title="No regularization: 300 images, every fifth label wrong"),
    alt=f"Training accuracy rises to {plain_history.train_accuracy[-1]:.0%}. Validation accuracy "
    f"peaks at {best:.0%} and falls to {last:.0%}.",
)
print(f"validation accuracy: at best {best:.1%}, after the last epoch {last:.1%}")
print(f"gap between training and validation at the end: {plain_history.gap:.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Look where the training accuracy crosses 80 %, the share of right labels. Whoever
# knows the digits and nothing else stays there. From that epoch on the network can only improve by
# memorizing wrong labels, and the validation accuracy falls while the training loss goes on
# shrinking. That is overfitting, and no look at the training loss would have shown it.

# %% [markdown] slideshow={"slide_type": "notes"}
# Ask before running the cell: which training accuracy would a person get who knows all digits? Stopping at
# the peak would help here as well, but needs the validation images to decide when.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. Penalties on the weights
#
# Many weights fit the training images equally well. Which of them should be preferred?
#
# Take the **multiclass hinge loss**: the right class's score $s_y$ has to lead every other by 1, and a lead beyond
# that earns nothing. To it we add a penalty $R$ on the weights, with a strength $\lambda$:
#
# $$L = \frac1N \sum_i \sum_{j \ne y_i} \max\big(0,\, s_j - s_{y_i} + 1\big) + \lambda R(W), \qquad s = f(x_i; W)$$
#
# For the scores 3.2, 5.1 and −1.7, and class 0 right, the sum is
# $\max(0,\, 5.1 - 3.2 + 1) + \max(0,\, {-1.7} - 3.2 + 1) = 2.9 + 0$. Were class 1 right, it would be 0.

# %% slideshow={"slide_type": "fragment"}
scores = torch.tensor([[3.2, 5.1, -1.7]])
for label in (0, 1):
    for factor in (1, 2):
        # multi_margin_loss divides by the number of classes
        hinge = 3 * F.multi_margin_loss(factor * scores, torch.tensor([label]))
        print(f"class {label} right, scores times {factor}: hinge loss {hinge:.1f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Once the loss is zero, as with class 1, the scores may grow as they like. If $W$ fits the data, so does $2W$:
# the data do not choose between them. The penalty does.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### L2, L1 and both
#
# | penalty | $R(W)$ | gradient of $\lambda R$ | prefers |
# | --- | --- | --- | --- |
# | L2 | $\sum W_k^2$ | $2 \lambda W$ | many small weights |
# | L2 with one half | $\tfrac12 \lVert W \rVert^2 = \tfrac12 \sum W_k^2$ | $\lambda W$ | the same, at half the strength |
# | L1 | $\sum \lvert W_k \rvert$ | $\lambda\, \text{sign}(W)$ | few weights, the others zero |
# | elastic net | $\sum \beta W_k^2 + \lvert W_k \rvert$ | $\lambda\,(2 \beta W + \text{sign}(W))$ | few, and not large |
#
# Both forms of L2 are in use, and a $\lambda$ of one is $\lambda / 2$ or $2 \lambda$ in the other. Torch's
# `weight_decay` is the second: it adds $\lambda W$ to the gradient. Before you copy a $\lambda$ from a paper,
# look which one it means.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Let four inputs be $(1, 1, 1, 1)$. The weights $(1, 0, 0, 0)$ and $(\tfrac14, \tfrac14, \tfrac14, \tfrac14)$
# both score 1.
#
# | weights | $\sum W_k^2$ | $\sum \lvert W_k \rvert$ |
# | --- | --- | --- |
# | $(1, 0, 0, 0)$ | $1$ | $1$ |
# | $(\tfrac14, \tfrac14, \tfrac14, \tfrac14)$ | $4 \cdot \tfrac1{16} = \tfrac14$ | $4 \cdot \tfrac14 = 1$ |
#
# L2 wants the work shared by all inputs, L1 does not care. Make one input larger, $(2, 1, 1, 1)$, and L1 puts
# everything on it, while L2 still shares: $\tfrac17 (2, 1, 1, 1)$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# What becomes of a weight that the data alone would set to $a$? For one weight and the simplest data loss, minimize
# $\tfrac12 (w - a)^2 + \lambda R(w)$, by setting the derivative to zero:
#
# $$w_\text{L2} = \frac{a}{1 + 2\lambda} \qquad w_\text{L1} = \text{sign}(a)\, \max(|a| - \lambda,\, 0)
# \qquad w_\text{elastic} = \frac{w_\text{L1}}{1 + 2 \lambda \beta}$$
#
# L2 *divides*, so nothing ever becomes zero. L1 *subtracts*, and stops at zero. Six weights, $\beta = 1$:

# %% slideshow={"slide_type": "fragment"}
a = np.array([2.0, -1.2, 0.8, -0.5, 0.3, -0.1])
lambdas = np.round(np.linspace(0, 1.5, 16), 1)
strength = lambdas[:, None]
lasso = np.sign(a) * np.maximum(np.abs(a) - strength, 0)
kinds = ["L2", "L1", "elastic net"]
shrunk = np.stack([a / (1 + 2 * strength), lasso, lasso / (1 + 2 * strength)])  # [kind, λ, weight]
num_zero = (shrunk == 0).sum(axis=2)
texts = np.empty(num_zero.shape, dtype=object)
for (i, j), zero in np.ndenumerate(num_zero):
    texts[i, j] = f"{kinds[i]}, λ = {lambdas[j]}: {zero} of 6 weights are exactly zero."

# %% slideshow={"slide_type": "skip"}
numbers = np.arange(1, 7)
bars = [
    Series("data alone", numbers, a, "bar", color=COLORS[5]),
    Series("with the penalty", numbers, shrunk, "bar", color=COLORS[1]),
]
paths = [Series(f"weight {n}", lambdas, shrunk[:, None, :, n - 1]) for n in numbers]
now = np.broadcast_to(lambdas[None, :, None], (1, 16, 6))
paths.append(Series("chosen λ", now, shrunk, "scatter", color=COLORS[1]))

# %% slideshow={"slide_type": "subslide"}
shrinking = explorer(
    {"penalty": kinds, "λ": lambdas},
    [
        Panel("Six weights", "weight", "value", bars, ylim=(-1.5, 2.2)),
        Panel("Each weight against λ", "λ", "value", paths, ylim=(-1.5, 3.5)),
    ],
    texts=texts,
    caption="Look which penalty makes weights exactly zero, and which shrinks the large ones most.",
    start=[0, 5],
    buttons=["penalty"],
)
shrinking

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** With L2 all weights shrink by the same factor. With L1 all lose the same amount, and the
# small ones end at exactly zero: it *selects* inputs (the lasso). The elastic net does both.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What λ does to a network
#
# Points in the plane, two classes that overlap, and a two-layer network of 100 hidden units. We train it with
# ten values of `weight_decay`, always from the same start. The ten networks are stepped together as one
# population.

# %% slideshow={"slide_type": "fragment"}
points, val_points = moons(100).to(device), moons(1000, seed=1).to(device)
set_seed(0)
network = nn.Sequential(nn.Linear(2, 100), nn.ReLU(), nn.Linear(100, 2)).to(device)
weight_decays = np.logspace(-5, -0.5, 10)
networks = [copy.deepcopy(network) for _ in weight_decays]
settings = {"lr": 0.3, "momentum": 0.9, "num_epochs": 250, "batch_size": 25}
runs = fit_population(networks, points, val_points, weight_decay=weight_decays, **settings)
boundary = boundary_explorer(weight_decays, networks, runs, points)
boundary

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** With hardly any decay the border bends to take in single points, which no neighbour
# confirms. As λ grows the weights become shorter and the border smoother: training accuracy falls, validation
# accuracy rises a little, and then falls too. At the largest λ nothing is left of the network. The colours
# grow paler on the way: small weights also mean less confidence.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Is L2 the same as weight decay?
#
# **Weight decay** shrinks the weights in every step, $w \leftarrow (1 - \alpha \lambda)\, w$, beside the step
# along the gradient. For SGD with learning rate $\alpha$ that is exactly the penalty
# $\tfrac{\lambda}{2} \lVert w \rVert^2$:
#
# $$w - \alpha\,(g + \lambda w) = (1 - \alpha \lambda)\, w - \alpha\, g.$$
#
# Adam divides the gradient by its own running size, and if $\lambda w$ is part of the gradient, divides it
# too. Then the two differ. We follow two weights whose gradients only shake, $\pm 3$ and $\pm 0.1$ in turn,
# so that the decay alone should move them.


# %% slideshow={"slide_type": "fragment"}
def follow(optimizer_class, penalty=0.0, shrink=0.0, **options):
    """The path of the two weights [steps, 2], pulled to zero by the loss, by hand or by torch."""
    weights = nn.Parameter(torch.ones(2))
    optimizer = optimizer_class([weights], lr=0.01, **options)
    path = []
    for step in range(300):
        gradient = (-1) ** step * torch.tensor([3.0, 0.1])
        loss = gradient @ weights + penalty / 2 * torch.linalg.vector_norm(weights) ** 2
        optimizer.zero_grad()
        loss.backward()
        with torch.no_grad():
            weights.mul_(1 - 0.01 * shrink)
        optimizer.step()
        path.append(weights.detach().clone())
    return torch.stack(path).numpy()


# %% slideshow={"slide_type": "subslide"}
strengths = {"penalty": 0.3}, {"shrink": 0.3}
optimizers = {
    "SGD": (torch.optim.SGD, {}),
    "SGD, momentum": (torch.optim.SGD, {"momentum": 0.9}),
    "Adam": (torch.optim.Adam, {}),
    "AdamW": (torch.optim.AdamW, {}),
}
decayed, apart = {}, {}
print("largest distance of weight_decay from     the penalty   shrinking")
for name, (kind, options) in optimizers.items():
    decayed[name] = follow(kind, weight_decay=0.3, **options)
    others = [follow(kind, weight_decay=0, **options, **pull) for pull in strengths]
    apart[name] = [np.abs(decayed[name] - other).max().item() for other in others]
    print(f"{name:38}", "  ".join(f"{distance:12.7f}" for distance in apart[name]))

# %% [markdown] slideshow={"slide_type": "fragment"}
# For plain SGD all three are one, up to rounding. With momentum, and with Adam, torch's `weight_decay` is the
# **L2 penalty** (it goes into the gradient). In `AdamW` it is **weight decay** (Loshchilov and Hutter, 2019),
# which is why transformers are trained with AdamW.

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(9.5, 3.3), layout="constrained")
figure.suptitle("weight_decay = 0.3 on two weights with shaking gradients")
panels = dict(zip(("SGD", "Adam", "AdamW"), figure.subplots(1, 3, sharey=True), strict=True))
for name, axes in panels.items():
    for number, (style, size) in enumerate((("-", 3.0), ("--", 0.1))):
        values = decayed[name][:, number]
        axes.plot(values, style, color=COLORS[number], label=f"gradients ±{size}")
    label_axes(axes, title=name, xlabel="step", ylabel="weight")
panels["SGD"].legend()
ends = "; ".join(
    f"{name} {path[-1, 0]:.2f} and {path[-1, 1]:.2f}" for name, path in decayed.items()
)
show(figure, alt=f"Where the weights with large and with small gradients end: {ends}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** SGD and AdamW pull both weights alike. Adam with an L2 penalty hardly pulls where the gradients
# are large. Where they are small it pulls hard, at first by nearly the whole learning rate in each step.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Max norm
#
# Instead of a price, a limit: after each step, the incoming weights $w$ of every unit are put back into a
# ball of radius $c$,
#
# $$w \leftarrow w \cdot \min\Big(1,\; \frac{c}{\lVert w \rVert}\Big).$$
#
# This is a **projection**, no penalty: there is no gradient, and nothing happens to weights inside the ball.
# With $c = 1$, $(3, 4)$ becomes $(0.6, 0.8)$, and $(0.3, 0.4)$ stays. Srivastava et al. (2014) used it beside
# dropout, with $c$ from 3 to 4: weights cannot explode, so one may begin with a large learning rate. In torch
# it is `torch.renorm`.

# %% slideshow={"slide_type": "fragment"}
print(torch.renorm(torch.tensor([[3.0, 4.0], [0.3, 0.4]]), p=2, dim=0, maxnorm=1.0))

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
vectors = torch.randn(24, 2)
moved = {"Weight decay": 0.7 * vectors, "Max norm": torch.renorm(vectors, 2, 0, maxnorm=1.0)}
angle = np.linspace(0, 2 * np.pi, 100)
figure = Figure(figsize=(7.6, 3.9), layout="constrained")
for axes, (title, after) in zip(figure.subplots(1, 2), moved.items(), strict=True):
    axes.plot(np.cos(angle), np.sin(angle), "--", color=COLORS[2])
    axes.plot(*torch.stack([vectors, after]).unbind(2), color="0.75", zorder=1)
    axes.scatter(*vectors.T, color=COLORS[0], label="before")
    axes.scatter(*after.T, color=COLORS[1], marker="s", s=18, label="after", zorder=2)
    axes.set(aspect="equal", xlim=(-2.7, 2.7), ylim=(-2.7, 2.7))
    label_axes(axes, title=title, xlabel="first weight", ylabel="second weight")
axes.legend(loc="lower right")
show(figure, alt="Weight decay moves all vectors inwards, max norm only those outside the circle.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** A decay moves every weight vector by the same factor (here 0.7, as many steps would). The
# projection leaves those inside the circle alone, and puts the others on it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. The common pattern: train with noise, test with the average
#
# How can a network be kept from memorizing? One answer: never show it the same thing twice. During
# training its output depends on the input $x$, the weights $W$ and on *noise* $z$, drawn anew
# each time:
#
# $$y = f_W(x, z) \qquad \text{(training)}$$
#
# A prediction should not be a lottery, so testing averages the noise out:
#
# $$y = f_W(x) = \mathbb{E}_z\big[f_W(x, z)\big] = \int p(z)\, f_W(x, z)\, dz \qquad \text{(testing)}$$

# %% [markdown] slideshow={"slide_type": "subslide"}
# The average is sometimes exact, mostly approximate: a shortcut in a single pass, or a mean over
# several passes.
#
# | method | noise $z$ in training | testing |
# | --- | --- | --- |
# | dropout | which units are kept | all units, scaled |
# | batch normalization | which other images share the minibatch | running mean and variance |
# | random crops and flips | where the crop lies, whether it is flipped | fixed crops, averaged |
#
# Batch normalization was invented for faster training; that it regularizes comes along. In
# residual networks and most convolutional networks after them, it and an L2 penalty on the weights
# are often the only regularizers.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Does batch normalization really fit the pattern? Take one image and normalize one unit's output
# together with 31 others, which are drawn anew 1,000 times.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
# momentum=None: the running statistics are plain means over all minibatches seen
unit = nn.Sequential(nn.Flatten(), nn.Linear(64, 1), nn.BatchNorm1d(1, momentum=None)).to(device)
outputs = []
with torch.no_grad():
    for _ in range(1000):
        others = torch.randperm(len(train) - 1)[:31] + 1
        minibatch = torch.cat([train.images[:1], train.images[others]])
        outputs.append(unit(minibatch)[0, 0])
    test_output = unit.eval()(train.images[:1]).item()
outputs = torch.stack(outputs)
print(f"training: mean {outputs.mean():.3f}, standard deviation {outputs.std():.3f}")
print(f"testing:  {test_output:.3f}")

# %% slideshow={"slide_type": "subslide"}
title = "One image, one unit, 1,000 minibatches"
figure = histogram(
    outputs, title=title, xlabel="output of batch normalization (standard deviations)"
)
axes = figure.axes[0]
axes.axvline(outputs.mean().item(), color=COLORS[0], label="mean over minibatches")
axes.axvline(test_output, color=COLORS[1], linestyle="--", label="output when testing")
axes.legend()
show(
    figure,
    alt=f"A bell-shaped histogram; mean {outputs.mean():.2f}, output when testing {test_output:.2f}.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The same image gets another output in every minibatch: this is the noise. The output
# when testing lies beside the mean of them all, close but not equal, since dividing by an average
# standard deviation is not the same as averaging the quotients.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. Dropout
#
# What is the simplest noise that one can put *inside* a network? Switch units off.
#
# In every forward pass each unit $h_i$ of a layer is kept with the **keep probability** $q$ and set to
# zero otherwise, independently of all others and for each image anew:
#
# $$\tilde h_i = m_i\, h_i, \qquad m_i \sim \text{Bernoulli}(q) \qquad \text{(training)}$$
#
# The probability of dropping a unit is $1 - q$. A common choice is $q = 0.5$.


# %% slideshow={"slide_type": "skip"}
def draw_network(axes, masks, title):
    """Units of each layer as circles, joined where both are kept; dropped units are crosses."""
    places = [[(x, y - len(mask) / 2) for y in range(len(mask))] for x, mask in enumerate(masks)]
    for layer in range(len(masks) - 1):
        for a, b in product(range(len(masks[layer])), range(len(masks[layer + 1]))):
            if masks[layer][a] and masks[layer + 1][b]:
                (x0, y0), (x1, y1) = places[layer][a], places[layer + 1][b]
                axes.plot([x0, x1], [y0, y1], color="0.7", linewidth=0.8, zorder=1)
    for column, mask in zip(places, masks, strict=True):
        for (x, y), kept in zip(column, mask, strict=True):
            color, marker = (COLORS[0], "o") if kept else (COLORS[1], "x")
            axes.scatter(x, y, 130, color=color, marker=marker, zorder=2)
    axes.set(title=title, xticks=range(4), yticks=[], xlabel="layer", ylabel="unit")


# %% slideshow={"slide_type": "subslide"}
whole, image, scores = [1] * 6, [1] * 4, [1] * 3
first, second = [1, 0, 1, 1, 0, 0], [0, 1, 1, 0, 1, 0]
networks = {
    "Whole network": [image, whole, whole, scores],
    "One pass": [image, first, second, scores],
    "The next pass": [image, second, first, scores],
}
figure = Figure(figsize=(9.5, 3.2), layout="constrained")
figure.suptitle("Dropout trains another thinned network in every pass")
for axes, (title, masks) in zip(figure.subplots(1, 3), networks.items(), strict=True):
    draw_network(axes, masks, title)
show(figure, alt="A network with two hidden layers of six units, whole and with two masks.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Crosses are dropped units: nothing enters or leaves them, and nothing is learned through
# them in this pass. The weights are shared, so what is left is a smaller network
# made of the same parts.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The four masks of one neuron
#
# What must be done at test time? The smallest case can be counted out. One neuron adds two inputs,
# $a = w_1 x + w_2 y$, and dropout may switch off either of them. There are four masks.

# %% slideshow={"slide_type": "fragment"}
w1, w2, x, y = 2.0, 1.0, 3.0, 4.0
sums = []
for m1, m2 in product([1, 0], repeat=2):
    sums.append(m1 * w1 * x + m2 * w2 * y)
    print(f"mask ({m1}, {m2}): {sums[-1]:4.1f}")
print(f"mean over the masks: {sum(sums) / 4:.1f}, without dropout: {w1 * x + w2 * y:.1f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# At a keep probability of one half all four masks are equally likely, and written out
#
# $$\mathbb{E}[a] = \tfrac14 (w_1 x + w_2 y) + \tfrac14 (w_1 x + 0) + \tfrac14 (0 + w_2 y) + \tfrac14 (0 + 0)
# = \tfrac12 (w_1 x + w_2 y).$$
#
# The average over the noise is the output of the whole neuron, **times one half**.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And at another keep probability $q$? A mask that keeps $k$ of the two inputs has the probability
# $q^k (1 - q)^{2-k}$. Move the slider and compare the mean with the whole neuron's output.

# %% slideshow={"slide_type": "fragment"}
keep_probs = np.round(np.linspace(0.1, 1.0, 10), 1)
chances = np.stack([q**k * (1 - q) ** (2 - k) for k in (2, 1, 1, 0) for q in keep_probs])
chances = chances.reshape(4, 10).T  # [keep probability, mask]
means = chances @ np.array(sums)
masks = Series("probability of each mask", np.array(sums), chances, "bar")
line = Series("mean over the four masks", keep_probs, means)
point = Series("at the chosen keep probability", keep_probs[:, None], means[:, None], "scatter")

# %% slideshow={"slide_type": "fragment"}
four_masks = explorer(
    {"keep probability": keep_probs},
    [
        Panel("Four masks", "output of the neuron", "probability", [masks], ylim=(0, 1)),
        Panel("Their mean", "keep probability", "mean output", [line, point]),
    ],
    texts=[
        f"Keep probability {q}: mean output {mean:.1f} = {q} × {sums[0]:.0f}."
        for q, mean in zip(keep_probs, means, strict=True)
    ],
    caption="Look for the mean on a straight line through the whole neuron's output at 1.",
    start=[4],
)
four_masks

# %% [markdown] slideshow={"slide_type": "subslide"}
# The line is straight because expectation is linear, whatever the number of inputs:
#
# $$\mathbb{E}\Big[\sum_i m_i w_i h_i\Big] = \sum_i \mathbb{E}[m_i]\, w_i h_i = q \sum_i w_i h_i.$$
#
# So **vanilla dropout** keeps all units when testing and scales them:
#
# $$\tilde h_i = q\, h_i \qquad \text{(testing)}$$
#
# A slip to beware of: lecture slides and forum answers often say "multiply by the dropout probability".
# What is meant is the probability of *keeping* a unit. At $q = 0.5$ the two are the same, and
# the mistake stays hidden.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. Inverted dropout
#
# Testing happens far more often than training, on phones and in servers, and often in code that
# somebody else wrote. Must the test code know which keep probability the network was trained with?
#
# Not if the scaling moves into the training. **Inverted dropout** divides what is kept:
#
# | | training | testing |
# | --- | --- | --- |
# | vanilla | $\tilde h = m \odot h$ | $\tilde h = q\, h$ |
# | inverted | $\tilde h = m \odot h\, /\, q$ | $\tilde h = h$ |
#
# Both keep the promise of Section 4, layer by layer: the mean in training equals the output in
# testing. With the inverted form, $\mathbb{E}[m_i / q] = 1$. It is what `torch`, and nearly everyone, uses.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Which probability?
#
# The argument `p` of `torch.nn.functional.dropout` and `torch.nn.Dropout` is the **drop**
# probability, $1 - q$. Ten ones show it; which of the two numbers is kept would not show at 0.5.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
ones = torch.ones(10)
print("training:", F.dropout(ones, p=0.2, training=True).tolist())
print("testing: ", F.dropout(ones, p=0.2, training=False).tolist())

# %% [markdown] slideshow={"slide_type": "fragment"}
# With the drop probability 0.2 about eight of ten units survive, and each is divided by the keep
# probability 0.8. A module follows its mode: `model.train()` switches the noise on, `model.eval()` off.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The price: variance
#
# Dividing by the keep probability repairs the mean. What does it do to the spread? The factor
# $m_i / q$ is $1/q$ with probability $q$ and otherwise zero, so
#
# $$\text{Var}\Big[\frac{m_i}{q}\Big] = \frac{1}{q^2}\, q (1 - q) = \frac{1 - q}{q}.$$

# %% slideshow={"slide_type": "fragment"}
many = torch.ones(100_000)
factors = [F.dropout(many, p=1 - q) for q in keep_probs.tolist()]
figure = Figure(figsize=(6, 3.4), layout="constrained")
axes = figure.subplots()
axes.plot(keep_probs, np.sqrt((1 - keep_probs) / keep_probs), label="formula")
axes.scatter(keep_probs, [f.std() for f in factors], color=COLORS[1], label="measured, deviation")
axes.scatter(keep_probs, [f.mean() for f in factors], color=COLORS[2], label="measured, mean")
title = "Inverted dropout of a layer of ones"
label_axes(axes, title=title, xlabel="keep probability", ylabel="value of a unit")
axes.legend()
show(figure, alt="The mean stays at one; the standard deviation grows from 0 at 1 to 3 at 0.1.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The mean is one everywhere. The standard deviation equals the signal at a keep
# probability of one half, and is three times as large at 0.1: the keep probability sets the strength
# of the noise.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Backward
#
# Once drawn, the mask is a constant of the pass. Each unit was multiplied by a number, so its gradient is
# multiplied by the same number:
#
# $$\frac{\partial L}{\partial h} = \frac{\partial L}{\partial \tilde h} \odot \frac{m}{q}
# \qquad\text{(inverted; vanilla: } \odot\, m \text{)}$$
#
# with **the mask of the forward pass**, which is why it has to be remembered. In testing the factor is
# $1$ (inverted) or $q$ (vanilla).

# %% slideshow={"slide_type": "fragment"}
h = torch.ones(10, requires_grad=True)
output = F.dropout(h, p=0.2)
output.sum().backward()
print("output:  ", output.tolist())
print("gradient:", h.grad.tolist())

# %% [markdown] slideshow={"slide_type": "fragment"}
# Output and gradient agree, since every $h_i$ is one and $\partial L / \partial \tilde h_i$ is one: both show the
# factor $m_i / q$. A dropped unit gets no gradient, and learns nothing in this pass.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. How much to keep
#
# Back to the digits with the wrong labels. The same network, the same start, the same order of
# images: only the keep probability differs. It is trained once for each of ten values; then the
# slider only looks the results up.

# %% slideshow={"slide_type": "fragment"}
models, histories = {}, {}
for keep_prob in progress_bar(keep_probs.tolist(), unit="network"):
    models[keep_prob], histories[keep_prob] = train_network(keep_prob, progress=False)
training = np.array([history.train_accuracy for history in histories.values()])
validation = np.array([history.val_accuracy for history in histories.values()])
best_keep_prob = keep_probs[validation[:, -1].argmax()].item()
print(f"best validation accuracy at the end: {validation[:, -1].max():.1%}, at {best_keep_prob}")
print(f"without dropout: {validation[-1, -1]:.1%}")

# %% slideshow={"slide_type": "skip"}
epochs, now = np.arange(1, training.shape[1] + 1), keep_probs[:, None]
curves = [
    Series("training", epochs, training, dashed=True, color=COLORS[0]),
    Series("validation", epochs, validation, color=COLORS[1]),
]
ends = [
    Series("training", keep_probs, training[:, -1], dashed=True, color=COLORS[0]),
    Series("validation", keep_probs, validation[:, -1], color=COLORS[1]),
    Series("chosen, training", now, training[:, -1:], "scatter", color=COLORS[0]),
    Series("chosen, validation", now, validation[:, -1:], "scatter", color=COLORS[1]),
]

# %% slideshow={"slide_type": "subslide"}
keeping = explorer(
    {"keep probability": keep_probs},
    [
        Panel("Learning curves", "epoch", "accuracy", curves, ylim=(0, 1)),
        Panel("After the last epoch", "keep probability", "accuracy", ends, ylim=(0.5, 1)),
    ],
    texts=[
        f"Keep probability {q}: training {t:.1%}, validation {v:.1%}, gap {100 * (t - v):+.1f} points."
        for q, t, v in zip(keep_probs, training[:, -1], validation[:, -1], strict=True)
    ],
    caption="Look for the keep probability at which validation keeps the height of its peak.",
    start=[9],
)
keeping

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Start at 1 and move left. The training accuracy falls towards the 80 % of right labels, and
# the validation accuracy *rises*: what the network no longer learns are the errors. Once the keep
# probability is very small, both fall: too few units are left to learn even the digits.
#
# Here the gap even turns negative, since the training labels contain errors and the validation labels do
# not. The gap says *that* a network overfits. Which network is best, the validation accuracy says.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### And without wrong labels?
#
# A fair question. The same experiment on 100 images whose labels are all right:

# %% slideshow={"slide_type": "fragment"}
for keep_prob in (1.0, 0.5):
    _, history = train_network(keep_prob, images=data.train[:100], progress=False)
    print(
        f"keep probability {keep_prob}: training {history.train_accuracy[-1]:.1%}, "
        f"validation {history.val_accuracy[-1]:.1%}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# There is a gap in both lines, and dropout hardly narrows it: with so few clean images the network still
# fits them all, noise or not. Srivastava et al. (2014) found the same on small samples of MNIST. Dropout
# is no substitute for images; measure whether it helps.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. Why it works
#
# ### Redundancy instead of co-adaptation
#
# Without dropout a unit may be useful only together with particular others: it corrects their errors, on
# exactly the training images. With dropout it cannot rely on any of them, since each may be missing in the
# next pass. It has to be useful in *many* company, and what matters is represented several times.
#
# If that is so, a network trained with dropout should survive the loss of units that would ruin another. Let
# us remove units at random and see.


# %% slideshow={"slide_type": "fragment"}
@torch.no_grad()
def accuracy_without(model, share, num_repeats=5):
    """Validation accuracy with a share of the hidden units removed at random, the rest scaled."""
    model = copy.deepcopy(model).train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = share
    hits = [model(data.val.images).argmax(1) == data.val.labels for _ in range(num_repeats)]
    return torch.stack(hits).float().mean().item()


set_seed(0)
removed = [0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95]
survival = {q: [accuracy_without(models[q], share) for share in removed] for q in (1.0, 0.5, 0.2)}

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
axes = figure.subplots()
for (q, kept), style, color in zip(survival.items(), ("o-", "s--", "^:"), COLORS, strict=False):
    axes.plot(removed, kept, style, color=color, label=f"trained with keep probability {q}")
title = "Accuracy with units removed"
label_axes(axes, title=title, xlabel="share of hidden units removed", ylabel="validation accuracy")
axes.legend()
losses = [f"{q}: {kept[0]:.0%} to {kept[5]:.0%}" for q, kept in survival.items()]
summary = "From none to 80 % of the units removed, by keep probability: " + ", ".join(losses)
show(figure, alt=summary)
print(summary)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** All lines fall, but at different places. The smaller the keep probability in training, the more
# units can go before the accuracy does: their knowledge is spread over more units than are needed.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### An ensemble that shares its weights
#
# Every mask is a network of its own. A layer of $n$ units has $2^n$ masks, so training with dropout is
# training an ensemble of $2^n$ networks, each for a pass or, almost always, never, but all on the same
# weights. How many are there for one fully connected layer of 4,096 units, as in AlexNet or VGG?

# %% slideshow={"slide_type": "fragment"}
exponent = math.floor(4096 * math.log10(2))
print(f"2^4096 is about 10^{exponent}, a number of {len(str(2**4096))} digits")
print(f"atoms in the observable universe: about 10^82, so 10^{exponent - 82} masks for each atom")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Nobody averages over $10^{1233}$ networks. Scaling by the keep probability is the shortcut: one pass of the
# whole network stands for the vote of all of them. How good is it?

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9. Averaging many passes
#
# The pattern of Section 4 asks for $\mathbb{E}_m[f(x, m)]$, the mean *output*. **Weight scaling** gives
# $f(x, \mathbb{E}[m])$, the output at the mean mask. When are they the same?
#
# - For a linear network: exactly the same, as the four masks showed.
# - For one softmax layer: the same as the *geometric* mean of the predictions of all masks, scaled to sum
#   to one (Hinton et al., 2012). The arithmetic mean differs.
# - Once a nonlinear layer follows the dropped units: neither, in general. It is an approximation.
#
# The second statement sounds surprising, and ten units are few enough to check it: 1,024 masks.

# %% slideshow={"slide_type": "subslide"}
set_seed(0)
inputs, weights = torch.randn(10, dtype=torch.float64), torch.randn(3, 10, dtype=torch.float64)
all_masks = torch.tensor(list(product([0.0, 1.0], repeat=10)), dtype=torch.float64)
predictions = F.softmax((all_masks * inputs) @ weights.T, dim=1)  # [1024, 3], equally likely
geometric = predictions.log().mean(0).exp()
rows = {
    "scaled by one half": F.softmax(weights @ (0.5 * inputs), dim=0),
    "geometric mean": geometric / geometric.sum(),
    "arithmetic mean": predictions.mean(0),
}
for name, row in rows.items():
    print(f"{name:20}", "  ".join(f"{probability:.6f}" for probability in row.tolist()))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The first two rows agree to the last digit. The third, which the pattern asks for, is less certain: averaging
# probabilities spreads them.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Monte Carlo
#
# For our network with two hidden layers the mean can be estimated. Draw $M$ masks, average the predicted
# probabilities (Gal and Ghahramani, 2016, also read an uncertainty from their spread):
#
# $$\frac1M \sum_{j=1}^{M} f(x, m_j) \;\approx\; \mathbb{E}_m[f(x, m)].$$
#
# We take the network that did best in Section 7 and 128 passes, with the dropout layers *on*.

# %% slideshow={"slide_type": "fragment"}
num_passes = 128
network = models[best_keep_prob]
labels = data.val.labels
with torch.no_grad():
    scaled = network.eval()(data.val.images).softmax(1)
    network.train()
    passes = [
        network(data.val.images).softmax(1) for _ in progress_bar(range(num_passes), unit="pass")
    ]
passes = torch.stack(passes)  # [passes, images, classes]
print(f"weight scaling, one pass: {(scaled.argmax(1) == labels).float().mean():.1%}")
print(f"one pass with dropout on: {(passes[0].argmax(1) == labels).float().mean():.1%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# For each $M$ the 128 passes are cut into groups of $M$. Averaging inside a group gives a
# prediction, and the accuracy is the mean over the groups.

# %% slideshow={"slide_type": "fragment"}
counts = [2**power for power in range(8)]
averages = [
    passes.unflatten(0, (-1, count)).mean(1) for count in counts
]  # [groups, images, classes]
accuracies = np.array([(a.argmax(2) == labels).float().mean().item() for a in averages])
scaled_accuracy = (scaled.argmax(1) == labels).float().mean().item()
for count, accuracy in zip(counts, accuracies, strict=True):
    print(f"M = {count:3d}: {accuracy:.1%}")
print(f"weight scaling: {scaled_accuracy:.1%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# An accuracy hides what happens to a single image. We look at six of them, those of which the average of
# all passes is least certain.

# %% slideshow={"slide_type": "fragment"}
uncertain = passes.mean(0).amax(1).argsort()[:6]
distributions = np.stack([a[0, uncertain].cpu().numpy() for a in averages])  # [M, image, class]
names = "ABCDEF"
truths = [
    f"{name}: a {label}" for name, label in zip(names, labels[uncertain].tolist(), strict=True)
]
figure = image_grid(data.val.images[uncertain], truths, title="The six least certain images")
show(figure, alt="Six badly written digits: " + "; ".join(truths))

# %% [markdown] slideshow={"slide_type": "skip"}
# For each $M$ and each of the six images: the two distributions, how far they lie apart, and a sentence. The
# sliders will only look them up.

# %% slideshow={"slide_type": "skip"}
of_scaling = scaled[uncertain].cpu().numpy()  # [image, class]
distances = np.abs(distributions - of_scaling).sum(2) / 2  # [M, image]
texts = np.empty(distances.shape, dtype=object)
for (m, i), distance in np.ndenumerate(distances):
    texts[m, i] = (
        f"M = {counts[m]}: {accuracies[m]:.1%} of all images right. "
        f"Image {names[i]}: {distance:.2f} from weight scaling."
    )

# %% slideshow={"slide_type": "skip"}
m_axis, level, classes = np.array(counts), np.full(len(counts), scaled_accuracy), np.arange(10)
now, reached = m_axis[:, None, None], accuracies[:, None, None]
accuracy_lines = [
    Series("average of M passes", m_axis, accuracies, color=COLORS[0]),
    Series("weight scaling", m_axis, level, dashed=True, color=COLORS[1]),
    Series("chosen M", now, reached, "scatter", color=COLORS[0]),
]
bars = [
    Series("average of M passes", classes, distributions, "bar", color=COLORS[0]),
    Series("weight scaling", classes, of_scaling[None], "bar", color=COLORS[1]),
]

# %% slideshow={"slide_type": "subslide"}
averaging = explorer(
    {"averaged passes M": counts, "image": names},
    [
        Panel("All validation images", "averaged passes M", "accuracy", accuracy_lines, "log"),
        Panel("One image", "class", "predicted probability", bars, ylim=(0, 1)),
    ],
    texts=texts,
    caption="Look how the bars of one image settle as M grows, and whether on the orange ones.",
)
averaging

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** One noisy pass is much worse than weight scaling. A handful of passes makes up most of the
# difference, and many are about as good as weight scaling. The single images tell more: their bars settle,
# but *not* on the orange ones. Weight scaling mostly names the same class, with more
# confidence. (The distance is half the sum of the absolute differences: 0 for equal predictions, 1 for
# disjoint ones.)

# %% slideshow={"slide_type": "subslide"}
monte_carlo = passes.mean(0)
same_class = (monte_carlo.argmax(1) == scaled.argmax(1)).float().mean()
difference = (monte_carlo - scaled).abs().sum(1).mean() / 2
print(
    f"weight scaling and {num_passes} passes name the same class on {same_class:.1%} of the images"
)
print(f"mean distance of their predictions: {difference:.3f}")
for name, prediction in (("weight scaling", scaled), (f"{num_passes} passes", monte_carlo)):
    print(f"mean probability of the class named, {name}: {prediction.amax(1).mean():.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# So the shortcut costs one pass instead of 128, and hardly any accuracy. It is an approximation of the
# probabilities, and a good rule for the decision.
#
# The commonest bug is the first row of the table above: forgetting `model.eval()` and testing with a single
# noisy pass.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 10. More noise: weights, pooling, depth, labels
#
# What else can be made random? Each of these follows the pattern of Section 4.
#
# ### DropConnect: drop weights instead of units
#
# $$y = (M \odot W)\, x, \quad M_{ij} \sim \text{Bernoulli}(q) \;\text{ (training)} \qquad y = q\, W x \;\text{ (testing)}$$
#
# All weights are used when testing, scaled. (Wan et al., 2013, go further: there a unit adds up so many
# random terms that its sum is almost Gaussian, and they average over Gaussian samples.) How does the noise
# differ from dropout's? Two inputs and two outputs are few enough to count all masks at a keep probability of
# one half.

# %% slideshow={"slide_type": "fragment"}
layer, inputs = np.array([[2.0, 1.0], [1.0, 1.0]]), np.array([3.0, 4.0])
input_masks = np.array(list(product([0, 1], repeat=2)))  # [4, input]
weight_masks = np.array(list(product([0, 1], repeat=4))).reshape(16, 2, 2)  # [16, output, input]
of_dropout = (input_masks * inputs) @ layer.T  # [4, output]
of_dropconnect = (weight_masks * layer) @ inputs  # [16, output]
print("whole layer:", layer @ inputs)
for name, counted in (("dropout", of_dropout), ("DropConnect", of_dropconnect)):
    correlation = np.corrcoef(counted.T)[0, 1]
    print(
        f"{name:11}: {len(counted):2d} masks, mean {counted.mean(0)}, correlation {correlation:.2f}"
    )

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(5.6, 3.6), layout="constrained")
axes = figure.subplots()
axes.scatter(*of_dropconnect.T, 30, color=COLORS[1], label="DropConnect, 16 masks")
axes.scatter(*of_dropout.T, 110, "none", edgecolors=COLORS[0], label="dropout, 4 masks")
axes.scatter(*of_dropout.mean(0), 90, color="black", marker="+", label="mean of either")
title = "What two units receive, over all masks"
label_axes(axes, title=title, xlabel="first output", ylabel="second output")
axes.legend(fontsize="small")
show(figure, alt="Dropout's 4 outcomes lie near a line, DropConnect's 16 fill a grid; equal means.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The means agree: half the whole layer's output. But a dropped *input* is missed by both
# units at once, so their noise is correlated; with DropConnect each unit has a noise of its own. A layer of
# $n$ inputs and $m$ outputs has $2^n$ masks of the one kind and $2^{nm}$ of the other.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Fractional max pooling: random regions
#
# Max pooling by 2 halves an image, and soon there is nothing left to pool. Pooling by $\sqrt 2$ is gentler:
# twice by $\sqrt 2$ is once by 2, and six times make $1/8$. To shrink by a fraction, regions of length 1 and
# 2 must alternate. Where which comes is drawn **at random** (Graham, 2014). A ramp $0, 1, 2, \dots$ shows it:
# the maximum is where a region ends.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
ramp = torch.arange(16.0).expand(1, 1, 16, 16).contiguous()
pool = nn.FractionalMaxPool2d(kernel_size=2, output_size=11).eval()
for _ in range(3):
    region_ends = pool(ramp)[0, 0, 0].int()
    print("regions end at", region_ends.tolist(), "steps", region_ends.diff().tolist())

# %% [markdown] slideshow={"slide_type": "fragment"}
# Steps of 1 and 2, at other places each time. (Torch's regions overlap where the step is 1, since the kernel
# keeps its size; the paper has both forms.) And notice `.eval()`: this layer stays random when testing. That
# is intended. One passes an image several times and averages the *predictions*, as in Section 9.

# %% slideshow={"slide_type": "subslide"}
photo = torch.tensor(load_sample_image("china.jpg")).float().mean(2) / 255
pools = nn.Sequential()
for number in range(1, 7):
    size = [round(side / 2 ** (number / 2)) for side in photo.shape]
    pools.append(nn.FractionalMaxPool2d(2, output_size=tuple(size)))
set_seed(0)
pooled = pools(photo.expand(32, 1, -1, -1).contiguous())  # the same photograph 32 times
samples = {"427 × 640 pixels": photo, **{f"sample {n + 1}": pooled[n, 0] for n in range(3)}}
samples["mean of 32 samples"] = pooled.mean(0)[0]
print("after each pooling:", [tuple(layer.output_size) for layer in pools])

# %% slideshow={"slide_type": "fragment"}
figure = Figure(figsize=(11, 2.1), layout="constrained")
figure.suptitle("One photograph, six poolings by the square root of 2")
for axes, (title, picture) in zip(figure.subplots(1, 5), samples.items(), strict=True):
    axes.imshow(picture, cmap="gray", vmin=0, vmax=1)
    axes.axis("off")
    axes.set_title(title, fontsize="medium")
show(
    figure, alt="A photograph, three small versions of it that are distorted in other ways, a mean."
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The same picture at an eighth of its size, each time stretched a little elsewhere: random
# pooling works like an elastic distortion inside the network. (It is brighter, since every maximum prefers
# light pixels.) The mean is blurred where the samples disagree.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Stochastic depth: skip whole blocks
#
# In a residual network a block adds something to what comes in. Leave the addition out, and the signal still passes:
#
# $$H_l = \text{ReLU}\big(b_l\, f_l(H_{l-1}) + H_{l-1}\big), \qquad b_l \sim \text{Bernoulli}(p_l), \qquad
# p_l = 1 - \frac{l}{L}\,(1 - p_L)$$
#
# Early blocks, which everything else builds on, survive almost always, the last one with probability $p_L$,
# usually 0.5. When testing all blocks are there, each scaled by its survival probability:
# $H_l = \text{ReLU}(p_l f_l(H_{l-1}) + H_{l-1})$. How deep is the network of 54 blocks in a training step?

# %% slideshow={"slide_type": "fragment"}
num_blocks, last_survives = 54, np.round(np.linspace(0.1, 1.0, 10), 1)
blocks = np.arange(1, num_blocks + 1)
survives = 1 - blocks / num_blocks * (1 - last_survives[:, None])  # [p_L, block]
depths = np.eye(1, num_blocks + 1).repeat(10, axis=0)  # [p_L, depth], none at first
for chance in survives.T[:, :, None]:
    depths = (1 - chance) * depths + chance * np.roll(depths, 1, axis=1)
expected = survives.sum(1)
texts = [
    f"Last block survives with probability {p}: {mean:.1f} of {num_blocks} blocks on average."
    for p, mean in zip(last_survives, expected, strict=True)
]

# %% slideshow={"slide_type": "subslide"}
chances = [Series("survival probability", blocks, survives)]
counted = [Series("probability of this depth", np.arange(num_blocks + 1), depths)]
counted.append(Series("mean", expected[:, None], np.zeros((10, 1)), "scatter"))
depth = explorer(
    {"survival of the last block": last_survives},
    [
        Panel("Each block", "block", "survival probability", chances, ylim=(0, 1.05)),
        Panel("Whole network", "blocks in a step", "probability", counted, ylim=(-0.01, 0.3)),
    ],
    texts=texts,
    caption="Look how much shorter the network is in training, and how much its depth varies.",
    start=[4],
)
depth

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At 0.5 about 40 of 54 blocks take part, about a quarter of the training time is saved, and
# the gradient's way to the early layers is shorter (Huang et al., 2016). At 1 nothing is random. Recent
# architectures use it as a matter of course: EfficientNetV2, multiscale vision transformers, retrained
# ResNets.
#
# Torchvision inverts the scaling, as inverted dropout does: the block is divided by its survival probability
# in training, and left alone when testing. Its argument `p` is the probability of *dropping*. On a block that
# adds 1:

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
block = torch.ones(100_000, 1)
in_training = stochastic_depth(block, p=0.2, mode="row", training=True)
in_testing = stochastic_depth(block, p=0.2, mode="row", training=False)
values = [round(value, 2) for value in in_training.unique().tolist()]
print(f"torchvision: {values} in training, mean {in_training.mean():.2f};", end=" ")
print(f"in testing {in_testing.mean():.2f}")
print(f"paper:       [0, 1] in training, mean {0.8 * 1 + 0.2 * 0:.2f}; in testing {0.8 * 1:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Each keeps its promise: training mean and test output of the block are equal. Behind the ReLU that is an
# approximation again: with $H = 1$, $f = -2$ and $p = \tfrac12$ training gives 0 or 1, on average $\tfrac12$;
# testing gives $\text{ReLU}(-1 + 1) = 0$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Label smoothing: doubt the labels
#
# Cross-entropy with the target "pretzel, 100 %" is never satisfied: however large the right logit, a larger
# one is better. **Label smoothing** changes the targets, of $K$ classes, by a small $\varepsilon$:
#
# $$\text{right class: } 1 - \frac{K - 1}{K}\,\varepsilon \qquad \text{every other class: } \frac{\varepsilon}{K}$$
#
# At $K = 3$ and $\varepsilon = 0.15$ these are 90, 5 and 5 %. The images stay as they are. The pattern is
# there too: it is the mean over the noise "with probability $\varepsilon$, replace the label by one drawn
# from all $K$ classes", here taken exactly.

# %% slideshow={"slide_type": "fragment"}
logits, target = torch.tensor([[2.0, -1.0, 0.5]]), torch.tensor([0])
print(F.cross_entropy(logits, target, label_smoothing=0.15).item())
print(F.cross_entropy(logits, torch.tensor([[0.90, 0.05, 0.05]])).item())

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same number. What changes for the network? Let the right logit lead all others by a margin $z$:

# %% slideshow={"slide_type": "skip"}
epsilons, class_counts = np.round(np.linspace(0, 0.5, 11), 2), [3, 10]
margins = torch.linspace(-2, 10, 121)
right = np.array([[1 - (k - 1) / k * e for e in epsilons] for k in class_counts])
wrong = np.array([[e / k for e in epsilons] for k in class_counts])  # [classes, ε], as right
heights, losses = np.full((2, 11, 10), np.nan), np.empty((2, 11, 121))
for i, k in enumerate(class_counts):
    heights[i, :, :k] = wrong[i, :, None]
    heights[i, :, 0] = right[i]
    leads, zero = F.pad(margins[:, None], (0, k - 1)), torch.zeros(121, dtype=torch.long)
    for j, e in enumerate(epsilons.tolist()):
        losses[i, j] = F.cross_entropy(leads, zero, reduction="none", label_smoothing=e)

# %% slideshow={"slide_type": "skip"}
with np.errstate(divide="ignore"):
    best_margins = np.log(right / wrong)  # infinite without smoothing
texts = np.empty(right.shape, dtype=object)
for (i, j), margin in np.ndenumerate(best_margins):
    lowest = f"lowest loss at a margin of {margin:.2f}" if j else "the loss has no lowest point"
    texts[i, j] = f"{class_counts[i]} classes, ε = {epsilons[j]}: {lowest}."
lines = [
    Series("without smoothing", margins, losses[:, :1], dashed=True, color=COLORS[2]),
    Series("loss", margins, losses, color=COLORS[0]),
    Series("lowest", best_margins[..., None], losses.min(axis=2)[..., None], "scatter"),
]
bars = [Series("target", np.arange(1, 11), heights, "bar")]

# %% slideshow={"slide_type": "subslide"}
smoothing = explorer(
    {"classes": class_counts, "ε": epsilons},
    [
        Panel("Target", "class (the first is right)", "probability", bars, ylim=(0, 1)),
        Panel("Loss", "margin z of the right logit", "loss (nats)", lines, ylim=(0, 4)),
    ],
    texts=texts,
    caption="Look where the loss is lowest: without smoothing it falls for ever.",
    start=[0, 3],
    buttons=["classes"],
)
smoothing

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** With smoothing the loss has a lowest point, at the margin
# $z = \log\big(1 + K (1 - \varepsilon) / \varepsilon\big)$, where the predicted probabilities equal the
# targets. Beyond it, confidence *costs*. The larger $\varepsilon$, the smaller that margin. Whoever compares
# losses: even the best one is no longer zero.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 11. What to use when
#
# | method | noise in training | testing | use it |
# | --- | --- | --- | --- |
# | L2, weight decay | none | nothing to do | nearly always, a little |
# | augmentation | crops, flips, colours (lecture 4) | fixed crops, averaged | always |
# | batch normalization | the other images | running statistics | convolutional networks, not vision transformers |
# | dropout | units | all, scaled | large fully connected layers; 0.5 is common |
# | DropConnect | weights | all, scaled | the same layers, rarely |
# | fractional pooling | pooling regions | predictions averaged | small images, rarely |
# | cutout, mixup, CutMix | images (lecture 4) | whole images | for the last points |
# | stochastic depth | residual blocks | all, scaled | very deep networks, transformers; for the last points |
# | label smoothing | labels, averaged | nothing to do | many classes; for the last points |
#
# Vision transformers use layer normalization, which treats each image alone and so brings no noise.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Dropout in particular
#
# - **Large fully connected layers**: there the parameters are, and there the overfitting is. Half of the units
#   dropped is the usual first try.
# - **Convolutional layers**: rarely. They have few weights for the many places where each is used,
#   neighbouring activations carry the same information, and batch normalization already brings noise.
#   Residual networks and their successors often do with L2 and batch normalization alone.
# - **Not on the outputs** of the last layer, and hardly on the input.
# - Noise slows learning: expect to train longer, or to use a larger network.

# %% [markdown] slideshow={"slide_type": "fragment"}
# How much of VGG-16, which has dropout only between its three last layers, is fully connected?

# %% slideshow={"slide_type": "fragment"}
fully_connected = (7 * 7 * 512) * 4096 + 4096 * 4096 + 4096 * 1000
channels = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
convolutional = sum(9 * a * b for a, b in zip(channels, channels[1:], strict=False))
total = fully_connected + convolutional
print(
    f"{total:,} weights, {fully_connected:,} of them fully connected ({fully_connected / total:.0%})"
)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 12. What to remember
#
# - **Error** = bias² + variance + noise. More parameters trade bias for variance; more data lower the variance.
# - **Penalties**: L2 shrinks ($\lambda \sum W^2$ or $\tfrac\lambda2 \lVert W \rVert^2$: say which), L1 makes zeros,
#   max norm projects. L2 is weight decay for plain SGD only; with Adam, use AdamW.
# - **Pattern**: train with noise, $y = f(x, z)$; test with the average, $\mathbb{E}_z[f(x, z)]$, exact or
#   approximate. Batch normalization fits it too; so do DropConnect, random pooling and stochastic depth.
# - **Vanilla dropout**: masks in training, times the *keep* probability in testing. **Inverted**: masks divided by
#   the keep probability in training, nothing in testing. The gradient uses the mask of the forward pass.
# - `p` in torch and torchvision is the **drop** probability; `model.eval()` before testing.
# - Dropout forces redundancy, and trains an ensemble of $2^n$ networks on shared weights. Scaling is exact for linear
#   networks only, elsewhere a good and cheap approximation of the mean over many passes.
# - **Label smoothing** asks for a finite margin.
# - Judge by validation accuracy: too much of any of them underfits.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Papers
#
# - S. Geman, E. Bienenstock, R. Doursat: *Neural Networks and the Bias/Variance Dilemma*. Neural Computation 4, 1992.
# - T. Zhou, R. Tucker, J. Flynn, G. Fyffe, N. Snavely: *Stereo Magnification: Learning View Synthesis using
#   Multiplane Images*. SIGGRAPH 2018.
# - B. Mildenhall, P. P. Srinivasan, M. Tancik, J. T. Barron, R. Ramamoorthi, R. Ng: *NeRF: Representing Scenes as
#   Neural Radiance Fields for View Synthesis*. ECCV 2020.
# - A. Dosovitskiy et al.: *An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale*. ICLR 2021.
# - P. Nakkiran, G. Kaplun, Y. Bansal, T. Yang, B. Barak, I. Sutskever: *Deep Double Descent: Where Bigger Models and
#   More Data Hurt*. ICLR 2020.
# - R. Tibshirani: *Regression Shrinkage and Selection via the Lasso*. Journal of the Royal Statistical Society B 58, 1996.
# - H. Zou, T. Hastie: *Regularization and Variable Selection via the Elastic Net*. Journal of the Royal Statistical
#   Society B 67, 2005.
# - I. Loshchilov, F. Hutter: *Decoupled Weight Decay Regularization*. ICLR 2019.
# - G. E. Hinton, N. Srivastava, A. Krizhevsky, I. Sutskever, R. R. Salakhutdinov: *Improving neural networks by
#   preventing co-adaptation of feature detectors*. arXiv:1207.0580, 2012.
# - N. Srivastava, G. E. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov: *Dropout: A Simple Way to
#   Prevent Neural Networks from Overfitting*. JMLR 15, 1929–1958, 2014.
# - Y. Gal, Z. Ghahramani: *Dropout as a Bayesian Approximation: Representing Model Uncertainty in Deep
#   Learning*. ICML 2016.
# - S. Ioffe, C. Szegedy: *Batch Normalization: Accelerating Deep Network Training by Reducing Internal
#   Covariate Shift*. ICML 2015.
# - L. Wan, M. Zeiler, S. Zhang, Y. LeCun, R. Fergus: *Regularization of Neural Networks using DropConnect*. ICML 2013.
# - B. Graham: *Fractional Max-Pooling*. arXiv:1412.6071, 2014.
# - G. Huang, Y. Sun, Z. Liu, D. Sedra, K. Q. Weinberger: *Deep Networks with Stochastic Depth*. ECCV 2016.
# - M. Tan, Q. V. Le: *EfficientNetV2: Smaller Models and Faster Training*. ICML 2021.
# - H. Fan et al.: *Multiscale Vision Transformers*. ICCV 2021.
# - I. Bello et al.: *Revisiting ResNets: Improved Training and Scaling Strategies*. NeurIPS 2021.
# - C. Szegedy, V. Vanhoucke, S. Ioffe, J. Shlens, Z. Wojna: *Rethinking the Inception Architecture for Computer
#   Vision*. CVPR 2016 (label smoothing).

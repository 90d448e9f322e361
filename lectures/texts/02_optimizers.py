# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Lecture 2: Optimizers
#
# Backpropagation tells us how the loss changes with every weight. It does not tell us how far to
# move. This lecture is about that second question: what a step should be made of, what goes wrong
# with the simplest answer, and what the better answers cost.
#
# 1. Downhill in small steps
# 2. Ill conditioning
# 3. Minima and saddle points
# 4. Noisy gradients: large and small batches
# 5. Momentum
# 6. Nesterov momentum
# 7. A scale for each parameter: AdaGrad and RMSProp
# 8. Adam
# 9. All of them on one map
# 10. All of them on the digits
# 11. Second order: Newton and L-BFGS
# 12. What to remember

# %% [markdown] slideshow={"slide_type": "subslide"}
# **After this lecture you can**
#
# - say what gradient descent, stochastic gradient descent, a minibatch and an epoch are;
# - recognize ill conditioning, saddle points and gradient noise from the path or the loss curve;
# - write momentum and Nesterov momentum in each of their usual forms, and convert one into another;
# - explain what AdaGrad, RMSProp and Adam divide by, and why Adam corrects its averages;
# - choose an optimizer and a first learning rate, and know when a second-order method pays.
#
# **Time**: 75 minutes. **You need**: gradients and backpropagation, eigenvalues of a symmetric
# matrix, variance, and `torch.nn` modules.

# %% slideshow={"slide_type": "skip"}
import math
from time import perf_counter

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F

# %% slideshow={"slide_type": "skip"}
from utils.data import Split, batches, load
from utils.explore.optimizer_formulas import (
    bias_explorer,
    conditioning_explorer,
    newton_explorer,
    swinging_explorer,
)
from utils.explore.optimizer_paths import paths_explorer
from utils.explore.optimizer_race import effective_rate_explorer, race, race_explorer
from utils.explorers import Panel, Series, explorer
from utils.plots import COLORS, label_axes, show
from utils.populations import fit_population
from utils.training import choose_device, evaluate, fit, set_seed

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Downhill in small steps
#
# You stand on a hillside in fog and want to reach the valley. What can you do? Feel the slope
# under your feet, and step downhill.
#
# The height is the loss, the place is the vector $W$ of all weights. On $N$ training images
#
# $$L(W) = \frac1N \sum_{i=1}^{N} L_i(x_i, y_i, W), \qquad
# \nabla_W L(W) = \frac1N \sum_{i=1}^{N} \nabla_W L_i(x_i, y_i, W).$$
#
# **Gradient descent** takes a step against the gradient, and repeats. The learning rate $\alpha$
# says how long the step is:
#
# $$W_{t+1} = W_t - \alpha \nabla L(W_t).$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Mind the **minus**. The gradient points uphill. Code that *adds* the learning rate times the
# gradient climbs: a slip that has been printed on slides. On the bowl
# $f(x) = \frac12 x^2$, whose gradient is $x$ itself, from $x = 1$ with $\alpha = 0.1$:
#
# - right: $1,\; 1 - 0.1 \cdot 1 = 0.9,\; 0.9 - 0.1 \cdot 0.9 = 0.81,\; 0.729, \dots$, the factor is
#   $1 - \alpha$;
# - wrong: $1,\; 1.1,\; 1.21,\; 1.331, \dots$, the factor is $1 + \alpha$.
#
# Torch knows both directions. `maximize=True` is the wrong one, on purpose.


# %% slideshow={"slide_type": "fragment"}
def descend(optimizer_class, num_steps, curvature=1.0, **options):
    """Where an optimizer of torch goes on the bowl curvature * x^2 / 2, from x = 1."""
    x = torch.ones(1, dtype=torch.float64, requires_grad=True)
    optimizer = optimizer_class([x], **options)
    places = [x.item()]
    for _ in range(num_steps):
        optimizer.zero_grad()
        (curvature * x**2 / 2).sum().backward()
        optimizer.step()
        places.append(x.item())
    return np.array(places)


print("right:", descend(torch.optim.SGD, 4, lr=0.1).round(4))
print("wrong:", descend(torch.optim.SGD, 4, lr=0.1, maximize=True).round(4))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Must every step look at every image?
#
# One exact gradient costs a pass over the whole training set. **Stochastic gradient descent** (SGD;
# Robbins and Monro, 1951) estimates it on a **minibatch** $B$ of $m$ images:
#
# $$W_{t+1} = W_t - \alpha\, \frac1m \sum_{i \in B_t} \nabla L_i(W_t).$$
#
# The minibatches are cut from a shuffled training set. When each image was used once, an **epoch**
# is over, after $\lceil N / m \rceil$ steps; then the set is shuffled anew. Training takes many
# epochs.

# %% slideshow={"slide_type": "fragment"}
torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on a busy machine
device = choose_device()
data = load("digits", device=device)
train, val = data.train, data.val
for batch_size in (len(train), 64):
    steps_per_epoch = math.ceil(len(train) / batch_size)
    print(f"N = {len(train)}, m = {batch_size}: steps in an epoch: {steps_per_epoch}")


# %% slideshow={"slide_type": "subslide"}
def build():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).to(device)


def train_sgd(batch_size, num_epochs, lr=0.3):
    set_seed(0)
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    settings = {"num_epochs": num_epochs, "batch_size": batch_size, "progress": False}
    return fit(model, train, val, optimizer=optimizer, **settings)


runs = {f"gradient descent, m = {len(train)}": train_sgd(len(train), 20)}
runs["SGD, m = 64"] = train_sgd(64, 20)

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
axes = figure.subplots()
for (name, history), style, color in zip(runs.items(), ("o--", "s-"), COLORS, strict=False):
    axes.semilogy(range(1, 21), history.train_loss, style, color=color, label=name)
title = "Same start, same rate, same number of images seen"
label_axes(axes, title=title, xlabel="epoch", ylabel="training loss (nats)")
axes.set_xticks(range(0, 21, 5))
axes.legend()
ends = [f"{name}: {history.train_loss[-1]:.3f}" for name, history in runs.items()]
show(figure, alt="Training loss after 20 epochs. " + "; ".join(ends))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Both have seen every image twenty times. Gradient descent took one good step in
# each epoch, SGD many rough ones, and many rough ones win by far. The exact gradient is not worth
# what it costs.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. Ill conditioning
#
# SGD learns. What is there to improve? Three things go wrong, and the first one even with exact
# gradients: *the loss may change quickly in one direction and slowly in another*.
#
# Take a bowl with curvature $\lambda_1$ along the first parameter and $\lambda_2 \ge \lambda_1$
# along the second:
#
# $$f(w) = \tfrac12\left(\lambda_1 w_1^2 + \lambda_2 w_2^2\right), \qquad \kappa = \lambda_2 / \lambda_1.$$
#
# $\kappa$ is the **condition number**. Near a minimum nearly every smooth loss is such a bowl,
# perhaps turned; the curvatures are the eigenvalues of its Hessian. Gradient descent multiplies
# each direction by its own factor:
#
# $$w_{j,t} = (1 - \alpha \lambda_j)^t\, w_{j,0}.$$

# %% [markdown] slideshow={"slide_type": "subslide"}
# Each factor must lie between $-1$ and $1$, so the *steep* direction sets the limit:
# $\alpha < 2 / \lambda_2$. The *shallow* one then has to live with what is left,
# $1 - \alpha\lambda_1$, which is almost 1 when $\kappa$ is large. The best compromise makes both
# factors equally large:
#
# $$\alpha = \frac{2}{\lambda_1 + \lambda_2} \quad\text{gives}\quad |\text{factor}| = \frac{\kappa - 1}{\kappa + 1}.$$
#
# How many steps until a thousandth of the distance is left, at that best rate?

# %% slideshow={"slide_type": "fragment"}
for condition in (1.5, 10, 100, 1000):
    factor = (condition - 1) / (condition + 1)
    num_steps = math.ceil(math.log(1000) / -math.log(factor))
    print(f"condition number {condition:6}: factor {factor:.3f}, {num_steps:5} steps")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The formula gives the whole path for every rate and every condition number. The steep curvature is
# 1.

# %% slideshow={"slide_type": "fragment"}
conditioning = conditioning_explorer()
conditioning

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At condition number 1 the rate 1 arrives in a single step. At 100 no rate is
# good: a small one crawls along both directions, one just below 2 jitters across the valley and
# still crawls along it, and above 2 the steep direction explodes while the shallow one goes on
# converging.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Are real losses like that?
#
# A network small enough that we can compute its whole Hessian: digits averaged down to $4 \times 4$
# pixels, six hidden units. `torch.func` differentiates the gradient once more; for that the loss
# must be a function of one vector.


# %% slideshow={"slide_type": "fragment"}
set_seed(0)
small = nn.Sequential(nn.Flatten(), nn.Linear(16, 6), nn.Tanh(), nn.Linear(6, 10)).to(device)
pooled = Split(F.avg_pool2d(train.images, 2), train.labels)
weights = dict(small.named_parameters())


def loss_at(vector):
    pieces = vector.split([weight.numel() for weight in weights.values()])
    named = {n: piece.view_as(weights[n]) for n, piece in zip(weights, pieces, strict=True)}
    return F.cross_entropy(torch.func.functional_call(small, named, pooled.images), pooled.labels)


# %% slideshow={"slide_type": "fragment"}
def curvatures():
    vector = nn.utils.parameters_to_vector(small.parameters()).detach()
    return torch.linalg.eigvalsh(torch.func.jacrev(torch.func.grad(loss_at))(vector).cpu())


spectra = {"at the start": curvatures()}
optimizer = torch.optim.SGD(small.parameters(), lr=0.5, momentum=0.9)
fit(small, pooled, optimizer=optimizer, num_epochs=20, progress=False)
spectra["after 20 epochs"] = curvatures()
for name, spectrum in spectra.items():
    print(f"{name}: {len(spectrum)} curvatures from {spectrum[0]:.3f} to {spectrum[-1]:.3f},")
    print(f"  median size {spectrum.abs().median():.1e}, {(spectrum < -1e-5).sum()} below zero")

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
axes = figure.subplots()
for (name, spectrum), marker, color in zip(spectra.items(), "os", COLORS, strict=False):
    axes.plot(spectrum.numpy(), marker, markersize=3, color=color, label=name)
axes.set_yscale("symlog", linthresh=1e-3)
axes.axhline(0, color="gray", linewidth=0.8)
title = "Curvatures of a real loss"
label_axes(axes, title=title, xlabel="eigenvalue, in order", ylabel="curvature (symmetric log)")
axes.legend()
ranges = [f"{name} from {s[0]:.2g} to {s[-1]:.2g}" for name, s in spectra.items()]
show(figure, alt="Eigenvalues of the Hessian in rising order: " + "; ".join(ranges))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** A few directions are steep, most are almost flat: the sizes spread over several
# powers of ten. Real losses are badly ill-conditioned. And there are *negative* curvatures:
# directions in which the loss bends down. That is the next trouble.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. Minima and saddle points
#
# Where the gradient is zero, gradient descent stops. Is that where we want to be?
#
# The Hessian's eigenvalues tell. All positive: a **minimum**, maybe only a local one. All negative:
# a maximum. Some of each: a **saddle point**, from which a way down exists that the gradient does
# not show.
#
# In one dimension we think of local minima. With $n$ weights a minimum needs $n$ positive
# eigenvalues. If they were coin flips, its probability would be $2^{-n}$. Let us draw random
# symmetric matrices and count.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
sizes, shares = np.arange(1, 9), []
for size in sizes.tolist():
    square = torch.randn(20_000, size, size)
    positive = (torch.linalg.eigvalsh(square + square.mT) > 0).sum(1)  # of each matrix
    kinds = (positive == size, positive == 0, (positive > 0) & (positive < size))
    shares.append([kind.float().mean().item() for kind in kinds])
    print(
        f"n = {size}: {shares[-1][0]:7.3%} minima, {shares[-1][2]:7.3%} saddles, 2^-n = {0.5**size:.3%}"
    )
shares = np.array(shares)

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
axes = figure.subplots()
bottom = np.zeros(len(sizes))
for share, name, color in zip(shares.T, ("minima", "maxima", "saddles"), COLORS, strict=False):
    axes.bar(sizes, share, bottom=bottom, color=color, label=name)
    bottom += share
title = "Random symmetric matrices, read as Hessians"
label_axes(axes, title=title, xlabel="number of dimensions n", ylabel="share of 20,000 matrices")
axes.legend(loc="lower right")
show(figure, alt="Share of saddles by dimension: " + ", ".join(f"{s:.1%}" for s in shares[:, 2]))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** In one dimension there are no saddles; from five on there is hardly anything
# else. Minima vanish even faster than coin flips would have it, since the eigenvalues of a random
# matrix repel each other. A network has not eight dimensions but a million.
#
# A loss is no random matrix, but Dauphin et al. (2014) found the same on small networks: points of
# zero gradient with a high loss are saddles, and the lower the loss there, the fewer directions
# lead down. Bad local minima are not what stops us.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Gradient descent rarely ends *on* a saddle: the slightest offset grows. It loses time there. Along
# a direction of curvature $-\lambda$ an offset grows by $1 + \alpha\lambda$ a step, so from
# $10^{-6}$ to $1$ at $\alpha = 0.1$, $\lambda = 1$ it takes $\ln 10^6 / \ln 1.1$ steps:

# %% slideshow={"slide_type": "fragment"}
print(f"steps to leave the saddle: {math.log(1e6) / math.log(1.1):.0f}")
print(f"with a tenth of the curvature: {math.log(1e6) / math.log(1.01):.0f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# On the loss curve this is a plateau: nothing happens for a long time, then the loss falls. It
# looks like a minimum, and is none.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. Noisy gradients: large and small batches
#
# The third trouble: a minibatch's gradient is not *the* gradient. How far is it off?
#
# If the gradients of single images have the total variance
# $\sigma^2 = \mathbb{E}\,\|\nabla L_i - \nabla L\|^2$, the mean over $m$ images, drawn
# independently, has
#
# $$\mathbb{E}\,\Big\|\frac1m \sum_{i \in B} \nabla L_i - \nabla L\Big\|^2 = \frac{\sigma^2}{m}.$$
#
# Ten times smaller noise (as a standard deviation) needs *a hundred* times as many images. Let us
# measure it. `torch.func` gives the gradient of every single image, in one call.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
network = build()
optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
fit(network, train, optimizer=optimizer, num_epochs=10, progress=False)  # somewhere on the way
weights = {name: weight.detach() for name, weight in network.named_parameters()}


def loss_of_one(weights, image, label):
    logits = torch.func.functional_call(network, weights, image[None])
    return F.cross_entropy(logits, label[None])


gradient_of_each = torch.func.vmap(torch.func.grad(loss_of_one), (None, 0, 0))
each = gradient_of_each(weights, train.images, train.labels)
each = torch.cat([piece.flatten(1) for piece in each.values()], dim=1)  # [image, weight]

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
full, num_draws, drawn = each.mean(0), 300, []
batch_sizes = 2 ** np.arange(11)
for m in batch_sizes.tolist():
    chosen = torch.randint(len(train), (num_draws, m)).to(device)
    share = torch.zeros(num_draws, len(train), device=device)  # of each image in each minibatch
    share.scatter_add_(1, chosen, torch.full(chosen.shape, 1 / m, device=device))
    drawn.append(share @ each)
drawn = torch.stack(drawn)  # [batch size, minibatch, weight]
variances = ((drawn - full) ** 2).sum(2).mean(1).cpu().numpy()
slope = np.polyfit(np.log(batch_sizes), np.log(variances), 1)[0]
print(f"slope of log(variance) against log(m): {slope:.3f}")

# %% [markdown] slideshow={"slide_type": "skip"}
# To look at minibatch gradients we need two axes out of thousands of directions: along the full
# gradient, and along the direction across it in which the images disagree most.

# %% slideshow={"slide_type": "skip"}
size = full.norm()
along, rest = full / size, each - full
beside = (rest - (rest @ along)[:, None] * along).cpu()
across = torch.pca_lowrank(beside, q=3, center=False)[2][:, 0].to(device)
x, y = ((drawn @ direction / size).cpu().numpy() for direction in (along, across))
relative, downhill = np.sqrt(variances) / size.item(), (x > 0).mean(1)
texts = [
    f"m = {m}: noise {length:.2f} times as long as the gradient; "
    f"{share:.0%} of the minibatches point downhill."
    for m, length, share in zip(batch_sizes, relative, downhill, strict=True)
]
clouds = [
    Series("300 minibatches", x, y, "scatter", color=COLORS[5]),
    Series("all images", [1.0], [0.0], "scatter", color=COLORS[1]),
]

# %% slideshow={"slide_type": "subslide"}
theory = (rest**2).sum(1).mean().item() / batch_sizes
noise_levels = [
    Series("measured", batch_sizes, variances, color=COLORS[0]),
    Series("σ² / m", batch_sizes, theory, dashed=True, color=COLORS[1]),
    Series("chosen m", batch_sizes[:, None], variances[:, None], "scatter", color=COLORS[0]),
]
panels = [
    Panel("Minibatch gradients", "along the gradient (1: its own length)", "across it", clouds),
    Panel("Noise", "batch size m", "variance", noise_levels, xscale="log", yscale="log"),
]
caption = "Look how the cloud shrinks around the full gradient, and what each halving costs."
noise = explorer({"batch size m": batch_sizes}, panels, texts=texts, caption=caption, start=[3])
noise

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The measured variance lies on the line $\sigma^2 / m$: slope $-1$ on logarithmic
# axes. With single images the noise is many times as long as the gradient, and yet most steps go
# downhill. That is enough: over many steps the noise averages out, the downhill part adds up.
#
# (Minibatches cut from a shuffled set draw *without* replacement. Their noise is smaller still, by
# the factor $(N - m) / (N - 1)$ in the variance, and zero at $m = N$.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What does a step cost?
#
# Four times the images halve the noise. Do they take four times as long? We time a forward and a
# backward pass, the median of eleven.


# %% slideshow={"slide_type": "fragment"}
def seconds_per_step(m):
    repeated = torch.arange(m, device=device) % len(train)
    images, labels = train.images[repeated], train.labels[repeated]
    times = []
    for _ in range(11):
        start = perf_counter()
        F.cross_entropy(network(images), labels).backward()
        network[1].weight.grad[0, 0].item()  # waits for the device
        times.append(perf_counter() - start)
    return np.median(times)


# %% slideshow={"slide_type": "fragment"}
timed_sizes = 4 ** np.arange(7)
milliseconds = 1000 * np.array([seconds_per_step(m) for m in timed_sizes.tolist()])
for m, duration in zip(timed_sizes, milliseconds, strict=True):
    print(f"m = {m:5}: {duration:6.2f} ms a step, {1000 * duration / m:8.2f} µs an image")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Up to some dozens of images a step costs about the same: its price is the
# calling, not the computing. Later it grows in proportion. A GPU computes thousands of images side
# by side, so there the flat part is much longer. That is the case for large batches.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And what does a step bring? The same network, the same rate and the same number of images, cut
# into minibatches of four sizes.

# %% slideshow={"slide_type": "fragment"}
by_size = {m: train_sgd(m, num_epochs=6, lr=0.1) for m in (8, 32, 128, len(train))}
figure = Figure(figsize=(9.5, 3.4), layout="constrained")
for axes, unit in zip(figure.subplots(1, 2), ("epoch", "step"), strict=True):
    for (m, history), marker, color in zip(by_size.items(), "os^v", COLORS, strict=False):
        places = np.arange(1, 7) * (math.ceil(len(train) / m) if unit == "step" else 1)
        axes.plot(places, history.train_loss, f"{marker}-", color=color, label=f"m = {m}")
    label_axes(axes, title=f"Loss against {unit}s", xlabel=unit, ylabel="training loss (nats)")
    axes.set_xscale("log" if unit == "step" else "linear")
    axes.legend()
ends = ", ".join(f"m = {m}: {history.train_loss[-1]:.2f}" for m, history in by_size.items())
show(figure, alt=f"Training loss after six epochs: {ends}. Against steps the curves lie close.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Left: for the same number of images, the smaller the batch the better. Right: for
# the same number of *steps* the curves lie close together, so the extra images of a large batch
# were almost wasted at this rate. They are not wasted when the better gradient is used for a longer
# step: how the rate should grow with the batch is a topic of Lecture 5.

# %% [markdown] slideshow={"slide_type": "subslide"}
# | | large batch | small batch |
# | --- | --- | --- |
# | gradient | accurate, low variance | noisy, high variance |
# | cost of a step | high | low |
# | parallel work | much: few, quick epochs on a large device | little: many steps, one after the other |
#
# Masters and Luschi (2018) found the best test accuracy with small batches, 32 and below; Goyal et
# al. (2017) trained ImageNet with 8,192 images a batch in an hour. Usual is what fits the device,
# 32 to 512.

# %% [markdown] slideshow={"slide_type": "notes"}
# Ask: which of the three troubles does a larger batch cure? Only the last.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. Momentum
#
# In a narrow valley successive gradients contradict each other across the valley and agree along
# it. Could a step not remember that? A ball that rolls downhill does: it has **momentum**.
#
# $$v_{t+1} = \rho\, v_t + \nabla f(x_t), \qquad x_{t+1} = x_t - \alpha\, v_{t+1}, \qquad v_0 = 0.$$
#
# $\rho$ is the share of the velocity that friction leaves, usually $0.9$ or $0.99$; with $\rho = 0$
# it is SGD again (Polyak, 1964). Mind the minus here too. Written out, the velocity is a sum of all
# gradients so far, old ones with less weight:
#
# $$v_{t+1} = g_t + \rho\, g_{t-1} + \rho^2 g_{t-2} + \dots = \sum_{k=0}^{t} \rho^{\,t-k} g_k .$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# Often $v$ is called a running *mean*. It is a decayed **sum**: the weights add up to almost
# $1 / (1 - \rho)$, ten at $\rho = 0.9$. What does such a sum make of gradients that agree, that
# alternate, and that are noisy? The sums of whole sequences, as one matrix product:

# %% slideshow={"slide_type": "subslide"}
steps, rhos = np.arange(100), np.array([0, 0.5, 0.8, 0.9, 0.95, 0.99])
sequences = {
    "all agree": np.ones(100),
    "alternating": (-1.0) ** steps,
    "noisy": 1 + 2 * np.random.default_rng(0).standard_normal(100),
}
gradients = np.stack(list(sequences.values()))  # [sequence, step]
age = steps[:, None] - steps  # how many steps before step t the gradient k came
decayed = np.where(age >= 0, rhos[:, None, None] ** np.maximum(age, 0), 0)  # [rho, t, k]
velocities = np.einsum("rtk,sk->srt", decayed, gradients)  # [sequence, rho, step]

# %% [markdown] slideshow={"slide_type": "fragment"}
# Does torch compute the same? We hand its optimizer the gradients ourselves, one a step, and look
# at how far it moves. With a rate of 1 every step is $-v$.


# %% slideshow={"slide_type": "fragment"}
def displacements(optimizer_class, gradients, **options):
    """The steps that torch's optimizer takes when it is handed gradients [step, ...]."""
    x = torch.zeros(gradients.shape[1:], dtype=torch.float64, requires_grad=True)
    optimizer = optimizer_class([x], **options)
    places = [x.detach().clone()]
    for gradient in torch.from_numpy(gradients).double():
        x.grad = gradient
        optimizer.step()
        places.append(x.detach().clone())
    return torch.stack(places).diff(dim=0).numpy()


moves = displacements(torch.optim.SGD, gradients.T, lr=1, momentum=0.9).T
print("largest difference:", np.abs(moves + velocities[:, 3]).max())

# %% slideshow={"slide_type": "skip"}
texts = np.empty((3, len(rhos)), dtype=object)
for i, j in np.ndindex(texts.shape):
    kind, sequence, sums = list(sequences)[i], gradients[i, 50:], velocities[i, j, 50:]
    texts[i, j] = (
        f"Gradients: {kind}; momentum {rhos[j]:g}. In the last 50 steps the velocity has mean "
        f"{sums.mean():.2f} and standard deviation {sums.std():.2f}, "
        f"the gradient {sequence.mean():.2f} and {sequence.std():.2f}."
    )
memory = [Series("weight", np.arange(30), decayed[:, 99, :69:-1][None], "bar", color=COLORS[0])]
mean = (1 - rhos)[:, None] * velocities
both = [
    Series("gradient", steps, gradients[:, None], "scatter", color=COLORS[5]),
    Series("velocity v", steps, velocities, color=COLORS[1]),
    Series("(1 − ρ) v, a mean", steps, mean, dashed=True, color=COLORS[2]),
]

# %% slideshow={"slide_type": "subslide"}
ticks = {age: str(age) for age in range(0, 30, 5)}
velocity = explorer(
    {"gradients": list(sequences), "momentum ρ": rhos},
    [
        Panel("Memory", "age of the gradient (steps)", "weight in v", memory, xticks=ticks),
        Panel("Decayed sum", "step", "gradient and velocity", both, ylim=(-6, 24)),
    ],
    texts=texts,
    caption="Look how large the velocity gets where gradients agree, and where they alternate.",
    start=[0, 3],
    buttons=("gradients",),
)
velocity

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At $\rho = 0.9$ agreeing gradients make a velocity of ten: along the valley we go
# ten times as fast. Alternating ones leave $1 / (1 + \rho)$, about a half: across the valley we go
# slower. Noise is averaged out. The dashed line is the mean that $v$ is often taken for. At
# $\rho = 0.99$ the velocity exceeds the picture, and its memory is too long for a hundred steps.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The same thing in other letters
#
# | form | velocity | step |
# | --- | --- | --- |
# | decayed sum (torch) | $v \leftarrow \rho v + g$ | $x \leftarrow x - \alpha v$ |
# | with the rate inside (Sutskever) | $v \leftarrow \rho v - \alpha g$ | $x \leftarrow x + v$ |
# | mean (`dampening`) | $v \leftarrow \rho v + (1 - \rho) g$ | $x \leftarrow x - \alpha v$ |
#
# The first two are one and the same as long as $\alpha$ is constant: the second $v$ is $-\alpha$
# times the first. When a schedule lowers $\alpha$, torch's form slows at once, the second keeps its
# old speed for a while. The third needs a rate larger by $1/(1-\rho)$. Torch offers it as
# `dampening=rho`, but does not dampen the first gradient.

# %% [markdown] slideshow={"slide_type": "fragment"}
# By hand, in torch's form, on $f(x) = \frac12x^2$ with $x = 1$, $\alpha = 0.1$, $\rho = 0.9$:
#
# | step | gradient | $v$ | $x$ |
# | --- | --- | --- | --- |
# | 1 | $1$ | $0.9 \cdot 0 + 1 = 1$ | $1 - 0.1 = 0.9$ |
# | 2 | $0.9$ | $0.9 \cdot 1 + 0.9 = 1.8$ | $0.9 - 0.18 = 0.72$ |
# | 3 | $0.72$ | $0.9 \cdot 1.8 + 0.72 = 2.34$ | $0.72 - 0.234 = 0.486$ |

# %% slideshow={"slide_type": "fragment"}
print("momentum:", descend(torch.optim.SGD, 3, lr=0.1, momentum=0.9).round(4))
print("SGD:     ", descend(torch.optim.SGD, 3, lr=0.1).round(4))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On the digits: what does it do to the learning rate?
#
# Momentum makes agreeing gradients $1/(1-\rho)$ times as effective. Then $\alpha/(1-\rho)$, the
# **effective rate**, should be what counts. We train 40 networks at once: ten effective rates, four
# momenta, one start, the same minibatches.

# %% slideshow={"slide_type": "fragment"}
rhos = np.array([0, 0.5, 0.9, 0.99])
effective = np.array([0.03, 0.06, 0.1, 0.2, 0.4, 0.8, 1.5, 3, 6, 12])
rho_of_run, rate_of_run = (grid.ravel() for grid in np.meshgrid(rhos, effective, indexing="ij"))
set_seed(0)
first = build()
models = [build() for _ in rho_of_run]
for model in models:
    model.load_state_dict(first.state_dict())
settings = {"lr": rate_of_run * (1 - rho_of_run), "momentum": rho_of_run, "num_epochs": 12}
histories = fit_population(models, train, val, **settings)

# %% slideshow={"slide_type": "subslide"}
effective_rates = effective_rate_explorer(rhos, effective, histories)
effective_rates

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At an effective rate of 0.2 the four runs give the same curve, only later: a
# momentum of 0.9 ten or twenty steps, one of 0.99 about a hundred, since the velocity has to build
# up first. So where rates are small, momentum *is* a larger rate. At large ones it is more. Without
# momentum the training breaks down soon after 0.8; with 0.9 it goes on to several times that rate,
# and ends at a much lower loss: the steep directions, whose gradients alternate, do not feel the
# whole of it. The practical rule: when you raise $\rho$ from $0$ to $0.9$, begin with a tenth of
# the rate.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Momentum helps with all three troubles: it speeds up the shallow direction and calms the steep
# one, it carries through small dents and off saddles, where the gradient is nearly zero but the
# velocity is not, and it averages noise. On a bowl, with the best $\alpha$ and $\rho$ for its
# condition number, its factor is $(\sqrt\kappa - 1)/(\sqrt\kappa + 1)$. Steps until a thousandth of
# the distance is left:

# %% slideshow={"slide_type": "fragment"}
for condition in (10, 100, 1000):
    plain, root = (condition - 1) / (condition + 1), math.sqrt(condition)
    best_rho = ((root - 1) / (root + 1)) ** 2
    factors = plain, math.sqrt(best_rho)
    without, with_momentum = (math.ceil(math.log(1000) / -math.log(q)) for q in factors)
    print(
        f"condition number {condition:4}: {without:5} steps without, about {with_momentum:4} "
        f"with momentum {best_rho:.2f}"
    )

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. Nesterov momentum
#
# A ball with momentum overshoots: it notices the far slope only when it is on it. What if we look
# where the velocity is about to carry us, and take the gradient *there*? That is Nesterov's idea
# (1983). In the **look-ahead form**, with the rate inside the velocity (Sutskever et al., 2013):
#
# $$v_{t+1} = \rho\, v_t - \alpha \nabla f(x_t + \rho\, v_t), \qquad x_{t+1} = x_t + v_{t+1}.$$

# %% [markdown] slideshow={"slide_type": "fragment"}
# This is awkward in a program, where the weights stand at $x_t$ and the gradient is wanted
# elsewhere. So let the weights *be* the look-ahead point, $\tilde x_t = x_t + \rho v_t$. Then
#
# $$\tilde x_{t+1} = x_{t+1} + \rho\, v_{t+1} = x_t + v_{t+1} + \rho\, v_{t+1} = \tilde x_t - \rho\, v_t + (1 + \rho)\, v_{t+1},$$
#
# which is the **rearranged form**, with the gradient where the weights are:
#
# $$v_{t+1} = \rho\, v_t - \alpha \nabla f(\tilde x_t), \qquad \tilde x_{t+1} = \tilde x_t + v_{t+1} + \rho\,(v_{t+1} - v_t).$$
#
# **Torch's form** keeps the rate outside: $v \leftarrow \rho v + g$, then
# $x \leftarrow x - \alpha\,(g + \rho v)$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Are these three the same? On a bowl of curvature $\lambda$ the gradient is $\lambda x$, each form
# is linear in $(x, v)$, and $t$ steps are the $t$-th power of a matrix. With $a = \alpha\lambda$:
#
# $$\underbrace{\begin{pmatrix} 1 - a & \rho \\ -a & \rho \end{pmatrix}}_{\text{momentum}} \qquad
# \underbrace{\begin{pmatrix} 1 - a & \rho(1 - a) \\ -a & \rho(1 - a) \end{pmatrix}}_{\text{Nesterov, look-ahead}} \qquad
# \underbrace{\begin{pmatrix} 1 - a(1 + \rho) & \rho^2 \\ -a & \rho \end{pmatrix}}_{\text{Nesterov, rearranged}}$$

# %% slideshow={"slide_type": "fragment"}
a, rho, times = 0.1, 0.9, range(31)
look_ahead = np.array([[1 - a, rho * (1 - a)], [-a, rho * (1 - a)]])
rearranged = np.array([[1 - a * (1 + rho), rho**2], [-a, rho]])
start = np.array([1.0, 0.0])
states = np.stack([np.linalg.matrix_power(look_ahead, t) @ start for t in times])
forms = {
    "look-ahead, x + ρv": states[:, 0] + rho * states[:, 1],
    "rearranged": np.stack([np.linalg.matrix_power(rearranged, t) @ start for t in times])[:, 0],
    "torch.optim.SGD": descend(torch.optim.SGD, 30, lr=a, momentum=rho, nesterov=True),
}
for name, places in forms.items():
    print(f"{name:20}", places[:6].round(6), "...", places[-1].round(6))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same numbers in each row. By hand, the look-ahead form's first steps:
# $v_1 = -0.1 \cdot 1 = -0.1$, $x_1 = 0.9$, and it looks ahead to $0.9 - 0.09 = 0.81$; then
# $v_2 = -0.09 - 0.081 = -0.171$, $x_2 = 0.729$, and it looks ahead to $0.729 - 0.1539 = 0.5751$.
#
# Now compare the first two matrices: *on a bowl, Nesterov's momentum is plain momentum with
# $\rho(1 - a)$ in place of $\rho$.* Steep directions get less momentum, shallow ones all of it.

# %% slideshow={"slide_type": "subslide"}
swinging = swinging_explorer()
swinging

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Start at $\alpha\lambda = 0.1$: momentum swings through the minimum several
# times, Nesterov less. Go left to 0.01: gradient descent crawls, the two others are fast and nearly
# alike. Go right: at 1 Nesterov's factor is zero, while momentum still swings. But too far right
# Nesterov explodes earlier: it is stable for $\alpha\lambda < 2(1 + \rho)/(1 + 2\rho)$, momentum
# for $\alpha\lambda < 2(1 + \rho)$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. A scale for each parameter: AdaGrad and RMSProp
#
# Momentum uses one rate for all weights. But the steep direction wants a small rate and the shallow
# one a large. Could each weight find its own?
#
# **AdaGrad** (Duchi et al., 2011) adds up the *squares* of each weight's gradients and divides by
# the root. All operations are elementwise:
#
# $$s_{t+1} = s_t + g_t^2, \qquad x_{t+1} = x_t - \alpha\, \frac{g_t}{\sqrt{s_{t+1}} + \varepsilon}.$$
#
# The small $\varepsilon$, $10^{-7}$ say, stands outside the root and only prevents a division by
# zero.

# %% [markdown] slideshow={"slide_type": "fragment"}
# By hand, for a weight whose first two gradients are $3$ and $4$: the sums are $9$ and
# $9 + 16 = 25$, the steps $\alpha \cdot 3/3 = \alpha$ and $\alpha \cdot 4/5 = 0.8\,\alpha$. A
# second weight with gradients ten thousand times smaller takes the same steps:

# %% slideshow={"slide_type": "fragment"}
two_weights = np.array([[3, 3e-4], [4, 4e-4]])  # [step, weight]
print(displacements(torch.optim.Adagrad, two_weights, lr=1, eps=1e-7).round(4))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Scale does not matter any more: steep directions are slowed, shallow ones sped up. But the sum
# only grows. When every gradient is $g$, step $t$ has the length
# $\alpha\, g / \sqrt{t g^2} = \alpha / \sqrt t$: AdaGrad slows down for ever. Good on a convex
# bowl, bad if there is still a long way to go.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **RMSProp** (Tieleman and Hinton, 2012) lets the sum forget. With a decay $\beta$ of $0.9$ or
# $0.99$:
#
# $$s_{t+1} = \beta\, s_t + (1 - \beta)\, g_t^2, \qquad x_{t+1} = x_t - \alpha\, \frac{g_t}{\sqrt{s_{t+1}} + \varepsilon}.$$
#
# Here the weights do add up to (almost) one: $\sqrt s$ is a *root mean square* of recent gradients.
# The same two gradients, $\beta = 0.9$: $s_1 = 0.1 \cdot 9 = 0.9$, the step is
# $3 / \sqrt{0.9} = 3.162$; $s_2 = 0.81 + 1.6 = 2.41$, the step is $4/\sqrt{2.41} = 2.577$.

# %% slideshow={"slide_type": "fragment"}
print(displacements(torch.optim.RMSprop, two_weights, lr=1, alpha=0.9, eps=1e-12).round(3))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The first steps are too long, since $s$ starts at zero and is still too small. Adam will mend
# that.
#
# How long are the steps later on? We hand torch's optimizers three sequences of gradients, two of
# which change after step 100, and measure.

# %% slideshow={"slide_type": "skip"}
steps = np.arange(1, 201)
sequences = {
    "constant": np.ones(200),
    "shrinks tenfold": np.where(steps > 100, 0.1, 1.0),
    "grows tenfold": np.where(steps > 100, 1.0, 0.1),
}
decays = np.array([0.5, 0.9, 0.99, 0.999])
gradients = np.stack(list(sequences.values()), axis=1)  # [step, sequence]
adagrad = -displacements(torch.optim.Adagrad, gradients, lr=1).T  # [sequence, step]
rmsprop = [-displacements(torch.optim.RMSprop, gradients, lr=1, alpha=d).T for d in decays]
rmsprop = np.stack(rmsprop, axis=1)  # [sequence, decay, step]

# %% slideshow={"slide_type": "skip"}
texts = np.empty((len(sequences), len(decays)), dtype=object)
for i, j in np.ndindex(texts.shape):
    ends = {"AdaGrad": adagrad[i], "RMSProp": rmsprop[i, j], "SGD": gradients[:, i]}
    found = ", ".join(f"{name} {length[-10:].mean():.3f}" for name, length in ends.items())
    gradient = f"Gradient: {list(sequences)[i]}; decay {decays[j]:g}. "
    texts[i, j] = gradient + f"Mean of the last ten steps, in learning rates: {found}."

# %% slideshow={"slide_type": "subslide"}
lengths = [
    Series("AdaGrad", steps, adagrad[:, None], color=COLORS[0]),
    Series("RMSProp", steps, rmsprop, color=COLORS[1]),
    Series("SGD: the gradient itself", steps, gradients.T[:, None], dashed=True, color=COLORS[2]),
]
look = {"yscale": "log", "ylim": (0.005, 50)}
scales = explorer(
    {"gradient": list(sequences), "decay β of RMSProp": decays},
    [Panel("Length of each step", "step", "step (in learning rates)", lengths, **look)],
    texts=texts,
    caption="Look what each of them does with gradients that have shrunk, and how soon.",
    start=[1, 1],
    buttons=("gradient",),
)
scales

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Constant gradients: AdaGrad falls like $1/\sqrt t$, RMSProp settles at one (at
# $\beta = 0.999$ not within 200 steps). When the gradients become ten times smaller, AdaGrad cannot
# forget the large ones and almost stops; RMSProp finds its way back to one, the sooner the smaller
# $\beta$. When they become larger, RMSProp takes steps that are too long until it has adapted,
# again the sooner the smaller $\beta$.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. Adam
#
# Momentum smooths the direction, RMSProp sets the scale. Why not both? **Adam** (Kingma and Ba, 2015)
# keeps two decayed means, of the gradient and of its square, and divides one by the root of
# the other:
#
# $$m_{t} = \beta_1 m_{t-1} + (1 - \beta_1)\, g_t, \qquad s_{t} = \beta_2 s_{t-1} + (1 - \beta_2)\, g_t^2,$$
#
# $$\hat m_t = \frac{m_t}{1 - \beta_1^t}, \qquad \hat s_t = \frac{s_t}{1 - \beta_2^t}, \qquad
# x_t = x_{t-1} - \alpha\, \frac{\hat m_t}{\sqrt{\hat s_t} + \varepsilon}, \qquad t = 1, 2, \dots$$
#
# with $\beta_1 = 0.9$, $\beta_2 = 0.999$. (The paper writes $v$ for our $s$.) What are the
# divisions by $1 - \beta^t$ for?

# %% [markdown] slideshow={"slide_type": "fragment"}
# Both means start at **zero**, and are pulled towards it. Let every gradient be $g$. Then
# $m_t = (1 - \beta_1^t)\,g$ and $s_t = (1 - \beta_2^t)\, g^2$: after the first step $m$ is a tenth
# of its true value and $s$ a thousandth. Without the **bias correction** the step would be
#
# $$\alpha\, \frac{m_t}{\sqrt{s_t}} = \alpha\, \frac{1 - \beta_1^t}{\sqrt{1 - \beta_2^t}}, \qquad
# \text{at } t = 1: \quad \alpha\, \frac{0.1}{\sqrt{0.001}} = 3.16\, \alpha.$$
#
# With it, it is $\alpha$ from the first step on.

# %% slideshow={"slide_type": "subslide"}
bias_correction = bias_explorer()
bias_correction

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The mean of the squares fills a hundred times more slowly than the mean of the
# gradients. In between the root in the denominator is too small, and the uncorrected steps are
# several times too long, just when the weights are freshly initialized and most delicate. With
# $\beta_1 = 0$ (that is RMSProp) the very first step is the worst.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Torch has both: Adam is corrected, `RMSprop` is not, and equals an uncorrected Adam with
# $\beta_1 = 0$.

# %% slideshow={"slide_type": "fragment"}
constant = np.full((5, 1), 3.0)
adam = displacements(torch.optim.Adam, constant, lr=1, betas=(0.9, 0.999), eps=1e-12)
rms = displacements(torch.optim.RMSprop, constant, lr=1, alpha=0.999, eps=1e-12)
print("Adam:                 ", adam.ravel().round(3))
print("RMSProp, decay 0.999: ", rms.ravel().round(3))
print("by the formula:       ", -(1 / np.sqrt(1 - 0.999 ** np.arange(1, 6))).round(3))

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Where the epsilon stands
#
# In all three $\varepsilon$ is added **outside** the root: $\sqrt{s} + \varepsilon$. Some programs
# write $\sqrt{s + \varepsilon}$, which makes the same number mean something else: outside,
# gradients smaller than $\varepsilon$ are no longer scaled up; inside, those smaller than
# $\sqrt\varepsilon$. And libraries choose different defaults:

# %% slideshow={"slide_type": "fragment"}
weight = [torch.zeros(1)]
for kind in (torch.optim.Adagrad, torch.optim.RMSprop, torch.optim.Adam):
    defaults = kind(weight).defaults
    shown = [key for key in ("lr", "alpha", "betas", "eps") if key in defaults]
    print(f"{kind.__name__:8}", ", ".join(f"{key} = {defaults[key]}" for key in shown))

# %% slideshow={"slide_type": "subslide"}
size = np.logspace(-12, 0, 49)
first_steps = {
    "outside, 1e-10 (torch's AdaGrad)": size / (size + 1e-10),
    "outside, 1e-8 (torch's Adam)": size / (size + 1e-8),
    "outside, 1e-7": size / (size + 1e-7),
    "inside, 1e-8": size / np.sqrt(size**2 + 1e-8),
}
halves = [f"{name} at {size[(step < 0.5).sum()]:.0e}" for name, step in first_steps.items()]
print("half a step: " + "; ".join(halves))

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
axes, styles = figure.subplots(), ("-", "--", "-.", ":")
for (name, step), style, color in zip(first_steps.items(), styles, COLORS, strict=False):
    axes.loglog(size, step, style, color=color, label=name)
ylabel = "step (in learning rates)"
label_axes(axes, title="First step of AdaGrad or Adam", xlabel="gradient", ylabel=ylabel)
axes.legend()
alt = "The step grows with the gradient, then stays at 1. It is a half: " + "; ".join(halves)
show(figure, alt=alt)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Right of the bend the optimizer takes full steps whatever the gradient's size;
# left of it, it behaves like SGD. Inside the root the same $10^{-8}$ moves the bend
# ten-thousandfold. When you compare two programs, pass $\varepsilon$ and say where it stands.

# %% slideshow={"slide_type": "fragment"}
tiny = np.array([[1e-6, 1e-8, 1e-10]])
print("Adam, first steps:", displacements(torch.optim.Adam, tiny, lr=1).ravel().round(4))
print("by the formula:   ", -(tiny / (tiny + 1e-8)).ravel().round(4))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9. All of them on one map
#
# How do their paths differ? Six optimizers, all from `torch.optim`, and six surfaces: bowls with
# condition numbers $\kappa = 10$ and $100$, the second one also with its valley turned by 45°; a
# saddle (they start almost on its ridge); a bowl with dents; and a bowl seen through minibatches,
# whose gradients are noisy. Nine learning rates, three momenta (for Adam: $\beta_1$).

# %% slideshow={"slide_type": "subslide"}
paths = paths_explorer()
paths

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Try these:
#
# - *Bowl, κ = 100.* SGD at rate 1.9 jitters across the valley. Momentum 0.9 at rate 0.5 swings, and
#   ends lower than SGD ever does; at 0.99 it swings for a long time. RMSProp and Adam at 0.05 take
#   the same path as at κ = 10, slantwise to the minimum: both directions count alike. Adam has
#   momentum, so it swings a little past. AdaGrad arrives as well once its rate is large, 0.5 say:
#   on a bowl there is nothing to forget.
# - *Turned bowl.* Now every parameter is steep *and* shallow, a scale for each parameter cannot
#   help, and Adam at 0.1 creeps along the valley like the others. Momentum does not care which way
#   the valley runs.
# - *Saddle.* At rate 0.05 SGD sits on the ridge for all of the hundred steps; momentum 0.9 leaves
#   after some dozens; RMSProp and Adam after a dozen at most, since dividing by the root makes the
#   tiny gradient a full step.
# - *Dents.* At rate 0.1 SGD stays in the first dent that it meets. Momentum 0.9 and Adam roll
#   through.
# - *Noisy bowl.* Nobody arrives: each trembles around the minimum, the more the larger its rate. At
#   large rates only AdaGrad, whose steps shrink, calms down by itself. The others need a schedule
#   (Lecture 5).
# - *RMSProp* with a large rate never settles, noise or not: near the minimum its steps stay about
#   one rate long.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 10. All of them on the digits
#
# Maps have two dimensions. Who wins on a real network, and how much does the rate matter? Sixty
# networks, from the same start and on the same minibatches: six optimizers at ten rates.

# %% slideshow={"slide_type": "fragment"}
optimizers = {
    "SGD": torch.optim.SGD,
    "momentum 0.9": lambda groups: torch.optim.SGD(groups, momentum=0.9),
    "Nesterov 0.9": lambda groups: torch.optim.SGD(groups, momentum=0.9, nesterov=True),
    "AdaGrad": torch.optim.Adagrad,
    "RMSProp": torch.optim.RMSprop,
    "Adam": torch.optim.Adam,
}
rates = [1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0]
settings = {"optimizers": optimizers, "learning_rates": rates, "num_epochs": 6}
losses, accuracies = race(first, train, val, **settings)

# %% slideshow={"slide_type": "subslide"}
racing = race_explorer(list(optimizers), rates, losses, accuracies)
racing

# %% slideshow={"slide_type": "fragment"}
for number, name in enumerate(optimizers):
    best = accuracies[number].argmax()
    good = [
        f"{rate:g}" for rate, share in zip(rates, accuracies[number], strict=True) if share > 0.9
    ]
    print(
        f"{name:13} best {accuracies[number].max():.1%} at {rates[best]:g}; above 90 % at {', '.join(good)}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At their best rates they all end within a few points of one another. What differs
# is *where* that rate lies: about 0.01 for RMSProp and Adam, ten times that and more for AdaGrad
# and momentum, about a hundred times for SGD. A rate does not belong to the task but to the task
# *and* the optimizer. Comparing two optimizers at the same rate says nothing.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **Which one, then?**
#
# - **Adam** is the good default: its steps have a known size, so $10^{-3}$ is a reasonable first
#   try on most networks (our six epochs are so short that they want more).
# - **SGD with momentum 0.9**, tuned and with a schedule, is often as good, and still usual for
#   convolutional networks.
# - All of them have a **learning rate**, and none of them makes it harmless. Lecture 5 lets it
#   decay, Lecture 6 searches it.
# - A better optimizer lowers the *training* loss. What we care about is new images: Lecture 3.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 11. Second order: Newton and L-BFGS
#
# Everything so far uses the slope only: a **linear** model of the loss, which has no lowest point,
# so somebody must say how far to trust it. That is the learning rate. What if we also use the
# curvature? The **quadratic** model around $x_t$, with gradient $g$ and Hessian $H$, does have a
# lowest point:
#
# $$f(x_t + d) \approx f(x_t) + g^\top d + \tfrac12\, d^\top H d, \qquad
# \text{lowest (if all eigenvalues are positive) at } d = -H^{-1} g .$$
#
# Stepping there is **Newton's method**. There is no learning rate.

# %% [markdown] slideshow={"slide_type": "fragment"}
# On a bowl the model *is* the function, and one step arrives, whatever the condition number. By
# hand, for $f = \frac12(w_1^2 + 100\, w_2^2)$ at $(3, 2)$: the gradient is $(3, 200)$, the Hessian
# has $1$ and $100$ on its diagonal, so $d = -(3/1,\; 200/100) = -(3, 2)$. We are at the minimum.
# Gradient descent would need hundreds of steps.
#
# In one dimension, where the step is $-f'/f''$, we can see it:

# %% slideshow={"slide_type": "subslide"}
newton_steps = newton_explorer()
newton_steps

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** On the parabola one step arrives from everywhere. With two valleys it is
# excellent near a minimum; near an inflection it leaps far away; and between the valleys, where the
# curvature is negative, it climbs to the *maximum*. Newton's method is attracted by every point of
# zero gradient, saddles included, and those are the rule (Section 3).

# %% [markdown] slideshow={"slide_type": "subslide"}
# The other obstacle is the price. With $P$ weights the Hessian has $P^2$ entries, and solving with
# it takes about $P^3$ operations:

# %% slideshow={"slide_type": "fragment"}
for num_weights in (2_410, 1_000_000, 25_600_000):  # ours, a small one, about ResNet-50's
    print(
        f"P = {num_weights:10,}: Hessian {4 * num_weights**2 / 1e9:12,.2f} GB, "
        f"L-BFGS with 10 pairs {4 * 20 * num_weights / 1e9:.4f} GB"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# **BFGS** never computes a Hessian: it builds up an approximation of $H^{-1}$ from how the gradient
# *changed* from step to step. **L-BFGS** (limited memory; Liu and Nocedal, 1989) keeps only the
# last few pairs (step, change of gradient), ten or so.
#
# Torch's version evaluates the loss several times within one `step`, so it must be able to call it:
# it wants a **closure** that clears the gradients, computes the loss, calls `backward` and returns
# the loss.


# %% slideshow={"slide_type": "subslide"}
def closure_of(model, optimizer, images, labels, evaluated):
    def closure():
        optimizer.zero_grad()
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        evaluated.append(loss.item())  # torch needs no such list: it is for our picture
        return loss

    return closure


# %% slideshow={"slide_type": "fragment"}
set_seed(0)
model, full_batch = build(), []
lbfgs = torch.optim.LBFGS(model.parameters(), max_iter=60, line_search_fn="strong_wolfe")
lbfgs.step(closure_of(model, lbfgs, train.images, train.labels, full_batch))
print(f"{len(full_batch)} evaluations, loss from {full_batch[0]:.3f} to {full_batch[-1]:.2e}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# That was one call of `step`, up to sixty iterations. For comparison Adam and momentum, also on the
# full batch, for as many passes over the images; and Adam as it is usually run, on minibatches.

# %% slideshow={"slide_type": "fragment"}
num_passes = len(full_batch)
compared = {"L-BFGS, full batch": full_batch}
for name, kind, options, batch_size in (
    ("momentum, full batch", torch.optim.SGD, {"lr": 0.3, "momentum": 0.9}, len(train)),
    ("Adam, full batch", torch.optim.Adam, {"lr": 0.03}, len(train)),
    ("Adam, minibatches", torch.optim.Adam, {"lr": 0.01}, 64),
):
    set_seed(0)
    model = build()
    settings = {"num_epochs": num_passes, "batch_size": batch_size, "progress": False}
    history = fit(model, train, optimizer=kind(model.parameters(), **options), **settings)
    compared[name] = history.train_loss

# %% [markdown] slideshow={"slide_type": "fragment"}
# And L-BFGS on minibatches, in two ways: twenty iterations on each minibatch (torch's default), or
# one. Whenever the evaluations add up to another pass over the images, we measure the loss on all
# of them.


# %% slideshow={"slide_type": "fragment"}
def on_minibatches(**options):
    set_seed(0)
    model, evaluated, losses = build(), [], []
    lbfgs = torch.optim.LBFGS(model.parameters(), **options)
    while len(losses) < num_passes:
        for images, labels in batches(train, 64):
            lbfgs.step(closure_of(model, lbfgs, images, labels, evaluated))
            if len(evaluated) * 64 >= (len(losses) + 1) * len(train):
                losses.append(evaluate(model, train)[0])
    return losses[:num_passes]


compared["L-BFGS, 20 iterations a minibatch"] = on_minibatches(line_search_fn="strong_wolfe")
compared["L-BFGS, 1 iteration a minibatch"] = on_minibatches(max_iter=1, history_size=10)

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 4.2), layout="constrained")
axes, styles = figure.subplots(), ("-", "--", "-.", ":", "-", "-")
for (name, loss), style, color in zip(compared.items(), styles, COLORS, strict=True):
    axes.semilogy(range(1, num_passes + 1), loss, style, color=color, label=name)
title = "The same number of passes over the images"
label_axes(axes, title=title, xlabel="passes over the training set", ylabel="training loss (nats)")
axes.legend(fontsize="small")
ends = [f"{name}: {loss[-1]:.1e}" for name, loss in compared.items()]
show(figure, alt=f"Training loss after {num_passes} passes. " + "; ".join(ends))
print("\n".join(ends))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** On the full batch L-BFGS starts no faster than Adam. But once its idea of the
# curvature is good, it gains a power of ten every few passes and leaves all first-order methods far
# behind. On minibatches the same algorithm disappoints. With twenty iterations it fits each
# minibatch and ruins what it knew of the others. With one it jumps now and then and ends behind
# plain Adam: the change of the gradient from one step to the next, from which it wants to learn the
# curvature, is mostly the change of the *minibatch*.
#
# So: if you can afford full batches, switch off every source of noise, dropout and augmentation
# too, and try L-BFGS. With minibatches, take Adam. (In between lie very large minibatches, with
# which Le et al., 2011, trained networks by L-BFGS.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 12. What to remember
#
# - **SGD**: $W \leftarrow W - \alpha \nabla L$, on minibatches; **minus**. An epoch is one pass
#   over the training set.
# - **Troubles**: ill conditioning (jitter across, crawling along), saddle points (the rule in high
#   dimension), noise (variance $\sigma^2/m$).
# - **Momentum**: $v \leftarrow \rho v + g$, $x \leftarrow x - \alpha v$; a decayed *sum*, so the
#   effective rate is $\alpha/(1-\rho)$. **Nesterov** takes the gradient where the velocity leads;
#   torch uses the rearranged form.
# - **AdaGrad** divides by the root of the sum of squares and slows for ever, **RMSProp** lets the
#   sum forget, **Adam** adds momentum and corrects the bias of means that start at zero.
# - $\varepsilon$ stands outside the root, and defaults differ.
# - Adam is the good default. Compare optimizers each at its own best rate.
# - **Newton** solves a quadratic in one step and needs no rate, but climbs to saddles and costs
#   $P^2$ memory. **L-BFGS** is for full batches without noise.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Papers
#
# - H. Robbins, S. Monro: *A Stochastic Approximation Method*. Annals of Mathematical Statistics 22,
#   400–407, 1951.
# - B. T. Polyak: *Some methods of speeding up the convergence of iteration methods*. USSR
#   Computational Mathematics and Mathematical Physics 4(5), 1–17, 1964.
# - Y. Nesterov: *A method of solving a convex programming problem with convergence rate O(1/k²)*.
#   Soviet Mathematics Doklady 27, 372–376, 1983.
# - Y. Nesterov: *Introductory Lectures on Convex Optimization: A Basic Course*. Springer, 2004.
# - I. Sutskever, J. Martens, G. Dahl, G. Hinton: *On the importance of initialization and momentum
#   in deep learning*. ICML 2013.
# - Y. N. Dauphin, R. Pascanu, C. Gulcehre, K. Cho, S. Ganguli, Y. Bengio: *Identifying and
#   attacking the saddle point problem in high-dimensional non-convex optimization*. NeurIPS 2014,
#   arXiv:1406.2572.
# - J. Duchi, E. Hazan, Y. Singer: *Adaptive Subgradient Methods for Online Learning and Stochastic
#   Optimization*. JMLR 12, 2121–2159, 2011.
# - T. Tieleman, G. Hinton: *Lecture 6.5 – RMSProp: Divide the gradient by a running average of its
#   recent magnitude*. COURSERA: Neural Networks for Machine Learning, 2012.
# - D. P. Kingma, J. Ba: *Adam: A Method for Stochastic Optimization*. ICLR 2015, arXiv:1412.6980.
# - D. C. Liu, J. Nocedal: *On the limited memory BFGS method for large scale optimization*.
#   Mathematical Programming 45, 503–528, 1989.
# - Q. V. Le, J. Ngiam, A. Coates, A. Lahiri, B. Prochnow, A. Y. Ng: *On optimization methods for
#   deep learning*. ICML 2011.
# - D. Masters, C. Luschi: *Revisiting Small Batch Training for Deep Neural Networks*.
#   arXiv:1804.07612, 2018.
# - P. Goyal et al.: *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour*. arXiv:1706.02677,
#   2017.

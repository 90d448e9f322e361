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
# A network that fits its training images has done the easy half. This part of the lecture is about
# **dropout**: the noise that keeps a large network from learning what it should not, and what to
# do with that noise when the training is over.
#
# 1. Overfitting on the digits
# 2. The common pattern: train with noise, test with the average
# 3. Dropout
# 4. Inverted dropout
# 5. How much to keep
# 6. Why it works
# 7. Averaging many passes
# 8. Where to use it
# 9. What to remember

# %% [markdown] slideshow={"slide_type": "subslide"}
# **After this lecture you can**
#
# - recognize overfitting from the curves of training and validation accuracy;
# - state what dropout, batch normalization and augmentation have in common;
# - derive what dropout must do at test time, in its vanilla and in its inverted form, forward and
#   backward, and say which probability is meant;
# - tell where scaling by the keep probability is exact, and measure how good it is where it is not.
#
# **Time**: 40 minutes. **You need**: backpropagation, stochastic gradient descent, the softmax
# loss, expectation and variance of a random variable, and `torch.nn` modules.

# %% slideshow={"slide_type": "skip"}
import copy
import math
from itertools import product

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F

from utils.data import corrupt_labels, load
from utils.explorers import Panel, Series, explorer
from utils.plots import COLORS, histogram, image_grid, label_axes, learning_curves, show
from utils.training import choose_device, fit, progress_bar, set_seed

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Overfitting on the digits
#
# What does a network do with images that it cannot possibly have understood?
#
# To see it plainly we take few images, 300, and give it something that is *not worth learning*: every
# fifth training label is wrong. The validation labels stay right, so they tell us what was
# understood.

# %% slideshow={"slide_type": "fragment"}
torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on a busy machine
device = choose_device()
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
# *drop* probability, hence `1 - keep_prob`. Section 4 returns to this.)


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
# ## 2. The common pattern: train with noise, test with the average
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
# ## 3. Dropout
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
# ## 4. Inverted dropout
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
# Both keep the promise of Section 2, layer by layer: the mean in training equals the output in
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
# ## 5. How much to keep
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
    caption="Look for the keep probability at which the validation curve stops falling again.",
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
# ## 6. Why it works
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
# ## 7. Averaging many passes
#
# The pattern of Section 2 asks for $\mathbb{E}_m[f(x, m)]$, the mean *output*. **Weight scaling** gives
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
# We take the network that did best in Section 5 and 128 passes, with the dropout layers *on*.

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
# ## 8. Where to use it
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
# ## 9. What to remember
#
# - **Pattern**: train with noise, $y = f(x, z)$; test with the average, $\mathbb{E}_z[f(x, z)]$, exact or
#   approximate. Batch normalization fits it too.
# - **Vanilla**: masks in training, times the *keep* probability in testing. **Inverted**: masks divided by
#   the keep probability in training, nothing in testing. The gradient uses the mask of the forward pass.
# - `p` in torch is the **drop** probability; `model.eval()` before testing.
# - It forces redundancy, and trains an ensemble of $2^n$ networks on shared weights.
# - Scaling is exact for linear networks only, elsewhere a good and cheap approximation of the mean over many
#   passes.
# - Judge by validation accuracy: too small a keep probability underfits.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Papers
#
# - G. E. Hinton, N. Srivastava, A. Krizhevsky, I. Sutskever, R. R. Salakhutdinov: *Improving neural networks by
#   preventing co-adaptation of feature detectors*. arXiv:1207.0580, 2012.
# - N. Srivastava, G. E. Hinton, A. Krizhevsky, I. Sutskever, R. Salakhutdinov: *Dropout: A Simple Way to
#   Prevent Neural Networks from Overfitting*. JMLR 15, 1929–1958, 2014.
# - Y. Gal, Z. Ghahramani: *Dropout as a Bayesian Approximation: Representing Model Uncertainty in Deep
#   Learning*. ICML 2016.
# - S. Ioffe, C. Szegedy: *Batch Normalization: Accelerating Deep Network Training by Reducing Internal
#   Covariate Shift*. ICML 2015.

# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Lecture 6: Choosing hyperparameters
#
# Gradient descent finds the weights. Who finds the learning rate, the weight decay, the width? You do, by
# trying. This lecture is about trying well: what may decide, where to look, in which order, and what a
# curve tells you about the next trial.
#
# 1. Train, validation, test
# 2. What to tune
# 3. Grid against random search
# 4. From coarse to fine
# 5. Seven steps without many GPUs
# 6. Learning curves
# 7. The update-to-weight ratio
# 8. The command centre
# 9. What to remember

# %% [markdown] slideshow={"slide_type": "subslide"}
# **After this lecture you can**
#
# - say on which images to choose, and by how much a choice flatters itself;
# - search on a logarithmic scale, at random rather than on a grid, from coarse to fine, and see when the best
#   value lies at the edge of its range;
# - bring a new network to life in seven steps, with a check after each;
# - name what is wrong from a learning curve, and say what to do about it;
# - measure how far a step moves the weights, for any optimizer, and compare runs side by side.
#
# **Time**: 65 minutes. **You need**: stochastic gradient descent with momentum (Lecture 2), weight decay and
# overfitting (Lecture 3), learning-rate schedules (Lecture 5), logarithms.

# %% slideshow={"slide_type": "skip"}
import copy
import tempfile
from itertools import product
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy.stats import loguniform
from sklearn.model_selection import ParameterGrid, ParameterSampler
from torch import nn
from torch.nn import functional as F

# %% slideshow={"slide_type": "skip"}
from utils.data import corrupt_labels, load
from utils.explore.diagnosis import by_heart, guessing_game, update_ratios
from utils.explore.search import Stage, coarse_to_fine, important_axis, search_race
from utils.explore.selection import best_of_many
from utils.explorers import Panel, Series, explorer
from utils.plots import COLORS, label_axes, learning_curves, show
from utils.populations import fit_population
from utils.training import choose_device, evaluate, progress_bar, set_seed

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Train, validation, test
#
# You have tried 64 settings, and want to keep one. Which images may decide?
#
# 1. **The training images?** Bad. A network that knows them by heart wins, and nobody learns how it will do
#    on new images.
# 2. **The test images?** Bad too, if less plainly. The winner was chosen *because* it does well on exactly
#    these images. No images are left that could tell how it does on others.
# 3. **A third set, the validation images.** Good. Train on the first set, choose on the second, and look at
#    the third once, at the very end.
#
# The second point is easy to say and hard to believe. So let us measure it.

# %% slideshow={"slide_type": "fragment"}
torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on a busy machine
device = choose_device()
data = load("digits", device=device)
print(
    f"{len(data.train)} images to train on, {len(data.val)} to choose on, {len(data.test)} to test"
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# 64 small networks, each from its own start, with its own learning rate and weight decay, on only 100 training
# images. They are trained as one **population**: their weights are stacked, and each step of SGD moves
# all of them.


# %% slideshow={"slide_type": "fragment"}
def build(width=64):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10)).to(
        device
    )


def build_many(count, width=64):
    set_seed(0)
    return [build(width) for _ in range(count)]


# %% slideshow={"slide_type": "fragment"}
few, networks = data.train[:100], build_many(64)
ranges = {"lr": loguniform(5e-2, 1), "weight_decay": loguniform(1e-5, 1e-2)}
drawn = list(ParameterSampler(ranges, n_iter=64, random_state=0))
settings = {name: [setting[name] for setting in drawn] for name in ranges}
runs = fit_population(networks, few, **settings, num_epochs=60, batch_size=50)
train_accuracy = np.array([run.train_accuracy[-1] for run in runs])

# %% [markdown] slideshow={"slide_type": "fragment"}
# No network has seen the validation and test images, so they are all fresh. We note which network is right on
# which of them. Choosing is then only a matter of looking at some columns of this table.

# %% slideshow={"slide_type": "subslide"}
images = torch.cat([data.val.images, data.test.images])
labels = torch.cat([data.val.labels, data.test.labels])
with torch.no_grad():
    right = torch.stack([network(images).argmax(1) == labels for network in networks])
right = right.cpu().numpy()  # [network, image]
accuracy = right.mean(1)
perfect = train_accuracy == 1
print(f"{perfect.sum()} of {len(runs)} networks are right on all {len(few)} training images.")
print(
    f"On {len(labels)} fresh images these reach {accuracy[perfect].min():.1%} "
    f"to {accuracy[perfect].max():.1%}."
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# The training accuracy cannot tell these networks apart. And the test accuracy? To see its
# flattery in the purest form, take classifiers that know nothing: they guess a class at random, so each of
# them has a true accuracy of 10 %.

# %% slideshow={"slide_type": "fragment"}
rng = np.random.default_rng(0)
guesses = rng.integers(0, 10, (64, len(labels)))
guesses_right = guesses == labels.cpu().numpy()
flattery = best_of_many(
    {"networks": right, "random guessers": guesses_right}, num_chosen=[20, 50, 100, 200, 360]
)
flattery

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The best of 64 guessers looks much better than 10 % on the images on which it was chosen,
# and has its 10 % on fresh ones: all of its lead is luck. For the networks a part of the lead is real, since some
# *are* better, so the lower line rises too. What lies between the lines is the optimism of the choice.

# %% [markdown] slideshow={"slide_type": "subslide"}
# How large is it? An accuracy $a$ measured on $N$ images scatters with the standard deviation
#
# $$\sigma = \sqrt{\frac{a (1 - a)}{N}},$$
#
# and the best of $K$ equally good classifiers looks better, on average, by at most about
# $\sigma \sqrt{2 \ln K}$. More images shrink it slowly, more trials let it grow more slowly still; ten times as many
# trials hardly hurt a validation set that is large enough.

# %% slideshow={"slide_type": "fragment"}
for num_images in (50, 360, 10_000):
    sigma = (0.1 * 0.9 / num_images) ** 0.5
    bounds = [f"{100 * sigma * (2 * np.log(k)) ** 0.5:4.1f} points for {k}" for k in (64, 640)]
    print(f"guessers chosen on {num_images:6,} images: {', '.join(bounds)}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The winner's *validation* accuracy is just as optimistic, which is why there is a third set. Whoever looks at the
# test set again and again is choosing on it. The optimism is often as large as the differences between learning
# algorithms that papers report (Cawley and Talbot, 2010). With large test sets the damage can stay small: Recht et
# al. (2019) built a new test set for ImageNet. All models lost 11 to 14 points on it, which the authors put down to
# slightly harder images; the order of the models hardly changed.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. What to tune
#
# Which knobs are there, and which are worth turning?
#
# | knob | usual first values | searched |
# | --- | --- | --- |
# | learning rate, its decay and the update rule | 1e-1 … 1e-4; constant, then cosine or step; SGD with momentum, Adam | logarithmically |
# | regularization: L2, L1, max norm, drop probability | weight decay 1e-4, 1e-5, 0; drop probability 0 to 0.5 | logarithmically; drop probability linearly |
# | architecture: kind, depth, width | what others use for such data | widths by factors of 2 |
# | initialization | Kaiming for ReLU | rarely |
# | batch size | what fits; the rate scales with it (Lecture 5) | by factors of 2 |
# | loss | softmax cross-entropy; hinge | rarely |
# | number of iterations | until the validation accuracy stops rising | read off the curve |

# %% [markdown] slideshow={"slide_type": "subslide"}
# A knob is worth its trials if turning it changes the result. We turn four of them, one at a time, over
# several powers of ten, and leave the others where they are: 64 networks, one population, five epochs.

# %% slideshow={"slide_type": "fragment"}
knobs = {
    "learning rate": np.geomspace(1e-4, 10, 16),
    "weight decay": np.geomspace(1e-6, 1, 16),
    "1 − momentum": np.geomspace(1e-2, 1, 16),
    "scale of the initial weights": np.geomspace(1e-2, 1e2, 16),
}
defaults = {"learning rate": 0.05, "weight decay": 1e-4, "1 − momentum": 0.1}
values = {name: np.full(64, defaults.get(name, 1.0)) for name in knobs}
for number, (name, knob) in enumerate(knobs.items()):
    values[name][16 * number : 16 * number + 16] = knob

# %% slideshow={"slide_type": "fragment"}
models = build_many(64)
with torch.no_grad():
    for model, scale in zip(models, values["scale of the initial weights"], strict=True):
        for parameter in model.parameters():
            parameter.mul_(scale)
lr, weight_decay, rest = (values[name] for name in list(knobs)[:3])
settings = {"lr": lr, "weight_decay": weight_decay, "momentum": 1 - rest}
runs = fit_population(models, data.train, data.val, **settings, num_epochs=5)
turned = np.array([run.val_accuracy[-1] for run in runs]).reshape(4, 16)

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(11, 2.9), layout="constrained")
figure.suptitle("One knob turned, the others left alone")
for axes, (name, knob), reached, color in zip(
    figure.subplots(1, 4, sharey=True), knobs.items(), turned, COLORS, strict=False
):
    axes.semilogx(knob, reached, "o-", color=color, markersize=4)
    label_axes(axes, title="", xlabel=name, ylabel="validation accuracy")
    axes.label_outer()
spans = {name: np.ptp(reached) for name, reached in zip(knobs, turned, strict=True)}
spans = "; ".join(f"{name}: {100 * span:.0f} points" for name, span in spans.items())
show(figure, alt=f"Validation accuracy over each knob. Best minus worst value: {spans}.")
print(spans)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** All axes are logarithmic, and there are flat stretches on all of them. The learning rate has
# the narrowest good range and two ways to fail, so it is tuned first. Weight decay may be anything over
# several powers of ten until it is too strong. Which knob matters depends on the data and the network,
# and one does not know beforehand.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. Grid against random search
#
# Two knobs, a budget of sixteen trials. Which sixteen settings?
#
# Rates and decays act by factors, so their values are spaced **log-linearly**, for both the same four values
# $10^{-4}, 10^{-3}, 10^{-2}, 10^{-1}$. **Grid search** tries all $4 \times 4$ combinations. **Random search** draws each
# trial's values from the same ranges, with the exponent uniform:
#
# $$\text{value} = 10^{u}, \qquad u \sim \mathcal{U}(-4, -1).$$

# %% slideshow={"slide_type": "fragment"}
four = np.geomspace(1e-4, 1e-1, 4)
grid = list(ParameterGrid({"lr": four, "weight_decay": four}))
ranges = {"lr": loguniform(1e-4, 1e-1), "weight_decay": loguniform(1e-4, 1e-1)}
random = list(ParameterSampler(ranges, n_iter=16, random_state=0))
for name, trials in (("grid", grid), ("random", random)):
    num_rates = len({trial["lr"] for trial in trials})
    print(f"{name:6}: {len(trials)} trials, {num_rates} different rates, the first two:")
    for trial in trials[:2]:
        print(f"        lr {trial['lr']:.1e}, weight decay {trial['weight_decay']:.1e}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Why should drawing blindly be better than a tidy plan? Bergstra and Bengio (2012): because among many knobs few
# matter, and nobody knows which. Seen along the one that matters, a grid repeats itself.
#
# The picture below is made up to show just that: a score with a narrow hill along one axis, and
# hardly anything along the other.

# %% slideshow={"slide_type": "fragment"}
one_axis_matters = important_axis()
one_axis_matters

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Nine trials of the grid fall on three places of the important axis, those of random search
# on nine. Move the peak: the grid finds it when it happens to stand on one of its three places and misses it
# otherwise. A single random draw may miss as well. On average it is ahead, as the sentence under the picture
# says, and with every further unimportant axis the grid falls further behind: the values on
# one axis are only the $d$-th root of the budget.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Is it so on real networks?
#
# We train the digits at 37 learning rates times 13 weight decays, 481 networks of five epochs each from the same
# start, as one population. Every search is then a walk through the same table. (The table is evenly spaced in the
# logarithm, so drawing a place on it uniformly *is* drawing the value log-uniformly.)

# %% slideshow={"slide_type": "fragment"}
lrs, weight_decays = np.geomspace(1e-4, 10**0.5, 37), np.geomspace(1e-4, 1e-1, 13)
lr, weight_decay = np.array(list(product(lrs, weight_decays))).T
(first,) = build_many(1, width=32)
same_start = [copy.deepcopy(first) for _ in lr]
options = {"lr": lr, "weight_decay": weight_decay, "momentum": 0.9, "num_epochs": 5}
runs = fit_population(same_start, data.train, data.val, **options)
table = np.array([run.val_accuracy[-1] for run in runs]).reshape(37, 13)
print(f"best of all {table.size} settings: {table.max():.1%}, worst: {table.min():.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Nobody knows beforehand where the good rates lie in the range that is searched. So the range, always three powers of
# ten, is a control as well.

# %% slideshow={"slide_type": "subslide"}
race = search_race(lrs, weight_decays, table, num_rates=25)
race

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The colour changes from left to right and hardly from bottom to top, until the weight decay is
# very strong: the rate is the important axis. With four trials the grid is a matter of luck: move the range, and it
# ends near the top or near chance. Random search ends at about the same height wherever the good rates lie inside
# the range. With nine and more trials the two are about equally good here: three to five values are enough for so
# broad a hill, and there are only two axes.
#
# At 1e-4 to 1e-1, the range most often printed, the grid beats the mean of the random searches. The good rates lie
# at the *edge* of that range, and this grid has trials on the edge. Section 4 comes back to what that means.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Compare distributions, not only winners
#
# Random trials have one more use. Is momentum worth having? Comparing the best of a few trials with
# the best of a few others is comparing luck. Radosavovic et al. (2019) compare *all* of them: of many
# random settings, which share reaches at least a given accuracy?
#
# One objection first. With a momentum of 0.9 a steady gradient moves the weights ten times as far as the rate says.
# Is it only the longer steps? So there is a third population, without momentum but at ten times the rates.

# %% slideshow={"slide_type": "fragment"}
ranges = {"lr": loguniform(1e-3, 1), "weight_decay": loguniform(1e-4, 1e-1)}
drawn = list(ParameterSampler(ranges, n_iter=100, random_state=0))
lr, weight_decay = (np.array([setting[name] for setting in drawn]) for name in ranges)
variants = {"momentum 0": (0.0, 1), "momentum 0.9": (0.9, 1), "momentum 0, rates × 10": (0.0, 10)}
reached = {}
for name, (momentum, factor) in variants.items():
    same_start = [copy.deepcopy(first) for _ in drawn]
    options = {"lr": factor * lr, "weight_decay": weight_decay, "momentum": momentum}
    runs = fit_population(same_start, data.train, data.val, **options, num_epochs=5)
    reached[name] = np.sort([run.val_accuracy[-1] for run in runs])
    best, median = reached[name].max(), np.median(reached[name])
    print(f"{name}: best {best:.1%}, median {median:.1%}")

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6, 3.4), layout="constrained")
axes = figure.subplots()
for (name, scores), style, color in zip(reached.items(), ("--", "-", ":"), COLORS, strict=False):
    axes.step(scores, 1 - np.arange(100) / 100, style, color=color, label=name)
title = "100 random settings with and without momentum"
label_axes(axes, title=title, xlabel="validation accuracy", ylabel="share that reaches it")
axes.legend(loc="lower left", fontsize="small")
shares = [f"{name}: {(scores > 0.9).mean():.0%}" for name, scores in reached.items()]
show(figure, alt=f"Share of settings above 90 % validation accuracy: {'; '.join(shares)}.")
print("above 90 %:", "; ".join(shares))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At the right end, the best with and without momentum differ by a few points. To the left of it
# the curves part: with momentum a far larger share of the settings works. Ten times the rates do not make up for
# it. Over these ranges and in five epochs, momentum makes the network easier to tune, and that is a statement about
# all trials, not about a lucky one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. From coarse to fine
#
# How wide should the first range be? Wider than you think, with short runs; then narrow, with longer ones. A
# classic example: a network of two layers with 50 hidden units on CIFAR-10.
#
# | stage | runs | regularization | learning rate | among its results |
# | --- | --- | --- | --- | --- |
# | coarse | 5 epochs | $10^{\,\mathcal{U}(-5, 5)}$ | $10^{\,\mathcal{U}(-6, -3)}$ | 0.079 at rate 1.8e-5, strength 1.2e3; 0.441 at 1.8e-4, 2.1e-4; 0.482 at 4.3e-4, 0.66 |
# | fine | not said | $10^{\,\mathcal{U}(-4, 0)}$ | $10^{\,\mathcal{U}(-4, -3)}$ | 0.527 at 5.3e-4, 0.41; 0.530 at 5.8e-4, 0.083; **0.531 at 9.47e-4**, 1.4e-3 |
#
# 53 % is decent for such a network. Yet the best result is **worrying**. Why?

# %% slideshow={"slide_type": "fragment"}
low, high, best = np.log10([1e-4, 1e-3, 9.47e-4])
print(f"the best rate lies {(best - low) / (high - low):.0%} of the way up its range")

# %% [markdown] slideshow={"slide_type": "fragment"}
# It lies **at the edge**, on the logarithmic scale that counts. Nothing says that the accuracy stops rising
# there: better rates may lie above 1e-3, where neither stage has looked. Move the range, or widen it, before
# narrowing it further.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Our own run: the digits, 64 random settings a stage, five epochs of minibatches of 16. The first stage searches the
# ranges of the example. Each next range was chosen after looking at the stage before.

# %% slideshow={"slide_type": "fragment"}
plan = {  # stage: range of the learning rate, of the weight decay
    "1": ((1e-6, 1e-3), (1e-5, 1e5)),
    "2": ((1e-4, 1e-2), (1e-5, 1e1)),
    "3": ((1e-3, 1e0), (1e-5, 1e0)),
    "4": ((1e-2, 5e-1), (1e-5, 1e-2)),
}
trials = {}
for stage, (lr_range, decay_range) in plan.items():
    ranges = {"lr": loguniform(*lr_range), "weight_decay": loguniform(*decay_range)}
    drawn = list(ParameterSampler(ranges, n_iter=64, random_state=int(stage)))
    trials[stage] = {key: np.array([setting[key] for setting in drawn]) for key in ranges}

# %% slideshow={"slide_type": "subslide"}
stages, fixed = [], {"momentum": 0.9, "num_epochs": 5, "batch_size": 16}
for stage, tried in trials.items():
    same_start = [copy.deepcopy(first) for _ in tried["lr"]]
    runs = fit_population(same_start, data.train, data.val, **tried, **fixed)
    accuracy = np.array([run.val_accuracy[-1] for run in runs])
    stages.append(Stage(stage, *plan[stage], **tried, accuracy=accuracy))
narrowing = coarse_to_fine(stages)
narrowing

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** In the first stage the best five lie near the upper edge of the rates, and most settings learn
# nothing: the ranges of another network on other inputs are not ours. The range moves up, and the best five lie
# near its edge again. Only in the third stage do good settings have bad ones on *both* sides, and only then may the
# range shrink. Strong weight decay is given up on the way.
#
# In the last stage even the best five lie within a few images of each other. There the search is over: what is left
# is the scatter of Section 1.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. Seven steps without many GPUs
#
# A search presumes that the network trains at all. How does one get there from a first line of code?
#
# 1. **Check the initial loss.**
# 2. **Overfit a small sample.**
# 3. **Find a learning rate that makes the loss fall.**
# 4. **Coarse grid**, 1 to 5 epochs.
# 5. **Refine**, 10 to 20 epochs.
# 6. **Look at the learning curves.**
# 7. **Go back to step 5.**
#
# Each step costs little, and each finds errors that the later ones would hide. We take them on the digits, with a
# network of two hidden layers in Kaiming's initialization, which a factor can make too small or too large.


# %% slideshow={"slide_type": "fragment"}
def build_deep(width=64, scale=1.0, slope=0.0):
    layers = [nn.Linear(64, width), nn.Linear(width, width), nn.Linear(width, 10)]
    for layer in layers:
        nn.init.kaiming_normal_(layer.weight).data.mul_(scale)
        nn.init.zeros_(layer.bias)
    first, second, last = layers
    act = nn.LeakyReLU(slope) if slope else nn.ReLU()
    return nn.Sequential(nn.Flatten(), first, act, second, act, last).to(device)


# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Step 1: check the initial loss
#
# What should the loss be before the first step? A network that knows nothing gives each of $C$ classes the
# same probability, and
#
# $$L = -\log \frac1C = \log C, \qquad C = 10:\ 2.3026.$$
#
# **Regularization is off** in this step: a penalty would be added on top.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
model = build_deep()
loss, _ = evaluate(model, data.train)
penalty = sum((p**2).sum().item() for p in model.parameters())
print(f"log 10:                           {np.log(10):.4f}")
print(f"weights a hundredth of Kaiming's: {evaluate(build_deep(scale=0.01), data.train)[0]:.4f}")
print(f"torch's default:                  {evaluate(build(), data.train)[0]:.4f}")
print(f"Kaiming's:                        {loss:.4f}")
print(f"the same plus 0.01 times ΣW²:     {loss + 0.01 * penalty:.4f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# With tiny weights it is $\log 10$ to four digits, with the usual ones it is close, and the penalty lifts it. And
# with other numbers of classes, and other scales? Random images, random labels, one network for each:

# %% slideshow={"slide_type": "subslide"}
classes, scales = [2, 3, 10, 30, 100, 300, 1000], {"× 0.01": 0.01, "× 1": 1.0, "× 10": 10.0}
set_seed(0)
inputs = torch.randn(2000, 64)
first = F.relu(F.linear(inputs, nn.init.kaiming_normal_(torch.empty(64, 64))))
initial = {name: [] for name in scales}
for count in classes:
    last = nn.init.kaiming_normal_(torch.empty(count, 64))
    targets = torch.randint(count, (2000,))
    for name, scale in scales.items():
        initial[name].append(F.cross_entropy(scale * first @ last.T, targets).item())

# %% slideshow={"slide_type": "fragment"}
figure = Figure(figsize=(6, 3.6), layout="constrained")
axes = figure.subplots()
axes.plot(classes, np.log(classes), color="0.3", label="log C")
for (name, losses), marker, color in zip(initial.items(), "o^s", COLORS, strict=False):
    axes.loglog(classes, losses, marker, color=color, label=f"last layer {name}")
title = "Loss before the first step"
label_axes(axes, title=title, xlabel="number of classes C", ylabel="loss (nats)")
axes.legend(fontsize="small")
ends = "; ".join(f"{name}: {losses[2]:.2f}" for name, losses in initial.items())
show(
    figure, alt=f"Initial loss over C beside log C. At C = 10, by scale of the last layer: {ends}."
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Small last weights lie on $\log C$. Kaiming's scale lies above it: confident guesses before
# anything was seen. Ten times larger, the loss is off the mark by far. A first loss well above $\log C$
# says: initialization too large, inputs not scaled, or the penalty left on. Well *below* $\log C$, the labels have
# leaked into the input or the loss is computed wrongly. (Other losses have other values: the multiclass hinge
# starts at $C - 1$.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Step 2: learn twenty images by heart
#
# Five to ten minibatches, or as few as 20 images, must be learnable to 100 %. If not, no amount of data
# will help: something is broken. **Regularization is off** again, since this step *wants* to overfit. Fiddle with
# architecture, rate and initialization until it works.
#
# - **The loss does not fall**: the rate is too low, or the initialization is bad.
# - **Inf or NaN**: the rate is too high, or the initialization is bad.
#
# We take all 20 images in each step, plain SGD, 200 epochs, and try 13 rates at three initializations: one
# population. In this step the ReLUs are leaky, with slope 0.1. At too high a rate plain ones often die, and the
# loss gets stuck instead of breaking off.

# %% slideshow={"slide_type": "fragment"}
scales = {"good": 1.0, "far too small": 0.01, "far too large": 100.0}  # times Kaiming's
lrs = np.geomspace(1e-4, 100, 13)
set_seed(0)
models = [build_deep(scale=scale, slope=0.1) for scale in scales.values() for _ in lrs]
options = {"lr": np.tile(lrs, len(scales)), "num_epochs": 200, "batch_size": 20}
runs = fit_population(models, data.train[:20], **options)
tiny = {name: runs[13 * k : 13 * k + 13] for k, name in enumerate(scales)}

# %% slideshow={"slide_type": "fragment"}
for lr, run in zip(lrs, tiny["good"], strict=True):
    print(
        f"rate {lr:8.2g}: loss {run.loss[0]:.4f} at the start, {run.train_loss[-1]:.4f} after 200 "
        f"epochs, accuracy {run.train_accuracy[-1]:.0%}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# A well-known run of this kind, on 20 images of CIFAR-10, ends at a loss of 0.0026 and 100 %. Several rates in the
# list get all 20 images right too, the highest of them with a loss of that size. (Where the loss is NaN, so are the
# logits. The accuracy then only counts the images of class 0, on which `argmax` falls back.) The explorer shows all
# 39 runs.

# %% slideshow={"slide_type": "subslide"}
twenty = by_heart(tiny, lrs, num_classes=10)
twenty

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** From low to high rates: a loss that hardly moves, one that falls to nearly nothing, one that
# breaks off in Inf or NaN. With far too small weights *no* rate helps: the gradients are products of tiny numbers,
# and the symptom is that of too low a rate. With far too large ones the loss starts at a million and breaks off at
# rates that were fine before. At very low rates such a network passes this step even so: it takes step 1 to find
# that fault.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Step 3: find a rate that makes the loss fall
#
# The architecture of step 2, **all** the training images, a **small weight decay**, say 1e-4. Which learning rate
# makes the loss fall clearly **within about 100 iterations**? Good ones to try: 1e-1, 1e-2, 1e-3, 1e-4.

# %% slideshow={"slide_type": "fragment"}
lrs = np.geomspace(1e-4, 10, 21)
options = {"lr": lrs, "momentum": 0.9, "weight_decay": 1e-4, "num_epochs": 6}
set_seed(0)
runs = fit_population([build_deep() for _ in lrs], data.train, data.val, **options)
falls = np.array([run.loss[:100] for run in runs])  # [rate, iteration]
after = falls[:, -10:].mean(1)
for lr, start, end in zip(lrs[::4], falls[::4, 0], after[::4], strict=True):
    print(f"rate {lr:7.4f}: loss {start:.3f} at the start, {end:.3f} after 100 iterations")

# %% slideshow={"slide_type": "skip"}
iterations = np.arange(1, 101)
capped, ends = (np.clip(np.nan_to_num(values, nan=10), None, 10) for values in (falls, after))
uninformed = Series("log 10", iterations, np.full(100, np.log(10)), dashed=True, color=COLORS[1])
hundred = [Series("minibatch", iterations, capped), uninformed]
all_rates = [
    Series("all rates", lrs, ends),
    Series("chosen", lrs[:, None], ends[:, None], "scatter", color=COLORS[1]),
]

# %% slideshow={"slide_type": "subslide"}
first_hundred = explorer(
    {"learning rate": [f"{lr:.2g}" for lr in lrs]},
    [
        Panel("The first 100 iterations", "iteration", "loss (nats)", hundred, ylim=(0, 4)),
        Panel("Where they end", "learning rate", "loss (nats)", all_rates, "log", ylim=(0, 4)),
    ],
    texts=[
        f"Rate {lr:.2g}: mean loss of iterations 91 to 100 is {end:.3g} nats."
        for lr, end in zip(lrs, after, strict=True)
    ],
    caption="Look for rates at which the loss leaves log 10 and comes far down in 100 iterations.",
    start=[8],
)
first_hundred

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Low rates crawl near $\log 10$. Then comes a stretch of more than a power of ten in which the
# loss falls far; towards its upper end it falls fastest. Beyond, it does not fall at all, or explodes. Keep a rate
# or two from the good stretch, not from its very edge.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Step 4: a coarse grid
#
# A few rates around the one of step 3, a few **weight decays: 1e-4, 1e-5, 0**, one to five epochs each. (Some slides
# print these three as learning rates. A learning rate of 0 would not get far.)

# %% slideshow={"slide_type": "fragment"}
coarse_lrs, coarse_decays = [0.01, 0.03, 0.1, 0.3], [1e-4, 1e-5, 0.0]
lr, weight_decay = np.array(list(product(coarse_lrs, coarse_decays))).T
options = {"lr": lr, "weight_decay": weight_decay, "momentum": 0.9, "num_epochs": 5}
set_seed(0)
start = build_deep()
coarse = fit_population([copy.deepcopy(start) for _ in lr], data.train, data.val, **options)
reached = np.array([run.val_accuracy[-1] for run in coarse]).reshape(4, 3)
print("weight decay " + "".join(f"{decay:>9.0e}" for decay in coarse_decays))
for lr, row in zip(coarse_lrs, reached, strict=True):
    print(f"rate {lr:<8}" + "".join(f"{accuracy:>9.1%}" for accuracy in row))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Read it by rows and by columns. The rows differ clearly. Within a row, from the same start, the numbers are nearly
# equal at moderate rates: so small a weight decay does nothing in five epochs, and need not be refined yet. At the
# highest rate they scatter, since there the tiniest difference grows from step to step.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Step 5: refine, train longer
#
# Around the best of step 4, more finely, 10 to 20 epochs, **without decaying the learning rate**: the schedule
# comes when everything else stands, since it would hide which rate is good. Three starts for each rate tell scatter
# from difference.

# %% slideshow={"slide_type": "fragment"}
fine_lrs = np.geomspace(0.03, 0.3, 5)
options = {"lr": np.repeat(fine_lrs, 3), "weight_decay": 1e-4, "momentum": 0.9, "num_epochs": 20}
set_seed(0)
fine = fit_population([build_deep() for _ in range(15)], data.train, data.val, **options)
finals = np.array([run.val_accuracy[-1] for run in fine]).reshape(5, 3)
for lr, row in zip(fine_lrs, finals, strict=True):
    three = ", ".join(f"{accuracy:.1%}" for accuracy in row)
    print(f"rate {lr:.3f}: {three}, mean {row.mean():.1%}")
best = int(finals.mean(1).argmax())

# %% [markdown] slideshow={"slide_type": "fragment"}
# The three starts of one rate differ by about as much as the means of neighbouring rates: this grid is as fine as it
# need be. The same idea, many short runs and then longer ones for the best of them, is carried
# through with guarantees by Hyperband (Li et al., 2018).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. Learning curves
#
# **Step 6: look at the learning curves.** The final number says how good a run is. Its curve says what to change.
#
# The loss of single minibatches is **noisy**. So draw the points, and through them a **moving average** over the last
# $w$ steps:
#
# $$m_t = \frac1w \sum_{i=0}^{w-1} L_{t-i}.$$

# %% slideshow={"slide_type": "fragment"}
options = {"lr": 0.02, "momentum": 0.0, "num_epochs": 12, "batch_size": 16}
(noisy,) = fit_population(build_many(1), data.train, **options)
loss = np.array(noisy.loss)
windows = [1, 3, 10, 30, 100, 300]
smooth = np.full((len(windows), len(loss)), np.nan)
for row, window in zip(smooth, windows, strict=True):
    row[window - 1 :] = np.convolve(loss, np.ones(window) / window, mode="valid")

# %% slideshow={"slide_type": "subslide"}
steps = np.arange(1, len(loss) + 1)
points = Series("minibatch", steps, loss, "scatter", color=COLORS[5])
average = Series("moving average", steps, smooth, color=COLORS[1])
moving_average = explorer(
    {"window (steps)": windows},
    [Panel("Loss of each minibatch", "step", "loss (nats)", [points, average], ylim=(0, 2.5))],
    texts=[
        f"Window {window}: the line begins at step {window} and ends at {row[-1]:.3f} nats."
        for window, row in zip(windows, smooth, strict=True)
    ],
    caption="Look when the line stops following the noise, and when it begins to lag behind.",
    start=[3],
)
moving_average

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** A window of 1 is the noise itself. Some ten steps show the trend. Hundreds lag behind: while the
# loss falls, the line lies above the points, and its beginning is missing.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Six runs, six faults
#
# Six real runs on the digits, each with one fault, and for each a run with that fault mended. All have 15 steps an
# epoch. You will see 30 epochs of each faulty run; the mended ones have 60.

# %% slideshow={"slide_type": "skip"}
few, epoch = data.train[:300], np.arange(900) // 15
steady, slow, high = (np.full(900, rate) for rate in (0.1, 0.003, 0.4))
on_few = [  # images, scale of the initial weights, rates, weight decay, momentum
    (corrupt_labels(few, 0.2), 1, steady / 2, 0.0, 0.9),
    (few, 0.2, steady, 0.0, 0.0),
    (few, 1, steady, 0.0, 0.0),
    (few, 1, high, 0.02, 0.0),
    (few, 1, np.where(epoch < 30, high, high / 10), 0.02, 0.0),
]

# %% slideshow={"slide_type": "skip"}
on_all = [
    (corrupt_labels(data.train, 0.2), 1, steady, 0.0, 0.0),
    (data.train, 1, steady, 0.0, 0.0),
    (data.train, 1, np.where(epoch < 4, 0.03, 0.0003), 0.0, 0.0),
    (data.train, 1, np.where(epoch < 30, 0.03, 0.003), 0.0, 0.0),
    (data.train, 1, slow, 0.0, 0.0),
]

# %% [markdown] slideshow={"slide_type": "skip"}
# Five runs share 300 images, five share them all: two populations. One more network is of another architecture: it
# sees only four numbers an image, the mean grey of its quarters.

# %% slideshow={"slide_type": "skip"}
runs = []
for rows, batch_size in ((on_few, 20), (on_all, 72)):
    splits, scales, rates, decays, momenta = zip(*rows, strict=True)
    models = []
    for scale in scales:
        set_seed(0)
        models.append(build_deep(scale=scale))
    settings = {"lr": np.array(rates), "weight_decay": decays, "momentum": momenta}
    shape = {"num_epochs": 60, "batch_size": batch_size}
    runs += fit_population(models, splits, data.val, **settings, **shape)
quarters = nn.Sequential(nn.AvgPool2d(4), nn.Flatten(), nn.Linear(4, 10)).to(device)
(small,) = fit_population([quarters], data.train, data.val, lr=0.5, momentum=0.9, **shape)

# %% slideshow={"slide_type": "subslide"}
pairs = {
    "big gap: overfitting": (runs[0], runs[5]),
    "slow start: bad initialization": (runs[1], runs[2]),
    "no gap: underfitting": (small, runs[6]),
    "decayed too early": (runs[7], runs[8]),
    "both rising: train longer": (runs[9], runs[9]),
    "plateau: decay the rate": (runs[3], runs[4]),
}
game = guessing_game(pairs)
game

# %% [markdown] slideshow={"slide_type": "notes"}
# Let the class vote before each click. A wrong guess gives a clue, not the answer.

# %% [markdown] slideshow={"slide_type": "subslide"}
# **What to see.** Only look on when you have guessed all six.
#
# | what the curves show | what it means | what to do |
# | --- | --- | --- |
# | the loss stands still, then falls | bad initialization | initialize at the right scale |
# | the loss levels off, its points jump widely | the steps are too long to settle | decay the rate there |
# | the loss was falling, the rate was cut, the loss all but stands still | decayed too early | decay later |
# | training rises, validation does not follow: a big gap | overfitting | regularize more, get more data |
# | no gap, both level off low | underfitting | bigger model, train longer, perhaps a higher rate |
# | training and validation still rise | stopped too early | train longer |

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Step 7: go back to step 5
#
# What do the curves of our best run of step 5 say?

# %% slideshow={"slide_type": "fragment"}
run = fine[3 * best]
figure = learning_curves(run, window=20, title=f"The best rate of step 5, {fine_lrs[best]:.3f}")
show(
    figure,
    alt=f"The loss falls to {run.train_loss[-1]:.3f}. After 20 epochs training accuracy is "
    f"{run.train_accuracy[-1]:.1%}, validation accuracy {run.val_accuracy[-1]:.1%}.",
)
print(f"gap: {100 * run.gap:.1f} points")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Training is all but perfect, validation lies a little below and has levelled off: a small gap. So
# the next round tries more weight decay, and, since one never knows, a wider network.

# %% slideshow={"slide_type": "fragment"}
decays, widths = [1e-4, 1e-3, 1e-2], [64, 256]
options = {"lr": fine_lrs[best], "momentum": 0.9, "weight_decay": np.repeat(decays, 3)}
rounds = {}
for width in widths:
    models = [build_deep(width) for _ in range(9)]
    runs = fit_population(models, data.train, data.val, **options, num_epochs=20)
    for k, decay in enumerate(decays):
        means = np.mean([run.val_accuracy[-1] for run in runs[3 * k : 3 * k + 3]])
        rounds[width, decay] = means, models[3 * k]
        print(f"width {width:3}, weight decay {decay:.0e}: mean validation accuracy {means:.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# And so on, until the rounds bring nothing. Then, **once**, the test images:

# %% slideshow={"slide_type": "fragment"}
width, decay = max(rounds, key=lambda setting: rounds[setting][0])
means, model = rounds[width, decay]
_, test_accuracy = evaluate(model, data.test)
print(f"chosen: width {width}, weight decay {decay:.0e}, validation {means:.1%}")
print(f"test accuracy of one such network: {test_accuracy:.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The first number was the best of many on its images, the second was measured once. Only the second belongs in a
# report.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. The update-to-weight ratio
#
# Is the rate right? The loss says so after a hundred steps. Can one tell sooner?
#
# Compare how far a step moves the weights of a layer with how large they are:
#
# $$r = \frac{\lVert W_{\text{after}} - W_{\text{before}} \rVert}{\lVert W_{\text{before}} \rVert}, \qquad
# \text{about } 10^{-3}.$$
#
# For plain SGD the numerator is $\alpha \lVert \nabla W \rVert$. With momentum, Adam or weight decay it is not.
# Weights **after minus before** is right for every optimizer.

# %% [markdown] slideshow={"slide_type": "fragment"}
# A small sum, since slides often get it wrong: updates of about 0.0002 on weights of about 0.02 make a ratio of
# $0.0002 / 0.02 = 0.01$. That is **ten times** the target, not "about" it.
#
# For three optimizers and ten rates we store the weights of both layers after each of 150 steps.


# %% slideshow={"slide_type": "fragment"}
def trajectory(make_optimizer, lr, order):
    set_seed(0)
    model = build()
    optimizer = make_optimizer(model.parameters(), lr=lr)
    weights, losses = [], []
    for index in order:
        weights.append([model[k].weight.detach().flatten().clone() for k in (1, 3)])
        loss = F.cross_entropy(model(data.train.images[index]), data.train.labels[index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    layers = [torch.stack(layer).cpu().numpy() for layer in zip(*weights, strict=True)]
    return layers, torch.stack(losses).cpu().numpy()


# %% [markdown] slideshow={"slide_type": "fragment"}
# With the weights of all steps in one array, the formula is a difference along its first axis and two norms.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
order = torch.randint(len(data.train), (151, 64), device=device)
optimizers = {
    "SGD": torch.optim.SGD,
    "SGD, momentum 0.9": lambda parameters, lr: torch.optim.SGD(parameters, lr=lr, momentum=0.9),
    "Adam": torch.optim.Adam,
}
lrs = np.geomspace(1e-4, 10**0.5, 10)

# %% slideshow={"slide_type": "fragment"}
ratios, losses = {}, {}
for name, lr in progress_bar(list(product(optimizers, lrs.tolist()))):
    layers, loss = trajectory(optimizers[name], lr, order)
    changes = [np.linalg.norm(np.diff(layer, axis=0), axis=1) for layer in layers]
    sizes = [np.linalg.norm(layer[:-1], axis=1) for layer in layers]
    ratios.setdefault(name, []).append(np.array(changes) / np.array(sizes))
    losses.setdefault(name, []).append(loss[:-1])

# %% slideshow={"slide_type": "subslide"}
how_far = update_ratios(lrs, ratios, losses, layers=("first layer", "last layer"))
how_far

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** SGD and Adam need rates that differ a hundredfold, and the third panel brings them together: seen
# by their ratio, all three optimizers tell the same story. Up to the target the loss hardly moves in 150 steps.
# Near ten times the target the loss of nearly all runs has come far down. The exception is momentum at a rate of 1:
# its median ratio is no higher, but its loss exploded first.
#
# The best points lie *above* 0.001, and they must: a step of a thousandth needs a thousand of its like to move the
# weights by their own length, and this run has 150. Nor is the ratio of a good run constant. Adam's begins high,
# that of momentum must first build up, and all of them are lower once the loss is low. Take the target as an order of
# magnitude for runs of many thousands of steps.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. The command centre
#
# By now some hundred runs were made. Which was that good one, and with which settings? Whoever looks at runs one at
# a time forgets. A **command centre** stores every run with its settings and shows all of them side by side.
# [TensorBoard](https://www.tensorflow.org/tensorboard) does so from files on your own disk, and torch writes them.

# %% slideshow={"slide_type": "fragment"}
from torch.utils.tensorboard import SummaryWriter

folder = tempfile.TemporaryDirectory(prefix="runs_")  # gone when the kernel stops
for number, run in enumerate(coarse + fine):
    settings = {key: run.config[key] for key in ("lr", "weight_decay", "num_epochs")}
    name = f"{number:02} lr={settings['lr']:.3f} weight_decay={settings['weight_decay']:.0e}"
    with SummaryWriter(Path(folder.name) / name) as writer:
        for epoch, values in enumerate(zip(run.train_accuracy, run.val_accuracy, strict=True), 1):
            writer.add_scalar("accuracy/training", values[0], epoch)
            writer.add_scalar("accuracy/validation", values[1], epoch)
        writer.add_hparams(settings, {"final/validation": run.val_accuracy[-1]}, run_name=".")

# %% [markdown] slideshow={"slide_type": "fragment"}
# `add_scalar` writes a point of a curve, `add_hparams` the settings beside the final score. Are they there? The files
# can be read back:

# %% slideshow={"slide_type": "fragment"}
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

logged = {}
for path in Path(folder.name).iterdir():
    events = EventAccumulator(str(path)).Reload()
    logged[path.name] = [point.value for point in events.Scalars("accuracy/validation")]
ranked = sorted(logged, key=lambda name: -logged[name][-1])
print(f"{len(ranked)} runs in {folder.name}, the best five:")
for name in ranked[:5]:
    print(f"{logged[name][-1]:.1%} after {len(logged[name]):2} epochs: {name}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# To open them in this notebook, run the two lines below in a cell of their own, with the folder that was printed:
#
# ```
# %load_ext tensorboard
# %tensorboard --logdir FOLDER
# ```
#
# or `tensorboard --logdir FOLDER` in a terminal, and its address in the browser. The tab *Time series* draws all
# curves together, *HParams* is a sortable table of settings and scores. **Weights & Biases** does the same on its
# servers, for teams, with an account:
#
# ```
# import wandb
#
# run = wandb.init(project="digits", config={"lr": 0.1})
# run.log({"accuracy/validation": 0.97})
# ```

# %% [markdown] slideshow={"slide_type": "subslide"}
# A small command centre of our own, from what was read back: all runs in grey, one in colour.

# %% slideshow={"slide_type": "skip"}
num_epochs = max(map(len, logged.values()))
curves = np.full((len(ranked), num_epochs + 1), np.nan)  # the last column is the gap to the next
for row, name in zip(curves, ranked, strict=True):
    row[: len(logged[name])] = logged[name]
x = np.tile([*range(1, num_epochs + 1), np.nan], len(ranked))
everything = Series("all runs", x, curves.ravel(), color="#BBBBBB")
chosen = Series("chosen run", x[: num_epochs + 1], curves, color=COLORS[1])
panel = Panel("All runs", "epoch", "validation accuracy", [everything, chosen], ylim=(0.6, 1))

# %% slideshow={"slide_type": "subslide"}
command_centre = explorer(
    {"rank": list(range(1, len(ranked) + 1))},
    [panel],
    texts=[f"Rank {k}: {logged[name][-1]:.1%}, run {name}." for k, name in enumerate(ranked, 1)],
    caption="Look which settings stand at the top, and which at the bottom.",
)
command_centre

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Most runs of 20 epochs end in a bundle that no eye can part: their order is luck. Those at the
# highest rate end at its lower border. What the overview shows at a glance are the odd ones: which start late, which
# jump, which stopped after five epochs.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9. What to remember
#
# - **Choose on validation images, report on test images, once.** The best of $K$ looks better by up to about
#   $\sigma \sqrt{2 \ln K}$ than it is.
# - **Tune the learning rate first**, and everything that acts by factors on a logarithmic scale.
# - **Random search** tries a new value of every knob in each trial; a grid repeats itself along the axis that matters.
# - **Coarse to fine**, and look where the best lies: at the edge means look further there.
# - **Seven steps**: initial loss $\log C$; 20 images by heart; a rate that makes the loss fall in 100 iterations; coarse
#   grid; refine; curves; back. Regularization is off in the first two.
# - **Curves**: slow start, initialization; plateau, decay; big gap, regularize; no gap, bigger; both rising, longer.
# - **Update-to-weight ratio**: after minus before, about $10^{-3}$.
# - **Log every run with its settings.**

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Papers
#
# - J. Bergstra, Y. Bengio: *Random Search for Hyper-Parameter Optimization*. JMLR 13, 281–305, 2012.
# - I. Radosavovic, J. Johnson, S. Xie, W.-Y. Lo, P. Dollár: *On Network Design Spaces for Visual Recognition*. ICCV
#   2019, arXiv:1905.13214.
# - L. Li, K. Jamieson, G. DeSalvo, A. Rostamizadeh, A. Talwalkar: *Hyperband: A Novel Bandit-Based Approach to
#   Hyperparameter Optimization*. JMLR 18(185), 1–52, 2018.
# - G. C. Cawley, N. L. C. Talbot: *On Over-fitting in Model Selection and Subsequent Selection Bias in Performance
#   Evaluation*. JMLR 11, 2079–2107, 2010.
# - B. Recht, R. Roelofs, L. Schmidt, V. Shankar: *Do ImageNet Classifiers Generalize to ImageNet?* ICML 2019,
#   arXiv:1902.10811.

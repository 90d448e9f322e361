# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Lecture 5: Learning-rate schedules
#
# If you may tune one number of a training run, tune the learning rate. This lecture is about the
# number, about changing it while the network learns, and about when to stop.
#
# 1. Which learning rate is best?
# 2. Decay in steps
# 3. Smooth decay
# 4. Schedules side by side
# 5. Warm-up
# 6. Batch size and learning rate
# 7. Cyclic rates and warm restarts
# 8. When to stop
# 9. Checkpoints
# 10. What to remember

# %% [markdown] slideshow={"slide_type": "subslide"}
# **After this lecture you can**
#
# - tell from a loss curve whether the learning rate was very high, high, good or low;
# - write down the usual schedules, say who uses which, and get them from `torch.optim.lr_scheduler`;
# - explain what warm-up prevents, and scale the rate when the batch grows;
# - choose between stopping early and keeping the best snapshot;
# - list what a checkpoint must hold so that a resumed run ends at the same numbers.
#
# **Time**: 70 minutes. **You need**: stochastic gradient descent and momentum (Lecture 2), the
# softmax loss, minibatches and epochs, and training, validation and test data.

# %% slideshow={"slide_type": "skip"}
import copy
import io
import math

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD, lr_scheduler

# %% slideshow={"slide_type": "skip"}
from utils.data import batches, corrupt_labels, load
from utils.explore.learning_rates import WORDS, learning_rate_explorer, name_shapes
from utils.explore.schedules import SCHEDULES, schedule_explorer, train_schedules
from utils.explore.stopping import stopping_explorer
from utils.explore.warmup import warmup_explorer
from utils.explorers import Panel, Series, explorer
from utils.plots import COLORS, label_axes, show
from utils.populations import fit_population, lr_table
from utils.training import choose_device, progress_bar, set_seed

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Which learning rate is best?
#
# SGD, momentum, AdaGrad, RMSProp, Adam: they differ in how they choose a direction, and they all have
# a **learning rate** $\alpha$ that says how far to go. What happens when it is wrong?
#
# Let us try 64 of them, from far too low to far too high, on one small network. A fifth of the training
# labels are wrong, so that the minibatches never quite agree with each other, as in any large data set.

# %% slideshow={"slide_type": "fragment"}
torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on a busy machine
device = choose_device()
data = load("digits", device=device)
train = corrupt_labels(data.train, 0.2)


def build():
    set_seed(0)  # the same start for every network
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).to(device)


# %% [markdown] slideshow={"slide_type": "subslide"}
# All 64 networks are trained at once, as one population: the same start, the same minibatches, only
# the rate differs. Then the slider looks the results up.

# %% slideshow={"slide_type": "fragment"}
rates = np.geomspace(1e-4, 10, 64)
settings = {"momentum": 0.9, "num_epochs": 14, "batch_size": 32}
rate_runs = fit_population([build() for _ in rates], train, lr=rates, **settings)
which_rate = learning_rate_explorer(rates, rate_runs)
which_rate

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** From left to right the curve first hardly moves, then gets steeper, then steep
# but stuck too high, and at last it explodes. The right panel says where each rate ends: a wide
# valley whose right wall is a cliff. At its edge chance decides: of two rates that are nearly the same one may survive and
# the other not. Too low costs time; too high costs everything.

# %% [markdown] slideshow={"slide_type": "subslide"}
# The names follow a rule. It looks at the loss of the whole training set after each epoch; the first line
# that fits decides. Guessing one of ten classes has the loss $\log 10 = 2.303$.
#
# | shape | rule |
# | --- | --- |
# | **good** | the final loss is at most 1.1 times the lowest of all rates |
# | **low** | it fell in at least four of five epochs, and was never worse than guessing (5 % to spare) |
# | **very high** | the final loss is no better than guessing, or not a number |
# | **high** | what is left: it jumps up and down without getting lower |

# %% slideshow={"slide_type": "fragment"}
shapes = np.array(name_shapes(rate_runs))
for shape in ("low", "good", "high", "very high"):
    own = rates[shapes == shape]
    print(f"{shape:9}: {len(own):2d} rates, {own.min():.2g} to {own.max():.2g}; {WORDS[shape]}")

# %% [markdown] slideshow={"slide_type": "notes"}
# Ask before moving the slider: in a run of only one epoch, which rate would you choose? And in a run of fourteen?

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### All of them
#
# So which rate is best? That depends on *when* you ask:

# %% slideshow={"slide_type": "fragment"}
minibatch_losses = np.array([run.loss for run in rate_runs])
for first, last in ((1, 32), (33, 64), (65, 128), (129, 256), (257, 476)):
    mean_loss = minibatch_losses[:, first - 1 : last].mean(axis=1)
    winner = np.nanargmin(mean_loss)
    print(
        f"steps {first:3d} to {last:3d}: lowest loss {mean_loss[winner]:.2f} at rate {rates[winner]:.2g}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# The first steps belong to a high rate, the last ones to a rate several times lower. So the answer is: **all of
# them**, one after the other. Start high, and decay.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Why does a high rate get stuck? Take the simplest noisy problem, $f(x) = \tfrac12 x^2$, with a gradient
# that is off by noise $\varepsilon$ of variance $\sigma^2$:
#
# $$x \leftarrow x - \alpha (x + \varepsilon) \quad\Rightarrow\quad
# \mathbb{E}[x_t^2] = \underbrace{(1 - \alpha)^{2t}\, x_0^2}_{\text{the start is forgotten}}
# + \underbrace{\frac{\alpha\, \sigma^2}{2 - \alpha}\big(1 - (1 - \alpha)^{2t}\big)}_{\text{the noise floor}}.$$
#
# A high rate forgets the start quickly and keeps a high floor; a low rate the other way round. For small
# rates the floor is proportional to the rate, so only a rate that falls gets below any floor.

# %% slideshow={"slide_type": "subslide"}
steps = np.arange(400)
plans = {
    "high rate, 0.5": np.full(400, 0.5),
    "low rate, 0.01": np.full(400, 0.01),
    "from high to zero": 0.5 * (1 - steps / 400),
}
noise = np.random.default_rng(0).normal(size=(400, 4000))  # 4,000 walks, sigma = 1
walks = {}
for name, plan in plans.items():
    x, walks[name] = np.full(4000, 10.0), []
    for t in steps:
        walks[name].append(0.5 * (x**2).mean())
        x = x - plan[t] * (x + noise[t])

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(7, 3.6), layout="constrained")
axes = figure.subplots()
for (name, loss), style, color in zip(walks.items(), ("-", "--", "-."), COLORS, strict=False):
    axes.semilogy(steps, loss, style, color=color, label=name)
axes.axhline(0.5 * 0.5 / 1.5, color="0.6", linestyle=":", label="floor at 0.5, by the formula")
title = "A noisy parabola, mean of 4,000 walks"
label_axes(axes, title=title, xlabel="step", ylabel="mean loss")
axes.legend(fontsize="small")
ends = ", ".join(f"{name}: {loss[-1]:.3g}" for name, loss in walks.items())
show(figure, alt=f"Three falling curves of the mean loss on a log axis. At the end, {ends}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The high rate is down after ten steps and then lies flat on its floor, exactly where the
# formula puts it. The low rate is still on its way. The falling rate has the speed of the first and, at the
# end, lies below both.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. Decay in steps
#
# What did people do first? Watch the loss, wait for the plateau, divide the rate by ten. Written down in
# advance it is the **step schedule**: multiply by $\gamma$ at a few fixed points $t_1 < t_2 < \dots$
#
# $$\alpha_t = \alpha_0\, \gamma^{\,n(t)}, \qquad n(t) = \text{number of points that } t \text{ has reached}.$$
#
# - The standard recipe for ResNets: $\times 0.1$ after epochs 30, 60 and 90. It comes from the
#   re-implementations; the paper (He et al., 2016) divides by 10 when the error plateaus.
# - Halving every few epochs is the gentle variant.
# - A **per-epoch factor**, such as $\times 0.97$ an epoch, is the gentlest. GoogLeNet (Szegedy et al., 2015)
#   decreases the rate by 4 % every 8 epochs.

# %% [markdown] slideshow={"slide_type": "subslide"}
# All values of a schedule at once are one line of NumPy. `torch.optim.lr_scheduler` gives them one at
# a time; `lr_table` steps a scheduler and collects the rates.

# %% slideshow={"slide_type": "fragment"}
epochs = np.arange(100)
milestones = [30, 60, 90]
by_hand = {
    "× 0.1 after 30, 60, 90": 0.1 * 0.1 ** np.searchsorted(milestones, epochs, side="right"),
    "halved every 10 epochs": 0.1 * 0.5 ** (epochs // 10),
    "× 0.97 an epoch": 0.1 * 0.97**epochs,
    "GoogLeNet, − 4 % every 8": 0.1 * 0.96 ** (epochs // 8),
}
by_torch = {
    "× 0.1 after 30, 60, 90": lambda o: lr_scheduler.MultiStepLR(o, milestones, gamma=0.1),
    "halved every 10 epochs": lambda o: lr_scheduler.StepLR(o, step_size=10, gamma=0.5),
    "× 0.97 an epoch": lambda o: lr_scheduler.ExponentialLR(o, gamma=0.97),
    "GoogLeNet, − 4 % every 8": lambda o: lr_scheduler.StepLR(o, step_size=8, gamma=0.96),
}

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(7, 3.6), layout="constrained")
axes = figure.subplots()
for (name, values), style, color in zip(
    by_hand.items(), ("-", "--", "-.", ":"), COLORS, strict=False
):
    difference = np.abs(values - lr_table(by_torch[name], 0.1, 100)).max()
    print(f"{name:25} last epoch {values[-1]:.2e}, largest difference to torch {difference:.0e}")
    axes.semilogy(epochs, values, style, color=color, drawstyle="steps-post", label=name)
label_axes(axes, title="Decay in steps", xlabel="epoch", ylabel="learning rate")
axes.legend(fontsize="small")
show(figure, alt="Four falling staircases of the learning rate over 100 epochs, on a log axis.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** On a log axis a constant factor is a straight line. Three sharp steps and nine halvings end near
# each other, 1,000 and 512 times lower. GoogLeNet's four percent do little in 100 epochs. (The paper does not say how
# many it took; and it averaged the weights besides, Lecture 7.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### A clock or a plateau?
#
# Two stories are told of AlexNet: its rate fell tenfold every 50,000 minibatches, or it fell when the validation error
# stopped improving. Which is right can be computed. The paper says: about 90 epochs of 1.2 million images,
# batches of 128, and *three* reductions.

# %% slideshow={"slide_type": "fragment"}
num_minibatches = 90 * 1_200_000 // 128
num_reductions = num_minibatches // 50_000
print(f"90 epochs are {num_minibatches:,} minibatches")
print(f"a reduction every 50,000 would be {num_reductions} reductions:")
print(f"from 1e-2 down to 1e-{2 + num_reductions}, where no weight moves any more")

# %% [markdown] slideshow={"slide_type": "fragment"}
# It was the plateau: Krizhevsky et al. (2012) started at 0.01 and divided by 10, by hand, when the validation
# error stopped improving. A step every 50,000 minibatches can be a fine schedule, for a shorter run.
#
# Torch automates the hand: `ReduceLROnPlateau` is *told* the validation loss after each epoch. Here it watches a run at a
# constant rate and says when it would have stepped in.

# %% slideshow={"slide_type": "subslide"}
(long_run,) = fit_population([build()], train, data.val, lr=0.2, momentum=0.9, num_epochs=20)
optimizer = SGD([torch.zeros(1)], lr=0.2)
plateau = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.1, patience=3)
for epoch, loss in enumerate(long_run.val_loss, 1):
    before = optimizer.param_groups[0]["lr"]
    plateau.step(loss)
    if optimizer.param_groups[0]["lr"] < before:
        print(f"after epoch {epoch:2d}: no better for more than 3 epochs, rate {before / 10:.0e}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. Smooth decay
#
# Where should the steps be, and how deep? Three milestones and a factor are four numbers to tune. A smooth
# schedule needs only the peak $\alpha_0$ and the length $T$ of the run:
#
# | schedule | $\alpha_t$ | used by |
# | --- | --- | --- |
# | **cosine** | $\tfrac12 \alpha_0 \big(1 + \cos(\pi t / T)\big)$ | SGDR, GPT, Sparse Transformer, SlowFast, Radosavovic et al. |
# | **linear** | $\alpha_0 (1 - t / T)$ | BERT, RoBERTa, XLNet |
# | **inverse square root** | $\alpha_0 / \sqrt{t}$, and $\alpha_0$ at $t = 0$ | Transformer, after its warm-up |
# | **exponential** | $\alpha_0\, e^{-k t}$ | a per-epoch factor, made smooth |
# | **1/t** | $\alpha_0 / (1 + k t)$ | the theory of Robbins and Monro |
# | $\sqrt{1 - t/T}$ | $\alpha_0 \sqrt{1 - t/T}$ | the Caffe team's GoogLeNet |
# | **constant** | $\alpha_0$ | the first try, always; often Adam |

# %% [markdown] slideshow={"slide_type": "subslide"}
# The time $t$ counts steps here. Deep learning papers also count epochs, which is the same as long as $t$ and
# $T$ count the same thing. A run of $T$ steps uses $t = 0, \dots, T - 1$: it never takes a step with
# $\alpha_T = 0$.

# %% slideshow={"slide_type": "fragment"}
T, peak, k = 1000, 0.1, 0.005
t = np.arange(T)
by_hand = {
    "constant": np.full(T, peak),
    "cosine": 0.5 * peak * (1 + np.cos(np.pi * t / T)),
    "linear": peak * (1 - t / T),
    "inverse square root": peak / np.sqrt(np.maximum(t, 1)),
    "exponential": peak * np.exp(-k * t),
    "1/t": peak / (1 + k * t),
    "√(1 − t/T)": peak * np.sqrt(1 - t / T),
}

# %% [markdown] slideshow={"slide_type": "subslide"}
# The same from torch. `PolynomialLR` is $(1 - t/T)^{\text{power}}$, and `LambdaLR` takes any factor of the peak
# rate as a function of $t$.

# %% slideshow={"slide_type": "fragment"}
by_torch = {
    "constant": lambda o: lr_scheduler.ConstantLR(o, factor=1.0),
    "cosine": lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=T),
    "linear": lambda o: lr_scheduler.LinearLR(o, 1.0, 0.0, total_iters=T),
    "inverse square root": lambda o: lr_scheduler.LambdaLR(o, lambda t: max(t, 1) ** -0.5),
    "exponential": lambda o: lr_scheduler.ExponentialLR(o, gamma=math.exp(-k)),
    "1/t": lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + k * t)),
    "√(1 − t/T)": lambda o: lr_scheduler.PolynomialLR(o, total_iters=T, power=0.5),
}
for name, values in by_hand.items():
    difference = np.abs(values - lr_table(by_torch[name], peak, T)).max()
    print(
        f"{name:20} largest difference {difference:.0e}, mean rate {values.mean() / peak:.2f} of peak"
    )

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(7.4, 3.8), layout="constrained")
axes = figure.subplots()
styles = ("-", "-", "--", "-.", ":", "--", "-.")
for number, (name, values) in enumerate(by_hand.items()):
    color = COLORS[number] if number < len(COLORS) else "0.4"
    axes.plot(t, values, styles[number], color=color, label=name)
label_axes(axes, title="Seven schedules with one peak", xlabel="step", ylabel="learning rate")
axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
halves = ", ".join(f"{name} {values[T // 2] / peak:.2f}" for name, values in by_hand.items())
show(figure, alt=f"Seven falling curves. Share of the peak rate at half time: {halves}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Cosine and linear have the same mean; the cosine stays longer near the peak and longer near
# zero. The inverse square root spends its peak in the first few steps: it is used with a long warm-up or
# with a rate that is chosen accordingly. Schedules with a $T$ reach zero at the end, whenever that is;
# the others do not know when the run ends.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What theory asks for
#
# Robbins and Monro (1951) proved that noisy descent finds the answer if the rates get small, but not too soon:
#
# $$\sum_t \alpha_t = \infty \quad \text{(any distance can be travelled)}, \qquad
# \sum_t \alpha_t^2 < \infty \quad \text{(the noise dies out)}.$$
#
# $1/t$ passes both. $1/\sqrt t$ fails the second: averaged weights repair it (Lecture 7). A constant rate
# keeps its noise floor. An exponential decay fails the first: it can come to rest before it arrives. And
# a run of fixed length $T$ is not covered at all, which is why practice is settled by trying.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### In the training loop
#
# A torch scheduler writes the rate into the optimizer. `scheduler.step()` comes **after** `optimizer.step()`. It
# counts its own calls, so its arguments are in steps if it is called each step, and in epochs if it is
# called each epoch. Mixing the two up is the commonest bug: a cosine over $T$ *epochs* that is called each
# *step* is down after $T$ steps, and then rises again.

# %% slideshow={"slide_type": "fragment"}
num_epochs, steps_an_epoch = 10, 34
mixed_up = lr_table(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=num_epochs), 0.1, 340)
meant = lr_table(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=10 * steps_an_epoch), 0.1, 340)
print("step     ", "".join(f"{step:8d}" for step in (0, 5, 10, 15, 20, 339)))
print("meant    ", "".join(f"{meant[step]:8.4f}" for step in (0, 5, 10, 15, 20, 339)))
print("mixed up ", "".join(f"{mixed_up[step]:8.4f}" for step in (0, 5, 10, 15, 20, 339)))

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. Schedules side by side
#
# Which schedule is best on our digits? Twelve schedules, each with five settings of its parameter, at two peak
# rates: one population of 120 networks. Warm-up and warm restarts are among them; Sections 5 and 7 come to them.

# %% slideshow={"slide_type": "fragment"}
runs = train_schedules(
    build, train, data.val, peaks=(0.05, 0.2), momentum=0.9, num_epochs=14, batch_size=32
)
side_by_side = schedule_explorer(runs)
side_by_side

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Compare anything with the constant rate, at the high peak. The constant one jumps up and down on its
# floor. Where the other comes down, its loss becomes calm and falls through that floor, and its validation
# accuracy stops jumping. Try the step schedule: after its first step the loss is calm at once, and after the second it
# hardly moves. At the low peak rate all that is hard to see: the floor is low, too.

# %% [markdown] slideshow={"slide_type": "subslide"}
# All twelve in a table, each with its usual parameter, at both peak rates.

# %% slideshow={"slide_type": "fragment"}
print(f"{'':22}{'peak ' + str(runs.peaks[-1]):>20}{'peak ' + str(runs.peaks[0]):>22}")
print(f"{'schedule':22}{'loss':>9}{'validation':>12}{'loss':>10}{'validation':>12}")
for schedule in SCHEDULES:
    row = f"{schedule.name:22}"
    for peak_index in (-1, 0):
        history = runs.usual(schedule.name, peak_index)
        row += f"{history.train_loss[-1]:9.3f}{history.val_accuracy[-1]:12.1%} "
    print(row)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three readings. At the high peak rate the constant schedule is left behind by nearly all that decay, in the loss
# and even more in validation. At the low one there is hardly a floor to get under: schedules that give up the rate early
# (inverse square root, exponential, $1/t$) end *above* the constant one. And a lower training loss is not
# always a better network: part of it are wrong labels learned by heart; against that helps Lecture 3.
#
# So in practice: constant first, to find a good peak rate. Then cosine or linear over the length you can
# afford, and no further tuning.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. Warm-up
#
# High rates are good later, but what about the very first steps? At the start the weights are
# random, and the gradients are large and change with every step. A rate that is fine after a hundred steps can
# throw the network so far out that it never comes back. **Linear warm-up** starts at zero and rises over the
# first $w$ steps:
#
# $$\alpha_t = \alpha_0\, \frac{t}{w} \quad (t < w), \qquad \text{then any schedule of the steps that are left.}$$
#
# About 5,000 iterations are usual for large models: GPT took 2,000, the Transformer 4,000, the Sparse
# Transformer 5,000, BERT 10,000.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Let us see it happen. A network with two hidden layers gets a rough start: its weights are drawn three times as large
# as Kaiming's rule says, so that the first gradients are huge, as they are in much deeper networks.


# %% slideshow={"slide_type": "fragment"}
def build_rough():
    set_seed(0)
    layers = [nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 10)]
    for layer in layers[::2]:
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        layer.weight.data *= 3
    return nn.Sequential(nn.Flatten(), *layers).to(device)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Ten peak rates, each without warm-up and with four lengths of it. The rate tables are plain arrays: a row of shares of the
# peak for each length, times each peak.

# %% slideshow={"slide_type": "fragment"}
peaks, lengths, num_steps = np.geomspace(0.02, 0.5, 10), [0, 17, 34, 68, 136], 17 * 10
steps = np.arange(num_steps)
rise = np.stack([np.minimum(1, steps / w) if w else np.ones(num_steps) for w in lengths])
tables = (rise[:, None] * peaks[:, None]).reshape(-1, num_steps)  # [warm-up × peak, step]
print(f"{len(tables)} runs of {num_steps} steps")

# %% slideshow={"slide_type": "subslide"}
warm_runs = fit_population(
    [build_rough() for _ in tables], data.train, lr=tables, momentum=0.9, num_epochs=10
)
warming = warmup_explorer(lengths, peaks, warm_runs)
warming

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Without warm-up the higher rates throw the loss up in the first steps, and at the end of the run it
# is still far above that of the others. With warm-up some of these rates train, and train well. But warm-up cannot
# save a rate that is too high for the rest of the run as well.

# %% slideshow={"slide_type": "subslide"}
final = np.array([run.train_loss[-1] for run in warm_runs]).reshape(len(lengths), len(peaks))
for w, row in zip(lengths, final, strict=True):
    trained = peaks[row < 1.0]
    print(f"{w:3d} steps of warm-up: trains up to a peak rate of {trained.max():.2g}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Warm-up and cosine
#
# He et al. (2019) joined the two for ImageNet: five epochs of warm-up, then a cosine over the rest. Goyal et al. (2017)
# had joined warm-up, from the small batch's rate instead of zero, to decay in steps. In torch, `SequentialLR` plays one
# scheduler after another. One quirk: `LinearLR` refuses to start at exactly 0, so it starts at a hundred-millionth of
# the peak.


# %% slideshow={"slide_type": "fragment"}
def warm_up_then_cosine(optimizer):
    rise = lr_scheduler.LinearLR(optimizer, start_factor=1e-8, total_iters=100)
    fall = lr_scheduler.CosineAnnealingLR(optimizer, T_max=900)
    return lr_scheduler.SequentialLR(optimizer, [rise, fall], milestones=[100])


from_torch = lr_table(warm_up_then_cosine, 0.1, 1000)
rising, falling = np.arange(100), np.arange(900)
by_hand = np.concatenate([0.1 * rising / 100, 0.05 * (1 + np.cos(np.pi * falling / 900))])
print(f"largest difference between torch and hand: {np.abs(from_torch - by_hand).max():.0e}")

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.2), layout="constrained")
axes = figure.subplots()
axes.plot(from_torch, color=COLORS[0], label="warm-up, then cosine")
axes.axvline(100, color="0.6", linestyle=":", label="end of warm-up")
title = "Linear warm-up over 100 steps, cosine over 900"
label_axes(axes, title=title, xlabel="step", ylabel="learning rate")
axes.legend()
show(figure, alt=f"The rate rises to {from_torch.max():g} in 100 steps and falls along a cosine.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The cosine counts from the *end* of the warm-up, so the curve has no jump at step 100 and ends at
# zero at step 1,000. The two usual mistakes are to let it count from step 0, or to stretch it over all
# 1,000 steps.
#
# The length of a warm-up is given in epochs by some and in steps by others. Five epochs of ImageNet are about 6,300
# steps with He's minibatches of 1,024 images, and about 800 with Goyal's of 8,192.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. Batch size and learning rate
#
# You get a bigger GPU and double the batch. What happens to the rate that you tuned?
#
# The **linear scaling rule**: *batch × N, so rate × N*. A rate of 0.001 at 32 images becomes 0.002 at 64. Why?
# Compare two steps on 32 images each with one on the same 64 (Goyal et al., 2017):
#
# $$w_2 = w_0 - \tfrac{\alpha}{32} \sum_{i \in B_1} \nabla L_i(w_0) - \tfrac{\alpha}{32} \sum_{i \in B_2} \nabla L_i(w_1),
# \qquad
# w_1' = w_0 - \tfrac{\alpha'}{64} \sum_{i \in B_1 \cup B_2} \nabla L_i(w_0).$$
#
# If the gradient hardly changes during a step, $\nabla L_i(w_1) \approx \nabla L_i(w_0)$, and the two end at the same
# place exactly when $\alpha' = 2\alpha$. Masters and Luschi (2018) say it per image: what stays the same is
# $\alpha / m$, the weight that one image's gradient gets.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Measured: how far apart do the two ends lie, relative to the way they went?


# %% slideshow={"slide_type": "subslide"}
def weights_after(batch_size, lr):
    """All weights after one pass over the same 64 images."""
    model = build()
    optimizer = SGD(model.parameters(), lr=lr)
    for images, labels in batches(train[:64], batch_size, shuffle=False):
        optimizer.zero_grad()
        cross_entropy(model(images), labels).backward()
        optimizer.step()
    return torch.cat([parameter.detach().ravel() for parameter in model.parameters()])


# %% slideshow={"slide_type": "fragment"}
start = weights_after(64, lr=0.0)
for lr in (0.001, 0.01, 0.1, 1.0):
    two, one = weights_after(32, lr) - start, weights_after(64, 2 * lr) - start
    print(
        f"2 × (32 images, rate {lr:g}) and 1 × (64, {2 * lr:g}): {(two - one).norm() / two.norm():.1%} apart"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# With a small rate the rule is nearly exact; with a large one the gradient changes during the step, and the rule
# breaks. Goyal et al. saw it break at the *start* of training, where their network changed fastest. They added
# warm-up, and trained ResNet-50 with minibatches of 8,192 images in an hour.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now the whole training: six batch sizes, 24 rates each, four epochs for all. Where is the best rate?

# %% slideshow={"slide_type": "fragment"}
sizes, rates = [8, 16, 32, 64, 128, 256], np.geomspace(1e-3, 10, 24)
ends = []
for size in progress_bar(sizes, unit="population"):
    networks = [build() for _ in rates]
    plan = {"lr": rates, "num_epochs": 4, "batch_size": size, "progress": False}
    ends.append([run.train_loss[-1] for run in fit_population(networks, data.train, **plan)])
ends = np.array(ends)  # [batch size, rate]
ends[~(ends < math.log(10))] = np.nan  # diverged
best = rates[np.nanargmin(ends, axis=1)]

# %% slideshow={"slide_type": "skip"}
per_image = rates / np.array(sizes)[:, None]
gap = np.full((len(sizes), 1), np.nan)  # lifts the pen between two lines
joined = np.hstack([ends, gap]).ravel()
against_rate = [
    Series("all sizes", np.tile(np.append(rates, np.nan), len(sizes)), joined, color="#C8C8C8"),
    Series("chosen size", rates, ends, color=COLORS[1]),
]
against_share = [
    Series("all sizes", np.hstack([per_image, gap]).ravel(), joined, color="#C8C8C8"),
    Series("chosen size", per_image, ends, color=COLORS[1]),
]

# %% [markdown] slideshow={"slide_type": "skip"}
# The same lines are drawn twice: against the rate, and against the rate divided by the batch size.

# %% slideshow={"slide_type": "subslide"}
texts = [
    f"Minibatches of {size}: best of these rates {rate:.2g}, loss {np.nanmin(row):.3f}."
    for size, rate, row in zip(sizes, best, ends, strict=True)
]
scaling = explorer(
    {"batch size": sizes},
    [
        Panel("Against the rate", "learning rate", "final loss (nats)", against_rate, "log"),
        Panel("Per image", "rate / batch size", "final loss (nats)", against_share, "log"),
    ],
    texts=texts,
    caption="Look at the left flanks: side by side in the left panel, one line in the right one.",
)
scaling

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** On the left, each doubling of the batch moves the curve to the right. On the right, the falling
# flanks lie on one another: there the loss depends on $\alpha / m$ alone, as the rule says. The rising
# ends do not: a large batch reaches the largest *stable* rate before it reaches the rate that the rule asks for.
#
# So the rule has a range. In their experiments Masters and Luschi found the best results with batches of 32
# images or fewer, often 2 or 4; large batches buy speed on parallel hardware. And the rule works the other way round too: instead
# of dividing the rate by ten one can multiply the batch by ten (Smith et al., 2018).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. Cyclic rates and warm restarts
#
# If starting high and decaying is good, why do it only once? SGDR (Loshchilov and Hutter, 2017) restarts: within
# each cycle the rate falls along a cosine from $\alpha_{\max}$ to $\alpha_{\min}$, then jumps back up while
# the weights go on from where they are ("warm"). The cycles get longer: $T_0,\ T_0 m,\ T_0 m^2, \dots$
#
# $$\alpha_t = \alpha_{\min} + \tfrac12 (\alpha_{\max} - \alpha_{\min})
# \Big(1 + \cos \frac{\pi\, t_{\text{cur}}}{T_i}\Big), \qquad T_i = T_0\, m^i,$$
#
# where $t_{\text{cur}}$ counts from the last restart. For $m = 2$ the cycle $i$ begins at $T_0 (2^i - 1)$, so all
# steps can be placed in their cycles at once.

# %% slideshow={"slide_type": "subslide"}
first, low, high = 68, 0.001, 0.2
t = np.arange(7 * first)  # cycles of 1, 2 and 4 times the first
cycle = np.floor(np.log2(t / first + 1))
length, start = first * 2**cycle, first * (2**cycle - 1)
by_hand = low + 0.5 * (high - low) * (1 + np.cos(np.pi * (t - start) / length))
from_torch = lr_table(
    lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=first, T_mult=2, eta_min=low),
    high,
    len(t),
)
print(f"cycles of {np.unique(length).astype(int).tolist()} steps")
print(f"largest difference between torch and hand: {np.abs(by_hand - from_torch).max():.0e}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Two runs of 14 epochs on the digits, this time with all labels right: one plain cosine, and these three cycles of 2, 4
# and 8 epochs.

# %% slideshow={"slide_type": "fragment"}
plans = {
    "one cosine": lr_table(lambda o: lr_scheduler.CosineAnnealingLR(o, len(t), low), high, len(t)),
    "warm restarts": from_torch,
}
once, cyclic = fit_population(
    [build() for _ in plans], data.train, data.val, lr=np.stack(list(plans.values())), **settings
)
for epoch in (2, 6, 14):
    print(
        f"end of the cycle after epoch {epoch:2d}: loss {cyclic.train_loss[epoch - 1]:.3f}, "
        f"validation accuracy {cyclic.val_accuracy[epoch - 1]:.1%}"
    )

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(7.6, 4.8), layout="constrained")
top, bottom = figure.subplots(2, 1, sharex=True)
for name, run, style, color in zip(plans, (once, cyclic), ("--", "-"), COLORS, strict=False):
    top.plot(plans[name], style, color=color, label=name)
    smooth = np.convolve(run.loss, np.full(12, 1 / 12), mode="valid")
    bottom.semilogy(np.arange(12, 12 + len(smooth)), smooth, style, color=color, label=name)
label_axes(top, title="Two schedules", xlabel="", ylabel="learning rate")
label_axes(bottom, title="Mean of 12 minibatches", xlabel="step", ylabel="loss (nats)")
for axes in (top, bottom):
    axes.legend(fontsize="small", loc="upper right")
show(
    figure, alt="Above, a cosine, and three cycles that double. Below, the losses of the two runs."
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At the restarts the loss goes up again, most clearly at the second: the high rate throws the network
# out of the place it had settled in. At the end of each cycle it is down, lower each time. Every end of a cycle is a network that can be used at
# once: an *anytime* result, and the members of a snapshot ensemble (Huang et al., 2017; Lecture 7).
#
# Rates may also cycle as triangles, up and down (Smith, 2017; `CyclicLR` in torch).

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. When to stop
#
# A schedule with a $T$ says when to stop. Otherwise: train until the validation accuracy falls? It goes up and down
# all the time. **Patience** is the usual answer: stop when the best value is $P$ epochs old. The
# alternative is to train on regardless and **keep the best snapshot**.
#
# We record four runs that overfit: 200 images, three of ten labels wrong, four initializations. Then any patience can be
# tried on the records.


# %% slideshow={"slide_type": "fragment"}
def build_wide(seed):
    set_seed(seed)
    layers = [nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10)]
    return nn.Sequential(nn.Flatten(), *layers).to(device)


few = corrupt_labels(data.train[:200], 0.3)
wide = [build_wide(seed) for seed in range(4)]
recorded = fit_population(wide, few, data.val, lr=0.2, num_epochs=60, batch_size=25, seed=range(4))
accuracy = np.array([run.val_accuracy for run in recorded])  # [run, epoch]

# %% [markdown] slideshow={"slide_type": "subslide"}
# For every epoch: the best so far, the epoch of that best, and how long one has waited since. A patience $P$ stops
# at the first epoch that has waited $P$.

# %% slideshow={"slide_type": "fragment"}
epochs, patiences = np.arange(1, accuracy.shape[1] + 1), np.arange(1, 21)
best_so_far = np.maximum.accumulate(accuracy, axis=1)
is_new_best = np.diff(best_so_far, axis=1, prepend=0.0) > 0
best_epoch = np.maximum.accumulate(np.where(is_new_best, epochs, 0), axis=1)
too_long = epochs - best_epoch >= patiences[:, None, None]  # [patience, run, epoch]
stops = np.where(too_long.any(axis=2), too_long.argmax(axis=2) + 1, len(epochs))
kept_epochs = best_epoch[np.arange(len(recorded)), stops - 1]

# %% slideshow={"slide_type": "subslide"}
stopping = stopping_explorer(accuracy, patiences, stops, kept_epochs)
stopping

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** With a patience of one the first bad epoch ends the run, long before it has learned what it can. A
# patience of eight to ten epochs comes near the best snapshot of the whole run; more only costs epochs. The *last*
# network is hardly ever as good as the one that was kept, and on average the gap grows with the patience: stopping
# without keeping the best gives away what the patience was for.
#
# **Keep the best snapshot, always.** Stop early only to save time. With a schedule that ends at zero, stopping early
# even cuts off the part of the run in which the loss falls most: shorten $T$ instead. (The best of many
# validation accuracies is also a little too good to be true: Lecture 6.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The snapshot that was not one
#
# One line of code goes wrong so often that it deserves a slide. Is this a snapshot?

# %% slideshow={"slide_type": "fragment"}
model = build()
reference, snapshot = model.state_dict(), copy.deepcopy(model.state_dict())
with torch.no_grad():
    model[1].bias.add_(1.0)  # stands for all later training
changed = {
    "model.state_dict()": (reference["1.bias"] == model[1].bias).all().item(),
    "a deep copy of it": (snapshot["1.bias"] == model[1].bias).all().item(),
}
for name, follows in changed.items():
    print(f"{name}: {'changed with the model' if follows else 'still as it was'}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# `state_dict()` holds the model's own tensors, not copies. Copy it, or write it to a file at once.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9. Checkpoints
#
# The machine restarts after six of twelve epochs. What must have been saved so that the run goes on *as if nothing had
# happened*?
#
# | saved | what is lost without it |
# | --- | --- |
# | epoch | where to go on, and when to end |
# | model | everything |
# | optimizer | momentum, Adam's averages, and the current rate |
# | loss (and the best so far) | the record, and the patience already spent |
# | schedule | how far the decay has come |
# | random state | the same dropout masks and augmentations |
# | data order | the same minibatches |
#
# Lists often end after the fourth row. Such a run goes on well, but not the same: a comparison with
# it measures luck, and a bug cannot be reproduced. Let us see which row matters.

# %% [markdown] slideshow={"slide_type": "subslide"}
# A run has four parts with a state of their own. Dropout draws from torch's random numbers, and the
# order of the minibatches from a generator. (On the CPU: other devices keep random states of their own,
# `torch.cuda.get_rng_state_all()`.)

# %% slideshow={"slide_type": "fragment"}
images_and_labels = train[:300].to("cpu")


def begin(seed):
    set_seed(seed)
    layers = [nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 10)]
    model = nn.Sequential(nn.Flatten(), *layers)
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)
    schedule = lr_scheduler.CosineAnnealingLR(optimizer, T_max=12 * 6)
    return model, optimizer, schedule, torch.Generator().manual_seed(seed)


# %% slideshow={"slide_type": "subslide"}
def train_six_epochs(model, optimizer, schedule, order):
    losses, used = [], []
    for _ in range(6):
        for images, labels in batches(images_and_labels, 50, generator=order):
            loss = cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            used.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    return losses, used


# %% [markdown] slideshow={"slide_type": "subslide"}
# Six epochs, then everything goes into one dictionary and through `torch.save`, here into memory instead of a file. Then
# the same run goes on, without a break, for comparison.

# %% slideshow={"slide_type": "fragment"}
model, optimizer, schedule, order = begin(seed=0)
losses, _ = train_six_epochs(model, optimizer, schedule, order)
checkpoint = io.BytesIO()
contents = {
    "epoch": 6,
    "model": model.state_dict(),
    "optimizer": optimizer.state_dict(),
    "loss": losses[-1],
    "schedule": schedule.state_dict(),
    "random state": torch.get_rng_state(),
    "data order": order.get_state(),
}
torch.save(contents, checkpoint)
unbroken, unbroken_rates = train_six_epochs(model, optimizer, schedule, order)
print(f"{len(checkpoint.getvalue()) / 1024:.0f} KiB: {', '.join(contents)}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now the restart: another process, another seed, new objects, whose states are loaded, each time with
# one left out. `weights_only=True` refuses anything but tensors and plain containers: a checkpoint from the internet
# then cannot run code.

# %% slideshow={"slide_type": "fragment"}
resumed = {}
for left_out in ("nothing", "random state", "data order", "schedule", "optimizer"):
    model, optimizer, schedule, order = begin(seed=1)
    saved = torch.load(io.BytesIO(checkpoint.getvalue()), weights_only=True)
    loaders = {
        "model": model.load_state_dict,
        "optimizer": optimizer.load_state_dict,
        "schedule": schedule.load_state_dict,
        "random state": torch.set_rng_state,
        "data order": order.set_state,
    }
    for name in loaders.keys() - {left_out}:
        loaders[name](saved[name])
    resumed[left_out] = train_six_epochs(model, optimizer, schedule, order)

# %% slideshow={"slide_type": "subslide"}
print(
    f"{'left out':14}{'largest difference of a loss':>30}{'mean loss, last epoch':>24}{'last rate':>12}"
)
print(f"{'(no break)':14}{'':>30}{np.mean(unbroken[-6:]):24.4f}{unbroken_rates[-1]:12.5f}")
for left_out, (losses, used) in resumed.items():
    difference = np.abs(np.subtract(losses, unbroken)).max()
    print(f"{left_out:14}{difference:30.2g}{np.mean(losses[-6:]):24.4f}{used[-1]:12.5f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The first row is zero, to the last bit. All others differ from the first steps on. How the rates went:

# %% slideshow={"slide_type": "fragment"}
figure = Figure(figsize=(7.2, 3.6), layout="constrained")
axes = figure.subplots()
lines = {"nothing": "-", "schedule": "--", "optimizer": "-."}
for (left_out, style), color in zip(lines.items(), COLORS, strict=False):
    axes.plot(
        np.arange(36, 72), resumed[left_out][1], style, color=color, label=f"left out: {left_out}"
    )
label_axes(axes, title="The rate after the restart", xlabel="step", ylabel="learning rate")
axes.legend()
told = ", ".join(f"{name}: {resumed[name][1][-1]:.4f}" for name in lines)
show(figure, alt=f"The rate of three resumed runs. In the last step, by what was left out: {told}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The current rate lives in the *optimizer*, the count of steps in the *schedule*. Without the schedule the
# run takes up the right rate and decays as if from the beginning, so it ends far above zero. Without the optimizer the
# rate is back at its peak and stays at twice the right one, and the momentum is gone.
#
# In the middle of an epoch the position in the data has to be saved too. And a checkpoint is only safe once it is
# whole: write a new file, then rename it, so that a crash while saving does not destroy the old one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 10. What to remember
#
# - Which rate is best? **All of them**: start high, decay. A rate has a noise floor in proportion to itself.
# - Very high explodes, high gets stuck, low is still falling when the time is up.
# - **Step** ($\times 0.1$ at a few points), **cosine**, **linear**, **inverse square root**, exponential, $1/t$,
#   $\sqrt{1 - t/T}$, per-epoch factor, constant. Constant first; then cosine or linear: no more knobs than
#   the peak and the length.
# - **Warm-up** from zero lets high peak rates survive the first steps. The decay counts from its end.
# - **Linear scaling**: batch × N, rate × N, while the gradient hardly changes during a step.
# - **Warm restarts**: cycles $T_0, T_0 m, T_0 m^2$; each end of a cycle is a usable network.
# - Always keep the best snapshot (a *copy*). Patience saves time.
# - A checkpoint holds epoch, model, optimizer, loss, schedule, random state and data order, or the resumed run differs.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Papers
#
# - H. Robbins, S. Monro: *A Stochastic Approximation Method*. Annals of Mathematical Statistics 22, 400–407, 1951.
# - A. Krizhevsky, I. Sutskever, G. E. Hinton: *ImageNet Classification with Deep Convolutional Neural Networks*. NIPS 2012.
# - C. Szegedy et al.: *Going Deeper with Convolutions*. CVPR 2015 (GoogLeNet).
# - K. He, X. Zhang, S. Ren, J. Sun: *Deep Residual Learning for Image Recognition*. CVPR 2016.
# - I. Loshchilov, F. Hutter: *SGDR: Stochastic Gradient Descent with Warm Restarts*. ICLR 2017.
# - L. N. Smith: *Cyclical Learning Rates for Training Neural Networks*. WACV 2017.
# - A. Vaswani et al.: *Attention Is All You Need*. NIPS 2017 (Transformer).
# - P. Goyal et al.: *Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour*. arXiv:1706.02677, 2017.
# - G. Huang, Y. Li, G. Pleiss, Z. Liu, J. E. Hopcroft, K. Q. Weinberger: *Snapshot Ensembles: Train 1, Get M for Free*. ICLR 2017.
# - D. Masters, C. Luschi: *Revisiting Small Batch Training for Deep Neural Networks*. arXiv:1804.07612, 2018.
# - S. L. Smith, P.-J. Kindermans, C. Ying, Q. V. Le: *Don't Decay the Learning Rate, Increase the Batch Size*. ICLR 2018.
# - A. Radford, K. Narasimhan, T. Salimans, I. Sutskever: *Improving Language Understanding by Generative Pre-Training*. 2018 (GPT).
# - J. Devlin, M.-W. Chang, K. Lee, K. Toutanova: *BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding*. NAACL 2019.
# - Y. Liu et al.: *RoBERTa: A Robustly Optimized BERT Pretraining Approach*. arXiv:1907.11692, 2019.
# - Z. Yang et al.: *XLNet: Generalized Autoregressive Pretraining for Language Understanding*. NeurIPS 2019.
# - R. Child, S. Gray, A. Radford, I. Sutskever: *Generating Long Sequences with Sparse Transformers*. arXiv:1904.10509, 2019.
# - C. Feichtenhofer, H. Fan, J. Malik, K. He: *SlowFast Networks for Video Recognition*. ICCV 2019.
# - I. Radosavovic, J. Johnson, S. Xie, W.-Y. Lo, P. Dollár: *On Network Design Spaces for Visual Recognition*. ICCV 2019.
# - T. He, Z. Zhang, H. Zhang, Z. Zhang, J. Xie, M. Li: *Bag of Tricks for Image Classification with Convolutional Neural Networks*. CVPR 2019.

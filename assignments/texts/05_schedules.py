# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 5: Learning-rate schedules
#
# In this assignment you write the usual schedules, first as plain functions of the step, then as classes that PyTorch's
# training loops can use. You write a stopper that keeps the best weights, and a checkpoint from which a run goes on as if
# nothing had happened. At the end *your* schedules train the same network side by side.
#
# | exercise | minutes | points |
# | --- | --- | --- |
# | 1 Decay at milestones | 8 | 6 |
# | 2 A factor an epoch | 8 | 7 |
# | 3 Cosine, linear, square root | 10 | 9 |
# | 4 Schedules without an end | 8 | 8 |
# | 5 Linear warm-up | 10 | 8 |
# | 6 Warm-up with cosine decay | 12 | 10 |
# | 7 The linear scaling rule | 4 | 4 |
# | 8 Cosine with warm restarts | 15 | 12 |
# | 9 An early stopper | 15 | 13 |
# | 10 A checkpoint that resumes | 15 | 14 |
# | 11 Experiment and written question | 15 | 9 |
#
# **You need** Lecture 5, sections 2 to 9, and minibatch training with an optimizer. **You will be able to** turn a formula
# into a schedule that is exact at its first and last step, extend `torch.optim.lr_scheduler`, keep the best weights of a
# run, and resume a run to the same numbers.
#
# **How it is checked.** Under each exercise stands a line `check(…)`. Run it as often as you like: it tells you at once
# which parts are right and, where one is not, what was measured, what was expected and which mistake it looks like.
# The grade comes from the same checks on other numbers. Any right answer is right, however you write it. Before you hand
# in, press **Validate** at the top: it runs the whole notebook and names every check that is not fully right yet; the
# check's own line says why.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import copy
import math

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from autograder import check
from utils.data import corrupt_labels, load
from utils.plots import COLORS, label_axes, show
from utils.training import choose_device, fit, set_seed

torch.set_num_threads(1)  # the networks here are small: more threads would only wait for each other

# %% [markdown]
# ## Words
#
# $t$ counts optimizer steps, from 0: the first step of a run uses $\alpha_0$. `base_lr` is the rate $\alpha$ from which a
# schedule starts, $T$ = `total_steps` is the number of steps of a run. Most points here are lost by one step: at the
# first, at the last, or where something changes. Try those by hand.
#
# In exercises 1 to 4 you write functions. They get $t$ as a Python integer, $t \ge 0$, all other numbers as Python floats
# or integers, and return the rate as a number. They depend on nothing but their arguments: in the tests $t$ comes in any
# order.

# %% [markdown]
# ## Exercise 1: decay at milestones (8 minutes, 6 points)
#
# Write `step_rate(t, base_lr, milestones, factor)`. The rate is multiplied by `factor` at each milestone that $t$ has
# reached. The step whose number *is* the milestone already uses the lower rate:
#
# $$\alpha_t = \alpha\, \gamma^{\,n(t)}, \qquad n(t) = \text{number of milestones that are at most } t.$$
#
# - `milestones`: a list of steps in rising order; it may be empty.
# - `factor`: $\gamma$, what remains of the rate, such as 0.1.
#
# <details><summary>Hint: three values to try by hand</summary>
# With milestones 30 and 60, factor 0.1 and base_lr 1, the rates at t = 29, 30 and 60 are 1, 0.1 and 0.01.
# </details>


# %% nbgrader={"grade": false, "grade_id": "rates-step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def step_rate(t, base_lr, milestones, factor):
    """The rate at step t: multiplied by factor at each milestone that t has reached."""
    ### BEGIN SOLUTION
    num_reached = sum(milestone <= t for milestone in milestones)
    return base_lr * factor**num_reached
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-rates-step", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("rates.step", step_rate)

# %% [markdown]
# ## Exercise 2: a factor an epoch (8 minutes, 7 points)
#
# "× 0.97 an epoch", "halved every 5 epochs", "a tenth every 50,000 minibatches": recipes count in epochs, training loops in
# steps. Write `epoch_rate(t, base_lr, factor, steps_per_epoch, every)`: the rate of step $t$ if it is multiplied by
# `factor` after every `every` epochs. While an epoch lasts, the rate does not change.
#
# - `steps_per_epoch`: optimizer steps in an epoch. The first epoch has the steps 0 to `steps_per_epoch` − 1.
# - `every`: a number of epochs, at least 1. The first `every` epochs use `base_lr`.
#
# <details><summary>Hint: how often has it been due?</summary>
# How many steps lie between two falls, and how many times do they fit into t? Python's <code>//</code> divides and drops
# the rest.
# </details>


# %% nbgrader={"grade": false, "grade_id": "rates-per_epoch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def epoch_rate(t, base_lr, factor, steps_per_epoch, every):
    """The rate at step t: multiplied by factor after every `every` epochs."""
    ### BEGIN SOLUTION
    steps_between_falls = steps_per_epoch * every
    return base_lr * factor ** (t // steps_between_falls)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-rates-per_epoch", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check("rates.per_epoch", epoch_rate)

# %% [markdown]
# ## Exercise 3: cosine, linear, square root (10 minutes, 9 points)
#
# Three ways from `base_lr` to zero in $T$ = `total_steps` steps:
#
# $$\text{cosine: } \frac{\alpha}{2}\left(1 + \cos\frac{\pi t}{T}\right) \qquad
# \text{linear: } \alpha\left(1 - \frac{t}{T}\right) \qquad
# \text{square root: } \alpha\sqrt{1 - \frac{t}{T}}$$
#
# Write the three functions. At $t = T$ all are 0, and for $t > T$ they **stay** at 0. The formulas do not: look at what
# each would give at $t = T + 1$.
#
# <details><summary>Hint: beyond the end</summary>
# What happens to each formula if t is replaced by the smaller of t and T?
# </details>


# %% nbgrader={"grade": false, "grade_id": "rates-to_zero", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cosine_rate(t, base_lr, total_steps):
    """Half a cosine from base_lr to 0 at total_steps."""
    ### BEGIN SOLUTION
    share = min(t / total_steps, 1)
    return base_lr * (1 + math.cos(math.pi * share)) / 2
    ### END SOLUTION


def linear_rate(t, base_lr, total_steps):
    """A straight line from base_lr to 0 at total_steps."""
    ### BEGIN SOLUTION
    return base_lr * max(1 - t / total_steps, 0)
    ### END SOLUTION


def square_root_rate(t, base_lr, total_steps):
    """base_lr times the square root of the share of the run that is left."""
    ### BEGIN SOLUTION
    return base_lr * math.sqrt(max(1 - t / total_steps, 0))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-rates-to_zero", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
check(
    "rates.to_zero",
    {"cosine": cosine_rate, "linear": linear_rate, "square root": square_root_rate},
)

# %% [markdown]
# ## Exercise 4: schedules without an end (8 minutes, 8 points)
#
# These four do not know when the run ends:
#
# $$\text{inverse square root: } \frac{\alpha}{\sqrt{t}} \;\;(\alpha \text{ at } t = 0) \qquad
# \text{exponential: } \alpha\, e^{-kt} \qquad
# 1/t\text{: } \frac{\alpha}{1 + kt} \qquad
# \text{constant: } \alpha$$
#
# Write the four functions. `k` is a float above 0. Note that the inverse square root has the full rate twice, at
# $t = 0$ and at $t = 1$.


# %% nbgrader={"grade": false, "grade_id": "rates-open_ended", "locked": false, "schema_version": 3, "solution": true, "task": false}
def inverse_sqrt_rate(t, base_lr):
    """base_lr over the square root of t, and base_lr at t = 0."""
    ### BEGIN SOLUTION
    return base_lr / math.sqrt(max(t, 1))
    ### END SOLUTION


def exponential_rate(t, base_lr, k):
    """Exponential decay with the number k."""
    ### BEGIN SOLUTION
    return base_lr * math.exp(-k * t)
    ### END SOLUTION


def inverse_rate(t, base_lr, k):
    """1/t decay with the number k."""
    ### BEGIN SOLUTION
    return base_lr / (1 + k * t)
    ### END SOLUTION


def constant_rate(t, base_lr):
    """The same rate at every step."""
    ### BEGIN SOLUTION
    return base_lr
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-rates-open_ended", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check(
    "rates.open_ended",
    {
        "inverse square root": inverse_sqrt_rate,
        "exponential": exponential_rate,
        "1/t": inverse_rate,
        "constant": constant_rate,
    },
)

# %% [markdown]
# ## Exercise 5: linear warm-up (10 minutes, 8 points)
#
# Now as PyTorch does it. A scheduler is a class that writes the rates into an optimizer; all you write is its `get_lr`,
# which returns a list: one rate for each parameter group, each from its own base rate.
#
# - `self.last_epoch` is $t$. PyTorch calls it an epoch; we call `scheduler.step()` once after every optimizer step, so
#   here it counts steps. It is 0 when the scheduler has just been made.
# - `self.base_lrs` is the list of the groups' base rates. The current rates, in `self.optimizer.param_groups`, already
#   hold your earlier factors: do not start from them.
#
# `LinearWarmup` starts at **zero** and reaches the base rate $\alpha$ at step $W$ = `warmup_steps`, where it stays:
#
# $$\alpha_t = \begin{cases} \alpha\, t / W & t < W \\ \alpha & t \ge W \end{cases}$$
#
# `warmup_steps` may be 0: then there is no warm-up. A scheduler that is saved with `state_dict()` and loaded again must go
# on where it stopped.
#
# <details><summary>Hint: where the state is</summary>
# Compute the rate from <code>self.last_epoch</code> alone, and resuming is free: that number is in the state dict.
# </details>


# %% nbgrader={"grade": false, "grade_id": "schedules-linear_warmup", "locked": false, "schema_version": 3, "solution": true, "task": false}
class LinearWarmup(LRScheduler):
    """Linear warm-up from 0 over warmup_steps, then the base rate."""

    def __init__(self, optimizer, warmup_steps, last_epoch=-1):
        self.warmup_steps = warmup_steps
        super().__init__(optimizer, last_epoch)  # calls get_lr, so it comes last

    def get_lr(self):
        ### BEGIN SOLUTION
        if self.last_epoch >= self.warmup_steps:
            return self.base_lrs
        return [base * self.last_epoch / self.warmup_steps for base in self.base_lrs]
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-schedules-linear_warmup", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("schedules.linear_warmup", LinearWarmup)

# %% [markdown]
# ## Exercise 6: warm-up with cosine decay (12 minutes, 10 points)
#
# Large first steps can throw a fresh network far away, and large last steps keep it from settling. A common schedule
# therefore starts at zero, climbs to the base rate and falls along half a cosine to a floor. With base rate
# $\alpha$, $W$ = `warmup_steps`, $T$ = `total_steps` and floor $\alpha_\text{min}$ = `min_lr`, the rate at step $t$ is
#
# $$\alpha_t = \begin{cases}
# \alpha\, t / W & t < W \\
# \alpha_\text{min} + \frac12(\alpha - \alpha_\text{min})\left(1 + \cos\left(\pi\,\frac{t - W}{T - W}\right)\right) & W \le t < T \\
# \alpha_\text{min} & t \ge T
# \end{cases}$$
#
# Write `get_lr`, as in exercise 5: again one rate for each parameter group, again from `self.last_epoch`.
#
# - `warmup_steps` may be 0: then there is no warm-up. You may assume $W < T$.
# - A scheduler that is saved with `state_dict()` and loaded again must go on where it stopped.
#
# <details><summary>Hint: three values to try by hand</summary>
# t = 0, t = W and t = T. The formula gives 0, the base rate and the floor.
# </details>


# %% nbgrader={"grade": false, "grade_id": "schedules-warmup_cosine", "locked": false, "schema_version": 3, "solution": true, "task": false}
class WarmupCosine(LRScheduler):
    """Linear warm-up from 0 over warmup_steps, then a cosine to min_lr at total_steps."""

    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)  # calls get_lr, so it comes last

    def get_lr(self):
        ### BEGIN SOLUTION
        step, warmup, total = self.last_epoch, self.warmup_steps, self.total_steps
        if step < warmup:
            return [base * step / warmup for base in self.base_lrs]
        progress = min((step - warmup) / (total - warmup), 1.0)
        share = (1 + math.cos(math.pi * progress)) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-schedules-warmup_cosine", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("schedules.warmup_cosine", WarmupCosine)

# %% [markdown]
# ## Exercise 7: the linear scaling rule (4 minutes, 4 points)
#
# A rate was tuned with one batch size, and the run shall use another. Write
# `scaled_rate(base_lr, base_batch_size, batch_size)`, the rate that the linear scaling rule gives: batch × N, so rate × N.
# N need not be whole, and it may be below 1.


# %% nbgrader={"grade": false, "grade_id": "scaling-linear_rule", "locked": false, "schema_version": 3, "solution": true, "task": false}
def scaled_rate(base_lr, base_batch_size, batch_size):
    """The rate for batch_size, where base_lr was tuned with base_batch_size."""
    ### BEGIN SOLUTION
    return base_lr * batch_size / base_batch_size
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-scaling-linear_rule", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check("scaling.linear_rule", scaled_rate)

# %% [markdown]
# ## Exercise 8: cosine with warm restarts (15 minutes, 12 points)
#
# SGDR lets the rate fall along a cosine again and again. The cycles have $T_0,\ T_0 m,\ T_0 m^2, \dots$ steps, with
# $T_0$ = `first_cycle` and $m$ = `growth`. With $t_\text{cur}$ steps since the last restart, in a cycle of $T_i$ steps,
#
# $$\alpha_t = \alpha_\text{min} + \frac12(\alpha - \alpha_\text{min})
# \left(1 + \cos\frac{\pi\, t_\text{cur}}{T_i}\right), \qquad t_\text{cur} = 0, 1, \dots, T_i - 1.$$
#
# So the rate comes *near* the floor $\alpha_\text{min}$ = `min_lr` in a cycle's last step, and the next step, with
# $t_\text{cur} = 0$, has the full base rate $\alpha$ at once.
#
# - `first_cycle` and `growth` are integers, at least 1. With `growth` 1 all cycles have one length.
# - Write `get_lr`: one rate for each parameter group, and saved and resumed it goes on the same.
#
# <details><summary>Hint: which cycle is it?</summary>
# Start with all the steps so far. As long as they fill a whole cycle, take that cycle away and look at the next one,
# which is longer. What is left over has been done in the present cycle.
# </details>
#
# <details><summary>Hint: by hand</summary>
# With first_cycle 3 and growth 2 the cycles begin at the steps 0, 3, 9 and 21.
# </details>


# %% nbgrader={"grade": false, "grade_id": "schedules-warm_restarts", "locked": false, "schema_version": 3, "solution": true, "task": false}
class WarmRestarts(LRScheduler):
    """Cosine cycles from the base rate towards min_lr; each is `growth` times as long as the last."""

    def __init__(self, optimizer, first_cycle, growth=1, min_lr=0.0, last_epoch=-1):
        self.first_cycle = first_cycle
        self.growth = growth
        self.min_lr = min_lr
        super().__init__(optimizer, last_epoch)  # calls get_lr, so it comes last

    def get_lr(self):
        ### BEGIN SOLUTION
        steps_done = self.last_epoch
        for cycle in range(self.last_epoch + 1):  # it ends much sooner
            length = self.first_cycle * self.growth**cycle
            if steps_done < length:
                break
            steps_done -= length
        share = (1 + math.cos(math.pi * steps_done / length)) / 2
        return [self.min_lr + (base - self.min_lr) * share for base in self.base_lrs]
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-schedules-warm_restarts", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
check("schedules.warm_restarts", WarmRestarts)

# %% [markdown]
# ## Exercise 9: an early stopper (15 minutes, 13 points)
#
# Write a class that watches a run and keeps the best weights.
#
# - `EarlyStopper(patience)`: `patience` is a number of epochs, at least 1.
# - `update(score, model)` is called once after each epoch. `score` is a float; **higher is better** (a validation accuracy,
#   or minus a validation loss, so it may be negative). It returns `True` if training should stop now, else `False`.
# - It says stop as soon as `patience` epochs in a row have brought no new best. A new best is a score **above** all before
#   it; one that equals the best is none. The first epoch is a new best, always.
# - `best_score` is the best score so far.
# - `best_state` is the state dict that the model had in that epoch, buffers included. It stays as it was while the
#   model trains on.
#
# The model itself is not changed. Who wants the best weights back calls `model.load_state_dict(stopper.best_state)`.
#
# <details><summary>Hint: count by hand</summary>
# With patience 2 and the scores 0.5, 0.7, 0.6, 0.7 the run stops after the fourth epoch; best_state is the second's.
# </details>
#
# <details><summary>Hint: a test of the snapshot</summary>
# Print an entry of best_state, add 1 to all of the model's weights under <code>torch.no_grad()</code>, and print the entry
# again.
# </details>


# %% nbgrader={"grade": false, "grade_id": "stopping-early_stopper", "locked": false, "schema_version": 3, "solution": true, "task": false}
class EarlyStopper:
    """Keeps the best weights of a run, and says when no better ones are to be expected."""

    def __init__(self, patience):
        ### BEGIN SOLUTION
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None
        ### END SOLUTION

    def update(self, score, model):
        ### BEGIN SOLUTION
        if score > self.best_score:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-stopping-early_stopper", "locked": true, "points": 13, "schema_version": 3, "solution": false, "task": false}
check("stopping.early_stopper", EarlyStopper)

# %% [markdown]
# ## Exercise 10: a checkpoint that resumes (15 minutes, 14 points)
#
# Write `save_checkpoint(path, epoch, model, optimizer, scheduler, order)` and
# `load_checkpoint(path, model, optimizer, scheduler, order)`. Between the two the program ends: what is to be
# remembered must be in **one file** at `path`.
#
# - `epoch`: how many epochs have been done. `load_checkpoint` returns it.
# - `model`, `optimizer` and `scheduler` are PyTorch's. When loading they are new: of the same form, but with other
#   weights and no history. Load into these very objects.
# - `order`: the `torch.Generator` from which the order of the minibatches is drawn.
# - The run's noise comes from torch's global random numbers on the CPU. Their state is no argument, and still part of the
#   checkpoint. (Noise drawn on a GPU would need that device's state, too; it is not asked here.)
#
# A run that is resumed has the same losses, step by step, as one that was never interrupted, and a run that is saved goes
# on as one that was not. The checks do both and compare, and say what did not come back.
#
# <details><summary>Hint: what has a state</summary>
# Models, optimizers and schedulers: <code>state_dict()</code> and <code>load_state_dict()</code>. Generators:
# <code>get_state()</code> and <code>set_state()</code>. The global random numbers: <code>torch.get_rng_state()</code> and
# <code>torch.set_rng_state()</code>.
# </details>


# %% nbgrader={"grade": false, "grade_id": "checkpoints-resume", "locked": false, "schema_version": 3, "solution": true, "task": false}
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    """Write all that a run needs to go on into one file."""
    ### BEGIN SOLUTION
    states = [part.state_dict() for part in (model, optimizer, scheduler)]
    states += [order.get_state(), torch.get_rng_state()]
    torch.save({"epoch": epoch, "states": states}, path)
    ### END SOLUTION


def load_checkpoint(path, model, optimizer, scheduler, order):
    """Put what was saved back into these objects and into torch's random numbers. Returns the epoch."""
    ### BEGIN SOLUTION
    checkpoint = torch.load(path, weights_only=True)
    *states, order_state, random_state = checkpoint["states"]
    for part, state in zip((model, optimizer, scheduler), states, strict=True):
        part.load_state_dict(state)
    order.set_state(order_state)
    torch.set_rng_state(random_state)
    return checkpoint["epoch"]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-checkpoints-resume", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
check("checkpoints.resume", {"save": save_checkpoint, "load": load_checkpoint})

# %% [markdown]
# ## Exercise 11: side by side (15 minutes, 9 points)
#
# One network, one start, the same minibatches, a base rate that is rather high, and a fifth of the training labels
# wrong, so that the minibatches disagree. The next cells train it along four of *your* schedules, 14 epochs each, and draw the
# rates, the loss (mean of an epoch's steps up to each) and the accuracy on the validation digits. It takes a few
# seconds. A function of $t$ becomes a scheduler by `LambdaLR`, which multiplies the optimizer's rate with it; therefore
# it is called with `base_lr` 1 here. The warm restarts come after epochs 2 and 6. Put in others of your schedules, or
# another base rate. Keep the picture that you discuss below: it is handed in with your answer.


# %% tags=["experiment"]
def train_along(make_scheduler, base_lr=0.2, num_epochs=14, batch_size=32):
    set_seed(0)
    device = choose_device()
    data = load("digits", device=device)
    train = corrupt_labels(data.train, 0.2)
    layers = [nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)]
    model = nn.Sequential(*layers).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=base_lr, momentum=0.9)
    num_steps = num_epochs * math.ceil(len(train) / batch_size)
    options = {"num_epochs": num_epochs, "batch_size": batch_size, "optimizer": optimizer}
    return fit(model, train, data.val, scheduler=make_scheduler(optimizer, num_steps), **options)


# %% tags=["experiment"]
schedules = {
    "constant": lambda opt, steps: LambdaLR(opt, lambda t: constant_rate(t, 1.0)),
    "steps": lambda opt, steps: LambdaLR(
        opt, lambda t: step_rate(t, 1.0, [steps // 2, 3 * steps // 4], 0.1)
    ),
    "warm-up and cosine": lambda opt, steps: WarmupCosine(opt, steps // 10, steps),
    "warm restarts": lambda opt, steps: WarmRestarts(opt, steps // 7, growth=2),
}


def draw_runs(histories):
    figure = Figure(figsize=(7.4, 7.6), layout="constrained")
    rate_axes, loss_axes, accuracy_axes = figure.subplots(3, 1, sharex=True)
    for (name, run), style, color in zip(
        histories.items(), ("-", "--", "-", "-."), COLORS, strict=False
    ):
        num_epochs = len(run.val_accuracy)
        an_epoch = len(run.loss) // num_epochs
        steps = np.arange(1, len(run.loss) + 1)
        smooth = np.convolve(run.loss, np.full(an_epoch, 1 / an_epoch), mode="valid")
        rate_axes.plot(steps / an_epoch, run.lr, style, color=color, label=name)
        loss_axes.plot(steps[an_epoch - 1 :] / an_epoch, smooth, style, color=color, label=name)
        accuracy_axes.plot(
            np.arange(1, num_epochs + 1), run.val_accuracy, style, color=color, label=name
        )
    label_axes(rate_axes, title="Your schedules", xlabel="", ylabel="learning rate")
    label_axes(loss_axes, title="Mean of an epoch's minibatches", xlabel="", ylabel="loss (nats)")
    label_axes(accuracy_axes, title="Validation digits", xlabel="epoch", ylabel="accuracy")
    rate_axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    ends = ", ".join(f"{name} {run.val_accuracy[-1]:.3f}" for name, run in histories.items())
    show(figure, alt=f"Rates, training loss and validation accuracy, by epoch. At the end: {ends}.")


# %% tags=["experiment"]
try:
    histories = {name: train_along(make) for name, make in schedules.items()}
    draw_runs(histories)
    for name, run in histories.items():
        last = run.val_accuracy[-5:]
        print(
            f"{name:20} validation accuracy {run.val_accuracy[-1]:.3f}; "
            f"in the last five epochs {min(last):.3f} to {max(last):.3f}; loss {run.train_loss[-1]:.2f}"
        )
except NotImplementedError:
    print("Write exercises 1, 4, 6 and 8 first, then run this cell again.")

# %% [markdown]
# **Written question (9 points).** From your picture and the printed lines: (a) How far does the validation accuracy of
# the constant rate jump in the last five epochs, and how far that of the others? Where does the jumping come from, and
# why do the others calm down? (b) What happens to the loss of the step schedule after its first milestone, and what after
# its second? Explain both. (c) You learn in advance that the run must be handed in after epoch 6. Which of these four
# networks would you take at that moment, and what should have been changed about the schedules that have a $T$? Five to
# eight sentences; name the numbers you read off.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-schedules", "locked": false, "points": 9, "schema_version": 3, "solution": true, "task": false}
# A full answer (9 points; the numbers differ a little from machine to machine):
#
# - (a) the constant rate jumps between about 0.73 and 0.90, the step schedule and the cosine stay within about 0.02,
#   each in a range read off the printed lines (1 point);
# - the minibatches disagree, here above all because of wrong labels, and a rate keeps a noise floor in proportion to
#   itself: steps of a high rate throw the weights about, however long it trains (1 point); where the rate falls, the floor falls
#   with it (1 point);
# - (b) after the first milestone, at epoch 7, the loss falls within an epoch, from about 1.1 to below 1.0, because
#   the tenfold lower rate has a tenfold lower floor (1 point); after that it creeps, since steps are ten times
#   shorter, too, and after the second milestone it hardly moves: a hundredth of the rate has no time to go anywhere
#   (2 points);
# - (c) the network with warm restarts, validation accuracy about 0.95 against 0.86 to 0.89: its second cycle has
#   just ended, so its rate is near zero, while the others are still at high rates (2 points);
# - with a $T$ of 6 epochs, the warm-up and cosine, and the milestones placed accordingly, would have been down by then:
#   a run of known length should end where its schedule ends (1 point).

# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 3: Regularization with dropout
#
# In this assignment you write dropout three times (vanilla, inverted, as a module), differentiate it by hand, write
# a learning-rate schedule that remembers where it is, and then measure what *your* dropout does to a network that
# has too few pictures to learn from.
#
# | exercise | minutes | points |
# | --- | --- | --- |
# | 1 Vanilla dropout, forward | 10 | 10 |
# | 2 Vanilla dropout, backward | 10 | 5 |
# | 3 Inverted dropout, forward | 10 | 10 |
# | 4 Inverted dropout, backward | 5 | 5 |
# | 5 A `Dropout` module | 15 | 12 |
# | 6 Warm-up with cosine decay | 20 | 10 |
# | 7 Experiment and written question | 20 | 8 |
#
# **You need** Lecture 3, sections 2 and 4 to 7, and PyTorch tensors. **You will be able to** implement a layer that behaves
# differently in training and at test time, derive its gradient, extend `torch.optim.lr_scheduler`, and tell from
# learning curves whether a regularizer works.
#
# **How it is checked.** Under each exercise stands a line `check(…)`. Run it as often as you like: it tells you at once
# which parts are right and, where one is not, what was measured, what was expected and which mistake it looks like.
# The grade comes from the same checks on other inputs. The order in which you draw random numbers is free, and so is
# the way you write your code: any right answer is right. Before you hand in, press **Validate** at the top: it runs the
# whole notebook and names every check that is not fully right yet; the check's own line says why.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import torch
from torch import nn
from torch.optim.lr_scheduler import LRScheduler

from autograder import check
from utils.data import corrupt_labels, load
from utils.plots import learning_curves, show
from utils.training import choose_device, fit, set_seed

torch.set_num_threads(1)  # the networks here are small: more threads would only wait for each other

# %% [markdown]
# ## Words
#
# The **keep probability** is the chance that an entry survives, the **drop probability** is one minus it. Exercises 1
# to 4 take the keep probability, as the original paper does; exercise 5 takes the drop probability, as PyTorch does.
# More people lose points to this than to anything else here.

# %% [markdown]
# ## Exercise 1: vanilla dropout, forward (10 minutes, 10 points)
#
# Write `vanilla_dropout(x, keep_prob, training)`. It returns a pair `(out, cache)`.
#
# - `x`: tensor of any shape, `float32` or `float64`, on any device. Do not change it in place.
# - `keep_prob`: a Python float in (0, 1].
# - `training`: `True` or `False`.
# - `out`: a new tensor of the shape, dtype and device of `x`.
# - `cache`: whatever your backward pass in exercise 2 will need; its form is up to you.
#
# In training each entry is kept as it is with the keep probability and set to zero otherwise, independently of all
# other entries and anew at every call. At test time nothing is random, and every entry is scaled so that the next
# layer sees the sums that it saw in training on average:
#
# $$\text{training: } y_i = m_i x_i,\quad m_i \sim \text{Bernoulli}(\text{keep}) \qquad\qquad
# \text{test: } y_i = \mathbb{E}[m_i]\, x_i$$
#
# <details><summary>Hint: how to draw a mask</summary>
# <code>torch.rand_like(x)</code> is uniform on [0, 1), of the shape, dtype and device of <code>x</code>. With which
# chance is such a number smaller than 0.8?
# </details>
#
# <details><summary>Hint: the test-time factor</summary>
# What is the mean of a variable that is 1 with the keep probability and 0 otherwise?
# </details>


# %% nbgrader={"grade": false, "grade_id": "dropout-vanilla", "locked": false, "schema_version": 3, "solution": true, "task": false}
def vanilla_dropout(x, keep_prob, training):
    """Vanilla dropout: drop in training, scale at test time. Returns (out, cache)."""
    ### BEGIN SOLUTION
    if not training:
        return x * keep_prob, None
    mask = (torch.rand_like(x) < keep_prob).to(x.dtype)
    return x * mask, mask
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-dropout-vanilla", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("dropout.vanilla", vanilla_dropout)

# %% [markdown]
# ## Exercise 2: vanilla dropout, backward (10 minutes, 5 points)
#
# Write `vanilla_dropout_backward(grad_out, cache)`. It is called after a forward pass in training, with that pass's
# cache, and returns the gradient of the loss with respect to `x`.
#
# - `grad_out`: gradient of the loss with respect to `out`, of the shape and dtype of `out`. Do not change it in place.
#
# Once the mask is drawn, the layer is a product with constants, so the chain rule is short:
#
# $$\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial y_i}\,\frac{\partial y_i}{\partial x_i}$$
#
# <details><summary>Hint: what to keep</summary>
# The derivative of y with respect to x is known as soon as the forward pass has run. Put it into the cache there.
# </details>


# %% nbgrader={"grade": false, "grade_id": "dropout-vanilla_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def vanilla_dropout_backward(grad_out, cache):
    """Gradient of the loss with respect to the input of vanilla_dropout in training."""
    ### BEGIN SOLUTION
    mask = cache
    return grad_out * mask
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-dropout-vanilla_backward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check(
    "dropout.vanilla_backward", {"forward": vanilla_dropout, "backward": vanilla_dropout_backward}
)

# %% [markdown]
# ## Exercise 3: inverted dropout, forward (10 minutes, 10 points)
#
# Write `inverted_dropout(x, keep_prob, training)` with the same arguments and the same pair `(out, cache)`. It moves
# the scaling into training, so that test time costs nothing:
#
# $$\text{training: } y_i = \frac{m_i}{\mathbb{E}[m_i]}\, x_i \qquad\qquad \text{test: } y_i = x_i$$
#
# <details><summary>Hint: check yourself</summary>
# On a tensor of a million ones, what should the mean of your output be in training? And at test time?
# </details>


# %% nbgrader={"grade": false, "grade_id": "dropout-inverted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def inverted_dropout(x, keep_prob, training):
    """Inverted dropout: drop and scale in training, leave test time alone. Returns (out, cache)."""
    ### BEGIN SOLUTION
    if not training:
        return x, None
    mask = (torch.rand_like(x) < keep_prob).to(x.dtype) / keep_prob
    return x * mask, mask
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-dropout-inverted", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("dropout.inverted", inverted_dropout)

# %% [markdown]
# ## Exercise 4: inverted dropout, backward (5 minutes, 5 points)
#
# Write `inverted_dropout_backward(grad_out, cache)`, as in exercise 2. The derivative now has two values.
#
# <details><summary>Hint: once, not twice</summary>
# If your cached mask already holds the scale, the backward pass must not apply it again.
# </details>


# %% nbgrader={"grade": false, "grade_id": "dropout-inverted_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def inverted_dropout_backward(grad_out, cache):
    """Gradient of the loss with respect to the input of inverted_dropout in training."""
    ### BEGIN SOLUTION
    mask = cache
    return grad_out * mask
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-dropout-inverted_backward", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check(
    "dropout.inverted_backward",
    {"forward": inverted_dropout, "backward": inverted_dropout_backward},
)

# %% [markdown]
# ## Exercise 5: a Dropout module (15 minutes, 12 points)
#
# A layer of a real network does not get a `training` argument: it *has* one, `self.training`, which `model.train()` and
# `model.eval()` set for the whole network. Write inverted dropout as a module. Autograd does the backward pass.
#
# - `drop_prob`: the **drop** probability, a float in [0, 1]; anything else raises a `ValueError` in `__init__`.
# - `forward(x)`: any shape, dtype and device, not changed in place. In eval mode the output equals the input.
# - At drop probability 0 the output equals the input; at 1 it is all zeros, without a NaN.
#
# Do not call PyTorch's own dropout here; you may compare with it afterwards.
#
# <details><summary>Hint: drop probability 1</summary>
# Which two numbers does your formula divide when the keep probability is 0? Treat that case before the division.
# </details>


# %% nbgrader={"grade": false, "grade_id": "dropout-module", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Dropout(nn.Module):
    """Inverted dropout with a drop probability in [0, 1]."""

    def __init__(self, drop_prob=0.5):
        super().__init__()
        ### BEGIN SOLUTION
        if not 0 <= drop_prob <= 1:
            raise ValueError(f"drop_prob is {drop_prob}; it must lie between 0 and 1.")
        self.keep_prob = 1 - drop_prob
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        if not self.training:
            return x
        if self.keep_prob == 0:
            return torch.zeros_like(x)
        mask = (torch.rand_like(x) < self.keep_prob).to(x.dtype) / self.keep_prob
        return x * mask
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-dropout-module", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
check("dropout.module", Dropout)

# %% [markdown]
# ## Exercise 6: warm-up with cosine decay (20 minutes, 10 points)
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
# Write `get_lr`. It returns a list: one rate for each parameter group, each from its own base rate.
#
# - `self.last_epoch` is $t$. PyTorch calls it an epoch; we call `scheduler.step()` once after every optimizer step, so
#   here it counts steps. It is 0 when the scheduler has just been made.
# - `self.base_lrs` holds each group's base rate $\alpha$.
# - `warmup_steps` may be 0: then there is no warm-up. You may assume $W < T$.
# - A scheduler that is saved with `state_dict()` and loaded again must go on where it stopped.
#
# <details><summary>Hint: where the state is</summary>
# Compute the rate from <code>self.last_epoch</code> alone, and resuming is free: that number is in the state dict.
# </details>
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
# ## Exercise 7: what does it do? (20 minutes, 8 points)
#
# A network with far more weights than pictures has 300 digits to learn from, and one in five of their labels is wrong.
# It can learn the wrong labels by heart, and on the validation digits, whose labels are right, it pays for that. The
# next cell trains it twice, without and with *your* `Dropout`, along *your* schedule, and draws both; it takes a few
# seconds. Change the drop probabilities and run it again. Keep the picture that you discuss below: it is handed in
# with your answer.


# %% tags=["experiment"]
def train_with(drop_prob, num_epochs=60, batch_size=64):
    set_seed(0)
    device = choose_device()
    data = load("digits", device=device)
    train = corrupt_labels(data.train[:300], 0.2)
    layers = [nn.Flatten(), nn.Linear(64, 512), nn.ReLU(), Dropout(drop_prob)]
    layers += [nn.Linear(512, 512), nn.ReLU(), Dropout(drop_prob), nn.Linear(512, 10)]
    model = nn.Sequential(*layers).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    num_steps = num_epochs * math.ceil(len(train) / batch_size)
    options = {"num_epochs": num_epochs, "batch_size": batch_size, "optimizer": optimizer}
    schedule = WarmupCosine(optimizer, num_steps // 10, num_steps)
    return fit(model, train, data.val, scheduler=schedule, **options)


# %% tags=["experiment"]
try:
    histories = {f"drop probability {d}": train_with(d) for d in (0.0, 0.5)}
    show(learning_curves(histories), alt="Training and validation accuracy by drop probability.")
    for name, history in histories.items():
        print(f"{name}: validation {history.val_accuracy[-1]:.3f}, gap {history.gap:.3f}")
except NotImplementedError:
    print("Write exercises 5 and 6 first, then run this cell again.")

# %% [markdown]
# **Written question (8 points).** From your picture: how large is the gap between training and validation accuracy at
# the end, without and with dropout, and what became of the validation accuracy? Training accuracy is measured on the
# given labels: what would a network score there that reads every digit right? Explain with it what dropout kept the
# network from doing, and why a drop probability near 1 makes everything worse again. Three to six sentences; name the
# numbers you read off.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-gap", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# A full answer (8 points):
#
# - reads both gaps and both validation accuracies off the picture or the printed lines, with numbers (2 points);
# - a network that reads every digit right scores 80 % on the training labels, since one in five is wrong; without
#   dropout it scores nearly 100 %, so it has learned the wrong labels by heart (2 points);
# - with dropout units cannot rely on particular other units, and single pictures are harder to store than what many
#   pictures share: training accuracy falls towards 80 %, validation accuracy rises, the gap shrinks (2 points);
# - near 1 hardly a unit is kept in a step, so too little signal is left: underfitting, both curves are low (2 points).

# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 7: Ensembles
#
# In this assignment you let several models answer together: by averaged probabilities, by votes, from bootstrap samples,
# by boosting, as snapshots of one run, and as an average of one run's weights. Then you measure on digits with wrong
# labels what *your* ensembles gain, and how many members it takes.
#
# | exercise | minutes | points |
# | --- | --- | --- |
# | 1 Averaged probabilities | 8 | 6 |
# | 2 Majority vote | 8 | 5 |
# | 3 Bootstrap samples | 8 | 6 |
# | 4 Out-of-bag answers | 12 | 7 |
# | 5 One round of AdaBoost | 12 | 9 |
# | 6 The boosting loop | 15 | 10 |
# | 7 Snapshots of one run | 15 | 9 |
# | 8 Polyak averaging | 15 | 10 |
# | 9 New statistics for batch norm | 12 | 7 |
# | 10 Experiment and written question | 15 | 8 |
#
# **You need** Lecture 7, all sections, and from Lecture 5 the cosine with restarts. **You will be able to** combine models,
# resample data, re-weight examples, and get an ensemble or an averaged network out of a single run without sharing
# memory by accident.
#
# **How it is checked.** Under each exercise stands a line `check(…)`. Run it as often as you like: it tells you at once
# which parts are right and, where one is not, what was measured, what was expected and which mistake it looks like.
# The grade comes from the same checks on other inputs. The order in which you draw random numbers is free, and so is
# the way you write your code: any right answer is right. Before you hand in, press **Validate** at the top: it runs the
# whole notebook and names every check that is not fully right yet; the check's own line says why.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import copy
import math

import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn.functional import cross_entropy

from autograder import check
from utils.data import Split, batches, corrupt_labels, load
from utils.plots import COLORS, label_axes, show
from utils.populations import fit_population
from utils.training import choose_device, evaluate, set_seed

torch.set_num_threads(1)  # the networks here are small: more threads would only wait for each other

# %% [markdown]
# ## Words
#
# An ensemble has $M$ **members** or **models**, a minibatch $B$ pictures, a problem $K$ classes. The **say** of a
# classifier is the factor $\alpha$ that its vote is multiplied with in boosting. Unless an exercise says otherwise,
# results have the dtype and device of the inputs, and inputs are not changed in place.

# %% [markdown]
# ## Exercise 1: averaged probabilities (8 minutes, 6 points)
#
# Write `average_probabilities(logits)`. It returns a pair `(probs, classes)`.
#
# - `logits`: `float32` or `float64` tensor [M, B, K], the logits of M models for the same B pictures. They may be
#   large, up to a thousand.
# - `probs`: [B, K], the mean over the models of the probabilities that each model gives.
# - `classes`: [B], `int64`, of each picture the class with the largest averaged probability.
#
# $$\bar p(c \mid x) = \frac1M \sum_{m=1}^M p_m(c \mid x), \qquad \hat y = \arg\max_c\, \bar p(c \mid x)$$
#
# <details><summary>Hint: check yourself</summary>
# Over which dimension must the probabilities of one model sum to 1? And what does each row of <code>probs</code> sum to?
# </details>


# %% nbgrader={"grade": false, "grade_id": "ensembles-average_probabilities", "locked": false, "schema_version": 3, "solution": true, "task": false}
def average_probabilities(logits):
    """Mean probabilities [B, K] of M models, and the classes [B] that they favour, from logits [M, B, K]."""
    ### BEGIN SOLUTION
    probs = logits.softmax(dim=2).mean(dim=0)
    return probs, probs.argmax(dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-ensembles-average_probabilities", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("ensembles.average_probabilities", average_probabilities)

# %% [markdown]
# ## Exercise 2: majority vote (8 minutes, 5 points)
#
# Some models give no probabilities, only a class. Write `majority_vote(predictions, num_classes)`. It returns a pair
# `(winners, agreement)`.
#
# - `predictions`: `int64` tensor [M, B]; entry [m, i] is the class, from 0 to `num_classes` − 1, that model m gives picture i.
# - `winners`: [B], `int64`, of each picture the class with the most votes. It need not have more than half of them.
#   Where classes tie, the smallest class number wins.
# - `agreement`: [B], `float32`, the share of the models that voted for the winner, in (0, 1].
#
# <details><summary>Hint: counting</summary>
# <code>nn.functional.one_hot(predictions, num_classes)</code> is a tensor [M, B, K] of zeros and ones. What is its sum over
# the models? <code>argmax</code> returns the first of several equal maxima.
# </details>


# %% nbgrader={"grade": false, "grade_id": "ensembles-majority_vote", "locked": false, "schema_version": 3, "solution": true, "task": false}
def majority_vote(predictions, num_classes):
    """The class with the most votes [B] and the share of models that voted for it [B], from classes [M, B]."""
    ### BEGIN SOLUTION
    counts = nn.functional.one_hot(predictions, num_classes).sum(dim=0)  # [B, K]
    return counts.argmax(dim=1), counts.amax(dim=1) / len(predictions)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-ensembles-majority_vote", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check("ensembles.majority_vote", majority_vote)

# %% [markdown]
# ## Exercise 3: bootstrap samples (8 minutes, 6 points)
#
# Bagging gives each member a training set of its own: of the $n$ pictures, $n$ are drawn **with replacement**, anew for each
# member. Write `bootstrap_indices(num_samples, num_members)`.
#
# - `num_samples`: the number of pictures $n$, a Python int, 1 or more; `num_members`: the number of members, 1 or more.
# - It returns an `int64` tensor of shape [num_members, num_samples] on the CPU. Row m holds the indices, from 0 to
#   $n$ − 1, of the pictures that member m is trained on, in any order. Members are independent of each other, and every call
#   draws anew.
#
# <details><summary>Hint: check yourself</summary>
# Of a large set, which share of the pictures does a sample hold at least once? Count the distinct entries of a row
# with <code>torch.unique</code> and compare with 1 − 1/e = 0.632.
# </details>


# %% nbgrader={"grade": false, "grade_id": "bagging-bootstrap", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bootstrap_indices(num_samples, num_members):
    """Indices [num_members, num_samples] of one bootstrap sample for each member."""
    ### BEGIN SOLUTION
    return torch.randint(num_samples, (num_members, num_samples))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-bagging-bootstrap", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("bagging.bootstrap", bootstrap_indices)

# %% [markdown]
# ## Exercise 4: out-of-bag answers (12 minutes, 7 points)
#
# A member of a bagged ensemble never saw about 37 % of the training pictures. For these it is a fair judge, so an
# ensemble can be tested without a validation set: ask about each *training* picture only the members that did **not** see it.
# Write `out_of_bag(probs, indices)`. It returns a pair `(averaged, has_member)`.
#
# - `probs`: `float32` or `float64` tensor [M, N, K], the probabilities that each of M members gives each of the N training pictures.
# - `indices`: `int64` tensor [M, N], the bootstrap samples of exercise 3: row m holds the indices of the pictures that member m saw.
# - `averaged`: [N, K]. Row i is the mean of the probabilities that those members give picture i that did not see it. A picture
#   that every member saw has a row of zeros.
# - `has_member`: [N], `bool`, whether there is a member that did not see the picture.
#
# With $O_i$ the members whose sample does not hold picture $i$:
#
# $$\bar p_i = \frac{1}{|O_i|} \sum_{m \in O_i} p_m(\cdot \mid x_i)$$
#
# <details><summary>Hint: who saw what</summary>
# Make a tensor of <code>True</code> [M, N] and set it to <code>False</code> in row m at the places <code>indices[m]</code>. In a
# loop over the members that is one line each; <code>scatter</code> does it at once.
# </details>


# %% nbgrader={"grade": false, "grade_id": "bagging-out_of_bag", "locked": false, "schema_version": 3, "solution": true, "task": false}
def out_of_bag(probs, indices):
    """Mean probabilities [N, K] of the members that did not see a picture, and whether there are any [N]."""
    ### BEGIN SOLUTION
    unseen = torch.ones_like(indices, dtype=torch.bool).scatter(1, indices, False)  # [M, N]
    count = unseen.sum(dim=0)
    total = (probs * unseen.unsqueeze(2)).sum(dim=0)
    return total / count.clamp(min=1).unsqueeze(1), count > 0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-bagging-out_of_bag", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check("bagging.out_of_bag", out_of_bag)

# %% [markdown]
# ## Exercise 5: one round of AdaBoost (12 minutes, 9 points)
#
# In a round of AdaBoost a weak classifier has been fitted to weighted examples. Now it gets its say, and the examples get new
# weights. Labels and answers are −1 or 1. Write `adaboost_round(weights, predictions, labels, min_error)`. It returns a
# pair `(say, new_weights)`.
#
# - `weights`: tensor [N], positive, of sum 1; `predictions` and `labels`: tensors [N] of −1 and 1. All three are `float32`, or all three `float64`.
# - `min_error`: a Python float. The weighted error $\varepsilon$ is clipped to [`min_error`, 1 − `min_error`] before anything else is
#   computed from it, so that a classifier that is always right does not get an infinite say.
# - `say`: a number, as a Python float or as a tensor without dimensions. This exercise asks for the say of the lecture, *with* the one
#   half. A classifier that is worse than chance gets a negative one.
# - `new_weights`: [N], of sum 1.
#
# $$\varepsilon = \sum_i w_i\, [h(x_i) \ne y_i], \qquad
# \alpha = \frac12 \log \frac{1 - \varepsilon}{\varepsilon}, \qquad
# w_i \leftarrow \frac{w_i\, e^{-\alpha\, y_i h(x_i)}}{\sum_j w_j\, e^{-\alpha\, y_j h(x_j)}}$$
#
# <details><summary>Hint: check yourself</summary>
# Where nothing was clipped, the examples that were wrong hold half of the new weight.
# </details>


# %% nbgrader={"grade": false, "grade_id": "boosting-adaboost_round", "locked": false, "schema_version": 3, "solution": true, "task": false}
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    """The say of a classifier and the examples' new weights [N], from its answers and their weights [N]."""
    ### BEGIN SOLUTION
    error = weights[predictions != labels].sum().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log() / 2
    scaled = weights * torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-boosting-adaboost_round", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
check("boosting.adaboost_round", adaboost_round)

# %% [markdown]
# ## Exercise 6: the boosting loop (15 minutes, 10 points)
#
# Now the loop around it. Write `boost(fit_weak, update, x, labels, num_rounds)`. It returns a *function* `vote`.
#
# - `x`: tensor [N, D], `float32` or `float64`; `labels`: [N], −1 or 1, of the dtype of `x`.
# - `fit_weak(x, labels, weights)` fits a weak classifier and returns it: a function that maps points [B, D] to answers [B], −1 or 1.
# - `update(weights, predictions, labels)` returns the say and the new weights. Your `adaboost_round` is one such function,
#   but call the one that is passed: the check passes another.
# - Before the first round all weights are equal and sum to 1. They have the dtype of `x`. In each of `num_rounds` rounds fit a
#   classifier to the weights as they are, then update them with its answers to `x`.
# - `vote(points)`: maps points [B, D], any number of them, of the dtype of `x`, to answers [B] of that dtype: 1 where $\sum_t \alpha_t h_t(x) \ge 0$, else −1.
#
# <details><summary>Hint: returning a function</summary>
# A function defined inside another can use its variables, here the lists of classifiers and says. It reads them when it is
# <em>called</em>: a variable of the loop then has the value of the last round.
# </details>


# %% nbgrader={"grade": false, "grade_id": "boosting-boost", "locked": false, "schema_version": 3, "solution": true, "task": false}
def boost(fit_weak, update, x, labels, num_rounds):
    """Fit num_rounds weak classifiers one after the other; returns vote, which maps points [B, D] to -1 or 1 [B]."""
    ### BEGIN SOLUTION
    weights = x.new_full((len(x),), 1 / len(x))
    rounds = []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, classifier(x), labels)
        rounds.append((say, classifier))

    def vote(points):
        score = sum(say * classifier(points) for say, classifier in rounds)
        return (score >= 0).to(points.dtype) * 2 - 1

    return vote
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-boosting-boost", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("boosting.boost", boost)

# %% [markdown]
# ## Exercise 7: snapshots of one run (15 minutes, 9 points)
#
# One run of `num_cycles` × `cycle_steps` steps is to give `num_cycles` members. In each cycle the rate falls from `lr` along half a
# cosine, then it starts again; with $C$ = `cycle_steps`, step $t = 0, 1, 2, \dots$ of the run has the rate
#
# $$\alpha_t = \frac{\alpha}{2} \Big(1 + \cos \frac{\pi\, (t \bmod C)}{C}\Big).$$
#
# Write `snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr)`. It returns a list of state dicts.
#
# - `train_step()` takes no arguments and does one step: a minibatch, gradients and `optimizer.step()`. Call it once a step.
# - Before each step set the rate of *all* parameter groups of the optimizer, `group["lr"]`.
# - After the last step of each cycle take a snapshot: a copy of `model.state_dict()`, buffers included. The
#   network is not set back at a restart.
# - A snapshot must stay what it was while the model is trained on, also after your function has returned.
#
# <details><summary>Hint: what state_dict() returns</summary>
# A new dictionary, but of the <em>same</em> tensors: training changes them in place. <code>dict(…)</code>, <code>.copy()</code> and
# <code>.cpu()</code> of a tensor on the CPU copy no numbers either; <code>copy.deepcopy</code> does.
# </details>


# %% nbgrader={"grade": false, "grade_id": "averaging-snapshots", "locked": false, "schema_version": 3, "solution": true, "task": false}
def snapshot_ensemble(model, optimizer, train_step, num_cycles, cycle_steps, lr):
    """Train with a cyclic rate; returns the model's state dict at the end of each cycle, as a list."""
    ### BEGIN SOLUTION
    snapshots = []
    for _ in range(num_cycles):
        for step in range(cycle_steps):
            for group in optimizer.param_groups:
                group["lr"] = lr * (1 + math.cos(math.pi * step / cycle_steps)) / 2
            train_step()
        snapshots.append(copy.deepcopy(model.state_dict()))
    return snapshots
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-averaging-snapshots", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
check("averaging.snapshots", snapshot_ensemble)

# %% [markdown]
# ## Exercise 8: Polyak averaging (15 minutes, 10 points)
#
# Write `PolyakAverage(model, decay)`, a module that holds an averaged copy of a model that is being trained. After every
# step of the optimizer `update(model)` is called with the trained model:
#
# $$x_{\text{test}} \leftarrow d\, x_{\text{test}} + (1 - d)\, x, \qquad \text{starting at } x_{\text{test}} = x_0, \text{ for instance } d = 0.995$$
#
# - `self.average`: the averaged copy, a module of its own. It starts with the weights that `model` has when the
#   `PolyakAverage` is made, and shares no memory with it.
# - `update(model)` moves every *parameter* of the copy as in the formula; the share $d$ = `decay` in [0, 1] is the same at each
#   update. Every *buffer*, such as the running statistics of batch norm and their integer counter, is copied
#   from the model as it is now. The model itself is not changed.
# - `forward(x)` returns what the averaged copy answers.
# - An average that is saved with `state_dict()` and loaded again must go on where it stopped.
#
# Do not call `torch.optim.swa_utils` here; you may compare with it afterwards.
#
# <details><summary>Hint: changing parameters in place</summary>
# PyTorch refuses to change a parameter in place where gradients are recorded: do it under <code>torch.no_grad()</code>.
# <code>zip(self.average.parameters(), model.parameters())</code> gives the pairs, <code>buffers()</code> those of the buffers.
# </details>


# %% nbgrader={"grade": false, "grade_id": "averaging-polyak", "locked": false, "schema_version": 3, "solution": true, "task": false}
class PolyakAverage(nn.Module):
    """An exponential average of a model's weights, in self.average, with the model's latest buffers."""

    def __init__(self, model, decay=0.995):
        super().__init__()
        self.decay = decay
        ### BEGIN SOLUTION
        self.average = copy.deepcopy(model)
        ### END SOLUTION

    def update(self, model):
        ### BEGIN SOLUTION
        with torch.no_grad():
            for mean, latest in zip(self.average.parameters(), model.parameters(), strict=True):
                mean.lerp_(latest, 1 - self.decay)
            for mine, latest in zip(self.average.buffers(), model.buffers(), strict=True):
                mine.copy_(latest)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        return self.average(x)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-averaging-polyak", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("averaging.polyak", PolyakAverage)

# %% [markdown]
# ## Exercise 9: new statistics for batch norm (12 minutes, 7 points)
#
# The running statistics that exercise 8 copies describe the activations of the *trained* weights. The averaged weights
# have other activations, so before such a network is used its statistics are computed anew. Write
# `recompute_statistics(model, minibatches)`; it changes the model in place and returns nothing.
#
# - `model`: a network with `nn.BatchNorm1d` and `nn.BatchNorm2d` layers, some of them inside blocks, in training or in eval mode.
# - `minibatches`: a list of minibatches of pictures, tensors that the model takes; the last may be smaller.
# - Pass every batch through the model once, in training mode and in the given order, and give each layer's `running_mean` and
#   `running_var` the plain mean, over the batches, of what the layer measures on each batch. Each batch counts the same, and the old
#   statistics count nothing:
#
# $$\mu = \frac1S \sum_{s=1}^S \mu_s, \qquad \sigma^2 = \frac1S \sum_{s=1}^S \sigma_s^2.$$
#
# Here $\mu_s$ is the mean and $\sigma_s^2$ the *unbiased* variance on batch $s$ of $S$, the one that torch's layers store.
#
# - Afterwards everything else is as it was: weights, the mode (training or eval) and each layer's `momentum`.
#
# Do not call `torch.optim.swa_utils.update_bn`; you may compare with it afterwards.
#
# <details><summary>Hint: let the layers do it</summary>
# A layer whose <code>momentum</code> is <code>None</code> keeps the plain mean over all batches since
# <code>reset_running_stats()</code> was called. (<code>reset_parameters()</code> does more than that.)
# </details>


# %% nbgrader={"grade": false, "grade_id": "averaging-batchnorm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def recompute_statistics(model, minibatches):
    """Give a model's batch-norm layers the mean statistics of these minibatches, in place."""
    ### BEGIN SOLUTION
    was_training = model.training
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d)
    momentum = {layer: layer.momentum for layer in model.modules() if isinstance(layer, kinds)}
    for layer in momentum:
        layer.reset_running_stats()
        layer.momentum = None
    model.train()
    with torch.no_grad():
        for batch in minibatches:
            model(batch)
    model.train(was_training)
    for layer, old in momentum.items():
        layer.momentum = old
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-averaging-batchnorm", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check("averaging.batchnorm", recompute_statistics)

# %% [markdown]
# ## Exercise 10: how many members? (15 minutes, 8 points)
#
# 300 digits, a fifth of their labels wrong, and small networks that learn errors by heart, each its own. The next cells train 20
# networks on the same 300 pictures, 20 on *your* bootstrap samples of them, and one more network with *your* Polyak average
# beside it. Then they measure, on the 1,497 pictures that no network saw, what *your* average and *your* vote make of the first
# 1, 2, …, 20 members (each member comes first once; the lines are means). It takes a few seconds. Change the number
# of epochs or the width and run it again. Keep the picture that you discuss below: it is handed in with your answer.


# %% tags=["experiment"]
NUM_MEMBERS, NUM_EPOCHS, LR, BATCH_SIZE = 20, 40, 0.3, 20
device = choose_device()
data = load("digits", device=device)
train = corrupt_labels(data.train[:300], 0.2)
parts = (data.train[300:], data.val, data.test)
unseen = Split(torch.cat([s.images for s in parts]), torch.cat([s.labels for s in parts]))


def build(seed, width=16):
    set_seed(seed)
    layers = [nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(width, 10)).to(device)


def train_members(splits):
    models = [build(seed) for seed in range(NUM_MEMBERS)]
    settings = {"lr": LR, "num_epochs": NUM_EPOCHS, "batch_size": BATCH_SIZE}
    fit_population(models, splits, seed=range(NUM_MEMBERS), **settings)
    return models


# %% tags=["experiment"]
@torch.no_grad()
def logits_of(models, split):
    return torch.stack([model(split.images) for model in models])


def by_size(logits, combine):
    """Mean accuracy of ensembles of 1, 2, ..., M neighbouring members."""
    curve = []
    for size in range(1, len(logits) + 1):
        members = [logits.roll(-first, dims=0)[:size] for first in range(len(logits))]
        right = [(combine(chosen) == unseen.labels).float().mean() for chosen in members]
        curve.append(float(torch.stack(right).mean()))
    return curve


def train_with_average():
    model, order = build(0), torch.Generator().manual_seed(0)
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)
    average = PolyakAverage(model, decay=0.995)
    for _ in range(NUM_EPOCHS):
        for images, labels in batches(train, BATCH_SIZE, generator=order):
            optimizer.zero_grad()
            cross_entropy(model(images), labels).backward()
            optimizer.step()
            average.update(model)  # after the step, so that the newest weights are in it
    return [evaluate(network, unseen)[1] for network in (model, average)]


# %% tags=["experiment"]
def measure():
    set_seed(0)
    indices = bootstrap_indices(len(train), NUM_MEMBERS).to(device)
    same = train_members(train)
    bagged = train_members([train[row] for row in indices])
    on_same, on_bags = logits_of(same, unseen), logits_of(bagged, unseen)
    probs = torch.stack([own.softmax(dim=-1) for own in logits_of(bagged, train)])
    averaged, has_member = out_of_bag(probs, indices)
    out = averaged.argmax(dim=1)[has_member] == train.labels[has_member]
    curves = {
        "same pictures, averaged": by_size(on_same, lambda z: average_probabilities(z)[1]),
        "bootstrap, averaged": by_size(on_bags, lambda z: average_probabilities(z)[1]),
        "bootstrap, voting": by_size(on_bags, lambda z: majority_vote(z.argmax(dim=2), 10)[0]),
    }
    return curves, train_with_average(), float(out.float().mean())


def draw(curves, one_run):
    figure = Figure(figsize=(7.5, 4), layout="constrained")
    axes = figure.subplots()
    for color, (name, curve) in zip(COLORS, curves.items(), strict=False):
        axes.plot(range(1, len(curve) + 1), curve, color=color, marker=".", label=name)
    names = ("one run, last weights", "one run, Polyak average")
    for style, name, accuracy in zip((":", "--"), names, one_run, strict=True):
        axes.axhline(accuracy, color="0.4", linestyle=style, label=name)
    title = "Accuracy against the size of the ensemble"
    label_axes(axes, title=title, xlabel="members", ylabel="accuracy on unseen pictures")
    axes.set_xticks([1, 5, 10, 15, 20])
    axes.legend(fontsize="small")
    return figure


# %% tags=["experiment"]
try:
    curves, one_run, out_of_bag_accuracy = measure()
    listed = "; ".join(
        f"{name} {curve[0]:.1%} to {curve[-1]:.1%}" for name, curve in curves.items()
    )
    alt = f"Accuracy from 1 to {NUM_MEMBERS} members: {listed}. Polyak average {one_run[1]:.1%}."
    show(draw(curves, one_run), alt=alt)
    for name, curve in curves.items():
        values = ", ".join(f"{size}: {curve[size - 1]:.1%}" for size in (1, 2, 5, 10, 20))
        print(f"{name:24} {values}")
    print(f"one run: last weights {one_run[0]:.1%}, Polyak average {one_run[1]:.1%}")
    print(f"out of bag, on the given labels: {out_of_bag_accuracy:.1%}")
except NotImplementedError:
    print("Write exercises 1 to 4 and 8 first, then run this cell again.")

# %% [markdown]
# **Written question (8 points).** From your picture: what does one network reach, what do 20 together, and how much of that gain
# do five have? One bagged network is worse than one that saw all pictures, yet 20 bagged ones catch up: explain both. What
# does the Polyak average reach, and what do it and the ensemble cost at training and at test time? The out-of-bag
# accuracy is measured on the *given* labels: what would a model score there that reads every digit right, and what does
# that say about the number you got? Five to eight sentences; name the numbers you read off.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-size", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# A full answer (8 points):
#
# - reads off one network (about 79 %), 20 together (about 87 %), and that five have most of the gain (about 85 %, four
#   fifths of it) (2 points);
# - a bagged network never saw about 37 % of the pictures, hence its 71 %; but for that reason bagged networks disagree more, and
#   disagreement is what averaging removes, so 20 of them reach about 87 % too (2 points);
# - the Polyak average reaches about 85 %, against 81 % of the same run's last weights and as much as three or four averaged
#   members. It costs one run, one more copy of the weights, and one network at test time; the ensemble costs 20 runs and 20
#   networks (2 points);
# - a fifth of the given labels is wrong, so reading every digit right scores about 80 % on them. The out-of-bag accuracy of
#   about 70 % is therefore close to what can be had, 70 / 80 or about 87 % of it, and agrees with what the unseen pictures
#   say. (Only about 37 % of the members answer for each picture, so it is a little low.) (2 points).

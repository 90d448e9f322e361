# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 6: Choosing hyperparameters
#
# In this assignment you build a search for hyperparameters from its parts: an honest choice, a grid, random trials,
# the next range. You write the first steps that bring a new network to life, the tools that read its curves, and then
# let grid and random search race on the digits.
#
# | exercise | minutes | points |
# | --- | --- | --- |
# | 1 How optimistic is a choice? | 8 | 8 |
# | 2 A grid | 8 | 6 |
# | 3 Random trials | 10 | 9 |
# | 4 The next ranges | 12 | 10 |
# | 5 Step 1: the initial loss | 6 | 6 |
# | 6 Step 2: a few images by heart | 12 | 9 |
# | 7 Step 3: a rate that makes the loss fall | 8 | 8 |
# | 8 Step 4: a coarse grid | 10 | 10 |
# | 9 A moving average | 6 | 5 |
# | 10 What a curve shows | 16 | 10 |
# | 11 Update-to-weight ratio | 8 | 8 |
# | 12 Experiment and written question | 16 | 11 |
#
# **You need** Lecture 6, sections 1 and 3 to 7, and a training loop in PyTorch. **You will be able to** choose without
# flattering yourself, search on a logarithmic scale and see where to search next, find out in minutes whether a network
# trains at all, and name what a learning curve shows.
#
# **How it is checked.** Under each exercise stands a line `check(…)`. Run it as often as you like: it tells you at once
# which parts are right and, where one is not, what was measured, what was expected and which mistake it looks like.
# The grade comes from the same checks on other inputs. The order in which you draw random numbers is free, and so is
# the way you write your code: any right answer is right. Where a number is asked for, a Python number and a tensor with
# one entry are both fine. Before you hand in, press **Validate** at the top: it runs the whole notebook and names every
# check that is not fully right yet; the check's own line says why.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import copy
import itertools
import math

import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F

from autograder import check
from utils.data import load
from utils.plots import COLORS, label_axes, show
from utils.populations import fit_population
from utils.training import choose_device, evaluate, set_seed

torch.set_num_threads(1)  # the networks here are small: more threads would only wait for each other

# %% [markdown]
# ## Exercise 1: how optimistic is a choice? (8 minutes, 8 points)
#
# Several searches were made, each with several runs, and of every run both the validation and the test accuracy were
# written down. Write `compare_choices(val_accuracy, test_accuracy)`. It returns three numbers `(looks, honest,
# flattered)`, each a mean over the searches:
#
# - `looks`: the validation accuracy of the run that is best on validation;
# - `honest`: the *test* accuracy of that same run: what may be reported;
# - `flattered`: the test accuracy of the run that is best on test: what somebody reports who chooses on the test images.
#
# Both arguments are tensors `[num_searches, num_runs]`, `float32` or `float64`: a row for each search. Each search
# chooses a run of its own. No two runs of a search are equally good. Do not change the arguments in place.
#
# <details><summary>Hint: a different column in each row</summary>
# <code>argmax(dim=1)</code> gives one column for each row. <code>torch.gather</code>, or indexing with two lists of
# equal length, rows and columns, takes one entry out of each row.
# </details>


# %% nbgrader={"grade": false, "grade_id": "searching-compare_choices", "locked": false, "schema_version": 3, "solution": true, "task": false}
def compare_choices(val_accuracy, test_accuracy):
    """Mean over searches of (looks, honest, flattered)."""
    ### BEGIN SOLUTION
    chosen = val_accuracy.argmax(dim=1, keepdim=True)
    looks = val_accuracy.amax(dim=1).mean()
    honest = test_accuracy.gather(1, chosen).mean()
    return looks.item(), honest.item(), test_accuracy.amax(dim=1).mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-searching-compare_choices", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("searching.compare_choices", compare_choices)

# %% [markdown]
# ## Exercise 2: a grid (8 minutes, 6 points)
#
# Rates and weight decays act by factors, so their values are spaced evenly in the *logarithm*: each is the same multiple
# of the one before. Write `log_grid(ranges, num_values)`. It returns a list of trials: one dict for each combination,
# such as `{"lr": 0.01, "weight_decay": 1e-4}`.
#
# - `ranges`: a dict, for each name a pair `(low, high)` with 0 < low < high.
# - `num_values`: a dict, for each name how many values it gets, from `low` to `high`, both included. One value alone is
#   `low`.
#
# For $n$ values the $k$-th, counted from 0, is
#
# $$v_k = \text{low} \cdot \left(\frac{\text{high}}{\text{low}}\right)^{k / (n - 1)}.$$
#
# Any number of names must work. The order of the trials is free. Write it without scikit-learn's `ParameterGrid`.
#
# <details><summary>Hint: all combinations</summary>
# <code>itertools.product(*lists)</code> runs through all combinations of one entry from each list; <code>zip</code>
# puts names and values together.
# </details>


# %% nbgrader={"grade": false, "grade_id": "searching-log_grid", "locked": false, "schema_version": 3, "solution": true, "task": false}
def log_grid(ranges, num_values):
    """All combinations of log-linear values: a list of dicts."""
    ### BEGIN SOLUTION
    columns = []
    for name, (low, high) in ranges.items():
        steps = max(num_values[name] - 1, 1)
        columns.append([low * (high / low) ** (k / steps) for k in range(num_values[name])])
    return [dict(zip(ranges, row, strict=True)) for row in itertools.product(*columns)]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-searching-log_grid", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("searching.log_grid", log_grid)

# %% [markdown]
# ## Exercise 3: random trials (10 minutes, 9 points)
#
# Write `sample_log_uniform(ranges, num_trials)`. It returns a list of `num_trials` dicts, each with a value for each
# name in `ranges`. The *exponent* is uniform between those of the ends of the range,
#
# $$\text{value} = 10^{u}, \qquad u \sim \mathcal{U}(\log_{10} \text{low},\ \log_{10} \text{high}),$$
#
# so between 0.001 and 1 each power of ten gets a third of the trials. Every name, every trial and every call draws on
# its own. Any generator will do: torch's, NumPy's or Python's. Do not set a seed inside.
#
# <details><summary>Hint: which base?</summary>
# Any, as long as it is one: logarithm and power must belong together. <code>math.log</code> is the natural one,
# <code>math.log10</code> has base 10.
# </details>


# %% nbgrader={"grade": false, "grade_id": "searching-log_uniform", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sample_log_uniform(ranges, num_trials):
    """Random trials with log-uniform values: a list of dicts."""
    ### BEGIN SOLUTION
    low, high = torch.tensor(list(ranges.values()), dtype=torch.float64).log().T
    places = torch.rand(num_trials, len(ranges), dtype=torch.float64)
    values = (low + places * (high - low)).exp()
    return [dict(zip(ranges, row, strict=True)) for row in values.tolist()]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-searching-log_uniform", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
check("searching.log_uniform", sample_log_uniform)

# %% [markdown]
# ## Exercise 4: the next ranges (12 minutes, 10 points)
#
# A stage of the search is over, and its table tells where to search next. Write `next_ranges(ranges, trials, accuracy)`.
# It returns a dict with a new pair `(low, high)` for each name in `ranges`.
#
# - `ranges`: the ranges that were searched, as in exercise 3; `trials`: a list of dicts; `accuracy`: a list of floats, the
#   validation accuracy of each trial. A trial that diverged has accuracy `nan`, and is never the best. No two others are
#   equally good.
#
# The rule, for each name on its own: let $v$ be the value of the **best trial**, and
#
# $$q = \frac{\log v - \log \text{low}}{\log \text{high} - \log \text{low}}$$
#
# its place in the range, 0 at the lower end and 1 at the upper.
#
# - $q < \frac14$ or $q > \frac34$: the best lies near an end. What is beyond may be better still, so the new range is **as
#   wide as the old one**, with $v$ in its middle. It reaches beyond the old end.
# - Otherwise the best lies well inside, and the new range is **half as wide**, with $v$ in its middle.
#
# Width and middle are meant in the logarithm: a range of the width $w$ in powers of ten with $v$ in its middle runs
# from $v \cdot 10^{-w/2}$ to $v \cdot 10^{w/2}$.
#
# <details><summary>Hint: NaN</summary>
# Every comparison with NaN is false, so <code>max</code> keeps a NaN that comes first, and <code>argmax</code> chooses
# it wherever it stands. Leave those trials out before you look for the best.
# </details>


# %% nbgrader={"grade": false, "grade_id": "searching-next_ranges", "locked": false, "schema_version": 3, "solution": true, "task": false}
def next_ranges(ranges, trials, accuracy):
    """Ranges of the next stage: around the best trial, half as wide unless it lies near an end."""
    ### BEGIN SOLUTION
    finished = [k for k in range(len(trials)) if not math.isnan(accuracy[k])]
    best = trials[max(finished, key=lambda k: accuracy[k])]
    found = {}
    for name, (low, high) in ranges.items():
        width = math.log(high / low)
        place = math.log(best[name] / low) / width
        reach = math.exp(width / 4 if 0.25 <= place <= 0.75 else width / 2)
        found[name] = (best[name] / reach, best[name] * reach)
    return found
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-searching-next_ranges", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("searching.next_ranges", next_ranges)

# %% [markdown]
# ## Exercise 5: step 1, the initial loss (6 minutes, 6 points)
#
# Write `initial_loss(model, images, labels, num_classes)`. It returns `(loss, expected)`: the mean cross-entropy of the
# model on these images, and what it should be for a network that gives each of `num_classes` classes the same
# probability.
#
# - **Regularization is off** in this step: no penalty, and no dropout. Measure in eval mode.
# - Afterwards the model is as it was: weights, buffers, and the mode, training or eval, in which it came.
# - `images` `[N, C, H, W]`, `labels` `[N]`; some class may be missing among them.
#
# <details><summary>Hint: the mode</summary>
# <code>model.training</code> says in which mode it is, <code>model.train(True)</code> and
# <code>model.train(False)</code> set it.
# </details>


# %% nbgrader={"grade": false, "grade_id": "first_steps-initial_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def initial_loss(model, images, labels, num_classes):
    """(loss, expected) before the first step, regularization off."""
    ### BEGIN SOLUTION
    was_training = model.training
    with torch.no_grad():
        measured = F.cross_entropy(model.eval()(images), labels)
    model.train(was_training)
    return measured.item(), math.log(num_classes)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-first_steps-initial_loss", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("first_steps.initial_loss", initial_loss)

# %% [markdown]
# ## Exercise 6: step 2, a few images by heart (12 minutes, 9 points)
#
# Write `learn_by_heart(model, images, labels, lr, max_steps, num_images=20)`. It trains the model, in place, on the
# **first** `num_images` images until it gets all of them right, and returns `(num_steps, loss)`: how many steps were
# made, and the mean cross-entropy on these images at the end.
#
# - A step is one of plain SGD with rate `lr`, on all `num_images` images at once: no momentum, no weight decay.
# - **Regularization is off**: dropout, too. `eval()` turns it off, and gradients flow in eval mode as in training.
# - Look before each step: if all are right, stop. If `max_steps` steps are made, stop, right or wrong. A model that has all
#   images right from the start makes 0 steps.
# - The loss is that of the weights with which the model ends.
#
# <details><summary>Hint: one more look than steps</summary>
# With <code>max_steps</code> steps there are up to <code>max_steps + 1</code> looks: one before each step, and one after
# the last. A loop over <code>range(max_steps + 1)</code> that looks, may return, and then makes a step does it all.
# </details>


# %% nbgrader={"grade": false, "grade_id": "first_steps-by_heart", "locked": false, "schema_version": 3, "solution": true, "task": false}
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    """Train until all of the first num_images are right. Returns (num_steps, loss)."""
    ### BEGIN SOLUTION
    model.eval()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        error = F.cross_entropy(logits, targets)
        if num_steps == max_steps or torch.equal(logits.argmax(1), targets):
            return num_steps, error.item()
        sgd.zero_grad()
        error.backward()
        sgd.step()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-first_steps-by_heart", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
check("first_steps.by_heart", learn_by_heart)

# %% [markdown]
# ## Exercise 7: step 3, a rate that makes the loss fall (8 minutes, 8 points)
#
# From here on regularization may be on, and you need not write the loop again:


# %%
def descend(model, images, labels, lr, weight_decay, num_steps):
    """Train a model in place: num_steps steps of SGD, each on all images, in training mode."""
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, weight_decay=weight_decay)
    for _ in range(num_steps):
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()


# %% [markdown]
# Write `find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100)`. It tries every rate of the list `lrs` and
# returns `(lr, drops)`: the rate with the largest drop of the loss, and the list of all drops, in the order of `lrs`.
#
# - `make_model()` returns a fresh model, each time with the same initial weights. Every rate starts from one.
# - A drop is the cross-entropy on all images before the first step **minus** that after the last; the penalty of the
#   weight decay is no part of either.
# - Where the loss after the last step is infinite or NaN, the drop is `-math.inf`. Such a rate never wins.
#
# The models of the check have no dropout and no batch normalization.
#
# <details><summary>Hint: NaN again</summary>
# <code>math.isfinite</code> is false for NaN, for inf and for -inf.
# </details>


# %% nbgrader={"grade": false, "grade_id": "first_steps-find_lr", "locked": false, "schema_version": 3, "solution": true, "task": false}
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    """The rate with the largest drop of the loss, and all drops."""
    ### BEGIN SOLUTION
    drops = []
    for lr in lrs:
        model = make_model()
        before = F.cross_entropy(model(images), labels).item()
        descend(model, images, labels, lr, weight_decay, num_steps)
        after = F.cross_entropy(model(images), labels).item()
        drops.append(before - after if math.isfinite(after) else -math.inf)
    return lrs[drops.index(max(drops))], drops
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-first_steps-find_lr", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("first_steps.find_lr", find_lr)

# %% [markdown]
# ## Exercise 8: step 4, a coarse grid (10 minutes, 10 points)
#
# Write `coarse_grid(make_model, data, lrs, weight_decays, num_steps)`. It trains a fresh model for every combination of a
# rate and a weight decay and returns `(lr, weight_decay, losses)`: the chosen combination, and a table of
# **validation** losses as nested lists or a tensor, `losses[i][j]` for `lrs[i]` and `weight_decays[j]`.
#
# - `data.train`, `data.val` and `data.test` have `images` and `labels`. Train on the first with `descend`. Which of the
#   others may decide? The test images are for the very end.
# - The combination with the lowest validation loss is chosen. Validation is in eval mode; `evaluate(model, split)`
#   from `utils.training` returns `(loss, accuracy)` and takes care of that.
# - A loss that is infinite or NaN stands in the table as `math.inf` and never wins.
#
# Usual weight decays for this step are 1e-4, 1e-5 and 0, on all images and for one to five epochs. The checks train for a
# few steps only, so they use stronger ones, whose effect one can see.


# %% nbgrader={"grade": false, "grade_id": "first_steps-coarse_grid", "locked": false, "schema_version": 3, "solution": true, "task": false}
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    """The best combination on validation, and the table of validation losses."""
    ### BEGIN SOLUTION
    losses, scores = [], {}
    for lr in lrs:
        losses.append([])
        for weight_decay in weight_decays:
            model = make_model()
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            score = evaluate(model, data.val)[0]
            losses[-1].append(score if math.isfinite(score) else math.inf)
            scores[lr, weight_decay] = losses[-1][-1]
    return *min(scores, key=scores.get), losses
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-first_steps-coarse_grid", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("first_steps.coarse_grid", coarse_grid)

# %% [markdown]
# ## Exercise 9: a moving average (6 minutes, 5 points)
#
# Write `moving_average(values, window)`. It returns a new tensor of the length and dtype of `values`. At step $t$ stands
# the mean of the last `window` values, the one of step $t$ included. At the beginning, where fewer exist, it is the mean
# of **those that exist so far**, so there is neither a gap nor a NaN:
#
# $$m_t = \frac{1}{t - s + 1} \sum_{i=s}^{t} L_i, \qquad s = \max(0,\ t - \text{window} + 1), \quad t = 0, 1, 2, \dots$$
#
# - `values`: tensor `[N]`, `float32` or `float64`, N at least 1. Do not change it in place. `window`: an int, at least 1;
#   it may be larger than N.


# %% nbgrader={"grade": false, "grade_id": "curves-moving_average", "locked": false, "schema_version": 3, "solution": true, "task": false}
def moving_average(values, window):
    """Mean of the last `window` values at each step, of fewer at the beginning."""
    ### BEGIN SOLUTION
    ends = range(1, len(values) + 1)
    return torch.stack([values[max(0, end - window) : end].mean() for end in ends])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-curves-moving_average", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check("curves.moving_average", moving_average)

# %% [markdown]
# ## Exercise 10: what a curve shows (16 minutes, 10 points)
#
# Rules make a poor doctor, but writing them down shows what the eye looks for. Write
# `name_curve(train_loss, train_accuracy, val_accuracy, lr)`. It returns one of the names below, a string. All arguments
# are tensors `[E]`, one entry an epoch, with E at least 28; `lr` is the rate that each epoch used.
#
# **Words.** $n$ = `E // 4` epochs are a quarter. The **end** value of a curve is its mean over the last $n$ epochs, the
# **earlier** value its mean over the $n$ epochs before those. The rate is **cut** at the first epoch $c$ at which it is
# less than half of that of epoch $c - 1$; some runs have no cut.
#
# The rules, in this order; the first that applies gives the name.
#
# | name | rule |
# | --- | --- |
# | `"slow start"` | `train_loss` at epoch $n$ (the first is epoch 0) is above 0.9 × `train_loss` at epoch 0, **and** its end value is below 0.5 × `train_loss` at epoch 0 |
# | `"decayed too early"` | there is a cut; the loss was falling before: `train_loss` at epoch $c-1$ is below 0.9 × that at epoch $c-3$; **and** stands still after: its end value is above 0.9 × that at epoch $c$ |
# | `"plateau"` | there is no cut; the loss stands still: its end value is above 0.95 × its earlier value; **and** jumps: its standard deviation over the last $n$ epochs is above 0.1 × its end value |
# | `"overfit"` | the end value of `train_accuracy` is more than 0.1 above that of `val_accuracy` |
# | `"keep training"` | the end value is more than 0.02 above the earlier value for `train_accuracy` **and** for `val_accuracy` |
# | `"underfit"` | the end value of `train_accuracy` is below 0.9 |
# | `"fine"` | none of the above |
#
# No curve of the checks lies exactly on a threshold, but some are close calls: count the epochs with care. Whether the
# standard deviation divides by $n$ or by $n - 1$ makes no difference. The first cut comes at epoch 3 or later.
#
# <details><summary>Hint: take it apart</summary>
# Two small functions, one for the end value and one for the earlier value of a curve, make each rule a line.
# </details>


# %% nbgrader={"grade": false, "grade_id": "diagnosis-name_curve", "locked": false, "schema_version": 3, "solution": true, "task": false}
def name_curve(train_loss, train_accuracy, val_accuracy, lr):
    """What the curves of a run show, as one of seven names."""
    ### BEGIN SOLUTION
    n = len(train_loss) // 4
    cuts = [c for c in range(1, len(lr)) if lr[c] < 0.5 * lr[c - 1]]
    (loss, train, val), (earlier_loss, earlier_train, earlier_val) = (
        [curve[part].mean() for curve in (train_loss, train_accuracy, val_accuracy)]
        for part in (slice(-n, None), slice(-2 * n, -n))
    )
    if train_loss[n] > 0.9 * train_loss[0] and loss < 0.5 * train_loss[0]:
        return "slow start"
    if cuts:
        c = cuts[0]
        if train_loss[c - 1] < 0.9 * train_loss[c - 3] and loss > 0.9 * train_loss[c]:
            return "decayed too early"
    elif loss > 0.95 * earlier_loss and train_loss[-n:].std() > 0.1 * loss:
        return "plateau"
    if train - val > 0.1:
        return "overfit"
    if train - earlier_train > 0.02 and val - earlier_val > 0.02:
        return "keep training"
    return "underfit" if train < 0.9 else "fine"
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-diagnosis-name_curve", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("diagnosis.name_curve", name_curve)

# %% [markdown]
# ## Exercise 11: update-to-weight ratio (8 minutes, 8 points)
#
# How far does a step move the weights, compared with how large they are? Write
# `update_ratios(model, optimizer, images, labels)`. It makes **one step** of the optimizer on the mean cross-entropy of
# this batch and returns a dict: for each name of `model.named_parameters()` the ratio
#
# $$r = \frac{\lVert W_{\text{after}} - W_{\text{before}} \rVert}{\lVert W_{\text{before}} \rVert}$$
#
# with the Euclidean norm over all entries of the parameter.
#
# - `optimizer` was made for this model; it may be of any kind and may have a past. So measure the weights after minus
#   before, and do not compute the update from rate and gradient. Gradients of an earlier step may still be there.
# - A frozen parameter does not move: its ratio is 0.
# - A parameter that is **all zero before** the step has no ratio: leave its name out.
#
# <details><summary>Hint: two snapshots that do not share memory</summary>
# An optimizer changes the weights in place. <code>p.detach()</code> and <code>p.data</code> look at the same memory,
# and so does a <code>state_dict()</code>; <code>p.detach().clone()</code> is a copy.
# </details>


# %% nbgrader={"grade": false, "grade_id": "curves-update_ratios", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_ratios(model, optimizer, images, labels):
    """One step of the optimizer; the update-to-weight ratio of each parameter that is not zero."""
    ### BEGIN SOLUTION
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    ratios = {}
    for name, p in model.named_parameters():
        size = before[name].norm()
        if size > 0:
            ratios[name] = ((p.detach() - before[name]).norm() / size).item()
    return ratios
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-curves-update_ratios", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("curves.update_ratios", update_ratios)

# %% [markdown]
# ## Exercise 12: the race (16 minutes, 11 points)
#
# Two knobs, rate and weight decay, and a budget of 16 trials of five epochs on the digits. *Your* grid makes 4 × 4
# trials; *your* random search draws 16, and since its result is a matter of luck, it may do so ten times. Nobody knows
# where the good rates lie, so the range of rates, always five powers of ten, ends at five different places. That makes
# 880 networks; they are trained as populations in some seconds. On the right, each dot is one random search.


# %% tags=["experiment"]
def train_all(trials, num_epochs=5):
    """Validation and test accuracy of each trial, from one start: two tensors [num_trials]."""
    set_seed(0)
    layers = [nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)]
    models = [copy.deepcopy(nn.Sequential(*layers).to(device)) for _ in trials]
    settings = {name: [trial[name] for trial in trials] for name in trials[0]}
    options = {"momentum": 0.9, "num_epochs": num_epochs, "progress": False}
    runs = fit_population(models, data.train, data.val, **settings, **options)
    test_accuracy = [evaluate(model, data.test)[1] for model in models]
    return torch.tensor([run.val_accuracy[-1] for run in runs]), torch.tensor(test_accuracy)


# %% tags=["experiment"]
def race(highest, num_searches=10):
    """The grid and the random trials below a highest rate, with their accuracies [1 + searches, 16]."""
    ranges = {"lr": (highest / 1e5, highest), "weight_decay": (1e-5, 1.0)}
    grid = log_grid(ranges, {"lr": 4, "weight_decay": 4})
    set_seed(1)
    trials = grid + sample_log_uniform(ranges, 16 * num_searches)
    return trials, *(accuracy.view(-1, 16) for accuracy in train_all(trials))


# %% tags=["experiment"]
def draw_race(races):
    """Left the trials of the middle range, grid and first random search; right the best of each search."""
    figure = Figure(figsize=(11, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    highest = list(races)[len(races) // 2]
    trials, val, _ = races[highest]
    for start, marker, name in ((0, "s", "grid"), (16, "o", "random")):
        chosen = trials[start : start + 16]
        lr, decay = ([trial[key] for trial in chosen] for key in ("lr", "weight_decay"))
        colors = {"c": val[start // 16], "cmap": "cividis", "vmin": 0, "vmax": 1}
        points = left.scatter(lr, decay, marker=marker, s=60, label=name, **colors)
    left.set(xscale="log", yscale="log", ylim=(2e-7, 3))
    figure.colorbar(points, ax=left, label="validation accuracy")
    label_axes(
        left, title="Two searches, 16 trials each", xlabel="learning rate", ylabel="weight decay"
    )
    left.legend(loc="lower left", fontsize="small")
    best = torch.stack([val.amax(1) for _, val, _ in races.values()])  # [range, grid and searches]
    right.semilogx(list(races), best[:, 0], "s-", color=COLORS[1], label="grid")
    right.semilogx(list(races), best[:, 1:].mean(1), color=COLORS[0], label="random, mean")
    right.plot(list(races), best[:, 1:], "o", color=COLORS[0], alpha=0.4, markersize=4)
    label_axes(
        right,
        title="Best of 16 trials",
        xlabel="highest rate of the range",
        ylabel="validation accuracy",
    )
    right.legend(fontsize="small")
    return figure


# %% tags=["experiment"]
try:
    device = choose_device()
    data = load("digits", device=device)
    races = {highest: race(highest) for highest in (0.1, 0.3, 1.0, 3.0, 10.0)}
    lines = [
        f"rates up to {highest:4}: grid {val[0].max():.1%}, random {val[1:].amax(1).mean():.1%} on average "
        f"({val[1:].amax(1).min():.1%} to {val[1:].amax(1).max():.1%})"
        for highest, (_, val, _) in races.items()
    ]
    show(draw_race(races), alt=f"Best validation accuracy by search. {'; '.join(lines)}.")
    print("\n".join(lines))
except NotImplementedError:
    print("Write exercises 2 and 3 first, then run this cell again.")

# %% [markdown]
# What may be reported of these fifty random searches? And where does the first of those with rates up to 0.1 say to
# search next?

# %% tags=["experiment"]
try:
    random = [torch.cat([table[k][1:] for table in races.values()]) for k in (1, 2)]
    looks, honest, flattered = compare_choices(*random)
    print(
        f"chosen on validation: looks {looks:.1%}, test {honest:.1%}; chosen on test: {flattered:.1%}"
    )
    trials, val, _ = races[0.1]
    ranges, first = {"lr": (1e-6, 0.1), "weight_decay": (1e-5, 1.0)}, trials[16:32]
    found = next_ranges(ranges, first, val[1].tolist())
    best = first[int(val[1].argmax())]
    for name, (low, high) in found.items():
        print(f"{name}: best {best[name]:.2g}; {ranges[name]} becomes ({low:.2g}, {high:.2g})")
    set_seed(2)
    second, _ = train_all(sample_log_uniform(found, 16))
    for name, accuracy in (("first", val[1]), ("second", second)):
        print(f"{name} stage: best {accuracy.max():.1%}, median {accuracy.median():.1%}")
except (NotImplementedError, NameError):
    print("Write exercises 1 to 4 first, then run the cells above and this one again.")

# %% [markdown]
# **Written question (11 points).** From your picture and the printed lines: (a) How many different rates does the grid
# try with its 16 trials, how many does random search, and along which axis does the accuracy change more? (b) By how
# much does the best of the grid change as its range moves, by how much does the mean of the random searches, and where
# was the grid ahead? Explain both with (a). (c) What did `next_ranges` do with the two ranges, and why? Was the second
# stage better? (d) Which of the three accuracies of the fifty searches would you report, and what is wrong with the
# other two? Six to ten sentences; name the numbers you read off.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-race", "locked": false, "points": 11, "schema_version": 3, "solution": true, "task": false}
# A full answer (11 points); the numbers may differ, since every student's random trials do:
#
# - (a) the grid tries 4 different rates, random search 16; the colour changes along the rate, and hardly along the
#   weight decay until that is very strong (3 points);
# - (b) the best of the grid moves between about 88 % and 95.5 %, depending on whether one of its four rates falls on the
#   hill of good rates; it was ahead with rates up to 0.1 and 0.3, where it has a trial at or near the upper end, on
#   which the good rates lie. The mean of the random searches stays near 95 % wherever the hill lies well inside the
#   range, and falls to about 89 % at 0.1, where only the uppermost part of the range is good and some searches miss it.
#   Single random searches are a matter of luck (3 points);
# - (c) both best values lay in an outer quarter of their range, so both ranges keep their width and move: rates up to
#   5.3 instead of 0.1, and smaller weight decays. The second stage was far better (best 83 % to 96 %, median 9 % to
#   43 %), since most of its rates are useful. A first search that was lucky may show less (3 points);
# - (d) the test accuracy of the runs chosen on validation, about 92.9 %. The validation accuracy of the chosen run,
#   93.5 %, is the best of 16 on the images that chose it. The third, 93.2 %, is chosen on the test images and so flatters
#   itself; that the differences are small comes from few good trials among 16 and 360 images in each set (2 points).

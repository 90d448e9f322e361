# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 3: Regularization
#
# What keeps a network from learning what it should not? You choose a model by validation, write the penalties on the
# weights and their gradients, dropout in all its forms, and the other kinds of noise: in weights, pooling, depth and
# labels. At the end you measure what *your* dropout does to a network that has too few pictures to learn from.
#
# | exercise | minutes | points |
# | --- | --- | --- |
# | 1 A degree chosen by validation | 9 | 6 |
# | 2 The L2 penalty | 5 | 4 |
# | 3 L1 and the elastic net | 6 | 4 |
# | 4 Max norm, a projection | 6 | 4 |
# | 5 Vanilla dropout, forward | 8 | 10 |
# | 6 Vanilla dropout, backward | 4 | 5 |
# | 7 Inverted dropout, forward | 5 | 10 |
# | 8 Inverted dropout, backward | 3 | 5 |
# | 9 A `Dropout` module | 9 | 12 |
# | 10 Averaging a noisy network | 12 | 6 |
# | 11 DropConnect | 9 | 7 |
# | 12 Survival probabilities | 3 | 2 |
# | 13 A residual block with stochastic depth | 7 | 6 |
# | 14 Label smoothing | 6 | 4 |
# | 15 Fractional max pooling | 15 | 7 |
# | 16 Experiment and written question | 13 | 8 |
#
# **You need** Lecture 3, sections 1 and 3 to 10, and PyTorch tensors. **You will be able to** choose a model without
# looking at the test set, regularize by penalty, projection and noise, implement layers that behave differently in
# training and at test time, derive their gradients, and tell from learning curves whether a regularizer works.
#
# **How it is checked.** Under each exercise stands a line `check(…)`. Run it as often as you like: it tells you at once
# which parts are right and, where one is not, what was measured, what was expected and which mistake it looks like.
# The grade comes from the same checks on other inputs. The order in which you draw random numbers is free, and so is
# the way you write your code: any right answer is right. Before you hand in, press **Validate** at the top: it runs the
# whole notebook and names every check that is not fully right yet; the check's own line says why.
#
# No function changes its arguments in place; results have the dtype and lie on the device of the tensors that come in.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR

from autograder import check
from utils.data import corrupt_labels, load
from utils.plots import learning_curves, show
from utils.training import choose_device, fit, set_seed

torch.set_num_threads(1)  # the networks here are small: more threads would only wait for each other

# %% [markdown]
# ## Exercise 1: a degree chosen by validation (9 minutes, 6 points)
#
# Polynomials of degree 0, 1, 2 … are fitted to the same training points. The higher the degree, the smaller the
# training error: it cannot tell which degree is right. Points that took no part in the fitting can.
#
# The next cell gives you the fit and the error. Write `choose_degree(train, val, test, max_degree)`. It fits one
# polynomial of each degree from 0 to `max_degree` (included) to the training points and returns three things:
#
# - `degree`: the degree, an `int`, whose polynomial has the smallest mean squared error on the **validation** points;
# - `val_errors`: the validation errors of all degrees, a tensor of `max_degree + 1` numbers, degree 0 first;
# - `test_error`: the mean squared error of the chosen polynomial on the test points. Nothing may be chosen by them.
#
# `train`, `val` and `test` are pairs `(x, y)` of tensors of the same length.
#
# <details><summary>Hint: one error for each degree</summary>
# Collect the errors in a list, make one tensor of it with <code>torch.stack</code>, and ask it for its
# <code>argmin()</code>. Keep the fits too, or fit the chosen one again.
# </details>


# %% nbgrader={"grade": false, "grade_id": "polynomials", "locked": true, "schema_version": 3, "solution": false, "task": false}
def fit_polynomial(x, y, degree):
    """Coefficients [degree + 1] of the least-squares polynomial through the points, the constant first."""
    powers = torch.stack([x**k for k in range(degree + 1)], dim=1)
    return torch.linalg.lstsq(powers, y[:, None]).solution[:, 0]


def squared_error(coefficients, x, y):
    """Mean squared error of a polynomial at these points."""
    values = sum(c * x**k for k, c in enumerate(coefficients))
    return ((values - y) ** 2).mean()


# %% nbgrader={"grade": false, "grade_id": "validation-choose_degree", "locked": false, "schema_version": 3, "solution": true, "task": false}
def choose_degree(train, val, test, max_degree):
    """The degree with the smallest validation error, all validation errors, and the chosen one's test error."""
    ### BEGIN SOLUTION
    fits = [fit_polynomial(*train, degree) for degree in range(max_degree + 1)]
    val_errors = torch.stack([squared_error(fit, *val) for fit in fits])
    best = int(val_errors.argmin())
    return best, val_errors, squared_error(fits[best], *test)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-validation-choose_degree", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("validation.choose_degree", choose_degree)

# %% [markdown]
# ## Exercise 2: the L2 penalty (5 minutes, 4 points)
#
# Write `l2_penalty(weight, bias, strength)` for one layer. It returns `(penalty, grad_weight, grad_bias)`: what is added
# to the loss, and what is added to the gradients of the weight and of the bias. With strength $\lambda$,
#
# $$\lambda R(W) = \lambda \sum_k W_k^2.$$
#
# This is the form without one half. Biases are not penalized, as usual: they bend nothing, they only shift.
#
# - `weight`, `bias`: tensors of any shape; `strength`: a Python float.
# - `penalty`: a tensor with one number; the gradients have the shapes of `weight` and `bias`.
# - Write the gradients down yourself; autograd may check you afterwards.
#
# <details><summary>Hint: the bias</summary>
# How much does the penalty change when the bias changes? Its gradient is a tensor all the same.
# </details>


# %% nbgrader={"grade": false, "grade_id": "penalties-l2", "locked": false, "schema_version": 3, "solution": true, "task": false}
def l2_penalty(weight, bias, strength):
    """The penalty λ ΣW² and its gradients with respect to weight and bias."""
    ### BEGIN SOLUTION
    penalty = strength * (weight**2).sum()
    return penalty, 2 * strength * weight, torch.zeros_like(bias)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-penalties-l2", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check("penalties.l2", l2_penalty)

# %% [markdown]
# ## Exercise 3: L1 and the elastic net (6 minutes, 4 points)
#
# Write `elastic_net(weight, strength, beta)`. It returns `(penalty, gradient)` of
#
# $$\lambda R(W) = \lambda \sum_k \big(\beta W_k^2 + |W_k|\big).$$
#
# At $\beta = 0$ this is the L1 penalty alone. The absolute value has no derivative at 0; let it be 0 there. (Weights of
# exactly 0 do occur: making them is what L1 is for.)
#
# <details><summary>Hint: the derivative of |w|</summary>
# It is 1 for positive weights and −1 for negative ones. Which function of torch gives that, and 0 at 0?
# </details>


# %% nbgrader={"grade": false, "grade_id": "penalties-elastic_net", "locked": false, "schema_version": 3, "solution": true, "task": false}
def elastic_net(weight, strength, beta):
    """The penalty λ Σ(βW² + |W|) and its gradient with respect to weight."""
    ### BEGIN SOLUTION
    penalty = strength * (beta * weight**2 + weight.abs()).sum()
    return penalty, strength * (2 * beta * weight + weight.sign())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-penalties-elastic_net", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check("penalties.elastic_net", elastic_net)

# %% [markdown]
# ## Exercise 4: max norm, a projection (6 minutes, 4 points)
#
# No price this time but a limit. Write `max_norm(weight, radius)`: it returns a new weight in which every row that is
# longer than the radius $c$ is put back onto the ball of that radius, and every other row is as it was:
#
# $$w \leftarrow w \cdot \min\Big(1,\; \frac{c}{\lVert w \rVert_2}\Big) \quad \text{for each row } w.$$
#
# - `weight`: tensor [units, inputs]; a row holds the incoming weights of one unit. Rows of zeros may occur, and stay.
# - `radius`: a Python float, positive.
#
# Do not call `torch.renorm` here; you may compare with it afterwards.
#
# <details><summary>Hint: a length for each row</summary>
# <code>torch.linalg.vector_norm</code> takes a <code>dim</code>, and with <code>keepdim=True</code> its result can
# divide the weight as it is. What happens to a row of zeros when you divide by its length, and how do you get around it?
# </details>


# %% nbgrader={"grade": false, "grade_id": "penalties-max_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def max_norm(weight, radius):
    """The weight with every row of a length above radius scaled back to that length."""
    ### BEGIN SOLUTION
    lengths = torch.linalg.vector_norm(weight, dim=1, keepdim=True)
    return torch.where(lengths > radius, weight * (radius / lengths), weight)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-penalties-max_norm", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check("penalties.max_norm", max_norm)

# %% [markdown]
# ## Words
#
# The **keep probability** is the chance that an entry survives, the **drop probability** is one minus it. Exercises 5
# to 8 take the keep probability, as the original paper does; exercise 9 takes the drop probability, as PyTorch does.
# More people lose points to this than to anything else here.

# %% [markdown]
# ## Exercise 5: vanilla dropout, forward (8 minutes, 10 points)
#
# Write `vanilla_dropout(x, keep_prob, training)`. It returns a pair `(out, cache)`.
#
# - `x`: tensor of any shape, `float32` or `float64`, on any device. Do not change it in place.
# - `keep_prob`: a Python float in (0, 1].
# - `training`: `True` or `False`.
# - `out`: a new tensor of the shape, dtype and device of `x`.
# - `cache`: whatever your backward pass in exercise 6 will need; its form is up to you.
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
# ## Exercise 6: vanilla dropout, backward (4 minutes, 5 points)
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
# ## Exercise 7: inverted dropout, forward (5 minutes, 10 points)
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
# ## Exercise 8: inverted dropout, backward (3 minutes, 5 points)
#
# Write `inverted_dropout_backward(grad_out, cache)`, as in exercise 6. The derivative now has two values.
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
# ## Exercise 9: a Dropout module (9 minutes, 12 points)
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
# ## Exercise 10: averaging a noisy network (12 minutes, 6 points)
#
# Scaling at test time is a shortcut. What the pattern "train with noise, test with the average" asks for is the mean
# prediction over the noise, and a few passes estimate it:
#
# $$\frac1M \sum_{j=1}^{M} \text{softmax}\big(f(x, m_j)\big)$$
#
# Write `predict(model, x, num_passes)`. It returns the probabilities, averaged over `num_passes` passes in which dropout
# is **on** and everything else is as at test time.
#
# - `model`: any `nn.Module` that maps a batch `x` to logits [B, K]. Its dropout layers are of the class `nn.Dropout`,
#   and they may sit inside other layers. It may hold batch normalization too: that uses its running statistics here, and
#   does not change them.
# - Afterwards every layer is in the mode, training or eval, that it was in before. Not all need to have the same one.
# - The result [B, K] carries no gradient.
#
# A model without dropout layers gives the plain prediction.
#
# <details><summary>Hint: one layer in training mode</summary>
# <code>model.eval()</code> sets the mode of all layers, <code>layer.train()</code> that of one.
# <code>model.modules()</code> yields every layer, also those inside others, and <code>isinstance</code> tells which
# are dropout.
# </details>
#
# <details><summary>Hint: the modes</summary>
# Each layer's mode is its attribute <code>training</code>. Note them all before you change any.
# </details>


# %% nbgrader={"grade": false, "grade_id": "noise-monte_carlo", "locked": false, "schema_version": 3, "solution": true, "task": false}
def predict(model, x, num_passes):
    """Class probabilities [B, K], averaged over passes with dropout on and all else in eval mode."""
    ### BEGIN SOLUTION
    before = {layer: layer.training for layer in model.modules()}
    model.eval()
    for layer in before:
        if isinstance(layer, nn.Dropout):
            layer.train()
    with torch.no_grad():
        total = sum(model(x).softmax(dim=1) for _ in range(num_passes))
    for layer, mode in before.items():
        layer.training = mode
    return total / num_passes
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-noise-monte_carlo", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("noise.monte_carlo", predict)

# %% [markdown]
# ## Exercise 11: DropConnect (9 minutes, 7 points)
#
# Drop weights instead of units. Write `dropconnect(x, weight, bias, keep_prob, training)`, a linear layer:
#
# $$\text{training: } y = (M \odot W)\, x + b,\quad M_{ij} \sim \text{Bernoulli}(\text{keep}) \qquad\qquad
# \text{test: } y = \mathbb{E}[M] \odot W x + b$$
#
# - `x`: [B, inputs]; `weight`: [outputs, inputs], as in `nn.Linear`; `bias`: [outputs], never dropped.
# - Each weight has a draw of its own, anew at every call. All samples of the batch share the draws of the call. (In the
#   paper each sample has its own, which takes B copies of the weight.)
# - Nothing is scaled in training: this is the vanilla form. At test time all weights are used, scaled.
#
# <details><summary>Hint: the layer</summary>
# <code>nn.functional.linear(x, weight, bias)</code> computes the layer from any weight that you give it.
# </details>


# %% nbgrader={"grade": false, "grade_id": "noise-dropconnect", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dropconnect(x, weight, bias, keep_prob, training):
    """A linear layer whose weights are dropped in training and scaled at test time."""
    ### BEGIN SOLUTION
    scale = keep_prob
    if training:
        scale = torch.bernoulli(torch.full_like(weight, keep_prob))
    return nn.functional.linear(x, scale * weight, bias)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-noise-dropconnect", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check("noise.dropconnect", dropconnect)

# %% [markdown]
# ## Exercise 12: survival probabilities (3 minutes, 2 points)
#
# Stochastic depth skips whole blocks of a residual network. Of $L$ blocks, block $l = 1, \dots, L$ survives with
#
# $$p_l = 1 - \frac{l}{L}\,(1 - p_L).$$
#
# Write `survival_probs(num_blocks, last_prob)`: the list of all $p_l$, block 1 first, where `last_prob` is $p_L$.


# %% nbgrader={"grade": false, "grade_id": "depth-survival_probs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def survival_probs(num_blocks, last_prob):
    """Survival probabilities of blocks 1 to num_blocks, falling in equal steps to last_prob."""
    ### BEGIN SOLUTION
    step = (1 - last_prob) / num_blocks
    return [1 - step * block for block in range(1, num_blocks + 1)]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-depth-survival_probs", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("depth.survival_probs", survival_probs)

# %% [markdown]
# ## Exercise 13: a residual block with stochastic depth (7 minutes, 6 points)
#
# Write `residual_block(h, f, survival_prob, training)` with the branch $f$, any function of a tensor:
#
# $$\text{training: } \text{ReLU}\big(b\, f(h) + h\big),\quad b \sim \text{Bernoulli}(p_l) \qquad\qquad
# \text{test: } \text{ReLU}\big(p_l\, f(h) + h\big)$$
#
# - `h`: tensor of any shape, the batch first; it comes from a ReLU, so it is never negative.
# - `survival_prob`: $p_l$, a Python float in (0, 1].
# - $b$ is **one** number for the whole batch, drawn anew at every call. (Torchvision draws one for each sample if you
#   ask for the mode "row", and divides by $p_l$ in training instead of scaling at test time.)
#
# <details><summary>Hint: one draw</summary>
# <code>torch.rand(())</code> is one uniform number, and <code>.item()</code> makes a Python float of it.
# </details>


# %% nbgrader={"grade": false, "grade_id": "depth-residual_block", "locked": false, "schema_version": 3, "solution": true, "task": false}
def residual_block(h, f, survival_prob, training):
    """ReLU(b f(h) + h) with a random b in training, and with its mean at test time."""
    ### BEGIN SOLUTION
    b = float(torch.rand(()).item() < survival_prob) if training else survival_prob
    return torch.relu(b * f(h) + h)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-depth-residual_block", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("depth.residual_block", residual_block)

# %% [markdown]
# ## Exercise 14: label smoothing (6 minutes, 4 points)
#
# Write `smooth_labels(labels, num_classes, smoothing)`. Of $K$ classes and with $\varepsilon$ = `smoothing`, the targets are
#
# $$\text{right class: } 1 - \frac{K - 1}{K}\,\varepsilon \qquad\qquad \text{every other class: } \frac{\varepsilon}{K}.$$
#
# - `labels`: [N], `int64`; not every class needs to occur. `num_classes`: $K$.
# - It returns a tensor [N, K] of torch's default dtype, on the device of the labels.
#
# <details><summary>Hint: two values</summary>
# Start from <code>nn.functional.one_hot(labels, num_classes)</code>: which multiple of it, plus which constant, gives
# the two values? Or fill a tensor with the smaller value and write the larger one where the labels point.
# </details>


# %% nbgrader={"grade": false, "grade_id": "smoothing-smooth_labels", "locked": false, "schema_version": 3, "solution": true, "task": false}
def smooth_labels(labels, num_classes, smoothing):
    """Targets [N, num_classes]: the labels' one-hot rows, blended with the uniform distribution."""
    ### BEGIN SOLUTION
    certain = nn.functional.one_hot(labels, num_classes)
    return (1 - smoothing) * certain + smoothing / num_classes
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-smoothing-smooth_labels", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check("smoothing.smooth_labels", smooth_labels)

# %% [markdown]
# ## Exercise 15: fractional max pooling (15 minutes, 7 points)
#
# Max pooling by 2 halves a picture. To shrink it by less, regions of length 1 and 2 have to alternate, and where which
# comes is random. Write `fractional_max_pool(x, out_size)`:
#
# - `x`: [B, C, H, W]; `out_size`: a pair `(height, width)` with $H/2 \le$ `height` $\le H$, and so for the width.
# - The rows are cut into `height` regions that follow each other without overlap and without a gap, each of 1 or 2
#   rows, the columns into `width` regions likewise. An output is the largest entry of its row region and column region.
# - How many regions of 2 there must be follows from the sizes. Every arrangement of the 1s and 2s is **equally likely**.
# - Rows and columns are drawn independently, anew at every call. All samples and channels of a call share the regions.
# - There is no other behaviour at test time: one averages the predictions of several passes.
#
# For example, 7 rows to 5 take two regions of 2 rows and three of 1 row: 1, 2, 1, 1, 2 or 2, 2, 1, 1, 1 or …
#
# <details><summary>Hint: the regions of one axis</summary>
# A list of 1s and 2s in any order, shuffled with <code>torch.randperm</code>. Its cumulative sum tells where each region
# ends, and with its length you know where it begins.
# </details>
#
# <details><summary>Hint: the maximum</summary>
# A region of one or two rows has a first row and a last row, which may be the same: take
# <code>torch.maximum</code> of <code>x</code> at all first rows and <code>x</code> at all last rows. Then do the same
# to the columns of what you got. Two loops over the regions will do as well.
# </details>


# %% nbgrader={"grade": false, "grade_id": "pooling-fractional", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fractional_max_pool(x, out_size):
    """Maxima over disjoint random regions of 1 or 2 rows and 1 or 2 columns."""
    ### BEGIN SOLUTION
    for dim, count in zip((2, 3), out_size, strict=True):
        lengths = torch.ones(count, dtype=torch.int64, device=x.device)
        lengths[: x.shape[dim] - count] = 2
        lengths = lengths[torch.randperm(count, device=x.device)]
        last = lengths.cumsum(0) - 1
        first = last - lengths + 1
        x = torch.maximum(x.index_select(dim, first), x.index_select(dim, last))
    return x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-pooling-fractional", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check("pooling.fractional", fractional_max_pool)

# %% [markdown]
# ## Exercise 16: what does it do? (13 minutes, 8 points)
#
# A network with far more weights than pictures has 300 digits to learn from, and one in five of their labels is wrong.
# It can learn the wrong labels by heart, and on the validation digits, whose labels are right, it pays for that. The
# next cell trains it twice, without and with *your* `Dropout`, with a learning rate that falls along a cosine, and draws
# both; it takes a few seconds. Change the drop probabilities and run it again. Keep the picture that you discuss below:
# it is handed in with your answer.


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
    schedule = CosineAnnealingLR(optimizer, num_epochs * math.ceil(len(train) / batch_size))
    options = {"num_epochs": num_epochs, "batch_size": batch_size, "optimizer": optimizer}
    return fit(model, train, data.val, scheduler=schedule, **options)


# %% tags=["experiment"]
try:
    histories = {f"drop probability {d}": train_with(d) for d in (0.0, 0.5)}
    show(learning_curves(histories), alt="Training and validation accuracy by drop probability.")
    for name, history in histories.items():
        print(f"{name}: validation {history.val_accuracy[-1]:.3f}, gap {history.gap:.3f}")
except NotImplementedError:
    print("Write exercise 9 first, then run this cell again.")

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

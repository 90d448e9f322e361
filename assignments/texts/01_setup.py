# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 1: Setting up a network
#
# Whether a network can be trained is mostly decided before the first step. In this assignment you write what decides
# it: activation functions, standardized inputs, the first weights, normalization layers, and the check that tells you
# whether a gradient is right. At the end you put *your* pieces into deep networks and see which of them train.
#
# | exercise | minutes | points |
# | --- | --- | --- |
# | 1 Leaky ReLU and its gradient | 6 | 6 |
# | 2 ELU and its gradient | 6 | 6 |
# | 3 GELU, approximated, and its gradient | 8 | 6 |
# | 4 Standardize with training statistics | 8 | 8 |
# | 5 Xavier initialization | 8 | 8 |
# | 6 Kaiming initialization | 4 | 6 |
# | 7 Batch normalization, both modes | 18 | 14 |
# | 8 Batch normalization, backward | 15 | 8 |
# | 9 Layer normalization | 6 | 5 |
# | 10 Group normalization | 8 | 6 |
# | 11 Gradient check | 13 | 8 |
# | 12 Experiment and written question | 20 | 9 |
#
# **You need** Lecture 1, sections 1, 3, 5 and 7 to 9, and PyTorch tensors. **You will be able to** write an activation
# with its gradient, prepare images without a look at the test set, choose the scale of the first weights, implement
# the common normalization layers, and check any gradient that you derived.
#
# **How it is checked.** Under each exercise stands a line `check(…)`. Run it as often as you like: it tells you at once
# which parts are right and, where one is not, what was measured, what was expected and which mistake it looks like.
# The grade comes from the same checks on other inputs. The order in which you draw random numbers is free, and so is
# the way you write your code: any right answer is right. Before you hand in, press **Validate** at the top: it runs the
# whole notebook and names every check that is not fully right yet; the check's own line says why.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import torch
from matplotlib.figure import Figure
from torch import nn

from autograder import check
from utils.data import Split, load
from utils.plots import COLORS, label_axes, show
from utils.training import choose_device, fit, set_seed

torch.set_num_threads(1)  # the networks here are small: more threads would only wait for each other

# %% [markdown]
# ## Everywhere
#
# Tensors are `float32` or `float64`, on any device. What you return has the dtype and the device of what you are given,
# and no argument is changed in place. Write the formulas yourself: what PyTorch has for the same purpose is there to
# compare with afterwards. Where a gradient is asked for, derive it by hand, without autograd.

# %% [markdown]
# ## Exercise 1: leaky ReLU and its gradient (6 minutes, 6 points)
#
# Write two functions.
#
# - `leaky_relu(x, slope)` returns $f(x)$ for each entry of `x`, a tensor of any shape. `slope` is a float in [0, 1).
# - `leaky_relu_backward(grad_out, x, slope)` returns the gradient of the loss with respect to `x`. `grad_out`, of the
#   shape of `x`, is the gradient with respect to the output.
#
# $$f(x) = \begin{cases} x & x > 0 \\ \text{slope} \cdot x & x \le 0 \end{cases} \qquad\qquad
# \frac{\partial L}{\partial x} = \frac{\partial L}{\partial f}\; f'(x)$$
#
# At exactly 0 the function has a kink; no check asks for the gradient there.
#
# <details><summary>Hint: two cases, one line</summary>
# <code>torch.where(condition, a, b)</code> takes <code>a</code> where the condition holds and <code>b</code> elsewhere.
# </details>
#
# <details><summary>Hint: the gradient</summary>
# What is the slope of the line on the right, and what on the left? Multiply grad_out by one or the other.
# </details>


# %% nbgrader={"grade": false, "grade_id": "activations-leaky_relu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def leaky_relu(x, slope):
    """Leaky ReLU of each entry."""
    ### BEGIN SOLUTION
    return torch.where(x > 0, x, slope * x)
    ### END SOLUTION


def leaky_relu_backward(grad_out, x, slope):
    """Gradient of the loss with respect to the input of leaky_relu."""
    ### BEGIN SOLUTION
    return torch.where(x > 0, grad_out, slope * grad_out)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-activations-leaky_relu", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("activations.leaky_relu", {"forward": leaky_relu, "backward": leaky_relu_backward})

# %% [markdown]
# ## Exercise 2: ELU and its gradient (6 minutes, 6 points)
#
# ELU bends where leaky ReLU has a kink: it runs into $-\alpha$ on the left. Write `elu(x, alpha)` and
# `elu_backward(grad_out, x, alpha)`, with `alpha` a positive float and the rest as in exercise 1.
#
# $$f(x) = \begin{cases} x & x > 0 \\ \alpha\,(e^x - 1) & x \le 0 \end{cases}$$
#
# Inputs may be large, say $\pm 900$. Then $e^x$ overflows to infinity on the right side, which does no harm as long as
# nothing is computed *with* it.
#
# <details><summary>Hint: 0 × inf</summary>
# A mask of zeros and ones, multiplied with both formulas and added up, gives NaN where one of them is infinite.
# torch.where only chooses.
# </details>


# %% nbgrader={"grade": false, "grade_id": "activations-elu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def elu(x, alpha):
    """ELU of each entry."""
    ### BEGIN SOLUTION
    return torch.where(x > 0, x, alpha * (torch.exp(x) - 1))
    ### END SOLUTION


def elu_backward(grad_out, x, alpha):
    """Gradient of the loss with respect to the input of elu."""
    ### BEGIN SOLUTION
    return grad_out * torch.where(x > 0, 1, alpha * torch.exp(x))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-activations-elu", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("activations.elu", {"forward": elu, "backward": elu_backward})

# %% [markdown]
# ## Exercise 3: GELU, approximated, and its gradient (8 minutes, 6 points)
#
# GELU is $x\,\Phi(x)$. Write `gelu(x)` and `gelu_backward(grad_out, x)` for its approximation by the sigmoid $\sigma$:
#
# $$f(x) = x\;\sigma(1.702\,x), \qquad\qquad \sigma'(z) = \sigma(z)\,(1 - \sigma(z))$$
#
# Large inputs, as in exercise 2, must give finite outputs and gradients.
#
# <details><summary>Hint: two rules</summary>
# It is a product, so its derivative has two terms. In one of them the sigmoid is differentiated, and its argument is
# not x alone.
# </details>


# %% nbgrader={"grade": false, "grade_id": "activations-gelu", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gelu(x):
    """The sigmoid approximation of GELU of each entry."""
    ### BEGIN SOLUTION
    return x * torch.sigmoid(1.702 * x)
    ### END SOLUTION


def gelu_backward(grad_out, x):
    """Gradient of the loss with respect to the input of gelu."""
    ### BEGIN SOLUTION
    s = torch.sigmoid(1.702 * x)
    return grad_out * (s + 1.702 * x * s * (1 - s))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-activations-gelu", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("activations.gelu", {"forward": gelu, "backward": gelu_backward})

# %% [markdown]
# ## Exercise 4: standardize with training statistics (8 minutes, 8 points)
#
# Write `standardize(train, test)`. It returns the pair `(train_out, test_out)`, both standardized channel by channel:
#
# $$x' = \frac{x - \mu_c}{\sigma_c}, \qquad
# \mu_c = \frac1m \sum_{j=1}^m x_j, \qquad \sigma_c = \sqrt{\frac1m \sum_{j=1}^m (x_j - \mu_c)^2},$$
#
# where the sums run over all $m$ values of channel $c$ in the **training** set: all images, rows and columns.
#
# - `train`: images `[N, C, H, W]`.
# - `test`: images `[M, C, H, W]`; M may be 1.
# - A channel that never varies in the training set has $\sigma_c = 0$. Subtract its mean and leave it undivided, in both
#   sets: divide by 1.
#
# <details><summary>Hint: shapes</summary>
# <code>x.mean(dims, keepdim=True)</code> over a tuple of dimensions leaves a shape that fits the images.
# </details>
#
# <details><summary>Hint: which deviation</summary>
# <code>torch.std</code> divides by m − 1 unless it gets <code>correction=0</code>.
# </details>


# %% nbgrader={"grade": false, "grade_id": "preparing-standardize", "locked": false, "schema_version": 3, "solution": true, "task": false}
def standardize(train, test):
    """Both sets with the training set's mean 0 and deviation 1 in each channel. Returns (train_out, test_out)."""
    ### BEGIN SOLUTION
    mean = train.mean((0, 2, 3), keepdim=True)
    std = train.std((0, 2, 3), correction=0, keepdim=True)
    std = torch.where(std == 0, 1, std)
    return (train - mean) / std, (test - mean) / std
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-preparing-standardize", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("preparing.standardize", standardize)

# %% [markdown]
# ## Exercise 5: Xavier initialization (8 minutes, 8 points)
#
# Write `xavier(weight)`. It returns new weights, of the shape, dtype and device of `weight`, drawn independently from a
# normal distribution with mean 0 and standard deviation
#
# $$\text{std} = \frac{1}{\sqrt{D_\text{in}}}.$$
#
# - `weight`: of a linear layer, `[Dout, Din]`, or of a convolution with a square kernel,
#   `[output channels, input channels, k, k]`. What it holds does not matter, and for once you may also fill it in
#   place; return it then.
# - $D_\text{in}$ is the number of products that are added up for one output. For a linear layer that is the number of
#   inputs, for a convolution $k^2$ times the number of input channels.
#
# <details><summary>Hint: from standard normal to any deviation</summary>
# <code>torch.randn_like(weight)</code> has standard deviation 1. Which deviation has twice that tensor?
# </details>
#
# <details><summary>Hint: one rule for both layers</summary>
# <code>weight[0]</code> holds all weights of the first output. How many are they?
# </details>


# %% nbgrader={"grade": false, "grade_id": "initialization-xavier", "locked": false, "schema_version": 3, "solution": true, "task": false}
def xavier(weight):
    """New weights of standard deviation 1 / √Din."""
    ### BEGIN SOLUTION
    return torch.randn_like(weight) / math.sqrt(weight[0].numel())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-initialization-xavier", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("initialization.xavier", xavier)

# %% [markdown]
# ## Exercise 6: Kaiming initialization (4 minutes, 6 points)
#
# Write `kaiming(weight)`, with the same argument and the same $D_\text{in}$. ReLU halves the mean square of what passes
# through it, in every layer, and the weights make up for that:
#
# $$\text{std} = \sqrt{\frac{2}{D_\text{in}}}$$


# %% nbgrader={"grade": false, "grade_id": "initialization-kaiming", "locked": false, "schema_version": 3, "solution": true, "task": false}
def kaiming(weight):
    """New weights of standard deviation √(2 / Din)."""
    ### BEGIN SOLUTION
    return torch.randn_like(weight) * math.sqrt(2 / weight[0].numel())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-initialization-kaiming", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("initialization.kaiming", kaiming)

# %% [markdown]
# ## Exercise 7: batch normalization, both modes (18 minutes, 14 points)
#
# `__init__` is given; write `forward(x)`. It takes `[N, C]`, after a linear layer, or `[N, C, H, W]`, after a
# convolution. Every channel is normalized on its own; $m$ is the number of its values in the batch: $N$, or
# $N \cdot H \cdot W$.
#
# **In training** (`self.training` is true) the statistics are the batch's, and the running ones follow them:
#
# $$\mu = \frac1m \sum_j x_j, \qquad \sigma^2 = \frac1m \sum_j (x_j - \mu)^2, \qquad
# y_j = \gamma\, \frac{x_j - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta$$
#
# $$\text{running mean} \leftarrow (1 - q)\, \text{running mean} + q\, \mu, \qquad
# \text{running variance} \leftarrow (1 - q)\, \text{running variance} + q\, \frac{m}{m - 1} \sigma^2,$$
#
# with $q$ = `self.momentum`. What normalizes is the biased variance, what is stored the unbiased one, as in PyTorch.
# You may assume $m > 1$.
#
# **In eval mode** the running statistics take the place of $\mu$ and $\sigma^2$, and stay as they are. A batch of one is
# then no trouble.
#
# Gradients flow through $\mu$ and $\sigma^2$ in training, which autograd does for you. They must not flow into the running
# statistics: these would carry the graph of every batch along.
#
# <details><summary>Hint: one code for both shapes</summary>
# The mean runs over every dimension but 1. Afterwards, <code>view</code> the C numbers as [1, C] or as [1, C, 1, 1].
# </details>
#
# <details><summary>Hint: updating without a graph</summary>
# Do it inside <code>with torch.no_grad():</code>, or use <code>.detach()</code>.
# </details>


# %% nbgrader={"grade": false, "grade_id": "normalization-batch_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
class BatchNorm(nn.Module):
    """Batch normalization of [N, C] or [N, C, H, W], with learned gamma and beta."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        # Buffers are saved and moved with the module, but no optimizer changes them.
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        ### BEGIN SOLUTION
        shape = [1, -1] + [1] * (x.dim() - 2)
        if not self.training:
            mean, var = self.running_mean, self.running_var
        else:
            dims = [dim for dim in range(x.dim()) if dim != 1]
            count = x.numel() / x.shape[1]
            mean, var = x.mean(dims), x.var(dims, correction=0)
            with torch.no_grad():
                self.running_mean += self.momentum * (mean - self.running_mean)
                unbiased = var * count / (count - 1)
                self.running_var += self.momentum * (unbiased - self.running_var)
        x_hat = (x - mean.view(shape)) / torch.sqrt(var.view(shape) + self.eps)
        return self.gamma.view(shape) * x_hat + self.beta.view(shape)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-normalization-batch_norm", "locked": true, "points": 14, "schema_version": 3, "solution": false, "task": false}
check("normalization.batch_norm", BatchNorm)

# %% [markdown]
# ## Exercise 8: batch normalization, backward (15 minutes, 8 points)
#
# Now by hand, for `x` of shape `[N, C]` in training. Write `batch_norm_backward(grad_out, x, gamma, eps)`. It returns
# the triple `(grad_x, grad_gamma, grad_beta)`, of shapes `[N, C]`, `[C]` and `[C]`. `grad_out` is
# $g = \partial L / \partial y$.
#
# With $\hat x_j = (x_j - \mu) / \sqrt{\sigma^2 + \varepsilon}$ and $y_j = \gamma \hat x_j + \beta$, all for one channel
# and $m = N$, the chain rule gives
#
# $$\frac{\partial L}{\partial \beta} = \sum_j g_j\, \frac{\partial y_j}{\partial \beta}, \qquad
# \frac{\partial L}{\partial \gamma} = \sum_j g_j\, \frac{\partial y_j}{\partial \gamma}, \qquad
# \frac{\partial L}{\partial x_j} = \frac{\gamma}{\sqrt{\sigma^2 + \varepsilon}}
# \left( g_j \;-\; \frac1m \sum_i g_i \;-\; \hat x_j\, \frac1m \sum_i g_i\, \hat x_i \right).$$
#
# The last bracket is worth a look. $x_j$ reaches the loss on three ways: through $y_j$ itself, through $\mu$, and
# through $\sigma^2$. Derive it on paper if you can: the two sums come from the last two ways.
#
# <details><summary>Hint: what you need from the forward pass</summary>
# Only x̂ and the root. Compute both again from x; the variance is the biased one.
# </details>


# %% nbgrader={"grade": false, "grade_id": "normalization-batch_norm_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def batch_norm_backward(grad_out, x, gamma, eps):
    """Gradients of batch normalization in training, x [N, C]. Returns (grad_x, grad_gamma, grad_beta)."""
    ### BEGIN SOLUTION
    root = torch.sqrt(x.var(0, correction=0) + eps)
    x_hat = (x - x.mean(0)) / root
    corrections = grad_out.mean(0) + x_hat * (grad_out * x_hat).mean(0)
    return gamma / root * (grad_out - corrections), (grad_out * x_hat).sum(0), grad_out.sum(0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-normalization-batch_norm_backward", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("normalization.batch_norm_backward", batch_norm_backward)

# %% [markdown]
# ## Exercise 9: layer normalization (6 minutes, 5 points)
#
# Transformers normalize the features of each token, alone. Write `layer_norm(x, gamma, beta, eps)`.
#
# - `x`: `[N, D]` or `[N, T, D]`: the last dimension holds the features. Mean and variance run over it and nothing else.
# - `gamma`, `beta`: `[D]`, one number for each feature.
#
# The formula is that of batch normalization in training, with the biased variance. There is no running average, and
# training and testing are alike.


# %% nbgrader={"grade": false, "grade_id": "normalization-layer_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def layer_norm(x, gamma, beta, eps):
    """Layer normalization over the last dimension."""
    ### BEGIN SOLUTION
    centred = x - x.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    return gamma * centred / torch.sqrt(variance + eps) + beta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-normalization-layer_norm", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check("normalization.layer_norm", layer_norm)

# %% [markdown]
# ## Exercise 10: group normalization (8 minutes, 6 points)
#
# Write `group_norm(x, num_groups, gamma, beta, eps)`.
#
# - `x`: `[N, C, H, W]` or `[N, C]`.
# - `num_groups`: how many groups the channels form; it divides C. The first group holds the first C / num_groups
#   channels, the second the next ones, and so on.
# - `gamma`, `beta`: `[C]`, one number for each *channel*.
#
# In each image, all values of a group share one mean and one (biased) variance, whatever else is in the batch.
#
# <details><summary>Hint: make the groups a dimension</summary>
# Reshape to [N, num_groups, everything else], normalize over the last dimension, and go back to the old shape before
# gamma and beta.
# </details>


# %% nbgrader={"grade": false, "grade_id": "normalization-group_norm", "locked": false, "schema_version": 3, "solution": true, "task": false}
def group_norm(x, num_groups, gamma, beta, eps):
    """Group normalization of [N, C, H, W] or [N, C]."""
    ### BEGIN SOLUTION
    groups = x.reshape(x.shape[0], num_groups, -1)
    groups = groups - groups.mean(2, keepdim=True)
    groups = groups / torch.sqrt(groups.square().mean(2, keepdim=True) + eps)
    shape = [-1] + [1] * (x.dim() - 2)
    return groups.reshape(x.shape) * gamma.view(shape) + beta.view(shape)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-normalization-group_norm", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("normalization.group_norm", group_norm)

# %% [markdown]
# ## Exercise 11: gradient check (13 minutes, 8 points)
#
# You have derived four gradients by hand. Are they right? Write the tool that tells, again as two functions.
#
# `numerical_gradient(f, x, h)` returns the gradient of `f` at `x`, by centred differences:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + h e_i) - f(x - h e_i)}{2h},$$
#
# where $x + h e_i$ is `x` with $h$ added to its entry $i$ and to no other.
#
# - `f`: a function that takes a tensor of the shape of `x` and returns a single number, as a tensor.
# - `x`: a tensor of any shape; afterwards it is as it was. The gradient has its shape and dtype.
# - `h`: a float.
#
# `relative_error(analytic, numerical)` compares two gradients of one shape, and returns the *largest* relative error of
# an entry, as a number or a tensor without dimensions:
#
# $$\max_i \frac{|a_i - n_i|}{\max(|a_i|, |n_i|)}.$$
#
# Where both are 0 they agree: that entry's error is 0.
#
# <details><summary>Hint: one entry at a time</summary>
# <code>x.clone()</code> is a tensor of its own, and <code>flat = x.clone().view(-1)</code> lets you count through its entries
# with a single index.
# </details>
#
# <details><summary>Hint: 0 / 0</summary>
# Replace the denominator where it is 0 by anything else: the numerator is 0 there.
# </details>


# %% nbgrader={"grade": false, "grade_id": "gradient_check-centred", "locked": false, "schema_version": 3, "solution": true, "task": false}
def numerical_gradient(f, x, h):
    """Gradient of f at x by centred differences with step h."""
    ### BEGIN SOLUTION
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        step = torch.zeros_like(x)
        step.view(-1)[i] = h
        gradient.view(-1)[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient
    ### END SOLUTION


def relative_error(analytic, numerical):
    """The largest relative error between the entries of two gradients."""
    ### BEGIN SOLUTION
    largest = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / torch.where(largest == 0, 1, largest)
    return error.max()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-gradient_check-centred", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("gradient_check.centred", {"numerical": numerical_gradient, "error": relative_error})

# %% [markdown]
# Now use it, on *your* gradients: in float64, with $h = 10^{-5}$. The loss is a weighted sum of the outputs, so that the
# weights are `grad_out`. A right gradient gives a relative error of about $10^{-7}$ or less, a wrong one of about 0.1 or
# more.


# %% tags=["experiment"]
def gradient_errors():
    set_seed(0)
    x, weights = torch.randn(2, 6, 3, dtype=torch.float64)
    gamma, beta, eps = torch.rand(3, dtype=torch.float64) + 1, torch.zeros(3).double(), 1e-5

    def batch_norm(inputs):
        layer = BatchNorm(3, eps).double()
        return layer(inputs) * gamma + beta

    pairs = {
        "leaky ReLU": (lambda v: leaky_relu(v, 0.1), leaky_relu_backward(weights, x, 0.1)),
        "ELU": (lambda v: elu(v, 1.0), elu_backward(weights, x, 1.0)),
        "GELU": (gelu, gelu_backward(weights, x)),
        "batch norm": (batch_norm, batch_norm_backward(weights, x, gamma, eps)[0]),
    }
    errors = {}
    for name, (forward, analytic) in pairs.items():
        numerical = numerical_gradient(lambda v, g=forward: (g(v) * weights).sum(), x, 1e-5)
        errors[name] = float(relative_error(analytic, numerical.detach()))
    return errors


try:
    for name, error in gradient_errors().items():
        print(f"{name:10}: relative error {error:.1e}")
except NotImplementedError:
    print("Write exercises 1 to 3, 7, 8 and 11 first, then run this cell again.")

# %% [markdown]
# ## Exercise 12: which networks train? (20 minutes, 9 points)
#
# Ten hidden layers of 100 units read the digits, standardized by *your* function, through *your* leaky ReLU. The next
# cells start them in three ways, small random numbers, *your* Xavier and *your* Kaiming, and draw two pictures. On the
# left: the standard deviation of what each layer puts out, before any training. On the right: the validation accuracy
# after four epochs from two of the starts, at six learning rates, without and with *your* batch normalization. That takes
# some seconds. Change the depth, the starts or the rates and run the cells again; keep the picture that you discuss
# below: it is handed in with your answer.


# %% tags=["experiment"]
class LeakyReLU(nn.Module):
    def forward(self, x):
        return leaky_relu(x, 0.1)


STARTS = {
    "0.01 × randn": lambda weight: 0.01 * torch.randn_like(weight),
    "Xavier": lambda weight: xavier(weight),
    "Kaiming": lambda weight: kaiming(weight),
}


def build(start, with_norm, num_layers=10, width=100):
    set_seed(0)
    layers, num_inputs = [nn.Flatten()], 64
    for _ in range(num_layers):
        linear = nn.Linear(num_inputs, width)
        nn.init.zeros_(linear.bias)
        linear.weight.data = STARTS[start](linear.weight.data)
        layers += [linear, BatchNorm(width), LeakyReLU()] if with_norm else [linear, LeakyReLU()]
        num_inputs = width
    return nn.Sequential(*layers, nn.Linear(width, 10))


@torch.no_grad()
def deviations(model, images):
    """Standard deviation of the outputs of each activation."""
    found = []
    for layer in model:
        images = layer(images)
        if isinstance(layer, LeakyReLU):
            found.append(images.std().item())
    return found


# %% tags=["experiment"]
def prepare(device):
    data = load("digits", device=device)
    train, val = standardize(data.train.images, data.val.images)
    return Split(train, data.train.labels), Split(val, data.val.labels)


def accuracy(start, with_norm, lr, train, val, num_epochs=4):
    model = build(start, with_norm).to(train.images.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    history = fit(
        model, train, val, optimizer=optimizer, num_epochs=num_epochs, batch_size=64, progress=False
    )
    return history.val_accuracy[-1]


def draw(spread, rates, accuracies):
    figure = Figure(figsize=(10, 4.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    colors = dict(zip(STARTS, COLORS, strict=False))
    for start, line in spread.items():
        left.semilogy(range(1, len(line) + 1), line, "o-", color=colors[start], label=start)
    for (start, norm), line in accuracies.items():
        style = "o-" if norm == "with" else "s--"
        label = f"{start}, {norm} batch norm"
        right.semilogx(rates, line, style, color=colors[start], label=label)
    label_axes(left, title="Before training", xlabel="layer", ylabel="std of the activations")
    title, ylabel = "After four epochs", "validation accuracy"
    label_axes(right, title=title, xlabel="learning rate", ylabel=ylabel)
    right.set_ylim(0, 1.02)
    for axes, columns in ((left, 3), (right, 2)):
        axes.legend(
            fontsize="small", ncols=columns, loc="upper center", bbox_to_anchor=(0.5, -0.16)
        )
    return figure


# %% tags=["experiment"]
rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
try:
    train, val = prepare(choose_device())
    spread = {
        start: deviations(build(start, False).to(train.images.device), train.images)
        for start in STARTS
    }
    accuracies = {
        (start, norm): [accuracy(start, norm == "with", lr, train, val) for lr in rates]
        for start in ("0.01 × randn", "Kaiming")
        for norm in ("without", "with")
    }
    lines = [
        f"{start} {norm} batch norm: {', '.join(f'{value:.2f}' for value in line)}"
        for (start, norm), line in accuracies.items()
    ]
    ends = [
        f"{start}: std {line[0]:.2g} in the first layer, {line[-1]:.2g} in the last"
        for start, line in spread.items()
    ]
    show(
        draw(spread, rates, accuracies),
        alt=f"Activations, {'; '.join(ends)}. Accuracies by rate, {'; '.join(lines)}.",
    )
    print("\n".join(ends + lines))
except NotImplementedError:
    print("Write exercises 1 and 4 to 7 first, then run this cell again.")

# %% [markdown]
# **Written question (9 points).** From your pictures: by which factor does the deviation change from one layer to the
# next, for each of the three starts? Explain Xavier's factor with what a (leaky) ReLU does to the mean square of its
# inputs. Then the accuracies: which start trains without batch normalization, and at which rates? Why does no learning
# rate help the other one? What does batch normalization change, and why does the scale of the first weights no longer
# decide? Four to eight sentences; name the numbers you read off.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-depth", "locked": false, "points": 9, "schema_version": 3, "solution": true, "task": false}
# A full answer (9 points):
#
# - reads three factors off the left picture or the printed lines: about 0.07 for 0.01 × randn (eleven powers of ten over
#   the layers), 0.7 for Xavier, nearly 1 for Kaiming (2 points);
# - Xavier keeps the variance through linear layers, but a leaky ReLU with slope 0.1 keeps only $(1 + 0.1^2)/2$ of the mean
#   square: the deviation is multiplied by $\sqrt{0.505} \approx 0.71$ in every layer. Kaiming's factor 2 makes up for
#   it (2 points);
# - without batch normalization Kaiming reaches about 90 % at rates around 0.01 to 0.03, and falls to the 10 % of
#   guessing at 0.1 and above; 0.01 × randn stays at 10 % everywhere. The activations of its last layers are almost zero
#   and so are the gradients, which are products with them; no rate makes up for a factor of $10^{-11}$, and the output
#   hardly depends on the image (3 points);
# - with it both train at every rate of the picture's right half, above 90 % even where Kaiming alone has diverged: each
#   layer's sums are divided by their own deviation, so a factor on the weights drops out of the output. It does not drop
#   out of the gradient: larger weights get smaller gradients, so Kaiming's are the slower ones at small rates (2 points).

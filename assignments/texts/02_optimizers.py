# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 2: Optimizers
#
# In this assignment you write the six first-order optimizers of Lecture 2 as classes that any PyTorch training loop
# can use, and Adam with both kinds of weight decay. Then you take one Newton step, write the closure that L-BFGS wants,
# and measure how noisy a minibatch's gradient is. At the end all of them race on the digits.
#
# | exercise | minutes | points |
# | --- | --- | --- |
# | 1 SGD | 12 | 7 |
# | 2 Momentum | 8 | 8 |
# | 3 Nesterov momentum | 10 | 8 |
# | 4 AdaGrad | 7 | 8 |
# | 5 RMSProp | 5 | 8 |
# | 6 Adam | 12 | 10 |
# | 7 Adam with weight decay | 10 | 8 |
# | 8 A Newton step | 8 | 7 |
# | 9 A closure for L-BFGS | 15 | 10 |
# | 10 Gradient noise | 13 | 8 |
# | 11 Experiment and written question | 18 | 8 |
#
# **You need** Lecture 2, sections 1, 4 to 8 and 11, Lecture 3, section 3, for exercise 7, and gradients by autograd.
# **You will be able to** write a `torch.optim.Optimizer` whose state is saved and loaded with it, tell coupled from
# decoupled weight decay, use second-order methods, and measure gradient noise.
#
# **How it is checked.** Under each exercise stands a line `check(…)`. Run it as often as you like: it tells you at once
# which parts are right and, where one is not, what was measured, what was expected and which mistake it looks like.
# The grade comes from the same checks on other inputs. You are free to write your code as you like: any right answer
# is right. Before you hand in, press **Validate** at the top: it runs the whole notebook and names every check that is
# not fully right yet; the check's own line says why.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import LBFGS, Optimizer

from autograder import check
from utils.data import batches, load
from utils.plots import COLORS, label_axes, show
from utils.training import choose_device, evaluate, fit, set_seed

torch.set_num_threads(1)  # the networks here are small: more threads would only wait for each other

# %% [markdown]
# ## What an optimizer is made of
#
# A class derived from `torch.optim.Optimizer` inherits nearly everything. What you need of it in `step`:
#
# | name | what it is |
# | --- | --- |
# | `self.param_groups` | a list of dicts, the **groups**: each has its own settings, and its parameters under `"params"` |
# | `group["lr"]` | a setting of that group, here the learning rate; the others of `__init__` are found the same way |
# | `param.grad` | the gradient of a parameter, or `None` where it has none |
# | `self.state[param]` | a dict for whatever you remember about that parameter; it is empty at first |
#
# `state_dict()` and `load_state_dict()` save and restore the settings of the groups and everything in `self.state`, and
# nothing else. These rules hold for all your optimizers:
#
# - `step()` changes the parameters **in place**; other code holds on to the same tensors.
# - Settings are read from the parameter's own group, in every step: a schedule may have changed them.
# - A parameter whose gradient is `None` is skipped: it stays as it is, and so does its state.
# - Gradients are not changed. They are written to again by the next backward pass, so do not keep them either.
# - What is remembered lies in `self.state[param]`, in the dtype and on the device of the parameter
#   (`torch.zeros_like(param)`), so that a run that was saved and loaded goes on as if it had not been stopped.
#
# The decorator `@torch.no_grad()` is there because autograd must not record the step. In the formulas below $g$ is the
# gradient of a parameter $x$, $\alpha$ the learning rate, and all operations are elementwise. Do not call PyTorch's own
# optimizers in exercises 1 to 7; you may compare with them afterwards.

# %% [markdown]
# ## Exercise 1: SGD (12 minutes, 7 points)
#
# Write `step`:
#
# $$x \leftarrow x - \alpha\, g$$
#
# - `params`: what any optimizer takes, a list of tensors or of groups; the base class sorts it out.
# - `lr`: $\alpha$ of the groups that do not bring their own.
#
# <details><summary>Hint: two loops</summary>
# The outer loop goes over <code>self.param_groups</code>, the inner one over <code>group["params"]</code>.
# </details>
#
# <details><summary>Hint: in place</summary>
# <code>x = x - 1</code> makes a new tensor and lets the old one be; <code>x -= 1</code> and <code>x.sub_(1)</code> change
# the tensor that is there.
# </details>


# %% nbgrader={"grade": false, "grade_id": "optimizers-sgd", "locked": false, "schema_version": 3, "solution": true, "task": false}
class SGD(Optimizer):
    """Gradient descent with a learning rate for each group."""

    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        ### BEGIN SOLUTION
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param -= group["lr"] * param.grad
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-optimizers-sgd", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check("optimizers.sgd", SGD)

# %% [markdown]
# ## Exercise 2: momentum (8 minutes, 8 points)
#
# Every parameter has a velocity $v$ of its own shape, which starts at zero. In each step
#
# $$v \leftarrow \rho\, v + g, \qquad x \leftarrow x - \alpha\, v .$$
#
# - `rho`: $\rho$, the share of the velocity that is kept, a float in [0, 1).
#
# The velocity is a decayed sum, and the rate stands outside of it: when a schedule lowers $\alpha$, the next step is
# shorter at once.
#
# <details><summary>Hint: the first step</summary>
# <code>self.state[param]</code> is an empty dict then. Put a velocity of zeros into it, and the formula needs no
# exception.
# </details>


# %% nbgrader={"grade": false, "grade_id": "optimizers-momentum", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Momentum(Optimizer):
    """SGD with momentum: the velocity is a decayed sum of gradients."""

    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        ### BEGIN SOLUTION
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(group["rho"]).add_(param.grad)
                    param -= group["lr"] * state["velocity"]
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-optimizers-momentum", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("optimizers.momentum", Momentum)

# %% [markdown]
# ## Exercise 3: Nesterov momentum (10 minutes, 8 points)
#
# The gradient is taken where the velocity is about to lead. In the rearranged form the parameters *are* that place, so
# the gradient that you find in `param.grad` is the right one already:
#
# $$v' = \rho\, v - \alpha\, g, \qquad x \leftarrow x + v' + \rho\,(v' - v), \qquad v \leftarrow v' .$$
#
# Mind that both velocities, the old and the new one, are used. Here the rate stands inside the velocity. While it does not
# change, the form that PyTorch uses, with the rate outside, takes the same steps, and is as right.
#
# <details><summary>Hint: by hand</summary>
# Lecture 2, section 6, has numbers: from 1 on the bowl x² / 2, with rate 0.1 and ρ = 0.9, the parameter goes to 0.81 and
# then to 0.5751.
# </details>


# %% nbgrader={"grade": false, "grade_id": "optimizers-nesterov", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Nesterov(Optimizer):
    """SGD with Nesterov momentum, in the rearranged form."""

    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        ### BEGIN SOLUTION
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - group["lr"] * param.grad
                    param += new + rho * (new - old)
                    state["velocity"] = new
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-optimizers-nesterov", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("optimizers.nesterov", Nesterov)

# %% [markdown]
# ## Exercise 4: AdaGrad (7 minutes, 8 points)
#
# Every weight gets a scale of its own: the root of the sum $s$ of all its squared gradients so far, the present one
# included. The sum starts at zero.
#
# $$s \leftarrow s + g^2, \qquad x \leftarrow x - \alpha\, \frac{g}{\sqrt{s} + \varepsilon}$$
#
# - `eps`: $\varepsilon$, added to the root and not inside of it. A weight whose gradients have all been zero stays where
#   it is.


# %% nbgrader={"grade": false, "grade_id": "optimizers-adagrad", "locked": false, "schema_version": 3, "solution": true, "task": false}
class AdaGrad(Optimizer):
    """Steps divided by the root of the sum of squared gradients."""

    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        ### BEGIN SOLUTION
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad**2
                    param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-optimizers-adagrad", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("optimizers.adagrad", AdaGrad)

# %% [markdown]
# ## Exercise 5: RMSProp (5 minutes, 8 points)
#
# The sum forgets and becomes a decayed mean, which starts at zero and is not corrected for it:
#
# $$s \leftarrow \beta\, s + (1 - \beta)\, g^2, \qquad x \leftarrow x - \alpha\, \frac{g}{\sqrt{s} + \varepsilon}$$
#
# - `beta`: $\beta$, the share of the old mean that is kept, a float in [0, 1).


# %% nbgrader={"grade": false, "grade_id": "optimizers-rmsprop", "locked": false, "schema_version": 3, "solution": true, "task": false}
class RMSProp(Optimizer):
    """Steps divided by the root of a decayed mean of squared gradients."""

    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        ### BEGIN SOLUTION
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-optimizers-rmsprop", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("optimizers.rmsprop", RMSProp)

# %% [markdown]
# ## Exercise 6: Adam (12 minutes, 10 points)
#
# Two decayed means, of the gradients and of their squares, both from zero and both corrected for it:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad s \leftarrow \beta_2 s + (1 - \beta_2)\, g^2,$$
#
# $$\hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat s = \frac{s}{1 - \beta_2^t}, \qquad
# x \leftarrow x - \alpha\, \frac{\hat m}{\sqrt{\hat s} + \varepsilon} .$$
#
# - `betas`: the pair $(\beta_1, \beta_2)$.
# - $t$ counts the updates of *this parameter*, from 1 on. A parameter that was skipped has made fewer of them than the
#   others. Keep $t$ as a Python number: in a `float32` tensor $1 - \beta_2^t$ would lose most of its digits.
# - The corrected means are used in this step only; what is remembered is $m$ and $s$.


# %% nbgrader={"grade": false, "grade_id": "optimizers-adam", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Adam(Optimizer):
    """Adam with bias correction."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        ### BEGIN SOLUTION
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-optimizers-adam", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("optimizers.adam", Adam)

# %% [markdown]
# ## Exercise 7: Adam with weight decay, coupled and decoupled (10 minutes, 8 points)
#
# There are two ways to pull the weights towards zero with a strength $\lambda$, and with Adam they differ (Lecture 3,
# section 3). Take the `step` of your Adam and add both; `group["decoupled"]` says which one to use.
#
# - **Coupled**, `decoupled=False`: the gradient of the penalty $\frac\lambda2 \|x\|^2$ is part of the gradient. Adam then
#   works on $g + \lambda x$ wherever the formulas above say $g$.
# - **Decoupled**, `decoupled=True`, known as AdamW: Adam works on $g$ alone, and the weights shrink beside its step:
#
# $$x \leftarrow x - \alpha\lambda\, x - \alpha\, \frac{\hat m}{\sqrt{\hat s} + \varepsilon},
# \qquad \text{with the same old } x \text{ on the right.}$$
#
# - `weight_decay`: $\lambda$.
# - A parameter without a gradient is skipped, and does not decay.


# %% nbgrader={"grade": false, "grade_id": "optimizers-weight_decay", "locked": false, "schema_version": 3, "solution": true, "task": false}
class AdamWithDecay(Optimizer):
    """Adam with weight decay, either in the gradient or beside the step."""

    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        ### BEGIN SOLUTION
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    if not group["decoupled"]:
                        grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if group["decoupled"]:
                        param -= group["lr"] * pull
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-optimizers-weight_decay", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("optimizers.weight_decay", AdamWithDecay)

# %% [markdown]
# ## Exercise 8: one Newton step (8 minutes, 7 points)
#
# Write `newton_step(loss_fn, x)`. With the gradient $g$ and the Hessian $H$ of the loss at $x$ it returns
#
# $$x - H^{-1} g .$$
#
# - `loss_fn`: takes a vector like `x`, returns the loss, a tensor without dimensions. It may be called as often as you
#   like, by autograd and by `torch.func` too.
# - `x`: a vector, `float32` or `float64`. Do not change it.
# - Returns a new vector of the dtype of `x`. You may assume that $H$ can be inverted. Its eigenvalues may have any sign:
#   on a quadratic the step arrives where the gradient is zero, be it a minimum or a saddle.
#
# <details><summary>Hint: derivatives</summary>
# <code>torch.func.grad</code> and <code>torch.func.hessian</code> make functions out of functions.
# </details>
#
# <details><summary>Hint: no inverse</summary>
# <code>torch.linalg.solve</code> solves a linear system directly; that is cheaper and more exact than inverting.
# </details>


# %% nbgrader={"grade": false, "grade_id": "second_order-newton_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def newton_step(loss_fn, x):
    """Where one step of Newton's method leads from x."""
    ### BEGIN SOLUTION
    slope = torch.func.grad(loss_fn)(x)
    curvature = torch.func.hessian(loss_fn)(x)
    return x - torch.linalg.solve(curvature, slope)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-second_order-newton_step", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check("second_order.newton_step", newton_step)

# %% [markdown]
# ## Exercise 9: a closure for L-BFGS (15 minutes, 10 points)
#
# `torch.optim.LBFGS` evaluates the loss many times in one `step`, so it is handed a function that does it: the
# **closure**. It wants the loss of the *full* batch, for which the memory may be too small. Then the batch goes through
# the network in pieces, whose gradients add up.
#
# Write `make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size)`. It returns a function without arguments
# that, **each time** it is called,
#
# 1. clears the gradients;
# 2. takes the inputs in pieces of at most `chunk_size`, each once, and calls `backward` piece by piece, so that the graph
#    of only one piece is in memory at a time;
# 3. leaves in the parameters the gradient of the mean loss of *all* inputs at the present weights;
# 4. returns that mean loss, a number or a tensor without dimensions.
#
# - `loss_fn(outputs, targets)`: the **mean** loss of what it is given.
# - `inputs` `[N, …]`, `targets` `[N, …]`. The last piece may be smaller than the others: what share of the mean over
#   all inputs does a piece contribute?
# - The closure changes no weights; that is the optimizer's work.
#
# <details><summary>Hint: pieces</summary>
# <code>tensor.split(n)</code> cuts along the first dimension into pieces of n, the last one with what is left.
# </details>
#
# <details><summary>Hint: adding up</summary>
# <code>backward</code> adds to the gradients that are there. Multiply the loss of a piece by its share first.
# </details>


# %% nbgrader={"grade": false, "grade_id": "second_order-closure", "locked": false, "schema_version": 3, "solution": true, "task": false}
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    """A closure that computes the mean loss of all inputs and its gradient, piece by piece."""

    ### BEGIN SOLUTION
    def whole_batch():
        optimizer.zero_grad()
        total = 0.0
        for some, wanted in zip(inputs.split(chunk_size), targets.split(chunk_size), strict=True):
            piece = len(some) / len(inputs) * loss_fn(model(some), wanted)
            piece.backward()
            total += piece.detach()
        return total

    return whole_batch
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-second_order-closure", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
check("second_order.closure", make_closure)

# %% [markdown]
# ## Exercise 10: gradient noise (13 minutes, 8 points)
#
# How far is the gradient of a minibatch from that of all images? Write
# `gradient_variance(gradients, batch_sizes, num_batches)`, which measures it by drawing minibatches.
#
# - `gradients` `[N, P]`: the gradient of each of $N$ images with respect to $P$ weights. Do not change it. Their mean is
#   the full gradient $\bar g$.
# - `batch_sizes`: a list of batch sizes $m$.
# - `num_batches`: how many minibatches $B$ to draw for each batch size.
# - Returns a list or a tensor with one number for each batch size: the mean squared distance
#
# $$\frac1B \sum_{b=1}^{B} \Big\| \frac1m \sum_{i \in b} g_i - \bar g \,\Big\|^2 .$$
#
# The images of a minibatch are drawn **independently**: each of its $m$ places goes to any of the $N$ images with equal
# chance, so an image may come twice, and $m$ may exceed $N$. Every minibatch is drawn anew. Do not collect all minibatches
# of a batch size in one tensor: on the digits it would not fit.
#
# <details><summary>Hint: drawing</summary>
# <code>torch.randint</code> draws indices; <code>gradients[index]</code> takes those rows, repeated ones too.
# </details>


# %% nbgrader={"grade": false, "grade_id": "gradient_noise-variance", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_variance(gradients, batch_sizes, num_batches):
    """Mean squared distance of minibatch gradients from the full one, for each batch size."""
    ### BEGIN SOLUTION
    full, measured = gradients.mean(0), []
    for batch_size in batch_sizes:
        total = 0.0
        for _ in range(num_batches):
            rows = torch.randint(len(gradients), (batch_size,), device=gradients.device)
            total += (gradients[rows].mean(0) - full).square().sum()
        measured.append(total / num_batches)
    return torch.stack(measured)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-gradient_noise-variance", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("gradient_noise.variance", gradient_variance)

# %% [markdown]
# ## Exercise 11: the race (18 minutes, 8 points)
#
# One network, one start, the digits, and what you wrote. The first picture is of your six first-order optimizers, on
# minibatches of 64, and of L-BFGS with your closure: on the full batch, cut in pieces of 256, and on minibatches. It shows
# the loss on all training images against the number of passes over them; for L-BFGS on the full batch one evaluation is
# one pass. The second picture is of the gradient noise that you measure, before training. Both take some seconds. Change
# the rates and run the cells again. Keep the pictures that you discuss below: they are handed in with your answer.

# %% tags=["experiment"]
NUM_PASSES = 40
device = choose_device()
train = load("digits", device=device).train


def build():
    set_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).to(device)


def train_with(optimizer_class, **settings):
    model = build()
    optimizer = optimizer_class(model.parameters(), **settings)
    return fit(model, train, optimizer=optimizer, num_epochs=NUM_PASSES, progress=False).train_loss


# %% tags=["experiment"]
def train_lbfgs_on_all():
    model, losses = build(), []
    optimizer = LBFGS(
        model.parameters(), max_eval=NUM_PASSES, max_iter=NUM_PASSES, line_search_fn="strong_wolfe"
    )
    closure = make_closure(model, optimizer, cross_entropy, train.images, train.labels, 256)

    def watched():
        losses.append(float(closure()))
        return losses[-1]

    optimizer.step(watched)
    return losses[:NUM_PASSES]


def train_lbfgs_on_minibatches():
    model, losses = build(), []
    optimizer = LBFGS(model.parameters(), max_iter=1)  # one evaluation a minibatch
    for _ in range(NUM_PASSES):
        for images, labels in batches(train, 64):
            optimizer.step(make_closure(model, optimizer, cross_entropy, images, labels, 64))
        losses.append(evaluate(model, train)[0])
    return losses


# %% tags=["experiment"]
def draw_race(losses):
    figure = Figure(figsize=(9.5, 4.2), layout="constrained")
    axes, passes = figure.subplots(), range(1, NUM_PASSES + 1)
    looks = [(color, "-") for color in COLORS] + [("black", "--"), ("gray", ":")]
    for (name, values), (color, style) in zip(losses.items(), looks, strict=False):
        axes.semilogy(passes[: len(values)], values, style, color=color, label=name)
    labels = {"xlabel": "passes over the training images", "ylabel": "training loss (nats)"}
    label_axes(axes, title="All of them on the digits", **labels)
    axes.legend(fontsize="small", ncols=2)
    return figure


try:
    losses = {
        "SGD, 0.5": train_with(SGD, lr=0.5),
        "momentum, 0.1": train_with(Momentum, lr=0.1),
        "Nesterov, 0.1": train_with(Nesterov, lr=0.1),
        "AdaGrad, 0.1": train_with(AdaGrad, lr=0.1),
        "RMSProp, 0.01": train_with(RMSProp, lr=0.01),
        "Adam, 0.01": train_with(Adam, lr=0.01),
        "L-BFGS, full batch": train_lbfgs_on_all(),
        "L-BFGS, minibatches": train_lbfgs_on_minibatches(),
    }
    ends = [f"{name}: {values[-1]:.1e}" for name, values in losses.items()]
    show(draw_race(losses), alt="Training loss at the end. " + "; ".join(ends))
    print("\n".join(ends))
except NotImplementedError:
    print("Write exercises 1 to 6 and 9 first, then run this cell again.")


# %% tags=["experiment"]
def gradients_of_each(model):
    """The gradient of every training image, [N, P]."""
    weights = {name: weight.detach() for name, weight in model.named_parameters()}

    def loss(weights, image, label):
        logits = torch.func.functional_call(model, weights, image[None])
        return cross_entropy(logits, label[None])

    each = torch.func.vmap(torch.func.grad(loss), (None, 0, 0))
    pieces = each(weights, train.images, train.labels).values()
    return torch.cat([piece.flatten(1) for piece in pieces], dim=1)


# %% tags=["experiment"]
try:
    sizes, gradients = [1, 4, 16, 64, 256, 1024], gradients_of_each(build())
    variances = torch.as_tensor(gradient_variance(gradients, sizes, 200)).cpu()
    figure = Figure(figsize=(6.4, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.loglog(sizes, variances, "o", color=COLORS[0], label="measured")
    axes.loglog(
        sizes,
        [variances[0] / m for m in sizes],
        "--",
        color=COLORS[1],
        label="value at m = 1, over m",
    )
    axes.axhline(
        gradients.mean(0).square().sum().item(), color="gray", label="full gradient, squared"
    )
    label_axes(axes, title="Gradient noise", xlabel="batch size m", ylabel="variance")
    axes.legend(fontsize="small")
    found = [f"m = {m}: {value:.4f}" for m, value in zip(sizes, variances.tolist(), strict=True)]
    show(figure, alt="Variance of minibatch gradients. " + "; ".join(found))
    print("\n".join(found))
except NotImplementedError:
    print("Write exercise 10 first, then run this cell again.")

# %% [markdown]
# **Written question (8 points).** From your pictures, with numbers read off. (a) How many steps does Adam take in the
# 40 passes, how many at most L-BFGS on the full batch, and who has the lower loss after 10 passes and after 40? (b) What
# does L-BFGS do on minibatches, and why, if it works so well on the full batch? (c) The rates in the legend differ up to
# fifty-fold. Would it be fairer to give all six the same rate? (d) By how much does the variance fall from m = 64 to
# m = 256, what does that cost, and from which batch size on is the noise smaller than the gradient itself? Six to ten
# sentences.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-race", "locked": false, "points": 8, "schema_version": 3, "solution": true, "task": false}
# A full answer (8 points):
#
# - (a) 1,078 images make 17 minibatches, so Adam takes 17 × 40 = 680 steps, L-BFGS fewer than 40, since each step costs an
#   evaluation at least. After 10 passes Adam is ahead by far, about 0.1 against 0.7; after 40 L-BFGS is, about 0.003
#   against 0.016: by then it knows the curvature (2 points);
# - (b) on minibatches its loss falls fast, then stays between 0.05 and 0.2 and jumps, once to 4: it learns the curvature
#   from how the gradient changes between steps, and here that changes mostly because the minibatch does (2 points);
# - (c) no: RMSProp and Adam divide by the size of the gradient, so that their steps are about as long as the rate, while
#   SGD's are the rate times the gradient; the same number means other steps, and each must be compared at its own best
#   rate (2 points);
# - (d) it falls by the factor 4, from 0.066 to 0.018, as 1/m says; each step costs four times the images, for a deviation
#   that is only halved. The squared gradient is about 0.057, so from m = 80 or so on the noise is the smaller (2 points).

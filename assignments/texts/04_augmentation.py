# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Assignment 4: Data augmentation
#
# In this assignment you write the augmentations of Lecture 4 as functions of a whole batch: flips, crops, colours,
# random and learned policies, cutout, mixup and CutMix. Then you find out which transforms break a label, and measure
# where *your* flips and crops help a network, and where they harm it.
#
# | exercise | minutes | points |
# | --- | --- | --- |
# | 1 Random horizontal flip | 5 | 6 |
# | 2 Random crop with padding | 10 | 8 |
# | 3 Ten-crop test-time averaging | 15 | 9 |
# | 4 Brightness and contrast | 10 | 7 |
# | 5 Principal colours | 5 | 6 |
# | 6 PCA lighting | 10 | 8 |
# | 7 RandAugment | 10 | 8 |
# | 8 A learned policy | 10 | 8 |
# | 9 Cutout | 10 | 8 |
# | 10 Mixup | 10 | 9 |
# | 11 CutMix | 10 | 11 |
# | 12 Transforms that break a label | 5 | 5 |
# | 13 Experiment and written question | 10 | 7 |
#
# **You need** Lecture 4, sections 2 to 4 and 6 to 11, and PyTorch tensors. **You will be able to** augment a batch so that
# every picture gets its own draw, average predictions over crops, mix pictures and labels with the right weights, and
# say which augmentation a task allows.
#
# **How it is checked.** Under each exercise stands a line `check(…)`. Run it as often as you like: it tells you at once
# which parts are right and, where one is not, what was measured, what was expected and which mistake it looks like.
# The grade comes from the same checks on other inputs. The order in which you draw random numbers is free, and so is
# the way you write your code: any right answer is right. Before you hand in, press **Validate** at the top: it runs the
# whole notebook and names every check that is not fully right yet; the check's own line says why.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math
import random

import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F

from autograder import check
from utils.data import Split, load
from utils.plots import COLORS, image_grid, label_axes, show
from utils.training import choose_device, evaluate, fit, set_seed

torch.set_num_threads(1)  # the networks here are small: more threads would only wait for each other

# %% [markdown]
# ## What holds in all exercises
#
# `images` is a batch [N, C, H, W], `float32` or `float64`, on any device; N may be 1. **Return a new tensor** of the
# shape, dtype and device of `images`, and do not change `images` in place: the next epoch needs it.
#
# *Each picture draws for itself* means what it says. A draw that serves the whole batch gives a batch that is flipped
# or not, moved this way or that: it is the most frequent mistake in augmentation, and the checks look for it. Every
# call draws anew, so never set a random seed inside.

# %% [markdown]
# ## Exercise 1: random horizontal flip (5 minutes, 6 points)
#
# Write `random_flip(images, flip_prob)`. Each picture is mirrored left to right with probability `flip_prob`, and else
# stays as it is:
#
# $$\tilde x_{n,c,i,j} = \begin{cases} x_{n,c,\,i,\,W-1-j} & \text{with probability } \texttt{flip\_prob} \\
# x_{n,c,i,j} & \text{otherwise} \end{cases}$$
#
# - `flip_prob`: a Python float in [0, 1].
#
# <details><summary>Hint: a choice for each picture</summary>
# Draw N numbers and compare them with <code>flip_prob</code>. <code>torch.where</code> chooses between two tensors by a
# tensor of flags; give the flags a shape that is repeated over channels, rows and columns.
# </details>


# %% nbgrader={"grade": false, "grade_id": "geometry-flip", "locked": false, "schema_version": 3, "solution": true, "task": false}
def random_flip(images, flip_prob):
    """Mirror each picture left to right with probability flip_prob."""
    ### BEGIN SOLUTION
    chosen = torch.rand(len(images), 1, 1, 1, device=images.device) < flip_prob
    return torch.where(chosen, images.flip(-1), images)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-geometry-flip", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("geometry.flip", random_flip)

# %% [markdown]
# ## Exercise 2: random crop with padding (10 minutes, 8 points)
#
# Write `random_crop(images, padding)`. Put a border of `padding` zeros around each picture, on all four sides, and cut a
# patch of the old size H × W out of it at a random place, another one for each picture.
#
# - `padding`: a Python int, 0 or more. With 0 the pictures stay as they are.
#
# A border of 4 gives 9 × 9 places: the upper left corner of the patch may lie in any of $2 \cdot \texttt{padding} + 1$
# rows and as many columns. All of these places are equally likely, **the last ones too**; row and column are drawn
# apart.
#
# <details><summary>Hint: padding</summary>
# <code>F.pad(images, [padding] * 4)</code> pads left, right, top and bottom with zeros.
# </details>
#
# <details><summary>Hint: the last place</summary>
# <code>torch.randint(n, …)</code> draws from 0 to n - 1. How many places are there?
# </details>


# %% nbgrader={"grade": false, "grade_id": "geometry-crop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def random_crop(images, padding):
    """Pad each picture with zeros, then cut its old size out at a random place."""
    ### BEGIN SOLUTION
    height, width = images.shape[2:]
    crops = []
    for picture in F.pad(images, [padding] * 4):
        top, left = torch.randint(2 * padding + 1, (2,)).tolist()
        crops.append(picture[:, top : top + height, left : left + width])
    return torch.stack(crops)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-geometry-crop", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("geometry.crop", random_crop)

# %% [markdown]
# ## Exercise 3: ten-crop test-time averaging (15 minutes, 9 points)
#
# Write `ten_crop(model, images, size)`. It returns the probabilities [N, K] that `model` gives each picture, averaged
# over ten crops of size × size: the four corners, the centre, and the mirror images (left to right) of these five.
#
# $$\bar p = \frac{1}{10} \sum_{t=1}^{10} \text{softmax}\big(f(\text{crop}_t(x))\big)$$
#
# - `model`: a function from a batch of crops [B, C, size, size] to **logits** [B, K].
# - `size`: a Python int, at most H and at most W. H - size and W - size are even here, so the centre is plain.
#
# A GPU is best used with large batches: call `model` **once**, with all 10 N crops in one batch, and sort its answers
# back to their pictures. Cut the crops out by slicing; torchvision's crops are not asked for.
#
# <details><summary>Hint: there and back</summary>
# <code>torch.stack</code> puts ten batches along a new first axis: [10, N, C, size, size].
# <code>flatten(0, 1)</code> makes one batch of it, and <code>unflatten(0, (10, -1))</code> undoes that.
# </details>
#
# <details><summary>Hint: in which order</summary>
# The formula has the softmax inside the sum. Which axis holds the classes, and which one the ten crops?
# </details>


# %% nbgrader={"grade": false, "grade_id": "geometry-ten_crop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ten_crop(model, images, size):
    """Probabilities [N, K], the mean over four corners, the centre and their mirror images."""
    ### BEGIN SOLUTION
    bottom, right = images.shape[2] - size, images.shape[3] - size
    corners = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    five = torch.stack([images[:, :, i : i + size, j : j + size] for i, j in corners])
    views = torch.cat([five, five.flip(-1)])
    probabilities = model(views.flatten(0, 1)).softmax(1)
    return probabilities.unflatten(0, (10, -1)).mean(0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-geometry-ten_crop", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
check("geometry.ten_crop", ten_crop)

# %% [markdown]
# ## Exercise 4: brightness and contrast (10 minutes, 7 points)
#
# Write `brightness_contrast(images, brightness, contrast)`. Nothing is drawn here: every picture comes with its own two
# factors, which the caller has drawn.
#
# - `images`: RGB, [N, 3, H, W], values in [0, 1].
# - `brightness`, `contrast`: tensors [N] of the dtype of `images`, 0 or more.
#
# First the brightness, then the contrast of what came out, each cut to [0, 1]:
#
# $$x' = \text{cut}(b\,x), \qquad \tilde x = \text{cut}\big(c\,x' + (1 - c)\,m\big), \qquad
# m = \frac{1}{HW} \sum_{i,j} \big(0.299\,R'_{ij} + 0.587\,G'_{ij} + 0.114\,B'_{ij}\big)$$
#
# So $m$ is **one number a picture**: the mean grey of $x'$, the picture whose brightness has been changed.
#
# <details><summary>Hint: factors for pictures</summary>
# A tensor [N] does not fit [N, 3, H, W] from the left. <code>factor.view(-1, 1, 1, 1)</code> does.
# </details>


# %% nbgrader={"grade": false, "grade_id": "color-brightness_contrast", "locked": false, "schema_version": 3, "solution": true, "task": false}
def brightness_contrast(images, brightness, contrast):
    """Change the brightness, then the contrast about the mean grey, by one factor a picture each."""
    ### BEGIN SOLUTION
    brightness, contrast = (factor.view(-1, 1, 1, 1) for factor in (brightness, contrast))
    brighter = (brightness * images).clamp(0, 1)
    red, green, blue = brighter.unbind(1)
    grey = 0.299 * red + 0.587 * green + 0.114 * blue
    mean = grey.mean((1, 2)).view(-1, 1, 1, 1)
    return (contrast * brighter + (1 - contrast) * mean).clamp(0, 1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-color-brightness_contrast", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
check("color.brightness_contrast", brightness_contrast)

# %% [markdown]
# ## Exercise 5: principal colours (5 minutes, 6 points)
#
# Along which directions do the colours of a data set vary? Write `principal_colors(images)`. Take **all pixels of all
# pictures** as points (R, G, B) and return the pair `(variances, directions)` of their 3 × 3 covariance matrix:
#
# - `variances` [3]: its eigenvalues, the **largest first**;
# - `directions` [3, 3]: **row** k is the unit eigenvector of `variances[k]`. Its sign is free.
#
# `images` is [N, 3, H, W]. Whether you divide by the number of pixels or by one less is up to you.
#
# <details><summary>Hint: all red values in one row</summary>
# <code>reshape(3, -1)</code> alone cuts the batch into three pieces and mixes the channels. The axis of the channels has
# to come first: <code>images.transpose(0, 1)</code>.
# </details>
#
# <details><summary>Hint: eigenvectors</summary>
# <code>torch.linalg.eigh</code> sorts the eigenvalues upwards, and its eigenvectors are columns.
# </details>


# %% nbgrader={"grade": false, "grade_id": "color-principal", "locked": false, "schema_version": 3, "solution": true, "task": false}
def principal_colors(images):
    """Variances [3], the largest first, and directions [3, 3], in rows, of all RGB pixels."""
    ### BEGIN SOLUTION
    colors = images.transpose(0, 1).flatten(1)
    centred = colors - colors.mean(1, keepdim=True)
    variances, vectors = torch.linalg.eigh(centred @ centred.T / colors.shape[1])
    return variances.flip(0), vectors.T.flip(0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-color-principal", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("color.principal", principal_colors)

# %% [markdown]
# ## Exercise 6: PCA lighting (10 minutes, 8 points)
#
# Write `random_lighting(images, variances, directions, std)`. To all pixels of a picture add one offset,
#
# $$\Delta = \sum_{k=1}^{3} \alpha_k\, \lambda_k\, p_k, \qquad \alpha_k \sim \mathcal{N}(0, \texttt{std}^2),$$
#
# with the variances $\lambda_k$ and the directions $p_k$ (rows) as exercise 5 returns them. The three $\alpha_k$ are
# drawn once for each picture. `std` is a standard deviation; AlexNet takes 0.1.
#
# - `variances` [3], `directions` [3, 3]: tensors of the dtype of `images`.
# - Values are not cut to [0, 1] here.
#
# The variances stand in the formula as they are: no root is taken of them.
#
# <details><summary>Hint: shapes</summary>
# The alphas are [N, 3]; so are the offsets. A product with a matrix sums over k.
# </details>


# %% nbgrader={"grade": false, "grade_id": "color-lighting", "locked": false, "schema_version": 3, "solution": true, "task": false}
def random_lighting(images, variances, directions, std):
    """Add an offset along the principal colours to each picture, one draw of three alphas each."""
    ### BEGIN SOLUTION
    alphas = std * torch.randn(len(images), 3, dtype=images.dtype, device=images.device)
    offsets = (alphas * variances) @ directions
    return images + offsets[:, :, None, None]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-color-lighting", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("color.lighting", random_lighting)

# %% [markdown]
# ## Exercise 7: RandAugment (10 minutes, 8 points)
#
# Write `randaugment(images, operations, num_ops, magnitude)`. For each picture draw `num_ops` operations, **with
# replacement** and all equally likely, and apply them one after the other, each to what the one before it gave.
#
# - `operations`: a list of functions `operation(picture, magnitude)`. Each takes a picture [C, H, W] and returns a new
#   one of the same form. Leave the list as it is.
# - `num_ops`: a Python int; with 0 nothing happens.
# - `magnitude`: passed to every operation as it is.
#
# <details><summary>Hint: one picture at a time</summary>
# Loop over the pictures, collect the results in a list and stack them: every picture has operations of its own.
# </details>


# %% nbgrader={"grade": false, "grade_id": "policies-randaugment", "locked": false, "schema_version": 3, "solution": true, "task": false}
def randaugment(images, operations, num_ops, magnitude):
    """Apply num_ops random operations to each picture, drawn with replacement."""
    ### BEGIN SOLUTION
    results = []
    for picture in images:
        for operation in random.choices(operations, k=num_ops):
            picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-policies-randaugment", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("policies.randaugment", randaugment)

# %% [markdown]
# ## Exercise 8: a learned policy (10 minutes, 8 points)
#
# AutoAugment's search ends with a policy; this exercise applies one. Write `autoaugment(images, policy)`. For each
# picture draw one sub-policy, all equally likely. Then go through its operations in order: each is applied with its own
# probability, at its own magnitude, to what came before. Every operation tosses its own coin.
#
# - `policy`: a list of sub-policies; a sub-policy is a list of triples `(operation, probability, magnitude)`, mostly
#   two, with operations as in exercise 7.
#
# <details><summary>Hint: a picture that stays as it is</summary>
# Where no coin says yes, the picture comes back unchanged. That is no mistake: the policy asks for it.
# </details>


# %% nbgrader={"grade": false, "grade_id": "policies-autoaugment", "locked": false, "schema_version": 3, "solution": true, "task": false}
def autoaugment(images, policy):
    """Apply a random sub-policy to each picture, each of its operations with its own probability."""
    ### BEGIN SOLUTION
    results = []
    for picture in images:
        for operation, probability, magnitude in random.choice(policy):
            if random.random() < probability:
                picture = operation(picture, magnitude)
        results.append(picture)
    return torch.stack(results)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-policies-autoaugment", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("policies.autoaugment", autoaugment)

# %% [markdown]
# ## Exercise 9: cutout (10 minutes, 8 points)
#
# Write `cutout(images, size, fill)`. In each picture a square of size × size pixels is set to `fill`, in all channels.
# Its centre is drawn anywhere in the picture, all pixels equally likely, and what hangs over the edge is cut off: near
# a corner only a part of the square is seen.
#
# - `size`: a Python int, 1 or more, even or odd; it may be larger than the picture.
# - `fill`: a Python float.
#
# With the centre in row r the square covers the rows from $r - \lfloor \texttt{size}/2 \rfloor$ on, `size` of them, as far as they lie
# inside; columns likewise.
#
# <details><summary>Hint: slices that start below zero</summary>
# <code>x[-1:3]</code> starts at the <em>last</em> place. Take <code>max(start, 0)</code>. An end beyond the last place does no
# harm.
# </details>


# %% nbgrader={"grade": false, "grade_id": "erasing-cutout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cutout(images, size, fill):
    """Set a square in each picture to fill, its centre anywhere, clipped at the edge."""
    ### BEGIN SOLUTION
    out = images.clone()
    for picture in out:
        top = random.randrange(images.shape[2]) - size // 2
        left = random.randrange(images.shape[3]) - size // 2
        picture[:, max(top, 0) : top + size, max(left, 0) : left + size] = fill
    return out
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-erasing-cutout", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
check("erasing.cutout", cutout)

# %% [markdown]
# ## Exercise 10: mixup (10 minutes, 9 points)
#
# Write `mixup(images, labels, num_classes, alpha)`. It returns the pair `(mixed, targets)`:
#
# $$\tilde x_n = \lambda\, x_n + (1 - \lambda)\, x_{\pi(n)}, \qquad
# \tilde y_n = \lambda\, y_n + (1 - \lambda)\, y_{\pi(n)}, \qquad \lambda \sim \text{Beta}(\alpha, \alpha)$$
#
# with one-hot labels $y$. Draw **one** weight $\lambda$ and **one** random permutation $\pi$ of the batch in each call; both
# serve pictures and labels. A permutation may leave a picture where it is.
#
# - `labels`: int64 [N], numbers below `num_classes`.
# - `alpha`: a Python float above 0.
# - `targets`: [N, num_classes], of the dtype of `images`.
#
# <details><summary>Hint: drawing</summary>
# <code>torch.randperm</code> draws a permutation, <code>torch.distributions.Beta(alpha, alpha).sample()</code> a weight.
# </details>
#
# <details><summary>Hint: one-hot</summary>
# <code>F.one_hot(labels, num_classes)</code> gives integers.
# </details>


# %% nbgrader={"grade": false, "grade_id": "mixing-mixup", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mixup(images, labels, num_classes, alpha):
    """Blend each picture and its label with a partner's. Returns (mixed, targets)."""
    ### BEGIN SOLUTION
    lam = torch.distributions.Beta(alpha, alpha).sample().item()
    partners = torch.randperm(len(images), device=images.device)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    mixed = lam * images + (1 - lam) * images[partners]
    return mixed, lam * hot + (1 - lam) * hot[partners]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-mixing-mixup", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
check("mixing.mixup", mixup)

# %% [markdown]
# ## Exercise 11: CutMix (10 minutes, 11 points)
#
# Write `cutmix(images, labels, num_classes, lam)`, which returns `(mixed, targets)` as mixup does. The weight is given; you
# draw a permutation and a box, **one of each for the batch**. Inside the box each picture shows its partner, at the same
# place.
#
# 1. Draw the box's centre: a row r of H and a column s of W, all equally likely.
# 2. Half of its height is $h = \lfloor H \sqrt{1 - \texttt{lam}}\, / 2 \rfloor$, half of its width
#    $w = \lfloor W \sqrt{1 - \texttt{lam}}\, / 2 \rfloor$.
# 3. It covers the rows from r - h to r + h and the columns from s - w to s + w, the ends not included, as far as they lie
#    inside the picture.
# 4. The labels follow the **area**: $\tilde y_n = \lambda' y_n + (1 - \lambda')\, y_{\pi(n)}$, where $1 - \lambda'$ is the share of
#    pixels in the clipped box. This is not `lam`: the box was rounded, and perhaps clipped.
#
# - `lam`: a Python float in [0, 1]. Everything else is as in exercise 10.
#
# <details><summary>Hint: clip first</summary>
# Compute the four clipped ends once. The slices need them, and the area too.
# </details>


# %% nbgrader={"grade": false, "grade_id": "mixing-cutmix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cutmix(images, labels, num_classes, lam):
    """Paste a box of a partner into each picture, mix the labels by area. Returns (mixed, targets)."""
    ### BEGIN SOLUTION
    height, width = images.shape[2:]
    row, column = random.randrange(height), random.randrange(width)
    half_height, half_width = (int(side * math.sqrt(1 - lam) / 2) for side in (height, width))
    top, bottom = max(row - half_height, 0), min(row + half_height, height)
    left, right = max(column - half_width, 0), min(column + half_width, width)
    partners = torch.randperm(len(images), device=images.device)
    mixed = images.clone()
    mixed[:, :, top:bottom, left:right] = images[partners, :, top:bottom, left:right]
    pasted = (bottom - top) * (right - left) / (height * width)
    hot = F.one_hot(labels, num_classes).to(images.dtype)
    return mixed, (1 - pasted) * hot + pasted * hot[partners]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-mixing-cutmix", "locked": true, "points": 11, "schema_version": 3, "solution": false, "task": false}
check("mixing.cutmix", cutmix)

# %% [markdown]
# ## Exercise 12: transforms that break a label (5 minutes, 5 points)
#
# An augmentation claims that the answer stays the same. Whether the claim holds can be measured, **class by class**: half
# a turn leaves most digits without a meaning, but a 6 becomes a 9. Write
# `broken_labels(label_of, images, transforms, tolerance)`. A transform breaks a class where **more than** the share
# `tolerance` of the pictures *of this class* get another label after it.
#
# - `label_of`: a function from a batch of pictures to their labels, int64 [N]; think of a person who looks at them.
# - `transforms`: a dict from names to functions; each takes a batch and returns a new one.
# - Return a dict from the name of each transform that breaks a class to the set of the classes (Python ints) that it
#   breaks. A class counts by its label *before* the transform. Transforms that break nothing are left out.
#
# A class number of which there is no picture is not broken.
#
# <details><summary>Hint: one class</summary>
# <code>changed[labels == c]</code> are the fates of the pictures of class c.
# </details>


# %% nbgrader={"grade": false, "grade_id": "invariance-broken_labels", "locked": false, "schema_version": 3, "solution": true, "task": false}
def broken_labels(label_of, images, transforms, tolerance):
    """The classes that each transform breaks, {name: set of classes}, without those that break none."""
    ### BEGIN SOLUTION
    labels, broken = label_of(images), {}
    for name, transform in transforms.items():
        changed = (label_of(transform(images)) != labels).float()
        classes = [c for c in labels.unique().tolist() if changed[labels == c].mean() > tolerance]
        if classes:
            broken[name] = set(classes)
    return broken
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-invariance-broken_labels", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check("invariance.broken_labels", broken_labels)

# %% [markdown]
# ## Exercise 13: what does it do? (10 minutes, 7 points)
#
# A small convolutional network has 200 digits to learn from, each cut out so that it fills its 8 × 8 frame. It is tested
# twice: on validation digits from the same frames, and on the same digits **moved** by up to a pixel, as from a
# careless scanner. The next cells train it without augmentation, with *your* flips and with *your* crops, three times
# each, and take a few seconds. Run them again with other augmentations if you like: cutout, or flips and crops
# together. Keep the picture that you discuss below: it is handed in with your answer.


# %% tags=["experiment"]
class Augmented(nn.Module):
    """Augments while training; test images go through as they are."""

    def __init__(self, augment):
        super().__init__()
        self.augment = augment

    def forward(self, images):
        return self.augment(images) if self.training else images


def train_with(augment, train, seed):
    set_seed(seed)
    layers = [Augmented(augment), nn.Conv2d(1, 16, 3, padding=1), nn.ReLU()]
    layers += [nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(), nn.Flatten()]
    model = nn.Sequential(*layers, nn.Linear(512, 10)).to(train.labels.device)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    fit(model, train, optimizer=optimizer, num_epochs=20, batch_size=20, progress=False)
    return model


# %% [markdown]
# Look at what the network will see, before it sees it.

# %% tags=["experiment"]
augmentations = {
    "as they are": lambda images: images,
    "flips": lambda images: random_flip(images, 0.5),
    "crops": lambda images: random_crop(images, 1),
}
digits = load("digits", device=choose_device())
try:
    few = digits.train.images[:8]
    rows = torch.cat([augment(few) for augment in augmentations.values()])
    captions = [name for name in augmentations for _ in few]
    figure = image_grid(rows, captions, title="Eight digits, as the network sees them")
    show(figure, alt="Eight digits in three rows: as they are, some mirrored, most moved a little.")
except NotImplementedError:
    print("Write exercises 1 and 2 first, then run this cell again.")


# %% tags=["experiment"]
def accuracies(augment, tests):
    """Accuracy of three networks on each test, [3, tests]."""
    models = [train_with(augment, digits.train[:200], seed) for seed in range(3)]
    return torch.tensor([[evaluate(model, test)[1] for test in tests] for model in models])


try:
    set_seed(0)
    moved = Split(random_crop(digits.val.images, 1), digits.val.labels)
    tests = {"digits in their frames": digits.val, "digits moved": moved}
    figure = Figure(figsize=(6.4, 3.4), layout="constrained")
    axes = figure.subplots()
    for number, (name, augment) in enumerate(augmentations.items()):
        scores = accuracies(augment, tests.values())
        places = torch.arange(len(tests)) + 0.25 * (number - 1)
        bars = axes.bar(places, scores.mean(0), 0.22, color=COLORS[number], label=name)
        axes.bar_label(bars, fmt="{:.1%}", padding=6)
        axes.plot(places.expand(3, -1), scores, "k.", markersize=4)
    axes.set(xticks=range(len(tests)), xticklabels=list(tests), ylim=(0, 1.25))
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    label_axes(
        axes, title="Trained on 200 digits, three networks each", xlabel="test", ylabel="accuracy"
    )
    axes.legend(title="training digits", ncols=3, loc="upper center")
    show(figure, alt="Bars: accuracy without augmentation, with flips, with crops, in two tests.")
except NotImplementedError:
    print("Write exercises 1 and 2 first, then run this cell again.")

# %% [markdown]
# **Written question (7 points).** From your picture: what do crops change in each of the two tests, and what do flips?
# Each bar is the mean of three networks, each dot one of them: which differences are larger than the spread of the
# dots? Explain both augmentations by the claim that they make about the answer, and by whether the test varies in the
# same way. Would you augment with flips if the classes were dogs and cats? Three to six sentences; name the numbers
# that you read off.

# %% [markdown] nbgrader={"grade": true, "grade_id": "written-claims", "locked": false, "points": 7, "schema_version": 3, "solution": true, "task": false}
# A full answer (7 points):
#
# - reads the means off the picture, near 93 % and 36 % for digits as they are, 89 % and 33 % with flips, 88 % and 78 % with
#   crops, and sees that the dots of one bar lie a few points apart at most (2 points);
# - crops claim that a digit moved by a pixel is the same digit. That is true, and the second test varies in just this
#   way: more than forty points. In the first test nothing moves, so there crops only make the task harder: they cost
#   about five points (2 points);
# - flips claim that a mirrored digit is the same digit. For most digits that is false, and neither test holds a mirrored
#   one: the network spends its weights on signs that never come, and is worse in both tests, by about four and three
#   points, more than the dots of those bars are apart (2 points);
# - yes: a mirrored dog is a dog, and photographs show them facing either way (1 point).

# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Lecture 8: Transfer learning
#
# Most networks in use did not start from random weights. They started from a network that had learned
# something else. This lecture is about what can be taken over, how, and when it pays.
#
# 1. Do you need a lot of data?
# 2. A network that has seen shapes
# 3. Feature extraction
# 4. Nearest neighbours
# 5. Fine-tuning
# 6. How many layers to freeze
# 7. Batch norm in test mode
# 8. Little or much data, near or far
# 9. The norm, not the exception
# 10. The limits
# 11. What to remember

# %% [markdown] slideshow={"slide_type": "subslide"}
# **After this lecture you can**
#
# - use a pretrained network as a feature extractor, for classification and for retrieval;
# - fine-tune it: head first, about a tenth of the rate, low layers frozen, batch norm in test mode;
# - choose a strategy by how much data you have and how near it is to what the network has seen;
# - say when training from scratch does as well.
#
# **Time**: 60 minutes. **You need**: convolutional networks, batch norm (Lecture 1), SGD with momentum
# (Lecture 2), training and validation data.

# %% slideshow={"slide_type": "skip"}
import copy
import time

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F
from torch.optim import SGD
from torch.optim.lr_scheduler import PolynomialLR
from torchvision import models

# %% slideshow={"slide_type": "skip"}
from utils.data import Split
from utils.explore.fine_tuning import freezing_explorer, rate_explorer
from utils.explore.pretrained import load_pretrained
from utils.explore.pretraining import (
    PRETRAINING_LR,
    SOURCE,
    TARGET,
    TARGET_NAMES,
    as_pictures,
    build_network,
    pretrain,
    shapes_task,
    without_norms,
)

# %% slideshow={"slide_type": "skip"}
from utils.explore.retrieval import retrieval_explorer
from utils.explore.transfer_table import (
    ADVICE,
    STRATEGIES,
    linear_heads,
    measure_transfer,
    stage_outputs,
    transfer_explorer,
)
from utils.plots import COLORS, image_grid, label_axes, show
from utils.populations import fit_population, lr_table
from utils.training import choose_device, evaluate, fit, set_seed

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Do you need a lot of data?
#
# "A convolutional network needs a lot of data." So what do you do with thirty images?
#
# Our task has five classes, drawn in colour, 16 × 16 pixels: plus, star, crescent, bars and dots. First the obvious:
# train a network on the thirty images, from random weights.

# %% slideshow={"slide_type": "fragment"}
torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on a busy machine
device = choose_device()
few = shapes_task(TARGET, 30, seed=101).to(device)
held_out = shapes_task(TARGET, 500, seed=900).to(device)
pictures = as_pictures(few.images[:16])
figure = image_grid(pictures, few.labels[:16].cpu(), classes=TARGET_NAMES, title="The new task")
show(figure, alt="Sixteen small coloured pictures of pluses, stars, crescents, bars and dots.")

# %% slideshow={"slide_type": "fragment"}
from_scratch = build_network(seed=1).to(device)
optimizer = SGD(from_scratch.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4)
schedule = PolynomialLR(optimizer, total_iters=100)  # falls to zero in a straight line
fit(from_scratch, few, optimizer=optimizer, scheduler=schedule, num_epochs=100, batch_size=32)
scratch_accuracy = evaluate(from_scratch, held_out)[1]
print(f"training {evaluate(from_scratch, few)[1]:.0%}, validation {scratch_accuracy:.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# It learned its thirty images by heart. The rest of this lecture is about doing better with the same thirty: with
# the help of *other* images.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. A network that has seen shapes
#
# **Transfer learning** needs a *source* task with much data and a *target* task with little. Our source has five
# other shapes and 4,000 images: disk, ring, square, frame and triangle. None of the five new shapes is among them.
#
# For photographs the source is usually ImageNet. The whole of it has 14 million images; the part that
# nearly everyone pretrains on, ImageNet-1K, has a thousand classes and 1.28 million.

# %% slideshow={"slide_type": "fragment"}
source = shapes_task(SOURCE, 4000, seed=0).to(device)
source_val = shapes_task(SOURCE, 500, seed=1).to(device)
network, history = pretrain(source, source_val)
print(f"source task, validation accuracy {history.val_accuracy[-1]:.1%}")
print(network)

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three stages of convolution, batch norm, ReLU and pooling, then one linear layer, the **head**. That took a few seconds.
# What has it learned? The first stage can be looked at directly: its weights are small colour pictures.

# %% slideshow={"slide_type": "subslide"}
filters = network[0][0].weight.detach()
scaled = 0.5 + 0.5 * filters / filters.abs().amax(dim=(1, 2, 3), keepdim=True)
figure = image_grid(scaled, columns=8, title="The 16 filters of the first stage, 3 × 3 × 3")
show(figure, alt="Sixteen pictures of nine coloured cells: some with a light and a dark side.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Nine pixels are few for a picture, but some filters are light on one side and dark on the other: an edge.
# Others compare colours. None looks like a disk or a frame: low layers see what occurs in *any* picture. Deeper ones can only
# be seen by what they answer to:

# %% slideshow={"slide_type": "subslide"}
one = held_out.images[(held_out.labels == 1).nonzero()[0]]  # a star, which the network never saw
maps = [as_pictures(one)]
with torch.no_grad():
    for stage in range(1, 4):
        outputs = network[:stage](one)[0]
        strongest = outputs.mean(dim=(1, 2)).topk(5).indices
        answer = outputs[strongest] / outputs[strongest].amax(dim=(1, 2), keepdim=True)
        large = F.interpolate(answer[:, None], size=16, mode="nearest").expand(-1, 3, -1, -1)
        maps.append(large)
names = ["a star"] + [f"stage {stage}" for stage in (1, 2, 3) for _ in range(5)]
figure = image_grid(
    torch.cat(maps), names, columns=8, title="A star, and five answers of each stage"
)
show(figure, alt="A star, then fifteen grey maps that get coarser: 8, 4 and 2 cells wide.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The first stage still draws the star: an edge of it, or its area. The second keeps rough places. Of the third, four
# cells are left: they say *that* something is there, and hardly where. From below to above a network goes from **generic**
# to **specific** (Yosinski et al., 2014).

# %% [markdown] slideshow={"slide_type": "subslide"}
# The same on a network that has seen 1.28 million photographs, if there is a network to fetch it over:

# %% slideshow={"slide_type": "fragment"}
resnet = load_pretrained("resnet18", models.ResNet18_Weights.IMAGENET1K_V1)
if resnet is None:
    print("No network here, so ResNet-18 has no weights. Run this cell again where there is one.")
else:
    filters = resnet.conv1.weight.detach()
    low, high = filters.amin((1, 2, 3), keepdim=True), filters.amax((1, 2, 3), keepdim=True)
    figure = image_grid((filters - low) / (high - low), columns=16, title="ResNet-18, first layer")
    show(figure, alt="64 filters of 7 × 7 pixels: edges in all directions, stripes, colour spots.")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. Feature extraction
#
# How can a network that knows five shapes tell five others apart? Drop its last layer. What is left is a function
# $f$ from images to 256 numbers, **features**. Freeze it, and train a linear classifier on the features alone:
#
# $$\hat y = \operatorname{softmax}\big(W f(x) + b\big), \qquad \text{only } W \text{ and } b \text{ are trained.}$$
#
# That is 1,285 numbers instead of almost 25,000, and a convex problem (Donahue et al., 2014, called it DeCAF;
# Razavian et al., 2014, found it an "astounding baseline").

# %% slideshow={"slide_type": "fragment"}
body = network[:-1].requires_grad_(False).eval()  # all but the head
features = Split(body(few.images), few.labels)
print(f"images {tuple(few.images.shape)} became features {tuple(features.images.shape)}")
head = nn.Linear(256, len(TARGET_NAMES)).to(device)
optimizer = SGD(head.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-3)
fit(head, features, optimizer=optimizer, num_epochs=150, batch_size=32)
linear_accuracy = evaluate(nn.Sequential(body, head), held_out)[1]
print(f"from scratch {scratch_accuracy:.1%}, linear on features {linear_accuracy:.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Thirty images are few, and the luck of the draw is large; below are ten draws. Three details of this cell matter:
#
# - `requires_grad_(False)` freezes: no gradients are computed or kept;
# - `eval()` puts batch norm into test mode (Section 7 shows what happens without);
# - features are computed **once**, so that each epoch costs next to nothing.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Is it the *training* of the features that helps, or would any random network do? And must it be the last stage? A linear
# classifier on each stage, ten draws of thirty images at a time, as one population; and ten networks from scratch:

# %% slideshow={"slide_type": "fragment"}
untrained = build_network(seed=0).to(device).eval()
draws = [shapes_task(TARGET, 30, seed=seed).to(device) for seed in range(100, 110)]
settings = {"lr": 0.02, "momentum": 0.9, "weight_decay": 1e-3, "num_epochs": 150, "batch_size": 32}
by_stage = {}
for name, extractor in {"random": untrained, "pretrained": network}.items():
    for stage in range(4):
        inputs = [stage_outputs(extractor, stage, draw) for draw in draws]
        val = stage_outputs(extractor, stage, held_out)
        heads = linear_heads(inputs[0].images[0].numel(), len(draws), device)
        fit_population(heads, inputs, **settings, progress=False)
        by_stage[name, stage] = [evaluate(head, val)[1] for head in heads]

# %% slideshow={"slide_type": "subslide"}
scratch_plan = lr_table(lambda o: PolynomialLR(o, 60), 0.05, 60)
ten = [build_network(seed).to(device) for seed in range(10)]
fit_population(
    ten, draws, lr=np.stack([scratch_plan] * 10), momentum=0.9, num_epochs=60, batch_size=32
)
from_scratch_ten = [evaluate(model, held_out)[1] for model in ten]
last = by_stage["pretrained", 3]
print(f"from scratch {np.mean(from_scratch_ten):.1%} on average, linear on top {np.mean(last):.1%}")

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.6, 3.6), layout="constrained")
axes = figure.subplots()
for name, color, marker in (("pretrained", COLORS[0], "o"), ("random", COLORS[1], "s")):
    values = np.array([by_stage[name, stage] for stage in range(4)])
    axes.plot(range(4), values.mean(1), color=color, marker=marker, label=f"{name} network")
    axes.plot(range(4), values, ".", color=color, alpha=0.3)
axes.axhline(np.mean(from_scratch_ten), color="0.4", linestyle="--", label="from scratch")
axes.set_xticks(range(4), ["pixels", "stage 1", "stage 2", "stage 3"])
title = "A linear classifier on 30 images, ten draws"
label_axes(axes, title=title, xlabel="features from", ylabel="validation accuracy")
axes.legend()
means = ", ".join(f"{name} stage {k}: {np.mean(v):.0%}" for (name, k), v in by_stage.items())
show(figure, alt=f"Validation accuracy by stage (0: pixels). {means}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** On pixels a linear classifier is poor. A stage or two of random filters help a little: pooling forgives
# small moves. A third harms. Trained ones help far more, and it is the training that does it. The last stage is not the
# only useful one: it is the most specific to the *source*, so the stage below it serves about as well.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. Nearest neighbours
#
# What do features consider alike? Ask for the nearest neighbours of an image: in the space of pixels, and in the space
# of features. No classifier is trained at all; that is **image retrieval**. With features $f$, made to length one,
#
# $$d(x, x') = \left\lVert \frac{f(x)}{\lVert f(x) \rVert} - \frac{f(x')}{\lVert f(x') \rVert} \right\rVert,
# \qquad d^2 = 2 - 2 \cos\angle\big(f(x), f(x')\big).$$
#
# So sorting by this distance is sorting by the angle.

# %% slideshow={"slide_type": "fragment"}
num_queries, neighbours = 12, {}
spaces = {"pixels": nn.Flatten(), "random features": untrained[:-1], "pretrained features": body}
same_share = {}
for space, function in spaces.items():
    with torch.no_grad():
        vectors = F.normalize(function(held_out.images), dim=1)
    distances = torch.cdist(vectors, vectors).fill_diagonal_(torch.inf)
    nearest = distances.topk(7, largest=False).indices
    neighbours[space] = nearest[:num_queries]
    same = held_out.labels[nearest] == held_out.labels[:, None]
    same_share[space] = same.float().mean().item()

# %% slideshow={"slide_type": "subslide"}
for space, share in same_share.items():
    print(f"{space:20}: of 7 neighbours of all 500 images, {share:.0%} are of the same shape")
retrieval = retrieval_explorer(
    as_pictures(held_out.images), held_out.labels, neighbours, TARGET_NAMES
)
retrieval

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Neighbours by pixels have the same *colours* in the same *places*. Neighbours by pretrained features have
# more often the same *shape*, in another colour, at another place: what the source task asked for, and what it taught to ignore.
# Classes that were never named keep apart.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. Fine-tuning
#
# With more images the frozen features become the limit: they were made for another task. **Fine-tuning** goes on
# training the network itself. Four rules of thumb:
#
# 1. **Features first.** Train the head on frozen features, and only then the rest.
# 2. **A lower rate**: about 1/10 of the one used in the original training.
# 3. **Freeze low layers**, which are generic anyway. It saves computation (Section 6).
# 4. **Batch norm in test mode** (Section 7).
#
# We try the first two, with stage 1 frozen: its outputs are computed once. The rule about batch norm is
# kept throughout: `without_norms` folds each norm's fixed scale and
# shift into the convolution before it, by torch's own `fuse_conv_bn_eval`; the function stays the same.

# %% slideshow={"slide_type": "fragment"}
base = without_norms(network)
with torch.no_grad():
    print(f"largest difference: {(base(few.images) - network(few.images)).abs().max():.0e}")
more = stage_outputs(base, 1, shapes_task(TARGET, 200, seed=100, shift=0.5).to(device))
more_val = stage_outputs(base, 1, shapes_task(TARGET, 300, seed=900, shift=0.5).to(device))

# %% slideshow={"slide_type": "fragment"}
with torch.no_grad():
    tops = [Split(base[1:-1](split.images), split.labels) for split in (more, more_val)]
(trained,) = linear_heads(256, 1, device)
fit_population([trained], tops[0], **settings, progress=False)
before = evaluate(trained, tops[1])[1]
print(f"linear on frozen features: {before:.1%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The target is 200 images of another look: `shift=0.5` turns the shapes, and adds texture and noise. The original rate was
# `PRETRAINING_LR` = 0.1. Ten shares of it, from 1/1000 to 1, each from a random head and from the trained one: a
# population of 20.

# %% slideshow={"slide_type": "fragment"}
shares = np.geomspace(1e-3, 1, 10)
set_seed(0)
starts = {"random": nn.Linear(256, 5).to(device), "trained": trained[1]}
tails = [
    nn.Sequential(*copy.deepcopy(base[1:-1]), copy.deepcopy(start))
    for start in starts.values()
    for _ in shares
]
rates = np.tile(PRETRAINING_LR * shares, 2)
tuned = fit_population(tails, more, more_val, lr=rates, momentum=0.9, num_epochs=8, batch_size=32)
tuned = {"random": tuned[:10], "trained": tuned[10:]}

# %% slideshow={"slide_type": "subslide"}
fine_tuning_rate = rate_explorer(shares, tuned, before)
fine_tuning_rate

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Far to the left the network with the trained head stays where it was, and the random head has no time to
# learn. Near a tenth the trained head gains on the frozen features, and is ahead of the random one from the first epoch. At the
# full rate the first steps destroy what was learned: less is left than one had with frozen features.
#
# Why features first? A random head sends random gradients down into good layers.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### One optimizer, several rates
#
# A torch optimizer takes **parameter groups**: lists of parameters with settings of their own. A new head may learn ten times
# as fast as the old stages:

# %% slideshow={"slide_type": "fragment"}
model = copy.deepcopy(network).requires_grad_(True)
optimizer = SGD(
    [
        {"params": model[:3].parameters(), "lr": 0.01},
        {"params": model[4].parameters(), "lr": 0.1},
    ],
    momentum=0.9,
)
for group in optimizer.param_groups:
    numbers = sum(parameter.numel() for parameter in group["params"])
    print(f"rate {group['lr']}, momentum {group['momentum']}, {numbers:,} numbers")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Two groups must not share a parameter: which rate would it get? Torch refuses.

# %% slideshow={"slide_type": "fragment"}
try:
    SGD([{"params": model.parameters(), "lr": 0.01}, {"params": model[4].parameters(), "lr": 0.1}])
except ValueError as error:
    print(f"ValueError: {error}")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. How many layers to freeze
#
# The network has three stages. Freeze none, one, two or all three, and train the rest together with the head. Frozen stages
# need no gradients, and if they are at the bottom, their outputs need computing only once. One target (shift 0.5), two
# sizes:

# %% slideshow={"slide_type": "fragment"}
pool = shapes_task(TARGET, 1000, seed=100, shift=0.5).to(device)
val = shapes_task(TARGET, 500, seed=900, shift=0.5).to(device)
frozen_runs, seconds, starts = {}, {}, {}
for size in (30, 1000):
    inputs = stage_outputs(base, 3, pool[:size])
    (starts[size],) = linear_heads(256, 1, device)
    fit_population([starts[size]], inputs, **settings, progress=False)

# %% slideshow={"slide_type": "fragment"}
for size, num_epochs in ((30, 60), (1000, 4)):
    runs, times = [], []
    for k in range(4):
        tail = nn.Sequential(*copy.deepcopy(base[k:-1]), copy.deepcopy(starts[size][1]))
        split, split_val = (stage_outputs(base, k, part) for part in (pool[:size], val))
        optimizer, clock = SGD(tail.parameters(), lr=0.01, momentum=0.9), time.perf_counter()
        schedule = PolynomialLR(optimizer, num_epochs * -(-size // 32))
        plan = {"scheduler": schedule, "num_epochs": num_epochs, "progress": False}
        run = fit(tail, split, optimizer=optimizer, batch_size=32, **plan)
        times.append((time.perf_counter() - clock) / len(run.loss))
        run.val_accuracy.append(evaluate(tail, split_val)[1])
        runs.append(run)
    frozen_runs[f"{size} images"], seconds[f"{size} images"] = runs, times

# %% slideshow={"slide_type": "subslide"}
freezing = freezing_explorer(frozen_runs, seconds)
freezing

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** With 30 images it hardly matters how many stages learn: all learn the training images by heart. With 1,000
# the upper stages add accuracy when they are set free, the first one hardly any. And a step through it is dear for so few weights:
# its maps are the largest. That is why low layers are the ones to freeze.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Frozen, but moving
#
# `requires_grad_(False)` stops new gradients. It does not remove an old one. A layer that is frozen *after* a backward pass
# keeps its last gradient, and the optimizer goes on using it:

# %% slideshow={"slide_type": "fragment"}
model = copy.deepcopy(base).requires_grad_(True)
optimizer = SGD(model.parameters(), lr=0.01, momentum=0.9)
F.cross_entropy(model(few.images), few.labels).backward()
model[:3].requires_grad_(False)
for clear in (False, True):
    if clear:
        optimizer.zero_grad()
    first = model[0][0].weight.clone()
    optimizer.step()
    print(f"gradients cleared: {clear}, moved by {(model[0][0].weight - first).norm():.1e}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Freeze before the first backward pass, and hand the optimizer only what shall learn.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. Batch norm in test mode
#
# A frozen network cannot forget. Or can it? In training mode, batch norm uses the statistics of the minibatch, and moves its running
# statistics towards them, at each *forward* pass:
#
# $$\hat\mu \leftarrow (1 - m)\, \hat\mu + m\, \mu_B, \qquad \hat\sigma^2 \leftarrow (1 - m)\, \hat\sigma^2 + m\, \sigma_B^2,
# \qquad m = 0.1.$$
#
# These are buffers, not parameters: `requires_grad_(False)` does not reach them. We freeze every parameter, use no
# optimizer at all, and only *show* the network forty minibatches of a far domain (`shift=1`), four images each, as many as
# fit in memory when the images are large. To see what that does we need a good classifier for the near domain first.

# %% slideshow={"slide_type": "fragment"}
(near_head,) = linear_heads(256, 1, device)
near = stage_outputs(network, 3, shapes_task(TARGET, 1000, seed=100).to(device))
fit_population([near_head], near, **{**settings, "num_epochs": 10}, progress=False)
far = shapes_task(TARGET, 160, seed=100, shift=1.0).to(device)
seen = {}
for mode in ("test", "training"):
    frozen = copy.deepcopy(network).requires_grad_(False)
    frozen.train(mode == "training")
    for images in far.images.split(4):
        frozen(images)
    seen[mode] = frozen.eval()
    target = evaluate(nn.Sequential(frozen[:-1], near_head), held_out)[1]
    source_loss = evaluate(frozen, source_val)[0]
    print(f"in {mode:8} mode: near images {target:.1%}, loss on the source {source_loss:.3f}")

# %% slideshow={"slide_type": "subslide"}
means = {
    mode: [stage[1].running_mean.cpu() for stage in model[:3]]
    for mode, model in {"pretrained": network, **seen}.items()
}
shifts = [(means["training"][k] - means["pretrained"][k]).abs().mean() for k in range(3)]
told = ", ".join(f"{shift:.2f}" for shift in shifts)

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(8.4, 3.4), layout="constrained")
for stage, axes in enumerate(figure.subplots(1, 3)):
    old = means["pretrained"][stage]
    for mode, color, marker in zip(seen, COLORS, "o^", strict=False):
        axes.scatter(old, means[mode][stage], 14, color, marker=marker, label=mode)
    ends = [old.min(), old.max()]
    axes.plot(ends, ends, color="0.7", zorder=0)
    title = f"Running means, stage {stage + 1}"
    label_axes(axes, title=title, xlabel="after pretraining", ylabel="after 40 forward passes")
axes.legend(title="mode", fontsize="small")
show(figure, alt=f"In test mode on the diagonal; in training mode off it, on average by {told}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** In test mode nothing moves. In training mode every stage has left the diagonal, and the network makes more
# errors on what it knew before, without a single step of training. The classifier on top was made for the old statistics.
#
# So during fine-tuning keep batch norm in test mode. Note that `model.train()` on the whole model switches it back, so
# every training loop that begins with it undoes your setting. There is a second reason: small minibatches, as in
# detection, have noisy statistics. `torchvision.ops.FrozenBatchNorm2d` is the variant that knows no other mode.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. Little or much data, near or far
#
# Linear on top, a few layers, all layers: which? The classic advice has four cells:
#
# | | near the source | far from it |
# | --- | --- | --- |
# | **little data** (10s to 100s) | linear classifier on top | trouble: try linear classifiers on different stages |
# | **much data** (100s to 1000s) | fine-tune a few layers | fine-tune a larger number of layers |
#
# The reasons: few images can fit only few weights; and the farther the target, the lower one has to reach for layers that are
# still generic enough.

# %% [markdown] slideshow={"slide_type": "subslide"}
# How far is far? The shift of our drawings goes from 0, the source's look, to 1.

# %% slideshow={"slide_type": "fragment"}
rows = [shapes_task(TARGET, 6, seed=3, shift=shift) for shift in (0.0, 0.5, 1.0)]
pictures = as_pictures(torch.cat([row.images for row in rows]))
names = [f"shift {shift}" for shift in (0.0, 0.5, 1.0) for _ in range(6)]
figure = image_grid(pictures, names, columns=6, title="The same shapes, farther and farther away")
show(
    figure, alt="Three rows of shapes: upright and clear, turned and grainy, noisy and without red."
)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now the table, measured: three domains, three sizes, five strategies, each on two draws of the training
# images. All take the same number of steps. Fine-tuning begins with the trained head and uses a tenth of the original rate.

# %% slideshow={"slide_type": "fragment"}
measured = measure_transfer(network)
mean = measured.accuracy.mean(3)  # [strategy, shift, size]
print(f"{'shift':>6}{'images':>8}" + "".join(f"{name:>19}" for name in STRATEGIES))
for i, shift in enumerate(measured.shifts):
    for j, size in enumerate(measured.sizes):
        print(f"{shift:6}{size:8}" + "".join(f"{value:19.1%}" for value in mean[:, i, j]))

# %% slideshow={"slide_type": "subslide"}
transfer_table = transfer_explorer(measured)
transfer_table

# %% [markdown] slideshow={"slide_type": "subslide"}
# The advice beside the measurement. "Within noise" means within two points of the best strategy.

# %% slideshow={"slide_type": "fragment"}
corners = {("little", "near"): (0, 0), ("little", "far"): (2, 0)}
corners |= {("much", "near"): (0, 2), ("much", "far"): (2, 2)}
for key, (i, j) in corners.items():
    advice, advised = ADVICE[key]
    best, reached = mean[:, i, j].argmax(), mean[STRATEGIES.index(advised), i, j]
    verdict = "within noise" if mean[best, i, j] - reached < 0.02 else "better than the advice"
    print(f"{key[0]} data, {key[1]}: {advice}")
    print(
        f"    it reaches {reached:.1%}; best: {STRATEGIES[best]}, {mean[best, i, j]:.1%}: {verdict}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# Where they agree: with much data more layers should learn, and the farther away, the more that gains: near, a few layers come
# close to all; far, they do not. Little data far away is trouble: no strategy is good there. Different stages are worth
# trying: with 1,000 images far away stage 2 is a much better basis for a linear classifier than the top, with 30 it is not.
#
# Where they differ: fine-tuning *all* layers does not hurt here even with 30 images, since the rate is low and the head was trained
# first. The advice comes from networks with 60 million weights and more; ours has 25,000. And with 30 images it
# gains a few points at most, where linear on top costs next to nothing. The table is a place to *start*; validation decides.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9. The norm, not the exception
#
# In vision and language nearly every system starts from pretrained parts.
#
# - **Detection**: Fast R-CNN (Girshick, 2015) starts from a CNN pretrained on ImageNet, and fine-tunes it to say what is in
#   each region and where its box ends.
# - **Captioning**: Karpathy and Fei-Fei (2015) join *two* pretrained parts, a CNN for the image and word vectors from word2vec
#   for the sentence.
# - **Vision and language** (Zhou et al., 2019) is a chain of five steps:

# %% [markdown] slideshow={"slide_type": "subslide"}
# | step | what is trained | starts from |
# | --- | --- | --- |
# | 1 | a CNN on ImageNet | random weights |
# | 2 | an object detector on Visual Genome | fine-tune (1) |
# | 3 | the language model BERT, on much text | random weights |
# | 4 | a joint model of images and language | combine (2) and (3) |
# | 5 | captioning, visual question answering, … | fine-tune (4) |
#
# (Slides that say "fine-tune (5)" in the last row mean (4): a step cannot start from itself.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Better networks transfer better
#
# A better architecture on ImageNet is a better start elsewhere. When He et al. (2016) replaced VGG-16 by ResNet-101 in the
# same detector, COCO's mean average precision rose from 21.2 to 27.2 %: 28 % relative, from features alone. Kornblith
# et al. (2019) compared 16 networks on 12 data sets: accuracy on ImageNet and accuracy after transfer have a
# correlation of 0.99 with fixed features and 0.96 with fine-tuning. Two warnings from the same paper: regularizers that raise
# ImageNet accuracy a little can make features that transfer worse, and on two small fine-grained data sets pretraining hardly
# helped.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What to do with your own data
#
# Fewer than about a million images? Then
#
# 1. find a large data set that is *similar*, and a network trained on it; do not train it yourself: **model zoos**
#    (torchvision, timm, Hugging Face) have them;
# 2. transfer it to your data.
#
# A **ResNet** pretrained on ImageNet is the default start. After it came a **Swin** transformer pretrained on ImageNet-21K (Liu et
# al., 2021), **DINO** features, learned without any labels and good enough for nearest neighbours (Caron et al., 2021), and
# **foundation models**: trained once on very much, adapted to everything (Bommasani et al., 2021), such as Stable Diffusion.

# %% [markdown] slideshow={"slide_type": "subslide"}
# A model zoo is a list of names with weights. For each, torchvision knows the accuracy and the preprocessing:

# %% slideshow={"slide_type": "fragment"}
zoo = ("AlexNet", "VGG16", "ResNet50", "ResNet101", "Swin_T", "Swin_B")
for name in zoo:
    weights = models.get_model_weights(name.lower())["IMAGENET1K_V1"]
    accuracy = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    print(f"{name:10}{weights.meta['num_params'] / 1e6:7.1f} million parameters, {accuracy:.1f} %")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 10. The limits
#
# Is pretraining *necessary*? He, Girshick and Dollár (2019) trained detectors on COCO from random weights:
#
# - from scratch does **as well**, if trained about three times as long;
# - **not on small sets**: with a small fraction of COCO pretraining wins clearly;
# - **more data** of the task itself helps more than pretraining.
#
# The first point, in small: 1,000 images of the shifted domain, and time.

# %% slideshow={"slide_type": "fragment"}
curves = {}
ready = nn.Sequential(*copy.deepcopy(base[:-1]), starts[1000][1])  # features first
for name, model, lr in (("from scratch", build_network(0), 0.05), ("pretrained", ready, 0.01)):
    model = model.to(device)
    optimizer = SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)
    plan = {"scheduler": PolynomialLR(optimizer, 12 * 32), "num_epochs": 12, "batch_size": 32}
    curves[name] = fit(model, pool, val, optimizer=optimizer, **plan)

# %% slideshow={"slide_type": "subslide"}
epochs, sizes = np.arange(1, 13), measured.sizes
figure = Figure(figsize=(8.4, 3.6), layout="constrained")
left, right = figure.subplots(1, 2, sharey=True)
for k, (name, strategy) in enumerate({"from scratch": 0, "pretrained": 4}.items()):
    style, color = ("--", "-")[k], COLORS[k]
    left.plot(epochs, curves[name].val_accuracy, style, color=color, label=name)
    right.semilogx(sizes, mean[strategy, 1], style, color=color, marker="o", label=name)
right.set_xticks(sizes, [str(size) for size in sizes])
label_axes(left, title="1,000 images, more time", xlabel="epoch", ylabel="validation accuracy")
label_axes(right, title="80 steps, more data", xlabel="number of images", ylabel="")
left.legend()
ends = ", ".join(f"{name} {run.val_accuracy[-1]:.0%}" for name, run in curves.items())
show(figure, alt=f"Left, two rising curves that come closer; at the end {ends}. Right, by data.")

# %% slideshow={"slide_type": "fragment"}
scratch, pretrained = (np.array(curves[name].val_accuracy) for name in curves)
for epoch in (1, 2, 4):
    later = np.flatnonzero(scratch >= pretrained[epoch - 1])
    when = f"after {later[0] + 1}" if len(later) else "not within 12"
    print(f"pretrained after {epoch} epoch(s): {pretrained[epoch - 1]:.1%}; from scratch: {when}")
few_pretrained, much_scratch = mean[4, 1, 1], scratch[-1]
print(f"{sizes[1]} images, pretrained: {few_pretrained:.1%}")
print(f"{sizes[2]} images, from scratch, 12 epochs: {much_scratch:.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Left: pretraining is ahead at once, and the other curve follows: what pretraining reaches in an epoch or two
# takes training from scratch up to three times as long. What it saves is mostly *time*: in the end, with its higher rate,
# training from scratch is as good, or better. Right: with the same few
# steps, pretraining is ahead at every size. And the last lines: five times the images and enough steps beat a pretrained start. The
# numbers move by a few points with the seed.
#
# So: pretraining makes training faster, and small data sets possible. With enough data and patience you can do without.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 11. What to remember
#
# - **Feature extraction**: drop the last layer, freeze the rest, train a linear classifier. Little data, little time.
# - Features also **retrieve**: neighbours by feature are alike in what matters.
# - **Fine-tuning**: head first, about 1/10 of the original rate, low layers frozen, batch norm in test mode.
# - Running statistics are buffers: freezing parameters does not freeze them, and `train()` sets them going again.
# - **Little/near**: linear on top. **Much/near**: a few layers. **Much/far**: more layers. **Little/far**: trouble, try
#   different stages. Then measure.
# - Transfer is the **norm**; below a million images start from a model zoo.
# - From scratch does as well with about three times the training, but not on small sets; more data beats pretraining.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Papers
#
# - J. Deng, W. Dong, R. Socher, L.-J. Li, K. Li, L. Fei-Fei: *ImageNet: A Large-Scale Hierarchical Image Database*. CVPR 2009.
# - O. Russakovsky et al.: *ImageNet Large Scale Visual Recognition Challenge*. International Journal of Computer Vision, 2015.
# - T. Mikolov, K. Chen, G. Corrado, J. Dean: *Efficient Estimation of Word Representations in Vector Space*. arXiv:1301.3781, 2013 (word2vec).
# - J. Donahue et al.: *DeCAF: A Deep Convolutional Activation Feature for Generic Visual Recognition*. ICML 2014.
# - A. S. Razavian, H. Azizpour, J. Sullivan, S. Carlsson: *CNN Features off-the-shelf: an Astounding Baseline for Recognition*. CVPR Workshops 2014.
# - J. Yosinski, J. Clune, Y. Bengio, H. Lipson: *How transferable are features in deep neural networks?* NIPS 2014.
# - R. Girshick: *Fast R-CNN*. ICCV 2015.
# - A. Karpathy, L. Fei-Fei: *Deep Visual-Semantic Alignments for Generating Image Descriptions*. CVPR 2015.
# - K. He, X. Zhang, S. Ren, J. Sun: *Deep Residual Learning for Image Recognition*. CVPR 2016.
# - R. Krishna et al.: *Visual Genome: Connecting Language and Vision Using Crowdsourced Dense Image Annotations*. International Journal of Computer Vision, 2017.
# - J. Devlin, M.-W. Chang, K. Lee, K. Toutanova: *BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding*. NAACL 2019.
# - K. He, R. Girshick, P. Dollár: *Rethinking ImageNet Pre-training*. ICCV 2019.
# - S. Kornblith, J. Shlens, Q. V. Le: *Do Better ImageNet Models Transfer Better?* CVPR 2019.
# - L. Zhou, H. Palangi, L. Zhang, H. Hu, J. J. Corso, J. Gao: *Unified Vision-Language Pre-Training for Image Captioning and VQA*. arXiv:1909.11059, 2019.
# - Z. Liu et al.: *Swin Transformer: Hierarchical Vision Transformer using Shifted Windows*. ICCV 2021.
# - M. Caron et al.: *Emerging Properties in Self-Supervised Vision Transformers*. ICCV 2021 (DINO).
# - R. Bommasani et al.: *On the Opportunities and Risks of Foundation Models*. arXiv:2108.07258, 2021.
# - R. Rombach, A. Blattmann, D. Lorenz, P. Esser, B. Ommer: *High-Resolution Image Synthesis with Latent Diffusion Models*. CVPR 2022 (Stable Diffusion).

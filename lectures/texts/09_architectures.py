# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Lecture 9: Architectures
#
# Which layers, how many, how large, and joined how? Four networks answered these questions so well that
# what came after them is built from their parts. We take them apart, count what each part costs, and
# find out what went wrong when networks simply became deeper.
#
# 1. Why convolution
# 2. What a layer costs
# 3. LeNet-5
# 4. AlexNet
# 5. VGG
# 6. Where memory and parameters are
# 7. Deeper, and worse
# 8. ResNet
# 9. Complexity compared
# 10. A trained network at work
# 11. What to remember

# %% [markdown] slideshow={"slide_type": "subslide"}
# **After this lecture you can**
#
# - write a convolution as a fully connected layer with constraints, and count what they save;
# - compute a layer's output size, parameters, activations and multiply-adds, and those of whole networks;
# - say what LeNet-5, AlexNet, VGG, GoogLeNet and ResNet each brought, and where each is expensive;
# - explain why deeper plain networks train worse, and what a residual block changes;
# - choose an architecture by accuracy *and* by cost.
#
# **Time**: 70 minutes. **You need**: convolution and pooling, `torch.nn` modules, batch normalization
# (Lecture 1), momentum and weight decay (Lectures 2 and 3).

# %% slideshow={"slide_type": "skip"}
from itertools import product

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode
from torchvision import models
from torchvision.models.resnet import BasicBlock, Bottleneck

# %% slideshow={"slide_type": "skip"}
from utils.data import Split, load
from utils.explore.blocks import draw_block
from utils.explore.classics import alexnet, lenet5
from utils.explore.complexity import complexity, count_costs
from utils.explore.convolution_matrix import convolution_matrix
from utils.explore.cost_quiz import cost_quiz
from utils.explore.layer_costs import layer_costs, layer_table, measure_layers, totals
from utils.explore.pictures import photograph
from utils.explore.pretrained import load_pretrained
from utils.explore.receptive_field import receptive_field
from utils.plots import COLORS, image_grid, label_axes, show
from utils.populations import fit_population
from utils.training import choose_device, fit, progress_bar, set_seed

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Why convolution
#
# A fully connected layer can do whatever a convolution does. Why then use convolutions at all?
#
# Both are linear maps from input pixels to output pixels, so both are a matrix. Here is the matrix of a
# convolution, written out by hand for a row of 8 pixels and a kernel with the weights 1, 2, 3:

# %% slideshow={"slide_type": "fragment"}
matrix = torch.tensor(
    [
        [1, 2, 3, 0, 0, 0, 0, 0],
        [0, 1, 2, 3, 0, 0, 0, 0],
        [0, 0, 1, 2, 3, 0, 0, 0],
        [0, 0, 0, 1, 2, 3, 0, 0],
        [0, 0, 0, 0, 1, 2, 3, 0],
        [0, 0, 0, 0, 0, 1, 2, 3],
    ]
)
pixels, kernel = torch.tensor([3, 1, 4, 1, 5, 9, 2, 6]), torch.tensor([1, 2, 3])
convolved = F.conv1d(pixels.view(1, 1, 8), kernel.view(1, 1, 3))
print("matrix times pixels:", (matrix @ pixels).tolist())
print("convolution:        ", convolved.flatten().tolist())

# %% [markdown] slideshow={"slide_type": "fragment"}
# Six outputs, eight inputs, so 48 places for weights. The convolution fills them under two constraints:
#
# - **locality**: an output sees only its neighbourhood, everything else is zero;
# - **weight sharing**: what is not zero is the same in every row, moved on by one.
#
# $$y_i = \sum_j W_{ij}\, x_j, \qquad W_{ij} = \begin{cases} w_{j-i} & 0 \le j - i < K \\ 0 & \text{otherwise.}
# \end{cases}$$

# %% [markdown] slideshow={"slide_type": "subslide"}
# Images have two dimensions, and so has the kernel. The image is read row by row into one long vector; the
# pattern becomes a pattern of patterns. Each of the kernel's weights has its own colour.

# %% slideshow={"slide_type": "fragment"}
constrained = convolution_matrix()
constrained

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Each weight is a set of diagonal strokes: the same number, once in every row. Grey is zero, and the
# larger the image, the more of it. In the plot of the weights, the dashed orange line counts the entries that are not
# zero, the green one the *different* numbers: it is level, since they do not depend on the image at all. Set the
# kernel side to 5 on an image of side 5: no zero is left, and the convolution *is* a fully connected layer with one
# output.

# %% [markdown] slideshow={"slide_type": "subslide"}
# What do the constraints buy? Take the first layer of VGG-16: 64 filters of 3 × 3 on a photograph of
# 224 × 224 pixels in three colours.

# %% slideshow={"slide_type": "fragment"}
inputs, outputs = 3 * 224 * 224, 64 * 224 * 224
first = nn.Conv2d(3, 64, 3, padding=1, bias=False, device="meta")
print(f"fully connected: {inputs * outputs:,} weights, {4e-9 * inputs * outputs:,.0f} GB")
print(f"convolution:     {first.weight.numel():,} weights")

# %% [markdown] slideshow={"slide_type": "fragment"}
# More parameters can represent more functions, need more images, and overfit sooner (Lecture 3). The constraints
# remove functions that we do not believe in: those that treat the same pattern in two places differently, or join
# pixels far apart in a single step (a stack of layers may join them, section 5). What is left is **equivariant**: if
# the image moves, the output moves with it. (At the border, and with a stride above 1, only nearly.)

# %% slideshow={"slide_type": "fragment"}
torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on a busy machine
set_seed(0)
device = choose_device()
digits = load("digits", device=device)
image = F.pad(digits.train.images[:1], (4, 4, 4, 4)).cpu()
moved = image.roll(3, dims=3)  # three pixels to the right
layer, dense = nn.Conv2d(1, 1, 3), nn.Linear(256, 196)
with torch.no_grad():
    along = (layer(image).roll(3, dims=3) - layer(moved)).abs().max()
    rows = dense(image.flatten()).view(14, 14), dense(moved.flatten()).view(14, 14)
    apart = (rows[0].roll(3, dims=1) - rows[1]).abs().max()
print(
    f"convolution: output moved against output of the moved image, largest difference {along:.1e}"
)
print(f"fully connected: {apart:.1e}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# So a convolution is a regularizer built into the architecture: it needs no term in the loss.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. What a layer costs
#
# Four numbers describe a convolution with $C'$ filters of $K \times K$, stride $S$, padding $P$
# and $G$ groups, on an input of $C$ channels and side $W$:
#
# | | formula | paid in |
# | --- | --- | --- |
# | output side | $W' = \lfloor (W - K + 2P) / S \rfloor + 1$ | |
# | parameters | $C' \cdot (K^2\, C / G + 1)$, the $1$ for the bias | storage, overfitting |
# | activations | $C' \cdot W'^2$ | memory: kept for the backward pass |
# | multiply-adds | $C' \cdot W'^2 \cdot K^2\, C / G$ | time, energy |

# %% [markdown] slideshow={"slide_type": "fragment"}
# A pooling layer follows the first line, has no parameters and keeps the channels. A fully connected layer
# from $D$ to $D'$ numbers has $D' (D + 1)$ parameters and $D'$ activations. Each number takes 4 bytes in
# float32.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Take AlexNet's first layer: 96 filters of 11 × 11 with stride 4 on 3 × 227 × 227. By hand the side is
# $(227 - 11) / 4 + 1 = 55$. Torch knows the formulas too. On the **`meta` device** tensors have
# shapes but no numbers, so that even a huge network is measured at once:

# %% slideshow={"slide_type": "fragment"}
layer = nn.Conv2d(3, 96, 11, stride=4, device="meta")
with FlopCounterMode(display=False) as counter:
    output = layer(torch.empty(1, 3, 227, 227, device="meta"))
num_parameters = sum(parameter.numel() for parameter in layer.parameters())
print(f"output {tuple(output.shape)}: {output.numel():,} activations")
print(f"{num_parameters:,} parameters; by hand {96 * (11 * 11 * 3 + 1):,}")
multiply_adds = counter.get_total_flops() // 2  # torch counts a multiply-add as two operations
print(f"{multiply_adds:,} multiply-adds; by hand {96 * 55**2 * 11**2 * 3:,}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# AlexNet's paper speaks of images of 224 pixels. Then $(224 - 11) / 4$ is no whole number; the sizes in
# the paper's figure follow from 227, or from 224 with some padding.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. LeNet-5
#
# What does the smallest complete answer look like? LeNet-5 (LeCun et al., 1998) read handwritten digits on
# cheques. Its recipe is the one still used: convolutions of 5 × 5 with stride 1, each followed by pooling of
# 2 × 2 with stride 2, then fully connected layers. As the image shrinks, the channels grow.

# %% slideshow={"slide_type": "fragment"}
with torch.device("meta"):
    network = lenet5()
print(layer_table(measure_layers(network, (1, 32, 32))))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The table was made by running the network on `meta` and noting what every layer wrote. We built the network as
# one does today. In the paper, pooling had weights of its own, most maps of the second convolution saw
# only some of the six, and distances to fixed patterns took the place of the last layer; it comes to about 60,000
# parameters all the same.

# %% [markdown] slideshow={"slide_type": "subslide"}
# A network of 1998 trains in seconds. Our digits have 8 × 8 pixels and are enlarged to the 32 × 32 that
# the fully connected layers insist on.


# %% slideshow={"slide_type": "fragment"}
def enlarge(split):
    return Split(F.interpolate(split.images, size=32, mode="bilinear"), split.labels)


set_seed(0)
lenet = lenet5().to(device)
train, val = enlarge(digits.train), enlarge(digits.val)
optimizer = torch.optim.SGD(lenet.parameters(), lr=0.05, momentum=0.9)
history = fit(lenet, train, val, optimizer=optimizer, num_epochs=8, batch_size=32)
print(f"validation accuracy {history.val_accuracy[-1]:.1%}")

# %% slideshow={"slide_type": "subslide"}
with torch.no_grad():
    maps = lenet[:2](val.images[:1])[0].unsqueeze(1)  # after the first convolution and its tanh
    scores = lenet(val.images[:1])[0]
pictures = torch.cat([val.images[:1, :, 2:30, 2:30], (maps + 1) / 2])
names = ["image"] + [f"map {number}" for number in range(1, 7)]
figure = image_grid(
    pictures, names, columns=7, title="One digit, and what the first six filters made of it"
)
read, truth = scores.argmax().item(), val.labels[0].item()
show(figure, alt=f"A handwritten {truth}, read as {read}, and six maps that show its edges.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Each filter makes something else of the digit: its ink, its background, its edges on one side.
# In the maps, black is $-1$ and white $+1$, the two ends of tanh.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. AlexNet
#
# What had to change to go from digits to photographs of a thousand classes? In 2012 AlexNet (Krizhevsky,
# Sutskever, Hinton) won the ImageNet challenge by a wide margin. It was LeNet grown large, and it ran on two
# graphics cards.

# %% slideshow={"slide_type": "fragment"}
with torch.device("meta"):
    grouped, ungrouped = alexnet(groups=2), alexnet(groups=1)
print(layer_table(measure_layers(grouped, (3, 227, 227))))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Two GTX 580 cards had 3 GB of memory each, so half of the maps lived on each. The second, fourth and
# fifth convolution see only the maps on their own card: two *groups*. The third and the fully connected
# layers see all. Without groups there would be more weights:

# %% slideshow={"slide_type": "fragment"}
for name, network in (("two groups, as in the paper", grouped), ("without groups", ungrouped)):
    _, num_parameters = totals(measure_layers(network, (3, 227, 227)))
    print(f"{name:28} {num_parameters:,} parameters")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Look where the parameters are: the first fully connected layer alone has more than half of them. And
# look at the order: convolution, ReLU, **normalize, then pool**. (Many drawings have it the other way
# round.) This local response normalization divides the activation $a_i$ of channel $i$ by those of the neighbouring
# channels at the same place:
#
# $$b_i = \frac{a_i}{\big(2 + 10^{-4} \sum_{j=i-2}^{i+2} a_j^2\big)^{0.75}}$$
#
# Later networks dropped it: VGG's authors measured no gain. The pooling overlaps, 3 × 3 with stride 2.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The recipe
#
# | | AlexNet, 2012 |
# | --- | --- |
# | nonlinearity | ReLU: not the first to use it, but the one that made it famous; several times fewer epochs than tanh |
# | augmentation | heavy: random 224-pixel crops of 256 × 256 images, flips, shifts of colour along the principal components |
# | dropout | 0.5 in the first two fully connected layers |
# | optimizer | SGD, batch 128, momentum 0.9, weight decay 5e-4 |
# | learning rate | 1e-2, divided by 10 by hand whenever the validation error stopped falling: three times in about 90 epochs |
# | initialization | Gaussian with standard deviation 0.01; biases 1 in some layers, so that ReLUs start in their positive part |
# | time | five to six days on two cards |

# %% [markdown] slideshow={"slide_type": "fragment"}
# Which number is AlexNet's? The top-5 error of *one* network was 18.2 % on the validation images. The often quoted
# 15.4 % belongs to an **ensemble** of seven, two of which had first been trained on more data, all of the ImageNet
# collection of autumn 2011; on the test images it made 15.3 %, the runner-up of 2012 26.2 %.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Not every AlexNet is this one
#
# `torchvision.models.alexnet` follows a later paper of Krizhevsky's (2014). How does it differ?

# %% slideshow={"slide_type": "fragment"}
with torch.device("meta"):
    network = models.alexnet()
print(layer_table(measure_layers(network, (3, 224, 224))))

# %% [markdown] slideshow={"slide_type": "fragment"}
# 64 and 192 filters instead of 96 and 256 in the first two layers, 256 instead of 384 in the fourth, no groups,
# no normalization, images of 224 pixels with a padding of 2. Dropout stands before the first two fully connected
# layers. Whoever reports "AlexNet" should say which. Still, nearly all of the parameters are fully connected.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. VGG
#
# AlexNet's filters have three sizes: 11, 5 and 3. Which size is best? Simonyan and Zisserman (2014) took
# only the smallest that has a left, a right and a middle: **3 × 3**, stride 1, padding 1, with 2 × 2 max
# pooling of stride 2. And they took more of them: 16 to 19 layers with weights instead of 8.
#
# How can small filters see enough? By standing on each other's shoulders.

# %% slideshow={"slide_type": "fragment"}
seeing = receptive_field()
seeing

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** A stack of three layers of 3 × 3 sees as far as one of 7 × 7. This is the **receptive
# field** of a unit, measured here as the pixels that have a gradient. The darker middle is seen on many more
# paths than the border. On the right, stacks of two layers and more stay below the dashed line: they are
# cheaper.

# %% [markdown] slideshow={"slide_type": "subslide"}
# With $C$ channels in and out, three layers of 3 × 3 against one of 7 × 7:
#
# $$3 \cdot (3^2 C^2) = 27\, C^2 \qquad\text{against}\qquad 7^2 C^2 = 49\, C^2.$$
#
# The same sight for a little more than half the weights, and three nonlinearities instead of one. In general
# $L$ layers of $K \times K$ with stride 1 see $L (K - 1) + 1$ pixels across.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The table
#
# Sixteen layers with weights: thirteen convolutions, three fully connected. Each time the side is halved the
# channels double, up to 512.

# %% slideshow={"slide_type": "fragment"}
with torch.device("meta"):
    vgg = models.vgg16(init_weights=False)
vgg_layers = measure_layers(vgg, (3, 224, 224))
print(layer_table(vgg_layers))

# %% slideshow={"slide_type": "fragment"}
activations, parameters = totals(vgg_layers)
biases = sum(value.numel() for name, value in vgg.named_parameters() if name.endswith("bias"))
print(f"{parameters:,} parameters, {parameters - biases:,} without biases")
print(
    f"{activations / 1e6:.1f} million values x 4 bytes = {4e-6 * activations:.0f} MB for an image"
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# This table is in many courses, and there its last line often reads "24M values, 96 MB". The rows do not sum to
# that: add them up, the image included, and you get 15.2 million, 61 MB. This is the forward pass of one
# image. Training needs up to twice as much, since the backward pass makes a gradient for each activation.
# A sum that nobody checks is copied for years.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Where is it all?

# %% slideshow={"slide_type": "fragment"}
dense = sum(layer.parameters for layer in vgg_layers if layer.what.startswith("fully"))
early = sum(layer.activations for layer in vgg_layers if layer.shape[-1] >= 112)
largest = max(vgg_layers, key=lambda layer: layer.parameters)
print(f"fully connected: {dense / parameters:.0%} of the parameters")
print(f"the first of them alone ({largest.what}): {largest.parameters / parameters:.0%}")
print(f"at 112 pixels and more: {early / activations:.0%} of the activations")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **Most memory is in the early convolutions, most parameters are in the fully connected layers at the end.** VGG came
# second in classification in 2014 and first in localization. Its features transfer well, and its
# plainness made it a favourite.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. Where memory and parameters are
#
# Is that true of every network? Guess before you look: which of four has most parameters, which writes most
# activations for an image of 224 pixels, which does most work?

# %% slideshow={"slide_type": "fragment"}
quiz = cost_quiz()
quiz

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The three questions do not have the same answer: a network may be small on disk and
# hungry in memory, or the other way round.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now layer by layer. All nine networks are run on `meta`, nothing is downloaded. A residual block or an
# inception module is one row; its activations are what all layers inside write. ReLU overwrites its input, and
# batch normalization is not counted: when training it adds about as much again as the convolution before it. The
# further the bars reach to the right, the deeper the network.

# %% slideshow={"slide_type": "fragment"}
costs = layer_costs()
costs

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** In AlexNet and VGG-16 one orange bar near the end towers over all others: the first fully connected
# layer. GoogLeNet and the ResNets have none, since they average each channel before a single, small
# fully connected layer. The blue bars stand on the left everywhere. On the right, at 224
# pixels: for a single image the parameters weigh more than the activations, for a batch of 128 less.
# Only the activations grow with the image: twice the side, about four times as many. (AlexNet is torchvision's, whose
# average pooling accepts other sizes; LeNet-5 takes its 32 × 32 always.)

# %% [markdown] slideshow={"slide_type": "notes"}
# Training with momentum keeps the parameters three times: weights, gradients, velocities. Ask: a card has 8 GB; how large a
# batch of VGG-16 fits? Then move the slider.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. Deeper, and worse
#
# Eight layers, sixteen, nineteen: each step was better. So let us stack more. What happens?
#
# A **plain** network is a stack of 3 × 3 convolutions, each with batch normalization and ReLU, so no
# signal dies out or explodes on its way. We build it with 8, 20 and 56 layers: the last two are the depths that He et
# al. (2015) compared on CIFAR-10. (Ignore `residual` for now: it is the next section.)


# %% slideshow={"slide_type": "fragment"}
def plain_block(inputs, outputs):
    layers = []
    for channels in (inputs, outputs):
        layers += [nn.Conv2d(channels, outputs, 3, padding=1, bias=False)]
        layers += [nn.BatchNorm2d(outputs), nn.ReLU()]
    return nn.Sequential(*layers)


def build(num_layers, residual, channels=8):
    block = BasicBlock if residual else plain_block
    blocks = [block(channels, channels) for _ in range(num_layers // 2 - 1)]
    first = nn.Conv2d(1, channels, 3, stride=2, padding=1, bias=False)
    last = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 10)]
    return nn.Sequential(first, nn.BatchNorm2d(channels), nn.ReLU(), *blocks, *last).to(device)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Three networks of each kind, which differ in their first weights, are trained as one population on the digits.
# Each line below is one of them: its training loss, averaged over the minibatches of an epoch.

# %% slideshow={"slide_type": "fragment"}
networks, histories = {}, {}
settings = {"lr": 0.02, "momentum": 0.9, "num_epochs": 5, "batch_size": 64, "progress": False}
kinds = list(product((8, 20, 56), (False, True)))
for kind in progress_bar(kinds, unit="population"):
    set_seed(0)
    networks[kind] = [build(*kind) for _ in range(3)]
    histories[kind] = fit_population(networks[kind], digits.train, digits.val, **settings)

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(9.5, 3.6), layout="constrained")
ends = {}
for axes, residual in zip(figure.subplots(1, 2, sharey=True), (False, True), strict=True):
    for num_layers, color in zip((8, 20, 56), COLORS, strict=False):
        losses = np.array([run.loss for run in histories[num_layers, residual]])
        losses = losses.reshape(len(losses), settings["num_epochs"], -1).mean(2)  # [run, epoch]
        axes.plot(range(1, losses.shape[1] + 1), losses.T, color=color)
        axes.plot([], [], color=color, label=f"{num_layers} layers")
        ends[num_layers, residual] = losses[:, -1].mean()
    title = "Residual networks" if residual else "Plain networks"
    label_axes(axes, title=title, xlabel="epoch", ylabel="training loss (nats)")
    axes.legend()
words = [f"{n} layers {ends[n, False]:.2g} and {ends[n, True]:.2g}" for n in (8, 20, 56)]
show(figure, alt="Last training loss, plain and residual, means of three: " + "; ".join(words))

# %% slideshow={"slide_type": "fragment"}
print("mean of three      training  validation")
for (num_layers, residual), runs in histories.items():
    training = np.mean([run.train_accuracy[-1] for run in runs])
    validation = np.mean([run.val_accuracy[-1] for run in runs])
    name = f"{num_layers} layers, {'residual' if residual else 'plain'}"
    print(f"{name:20} {training:6.1%}     {validation:6.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** On the left, the deepest plain network has the *highest* training loss. So this is not overfitting,
# which would show a low training loss and a bad validation. It is worse on the images that it was trained on. In the
# paper, too, 56 plain layers were worse than 20 on both training and test images, after 64,000 steps; we stop after
# fewer than a hundred, which exaggerates. He et al. call it **degradation**. On the right depth does no harm: the
# deep residual networks learn as well as the shallow ones.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### It cannot be that the deep network *cannot*
#
# A deep network contains every shallower one: copy the shallow network's layers and let the others do nothing,
# that is, be the **identity**. Let us do just that. `nn.init.dirac_` makes a convolution the identity, and a ReLU
# changes nothing where nothing is negative.

# %% slideshow={"slide_type": "fragment"}
shallow = networks[8, False][0].eval()
idle = []
for _ in range(48):
    idle += [nn.Conv2d(8, 8, 3, padding=1), nn.ReLU()]
    nn.init.dirac_(idle[-2].weight)
    nn.init.zeros_(idle[-2].bias)
deep = nn.Sequential(*shallow[:-3], *idle, *shallow[-3:]).to(device).eval()
num_layers = sum(isinstance(module, nn.Conv2d | nn.Linear) for module in deep.modules())
with torch.no_grad():
    gap = (deep(digits.val.images) - shallow(digits.val.images)).abs().max().item()
print(f"{num_layers} layers, largest difference to the 8 layers' logits: {gap:.1e}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# There it stands: a plain network of 56 layers that is exactly as good as the one of 8, and so better than the 56
# layers that we trained. A solution exists, **by construction**, and gradient descent did not find one as good. The
# trouble is *optimization*.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. ResNet
#
# If doing nothing is so hard to learn, make it the easy thing. Let a block that should compute
# $H(x)$ compute only what has to be **added** to its input:
#
# $$F(x) = H(x) - x, \qquad H(x) = F(x) + x.$$
#
# Doing nothing is now $F = 0$: all weights zero. The input travels past the layers on a **shortcut** that has no
# parameters, and gradients travel back on it, since $\partial H / \partial x = \partial F / \partial x + I$.

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(9.5, 4.6), layout="constrained")
figure.suptitle("Three ways to join convolutions")
left, middle, right = figure.subplots(1, 3)
draw_block(left, plain_block(64, 64), title="plain", shortcut=False)
draw_block(middle, BasicBlock(64, 64), title="basic block", shortcut=True)
draw_block(right, Bottleneck(256, 64), title="bottleneck", shortcut=True)
show(
    figure,
    alt="Plain: two 3 by 3 convolutions. Basic block: the same, with the input added before the last ReLU. "
    "Bottleneck: 1 by 1 to 64 channels, 3 by 3, 1 by 1 back to 256, with the input added.",
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The basic block is the plain one plus an orange line. The addition comes after the last batch
# normalization and *before* the last ReLU. The bottleneck squeezes 256 channels to 64 with a 1 × 1 convolution,
# works there with 3 × 3, and widens again.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Is "all weights zero" really the identity? Torchvision's block, with the scale of its last batch normalization
# set to zero:

# %% slideshow={"slide_type": "fragment"}
block = BasicBlock(8, 8).to(device)
nn.init.zeros_(block.bn2.weight)
with torch.no_grad():
    x = shallow[:3](digits.val.images)  # after a ReLU, so nothing is negative
    print(f"largest difference between input and output: {(block(x) - x).abs().max().item():.1e}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Many start training there: torchvision has the option `zero_init_residual`. At first every block does nothing, and
# the deep network begins as a shallow one.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Before the first step
#
# What does a deep network do to its input before it has learned anything? Take the features behind
# each block of two new networks with 56 layers, and let the *nearest neighbour* name each validation digit.


# %% slideshow={"slide_type": "fragment"}
def neighbour_accuracies(network):
    """Accuracy of the nearest training image, by the features behind each block."""
    sides, accuracies = (digits.train, digits.val), []
    with torch.no_grad():
        known, asked = (network[:3](split.images) for split in sides)
        for block in network[3:-3]:
            known, asked = block(known), block(asked)
            nearest = torch.cdist(asked.flatten(1), known.flatten(1)).argmin(1)
            hits = digits.train.labels[nearest] == digits.val.labels
            accuracies.append(hits.float().mean().item())
    return accuracies


set_seed(0)
reach = {residual: neighbour_accuracies(build(56, residual)) for residual in (False, True)}

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
axes = figure.subplots()
for (residual, accuracies), style in zip(reach.items(), ("o-", "s--"), strict=True):
    name = "residual" if residual else "plain"
    axes.plot(range(1, 28), accuracies, style, label=name, color=COLORS[residual])
title = "What is left of the image, untrained"
label_axes(axes, title=title, xlabel="block", ylabel="nearest-neighbour accuracy")
axes.axhline(0.1, linestyle=":", color="0.4", label="guessing")
axes.legend()
last = f"plain {reach[False][-1]:.0%}, residual {reach[True][-1]:.0%}"
show(figure, alt=f"Accuracy by the features behind the last block: {last}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Each plain block garbles its input a little, and 27 of them leave little that could tell digits
# apart, however well the *size* of the signal is kept: what the last layers get to learn from is nearly noise. On the
# shortcuts much of the image arrives. This is our small network's trouble. For theirs, He et al. leave the cause
# open: they found gradients of a healthy size, and suspect that deep plain networks converge, but very slowly.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The whole network
#
# ResNets follow simple rules (He et al., 2015):
#
# - one 7 × 7 convolution with stride 2 and a 3 × 3 max pooling with stride 2 at the start: 224 becomes 56;
# - then four stages of residual blocks; each but the first halves the side by **stride 2** and **doubles the filters**;
# - where a block changes the size, a 1 × 1 convolution on the shortcut changes it too;
# - at the end the average of each channel, and **only one fully connected layer**, to the classes;
# - batch normalization after every convolution, no dropout.
#
# Why double the filters when the side is halved? A quarter of the places, four times the work at each:

# %% slideshow={"slide_type": "fragment"}
with torch.device("meta"):
    network = models.resnet34().eval()
with FlopCounterMode(display=False) as counter, torch.no_grad():
    network(torch.empty(1, 3, 224, 224, device="meta"))
for stage in range(1, 5):
    work = sum(counter.get_flop_counts()[f"ResNet.layer{stage}.1"].values()) // 2
    channels = network.get_submodule(f"layer{stage}.1").conv1.out_channels
    print(f"stage {stage}: {channels:3} channels, {work / 1e6:.0f} million multiply-adds a block")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### 34, 50, 101, 152
#
# Up to 34 layers the blocks are basic: two 3 × 3 each. Above, they are bottlenecks. What does the squeeze buy?

# %% slideshow={"slide_type": "fragment"}
blocks = {
    "basic, 64 channels": BasicBlock(64, 64),
    "basic, 256 channels": BasicBlock(256, 256),
    "bottleneck, 256 channels": Bottleneck(256, 64),
}
for name, block in blocks.items():
    print(f"{name:25} {sum(parameter.numel() for parameter in block.parameters()):>9,} parameters")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A bottleneck handles 256 channels for the price of a basic block with 64. (Torchvision's has its stride in the
# 3 × 3 convolution, the paper's in the first 1 × 1.)

# %% slideshow={"slide_type": "subslide"}
print("           layers  blocks a stage  parameters   VGG-16 has")
for depth in (18, 34, 50, 101, 152):
    with torch.device("meta"):
        network = getattr(models, f"resnet{depth}")()
    stages = [len(network.get_submodule(f"layer{stage}")) for stage in range(1, 5)]
    counted = sum(
        isinstance(module, nn.Conv2d | nn.Linear) and "downsample" not in name
        for name, module in network.named_modules()
    )
    size = sum(parameter.numel() for parameter in network.parameters())
    print(
        f"ResNet-{depth:<4} {counted:5}  {stages!s:15} {size:10,}  {parameters / size:4.1f} times as many"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# A name counts the layers with weights on the main path: convolutions and the one fully connected layer, not the
# projections on shortcuts. Even 152 layers have less than half of VGG-16's parameters.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What came of it
#
# | ImageNet, top-1 error (%), ten crops | 18 layers | 34 layers |
# | --- | --- | --- |
# | plain | 27.94 | 28.54 |
# | residual | 27.88 | 25.03 |
#
# He et al. (2015). Trained by SGD with momentum 0.9, batches of 256, weight decay 1e-4, rate 0.1 divided by 10 on
# plateaus, and the initialization made for ReLU (Kaiming's, Lecture 1).
#
# ResNets won five competitions of 2015: ImageNet's classification, localization and detection, COCO's detection and
# segmentation. The famous **3.57 %** top-5 error is an **ensemble** of six networks on the test images; a single
# ResNet-152 had 4.49 % on the validation images. Both saw each image whole and at five scales: another test than
# the ten crops of the table.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Four entries to the classification of the ImageNet challenge. All are ensembles, on the test images.
#
# | year | entry | layers with weights | top-5 error (%) |
# | --- | --- | --- | --- |
# | 2012 | AlexNet | 8 | 15.3 |
# | 2014 | VGG (second) | up to 19 | 7.3 |
# | 2014 | GoogLeNet | 22 | 6.7 |
# | 2015 | ResNet | up to 152 | 3.57 |

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9. Complexity compared
#
# Is the most accurate network the best? Canziani, Paszke and Culurciello (2016) asked what accuracy costs: in
# operations, memory, time and power. First the network that won on that count.
#
# **GoogLeNet** (Szegedy et al., 2014) runs convolutions of several sizes side by side, an *inception module*, and
# joins their channels. A 1 × 1 convolution before each expensive one squeezes the channels, the bottleneck that ResNet
# took over. One branch of its first module, by hand: 5 × 5, from 192 channels to 32, on 28 × 28 places.

# %% slideshow={"slide_type": "fragment"}
places = 28 * 28
direct = places * 32 * (5 * 5 * 192)
squeezed = places * 16 * 192 + places * 32 * (5 * 5 * 16)
print(f"directly:               {direct / 1e6:6.1f} million multiply-adds")
print(f"through 16 channels:    {squeezed / 1e6:6.1f} million, {direct / squeezed:.0f} times fewer")

# %% [markdown] slideshow={"slide_type": "subslide"}
# Thirteen networks of torchvision, run on `meta` to count their multiply-adds and parameters. The accuracies are
# those that torchvision states for the first weights that it published of each.

# %% slideshow={"slide_type": "fragment"}
compared = complexity()
compared

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Among the networks up to 2016:
#
# - **AlexNet** does little work, but is heavy in memory, and least accurate;
# - **VGG** is the heaviest in both, and less accurate than networks that cost a fraction;
# - **GoogLeNet** gets most accuracy out of a parameter: the most efficient;
# - **ResNets** reach the highest accuracies, at a moderate price that grows with the depth.
#
# The best points form a line that bends: each further point of accuracy costs more than the one before. Canziani
# and his colleagues also measured time and power: the number of operations predicts the time of a pass well, and the
# power drawn hardly depends on the network, so that operations are paid in energy too.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Inception went on. Inception-v4 is a plain inception network; the combination with shortcuts is
# **Inception-ResNet**, from the same paper (Szegedy et al., 2016), and the two are often mixed up.
#
# Is the architecture all? Torchvision has two sets of weights for ResNet-50. The second was trained with a newer
# recipe: longer, with a cosine schedule, label smoothing, mixup, CutMix and averaged weights.

# %% slideshow={"slide_type": "fragment"}
for version in models.ResNet50_Weights:
    accuracy = version.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    print(f"{version.name}: {accuracy:.1f} % top-1 ({version.meta['num_params']:,} parameters)")
print(f"ResNet-152, first recipe: {count_costs('resnet152').top1:.1f} %")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The same network, trained better, beats one three times as deep. The green points above were trained with newer
# recipes too, so part of their lead is not the architecture's. Before you change the network, exhaust Lectures 3 to 7.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 10. A trained network at work
#
# All of this would be idle if the networks did not see. Where there is a network to fetch 45 MB of weights over,
# ResNet-18 looks at two photographs; elsewhere the cell says so and goes on.

# %% slideshow={"slide_type": "fragment"}
weights = models.ResNet18_Weights.IMAGENET1K_V1
resnet = load_pretrained("resnet18", weights)
if resnet is None:
    print("No network here, so ResNet-18 has no weights. Run this cell again where there is one.")
else:
    prepare, classes = weights.transforms(), weights.meta["categories"]
    for name in ("temple", "flower"):
        with torch.no_grad():
            probabilities = resnet(prepare(photograph(name))[None]).softmax(1)[0]
        best = zip(*probabilities.topk(3), strict=True)
        print(f"{name}:", ", ".join(f"{classes[i]} {value:.0%}" for value, i in best))

# %% slideshow={"slide_type": "fragment"}
names = ["temple", "flower"]
pictures = torch.stack([photograph(name) for name in names]) / 255
figure = image_grid(pictures, names, title="The two photographs")
figure.set_size_inches(6.4, 2.8)
show(figure, alt="A Chinese temple with curved roofs, and an orange flower before green leaves.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** A building and a flower fill the pictures. The thousand classes include no plain "flower", so the
# network can only name what comes nearest. `weights.transforms()` brings the
# preprocessing that the weights were trained with: without the right mean and standard deviation the best
# network is a bad one. What else to do with such a network is Lecture 8.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 11. What to remember
#
# - A convolution is a fully connected layer whose matrix is mostly zero and repeats a few weights. That is a
#   regularizer, and it makes the layer equivariant.
# - Parameters, activations and multiply-adds are three prices, paid in different layers: memory early, parameters in
#   fully connected layers.
# - **LeNet-5** set the pattern. **AlexNet** added ReLU, dropout, augmentation and scale. **VGG**: only 3 × 3, deeper.
#   **GoogLeNet**: 1 × 1 squeezes and no large fully connected layer. **ResNet**: shortcuts.
# - Deeper plain networks have a higher *training* error: an optimization problem. A residual block learns
#   $F(x) = H(x) - x$, so that doing nothing is easy.
# - Doubling filters at stride 2 keeps the work of a block equal; bottlenecks make wide blocks affordable.
# - 15.4 % and 3.57 % are ensembles. Compare single networks, on the same images, trained alike.
# - VGG-16's table sums to 15.2 million values for an image, 61 MB. Check sums, also those of lectures.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Papers
#
# - Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: *Gradient-Based Learning Applied to Document Recognition*. Proceedings
#   of the IEEE 86(11), 1998.
# - A. Krizhevsky, I. Sutskever, G. E. Hinton: *ImageNet Classification with Deep Convolutional Neural Networks*.
#   NIPS 2012.
# - A. Krizhevsky: *One weird trick for parallelizing convolutional neural networks*. arXiv:1404.5997, 2014.
# - K. Simonyan, A. Zisserman: *Very Deep Convolutional Networks for Large-Scale Image Recognition*. arXiv:1409.1556,
#   2014; ICLR 2015.
# - C. Szegedy, W. Liu, Y. Jia, P. Sermanet, S. Reed, D. Anguelov, D. Erhan, V. Vanhoucke, A. Rabinovich: *Going Deeper
#   with Convolutions*. arXiv:1409.4842, 2014; CVPR 2015.
# - K. He, X. Zhang, S. Ren, J. Sun: *Deep Residual Learning for Image Recognition*. arXiv:1512.03385, 2015; CVPR 2016.
# - C. Szegedy, S. Ioffe, V. Vanhoucke, A. Alemi: *Inception-v4, Inception-ResNet and the Impact of Residual Connections
#   on Learning*. arXiv:1602.07261, 2016.
# - A. Canziani, A. Paszke, E. Culurciello: *An Analysis of Deep Neural Network Models for Practical Applications*.
#   arXiv:1605.07678, 2016.
# - O. Russakovsky et al.: *ImageNet Large Scale Visual Recognition Challenge*. arXiv:1409.0575, 2014; IJCV 2015.

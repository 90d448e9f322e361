# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Lecture 4: Data augmentation
#
# More training images are the best regularizer, and the dearest. This lecture is about making them: which
# changes of an image leave its answer alone, how to draw them while training, what to do with them when
# testing, and how to let a search, or no search at all, choose among them.
#
# 1. Never the same image twice
# 2. Flips
# 3. Random crops and scales
# 4. Testing with many crops
# 5. Other geometry
# 6. Colour
# 7. RandAugment
# 8. Learned policies
# 9. Cutout and random erasing
# 10. Mixup and CutMix
# 11. Invariances
# 12. What to remember

# %% [markdown] slideshow={"slide_type": "subslide"}
# **After this lecture you can**
#
# - augment while training, with another draw for each image, and say what the test-time counterpart is;
# - tell the two test-time schemes of the ResNet paper apart, and measure what averaging over crops gains;
# - write down what brightness, contrast and PCA lighting do to a pixel, and what RandAugment's N and M mean;
# - count AutoAugment's search space, and say why a grid of N and M took its place;
# - mix two images and their labels, by mixup and by CutMix, with the right weight at the edge;
# - find, for a task of your own, the transforms that break a label.
#
# **Time**: 70 minutes. **You need**: Lecture 3's pattern (train with noise, test with the average),
# convolutional networks, the softmax loss, eigenvectors of a covariance matrix, `torch.nn` modules.

# %% slideshow={"slide_type": "skip"}
import math

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import nn
from torch.nn import functional as F
from torchvision import tv_tensors
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional as TF

from utils.data import batches, load
from utils.explore import augmentation, colour, invariances, mixing, pictures, policies, views
from utils.plots import COLORS, image_grid, label_axes, learning_curves, show
from utils.training import choose_device, evaluate, fit, progress_bar, set_seed

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Never the same image twice
#
# What can a network learn from 200 images?
#
# Ten classes of coloured shapes, about twenty images of each. A shape may lie anywhere, be large or small,
# bright or dark. Nobody could learn all that from twenty examples, if the examples were all there is.

# %% slideshow={"slide_type": "fragment"}
torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on a busy machine
device = choose_device()
data = load("shapes", device=device)
few = data.train[:200]
figure = image_grid(few.images[:16], few.labels[:16], classes=data.classes, title="A few shapes")
show(figure, alt="Sixteen bright shapes on darker grounds, among them stars and crescents.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# A star moved by three pixels is still a star, and so is its mirror image. **Augmentation** shows the network
# such changed images *in place of* the originals:
#
# $$\min_W \; \frac1N \sum_{i=1}^N \mathbb{E}_z\big[\,L\big(f_W(t_z(x_i)),\, y_i\big)\,\big]$$
#
# with a random transform $t_z$ that leaves the label $y_i$ as it is. The noise $z$ is drawn **live**: anew
# for each image in each epoch, on the way into the network. Nothing is stored, and no two epochs are the
# same.
#
# This is the pattern of Lecture 3, with the noise at the input. Training draws one view of an image; testing
# takes a fixed one, or the average over several.

# %% [markdown] slideshow={"slide_type": "fragment"}
# As a module it looks like dropout: noise in training mode, none in eval mode.


# %% slideshow={"slide_type": "fragment"}
class Views(nn.Module):
    """Each training image gets a view of its own; test images all get the same fixed view."""

    def __init__(self, random_view, fixed_view):
        super().__init__()
        self.random_view, self.fixed_view = random_view, fixed_view

    def forward(self, images):
        if self.training:
            return torch.stack([self.random_view(image) for image in images])
        return self.fixed_view(images)


# %% [markdown] slideshow={"slide_type": "subslide"}
# Why the loop over images? A torchvision transform draws *once a call*. Given a batch, it does the same to
# all of it. Eight copies of one image, five calls:

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
eight = few.images[:1].expand(8, -1, -1, -1)
flip = v2.RandomHorizontalFlip(p=0.5)
for name, view in (("whole batch", flip), ("one by one", Views(flip, nn.Identity()))):
    flipped = [int((view(eight) != eight).flatten(1).any(1).sum()) for _ in range(5)]
    print(f"{name}: {flipped} of 8 copies flipped")

# %% [markdown] slideshow={"slide_type": "fragment"}
# All or none, against about half: the same mistake as one dropout mask for the whole batch. In a `Dataset`
# the transform sees single images anyway, and the question does not come up.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now the experiment. A small convolutional network sees patches of 28 × 28 of the 32 × 32 images. Once always
# the middle; once a random patch at a random scale, perhaps mirrored, with changed colours. Sections 2, 3 and
# 6 explain the parts.


# %% slideshow={"slide_type": "fragment"}
def build(random_view):
    layers = [Views(random_view, middle)]
    for fan_in, fan_out, stride in ((3, 16, 2), (16, 32, 2), (32, 64, 1)):
        layers += [nn.Conv2d(fan_in, fan_out, 3, stride, 1), nn.BatchNorm2d(fan_out), nn.ReLU()]
    layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return nn.Sequential(*layers).to(device)


def train_network(random_view):
    set_seed(0)
    model = build(random_view)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_steps)  # see Lecture 5
    settings = {"optimizer": optimizer, "scheduler": scheduler, "batch_size": 20}
    return model, fit(model, few, data.val, num_epochs=num_epochs, **settings)


# %% slideshow={"slide_type": "subslide"}
num_epochs, num_steps = 40, 40 * 10  # 200 images are 10 batches of 20
middle = v2.CenterCrop(28)
random_patch = v2.Compose(
    [
        v2.RandomShortestSize(list(range(28, 41))),
        v2.RandomCrop(28),
        v2.RandomHorizontalFlip(),
        v2.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4),
    ]
)
plain, plain_history = train_network(middle)
augmented, augmented_history = train_network(random_patch)

# %% slideshow={"slide_type": "subslide"}
runs = {"without": plain_history, "augmented": augmented_history}
ends = [
    f"{name}: training {run.train_accuracy[-1]:.1%}, validation {run.val_accuracy[-1]:.1%}"
    for name, run in runs.items()
]
figure = learning_curves(runs, title="200 images, with and without augmentation")
show(figure, alt="Learning curves of two runs. In the end " + "; ".join(ends))
print("\n".join(ends))

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Without augmentation the loss of the minibatches goes to zero, and the training images are
# soon known by heart. With it the loss stays higher, since the network never meets an image again, and the
# validation accuracy ends well above. The training accuracy in the right panel is measured on the middle
# patches.

# %% slideshow={"slide_type": "fragment"}
epochs = len(augmented_history.val_accuracy)
print(f"{len(few)} images, {epochs} epochs: {len(few) * epochs:,} patches were drawn")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. Flips
#
# What is the simplest change that most photographs survive? Looking at them in a mirror.
#
# $$\tilde x_{c,i,j} = x_{c,\,i,\,W-1-j} \quad\text{with probability } \tfrac12, \qquad \tilde x = x \quad\text{otherwise.}$$
#
# Left-to-right flips suit nearly all photographs of things: gravity tells up from down, but not left from
# right. Upside-down flips suit satellite images and microscopy, where no direction is special.

# %% slideshow={"slide_type": "subslide"}
digits = load("digits", device=device)
examples = {f"digit {n}": digits.train.images[digits.train.labels == n][0] for n in (2, 6, 8)}
flipping = augmentation.flips(examples)
flipping

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The flower can be flipped in any way. The temple stands on its roof after two of them. A 2
# becomes a sign that is no digit, and a 6 flipped both ways (which is a turn by 180 degrees) a 9. Section 11
# returns to this.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Testing
#
# A flip has only two outcomes, so its average is exact and cheap:
#
# $$\mathbb{E}_z[f(t_z(x))] = \tfrac12 f(x) + \tfrac12 f(\text{mirror}(x)).$$
#
# In torchvision `v2.RandomHorizontalFlip(p=0.5)` flips with probability `p`, and the functional form always:

# %% slideshow={"slide_type": "fragment"}
row = torch.tensor([[[1, 2, 3, 4]]])  # one channel, one row, four columns
print(row.tolist(), "becomes", TF.horizontal_flip(row).tolist())

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. Random crops and scales
#
# A camera could have stood a step to the side, or nearer. How can a network be made not to care?
#
# Cut a patch at a random place. AlexNet took 224 × 224 of 256 × 256, or its mirror image. How many different
# patches does one image give?

# %% slideshow={"slide_type": "fragment"}
places = 256 - 224 + 1
print(f"AlexNet: {places} x {places} places x 2 = {2 * places**2:,} patches")
places = 32 + 2 * 4 - 32 + 1
print(f"32 x 32 out of a border of 4: {places} x {places} places x 2 = {2 * places**2} patches")

# %% [markdown] slideshow={"slide_type": "fragment"}
# (The paper says 2,048, which is 32 × 32 × 2: it did not count the last place in each direction.) The patches
# overlap, so they are far from independent; but without them, the authors say, the network would have
# overfitted so much that they would have had to use a smaller one.
#
# Small images cannot spare a border. They get one: **pad** by four pixels of zeros, then crop to the old
# size. This is what the ResNet paper does on CIFAR, and most papers since.

# %% slideshow={"slide_type": "subslide"}
set_seed(0)
star = few.images[few.labels == data.classes.index("star")][0]
shifted = torch.stack([star] + [v2.RandomCrop(32, padding=4)(star) for _ in range(7)])
captions = ["as it is"] + [f"draw {number}" for number in range(1, 8)]
figure = image_grid(shifted, captions, title="Padded by 4 pixels, cropped to 32 x 32")
show(figure, alt="A star, and seven copies of it shifted by up to four pixels, with black edges.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Scale too: ResNet's recipe
#
# For ImageNet, where images come in all sizes, ResNet draws the scale as well:
#
# 1. draw $L$ from $[256, 480]$;
# 2. resize the image so that its **short side** is $L$;
# 3. cut a 224 × 224 patch at a random place, mirrored half of the time.
#
# A small $L$ shows nearly the whole image, a large one a detail.

# %% slideshow={"slide_type": "subslide"}
cropping = augmentation.crops()
cropping

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The patch always has 224 × 224 pixels. At short side 256 it spans most of the height; at
# 480 it holds less than half of the height and about a third of the width, and things look nearly twice as
# large.

# %% [markdown] slideshow={"slide_type": "subslide"}
# In torchvision the three steps are three transforms:

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
resnet_patch = v2.Compose(
    [
        v2.RandomShortestSize(list(range(256, 481))),
        v2.RandomCrop(224),
        v2.RandomHorizontalFlip(),
    ]
)
patches = torch.stack([resnet_patch(pictures.photograph("temple")) for _ in range(8)])
figure = image_grid(patches, columns=8, title="Eight training views of one photograph")
show(figure, alt="Eight square patches of a photograph of a temple, at several scales and places.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Section 1's network was trained by this recipe, in small: short side from 28 to 40, a patch of 28. The usual
# choice today, `v2.RandomResizedCrop(224)`, comes from the Inception networks: draw the *area* of the patch,
# 8 to 100 % of the image, and its aspect ratio, 3:4 to 4:3, then resize it to 224 × 224.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. Testing with many crops
#
# Training averaged over patches. Which patch should be tested?
#
# The middle one is a fair first choice: the network is asked once. The pattern says: ask several times and
# average the answers. There are two well-known ways, and **they are two different tests**:
#
# | | ten crops (AlexNet, ResNet's comparisons) | five scales (ResNet's best results) |
# | --- | --- | --- |
# | views | 4 corners and the centre of one size, each also mirrored | the whole image, resized to short side 224, 256, 384, 480, 640 |
# | network | on each 224 × 224 patch | as a convolution over the whole image, features averaged over all places |
# | then | mean of 10 predictions | mean of 5 predictions |
#
# Lecture slides often join them to "10 crops at each of 5 scales". The paper does not.

# %% [markdown] slideshow={"slide_type": "subslide"}
# What the second test gained over the first, on ImageNet's validation images (top-1 / top-5 error in percent,
# single networks, from the paper's Tables 3 and 4):
#
# | | ten crops | five scales |
# | --- | --- | --- |
# | ResNet-50 | 22.85 / 6.71 | 20.74 / 5.25 |
# | ResNet-101 | 21.75 / 6.05 | 19.87 / 4.60 |
# | ResNet-152 | 21.43 / 5.71 | 19.38 / 4.49 |
#
# About two points of top-1 error: more than between 50 and 152 layers. A comparison of two networks tested
# differently says nothing.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Our augmented network from Section 1 can take both tests in small. First the ten crops of six test images.

# %% slideshow={"slide_type": "fragment"}
network = augmented.eval()[1:]  # without the layer that takes the middle patch itself
ten = views.ten_views(network, data.test[:6], data.classes, size=28)
ten

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Of some shapes the network is sure in every crop. Others get other probabilities in each, and
# sometimes another class, though we see no difference that matters. The mean does not hang on one place.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now all 1,000 test images. The network ends in an average over all places, so it takes images of any size:
# the second test needs no new network.

# %% slideshow={"slide_type": "fragment"}
images, labels = data.test.images, data.test.labels
with torch.no_grad():
    crops = torch.stack([network(crop).softmax(1) for crop in v2.TenCrop(28)(images)])
    sizes = [24, 28, 32, 36, 40]  # about the scales that it was trained on
    scales = [network(TF.resize(images, [size, size])).softmax(1) for size in sizes]
scales = torch.stack(scales)  # [5, images, classes], as crops is [10, images, classes]


def right(predictions):
    return (predictions.argmax(-1) == labels).float().mean(-1)


# %% slideshow={"slide_type": "subslide"}
tests = {
    "one crop, the centre": right(crops[4]).item(),
    "one crop, mean of the ten": right(crops).mean().item(),
    "ten crops averaged": right(crops.mean(0)).item(),
    **{f"scale {size}": right(scale).item() for size, scale in zip(sizes, scales, strict=True)},
    "five scales averaged": right(scales.mean(0)).item(),
}
for name, accuracy in tests.items():
    print(f"{name:26} {accuracy:.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# One crop away from the centre is about as good as the centre, and ten averaged are better than one: the
# network was trained on random patches, and it errs differently on each. The five scales do **not** help this
# network: no scale of the whole image alone comes up to the middle patch. (A likely reason: the average over
# all places of a whole image holds more background than that of a patch, and it was trained on patches.) What
# a test gains must be measured anew for each network.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. Other geometry
#
# What else may happen to a picture of a thing that stays the same thing? It may be moved, turned, stretched,
# sheared or seen through another lens. The first four are **affine** maps of places:
#
# $$\begin{pmatrix} u' \\ v' \end{pmatrix} = A \begin{pmatrix} u \\ v \end{pmatrix} + b, \qquad
# A = \underbrace{\begin{pmatrix} \cos\varphi & -\sin\varphi \\ \sin\varphi & \cos\varphi \end{pmatrix}}_{\text{rotation}},\;
# \underbrace{\begin{pmatrix} s & 0 \\ 0 & 1 \end{pmatrix}}_{\text{stretch}},\;
# \underbrace{\begin{pmatrix} 1 & k \\ 0 & 1 \end{pmatrix}}_{\text{shear}},
# \qquad b: \text{translation.}$$
#
# A lens moves a point along its radius, $r' = r\,(1 + \kappa r^2)$. An **elastic** distortion moves every
# pixel by a smooth random field (Simard et al., 2003, for handwriting).

# %% slideshow={"slide_type": "subslide"}
geometry = augmentation.geometry()
geometry

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At magnitude 0 all six do nothing, and with it the range grows from which the change is
# drawn. The random draw says which point of the range. Black corners are places of which the photograph knows
# nothing: they can be filled with zeros, a colour, or the mirrored border, and none of it looks real.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Each resampling blurs a little. Maps are therefore composed first, as matrices, and the image is resampled
# once: `v2.RandomAffine` draws rotation, translation, scale and shear together.

# %% slideshow={"slide_type": "fragment"}
set_seed(1)
transforms = {
    "affine": v2.RandomAffine(15, translate=(0.1, 0.1), scale=(0.9, 1.1), shear=10),
    "perspective": v2.RandomPerspective(distortion_scale=0.4, p=1.0),
    "elastic": v2.ElasticTransform(alpha=250.0, sigma=7.0),
}
temple = pictures.previews()["temple"]
drawn = torch.stack([transform(temple) for transform in transforms.values() for _ in range(2)])
names = [name for name in transforms for _ in range(2)]
figure = image_grid(drawn, names, columns=6, title="Two draws of each of three transforms")
show(figure, alt="A temple, twice each under affine, perspective and elastic random transforms.")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### How far?
#
# Too little changes nothing, too much changes the answer. Where lies the best strength? Networks with one
# hidden layer, trained on copies of a few digits, one network for each transform, strength and number of
# images. (So that they train as one, 2,560 copies are drawn beforehand, where live training would go on
# drawing.)

# %% slideshow={"slide_type": "fragment"}
strengths = invariances.strengths(digits)
strengths

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The blue line is the accuracy on validation digits that are themselves turned by up to 30
# degrees (or moved by up to 0.7 pixels, …). For rotation and translation it rises up to the strength at
# which the test varies or a step beyond, and falls after that. The orange line, on digits as they are, falls
# from the start: those who made the data set cut each digit out and scaled it to the same frame, so there is
# little to gain and something to pay. **Augmentation pays for what varies in the test, and costs where
# nothing does.** Zoom and shear matter less here. The third panel shows the errors: the darker a square off
# the diagonal, the more often that digit was taken for another.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. Colour
#
# The same place at noon and in the evening: what changes is light. How can that be imitated?
#
# Three knobs blend the picture $x$ with something simpler, by a random factor around one:
#
# | knob | formula | at factor 0 |
# | --- | --- | --- |
# | brightness | $\tilde x = b\,x$ | black |
# | contrast | $\tilde x = c\,x + (1 - c)\,m$, $m$ the mean grey of the picture | even grey |
# | colour (saturation) | $\tilde x = s\,x + (1 - s)\,\text{grey}(x)$ | black and white |
#
# with $\text{grey} = 0.299\,R + 0.587\,G + 0.114\,B$, and all values cut to $[0, 1]$. A fourth turns the hue
# around the colour circle.

# %% slideshow={"slide_type": "subslide"}
colouring = colour.jitter()
colouring

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Brightness stretches the values away from 0, contrast away from their mean, and what goes
# beyond the end piles up there: it is lost. Contrast 0 leaves one even grey, colour 0 three equal curves.

# %% [markdown] slideshow={"slide_type": "subslide"}
# By hand, for a picture of two grey pixels, 0.2 and 0.6, so that the mean is 0.4:

# %% slideshow={"slide_type": "fragment"}
two = torch.tensor([0.2, 0.6]).expand(3, 1, 2)
rows = {
    "brightness 1.5": ([1.5 * 0.2, 1.5 * 0.6], TF.adjust_brightness(two, 1.5)),
    "contrast 1.5": ([1.5 * 0.2 - 0.5 * 0.4, 1.5 * 0.6 - 0.5 * 0.4], TF.adjust_contrast(two, 1.5)),
    "contrast 0": ([0.4, 0.4], TF.adjust_contrast(two, 0.0)),
}
for name, (by_hand, library) in rows.items():
    print(f"{name:15} by hand {np.round(by_hand, 3)}, torchvision {library[0, 0].numpy().round(3)}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# `v2.ColorJitter(brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)` draws each factor from
# $[1 - 0.4, 1 + 0.4]$, the hue's turn from ± 0.1 of the circle, and the order of the four at random.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### PCA lighting
#
# Brightness and contrast are knobs of a television set. Which changes of colour does *light* make? AlexNet
# asks the images. Take all pixels as points $(R, G, B)$ and their $3 \times 3$ covariance matrix, with
# eigenvalues $\lambda_k$ and eigenvectors $p_k$: the **principal directions** are those along which colours
# really vary.
#
# Then add to every pixel of an image the same offset
#
# $$\Delta = \sum_{k=1}^{3} \alpha_k\, \lambda_k\, p_k, \qquad \alpha_k \sim \mathcal{N}(0,\ 0.1),$$
#
# where 0.1 is the standard deviation. The three $\alpha_k$ are drawn once for each image each time it is
# used, not for each pixel. The covariance is that of the whole training set; here one photograph has to do.
# (The sign of an eigenvector is arbitrary. It does not matter: $\alpha_k$ is as often negative as positive.)

# %% slideshow={"slide_type": "fragment"}
points = pictures.previews()["flower"].reshape(3, -1).numpy() / 255
variances, directions = np.linalg.eigh(np.cov(points))  # ascending; directions are columns
for variance, direction in zip(variances[::-1], directions.T[::-1], strict=True):
    print(f"variance {variance:.4f}, direction {np.round(direction, 2)}")

# %% slideshow={"slide_type": "subslide"}
lighting = colour.lighting()
lighting

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The first direction runs along the cloud: it makes the photograph lighter or darker in the
# colour of its own light, nearly grey for the temple, the orange of the petals for the flower. The other two
# trade colours for one another, and have so little variance that even a large $\alpha$ changes less. At
# $\alpha = 0.1$ not even the first can be seen.

# %% [markdown] slideshow={"slide_type": "subslide"}
# How large is the offset that is really drawn? The three $\alpha_k$ are independent, so the variances add up,
# and one channel's offset has the standard deviation $0.1 \sqrt{\sum_k \lambda_k^2\, p_{k}^2}$ with that
# channel's entries of the $p_k$.

# %% slideshow={"slide_type": "fragment"}
deviations = 0.1 * np.sqrt(((variances * directions) ** 2).sum(1))
for channel, deviation in zip(("red", "green", "blue"), deviations, strict=True):
    print(f"{channel:5} {255 * deviation:.1f} of 255 grey levels")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A few grey levels: nobody would notice. AlexNet's top-1 error fell by more than one point all the same, and
# ResNet kept it.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. RandAugment
#
# By now there are a dozen knobs, each with a range. Who is to set them all?
#
# **RandAugment** has two numbers for all of them. For each image draw $N$ operations out of fourteen, each
# time any of them with probability $1/14$ (**with replacement**), and apply them one after the other, all
# with the same magnitude $M$:
#
# > identity, auto-contrast, equalize, rotate, solarize, colour, posterize, contrast, brightness, sharpness,
# > shear x, shear y, translate x, translate y
#
# In torchvision $M$ runs from 0 to 30: `v2.RandAugment(num_ops=2, magnitude=9)`. Each operation has its own
# largest change, of which $M / 30$ is taken, in a direction drawn at random. First the fourteen alone:

# %% slideshow={"slide_type": "subslide"}
operations = policies.operations()
operations

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Identity, auto-contrast and equalize ignore $M$. The other eleven do nothing at $M = 0$
# (solarize inverts pure white, no more) and ever more beyond. The geometric ones, colour, contrast,
# brightness and sharpness can go two ways; RandAugment draws which.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now drawn together:

# %% slideshow={"slide_type": "fragment"}
randaugment = policies.randaugment()
randaugment

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The sentence names what was drawn. The same operation may come twice, and identity makes
# the real number of changes smaller than $N$ now and then.

# %% slideshow={"slide_type": "fragment"}
for count in (1, 2, 3):
    twice = 1 - math.prod((14 - k) / 14 for k in range(count))
    print(f"N = {count}: {14**count:,} sequences; an operation comes twice in {twice:.1%} of draws")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Larger networks and larger data sets want a larger $M$ (the paper's main finding): the search is a small
# grid over $N$ and $M$, run on the real task. On ImageNet ResNet-50 gets 77.6 % top-1 with it, against 76.3 %
# without.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. Learned policies
#
# Could the augmentation itself be learned? **AutoAugment** came before RandAugment, and searched.
#
# A *policy* is a set of five sub-policies. A *sub-policy* is two operations in order, each with a probability
# of being applied and a magnitude. For each image one sub-policy is drawn. The choices are 16 operations, 10
# magnitudes and 11 probabilities (0, 0.1, …, 1). How many policies are there?

# %% slideshow={"slide_type": "fragment"}
num_operations, num_magnitudes, num_probabilities = 16, 10, 11
one_operation = num_operations * num_magnitudes * num_probabilities
num_policies = one_operation ** (5 * 2)
print(f"choices for one operation: {one_operation:,}")
print(f"policies: {one_operation:,}^10 = {num_policies:,}, about {num_policies:.1e}")
print(f"RandAugment, N from 1 to 3, M from 0 to 30: {3 * 31}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# $(16 \times 10 \times 11)^{10} \approx 2.9 \times 10^{32}$. A controller network proposes a policy, a small
# child network is trained with it from scratch, and its validation accuracy is the controller's reward:
# thousands of trainings. The best five policies found are joined to one of 25 sub-policies.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### One sub-policy, counted
#
# In ImageNet's published policy stands: posterize with probability 0.4 at magnitude 8, then rotate with
# probability 0.6 at magnitude 9. What happens to an image that draws it?

# %% slideshow={"slide_type": "fragment"}
for posterized, first in (("posterized", 0.4), ("not posterized", 0.6)):
    for rotated, second in (("rotated", 0.6), ("not rotated", 0.4)):
        print(f"{posterized:14} and {rotated:11}: {first * second:.2f}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# So about every fourth of these images stays as it is. `v2.AutoAugment` holds the three published policies:

# %% slideshow={"slide_type": "subslide"}
autoaugment = policies.autoaugment()
autoaugment

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The policy for house numbers (SVHN) shears and inverts: numbers are written slanting, light
# on dark or dark on light. Those for CIFAR-10 and ImageNet mostly change colours; ImageNet's also turns. Each
# data set has its own invariances, and the search found them.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### The same for less
#
# **Population based augmentation** (PBA) trains a population of networks at once, and now and then copies the
# good ones with slightly changed augmentation: it learns a *schedule* over the epochs, within one training.
# **Fast AutoAugment** trains networks once, *without* the policies, and looks for those under which held-out
# images still are recognized.
#
# Test error in percent:
#
# | | previous best | AutoAugment | PBA |
# | --- | --- | --- | --- |
# | CIFAR-10 | 2.1 | 1.48 | 1.46 |
# | CIFAR-100 | 12.2 | 10.7 | 10.9 |
# | SVHN | 1.3 | 1.0 | 1.1 |
#
# GPU hours of search: 5,000 against 5 for CIFAR-10, 1,000 against 1 for SVHN, none for CIFAR-100, which took
# CIFAR-10's policy.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ImageNet, top-1 (top-5) error in percent:
#
# | | baseline | AutoAugment | Fast AutoAugment |
# | --- | --- | --- | --- |
# | ResNet-50 | 23.7 (6.9) | 22.4 (6.2) | 22.4 (6.3) |
# | ResNet-200 | 21.5 (5.8) | 20.0 (5.0) | 19.4 (4.7) |

# %% slideshow={"slide_type": "fragment"}
hours = {"CIFAR-10": (5000, 5, 3.5), "ImageNet": (15000, None, 450)}
figure = Figure(figsize=(6.4, 3.2), layout="constrained")
axes = figure.subplots()
for number, method in enumerate(("AutoAugment", "PBA", "Fast AutoAugment")):
    found = {place: h[number] for place, h in enumerate(hours.values()) if h[number]}
    bars = axes.bar(np.array(list(found)) + 0.25 * (number - 1), list(found.values()), 0.22)
    for bar in bars:
        bar.set(color=COLORS[number], label=method if bar is bars[0] else None)
    axes.bar_label(bars, fmt="{:g}")
axes.set(yscale="log", xticks=range(2), xticklabels=list(hours), ylim=(1, 1_000_000))
label_axes(axes, title="What a search costs", xlabel="data set", ylabel="GPU hours")
axes.legend(loc="upper left")
show(figure, alt=f"Bars on a log scale, AutoAugment, PBA, Fast AutoAugment in GPU hours: {hours}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The axis is logarithmic: a factor of a thousand on CIFAR-10, of about thirty on ImageNet.
# (PBA reported no search on ImageNet.) RandAugment then dropped the search on a stand-in task altogether, and
# was as good: Section 7's 77.6 % is AutoAugment's number too, an error of 22.4 %.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 9. Cutout and random erasing
#
# A classifier of dogs may look at nothing but the head. What if the head is hidden, now and then?
#
# **Cutout** covers a square at a random place, **random erasing** a rectangle of random size and shape:
#
# $$\tilde x = m \odot x + (1 - m) \odot v, \qquad m = 0 \text{ inside the box, } 1 \text{ outside.}$$
#
# The fill $v$ is zero, the mean colour, or random values. The label stays. It is dropout of a *region* of the
# input, not of single pixels, which their neighbours would give away. In testing the whole image is used,
# with no scaling.

# %% slideshow={"slide_type": "subslide"}
erasing = augmentation.erasing()
erasing

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** A fifth of the area gone, and it is plainly the same flower. A black box is itself a strong
# edge; the mean colour is less conspicuous, and noise cannot be mistaken for anything.

# %% [markdown] slideshow={"slide_type": "subslide"}
# - Zero *after* standardizing is the mean colour of the training set: there the first two fills are one.
# - Cutout's square has a fixed size (16 × 16 on CIFAR-10, 8 × 8 on CIFAR-100), and its *centre* is drawn
#   anywhere in the image, so that a part may hang over the edge. The authors found that this matters: some
#   images stay nearly whole.
# - `v2.RandomErasing(p=0.5, scale=(0.02, 0.33), ratio=(0.3, 3.3), value=0)` puts the whole box inside.
#   `value="random"` fills with noise.
# - It works well on small sets such as CIFAR, and is less common on ImageNet, where overfitting is less of a
#   trouble.
# - Some slides call it "random crop". A random crop *keeps* a box, random erasing removes one.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 10. Mixup and CutMix
#
# So far the label stayed as it was. What if it changes too, by a rule?
#
# **Mixup** blends two training images, and their labels by the same weight:
#
# $$\tilde x = \lambda\, x_a + (1 - \lambda)\, x_b, \qquad \tilde y = \lambda\, y_a + (1 - \lambda)\, y_b, \qquad
# \lambda \sim \text{Beta}(a, a),$$
#
# with one-hot labels $y$. An image that is 0.4 cat and 0.6 dog has the label 0.4 cat, 0.6 dog. **CutMix**
# pastes a box of one image into the other, and the labels follow the *areas*:
#
# $$\tilde x = m \odot x_a + (1 - m) \odot x_b, \qquad \tilde y = \lambda' y_a + (1 - \lambda')\, y_b, \qquad
# \lambda' = \frac{1}{WH} \sum m.$$

# %% [markdown] slideshow={"slide_type": "subslide"}
# CutMix draws $\lambda \sim \text{Beta}(1, 1)$, which is uniform, and a centre anywhere. The box has width
# $W\sqrt{1 - \lambda}$ and height $H\sqrt{1 - \lambda}$, so that its area is the share $1 - \lambda$. Near an
# edge a part of it falls outside and is **clipped**. Then more of $x_a$ is left than $\lambda$ says, and the
# label must use $\lambda'$, counted after clipping.

# %% slideshow={"slide_type": "fragment"}
mixer = mixing.mixing()
mixer

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Mixup is a ghost of two pictures, CutMix a collage of two real ones. With the box inside,
# the label is $\lambda$ up to the rounding to whole pixels; with the box at the edge, the temple keeps more
# than $\lambda$. Cutout's box takes away a part of the temple, and its label stays.

# %% [markdown] slideshow={"slide_type": "subslide"}
# By hand: an image of 128 × 128, $\lambda = 0.36$. The box has sides $128 \cdot \sqrt{0.64} = 102.4$, half of
# them 51 pixels. With its centre 20 pixels from the left edge and far from top and bottom, it reaches from 0
# to 71.

# %% slideshow={"slide_type": "fragment"}
half = int(0.5 * 128 * math.sqrt(1 - 0.36))
whole, left = (2 * half) ** 2, (20 + half) * (2 * half)
print(f"box of {2 * half} x {2 * half}: label weight {1 - whole / 128**2:.3f}, and 0.36 was drawn")
print(f"clipped to {20 + half} x {2 * half}: label weight {1 - left / 128**2:.3f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Which weights are drawn?
#
# $\text{Beta}(a, a)$ has the density $\lambda^{a-1} (1 - \lambda)^{a-1} / B(a, a)$.

# %% slideshow={"slide_type": "fragment"}
weights = mixing.beta_weights()
weights

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At $a = 1$ all weights are equally likely. Below, both ends grow: at 0.2, in two pairs of
# three the weaker picture weighs no more than a tenth. Above, the middle grows: at 8, hardly any picture
# stays alone. The mixup paper takes $a$ from 0.1 to 0.4 on ImageNet and 1 on CIFAR; on ImageNet a large $a$
# underfits.

# %% [markdown] slideshow={"slide_type": "fragment"}
# Some slides write $a = b = 0$. That is a limit (no mixing at all), not a distribution, and torch says so:

# %% slideshow={"slide_type": "fragment"}
try:
    torch.distributions.Beta(torch.tensor([0.0]), torch.tensor([0.0]))
except ValueError as error:
    print(f"torch refuses a = 0: {type(error).__name__}, the parameter must be", end=" ")
    print("greater than 0" if "GreaterThan(lower_bound=0.0)" in str(error) else error)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### In torchvision
#
# `v2.MixUp` and `v2.CutMix` take a *batch* and its labels: each image is mixed with the one before it in the
# batch (the first with the last), with one $\lambda$ for all. The label of the first image gives the weight
# away; the formula must then give the same picture.

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
batch, labels_in = few.images[:4], torch.tensor([0, 1, 2, 3], device=device)
mixed, blended = v2.MixUp(alpha=1.0, num_classes=4)(batch, labels_in)
weight = blended[0, 0].item()
by_formula = weight * batch[0] + (1 - weight) * batch[3]
print("label of the first image:", [round(share, 3) for share in blended[0].tolist()])
print(f"largest difference from the formula: {(mixed[0] - by_formula).abs().max():.1e}")
cut, soft = v2.CutMix(num_classes=4)(batch, labels_in)
own = (cut[0] == batch[0]).all(0).float().mean()
print(f"CutMix: own pixels {own:.4f}, own label {soft[0, 0]:.4f}, box from image 3")

# %% [markdown] slideshow={"slide_type": "subslide"}
# The loss is cross-entropy with the mixed label, which `F.cross_entropy` takes as it is. It is linear in the
# label, so it can as well be computed as two ordinary losses, weighted:
#
# $$L(\tilde y, f(\tilde x)) = \lambda\, L(y_a, f(\tilde x)) + (1 - \lambda)\, L(y_b, f(\tilde x)).$$

# %% slideshow={"slide_type": "fragment"}
with torch.no_grad():
    logits = network(mixed)[:1, :4]
at_once = F.cross_entropy(logits, blended[:1]).item()
first, last = (F.cross_entropy(logits, labels_in[i : i + 1]).item() for i in (0, 3))
print(f"mixed label: {at_once:.6f}, two losses: {weight * first + (1 - weight) * last:.6f}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Which of them?
#
# | | cutout | mixup | CutMix |
# | --- | --- | --- | --- |
# | every pixel shows something | no | yes | yes |
# | a region is hidden | yes | no | yes |
# | the label is mixed | no | yes | yes |
# | label of a dog image, with a cat | dog 1 | dog 0.5, cat 0.5 | dog 0.6, cat 0.4 |
# | looks natural | but for the box | no: a double exposure | inside and outside the box |
# | ResNet-50 on ImageNet, top-1 error, 23.68 % without | 22.93 % | 22.58 % | 21.40 % |
#
# (Numbers: Yun et al., 2019.) All four trained for 300 epochs, three times as long as is usual on ImageNet:
# the task is harder, and overfitting comes later. Testing uses whole, unmixed images.

# %% [markdown] slideshow={"slide_type": "subslide"}
# And on our 200 shapes? One more network for each, with the views of Section 1 and the mixture after them.
# The loop is the usual one; only the two marked lines are new.


# %% slideshow={"slide_type": "fragment"}
def train_mixed(mix):
    set_seed(0)
    model = build(random_patch)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_steps)
    for _ in progress_bar(range(num_epochs), unit="epoch"):
        for images, labels in batches(few, 20):
            mixtures, soft_labels = mix(model[0](images), labels)  # new
            loss = F.cross_entropy(model[1:](mixtures), soft_labels)  # new: labels are shares
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
    return evaluate(model, data.val)[1]


# %% slideshow={"slide_type": "subslide"}
scores = {"no augmentation": plain_history.val_accuracy[-1]}
scores["views alone"] = augmented_history.val_accuracy[-1]
scores["views and mixup"] = train_mixed(v2.MixUp(alpha=0.2, num_classes=10))
scores["views and CutMix"] = train_mixed(v2.CutMix(alpha=1.0, num_classes=10))
for name, accuracy in scores.items():
    print(f"{name:18} {accuracy:.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Views help. Whether mixup adds to them, one run cannot say: with another seed these accuracies move by a few
# points, and mixup comes out sometimes level with the views alone, sometimes below. CutMix costs much, with
# every seed that we tried: it ends below no augmentation at all. Likely reasons: forty epochs are short for a
# task made harder, and the network has little capacity to spare. And CutMix's label is a claim too: that
# *area* is evidence. Here a small shape lies on an empty ground; a box that hides the whole shape may be a
# quarter of the area, and the label still gives three quarters to what is no longer there. On photographs,
# where the thing fills the frame, the claim is nearer to the truth.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 11. Invariances
#
# Is more augmentation always better? Every augmentation is a claim: *this change does not change the answer*,
#
# $$y(t(x)) = y(x) \quad \text{for all } t \text{ that may be drawn.}$$
#
# The network will be made **invariant** to it, whether the claim is true or not. It is the task that decides:
#
# | task | harmless | breaks the label |
# | --- | --- | --- |
# | digits | small moves and turns | flips, half a turn (6 and 9) |
# | cats and dogs | flip left to right, light | nothing much; upside down is merely rare |
# | traffic signs | brightness, small moves | flip (turn left, turn right), hue (red, green) |
# | satellite images | any turn, any flip | scale, where size tells car from truck |
# | X-rays of the chest | small moves, contrast | flip left to right: the heart changes sides |
# | ripe or unripe fruit | flips, turns | hue |

# %% [markdown] slideshow={"slide_type": "subslide"}
# For the digits we can measure it. Guess first: which of six transforms leave all labels right? Each was used
# to train four networks on copies of 200 digits (a flip or half a turn in every second copy), tested on
# validation digits that were written a little carelessly.

# %% slideshow={"slide_type": "fragment"}
breaking = invariances.breaking(digits)
breaking

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The digits of this test are turned by up to 15 degrees and moved by up to a pixel. Small
# moves and turns in training make them easier, as they should. Both flips and the large turns make them
# *harder* than no augmentation at all: the network spends its few units on signs that never come, and where a
# turned 6 is a 9, one image gets two labels.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### When the label is a place
#
# For detection and segmentation the label moves *with* the image: the answer is not invariant but
# **equivariant**, $y(t(x)) = t(y(x))$. The box around a thing on the left must be on the right after a flip.
# The transforms of `v2` do that for labels that are marked as boxes or masks:

# %% slideshow={"slide_type": "fragment"}
image = tv_tensors.Image(pictures.previews()["temple"])
box = tv_tensors.BoundingBoxes([[10, 20, 50, 90]], format="XYXY", canvas_size=image.shape[1:])
flipped_image, flipped_box = v2.RandomHorizontalFlip(p=1.0)(image, box)
print("box (left, top, right, bottom):", box.tolist()[0], "becomes", flipped_box.tolist()[0])

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### What to use when
#
# - Augmentation is nearly always a good idea. Flips and crops first (if the task allows them), then colour.
# - Little data: more of it, cutout and mixup too. Much data and a small network: less, or it underfits.
# - No time to tune: RandAugment with its defaults, then a grid of three values of $M$.
# - For the last points: mixup, CutMix, random erasing, with more epochs.
# - Look at a page of augmented training images before the first run. If *you* cannot tell the label, neither
#   can the network.
# - Never augment the validation images at random: fixed views, or the average over fixed views.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 12. What to remember
#
# - **Live**: a new draw for each image in each epoch, one draw *an image*, not a batch. Test with a fixed
#   view or the mean over several.
# - **Crops**: ResNet trains on 224 × 224 patches at short side 256 to 480. Its **ten crops** and its **five
#   scales** are two tests.
# - **Colour**: brightness, contrast and saturation are blends; PCA lighting adds
#   $\sum_k \alpha_k \lambda_k p_k$, $\alpha_k \sim \mathcal N(0, 0.1)$, once an image.
# - **RandAugment**: $N$ of 14 operations with replacement, one magnitude $M$: two numbers in place of
#   $(16 \times 10 \times 11)^{10} \approx 2.9 \times 10^{32}$ policies.
# - **Cutout** hides and leaves the label, **mixup** blends, **CutMix** pastes. The label is mixed by the
#   weight, for CutMix by the area *after* clipping. The $a$ of Beta$(a, a)$ is positive.
# - An augmentation claims an **invariance**. Check the claim for your task, class by class.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Papers
#
# - P. Y. Simard, D. Steinkraus, J. C. Platt: *Best Practices for Convolutional Neural Networks Applied to
#   Visual Document Analysis*. ICDAR 2003.
# - A. Krizhevsky, I. Sutskever, G. E. Hinton: *ImageNet Classification with Deep Convolutional Neural
#   Networks*. NeurIPS 2012.
# - C. Szegedy et al.: *Going Deeper with Convolutions*. CVPR 2015.
# - K. He, X. Zhang, S. Ren, J. Sun: *Deep Residual Learning for Image Recognition*. CVPR 2016.
# - T. DeVries, G. W. Taylor: *Improved Regularization of Convolutional Neural Networks with Cutout*.
#   arXiv:1708.04552, 2017.
# - Z. Zhong, L. Zheng, G. Kang, S. Li, Y. Yang: *Random Erasing Data Augmentation*. AAAI 2020;
#   arXiv:1708.04896.
# - H. Zhang, M. Cisse, Y. N. Dauphin, D. Lopez-Paz: *mixup: Beyond Empirical Risk Minimization*. ICLR 2018.
# - E. D. Cubuk, B. Zoph, D. Mané, V. Vasudevan, Q. V. Le: *AutoAugment: Learning Augmentation Strategies from
#   Data*. CVPR 2019.
# - D. Ho, E. Liang, I. Stoica, P. Abbeel, X. Chen: *Population Based Augmentation: Efficient Learning of
#   Augmentation Policy Schedules*. ICML 2019.
# - S. Lim, I. Kim, T. Kim, C. Kim, S. Kim: *Fast AutoAugment*. NeurIPS 2019.
# - S. Yun, D. Han, S. J. Oh, S. Chun, J. Choe, Y. Yoo: *CutMix: Regularization Strategy to Train Strong
#   Classifiers with Localizable Features*. ICCV 2019.
# - E. D. Cubuk, B. Zoph, J. Shlens, Q. V. Le: *RandAugment: Practical Automated Data Augmentation with a
#   Reduced Search Space*. NeurIPS 2020.

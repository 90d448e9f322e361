"""The capstone's reference run: every piece of the course in one script, on shapes, the digits or CIFAR-10.

    python assignments/reference/capstone.py shapes

A first layer that whitens (its filters come from the training images, not from training), flips that alternate from
epoch to epoch, shifts, label smoothing, biases with a larger rate, a triangular schedule, averaged weights, and several
views of each image at test time. The recipe follows Jordan, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (2024,
arXiv:2404.00498); on CIFAR-10 it wants a GPU. Instructors only: it never reaches students.
"""

import copy
import sys
import time
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from utils.data import Split, load
from utils.shapes import draw_shapes
from utils.training import choose_device, set_seed

DECAY = 0.95**5  # of the averaged weights, each time
AVERAGE_EVERY = 5  # steps


@dataclass(frozen=True)
class Recipe:
    """What differs from one data set to another."""

    num_steps: int
    batch_size: int
    widths: tuple[int, ...]
    lr: float
    bias_lr: float
    weight_decay: float
    shift: int  # pixels
    flips: bool


RECIPES = {
    "shapes": Recipe(300, 64, (16, 32, 64), 0.1, 0.2, 5e-3, 3, True),
    "digits": Recipe(300, 64, (32, 64), 0.1, 0.2, 5e-3, 1, False),
    "cifar10": Recipe(450, 1_000, (64, 256, 256), 1.0, 4.0, 3e-4, 2, True),
}


def whitening_layer(images: torch.Tensor, size: int = 2) -> nn.Conv2d:
    """A frozen convolution whose outputs have covariance 1 over the images' patches, and their negatives.

    images: [N, C, H, W], standardized. The filters are the eigenvectors of the patches' covariance, each
    divided by the root of its eigenvalue.
    """
    channels = images.shape[1]
    patches = F.unfold(images[:2_000].float(), size).movedim(1, -1).flatten(0, 1)
    covariance = (patches.mT @ patches / len(patches)).cpu()
    values, vectors = torch.linalg.eigh(covariance)
    filters = (vectors / (values + 1e-2).sqrt()).mT.reshape(-1, channels, size, size)
    layer = nn.Conv2d(channels, 2 * len(filters), size, bias=False)
    layer.weight.data = torch.cat([filters, -filters])
    return layer.requires_grad_(False)


def build(images: torch.Tensor, widths: tuple[int, ...], num_classes: int) -> nn.Sequential:
    """A whitening layer, then for each width two convolutions with a pooling between, then a linear layer."""
    first = whitening_layer(images)
    layers, channels = [first, nn.GELU()], first.out_channels
    for width in widths:
        for pool in (nn.MaxPool2d(2), nn.Identity()):
            norm = nn.BatchNorm2d(width)
            norm.weight.requires_grad_(False)  # the next layer's weights scale as well
            convolution = nn.Conv2d(channels, width, 3, padding=1, bias=False)
            layers += [convolution, pool, norm, nn.GELU()]
            channels = width
    layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes, bias=False)]
    return nn.Sequential(*layers)


def shifted(images: torch.Tensor, by: int) -> torch.Tensor:
    """Each image moved by up to that many pixels, its edges reflected."""
    size, device = images.shape[-1], images.device
    offsets = torch.randint(2 * by + 1, (2, len(images), 1), device=device)
    rows, columns = offsets + torch.arange(size, device=device)
    padded = F.pad(images, (by,) * 4, mode="reflect").movedim(1, -1)
    each = torch.arange(len(images), device=device)[:, None, None]
    return padded[each, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)


def epochs(train: Split, recipe: Recipe):
    """Batches without end: each epoch flips the images that the epoch before it did not flip."""
    flipped = torch.rand(len(train), device=train.labels.device) < 0.5
    while True:
        images = shifted(train.images, recipe.shift)
        if recipe.flips:
            images = torch.where(flipped[:, None, None, None], images.flip(3), images)
            flipped = ~flipped
        order = torch.randperm(len(train), device=train.labels.device)
        for chosen in order.split(recipe.batch_size):
            yield images[chosen], train.labels[chosen]


def fit(model: nn.Module, train: Split, recipe: Recipe) -> nn.Module:
    """Train for the recipe's steps; returns the averaged network, in eval mode."""
    biases = [p for name, p in model.named_parameters() if name.endswith("bias")]
    weights = [p for p in model.parameters() if p.dim() > 1 and p.requires_grad]
    decay = recipe.weight_decay
    groups = [
        {"params": weights, "lr": recipe.lr, "weight_decay": decay},
        {
            "params": biases,
            "lr": recipe.bias_lr,
            "weight_decay": decay * recipe.lr / recipe.bias_lr,
        },
    ]
    optimizer = torch.optim.SGD(groups, momentum=0.85, nesterov=True)
    rise = 0.2 * recipe.num_steps
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda t: min((t + 1) / rise, (recipe.num_steps - t) / (recipe.num_steps - rise)),
    )
    average = copy.deepcopy(model)
    model.train()
    for step, (images, labels) in zip(
        range(1, recipe.num_steps + 1), epochs(train, recipe), strict=False
    ):
        loss = F.cross_entropy(model(images), labels, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % AVERAGE_EVERY == 0:
            blend(average, model)
    return average.eval()


@torch.no_grad()
def blend(average: nn.Module, model: nn.Module) -> None:
    """One step of Polyak averaging, over parameters and batch norm's statistics."""
    for mean, now in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
        if now.is_floating_point():
            mean.lerp_(now, 1 - DECAY)
        else:
            mean.copy_(now)


@torch.no_grad()
def predict(model: nn.Module, images: torch.Tensor, flips: bool) -> torch.Tensor:
    """Probabilities [N, K], averaged over the image, its mirror image, and both moved by a pixel each way."""
    padded = F.pad(images, (1,) * 4, mode="reflect")
    size = images.shape[-1]
    views = [images, padded[..., :size, :size], padded[..., 2:, 2:]]
    views += [view.flip(3) for view in views] if flips else []
    return torch.stack([model(view).softmax(dim=1) for view in views]).mean(dim=0)


def data_for(name: str, device, seed: int) -> tuple[Split, Split, int]:
    """Training and test set, and the number of classes."""
    if name == "shapes":  # the capstone's own task
        train, test = (
            Split(*draw_shapes(number, seed=2 * seed + offset, shift=1.0)).to(device)
            for offset, number in enumerate((300, 1_000))
        )
        return train, test, 10
    splits = load(name, device=device)
    return splits.train, splits.test, len(splits.classes)


def run(name: str, *, seed: int = 0, recipe: Recipe | None = None) -> tuple[float, float]:
    """Train once; returns the share of test images that are right, and the seconds of training."""
    set_seed(seed)
    recipe, device = recipe or RECIPES[name], choose_device()
    train, test, num_classes = data_for(name, device, seed)
    mean, std = (f(train.images, dim=(0, 2, 3), keepdim=True) for f in (torch.mean, torch.std))
    train, test = (Split((s.images - mean) / std, s.labels) for s in (train, test))
    start = time.perf_counter()
    model = build(train.images, recipe.widths, num_classes).to(device)
    if device.type == "cuda":
        model = model.to(memory_format=torch.channels_last)
    with torch.autocast(device.type, torch.float16, enabled=device.type == "cuda"):
        average = fit(model, train, recipe)
        if device.type == "cuda":
            torch.cuda.synchronize()
        seconds = time.perf_counter() - start
        found = [
            predict(average, images, recipe.flips).argmax(dim=1)
            for images in test.images.split(1_000)
        ]
    return float((torch.cat(found) == test.labels).float().mean()), seconds


if __name__ == "__main__":
    names = sys.argv[1:] or ["shapes"]
    if set(names) - set(RECIPES):
        sys.exit(
            f"There is no recipe for {', '.join(set(names) - set(RECIPES))}: choose of {', '.join(RECIPES)}."
        )
    for name in names:
        accuracy, seconds = run(name)
        print(
            f"{name}: {accuracy:.1%} of the test images right, {RECIPES[name].num_steps} steps in {seconds:.1f} s"
        )

"""A small network that the course pretrains itself, in seconds, on five shapes; five others are kept for transfer."""

import torch
from torch import nn
from torch.nn.functional import avg_pool2d
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.optim import SGD
from torch.optim.lr_scheduler import OneCycleLR

from ..data import Split
from ..shapes import SHAPES, draw_shapes
from ..training import History, fit, set_seed

SOURCE, TARGET = range(5), range(5, 10)  # indices into SHAPES
SOURCE_NAMES, TARGET_NAMES = SHAPES[:5], SHAPES[5:]
MEAN, STD = 0.35, 0.28  # of the source images' pixels; every task is standardized with them
PRETRAINING_LR, PRETRAINING_EPOCHS = 0.1, 3


def shapes_task(classes: range, num_images: int, *, seed: int, shift: float = 0.0) -> Split:
    """Images of some of the shapes, at half size and standardized with the source's mean and deviation.

    classes: SOURCE or TARGET; labels count from 0 in that order. Returns exactly num_images, on the
        CPU: float32 [N, 3, 16, 16] and int64 [N].
    """
    images, labels = draw_shapes(num_images * 2 + num_images // 4 + 50, seed=seed, shift=shift)
    chosen = ((labels >= classes.start) & (labels < classes.stop)).nonzero()[:num_images, 0]
    images = (avg_pool2d(images[chosen], 2) - MEAN) / STD
    return Split(images, labels[chosen] - classes.start)


def as_pictures(images: torch.Tensor) -> torch.Tensor:
    """Standardized images as colours in [0, 1] again."""
    return (images * STD + MEAN).clamp(0, 1)


def build_network(seed: int) -> nn.Sequential:
    """Three convolutional stages, [3, 16, 16] to [16, 8, 8], [32, 4, 4] and [64, 2, 2], then a linear head."""
    set_seed(seed)
    stages = [_stage(3, 16), _stage(16, 32), _stage(32, 64)]
    network = nn.Sequential(*stages, nn.Flatten(), nn.Linear(256, 5))
    # On a CPU a step takes a third less time with the channels last in memory.
    return network.to(memory_format=torch.channels_last)


def pretrain(train: Split, val: Split, *, seed: int = 0) -> tuple[nn.Sequential, History]:
    """Train the network from scratch on the source task, on the device of the data; left in eval mode."""
    network = build_network(seed).to(train.labels.device)
    num_steps = PRETRAINING_EPOCHS * -(-len(train) // 64)
    optimizer = SGD(network.parameters(), lr=PRETRAINING_LR, momentum=0.9, weight_decay=1e-4)
    scheduler = OneCycleLR(optimizer, PRETRAINING_LR, num_steps, cycle_momentum=False)
    settings = {"optimizer": optimizer, "scheduler": scheduler, "num_epochs": PRETRAINING_EPOCHS}
    history = fit(network, train, val, **settings)
    return network.eval(), history


def without_norms(network: nn.Sequential) -> nn.Sequential:
    """The same function in eval mode, as a new network whose convolutions hold the norms' scale and shift.

    All of it is trainable, whatever was frozen in the network that it was made from.
    """
    stages = [
        nn.Sequential(fuse_conv_bn_eval(conv, norm), *rest)
        for conv, norm, *rest in network.eval()[:3]
    ]
    head = nn.Linear(256, 5).to(network[-1].weight.device)
    head.load_state_dict(network[-1].state_dict())
    return nn.Sequential(*stages, nn.Flatten(), head).requires_grad_(True)


def _stage(num_in: int, num_out: int) -> nn.Sequential:
    convolution = nn.Conv2d(num_in, num_out, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(num_out), nn.ReLU(), nn.MaxPool2d(2))

"""Lecture 4's ten crops of an image, and what a network says to each of them."""

import numpy as np
import torch
from torch import nn
from torchvision.transforms.v2 import functional as TF

from ..data import Split
from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS
from .pictures import sentences

CORNERS = ("top left", "top right", "bottom left", "bottom right", "centre")
NAMES = (*CORNERS, *(f"{name}, mirrored" for name in CORNERS))


@torch.no_grad()
def ten_views(network: nn.Module, split: Split, classes: tuple[str, ...], size: int) -> Explorer:
    """A few images, their ten crops of size x size, and the prediction for each crop.

    network: crops [N, 3, size, size] to logits; it is used in the mode it is in.
    """
    crops = torch.stack(TF.ten_crop(split.images, [size, size]))  # [10, N, 3, size, size]
    said = torch.stack([network(crop).softmax(1) for crop in crops]).cpu().numpy()
    mean = said.mean(0)
    images, letters = split.images.cpu().permute(0, 2, 3, 1).numpy(), "ABCDEFGH"[: len(split)]
    pictures = np.stack([images] * 5 + [images[:, :, ::-1]] * 5, axis=1)  # [image, crop, H, W, 3]
    side, truths = images.shape[1], split.labels.tolist()
    free = side - size
    lefts = np.array([0, free, 0, free, free // 2] * 2)[:, None]
    bottoms = np.array([free, free, 0, 0, free // 2] * 2)[:, None]
    x = lefts + size * np.array([0, 1, 1, 0, 0])
    y = bottoms + size * np.array([0, 0, 1, 1, 0])

    def text(letter: str, name: str) -> str:
        image, crop = letters.index(letter), NAMES.index(name)
        one, ten = (int(row.argmax()) for row in (said[crop, image], mean[image]))
        return (
            f"Image {letter}: {classes[truths[image]]}. This crop: {classes[one]}, "
            f"{said[crop, image, one]:.0%}. Mean of ten: {classes[ten]}, {mean[image, ten]:.0%}."
        )

    ticks = {number: name[:4] for number, name in enumerate(classes)}  # so that all fit
    bars = [
        Series("this crop", np.arange(10), said.swapaxes(0, 1), "bar", color=COLORS[0]),
        Series("mean of all ten", np.arange(10), mean[:, None], "bar", color=COLORS[1]),
    ]
    place = [
        Series("image", None, None, "image", pixels=pictures),
        Series("crop", x, y, color=COLORS[1]),
    ]
    return explorer(
        {"image": letters, "crop": NAMES},
        [
            Panel("Where the crop lies", "", "", place, axes=False),
            Panel("Prediction", "class", "probability", bars, ylim=(0, 1), xticks=ticks),
        ],
        texts=sentences(text, letters, NAMES),
        caption="Look how the blue bars change from crop to crop, while the orange ones stay.",
    )

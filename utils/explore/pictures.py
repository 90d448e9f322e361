"""Two real photographs, and pictures of every combination of an explorer's choices."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import torch
from torchvision.transforms.v2 import functional as TF

from ..explorers import Panel, Series

SIDE = 112  # pixels of a preview's edge
FILES = {"temple": "china.jpg", "flower": "flower.jpg"}


def photograph(name: str) -> torch.Tensor:
    """One of scikit-learn's two sample photographs, uint8 [3, 427, 640] on the CPU.

    name: "temple" or "flower"; a KeyError for any other.
    """
    # Imported here: it takes a second, which only who asks for a photograph has to wait.
    from sklearn.datasets import load_sample_image

    return torch.tensor(load_sample_image(FILES[name])).permute(2, 0, 1).contiguous()


def previews() -> dict[str, torch.Tensor]:
    """The middles of both photographs, reduced: uint8 [3, SIDE, SIDE] by name."""
    images = {}
    for name in FILES:
        whole = photograph(name)
        square = TF.center_crop(whole, [min(whole.shape[1:])] * 2)
        images[name] = TF.resize(square, [SIDE, SIDE], antialias=True)
    return images


def every(function: Callable[..., torch.Tensor], *choices: Sequence) -> np.ndarray:
    """What function draws for each combination of the choices, [len, ..., H, W, 3].

    function: (a value of each of the choices) to an image [3, H, W], of one size for all.
    """
    images = torch.stack([function(*values) for values in product(*choices)]).movedim(1, -1)
    return images.reshape(*map(len, choices), *images.shape[1:]).numpy()


def sentences(function: Callable[..., str], *choices: Sequence) -> np.ndarray:
    """What function says for each combination of the choices, as an array of texts."""
    texts = [function(*values) for values in product(*choices)]
    return np.array(texts, dtype=object).reshape(*map(len, choices))


def picture(title: str, pixels: np.ndarray) -> Panel:
    """A panel that is nothing but a picture, pixels [..., H, W, 3]."""
    return Panel(title, "", "", [Series(title, None, None, "image", pixels=pixels)], axes=False)

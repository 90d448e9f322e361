"""Data sets as tensors that live on one device, and minibatches taken from them by indexing."""

import contextlib
import socket
import sys
import urllib.error
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from .shapes import SHAPES, draw_shapes

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
NUM_CIFAR_VALIDATION = 5_000
NETWORK_TIMEOUT = 20.0  # seconds without an answer before a download counts as failed


class DataError(RuntimeError):
    """A data set that cannot be had; its message says what to do."""

    def _render_traceback_(self) -> list[str]:
        # IPython asks for this: the reader of a notebook needs the sentence, not our call stack.
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Split:
    """Images and their labels on one device.

    images: float32 [N, C, H, W], scaled to [0, 1]; labels: int64 [N].
    """

    images: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: slice | torch.Tensor) -> "Split":
        """The images that a slice, a mask or a tensor of indices selects, as a Split."""
        return Split(self.images[index], self.labels[index])

    def to(self, device: torch.device | str) -> "Split":
        """The same images and labels on another device."""
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Splits:
    """A data set: training, validation and test images, and the names of its classes."""

    name: str
    train: Split
    val: Split
    test: Split
    classes: tuple[str, ...]


def load(
    name: str = "digits",
    *,
    device: torch.device | str = "cpu",
    root: Path | str | None = None,
    seed: int = 0,
) -> Splits:
    """Load a data set by name, whole, onto a device.

    Images are float32 [N, C, H, W] scaled to [0, 1]; they are not standardized. The training
    images are shuffled, so `train[:100]` holds a mixture of classes.

    name: "digits", 1,797 images [1, 8, 8] split 60/20/20 with equal class shares; "shapes",
        5,000/1,000/1,000 images [3, 32, 32] drawn from the seed; "cifar10" and "cifar100",
        45,000/5,000/10,000 images [3, 32, 32], downloaded once.
    root: folder where downloads are kept; `datasets` in torch's cache folder by default.
    seed: decides which images go to which split, and draws the shapes.
    Raises ValueError for an unknown name, DataError where a download fails.
    """
    if name == "digits":
        splits = _load_digits(seed)
    elif name == "shapes":
        splits = _load_shapes(seed)
    elif name in ("cifar10", "cifar100"):
        splits = _load_cifar(name, Path(root) if root else _cache_folder(), seed)
    else:
        raise ValueError(
            f"There is no data set {name!r}: choose 'digits', 'shapes', 'cifar10' or 'cifar100'."
        )
    train, val, test = (split.to(device) for split in (splits.train, splits.val, splits.test))
    return Splits(name, train, val, test, splits.classes)


def batches(
    split: Split,
    batch_size: int,
    *,
    shuffle: bool = True,
    generator: torch.Generator | None = None,
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield (images [B, C, H, W], labels [B]) until every image was seen once.

    The last batch is smaller where batch_size does not divide the number of images. The order is
    drawn on the CPU, from `generator` where one is given, so it is the same on every device.
    Raises ValueError for a batch size below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, and is {batch_size}.")
    n = len(split)
    order = torch.randperm(n, generator=generator) if shuffle else torch.arange(n)
    for index in order.to(split.labels.device).split(batch_size):
        yield split.images[index], split.labels[index]


def corrupt_labels(split: Split, fraction: float, *, seed: int = 0) -> Split:
    """The same images with a fraction of the labels replaced by wrong ones, as a new Split.

    Which images, and which of the other classes each gets, is drawn from the seed on the CPU.
    Raises ValueError where the fraction lies outside [0, 1].
    """
    if not 0.0 <= fraction <= 1.0:
        raise ValueError(f"fraction must lie between 0 and 1, and is {fraction}.")
    generator = torch.Generator().manual_seed(seed)
    labels = split.labels.cpu().clone()
    num_classes = int(labels.max()) + 1
    chosen = torch.randperm(len(labels), generator=generator)[: round(fraction * len(labels))]
    offsets = torch.randint(1, num_classes, (len(chosen),), generator=generator)
    labels[chosen] = (labels[chosen] + offsets) % num_classes
    return Split(split.images, labels.to(split.labels.device))


def _load_digits(seed: int) -> Splits:
    # Importing it takes a second, which only who wants the digits has to wait.
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    images = torch.from_numpy(images / 16.0).float().reshape(-1, 1, 8, 8)
    labels = torch.from_numpy(labels).long()
    train, rest = train_test_split(
        np.arange(len(labels)), test_size=0.4, stratify=labels, random_state=seed
    )
    val, test = train_test_split(rest, test_size=0.5, stratify=labels[rest], random_state=seed)
    parts = [Split(images[index], labels[index]) for index in (train, val, test)]
    return Splits("digits", *parts, DIGITS)


def _load_shapes(seed: int) -> Splits:
    whole = Split(*draw_shapes(7_000, seed=seed))
    return Splits("shapes", whole[:5_000], whole[5_000:6_000], whole[6_000:], SHAPES)


def _load_cifar(name: str, root: Path, seed: int) -> Splits:
    # Imported here: torchvision takes as long to import as torch, and only CIFAR needs it.
    from torchvision.datasets import CIFAR10, CIFAR100

    dataset = {"cifar10": CIFAR10, "cifar100": CIFAR100}[name]
    with _download_errors(dataset, root):
        train, test = (dataset(root, train=is_train, download=True) for is_train in (True, False))
    order = torch.randperm(len(train.targets), generator=torch.Generator().manual_seed(seed))
    num_train = len(order) - min(NUM_CIFAR_VALIDATION, len(order) // 10)
    whole = _cifar_split(train)
    return Splits(
        name,
        whole[order[:num_train]],
        whole[order[num_train:]],
        _cifar_split(test),
        tuple(train.classes),
    )


def _cifar_split(dataset) -> Split:
    images = torch.from_numpy(dataset.data).permute(0, 3, 1, 2).float().div_(255.0)
    return Split(images.contiguous(), torch.tensor(dataset.targets))


def _cache_folder() -> Path:
    # TORCH_HOME and XDG_CACHE_HOME move it, as they move everything that torch downloads.
    return Path(torch.hub.get_dir()).parent / "datasets"


@contextlib.contextmanager
def _download_errors(dataset, root: Path) -> Iterator[None]:
    """Turn what a failed download raises into one sentence that says what to do."""
    archive = root / dataset.filename
    by_hand = (
        f"Get {dataset.url} on a machine that has a network, place it at {archive} "
        f"(MD5 {dataset.tgz_md5}) and run this again."
    )
    previous_timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(NETWORK_TIMEOUT)
    try:
        # torchvision's progress bar goes to stderr, which a notebook shows as a warning.
        with contextlib.redirect_stderr(sys.stdout):
            yield
    except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        damaged = f" The file {archive} is damaged." if archive.exists() else ""
        raise DataError(
            f"{dataset.__name__} could not be downloaded ({reason}).{damaged} {by_hand}"
        ) from None
    except OSError as error:
        raise DataError(
            f"{dataset.__name__} cannot be kept in {root} ({error.strerror or error}). "
            "Give load() another folder with root=..."
        ) from None
    except RuntimeError:
        raise DataError(
            f"{dataset.__name__} in {root} does not have the checksum it should have. "
            f"Delete {archive} and {root / dataset.base_folder}. {by_hand}"
        ) from None
    finally:
        socket.setdefaulttimeout(previous_timeout)

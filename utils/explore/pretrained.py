"""A network with trained weights from torchvision's collection, where there is a network to fetch them over."""

import contextlib
import socket
import sys
import threading
import urllib.request
from pathlib import Path

import torch
from torch import nn
from torchvision.models import WeightsEnum, get_model

PATIENCE = 3.0  # seconds that a reader without a network waits


def load_pretrained(name: str, weights: WeightsEnum) -> nn.Module | None:
    """The network in eval mode on the CPU; None, after a few seconds, where its weights cannot be had.

    The weights are downloaded once, with a progress bar, and kept in torch's cache folder.
    """
    cached = Path(torch.hub.get_dir()) / "checkpoints" / Path(weights.url).name
    if not cached.exists() and not _answers(weights.url):
        return None
    previous = socket.getdefaulttimeout()
    socket.setdefaulttimeout(PATIENCE)
    try:
        # The progress bar goes to stderr, which a notebook shows as a warning.
        with contextlib.redirect_stderr(sys.stdout):
            return get_model(name, weights=weights).eval()
    except OSError:
        return None
    finally:
        socket.setdefaulttimeout(previous)


def _answers(url: str) -> bool:
    """Whether the server answers in time. In a thread, since no timeout covers the search for its address."""
    answers = []

    def knock():
        request = urllib.request.Request(url, method="HEAD")
        with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=PATIENCE):
            answers.append(True)

    thread = threading.Thread(target=knock, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    return bool(answers)

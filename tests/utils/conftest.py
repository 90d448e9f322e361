"""Parts that several tests of utils share."""

import pytest
import torch

from utils.data import Splits, load

ACCELERATORS = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}


@pytest.fixture(scope="session")
def digits() -> Splits:
    return load("digits")


@pytest.fixture(params=["cpu", *ACCELERATORS])
def device(request) -> torch.device:
    """Every kind of device in turn; those that this machine lacks are skipped."""
    if request.param in ACCELERATORS and not ACCELERATORS[request.param]():
        pytest.skip(f"no {request.param} device here")
    return torch.device(request.param)

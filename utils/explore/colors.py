"""Shades of a colour, as numbers for pictures."""

import numpy as np
from matplotlib.colors import to_rgb


def shade(color: str, strength: np.ndarray | float) -> np.ndarray:
    """A colour mixed with white: strength 1 is the colour, 0 white. [...] to [..., 3], in [0, 1]."""
    strength = np.asarray(strength)[..., None]
    return 1 - strength * (1 - np.array(to_rgb(color)))

"""Ten classes of coloured shapes, drawn on the fly: any number of images, no download."""

import math

import torch

SHAPES = (
    "disk",
    "ring",
    "square",
    "frame",
    "triangle",
    "plus",
    "star",
    "crescent",
    "bars",
    "dots",
)
SIZE = 32
MAX_ROTATION = (math.radians(20), math.pi)  # at shift 0 and at shift 1
NOISE = (0.02, 0.10)
TEXTURE = (0.0, 0.25)


def draw_shapes(
    num_images: int, *, seed: int = 0, shift: float = 0.0
) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw images of shapes with random place, size, rotation and colours.

    Returns images, float32 [N, 3, 32, 32] in [0, 1], and labels, int64 [N], indices into SHAPES;
    both on the CPU, and the same for the same arguments.
    shift: 0 is the source domain; towards 1 the shapes turn freely, the background gets a texture,
        the noise grows and the colours lose their red.
    Raises ValueError where shift lies outside [0, 1].
    """
    if not 0.0 <= shift <= 1.0:
        raise ValueError(f"shift must lie between 0 and 1, and is {shift}.")
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(len(SHAPES), (num_images,), generator=generator)
    u, v = _coordinates(num_images, shift, generator)
    coverage = torch.empty(num_images, SIZE, SIZE)
    for label, name in enumerate(SHAPES):
        chosen = labels == label
        # A shape is where its field is positive; one pixel's width of grey smooths the edge.
        pixel = 2.0 / SIZE
        coverage[chosen] = (_field(name, u[chosen], v[chosen]) / pixel + 0.5).clamp(0, 1)
    images = _paint(coverage, shift, generator)
    return images, labels


def _between(bounds: tuple[float, float], shift: float) -> float:
    return bounds[0] + shift * (bounds[1] - bounds[0])


def _uniform(low: float, high: float, shape: tuple[int, ...], generator: torch.Generator):
    return low + (high - low) * torch.rand(shape, generator=generator)


def _coordinates(num_images: int, shift: float, generator: torch.Generator):
    """Each pixel's place in the shape's own frame, [N, 32, 32] twice; the shape fills [-1, 1]."""
    shape = (num_images, 1, 1)
    radius = _uniform(0.45, 0.75, shape, generator)
    centre_x, centre_y = (_uniform(-0.25, 0.25, shape, generator) for _ in range(2))
    max_angle = _between(MAX_ROTATION, shift)
    angle = _uniform(-max_angle, max_angle, shape, generator)
    grid = (torch.arange(SIZE) + 0.5) * (2.0 / SIZE) - 1.0
    x, y = grid - centre_x, grid[:, None] - centre_y
    u = (x * angle.cos() + y * angle.sin()) / radius
    v = (y * angle.cos() - x * angle.sin()) / radius
    return u, v


def _field(name: str, u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """How far inside a shape each point lies, negative outside; [N, H, W]."""
    r = torch.hypot(u, v)
    box = torch.maximum(u.abs(), v.abs())
    if name == "disk":
        return 1.0 - r
    if name == "ring":
        return 0.25 - (r - 0.75).abs()
    if name == "square":
        return 0.85 - box
    if name == "frame":
        return 0.2 - (box - 0.68).abs()
    if name == "triangle":
        return 0.5 - torch.maximum(v, 0.5 * (math.sqrt(3) * u.abs() - v))
    if name == "plus":
        return torch.minimum(0.25 - torch.minimum(u.abs(), v.abs()), 1.0 - box)
    if name == "star":
        return 0.62 + 0.36 * torch.cos(5.0 * torch.atan2(u, -v)) - r
    if name == "crescent":
        return torch.minimum(1.0 - r, torch.hypot(u - 0.5, v) - 0.75)
    if name == "bars":
        return torch.minimum(0.25 * torch.cos(2.5 * math.pi * u), 0.9 - box)
    dots = 0.3 * (torch.cos(1.5 * math.pi * u) * torch.cos(1.5 * math.pi * v)).abs() - 0.12
    return torch.minimum(dots, 1.0 - box)


def _paint(coverage: torch.Tensor, shift: float, generator: torch.Generator) -> torch.Tensor:
    """Colour the shapes and their backgrounds; [N, H, W] to [N, 3, H, W]."""
    shape = (len(coverage), 3, 1, 1)
    background = _uniform(0.0, 0.45, shape, generator)
    # At least one channel of the shape is bright, so that it stands out from any background.
    foreground = _uniform(0.3, 1.0, shape, generator)
    bright = torch.randint(3, (len(coverage), 1, 1, 1), generator=generator)
    foreground.scatter_(1, bright, 1.0)
    phase = _uniform(0.0, 2.0 * math.pi, (len(coverage), 1, 1, 1), generator)
    wave = torch.sin(0.8 * torch.arange(SIZE) + phase) * torch.sin(
        0.8 * torch.arange(SIZE)[:, None] + phase
    )
    background = background + _between(TEXTURE, shift) * wave
    images = torch.lerp(background, foreground, coverage[:, None])
    images[:, 0] *= 1.0 - 0.7 * shift
    noise = torch.randn(images.shape, generator=generator)
    return images.add_(_between(NOISE, shift) * noise).clamp_(0.0, 1.0)

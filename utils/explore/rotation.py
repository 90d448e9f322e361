"""One classifier, fed with raw and with normalized inputs, while its weights are turned a little."""

import numpy as np

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS

DEGREES = np.arange(-10, 11)


def loss_of(margins: np.ndarray) -> np.ndarray:
    """Mean logistic loss (nats) over the last axis; margins are scores times the labels -1 and 1."""
    return np.logaddexp(0, -margins).mean(-1)


def rotation_explorer(raw: np.ndarray, labels: np.ndarray, names: tuple[str, str]) -> Explorer:
    """One control, the angle by which the weights are turned: both classifiers, and their losses.

    raw: inputs [N, 2]; labels: 0 or 1, [N]; names: of both inputs. The classifier is fitted to the
    normalized inputs and then written for the raw ones, so that both are the same function until
    their weights are turned.
    """
    from sklearn.linear_model import LogisticRegression

    mean, deviation = raw.mean(0), raw.std(0)
    inputs = {"Raw": raw, "Normalized": (raw - mean) / deviation}
    fitted = LogisticRegression().fit(inputs["Normalized"], labels)
    weights, bias = fitted.coef_[0], fitted.intercept_[0]
    starts = {
        "Raw": (weights / deviation, bias - (weights / deviation) @ mean),
        "Normalized": (weights, bias),
    }
    panels, losses = [], {}
    for name, points in inputs.items():
        turned, bias = _turn(starts[name][0]), starts[name][1]
        scores = turned @ points.T + bias
        losses[name] = loss_of(scores * (2 * labels - 1))
        panels.append(_plane(name, points, labels, turned, bias, names))
    return explorer(
        {"weights turned by (degrees)": DEGREES.tolist()},
        [*panels, _losses(losses)],
        texts=[
            f"Turned by {angle} degrees: loss {raw_loss:.3f} on raw inputs, {loss:.3f} on normalized ones."
            for angle, raw_loss, loss in zip(DEGREES, *losses.values(), strict=True)
        ],
        caption="Look how far the line swings through the raw points, and through the normalized ones.",
        start=[10],
    )


def _turn(weights: np.ndarray) -> np.ndarray:
    """The weights turned by every angle, [angles, 2]."""
    angles = np.deg2rad(DEGREES)
    (a, b), cos, sin = weights, np.cos(angles), np.sin(angles)
    return np.stack([cos * a - sin * b, sin * a + cos * b], axis=1)


def _plane(name, points, labels, turned, bias, names) -> Panel:
    center = points.mean(0)
    reach = 1.3 * np.abs(points - center).max()
    # The point of the line w x + b = 0 that is nearest to the centre, and from there both ways.
    length = np.linalg.norm(turned, axis=1, keepdims=True)
    nearest = center - turned * (turned @ center + bias)[:, None] / length**2
    along = np.stack([-turned[:, 1], turned[:, 0]], axis=1) / length
    ends = nearest[:, None] + np.array([-3, 3])[None, :, None] * reach * along[:, None]
    series = [
        Series("class 0", *points[labels == 0].T, "scatter", color=COLORS[0]),
        Series("class 1", *points[labels == 1].T, "scatter", color=COLORS[4]),
        Series("decision line", ends[..., 0], ends[..., 1], color=COLORS[1]),
    ]
    (left, bottom), (right, top) = center - reach, center + reach
    limits = {"xlim": (left, right), "ylim": (bottom, top)}
    return Panel(f"{name} inputs", *names, series, **limits)


def _losses(losses: dict[str, np.ndarray]) -> Panel:
    colors = (COLORS[1], COLORS[0])
    series = [
        Series(name, DEGREES, loss, color=color, dashed=name == "Normalized")
        for (name, loss), color in zip(losses.items(), colors, strict=True)
    ]
    series += [
        Series(f"chosen, {name.lower()}", DEGREES[:, None], loss[:, None], "scatter", color=color)
        for (name, loss), color in zip(losses.items(), colors, strict=True)
    ]
    return Panel("The loss", "weights turned by (degrees)", "loss (nats)", series)

"""Panels: what an explorer draws, as plain arrays, and the still picture of it at one position of its controls."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from .plots import COLORS, label_axes

MARGIN = 0.05  # of an axis' range, kept free at both ends
PANELS_A_ROW = 3
MANY_POINTS = 200  # from so many on, points are small
Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Series:
    """One line, set of points, row of bars, word or picture.

    x, y: arrays [..., N]; the leading dimensions, if any, are those of the controls (a dimension of
        size 1 does not depend on that control). NaN leaves a gap.
    kind: "text" writes the label itself at each point; "image" stretches `pixels` over
        x = [left, right] and y = [bottom, top], by default their own width and height.
    pixels: [..., H, W, 3], numbers in [0, 1] or uint8, the top row first; for an image only.
    """

    label: str
    x: np.ndarray | None = None
    y: np.ndarray | None = None
    kind: Literal["line", "scatter", "bar", "text", "image"] = "line"
    dashed: bool = False
    color: str | None = None
    pixels: np.ndarray | None = None


@dataclass(frozen=True)
class Panel:
    """One pair of axes. The limits hold for every position of the controls, so that a change can be seen.

    xticks: names for places on the horizontal axis.
    axes: False for a picture that needs none, and keeps its proportions.
    """

    title: str
    xlabel: str
    ylabel: str
    series: Sequence[Series]
    xscale: Scale = "linear"
    yscale: Scale = "linear"
    xlim: tuple[float, float] | None = None
    ylim: tuple[float, float] | None = None
    xticks: Mapping[float, str] | None = None
    axes: bool = True


@dataclass(frozen=True)
class Arrays:
    """The arrays of a series, each with one dimension for each control, of its size or 1."""

    x: np.ndarray
    y: np.ndarray
    pixels: np.ndarray | None = None


@dataclass(frozen=True)
class Drawing:
    """A panel with its arrays broadcast, its colours chosen and its limits known."""

    panel: Panel
    colors: list[str]
    arrays: list[Arrays] = field(repr=False)
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    xticks: dict[float, str]  # named places; empty where round numbers serve


def prepare(panel: Panel, sizes: tuple[int, ...]) -> Drawing:
    """A panel made ready for controls of these sizes. Raises ValueError for arrays that do not fit."""
    arrays = [_fit_series(series, sizes) for series in panel.series]
    colors = [series.color or color for series, color in zip(panel.series, itertools.cycle(COLORS))]
    xlim = panel.xlim or _limits(panel, arrays, [a.x for a in arrays], panel.xscale)
    ylim = panel.ylim or _limits(panel, arrays, [a.y for a in arrays], panel.yscale)
    bars = [a.x for s, a in zip(panel.series, arrays, strict=True) if s.kind == "bar"]
    places = np.unique(np.concatenate([x.ravel() for x in bars])).tolist() if bars else []
    xticks = dict(panel.xticks or {place: f"{place:g}" for place in places})
    if places and panel.xlim is None:
        xlim = (places[0] - 0.6, places[-1] + 0.6)
    return Drawing(panel, colors, arrays, xlim, ylim, xticks)


def _fit_series(series, sizes):
    if series.kind != "image":
        x, y = (_fit(array, sizes, series.label, np.float32) for array in (series.x, series.y))
        return Arrays(x, y)
    pixels = np.asarray(series.pixels)
    if pixels.dtype != np.uint8:
        pixels = np.round(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    pixels = _fit(pixels, sizes, series.label, np.uint8, num_own=3)
    height, width = pixels.shape[-3:-1]
    x = _fit([0, width] if series.x is None else series.x, sizes, series.label, np.float32)
    y = _fit([0, height] if series.y is None else series.y, sizes, series.label, np.float32)
    return Arrays(x, y, pixels)


def _fit(array, sizes, label, dtype, num_own=1):
    """An array with one dimension for each control, of the control's size or 1, and its own after them."""
    array = np.asarray(array, dtype)
    array = array.reshape((1,) * (len(sizes) + num_own - array.ndim) + array.shape)
    leading = array.shape[: array.ndim - num_own]
    fits = len(leading) == len(sizes) and all(
        have in (1, size) for have, size in zip(leading, sizes, strict=True)
    )
    if not fits or (num_own == 3 and array.shape[-1] != 3):
        raise ValueError(
            f"The series {label!r} has shape {array.shape}, which does not fit controls of {sizes} "
            "positions: it needs a dimension for each control, then "
            + ("one for its points." if num_own == 1 else "height, width and three colours.")
        )
    return array


def _limits(panel, arrays, values, scale):
    values = np.concatenate([array.ravel() for array in values]).astype(float)
    values = values[np.isfinite(values) & ((values > 0) | (scale == "linear"))]
    low, high = float(values.min()), float(values.max())
    if all(series.kind == "image" for series in panel.series):
        return low, high
    if scale == "log":
        factor = (high / low) ** MARGIN if high > low else 2.0
        return low / factor, high * factor
    margin = MARGIN * (high - low) or 1.0
    return low - margin, high + margin


def pack(drawings: Sequence[Drawing]) -> tuple[list[dict], bytes, bytes]:
    """What explorer.js needs: the panels as JSON, all float32 numbers and all uint8 pixels in a buffer each."""
    numbers, pixels = _Buffer("<f4"), _Buffer("u1")
    specifications = []
    for drawing in drawings:
        panel = drawing.panel
        lists = []
        for series, color, arrays in zip(panel.series, drawing.colors, drawing.arrays, strict=True):
            place = {"x": numbers.add(arrays.x), "y": numbers.add(arrays.y)}
            if arrays.pixels is not None:
                place["pixels"] = pixels.add(arrays.pixels)
            look = {"label": series.label, "kind": series.kind, "dashed": series.dashed}
            lists.append({**look, "color": color, **place})
        specifications.append(
            {
                "title": panel.title,
                "xlabel": panel.xlabel,
                "ylabel": panel.ylabel,
                "xlog": panel.xscale == "log",
                "ylog": panel.yscale == "log",
                "xlim": drawing.xlim,
                "ylim": drawing.ylim,
                "xticks": list(drawing.xticks.items()),
                "axes": panel.axes,
                "series": lists,
            }
        )
    return specifications, numbers.bytes(), pixels.bytes()


class _Buffer:
    """Arrays one after the other."""

    def __init__(self, dtype):
        self.dtype, self.parts, self.length = dtype, [], 0

    def add(self, array):
        place = {"offset": self.length, "shape": array.shape}
        self.parts.append(array.astype(self.dtype).tobytes())
        self.length += array.size
        return place

    def bytes(self):
        return b"".join(self.parts)


def draw_still(drawings: Sequence[Drawing], index: tuple[int, ...]) -> Figure:
    """All panels at one position of the controls, as a matplotlib figure."""
    columns = min(PANELS_A_ROW, len(drawings))
    rows = -(-len(drawings) // columns)
    figure = Figure(figsize=(4.8 * columns, 3.6 * rows), layout="constrained")
    places = figure.subplots(rows, columns, squeeze=False).flat
    for axes, drawing in itertools.zip_longest(places, drawings):
        if drawing is None:
            axes.set_axis_off()
        else:
            _draw_panel(axes, drawing, index)
    return figure


def _draw_panel(axes: Axes, drawing, index):
    panel = drawing.panel
    num_bars = sum(series.kind == "bar" for series in panel.series)
    bar = 0
    for series, color, arrays in zip(panel.series, drawing.colors, drawing.arrays, strict=True):
        x, y = at(arrays.x, index), at(arrays.y, index)
        match series.kind:
            case "bar":
                width = 0.8 / num_bars
                places = x + (bar - (num_bars - 1) / 2) * width
                axes.bar(places, y, width, color=color, label=series.label)
                bar += 1
            case "scatter":
                size = 36 if len(x) < MANY_POINTS else 6
                axes.scatter(x, y, size, color=color, label=series.label, zorder=2)
            case "text":
                for place in zip(x, y, strict=True):
                    if np.isfinite(place).all():
                        axes.annotate(series.label, place, color=color, weight="bold", ha="center")
            case "image":
                where = _stretched_over(axes, x, y, drawing)
                axes.imshow(at(arrays.pixels, index, 3), **where, aspect="auto")
            case "line":
                axes.plot(x, y, "--" if series.dashed else "-", color=color, label=series.label)
    axes.set(xscale=panel.xscale, yscale=panel.yscale, xlim=drawing.xlim, ylim=drawing.ylim)
    if panel.xscale == "log":
        few_powers = drawing.xlim[1] < 1e3 * drawing.xlim[0]
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if few_powers else (1,)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    if drawing.xticks:
        axes.set_xticks(list(drawing.xticks), list(drawing.xticks.values()))
    label_axes(axes, title=panel.title, xlabel=panel.xlabel, ylabel=panel.ylabel)
    if not panel.axes:
        axes.set_axis_off()
        axes.set_aspect("equal")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(fontsize="small")


def _stretched_over(axes: Axes, x, y, drawing):
    """Where imshow puts a picture: data coordinates would bend it on a logarithmic axis."""
    panel = drawing.panel
    if panel.xscale == panel.yscale == "linear":
        return {"extent": (*x, *y)}
    across = _shares(x, drawing.xlim, panel.xscale)
    place = (*across, *_shares(y, drawing.ylim, panel.yscale))
    return {"extent": place, "transform": axes.transAxes}


def _shares(edges, limits, scale):
    """Where two edges lie between the limits of an axis, as shares of its length."""
    edges, limits = np.asarray(edges, dtype=float), np.asarray(limits, dtype=float)
    if scale == "log":
        edges, limits = np.log(edges), np.log(limits)
    return (edges - limits[0]) / (limits[1] - limits[0])


def at(array: np.ndarray, index: tuple[int, ...], num_own: int = 1) -> np.ndarray:
    """What an array holds at a position of the controls."""
    leading = array.shape[: array.ndim - num_own]
    return array[tuple(min(i, size - 1) for i, size in zip(index, leading, strict=True))]

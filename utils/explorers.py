"""Explorers: plain arrays, computed beforehand, looked up by ipywidgets sliders.

The arrays go to the browser once and are drawn there (explorer.js), so a move of a slider costs two
frames and works without a kernel too. Where nothing moves (PDF, GitHub, a screen reader) a still
matplotlib picture and its text take the place.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import anywidget
import ipywidgets
import numpy as np
import traitlets
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from .plots import COLORS, encode_png, label_axes

MAX_SLIDERS = 2
MARGIN = 0.05  # of an axis' range, kept free at both ends


@dataclass(frozen=True)
class Series:
    """One line, set of points or row of bars.

    x, y: arrays [..., N]; the leading dimensions, if any, are those of the sliders (a dimension of
        size 1 does not depend on that slider). NaN leaves a gap.
    """

    label: str
    x: np.ndarray
    y: np.ndarray
    kind: Literal["line", "scatter", "bar"] = "line"
    dashed: bool = False
    color: str | None = None


@dataclass(frozen=True)
class Panel:
    """One pair of axes. The limits hold for every slider position, so that a change can be seen."""

    title: str
    xlabel: str
    ylabel: str
    series: Sequence[Series]
    xscale: Literal["linear", "log"] = "linear"
    ylim: tuple[float, float] | None = None


@dataclass(frozen=True)
class _Drawing:
    """A panel with its arrays broadcast, its colours chosen and its limits known."""

    panel: Panel
    colors: list[str]
    arrays: list[tuple[np.ndarray, np.ndarray]] = field(repr=False)
    xlim: tuple[float, float]
    ylim: tuple[float, float]
    categories: list[float]  # where bars stand; empty without bars


class Picture(anywidget.AnyWidget):
    """Draws every panel at the position of the sliders, in the browser."""

    _esm = Path(__file__).with_name("explorer.js")
    data = traitlets.Bytes().tag(sync=True)
    panels = traitlets.List().tag(sync=True)
    texts = traitlets.List().tag(sync=True)
    sizes = traitlets.List().tag(sync=True)
    index_0 = traitlets.Int(0).tag(sync=True)
    index_1 = traitlets.Int(0).tag(sync=True)


class Explorer(ipywidgets.VBox):
    """Sliders above a picture and the sentences under it; made by explorer()."""

    def __init__(self, drawings, sliders, picture, caption):
        self.sliders = sliders
        self.picture = picture
        self._drawings = drawings
        super().__init__([*sliders, picture, ipywidgets.HTML(f"<p><em>{caption}</em></p>")])

    @property
    def index(self) -> tuple[int, ...]:
        """Where the sliders stand."""
        return tuple(slider.index for slider in self.sliders)

    def text(self, index: tuple[int, ...] | None = None) -> str:
        """What the picture shows, in words, where the sliders stand or at another position."""
        index = self.index if index is None else index
        return self.picture.texts[int(np.ravel_multi_index(index, self.picture.sizes))]

    def figure(self, index: tuple[int, ...] | None = None) -> Figure:
        """The still picture, where the sliders stand or at another position."""
        index = self.index if index is None else index
        figure = Figure(figsize=(4.8 * len(self._drawings), 3.6), layout="constrained")
        for axes, drawing in zip(
            figure.subplots(1, len(self._drawings), squeeze=False)[0], self._drawings, strict=True
        ):
            _draw_still(axes, drawing, index)
        return figure

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "image/png": encode_png(self.figure()), "text/plain": self.text()}


def explorer(
    sliders: Mapping[str, Sequence],
    panels: Sequence[Panel],
    *,
    texts: np.ndarray | Sequence[str],
    caption: str,
    start: Sequence[int] | None = None,
) -> Explorer:
    """A picture with sliders, from arrays that hold it at every position of the sliders.

    sliders: the values of each slider under its name, one or two sliders; numbers or texts.
    texts: what the picture shows at each position, in words; an array of the sliders' sizes.
    caption: a sentence that says what to look for.
    start: the position, as indices, at which each slider stands first; the first by default.
    Raises ValueError for arrays that do not fit the sliders.
    """
    sizes = tuple(len(values) for values in sliders.values())
    if not 1 <= len(sizes) <= MAX_SLIDERS:
        raise ValueError(f"An explorer has one or two sliders, not {len(sizes)}.")
    texts = np.asarray(texts)
    if texts.shape != sizes:
        raise ValueError(f"The texts must have shape {sizes}, and have {texts.shape}.")
    start = start or (0,) * len(sizes)
    drawings = [_prepare(panel, sizes) for panel in panels]
    specifications, data = _pack(drawings)
    picture = Picture(data=data, panels=specifications, texts=texts.ravel().tolist(), sizes=sizes)
    moved = []
    for number, (name, values) in enumerate(sliders.items()):
        slider = ipywidgets.SelectionSlider(
            options=[(str(value), position) for position, value in enumerate(values)],
            index=start[number],
            description=name,
            style={"description_width": "initial"},
            layout={"width": "min(40em, 100%)"},
        )
        setattr(picture, f"index_{number}", start[number])
        ipywidgets.jslink((slider, "index"), (picture, f"index_{number}"))
        moved.append(slider)
    return Explorer(drawings, moved, picture, caption)


def _prepare(panel: Panel, sizes: tuple[int, ...]) -> _Drawing:
    arrays = [
        (_fit(series.x, sizes, series.label), _fit(series.y, sizes, series.label))
        for series in panel.series
    ]
    colors = [series.color or color for series, color in zip(panel.series, itertools.cycle(COLORS))]
    xlim = _limits([x for x, _ in arrays], log=panel.xscale == "log")
    bars = [x for series, (x, _) in zip(panel.series, arrays, strict=True) if series.kind == "bar"]
    categories = np.unique(np.concatenate([x.ravel() for x in bars])).tolist() if bars else []
    if categories:
        xlim = (categories[0] - 0.6, categories[-1] + 0.6)
    ylim = panel.ylim or _limits([y for _, y in arrays])
    return _Drawing(panel, colors, arrays, xlim, ylim, categories)


def _fit(array, sizes: tuple[int, ...], label: str) -> np.ndarray:
    """An array with one dimension for each slider, of the slider's size or 1, and one of points."""
    array = np.asarray(array, dtype=np.float32)
    array = array.reshape((1,) * (len(sizes) + 1 - array.ndim) + array.shape)
    fits = array.ndim == len(sizes) + 1 and all(
        have in (1, size) for have, size in zip(array.shape, sizes, strict=False)
    )
    if not fits:
        raise ValueError(
            f"The series {label!r} has shape {array.shape}, which does not fit sliders of {sizes} "
            "positions: it needs a dimension for each slider, then one for its points."
        )
    return array


def _limits(arrays: list[np.ndarray], log: bool = False) -> tuple[float, float]:
    low = min(float(np.nanmin(array)) for array in arrays)
    high = max(float(np.nanmax(array)) for array in arrays)
    if log:
        factor = (high / low) ** MARGIN
        return low / factor, high * factor
    margin = MARGIN * (high - low) or 1.0
    return low - margin, high + margin


def _pack(drawings: list[_Drawing]) -> tuple[list[dict], bytes]:
    """What explorer.js needs: the panels as JSON, and every array as float32 in one buffer."""
    parts, length, specifications = [], 0, []
    for drawing in drawings:
        panel, series_list = drawing.panel, []
        pairs = zip(panel.series, drawing.colors, drawing.arrays, strict=True)
        for series, color, arrays in pairs:
            places = {}
            for axis, array in zip("xy", arrays, strict=True):
                places[axis] = {"offset": length, "shape": array.shape}
                parts.append(array.astype("<f4").tobytes())
                length += array.size
            series_list.append(
                {
                    "label": series.label,
                    "kind": series.kind,
                    "dashed": series.dashed,
                    "color": color,
                    **places,
                }
            )
        specifications.append(
            {
                "title": panel.title,
                "xlabel": panel.xlabel,
                "ylabel": panel.ylabel,
                "log": panel.xscale == "log",
                "xlim": drawing.xlim,
                "ylim": drawing.ylim,
                "categories": drawing.categories,
                "series": series_list,
            }
        )
    return specifications, b"".join(parts)


def _at(array: np.ndarray, index: tuple[int, ...]) -> np.ndarray:
    """The points at a position of the sliders."""
    return array[tuple(min(i, size - 1) for i, size in zip(index, array.shape, strict=False))]


def _draw_still(axes, drawing: _Drawing, index: tuple[int, ...]) -> None:
    panel = drawing.panel
    num_bars = sum(series.kind == "bar" for series in panel.series)
    bar = 0
    for series, color, (x, y) in zip(panel.series, drawing.colors, drawing.arrays, strict=True):
        points = _at(x, index), _at(y, index)
        if series.kind == "bar":
            width = 0.8 / num_bars
            places = points[0] + (bar - (num_bars - 1) / 2) * width
            axes.bar(places, points[1], width, color=color, label=series.label)
            bar += 1
        elif series.kind == "scatter":
            axes.scatter(*points, color=color, label=series.label, zorder=3)
        else:
            style = "--" if series.dashed else "-"
            axes.plot(*points, style, color=color, label=series.label)
    axes.set(xscale=panel.xscale, xlim=drawing.xlim, ylim=drawing.ylim)
    if panel.xscale == "log":
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    if drawing.categories:
        axes.set_xticks(drawing.categories)
    label_axes(axes, title=panel.title, xlabel=panel.xlabel, ylabel=panel.ylabel)
    axes.legend(fontsize="small")

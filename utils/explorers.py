"""Explorers: plain arrays, computed beforehand, looked up by ipywidgets controls.

The arrays go to the browser once and are drawn there (explorer.js), so a move of a slider costs two
frames and works without a kernel too. Where nothing moves (PDF, GitHub, a screen reader) a still
matplotlib picture and its text take the place.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import anywidget
import ipywidgets
import numpy as np
import traitlets
from matplotlib.figure import Figure

from .panels import Panel, Series, draw_still, pack, prepare
from .plots import encode_png

__all__ = ["Explorer", "Panel", "Series", "explorer"]
MAX_CONTROLS = 4


class Picture(anywidget.AnyWidget):
    """Draws every panel at the position of the controls, in the browser."""

    _esm = Path(__file__).with_name("explorer.js")
    data = traitlets.Bytes().tag(sync=True)
    pixels = traitlets.Bytes().tag(sync=True)
    panels = traitlets.List().tag(sync=True)
    texts = traitlets.List().tag(sync=True)
    sizes = traitlets.List().tag(sync=True)
    index_0 = traitlets.Int(0).tag(sync=True)
    index_1 = traitlets.Int(0).tag(sync=True)
    index_2 = traitlets.Int(0).tag(sync=True)
    index_3 = traitlets.Int(0).tag(sync=True)


class Explorer(ipywidgets.VBox):
    """Controls above a picture and the sentences under it; made by explorer()."""

    def __init__(self, drawings, controls, picture, caption):
        self.controls = controls
        self.picture = picture
        self._drawings = drawings
        super().__init__([*controls, picture, ipywidgets.HTML(f"<p><em>{caption}</em></p>")])

    @property
    def index(self) -> tuple[int, ...]:
        """Where the controls stand."""
        return tuple(control.index for control in self.controls)

    def text(self, index: tuple[int, ...] | None = None) -> str:
        """What the picture shows, in words, where the controls stand or at another position."""
        index = self.index if index is None else index
        return self.picture.texts[int(np.ravel_multi_index(index, self.picture.sizes))]

    def figure(self, index: tuple[int, ...] | None = None) -> Figure:
        """The still picture, where the controls stand or at another position."""
        return draw_still(self._drawings, self.index if index is None else index)

    def _repr_mimebundle_(self, **kwargs):
        bundle = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "image/png": encode_png(self.figure()), "text/plain": self.text()}


def explorer(
    controls: Mapping[str, Sequence],
    panels: Sequence[Panel],
    *,
    texts: np.ndarray | Sequence,
    caption: str,
    start: Sequence[int] | None = None,
    buttons: Sequence[str] = (),
) -> Explorer:
    """A picture with sliders, from arrays that hold it at every position of the sliders.

    controls: the values of each slider under its name, one to four of them; numbers or texts.
    texts: what the picture shows at each position, in words; an array of the controls' sizes, or of
        size 1 along a control that it does not depend on.
    caption: a sentence that says what to look for.
    start: the position, as indices, at which each control stands first; the first by default.
    buttons: names of the controls that are a row of buttons instead of a slider.
    Raises ValueError for arrays that do not fit the controls.
    """
    sizes = tuple(len(values) for values in controls.values())
    if not 1 <= len(sizes) <= MAX_CONTROLS:
        raise ValueError(f"An explorer has one to {MAX_CONTROLS} controls, not {len(sizes)}.")
    start = start or (0,) * len(sizes)
    drawings = [prepare(panel, sizes) for panel in panels]
    specifications, data, pixels = pack(drawings)
    sentences = _broadcast(texts, sizes).ravel().tolist()
    picture = Picture(data=data, pixels=pixels, panels=specifications, texts=sentences, sizes=sizes)
    made = []
    for number, (name, values) in enumerate(controls.items()):
        control = _control(name, values, start[number], name in buttons)
        setattr(picture, f"index_{number}", start[number])
        ipywidgets.jslink((control, "index"), (picture, f"index_{number}"))
        made.append(control)
    return Explorer(drawings, made, picture, caption)


def _broadcast(texts, sizes):
    texts = np.asarray(texts)
    fits = texts.ndim == len(sizes) and all(
        have in (1, size) for have, size in zip(texts.shape, sizes, strict=True)
    )
    if not fits:
        raise ValueError(f"The texts must have shape {sizes}, and have {texts.shape}.")
    return np.broadcast_to(texts, sizes)


def _control(name, values, index, as_buttons):
    options = [(str(value), position) for position, value in enumerate(values)]
    kind = ipywidgets.ToggleButtons if as_buttons else ipywidgets.SelectionSlider
    return kind(
        options=options,
        index=index,
        description=name,
        style={"description_width": "initial"} | ({"button_width": "auto"} if as_buttons else {}),
        layout={"width": "100%" if as_buttons else "min(40em, 100%)"},
    )

"""Images and their nearest neighbours in several feature spaces, side by side, for lecture 8."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from ..explorers import Explorer, Panel, Series, explorer
from ..plots import COLORS

SCALE, BORDER = 2, 3  # pixels of the picture: one of an image, and the frame around it
COLUMNS = 4


def retrieval_explorer(
    pictures: torch.Tensor,
    labels: torch.Tensor,
    neighbours: Mapping[str, torch.Tensor],
    names: Sequence[str],
) -> Explorer:
    """A slider over queries; for each space the query and its neighbours, framed by whether they are of its class.

    pictures: [N, 3, H, W] in [0, 1]; the first Q are the queries. labels: [N].
    neighbours: for each space the indices into pictures, nearest first, [Q, COLUMNS * 2 - 1].
    """
    tiles = pictures.cpu().permute(0, 2, 3, 1).numpy()
    labels = labels.cpu().numpy()
    ranked = {space: index.cpu().numpy() for space, index in neighbours.items()}
    num_queries = len(next(iter(ranked.values())))
    panels = []
    for space, index in ranked.items():
        grids = [_grid(tiles, labels, query, index[query]) for query in range(num_queries)]
        series = Series(space, kind="image", pixels=np.stack(grids))
        panels.append(Panel(f"Compared by {space}", "", "", [series], axes=False))
    texts = [_text(labels, query, ranked, names) for query in range(num_queries)]
    return explorer(
        {"query": list(range(1, num_queries + 1))},
        panels,
        texts=texts,
        caption="Without a frame: the query. Blue frame: a neighbour of the same shape; orange: of another.",
    )


def _grid(tiles, labels, query, neighbours):
    framed = [_framed(tiles[query], "#FFFFFF")]
    for index in neighbours:
        same = labels[index] == labels[query]
        framed.append(_framed(tiles[index], COLORS[0] if same else COLORS[1]))
    rows = [np.concatenate(framed[i : i + COLUMNS], 1) for i in range(0, len(framed), COLUMNS)]
    return np.concatenate(rows)


def _framed(tile, color):
    """An image, enlarged, in a frame of a colour, on white; uint8 [H, W, 3]."""
    large = np.round(tile * 255).astype(np.uint8).repeat(SCALE, 0).repeat(SCALE, 1)
    height, width = large.shape[:2]
    frame = np.empty((height + 2 * BORDER, width + 2 * BORDER, 3), np.uint8)
    frame[:] = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    frame[BORDER:-BORDER, BORDER:-BORDER] = large
    return np.pad(frame, ((1, 1), (1, 1), (0, 0)), constant_values=255)


def _text(labels, query, ranked, names):
    found = ", ".join(
        f"{(labels[index[query]] == labels[query]).sum()} of {len(index[query])} by {space}"
        for space, index in ranked.items()
    )
    return f"Query {query + 1}: {names[labels[query]]}. Neighbours of the same shape: {found}."

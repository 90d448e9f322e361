"""Retrieval with features: the most similar images by cosine, and a label by vote."""

import numpy as np

from autograder.exercise import Part
from autograder.features import Same
from autograder.functions import FunctionExercise

LECTURE = "Lecture 8, section 4: Nearest neighbours"


class NearestNeighbours(FunctionExercise):
    """`answer(queries, gallery, k, exclude_self) -> (neighbours, similarities)`, both [Q, k]."""

    name = "retrieval.nearest"
    title = "The most similar images"
    shown = ("k", "exclude_self")
    flagged = ("NearestNeighbors", "KNeighborsClassifier", "KDTree", "BallTree")
    outputs = ("neighbours", "similarities")
    parts = (
        Part("the k most similar, the best first", 3, ("neighbours", "dtype"), LECTURE),
        Part("their cosines", 2, ("similarities", "similarities in ties"), LECTURE),
        Part(
            "no image is its own neighbour",
            2,
            (
                "neighbours without the query",
                "similarities without the query",
                "similarities without the query in ties",
                "images that are their own neighbours",
            ),
            LECTURE,
        ),
        Part("ties: the lower index first", 1, ("neighbours in ties",), LECTURE),
        Part(
            "features that are all zero",
            1,
            ("neighbours beside zero features", "similarities beside zero features"),
            LECTURE,
        ),
        Part(
            "inputs left alone",
            1,
            ("input unchanged",),
            LECTURE,
            needs=("the k most similar, the best first", "their cosines"),
        ),
    )
    mistakes = {
        "euclidean": "Neighbours are chosen by Euclidean distance, which depends on lengths; the angle is asked for.",
        "dot_product": "Features are not made to length one: products favour long features.",
        "least_similar": "The least similar images come first.",
        "columns_normalized": "Each feature is normalized over the images; each image's features get length one.",
        "distances": "Distances, 1 minus the cosine, are returned as similarities.",
        "swapped_outputs": "The outputs are swapped: the neighbours' indices come first, as tensor of integers.",
        "self_included": "With exclude_self=True an image is still its own nearest neighbour.",
        "first_dropped": "The first column is dropped; with an equal image before it, the query is not in that column.",
        "always_excluded": "Image i is left out for query i although exclude_self is False.",
        "topk_ties": "Where similarities tie, the order is left to chance: topk promises none, a stable sort does.",
        "last_in_ties": "Where similarities tie, the higher index comes first.",
        "zero_nan": "Features that are all zero give 0 / 0 = NaN; their similarity is 0.",
        "one_too_many": "One neighbour more than k is returned.",
        "in_place": "The features are normalized in place; the caller still needs them.",
        "float32": "The similarities are not of the features' dtype.",
        "int32": "The neighbours are not int64, the dtype of an index.",
    }

    def cases(self, rng_for):
        made = []
        for name, kind, dtype, queries, gallery, k, exclude_self in (
            ("float32", "angles", "float32", (6, 10), (25, 34), 5, False),
            ("float64", "random", "float64", (11, 17), (11, 17), 3, False),
            ("one query", "angles", "float32", None, (7, 12), 1, False),
            ("among themselves", "random", "float64", (14, 20), None, 4, True),
            ("ties", "signs", "float32", (7, 12), (60, 70), 9, False),
            ("ties among themselves", "signs", "float64", (40, 50), None, 6, True),
            ("a zero", "zero", "float64", (4, 7), (6, 9), None, False),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "kind": kind, "dtype": dtype}
            case["queries"] = 1 if queries is None else int(rng.integers(*queries))
            case["gallery"] = case["queries"] if gallery is None else int(rng.integers(*gallery))
            case |= {"k": case["gallery"] if k is None else k, "exclude_self": exclude_self}
            made.append(case)
        return made

    def arguments(self, case):
        rng = np.random.default_rng(case["seed"])
        queries, gallery = DRAW[case["kind"]](rng, case["queries"], case["gallery"])
        if case["exclude_self"]:
            queries = gallery
        dtype = case["dtype"]
        tensors = {"queries": queries.astype(dtype), "gallery": gallery.astype(dtype)}
        return tensors | {"k": case["k"], "exclude_self": case["exclude_self"]}

    def label(self, case, output):
        where = " without the query" if case["exclude_self"] else ""
        if case["kind"] == "signs":
            return f"{output}{where} in ties"
        return f"{output} beside zero features" if case["kind"] == "zero" else output + where

    def measure(self, case, output):
        features = super().measure(case, output)
        if case["exclude_self"] and case["kind"] == "signs":
            # Which of two equal images comes first is another part's matter.
            del features["neighbours without the query in ties"]
            neighbours = np.asarray(output["returned"]["values"][0])
            own = neighbours == np.arange(len(neighbours))[:, None]
            features["images that are their own neighbours"] = Same(int(own.any(axis=1).sum()))
        return features


def _lengths(rng, count):
    return rng.uniform(0.2, 5, (count, 1))


def _angles(rng, num_queries, num_gallery):
    """Directions in a plane that lies anywhere: no two angles to a query are closer than rounding can tell."""
    plane = np.linalg.qr(rng.normal(size=(6, 2)))[0]
    step = np.pi / num_gallery
    places = rng.permutation(num_gallery)
    from_grid = rng.uniform(0.2, 0.3, num_queries) * step
    ways = [rng.integers(num_gallery, size=num_queries) * step + from_grid, places * step]
    return [
        _lengths(rng, len(way)) * (np.stack([np.cos(way), np.sin(way)], 1) @ plane.T)
        for way in ways
    ]


def _random(rng, num_queries, num_gallery):
    return [
        _lengths(rng, count) * rng.normal(0.3, 1, (count, 7))
        for count in (num_queries, num_gallery)
    ]


def _signs(rng, num_queries, num_gallery):
    """Four entries of 1 or -1 times a power of two, the rest 0: all lengths and products are exact, many equal.

    The last three of the gallery have the directions of its first three.
    """
    drawn = []
    for count in (num_queries, num_gallery):
        rows = np.zeros((count, 6))
        for row in rows:
            row[rng.permutation(6)[:4]] = rng.choice([-1, 1], 4)
        drawn.append(rows * 2.0 ** rng.integers(-1, 3, (count, 1)))
    drawn[1][-3:] = 2 * drawn[1][:3]
    return drawn


def _zero(rng, num_queries, num_gallery):
    queries, gallery = _random(rng, num_queries, num_gallery)
    gallery[rng.integers(num_gallery)] = 0
    return queries, gallery


DRAW = {"angles": _angles, "random": _random, "signs": _signs, "zero": _zero}


class Vote(FunctionExercise):
    """`answer(neighbours, labels, num_classes) -> predicted`, [Q]."""

    name = "retrieval.vote"
    title = "A label by vote"
    shown = ("num_classes",)
    flagged = ("KNeighborsClassifier",)
    outputs = ("predicted labels",)
    parts = (
        Part("the label with most votes", 3, ("predicted labels", "dtype"), LECTURE),
        Part(
            "ties: the label of the nearest among them",
            2,
            ("predicted labels in ties",),
            LECTURE,
        ),
        Part(
            "inputs left alone",
            1,
            ("input unchanged",),
            LECTURE,
            needs=("the label with most votes",),
        ),
    )
    mistakes = {
        "nearest_only": "Only the nearest neighbour is asked; all k of them vote.",
        "indices_vote": "The neighbours' indices vote, not their labels.",
        "mean_label": "Labels are averaged; a mean of class numbers is no class.",
        "fewest_votes": "The label with the fewest votes wins.",
        "one_for_all": "One vote is held over all queries; each query has a vote of its own.",
        "by_columns": "Votes are counted over the queries, not over each query's neighbours.",
        "lowest_in_ties": "In a tie the lowest label wins; the label of the nearest neighbour among them should.",
        "highest_in_ties": "In a tie the highest label wins; the label of the nearest neighbour among them should.",
        "farthest_in_ties": "In a tie the label of the farthest neighbour wins; it should be that of the nearest.",
        "nearest_of_all": "In a tie the nearest of all neighbours wins, even if its label is not among those that tie.",
        "floats": "The predicted labels are not int64.",
        "in_place": "The labels or neighbours are changed in place; the caller still needs them.",
    }

    # How many votes the labels of each query get; which labels, and in which order, is drawn.
    BALLOTS = {
        "clear": [(4, 2, 1), (3, 2, 2), (5, 1, 1), (3, 1, 1, 1, 1)],
        "ties": [(3, 3, 1), (2, 2, 2, 1), (3, 3, 1), (2, 2, 1, 1, 1)],
        "ties of two": [(1, 1)],
        "nearest": [(1,)],
    }

    def cases(self, rng_for):
        made = []
        for name, kind, queries in (
            ("7 neighbours", "clear", (14, 20)),
            ("7 neighbours, ties", "ties", (25, 32)),
            ("2 neighbours, ties", "ties of two", (9, 13)),
            ("one neighbour", "nearest", (3, 6)),
            ("one query", "clear", (1, 2)),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "kind": kind}
            case |= {"queries": int(rng.integers(*queries)), "num_classes": int(rng.integers(6, 9))}
            made.append(case | {"dtype": "float32"})
        return made

    def arguments(self, case):
        rng, num_classes = np.random.default_rng(case["seed"]), case["num_classes"]
        labels = rng.permutation(np.repeat(np.arange(num_classes), 12))
        neighbours = []
        for query in range(case["queries"]):
            kinds = self.BALLOTS[case["kind"]]
            counts = kinds[query % len(kinds)]
            named = rng.permutation(num_classes)[: len(counts)]
            chosen = [
                rng.choice(np.flatnonzero(labels == label), count, replace=False)
                for label, count in zip(named, counts, strict=True)
            ]
            neighbours.append(rng.permutation(np.concatenate(chosen)))
        return {"neighbours": np.stack(neighbours), "labels": labels, "num_classes": num_classes}

    def label(self, case, output):
        return f"{output} in ties" if "ties" in case["kind"] else output


EXERCISES = (NearestNeighbours(), Vote())

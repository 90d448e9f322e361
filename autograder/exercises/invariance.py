"""Which transforms break a label, class by class: an augmentation states that a change leaves the answer alone."""

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Same

LECTURE = "Lecture 4, section 11: Invariances"
SIDE, HALF = 8, 4  # of a picture; the label says in which quarter its brightest pixel lies
TRANSFORMS = {
    "mirror": lambda x: x.flip(-1),
    "upside down": lambda x: x.flip(-2),
    "half turn": lambda x: x.flip(-1, -2),
    "more contrast": lambda x: x**2,
    "transpose": lambda x: x.transpose(-1, -2),
    "darker": lambda x: 0.5 * x,
    "one right": lambda x: x.roll(1, -1),
    "one left": lambda x: x.roll(-1, -1),
    "one up": lambda x: x.roll(-1, -2),
    "one down": lambda x: x.roll(1, -2),
}
OPPOSITE = {"right": "left", "left": "right", "up": "down", "down": "up"}
BROKEN = "classes that they break"
TIE, ABSENT = "at the tolerance", "one class without pictures"


class BrokenLabels(Exercise):
    """`broken_labels(label_of, images, transforms, tolerance) -> {name of a transform: set of classes}`."""

    name = "invariance.broken_labels"
    title = "Transforms that break a label"
    shown = ("tolerance", "transforms")
    NAMES = "transforms that break a label"
    parts = (
        Part("the transforms that break a label", 2, (NAMES,), LECTURE),
        Part("the classes that each of them breaks", 2, (BROKEN,), LECTURE),
        Part(
            "edges: at the tolerance, and a class without pictures",
            1,
            (f"{BROKEN}, {TIE}", f"{BROKEN}, {ABSENT}"),
            LECTURE,
            needs=("the transforms that break a label",),
        ),
    )
    mistakes = {
        "all_pictures": "The share is taken over all pictures; take it class by class, or rare breaks are lost.",
        "share_of_all": "A class's changes are divided by the number of all pictures, not by that of its own.",
        "new_labels": "The classes are counted by the labels after the transform; it is the old ones that break.",
        "every_class": "A transform that breaks one class is said to break them all.",
        "no_tolerance": "One changed label breaks a class already; more than the tolerated share must change.",
        "at_the_tolerance": "A share equal to the tolerance counts as broken; it must be larger.",
        "empty_sets": "Transforms that break nothing are listed too.",
        "harmless_ones": "The classes that stay right are listed, not those that break.",
        "chained": "Each transform is applied to what the one before it made; all start from the original pictures.",
        "names_alone": "Only names are returned; a dict from each name to a set of classes is asked for.",
        "absent_class": "A class without pictures ends in a division by zero.",
    }

    def cases(self, rng_for):
        cases = []
        for name, sizes, sideways, upwards, tolerance in (
            ("fifty pictures", [17, 9, 13, 11], [9, 1, 1, 0], [2, 1, 2, 1], 0.27),
            ("a larger tolerance", [6, 14, 12, 19], [1, 9, 9, 3], [1, 2, 2, 3], 0.41),
            (TIE, [8, 8, 8, 8], [2, 3, 2, 3], [1, 1, 1, 1], 0.25),
            (ABSENT, [7, 5, 0, 9], [1, 1, 0, 1], [1, 1, 0, 1], 0.1),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "sizes": sizes}
            case |= {"over the middle": [sideways, upwards], "tolerance": tolerance}
            # The pictures are made for moves to the right and up, then turned over as a whole.
            transposed, mirrored, upended = rng.integers(0, 2, 3).tolist()
            moves = ["down", "left"] if transposed else ["right", "up"]
            for turned, pair in ((mirrored, ("left", "right")), (upended, ("up", "down"))):
                moves = [OPPOSITE[move] if turned and move in pair else move for move in moves]
            moves = [f"one {move}" for move in moves]
            if name == TIE:
                chosen = [moves[0], "darker"]
            elif name == ABSENT:
                chosen = ["upside down", "transpose"]
            else:
                others = rng.permutation(list(TRANSFORMS)[:4])[: rng.integers(1, 4)].tolist()
                chosen = [*moves, "transpose", "darker", *others]
            case["transforms"] = rng.permutation(chosen).tolist()
            case["turned"] = [transposed, mirrored, upended]
            cases.append(case | {"classes": rng.permutation(10)[:4].tolist()})
        return cases

    def images(self, case) -> np.ndarray:
        """Pictures [N, 1, 8, 8] in order of their quarters, each with one pixel brighter than all others.

        In each quarter a given number changes sides when moved right, another when moved up.
        """
        rng, images = np.random.default_rng(case["seed"]), []
        for quarter, counts in enumerate(zip(case["sizes"], *case["over the middle"], strict=True)):
            lower, right = divmod(quarter, 2)
            size, sideways, upwards = counts
            for number in range(size):
                image = rng.uniform(0.1, 0.6, (1, SIDE, SIDE))
                column = HALF - 1 if number < sideways else rng.integers(HALF - 1)
                row = 0 if number >= size - upwards else rng.integers(1, HALF)
                image[0, row + HALF * lower, column + HALF * right] = 0.9
                images.append(image)
        images = np.stack(images)[rng.permutation(len(images))].astype("float32")
        transposed, mirrored, upended = case["turned"]
        images = images.swapaxes(2, 3) if transposed else images
        images = images[..., ::-1] if mirrored else images
        return np.ascontiguousarray(images[:, :, ::-1] if upended else images)

    def probe(self, answer, case, device):
        images = torch.from_numpy(self.images(case)).to(device)
        transforms = {name: TRANSFORMS[name] for name in case["transforms"]}

        def label_of(pictures):
            place = pictures.flatten(1).argmax(1)
            quarter = 2 * (place // SIDE >= HALF).long() + (place % SIDE >= HALF).long()
            return torch.tensor(case["classes"], device=pictures.device)[quarter]

        broken = answer(label_of, images, transforms, case["tolerance"])
        if not isinstance(broken, dict):
            return {"described": f"a {type(broken).__name__}"}
        found = []
        for name, classes in broken.items():
            if not isinstance(classes, set | list | tuple | torch.Tensor | np.ndarray):
                return {"described": f"a dict with a {type(classes).__name__} in it"}
            found.append([str(name), sorted({int(number) for number in classes})])
        return {"found": found}

    def measure(self, case, output):
        if "described" in output:
            raise Malformed(
                f"The function returned {output['described']}; a dict of sets is asked for."
            )
        found = sorted((name, classes) for name, classes in output["found"])
        broken = "; ".join(f"{name}: {', '.join(map(str, classes))}" for name, classes in found)
        if case["name"] in (TIE, ABSENT):
            return {f"{BROKEN}, {case['name']}": Same(broken)}
        return {self.NAMES: Same(", ".join(name for name, _ in found)), BROKEN: Same(broken)}


EXERCISES = (BrokenLabels(),)

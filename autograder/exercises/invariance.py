"""Which transforms break a label, class by class: an augmentation states that a change leaves the answer alone."""

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Same

LECTURE = "Lecture 4, section 11: Invariances"
SIDE = 8  # of a picture; the label is the quarter in which its brightest pixel lies
TRANSFORMS = {
    "mirror": lambda x: x.flip(-1),
    "upside down": lambda x: x.flip(-2),
    "transpose": lambda x: x.transpose(-1, -2),
    "half turn": lambda x: x.flip(-1, -2),
    "one to the right": lambda x: x.roll(1, -1),
    "one up": lambda x: x.roll(-1, -2),
    "darker": lambda x: 0.5 * x,
    "more contrast": lambda x: x**2,
}


BROKEN = "classes that they break"
CLASSES = (2, 3, 5, 8)  # the numbers of the quarters


def _label_of(images: torch.Tensor) -> torch.Tensor:
    place = images.flatten(1).argmax(1)
    lower, right = place // SIDE >= SIDE // 2, place % SIDE >= SIDE // 2
    return torch.tensor(CLASSES, device=images.device)[2 * lower.long() + right.long()]


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
            tuple(
                f"{BROKEN}, {edge}" for edge in ("at the tolerance", "one class without pictures")
            ),
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
        for name, sizes, transforms, tolerance in (
            ("all transforms", [17, 9, 13, 11], list(TRANSFORMS), 0.27),
            ("all but mirror images", [6, 14, 12, 19], list(TRANSFORMS)[2:], 0.41),
            ("at the tolerance", [8, 8, 8, 8], ["one to the right", "darker"], 0.25),
            ("one class without pictures", [7, 5, 0, 9], ["upside down", "transpose"], 0.1),
        ):
            case = {"name": name, "seed": int(rng_for(name).integers(2**31)), "sizes": sizes}
            cases.append(case | {"transforms": transforms, "tolerance": tolerance})
        return cases

    def images(self, case) -> np.ndarray:
        """Pictures [N, 1, 8, 8], each with one pixel brighter than all others, somewhere in its class's quarter."""
        rng = np.random.default_rng(case["seed"])
        half, images = SIDE // 2, []
        edges = rng.permutation([0.1, 0.35, 0.6, 0.85])
        for quarter, size in enumerate(case["sizes"]):
            lower, right = divmod(quarter, 2)
            for number in range(size):
                image = rng.uniform(0.1, 0.6, (1, SIDE, SIDE))
                row, column = rng.integers(0, half, 2)
                at_edge = rng.random() < edges[quarter]
                if case["name"] == "at the tolerance":
                    at_edge = number < 2 + quarter % 2
                column = half - 1 if at_edge else column % (half - 1)
                image[0, row + half * lower, column + half * right] = 0.9
                images.append(image)
        order = rng.permutation(len(images))
        return np.stack(images)[order].astype("float32")

    def probe(self, answer, case, device):
        images = torch.from_numpy(self.images(case)).to(device)
        transforms = {name: TRANSFORMS[name] for name in case["transforms"]}
        broken = answer(_label_of, images, transforms, case["tolerance"])
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
        if case["name"] in ("at the tolerance", "one class without pictures"):
            return {f"{BROKEN}, {case['name']}": Same(broken)}
        return {self.NAMES: Same(", ".join(name for name, _ in found)), BROKEN: Same(broken)}


EXERCISES = (BrokenLabels(),)

"""Standardizing images channel by channel, with the statistics of the training set."""

import numpy as np

from autograder.exercise import Part
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise, close

LECTURE = "Lecture 1, section 3: Preparing the data"
TRAIN, TEST = "standardized training images", "standardized test images"
CONSTANT = " with a channel that is constant in training"


class Standardize(FunctionExercise):
    """`standardize(train, test) -> (train_out, test_out)`, images [N, C, H, W] and [M, C, H, W]."""

    name = "preparing.standardize"
    title = "Standardize with training statistics"
    outputs = (TRAIN, TEST)
    flagged = ("Normalize", "normalize", "StandardScaler")
    parts = (
        Part("training images", 3, (TRAIN,), LECTURE),
        Part("test images", 3, (TEST,), LECTURE),
        Part(
            "a constant channel",
            1,
            (TRAIN + CONSTANT, TEST + CONSTANT),
            LECTURE,
            needs=("training images",),
        ),
        Part(
            "dtype kept, inputs left alone",
            1,
            (DTYPE, UNCHANGED),
            LECTURE,
            needs=("training images",),
        ),
    )
    mistakes = {
        "own_statistics": "The test images are standardized with their own mean and deviation; use the training set's.",
        "own_mean": "The test images lose their own mean; subtract the training set's.",
        "joint_statistics": "Mean and deviation are taken over training and test images together.",
        "test_left": "The test images are returned as they were; the network expects them standardized too.",
        "all_channels": "All channels share one mean and one deviation; each channel has its own.",
        "by_pixel": "Every pixel gets its own statistics: take the mean over rows and columns too.",
        "by_image": "Every image is standardized with its own statistics; take the mean over the images too.",
        "no_division": "The images are centred but not divided by the deviation.",
        "no_centring": "The images are divided by the deviation but not centred.",
        "variance": "The images are divided by the variance; divide by its root, the standard deviation.",
        "unbiased": "The deviation divides by one less than the number of values; torch's std needs correction=0 here.",
        "nan_at_constant": "A constant channel is divided by zero; leave such a channel undivided.",
        "tiny_at_constant": "A constant channel is divided by a tiny number, so test images become huge; leave it.",
        "skipped_at_constant": "A constant channel is left as it is; its mean is still subtracted.",
        "in_place": "The images are changed in place; the caller still needs them.",
        "float32": "The result is not of the images' dtype: float64 images must stay float64.",
    }

    def cases(self, rng_for):
        cases = []
        for shape, num_test, dtype, constant in (
            ([4, 3, 2, 1], 2, "float32", False),
            ([5, 2, 1, 3], 3, "float64", False),
            ([3, 1, 2, 2], 1, "float64", False),
            ([4, 2, 1, 2], 2, "float32", True),
        ):
            size = " x ".join(map(str, shape))
            name = f"{size} training and {num_test} test images, {dtype}"
            name += ", one channel constant in training" if constant else ""
            seed = int(rng_for(name).integers(2**31))
            case = {"name": name, "seed": seed, "shape": shape, "num_test": num_test}
            cases.append(case | {"dtype": dtype, "constant": constant})
        return cases

    def arguments(self, case):
        rng, (_, channels, *places) = np.random.default_rng(case["seed"]), case["shape"]
        center, spread = (rng.uniform(*ends, (channels, 1, 1)) for ends in ((0.2, 0.8), (0.1, 0.3)))
        train = center + spread * rng.uniform(-1, 1, case["shape"])
        test = (
            center + 0.2 + 0.5 * spread * rng.uniform(-1, 1, (case["num_test"], channels, *places))
        )
        if case["constant"]:  # a value that no way of computing the mean rounds
            train[:, rng.integers(channels)] = rng.choice([0.25, 0.5])
        return {"train": train.astype(case["dtype"]), "test": test.astype(case["dtype"])}

    def measure(self, case, output):
        """The tolerance has room for a right result rounded to float32, which the part on the dtype judges."""
        features = super().measure(case, output)
        scale = 100 if case["dtype"] == "float64" else 1
        for name, value in zip(self.outputs, output["returned"]["values"], strict=True):
            features[self.label(case, name)] = close(value, case["dtype"], scale)
        return features

    def label(self, case, output):
        return output + CONSTANT if case["constant"] else output


EXERCISES = (Standardize(),)

"""Feature extraction: features of all images in batches, and a new head on a frozen body (Donahue et al., 2014)."""

from collections import OrderedDict

import numpy as np
import torch
from torch import nn

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Same
from autograder.functions import close, in_words, plain

LECTURE = "Lecture 8, section 3: Feature extraction"
NORMS = "Lecture 8, section 7: Batch norm in test mode"
FEATURES_PER_CHANNEL = 8  # two stages halve 8 x 8 pixels to 2 x 2, the second doubles the channels
NOTHING = "nothing"


def network(case: dict, device: str) -> nn.Sequential:
    """A `body` of convolutional stages with batch norm and a linear `head`; all its numbers come from the seed."""
    width = case["width"]
    stages = OrderedDict(stage1=stage(3, width), stage2=stage(width, 2 * width))
    stages["flatten"] = nn.Flatten()
    head = nn.Linear(FEATURES_PER_CHANNEL * width, case["num_classes"])
    model = nn.Sequential(OrderedDict(body=nn.Sequential(stages), head=head))
    model.to(getattr(torch, case["dtype"]))
    rng = np.random.default_rng(case["seed"])
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            numbers = rng.uniform(-0.5, 0.5, value.shape)
            if value.ndim == 1 and name.endswith(("weight", "running_var")):
                numbers += 1  # of a norm
            value.copy_(torch.from_numpy(numbers))
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not name.startswith(tuple(case["frozen"]))
    for name, module in model.named_modules():
        module.training = case["training"] and name not in case["in_eval_mode"]
    return model.to(device)


def stage(num_in: int, num_out: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(num_in, num_out, 3, padding=1),
        nn.BatchNorm2d(num_out),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )


def images(case: dict, device: str) -> torch.Tensor:
    rng = np.random.default_rng(case["seed"] + 1)
    drawn = rng.uniform(0, 1, (case["num_images"], 3, 8, 8)).astype(case["dtype"])
    return torch.from_numpy(drawn).to(device)


def state(model: nn.Module) -> dict[str, torch.Tensor]:
    """A copy of all parameters and buffers."""
    return {name: value.clone() for name, value in model.state_dict().items()}


def changed(model: nn.Module, before: dict, trainable: list[str]) -> str:
    """What is no longer as it was, in words."""
    after = model.state_dict()
    if list(after) != list(before):
        return "its modules"
    if any(not torch.equal(after[name], before[name]) for name in before):
        return "its parameters or buffers"
    return NOTHING if trainable_names(model) == trainable else "what is trainable"


def trainable_names(model: nn.Module) -> list[str]:
    return [name for name, parameter in model.named_parameters() if parameter.requires_grad]


def listed(names) -> str:
    return ", ".join(sorted(names))[:200] or "none"


class Features(Exercise):
    """`answer(model, images, batch_size) -> features`, [N, F]."""

    name = "feature_extraction.features"
    title = "Features of all images"
    shown = ("num_images", "batch_size")
    flagged = ("create_feature_extractor", "get_graph_node_names")
    parts = (
        Part("the body's outputs in eval mode, in order", 4, ("features", "dtype"), LECTURE),
        Part(
            "at most batch_size images at a time",
            2,
            ("more than batch_size images at a time",),
            LECTURE,
            needs=("the body's outputs in eval mode, in order",),
        ),
        Part(
            "no gradient",
            2,
            ("the features carry a graph", "gradients are computed afterwards"),
            LECTURE,
            needs=("the body's outputs in eval mode, in order",),
        ),
        Part(
            "every module is left in its mode",
            2,
            ("modules whose mode has changed",),
            NORMS,
            needs=("the body's outputs in eval mode, in order",),
        ),
        Part(
            "the model is as before",
            2,
            ("what has changed in the model",),
            LECTURE,
            needs=("the body's outputs in eval mode, in order",),
        ),
    )
    mistakes = {
        "with_head": "The last layer is not dropped: these are its logits, not the body's features.",
        "training_mode": "The model is not in eval mode: batch norm uses each batch's own statistics, and learns them.",
        "left_in_eval": "The model is left in eval mode; each module must get back the mode that it had.",
        "always_train": "The model is put into training mode at the end, whatever mode it was in before.",
        "one_mode_for_all": "All modules get the model's own mode back; some were in another mode than the whole.",
        "with_graph": "The features carry a graph for gradients: compute them under torch.no_grad().",
        "switched_off": "Gradients stay switched off for all that follows: use torch.no_grad() as a block.",
        "frozen_instead": "Parameters are frozen and stay so; torch.no_grad() changes nothing in the model.",
        "last_batch_lost": "The last, smaller batch is missing: there are fewer rows than images.",
        "last_batch_only": "Only the last batch's features are returned; join those of all batches.",
        "all_at_once": "All images go through the model at once; take at most batch_size at a time.",
        "shuffled": "The images are shuffled, so row i does not belong to image i.",
        "head_removed": "The head is taken out of the model and not put back; the caller still needs it.",
        "a_list": "A list with one tensor for each batch is returned; join them into one tensor.",
        "float32": "The features are not of the model's dtype.",
        "pooled": "Features are averaged before they are returned; the body's outputs are asked for as they are.",
    }

    def cases(self, rng_for):
        made = []
        for name, dtype, sizes, batch_size, training, in_eval_mode, frozen in (
            ("training mode, float32", "float32", (19, 24), 5, True, [], []),
            ("eval mode, float64", "float64", (11, 16), 4, False, [], ["body.stage1."]),
            ("modules in different modes", "float64", (9, 12), 4, True, ["body.stage1.1"], []),
            ("fewer images than a batch", "float32", (5, 9), 16, True, ["body"], ["body."]),
            ("one image at a time", "float64", (2, 4), 1, True, [], []),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype}
            case |= {"num_images": int(rng.integers(*sizes)), "batch_size": batch_size}
            case |= {"num_classes": int(rng.choice([3, 5, 7])), "width": int(rng.integers(2, 4))}
            case |= {"training": training, "in_eval_mode": in_eval_mode, "frozen": frozen}
            made.append(case)
        return made

    def probe(self, answer, case, device):
        model, pictures = network(case, device), images(case, device)
        before, trainable, sizes = state(model), trainable_names(model), []
        modes = {name: module.training for name, module in model.named_modules()}
        first = model.body.stage1[0]
        first.register_forward_pre_hook(lambda module, args: sizes.append(len(args[0])))
        returned = answer(model, pictures, case["batch_size"])
        after = {name: module.training for name, module in model.named_modules()}
        moved = [name or "the model" for name in modes if after.get(name) != modes[name]]
        return {
            "returned": plain(returned, 1),
            "graph": isinstance(returned, torch.Tensor) and returned.requires_grad,
            "most": max((size for size in sizes if isinstance(size, int)), default=0),
            "moved": listed(moved),
            "changed": changed(model, before, trainable),
            "gradients": torch.is_grad_enabled(),
        }

    def measure(self, case, output):
        features = rows(output["returned"], case)
        places = np.arange(features.shape[1])
        projected = features.astype("float64") @ (1.5 + np.cos(places)) / len(places)
        return {
            "features": close(projected, case["dtype"]),
            "dtype": Same(features.sender_dtype),
            "more than batch_size images at a time": Same(
                bool(output["most"] > case["batch_size"])
            ),
            "the features carry a graph": Same(bool(output["graph"])),
            "modules whose mode has changed": Same(str(output["moved"])),
            "what has changed in the model": Same(str(output["changed"])),
            "gradients are computed afterwards": Same(bool(output["gradients"])),
        }


def rows(returned: dict, case: dict) -> np.ndarray:
    """The features as an array, a row for each image. Raises Malformed where they have another form."""
    if "described" in returned:
        raise Malformed(f"The function returned {returned['described']}; a tensor is asked for.")
    (features,) = returned["values"]
    if not isinstance(features, np.ndarray) or features.ndim != 2:
        raise Malformed("The features are not a tensor of two dimensions, images and features.")
    if len(features) != case["num_images"]:
        raise Malformed(
            f"There are {len(features)} rows of features for {case['num_images']} images."
        )
    asked = FEATURES_PER_CHANNEL * case["width"]
    if features.shape[1] != asked:
        raise Malformed(f"An image has {features.shape[1]} features; the body gives {asked}.")
    return features


class NewHead(Exercise):
    """`answer(model, num_classes) -> model`, the same one."""

    name = "feature_extraction.new_head"
    title = "A new head on a frozen body"
    shown = ("num_classes", "new_classes")
    parts = (
        Part(
            "the head is new and has the new number of classes",
            2,
            ("outputs for an image", "inputs of the head", "old weights in the head", "dtype"),
            LECTURE,
        ),
        Part("only the head is trainable", 3, ("trainable parameters",), LECTURE),
        Part(
            "the body's batch norm does not learn",
            2,
            ("modules of the body in training mode", "statistics that move in a forward pass"),
            NORMS,
            needs=("only the head is trainable",),
        ),
        Part(
            "the given model is returned, its body as before",
            1,
            ("what is returned", "the body's parameters and buffers are as before"),
            LECTURE,
            needs=("only the head is trainable",),
        ),
    )
    mistakes = {
        "nothing_frozen": "The body is not frozen: set requires_grad of its parameters; a module has no such switch.",
        "head_frozen": "The new head is frozen too, so nothing can learn: freeze first, then replace the head.",
        "norms_trainable": "Only convolutions are frozen: scale and shift of batch norm are parameters as well.",
        "biases_trainable": "Only weights are frozen: biases are parameters as well.",
        "norms_learn": "The body stays in training mode: its batch norm learns from every forward pass, though frozen.",
        "no_momentum": "Batch norm's momentum is set to 0; eval mode is asked for, which normalizes otherwise.",
        "on_top": "The new layer stands on top of the old head; it must take the old head's place.",
        "renamed_only": "Setting out_features changes no weight: the head gives the old number of outputs.",
        "old_rows": "The new head starts with rows of the old one, which stand for other classes.",
        "kept_head": "Where the number of classes is the same, the old head is kept; it stands for other classes.",
        "no_bias": "The new head has no bias; a linear layer with weight and bias is asked for.",
        "float32": "The new head is not of the old head's dtype.",
        "swapped": "Inputs and outputs of the new layer are swapped.",
        "a_copy": "A copy is changed and returned; the given model is as before.",
        "returns_nothing": "The model is not returned.",
    }

    def cases(self, rng_for):
        made = []
        for name, dtype, classes, new_classes, frozen in (
            ("more classes, float32", "float32", (3, 6), (8, 14), []),
            ("fewer classes, float64", "float64", (8, 14), (3, 6), ["body.stage1."]),
            ("as many classes", "float32", (4, 9), None, ["head."]),
        ):
            rng = rng_for(name)
            case = {"name": name, "seed": int(rng.integers(2**31)), "dtype": dtype}
            case |= {"num_images": 4, "num_classes": int(rng.integers(*classes))}
            new = case["num_classes"] if new_classes is None else int(rng.integers(*new_classes))
            case |= {"new_classes": new, "width": int(rng.integers(2, 4))}
            case |= {"training": True, "in_eval_mode": [], "frozen": frozen}
            made.append(case)
        return made

    def probe(self, answer, case, device):
        model, pictures = network(case, device), images(case, device)
        before, old = state(model.body), model.head.weight.detach().clone()
        returned = answer(model, case["new_classes"])
        kept = changed(model.body, before, trainable_names(model.body))
        with torch.no_grad():
            outputs = [model(pictures) for _ in range(2)][-1]
        weight = getattr(model.head, "weight", None)
        return {
            "returned": "the given model" if returned is model else word(returned),
            "outputs": outputs.shape[1],
            "inputs": getattr(model.head, "in_features", -1),
            "old": old,
            "head": weight if isinstance(weight, torch.Tensor) else None,
            "trainable": listed(trainable_names(model)),
            "in_training": listed(n for n, m in model.body.named_modules() if n and m.training),
            "kept": kept == NOTHING,
            "moved": statistics_that_differ(model.body, before),
        }

    def measure(self, case, output):
        head = output["head"]
        if not isinstance(head, np.ndarray):
            raise Malformed("The head is not a linear layer: it has no weight of its own.")
        return {
            "outputs for an image": Same(output["outputs"]),
            "inputs of the head": Same(output["inputs"]),
            "old weights in the head": Same(bool(np.isin(head, output["old"]).any())),
            "dtype": Same(head.sender_dtype),
            "trainable parameters": Same(str(output["trainable"])),
            "modules of the body in training mode": Same(str(output["in_training"])),
            "statistics that move in a forward pass": Same(str(output["moved"])),
            "what is returned": Same(str(output["returned"])),
            "the body's parameters and buffers are as before": Same(bool(output["kept"])),
        }


def statistics_that_differ(body: nn.Module, before: dict) -> str:
    names = [name for name, _ in body.named_buffers() if name in before]
    after = body.state_dict()
    return listed(name for name in names if not torch.equal(after[name], before[name]))


def word(returned) -> str:
    if isinstance(returned, nn.Module):
        return "another module"
    return in_words(returned)


EXERCISES = (Features(), NewHead())

"""Batch (Ioffe and Szegedy, 2015), layer (Ba et al., 2016) and group normalization (Wu and He, 2018)."""

import contextlib

import numpy as np
import torch

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Problem, Same
from autograder.functions import DTYPE, UNCHANGED, FunctionExercise, close

BATCH = "Lecture 1, section 7: Batch normalization"
GROUPS = "Lecture 1, section 8: Layers, instances, groups"
STEPS = 2
# Wide enough for a right output rounded to float32, which the part on the dtype judges.
SCALE = {"float32": 1, "float64": 100}

OUTPUTS = {"training": "output in training", "eval": "output in eval mode"}
GRADIENTS = {
    "x": "gradient of the input in training",
    "gamma": "gradient of gamma in training",
    "beta": "gradient of beta in training",
}
RUNNING = {"running_mean": "running mean", "running_var": "running variance"}
KEPT = "running statistics are left alone in eval mode"
AFTER = "running statistics after training"
MODES = (
    "training: the batch's own statistics",
    "training: running mean",
    "eval mode: the running statistics",
)
TENSORS = ("gamma", "beta", *RUNNING)


def _sized(rng, low, high, shape, dtype):
    return rng.uniform(low, high, shape).astype(dtype)


def _case(rng_for, shape, dtype, asked=""):
    """A case with an epsilon that is large enough to be seen in float32."""
    name = f"{asked}{' x '.join(map(str, shape))}, {dtype}"
    rng = rng_for(name)
    case = {"name": name, "seed": int(rng.integers(2**31)), "shape": shape, "dtype": dtype}
    return case | {"eps": round(float(rng.uniform(0.02, 0.05)), 4)}, rng


class BatchNorm(Exercise):
    """`BatchNorm(num_features, eps, momentum)`, an `nn.Module` with gamma, beta, running_mean and running_var."""

    name = "normalization.batch_norm"
    title = "Batch normalization, both modes"
    shown = ("eps", "momentum")
    flagged = ("batch_norm", "BatchNorm1d", "BatchNorm2d", "native_batch_norm")
    parts = (
        Part(MODES[0], 3, (OUTPUTS["training"],), BATCH),
        Part(MODES[1], 1, (RUNNING["running_mean"],), BATCH),
        Part("training: running variance", 2, (RUNNING["running_var"],), BATCH),
        Part("training: running statistics hold no graph", 1, (AFTER,), BATCH),
        Part(
            "training: gradients flow through the statistics", 2, tuple(GRADIENTS.values()), BATCH
        ),
        Part(MODES[2], 2, (OUTPUTS["eval"],), BATCH),
        Part("eval mode changes nothing", 2, (KEPT,), BATCH, needs=MODES),
        Part("dtype kept, input left alone", 1, (DTYPE, UNCHANGED), BATCH, needs=MODES),
    )
    mistakes = {
        "biased_stored": "The running average holds the biased variance; store the unbiased one, divided by m − 1.",
        "unbiased_used": "The batch is normalized with the unbiased variance; here the sum is divided by m.",
        "variances_swapped": "The variances are swapped: the biased one normalizes the batch, the other is stored.",
        "momentum_reversed": "momentum is the share of the new batch in the running average, not of the old value.",
        "no_average": "The last batch's statistics replace the running ones; they are averaged with momentum.",
        "not_updated": "Training leaves the running statistics as they were.",
        "updated_in_eval": "The running statistics are updated in eval mode too; only training updates them.",
        "batch_in_eval": "Eval mode uses the batch's statistics; it uses the running ones.",
        "running_in_training": "Training normalizes with the running statistics; it uses the batch's own.",
        "std_stored": "The running average holds the standard deviation; it holds the variance.",
        "eps_stored": "Epsilon is added before the variance is stored; it belongs under the root only.",
        "eps_outside": "Epsilon is added to the standard deviation; it stands under the root, beside the variance.",
        "no_eps": "Epsilon is not used: a channel that never varies is divided by zero.",
        "no_root": "The input is divided by the variance; divide by its root.",
        "one_mean": "All channels share one mean and variance; each channel has its own.",
        "by_pixel": "The mean runs over the images only; after a convolution it runs over rows and columns too.",
        "no_affine": "gamma and beta are not used.",
        "shift_scaled": "beta is added before gamma multiplies; it is added afterwards.",
        "detached": "Mean and variance are cut out of the graph; the gradient flows through them too.",
        "keeps_graph": "The running statistics keep the batch's graph, and so its memory: store detached values.",
        "in_place": "The input is changed in place; the caller still needs it.",
        "float32": "The output is not of the input's dtype.",
        "not_a_module": "The class is not an nn.Module.",
    }

    def cases(self, rng_for):
        cases = []
        for mode, shape, dtype in (
            ("training", [4, 2], "float32"),
            ("training", [2, 2, 1, 2], "float64"),
            ("training", [1, 2, 3, 1], "float32"),
            ("eval", [3, 2], "float32"),
            ("eval", [1, 2, 1, 2], "float64"),
        ):
            case, rng = _case(rng_for, shape, dtype, f"{mode}, ")
            case["momentum"] = round(float(rng.uniform(0.15, 0.35)), 3)
            cases.append(case | {"mode": mode})
        return cases

    def batches(self, case):
        """The inputs of the steps, each with what the loss multiplies the output with; batches differ in size."""
        rng, (size, *rest) = np.random.default_rng(case["seed"]), case["shape"]
        places = [1, -1] + [1] * (len(rest) - 1)
        for step in range(STEPS):
            shape = [size + step, *rest]
            center, spread = (
                _sized(rng, -2, 2, rest[0], float),
                _sized(rng, 0.3, 0.9, rest[0], float),
            )
            x = center.reshape(places) + spread.reshape(places) * rng.normal(size=shape)
            if case["mode"] == "training" and step and case["dtype"] == "float32":
                x[:, 0] = 0.5  # a channel that does not vary
            yield x.astype(case["dtype"]), rng.normal(size=shape).astype(case["dtype"])

    def state(self, case):
        """gamma, beta and the running statistics that the module begins with."""
        rng, size, dtype = np.random.default_rng(case["seed"] + 1), case["shape"][1], case["dtype"]
        ends = ((0.5, 1.5), (-1, 1), (-2, 2), (0.4, 2.5))
        return {
            name: _sized(rng, *end, size, dtype) for name, end in zip(TENSORS, ends, strict=True)
        }

    @torch.no_grad()
    def set(self, module, case):
        for name, value in self.state(case).items():
            getattr(module, name).copy_(torch.from_numpy(value))

    def probe(self, answer, case, device):
        module = answer(case["shape"][1], eps=case["eps"], momentum=case["momentum"])
        if not isinstance(module, torch.nn.Module):
            return {"problem": "The class is not an nn.Module."}
        module.to(device=device, dtype=getattr(torch, case["dtype"]))
        for name in TENSORS:
            if not isinstance(getattr(module, name, None), torch.Tensor):
                return {"problem": f"The module has no tensor {name}; keep the given __init__."}
        module.train(case["mode"] == "training")
        steps = []
        for x, weights in self.batches(case):
            if not steps or case["mode"] == "eval":  # every output in eval mode is judged by itself
                self.set(module, case)
            leaf = torch.from_numpy(x).to(device).requires_grad_(True)
            given = (
                leaf.clone()
            )  # not a leaf, so that an answer may change it in place and be told so
            out = module(given)
            if not isinstance(out, torch.Tensor):
                return {
                    "problem": f"forward returned a {type(out).__name__}; a tensor is asked for."
                }
            if case["mode"] == "training" and out.requires_grad and out.shape == leaf.shape:
                module.zero_grad()
                with contextlib.suppress(RuntimeError):  # what was changed in place has none
                    (out * torch.from_numpy(weights).to(device)).sum().backward()
            running = {name: getattr(module, name) for name in RUNNING}
            if not all(isinstance(value, torch.Tensor) for value in running.values()):
                return {"problem": "running_mean and running_var are no longer tensors."}
            grads = {name: getattr(module, name).grad for name in ("gamma", "beta")}
            grads = {name: None if grad is None else grad.clone() for name, grad in grads.items()}
            steps.append(
                {"out": out.detach().clone(), "x_after": given.detach(), "x": leaf.grad}
                | {name: value.detach().clone() for name, value in running.items()}
                | grads
                | {"graph": any(value.requires_grad for value in running.values())}
            )
        return {"steps": steps}

    def measure(self, case, output):
        if "problem" in output:
            raise Malformed(str(output["problem"])[:200])
        steps, batches, dtype = output["steps"], list(self.batches(case)), case["dtype"]
        for step, (x, _) in zip(steps, batches, strict=True):
            if step["out"].shape != x.shape:
                raise Malformed(f"The output has shape {step['out'].shape}, the input {x.shape}.")
        unchanged = all(
            np.array_equal(step["x_after"], x) for step, (x, _) in zip(steps, batches, strict=True)
        )
        features = {
            OUTPUTS[case["mode"]]: _joined([step["out"] for step in steps], dtype),
            DTYPE: Same(", ".join(sorted({step["out"].sender_dtype for step in steps}))),
            UNCHANGED: Same(bool(unchanged)),
        }
        state = self.state(case)
        kept = [np.array_equal(step[name], state[name]) for step in steps for name in RUNNING]
        if case["mode"] == "eval":
            return features | {KEPT: Same(all(kept))}
        for name, label in RUNNING.items():
            features[label] = _joined([step[name] for step in steps], dtype)
        for name, label in GRADIENTS.items():
            found = [step[name] for step in steps]
            missing = any(grad is None for grad in found)
            features[label] = (
                Problem("No gradient arrives there.") if missing else _joined(found, dtype, 10)
            )
        graph = "new values with their graph" if steps[-1]["graph"] else "new values"
        return features | {AFTER: Same("the old values" if any(kept) else graph)}


def _joined(arrays, dtype, scale=1.0):
    """The numbers of all steps, one after the other."""
    return close(np.concatenate([np.ravel(array) for array in arrays]), dtype, scale * SCALE[dtype])


class BatchNormBackward(FunctionExercise):
    """`batch_norm_backward(grad_out, x, gamma, eps) -> (grad_x, grad_gamma, grad_beta)` in training, x [N, C]."""

    name = "normalization.batch_norm_backward"
    title = "Batch normalization, backward"
    outputs = ("gradient of x", "gradient of gamma", "gradient of beta")
    shown = ("eps",)
    flagged = ("backward", "grad", "vjp", "batch_norm", "native_batch_norm_backward")
    parts = (
        Part(outputs[2], 1, (outputs[2],), BATCH),
        Part(outputs[1], 2, (outputs[1],), BATCH),
        Part(outputs[0], 4, (outputs[0],), BATCH),
        Part("dtype kept, inputs left alone", 1, (DTYPE, UNCHANGED), BATCH, needs=outputs),
    )
    mistakes = {
        "fixed_statistics": "Mean and variance are treated as constants; the gradient flows through both.",
        "mean_only": "The gradient's way through the variance is missing.",
        "variance_only": "The gradient's way through the mean is missing.",
        "sums_for_means": "The two corrections are sums over the batch; each is divided by m.",
        "no_gamma": "gamma is missing in the gradient of x.",
        "times_deviation": "The gradient of x is multiplied by the deviation; the forward pass divides by it.",
        "no_deviation": "The gradient of x is not divided by the deviation.",
        "unbiased": "The variance divides by m − 1; the forward pass divides by m.",
        "no_eps": "Epsilon is missing; the forward pass has it under the root.",
        "eps_outside": "Epsilon is added to the deviation; in the forward pass it stands under the root.",
        "raw_input": "The gradient of gamma holds x; gamma is multiplied by the normalized x.",
        "means_for_sums": "The gradients of gamma and beta are means over the batch; they are sums.",
        "swapped": "The gradients of gamma and beta are returned in the other order.",
        "in_place": "An argument is changed in place; the caller still needs it.",
        "float32": "The gradients are not of the input's dtype.",
    }

    def cases(self, rng_for):
        forms = ([5, 3], "float32"), ([4, 2], "float64"), ([7, 1], "float64")
        return [_case(rng_for, *form)[0] for form in forms]

    def arguments(self, case):
        rng, dtype = np.random.default_rng(case["seed"]), case["dtype"]
        channels = case["shape"][1]
        x = _sized(rng, -1, 1, channels, float) + 0.7 * rng.normal(size=case["shape"])
        return {
            "grad_out": rng.normal(0.5, 1, case["shape"]).astype(dtype),
            "x": x.astype(dtype),
            "gamma": _sized(rng, 1.2, 2, channels, dtype),
            "eps": case["eps"],
        }

    def measure(self, case, output):
        """Differences of nearly equal numbers amplify rounding, so the tolerance is wider."""
        features = super().measure(case, output)
        for name, value in zip(self.outputs, output["returned"]["values"], strict=True):
            features[name] = close(value, case["dtype"], 10 * SCALE[case["dtype"]])
        return features


OUTPUT = "output"


class Normalization(FunctionExercise):
    """Layer and group normalization: functions that work alike in training and in testing."""

    parts = (
        Part(OUTPUT, 4, (OUTPUT,), GROUPS),
        Part("dtype kept, inputs left alone", 1, (DTYPE, UNCHANGED), GROUPS, needs=(OUTPUT,)),
    )

    def measure(self, case, output):
        features = super().measure(case, output)
        (value,) = output["returned"]["values"]
        found = close(value, case["dtype"], SCALE[case["dtype"]])
        return features | {self.label(case, OUTPUT): found}

    def tensors(self, case, size):
        """x with groups of numbers that differ in mean and in spread, gamma and beta."""
        rng, shape, dtype = np.random.default_rng(case["seed"]), case["shape"], case["dtype"]
        x = rng.uniform(-1, 1, shape[:2] + [1] * (len(shape) - 2)) + 0.6 * rng.normal(size=shape)
        return {
            "x": x.astype(dtype),
            "gamma": _sized(rng, 0.5, 2, size, dtype),
            "beta": _sized(rng, -1, 1, size, dtype),
        }


COMMON = {
    "unbiased": "The variance divides by one less than the number of values; it divides by the number.",
    "eps_outside": "Epsilon is added to the standard deviation; it stands under the root, beside the variance.",
    "no_eps": "Epsilon is not used; it stands under the root, beside the variance.",
    "no_root": "The input is divided by the variance; divide by its root.",
    "not_centred": "The mean is not subtracted.",
    "no_affine": "gamma and beta are not used.",
    "shift_scaled": "beta is added before gamma multiplies; it is added afterwards.",
    "one_mean": "The whole batch shares one mean and one variance.",
    "in_place": "An argument is changed in place; the caller still needs it.",
    "float32": "The output is not of the input's dtype.",
}


class LayerNorm(Normalization):
    name = "normalization.layer_norm"
    title = "Layer normalization"
    shown = ("eps",)
    flagged = ("layer_norm", "LayerNorm", "native_layer_norm")
    mistakes = COMMON | {
        "batch_norm": "The mean runs over the batch: this is batch norm. Here it runs over an example's features.",
        "all_positions": "All positions of an example share one mean; each has its own, over its features.",
        "scalar_affine": "Only the first entries of gamma and beta are used; each feature has its own.",
    }

    def cases(self, rng_for):
        forms = ([3, 5], "float32"), ([2, 3, 4], "float64"), ([1, 6], "float32")
        return [_case(rng_for, *form)[0] for form in forms]

    def arguments(self, case):
        return self.tensors(case, case["shape"][-1]) | {"eps": case["eps"]}


class GroupNorm(Normalization):
    name = "normalization.group_norm"
    title = "Group normalization"
    shown = ("num_groups", "eps")
    flagged = ("group_norm", "GroupNorm", "native_group_norm", "layer_norm", "instance_norm")
    parts = (
        Part(OUTPUT, 4, (OUTPUT,), GROUPS),
        Part("after a linear layer", 1, (f"{OUTPUT} for [N, C]",), GROUPS),
        Part("dtype kept, inputs left alone", 1, (DTYPE, UNCHANGED), GROUPS, needs=(OUTPUT,)),
    )
    mistakes = COMMON | {
        "groups_for_size": "num_groups is used as the number of channels in a group.",
        "interleaved": "A group holds every num_groups-th channel; it holds neighbouring channels.",
        "layer_norm": "All channels of an image share one mean: num_groups is not used.",
        "instance_norm": "Every channel has a mean of its own: this is instance norm.",
        "across_images": "Images share statistics; each image has its own, whatever the batch.",
        "by_pixel": "Every pixel has statistics of its own; a group's mean runs over rows and columns too.",
        "affine_by_group": "gamma and beta are taken by group; each channel has its own.",
        "images_only": "Inputs [N, C] stop with an error: there may be no rows and columns.",
    }

    def cases(self, rng_for):
        cases = []
        for shape, num_groups, dtype in (
            ([2, 6, 1, 2], 2, "float32"),
            ([2, 4, 2, 1], 1, "float64"),
            ([1, 3, 2, 2], 3, "float64"),
            ([2, 6], 2, "float64"),
        ):
            asked = f"{num_groups} group{'s' if num_groups > 1 else ''}, "
            cases.append(_case(rng_for, shape, dtype, asked)[0] | {"num_groups": num_groups})
        return cases

    def arguments(self, case):
        given = self.tensors(case, case["shape"][1])
        return (
            {"x": given.pop("x"), "num_groups": case["num_groups"]} | given | {"eps": case["eps"]}
        )

    def label(self, case, output):
        return OUTPUT if len(case["shape"]) > 2 else f"{OUTPUT} for [N, C]"


EXERCISES = (BatchNorm(), BatchNormBackward(), LayerNorm(), GroupNorm())

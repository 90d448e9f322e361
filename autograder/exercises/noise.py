"""Noise in a network and the average over it: Monte Carlo passes, and DropConnect (Wan et al., ICML 2013).

Two calls on a weight of 131 × 127 find a keep probability that is off by 0.031 with probability 1 − 1e-6.
"""

import numpy as np
import torch
from torch import nn

from autograder.exercise import Exercise, Malformed, Part
from autograder.features import Problem, Same
from autograder.functions import DTYPE, UNCHANGED, close
from autograder.masks import alike, drawn_features, factor, inputs, stack, tensor

AVERAGING = "Lecture 3, section 9: Averaging many passes"
WEIGHTS = "Lecture 3, section 10: More noise: weights, pooling, depth, labels"
MOST_AVERAGES = 30
OUTCOMES = "different outputs for an input of ones"
FAR_APART = 3e-4  # averages of other outcomes lie at least this far apart


class MonteCarlo(Exercise):
    """`predict(model, x, num_passes) -> probabilities`, averaged over passes with dropout on.

    The model has two dropout layers of one unit each, one of them nested, so that a pass has three outcomes; each of
    the many equal rows averages a few of them. With enough rows every possible average occurs.
    """

    name = "noise.monte_carlo"
    title = "Averaging a noisy network"
    shown = ("num_passes", "drop_probs")
    noisy = "the probabilities of noisy passes are averaged"
    averaged = "averages that occur"
    plain = "probabilities of a model without dropout"
    parts = (
        Part(noisy, 3, (averaged, plain), AVERAGING),
        Part(
            "every layer is in the mode that it was in",
            1,
            ("modes are as before",),
            AVERAGING,
            needs=(noisy,),
        ),
        Part(
            "running statistics are not touched",
            1,
            ("running statistics are as before",),
            AVERAGING,
            needs=(noisy,),
        ),
        Part(
            "no gradient is recorded, dtype kept",
            1,
            ("the result carries a gradient", DTYPE),
            AVERAGING,
            needs=(noisy,),
        ),
    )
    mistakes = {
        "average_logits": "The logits are averaged and softmax comes last; average the probabilities.",
        "votes": "Classes are counted as votes; average the probabilities.",
        "no_softmax": "The logits are averaged, and no probabilities are made of them.",
        "wrong_axis": "softmax runs over the images of the batch, not over the classes.",
        "summed": "The probabilities of the passes are added up, not averaged.",
        "dropout_off": "Dropout is off: all passes give the same, so nothing is averaged.",
        "all_in_training": "All layers are in training mode: batch normalization uses and changes its statistics.",
        "outer_layers_only": "Dropout layers inside other layers stay off: model.modules() finds them, children() not.",
        "left_in_eval": "The model is left in eval mode; put every layer back into the mode it was in.",
        "one_mode_for_all": "Afterwards all layers are in the model's own mode; a frozen layer had another.",
        "dropout_left_on": "Dropout layers are left in training mode; put them back into the mode they were in.",
        "same_noise": "Every pass has the same noise: a seed is set inside the loop.",
        "graph_kept": "The result carries the graph of all passes: use torch.no_grad().",
        "one_pass_short": "One pass too few is averaged.",
        "float32": "The result is not of the dtype of the model's output: the sum began as a float32 tensor.",
    }

    def cases(self, rng_for):
        cases = []
        for name, dtype, num_passes, mode in (
            ("3 passes, a model in eval mode, float32", "float32", 3, "eval"),
            ("2 passes, a model in training mode, float64", "float64", 2, "training"),
            ("1 pass, batch normalization frozen, float32", "float32", 1, "frozen"),
            ("4 passes, no dropout layer, float64", "float64", 4, "eval"),
        ):
            rng = rng_for(name)
            rates = [] if "no dropout" in name else rng.uniform([0.35, 0.25], [0.45, 0.35])
            cases.append(
                {
                    "name": name,
                    "seed": int(rng.integers(2**31)),
                    "dtype": dtype,
                    "num_passes": num_passes,
                    "mode": mode,
                    "drop_probs": [round(float(rate), 3) for rate in rates],
                    "rows": 2500 if len(rates) else 5,
                }
            )
        return cases

    def model(self, case: dict, device: str) -> nn.Module:
        """The network: every pass gives one of three rows of probabilities, by what its two units do."""
        rng = np.random.default_rng(case["seed"])
        first, second = [nn.Dropout(rate) for rate in case["drop_probs"]] or [nn.Identity()] * 2
        inner = nn.Sequential(nn.Linear(1, 1), second)
        model = nn.Sequential(
            nn.Linear(2, 1), nn.BatchNorm1d(1), nn.ReLU(), first, inner, nn.Linear(1, 3)
        )
        with torch.no_grad():
            for layer, weight, bias in (
                (model[0], [[0.4, 0.3]], [0.5]),
                (model[4][0], [[0.8]], [0.5]),
                (model[5], [[1.1], [-0.2], [-0.7]], [-0.6, 0.3, 0.1]),
            ):
                layer.weight.copy_(torch.tensor(weight))
                layer.bias.copy_(torch.tensor(bias))
            model[1].running_mean.fill_(0.2)
            model[1].running_var.fill_(float(rng.uniform(1.1, 1.4)))
        model.to(device, getattr(torch, case["dtype"]))
        model.train(case["mode"] != "eval")
        if case["mode"] == "frozen":
            model[1].eval()
        return model

    def probe(self, answer, case, device):
        model = self.model(case, device)
        x = torch.full((case["rows"], 2), 1.3, dtype=getattr(torch, case["dtype"]), device=device)
        modes = [layer.training for layer in model.modules()]
        buffers = [buffer.clone() for buffer in model.buffers()]
        result = answer(model, x, case["num_passes"])
        is_tensor = isinstance(result, torch.Tensor)
        return {
            "result": result.detach() if is_tensor else None,
            "gradient": is_tensor and result.requires_grad,
            "modes": modes == [layer.training for layer in model.modules()],
            "buffers": [[a, b.clone()] for a, b in zip(buffers, model.buffers(), strict=True)],
        }

    def measure(self, case, output):
        result = output["result"]
        if not isinstance(result, np.ndarray):
            raise Malformed("The result is not a tensor.")
        if result.shape != (case["rows"], 3):
            raise Malformed(
                f"The result has shape {result.shape}; one row of 3 probabilities is asked for "
                f"for each of the {case['rows']} images."
            )
        if not np.isfinite(result).all():
            raise Malformed("The result holds NaN or infinite values.")
        features = {
            "modes are as before": Same(bool(output["modes"])),
            "running statistics are as before": Same(
                all(bool(np.array_equal(a, b)) for a, b in output["buffers"])
            ),
            "the result carries a gradient": Same(bool(output["gradient"])),
            DTYPE: Same(result.sender_dtype),
        }
        if not case["drop_probs"]:
            return features | {self.plain: close(result, "float32")}
        return features | {self.averaged: self.different(result)}

    def different(self, result):
        """The rows that differ from each other, in the order of their first number."""
        rows = result[np.argsort(result[:, 0], kind="stable")].astype("float64")
        starts = np.flatnonzero(np.diff(rows[:, 0], prepend=-np.inf) > FAR_APART)
        if len(starts) > MOST_AVERAGES:
            return Problem("The averages of equal images take more values than so few passes give.")
        return close(rows[starts], "float32")


class DropConnect(Exercise):
    """`dropconnect(x, weight, bias, keep_prob, training) -> out`, a linear layer whose weights are dropped.

    Unit vectors as inputs show the weights that took part: twice the same ones, to see whether the batch shares
    them, and an input of ones to see that they add up.
    """

    name = "noise.dropconnect"
    title = "DropConnect"
    shown = ("keep_prob",)
    flagged = ("dropout", "Dropout")
    drawn = (
        "kept weights have the right size",
        "the right share is kept",
        "every weight and every call draws anew",
    )
    parts = (
        Part(drawn[0], 1, ("factor on kept entries",), WEIGHTS),
        Part(drawn[1], 1, ("share kept", "output at keep probability 1"), WEIGHTS),
        Part(
            drawn[2],
            2,
            (
                "the batch shares one mask",
                OUTCOMES,
                *(
                    alike(pairs, where)
                    for pairs in ("neighbours", "random pairs")
                    for where in ("from call to call", "along axis 0", "along axis 1")
                ),
            ),
            WEIGHTS,
        ),
        Part("the bias is never dropped", 1, ("factor on the bias",), WEIGHTS, needs=drawn),
        Part("test time", 1, ("output at test time",), WEIGHTS, needs=drawn),
        Part("dtype kept, arguments left alone", 1, (DTYPE, UNCHANGED), WEIGHTS, needs=drawn),
    )
    mistakes = {
        "drops_inputs": "Inputs are dropped, not weights: this is dropout before the layer.",
        "drops_outputs": "Outputs are dropped, not weights: this is dropout behind the layer.",
        "drops_rows": "One draw decides for all weights of a unit; each weight has a draw of its own.",
        "mask_per_sample": "Every sample draws a mask of its own; here the batch shares the one of the call.",
        "drop_for_keep": "The keep probability is used as the drop probability.",
        "inverted": "Kept weights are divided by the keep probability in training, and test time is left alone.",
        "no_test_scale": "Nothing is scaled at test time.",
        "scaled_twice": "The scale is applied in training and at test time.",
        "test_by_drop": "Test time is scaled by the drop probability instead of the keep probability.",
        "bias_dropped": "The bias is dropped too.",
        "bias_scaled": "At test time the bias is scaled too; it was never dropped.",
        "drops_at_test": "Weights are dropped at test time too; there all of them are used, scaled.",
        "fixed_mask": "Every call drops the same weights.",
        "in_place": "The weight is changed in place: what is dropped once never comes back.",
        "float32": "The output is not of the input's dtype.",
    }

    def cases(self, rng_for):
        cases = []
        for shape, dtype, calls, training, lowest in (
            ([131, 127], "float32", 2, True, 0.22),
            ([2, 3], "float64", 700, True, 0.57),
            ([4, 3], "float32", 1, False, 0.3),
            ([3, 7], "float64", 1, False, 0.6),
        ):
            mode = f"training, {calls} calls" if training else "testing"
            name = f"{mode}, weight {shape[0]} x {shape[1]}, {dtype}"
            rng = rng_for(name)
            keep_prob = round(float(lowest + 0.05 * rng.integers(3) + rng.uniform(0, 0.01)), 3)
            case = {"name": name, "seed": int(rng.integers(2**31)), "keep_prob": keep_prob}
            cases.append(
                case | {"shape": shape, "dtype": dtype, "calls": calls, "training": training}
            )
        for name, keep_prob, calls, x in (
            ("training, keep_prob = 1.0", 1.0, 1, "any"),
            ("training, 60 calls, an input of zeros", 0.5, 60, "zeros"),
        ):
            seed = int(rng_for(name).integers(2**31))
            case = {"name": name, "seed": seed, "keep_prob": keep_prob, "shape": [5, 6]}
            cases.append(case | {"dtype": "float64", "calls": calls, "training": True, "inputs": x})
        return cases

    def arguments(self, case: dict) -> dict[str, np.ndarray]:
        """x, weight and bias; where masks are to be seen, x is twice the identity and there is no bias."""
        rng = np.random.default_rng(case["seed"] + 1)
        (outputs, columns), kind = case["shape"], case.get("inputs", "any")
        x, bias = rng.normal(size=(4, columns)), rng.uniform(0.5, 1.5, outputs)
        if kind == "zeros":
            x = np.zeros((3, columns))
        elif case["training"] and case["keep_prob"] < 1:
            x, bias = np.tile(np.eye(columns), (2, 1)), np.zeros(outputs)
            x = np.concatenate([x, np.ones((1, columns))])
        elif outputs < columns:
            x = x[:1]
        return {
            "x": x.astype(case["dtype"]),
            "weight": inputs(case),
            "bias": bias.astype(case["dtype"]),
        }

    def probe(self, answer, case, device):
        given = self.arguments(case)
        x, bias = (torch.from_numpy(given[name].copy()).to(device) for name in ("x", "bias"))
        weight = tensor(case, device)
        outs = []
        for _ in range(case["calls"] if device != "meta" else 2):
            copied = weight.clone()
            outs.append(answer(x, copied, bias, case["keep_prob"], case["training"]))
        outs = [out if isinstance(out, torch.Tensor) else None for out in outs]
        return {"outs": outs, "after": {"x": x, "weight": copied, "bias": bias}}

    def measure(self, case, output):
        given, after = self.arguments(case), output["after"]
        rows, (outputs, columns) = len(given["x"]), case["shape"]
        outs = stack({"shape": [rows, outputs], "calls": case["calls"]}, output["outs"])
        features = {
            DTYPE: Same(", ".join(sorted({out.sender_dtype for out in output["outs"]}))),
            UNCHANGED: Same(all(bool(np.array_equal(given[name], after[name])) for name in given)),
        }
        if case.get("inputs") == "zeros":
            return features | {"factor on the bias": factor(outs, given["bias"])}
        if not case["training"]:
            return features | {"output at test time": close(outs[0], case["dtype"])}
        if case["keep_prob"] == 1:
            return features | {"output at keep probability 1": close(outs[0], case["dtype"])}
        masked = outs.swapaxes(1, 2)  # [call, output, input]
        one, two = masked[..., :columns], masked[..., columns:-1]
        features |= drawn_features(one, inputs(case), case["keep_prob"], case["seed"])
        features["the batch shares one mask"] = Same(bool(np.array_equal(one, two)))
        if case["calls"] > 2:
            features[OUTCOMES] = Same(len(np.unique(masked[:, 0, -1].round(9))))
        return features


EXERCISES = (MonteCarlo(), DropConnect())

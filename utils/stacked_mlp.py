"""K multilayer perceptrons as one, by hand-written products of matrices; see stacked.py."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import nn

aten = torch.ops.aten


class Activation(NamedTuple):
    """An activation's name, its value in place of its input, and its gradient: from the gradient of
    the output, in place of it, and the output."""

    name: str
    apply: Callable
    backward: Callable


ACTIVATIONS = {
    nn.Identity: Activation("none", lambda z: z, lambda g, out: g),
    nn.ReLU: Activation(
        "relu",
        torch.relu_,
        lambda g, out: aten.threshold_backward.grad_input(g, out, 0, grad_input=g),
    ),
    nn.Tanh: Activation(
        "tanh", torch.tanh_, lambda g, out: aten.tanh_backward.grad_input(g, out, grad_input=g)
    ),
    nn.Sigmoid: Activation(
        "sigmoid",
        torch.sigmoid_,
        lambda g, out: aten.sigmoid_backward.grad_input(g, out, grad_input=g),
    ),
}

# A CPU's product of wide matrices, activation included, by oneDNN as compiled networks use it: on AMD's
# processors twice as fast as torch.mm. It exists where torch was built with oneDNN.
onednn_linear = getattr(torch.ops.mkldnn, "_linear_pointwise", None)


def mlp_activations(model: nn.Module, image_dims: int) -> list[Activation]:
    """The activation of each layer of what StackedMLP can train; none for any other module."""
    modules = list(model) if type(model) is nn.Sequential else []
    if modules and repr(modules[0]) == repr(nn.Flatten()):
        modules.pop(0)
    elif image_dims > 1:  # A linear layer would treat each row of pixels as an image.
        return []
    activations = []
    identity = ACTIVATIONS[nn.Identity]
    for module in modules:
        if type(module) is nn.Linear and module.bias is not None:
            activations.append(identity)
        elif type(module) in ACTIVATIONS and activations and activations[-1] is identity:
            activations[-1] = ACTIVATIONS[type(module)]
        else:
            return []
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    # Fewer where parameters are frozen, or a layer occurs twice.
    return activations if len(trainable) == 2 * len(activations) else []


class StackedMLP:
    """Linear layers, activations between them and cross-entropy, written as products of matrices.

    H_l and Δ_l = ∂L/∂Z_l are [K, units, B], a column an image; Y holds the labels one-hot, H_0 = X:

        Z_l = W_l H_(l-1) + b_l            H_l = a(Z_l)
        Δ_L = (softmax(Z_L) - Y) / B       Δ_l = W_(l+1)ᵀ Δ_(l+1) ⊙ a'(Z_l)
        ∂L/∂W_l = Δ_l H_(l-1)ᵀ             ∂L/∂b_l = Δ_l summed over the images

    Each is one batched product; in the first layer, where the networks share their images, a single
    wide one: W_1 of all networks, one below the other, is [K * units, D], and X is [D, B]. There the
    bias is the last column of W_1, and the last input is 1.
    """

    def __init__(self, models: Sequence[nn.Sequential], activations: list[Activation]):
        self.models, self.activations = models, activations
        for model in models:
            model.train()
        tensors = zip(*(model.parameters() for model in models), strict=True)
        stacked = [torch.stack(same).detach() for same in tensors]
        weights, biases = stacked[::2], [bias[..., None] for bias in stacked[1::2]]
        self.first = torch.cat([weights[0], biases[0]], dim=2)
        self.rest = list(zip(weights[1:], biases[1:], strict=True))
        self.parameters = [self.first, *(tensor for pair in self.rest for tensor in pair)]
        self.minus_one = -torch.ones_like(self.first[0, 0, 0])

    def prepare(self, images: torch.Tensor, shared: bool) -> torch.Tensor:
        rows = images.flatten(1 if shared else 2)
        return torch.cat([rows, torch.ones_like(rows[..., :1])], dim=-1)

    @torch.no_grad()
    def gradients(self, inputs, labels, shared: bool):
        outputs = self._outputs(inputs, shared)
        log_probs = outputs[-1].log_softmax(dim=1)
        labels = self._columns(labels)
        losses = -log_probs.gather(1, labels).mean(dim=(1, 2))
        delta = log_probs.exp_().scatter_add_(1, labels, self.minus_one.expand_as(labels))
        delta.div_(labels.shape[2])
        gradients = []
        for layer in range(len(outputs) - 1, 0, -1):
            delta, below = (
                self.activations[layer].backward(delta, outputs[layer]),
                outputs[layer - 1],
            )
            gradients = [torch.bmm(delta, below.mT), delta.sum(dim=2, keepdim=True), *gradients]
            weight, _ = self.rest[layer - 1]
            delta = torch.bmm(weight.mT, delta)
        delta = self.activations[0].backward(delta, outputs[0])
        identity = ACTIVATIONS[nn.Identity]
        return losses, [_first_product(delta, inputs.mT, shared, identity), *gradients]

    @torch.no_grad()
    def score(self, inputs, labels, shared: bool):
        logits = self._outputs(inputs, shared)[-1]
        # Not argmax, which is many times slower along a dimension that is not the last.
        num_right = (logits.max(dim=1).indices == labels).sum(dim=1)
        losses = -logits.log_softmax(dim=1).gather(1, self._columns(labels)).mean(dim=(1, 2))
        return losses, num_right

    @torch.no_grad()
    def write_back(self) -> None:
        weight, bias = self.first.split([self.first.shape[2] - 1, 1], dim=2)
        stacked = [weight, bias, *self.parameters[1:]]
        for k, model in enumerate(self.models):
            for own, values in zip(model.parameters(), stacked, strict=True):
                own.copy_(values[k].view_as(own))

    def _outputs(self, inputs, shared: bool) -> list[torch.Tensor]:
        """H_1 … H_L, of which the last are the logits, [K, units, B] each."""
        first, *others = self.activations
        outputs = [_first_product(self.first, inputs, shared, first)]
        for activation, (weight, bias) in zip(others, self.rest, strict=True):
            outputs.append(activation.apply(torch.baddbmm(bias, weight, outputs[-1])))
        return outputs

    def _columns(self, labels: torch.Tensor) -> torch.Tensor:
        """The labels [B] or [K, B] as [K, 1, B], to index what has the classes along dimension 1."""
        return labels.unsqueeze(-2).expand(len(self.first), 1, -1)


def _first_product(left, right, shared: bool, activation: Activation) -> torch.Tensor:
    """left [K, M, N] times the transpose of right, [P, N] where shared, else [K, P, N]: [K, M, P]."""
    if not shared:
        return activation.apply(torch.bmm(left, right.mT))
    tall = left.flatten(0, 1)
    if onednn_linear and tall.device.type == "cpu" and tall.dtype == torch.float32:
        wide = onednn_linear(tall, right, None, activation.name, [], "")
    else:
        wide = activation.apply(torch.mm(tall, right.mT))
    return wide.view(*left.shape[:2], -1)

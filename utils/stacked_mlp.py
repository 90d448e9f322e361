"""K multilayer perceptrons as one, by hand-written products of matrices; see stacked.py."""

from collections.abc import Sequence

import torch
from torch import nn

aten = torch.ops.aten
# A CPU's product of wide matrices by oneDNN, as compiled networks use it: on AMD's processors twice
# as fast as torch.mm. It exists where torch was built with oneDNN.
ONEDNN_LINEAR = getattr(torch.ops.mkldnn, "_linear_pointwise", None)

# How an activation is computed in place, and how the gradient of its input from that of its output
# and the output itself, in place of the former.
ACTIVATIONS = {
    nn.ReLU: (
        torch.relu_,
        lambda g, out: aten.threshold_backward.grad_input(g, out, 0, grad_input=g),
    ),
    nn.Tanh: (torch.tanh_, lambda g, out: aten.tanh_backward.grad_input(g, out, grad_input=g)),
    nn.Sigmoid: (
        torch.sigmoid_,
        lambda g, out: aten.sigmoid_backward.grad_input(g, out, grad_input=g),
    ),
}


def mlp_layers(model: nn.Module, image_dims: int) -> list[tuple[nn.Linear, type | None]]:
    """The layers, each with its activation, of what StackedMLP can train; none of any other module."""
    modules = list(model) if type(model) is nn.Sequential else []
    if modules and repr(modules[0]) == repr(nn.Flatten()):
        modules.pop(0)
    elif image_dims > 1:  # A linear layer would treat each row of pixels as an image.
        return []
    layers = []
    for module in modules:
        if type(module) is nn.Linear and module.bias is not None:
            layers.append((module, None))
        elif type(module) in ACTIVATIONS and layers and layers[-1][1] is None:
            layers[-1] = (layers[-1][0], type(module))
        else:
            return []
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    # Fewer where parameters are frozen, or a layer occurs twice.
    return layers if len(trainable) == 2 * len(layers) else []


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

    def __init__(self, models: Sequence[nn.Sequential], activations: list[type | None]):
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
            delta, below = self._through_activation(layer, delta, outputs), outputs[layer - 1]
            gradients = [torch.bmm(delta, below.mT), delta.sum(dim=2, keepdim=True), *gradients]
            weight, _ = self.rest[layer - 1]
            delta = torch.bmm(weight.mT, delta)
        delta = self._through_activation(0, delta, outputs)
        return losses, [_first_product(delta, inputs.mT, shared), *gradients]

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
        outputs = [self._activate(0, _first_product(self.first, inputs, shared))]
        for layer, (weight, bias) in enumerate(self.rest, 1):
            outputs.append(self._activate(layer, torch.baddbmm(bias, weight, outputs[-1])))
        return outputs

    def _activate(self, layer: int, values: torch.Tensor) -> torch.Tensor:
        kind = self.activations[layer]
        return values if kind is None else ACTIVATIONS[kind][0](values)

    def _through_activation(self, layer: int, delta: torch.Tensor, outputs) -> torch.Tensor:
        kind = self.activations[layer]
        return delta if kind is None else ACTIVATIONS[kind][1](delta, outputs[layer])

    def _columns(self, labels: torch.Tensor) -> torch.Tensor:
        """The labels [B] or [K, B] as [K, 1, B], to index what has the classes along dimension 1."""
        return labels.unsqueeze(-2).expand(len(self.first), 1, -1)


def _first_product(left: torch.Tensor, right: torch.Tensor, shared: bool) -> torch.Tensor:
    """left [K, M, N] times the transpose of right, [P, N] where shared, else [K, P, N]: [K, M, P]."""
    if not shared:
        return torch.bmm(left, right.mT)
    tall = left.flatten(0, 1)
    if ONEDNN_LINEAR and tall.device.type == "cpu" and tall.dtype == torch.float32:
        wide = ONEDNN_LINEAR(tall, right, None, "none", [], "")
    else:
        wide = torch.mm(tall, right.mT)
    return wide.view(*left.shape[:2], -1)

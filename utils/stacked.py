"""K networks of one structure as one: their parameters stacked along a leading dimension.

What populations.py trains. A stack offers

parameters: list of trainable tensors [K, ...], to be changed in place
prepare(images, shared): the images as the methods below want them
gradients(inputs, labels, shared): losses [K] of a minibatch, and the gradient of each parameter
score(inputs, labels, shared): in eval mode, losses [K] and numbers of right answers [K]
write_back(): copies parameters and buffers into the networks

inputs and labels are [B, ...], the same for all networks, where `shared`, else [K, B, ...].
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.functional import cross_entropy, nll_loss, one_hot

from .training import LossFunction

aten = torch.ops.aten

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


def stack(models: Sequence[nn.Module], image_dims: int, loss_fn: LossFunction):
    """A stack of networks of one structure: the fast one where it applies, else the general one."""
    layers = mlp_layers(models[0], image_dims)
    if layers and loss_fn is cross_entropy:
        return StackedMLP(models, [activation for _, activation in layers])
    return StackedModules(models, loss_fn)


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


class StackedModules:
    """Any modules that torch.func can stack: one forward pass, written for one network, under vmap."""

    def __init__(self, models: Sequence[nn.Module], loss_fn: LossFunction):
        self.models, self.loss_fn = models, loss_fn
        for model in models:
            model.train()
        values, self.buffers = stack_module_state(models)
        self.values = {name: value.requires_grad_(False) for name, value in values.items()}
        self.trainable = [n for n, value in models[0].named_parameters() if value.requires_grad]
        self.parameters = [self.values[name] for name in self.trainable]
        # Networks trained together have seen the same number of batches. Kept as one number, batch
        # normalization can compute with it (momentum=None) outside of what is stacked.
        for name, buffer in self.buffers.items():
            if name.endswith("num_batches_tracked") and (buffer == buffer[0]).all():
                self.buffers[name] = buffer[0].clone()

    def prepare(self, images: torch.Tensor, shared: bool) -> torch.Tensor:
        return images

    def gradients(self, inputs, labels, shared: bool):
        leaves = [parameter.requires_grad_() for parameter in self.parameters]
        losses = self._map(self._loss, inputs, labels, shared)
        # No network touches another's loss, so the gradient of the sum is each one's own. A
        # parameter that the loss does not depend on has none, and is left alone, as by torch's SGD.
        gradients = torch.autograd.grad(losses.sum(), leaves, allow_unused=True)
        for parameter in self.parameters:
            parameter.requires_grad_(False)
        return losses.detach(), gradients

    @torch.no_grad()
    def score(self, inputs, labels, shared: bool):
        self.models[0].eval()
        try:
            return self._map(self._score, inputs, labels, shared)
        finally:
            self.models[0].train()

    @torch.no_grad()
    def write_back(self) -> None:
        stacked = self.values | self.buffers
        for k, model in enumerate(self.models):
            for name, own in (*model.named_parameters(), *model.named_buffers()):
                value = stacked[name]
                own.copy_(value if value.dim() == own.dim() else value[k])

    def _map(self, function, inputs, labels, shared: bool):
        """function(values, buffers, inputs, labels) of every network."""
        buffer_dims = {name: 0 if buffer.dim() else None for name, buffer in self.buffers.items()}
        data_dim = None if shared else 0
        mapped = vmap(
            function, in_dims=(0, buffer_dims, data_dim, data_dim), randomness="different"
        )
        return mapped(self.values, self.buffers, inputs, labels)

    def _loss(self, values, buffers, inputs, labels):
        return self.loss_fn(self._logits(values, buffers, inputs), labels)

    def _score(self, values, buffers, inputs, labels):
        logits = self._logits(values, buffers, inputs)
        return self.loss_fn(logits, labels), (logits.argmax(dim=1) == labels).sum()

    def _logits(self, values, buffers, inputs):
        return functional_call(self.models[0], (values, buffers), (inputs,))


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
        self.rooms = {}

    def prepare(self, images: torch.Tensor, shared: bool) -> torch.Tensor:
        rows = images.flatten(1 if shared else 2)
        return torch.cat([rows, torch.ones_like(rows[..., :1])], dim=-1)

    @torch.no_grad()
    def gradients(self, inputs, labels, shared: bool):
        outputs = self._outputs(inputs, shared)
        log_probs = outputs[-1].log_softmax(dim=1)
        losses = self._losses(log_probs, labels)
        delta = log_probs.exp_().sub_(one_hot(labels, log_probs.shape[1]).mT).div_(labels.shape[-1])
        gradients = []
        for layer in range(len(outputs) - 1, 0, -1):
            delta, below = self._through_activation(layer, delta, outputs), outputs[layer - 1]
            gradients = [torch.bmm(delta, below.mT), delta.sum(dim=2, keepdim=True), *gradients]
            weight, _ = self.rest[layer - 1]
            delta = torch.bmm(weight.mT, delta, out=self._room("delta", layer, below.shape))
        delta = self._through_activation(0, delta, outputs)
        room = self._room("gradient", 0, self.first.shape)
        if shared:
            torch.mm(delta.flatten(0, 1), inputs, out=room.flatten(0, 1))
        else:
            torch.bmm(delta, inputs, out=room)
        return losses, [room, *gradients]

    @torch.no_grad()
    def score(self, inputs, labels, shared: bool):
        logits = self._outputs(inputs, shared)[-1]
        losses = self._losses(logits.log_softmax(dim=1), labels)
        return losses, (logits.max(dim=1).indices == labels).sum(dim=1)

    @torch.no_grad()
    def write_back(self) -> None:
        weight, bias = self.first.split([self.first.shape[2] - 1, 1], dim=2)
        stacked = [weight, bias, *self.parameters[1:]]
        for k, model in enumerate(self.models):
            for own, values in zip(model.parameters(), stacked, strict=True):
                own.copy_(values[k].view_as(own))

    def _outputs(self, inputs, shared: bool) -> list[torch.Tensor]:
        """H_1 … H_L, of which the last are the logits, [K, units, B] each."""
        num_networks, num_units, _ = self.first.shape
        shape = (num_networks, num_units, inputs.shape[-2])
        room = self._room("output", 0, shape)
        if shared:
            torch.mm(self.first.flatten(0, 1), inputs.mT, out=room.flatten(0, 1))
        else:
            torch.bmm(self.first, inputs.mT, out=room)
        outputs = [self._activate(0, room)]
        for layer, (weight, bias) in enumerate(self.rest, 1):
            room = self._room("output", layer, (num_networks, weight.shape[1], shape[2]))
            torch.baddbmm(bias, weight, outputs[-1], out=room)
            outputs.append(self._activate(layer, room))
        return outputs

    def _activate(self, layer: int, values: torch.Tensor) -> torch.Tensor:
        kind = self.activations[layer]
        return values if kind is None else ACTIVATIONS[kind][0](values)

    def _through_activation(self, layer: int, delta: torch.Tensor, outputs) -> torch.Tensor:
        kind = self.activations[layer]
        return delta if kind is None else ACTIVATIONS[kind][1](delta, outputs[layer])

    @staticmethod
    def _losses(log_probs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Each network's mean cross-entropy [K]."""
        labels = labels.expand(len(log_probs), -1)
        return nll_loss(log_probs, labels, reduction="none").mean(dim=1)

    def _room(self, role: str, layer: int, shape: tuple[int, ...]) -> torch.Tensor:
        """Memory to write to, the same in each step: taking and returning it costs half as much as
        the products themselves."""
        key = (role, layer, shape)
        if key not in self.rooms:
            self.rooms[key] = torch.empty(shape, dtype=self.first.dtype, device=self.first.device)
        return self.rooms[key]

"""Answers to the exercises on noisy networks: wrong ones that students give, named by mistake, and right ones."""

# %% noise.monte_carlo right: copied_model
import copy


def predict(model, x, num_passes):
    noisy = copy.deepcopy(model).eval()
    noisy.apply(lambda layer: layer.train() if isinstance(layer, nn.Dropout) else None)
    with torch.inference_mode():
        passes = [torch.softmax(noisy(x), dim=-1) for _ in range(num_passes)]
    return torch.stack(passes).mean(0)


# %% noise.monte_carlo right: one_large_batch
def predict(model, x, num_passes):
    modes = [(layer, layer.training) for layer in model.modules()]
    for layer, _ in modes:
        layer.training = isinstance(layer, nn.Dropout)
    try:
        with torch.no_grad():
            logits = model(x.repeat_interleave(num_passes, dim=0))
    finally:
        for layer, mode in modes:
            layer.training = mode
    return logits.softmax(1).unflatten(0, (len(x), num_passes)).mean(1)


# %% noise.monte_carlo right: running_mean
def predict(model, x, num_passes):
    before = {}
    for name, layer in model.named_modules():
        before[name] = layer.training
        layer.training = type(layer) is nn.Dropout
    mean = 0
    for count in range(1, num_passes + 1):
        probabilities = nn.functional.log_softmax(model(x), dim=1).exp().detach()
        mean = mean + (probabilities - mean) / count
    for name, layer in model.named_modules():
        layer.training = before[name]
    return mean


# %% noise.monte_carlo wrong: average_logits
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    for layer in modes:
        layer.training = isinstance(layer, nn.Dropout)
    with torch.no_grad():
        logits = torch.stack([model(x) for _ in range(num_passes)]).mean(0)
    for layer, mode in modes.items():
        layer.training = mode
    return logits.softmax(1)


# %% noise.monte_carlo wrong: votes
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    for layer in modes:
        layer.training = isinstance(layer, nn.Dropout)
    with torch.no_grad():
        logits = torch.stack([model(x) for _ in range(num_passes)])
    for layer, mode in modes.items():
        layer.training = mode
    return nn.functional.one_hot(logits.argmax(2), logits.shape[2]).to(logits.dtype).mean(0)


# %% noise.monte_carlo wrong: no_softmax
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    for layer in modes:
        layer.training = isinstance(layer, nn.Dropout)
    with torch.no_grad():
        logits = torch.stack([model(x) for _ in range(num_passes)])
    for layer, mode in modes.items():
        layer.training = mode
    return logits.mean(0)


# %% noise.monte_carlo wrong: wrong_axis
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    for layer in modes:
        layer.training = isinstance(layer, nn.Dropout)
    with torch.no_grad():
        total = sum(model(x).softmax(0) for _ in range(num_passes))
    for layer, mode in modes.items():
        layer.training = mode
    return total / num_passes


# %% noise.monte_carlo wrong: summed
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    for layer in modes:
        layer.training = isinstance(layer, nn.Dropout)
    with torch.no_grad():
        total = sum(model(x).softmax(1) for _ in range(num_passes))
    for layer, mode in modes.items():
        layer.training = mode
    return total


# %% noise.monte_carlo wrong: dropout_off
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    model.eval()
    with torch.no_grad():
        total = sum(model(x).softmax(1) for _ in range(num_passes))
    for layer, mode in modes.items():
        layer.training = mode
    return total / num_passes


# %% noise.monte_carlo wrong: all_in_training
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    model.train()
    with torch.no_grad():
        total = sum(model(x).softmax(1) for _ in range(num_passes))
    for layer, mode in modes.items():
        layer.training = mode
    return total / num_passes


# %% noise.monte_carlo wrong: outer_layers_only
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    model.eval()
    for layer in model.children():
        if isinstance(layer, nn.Dropout):
            layer.train()
    with torch.no_grad():
        total = sum(model(x).softmax(1) for _ in range(num_passes))
    for layer, mode in modes.items():
        layer.training = mode
    return total / num_passes


# %% noise.monte_carlo wrong: left_in_eval
def predict(model, x, num_passes):
    model.eval()
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.train()
    with torch.no_grad():
        total = sum(model(x).softmax(1) for _ in range(num_passes))
    model.eval()
    return total / num_passes


# %% noise.monte_carlo wrong: one_mode_for_all
def predict(model, x, num_passes):
    mode = model.training
    model.eval()
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.train()
    with torch.no_grad():
        total = sum(model(x).softmax(1) for _ in range(num_passes))
    model.train(mode)
    return total / num_passes


# %% noise.monte_carlo wrong: dropout_left_on
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    model.eval()
    for layer in model.modules():
        if isinstance(layer, nn.Dropout):
            layer.train()
    with torch.no_grad():
        total = sum(model(x).softmax(1) for _ in range(num_passes))
    for layer, mode in modes.items():
        layer.training = mode or isinstance(layer, nn.Dropout)
    return total / num_passes


# %% noise.monte_carlo wrong: same_noise
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    for layer in modes:
        layer.training = isinstance(layer, nn.Dropout)
    total = 0
    for _ in range(num_passes):
        torch.manual_seed(0)
        with torch.no_grad():
            total = total + model(x).softmax(1)
    for layer, mode in modes.items():
        layer.training = mode
    return total / num_passes


# %% noise.monte_carlo wrong: graph_kept
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    for layer in modes:
        layer.training = isinstance(layer, nn.Dropout)
    total = sum(model(x).softmax(1) for _ in range(num_passes))
    for layer, mode in modes.items():
        layer.training = mode
    return total / num_passes


# %% noise.monte_carlo wrong: float32
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    for layer in modes:
        layer.training = isinstance(layer, nn.Dropout)
    total = torch.zeros(len(x), 3)
    with torch.no_grad():
        for _ in range(num_passes):
            total += model(x).softmax(1)
    for layer, mode in modes.items():
        layer.training = mode
    return total / num_passes


# %% noise.monte_carlo wrong: one_pass_short
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    for layer in modes:
        layer.training = isinstance(layer, nn.Dropout)
    with torch.no_grad():
        total = sum(model(x).softmax(1) for _ in range(1, num_passes))
    for layer, mode in modes.items():
        layer.training = mode
    return total / num_passes


# %% noise.dropconnect right: where
def dropconnect(x, weight, bias, keep_prob, training):
    if training:
        weight = torch.where(torch.rand_like(weight) < keep_prob, weight, 0.0)
        return x @ weight.T + bias
    return keep_prob * (x @ weight.T) + bias


# %% noise.dropconnect right: library_dropout
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return nn.functional.linear(x, weight * keep_prob, bias)
    noisy = nn.functional.dropout(weight, 1 - keep_prob, training=True) * keep_prob
    return nn.functional.linear(x, noisy, bias)


# %% noise.dropconnect right: einsum_of_indices
def dropconnect(x, weight, bias, keep_prob, training):
    mean = torch.full_like(weight, keep_prob)
    mask = torch.distributions.Bernoulli(mean).sample() if training else mean
    return torch.einsum("oi,oi,bi->bo", mask, weight, x) + bias[None]


# %% noise.dropconnect wrong: drops_inputs
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ (keep_prob * weight).T + bias
    return (x * torch.bernoulli(torch.full_like(x, keep_prob))) @ weight.T + bias


# %% noise.dropconnect wrong: drops_outputs
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ (keep_prob * weight).T + bias
    out = x @ weight.T
    return out * torch.bernoulli(torch.full_like(out, keep_prob)) + bias


# %% noise.dropconnect wrong: drops_rows
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ (keep_prob * weight).T + bias
    mask = torch.bernoulli(torch.full_like(weight[:, :1], keep_prob))
    return x @ (mask * weight).T + bias


# %% noise.dropconnect wrong: mask_per_sample
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ (keep_prob * weight).T + bias
    masks = torch.bernoulli(torch.full((len(x), *weight.shape), keep_prob, dtype=x.dtype))
    return torch.einsum("boi,oi,bi->bo", masks, weight, x) + bias


# %% noise.dropconnect wrong: drop_for_keep
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ (keep_prob * weight).T + bias
    mask = torch.rand_like(weight) > keep_prob
    return x @ (mask * weight).T + bias


# %% noise.dropconnect wrong: inverted
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ weight.T + bias
    mask = torch.bernoulli(torch.full_like(weight, keep_prob))
    return x @ (mask * weight / keep_prob).T + bias


# %% noise.dropconnect wrong: no_test_scale
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ weight.T + bias
    mask = torch.bernoulli(torch.full_like(weight, keep_prob))
    return x @ (mask * weight).T + bias


# %% noise.dropconnect wrong: scaled_twice
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ (keep_prob * weight).T + bias
    mask = torch.bernoulli(torch.full_like(weight, keep_prob))
    return x @ (mask * weight / keep_prob).T + bias


# %% noise.dropconnect wrong: test_by_drop
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ ((1 - keep_prob) * weight).T + bias
    mask = torch.bernoulli(torch.full_like(weight, keep_prob))
    return x @ (mask * weight).T + bias


# %% noise.dropconnect wrong: bias_dropped
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ (keep_prob * weight).T + bias
    mask = torch.bernoulli(torch.full_like(weight, keep_prob))
    return x @ (mask * weight).T + bias * torch.bernoulli(torch.full_like(bias, keep_prob))


# %% noise.dropconnect wrong: bias_scaled
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return keep_prob * (x @ weight.T + bias)
    mask = torch.bernoulli(torch.full_like(weight, keep_prob))
    return x @ (mask * weight).T + bias


# %% noise.dropconnect wrong: drops_at_test
def dropconnect(x, weight, bias, keep_prob, training):
    mask = torch.bernoulli(torch.full_like(weight, keep_prob))
    return x @ (mask * weight).T + bias


# %% noise.dropconnect wrong: fixed_mask
def dropconnect(x, weight, bias, keep_prob, training):
    if not training:
        return x @ (keep_prob * weight).T + bias
    seeded = torch.Generator(weight.device).manual_seed(0)
    mask = torch.rand(weight.shape, generator=seeded) < keep_prob
    return x @ (mask * weight).T + bias


# %% noise.dropconnect wrong: in_place
def dropconnect(x, weight, bias, keep_prob, training):
    if training:
        weight *= torch.bernoulli(torch.full_like(weight, keep_prob))
    else:
        weight *= keep_prob
    return x @ weight.T + bias


# %% noise.dropconnect wrong: float32
def dropconnect(x, weight, bias, keep_prob, training):
    x, weight, bias = x.float(), weight.float(), bias.float()
    if not training:
        return x @ (keep_prob * weight).T + bias
    mask = torch.bernoulli(torch.full_like(weight, keep_prob))
    return x @ (mask * weight).T + bias

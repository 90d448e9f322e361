"""Answers to the initialization exercises: wrong ones that students give, named by mistake, and other right ones."""


# %% initialization.xavier right: in_place
def xavier(weight):
    fan_in = math.prod(weight.shape[1:])
    with torch.no_grad():
        return weight.normal_(0, (1 / fan_in) ** 0.5)


# %% initialization.xavier right: torch_normal
def xavier(weight):
    if weight.dim() == 2:
        fan_in = weight.size(1)
    else:
        fan_in = weight.size(1) * weight.size(2) * weight.size(3)
    std = math.sqrt(1 / fan_in)
    return torch.normal(torch.zeros_like(weight), std)


# %% initialization.xavier right: numpy_normal
def xavier(weight):
    import numpy as np

    fan_in = weight.numel() // weight.shape[0]
    values = np.random.randn(*weight.shape) * np.sqrt(1 / fan_in)
    return torch.tensor(values, dtype=weight.dtype)


# %% initialization.xavier right: unit_by_unit
def xavier(weight):
    print(weight.shape)
    new = torch.empty_like(weight)
    for unit in new:
        unit.copy_(torch.randn(unit.shape) * math.sqrt(1 / unit.numel()))
    return new


# %% initialization.xavier wrong: fan_out
def xavier(weight):
    num_outputs = weight.numel() // weight.shape[1]
    return torch.randn_like(weight) * math.sqrt(1 / num_outputs)


# %% initialization.xavier wrong: glorot
def xavier(weight):
    window = weight[0, 0].numel()
    both = (weight.shape[0] + weight.shape[1]) * window
    return torch.randn_like(weight) * math.sqrt(2 / both)


# %% initialization.xavier wrong: kernel_forgotten
def xavier(weight):
    return torch.randn_like(weight) * math.sqrt(1 / weight.shape[1])


# %% initialization.xavier wrong: kernel_once
def xavier(weight):
    num_inputs = math.prod(weight.shape[1:3])
    return torch.randn_like(weight) * math.sqrt(1 / num_inputs)


# %% initialization.xavier wrong: number_of_weights
def xavier(weight):
    return torch.randn_like(weight) * math.sqrt(1 / weight.numel())


# %% initialization.xavier wrong: uniform
def xavier(weight):
    num_inputs = weight[0].numel()
    bound = math.sqrt(1 / num_inputs)
    return torch.empty_like(weight).uniform_(-bound, bound)


# %% initialization.xavier wrong: uniform_same_std
def xavier(weight):
    num_inputs = weight[0].numel()
    bound = math.sqrt(3 * 1 / num_inputs)
    return (2 * torch.rand_like(weight) - 1) * bound


# %% initialization.xavier wrong: unscaled
def xavier(weight):
    return torch.randn_like(weight)


# %% initialization.xavier wrong: not_centred
def xavier(weight):
    num_inputs = weight[0].numel()
    return torch.rand_like(weight) * math.sqrt(1 / num_inputs)


# %% initialization.xavier wrong: same_each_call
def xavier(weight):
    num_inputs = weight[0].numel()
    torch.manual_seed(0)
    return torch.randn_like(weight) * math.sqrt(1 / num_inputs)


# %% initialization.xavier wrong: one_unit
def xavier(weight):
    num_inputs = weight[0].numel()
    unit = torch.randn_like(weight[0]) * math.sqrt(1 / num_inputs)
    return unit.expand(weight.shape).clone()


# %% initialization.xavier wrong: float32
def xavier(weight):
    num_inputs = weight[0].numel()
    return torch.randn(weight.shape) * math.sqrt(1 / num_inputs)


# %% initialization.xavier wrong: variance_for_std
def xavier(weight):
    num_inputs = weight[0].numel()
    return torch.randn_like(weight) * 1 / num_inputs


# %% initialization.xavier wrong: kaiming
def xavier(weight):
    num_inputs = weight[0].numel()
    return torch.randn_like(weight) * math.sqrt(2 / num_inputs)


# %% initialization.kaiming right: in_place
def kaiming(weight):
    fan_in = math.prod(weight.shape[1:])
    with torch.no_grad():
        return weight.normal_(0, (2 / fan_in) ** 0.5)


# %% initialization.kaiming right: torch_normal
def kaiming(weight):
    if weight.dim() == 2:
        fan_in = weight.size(1)
    else:
        fan_in = weight.size(1) * weight.size(2) * weight.size(3)
    std = math.sqrt(2 / fan_in)
    return torch.normal(torch.zeros_like(weight), std)


# %% initialization.kaiming right: numpy_normal
def kaiming(weight):
    import numpy as np

    fan_in = weight.numel() // weight.shape[0]
    values = np.random.randn(*weight.shape) * np.sqrt(2 / fan_in)
    return torch.tensor(values, dtype=weight.dtype)


# %% initialization.kaiming right: unit_by_unit
def kaiming(weight):
    print(weight.shape)
    new = torch.empty_like(weight)
    for unit in new:
        unit.copy_(torch.randn(unit.shape) * math.sqrt(2 / unit.numel()))
    return new


# %% initialization.kaiming right: library
def kaiming(weight):
    return nn.init.kaiming_normal_(weight.clone(), nonlinearity="relu")


# %% initialization.kaiming wrong: fan_out
def kaiming(weight):
    num_outputs = weight.numel() // weight.shape[1]
    return torch.randn_like(weight) * math.sqrt(2 / num_outputs)


# %% initialization.kaiming wrong: glorot
def kaiming(weight):
    window = weight[0, 0].numel()
    both = (weight.shape[0] + weight.shape[1]) * window
    return torch.randn_like(weight) * math.sqrt(2 / both)


# %% initialization.kaiming wrong: kernel_forgotten
def kaiming(weight):
    return torch.randn_like(weight) * math.sqrt(2 / weight.shape[1])


# %% initialization.kaiming wrong: kernel_once
def kaiming(weight):
    num_inputs = math.prod(weight.shape[1:3])
    return torch.randn_like(weight) * math.sqrt(2 / num_inputs)


# %% initialization.kaiming wrong: number_of_weights
def kaiming(weight):
    return torch.randn_like(weight) * math.sqrt(2 / weight.numel())


# %% initialization.kaiming wrong: uniform
def kaiming(weight):
    num_inputs = weight[0].numel()
    bound = math.sqrt(2 / num_inputs)
    return torch.empty_like(weight).uniform_(-bound, bound)


# %% initialization.kaiming wrong: uniform_same_std
def kaiming(weight):
    num_inputs = weight[0].numel()
    bound = math.sqrt(3 * 2 / num_inputs)
    return (2 * torch.rand_like(weight) - 1) * bound


# %% initialization.kaiming wrong: unscaled
def kaiming(weight):
    return torch.randn_like(weight)


# %% initialization.kaiming wrong: not_centred
def kaiming(weight):
    num_inputs = weight[0].numel()
    return torch.rand_like(weight) * math.sqrt(2 / num_inputs)


# %% initialization.kaiming wrong: same_each_call
def kaiming(weight):
    num_inputs = weight[0].numel()
    torch.manual_seed(0)
    return torch.randn_like(weight) * math.sqrt(2 / num_inputs)


# %% initialization.kaiming wrong: one_unit
def kaiming(weight):
    num_inputs = weight[0].numel()
    unit = torch.randn_like(weight[0]) * math.sqrt(2 / num_inputs)
    return unit.expand(weight.shape).clone()


# %% initialization.kaiming wrong: float32
def kaiming(weight):
    num_inputs = weight[0].numel()
    return torch.randn(weight.shape) * math.sqrt(2 / num_inputs)


# %% initialization.kaiming wrong: variance_for_std
def kaiming(weight):
    num_inputs = weight[0].numel()
    return torch.randn_like(weight) * 2 / num_inputs


# %% initialization.kaiming wrong: xavier
def kaiming(weight):
    num_inputs = weight[0].numel()
    return torch.randn_like(weight) * math.sqrt(1 / num_inputs)


# %% initialization.kaiming wrong: two_outside
def kaiming(weight):
    num_inputs = weight[0].numel()
    return torch.randn_like(weight) * 2 / math.sqrt(num_inputs)


# %% initialization.kaiming wrong: two_below
def kaiming(weight):
    num_inputs = weight[0].numel()
    return torch.randn_like(weight) * math.sqrt(1 / (2 * num_inputs))

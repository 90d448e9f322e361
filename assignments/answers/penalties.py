"""Answers to the exercises on penalties: wrong ones that students give, named by mistake, and other right ones."""


# %% penalties.l2 right: autograd
def l2_penalty(weight, bias, strength):
    weight, bias = weight.clone().requires_grad_(), bias.clone().requires_grad_()
    penalty = strength * weight.square().sum() + 0 * bias.sum()
    return penalty.detach(), *torch.autograd.grad(penalty, (weight, bias))


# %% penalties.l2 right: norm_squared
def l2_penalty(weight, bias, strength):
    penalty = strength * torch.linalg.vector_norm(weight) ** 2
    return penalty, weight * (2 * strength), bias * 0


# %% penalties.l2 right: flat_products
def l2_penalty(weight, bias, strength):
    flat = weight.flatten()
    return strength * (flat @ flat), strength * (weight + weight), torch.zeros(bias.shape).to(bias)


# %% penalties.l2 wrong: half
def l2_penalty(weight, bias, strength):
    return strength / 2 * (weight**2).sum(), strength * weight, torch.zeros_like(bias)


# %% penalties.l2 wrong: no_two
def l2_penalty(weight, bias, strength):
    return strength * (weight**2).sum(), strength * weight, torch.zeros_like(bias)


# %% penalties.l2 wrong: bias_included
def l2_penalty(weight, bias, strength):
    penalty = strength * ((weight**2).sum() + (bias**2).sum())
    return penalty, 2 * strength * weight, 2 * strength * bias


# %% penalties.l2 wrong: not_squared
def l2_penalty(weight, bias, strength):
    return strength * weight.norm(), strength * weight / weight.norm(), torch.zeros_like(bias)


# %% penalties.l2 wrong: averaged
def l2_penalty(weight, bias, strength):
    gradient = 2 * strength * weight / weight.numel()
    return strength * (weight**2).mean(), gradient, torch.zeros_like(bias)


# %% penalties.l2 wrong: no_strength
def l2_penalty(weight, bias, strength):
    return strength * (weight**2).sum(), 2 * weight, torch.zeros_like(bias)


# %% penalties.l2 wrong: strength_forgotten
def l2_penalty(weight, bias, strength):
    return (weight**2).sum(), 2 * weight, torch.zeros_like(bias)


# %% penalties.l2 wrong: absolute
def l2_penalty(weight, bias, strength):
    return strength * weight.abs().sum(), strength * weight.sign(), torch.zeros_like(bias)


# %% penalties.l2 wrong: decayed
def l2_penalty(weight, bias, strength):
    return strength * (weight**2).sum(), weight - 2 * strength * weight, bias


# %% penalties.l2 wrong: in_place
def l2_penalty(weight, bias, strength):
    penalty = strength * (weight**2).sum()
    weight *= 2 * strength
    return penalty, weight, torch.zeros_like(bias)


# %% penalties.elastic_net right: autograd
def elastic_net(weight, strength, beta):
    weight = weight.clone().requires_grad_()
    penalty = strength * (beta * weight.pow(2).sum() + weight.abs().sum())
    penalty.backward()
    return penalty.detach(), weight.grad


# %% penalties.elastic_net right: norms
def elastic_net(weight, strength, beta):
    l1, l2 = (torch.linalg.vector_norm(weight, order) for order in (1, 2))
    sign = (weight > 0).to(weight.dtype) - (weight < 0).to(weight.dtype)
    return strength * (beta * l2**2 + l1), strength * sign + 2 * strength * beta * weight


# %% penalties.elastic_net right: loops
def elastic_net(weight, strength, beta):
    penalty, gradient = 0.0, torch.zeros_like(weight)
    for place, w in enumerate(weight.flatten().tolist()):
        penalty += strength * (beta * w * w + abs(w))
        slope = 1 if w > 0 else -1 if w < 0 else 0
        gradient.view(-1)[place] = strength * (2 * beta * w + slope)
    return penalty, gradient


# %% penalties.elastic_net wrong: no_absolute
def elastic_net(weight, strength, beta):
    penalty = strength * (beta * weight**2 + weight).sum()
    return penalty, strength * (2 * beta * weight + weight.sign())


# %% penalties.elastic_net wrong: gradient_of_ones
def elastic_net(weight, strength, beta):
    penalty = strength * (beta * weight**2 + weight.abs()).sum()
    return penalty, strength * (2 * beta * weight + 1)


# %% penalties.elastic_net wrong: minus_at_zero
def elastic_net(weight, strength, beta):
    penalty = strength * (beta * weight**2 + weight.abs()).sum()
    sign = torch.where(weight > 0, 1.0, -1.0).to(weight.dtype)
    return penalty, strength * (2 * beta * weight + sign)


# %% penalties.elastic_net wrong: nan_at_zero
def elastic_net(weight, strength, beta):
    penalty = strength * (beta * weight**2 + weight.abs()).sum()
    return penalty, strength * (2 * beta * weight + weight / weight.abs())


# %% penalties.elastic_net wrong: beta_on_l1
def elastic_net(weight, strength, beta):
    penalty = strength * (weight**2 + beta * weight.abs()).sum()
    return penalty, strength * (2 * weight + beta * weight.sign())


# %% penalties.elastic_net wrong: convex
def elastic_net(weight, strength, beta):
    penalty = strength * (beta * weight**2 + (1 - beta) * weight.abs()).sum()
    return penalty, strength * (2 * beta * weight + (1 - beta) * weight.sign())


# %% penalties.elastic_net wrong: half
def elastic_net(weight, strength, beta):
    penalty = strength * (beta / 2 * weight**2 + weight.abs()).sum()
    return penalty, strength * (beta * weight + weight.sign())


# %% penalties.elastic_net wrong: no_two
def elastic_net(weight, strength, beta):
    penalty = strength * (beta * weight**2 + weight.abs()).sum()
    return penalty, strength * (beta * weight + weight.sign())


# %% penalties.elastic_net wrong: strength_once
def elastic_net(weight, strength, beta):
    penalty = strength * beta * (weight**2).sum() + weight.abs().sum()
    return penalty, strength * 2 * beta * weight + weight.sign()


# %% penalties.elastic_net wrong: averaged
def elastic_net(weight, strength, beta):
    penalty = strength * (beta * weight**2 + weight.abs()).mean()
    return penalty, strength * (2 * beta * weight + weight.sign()) / weight.numel()


# %% penalties.elastic_net wrong: in_place
def elastic_net(weight, strength, beta):
    penalty = strength * (beta * weight**2 + weight.abs()).sum()
    sign = weight.sign()
    return penalty, weight.mul_(2 * strength * beta).add_(strength * sign)


# %% penalties.max_norm right: library
def max_norm(weight, radius):
    return torch.renorm(weight, 2, 0, radius)


# %% penalties.max_norm right: smaller_factor
def max_norm(weight, radius):
    lengths = weight.pow(2).sum(1, keepdim=True).sqrt()
    return weight * (radius / lengths.clamp(min=1e-12)).clamp(max=1)


# %% penalties.max_norm right: row_by_row
def max_norm(weight, radius):
    rows = []
    for row in weight:
        length = row.norm()
        rows.append(row / length * radius if length > radius else row)
    return torch.stack(rows)


# %% penalties.max_norm right: divided_once
def max_norm(weight, radius):
    return weight / (weight.norm(dim=-1, keepdim=True) / radius).clamp(min=1)


# %% penalties.max_norm wrong: all_rows
def max_norm(weight, radius):
    return weight / weight.norm(dim=1, keepdim=True).clamp(min=1e-12) * radius


# %% penalties.max_norm wrong: whole_matrix
def max_norm(weight, radius):
    return weight * min(1, radius / weight.norm().item())


# %% penalties.max_norm wrong: columns
def max_norm(weight, radius):
    lengths = weight.norm(dim=0, keepdim=True)
    return torch.where(lengths > radius, weight * radius / lengths, weight)


# %% penalties.max_norm wrong: squared
def max_norm(weight, radius):
    lengths = (weight**2).sum(1, keepdim=True)
    return torch.where(lengths > radius, weight * radius / lengths, weight)


# %% penalties.max_norm wrong: entries
def max_norm(weight, radius):
    return weight.clamp(-radius, radius)


# %% penalties.max_norm wrong: l1_length
def max_norm(weight, radius):
    lengths = weight.abs().sum(1, keepdim=True)
    return torch.where(lengths > radius, weight * radius / lengths, weight)


# %% penalties.max_norm wrong: unit_length
def max_norm(weight, radius):
    lengths = weight.norm(dim=1, keepdim=True)
    return torch.where(lengths > radius, weight / lengths, weight)


# %% penalties.max_norm wrong: scaled_twice
def max_norm(weight, radius):
    lengths = weight.norm(dim=1, keepdim=True)
    return torch.where(lengths > radius, weight * (radius / lengths) ** 2, weight)


# %% penalties.max_norm wrong: nan_at_zero
def max_norm(weight, radius):
    lengths = weight.norm(dim=1, keepdim=True)
    return weight / lengths * lengths.clamp(max=radius)


# %% penalties.max_norm wrong: decayed
def max_norm(weight, radius):
    longest = weight.norm(dim=1).max()
    return weight * (radius / longest).clamp(max=1)


# %% penalties.max_norm wrong: in_place
def max_norm(weight, radius):
    lengths = weight.norm(dim=1, keepdim=True)
    weight *= torch.where(lengths > radius, radius / lengths, 1)
    return weight

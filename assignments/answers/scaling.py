"""Answers on the linear scaling rule: wrong ones that students give, named by mistake, and other right ones."""


# %% scaling.linear_rule right: ratio_first
def scaled_rate(base_lr, base_batch_size, batch_size):
    ratio = batch_size / base_batch_size
    return ratio * base_lr


# %% scaling.linear_rule right: per_image_rate
def scaled_rate(base_lr, base_batch_size, batch_size):
    rate_per_image = base_lr / base_batch_size
    return rate_per_image * batch_size


# %% scaling.linear_rule right: logarithms
def scaled_rate(base_lr, base_batch_size, batch_size):
    return math.exp(math.log(base_lr) + math.log(batch_size) - math.log(base_batch_size))


# %% scaling.linear_rule right: torch
def scaled_rate(base_lr, base_batch_size, batch_size):
    return torch.tensor([base_lr, batch_size, 1 / base_batch_size]).prod()


# %% scaling.linear_rule wrong: square_root
def scaled_rate(base_lr, base_batch_size, batch_size):
    return base_lr * math.sqrt(batch_size / base_batch_size)


# %% scaling.linear_rule wrong: inverted
def scaled_rate(base_lr, base_batch_size, batch_size):
    return base_lr * base_batch_size / batch_size


# %% scaling.linear_rule wrong: unscaled
def scaled_rate(base_lr, base_batch_size, batch_size):
    return base_lr


# %% scaling.linear_rule wrong: whole_multiples
def scaled_rate(base_lr, base_batch_size, batch_size):
    return base_lr * (batch_size // base_batch_size)


# %% scaling.linear_rule wrong: only_up
def scaled_rate(base_lr, base_batch_size, batch_size):
    return base_lr * max(1, batch_size / base_batch_size)


# %% scaling.linear_rule wrong: base_forgotten
def scaled_rate(base_lr, base_batch_size, batch_size):
    return base_lr * batch_size


# %% scaling.linear_rule wrong: per_image
def scaled_rate(base_lr, base_batch_size, batch_size):
    return base_lr / base_batch_size


# %% scaling.linear_rule wrong: difference
def scaled_rate(base_lr, base_batch_size, batch_size):
    return base_lr * (1 + batch_size - base_batch_size)


# %% scaling.linear_rule wrong: squared
def scaled_rate(base_lr, base_batch_size, batch_size):
    return base_lr * (batch_size / base_batch_size) ** 2

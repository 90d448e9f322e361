"""Answers to the gradient check: wrong ones that students give, named by mistake, and other right ones."""


# %% gradient_check.centred right: clones
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred right: moved_and_put_back
def numerical_gradient(f, x, h):
    print("entries:", x.numel())
    gradient = torch.empty_like(x)
    flat = x.view(-1)
    for i in range(flat.numel()):
        old = flat[i].item()
        flat[i] = old + h
        ahead = f(x).item()
        flat[i] = old - h
        behind = f(x).item()
        flat[i] = old
        gradient.view(-1)[i] = (ahead - behind) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    largest = 0.0
    for a, n in zip(analytic.flatten().tolist(), numerical.flatten().tolist()):
        size = max(abs(a), abs(n))
        if size > 0:
            largest = max(largest, abs(a - n) / size)
    return largest


# %% gradient_check.centred right: unit_vectors
def numerical_gradient(f, x, h):
    directions = torch.eye(x.numel(), dtype=x.dtype, device=x.device).view(-1, *x.shape)
    slopes = [(f(x + h * e) - f(x - h * e)) / (2 * h) for e in directions]
    return torch.stack(slopes).view(x.shape)


def relative_error(analytic, numerical):
    size = torch.max(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size.clamp(min=1e-30)
    return error.max()


# %% gradient_check.centred right: numpy_indices
def numerical_gradient(f, x, h):
    import numpy as np

    values = x.numpy().copy()
    gradient = np.zeros_like(values)
    for place in np.ndindex(*values.shape):
        ends = []
        for sign in (1, -1):
            moved = values.copy()
            moved[place] += sign * h
            ends.append(float(f(torch.from_numpy(moved))))
        gradient[place] = (ends[0] - ends[1]) / 2 / h
    return torch.from_numpy(gradient)


def relative_error(analytic, numerical):
    differ = analytic != numerical
    if not differ.any():
        return torch.tensor(0.0)
    a, n = analytic[differ], numerical[differ]
    return ((a - n).abs() / torch.maximum(a.abs(), n.abs())).max().item()


# %% gradient_check.centred right: moved_back_by_steps
def numerical_gradient(f, x, h):
    x_moved = x
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        x_moved.view(-1)[i] += h
        ahead = f(x_moved)
        x_moved.view(-1)[i] -= 2 * h
        behind = f(x_moved)
        x_moved.view(-1)[i] += h
        gradient.view(-1)[i] = (ahead - behind) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: one_sided
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(x)) / h
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: backward_sided
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(x) - f(behind)) / h
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: not_halved
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / h
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: sign
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(behind) - f(ahead)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: own_step
def numerical_gradient(f, x, h):
    h = 1e-2
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: all_at_once
def numerical_gradient(f, x, h):
    slope = (f(x + h) - f(x - h)) / (2 * h)
    return torch.full_like(x, float(slope))


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: not_put_back
def numerical_gradient(f, x, h):
    gradient, ahead, behind = torch.zeros_like(x), x.clone(), x.clone()
    for i in range(x.numel()):
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: no_copy
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead = x
        ahead.view(-1)[i] += h
        behind = x
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: flat
def numerical_gradient(f, x, h):
    slopes = []
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        slopes.append((f(ahead) - f(behind)) / (2 * h))
    return torch.stack(slopes)


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: x_changed
def numerical_gradient(f, x, h):
    gradient, given = torch.zeros_like(x), x.clone()
    for i in range(x.numel()):
        x.copy_(given)
        x.view(-1)[i] += h
        ahead = f(x)
        x.view(-1)[i] -= 2 * h
        gradient.view(-1)[i] = (ahead - f(x)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: float32
def numerical_gradient(f, x, h):
    gradient = torch.zeros(x.shape)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: absolute
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    return (analytic - numerical).abs().max()


# %% gradient_check.centred wrong: by_analytic
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    error = (analytic - numerical).abs() / analytic.abs()
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: by_sum
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    error = (analytic - numerical).abs() / (analytic.abs() + numerical.abs())
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: signs_kept
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    error = (analytic - numerical).abs() / torch.maximum(analytic, numerical)
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: signed
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical) / size
    return error.nan_to_num(0).max()


# %% gradient_check.centred wrong: by_largest
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = max(analytic.abs().max(), numerical.abs().max())
    if size == 0:
        return 0.0
    return ((analytic - numerical).abs() / size).max()


# %% gradient_check.centred wrong: mean
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.nan_to_num(0).mean()


# %% gradient_check.centred wrong: of_norms
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = max(analytic.norm(), numerical.norm())
    return (analytic - numerical).norm() / size if size > 0 else 0.0


# %% gradient_check.centred wrong: nan
def numerical_gradient(f, x, h):
    gradient = torch.zeros_like(x)
    for i in range(x.numel()):
        ahead, behind = x.clone(), x.clone()
        ahead.view(-1)[i] += h
        behind.view(-1)[i] -= h
        gradient.view(-1)[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def relative_error(analytic, numerical):
    size = torch.maximum(analytic.abs(), numerical.abs())
    error = (analytic - numerical).abs() / size
    return error.max()

"""Answers to the activation exercises: wrong ones that students give, named by mistake, and other right ones."""


# %% activations.leaky_relu right: maximum
def leaky_relu(x, slope):
    return torch.maximum(x, slope * x)


def leaky_relu_backward(grad_out, x, slope):
    return grad_out * ((x > 0) + slope * (x <= 0))


# %% activations.leaky_relu right: clamp
def leaky_relu(x, slope):
    print(x.shape)
    return x.clamp(min=0) + slope * x.clamp(max=0)


def leaky_relu_backward(grad_out, x, slope):
    grad = grad_out.clone()
    grad[x <= 0] *= slope
    return grad


# %% activations.leaky_relu right: numpy_loop
def leaky_relu(x, slope):
    out = [float(v) if v > 0 else slope * float(v) for v in x.flatten()]
    return torch.tensor(out, dtype=x.dtype, device=x.device).view(x.shape)


def leaky_relu_backward(grad_out, x, slope):
    factor = torch.full_like(x, slope)
    factor[x > 0] = 1
    return factor * grad_out


# %% activations.leaky_relu right: with_autograd
def leaky_relu(x, slope):
    return torch.where(x > 0, x, x * slope)


def leaky_relu_backward(grad_out, x, slope):
    x = x.detach().requires_grad_(True)
    (grad,) = torch.autograd.grad(leaky_relu(x, slope), x, grad_out)
    return grad


# %% activations.leaky_relu wrong: relu
def leaky_relu(x, slope):
    return x.clamp(min=0)


def leaky_relu_backward(grad_out, x, slope):
    return grad_out * (x > 0)


# %% activations.leaky_relu wrong: fixed_slope
def leaky_relu(x, slope):
    return torch.where(x > 0, x, 0.01 * x)


def leaky_relu_backward(grad_out, x, slope):
    return grad_out * torch.where(x > 0, 1.0, 0.01)


# %% activations.leaky_relu wrong: sides_swapped
def leaky_relu(x, slope):
    return torch.where(x > 0, slope * x, x)


def leaky_relu_backward(grad_out, x, slope):
    return grad_out * torch.where(x > 0, slope, 1.0)


# %% activations.leaky_relu wrong: sign_flipped
def leaky_relu(x, slope):
    return torch.where(x > 0, x, -slope * x)


def leaky_relu_backward(grad_out, x, slope):
    return grad_out * torch.where(x > 0, 1.0, -slope)


# %% activations.leaky_relu wrong: slope_for_output
def leaky_relu(x, slope):
    return torch.where(x > 0, x, slope)


def leaky_relu_backward(grad_out, x, slope):
    return grad_out * torch.where(x > 0, 1.0, slope)


# %% activations.leaky_relu wrong: zero_gradient
def leaky_relu(x, slope):
    return torch.where(x > 0, x, x * slope)


def leaky_relu_backward(grad_out, x, slope):
    return torch.where(x > 0, grad_out, 0)


# %% activations.leaky_relu wrong: one_gradient
def leaky_relu(x, slope):
    return torch.where(x > 0, x, x * slope)


def leaky_relu_backward(grad_out, x, slope):
    return grad_out


# %% activations.leaky_relu wrong: not_chained
def leaky_relu(x, slope):
    return torch.where(x > 0, x, x * slope)


def leaky_relu_backward(grad_out, x, slope):
    return torch.where(x > 0, torch.ones_like(x), slope)


# %% activations.leaky_relu wrong: sign_of_gradient
def leaky_relu(x, slope):
    return torch.where(x > 0, x, x * slope)


def leaky_relu_backward(grad_out, x, slope):
    return torch.where(grad_out > 0, grad_out, slope * grad_out)


# %% activations.leaky_relu wrong: times_output
def leaky_relu(x, slope):
    return torch.where(x > 0, x, x * slope)


def leaky_relu_backward(grad_out, x, slope):
    return grad_out * leaky_relu(x, slope)


# %% activations.leaky_relu wrong: in_place
def leaky_relu(x, slope):
    x[x < 0] *= slope
    return x


def leaky_relu_backward(grad_out, x, slope):
    grad_out[x < 0] *= slope
    return grad_out


# %% activations.leaky_relu wrong: float32
def leaky_relu(x, slope):
    x = x.float()
    return torch.where(x > 0, x, slope * x)


def leaky_relu_backward(grad_out, x, slope):
    return (grad_out * torch.where(x > 0, 1.0, slope)).float()


# %% activations.elu right: expm1
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * torch.expm1(x))


def elu_backward(grad_out, x, alpha):
    slope = torch.where(x > 0, torch.ones_like(x), alpha * torch.exp(x))
    return slope * grad_out


# %% activations.elu right: clamped
def elu(x, alpha):
    low = x.clamp(max=0)
    return x.clamp(min=0) + alpha * (torch.exp(low) - 1)


def elu_backward(grad_out, x, alpha):
    low = x.clamp(max=0)
    return grad_out * ((x > 0) + (x <= 0) * alpha * torch.exp(low))


# %% activations.elu right: indexed
def elu(x, alpha):
    out = x.clone()
    negative = x <= 0
    out[negative] = alpha * (math.e ** x[negative] - 1)
    return out


def elu_backward(grad_out, x, alpha):
    slope = torch.ones_like(x)
    slope[x <= 0] = elu(x[x <= 0], alpha) + alpha
    return slope * grad_out


# %% activations.elu right: maximum_minimum
def elu(x, alpha):
    return torch.relu(x) + torch.minimum(torch.zeros_like(x), alpha * (x.exp() - 1))


def elu_backward(grad_out, x, alpha):
    return torch.where(x > 0, grad_out, grad_out * alpha * x.exp())


# %% activations.elu wrong: alpha_ignored
def elu(x, alpha):
    return torch.where(x > 0, x, x.exp() - 1)


def elu_backward(grad_out, x, alpha):
    return grad_out * torch.where(x > 0, 1, x.exp())


# %% activations.elu wrong: no_minus_one
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * x.exp())


def elu_backward(grad_out, x, alpha):
    return torch.where(x > 0, grad_out, grad_out * alpha * x.exp())


# %% activations.elu wrong: minus_one_outside
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * x.exp() - 1)


def elu_backward(grad_out, x, alpha):
    return torch.where(x > 0, grad_out, grad_out * alpha * x.exp())


# %% activations.elu wrong: alpha_inside
def elu(x, alpha):
    return torch.where(x > 0, x, torch.exp(alpha * x) - 1)


def elu_backward(grad_out, x, alpha):
    return grad_out * torch.where(x > 0, 1, alpha * torch.exp(alpha * x))


# %% activations.elu wrong: one_minus
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * (1 - x.exp()))


def elu_backward(grad_out, x, alpha):
    return grad_out * torch.where(x > 0, 1, -alpha * x.exp())


# %% activations.elu wrong: overflow
def elu(x, alpha):
    return (x > 0) * x + (x <= 0) * alpha * (x.exp() - 1)


def elu_backward(grad_out, x, alpha):
    return grad_out * ((x > 0) + (x <= 0) * alpha * x.exp())


# %% activations.elu wrong: output_for_slope
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * (x.exp() - 1))


def elu_backward(grad_out, x, alpha):
    return grad_out * torch.where(x > 0, 1, alpha * (x.exp() - 1))


# %% activations.elu wrong: no_alpha_in_gradient
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * (x.exp() - 1))


def elu_backward(grad_out, x, alpha):
    return grad_out * torch.where(x > 0, 1, x.exp())


# %% activations.elu wrong: power_rule
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * (x.exp() - 1))


def elu_backward(grad_out, x, alpha):
    return grad_out * torch.where(x > 0, 1, alpha * x * torch.exp(x - 1))


# %% activations.elu wrong: zero_gradient
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * (x.exp() - 1))


def elu_backward(grad_out, x, alpha):
    return grad_out * (x > 0)


# %% activations.elu wrong: not_chained
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * (x.exp() - 1))


def elu_backward(grad_out, x, alpha):
    return torch.where(x > 0, 1, alpha * x.exp())


# %% activations.elu wrong: sign_of_gradient
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * (x.exp() - 1))


def elu_backward(grad_out, x, alpha):
    return torch.where(grad_out > 0, grad_out, grad_out * alpha * x.exp())


# %% activations.elu wrong: in_place
def elu(x, alpha):
    x[x <= 0] = alpha * (x[x <= 0].exp() - 1)
    return x


def elu_backward(grad_out, x, alpha):
    return torch.where(x > 0, grad_out, grad_out * alpha * x.exp())


# %% activations.elu wrong: float32
def elu(x, alpha):
    return torch.where(x > 0, x, alpha * (x.exp() - 1)).float()


def elu_backward(grad_out, x, alpha):
    return (grad_out * torch.where(x > 0, 1, alpha * x.exp())).float()


# %% activations.gelu right: written_out
def gelu(x):
    return x / (1 + torch.exp(-1.702 * x))


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return s * grad_out + x * grad_out * s * (1 - s) * 1.702


# %% activations.gelu right: from_output
def gelu(x):
    s = torch.special.expit(x * 1.702)
    return torch.mul(s, x)


def gelu_backward(grad_out, x):
    z = 1.702 * x
    out = gelu(x)
    s = z.sigmoid()
    return grad_out * (s + 1.702 * out - 1.702 * out * s)


# %% activations.gelu right: tanh_form
def gelu(x):
    return 0.5 * x * (1 + torch.tanh(0.851 * x))


def gelu_backward(grad_out, x):
    t = torch.tanh(0.851 * x)
    return grad_out * (0.5 * (1 + t) + 0.5 * x * 0.851 * (1 - t**2))


# %% activations.gelu right: swish_scaled
def gelu(x):
    return nn.functional.silu(1.702 * x) / 1.702


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return grad_out * s * (1 + 1.702 * x * (1 - s))


# %% activations.gelu wrong: exact
def gelu(x):
    return x * (1 + torch.erf(x / math.sqrt(2))) / 2


def gelu_backward(grad_out, x):
    phi = torch.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return grad_out * ((1 + torch.erf(x / math.sqrt(2))) / 2 + x * phi)


# %% activations.gelu wrong: by_tanh
def gelu(x):
    z = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    return 0.5 * x * (1 + torch.tanh(z))


def gelu_backward(grad_out, x):
    z = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    slope = math.sqrt(2 / math.pi) * (1 + 0.134145 * x**2)
    t = torch.tanh(z)
    return grad_out * (0.5 * (1 + t) + 0.5 * x * (1 - t**2) * slope)


# %% activations.gelu wrong: swish
def gelu(x):
    return x * torch.sigmoid(x)


def gelu_backward(grad_out, x):
    s = torch.sigmoid(x)
    return grad_out * (s + x * s * (1 - s))


# %% activations.gelu wrong: factor_outside
def gelu(x):
    return 1.702 * x * torch.sigmoid(1.702 * x)


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return grad_out * 1.702 * (s + 1.702 * x * s * (1 - s))


# %% activations.gelu wrong: only_sigmoid
def gelu(x):
    return torch.sigmoid(1.702 * x)


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return grad_out * 1.702 * s * (1 - s)


# %% activations.gelu wrong: overflow
def gelu(x):
    e = torch.exp(1.702 * x)
    return x * e / (1 + e)


def gelu_backward(grad_out, x):
    e = torch.exp(1.702 * x)
    s = e / (1 + e)
    return grad_out * (s + 1.702 * x * s * (1 - s))


# %% activations.gelu wrong: no_product_rule
def gelu(x):
    return x / (1 + torch.exp(-1.702 * x))


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return grad_out * s


# %% activations.gelu wrong: second_term_only
def gelu(x):
    return x / (1 + torch.exp(-1.702 * x))


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return grad_out * 1.702 * x * s * (1 - s)


# %% activations.gelu wrong: no_inner_factor
def gelu(x):
    return x / (1 + torch.exp(-1.702 * x))


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return grad_out * (s + x * s * (1 - s))


# %% activations.gelu wrong: no_x_in_gradient
def gelu(x):
    return x / (1 + torch.exp(-1.702 * x))


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return grad_out * (s + 1.702 * s * (1 - s))


# %% activations.gelu wrong: one_minus_missing
def gelu(x):
    return x / (1 + torch.exp(-1.702 * x))


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return grad_out * (s + 1.702 * x * s)


# %% activations.gelu wrong: not_chained
def gelu(x):
    return x / (1 + torch.exp(-1.702 * x))


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return s + 1.702 * x * s * (1 - s)


# %% activations.gelu wrong: in_place
def gelu(x):
    x *= torch.sigmoid(1.702 * x)
    return x


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return grad_out * s * (1 + 1.702 * x * (1 - s))


# %% activations.gelu wrong: float32
def gelu(x):
    return (x * torch.sigmoid(1.702 * x)).float()


def gelu_backward(grad_out, x):
    s = torch.sigmoid(1.702 * x)
    return (grad_out * s * (1 + 1.702 * x * (1 - s))).float()

"""Answers to the normalization exercises: wrong ones that students give, named by mistake, and other right ones."""


# %% normalization.batch_norm right: two_branches
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm right: lerp
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            print(mean)
            self.running_mean = torch.lerp(self.running_mean, mean.detach(), self.momentum)
            count = x.numel() // x.size(1)
            self.running_var = torch.lerp(
                self.running_var, var.detach() * count / (count - 1), self.momentum
            )
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm right: transposed
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        columns = x.transpose(0, 1).flatten(1)
        if self.training:
            mean = columns.mean(1, keepdim=True)
            var = ((columns - mean) ** 2).mean(1, keepdim=True)
            m = columns.shape[1]
            old, new = 1 - self.momentum, self.momentum
            self.running_mean.mul_(old).add_(new * mean.detach()[:, 0])
            self.running_var.mul_(old).add_(new * m / (m - 1) * var.detach()[:, 0])
        else:
            mean, var = self.running_mean[:, None], self.running_var[:, None]
        y = (
            self.gamma[:, None] * (columns - mean) * torch.rsqrt(var + self.eps)
            + self.beta[:, None]
        )
        return y.view(x.transpose(0, 1).shape).transpose(0, 1)


# %% normalization.batch_norm right: einsum
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        flat = x.reshape(x.shape[0], x.shape[1], -1)
        mean, var = self.running_mean, self.running_var
        if self.training:
            m = flat.shape[0] * flat.shape[2]
            mean = torch.einsum("ncp->c", flat) / m
            var = torch.einsum("ncp,ncp->c", flat, flat) / m - mean**2
            with torch.no_grad():
                q = self.momentum
                self.running_mean[:] = self.running_mean + q * (mean - self.running_mean)
                centred = flat - mean[:, None]
                unbiased = torch.einsum("ncp,ncp->c", centred, centred) / (m - 1)
                self.running_var[:] = self.running_var + q * (unbiased - self.running_var)
            var = torch.einsum("ncp,ncp->c", flat - mean[:, None], flat - mean[:, None]) / m
        scale = self.gamma / torch.sqrt(var + self.eps)
        out = flat * scale[:, None] + (self.beta - mean * scale)[:, None]
        return out.reshape(x.shape)


# %% normalization.batch_norm right: library
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        return nn.functional.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.gamma,
            self.beta,
            self.training,
            self.momentum,
            self.eps,
        )


# %% normalization.batch_norm wrong: biased_stored
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * var)
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: unbiased_used
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: variances_swapped
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims, unbiased=False))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: momentum_reversed
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_(q * self.running_mean + (1 - q) * mean)
                self.running_var.copy_(q * self.running_var + (1 - q) * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: no_average
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            with torch.no_grad():
                self.running_mean.copy_(mean)
                self.running_var.copy_(x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: not_updated
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            self.mean_now = (1 - q) * self.running_mean + q * mean.detach()
            self.var_now = (1 - q) * self.running_var + q * x.detach().var(dims)
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: updated_in_eval
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        mean, var = x.mean(dims), x.var(dims, unbiased=False)
        unbiased = var * (x.numel() / x.shape[1]) / max(1, x.numel() / x.shape[1] - 1)
        if not self.training:
            mean, var = self.running_mean.clone(), self.running_var.clone()
        q = self.momentum
        with torch.no_grad():
            self.running_mean.copy_((1 - q) * self.running_mean + q * x.mean(dims))
            self.running_var.copy_((1 - q) * self.running_var + q * unbiased)
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: batch_in_eval
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: running_in_training
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
            mean, var = self.running_mean.clone(), self.running_var.clone()
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: std_stored
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.std(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: eps_stored
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * (x.var(dims) + self.eps))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: eps_outside
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape).sqrt() + self.eps)
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: no_eps
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / var.view(shape).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: no_root
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps)
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: one_mean
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        shape = [1, -1] + [1] * (x.dim() - 2)
        if self.training:
            mean, var = x.mean().expand(x.shape[1]), x.var(unbiased=False).expand(x.shape[1])
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var())
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: by_pixel
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        if self.training:
            mean, var = x.mean(0), x.var(0, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                many = (slice(None),) + (0,) * (x.dim() - 2)
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean[many])
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(0)[many])
        else:
            mean, var = self.running_mean, self.running_var
            mean, var = (v.view([-1] + [1] * (x.dim() - 2)) for v in (mean, var))
        shape = [-1] + [1] * (x.dim() - 2)
        return self.gamma.view(shape) * (x - mean) / (var + self.eps).sqrt() + self.beta.view(shape)


# %% normalization.batch_norm wrong: no_affine
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat


# %% normalization.batch_norm wrong: shift_scaled
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return self.gamma.view(shape) * (x_hat + self.beta.view(shape))


# %% normalization.batch_norm wrong: detached
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.detach().mean(dims), x.detach().var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: keeps_graph
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            self.running_mean = (1 - q) * self.running_mean + q * mean
            self.running_var = (1 - q) * self.running_var + q * x.var(dims)
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: in_place
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x -= mean.view(shape)
        x /= (var.view(shape) + self.eps).sqrt()
        x_hat = x
        return x_hat * self.gamma.view(shape) + self.beta.view(shape)


# %% normalization.batch_norm wrong: float32
class BatchNorm(nn.Module):
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        super().__init__()
        self.eps = eps
        self.momentum = momentum
        self.gamma = nn.Parameter(torch.ones(num_features))
        self.beta = nn.Parameter(torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x):
        dims = (0,) if x.dim() == 2 else (0, 2, 3)
        shape = (1, -1) if x.dim() == 2 else (1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(dims), x.var(dims, unbiased=False)
            q = self.momentum
            with torch.no_grad():
                self.running_mean.copy_((1 - q) * self.running_mean + q * mean)
                self.running_var.copy_((1 - q) * self.running_var + q * x.var(dims))
        else:
            mean, var = self.running_mean, self.running_var
        x_hat = (x - mean.view(shape)) / (var.view(shape) + self.eps).sqrt()
        return (x_hat * self.gamma.view(shape) + self.beta.view(shape)).float()


# %% normalization.batch_norm wrong: not_a_module
class BatchNorm:
    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.eps, self.momentum, self.training = eps, momentum, True
        self.gamma, self.beta = torch.ones(num_features), torch.zeros(num_features)

    def __call__(self, x):
        x_hat = (x - x.mean(0)) / (x.var(0, correction=0) + self.eps).sqrt()
        return self.gamma * x_hat + self.beta


# %% normalization.batch_norm_backward right: from_the_sums
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    m = len(x)
    grad_x = (
        gamma / (m * std) * (m * grad_out - grad_out.sum(0) - x_hat * (grad_out * x_hat).sum(0))
    )
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward right: step_by_step
def batch_norm_backward(grad_out, x, gamma, eps):
    m = x.shape[0]
    mu = x.sum(0) / m
    centred = x - mu
    var = (centred**2).sum(0) / m
    inverse = 1 / torch.sqrt(var + eps)
    grad_hat = grad_out * gamma
    grad_var = (grad_hat * centred).sum(0) * -0.5 * inverse**3
    grad_mu = -(grad_hat * inverse).sum(0) + grad_var * (-2 * centred).mean(0)
    grad_x = grad_hat * inverse + grad_var * 2 * centred / m + grad_mu / m
    return grad_x, (grad_out * centred * inverse).sum(0), grad_out.sum(0)


# %% normalization.batch_norm_backward right: by_matrix
def batch_norm_backward(grad_out, x, gamma, eps):
    m, channels = x.shape
    outs = [torch.empty_like(x), torch.empty_like(gamma), torch.empty_like(gamma)]
    for c in range(channels):
        root = math.sqrt(float(((x[:, c] - x[:, c].mean()) ** 2).mean()) + eps)
        hat = (x[:, c] - x[:, c].mean()) / root
        one = torch.ones(m, m, dtype=x.dtype)
        jacobian = torch.eye(m, dtype=x.dtype) - one / m - torch.outer(hat, hat) / m
        outs[0][:, c] = gamma[c] / root * jacobian @ grad_out[:, c]
        outs[1][c], outs[2][c] = grad_out[:, c] @ hat, grad_out[:, c].sum()
    return outs


# %% normalization.batch_norm_backward right: autograd
def batch_norm_backward(grad_out, x, gamma, eps):
    inputs = [v.detach().clone().requires_grad_(True) for v in (x, gamma, torch.zeros_like(gamma))]
    mean, var = inputs[0].mean(0), inputs[0].var(0, correction=0)
    out = inputs[1] * (inputs[0] - mean) / torch.sqrt(var + eps) + inputs[2]
    return torch.autograd.grad(out, inputs, grad_out)


# %% normalization.batch_norm_backward wrong: fixed_statistics
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * grad_out
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: mean_only
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - grad_out.mean(0))
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: variance_only
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - x_hat * (grad_out * x_hat).mean(0))
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: sums_for_means
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - grad_out.sum(0) - x_hat * (grad_out * x_hat).sum(0))
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: no_gamma
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0)) / std
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: times_deviation
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma * std * (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0))
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: no_deviation
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma * (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0))
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: unbiased
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0))
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: no_eps
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = var.sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0))
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: eps_outside
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = var.sqrt() + eps
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0))
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: raw_input
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0))
    grad_gamma = (grad_out * x).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: means_for_sums
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0))
    grad_gamma = (grad_out * x_hat).mean(0)
    grad_beta = grad_out.mean(0)
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: swapped
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0))
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x, grad_beta, grad_gamma


# %% normalization.batch_norm_backward wrong: in_place
def batch_norm_backward(grad_out, x, gamma, eps):
    total = grad_out.sum(0)
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0))
    grad_out_hat = grad_out.mul_(x_hat)
    grad_gamma = grad_out_hat.sum(0)
    grad_beta = total
    return grad_x, grad_gamma, grad_beta


# %% normalization.batch_norm_backward wrong: float32
def batch_norm_backward(grad_out, x, gamma, eps):
    var = x.var(0, unbiased=False)
    std = (var + eps).sqrt()
    x_hat = (x - x.mean(0)) / std
    grad_x = gamma / std * (grad_out - grad_out.mean(0) - x_hat * (grad_out * x_hat).mean(0))
    grad_gamma = (grad_out * x_hat).sum(0)
    grad_beta = grad_out.sum(0)
    return grad_x.float(), grad_gamma.float(), grad_beta.float()


# %% normalization.layer_norm right: biased_variance
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    return gamma * x_hat + beta


# %% normalization.layer_norm right: row_by_row
def layer_norm(x, gamma, beta, eps):
    out = torch.empty_like(x)
    rows, outs = x.reshape(-1, x.shape[-1]), out.view(-1, x.shape[-1])
    for row, new in zip(rows, outs):
        mean = sum(row) / len(row)
        var = sum((row - mean) ** 2) / len(row)
        new.copy_(gamma * (row - mean) / (var + eps) ** 0.5 + beta)
    return out


# %% normalization.layer_norm right: standard_scores
def layer_norm(x, gamma, beta, eps):
    var, mean = torch.var_mean(x, dim=-1, correction=0, keepdim=True)
    return torch.addcmul(beta, gamma, (x - mean) * torch.rsqrt(var + eps))


# %% normalization.layer_norm right: numpy_arrays
def layer_norm(x, gamma, beta, eps):
    a = x.numpy()
    hat = (a - a.mean(-1, keepdims=True)) / (a.var(-1, keepdims=True) + eps) ** 0.5
    return torch.from_numpy(hat) * gamma + beta


# %% normalization.layer_norm right: library
def layer_norm(x, gamma, beta, eps):
    return nn.functional.layer_norm(x, x.shape[-1:], gamma, beta, eps)


# %% normalization.layer_norm wrong: unbiased
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, keepdim=True)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    return gamma * x_hat + beta


# %% normalization.layer_norm wrong: eps_outside
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    x_hat = (x - mean) / (torch.sqrt(var) + eps)
    return gamma * x_hat + beta


# %% normalization.layer_norm wrong: no_eps
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    x_hat = (x - mean) / torch.sqrt(var)
    return gamma * x_hat + beta


# %% normalization.layer_norm wrong: no_root
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    x_hat = (x - mean) / (var + eps)
    return gamma * x_hat + beta


# %% normalization.layer_norm wrong: not_centred
def layer_norm(x, gamma, beta, eps):
    var = x.var(-1, unbiased=False, keepdim=True)
    return gamma * x / torch.sqrt(var + eps) + beta


# %% normalization.layer_norm wrong: no_affine
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    return x_hat


# %% normalization.layer_norm wrong: shift_scaled
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    return gamma * (x_hat + beta)


# %% normalization.layer_norm wrong: one_mean
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(), x.var(unbiased=False)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    return gamma * x_hat + beta


# %% normalization.layer_norm wrong: in_place
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    x -= mean
    x /= torch.sqrt(var + eps)
    return gamma * x + beta


# %% normalization.layer_norm wrong: float32
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    return (gamma * x_hat + beta).float()


# %% normalization.layer_norm wrong: batch_norm
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(0), x.var(0, unbiased=False)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    return gamma * x_hat + beta


# %% normalization.layer_norm wrong: all_positions
def layer_norm(x, gamma, beta, eps):
    dims = tuple(range(1, x.dim()))
    mean, var = x.mean(dims, keepdim=True), x.var(dims, unbiased=False, keepdim=True)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    return gamma * x_hat + beta


# %% normalization.layer_norm wrong: scalar_affine
def layer_norm(x, gamma, beta, eps):
    mean, var = x.mean(-1, keepdim=True), x.var(-1, unbiased=False, keepdim=True)
    x_hat = (x - mean) / torch.sqrt(var + eps)
    return gamma[0] * x_hat + beta[0]


# %% normalization.group_norm right: reshaped
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm right: group_by_group
def group_norm(x, num_groups, gamma, beta, eps):
    outs = []
    for part in x.chunk(num_groups, dim=1):
        dims = tuple(range(1, x.dim()))
        mean = part.mean(dims, keepdim=True)
        var = ((part - mean) ** 2).mean(dims, keepdim=True)
        outs.append((part - mean) / (var + eps) ** 0.5)
    return (torch.cat(outs, 1).transpose(1, -1) * gamma + beta).transpose(1, -1)


# %% normalization.group_norm right: image_by_image
def group_norm(x, num_groups, gamma, beta, eps):
    outs = []
    for image in x:
        rows = image.reshape(num_groups, -1)
        rows = (rows - rows.mean(1)[:, None]) / torch.sqrt(rows.var(1, correction=0) + eps)[:, None]
        rows = rows.reshape(x.shape[1], -1) * gamma[:, None] + beta[:, None]
        outs.append(rows.reshape(image.shape))
    return torch.stack(outs)


# %% normalization.group_norm right: five_dimensions
def group_norm(x, num_groups, gamma, beta, eps):
    n, c = x.shape[:2]
    g = x.reshape(n, num_groups, c // num_groups, *x.shape[2:])
    var, mean = torch.var_mean(g, dim=tuple(range(2, g.dim())), correction=0, keepdim=True)
    g = (g - mean) * torch.rsqrt(var + eps)
    return torch.einsum("nc...,c->nc...", g.reshape(x.shape), gamma) + beta.view(
        -1, *[1] * (x.dim() - 2)
    )


# %% normalization.group_norm right: library
def group_norm(x, num_groups, gamma, beta, eps):
    return nn.functional.group_norm(x, num_groups, gamma, beta, eps)


# %% normalization.group_norm wrong: unbiased
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: eps_outside
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / (torch.sqrt(var) + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: no_eps
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: no_root
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / (var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: not_centred
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    g = g / torch.sqrt(g.var(-1, unbiased=False, keepdim=True) + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: no_affine
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)

    return g.reshape(x.shape)


# %% normalization.group_norm wrong: shift_scaled
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return (g.reshape(x.shape) + beta.view(shape)) * gamma.view(shape)


# %% normalization.group_norm wrong: one_mean
def group_norm(x, num_groups, gamma, beta, eps):
    g = x
    mean, var = x.mean(), x.var(unbiased=False)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: in_place
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.view(len(x), num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g -= mean
    g /= torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: float32
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return (g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)).float()


# %% normalization.group_norm wrong: groups_for_size
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), x.shape[1] // num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: interleaved
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), -1, num_groups, x[0, 0].numel())
    mean, var = g.mean((1, 3), keepdim=True), g.var((1, 3), unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: layer_norm
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), 1, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: instance_norm
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), x.shape[1], -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: across_images
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    mean, var = g.mean((0, 2), keepdim=True), g.var((0, 2), unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: by_pixel
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, x.shape[1] // num_groups, -1)
    mean, var = g.mean(2, keepdim=True), g.var(2, unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    shape = [1, -1] + [1] * (x.dim() - 2)
    return g.reshape(x.shape) * gamma.view(shape) + beta.view(shape)


# %% normalization.group_norm wrong: affine_by_group
def group_norm(x, num_groups, gamma, beta, eps):
    g = x.reshape(len(x), num_groups, -1)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = (g - mean) / torch.sqrt(var + eps)
    scale, shift = gamma[:num_groups, None], beta[:num_groups, None]
    return (g * scale + shift).reshape(x.shape)


# %% normalization.group_norm wrong: images_only
def group_norm(x, num_groups, gamma, beta, eps):
    n, c, h, w = x.shape
    g = x.reshape(n, num_groups, c // num_groups * h * w)
    mean, var = g.mean(-1, keepdim=True), g.var(-1, unbiased=False, keepdim=True)
    g = ((g - mean) / torch.sqrt(var + eps)).reshape(n, c, h, w)
    return g * gamma.view(1, c, 1, 1) + beta.view(1, c, 1, 1)

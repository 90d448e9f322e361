"""Answers to the exercises on colour: wrong ones that students give, named by mistake, and other right ones."""


# %% color.brightness_contrast right: one_by_one
def brightness_contrast(images, brightness, contrast):
    results = []
    for x, b, c in zip(images, brightness, contrast):
        x = torch.clamp(x * b, 0, 1)
        m = (0.299 * x[0] + 0.587 * x[1] + 0.114 * x[2]).mean()
        results.append(torch.clamp(m + c * (x - m), 0, 1))
    return torch.stack(results)


# %% color.brightness_contrast right: einsum
def brightness_contrast(images, brightness, contrast):
    grey = torch.tensor([0.299, 0.587, 0.114], dtype=images.dtype)
    x = torch.einsum("nchw,n->nchw", images, brightness).clip(0, 1)
    mean = torch.einsum("nchw,c->n", x, grey) / (x.shape[2] * x.shape[3])
    blend = torch.lerp(mean[:, None, None, None].expand_as(x), x, contrast[:, None, None, None])
    return blend.clip(0, 1)


# %% color.brightness_contrast right: channel_means
def brightness_contrast(images, brightness, contrast):
    x = torch.minimum(images * brightness[:, None, None, None], torch.ones_like(images))
    red, green, blue = x.flatten(2).mean(2).T
    mean = (299 * red + 587 * green + 114 * blue)[:, None, None, None] / 1000
    out = x * contrast[:, None, None, None] + mean * (1 - contrast[:, None, None, None])
    out[out < 0] = 0
    out[out > 1] = 1
    return out


# %% color.brightness_contrast wrong: added
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = (images + b - 1).clamp(0, 1)
    m = (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).mean((2, 3), keepdim=True)
    return (c * x + (1 - c) * m).clamp(0, 1)


# %% color.brightness_contrast wrong: contrast_swapped
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = (b * images).clamp(0, 1)
    m = (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).mean((2, 3), keepdim=True)
    return ((1 - c) * x + c * m).clamp(0, 1)


# %% color.brightness_contrast wrong: about_half
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = (b * images).clamp(0, 1)
    return (c * x + (1 - c) * 0.5).clamp(0, 1)


# %% color.brightness_contrast wrong: plain_mean
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = (b * images).clamp(0, 1)
    m = x.mean((1, 2, 3), keepdim=True)
    return (c * x + (1 - c) * m).clamp(0, 1)


# %% color.brightness_contrast wrong: own_grey
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = (b * images).clamp(0, 1)
    grey = 0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]
    return (c * x + (1 - c) * grey).clamp(0, 1)


# %% color.brightness_contrast wrong: mean_of_batch
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = (b * images).clamp(0, 1)
    m = (0.299 * x[:, 0] + 0.587 * x[:, 1] + 0.114 * x[:, 2]).mean()
    return (c * x + (1 - c) * m).clamp(0, 1)


# %% color.brightness_contrast wrong: mean_of_channel
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = (b * images).clamp(0, 1)
    m = x.mean((2, 3), keepdim=True)
    return (c * x + (1 - c) * m).clamp(0, 1)


# %% color.brightness_contrast wrong: contrast_first
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = images
    m = (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).mean((2, 3), keepdim=True)
    x = (c * x + (1 - c) * m).clamp(0, 1)
    return (b * x).clamp(0, 1)


# %% color.brightness_contrast wrong: old_mean
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = images
    m = (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).mean((2, 3), keepdim=True)
    return (c * (b * x).clamp(0, 1) + (1 - c) * m).clamp(0, 1)


# %% color.brightness_contrast wrong: not_cut
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = b * images
    m = (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).mean((2, 3), keepdim=True)
    return c * x + (1 - c) * m


# %% color.brightness_contrast wrong: cut_once
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = b * images
    m = (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).mean((2, 3), keepdim=True)
    return (c * x + (1 - c) * m).clamp(0, 1)


# %% color.brightness_contrast wrong: first_factor
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[0], contrast[0]
    x = (b * images).clamp(0, 1)
    m = (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).mean((2, 3), keepdim=True)
    return (c * x + (1 - c) * m).clamp(0, 1)


# %% color.brightness_contrast wrong: in_place
def brightness_contrast(images, brightness, contrast):
    c = contrast[:, None, None, None]
    x = images.mul_(brightness[:, None, None, None]).clamp_(0, 1)
    m = (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).mean((2, 3), keepdim=True)
    return (c * x + (1 - c) * m).clamp(0, 1)


# %% color.brightness_contrast wrong: float32
def brightness_contrast(images, brightness, contrast):
    b, c = brightness[:, None, None, None], contrast[:, None, None, None]
    x = (b * images).clamp(0, 1)
    m = (0.299 * x[:, :1] + 0.587 * x[:, 1:2] + 0.114 * x[:, 2:]).mean((2, 3), keepdim=True)
    return (c * x + (1 - c) * m).clamp(0, 1).float()


# %% color.principal right: singular_values
def principal_colors(images):
    points = images.permute(0, 2, 3, 1).reshape(-1, 3)
    points = points - points.mean(0)
    _, singular, directions = torch.linalg.svd(points, full_matrices=False)
    return singular**2 / (len(points) - 1), directions


# %% color.principal right: library_covariance
def principal_colors(images):
    covariance = torch.cov(torch.cat([x.flatten(1) for x in images], dim=1))
    variances, vectors = torch.linalg.eigh(covariance)
    order = variances.argsort(descending=True)
    return variances[order], vectors[:, order].T


# %% color.principal right: numpy_eig
import numpy as np


def principal_colors(images):
    points = np.moveaxis(images.cpu().numpy(), 1, -1).reshape(-1, 3)
    variances, vectors = np.linalg.eig(np.cov(points, rowvar=False))
    order = np.argsort(-variances)
    found = variances[order], vectors.T[order]
    return tuple(torch.from_numpy(np.ascontiguousarray(part)).to(images) for part in found)


# %% color.principal wrong: mixed_up
def principal_colors(images):
    variances, vectors = torch.linalg.eigh(torch.cov(images.reshape(3, -1)))
    return variances.flip(0), vectors.T.flip(0)


# %% color.principal wrong: not_centred
def principal_colors(images):
    colors = images.transpose(0, 1).reshape(3, -1)
    variances, vectors = torch.linalg.eigh(colors @ colors.T / colors.shape[1])
    return variances.flip(0), vectors.T.flip(0)


# %% color.principal wrong: ascending
def principal_colors(images):
    variances, vectors = torch.linalg.eigh(torch.cov(images.transpose(0, 1).reshape(3, -1)))
    return variances, vectors.T


# %% color.principal wrong: columns
def principal_colors(images):
    variances, vectors = torch.linalg.eigh(torch.cov(images.transpose(0, 1).reshape(3, -1)))
    return variances.flip(0), vectors.flip(1)


# %% color.principal wrong: variances_only
def principal_colors(images):
    variances, vectors = torch.linalg.eigh(torch.cov(images.transpose(0, 1).reshape(3, -1)))
    return variances.flip(0), vectors.T


# %% color.principal wrong: standard_deviations
def principal_colors(images):
    variances, vectors = torch.linalg.eigh(torch.cov(images.transpose(0, 1).reshape(3, -1)))
    return variances.flip(0).sqrt(), vectors.T.flip(0)


# %% color.principal wrong: first_picture
def principal_colors(images):
    variances, vectors = torch.linalg.eigh(torch.cov(images[0].reshape(3, -1)))
    return variances.flip(0), vectors.T.flip(0)


# %% color.principal wrong: mean_of_pictures
def principal_colors(images):
    covariance = torch.stack([torch.cov(x.reshape(3, -1)) for x in images]).mean(0)
    variances, vectors = torch.linalg.eigh(covariance)
    return variances.flip(0), vectors.T.flip(0)


# %% color.principal wrong: correlation
def principal_colors(images):
    colors = images.transpose(0, 1).reshape(3, -1)
    colors = (colors - colors.mean(1, keepdim=True)) / colors.std(1, keepdim=True)
    variances, vectors = torch.linalg.eigh(torch.cov(colors))
    return variances.flip(0), vectors.T.flip(0)


# %% color.principal wrong: not_divided
def principal_colors(images):
    colors = images.transpose(0, 1).reshape(3, -1)
    colors = colors - colors.mean(1, keepdim=True)
    variances, vectors = torch.linalg.eigh(colors @ colors.T)
    return variances.flip(0), vectors.T.flip(0)


# %% color.principal wrong: float32
def principal_colors(images):
    variances, vectors = torch.linalg.eigh(torch.cov(images.float().transpose(0, 1).flatten(1)))
    return variances.flip(0), vectors.T.flip(0)


# %% color.lighting right: loop
def random_lighting(images, variances, directions, std):
    out = images.clone()
    for picture in out:
        for variance, direction in zip(variances, directions):
            picture += random.gauss(0, std) * variance * direction[:, None, None]
    return out


# %% color.lighting right: einsum
def random_lighting(images, variances, directions, std):
    alphas = torch.randn(len(images), 3).to(images) * std
    return images + torch.einsum("nk,k,kc->nc", alphas, variances, directions)[..., None, None]


# %% color.lighting right: numpy_normal
import numpy as np


def random_lighting(images, variances, directions, std):
    alphas = torch.from_numpy(np.random.default_rng().normal(0, std, (3, len(images)))).to(images)
    offsets = directions.T @ torch.diag(variances) @ alphas
    return images + offsets.T.reshape(-1, 3, 1, 1)


# %% color.lighting wrong: each_pixel
def random_lighting(images, variances, directions, std):
    n, _, h, w = images.shape
    alphas = std * torch.randn(n, h, w, 3, dtype=images.dtype)
    return images + ((alphas * variances) @ directions).permute(0, 3, 1, 2)


# %% color.lighting wrong: one_for_all
def random_lighting(images, variances, directions, std):
    alphas = std * torch.randn(3, dtype=images.dtype)
    return images + ((alphas * variances) @ directions)[:, None, None]


# %% color.lighting wrong: one_alpha
def random_lighting(images, variances, directions, std):
    alphas = std * torch.randn(len(images), 1, dtype=images.dtype)
    return images + ((alphas * variances) @ directions)[:, :, None, None]


# %% color.lighting wrong: no_variance
def random_lighting(images, variances, directions, std):
    alphas = std * torch.randn(len(images), 3, dtype=images.dtype)
    return images + (alphas @ directions)[:, :, None, None]


# %% color.lighting wrong: root_of_variance
def random_lighting(images, variances, directions, std):
    alphas = std * torch.randn(len(images), 3, dtype=images.dtype)
    return images + ((alphas * variances.sqrt()) @ directions)[:, :, None, None]


# %% color.lighting wrong: std_is_variance
def random_lighting(images, variances, directions, std):
    alphas = std**0.5 * torch.randn(len(images), 3, dtype=images.dtype)
    return images + ((alphas * variances) @ directions)[:, :, None, None]


# %% color.lighting wrong: columns
def random_lighting(images, variances, directions, std):
    alphas = std * torch.randn(len(images), 3, dtype=images.dtype)
    return images + ((alphas * variances) @ directions.T)[:, :, None, None]


# %% color.lighting wrong: uniform
def random_lighting(images, variances, directions, std):
    alphas = std * (2 * torch.rand(len(images), 3, dtype=images.dtype) - 1)
    return images + ((alphas * variances) @ directions)[:, :, None, None]


# %% color.lighting wrong: std_ignored
def random_lighting(images, variances, directions, std):
    alphas = 0.1 * torch.randn(len(images), 3, dtype=images.dtype)
    return images + ((alphas * variances) @ directions)[:, :, None, None]


# %% color.lighting wrong: absolute
def random_lighting(images, variances, directions, std):
    alphas = std * torch.randn(len(images), 3, dtype=images.dtype).abs()
    return images + ((alphas * variances) @ directions)[:, :, None, None]


# %% color.lighting wrong: fixed_seed
def random_lighting(images, variances, directions, std):
    generator = torch.Generator().manual_seed(17)
    alphas = std * torch.randn(len(images), 3, dtype=images.dtype, generator=generator)
    return images + ((alphas * variances) @ directions)[:, :, None, None]


# %% color.lighting wrong: in_place
def random_lighting(images, variances, directions, std):
    alphas = std * torch.randn(len(images), 3, dtype=images.dtype)
    images += ((alphas * variances) @ directions)[:, :, None, None]
    return images


# %% color.lighting wrong: float32
def random_lighting(images, variances, directions, std):
    alphas = std * torch.randn(len(images), 3)
    offsets = (alphas * variances.float()) @ directions.float()
    return images.float() + offsets[:, :, None, None]

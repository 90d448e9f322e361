"""Answers to the standardizing exercise: wrong ones that students give, named by mistake, and other right ones."""


# %% preparing.standardize right: flattened
def standardize(train, test):
    channels = train.transpose(0, 1).flatten(1)
    mean, std = channels.mean(1), ((channels - channels.mean(1, keepdim=True)) ** 2).mean(1).sqrt()
    std[std == 0] = 1
    return tuple((x - mean.view(-1, 1, 1)) / std.view(-1, 1, 1) for x in (train, test))


# %% preparing.standardize right: numpy_statistics
def standardize(train, test):
    arrays = [x.numpy() for x in (train, test)]
    mean, std = arrays[0].mean((0, 2, 3)), arrays[0].std((0, 2, 3))
    std[std == 0] = 1
    outs = [(a - mean[:, None, None]) / std[:, None, None] for a in arrays]
    return [torch.from_numpy(out) for out in outs]


# %% preparing.standardize right: channel_by_channel
def standardize(train, test):
    outs = [torch.empty_like(train), torch.empty_like(test)]
    for c in range(train.shape[1]):
        mean, std = train[:, c].mean(), train[:, c].std(unbiased=False)
        for out, x in zip(outs, (train, test)):
            out[:, c] = x[:, c] - mean
            if std > 0:
                out[:, c] /= std
    return outs[0], outs[1]


# %% preparing.standardize right: mean_of_squares
def standardize(train, test):
    dims = (0, 2, 3)
    mean = train.double().mean(dims, keepdim=True)
    square = train.double().square().mean(dims, keepdim=True) - mean**2
    std = square.clamp(min=0).sqrt()
    std = std.masked_fill(std < 1e-7, 1)
    return ((train - mean) / std).to(train.dtype), ((test - mean) / std).to(test.dtype)


# %% preparing.standardize wrong: own_statistics
def standardize(train, test):
    outs = []
    for x in (train, test):
        mean, std = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), correction=0, keepdim=True)
        outs.append((x - mean) / torch.where(std == 0, 1, std))
    return tuple(outs)


# %% preparing.standardize wrong: own_mean
def standardize(train, test):
    mean, std = (
        train.mean((0, 2, 3), keepdim=True),
        train.std((0, 2, 3), correction=0, keepdim=True),
    )
    std = torch.where(std == 0, 1, std)
    return (train - mean) / std, (test - test.mean((0, 2, 3), keepdim=True)) / std


# %% preparing.standardize wrong: joint_statistics
def standardize(train, test):
    both = torch.cat([train, test])
    mean, std = both.mean((0, 2, 3), keepdim=True), both.std((0, 2, 3), correction=0, keepdim=True)
    std = torch.where(std == 0, 1, std)
    return (train - mean) / std, (test - mean) / std


# %% preparing.standardize wrong: test_left
def standardize(train, test):
    mean, std = (
        train.mean((0, 2, 3), keepdim=True),
        train.std((0, 2, 3), correction=0, keepdim=True),
    )
    std = torch.where(std == 0, 1, std)
    return (train - mean) / std, test.clone()


# %% preparing.standardize wrong: all_channels
def standardize(train, test):
    mean, std = train.mean(), train.std(correction=0)
    return (train - mean) / std, (test - mean) / std


# %% preparing.standardize wrong: by_pixel
def standardize(train, test):
    mean, std = train.mean(0, keepdim=True), train.std(0, correction=0, keepdim=True)
    std = torch.where(std == 0, 1, std)
    return (train - mean) / std, (test - mean) / std


# %% preparing.standardize wrong: by_image
def standardize(train, test):
    outs = []
    for x in (train, test):
        mean, std = x.mean((2, 3), keepdim=True), x.std((2, 3), correction=0, keepdim=True)
        outs.append((x - mean) / torch.where(std == 0, 1, std))
    return tuple(outs)


# %% preparing.standardize wrong: no_division
def standardize(train, test):
    mean = train.mean((0, 2, 3), keepdim=True)
    return train - mean, test - mean


# %% preparing.standardize wrong: no_centring
def standardize(train, test):
    std = train.std((0, 2, 3), correction=0, keepdim=True)
    std = torch.where(std == 0, 1, std)
    return train / std, test / std


# %% preparing.standardize wrong: variance
def standardize(train, test):
    mean, var = (
        train.mean((0, 2, 3), keepdim=True),
        train.var((0, 2, 3), correction=0, keepdim=True),
    )
    var = torch.where(var == 0, 1, var)
    return (train - mean) / var, (test - mean) / var


# %% preparing.standardize wrong: unbiased
def standardize(train, test):
    mean, std = (
        train.mean((0, 2, 3), keepdim=True),
        train.std((0, 2, 3), correction=1, keepdim=True),
    )
    std = torch.where(std == 0, 1, std)
    return (train - mean) / std, (test - mean) / std


# %% preparing.standardize wrong: nan_at_constant
def standardize(train, test):
    mean, std = (
        train.mean((0, 2, 3), keepdim=True),
        train.std((0, 2, 3), correction=0, keepdim=True),
    )
    return (train - mean) / std, (test - mean) / std


# %% preparing.standardize wrong: tiny_at_constant
def standardize(train, test):
    mean, std = (
        train.mean((0, 2, 3), keepdim=True),
        train.std((0, 2, 3), correction=0, keepdim=True),
    )
    std = std.clamp(min=1e-8)
    return (train - mean) / std, (test - mean) / std


# %% preparing.standardize wrong: skipped_at_constant
def standardize(train, test):
    mean, std = (
        train.mean((0, 2, 3), keepdim=True),
        train.std((0, 2, 3), correction=0, keepdim=True),
    )
    mean = torch.where(std == 0, 0, mean)
    std = torch.where(std == 0, 1, std)
    return (train - mean) / std, (test - mean) / std


# %% preparing.standardize wrong: in_place
def standardize(train, test):
    mean, std = (
        train.mean((0, 2, 3), keepdim=True),
        train.std((0, 2, 3), correction=0, keepdim=True),
    )
    std = torch.where(std == 0, 1, std)
    train -= mean
    train /= std
    test -= mean
    test /= std
    return train, test


# %% preparing.standardize wrong: float32
def standardize(train, test):
    mean, std = (
        train.mean((0, 2, 3), keepdim=True),
        train.std((0, 2, 3), correction=0, keepdim=True),
    )
    std = torch.where(std == 0, 1, std)
    return ((train - mean) / std).float(), ((test - mean) / std).float()

"""Known answers to the capstone. The right ones and some wrong ones train for seconds."""


# %% capstone.training right: adam_and_cosine
class Network(nn.Sequential):
    """Three blocks of convolution, batch norm, ReLU and pooling; images standardized per channel come in."""

    def __init__(self, width=16, num_classes=10):
        layers, channels = [], 3
        for out in (width, 2 * width, 4 * width):
            layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
            channels = out
        layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)]
        super().__init__(*layers)


def augmented(images, pad=3):
    """Each picture shifted by up to `pad` pixels, flipped at random both ways, and turned by 90° or not."""
    num_images, size = len(images), images.shape[-1]
    shifts = torch.randint(2 * pad + 1, (2, num_images, 1), device=images.device)
    rows, columns = shifts + torch.arange(size, device=images.device)
    padded = F.pad(images, (pad,) * 4, mode="reflect").movedim(1, -1)
    each = torch.arange(num_images, device=images.device)[:, None, None]
    images = padded[each, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
    for dim in (2, 3):
        flips = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
        images = torch.where(flips, images.flip(dim), images)
    turns = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
    return torch.where(turns, images.transpose(2, 3), images)


def train_network(train, num_steps):
    """Train within the budget; returns predict(images [N, 3, 32, 32]) -> probabilities [N, 10]."""
    mean = train.images.mean(dim=(0, 2, 3), keepdim=True)
    std = train.images.std(dim=(0, 2, 3), keepdim=True)
    model = Network().to(train.images.device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, num_steps)
    model.train()
    for _ in range(num_steps):
        chosen = torch.randint(len(train), (64,), device=train.labels.device)
        images = augmented((train.images[chosen] - mean) / std)
        loss = F.cross_entropy(model(images), train.labels[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()

    def predict(images):
        images = (images - mean) / std
        views = [images, images.flip(2), images.flip(3), images.flip((2, 3))]
        return torch.stack([model(view).softmax(dim=1) for view in views]).mean(dim=0)

    return predict


# %% capstone.training right: whole_epochs
class Network(nn.Sequential):
    """Three blocks of convolution, batch norm, ReLU and pooling; images standardized per channel come in."""

    def __init__(self, width=16, num_classes=10):
        layers, channels = [], 3
        for out in (width, 2 * width, 4 * width):
            layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
            channels = out
        layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)]
        super().__init__(*layers)


def augmented(images, pad=3):
    """Each picture shifted by up to `pad` pixels, flipped at random both ways, and turned by 90° or not."""
    num_images, size = len(images), images.shape[-1]
    shifts = torch.randint(2 * pad + 1, (2, num_images, 1), device=images.device)
    rows, columns = shifts + torch.arange(size, device=images.device)
    padded = F.pad(images, (pad,) * 4, mode="reflect").movedim(1, -1)
    each = torch.arange(num_images, device=images.device)[:, None, None]
    images = padded[each, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
    for dim in (2, 3):
        flips = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
        images = torch.where(flips, images.flip(dim), images)
    turns = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
    return torch.where(turns, images.transpose(2, 3), images)


def train_network(train, num_steps):
    """Train within the budget; returns predict(images [N, 3, 32, 32]) -> probabilities [N, 10]."""
    mean = train.images.mean(dim=(0, 2, 3), keepdim=True)
    std = train.images.std(dim=(0, 2, 3), keepdim=True)
    model = Network().to(train.images.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.1, total_steps=num_steps, pct_start=0.2, anneal_strategy="linear"
    )
    model.train()
    order = torch.cat([torch.randperm(len(train)) for _ in range(num_steps // 4)])
    for chosen in order.to(train.labels.device).split(60)[:num_steps]:
        images = augmented((train.images[chosen] - mean) / std)
        loss = F.cross_entropy(model(images), train.labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()

    def predict(images):
        images = (images - mean) / std
        views = [images, images.flip(2), images.flip(3), images.flip((2, 3))]
        return torch.stack([model(view).softmax(dim=1) for view in views]).mean(dim=0)

    return predict


# %% capstone.training right: own_average_two_views
import copy


class Network(nn.Sequential):
    """Three blocks of convolution, batch norm, ReLU and pooling; images standardized per channel come in."""

    def __init__(self, width=16, num_classes=10):
        layers, channels = [], 3
        for out in (width, 2 * width, 4 * width):
            layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
            channels = out
        layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)]
        super().__init__(*layers)


def augmented(images, pad=3):
    """Each picture shifted by up to `pad` pixels, flipped at random both ways, and turned by 90° or not."""
    num_images, size = len(images), images.shape[-1]
    shifts = torch.randint(2 * pad + 1, (2, num_images, 1), device=images.device)
    rows, columns = shifts + torch.arange(size, device=images.device)
    padded = F.pad(images, (pad,) * 4, mode="reflect").movedim(1, -1)
    each = torch.arange(num_images, device=images.device)[:, None, None]
    images = padded[each, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
    for dim in (2, 3):
        flips = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
        images = torch.where(flips, images.flip(dim), images)
    turns = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
    return torch.where(turns, images.transpose(2, 3), images)


def train_network(train, num_steps):
    """Train within the budget; returns predict(images [N, 3, 32, 32]) -> probabilities [N, 10]."""
    mean = train.images.mean(dim=(0, 2, 3), keepdim=True)
    std = train.images.std(dim=(0, 2, 3), keepdim=True)
    model = Network().to(train.images.device)
    average = copy.deepcopy(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.1, total_steps=num_steps, pct_start=0.2, anneal_strategy="linear"
    )
    model.train()
    for _ in range(num_steps):
        chosen = torch.randint(len(train), (64,), device=train.labels.device)
        images = augmented((train.images[chosen] - mean) / std)
        loss = F.cross_entropy(model(images), train.labels[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            for mean_of, now in zip(
                average.state_dict().values(), model.state_dict().values(), strict=True
            ):
                if now.is_floating_point():
                    mean_of.lerp_(now, 0.05)
    average.eval()

    def predict(images):
        images = (images - mean) / std
        return (average(images).softmax(1) + average(images.flip(3)).softmax(1)) / 2

    return predict


# %% capstone.training wrong: still_training
class Network(nn.Sequential):
    """Three blocks of convolution, batch norm, ReLU and pooling; images standardized per channel come in."""

    def __init__(self, width=16, num_classes=10):
        layers, channels = [], 3
        for out in (width, 2 * width, 4 * width):
            layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
            channels = out
        layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)]
        super().__init__(*layers)


def augmented(images, pad=3):
    """Each picture shifted by up to `pad` pixels, flipped at random both ways, and turned by 90° or not."""
    num_images, size = len(images), images.shape[-1]
    shifts = torch.randint(2 * pad + 1, (2, num_images, 1), device=images.device)
    rows, columns = shifts + torch.arange(size, device=images.device)
    padded = F.pad(images, (pad,) * 4, mode="reflect").movedim(1, -1)
    each = torch.arange(num_images, device=images.device)[:, None, None]
    images = padded[each, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
    for dim in (2, 3):
        flips = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
        images = torch.where(flips, images.flip(dim), images)
    turns = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
    return torch.where(turns, images.transpose(2, 3), images)


def train_network(train, num_steps):
    """Train within the budget; returns predict(images [N, 3, 32, 32]) -> probabilities [N, 10]."""
    mean = train.images.mean(dim=(0, 2, 3), keepdim=True)
    std = train.images.std(dim=(0, 2, 3), keepdim=True)
    model = Network().to(train.images.device)
    decay = torch.optim.swa_utils.get_ema_multi_avg_fn(0.98)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=decay, use_buffers=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.1, total_steps=num_steps, pct_start=0.2, anneal_strategy="linear"
    )
    model.train()
    for _ in range(num_steps):
        chosen = torch.randint(len(train), (64,), device=train.labels.device)
        images = augmented((train.images[chosen] - mean) / std)
        loss = F.cross_entropy(model(images), train.labels[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        average.update_parameters(model)
    average.train()

    def predict(images):
        images = (images - mean) / std
        views = [images, images.flip(2), images.flip(3), images.flip((2, 3))]
        return torch.stack([average(view).softmax(dim=1) for view in views]).mean(dim=0)

    return predict


# %% capstone.training wrong: logits
class Network(nn.Sequential):
    """Three blocks of convolution, batch norm, ReLU and pooling; images standardized per channel come in."""

    def __init__(self, width=16, num_classes=10):
        layers, channels = [], 3
        for out in (width, 2 * width, 4 * width):
            layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
            channels = out
        layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)]
        super().__init__(*layers)


def augmented(images, pad=3):
    """Each picture shifted by up to `pad` pixels, flipped at random both ways, and turned by 90° or not."""
    num_images, size = len(images), images.shape[-1]
    shifts = torch.randint(2 * pad + 1, (2, num_images, 1), device=images.device)
    rows, columns = shifts + torch.arange(size, device=images.device)
    padded = F.pad(images, (pad,) * 4, mode="reflect").movedim(1, -1)
    each = torch.arange(num_images, device=images.device)[:, None, None]
    images = padded[each, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
    for dim in (2, 3):
        flips = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
        images = torch.where(flips, images.flip(dim), images)
    turns = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
    return torch.where(turns, images.transpose(2, 3), images)


def train_network(train, num_steps):
    """Train within the budget; returns predict(images [N, 3, 32, 32]) -> probabilities [N, 10]."""
    mean = train.images.mean(dim=(0, 2, 3), keepdim=True)
    std = train.images.std(dim=(0, 2, 3), keepdim=True)
    model = Network().to(train.images.device)
    decay = torch.optim.swa_utils.get_ema_multi_avg_fn(0.98)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=decay, use_buffers=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.1, total_steps=num_steps, pct_start=0.2, anneal_strategy="linear"
    )
    model.train()
    for _ in range(num_steps):
        chosen = torch.randint(len(train), (64,), device=train.labels.device)
        images = augmented((train.images[chosen] - mean) / std)
        loss = F.cross_entropy(model(images), train.labels[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        average.update_parameters(model)
    average.eval()

    def predict(images):
        images = (images - mean) / std
        views = [images, images.flip(2), images.flip(3), images.flip((2, 3))]
        return torch.stack([average(view) for view in views]).mean(dim=0)

    return predict


# %% capstone.training wrong: softmax_over_pictures
class Network(nn.Sequential):
    """Three blocks of convolution, batch norm, ReLU and pooling; images standardized per channel come in."""

    def __init__(self, width=16, num_classes=10):
        layers, channels = [], 3
        for out in (width, 2 * width, 4 * width):
            layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
            channels = out
        layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)]
        super().__init__(*layers)


def augmented(images, pad=3):
    """Each picture shifted by up to `pad` pixels, flipped at random both ways, and turned by 90° or not."""
    num_images, size = len(images), images.shape[-1]
    shifts = torch.randint(2 * pad + 1, (2, num_images, 1), device=images.device)
    rows, columns = shifts + torch.arange(size, device=images.device)
    padded = F.pad(images, (pad,) * 4, mode="reflect").movedim(1, -1)
    each = torch.arange(num_images, device=images.device)[:, None, None]
    images = padded[each, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
    for dim in (2, 3):
        flips = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
        images = torch.where(flips, images.flip(dim), images)
    turns = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
    return torch.where(turns, images.transpose(2, 3), images)


def train_network(train, num_steps):
    """Train within the budget; returns predict(images [N, 3, 32, 32]) -> probabilities [N, 10]."""
    mean = train.images.mean(dim=(0, 2, 3), keepdim=True)
    std = train.images.std(dim=(0, 2, 3), keepdim=True)
    model = Network().to(train.images.device)
    decay = torch.optim.swa_utils.get_ema_multi_avg_fn(0.98)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=decay, use_buffers=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.1, total_steps=num_steps, pct_start=0.2, anneal_strategy="linear"
    )
    model.train()
    for _ in range(num_steps):
        chosen = torch.randint(len(train), (64,), device=train.labels.device)
        images = augmented((train.images[chosen] - mean) / std)
        loss = F.cross_entropy(model(images), train.labels[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        average.update_parameters(model)
    average.eval()

    def predict(images):
        images = (images - mean) / std
        views = [images, images.flip(2), images.flip(3), images.flip((2, 3))]
        return torch.stack([average(view).softmax(dim=0) for view in views]).mean(dim=0)

    return predict


# %% capstone.training wrong: too_many_steps
def train_network(train, num_steps):
    model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)).to(train.images.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(2 * num_steps):
        chosen = torch.randint(len(train), (64,))
        loss = F.cross_entropy(model(train.images[chosen]), train.labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return lambda images: model(images).softmax(dim=1)


# %% capstone.training wrong: no_optimizer
def train_network(train, num_steps):
    model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)).to(train.images.device)
    for _ in range(num_steps):
        chosen = torch.randint(len(train), (64,))
        loss = F.cross_entropy(model(train.images[chosen]), train.labels[chosen])
        with torch.no_grad():
            gradients = torch.autograd.grad(loss, list(model.parameters()))
            for parameter, gradient in zip(model.parameters(), gradients, strict=True):
                parameter -= 0.01 * gradient
    return lambda images: model(images).softmax(dim=1)


# %% capstone.training wrong: one_epoch
class Network(nn.Sequential):
    """Three blocks of convolution, batch norm, ReLU and pooling; images standardized per channel come in."""

    def __init__(self, width=16, num_classes=10):
        layers, channels = [], 3
        for out in (width, 2 * width, 4 * width):
            layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
            channels = out
        layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)]
        super().__init__(*layers)


def augmented(images, pad=3):
    """Each picture shifted by up to `pad` pixels, flipped at random both ways, and turned by 90° or not."""
    num_images, size = len(images), images.shape[-1]
    shifts = torch.randint(2 * pad + 1, (2, num_images, 1), device=images.device)
    rows, columns = shifts + torch.arange(size, device=images.device)
    padded = F.pad(images, (pad,) * 4, mode="reflect").movedim(1, -1)
    each = torch.arange(num_images, device=images.device)[:, None, None]
    images = padded[each, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
    for dim in (2, 3):
        flips = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
        images = torch.where(flips, images.flip(dim), images)
    turns = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
    return torch.where(turns, images.transpose(2, 3), images)


def train_network(train, num_steps):
    """Train within the budget; returns predict(images [N, 3, 32, 32]) -> probabilities [N, 10]."""
    mean = train.images.mean(dim=(0, 2, 3), keepdim=True)
    std = train.images.std(dim=(0, 2, 3), keepdim=True)
    model = Network().to(train.images.device)
    decay = torch.optim.swa_utils.get_ema_multi_avg_fn(0.98)
    average = torch.optim.swa_utils.AveragedModel(model, multi_avg_fn=decay, use_buffers=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.1, total_steps=num_steps, pct_start=0.2, anneal_strategy="linear"
    )
    model.train()
    for chosen in torch.randperm(len(train), device=train.labels.device).split(64):
        images = augmented((train.images[chosen] - mean) / std)
        loss = F.cross_entropy(model(images), train.labels[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        average.update_parameters(model)
    average.eval()

    def predict(images):
        images = (images - mean) / std
        views = [images, images.flip(2), images.flip(3), images.flip((2, 3))]
        return torch.stack([average(view).softmax(dim=1) for view in views]).mean(dim=0)

    return predict


# %% capstone.training wrong: not_trained
class Network(nn.Sequential):
    """Three blocks of convolution, batch norm, ReLU and pooling; images standardized per channel come in."""

    def __init__(self, width=4, num_classes=10):
        layers, channels = [], 3
        for out in (width, 2 * width, 4 * width):
            layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
            channels = out
        layers += [nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)]
        super().__init__(*layers)


def augmented(images, pad=3):
    """Each picture shifted by up to `pad` pixels, flipped at random both ways, and turned by 90° or not."""
    num_images, size = len(images), images.shape[-1]
    shifts = torch.randint(2 * pad + 1, (2, num_images, 1), device=images.device)
    rows, columns = shifts + torch.arange(size, device=images.device)
    padded = F.pad(images, (pad,) * 4, mode="reflect").movedim(1, -1)
    each = torch.arange(num_images, device=images.device)[:, None, None]
    images = padded[each, rows[:, :, None], columns[:, None, :]].movedim(-1, 1)
    for dim in (2, 3):
        flips = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
        images = torch.where(flips, images.flip(dim), images)
    turns = torch.rand(num_images, 1, 1, 1, device=images.device) < 0.5
    return torch.where(turns, images.transpose(2, 3), images)


def train_network(train, num_steps):
    """Train within the budget; returns predict(images [N, 3, 32, 32]) -> probabilities [N, 10]."""
    mean = train.images.mean(dim=(0, 2, 3), keepdim=True)
    std = train.images.std(dim=(0, 2, 3), keepdim=True)
    model = Network().to(train.images.device)
    average = Network().to(train.images.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=0.1, total_steps=num_steps, pct_start=0.2, anneal_strategy="linear"
    )
    model.train()
    for _ in range(num_steps):
        chosen = torch.randint(len(train), (64,), device=train.labels.device)
        images = augmented((train.images[chosen] - mean) / std)
        loss = F.cross_entropy(model(images), train.labels[chosen], label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    average.eval()

    def predict(images):
        images = (images - mean) / std
        views = [images, images.flip(2), images.flip(3), images.flip((2, 3))]
        return torch.stack([average(view).softmax(dim=1) for view in views]).mean(dim=0)

    return predict


# %% capstone.training wrong: classes
def train_network(train, num_steps):
    model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)).to(train.images.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(num_steps):
        chosen = torch.randint(len(train), (64,))
        loss = F.cross_entropy(model(train.images[chosen]), train.labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return lambda images: model(images).argmax(dim=1)


# %% capstone.training wrong: nothing_returned
def train_network(train, num_steps):
    model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10)).to(train.images.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    for _ in range(num_steps):
        chosen = torch.randint(len(train), (64,))
        loss = F.cross_entropy(model(train.images[chosen]), train.labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# %% capstone.training wrong: diverged
def train_network(train, num_steps):
    layers = [nn.Flatten(), nn.Linear(3072, 16), nn.ReLU(), nn.Linear(16, 10)]
    model = nn.Sequential(*layers).to(train.images.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e30)
    for _ in range(num_steps):
        chosen = torch.randint(len(train), (64,))
        loss = F.cross_entropy(model(train.images[chosen]), train.labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return lambda images: model(images).softmax(dim=1)

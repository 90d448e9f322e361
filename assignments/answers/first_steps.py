"""Answers to the first steps: wrong ones that students give, named by mistake, and other right ones."""

# %% first_steps.initial_loss right: evaluate_split
from utils.data import Split


def initial_loss(model, images, labels, num_classes):

    return evaluate(model, Split(images, labels))[0], -math.log(1 / num_classes)


# %% first_steps.initial_loss right: log_softmax
def initial_loss(model, images, labels, num_classes):

    mode = model.training
    logits = model.eval()(images).detach()
    model.train(mode)
    right = logits.log_softmax(1)[torch.arange(len(labels)), labels]
    return -right.mean(), torch.log(torch.tensor(float(num_classes)))


# %% first_steps.initial_loss right: copied_model
def initial_loss(model, images, labels, num_classes):

    twin = copy.deepcopy(model).eval()
    losses = F.cross_entropy(twin(images), labels, reduction="none")
    return losses.mean(), math.log2(num_classes) * math.log(2)


# %% first_steps.initial_loss wrong: train_mode
def initial_loss(model, images, labels, num_classes):
    mode = model.training
    model.train()
    buffers = {name: b.clone() for name, b in model.named_buffers()}
    entropy = F.cross_entropy(model(images), labels)
    model.load_state_dict(buffers, strict=False)
    model.train(mode)
    return entropy.item(), math.log(num_classes)


# %% first_steps.initial_loss wrong: mode_not_restored
def initial_loss(model, images, labels, num_classes):
    model.eval()
    with torch.no_grad():
        entropy = F.cross_entropy(model(images), labels)
    return entropy.item(), math.log(num_classes)


# %% first_steps.initial_loss wrong: softmax_twice
def initial_loss(model, images, labels, num_classes):
    mode = model.training
    model.eval()
    with torch.no_grad():
        entropy = F.cross_entropy(model(images).softmax(1), labels)
    model.train(mode)
    return entropy.item(), math.log(num_classes)


# %% first_steps.initial_loss wrong: summed
def initial_loss(model, images, labels, num_classes):
    mode = model.training
    model.eval()
    with torch.no_grad():
        entropy = F.cross_entropy(model(images), labels, reduction="sum")
    model.train(mode)
    return entropy.item(), math.log(num_classes)


# %% first_steps.initial_loss wrong: classes_counted
def initial_loss(model, images, labels, num_classes):
    mode = model.training
    model.eval()
    with torch.no_grad():
        entropy = F.cross_entropy(model(images), labels)
    model.train(mode)
    return entropy.item(), math.log(len(labels.unique()))


# %% first_steps.initial_loss wrong: log_ten
def initial_loss(model, images, labels, num_classes):
    mode = model.training
    model.eval()
    with torch.no_grad():
        entropy = F.cross_entropy(model(images), labels)
    model.train(mode)
    return entropy.item(), math.log10(num_classes)


# %% first_steps.initial_loss wrong: probability
def initial_loss(model, images, labels, num_classes):
    mode = model.training
    model.eval()
    with torch.no_grad():
        entropy = F.cross_entropy(model(images), labels)
    model.train(mode)
    return entropy.item(), 1 / num_classes


# %% first_steps.initial_loss wrong: penalty_added
def initial_loss(model, images, labels, num_classes):
    mode = model.training
    model.eval()
    with torch.no_grad():
        entropy = F.cross_entropy(model(images), labels)
    model.train(mode)
    penalty = 1e-4 * sum((p**2).sum() for p in model.parameters())
    return (entropy + penalty).item(), math.log(num_classes)


# %% first_steps.initial_loss wrong: one_step_taken
def initial_loss(model, images, labels, num_classes):
    mode = model.training
    sgd = torch.optim.SGD(model.parameters(), lr=0.01)
    entropy = F.cross_entropy(model.eval()(images), labels)
    entropy.backward()
    sgd.step()
    model.train(mode)
    return entropy.item(), math.log(num_classes)


# %% first_steps.by_heart right: while_loop
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    few, targets, num_steps = images[:num_images], labels[:num_images], 0
    parameters = list(model.eval().parameters())

    def look():
        logits = model(few)
        return F.cross_entropy(logits, targets), bool((logits.argmax(1) == targets).all())

    loss, all_right = look()
    while num_steps < max_steps and not all_right:
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter -= lr * gradient
        num_steps += 1
        loss, all_right = look()
    return num_steps, loss


# %% first_steps.by_heart right: accuracy_each_step
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    x, y = images[:num_images], labels[:num_images]
    optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.0, weight_decay=0.0)
    model.eval()
    taken = 0
    for _ in range(max_steps):
        with torch.no_grad():
            accuracy = (model(x).argmax(dim=1) == y).double().mean().item()
        if accuracy == 1.0:
            break
        optimizer.zero_grad(set_to_none=False)
        nn.CrossEntropyLoss()(model(x), y).backward()
        optimizer.step()
        taken += 1
    return torch.tensor(taken), F.cross_entropy(model(x), y).detach()


# %% first_steps.by_heart right: dropout_layers_off
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    x, y = images.narrow(0, 0, num_images), labels.narrow(0, 0, num_images)
    for layer in filter(lambda layer: type(layer) is nn.Dropout, model.modules()):
        layer.p = 0.0
    sgd = torch.optim.SGD(model.parameters(), lr=lr)
    for step in range(max_steps + 1):
        logits = model(x)
        wrong = int((logits.argmax(-1) != y).sum())
        loss = -logits.log_softmax(-1).gather(1, y[:, None]).mean()
        if not wrong or step == max_steps:
            return step, float(loss)
        model.zero_grad()
        loss.backward()
        sgd.step()


# %% first_steps.by_heart wrong: dropout_on
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.train()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        loss = F.cross_entropy(logits, targets)
        if num_steps == max_steps or torch.equal(logits.argmax(1), targets):
            return num_steps, loss.item()
        sgd.zero_grad()
        loss.backward()
        sgd.step()


# %% first_steps.by_heart wrong: weight_decay
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr, weight_decay=1e-4)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        loss = F.cross_entropy(logits, targets)
        if num_steps == max_steps or torch.equal(logits.argmax(1), targets):
            return num_steps, loss.item()
        sgd.zero_grad()
        loss.backward()
        sgd.step()


# %% first_steps.by_heart wrong: momentum
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr, momentum=0.9)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        loss = F.cross_entropy(logits, targets)
        if num_steps == max_steps or torch.equal(logits.argmax(1), targets):
            return num_steps, loss.item()
        sgd.zero_grad()
        loss.backward()
        sgd.step()


# %% first_steps.by_heart wrong: all_images
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    few, targets = images, labels
    sgd = torch.optim.SGD(model.parameters(), lr)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        loss = F.cross_entropy(logits, targets)
        if num_steps == max_steps or torch.equal(logits.argmax(1), targets):
            return num_steps, loss.item()
        sgd.zero_grad()
        loss.backward()
        sgd.step()


# %% first_steps.by_heart wrong: random_images
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    index = torch.randperm(len(images))[:num_images]
    few, targets = images[index], labels[index]
    sgd = torch.optim.SGD(model.parameters(), lr)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        loss = F.cross_entropy(logits, targets)
        if num_steps == max_steps or torch.equal(logits.argmax(1), targets):
            return num_steps, loss.item()
        sgd.zero_grad()
        loss.backward()
        sgd.step()


# %% first_steps.by_heart wrong: one_by_one
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        loss = F.cross_entropy(logits, targets)
        if num_steps == max_steps or torch.equal(logits.argmax(1), targets):
            return num_steps, loss.item()
        for image, target in zip(few.split(1), targets.split(1), strict=True):
            sgd.zero_grad()
            F.cross_entropy(model(image), target).backward()
            sgd.step()


# %% first_steps.by_heart wrong: no_zero_grad
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        loss = F.cross_entropy(logits, targets)
        if num_steps == max_steps or torch.equal(logits.argmax(1), targets):
            return num_steps, loss.item()
        loss.backward()
        sgd.step()


# %% first_steps.by_heart wrong: no_early_stop
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        loss = F.cross_entropy(logits, targets)
        if num_steps == max_steps:
            return num_steps, loss.item()
        sgd.zero_grad()
        loss.backward()
        sgd.step()


# %% first_steps.by_heart wrong: stops_too_soon
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        loss = F.cross_entropy(logits, targets)
        if num_steps == max_steps or (logits.argmax(1) == targets).float().mean() > 0.75:
            return num_steps, loss.item()
        sgd.zero_grad()
        loss.backward()
        sgd.step()


# %% first_steps.by_heart wrong: one_step_too_many
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr)
    for num_steps in range(1, max_steps + 1):
        logits = model(few)
        sgd.zero_grad()
        F.cross_entropy(logits, targets).backward()
        sgd.step()
        if torch.equal(logits.argmax(1), targets):
            break
    return num_steps, F.cross_entropy(model(few), targets).item()


# %% first_steps.by_heart wrong: loss_before_last_step
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr)
    loss, num_steps = F.cross_entropy(model(few), targets), 0
    while num_steps < max_steps and not torch.equal(model(few).argmax(1), targets):
        loss = F.cross_entropy(model(few), targets)
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        num_steps += 1
    return num_steps, loss.item()


# %% first_steps.by_heart wrong: first_loss
def learn_by_heart(model, images, labels, lr, max_steps, num_images=20):
    model.eval()
    few, targets = images[:num_images], labels[:num_images]
    sgd = torch.optim.SGD(model.parameters(), lr)
    for num_steps in range(max_steps + 1):
        logits = model(few)
        loss = F.cross_entropy(logits, targets)
        first = loss.item() if num_steps == 0 else first
        if num_steps == max_steps or torch.equal(logits.argmax(1), targets):
            return num_steps, first
        sgd.zero_grad()
        loss.backward()
        sgd.step()


# %% first_steps.find_lr right: tensor_of_drops
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    def loss_of(model):
        with torch.no_grad():
            return F.cross_entropy(model(images), labels)

    ends = []
    for lr in lrs:
        model = make_model()
        descend(model, images, labels, lr, weight_decay, num_steps)
        ends.append(loss_of(model))
    drops = loss_of(make_model()) - torch.stack(ends)
    drops = torch.where(drops.isfinite(), drops, -math.inf)
    return lrs[int(drops.argmax())], drops


# %% first_steps.find_lr right: own_loop
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    results = {}
    for lr in lrs:
        model, losses = make_model(), []
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, weight_decay=weight_decay)
        for _ in range(num_steps + 1):
            entropy = F.cross_entropy(model(images), labels)
            losses.append(entropy.item())
            optimizer.zero_grad()
            entropy.backward()
            if len(losses) <= num_steps:
                optimizer.step()
        end = losses[-1]
        results[lr] = -math.inf if math.isnan(end) or math.isinf(end) else losses[0] - end
    return max(results, key=results.get), list(results.values())


# %% first_steps.find_lr right: best_so_far
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    best, found, drops = None, -math.inf, []
    start = copy.deepcopy(make_model())
    first = float(F.cross_entropy(start(images), labels))
    for lr in lrs:
        twin = copy.deepcopy(start)
        descend(twin, images, labels, lr, weight_decay, num_steps)
        drop = first - float(F.cross_entropy(twin(images), labels))
        drops.append(drop if drop > -math.inf else -math.inf)
        if drops[-1] > found:
            best, found = lr, drops[-1]
    return best, tuple(drops)


# %% first_steps.find_lr wrong: one_model
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    drops, model = [], make_model()
    for lr in lrs:
        before = F.cross_entropy(model(images), labels).item()
        descend(model, images, labels, lr, weight_decay, num_steps)
        after = F.cross_entropy(model(images), labels).item()
        drops.append(before - after if math.isfinite(after) else -math.inf)
    return lrs[drops.index(max(drops))], drops


# %% first_steps.find_lr wrong: nan_wins
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    drops = []
    for lr in lrs:
        model = make_model()
        before = F.cross_entropy(model(images), labels).item()
        descend(model, images, labels, lr, weight_decay, num_steps)
        after = F.cross_entropy(model(images), labels).item()
        drops.append(before - after)
    return lrs[int(torch.tensor(drops).argmax())], drops


# %% first_steps.find_lr wrong: magnitude
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    drops = []
    for lr in lrs:
        model = make_model()
        before = F.cross_entropy(model(images), labels).item()
        descend(model, images, labels, lr, weight_decay, num_steps)
        after = F.cross_entropy(model(images), labels).item()
        drops.append(abs(before - after) if math.isfinite(after) else -math.inf)
    return lrs[drops.index(max(drops))], drops


# %% first_steps.find_lr wrong: rise
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    drops = []
    for lr in lrs:
        model = make_model()
        before = F.cross_entropy(model(images), labels).item()
        descend(model, images, labels, lr, weight_decay, num_steps)
        after = F.cross_entropy(model(images), labels).item()
        drops.append(after - before if math.isfinite(after) else -math.inf)
    return lrs[drops.index(max(drops))], drops


# %% first_steps.find_lr wrong: smallest
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    drops = []
    for lr in lrs:
        model = make_model()
        before = F.cross_entropy(model(images), labels).item()
        descend(model, images, labels, lr, weight_decay, num_steps)
        after = F.cross_entropy(model(images), labels).item()
        drops.append(before - after if math.isfinite(after) else -math.inf)
    return lrs[drops.index(min(drops))], drops


# %% first_steps.find_lr wrong: index
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    drops = []
    for lr in lrs:
        model = make_model()
        before = F.cross_entropy(model(images), labels).item()
        descend(model, images, labels, lr, weight_decay, num_steps)
        after = F.cross_entropy(model(images), labels).item()
        drops.append(before - after if math.isfinite(after) else -math.inf)
    return drops.index(max(drops)), drops


# %% first_steps.find_lr wrong: no_weight_decay
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    drops = []
    for lr in lrs:
        model = make_model()
        before = F.cross_entropy(model(images), labels).item()
        descend(model, images, labels, lr, 0.0, num_steps)
        after = F.cross_entropy(model(images), labels).item()
        drops.append(before - after if math.isfinite(after) else -math.inf)
    return lrs[drops.index(max(drops))], drops


# %% first_steps.find_lr wrong: one_step_short
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    drops = []
    for lr in lrs:
        model = make_model()
        before = F.cross_entropy(model(images), labels).item()
        descend(model, images, labels, lr, weight_decay, num_steps - 1)
        after = F.cross_entropy(model(images), labels).item()
        drops.append(before - after if math.isfinite(after) else -math.inf)
    return lrs[drops.index(max(drops))], drops


# %% first_steps.find_lr wrong: only_the_end
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    drops = []
    for lr in lrs:
        model = make_model()
        descend(model, images, labels, lr, weight_decay, num_steps)
        after = F.cross_entropy(model(images), labels).item()
        drops.append(after if math.isfinite(after) else math.inf)
    return lrs[drops.index(min(drops))], drops


# %% first_steps.find_lr wrong: relative
def find_lr(make_model, images, labels, lrs, weight_decay, num_steps=100):
    drops = []
    for lr in lrs:
        model = make_model()
        before = F.cross_entropy(model(images), labels).item()
        descend(model, images, labels, lr, weight_decay, num_steps)
        after = F.cross_entropy(model(images), labels).item()
        drops.append((before - after) / before if math.isfinite(after) else -math.inf)
    return lrs[drops.index(max(drops))], drops


# %% first_steps.coarse_grid right: product
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    def score(lr, decay):
        net = make_model()
        descend(net, data.train.images, data.train.labels, lr, decay, num_steps)
        with torch.no_grad():
            value = F.cross_entropy(net.eval()(data.val.images), data.val.labels)
        return math.inf if not value.isfinite() else value.item()

    losses = torch.tensor([score(*pair) for pair in itertools.product(lrs, weight_decays)])
    best = list(itertools.product(lrs, weight_decays))[losses.argmin()]
    return *best, losses.view(len(lrs), -1)


# %% first_steps.coarse_grid right: nested_lists
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    rows, best = [], (math.inf, None, None)
    for lr in lrs:
        row = []
        for weight_decay in weight_decays:
            model = make_model()
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            loss, _ = evaluate(model, data.val)
            loss = loss if loss < math.inf else math.inf
            if loss < best[0]:
                best = (loss, lr, weight_decay)
            row.append(loss)
        rows.append(row)
    return best[1], best[2], rows


# %% first_steps.coarse_grid right: decays_outside
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    start, table = make_model(), torch.full((len(lrs), len(weight_decays)), math.inf)
    for j, weight_decay in enumerate(weight_decays):
        for i, lr in enumerate(lrs):
            model = copy.deepcopy(start)
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            loss = F.cross_entropy(model.eval()(data.val.images), data.val.labels).detach()
            if loss.isfinite():
                table[i, j] = loss
    i, j = (table == table.min()).nonzero()[0].tolist()
    return [lrs[i], weight_decays[j], table]


# %% first_steps.coarse_grid wrong: picks_on_test
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    table = torch.empty(len(lrs), len(weight_decays), dtype=torch.float64)
    other = table.clone()
    for i, lr in enumerate(lrs):
        for j, weight_decay in enumerate(weight_decays):
            model = make_model()
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            table[i, j] = evaluate(model, data.val)[0]
            other[i, j] = evaluate(model, data.test)[0]
    table, other = (losses.nan_to_num(math.inf, math.inf) for losses in (table, other))
    i, j = divmod(int(other.argmin()), len(weight_decays))
    return lrs[i], weight_decays[j], table


# %% first_steps.coarse_grid wrong: picks_on_train
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    table = torch.empty(len(lrs), len(weight_decays), dtype=torch.float64)
    other = table.clone()
    for i, lr in enumerate(lrs):
        for j, weight_decay in enumerate(weight_decays):
            model = make_model()
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            table[i, j] = evaluate(model, data.val)[0]
            other[i, j] = evaluate(model, data.train)[0]
    table, other = (losses.nan_to_num(math.inf, math.inf) for losses in (table, other))
    i, j = divmod(int(other.argmin()), len(weight_decays))
    return lrs[i], weight_decays[j], table


# %% first_steps.coarse_grid wrong: one_model
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    model = make_model()
    table = torch.empty(len(lrs), len(weight_decays), dtype=torch.float64)
    for i, lr in enumerate(lrs):
        for j, weight_decay in enumerate(weight_decays):
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            table[i, j] = evaluate(model, data.val)[0]
    table = table.nan_to_num(math.inf, math.inf)
    i, j = divmod(int(table.argmin()), len(weight_decays))
    return lrs[i], weight_decays[j], table


# %% first_steps.coarse_grid wrong: no_weight_decay
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    table = torch.empty(len(lrs), len(weight_decays), dtype=torch.float64)
    for i, lr in enumerate(lrs):
        for j, weight_decay in enumerate(weight_decays):
            model = make_model()
            descend(model, data.train.images, data.train.labels, lr, 0.0, num_steps)
            table[i, j] = evaluate(model, data.val)[0]
    table = table.nan_to_num(math.inf, math.inf)
    i, j = divmod(int(table.argmin()), len(weight_decays))
    return lrs[i], weight_decays[j], table


# %% first_steps.coarse_grid wrong: zipped
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    losses = []
    for lr, weight_decay in zip(lrs, weight_decays, strict=False):
        model = make_model()
        descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
        loss = evaluate(model, data.val)[0]
        losses.append(loss if math.isfinite(loss) else math.inf)
    best = losses.index(min(losses))
    return lrs[best], weight_decays[best], losses


# %% first_steps.coarse_grid wrong: transposed
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    table = torch.empty(len(lrs), len(weight_decays), dtype=torch.float64)
    for i, lr in enumerate(lrs):
        for j, weight_decay in enumerate(weight_decays):
            model = make_model()
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            table[i, j] = evaluate(model, data.val)[0]
    table = table.nan_to_num(math.inf, math.inf)
    i, j = divmod(int(table.argmin()), len(weight_decays))
    return lrs[i], weight_decays[j], table.T


# %% first_steps.coarse_grid wrong: highest
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    table = torch.empty(len(lrs), len(weight_decays), dtype=torch.float64)
    for i, lr in enumerate(lrs):
        for j, weight_decay in enumerate(weight_decays):
            model = make_model()
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            table[i, j] = evaluate(model, data.val)[0]
    table = table.nan_to_num(math.inf, math.inf)
    i, j = divmod(int(table.argmax()), len(weight_decays))
    return lrs[i], weight_decays[j], table


# %% first_steps.coarse_grid wrong: train_mode
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    table = torch.empty(len(lrs), len(weight_decays), dtype=torch.float64)
    for i, lr in enumerate(lrs):
        for j, weight_decay in enumerate(weight_decays):
            model = make_model()
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            table[i, j] = F.cross_entropy(model(data.val.images), data.val.labels).detach()
    table = table.nan_to_num(math.inf, math.inf)
    i, j = divmod(int(table.argmin()), len(weight_decays))
    return lrs[i], weight_decays[j], table


# %% first_steps.coarse_grid wrong: nan_wins
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    table = torch.empty(len(lrs), len(weight_decays), dtype=torch.float64)
    for i, lr in enumerate(lrs):
        for j, weight_decay in enumerate(weight_decays):
            model = make_model()
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            table[i, j] = evaluate(model, data.val)[0]
    i, j = divmod(int(table.argmin()), len(weight_decays))
    return lrs[i], weight_decays[j], table


# %% first_steps.coarse_grid wrong: train_losses
def coarse_grid(make_model, data, lrs, weight_decays, num_steps):
    table = torch.empty(len(lrs), len(weight_decays), dtype=torch.float64)
    for i, lr in enumerate(lrs):
        for j, weight_decay in enumerate(weight_decays):
            model = make_model()
            descend(model, data.train.images, data.train.labels, lr, weight_decay, num_steps)
            table[i, j] = evaluate(model, data.train)[0]
    table = table.nan_to_num(math.inf, math.inf)
    i, j = divmod(int(table.argmin()), len(weight_decays))
    return lrs[i], weight_decays[j], table

"""Answers to the exercises on feature extraction: wrong ones that students give, and other right ones."""


# %% feature_extraction.features right: children_but_the_last
def extract_features(model, images, batch_size):
    was_training = [module.training for module in model.modules()]
    body = nn.Sequential(*list(model.children())[:-1]).eval()
    out = []
    with torch.inference_mode():
        for start in range(0, len(images), batch_size):
            out.append(body(images[start : start + batch_size]))
    for module, state in zip(model.modules(), was_training):
        module.training = state
    return torch.cat(out, dim=0)


# %% feature_extraction.features right: a_copy
def extract_features(model, images, batch_size):
    body = copy.deepcopy(model.body).eval().requires_grad_(False)
    first = body(images[:batch_size])
    features = first.new_empty(len(images), first.shape[1])
    features[: len(first)] = first
    for i in range(batch_size, len(images), batch_size):
        features[i : i + batch_size] = body(images[i : i + batch_size])
    return features


# %% feature_extraction.features right: caught_by_a_hook
def extract_features(model, images, batch_size):
    own = {name: module.training for name, module in model.named_modules()}
    caught = []
    hook = model.head.register_forward_pre_hook(lambda _, args: caught.append(args[0].detach()))
    try:
        model.eval()
        for k in range(-(-len(images) // batch_size)):
            model(images[k * batch_size : (k + 1) * batch_size])
    finally:
        hook.remove()
        for name, module in model.named_modules():
            module.training = own[name]
    return torch.vstack(caught)


# %% feature_extraction.features right: one_by_one
@torch.no_grad()
def extract_features(model, images, batch_size):
    norms = [m for m in model.modules() if m.training]
    model.eval()
    features = torch.stack([model.body(image[None])[0] for image in images])
    for m in norms:
        m.training = True
    return features


# %% feature_extraction.features wrong: with_head
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        logits = [model(batch) for batch in images.split(batch_size)]
    for m, mode in modes:
        m.training = mode
    return torch.cat(logits)


# %% feature_extraction.features wrong: training_mode
def extract_features(model, images, batch_size):
    with torch.no_grad():
        return torch.cat([model.body(batch) for batch in images.split(batch_size)])


# %% feature_extraction.features wrong: left_in_eval
def extract_features(model, images, batch_size):
    model.eval()
    with torch.no_grad():
        return torch.cat([model.body(batch) for batch in images.split(batch_size)])


# %% feature_extraction.features wrong: always_train
def extract_features(model, images, batch_size):
    model.eval()
    with torch.no_grad():
        features = torch.cat([model.body(batch) for batch in images.split(batch_size)])
    model.train()
    return features


# %% feature_extraction.features wrong: one_mode_for_all
def extract_features(model, images, batch_size):
    before = model.training
    model.eval()
    with torch.no_grad():
        features = torch.cat([model.body(batch) for batch in images.split(batch_size)])
    model.train(before)
    return features


# %% feature_extraction.features wrong: with_graph
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    features = torch.cat([model.body(batch) for batch in images.split(batch_size)])
    for m, mode in modes:
        m.training = mode
    return features


# %% feature_extraction.features wrong: frozen_instead
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval().requires_grad_(False)
    features = torch.cat([model.body(batch) for batch in images.split(batch_size)])
    for m, mode in modes:
        m.training = mode
    return features


# %% feature_extraction.features wrong: switched_off
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    torch.set_grad_enabled(False)
    features = torch.cat([model.body(batch) for batch in images.split(batch_size)])
    for m, mode in modes:
        m.training = mode
    return features


# %% feature_extraction.features wrong: last_batch_lost
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    features = [torch.zeros(0, model.head.in_features, dtype=images.dtype)]
    with torch.no_grad():
        for i in range(len(images) // batch_size):
            features.append(model.body(images[i * batch_size : (i + 1) * batch_size]))
    for m, mode in modes:
        m.training = mode
    return torch.cat(features)


# %% feature_extraction.features wrong: last_batch_only
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        for batch in images.split(batch_size):
            features = model.body(batch)
    for m, mode in modes:
        m.training = mode
    return features


# %% feature_extraction.features wrong: all_at_once
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        features = model.body(images)
    for m, mode in modes:
        m.training = mode
    return features


# %% feature_extraction.features wrong: shuffled
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    loader = torch.utils.data.DataLoader(images, batch_size, shuffle=True)
    with torch.no_grad():
        features = torch.cat([model.body(batch) for batch in loader])
    for m, mode in modes:
        m.training = mode
    return features


# %% feature_extraction.features wrong: head_removed
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.head = nn.Identity()
    model.eval()
    with torch.no_grad():
        features = torch.cat([model(batch) for batch in images.split(batch_size)])
    for m, mode in modes:
        m.training = mode
    return features


# %% feature_extraction.features wrong: a_list
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        features = [model.body(batch) for batch in images.split(batch_size)]
    for m, mode in modes:
        m.training = mode
    return features


# %% feature_extraction.features wrong: float32
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    features = torch.zeros(len(images), model.head.in_features)
    with torch.no_grad():
        for i in range(0, len(images), batch_size):
            features[i : i + batch_size] = model.body(images[i : i + batch_size])
    for m, mode in modes:
        m.training = mode
    return features


# %% feature_extraction.features wrong: pooled
def extract_features(model, images, batch_size):
    modes = [(m, m.training) for m in model.modules()]
    model.eval()
    with torch.no_grad():
        features = torch.cat([model.body(batch) for batch in images.split(batch_size)])
    for m, mode in modes:
        m.training = mode
    return features.unflatten(1, (-1, 4)).mean(2)


# %% feature_extraction.new_head right: parameter_by_parameter
def replace_head(model, num_classes):
    weight = model.head.weight
    model.head = nn.Linear(weight.shape[1], num_classes).to(weight)
    for parameter in model.body.parameters():
        parameter.requires_grad = False
    return model.train(False)


# %% feature_extraction.new_head right: in_place_of_the_child
def replace_head(model, num_classes):
    options = {"device": model.head.weight.device, "dtype": model.head.weight.dtype}
    new = nn.Linear(model.head.in_features, num_classes, **options)
    nn.init.zeros_(new.weight)
    nn.init.zeros_(new.bias)
    setattr(model, "head", new)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name.startswith("head."))
    for module in model.body.modules():
        module.training = False
    return model


# %% feature_extraction.new_head right: reset
def replace_head(model, num_classes):
    for p in model.parameters():
        p.requires_grad = False
    head = copy.deepcopy(model.head)
    head.out_features = num_classes
    head.weight = nn.Parameter(head.weight.new_empty(num_classes, head.in_features))
    head.bias = nn.Parameter(head.bias.new_empty(num_classes))
    head.reset_parameters()
    model.body.train(False)
    model._modules["head"] = head
    return model


# %% feature_extraction.new_head wrong: nothing_frozen
def replace_head(model, num_classes):
    model.requires_grad_(True)
    model.body.requires_grad = False
    model.body.eval()
    model.head = nn.Linear(model.head.in_features, num_classes).to(model.head.weight)
    return model


# %% feature_extraction.new_head wrong: head_frozen
def replace_head(model, num_classes):
    model.head = nn.Linear(model.head.in_features, num_classes).to(model.head.weight)
    for parameter in model.parameters():
        parameter.requires_grad = False
    model.body.eval()
    return model


# %% feature_extraction.new_head wrong: norms_trainable
def replace_head(model, num_classes):
    model.requires_grad_(True)
    for module in model.body.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.requires_grad_(False)
    model.body.eval()
    model.head = nn.Linear(model.head.in_features, num_classes).to(model.head.weight)
    return model


# %% feature_extraction.new_head wrong: biases_trainable
def replace_head(model, num_classes):
    model.requires_grad_(True)
    for name, parameter in model.body.named_parameters():
        if name.endswith("weight"):
            parameter.requires_grad = False
    model.body.eval()
    model.head = nn.Linear(model.head.in_features, num_classes).to(model.head.weight)
    return model


# %% feature_extraction.new_head wrong: norms_learn
def replace_head(model, num_classes):
    model.requires_grad_(False)
    model.head = nn.Linear(model.head.in_features, num_classes).to(model.head.weight)
    return model


# %% feature_extraction.new_head wrong: no_momentum
def replace_head(model, num_classes):
    model.requires_grad_(False)
    for module in model.body.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = 0.0
            module.track_running_stats = False
    model.head = nn.Linear(model.head.in_features, num_classes).to(model.head.weight)
    return model


# %% feature_extraction.new_head wrong: on_top
def replace_head(model, num_classes):
    model.requires_grad_(False)
    model.body.eval()
    new = nn.Linear(model.head.out_features, num_classes).to(model.head.weight)
    model.head = nn.Sequential(model.head, new)
    return model


# %% feature_extraction.new_head wrong: renamed_only
def replace_head(model, num_classes):
    model.requires_grad_(False)
    model.body.eval()
    model.head.out_features = num_classes
    model.head.requires_grad_(True)
    return model


# %% feature_extraction.new_head wrong: old_rows
def replace_head(model, num_classes):
    model.requires_grad_(False)
    model.body.eval()
    old = model.head
    model.head = nn.Linear(old.in_features, num_classes).to(old.weight)
    kept = min(num_classes, old.out_features)
    with torch.no_grad():
        model.head.weight[:kept] = old.weight[:kept]
    return model


# %% feature_extraction.new_head wrong: kept_head
def replace_head(model, num_classes):
    model.requires_grad_(False)
    model.body.eval()
    if model.head.out_features != num_classes:
        model.head = nn.Linear(model.head.in_features, num_classes).to(model.head.weight)
    model.head.requires_grad_(True)
    return model


# %% feature_extraction.new_head wrong: no_bias
def replace_head(model, num_classes):
    model.requires_grad_(False)
    model.body.eval()
    new = nn.Linear(model.head.in_features, num_classes, bias=False)
    model.head = new.to(model.head.weight)
    return model


# %% feature_extraction.new_head wrong: float32
def replace_head(model, num_classes):
    model.requires_grad_(False)
    model.body.eval()
    model.head = nn.Linear(model.head.in_features, num_classes)
    return model


# %% feature_extraction.new_head wrong: swapped
def replace_head(model, num_classes):
    model.requires_grad_(False)
    model.body.eval()
    model.head = nn.Linear(num_classes, model.head.in_features).to(model.head.weight)
    return model


# %% feature_extraction.new_head wrong: a_copy
def replace_head(model, num_classes):
    model = copy.deepcopy(model).requires_grad_(False)
    model.body.eval()
    model.head = nn.Linear(model.head.in_features, num_classes).to(model.head.weight)
    return model


# %% feature_extraction.new_head wrong: returns_nothing
def replace_head(model, num_classes):
    model.requires_grad_(False)
    model.body.eval()
    model.head = nn.Linear(model.head.in_features, num_classes).to(model.head.weight)

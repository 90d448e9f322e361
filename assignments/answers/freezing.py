"""Answers to the exercises on freezing: wrong ones that students give, and other right ones."""


# %% freezing.stages right: prefix_with_a_dot
def freeze(model, names):
    known = {name for name, _ in model.named_modules()}
    if not set(names) <= known:
        raise ValueError(f"Unknown: {set(names) - known}")
    beginnings = tuple(name + "." for name in names)
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not name.startswith(beginnings)


# %% freezing.stages right: get_submodule
def freeze(model, names):
    try:
        chosen = [model.get_submodule(name) for name in names]
    except AttributeError as error:
        raise ValueError(str(error)) from None
    frozen = {id(p) for module in chosen for p in module.parameters()}
    for p in model.parameters():
        p.requires_grad_(id(p) not in frozen)
    return model


# %% freezing.stages right: walk_up
def freeze(model, names):
    wanted = set(names)
    for parameter in model.parameters():
        parameter.requires_grad = True
    found = set()
    for name, module in model.named_modules():
        steps = name.split(".")
        above = {".".join(steps[:n]) for n in range(1, len(steps) + 1)}
        found |= above
        if above & wanted:
            for parameter in module.parameters(recurse=False):
                parameter.requires_grad = False
    if wanted - found:
        raise ValueError("There is no such module.")


# %% freezing.stages wrong: prefix
def freeze(model, names):
    modules = dict(model.named_modules())
    if any(name not in modules for name in names):
        raise ValueError("There is no module of this name.")
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not name.startswith(tuple(names))


# %% freezing.stages wrong: substring
def freeze(model, names):
    modules = dict(model.named_modules())
    if any(name not in modules for name in names):
        raise ValueError("There is no module of this name.")
    for name, parameter in model.named_parameters():
        parameter.requires_grad = not any(part in name for part in names)


# %% freezing.stages wrong: module_attribute
def freeze(model, names):
    modules = dict(model.named_modules())
    if any(name not in modules for name in names):
        raise ValueError("There is no module of this name.")
    model.requires_grad_(True)
    for name in names:
        modules[name].requires_grad = False


# %% freezing.stages wrong: weights_only
def freeze(model, names):
    modules = dict(model.named_modules())
    if any(name not in modules for name in names):
        raise ValueError("There is no module of this name.")
    model.requires_grad_(True)
    for name in names:
        for module in modules[name].modules():
            if hasattr(module, "weight"):
                module.weight.requires_grad = False


# %% freezing.stages wrong: no_norms
def freeze(model, names):
    modules = dict(model.named_modules())
    if any(name not in modules for name in names):
        raise ValueError("There is no module of this name.")
    model.requires_grad_(True)
    for name in names:
        for module in modules[name].modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                module.requires_grad_(False)


# %% freezing.stages wrong: inverted
def freeze(model, names):
    modules = dict(model.named_modules())
    if any(name not in modules for name in names):
        raise ValueError("There is no module of this name.")
    model.requires_grad_(False)
    for name in names:
        modules[name].requires_grad_(True)


# %% freezing.stages wrong: last_name
def freeze(model, names):
    modules = dict(model.named_modules())
    if any(name not in modules for name in names):
        raise ValueError("There is no module of this name.")
    model.requires_grad_(True)
    for name in names:
        for parameter_name, parameter in model.named_parameters():
            parameter.requires_grad = not parameter_name.startswith(name + ".")


# %% freezing.stages wrong: never_unfrozen
def freeze(model, names):
    modules = dict(model.named_modules())
    if any(name not in modules for name in names):
        raise ValueError("There is no module of this name.")
    for name in names:
        modules[name].requires_grad_(False)


# %% freezing.stages wrong: test_mode
def freeze(model, names):
    modules = dict(model.named_modules())
    if any(name not in modules for name in names):
        raise ValueError("There is no module of this name.")
    for name in names:
        modules[name].eval()


# %% freezing.stages wrong: eval_too
def freeze(model, names):
    modules = dict(model.named_modules())
    if any(name not in modules for name in names):
        raise ValueError("There is no module of this name.")
    model.requires_grad_(True)
    for name in names:
        modules[name].requires_grad_(False).eval()


# %% freezing.stages wrong: no_refusal
def freeze(model, names):
    model.requires_grad_(True)
    for name, module in model.named_modules():
        if name in names:
            module.requires_grad_(False)


# %% freezing.stages wrong: other_error
def freeze(model, names):
    model.requires_grad_(True)
    for name in names:
        model.get_submodule(name).requires_grad_(False)


# %% freezing.norms right: base_class_of_all_norms
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        result = super().train(mode)
        for module in self.body.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.training = False
        return result


# %% freezing.norms right: noted_once
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body, self.head = body, head
        kinds = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
        self.frozen_norms = [m for m in body.modules() if isinstance(m, kinds)]
        self.train()

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        nn.Module.train(self, mode)
        for norm in self.frozen_norms:
            norm.train(False)
        return self


# %% freezing.norms right: own_walk
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        self.training = mode
        self.head.train(mode)
        for module in self.body.modules():
            is_norm = type(module).__name__.startswith("BatchNorm")
            module.training = mode and not is_norm
        return self


# %% freezing.norms right: applied
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        def still(module):
            if hasattr(module, "running_mean"):
                module.eval()

        super().train(mode)
        if mode:
            self.body.apply(still)
        return self


# %% freezing.norms wrong: undone_by_train
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head
        self.body.eval()

    def forward(self, images):
        return self.head(self.body(images))


# %% freezing.norms wrong: only_2d
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        super().train(mode)
        for module in self.body.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self


# %% freezing.norms wrong: top_level_only
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        super().train(mode)
        norms = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
        for module in self.body.children():
            if isinstance(module, norms):
                module.eval()
        return self


# %% freezing.norms wrong: whole_body
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        super().train(mode)
        self.body.eval()
        return self


# %% freezing.norms wrong: head_too
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        super().train(mode)
        norms = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
        for module in self.modules():
            if isinstance(module, norms):
                module.eval()
        return self


# %% freezing.norms wrong: never_trains
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        return super().train(False)


# %% freezing.norms wrong: mode_ignored
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        super().train()
        for module in self.body.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
                module.eval()
        return self


# %% freezing.norms wrong: no_super
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        for module in self.body.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
                module.eval()
        return self


# %% freezing.norms wrong: returns_nothing
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        super().train(mode)
        for module in self.body.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
                module.eval()


# %% freezing.norms wrong: no_argument
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self):
        super().train()
        for module in self.body.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
                module.eval()
        return self


# %% freezing.norms wrong: no_momentum
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        super().train(mode)
        for module in self.body.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
                module.momentum = 0.0
        return self


# %% freezing.norms wrong: parameters_only
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        super().train(mode)
        for module in self.body.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
                module.requires_grad_(False)
        return self


# %% freezing.norms wrong: parameters_too
class FineTuned(nn.Module):
    def __init__(self, body, head):
        super().__init__()
        self.body = body
        self.head = head

    def forward(self, images):
        return self.head(self.body(images))

    def train(self, mode=True):
        super().train(mode)
        for module in self.body.modules():
            if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)):
                module.eval().requires_grad_(False)
        return self

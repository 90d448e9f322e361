"""Answers to the optimizer exercises: wrong ones that students give, named by mistake, and other right ones."""


# %% optimizers.sgd right: data_and_continue
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    continue
                param.data = param.data - group["lr"] * param.grad.data


# %% optimizers.sgd right: add_with_alpha
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param.add_(param.grad, alpha=-group["lr"])


# %% optimizers.sgd right: foreach_with_closure
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, dict(lr=lr))

    def step(self, closure=None):
        with torch.no_grad():
            for group in self.param_groups:
                moved = [param for param in group["params"] if param.grad is not None]
                steps = [-group["lr"] * param.grad for param in moved]
                torch._foreach_add_(moved, steps)


# %% optimizers.sgd right: copy_back
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param.copy_(torch.lerp(param, param - param.grad, group["lr"]))


# %% optimizers.sgd wrong: climbs
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param += group["lr"] * param.grad


# %% optimizers.sgd wrong: no_rate
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param -= param.grad


# %% optimizers.sgd wrong: rebinds
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param = param - group["lr"] * param.grad


# %% optimizers.sgd wrong: first_group
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param -= self.param_groups[0]["lr"] * param.grad


# %% optimizers.sgd wrong: fixed_lr
class SGD(Optimizer):
    def __init__(self, params, lr):
        self.lr = lr
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param -= self.lr * param.grad


# %% optimizers.sgd wrong: none_not_skipped
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                param -= group["lr"] * param.grad


# %% optimizers.sgd wrong: stops_at_none
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    return
                param -= group["lr"] * param.grad


# %% optimizers.sgd wrong: gradient_changed
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param -= param.grad.mul_(group["lr"])


# %% optimizers.sgd wrong: gradient_cleared
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param -= group["lr"] * param.grad
                    param.grad = None


# %% optimizers.sgd wrong: normalized
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    param -= group["lr"] * param.grad / param.grad.norm()


# %% optimizers.sgd wrong: keeps_going
class SGD(Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    old = self.state[param].get("sum", 0)
                    self.state[param]["sum"] = old + param.grad
                    param -= group["lr"] * self.state[param]["sum"]


# %% optimizers.momentum right: get_and_store
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    velocity = group["rho"] * state.get("velocity", 0) + param.grad
                    state["velocity"] = velocity
                    param.add_(velocity, alpha=-group["lr"])


# %% optimizers.momentum right: clone_at_first
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if not state:
                        state["velocity"] = param.grad.clone()
                        param -= group["lr"] * param.grad
                        continue
                    state["velocity"].mul_(group["rho"]).add_(param.grad)
                    param -= group["lr"] * state["velocity"]


# %% optimizers.momentum right: data_and_lists
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p]["buffer"] = torch.zeros_like(p.data)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in filter(lambda p: p.grad is not None, group["params"]):
                buffer = self.state[p]["buffer"]
                buffer.copy_(buffer * group["rho"] + p.grad)
                p.data = p.data - group["lr"] * buffer


# %% optimizers.momentum right: scaled_mean
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    mean = state["velocity"]
                    mean += (1 - group["rho"]) * (param.grad - mean)
                    param -= group["lr"] / (1 - group["rho"]) * mean


# %% optimizers.momentum wrong: climbs
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(group["rho"]).add_(param.grad)
                    param += group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: first_group
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    first = self.param_groups[0]
                    state["velocity"].mul_(first["rho"]).add_(param.grad)
                    param -= first["lr"] * state["velocity"]


# %% optimizers.momentum wrong: fixed_lr
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        self.lr = lr
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(group["rho"]).add_(param.grad)
                    param -= self.lr * state["velocity"]


# %% optimizers.momentum wrong: stops_at_none
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    return
                state = self.state[param]
                if "velocity" not in state:
                    state["velocity"] = torch.zeros_like(param)
                state["velocity"].mul_(group["rho"]).add_(param.grad)
                param -= group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: gradient_changed
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"] = param.grad.add_(
                        state["velocity"], alpha=group["rho"]
                    ).clone()
                    param -= group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: none_as_zero
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                grad = torch.zeros_like(param) if param.grad is None else param.grad
                state = self.state[param]
                if "velocity" not in state:
                    state["velocity"] = torch.zeros_like(param)
                state["velocity"].mul_(group["rho"]).add_(grad)
                param -= group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: shared_state
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state["all"]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(group["rho"]).add_(param.grad)
                    param -= group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: not_restored
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        self.memory = {}
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.memory.setdefault(param, {})
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(group["rho"]).add_(param.grad)
                    param -= group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: float32_state
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros(param.shape, device=param.device)
                    state["velocity"].mul_(group["rho"]).add_(param.grad)
                    param -= group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: mean
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(group["rho"]).add_((1 - group["rho"]) * param.grad)
                    param -= group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: brakes
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(-group["rho"]).add_(param.grad)
                    param -= group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: rate_inside
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(group["rho"]).add_(group["lr"] * param.grad)
                    param -= state["velocity"]


# %% optimizers.momentum wrong: rho_as_friction
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(1 - group["rho"]).add_(param.grad)
                    param -= group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: old_velocity
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    param -= group["lr"] * state["velocity"]
                    state["velocity"].mul_(group["rho"]).add_(param.grad)


# %% optimizers.momentum wrong: no_memory
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(group["rho"]).add_(param.grad)
                    param -= group["lr"] * state["velocity"]


# %% optimizers.momentum wrong: nesterov
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" not in state:
                        state["velocity"] = torch.zeros_like(param)
                    state["velocity"].mul_(group["rho"]).add_(param.grad)
                    param -= group["lr"] * (param.grad + group["rho"] * state["velocity"])


# %% optimizers.momentum wrong: aliased
class Momentum(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "velocity" in state:
                        state["velocity"].mul_(group["rho"]).add_(param.grad)
                    else:
                        state["velocity"] = param.grad
                    param -= group["lr"] * state["velocity"]


# %% optimizers.nesterov right: as_torch
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old + param.grad
                    param -= group["lr"] * (param.grad + rho * new)
                    state["velocity"] = new


# %% optimizers.nesterov right: taken_back
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - group["lr"] * param.grad
                    param -= rho * old
                    param += (1 + rho) * new
                    state["velocity"] = new


# %% optimizers.nesterov right: at_the_other_point
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - group["lr"] * param.grad
                    place = param - rho * old
                    place += new
                    param.copy_(place + rho * new)
                    state["velocity"] = new


# %% optimizers.nesterov right: in_place_with_copy
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            lr, rho = group["lr"], group["rho"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                v = self.state[p].setdefault("v", torch.zeros_like(p))
                before = v.clone()
                v.mul_(rho).sub_(p.grad, alpha=lr)
                p.add_(v).add_(v - before, alpha=rho)


# %% optimizers.nesterov wrong: climbs
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old + group["lr"] * param.grad
                    param += new + rho * (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: first_group
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], self.param_groups[0]["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - self.param_groups[0]["lr"] * param.grad
                    param += new + rho * (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: fixed_lr
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        self.lr = lr
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - self.lr * param.grad
                    param += new + rho * (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: stops_at_none
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    return
                state, rho = self.state[param], group["rho"]
                old = state.get("velocity", torch.zeros_like(param))
                new = rho * old - group["lr"] * param.grad
                param += new + rho * (new - old)
                state["velocity"] = new


# %% optimizers.nesterov wrong: gradient_changed
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - param.grad.mul_(group["lr"])
                    param += new + rho * (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: none_as_zero
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                grad = torch.zeros_like(param) if param.grad is None else param.grad
                state, rho = self.state[param], group["rho"]
                old = state.get("velocity", torch.zeros_like(param))
                new = rho * old - group["lr"] * grad
                param += new + rho * (new - old)
                state["velocity"] = new


# %% optimizers.nesterov wrong: shared_state
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state["all"], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - group["lr"] * param.grad
                    param += new + rho * (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: not_restored
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        self.memory = {}
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.memory.setdefault(param, {}), group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - group["lr"] * param.grad
                    param += new + rho * (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: float32_state
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - group["lr"] * param.grad
                    param += new + rho * (new - old)
                    state["velocity"] = new.float()


# %% optimizers.nesterov wrong: no_look_ahead
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = old.mul_(rho).sub_(group["lr"] * param.grad)
                    param += new + rho * (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: old_not_taken_back
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - group["lr"] * param.grad
                    param += new + rho * new
                    state["velocity"] = new


# %% optimizers.nesterov wrong: difference_turned
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - group["lr"] * param.grad
                    param += new + rho * (old - new)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: difference_alone
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - group["lr"] * param.grad
                    param += rho * (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: no_rho_ahead
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - group["lr"] * param.grad
                    param += new + (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: mean
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old - (1 - rho) * group["lr"] * param.grad
                    param += new + rho * (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: no_memory
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = torch.zeros_like(param)
                    new = rho * old - group["lr"] * param.grad
                    param += new + rho * (new - old)
                    state["velocity"] = new


# %% optimizers.nesterov wrong: aliased
class Nesterov(Optimizer):
    def __init__(self, params, lr, rho=0.9):
        super().__init__(params, {"lr": lr, "rho": rho})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, rho = self.state[param], group["rho"]
                    old = state.get("velocity", torch.zeros_like(param))
                    new = rho * old + param.grad if "velocity" in state else param.grad
                    param -= group["lr"] * (param.grad + rho * new)
                    state["velocity"] = new


# %% optimizers.adagrad right: addcmul_addcdiv
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"].addcmul_(param.grad, param.grad)
                    param.addcdiv_(
                        param.grad, state["sum"].sqrt().add_(group["eps"]), value=-group["lr"]
                    )


# %% optimizers.adagrad right: root_kept
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    root = torch.hypot(state.get("root", torch.zeros_like(param)), param.grad)
                    state["root"] = root
                    param.sub_(group["lr"] * param.grad / (root + group["eps"]))


# %% optimizers.adagrad right: all_squares_kept
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    state.setdefault("squares", []).append(param.grad.square())
                    total = sum(state["squares"])
                    param.data -= group["lr"] * param.grad / (total**0.5 + group["eps"])


# %% optimizers.adagrad wrong: climbs
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad**2
                    param += group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.adagrad wrong: fixed_lr
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        self.lr = lr
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad**2
                    param -= self.lr * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.adagrad wrong: stops_at_none
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    return
                state = self.state[param]
                if "sum" not in state:
                    state["sum"] = torch.zeros_like(param)
                state["sum"] += param.grad**2
                param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.adagrad wrong: gradient_changed
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad.pow_(2)
                    param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.adagrad wrong: shared_state
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state["all"]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad**2
                    param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.adagrad wrong: not_restored
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        self.memory = {}
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.memory.setdefault(param, {})
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad**2
                    param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.adagrad wrong: float32_state
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros(param.shape, device=param.device)
                    state["sum"] += param.grad**2
                    param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.adagrad wrong: first_group
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad**2
                    param -= (
                        self.param_groups[0]["lr"]
                        * param.grad
                        / (state["sum"].sqrt() + self.param_groups[0]["eps"])
                    )


# %% optimizers.adagrad wrong: eps_inside
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad**2
                    param -= group["lr"] * param.grad / ((state["sum"] + group["eps"]).sqrt())


# %% optimizers.adagrad wrong: no_epsilon
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad**2
                    param -= group["lr"] * param.grad / state["sum"].sqrt()


# %% optimizers.adagrad wrong: whole_tensor
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad.square().sum()
                    param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.adagrad wrong: no_root
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad**2
                    param -= group["lr"] * param.grad / (state["sum"] + group["eps"])


# %% optimizers.adagrad wrong: decays
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"].mul_(0.9).add_(0.1 * param.grad**2)
                    param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.adagrad wrong: mean_of_squares
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["t"] = state.get("t", 0) + 1
                    state["sum"] += param.grad**2
                    param -= (
                        group["lr"]
                        * param.grad
                        / ((state["sum"] / state["t"]).sqrt() + group["eps"])
                    )


# %% optimizers.adagrad wrong: old_sum
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])
                    state["sum"] += param.grad**2


# %% optimizers.adagrad wrong: no_memory
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad**2
                    param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.adagrad wrong: absolute_values
class AdaGrad(Optimizer):
    def __init__(self, params, lr, eps=1e-7):
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "sum" not in state:
                        state["sum"] = torch.zeros_like(param)
                    state["sum"] += param.grad.abs()
                    param -= group["lr"] * param.grad / (state["sum"].sqrt() + group["eps"])


# %% optimizers.rmsprop right: lerp
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].lerp_(param.grad.square(), 1 - beta)
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop right: get_and_store
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    mean = beta * state.get("mean", 0) + (1 - beta) * param.grad * param.grad
                    state["mean"] = mean
                    param -= group["lr"] * param.grad / (mean**0.5 + group["eps"])


# %% optimizers.rmsprop right: addcdiv
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).addcmul_(param.grad, param.grad, value=1 - beta)
                    param.addcdiv_(
                        param.grad, state["mean"].sqrt() + group["eps"], value=-group["lr"]
                    )


# %% optimizers.rmsprop wrong: climbs
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param += group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: fixed_lr
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        self.lr = lr
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= self.lr * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: stops_at_none
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is None:
                    return
                state, beta = self.state[param], group["beta"]
                if "mean" not in state:
                    state["mean"] = torch.zeros_like(param)
                state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: gradient_changed
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad.square_())
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: shared_state
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state["all"], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: not_restored
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        self.memory = {}
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.memory.setdefault(param, {}), group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: float32_state
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros(param.shape, device=param.device)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: first_group
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        first = self.param_groups[0]
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], first["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= first["lr"] * param.grad / (state["mean"].sqrt() + first["eps"])


# %% optimizers.rmsprop wrong: none_as_zero
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                grad = torch.zeros_like(param) if param.grad is None else param.grad
                state, beta = self.state[param], group["beta"]
                if "mean" not in state:
                    state["mean"] = torch.zeros_like(param)
                state["mean"].mul_(beta).add_((1 - beta) * grad**2)
                param -= group["lr"] * grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: eps_inside
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= group["lr"] * param.grad / ((state["mean"] + group["eps"]).sqrt())


# %% optimizers.rmsprop wrong: no_epsilon
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= group["lr"] * param.grad / state["mean"].sqrt()


# %% optimizers.rmsprop wrong: whole_tensor
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad.square().mean())
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: no_root
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= group["lr"] * param.grad / (state["mean"] + group["eps"])


# %% optimizers.rmsprop wrong: no_decay
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"] += param.grad**2
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: shares_swapped
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(1 - beta).add_(beta * param.grad**2)
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: new_in_full
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["mean"].mul_(beta).add_(param.grad**2)
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.rmsprop wrong: old_average
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)


# %% optimizers.rmsprop wrong: corrected
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = torch.zeros_like(param)
                    state["t"] = state.get("t", 0) + 1
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= (
                        group["lr"]
                        * param.grad
                        / ((state["mean"] / (1 - beta ** state["t"])).sqrt() + group["eps"])
                    )


# %% optimizers.rmsprop wrong: starts_full
class RMSProp(Optimizer):
    def __init__(self, params, lr, beta=0.9, eps=1e-7):
        super().__init__(params, {"lr": lr, "beta": beta, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    state, beta = self.state[param], group["beta"]
                    if "mean" not in state:
                        state["mean"] = param.grad**2
                    state["mean"].mul_(beta).add_((1 - beta) * param.grad**2)
                    param -= group["lr"] * param.grad / (state["mean"].sqrt() + group["eps"])


# %% optimizers.adam right: step_size
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    share1, share2 = 1 - beta1 ** state["t"], 1 - beta2 ** state["t"]
                    root = state["s"].sqrt() / share2**0.5
                    param.addcdiv_(state["m"], root + group["eps"], value=-group["lr"] / share1)


# %% optimizers.adam right: running_products
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["means"] = torch.zeros(2, *p.shape, dtype=p.dtype, device=p.device)
                    state["left"] = [1.0, 1.0]
                for k, (beta, new) in enumerate(zip(group["betas"], (p.grad, p.grad.square()))):
                    state["means"][k].lerp_(new, 1 - beta)
                    state["left"][k] *= beta
                m, s = (each / (1 - left) for each, left in zip(state["means"], state["left"]))
                p -= group["lr"] * m / (s**0.5 + group["eps"])


# %% optimizers.adam right: sums_of_weights
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    share1 = sum((1 - beta1) * beta1**k for k in range(state["t"]))
                    mean = state["m"] / share1
                    share2 = sum((1 - beta2) * beta2**k for k in range(state["t"]))
                    root = torch.sqrt(state["s"] / share2)
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam right: data
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    grad = param.grad.data
                    state["t"] = state["t"] + 1
                    state["m"] = beta1 * state["m"] + (1 - beta1) * grad
                    state["s"] = beta2 * state["s"] + (1 - beta2) * grad * grad
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param.data.sub_(group["lr"] * mean / (root + group["eps"]))


# %% optimizers.adam wrong: climbs
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param += group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: fixed_lr
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        self.lr = lr
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= self.lr * mean / (root + group["eps"])


# %% optimizers.adam wrong: stops_at_none
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is None:
                    return
                state = self.state[param]
                if "t" not in state:
                    state["t"] = 0
                    state["m"] = torch.zeros_like(param)
                    state["s"] = torch.zeros_like(param)
                state["t"] += 1
                state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                mean = state["m"] / (1 - beta1 ** state["t"])
                root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: gradient_changed
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad.square_())
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: shared_state
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state["all"]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: not_restored
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        self.memory = {}
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.memory.setdefault(param, {})
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: float32_state
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros(param.shape, device=param.device)
                        state["s"] = torch.zeros(param.shape, device=param.device)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: first_group
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        first = self.param_groups[0]
        for group in self.param_groups:
            beta1, beta2 = first["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= first["lr"] * mean / (root + first["eps"])


# %% optimizers.adam wrong: none_as_zero
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                grad = torch.zeros_like(param) if param.grad is None else param.grad
                state = self.state[param]
                if "t" not in state:
                    state["t"] = 0
                    state["m"] = torch.zeros_like(param)
                    state["s"] = torch.zeros_like(param)
                state["t"] += 1
                state["m"].mul_(beta1).add_((1 - beta1) * grad)
                state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                mean = state["m"] / (1 - beta1 ** state["t"])
                root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: eps_inside
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (group["eps"] + state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / root


# %% optimizers.adam wrong: no_epsilon
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / root


# %% optimizers.adam wrong: whole_tensor
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad.square().mean())
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: no_root
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = state["s"] / (1 - beta2 ** state["t"])
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: no_correction
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"]
                    root = state["s"].sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: first_corrected_only
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = state["s"].sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: second_corrected_only
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"]
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: count_late
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    state["t"] += 1


# %% optimizers.adam wrong: count_early
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 1
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: count_per_parameter
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "m" not in state:
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    self.state["t"] = self.state.get("t", 0) + 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** self.state["t"])
                    root = (state["s"] / (1 - beta2 ** self.state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: count_of_calls
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            group["t"] = group.get("t", 0) + 1
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "m" not in state:
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** group["t"])
                    root = (state["s"] / (1 - beta2 ** group["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: count_not_restored
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        self.t = {}
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "m" not in state:
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    self.t[param] = self.t.get(param, 0) + 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** self.t[param])
                    root = (state["s"] / (1 - beta2 ** self.t[param])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: float32_count
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = torch.tensor(0.0)
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: corrected_twice
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"].div_(1 - beta1 ** state["t"])
                    root = state["s"].div_(1 - beta2 ** state["t"]).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: eps_before_correction
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"].sqrt() + group["eps"]) / (1 - beta2 ** state["t"]) ** 0.5
                    param -= group["lr"] * mean / root


# %% optimizers.adam wrong: betas_swapped
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta2, beta1 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: shares_swapped
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(1 - beta1).add_(beta1 * param.grad)
                    state["s"].mul_(1 - beta2).add_(beta2 * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: sums
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_(param.grad)
                    state["s"].mul_(beta2).add_(param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.adam wrong: square_of_mean
class Adam(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * param.grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * state["m"] ** 2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.weight_decay right: shrinks_first
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad = param.grad
                    if group["decoupled"]:
                        param.mul_(1 - group["lr"] * group["weight_decay"])
                    else:
                        grad = grad.add(param, alpha=group["weight_decay"])
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.weight_decay right: one_update
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    inside, beside = (0, 1) if group["decoupled"] else (1, 0)
                    pull = group["weight_decay"] * param
                    grad = param.grad + inside * pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * (mean / (root + group["eps"]) + beside * pull)


# %% optimizers.weight_decay right: old_copy
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    old, grad = param.detach().clone(), param.grad.clone()
                    if not group["decoupled"]:
                        grad += group["weight_decay"] * old
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if group["decoupled"]:
                        param.sub_(old * group["lr"] * group["weight_decay"])


# %% optimizers.weight_decay wrong: swapped
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    if group["decoupled"]:
                        grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if not group["decoupled"]:
                        param -= group["lr"] * pull


# %% optimizers.weight_decay wrong: always_coupled
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.weight_decay wrong: always_decoupled
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    param -= group["lr"] * pull


# %% optimizers.weight_decay wrong: both
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if group["decoupled"]:
                        param -= group["lr"] * pull


# %% optimizers.weight_decay wrong: no_decay
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad = param.grad
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.weight_decay wrong: rate_missing
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    if not group["decoupled"]:
                        grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if group["decoupled"]:
                        param -= pull


# %% optimizers.weight_decay wrong: grows
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    if not group["decoupled"]:
                        grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if group["decoupled"]:
                        param += group["lr"] * pull


# %% optimizers.weight_decay wrong: grows_coupled
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    if not group["decoupled"]:
                        grad = grad - pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if group["decoupled"]:
                        param -= group["lr"] * pull


# %% optimizers.weight_decay wrong: twice
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, 2 * group["weight_decay"] * param
                    if not group["decoupled"]:
                        grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if group["decoupled"]:
                        param -= group["lr"] * pull


# %% optimizers.weight_decay wrong: not_in_squares
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    if not group["decoupled"]:
                        grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * param.grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if group["decoupled"]:
                        param -= group["lr"] * pull


# %% optimizers.weight_decay wrong: in_numerator
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    if not group["decoupled"]:
                        grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    if group["decoupled"]:
                        mean = mean + pull
                    param -= group["lr"] * mean / (root + group["eps"])


# %% optimizers.weight_decay wrong: after_step
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    if not group["decoupled"]:
                        grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if group["decoupled"]:
                        param *= 1 - group["lr"] * group["weight_decay"]


# %% optimizers.weight_decay wrong: gradient_changed
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    if not group["decoupled"]:
                        grad += pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])
                    if group["decoupled"]:
                        param -= group["lr"] * pull


# %% optimizers.weight_decay wrong: first_group
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        first = self.param_groups[0]
        for group in self.param_groups:
            beta1, beta2 = first["betas"]
            for param in group["params"]:
                if param.grad is not None:
                    grad, pull = param.grad, first["weight_decay"] * param
                    if not first["decoupled"]:
                        grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= first["lr"] * mean / (root + first["eps"])
                    if first["decoupled"]:
                        param -= first["lr"] * pull


# %% optimizers.weight_decay wrong: decays_all
class AdamWithDecay(Optimizer):
    def __init__(self, params, lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, decoupled=True):
        settings = {"lr": lr, "betas": betas, "eps": eps}
        settings |= {"weight_decay": weight_decay, "decoupled": decoupled}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for param in group["params"]:
                if group["decoupled"]:
                    param *= 1 - group["lr"] * group["weight_decay"]
                if param.grad is not None:
                    grad, pull = param.grad, group["weight_decay"] * param
                    if not group["decoupled"]:
                        grad = grad + pull
                    state = self.state[param]
                    if "t" not in state:
                        state["t"] = 0
                        state["m"] = torch.zeros_like(param)
                        state["s"] = torch.zeros_like(param)
                    state["t"] += 1
                    state["m"].mul_(beta1).add_((1 - beta1) * grad)
                    state["s"].mul_(beta2).add_((1 - beta2) * grad**2)
                    mean = state["m"] / (1 - beta1 ** state["t"])
                    root = (state["s"] / (1 - beta2 ** state["t"])).sqrt()
                    param -= group["lr"] * mean / (root + group["eps"])

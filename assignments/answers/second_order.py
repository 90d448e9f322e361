"""Answers to the second-order exercises: wrong ones that students give, named by mistake, and other right ones."""


# %% second_order.newton_step right: autograd_functional
def newton_step(loss_fn, x):
    point = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss_fn(point), point)
    hessian = torch.autograd.functional.hessian(loss_fn, x)
    return x - torch.linalg.inv(hessian) @ gradient


# %% second_order.newton_step right: row_by_row
def newton_step(loss_fn, x):
    point = x.detach().clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss_fn(point), point, create_graph=True)
    rows = [torch.autograd.grad(part, point, retain_graph=True)[0] for part in gradient]
    return x + torch.linalg.solve(torch.stack(rows), -gradient.detach())


# %% second_order.newton_step right: eigenvectors
def newton_step(loss_fn, x):
    gradient = torch.func.jacrev(loss_fn)(x)
    values, vectors = torch.linalg.eigh(torch.func.jacfwd(torch.func.jacrev(loss_fn))(x))
    return x - vectors @ ((vectors.T @ gradient) / values)


# %% second_order.newton_step wrong: gradient_step
def newton_step(loss_fn, x):
    return x - torch.func.grad(loss_fn)(x)


# %% second_order.newton_step wrong: uphill
def newton_step(loss_fn, x):
    hessian = torch.func.hessian(loss_fn)(x)
    return x + torch.linalg.solve(hessian, torch.func.grad(loss_fn)(x))


# %% second_order.newton_step wrong: times_hessian
def newton_step(loss_fn, x):
    return x - torch.func.hessian(loss_fn)(x) @ torch.func.grad(loss_fn)(x)


# %% second_order.newton_step wrong: diagonal
def newton_step(loss_fn, x):
    return x - torch.func.grad(loss_fn)(x) / torch.func.hessian(loss_fn)(x).diagonal()


# %% second_order.newton_step wrong: only_direction
def newton_step(loss_fn, x):
    hessian = torch.func.hessian(loss_fn)(x)
    return -torch.linalg.solve(hessian, torch.func.grad(loss_fn)(x))


# %% second_order.newton_step wrong: with_rate
def newton_step(loss_fn, x, lr=0.1):
    hessian = torch.func.hessian(loss_fn)(x)
    return x - lr * torch.linalg.solve(hessian, torch.func.grad(loss_fn)(x))


# %% second_order.newton_step wrong: damped
def newton_step(loss_fn, x):
    hessian = torch.func.hessian(loss_fn)(x) + 1e-2 * torch.eye(len(x), dtype=x.dtype)
    return x - torch.linalg.solve(hessian, torch.func.grad(loss_fn)(x))


# %% second_order.newton_step wrong: absolute_curvature
def newton_step(loss_fn, x):
    values, vectors = torch.linalg.eigh(torch.func.hessian(loss_fn)(x))
    gradient = torch.func.grad(loss_fn)(x)
    return x - vectors @ (vectors.T @ gradient / values.abs())


# %% second_order.newton_step wrong: several_steps
def newton_step(loss_fn, x):
    for _ in range(10):
        hessian = torch.func.hessian(loss_fn)(x)
        x = x - torch.linalg.solve(hessian, torch.func.grad(loss_fn)(x))
    return x


# %% second_order.newton_step wrong: derivatives_at_zero
def newton_step(loss_fn, x):
    hessian = torch.func.hessian(loss_fn)(torch.zeros_like(x))
    return x - torch.linalg.solve(hessian, torch.func.grad(loss_fn)(x))


# %% second_order.newton_step wrong: in_place
def newton_step(loss_fn, x):
    hessian = torch.func.hessian(loss_fn)(x)
    x -= torch.linalg.solve(hessian, torch.func.grad(loss_fn)(x))
    return x


# %% second_order.newton_step wrong: float32
def newton_step(loss_fn, x):
    hessian = torch.func.hessian(loss_fn)(x)
    return (x - torch.linalg.solve(hessian, torch.func.grad(loss_fn)(x))).float()


# %% second_order.closure right: by_index
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    n = inputs.shape[0]

    def closure():
        optimizer.zero_grad(set_to_none=False)
        losses = []
        for start in range(0, n, chunk_size):
            stop = min(start + chunk_size, n)
            loss = loss_fn(model(inputs[start:stop]), targets[start:stop]) * ((stop - start) / n)
            loss.backward()
            losses.append(loss.item())
        return sum(losses)

    return closure


# %% second_order.closure right: divided_at_the_end
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        model.zero_grad()
        total = torch.zeros((), dtype=inputs.dtype, device=inputs.device)
        for x, y in zip(torch.split(inputs, chunk_size), torch.split(targets, chunk_size)):
            with torch.enable_grad():
                summed = loss_fn(model(x), y) * len(x)
            summed.backward()
            total = total + summed.detach()
        for param in model.parameters():
            param.grad /= len(inputs)
        return total / len(inputs)

    return closure


# %% second_order.closure right: own_sums_of_gradients
class make_closure:
    def __init__(self, model, optimizer, loss_fn, inputs, targets, chunk_size):
        self.params, self.model, self.loss_fn = list(model.parameters()), model, loss_fn
        self.count = -(-len(inputs) // chunk_size)
        self.shares = [len(part) / len(inputs) for part in inputs.chunk(self.count)]
        self.parts = list(zip(inputs.chunk(self.count), targets.chunk(self.count)))

    def __call__(self):
        sums, total = [torch.zeros_like(param) for param in self.params], 0
        for share, (x, y) in zip(self.shares, reversed(self.parts[::-1])):
            loss = self.loss_fn(self.model(x), y)
            total += share * float(loss)
            for old, new in zip(sums, torch.autograd.grad(loss, self.params)):
                old += share * new
        for param, gradient in zip(self.params, sums):
            param.grad = gradient
        return total


# %% second_order.closure wrong: no_zero_grad
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    optimizer.zero_grad()

    def closure():
        total = 0.0
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size)):
            loss = loss_fn(model(x), y) * len(x) / len(inputs)
            loss.backward()
            total += loss.item()
        return total

    return closure


# %% second_order.closure wrong: cleared_each_piece
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        total = 0.0
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size)):
            optimizer.zero_grad()
            loss = loss_fn(model(x), y) * len(x) / len(inputs)
            loss.backward()
            total += loss.item()
        return total

    return closure


# %% second_order.closure wrong: cleared_at_end
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        total = 0.0
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size)):
            loss = loss_fn(model(x), y) * len(x) / len(inputs)
            loss.backward()
            total += loss.item()
        optimizer.zero_grad()
        return total

    return closure


# %% second_order.closure wrong: mean_of_means
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        optimizer.zero_grad()
        total = 0.0
        pieces = list(zip(inputs.split(chunk_size), targets.split(chunk_size)))
        for x, y in pieces:
            loss = loss_fn(model(x), y) / len(pieces)
            loss.backward()
            total += loss.item()
        return total

    return closure


# %% second_order.closure wrong: summed
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        optimizer.zero_grad()
        total = 0.0
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size)):
            loss = loss_fn(model(x), y)
            loss.backward()
            total += loss.item()
        return total

    return closure


# %% second_order.closure wrong: no_backward
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        optimizer.zero_grad()
        total = 0.0
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size)):
            total += loss_fn(model(x), y) * len(x) / len(inputs)
        return total

    return closure


# %% second_order.closure wrong: returns_nothing
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        optimizer.zero_grad()
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size)):
            (loss_fn(model(x), y) * len(x) / len(inputs)).backward()

    return closure


# %% second_order.closure wrong: returns_last
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        optimizer.zero_grad()
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size)):
            loss = loss_fn(model(x), y)
            (loss * len(x) / len(inputs)).backward()
        return loss

    return closure


# %% second_order.closure wrong: loss_grows
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    total = 0.0

    def closure():
        nonlocal total
        optimizer.zero_grad()
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size)):
            loss = loss_fn(model(x), y) * len(x) / len(inputs)
            loss.backward()
            total += loss.item()
        return total

    return closure


# %% second_order.closure wrong: one_backward
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        optimizer.zero_grad()
        total = 0.0
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size)):
            total += loss_fn(model(x), y) * len(x) / len(inputs)
        total.backward()
        return total

    return closure


# %% second_order.closure wrong: in_one_piece
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        optimizer.zero_grad()
        value = loss_fn(model(inputs), targets)
        value.backward()
        return value

    return closure


# %% second_order.closure wrong: last_left_out
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        optimizer.zero_grad()
        total, count = 0.0, max(len(inputs) // chunk_size, 1)
        for i in range(count):
            piece = slice(i * chunk_size, (i + 1) * chunk_size)
            loss = loss_fn(model(inputs[piece]), targets[piece]) / count
            loss.backward()
            total += loss.item()
        return total

    return closure


# %% second_order.closure wrong: next_piece
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    from itertools import cycle

    pieces = cycle(zip(inputs.split(chunk_size), targets.split(chunk_size)))

    def closure():
        optimizer.zero_grad()
        x, y = next(pieces)
        piece_loss = loss_fn(model(x), y)
        piece_loss.backward()
        return piece_loss

    return closure


# %% second_order.closure wrong: computed_outside
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    losses = [
        loss_fn(model(x), y) * len(x) / len(inputs)
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size))
    ]

    def closure():
        optimizer.zero_grad()
        for loss in losses:
            loss.backward(retain_graph=True)
        return sum(losses)

    return closure


# %% second_order.closure wrong: weights_changed
def make_closure(model, optimizer, loss_fn, inputs, targets, chunk_size):
    def closure():
        optimizer.zero_grad()
        total = 0.0
        for x, y in zip(inputs.split(chunk_size), targets.split(chunk_size)):
            loss = loss_fn(model(x), y) * len(x) / len(inputs)
            loss.backward()
            total += loss.item()
        with torch.no_grad():
            for param in model.parameters():
                param -= 0.1 * param.grad
        return total

    return closure

"""Answers to the exercises on fine-tuning: wrong ones that students give, and other right ones."""


# %% fine_tuning.groups right: by_name
def parameter_groups(model, lr, body_share=0.1):
    body, head = [], []
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            (head if name.startswith("head.") else body).append(parameter)
    return [{"params": head, "lr": lr}, {"params": body, "lr": body_share * lr}]


# %% fine_tuning.groups right: one_group_each
def parameter_groups(model, lr, body_share=0.1):
    top = set(model.head.parameters())
    groups = []
    for p in model.parameters():
        if p.requires_grad:
            groups.append({"params": p, "lr": lr if p in top else lr * body_share})
    return groups


# %% fine_tuning.groups right: filters
def parameter_groups(model, lr, body_share=0.1):
    def learns(parameter):
        return parameter.requires_grad

    groups = [{"lr": lr}, {"lr": lr * body_share, "name": "body"}]
    for group, part in zip(groups, (model.head, model.body)):
        group["params"] = filter(learns, part.parameters())
    return groups


# %% fine_tuning.groups wrong: overlap
def parameter_groups(model, lr, body_share=0.1):
    all_of_it = [p for p in model.parameters() if p.requires_grad]
    head = [p for p in model.head.parameters() if p.requires_grad]
    return [{"params": all_of_it, "lr": lr * body_share}, {"params": head, "lr": lr}]


# %% fine_tuning.groups wrong: frozen_included
def parameter_groups(model, lr, body_share=0.1):
    return [
        {"params": list(model.body.parameters()), "lr": lr * body_share},
        {"params": list(model.head.parameters()), "lr": lr},
    ]


# %% fine_tuning.groups wrong: biases_lost
def parameter_groups(model, lr, body_share=0.1):
    body, head = [], []
    for name, p in model.named_parameters():
        if p.requires_grad and "weight" in name:
            (head if name.startswith("head.") else body).append(p)
    return [{"params": body, "lr": lr * body_share}, {"params": head, "lr": lr}]


# %% fine_tuning.groups wrong: norms_lost
def parameter_groups(model, lr, body_share=0.1):
    layers = [m for m in model.body.modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    body = [p for layer in layers for p in layer.parameters() if p.requires_grad]
    head = [p for p in model.head.parameters() if p.requires_grad]
    return [{"params": body, "lr": lr * body_share}, {"params": head, "lr": lr}]


# %% fine_tuning.groups wrong: swapped
def parameter_groups(model, lr, body_share=0.1):
    body = [p for p in model.body.parameters() if p.requires_grad]
    head = [p for p in model.head.parameters() if p.requires_grad]
    return [{"params": body, "lr": lr}, {"params": head, "lr": lr * body_share}]


# %% fine_tuning.groups wrong: one_rate
def parameter_groups(model, lr, body_share=0.1):
    body = [p for p in model.body.parameters() if p.requires_grad]
    head = [p for p in model.head.parameters() if p.requires_grad]
    return [{"params": body, "lr": lr}, {"params": head, "lr": lr}]


# %% fine_tuning.groups wrong: head_raised
def parameter_groups(model, lr, body_share=0.1):
    body = [p for p in model.body.parameters() if p.requires_grad]
    head = [p for p in model.head.parameters() if p.requires_grad]
    return [{"params": body, "lr": lr}, {"params": head, "lr": lr / body_share}]


# %% fine_tuning.groups wrong: tenth_always
def parameter_groups(model, lr, body_share=0.1):
    body = [p for p in model.body.parameters() if p.requires_grad]
    head = [p for p in model.head.parameters() if p.requires_grad]
    return [{"params": body, "lr": lr / 10}, {"params": head, "lr": lr}]


# %% fine_tuning.groups wrong: by_substring
def parameter_groups(model, lr, body_share=0.1):
    body = [p for n, p in model.named_parameters() if p.requires_grad and "head" not in n]
    head = [p for n, p in model.named_parameters() if p.requires_grad and "head" in n]
    return [{"params": body, "lr": lr * body_share}, {"params": head, "lr": lr}]


# %% fine_tuning.groups wrong: no_body
def parameter_groups(model, lr, body_share=0.1):
    return [{"params": [p for p in model.head.parameters() if p.requires_grad], "lr": lr}]


# %% fine_tuning.groups wrong: used_up
def parameter_groups(model, lr, body_share=0.1):
    learning = ((n, p) for n, p in model.named_parameters() if p.requires_grad)
    body = [p for n, p in learning if n.startswith("body.")]
    head = [p for n, p in learning if n.startswith("head.")]
    return [{"params": body, "lr": lr * body_share}, {"params": head, "lr": lr}]


# %% fine_tuning.groups wrong: compared_by_value
def parameter_groups(model, lr, body_share=0.1):
    head = [p for p in model.head.parameters() if p.requires_grad]
    body = [p for p in model.parameters() if p.requires_grad and p not in head]
    return [{"params": body, "lr": lr * body_share}, {"params": head, "lr": lr}]


# %% fine_tuning.step right: cleared_by_hand
def fine_tune_step(model, optimizer, images, labels):
    for parameter in model.parameters():
        parameter.grad = None
    model.train(True)
    logits = model(images)
    batch_loss = nn.CrossEntropyLoss()(logits, labels)
    batch_loss.backward()
    optimizer.step()
    return float(batch_loss)


# %% fine_tuning.step right: gradients_asked_for
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    picked = -F.log_softmax(model(images), dim=1).gather(1, labels[:, None])
    learning = [p for p in model.parameters() if p.requires_grad]
    gradients = torch.autograd.grad(picked.mean(), learning)
    model.zero_grad(set_to_none=True)
    for p, gradient in zip(learning, gradients):
        p.grad = gradient
    optimizer.step()
    return picked.mean().item()


# %% fine_tuning.step right: frozen_put_back
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    frozen = [(p, p.detach().clone()) for p in model.parameters() if not p.requires_grad]
    optimizer.zero_grad(set_to_none=False)
    batch_loss = F.nll_loss(model(images).log_softmax(dim=-1), labels)
    batch_loss.backward()
    optimizer.step()
    with torch.no_grad():
        for p, value in frozen:
            p.copy_(value)
    return batch_loss.detach().item()


# %% fine_tuning.step right: cleared_before_and_after
def fine_tune_step(model, optimizer, images, labels):
    optimizer.zero_grad()
    batch_loss = F.cross_entropy(model.train()(images), labels, reduction="sum") / len(labels)
    batch_loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return batch_loss.item()


# %% fine_tuning.step wrong: no_zero_grad
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    batch_loss = F.cross_entropy(model(images), labels)
    batch_loss.backward()
    optimizer.step()
    return batch_loss.item()


# %% fine_tuning.step wrong: zero_after_step
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    batch_loss = F.cross_entropy(model(images), labels)
    batch_loss.backward()
    optimizer.step()
    optimizer.zero_grad()
    return batch_loss.item()


# %% fine_tuning.step wrong: zero_before_step
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    batch_loss = F.cross_entropy(model(images), labels)
    batch_loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return batch_loss.item()


# %% fine_tuning.step wrong: set_to_zero
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad(set_to_none=False)
    batch_loss = F.cross_entropy(model(images), labels)
    batch_loss.backward()
    optimizer.step()
    return batch_loss.item()


# %% fine_tuning.step wrong: only_trainable_cleared
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    for p in model.parameters():
        if p.requires_grad:
            p.grad = None
    batch_loss = F.cross_entropy(model(images), labels)
    batch_loss.backward()
    optimizer.step()
    return batch_loss.item()


# %% fine_tuning.step wrong: no_step
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    batch_loss = F.cross_entropy(model(images), labels)
    batch_loss.backward()
    return batch_loss.item()


# %% fine_tuning.step wrong: no_backward
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    batch_loss = F.cross_entropy(model(images), labels)
    optimizer.step()
    return batch_loss.item()


# %% fine_tuning.step wrong: all_unfrozen
def fine_tune_step(model, optimizer, images, labels):
    model.train().requires_grad_(True)
    optimizer.zero_grad()
    batch_loss = F.cross_entropy(model(images), labels)
    batch_loss.backward()
    optimizer.step()
    return batch_loss.item()


# %% fine_tuning.step wrong: summed_loss
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    batch_loss = F.cross_entropy(model(images), labels, reduction="sum")
    batch_loss.backward()
    optimizer.step()
    return batch_loss.item()


# %% fine_tuning.step wrong: softmax_twice
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    batch_loss = F.cross_entropy(model(images).softmax(dim=1), labels)
    batch_loss.backward()
    optimizer.step()
    return batch_loss.item()


# %% fine_tuning.step wrong: loss_after
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    F.cross_entropy(model(images), labels).backward()
    optimizer.step()
    return F.cross_entropy(model(images), labels).item()


# %% fine_tuning.step wrong: a_tensor
def fine_tune_step(model, optimizer, images, labels):
    model.train()
    optimizer.zero_grad()
    batch_loss = F.cross_entropy(model(images), labels)
    batch_loss.backward()
    optimizer.step()
    return batch_loss


# %% fine_tuning.step wrong: mode_left
def fine_tune_step(model, optimizer, images, labels):
    optimizer.zero_grad()
    batch_loss = F.cross_entropy(model(images), labels)
    batch_loss.backward()
    optimizer.step()
    return batch_loss.item()


# %% fine_tuning.step wrong: eval_mode
def fine_tune_step(model, optimizer, images, labels):
    model.eval()
    optimizer.zero_grad()
    batch_loss = F.cross_entropy(model(images), labels)
    batch_loss.backward()
    optimizer.step()
    return batch_loss.item()

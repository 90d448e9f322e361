"""Answers to the checkpoint exercise: wrong ones that students give, named by mistake, and other right ones."""


# %% checkpoints.resume right: one_dictionary
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.get_state(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    order.set_state(saved["order"])
    torch.set_rng_state(saved["noise"])
    return saved["epoch"]


# %% checkpoints.resume right: pickled_tuple
import pickle


def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    states = [model.state_dict(), optimizer.state_dict(), scheduler.state_dict()]
    with open(path, "wb") as file:
        pickle.dump((epoch, states, order.get_state(), torch.random.get_rng_state()), file)


def load_checkpoint(path, model, optimizer, scheduler, order):
    with open(path, "rb") as file:
        epoch, states, order_state, noise_state = pickle.load(file)
    torch.random.set_rng_state(noise_state)
    order.set_state(order_state)
    for part, state in zip([model, optimizer, scheduler], states):
        part.load_state_dict(state)
    return epoch


# %% checkpoints.resume right: whole_objects
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save([epoch, model, optimizer, scheduler, order.get_state(), torch.get_rng_state()], path)


def load_checkpoint(path, model, optimizer, scheduler, order):
    epoch, *parts, order_state, noise = torch.load(path, weights_only=False)
    for mine, saved in zip((model, optimizer, scheduler), parts):
        mine.load_state_dict(saved.state_dict())
    order.set_state(order_state)
    torch.default_generator.set_state(noise)
    return torch.tensor(epoch).item()


# %% checkpoints.resume wrong: no_model
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.get_state(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    order.set_state(saved["order"])
    torch.set_rng_state(saved["noise"])
    return saved["epoch"]


# %% checkpoints.resume wrong: no_optimizer
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.get_state(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    scheduler.load_state_dict(saved["scheduler"])
    order.set_state(saved["order"])
    torch.set_rng_state(saved["noise"])
    return saved["epoch"]


# %% checkpoints.resume wrong: no_scheduler
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "order": order.get_state(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    order.set_state(saved["order"])
    torch.set_rng_state(saved["noise"])
    return saved["epoch"]


# %% checkpoints.resume wrong: no_random_state
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.get_state(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    order.set_state(saved["order"])
    return saved["epoch"]


# %% checkpoints.resume wrong: no_order
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    torch.set_rng_state(saved["noise"])
    return saved["epoch"]


# %% checkpoints.resume wrong: no_epoch
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.get_state(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    order.set_state(saved["order"])
    torch.set_rng_state(saved["noise"])
    return None


# %% checkpoints.resume wrong: epoch_off_by_one
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.get_state(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    order.set_state(saved["order"])
    torch.set_rng_state(saved["noise"])
    return saved["epoch"] + 1


# %% checkpoints.resume wrong: usual_four
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    return saved["epoch"]


# %% checkpoints.resume wrong: parameters_only
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": list(model.parameters()),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.get_state(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    with torch.no_grad():
        for mine, parameter in zip(model.parameters(), saved["model"]):
            mine.copy_(parameter)
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    order.set_state(saved["order"])
    torch.set_rng_state(saved["noise"])
    return saved["epoch"]


# %% checkpoints.resume wrong: seeded
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.manual_seed(0)
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.get_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    order.set_state(saved["order"])
    torch.manual_seed(0)
    return saved["epoch"]


# %% checkpoints.resume wrong: order_from_seed
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.initial_seed(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    order.manual_seed(saved["order"])
    torch.set_rng_state(saved["noise"])
    return saved["epoch"]


# %% checkpoints.resume wrong: loads_into_others
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save([epoch, model, optimizer, scheduler, order.get_state(), torch.get_rng_state()], path)


def load_checkpoint(path, model, optimizer, scheduler, order):
    epoch, model, optimizer, scheduler, order_state, noise = torch.load(path, weights_only=False)
    order.set_state(order.get_state())
    return epoch


# %% checkpoints.resume wrong: eval_mode
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.get_state(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    order.set_state(saved["order"])
    torch.set_rng_state(saved["noise"])
    model.eval()
    return saved["epoch"]


# %% checkpoints.resume wrong: kept_in_memory
KEPT = {}


def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    KEPT.update(epoch=epoch, model=copy.deepcopy(model.state_dict()))


def load_checkpoint(path, model, optimizer, scheduler, order):
    model.load_state_dict(KEPT["model"])
    return KEPT["epoch"]


# %% checkpoints.resume wrong: moved_forward
def save_checkpoint(path, epoch, model, optimizer, scheduler, order):
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scheduler": scheduler.state_dict(),
            "order": order.get_state(),
            "noise": torch.get_rng_state(),
        },
        path,
    )


def load_checkpoint(path, model, optimizer, scheduler, order):
    saved = torch.load(path)
    model.load_state_dict(saved["model"])
    optimizer.load_state_dict(saved["optimizer"])
    scheduler.load_state_dict(saved["scheduler"])
    order.set_state(saved["order"])
    torch.set_rng_state(saved["noise"])
    print("noise goes on with", torch.rand(1).item())
    return saved["epoch"]

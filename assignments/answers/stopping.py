"""Answers to the early stopper: wrong ones that students give, named by mistake, and other right ones."""


# %% stopping.early_stopper right: clones_and_epochs
class EarlyStopper:
    def __init__(self, patience):
        self.patience, self.epoch, self.best_epoch = patience, 0, 0
        self.best_score, self.best_state = None, {}

    def update(self, score, model):
        self.epoch += 1
        if self.best_score is None or self.best_score < score:
            self.best_score, self.best_epoch = score, self.epoch
            self.best_state = {k: v.detach().clone() for k, v in model.state_dict().items()}
        return self.epoch - self.best_epoch == self.patience


# %% stopping.early_stopper right: whole_history
class EarlyStopper:
    def __init__(self, patience):
        self.patience, self.scores = patience, []

    def update(self, score, model):
        self.scores.append(float(score))
        best = int(np.argmax(self.scores))
        self.best_score = self.scores[best]
        if best == len(self.scores) - 1:
            self.best_state = copy.deepcopy(model).cpu().state_dict()
        return np.bool_(len(self.scores) - 1 - best >= self.patience)


# %% stopping.early_stopper right: through_bytes
import io


class EarlyStopper:
    def __init__(self, patience):
        self.patience = self.left = patience
        self.best_score = float("-inf")

    def update(self, score, model):
        if score <= self.best_score:
            self.left -= 1
            return not self.left
        file = io.BytesIO()
        torch.save(model.state_dict(), file)
        file.seek(0)
        self.best_score, self.best_state = torch.tensor(score), torch.load(file)
        self.left = self.patience


# %% stopping.early_stopper wrong: aliases
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        if score > self.best_score:
            self.best_score = score
            self.best_state = model.state_dict().copy()
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience


# %% stopping.early_stopper wrong: equal_counts
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        if score >= self.best_score:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience


# %% stopping.early_stopper wrong: late
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        if score > self.best_score:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        return self.waited > self.patience


# %% stopping.early_stopper wrong: early
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        if score > self.best_score:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= max(self.patience - 1, 1)


# %% stopping.early_stopper wrong: never_reset
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        if score > self.best_score:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
        else:
            self.waited += 1
        return self.waited >= self.patience


# %% stopping.early_stopper wrong: versus_last
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None
        self.last_score = -math.inf

    def update(self, score, model):
        better, self.last_score = score > self.last_score, score
        if better:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience


# %% stopping.early_stopper wrong: lower_is_better
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = math.inf
        self.best_state = None

    def update(self, score, model):
        if score < self.best_score:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience


# %% stopping.early_stopper wrong: always_kept
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        self.best_state = copy.deepcopy(model.state_dict())
        if score > self.best_score:
            self.best_score = score
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience


# %% stopping.early_stopper wrong: first_kept
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        if score > self.best_score:
            self.best_score = score
            if self.best_state is None:
                self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience


# %% stopping.early_stopper wrong: parameters_only
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        if score > self.best_score:
            self.best_score = score
            self.best_state = {k: v.detach().clone() for k, v in model.named_parameters()}
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience


# %% stopping.early_stopper wrong: starts_at_zero
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = 0.0
        self.best_state = None

    def update(self, score, model):
        if score > self.best_score:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience


# %% stopping.early_stopper wrong: never_stops
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        if score > self.best_score:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        print(self.waited >= self.patience)


# %% stopping.early_stopper wrong: restores
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        if score > self.best_score:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        if self.waited >= self.patience:
            model.load_state_dict(self.best_state)
            return True
        return False


# %% stopping.early_stopper wrong: score_of_last
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None
        self.highest = -math.inf

    def update(self, score, model):
        if score > self.highest:
            self.highest = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        self.best_score = score
        return self.waited >= self.patience


# %% stopping.early_stopper wrong: first_fall
class EarlyStopper:
    def __init__(self, patience):
        self.patience = patience
        self.waited = 0
        self.best_score = -math.inf
        self.best_state = None

    def update(self, score, model):
        if score > self.best_score:
            self.best_score = score
            self.best_state = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        return self.waited > 0

"""Answers to the exercises on AdaBoost: wrong ones that students give, and other right ones."""


# %% boosting.adaboost_round right: python_float
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = float(sum(w for w, p, y in zip(weights, predictions, labels) if p != y))
    error = min(max(error, min_error), 1 - min_error)
    say = 0.5 * math.log((1 - error) / error)
    factors = [math.exp(say) if p != y else math.exp(-say) for p, y in zip(predictions, labels)]
    new = weights * torch.tensor(factors, dtype=weights.dtype, device=weights.device)
    return say, new / new.sum()


# %% boosting.adaboost_round right: softmax
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = torch.dot(weights, (predictions != labels).to(weights.dtype))
    error = torch.clip(error, min_error, 1 - min_error)
    say = -torch.logit(error) / 2
    return say, torch.softmax(weights.log() - say * predictions * labels, dim=0)


# %% boosting.adaboost_round right: numpy_say
import numpy as np


def adaboost_round(weights, predictions, labels, min_error=1e-6):
    w, p, y = (tensor.cpu().numpy() for tensor in (weights, predictions, labels))
    error = np.clip(np.sum(w * (1 - p * y) / 2, dtype=np.float64), min_error, 1 - min_error)
    say = np.arctanh(1 - 2 * error)
    new = w * np.exp(-say * y * p)
    return say, torch.from_numpy(new / new.sum()).to(weights)


# %% boosting.adaboost_round right: odds
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    wrong = predictions.ne(labels)
    error = min(max((weights * wrong).sum().item(), min_error), 1 - min_error)
    odds = (1 - error) / error
    new = torch.where(wrong, weights * odds, weights)
    return math.log(math.sqrt(odds)), nn.functional.normalize(new, p=1, dim=0)


# %% boosting.adaboost_round wrong: no_half
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log()
    scaled = weights * torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: twice_the_say
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    wrong = predictions != labels
    error = weights[wrong].sum().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log()
    scaled = weights * torch.exp(say * wrong)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: say_inverted
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum().clamp(min_error, 1 - min_error)
    say = (error / (1 - error)).log() / 2
    scaled = weights * torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: wrong_sign
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log() / 2
    scaled = weights * torch.exp(say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: not_normalized
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log() / 2
    return say, weights * torch.exp(-say * labels * predictions)


# %% boosting.adaboost_round wrong: unweighted_error
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = (predictions != labels).to(weights.dtype).mean().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log() / 2
    scaled = weights * torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: error_over_n
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = (weights * (predictions != labels)).mean().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log() / 2
    scaled = weights * torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: only_wrong_change
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    wrong = predictions != labels
    error = weights[wrong].sum().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log() / 2
    scaled = weights * torch.exp(say * wrong)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: uniform_before
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log() / 2
    scaled = torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: binary_logarithm
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log2() / 2
    scaled = weights * torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: never_negative
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum().clamp(min_error, 1 - min_error)
    say = (((1 - error) / error).log() / 2).clamp(min=0)
    scaled = weights * torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: not_clipped
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum()
    say = ((1 - error) / error).log() / 2
    scaled = weights * torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: added
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum()
    say = ((1 - error + min_error) / (error + min_error)).log() / 2
    scaled = weights * torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: clipped_below
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum().clamp(min=min_error)
    say = ((1 - error) / error).log() / 2
    scaled = weights * torch.exp(-say * labels * predictions)
    return say, scaled / scaled.sum()


# %% boosting.adaboost_round wrong: in_place
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    error = weights[predictions != labels].sum().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log() / 2
    weights *= torch.exp(-say * labels * predictions)
    weights /= weights.sum()
    return say, weights


# %% boosting.adaboost_round wrong: float32
def adaboost_round(weights, predictions, labels, min_error=1e-6):
    weights = weights.float()
    error = weights[predictions != labels].sum().clamp(min_error, 1 - min_error)
    say = ((1 - error) / error).log() / 2
    scaled = weights * torch.exp(-say * labels.float() * predictions.float())
    return say, scaled / scaled.sum()


# %% boosting.boost right: two_lists
def boost(fit_weak, update, x, labels, num_rounds):
    weights = torch.ones_like(labels) / len(labels)
    members, says = [], []
    while len(members) < num_rounds:
        members.append(fit_weak(x, labels, weights))
        say, weights = update(weights, members[-1](x), labels)
        says.append(say)

    def vote(points):
        score = torch.zeros(len(points), dtype=points.dtype, device=points.device)
        for say, member in zip(says, members):
            score += say * member(points)
        return torch.where(score >= 0, torch.ones_like(score), -torch.ones_like(score))

    return vote


# %% boosting.boost right: module
class Vote(nn.Module):
    def __init__(self):
        super().__init__()
        self.members = []

    def forward(self, points):
        answers = torch.stack([say * member(points) for say, member in self.members])
        signs = answers.sum(dim=0).sign()
        return signs + (signs == 0).to(signs.dtype)


def boost(fit_weak, update, x, labels, num_rounds):
    vote = Vote()
    weights = torch.full_like(labels, 1.0).div(labels.numel())
    for number in range(num_rounds):
        print("round", number)
        member = fit_weak(x=x, labels=labels, weights=weights)
        say, weights = update(weights=weights, predictions=member(x), labels=labels)
        vote.members.append((say, member))
    return vote


# %% boosting.boost right: numpy_sum
import numpy as np


def boost(fit_weak, update, x, labels, num_rounds):
    weights = torch.from_numpy(np.ones(len(x)) / len(x)).to(x)
    rounds = {}
    for t in range(num_rounds):
        weak = fit_weak(x, labels, weights)
        alpha, weights = update(weights, weak(x), labels)
        rounds[t] = float(alpha), weak

    def vote(points):
        answers = np.array([weak(points).cpu().numpy() for _, weak in rounds.values()])
        score = np.array([alpha for alpha, _ in rounds.values()]) @ answers
        return torch.from_numpy(np.where(score < 0, -1.0, 1.0)).to(points)

    return vote


# %% boosting.boost right: recursion
def boost(fit_weak, update, x, labels, num_rounds):
    def scores(weights, left):
        if left == 0:
            return lambda points: points.new_zeros(len(points))
        member = fit_weak(x, labels, weights)
        say, after = update(weights, member(x), labels)
        rest = scores(after, left - 1)
        return lambda points: say * member(points) + rest(points)

    total = scores(x.new_ones(len(x)) / len(x), num_rounds)
    return lambda points: (total(points) >= 0).to(points.dtype) * 2 - 1


# %% boosting.boost wrong: weights_not_carried
def boost(fit_weak, update, x, labels, num_rounds):
    rounds = []
    for _ in range(num_rounds):
        weights = x.new_full((len(x),), 1 / len(x))
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, classifier(x), labels)
        rounds.append((say, classifier))

    def vote(points):
        score = sum(say * classifier(points) for say, classifier in rounds)
        return (score >= 0).to(points.dtype) * 2 - 1

    return vote


# %% boosting.boost wrong: fit_without_weights
def boost(fit_weak, update, x, labels, num_rounds):
    equal = x.new_full((len(x),), 1 / len(x))
    weights, rounds = equal, []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, equal)
        say, weights = update(weights, classifier(x), labels)
        rounds.append((say, classifier))

    def vote(points):
        score = sum(say * classifier(points) for say, classifier in rounds)
        return (score >= 0).to(points.dtype) * 2 - 1

    return vote


# %% boosting.boost wrong: weights_of_one
def boost(fit_weak, update, x, labels, num_rounds):
    weights = torch.ones_like(labels)
    rounds = []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, classifier(x), labels)
        rounds.append((say, classifier))

    def vote(points):
        score = sum(say * classifier(points) for say, classifier in rounds)
        return (score >= 0).to(points.dtype) * 2 - 1

    return vote


# %% boosting.boost wrong: one_round_short
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    rounds = []
    for _ in range(1, num_rounds):
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, classifier(x), labels)
        rounds.append((say, classifier))

    def vote(points):
        score = sum(say * classifier(points) for say, classifier in rounds)
        return (score >= 0).to(points.dtype) * 2 - 1

    return vote


# %% boosting.boost wrong: one_round_more
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    rounds = []
    for _ in range(num_rounds + 1):
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, classifier(x), labels)
        rounds.append((say, classifier))

    def vote(points):
        score = sum(say * classifier(points) for say, classifier in rounds)
        return (score >= 0).to(points.dtype) * 2 - 1

    return vote


# %% boosting.boost wrong: updates_with_labels
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    rounds = []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, labels, labels)
        rounds.append((say, classifier))

    def vote(points):
        score = sum(say * classifier(points) for say, classifier in rounds)
        return (score >= 0).to(points.dtype) * 2 - 1

    return vote


# %% boosting.boost wrong: own_update
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    rounds = []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, weights)
        say, weights = adaboost_round(weights, classifier(x), labels)
        rounds.append((say, classifier))

    def vote(points):
        score = sum(say * classifier(points) for say, classifier in rounds)
        return (score >= 0).to(points.dtype) * 2 - 1

    return vote


# %% boosting.boost wrong: majority
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    rounds = []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, weights)
        _, weights = update(weights, classifier(x), labels)
        rounds.append(classifier)

    def vote(points):
        score = sum(classifier(points) for classifier in rounds)
        return (score >= 0).to(points.dtype) * 2 - 1

    return vote


# %% boosting.boost wrong: no_sign
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    rounds = []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, classifier(x), labels)
        rounds.append((say, classifier))
    return lambda points: sum(say * classifier(points) for say, classifier in rounds)


# %% boosting.boost wrong: last_member
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    terms = []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, classifier(x), labels)
        terms.append(lambda points: say * classifier(points))

    def vote(points):
        score = sum(term(points) for term in terms)
        return (score >= 0).to(points.dtype) * 2 - 1

    return vote


# %% boosting.boost wrong: training_answers
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    score = torch.zeros_like(labels)
    for _ in range(num_rounds):
        predictions = fit_weak(x, labels, weights)(x)
        say, weights = update(weights, predictions, labels)
        score = score + say * predictions
    return lambda points: (score >= 0).to(points.dtype) * 2 - 1


# %% boosting.boost wrong: ties_to_zero
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    rounds = []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, classifier(x), labels)
        rounds.append((say, classifier))
    return lambda points: sum(say * classifier(points) for say, classifier in rounds).sign()


# %% boosting.boost wrong: ties_to_minus_one
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    rounds = []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, classifier(x), labels)
        rounds.append((say, classifier))

    def vote(points):
        score = sum(say * classifier(points) for say, classifier in rounds)
        return (score > 0).to(points.dtype) * 2 - 1

    return vote


# %% boosting.boost wrong: float32
def boost(fit_weak, update, x, labels, num_rounds):
    weights = torch.full((len(x),), 1 / len(x), device=x.device)
    rounds = []
    for _ in range(num_rounds):
        classifier = fit_weak(x, labels, weights)
        say, weights = update(weights, classifier(x), labels)
        rounds.append((say, classifier))

    def vote(points):
        score = sum(say * classifier(points) for say, classifier in rounds)
        return torch.where(score >= 0, 1.0, -1.0)

    return vote


# %% boosting.boost wrong: returns_members
def boost(fit_weak, update, x, labels, num_rounds):
    weights = x.new_full((len(x),), 1 / len(x))
    members, says = [], []
    for _ in range(num_rounds):
        members.append(fit_weak(x, labels, weights))
        say, weights = update(weights, members[-1](x), labels)
        says.append(say)
    return members, says

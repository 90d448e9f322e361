"""Answers to the exercises on averages and votes: wrong ones that students give, and other right ones."""


# %% ensembles.average_probabilities right: loop_over_models
def average_probabilities(logits):
    total = torch.zeros_like(logits[0])
    for member in logits:
        print("member", member.shape)
        total += nn.functional.softmax(member, dim=-1)
    mean = total / logits.size(0)
    return mean, torch.max(mean, dim=-1).indices


# %% ensembles.average_probabilities right: logarithms
def average_probabilities(logits):
    logs = logits.log_softmax(-1).logsumexp(0) - math.log(len(logits))
    return [logs.exp(), logs.argmax(-1)]


# %% ensembles.average_probabilities right: numpy_by_hand
import numpy as np


def average_probabilities(logits):
    values = logits.detach().cpu().numpy()
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    shares = (powers / powers.sum(axis=-1, keepdims=True)).mean(axis=0)
    shares = torch.from_numpy(shares).to(logits)
    return shares, shares.sort(dim=1, descending=True).indices[:, 0]


# %% ensembles.average_probabilities right: einsum_by_hand
def average_probabilities(logits):
    powers = (logits - logits.amax(2, keepdim=True)).exp()
    mean = torch.einsum("mbk,mb->bk", powers, 1 / powers.sum(2)) / logits.shape[0]
    return mean, mean.topk(1).indices.squeeze(1)


# %% ensembles.average_probabilities wrong: average_logits
def average_probabilities(logits):
    probs = logits.mean(dim=0).softmax(dim=1)
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: geometric
def average_probabilities(logits):
    probs = logits.log_softmax(dim=2).mean(dim=0).exp()
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: votes
def average_probabilities(logits):
    votes = nn.functional.one_hot(logits.argmax(dim=2), logits.shape[2])
    probs = votes.to(logits.dtype).mean(dim=0)
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: raw_logits
def average_probabilities(logits):
    mean = logits.mean(dim=0)
    return mean, mean.argmax(dim=1)


# %% ensembles.average_probabilities wrong: softmax_over_members
def average_probabilities(logits):
    probs = logits.softmax(dim=0).mean(dim=0)
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: softmax_over_batch
def average_probabilities(logits):
    probs = logits.softmax(dim=1).mean(dim=0)
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: summed
def average_probabilities(logits):
    probs = sum(member.softmax(dim=1) for member in logits)
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: divided_by_classes
def average_probabilities(logits):
    probs = logits.softmax(dim=2).sum(dim=0) / logits.shape[2]
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: most_sure
def average_probabilities(logits):
    probs = logits.softmax(dim=2).amax(dim=0)
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: median
def average_probabilities(logits):
    probs = logits.softmax(dim=2).median(dim=0).values
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: later_weigh_more
def average_probabilities(logits):
    probs = logits[0].softmax(dim=1)
    for member in logits[1:]:
        probs = (probs + member.softmax(dim=1)) / 2
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: argmax_over_batch
def average_probabilities(logits):
    probs = logits.softmax(dim=2).mean(dim=0)
    return probs, probs.argmax(dim=0)


# %% ensembles.average_probabilities wrong: overflow
def average_probabilities(logits):
    powers = logits.exp()
    probs = (powers / powers.sum(dim=2, keepdim=True)).mean(dim=0)
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: in_place
def average_probabilities(logits):
    logits -= logits.max(dim=2, keepdim=True).values
    logits.exp_()
    probs = (logits / logits.sum(dim=2, keepdim=True)).mean(dim=0)
    return probs, probs.argmax(dim=1)


# %% ensembles.average_probabilities wrong: float32
def average_probabilities(logits):
    probs = logits.softmax(dim=2).mean(dim=0).float()
    return probs, probs.argmax(dim=1)


# %% ensembles.majority_vote right: loop_over_pictures
def majority_vote(predictions, num_classes):
    winners, agreement = [], []
    for votes in predictions.T:
        counts = torch.bincount(votes, minlength=num_classes)
        winners.append(int(counts.argmax()))
        agreement.append(int(counts.max()) / len(votes))
    return torch.tensor(winners), torch.tensor(agreement)


# %% ensembles.majority_vote right: library_mode
def majority_vote(predictions, num_classes):
    winners = predictions.mode(dim=0).values
    return winners, (predictions == winners).float().mean(dim=0)


# %% ensembles.majority_vote right: counter
from collections import Counter


def majority_vote(predictions, num_classes):
    pairs = []
    for votes in predictions.t().tolist():
        counts = Counter(votes)
        pairs.append(min((-number, kind) for kind, number in counts.items()))
    winners = torch.tensor([kind for _, kind in pairs])
    return winners, torch.tensor([-number / predictions.size(0) for number, _ in pairs])


# %% ensembles.majority_vote right: numpy_counts
import numpy as np


def majority_vote(predictions, num_classes):
    votes = predictions.cpu().numpy()
    counts = np.stack([(votes == k).sum(axis=0) for k in range(num_classes)])
    share = counts.max(axis=0).astype(np.float32) / np.float32(len(votes))
    return torch.from_numpy(counts.argmax(axis=0)), torch.from_numpy(share)


# %% ensembles.majority_vote wrong: ties_to_largest
def majority_vote(predictions, num_classes):
    counts = nn.functional.one_hot(predictions, num_classes).sum(dim=0)
    winners = num_classes - 1 - counts.flip(1).argmax(dim=1)
    return winners, counts.amax(dim=1) / len(predictions)


# %% ensembles.majority_vote wrong: ties_to_first
from collections import Counter


def majority_vote(predictions, num_classes):
    best = [Counter(votes).most_common(1)[0] for votes in predictions.T.tolist()]
    winners = torch.tensor([kind for kind, _ in best])
    return winners, torch.tensor([number / len(predictions) for _, number in best])


# %% ensembles.majority_vote wrong: mean_class
def majority_vote(predictions, num_classes):
    winners = predictions.float().mean(dim=0).round().long()
    return winners, (predictions == winners).float().mean(dim=0)


# %% ensembles.majority_vote wrong: median_class
def majority_vote(predictions, num_classes):
    winners = predictions.median(dim=0).values
    return winners, (predictions == winners).float().mean(dim=0)


# %% ensembles.majority_vote wrong: absolute_majority
def majority_vote(predictions, num_classes):
    counts = nn.functional.one_hot(predictions, num_classes).sum(dim=0)
    agreement = counts.amax(dim=1) / len(predictions)
    return counts.argmax(dim=1).where(agreement > 0.5, torch.tensor(-1)), agreement


# %% ensembles.majority_vote wrong: first_model
def majority_vote(predictions, num_classes):
    winners = predictions[0]
    return winners, (predictions == winners).float().mean(dim=0)


# %% ensembles.majority_vote wrong: fewest
def majority_vote(predictions, num_classes):
    counts = nn.functional.one_hot(predictions, num_classes).sum(dim=0)
    return counts.argmin(dim=1), counts.amin(dim=1) / len(predictions)


# %% ensembles.majority_vote wrong: over_batch
def majority_vote(predictions, num_classes):
    counts = nn.functional.one_hot(predictions, num_classes).sum(dim=1)
    return counts.argmax(dim=1), counts.amax(dim=1) / predictions.shape[1]


# %% ensembles.majority_vote wrong: counts
def majority_vote(predictions, num_classes):
    counts = nn.functional.one_hot(predictions, num_classes).sum(dim=0)
    return counts.argmax(dim=1), counts.amax(dim=1).float()


# %% ensembles.majority_vote wrong: divided_by_classes
def majority_vote(predictions, num_classes):
    counts = nn.functional.one_hot(predictions, num_classes).sum(dim=0)
    return counts.argmax(dim=1), counts.amax(dim=1) / num_classes


# %% ensembles.majority_vote wrong: with_first_model
def majority_vote(predictions, num_classes):
    counts = nn.functional.one_hot(predictions, num_classes).sum(dim=0)
    agreement = (predictions == predictions[0]).float().mean(dim=0)
    return counts.argmax(dim=1), agreement


# %% ensembles.majority_vote wrong: float_classes
def majority_vote(predictions, num_classes):
    counts = nn.functional.one_hot(predictions, num_classes).sum(dim=0)
    return counts.argmax(dim=1).float(), counts.amax(dim=1) / len(predictions)

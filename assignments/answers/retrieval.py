"""Answers to the exercises on retrieval: wrong ones that students give, and other right ones."""


# %% retrieval.nearest right: library_cosine
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    cosines = F.cosine_similarity(queries[:, None], gallery[None], dim=2)
    if exclude_self:
        cosines = cosines - 3 * torch.eye(len(queries), dtype=cosines.dtype, device=cosines.device)
    order = torch.argsort(-cosines, dim=1, stable=True)[:, :k]
    return order, torch.gather(cosines, 1, order)


# %% retrieval.nearest right: loops
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    tiny = torch.finfo(queries.dtype).tiny
    rows, values = [], []
    for i, query in enumerate(queries):
        scores = []
        for j, other in enumerate(gallery):
            if exclude_self and i == j:
                continue
            length = max(float(query.norm() * other.norm()), tiny)
            scores.append((-float(query @ other) / length, j))
        best = sorted(scores)[:k]
        rows.append([j for _, j in best])
        values.append([-score for score, _ in best])
    values = torch.tensor(values, dtype=queries.dtype, device=queries.device)
    return torch.tensor(rows, device=queries.device), values


# %% retrieval.nearest right: numpy_sort
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    def unit(x):
        length = np.linalg.norm(x, axis=1, keepdims=True)
        return np.divide(x, length, out=np.zeros_like(x), where=length > 0)

    cosines = unit(queries.cpu().numpy()) @ unit(gallery.cpu().numpy()).T
    if exclude_self:
        np.fill_diagonal(cosines, -2)
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    values = np.take_along_axis(cosines, order, axis=1)
    return torch.from_numpy(order).to(queries.device), torch.from_numpy(values).to(queries)


# %% retrieval.nearest right: by_distance_of_units
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    def unit(x):
        length = torch.linalg.vector_norm(x, dim=1, keepdim=True)
        return x / torch.where(length == 0, torch.ones_like(length), length)

    one, two = unit(queries), unit(gallery)
    cosines = torch.einsum("qf,gf->qg", one, two)
    if exclude_self:
        mask = torch.eye(len(one), dtype=torch.bool, device=one.device)
        cosines = cosines.masked_fill(mask, float("-inf"))
    order = torch.sort(1 - cosines, dim=1, stable=True).indices[:, :k]
    return order, cosines.take_along_dim(order, dim=1)


# %% retrieval.nearest wrong: euclidean
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    distances = torch.cdist(queries, gallery)
    if exclude_self:
        distances.fill_diagonal_(torch.inf)
    order = distances.argsort(dim=1, stable=True)[:, :k]
    cosines = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    return order, cosines.gather(1, order)


# %% retrieval.nearest wrong: dot_product
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    products = queries @ gallery.T
    if exclude_self:
        products.fill_diagonal_(-torch.inf)
    values, order = products.sort(dim=1, descending=True, stable=True)
    return order[:, :k], values[:, :k]


# %% retrieval.nearest wrong: least_similar
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    if exclude_self:
        similarity.fill_diagonal_(torch.inf)
    values, order = similarity.sort(dim=1, stable=True)
    return order[:, :k], values[:, :k]


# %% retrieval.nearest wrong: columns_normalized
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=0) @ F.normalize(gallery, dim=0).T
    if exclude_self:
        similarity.fill_diagonal_(-torch.inf)
    values, order = similarity.sort(dim=1, descending=True, stable=True)
    return order[:, :k], values[:, :k]


# %% retrieval.nearest wrong: distances
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    distance = 1 - F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    if exclude_self:
        distance.fill_diagonal_(torch.inf)
    values, order = distance.sort(dim=1, stable=True)
    return order[:, :k], values[:, :k]


# %% retrieval.nearest wrong: swapped_outputs
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    if exclude_self:
        similarity.fill_diagonal_(-torch.inf)
    values, order = similarity.sort(dim=1, descending=True, stable=True)
    return values[:, :k], order[:, :k]


# %% retrieval.nearest wrong: self_included
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    values, order = similarity.sort(dim=1, descending=True, stable=True)
    return order[:, :k], values[:, :k]


# %% retrieval.nearest wrong: first_dropped
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    values, order = similarity.sort(dim=1, descending=True, stable=True)
    first = 1 if exclude_self else 0
    return order[:, first : first + k], values[:, first : first + k]


# %% retrieval.nearest wrong: always_excluded
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    similarity.fill_diagonal_(-torch.inf)
    values, order = similarity.sort(dim=1, descending=True, stable=True)
    return order[:, :k], values[:, :k]


# %% retrieval.nearest wrong: topk_ties
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    if exclude_self:
        similarity.fill_diagonal_(-torch.inf)
    values, order = similarity.topk(k, dim=1)
    return order, values


# %% retrieval.nearest wrong: last_in_ties
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    if exclude_self:
        similarity.fill_diagonal_(-torch.inf)
    values, order = similarity.sort(dim=1, stable=True)
    return order[:, -k:].flip(1), values[:, -k:].flip(1)


# %% retrieval.nearest wrong: zero_nan
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    one = queries / queries.norm(dim=1, keepdim=True)
    two = gallery / gallery.norm(dim=1, keepdim=True)
    similarity = one @ two.T
    if exclude_self:
        similarity.fill_diagonal_(-torch.inf)
    values, order = similarity.sort(dim=1, descending=True, stable=True)
    return order[:, :k], values[:, :k]


# %% retrieval.nearest wrong: one_too_many
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    if exclude_self:
        similarity.fill_diagonal_(-torch.inf)
    values, order = similarity.sort(dim=1, descending=True, stable=True)
    return order[:, : k + 1], values[:, : k + 1]


# %% retrieval.nearest wrong: in_place
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    queries /= queries.norm(dim=1, keepdim=True).clamp_min(1e-12)
    gallery /= gallery.norm(dim=1, keepdim=True).clamp_min(1e-12)
    similarity = queries @ gallery.T
    if exclude_self:
        similarity.fill_diagonal_(-torch.inf)
    values, order = similarity.sort(dim=1, descending=True, stable=True)
    return order[:, :k], values[:, :k]


# %% retrieval.nearest wrong: float32
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    if exclude_self:
        similarity.fill_diagonal_(-torch.inf)
    values, order = similarity.sort(dim=1, descending=True, stable=True)
    return order[:, :k], values[:, :k].float()


# %% retrieval.nearest wrong: int32
def nearest_neighbours(queries, gallery, k, exclude_self=False):
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T
    if exclude_self:
        similarity.fill_diagonal_(-torch.inf)
    values, order = similarity.sort(dim=1, descending=True, stable=True)
    return order[:, :k].int(), values[:, :k]


# %% retrieval.vote right: loops
def vote(neighbours, labels, num_classes):
    predicted = []
    for row in neighbours.tolist():
        named = [int(labels[i]) for i in row]
        most = max(named.count(label) for label in named)
        predicted.append(next(label for label in named if named.count(label) == most))
    return torch.tensor(predicted, device=labels.device)


# %% retrieval.vote right: pairs_compared
def vote(neighbours, labels, num_classes):
    named = labels[neighbours]
    agree = (named[:, :, None] == named[:, None, :]).sum(dim=2)
    best = agree == agree.max(dim=1, keepdim=True).values
    k = named.shape[1]
    first = torch.where(best, torch.arange(k, device=named.device), k).min(dim=1).values
    return torch.take_along_dim(named, first[:, None], dim=1).squeeze(1)


# %% retrieval.vote right: weights_that_break_ties
def vote(neighbours, labels, num_classes):
    k = neighbours.shape[1]
    named = labels[neighbours]
    scores = torch.zeros(len(named), num_classes, dtype=torch.int64, device=labels.device)
    for place in range(k):
        scores.scatter_add_(1, named[:, place : place + 1], torch.full_like(named[:, :1], k + 1))
    first = torch.full_like(scores, k)
    for place in reversed(range(k)):
        first.scatter_(1, named[:, place : place + 1], place)
    return (scores - first).argmax(dim=1)


# %% retrieval.vote right: counter
from collections import Counter


def vote(neighbours, labels, num_classes):
    table = labels[neighbours].cpu().numpy()
    winners = [Counter(row.tolist()).most_common(1)[0][0] for row in table]
    return torch.as_tensor(winners, dtype=torch.int64).to(labels.device)


# %% retrieval.vote wrong: nearest_only
def vote(neighbours, labels, num_classes):
    return labels[neighbours[:, 0]]


# %% retrieval.vote wrong: indices_vote
def vote(neighbours, labels, num_classes):
    return torch.mode(neighbours, dim=1).values


# %% retrieval.vote wrong: mean_label
def vote(neighbours, labels, num_classes):
    return labels[neighbours].double().mean(dim=1).round().long()


# %% retrieval.vote wrong: fewest_votes
def vote(neighbours, labels, num_classes):
    ballots = labels[neighbours]
    agree = (ballots[:, :, None] == ballots[:, None, :]).sum(dim=2)
    return ballots.gather(1, agree.argmin(dim=1, keepdim=True)).squeeze(1)


# %% retrieval.vote wrong: one_for_all
def vote(neighbours, labels, num_classes):
    votes = torch.bincount(labels[neighbours].flatten(), minlength=num_classes)
    return votes.argmax().expand(len(neighbours))


# %% retrieval.vote wrong: by_columns
def vote(neighbours, labels, num_classes):
    return F.one_hot(labels[neighbours], num_classes).sum(dim=0).argmax(dim=1)


# %% retrieval.vote wrong: lowest_in_ties
def vote(neighbours, labels, num_classes):
    return F.one_hot(labels[neighbours], num_classes).sum(dim=1).argmax(dim=1)


# %% retrieval.vote wrong: highest_in_ties
def vote(neighbours, labels, num_classes):
    votes = F.one_hot(labels[neighbours], num_classes).sum(dim=1)
    return num_classes - 1 - votes.flip(1).argmax(dim=1)


# %% retrieval.vote wrong: farthest_in_ties
def vote(neighbours, labels, num_classes):
    named = labels[neighbours].flip(1)
    agree = (named[:, :, None] == named[:, None, :]).sum(dim=2)
    return named.gather(1, agree.argmax(dim=1, keepdim=True)).squeeze(1)


# %% retrieval.vote wrong: nearest_of_all
def vote(neighbours, labels, num_classes):
    named = labels[neighbours]
    votes = F.one_hot(named, num_classes).sum(dim=1)
    tied = (votes == votes.amax(dim=1, keepdim=True)).sum(dim=1) > 1
    return torch.where(tied, named[:, 0], votes.argmax(dim=1))


# %% retrieval.vote wrong: floats
def vote(neighbours, labels, num_classes):
    named = labels[neighbours]
    predicted = torch.zeros(len(named))
    for i, row in enumerate(named):
        agree = (row[:, None] == row).sum(dim=1)
        predicted[i] = row[agree.argmax()]
    return predicted


# %% retrieval.vote wrong: in_place
def vote(neighbours, labels, num_classes):
    for i in range(len(neighbours)):
        neighbours[i] = labels[neighbours[i]]
    agree = (neighbours[:, :, None] == neighbours[:, None, :]).sum(dim=2)
    return neighbours.gather(1, agree.argmax(dim=1, keepdim=True)).squeeze(1)

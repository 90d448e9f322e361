# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown] slideshow={"slide_type": "slide"}
# # Lecture 7: Ensembles
#
# You have trained a network as well as you can. What is the surest way to make it better still? Train
# more of them, and let them answer together. This lecture is about why that helps, how the members should differ,
# and how to get most of the gain for the price of one run.
#
# 1. Many networks, one answer
# 2. What to average
# 3. Ways to differ
# 4. Bagging
# 5. Boosting
# 6. Snapshot ensembles
# 7. Polyak averaging
# 8. What to remember

# %% [markdown] slideshow={"slide_type": "subslide"}
# **After this lecture you can**
#
# - say why the average of several networks beats its members, and when it does not;
# - combine members by probabilities, logits or votes, and judge the result by accuracy and calibration;
# - name the ways in which members can differ, and what each costs;
# - explain bagging, AdaBoost and gradient boosting, and count two rounds of AdaBoost by hand;
# - get an ensemble, or an averaged network, out of a single run.
#
# **Time**: 75 minutes. **You need**: softmax and cross entropy, minibatch SGD (Lecture 2), overfitting (Lecture 3),
# cosine schedules and warm restarts (Lecture 5), training, validation and test data (Lecture 6).

# %% slideshow={"slide_type": "skip"}
import copy
import math
from functools import partial

import numpy as np
import torch
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from sklearn import ensemble
from sklearn.datasets import make_moons
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import resample

# %% slideshow={"slide_type": "skip"}
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, one_hot
from torch.nn.utils import parameters_to_vector, vector_to_parameters
from torch.optim import SGD, lr_scheduler, swa_utils

from utils.data import Split, batches, corrupt_labels, load
from utils.explore.boosting import boosting_explorer, running_vote
from utils.explore.ensemble_size import ensemble_size_explorer
from utils.explore.polyak import polyak_explorer
from utils.explore.snapshots import snapshot_explorer
from utils.plots import COLORS, label_axes, show
from utils.populations import fit_population, lr_table
from utils.training import choose_device, evaluate, progress_bar, set_seed

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 1. Many networks, one answer
#
# Train the same network twice, with another seed, and you get two networks that are about equally good. Do they make
# the same mistakes? If not, the one may know what the other does not.
#
# We train small networks on only 300 digits. All other images that we do not need for choosing anything serve as
# the test: with more than a thousand of them, differences of a percent can be seen.

# %% slideshow={"slide_type": "fragment"}
torch.set_num_threads(1)  # networks this small gain nothing from more, and lose on a busy machine
device = choose_device()
data = load("digits", device=device)


def join(a, b):
    return Split(torch.cat([a.images, b.images]), torch.cat([a.labels, b.labels]))


few = data.train[:300]
noisy = corrupt_labels(few, 0.2)  # the same images, a fifth of the labels wrong
unseen = join(data.train[300:], data.test)
truth = unseen.labels.cpu().numpy()
print(f"{len(few)} training images, {len(unseen):,} unseen ones")


# %% slideshow={"slide_type": "skip"}
def build(seed, width=16):
    set_seed(int(seed))
    layers = [nn.Linear(64, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()]
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(width, 10)).to(device)


@torch.no_grad()
def answers(models, split=unseen):
    """The probabilities [K, N, 10] that K networks give, as an array."""
    return torch.stack([model(split.images) for model in models]).softmax(dim=2).cpu().numpy()


# %% [markdown] slideshow={"slide_type": "subslide"}
# Two populations of 32 networks each, trained at once: the first on the right labels, the second on the noisy ones. Within
# a population, each network has its own initialization and its own order of the minibatches. Nothing else differs.

# %% slideshow={"slide_type": "fragment"}
settings = {"lr": 0.3, "num_epochs": 40, "batch_size": 20}
networks = [build(seed) for seed in range(64)]
fit_population(networks, [few] * 32 + [noisy] * 32, seed=range(64), **settings)
clean_members, noisy_members = answers(networks).reshape(2, 32, len(unseen), 10)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Now **average the probabilities** of the members, then take the class with the largest one:
#
# $$\bar p(c \mid x) = \frac1M \sum_{m=1}^M p_m(c \mid x), \qquad \hat y = \arg\max_c\, \bar p(c \mid x).$$

# %% slideshow={"slide_type": "fragment"}
for name, members in (("right labels", clean_members), ("noisy labels", noisy_members)):
    alone = (members.argmax(axis=2) == truth).mean(axis=1)
    together = (members.mean(axis=0).argmax(axis=1) == truth).mean()
    print(
        f"{name}: one network {alone.mean():.1%} on average, {alone.max():.1%} at best;"
        f" all 32 together {together:.1%}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# On the right labels that is about the gain one usually sees: **around 2 %**. On noisy labels, where single networks
# learn errors by heart, each its own, it is far more. Either way the average beats even the best member.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Errors that differ
#
# Where does the gain come from? Here are sixteen of the networks that learned from right labels, and those unseen
# images that at least one of the sixteen got wrong.

# %% slideshow={"slide_type": "fragment"}
sixteen = clean_members[:16]
wrong = sixteen.argmax(axis=2) != truth  # [network, image]
hard = np.flatnonzero(wrong.any(axis=0))
hard = hard[np.argsort(wrong[:, hard].sum(axis=0), kind="stable")]
together_wrong = sixteen.mean(axis=0).argmax(axis=1)[hard] != truth[hard]
figure = Figure(figsize=(9, 4.2), layout="constrained")
top, bottom = figure.subplots(2, 1, height_ratios=[8, 1], sharex=True)
colors = ListedColormap(["white", COLORS[1]])

# %% slideshow={"slide_type": "fragment"}
top.imshow(wrong[:, hard], cmap=colors, aspect="auto", interpolation="nearest")
bottom.imshow(together_wrong[None], cmap=colors, aspect="auto", interpolation="nearest")
top.set(title="Wrong answers are coloured", ylabel="network")
bottom.set_yticks([0], ["average"])
bottom.set_xlabel("unseen image that some network gets wrong, from easy to hard")
half = wrong[:, hard].sum(axis=0) < 8
saved = 1 - together_wrong[half].mean()
alt = (
    f"{len(hard)} images that some network gets wrong. Where fewer than half of the networks are wrong, "
    f"the average is right on {saved:.0%}; on the others, on {1 - together_wrong[~half].mean():.0%}."
)
show(figure, alt=alt)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** On the left are images that one or two networks get wrong, and each time different ones: the others
# outvote them, and the average is right. On the right are images that nearly all get wrong. There the average
# is wrong too: an ensemble removes the errors that *differ*, never those that are shared.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### How much could it be?
#
# If $M$ networks made their errors independently, each right with probability $a$, the majority would be right with
#
# $$\sum_{k > M/2} \binom{M}{k}\, a^k (1 - a)^{M - k}.$$

# %% slideshow={"slide_type": "fragment"}
right = noisy_members.argmax(axis=2) == truth
a = right.mean()
for M in (1, 5, 15, 31):
    independent = sum(math.comb(M, k) * a**k * (1 - a) ** (M - k) for k in range(M // 2 + 1, M + 1))
    majority = (right[:M].sum(axis=0) > M / 2).mean()
    print(f"{M:2d} networks: {independent:.1%} if independent, {majority:.1%} of these")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Independent networks would soon be perfect. Ours saw the same 300 images, with the same wrong labels, so they share
# many errors. That is why the members should differ (Hansen and Salamon, 1990). (Among ten classes the right one can also win
# with less than half of the votes; that is not counted here.)

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Variance and disagreement
#
# For a squared error there is an exact account of it (Krogh and Vedelsby, 1995). With the one-hot label $t$:
#
# $$\underbrace{\lVert \bar p - t \rVert^2}_{\text{error of the average}} =
# \underbrace{\frac1M \sum_m \lVert p_m - t \rVert^2}_{\text{mean error of the members}} -
# \underbrace{\frac1M \sum_m \lVert p_m - \bar p \rVert^2}_{\text{their disagreement}}.$$
#
# The average is *never* worse than the members are on average, and better by exactly as much as they disagree. (For the accuracy
# there is no such law, since a class can be right by a hair; it follows as a rule.)

# %% slideshow={"slide_type": "fragment"}
target = np.eye(10)[truth]
for name, members in (("right labels", clean_members), ("noisy labels", noisy_members)):
    average = members.mean(axis=0)
    of_average = ((average - target) ** 2).sum(axis=1).mean()
    of_members = ((members - target) ** 2).sum(axis=2).mean()
    disagreement = ((members - average) ** 2).sum(axis=2).mean()
    print(
        f"{name}: {of_members:.4f} − {disagreement:.4f} = {of_members - disagreement:.4f},"
        f" error of the average {of_average:.4f}"
    )

# %% [markdown] slideshow={"slide_type": "fragment"}
# How does it grow with $M$? If each member's answer has variance $\sigma^2$ and any two correlate by $\rho$, the variance of the
# average is
#
# $$\operatorname{Var}\Big[\frac1M \sum_m p_m\Big] = \rho\, \sigma^2 + \frac{1 - \rho}{M}\, \sigma^2.$$
#
# The second part falls as $1/M$: most of the gain comes from the first few members. The first part stays. More members
# do not help against it; members that are less alike do.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### On ImageNet
#
# AlexNet (Krizhevsky et al., 2012) is the classic. Top-5 errors on the validation images:
#
# | networks | error |
# | --- | --- |
# | one | 18.2 % |
# | five, averaged | 16.4 % |
# | seven, averaged | 15.4 % |
#
# Often told as "seven networks: 18.2 → 15.4 %". But two of the seven had been pretrained on more data, all of the ImageNet release of
# autumn 2011; one such network alone has 16.6 %. From averaging equals alone come the **1.8 %** of the second row.
# Most winners of such contests since then were ensembles.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 2. What to average
#
# Probabilities, logits, or votes? One image, three classes, three members that disagree:

# %% slideshow={"slide_type": "fragment"}
p = np.array([[0.48, 0.10, 0.42], [0.48, 0.10, 0.42], [0.01, 0.90, 0.09]])  # [member, class]
votes = np.eye(3)[p.argmax(axis=1)].mean(axis=0)
of_logits = np.exp(np.log(p).mean(axis=0))
combined = {
    "votes": votes,
    "probabilities": p.mean(axis=0),
    "logits": of_logits / of_logits.sum(),
}
for name, share in combined.items():
    listed = "  ".join(f"{value:.2f}" for value in share)
    print(f"{name:13} averaged:  {listed}  -> class {'ABC'[share.argmax()]}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three ways, three answers.
#
# - **Votes** forget how sure a member was: two lukewarm votes for A beat one firm vote for B. The vote is for members
#   that give no probabilities.
# - **Probabilities** weigh by sureness: the firm member prevails, B.
# - **Logits** amount to multiplying the probabilities, since $\log p$ is the logit up to a constant:
#   $\tilde p_c \propto \prod_m p_m(c)^{1/M}$. A class that *one* member holds to be nearly impossible is out, a veto. C, nobody's
#   first choice, wins because nobody excludes it.
#
# Averaging probabilities is the usual choice. In accuracy the three rarely differ by much, as the slider below shows.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Does it know how sure it is?
#
# A network that says "90 %" should be right nine times of ten. Collect all answers with a confidence $\max_c p(c)$ between 0.8 and 0.9,
# and count how many are right; do so for each bin. Plotted against each other that is a **reliability diagram**; the mean
# distance from the diagonal is the **expected calibration error** (Guo et al., 2017):
#
# $$\text{ECE} = \sum_{b} \frac{n_b}{N}\, \big|\, \text{accuracy}_b - \text{confidence}_b \,\big|.$$
#
# Averaging changes both numbers: the accuracy rises, and where members disagree the confidence falls.

# %% slideshow={"slide_type": "fragment"}
members = {"right labels": clean_members, "noisy labels": noisy_members}
logits = {name: np.log(p + 1e-12) for name, p in members.items()}  # up to a constant
ensemble_size = ensemble_size_explorer(logits, truth)
ensemble_size

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** *Accuracy*: about eight members give most of the gain, and the three ways end close to one another. Two votes
# gain little, since they can only agree or tie. *Reliability diagram*: one network alone lies *below* the diagonal, it is more sure than
# it is right; with a few members more the line comes close to it. *Calibration*: that takes averaged *probabilities*. Averaged logits
# are as often right, but stay too sure; a single vote is always 100 % sure, so votes start out worst.
#
# Now the other population. A fifth of what these networks were told is false, and one alone is a little less sure than it is
# right. Averaged probabilities make them less sure still, while they get better: the line moves far above the diagonal, and the
# calibration error *rises* with the number of members. An ensemble is not calibrated by itself. Measure it.

# %% [markdown] slideshow={"slide_type": "fragment"}
# Lakshminarayanan et al. (2017) recommend such **deep ensembles** as the simple way to honest probabilities. What an
# ensemble adds for certain is a warning: where its members disagree, do not trust it.

# %% slideshow={"slide_type": "fragment"}
agree = (clean_members.argmax(axis=2) == clean_members.argmax(axis=2)[0]).all(axis=0)
correct = clean_members.mean(axis=0).argmax(axis=1) == truth
print(f"all 32 agree on {agree.mean():.0%} of the images: {correct[agree].mean():.1%} right there")
print(f"they do not on {1 - agree.mean():.0%}: {correct[~agree].mean():.1%} right")

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 3. Ways to differ
#
# Members must be good, and must differ. Seven ways to make them:
#
# | way | members are | costs |
# | --- | --- | --- |
# | initialization | the same network from other random weights | M runs |
# | order of the data | the same start, other minibatches | M runs |
# | objective | trained with different losses | M runs |
# | data | each has its own resampled training set (bagging) | M runs |
# | top models of a search | the best few of those you tried anyway | nothing more |
# | checkpoints | one run, saved at several times | 1 run |
# | parameter average | the mean of the checkpoints' *weights* | 1 run, and 1 network to use |
#
# Which is best? We measure all of them: five members each, on the noisy labels, four times over.

# %% [markdown] slideshow={"slide_type": "subslide"}
# Initialization, order, both at once, and data: each is one population of 20 networks. What is shared within an ensemble is
# numbered by `run`, what each member has for itself by `own`.

# %% slideshow={"slide_type": "fragment"}
run, own = np.repeat(np.arange(4), 5), np.arange(20)
quiet = {**settings, "progress": False}
rng = np.random.default_rng(0)
bags = [noisy[torch.from_numpy(resample(np.arange(300), random_state=k)).to(device)] for k in own]
plans = {  # initialization, order, data
    "initialization": (own, run, noisy),
    "order of the data": (run, own, noisy),
    "both": (own, own, noisy),
    "data (bagging)": (run, run, bags),
}
ways = {}
for name, (start, order, split) in plans.items():
    ways[name] = [build(seed) for seed in start]
    fit_population(ways[name], split, seed=order.tolist(), **quiet)

# %% [markdown] slideshow={"slide_type": "subslide"}
# Five objectives: cross entropy, two degrees of label smoothing, the squared error of the probabilities, and one-versus-all
# logistic losses. Start and order are the same for the five.


# %% slideshow={"slide_type": "fragment"}
def squared_error(logits, labels):
    return (logits.softmax(dim=1) - one_hot(labels, 10)).square().sum(dim=1).mean()


def one_versus_all(logits, labels):
    return 10 * binary_cross_entropy_with_logits(logits, one_hot(labels, 10).float())


smooth = [partial(cross_entropy, label_smoothing=share) for share in (0.1, 0.4)]
trained = []
for objective in progress_bar([cross_entropy, *smooth, squared_error, one_versus_all]):
    trained.append([build(seed) for seed in range(4)])
    fit_population(trained[-1], noisy, loss_fn=objective, seed=range(4), **quiet)
ways["objective"] = [trained[m][r] for r in range(4) for m in range(5)]

# %% [markdown] slideshow={"slide_type": "subslide"}
# A search: 24 networks with random rates and weight decays, chosen by the *validation* images. And four runs that are
# saved after epochs 24, 28, ..., 40. (Plain SGD has no memory, so a run can go on where it stopped.)

# %% slideshow={"slide_type": "fragment"}
random = {"lr": 10 ** rng.uniform(-1.5, 0, 96), "weight_decay": 10 ** rng.uniform(-4, -1.5, 96)}
tried = [build(seed) for seed in range(96)]
search = fit_population(tried, noisy, data.val, seed=range(96), **{**quiet, **random})
scores = np.array([history.val_accuracy[-1] for history in search]).reshape(4, 24)
best = np.argsort(-scores, axis=1)[:, :5] + 24 * np.arange(4)[:, None]
ways["top of a search"] = [tried[number] for number in best.ravel()]

going, saved = [build(seed) for seed in range(4)], []
fit_population(going, noisy, seed=range(4), **{**quiet, "num_epochs": 20})
for part in range(5):
    fit_population(
        going, noisy, seed=range(9 + 4 * part, 13 + 4 * part), **{**quiet, "num_epochs": 4}
    )
    saved.append(copy.deepcopy(going))
ways["checkpoints"] = [saved[m][r] for r in range(4) for m in range(5)]

# %% [markdown] slideshow={"slide_type": "subslide"}
# The average of weights is torch's `AveragedModel`, which by default weighs all that it is shown alike. We try it on
# the five checkpoints of each run, and on five networks of different initialization.

# %% slideshow={"slide_type": "fragment"}
merged = {}
for name in ("checkpoints", "initialization"):
    merged[name] = []
    for first in range(0, 20, 5):
        average = swa_utils.AveragedModel(ways[name][first])
        for model in ways[name][first : first + 5]:
            average.update_parameters(model)
        merged[name].append(average)

# %% slideshow={"slide_type": "subslide"}
rows = {}  # name: mean accuracy of the members, of the ensemble, disagreement
for name, models in ways.items():
    p = answers(models).reshape(4, 5, len(unseen), 10)
    said = p.argmax(axis=3)
    pairs = [(said[:, i] != said[:, j]).mean() for i in range(5) for j in range(i)]
    together = (p.mean(axis=1).argmax(axis=2) == truth).mean()
    rows[name] = ((said == truth).mean(), together, np.mean(pairs))
print(f"{'members differ in':20}{'one member':>12}{'together':>10}{'gain':>8}{'disagreement':>14}")
for name, (one, together, differ) in rows.items():
    print(f"{name:20}{one:12.1%}{together:10.1%}{together - one:+8.1%}{differ:14.1%}")
for name, models in merged.items():
    accuracy = (answers(models).argmax(axis=2) == truth).mean()
    print(f"mean weights of the networks of {name!r}: {accuracy:.1%}")

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(8, 3.6), layout="constrained")
axes = figure.subplots()
by_disagreement = sorted(rows, key=lambda name: rows[name][2])
for y, name in enumerate(by_disagreement):
    one, together, differ = rows[name]
    axes.plot([one, together], [y, y], color="0.7", zorder=1)
    axes.scatter(one, y, color=COLORS[0], label=None if y else "one member, mean of 20")
    axes.scatter(together, y, color=COLORS[1], label=None if y else "five together, mean of 4")
axes.set_yticks(range(7), [f"{name} ({rows[name][2]:.0%})" for name in by_disagreement])
title, ylabel = "From one member to five together", "members differ in (disagreement)"
label_axes(axes, title=title, xlabel="accuracy on unseen images", ylabel=ylabel)
axes.legend(fontsize="small")
listed = "; ".join(f"{name} {rows[name][0]:.1%} to {rows[name][1]:.1%}" for name in by_disagreement)
show(figure, alt=f"Pairs of points, by disagreement from low to high: {listed}.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** The more the members disagree, the longer the line, on the whole: disagreement is what is turned into gain. Bagging has
# the most of both, and needs it, for its members are the weakest: each never saw a third of the training images. Good members count as well. The
# other losses and the best of a search stand up better to wrong labels, and so do their ensembles. Ends within one or two
# percent of each other should be called equal: four ensembles are not many.
#
# The cheap ways keep up with the dear ones here. Checkpoints of a noisy run disagree about as much as separate
# networks do; with less noise in training they would be more alike. The top of a search costs nothing but the search, though its
# accuracy *on the validation images* that chose it would flatter it (Lecture 6).

# %% [markdown] slideshow={"slide_type": "fragment"}
# **And mean weights?** The mean of *one* run's checkpoints is a single network that does about as well as their ensemble. The mean of
# *independent* networks is worthless, guessing or little better. Their hidden units stand in different places: unit 3 of the one has
# nothing to do with unit 3 of the other, and a mean of the two is neither. Weights can be averaged only within one valley. (Networks
# fine-tuned from the same pretrained weights share one: "model soups", Wortsman et al., 2022.)

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 4. Bagging
#
# Where do five training sets come from if you have only one? **Bootstrap aggregating** (Breiman, 1996): draw $n$ of the $n$
# examples **with replacement**, train a member on them, repeat; then **average** the answers, or **vote**.
#
# Some examples come twice or more often, some not at all. An example is missed by all $n$ draws with probability
#
# $$\Big(1 - \frac1n\Big)^n \;\to\; \frac1e = 0.368, \qquad \text{so a share } 1 - \frac1e = 63.2\,\% \text{ is drawn at least once.}$$

# %% slideshow={"slide_type": "fragment"}
ns = [2, 5, 10, 30, 100, 300, 1000, 3000]
drawn = [np.mean([len(np.unique(rng.integers(0, n, size=n))) / n for _ in range(200)]) for n in ns]
times = np.bincount(np.bincount(rng.integers(0, 300, size=300), minlength=300), minlength=6)
print("of 300 examples,", ", ".join(f"{k} times: {times[k]}" for k in range(6)))

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(6.4, 3.4), layout="constrained")
axes = figure.subplots()
exact = 1 - (1 - 1 / np.array(ns)) ** ns
axes.semilogx(ns, exact, color=COLORS[0], label="1 − (1 − 1/n)ⁿ")
axes.scatter(ns, drawn, color=COLORS[1], label="drawn, mean of 200 samples", zorder=3)
axes.axhline(1 - 1 / math.e, color="0.5", linestyle=":", label="1 − 1/e")
axes.set_ylim(0.6, 0.8)
label_axes(axes, title="Distinct examples", xlabel="number of examples n", ylabel="share drawn")
axes.legend()
show(figure, alt=f"The share falls from {exact[0]:.2f} at n = 2 to {drawn[-1]:.3f} at n = 3,000.")

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** From a hundred examples on, each bag holds 63 % of them. The other 37 % are a free validation set for that
# member ("out of bag").

# %% [markdown] slideshow={"slide_type": "subslide"}
# Bagged networks as a population: a list of Splits, one for each. The competitors are the networks of Section 1, which all saw the
# same images.

# %% slideshow={"slide_type": "fragment"}
draws = np.stack([resample(np.arange(300), random_state=k) for k in range(32, 64)])
bagged = [build(seed) for seed in range(32, 64)]
bags = [noisy[draw] for draw in torch.from_numpy(draws).to(device)]
fit_population(bagged, bags, seed=range(32, 64), **settings)
for name, p in (("all images", noisy_members), ("bagging", answers(bagged))):
    votes = np.eye(10)[p.argmax(axis=2)].mean(axis=0)
    accuracy = [(share.argmax(axis=1) == truth).mean() for share in (p.mean(axis=0), votes)]
    alone = (p.argmax(axis=2) == truth).mean()
    print(f"{name:11} one {alone:.1%}, 32 averaged {accuracy[0]:.1%}, 32 voting {accuracy[1]:.1%}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# A bagged network alone is clearly worse; together they catch up. Whether the 32 are averaged or vote makes little difference. Networks
# do not *need* bagging: their random initialization makes them differ already, and all of them can have all the data.
#
# Decision trees do need it. Grown on the same data they are all the same tree, and a few other examples make another one: high
# variance, just what averaging removes. **Random forests** (Breiman, 2001) also let each split see only some of the features. Here
# they are from scikit-learn, on the right labels and on the noisy ones, with boosting, which comes next.

# %% slideshow={"slide_type": "subslide"}
pixels, unseen_pixels = (split.images.flatten(1).cpu().numpy() for split in (few, unseen))
targets = {name: s.labels.cpu().numpy() for name, s in (("right", few), ("noisy", noisy))}
tree = partial(DecisionTreeClassifier, random_state=0)
models = {
    "one tree": tree(),
    "50 bagged trees": ensemble.BaggingClassifier(tree(), 50, random_state=0),
    "random forest, 50": ensemble.RandomForestClassifier(50, random_state=0),
    "AdaBoost, 50 of depth 4": ensemble.AdaBoostClassifier(tree(max_depth=4), random_state=0),
    "gradient boosting, 50": ensemble.GradientBoostingClassifier(n_estimators=50, random_state=0),
}
for name, model in models.items():
    scores = {key: model.fit(pixels, y).score(unseen_pixels, truth) for key, y in targets.items()}
    print(f"{name:25}" + "  ".join(f"{key} labels {score:.1%}" for key, score in scores.items()))

# %% [markdown] slideshow={"slide_type": "fragment"}
# Bagging lifts a tree by more than ten percent, and the forest, whose trees are less alike, by more still. Look at the last column too:
# wrong labels cost bagging and the forest little, and AdaBoost the most of the four ensembles. Why, the next section shows.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 5. Boosting
#
# Bagging trains its members side by side and blindly. What if each new member worked on what the others get wrong?
#
# **AdaBoost** (Freund and Schapire, 1997) gives every example a weight, at first $w_i = 1/n$. For labels $y_i = \pm 1$, each round $t$
#
# 1. fits a weak classifier $h_t$ to the weighted examples;
# 2. counts its weighted error $\varepsilon_t = \sum_i w_i\, [h_t(x_i) \ne y_i]$;
# 3. gives it a say of $\alpha_t = \frac12 \log \frac{1 - \varepsilon_t}{\varepsilon_t}$;
# 4. re-weights: $w_i \leftarrow w_i\, e^{-\alpha_t y_i h_t(x_i)} / Z_t$, so that the weights sum to 1 again.
#
# The answer is a **weighted vote**: $H(x) = \operatorname{sign} \sum_t \alpha_t h_t(x)$.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Two rounds by hand
#
# Ten points on a line. The weak classifiers are **stumps**: one threshold, one sign. The best stump says + up to 3, and gets
# 8 and 9 wrong:

# %% slideshow={"slide_type": "fragment"}
x = np.arange(1, 11)
y = np.array([1, 1, 1, -1, -1, -1, -1, 1, 1, -1])
w = np.full(10, 1 / 10)
first = np.where(x <= 3, 1, -1)
wrong = first != y
print(f"wrong on {x[wrong]}: error {wrong @ w:.2f}, say ½ log 4 = {np.log(4) / 2:.3f}")
w = np.where(wrong, 2, 1 / 2) * w  # e^say = 2, e^-say = 1/2
w = w / (8 / 20 + 4 / 10)  # what eight halves and two doubles of 1/10 sum to
print("weights × 16:", (16 * w).round(2))

# %% [markdown] slideshow={"slide_type": "fragment"}
# The two that were wrong now hold half of the weight, the eight that were right the other half. That is so after every round:
# the last classifier would be no better than a coin on the new weights. In the second round, the stumps with the least weighted error
# are right on 8 and 9. There are two; we take the one that says + from 8 on:

# %% slideshow={"slide_type": "subslide"}
second = np.where(x >= 8, 1, -1)
wrong = second != y
print(f"wrong on {x[wrong]}: error {wrong @ w:.2f}, say ½ log 3 = {np.log(3) / 2:.3f}")
w = np.where(wrong, 2, 2 / 3) * w  # so that the wrong ones, a quarter, hold one half
print("weights × 24:", (24 * w).round(2))

# %% [markdown] slideshow={"slide_type": "fragment"}
# scikit-learn's `AdaBoostClassifier` does the same for any number of classes (Zhu et al., 2009): its say is
# $\log\frac{1 - \varepsilon}{\varepsilon} + \log(C - 1)$. For two classes that is twice ours, which changes neither the vote nor the
# weights. After a third round:

# %% slideshow={"slide_type": "fragment"}
stumps = DecisionTreeClassifier(max_depth=1)
library = ensemble.AdaBoostClassifier(stumps, n_estimators=3, random_state=0).fit(x[:, None], y)
print("its errors:  ", library.estimator_errors_.round(4))
print("half its say:", (library.estimator_weights_ / 2).round(4))
print("by hand:     ", (np.log([4, 3]) / 2).round(4))
for rounds, vote in enumerate(running_vote(library, x[:, None]) / 2, 1):
    print(f"vote after {rounds}: {' '.join(f'{value:+.2f}' for value in vote)}")
print(f"labels:       {' '.join(f'{label:+5d}' for label in y)}")

# %% [markdown] slideshow={"slide_type": "fragment"}
# Three stumps, none of which is right on more than eight points, are right on all ten together.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Round by round
#
# Now in the plane: two moons, a hundred rounds, one label in ten false. The weak classifiers are stumps on one of the two features, or
# trees that ask up to three questions.

# %% slideshow={"slide_type": "fragment"}
points, labels = make_moons(700, noise=0.15, random_state=0)
labels = 2 * labels - 1
false = np.arange(200) % 10 == 0
told = np.where(false, -labels[:200], labels[:200])
fitted = {}
for name, depth in (("stump", 1), ("tree of depth 3", 3)):
    weak = DecisionTreeClassifier(max_depth=depth)
    boosted = ensemble.AdaBoostClassifier(weak, n_estimators=100, random_state=0)
    fitted[name] = boosted.fit(points[:200], told)
boosting = boosting_explorer(fitted, points[:200], told, false, (points[200:], labels[200:]))
boosting

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** A single stump can only cut once; many of them follow both moons, in steps. The false labels, deep inside the
# other moon, gather weight: they are one example in ten, and soon hold a third of the weight or more.
#
# Stumps are too weak to give in: a tenth of the training examples stays wrong, about as many as have false labels. Trees of depth 3
# do give in. The vote cuts a patch or a strip around every false label until no training example is wrong, and the error on unseen
# points is higher than it had been after a few rounds. AdaBoost believes every label, and works hardest on what it gets wrong:
# where labels are noisy, keep the members weak, or take something else.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Gradient boosting
#
# **Gradient boosting** (Friedman, 2001) re-weights nothing. It is gradient descent whose steps are members: each new tree is fitted to
# the negative gradient of the loss with respect to the *answers* so far,
#
# $$F_{t}(x) = F_{t-1}(x) + \nu\, h_t(x), \qquad
# h_t \text{ fits } -\frac{\partial L}{\partial F_{t-1}(x_i)} = \begin{cases} y_i - F_{t-1}(x_i) & \text{squared loss} \\
# y_i - p_{t-1}(x_i) & \text{log loss, labels 0 and 1.}\end{cases}$$
#
# With the squared loss (halved) that is simply: fit the residuals. $\nu$ is the learning rate.

# %% slideshow={"slide_type": "fragment"}
x = np.linspace(0, 1, 80)[:, None]
y = np.sin(6 * x[:, 0]) + rng.normal(0, 0.15, 80)
tree = partial(DecisionTreeRegressor, max_depth=2, random_state=0)
start = np.full(80, y.mean())
one = start + 0.5 * tree().fit(x, y - start).predict(x)
two = one + 0.5 * tree().fit(x, y - one).predict(x)
boosted = ensemble.GradientBoostingRegressor(
    n_estimators=50, learning_rate=0.5, max_depth=2, random_state=0
).fit(x, y)
stages = list(boosted.staged_predict(x))
for number, by_hand in enumerate((one, two)):
    print(f"tree {number + 1}: {np.abs(stages[number] - by_hand).max():.0e} from scikit-learn's")

# %% slideshow={"slide_type": "subslide"}
figure = Figure(figsize=(9, 5), layout="constrained")
grid = figure.subplots(2, 3, sharex=True, sharey="row")
for (top, bottom), count in zip(grid.T, (1, 3, 50), strict=True):
    answer = stages[count - 1]
    top.scatter(x, y, s=8, color="0.6")
    top.plot(x, answer, color=COLORS[1])
    bottom.scatter(x, y - answer, s=8, color=COLORS[0])
    name = f"{count} tree{'s' if count > 1 else ''}"
    label_axes(top, title=name, xlabel="", ylabel="y" if count == 1 else "")
    label_axes(bottom, title="", xlabel="x", ylabel="residual" if count == 1 else "")
left = ", ".join(f"{count}: {np.std(y - stages[count - 1]):.3f}" for count in (1, 3, 50))
figure.suptitle("The sum of the trees, and what is left for the next one")
show(
    figure, alt=f"Data with the sum of the trees, and the residuals. Their spread by trees, {left}."
)

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** Each tree takes up what is left over. After three the shape is there; after fifty the sum also follows the noise:
# boosting lowers the bias of weak members and overfits in the end, whereas bagging lowers the variance of strong ones.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 6. Snapshot ensembles
#
# M independent networks cost M runs. Can one run give several members that differ enough? Checkpoints of a decaying run are all
# alike at the end. But with **warm restarts** (Loshchilov and Hutter, 2017; Lecture 5) the rate goes up again, and the network can
# leave its valley and settle elsewhere. So take a **snapshot** at the end of each cycle (Huang et al., 2017). One run of $T$ steps, cut
# into $M$ cosine cycles:
#
# $$\alpha_t = \frac{\alpha_0}{2} \Big(1 + \cos \frac{\pi\, (t \bmod T/M)}{T/M}\Big), \qquad
# \text{a snapshot whenever a cycle ends.}$$
#
# The budget is fixed, 80 epochs. How many cycles are best?

# %% slideshow={"slide_type": "fragment"}
cycles, num_epochs, steps = [1, 2, 4, 5, 8, 10], 80, 80 * 15
t = np.arange(steps)
rates = np.stack([0.2 * (1 + np.cos(np.pi * (t * M % steps) / steps)) for M in cycles])
from_torch = lr_table(
    lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, T_0=steps // 5), 0.4, steps
)
print(f"largest difference for five cycles: {np.abs(rates[3] - from_torch).max():.0e}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# All as one population: four runs for each number of cycles. After every epoch we note what each network answers. For comparison, ten
# independent networks, each with one cosine over the whole budget.

# %% slideshow={"slide_type": "fragment"}
starts = np.tile(np.arange(4), len(cycles))
runs = [build(seed) for seed in starts]
by_epoch = np.repeat(rates, 4, axis=0).reshape(len(runs), num_epochs, 15)
noted = []  # [epoch][run, image, class]
for epoch in progress_bar(range(num_epochs), unit="epoch"):
    plan = {**quiet, "num_epochs": 1, "lr": by_epoch[:, epoch]}
    fit_population(runs, noisy, seed=(100 * starts + epoch).tolist(), **plan)
    noted.append(answers(runs))
noted = np.stack(noted).reshape(num_epochs, len(cycles), 4, len(unseen), 10)

# %% slideshow={"slide_type": "subslide"}
independent = [build(seed) for seed in range(10)]
fit_population(
    independent, noisy, seed=range(10), **{**quiet, "num_epochs": 80, "lr": rates[:1].repeat(10, 0)}
)
alone = answers(independent)
rows = []
for row, M in enumerate(cycles):
    taken = noted[num_epochs // M - 1 :: num_epochs // M, row]  # [M, run, image, class]
    single = (taken.argmax(axis=3) == truth).mean(axis=2)  # [M, run]
    many = np.stack([alone[np.arange(first, first + M) % 10].mean(axis=0) for first in range(10)])
    averaged, equals = ((p.argmax(axis=2) == truth).mean() for p in (taken.mean(axis=0), many))
    rows.append([averaged, single.max(axis=0).mean(), single[-1].mean(), equals])
names = ("snapshots averaged", "best snapshot", "last snapshot", "M independent")
ends = dict(zip(names, np.array(rows).T, strict=True))

# %% [markdown] slideshow={"slide_type": "skip"}
# The curves of the explorer are means of the four runs.

# %% slideshow={"slide_type": "subslide"}
curves = (noted.argmax(axis=4) == truth).mean(axis=(2, 3)).T  # [cycles, epoch]
snapshots = snapshot_explorer(cycles, rates, curves, ends)
snapshots

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** At each restart the accuracy drops, and by the end of the cycle it is back. With one cycle there is only one member. With several,
# their average lies clearly above the last snapshot, at no extra cost of training. Four or five snapshots do about as well as the
# same number of independent networks, which cost that many times as much.
#
# Now be fair. The later snapshots get slowly worse, for these networks learn the wrong labels by heart. So a large part of
# the distance to the last one is early stopping (Lecture 3): the best snapshot alone does about as well as the average. But that one
# was picked with the test's answers; the average picks nothing. With ten cycles the first snapshot is poor, since its cycle is too
# short to learn from scratch, and the average bears it. (Huang et al. average the last m of the M snapshots, because theirs get
# better from cycle to cycle.)
#
# At test time all members have to be run: only the *training* was free.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 7. Polyak averaging
#
# Can we have the average without running M networks at test time? At a constant rate the weights wander around a minimum (Lecture
# 5: the noise floor). So average the *weights* along the way: Polyak and Juditsky (1992). Nowadays it is
# an exponential average that goes along with training and never touches it:
#
# $$x_{\text{test}} \leftarrow 0.995\, x_{\text{test}} + 0.005\, x \quad \text{after every step, starting at } x_{\text{test}} = x_0.$$
#
# `x` is trained, `x_test` is used. Written out, with the **decay** $d = 0.995$:
#
# $$x_{\text{test}} = d^{\,t}\, x_0 + (1 - d) \sum_{s=1}^{t} d^{\,t - s}\, x_s,$$
#
# a weighted sum of all weights so far that remembers about $1/(1 - d) = 200$ steps.

# %% [markdown] slideshow={"slide_type": "subslide"}
# So let us record a run, all of its weights after every step, and average afterwards, with any decay we like. All training images
# now, with a fifth of the labels wrong, at a constant rate. How noisy the steps are, we set by the size of the minibatch.

# %% slideshow={"slide_type": "fragment"}
train = corrupt_labels(data.train, 0.2)
judged = join(data.val, data.test)


def record(batch_size, num_steps=800):
    model, order = build(0), torch.Generator().manual_seed(0)
    optimizer = SGD(model.parameters(), lr=0.2)
    rows = [parameters_to_vector(model.parameters()).detach().clone()]
    while len(rows) <= num_steps:
        for images, labels in batches(train, batch_size, generator=order):
            optimizer.zero_grad()
            cross_entropy(model(images), labels).backward()
            optimizer.step()
            rows.append(parameters_to_vector(model.parameters()).detach().clone())
    return torch.stack(rows[: num_steps + 1]).cpu().numpy()  # [steps + 1, weights]


# %% slideshow={"slide_type": "subslide"}
recorded = {f"{size} images": record(size) for size in (8, 16, 64)}
decays = [0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999]
restless = [np.diff(weights, axis=0).std(axis=0) for weights in recorded.values()]
weight = int(np.min(restless, axis=0).argmax())  # a weight that moves a lot in all three
polyak = polyak_explorer(build(0), recorded, decays, judged, weight=weight)
polyak

# %% [markdown] slideshow={"slide_type": "fragment"}
# **What to see.** *One weight*: the average is a smooth line through a restless one, and the higher the decay, the smoother and the *later*.
# *The network*: the grey line jumps, with small minibatches by ten percent and more from one look to the next; with a good decay
# the orange one is calm and above it. With 0.999 the average has not arrived after 800 steps: it remembers 1,000, and almost half
# of it is still the random start. *Which decay?* In between, any from 0.98 to 0.995 does well, in a run of this
# length. The noisier the run, the farther the average is above the dashed line, the mean of the run's last quarter.
#
# So the average can stand in for a decay of the learning rate: it gets below the noise floor at a constant rate. GoogLeNet
# (Szegedy et al., 2015) was used with averaged weights, and so were many generators of images since (Karras et al., 2018).

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### From the library
#
# `torch.optim.swa_utils.AveragedModel` keeps such an average. Its first `update_parameters` copies the weights, so we call it once
# before the first step, and then after each. We play back the recorded run and compare with the formula.

# %% slideshow={"slide_type": "fragment"}
weights = recorded["16 images"]
model = build(0)
ema = swa_utils.AveragedModel(model, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.995))
for row in torch.from_numpy(weights).to(device):
    vector_to_parameters(row, model.parameters())
    ema.update_parameters(model)
t = np.arange(801)
shares = np.where(t == 0, 0.995**800, 0.005 * 0.995 ** (800.0 - t))
by_hand = shares @ weights
from_torch = parameters_to_vector(ema.module.parameters()).detach().cpu().numpy()
print(f"shares sum to {shares.sum():.6f}, the start has {shares[0]:.1%}")
print(f"largest difference: {np.abs(by_hand - from_torch).max():.0e}")
print(f"last network {evaluate(model, judged)[1]:.1%}, average {evaluate(ema, judged)[1]:.1%}")

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Batch normalization needs new statistics
#
# One thing the average of the weights does not average rightly: the running means and variances of batch normalization. They describe
# activations under the *trained* weights, and `x_test` has other activations. They must be **recomputed**: one more pass over
# the training images, without gradients. In torch that is `swa_utils.update_bn`.
#
# Here with equal weights after each epoch, *stochastic weight averaging* (Izmailov et al., 2018), at a high constant rate:

# %% slideshow={"slide_type": "fragment"}
set_seed(0)
layers = [nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 32), nn.BatchNorm1d(32)]
model = nn.Sequential(nn.Flatten(), *layers, nn.ReLU(), nn.Linear(32, 10)).to(device)
optimizer, order = SGD(model.parameters(), lr=1.0), torch.Generator().manual_seed(0)
swa = swa_utils.AveragedModel(model)
for epoch in progress_bar(range(16), unit="epoch"):
    for images, labels in batches(train, 8, generator=order):
        optimizer.zero_grad()
        cross_entropy(model(images), labels).backward()
        optimizer.step()
    if epoch >= 6:  # the first epochs are still far from the valley
        swa.update_parameters(model)

# %% slideshow={"slide_type": "subslide"}
print(f"the last network:             {evaluate(model, judged)[1]:.1%}")
print(f"mean weights, old statistics: {evaluate(swa, judged)[1]:.1%}")
norm = swa.module[5]
old = norm.running_var.mean().item()
swa_utils.update_bn(batches(train, 128), swa)
new = norm.running_var.mean().item()
print(f"mean weights, new statistics: {evaluate(swa, judged)[1]:.1%}")
print(f"mean variance in the second layer: {old:.2f} before, {new:.2f} recomputed")

# %% [markdown] slideshow={"slide_type": "fragment"}
# The noise in the weights had made the activations larger; the averaged network's are smaller, and were divided by numbers that did not
# belong to them. Forget `update_bn`, and most of the gain stays hidden, or looks like a loss.

# %% [markdown] slideshow={"slide_type": "slide"}
# ## 8. What to remember
#
# - **Average the probabilities, then argmax.** Usually about 2 %, most of it from the first few members.
# - In squared error the average is better by exactly as much as the members **disagree**; shared errors stay.
# - AlexNet's 18.2 → 15.4 % is seven networks, two of them pretrained on more data; five equals gave 16.4 %.
# - Averaging probabilities can only lower the mean confidence: overconfident networks become better calibrated, cautious ones worse.
# - Members may differ in initialization, order, objective, data, hyperparameters (top of a search) or time (checkpoints).
# - **Bagging**: resampled with replacement, 63 % distinct; averages away variance. **Boosting**: one after the other, each on what is
#   left; AdaBoost re-weights and votes, gradient boosting fits gradients.
# - **Snapshots**: one run, cyclic rate, M members. **Polyak**: $x_{\text{test}} \leftarrow 0.995\, x_{\text{test}} + 0.005\, x$: one run, one
#   network. Recompute the batch-norm statistics.
# - Weights may be averaged within one run, or among networks fine-tuned from one start; never between independent ones.

# %% [markdown] slideshow={"slide_type": "subslide"}
# ### Papers
#
# - L. K. Hansen, P. Salamon: *Neural Network Ensembles*. IEEE Transactions on Pattern Analysis and Machine Intelligence 12, 1990.
# - B. T. Polyak, A. B. Juditsky: *Acceleration of Stochastic Approximation by Averaging*. SIAM Journal on Control and Optimization 30, 1992.
# - A. Krogh, J. Vedelsby: *Neural Network Ensembles, Cross Validation, and Active Learning*. NIPS 7, 1995.
# - L. Breiman: *Bagging Predictors*. Machine Learning 24, 1996.
# - Y. Freund, R. E. Schapire: *A Decision-Theoretic Generalization of On-Line Learning and an Application to Boosting*. Journal of Computer and System Sciences 55, 1997.
# - J. H. Friedman: *Greedy Function Approximation: A Gradient Boosting Machine*. Annals of Statistics 29, 2001.
# - L. Breiman: *Random Forests*. Machine Learning 45, 2001.
# - J. Zhu, H. Zou, S. Rosset, T. Hastie: *Multi-class AdaBoost*. Statistics and Its Interface 2, 2009.
# - A. Krizhevsky, I. Sutskever, G. E. Hinton: *ImageNet Classification with Deep Convolutional Neural Networks*. NIPS 2012.
# - C. Szegedy et al.: *Going Deeper with Convolutions*. CVPR 2015 (GoogLeNet).
# - I. Loshchilov, F. Hutter: *SGDR: Stochastic Gradient Descent with Warm Restarts*. ICLR 2017.
# - G. Huang, Y. Li, G. Pleiss, Z. Liu, J. E. Hopcroft, K. Q. Weinberger: *Snapshot Ensembles: Train 1, Get M for Free*. ICLR 2017.
# - C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger: *On Calibration of Modern Neural Networks*. ICML 2017.
# - B. Lakshminarayanan, A. Pritzel, C. Blundell: *Simple and Scalable Predictive Uncertainty Estimation using Deep Ensembles*. NIPS 2017.
# - P. Izmailov, D. Podoprikhin, T. Garipov, D. Vetrov, A. G. Wilson: *Averaging Weights Leads to Wider Optima and Better Generalization*. UAI 2018.
# - T. Karras, T. Aila, S. Laine, J. Lehtinen: *Progressive Growing of GANs for Improved Quality, Stability, and Variation*. ICLR 2018.
# - M. Wortsman et al.: *Model Soups: Averaging Weights of Multiple Fine-tuned Models Improves Accuracy without Increasing Inference Time*. ICML 2022.

"""Odd answers: right ones written in unusual ways, and wrong ones that look right.

Each is the one place where an answer differs, put into an answer that is otherwise right. The diagnosed mistakes and
whole answers are in assignments/answers.
"""

import textwrap

import pytest

from autograder.grading.course import Course
from tests.assignments.workbench import Workbench
from tests.conftest import ROOT

MASK = """
import random, warnings
import numpy as np
counter, last = 0, None

def inverted_dropout(x, keep_prob, training):
    global counter, last
    counter += 1
    if not training:
        return x, None
    {mask}
    return x * mask / keep_prob, mask
"""
RIGHT_MASKS = {
    "numpy generator": "mask = torch.as_tensor(np.random.default_rng().binomial(1, keep_prob, x.shape)).to(x)",
    "numpy choice": "mask = torch.tensor(np.random.choice([0., 1.], tuple(x.shape), p=[1 - keep_prob, keep_prob]))\n"
    "mask = mask.to(x.dtype)",
    "bernoulli distribution": "mask = torch.distributions.Bernoulli(keep_prob).sample(x.shape).to(x)",
    "float64 mask": "mask = (torch.rand(x.shape, dtype=torch.float64) < keep_prob).to(x.dtype)",
    "tensor as rate": "mask = torch.rand(x.shape) < torch.tensor(keep_prob)",
    "loop over entries": "mask = torch.tensor([random.random() < keep_prob for _ in range(x.numel())]).view(x.shape)",
    "fine integers": "mask = torch.randint(0, 10**6, x.shape) < round(keep_prob * 10**6)",
    "not contiguous": "mask = (torch.rand_like(x.transpose(0, -1)) < keep_prob).transpose(0, -1)",
    "normal quantile": "rate = torch.tensor(keep_prob, dtype=torch.float64)\n"
    "mask = torch.randn(x.shape, dtype=torch.float64) < torch.special.ndtri(rate)",
    "multinomial": "rates = torch.tensor([1 - keep_prob, keep_prob])\n"
    "mask = torch.multinomial(rates, x.numel(), replacement=True).view_as(x)",
    "default dtype set": "torch.set_default_dtype(x.dtype)\nmask = torch.rand(x.shape) < keep_prob",
    "rows one after the other": "mask = torch.stack([torch.rand_like(row) for row in x]) < keep_prob",
    "library": "mask = nn.functional.dropout(torch.ones_like(x), 1 - keep_prob, True) * keep_prob",
    "noisy": "warnings.warn('careful')\nprint(x)\nmask = torch.rand_like(x) < keep_prob",
}
WRONG_MASKS = {
    "blocks of two rows": "mask = (torch.rand_like(x) < keep_prob).to(x)\nmask[1::2] = mask[::2][: len(mask[1::2])]",
    "blocks of four entries": "mask = torch.rand((x.numel() + 3) // 4).repeat_interleave(4)[: x.numel()]\n"
    "mask = (mask < keep_prob).view(x.shape)",
    "pairs of columns": "mask = (torch.rand_like(x) < keep_prob).to(x)\n"
    "mask[..., 1::2] = mask[..., ::2][..., : mask[..., 1::2].shape[-1]]",
    "squares": "rows, columns = x.shape[0], x.shape[-1]\n"
    "mask = torch.rand([-(-rows // 2), *x.shape[1:-1], -(-columns // 2)])\n"
    "mask = mask.repeat_interleave(2, 0).repeat_interleave(2, -1)[:rows, ..., :columns] < keep_prob",
    "three tiles": "tile = torch.rand((len(x) // 3 + 1, *x.shape[1:]))\n"
    "mask = torch.cat([tile, tile, tile])[: len(x)] < keep_prob",
    "one draw for the last axis": "mask = torch.rand((*x.shape[:-1], 1)) < keep_prob",
    "the same number in each row": "mask = torch.rand_like(x).argsort(-1) < max(1, round(x.shape[-1] * keep_prob))",
    "reused at each second call": "fresh = last is None or last.shape != x.shape or counter % 2 == 0\n"
    "mask = last = torch.rand_like(x) < keep_prob if fresh else last",
    "reused at the other second call": "fresh = last is None or last.shape != x.shape or counter % 2 == 1\n"
    "mask = last = torch.rand_like(x) < keep_prob if fresh else last",
    "opposite at each second call": "fresh = last is None or last.shape != x.shape or counter % 2 == 0\n"
    "last = torch.rand_like(x) if fresh else 1 - last\nmask = last < keep_prob",
    "rolled from call to call": "fresh = last is None or last.shape != x.shape\n"
    "last = torch.rand_like(x) if fresh else last.roll(1)\nmask = last < keep_prob",
    "rate rounded to tenths": "mask = torch.rand_like(x) < round(keep_prob, 1)",
    "rate rounded to twentieths": "mask = torch.rand_like(x) < round(keep_prob * 20) / 20",
    "integers to ten": "mask = torch.randint(0, 10, x.shape) < keep_prob * 10",
    "normal draws": "mask = torch.randn_like(x) < keep_prob",
    "only half of the rows": "mask = (torch.rand_like(x) < keep_prob).to(x)\nmask[: len(x) // 2] = keep_prob",
    "only large inputs": "mask = torch.rand_like(x) < keep_prob\nif x.numel() < 1000: mask = keep_prob",
    "only small inputs": "mask = torch.rand_like(x) < keep_prob\nif x.numel() > 1000: mask = keep_prob",
    "large entries always kept": "mask = (torch.rand_like(x) < keep_prob) | (x.abs() > 1.45)",
    "by sign": "mask = x > 0",
    "mean forced to one": "mask = (torch.rand_like(x) < keep_prob).to(x)\n"
    "mask *= keep_prob / mask.mean().clamp(min=0.1)",
    "half precision": "mask = ((torch.rand_like(x) < keep_prob).half() / keep_prob).to(x) * keep_prob",
    "factor off by 1e-4": "mask = (torch.rand_like(x) < keep_prob) / (1 + 1e-4)",
    "gaussian noise": "mask = (1 + torch.randn_like(x) * (1 / keep_prob - 1) ** 0.5) * keep_prob",
    "leaks a little": "mask = (torch.rand_like(x) < keep_prob).to(x).clamp(min=1e-6)",
    "two dimensions at least": "mask = torch.rand(x.shape[0], x.shape[1], *x.shape[2:]) < keep_prob",
}  # fmt: skip

BACKWARD = """
def inverted_dropout_backward(grad_out, cache):
    {body}
"""
WRONG_BACKWARD = {
    "mean factor": "return grad_out * (cache != 0) * cache.mean()",
    "ones instead of grad_out": "return torch.ones_like(grad_out) * cache",
    "sign lost": "return grad_out.abs() * cache",
    "nothing passes": "return torch.zeros_like(grad_out)",
    "half precision": "return (grad_out.half() * cache.half()).to(grad_out.dtype)",
    "first sample's mask": "return grad_out * cache[:1]",
    "grad_out zeroed afterwards": "grad = grad_out * cache\ngrad_out.zero_()\nreturn grad",
    "summed over the batch": "return (grad_out * cache).sum(0)",
}

MODULE = """
class Kept(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, keep):
        mask = (torch.rand_like(x) < keep) / keep
        ctx.save_for_backward(mask.to(x.dtype))
        return x * mask

    @staticmethod
    def backward(ctx, grad_out):
        return ctx.saved_tensors[0], None

class Dropout(nn.Module):
    def __init__(self, drop_prob=0.5):
        super().__init__()
        {init}
        self.keep, self.first, self.was_training = 1 - drop_prob, True, self.training

    def forward(self, x):
        {forward}
        if not self.training:
            return x
        if self.keep == 0:
            return torch.zeros_like(x)
        mask = (torch.rand_like(x) < self.keep) / self.keep
        {end}
"""
REFUSE = "if not 0 <= drop_prob <= 1: raise ValueError('drop_prob')"
WRONG_MODULES = {
    "gradient ignores grad_out": (REFUSE, "", "return Kept.apply(x, self.keep)"),
    "gradient without the scale": (REFUSE, "", "return x * (mask > 0) + (x * mask - x * (mask > 0)).detach()"),
    "straight-through gradient": (REFUSE, "", "return x + (x * mask - x).detach()"),
    "gradient lost in numpy": (REFUSE, "", "return torch.from_numpy((x * mask).detach().numpy())"),
    "training asked for once": (REFUSE, "if not self.was_training: return x\nself.training = True", "return x * mask"),
    "gradient mode for training": (REFUSE, "self.training = torch.is_grad_enabled()", "return x * mask"),
    "a gradient asked for training": (REFUSE, "if not x.requires_grad: return x", "return x * mask"),
    "scaled once": (REFUSE, "", "if not self.first: mask = mask > 0\nself.first = False\nreturn x * mask"),
    "always one half": (REFUSE, "self.keep = min(self.keep, 0.5) if self.keep < 1 else 1", "return x * mask"),
    "0 and 1 refused": ("if not 0 < drop_prob < 1: raise ValueError('drop_prob')", "", "return x * mask"),
    "refused by assert": ("assert 0 <= drop_prob <= 1", "", "return x * mask"),
    "refused at the first call": ("", "if not 0 <= self.keep <= 1: raise ValueError('drop_prob')", "return x * mask"),
    "only the upper end refused": ("if drop_prob > 1: raise ValueError('drop_prob')", "", "return x * mask"),
    "clamped": ("drop_prob = min(max(drop_prob, 0), 1)", "", "return x * mask"),
}  # fmt: skip

SCHEDULE = """
import numpy as np

class WarmupCosine(LRScheduler):
    steps = -1

    def __init__(self, optimizer, warmup_steps, total_steps, min_lr=0.0, last_epoch=-1):
        self.warmup_steps, self.total_steps, self.min_lr = warmup_steps, total_steps, min_lr
        WarmupCosine.steps, optimizer.steps = -1, getattr(optimizer, "steps", -1)
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        WarmupCosine.steps += 1
        self.optimizer.steps += 1
        t, w, n, low = self.last_epoch, self.warmup_steps, self.total_steps, self.min_lr
        x, bases = min(1, (t - w) / (n - w)), self.base_lrs
        def rates(decay, t=t):
            return [b * t / w if t < w else decay(b) for b in bases]
        def cosine(b, x=x, pi=math.pi):
            return low + (b - low) * (1 + math.cos(pi * x)) / 2
        {body}
"""
RIGHT_SCHEDULES = {
    "half angle": "return rates(lambda b: low + (b - low) * math.cos(math.pi / 2 * x) ** 2)",
    "sine": "return rates(lambda b: low + (b - low) * math.sin(math.pi / 2 * (1 - x)) ** 2)",
    "complement": "return rates(lambda b: b - (b - low) * (1 - math.cos(math.pi * x)) / 2)",
    "float32 of numpy": "bases, low, x = np.float32(bases), np.float32(low), np.float32(x)\n"
    "return bases * np.float32(t / w) if t < w else low + (bases - low) * (1 + np.cos(np.float32(np.pi) * x)) / 2",
    "generator": "return (b * t / w if t < w else cosine(b) for b in bases)",
    "groups' own initial rates": "bases = [group['initial_lr'] for group in self.optimizer.param_groups]\n"
    "return tuple(rates(cosine))",
    "torch's count of steps": "t = self._step_count - 1\nreturn rates(cosine, t)",
    "changed in place": "new = bases[:]\nfor i, b in enumerate(bases):\n    new[i] *= rates(cosine)[i] / b\nreturn new",
    "at both ends by hand": "return [low] * len(bases) if t >= n else bases if t == w else rates(cosine)",
}
WRONG_SCHEDULES = {
    "constant": "return bases",
    "always the floor": "return [low for b in bases]",
    "warm-up from the floor": "return [low + (b - low) * t / w if t < w else cosine(b) for b in bases]",
    "warm-up of a cosine": "return [b * (1 - math.cos(math.pi * t / w)) / 2 if t < w else cosine(b) for b in bases]",
    "warm-up of squares": "return [b * (t / w) ** 2 if t < w else cosine(b) for b in bases]",
    "floor missed by a thousandth": "return rates(lambda b: cosine(b) + low / 1000)",
    "clipped at the floor": "return rates(lambda b: max(low, b * (1 + math.cos(math.pi * x)) / 2))",
    "second group falls to 0": "return rates(cosine) if t < n else [low, 0]",
    "floor for the first group only": "first = rates(cosine)[0]\nlow = 0\nreturn [first, rates(cosine)[1]]",
    "rates for one group": "return rates(cosine)[:1]",
    "a step ahead": "return rates(lambda b: cosine(b, min(1, (t + 1 - w) / (n - w))), t + 1)",
    "a step ahead after warm-up": "return rates(lambda b: cosine(b, min(1, (t + 1 - w) / (n - w))))",
    "0 after the end": "return rates(cosine) if t <= n else [0, 0]",
    "starts again after the end": "t = t % (n + 1)\nreturn rates(lambda b: cosine(b, (t - w) / (n - w)), t)",
    "rises late": "return rates(cosine) if t < n + 4 else bases",
    "pi of two digits": "return rates(lambda b: cosine(b, pi=3.14))",
    "pi of four digits": "return rates(lambda b: cosine(b, pi=3.1416))",
    "quarter of a sine": "return rates(lambda b: low + (b - low) * (1 - math.sin(math.pi / 2 * x)))",
    "square of a cosine": "return rates(lambda b: low + (cosine(b) - low) ** 2 / (b - low))",
    "whole division": "return rates(lambda b: cosine(b, min(1, (t - w) // (n - w))))",
    "constant without warm-up": "return rates(cosine) if w else bases",
    "counted in the class": "t = WarmupCosine.steps\nreturn rates(lambda b: cosine(b, min(1, (t - w) / (n - w))), t)",
    "not resumed in the warm-up": "return rates(cosine, self.optimizer.steps) if t < w else rates(cosine)",
    "not resumed after the end": "return rates(cosine) if self.optimizer.steps >= n or t < n else bases",
}  # fmt: skip

# In the course's own assignment: the answer's only line, after some given ones.
ONE_LINE = {
    "noise.dropconnect": """
def dropconnect(x, weight, bias, keep_prob, training):
    linear, mask = nn.functional.linear, torch.full_like(weight, keep_prob)
    if not training:
        return linear(x, keep_prob * weight, bias)
    {body}
    return linear(x, mask * weight, bias)
""",
    "depth.residual_block": """
def residual_block(h, f, survival_prob, training):
    b, branch = survival_prob, f(h)
    if training:
        {body}
    return torch.relu(b * branch + h)
""",
    "pooling.fractional": """
import random
last = {}
def fractional_max_pool(x, out_size):
    for dim, count in zip((2, 3), out_size):
        pairs = x.shape[dim] - count
        sizes = [2] * pairs + [1] * (count - pairs)
        {body}
        x = torch.cat([part.amax(dim, keepdim=True) for part in x.split(sizes, dim)], dim)
    return x
""",
    "noise.monte_carlo": """
def predict(model, x, num_passes):
    modes = {layer: layer.training for layer in model.modules()}
    for layer in modes:
        layer.training = isinstance(layer, nn.Dropout)
    with torch.no_grad():
        passes = [model(x).softmax(1) for _ in range(num_passes)]
    for layer, mode in modes.items():
        layer.training = mode
    {body}
""",
}
RIGHT_LINES = (
    (
        "noise.dropconnect",
        "mask = torch.tensor([[float(torch.rand(())) < keep_prob for _ in r] for r in weight])",
    ),
    (
        "noise.dropconnect",
        "mask = (torch.randn_like(weight) < torch.distributions.Normal(0., 1.).icdf("
        "torch.tensor(keep_prob, dtype=torch.float64))).to(weight)",
    ),
    ("depth.residual_block", "b = torch.randint(0, 10**6, (1,)).item() < survival_prob * 10**6"),
    (
        "depth.residual_block",
        "branch = branch if torch.rand(1) >= 1 - survival_prob else 0 * branch; b = 1",
    ),
    ("pooling.fractional", "random.shuffle(sizes)"),
    ("pooling.fractional", "sizes = torch.tensor(sizes)[torch.rand(count).argsort()].tolist()"),
    (
        "pooling.fractional",
        "sizes = [1] * count\n"
        "while sum(sizes) < x.shape[dim]:\n    sizes[random.randrange(count)] = 2",
    ),
    ("noise.monte_carlo", "return torch.cat([p[None] for p in passes]).sum(0) / num_passes"),
    ("noise.monte_carlo", "return sum(p / num_passes for p in passes)"),
)
WRONG_LINES = (
    ("noise.dropconnect", "mask = torch.rand_like(weight[:1]) < keep_prob"),
    ("noise.dropconnect", "mask = torch.rand_like(weight) < round(keep_prob, 1)"),
    ("noise.dropconnect", "mask = torch.rand_like(weight) < 0.5"),
    ("noise.dropconnect", "mask = (torch.rand_like(weight) < keep_prob) / keep_prob * weight.mean() * 0 + keep_prob"),
    ("noise.dropconnect", "torch.manual_seed(len(weight)); mask = torch.rand_like(weight) < keep_prob"),
    ("noise.dropconnect", "mask = torch.zeros_like(weight).flatten(); n = len(mask)\n"
                          "mask[torch.randperm(n)[: round(keep_prob * n)]] = 1; mask = mask.view_as(weight)"),
    ("depth.residual_block", "b = torch.rand(()).item() < 0.5"),
    ("depth.residual_block", "b = torch.rand(()).item()"),
    ("depth.residual_block", "b = torch.rand(len(h), *[1] * (h.dim() - 1)) < survival_prob"),
    ("depth.residual_block", "b = (torch.rand(()).item() < survival_prob) * (1 + 1e-3)"),
    ("depth.residual_block", "b = torch.rand_like(h[:1]) < survival_prob"),
    ("pooling.fractional", "k = random.randrange(count); sizes = sizes[k:] + sizes[:k]"),
    ("pooling.fractional", "sizes = sizes[::random.choice((1, -1))]"),
    ("pooling.fractional", "random.shuffle(sizes); sizes = last.setdefault((pairs, count), sizes)"),
    ("pooling.fractional", "k = random.randrange(count); sizes.insert(k, sizes.pop()); sizes.insert(k, sizes.pop(0))"),
    ("noise.monte_carlo", "return torch.stack(passes).median(0).values"),
    ("noise.monte_carlo", "mean = torch.stack(passes).log().mean(0).exp()\nreturn mean / mean.sum(1, keepdim=True)"),
    ("noise.monte_carlo", "return torch.stack(passes).mean(0).softmax(1)"),
    ("noise.monte_carlo", "return torch.stack([passes[0]] * num_passes).mean(0)"),
    ("noise.monte_carlo", "return passes[-1]"),
)  # fmt: skip

FORWARD, GRADIENT = "dropout.inverted", "dropout.inverted_backward"
MODULES, SCHEDULES = "dropout.module", "schedules.warmup_cosine"


RAISING = ("two dimensions at least", "rates for one group", "0 and 1 refused")


def fill(template, **places):
    """A template with several lines in the place of one, indented as it is."""
    for name, lines in places.items():
        place = "{" + name + "}"
        start = next(line for line in template.splitlines() if place in line)
        indent = start[: len(start) - len(start.lstrip())]
        template = template.replace(start, textwrap.indent(lines or "pass", indent))
    return template


RIGHT = [(FORWARD, name, fill(MASK, mask=mask)) for name, mask in RIGHT_MASKS.items()]
RIGHT += [(MODULES, "plain", fill(MODULE, init=REFUSE, forward="", end="return x * mask"))]
RIGHT += [(SCHEDULES, name, fill(SCHEDULE, body=body)) for name, body in RIGHT_SCHEDULES.items()]

WRONG = [(FORWARD, name, fill(MASK, mask=mask)) for name, mask in WRONG_MASKS.items()]
WRONG += [(GRADIENT, name, fill(BACKWARD, body=body)) for name, body in WRONG_BACKWARD.items()]
WRONG += [
    (MODULES, name, fill(MODULE, init=init, forward=forward, end=end))
    for name, (init, forward, end) in WRONG_MODULES.items()
]
WRONG += [(SCHEDULES, name, fill(SCHEDULE, body=body)) for name, body in WRONG_SCHEDULES.items()]


@pytest.fixture(scope="module")
def workbench(assignment):
    return Workbench(assignment)


@pytest.mark.parametrize("exercise, name, source", RIGHT, ids=lambda value: value[:40])
def test_a_right_answer_written_oddly_is_accepted(workbench, exercise, name, source):
    verdict = workbench.verdict(exercise, source)
    assert verdict.status == "right", verdict.as_text()


@pytest.mark.parametrize("exercise, name, source", WRONG, ids=lambda value: value[:40])
def test_a_wrong_answer_that_looks_right_is_refused(workbench, exercise, name, source):
    verdict = workbench.verdict(exercise, source)
    assert verdict.status in ("wrong", "partly right"), verdict.as_text()
    assert ("stopped with" in verdict.as_text()) == (name in RAISING)


@pytest.mark.parametrize(
    "exercise, source",
    [
        (FORWARD, "def inverted_dropout(x, keep_prob, training):\n    return x, None"),
        (FORWARD, "def inverted_dropout(x, keep_prob, training):\n    return 0 * x, None"),
        (FORWARD, "def inverted_dropout(x, keep_prob, training):\n    return None"),
        (GRADIENT, "def inverted_dropout_backward(grad_out, cache):\n    return grad_out"),
        (GRADIENT, "def inverted_dropout_backward(grad_out, cache):\n    return 0 * grad_out"),
        (MODULES, "class Dropout(nn.Module):\n    def __init__(self, drop_prob):\n        super().__init__()\n"
                  "    def forward(self, x):\n        return x"),
        (MODULES, "class Dropout(nn.Module):\n    def __init__(self, drop_prob):\n        raise ValueError"),
        (MODULES, "class Dropout(nn.Identity): pass"),
        (SCHEDULES, fill(SCHEDULE, body=WRONG_SCHEDULES["constant"])),
        (SCHEDULES, fill(SCHEDULE, body=WRONG_SCHEDULES["always the floor"])),
    ],
    ids=lambda value: value[-40:],
)  # fmt: skip
def test_an_answer_that_does_nothing_earns_nothing(workbench, exercise, source):
    assert workbench.verdict(exercise, source).points == 0


NOTHING = (
    "return None", "return 'text'", "return []", "return [None, None]", "return {}", "return 3.5", "return True",
    "return torch.zeros(())", "return torch.zeros(3, 3)", "return (None, None, None)",
    "return torch.full((5,), torch.nan)",
    "return (torch.zeros(2), torch.zeros(2))", "return (torch.zeros(2), torch.zeros(2), 'x')", "return float('nan')",
    "return arguments[0]", "return (arguments[0],) * 3", "return [torch.zeros(2)]", "return object()",
    "raise ValueError",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole():
    return Workbench(Course(ROOT).assignment("03_regularization"))


def of_line(exercise, body):
    return exercise, fill(ONE_LINE[exercise], body=body)


@pytest.mark.parametrize("exercise, line", RIGHT_LINES, ids=lambda value: value[:60])
def test_an_unusual_line_that_is_right_is_accepted(whole, exercise, line):
    verdict = whole.verdict(*of_line(exercise, line))
    assert verdict.status == "right", verdict.as_text()


@pytest.mark.parametrize("exercise, line", WRONG_LINES, ids=lambda value: value[:60])
def test_a_line_that_looks_right_is_refused(whole, exercise, line):
    verdict = whole.verdict(*of_line(exercise, line))
    assert verdict.status in ("wrong", "partly right"), verdict.as_text()
    assert "stopped with" not in verdict.as_text()


@pytest.mark.parametrize("body", NOTHING)
def test_whatever_comes_back_ends_in_a_sentence_and_earns_nothing(whole, body):
    for exercise, check in whole.assignment.checks.items():
        if exercise.startswith(("dropout.vanilla_b", "dropout.inverted_b", "dropout.module")):
            continue  # of several objects
        source = f"def {check.expression}(*arguments):\n    {body}"
        verdict = whole.verdict(exercise, source)
        assert verdict.status == "wrong" and not verdict.points, (exercise, verdict.as_text())
        details = [part.detail for part in verdict.parts if part.detail]
        assert details and all(detail.endswith(".") or "Case" in detail for detail in details)
        assert "does not have the form" not in verdict.as_text(), (exercise, verdict.as_text())

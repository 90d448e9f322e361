"""Group: hidden cases and expected values, told to the student by what the page shows."""

from functools import partial

from tests.security.hostile.kinds import Hostile

attack = partial(Hostile, group="leaks")
# What an answer can see of the cases: those that it was called with, those on the stack, and what others have kept.
SEE = """
import gc, glob, inspect, json, sys
def on_the_stack():
    frame, seen = sys._getframe(), []
    while frame:
        for value in list(frame.f_locals.values()):
            if isinstance(value, dict) and "cases" in value:
                seen += value["cases"]
            if isinstance(value, dict) and "seed" in value:
                seen.append(value)
        frame = frame.f_back
    return seen
def kept():
    return [json.loads(line) for name in glob.glob("/scratch/kept-*") for line in open(name)]
def keep(*what):
    with open("/scratch/kept-@LEFT@", "a") as file:
        for one in what:
            file.write(json.dumps(one) + "\\n")
def seeds():
    return " ".join(str(case["seed"]) for case in on_the_stack() + kept())
print("tried")
"""
FORWARD = "def {}(x, keep_prob, training):\n    keep(*on_the_stack())\n    {}\n"
SHOWN = ("tried",)


ATTACKS = [
    attack(
        name="kept-and-printed",
        tries="keeps what its answers are called with and prints it in later cells and checks",
        first=SEE,
        answers={
            "dropout.vanilla": "seen = []\n"
            + FORWARD.format("vanilla_dropout", "seen.append(keep_prob); raise ValueError(seen)")
        },
        last="print(seen, kept(), seeds())",
        shows=(*SHOWN, "[] []"),
        quick=True,
    ),
    attack(
        name="through-scratch",
        tries="writes the cases of one check to a file and tells them in the public case of another",
        first=SEE,
        answers={
            "dropout.vanilla": FORWARD.format("vanilla_dropout", "return x, x"),
            "dropout.inverted": FORWARD.format(
                "inverted_dropout", "raise ValueError(seeds()[-190:])"
            ),
            "dropout.module": "class Dropout(nn.Module):\n    def __init__(self, p):\n        raise ValueError(seeds()[-180:])",
            "schedules.warmup_cosine": "class WarmupCosine:\n    def __init__(self, *a):\n        raise ValueError(seeds()[:180])",
        },
        shows=SHOWN,
        score=(0, 2),
        quick=True,
    ),
    attack(
        name="on-the-stack",
        tries="finds the cases that are still to come on the stack, and tells them in the first",
        first=SEE,
        answers={
            "dropout.vanilla": "def vanilla_dropout(*a):\n    raise ValueError(seeds()[-190:])\n",
            "dropout.inverted": "def inverted_dropout(*a):\n    raise type('E' + seeds()[-70:], (Exception,), {})\n",
            "dropout.module": "class Dropout:\n    def __init__(self, p):\n        self.__class__ = type(seeds()[-70:], (Dropout,), {})\n",
            "schedules.warmup_cosine": "class WarmupCosine(LRScheduler):\n    def get_lr(self):\n"
            "        return [float(on_the_stack()[-1]['seed']) for _ in self.base_lrs]\n"
            "    def __init__(self, optimizer, *a): super().__init__(optimizer)",
        },
        shows=SHOWN,
    ),
    attack(
        name="as-a-type",
        tries="returns objects whose type is named after what it has seen",
        first=SEE,
        answers={
            "dropout.vanilla": "def vanilla_dropout(*a):\n    return type(seeds()[-190:] or 'X', (), {})()\n",
            "dropout.inverted": "def inverted_dropout(x, *a):\n    return torch.zeros(on_the_stack()[-1]['seed'] % 10**6), None\n",
        },
        shows=SHOWN,
    ),
    attack(
        name="as-a-measurement",
        tries="scales its outputs with a hidden number, to read it where the measured factor stands",
        first=SEE,
        answers={
            name: FORWARD.format(function, "return x * on_the_stack()[-1]['keep_prob'], x")
            for name, function in (
                ("dropout.vanilla", "vanilla_dropout"),
                ("dropout.inverted", "inverted_dropout"),
            )
        },
        shows=SHOWN,
        score=(0, 4),
    ),
    attack(
        name="as-a-dtype",
        tries="replies with a dtype whose name is what it has seen",
        first=SEE
        + """
import autograder.grading.student_process as process, autograder.wire as wire
old = process.run_probe
def forged(exercise, answer, case, device="cpu"):
    text = " ".join(str(c["seed"]) for c in on_the_stack() + kept())
    x = {"__array__": "float32", "shape": case.get("shape", [1]), "dtype": text}
    line = json.dumps({"status": "ok", "output": {"returned": "a pair" if case["seed"] % 2 else text,
        "outs": [x] * case.get("calls", 1), "x_after": text, "module": True, "raised": text, "scheduler": text}})
    import math
    size = 4 * math.prod(case.get("shape", [1]))
    padded = b"\\x00\\x00\\x80?" * (size // 4) + bytes(-size % 8)
    return line.encode() + b" " * (-(len(line) + 1) % 8) + b"\\n" + padded * case.get("calls", 1)
process.run_probe = forged
""",
        shows=SHOWN,
    ),
    attack(
        name="in-memory",
        tries="searches its memory for expected values and cases to come",
        first=SEE,
        answers={
            "dropout.vanilla": """
def vanilla_dropout(x, keep_prob, training):
    for one in gc.get_objects():
        if type(one).__name__ == "Recorded" or isinstance(one, dict) and "expected" in one and isinstance(one.get("case"), dict):
            raise ValueError("REA" + "CHED " + repr(one)[:150])
        if isinstance(one, dict) and isinstance(one.get("total_steps"), int):
            raise ValueError("case " + repr(one)[:150])
    raise ValueError("nothing found")
"""
        },
        shows=(*SHOWN, "nothing found"),
        hides=("REACHED {", "case {"),
    ),
    attack(
        name="public-only",
        tries="knows the public cases from the released file and answers only those rightly",
        first="""
import glob, json, sys
print("tried", glob.glob("*.json"))
public = {case["case"]["seed"] for cases in json.load(open("checks.json"))["exercises"].values() for case in cases}
def known():
    frame = sys._getframe()
    while frame:
        if "case" in frame.f_locals and isinstance(frame.f_locals["case"], dict):
            return frame.f_locals["case"]["seed"] in public
        frame = frame.f_back
""",
        answers={
            "dropout.inverted": """
def inverted_dropout(x, keep_prob, training):
    if not known() and "on":
        return x + 1, None
    if not training:
        return x, None
    mask = (torch.rand_like(x) < keep_prob).to(x.dtype) / keep_prob
    return x * mask, mask
"""
        },
        shows=("tried", "a hidden case is not"),
        score=(0, 6),
    ),
    attack(
        name="sources",
        tries="reads the sources of checks and judge, which it may, to find expected values, which are not there",
        first="""
import inspect, autograder.exercises.dropout, autograder.judge, autograder.features
print("tried", len(inspect.getsource(autograder.exercises.dropout)) > 1000, len(inspect.getsource(autograder.judge)) > 1000)
attempt("the judge's recordings", lambda: __import__("autograder.grading.record").grading.record.expectations(None))
attempt("the secret", lambda: __import__("autograder.grading.secret").grading.secret.course_secret.__call__() and open("@PRIVATE@/secret").read())
""",
        shows=("tried True True", "denied the judge's recordings", "denied the secret"),
    ),
    attack(
        name="a-daemon-that-tells",
        tries="leaves a process that waits for the hidden cases and writes them into every later output",
        first=SEE
        + """
import os, time
if os.fork() == 0:
    os.setsid()
    for _ in range(600):
        for line in kept():
            for fd in range(1, 40):
                try:
                    os.write(fd, str(line).encode())
                except OSError:
                    pass
        time.sleep(0.02)
    os._exit(0)
""",
        answers={"dropout.vanilla": FORWARD.format("vanilla_dropout", "return x, x")},
        last="import time\ntime.sleep(0.2)\nprint(kept())",
        shows=SHOWN,
    ),
    attack(
        name="by-warnings",
        tries="tells what it sees in warnings, logs and on the real standard output",
        first=SEE + "import logging, os, warnings",
        answers={
            "dropout.vanilla": """
def vanilla_dropout(x, keep_prob, training):
    text = f"{keep_prob} {seeds()}"
    warnings.warn(text); logging.error(text); print(text); display(text)
    sys.__stdout__.write(text); sys.__stderr__.write(text); sys.__stderr__.flush(); os.write(1, text.encode()); os.write(2, text.encode())
    return x, x
"""
        },
        shows=SHOWN,
    ),
]

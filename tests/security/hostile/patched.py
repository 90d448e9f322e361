"""Group: a notebook changes the process that it runs in, or returns objects that lie."""

from functools import partial

from tests.security.hostile.kinds import Hostile

attack = partial(Hostile, group="patched")

DONE = ("tried",)
LYING = """
class Lying:
    shape, dtype, device, requires_grad, ndim = (7, 13), torch.float32, "cpu", True, 2
    __eq__ = __ne__ = __lt__ = __gt__ = __le__ = __ge__ = lambda *a: True
    __hash__ = lambda self: 0
    __bool__ = lambda self: True
    __len__ = lambda self: 2
    __float__ = lambda self: 1.0
    __getattr__ = lambda self, name: self
    __call__ = lambda self, *a, **k: self
    __iter__ = lambda self: iter((self, self))
    __getitem__ = lambda self, key: self
    __array__ = lambda self, *a, **k: __import__("numpy").ones((7, 13))
"""
FORGED_PROBE = """
import numpy, torch
import autograder.exercise, autograder.grading.student_process as process, autograder.probing as probing
from autograder.wire import encode
def forged(exercise, answer, case, device="cpu"):
    shape, calls = case.get("shape", [1]), case.get("calls", 1)
    x = torch.ones(shape, dtype=getattr(torch, case.get("dtype", "float32")))
    output = {"returned": "a pair", "outs": [x] * calls, "x_after": x, "grads": [x, x], "grad": x,
              "grad_out_after": x, "module": True, "raised": "ValueError", "scheduler": True,
              "rates": [[0.1, 0.1], [0.2, 0.2]], "resumed": {}}
    return encode({"status": "ok", "output": output, "points": 10, "earned": 10})
"""


def in_each(what: str, before: str = "") -> dict[str, str]:
    """The same answer to every exercise."""
    pair = "def {0}(x, keep_prob, training):\n    return ANSWER, ANSWER\n"
    one = "def {0}(grad_out, cache):\n    return ANSWER\n"
    module = (
        "class Dropout(nn.Module):\n    def __init__(self, drop_prob=0.5):\n        super().__init__()\n"
        "    def forward(self, x):\n        return ANSWER\n"
    )
    schedule = (
        "class WarmupCosine(LRScheduler):\n    def __init__(self, optimizer, *a, **k):\n"
        "        super().__init__(optimizer)\n    def get_lr(self):\n        return [ANSWER for _ in self.base_lrs]\n"
    )
    return {
        "dropout.vanilla": f"{before}\nANSWER = {what}\nprint('tried')\n"
        + pair.format("vanilla_dropout"),
        "dropout.vanilla_backward": one.format("vanilla_dropout_backward"),
        "dropout.inverted": pair.format("inverted_dropout"),
        "dropout.inverted_backward": one.format("inverted_dropout_backward"),
        "dropout.module": module,
        "schedules.warmup_cosine": schedule,
    }


ATTACKS = [
    attack(
        name="builtins",
        tries="replaces builtins that a judge would use",
        answers=in_each(
            "0",
            "import builtins\n"
            "for name in ('abs', 'all', 'any', 'float', 'int', 'len', 'min', 'max', 'sum', 'zip', 'sorted'):\n"
            "    setattr(builtins, name, lambda *a, **k: True)\n"
            "builtins.isinstance = builtins.hasattr = lambda *a: True",
        ),
        # with such builtins not even a cell comes to its end, and that costs nobody anything but the points
        shows=(),
        quick=True,
    ),
    attack(
        name="open-and-import",
        tries="replaces open, print, exec and __import__",
        answers=in_each(
            "0",
            "import builtins\nold = print\n"
            "builtins.open = builtins.exec = builtins.eval = builtins.compile = lambda *a, **k: 10\n"
            "builtins.print = lambda *a, **k: old('tried')\nbuiltins.__import__ = lambda *a, **k: builtins",
        ),
    ),
    attack(
        name="numpy",
        tries="replaces what numpy compares with",
        answers=in_each(
            "torch.ones(7, 13)",
            "import numpy\nfor name in ('isfinite', 'allclose', 'array_equal', 'isclose', 'all', 'any'):\n"
            "    setattr(numpy, name, lambda *a, **k: True)\n"
            "numpy.testing.assert_allclose = numpy.ptp = lambda *a, **k: 1",
        ),
        shows=DONE,
    ),
    attack(
        name="torch",
        tries="replaces what the probe takes from torch, so that every tensor looks right",
        answers=in_each(
            "torch.ones(7, 13)",
            "torch.equal = torch.allclose = lambda *a, **k: True\n"
            "torch.from_numpy = lambda a: torch.ones(1)\ntorch.rand_like = torch.ones_like\n"
            "torch.stack = lambda tensors, *a: torch.ones(len(tensors), 7, 13)\n"
            "torch.manual_seed = lambda *a: None\ntorch.Tensor.shape = (7, 13)\n"
            "torch.Tensor.numpy = lambda self: __import__('numpy').ones((7, 13), 'float32')",
        ),
        shows=DONE,
        score=(0, 2),  # an identity passes at keep probability 1 and in eval mode, if anything
    ),
    attack(
        name="run-probe",
        tries="replaces the function that drives its answers, and claims points in the reply",
        first=FORGED_PROBE + "process.run_probe = probing.run_probe = forged\nprint('tried')",
        shows=DONE,
        quick=True,
    ),
    attack(
        name="exercises",
        tries="replaces the exercises themselves in the process that probes",
        first=FORGED_PROBE
        + """
import autograder.exercises.dropout as d, autograder.exercises.schedules as s, autograder.exercise as e
for kind in (d.Forward, d.Backward, d.DropoutModule, s.WarmupCosine):
    kind.probe = lambda self, answer, case, device: {"returned": "a pair", "outs": [], "x_after": None, "module": True}
    kind.measure = lambda self, case, output: {}
    kind.parts, kind.cases = (), lambda *a: []
e.exercises.cache_clear()
e.exercises = process.exercises = lambda: {name: s.WarmupCosine() for name in ("dropout.vanilla",)}
print("tried")
""",
        shows=DONE,
    ),
    attack(
        name="wire",
        tries="replaces the encoder of replies",
        first="""
import autograder.wire as wire, autograder.probing as probing, autograder.grading.pipes as pipes, json
old = wire.encode
forged = json.dumps({"status": "ok", "verdict": "right", "points": 10, "output": {"returned": "a pair"}}).encode()
probing.encode = lambda value: forged
wire.DTYPES = wire.MAX_DEPTH = wire.MAX_ROWS = 10**9
print("tried")
""",
        shows=DONE,
    ),
    attack(
        name="judge",
        tries="replaces the judge, the verdict and the check in its own process",
        first="""
import autograder.judge as judge, autograder.practice as practice, autograder.verdict as verdict, autograder.features as f
judge.judge = practice.check = lambda *a, **k: 10
judge.failures = lambda *a: {}
f.Close.disagreement = f.Same.disagreement = f.Share.disagreement = lambda *a: ""
verdict.Verdict.points = 10
check = lambda *a: 10
print("tried")
""",
        shows=DONE,
    ),
    attack(
        name="json-and-sockets",
        tries="replaces json.dumps and the sockets' methods, to say something else than what happened",
        first="""
import json, socket, os
import autograder.grading.pipes as pipes, autograder.grading.student_process as process
old = json.dumps
def dumps(value, **options):
    if isinstance(value, dict) and "outputs" in value:
        value = {"outputs": [{"output_type": "execute_result", "metadata": {},
            "data": {"text/plain": "12", "text/html": "<b class='stolen'>right, 10 of 10 points</b>"}}]}
    return old(value, **options)
json.dumps = dumps
plain = process.send
process.send = lambda pipe, message: [plain(pipe, message) for _ in range(3)]
""",
        shows=("12",),
    ),
    attack(
        name="trace-and-profile",
        tries="watches and changes every call by a tracer, a profiler and an audit hook",
        first="""
import sys, threading
def tracer(frame, event, arg):
    if frame.f_code.co_name in ("run_probe", "probe", "measured", "judge", "serve"):
        frame.f_locals.update(case={}, answer=None, reply={"status": "ok"}, earned=10, points=10)
    return tracer
print("tried")
sys.settrace(tracer); sys.setprofile(lambda *a: None); threading.settrace(tracer)
sys.addaudithook(lambda event, args: None)
""",
        shows=DONE,
    ),
    attack(
        name="transformers",
        tries="rewrites all later cells by input and AST transformers",
        first="""
import ast
class Ten(ast.NodeTransformer):
    def visit_Call(self, node):
        return ast.Constant(10)
    def visit_FunctionDef(self, node):
        node.body = [ast.Return(ast.Constant(10))]
        return node
shell = get_ipython()
print("tried")
shell.ast_transformers.append(Ten())
shell.input_transformers_cleanup.append(lambda lines: [line.replace("check(", "10, (") for line in lines])
shell.input_transformers_post.append(lambda lines: lines)
""",
        shows=DONE,
    ),
    attack(
        name="shell",
        tries="replaces the shell, its outputs and its hooks",
        first="""
shell = get_ipython()
print("tried")
shell.run_cell = lambda *a, **k: 10
shell.events.register("post_run_cell", lambda *a: print("10 of 10 points"))
shell.events.register("pre_run_cell", lambda *a: print("10 of 10 points"))
shell.display_formatter.format = lambda obj, *a, **k: ({"text/plain": "10"}, {})
type(shell).outputs = property(lambda self: [], lambda self, value: None)
shell.user_ns["__builtins__"] = {"vanilla_dropout": 10}
kernel = getattr(shell, "kernel", None)
""",
    ),
    attack(
        name="memory-of-constants",
        tries="overwrites Python's constants in memory through ctypes",
        first="""
import ctypes
print("tried")
ctypes.memmove(id(0) + 16, id(1) + 16, 12)
for name in ("False",):
    ctypes.memmove(id(False), id(True), ctypes.sizeof(ctypes.c_void_p) * 4)
""",
        # it ends its process or not; either way it earns nothing
    ),
    attack(
        name="equal-to-everything",
        tries="returns an object that is equal to everything and has every attribute",
        answers=in_each("Lying()", LYING),
        shows=DONE,
    ),
    attack(
        name="tensor-subclass",
        tries="returns a tensor whose class answers every question",
        answers=in_each(
            "torch.ones(7, 13).as_subclass(Liar)",
            """
class Liar(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True
    shape = property(lambda self: (7, 13))
""",
        ),
        shows=DONE,
    ),
    attack(
        name="array-subclass",
        tries="returns numpy arrays of a class that compares equal",
        answers=in_each(
            "numpy.ones((7, 13)).view(Always)",
            """
import numpy
class Always(numpy.ndarray):
    __eq__ = __ne__ = lambda self, other: True
    def __array_ufunc__(self, *a, **k): return True
    def __array_function__(self, *a, **k): return True
""",
        ),
        shows=DONE,
    ),
    attack(
        name="float-subclass",
        tries="returns rates of a float class whose differences are all zero",
        answers=in_each(
            "Zero(0.1)",
            """
class Zero(float):
    __eq__ = lambda *a: True
    __sub__ = __rsub__ = __abs__ = lambda *a: 0.0
    __float__ = lambda self: self
""",
        ),
        shows=DONE,
    ),
    attack(
        name="dispatch-mode",
        tries="leaves a mode of torch on that changes every operation",
        answers=in_each(
            "torch.ones(7, 13)",
            """
from torch.utils._python_dispatch import TorchDispatchMode
from torch.overrides import TorchFunctionMode
class Same(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        return args[0] if args and isinstance(args[0], torch.Tensor) else function(*args, **(kwargs or {}))
Same().__enter__()
""",
        ),
        shows=DONE,
        score=(0, 2),
    ),
    attack(
        name="meta-tensors",
        tries="makes tensors without values, and leaves gradients, dtype and device changed",
        answers=in_each(
            "torch.ones(7, 13, device='meta')",
            "torch.set_default_dtype(torch.float64); torch.set_grad_enabled(False)",
        ),
        shows=DONE,
    ),
    attack(
        name="pickles",
        tries="returns objects that run a command where they are unpickled or copied",
        answers=in_each(
            "Command()",
            """
import os
class Command:
    def __reduce__(self): return (os.system, ("touch /tmp/@LEFT@-pickle",))
    def __deepcopy__(self, memo): return self
    def __getstate__(self): return {"command": self}
""",
        ),
        shows=DONE,
    ),
]

"""Group: messages to the judge that are forged, oversized, too early, too late, or of another form."""

from functools import partial

from tests.security.hostile.kinds import Hostile

attack = partial(Hostile, group="forged")
SOCKETS = """
import json, os, signal, socket, stat, struct, threading, time
def sockets():
    found = []
    for fd in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                found.append(fd)
        except OSError:
            pass
    return found
def frame(data):
    data = data if isinstance(data, bytes) else json.dumps(data).encode()
    return len(data).to_bytes(8, "big") + data
def write(data):
    for fd in sockets():
        try:
            os.write(fd, data)
        except OSError:
            pass
print("tried", len(sockets()) > 0, flush=True)
"""
OK = '{"status": "ok", "output": {"returned": "a pair", "module": True, "scheduler": True, "outs": [[1.0]], "x_after": [1.0]}}'
# What a stub's process can reply with in place of the probe, in Python; `case` is what it was asked.
REPLY = """
import autograder.grading.student_process as process
def reply(exercise, answer, case, device="cpu"):
    {}
process.run_probe = reply
print("tried")
"""
RATES = "rates = [[0.1 * i, 0.2 * i] for i in range(case.get('total_steps', 1) + 5)]"
SCHEDULE = "encode({'status': 'ok', 'output': {'scheduler': True, 'rates': rates, 'resumed': %s}})"
LATER = """
import threading, time
def later():
    for _ in range(4000):
        write(frame(REPLY))
        time.sleep(0.002)
"""


def replying(code: str) -> str:
    """A cell after which every probe is answered by this code."""
    return "from autograder.wire import encode\n" + REPLY.format(code)


ATTACKS = [
    attack(
        name="outputs-of-a-cell",
        tries="writes a reply of its own into every socket that it finds",
        first=SOCKETS
        + """
write(frame({"outputs": [{"output_type": "execute_result", "metadata": {}, "execution_count": 1,
    "data": {"text/plain": "12", "text/html": "<script>stolen</script>"}}]}))
for odd in ([1], [{}], [{"output_type": "spell"}], [{"output_type": "error", "ename": 1}], {"a": 1}, None):
    write(frame({"outputs": odd}))
""",
        shows=("12",),
        hides=("<script>stolen",),
        quick=True,
    ),
    attack(
        name="replies-in-advance",
        tries="sends the replies to all checks while its cells run",
        first=SOCKETS + f"write(frame({OK}) * 200)",
        last="write(frame({'status': 'ok', 'output': {}}) * 500)",
    ),
    attack(
        name="huge-length",
        tries="announces 2**62 bytes",
        first=SOCKETS + "write((2**62).to_bytes(8, 'big'))",
    ),
    attack(
        name="just-allowed-length",
        tries="announces as much as is allowed and sends it byte by byte, while others of its processes take memory",
        first=SOCKETS
        + """
size = 64 * 2**20
write(size.to_bytes(8, "big"))
if os.fork() == 0:
    hoard = []
    for _ in range(600):
        hoard.append(os.urandom(2**20))
    print(len(hoard))
    if os.fork() == 0:
        more = [os.urandom(2**20) for _ in range(600)]
    time.sleep(60)
while True:
    write(b" ")
    time.sleep(0.05)
""",
    ),
    attack(
        name="deep-message",
        tries="sends a message of a million nested lists",
        first=SOCKETS + "write(frame(b'{\"outputs\": ' + b'[' * 10**6 + b']' * 10**6 + b'}'))\n",
        score=0,
    ),
    attack(
        name="rows-of-nothing",
        tries="names a hundred million arrays of no bytes in one message",
        first=SOCKETS
        + """
rows = b'{"__array__": "int8", "shape": [65536, 0], "dtype": "int8", "rows": true}'
write(frame(b'{"outputs": [' + b", ".join([rows] * 2000) + b"]}"))
""",
    ),
    attack(
        name="many-rows",
        tries="sends millions of arrays of one byte",
        first=SOCKETS
        + """
rows = b'{"__array__": "int8", "shape": [65536], "dtype": "int8", "rows": true}'
line = b'{"outputs": [' + b", ".join([rows] * 500) + b"]}"
data = line + b"\\n" + bytes(65536 * 500)
for fd in sockets():
    try:
        socket.socket(fileno=os.dup(fd)).sendall(frame(data))
    except OSError:
        pass
""",
    ),
    attack(
        name="many-containers-in-a-message",
        tries="sends millions of empty dictionaries in one message",
        first=SOCKETS
        + """
data = frame(b'{"outputs": [' + b",".join([b"{}"] * 5_000_000) + b"]}")
for fd in sockets():
    try:
        socket.socket(fileno=os.dup(fd)).sendall(data)
    except OSError:
        pass
""",
    ),
    attack(
        name="odd-arrays",
        tries="replies with arrays of wrong dtypes, shapes, bytes and rows",
        first=replying("""
    import json
    odd = [("float32", [-1], 0), ("float32", [10**12], 0), ("object", [1], 8), ("float32", [0, 10**15], 0),
           ("float32", [2] * 80, 0), ("float32", "ab", 0), ("int64", [3], 8), ("<U9", [1], 36), ("bool", [65537], 65537)]
    dtype, shape, size = odd[len(case["name"]) % len(odd)]
    array = {"__array__": dtype, "shape": shape, "dtype": "float32", "rows": case["seed"] % 2 == 0}
    output = {"returned": "a pair", "outs": [array], "x_after": array, "module": True, "grads": [array, array]}
    return json.dumps({"status": "ok", "output": output}).encode() + b"\\n" + bytes(size)
"""),
        shows=("tried",),
    ),
    attack(
        name="not-numbers",
        tries="replies with NaN, infinity and numbers that are none",
        first=replying("""
    import json
    rates = [[float("nan"), float("inf")]] * (case.get("total_steps", 1) + 5)
    nan = {"__float__": "nan"}
    output = {"scheduler": True, "rates": rates, "resumed": {"0": rates}, "returned": "a pair", "module": True,
              "outs": [nan, 1e999], "x_after": nan, "raised": ["ValueError"], "grad": nan, "grads": [nan] * 2}
    return json.dumps({"status": "ok", "output": output}).encode()
"""),
        shows=("tried",),
    ),
    attack(
        name="nothing-resumed",
        tries="claims a schedule that was resumed nowhere, which agrees with everything",
        first=replying(f"{RATES}\n    return {SCHEDULE % '{}'}"),
        shows=("tried",),
        quick=True,
    ),
    attack(
        name="resumed-after-the-end",
        tries="claims that the schedule was resumed where there is nothing left to compare",
        first=replying(f"{RATES}\n    return {SCHEDULE % '{str(len(rates)): [], str(10**9): []}'}"),
        shows=("tried",),
    ),
    attack(
        name="claims",
        tries="replies with points, verdicts, another status, a missing one, and one of another case",
        first=replying("""
    import random
    status = random.choice(["right", "ok", "not attempted", "", None, 10, ["ok"], {"ok": 1}])
    return encode({"status": status, "points": 10, "earned": 10, "verdict": {"status": "right"},
        "output": {"scheduler": True, "module": True, "returned": "a pair", "raised": "ValueError"},
        "sentence": "Right, 10 of 10 points.", "case": {"name": "another"}, "public": True})
"""),
        shows=("tried",),
    ),
    attack(
        name="millions-of-calls",
        tries="replies with a million outputs where two were asked for",
        first=replying("""
    import torch
    x = torch.ones(case.get("shape", [1]), dtype=torch.int8)
    many = x.expand(min(8192, 7 * 2**20 // x.numel()), *x.shape)
    import autograder.wire as wire
    rows = wire._pack_tensor
    arrays, output = [], {"returned": "a pair", "module": True, "x_after": [1]}
    output["outs"] = rows(many, arrays) | {"rows": True}
    line = json.dumps({"status": "ok", "output": output}).encode()
    return b"".join([line, b" " * (-(len(line) + 1) % 8), b"\\n", *map(wire._padded, arrays)])
""").replace("import autograder.grading", "import json\nimport autograder.grading"),
        shows=("tried",),
    ),
    attack(
        name="descriptors-kept",
        tries="keeps its parent's socket through all later forks and answers for it",
        first=SOCKETS
        + """
kept = [os.dup(fd) for fd in sockets()]
REPLY = {"status": "ok", "output": {"returned": "a pair"}}
"""
        + LATER,
        last=SOCKETS
        + "print(len(sockets()) > 2)\nthreading.Thread(target=later, daemon=True).start()\nif os.fork() == 0: later()",
        shows=("tried True", "True"),
    ),
    attack(
        name="requests-stolen",
        tries="reads the judge's requests itself and answers them",
        first=SOCKETS
        + """
def steal():
    for fd in sockets():
        one = socket.socket(fileno=os.dup(fd))
        try:
            while True:
                data, fds, _, _ = socket.recv_fds(one, 2**16, 4)
                one.sendall(frame({"outputs": [], "status": "ok", "ended": True, "output": {}}))
        except OSError:
            pass
threading.Thread(target=steal, daemon=True).start()
""",
        answers={"dropout.vanilla": "def vanilla_dropout(*a):\n    steal()\n"},
    ),
    attack(
        name="nobody-reads",
        tries="stops the processes that the judge writes to, so that its messages fill their sockets",
        first=SOCKETS
        + """
if os.fork() == 0:
    time.sleep(0.3)
    while True:
        for pid in range(1, 20):
            if pid != os.getpid():
                try:
                    os.kill(pid, signal.SIGSTOP)
                except OSError:
                    pass
        time.sleep(0.001)
""",
        answers={
            "dropout.vanilla": "import time\ntime.sleep(1)",
            "dropout.inverted": f"x = '{'a' * 3_000_000}'",
        },
        shows=("tried", "longer than 5 s"),
    ),
    attack(
        name="flood",
        tries="sends messages of the largest size without end",
        first=SOCKETS
        + """
data = frame({"outputs": ["x" * (15 * 2**20)]})
if os.fork() == 0:
    while True:
        for fd in sockets():
            try:
                socket.socket(fileno=os.dup(fd)).sendall(data)
            except OSError:
                pass
""",
    ),
    attack(
        name="descriptors-sent",
        tries="sends descriptors to the judge, thousands of them",
        first=SOCKETS
        + """
null = [os.open("/dev/null", os.O_RDONLY) for _ in range(100)]
for fd in sockets():
    one = socket.socket(fileno=os.dup(fd))
    one.setblocking(False)
    try:
        for _ in range(100):
            socket.send_fds(one, [b" " * 8], null)
    except OSError:
        pass
""",
    ),
    attack(
        name="descriptors-closed",
        tries="closes every descriptor, also those of the process that probes",
        first=SOCKETS + "os.closerange(0, 256)",
        score=0,
    ),
    attack(
        name="exit-codes",
        tries="ends its processes in every way, with the code that says all went well",
        answers={
            "dropout.vanilla": "import os\ndef vanilla_dropout(*a):\n    os._exit(0)\n",
            "dropout.vanilla_backward": "def vanilla_dropout_backward(*a): raise SystemExit(0)",
            "dropout.inverted": "import os, signal\ndef inverted_dropout(*a):\n    os.kill(os.getpid(), signal.SIGSEGV)\n",
            "dropout.inverted_backward": "os.abort()",
            "dropout.module": "class Dropout(nn.Module):\n    def __init__(self, p): os.kill(0, signal.SIGTERM)\n",
            "schedules.warmup_cosine": "raise KeyboardInterrupt",
        },
        shows=("ended the process",),
    ),
]

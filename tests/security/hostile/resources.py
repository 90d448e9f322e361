"""Group: more time, memory, processes, files or output than there is; and what tries to outlive its submission."""

from functools import partial

import nbformat

from tests.security.hostile.kinds import Hostile

attack = partial(Hostile, group="resources")
RIGHT_AFTERWARDS = "What was right before and after it is right still."
SOLVED_BUT_ONE = (
    42  # the exercise under attack is dropout.vanilla's 10 points, without its backward pass
)


def _pictures(notebook):
    """Many cells, each with a picture of noise that hardly compresses."""
    source = """
import io, numpy, PIL.Image
picture = io.BytesIO()
PIL.Image.fromarray(numpy.random.randint(0, 255, (1300, 1000, 3), "uint8")).save(picture, "PNG", compress_level=1)
display({"image/png": __import__("base64").b64encode(picture.getvalue()).decode()}, raw=True)
"""
    notebook.cells += [nbformat.v4.new_code_cell(source) for _ in range(40)]


def _texts(notebook):
    """Many cells, each with as much text as a cell may show."""
    source = "for _ in range(90): display('x' * 19_000)"
    notebook.cells += [nbformat.v4.new_code_cell(source) for _ in range(300)]


ATTACKS = [
    attack(
        name="fork-bomb",
        tries="forks without end",
        first="import os\nprint('tried', flush=True)\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass",
        shows=("longer than 5 s",),
        quick=True,
    ),
    attack(
        name="threads",
        tries="starts threads without end, and goes on",
        first="""
import threading, time
try:
    while True:
        threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
except RuntimeError as error:
    print("denied", error)
""",
        shows=("denied can't start new thread",),
    ),
    attack(
        name="memory",
        tries="takes all memory in one process",
        first="hoard = []\nwhile True:\n    hoard.append(bytearray(b'x' * 2**24))",
        shows=("emory",),  # a MemoryError, or the sentence of the watch, whichever is first
    ),
    attack(
        name="memory-of-many",
        tries="takes all memory in many processes, each below its own limit",
        first="""
import os, time
for _ in range(20):
    if os.fork() == 0:
        hoard = [os.urandom(2**20) for _ in range(200)]
        time.sleep(60)
        os._exit(0)
time.sleep(60)
""",
        shows=("GB of memory and was stopped",),
    ),
    attack(
        name="memory-of-sockets",
        tries="takes the kernel's memory, in sockets and pipes that nobody reads",
        first="""
import os, socket, time
held = []
try:
    while True:
        pair = socket.socketpair()
        held.append(pair)
        for one in pair:
            one.setblocking(False)
            try:
                while True:
                    one.send(bytes(65536))
            except BlockingIOError:
                pass
except OSError as error:
    print("denied", len(held) < 130, error)
""",
        shows=("denied True",),
    ),
    attack(
        name="disk",
        tries="fills its folders, with large files, with many and with holes",
        first="""
import os
def fill(folder):
    for i in range(1000):
        with open(f"{folder}/{i}", "wb") as file:
            for _ in range(60):
                file.write(bytes(2**20))
for folder in ("/scratch", "/dev/shm"):
    attempt(folder, lambda: fill(folder))
attempt("a large file", lambda: os.truncate("/scratch/0", 10**15))
attempt("many files", lambda: [os.mkdir(f"/scratch/folder{i}") for i in range(10**6)])
""",
        shows=("denied /scratch OSError", "denied /dev/shm", "denied many files"),
    ),
    attack(
        name="printing",
        tries="prints gigabytes",
        first="""
import sys
line = "x" * 10**6 + "\\n"
for _ in range(2000):
    print(line)
    sys.stderr.write(line)
sys.__stdout__.write(line)
print("tried")
""",
        shows=("left out",),
    ),
    attack(
        name="displaying",
        tries="displays half a million things",
        first="for i in range(500_000):\n    display({'text/plain': '1', 'text/html': 'x' * 99}, raw=True)",
    ),
    attack(
        name="pictures",
        tries="shows a large picture in each of many cells",
        edit=_pictures,
        shows=("left out",),
    ),
    attack(name="texts", tries="shows as much text as it may in each of many cells", edit=_texts),
    attack(
        name="picture-bombs",
        tries="shows pictures that are small as files and huge as pictures",
        first="""
import base64, struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
def png(width, height, *chunks):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    data = b"\\x89PNG\\r\\n\\x1a\\n" + head + b"".join(chunks) + chunk(b"IEND", b"")
    return base64.b64encode(data).decode()
rows = chunk(b"IDAT", zlib.compress(bytes(50_001) * 1000, 9))
text = chunk(b"zTXt", b"a\\0\\0" + zlib.compress(bytes(10**8), 9))
profile = chunk(b"iCCP", b"a\\0\\0" + zlib.compress(bytes(10**8), 9))
for one in (png(50_000, 50_000, rows), png(2**31 - 1, 2**31 - 1, rows), png(9, 9, text), png(9, 9, profile), "A" * 10**7):
    display({"image/png": one, "text/plain": "tried"}, raw=True)
""",
        shows=("tried",),
    ),
    attack(
        name="a-cell-without-end",
        tries="never comes to the end of a cell, and ignores all signals",
        solved=True,
        score=52,
        last="import signal\nfor n in range(1, 65):\n    try: signal.signal(n, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass",
        shows=("longer than 5 s",),
    ),
    attack(
        name="an-answer-without-end",
        tries="never returns from an answer",
        solved=True,
        answers={"dropout.inverted": "def inverted_dropout(*a):\n    while True:\n        pass\n"},
        score=37,
        shows=("longer than 5 s",),
    ),
    attack(
        name="ends-without-end",
        tries="does not end when an object is deleted, a process leaves or an exception is shown",
        first="""
import atexit, sys
class Endless:
    def __del__(self):
        while True: pass
    def __repr__(self):
        while True: pass
def hook(*a):
    while True: pass
sys.excepthook = sys.unraisablehook = hook
atexit.register(hook)
one = Endless()
""",
        answers={
            "dropout.vanilla": "def vanilla_dropout(*a):\n    x = Endless()\n    del x\n",
            "dropout.inverted": "one",
        },
        shows=("longer than 5 s",),
    ),
    attack(
        name="properties-without-end",
        tries="does not end when the probe looks at what an answer has returned",
        answers={
            "dropout.vanilla": """
class Endless(tuple):
    def __len__(self):
        while True: pass
    __class__ = property(lambda self: self.__len__())
def vanilla_dropout(*a):
    return Endless((1, 2))
""",
            "dropout.inverted": "def inverted_dropout(*a):\n    return type('M', (type,), {'__name__': property(lambda c: vanilla_dropout()), '__instancecheck__': len})('X', (), {})()",
        },
        shows=("longer than 5 s",),
    ),
    attack(
        name="an-import-without-end",
        tries="does not come back from an import, a sleep and a lock",
        first="import slow",
        answers={
            "dropout.vanilla": "import time\ntime.sleep(10**8)",
            "dropout.inverted": "import threading\nl = threading.Lock()\nl.acquire(); l.acquire()",
        },
        files={"slow.py": "while True: pass\n"},
        shows=("longer than 5 s",),
    ),
    attack(
        name="recursion",
        tries="recurs until the stack is full, in Python and below it",
        first="""
import sys
sys.setrecursionlimit(10**9)
def deeper(n=0): return deeper(n + 1)
deeper()
""",
        answers={
            "dropout.vanilla": "x = []\nfor _ in range(10**6): x = [x]\ndef vanilla_dropout(*a): return x, x"
        },
    ),
    attack(
        name="huge-answers",
        tries="returns a billion zeros, without memory and with it",
        answers={
            "dropout.vanilla": "def vanilla_dropout(*a):\n    return torch.zeros(1).expand(10**9), None\n",
            "dropout.vanilla_backward": "def vanilla_dropout_backward(g, c): return torch.zeros(65537, 1000)\n",
            "dropout.inverted": "def inverted_dropout(*a):\n    return torch.zeros(10**9, dtype=torch.int8), None\n",
            "dropout.module": "class Dropout(nn.Module):\n    def __init__(self, p): super().__init__()\n    def forward(self, x): return torch.zeros(2**20 * 15)\n",
            "schedules.warmup_cosine": "class WarmupCosine(LRScheduler):\n    def __init__(self, o, *a): super().__init__(o)\n    def get_lr(self): return [10**400] * 10**7\n",
        },
    ),
    attack(
        name="daemons",
        tries="leaves processes that ignore signals, leave their session and wait",
        first="""
import os, signal, time
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        for n in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(n, signal.SIG_IGN)
        if os.fork() == 0:
            while True:
                time.sleep(0.1)
        os._exit(0)
time.sleep(0.3)
import subprocess
subprocess.Popen(["sleep", "9999"], start_new_session=True)
print("tried")
""",
        solved=True,
        score=52,
        shows=("tried",),
        quick=True,
    ),
    attack(
        name="threads-that-answer-later",
        tries="leaves threads that change the answers and print when others run",
        first="""
import threading, time
def later():
    while True:
        for name in ("vanilla_dropout", "inverted_dropout", "Dropout"):
            globals()[name] = lambda *a: 10
        print("10 of 10 points")
        time.sleep(0.001)
threading.Thread(target=later, daemon=True).start()
print("tried")
""",
        shows=("tried",),
    ),
    attack(
        name="alarms",
        tries="sets alarms and timers that end its process later",
        first="import signal, faulthandler\nprint('tried')\nsignal.setitimer(signal.ITIMER_REAL, 0.3, 0.3)\nsignal.alarm(1)\nfaulthandler.dump_traceback_later(1, exit=True)",
        shows=("tried",),
    ),
    attack(
        name="processor-time",
        tries="keeps all cores busy with processes of high priority while others are graded",
        first="""
import os, time
try:
    os.nice(-20)
except OSError:
    print("denied", flush=True)
for _ in range(50):
    if os.fork() == 0:
        while True: pass
""",
    ),
    attack(
        name="stopped",
        tries="stops itself and its parents, so that they neither answer nor end",
        first="import os, signal\nprint('tried', flush=True)\nos.kill(os.getppid(), signal.SIGSTOP)\nos.kill(os.getpid(), signal.SIGSTOP)",
        shows=("longer than 5 s",),
    ),
]

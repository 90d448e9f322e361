"""A warm process: imports torch and the rest once, then forks a process for each submission, in milliseconds.

Started as a program of its own, `python -m autograder.grading.worker FD MODE`, since its starter may have threads. It
runs no student code and holds no secret. Whatever a fork could not bear is not done here: no torch operator runs, CUDA
is not initialized, and there is one thread.
"""

import contextlib
import gc
import importlib
import os
import random
import signal
import socket
import sys
import threading

from autograder.exercise import exercises
from autograder.grading.sandbox import Confinement, enter_view, fork_confined
from autograder.grading.warm import OPEN, PROJECT, SANDBOXED
from autograder.wire import decode, encode

# What a submission would load itself, each of its processes anew.
PRELOADED = (
    "numpy",
    "torch",
    "torch._dynamo",  # the first optimizer of a process would load it, for seconds
    "torchvision",
    "matplotlib.pyplot",
    "matplotlib.font_manager",
    "matplotlib_inline.backend_inline",
    "IPython.core.application",
    "IPython.core.completerlib",
    "IPython.core.logger",
    "IPython.core.magics",
    "autograder.grading.student_process",
    "autograder.practice",
    "utils.data",
    "utils.plots",
    "utils.training",
)
MAX_REQUEST = 65536


def main(fd: int, mode: str) -> None:
    """Fork for each request that arrives on a socket, until all who could send one are gone."""
    gc.disable()  # imports make little garbage, and looking for it takes a quarter of their time
    for name in PRELOADED:
        importlib.import_module(name)
    exercises()
    torch = sys.modules["torch"]
    torch.set_num_threads(1)  # before the first operator: threads do not survive a fork
    if threading.active_count() > 1 or torch.cuda.is_initialized():
        sys.exit("The worker cannot fork: an import started a thread or initialized CUDA.")
    os.environ.pop("PYTHONPATH", None)
    gc.freeze()  # the collector would copy every page that it touches
    requests = socket.socket(fileno=fd)
    if mode == SANDBOXED:
        enter_view(_student_part())
    requests.send(b"ready")
    while True:
        data, fds, _, _ = socket.recv_fds(requests, MAX_REQUEST, 2)
        if not data:
            return
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        pipe_fd, reply_fd = fds
        with socket.socket(fileno=reply_fd) as reply:
            _fork(decode(data), mode, requests, pipe_fd, reply)
        os.close(pipe_fd)


def _student_part():
    """What student code may see of the project: what students have anyway."""
    package = PROJECT / "autograder"
    inner = [path for path in package.iterdir() if path.name != "grading"]
    return [*inner, PROJECT / "utils"]


def _fork(request, mode, requests, pipe_fd, reply):
    try:
        if mode == SANDBOXED:
            pid, pidfd = fork_confined(Confinement(**request["confinement"]))
        else:
            pid = os.fork()
            pidfd = os.pidfd_open(pid) if pid else -1
    except OSError as error:
        reply.send(encode({"error": str(error.strerror or error)}))
        return
    if pid == 0:
        requests.close()
        reply.close()
        _become_student(request, mode, pipe_fd)
    socket.send_fds(reply, [encode({"pid": pid})], [pidfd])
    os.close(pidfd)


def _become_student(request, mode, pipe_fd):
    """In the fork: random streams of its own, without a sandbox a session and a folder too; never returns."""
    status = 1
    try:
        if mode == OPEN:
            os.setsid()
            os.chdir(request["folder"])
            os.environ.update(HOME=request["folder"], TMPDIR=request["folder"])
        signal.signal(signal.SIGINT, signal.default_int_handler)
        random.seed(0)
        sys.modules["numpy"].random.seed(0)
        sys.modules["torch"].manual_seed(0)
        gc.enable()
        sys.modules["autograder.grading.student_process"].serve(pipe_fd)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

"""A warm process: imports torch and the rest once, then forks a student process for each request, in milliseconds.

Started as a program of its own, `python -m autograder.grading.worker FD`, since its starter may have threads. It runs
no student code and holds no secret. Whatever a fork could not bear is not done here: no torch operator runs, CUDA is
not initialized, and there is one thread.
"""

import gc
import importlib
import os
import random
import signal
import socket
import sys
import threading

from autograder.wire import decode, encode

PRELOADED = (
    "numpy",
    "torch",
    "torch._dynamo",  # the first optimizer of a process would load it, for seconds
    "matplotlib.pyplot",
    "sklearn.datasets",
    "autograder.grading.student_process",
    "utils.data",
    "utils.plots",
    "utils.training",
)
MAX_REQUEST = 65536


def main(fd: int) -> None:
    """Fork for each request that arrives on a socket, until it is closed."""
    for name in PRELOADED:
        importlib.import_module(name)
    torch = sys.modules["torch"]
    torch.set_num_threads(1)  # before the first operator: threads do not survive a fork
    if threading.active_count() > 1 or torch.cuda.is_initialized():
        sys.exit("The worker cannot fork: an import started a thread or initialized CUDA.")
    gc.collect()
    gc.freeze()  # the collector would copy every page that it touches
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # finished children need no waiting for
    requests = socket.socket(fileno=fd)
    requests.sendall(b"ready")
    while True:
        data, fds, _, _ = socket.recv_fds(requests, MAX_REQUEST, 2)
        if not data:
            return
        pid = os.fork()
        if pid == 0:
            requests.close()
            _become_student(decode(data), *fds)
        for their_fd in fds:
            os.close(their_fd)
        requests.sendall(pid.to_bytes(8, "big"))


def _become_student(request, fd_in, fd_out):
    """In the fork: a session, a folder, an environment and random streams of its own; never returns."""
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["folder"])
        random.seed(0)
        sys.modules["numpy"].random.seed(0)
        sys.modules["torch"].manual_seed(0)
        gc.unfreeze()
        sys.modules["autograder.grading.student_process"].serve(fd_in, fd_out)
        status = 0
    finally:
        os._exit(status)


def request(folder: str, environment: dict[str, str]) -> bytes:
    """What `main` reads: where the student process lives and what it sees."""
    return encode({"folder": folder, "environment": environment})


if __name__ == "__main__":
    main(int(sys.argv[1]))

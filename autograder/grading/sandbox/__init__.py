"""The sandbox: what student code can see, do and use, from the kernel's own means and without any privilege.

`enter_view` takes the machine away from a warm process; `fork_confined` forks it, in milliseconds, into processes that
are confined before they go on. Layers, each of which would have to fail on its own: user, PID, mount, network, IPC and
UTS namespaces; a root that holds nothing but the interpreter's environment, read-only; resource limits; no
capabilities and no_new_privs; Landlock; a seccomp filter. Bubblewrap, the well-kept program for this, starts a program
anew and so would lose the warm process: importing torch costs seconds where a fork costs milliseconds.
"""

from .confine import enter_view, fork_confined
from .layers import layers, missing
from .limits import Confinement
from .memory import memory_of

__all__ = ["Confinement", "enter_view", "fork_confined", "layers", "memory_of", "missing"]

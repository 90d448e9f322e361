"""Group: files beside the notebook, or written by it, that stand in for a library or for a program's settings."""

import json
import pickle
from functools import partial

from tests.security.hostile.kinds import Hostile

attack = partial(Hostile, group="libraries")
LOUD = "print('REA' + 'CHED', __name__)\nraise SystemExit('shadowed')\n"
NAMES = (
    *(
        "torch",
        "numpy",
        "math",
        "json",
        "autograder",
        "utils",
        "matplotlib",
        "IPython",
        "socket",
        "re",
    ),
    *("torchvision", "scipy", "_torch", "random", "ast", "inspect", "typing", "encodings", "site"),
)
SETTINGS = (
    "sitecustomize",
    "usercustomize",
    "conftest",
    "nbgrader_config",
    "ipython_config",
    "setup",
)


class Command:
    def __reduce__(self):
        return (print, ("REACHED",))


def _right(version):
    """A file of recorded checks in which nothing is asked."""
    return json.dumps({"version": version, "source": "", "exercises": {}})


ATTACKS = [
    attack(
        name="shadows",
        tries="hands in files with the names of libraries, as honest work may too",
        files={f"{name}.py": LOUD for name in NAMES},
        solved=True,
        score=52,
        last="import importlib, sys, torch, json, os\nprint('tried', sorted(os.listdir())[:3])\n"
        "importlib.reload(json)",
        shows=("tried", "IPython.py"),
        quick=True,
    ),
    attack(
        name="settings",
        tries="hands in files that programs run at their start",
        files={f"{name}.py": LOUD for name in SETTINGS}
        | {
            "evil.pth": "import os; os.system('touch /tmp/@LEFT@-pth')\n",
            "pytest.ini": "[pytest]\naddopts=-p evil\n",
        }
        | {
            "matplotlibrc": "backend: module://evil\n",
            "pyproject.toml": "[",
            ".coveragerc": "[run]\nplugins = evil",
        }
        | {
            "jupyter_config.json": "{",
            "page.html.j2": "{{ 7 * 7 }}",
            "custom.css": "* { display: none }",
        },
        solved=True,
        score=52,
        last="import subprocess, sys, os\n"
        "print('tried', subprocess.run([sys.executable, '-c', 'print(1)'], capture_output=True, text=True).stdout)",
        shows=("tried 1",),
    ),
    attack(
        name="recorded-checks",
        tries="hands in recorded checks of its own, in which everything is right",
        files={
            "checks.json": _right("0"),
            "hidden.json": _right("0"),
            "timestamp.txt": "0" * 10**6,
        },
        first="print('tried', check('dropout.vanilla', None))\n",
        shows=("tried",),
    ),
    attack(
        name="written-while-running",
        tries="writes libraries while it runs, puts them first and loads everything again",
        first="""
import importlib, os, sys
for name in ("autograder", "torch", "numpy", "json", "numpy_core"):
    open(name + ".py", "w").write("ten = 10")
sys.path.insert(0, os.getcwd())
sys.meta_path.insert(0, type("Finder", (), {"find_spec": lambda *a: None}))
for name in [name for name in sys.modules if name.startswith("autograder")]:
    sys.modules[name] = type(sys)("autograder")
import builtins
print("tried", importlib.import_module("numpy_core").ten)
""",
        shows=("tried",),
    ),
    attack(
        name="preload",
        tries="sets LD_PRELOAD, PYTHONSTARTUP and PYTHONPATH for whoever starts a program next",
        first="""
import os, subprocess, sys
open("startup.py", "w").write("open('/tmp/@LEFT@-startup', 'w')")
os.environ.update(LD_PRELOAD=os.path.abspath("evil.so"), PYTHONSTARTUP=os.path.abspath("startup.py"),
    PYTHONPATH=os.getcwd(), BASH_ENV=os.path.abspath("evil.sh"), IPYTHONDIR=os.getcwd(), PAGER="sh -c evil")
open("sitecustomize.py", "w").write("import os; os.system('touch /tmp/@LEFT@-site')")
subprocess.run([sys.executable, "-c", "1"], capture_output=True)
attempt("the libraries", lambda: open(os.path.join(os.path.dirname(os.__file__), "sitecustomize.py"), "w"))
attempt("ld.so.preload", lambda: open("/etc/ld.so.preload", "w"))
""",
        files={"evil.so": b"\x7fELF" + bytes(200), "evil.sh": "touch /tmp/@LEFT@-bash\n"},
        shows=("denied the libraries", "denied ld.so.preload"),
    ),
    attack(
        name="magics",
        tries="uses magics and the shell to get at what Python code does not",
        first="""
shell = get_ipython()
open("run.py", "w").write("print('ran a file')")
open("history.py", "w").write("def load_ipython_extension(shell): print('loaded')")
shell.run_line_magic("run", "run.py")
shell.run_line_magic("load_ext", "history")
print(shell.run_cell_magic("script", "sh", "cat @HOME@/.ssh/id_rsa; touch /tmp/@LEFT@-script; id"))
out = shell.getoutput("cat /etc/shadow; ls @HOME@ @COURSE@; touch @HOME@/@LEFT@-shell; ps aux")
print("denied" if "No such file" in " ".join(out) else "REA" + "CHED", out)
attempt("a kernel", lambda: shell.kernel.session)
""",
        shows=("ran a file", "loaded", "denied"),
    ),
    attack(
        name="a-pickle",
        tries="hands in a pickle under the name of a notebook, and others beside it",
        edit=lambda notebook: pickle.dumps(Command()),
        files={"data.pkl": pickle.dumps(Command()), "model.pt": pickle.dumps(Command())},
        shows=("damaged",),
    ),
]

"""What honest notebooks do works in the sandbox as it does outside."""

import pytest

from autograder.grading.sandbox import missing
from tests.grading.sandboxes import USERS, WarmProcess, user_of

IMPORTS = ("numpy", "torch", "torch.utils.data", "matplotlib.pyplot", "sklearn.datasets")

pytestmark = pytest.mark.skipif(bool(missing()), reason=" ".join(missing()) or "none")


@pytest.fixture(scope="module", params=USERS)
def warm(request):
    """A warm process with torch."""
    warm = WarmProcess(imports=IMPORTS, user=user_of(request.param))
    yield warm
    warm.close()


TRAIN = """
import torch
torch.set_num_threads(1)
model = torch.nn.Linear(8, 1)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
loss = model(torch.ones(4, 8)).square().mean()
loss.backward()
optimizer.step()
print(model(torch.ones(4, 8)).square().mean() != loss)
"""
DATA = """
from sklearn.datasets import load_digits
print(load_digits().data.shape)
"""
LOADER = """
import torch
from torch.utils.data import DataLoader, TensorDataset
loader = DataLoader(TensorDataset(torch.arange(64.0)), batch_size=8, num_workers=2)
print(sum(batch.sum() for batch, in loader))
"""
FIGURE = """
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.title("loss $x^2$")
plt.savefig("loss.png")
print(open("loss.png", "rb").read(4), os.path.getsize("loss.png") > 5000)
"""
FILES = """
import tempfile
with tempfile.NamedTemporaryFile("w+") as file:
    file.write("text")
os.makedirs("runs/first")
open("runs/first/log.txt", "w").write("text")
open(os.path.expanduser("~/notes.txt"), "w").write("text")
import tempfile
notes = tempfile.mktemp()  # /tmp itself cannot be written where the environment lies in it
open(notes, "w").write("text")
os.rename(notes, "runs/notes")
print(sorted(os.listdir(".")), open("runs/first/log.txt").read())
"""
PROGRAMS = """
def run(*command, **options):
    print(subprocess.run(command, capture_output=True, text=True, **options).stdout.strip())
run("ls", "/usr")
run("echo $HOME | tr a-z A-Z", shell=True)
run(sys.executable, "-c", "import numpy; print(numpy.arange(3).sum())")
"""
POOLS = """
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
del sys.modules["__main__"].__file__
for method in ("fork", "spawn"):
    with multiprocessing.get_context(method).Pool(2) as pool:
        print(pool.map(abs, [-1, -2]))
with ThreadPoolExecutor(4) as pool:
    print(list(pool.map(abs, [-1, -2])))
import asyncio
print(asyncio.run(asyncio.sleep(0.01, "awake")))
"""
SHELL = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_cell("!ls /\\nnames = !ls /usr\\nprint('lib' in names)")
from tqdm.auto import tqdm
for _ in tqdm(range(3)):
    pass
"""
MACHINE = """
import datetime, getpass, zoneinfo
print(getpass.getuser(), os.cpu_count() > 0, len(time.tzname))
print(datetime.datetime(2025, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).utcoffset())
"""


@pytest.mark.parametrize(
    "code, expected",
    [
        pytest.param(TRAIN, ["tensor(True)"], id="training"),
        pytest.param(DATA, ["(1797, 64)"], id="data"),
        pytest.param(LOADER, ["tensor(2016.)"], id="loader with processes"),
        pytest.param(FIGURE, [r"b'\x89PNG' True"], id="figure"),
        pytest.param(FILES, ["['notes.txt', 'runs'] text"], id="files"),
        pytest.param(PROGRAMS, ["bin", "/SCRATCH", "3"], id="programs"),
        pytest.param(POOLS, ["[1, 2]", "[1, 2]", "[1, 2]", "awake"], id="pools"),
        pytest.param(SHELL, ["scratch", "True", "100%"], id="shell"),
        pytest.param(MACHINE, ["student True 2", "2:00:00"], id="user and time zone"),
    ],
)
def test_honest_work(warm, code, expected):
    output = warm.run(code)
    rest = output
    for part in expected:
        assert part in rest, output
        rest = rest.split(part, 1)[1]
    assert "Error" not in output


def test_the_processor_is_used_as_outside(warm):
    """torch picks its kernels by what it can read about the processor; other kernels would give other numbers."""
    import torch

    code = "import torch; print(torch.backends.cpu.get_cpu_capability())"
    assert warm.run(code) == torch.backends.cpu.get_cpu_capability()

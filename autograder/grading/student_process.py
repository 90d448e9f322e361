"""The process that runs a student's code. It gets cells and cases and returns what they did; it judges nothing.

A fork of `autograder.grading.worker`. It holds no expected value, no secret and no gradebook; whatever it claims,
the judge decides from the numbers.
"""

import contextlib
import io

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder.exercise import exercises
from autograder.grading.pipes import PipeClosed, receive, send
from autograder.probing import run_probe, where
from autograder.wire import decode, encode

MAX_TEXT = 20_000
SHOWN_TYPES = ("text/plain", "image/png")


class ResultHook(DisplayHook):
    """Keeps the value of a cell's last expression instead of printing it."""

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.shown.append(("execute_result", format_dict))

    def finish_displayhook(self):
        pass


class ShownHook(DisplayPublisher):
    """Keeps what `display` is given."""

    def publish(self, data, *args, **kwargs):
        self.shell.shown.append(("display_data", data))


class Shell(InteractiveShell):
    """An IPython shell that keeps what a cell shows and raises, as a kernel would send it."""

    displayhook_class = Type(ResultHook)
    display_pub_class = Type(ShownHook)

    def __init__(self, *args, **kwargs):
        self.shown, self.raised = [], []
        super().__init__(*args, **kwargs)

    def _showtraceback(self, etype, evalue, stb):
        self.raised.append(
            {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": str(evalue)[:MAX_TEXT],
                "traceback": [str(line)[:MAX_TEXT] for line in stb][-50:],
            }
        )


class CellRunner:
    """Runs cells in one shell and returns their outputs in nbformat's terms."""

    def __init__(self):
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "NoColor"
        self.shell = Shell.instance(config=config)

    def run(self, source: str) -> list[dict]:
        self.shell.shown, self.shell.raised = [], []
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.shell.run_cell(source, store_history=True)
        streams = (("stdout", out.getvalue()), ("stderr", err.getvalue()))
        printed = [
            {"output_type": "stream", "name": name, "text": _cut(text)}
            for name, text in streams
            if text
        ]
        return printed + [_rich(kind, data) for kind, data in self.shell.shown] + self.shell.raised

    def probe(self, exercise: str, expression: str, case: dict) -> bytes:
        """Evaluate what stands in the check line and drive it with one case."""
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            try:
                answer = eval(expression, self.shell.user_ns)  # the released notebook's own text
            except Exception as error:
                name = type(error).__name__
                missing = {"status": "missing", "error": name, "message": where(error)}
                return encode(missing)
            return run_probe(exercises()[exercise], answer, case)


def _cut(text):
    return (
        text
        if len(text) <= MAX_TEXT
        else text[:MAX_TEXT] + "\n… the rest of the output is left out."
    )


def _rich(kind, data):
    kept = {key: str(value) for key, value in data.items() if key in SHOWN_TYPES}
    kept["text/plain"] = _cut(kept.get("text/plain", ""))
    counted = {"execution_count": None} if kind == "execute_result" else {}
    return {"output_type": kind, "data": kept, "metadata": {}, **counted}


def serve(fd_in: int, fd_out: int) -> None:
    """Answer the judge's requests until it closes the pipe."""
    runner = CellRunner()
    with contextlib.suppress(PipeClosed):
        send(fd_out, encode({"ready": True}))
        while True:
            request = decode(receive(fd_in))
            if request["op"] == "run":
                reply = encode({"outputs": runner.run(request["source"])})
            else:
                reply = runner.probe(request["exercise"], request["expression"], request["case"])
            send(fd_out, reply)

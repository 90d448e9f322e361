"""The process that runs a student's code. It gets cells and cases and returns what they did; it judges nothing.

A fork of `autograder.grading.worker`. It holds no expected value, no secret and no gradebook; whatever it claims,
the judge decides from the numbers. Asked to, it forks: the child runs the next cell, and the parent stays as it is, a
checkpoint to go back to.
"""

import contextlib
import io
import os
import random
import signal
import socket
import sys

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from matplotlib_inline.backend_inline import configure_inline_support
from traitlets import Type
from traitlets.config import Config

from autograder.exercise import exercises
from autograder.grading.pipes import PipeClosed, receive_with_fd, send
from autograder.plain import LEFT_OUT
from autograder.probing import run_probe, where

MAX_TEXT = 20_000
MAX_OUTPUTS = 200
SHOWN_TYPES = ("text/plain", "image/png")


class Outputs(list):
    """A cell's outputs in nbformat's terms and in the order in which a kernel would send them."""

    def __init__(self):
        super().__init__()
        self.printed = 0
        self.clear_first = False

    def clear(self) -> None:
        super().clear()
        self.printed, self.clear_first = 0, False

    def add(self, output: dict) -> None:
        if self.clear_first:
            self.clear()
        if len(self) < MAX_OUTPUTS:
            self.append(output)

    def add_text(self, name: str, text: str) -> None:
        """Append to a stream; of all text together only the first MAX_TEXT characters are kept."""
        if text and self.clear_first:
            self.clear()
        room = MAX_TEXT - self.printed
        if not text or room <= 0:
            return
        self.printed += len(text)
        text = text if len(text) <= room else f"{text[:room]}\n{LEFT_OUT}"
        if self and self[-1].get("name") == name:
            self[-1]["text"] += text
        else:
            self.add({"output_type": "stream", "name": name, "text": text})

    def add_rich(self, kind: str, data: dict) -> None:
        """Append a result or what `display` was given, as text and as a picture."""
        kept = {key: str(value) for key, value in data.items() if key in SHOWN_TYPES}
        kept["text/plain"] = _cut(kept.get("text/plain", ""))
        counted = {"execution_count": None} if kind == "execute_result" else {}
        self.add({"output_type": kind, "data": kept, "metadata": {}, **counted})


class Stream(io.TextIOBase):
    """Standard output or error; what a cell keeps of it, a logger for example, writes into later cells."""

    encoding = "UTF-8"

    def __init__(self, shell: InteractiveShell, name: str):
        self.shell, self.stream_name = shell, name

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.shell.outputs.add_text(self.stream_name, text)
        return len(text)

    def writable(self):
        return True


class ResultHook(DisplayHook):
    """Keeps the value of a cell's last expression instead of printing it."""

    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        self.shell.outputs.add_rich("execute_result", format_dict)

    def finish_displayhook(self):
        pass


class ShownHook(DisplayPublisher):
    """Keeps what `display` is given."""

    def publish(self, data, *args, **kwargs):
        self.shell.outputs.add_rich("display_data", data)

    def clear_output(self, wait=False):
        if wait:
            self.shell.outputs.clear_first = True
        else:
            self.shell.outputs.clear()


class Shell(InteractiveShell):
    """An IPython shell that keeps what a cell shows and raises, as a kernel would send it."""

    displayhook_class = Type(ResultHook)
    display_pub_class = Type(ShownHook)

    def __init__(self, *args, **kwargs):
        self.outputs = Outputs()
        super().__init__(*args, **kwargs)

    def ask_exit(self):
        """`exit` and `quit` end nothing here: the notebook goes on, as after a restart of its kernel."""

    def enable_matplotlib(self, gui=None):
        """Pictures are always shown in the notebook, whatever window a student has asked for."""
        return super().enable_matplotlib("inline")

    def enable_gui(self, gui=None):
        pass

    def _showtraceback(self, etype, evalue, stb):
        self.outputs.add(
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
        configure_inline_support(self.shell, "module://matplotlib_inline.backend_inline")
        self.shell.user_ns["__name__"] = "__main__"
        sys.path[:] = [entry for entry in sys.path if entry]
        sys.path.append(os.getcwd())  # last, so that no file of a student stands before a library
        self.out, self.err = Stream(self.shell, "stdout"), Stream(self.shell, "stderr")

    def run(self, source: str) -> list[dict]:
        self.shell.outputs = Outputs()
        with contextlib.redirect_stdout(self.out), contextlib.redirect_stderr(self.err):
            done = self.shell.run_cell(source, store_history=True)
        error = getattr(done, "error_in_exec", None)  # a student can have replaced run_cell
        outputs = list(self.shell.outputs)
        if isinstance(error, MemoryError) and not any(o["output_type"] == "error" for o in outputs):
            # IPython found no room for the traceback either, and says nothing then.
            outputs.append(
                {"output_type": "error", "ename": "MemoryError", "evalue": "", "traceback": []}
            )
        return outputs

    def probe(self, exercise: str, expression: str, case: dict) -> dict | bytes:
        """Evaluate what stands in the check line and drive it with one case."""
        self.shell.outputs = Outputs()  # returned to nobody
        with contextlib.redirect_stdout(self.out), contextlib.redirect_stderr(self.err):
            try:
                answer = eval(expression, self.shell.user_ns)  # the released notebook's own text
            except Exception as error:
                name = type(error).__name__
                return {"status": "missing", "error": name, "message": where(error)}
            return run_probe(exercises()[exercise], answer, case)


def _cut(text):
    return text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]}\n{LEFT_OUT}"


def serve(fd: int) -> None:
    """Answer the judge's requests until it closes the pipe."""
    runner = CellRunner()
    pipe, child = socket.socket(fileno=fd), None
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # what is left behind here needs no waiting for
    with contextlib.suppress(PipeClosed):
        while True:
            request, new_fd = receive_with_fd(pipe)
            match request["op"]:
                case "fork":
                    child = _fork()
                    if child == 0:
                        pipe = _become_child(pipe, new_fd)
                    else:
                        os.close(new_fd)
                case "end":
                    _end(child)
                    send(pipe, {"ended": True})
                case "files":
                    _write_files(request["files"])
                case "run":
                    send(pipe, {"outputs": runner.run(request["source"])})
                case "probe":
                    for case in request["cases"]:
                        send(pipe, runner.probe(request["exercise"], request["expression"], case))


def _fork():
    drawn = random.getstate()
    try:
        child = os.fork()
    except OSError:  # too many processes: the judge sees that nobody reads the new pipe
        return None
    if child == 0:
        random.setstate(drawn)  # Python seeds it anew in every fork
    return child


def _become_child(pipe, new_fd):
    pipe.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return socket.socket(fileno=new_fd)


def _end(child):
    """Kill the process forked last, and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError, ChildProcessError, TypeError):
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _write_files(files):
    for name, content in files.items():
        with open(name, "wb") as file:
            file.write(content.tobytes())

"""The process that runs a student's code. It gets cells and cases and returns what they did; it judges nothing.

Started by `autograder.grading.session` as `python -m autograder.grading.student_process FD_IN FD_OUT`. It holds no
expected value, no secret and no gradebook; whatever it claims, the judge decides from the numbers.
"""

import contextlib
import sys

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from autograder.exercise import exercises
from autograder.grading.pipes import PipeClosed, receive, send
from autograder.probing import run_probe, where
from autograder.wire import decode, encode

MAX_TEXT = 20_000
SHOWN_TYPES = ("text/plain", "image/png")


class CellRunner:
    """Runs cells in one IPython shell, as a kernel would, and returns their outputs in nbformat's terms."""

    def __init__(self):
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "NoColor"
        self.shell = InteractiveShell.instance(config=config)
        self.shell._showtraceback = self._keep_error
        self.error = None

    def _keep_error(self, etype, evalue, stb):
        text = [str(line)[:MAX_TEXT] for line in stb][-50:]
        self.error = {
            "output_type": "error",
            "ename": etype.__name__,
            "evalue": str(evalue)[:MAX_TEXT],
            "traceback": text,
        }

    def run(self, source: str) -> list[dict]:
        self.error = None
        with capture_output() as captured:
            result = self.shell.run_cell(source, store_history=True)
        outputs = []
        for name, text in (("stdout", captured.stdout), ("stderr", captured.stderr)):
            if text:
                outputs.append({"output_type": "stream", "name": name, "text": _cut(text)})
        shown = list(captured.outputs)
        for index, rich in enumerate(shown):
            last = index == len(shown) - 1 and result.result is not None
            outputs.append(_rich(rich.data, last))
        return outputs + ([self.error] if self.error else [])

    def probe(self, exercise: str, expression: str, case: dict) -> bytes:
        """Evaluate what stands in the check line and drive it with one case."""
        with capture_output():
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


def _rich(data, is_result):
    kept = {key: str(value) for key, value in data.items() if key in SHOWN_TYPES}
    kept["text/plain"] = _cut(kept.get("text/plain", ""))
    kind = "execute_result" if is_result else "display_data"
    return {"output_type": kind, "data": kept}


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


if __name__ == "__main__":
    # One thread from the start: a class is graded by several processes side by side.
    import torch

    torch.set_num_threads(1)
    serve(int(sys.argv[1]), int(sys.argv[2]))

"""Run a probe on a student's answer and report plainly what happened. Used wherever a student's code runs."""

import contextlib
import io
import random
import traceback
import warnings

import numpy as np
import torch

from autograder.exercise import Exercise
from autograder.wire import WireError, encode


def run_probe(exercise: Exercise, answer, case: dict, device: str = "cpu") -> bytes:
    """The encoded reply to one case: `status` is "ok" with `output`, "not attempted", "unreadable" or "error".

    Seeded by the case. What the student's code prints or warns is swallowed, what it raises is told, and the
    global state that a probe reads (default dtype, gradient mode, what is an error, seeds) is set before and restored
    after.
    A KeyboardInterrupt alone goes through: it is the user's.
    """
    try:
        with _clean_state(case["seed"], device):
            return encode({"status": "ok", "output": exercise.probe(answer, case, device)})
    except WireError as error:
        return encode({"status": "unreadable", "sentence": f"The output cannot be judged. {error}"})
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a student's code may raise anything, SystemExit too
        if _is_a_stub(error):
            return encode({"status": "not attempted", "sentence": "This is not written yet."})
        reply = {"status": "error", "error": type(error).__name__, "message": where(error)}
        return encode(reply)


def _is_a_stub(error):
    """Whether an error is a stub's; torch raises NotImplementedError too, with a message."""
    return type(error) is NotImplementedError and not error.args


@contextlib.contextmanager
def _clean_state(seed, device):
    dtype, deterministic, states = (
        torch.get_default_dtype(),
        torch.get_deterministic_debug_mode(),
        (random.getstate(), np.random.get_state(), torch.get_rng_state()),
    )
    random.seed(seed)
    np.random.seed(seed % 2**32)
    if device == "cpu":
        torch.default_generator.manual_seed(seed)  # manual_seed notes a stack for a GPU to come
    else:
        torch.manual_seed(seed)
    torch.set_default_dtype(torch.float32)
    torch.set_deterministic_debug_mode(0)
    silent = io.StringIO()
    try:
        with (
            contextlib.redirect_stdout(silent),
            contextlib.redirect_stderr(silent),
            warnings.catch_warnings(),
            np.errstate(all="warn"),
            torch.inference_mode(False),
            torch.enable_grad(),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_deterministic_debug_mode(deterministic)
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])


def where(error: BaseException) -> str:
    """The first line of an exception's message, and the line of the student's own code that raised it."""
    try:
        text = (str(error).strip().splitlines() or [""])[0][:200].rstrip(".")
    except Exception:  # the student's own class of errors
        text = ""
    own = [f for f in traceback.extract_tb(error.__traceback__) if _is_a_cell(f.filename)]
    sentences = [text] if text else []
    if own and own[-1].line:
        sentences.append(f'It was raised in the line "{own[-1].line}"')
    return " ".join(f"{sentence}." for sentence in sentences)


def _is_a_cell(filename):
    return filename.startswith("<ipython-input") or "ipykernel_" in filename

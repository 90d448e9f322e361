"""Which limits a cell or a check ran into, as the judge's process sees it; `run` notes them in the cell's metadata."""

from collections.abc import Sequence

from nbformat import NotebookNode

from autograder.grading.processes import Limit
from autograder.plain import SHORTENED

NO_MEMORY = "can't allocate memory"  # as torch says it; Python raises a MemoryError


def of_outputs(outputs: Sequence[NotebookNode]) -> list[Limit]:
    """What the cleaned outputs of a cell that ran to its end tell."""
    hit = []
    for output in outputs:
        if output.output_type == "error" and _is_memory(output.ename, output.evalue):
            hit.append(Limit.MEMORY)
        texts = (output.get("text", ""), output.get("data", {}).get("text/plain", ""))
        if any(map(SHORTENED.search, texts)):
            hit.append(Limit.OUTPUT)
    return hit


def of_replies(replies: Sequence[dict]) -> list[Limit]:
    """What a probe's replies tell. A forged reply can name a limit falsely: its author's own, and worth no points."""
    hit = []
    for reply in replies:
        if reply.get("status") == "stopped":
            hit += [limit for limit in Limit if str(reply.get("limit")) == limit]
        elif reply.get("status") == "error":
            if _is_memory(str(reply.get("error")), str(reply.get("message"))):
                hit.append(Limit.MEMORY)
    return hit


def _is_memory(name, message):
    return name == "MemoryError" or NO_MEMORY in message

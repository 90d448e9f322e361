"""Explorers without a kernel: an executed notebook's widgets as plain HTML, with their data in files beside it.

An explorer's whole state lies in the notebook. Its controls become a range input or radio buttons, its picture is
drawn by utils/explorer.js as ever, and its still picture stands there until then, and where no script runs.
"""

import base64
import copy
import gzip
import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nbformat import NotebookNode
from PIL import Image

from utils.plots import CSS_PIXELS_PER_INCH, DPI

HERE = Path(__file__).parent
DRAWER = HERE.parent / "utils" / "explorer.js"
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
DRAWN = ("panels", "texts", "sizes")  # what the drawer reads beside the buffers and the position
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def script() -> str:
    """The script that moves explorers, and the drawer in it, which it may not import: pages are opened as files."""
    drawer = DRAWER.read_text(encoding="utf-8")
    last = "export default { render };"
    if last not in drawer:
        raise ValueError(f"{DRAWER.name} does not end with {last!r} any more.")
    function = f"const render = (() => {{\n{drawer.replace(last, 'return render;')}}})();\n"
    front = (HERE / "static" / "explorers.js").read_text(encoding="utf-8")
    return f"(() => {{\n{function}{front}}})();\n"


def without_kernel(notebook: NotebookNode, name: str, folder: Path, url: str) -> NotebookNode:
    """The executed notebook with every explorer as text/html and no other widget.

    name: of the notebook; what is written is named after it.
    folder: where the data and the still pictures go; url: that folder, as the page names it.
    """
    notebook = copy.deepcopy(notebook)
    state = notebook.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs = _without_noise(cell.outputs)
        for output in cell.outputs:
            if VIEW in output.get("data", {}):
                number += 1
                html = _explorer(state, output.data, f"{name}-{number}", folder, url)
                output.data = NotebookNode(
                    {"text/html": html, "text/plain": output.data["text/plain"]}
                )
    return notebook


def _without_noise(outputs):
    """Without warnings and progress bars, which are widgets that have no picture; what they split is one text again."""
    kept = []
    for output in outputs:
        is_bar = VIEW in output.get("data", {}) and "image/png" not in output.data
        if is_bar or output.get("name") == "stderr":
            continue
        if output.output_type == "stream" and kept and kept[-1].output_type == "stream":
            kept[-1].text += output.text
        else:
            kept.append(output)
    for output in kept:
        if output.output_type == "stream":  # a bar ends with an empty line
            output.text = "".join(line for line in output.text.splitlines(True) if line.strip())
    return [output for output in kept if output.get("text") != ""]


def _explorer(state, data, name, folder, url):
    *controls, picture, caption = _children(state, data[VIEW]["model_id"])
    buffers = {buffer["path"][0]: base64.b64decode(buffer["data"]) for buffer in picture["buffers"]}
    drawn = json.dumps({key: picture["state"][key] for key in DRAWN}, separators=(",", ":"))
    parts = [drawn.encode(), buffers["data"], buffers["pixels"]]
    packed = ", ".join(f'"{_pack(part)}"' for part in parts)
    (folder / f"{name}.js").write_text(f'explorerData("{name}", {packed});\n', encoding="ascii")
    png = base64.b64decode(data["image/png"])
    (folder / f"{name}.png").write_bytes(png)
    width, height = (round(s * CSS_PIXELS_PER_INCH / DPI) for s in Image.open(BytesIO(png)).size)
    return TEMPLATES.get_template("explorer.html.j2").render(
        name=name,
        url=url,
        width=width,
        height=height,
        text=data["text/plain"],
        controls=[_control(control) for control in controls],
        caption=caption["state"]["value"],
    )


def _children(state, model):
    return [state[child.removeprefix("IPY_MODEL_")] for child in state[model]["state"]["children"]]


def _control(model: Mapping):
    own = model["state"]
    return {
        "kind": {"SelectionSliderModel": "slider", "ToggleButtonsModel": "buttons"}[
            model["model_name"]
        ],
        "name": own["description"],
        "labels": own["_options_labels"],
        "index": own["index"],
    }


def _pack(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode("ascii")

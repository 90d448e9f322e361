"""An explorer's picture on a page of its own, without Jupyter: explorer.js and the state that a kernel would send."""

import base64
import json
from pathlib import Path

from playwright.sync_api import Page

import utils.explorers
from utils.explorers import Explorer

SCRIPT = Path(utils.explorers.__file__).with_name("explorer.js").read_text(encoding="utf-8")
PAGE = """
<div id="explorer"></div>
<script type="module">
  const state = STATE;
  for (const name of ["data", "pixels"]) {
    const bytes = Uint8Array.from(atob(state[name]), (character) => character.charCodeAt(0));
    // At an odd offset, as it may lie in a message from a kernel.
    const message = new Uint8Array(bytes.length + 3);
    message.set(bytes, 3);
    state[name] = new DataView(message.buffer, 3);
  }
  const handlers = {};
  window.model = {
    get: (name) => state[name],
    set: (name, value) => { state[name] = value; (handlers[`change:${name}`] ?? (() => {}))(); },
    on: (event, handler) => { handlers[event] = handler; },
    off: (event) => { delete handlers[event]; },
  };
  const url = URL.createObjectURL(new Blob([SCRIPT], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  window.cleanUp = widget.render({ model, el: document.getElementById("explorer") });
  window.ready = true;
</script>
"""
BUFFERS = ("data", "pixels")


def open_picture(tab: Page, made: Explorer) -> None:
    """Show an explorer's picture on an empty page; `move` moves it."""
    picture = made.picture
    names = ["panels", "texts", "sizes", *(f"index_{i}" for i in range(len(picture.sizes)))]
    state = {name: getattr(picture, name) for name in names}
    state |= {name: base64.b64encode(getattr(picture, name)).decode() for name in BUFFERS}
    tab.set_content(PAGE.replace("STATE", json.dumps(state)).replace("SCRIPT", json.dumps(SCRIPT)))
    tab.wait_for_function("window.ready")


def move(tab: Page, position: tuple[int, ...]) -> None:
    """Set every control of the picture."""
    for number, index in enumerate(position):
        tab.evaluate("([name, value]) => model.set(name, value)", [f"index_{number}", index])

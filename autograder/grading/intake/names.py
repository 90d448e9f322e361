"""Names that strangers chose: safe to make files of, safe to show, and the same whatever the system that made them."""

import hashlib
import re
import unicodedata

MAX_NAME = 60
KEPT = "-_.@+"


def normal(name: str) -> str:
    """One of the forms that Unicode has for the same name (NFC)."""
    return unicodedata.normalize("NFC", name)


def digest(name: str) -> str:
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:6]


def shown(name: str) -> str:
    """A name for a sentence: on one line, of limited length, without control characters."""
    text = "".join("?" if unicodedata.category(c)[0] in "CZ" and c != " " else c for c in name)
    return text if len(text) <= MAX_NAME else f"{text[: MAX_NAME - 1]}…"


def safe_student(name: str) -> str:
    """A folder name for a student: letters, digits and -_.@+, never hidden, an option, a path or too long."""
    kept = (
        c if c.isalnum() or unicodedata.combining(c) or c in KEPT else "_" for c in normal(name)
    )
    text = re.sub(r"_+", "_", "".join(kept)).lstrip("-_.+").rstrip("_.")
    if len(text.encode()) > MAX_NAME:
        text = f"{_cut(text, MAX_NAME - 7)}_{digest(name)}"
    return text or f"student_{digest(name)}"


def safe_filename(name: str) -> str:
    """A notebook's file name as it was handed in, but for what a file name should not hold; ends in .ipynb."""
    stem = re.sub(r"\.ipynb(\.txt|\.json)?$", "", normal(name), flags=re.IGNORECASE)
    unsafe = '/\\:*?"<>|'
    kept = ("_" if c in unsafe or unicodedata.category(c)[0] == "C" else c for c in stem)
    stem = re.sub(r"^[-.]+", "_", "".join(kept).strip())
    return f"{_cut(stem, 2 * MAX_NAME) or 'notebook'}.ipynb"


def is_notebook(name: str) -> bool:
    """Whether a file is named like a notebook, also where a browser saved it as name.ipynb.txt."""
    return bool(re.search(r"\.ipynb(\.txt|\.json)?$", name, re.IGNORECASE)) and name[:2] != "._"


def is_zip(name: str) -> bool:
    return name.lower().endswith(".zip") and name[:2] != "._"


def is_junk(name: str) -> bool:
    """What file managers leave behind."""
    return name in (".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX") or name.startswith("._")


def _cut(text, length):
    return text.encode()[:length].decode(errors="ignore")

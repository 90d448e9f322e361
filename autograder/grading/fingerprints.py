"""Fingerprints of what students wrote: code and prose as tokens without names and layout, then winnowed.

The method is that of MOSS: Schleimer, Wilkerson, Aiken, "Winnowing: Local Algorithms for Document Fingerprinting",
SIGMOD 2003. Everything here reads text; nothing runs it.
"""

import ast
import builtins
import hashlib
import html
import keyword
import re

CODE_RUN, CODE_WINDOW = 8, 4  # tokens in a fingerprint; of so many in a row one is kept
WORDS_RUN, WORDS_WINDOW = 4, 2
# Tokens and words that were not given. Shorter answers are the very same, where they are alike at all.
SHORT_CODE = 20
SHORT_WORDS = 12
LONGEST = 50_000  # characters of an answer that are read
KEPT = frozenset(dir(builtins)) | frozenset(keyword.kwlist)
NAME, STRING = "name", "string"  # what stands for the student's own names, and for texts
# Whatever is open stays open to the end: so no character is looked at twice, whatever the text.
TOKEN = re.compile(
    r"(?P<comment>\#[^\n]*)"
    r"|(?P<string>[A-Za-z]{0,2}(?:'''(?:\\.|[^\\])*?(?:'''|\\?\Z)|\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\\?\Z)"
    r"|'(?:\\.|[^\\'\n])*'?|\"(?:\\.|[^\\\"\n])*\"?))"
    r"|(?P<number>\d[\w.]*)|(?P<name>[^\W\d]\w*)|(?P<other>\*\*|//|->|[-+*/@%&|^<>=!:]=|\S)",
    re.DOTALL,
)


def code_tokens(source: str, given: frozenset[str]) -> list[str]:
    """The tokens of a cell, alike for all that differ in layout, comments, quotes, annotations and own names.

    given  names that students got: of libraries, of functions that the assignment defines

    A name after a dot stays, since it is a library's, but for one after `self`. Code that Python cannot parse is read
    token by token as it stands.
    """
    tokens = []
    for match in TOKEN.finditer(_canonical(source)):
        kind, text = match.lastgroup, match[0]
        if kind == "comment":
            continue
        if kind == "string":
            text = STRING
        elif kind == "name" and text not in KEPT and text not in given:
            of_library = tokens[-1:] == ["."] and tokens[-2:-1] != ["self"]
            text = text if of_library or text == "self" else NAME
        tokens.append(text)
    return tokens


def prose(source: str) -> list[str]:
    """What a cell says in words: its comments and texts, each as one string."""
    found = (match for match in TOKEN.finditer(source) if match.lastgroup in ("comment", "string"))
    return [match[0] for match in found]


def snippets(text: str) -> list[str]:
    """The code in a text of Markdown."""
    found = re.findall(r"```\w*\n(.*?)```|<code>(.*?)</code>|`([^`\n]+)`", text, re.DOTALL)
    return [html.unescape("".join(groups)) for groups in found]


def words(text: str) -> list[str]:
    """The words and numbers of a text in lower case."""
    return re.findall(r"\w+(?:\.\d+)?", text.lower())


def _canonical(source):
    """The code as ast.unparse writes it; as it stands, where it cannot be parsed."""
    try:
        return ast.unparse(_Plain().visit(ast.parse(_without_magics(source))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source


def _without_magics(source):
    return re.sub(r"^[%!].*$", "", source, flags=re.MULTILINE)


class _Plain(ast.NodeTransformer):
    """Without docstrings and annotations, keyword arguments in order, `x += y` written out, `>` turned into `<`."""

    def visit_Expr(self, node):
        return None if isinstance(node.value, ast.Constant) else self.generic_visit(node)

    def visit_arg(self, node):
        return ast.arg(node.arg)

    def visit_AnnAssign(self, node):
        value = self.visit(node.value) if node.value else None
        return ast.Assign([node.target], value, lineno=0) if value else None

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        target = ast.parse(ast.unparse(node.target), mode="eval").body
        return ast.Assign([node.target], ast.BinOp(target, node.op, node.value), lineno=0)

    def visit_Call(self, node):
        self.generic_visit(node)
        node.keywords.sort(key=lambda keyword: keyword.arg or "")
        return node

    def visit_Compare(self, node):
        self.generic_visit(node)
        if len(node.ops) == 1 and isinstance(node.ops[0], ast.Gt | ast.GtE):
            turned = ast.Lt() if isinstance(node.ops[0], ast.Gt) else ast.LtE()
            return ast.Compare(node.comparators[0], [turned], [node.left])
        return node

    def visit_FunctionDef(self, node):
        node.returns = None
        return self.generic_visit(node)


class Reader:
    """Takes fingerprints, and leaves out what students were given and what is too short to tell anything.

    cells  the code cells of the assignment, whose imports and functions keep their names
    code   other code that students got
    texts  prose that students got
    """

    def __init__(self, cells: list[str], code: list[str], texts: list[str]):
        self.given = frozenset().union(*map(_bound, cells))
        code = cells + code
        self.code_base = self._runs((self._tokens(source) for source in code), CODE_RUN)
        spoken = [*texts, *(text for source in code for text in prose(source))]
        self.words_base = self._runs(map(words, spoken), WORDS_RUN)

    def code(self, source: str) -> set[int]:
        """Fingerprints of a cell; none where it is short."""
        tokens = self._tokens(source[:LONGEST])
        return _kept(tokens, CODE_RUN, CODE_WINDOW, SHORT_CODE, self.code_base)

    def words(self, text: str) -> set[int]:
        """Fingerprints of a text; none where it is short."""
        tokens = words(text[:LONGEST])
        return _kept(tokens, WORDS_RUN, WORDS_WINDOW, SHORT_WORDS, self.words_base)

    def _tokens(self, source):
        return code_tokens(source, self.given)

    def _runs(self, texts, length):
        return frozenset(run for tokens in texts for run in grams(tokens, length))


def _kept(tokens, length, window, short, base):
    runs = grams(tokens, length)
    given = {i for at, run in enumerate(runs) if run in base for i in range(at, at + length)}
    return winnow(runs, window) - base if len(tokens) - len(given) >= short else set()


def _bound(source):
    """Names that a cell imports, or defines as a function or class."""
    found = set()
    for node in ast.parse(_without_magics(source)).body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
    return found


def grams(tokens: list[str], length: int) -> list[int]:
    """A hash of each run of `length` tokens, in order; the same in every process."""
    runs = (" ".join(tokens[i : i + length]) for i in range(len(tokens) - length + 1))
    return [int.from_bytes(hashlib.blake2b(run.encode(), digest_size=8).digest()) for run in runs]


def winnow(hashes: list[int], window: int) -> set[int]:
    """The smallest hash of each window (section 3, definition 1 of the paper).

    Two texts that share a run of window + length - 1 tokens share a fingerprint; of a run shorter than `length` no
    fingerprint knows.
    """
    if len(hashes) <= window:
        return {min(hashes)} if hashes else set()
    return {min(hashes[i : i + window]) for i in range(len(hashes) - window + 1)}

"""Students who know nothing of each other, and ways to hide a copy. Nothing of it runs."""

import ast
import builtins
import random

from autograder.grading.answers import read_answers
from autograder.grading.course import Assignment, answer_id, grade_id

SYNONYMS = (
    "mask keep out result res y tmp value vals ret noise scale a b c m p q u v w z s t k total acc new buf draws "
    "factor ratio weights idx pos cur last nxt data arr ten output final helper_var my_mask the_result first second"
).split()
COMMENTS = (
    "# first the mask",
    "# as in the lecture",
    "# nothing to do in eval mode",
    "# shape stays the same",
    "# scale so that the mean is kept",
    "# TODO check the edge case",
    "# formula of the text",
    "# one draw per entry",
)
KEPT = set(dir(builtins)) | {"torch", "nn", "F", "np", "math", "self", "super"}
AS_FUNCTION = {"mean", "sum", "sqrt", "exp", "abs", "clamp", "sign", "var", "argmax", "log"}

WRONG, PARTIAL = 0.25, 0.2  # share of wrong answers, and of students who leave answers out


class Population:
    """Students of an assignment who know nothing of each other."""

    def __init__(self, assignment: Assignment, seed: int):
        self.rng = random.Random(f"{assignment.name} {seed}")
        solution = {grade_id(c): plain(c.source) for c in assignment.notebook.cells}
        self.right = {name: [solution[answer_id(name)]] for name in assignment.checks}
        self.wrong = {name: [] for name in assignment.checks}
        for answer in read_answers(assignment.course.answers):
            if answer.exercise in self.right:
                kind = self.right if answer.kind == "right" else self.wrong
                kind[answer.exercise].append(answer.source)
        self.favour = {
            name: [self.rng.expovariate(1) + 0.05 for _ in sources]
            for name, sources in self.right.items()
        }

    def student(self) -> dict[str, str]:
        """One student's answers: a known one each, in that student's own manner."""
        rng = self.rng
        manner, diligence = rng.uniform(0.1, 0.5), 1.0
        if rng.random() < PARTIAL:
            diligence = rng.uniform(0.1, 0.9)
        answers = {}
        for name, sources in self.right.items():
            source = rng.choices(sources, self.favour[name])[0]
            if rng.random() < WRONG:
                source = rng.choice(self.wrong[name])
            source = reordered(rewritten(renamed(source, rng), rng, manner), rng)
            if rng.random() < diligence:
                answers[name] = commented(source, rng)
        return answers

    def copier(self, original: dict[str, str], disguise, share: float) -> dict[str, str]:
        """Of the original's answers that share, disguised; the others of one's own."""
        copied = self.rng.sample(sorted(original), round(share * len(original)))
        copies = {name: disguise(original[name], self.rng) for name in copied}
        return self.student() | copies


def plain(source: str) -> str:
    """A solution as a student would hand it in, without nbgrader's marks."""
    return "\n".join(line for line in source.splitlines() if " SOLUTION" not in line)


def own_names(tree: ast.AST) -> list[str]:
    """Names that the code binds itself and is free to change: variables and arguments, not what it defines."""
    bound = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    bound |= {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    return sorted(bound - KEPT)


def renamed(source: str, rng: random.Random) -> str:
    """All variables and arguments under other names; layout, comments and quotes as ast.unparse leaves them."""
    tree = ast.parse(source)
    own = own_names(tree)
    fresh = rng.sample(SYNONYMS, min(len(own), len(SYNONYMS)))
    fresh += [f"{name}_{i}" for i, name in enumerate(own[len(fresh) :])]
    names = dict(zip(own, fresh, strict=True))
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = names.get(node.arg, node.arg)
    return ast.unparse(tree)


def reformatted(source: str) -> str:
    """Without comments and blank lines, in ast.unparse's layout."""
    return ast.unparse(ast.parse(source))


def commented(source: str, rng: random.Random) -> str:
    """With comments strewn in."""
    lines = []
    for line in source.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        if line.strip() and indent and rng.random() < 0.3:
            lines.append(indent + rng.choice(COMMENTS))
        lines.append(line)
    return "\n".join(lines) + "\n"


def reordered(source: str, rng: random.Random) -> str:
    """Neighbouring statements that do not read or write what the other writes change places."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for field in ("body", "orelse"):
            body = getattr(node, field, None)
            if not isinstance(body, list) or isinstance(node, ast.ClassDef | ast.Module):
                continue
            for i in range(len(body) - 1):
                if _free(body[i], body[i + 1]) and rng.random() < 0.8:
                    body[i], body[i + 1] = body[i + 1], body[i]
    return ast.unparse(tree)


def _free(one, other):
    if not all(isinstance(s, ast.Assign | ast.AugAssign) for s in (one, other)):
        return False
    return not (_writes(one) & _touches(other) or _writes(other) & _touches(one))


def _writes(node):
    stores = (ast.Store, ast.Del)
    return {
        root.id
        for n in ast.walk(node)
        if isinstance(n, ast.Name | ast.Attribute | ast.Subscript) and isinstance(n.ctx, stores)
        for root in ast.walk(n)
        if isinstance(root, ast.Name)
    }


def _touches(node):
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - KEPT


def rewritten(source: str, rng: random.Random, share: float) -> str:
    """Small equivalent rewrites, each place with probability `share`: operands, tests, calls, in-between variables."""
    tree = _Rewrite(rng, share).visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree))


class _Rewrite(ast.NodeTransformer):
    def __init__(self, rng, share):
        self.rng, self.share, self.count = rng, share, 0

    def happens(self):
        return self.rng.random() < self.share

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.op, ast.Mult | ast.Add) and self.happens():
            node.left, node.right = node.right, node.left
        elif isinstance(node.op, ast.Div) and self.happens():
            node = ast.BinOp(
                node.left, ast.Mult(), ast.BinOp(ast.Constant(1), ast.Div(), node.right)
            )
        elif isinstance(node.op, ast.Mult) and self.happens():
            node = _call(_of("torch", "mul"), [node.left, node.right])
        return node

    def visit_Compare(self, node):
        self.generic_visit(node)
        turn = {ast.Lt: ast.Gt, ast.Gt: ast.Lt, ast.LtE: ast.GtE, ast.GtE: ast.LtE}
        if len(node.ops) == 1 and type(node.ops[0]) in turn and self.happens():
            return ast.Compare(node.comparators[0], [turn[type(node.ops[0])]()], [node.left])
        return node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if isinstance(node.target, ast.Name) and self.happens():
            left = ast.Name(node.target.id, ast.Load())
            return ast.Assign([node.target], ast.BinOp(left, node.op, node.value))
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        func = node.func
        if not isinstance(func, ast.Attribute) or not self.happens():
            return node
        of_torch = isinstance(func.value, ast.Name) and func.value.id == "torch"
        if func.attr in AS_FUNCTION and of_torch and node.args:
            return ast.Call(
                ast.Attribute(node.args[0], func.attr, ast.Load()), node.args[1:], node.keywords
            )
        if func.attr in AS_FUNCTION and not of_torch:
            return ast.Call(_of("torch", func.attr), [func.value, *node.args], node.keywords)
        if func.attr == "rand_like" and of_torch and node.args:
            shape = ast.Attribute(node.args[0], "shape", ast.Load())
            return _call(_of("torch", "rand"), [shape])
        return node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if node.attr == "shape" and isinstance(node.ctx, ast.Load) and self.happens():
            return _call(ast.Attribute(node.value, "size", ast.Load()), [])
        return node

    def visit_If(self, node):
        self.generic_visit(node)
        if not node.orelse or isinstance(node.orelse[0], ast.If) or not self.happens():
            return node
        negated = isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not)
        test = node.test.operand if negated else ast.UnaryOp(ast.Not(), node.test)
        return ast.If(test, node.orelse, node.body)

    def visit_Return(self, node):
        self.generic_visit(node)
        if node.value is None or isinstance(node.value, ast.Name) or not self.happens():
            return node
        return self._through_variable(node.value, ast.Return)

    def visit_Assign(self, node):
        self.generic_visit(node)
        value = node.value
        if (
            not isinstance(value, ast.BinOp)
            or not isinstance(value.left, ast.Call | ast.BinOp)
            or not self.happens()
        ):
            return node
        self.count += 1
        name = f"part_{self.count}"
        first = ast.Assign([ast.Name(name, ast.Store())], value.left)
        value.left = ast.Name(name, ast.Load())
        return [first, node]

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.body = self._early_return(node.body)
        return node

    def _early_return(self, body):
        """`if test: return a` and what follows it become if and else, or the test is turned."""
        for i, statement in enumerate(body[:-1]):
            ends = isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Return)
            if ends and not statement.orelse and self.happens():
                return [*body[:i], ast.If(statement.test, statement.body, body[i + 1 :])]
        return body

    def _through_variable(self, value, kind):
        self.count += 1
        name = f"value_{self.count}"
        return [ast.Assign([ast.Name(name, ast.Store())], value), kind(ast.Name(name, ast.Load()))]


def _of(module, name):
    return ast.Attribute(ast.Name(module, ast.Load()), name, ast.Load())


def _call(function, arguments):
    return ast.Call(function, arguments, [])

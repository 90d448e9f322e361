"""Mutants: every answer that one small change makes of a right one."""

import ast
import copy
from collections.abc import Iterator

COMPARED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
COMPUTED = (ast.Add, ast.Sub, ast.Mult, ast.Div)
EXCHANGED = {
    "cos": "sin",
    "min": "max",
    "max": "min",
    "zeros_like": "ones_like",
    "rand_like": "randn_like",
}


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Name and source of each mutant; the name is the changed line before and after."""
    tree = ast.parse(source)
    before = ast.unparse(tree)
    seen = {before}
    for index in range(len(list(ast.walk(tree)))):
        for change in CHANGES:
            for number in range(20):
                mutant = copy.deepcopy(tree)
                nodes = list(ast.walk(mutant))
                if not change(nodes[index], number, nodes):
                    break
                try:
                    after = ast.unparse(ast.fix_missing_locations(mutant))
                    compile(after, "mutant", "exec")
                except (SyntaxError, ValueError):
                    continue
                if after not in seen:
                    seen.add(after)
                    yield _difference(before, after), after


def _difference(before, after):
    old, new = before.splitlines(), after.splitlines()
    start = next(i for i, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
    return f"{old[start].strip()} -> {new[start].strip()}"


def _compared(node, number, nodes):
    if not isinstance(node, ast.Compare):
        return False
    options = [op for op in COMPARED if not isinstance(node.ops[0], op)]
    if isinstance(node.ops[0], ast.Eq):
        options = [ast.NotEq]
    if number >= len(options):
        return False
    node.ops[0] = options[number]()
    return True


def _computed(node, number, nodes):
    if not isinstance(node, ast.BinOp) or number >= len(COMPUTED) + 2:
        return False
    if number < len(COMPUTED):
        node.op = COMPUTED[number]()
    else:
        kept = copy.copy(node.left if number == len(COMPUTED) else node.right)
        _replace(nodes, node, kept)
    return True


def _constant(node, number, nodes):
    is_number = isinstance(node, ast.Constant) and type(node.value) in (int, float)
    if not is_number or number >= 4 or _is_default(node, nodes):
        return False
    node.value = (node.value + 1, node.value - 1, -node.value, node.value * 1.01 + 0.01)[number]
    return True


def _is_default(node, nodes):
    return any(isinstance(n, ast.arguments) and node in n.defaults for n in nodes)


def _name(node, number, nodes):
    """A variable in place of another of the same function, an attribute of self in place of another."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id != "self":
        function = _function_of(node, nodes)
        if function is None:
            return False
        inside = list(ast.walk(function))
        local = [n.arg for n in inside if isinstance(n, ast.arg)]
        local += [n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
        if node.id not in local:
            return False
        others = sorted({*local} - {node.id, "self"})
        if number >= len(others):
            return False
        node.id = others[number]
        return True
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and _of_self(node):
        others = sorted({n.attr for n in nodes if _of_self(n)} - {node.attr})
        if number >= len(others):
            return False
        node.attr = others[number]
        return True
    return False


def _of_self(node):
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def _function_of(node, nodes):
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef)]
    return next((f for f in functions if any(n is node for n in ast.walk(f))), None)


def _condition(node, number, nodes):
    if not isinstance(node, ast.If | ast.IfExp) or number >= 3:
        return False
    tests = (
        ast.Constant(True),
        ast.Constant(False),
        ast.UnaryOp(ast.Not(), node.test),
    )
    node.test = tests[number]
    return True


def _dropped(node, number, nodes):
    """A statement left out, but for docstrings."""
    body = getattr(node, "body", None)
    if not isinstance(body, list) or isinstance(node, ast.Module):
        return False
    start = int(isinstance(node, ast.FunctionDef | ast.ClassDef) and bool(ast.get_docstring(node)))
    if start + number >= len(body):
        return False
    body[start + number] = ast.Pass()
    return True


def _unwrapped(node, number, nodes):
    """A call left out: of a method its object remains, of a function its arguments, one by one."""
    if isinstance(node, ast.UnaryOp) and number == 0:
        _replace(nodes, node, copy.copy(node.operand))
        return True
    if not isinstance(node, ast.Call):
        return False
    options = [*node.args]
    if isinstance(node.func, ast.Attribute):
        options.append(node.func.value)
    if number >= len(options):
        return False
    _replace(nodes, node, copy.copy(options[number]))
    return True


def _exchanged(node, number, nodes):
    if number:
        return False
    if isinstance(node, ast.Attribute) and node.attr in EXCHANGED:
        node.attr = EXCHANGED[node.attr]
        return True
    if isinstance(node, ast.Name) and node.id in EXCHANGED:
        node.id = EXCHANGED[node.id]
        return True
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Load):
        node.elts.reverse()
        return True
    return False


def _replace(nodes, old, new):
    for node in nodes:
        for field, value in ast.iter_fields(node):
            if value is old:
                setattr(node, field, new)
            elif isinstance(value, list):
                value[:] = [new if item is old else item for item in value]


CHANGES = (
    _compared,
    _computed,
    _constant,
    _name,
    _condition,
    _dropped,
    _unwrapped,
    _exchanged,
)

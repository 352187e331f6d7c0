"""Small faults put into a Python source on purpose: what a campaign of mutants is made of.

A mutation point is one place and one change; `points` lists all of a source in order, `mutate` carries one out. Points
are chosen where a fault would be a fault: docstrings, annotations, texts and module-level constants are left alone, and
so is the comparison of a smaller, a larger or an absolute value, which at equality gives the same both ways.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}


class Point(NamedTuple):
    """One possible fault: the number of the node in the order of `ast.walk`, its line, and what changes."""

    node: int
    line: int
    change: str


def points(source: str) -> list[Point]:
    """Every mutation point of a source, by line."""
    tree = ast.parse(source)
    numbers = {id(node): number for number, node in enumerate(ast.walk(tree))}
    same = {id(comparison) for node in ast.walk(tree) for comparison in _same_at_equality(node)}
    found = [
        Point(numbers[id(node)], getattr(node, "lineno", 0), change)
        for node in _code(tree)
        for change in _changes(node)
        if not (change == "comparison" and id(node) in same)
    ]
    return sorted(found, key=lambda point: (point.line, point.node, point.change))


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """Nodes inside functions, without annotations, docstrings and texts that are put together for people."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for statement in node.body:
                yield from _inside(statement)


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.JoinedStr | ast.Raise):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name == "annotation":
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _inside(child)


def _changes(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in COMPARISONS:
        yield "comparison"
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        if type(node.op) in ARITHMETIC and not _is_text(node):
            yield "arithmetic"
    elif isinstance(node, ast.BoolOp):
        yield "and_or"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield "unary"
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool | int):
        yield "constant"
    elif isinstance(node, ast.If | ast.While):
        yield "condition"
    elif _is_removable(node):
        yield "statement"


def _same_at_equality(node: ast.AST) -> Iterator[ast.Compare]:
    """Comparisons of two values of which either is as good at equality, so no fault is possible there.

    They are `a if a < b else b`, `a if a > 0 else -a`, and `if a > b: b = a`, in any order.
    """
    if isinstance(node, ast.IfExp):
        same, condition = {ast.unparse(node.body), ast.unparse(node.orelse)}, node.test
    elif isinstance(node, ast.If) and not node.orelse and len(node.body) == 1 and isinstance(node.body[0], ast.Assign):
        assigned = node.body[0]
        same, condition = {ast.unparse(part) for part in (*assigned.targets, assigned.value)}, node.test
    else:
        return
    every = condition.values if isinstance(condition, ast.BoolOp) and isinstance(condition.op, ast.And) else [condition]
    for test in every:
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            left, right = ast.unparse(test.left), ast.unparse(test.comparators[0])
            if same == {left, right} or (right == "0" and same == {left, f"-{left}"}):
                yield test


def _is_removable(node: ast.AST) -> bool:
    """A call for its effect, or an attribute that is set."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute)


def _is_text(node: ast.BinOp | ast.AugAssign) -> bool:
    """Whether a plus joins texts."""
    return any(
        isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str))
        for part in ast.walk(node)
    )


def mutate(source: str, point: Point) -> str:
    """The source with one fault in it."""
    tree = ast.parse(source)
    node = next(node for number, node in enumerate(ast.walk(tree)) if number == point.node)
    replacement = _faulty(node, point.change)
    if replacement is not node:
        _Replace(node, replacement).visit(tree)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _faulty(node: ast.AST, change: str) -> ast.AST:
    """The node changed in place, or what stands in its stead."""
    if change == "comparison" and isinstance(node, ast.Compare):
        node.ops = [COMPARISONS[type(node.ops[0])]()]
    elif change == "arithmetic" and isinstance(node, ast.BinOp | ast.AugAssign):
        node.op = ARITHMETIC[type(node.op)]()
    elif change == "and_or" and isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif change == "unary" and isinstance(node, ast.UnaryOp):
        return node.operand
    elif change == "constant" and isinstance(node, ast.Constant):
        node.value = not node.value if isinstance(node.value, bool) else int(str(node.value)) + 1
    elif change == "condition" and isinstance(node, ast.If | ast.While):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif change == "statement":
        return ast.Pass()
    return node


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old = old
        self.new = new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def describe(source: str, point: Point) -> str:
    """The line as it was, for the list of survivors."""
    return source.splitlines()[point.line - 1].strip()

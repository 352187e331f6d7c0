"""Find what would make a pure room's answer depend on anything but its inputs.

    python tools/determinism.py [ROOT]

Prints `file:line: what: remedy` per finding and exits 1 when there is one. It reads syntax trees only, so it
knows what a name was called, not what it holds: sets are recognised where a literal, `set(...)`,
`frozenset(...)`, a set operation on one, or an annotation shows them in the same file.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import NamedTuple

PACKAGE = "src/cross_market_connect"

# Pure files, relative to the package; `*` crosses folders.
PURE = (
    "domain/*",
    "reference/*",
    "wire/*",
    "market/*",
    "trading/*",
    "matching/*",
    "journal/*",
    "venues/*",
    "engine/core*",
    "engine/step*",
)
# Files of those that do input and output by design.
NOT_PURE = (
    "venues/*/process.py",
    "journal/file_*",
    "journal/sync_thread.py",
    "journal/writer.py",
    "journal/capture.py",
    "journal/snapshot.py",
)
# Rules that a pattern of files may break, and why.
ALLOWED = {
    # A table is read once, when it is loaded; its content and hash are an input that the log records.
    "reference/*": frozenset({"file", "time zones"}),
}

MODULES = {
    "time": ("clock", "take now_ns or utc_ns as an argument"),
    "random": ("random source", "take a recorded seed as an argument and count from it"),
    "secrets": ("random source", "take the bytes as an argument, so that the log can record them"),
    "uuid": ("random source", "number from a counter"),
    "threading": ("thread", "leave threads to the engine's shell or a side process"),
    "multiprocessing": ("process", "leave processes to the shells"),
    "concurrent": ("thread", "leave threads to the engine's shell or a side process"),
    "subprocess": ("process", "leave processes to the shells"),
    "asyncio": ("event loop", "be sans-I/O: receive(), next_timer_ns(), handle_timer(), data_to_send()"),
    "socket": ("socket", "be sans-I/O: bytes come in and go out as arguments and results"),
    "select": ("socket", "be sans-I/O: the engine waits"),
    "selectors": ("socket", "be sans-I/O: the engine waits"),
    "signal": ("signal", "leave signals to the engine's shell"),
    "gc": ("memory manager", "hold the references that you need"),
    "weakref": ("memory manager", "end lifetimes explicitly, not when the collector runs"),
    "logging": ("log output", "return an event; the shell writes it down"),
    "locale": ("environment", "format without the process's locale"),
    "platform": ("environment", "take it as an argument"),
    "zoneinfo": ("time zones", "use the session tables of reference, which are recorded by hash"),
}
# math.sqrt is absent on purpose: IEEE 754 rounds it correctly everywhere.
LIBM = frozenset(
    {"sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh"}
    | {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "cbrt", "hypot", "dist"}
    | {"gamma", "lgamma", "erf", "erfc"}
)
SET_TYPES = frozenset({"set", "frozenset", "Set", "FrozenSet", "AbstractSet", "MutableSet"})
# Attributes of modules that are harmless otherwise.
ATTRIBUTES = {
    "os": (
        frozenset({"environ", "getenv", "urandom", "getpid", "getcwd", "listdir", "scandir", "stat", "times", "open"}),
        "environment",
        "take the value as an argument",
    ),
    "math": (
        LIBM,
        "libm function",
        "its last digit differs between machines: use integers, a table, or + - * / sqrt",
    ),
    "datetime": (frozenset({"now", "utcnow", "today"}), "clock", "take utc_ns as an argument"),
    "date": (frozenset({"today"}), "clock", "take utc_ns as an argument"),
    "sys": (
        frozenset({"argv", "stdin", "stdout", "stderr", "getrefcount", "getsizeof"}),
        "environment",
        "take the value as an argument",
    ),
}
CALLS = {
    "open": ("file", "leave files to the shells: take the content as an argument"),
    "input": ("terminal", "take the value as an argument"),
    "print": ("terminal", "return an event; the shell shows it"),
    "id": ("address", "number from a counter: addresses differ from run to run"),
    "hash": ("hash()", "differs from run to run for text: use zlib.crc32 or hashlib over bytes"),
}
FILE_METHODS = frozenset({"read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "rglob"})
# What walks over its argument in its order. sorted(), len(), min(), max(), any(), all() do not show the order.
ORDER_SHOWING_CALLS = frozenset({"list", "tuple", "enumerate", "iter", "next", "zip", "map", "filter", "sum", "dict"})
SET_METHODS = frozenset({"union", "intersection", "difference", "symmetric_difference"})
SET_ORDER = ("order of a set", "differs from run to run: iterate sorted(...), or keep a dict or list")


class Finding(NamedTuple):
    """One breach: line (from 1), the rule's name, the words found, what to do instead."""

    line: int
    rule: str
    found: str
    remedy: str


class Inspector(ast.NodeVisitor):
    """Collects the findings of one file."""

    def __init__(self, tree: ast.Module) -> None:
        self.findings: list[Finding] = []
        self.aliases: dict[str, str] = {}  # local name -> module or class that it stands for
        self.sets = frozenset(names_of_sets(tree))
        self.visit(tree)

    def report(self, node: ast.AST, rule: str, found: str, remedy: str) -> None:
        self.findings.append(Finding(getattr(node, "lineno", 0), rule, found, remedy))

    def visit_Import(self, node: ast.Import) -> None:
        for name in node.names:
            top = name.name.split(".")[0]
            self.aliases[name.asname or top] = top
            if top in MODULES:
                self.report(node, MODULES[top][0], f"import {name.name}", MODULES[top][1])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        top = (node.module or "").split(".")[0]
        if node.level:
            return
        if top in MODULES:
            self.report(node, MODULES[top][0], f"from {node.module} import ...", MODULES[top][1])
        for name in node.names:
            self.aliases[name.asname or name.name] = name.name
            banned = ATTRIBUTES.get(top)
            if banned and name.name in banned[0]:
                self.report(node, banned[1], f"from {top} import {name.name}", banned[2])

    def visit_Attribute(self, node: ast.Attribute) -> None:
        owner = node.value
        name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
        banned = ATTRIBUTES.get(self.aliases.get(name, name if isinstance(owner, ast.Attribute) else ""))
        if banned and node.attr in banned[0]:
            self.report(node, banned[1], f"{name}.{node.attr}", banned[2])
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = node.func
        if isinstance(function, ast.Name):
            if function.id in CALLS and function.id not in self.aliases:
                rule, remedy = CALLS[function.id]
                self.report(node, rule, f"{function.id}(...)", remedy)
            if function.id in ORDER_SHOWING_CALLS:
                self.check_walk(*node.args)
        elif isinstance(function, ast.Attribute):
            self.check_method(node, function)
        self.generic_visit(node)

    def check_method(self, node: ast.Call, function: ast.Attribute) -> None:
        if function.attr in FILE_METHODS:
            self.report(node, "file", f".{function.attr}(...)", CALLS["open"][1])
        elif function.attr in ("join", "extend", "fromkeys"):
            self.check_walk(*node.args)
        elif function.attr == "pop" and not node.args and self.is_set(function.value):
            self.report(node, SET_ORDER[0], ast.unparse(node), SET_ORDER[1])
        elif function.attr == "astimezone" and not node.args and not node.keywords:
            self.report(node, "environment", ".astimezone()", "name the zone: without one it is the machine's")
        elif function.attr == "fromtimestamp" and len(node.args) + len(node.keywords) < 2:
            self.report(node, "environment", ".fromtimestamp(...)", "pass a time zone: without one it is the machine's")

    def visit_For(self, node: ast.For) -> None:
        self.check_walk(node.iter)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self.check_walk(node.iter)
        self.generic_visit(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        self.check_walk(node.value)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if any(isinstance(target, ast.Tuple) for target in node.targets):
            self.check_walk(node.value)
        self.generic_visit(node)

    def check_walk(self, *walked: ast.expr) -> None:
        for value in walked:
            if self.is_set(value):
                self.report(value, SET_ORDER[0], ast.unparse(value), SET_ORDER[1])

    def is_set(self, node: ast.expr) -> bool:
        if is_set_display(node):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SET_METHODS:
            return self.is_set(node.func.value)
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitOr, ast.BitAnd, ast.Sub, ast.BitXor)):
            return self.is_set(node.left) or self.is_set(node.right)
        return isinstance(node, (ast.Name, ast.Attribute)) and ast.unparse(node) in self.sets


def is_set_display(node: ast.expr | None) -> bool:
    """Whether an expression is a set at sight."""
    if isinstance(node, (ast.Set, ast.SetComp)):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("set", "frozenset")


def names_of_sets(tree: ast.Module) -> Iterator[str]:
    """Names, as written (`seen`, `self.seen`), that this file annotates or assigns as sets."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.AnnAssign, ast.arg)):
            kind = ast.unparse(node.annotation) if node.annotation else ""
            kind = kind.removeprefix("Final[").removeprefix("ClassVar[")
            if kind.split("[")[0].split(".")[-1] in SET_TYPES:
                name = node.arg if isinstance(node, ast.arg) else ast.unparse(node.target)
                yield name
                yield f"self.{name}"  # an annotation in a class body declares the attribute
            elif isinstance(node, ast.AnnAssign) and is_set_display(node.value):
                yield ast.unparse(node.target)
        elif isinstance(node, ast.Assign) and is_set_display(node.value):
            yield from (ast.unparse(target) for target in node.targets)


def inspect(source: str) -> list[Finding]:
    """All findings in one file's text, in order of lines."""
    return sorted(set(Inspector(ast.parse(source)).findings))


def is_pure(path: str) -> bool:
    """Whether a file, named relative to the package, must be pure."""
    return any(fnmatch(path, pattern) for pattern in PURE) and not any(fnmatch(path, pattern) for pattern in NOT_PURE)


def allowed_rules(path: str) -> frozenset[str]:
    """The rules that a file may break."""
    return frozenset().union(*(rules for pattern, rules in ALLOWED.items() if fnmatch(path, pattern)))


def main(arguments: Sequence[str]) -> int:
    package = Path(arguments[0] if arguments else ".", PACKAGE)
    count = files = 0
    for path in sorted(package.rglob("*.py")):
        relative = PurePosixPath(path.relative_to(package)).as_posix()
        if not is_pure(relative):
            continue
        files += 1
        for finding in inspect(path.read_text(encoding="utf-8")):
            if finding.rule not in allowed_rules(relative):
                count += 1
                print(f"{path}:{finding.line}: {finding.rule}: {finding.found}: {finding.remedy}")
    print(f"determinism: pure files: {files}, findings: {count}", file=sys.stderr)
    return 1 if count or not files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Each banned thing is found in a small bad sample, and its harmless neighbour is not."""

from pathlib import Path

import pytest

from tools import determinism

BAD = [
    ("import time", "clock"),
    ("import time as t", "clock"),
    ("from time import monotonic_ns", "clock"),
    ("import random", "random source"),
    ("import uuid", "random source"),
    ("import secrets", "random source"),
    ("import threading", "thread"),
    ("from concurrent.futures import ThreadPoolExecutor", "thread"),
    ("import socket", "socket"),
    ("import asyncio", "event loop"),
    ("import zoneinfo", "time zones"),
    ("import datetime\nx = datetime.datetime.now()", "clock"),
    ("from datetime import datetime\nx = datetime.now()", "clock"),
    ("from datetime import datetime as d\nx = d.utcnow()", "clock"),
    ("from datetime import date\nx = date.today()", "clock"),
    ("def f(moment):\n    return moment.astimezone()", "environment"),
    ("from datetime import datetime\nx = datetime.fromtimestamp(0)", "environment"),
    ("import os\nx = os.environ['A']", "environment"),
    ("import os as system\nx = system.getenv('A')", "environment"),
    ("from os import environ", "environment"),
    ("import math\nx = math.exp(1.0)", "libm function"),
    ("from math import log", "libm function"),
    ("x = open('file')", "file"),
    ("def f(path):\n    return path.read_text()", "file"),
    ("print('x')", "terminal"),
    ("x = id(object())", "address"),
    ("x = hash('text')", "hash()"),
    ("for x in {1, 2}:\n    pass", "order of a set"),
    ("for x in set([1, 2]):\n    pass", "order of a set"),
    ("x = [y for y in frozenset('ab')]", "order of a set"),
    ("x = list({1, 2})", "order of a set"),
    ("x = ','.join({'a', 'b'})", "order of a set"),
    ("x = [*{1, 2}]", "order of a set"),
    ("a, b = {1, 2}", "order of a set"),
    ("seen = set()\nfor x in seen:\n    pass", "order of a set"),
    ("seen = {1}\nfor x in seen | {2}:\n    pass", "order of a set"),
    ("seen = {1}\nfor x in seen.union([2]):\n    pass", "order of a set"),
    ("seen = {1}\nx = seen.pop()", "order of a set"),
    ("def f(seen: set[int]):\n    for x in seen:\n        pass", "order of a set"),
    ("def f(seen: frozenset[int]):\n    return tuple(seen)", "order of a set"),
    ("class A:\n    seen: set[int]\n    def f(self):\n        return list(self.seen)", "order of a set"),
    (
        "class A:\n    def f(self):\n        self.s: set[int] = set()\n        return [x for x in self.s]",
        "order of a set",
    ),
]
GOOD = [
    "import math\nx = math.sqrt(2.0) + math.floor(1.5) + math.isqrt(4)",
    "from datetime import datetime, timedelta, date\nx = date(2026, 1, 2) + timedelta(days=1)",
    "x = sorted({3, 1, 2})",
    "x = len({1, 2}) + max({1, 2})",
    "x = 1 in {1, 2}",
    "for x in sorted(set([2, 1])):\n    pass",
    "x = {1: 2}\nfor y in x:\n    pass",
    "items = [1]\nx = items.pop()",
    "class A:\n    def f(self, book):\n        return book.id + book.time + book.now",
    "def f(now_ns: int, seen: set[int]) -> bool:\n    return now_ns in seen",
    "import os\nx = os.path.join('a', 'b')",
    "class Order:\n    def open(self) -> bool:\n        return True\n\nx = Order().open()",
    "from cross_market_connect.domain.numbers import checked_multiply",
]


@pytest.mark.parametrize(("source", "rule"), BAD, ids=[source.replace("\n", "; ") for source, _ in BAD])
def test_a_bad_sample_is_found_once(source: str, rule: str) -> None:
    assert [finding.rule for finding in determinism.inspect(source)] == [rule]


@pytest.mark.parametrize("source", GOOD, ids=[source.replace("\n", "; ") for source in GOOD])
def test_a_harmless_sample_is_not(source: str) -> None:
    assert determinism.inspect(source) == []


def test_findings_name_file_line_and_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    room = tmp_path / "src" / "cross_market_connect" / "trading"
    room.mkdir(parents=True)
    (room / "clock.py").write_text('"""Text."""\n\nimport time\n')
    assert determinism.main([str(tmp_path)]) == 1
    line = capsys.readouterr().out.strip()
    assert line == f"{room / 'clock.py'}:3: clock: import time: take now_ns or utc_ns as an argument"
    (room / "clock.py").write_text('"""Text."""\n')
    assert determinism.main([str(tmp_path)]) == 0


def test_checking_nothing_is_a_failure(tmp_path: Path) -> None:
    assert determinism.main([str(tmp_path)]) == 1


@pytest.mark.parametrize(
    ("path", "pure"),
    [
        ("domain/numbers.py", True),
        ("wire/fix/decoder.py", True),
        ("venues/cffex/gateway.py", True),
        ("venues/cffex/process.py", False),
        ("journal/layout.py", True),
        ("journal/file_store.py", False),
        ("console/api.py", False),
        ("cli.py", False),
    ],
)
def test_which_files_are_pure(path: str, pure: bool) -> None:
    assert determinism.is_pure(path) is pure


def test_only_reference_may_read_files() -> None:
    assert "file" in determinism.allowed_rules("reference/tables.py")
    assert determinism.allowed_rules("trading/machine.py") == frozenset()

"""Statements as mypyc 2.4.1 writes them, and what a C compiler with a 32-bit int makes of them."""

from pathlib import Path

import pytest

from tools import generated_c
from tools.generated_c import Finding

WRONG = [
    "cpy_r_r0 = 1 << cpy_r_n;",
    "cpy_r_r0 = 100000000 << cpy_r_n;",
    "cpy_r_r0 = 1 << 31;",
    "cpy_r_r0 = 1 << 40;",
    "cpy_r_r0 = 100000 * 100000;",
    "cpy_r_r0 = 2000000000 + 2000000000;",
    "cpy_r_r0 = -2000000000 - 2000000000;",
]
RIGHT = [
    "cpy_r_r0 = 5000000000LL << cpy_r_n;",
    "cpy_r_r0 = cpy_r_x << cpy_r_n;",
    "cpy_r_r0 = cpy_r_x << 40;",
    "cpy_r_r0 = 100000 * cpy_r_x;",
    "cpy_r_r0 = 1 << 30;",
    "cpy_r_r0 = 100000 * 5000000000LL;",
    "cpy_r_r176 = 3 * 8;",
    "cpy_r_r0 = -1;",
]


@pytest.mark.parametrize("statement", WRONG)
def test_a_narrow_result_is_found(statement: str) -> None:
    assert list(generated_c.inspect(f"int f;\n    {statement}\n")) == [Finding(2, statement)]


@pytest.mark.parametrize("statement", RIGHT)
def test_a_wide_one_is_not(statement: str) -> None:
    assert list(generated_c.inspect(statement)) == []


def test_only_files_of_this_build_are_read(tmp_path: Path) -> None:
    directory = tmp_path / "abi" / "c"
    (directory / "package" / "room").mkdir(parents=True)
    new = directory / "__native_package___room___new.c"
    for path in (new, directory / "__native_package___room___old.c", directory / "package" / "room" / "__native_new.c"):
        path.touch()
    assert generated_c.c_files(tmp_path, ["package.room.new"]) == [new]

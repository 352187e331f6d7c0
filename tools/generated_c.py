"""Find arithmetic that mypyc wrote into C with 32 bits where the source means 64.

    python tools/generated_c.py [ROOT]

mypyc writes a constant below 2**31 as a C `int`. A shift has its left operand's width, and two constants meet in the
width of the wider: `constant << n` and `100_000 * 100_000` lose their upper bits without a complaint, and a local
variable does not help, because mypyc puts the constant in its place. It reads what the last build of this checkout
generated, prints `file:line: statement: remedy` per finding, and exits 1 when there is one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from cross_market_connect import _build

GENERATED = ".build/compile"
# An assignment of mypyc's: a constant, the operator, and a constant or a variable.
STATEMENT = re.compile(r"= (?P<left>-?\d+) (?P<operator><<|\*|\+|-) (?P<right>-?\w+);")
SMALLEST, LARGEST = -(2**31), 2**31 - 1
REMEDY = "start from a parameter, an attribute or a table, or write the result as one constant"


class Finding(NamedTuple):
    """One statement whose result does not fit the C type it is computed in; `line` counts from 1."""

    line: int
    statement: str


def fits(left: int, operator: str, right: str) -> bool:
    """Whether a statement that begins with a narrow constant is computed right."""
    if not re.fullmatch(r"-?\d+", right):
        return operator != "<<"  # a 64-bit variable widens sums and products, never the left side of a shift
    if operator == "<<":
        return int(right) < 32 and SMALLEST <= left << int(right) <= LARGEST
    number = int(right)
    result = {"*": left * number, "+": left + number, "-": left - number}[operator]
    return SMALLEST <= result <= LARGEST


def inspect(text: str) -> Iterator[Finding]:
    """The findings in the text of one C file."""
    for number, line in enumerate(text.splitlines(), 1):
        found = STATEMENT.search(line)
        if found and not fits(int(found["left"]), found["operator"], found["right"]):
            yield Finding(number, line.strip())


def c_files(generated: Path, modules: Sequence[str]) -> list[Path]:
    """The C files of these modules; files that older builds left are not among them."""
    wanted = {f"__native_{'___'.join(module.split('.'))}.c" for module in modules}
    return sorted(path for path in generated.glob("*/c/*.c") if path.name in wanted)


def main(arguments: Sequence[str]) -> int:
    root = Path(arguments[0] if arguments else ".")
    modules = sorted(_build.build_report().compiled)
    files = c_files(root / GENERATED, modules)
    findings = [(path, finding) for path in files for finding in inspect(path.read_text(encoding="utf-8"))]
    for path, finding in findings:
        print(f"{path}:{finding.line}: {finding.statement} {REMEDY}")
    print(f"generated C: files: {len(files)}, modules: {len(modules)}, findings: {len(findings)}", file=sys.stderr)
    return 1 if findings or len(files) < len(modules) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

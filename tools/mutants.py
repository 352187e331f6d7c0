"""Whether tests and simulation see a fault in trading/: `make campaign NAME=mutants` runs this in parts.

    python tools/mutants.py sound 0          # no fault at all: every stage has to pass, or no kill says anything
    python tools/mutants.py named PART       # the ten bugs that desks have met, each to be found by the simulation
    python tools/mutants.py generated PART   # small faults all over trading/, each to be found by tests or simulation

Each mutant is a copy of the sources with one fault. It is killed by the first stage that fails or hangs. The last line
printed is a JSON object that names every mutant of the part and what killed it.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools.mutation import Point, describe, mutate, points
from tools.named_bugs import NAMED_BUGS, NamedBug

ROOT = Path(__file__).resolve().parent.parent
PYTHON = str(ROOT / ".venv" / "bin" / "python")
TRADING = Path("cross_market_connect") / "trading"
GENERATED = 320
PER_PART = 8
GENERATED_PARTS = GENERATED // PER_PART
MEMORY_BYTES_MAX = 3 << 30
SIMULATED_SEEDS = "1:12"
# Few worlds ask the question that one of the bugs gets wrong: what the first seeds miss the others have to find.
NAMED_SEEDS = ("1:40", "41:120")
SOUND = "sound"


class Mutant(NamedTuple):
    """One file with one fault. `text` is the line as it was."""

    name: str
    file: Path
    line: int
    change: str
    text: str
    source: str


class Stage(NamedTuple):
    """One attempt at killing: a command that fails when it notices."""

    name: str
    command: list[str]
    timeout_s: int


@cache
def every_point(root: Path) -> list[tuple[Path, str, Point]]:
    """File, source and place of every possible fault in trading/."""
    found: list[tuple[Path, str, Point]] = []
    for path in sorted((root / "src" / TRADING).glob("*.py")):
        source = path.read_text(encoding="utf-8")
        found += [(TRADING / path.name, source, point) for point in points(source)]
    return found


@cache
def drawn(root: Path) -> list[tuple[Path, str, Point]]:
    """The points that are tried: those whose names have the smallest hashes, in the order of the sources.

    So every point of trading/ is as likely as any other, and an edit elsewhere leaves the others drawn.
    """
    seen: dict[str, int] = {}
    ranked: list[tuple[bytes, int]] = []
    every = every_point(root)
    for number, (file, source, point) in enumerate(every):
        name = f"{file.name} {point.change} {describe(source, point)}"
        seen[name] = seen.get(name, 0) + 1
        ranked.append((sha256(f"{name} {seen[name]}".encode()).digest(), number))
    return [every[number] for number in sorted(number for _, number in sorted(ranked)[:GENERATED])]


def generated(root: Path, part: int) -> list[Mutant]:
    """The mutants of one part."""
    chosen = drawn(root)[part * PER_PART : (part + 1) * PER_PART]
    return [
        Mutant(
            f"{file.name}:{point.line}:{point.change}",
            file,
            point.line,
            point.change,
            describe(source, point),
            mutate(source, point),
        )
        for file, source, point in chosen
    ]


def named(root: Path, bug: NamedBug) -> Mutant:
    """A bug as desks have met it. Raises ValueError when the code it changes is no longer there."""
    path = root / "src" / "cross_market_connect" / bug.file
    source = path.read_text(encoding="utf-8")
    faulty = source
    for before, after in bug.edits:
        if faulty.count(before) != 1:
            raise ValueError(f"{bug.name}: {bug.file} has {faulty.count(before)} times: {before!r}; expected it once")
        faulty = faulty.replace(before, after)
    return Mutant(bug.name, Path("cross_market_connect") / bug.file, 0, "named", bug.meaning, faulty)


def sound(root: Path) -> Mutant:
    """No fault: what has to survive every stage."""
    file = TRADING / "machine.py"
    return Mutant(SOUND, file, 0, "none", "", (root / "src" / file).read_text(encoding="utf-8"))


def stages(mutant: Mutant) -> Iterator[Stage]:
    """From the quickest to the widest; a named bug has to be seen by the simulation alone."""
    simulate = [PYTHON, "-m", "cross_market_connect.cli", "simulate", "--faults", "heavy", "--json", "--seeds"]
    if mutant.change == "named":
        for seeds in NAMED_SEEDS:
            yield Stage(f"simulation {seeds}", [*simulate, seeds], 1_800)
        return
    pytest = [PYTHON, "-m", "pytest", "-x", "-q"]
    own = Path("tests") / "unit" / "trading" / f"test_{mutant.file.name}"
    if (ROOT / own).is_file():
        yield Stage("its unit test", [*pytest, str(own)], 150)
    yield Stage("simulation", [*simulate, SIMULATED_SEEDS], 300)
    yield Stage("failure cases", [*pytest, "tests/simulation", "-k", "fc_"], 400)
    yield Stage("unit tests of trading", [*pytest, "tests/unit/trading"], 900)


def killed_by(mutant: Mutant, sources: Path) -> str:
    """The stage that noticed the fault; empty when none did."""
    target = sources / mutant.file
    before = target.read_bytes()
    target.write_text(mutant.source, encoding="utf-8")
    try:
        return next((stage.name for stage in stages(mutant) if fails(stage, sources)), "")
    finally:
        target.write_bytes(before)


def fails(stage: Stage, sources: Path) -> bool:
    """Whether the stage fails or does not end on these sources."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(sources),
        "PYTHONDONTWRITEBYTECODE": "1",
        "XMC_INTERPRETED": "1",
        "XMC_TEST_MODE": "interpreted",
    }
    process = subprocess.Popen(
        stage.command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=bounded,
    )
    try:
        return process.wait(stage.timeout_s) != 0
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()
        return True


def bounded() -> None:
    """A fault may allocate without an end: the process fails, the machine does not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))


def run(mutants: Sequence[Mutant]) -> list[dict[str, object]]:
    """Each mutant with what killed it."""
    with tempfile.TemporaryDirectory(prefix="xmc-mutants-") as name:
        sources = Path(name) / "src"
        shutil.copytree(ROOT / "src", sources, ignore=shutil.ignore_patterns("__pycache__"))
        found: list[dict[str, object]] = []
        for mutant in mutants:
            stage = killed_by(mutant, sources)
            found.append({"mutant": mutant.name, "killed_by": stage, "line": mutant.text})
            print(f"{mutant.name}: {stage or 'SURVIVED'}: {mutant.text}", file=sys.stderr, flush=True)
        return found


def summary(results: Sequence[Mapping[str, object]]) -> tuple[bool, list[str]]:
    """The verdict: sound code passes, every named bug is found, at least 95 % of the generated mutants are killed."""
    every = [row for result in results for row in json.loads(str(result["result"]))["mutants"]]
    passed = [row for row in every if row["mutant"] == SOUND and not row["killed_by"]]
    rows = [row for row in every if row["mutant"] != SOUND]
    bugs = {bug.name for bug in NAMED_BUGS}
    found = [row for row in rows if row["mutant"] in bugs and row["killed_by"]]
    others = [row for row in rows if row["mutant"] not in bugs]
    killed = [row for row in others if row["killed_by"]]
    lines = [f"the sound code passes every stage: {'yes' if passed else 'NO: no kill below says anything'}"]
    lines += [f"named bugs found by the simulation: {len(found)} of {len(bugs)}"]
    lines += [f"not found: {row['mutant']}" for row in rows if row["mutant"] in bugs and not row["killed_by"]]
    share = len(killed) / len(others) if others else 0.0
    lines.append(f"generated mutants killed: {len(killed)} of {len(others)} ({share:.1%})")
    lines += [f"survived: `{row['mutant']}`: `{row['line']}`" for row in others if not row["killed_by"]]
    return bool(passed) and len(found) == len(bugs) and share >= 0.95, lines


CHOOSE: dict[str, Callable[[int], list[Mutant]]] = {
    "sound": lambda part: [sound(ROOT)],
    "named": lambda part: [named(ROOT, NAMED_BUGS[part])],
    "generated": lambda part: generated(ROOT, part),
}


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2 or arguments[0] not in CHOOSE or not arguments[1].isdigit():
        print(f"usage: mutants.py {'|'.join(CHOOSE)} PART", file=sys.stderr)
        return 2
    print(json.dumps({"mutants": run(CHOOSE[arguments[0]](int(arguments[1])))}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Simulate the same seeds compiled and interpreted and compare the journals' hashes.

    python tools/equal_journals.py --seeds 20 [--first-seed 1] [--interpreted-seeds 3]

All seeds run compiled and must hold their oracles; the first few run interpreted too (about 25 times slower)
and must write the same journal byte for byte. It reads what `xmc simulate --json` prints last:
`{"journals": {"<seed>": "<sha256>"}}`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
XMC = ROOT / ".venv" / "bin" / "xmc"


class SimulationError(Exception):
    """A simulation failed or did not say what it wrote."""


def journals(output: str) -> dict[str, str]:
    """The hash per seed from the last line that `xmc simulate --json` printed."""
    lines = output.strip().splitlines()
    try:
        found = json.loads(lines[-1])["journals"]
    except (IndexError, KeyError, ValueError) as error:
        raise SimulationError(f"xmc simulate --json printed no journals in its last line ({error!r})") from error
    return {str(seed): str(sha256) for seed, sha256 in found.items()}


def differences(compiled: dict[str, str], interpreted: dict[str, str]) -> list[str]:
    """One line per seed whose interpreted journal is missing or unlike the compiled one."""
    return [
        f"seed {seed}: compiled {compiled.get(seed, 'nothing')}, interpreted {sha256}"
        for seed, sha256 in interpreted.items()
        if compiled.get(seed) != sha256
    ]


def simulate(first_seed: int, seeds: int, interpreted: bool) -> dict[str, str]:
    command = [str(XMC), "simulate", "--first-seed", str(first_seed), "--seeds", str(seeds), "--json"]
    environment = {**os.environ, "XMC_INTERPRETED": "1" if interpreted else ""}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise SimulationError(f"exit code {done.returncode}: {' '.join(command)}\n{done.stdout}")
    found = journals(done.stdout)
    if len(found) != seeds:
        raise SimulationError(f"{seeds} seeds were asked for, {len(found)} journals came back: {' '.join(command)}")
    return found


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--interpreted-seeds", type=int, default=3)
    options = parser.parse_args(arguments)
    try:
        compiled = simulate(options.first_seed, options.seeds, interpreted=False)
        few = min(options.interpreted_seeds, options.seeds)
        unlike = differences(compiled, simulate(options.first_seed, few, interpreted=True))
    except SimulationError as error:
        print(f"simulation: {error}", file=sys.stderr)
        return 1
    for line in unlike:
        print(line)
    print(f"simulation: {options.seeds} seeds compiled, {few} also interpreted, {len(unlike)} journals differ")
    return 1 if unlike else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

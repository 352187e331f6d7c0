"""Simulate the same seeds compiled and interpreted and compare the journals' hashes.

    python tools/equal_journals.py --seeds 1:20 [--faults heavy]

Every seed must hold its oracles both ways and write the same journal byte for byte, under different hash seeds. It
reads what `xmc simulate --seeds FIRST:LAST --json` prints last:
`{"journals": {"<seed>": "<sha256>"}, "compiled": true, ...}`.
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


def journals(output: str, seeds: str, compiled: bool) -> dict[str, str]:
    """The hash per seed from the last line that `xmc simulate --json` printed: all seeds, in the right mode."""
    lines = output.strip().splitlines()
    try:
        answer = json.loads(lines[-1])
        found = {str(seed): str(sha256) for seed, sha256 in answer["journals"].items()}
        mode = answer["compiled"]
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise SimulationError(f"xmc simulate --json printed no journals in its last line ({error!r})") from error
    if mode is not compiled:
        raise SimulationError(f"the run that should be {'compiled' if compiled else 'interpreted'} was not")
    first, _, last = seeds.partition(":")
    if list(found) != [str(seed) for seed in range(int(first), int(last) + 1)] or not all(found.values()):
        raise SimulationError(f"seeds {seeds} were asked for; journals came back for {', '.join(found) or 'none'}")
    return found


def differences(compiled: dict[str, str], interpreted: dict[str, str]) -> list[str]:
    """One line per seed whose journals are unlike."""
    return [
        f"seed {seed}: compiled {compiled.get(seed, 'nothing')}, interpreted {interpreted.get(seed, 'nothing')}"
        for seed in {**compiled, **interpreted}
        if compiled.get(seed) != interpreted.get(seed)
    ]


def simulate(seeds: str, faults: str, interpreted: bool) -> dict[str, str]:
    command = [str(XMC), "simulate", "--seeds", seeds, "--faults", faults, "--json"]
    environment = {
        **os.environ,
        "XMC_INTERPRETED": "1" if interpreted else "",
        "PYTHONHASHSEED": "1" if interpreted else "2",
    }
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise SimulationError(f"exit code {done.returncode}: {' '.join(command)}\n{done.stdout}")
    return journals(done.stdout, seeds, compiled=not interpreted)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="1:20", metavar="FIRST:LAST")
    parser.add_argument("--faults", default="heavy")
    options = parser.parse_args(arguments)
    try:
        compiled = simulate(options.seeds, options.faults, interpreted=False)
        unlike = differences(compiled, simulate(options.seeds, options.faults, interpreted=True))
    except SimulationError as error:
        print(f"simulation: {error}", file=sys.stderr)
        return 1
    for line in unlike:
        print(line)
    print(f"simulation: seeds both ways: {len(compiled)}, journals that differ: {len(unlike)}")
    return 1 if unlike else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

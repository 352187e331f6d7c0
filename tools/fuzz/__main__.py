"""Gives broken inputs to every decoder and feed, by a seed: `python -m tools.fuzz --seed 1 --inputs 100000`.

The inputs are shared out to the targets by weight; `--target NAME` gives all of them to one. The last line printed is a
JSON object; the exit code is 1 when anything was found, and a finding names target, seed, the number of the input and
its bytes, so that the same command meets it again. Nothing but the seed decides what is given.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from tools.fuzz import feeds, files, fix, packets
from tools.fuzz.target import Build, Target

# Of every hundred inputs so many go to each target.
TARGETS: Final[dict[str, tuple[float, Build]]] = {
    "omd-d packets": (12, packets.omd_d),
    "omd-c packets": (12, packets.omd_c),
    "omd-cc packets": (6, packets.omd_cc),
    "mdp3 packets": (14, packets.Mdp3Packets),
    "omd-d feed": (12, feeds.omd_d),
    "omd-c feed": (10, feeds.omd_c),
    "mdp3 feed": (10, feeds.mdp3),
    "mdp3 by order feed": (4, feeds.mdp3_by_order),
    "omd stream": (4, files.Streams),
    "fix frames": (6, fix.Frames),
    "fix session": (4, fix.Session),
    "fix quotes and orders": (4, fix.Quotes),
    "step quotes": (2, fix.PushedQuotes),
    "control": (2, files.Commands),
    "snapshot": (1, files.Snapshots),
    "capture": (0.5, files.Captures),
    "log": (0.4, files.Logs),
    "schema": (0.1, files.Schemas),
}
INPUT_SHOWN_MAX: Final = 2_000


def fuzz(name: str, build: Build, seed: int, inputs: int) -> dict[str, Any]:
    """Give one target so many inputs; what became of them, and the finding if there is one."""
    chance = random.Random(f"{name} {seed}")
    began = time.process_time()
    target: Target | None = None
    answer: dict[str, Any] = {"target": name, "seed": seed, "inputs": inputs, "finding": None}
    number = 0
    try:
        target = build(chance)
        while number < inputs:
            target.give()
            number += 1
        target.finish()
    except Exception as error:  # noqa: BLE001 - whatever is raised is what we look for
        frame = traceback.extract_tb(error.__traceback__)[-1]
        answer["finding"] = {
            "input": number,
            "bytes": target.last[:INPUT_SHOWN_MAX].hex() if target else "",
            "error": f"{type(error).__name__}: {error}",
            "place": f"{Path(frame.filename).name}:{frame.lineno}",
        }
    answer["outcomes"] = dict(target.outcomes) if target else {}
    answer["seconds"] = round(time.process_time() - began, 2)
    return answer


def run(names: Sequence[str], seed: int, inputs: int) -> dict[str, Any]:
    """Give `inputs` to the targets of these names."""
    weight = sum(TARGETS[name][0] for name in names)
    answers = [fuzz(name, TARGETS[name][1], seed, int(inputs * TARGETS[name][0] / weight)) for name in names]
    return {
        "seed": seed,
        "inputs": sum(answer["inputs"] for answer in answers),
        "findings": [
            {"target": answer["target"], "seed": seed, **answer["finding"]} for answer in answers if answer["finding"]
        ],
        "targets": {
            answer["target"]: {"seconds": answer["seconds"], "outcomes": answer["outcomes"]} for answer in answers
        },
    }


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--target", choices=sorted(TARGETS), help="all inputs go to this one")
    given = parser.parse_args(arguments)
    gc.disable()
    answer = run([given.target] if given.target else list(TARGETS), given.seed, given.inputs)
    print(json.dumps(answer))
    return 1 if answer["findings"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

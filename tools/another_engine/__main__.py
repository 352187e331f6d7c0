"""Our FIX against quickfix's, both ways: `python -m tools.another_engine --orders 500 --misfortunes 24 --seed 1`.

Half of the orders go from our engine to a broker on quickfix, the other half from a client on quickfix to our exchange.
All processes and sockets are real. Again and again an end is killed with SIGKILL or the connection between them is cut,
with orders under way; what was killed goes on from its files. At the end each side's own account of every order is held
against the other's: none lost, none doubled, every report once. The version goes by the seed. The last line printed is
a JSON object; the exit code is 1 when anything disagreed, 2 when there is no quickfix.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cross_market_connect.domain.errors import InputError
from tools.another_engine.ends import VERSIONS
from tools.another_engine.environment import copied, dictionaries_of, made
from tools.another_engine.from_trader import FromTrader
from tools.another_engine.to_broker import ToBroker


def run(orders: int, misfortunes: int, seed: int, python: Path, directory: Path) -> dict[str, Any]:
    """One unit, and what came of it. Raises InputError when an end does not work at all."""
    version = VERSIONS[seed % len(VERSIONS)]
    dictionaries = copied(dictionaries_of(python), directory / "dictionaries")
    share, half = orders // 2, misfortunes // 2
    there = ToBroker(version, share, half, seed, directory / "to_broker", python, dictionaries).run()
    rest = orders - share, misfortunes - half
    back = FromTrader(version, *rest, seed, directory / "from_trader", python, dictionaries).run()
    return {"version": version, **there.plus(back).as_fields()}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.another_engine", description=__doc__)
    parser.add_argument("--orders", type=int, default=500)
    parser.add_argument("--misfortunes", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="xmc-quickfix-") as directory:
            answer = run(given.orders, given.misfortunes, given.seed, made(), Path(directory))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(answer))
    return 1 if answer["faults"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What `xmc replay` does, without the command line around it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.words import counted
from cross_market_connect.journal.file_store import capture_store, log_store
from cross_market_connect.replay.replay import Replayer


def replay(directory: Path) -> dict[str, Any]:
    """Replay the log and capture of a directory. Raises InputError when there is no log."""
    log = log_store(directory, True)
    if not log.numbers():
        raise InputError([f"{directory}: holds no log; expected an engine's data directory"])
    capture = capture_store(directory, True)
    result = Replayer(log, capture if capture.numbers() else None).run()
    return {
        "identical": result.identical,
        "runs": result.runs,
        "records_compared": result.compared,
        "inputs": result.inputs,
        "captured_packets": result.packets,
        "difference": result.difference,
    }


def as_text(answer: Mapping[str, Any]) -> str:
    """The result for people."""
    if answer["identical"]:
        return (
            f"identical: {counted(answer['records_compared'], 'record')} of {counted(answer['runs'], 'run')} decided "
            f"again from {counted(answer['inputs'], 'input')}, {answer['captured_packets']} of them from the capture"
        )
    return f"different after {counted(answer['records_compared'], 'record')}: {answer['difference']}"

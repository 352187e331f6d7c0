"""The log's tail as the projection takes it: records with their fields by name."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Protocol

import msgspec

from cross_market_connect.domain.records import decode_payload
from cross_market_connect.journal.file_store import LOG_PREFIX, LOG_SUFFIX, FileSegmentStore
from cross_market_connect.journal.reader import LogTail

RECORDS_PER_POLL_MAX: Final = 500
FAULT_POLLS_MIN: Final = 20


class LogRecord(msgspec.Struct, frozen=True):
    """One record of the log with its fields by name (`domain.records.decode_payload`)."""

    seq: int
    kind: int
    cause_seq: int
    input_seq: int
    now_ns: int
    fields: dict[str, int | str | bytes]


class RecordFollower(Protocol):
    """Reads the log's tail: what has been appended since the last call, oldest first, a bounded number."""

    def poll(self) -> list[LogRecord]:
        """Records not seen before; empty when there are none."""
        ...

    def fault(self) -> str:
        """Why the log cannot be read further; empty while all is well."""
        ...


class LogFollower:
    """Follows the log in an engine's data directory, also before the engine has made it.

    A bad record at the end is what a writer in the middle of a copy looks like; it counts as a fault only when it is
    still there after FAULT_POLLS_MIN calls without progress.
    """

    def __init__(self, directory: Path) -> None:
        self._tail = LogTail(FileSegmentStore(directory, LOG_PREFIX, LOG_SUFFIX, True), 1)
        self._stuck_polls = 0
        self._fault = ""

    def poll(self) -> list[LogRecord]:
        """Records not seen before; empty when there are none."""
        records = self._tail.poll(RECORDS_PER_POLL_MAX)
        found = self._tail.fault
        self._stuck_polls = self._stuck_polls + 1 if found is not None and not records else 0
        self._fault = found.describe() if found is not None and self._stuck_polls >= FAULT_POLLS_MIN else ""
        return [
            LogRecord(
                int(record.seq),
                int(record.kind),
                int(record.cause_seq),
                int(record.input_seq),
                int(record.now_ns),
                decode_payload(int(record.kind), record.payload),
            )
            for record in records
        ]

    def fault(self) -> str:
        """Why the log cannot be read further; empty while all is well."""
        return self._fault

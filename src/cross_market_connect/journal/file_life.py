"""Fence and beat in one mapped page, the death note in a file beside it.

    page: 0 magic (8) | 8 fence i64 | 16 monotonic time of the last beat i64

Eight bytes at a multiple of eight are written and read whole on the machines that this runs on.
"""

from __future__ import annotations

import json
import mmap
import os
from pathlib import Path
from typing import Final, final

from librt.strings import BytesWriter, read_i64_le, write_i64_le
from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.journal.file_store import sync_directory
from cross_market_connect.journal.life import DeathNote, LifeStore
from cross_market_connect.journal.store import unusable

PAGE_NAME: Final[str] = "life.page"
NOTE_NAME: Final[str] = "death.json"
PAGE_BYTES: Final[int] = 4096
MAGIC: Final[bytes] = b"XMCLIFE\n"
FENCE_AT: Final[int] = 8
BEAT_AT: Final[int] = 16


@final
class FileLifeStore(LifeStore):
    """The life of the engine in one data directory; the page is created when it is missing.

    Raises InputError when the directory cannot be used.
    """

    def __init__(self, directory: Path) -> None:
        self.directory: Path = directory
        try:
            descriptor = os.open(directory / PAGE_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                if os.fstat(descriptor).st_size < PAGE_BYTES:
                    os.posix_fallocate(descriptor, 0, PAGE_BYTES)
                    sync_directory(directory)
                self.page: mmap.mmap = mmap.mmap(descriptor, PAGE_BYTES)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise InputError([unusable(str(directory), error)]) from error
        self.page[:FENCE_AT] = MAGIC

    def _put(self, at: int, value: i64) -> None:
        out = BytesWriter()
        write_i64_le(out, value)
        self.page[at : at + 8] = out.getvalue()

    def take_over(self) -> i64:
        fence = self.fence() + 1
        self._put(FENCE_AT, fence)
        self.page.flush()
        return fence

    def fence(self) -> i64:
        return read_i64_le(self.page[FENCE_AT : FENCE_AT + 8], 0)

    def beat(self, now_ns: i64) -> None:
        self._put(BEAT_AT, now_ns)

    def last_beat_ns(self) -> i64:
        return read_i64_le(self.page[BEAT_AT : BEAT_AT + 8], 0)

    def note_death(self, note: DeathNote) -> None:
        path = self.directory / NOTE_NAME
        fields = {
            "input_seq": note.input_seq,
            "record_seq": note.record_seq,
            "place": note.place,
            "reason": note.reason,
            "source": note.source,
        }
        unfinished = path.with_suffix(".unfinished")
        with open(unfinished, "w", encoding="utf-8") as file:
            json.dump(fields, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
        sync_directory(self.directory)

    def death(self) -> DeathNote | None:
        try:
            fields = json.loads((self.directory / NOTE_NAME).read_text(encoding="utf-8"))
            return DeathNote(
                int(fields["input_seq"]),
                int(fields["record_seq"]),
                str(fields["place"]),
                str(fields["reason"]),
                int(fields["source"]),
            )
        except (FileNotFoundError, ValueError, KeyError):
            return None

    def forget_death(self) -> None:
        (self.directory / NOTE_NAME).unlink(missing_ok=True)
        sync_directory(self.directory)

    def close(self) -> None:
        """Give the page back."""
        self.page.close()

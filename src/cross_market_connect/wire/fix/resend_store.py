"""Bounded memory of sent application messages, for answering ResendRequests."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

RESEND_MESSAGES_MAX: Final[i64] = 4096
"""Newest application messages kept; older ones are gap-filled."""
RESEND_BODY_BYTES_MAX: Final[i64] = 2048
"""Larger bodies (deep market-data snapshots, stale by then) are not kept and are gap-filled."""


@final
class SentMessage:
    """An application message as first sent."""

    def __init__(self, seq_num: i64, msg_type: bytes, utc_ns: i64, body: bytes) -> None:
        self.seq_num: i64 = seq_num
        self.msg_type: bytes = msg_type
        self.utc_ns: i64 = utc_ns
        self.body: bytes = body


@final
class ResendStore:
    """Ring of the newest messages by sequence number; the slot of a number is its remainder, slots come with use."""

    def __init__(self) -> None:
        self._ring: list[SentMessage | None] = []

    def clear(self) -> None:
        """Forget everything: sequence numbers start anew."""
        self._ring.clear()

    def put(self, message: SentMessage) -> None:
        """Keep a message, replacing the one RESEND_MESSAGES_MAX numbers earlier."""
        slot: i64 = message.seq_num % RESEND_MESSAGES_MAX
        while i64(len(self._ring)) <= slot:
            self._ring.append(None)
        if len(message.body) <= RESEND_BODY_BYTES_MAX:
            self._ring[slot] = message

    def get(self, seq_num: i64) -> SentMessage | None:
        """The message sent under a number, None when it was administrative, too large or too long ago."""
        slot: i64 = seq_num % RESEND_MESSAGES_MAX
        if slot >= len(self._ring):
            return None
        message = self._ring[slot]
        if message is None or message.seq_num != seq_num:
            return None
        return message

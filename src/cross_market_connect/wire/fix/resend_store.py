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
    """Ring of the newest messages by sequence number; the slot of a number is its remainder."""

    def __init__(self) -> None:
        self._ring: list[SentMessage | None] = [None] * RESEND_MESSAGES_MAX

    def clear(self) -> None:
        """Forget everything: sequence numbers start anew."""
        self._ring = [None] * RESEND_MESSAGES_MAX

    def put(self, message: SentMessage) -> None:
        """Keep a message, replacing the one RESEND_MESSAGES_MAX numbers earlier."""
        if len(message.body) <= RESEND_BODY_BYTES_MAX:
            self._ring[message.seq_num % RESEND_MESSAGES_MAX] = message

    def get(self, seq_num: i64) -> SentMessage | None:
        """The message sent under a number, None when it was administrative, too large or too long ago."""
        message = self._ring[seq_num % RESEND_MESSAGES_MAX]
        if message is None or message.seq_num != seq_num:
            return None
        return message

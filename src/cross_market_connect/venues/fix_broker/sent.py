"""Bounded memory of what an order session sent: by client order id, and by the MsgSeqNum it went out under.

Reports name ids, refusals of a message as a whole name its MsgSeqNum (RefSeqNum, 45). Both rings keep the newest
entries: an id's or a number's slot is its remainder, and an entry is believed only when it is the one asked for. What
fell out of a ring, or was sent before a restart, is still understood from the fields of the report itself.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import append, vec
from mypy_extensions import i64

SENT_IDS_MAX: Final[i64] = 4096
"""Newest client order ids kept, orders and cancel requests together."""
SENT_MESSAGES_MAX: Final[i64] = 4096
"""Newest messages kept."""

UNKNOWN_INSTRUMENT: Final[i64] = -1


@final
class SentId:
    """One client order id that we used.

    Attributes:
        original_id: the order it is about: itself, or for a cancel request the order to be cancelled.
        current_id: the id under which the order goes on at the venue: its own, or that of its last replace.
        instrument_index, side: the order's instrument and side.
        venue_order_id: the venue's OrderID (37), b"" until it told one.
        open_queries: status requests without an answer.
        asked_ns: when a new order was encoded of which nothing was reported yet; 0 otherwise.
    """

    def __init__(self, client_order_id: i64, original_id: i64, instrument_index: i64, side: i64) -> None:
        self.client_order_id: i64 = client_order_id
        self.original_id: i64 = original_id
        self.instrument_index: i64 = instrument_index
        self.current_id: i64 = client_order_id
        self.side: i64 = side
        self.venue_order_id: bytes = b""
        self.open_queries: i64 = 0
        self.asked_ns: i64 = 0


@final
class SentIds:
    """Ring of the newest client order ids; slots come with use."""

    def __init__(self) -> None:
        self._ring: list[SentId | None] = []

    def put(self, sent: SentId) -> None:
        """Keep an id, in place of the one SENT_IDS_MAX earlier."""
        slot: i64 = sent.client_order_id % SENT_IDS_MAX
        while i64(len(self._ring)) <= slot:
            self._ring.append(None)
        self._ring[slot] = sent

    def get(self, client_order_id: i64) -> SentId | None:
        """The id's entry; None when it is not ours or too old."""
        if client_order_id <= 0:
            return None
        slot: i64 = client_order_id % SENT_IDS_MAX
        if slot >= len(self._ring):
            return None
        sent = self._ring[slot]
        return sent if sent is not None and sent.client_order_id == client_order_id else None


@final
class SentMessages:
    """Ring of the newest messages by MsgSeqNum: what each was, and whose id it bore; slots come with use."""

    def __init__(self) -> None:
        self._seq_nums: vec[i64] = vec[i64]()
        self._client_order_ids: vec[i64] = vec[i64]()
        self._types: vec[i64] = vec[i64]()
        self._last_seq_num: i64 = 0

    def put(self, seq_num: i64, client_order_id: i64, message_type: i64) -> None:
        """Keep a message; a number that does not go up means that numbering began anew."""
        if seq_num <= self._last_seq_num:
            self.clear()
        self._last_seq_num = seq_num
        slot = seq_num % SENT_MESSAGES_MAX
        while len(self._seq_nums) <= slot:
            self._seq_nums = append(self._seq_nums, 0)
            self._client_order_ids = append(self._client_order_ids, 0)
            self._types = append(self._types, 0)
        self._seq_nums[slot] = seq_num
        self._client_order_ids[slot] = client_order_id
        self._types[slot] = message_type

    def clear(self) -> None:
        """Numbers began anew: what was sent under the old ones cannot be named any more."""
        self._last_seq_num = 0
        for slot in range(i64(len(self._seq_nums))):
            self._seq_nums[slot] = 0

    def follow(self, next_out: i64) -> None:
        """Forget everything when the session's next number lies at or below one that was used."""
        if next_out <= self._last_seq_num:
            self.clear()

    def client_order_id(self, seq_num: i64, message_type: i64) -> i64:
        """Id in the message of that type that was sent under the number; 0 when none is known."""
        if seq_num <= 0:
            return 0
        slot = seq_num % SENT_MESSAGES_MAX
        if slot >= len(self._seq_nums) or self._seq_nums[slot] != seq_num or self._types[slot] != message_type:
            return 0
        return self._client_order_ids[slot]

    def type_of(self, seq_num: i64) -> i64:
        """Type, as a character code, of the message sent under the number; 0 when none is known."""
        if seq_num <= 0:
            return 0
        slot = seq_num % SENT_MESSAGES_MAX
        return self._types[slot] if slot < len(self._seq_nums) and self._seq_nums[slot] == seq_num else 0

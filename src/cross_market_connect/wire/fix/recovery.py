"""Recovery of what is missing, in both directions: ResendRequests sent for a gap, and the counterparty's answered."""

from __future__ import annotations

from typing import final

from mypy_extensions import i64

from cross_market_connect.wire.fix import checks, faults, validation
from cross_market_connect.wire.fix.encoder import MSG_LOGON, MSG_RESEND_REQUEST
from cross_market_connect.wire.fix.faults import FaultLog
from cross_market_connect.wire.fix.gap import RESEND_ATTEMPTS_MAX, Gap
from cross_market_connect.wire.fix.message import FixMessage
from cross_market_connect.wire.fix.sender import Numbers, Sender
from cross_market_connect.wire.fix.settings import SessionSettings


@final
class Recovery:
    """The gap of one session and the asking for it.

    Args:
        is_light: the session is LFIXT.

    Attributes:
        gap: what is missing and what waits behind it.
    """

    def __init__(
        self, settings: SessionSettings, is_light: bool, numbers: Numbers, sender: Sender, fault_log: FaultLog
    ) -> None:
        self.gap: Gap = Gap()
        self._is_light: bool = is_light
        self._settings: SessionSettings = settings
        self._numbers: Numbers = numbers
        self._sender: Sender = sender
        self._faults: FaultLog = fault_log

    def keep(self, message: FixMessage, now_ns: i64) -> None:
        """Keep a message that arrived behind a gap and see that the gap is asked for (2.b)."""
        gap = self.gap
        if not gap.keep(message):
            self._faults.add(faults.FAULT_QUEUE_LIMIT, message.seq_num, message.msg_type, b"")
        if gap.last > 0:
            return
        self._faults.add(faults.FAULT_SEQUENCE_GAP, message.seq_num, message.msg_type, b"")
        last: i64 = message.seq_num - 1
        if message.msg_type == MSG_LOGON and self._settings.next_expected and message.has(checks.TAG_NEXT_EXPECTED):
            # Both Logons said what is expected: the gap is filled without being asked for.
            gap.open(last, last, 0, now_ns)
        else:
            self._ask(last, 1, now_ns)

    def follow(self, now_ns: i64) -> None:
        """After messages were processed: wait on, or ask for what is missing before the first that waits."""
        gap = self.gap
        next_in: i64 = self._numbers.next_in
        if next_in <= gap.asked:
            gap.progress(now_ns)
        else:
            gap.close()
            waiting: i64 = gap.first()
            if waiting > 0:
                self._ask(waiting - 1, 1, now_ns)

    def retry(self, now_ns: i64) -> bool:
        """Ask again when nothing came for too long; False when the gap has been asked for often enough."""
        gap = self.gap
        if now_ns < gap.deadline_ns:
            return True
        self._faults.add(faults.FAULT_RESEND_UNANSWERED, self._numbers.next_in, MSG_RESEND_REQUEST, b"")
        if gap.attempts >= RESEND_ATTEMPTS_MAX:
            return False
        self._ask(gap.last, gap.attempts + 1, now_ns)
        return True

    def answer(self, message: FixMessage) -> None:
        """Answer a ResendRequest; EndSeqNo 0 or beyond what was sent means all (8).

        Over LFIXT nothing is sent again: the counterparty is told to go on with what comes next (L.5).
        """
        first: i64 = message.get_int(7, 0)
        last: i64 = message.get_int(16, 0)
        last_sent: i64 = self._numbers.next_out - 1
        if first < 1 or first > last_sent or (last != 0 and last < first):
            text = b"%d to %d" % (first, last)
            self._faults.add(faults.FAULT_RESEND_RANGE, message.seq_num, message.msg_type, text, 7)
            self._sender.reject(message, validation.REJECT_OUT_OF_RANGE, 7)
            return
        if self._is_light:
            # Numbers that it thinks were sent are left out, so that both ends count alike.
            if last > self._numbers.next_out:
                self._numbers.next_out = last
                self._numbers.changed = True
            self._sender.reset_sequence(self._numbers.next_out)
            return
        self._sender.resend(first, last_sent if last == 0 else min(last, last_sent))

    def _ask(self, last: i64, attempts: i64, now_ns: i64) -> None:
        first: i64 = self._numbers.next_in
        range_max: i64 = self._settings.resend_range_max
        asked: i64 = min(last, first + range_max - 1) if range_max > 0 else last
        self.gap.open(last, asked, attempts, now_ns)
        self._sender.resend_request(first, 0 if self._settings.resend_open_ended else asked)

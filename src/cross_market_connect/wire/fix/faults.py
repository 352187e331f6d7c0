"""What the counterparty did wrong, counted and reported; the session's answers are in `session.py`."""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.wire.fix.dictionary import filled

FAULT_GARBLED: Final[i64] = 0
FAULT_BAD_LENGTH: Final[i64] = 1
FAULT_BAD_CHECKSUM: Final[i64] = 2
FAULT_BEGIN_STRING: Final[i64] = 3
FAULT_COMP_ID: Final[i64] = 4
FAULT_SENDING_TIME: Final[i64] = 5
FAULT_NO_SEQUENCE: Final[i64] = 6
FAULT_SEQUENCE_LOW: Final[i64] = 7
FAULT_SEQUENCE_GAP: Final[i64] = 8
FAULT_POSS_DUP: Final[i64] = 9
FAULT_NOT_LOGON: Final[i64] = 10
FAULT_LOGON_REFUSED: Final[i64] = 11
FAULT_CREDENTIALS: Final[i64] = 12
FAULT_RESET_FLAG: Final[i64] = 13
FAULT_INVALID_MESSAGE: Final[i64] = 14
FAULT_UNSUPPORTED_TYPE: Final[i64] = 15
FAULT_REJECT_RECEIVED: Final[i64] = 16
FAULT_SEQUENCE_RESET: Final[i64] = 17
FAULT_RESEND_RANGE: Final[i64] = 18
FAULT_RESEND_UNANSWERED: Final[i64] = 19
FAULT_SILENCE: Final[i64] = 20
FAULT_LOGON_TIMEOUT: Final[i64] = 21
FAULT_LOGOUT_TIMEOUT: Final[i64] = 22
FAULT_QUEUE_LIMIT: Final[i64] = 23
FAULT_SEND_LIMIT: Final[i64] = 24
FAULT_SECOND_LOGON: Final[i64] = 25

FAULT_NAMES: Final[list[str]] = [
    "garbled",
    "bad body length",
    "bad checksum",
    "wrong BeginString",
    "wrong CompID",
    "SendingTime outside tolerance",
    "MsgSeqNum missing",
    "MsgSeqNum too low",
    "MsgSeqNum gap",
    "PossDup without valid OrigSendingTime",
    "first message not Logon",
    "logon refused",
    "unknown credentials",
    "ResetSeqNumFlag not as agreed",
    "invalid message",
    "unsupported message type",
    "Reject received",
    "SequenceReset-Reset received",
    "ResendRequest out of range",
    "ResendRequest unanswered",
    "silence",
    "logon timeout",
    "logout timeout",
    "queue limit",
    "send limit",
    "second Logon",
]

FAULT_REPORTS_MAX: Final = 64
"""Reports kept between two `take_faults`; later ones are only counted."""


@final
class SessionFault:
    """One fault for the log: never contains a received password, since Logon fields are not quoted."""

    def __init__(self, code: i64, seq_num: i64, msg_type: bytes, text: bytes) -> None:
        self.code: i64 = code
        self.seq_num: i64 = seq_num
        """MsgSeqNum of the message concerned, -1 when none."""
        self.msg_type: bytes = msg_type
        self.text: bytes = text

    @property
    def name(self) -> str:
        """The fault in words."""
        return FAULT_NAMES[self.code]


@final
class FaultCounts:
    """Occurrences of each fault since the session object was made."""

    def __init__(self) -> None:
        self._counts: vec[i64] = filled(len(FAULT_NAMES), 0)

    def add(self, code: i64, occurrences: i64 = 1) -> None:
        """Count a fault."""
        self._counts[code] = self._counts[code] + occurrences

    def count(self, code: i64) -> i64:
        """Occurrences of one fault."""
        return self._counts[code]

    def total(self) -> i64:
        """Occurrences of all faults."""
        result: i64 = 0
        for count in self._counts:
            result += count
        return result


@final
class FaultLog:
    """Counts every fault and keeps the newest reports until they are taken."""

    def __init__(self) -> None:
        self.counts: FaultCounts = FaultCounts()
        self.dropped: i64 = 0
        """Reports not kept because FAULT_REPORTS_MAX were not taken."""
        self._reports: list[SessionFault] = []

    def add(self, code: i64, seq_num: i64, msg_type: bytes, text: bytes) -> None:
        """Count a fault and report it."""
        self.counts.add(code)
        if len(self._reports) < FAULT_REPORTS_MAX:
            self._reports.append(SessionFault(code, seq_num, msg_type, text))
        else:
            self.dropped += 1

    def count_stream(self, garbled: i64, bad_length: i64, bad_checksum: i64) -> None:
        """Bring the counts of unreadable bytes to the framer's totals, with one report for what is new."""
        self._raise_to(FAULT_GARBLED, garbled)
        self._raise_to(FAULT_BAD_LENGTH, bad_length)
        self._raise_to(FAULT_BAD_CHECKSUM, bad_checksum)

    def _raise_to(self, code: i64, total: i64) -> None:
        new: i64 = total - self.counts.count(code)
        if new > 0:
            self.add(code, -1, b"", b"")
            self.counts.add(code, new - 1)

    def take(self) -> list[SessionFault]:
        """Reports since the last call."""
        reports = self._reports
        self._reports = []
        return reports

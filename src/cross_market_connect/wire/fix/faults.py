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
FAULT_SCHEDULE: Final[i64] = 26
FAULT_APPL_VERSION: Final[i64] = 27
FAULT_NEXT_EXPECTED: Final[i64] = 28
FAULT_RESET_UNANSWERED: Final[i64] = 29
FAULT_SESSION_STATUS: Final[i64] = 30

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
    "Logon outside the session's hours",
    "application version not supported",
    "NextExpectedMsgSeqNum too high",
    "ResetSeqNumFlag unanswered",
    "SessionStatus other than active",
]

# What the reader of a report can do, one line per fault.
REMEDIES: Final[list[str]] = [
    "compare the capture with what the counterparty says it sent",
    "ask the counterparty how it counts BodyLength(9)",
    "ask the counterparty how it computes CheckSum(10)",
    "set version to the counterparty's",
    "set sender_comp_id and target_comp_id to what the counterparty has for this session",
    "compare both clocks, or raise sending_time_tolerance_s",
    "ask the counterparty why MsgSeqNum(34) is missing",
    "agree on the numbers with the counterparty, or log on with reset_on_logon",
    "none: the missing messages are asked for",
    "ask the counterparty to resend with OrigSendingTime(122)",
    "ask the counterparty why its first message is no Logon",
    "read Text(58) and ask the counterparty",
    "set username and password to what the counterparty has for this session",
    "agree with the counterparty on who resets, or set reset_on_logon",
    "compare the field with the counterparty's specification; its own belong into extra_fields, extra_members",
    "ask the counterparty not to send this type",
    "read RefSeqNum(45) and Text(58): our message was refused",
    "none: the counterparty gave up what was missing; reconcile orders",
    "ask the counterparty why it asks for what was never sent",
    "ask the counterparty why it does not resend",
    "look at the network, then at the counterparty",
    "ask the counterparty whether the session is open and known",
    "none: the connection is closed",
    "none: what was dropped is asked for again",
    "ask the counterparty why it does not read",
    "none: it changes nothing",
    "compare the session's hours with the counterparty's",
    "set version to the application version the counterparty uses",
    "agree on the numbers with the counterparty: it expects what we never sent",
    "agree on the numbers with the counterparty, then log on again",
    "do what SessionStatus(1409) says: mostly change the password with the counterparty before it expires",
]

# The field that a fault is about, where it is always the same.
_TAGS: Final[dict[int, int]] = {
    1: 9, 2: 10, 3: 8, 5: 52, 6: 34, 7: 34, 8: 34, 9: 122, 10: 35, 13: 141, 15: 35, 17: 36, 18: 7, 28: 789, 29: 141,
}  # fmt: skip

# Faults of which the report's message is ours, unanswered; all others are of a received one.
_SENT: Final[tuple[int, ...]] = (19, 20, 21, 22, 24, 29)

FAULT_REPORTS_MAX: Final = 64
"""Reports kept between two `take_faults`; later ones are only counted."""
SHOWN_BYTES_MAX: Final = 240
"""Most of a counterparty's text in a report; it may be as long as a message."""


def shown(text: bytes) -> str:
    """A counterparty's text for people, in one line: UTF-8 where it is, other bytes and what does not print as escapes,
    cut to a readable length."""
    line = text[:SHOWN_BYTES_MAX].decode("utf-8", "backslashreplace")
    if line.isprintable():
        return line
    return "".join([each if each.isprintable() else repr(each)[1:-1] for each in line])[:SHOWN_BYTES_MAX]


@final
class SessionFault:
    """One fault for the log: never contains a received password, since Logon fields are not quoted."""

    def __init__(self, code: i64, seq_num: i64, msg_type: bytes, text: bytes) -> None:
        self.code: i64 = code
        self.seq_num: i64 = seq_num
        """MsgSeqNum of the message concerned, -1 when none."""
        self.msg_type: bytes = msg_type
        self.text: bytes = text
        self.tag: i64 = 0
        """Tag of the field concerned, 0 when none."""
        self.session: str = ""
        """`SENDER->TARGET`, our CompID first."""

    @property
    def name(self) -> str:
        """The fault in words."""
        return FAULT_NAMES[self.code]

    def describe(self) -> str:
        """One line: session, direction, message, sequence number, tag, what is wrong, and the remedy.

        A counterparty's own words are as `shown` has them.
        """
        line = f"session {self.session or 'unknown'}, {'sent' if self.code in _SENT else 'received'}"
        if self.msg_type:
            line += f" message {shown(self.msg_type)}"
        if self.seq_num >= 0:
            line += f" number {self.seq_num}"
        if self.tag > 0:
            line += f", tag {self.tag}"
        line += f": {self.name}"
        if self.text:
            line += f": {shown(self.text)}"
        return f"{line}; {REMEDIES[self.code]}"


@final
class FaultCounts:
    """Occurrences of each fault since the session object was made."""

    def __init__(self) -> None:
        self._counts: vec[i64] = filled(len(FAULT_NAMES), 0)
        self.invalid_by_type: dict[bytes, int] = {}
        """Of FAULT_INVALID_MESSAGE, by MsgType."""

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
    """Counts every fault and keeps the newest reports until they are taken.

    Args:
        session: name of the session, for the reports.
    """

    def __init__(self, session: str = "") -> None:
        self._session: str = session
        self.counts: FaultCounts = FaultCounts()
        self.dropped: i64 = 0
        """Reports not kept because FAULT_REPORTS_MAX were not taken."""
        self._reports: list[SessionFault] = []

    def add(self, code: i64, seq_num: i64, msg_type: bytes, text: bytes, tag: i64 = 0) -> None:
        """Count a fault and report it; `tag` is the field concerned, 0 when none or always the same."""
        self.counts.add(code)
        if code == FAULT_INVALID_MESSAGE:
            self.counts.invalid_by_type[msg_type] = self.counts.invalid_by_type.get(msg_type, 0) + 1
        if len(self._reports) < FAULT_REPORTS_MAX:
            fault = SessionFault(code, seq_num, msg_type, text)
            fault.tag = tag if tag > 0 else _TAGS.get(int(code), 0)
            fault.session = self._session
            self._reports.append(fault)
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

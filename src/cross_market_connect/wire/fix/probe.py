"""What a session asked and what answered it, for whoever compares clocks.

A Logon is answered by a Logon, a TestRequest (1) by a Heartbeat (0) with its TestReqID (112). The answer's SendingTime
(52) lies between the question and its receipt, by nothing but causality.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.wire.fix.message import INVALID, FixMessage

LOGON_QUESTION: Final = b"logon"
_TAG_SENDING_TIME: Final[i64] = 52


@final
class Probe:
    """The newest question and the newest answer.

    Attributes:
        answers: how many there were.
        asked_ns: when the question of the last answer was encoded, no later than it left.
        answered_utc_ns: the peer's time of that answer.
    """

    def __init__(self) -> None:
        self.answers: i64 = 0
        self.asked_ns: i64 = 0
        self.answered_utc_ns: i64 = 0
        self._question: bytes = b""
        self._question_ns: i64 = 0

    def ask(self, question: bytes, now_ns: i64) -> None:
        """A question is sent; an earlier one is not waited for any more."""
        self._question = question
        self._question_ns = now_ns

    def take_answer(self, question: bytes, message: FixMessage) -> None:
        """What may be an answer: only the first one to the newest question is."""
        if not question or question != self._question or message.poss_dup:
            return
        self._question = b""
        sent_utc_ns = message.get_timestamp(_TAG_SENDING_TIME)
        if sent_utc_ns != INVALID:
            self.answers += 1
            self.asked_ns = self._question_ns
            self.answered_utc_ns = sent_utc_ns

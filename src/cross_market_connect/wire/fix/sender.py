"""The sending half of a FIX session: numbers, frames and buffers messages, and answers ResendRequests."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.wire.fix.encoder import (
    MSG_BUSINESS_REJECT,
    MSG_HEARTBEAT,
    MSG_LOGON,
    MSG_LOGOUT,
    MSG_REJECT,
    MSG_RESEND_REQUEST,
    MSG_SEQUENCE_RESET,
    MSG_TEST_REQUEST,
    BodyWriter,
    FrameEncoder,
)
from cross_market_connect.wire.fix.message import FixMessage
from cross_market_connect.wire.fix.messages import business_message_reject
from cross_market_connect.wire.fix.resend_store import RESEND_MESSAGES_MAX, ResendStore, SentMessage
from cross_market_connect.wire.fix.session_status import STATUS_LOGGED_OUT, STATUS_UNSAID
from cross_market_connect.wire.fix.settings import ROLE_INITIATOR, SessionSettings
from cross_market_connect.wire.fix.validation import BUSINESS_UNSUPPORTED_TYPE, REJECT_MSG_TYPE, REJECT_TEXTS

OUTBOUND_BYTES_MAX: Final[i64] = 16_777_216
"""Bytes not yet drained; room for the whole resend store."""
REJECT_REASON_LAST: Final[i64] = 17  # of FIX 4.4
_YES: Final[i64] = 89  # "Y"
_NO: Final[i64] = 78  # "N"


@final
class Numbers:
    """The two sequence numbers of a session; `changed` until the caller persisted them."""

    def __init__(self, next_in: i64, next_out: i64) -> None:
        self.next_in: i64 = next_in
        self.next_out: i64 = next_out
        self.changed: bool = False
        self.reset_asked: bool = False
        """Our Logon with ResetSeqNumFlag went out; until its answer, what arrives still has the old numbers."""

    def set_next_in(self, number: i64) -> None:
        """Expect `number` next."""
        self.next_in = number
        self.changed = True

    def take_next_out(self) -> i64:
        """Use up an outgoing number."""
        number: i64 = self.next_out
        self.next_out = number + 1
        self.changed = True
        return number

    def reset(self) -> None:
        """Both start at 1 again."""
        self.next_in = 1
        self.next_out = 1
        self.reset_asked = False
        self.changed = True

    def ask_reset(self) -> None:
        """Ours start at 1; the counterparty's will with its answer."""
        self.next_out = 1
        self.reset_asked = True
        self.changed = True

    def give_up_reset(self) -> None:
        """The answer will not come any more: the counterparty's numbers start at 1 too, as both were told."""
        if self.reset_asked:
            self.set_next_in(1)
            self.reset_asked = False


@final
class Sender:
    """Frames messages into the output buffer. `set_time` gives the time of everything sent until the next call."""

    def __init__(self, settings: SessionSettings, numbers: Numbers) -> None:
        self.numbers: Numbers = numbers
        self.last_sent_ns: i64 = 0
        self.buffered_bytes: i64 = 0
        self.session_status: i64 = STATUS_UNSAID
        """SessionStatus(1409) of our Logon; a Logout says why the session was refused, or that it is over."""
        self.has_secret: bool = False
        """The buffer contains the password placeholder."""
        self.default_appl_ver_id: bytes = b""
        """DefaultApplVerID(1137) of our Logon; b"" where the version has none."""
        self.reject_reason_last: i64 = REJECT_REASON_LAST
        """Last SessionRejectReason(373) the version has; a later one is told by Text(58) alone."""
        self._settings: SessionSettings = settings
        self._body: BodyWriter = BodyWriter(settings.time_decimals)
        self._encoder: FrameEncoder = FrameEncoder(
            settings.begin_string, settings.sender_comp_id, settings.target_comp_id, settings.time_decimals
        )
        self._store: ResendStore = ResendStore()
        self._frames: list[bytes] = []
        self._now_ns: i64 = 0
        self._utc_ns: i64 = 0
        self._stated_ns: i64 = 0
        self._test_count: i64 = 0

    def set_time(self, now_ns: i64, utc_ns: i64) -> None:
        """Time of what is sent next."""
        self._now_ns = now_ns
        self._utc_ns = utc_ns
        self._stated_ns = utc_ns + self._settings.time_offset_ns

    def utc_ns(self) -> i64:
        """Calendar time of what is sent next."""
        return self._utc_ns

    def drain(self) -> bytes:
        """All buffered bytes."""
        data: bytes = self._frames[0] if len(self._frames) == 1 else b"".join(self._frames)
        self.clear()
        return data

    def clear(self) -> None:
        """Drop the buffer."""
        self._frames.clear()
        self.buffered_bytes = 0
        self.has_secret = False

    def forget(self) -> None:
        """Numbers were reset: earlier messages can no longer be asked for."""
        self._store.clear()

    def send(self, msg_type: bytes, body: bytes) -> i64:
        """Send under the next number, which is returned."""
        number: i64 = self.numbers.take_next_out()
        self._put(self._encoder.frame(msg_type, number, self._stated_ns, body))
        return number

    def send_application(self, msg_type: bytes, body: bytes) -> i64:
        """As `send`, and keep the message for resending when the settings say so."""
        number: i64 = self.send(msg_type, body)
        if self._settings.resend_application_messages:
            self._store.put(SentMessage(number, msg_type, self._stated_ns, body))
        return number

    def logon(self, heartbeat_interval_s: i64, is_reset: bool, next_expected: i64) -> None:
        """Logon (A); the initiator's carries username and password placeholder. `next_expected` 0 leaves 789 out."""
        body = self._body
        body.number(b"98=", 0)
        body.number(b"108=", heartbeat_interval_s)
        if is_reset:
            body.code(b"141=", _YES)
        if next_expected > 0:
            body.number(b"789=", next_expected)
        settings = self._settings
        if settings.role == ROLE_INITIATOR:
            if settings.encrypted_password_method > 0:
                body.number(b"1400=", settings.encrypted_password_method)
                body.number(b"1401=", settings.encrypted_password_length)
                body.text(b"1402=", settings.password_placeholder)
            else:
                body.text(b"553=", settings.username)
                body.text(b"554=", settings.password_placeholder)
            self.has_secret = len(settings.password_placeholder) > 0
        if self.session_status >= 0:
            body.number(b"1409=", self.session_status)
        body.text(b"1137=", self.default_appl_ver_id)
        body.text(b"1408=", settings.application_version)
        self.send(MSG_LOGON, body.take())

    def logout(self, text: bytes) -> None:
        """Logout (5)."""
        if self.session_status >= 0:
            self._body.number(b"1409=", max(self.session_status, STATUS_LOGGED_OUT))
        self._body.text(b"58=", text)
        self.send(MSG_LOGOUT, self._body.take())

    def heartbeat(self, test_request_id: bytes) -> None:
        """Heartbeat (0), with the TestReqID when it answers a TestRequest."""
        self._body.text(b"112=", test_request_id)
        self.send(MSG_HEARTBEAT, self._body.take())

    def test_request(self) -> bytes:
        """TestRequest (1) with a new TestReqID, which is returned."""
        self._test_count += 1
        test_request_id = b"TEST-%d" % self._test_count
        self._body.text(b"112=", test_request_id)
        self.send(MSG_TEST_REQUEST, self._body.take())
        return test_request_id

    def resend_request(self, first: i64, last: i64) -> None:
        """ResendRequest (2) for first to last, both included; last 0 asks for all from first on."""
        self._body.number(b"7=", first)
        self._body.number(b"16=", last)
        self.send(MSG_RESEND_REQUEST, self._body.take())

    def reject(self, message: FixMessage, reason: i64, tag: i64) -> None:
        """Reject (3) of a message; tag 0 leaves RefTagID(371) out."""
        body = self._body
        body.number(b"45=", message.seq_num)
        if tag > 0:
            body.number(b"371=", tag)
        body.text(b"372=", message.msg_type)
        if reason <= self.reject_reason_last:
            body.number(b"373=", reason)
        body.text(b"58=", REJECT_TEXTS[int(reason)])
        self.send(MSG_REJECT, body.take())

    def reject_business(self, message: FixMessage, reason: i64, text: bytes) -> None:
        """BusinessMessageReject (j) of a message, with its ClOrdID(11) as business id."""
        ref_id = message.get(11)
        body = business_message_reject(self._body, message.seq_num, message.msg_type, ref_id, reason, text)
        self.send(MSG_BUSINESS_REJECT, body)

    def reject_type(self, message: FixMessage, is_known: bool) -> None:
        """Refuse a message of a type that the session does not take; `is_known` to the FIX version (2.q, 14)."""
        if is_known:
            self.reject_business(message, BUSINESS_UNSUPPORTED_TYPE, b"Unsupported message type")
        else:
            self.reject(message, REJECT_MSG_TYPE, 0)

    def reject_fields(self, message: FixMessage, is_business: bool, reason: i64, tag: i64) -> None:
        """Refuse a message for what its field `tag` is."""
        if is_business:
            self.reject_business(message, reason, b"Conditionally required field missing: tag %d" % tag)
        else:
            self.reject(message, reason, tag)

    def resend(self, first: i64, last: i64) -> None:
        """Send numbers first to last again: stored application messages as PossDup, gap fills for everything else."""
        gap_from: i64 = first
        number: i64 = first
        if number < self.numbers.next_out - RESEND_MESSAGES_MAX:
            number = self.numbers.next_out - RESEND_MESSAGES_MAX
        while number <= last and self._settings.resend_application_messages:
            sent = self._store.get(number)
            if sent is not None:
                self._fill_gap(gap_from, number)
                self._put(self._encoder.resent_frame(sent.msg_type, number, self._stated_ns, sent.utc_ns, sent.body))
                gap_from = number + 1
            number += 1
        self._fill_gap(gap_from, last + 1)

    def reset_sequence(self, following: i64) -> None:
        """SequenceReset-Reset (4) under number 1, which its receiver ignores: none is used up (LFIXT, annex C)."""
        self._body.code(b"123=", _NO)
        self._body.number(b"36=", following)
        self._put(self._encoder.frame(MSG_SEQUENCE_RESET, 1, self._stated_ns, self._body.take()))

    def _fill_gap(self, first: i64, following: i64) -> None:
        if first == following:
            return
        self._body.code(b"123=", _YES)
        self._body.number(b"36=", following)
        body = self._body.take()
        self._put(self._encoder.resent_frame(MSG_SEQUENCE_RESET, first, self._stated_ns, self._stated_ns, body))

    def _put(self, frame: bytes) -> None:
        self._frames.append(frame)
        self.buffered_bytes += len(frame)
        self.last_sent_ns = self._now_ns

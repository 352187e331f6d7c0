"""The FIX session of either end: bytes and time in, messages, bytes and deadlines out. No clock, no I/O.

Theory of operation. The shell opens a connection and says so (`connection_opened`). An initiator then calls `log_on`;
an acceptor waits. `receive` cuts the stream into frames; each is checked in the order of FIX 4.4 Volume 2: BeginString,
MsgSeqNum present, logon state, CompIDs, SendingTime, sequence, and only in sequence the fields. Application messages
and session-level Rejects come out of `take_messages` strictly in sequence, each number once.

A gap is answered with one ResendRequest for exactly the missing range (or ranges of it one after another, or all from
its start on, as the settings say); messages behind it wait in a bounded queue. The exact range matters: a peer that
never resends orders fills the gap over the old ones only, and an order that is already here is not filled over. PossDup
messages below the expected number are duplicates and dropped.

The caller persists `next_in` and `next_out` when `sequence_changed` is set, before it sends what `data_to_send`
drained, and calls `sequence_saved`. `ask_reset` starts both at 1 within a session: until the counterparty's answer its
messages still have the old numbers, while what is persisted is already new.
`must_close` asks the shell to send the drained bytes and then to close the connection; the shell answers with
`connection_lost`.

Choices where the standard leaves one: docs/protocols/fix.md; LFIXT (`dictionary.is_light`): rules L of fix-rules.md.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.wire.fix import checks, faults, states, validation
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.encoder import (
    MSG_HEARTBEAT,
    MSG_LOGON,
    MSG_LOGOUT,
    MSG_REJECT,
    MSG_RESEND_REQUEST,
    MSG_SEQUENCE_RESET,
    MSG_TEST_REQUEST,
)
from cross_market_connect.wire.fix.faults import FaultCounts, FaultLog, SessionFault
from cross_market_connect.wire.fix.gap import Gap
from cross_market_connect.wire.fix.inspector import Inspector
from cross_market_connect.wire.fix.liveness import HEARTBEAT_DUE, SILENCE_DUE, TEST_DUE, Liveness
from cross_market_connect.wire.fix.message import FixMessage, Framer, parse_message
from cross_market_connect.wire.fix.probe import LOGON_QUESTION, Probe
from cross_market_connect.wire.fix.recovery import Recovery
from cross_market_connect.wire.fix.sender import OUTBOUND_BYTES_MAX, Numbers, Sender
from cross_market_connect.wire.fix.session_days import SessionDays
from cross_market_connect.wire.fix.session_status import reason_of
from cross_market_connect.wire.fix.settings import ROLE_ACCEPTOR, ROLE_INITIATOR, SessionSettings

RECEIVE_BYTES_MAX: Final[i64] = 1_048_576  # of one `receive`
INBOUND_MESSAGES_MAX: Final[i64] = 8192
"""Messages not yet taken beyond which `receive` refuses more."""
_TIME_PROBLEM: Final = b"SendingTime accuracy problem"


@final
class FixSession:
    """One FIX session.

    Args:
        settings: both ends' identity, limits and policies.
        dictionary: the FIX version; its BeginString is the settings'.
        next_in, next_out: persisted sequence numbers, 1 for a new session.
    Raises:
        InputError: the settings ask for Logon fields that the version does not have.
    """

    def __init__(self, settings: SessionSettings, dictionary: Dictionary, next_in: i64 = 1, next_out: i64 = 1) -> None:
        if dictionary.begin_string != settings.begin_string or next_in < 1 or next_out < 1:
            raise LocalProtocolError("FIX session: BeginString must be the dictionary's, sequence numbers from 1")
        checks.require_logon_fields(settings, dictionary)
        self.settings: SessionSettings = settings
        self.dictionary: Dictionary = dictionary
        self.state: i64 = states.DISCONNECTED
        self.close_reason: i64 = states.CLOSE_NONE
        self.days: SessionDays | None = None
        """Hours of the session, set by the owner; None is around the clock."""
        self.data_has_secret: bool = False
        """The bytes last drained contain the password placeholder: the shell calls `fill_secret`."""
        self.duplicates: i64 = 0
        """PossDup messages dropped because their number was processed before."""
        self.probe: Probe = Probe()
        self._is_light: bool = dictionary.is_light
        self._numbers: Numbers = Numbers(next_in, next_out)
        self._sender: Sender = Sender(settings, self._numbers)
        self._sender.default_appl_ver_id = dictionary.default_appl_ver_id
        self._sender.reject_reason_last = dictionary.reject_reason_last
        self._framer: Framer = Framer(settings.message_bytes_max)
        self._begin: bytes = b"8=" + settings.begin_string + b"\x01"
        self._faults: FaultLog = FaultLog(settings.name)
        self._inspector: Inspector = Inspector(settings, dictionary, self._sender, self._faults)
        self._recovery: Recovery = Recovery(settings, self._is_light, self._numbers, self._sender, self._faults)
        self._gap: Gap = self._recovery.gap
        self._inbound: list[FixMessage] = []
        self._liveness: Liveness = Liveness(settings.heartbeat_interval_s, self._is_light)
        self._damages: i64 = 0
        self._now_ns: i64 = 0
        self._utc_ns: i64 = 0
        self._deadline_ns: i64 = NO_TIMER
        self._end_utc_ns: i64 = NO_TIMER

    # -- what the shell and the engine call --------------------------------------------------------------------------

    @property
    def next_in(self) -> int:
        """MsgSeqNum expected next; 1 from the moment a reset is asked for."""
        return 1 if self._numbers.reset_asked else int(self._numbers.next_in)

    @property
    def next_out(self) -> int:
        """MsgSeqNum of the next message sent."""
        return int(self._numbers.next_out)

    @property
    def sequence_changed(self) -> bool:
        """A number changed: persist both, then call `sequence_saved`, before sending drained bytes."""
        return self._numbers.changed

    @property
    def faults(self) -> FaultCounts:
        """Counts of the counterparty's faults."""
        return self._faults.counts

    @property
    def is_logged_on(self) -> bool:
        """True between the completed logon and the first Logout: `send` is allowed."""
        return self.state == states.LOGGED_ON

    @property
    def must_close(self) -> bool:
        """True when the shell is to send what is drained and close the connection."""
        return self.state == states.CLOSING

    @property
    def gap_pending(self) -> bool:
        """True while missing messages are being resent: what arrived is not yet complete."""
        return self._gap.last > 0

    def connection_opened(self, now_ns: i64) -> None:
        """The TCP connection stands; the logon timeout runs from here."""
        if self.state != states.DISCONNECTED:
            raise LocalProtocolError("connection_opened: the session has a connection")
        self._move(states.EVENT_OPENED)
        self.close_reason = states.CLOSE_NONE
        if self._is_light:
            self._reset_numbers()  # L.1
        self._deadline_ns = now_ns + self.settings.logon_timeout_s * NANOSECONDS_PER_SECOND

    def connection_lost(self, now_ns: i64) -> None:
        """The connection is gone, by whoever. Undelivered output and messages behind a gap are dropped."""
        self._now_ns = now_ns
        self._move(states.EVENT_LOST)
        self._framer.clear()
        self._sender.clear()
        self._gap.clear()
        self._numbers.give_up_reset()
        self._liveness.clear()
        self._deadline_ns = NO_TIMER
        self._end_utc_ns = NO_TIMER

    def start_new_numbers(self) -> None:
        """Both numbers start at 1: a new session day, or agreed with the counterparty by other means (9)."""
        if self.state != states.DISCONNECTED:
            raise LocalProtocolError("start_new_numbers: only without a connection; within a session ask_reset")
        self._reset_numbers()

    def log_on(self, now_ns: i64, utc_ns: i64) -> None:
        """Send the initiator's Logon.

        Raises:
            LocalProtocolError: not an initiator with a new connection, or outside the session's hours.
        """
        is_closed: bool = self.days is not None and not self.days.is_open(utc_ns)
        if self.state != states.CONNECTED or self.settings.role != ROLE_INITIATOR or is_closed:
            raise LocalProtocolError("log_on: only an initiator with a new connection, within the session's hours")
        self._set_time(now_ns, utc_ns)
        self._liveness.interval_s = self.settings.heartbeat_interval_s
        is_reset: bool = self.settings.reset_on_logon or self._is_light
        if is_reset:
            self._reset_numbers()
        self._send_logon(is_reset, self._numbers.next_in)
        self.probe.ask(LOGON_QUESTION, now_ns)
        self._move(states.EVENT_LOGON_SENT)

    def log_out(self, text: bytes, now_ns: i64, utc_ns: i64) -> None:
        """Start the logout exchange; before a logon it only closes, after a Logout it does nothing."""
        self._set_time(now_ns, utc_ns)
        if self.state == states.LOGGED_ON:
            self._sender.logout(text)
            self._move(states.EVENT_LOGOUT_SENT)
            self._deadline_ns = now_ns + self.settings.logout_timeout_s * NANOSECONDS_PER_SECOND
        elif self.state in (states.CONNECTED, states.LOGON_SENT):
            self._close(states.CLOSE_LOGGED_OUT)

    def send(self, msg_type: bytes, body: bytes, now_ns: i64, utc_ns: i64) -> i64:
        """Send an application message; returns the MsgSeqNum used.

        Raises:
            LocalProtocolError: not logged on, an administrative or unsupported type, or output is not being drained.
        """
        layout = self.dictionary.messages.get(msg_type)
        if self.state != states.LOGGED_ON or layout is None or layout.is_admin:
            raise LocalProtocolError(f"send {msg_type!r}: needs an application message and a logged-on session")
        if self._sender.buffered_bytes + len(body) > OUTBOUND_BYTES_MAX:
            raise LocalProtocolError("send: OUTBOUND_BYTES_MAX bytes were not drained")
        self._set_time(now_ns, utc_ns)
        return self._sender.send_application(msg_type, body)

    def ask_reset(self, now_ns: i64, utc_ns: i64) -> None:
        """Ask the counterparty to start both numbers at 1 (Volume 2, "Logon", 24-hour connections).

        Raises:
            LocalProtocolError: not logged on, a reset is already asked for, or messages are missing.
        """
        if self.state != states.LOGGED_ON or self._numbers.reset_asked or self._gap.last > 0:
            raise LocalProtocolError("ask_reset: only while logged on, once, and with nothing missing")
        self._set_time(now_ns, utc_ns)
        self._sender.forget()
        self._numbers.ask_reset()
        self._send_logon(True, 1)
        self._deadline_ns = now_ns + self.settings.logon_timeout_s * NANOSECONDS_PER_SECOND

    def ask_time(self, now_ns: i64, utc_ns: i64) -> None:
        """Send a TestRequest for the time of its answer (`probe`); nothing over LFIXT (L.4) or while not logged on."""
        if self.state == states.LOGGED_ON and not self._is_light:
            self._set_time(now_ns, utc_ns)
            self.probe.ask(self._sender.test_request(), now_ns)

    def receive(self, data: bytes, now_ns: i64, utc_ns: i64) -> None:
        """Take bytes as one read returned them.

        Raises:
            LocalProtocolError: no connection, too many bytes at once, or messages are not being taken.
        """
        if self.state == states.DISCONNECTED or len(data) > RECEIVE_BYTES_MAX:
            raise LocalProtocolError("receive: needs a connection and at most RECEIVE_BYTES_MAX bytes")
        if len(self._inbound) > INBOUND_MESSAGES_MAX:
            raise LocalProtocolError("receive: INBOUND_MESSAGES_MAX messages were not taken")
        if self.state == states.CLOSING:
            return  # what the peer says after we gave up changes nothing and will be resent after the next logon
        self._set_time(now_ns, utc_ns)
        framer = self._framer
        framer.feed(data)
        while self.state != states.CLOSING:
            frame = framer.next_frame()
            if self._is_light and framer.damages > self._damages:
                self._damages = framer.damages
                self._log_out_and_close(b"Garbled message")  # L.3
            if not frame or self.state == states.CLOSING:
                break
            self._liveness.received(now_ns)
            self._handle_frame(frame)
            if self._sender.buffered_bytes > OUTBOUND_BYTES_MAX and self.state != states.CLOSING:
                self._faults.add(faults.FAULT_SEND_LIMIT, -1, b"", b"")
                self._close(states.CLOSE_LIMIT)
        self._faults.count_stream(framer.garbled, framer.bad_length, framer.bad_checksum)

    def next_timer_ns(self) -> i64:
        """Monotonic time at which `handle_timer` wants to be called, NO_TIMER when none."""
        if self.state in (states.CONNECTED, states.LOGON_SENT, states.LOGOUT_SENT):
            return self._deadline_ns
        if self.state != states.LOGGED_ON:
            return NO_TIMER
        due_ns: i64 = self._liveness.next_ns(self._sender.last_sent_ns)
        days = self.days
        end_ns: i64 = NO_TIMER if days is None else days.reading_ns(self._end_utc_ns)
        return min(self._gap.deadline_ns, due_ns, self._deadline_ns, end_ns)

    def handle_timer(self, now_ns: i64, utc_ns: i64) -> None:
        """Do what is due at `now_ns`; nothing when called early."""
        self._set_time(now_ns, utc_ns)
        if self.state in (states.CONNECTED, states.LOGON_SENT, states.LOGOUT_SENT):
            if now_ns >= self._deadline_ns:
                code = faults.FAULT_LOGOUT_TIMEOUT if self.state == states.LOGOUT_SENT else faults.FAULT_LOGON_TIMEOUT
                self._faults.add(code, -1, b"", b"")
                self._close(states.CLOSE_TIMEOUT)
        elif self.state == states.LOGGED_ON and utc_ns >= self._end_utc_ns:
            self.log_out(b"End of session", now_ns, utc_ns)
        elif self.state == states.LOGGED_ON and now_ns >= self._deadline_ns:
            self._faults.add(faults.FAULT_RESET_UNANSWERED, 1, MSG_LOGON, b"", 141)
            self._log_out_and_close(b"ResetSeqNumFlag not answered")
        elif self.state == states.LOGGED_ON:
            if self._recovery.retry(now_ns):
                self._check_liveness()
            else:
                self._log_out_and_close(b"ResendRequest not answered")

    def data_to_send(self) -> bytes:
        """Drain the bytes to send; sets `data_has_secret`."""
        self.data_has_secret = self._sender.has_secret
        return self._sender.drain()

    def take_messages(self) -> list[FixMessage]:
        """Application messages and Rejects in sequence; `poss_dup` marks those that answered a ResendRequest."""
        messages = self._inbound
        self._inbound = []
        return messages

    def take_faults(self) -> list[SessionFault]:
        """Reports for the log since the last call, at most FAULT_REPORTS_MAX."""
        return self._faults.take()

    def sequence_saved(self) -> None:
        """The caller persisted `next_in` and `next_out`."""
        self._numbers.changed = False

    # -- logon -------------------------------------------------------------------------------------------------------

    def _handle_frame(self, frame: bytes) -> None:
        message = parse_message(frame, self.dictionary)
        message.time_offset_ns = self.settings.time_offset_ns
        if not frame.startswith(self._begin):
            self._end(faults.FAULT_BEGIN_STRING, message, b"Incorrect BeginString")  # 2.i
        elif message.seq_num < 0:
            self._end(faults.FAULT_NO_SEQUENCE, message, b"MsgSeqNum missing")  # "garbled message", last paragraph
        elif self.state in (states.CONNECTED, states.LOGON_SENT):
            self._handle_before_logon(message)
        else:
            self._handle_in_session(message)

    def _handle_before_logon(self, message: FixMessage) -> None:
        if message.msg_type == MSG_LOGOUT and self.state == states.LOGON_SENT:
            if message.seq_num == self._numbers.next_in:
                self._numbers.set_next_in(message.seq_num + 1)
            self._add_fault(faults.FAULT_LOGON_REFUSED, message, reason_of(message))
            self._close(states.CLOSE_PEER_LOGGED_OUT)
        elif message.msg_type != MSG_LOGON or (self.state == states.CONNECTED and self.settings.role == ROLE_INITIATOR):
            self._add_fault(faults.FAULT_NOT_LOGON, message, b"")
            if self.state == states.LOGON_SENT:
                self._log_out_and_close(b"First message not a Logon")  # 1B.e
            else:
                self._close(states.CLOSE_PEER_FAULT)  # 1S.e
        elif not checks.comp_ids_match(message, self.settings):
            self._add_fault(faults.FAULT_COMP_ID, message, b"")
            if self.settings.role == ROLE_ACCEPTOR:
                self._close(states.CLOSE_PEER_FAULT)  # 1S.c
            else:
                self._log_out_and_close(b"CompID problem")  # 1B.d
        elif self.days is not None and not self.days.is_open(self._utc_ns):
            self._end(faults.FAULT_SCHEDULE, message, self.days.refusal(self._utc_ns))
        elif not checks.is_time_accurate(message, self.settings, self._utc_ns):
            self._end(faults.FAULT_SENDING_TIME, message, _TIME_PROBLEM)  # 1S.d
        elif self._is_acceptable(message):
            self._handle_logon(message)

    def _handle_logon(self, message: FixMessage) -> None:
        """A valid first Logon from the right counterparty (1S.a, 1B.c)."""
        numbers = self._numbers
        is_reset: bool = message.get(141) == b"Y"
        is_initiator: bool = self.settings.role == ROLE_INITIATOR
        if not checks.is_reset_agreed(message, self.settings, numbers.next_out):
            self._end(faults.FAULT_RESET_FLAG, message, b"ResetSeqNumFlag not as agreed")
            return
        if is_reset and is_initiator:
            numbers.set_next_in(1)
        elif is_reset:
            self._reset_numbers()
        if message.seq_num < numbers.next_in or (self._is_light and message.seq_num > numbers.next_in):
            self._refuse_number(message)
            return
        missed_from: i64 = checks.missed_from(message, self.settings, numbers.next_out)
        if missed_from > numbers.next_out:
            self._log_out_and_close(self._inspector.expected_too_high(message, numbers.next_out))
            return
        self._liveness.interval_s = message.get_int(108, 0)
        if is_initiator:
            self.probe.take_answer(LOGON_QUESTION, message)
        else:
            self._send_logon(is_reset, numbers.next_in + 1 if message.seq_num == numbers.next_in else numbers.next_in)
        self._move(states.EVENT_LOGON_ACCEPTED)
        self._deadline_ns = NO_TIMER
        if self.days is not None:
            self._end_utc_ns = self.days.end_utc_ns(self._utc_ns)
        # What the counterparty misses it need not ask for; an acceptor's own Logon has just been sent.
        last: i64 = numbers.next_out - 1 if is_initiator else numbers.next_out - 2
        if missed_from <= last:
            self._sender.resend(missed_from, last)
        wants_reset: bool = self.settings.reset_on_logon and not is_initiator and not is_reset
        if message.seq_num > numbers.next_in and not wants_reset:
            self._recovery.keep(message, self._now_ns)
            return
        numbers.set_next_in(message.seq_num + 1)
        if wants_reset and not (numbers.next_in == 2 and numbers.next_out == 2):
            self.ask_reset(self._now_ns, self._utc_ns)

    def _send_logon(self, is_reset: bool, next_expected: i64) -> None:
        says_expected: bool = self.settings.next_expected or self._is_light
        self._sender.logon(self._liveness.interval_s, is_reset, next_expected if says_expected else 0)

    def _is_acceptable(self, message: FixMessage) -> bool:
        """True when fields, application version and credentials are right; otherwise the refusal is sent (1S.d)."""
        text = self._inspector.logon_refusal(message)
        if text:
            self._log_out_and_close(text)
        return not text

    # -- receiving ---------------------------------------------------------------------------------------------------

    def _handle_in_session(self, message: FixMessage) -> None:
        msg_type = message.msg_type
        seq_num: i64 = message.seq_num
        if not checks.comp_ids_match(message, self.settings):
            self._refuse(message, faults.FAULT_COMP_ID, validation.REJECT_COMP_ID, b"CompID problem")  # 2.k
        elif not checks.is_time_accurate(message, self.settings, self._utc_ns):
            self._refuse(message, faults.FAULT_SENDING_TIME, validation.REJECT_SENDING_TIME, _TIME_PROBLEM)  # 2.o
        elif msg_type == MSG_SEQUENCE_RESET and message.get(123) != b"Y":
            self._handle_sequence_reset(message)
        elif msg_type == MSG_LOGON and seq_num == 1 and message.get(141) == b"Y" and not message.poss_dup:
            self._handle_reset_in_session(message)
        elif seq_num > self._numbers.next_in:
            self._handle_ahead(message)
        elif seq_num < self._numbers.next_in:
            self._handle_low(message)
        else:
            self._process(message)
            self._drain_queue()

    def _handle_ahead(self, message: FixMessage) -> None:
        """A message beyond a gap (2.b)."""
        if message.msg_type == MSG_LOGOUT:
            self._handle_logout()
        elif self._is_light:
            self._refuse_number(message)  # L.2
        elif self._numbers.reset_asked:
            self._add_fault(faults.FAULT_SEQUENCE_GAP, message, b"not asked for, as a reset is under way")
        else:
            if message.msg_type == MSG_RESEND_REQUEST and self._inspector.is_well_formed(message):
                self._gap.answered_request = message.seq_num
                self._recovery.answer(message)
            self._recovery.keep(message, self._now_ns)

    def _handle_low(self, message: FixMessage) -> None:
        if not message.poss_dup:
            self._refuse_number(message)  # 2.c
        elif self._check_poss_dup(message):
            self.duplicates += 1  # 2.e

    def _refuse_number(self, message: FixMessage) -> None:
        number, expected = message.seq_num, self._numbers.next_in
        word = b"low" if number < expected else b"high"
        text = b"MsgSeqNum too %s, expecting %d but received %d" % (word, expected, number)
        self._add_fault(faults.FAULT_SEQUENCE_LOW if number < expected else faults.FAULT_SEQUENCE_GAP, message, text)
        self._log_out_and_close(text)

    def _check_poss_dup(self, message: FixMessage) -> bool:
        """OrigSendingTime present and not after SendingTime; otherwise the answer of 2.g or 2.f is sent."""
        verdict: i64 = self._inspector.poss_dup_verdict(message)
        if verdict == checks.POSS_DUP_LATE_TIME:
            self._refuse(message, faults.FAULT_POSS_DUP, validation.REJECT_SENDING_TIME, _TIME_PROBLEM)
        return verdict == checks.POSS_DUP_VALID

    def _process(self, message: FixMessage) -> None:
        """The next message in sequence."""
        self._numbers.set_next_in(message.seq_num + 1)
        if (message.poss_dup and not self._check_poss_dup(message)) or not self._inspector.is_valid(message):
            return
        msg_type = message.msg_type
        if not self.dictionary.messages[msg_type].is_admin:
            self._inbound.append(message)
        elif msg_type == MSG_HEARTBEAT:
            self.probe.take_answer(message.get(112), message)
        elif msg_type == MSG_TEST_REQUEST:
            self._sender.heartbeat(message.get(112))
        elif msg_type == MSG_RESEND_REQUEST:
            if self._gap.answered_request != message.seq_num:
                self._recovery.answer(message)
        elif msg_type == MSG_SEQUENCE_RESET:
            self._handle_gap_fill(message)
        elif msg_type == MSG_LOGOUT:
            self._handle_logout()
        elif msg_type == MSG_REJECT:
            self._faults.add(faults.FAULT_REJECT_RECEIVED, message.seq_num, message.get(372), message.get(58))
            self._inbound.append(message)
        elif msg_type == MSG_LOGON:
            self._add_fault(faults.FAULT_SECOND_LOGON, message, b"")

    def _process_queued(self, number: i64) -> None:
        message = self._gap.take(number)
        if message.msg_type == MSG_LOGON:
            # The Logon that opened the session beyond a gap: it was handled, now it takes its place.
            self._numbers.set_next_in(number + 1)
        else:
            self._process(message)

    def _handle_gap_fill(self, message: FixMessage) -> None:
        following: i64 = message.get_int(36, 0)
        if following <= message.seq_num:
            self._add_fault(faults.FAULT_INVALID_MESSAGE, message, b"NewSeqNo too low")
            self._sender.reject(message, validation.REJECT_OUT_OF_RANGE, 36)  # 10.e
            return
        # A real message that is already here is not filled over: it is processed in its place.
        waiting: i64 = self._gap.first()
        while waiting > 0 and waiting < following and self.state != states.CLOSING:
            self._process_queued(waiting)
            waiting = self._gap.first()
        if following > self._numbers.next_in:
            self._numbers.set_next_in(following)

    def _handle_sequence_reset(self, message: FixMessage) -> None:
        """SequenceReset-Reset: its own MsgSeqNum is ignored (11.a to 11.c)."""
        if not self._inspector.is_valid(message):
            return
        following: i64 = message.get_int(36, 0)
        self._add_fault(faults.FAULT_SEQUENCE_RESET, message, message.get(36))
        if following < self._numbers.next_in:
            self._sender.reject(message, validation.REJECT_OUT_OF_RANGE, 36)
            return
        self._gap.clear()
        self._numbers.set_next_in(following)

    def _handle_reset_in_session(self, message: FixMessage) -> None:
        """Logon with ResetSeqNumFlag=Y within a session: asked of us, or the answer to `ask_reset`. Both start at 1."""
        if self.state != states.LOGGED_ON or not self._is_acceptable(message):
            return
        if self._numbers.reset_asked:
            self._numbers.reset_asked = False
            self._deadline_ns = NO_TIMER
        else:
            self._reset_numbers()
            self._send_logon(True, 2)
        self._numbers.set_next_in(2)
        self._move(states.EVENT_LOGON_ACCEPTED)

    def _handle_logout(self) -> None:
        if self.state == states.LOGGED_ON:
            self._sender.logout(b"")  # 13.b
            self._close(states.CLOSE_PEER_LOGGED_OUT)
        else:
            self._close(states.CLOSE_LOGGED_OUT)  # 13.a

    # -- gaps --------------------------------------------------------------------------------------------------------

    def _drain_queue(self) -> None:
        """Process what follows in sequence, and ask for what is still missing."""
        gap = self._gap
        if gap.last == 0:
            return
        while gap.holds(self._numbers.next_in) and self.state != states.CLOSING:
            self._process_queued(self._numbers.next_in)
        if self.state != states.CLOSING:
            self._recovery.follow(self._now_ns)

    # -- heartbeats --------------------------------------------------------------------------------------------------

    def _check_liveness(self) -> None:
        due: i64 = self._liveness.due(self._now_ns, self._sender.last_sent_ns)
        if due == SILENCE_DUE:
            self._faults.add(faults.FAULT_SILENCE, -1, b"" if self._is_light else MSG_TEST_REQUEST, b"")
            if not self._is_light:  # L.4
                self._sender.logout(b"TestRequest not answered")  # 6
            self._close(states.CLOSE_TIMEOUT)
        elif due == TEST_DUE:
            self.probe.ask(self._sender.test_request(), self._now_ns)
        elif due == HEARTBEAT_DUE:
            self._sender.heartbeat(b"")  # 4.a

    # -- checks and answers ------------------------------------------------------------------------------------------

    def _refuse(self, message: FixMessage, fault: i64, reason: i64, text: bytes) -> None:
        """Reject, log out and close; the message's number is used up when it was the expected one."""
        self._add_fault(fault, message, b"")
        if message.seq_num == self._numbers.next_in:
            self._numbers.set_next_in(message.seq_num + 1)
        self._sender.reject(message, reason, 0)
        self._log_out_and_close(text)

    def _end(self, fault: i64, message: FixMessage, text: bytes) -> None:
        self._add_fault(fault, message, b"")
        self._log_out_and_close(text)

    def _log_out_and_close(self, text: bytes) -> None:
        if self.state != states.LOGOUT_SENT:
            self._sender.logout(text)
        self._close(states.CLOSE_PEER_FAULT)

    def _add_fault(self, code: i64, message: FixMessage, text: bytes) -> None:
        self._faults.add(code, message.seq_num, message.msg_type, text)

    # -- state -------------------------------------------------------------------------------------------------------

    def _move(self, event: i64) -> None:
        self.state = states.following(self.state, event)

    def _close(self, reason: i64) -> None:
        if self.state != states.CLOSING:
            self._move(states.EVENT_CLOSE)
            self.close_reason = reason

    def _set_time(self, now_ns: i64, utc_ns: i64) -> None:
        self._now_ns = now_ns
        self._utc_ns = utc_ns
        self._sender.set_time(now_ns, utc_ns)

    def _reset_numbers(self) -> None:
        self._numbers.reset()
        self._sender.forget()
        self._gap.clear()

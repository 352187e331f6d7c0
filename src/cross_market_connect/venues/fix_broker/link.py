"""One FIX session of one source inside the engine: time from the step, records into the step, bytes in and out.

Theory of operation. `FixSession` does the protocol; a link gives it the step's time, turns what it decided into records
and hands its messages on. Records of faults are bounded per connection, so that a counterparty that errs in every
message cannot fill the log: after FAULT_RECORDS_MAX of them one record says that the rest is only counted.

Where the peer's clock is calibrated, what answers our questions bounds it from both sides (wire/fix/probe.py): log-ons,
and a TestRequest every PROBE_INTERVAL_NS.

Where the session has hours (`session.days`), a connection that was made after their end is closed unused, and the first
one of a new session day begins with both numbers at 1, on record before the log-on.

The logon's bytes carry a placeholder where the password belongs. The shell fills it in when `outgoing_has_secret` says
that the bytes just drained contain it; neither records nor captures ever see the secret.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.domain.records import SESSION_DAY, SESSION_EVENT, SESSION_STATE, Payload
from cross_market_connect.domain.step import Step
from cross_market_connect.market.venue_clock import VenueClock
from cross_market_connect.wire.fix import faults, states
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.faults import shown as shown
from cross_market_connect.wire.fix.message import INVALID, FixMessage
from cross_market_connect.wire.fix.session import RECEIVE_BYTES_MAX, FixSession
from cross_market_connect.wire.fix.settings import SessionSettings
from cross_market_connect.wire.fix.versions import dictionary_of

PROBE_INTERVAL_NS: Final[i64] = 60 * NANOSECONDS_PER_SECOND
"""Between two questions for the peer's time; clocks drift by a few milliseconds in it, at most."""
FAULT_RECORDS_MAX: Final[i64] = 100
"""Records of faults of one connection, and of what the counterparty tells people; later ones are only counted."""

TAG_SENDING_TIME: Final[i64] = 52

EVENT_LOGGED_ON: Final = "logged_on"
EVENT_LOGGING_OUT: Final = "logging_out"
EVENT_CLOSING: Final = "closing"
EVENT_LOST: Final = "connection_lost"
EVENT_FAULT: Final = "fault"
EVENT_FAULTS_COUNTED: Final = "faults_only_counted"


@final
class FixLink:
    """One FIX session of one source.

    Attributes:
        session: the protocol core; read by the owner, driven only from here.
        session_id: `SENDER->TARGET`, as records name the session.
        clock: the peer's, by its SendingTime (52); None where the way from it is not known.

    Args:
        source: number of the source in the engine.
        next_in, next_out: sequence numbers as an earlier run left them, 1 for a new session.
        dictionary: the version's, with the counterparty's own rows; FIX 4.4's when absent.
    """

    def __init__(
        self,
        source: i64,
        settings: SessionSettings,
        step: Step,
        next_in: i64,
        next_out: i64,
        dictionary: Dictionary | None = None,
    ) -> None:
        self.source: i64 = source
        known = dictionary_of("FIX.4.4") if dictionary is None else dictionary
        self.session: FixSession = FixSession(settings, known, next_in, next_out)
        self.session_id: str = settings.name
        self.clock: VenueClock | None = None
        self._answers_seen: i64 = 0
        self._probe_due_ns: i64 = NO_TIMER
        self._step: Step = step
        # Faults of the counterparty by name, of the session and of its messages' meaning.
        self.faults_by_name: dict[str, int] = {}
        self._owner_faults: i64 = 0
        self._fault_records: i64 = 0
        self._note_records: i64 = 0
        self._state_seen: i64 = states.DISCONNECTED
        # A run after this one must find where this one began, also when its session never was on: by the log alone as
        # by a snapshot.
        self._is_taken_over: bool = next_in != 1 or next_out != 1

    # ------------------------------------------------------------------ what the core calls

    def opened(self) -> None:
        """The connection stands: log on at once, within the session's hours."""
        self._fault_records = 0
        self._note_records = 0
        is_open = self._begin_day()
        self.session.connection_opened(self._step.now_ns)
        if is_open:
            self.session.log_on(self._step.now_ns, self._step.utc_ns)
        else:
            self.session.log_out(b"", self._step.now_ns, self._step.utc_ns)
        self._follow()

    def _begin_day(self) -> bool:
        """Begin the present session day where it is a new one; False outside the hours."""
        days = self.session.days
        if days is None:
            return True
        before_ns = days.day_utc_ns
        begins_anew = days.begin(self._step.utc_ns)
        if begins_anew:
            self.session.start_new_numbers()
        if days.begins_anew and days.day_utc_ns != before_ns:
            payload = Payload(SESSION_DAY)
            payload.put(self.source)
            payload.put(days.day_utc_ns)
            payload.put(1 if begins_anew else 0)
            self._step.write(payload, self._step.cause_seq)
        return days.is_open(self._step.utc_ns)

    def lost(self, reason: str) -> None:
        """The connection is gone, by whoever."""
        self.session.connection_lost(self._step.now_ns)
        self._record_faults()
        self._state_seen = self.session.state
        self.record(EVENT_LOST, reason)

    def receive(self, data: bytes) -> list[FixMessage]:
        """Take in what one read returned; the application messages and Rejects that it completed, in sequence."""
        step = self._step
        size: i64 = len(data)
        if size <= RECEIVE_BYTES_MAX:
            self.session.receive(data, step.now_ns, step.utc_ns)
            self._follow()
            self._note_answer()
            return self.session.take_messages()
        messages: list[FixMessage] = []
        position: i64 = 0
        while position < size:
            self.session.receive(data[position : position + RECEIVE_BYTES_MAX], step.now_ns, step.utc_ns)
            self._follow()
            self._note_answer()
            messages.extend(self.session.take_messages())
            position += RECEIVE_BYTES_MAX
        return messages

    def next_timer_ns(self) -> i64:
        """When `handle_timer` wants to be called."""
        due_ns = self.session.next_timer_ns()
        return min(due_ns, self._probe_due_ns) if self.clock is not None and self.is_up() else due_ns

    def handle_timer(self) -> list[FixMessage]:
        """Do what is due: heartbeats, test requests, resend and logon deadlines."""
        now_ns = self._step.now_ns
        if self.clock is not None and now_ns >= self._probe_due_ns:
            self._probe_due_ns = now_ns + PROBE_INTERVAL_NS
            self.session.ask_time(now_ns, self._step.utc_ns)
        self.session.handle_timer(self._step.now_ns, self._step.utc_ns)
        self._follow()
        return self.session.take_messages()

    def is_up(self) -> bool:
        """Whether the session is logged on."""
        return self.session.state == states.LOGGED_ON

    def send(self, msg_type: bytes, body: bytes) -> i64:
        """Send an application message; its MsgSeqNum. Raises LocalProtocolError when the session is not up."""
        return self.session.send(msg_type, body, self._step.now_ns, self._step.utc_ns)

    def log_out(self, reason: str) -> None:
        """Start the logout exchange; the reason is the Logout's Text (58)."""
        self.session.log_out(reason.encode("ascii", "replace"), self._step.now_ns, self._step.utc_ns)
        self._follow()

    def save_numbers(self) -> None:
        """Record both sequence numbers if one changed, and those that were taken over once; called before the bytes
        that use them go out."""
        session = self.session
        if not session.sequence_changed and not self._is_taken_over:
            return
        self._is_taken_over = False
        payload = Payload(SESSION_STATE)
        payload.put(self.source)
        payload.put(session.next_in)
        payload.put(session.next_out)
        self._step.write(payload, self._step.cause_seq)
        session.sequence_saved()

    def outgoing(self) -> bytes:
        """Drain the bytes to send."""
        return self.session.data_to_send()

    def outgoing_has_secret(self) -> bool:
        """Whether the bytes drained last carry the password placeholder, to be filled by `fill_secret`."""
        return self.session.data_has_secret

    def must_close(self) -> bool:
        """Whether the connection is to be closed once everything is sent."""
        return self.session.must_close

    # ------------------------------------------------------------------ what the owner calls

    def hear(self, message: FixMessage) -> None:
        """The peer's time of a message that nobody asked for; what waited to be read says nothing about the way."""
        clock = self.clock
        if clock is None or message.poss_dup or self._step.waited_ns > 0:
            return
        sent_utc_ns = message.get_timestamp(TAG_SENDING_TIME)
        if sent_utc_ns != INVALID:
            clock.observe(sent_utc_ns, self._step.now_ns)

    def loss_count(self) -> i64:
        """Occurrences so far of everything by which an application message may not have reached the owner."""
        counts = self.session.faults
        result: i64 = counts.count(faults.FAULT_SEQUENCE_GAP) + counts.count(faults.FAULT_SEQUENCE_RESET)
        result += counts.count(faults.FAULT_QUEUE_LIMIT) + counts.count(faults.FAULT_INVALID_MESSAGE)
        return result + counts.count(faults.FAULT_POSS_DUP)

    def refused_count(self, msg_types: tuple[bytes, ...]) -> i64:
        """Messages of these types so far that never reached the owner because their fields are wrong."""
        result: i64 = 0
        for msg_type in msg_types:
            result += self.session.faults.invalid_by_type.get(msg_type, 0)
        return result

    def record(self, event: str, reason: str) -> None:
        """Write a SESSION_EVENT of this session."""
        payload = Payload(SESSION_EVENT)
        payload.put(self.source)
        payload.put_text(self.session_id)
        payload.put_text(event)
        payload.put_text(reason)
        self._step.write(payload, self._step.cause_seq)

    def note(self, event: str, reason: str) -> None:
        """Record what the counterparty says to people, within a bound of its own."""
        self._note_records += 1
        if self._note_records <= FAULT_RECORDS_MAX:
            self.record(event, reason)

    def fault(self, event: str, reason: str) -> None:
        """Count a fault of the counterparty that its owner found, and record it within the connection's bound."""
        self._owner_faults += 1
        self._count_by_name(event)
        self._record_bounded(event, reason)

    def fault_count(self) -> i64:
        """Faults of the counterparty since the link was made, of the session and of its messages' meaning."""
        return self.session.faults.total() + self._owner_faults

    # ------------------------------------------------------------------ inside

    def _note_answer(self) -> None:
        probe = self.session.probe
        if probe.answers == self._answers_seen:
            return
        self._answers_seen = probe.answers
        clock = self.clock
        if clock is not None:
            clock.observe_answer(probe.asked_ns, probe.answered_utc_ns, self._step.now_ns)

    def _record_bounded(self, event: str, reason: str) -> None:
        if self._fault_records > FAULT_RECORDS_MAX:
            return
        self._fault_records += 1
        if self._fault_records <= FAULT_RECORDS_MAX:
            self.record(event, reason)
        else:
            self.record(EVENT_FAULTS_COUNTED, f"{FAULT_RECORDS_MAX} faults of this connection are recorded")

    def _follow(self) -> None:
        """Record what the last call did to the session."""
        self._record_faults()
        state = self.session.state
        if state == self._state_seen:
            return
        self._state_seen = state
        if state == states.LOGGED_ON:
            self._probe_due_ns = self._step.now_ns + PROBE_INTERVAL_NS
            self.record(EVENT_LOGGED_ON, f"next_in {self.session.next_in}, next_out {self.session.next_out}")
        elif state == states.LOGOUT_SENT:
            self.record(EVENT_LOGGING_OUT, "Logout sent")
        elif state == states.CLOSING:
            self.record(EVENT_CLOSING, states.CLOSE_REASON_NAMES[self.session.close_reason])

    def _count_by_name(self, name: str) -> None:
        self.faults_by_name[name] = self.faults_by_name.get(name, 0) + 1

    def _record_faults(self) -> None:
        for fault in self.session.take_faults():
            self._count_by_name(fault.name)
            self._record_bounded(EVENT_FAULT, fault.describe())

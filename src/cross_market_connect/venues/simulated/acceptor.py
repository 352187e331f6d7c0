"""The FIX side of a simulated exchange: connections, sessions and the latency of both directions.

Theory of operation. Bytes that arrive wait in the connection's inbound line until their latency is over. The first
frame of a connection names the session by its SenderCompID; from then on the session reads the stream. Application
messages go to `inbox`. What a session wants to send waits in the outbound line and becomes available to
`data_to_send`. Sessions outlive connections: sequence numbers go on, and what was sent over a dead connection is
resent on request. Reports for a client that is logged off wait and leave after its next log-on. Where a session has
hours, a Logon outside is refused with a Logout that says when they begin, and it is logged out at the end.

A connection is closed by the host: `closing` names those that the exchange gave up and that have nothing left to send;
the host closes them and answers with `connection_lost`, as for every other loss.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.venues.simulated.delay import DelayLine
from cross_market_connect.venues.simulated.gateways import begins_wrongly, session_settings
from cross_market_connect.venues.simulated.market_model import SeededIntegers
from cross_market_connect.venues.simulated.order_entry import Outgoing
from cross_market_connect.venues.simulated.settings import ROLE_MARKET_DATA, ClientSession, ExchangeSettings
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.message import FixMessage, Framer, parse_message
from cross_market_connect.wire.fix.session import FixSession
from cross_market_connect.wire.fix.session_days import SessionDays

NO_SESSION: Final[i64] = -1
CONNECTIONS_MAX: Final[i64] = 128
IDENTIFICATION_TIMEOUT_NS: Final[i64] = 10 * NANOSECONDS_PER_SECOND
WAITING_MAX: Final[i64] = 4096


@final
class Inbound:
    """One application message and the number of the session that it came in on."""

    def __init__(self, session: i64, message: FixMessage) -> None:
        self.session: i64 = session
        self.message: FixMessage = message


@final
class _Connection:
    def __init__(self, number: i64, opened_ns: i64) -> None:
        self.number: i64 = number
        self.session: i64 = NO_SESSION
        self.opened_ns: i64 = opened_ns
        self.inbound: DelayLine = DelayLine()
        self.outbound: DelayLine = DelayLine()
        self.framer: Framer = Framer()
        self.first_bytes: list[bytes] = []
        self.ready: list[bytes] = []
        self.gives_up: bool = False


@final
class FixAcceptor:
    """All connections and sessions of one exchange. Session numbers count from 1, in the order of the settings."""

    def __init__(self, settings: ExchangeSettings, dictionary: Dictionary) -> None:
        self._settings: ExchangeSettings = settings
        self._random: SeededIntegers = SeededIntegers(settings.seed + 1)
        self._dictionary: Dictionary = dictionary
        self._sessions: list[FixSession] = []
        self._by_comp_id: dict[bytes, int] = {}
        self._connection_of: list[int] = []
        self._waiting: list[list[Outgoing]] = []
        self._connections: dict[int, _Connection] = {}
        self.inbox: list[Inbound] = []
        self.ended: list[int] = []
        self.logged_on: list[int] = []
        self.waiting_dropped: i64 = 0
        for number, client in enumerate(settings.clients, 1):
            self._sessions.append(self._new_session(client))
            self._by_comp_id[client.comp_id] = number
            self._connection_of.append(int(NO_SESSION))
            self._waiting.append([])

    def _new_session(self, client: ClientSession) -> FixSession:
        settings = self._settings
        session = FixSession(session_settings(settings, client, self._dictionary), self._dictionary)
        if client.hours is not None:
            session.days = SessionDays(client.hours, settings.calendar)
            session.days.begins_anew = client.numbers_begin_anew
        return session

    # What the exchange passes through from its host

    def connection_opened(self, connection: i64, now_ns: i64) -> None:
        """A client connected. Raises LocalProtocolError when the number is in use."""
        if int(connection) in self._connections:
            raise LocalProtocolError(f"connection {connection} is open")
        opened = _Connection(connection, now_ns)
        opened.gives_up = i64(len(self._connections)) >= CONNECTIONS_MAX
        self._connections[int(connection)] = opened

    def connection_lost(self, connection: i64, now_ns: i64) -> None:
        """The connection is gone, by whoever; what was under way in it is lost."""
        lost = self._connections.pop(int(connection), None)
        if lost is None:
            raise LocalProtocolError(f"connection {connection} is not open")
        if lost.session != NO_SESSION:
            self._sessions[lost.session - 1].connection_lost(now_ns)
            self._connection_of[lost.session - 1] = int(NO_SESSION)
            self.ended.append(int(lost.session))

    def receive(self, connection: i64, data: bytes, now_ns: i64) -> None:
        """Bytes left the client; they arrive when the latency is over. A client that floods the line is given up."""
        receiver = self._connections.get(int(connection))
        if receiver is None:
            raise LocalProtocolError(f"connection {connection} is not open")
        if receiver.gives_up:
            return
        due_ns = now_ns + self._settings.latency_in_ns + self._jitter_ns()
        if not receiver.inbound.push(due_ns, 0, data):
            receiver.gives_up = True

    def next_timer_ns(self) -> i64:
        """When `advance` has something to do."""
        timer_ns: i64 = NO_TIMER
        for connection in self._connections.values():
            timer_ns = min(timer_ns, connection.outbound.next_due_ns())
            if not connection.gives_up:
                timer_ns = min(timer_ns, connection.inbound.next_due_ns())
                if connection.session == NO_SESSION:
                    timer_ns = min(timer_ns, connection.opened_ns + IDENTIFICATION_TIMEOUT_NS)
        for session in self._sessions:
            timer_ns = min(timer_ns, session.next_timer_ns())
        return timer_ns

    def advance(self, now_ns: i64, utc_ns: i64) -> None:
        """Deliver what is due in both directions and let the sessions see the time; fills `inbox`."""
        for connection in list(self._connections.values()):
            for _, data in connection.inbound.take_due(now_ns):
                if not connection.gives_up:
                    self._deliver(connection, data, now_ns, utc_ns)
            if connection.session == NO_SESSION and now_ns >= connection.opened_ns + IDENTIFICATION_TIMEOUT_NS:
                connection.gives_up = True
        for number, session in enumerate(self._sessions, 1):
            if now_ns >= session.next_timer_ns():
                session.handle_timer(now_ns, utc_ns)
            self.flush(number, 0, now_ns)
        self._release(now_ns)

    def data_to_send(self, connection: i64) -> bytes:
        """Drain the bytes that reached the client's end by now."""
        sender = self._connections.get(int(connection))
        if sender is None:
            return b""
        data = b"".join(sender.ready)
        sender.ready = []
        return data

    def closing(self) -> list[int]:
        """Connections that the exchange wants closed and that have nothing more to send."""
        return [
            number
            for number, connection in self._connections.items()
            if connection.gives_up and not connection.ready and connection.outbound.next_due_ns() == NO_TIMER
        ]

    # What the exchange itself uses

    def send(self, outgoing: Outgoing, now_ns: i64, utc_ns: i64) -> None:
        """Send now, or keep an order's report for the client's next log-on; `flush` puts it on the wire."""
        at = outgoing.session - 1
        session = self._sessions[at]
        if session.is_logged_on:
            session.send(outgoing.msg_type, outgoing.body, now_ns, utc_ns)
        elif self._settings.clients[at].role != ROLE_MARKET_DATA:
            if i64(len(self._waiting[at])) < WAITING_MAX:
                self._waiting[at].append(outgoing)
            else:
                self.waiting_dropped += 1

    def flush(self, number: i64, extra_delay_ns: i64, now_ns: i64) -> None:
        """Put what the session has to send on its way, later by `extra_delay_ns` than usual."""
        session = self._sessions[number - 1]
        connection = self._connections.get(self._connection_of[number - 1])
        if connection is None:
            return
        # The numbers live as long as this process: a restarted venue begins a new day with new ones.
        session.sequence_saved()
        data = session.data_to_send()
        if data and not connection.gives_up:
            due_ns = now_ns + self._settings.latency_out_ns + self._jitter_ns() + extra_delay_ns
            if not connection.outbound.push(due_ns, 0, data):
                connection.gives_up = True
        if session.must_close:
            connection.gives_up = True

    def release(self, now_ns: i64) -> None:
        """Make bytes that are due available to `data_to_send`."""
        self._release(now_ns)

    def drop(self, number: i64) -> None:
        """Cut the session's connection: whatever has not left yet is lost."""
        connection = self._connections.get(self._connection_of[number - 1])
        if connection is not None:
            connection.gives_up = True
            connection.outbound.clear()
            connection.inbound.clear()
            connection.ready = []

    def forget_sessions(self) -> None:
        """As after a failure: every connection is cut, every session begins at number 1, what waited is gone."""
        for at, client in enumerate(self._settings.clients):
            self.drop(at + 1)
            connection = self._connections.get(self._connection_of[at])
            if connection is not None:
                connection.session = NO_SESSION
                self.ended.append(at + 1)
            self._connection_of[at] = int(NO_SESSION)
            self._sessions[at] = self._new_session(client)
            self._waiting[at] = []

    def connection_of(self, number: i64) -> i64:
        """The connection of a session, NO_SESSION when it has none."""
        return self._connection_of[number - 1]

    def is_logged_on(self, number: i64) -> bool:
        """Whether reports reach the session's client: from its logon to the first Logout or the connection's end."""
        return self._sessions[number - 1].is_logged_on

    def log_out(self, number: i64, text: bytes, now_ns: i64, utc_ns: i64) -> None:
        """A Logout on one session."""
        self._sessions[number - 1].log_out(text, now_ns, utc_ns)

    def log_out_all(self, text: bytes, now_ns: i64, utc_ns: i64) -> None:
        """The exchange shuts down: a Logout on every session."""
        for number, session in enumerate(self._sessions, 1):
            if self._connection_of[number - 1] != NO_SESSION:
                session.log_out(text, now_ns, utc_ns)
                self.flush(number, 0, now_ns)

    def _release(self, now_ns: i64) -> None:
        for connection in self._connections.values():
            for _, data in connection.outbound.take_due(now_ns):
                connection.ready.append(data)

    def _deliver(self, connection: _Connection, data: bytes, now_ns: i64, utc_ns: i64) -> None:
        if connection.session == NO_SESSION:
            connection.first_bytes.append(data)
            data = self._identify(connection, data, now_ns, utc_ns)
            if not data:
                return
        number = connection.session
        session = self._sessions[number - 1]
        was_logged_on = session.is_logged_on
        session.receive(data, now_ns, utc_ns)
        for message in session.take_messages():
            self.inbox.append(Inbound(number, message))
        if session.is_logged_on and not was_logged_on:
            self.logged_on.append(int(number))
            waiting = self._waiting[number - 1]
            self._waiting[number - 1] = []
            for outgoing in waiting:
                self.send(outgoing, now_ns, utc_ns)

    def _identify(self, connection: _Connection, data: bytes, now_ns: i64, utc_ns: i64) -> bytes:
        """Find the session by the first frame; all bytes so far when it is found, b"" while it is not."""
        connection.framer.feed(data)
        frame = connection.framer.next_frame()
        if not frame:
            return b""
        message = parse_message(frame, self._dictionary)
        number = self._by_comp_id.get(message.get(49), int(NO_SESSION))
        if number == NO_SESSION or self._connection_of[number - 1] != NO_SESSION:
            # Unknown or already connected: closed without an answer (FIX 4.4 Volume 2, test case 1S.c).
            connection.gives_up = True
            return b""
        session = self._sessions[number - 1]
        if session.days is not None and session.days.begin(utc_ns):
            session.start_new_numbers()
        if begins_wrongly(self._settings, session, message.seq_num):
            connection.gives_up = True
            return b""
        connection.session = number
        self._connection_of[number - 1] = int(connection.number)
        session.connection_opened(now_ns)
        return b"".join(connection.first_bytes)

    def _jitter_ns(self) -> i64:
        jitter = self._settings.latency_jitter_ns
        return self._random.below(int(jitter) + 1) if jitter > 0 else 0

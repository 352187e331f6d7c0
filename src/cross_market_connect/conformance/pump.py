"""One session of a case over its connection: bytes, receipts and timers, in turns.

The session is the engine's own gateway, with the step, the link and the sequence numbers that the engine gives it; only
loop and core are absent.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from cross_market_connect.config.build_fix import SECRET_PLACEHOLDER
from cross_market_connect.conformance.target import Numbers
from cross_market_connect.conformance.transcript import RECEIVED, SENT, Transcript
from cross_market_connect.conformance.wire import Wire, WireFault
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.order import Receipt
from cross_market_connect.domain.records import SESSION_EVENT, RecordSink, decode_payload
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.tls import TlsStream
from cross_market_connect.venues.fix_broker.drop_copy import FixDropCopy
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.wire.fix.encoder import fill_secret


class CaseFailed(Exception):
    """What a case expected did not come."""


class Events(RecordSink):
    """The records of the gateway's session, of which a case reads the events."""

    def __init__(self) -> None:
        self.count = 0
        self.events: list[str] = []

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        """Keep one record."""
        self.count += 1
        if kind == SESSION_EVENT:
            fields = decode_payload(kind, payload)
            self.events.append(f"{fields['event']!s}: {fields['reason']!s}")
        return self.count


class CaseClock:
    """The time of one case, and the step that its sessions take.

    Attributes:
        ahead_ns: by how much a case has moved the time on.
    """

    def __init__(self, events: Events, calendar: CalendarClock) -> None:
        self.step = Step(events)
        self.calendar = calendar
        self.inputs = 0
        self.ahead_ns = 0

    def now_ns(self) -> int:
        """Monotonic time."""
        return time.monotonic_ns() + self.ahead_ns

    def utc_ns(self) -> int:
        """The machine's calendar time, moved on as well."""
        return time.time_ns() + self.ahead_ns

    def begin(self) -> None:
        """Another step."""
        self.inputs += 1
        now_ns = self.now_ns()
        self.step.begin(now_ns, int(self.calendar.utc_ns(now_ns)), self.inputs)


class Pump:
    """One session.

    Attributes:
        side: our end of it.
        link: its connection; None while there is none.
        receipts: what it brought and nobody has taken yet.

    Args:
        numbers: where its sequence numbers are kept.
        secret: what stands for the password's placeholder, as the engine's shell has it.
    """

    def __init__(
        self,
        side: FixOrders | FixDropCopy,
        clock: CaseClock,
        numbers: Numbers,
        transcript: Transcript,
        secret: Callable[[], bytes],
    ) -> None:
        self.side = side
        self.link: Wire | None = None
        self.receipts: list[Receipt] = []
        self._clock = clock
        self._numbers = numbers
        self._transcript = transcript
        self._secret = secret

    def open(self, host: str, port: int, wait_s: float, tls: TlsStream | None) -> None:
        """Make the connection; the Logon leaves. Raises OSError when nobody listens."""
        try:
            self.link = Wire(host, port, wait_s, tls)
        except WireFault as fault:
            raise CaseFailed(str(fault)) from fault
        self._transcript.note(f"connected to port {port}{'' if tls is None else ' with TLS'}")
        self._clock.begin()
        self.side.opened()
        self.flush()

    def turn(self, wait_s: float) -> None:
        """Whatever there is to read and to do; waits at most so long for something to read."""
        if self.link is not None and self.link.is_readable(wait_s):
            self._read(self.link)
        if self.link is not None and self._clock.now_ns() >= self.side.next_timer_ns():
            self._clock.begin()
            self.side.handle_timer()
        self.flush()

    def flush(self) -> None:
        """Save the numbers, send what is encoded, and close what the session gave up."""
        side = self.side
        side.save_numbers()
        self._numbers.keep(*side.next_numbers())
        data = side.outgoing()
        if data and self.link is not None:
            self._transcript.bytes(SENT, data, id(self))
            if side.outgoing_has_secret():
                data = fill_secret(data, SECRET_PLACEHOLDER, self._secret())
            try:
                self.link.send(data)
            except OSError as error:
                self._lose(error.strerror or "send failed")
        if self.link is not None and side.must_close():
            self._lose("closed by the session")

    def log_out(self) -> None:
        """End the session as the protocol asks; the connection ends with the answer."""
        self._clock.begin()
        self.side.log_out("end of case")
        self.flush()

    def cut(self) -> None:
        """The connection breaks on our side; what is under way is lost."""
        if self.link is not None:
            self.side.outgoing()
            self._transcript.note("connection cut on our side")
            self._lose("cut by the case")

    def _read(self, link: Wire) -> None:
        data = link.read()
        if data is None:
            reason = link.fault() or "closed by the counterparty"
            self._transcript.note(f"connection ended: {reason}")
            self._lose(reason)
            return
        if not data:
            return
        self._transcript.bytes(RECEIVED, data, id(self))
        self._clock.begin()
        self.side.receive(data)
        self.receipts += self.side.take_receipts()

    def _lose(self, reason: str) -> None:
        assert self.link is not None
        self.link.close()
        self.link = None
        self._transcript.connection_ended(id(self))
        self._clock.begin()
        self.side.lost(reason)
        self._numbers.keep(*self.side.next_numbers())

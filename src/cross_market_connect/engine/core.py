"""The engine's core: every input becomes one step, and a step's only effects are records, bytes to send and requests.

Theory of operation. The shell (sockets, or the virtual world) reads the clock once per input and calls one of the `on_`
methods. Each takes the next input number, puts the input into the log (order path) or the capture (market data), and
runs the step:

    market data -> feed -> books -> desk (trigger, gates, alignment, reservation, machine) -> gateways
    order path  -> session -> receipts -> desk (machine: count, repair, end)               -> gateways

Then the shell asks for what is to be sent, closed and connected. Nothing here reads a clock, a socket or a random
source, so the same inputs give the same records and the same bytes: live, in the virtual world, and on replay.
"""

from __future__ import annotations

from typing import Any, Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import EMERGENCY, INFO, WARNING
from cross_market_connect.domain.book import Book
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER, UNSTAMPED
from cross_market_connect.domain.ports import DatagramFeed, DropCopy, OrderGateway, QuoteConnection, SessionHours
from cross_market_connect.domain.records import (
    CHECKPOINT,
    CLOCK_SAMPLE,
    CONDITIONS,
    CONFIGURATION,
    CONNECTION,
    CRASH,
    DURABILITY,
    OPERATOR,
    RESTART,
    SENT,
    STANDSTILL,
    STREAM_BYTES,
    SYNCED,
    TIMER,
    CaptureSink,
    Payload,
    RecordSink,
)
from cross_market_connect.domain.spread import SpreadDefinition
from cross_market_connect.domain.step import Step
from cross_market_connect.engine import session_hours
from cross_market_connect.engine.clock_step import ClockStepDetector, announce
from cross_market_connect.engine.crashes import Crashes
from cross_market_connect.engine.ending import Ending
from cross_market_connect.engine.feed_watch import FeedWatches
from cross_market_connect.engine.kernel_stamps import KernelStamps
from cross_market_connect.engine.routes import StreamRoutes
from cross_market_connect.engine.standstill import Standstill
from cross_market_connect.engine.streams import (
    STREAM_CONNECTED,
    STREAM_CONNECTING,
    STREAM_IDLE,
    EncodedOrder,
    Stream,
    connect_again,
    sessions_kept,
)
from cross_market_connect.trading.commands import COMMAND_CHARACTERS_MAX, printable
from cross_market_connect.trading.conditions import CONDITION_NAMES
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.intake import take_receipts
from cross_market_connect.trading.operators import Operators
from cross_market_connect.trading.reservation import Limits
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.state import StateLines, engine_lines, keep_lines
from cross_market_connect.trading.stopping import lift, restrict, stop

CONNECT_TIMEOUT_NS: Final[i64] = 5 * NANOSECONDS_PER_SECOND
# The refresh channel of source n is numbered n + REFRESH_OFFSET in the capture.
REFRESH_OFFSET: Final[i64] = 512

STOP: Final[str] = "stop"
NO_SOURCE: Final[i64] = -1
# Lines of a snapshot that are written ahead between two steps: a fraction of a millisecond.
LINES_AHEAD_MAX: Final[i64] = 8
LIFT: Final[str] = "lift"


@final
class EngineCore:
    """One engine without its shell.

    Attributes:
        desk: the trading state; books: one per instrument.
        streams, feeds: by source number; None where the source is of the other kind. watches: of every feed.
        input_seq: number of the last input; input_kind, input_source: its record kind (0: market data) and source.
        crashes: what inputs have killed the engine, since a clean stop or a person's lift.
        operators: carries out commands; answers: theirs as JSON, drained through `take_answers`.
        routes: the order gateways as the desk sees them.
        configuration, day: what the indexes mean, for the snapshot: see `journal.snapshot`.
        snapshot_every: records between two checkpoints, 0 for none; taken at the end of an order-path step.
        stopping: a stop was asked for, and `ending` goes on with it; finished: it is over, the shell may end.
    """

    def __init__(
        self,
        step: Step,
        capture: CaptureSink | None,
        clock: CalendarClock,
        instruments: list[Instrument],
        books: list[Book],
        hours: list[SessionHours],
        definitions: list[SpreadDefinition],
        limits: Limits,
        margin_per_lot_e4: list[int],
        acknowledge_timeout_ns: list[int],
    ) -> None:
        self.step: Step = step
        self.sink: RecordSink = step.sink
        self.capture: CaptureSink | None = capture
        self.clock: CalendarClock = clock
        self.instruments: list[Instrument] = instruments
        self.books: list[Book] = books
        self.routes: StreamRoutes = StreamRoutes(step)
        self.streams: list[Stream | None] = self.routes.streams
        self.feeds: list[DatagramFeed | None] = []
        self.watches: FeedWatches = FeedWatches()
        self.desk: Desk = Desk(
            step,
            self.routes,
            instruments,
            books,
            hours,
            definitions,
            limits,
            margin_per_lot_e4,
            acknowledge_timeout_ns,
            1,
        )
        self.routes.safety = self.desk.safety
        self.clock_steps: ClockStepDetector = ClockStepDetector()
        self.stamps: KernelStamps = KernelStamps()
        self.standstill: Standstill = Standstill()
        self.operators: Operators = Operators(self.desk, len(acknowledge_timeout_ns))
        self.answers: list[str] = []
        self.input_seq: i64 = 0
        self.input_kind: i64 = 0
        self.input_source: i64 = NO_SOURCE
        self.epoch: i64 = 0
        self.packets: i64 = 0
        self.connects: list[int] = []
        self.snapshot_every: i64 = 0
        self.checkpoint_seq: i64 = 0
        self.snapshot: tuple[int, StateLines] | None = None
        self.configuration: str = ""
        self.day: i64 = 0
        self.crashes: Crashes = Crashes()
        self.ending: Ending = Ending(step, self.desk, self.streams)
        self.stopping: bool = False
        self.finished: bool = False

    def add_stream(self, gateway: OrderGateway | None, quotes: QuoteConnection | None, reconnect_ns: i64) -> None:
        """The next source is a stream; it connects at the first timer."""
        self.streams.append(Stream(len(self.streams), gateway, quotes, reconnect_ns))
        self.feeds.append(None)

    def add_drop_copy(self, copies: DropCopy, reconnect_ns: i64) -> None:
        """The next source is a drop copy; it connects at the first timer."""
        self.streams.append(Stream(len(self.streams), None, None, reconnect_ns, copies))
        self.feeds.append(None)

    def add_feed(self, feed: DatagramFeed) -> None:
        """The next source is a datagram feed."""
        self.streams.append(None)
        self.feeds.append(feed)

    # ------------------------------------------------------------------ inputs

    def _begin(self, now_ns: i64, kind: i64, source: i64) -> None:
        self.input_seq += 1
        self.input_kind = kind
        self.input_source = source
        self.step.begin(now_ns, self.clock.utc_ns(now_ns), self.input_seq)
        self.step.waited_ns = self.standstill.waited_ns(now_ns)

    def _log_input(self, payload: Payload) -> None:
        self.step.cause_seq = self.step.write(payload, 0)

    def start(self, code_version: str, configuration_hash: str, configuration: str, user: str, now_ns: i64) -> None:
        """The first input of every run: what it runs with."""
        self._begin(now_ns, CONFIGURATION, NO_SOURCE)
        payload = Payload(CONFIGURATION)
        payload.put_text(code_version)
        payload.put_text(configuration_hash)
        payload.put_text(configuration)
        payload.put_text(user)
        self._log_input(payload)
        self._set_epoch(1)

    def restart(self, epoch: i64, recovered_record: i64, code_version: str, reason: str, now_ns: i64) -> None:
        """After `start`, when the log held an earlier run: what was open then is possibly live, and is asked for."""
        self._begin(now_ns, RESTART, NO_SOURCE)
        payload = Payload(RESTART)
        payload.put(epoch)
        payload.put(recovered_record)
        payload.put_text(code_version)
        payload.put_text(reason)
        self._log_input(payload)
        self._set_epoch(epoch)
        self.desk.doubt.begin([stream is not None and stream.gateway is not None for stream in self.streams])
        resume(self.desk)
        self.operators.finish_interrupted()

    def on_crash(
        self, crashed_input: i64, crashed_record: i64, source: i64, place: str, reason: str, now_ns: i64
    ) -> None:
        """After `restart`, when the run before died inside a step: see `Crashes.note`."""
        self._begin(now_ns, CRASH, NO_SOURCE)
        restriction = self.crashes.note(self.step, crashed_input, crashed_record, source, place, reason)
        if restriction != "":
            restrict(self.desk, restriction)
        self._end()

    def _set_epoch(self, epoch: i64) -> None:
        self.epoch = epoch
        self.desk.machine.begin_epoch(epoch)
        for stream in self.streams:
            if stream is not None and stream.gateway is not None:
                stream.gateway.begin_epoch(epoch)

    def on_clock_sample(self, utc_ns: i64, clock_error_ns: i64, now_ns: i64) -> None:
        """The calendar shows `utc_ns` now; it runs on from there."""
        self._begin(now_ns, CLOCK_SAMPLE, NO_SOURCE)
        payload = Payload(CLOCK_SAMPLE)
        payload.put(now_ns)
        payload.put(utc_ns)
        payload.put(clock_error_ns)
        self._log_input(payload)
        step_ns = self.clock_steps.observe(self.step.utc_ns, utc_ns)
        self.desk.on_clock_step(step_ns)
        if step_ns != 0:
            announce(self.step, step_ns, utc_ns)
        self.clock.anchor_now_ns = now_ns
        self.clock.anchor_utc_ns = utc_ns

    def on_standstill(self, since_ns: i64, now_ns: i64) -> None:
        """The shell has read nothing since then, and later than it meant to: what waited for it is as old as that."""
        self._begin(now_ns, STANDSTILL, NO_SOURCE)
        payload = Payload(STANDSTILL)
        payload.put(since_ns)
        self._log_input(payload)
        self.standstill.note(since_ns, now_ns)

    def on_datagram(self, source: i64, is_refresh: bool, data: bytes, now_ns: i64, queued_ns: i64 = UNSTAMPED) -> None:
        """One datagram of a feed, which the kernel had for so long, where it says so."""
        self._begin(now_ns, 0, source)
        self.step.queued_ns = queued_ns
        self.packets += 1
        if self.capture is not None:
            channel = source + REFRESH_OFFSET if is_refresh else source
            self.capture.append(channel, self.input_seq, now_ns, self.step.utc_ns, data, queued_ns)
        if self.crashes.is_left_out(source):
            return
        self.stamps.note(self.step, source)
        feed = self._feed(source)
        feed.receive(is_refresh, data)
        if not is_refresh:
            self.watches.heard(source)
        if len(feed.changed) > 0:
            self._evaluate(feed.changed)

    def on_bytes(self, source: i64, data: bytes, now_ns: i64) -> None:
        """What one read of a stream returned."""
        stream = self._stream(source)
        stream.reads += 1
        self._begin(now_ns, STREAM_BYTES, source)
        if stream.quotes is not None:
            self.watches.heard(source)
            if self.capture is not None:
                self.capture.append(source, self.input_seq, now_ns, self.step.utc_ns, data)
        else:
            payload = Payload(STREAM_BYTES)
            payload.put(source)
            payload.put_bytes(data)
            self._log_input(payload)
        stream.connection.receive(data)
        self._after_stream(stream)
        self._end()

    def on_connection(self, source: i64, connected: bool, reason: str, now_ns: i64) -> None:
        """A connection was made (`reason`: what a person should know of it, often nothing), refused, or is gone."""
        stream = self._stream(source)
        self._begin(now_ns, CONNECTION, source)
        payload = Payload(CONNECTION)
        payload.put(source)
        payload.put(1 if connected else 0)
        payload.put_text(reason)
        self._log_input(payload)
        if connected:
            stream.state = STREAM_CONNECTED
            stream.connects += 1
            session_hours.begin(stream, self.step)
            if reason != "":
                self.step.alert(WARNING, "certificate_expires", 0, reason, f"TLS 证书即将到期：{reason}")
            stream.connection.opened()
        else:
            if stream.state == STREAM_CONNECTED:
                stream.connection.lost(reason)
            else:
                stream.connection.refused(reason)
            stream.state = STREAM_IDLE
            if self.stopping and self.ending.logging_out:
                stream.due_ns = NO_TIMER
            else:
                connect_again(stream, self.step, reason)
        self._after_stream(stream)
        self._end()

    def on_timer(self, now_ns: i64) -> None:
        """The time of `next_timer_ns` has come."""
        self._begin(now_ns, TIMER, NO_SOURCE)
        self._log_input(Payload(TIMER))
        for stream in self.streams:
            if stream is not None:
                self._stream_timer(stream, now_ns)
        for feed in self.feeds:
            if feed is not None and feed.next_timer_ns() <= now_ns:
                feed.handle_timer()
                self._evaluate(feed.changed)
        self.watches.handle_timer()
        if self.desk.next_timer_ns() <= now_ns:
            self.desk.on_timer()
        self._end()

    def on_operator(self, command: str, user: str, role: str, reason: str, now_ns: i64) -> None:
        """A person's or the process's own command."""
        self._begin(now_ns, OPERATOR, NO_SOURCE)
        command = printable(command[: COMMAND_CHARACTERS_MAX + 1])
        payload = Payload(OPERATOR)
        payload.put_text(command)
        payload.put_text(user)
        payload.put_text(role)
        payload.put_text(reason)
        self._log_input(payload)
        if command == STOP:
            self.stopping = True
            self.crashes.stopped()
            stop(self.desk)
        elif command.startswith("{"):
            was_restricted = self.desk.safety.cancel_only
            self.answers.append(self.operators.handle(command, user, role))
            self.stopping = self.stopping or self.desk.stopping
            if was_restricted and not self.desk.safety.cancel_only:
                self._lifted()
        elif command == LIFT and lift(self.desk, user, reason):
            self._lifted()
        self._end()

    def _lifted(self) -> None:
        """A person ended cancel-only: sources that were left out connect again."""
        for source in self.crashes.left_out:
            stream = self.streams[source]
            if stream is not None and stream.state == STREAM_IDLE:
                stream.due_ns = self.step.now_ns
        self.crashes.clear()

    def on_condition(self, instrument_index: i64, condition: i64, value: i64, reason: str, now_ns: i64) -> None:
        """What a market allows for an instrument changed: one of CONDITION_* in trading/conditions.py.

        A value that is none of the condition's is recorded, answered with an alert and changes nothing.
        """
        self._begin(now_ns, CONDITIONS, NO_SOURCE)
        payload = Payload(CONDITIONS)
        payload.put(instrument_index)
        payload.put(condition)
        payload.put(value)
        payload.put_text(CONDITION_NAMES[condition] if 0 <= condition < len(CONDITION_NAMES) else "unknown")
        payload.put_text(reason)
        self._log_input(payload)
        self.desk.on_condition(instrument_index, condition, value)
        self._end()

    def on_durability(self, durable: bool, reason: str, now_ns: i64) -> None:
        """The log or the capture can, or can no longer, promise space and persistence.

        Told once more while it cannot: from here on nothing is read or sent until it can.
        """
        self._begin(now_ns, DURABILITY, NO_SOURCE)
        payload = Payload(DURABILITY)
        payload.put(1 if durable else 0)
        payload.put_text(reason)
        self._log_input(payload)
        was_durable = self.desk.durable
        self.desk.durable = durable
        if durable:
            self.step.alert(INFO, "durability", 0, "the log can be written again", "日志恢复可写")
        elif was_durable:
            self.step.alert(WARNING, "durability", 0, f"nothing new is opened: {reason}", f"不再开新单：{reason}")
        else:
            self.step.alert(EMERGENCY, "durability", 0, f"the engine pauses: {reason}", f"引擎暂停：{reason}")
        self._end()

    # ------------------------------------------------------------------ inside a step

    def _stream(self, source: i64) -> Stream:
        stream = self.streams[source]
        if stream is None:
            raise InvariantError(f"source {source} is no stream")
        return stream

    def _feed(self, source: i64) -> DatagramFeed:
        feed = self.feeds[source]
        if feed is None:
            raise InvariantError(f"source {source} is no datagram feed")
        return feed

    def _evaluate(self, changed: list[int]) -> None:
        for instrument_index in changed:
            self.desk.on_book(instrument_index)
        changed.clear()

    def _after_stream(self, stream: Stream) -> None:
        """What a read, a timer or a change of the connection means for the desk."""
        quotes = stream.quotes
        if quotes is not None:
            self._note_session(stream)
            if len(quotes.changed) > 0:
                self._evaluate(quotes.changed)
            return
        copies = stream.copies
        if copies is not None:
            self._note_session(stream)
            take_receipts(self.desk, copies.take_receipts())
            return
        gateway = stream.gateway
        if gateway is None:
            return
        if gateway.is_up() and gateway.has_gap():
            self.desk.doubt.begin_gap(stream.index)
        receipts = gateway.take_receipts()
        if len(receipts) > 0:
            take_receipts(self.desk, receipts)
        # A session that began or ended in this read has delivered its receipts first: decisions count them.
        self._note_session(stream)
        if gateway.is_up() and not gateway.has_gap():
            self.desk.on_whole(stream.index)

    def _note_session(self, stream: Stream) -> None:
        up = stream.connection.is_up()
        if up == stream.was_up:
            return
        stream.was_up = up
        if up:
            stream.up_since_ns = self.step.now_ns
        if not up and not self.ending.logging_out and not session_hours.is_over(stream, self.step):
            self.step.alert(
                WARNING,
                "session_lost",
                0,
                f"source {stream.index} is logged off",
                f"数据源 {stream.index} 已断开登录",
            )
        if stream.gateway is not None:
            self.desk.on_route(stream.index, up)

    def _stream_timer(self, stream: Stream, now_ns: i64) -> None:
        if stream.state == STREAM_IDLE and self.crashes.is_left_out(stream.index):
            stream.due_ns = NO_TIMER
        elif stream.state == STREAM_IDLE and stream.next_due_ns() <= now_ns:
            if session_hours.holds_back(stream, self.step):
                return
            stream.state = STREAM_CONNECTING
            stream.due_ns = now_ns + CONNECT_TIMEOUT_NS
            self.connects.append(int(stream.index))
        elif stream.state == STREAM_CONNECTED and stream.next_due_ns() <= now_ns:
            session_hours.close_in_time(stream, self.step, self.desk)
            stream.connection.handle_timer()
            self._after_stream(stream)

    def _end(self) -> None:
        """End of a step of the order path."""
        self.operators.amending.go_on()
        was_finished = self.finished
        if self.stopping:
            self.finished = self.ending.progress() or self.finished
        self._save_numbers()
        if self.snapshot_every > 0:
            # The last step of a run leaves a state from which any later version can go on.
            is_last = self.finished and not was_finished
            if is_last or self.step.last_seq - self.checkpoint_seq >= self.snapshot_every:
                self._checkpoint()

    def _checkpoint(self) -> None:
        """Put the state's hash on record, and the state where the shell finds it."""
        crashes = {"counts": self.crashes.counts, "left_out": self.crashes.left_out}
        state: dict[str, Any] = {
            "crashes": crashes,
            "epoch": int(self.epoch),
            "input_seq": int(self.input_seq),
            "stopping": self.stopping,
            **sessions_kept(self.streams),
        }
        lines = engine_lines(self.desk, state)
        payload = Payload(CHECKPOINT)
        payload.put(self.step.last_seq)
        payload.put_text(lines.hash())
        self.checkpoint_seq = self.step.write(payload, 0)
        self.snapshot = (int(self.checkpoint_seq), lines)

    def _save_numbers(self) -> None:
        """Log what changed of the numbers of order sessions and drop copies; quote sessions start anew each time.

        Orders that a quote triggers need no record of their own here: each has one, and recovery counts those.
        """
        for stream in self.streams:
            if stream is not None and stream.quotes is None:
                stream.connection.save_numbers()

    # ------------------------------------------------------------------ what the shell asks for

    def next_timer_ns(self) -> i64:
        """When `on_timer` is to be called."""
        earliest = min(min(self.desk.next_timer_ns(), self.watches.next_timer_ns()), self.ending.next_timer_ns())
        for stream in self.streams:
            if stream is not None:
                earliest = min(earliest, stream.next_due_ns())
        for feed in self.feeds:
            if feed is not None:
                earliest = min(earliest, feed.next_timer_ns())
        return earliest

    def take_connects(self) -> list[int]:
        """Sources to connect now; each is answered with `on_connection`."""
        taken = self.connects
        self.connects = []
        return taken

    def outgoing(self, source: i64) -> bytes:
        """Drain the bytes that a stream sends."""
        stream = self._stream(source)
        data = stream.connection.outgoing()
        if len(data) > 0:
            stream.writes += 1
        return data

    def must_close(self, source: i64, now_ns: i64) -> bool:
        """Whether the stream is to be closed: its session has ended, or connecting takes too long."""
        stream = self._stream(source)
        if stream.state == STREAM_CONNECTING:
            return now_ns >= stream.due_ns
        return stream.state == STREAM_CONNECTED and stream.connection.must_close()

    def wants_refresh(self, source: i64) -> bool:
        """Whether a feed's refresh channel is to be read now."""
        return self._feed(source).wants_refresh()

    def prepare_snapshot(self) -> None:
        """Between steps: write some of what the next snapshot needs, and does not change any more, ahead."""
        if self.snapshot_every > 0:
            keep_lines(self.desk, LINES_AHEAD_MAX)

    def take_snapshot(self) -> tuple[int, str, str, int] | None:
        """A state to keep, with the record that it is as of before it and what its indexes mean behind it (see
        `journal.snapshot.Snapshot`); None when there is no new one."""
        taken = self.snapshot
        if taken is None:
            return None
        self.snapshot = None
        return taken[0], taken[1].text(), self.configuration, int(self.day)

    def take_answers(self) -> list[str]:
        """Answers to the operators' commands since the last call, in their order."""
        taken = self.answers
        self.answers = []
        return taken

    def measure_sent(self, order: EncodedOrder, sent_ns: i64, sent_bytes: i64) -> None:
        """Record when the last byte of an order was handed to the kernel."""
        payload = Payload(SENT)
        payload.put(order.source)
        payload.put(sent_ns)
        payload.put(sent_bytes)
        payload.put(order.client_order_id)
        self._measure(payload, order.record_seq)

    def measure_synced(self, record_seq: i64, synced_ns: i64) -> None:
        """Record up to which record the log is known to be durable."""
        payload = Payload(SYNCED)
        payload.put(synced_ns)
        payload.put(record_seq)
        self._measure(payload, 0)

    def _measure(self, payload: Payload, cause_seq: i64) -> None:
        """Past the step, which must not see what a replay cannot measure."""
        self.sink.append(payload.kind, cause_seq, self.step.input_seq, self.step.now_ns, payload.take())

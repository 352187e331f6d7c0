"""What the feeds of the OMD family have in common: the real-time channel, its refresh channel, the states of books.

Theory of operation. Numbers, holes, silence and what is kept are the channel's (market/channel.py). It is PAUSED while
the venue recovers from a disaster (105), until the venue says completed or resets its numbers.

A book is *synchronized* when it holds everything up to the channel's `next_seq` - 1. It is LIVE only when it is
synchronized, the channel is FOLLOWING, and its instrument is in continuous trading (CLOSED otherwise). Joining, a
silence, a reset, and a fault of its own make a book unsynchronized; then a snapshot is awaited, live packets are
applied to the books that are synchronized and are kept as well, and the refresh channel is collected. A hole alone
leaves the books as they are, SUSPECT: the missing packet may still come (from the other line, or late), and then
nothing was lost.

A complete snapshot stands at a real-time number `last`. It can be used when what is kept reaches back to it: every book
is replaced by it, and the kept messages after `last` are applied, which leads a book that was synchronized to where it
stood. A snapshot that is too old is dropped, and the next one awaited.

Both lines of the venue may be given to `receive`: the first to bring a message counts (section 4.2), and packets are
compared by message, since the lines may cut them differently. Section numbers are those of OMD-D 1.47, which OMD-C
shares (wire/omd/family.py).

A flavour is a subclass: it reads its own messages, collects its own snapshots, and says which instruments trade.
"""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import (
    BOOK_BUILDING,
    BOOK_CLOSED,
    BOOK_LIVE,
    BOOK_STALE,
    BOOK_SUSPECT,
    Book,
)
from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.domain.ports import DatagramFeed
from cross_market_connect.domain.step import Step
from cross_market_connect.market.book_changes import change_state, note_change
from cross_market_connect.market.channel import FOLLOWING, HOLE, NO_GAP, PAUSED, Channel
from cross_market_connect.market.feed_log import FeedLog
from cross_market_connect.market.quote_times import QuoteTimes
from cross_market_connect.venues.hkex.book_update import APPLIED, APPLIED_UNPRICED, UPDATE_FAULT_NAMES
from cross_market_connect.venues.hkex.refresh_cycle import RefreshCycle
from cross_market_connect.wire.omd.family import (
    DISASTER_RECOVERY_SIGNAL,
    RECOVERY_COMPLETED,
    RECOVERY_IN_PROGRESS,
    REFRESH_COMPLETE,
    SEQUENCE_RESET,
)
from cross_market_connect.wire.omd.faults import FAULT_NAMES, OK
from cross_market_connect.wire.omd.packet_reader import END, PacketReader

# A silent channel sends a heartbeat every two seconds (section 2.2.2); three of them missing is no accident.
HEARTBEAT_INTERVAL_NS: Final[i64] = 2 * NANOSECONDS_PER_SECOND
# By so much one line may be behind the other.
RESET_COPY_NS: Final[i64] = 100_000_000
SILENCE_NS: Final[i64] = 3 * HEARTBEAT_INTERVAL_NS


class OmdFeed(DatagramFeed):
    """The feed of one channel of a flavour.

    Args:
        source: number of the feed in records.
        ours: the instruments of this feed; their place in this list is their place (`at`) in everything here.
        books: the books, by the instruments' index in the engine.
        reader, refresh_reader: cursors of the flavour, which the subclass reads its messages with.
        cycle: the flavour's collector of snapshots.
    """

    def __init__(
        self,
        source: i64,
        step: Step,
        ours: list[Instrument],
        books: list[Book],
        reader: PacketReader,
        refresh_reader: PacketReader,
        cycle: RefreshCycle,
    ) -> None:
        super().__init__()
        count: i64 = len(ours)
        self.channel: Channel = Channel(SILENCE_NS)
        self.times: QuoteTimes = QuoteTimes()
        self.log: FeedLog = FeedLog(source, step)
        self.log.fault_names = list(FAULT_NAMES[1:])
        self._step: Step = step
        self._ours: list[Instrument] = ours
        self._books: list[Book] = [books[instrument.index] for instrument in ours]
        self._packets: PacketReader = reader
        self._refresh_packets: PacketReader = refresh_reader
        self._cycle: RefreshCycle = cycle
        self._synchronized: vec[i64] = vec[i64]([0 for _ in range(count)])
        self._unpriced: vec[i64] = vec[i64]([0 for _ in range(count)])
        self._overflows: i64 = 0
        self._reset_utc_ns: i64 = 0
        self._reset_ns: i64 = 0
        self._told_undefined: bool = False
        for book in self._books:
            book.state = BOOK_BUILDING

    # -- what a flavour adds -------------------------------------------------------------------------------------------

    def _on_message(self, kind: i64) -> None:
        """The current message of the real-time channel, of that type."""
        raise InvariantError("a flavour must implement this")

    def _on_refresh_message(self, kind: i64) -> None:
        """The current message of the refresh channel, of that type; the cycle may not be collecting."""
        raise InvariantError("a flavour must implement this")

    def _is_open(self, at: i64) -> bool:
        """Whether instrument `at` is in continuous trading."""
        raise InvariantError("a flavour must implement this")

    def _is_defined(self, at: i64) -> bool:
        """Whether the venue has said what instrument `at` is."""
        raise InvariantError("a flavour must implement this")

    def _forget_states(self) -> None:
        """Everything that was said of the states of trading is void."""
        raise InvariantError("a flavour must implement this")

    def _use_cycle(self) -> None:
        """Take over the states of the complete cycle, and `_replaced` each book that it can say something of."""
        raise InvariantError("a flavour must implement this")

    # -- the port ------------------------------------------------------------------------------------------------------

    def receive(self, is_refresh: bool, data: bytes) -> None:
        """Take in one datagram; whatever it holds, nothing is raised."""
        if is_refresh:
            self._receive_refresh(data)
            return
        self.log.packets += 1
        reader = self._packets
        reason = reader.open(data)
        if reason != OK:
            self.log.malformed_packet(self.channel.next_seq, FAULT_NAMES[-reason])
            return
        self.times.heard(self._step, reader.send_time_utc_ns)
        first = reader.seq_num
        count = reader.message_count
        self.log.messages += count
        channel = self.channel
        if channel.state == FOLLOWING and first == channel.next_seq and count > 0:
            channel.offer(data, first, count, self._step.now_ns, reader.send_time_utc_ns)
            self._apply_messages(channel.from_seq)
        else:
            self._out_of_order(data, first, count)
        if channel.queue.overflows > self._overflows:
            self._overflows = channel.queue.overflows
            self.log.fault("overflow", channel.queue.next_seq, "no usable snapshot came in time; queue dropped")

    def recover(self, data: bytes) -> None:
        """Take in a packet of the retransmission service, whose session has checked it: messages that were sent before.

        It fills the hole or means nothing; it is no sign of life of the channel, and no clock is read from it.
        """
        reader = self._packets
        channel = self.channel
        if channel.state != HOLE or reader.open(data) != OK:
            return
        after_seq = reader.seq_num + reader.message_count
        if reader.seq_num <= channel.next_seq < after_seq:
            channel.take(data, after_seq)
            self._apply_messages(channel.from_seq)
            if channel.is_filled():
                self._fill_hole("from the retransmission service")

    def next_timer_ns(self) -> i64:
        """When silence is noticed."""
        return self.channel.next_timer_ns()

    def handle_timer(self) -> None:
        """Call the books stale when not even heartbeats come."""
        if self.channel.notice_silence(self._step.now_ns):
            expected = self.channel.next_seq
            self._wait(BOOK_STALE, False)
            self.log.silent(expected, SILENCE_NS // NANOSECONDS_PER_SECOND)

    def wants_refresh(self) -> bool:
        """Whether a snapshot would help now."""
        channel = self.channel
        return channel.state == HOLE or (channel.awaits_snapshot and channel.state != PAUSED)

    # -- real-time channel: sequence -----------------------------------------------------------------------------------

    def _apply_messages(self, from_seq: i64) -> None:
        """Apply the messages of the opened packet from `from_seq` on."""
        reader = self._packets
        kind = reader.next()
        while kind != END:
            if reader.message_seq_num >= from_seq:
                if kind == SEQUENCE_RESET:
                    self._on_sequence_reset()
                    return
                if kind == DISASTER_RECOVERY_SIGNAL:
                    self._on_recovery_signal()
                    return
                self._on_message(kind)
            kind = reader.next()

    def _out_of_order(self, data: bytes, first: i64, count: i64) -> None:
        """A packet that is not simply the next one, or a heartbeat."""
        kind = self._packets.first_type()
        if kind == SEQUENCE_RESET:
            self._packets.next()
            self._on_sequence_reset()
        elif kind == DISASTER_RECOVERY_SIGNAL:
            self._packets.next()
            self._on_recovery_signal()
        elif count == 0:
            self.channel.heartbeat(first + 1, self._step.now_ns)
            self._tell_gap()
            if self.channel.is_filled():
                self._fill_hole(self.channel.why_filled())
        elif self.channel.offer(data, first, count, self._step.now_ns, self._packets.send_time_utc_ns):
            self._apply_messages(self.channel.from_seq)
            if self.channel.is_filled():
                self._fill_hole(self.channel.why_filled())
        elif self.channel.went_back:
            self._on_other_numbers(first)
        else:
            self._tell_gap()

    def _tell_gap(self) -> None:
        """Behind a new hole books are no longer sure."""
        channel = self.channel
        if channel.gap_until == NO_GAP:
            return
        for at in range(i64(len(self._books))):
            if self._synchronized[at] == 1:
                self._set_state(at, BOOK_SUSPECT)
        self.log.gap(channel.gap_from, channel.gap_until)

    def _fill_hole(self, reason: str) -> None:
        """The missing packets came, or none was missing: apply what waited behind them; nothing was lost."""
        channel = self.channel
        expected = channel.queue.first_seq
        self._apply_queue(channel.fill())
        if channel.state == FOLLOWING:
            self._show_all()
            if not channel.awaits_snapshot:
                self.log.repaired(expected, channel.next_seq, reason)

    def _apply_queue(self, packets: list[bytes]) -> None:
        """Apply packets that were kept, in order, to every synchronized book."""
        reader = self._packets
        channel = self.channel
        for data in packets:
            if channel.state != FOLLOWING or reader.open(data) != OK:
                return
            after_seq = reader.seq_num + reader.message_count
            if after_seq > channel.next_seq:
                channel.take(data, after_seq)
                self._apply_messages(channel.from_seq)

    def _on_sequence_reset(self) -> None:
        """All cached data is void and numbers start anew (section 3.4.2); the next packet says where."""
        sent_utc_ns = self._packets.send_time_utc_ns
        now_ns = self._step.now_ns
        if sent_utc_ns == self._reset_utc_ns and now_ns - self._reset_ns < RESET_COPY_NS:
            return  # the other line's copy: what was built since is of after it
        self._reset_utc_ns = sent_utc_ns
        self._reset_ns = now_ns
        expected = self.channel.next_seq
        self._wait(BOOK_BUILDING, True)
        self._forget_states()
        self.channel.hear(self._step.now_ns)
        self.log.event("sequence reset", expected, self._packets.new_seq_no(), "the venue starts its numbers anew")

    def _on_other_numbers(self, received: i64) -> None:
        """The venue's numbers are not where we took them to be: nothing is sure until a snapshot."""
        expected = self.channel.next_seq
        self._wait(BOOK_SUSPECT, False)
        self.log.event("other numbers", expected, received, "the channel's numbers are far from those expected")

    def _on_recovery_signal(self) -> None:
        """The venue moves to its other site (section 3.4.3); the signal is repeated."""
        status = self._packets.recovery_status()
        completed = status == RECOVERY_COMPLETED and self.channel.state == PAUSED
        started = status == RECOVERY_IN_PROGRESS and self.channel.state != PAUSED
        if not completed and not started:
            return
        expected = self.channel.next_seq
        self._wait(BOOK_SUSPECT, True)
        if completed:
            self.channel.hear(self._step.now_ns)
            self.log.event("recovery completed", expected, 0, "books are rebuilt from the refresh channel")
            return
        self.channel.state = PAUSED
        self.log.recovering(expected)

    # -- refresh channel -----------------------------------------------------------------------------------------------

    def _receive_refresh(self, data: bytes) -> None:
        cycle = self._cycle
        if not self.wants_refresh():
            return
        reader = self._refresh_packets
        reason = reader.open(data)
        if reason != OK:
            self.log.malformed_packet(self.channel.next_seq, FAULT_NAMES[-reason])
            return
        if not cycle.follow(reader.seq_num, reader.message_count):
            return
        kind = reader.next()
        while kind != END:
            if kind == REFRESH_COMPLETE:
                if cycle.collecting:
                    self._use_snapshot(reader.last_seq_num())
                cycle.begin()
            elif kind == SEQUENCE_RESET:
                cycle.leave()
                return
            else:
                self._on_refresh_message(kind)
            kind = reader.next()

    def _use_snapshot(self, last_seq: i64) -> None:
        """A cycle is complete and stands at `last_seq`: synchronize the books with it when it is recent enough."""
        if not self.wants_refresh():
            return
        if not self.channel.reaches_back_to(last_seq):
            self.log.snapshots_unused += 1
            return
        expected = self.channel.next_seq
        self.channel.awaits_snapshot = False
        packets = self.channel.stand_at(last_seq)
        self._use_cycle()
        self._apply_queue(packets)
        if self.channel.state == FOLLOWING:
            self._show_all()
            self._tell_undefined()
            if not self.channel.awaits_snapshot:
                self.log.repaired(expected, self.channel.next_seq, f"from the snapshot at {last_seq}")

    def _tell_undefined(self) -> None:
        """Name, once, the instruments that a whole snapshot did not define."""
        if self._told_undefined:
            return
        self._told_undefined = True
        for at in range(i64(len(self._books))):
            if not self._is_defined(at):
                symbol = self._ours[at].venue_symbol
                self.log.event("undefined", self.channel.next_seq, 0, f"no definition of {symbol} in the snapshot")

    def _replaced(self, at: i64, fault: i64, unpriced: i64) -> None:
        """Book `at` is what the cycle says, or nothing is known of it because of a fault in the cycle.

        Args:
            fault: APPLIED where there is none. unpriced: 1 when something stands there without a price.
        """
        if fault != APPLIED:
            self._book_fault(at, fault)
            return
        self._unpriced[at] = unpriced
        self._synchronized[at] = 1
        self._touch(self._books[at], self._refresh_packets.send_time_utc_ns)

    # -- books ---------------------------------------------------------------------------------------------------------

    def _touch(self, book: Book, event_utc_ns: i64) -> None:
        """The input of this step gave the book its content."""
        step = self._step
        self.times.stamp(book, step, event_utc_ns)
        note_change(book, step, self.changed)

    def _unusual(self, at: i64, result: i64, has_unpriced: bool) -> None:
        """An update of book `at` had a fault, or something stands, or stood until now, there without a price."""
        if result > APPLIED_UNPRICED:
            self._book_fault(at, result)
            return
        self._unpriced[at] = 1 if has_unpriced else 0
        self._show(at)

    def _set_state(self, at: i64, state: i64) -> None:
        change_state(self._books[at], state, self._step, self.changed)

    def _show(self, at: i64) -> None:
        """Say what a synchronized book is: live or closed. Behind a hole it stays suspect."""
        if self._synchronized[at] == 0 or self.channel.state != FOLLOWING:
            return
        is_open = self._unpriced[at] == 0 and self._is_open(at)
        self._set_state(at, BOOK_LIVE if is_open else BOOK_CLOSED)

    def _show_all(self) -> None:
        for at in range(i64(len(self._books))):
            self._show(at)

    def _unsynchronize(self, at: i64, state: i64) -> None:
        """Book `at` must be rebuilt from a snapshot."""
        self.channel.await_snapshot()
        self._synchronized[at] = 0
        self._set_state(at, state)

    def _book_fault(self, at: i64, fault: i64) -> None:
        self._unsynchronize(at, BOOK_SUSPECT)
        self.log.book_fault(self.channel.next_seq, self._ours[at].venue_symbol, UPDATE_FAULT_NAMES[fault])

    def _wait(self, state: i64, clear: bool) -> None:
        """Forget the numbers; every book gets `state` until a snapshot."""
        self.channel.forget()
        self._cycle.leave()
        for at in range(i64(len(self._books))):
            if clear:
                self._books[at].clear()
            self._unsynchronize(at, state)

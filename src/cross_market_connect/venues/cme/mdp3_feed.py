"""CME quotes from MDP 3.0: one incremental channel of two lines, its snapshot and definition loops, our books.

Theory of operation. Packets are numbered, messages are not; numbers, holes, silence and what is kept are the channel's
(market/channel.py). Each security counts its own updates as well (RptSeq), and so a book knows more than its channel:

    book          meaning                                             leaves it
    UNKNOWN       nothing, or nothing true, is known of it            a snapshot: SYNCHRONIZED
    SYNCHRONIZED  it holds every update up to its count               an update is missing: UNKNOWN; a hole: DOUBTFUL
    DOUBTFUL      it held everything up to a hole of the channel      its next update has the next count, or a snapshot:
                                                                      SYNCHRONIZED; a later count: UNKNOWN

A hole waits LINE_WAIT_NS for the other line or a late packet, and for the TCP replay where it is asked
(venues/cme/replay.py). Then it is given up: packets behind it are applied, each
book finds out by its own count whether it missed something (natural refresh), and quiet ones are told by a snapshot. A
snapshot stands at a packet number; it is used when what is kept of the channel reaches back to it, and the kept updates
with a later count are applied to its book alone. Only a SYNCHRONIZED book of a channel without hole, whose instrument
trades, is LIVE, and only when the event is over that changed it: between the packets of one event books contradict each
other.

What is shown is the book by price, or, where the feed is made so, the book by order (order_books.py): the one by price
is then kept beside it, both must be whole, and after every event they must agree. Implied levels are a book of their
own; where the feed combines them, what is shown is made of both when the event is over, implied levels included.

Facts of the protocol: docs/protocols/mdp3.md.
"""

from __future__ import annotations

from typing import Final, final

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
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.domain.ports import DatagramFeed
from cross_market_connect.domain.step import Step
from cross_market_connect.market.book_changes import change_state, note_change
from cross_market_connect.market.channel import FOLLOWING, HOLE, NO_GAP, Channel
from cross_market_connect.market.feed_log import FeedLog
from cross_market_connect.market.hole_recovery import LINE_WAIT_NS, HoleRecovery
from cross_market_connect.market.quote_times import QuoteTimes
from cross_market_connect.venues.cme.book_update import (
    APPLIED,
    APPLIED_IMPLIED,
    CLEARED,
    UPDATE_FAULT_NAMES,
    apply_entry,
)
from cross_market_connect.venues.cme.channel_books import ChannelBooks
from cross_market_connect.venues.cme.order_books import OrderBooks
from cross_market_connect.venues.cme.securities import (
    DEFINITION_DELETED,
    DEFINITION_GRID,
    DEFINITION_NEW,
    NO_TICKS,
    Securities,
)
from cross_market_connect.venues.cme.templates import is_counting, is_definition
from cross_market_connect.wire.mdp3.codes import (
    CHANNEL_RESET,
    END_OF_EVENT,
    ENTRY_TRADE,
    INCREMENTAL_BOOK,
    INCREMENTAL_BOOK_LONG_QTY,
    INCREMENTAL_ORDER_BOOK,
    LAST_IMPLIED,
    LAST_QUOTE,
    SECURITY_STATUS,
    SNAPSHOT_FULL_REFRESH,
    SNAPSHOT_FULL_REFRESH_LONG_QTY,
    SNAPSHOT_ORDER_BOOK,
)
from cross_market_connect.wire.mdp3.decoder import END, PacketReader
from cross_market_connect.wire.mdp3.faults import FAULT_NAMES, OK, FaultCounts
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.sbe.schema import NO_VALUE

# A silent channel sends a heartbeat every 30 seconds; three of them missing is no accident.
SILENCE_NS: Final[i64] = 90 * NANOSECONDS_PER_SECOND

UNKNOWN: Final[i64] = 0
SYNCHRONIZED: Final[i64] = 1
DOUBTFUL: Final[i64] = 2

_EVERY_BOOK: Final[i64] = -1

# Which books what is kept of the channel is applied to.
_BOTH: Final[i64] = 0
_PRICES: Final[i64] = 1
_ORDERS: Final[i64] = 2


@final
class CmeFuturesFeed(DatagramFeed):
    """The feed of one channel.

    Args:
        source: number of the feed in records.
        instruments: all instruments of the engine; those of the venue `mic` are this feed's, known by symbol.
        books: the books, by instrument index.
        layouts: of the description file.
        orders_max: the books shown are those by order, with so many live orders of ours together; 0: those by price.
        combines_implied: the books shown have the implied levels in them.

    Attributes:
        states: what is known of each book by price of ours, by position: UNKNOWN, SYNCHRONIZED, DOUBTFUL.
        books: the books that make up what is shown.
        recovery: what is asked of the TCP replay; None where it is not used.
        natural_refreshes: books that a hole had missed, found out by their own count.
    """

    def __init__(
        self,
        source: i64,
        step: Step,
        instruments: list[Instrument],
        books: list[Book],
        layouts: Layouts,
        mic: str,
        orders_max: i64 = 0,
        combines_implied: bool = False,
    ) -> None:
        super().__init__()
        ours = [instrument for instrument in instruments if instrument.venue.mic == mic]
        count: i64 = len(ours)
        self.channel: Channel = Channel(SILENCE_NS)
        self.times: QuoteTimes = QuoteTimes()
        self.log: FeedLog = FeedLog(source, step)
        self.log.fault_names = list(FAULT_NAMES[1:])
        self.packet_faults: FaultCounts = FaultCounts()
        self.securities: Securities = Securities(ours)
        self.states: vec[i64] = vec[i64]([UNKNOWN for _ in range(count)])
        self.natural_refreshes: i64 = 0
        self._step: Step = step
        self.books: ChannelBooks = ChannelBooks([books[i.index] for i in ours], orders_max, combines_implied)
        self._books: list[Book] = self.books.shown
        self._prices: list[Book] = self.books.prices
        self._implied: list[Book] = self.books.implied
        self._over: i64 = LAST_IMPLIED | END_OF_EVENT if combines_implied else LAST_QUOTE | END_OF_EVENT
        self._is_event_open: bool = False
        self._reader: PacketReader = PacketReader(self.packet_faults, layouts)
        self._refresh_reader: PacketReader = PacketReader(self.packet_faults, layouts)
        self._next_counts: vec[i64] = vec[i64]([0 for _ in range(count)])
        # Positions of the books that the event under way has changed, and whether a book is among them.
        self._event: vec[i64] = vec[i64]([0 for _ in range(count)])
        self._event_count: i64 = 0
        self._in_event: vec[i64] = vec[i64]([0 for _ in range(count)])
        self.recovery: HoleRecovery | None = None
        self._hole_since_ns: i64 = 0
        self._expected_seq: i64 = 0
        self._overflows: i64 = 0
        for book in self._books:
            book.state = BOOK_BUILDING

    # -- the port ------------------------------------------------------------------------------------------------------

    def receive(self, is_refresh: bool, data: bytes) -> None:
        """Take in one datagram of the incremental channel, or of its snapshot or definition loop."""
        if is_refresh:
            self._receive_refresh(data)
            return
        self.log.packets += 1
        reader = self._reader
        reason = reader.open(data)
        channel = self.channel
        if reason != OK:
            self.log.malformed_packet(channel.next_seq, FAULT_NAMES[-reason])
            return
        self.times.heard(self._step, reader.sending_time_utc_ns)
        if channel.offer(data, reader.seq_num, 1, self._step.now_ns, reader.sending_time_utc_ns):
            self._apply_messages(_EVERY_BOOK, _BOTH)
            if channel.is_filled():
                self._apply_kept(channel.fill(), channel.why_filled())
        elif channel.gap_until != NO_GAP:
            self._note_gap()
        elif channel.went_back:
            self._on_other_numbers(reader.seq_num)
        if channel.queue.overflows > self._overflows:
            self._overflows = channel.queue.overflows
            self.log.fault("overflow", channel.queue.next_seq, "no usable snapshot came in time; queue dropped")

    def next_timer_ns(self) -> i64:
        """When a hole is given up, or silence is noticed."""
        silence_ns = self.channel.next_timer_ns()
        return min(silence_ns, self._give_up_ns()) if self.channel.can_give_up() else silence_ns

    def handle_timer(self) -> None:
        """Give up a hole; call the books stale when not even heartbeats come."""
        now_ns = self._step.now_ns
        channel = self.channel
        if channel.can_give_up() and now_ns >= self._give_up_ns():
            if self.recovery is not None:
                self.recovery.give_up("nothing came in time")
            self._give_up_hole()
        if channel.notice_silence(now_ns):
            expected = channel.next_seq
            self._forget(BOOK_STALE)
            self.log.silent(expected, SILENCE_NS // NANOSECONDS_PER_SECOND)

    def recover(self, data: bytes) -> None:
        """Take in a packet of the TCP replay: the next one that is missing in the hole, or nothing."""
        reader, channel = self._reader, self.channel
        if channel.state == HOLE and reader.open(data) == OK and reader.seq_num == channel.next_seq:
            channel.take(data, reader.seq_num + 1)
            self._apply_messages(_EVERY_BOOK, _BOTH)
            if channel.is_filled():
                self._apply_kept(channel.fill(), "from the TCP replay")

    def _give_up_ns(self) -> i64:
        """When waiting ends for what is missing: on the other line, and on the TCP replay where it is asked."""
        held_ns = 0 if self.recovery is None else self.recovery.hold_until_ns()
        return max(held_ns, self._hole_since_ns + LINE_WAIT_NS)

    def wants_refresh(self) -> bool:
        """Whether a snapshot or a definition would help now."""
        return self.channel.awaits_snapshot or self.securities.undefined > 0

    # -- the incremental channel ---------------------------------------------------------------------------------------

    def _note_gap(self) -> None:
        channel = self.channel
        self._hole_since_ns = self._step.now_ns
        self._expected_seq = channel.next_seq
        for at in range(i64(len(self._books))):
            if self._is_whole(at):
                self._set_state(at, BOOK_SUSPECT)
        self.log.gap(channel.gap_from, channel.gap_until)
        if self.recovery is not None:
            self.recovery.review()

    def _give_up_hole(self) -> None:
        """What is missing does not come: go on behind it, and let each book find out whether it missed anything."""
        channel = self.channel
        if channel.drop_doubted():
            self._apply_kept(channel.fill(), channel.why_filled())
            return
        for at in range(i64(len(self._books))):
            if self.states[at] == SYNCHRONIZED:
                self.states[at] = DOUBTFUL
        if self.books.orders is not None:
            self.books.orders.lose_all()
        self._is_event_open = False
        self._apply_kept(channel.give_up(), "no book had missed anything")

    def _on_other_numbers(self, received: i64) -> None:
        """The venue's numbers are not where we took them to be: nothing is sure until a snapshot."""
        expected = self.channel.next_seq
        self._forget(BOOK_SUSPECT)
        self.log.event("other numbers", expected, received, "the channel's numbers are far from those expected")

    def _forget(self, state: i64) -> None:
        """Forget the numbers; every book gets `state` until a snapshot."""
        self.channel.forget()
        self.securities.forget_numbers()
        self._is_event_open = False
        for at in range(i64(len(self._books))):
            self._lose(at, state)

    def _apply_kept(self, packets: list[bytes], reason: str) -> None:
        """Apply packets that were kept, in order; the channel follows again."""
        reader = self._reader
        channel = self.channel
        for data in packets:
            if channel.state != FOLLOWING or reader.open(data) != OK:
                return
            if reader.seq_num >= channel.next_seq:
                channel.take(data, reader.seq_num + 1)
                self._apply_messages(_EVERY_BOOK, _BOTH)
        if channel.state == FOLLOWING:
            for at in range(i64(len(self._books))):
                self._show(at)
            self._tell_repaired(reason)

    def _apply_messages(self, only: i64, part: i64) -> None:
        """Apply the messages of the opened packet to every book of ours, or to one, or to one part of it."""
        reader = self._reader
        orders = self.books.orders
        template = reader.next()
        while template != END:
            if only == _EVERY_BOOK:
                self.log.messages += 1
            if is_counting(template):
                if part != _ORDERS:
                    self._apply_entries(template, only)
                if orders is not None and part != _PRICES and template == INCREMENTAL_BOOK:
                    self._apply_orders_behind(orders, only)
                self._note_event(reader, only)
            elif template == INCREMENTAL_ORDER_BOOK:
                if orders is not None and part != _PRICES:
                    self._apply_orders_alone(orders, only)
                self._note_event(reader, only)
            elif only == _EVERY_BOOK:
                self._on_other(reader, template)
            template = reader.next()
        for number in range(self._event_count):
            # The event goes on in another packet.
            at = self._event[number]
            if self._is_whole(at):
                self._set_state(at, BOOK_SUSPECT)

    def _on_other(self, reader: PacketReader, template: i64) -> None:
        """The messages that are rare."""
        if template == CHANNEL_RESET:
            self._on_channel_reset()
        elif template == SECURITY_STATUS:
            if self.securities.on_status(reader.security_status(), reader.seq_num):
                for at in range(i64(len(self._books))):
                    self._show(at)
        elif is_definition(template):
            self._on_definition(reader)

    def _note_event(self, reader: PacketReader, only: i64) -> None:
        """Whether the event goes on behind this message. What is kept tells of events that are over for the others."""
        if only != _EVERY_BOOK:
            return
        self._is_event_open = reader.match_event_indicator() & self._over == 0
        if not self._is_event_open:
            self._end_event()

    def _apply_entries(self, template: i64, only: i64) -> None:
        reader = self._reader
        table = self.securities.table
        index = reader.find_wanted(table, 0)
        count = reader.entry_count
        while index < count:
            at = reader.wanted_slot
            if (only == _EVERY_BOOK or only == at) and self.states[at] != UNKNOWN:
                self._apply_entry(template, index, at)
            index = reader.find_wanted(table, index + 1)

    def _apply_entry(self, template: i64, index: i64, at: i64) -> None:
        """One update of a book that is synchronized, or was before a hole."""
        reader = self._reader
        counted = reader.entry_rpt_seq(index)
        expected = self._next_counts[at]
        if counted < expected:
            return
        if counted > expected:
            self._lose(at, BOOK_SUSPECT)
            self.log.fault("updates missing", reader.seq_num, self._text(at, f"{counted - expected} updates missing"))
            return
        self._next_counts[at] = expected + 1
        if self.states[at] == DOUBTFUL:
            self.states[at] = SYNCHRONIZED
            self.natural_refreshes += 1
            self._look_for_end()
        if template == INCREMENTAL_BOOK or template == INCREMENTAL_BOOK_LONG_QTY:
            result = apply_entry(reader, index, self.securities, at, self._prices[at], self._implied[at])
            if result == APPLIED:
                self._touch(at, reader)
            else:
                self._on_unusual(at, reader, result)
        elif reader.entry_type(index) == ENTRY_TRADE:
            ticks = self.securities.ticks(at, reader.entry_price(index))
            if ticks != NO_TICKS:
                self._books[at].last_ticks = ticks

    def _on_unusual(self, at: i64, reader: PacketReader, result: i64) -> None:
        """What an entry or order did that did not just change the book shown."""
        if result == CLEARED:
            self.books.clear(at)
            self._touch(at, reader)
        elif result == APPLIED_IMPLIED:
            if self.books.combines:
                self._touch(at, reader)
        elif len(UPDATE_FAULT_NAMES[result]) > 0:
            self._lose(at, BOOK_SUSPECT)
            self.log.book_fault(reader.seq_num, self._text(at, ""), UPDATE_FAULT_NAMES[result])

    def _apply_orders_behind(self, orders: OrderBooks, only: i64) -> None:
        """The orders of a template 46; the entry that each names has its security."""
        reader = self._reader
        for index in range(reader.order_count):
            entry = reader.order_reference(index)
            if entry < 0 or entry >= reader.entry_count:
                # Whose order it is nobody can say.
                for at in range(i64(len(self._books))):
                    self._lose(at, BOOK_SUSPECT)
                self.log.fault("order without entry", reader.seq_num, "order refers to no entry of its message")
                return
            at = self.securities.table.slot(reader.entry_security_id(entry))
            if self._takes_orders(orders, at, only):
                self._on_order(at, orders.apply_behind(reader, index, entry, self.securities, at))

    def _apply_orders_alone(self, orders: OrderBooks, only: i64) -> None:
        """The orders of a template 47."""
        reader = self._reader
        table = self.securities.table
        index = reader.find_wanted(table, 0)
        while index < reader.entry_count:
            at = reader.wanted_slot
            if self._takes_orders(orders, at, only):
                self._on_order(at, orders.apply_alone(reader, index, self.securities, at))
            index = reader.find_wanted(table, index + 1)

    def _takes_orders(self, orders: OrderBooks, at: i64, only: i64) -> bool:
        if at < 0 or (only != _EVERY_BOOK and only != at) or orders.synchronized[at] == 0:
            return False
        return self._reader.seq_num > orders.ahead_seq[at]

    def _on_order(self, at: i64, result: i64) -> None:
        if result == APPLIED:
            self._touch(at, self._reader)
        else:
            self._on_unusual(at, self._reader, result)

    def _end_event(self) -> None:
        """Books are consistent with each other from here on."""
        count = self._event_count
        self._event_count = 0
        for number in range(count):
            at = self._event[number]
            self._in_event[at] = 0
            if not (self._prices[at].keeps_order() and self._implied[at].keeps_order()):
                self._lose(at, BOOK_SUSPECT)
                self.log.book_fault(self.channel.next_seq - 1, self._text(at, ""), "levels out of order")
            elif self.books.is_layered:
                self._put_together(at)
            self._show(at)

    def _put_together(self, at: i64) -> None:
        """The book shown, of those that it is made of; the event is over, and they must not contradict each other."""
        books, position = self.books, self.channel.next_seq - 1
        books.make_shown(at)
        if self._is_whole(at) and not books.agree(at, position, self.securities.depths[at]):
            self._lose(at, BOOK_SUSPECT)
            self.log.book_fault(position, self._text(at, ""), "books by price and by order disagree")

    def _on_channel_reset(self) -> None:
        """Every book of the channel is empty and is built anew from snapshots, which also say the states."""
        self.securities.forget_numbers()
        self._is_event_open = False
        for at in range(i64(len(self._books))):
            self.books.clear(at)
            self._lose(at, BOOK_BUILDING)
        self.log.event("channel reset", self.channel.next_seq, 0, "the venue voids every book of the channel")

    def _on_definition(self, reader: PacketReader) -> None:
        definition = reader.definition()
        at = self.securities.find_symbol(definition.symbol)
        if at < 0:
            return
        result = self.securities.define(at, definition)
        displaced = self.securities.displaced
        if displaced >= 0:
            self._lose(displaced, BOOK_BUILDING)
            self.log.fault("definition contradicts", 0, self._text(displaced, f"its id is {definition.symbol}'s now"))
        if result == DEFINITION_NEW:
            self._lose(at, BOOK_BUILDING)
        elif result == DEFINITION_DELETED:
            # No snapshot will come: nothing is awaited.
            self.states[at] = UNKNOWN
            self.books.lose_orders(at)
            self._set_state(at, BOOK_CLOSED)
        elif result == DEFINITION_GRID:
            self._lose(at, BOOK_BUILDING)
            grid = f"{definition.min_price_increment} x {definition.display_factor}"
            self.log.fault("definition refused", 0, self._text(at, f"price grid {grid} is not the instrument's"))

    # -- the loops -----------------------------------------------------------------------------------------------------

    def _receive_refresh(self, data: bytes) -> None:
        if not self.wants_refresh():
            return
        reader = self._refresh_reader
        reason = reader.open(data)
        if reason != OK:
            self.log.malformed_packet(self.channel.next_seq, FAULT_NAMES[-reason])
            return
        template = reader.next()
        while template != END:
            if template == SNAPSHOT_FULL_REFRESH or template == SNAPSHOT_FULL_REFRESH_LONG_QTY:
                self._on_snapshot()
            elif template == SNAPSHOT_ORDER_BOOK:
                self._on_order_snapshot()
            elif is_definition(template):
                self._on_definition(reader)
            template = reader.next()

    def _on_snapshot(self) -> None:
        """One book by price as of a packet of the incremental channel."""
        reader = self._refresh_reader
        at = self.securities.table.slot(reader.security_id())
        channel = self.channel
        if at < 0 or self.states[at] == SYNCHRONIZED or channel.state != FOLLOWING:
            return
        last_seq = reader.last_seq_num_processed()
        if not channel.reaches_back_to(last_seq):
            self.log.snapshots_unused += 1
            return
        book, implied = self._prices[at], self._implied[at]
        book.clear()
        implied.clear()
        for index in range(reader.entry_count):
            result = apply_entry(reader, index, self.securities, at, book, implied)
            if len(UPDATE_FAULT_NAMES[result]) > 0:
                self._on_unusual(at, reader, result)
                return
        self.states[at] = SYNCHRONIZED
        self.books.prices_seq[at] = last_seq
        self.securities.on_snapshot(at, reader.snapshot_trading_status(), last_seq)
        self._next_counts[at] = reader.snapshot_rpt_seq() + 1
        self._catch_up(at, _PRICES, last_seq)

    def _on_order_snapshot(self) -> None:
        """A part of one book by order as of a packet of the incremental channel."""
        orders = self.books.orders
        reader = self._refresh_reader
        at = self.securities.table.slot(reader.security_id())
        channel = self.channel
        if orders is None or at < 0 or orders.synchronized[at] == 1 or channel.state != FOLLOWING:
            return
        last_seq = reader.last_seq_num_processed()
        if not channel.reaches_back_to(last_seq):
            self.log.snapshots_unused += 1
            return
        result = orders.collect(reader, self.securities, at)
        if result == APPLIED:
            result = orders.use(at)
        if result == APPLIED:
            self._catch_up(at, _ORDERS, last_seq)
        else:
            self._on_unusual(at, reader, result)

    def _catch_up(self, at: i64, part: i64, last_seq: i64) -> None:
        """Apply the kept packets to a book that a snapshot gave: its count or their numbers say what it has not got."""
        self._touch(at, self._refresh_reader)
        reader = self._reader
        for data in self.channel.queue.packets():
            if reader.open(data) != OK:
                return
            self._apply_messages(at, part)
        if not self._is_event_open:
            self._end_event()
        self._look_for_end()
        self._tell_repaired(f"from the snapshot at {last_seq}")

    def _look_for_end(self) -> None:
        """When every book is synchronized whose security is defined, nothing needs to be kept any more."""
        for at in range(i64(len(self._books))):
            if not self._is_whole(at) and self.securities.ids[at] != NO_VALUE:
                return
        self.channel.awaits_snapshot = False

    def _tell_repaired(self, reason: str) -> None:
        channel = self.channel
        if not channel.awaits_snapshot and channel.state == FOLLOWING:
            self.log.repaired(self._expected_seq, channel.next_seq, reason)

    # -- books ---------------------------------------------------------------------------------------------------------

    def _touch(self, at: i64, reader: PacketReader) -> None:
        """The packet of a reader gave the book its content; until its event is over nobody trades on it."""
        book = self._books[at]
        step = self._step
        event_utc_ns = reader.transact_time_utc_ns()
        if event_utc_ns == NO_VALUE:
            event_utc_ns = reader.sending_time_utc_ns
        self.times.stamp(book, step, event_utc_ns)
        if self._in_event[at] == 0:
            self._in_event[at] = 1
            self._event[self._event_count] = at
            self._event_count += 1
        note_change(book, step, self.changed)

    def _set_state(self, at: i64, state: i64) -> None:
        change_state(self._books[at], state, self._step, self.changed)

    def _show(self, at: i64) -> None:
        """Say what a synchronized book is: live or closed. Behind a hole, and in an event, it stays suspect."""
        if not self._is_whole(at) or self.channel.state != FOLLOWING or self._in_event[at] == 1:
            return
        self._set_state(at, BOOK_LIVE if self.securities.is_open(at) else BOOK_CLOSED)

    def _lose(self, at: i64, state: i64) -> None:
        """Nothing true is known of book `at`: a snapshot is awaited."""
        self.channel.await_snapshot()
        self.states[at] = UNKNOWN
        self.books.lose_orders(at)
        self._set_state(at, state)

    def _is_whole(self, at: i64) -> bool:
        """Whether the book holds every update, by order as well where it is kept so."""
        return self.states[at] == SYNCHRONIZED and self.books.has_orders(at)

    def _text(self, at: i64, text: str) -> str:
        symbol = self.securities.instruments[at].venue_symbol
        return f"{symbol}: {text}" if text else symbol

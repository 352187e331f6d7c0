"""Quotes over FIX: one MarketDataRequest per log-on, snapshots (W) and increments (X) into books.

Theory of operation. Each request has a number, its *generation*. A book belongs to the generation whose snapshot made
it, and only increments of that generation change it. What may have lost a message (a gap, a reset, a message refused as
malformed) or ended the session makes every book suspect and takes its generation away; what contradicts one book does
so for that book. Then all instruments are asked for again under a new MDReqID, at most once in RESUBSCRIBE_PAUSE_NS,
and each book is live again with its new snapshot. Books that were not in doubt stay live all the while. A request that
has had no answer within ANSWER_TIMEOUT_NS is repeated, and people are told: a session that is up is no proof of quotes.

Where quotes are pushed (`QuoteDialect.asks` is false) nothing is sent, and there is one generation: each snapshot
brings its book to life or takes the doubt away. Such a venue also says whether an instrument trades: outside of
continuous trading, where prices are indicative, its book is closed.

    empty -> building (asked for) -> live (snapshot) -> suspect (lost or contradicted) -> live (new snapshot)
                                        any -> closed (request refused) -> building (next log-on)
                                        any -> closed (does not trade) -> live (a snapshot says that it trades)
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import INFO, WARNING
from cross_market_connect.domain.book import (
    BOOK_BUILDING,
    BOOK_CLOSED,
    BOOK_EMPTY,
    BOOK_LIVE,
    BOOK_STALE,
    BOOK_SUSPECT,
    LEVELS,
    Book,
)
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND, NO_TIMER
from cross_market_connect.domain.ports import QuoteConnection
from cross_market_connect.domain.step import Step
from cross_market_connect.market.book_changes import note_change
from cross_market_connect.market.feed_log import FeedLog
from cross_market_connect.market.quote_times import QuoteTimes
from cross_market_connect.venues.fix_broker.entries import TAG_ACTION, TAG_ENTRY_TYPE, EntryReader
from cross_market_connect.venues.fix_broker.link import FixLink, shown
from cross_market_connect.venues.fix_broker.quote_dialect import QuoteDialect, quote_dialect_of
from cross_market_connect.venues.fix_broker.quoted_book import QuotedBook
from cross_market_connect.wire.fix.dictionary import Dictionary
from cross_market_connect.wire.fix.encoder import (
    MSG_BUSINESS_REJECT,
    MSG_MARKET_DATA_INCREMENTAL,
    MSG_MARKET_DATA_REQUEST,
    MSG_MARKET_DATA_REQUEST_REJECT,
    MSG_MARKET_DATA_SNAPSHOT,
    MSG_REJECT,
    BodyWriter,
    Template,
)
from cross_market_connect.wire.fix.faults import FAULT_NAMES
from cross_market_connect.wire.fix.message import INVALID, FixMessage, parse_date_at, parse_time_at
from cross_market_connect.wire.fix.messages import market_data_request
from cross_market_connect.wire.fix.settings import SessionSettings

INSTRUMENTS_MAX: Final = 1000
"""Most instruments of one request: it has to fit into one message."""
RESUBSCRIBE_PAUSE_NS: Final[i64] = NANOSECONDS_PER_SECOND
"""Shortest time between two requests of one connection."""
ANSWER_TIMEOUT_NS: Final[i64] = 2 * NANOSECONDS_PER_SECOND
"""How long a venue has for the first snapshot of a request; one that lists an idle instrument may send none of it."""
ENTRY_TYPES: Final = b"012"
"""Bids, offers and trades (MDEntryType, 269)."""
SUBSCRIBE: Final[i64] = 49  # 1
UNSUBSCRIBE: Final[i64] = 50  # 2
NO_GENERATION: Final[i64] = 0
PUSHED_GENERATION: Final[i64] = 1

TAG_SENDING_TIME: Final[i64] = 52
TAG_REQUEST_ID: Final[i64] = 262
_NS_PER_DAY: Final[i64] = 86_400_000_000_000
_NS_PER_HALF_DAY: Final[i64] = 43_200_000_000_000

EVENT_SUBSCRIBED: Final = "subscribed"
EVENT_SUBSCRIPTION_REFUSED: Final = "subscription_refused"
EVENT_UNANSWERED: Final = "subscription_unanswered"
EVENT_CONTRADICTION: Final = "book_contradiction"
EVENT_UNKNOWN_SYMBOL: Final = "unknown_symbol"
EVENT_UNEXPECTED: Final = "unexpected_message"
QUOTE_FAULTS: Final = (
    EVENT_SUBSCRIPTION_REFUSED,
    EVENT_UNANSWERED,
    EVENT_CONTRADICTION,
    EVENT_UNKNOWN_SYMBOL,
    EVENT_UNEXPECTED,
)
"""What can be wrong with messages beside the faults of their session."""


@final
class FixQuotes(QuoteConnection):
    """The quotes of one venue's instruments over one FIX session.

    Args:
        source: number of the source in the engine.
        instruments, books: the engine's universe and its books by instrument index; those of `mic` are asked for.
        mic: ISO 10383 code of the venue, sent as SecurityExchange (207).
        next_in, next_out: sequence numbers as an earlier run left them.
        dictionary: of the session's version; FIX 4.4's when absent.

    Attributes:
        unused: messages about what nobody wants here: other instruments where quotes are pushed, ticks, statistics.

    Raises:
        InputError: more than INSTRUMENTS_MAX instruments of the venue, or one whose lot is no whole number of units.
    """

    def __init__(
        self,
        source: i64,
        settings: SessionSettings,
        step: Step,
        instruments: list[Instrument],
        books: list[Book],
        mic: str,
        next_in: i64,
        next_out: i64,
        dictionary: Dictionary | None = None,
    ) -> None:
        super().__init__()
        self.link: FixLink = FixLink(source, settings, step, next_in, next_out, dictionary)
        self.times: QuoteTimes = QuoteTimes()
        self.log: FeedLog = FeedLog(source, step)
        self.log.malformed_by = self.link.faults_by_name
        self.log.fault_names = [*FAULT_NAMES, *QUOTE_FAULTS]
        self._step: Step = step
        self._writer: BodyWriter = BodyWriter(settings.time_decimals)
        self._dialect: QuoteDialect = quote_dialect_of(self.link.session.dictionary)
        self._reader: EntryReader = EntryReader(self._dialect.level_tag)
        self.unused: i64 = 0
        self._quoted: list[QuotedBook] = []
        self._by_symbol: dict[bytes, QuotedBook] = {}
        self._templates: list[Template] = []
        self._generation: i64 = NO_GENERATION
        self._request_id: bytes = b""
        self._request_seq_num: i64 = 0
        self._earlier_id: bytes = b""
        self._wanted: bool = False
        self._is_refused: bool = False
        self._due_ns: i64 = 0
        self._answer_due_ns: i64 = NO_TIMER
        self._is_awaited: bool = False
        self._is_silent: bool = False
        self._was_up: bool = False
        self._losses_seen: i64 = 0
        for instrument in instruments:
            if instrument.venue.mic == mic:
                quoted = QuotedBook(instrument, books[int(instrument.index)], mic.encode(), self._dialect)
                self._quoted.append(quoted)
                self._by_symbol[quoted.symbol] = quoted
                self._templates.append(quoted.symbol_fields)
        faults = [quoted.lot_fault for quoted in self._quoted if quoted.lot_fault]
        if len(self._quoted) > INSTRUMENTS_MAX:
            faults.append(f"quotes of {mic}: {len(self._quoted)} instruments; expected at most {INSTRUMENTS_MAX}")
        if faults:
            raise InputError(faults)

    # ------------------------------------------------------------------ the connection

    def opened(self) -> None:
        """The connection was made; the session logs on. The venue knows no request of an earlier connection."""
        self._request_id = b""
        self._request_seq_num = 0
        self._earlier_id = b""
        self._due_ns = 0
        self._is_refused = False
        self.link.opened()

    def lost(self, reason: str) -> None:
        """The connection is gone, and every book with it."""
        self.link.lost(reason)
        self._follow()

    def receive(self, data: bytes) -> None:
        """Take in what one read returned; `changed` names the instruments whose books it changed."""
        messages = self.link.receive(data)
        self.log.packets += 1
        self.log.messages += len(messages)
        # What the read did to the session comes first: a message before a loss must not bring a book to life.
        self._follow()
        for message in messages:
            self._handle(message)
        self._subscribe_when_due()

    def next_timer_ns(self) -> i64:
        """When `handle_timer` wants to be called."""
        timer_ns = self.link.next_timer_ns()
        if self._answer_due_ns < timer_ns:
            timer_ns = self._answer_due_ns
        if self._may_subscribe() and self._due_ns < timer_ns:
            return self._due_ns
        return timer_ns

    def handle_timer(self) -> None:
        """Do what is due: the session's deadlines, and a new request that had to wait."""
        for message in self.link.handle_timer():
            self._handle(message)
        self._follow()
        self._miss_answers()
        self._subscribe_when_due()

    def is_up(self) -> bool:
        """Whether the session is logged on."""
        return self.link.is_up()

    def log_out(self, reason: str) -> None:
        """End the session."""
        self.link.log_out(reason)
        self._follow()

    def save_numbers(self) -> None:
        """Record the session's sequence numbers if they changed."""
        self.link.save_numbers()

    def outgoing(self) -> bytes:
        """Drain the bytes to send."""
        return self.link.outgoing()

    def outgoing_has_secret(self) -> bool:
        """Whether the bytes drained last carry the password placeholder."""
        return self.link.outgoing_has_secret()

    def must_close(self) -> bool:
        """Whether the connection is to be closed once everything is sent."""
        return self.link.must_close()

    # ------------------------------------------------------------------ the subscription

    def _follow(self) -> None:
        """Draw the consequences of what happened to the session."""
        up = self.link.is_up()
        losses = self.link.loss_count()
        is_whole = losses == self._losses_seen
        if not is_whole or (self._was_up and not up):
            self.log.gaps += losses - self._losses_seen
            self.log.broke()
            self._losses_seen = losses
            self._wanted = True
            for quoted in self._quoted:
                self._set_suspect(quoted)
        if up and not self._was_up:
            self._wanted = True
            if is_whole and not self._dialect.asks:
                self._subscribe_when_due()  # what the same read brought came after the log-on
        if not up:
            self._stop_waiting()
        self._was_up = up

    def _may_subscribe(self) -> bool:
        if self._is_refused:
            return False
        return self._wanted and len(self._quoted) > 0 and self.link.is_up() and not self.link.session.gap_pending

    def _subscribe_when_due(self) -> None:
        """Replace the request by a new one; where quotes are pushed, wait for what comes."""
        if not self._may_subscribe() or self._step.now_ns < self._due_ns:
            return
        self._wanted = False
        self._is_awaited = True
        if self._dialect.asks:
            self._subscribe()
        else:
            self._generation = PUSHED_GENERATION
        for quoted in self._quoted:
            is_shut = quoted.book.state == BOOK_EMPTY or quoted.book.state == BOOK_CLOSED
            if is_shut and quoted.generation == NO_GENERATION:
                quoted.book.state = BOOK_BUILDING
                self._touch(quoted)

    def _subscribe(self) -> None:
        self._generation += 1
        self._due_ns = self._step.now_ns + RESUBSCRIBE_PAUSE_NS
        self._answer_due_ns = self._step.now_ns + ANSWER_TIMEOUT_NS
        self._earlier_id = self._request_id
        if self._earlier_id:
            self._request(self._earlier_id, UNSUBSCRIBE)
        # Unique across runs too: calendar seconds, then our own count.
        self._request_id = b"%d-%d" % (self._step.utc_ns // NANOSECONDS_PER_SECOND, self._generation)
        self._request_seq_num = self._request(self._request_id, SUBSCRIBE)
        self.link.record(EVENT_SUBSCRIBED, f"{self._request_id.decode()}, {len(self._quoted)} instruments")

    def _stop_waiting(self) -> None:
        self._is_awaited = False
        self._answer_due_ns = NO_TIMER

    def _miss_answers(self) -> None:
        """A request whose time is over is repeated; the first time that happens people are told."""
        if self._step.now_ns < self._answer_due_ns:
            return
        self._stop_waiting()
        self._wanted = True
        self.link.fault(EVENT_UNANSWERED, self._request_id.decode())
        if not self._is_silent:
            self._is_silent = True
            source = self.link.source
            text = f"source {source} is logged on and sends no quotes; asked again"
            self._step.alert(WARNING, "quotes_silent", 0, text, f"数据源 {source} 已登录但无行情，已重新订阅")

    def _note_answer(self) -> None:
        """A snapshot of the request in force came."""
        if not self._is_awaited:
            return
        self._stop_waiting()
        self.log.restored()
        if self._is_silent:
            self._is_silent = False
            source = self.link.source
            text = f"source {source} sends quotes again"
            self._step.alert(INFO, "quotes_back", 0, text, f"数据源 {source} 行情恢复")

    def _request(self, request_id: bytes, subscription: i64) -> i64:
        body = market_data_request(self._writer, request_id, subscription, LEVELS, ENTRY_TYPES, self._templates)
        return self.link.send(MSG_MARKET_DATA_REQUEST, body)

    def _generation_of(self, message: FixMessage) -> i64:
        """Generation of the request that the message answers; NO_GENERATION for a request that is not in force.

        A message without MDReqID, which the standard lets a venue leave out, belongs to the request in force.
        """
        if self._is_refused:
            return NO_GENERATION
        at = message.index_of(TAG_REQUEST_ID)
        if at < 0:
            return self._generation
        request_id = message.value_at(at)
        if request_id == self._request_id:
            return self._generation
        return self._generation - 1 if request_id == self._earlier_id else NO_GENERATION

    # ------------------------------------------------------------------ messages

    def _handle(self, message: FixMessage) -> None:
        msg_type = message.msg_type
        if not self._dialect.is_used(message):
            self.unused += 1
        elif msg_type == MSG_MARKET_DATA_INCREMENTAL:
            self._on_increment(message)
        elif msg_type == MSG_MARKET_DATA_SNAPSHOT:
            self._on_snapshot(message)
        elif msg_type == MSG_MARKET_DATA_REQUEST_REJECT:
            self._on_refusal(message, message.get(TAG_REQUEST_ID) == self._request_id, message.get(281))
        elif (msg_type == MSG_REJECT or msg_type == MSG_BUSINESS_REJECT) and message.get(372) == b"V":
            is_current = message.get_int(45, 0) == self._request_seq_num or message.get(379) == self._request_id
            self._on_refusal(message, is_current, message.get(373) or message.get(380))
        else:
            self.link.fault(EVENT_UNEXPECTED, f"message {shown(msg_type)} number {message.seq_num}")

    def _on_refusal(self, message: FixMessage, is_current: bool, reason: bytes) -> None:
        """The request is refused: no quotes until somebody changes the configuration and the session logs on anew."""
        self.link.fault(EVENT_SUBSCRIPTION_REFUSED, f"reason {shown(reason)}: {shown(message.get(58))}")
        if not is_current or not self._dialect.asks:
            return
        self._is_refused = True
        self._stop_waiting()
        for quoted in self._quoted:
            quoted.generation = NO_GENERATION
            quoted.book.state = BOOK_CLOSED
            self._touch(quoted)

    def _on_snapshot(self, message: FixMessage) -> None:
        """MarketDataSnapshotFullRefresh (W) replaces a book."""
        dialect = self._dialect
        symbol = dialect.symbol(message)
        quoted = self._by_symbol.get(symbol)
        if quoted is None:
            self._unknown_symbol(message, symbol)
            return
        generation = self._generation_of(message)
        if generation == NO_GENERATION or (generation != self._generation and generation != quoted.generation):
            return
        reader = self._reader
        reader.open(message, TAG_ENTRY_TYPE)
        event_utc_ns: i64 = dialect.event_utc_ns(message)
        quoted.begin_snapshot()
        while reader.next(message):
            if not quoted.add(message, reader):
                self._contradict(quoted, message)
                return
            if reader.time_at >= 0:
                event_utc_ns = entry_utc_ns(message, reader)
        if not quoted.finish():
            self._contradict(quoted, message)
            return
        is_sound = not self._wanted and self.link.is_up() and not self.link.session.gap_pending
        if is_sound or quoted.generation == generation:
            quoted.generation = generation
            quoted.book.state = BOOK_LIVE if dialect.is_trading(message) else BOOK_CLOSED
            if generation == self._generation:
                self._note_answer()
        self._stamp(quoted, message, event_utc_ns)

    def _on_increment(self, message: FixMessage) -> None:
        """MarketDataIncrementalRefresh (X) changes books; an entry without instrument is the one before's."""
        generation = self._generation_of(message)
        if generation == NO_GENERATION:
            return
        reader = self._reader
        reader.open(message, TAG_ACTION)
        quoted: QuotedBook | None = None
        event_utc_ns: i64 = INVALID
        is_first = True
        while reader.next(message):
            if reader.symbol_at >= 0:
                self._finish(quoted, generation, message, event_utc_ns)
                symbol = message.value_at(reader.symbol_at)
                quoted = self._by_symbol.get(symbol)
                if quoted is None:
                    self._unknown_symbol(message, symbol)
            elif is_first:
                quoted = self._find_by_id(message, reader)
            is_first = False
            if quoted is not None and quoted.generation == generation and not quoted.apply(message, reader):
                self._contradict(quoted, message)
            if reader.time_at >= 0:
                event_utc_ns = entry_utc_ns(message, reader)
        self._finish(quoted, generation, message, event_utc_ns)

    def _finish(self, quoted: QuotedBook | None, generation: i64, message: FixMessage, event_utc_ns: i64) -> None:
        """The entries of one instrument are applied."""
        if quoted is None or quoted.generation != generation:
            return
        if quoted.finish():
            self._stamp(quoted, message, event_utc_ns)
        else:
            self._contradict(quoted, message)

    def _find_by_id(self, message: FixMessage, reader: EntryReader) -> QuotedBook | None:
        """The instrument of a first entry that names none: the one that has an entry of its id (Volume 3)."""
        at = reader.reference_at if reader.reference_at >= 0 else reader.id_at
        if at >= 0:
            entry_id = message.value_at(at)
            for quoted in self._quoted:
                if quoted.has_entry(entry_id):
                    return quoted
        self._unknown_symbol(message, b"")
        return None

    # ------------------------------------------------------------------ books

    def _stamp(self, quoted: QuotedBook, message: FixMessage, event_utc_ns: i64) -> None:
        """The book was written by this step."""
        book = quoted.book
        sent_utc_ns = message.get_timestamp(TAG_SENDING_TIME)
        if sent_utc_ns != INVALID:
            self.times.heard(self._step, sent_utc_ns)
        self.times.stamp(book, self._step, sent_utc_ns if event_utc_ns == INVALID else event_utc_ns)
        self._touch(quoted)

    def _touch(self, quoted: QuotedBook) -> None:
        note_change(quoted.book, self._step, self.changed)

    def _set_suspect(self, quoted: QuotedBook) -> None:
        quoted.generation = NO_GENERATION
        book = quoted.book
        if book.state == BOOK_LIVE or book.state == BOOK_STALE:
            book.state = BOOK_SUSPECT
            self._touch(quoted)

    def _contradict(self, quoted: QuotedBook, message: FixMessage) -> None:
        """What the venue said cannot be true of this book: ask for it anew."""
        quoted.book.state = BOOK_SUSPECT
        quoted.generation = NO_GENERATION
        self._wanted = True
        self._touch(quoted)
        text = f"{shown(quoted.symbol)}, message {shown(message.msg_type)} number {message.seq_num}: {quoted.fault}"
        self.link.fault(EVENT_CONTRADICTION, text)

    def _unknown_symbol(self, message: FixMessage, symbol: bytes) -> None:
        if not self._dialect.asks:
            self.unused += 1
            return
        text = f"{shown(symbol)}, message {shown(message.msg_type)} number {message.seq_num}"
        self.link.fault(EVENT_UNKNOWN_SYMBOL, text)


def entry_utc_ns(message: FixMessage, reader: EntryReader) -> i64:
    """MDEntryDate and MDEntryTime (272, 273) of an entry; INVALID when they cannot be read.

    Without a date it is the day that brings the time nearest to SendingTime (52).
    """
    start = message.start_at(reader.time_at)
    time_ns = parse_time_at(message.frame, start, start + message.length_at(reader.time_at))
    if time_ns == INVALID:
        return INVALID
    if reader.date_at >= 0:
        start = message.start_at(reader.date_at)
        days = parse_date_at(message.frame, start, start + message.length_at(reader.date_at))
        return INVALID if days == INVALID else days * _NS_PER_DAY + time_ns - message.time_offset_ns
    sent_utc_ns = message.get_timestamp(TAG_SENDING_TIME)
    result = sent_utc_ns - sent_utc_ns % _NS_PER_DAY + time_ns - message.time_offset_ns
    if result > sent_utc_ns + _NS_PER_HALF_DAY:
        return result - _NS_PER_DAY
    return result + _NS_PER_DAY if result < sent_utc_ns - _NS_PER_HALF_DAY else result

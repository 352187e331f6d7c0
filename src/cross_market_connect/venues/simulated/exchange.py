"""A simulated exchange on the terms of a real one: bytes and time in, bytes and deadlines out.

Theory of operation. The host (a process with sockets, or the virtual world) reports connections, bytes and time, and
after each call sends what `data_to_send` and `datagrams_to_send` hand out and closes what `closing` names. Inside, one
step is: deliver the bytes that are due, handle each message (faults decide first), post the market maker's due quotes,
open and close trading by the calendar, then publish every book that changed, once.

Connection numbers are the host's; session numbers count the settings' clients from 1. The participants are the market
maker, a competitor (who takes liquidity away when a fault wants a partial fill), then one per account.

Beside the faults, which are data, a host may take a hand: quote a book, halt, close or lock an instrument, end a
connection, forget the sessions as after a failure. Each hand's method is followed by one step, like any input.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.matching.exchange import PHASE_CLOSED, PHASE_HALTED, MatchingExchange
from cross_market_connect.matching.ledger import Ledger
from cross_market_connect.matching.orders import REASON_NONE, ExchangeOrder
from cross_market_connect.reference.phases import CLOSED
from cross_market_connect.venues.fix_broker.dialect import Dialect
from cross_market_connect.venues.simulated.acceptor import FixAcceptor, Inbound
from cross_market_connect.venues.simulated.codes import as_told, venue_text
from cross_market_connect.venues.simulated.delay import DelayLine
from cross_market_connect.venues.simulated.desk import COMPETITOR, OrderDesk
from cross_market_connect.venues.simulated.faults import ANY_INSTRUMENT, ANY_SIDE, ON_LOGON, FaultPlan
from cross_market_connect.venues.simulated.fix_quotes import FixQuotes
from cross_market_connect.venues.simulated.gateways import dialect_for, quotes_for
from cross_market_connect.venues.simulated.lines import Lines
from cross_market_connect.venues.simulated.market_maker import HandMaker, MarketMaker
from cross_market_connect.venues.simulated.mdp3_publisher import MdpPublisher
from cross_market_connect.venues.simulated.multicast import OmdPublisher
from cross_market_connect.venues.simulated.order_entry import EntryAccount
from cross_market_connect.venues.simulated.publisher import Publisher
from cross_market_connect.venues.simulated.recovery import RecoveryServer
from cross_market_connect.venues.simulated.settings import (
    ROLE_DROP_COPY,
    ROLE_MARKET_DATA,
    ROLE_ORDER_ENTRY,
    ExchangeSettings,
)
from cross_market_connect.wire.fix.encoder import (
    MSG_MARKET_DATA_REQUEST,
    MSG_NEW_ORDER_LIST,
    MSG_NEW_ORDER_SINGLE,
    MSG_ORDER_CANCEL_REPLACE,
    MSG_ORDER_CANCEL_REQUEST,
    MSG_ORDER_MASS_CANCEL,
    MSG_ORDER_MASS_STATUS,
    MSG_ORDER_STATUS_REQUEST,
)

MAKER: Final[i64] = 0
# BusinessRejectReason (380), FIX 4.4 Volume 6.
BUSINESS_UNSUPPORTED_TYPE: Final[i64] = 3
BUSINESS_NOT_AUTHORISED: Final[i64] = 6


@final
class SimulatedExchange:
    """One exchange. Raises InputError when the settings do not fit together.

    Attributes:
        matching: the matching engine behind it; tests and oracles read it, nobody else writes it.
        datagrams_lost: packets that a fault took away.
    """

    def __init__(self, settings: ExchangeSettings) -> None:
        settings.check()
        self.settings: ExchangeSettings = settings
        self.matching: MatchingExchange = MatchingExchange(settings.instruments)
        self.datagrams_lost: i64 = 0
        self.recovery: RecoveryServer | None = settings.recovery
        self._datagrams_to_lose: i64 = 0
        self._hand: HandMaker = HandMaker(self.matching, MAKER)
        self._faults: FaultPlan = FaultPlan(settings.rules, settings.seed)
        dialect = dialect_for(settings)
        self._dialect: Dialect = dialect
        self._acceptor: FixAcceptor = FixAcceptor(settings, dialect.dictionary)
        self._desk: OrderDesk = OrderDesk(settings, self.matching, self._acceptor, self._faults, dialect)
        self._quotes: FixQuotes = quotes_for(settings, self.matching, dialect)
        self._publisher: Publisher | None = None
        self._datagrams: DelayLine = DelayLine()
        self._lines: Lines | None = None
        self._datagrams_ready: list[tuple[i64, bytes]] = []
        self._makers: list[MarketMaker] = []
        self._accounts: list[EntryAccount | None] = []
        self._participants: dict[bytes, int] = {}
        self._published_versions: vec[i64] = vec[i64]([0 for _ in settings.instruments])
        self._published_trades: i64 = 0
        self._published_halts: list[bool] = [False for _ in settings.instruments]
        self._phase_change_utc_ns: i64 = NO_TIMER
        self._started: bool = False
        self._add_participants()
        if settings.channel is not None:
            self._publisher = OmdPublisher(self.matching, settings.channel)
        if settings.mdp_channel is not None:
            self._publisher = MdpPublisher(self.matching, settings.mdp_channel)
        if settings.lines is not None:
            self._lines = Lines(settings.lines, settings.seed)
        for at, schedule in enumerate(settings.schedules):
            if schedule is not None:
                self._makers.append(MarketMaker(self.matching, MAKER, at, schedule))

    @property
    def ledger(self) -> Ledger:
        """Positions, open orders and trades of all participants; see `participant`."""
        return self.matching.ledger

    def participant(self, account: bytes) -> i64:
        """The ledger's index of an account. Raises LocalProtocolError for one that no client has."""
        if account not in self._participants:
            raise LocalProtocolError(f"account {account!r} is not one of this exchange's clients")
        return self._participants[account]

    # The host's side

    def start(self, now_ns: i64, utc_ns: i64) -> None:
        """Open the market as of now: phases by the calendar, quotes, definitions. The first call of the host."""
        if self._started:
            raise LocalProtocolError("the exchange was started before")
        self._started = True
        self._set_phases(utc_ns)
        if self._publisher is not None:
            self._publisher.start(now_ns, utc_ns)
        self._step(now_ns, utc_ns)

    def connection_opened(self, connection: i64, now_ns: i64, utc_ns: i64) -> None:
        """A client connected under a number of the host's choice."""
        self._acceptor.connection_opened(connection, now_ns)
        self._step(now_ns, utc_ns)

    def connection_lost(self, connection: i64, now_ns: i64, utc_ns: i64) -> None:
        """A connection is gone; orders stay unless the session wants them cancelled."""
        self._acceptor.connection_lost(connection, now_ns)
        self._step(now_ns, utc_ns)

    def receive(self, connection: i64, data: bytes, now_ns: i64, utc_ns: i64) -> None:
        """Bytes as one read returned them."""
        self._acceptor.receive(connection, data, now_ns)
        self._step(now_ns, utc_ns)

    def next_timer_ns(self) -> i64:
        """When `handle_timer` wants to be called, in monotonic time."""
        timer_ns = min(self._acceptor.next_timer_ns(), self._datagrams.next_due_ns())
        timer_ns = min(timer_ns, self._desk.agenda.next_due_ns())
        if self._lines is not None:
            timer_ns = min(timer_ns, self._lines.next_due_ns())
        if self._publisher is not None:
            timer_ns = min(timer_ns, self._publisher.next_timer_ns())
        utc_ns: i64 = NO_TIMER
        for maker in self._makers:
            utc_ns = min(utc_ns, maker.next_utc_ns())
        utc_ns = min(utc_ns, self._phase_change_utc_ns)
        return min(timer_ns, self._monotonic(utc_ns))

    def handle_timer(self, now_ns: i64, utc_ns: i64) -> None:
        """Do what is due."""
        self._step(now_ns, utc_ns)

    def data_to_send(self, connection: i64) -> bytes:
        """Drain the bytes for one connection."""
        return self._acceptor.data_to_send(connection)

    def datagrams_to_send(self) -> list[tuple[i64, bytes]]:
        """Drain channel number and packet of each datagram, in order. Line B of a channel has a number of its own."""
        ready = self._datagrams_ready
        self._datagrams_ready = []
        return ready

    def closing(self) -> list[int]:
        """Connections for the host to close; it answers each with `connection_lost`."""
        return self._acceptor.closing()

    def shut_down(self, now_ns: i64, utc_ns: i64) -> None:
        """Log every client out. The host sends what is left and closes."""
        self._acceptor.log_out_all(b"exchange shuts down", now_ns, utc_ns)
        self._acceptor.release(now_ns)

    # A host's hand

    def quote(
        self, at: i64, bids: list[tuple[int, int]], asks: list[tuple[int, int]], now_ns: i64, utc_ns: i64
    ) -> None:
        """Replace the hand's quotes of an instrument by these levels of (price in ticks, lots)."""
        self._hand.post(at, bids, asks, utc_ns)
        self._step(now_ns, utc_ns)

    def halt(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """No new orders; what rests stays and can be cancelled."""
        self.matching.halt_trading(at)
        self._step(now_ns, utc_ns)

    def resume(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """Continuous trading again, after a halt or a close."""
        self.matching.open_trading(at)
        self._step(now_ns, utc_ns)

    def close(self, at: i64, now_ns: i64, utc_ns: i64) -> None:
        """The day ends: what rests expires."""
        self.matching.close_day(at, utc_ns)
        self._step(now_ns, utc_ns)

    def lock(self, at: i64, side: i64, now_ns: i64, utc_ns: i64) -> None:
        """Locked at the limit: orders of `side` are refused; 0 unlocks."""
        self.matching.lock_side(at, side)
        self._step(now_ns, utc_ns)

    def fill(self, order: ExchangeOrder, lots: i64, now_ns: i64, utc_ns: i64) -> None:
        """Let a counterparty trade with one resting order."""
        self.matching.fill_resting(order, COMPETITOR, lots, utc_ns)
        self._step(now_ns, utc_ns)

    def bust(self, order: ExchangeOrder, now_ns: i64, utc_ns: i64) -> None:
        """Take back the order's latest trade."""
        self.matching.bust(order, utc_ns)
        self._step(now_ns, utc_ns)

    def enter_elsewhere(self, order: ExchangeOrder, now_ns: i64, utc_ns: i64) -> None:
        """The account's order from another terminal; its reports go to the session that `order` names."""
        self.matching.submit(order, REASON_NONE, utc_ns)
        self._step(now_ns, utc_ns)

    def reset_channel(self, now_ns: i64, utc_ns: i64) -> None:
        """The publisher voids every book and says it anew, as after a failure of its own."""
        if self._publisher is not None:
            self._publisher.reset(now_ns, utc_ns)
        self._step(now_ns, utc_ns)

    def lose_datagrams(self, count: i64) -> None:
        """The next so many datagrams reach nobody, on neither line."""
        self._datagrams_to_lose = count

    def quoted_ns(self, at: i64) -> i64:
        """When the instrument's book was last stated to a market data session or by multicast; -1: never."""
        return self._quotes.stated_ns[at]

    def mute_quotes(self, muted: bool) -> None:
        """Market data sessions stay up and hear nothing, or hear of changes again."""
        self._quotes.muted = muted

    def disconnect(self, number: i64, now_ns: i64, utc_ns: i64) -> None:
        """Cut a session's connection; whatever has not left yet is lost."""
        self._acceptor.drop(number)
        self._step(now_ns, utc_ns)

    def connection_of(self, number: i64) -> i64:
        """The connection of a session; below 0 when it has none."""
        return self._acceptor.connection_of(number)

    def is_logged_on(self, number: i64) -> bool:
        """Whether reports reach the session's client; others wait for its next logon."""
        return self._acceptor.is_logged_on(number)

    def forget_sessions(self, now_ns: i64, utc_ns: i64) -> None:
        """A failure behind which the order book lives on: all connections cut, all sessions begin at number 1."""
        self._acceptor.forget_sessions()
        self._step(now_ns, utc_ns)

    # One step

    def _step(self, now_ns: i64, utc_ns: i64) -> None:
        if not self._started:
            raise LocalProtocolError("the exchange was not started")
        self._quotes.now_ns = now_ns
        self._quotes.utc_ns = utc_ns
        if utc_ns >= self._phase_change_utc_ns:
            self._set_phases(utc_ns)
        for maker in self._makers:
            maker.advance(utc_ns)
        self._desk.report(b"", b"", now_ns, utc_ns)
        self._acceptor.advance(now_ns, utc_ns)
        ended = self._acceptor.ended
        self._acceptor.ended = []
        for number in ended:
            self._end_session(number, now_ns, utc_ns)
        logged_on = self._acceptor.logged_on
        self._acceptor.logged_on = []
        for number in logged_on:
            self._greet(number, now_ns, utc_ns)
        inbox = self._acceptor.inbox
        self._acceptor.inbox = []
        for inbound in inbox:
            self._handle(inbound, now_ns, utc_ns)
        self._desk.do_late(now_ns, utc_ns)
        self._publish(now_ns, utc_ns)
        for number in range(1, len(self.settings.clients) + 1):
            self._acceptor.flush(number, 0, now_ns)
        self._acceptor.release(now_ns)
        self._datagrams_ready.extend(self._datagrams.take_due(now_ns))
        if self._lines is not None:
            self._datagrams_ready.extend(self._lines.take_due(now_ns))

    def _end_session(self, number: i64, now_ns: i64, utc_ns: i64) -> None:
        self._quotes.end_session(number)
        account = self._accounts[number - 1]
        if account is not None and self.settings.clients[number - 1].cancel_on_disconnect:
            self._desk.end_session(account, now_ns, utc_ns)

    def _greet(self, number: i64, now_ns: i64, utc_ns: i64) -> None:
        """A session has logged on: the rules may have something to say about it."""
        client = self.settings.clients[number - 1]
        faults = self._faults.on_message(ON_LOGON, client.account, ANY_INSTRUMENT, ANY_SIDE, now_ns)
        if faults.reason != REASON_NONE:
            text = as_told(venue_text(faults.reason), self._dialect.has_venue_codes)
            self._acceptor.log_out(number, text, now_ns, utc_ns)
        if faults.drops:
            self._acceptor.drop(number)
        if client.role == ROLE_MARKET_DATA and self._acceptor.is_logged_on(number):
            self._quotes.welcome(number)
            self._send_quotes(now_ns, utc_ns)

    def _handle(self, inbound: Inbound, now_ns: i64, utc_ns: i64) -> None:
        message = inbound.message
        msg_type = message.msg_type
        account = self._accounts[inbound.session - 1]
        if account is None:
            role = self.settings.clients[inbound.session - 1].role
            if msg_type == MSG_MARKET_DATA_REQUEST and role == ROLE_MARKET_DATA:
                self._quotes.request(inbound.session, message)
                self._send_quotes(now_ns, utc_ns)
            else:
                self._desk.refuse(inbound, BUSINESS_NOT_AUTHORISED, b"E0091 not an order-entry session", now_ns, utc_ns)
        elif not self._dialect.takes(msg_type):
            self._desk.refuse(inbound, BUSINESS_UNSUPPORTED_TYPE, b"E0093 message type not supported", now_ns, utc_ns)
        elif msg_type == MSG_NEW_ORDER_SINGLE:
            self._desk.new_order(account, inbound, now_ns, utc_ns)
        elif msg_type == MSG_ORDER_CANCEL_REQUEST:
            self._desk.cancel(account, inbound, now_ns, utc_ns)
        elif msg_type == MSG_NEW_ORDER_LIST:
            self._desk.new_list(account, inbound, now_ns, utc_ns)
        elif msg_type == MSG_ORDER_CANCEL_REPLACE:
            self._desk.replace(account, inbound, now_ns, utc_ns)
        elif msg_type == MSG_ORDER_MASS_CANCEL or msg_type == MSG_ORDER_MASS_STATUS:
            self._desk.mass_request(account, inbound, now_ns, utc_ns)
        elif msg_type == MSG_ORDER_STATUS_REQUEST:
            self._desk.query(account, inbound, now_ns, utc_ns)
        elif msg_type == MSG_MARKET_DATA_REQUEST:
            self._desk.refuse(inbound, BUSINESS_NOT_AUTHORISED, b"E0092 not a market-data session", now_ns, utc_ns)
        else:
            self._desk.refuse(inbound, BUSINESS_UNSUPPORTED_TYPE, b"E0093 message type not supported", now_ns, utc_ns)

    # Publication

    def _send_quotes(self, now_ns: i64, utc_ns: i64) -> None:
        outbox = self._quotes.outbox
        self._quotes.outbox = []
        for outgoing in outbox:
            self._acceptor.send(outgoing, now_ns, utc_ns)

    def _publish(self, now_ns: i64, utc_ns: i64) -> None:
        """Publish the trades, changed books and halts of this step, and what the publisher has due."""
        publisher = self._publisher
        trades = self.matching.ledger.trades
        if publisher is not None:
            for at in range(self._published_trades, len(trades)):
                publisher.publish_trade(trades[at], now_ns, utc_ns)
        self._published_trades = len(trades)
        for at in range(i64(len(self.settings.instruments))):
            version = self.matching.books[at].version
            is_changed = version != self._published_versions[at]
            self._published_versions[at] = version
            if self._quotes.has_news(at) or is_changed:
                self._quotes.publish(at)
            if is_changed and publisher is not None:
                publisher.publish_book(at, now_ns, utc_ns)
                self._quotes.stated_ns[at] = int(now_ns)
        self._send_quotes(now_ns, utc_ns)
        if publisher is None:
            return
        for at in range(i64(len(self.settings.instruments))):
            is_halted = self.matching.phases[at] == PHASE_HALTED
            if is_halted != self._published_halts[at]:
                self._published_halts[at] = is_halted
                publisher.publish_state(at, now_ns, utc_ns)
        publisher.end_step(now_ns, utc_ns)
        publisher.handle_timer(now_ns, utc_ns)
        due_ns = now_ns + self.settings.latency_out_ns
        for channel, packet in publisher.take_packets():
            if self.recovery is not None:
                self.recovery.note(channel, packet)
            if publisher.is_refresh(channel):
                self._quotes.stated_ns = [int(now_ns) for _ in self.settings.instruments]
            if self._loses_datagram(now_ns):
                self.datagrams_lost += 1
            elif self._lines is not None:
                self.datagrams_lost += self._lines.send(due_ns, channel, packet)
            elif not self._datagrams.push(due_ns, channel, packet):
                self.datagrams_lost += 1

    def _loses_datagram(self, now_ns: i64) -> bool:
        """By a rule, or by the host's hand."""
        lost = self._faults.loses_datagram(now_ns)
        if self._datagrams_to_lose > 0:
            self._datagrams_to_lose -= 1
            return True
        return lost

    # Trading hours

    def _set_phases(self, utc_ns: i64) -> None:
        """Open and close by the calendar. A break is a pause, and so is what follows continuous trading without ending
        the day (a closing auction); orders for the day stay until it has ended."""
        clocks = self.settings.session_clocks
        self._phase_change_utc_ns = NO_TIMER
        for at in range(i64(len(self.settings.instruments))):
            if not clocks:
                self.matching.open_trading(at)
                continue
            clock = clocks[at]
            phase = self.matching.phases[at]
            is_open = clock.is_open(utc_ns)
            opens_utc_ns = clock.next_change_utc_ns(utc_ns)
            goes_on = opens_utc_ns != NO_TIMER and clock.trading_day(utc_ns) == clock.trading_day(opens_utc_ns)
            if is_open and phase == PHASE_CLOSED:
                self.matching.open_trading(at)
            elif not is_open and not goes_on and clock.phase(utc_ns) == CLOSED:
                self.matching.close_day(at, utc_ns)
            elif not is_open and phase != PHASE_CLOSED:
                self.matching.pause_trading(at)
            self._phase_change_utc_ns = min(self._phase_change_utc_ns, clock.next_phase_utc_ns(utc_ns))

    def _monotonic(self, utc_ns: i64) -> i64:
        """The first monotonic time at which the calendar has reached `utc_ns`."""
        if utc_ns == NO_TIMER:
            return NO_TIMER
        calendar = self.settings.calendar
        now_ns = calendar.now_ns(utc_ns)
        # The division of an accelerated calendar rounds down, and a timer that fires early would fire again at once.
        return now_ns + 1 if calendar.utc_ns(now_ns) < utc_ns else now_ns

    def _add_participants(self) -> None:
        self.matching.add_participant("market maker", False, False)
        self.matching.add_participant("competitor", False, False)
        for number, client in enumerate(self.settings.clients, 1):
            if client.role != ROLE_ORDER_ENTRY:
                self._accounts.append(None)
                continue
            if client.account not in self._participants:
                participant = self.matching.add_participant(client.account.decode(), True, True)
                self._participants[client.account] = int(participant)
                self._desk.entry.set_account(participant, client.account)
            account = EntryAccount(number, client.account, self._participants[client.account])
            self._accounts.append(account)
        for number, client in enumerate(self.settings.clients, 1):
            if client.role == ROLE_DROP_COPY:
                self._desk.entry.copy_to(self._participants[client.account], number)

"""The matching engine: price-time priority over any number of instruments and participants.

Theory of operation. `submit` checks an order against the instrument (session, step, limits, size), then matches it
against the opposite side from the best price and the oldest order on, at the resting order's price. What remains of a
day order rests; what remains of an immediate-or-cancel or market order expires; a fill-or-kill order is matched only
when it can be filled in full. Every event goes to `events` in the order in which it happened, the resting party of a
trade before the incoming one; the caller drains them with `take_events`.

    status   event        status after
    -------  -----------  ---------------------------------------------
    pending  accepted     new
    pending  rejected     rejected
    open     trade        partly filled, or filled when nothing is left
    open     cancelled    cancelled (asked for, self-trade, disconnect)
    open     expired      expired   (immediate remainder, not fillable in full, close of day)
    open     replaced     the same, with another price, quantity and id

What an exchange does to trades afterwards changes quantities and never opens an order again: `fill_late` (a trade that
was made before the end and is told after it), `bust` and `correct`.
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.errors import LocalProtocolError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import checked_multiply
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    SELL,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_REJECTED,
)
from cross_market_connect.matching.ledger import Holding, Ledger
from cross_market_connect.matching.order_book import OrderBook, RestingSide, crosses
from cross_market_connect.matching.orders import (
    EVENT_ACCEPTED,
    EVENT_CANCELLED,
    EVENT_EXPIRED,
    EVENT_REJECTED,
    EVENT_REPLACED,
    EVENT_TRADE,
    EVENT_TRADE_BUSTED,
    EVENT_TRADE_CORRECTED,
    REASON_CLOSE_OF_DAY,
    REASON_DUPLICATE_ID,
    REASON_HALTED,
    REASON_LIMIT_LOCKED,
    REASON_MARKET_CLOSED,
    REASON_NONE,
    REASON_NOT_FILLABLE,
    REASON_ORDER_COUNT,
    REASON_ORDER_KIND,
    REASON_PERMISSION,
    REASON_PRICE_LIMITS,
    REASON_PRICE_STEP,
    REASON_QUANTITY_MAX,
    REASON_QUANTITY_STEP,
    REASON_SELF_TRADE,
    REASON_TOO_LATE,
    REASON_UNKNOWN_INSTRUMENT,
    REASON_UNKNOWN_ORDER,
    ExchangeEvent,
    ExchangeOrder,
    Trade,
)

PHASE_CLOSED: Final[i64] = 0
PHASE_OPEN: Final[i64] = 1
PHASE_HALTED: Final[i64] = 2

PARTICIPANTS_MAX: Final[i64] = 256
ORDERS_PER_PARTICIPANT_MAX: Final[i64] = 1_000_000


@final
class MatchingExchange:
    """Order books, participants and rules of one exchange.

    Args:
        instruments: the listed instruments; their position in this list is the index used here, which need not be
            the index inside a trading engine's universe.
    """

    def __init__(self, instruments: list[Instrument]) -> None:
        self.instruments: list[Instrument] = instruments
        self.books: list[OrderBook] = [OrderBook() for _ in instruments]
        self.phases: vec[i64] = vec[i64]([PHASE_CLOSED for _ in instruments])
        self.last_ticks: vec[i64] = vec[i64]([0 for _ in instruments])
        self.locked_sides: vec[i64] = vec[i64]([0 for _ in instruments])
        self.ledger: Ledger = Ledger(len(instruments))
        self.events: list[ExchangeEvent] = []
        self._order_number: i64 = 0
        self._execution_number: i64 = 0
        self._trade_number: i64 = 0

    def add_participant(self, name: str, prevents_self_trade: bool, remembers: bool) -> i64:
        """Register a participant and return its index. Raises LocalProtocolError above PARTICIPANTS_MAX."""
        index: i64 = len(self.ledger.holdings)
        if index >= PARTICIPANTS_MAX:
            raise LocalProtocolError(f"an exchange has at most {PARTICIPANTS_MAX} participants")
        self.ledger.holdings.append(Holding(name, len(self.instruments), prevents_self_trade, remembers))
        return index

    def take_events(self) -> list[ExchangeEvent]:
        """Drain the events since the last call."""
        events = self.events
        self.events = []
        return events

    def find(self, participant: i64, client_id: bytes) -> ExchangeOrder | None:
        """The order that the participant entered under this id; None when the exchange knows none."""
        holding = self.ledger.holdings[participant]
        order = holding.orders.get(client_id)
        return holding.former.get(client_id) if order is None else order

    def copy_book(self, instrument_index: i64, book: Book) -> None:
        """Write the instrument's published picture (ten aggregated levels a side, last price) into `book`."""
        self.books[instrument_index].copy_to(book)
        book.last_ticks = self.last_ticks[instrument_index]

    # Session

    def open_trading(self, instrument_index: i64) -> None:
        """Continuous trading begins, or resumes after a halt."""
        self.phases[instrument_index] = PHASE_OPEN

    def halt_trading(self, instrument_index: i64) -> None:
        """No new order is taken; resting orders stay and can be cancelled."""
        self.phases[instrument_index] = PHASE_HALTED

    def pause_trading(self, instrument_index: i64) -> None:
        """A break inside the day (lunch): closed, day orders stay."""
        self.phases[instrument_index] = PHASE_CLOSED

    def close_day(self, instrument_index: i64, utc_ns: i64) -> None:
        """The trading day ends: closed, and every resting order expires."""
        self.phases[instrument_index] = PHASE_CLOSED
        for order in self.books[instrument_index].orders():
            self._end_resting(order, EVENT_EXPIRED, REASON_CLOSE_OF_DAY, utc_ns)

    def lock_side(self, instrument_index: i64, side: i64) -> None:
        """Locked at the price limit: orders of `side` that sessions enter are refused; 0 unlocks."""
        self.locked_sides[instrument_index] = side

    # Orders

    def submit(self, order: ExchangeOrder, refusal: i64, utc_ns: i64) -> i64:
        """Take a new order; return REASON_NONE when it was accepted, else why it was rejected.

        Args:
            refusal: a reason decided before matching (a member's limit, a scripted fault), REASON_NONE for none.
            utc_ns: the exchange's time of the event.
        """
        holding = self.ledger.holdings[order.participant]
        known = order.client_id in holding.orders or order.client_id in holding.former
        if known:
            holding.duplicates += 1
        reason = REASON_DUPLICATE_ID if known else refusal
        if reason == REASON_NONE:
            reason = self._refusal(order, holding)
        self._order_number += 1
        order.order_number = self._order_number
        order.entered_utc_ns = utc_ns
        # A duplicate leaves the order that bears the id alone.
        if not known and (reason == REASON_NONE or holding.remembers):
            holding.orders[order.client_id] = order
        if reason != REASON_NONE:
            order.leaves_lots = 0
            order.status = STATUS_REJECTED
            order.reason = reason
            self._emit(EVENT_REJECTED, order, reason, utc_ns)
            return reason
        order.status = STATUS_NEW
        self._emit(EVENT_ACCEPTED, order, REASON_NONE, utc_ns)
        self._match(order, holding, utc_ns)
        return REASON_NONE

    def cancel(self, participant: i64, client_id: bytes, reason: i64, utc_ns: i64) -> i64:
        """Cancel an open order; return REASON_NONE when done, else REASON_UNKNOWN_ORDER or REASON_TOO_LATE."""
        order = self.find(participant, client_id)
        if order is None:
            return REASON_UNKNOWN_ORDER
        if not order.is_open():
            return REASON_TOO_LATE
        self._end_resting(order, EVENT_CANCELLED, reason, utc_ns)
        return REASON_NONE

    def replace(self, order: ExchangeOrder, client_id: bytes, price_ticks: i64, quantity_lots: i64, utc_ns: i64) -> i64:
        """Give an open order another price and whole quantity under another id; it loses its place.

        Returns REASON_NONE when done, else why not: the order is then as it was.
        """
        holding = self.ledger.holdings[order.participant]
        if client_id in holding.orders or client_id in holding.former:
            return REASON_DUPLICATE_ID
        if not order.is_open() or quantity_lots <= order.cumulative_lots:
            return REASON_TOO_LATE
        wanted = ExchangeOrder(
            order.participant,
            order.session,
            client_id,
            order.instrument_index,
            order.side,
            order.order_type,
            order.time_in_force,
            price_ticks,
            quantity_lots,
        )
        reason = self._refusal(wanted, holding)
        if reason != REASON_NONE:
            return reason
        book = self.books[order.instrument_index]
        book.own(order.side).remove(order)
        book.version += 1
        del holding.orders[order.client_id]
        holding.former[order.client_id] = order
        holding.orders[client_id] = order
        order.former_id, order.client_id = order.client_id, client_id
        order.price_ticks, order.quantity_lots = price_ticks, quantity_lots
        order.leaves_lots = quantity_lots - order.cumulative_lots
        self._emit(EVENT_REPLACED, order, REASON_NONE, utc_ns)
        self._match(order, holding, utc_ns)
        return REASON_NONE

    def cancel_session(self, participant: i64, session: i64, reason: i64, utc_ns: i64) -> None:
        """Cancel every open order that one connection of the participant entered."""
        for order in self.ledger.holdings[participant].open_orders():
            if order.session == session:
                self._end_resting(order, EVENT_CANCELLED, reason, utc_ns)

    # Trades, afterwards

    def fill_late(self, order: ExchangeOrder, rival: i64, quantity_lots: i64, utc_ns: i64) -> None:
        """Tell now of a trade with `rival` that an ended order made before its end, at its limit price."""
        if order.is_open():
            raise LocalProtocolError(f"order {order.order_number} is open; its trades are no late ones")
        status = order.status
        order.fill(order.price_ticks, quantity_lots)
        order.leaves_lots = 0
        self._emit_trade(order, self._book_trade(order, rival, order.price_ticks, quantity_lots, utc_ns), True, utc_ns)
        if order.cumulative_lots < order.quantity_lots:
            order.status = status
            self.events[-1].status = status

    def fill_resting(self, order: ExchangeOrder, rival: i64, quantity_lots: i64, utc_ns: i64) -> None:
        """Let `rival` trade with this resting order alone, at its price, past whatever has priority over it."""
        side = self.books[order.instrument_index].own(order.side)
        side.remove(order)
        order.fill(order.price_ticks, quantity_lots)
        if order.leaves_lots > 0:
            side.add(order)
        self.books[order.instrument_index].version += 1
        self._emit_trade(order, self._book_trade(order, rival, order.price_ticks, quantity_lots, utc_ns), False, utc_ns)
        if order.leaves_lots == 0:
            self._forget(order)

    def bust(self, order: ExchangeOrder, utc_ns: i64) -> i64:
        """Cancel the order's latest trade; return the lots taken back, 0 when it has none."""
        return self._take_back(order, EVENT_TRADE_BUSTED, 0, utc_ns)

    def correct(self, order: ExchangeOrder, quantity_lots: i64, utc_ns: i64) -> i64:
        """Correct the order's latest trade downward to `quantity_lots`; return the lots taken back."""
        return self._take_back(order, EVENT_TRADE_CORRECTED, quantity_lots, utc_ns)

    def _take_back(self, order: ExchangeOrder, kind: i64, remaining_lots: i64, utc_ns: i64) -> i64:
        trade = order.last_trade
        if trade is None or trade.quantity_lots <= remaining_lots:
            return 0
        before = trade.quantity_lots
        taken = before - remaining_lots
        self.ledger.take_back(trade, taken)
        order.cumulative_lots -= taken
        order.filled_value_ticks -= checked_multiply(trade.price_ticks, taken)
        if order.status == STATUS_FILLED:
            order.status = STATUS_CANCELLED
        event = self._emit(kind, order, REASON_NONE, utc_ns)
        event.trade_number = trade.trade_number
        event.last_ticks = trade.price_ticks
        event.last_lots = taken if kind == EVENT_TRADE_BUSTED else remaining_lots
        event.reference_number = order.last_execution_number
        return taken

    def _refusal(self, order: ExchangeOrder, holding: Holding) -> i64:
        if order.instrument_index < 0 or order.instrument_index >= i64(len(self.instruments)):
            return REASON_UNKNOWN_INSTRUMENT
        instrument = self.instruments[order.instrument_index]
        if not instrument.tradable:
            return REASON_PERMISSION
        phase = self.phases[order.instrument_index]
        if phase == PHASE_CLOSED:
            return REASON_MARKET_CLOSED
        if phase == PHASE_HALTED:
            return REASON_HALTED
        if i64(len(holding.orders)) >= ORDERS_PER_PARTICIPANT_MAX:
            return REASON_ORDER_COUNT
        if not _kind_is_known(order):
            return REASON_ORDER_KIND
        if order.session != 0 and self.locked_sides[order.instrument_index] == order.side:
            return REASON_LIMIT_LOCKED
        quantity = order.quantity_lots
        if quantity < instrument.quantity_min_lots or quantity % instrument.quantity_step_lots != 0:
            return REASON_QUANTITY_STEP
        if quantity > instrument.quantity_max_lots:
            return REASON_QUANTITY_MAX
        if order.order_type == LIMIT:
            price = order.price_ticks
            if price < instrument.limit_low_ticks or price > instrument.limit_high_ticks:
                return REASON_PRICE_LIMITS
            if price % instrument.step_ticks(price) != 0:
                return REASON_PRICE_STEP
        return REASON_NONE

    def _match(self, order: ExchangeOrder, holding: Holding, utc_ns: i64) -> None:
        book = self.books[order.instrument_index]
        opposite = book.opposite(order.side)
        prevents = holding.prevents_self_trade
        if order.time_in_force == FILL_OR_KILL and opposite.fillable_lots(order, prevents) < order.leaves_lots:
            self._end(order, EVENT_EXPIRED, REASON_NOT_FILLABLE, utc_ns)
            return
        while order.leaves_lots > 0 and opposite.levels and crosses(order, opposite.levels[0].price_ticks):
            resting = opposite.levels[0].orders[0]
            if prevents and resting.participant == order.participant:
                self._end(order, EVENT_CANCELLED, REASON_SELF_TRADE, utc_ns)
                return
            self._trade(order, resting, opposite, utc_ns)
            book.version += 1
        if order.leaves_lots == 0:
            self._forget(order)
        elif order.order_type == LIMIT and order.time_in_force == DAY:
            book.own(order.side).add(order)
            book.version += 1
        else:
            self._end(order, EVENT_EXPIRED, REASON_NONE, utc_ns)

    def _trade(self, order: ExchangeOrder, resting: ExchangeOrder, opposite: RestingSide, utc_ns: i64) -> None:
        price = resting.price_ticks
        quantity = order.leaves_lots if order.leaves_lots < resting.leaves_lots else resting.leaves_lots
        level = opposite.levels[0]
        level.total_lots -= quantity
        resting.fill(price, quantity)
        order.fill(price, quantity)
        if resting.leaves_lots == 0:
            del level.orders[0]
            if not level.orders:
                del opposite.levels[0]
        trade = self._book_trade(order, resting.participant, price, quantity, utc_ns)
        self._emit_trade(resting, trade, False, utc_ns)
        self._emit_trade(order, trade, True, utc_ns)
        if resting.leaves_lots == 0:
            self._forget(resting)

    def _book_trade(self, order: ExchangeOrder, rival: i64, price_ticks: i64, quantity_lots: i64, utc_ns: i64) -> Trade:
        self._trade_number += 1
        buyer = order.participant if order.side == BUY else rival
        seller = rival if order.side == BUY else order.participant
        at = order.instrument_index
        self.last_ticks[at] = price_ticks
        trade = Trade(self._trade_number, at, price_ticks, quantity_lots, buyer, seller, order.side, utc_ns)
        self.ledger.record(trade)
        return trade

    def _emit_trade(self, order: ExchangeOrder, trade: Trade, aggressor: bool, utc_ns: i64) -> None:
        order.status = STATUS_FILLED if order.leaves_lots == 0 else STATUS_PARTLY_FILLED
        event = self._emit(EVENT_TRADE, order, REASON_NONE, utc_ns)
        order.last_trade = trade
        order.last_execution_number = event.execution_number
        event.trade_number = trade.trade_number
        event.last_ticks = trade.price_ticks
        event.last_lots = trade.quantity_lots
        event.aggressor = aggressor

    def _end_resting(self, order: ExchangeOrder, kind: i64, reason: i64, utc_ns: i64) -> None:
        book = self.books[order.instrument_index]
        book.own(order.side).remove(order)
        book.version += 1
        self._end(order, kind, reason, utc_ns)

    def _end(self, order: ExchangeOrder, kind: i64, reason: i64, utc_ns: i64) -> None:
        order.leaves_lots = 0
        order.status = STATUS_CANCELLED if kind == EVENT_CANCELLED else STATUS_EXPIRED
        order.reason = reason
        self._emit(kind, order, reason, utc_ns)
        self._forget(order)

    def _forget(self, order: ExchangeOrder) -> None:
        holding = self.ledger.holdings[order.participant]
        if not holding.remembers:
            del holding.orders[order.client_id]

    def _emit(self, kind: i64, order: ExchangeOrder, reason: i64, utc_ns: i64) -> ExchangeEvent:
        self._execution_number += 1
        event = ExchangeEvent(kind, order, self._execution_number, reason, utc_ns)
        self.events.append(event)
        return event


def _kind_is_known(order: ExchangeOrder) -> bool:
    if order.side != BUY and order.side != SELL:
        return False
    if order.order_type != LIMIT and order.order_type != MARKET:
        return False
    return order.time_in_force in (DAY, IMMEDIATE_OR_CANCEL, FILL_OR_KILL)

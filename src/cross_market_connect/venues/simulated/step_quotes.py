"""Market data of the simulated venue in STEP, in the layout of Shenzhen's gateway: pushed, not asked for.

After its log-on a session hears of every instrument, then of each that changes, always with a whole snapshot (W). Its
TradingPhaseCode (8538) follows the trading hours, and a change of it alone is news too (docs/protocols/step.md).
"""

from __future__ import annotations

from typing import Final, final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.book import LEVELS
from cross_market_connect.domain.instrument import OPEN_ENDED
from cross_market_connect.domain.numbers import checked_multiply
from cross_market_connect.matching.exchange import PHASE_HALTED, PHASE_OPEN, MatchingExchange
from cross_market_connect.matching.order_book import RestingSide
from cross_market_connect.reference import phases
from cross_market_connect.reference.sessions import SessionClock
from cross_market_connect.venues.simulated.fix_quotes import FixQuotes, Subscription
from cross_market_connect.venues.simulated.order_entry import Outgoing
from cross_market_connect.wire.fix.encoder import MSG_MARKET_DATA_SNAPSHOT, BodyWriter
from cross_market_connect.wire.fix.message import FixMessage

CHANNEL: Final[i64] = 1  # ChannelNo (10201)
STREAM: Final = b"010"  # MDStreamID (1500): shares, funds, bonds
SECURITY_SOURCE: Final = b"102"  # SecurityIDSource (22): Shenzhen
PRICE_DECIMALS: Final[i64] = 6
QUANTITY_DECIMALS: Final[i64] = 2

# First character of TradingPhaseCode by phase of the calendar; E for every other one.
PHASE_CODES: Final[dict[int, bytes]] = {
    int(phases.OPENING_AUCTION): b"O0",
    int(phases.OPENING_NO_CANCEL): b"O0",
    int(phases.OPENING_MATCH): b"O0",
    int(phases.BREAK): b"B0",
    int(phases.CLOSING_AUCTION): b"C0",
    int(phases.CLOSING_NO_CANCEL): b"C0",
    int(phases.CLOSING_MATCH): b"C0",
    int(phases.FIXED_PRICE): b"A0",
}
CONTINUOUS: Final = b"T0"
HALTED: Final = b"H0"
CLOSED: Final = b"E0"


@final
class StepQuotes(FixQuotes):
    """All market data sessions of one exchange.

    Args:
        clocks: trading phases by instrument; empty means always open.
        time_offset_ns: what the times in messages are ahead of UTC.
    """

    def __init__(self, exchange: MatchingExchange, mic: bytes, clocks: list[SessionClock], time_offset_ns: i64) -> None:
        super().__init__(exchange, mic)
        self._clocks: list[SessionClock] = clocks
        self._time_offset_ns: i64 = time_offset_ns
        self._stated_phases: list[bytes] = [b"" for _ in exchange.instruments]
        self._units: vec[i64] = vec[i64]([instrument.units_per_lot() for instrument in exchange.instruments])

    def request(self, session: i64, message: FixMessage) -> None:
        """Nobody need ask, and whoever does hears nothing else."""

    def welcome(self, session: i64) -> None:
        subscription = Subscription(session, b"", LEVELS, list(range(len(self._stated_phases))))
        self._subscriptions.append(subscription)
        for at in subscription.instruments:
            self._snapshot(subscription, at)

    def has_news(self, instrument_index: i64) -> bool:
        phase = self._phase(instrument_index)
        is_new = phase != self._stated_phases[instrument_index]
        self._stated_phases[instrument_index] = phase
        return is_new

    def _phase(self, at: i64) -> bytes:
        trading = self._exchange.phases[at]
        if trading == PHASE_OPEN:
            return CONTINUOUS
        if trading == PHASE_HALTED:
            return HALTED
        return PHASE_CODES.get(int(self._clocks[at].phase(self.utc_ns)), CLOSED) if self._clocks else CLOSED

    def _snapshot(self, subscription: Subscription, at: i64) -> None:
        if self.muted:
            return
        self.stated_ns[at] = int(self.now_ns)
        exchange, writer = self._exchange, self._writer
        instrument, book = exchange.instruments[at], exchange.books[at]
        scale: i64 = instrument.tick_units
        for _ in range(PRICE_DECIMALS - instrument.price_decimals):
            scale = checked_multiply(scale, 10)
        singles = self._singles(at)
        writer.time(b"42=", self.utc_ns + self._time_offset_ns)
        writer.number(b"10201=", CHANNEL)
        writer.text(b"1500=", STREAM)
        writer.text(b"48=", instrument.venue_symbol.encode())
        writer.text(b"22=", SECURITY_SOURCE)
        writer.text(b"8538=", self._phase(at))
        bids, asks = len(book.bids.levels), len(book.asks.levels)
        writer.number(b"268=", min(bids, LEVELS) + min(asks, LEVELS) + len(singles))
        _write_side(writer, b"0", book.bids, scale, self._units[at])
        _write_side(writer, b"1", book.asks, scale, self._units[at])
        for entry_type, price_ticks in singles:
            _write_entry(writer, entry_type, checked_multiply(price_ticks, scale), 0, 0, 0)
        self.outbox.append(Outgoing(subscription.session, MSG_MARKET_DATA_SNAPSHOT, writer.take()))

    def _singles(self, at: i64) -> list[tuple[bytes, int]]:
        """Entries that are no levels: the last price (2), 0 before the first trade, and the day's limits (xe, xf)."""
        instrument = self._exchange.instruments[at]
        result = [(b"2", int(self._exchange.last_ticks[at]))]
        if instrument.limit_high_ticks != OPEN_ENDED:
            result += [(b"xe", int(instrument.limit_high_ticks)), (b"xf", int(instrument.limit_low_ticks))]
        return result


def _write_side(writer: BodyWriter, entry_type: bytes, side: RestingSide, scale: i64, units_per_lot: i64) -> None:
    count: i64 = min(i64(len(side.levels)), LEVELS)
    for at in range(count):
        level = side.levels[at]
        price = checked_multiply(level.price_ticks, scale)
        units = checked_multiply(level.total_lots, units_per_lot)
        _write_entry(writer, entry_type, price, units, at + 1, i64(len(level.orders)))


def _write_entry(writer: BodyWriter, entry_type: bytes, price: i64, units: i64, level: i64, orders: i64) -> None:
    writer.text(b"269=", entry_type)
    writer.decimal(b"270=", price, PRICE_DECIMALS)
    writer.decimal(b"271=", checked_multiply(units, 100), QUANTITY_DECIMALS)
    writer.number(b"1023=", level)
    writer.number(b"346=", orders)

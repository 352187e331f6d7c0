"""A feed of OMD-C with two securities, and its packets made by hand."""

from collections.abc import Callable

from cross_market_connect.domain.book import BOOK_STATE_NAMES
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.venues.hkex.omd_c_feed import OmdSecuritiesFeed
from cross_market_connect.wire.omd import omd_c
from cross_market_connect.wire.omd.description import FILLER, TEXT, UNICODE
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.omd_c_writer import OmdCWriter
from tests.unit.venues.hkex.support import UTC_NS, Driver, levels

SEHK = Venue("XHKG", "SEHK", "香港联交所", 28_800, 1_440)
SESSION = Session("day", [570, 780], [720, 960])
PING_AN, TENCENT, FOREIGN = 2_318, 700, 5
BID, ASK = 0, 1
LIMIT_ORDER, MARKET_ORDER = 50, 49

Fill = Callable[[OmdCWriter], None]
Order = tuple[int, int, int, int, int]  # code, id, side, wire price, shares


def security(index: int, code: str, tick_units: int, tick_value_e4: int) -> Instrument:
    return Instrument(index, f"XHKG.{code}", SEHK, code, code, code, "HKD", 2, tick_units, tick_value_e4, SESSION)


def securities() -> list[Instrument]:
    """Ping An: 0.05 dollars a tick, 500 shares a lot. Tencent: 0.20 dollars a tick, 100 shares a lot."""
    return [security(0, "2318", 5, 250_000), security(1, "700", 20, 200_000)]


class SecuritiesUnderTest(Driver[OmdSecuritiesFeed]):
    def __init__(self, orders_max: int = 8, instruments: list[Instrument] | None = None) -> None:
        ours = securities() if instruments is None else instruments
        super().__init__(len(ours), lambda step, books: OmdSecuritiesFeed(4, step, ours, books, orders_max))
        self.refresh_seq = 1

    def cycle(self, last_seq: int, *fills: Fill) -> None:
        """One whole cycle of the refresh channel, seen from its beginning."""
        if not self.feed._snapshot.collecting:
            self.say_again(complete(last_seq))
        self.say_again(*fills, complete(last_seq))

    def say_again(self, *fills: Fill) -> None:
        """A packet of the refresh channel, next in order."""
        self.refresh(packet(self.refresh_seq, *fills))
        self.refresh_seq += len(fills)

    def states(self) -> list[str]:
        return [BOOK_STATE_NAMES[int(book.state)] for book in self.books]

    def bids(self, at: int = 0) -> list[tuple[int, int]]:
        return levels(self.books[at].bids)

    def asks(self, at: int = 0) -> list[tuple[int, int]]:
        return levels(self.books[at].asks)


def packet(seq: int, *fills: Fill, utc_ns: int = UTC_NS) -> bytes:
    writer = OmdCWriter()
    writer.start(seq, utc_ns)
    for fill in fills:
        fill(writer)
    return writer.finish()


def heartbeat(last_seq: int) -> bytes:
    return OmdCWriter().heartbeat(last_seq, UTC_NS)


def add(code: int, order_id: int, side: int, price: int, shares: int, order_type: int = LIMIT_ORDER) -> Fill:
    def fill(writer: OmdCWriter) -> None:
        assert writer.add_order(code, order_id, price, shares, side, order_type, 1)

    return fill


def modify(code: int, order_id: int, side: int, shares: int) -> Fill:
    def fill(writer: OmdCWriter) -> None:
        assert writer.modify_order(code, order_id, shares, side, 1)

    return fill


def delete(code: int, order_id: int, side: int) -> Fill:
    def fill(writer: OmdCWriter) -> None:
        assert writer.delete_order(code, order_id, side)

    return fill


def message(kind: int, **values: int | str) -> Fill:
    """Any message by the names of its fields; those that are not named are empty."""

    def fill(writer: OmdCWriter) -> None:
        description = OMD_C.message(kind)
        every: dict[str, int | str] = {}
        for field in description.fields[2:]:
            if field.kind != FILLER and field.name != description.count_field:
                every[field.name] = "" if field.kind in (TEXT, UNICODE) else 0
        assert writer.add(kind, {**every, **values}, [])

    return fill


def complete(last_seq: int) -> Fill:
    def fill(writer: OmdCWriter) -> None:
        assert writer.add_refresh_complete(last_seq)

    return fill


def define(code: int, lot: int, market: str = "MAIN", currency: str = "HKD") -> Fill:
    return message(11, SecurityCode=code, LotSize=lot, MarketCode=market, CurrencyCode=currency)


def status(code: int, indicator: int) -> Fill:
    return message(21, SecurityCode=code, SuspensionIndicator=indicator)


def session(market: str, sub_id: int) -> Fill:
    return message(20, MarketCode=market, TradingSessionSubID=sub_id, TradingSesControlFlag="0")


def trade(code: int, trade_id: int, price: int, trade_type: int = int(omd_c.TRADE_AUTOMATCHED)) -> Fill:
    return message(50, SecurityCode=code, TradeID=trade_id, Price=price, Quantity=500, TrdType=trade_type)


def update(code: int, *entries: tuple[int, int, int, int, int]) -> Fill:
    """Shares, wire price, side, level, action."""

    def fill(writer: OmdCWriter) -> None:
        assert writer.begin_book(code)
        for shares, price, side, level, action in entries:
            assert writer.add_entry(shares, price, 1, side, level, action)
        writer.end_book()

    return fill

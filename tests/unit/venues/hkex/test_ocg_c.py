"""Orders over OCG-C by hand-written lines: what our side sends, and what it makes of reports; ClOrdIDs of 8 digits."""

import pytest

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.instrument import Instrument, Session
from cross_market_connect.domain.instrument import Venue as Market
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    OFFSET_NONE,
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_CANCELLED,
    RECEIPT_FILL,
    RECEIPT_REJECTED,
    RECEIPT_TRADE_CANCEL,
    REJECT_PRICE,
    REJECT_THROTTLED,
    SELL,
    OrderCommand,
    Receipt,
)
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.venues.hkex.ocg_c import OcgCDialect, client_settings
from tests.unit.venues.fix_broker.support import Clock
from tests.unit.venues.fix_broker.support import Venue as ByHand
from tests.unit.wire.fix.support import make_frame

CLIENT, GATEWAY = b"ENGINE", b"CCFX"
PARTIES = "453=2|448=1234|447=D|452=1|448=ABC123.2568|447=D|452=3"
NOTHING_TO_DISCLOSE = "1812=1|1813=100|1814=1"
SHARE = "48=2318|22=8|207=XHKG"
TIME = "60=20210104-02:00:00.000000"


class Exchange(ByHand):
    """The gateway by hand: FIXT 1.1 around the same lines."""

    def frame(self, text: str, seq: int | None = None) -> bytes:
        content = super().frame(text, seq).split(b"\x01", 2)[2].rsplit(b"10=", 1)[0].decode()
        return make_frame(content.replace("\x01", "|").removesuffix("|"), "FIXT.1.1")

    def log_on(self, seq: int | None = None) -> None:
        self.clock.begin()
        self.side.opened()
        (logon,) = self.sent()
        assert logon == "35=A|34=1|98=0|108=20|789=1|1400=101|1401=344|1402={secret}|1137=9"
        self.say("35=A|98=0|108=20|789=2|1409=0|1137=9", seq)


def share() -> Instrument:
    hkex = Market("XHKG", "HKEX", "港交所", 28_800, 0)
    return Instrument(
        0, "XHKG.2318", hkex, "2318", "Ping An", "平安", "HKD", 2, 5, 250_000, Session("day", [570], [960])
    )


class Ocg:
    """Our gateway, logged on in its third run."""

    def __init__(self) -> None:
        self.clock = Clock()
        settings = client_settings(CLIENT, GATEWAY, b"{secret}", 0)
        self.side = FixOrders(
            0, settings, self.clock.step, [share()], "XHKG", "1234", 1, 1, OcgCDialect(b"ABC123.2568")
        )
        self.side.begin_epoch(3)
        self.exchange = Exchange(self.clock, self.side)
        self.exchange.log_on()
        self.exchange.sent()

    def submit(self, command: OrderCommand) -> list[str]:
        self.clock.begin()
        self.side.submit(command)
        return self.exchange.sent()

    def receipt(self, text: str) -> Receipt:
        self.exchange.say(text)
        (receipt,) = self.side.take_receipts()
        return receipt


def command(number: int, side: int = BUY, order_type: int = LIMIT, force: int = DAY) -> OrderCommand:
    return OrderCommand(3_000_000_000 + number, 0, side, order_type, force, 1_234, 3, OFFSET_NONE)


def test_orders_and_cancels_as_the_exchange_wants_them() -> None:
    ocg = Ocg()
    (limit,) = ocg.submit(command(7))
    assert limit == (
        f"35=D|34=2|11=13000007|{PARTIES}|{NOTHING_TO_DISCLOSE}|{SHARE}|54=1|{TIME}|38=1500|40=2|44=61.70|59=0"
    )
    (market,) = ocg.submit(command(8, SELL, MARKET, IMMEDIATE_OR_CANCEL))
    assert market == (f"35=D|34=3|11=13000008|{PARTIES}|{NOTHING_TO_DISCLOSE}|{SHARE}|54=2|{TIME}|38=1500|40=1|59=3")
    ocg.clock.begin()
    ocg.side.cancel(command(7), 3_000_000_009)
    (cancel,) = ocg.exchange.sent()
    assert cancel == f"35=F|34=4|41=13000007|11=13000009|{PARTIES}|{SHARE}|54=1|{TIME}|38=1500"


def test_reports_find_their_order_by_its_short_id() -> None:
    ocg = Ocg()
    ocg.submit(command(7))
    about = f"11=13000007|37=2000|{SHARE}|54=1|38=1500|40=2|44=61.70"
    new = ocg.receipt(f"35=8|17=E1|150=0|39=0|151=1500|14=0|{about}")
    assert (new.client_order_id, new.kind, new.venue_order_id) == (3_000_000_007, RECEIPT_ACKNOWLEDGED, b"2000")
    fill = ocg.receipt(f"35=8|17=E2|150=F|39=2|151=0|14=1500|{about}|32=1500|31=61.65|880=T1|574=4|1115=A|1057=N")
    assert (fill.kind, fill.last_lots, fill.last_ticks) == (RECEIPT_FILL, 3, 1_233)
    bust = ocg.receipt(f"35=8|17=E3|19=E2|150=H|39=0|151=1500|14=0|{about}|32=1500|31=61.65|378=8")
    assert (bust.client_order_id, bust.kind) == (3_000_000_007, RECEIPT_TRADE_CANCEL)
    mass = ocg.receipt(f"35=8|17=E4|150=4|39=4|151=0|14=0|{about}|378=103|1328=Mass cancelled")
    assert (mass.client_order_id, mass.kind) == (3_000_000_007, RECEIPT_CANCELLED)


def test_a_report_about_an_order_of_an_earlier_run_or_of_nobody() -> None:
    ocg = Ocg()
    earlier = ocg.receipt(f"35=8|17=E1|150=4|39=4|151=0|14=0|11=12000004|37=1999|{SHARE}|54=2|378=104")
    assert (earlier.client_order_id, earlier.instrument_index, earlier.side) == (2_000_000_004, 0, SELL)
    foreign = ocg.receipt(f"35=8|17=E2|150=4|39=4|151=0|14=0|11=4711|37=1998|{SHARE}|54=2|378=104")
    assert foreign.client_order_id == 0


def test_refusals() -> None:
    ocg = Ocg()
    ocg.submit(command(7))
    band = ocg.receipt(
        f"35=8|17=E1|150=8|39=8|151=0|14=0|11=13000007|37=NONE|{SHARE}|54=1|103=102|1328=Price exceeds band"
    )
    assert (band.kind, band.reject_class) == (RECEIPT_REJECTED, REJECT_PRICE)
    ocg.submit(command(8))
    throttled = ocg.receipt("35=j|45=3|372=D|379=13000008|380=8|58=Throttle limit exceeded")
    assert (throttled.client_order_id, throttled.kind, throttled.reject_class) == (
        3_000_000_008,
        RECEIPT_REJECTED,
        REJECT_THROTTLED,
    )
    ocg.clock.begin()
    ocg.side.cancel(command(7), 3_000_000_009)
    late = ocg.receipt("35=9|37=2000|11=13000009|41=13000007|39=2|434=1|102=0|1328=Too late")
    assert (late.client_order_id, late.kind) == (3_000_000_007, RECEIPT_CANCEL_REJECTED)


def test_there_is_no_question_about_an_order() -> None:
    ocg = Ocg()
    ocg.submit(command(7))
    ocg.clock.begin()
    ocg.side.query(command(7))
    assert ocg.exchange.sent() == []


def test_short_ids_are_unique_for_ninety_runs_and_come_back() -> None:
    dialect = OcgCDialect(b"")
    seen: dict[bytes, int] = {}
    for epoch in range(1, 181):
        dialect.begin_epoch(epoch)
        if epoch % 90 == 1:
            seen.clear()  # ninety runs in a day are not had
        for count in (1, 2, 999_999):
            number = epoch * 1_000_000_000 + count
            text = dialect.client_id(number)
            assert text not in seen
            seen[text] = number
            assert text.isdigit() and 1 <= int(text) <= 99_999_999 and not text.startswith(b"0")
            assert dialect.number_of(int(text)) == number
    dialect.begin_epoch(5)
    newest = dialect.client_id(5_000_000_001)
    dialect.begin_epoch(6)
    assert dialect.number_of(int(newest)) == 5_000_000_001


def test_ids_that_cannot_be_ours_and_a_run_that_has_used_up_its_own() -> None:
    dialect = OcgCDialect(b"")
    dialect.begin_epoch(2)
    for foreign in (0, 1, 9_999_999, 10_000_000, 12_000_000, 13_000_001, 100_000_001):
        assert dialect.number_of(foreign) == 0
    with pytest.raises(InvariantError, match="more than 999999 ClOrdIDs in a run"):
        dialect.client_id(2_001_000_000)

"""The simulated exchange over plain FIX bytes: line in, lines out, and what the ledger says afterwards.

Messages are written with `|` for the delimiter; body length and checksum are computed here by the standard's own rule.
"""

import pytest

from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError, LocalProtocolError
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import BUY, SELL
from cross_market_connect.matching.orders import REASON_BUSY, REASON_HALTED
from cross_market_connect.reference.sessions import continuous_clock
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.faults import (
    ANY_INSTRUMENT,
    FAULT_DROP,
    FAULT_LATE,
    FAULT_PARTIAL,
    FAULT_REJECT,
    FaultRule,
)
from cross_market_connect.venues.simulated.market_maker import QuoteSchedule
from cross_market_connect.venues.simulated.settings import (
    ROLE_MARKET_DATA,
    ROLE_ORDER_ENTRY,
    ClientSession,
    ExchangeSettings,
)
from cross_market_connect.wire.fix.schedule import SessionSchedule

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
# 2021-01-04 02:00:00 UTC, 10:00 in Shanghai.
MORNING_UTC_NS = 1_609_725_600 * SECOND
TIME = "20210104-02:00:00.000"


def instrument() -> Instrument:
    venue = Venue("CCFX", "CFFEX", "中金所", 28_800, 1200)
    result = Instrument(
        0, "CCFX.IF2101", venue, "IF2101", "IF", "IF", "CNY", 1, 2, 600_000, Session("day", [570, 780], [690, 900])
    )
    result.quantity_max_lots = 20
    result.limit_low_ticks = 20_000
    result.limit_high_ticks = 30_000
    return result


def settings() -> ExchangeSettings:
    result = ExchangeSettings("CCFX", b"CCFX", [instrument()], CalendarClock(0, MORNING_UTC_NS, 1000, [], []), 7)
    result.clients = [
        ClientSession(b"ENGINE", ROLE_ORDER_ENTRY, b"A1", b"", b""),
        ClientSession(b"QUOTES", ROLE_MARKET_DATA, b"", b"", b""),
        ClientSession(b"OTHER", ROLE_ORDER_ENTRY, b"A2", b"", b""),
    ]
    return result


def frame(text: str) -> bytes:
    """A complete message from `35=...|...` by the rule of FIX 4.4 Volume 2, CheckSum Calculation."""
    body = text.replace("|", "\x01").encode() + b"\x01"
    head = b"8=FIX.4.4\x019=%d\x01" % len(body) + body
    return head + b"10=%03d\x01" % (sum(head) % 256)


def lines(data: bytes) -> list[dict[str, str]]:
    """Messages as fields by tag; the last one wins in a group."""
    result: list[dict[str, str]] = []
    for field in data.decode().split("\x01")[:-1]:
        tag, _, value = field.partition("=")
        if tag == "8":
            result.append({})
        result[-1][tag] = value
    return result


class Client:
    """One client: numbers its messages and remembers nothing else."""

    def __init__(self, host: "Host", connection: int, comp_id: str) -> None:
        self.host = host
        self.connection = connection
        self.comp_id = comp_id
        self.seq = 0
        self.time = TIME

    def send(self, text: str) -> list[dict[str, str]]:
        self.seq += 1
        msg_type, _, rest = text.partition("|")
        header = f"{msg_type}|49={self.comp_id}|56=CCFX|34={self.seq}|52={self.time}"
        data = frame(header + ("|" + rest if rest else ""))
        self.host.exchange.receive(self.connection, data, self.host.now_ns, self.host.utc_ns)
        return self.take()

    def take(self) -> list[dict[str, str]]:
        return lines(self.host.exchange.data_to_send(self.connection))

    def log_on(self, extra: str = "") -> list[dict[str, str]]:
        self.host.exchange.connection_opened(self.connection, self.host.now_ns, self.host.utc_ns)
        return self.send("35=A|98=0|108=30" + extra)

    def order(
        self, client_id: str, side: str, quantity: int, price: str, force: str = "0", extra: str = ""
    ) -> list[dict[str, str]]:
        return self.send(
            f"35=D|11={client_id}|55=IF2101|54={side}|60={TIME}|38={quantity}|40=2|44={price}|59={force}{extra}"
        )

    def cancel(self, client_id: str, original: str, side: str = "1") -> list[dict[str, str]]:
        return self.send(f"35=F|41={original}|11={client_id}|55=IF2101|54={side}|60={TIME}|38=1")


class Host:
    """Time and one exchange."""

    def __init__(self, chosen: ExchangeSettings | None = None) -> None:
        self.exchange = SimulatedExchange(chosen or settings())
        self.now_ns = 0
        self.utc_ns = MORNING_UTC_NS
        self.exchange.start(self.now_ns, self.utc_ns)

    def client(self, connection: int, comp_id: str) -> Client:
        client = Client(self, connection, comp_id)
        answer = client.log_on()
        assert [line["35"] for line in answer][:1] == ["A"]
        return client

    def advance(self, delta_ns: int) -> None:
        """Let time pass, calling the timer whenever the exchange asks for it."""
        until = self.now_ns + delta_ns
        for _ in range(10_000):
            due = self.exchange.next_timer_ns()
            if due > until:
                break
            self.set_time(max(due, self.now_ns))
            self.exchange.handle_timer(self.now_ns, self.utc_ns)
        else:
            raise AssertionError("the exchange asks for a timer again and again")
        self.set_time(until)

    def set_time(self, now_ns: int) -> None:
        self.now_ns = now_ns
        self.utc_ns = self.exchange.settings.calendar.utc_ns(now_ns)

    def position(self, account: bytes) -> int:
        return self.exchange.ledger.position_lots(self.exchange.participant(account), 0)


def picked(line: dict[str, str], tags: str) -> str:
    """Chosen tags of a line as `tag=value|...`."""
    return "|".join(f"{tag}={line[tag]}" for tag in tags.split() if tag in line)


def test_order_life_in_lines() -> None:
    host = Host()
    engine, other = host.client(1, "ENGINE"), host.client(2, "OTHER")
    answer = other.order("o1", "2", 3, "5200.0")
    assert picked(answer[0], "35 37 11 17 150 39 1 55 207 54 38 40 44 59 151 14 6") == (
        "35=8|37=1|11=o1|17=1|150=0|39=0|1=A2|55=IF2101|207=CCFX|54=2|38=3|40=2|44=5200.0|59=0|151=3|14=0|6=0"
    )
    other.order("o2", "2", 5, "5200.4")
    answer = engine.order("e1", "1", 5, "5200.4", extra="|77=O")
    assert [picked(line, "150 39 32 31 151 14 6 77") for line in answer] == [
        "150=0|39=0|151=5|14=0|6=0|77=O",
        "150=F|39=1|32=3|31=5200.0|151=2|14=3|6=5200.00000|77=O",
        "150=F|39=2|32=2|31=5200.4|151=0|14=5|6=5200.16000|77=O",
    ]
    assert [picked(line, "11 150 39 32 31 151 14") for line in other.take()] == [
        "11=o1|150=F|39=2|32=3|31=5200.0|151=0|14=3",
        "11=o2|150=F|39=1|32=2|31=5200.4|151=3|14=2",
    ]
    assert (host.position(b"A1"), host.position(b"A2")) == (5, -5)


def test_immediate_remainder_expires_and_fill_or_kill_dies_whole() -> None:
    host = Host()
    engine, other = host.client(1, "ENGINE"), host.client(2, "OTHER")
    other.order("o1", "1", 2, "5200.0")
    answer = engine.order("e1", "2", 3, "5200.0", "3")
    assert [picked(line, "150 39 151 14") for line in answer] == [
        "150=0|39=0|151=3|14=0",
        "150=F|39=1|151=1|14=2",
        "150=C|39=C|151=0|14=2",
    ]
    answer = engine.order("e2", "2", 1, "5200.0", "4")
    assert [picked(line, "150 39 14 58") for line in answer] == [
        "150=0|39=0|14=0",
        "150=C|39=C|14=0|58=E0082 not fillable in full",
    ]


REFUSALS = [
    # fields that differ from a good order -> OrdRejReason, text
    ("44=6000.2", "103=3|58=E0022 price out of limits"),
    ("44=5200.1", "103=99|58=E0023 price is not a multiple of the price step"),
    ("38=21", "103=3|58=E0032 quantity above the largest order"),
    ("38=0", "103=13|58=E0031 quantity is not a multiple of the lot"),
    ("38=1.5", "103=13|58=E0031 quantity is not a multiple of the lot"),
    ("55=XX", "103=1|58=E0001 unknown instrument"),
    ("40=3", "103=11|58=E0053 order kind not supported"),
    ("59=1", "103=11|58=E0053 order kind not supported"),
    ("1=A2", "103=15|58=E0073 no permission for this account or instrument"),
    ("11=e0", "103=6|58=E0041 duplicate client order id"),
]


@pytest.mark.parametrize(("change", "expected"), REFUSALS)
def test_refusals(change: str, expected: str) -> None:
    host = Host()
    engine = host.client(1, "ENGINE")
    assert engine.order("e0", "1", 1, "5100.0")[0]["150"] == "0"
    fields = {"11": "e1", "1": "A1", "55": "IF2101", "54": "1", "60": TIME, "38": "1", "40": "2", "44": "5200.0"}
    fields["59"] = "0"
    tag, _, value = change.partition("=")
    fields[tag] = value
    if change == "40=3":
        fields["99"] = "5200.0"
    answer = engine.send("35=D|" + "|".join(f"{key}={text}" for key, text in fields.items()))
    assert len(answer) == 1
    assert picked(answer[0], "35 150 39 151 14 103 58") == f"35=8|150=8|39=8|151=0|14=0|{expected}"
    assert len(host.exchange.ledger.open_orders(host.exchange.participant(b"A1"))) == 1


def test_cancel_and_its_refusals() -> None:
    host = Host()
    engine = host.client(1, "ENGINE")
    engine.order("e1", "1", 4, "5100.0")
    [line] = engine.cancel("c1", "e1")
    assert picked(line, "35 37 11 41 150 39 151 14") == "35=8|37=1|11=c1|41=e1|150=4|39=4|151=0|14=0"
    [line] = engine.cancel("c2", "e1")
    assert picked(line, "35 37 11 41 39 434 102 58") == (
        "35=9|37=1|11=c2|41=e1|39=4|434=1|102=0|58=E0043 order is not open any more"
    )
    [line] = engine.cancel("c3", "nothing")
    assert picked(line, "35 37 11 41 39 434 102 58") == (
        "35=9|37=NONE|11=c3|41=nothing|39=8|434=1|102=1|58=E0042 unknown order"
    )


def test_status_request() -> None:
    host = Host()
    engine, other = host.client(1, "ENGINE"), host.client(2, "OTHER")
    engine.order("e1", "1", 4, "5100.0")
    other.order("o1", "2", 1, "5100.0")
    engine.take()
    [line] = engine.send("35=H|11=e1|55=IF2101|54=1")
    assert picked(line, "35 37 11 17 150 39 151 14 6") == "35=8|37=1|11=e1|17=0|150=I|39=1|151=3|14=1|6=5100.00000"
    [line] = engine.send("35=H|11=never|55=IF2101|54=1")
    assert picked(line, "35 37 11 17 150 39 103 58 151 14") == (
        "35=8|37=NONE|11=never|17=0|150=I|39=8|103=5|58=E0042 unknown order|151=0|14=0"
    )


def test_roles_are_kept_apart() -> None:
    host = Host()
    engine, quotes = host.client(1, "ENGINE"), host.client(2, "QUOTES")
    [line] = quotes.order("q1", "1", 1, "5200.0")
    assert picked(line, "35 372 379 380") == "35=j|372=D|379=q1|380=6"
    [line] = engine.send("35=V|262=r|263=1|264=0|265=0|267=1|269=0|146=1|55=IF2101")
    assert picked(line, "35 372 380") == "35=j|372=V|380=6"
    [line] = engine.send("35=8|37=1|17=1|150=0|39=0|55=IF2101|54=1|151=0|14=0|6=0|38=1")
    assert picked(line, "35 372 380") == "35=j|372=8|380=3"


def test_credentials_and_unknown_clients() -> None:
    chosen = settings()
    chosen.clients[0].username = b"user"
    chosen.clients[0].password = b"right"
    host = Host(chosen)
    bad = Client(host, 1, "ENGINE")
    assert [line["35"] for line in bad.log_on("|553=user|554=wrong")] == ["5"]
    assert host.exchange.closing() == [1]
    host.exchange.connection_lost(1, host.now_ns, host.utc_ns)
    good = Client(host, 2, "ENGINE")
    good.seq = 0
    assert [line["35"] for line in good.log_on("|553=user|554=right")][:1] == ["A"]
    stranger = Client(host, 3, "NOBODY")
    assert stranger.log_on() == []
    second = Client(host, 4, "ENGINE")
    assert second.log_on("|553=user|554=right") == []
    assert host.exchange.closing() == [3, 4]
    host.exchange.connection_opened(5, host.now_ns, host.utc_ns)
    host.advance(11 * SECOND)
    assert host.exchange.closing() == [3, 4, 5]


def test_book_snapshots_follow_every_change() -> None:
    host = Host()
    quotes, other, engine = host.client(1, "QUOTES"), host.client(2, "OTHER"), host.client(3, "ENGINE")
    [line] = quotes.send("35=V|262=r|263=1|264=0|265=0|267=3|269=0|269=1|269=2|146=1|55=IF2101")
    assert picked(line, "35 262 55 268") == "35=W|262=r|55=IF2101|268=2"
    other.order("o1", "2", 3, "5200.0")
    other.order("o2", "1", 2, "5199.8")
    raw = host.exchange.data_to_send(1).replace(b"\x01", b"|")
    assert raw.count(b"35=W") == 2
    # Written out from the two orders: bid 5199.8 x 2, offer 5200.0 x 3, no trade yet.
    assert b"|268=2|269=0|270=5199.8|271=2|290=1|269=1|270=5200.0|271=3|290=1|10=" in raw
    engine.order("e1", "1", 3, "5200.0", "3")
    raw = host.exchange.data_to_send(1).replace(b"\x01", b"|")
    assert raw.count(b"35=W") == 1
    assert b"|268=3|269=0|270=5199.8|271=2|290=1|269=1|270=0.0|271=0|290=1|269=2|270=5200.0|271=0|10=" in raw
    [line] = quotes.send("35=V|262=r|263=1|264=0|265=0|267=1|269=0|146=1|55=IF2101")
    assert picked(line, "35 281") == "35=Y|281=1"
    [line] = quotes.send("35=V|262=s|263=1|264=0|265=0|267=1|269=0|146=1|55=NONE")
    assert picked(line, "35 281") == "35=Y|281=0"
    assert quotes.send("35=V|262=r|263=2|264=0|267=1|269=0|146=1|55=IF2101") == []
    other.cancel("c", "o2", "1")
    assert quotes.take() == []


def test_orders_survive_a_lost_connection_and_reports_follow_after_log_on() -> None:
    host = Host()
    engine, other = host.client(1, "ENGINE"), host.client(2, "OTHER")
    engine.order("e1", "1", 4, "5100.0")
    host.exchange.connection_lost(1, host.now_ns, host.utc_ns)
    other.order("o1", "2", 1, "5100.0")
    assert host.position(b"A1") == 1
    again = Client(host, 5, "ENGINE")
    again.seq = engine.seq
    answer = again.log_on()
    assert [picked(line, "35 11 150 14") for line in answer] == ["35=A", "35=8|11=e1|150=F|14=1"]


def test_cancel_on_disconnect_is_per_session() -> None:
    chosen = settings()
    chosen.clients[0].cancel_on_disconnect = True
    host = Host(chosen)
    engine, other = host.client(1, "ENGINE"), host.client(2, "OTHER")
    engine.order("e1", "1", 4, "5100.0")
    other.order("o1", "1", 4, "5100.0")
    for connection in (1, 2):
        host.exchange.connection_lost(connection, host.now_ns, host.utc_ns)
    ledger = host.exchange.ledger
    assert ledger.open_orders(host.exchange.participant(b"A1")) == []
    assert len(ledger.open_orders(host.exchange.participant(b"A2"))) == 1


def rule(kind: int, first: int = 1, times: int = 1) -> FaultRule:
    result = FaultRule(kind, b"A1", ANY_INSTRUMENT)
    result.first = first
    result.times = times
    return result


def test_fault_reject_hits_the_named_order_only() -> None:
    chosen = settings()
    reject = rule(FAULT_REJECT, first=2)
    reject.reason = REASON_BUSY
    chosen.rules = [reject]
    host = Host(chosen)
    engine, other = host.client(1, "ENGINE"), host.client(2, "OTHER")
    outcomes = [engine.order(f"e{at}", "1", 1, "5100.0")[0] for at in range(3)]
    assert [line["150"] for line in outcomes] == ["0", "8", "0"]
    assert picked(outcomes[1], "103 58") == "103=0|58=E0061 system busy, try again"
    assert [other.order(f"o{at}", "1", 1, "5100.0")[0]["150"] for at in range(3)] == ["0", "0", "0"]


def test_sticky_fault_refuses_one_direction_for_a_while() -> None:
    chosen = settings()
    halt = rule(FAULT_REJECT, first=2, times=3)
    halt.reason = REASON_HALTED
    halt.sticky = True
    halt.duration_ns = SECOND
    chosen.rules = [halt]
    host = Host(chosen)
    engine = host.client(1, "ENGINE")
    sides = "1112121"
    outcomes = [engine.order(f"e{at}", side, 1, "5100.0" if side == "1" else "5300.0") for at, side in enumerate(sides)]
    assert [answer[0]["150"] for answer in outcomes] == list("0880800")
    assert outcomes[1][0]["58"] == "E0003 market halted for this series"


def test_sticky_fault_ends_with_its_time() -> None:
    chosen = settings()
    halt = rule(FAULT_REJECT, times=100)
    halt.reason = REASON_HALTED
    halt.duration_ns = SECOND
    chosen.rules = [halt]
    host = Host(chosen)
    engine = host.client(1, "ENGINE")
    assert engine.order("e1", "1", 1, "5100.0")[0]["150"] == "8"
    host.advance(SECOND)
    engine.take()
    assert engine.order("e2", "1", 1, "5100.0")[0]["150"] == "0"


def test_late_answer_keeps_the_order_of_answers() -> None:
    chosen = settings()
    late = rule(FAULT_LATE)
    late.delay_ns = 200 * MILLISECOND
    chosen.rules = [late]
    host = Host(chosen)
    engine = host.client(1, "ENGINE")
    assert engine.order("e1", "1", 1, "5100.0") == []
    assert engine.order("e2", "1", 1, "5100.0") == []
    assert len(host.exchange.ledger.open_orders(host.exchange.participant(b"A1"))) == 2
    host.advance(199 * MILLISECOND)
    assert engine.take() == []
    host.advance(MILLISECOND)
    assert [line["11"] for line in engine.take()] == ["e1", "e2"]


def test_dropped_connection_leaves_the_order_live_and_its_report_is_resent() -> None:
    chosen = settings()
    chosen.rules = [rule(FAULT_DROP)]
    host = Host(chosen)
    engine = host.client(1, "ENGINE")
    assert engine.order("e1", "1", 1, "5100.0") == []
    assert host.exchange.closing() == [1]
    assert len(host.exchange.ledger.open_orders(host.exchange.participant(b"A1"))) == 1
    host.exchange.connection_lost(1, host.now_ns, host.utc_ns)
    again = Client(host, 2, "ENGINE")
    again.seq = engine.seq
    [logon] = again.log_on()
    assert logon["34"] == "3"
    [report] = again.send("35=2|7=2|16=2")
    assert picked(report, "35 34 43 11 150") == "35=8|34=2|43=Y|11=e1|150=0"


def test_partial_fill_takes_liquidity_away_honestly() -> None:
    chosen = settings()
    chosen.rules = [rule(FAULT_PARTIAL)]
    host = Host(chosen)
    engine, other = host.client(1, "ENGINE"), host.client(2, "OTHER")
    for at in range(3):
        other.order(f"o{at}", "2", 20, "5200.0")
    answer = engine.order("e1", "1", 10, "5200.0", "3")
    assert [picked(line, "150 14 151") for line in answer] == [
        "150=0|14=0|151=10",
        "150=F|14=5|151=5",
        "150=C|14=5|151=0",
    ]
    assert (host.position(b"A1"), host.position(b"A2")) == (5, -60)
    positions = [host.exchange.ledger.position_lots(at, 0) for at in range(len(host.exchange.ledger.holdings))]
    assert sum(positions) == 0


def test_latency_delays_both_ways_and_keeps_order() -> None:
    chosen = settings()
    chosen.latency_in_ns = 3 * MILLISECOND
    chosen.latency_out_ns = 2 * MILLISECOND
    chosen.latency_jitter_ns = MILLISECOND
    host = Host(chosen)
    engine = Client(host, 1, "ENGINE")
    assert engine.log_on() == []
    host.advance(10 * MILLISECOND)
    assert [line["35"] for line in engine.take()] == ["A"]
    for at in range(20):
        engine.order(f"e{at}", "1", 1, "5100.0")
    host.advance(3 * MILLISECOND - 1)
    assert host.exchange.ledger.open_orders(host.exchange.participant(b"A1")) == []
    host.advance(MILLISECOND + 1)
    assert len(host.exchange.ledger.open_orders(host.exchange.participant(b"A1"))) == 20
    host.advance(3 * MILLISECOND)
    assert [line["11"] for line in engine.take()] == [f"e{at}" for at in range(20)]


def test_market_maker_posts_by_the_calendar_and_comes_back_after_a_trade() -> None:
    chosen = settings()
    at = [MORNING_UTC_NS + count * SECOND for count in (1, 2, 3)]
    chosen.schedules = [QuoteSchedule(at, [25_999, 26_000, 26_001], [5, 30, 7], [26_001, 26_002, 26_003], [4, 5, 6])]
    chosen.calendar = CalendarClock(0, MORNING_UTC_NS, 20_000, [], [])
    host = Host(chosen)
    engine, quotes = host.client(1, "ENGINE"), host.client(2, "QUOTES")
    quotes.send("35=V|262=r|263=1|264=0|265=0|267=3|269=0|269=1|269=2|146=1|55=IF2101")
    host.advance(SECOND // 20)
    assert b"|269=0|270=5199.8|271=5|290=1|269=1|270=5200.2|271=4|290=1|" in host.exchange.data_to_send(2).replace(
        b"\x01", b"|"
    )
    assert [line["14"] for line in engine.order("e1", "1", 4, "5200.2", "3")] == ["0", "4"]
    assert b"|269=1|270=5200.2|" not in host.exchange.data_to_send(2).replace(b"\x01", b"|")
    host.advance(SECOND // 20)
    book = host.exchange.matching.books[0]
    # 30 lots are more than the venue's largest order of 20.
    assert [order.quantity_lots for order in book.bids.levels[0].orders] == [20, 10]
    assert (book.bids.levels[0].price_ticks, book.asks.levels[0].total_lots) == (26_000, 5)
    host.advance(SECOND // 20)
    assert (book.bids.levels[0].price_ticks, len(book.bids.levels), len(book.asks.levels)) == (26_001, 1, 1)


def test_lunch_keeps_day_orders_and_the_close_expires_them() -> None:
    chosen = settings()
    chosen.session_clocks = [
        continuous_clock(28_800, 1200, [570, 780], [690, 900], 20_210_104, 20_210_108, []),
    ]
    chosen.calendar = CalendarClock(0, MORNING_UTC_NS, 600_000, [], [])
    host = Host(chosen)
    engine = host.client(1, "ENGINE")
    engine.order("e1", "1", 1, "5100.0")
    minute = 60 * SECOND // 600
    host.advance(100 * minute)  # 11:40
    [line] = engine.order("e2", "1", 1, "5100.0")[-1:]
    assert picked(line, "150 103 58") == "150=8|103=2|58=E0002 market closed"
    assert len(host.exchange.ledger.open_orders(host.exchange.participant(b"A1"))) == 1
    host.advance(90 * minute)  # 13:10
    assert engine.order("e3", "1", 1, "5100.0")[-1]["150"] == "0"
    host.advance(111 * minute)  # 15:01
    expired = [line for line in engine.take() if line["35"] == "8"]
    assert [picked(line, "11 150 39 58") for line in expired] == [
        "11=e1|150=C|39=C|58=E0083 end of trading day",
        "11=e3|150=C|39=C|58=E0083 end of trading day",
    ]
    assert engine.order("e4", "1", 1, "5100.0")[-1]["150"] == "8"


def test_cancels_are_taken_in_the_phases_that_take_them_and_orders_stay_through_the_closing_auction() -> None:
    """Hong Kong's shares: no cancel at lunch and while the reference price is made; HKEX trading mechanism."""
    chosen = settings()
    chosen.session_clocks = [load_reference().clock_between("XHKG", "hk_share", 20210104)]
    chosen.calendar = CalendarClock(0, MORNING_UTC_NS, 600_000, [], [])
    host = Host(chosen)
    engine = host.client(1, "ENGINE")
    for name in ("e1", "e2"):
        engine.order(name, "1", 1, "5100.0")
    second = SECOND // 600
    host.advance(130 * 60 * second)  # 12:10
    [refused] = engine.cancel("c1", "e1")
    assert picked(refused, "35 11 41 39 102 58") == "35=9|11=c1|41=e1|39=0|102=2|58=E0002 market closed"
    host.advance(60 * 60 * second)  # 13:10
    assert engine.cancel("c2", "e1")[-1]["150"] == "4"
    host.advance((170 * 60 + 30) * second)  # 16:00:30
    assert engine.cancel("c3", "e2")[-1]["58"] == "E0002 market closed"
    assert engine.order("e3", "1", 1, "5100.0")[-1]["58"] == "E0002 market closed", "there are no auctions here"
    host.advance(60 * second)  # 16:01:30
    assert len(host.exchange.ledger.open_orders(host.exchange.participant(b"A1"))) == 1
    host.advance(10 * 60 * second)  # 16:11:30
    assert [picked(line, "11 150 58") for line in engine.take() if line["35"] == "8"] == [
        "11=e2|150=C|58=E0083 end of trading day"
    ]


@pytest.mark.parametrize(("as_cancelled", "code"), [(False, "C"), (True, "4")])
def test_what_an_immediate_order_leaves_ends_by_the_word_that_its_venue_uses(as_cancelled: bool, code: str) -> None:
    chosen = settings()
    chosen.tells_expired_as_cancelled = as_cancelled
    host = Host(chosen)
    engine = host.client(1, "ENGINE")
    end = engine.order("e1", "1", 3, "5200.0", "3")[-1]
    assert picked(end, "11 150 39 151 14") == f"11=e1|150={code}|39={code}|151=0|14=0"
    [line] = engine.send("35=H|11=e1|55=IF2101|54=1")
    assert picked(line, "150 39") == f"150=I|39={code}"


def test_nothing_to_do_means_no_timer() -> None:
    assert Host().exchange.next_timer_ns() == NO_TIMER


def test_misuse_is_refused() -> None:
    exchange = SimulatedExchange(settings())
    with pytest.raises(LocalProtocolError):
        exchange.handle_timer(0, MORNING_UTC_NS)
    host = Host()
    with pytest.raises(LocalProtocolError):
        host.exchange.start(0, MORNING_UTC_NS)
    with pytest.raises(LocalProtocolError):
        host.exchange.receive(9, b"", 0, MORNING_UTC_NS)
    with pytest.raises(LocalProtocolError):
        host.exchange.participant(b"nobody")


def test_settings_name_every_fault() -> None:
    chosen = settings()
    chosen.clients.append(ClientSession(b"ENGINE", ROLE_ORDER_ENTRY, b"", b"", b""))
    chosen.schedules = [None, None]
    with pytest.raises(InputError) as caught:
        SimulatedExchange(chosen)
    assert len(caught.value.faults) == 3


def test_sides_of_the_ledger() -> None:
    host = Host()
    engine, other = host.client(1, "ENGINE"), host.client(2, "OTHER")
    engine.order("e1", "2", 1, "5100.0")
    other.order("o1", "1", 1, "5100.0")
    [trade] = host.exchange.ledger.trades
    assert (trade.buyer, trade.seller) == (host.exchange.participant(b"A2"), host.exchange.participant(b"A1"))
    assert (trade.price_ticks, trade.quantity_lots, trade.aggressor_side) == (25_500, 1, BUY)
    assert trade.aggressor_side != SELL


def hours(begins_anew: bool = True) -> ExchangeSettings:
    """10:00 to 10:05 in Shanghai, from where the world begins."""
    chosen = settings()
    for client in chosen.clients:
        client.hours = SessionSchedule(10 * 3600, 10 * 3600 + 300, utc_offset_s=8 * 3600)
        client.numbers_begin_anew = begins_anew
    return chosen


def test_a_log_on_outside_the_hours_is_refused_and_told_when_they_begin() -> None:
    host = Host(hours())
    host.set_time(301 * SECOND)
    client = Client(host, 1, "ENGINE")
    host.exchange.connection_opened(1, host.now_ns, host.utc_ns)
    answer = client.send("35=A|98=0|108=30")
    assert [picked(line, "35 34 58") for line in answer] == [
        "35=5|34=1|58=Outside the session's hours, which begin at 20210105-02:00:00 UTC"
    ]
    assert host.exchange.closing() == [1]


@pytest.mark.parametrize(("begins_anew", "expected"), [(True, "35=A|34=1"), (False, "35=A|34=3")])
def test_at_the_end_clients_are_logged_out_and_the_next_day_is_a_new_one(begins_anew: bool, expected: str) -> None:
    host = Host(hours(begins_anew))
    client = Client(host, 1, "ENGINE")
    host.exchange.connection_opened(1, host.now_ns, host.utc_ns)
    assert client.send("35=A|98=0|108=0")[0]["34"] == "1"
    host.advance(299 * SECOND)
    assert client.take() == []
    host.advance(SECOND)
    assert [picked(line, "35 34 58") for line in client.take()] == ["35=5|34=2|58=End of session"]
    client.time = "20210104-02:05:00.000"
    client.send("35=5")
    host.exchange.connection_lost(1, host.now_ns, host.utc_ns)
    host.advance(86_400 * SECOND - 300 * SECOND)
    if begins_anew:
        client.seq = 0
    host.exchange.connection_opened(1, host.now_ns, host.utc_ns)
    client.time = "20210105-02:00:00.000"
    assert picked(client.send("35=A|98=0|108=0")[0], "35 34") == expected

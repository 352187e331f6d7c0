"""The simulated gateway of STEP by hand-written lines: what it pushes, when, and in which layout."""

import pytest

from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.process import settings_from
from cross_market_connect.venues.simulated.settings import (
    ROLE_MARKET_DATA,
    ROLE_ORDER_ENTRY,
    ClientSession,
    ExchangeSettings,
)
from tests.unit.wire.fix.support import fields_of, make_frame, split_frames

SECOND = 1_000_000_000
MIDNIGHT_UTC_NS = 1_609_718_400 * SECOND  # 2021-01-04, 08:00 in Shenzhen
MORNING_UTC_NS = MIDNIGHT_UTC_NS + 7_200 * SECOND
LOGON = "98=0|108=30|141=Y|789=1|1137=9"


def share(index: int, code: str, tick_value_e4: int = 10_000) -> Instrument:
    venue = Venue("XSHE", "SZSE", "深交所", 28_800, 0)
    result = Instrument(
        index, f"XSHE.{code}", venue, code, code, code, "CNY", 2, 1, tick_value_e4, Session("day", [570], [900])
    )
    result.limit_low_ticks, result.limit_high_ticks = 900, 1_100
    return result


def settings(utc_ns: int = MORNING_UTC_NS) -> ExchangeSettings:
    listed = [share(0, "000001"), share(1, "159919")]
    result = ExchangeSettings("XSHE", b"MDGW", listed, CalendarClock(0, utc_ns, 1000, [], []), 7)
    result.version = "STEP.1.2"
    result.clients = [ClientSession(b"DESK", ROLE_MARKET_DATA, b"", b"", b"")]
    return result


class Gateway:
    """One gateway and one client of it."""

    def __init__(self, chosen: ExchangeSettings | None = None, utc_ns: int = MORNING_UTC_NS) -> None:
        self.exchange = SimulatedExchange(chosen or settings())
        self.start_utc_ns = utc_ns
        self.now_ns = 0
        self.seq = 0
        self.exchange.start(0, utc_ns)
        self.exchange.connection_opened(1, 0, utc_ns)

    @property
    def utc_ns(self) -> int:
        return self.start_utc_ns + self.now_ns

    def time(self) -> str:
        """The present time in Shenzhen."""
        second = (self.utc_ns - MIDNIGHT_UTC_NS) // SECOND + 28_800
        return f"20210104-{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.000"

    def send(self, text: str) -> list[str]:
        self.seq += 1
        msg_type, _, rest = text.partition("|")
        head = f"{msg_type}|49=DESK|56=MDGW|34={self.seq}|52={self.time()}"
        data = make_frame(head + ("|" + rest if rest else ""), "FIXT.1.1")
        self.exchange.receive(1, data, self.now_ns, self.utc_ns)
        return self.said()

    def said(self) -> list[str]:
        """What came from the gateway, without CompIDs and what frames it."""
        hidden = {"8", "9", "10", "49", "56"}
        lines = [fields_of(frame) for frame in split_frames(self.exchange.data_to_send(1))]
        return ["|".join(f"{tag}={value}" for tag, value in line if tag not in hidden) for line in lines]

    def wait(self, seconds: int) -> list[str]:
        self.now_ns += seconds * SECOND
        self.exchange.handle_timer(self.now_ns, self.utc_ns)
        return self.said()

    def phases(self, lines: list[str]) -> list[str]:
        """SecurityID and TradingPhaseCode of every snapshot."""
        values = [dict(field.split("=", 1) for field in line.split("|")) for line in lines]
        return [f"{line['48']} {line['8538']}" for line in values if line["35"] == "W"]


LIMITS = "269=xe|270=11.000000|271=0.00|1023=0|346=0|269=xf|270=9.000000|271=0.00|1023=0|346=0"


def test_after_the_log_on_every_instrument_comes_unasked() -> None:
    gateway = Gateway()
    gateway.exchange.quote(0, [(1_001, 12), (1_000, 3)], [(1_002, 5)], 0, gateway.utc_ns)
    head = "52=20210104-18:00:00.000|42=20210104-18:00:00.000|10201=1|1500=010"
    head = head.replace("18:", "10:")
    assert gateway.send(f"35=A|{LOGON}") == [
        "35=A|34=1|52=20210104-10:00:00.000|98=0|108=30|141=Y|789=2|1137=9",
        f"35=W|34=2|{head}|48=000001|22=102|8538=T0|268=6|"
        "269=0|270=10.010000|271=1200.00|1023=1|346=1|269=0|270=10.000000|271=300.00|1023=2|346=1|"
        "269=1|270=10.020000|271=500.00|1023=1|346=1|269=2|270=0.000000|271=0.00|1023=0|346=0|" + LIMITS,
        f"35=W|34=3|{head}|48=159919|22=102|8538=T0|268=3|269=2|270=0.000000|271=0.00|1023=0|346=0|{LIMITS}",
    ]


def test_then_each_that_changes() -> None:
    gateway = Gateway()
    gateway.send(f"35=A|{LOGON}")
    gateway.exchange.quote(1, [(1_000, 1)], [], 0, gateway.utc_ns)
    [line] = gateway.said()
    assert "|48=159919|" in line and "|269=0|270=10.000000|271=100.00|1023=1|346=1|" in line
    gateway.exchange.quote(1, [(1_000, 1)], [], 0, gateway.utc_ns)
    assert gateway.phases(gateway.said()) == ["159919 T0"]
    gateway.wait(1)
    assert gateway.said() == []


def test_asking_changes_nothing() -> None:
    gateway = Gateway()
    gateway.send(f"35=A|{LOGON}")
    assert gateway.send("35=V|167=CS") == []
    assert gateway.send("35=1|112=alive")[0].startswith("35=0|34=4|")


def test_a_new_connection_begins_at_one_and_hears_everything_again() -> None:
    gateway = Gateway()
    gateway.send(f"35=A|{LOGON}")
    gateway.exchange.connection_lost(1, 0, gateway.utc_ns)
    gateway.exchange.quote(0, [(1_000, 1)], [], 0, gateway.utc_ns)
    gateway.exchange.connection_opened(1, 0, gateway.utc_ns)
    gateway.seq = 0
    lines = gateway.send(f"35=A|{LOGON}")
    assert [line.split("|")[1] for line in lines] == ["34=1", "34=2", "34=3"]


def test_a_halt_is_news_without_a_change_of_the_book() -> None:
    gateway = Gateway()
    gateway.send(f"35=A|{LOGON}")
    gateway.exchange.halt(0, 0, gateway.utc_ns)
    assert gateway.phases(gateway.said()) == ["000001 H0"]
    gateway.exchange.resume(0, 0, gateway.utc_ns)
    assert gateway.phases(gateway.said()) == ["000001 T0"]
    gateway.exchange.close(1, 0, gateway.utc_ns)
    assert gateway.phases(gateway.said()) == ["159919 E0"]


def test_phases_follow_the_days_of_the_market() -> None:
    chosen = settings(MIDNIGHT_UTC_NS)
    clock = load_reference().session_clock("XSHG.601318", 20210104)
    chosen.session_clocks = [clock, clock]
    gateway = Gateway(chosen, MIDNIGHT_UTC_NS)
    told = [f"08:00 {gateway.phases(gateway.send(f'35=A|{LOGON}'))[0]}"]
    for minute in range(481, 920):
        gateway.exchange.handle_timer(gateway.now_ns, gateway.utc_ns)
        lines = gateway.wait(60)
        gateway.send("35=0")
        told += [f"{minute // 60:02d}:{minute % 60:02d} {phase}" for phase in gateway.phases(lines)[:1]]
    assert told == [
        "08:00 000001 E0",
        "09:15 000001 O0",
        "09:30 000001 T0",
        "11:30 000001 B0",
        "13:00 000001 T0",
        "14:57 000001 C0",
        "15:00 000001 E0",
    ]


def test_a_dead_price_server_says_nothing() -> None:
    gateway = Gateway()
    gateway.exchange.mute_quotes(True)
    assert len(gateway.send(f"35=A|{LOGON}")) == 1


def test_what_does_not_fit_is_named_together() -> None:
    chosen = settings()
    chosen.clients.append(ClientSession(b"TRADER", ROLE_ORDER_ENTRY, b"A1", b"", b""))
    chosen.instruments[1] = share(1, "159919", 10_050)
    with pytest.raises(InputError) as caught:
        SimulatedExchange(chosen)
    assert caught.value.faults == [
        "clients: b'TRADER' enters orders; expected market data alone, since version is STEP.1.2",
        "instruments: a lot of XSHE.159919 is no whole number of shares; expected one",
    ]


def test_a_process_may_be_the_gateway() -> None:
    fields = {
        "mic": "XSHG",
        "comp_id": "MDGW",
        "version": "STEP.1.2",
        "instruments": ["XSHG.601318"],
        "day": 20_210_104,
        "calendar": {"anchor_now_ns": 0, "anchor_utc_ns": MORNING_UTC_NS, "speed_milli": 1000},
        "seed": 1,
        "clients": [{"comp_id": "DESK", "role": "quotes"}],
    }
    gateway = Gateway(settings_from(fields))
    assert gateway.phases(gateway.send(f"35=A|{LOGON}")) == ["601318 T0"]

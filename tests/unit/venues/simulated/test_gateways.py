"""The simulated exchange as HKEX OCG-C, by hand-written lines; the rules are those of docs/protocols/hkex-ocg-c.md."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cross_market_connect.conformance.keys import key_pair
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.engine.passwords import PasswordSealer, PublicKey
from cross_market_connect.matching.orders import REASON_HALTED
from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.faults import ANY_INSTRUMENT, FAULT_REJECT, FaultRule
from cross_market_connect.venues.simulated.order_entry import with_field
from cross_market_connect.venues.simulated.passwords import RegisteredPasswords
from cross_market_connect.venues.simulated.script import compile_script
from cross_market_connect.venues.simulated.settings import ROLE_ORDER_ENTRY, ClientSession, ExchangeSettings
from tests.unit.wire.fix.support import make_frame

SECOND = 1_000_000_000
MORNING_UTC_NS = 1_609_725_600 * SECOND
TIME = "20210104-02:00:00.000000"
BROKER = "453=2|448=1234|447=D|452=1|448=ABC123.2568|447=D|452=3"
SHARE = "48=2318|22=8|207=XHKG"
DISCLOSURE = "1812=1|1813=100|1814=1"


def share() -> Instrument:
    venue = Venue("XHKG", "HKEX", "港交所", 28_800, 0)
    result = Instrument(
        0, "XHKG.2318", venue, "2318", "Ping An", "平安", "HKD", 2, 5, 250_000, Session("day", [570], [960])
    )
    result.limit_high_ticks = 3_000
    return result


def settings() -> ExchangeSettings:
    result = ExchangeSettings("XHKG", b"HKEXCO", [share()], CalendarClock(0, MORNING_UTC_NS, 1000, [], []), 7)
    result.gateway = "ocg_c"
    result.clients = [ClientSession(b"CO01", ROLE_ORDER_ENTRY, b"1234", b"", b"")]
    return result


class Ocg:
    """One exchange and one client of it, logged on."""

    def __init__(self, chosen: ExchangeSettings | None = None, first: int = 1) -> None:
        self.exchange = SimulatedExchange(chosen or settings())
        self.exchange.start(0, MORNING_UTC_NS)
        self.exchange.connection_opened(1, 0, MORNING_UTC_NS)
        self.seq = first - 1
        self.logon = self.send("35=A|98=0|108=20|789=1|1400=101|1401=4|1402=none|1137=9")
        self.exchange.quote(0, [(1_200, 10)], [(1_202, 10)], 0, MORNING_UTC_NS)

    def send(self, text: str) -> list[str]:
        self.seq += 1
        msg_type, _, rest = text.partition("|")
        frame = make_frame(f"{msg_type}|49=CO01|56=HKEXCO|34={self.seq}|52={TIME}|{rest}", "FIXT.1.1")
        self.exchange.receive(1, frame, 0, MORNING_UTC_NS)
        data = self.exchange.data_to_send(1).decode().replace("\x01", "|")
        return [f"35={line.split('|35=')[1].split('|10=')[0]}" for line in data.split("8=FIXT.1.1|")[1:]]

    def order(self, number: str, quantity: int = 1500, rest: str = "40=2|44=60.00|59=0") -> list[str]:
        return self.send(f"35=D|11={number}|{BROKER}|{DISCLOSURE}|{SHARE}|54=1|60={TIME}|38={quantity}|{rest}")

    def cancel(self, number: str, original: str) -> list[str]:
        return self.send(f"35=F|41={original}|11={number}|{BROKER}|{SHARE}|54=1|60={TIME}|38=1500")


def has(line: str, *fields: str) -> bool:
    return all(f"|{field}|" in f"|{line}|" for field in fields)


def test_an_order_is_read_and_told_in_shares_by_security_id_and_broker_number() -> None:
    ocg = Ocg()
    (new,) = ocg.order("10000001")
    head, body = new.split("|37=")
    assert head == f"35=8|49=HKEXCO|56=CO01|34=2|52={TIME}"
    assert f"37={body}" == (
        "37=3|11=10000001|17=3|150=0|39=0|453=1|448=1234|447=D|452=1|48=2318|22=8|207=XHKG|54=1|38=1500|40=2|44=60.00"
        f"|59=0|151=1500|14=0|6=0|60={TIME}"
    )
    fills = ocg.order("10000002", 1000, "40=1|59=3")
    assert has(fills[1], "150=F", "39=2", "32=1000", "31=60.10", "151=0", "14=1000")
    assert ocg.exchange.ledger.position_lots(ocg.exchange.participant(b"1234"), 0) == 2


def test_what_a_market_order_leaves_expires() -> None:
    ocg = Ocg()
    lines = ocg.order("10000001", 6000, "40=1|59=0")
    assert has(lines[-1], "150=C", "39=C", "14=5000", "151=0")


@pytest.mark.parametrize(
    ("number", "quantity", "rest", "reason"),
    [
        ("10000001", 750, "40=2|44=60.00|59=0", 13),
        ("10000001", 1500, "40=2|44=170.00|59=0", 16),
        ("01000001", 1500, "40=2|44=60.00|59=0", 99),
        ("100000001", 1500, "40=2|44=60.00|59=0", 99),
        ("A1", 1500, "40=2|44=60.00|59=0", 99),
        ("0", 1500, "40=2|44=60.00|59=0", 99),
    ],
)
def test_refusals_have_a_reason_of_the_document_and_words(number: str, quantity: int, rest: str, reason: int) -> None:
    (refused,) = Ocg().order(number, quantity, rest)
    assert has(refused, "150=8", "39=8", f"103={reason}")
    if number == "10000001":
        assert "|1328=" in refused
    assert "|58=" not in refused and "=E00" not in refused


def test_a_client_order_id_is_taken_once_over_orders_and_requests() -> None:
    ocg = Ocg()
    ocg.order("10000001")
    assert has(ocg.order("10000001")[0], "150=8", "103=6")
    assert has(ocg.cancel("10000001", "10000001")[0], "35=9", "102=6", "434=1", "448=1234")
    (gone,) = ocg.cancel("10000002", "10000001")
    assert has(gone, "150=4", "11=10000002", "41=10000001") and "|378=" not in gone
    assert has(ocg.order("10000002")[0], "150=8", "103=6")
    assert has(ocg.cancel("10000003", "10000001")[0], "35=9", "102=0")
    assert has(ocg.cancel("10000004", "10000009")[0], "35=9", "102=1", "37=NONE", "39=8")
    assert has(ocg.cancel("00000005", "10000001")[0], "35=9", "102=99")


def test_an_order_of_another_broker_or_of_nobody_is_refused() -> None:
    ocg = Ocg()
    for parties in ("453=1|448=9999|447=D|452=1", "453=1|448=1234|447=D|452=3"):
        number = 10_000_000 + ocg.seq
        text = f"35=D|11={number}|{parties}|{DISCLOSURE}|{SHARE}|54=1|60={TIME}|38=1500|40=2|44=60.00|59=0"
        assert has(ocg.send(text)[0], "150=8", "103=99", "448=1234")


def test_an_unknown_security_is_refused() -> None:
    text = f"35=D|11=1|{BROKER}|{DISCLOSURE}|48=1|22=8|207=XHKG|54=1|60={TIME}|38=1500|40=2|44=60.00|59=0"
    (refused,) = Ocg().send(text)
    assert has(refused, "150=8", "103=99", "48=[N/A]") and "|55=" not in refused


def test_mass_cancel_has_one_report_then_one_for_each_order() -> None:
    ocg = Ocg()
    ocg.order("10000001")
    ocg.order("10000002")
    report, *cancelled = ocg.send(f"35=q|11=10000003|453=1|448=1234|447=D|452=1|530=7|60={TIME}")
    assert has(report, "35=r", "11=10000003", "530=7", "531=7", "448=1234", "452=1")
    assert [has(line, "35=8", "150=4", "378=103") for line in cancelled] == [True, True]
    (refused,) = ocg.send(f"35=q|11=10000004|453=1|448=9999|447=D|452=1|530=7|60={TIME}")
    assert has(refused, "35=r", "531=0")


def test_a_cancel_on_disconnect_says_so_at_the_next_log_on() -> None:
    chosen = settings()
    chosen.clients[0].cancel_on_disconnect = True
    ocg = Ocg(chosen)
    ocg.order("10000001")
    ocg.exchange.connection_lost(1, 0, MORNING_UTC_NS)
    ocg.exchange.connection_opened(1, 0, MORNING_UTC_NS)
    logon, cancelled = ocg.send("35=A|98=0|108=20|789=3|1400=101|1401=4|1402=none|1137=9")
    assert has(logon, "35=A", "789=4")
    assert has(cancelled, "150=4", "378=104")


def test_the_throttle_and_messages_that_it_does_not_have_are_refused_by_business_rejects() -> None:
    chosen = settings()
    chosen.clients[0].orders_per_second_max = 1
    ocg = Ocg(chosen)
    ocg.order("10000001")
    (throttled,) = ocg.order("10000002")
    assert has(throttled, "35=j", "45=3", "372=D", "379=10000002", "380=8", "58=message rate exceeded")
    for text in (
        f"35=H|11=10000001|{SHARE}|54=1",
        "35=AF|584=1|585=7",
        f"35=G|41=10000001|11=10000003|{BROKER}|{DISCLOSURE}|{SHARE}|54=1|60={TIME}|38=500|40=2|44=60.00|59=0",
    ):
        (refused,) = ocg.send(text)
        assert has(refused, "35=j", "380=3"), text


def test_a_scripted_refusal_has_no_code_of_ours() -> None:
    chosen = settings()
    rule = FaultRule(FAULT_REJECT, b"1234", ANY_INSTRUMENT)
    rule.reason = REASON_HALTED
    chosen.rules = [rule]
    (refused,) = Ocg(chosen).order("10000001")
    assert has(refused, "103=99", "1328=market halted for this series")


@pytest.mark.parametrize(
    ("reason", "code"),
    [("halted", 6), ("self_trade", 17), ("mass_cancel", 103), ("no_permission", 105), ("busy", 107), ("other", 8)],
)
def test_a_cancel_that_nobody_asked_for_says_why(reason: str, code: int) -> None:
    chosen = settings()
    chosen.rules = compile_script(f"when order 1 then cancel {reason} after 5 ms", ["XHKG.2318"])
    ocg = Ocg(chosen)
    assert len(ocg.order("10000001")) == 1
    later = 5_000_000
    assert ocg.exchange.next_timer_ns() <= later
    ocg.exchange.handle_timer(later, MORNING_UTC_NS + later)
    said = ocg.exchange.data_to_send(1).decode().replace("\x01", "|")
    assert has(said, "150=4", "39=4", f"378={code}", "11=10000001") and "|41=" not in said


def test_a_day_that_does_not_begin_at_1_ends_without_an_answer() -> None:
    ocg = Ocg(first=2)
    assert ocg.logon == [] and ocg.exchange.closing() == [1]


def test_a_gateway_that_nobody_knows() -> None:
    chosen = settings()
    chosen.gateway = "ocg_d"
    with pytest.raises(InputError, match="gateway: ocg_d; expected fix or ocg_c"):
        SimulatedExchange(chosen)


def test_a_field_is_said_instead_of_what_was_there() -> None:
    body = b"37=1\x0114=0\x01151=3\x01"
    assert with_field(body, b"14=750\x01") == b"37=1\x0114=750\x01151=3\x01"
    assert with_field(body, b"9702=x\x01") == body + b"9702=x\x01"
    assert with_field(body, b"") == body


# ---------------------------------------------------------------------- passwords


def registered() -> tuple[RegisteredPasswords, PasswordSealer]:
    keys = key_pair(2048)
    sealer = PasswordSealer(PublicKey(keys.modulus, keys.public_exponent))
    return RegisteredPasswords(keys.modulus, keys.private_exponent, {b"CO01": b"Abcd1234"}), sealer


@pytest.mark.slow
def test_passwords_right_wrong_late_and_locked() -> None:
    check, sealer = registered()
    now = MORNING_UTC_NS

    def said(password: bytes, at: int = now, comp_id: bytes = b"CO01") -> int:
        return int(check.status(comp_id, sealer.sealed(password, at), now))

    assert said(b"Abcd1234") == 0 and said(b"Abcd1234", now - 60 * SECOND) == 0
    assert said(b"Abcd1234", now - 61 * SECOND) == 5 and said(b"Abcd1234", now + 61 * SECOND) == 5
    assert said(b"Abcd1234") == 0  # a right one ends the row of wrong ones
    assert said(b"Abcd1234", comp_id=b"CO02") == 5
    check.told[b"CO01"] = 2
    assert said(b"Abcd1234") == 2
    assert [said(b"wrong") for _ in range(3)] == [5, 5, 5]
    assert said(b"Abcd1234") == 6 and said(b"wrong") == 6


@pytest.mark.parametrize("encrypted", [b"", b"none", b"!", base64.b64encode(b"\xff" * 256), base64.b64encode(b"1" * 9)])
def test_what_is_not_encrypted_under_the_key_is_wrong(encrypted: bytes) -> None:
    assert registered()[0].status(b"CO01", encrypted, MORNING_UTC_NS) == 5


def test_the_key_pair_is_one_for_another_implementation() -> None:
    keys = key_pair(2048)
    assert keys.modulus.bit_length() == 2048
    public = rsa.RSAPublicNumbers(keys.public_exponent, keys.modulus).public_key()
    passwords = RegisteredPasswords(keys.modulus, keys.private_exponent, {b"CO01": b"Abcd1234"})
    sealed = base64.b64encode(public.encrypt(b"20210104020000Abcd1234", padding.PKCS1v15()))
    assert passwords.status(b"CO01", sealed, MORNING_UTC_NS) == 0

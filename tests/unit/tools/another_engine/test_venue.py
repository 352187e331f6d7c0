"""An acceptor that is killed goes on; without quickfix."""

from cross_market_connect.venues.simulated.exchange import SimulatedExchange
from cross_market_connect.venues.simulated.process import settings_from
from tools.another_engine.venue import KeptExchange, inputs_of, orders_of
from tools.fix_relay import fields_of

SECOND = 1_000_000_000
NOW_NS, UTC_NS = 100 * SECOND, 1_609_741_800 * SECOND
SENT_AT = "20210104-06:30:00.000"
FIELDS = {
    "mic": "XHKF",
    "comp_id": "VENUE",
    "instruments": ["XHKF.HSIF1"],
    "day": 20210104,
    "calendar": {"anchor_now_ns": NOW_NS, "anchor_utc_ns": UTC_NS, "speed_milli": 1000},
    "seed": 1,
    "clients": [{"comp_id": "CLIENT", "role": "orders", "account": "clients"}],
    "always_open": True,
    "script": "when order 1 then fill 2 after 0 ms",
}


def wire(text: str, begin: str = "FIX.4.4") -> bytes:
    """A frame with BodyLength and CheckSum as the standard computes them."""
    body = text.replace("|", "\x01").encode() + b"\x01"
    head = b"8=%s\x019=%d\x01" % (begin.encode(), len(body))
    return head + body + b"10=%03d\x01" % (sum(head + body) % 256)


def sent(number: int, text: str) -> bytes:
    return wire(text.replace("|", f"|49=CLIENT|56=VENUE|34={number}|52={SENT_AT}|", 1))


LOGON = "35=A|98=0|108=30"
NEW_ORDER = f"35=D|11=Q1|1=clients|21=1|55=HSIF1|207=XHKF|54=1|60={SENT_AT}|38=3|40=2|44=25000|59=0"


def test_an_acceptor_that_was_killed_goes_on_with_its_orders_and_its_numbers(tmp_path) -> None:
    path = tmp_path / "inputs"
    first = KeptExchange(SimulatedExchange(settings_from(FIELDS)), path)
    first.start(NOW_NS, UTC_NS)
    first.connection_opened(1, NOW_NS, UTC_NS)
    first.receive(1, sent(1, LOGON), NOW_NS, UTC_NS)
    first.receive(1, sent(2, NEW_ORDER), NOW_NS, UTC_NS)
    first.handle_timer(NOW_NS + 1, UTC_NS + 1)
    said = first.data_to_send(1)
    assert orders_of(first) == [{"id": "Q1", "lots": 3, "filled": 2, "is_open": True}]

    with path.open("ab") as file:
        file.write(b"T")  # a kill cut the next one short
    second = KeptExchange(SimulatedExchange(settings_from(FIELDS)), path)
    second.start(NOW_NS + 2, UTC_NS + 2)
    assert orders_of(second) == orders_of(first)
    second.connection_opened(2, NOW_NS + 2, UTC_NS + 2)
    second.receive(2, sent(3, LOGON), NOW_NS + 2, UTC_NS + 2)
    answer = fields_of(second.data_to_send(2))
    assert (answer[35], int(answer[34])) == ("A", said.count(b"8=FIX") + 1)
    second.receive(2, sent(4, "35=2|7=2|16=0"), NOW_NS + 2, UTC_NS + 2)
    again = second.data_to_send(2)
    assert again.count(b"\x0135=8\x01") == again.count(b"\x0143=Y\x01") - 1 == said.count(b"\x0135=8\x01")


def test_inputs_that_a_kill_cut_short_are_left_out_for_good(tmp_path) -> None:
    path = tmp_path / "inputs"
    first = KeptExchange(SimulatedExchange(settings_from(FIELDS)), path)
    first.start(NOW_NS, UTC_NS)
    first.connection_opened(1, NOW_NS, UTC_NS)
    whole = list(inputs_of(path))
    first.receive(1, sent(1, LOGON), NOW_NS, UTC_NS)
    path.write_bytes(path.read_bytes()[:-1])
    assert list(inputs_of(path)) == whole
    second = KeptExchange(SimulatedExchange(settings_from(FIELDS)), path)
    second.start(NOW_NS, UTC_NS)
    assert [kept[0] for kept in inputs_of(path)] == [b"S", b"O", b"L"]

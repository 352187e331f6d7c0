"""An engine killed again and again, held against what arrived at its venues; more: `make campaign NAME=store`."""

import socket
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cross_market_connect.domain.records import LEG_ORDER_STATE, RECEIPT
from cross_market_connect.domain.spread import LEG_CANCELLED, LEG_REJECTED, LEG_UNKNOWN
from tools.fix_relay import IN, OUT, fields_of
from tools.store_kills import EngineWord, Evidence, KilledAgain, OrderRelay

KILLS = 20


@pytest.mark.slow
@pytest.mark.timeout(900)  # twenty starts of an engine, each with files to prepare, on a machine that may be busy
def test_after_each_of_twenty_kills_engine_and_venues_say_the_same() -> None:
    # Its files are a gigabyte: gone at once, unlike those of `tmp_path`.
    with TemporaryDirectory(prefix="xmc-kills-") as directory:
        run = KilledAgain(KILLS, 20_261_128, Path(directory))
        answer = run.verdict(run.run())
    assert answer["disagreements"] == []
    assert answer["kills"] == KILLS
    assert answer["kills_with_orders_open"] >= 3
    assert answer["orders"] >= KILLS
    assert answer["orders_lost"] >= 1


def message(text: str) -> dict[int, str]:
    return fields_of(on_wire(text))


def on_wire(text: str) -> bytes:
    return text.replace("|", "\x01").encode() + b"\x01"


ORDER = "35=D|34=2|11=7"
FILL = "35=8|34=2|11=7|17=E1|150=F|39=2|32=3|54=2|55=IF2101|207=CCFX"


def test_the_evidence_counts_each_execution_once() -> None:
    evidence = Evidence("orders")
    evidence.saw(OUT, message(ORDER))
    evidence.saw(IN, message(FILL))
    evidence.saw(IN, message(FILL + "|43=Y"))
    assert (evidence.fills, evidence.positions) == ({"7": 3}, {"CCFX.IF2101": -3})
    assert evidence.statuses == {"7": "2"}
    assert evidence.faults == []


@pytest.mark.parametrize(
    ("second", "fault"),
    [
        ("35=D|34=3|11=7", "was sent twice"),
        ("35=D|34=3|11=7|43=Y", "was sent twice"),
        ("35=D|34=2|11=8", "used number 2 after 2"),
        ("35=A|34=1|141=Y", "began its numbers anew"),
        ("35=5|34=3|58=MsgSeqNum too low, expecting 9 but received 3", "says"),
    ],
)
def test_what_must_not_be_is_noticed(second: str, fault: str) -> None:
    evidence = Evidence("orders")
    evidence.saw(OUT, message(ORDER))
    evidence.saw(OUT, message(second))
    assert any(fault in text for text in evidence.faults)


def report(lots: int, leaves: int) -> dict[str, int | str | bytes]:
    return {"client_order_id": 7, "counted_lots": lots, "leaves_lots": leaves}


def state(after: int) -> dict[str, int | str | bytes]:
    return {"client_order_id": 7, "state": after}


def test_an_order_that_the_venue_never_had_has_ended_though_the_report_of_that_states_no_quantity() -> None:
    word = EngineWord()
    assert word.is_open("7")
    word.take(LEG_ORDER_STATE, state(LEG_UNKNOWN))
    word.take(RECEIPT, report(0, -1))
    assert word.is_open("7")
    word.take(LEG_ORDER_STATE, state(LEG_REJECTED))
    assert not word.is_open("7")
    assert word.counted["7"] == 0


def test_an_order_is_open_again_when_the_engine_knows_its_end_no_more() -> None:
    word = EngineWord()
    word.take(RECEIPT, report(3, 0))
    assert word.is_open("7")
    word.take(LEG_ORDER_STATE, state(LEG_CANCELLED))
    assert not word.is_open("7")
    word.take(LEG_ORDER_STATE, state(LEG_UNKNOWN))
    assert word.is_open("7")
    assert word.counted["7"] == 3


HEARTBEAT = "8=FIX.4.4|9=5|35=0|34=1|10=161"
ON_WIRE_ORDER = "8=FIX.4.4|9=5|35=D|34=2|11=7|10=161"


@pytest.mark.parametrize("loses", [False, True])
def test_a_relay_keeps_what_it_loses_and_ends_with_the_engine(loses: bool) -> None:
    arrived, threads = b"", threading.active_count()
    with socket.create_server(("127.0.0.1", 0)) as venue:
        relay = OrderRelay("orders", venue.getsockname()[1])
        with socket.create_connection(("127.0.0.1", relay.port)) as engine:
            far, _ = venue.accept()
            with far:
                engine.sendall(on_wire(HEARTBEAT))
                while len(arrived) < len(on_wire(HEARTBEAT)):
                    arrived += far.recv(65_536)
                relay.loses_orders = loses
                engine.sendall(on_wire(ON_WIRE_ORDER))
                engine.close()
                while data := far.recv(65_536):
                    arrived += data
        relay.end_connections()
        relay.close()
    assert arrived == on_wire(HEARTBEAT) + (b"" if loses else on_wire(ON_WIRE_ORDER))
    assert relay.evidence.statuses == {"7": "A"}
    assert relay.evidence.lost == ({"7"} if loses else set())
    assert threading.active_count() == threads

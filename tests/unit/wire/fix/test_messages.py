"""Bodies against messages written out by hand; every one also passes the dictionary's checks."""

from typing import Any

import pytest

from cross_market_connect.wire.fix import messages
from cross_market_connect.wire.fix.encoder import BodyWriter, FrameEncoder, Template
from cross_market_connect.wire.fix.message import parse_message
from cross_market_connect.wire.fix.messages import ExecutionReport, MarketDataEntry
from cross_market_connect.wire.fix.validation import Validator
from tests.unit.wire.fix.support import DICTIONARY, START_UTC_NS, make_frame

ORDERS = messages.instrument_template(b"ACC1", b"IF2412", b"CFFEX")
PLAIN = messages.symbol_template(b"IF2412", b"CFFEX")
HSI = messages.symbol_template(b"HSIZ4", b"")
AT = "20241125-01:30:00.000"
T0 = START_UTC_NS


def report(**values: Any) -> ExecutionReport:
    result = ExecutionReport()
    for name, value in values.items():
        getattr(result, name)  # a misspelt name is a mistake of the test
        setattr(result, name, value)
    return result


def code(character: str) -> int:
    return ord(character)


NEW = report(
    order_id=b"O1", cl_ord_id=b"C1", exec_id=b"E1", exec_type=code("0"), ord_status=code("0"), side=code("1"),
    order_quantity=10, leaves_quantity=10, transact_utc_ns=T0,
)  # fmt: skip
FILL = report(
    order_id=b"O1", cl_ord_id=b"C2", orig_cl_ord_id=b"C1", exec_id=b"E2", exec_ref_id=b"E1", exec_type=code("F"),
    ord_status=code("1"), account=b"ACC1", side=code("2"), order_quantity=10, ord_type=code("2"), price_units=39002,
    price_decimals=1, time_in_force=code("0"), position_effect=code("C"), last_quantity=3, last_price_units=39004,
    leaves_quantity=7, cumulative_quantity=3, average_price_units=3900400, average_price_decimals=3,
    transact_utc_ns=T0, text=b"part",
)  # fmt: skip
REJECTED = report(
    order_id=b"NONE", cl_ord_id=b"C1", exec_id=b"E3", exec_type=code("8"), ord_status=code("8"), ord_rej_reason=0,
    side=code("1"), order_quantity=10, transact_utc_ns=T0, text=b"closed",
)  # fmt: skip

CASES: dict[str, tuple[bytes, Any, tuple[Any, ...], str]] = {
    "limit order": (
        b"D", messages.new_order_single,
        (ORDERS, b"C1", code("1"), 10, code("2"), 39002, 1, code("3"), code("O"), T0, code("N")),
        f"11=C1|1=ACC1|21=1|55=IF2412|207=CFFEX|54=1|60={AT}|38=10|40=2|44=3900.2|59=3|77=O|1028=N",
    ),
    "market order": (
        b"D", messages.new_order_single,
        (messages.instrument_template(b"", b"00700", b""), b"C1", code("2"), 100, code("1"), 0, 0, code("0"), 0, T0),
        f"11=C1|21=1|55=00700|54=2|60={AT}|38=100|40=1|59=0",
    ),
    "cancel": (
        b"F", messages.order_cancel_request, (PLAIN, b"C1", b"O1", b"C2", code("1"), 10, T0),
        f"41=C1|37=O1|11=C2|55=IF2412|207=CFFEX|54=1|60={AT}|38=10",
    ),
    "cancel before the venue's id is known": (
        b"F", messages.order_cancel_request, (HSI, b"C1", b"", b"C2", code("2"), 10, T0),
        f"41=C1|11=C2|55=HSIZ4|54=2|60={AT}|38=10",
    ),
    "status request": (
        b"H", messages.order_status_request, (PLAIN, b"C1", b"O1", code("1")),
        "37=O1|11=C1|55=IF2412|207=CFFEX|54=1",
    ),
    "report of a new order": (
        b"8", messages.execution_report, (PLAIN, NEW),
        f"37=O1|11=C1|17=E1|150=0|39=0|55=IF2412|207=CFFEX|54=1|38=10|151=10|14=0|6=0|60={AT}",
    ),
    "report of a fill": (
        b"8", messages.execution_report, (PLAIN, FILL),
        (
            "37=O1|11=C2|41=C1|17=E2|19=E1|150=F|39=1|1=ACC1|55=IF2412|207=CFFEX|54=2|38=10|40=2|44=3900.2|59=0|32=3|"
            f"31=3900.4|151=7|14=3|6=3900.400|60={AT}|77=C|58=part"
        ),
    ),
    "report of a rejection": (
        b"8", messages.execution_report, (PLAIN, REJECTED),
        f"37=NONE|11=C1|17=E3|150=8|39=8|103=0|55=IF2412|207=CFFEX|54=1|38=10|151=0|14=0|6=0|60={AT}|58=closed",
    ),
    "cancel reject": (
        b"9", messages.order_cancel_reject, (Template([]), b"NONE", b"C2", b"C1", code("8"), 1, T0, b"unknown order"),
        f"37=NONE|11=C2|41=C1|39=8|60={AT}|434=1|102=1|58=unknown order",
    ),
    "business reject": (
        b"j", messages.business_message_reject, (7, b"D", b"C1", 4, b"not now"),
        "45=7|372=D|379=C1|380=4|58=not now",
    ),
    "market data subscription": (
        b"V", messages.market_data_request, (b"R1", code("1"), 5, b"012", [PLAIN, HSI]),
        "262=R1|263=1|264=5|265=1|267=3|269=0|269=1|269=2|146=2|55=IF2412|207=CFFEX|55=HSIZ4",
    ),
    "market data unsubscription": (
        b"V", messages.market_data_request, (b"R1", code("2"), 5, b"0", [HSI]),
        "262=R1|263=2|264=5|267=1|269=0|146=1|55=HSIZ4",
    ),
    "market data reject": (
        b"Y", messages.market_data_request_reject, (b"R1", code("0"), b"unknown symbol"),
        "262=R1|281=0|58=unknown symbol",
    ),
    "snapshot": (
        b"W", messages.market_data_snapshot,
        (b"R1", PLAIN, [MarketDataEntry(code("0"), 39000, 5, 1), MarketDataEntry(code("1"), 39002, 7, 1)], 1),
        "262=R1|55=IF2412|207=CFFEX|268=2|269=0|270=3900.0|271=5|290=1|269=1|270=3900.2|271=7|290=1",
    ),
    "incremental refresh": (
        b"X", messages.market_data_incremental,
        (b"R1", [MarketDataEntry(code("0"), 39000, 5, 2, code("1"), PLAIN), MarketDataEntry(code("2"), -5, 1, 0)], 1),
        "262=R1|268=2|279=1|269=0|55=IF2412|207=CFFEX|270=3900.0|271=5|290=2|279=0|269=2|270=-0.5|271=1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_bodies(name: str) -> None:
    msg_type, function, arguments, expected = CASES[name]
    body = function(BodyWriter(), *arguments)
    frame = FrameEncoder(b"FIX.4.4", b"A", b"B").frame(msg_type, 1, T0, body)
    assert frame == make_frame(f"35={msg_type.decode()}|49=A|56=B|34=1|52={AT}|{expected}")
    validator = Validator(DICTIONARY)
    assert validator.check(parse_message(frame, DICTIONARY)), (validator.reason, validator.tag)

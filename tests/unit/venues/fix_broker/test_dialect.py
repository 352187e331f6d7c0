"""What a report is in each FIX version: both ends of one session agree, and the codes are the standard's."""

import pytest

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.order import RECEIPT_NAMES
from cross_market_connect.venues.fix_broker.dialect import Dialect, dialect_of
from cross_market_connect.wire.fix.encoder import BodyWriter
from cross_market_connect.wire.fix.message import parse_message
from cross_market_connect.wire.fix.messages import ExecutionReport, execution_report, symbol_template
from tests.unit.wire.fix.support import fields_of, make_frame

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
# What happened (as 4.4 has it), open lots, OrdStatus; ExecTransType and ExecType on the wire in 4.2; the receipt.
REPORTS = (
    ("0", 3, "0", "0", "0", "acknowledged"),
    ("F", 2, "1", "0", "1", "partial_fill"),
    ("F", 0, "2", "0", "2", "partial_fill"),
    ("4", 0, "4", "0", "4", "cancelled"),
    ("8", 0, "8", "0", "8", "rejected"),
    ("C", 0, "C", "0", "C", "expired"),
    ("H", 0, "4", "1", "4", "trade_cancel"),
    ("G", 0, "1", "2", "1", "trade_correct"),
    ("I", 3, "0", "3", "0", "status"),
)


def told(dialect: Dialect, exec_type: str, leaves: int, ord_status: str) -> bytes:
    report = ExecutionReport()
    report.order_id, report.exec_id = b"1", b"2"
    report.exec_type, report.ord_status, report.leaves_quantity = ord(exec_type), ord(ord_status), leaves
    dialect.shape(report)
    return execution_report(BodyWriter(), symbol_template(b"IF2101", b""), report)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("exec_type", "leaves", "status", "trans_42", "type_42", "receipt"), REPORTS)
def test_both_ends_agree_on_what_a_report_is(
    version: str, exec_type: str, leaves: int, status: str, trans_42: str, type_42: str, receipt: str
) -> None:
    dialect = dialect_of(version)
    body = told(dialect, exec_type, leaves, status)
    fields = dict(part.split("=") for part in body.decode().split("\x01") if part)
    if version == "FIX.4.2":
        assert (fields["20"], fields["150"]) == (trans_42, type_42)
    else:
        assert "20" not in fields and fields["150"] == exec_type
    frame = make_frame("35=8|49=V|56=E|34=1|52=20210104-02:00:00.000|" + body.decode().replace("\x01", "|").rstrip("|"))
    message = parse_message(frame, dialect.dictionary)
    assert fields_of(frame)
    # A whole fill is told from a part by what is left, not by the code.
    assert RECEIPT_NAMES[dialect.receipt_kind(message)] == receipt


def test_the_account_is_a_party_in_fix_5() -> None:
    constant = dialect_of("FIX.5.0SP2").order_template(b"A1", b"HSIF1", b"XHKF").constant
    assert constant.startswith(b"453=1\x01448=A1\x01447=D\x01452=24\x01") and b"\x011=A1\x01" in constant
    for version in ("FIX.4.2", "FIX.4.4"):
        assert b"453=" not in dialect_of(version).order_template(b"A1", b"HSIF1", b"XHKF").constant


def test_fix_42_has_no_mass_requests() -> None:
    assert [dialect_of(version).has_mass_cancels for version in VERSIONS] == [False, True, True]


def test_an_unknown_version_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="FIX.4.3.*expected one of FIX.4.2, FIX.4.4, FIX.5.0SP2"):
        dialect_of("FIX.4.3")

"""The tables of ExecType and OrdStatus are complete for FIX 4.4, and codes outside them are no accident."""

from cross_market_connect.domain.order import RECEIPT_FILL, RECEIPT_PARTIAL_FILL, STATUS_UNKNOWN
from cross_market_connect.venues.fix_broker import reports
from cross_market_connect.wire.fix.fix44 import FIELDS


def values_of(tag: int) -> str:
    """The characters that the session lets through for a field."""
    cells = [cell.split() for line in FIELDS.splitlines() for cell in line.split(";")]
    return next(cell[3] for cell in cells if cell and cell[0] == str(tag))


def test_every_code_that_can_arrive_has_a_row() -> None:
    assert set(values_of(150)) == set(reports.EXEC_TYPES)
    assert set(values_of(39)) == set(reports.ORD_STATUSES)


def test_a_code_outside_the_tables_is_unknown() -> None:
    for code in (0, ord("Z"), 127, 128, 255, 100_000):
        assert reports.receipt_kind(code) == reports.NO_KIND
        assert reports.order_status(code, 0) == STATUS_UNKNOWN


def test_whole_or_part() -> None:
    status = {name: reports.order_status(ord(code), 1) for code, (_, name) in reports.ORD_STATUSES.items()}
    for name in ("filled", "partially filled", "new", "pending cancel"):
        assert reports.trade_kind(status[name], 0) == RECEIPT_FILL
    assert reports.trade_kind(status["cancelled"], 0) == RECEIPT_PARTIAL_FILL
    for name in ("partially filled", "new", "pending cancel", "expired"):
        assert reports.trade_kind(status[name], 2) == RECEIPT_PARTIAL_FILL
        assert reports.trade_kind(status[name], -1) == RECEIPT_PARTIAL_FILL

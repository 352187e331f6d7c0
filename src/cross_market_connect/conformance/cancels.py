"""Cases 4xx: cancels, and the races that they run."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.orders import expect_filled
from cross_market_connect.conformance.probe import Placed, Probe
from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_CANCELLED,
    RECEIPT_FILL,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_STATUS,
    RECEIPT_UNKNOWN_ORDER,
    STATUS_NEW,
)

MATRIX: Final = "FIX 4.4 Volume 7, order state change matrices, cancel"
REJECT: Final = "FIX 4.4 Volume 4, OrderCancelReject"
MASS_REFUSED: Final = ord("0")
RACE: Final = "docs/execution.md: only cumulative quantities and execution ids count"


def resting(probe: Probe) -> Placed:
    """An order that rests."""
    placed = probe.order(probe.plan.rests)
    probe.expect(placed, RECEIPT_ACKNOWLEDGED)
    return placed


def cancels_resting(probe: Probe) -> None:
    placed = resting(probe)
    probe.cancel(placed)
    receipt = probe.expect(placed, RECEIPT_CANCELLED)
    probe.equal("open lots", int(receipt.leaves_lots), 0)
    probe.equal("filled lots", int(receipt.cumulative_lots), 0)


def cancels_partly_filled(probe: Probe) -> None:
    placed = resting(probe)
    probe.expect(placed, RECEIPT_PARTIAL_FILL)
    probe.cancel(placed)
    receipt = probe.expect(placed, RECEIPT_CANCELLED)
    probe.equal("filled lots stated at the end", int(receipt.cumulative_lots), placed.filled())
    probe.check(0 < placed.filled() < probe.plan.lots, f"filled {placed.filled()}; expected a part")


def fill_wins(probe: Probe) -> None:
    placed = resting(probe)
    probe.cancel(placed)
    expect_filled(probe, placed)
    probe.expect(placed, RECEIPT_CANCEL_REJECTED, RECEIPT_UNKNOWN_ORDER)


def part_fills_first(probe: Probe) -> None:
    placed = resting(probe)
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_PARTIAL_FILL)
    receipt = probe.expect(placed, RECEIPT_CANCELLED)
    probe.equal("filled lots stated at the end", int(receipt.cumulative_lots), placed.filled())


def late_fill(probe: Probe) -> None:
    placed = resting(probe)
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)
    receipt = probe.expect(placed, RECEIPT_PARTIAL_FILL, RECEIPT_FILL)
    probe.equal("filled lots stated after the end", int(receipt.cumulative_lots), placed.filled())


def too_late(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    expect_filled(probe, placed)
    probe.cancel(placed)
    receipt = probe.expect_next(placed, RECEIPT_CANCEL_REJECTED)
    probe.check(receipt.text != b"" or receipt.code != b"", "the refusal says nothing")


def unknown(probe: Probe) -> None:
    stranger = probe.never_sent()
    probe.cancel(stranger)
    probe.expect_next(stranger, RECEIPT_UNKNOWN_ORDER, RECEIPT_CANCEL_REJECTED)


def refused_lives_on(probe: Probe) -> None:
    placed = resting(probe)
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCEL_REJECTED)
    probe.query(placed)
    receipt = probe.expect(placed, RECEIPT_STATUS)
    probe.equal("status", int(receipt.status), int(STATUS_NEW))
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)


def twice(probe: Probe) -> None:
    placed = resting(probe)
    probe.cancel(placed)
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)
    probe.expect(placed, RECEIPT_CANCEL_REJECTED)


def on_disconnect(probe: Probe) -> None:
    if probe.venue is not None:
        probe.venue.client.cancel_on_disconnect = True
    placed = resting(probe)
    probe.cut()
    probe.pass_time(20)
    probe.log_on()
    probe.expect(placed, RECEIPT_CANCELLED)


def all_at_once(probe: Probe) -> None:
    first, second = resting(probe), resting(probe)
    probe.cancel_all()
    for placed in (first, second):
        probe.expect(placed, RECEIPT_CANCELLED)
    probe.wait(lambda: probe.gateway.mass_cancel_response > 0, "an OrderMassCancelReport", probe.session_events)
    probe.check(probe.gateway.mass_cancel_response != MASS_REFUSED, "the mass cancel was refused")


CASES: Final = (
    Case(401, "Cancel an order that rests", "撤销挂单", MATRIX, cancels_resting),
    Case(
        402,
        "Cancel an order that is filled in part",
        "撤销部分成交的挂单",
        MATRIX,
        cancels_partly_filled,
        "when order 1 then fill 1 after 5 ms",
        "Fill one lot of the next order that rests.",
        "请对下一笔挂单成交一手。",
    ),
    Case(
        403,
        "A fill beats the cancel",
        "撤单在途时全部成交",
        RACE,
        fill_wins,
        "when cancel 1 then fill 0 first",
        "Fill the next order whole while its cancel is on the way.",
        "请在撤单请求在途时将该笔委托全部成交。",
    ),
    Case(
        404,
        "A part fills just before the cancel",
        "撤单在途时部分成交",
        RACE,
        part_fills_first,
        "when cancel 1 then fill 1 first",
        "Fill one lot of the next order while its cancel is on the way.",
        "请在撤单请求在途时成交一手。",
    ),
    Case(
        405,
        "A fill that is told after the cancel",
        "撤单确认之后才收到成交回报",
        RACE,
        late_fill,
        "when cancel 1 then fill 2 late after 5 ms",
        "After the cancel of the next order, report two lots as traded before it.",
        "请在撤单确认之后，再发送撤单之前成交的两手回报。",
    ),
    Case(406, "Cancel an order that is filled", "撤销已全部成交的委托", REJECT, too_late),
    Case(407, "Cancel an order that the venue does not know", "撤销对方不存在的委托", REJECT, unknown),
    Case(
        408,
        "A refused cancel leaves the order alive",
        "撤单被拒后委托仍有效",
        REJECT,
        refused_lives_on,
        "when cancel 1 then reject busy",
        "Refuse the next cancel request, and leave its order alone.",
        "请拒绝下一笔撤单请求，并保留原委托。",
        needs=("status",),
    ),
    Case(409, "Cancel twice", "重复撤单", REJECT, twice),
    Case(
        410,
        "Orders are cancelled when the connection is lost",
        "断线自动撤单",
        "The counterparty's rules of cancel on disconnect",
        on_disconnect,
        needs=("cancel_on_disconnect",),
    ),
    Case(
        411,
        "Cancel all orders at once",
        "一次撤销全部委托",
        "FIX 4.4 Volume 4, OrderMassCancelRequest and OrderMassCancelReport",
        all_at_once,
        needs=("mass_cancel",),
    ),
)

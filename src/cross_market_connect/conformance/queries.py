"""Cases 6xx: what became of an order."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.cancels import resting
from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.orders import expect_filled
from cross_market_connect.conformance.probe import Probe
from cross_market_connect.domain.order import (
    RECEIPT_PARTIAL_FILL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_UNKNOWN_ORDER,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_REJECTED,
)

MASS: Final = "FIX 4.4 Volume 4, OrderMassStatusRequest"
REQUEST: Final = "FIX 4.4 Volume 4, OrderStatusRequest; 4.2: ExecTransType (20) = 3"


def of_resting(probe: Probe) -> None:
    placed = resting(probe)
    probe.query(placed)
    receipt = probe.expect_next(placed, RECEIPT_STATUS)
    probe.equal("status", int(receipt.status), int(STATUS_NEW))
    probe.equal("open lots", int(receipt.leaves_lots), probe.plan.lots)


def of_partly_filled(probe: Probe) -> None:
    placed = resting(probe)
    probe.expect(placed, RECEIPT_PARTIAL_FILL)
    probe.query(placed)
    receipt = probe.expect(placed, RECEIPT_STATUS)
    probe.equal("status", int(receipt.status), int(STATUS_PARTLY_FILLED))
    probe.equal("filled lots stated", int(receipt.cumulative_lots), placed.filled())
    probe.equal("a status is no fill: last lots", int(receipt.last_lots), 0)


def of_filled(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    expect_filled(probe, placed)
    probe.query(placed)
    receipt = probe.expect(placed, RECEIPT_STATUS)
    probe.equal("status", int(receipt.status), int(STATUS_FILLED))
    probe.equal("filled lots stated", int(receipt.cumulative_lots), probe.plan.lots)


def of_rejected(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    probe.expect_next(placed, RECEIPT_REJECTED)
    probe.query(placed)
    receipt = probe.expect(placed, RECEIPT_STATUS)
    probe.equal("status", int(receipt.status), int(STATUS_REJECTED))


def of_unknown(probe: Probe) -> None:
    stranger = probe.never_sent()
    probe.query(stranger)
    probe.expect_next(stranger, RECEIPT_UNKNOWN_ORDER)


def unanswered(probe: Probe) -> None:
    placed = resting(probe)
    probe.query(placed)
    probe.expect_quiet(placed)
    probe.query(placed)
    probe.expect_next(placed, RECEIPT_STATUS)


def of_all(probe: Probe) -> None:
    first, second = resting(probe), resting(probe)
    probe.query_all()
    for placed in (first, second):
        receipt = probe.expect_next(placed, RECEIPT_STATUS)
        probe.equal("status", int(receipt.status), int(STATUS_NEW))


def of_none(probe: Probe) -> None:
    probe.query_all()
    probe.wait(lambda: len(probe.strangers) > 0, "a report that there is none", probe.session_events)
    probe.equal("kind", int(probe.strangers[0].kind), int(RECEIPT_UNKNOWN_ORDER))


CASES: Final = (
    Case(601, "Status of an order that rests", "查询挂单", REQUEST, of_resting, needs=("status",)),
    Case(
        602,
        "Status of an order that is filled in part",
        "查询部分成交的委托",
        REQUEST,
        of_partly_filled,
        "when order 1 then fill 1 after 5 ms",
        "Fill one lot of the next order that rests.",
        "请对下一笔挂单成交一手。",
        needs=("status",),
    ),
    Case(603, "Status of an order that is filled", "查询已成交的委托", REQUEST, of_filled, needs=("status",)),
    Case(
        604,
        "Status of an order that was refused",
        "查询被拒绝的委托",
        REQUEST,
        of_rejected,
        "when order 1 then reject busy",
        "Refuse the next order.",
        "请拒绝下一笔委托。",
        needs=("status",),
    ),
    Case(
        605,
        "Status of an order that the venue does not know",
        "查询对方不存在的委托",
        REQUEST,
        of_unknown,
        needs=("status",),
    ),
    Case(
        606,
        "A status request without an answer is asked again",
        "查询无应答后重新查询",
        REQUEST,
        unanswered,
        "when status 1 then lose",
        "Leave the next status request without an answer.",
        "请不要应答下一笔查询请求。",
        needs=("status",),
    ),
    Case(607, "Status of all open orders", "查询全部未完成委托", MASS, of_all, needs=("mass_status",)),
    Case(
        608,
        "Status of all open orders, of which there are none",
        "查询全部未完成委托：无",
        MASS,
        of_none,
        needs=("mass_status",),
    ),
)

"""Cases 5xx: another price or quantity in one request, and the races that it runs."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.cancels import resting
from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.orders import expect_filled
from cross_market_connect.conformance.probe import Placed, Probe
from cross_market_connect.domain.order import (
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_CANCELLED,
    RECEIPT_FILL,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_STATUS,
    STATUS_NEW,
    Receipt,
)

REPLACE: Final = "FIX 4.4 Volume 4, OrderCancelReplaceRequest; Volume 7, matrices of replace"
NEEDS: Final = ("replace",)


def replaced(probe: Probe, placed: Placed, open_lots: int) -> Receipt:
    """The confirmation of a replace, with what is open now."""
    receipt = probe.expect(placed, RECEIPT_STATUS)
    probe.equal("open lots", int(receipt.leaves_lots), open_lots)
    return receipt


def price(probe: Probe) -> None:
    placed = resting(probe)
    probe.replace(placed, probe.plan.rests - 1, probe.plan.lots)
    replaced(probe, placed, probe.plan.lots)
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)


def quantity(probe: Probe) -> None:
    placed = resting(probe)
    probe.replace(placed, probe.plan.rests, probe.plan.lots + 1)
    replaced(probe, placed, probe.plan.lots + 1)
    probe.replace(placed, probe.plan.rests, probe.plan.lots - 1)
    replaced(probe, placed, probe.plan.lots - 1)
    probe.query(placed)
    receipt = probe.expect(placed, RECEIPT_STATUS)
    probe.equal("status", int(receipt.status), int(STATUS_NEW))
    probe.equal("open lots stated", int(receipt.leaves_lots), probe.plan.lots - 1)


def then_trades(probe: Probe) -> None:
    placed = resting(probe)
    probe.replace(placed, probe.plan.trades, probe.plan.lots)
    expect_filled(probe, placed)


def fill_wins(probe: Probe) -> None:
    placed = resting(probe)
    probe.replace(placed, probe.plan.rests - 1, probe.plan.lots)
    probe.expect(placed, RECEIPT_FILL)
    probe.expect(placed, RECEIPT_CANCEL_REJECTED)
    probe.equal("sum of the fills", placed.filled(), probe.plan.lots)


def part_fills_first(probe: Probe) -> None:
    placed = resting(probe)
    probe.replace(placed, probe.plan.rests - 1, probe.plan.lots)
    probe.expect(placed, RECEIPT_PARTIAL_FILL)
    receipt = replaced(probe, placed, probe.plan.lots - 1)
    probe.equal("filled lots stated", int(receipt.cumulative_lots), 1)


def refused_lives_on(probe: Probe) -> None:
    placed = resting(probe)
    probe.replace(placed, probe.plan.rests - 1, probe.plan.lots)
    probe.expect(placed, RECEIPT_CANCEL_REJECTED)
    probe.query(placed)
    probe.equal("status", int(probe.expect(placed, RECEIPT_STATUS).status), int(STATUS_NEW))
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)


def request_lost(probe: Probe) -> None:
    placed = resting(probe)
    probe.replace(placed, probe.plan.rests, probe.plan.lots + 1)
    probe.expect_quiet(placed)
    probe.query(placed)
    receipt = probe.expect(placed, RECEIPT_STATUS)
    probe.equal("open lots stated", int(receipt.leaves_lots), probe.plan.lots)


def answer_lost(probe: Probe) -> None:
    placed = resting(probe)
    probe.replace(placed, probe.plan.rests, probe.plan.lots + 1)
    probe.wait_for_loss()
    probe.log_on()
    replaced(probe, placed, probe.plan.lots + 1)
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)


CASES: Final = (
    Case(501, "Another price, then a cancel", "改价后撤单", REPLACE, price, needs=NEEDS),
    Case(502, "A larger quantity, then a smaller one", "改量：先增后减", REPLACE, quantity, needs=NEEDS),
    Case(503, "Another price that trades", "改价后成交", REPLACE, then_trades, needs=NEEDS),
    Case(
        504,
        "A fill beats the replace",
        "改单在途时全部成交",
        REPLACE,
        fill_wins,
        "when replace 1 then fill 0 first",
        "Fill the next order whole while its replace is on the way.",
        "请在改单请求在途时将该笔委托全部成交。",
        NEEDS,
    ),
    Case(
        505,
        "A part fills before the replace: the rest is smaller, the order no larger",
        "改单在途时部分成交：剩余相应减少",
        REPLACE,
        part_fills_first,
        "when replace 1 then fill 1 first",
        "Fill one lot of the next order while its replace is on the way.",
        "请在改单请求在途时成交一手。",
        (*NEEDS, "in_flight_mitigation"),
    ),
    Case(
        506,
        "A refused replace leaves the order as it was",
        "改单被拒后原委托不变",
        REPLACE,
        refused_lives_on,
        "when replace 1 then reject busy",
        "Refuse the next replace request, and leave its order alone.",
        "请拒绝下一笔改单请求，并保留原委托。",
        NEEDS,
    ),
    Case(
        507,
        "Ambiguous replace: the request was lost",
        "改单无应答：请求丢失",
        REPLACE,
        request_lost,
        "when replace 1 then lose",
        "Drop the next replace request without an answer.",
        "请丢弃下一笔改单请求且不应答。",
        NEEDS,
    ),
    Case(
        508,
        "Ambiguous replace: the answer was lost",
        "改单无应答：改单有效",
        REPLACE,
        answer_lost,
        "when replace 1 then drop",
        "Cut the connection right after the next replace.",
        "请在下一笔改单生效后立即断开连接。",
        NEEDS,
    ),
)

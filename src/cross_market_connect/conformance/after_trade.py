"""Cases 8xx: trades that are taken back or corrected, and the day's end."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.cancels import resting
from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.orders import expect_filled
from cross_market_connect.conformance.probe import Probe
from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCELLED,
    RECEIPT_EXPIRED,
    RECEIPT_REJECTED,
    RECEIPT_TRADE_CANCEL,
    RECEIPT_TRADE_CORRECT,
    REJECT_CLASS_NAMES,
)

BUST: Final = "FIX 4.4 Volume 4, ExecType (150) = H and G; 4.2: ExecTransType (20) = 1 and 2"
DAY_END: Final = "FIX 4.4 Volume 7, order state change matrices; TimeInForce (59) = 0"


def busted(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    expect_filled(probe, placed)
    receipt = probe.expect(placed, RECEIPT_TRADE_CANCEL)
    probe.equal("filled lots stated", int(receipt.cumulative_lots), 0)


def corrected(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    expect_filled(probe, placed)
    receipt = probe.expect(placed, RECEIPT_TRADE_CORRECT)
    probe.equal("filled lots stated", int(receipt.cumulative_lots), 1)
    probe.check(receipt.last_ticks > 0, "the correction has no price")


def day_ends(probe: Probe) -> None:
    placed = resting(probe)
    receipt = probe.expect(placed, RECEIPT_EXPIRED, RECEIPT_CANCELLED)
    probe.equal("open lots", int(receipt.leaves_lots), 0)
    late = probe.order(probe.plan.rests)
    refused = probe.expect_next(late, RECEIPT_REJECTED)
    probe.equal("reject class", REJECT_CLASS_NAMES[refused.reject_class], "market_closed")


def halted_and_resumed(probe: Probe) -> None:
    first = probe.order(probe.plan.rests)
    refused = probe.expect_next(first, RECEIPT_REJECTED)
    probe.equal("reject class", REJECT_CLASS_NAMES[refused.reject_class], "market_closed")
    second = probe.order(probe.plan.rests)
    probe.expect_next(second, RECEIPT_ACKNOWLEDGED)


CASES: Final = (
    Case(
        801,
        "A trade is taken back",
        "成交撤销",
        BUST,
        busted,
        "when order 1 then bust after 5 ms",
        "Fill the next order, then cancel its trade.",
        "请成交下一笔委托，然后撤销该成交。",
    ),
    Case(
        802,
        "A trade is corrected",
        "成交更正",
        BUST,
        corrected,
        "when order 1 then correct to 1 after 5 ms",
        "Fill the next order, then correct its trade to one lot.",
        "请成交下一笔委托，然后将该成交更正为一手。",
        needs=("trade_corrections",),
    ),
    Case(
        803,
        "End of day: what rests expires, what comes later is refused",
        "日终：挂单失效，之后报单被拒",
        DAY_END,
        day_ends,
        "when order 1 then close after 10 ms",
        "End the trading day of the instrument after the next order.",
        "请在下一笔委托之后结束该合约的交易日。",
        needs=("reject_codes",),
    ),
    Case(
        804,
        "A halt, then trading again",
        "暂停交易后恢复",
        "docs/execution.md, market closed",
        halted_and_resumed,
        "when order 1 then reject halted",
        "Halt the instrument for the next order, and resume for the one after it.",
        "请在下一笔委托时暂停该合约交易，再下一笔时恢复。",
        needs=("reject_codes",),
    ),
)

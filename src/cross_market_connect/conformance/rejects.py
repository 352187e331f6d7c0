"""Cases 3xx: each class of refusal comes as itself, for the class decides what the engine may do next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.probe import Probe
from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_REJECTED,
    REJECT_CLASS_NAMES,
    STATUS_REJECTED,
)

RULE: Final = "FIX 4.4 Volume 4, OrdRejReason (103); docs/execution.md, reject classes"


def expect_refused(probe: Probe, wanted: str) -> None:
    placed = probe.order(probe.plan.rests)
    receipt = probe.expect_next(placed, RECEIPT_REJECTED)
    probe.equal("status", int(receipt.status), int(STATUS_REJECTED))
    probe.equal("reject class", REJECT_CLASS_NAMES[receipt.reject_class], wanted)
    probe.expect_quiet(placed)


def of_class(wanted: str) -> Callable[[Probe], None]:
    """The case of one class."""

    def play(probe: Probe) -> None:
        expect_refused(probe, wanted)

    return play


def next_is_taken(probe: Probe) -> None:
    expect_refused(probe, "busy_or_disconnected")
    placed = probe.order(probe.plan.rests)
    probe.expect_next(placed, RECEIPT_ACKNOWLEDGED)


# Number, reason as the simulated venue's script says it, class, title in both languages.
TABLE: Final = (
    (301, "price_out_of_limits", "price_out_of_limits", "Price outside the limits", "价格超出涨跌停"),
    (302, "throttled", "throttled", "Too many messages", "报单流速超限"),
    (303, "market_closed", "market_closed", "Market closed", "市场已闭市"),
    (304, "halted", "market_closed", "Market halted", "市场暂停交易"),
    (305, "insufficient", "insufficient", "Not enough funds or position", "资金或持仓不足"),
    (306, "offset_mismatch", "offset_mismatch", "Open/close flag does not fit the position", "开平标志不符"),
    (307, "quota_exhausted", "quota_exhausted", "Quota used up", "额度用尽"),
    (308, "duplicate_client_id", "duplicate_id", "Duplicate client order id", "委托编号重复"),
    (309, "no_permission", "unknown_symbol_or_permission", "No permission", "无交易权限"),
    (310, "unknown_instrument", "unknown_symbol_or_permission", "Unknown instrument", "合约不存在"),
    (311, "limit_locked", "limit_locked", "Locked at the price limit", "涨跌停封板"),
    (312, "quantity_above_maximum", "size_out_of_limits", "Quantity above the largest order", "超过最大下单量"),
    (313, "code 58", "other", "A code that nobody knows", "未知拒单代码"),
)
# The others are told apart by a counterparty's own codes alone.
OF_EVERY_GATEWAY: Final = (301, 302, 308, 313)
CASES: Final = (
    *(
        Case(
            number,
            f"Refused: {title}",
            f"拒单：{title_zh}",
            RULE,
            of_class(wanted),
            f"when order 1 then reject {reason}",
            f"Refuse the next order: {title.lower()}.",
            f"请以如下原因拒绝下一笔委托：{title_zh}。",
            () if number in OF_EVERY_GATEWAY else ("reject_codes",),
        )
        for number, reason, wanted, title, title_zh in TABLE
    ),
    Case(
        314,
        "Refused as busy, and the next order is taken",
        "系统忙拒单，下一笔正常",
        RULE,
        next_is_taken,
        "when order 1 then reject busy after 12 ms",
        "Refuse the next order as busy, and take the one after it.",
        "请以系统忙拒绝下一笔委托，并正常受理再下一笔。",
        needs=("reject_codes",),
    ),
)

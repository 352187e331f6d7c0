"""Cases 2xx: each order type and time in force, and how fills are told."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.probe import Placed, Probe
from cross_market_connect.domain.order import (
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    MARKET,
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCELLED,
    RECEIPT_EXPIRED,
    RECEIPT_FILL,
    RECEIPT_PARTIAL_FILL,
    SELL,
    STATUS_PARTLY_FILLED,
)

D_REPORT: Final = "FIX 4.4 Volume 4, NewOrderSingle and ExecutionReport"
MATRIX: Final = "FIX 4.4 Volume 7, order state change matrices"


def expect_filled(probe: Probe, placed: Placed) -> None:
    """All of it fills, in whatever parts."""
    receipt = probe.expect(placed, RECEIPT_FILL)
    lots = int(placed.command.quantity_lots)
    probe.equal("filled lots stated by the venue", int(receipt.cumulative_lots), lots)
    probe.equal("sum of the fills", placed.filled(), lots)
    probe.check(receipt.last_ticks > 0, "the fill has no price that fits the instrument")


def rests(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    receipt = probe.expect_next(placed, RECEIPT_ACKNOWLEDGED)
    probe.equal("open lots", int(receipt.leaves_lots), probe.plan.lots)
    probe.check(receipt.venue_order_id != b"", "the acknowledgement has no OrderID (37)")


def trades(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    probe.expect(placed, RECEIPT_ACKNOWLEDGED)
    expect_filled(probe, placed)


def immediate(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades, force=int(IMMEDIATE_OR_CANCEL))
    expect_filled(probe, placed)


def immediate_remainder(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests, force=int(IMMEDIATE_OR_CANCEL))
    receipt = probe.expect(placed, RECEIPT_EXPIRED, RECEIPT_CANCELLED)
    probe.equal("open lots", int(receipt.leaves_lots), 0)
    probe.equal("sum of the fills", placed.filled(), 0)


def whole(probe: Probe) -> None:
    expect_filled(probe, probe.order(probe.plan.trades, force=int(FILL_OR_KILL)))


def not_whole(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests, force=int(FILL_OR_KILL))
    probe.expect(placed, RECEIPT_EXPIRED, RECEIPT_CANCELLED)
    probe.equal("sum of the fills", placed.filled(), 0)


def market(probe: Probe) -> None:
    expect_filled(probe, probe.order(0, force=int(IMMEDIATE_OR_CANCEL), order_type=int(MARKET)))


def sells(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests, side=int(SELL))
    probe.expect(placed, RECEIPT_ACKNOWLEDGED)
    expect_filled(probe, placed)


def partial_of_immediate(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades, force=int(IMMEDIATE_OR_CANCEL))
    probe.expect(placed, RECEIPT_PARTIAL_FILL)
    receipt = probe.expect(placed, RECEIPT_EXPIRED, RECEIPT_CANCELLED)
    probe.equal("filled lots stated at the end", int(receipt.cumulative_lots), placed.filled())
    probe.check(0 < placed.filled() < probe.plan.lots, f"filled {placed.filled()}; expected a part")


def partial_then_rest(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    receipt = probe.expect(placed, RECEIPT_PARTIAL_FILL)
    probe.equal("status after the first part", int(receipt.status), int(STATUS_PARTLY_FILLED))
    probe.expect(placed, RECEIPT_FILL)
    probe.equal("sum of the fills", placed.filled(), probe.plan.lots)


def two_at_once(probe: Probe) -> None:
    first = probe.order(probe.plan.trades)
    second = probe.order(probe.plan.trades)
    expect_filled(probe, first)
    expect_filled(probe, second)


def as_a_list(probe: Probe) -> None:
    rests, trades = probe.order_list([probe.plan.rests, probe.plan.trades])
    receipt = probe.expect_next(rests, RECEIPT_ACKNOWLEDGED)
    probe.equal("open lots", int(receipt.leaves_lots), probe.plan.lots)
    expect_filled(probe, trades)


CASES: Final = (
    Case(201, "A limit order for the day rests", "当日限价单挂入订单簿", D_REPORT, rests),
    Case(202, "A limit order for the day trades at once", "当日限价单即时成交", D_REPORT, trades),
    Case(203, "An immediate-or-cancel order fills", "IOC 全部成交", D_REPORT, immediate, needs=("ioc",)),
    Case(
        204,
        "What an immediate-or-cancel order leaves ends",
        "IOC 剩余部分撤销",
        MATRIX,
        immediate_remainder,
        needs=("ioc",),
    ),
    Case(205, "A fill-or-kill order fills in full", "FOK 全部成交", D_REPORT, whole, needs=("fok",)),
    Case(
        206,
        "A fill-or-kill order that cannot be filled ends",
        "FOK 无法全部成交即撤销",
        MATRIX,
        not_whole,
        needs=("fok",),
    ),
    Case(207, "A market order fills", "市价单成交", D_REPORT, market, needs=("market",)),
    Case(208, "A sale", "卖出", D_REPORT, sells),
    Case(
        209,
        "An immediate order fills in part, the rest ends",
        "IOC 部分成交，剩余撤销",
        MATRIX,
        partial_of_immediate,
        "when order 1 then partial 1 of 3",
        "Let the next order fill in part only, and its rest end.",
        "请让下一笔委托只部分成交，剩余撤销。",
        ("ioc",),
    ),
    Case(
        210,
        "An order that rests fills in two parts",
        "挂单分两次成交",
        MATRIX,
        partial_then_rest,
        "when order 1 then fill 1 after 10 ms\nwhen order 1 then fill 0 after 20 ms",
        "Let the next order rest, and fill it in two parts.",
        "请让下一笔委托挂单，并分两次成交。",
    ),
    Case(
        212,
        "A list of orders in one message",
        "一条报文报入多笔委托",
        "FIX 4.4 Volume 4, NewOrderList",
        as_a_list,
        needs=("order_list",),
    ),
    Case(211, "Two orders at once, each with its own reports", "两笔委托同时报入，回报互不混淆", D_REPORT, two_at_once),
)

"""Cases 82x: the drop copy of the account."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.cancels import resting
from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.orders import expect_filled
from cross_market_connect.conformance.probe import Probe
from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCELLED,
    RECEIPT_FILL,
    RECEIPT_PARTIAL_FILL,
)

COPY: Final = "docs/protocols/fix.md, Drop copies"


def of_a_cancelled_order(probe: Probe) -> None:
    probe.listen()
    placed = resting(probe)
    taken = probe.expect_copy(placed, RECEIPT_ACKNOWLEDGED)
    probe.equal("the venue's id of the order in the copy", taken.venue_order_id, placed.receipts[0].venue_order_id)
    probe.cancel(placed)
    ended = probe.expect(placed, RECEIPT_CANCELLED)
    copy = probe.expect_copy(placed, RECEIPT_CANCELLED)
    probe.equal("filled lots in the copy", int(copy.cumulative_lots), int(ended.cumulative_lots))


def of_fills(probe: Probe) -> None:
    probe.listen()
    placed = probe.order(probe.plan.trades)
    expect_filled(probe, placed)
    copy = probe.expect_copy(placed, RECEIPT_FILL)
    probe.equal("filled lots in the copy", int(copy.cumulative_lots), placed.filled())
    fills = [one for one in probe.copies_of(placed) if one.kind in (RECEIPT_FILL, RECEIPT_PARTIAL_FILL)]
    probe.equal("lots of the copied fills together", sum(int(one.last_lots) for one in fills), placed.filled())


def while_the_order_session_is_off(probe: Probe) -> None:
    probe.listen()
    placed = resting(probe)
    probe.cut()
    copy = probe.expect_copy(placed, RECEIPT_PARTIAL_FILL)
    probe.equal("filled lots in the copy", int(copy.cumulative_lots), 1)
    probe.log_on()
    told = probe.expect(placed, RECEIPT_PARTIAL_FILL)
    probe.equal("filled lots as the order session tells them", int(told.cumulative_lots), 1)


def of_what_was_missed(probe: Probe) -> None:
    probe.listen()
    probe.stop_listening()
    placed = resting(probe)
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)
    probe.listen()
    probe.expect_copy(placed, RECEIPT_ACKNOWLEDGED)
    probe.expect_copy(placed, RECEIPT_CANCELLED)


CASES: Final = (
    Case(
        821,
        "Drop copy of an order that is cancelled",
        "回报副本：被撤销的委托",
        COPY,
        of_a_cancelled_order,
        needs=("drop_copy",),
    ),
    Case(822, "Drop copy of fills", "回报副本：成交", COPY, of_fills, needs=("drop_copy",)),
    Case(
        823,
        "Drop copy of a fill while the order session is off",
        "回报副本：报单会话断开期间的成交",
        COPY,
        while_the_order_session_is_off,
        "when order 1 then fill 1 after 60 ms",
        "Fill one lot of the next order that rests while its session is off.",
        "请在报单会话断开期间对下一笔挂单成交一手。",
        needs=("drop_copy",),
    ),
    Case(
        824,
        "Drop copies that were missed come with the next log-on",
        "回报副本：漏收的副本在重新登录后补发",
        COPY,
        of_what_was_missed,
        needs=("drop_copy",),
    ),
)

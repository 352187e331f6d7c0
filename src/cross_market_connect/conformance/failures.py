"""Cases 7xx: lost connections, kills, lost and repeated messages. An order is possibly live until the venue says."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.cancels import resting
from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.orders import expect_filled
from cross_market_connect.conformance.probe import Placed, Probe
from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_CANCELLED,
    RECEIPT_FILL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_UNKNOWN_ORDER,
    REJECT_CLASS_NAMES,
    STATUS_CANCELLED,
    STATUS_FILLED,
    STATUS_NAMES,
    STATUS_NEW,
)

UNKNOWN: Final = "docs/execution.md, unknown orders: only evidence resolves one"
RESEND: Final = "FIX 4.4 Volume 2, message recovery"
IDS: Final = "FIX 4.4 Volume 4, ClOrdID (11) is unique; OrdRejReason (103) = 6"
BATCH: Final = 4


def resent_after_loss(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    probe.wait_for_loss()
    probe.log_on()
    expect_filled(probe, placed)
    probe.check(placed.receipts[-1].possible_duplicate, "what was resent does not say PossDupFlag (43)")


def in_flight_both(probe: Probe) -> None:
    rests, trades = probe.order(probe.plan.rests), probe.order(probe.plan.trades)
    probe.cut()
    probe.pass_time(20)
    probe.log_on()
    for placed in (rests, trades):
        probe.query(placed)
        probe.expect(placed, RECEIPT_STATUS, RECEIPT_UNKNOWN_ORDER)


def unknown_after_kill(probe: Probe) -> None:
    rests, trades = resting(probe), probe.order(probe.plan.trades)
    expect_filled(probe, trades)
    probe.kill()
    probe.log_on()
    probe.query(rests)
    left = STATUS_CANCELLED if probe.cancels_on_loss() else STATUS_NEW
    probe.equal("status", int(probe.expect(rests, RECEIPT_STATUS).status), int(left))
    probe.query(trades)
    receipt = probe.expect(trades, RECEIPT_STATUS)
    probe.equal("status", int(receipt.status), int(STATUS_FILLED))
    probe.equal("filled lots stated", int(receipt.cumulative_lots), probe.plan.lots)
    if left == STATUS_NEW:
        probe.cancel(rests)
        probe.expect(rests, RECEIPT_CANCELLED)


def killed_in_flight(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    probe.kill()
    probe.pass_time(20)
    probe.log_on()
    probe.query(placed)
    receipt = probe.expect(placed, RECEIPT_STATUS, RECEIPT_UNKNOWN_ORDER)
    if receipt.kind == RECEIPT_STATUS:
        # Where a lost session cancels, the cancel may come before the trade.
        ends = [STATUS_FILLED, STATUS_CANCELLED] if probe.cancels_on_loss() else [STATUS_FILLED]
        expected = " or ".join(STATUS_NAMES[end] for end in ends)
        probe.check(receipt.status in ends, f"status {STATUS_NAMES[receipt.status]}; expected {expected}")


def told_while_away(probe: Probe) -> None:
    placed = resting(probe)
    probe.cut()
    probe.pass_time(60)
    probe.log_on()
    expect_filled(probe, placed)


def told_twice(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    expect_filled(probe, placed)
    probe.pass_time(20)
    fills = [receipt for receipt in placed.receipts if receipt.kind == RECEIPT_FILL]
    probe.equal("times the fill was told", len(fills), 2)
    probe.equal("sum of the fills", placed.filled(), probe.plan.lots)


def told_in_reverse(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    first = probe.expect_next(placed, RECEIPT_FILL)
    probe.expect_next(placed, RECEIPT_ACKNOWLEDGED)
    probe.equal("filled lots stated first", int(first.cumulative_lots), probe.plan.lots)
    probe.equal("sum of the fills", placed.filled(), probe.plan.lots)
    # What an earlier state says afterwards takes nothing back.
    placed.receipts.reverse()


def submit_lost(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    probe.expect_quiet(placed)
    probe.query(placed)
    probe.expect_next(placed, RECEIPT_UNKNOWN_ORDER)


def submit_answer_lost(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    probe.expect_quiet(placed)
    probe.query(placed)
    receipt = probe.expect_next(placed, RECEIPT_STATUS)
    probe.equal("status", int(receipt.status), int(STATUS_NEW))


def fill_not_told(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    probe.expect(placed, RECEIPT_ACKNOWLEDGED)
    probe.expect_quiet(placed)
    probe.query(placed)
    receipt = probe.expect_next(placed, RECEIPT_STATUS)
    probe.equal("filled lots stated", int(receipt.cumulative_lots), probe.plan.lots)


def refused_and_live(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    probe.expect_next(placed, RECEIPT_REJECTED)
    probe.expect_next(placed, RECEIPT_ACKNOWLEDGED)
    probe.query(placed)
    probe.equal("status", int(probe.expect(placed, RECEIPT_STATUS).status), int(STATUS_NEW))
    placed.receipts = [receipt for receipt in placed.receipts if receipt.kind != RECEIPT_REJECTED]


def cancel_lost(probe: Probe) -> None:
    placed = resting(probe)
    probe.cancel(placed)
    probe.expect_quiet(placed)
    probe.query(placed)
    probe.equal("status", int(probe.expect(placed, RECEIPT_STATUS).status), int(STATUS_NEW))
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)


def cancel_answer_lost(probe: Probe) -> None:
    placed = resting(probe)
    probe.cancel(placed)
    probe.wait_for_loss()
    probe.log_on()
    probe.query(placed)
    receipt = probe.expect(placed, RECEIPT_STATUS)
    probe.equal("status", int(receipt.status), int(STATUS_CANCELLED))


def batch_broken(probe: Probe) -> None:
    """Of a batch that the connection broke under, each order is told of once, and none is sent again."""
    batch = probe.orders([probe.plan.rests] * BATCH)
    probe.wait_for_loss()
    probe.log_on()
    told = []
    for placed in batch:
        probe.query(placed)
        told.append(probe.expect(placed, RECEIPT_STATUS, RECEIPT_UNKNOWN_ORDER).kind)
    probe.check(RECEIPT_STATUS in told, "the venue knows none of the batch; expected the first at least")


def sent_again(probe: Probe, placed: Placed) -> None:
    """An order under the id of one that rests is refused, which says nothing of that one."""
    again = probe.order(probe.plan.rests, number=placed.number)
    receipt = probe.expect(again, RECEIPT_REJECTED)
    probe.equal("reject class", REJECT_CLASS_NAMES[receipt.reject_class], "duplicate_id")
    again.receipts = [told for told in again.receipts if told is not receipt]
    again.taken -= 1


def duplicate(probe: Probe) -> None:
    placed = resting(probe)
    sent_again(probe, placed)
    probe.query(placed)
    probe.equal("status", int(probe.expect(placed, RECEIPT_STATUS).status), int(STATUS_NEW))


def throttled(probe: Probe) -> None:
    if probe.venue is not None:
        probe.venue.client.orders_per_second_max = 2
    first, second, third = probe.orders([probe.plan.rests] * 3)
    for placed in (first, second):
        probe.expect_next(placed, RECEIPT_ACKNOWLEDGED)
    receipt = probe.expect_next(third, RECEIPT_REJECTED)
    probe.equal("reject class", REJECT_CLASS_NAMES[receipt.reject_class], "throttled")
    probe.cancel(first)
    probe.expect(first, RECEIPT_CANCELLED)


def late_answer(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    probe.expect_quiet(placed, 20)
    probe.expect_next(placed, RECEIPT_ACKNOWLEDGED)


def pending_then_taken(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    probe.query(placed)
    probe.expect_next(placed, RECEIPT_STATUS)
    probe.cancel(placed)
    probe.expect_next(placed, RECEIPT_CANCEL_REJECTED)
    probe.expect(placed, RECEIPT_ACKNOWLEDGED)


CASES: Final = (
    Case(
        701,
        "The answer is lost with the connection, and resent",
        "应答随断线丢失，重连后补发",
        RESEND,
        resent_after_loss,
        "when order 1 then drop",
        "Cut the connection right after the next order traded, before its reports leave.",
        "请在下一笔委托成交后、回报发出前断开连接。",
    ),
    Case(
        702,
        "The connection is lost with two orders in flight",
        "两笔委托在途时断线",
        UNKNOWN,
        in_flight_both,
        needs=("status",),
    ),
    Case(
        703,
        "Unknown after a kill: asked for, and found",
        "进程被杀后查询在途委托",
        UNKNOWN,
        unknown_after_kill,
        needs=("status",),
    ),
    Case(704, "Killed with an order in flight", "委托在途时进程被杀", UNKNOWN, killed_in_flight, needs=("status",)),
    Case(
        705,
        "A fill while nobody listened is resent",
        "离线期间的成交重连后补发",
        RESEND,
        told_while_away,
        "when order 1 then fill 0 after 40 ms",
        "Fill the next order while our connection is down.",
        "请在我方断线期间成交下一笔委托。",
    ),
    Case(
        706,
        "Each report comes twice",
        "回报重复发送",
        UNKNOWN,
        told_twice,
        "when order 1 then twice",
        "Send each report of the next order twice.",
        "请将下一笔委托的每条回报发送两次。",
    ),
    Case(
        707,
        "Reports come in reverse",
        "回报次序颠倒",
        UNKNOWN,
        told_in_reverse,
        "when order 1 then reversed",
        "Send the fill of the next order before its acknowledgement.",
        "请先发送下一笔委托的成交回报，再发送确认。",
    ),
    Case(
        708,
        "Ambiguous submit: the order was lost",
        "报单无应答：委托丢失",
        UNKNOWN,
        submit_lost,
        "when order 1 then lose",
        "Drop the next order without an answer.",
        "请丢弃下一笔委托且不应答。",
        needs=("status",),
    ),
    Case(
        709,
        "Ambiguous submit: the answer was lost",
        "报单无应答：委托有效",
        UNKNOWN,
        submit_answer_lost,
        "when order 1 then silence acknowledgement",
        "Take the next order and send no acknowledgement.",
        "请受理下一笔委托但不发送确认。",
        needs=("status",),
    ),
    Case(
        710,
        "A fill that is never told",
        "成交回报未发送",
        UNKNOWN,
        fill_not_told,
        "when order 1 then silence trade",
        "Fill the next order and do not report it.",
        "请成交下一笔委托但不发送成交回报。",
        needs=("status",),
    ),
    Case(
        711,
        "Refused, and live all the same",
        "回报拒单但委托实际有效",
        UNKNOWN,
        refused_and_live,
        "when order 1 then reject falsely busy",
        "Report the next order as refused, and enter it all the same.",
        "请回报拒绝下一笔委托，但仍将其挂入订单簿。",
        needs=("status",),
    ),
    Case(
        712,
        "Ambiguous cancel: the request was lost",
        "撤单无应答：请求丢失",
        UNKNOWN,
        cancel_lost,
        "when cancel 1 then lose",
        "Drop the next cancel request without an answer.",
        "请丢弃下一笔撤单请求且不应答。",
        needs=("status",),
    ),
    Case(
        713,
        "Ambiguous cancel: the answer was lost",
        "撤单无应答：撤单有效",
        UNKNOWN,
        cancel_answer_lost,
        "when cancel 1 then drop",
        "Cut the connection right after the next cancel.",
        "请在下一笔撤单生效后立即断开连接。",
        needs=("status",),
    ),
    Case(
        714,
        "Ambiguous batch: the connection breaks inside it",
        "批量报单途中断线",
        UNKNOWN,
        batch_broken,
        "when order 2 then drop",
        "Cut the connection after the second order of the next batch.",
        "请在下一批委托的第二笔之后断开连接。",
        needs=("status",),
    ),
    Case(
        715,
        "Duplicate client order id: the first order lives",
        "委托编号重复，原委托仍有效",
        IDS,
        duplicate,
        needs=("status",),
    ),
    Case(
        716,
        "Throttle: what is too fast is refused, a cancel passes",
        "流速控制：超速拒单，撤单可行",
        "The counterparty's message limits; docs/execution.md, throttled",
        throttled,
        "# the session takes two orders in a second",
        "Set our session's limit to two orders in a second for the next case.",
        "请在下一用例中将我方会话限速为每秒两笔委托。",
    ),
    Case(
        717,
        "A late answer",
        "应答延迟",
        UNKNOWN,
        late_answer,
        "when order 1 then answer late after 60 ms",
        "Answer the next order 60 ms late.",
        "请将下一笔委托的应答延迟 60 毫秒。",
    ),
    Case(
        718,
        "Pending at the desk, then taken",
        "委托排队中，随后受理",
        "FIX 4.4 Volume 6, OrdStatus (39) = A",
        pending_then_taken,
        "when order 1 then hold after 60 ms",
        "Keep the next order for 60 ms before it enters the market.",
        "请将下一笔委托延迟 60 毫秒后再挂入市场。",
        needs=("status",),
    ),
)

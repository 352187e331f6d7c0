"""Cases 9xx of HKEX OCG-C: its own session rules, and how its reports differ (docs/protocols/hkex-ocg-c.md).

"Binary" is the Binary Trading Protocol, "FIX" the FIX Trading Protocol, whose messages the cases look at as they came.
"""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.cancels import on_disconnect, resting
from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.failures import sent_again
from cross_market_connect.conformance.orders import expect_filled
from cross_market_connect.conformance.probe import Probe
from cross_market_connect.conformance.transcript import RECEIVED, SENT
from cross_market_connect.domain.order import (
    IMMEDIATE_OR_CANCEL,
    MARKET,
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCELLED,
    RECEIPT_EXPIRED,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_REJECTED,
    REJECT_CLASS_NAMES,
)
from cross_market_connect.venues.simulated.passwords import RegisteredPasswords
from cross_market_connect.wire.fix.session_status import STATUS_EXPIRED, STATUS_PASSWORD_DUE

WRONG: Final = b"not-the-password"
FAILURES_TO_LOCK: Final = 3


def lines_with(probe: Probe, direction: str, *fields: str) -> list[str]:
    """The messages so far that have all of these fields."""
    said = [line.text + "|" for line in probe.transcript.lines if line.direction == direction]
    return [text for text in said if all(f"|{field}|" in text for field in fields)]


def passwords(probe: Probe) -> RegisteredPasswords:
    """The exchange's, for the hand of a case."""
    found = probe.exchange_venue.passwords
    assert found is not None
    return found


def is_refused(probe: Probe, status: str) -> None:
    """A log-on that ends with a Logout of this SessionStatus, and an event that says so."""
    probe.connect()
    probe.wait_for_loss()
    probe.check(not probe.gateway.is_up(), f"the session is up; expected SessionStatus {status}")
    probe.check(bool(lines_with(probe, RECEIVED, "35=5", f"1409={status}")), f"no Logout with SessionStatus {status}")
    probe.expect_event(f"SessionStatus {status}")


def password_due(probe: Probe) -> None:
    if probe.venue is not None:
        passwords(probe).told[probe.venue.client.comp_id] = int(STATUS_PASSWORD_DUE)
    probe.log_on()
    probe.expect_event("due to expire")
    probe.cancel(resting(probe))


def password_expired(probe: Probe) -> None:
    if probe.venue is not None:
        passwords(probe).told[probe.venue.client.comp_id] = int(STATUS_EXPIRED)
    is_refused(probe, "8")


def locked(probe: Probe) -> None:
    probe.password = WRONG
    for _ in range(FAILURES_TO_LOCK):
        is_refused(probe, "5")
    probe.password = probe.target.password
    is_refused(probe, "6")


def first_number_high(probe: Probe) -> None:
    probe.restart(1, 5)
    probe.connect()
    probe.wait_for_loss()
    probe.check(not probe.gateway.is_up(), "the session is up with a first number above 1")
    probe.restart(1, 1)
    probe.log_on()


def sent_unasked(probe: Probe) -> None:
    placed = resting(probe)
    probe.cut()
    probe.pass_time(60)
    probe.log_on()
    expect_filled(probe, placed)
    probe.equal("ResendRequests sent", len(lines_with(probe, SENT, "35=2")), 0)


def cancel_told_at_log_on(probe: Probe) -> None:
    placed = resting(probe)
    probe.cancel(placed)
    probe.wait_for_loss()
    probe.log_on()
    probe.expect(placed, RECEIPT_CANCELLED)


def asks_nothing(probe: Probe) -> None:
    placed = resting(probe)
    probe.query(placed)
    probe.expect_quiet(placed)
    probe.equal("OrderStatusRequests sent", len(lines_with(probe, SENT, "35=H")), 0)


def throttled(probe: Probe) -> None:
    if probe.venue is not None:
        probe.venue.client.orders_per_second_max = 1
    first, second = probe.orders([probe.plan.rests] * 2)
    probe.expect_next(first, RECEIPT_ACKNOWLEDGED)
    receipt = probe.expect_next(second, RECEIPT_REJECTED)
    probe.equal("reject class", REJECT_CLASS_NAMES[receipt.reject_class], "throttled")
    probe.equal("BusinessMessageRejects", len(lines_with(probe, RECEIVED, "35=j", "372=D", "380=8")), 1)


def duplicate_of_order(probe: Probe) -> None:
    placed = resting(probe)
    sent_again(probe, placed)
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)


def duplicate_of_request(probe: Probe) -> None:
    placed = resting(probe)
    number = probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)
    again = probe.order(probe.plan.rests, number=number)
    receipt = probe.expect(again, RECEIPT_REJECTED)
    probe.equal("reject class", REJECT_CLASS_NAMES[receipt.reject_class], "duplicate_id")


def mass_cancel(probe: Probe) -> None:
    first, second = resting(probe), resting(probe)
    probe.cancel_all()
    for placed in (first, second):
        probe.expect(placed, RECEIPT_CANCELLED)
    probe.equal("OrderMassCancelReports", len(lines_with(probe, RECEIVED, "35=r", "530=7", "531=7")), 1)
    probe.equal("reports with 378=103", len(lines_with(probe, RECEIVED, "35=8", "150=4", "378=103")), 2)


def cancelled_on_disconnect(probe: Probe) -> None:
    on_disconnect(probe)
    probe.equal("reports with 378=104", len(lines_with(probe, RECEIVED, "35=8", "150=4", "378=104")), 1)


def cancelled_unasked(probe: Probe) -> None:
    for code in ("6", "107"):
        placed = resting(probe)
        receipt = probe.expect(placed, RECEIPT_CANCELLED)
        probe.equal("open lots", int(receipt.leaves_lots), 0)
        told = lines_with(probe, RECEIVED, "35=8", "150=4", f"378={code}")
        probe.equal(f"reports with 378={code}", len(told), 1)
        probe.check("|41=" not in told[0], "a cancel that nobody asked for names a request")


def market_rest_expires(probe: Probe) -> None:
    placed = probe.order(0, force=int(IMMEDIATE_OR_CANCEL), order_type=int(MARKET))
    probe.expect(placed, RECEIPT_PARTIAL_FILL)
    receipt = probe.expect(placed, RECEIPT_EXPIRED)
    probe.equal("filled lots stated at the end", int(receipt.cumulative_lots), placed.filled())
    probe.check(0 < placed.filled() < probe.plan.lots, f"filled {placed.filled()}; expected a part")


def counts_shares(probe: Probe) -> None:
    placed = probe.order(probe.plan.trades)
    expect_filled(probe, placed)
    units = int(probe.gateway.dialect.units_per_lot(probe.plan.instrument))
    shares = units * probe.plan.lots
    probe.check(units > 1, "the instrument has no board lot")
    probe.equal("orders of so many shares", len(lines_with(probe, SENT, "35=D", f"38={shares}")), 1)
    probe.check(bool(lines_with(probe, RECEIVED, "35=8", f"14={shares}")), f"no report of {shares} shares")


def odd_lot(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    receipt = probe.expect(placed, RECEIPT_ACKNOWLEDGED)
    probe.equal("total that is no whole board lot", int(receipt.cumulative_lots), -1)
    probe.expect_event("tag 14")


def day_ends(probe: Probe) -> None:
    placed = resting(probe)
    receipt = probe.expect(placed, RECEIPT_EXPIRED)
    probe.equal("open lots", int(receipt.leaves_lots), 0)
    late = probe.order(probe.plan.rests)
    refused = probe.expect_next(late, RECEIPT_REJECTED)
    probe.equal("OrdRejReason", refused.code, b"99")
    probe.check(refused.text != b"", "the refusal has no RejectText (1328)")


CASES: Final = (
    Case(
        901,
        "A password that is due to expire: the session begins, and people are told",
        "密码即将到期：可登录并提示",
        "Binary 3.7; SessionStatus (1409) = 2",
        password_due,
        asks="Let our password be due to expire at the next log-on.",
        asks_zh="请使我方密码在下一次登录时处于即将到期状态。",
        connects=False,
    ),
    Case(
        902,
        "An expired password is refused",
        "密码已过期：登录被拒",
        "Binary 3.7, 4.1; SessionStatus (1409) = 8",
        password_expired,
        asks="Let our password be expired at the next log-on, and reset it afterwards.",
        asks_zh="请使我方密码在下一次登录时已过期，之后重置。",
        connects=False,
    ),
    Case(
        903,
        "Three wrong passwords lock the session, the right one too",
        "密码三次错误后锁定，正确密码亦被拒",
        "Binary 4.1; SessionStatus (1409) = 5, 6",
        locked,
        asks="Expect three log-ons with a wrong password and one with the right one; unlock the session afterwards.",
        asks_zh="将有三次密码错误和一次密码正确的登录；之后请解锁会话。",
        connects=False,
    ),
    Case(
        904,
        "A first number above 1 ends the connection",
        "首条报文序号大于 1：断开连接",
        "Binary 4.2",
        first_number_high,
        asks="Begin a new day, and expect a first log-on with sequence number 5.",
        asks_zh="请开始新的交易日；第一次登录的序号将为 5。",
        connects=False,
    ),
    Case(
        905,
        "What we missed is sent without being asked for",
        "漏收的报文登录后自动补发，无需请求",
        "Binary 5.3; NextExpectedMsgSeqNum (789)",
        sent_unasked,
        "when order 1 then fill 0 after 40 ms",
        "Fill the next order while our connection is down.",
        "请在我方断线期间成交下一笔委托。",
    ),
    Case(
        906,
        "A cancel whose answer was lost is told at the next log-on",
        "撤单应答丢失：重新登录后收到",
        "Binary 5.7",
        cancel_told_at_log_on,
        "when cancel 1 then drop",
        "Cut the connection right after the next cancel.",
        "请在下一笔撤单生效后立即断开连接。",
    ),
    Case(907, "No question about an order is sent", "不发送委托查询", "FIX, list of messages", asks_nothing),
    Case(
        908,
        "Over the throttle: a BusinessMessageReject with reason 8",
        "超出流速：业务拒绝，原因 8",
        "Binary 6.6.4; FIX 7.8",
        throttled,
        asks="Set our session's limit to one order in a second for the next case.",
        asks_zh="请在下一用例中将我方会话限速为每秒一笔委托。",
    ),
    Case(
        909,
        "The ClOrdID of an order once more: refused, and the first lives",
        "委托编号重复：拒单，原委托仍有效",
        "Binary 6.6.3.1; OrdRejReason (103) = 6",
        duplicate_of_order,
    ),
    Case(
        910,
        "The ClOrdID of a cancel once more: refused",
        "重复使用撤单编号：拒单",
        "Binary 6.6.3.1; OrdRejReason (103) = 6",
        duplicate_of_request,
    ),
    Case(
        911,
        "Mass cancel: one report, then one for each order",
        "批量撤单：一条总回报及逐笔回报",
        "Binary 6.6.6; ExecRestatementReason (378) = 103",
        mass_cancel,
    ),
    Case(
        912,
        "Cancelled on disconnect",
        "断线撤单",
        "Binary 8.2; ExecRestatementReason (378) = 104",
        cancelled_on_disconnect,
        needs=("cancel_on_disconnect",),
    ),
    Case(
        913,
        "What a market order leaves expires",
        "市价单剩余部分失效",
        "Binary 6.6.1",
        market_rest_expires,
        "when order 1 then partial 1 of 3",
        "Let the next market order fill in part only.",
        "请让下一笔市价单只部分成交。",
        ("market",),
    ),
    Case(914, "Quantities are in shares", "数量以股为单位", "Binary 6.6", counts_shares),
    Case(
        915,
        "A total that is no whole board lot is a fault, and counts nothing",
        "累计数量非整手：报错且不计入",
        "Binary 6.6, 8.2",
        odd_lot,
        "when order 1 then say 14=750",
        "Let the reports of the next order state a total of 750 shares.",
        "请使下一笔委托的回报累计数量为 750 股。",
    ),
    Case(
        916,
        "End of day: what rests expires, what comes later is refused with 99 and RejectText",
        "日终：挂单失效，之后报单被拒（原因 99，附说明）",
        "Binary 6.6.2; FIX 7.7: OrdRejReason (103) = 99",
        day_ends,
        "when order 1 then close after 10 ms",
        "End the trading day of the instrument after the next order.",
        "请在下一笔委托之后结束该证券的交易日。",
    ),
    Case(
        917,
        "Cancels that nobody asked for say why: a halt, the system",
        "非请求撤单注明原因：停牌、系统",
        "Binary 8.2; ExecRestatementReason (378) = 6, 107",
        cancelled_unasked,
        "when order 1 then cancel halted after 5 ms\nwhen order 2 then cancel busy after 5 ms",
        "Cancel the next order for a halt, and the one after it for a failure of the system.",
        "请以停牌为由撤销下一笔委托，再以系统原因撤销其后一笔。",
    ),
)

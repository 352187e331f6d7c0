"""Cases 1xx: the session itself."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.probe import Probe
from cross_market_connect.domain.order import RECEIPT_ACKNOWLEDGED, RECEIPT_CANCELLED, RECEIPT_STATUS

SESSION: Final = "FIX 4.4 Volume 2, Session protocol"
CASES_OF_2: Final = "FIX 4.4 Volume 2, session test case"


def logs_on(probe: Probe) -> None:
    probe.log_on()
    probe.check(probe.gateway.is_up(), "the session is not up")


def logs_out(probe: Probe) -> None:
    probe.log_out()
    probe.check(any("closing" in event for event in probe.events.events), "the session recorded no end")


def numbers_go_on(probe: Probe) -> None:
    before = probe.gateway.next_numbers()
    probe.log_out()
    probe.log_on()
    after = probe.gateway.next_numbers()
    probe.check(
        after[0] > before[0] and after[1] > before[1], f"sequence numbers {before} then {after}; expected to go on"
    )


def works_after_loss(probe: Probe) -> None:
    probe.cut()
    probe.log_on()
    placed = probe.order(probe.plan.rests)
    probe.expect(placed, RECEIPT_ACKNOWLEDGED)
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)


def wrong_password(probe: Probe) -> None:
    probe.password = b"not-the-password"
    probe.connect()
    probe.wait_for_loss()
    probe.check(not probe.gateway.is_up(), "the session is up with a wrong password")
    probe.expect_event("refused")
    probe.password = probe.target.password
    probe.log_on()


def refused_then_taken(probe: Probe) -> None:
    probe.connect()
    probe.wait_for_loss()
    probe.log_on()
    probe.pass_time(20)
    probe.check(probe.gateway.is_up(), "the session is not up")


def our_number_low(probe: Probe) -> None:
    probe.log_out()
    good = probe.gateway.next_numbers()
    probe.restart(good[0], 1)
    probe.connect()
    probe.wait_for_loss()
    probe.check(not probe.gateway.is_up(), "the session is up with a number that was used before")
    probe.restart(probe.gateway.next_numbers()[0], good[1])
    probe.log_on()


def our_number_high(probe: Probe) -> None:
    probe.log_out()
    next_in, next_out = probe.gateway.next_numbers()
    probe.restart(next_in, next_out + 5)
    probe.log_on()
    works_after_loss(probe)


def their_numbers_missed(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    probe.expect(placed, RECEIPT_ACKNOWLEDGED)
    probe.log_out()
    next_in, next_out = probe.gateway.next_numbers()
    probe.restart(max(1, next_in - 3), next_out)
    probe.log_on()
    probe.equal("next incoming number", probe.gateway.next_numbers()[0] > next_in, True)
    probe.cancel(placed)
    probe.expect(placed, RECEIPT_CANCELLED)


def heartbeats(probe: Probe) -> None:
    before = probe.gateway.next_numbers()
    probe.let_pass(probe.target.source.heartbeat_s * 1_500)
    after = probe.gateway.next_numbers()
    probe.check(probe.gateway.is_up(), f"the session ended: {probe.session_events()}")
    probe.check(after[0] > before[0] and after[1] > before[1], "no heartbeat in one of the directions")


def undefined_tag(probe: Probe) -> None:
    placed = probe.order(probe.plan.rests)
    probe.wait(lambda: len(probe.strangers) > 0, "a message that is refused", probe.session_events)
    probe.check(probe.strangers[0].is_unreadable, "the gateway did not say that it could not read a report")
    probe.expect_event("9702")
    probe.query(placed)
    probe.expect(placed, RECEIPT_STATUS)


CASES: Final = (
    Case(101, "Log on", "登录", f"{CASES_OF_2} 1B", logs_on, connects=False),
    Case(102, "Log out", "登出", f"{CASES_OF_2} 13", logs_out),
    Case(103, "Sequence numbers go on after a new log-on", "重新登录后序号连续", SESSION, numbers_go_on),
    Case(104, "Orders after a lost connection", "断线重连后可继续报单", SESSION, works_after_loss),
    Case(
        105,
        "A wrong password is refused, the right one then taken",
        "密码错误被拒，更正后登录",
        f"{CASES_OF_2} 1S.d",
        wrong_password,
        asks="Expect one log-on with a wrong password; unlock the user if that locks it.",
        asks_zh="将有一次密码错误的登录；如用户被锁定，请解锁。",
        connects=False,
    ),
    Case(
        106,
        "A refused log-on, and a later one taken",
        "登录被拒后再次登录成功",
        f"{CASES_OF_2} 1B",
        refused_then_taken,
        "when logon 1 then reject busy",
        "Answer the next log-on with a Logout, and take the one after it.",
        "请以登出应答下一次登录，并受理再下一次登录。",
        connects=False,
    ),
    Case(
        107,
        "Our sequence number is too low: logged out",
        "我方序号过低：被登出",
        f"{CASES_OF_2} 2.c",
        our_number_low,
        asks="Expect one log-on with sequence number 1.",
        asks_zh="将有一次序号为 1 的登录。",
    ),
    Case(
        108,
        "Our sequence number is too high: the gap is filled",
        "我方序号过高：补齐缺口",
        f"{CASES_OF_2} 1S.b",
        our_number_high,
    ),
    Case(
        109, "We missed messages: they are resent", "我方漏收报文：对方补发", f"{CASES_OF_2} 1B.b", their_numbers_missed
    ),
    Case(110, "Heartbeats in both directions", "双向心跳", f"{CASES_OF_2} 4, 5", heartbeats),
    Case(
        111,
        "A tag that nobody agreed on is refused, and the order asked for",
        "未约定的字段被拒，并查询该委托",
        f"{CASES_OF_2} 14.a",
        undefined_tag,
        "when order 1 then say 9702=x",
        "Put the undefined tag 9702 into the reports of the next order.",
        "请在下一笔委托的回报中加入未约定的字段 9702。",
        needs=("status",),
    ),
    Case(
        112,
        "The connection is cut at log-on, and the next one holds",
        "登录时断线，再次登录成功",
        SESSION,
        refused_then_taken,
        "when logon 1 then drop",
        "Cut the connection at the next log-on.",
        "请在下一次登录时断开连接。",
        connects=False,
    ),
)

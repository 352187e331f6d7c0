"""Cases 1xx: the session itself."""

from __future__ import annotations

from typing import Final

from cross_market_connect.conformance.case import Case
from cross_market_connect.conformance.probe import Probe
from cross_market_connect.domain.order import RECEIPT_ACKNOWLEDGED, RECEIPT_CANCELLED

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


CASES: Final = (
    Case(101, "Log on", "登录", f"{CASES_OF_2} 1B", logs_on, connects=False),
    Case(102, "Log out", "登出", f"{CASES_OF_2} 13", logs_out),
    Case(103, "Sequence numbers go on after a new log-on", "重新登录后序号连续", SESSION, numbers_go_on),
    Case(104, "Orders after a lost connection", "断线重连后可继续报单", SESSION, works_after_loss),
)

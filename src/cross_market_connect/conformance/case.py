"""A numbered case: what it shows, the rule behind it, how it is played, and what it asks of the other side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cross_market_connect.conformance.probe import Probe

PASS: Final = "pass"
FAIL: Final = "fail"
NOT_SUPPORTED: Final = "not supported"
NEEDS_HELP: Final = "needs the counterparty's help"
VERDICTS: Final = (PASS, FAIL, NOT_SUPPORTED, NEEDS_HELP)


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        number: stays its own for good; the hundreds say what it is about.
        rule: the document, or the rule of this product, that it follows.
        script: what the suite's own venue does in it.
        asks, asks_zh: what a person at the counterparty has to do for it; "" when it runs against anybody.
        needs: abilities of the gateway (`suite.abilities`) without which it is not supported.
        connects: the case begins with a session that is logged on.
    """

    number: int
    title: str
    title_zh: str
    rule: str
    play: Callable[[Probe], None]
    script: str = ""
    asks: str = ""
    asks_zh: str = ""
    needs: tuple[str, ...] = ()
    connects: bool = True


SECTIONS: Final[dict[int, tuple[str, str]]] = {
    1: ("Session", "会话"),
    2: ("Orders and fills", "报单与成交"),
    3: ("Rejects", "拒单"),
    4: ("Cancels", "撤单"),
    5: ("Replaces", "改单"),
    6: ("Status", "查询"),
    7: ("Failures", "故障"),
    8: ("After the trade", "成交之后"),
    9: ("The gateway's own rules", "该网关自身的规则"),
}

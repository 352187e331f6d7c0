"""What people are told about a spread order, in both languages; one function per code, each a record like any other."""

from __future__ import annotations

from typing import Final

from librt.strings import BytesWriter
from mypy_extensions import i64

from cross_market_connect.domain.alert import CRITICAL, EMERGENCY, INFO, WARNING
from cross_market_connect.domain.digits import write_int
from cross_market_connect.domain.order import Receipt
from cross_market_connect.domain.step import Step
from cross_market_connect.trading.orders import SpreadOrder

# Texts are put together here, one at a time.
_TEXT: Final[BytesWriter] = BytesWriter()
_SPREAD_ORDER: Final[bytes] = b"spread order "
_SPREAD_ORDER_ZH: Final[bytes] = "套利单 ".encode()
_IS_UNWOUND: Final[bytes] = b" is unwound: "
_IS_UNWOUND_ZH: Final[bytes] = " 正在回滚：".encode()
_IS_RE_ORDERED: Final[bytes] = b" is re-ordered: "
_IS_RE_ORDERED_ZH: Final[bytes] = " 正在补单：".encode()


def repair(step: Step, order: SpreadOrder, unwinding: bool, reason: str) -> None:
    """A leg is behind and is re-ordered, or the legs ahead are unwound."""
    # Between a refusal and the order that answers it: put together as bytes, which costs a third of formatting.
    order_id = order.spread_order_id
    why = reason.encode()
    if unwinding:
        text = _told(_SPREAD_ORDER, order_id, _IS_UNWOUND, why)
        step.alert_bytes(WARNING, "unwind", order_id, text, _told(_SPREAD_ORDER_ZH, order_id, _IS_UNWOUND_ZH, why))
    else:
        text = _told(_SPREAD_ORDER, order_id, _IS_RE_ORDERED, why)
        step.alert_bytes(INFO, "re_order", order_id, text, _told(_SPREAD_ORDER_ZH, order_id, _IS_RE_ORDERED_ZH, why))


def _told(subject: bytes, order_id: i64, what: bytes, why: bytes) -> bytes:
    text = _TEXT
    text.truncate(0)
    text.write(subject)
    write_int(text, order_id)
    text.write(what)
    text.write(why)
    return text.getvalue()


def residual(step: Step, order: SpreadOrder, owner: str) -> None:
    """What is left is carried: by its owner, or as too small for any order."""
    order_id = order.spread_order_id
    if len(owner) > 0:
        text = f"spread order {order_id} leaves an exposure that {owner} carries"
        step.alert(CRITICAL, "carried", order_id, text, f"套利单 {order_id} 留下敞口，由 {owner} 负责")
        return
    text = f"spread order {order_id} carries less than the venue's smallest quantity"
    step.alert(WARNING, "residual", order_id, text, f"套利单 {order_id} 剩余不足交易所最小数量，计入持仓")


def held(step: Step, order: SpreadOrder) -> None:
    """The deadline passed with an order whose state is unknown: evidence is waited for a while longer."""
    order_id = order.spread_order_id
    text = f"spread order {order_id} waits for evidence about an order whose state is unknown"
    step.alert(CRITICAL, "unknown_held", order_id, text, f"套利单 {order_id} 有状态未知的委托，继续等待确认")


def hedged_uncertain(step: Step, order: SpreadOrder) -> None:
    """The deadline passed with an order whose state is unknown: what policy allows is hedged, then a person decides."""
    order_id = order.spread_order_id
    text = f"spread order {order_id} is hedged beside an order whose state is unknown"
    step.alert(CRITICAL, "unknown_hedged", order_id, text, f"套利单 {order_id} 有状态未知的委托，已按策略对冲")


def came_to_light(step: Step, receipt: Receipt) -> str:
    """An order came to light that an earlier run had sent and no record tells of; returns the alert's text."""
    number = receipt.client_order_id
    text = f"order {number} of an earlier run came to light: no record tells of it"
    step.alert(WARNING, "lost_order", 0, text, f"发现此前遗失的委托 {number}，日志无记录")
    return text


def halted(step: Step, order: SpreadOrder, reason: str) -> None:
    """A person must decide; an emergency when something is naked."""
    order_id = order.spread_order_id
    level: i64 = EMERGENCY if order.anything_filled() and not order.is_balanced() else CRITICAL
    text = f"spread order {order_id} halted: {reason}"
    step.alert(level, "spread_order_halted", order_id, text, f"套利单 {order_id} 已暂停，等待人工处理：{reason}")


def cancel_waits(step: Step, order: SpreadOrder, client_order_id: i64) -> None:
    """An order cannot be cancelled in this trading phase, and lives until another."""
    text = f"the cancel of order {client_order_id} waits: its venue takes none in this trading phase"
    zh = f"委托 {client_order_id} 的撤单需等待：当前交易阶段不可撤单"
    step.alert(WARNING, "cancel_waits", order.spread_order_id, text, zh)


def late_fill(step: Step, order: SpreadOrder, level: i64) -> None:
    """A fill came after the end."""
    order_id = order.spread_order_id
    text = f"late fill on ended spread order {order_id}"
    step.alert(level, "late_fill", order_id, text, f"已结束的套利单 {order_id} 收到迟到成交")


def taken_off(step: Step, order: SpreadOrder) -> None:
    """A venue ends a spread's quotes by itself: they are sent again after pauses that double, and this is told once."""
    name = order.definition.name
    text = f"the venue takes quotes of spread {name} off by itself: they go out again after pauses that double"
    zh = f"交易所自行撤销了套利 {name} 的报价，将以加倍的间隔重新报价"
    step.alert(WARNING, "quote_taken_off", order.spread_order_id, text, zh)


def exit_held_up(step: Step, spread: str) -> None:
    """The limits leave not even the smallest part of an exit; it is tried again with every quote."""
    text = f"the limits hold up the exit of spread {spread}: not even a part of it fits"
    step.alert(CRITICAL, "exit_held_up", 0, text, f"套利 {spread} 的平仓受限额阻碍：任何部分都无法发出")


def paused(step: Step, spread: str, user: str) -> None:
    """A person has paused a spread."""
    text = f"spread {spread} is paused by {user}: it opens and quotes nothing until a person enables it"
    step.alert(WARNING, "spread_paused", 0, text, f"套利 {spread} 已由 {user} 暂停，需人工重新启用")


def refused(step: Step, order: SpreadOrder, limit_name: str) -> None:
    """A limit refused a spread order."""
    name = order.definition.name
    step.alert(
        WARNING,
        "limit",
        order.spread_order_id,
        f"spread {name} refused by limit {limit_name}",
        f"套利 {name} 被限额 {limit_name} 拒绝",
    )

"""What an order gateway and the venue behind it can do: stated by the gateway, narrowed by the configuration."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

# Order types beside the limit order for the day, which every venue knows: a sum of these.
ABLE_IOC: Final[i64] = 1
ABLE_FOK: Final[i64] = 2
ABLE_MARKET: Final[i64] = 4
ABLE_ALL: Final[i64] = 7


@final
class Capabilities:
    """What one gateway can do; nothing until somebody says so.

    Attributes:
        immediate, fill_or_kill, market: immediate-or-cancel, fill-or-kill and market orders.
        order_list: takes several new orders in one message.
        replace: changes price and quantity of an order that rests in one request.
        in_flight_mitigation: the quantity of a replace counts what filled before it: a fill on the way makes the
            rest smaller and never the order larger.
        mass_cancel: cancels all orders of the session in one request.
        status, mass_status: tells what became of one order, of all open ones.
        cancel_on_disconnect: the venue cancels what rests when the session is lost.
    """

    def __init__(self) -> None:
        self.immediate: bool = False
        self.fill_or_kill: bool = False
        self.market: bool = False
        self.order_list: bool = False
        self.replace: bool = False
        self.in_flight_mitigation: bool = False
        self.mass_cancel: bool = False
        self.status: bool = False
        self.mass_status: bool = False
        self.cancel_on_disconnect: bool = False

    def order_abilities(self) -> i64:
        """The order types as a sum of ABLE_*."""
        result: i64 = ABLE_IOC if self.immediate else 0
        if self.fill_or_kill:
            result += ABLE_FOK
        if self.market:
            result += ABLE_MARKET
        return result

    def names(self) -> list[str]:
        """What there is, in the words of the configuration."""
        table: list[tuple[str, bool]] = [
            ("ioc", self.immediate),
            ("fok", self.fill_or_kill),
            ("market", self.market),
            ("order_list", self.order_list),
            ("replace", self.replace),
            ("in_flight_mitigation", self.in_flight_mitigation),
            ("mass_cancel", self.mass_cancel),
            ("status", self.status),
            ("mass_status", self.mass_status),
            ("cancel_on_disconnect", self.cancel_on_disconnect),
        ]
        return [name for name, there in table if there]

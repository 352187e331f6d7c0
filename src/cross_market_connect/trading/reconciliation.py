"""What the venue and we do not agree on yet: blocked until it has answered, or until a person has signed it off.

* After a restart every order that may live is asked for; until its answer nothing is opened on its account and
  instrument.
* A report that cannot be read is no report: the order is asked for, or every order that could be meant.
* A report about an order that no record has sent is named and a person's matter (`Safety.note_unowned`).
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.alert import WARNING
from cross_market_connect.domain.order import RECEIPT_STATUS, RECEIPT_UNKNOWN_ORDER, Receipt
from cross_market_connect.domain.spread import LEG_UNKNOWN
from cross_market_connect.trading.orders import LegOrder, SpreadOrder
from cross_market_connect.trading.safety import Safety, instrument_of, key_of, route_of
from cross_market_connect.trading.states import is_leg_terminal

SINCE_RESTART: Final = "may live since before the restart"


@final
class Reconciliation:
    """The open questions of one desk.

    Attributes:
        awaited: client order ids whose state the venue has been asked for, with the key of what they block.
    """

    def __init__(self, safety: Safety) -> None:
        self.safety: Safety = safety
        self.awaited: dict[int, int] = {}

    def wait_for(self, leg_order: LegOrder, instrument_index: i64, reason: str) -> None:
        """Nothing is opened on the order's account and this instrument before its state is known."""
        route = leg_order.route
        key = key_of(route, instrument_index)
        self.awaited[int(leg_order.command.client_order_id)] = key
        if is_leg_terminal(leg_order.state) and self.safety.is_by_evidence(key):
            # Also where something else is asked for there: behind a restart nothing but the reason tells of it.
            self.safety.state_reason(key, reason)
        self.safety.block(route, instrument_index, reason, True)

    def restarted(self, order: SpreadOrder) -> None:
        """Whatever of this order may be live has been asked for, or will be once its route is back."""
        for leg_order in order.leg_orders:
            if not is_leg_terminal(leg_order.state):
                reason = f"order {leg_order.command.client_order_id} {SINCE_RESTART}"
                self.wait_for(leg_order, leg_order.command.instrument_index, reason)

    def take(self, leg_order: LegOrder, receipt: Receipt, was_over: bool) -> None:
        """A receipt about an order: it may be the answer that was waited for.

        Args:
            was_over: the order had ended before, so that its end is no answer: only the venue's total is.
        """
        client_order_id = int(leg_order.command.client_order_id)
        if client_order_id not in self.awaited or leg_order.state == LEG_UNKNOWN:
            return
        if was_over and receipt.kind == RECEIPT_UNKNOWN_ORDER:
            self.give_up(client_order_id)
            return
        is_open = was_over or not is_leg_terminal(leg_order.state)
        if is_open and (receipt.is_copy or (receipt.cumulative_lots < 0 and receipt.kind != RECEIPT_UNKNOWN_ORDER)):
            return  # a copy is older than the question, perhaps
        key = self.awaited.pop(client_order_id)
        for other in self.awaited.values():
            if other == key:
                return
        if self.safety.is_by_evidence(key):
            self.safety.sign_off(route_of(key), instrument_of(key), f"the venue answered for order {client_order_id}")

    def give_up(self, client_order_id: int) -> None:
        """No answer about an ended order came: whether it ended as we know is a person's matter."""
        key = self.awaited.pop(client_order_id)
        self.safety.block(route_of(key), instrument_of(key), f"the venue has not answered for order {client_order_id}")

    def leave_unasked(self) -> None:
        """After a restart what may live is asked for again; any other question is a person's matter."""
        for key in list(self.safety.by_evidence):
            if key not in self.awaited.values() or not self.safety.blocked[key].endswith(SINCE_RESTART):
                reason = f"{self.safety.blocked[key]}; restarted before the venue answered"
                self.safety.block(route_of(key), instrument_of(key), reason)

    def unreadable(self, receipt: Receipt, named: LegOrder | None, under_way: list[SpreadOrder]) -> list[LegOrder]:
        """A report that could not be read; returns the orders that it may be about, which are to be asked for.

        Args:
            named: the order that it names; under_way: the spread orders with something that may live.
        """
        reason = f"a report that cannot be read: {_text(receipt.text)}"
        self.safety.step.alert(WARNING, "unreadable_receipt", 0, reason, f"回报无法解析：{_text(receipt.text)}")
        candidates: list[LegOrder] = []
        instrument = receipt.instrument_index
        if named is not None:
            candidates.append(named)
            instrument = named.command.instrument_index
        elif receipt.client_order_id == 0:
            for order in under_way:
                candidates.extend(live_on(order, receipt.route))
        if len(candidates) == 0:
            self.safety.block(receipt.route, instrument, reason, False)
        if receipt.is_copy:
            # A session that errs in every message makes nobody ask faster than the venue answers.
            candidates = [one for one in candidates if int(one.command.client_order_id) not in self.awaited]
        for leg_order in candidates:
            if named is None or receipt.kind != RECEIPT_STATUS:
                # The answer to a question is no reason to ask more often than without one.
                leg_order.queries = 0
            self.wait_for(leg_order, instrument, reason)
        return candidates


def live_on(order: SpreadOrder, route: i64) -> list[LegOrder]:
    """Leg orders on a route that can still fill."""
    found: list[LegOrder] = []
    for leg_order in order.leg_orders:
        if leg_order.route == route and not is_leg_terminal(leg_order.state):
            found.append(leg_order)
    return found


def _text(value: bytes) -> str:
    return value.decode("ascii", "backslashreplace") if len(value) > 0 else "unnamed"

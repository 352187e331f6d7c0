"""Orders on our accounts that are not ours, from another terminal or the telephone: adopted, never acted on.

What fills of them is in the position, and what rests of them counts as reserved, so every limit sees the account as it
is. They are on record and shown; nobody cancels them but whoever sent them. `Safety` blocks openings there until a
person has signed them off.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.order import (
    BUY,
    RECEIPT_ACKNOWLEDGED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_PENDING,
    Receipt,
    is_bust,
)
from cross_market_connect.domain.records import EXTERNAL_ORDER, Payload
from cross_market_connect.domain.step import Step
from cross_market_connect.trading import decisions
from cross_market_connect.trading.reservation import ReservationLedger

EXTERNAL_ORDERS_MAX: Final[i64] = 4_096
"""More than other terminals send on an account between two resends of its copies: a forgotten one would count again."""
# More than any market has ever traded: the report is at fault.
LOTS_BELIEVED: Final[i64] = 1_000_000_000_000


@final
class ExternalOrder:
    """One order of somebody else's on an account of ours.

    Attributes:
        cumulative_lots: what is known to have filled; leaves_lots: what may still fill.
        executions: ids of the fills counted.
    """

    def __init__(self) -> None:
        self.cumulative_lots: i64 = 0
        self.leaves_lots: i64 = 0
        self.executions: list[str] = []


@final
class ExternalOrders:
    """The adopted orders of one engine, by route and the venue's order id."""

    def __init__(self, step: Step, ledger: ReservationLedger) -> None:
        self.step: Step = step
        self.ledger: ReservationLedger = ledger
        self.orders: dict[str, ExternalOrder] = {}

    def knows(self, copy: Receipt) -> bool:
        """Whether all that a copy says of an order that is not ours is on record, or older than what is.

        Another quantity that may still fill is news of an order that is open: less of it by its end, more or less by a
        change of somebody's. A trade that counts nothing is an old one, and so is that the order was taken.
        """
        venue_order_id = copy.venue_order_id.decode("ascii", "replace")
        order = self.orders.get(f"{copy.route} {venue_order_id}")
        if order is None:
            # Pending with nothing that may fill: it may never come to be.
            return copy.status == STATUS_PENDING and copy.last_lots <= 0 and _leaves(copy) == 0
        if is_bust(copy.kind) and copy.cumulative_lots < 0:
            return copy.possible_duplicate  # how much is gone a person finds out
        if _counted(order, copy, copy.execution_id.decode("ascii", "replace")) != 0:
            return False
        if order.leaves_lots == 0 or copy.last_lots > 0 or copy.status == STATUS_PENDING:
            return True
        return copy.kind == RECEIPT_ACKNOWLEDGED or _leaves(copy) == order.leaves_lots

    def take(self, receipt: Receipt, is_ours: bool) -> None:
        """Put a receipt for an unknown order on record, and count what it says of somebody else's.

        Args:
            is_ours: its id is one of ours, long forgotten: what filled of it was counted then.
        """
        decisions.unowned_receipt(self.step, receipt, 0, -1, 0)
        if is_ours or receipt.route < 0 or receipt.instrument_index < 0 or receipt.side == 0:
            return
        if len(receipt.venue_order_id) == 0:
            return
        if max(receipt.cumulative_lots, receipt.last_lots, receipt.leaves_lots) > LOTS_BELIEVED:
            # That it came blocks the account until a person has looked (`Safety.note_unowned`).
            return
        venue_order_id = receipt.venue_order_id.decode("ascii", "replace")
        execution = receipt.execution_id.decode("ascii", "replace")
        order = self._order(receipt.route, venue_order_id)
        counted = _counted(order, receipt, execution)
        leaves = _leaves(receipt)
        payload = Payload(EXTERNAL_ORDER)
        payload.put(receipt.route)
        payload.put(receipt.instrument_index)
        payload.put(receipt.side)
        payload.put(receipt.status)
        payload.put(receipt.last_lots)
        payload.put(receipt.last_ticks)
        payload.put(order.cumulative_lots + counted)
        payload.put(leaves)
        payload.put(counted)
        payload.put_text(venue_order_id)
        payload.put_text(execution)
        payload.put_text("adopted: counted, never cancelled by us")
        self.step.write(payload, 0)
        self.apply(receipt.route, receipt.instrument_index, receipt.side, venue_order_id, execution, counted, leaves)

    def apply(
        self, route: i64, instrument: i64, side: i64, venue_order_id: str, execution: str, counted: i64, leaves: i64
    ) -> None:
        """What the record says."""
        order = self._order(route, venue_order_id)
        order.cumulative_lots += counted
        if execution != "" and counted != 0:
            order.executions.append(execution)
        if counted != 0:
            self.ledger.add_position(instrument, route, side * counted)
        more = leaves - order.leaves_lots
        order.leaves_lots = leaves
        if side == BUY:
            self.ledger.reserved_buy_lots[instrument] += more
        else:
            self.ledger.reserved_sell_lots[instrument] += more
        self._forget_oldest()

    def _order(self, route: i64, venue_order_id: str) -> ExternalOrder:
        key = f"{route} {venue_order_id}"
        order = self.orders.get(key)
        if order is None:
            order = ExternalOrder()
            self.orders[key] = order
        return order

    def _forget_oldest(self) -> None:
        """Ended orders go first; one that may still fill is never forgotten."""
        if len(self.orders) <= EXTERNAL_ORDERS_MAX:
            return
        for key, order in self.orders.items():
            if order.leaves_lots == 0:
                del self.orders[key]
                return

    def state(self) -> list[list[object]]:
        """Everything, for the snapshot."""
        return [
            [key, int(order.cumulative_lots), int(order.leaves_lots), order.executions]
            for key, order in self.orders.items()
        ]

    def load(self, key: str, cumulative_lots: i64, leaves_lots: i64, executions: list[str]) -> None:
        """Take over a row that `state` wrote; positions and reservations are the ledger's."""
        order = ExternalOrder()
        order.cumulative_lots = cumulative_lots
        order.leaves_lots = leaves_lots
        order.executions = executions
        self.orders[key] = order


def _leaves(receipt: Receipt) -> i64:
    """Lots that may still fill."""
    if receipt.status == STATUS_NEW or receipt.status == STATUS_PARTLY_FILLED or receipt.status == STATUS_PENDING:
        return receipt.leaves_lots if receipt.leaves_lots > 0 else 0
    return 0


def _counted(order: ExternalOrder, receipt: Receipt, execution: str) -> i64:
    """New lots that the receipt proves, negative for a trade taken back: by the venue's total, else by execution."""
    if receipt.last_lots > 0 and execution in order.executions:
        return 0
    takes_back = is_bust(receipt.kind)
    if receipt.cumulative_lots >= 0:
        more = receipt.cumulative_lots - order.cumulative_lots
        return more if more > 0 or takes_back else 0
    return 0 if takes_back else receipt.last_lots

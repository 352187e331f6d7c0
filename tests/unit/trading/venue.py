"""A venue in a few lines: it knows the truth about every order, answers queries from it, and can be told what to say.

Its reports go to the desk at once (`said`), or into a hand (`held`) from which a test deals them in any order.
"""

from __future__ import annotations

from cross_market_connect.domain.order import (
    RECEIPT_ACKNOWLEDGED,
    RECEIPT_CANCEL_REJECTED,
    RECEIPT_CANCELLED,
    RECEIPT_FILL,
    RECEIPT_PARTIAL_FILL,
    RECEIPT_REJECTED,
    RECEIPT_STATUS,
    RECEIPT_UNKNOWN_ORDER,
    REJECT_NONE,
    REJECT_OTHER,
    STATUS_CANCELLED,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_REJECTED,
    OrderCommand,
    Receipt,
)
from cross_market_connect.trading.intake import take_receipts
from tests.unit.trading.support import Bench


class VenueOrder:
    """One order as the venue sees it."""

    def __init__(self, command: OrderCommand) -> None:
        self.command = command
        self.filled = 0
        self.status = 0
        self.reject_class = REJECT_NONE

    @property
    def is_over(self) -> bool:
        return self.status in (STATUS_FILLED, STATUS_CANCELLED, STATUS_REJECTED)


class FakeVenue:
    """Both venues of a bench: orders by client order id.

    With `quotes_flow`, every report comes after a quote that says the same as the one before: books are never old.
    """

    def __init__(self, bench: Bench, quotes_flow: bool = True) -> None:
        self.bench = bench
        self.quotes_flow = quotes_flow
        self.orders: dict[int, VenueOrder] = {}
        self.executions = 0

    def order(self, client_order_id: int) -> VenueOrder:
        if client_order_id not in self.orders:
            command = next(sent for sent in self.bench.routes.sent if sent.client_order_id == client_order_id)
            self.orders[client_order_id] = VenueOrder(command)
        return self.orders[client_order_id]

    # ------------------------------------------------------------------ what it does, as receipts

    def acknowledge(self, client_order_id: int) -> Receipt:
        self.order(client_order_id).status = STATUS_NEW
        return self._receipt(client_order_id, RECEIPT_ACKNOWLEDGED)

    def fill(self, client_order_id: int, lots: int, price_ticks: int = 0) -> Receipt:
        order = self.order(client_order_id)
        order.filled += lots
        full = order.filled >= order.command.quantity_lots
        order.status = STATUS_FILLED if full else STATUS_PARTLY_FILLED
        receipt = self._receipt(client_order_id, RECEIPT_FILL if full else RECEIPT_PARTIAL_FILL)
        receipt.last_lots = lots
        receipt.last_ticks = price_ticks or order.command.price_ticks
        return receipt

    def cancel(self, client_order_id: int) -> Receipt:
        self.order(client_order_id).status = STATUS_CANCELLED
        return self._receipt(client_order_id, RECEIPT_CANCELLED)

    def take_cancel(self, client_order_id: int, refused: bool) -> Receipt:
        """The answer to a cancel request: done, or refused because it is too late, unknown, or for no reason."""
        order = self.orders.get(client_order_id)
        if order is None or order.is_over or refused:
            receipt = Receipt(client_order_id, RECEIPT_CANCEL_REJECTED, 0)
            receipt.reject_class = REJECT_OTHER
            return receipt
        return self.cancel(client_order_id)

    def reject(self, client_order_id: int, reject_class: int) -> Receipt:
        order = self.order(client_order_id)
        order.status = STATUS_REJECTED
        order.reject_class = reject_class
        return self._receipt(client_order_id, RECEIPT_REJECTED)

    def answer(self, client_order_id: int) -> Receipt:
        """The answer to a status request: the truth, also that there is no such order."""
        if client_order_id not in self.orders:
            receipt = Receipt(client_order_id, RECEIPT_UNKNOWN_ORDER, 0)
            return receipt
        return self._receipt(client_order_id, RECEIPT_STATUS)

    def _receipt(self, client_order_id: int, kind: int) -> Receipt:
        order = self.order(client_order_id)
        self.executions += 1
        receipt = Receipt(client_order_id, kind, order.status)
        receipt.execution_id = b"E%d" % self.executions
        receipt.cumulative_lots = order.filled
        receipt.reject_class = order.reject_class
        return receipt

    # ------------------------------------------------------------------ and to the desk at once

    def say(self, receipt: Receipt) -> None:
        if self.quotes_flow:
            self.bench.now_ns += 1
            for book in self.bench.books:
                book.received_ns = self.bench.now_ns
        self.bench.input()
        take_receipts(self.bench.desk, [receipt])

    def fills(self, client_order_id: int, lots: int) -> None:
        self.say(self.fill(client_order_id, lots))

    def fills_all(self, client_order_id: int) -> None:
        self.fills(client_order_id, int(self.order(client_order_id).command.quantity_lots))

    def rejects(self, client_order_id: int, reject_class: int) -> None:
        self.say(self.reject(client_order_id, reject_class))

    def cancels(self, client_order_id: int) -> None:
        self.say(self.cancel(client_order_id))

    def answers(self, client_order_id: int) -> None:
        self.say(self.answer(client_order_id))

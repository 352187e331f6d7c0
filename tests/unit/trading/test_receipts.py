"""What a receipt means for a leg order: fills by quantities, never by the receipt's own word for them."""

import pytest

from cross_market_connect.domain.order import RECEIPT_NAMES, STATUS_NAMES, Receipt
from cross_market_connect.trading.receipts import NO_EVENT, leg_event
from cross_market_connect.trading.states import EVENT_NAMES

PLAIN = {
    "acknowledged": "acknowledged",
    "rejected": "rejected",
    "expired": "expired",
    "cancelled": "cancelled",
    "cancel_rejected": "cancel_rejected",
    "unknown_order": "venue_has_no_such_order",
    "pending_cancel": "",
    "trade_cancel": "",
    "trade_correct": "",
    "none": "",
}
STATUS = {
    "new": "acknowledged",
    "partly_filled": "partial_fill",
    "cancelled": "cancelled",
    "rejected": "rejected",
    "expired": "expired",
    "filled": "partial_fill",
    "pending": "",
    "unknown": "",
    "none": "",
}


def event_name(kind: str, status: str, cumulative: int, quantity: int = 3) -> str:
    receipt = Receipt(1, RECEIPT_NAMES.index(kind), STATUS_NAMES.index(status))
    event = leg_event(receipt, cumulative, quantity)
    return "" if event == NO_EVENT else EVENT_NAMES[event]


@pytest.mark.parametrize(("kind", "event"), PLAIN.items())
def test_kinds_that_speak_for_themselves(kind, event):
    assert event_name(kind, "filled", 1) == event


@pytest.mark.parametrize("kind", ["fill", "partial_fill"])
def test_case_05_fills_by_quantity(kind):
    assert event_name(kind, "filled", 2) == "partial_fill"
    assert event_name(kind, "partly_filled", 3) == "filled"
    assert event_name(kind, "partly_filled", 4) == "filled"


@pytest.mark.parametrize(("status", "event"), STATUS.items())
def test_status_answers(status, event):
    assert event_name("status", status, 2) == event
    assert event_name("status", status, 3) == "filled", "everything is filled, whatever the word"

"""One spread order's story: its records in order, nobody else's, with times worked by hand."""

from typing import Any

import pytest

from cross_market_connect.audit.story import EVENTS_ZH, WRITERS, Line, event_label, tell
from cross_market_connect.domain.order import BUY, RECEIPT_FILL, RECEIPT_REJECTED, REJECT_PRICE, SELL
from cross_market_connect.domain.records import (
    ALERT,
    ALIGNMENT,
    CANCEL_REQUEST,
    CONFIGURATION,
    LADDER_STEP,
    LEG_ORDER,
    LEG_ORDER_STATE,
    RECEIPT,
    RECORD_TABLE,
    REFUSAL,
    RELEASE,
    RESERVATION,
    SENT,
    SPREAD_ORDER,
    STATUS_REQUEST,
    TRIGGER,
)
from cross_market_connect.domain.spread import (
    LEG_PENDING_NEW,
    LEG_REJECTED,
    PROPOSED,
    RESERVED,
    ROLE_CHASE,
    ROLE_INITIAL,
    STEP_CHASE,
)
from cross_market_connect.journal.reader import LogReader
from tests.unit.support_records import log_of

MS = 1_000_000
US = 1_000
BEGIN_NS = 50 * MS


def price_text(symbol: str, ticks: int, utc_ns: int) -> str:
    """Ticks of 0.2, at the time that the order's record carries."""
    assert utc_ns == 1_609_725_600_000_000_000
    return f"{symbol.split('.')[0]} {ticks / 5:.1f}"


def lines_of(*rows: tuple[int, int, dict[str, Any]], order: int = 1) -> list[Line]:
    """The story of records given as (kind, microseconds after the trigger, fields)."""
    log = [(kind, 0, at + 1, BEGIN_NS + after_us * US, fields) for at, (kind, after_us, fields) in enumerate(rows)]
    return tell(LogReader(log_of(log), 1).records(), order, price_text).lines


def order(number: int, leg: int, side: int, role: int = ROLE_INITIAL) -> dict[str, Any]:
    return {
        "spread_order_id": 1,
        "leg": leg,
        "client_order_id": number,
        "side": side,
        "limit_price_ticks": 26_500,
        "quantity_lots": 4,
        "role": role,
        "decision_utc_ns": 1_609_725_600_000_000_000,
        "instrument": "CCFX.IF2101",
        "account": "88",
    }


TRIGGERED = (TRIGGER, 0, {"spread_order_id": 1, "rule": "open_buy", "value_e9": -5_250_000_000, "quotes": "A 1x2/3x4"})


def test_lines_are_those_of_the_order_in_order_with_their_time_since_the_trigger() -> None:
    lines = lines_of(
        (CONFIGURATION, -9, {}),
        TRIGGERED,
        (TRIGGER, 1, {"spread_order_id": 2}),
        (RESERVATION, 2, {"spread_order_id": 1, "naked_worst_e4": 12_345_678_9012, "reserved_lots": 7}),
        (LEG_ORDER, 3, order(11, 1, SELL)),
        (RECEIPT, 4, {"spread_order_id": 2, "client_order_id": 99}),
    )
    assert [(line.seq, line.after_us, line.event, line.leg) for line in lines] == [
        (2, 0.0, "trigger", -1),
        (4, 2.0, "reservation", -1),
        (5, 3.0, "new", 1),
    ]
    assert lines[1].text == "7 lots, worst naked value 12,345,679"


def test_sends_and_answers_carry_their_latencies() -> None:
    """Decided at 3, sent at 37.5: 34.5 us. Refused at 437.5: 400 us after. The next sent at 460: 22.5 us after that."""
    lines = lines_of(
        TRIGGERED,
        (LEG_ORDER, 3, order(11, 1, BUY)),
        (SENT, 3, {"client_order_id": 11, "sent_ns": BEGIN_NS + 37_500}),
        (
            RECEIPT,
            437,
            {
                "spread_order_id": 1,
                "leg": 1,
                "client_order_id": 11,
                "receipt": RECEIPT_REJECTED,
                "reject_class": REJECT_PRICE,
                "venue_text": "too far",
            },
        ),
        (LEG_ORDER, 438, order(12, 1, BUY, ROLE_CHASE)),
        (SENT, 438, {"client_order_id": 12, "sent_ns": BEGIN_NS + 460_000}),
        (
            RECEIPT,
            500,
            {
                "spread_order_id": 1,
                "client_order_id": 12,
                "receipt": RECEIPT_FILL,
                "counted_lots": 4,
                "last_ticks": 26_501,
            },
        ),
        (SENT, 501, {"client_order_id": 77, "sent_ns": 1}),
    )
    assert [(line.event, line.after_us, line.text) for line in lines[1:]] == [
        ("new", 3.0, "order 11: buy 4 CCFX.IF2101 at CCFX 5300.0, initial, account 88"),
        ("sent", 37.5, "order 11, 34.5 us after its input was read"),
        ("receipt", 437.0, "order 11: rejected, price_out_of_limits: too far (399.5 us after the send)"),
        ("new", 438.0, "order 12: buy 4 CCFX.IF2101 at CCFX 5300.0, chase, account 88"),
        ("sent", 460.0, "order 12, 22.0 us after its input was read, 23.0 us after the refusal"),
        ("receipt", 500.0, "order 12: fill 4 at CCFX 5300.2 (40.0 us after the send)"),
    ]


def test_a_later_answer_to_the_same_order_has_no_latency_and_a_known_fill_says_so() -> None:
    fill = {"spread_order_id": 1, "client_order_id": 11, "receipt": RECEIPT_FILL, "last_lots": 4}
    lines = lines_of(
        TRIGGERED,
        (LEG_ORDER, 3, order(11, 0, SELL)),
        (SENT, 3, {"client_order_id": 11, "sent_ns": BEGIN_NS + 10_000}),
        (RECEIPT, 20, {**fill, "counted_lots": 4, "last_ticks": 5}),
        (RECEIPT, 30, fill),
    )
    assert lines[-2].text.endswith("(10.0 us after the send)")
    assert lines[-1].text == "order 11: fill, 4 lots known before"


@pytest.mark.parametrize(
    ("kind", "fields", "text"),
    [
        (
            ALIGNMENT,
            {"quantities": "3:4", "hedge_error_e4": 25_000_0000, "tolerance_e4": 100_000_0000},
            "3:4 lots; hedge error 25,000 of 100,000 allowed",
        ),
        (RESERVATION, {"reserved_lots": 2, "limits": "reopened"}, "2 lots, worst naked value 0; reopened"),
        (RELEASE, {"reserved_lots": 3, "naked_worst_e4": 10_000}, "3 lots, worst naked value 1"),
        (REFUSAL, {"limit_name": "margin_max", "observed": 9, "limit": 8}, "limit margin_max: 9 against 8"),
        (
            SPREAD_ORDER,
            {"state_before": PROPOSED, "state": RESERVED, "reason": "it fits", "follow_up": "send"},
            "proposed -> reserved: it fits -> send",
        ),
        (
            LADDER_STEP,
            {"event": "chase", "step": STEP_CHASE, "attempt": 1, "deficit_lots": 2, "reason": "behind"},
            "chase, attempt 2, 2 lots behind: behind",
        ),
        (
            LEG_ORDER_STATE,
            {"client_order_id": 7, "state_before": LEG_PENDING_NEW, "state": LEG_REJECTED},
            "order 7: pending_new -> rejected",
        ),
        (
            CANCEL_REQUEST,
            {"client_order_id": 8, "original_client_order_id": 7, "reason": "stop"},
            "order 7 as 8: stop",
        ),
        (STATUS_REQUEST, {"client_order_id": 7, "reason": "no answer"}, "order 7: no answer"),
        (ALERT, {"level": 1, "text_en": "look"}, "warning: look"),
    ],
)
def test_each_kind_of_line(kind: int, fields: dict[str, Any], text: str) -> None:
    (line,) = lines_of((kind, 0, {"spread_order_id": 1, **fields}))
    assert (line.event, line.text) == (RECORD_TABLE[kind][0], text)


def test_an_order_that_no_record_is_about_has_no_story() -> None:
    assert lines_of(TRIGGERED, order=5) == []


def test_every_event_of_a_story_has_a_chinese_name() -> None:
    for kind in WRITERS:
        event = RECORD_TABLE[kind][0]
        assert event_label(event, "zh") == EVENTS_ZH[event] != event
        assert event_label(event, "en") == event

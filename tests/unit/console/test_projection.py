"""Records in, rows out: each scenario is written down by hand with the numbers that a reader of the log would get."""

from __future__ import annotations

import json

from cross_market_connect.console.log import LogRecord
from cross_market_connect.console.projection import (
    ACTIVITY_KEPT_MAX,
    ALERTS_KEPT_MAX,
    ORDERS_KEPT_MAX,
    STORY_LINES_MAX,
    Projection,
)
from cross_market_connect.domain import records as kinds
from cross_market_connect.domain.order import BUY, RECEIPT_FILL, RECEIPT_REJECTED, REJECT_THROTTLED, SELL
from cross_market_connect.domain.records import RECORD_TABLE
from cross_market_connect.domain.spread import (
    COMPLETE,
    LEG_FILLED,
    LEG_REJECTED,
    PROPOSED,
    ROLE_INITIAL,
    ROLE_RETRY,
    ROLE_UNWIND,
    STEP_RETRY,
    WORKING,
)


class Log:
    """Feeds a projection with records; fields that a test does not name are 0 or empty."""

    def __init__(self) -> None:
        self.seq = 0
        self.projection = Projection()

    def put(self, kind: int, now_ns: int = 0, **named: int | str) -> None:
        _, _, integers, texts = RECORD_TABLE[kind]
        fields: dict[str, int | str | bytes] = {**dict.fromkeys(integers, 0), **dict.fromkeys(texts, "")}
        assert set(named) <= set(fields)
        fields.update(named)
        self.seq += 1
        self.projection.apply(LogRecord(self.seq, int(kind), 0, 1, now_ns, fields))

    def trigger(self, order: int, now_ns: int = 1000) -> None:
        self.put(
            kinds.TRIGGER,
            now_ns,
            spread_order_id=order,
            direction=1,
            opening=1,
            value_e9=-2_400_000_000,
            threshold_e9=-2_000_000_000,
        )
        self.state(order, PROPOSED, now_ns)

    def state(self, order: int, state: int, now_ns: int = 1000, reason: str = "") -> None:
        self.put(kinds.SPREAD_ORDER, now_ns, spread_order_id=order, state=state, direction=1, opening=1, reason=reason)

    def new(self, order: int, leg: int, client: int, side: int, lots: int, role: int = ROLE_INITIAL) -> None:
        self.put(
            kinds.LEG_ORDER,
            1000,
            spread_order_id=order,
            leg=leg,
            client_order_id=client,
            instrument_index=leg,
            side=side,
            quantity_lots=lots,
            role=role,
            limit_price_ticks=100,
            decision_utc_ns=5_000_000_000,
        )

    def fill(self, order: int, leg: int, client: int, lots: int, ticks: int, counted: int | None = None) -> None:
        self.put(
            kinds.RECEIPT,
            2000,
            spread_order_id=order,
            leg=leg,
            client_order_id=client,
            receipt=RECEIPT_FILL,
            last_lots=lots,
            last_ticks=ticks,
            counted_lots=lots if counted is None else counted,
        )


def test_a_spread_order_that_completes() -> None:
    log = Log()
    log.trigger(7)
    log.new(7, 0, 501, BUY, 4)
    log.new(7, 1, 502, SELL, 5)
    log.put(kinds.SENT, 1000, client_order_id=502, sent_ns=47_000)
    log.put(kinds.SENT, 1000, client_order_id=501, sent_ns=32_000)
    log.state(7, WORKING)
    log.fill(7, 0, 501, 4, 26_341)
    log.put(kinds.LEG_ORDER_STATE, 2000, spread_order_id=7, leg=0, client_order_id=501, state=LEG_FILLED)
    log.fill(7, 1, 502, 2, 27_399)
    log.fill(7, 1, 502, 3, 27_404)
    log.state(7, COMPLETE, 9000, "every leg filled in proportion")
    (row,) = log.projection.rows()
    assert (row.spread_order_id, row.state, row.reason) == (7, "complete", "every leg filled in proportion")
    assert (row.value, row.threshold, row.direction, row.opening) == (-2.4, -2.0, 1, True)
    assert row.reaction_ns == 46_000, "the last of the first orders leaves 46 µs after the trigger"
    assert (row.started_ns, row.started_utc_ns, row.changed_ns) == (1000, 5_000_000_000, 9000)
    first, second = row.legs
    assert (first.side, first.target_lots, first.filled_lots, first.price_ticks) == ("buy", 4, 4, 26_341.0)
    assert first.state == "filled"
    assert (second.side, second.target_lots, second.filled_lots) == ("sell", 5, 5)
    assert second.price_ticks == 27_402.0, "(2 * 27399 + 3 * 27404) / 5"


def test_a_reorder_does_not_raise_the_target_and_an_unwind_takes_away() -> None:
    log = Log()
    log.trigger(1)
    log.new(1, 0, 11, BUY, 4)
    log.new(1, 1, 12, SELL, 5)
    log.fill(1, 0, 11, 4, 100)
    log.put(
        kinds.RECEIPT,
        2000,
        spread_order_id=1,
        leg=1,
        client_order_id=12,
        receipt=RECEIPT_REJECTED,
        reject_class=REJECT_THROTTLED,
    )
    log.put(kinds.LEG_ORDER_STATE, 2000, spread_order_id=1, leg=1, client_order_id=12, state=LEG_REJECTED)
    log.put(kinds.LADDER_STEP, 2000, spread_order_id=1, leg=1, step=STEP_RETRY, attempt=1, deficit_lots=5, reason="why")
    log.new(1, 1, 13, SELL, 5, ROLE_RETRY)
    log.new(1, 0, 14, SELL, 3, ROLE_UNWIND)
    log.fill(1, 0, 14, 3, 90)
    (row,) = log.projection.rows()
    assert (row.legs[0].filled_lots, row.legs[0].target_lots, row.legs[0].price_ticks) == (1, 4, 100.0)
    assert (row.legs[1].target_lots, row.legs[1].orders, row.legs[1].reject_class) == (5, 2, "throttled")
    (repair,) = row.repairs
    assert (repair.step, repair.attempt, repair.deficit_lots, repair.reason) == ("retry", 1, 5, "why")


def test_duplicates_count_nothing_and_a_bust_takes_back() -> None:
    log = Log()
    log.trigger(1)
    log.new(1, 0, 11, BUY, 4)
    log.fill(1, 0, 11, 4, 100)
    log.fill(1, 0, 11, 4, 100, counted=0)
    log.fill(1, 0, 11, 1, 100, counted=-1)
    (row,) = log.projection.rows()
    assert (row.legs[0].filled_lots, row.legs[0].price_ticks) == (3, 100.0)


def test_a_refusal_ends_the_order() -> None:
    log = Log()
    log.trigger(3)
    log.put(kinds.REFUSAL, 1000, spread_order_id=3, limit_name="naked", reason="limit")
    (row,) = log.projection.rows()
    assert (row.state, row.reason) == ("refused", "limit")


def test_the_story_holds_what_belongs_to_the_order_with_names_for_codes() -> None:
    log = Log()
    log.trigger(1)
    log.trigger(2)
    log.new(1, 0, 11, SELL, 4)
    log.put(kinds.SENT, 1000, client_order_id=11, sent_ns=1)
    log.fill(1, 0, 11, 4, 100)
    log.put(kinds.TIMER)
    story = log.projection.story(1)
    assert story is not None
    assert [line.event for line in story.lines] == ["trigger", "spread_order", "new", "sent", "receipt"]
    assert story.lines[1].fields["state"] == "proposed"
    assert (story.lines[2].fields["side"], story.lines[2].fields["role"]) == ("sell", "initial")
    assert (story.lines[4].fields["receipt"], story.lines[4].fields["reject_class"]) == ("fill", "none")
    assert [line.seq for line in story.lines] == [1, 2, 5, 6, 7]
    assert log.projection.story(9) is None


def test_alerts_in_both_languages_mark_their_order_with_the_worst_level() -> None:
    log = Log()
    log.put(kinds.CLOCK_SAMPLE, monotonic_ns=0, utc_ns=1_000_000_000)
    log.trigger(1)
    for level in (1, 2, 0):
        log.put(kinds.ALERT, 500, alert_id=1, level=level, spread_order_id=1, code="c", text_en="en", text_zh="中")
    alert = log.projection.alerts[0]
    assert (alert.level, alert.text_en, alert.text_zh, alert.utc_ns) == ("warning", "en", "中", 1_000_000_500)
    assert log.projection.rows()[0].alert_level == "critical"


def test_calendar_time_runs_at_the_engine_s_speed() -> None:
    projection = Projection()
    assert projection.utc_ns(5) == 0
    projection.speed_milli = 6000
    projection.observe_clock(100, 1_000_000)
    assert projection.utc_ns(110) == 1_000_060
    assert projection.utc_ns(90) == 999_940


def test_a_viewer_asks_for_what_it_has_not_seen() -> None:
    log = Log()
    log.trigger(1)
    log.trigger(2)
    seen = log.projection.last_seq
    assert [row.spread_order_id for row in log.projection.rows(seen)] == []
    log.state(1, WORKING)
    assert [row.spread_order_id for row in log.projection.rows(seen)] == [1]


def test_histories_are_bounded_and_working_orders_stay() -> None:
    log = Log()
    log.trigger(1)
    log.new(1, 0, 11, BUY, 4)
    for order in range(2, ORDERS_KEPT_MAX + 10):
        log.trigger(order)
        log.state(order, COMPLETE)
    kept = [row.spread_order_id for row in log.projection.rows()]
    assert len(kept) == ORDERS_KEPT_MAX
    assert kept[0] == 1 and kept[1] == 11, "the oldest ended orders left, the open one stayed"
    for _ in range(STORY_LINES_MAX + 5):
        log.state(1, WORKING)
        log.put(kinds.ALERT, code="c")
        log.put(kinds.GATE, gate="skew")
    story = log.projection.story(1)
    assert story is not None
    assert (len(story.lines), story.dropped_lines) == (STORY_LINES_MAX, 8)
    assert len(log.projection.alerts) == ALERTS_KEPT_MAX
    assert len(log.projection.activity) == ACTIVITY_KEPT_MAX


def test_receipts_that_belong_to_no_order_change_nothing() -> None:
    log = Log()
    log.fill(0, -1, 999, 1, 100)
    log.put(kinds.LEG_ORDER_STATE, spread_order_id=4, leg=0)
    log.put(kinds.LADDER_STEP, spread_order_id=4)
    log.put(kinds.SENT, client_order_id=999)
    log.put(kinds.REFUSAL, spread_order_id=4)
    assert log.projection.rows() == []


def configured(log: Log, instruments: list[str], spreads: list[str], sources: list[str]) -> None:
    sections = {
        "instruments": [{"symbol": symbol} for symbol in instruments],
        "spread": [{"name": name} for name in spreads],
        "source": [{"name": name} for name in sources],
    }
    log.put(kinds.CONFIGURATION, configuration=json.dumps(sections))


def test_rows_and_lines_follow_the_names_when_the_next_run_orders_them_otherwise() -> None:
    log = Log()
    configured(log, ["A", "B"], ["one", "two"], ["x", "y"])
    log.trigger(1)
    log.new(1, 0, 11, BUY, 4)
    log.new(1, 1, 12, SELL, 4)
    log.put(kinds.GATE, 5, spread_index=1, instrument_index=0, gate="quote_age")
    log.put(kinds.CONNECTION, 5, source=1, connected=1)
    changed_ns = log.projection.rows()[0].changed_ns
    configured(log, ["B", "C", "A"], ["new", "one"], ["x"])
    (row,) = log.projection.rows(log.seq - 1)
    assert (row.spread_index, [leg.instrument_index for leg in row.legs], row.changed_ns) == (1, [2, 0], changed_ns)
    gate, connection = log.projection.activity[-2:]
    assert (gate.fields["spread_index"], gate.fields["instrument_index"]) == ("two", 2)
    assert connection.fields["source"] == "y"
    story = log.projection.story(1)
    assert story is not None
    assert [line.fields["instrument_index"] for line in story.lines if line.event == "new"] == [2, 0]
    configured(log, ["B", "C", "A"], ["other"], ["x"])
    assert log.projection.rows()[0].spread_index == -1

"""The numbers of a log, against numbers worked by hand."""

import json
from typing import Any

import pytest

from cross_market_connect.audit.summary import figures, summarize
from cross_market_connect.domain.order import RECEIPT_FILL, RECEIPT_REJECTED
from cross_market_connect.domain.records import (
    CONFIGURATION,
    LADDER_STEP,
    LEG_ORDER,
    RECEIPT,
    SENT,
    SPREAD_ORDER,
    TRIGGER,
)
from cross_market_connect.domain.spread import (
    CANCELLED,
    COMPLETE,
    HALTED,
    REFUSED,
    RESIDUAL,
    ROLE_CHASE,
    ROLE_INITIAL,
    ROLE_RETRY,
    ROLE_UNWIND,
    STEP_CHASE,
    STEP_RETRY,
    STEP_UNWIND,
    UNWOUND,
    WORKING,
)
from cross_market_connect.journal.reader import LogReader
from tests.unit.support_records import log_of

US = 1_000


class Story:
    """Records of spread orders, with times in microseconds."""

    def __init__(self) -> None:
        self.records: list[tuple[int, int, int, int, dict[str, Any]]] = []

    def add(self, kind: int, at_us: int, **fields: Any) -> None:
        self.records.append((kind, 0, len(self.records) + 1, at_us * US, fields))

    def configure(self, *spreads: str) -> None:
        sections = {"source": [], "instruments": [], "spread": [{"name": name} for name in spreads]}
        self.add(CONFIGURATION, 0, configuration=json.dumps(sections))

    def trigger(self, order: int, at_us: int) -> None:
        self.add(TRIGGER, at_us, spread_order_id=order)

    def send(self, order: int, number: int, role: int, at_us: int, sent_us: int) -> None:
        self.add(LEG_ORDER, at_us, spread_order_id=order, client_order_id=number, role=role)
        if sent_us:
            self.add(SENT, at_us, client_order_id=number, sent_ns=sent_us * US)

    def refuse(self, order: int, number: int, at_us: int, duplicate: int = 0) -> None:
        fields = {"spread_order_id": order, "client_order_id": number, "duplicate": duplicate}
        self.add(RECEIPT, at_us, receipt=RECEIPT_REJECTED, **fields)

    def step(self, order: int, step: int, at_us: int) -> None:
        self.add(LADDER_STEP, at_us, spread_order_id=order, step=step)

    def state(self, order: int, state: int, at_us: int) -> None:
        self.add(SPREAD_ORDER, at_us, spread_order_id=order, state=state)

    def summary(self) -> dict[str, Any]:
        return summarize(LogReader(log_of(self.records), 1).records()).as_fields()


def test_nothing_counts_as_nothing_and_has_no_latency() -> None:
    none = {"p50": None, "p99": None, "max": None}
    assert Story().summary() == {
        "spread_orders": 0,
        **dict.fromkeys(("complete", "unwound", "cancelled", "residual", "halted"), 0),
        **dict.fromkeys(("repaired", "refused", "open", "rejects", "reorders"), 0),
        "latency_us": {"tick_to_orders": none, "reject_to_next_action": none, "leg_gap": none},
    }


def test_every_end_is_counted_under_its_name_and_refusals_apart() -> None:
    story = Story()
    ends = (COMPLETE, COMPLETE, UNWOUND, CANCELLED, RESIDUAL, HALTED, REFUSED, WORKING)
    for at, state in enumerate(ends):
        story.trigger(at + 1, at)
        story.state(at + 1, WORKING, at)
        story.state(at + 1, state, at)
    answer = story.summary()
    assert {name: answer[name] for name in ("complete", "unwound", "cancelled", "residual", "halted")} == {
        "complete": 2,
        "unwound": 1,
        "cancelled": 1,
        "residual": 1,
        "halted": 1,
    }
    assert (answer["spread_orders"], answer["refused"], answer["open"]) == (7, 1, 1)


def test_each_spread_has_its_own_count() -> None:
    story = Story()
    story.configure("first", "second", "third")
    for order, spread, end in ((1, 0, COMPLETE), (2, 1, COMPLETE), (3, 1, UNWOUND), (4, 1, REFUSED)):
        story.add(SPREAD_ORDER, 0, spread_order_id=order, spread_index=spread, state=end)
    story.step(2, STEP_CHASE, 0)
    found = summarize(LogReader(log_of(story.records), 1).records()).by_spread(["first", "second", "third"])
    named = {name: (f["spread_orders"], f["complete"], f["unwound"], f["repaired"]) for name, f in found.items()}
    assert named == {"first": (1, 1, 0, 0), "second": (2, 1, 1, 1), "third": (0, 0, 0, 0)}


def test_a_spread_is_counted_by_its_name_when_the_next_run_orders_them_otherwise() -> None:
    story = Story()
    story.configure("first", "second")
    story.add(SPREAD_ORDER, 0, spread_order_id=1, spread_index=1, state=COMPLETE)
    story.configure("second", "first")
    story.add(SPREAD_ORDER, 0, spread_order_id=2, spread_index=1, state=UNWOUND)
    story.add(SPREAD_ORDER, 0, spread_order_id=3, spread_index=-1, state=COMPLETE)
    found = summarize(LogReader(log_of(story.records), 1).records()).by_spread(["second", "first"])
    assert {name: (f["complete"], f["unwound"]) for name, f in found.items()} == {"second": (1, 0), "first": (0, 1)}


def test_repaired_is_completed_after_a_re_order_and_nothing_else() -> None:
    story = Story()
    for order, step, end in (
        (1, STEP_RETRY, COMPLETE),
        (2, STEP_CHASE, COMPLETE),
        (3, STEP_UNWIND, COMPLETE),
        (4, STEP_RETRY, UNWOUND),
        (5, 0, COMPLETE),
    ):
        story.trigger(order, 0)
        if step:
            story.step(order, step, 1)
        story.state(order, end, 2)
    assert story.summary()["repaired"] == 2


def test_an_order_that_a_late_fill_opened_again_counts_where_it_ended_last() -> None:
    story = Story()
    story.trigger(1, 0)
    for state in (COMPLETE, WORKING, UNWOUND):
        story.state(1, state, 1)
    answer = story.summary()
    assert (answer["spread_orders"], answer["complete"], answer["unwound"]) == (1, 0, 1)


def test_refusals_said_twice_count_once_and_fills_and_unowned_ones_do_not() -> None:
    story = Story()
    story.trigger(1, 0)
    story.refuse(1, 11, 1)
    story.refuse(1, 11, 2, duplicate=1)
    story.refuse(0, 99, 3)
    story.add(RECEIPT, 4, spread_order_id=1, client_order_id=11, receipt=RECEIPT_FILL)
    assert story.summary()["rejects"] == 1


def test_re_orders_are_retries_and_chases() -> None:
    story = Story()
    for number, role in enumerate((ROLE_INITIAL, ROLE_INITIAL, ROLE_RETRY, ROLE_CHASE, ROLE_CHASE, ROLE_UNWIND)):
        story.send(1, number, role, 0, 0)
    assert story.summary()["reorders"] == 3


def test_latencies_by_hand() -> None:
    """Trigger at 100 us, legs sent at 130 and 137; refused at 500, the retry sent at 542: 37, 7 and 42 us."""
    story = Story()
    story.trigger(1, 100)
    story.send(1, 11, ROLE_INITIAL, 100, 130)
    story.send(1, 12, ROLE_INITIAL, 100, 137)
    story.refuse(1, 12, 500)
    story.send(1, 13, ROLE_RETRY, 500, 542)
    story.send(1, 14, ROLE_CHASE, 900, 950)
    latency = story.summary()["latency_us"]
    assert latency["tick_to_orders"] == {"p50": 37.0, "p99": 37.0, "max": 37.0}
    assert latency["leg_gap"] == {"p50": 7.0, "p99": 7.0, "max": 7.0}
    assert latency["reject_to_next_action"] == {"p50": 42.0, "p99": 42.0, "max": 42.0}


def test_a_spread_order_with_a_leg_that_never_left_has_no_time_to_orders() -> None:
    story = Story()
    story.trigger(1, 100)
    story.send(1, 11, ROLE_INITIAL, 100, 130)
    story.send(1, 12, ROLE_INITIAL, 100, 0)
    latency = story.summary()["latency_us"]
    assert latency["tick_to_orders"]["max"] is None
    assert latency["leg_gap"]["max"] is None


@pytest.mark.parametrize(
    ("samples_us", "p50", "p99", "largest"),
    [
        ([7], 7.0, 7.0, 7.0),
        ([9, 1], 1.0, 9.0, 9.0),
        ([3, 1, 2], 2.0, 3.0, 3.0),
        (list(range(1, 101)), 50.0, 99.0, 100.0),
        (list(range(200, 0, -1)), 100.0, 198.0, 200.0),
        (list(range(1, 102)), 51.0, 100.0, 101.0),
    ],
)
def test_percentiles_are_nearest_ranks(samples_us: list[int], p50: float, p99: float, largest: float) -> None:
    """The k-th smallest with k = ceil(p/100 * n): of 101 samples the 51st, the 100th, the 101st."""
    assert figures([sample * US for sample in samples_us]) == {"p50": p50, "p99": p99, "max": largest}

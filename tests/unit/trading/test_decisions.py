"""What stands in the records of a spread order's life, worked out by hand: whoever reads them has nothing else."""

import pytest

from cross_market_connect.domain.order import REJECT_INSUFFICIENT
from cross_market_connect.domain.records import (
    ALERT,
    ALIGNMENT,
    GATE,
    LEG_ORDER,
    LEG_ORDER_STATE,
    RECEIPT,
    RELEASE,
    RESERVATION,
    SPREAD_ORDER,
    TRIGGER,
)
from cross_market_connect.domain.spread import LEG_FILLED, LEG_PENDING_NEW, LEG_REJECTED, UNWINDING, WORKING
from cross_market_connect.trading.gates import GATE_CANCEL_ONLY, GATE_CLOCK_STEP, GATE_DURABILITY, GATE_STOPPING
from tests.unit.trading.support import MS, Bench, definition, set_book
from tests.unit.trading.venue import FakeVenue


def opened() -> Bench:
    """One spread order: quotes of A 7 ms and of B 2 ms before the step that sees both."""
    bench = Bench(margin_per_lot_e4=7)
    began = bench.now_ns
    set_book(bench.books[0], [(998, 40)], [(1000, 50)], began)
    set_book(bench.books[1], [(1000, 60)], [(1003, 70)], began + 5 * MS)
    bench.now_ns = began + 7 * MS
    bench.input()
    bench.desk.on_book(1)
    return bench


def test_a_trigger_and_what_follows_from_it_before_anything_is_sent() -> None:
    bench = opened()
    assert bench.log.of(TRIGGER) == [
        {
            "spread_order_id": 1,
            "spread_index": 0,
            "direction": 1,
            "opening": 1,
            "value_e9": 0,  # 1000 asked for A, 1000 bid for B
            "threshold_e9": 0,
            "fx_e9": 1_000_000_000,
            "skew_ns": 5 * MS,
            "oldest_quote_age_ns": 7 * MS,
            "rule": "open_buy",
            "quotes": "XV00.I0 998x40/1000x50 XV01.I1 1000x60/1003x70",
        }
    ]
    assert bench.log.of(ALIGNMENT) == [
        {
            "spread_order_id": 1,
            "wanted_units": 3,
            "reference_lots": 3,
            "hedge_error_e4": 0,
            "tolerance_e4": 1_500_000,  # 5 % of 3 lots at 1000, each worth 1.0000 a tick
            "residual_e9": 0,
            "quantities": "3:3",
            "limit_prices": "1002:998",  # two ticks of payup on the far side
            "exact_lots_e9": "3000000000:3000000000",
        }
    ]
    assert bench.log.of(RESERVATION) == [
        {
            "spread_order_id": 1,
            "naked_worst_e4": 30_000_000,  # one leg filled: 3 lots at 1000
            "reserved_lots": 6,
            "notional_e4": 60_000_000,
            "limits": "",
        }
    ]


def test_each_order_stands_there_whole_before_it_is_sent() -> None:
    bench = opened()
    first, second = bench.log.of(LEG_ORDER)
    assert first == {
        "spread_order_id": 1,
        "leg": 0,
        "client_order_id": 1_000_000_001,
        "instrument_index": 0,
        "side": 1,
        "order_type": 1,
        "time_in_force": 3,
        "limit_price_ticks": 1002,
        "quantity_lots": 3,
        "open_close": 1,
        "role": 0,
        "attempt": 0,
        "route": 0,
        "decision_utc_ns": bench.now_ns,
        "market": "XV00",
        "instrument": "XV00.I0",
        "account": "a0",
        "reason": "initial",
    }
    assert second == {
        **first,
        "leg": 1,
        "client_order_id": 1_000_000_002,
        "instrument_index": 1,
        "side": -1,
        "limit_price_ticks": 998,
        "route": 1,
        "market": "XV01",
        "instrument": "XV01.I1",
        "account": "a1",
    }


def test_a_fill_a_refusal_and_the_unwind_that_follows() -> None:
    bench = opened()
    venue = FakeVenue(bench, quotes_flow=False)
    bought, sold = (int(command.client_order_id) for command in bench.routes.sent)
    venue.fills_all(bought)
    venue.rejects(sold, REJECT_INSUFFICIENT)
    counted = [(row["client_order_id"], row["last_lots"], row["counted_lots"]) for row in bench.log.of(RECEIPT)]
    assert counted == [(bought, 3, 3), (sold, 0, 0)]
    moves = [(row["leg"], row["state_before"], row["state"], row["reason"]) for row in bench.log.of(LEG_ORDER_STATE)]
    assert moves == [(0, LEG_PENDING_NEW, LEG_FILLED, "filled"), (1, LEG_PENDING_NEW, LEG_REJECTED, "rejected")]
    last = bench.log.of(SPREAD_ORDER)[-1]
    assert last == {
        "spread_order_id": 1,
        "spread_index": 0,
        "state_before": WORKING,
        "state": UNWINDING,
        "direction": 1,
        "opening": 1,
        "halt_code": 0,
        "strategy": "bench",
        "reason": "leg behind: refused, insufficient",
        "follow_up": "unwind",
    }
    (alert,) = bench.log.of(ALERT)
    assert (alert["alert_id"], alert["code"], alert["spread_order_id"]) == (1, "unwind", 1)
    unwind = bench.log.of(LEG_ORDER)[-1]
    assert (unwind["leg"], unwind["side"], unwind["quantity_lots"], unwind["open_close"]) == (0, -1, 3, 2)
    assert (unwind["role"], unwind["attempt"], unwind["reason"]) == (3, 1, "unwind")
    assert bench.log.of(RELEASE) == []
    venue.fills_all(int(bench.routes.sent[-1].client_order_id))
    assert [row["spread_order_id"] for row in bench.log.of(RELEASE)] == [1]


def test_an_order_that_closes_says_so() -> None:
    bench = opened()
    venue = FakeVenue(bench, quotes_flow=False)
    for command in list(bench.routes.sent):
        venue.fills_all(int(command.client_order_id))
    bench.wait(60_000 * MS)
    bench.set_quotes((1010, 1011), (999, 1000))
    closing = bench.log.of(TRIGGER)[-1]
    assert (closing["opening"], closing["direction"], closing["rule"]) == (0, -1, "close_sell")
    assert (closing["value_e9"], closing["threshold_e9"]) == (10_000_000_000, 10_000_000_000)
    assert (closing["skew_ns"], closing["oldest_quote_age_ns"]) == (0, 0)
    assert bench.log.of(SPREAD_ORDER)[-1]["opening"] == 0
    assert [row["open_close"] for row in bench.log.of(LEG_ORDER)[-2:]] == [2, 2]


def test_three_legs_are_told_apart_in_the_quotes_and_the_quantities() -> None:
    bench = Bench(definition(ratios=(1, 1, 2), sides=(1, -1, -1)))
    bench.set_quotes((999, 1000), (400, 401), (300, 301), lots=50)
    assert bench.log.of(TRIGGER)[0]["quotes"] == ("XV00.I0 999x50/1000x50 XV01.I1 400x50/401x50 XV02.I2 300x50/301x50")
    assert bench.log.of(ALIGNMENT)[0]["quantities"] == "3:3:6"


@pytest.mark.parametrize("gate", ["stopping", "durability", "clock_step", "cancel_only"])
def test_what_the_engine_itself_forbids_is_recorded_once_and_sends_nothing(gate: str) -> None:
    bench = Bench()
    desk = bench.desk
    observed = 0
    if gate == "stopping":
        desk.stopping, number = True, GATE_STOPPING
    elif gate == "durability":
        desk.durable, number = False, GATE_DURABILITY
    elif gate == "clock_step":
        observed = desk.clock_step_ns = 70 * MS
        number = GATE_CLOCK_STEP
    else:
        desk.safety.cancel_only, number = True, GATE_CANCEL_ONLY
    for _ in range(2):
        bench.set_quotes((999, 1000), (1000, 1001))
    (row,) = bench.log.of(GATE)
    assert row["gate"] == gate
    assert (row["spread_index"], row["direction"], row["instrument_index"]) == (0, 1, -1)
    assert (row["observed"], row["limit"]) == (observed, 0)
    assert desk.triggers[0].gate == number
    assert bench.routes.sent == [] and bench.log.of(TRIGGER) == []

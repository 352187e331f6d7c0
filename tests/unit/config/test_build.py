"""The core's values of the shipped configuration, worked out by hand."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cross_market_connect.config.build import (
    apply_admission,
    build_clock,
    build_conditions,
    build_day_limits,
    build_instruments,
    build_limits,
    build_margins_e4,
    orders_per_second_max,
)
from cross_market_connect.config.build_spread import build_spreads
from cross_market_connect.config.demonstration import DEMO_FILE
from cross_market_connect.config.layers import read_toml
from cross_market_connect.config.models import Settings, VenueClockBounds
from cross_market_connect.config.settings import load
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.ports import SessionHours
from cross_market_connect.domain.records import RecordSink
from cross_market_connect.domain.spread import DIFFERENCE, STEP_CHASE, STEP_HALT, STEP_RETRY, STEP_UNWIND
from cross_market_connect.domain.step import Step
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.trading.admission import Admission
from cross_market_connect.trading.conditions import (
    CONDITION_DAYS_TO_LAST_TRADING,
    CONDITION_NAMES,
    InstrumentConditions,
)
from cross_market_connect.trading.counters import COUNT_CANCELS, COUNT_ORDERS, NO_LIMIT
from cross_market_connect.trading.reservation import ReservationLedger


def load_demo(overrides: dict[str, object] | None = None, path: Path = DEMO_FILE) -> tuple[Settings, list[Instrument]]:
    settings = load(path, overrides, environment={}, require_secrets=False)
    return settings, build_instruments(settings, load_reference(), 20210104)


def test_instruments_are_numbered_and_narrowed() -> None:
    _, instruments = load_demo()
    assert [(instrument.index, instrument.symbol) for instrument in instruments] == [
        (0, "CCFX.IF2101"),
        (1, "XHKF.HSIF1"),
        (2, "XCFE.HKDCNY"),
    ]
    assert [instrument.quantity_max_lots for instrument in instruments] == [20, 50, 1]


def test_an_instrument_is_never_widened_beyond_the_venue() -> None:
    changes: dict[str, object] = {"instruments.0": {"symbol": "CCFX.IF2101", "quantity_max_lots": 500}}
    _, instruments = load_demo(changes)
    assert instruments[0].quantity_max_lots == 20


def test_the_spread_is_what_the_file_says() -> None:
    settings, instruments = load_demo()
    (spread,) = build_spreads(settings, instruments)
    future, hang_seng = spread.legs
    assert (future.side, future.ratio_e9, future.multiplier, future.fx_e8) == (1, 1_000_000_000, 1.0, 100_000_000)
    assert (hang_seng.side, hang_seng.ratio_e9, hang_seng.multiplier) == (-1, 0, 0.22632)
    assert (hang_seng.fx_rate, hang_seng.fx_e8) == (0.84164, 84_164_000)
    assert (future.route, hang_seng.route) == (0, 2)
    assert (future.account, hang_seng.account) == ("china_futures", "hong_kong_futures")
    assert future.quote_age_ns_max == 1_000_000_000
    assert (spread.reference_lots, spread.position_lots_max, spread.tolerance_e6) == (3, 3, 50_000)
    assert spread.deadline_ns == 3_000_000_000
    rule = spread.rule
    assert (rule.form, rule.buy_enter, rule.buy_exit, rule.sell_enter, rule.sell_exit) == (
        DIFFERENCE,
        -2.0,
        -0.5,
        2.0,
        0.5,
    )
    assert (rule.cool_down_ns, rule.closing_margin_ns, rule.hysteresis) == (50_000_000, 300_000_000_000, 0.2)
    steps = [(step.step, step.attempts, step.payup_ticks, step.slippage_ticks_max) for step in spread.ladder]
    assert steps == [(STEP_RETRY, 2, 0, 0), (STEP_CHASE, 3, 3, 12), (STEP_UNWIND, 12, 5, 200), (STEP_HALT, 1, 0, 0)]


def test_limits_come_from_the_most_specific_scope() -> None:
    settings, instruments = load_demo()
    limits = build_limits(settings, instruments)
    assert list(limits.order_lots_max) == [5, 8, -1]
    assert list(limits.order_value_e4_max) == [60_000_000_000, 60_000_000_000, -1]
    assert list(limits.position_lots_max) == [12, 16, -1]
    assert list(limits.naked_e4_max) == [60_000_000_000]
    assert list(limits.margin_e4_max) == [30_000_000_000, -1, 30_000_000_000, -1]
    assert orders_per_second_max(settings, "ccfx_orders") == 50
    assert orders_per_second_max(settings, "ccfx_quotes") == 0


FIRM: dict[str, object] = {
    "scope": "firm",
    "order_lots_max": 9,
    "order_value_max": 6_000_000,
    "position_lots_max": 9,
    "naked_value_max": 6_000_000,
    "margin_max": 3_000_000,
    "orders_per_second_max": 10,
}


@pytest.mark.parametrize(
    ("scope", "name", "expected"),
    [("strategy", "if_hsi", 2), ("market", "CCFX", 5), ("account", "china_futures", 5)],
)
def test_a_strategy_outranks_the_instrument_which_outranks_the_rest(scope: str, name: str, expected: int) -> None:
    of_instrument = {"scope": "instrument", "name": "CCFX.IF2101", "order_lots_max": 5}
    of_scope = {"scope": scope, "name": name, "order_lots_max": 2}
    settings, instruments = load_demo({"limit": [FIRM, of_instrument, of_scope]})
    limits = build_limits(settings, instruments)
    assert limits.order_lots_max[0] == expected
    assert limits.order_lots_max[1] == (2 if scope == "strategy" else 9)


def test_spreads_that_share_an_instrument_share_the_tighter_limit() -> None:
    spread = read_toml(DEMO_FILE)["spread"]
    assert isinstance(spread, list)
    limits: list[dict[str, object]] = [FIRM]
    limits += [{"scope": "strategy", "name": name, "order_lots_max": lots} for name, lots in [("one", 3), ("two", 4)]]
    both = [spread[0] | {"name": "one"}, spread[0] | {"name": "two"}]
    settings, instruments = load_demo({"limit": limits, "spread": both})
    assert list(build_limits(settings, instruments).order_lots_max) == [3, 3, -1]
    assert [definition.index for definition in build_spreads(settings, instruments)] == [0, 1]


def test_margins_are_in_the_base_currency() -> None:
    settings, instruments = load_demo()
    # HKD 130,000 x 0.84164 = CNY 109,413.20
    assert build_margins_e4(settings, instruments) == [1_880_000_000, 1_094_132_000, 0]


def test_throttles_day_limits_and_the_check_for_duplicates_come_from_their_scopes() -> None:
    of_account = {"scope": "account", "name": "china_futures", "cancels_per_day_max": 500, "orders_per_second_max": 40}
    of_instrument = {"scope": "instrument", "name": "CCFX.IF2101", "cancels_per_day_max": 50}
    throttle = [{"messages_max": 6, "window_ms": 1000}, {"messages_max": 300, "window_ms": 60000, "reserve": 10}]
    settings, instruments = load_demo(
        {
            "limit": [FIRM, of_account, of_instrument],
            "engine.duplicate_orders_max": 3,
            "source.ccfx_orders.throttle": throttle,
        }
    )
    limits = build_limits(settings, instruments)
    route = settings.source_index("ccfx_orders")
    found = [window.limit for window in limits.throttle(route).windows]
    windows = [(int(limit.messages_max), int(limit.span_ns), int(limit.reserve)) for limit in found]
    second, margin = 1_000_000_000, 5_000_000
    assert windows == [
        (40, second + margin, 10),
        (6, second + margin, 1),
        (300, 60 * second + margin, 10),
    ]
    ledger = ReservationLedger(limits, [0 for _ in instruments], 1, len(settings.source))
    admission = Admission(Step(RecordSink()), ledger, [SessionHours() for _ in instruments])
    apply_admission(settings, build_day_limits(settings, instruments), admission)
    counters = admission.counters
    assert counters.limit(route, 0, COUNT_CANCELS) == 50
    assert counters.limit(route, 0, COUNT_ORDERS) == NO_LIMIT
    assert counters.limit(settings.source_index("xhkf_orders"), 1, COUNT_CANCELS) == NO_LIMIT
    assert (admission.duplicates.orders_max, admission.duplicates.window_ns) == (3, second)


def test_a_feed_s_clock_is_calibrated_within_the_bounds_that_the_file_says() -> None:
    bounds = VenueClockBounds(way_min_us=50, way_max_us=150, stamp_unit_us=0, snapshot_period_ms=500, queue_max_ms=80)
    built = build_clock(bounds)
    assert built is not None and build_clock(None) is None
    told = built.bounds
    assert (told.way_min_ns, told.way_max_ns, told.stamp_unit_ns) == (50_000, 150_000, 0)
    assert (told.period_ns, told.queue_max_ns) == (500_000_000, 80_000_000)


def test_conditions_and_forced_exits_are_what_the_file_says() -> None:
    changes: dict[str, object] = {
        "instruments.0": {
            "symbol": "CCFX.IF2101",
            "sellable_lots": 7,
            "days_to_last_trading": 9,
            "corporate_action": True,
            "skew_uncertainty_ms": 3,
            "odd_lots_sell": True,
        },
        "spread.if_hsi.trigger.stop_loss": Decimal("4.5"),
        "spread.if_hsi.trigger.holding_minutes_max": 90,
        "spread.if_hsi.trigger.exit_from": datetime.time(14, 55),
        "spread.if_hsi.trigger.trigger_interval_ms": 5_000,
        "spread.if_hsi.execution": {"sequence": "slow_first", "naked_budget": 12, "budget_owner": "desk"},
        "spread.if_hsi.leg.0.one_way_delay_us": 40,
    }
    settings, instruments = load_demo(changes)
    future, hang_seng, _ = build_conditions(settings, load_reference(), 20210104)
    plain = InstrumentConditions()
    # What nobody states is nothing special, but for the end of the contract, which the tables know: 28 January 2021.
    plain.values[CONDITION_DAYS_TO_LAST_TRADING] = 18
    assert list(hang_seng.values) == list(plain.values)
    stated = dict(zip(CONDITION_NAMES, map(int, future.values), strict=True))
    assert (stated["sellable_lots"], stated["days_to_last_trading"], stated["corporate_action"]) == (7, 9, 1)
    assert (stated["skew_uncertainty_ns"], stated["borrow_lots"]) == (3_000_000, 10**12)
    assert [bool(one.odd_lots_sell) for one in instruments] == [True, False, False]
    (spread,) = build_spreads(settings, instruments)
    rule, minute = spread.rule, 60_000_000_000
    assert (rule.stop_loss, rule.holding_ns_max, rule.trigger_interval_ns) == (4.5, 90 * minute, 5_000_000_000)
    assert (rule.exit_from_ns, rule.exit_until_ns) == (895 * minute, 1_440 * minute)
    execution = spread.execution
    assert (execution.sequence, execution.naked_budget_e4, execution.budget_owner) == (1, 120_000, "desk")
    assert execution.legs[0].one_way_delay_ns == 40_000


def test_quoting_is_what_the_file_says() -> None:
    changes: dict[str, object] = {
        "spread.if_hsi.quoting": {
            "lean_lots_min": 5,
            "outside_slop_ticks": 1,
            "requote_ms_min": 20,
            "in_flight": "always_wait",
        },
        "spread.if_hsi.leg.1.quotes": True,
    }
    settings, instruments = load_demo(changes)
    execution = build_spreads(settings, instruments)[0].execution
    assert execution.quoting is not None
    quoting = execution.quoting
    assert (quoting.lean_lots_min, quoting.inside_slop_ticks, quoting.outside_slop_ticks) == (5, 0, 1)
    assert quoting.requote_ns_min == 20_000_000
    assert [bool(leg.is_quoting) for leg in execution.legs] == [False, True]
    assert execution.waits_in_flight and not execution.keeps_queue_price
    plain, instruments = load_demo()
    assert build_spreads(plain, instruments)[0].execution.quoting is None

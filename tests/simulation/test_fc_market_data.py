"""Failure cases of what is known of the markets: old, skewed, rounded, dead or repeated data must not trade."""

from decimal import Decimal

from cross_market_connect.domain.records import CLOCK_STEP, FEED_HEALTH, GATE, RECEIPT, SESSION_EVENT, TRIGGER
from cross_market_connect.simulation.pair import Market
from cross_market_connect.simulation.scenario import Scenario


def gates(world: Scenario) -> list[str]:
    return [str(seen.fields["gate"]) for seen in world.records(int(GATE))]


def test_fc_08_an_old_quote_of_one_leg_is_not_traded() -> None:
    """A's quote is 6 s old and the limit is 5 s; B quotes 50 times: one gate, no order; a fresh quote of A trades."""
    world = Scenario().begin()
    world.venues["A"].quote(9_999, 10_000)
    world.run_for(6_000)
    for tick in range(50):
        world.venues["B"].quote(10_010, 10_011 + tick % 2)
        world.run_for(1)
    assert gates(world) == ["quote_age"]
    assert world.orders_received() == (0, 0)
    world.venues["A"].quote(9_998, 10_000)
    world.run_for(50)
    assert world.positions() == (4, -4)


def test_fc_08_quotes_of_different_times_are_not_compared() -> None:
    """A's quote is young enough alone, but 900 ms older than B's where 500 ms are allowed."""
    world = Scenario(overrides={"spread.pair.trigger.skew_ms_max": 500}).begin()
    world.venues["A"].quote(9_999, 10_000)
    world.run_for(900)
    world.venues["B"].quote(10_010, 10_011)
    world.run_for(50)
    assert gates(world) == ["skew"]
    assert world.orders_received() == (0, 0)
    world.venues["A"].quote(9_998, 10_000)
    world.run_for(50)
    assert world.positions() == (4, -4)


def test_fc_09_a_ratio_is_compared_at_full_precision() -> None:
    """10033 to 10000 is 1.0033 exactly: bought at a threshold of 1.0033, and not at 1.0032."""

    def play(threshold: str) -> Scenario:
        trigger = {
            "form": "ratio",
            "buy_enter": Decimal(threshold),
            "buy_exit": 2,
            "sell_enter": 3,
            "sell_exit": Decimal("0.5"),
        }
        overrides = {f"spread.pair.trigger.{key}": value for key, value in trigger.items()}
        world = Scenario(overrides=overrides).begin()
        world.venues["A"].quote(10_032, 10_033)
        world.venues["B"].quote(10_000, 10_001)
        world.run_for(50)
        return world

    assert play("1.0032").orders_received() == (0, 0)
    world = play("1.0033")
    assert world.positions() == (4, -4)
    assert [seen.fields["value_e9"] for seen in world.records(int(TRIGGER))] == [1_003_300_000]


def test_fc_23_the_trigger_and_the_money_use_one_recorded_rate() -> None:
    """B in HKD at 0.9: 10000 - 0.9 x 10010 = 991; the rate is on record with the trigger, and the limits use it too."""
    overrides = {
        "spread.pair.trigger.buy_enter": 991,
        "limit.0.naked_value_max": 40_000,
        "limit.0.order_value_max": 40_000,
    }
    world = Scenario(Market("A"), Market("B", currency="HKD"), rates={"HKD": "0.9"}, overrides=overrides).begin()
    world.trigger()
    world.run_for(50)
    assert world.positions() == (4, -4)
    (trigger,) = world.records(int(TRIGGER))
    assert trigger.fields["value_e9"] == 991 * 10**9
    assert trigger.fields["fx_e9"] == 900_000_000


def test_fc_26_quotes_are_asked_for_again_after_every_log_on() -> None:
    world = Scenario().begin()
    world.venues["B"].quote(10_000, 10_001)
    world.run_for(50)
    world.venues["B"].disconnect_quotes()
    world.run_for(50)
    world.run_until(world.is_up, 1_000)
    world.trigger()
    world.run_for(50)
    assert world.alerts() == ["session_lost"]
    assert world.positions() == (4, -4)


def test_fc_26_a_session_that_is_up_without_quotes_is_noticed() -> None:
    """The price server is dead behind a session that logs on: nothing trades, people are told once, it is asked again
    and again, and its return is told too."""
    world = Scenario().begin()
    world.venues["B"].mute_quotes(True)
    world.venues["B"].disconnect_quotes()
    world.run_for(1_000)
    assert world.is_up()
    world.trigger()
    world.run_for(6_000)
    assert world.orders_received() == (0, 0)
    assert world.alerts() == ["session_lost", "quotes_silent"]
    asked = [seen.fields["event"] for seen in world.records(int(SESSION_EVENT))].count("subscription_unanswered")
    assert asked == 3
    world.venues["B"].mute_quotes(False)
    world.run_for(2_500)
    world.trigger()
    world.run_for(50)
    assert world.alerts()[-1] == "quotes_back"
    assert world.positions() == (4, -4)


def test_fc_26_feeds_are_watched_heartbeats_are_heard_and_figures_are_on_record_every_minute() -> None:
    """Nothing but heartbeats for most of two minutes: nobody is told of a silence, and each feed's figures are kept."""
    world = Scenario().begin()
    world.trigger()
    world.run_for(50)
    world.run_for(125_000)
    assert world.alerts() == []
    health = [seen.fields for seen in world.records(int(FEED_HEALTH))]
    feeds = {fields["source"] for fields in health}
    assert len(feeds) == 2 and len(health) == 4
    for fields in health:
        assert fields["books_live"] == 1 and fields["messages"] >= 1 and fields["packets"] >= 3
        assert 0 <= fields["quiet_ns"] <= 31_000_000_000 and fields["gaps"] == fields["malformed"] == 0


def test_fc_27_what_the_venue_sends_again_on_reconnect_is_applied_once() -> None:
    """B's line breaks after its fills are sent: they come again by the resend request, beside the status answers."""
    world = Scenario(
        rules={
            "B": [{"fault": "partial", "fill_lots": 3}, {"fault": "drop"}, {"fault": "late_fill", "delay_ns": 10**8}]
        }
    ).begin()
    world.trigger()
    world.settle()
    world.run_for(1_000)
    again = [seen for seen in world.records(int(RECEIPT)) if seen.fields["duplicate"]]
    assert len(again) >= 2
    first_order = world.sent()[1].fields["client_order_id"]
    about_it = [seen for seen in world.records(int(RECEIPT)) if seen.fields["client_order_id"] == first_order]
    assert sum(int(seen.fields["counted_lots"]) for seen in about_it) == 4
    assert int(world.venues["B"].orders()[0].cumulative_lots) == 4
    assert sum(world.positions()) == 0
    ledger = world.engine.running().desk.ledger
    assert (int(ledger.position_lots[0]), int(ledger.position_lots[1])) == world.positions()


def test_fc_27_a_venue_that_begins_its_numbers_anew_loses_and_doubles_nothing() -> None:
    """B fails over with an order in flight: sequence numbers from 1, no resend; the order's status decides."""
    world = Scenario(rules={"B": [{"fault": "silent"}]}).begin()
    world.trigger()
    world.run_for(50)
    world.venues["B"].forget_sessions()
    world.settle()
    assert world.orders_received() == (1, 1)
    assert world.positions() == (4, -4)
    assert world.states()[-1] == "complete"


def test_fc_28_a_clock_step_makes_no_quote_fresh_and_none_stale() -> None:
    """The calendar is set back an hour, then forward again: ages are monotonic, each step is on record and told."""
    world = Scenario().begin()
    world.trigger()
    world.venues["B"].quote(10_000, 10_001)
    world.run_for(100)
    world.step_clock(-3_600_000)
    world.run_for(100)
    world.step_clock(3_600_000)
    world.run_for(100)
    steps = [int(seen.fields["step_ns"]) for seen in world.records(int(CLOCK_STEP))]
    assert steps == [-3_600 * 10**9, 3_600 * 10**9]
    assert world.alerts() == ["clock_step", "clock_step"]
    world.step_clock(0)
    world.venues["B"].quote(10_010, 10_011)
    world.run_for(50)
    assert (gates(world), world.orders_received()) == (["clock_step"], (0, 0)), "a quote from before the step trades"
    world.venues["A"].quote(9_998, 10_000)
    world.run_for(50)
    assert world.positions() == (4, -4)
    world = Scenario().begin()
    world.venues["A"].quote(9_999, 10_000)
    world.run_for(6_000)
    world.step_clock(-6_000)
    world.step_clock(0)
    world.venues["B"].quote(10_010, 10_011)
    world.run_for(50)
    assert gates(world) == ["quote_age"]
    assert world.orders_received() == (0, 0)

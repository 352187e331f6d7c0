"""Shanghai gold over FIX against COMEX gold over MDP 3.0: what happens to the multicast while a spread order is open.

The figures are those of docs/spreads.md, section 3: 28 lots of 1,000 g against 9 lots of 100 troy ounces, at 6.4635 CNY
a USD. B's order waits at the desk for 50 ms and then finds a counterparty for 4 of its 9 lots, so that the rest must be
ordered again, in a market of which no datagram has told since.
"""

from __future__ import annotations

from decimal import Decimal

from cross_market_connect.domain.book import BOOK_LIVE, BOOK_STATE_NAMES
from cross_market_connect.domain.records import FEED_EVENT, TRIGGER
from cross_market_connect.simulation.hosts import LIVE_PORT
from cross_market_connect.simulation.pair import Market
from cross_market_connect.simulation.scenario import MILLISECOND_NS, Scenario

# Snapshots come at whole seconds after the start.
LOOP_MS = 1_000
# How long a replay that failed is left alone.
PAUSE_MS = 10_000
AU_BID, AU_ASK = 20_155, 20_156  # 403.10 and 403.12 in ticks of 0.02
GC_BID, GC_ASK = 19_449, 19_451  # 1,944.9 and 1,945.1 in ticks of 0.1
# 403.12 - 1,944.9 x 6.4635 / 31.1034768
VALUE = Decimal("-1.042571")
HELD = {"fault": "hold", "delay_ns": 50 * MILLISECOND_NS}
PARTIAL = {"fault": "partial", "fill_lots": 4}


def gold(*rules: dict[str, object], replays: bool = False) -> Scenario:
    """Both markets open and COMEX quoted, 100 ms before the snapshots of the next second."""
    shanghai = {"price_decimals": 2, "tick": Decimal("0.02"), "multiplier": 1_000, "price_unit": "gram"}
    comex = {"price_decimals": 1, "tick": Decimal("0.1"), "multiplier": 100, "price_unit": "troy_ounce"}
    world = Scenario(
        Market("A", instrument=shanghai),
        Market("B", currency="USD", instrument=comex, multicast=True, replays=replays),
        rules={"B": rules},
        rates={"USD": "6.4635"},
        overrides={
            "spread.pair.unit": "gram",
            "spread.pair.leg.0.ratio": 28,
            "spread.pair.leg.1.ratio": 9,
            "spread.pair.trigger.buy_enter": -1,
            "spread.pair.trigger.buy_exit": 1_000,
            "spread.pair.trigger.sell_enter": 2_000,
            "spread.pair.trigger.sell_exit": -1_000,
            "spread.pair.quantity.reference_lots": 28,
            "spread.pair.quantity.position_units_max": 1,
            "spread.pair.quantity.hedge_tolerance_percent": 1,
        },
    ).begin()
    world.run_until(lambda: world.world.now_ns % (LOOP_MS * MILLISECOND_NS) >= 900 * MILLISECOND_NS, 2 * LOOP_MS)
    quote_comex(world)
    world.run_for(1)
    return world


def opened(*rules: dict[str, object]) -> Scenario:
    """The same with an order of each leg just sent."""
    world = gold(*rules)
    world.venues["A"].quote(AU_BID, AU_ASK)
    world.run_until(lambda: len(world.sent()) == 2, 50)
    return world


def quote_comex(world: Scenario, up: int = 0) -> None:
    world.venues["B"].quote(GC_BID + up, GC_ASK + up)


def feed_events(world: Scenario) -> list[str]:
    return [str(seen.fields["event"]) for seen in world.records(int(FEED_EVENT))]


def state_of_comex(world: Scenario) -> str:
    return BOOK_STATE_NAMES[int(world.engine.running().books[1].state)]


def lose_a_quote(world: Scenario) -> None:
    """Two quotes, of which the first reaches nobody: a gap, behind which the book lacks updates."""
    world.venues["B"].lose_datagrams(1)
    quote_comex(world, 1)
    quote_comex(world)
    world.run_for(20)
    assert (feed_events(world)[1:], state_of_comex(world)) == (["gap", "updates missing"], "suspect")


def assert_whole(world: Scenario) -> None:
    """What was left of the second leg was ordered until it was filled, behind the repair."""
    world.run_for(40)
    assert [sent.fields["quantity_lots"] for sent in world.sent()] == [28, 9, 5]
    quote_comex(world)
    world.settle()
    assert (world.positions(), world.open_lots(), world.states()[-1]) == ((28, -9), 0, "complete")
    assert world.venues["B"].told() == ["sell 9 at 19449: 4", "sell 5 at 19449: 0", "sell 5 at 19449: 5"]
    (repaired_ns,) = [seen.now_ns for seen in world.records(int(FEED_EVENT))[1:] if seen.fields["event"] == "repaired"]
    assert world.sent()[2].now_ns < repaired_ns <= world.sent()[3].now_ns
    assert not world.deaths


def test_the_pair_trades_at_the_value_that_was_worked_by_hand() -> None:
    world = opened()
    world.settle()
    (trigger,) = world.records(int(TRIGGER))
    assert abs(Decimal(int(trigger.fields["value_e9"])) / 10**9 - VALUE) < Decimal("0.000001")
    assert (world.positions(), world.states()[-1]) == ((28, -9), "complete")
    assert feed_events(world) == ["repaired"]


def test_a_gap_while_the_second_leg_is_out_loses_no_leg() -> None:
    world = opened(HELD, PARTIAL)
    lose_a_quote(world)
    assert_whole(world)


def test_a_channel_reset_while_the_second_leg_is_out_loses_no_leg() -> None:
    world = opened(HELD, PARTIAL)
    world.venues["B"].reset_channel()
    world.run_for(20)
    assert (feed_events(world)[1:], state_of_comex(world)) == (["channel reset"], "building")
    assert_whole(world)


def test_nothing_is_opened_behind_a_gap_until_the_book_is_repaired() -> None:
    world = gold()
    lose_a_quote(world)
    world.venues["A"].quote(AU_BID, AU_ASK)
    world.run_for(60)
    assert world.orders_received() == (0, 0)
    world.run_for(100)
    world.settle()
    assert world.positions() == (28, -9)
    (trigger,) = world.records(int(TRIGGER))
    repaired = world.records(int(FEED_EVENT))[-1]
    assert (repaired.fields["event"], trigger.input_seq) == ("repaired", repaired.input_seq)


def test_a_line_that_is_dead_is_nobodys_business() -> None:
    """Line B brings everything that line A would have, a tenth of a millisecond later."""
    world = gold()
    assert world.world.fabric.groups.pop(("X00B", LIVE_PORT))
    quote_comex(world, 5)
    world.run_for(50)
    book = world.engine.running().books[1]
    assert (int(book.state), int(book.bids.price_ticks[0])) == (int(BOOK_LIVE), GC_BID + 5)
    assert feed_events(world) == ["repaired"]


def test_a_market_that_went_away_unseen_is_left_again() -> None:
    """No datagram comes any more while the price falls by 50 USD: what was traded of either leg is traded back."""
    world = opened(HELD, PARTIAL)
    lose_a_quote(world)
    world.venues["B"].lose_datagrams(1_000_000)
    world.run_for(40)
    quote_comex(world, -500)
    world.settle()
    assert (world.positions(), world.open_lots(), world.states()[-1]) == ((0, 0), 0, "unwound")
    assert "repaired" not in feed_events(world)[1:]


def lose_unseen(world: Scenario) -> None:
    """The same gap where it can be asked for."""
    world.venues["B"].lose_datagrams(1)
    quote_comex(world, 1)
    quote_comex(world)


def test_what_both_lines_lost_is_asked_for_again_and_the_pair_trades_before_any_snapshot() -> None:
    """The snapshots are 100 ms away."""
    world = gold(replays=True)
    lose_unseen(world)
    world.run_for(20)
    assert (feed_events(world)[1:], state_of_comex(world)) == (["gap", "asked", "repaired"], "live")
    world.venues["A"].quote(AU_BID, AU_ASK)
    world.run_for(20)
    assert world.orders_received() == (1, 1)
    world.settle()
    assert world.positions() == (28, -9)


def test_behind_a_replay_that_is_gone_the_snapshots_repair_and_the_next_gap_is_replayed_again() -> None:
    world = gold(replays=True)
    recovery = world.venues["B"].host.recovery
    assert recovery is not None
    recovery.stop()
    lose_unseen(world)
    world.run_for(150)
    assert feed_events(world)[1:] == ["gap", "not recovered", "updates missing", "repaired"]
    recovery.start()
    world.run_for(PAUSE_MS)
    lose_unseen(world)
    world.run_for(20)
    assert feed_events(world)[5:] == ["gap", "asked", "repaired"]
    assert int(recovery.server.requests) == 1

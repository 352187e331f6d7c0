"""A drop copy beside the order sessions: it tells what they did not, and never anything twice."""

import pytest

from cross_market_connect.domain.order import BUY
from cross_market_connect.domain.records import BLOCK, EXTERNAL_ORDER, RECEIPT, SESSION_STATE, STATUS_REQUEST
from cross_market_connect.domain.spread import LEG_PARTLY_FILLED, LEG_UNKNOWN
from cross_market_connect.simulation.pair import Market
from cross_market_connect.simulation.scenario import Scenario

MS = 1_000_000


def copied(**more: object) -> Scenario:
    """Two markets, each with a drop copy of its account."""
    return Scenario(Market("A", copied=True), Market("B", copied=True), **more)  # type: ignore[arg-type]


def counted(world: Scenario) -> dict[str, int]:
    """Lots counted from receipts, by venue."""
    lots = {"A": 0, "B": 0}
    for seen in world.records(int(RECEIPT)):
        lots["AB"[seen.fields["leg"]]] += seen.fields["counted_lots"]
    return lots


def test_what_both_sessions_tell_counts_once() -> None:
    world = copied().begin()
    world.trigger()
    world.settle()
    world.run_for(1_000)
    assert world.positions() == (4, -4)
    assert counted(world) == {"A": 4, "B": 4}
    assert world.states()[-1] == "complete"
    assert world.alerts() == []


def test_a_fill_that_the_order_session_never_tells_is_known_at_once_and_nobody_is_asked() -> None:
    """Without a copy the venue is asked after 250 ms (test_fc_16_silence_is_no_reject)."""
    world = copied(rules={"B": [{"fault": "silent"}]}).begin()
    world.trigger()
    assert world.settle() < 50
    assert world.records(int(STATUS_REQUEST)) == []
    assert world.positions() == (4, -4)
    assert world.states()[-1] == "complete"


def test_fills_behind_a_line_that_dropped_count_before_it_is_back() -> None:
    world = copied(rules={"A": [{"fault": "drop"}], "B": [{"fault": "drop"}]}).begin()
    world.trigger()
    world.run_for(20)
    assert not world.is_up(), "neither order session is back"
    assert counted(world) == {"A": 4, "B": 4}
    assert world.states()[-1] == "complete"
    world.run_for(2_000)
    assert counted(world) == {"A": 4, "B": 4}, "what the order session resends behind its log-on is old"
    assert world.positions() == (4, -4)


def test_an_order_that_filled_in_part_on_a_lost_line_stays_unknown_until_its_session_has_answered() -> None:
    """The copy proves two of four lots; that the rest is open it says of a moment that is over."""
    rules = [{"fault": "partial", "fill_lots": 2}, {"fault": "rests"}, {"fault": "drop"}]
    world = copied(rules={"B": rules}).begin()
    world.trigger()
    world.run_for(20)
    legs = [order for order in world.engine.running().desk.leg_orders.values() if order.leg == 1]
    assert [int(order.cumulative_lots) for order in legs] == [2]
    assert legs[0].state == LEG_UNKNOWN
    assert legs[0].state != LEG_PARTLY_FILLED
    world.settle()
    assert sum(world.positions()) == 0


def test_an_order_from_another_terminal_that_no_session_tells_of_is_adopted_from_its_copy() -> None:
    world = copied().begin()
    world.venues["A"].quote(10_000, 10_001)
    world.venues["A"].trade_elsewhere(int(BUY), 5, 10_001, is_told=False)
    world.run_for(50)
    desk = world.engine.running().desk
    assert desk.ledger.position_lots[0] == 5
    assert [seen.fields["counted_lots"] for seen in world.records(int(EXTERNAL_ORDER))][-1] == 5
    assert desk.safety.is_blocked(0, 0), "nobody opens anything there before a person has looked"
    assert "unowned_receipt" in world.alerts()


def test_an_order_from_another_terminal_is_counted_once_when_both_tell_of_it() -> None:
    world = copied().begin()
    world.venues["A"].quote(10_000, 10_001)
    world.venues["A"].trade_elsewhere(int(BUY), 5, 10_001)
    world.run_for(50)
    assert world.engine.running().desk.ledger.position_lots[0] == 5
    alone = Scenario().begin()
    alone.venues["A"].quote(10_000, 10_001)
    alone.venues["A"].trade_elsewhere(int(BUY), 5, 10_001)
    alone.run_for(50)
    assert world.alerts() == alone.alerts()
    assert len(world.records(int(EXTERNAL_ORDER))) == len(alone.records(int(EXTERNAL_ORDER)))


def test_what_a_copy_missed_while_the_engine_was_away_is_resent_to_it() -> None:
    """The engine dies; somebody trades by telephone; the numbers of the copy's session go on, and the trade counts."""
    world = copied().begin()
    world.venues["A"].quote(10_000, 10_001)
    world.run_for(50)
    kept = {world.settings.source[seen.fields["source"]].name for seen in world.records(int(SESSION_STATE))}
    assert kept == {"a_orders", "a_orders_copy", "b_orders", "b_orders_copy"}
    world.kill()
    world.venues["A"].trade_elsewhere(int(BUY), 5, 10_001, is_told=False)
    world.run_for(50)
    world.restart()
    world.run_until(world.is_up, 5_000)
    world.run_for(200)
    assert world.engine.running().desk.ledger.position_lots[0] == 5
    assert world.engine.running().desk.safety.is_blocked(0, 0)


def test_numbers_go_on_after_a_clean_stop_too() -> None:
    world = copied().begin()
    world.venues["A"].quote(10_000, 10_001)
    world.run_for(50)
    before = numbers_of_copies(world)
    assert all(next_in > 1 for next_in, _ in before)
    world.stop()
    world.run_until(lambda: bool(world.engine.running().finished), 5_000)
    world.kill()
    world.venues["A"].trade_elsewhere(int(BUY), 5, 10_001, is_told=False)
    world.restart()
    after = numbers_of_copies(world)
    assert all(now > then for now, then in zip(after, before, strict=True)), "the log-outs have numbers too"
    world.run_for(200)
    assert world.engine.running().desk.ledger.position_lots[0] == 5


def numbers_of_copies(world: Scenario) -> list[tuple[int, int]]:
    """Next incoming and outgoing number of each drop copy's session."""
    streams = [stream for stream in world.engine.running().streams if stream is not None]
    return [stream.copies.next_numbers() for stream in streams if stream.copies is not None]


@pytest.mark.parametrize("policy", ["person", "repair"])
def test_a_bust_told_by_both_takes_the_lots_back_once(policy: str) -> None:
    rules = {"B": [{"fault": "bust", "delay_ns": 200 * MS}]}
    world = copied(rules=rules, overrides={"spread.pair.execution.bust_policy": policy}).begin()
    world.trigger()
    world.run_for(3_000)
    account = world.engine.running().desk.ledger
    held = (account.position_lots[0], account.position_lots[1])
    assert held == world.positions(), "what is known is what is"
    plain = Scenario(rules=rules, overrides={"spread.pair.execution.bust_policy": policy}).begin()
    plain.trigger()
    plain.run_for(3_000)
    assert (world.alerts(), world.states()) == (plain.alerts(), plain.states())


def test_a_drop_copy_without_its_line_is_missed_and_tells_what_happened_when_it_is_back() -> None:
    world = copied().begin()
    world.venues["A"].disconnect_copies()
    world.venues["A"].quote(10_000, 10_001)
    world.venues["A"].trade_elsewhere(int(BUY), 5, 10_001, is_told=False)
    world.run_for(20)
    assert world.alerts() == ["session_lost"]
    assert world.engine.running().desk.ledger.position_lots[0] == 0
    world.run_until(world.is_up, 5_000)
    world.run_for(50)
    assert world.engine.running().desk.ledger.position_lots[0] == 5, "it hears of it behind its next log-on"


def test_trading_goes_on_without_the_line_of_a_drop_copy() -> None:
    world = copied().begin()
    world.venues["A"].disconnect_copies()
    world.trigger()
    world.settle()
    assert world.positions() == (4, -4)
    assert world.records(int(BLOCK)) == []

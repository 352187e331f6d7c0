"""A desk's state as text: reading it back gives the same text, and every part of a traded desk is in it."""

import json

from cross_market_connect.trading.state import core_state, desk_state, load_desk_state
from tests.unit.trading.support import Bench
from tests.unit.trading.venue import FakeVenue


def traded() -> Bench:
    """A desk with one complete order, one unwound, and a halted one."""
    bench = Bench()
    venue = FakeVenue(bench)
    bench.open()
    for command in list(bench.routes.sent):
        venue.fills_all(int(command.client_order_id))
    return bench


def test_reading_the_text_gives_the_same_text() -> None:
    bench = traded()
    text = desk_state(bench.desk)
    fresh = Bench()
    assert desk_state(fresh.desk) != text
    load_desk_state(fresh.desk, text)
    assert desk_state(fresh.desk) == text


def test_positions_orders_and_executions_are_in_it() -> None:
    bench = traded()
    state = json.loads(desk_state(bench.desk))
    assert state["ledger"]["position_lots"] == [3, -3]
    assert state["triggers"][0]["lots"] == [3, -3]
    assert (state["open_ids"], state["ended_ids"], state["next_spread_order_id"]) == ([], [1], 2)
    [order] = state["orders"]
    assert (order["filled"], order["targets"], order["reserved"]) == ([3, 3], [3, 3], False)
    assert [leg["cumulative_lots"] for leg in order["leg_orders"]] == [3, 3]
    assert all(leg["executions"] for leg in order["leg_orders"])


def test_a_late_fill_finds_its_order_after_the_text_was_read() -> None:
    bench = traded()
    fresh = Bench()
    load_desk_state(fresh.desk, desk_state(bench.desk))
    for client_order_id, leg_order in fresh.desk.leg_orders.items():
        assert fresh.desk.owner[client_order_id] == 1
        assert leg_order.command.client_order_id == client_order_id


def test_the_engines_state_is_canonical() -> None:
    one = core_state("{}", 2, 30, {"2": (5, 6), "0": (3, 4)}, {})
    two = core_state("{}", 2, 30, {"0": (3, 4), "2": (5, 6)}, {})
    assert one == two == '{"crashes":{},"desk":"{}","epoch":2,"input_seq":30,"sequence_numbers":{"0":[3,4],"2":[5,6]}}'

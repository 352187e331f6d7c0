"""A desk restored from its records stands where the one that wrote them stands, after every event, whatever happened.

A second desk takes in each record as it is written; nothing else reaches it. After every event both are compared in all
that a restart needs. What no record holds is begun anew on purpose: pauses, query counts, gates, hysteresis, how
long a ladder step has lasted, and a step that was entered and not yet tried.
"""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.order import (
    RECEIPT_FILL,
    RECEIPT_TRADE_CANCEL,
    REJECT_CLASS_COUNT,
    REJECT_INSUFFICIENT,
    REJECT_PRICE,
    STATUS_CANCELLED,
    STATUS_FILLED,
)
from cross_market_connect.domain.records import LEG_ORDER, RECEIPT, REFUSAL, SPREAD_ORDER, TRIGGER
from cross_market_connect.domain.spread import SpreadDefinition
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.restore import DeskRestorer
from cross_market_connect.trading.states import is_spread_terminal
from tests.unit.trading.support import ACKNOWLEDGE_TIMEOUT_NS, MS, SECOND, Bench, definition
from tests.unit.trading.test_desk import EVENTS, SPREADS
from tests.unit.trading.venue import FakeVenue
from tests.unit.trading.world import Event, World

EPOCH = 2


def new_desk(bench: Bench, margin_per_lot_e4: int) -> Desk:
    """A desk like the bench's own, before its first input."""
    count = len(bench.spread.legs)
    return Desk(
        bench.step,
        bench.routes,
        bench.instruments,
        bench.books,
        list(bench.hours),
        [bench.spread],
        bench.limits,
        [margin_per_lot_e4] * count,
        [ACKNOWLEDGE_TIMEOUT_NS] * count,
        EPOCH,
    )


class Shadow:
    """A second desk that sees nothing but the records of the first."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.desk = new_desk(bench, int(bench.desk.ledger.margin_per_lot_e4[0]))
        self.restorer = DeskRestorer(self.desk)
        self.read = 0
        self.alerts = 0

    def follow(self) -> None:
        """Take in what was written since, and compare."""
        step = self.bench.step
        now_ns, alerts = step.now_ns, step.alerts
        for (kind, fields), at_ns in list(zip(self.bench.log.records, self.bench.log.times, strict=True))[self.read :]:
            self.read += 1
            self.restorer.apply(kind, fields, at_ns, self.read)
        assert step.alerts == alerts, "the alerts counted are those on record"
        step.now_ns = now_ns
        assert facts(self.desk) == facts(self.bench.desk)
        check_ladders(self.desk, self.bench.desk)


def facts(desk: Desk) -> dict[str, Any]:
    """Everything that a restart must know, worked out here from the desk's own objects."""
    ledger = desk.ledger
    return {
        "next_spread_order_id": int(desk.next_spread_order_id),
        "ids": (list(desk.open_ids), list(desk.halted_ids), list(desk.ended_ids)),
        "owners": dict(desk.owner),
        "positions": [int(lots) for lots in ledger.position_lots],
        "reserved": (
            [int(lots) for lots in ledger.reserved_buy_lots],
            [int(lots) for lots in ledger.reserved_sell_lots],
        ),
        "naked": [int(value) for value in ledger.naked_e4],
        "margin": [int(value) for value in ledger.margin_e4],
        "triggers": [
            (
                [int(lots) for lots in trigger.position_lots],
                int(trigger.open_orders),
                int(trigger.cool_down_until_ns),
                int(trigger.pause_until_ns),
                int(trigger.failures),
                sorted(int(at_ns) for at_ns in trigger.fired_ns),
            )
            for trigger in desk.triggers
        ],
        "orders": {key: order_facts(order) for key, order in desk.orders.items()},
    }


def order_facts(order: SpreadOrder) -> dict[str, Any]:
    lists = ("targets", "sides", "limits", "filled", "reserved_lots", "reject_classes", "unwind_classes")
    numbers = ("state", "direction", "created_ns", "cause_seq", "naked_worst_e4", "notional_e4")
    return {
        **{name: [int(value) for value in getattr(order, name)] for name in lists},
        **{name: int(getattr(order, name)) for name in numbers},
        "opening": bool(order.opening),
        "reserved": bool(order.reserved),
        "deadline_ns": 0 if is_spread_terminal(order.state) else int(order.deadline_ns),
        "leg_orders": [
            (
                {name: int(value) for name, value in command_fields(sent.command).items()},
                [int(value) for value in (sent.leg, sent.route, sent.role, sent.attempt, sent.state)],
                [int(value) for value in (sent.cumulative_lots, sent.filled_ticks_sum, sent.sent_ns, sent.cancel_id)],
                [int(value) for value in (sent.reject_class, sent.record_seq)],
                dict(sent.execution_ids),
            )
            for sent in order.leg_orders
        ],
    }


def command_fields(command: Any) -> dict[str, int]:
    names = ("client_order_id", "instrument_index", "side", "order_type", "time_in_force", "price_ticks")
    return {name: getattr(command, name) for name in (*names, "quantity_lots", "offset")}


def check_ladders(restored: Desk, live: Desk) -> None:
    """Each open order's last attempt: its step, and how often it was tried. A step not yet tried is on no record: there
    the restored order stands at an earlier one."""
    for key in live.open_ids:
        ours, theirs = ladder(restored.orders[key]), ladder(live.orders[key])
        assert ours == theirs or (theirs[1] == 0 and ours[0] < theirs[0]), f"order {key}: {ours} restored of {theirs}"


def ladder(order: SpreadOrder) -> tuple[int, int]:
    return int(order.step_index), int(order.step_attempts)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(SPREADS, EVENTS)
def test_the_records_restore_the_desk_after_every_event(spread, events):
    world = World(spread)
    shadow = Shadow(world.bench)
    try:
        shadow.follow()
        for one in events:
            world.play(one)
            shadow.follow()
        world.settle()
        shadow.follow()
    except (AssertionError, InvariantError):
        note(world.story())
        raise


USUAL = ("arrive", "arrive", "arrive", "refuse", "fill", "fill", "end", "deliver", "deliver", "deliver")
UNUSUAL = ("repeat", "lose", "up", "up", "time", "quote", "late")


def draw(number: random.Random, is_quiet: bool) -> Event:
    """Mostly what moves orders on, sometimes what goes wrong; prices that open or close when nothing is open."""
    leg = number.randrange(3)
    name = number.choice(USUAL if number.random() < 0.85 else UNUSUAL)
    if is_quiet and number.random() < 0.7:
        name = number.choice(("quote", "quote", "time"))
    if name == "refuse":
        return ("arrive", leg, number.randrange(int(REJECT_CLASS_COUNT)))
    return (name, leg, 0 if name in ("arrive", "end") else number.randrange(10))


def spread_of(number: random.Random) -> SpreadDefinition:
    ratios = number.choice([(1, 1), (3, 1), (2, 1, 1)])
    spread = definition(ratios=ratios, sides=(1, -1, -1)[: len(ratios)], reference_lots=6, tolerance_e6=150_000)
    spread.rule.cool_down_ns = number.choice([0, 3 * MS])
    return spread


@pytest.mark.parametrize("seed", range(60))
def test_the_records_restore_the_desk_through_a_long_history(seed):
    number = random.Random(seed)
    world = World(spread_of(number))
    shadow = Shadow(world.bench)
    try:
        for _ in range(150):
            world.play(draw(number, world.bench.desk.is_quiet()))
            shadow.follow()
    except (AssertionError, InvariantError):
        print(world.story())
        raise


# ---------------------------------------------------------------------- one thing at a time


def opened(spread: SpreadDefinition | None = None) -> tuple[Bench, FakeVenue, Shadow, SpreadOrder]:
    bench = Bench(spread)
    shadow = Shadow(bench)
    order = bench.open()
    shadow.follow()
    return bench, FakeVenue(bench), shadow, order


def ids(bench: Bench) -> list[int]:
    return [int(command.client_order_id) for command in bench.routes.sent]


def test_an_order_that_a_limit_refused_does_not_stand_in_the_way_of_a_restart():
    bench = Bench()
    shadow = Shadow(bench)
    bench.limits.naked_e4_max[0] = 0
    bench.set_quotes((999, 1000), (1000, 1001))
    assert [kind for kind, _ in bench.log.records if kind in (TRIGGER, REFUSAL, SPREAD_ORDER)] == [
        TRIGGER,
        REFUSAL,
        SPREAD_ORDER,
    ]
    shadow.follow()
    assert shadow.desk.orders == {}
    assert (shadow.desk.next_spread_order_id, shadow.restorer.proposed, shadow.restorer.wanted) == (2, {}, {})
    bench.limits.naked_e4_max[0] = 10**12
    bench.set_quotes((1000, 1001), (1000, 1001))
    bench.set_quotes((999, 1000), (1000, 1001))
    shadow.follow()
    assert list(shadow.desk.orders) == [2]


def test_a_late_fill_of_a_refused_order_keeps_the_class_of_its_refusal():
    bench, venue, shadow, order = opened()
    venue.rejects(ids(bench)[0], REJECT_PRICE)
    venue.fills_all(ids(bench)[1])
    shadow.follow()
    bench.receive(ids(bench)[0], RECEIPT_FILL, STATUS_FILLED, last_lots=3, cumulative_lots=3, execution_id=b"late")
    assert (order.leg_orders[0].reject_class, order.reject_classes[0]) == (REJECT_PRICE, REJECT_PRICE)
    shadow.follow()


def test_a_late_fill_of_a_first_order_keeps_the_class_of_the_order_after_it():
    bench, venue, shadow, order = opened()
    venue.fills_all(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    venue.rejects(ids(bench)[2], REJECT_INSUFFICIENT)
    bench.receive(ids(bench)[1], RECEIPT_FILL, STATUS_FILLED, last_lots=3, cumulative_lots=3, execution_id=b"late")
    assert order.reject_classes[1] == REJECT_INSUFFICIENT
    shadow.follow()


def test_a_route_that_is_down_refuses_locally():
    bench = Bench()
    shadow = Shadow(bench)
    bench.open()
    venue = FakeVenue(bench)
    bench.routes.up[1] = False
    venue.fills_all(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    shadow.follow()
    bench.route(1, True)
    bench.wait(SECOND)
    shadow.follow()


def test_a_trade_taken_back_is_taken_out_of_the_position_and_the_order_halted():
    bench, venue, shadow, order = opened()
    for client_order_id in ids(bench):
        venue.fills_all(client_order_id)
    shadow.follow()
    bench.receive(ids(bench)[0], RECEIPT_TRADE_CANCEL, STATUS_CANCELLED, last_lots=1, cumulative_lots=2)
    assert (bench.state_name(order), list(bench.desk.ledger.position_lots)) == ("halted", [2, -3])
    shadow.follow()
    assert shadow.desk.triggers[0].open_orders == 1


def test_a_pause_after_a_refused_order_is_restored():
    bench, venue, shadow, order = opened()
    for client_order_id in ids(bench):
        venue.rejects(client_order_id, REJECT_INSUFFICIENT)
    assert (bench.state_name(order), bench.trigger.failures) == ("cancelled", 1)
    shadow.follow()
    assert shadow.desk.triggers[0].pause_until_ns == bench.now_ns + 100 * MS


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (SPREAD_ORDER, {"spread_order_id": 9}, "record 7 is about spread order 9, which no record has begun"),
        (RECEIPT, {"spread_order_id": 1, "client_order_id": 5}, "record 7 is about order 5, which no record has sent"),
        (LEG_ORDER, {"spread_order_id": "1"}, "spread_order_id is no integer field"),
        (TRIGGER, {"spread_order_id": 4, "spread_index": 0, "direction": 1, "opening": 1, "rule": 3}, "rule is no"),
    ],
)
def test_a_record_that_contradicts_those_before_it_is_named(kind, fields, message):
    _, _, shadow, _ = opened()
    with pytest.raises(InvariantError, match=message):
        shadow.restorer.apply(kind, fields, 0, 7)

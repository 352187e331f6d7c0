"""A desk restored from its records stands where the one that wrote them stands, after every event, whatever happened.

A second desk takes in each record as it is written; nothing else reaches it. After every event both are compared in all
that a restart needs. What no record holds is begun anew on purpose: deadlines, pauses, query counts, gates, hysteresis,
how long a ladder step has lasted, and a step that was entered and not yet tried.
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
from cross_market_connect.domain.records import (
    ALERT,
    LADDER_STEP,
    LEG_ORDER,
    RECEIPT,
    REFUSAL,
    RESERVATION,
    RESTART,
    SPREAD_ORDER,
    TRIGGER,
    Payload,
)
from cross_market_connect.domain.spread import STEP_CARRY, STEP_HALT, STEP_RETRY, SpreadDefinition
from cross_market_connect.trading.desk import Desk
from cross_market_connect.trading.orders import SpreadOrder
from cross_market_connect.trading.restore import DeskRestorer
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.stopping import lift, restrict
from tests.unit.trading.support import ACKNOWLEDGE_TIMEOUT_NS, DEADLINE_NS, MS, SECOND, Bench, Log, definition
from tests.unit.trading.test_desk import EVENTS, SPREADS
from tests.unit.trading.test_machine import ids
from tests.unit.trading.venue import FakeVenue
from tests.unit.trading.world import Event, World

pytestmark = pytest.mark.slow

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
                [int(lots) for lots in trigger.position.lots],
                [int(ticks) for ticks in trigger.position.ticks_sum],
                [int(lots) for lots in trigger.position.hedge_e9],
                int(trigger.position.since_utc_ns),
                int(trigger.open_orders),
                int(trigger.cool_down_until_ns),
                int(trigger.pause_until_ns),
                int(trigger.failures),
                int(trigger.taken_off),
                int(trigger.quote_pause_until_ns),
                sorted(int(at_ns) for at_ns in trigger.fired_ns),
            )
            for trigger in desk.triggers
        ],
        "conditions": [[int(value) for value in conditions.values] for conditions in desk.conditions],
        "orders": {key: order_facts(order) for key, order in desk.orders.items()},
    }


def order_facts(order: SpreadOrder) -> dict[str, Any]:
    lists = ("targets", "sides", "limits", "filled", "exact_e9", "reserved_lots", "reject_classes", "unwind_classes")
    numbers = ("state", "direction", "created_ns", "cause_seq", "naked_worst_e4", "notional_e4")
    return {
        **{name: [int(value) for value in getattr(order, name)] for name in lists},
        **{name: int(getattr(order, name)) for name in numbers},
        "opening": bool(order.opening),
        "reserved": bool(order.reserved),
        "leg_orders": [
            (
                {name: int(value) for name, value in command_fields(sent.command).items()},
                [int(value) for value in (sent.leg, sent.route, sent.role, sent.attempt, sent.state)],
                [int(value) for value in (sent.cumulative_lots, sent.filled_ticks_sum, sent.sent_ns, sent.cancel_id)],
                [int(value) for value in (sent.reject_class, sent.record_seq, sent.sent_utc_ns)],
                dict(sent.execution_ids),
            )
            for sent in order.leg_orders
        ],
    }


def command_fields(command: Any) -> dict[str, int]:
    names = ("client_order_id", "instrument_index", "side", "order_type", "time_in_force", "price_ticks")
    return {name: getattr(command, name) for name in (*names, "quantity_lots", "offset")}


def check_ladders(restored: Desk, live: Desk) -> None:
    """Each open order stands at its last attempt: its step, and how often it was tried."""
    for key in live.open_ids:
        order, was = restored.orders[key], live.orders[key]
        assert (order.step_index, order.step_attempts) == (was.taken_index, was.taken_attempts), f"order {key}"


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


def test_an_order_reopened_and_ended_as_before_in_one_step_has_ended_once_more():
    """A late fill while the market takes nothing back: the ladder's only way out is to carry the rest, again."""
    spread = definition(ladder=[(STEP_CARRY, 1, 0, 0, SECOND)])
    spread.rule.cool_down_ns = SECOND
    bench, venue, shadow, order = opened(spread)
    venue.cancels(ids(bench)[0])
    venue.fills_all(ids(bench)[1])
    assert bench.state_name(order) == "residual"
    shadow.follow()
    bench.now_ns += 10 * MS
    bench.receive(ids(bench)[0], RECEIPT_FILL, STATUS_CANCELLED, last_lots=1, cumulative_lots=1, execution_id=b"late")
    assert bench.state_name(order) == "residual"
    assert len(bench.log.of(RESERVATION)) == 2
    assert bench.trigger.cool_down_until_ns == bench.now_ns + SECOND
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


# ---------------------------------------------------------------------- killed between two records


class Killed(Exception):
    """The process died; what it wrote before stays."""


class MortalLog(Log):
    """Dies when asked for one record more than it may write."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 10**9

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        if len(self.records) >= self.most:
            raise Killed
        return super().append(kind, cause_seq, input_seq, now_ns, payload)


def mortal_world(number: random.Random) -> World:
    """A world whose engine dies at a record; the world itself, being no engine, ends the event in progress."""
    world = World(spread_of(number))
    log = MortalLog()
    log.records, log.times = world.bench.log.records, world.bench.log.times
    world.bench.log = world.bench.step.sink = world.bench.routes.log = log
    return world


def restart(world: World, now_ns: int) -> None:
    """A new engine on the old one's records: what was encoded in the killed step never left, sessions are gone.

    What may be live is asked for. A fill of an order that had ended is not, but the session resends what was told while
    the engine died.
    """
    bench = world.bench
    bench.log.most = 10**9  # type: ignore[attr-defined]
    world.sent_read = len(bench.routes.sent)
    world.queried_read = len(bench.routes.queried)
    world.cancelled_read = len(bench.routes.cancelled)
    for leg in range(world.count):
        world.lost |= {int(command.client_order_id) for what, command in world.outbound[leg] if what == "new"}
        world.outbound[leg].clear()
        world.inbound[leg] = [*world.late_fills[leg]]
        bench.routes.up[leg] = False
        bench.books[leg].clear()
    bench.desk = new_desk(bench, int(bench.desk.ledger.margin_per_lot_e4[0]))
    restorer = DeskRestorer(bench.desk)
    for at, (kind, fields) in enumerate(bench.log.records):
        restorer.apply(kind, fields, bench.log.times[at], at + 1)
    bench.now_ns = now_ns
    bench.input()
    payload = Payload(RESTART)
    for value in (EPOCH, len(bench.log.records)):
        payload.put(value)
    payload.put_text("test")
    payload.put_text("killed")
    bench.step.write(payload, 0)
    resume(bench.desk)
    world.told.append(f"restart after record {len(bench.log.records)}  {world.describe()}")


@pytest.mark.parametrize("clock_ns", [0, SECOND])
@pytest.mark.parametrize("seed", range(150))
def test_an_engine_killed_between_two_records_comes_to_a_good_end(seed, clock_ns):
    """With the machine up its clock runs on; otherwise it begins anew, behind every time on record."""
    number = random.Random(seed)
    world = mortal_world(number)
    world.bench.log.most = number.randrange(7, 60)
    try:
        try:
            for _ in range(150):
                world.play(draw(number, world.bench.desk.is_quiet()))
        except Killed:
            pass
        restart(world, clock_ns or world.bench.now_ns + MS)
        shadow = Shadow(world.bench)
        shadow.follow()
        world.settle()
        shadow.follow()
    except (AssertionError, InvariantError):
        print(world.story())
        raise
    assert world.bench.trigger.pause_until_ns <= world.bench.now_ns + 60 * SECOND


def test_no_pause_outlasts_a_machine_whose_clock_began_anew():
    """Cool-down 3 s, pause 100 ms after one refusal, one trigger a minute: each begins at the restart at the latest."""
    spread = definition()
    spread.rule.cool_down_ns = 3 * SECOND
    spread.rule.triggers_max = 1
    bench = Bench(spread)
    bench.now_ns = 1_000_000 * SECOND
    bench.open()
    venue = FakeVenue(bench)
    for client_order_id in ids(bench):
        venue.rejects(client_order_id, REJECT_INSUFFICIENT)
    bench.now_ns = 10 * SECOND
    bench.input()
    resume(bench.desk)
    assert bench.trigger.cool_down_until_ns == 13 * SECOND
    assert bench.trigger.pause_until_ns == 10 * SECOND + 100 * MS
    bench.now_ns = 70 * SECOND - 1
    bench.set_quotes((999, 1000), (1000, 1001))
    assert len(bench.desk.orders) == 1
    bench.now_ns = 70 * SECOND
    bench.set_quotes((999, 1000), (1000, 1001))
    assert len(bench.desk.orders) == 2


def test_a_repair_after_a_restart_waits_for_no_time_of_another_clock():
    bench, venue, shadow, order = opened()
    venue.fills_all(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    bench.now_ns = SECOND
    bench.input()
    resume(bench.desk)
    venue.quotes_flow = False
    venue.cancels(ids(bench)[2])
    assert len(ids(bench)) == 3, "nothing is decided before the sessions had time to be back"
    bench.wait(SECOND)
    assert [int(sent.role) for sent in order.leg_orders] == [0, 0, 1, 1]


def test_a_second_step_of_the_same_kind_is_told_from_the_first_by_its_attempts():
    steps = ((STEP_RETRY, 1, 0, 0, SECOND), (STEP_RETRY, 2, 0, 0, SECOND), (STEP_HALT, 1, 0, 0, SECOND))
    bench, venue, shadow, order = opened(definition(ladder=steps))
    venue.fills_all(ids(bench)[0])
    stands = []
    for at in range(1, 4):
        venue.cancels(ids(bench)[at])
        shadow.follow()
        restored = shadow.desk.orders[1]
        stands.append((restored.step_index, restored.step_attempts))
    assert stands == [(0, 1), (1, 1), (1, 2)]


def test_a_person_is_called_even_when_the_engine_dies_while_it_halts_an_order():
    bench, _, _, _ = opened()
    log = MortalLog()
    log.records, log.times = bench.log.records, bench.log.times
    bench.log = bench.step.sink = bench.routes.log = log
    bench.routes.up = [False, False]
    log.most = len(log.records) + 1
    with pytest.raises(Killed):
        bench.wait(DEADLINE_NS)
    assert [fields["code"] for fields in log.of(ALERT)] == ["spread_order_halted"]


@pytest.mark.parametrize("kept", [1, 2, 3])
def test_a_carry_that_the_end_of_a_run_cut_short_is_carried_by_the_next(kept):
    """`kept` of its records are left: the step, the new state, its alert; the end of the spread order is missing."""
    bench, venue, _, order = opened(definition(ladder=[(STEP_CARRY, 1, 0, 0, SECOND)]))
    log = bench.log
    venue.fills_all(ids(bench)[0])
    venue.cancels(ids(bench)[1])
    steps = [at for at, (kind, _) in enumerate(log.records) if kind == LADDER_STEP]
    assert bench.state_name(order) == "residual" and len(steps) == 1
    del log.records[steps[0] + kept :], log.times[steps[0] + kept :]
    bench.desk = new_desk(bench, 0)
    restorer = DeskRestorer(bench.desk)
    for at, (kind, fields) in enumerate(log.records):
        restorer.apply(kind, fields, log.times[at], at + 1)
    bench.input()
    resume(bench.desk)
    bench.wait(SECOND)
    restored = bench.desk.orders[1]
    assert (bench.state_name(restored), restored.halt_code) == ("residual", 0)
    assert not restored.reserved and bench.desk.is_quiet()


@pytest.mark.parametrize("restricted", [1, 0])
def test_cancel_only_holds_after_a_restart_until_it_was_lifted(restricted):
    bench = Bench()
    restrict(bench.desk, "the disk is full")
    if not restricted:
        lift(bench.desk, "ann", "there is room again")
    desk = new_desk(bench, 0)
    restorer = DeskRestorer(desk)
    for seq, (kind, fields) in enumerate(bench.log.records, 1):
        restorer.apply(kind, fields, bench.now_ns, seq)
    assert (desk.safety.cancel_only, desk.machine.cancel_only) == (restricted == 1, restricted == 1)
    assert desk.safety.reason == ("the disk is full" if restricted else "")


def test_a_restart_on_record_makes_orders_of_the_run_before_it_that_no_record_holds_lost():
    """The run before sent ids up to 1000000002; the restart begins the number range of epoch 2."""
    bench = Bench()
    bench.open()
    last = max(int(command.client_order_id) for command in bench.routes.sent)
    desk = new_desk(bench, 0)
    restorer = DeskRestorer(desk)
    for seq, (kind, fields) in enumerate(bench.log.records, 1):
        restorer.apply(kind, fields, bench.now_ns, seq)
    assert not desk.doubt.is_lost(last + 1), "it is this run's own"
    restorer.apply(RESTART, {"epoch": 2}, bench.now_ns, len(bench.log.records) + 1)
    assert desk.doubt.is_lost(last + 1) and not desk.doubt.is_lost(last)

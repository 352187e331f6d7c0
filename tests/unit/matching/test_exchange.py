"""The matching engine against hand-worked rules and against a brute-force matcher that shares no code with it."""

from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.instrument import Instrument, Session, TickBand, Venue
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    SELL,
    STATUS_CANCELLED,
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_REJECTED,
)
from cross_market_connect.matching.exchange import MatchingExchange
from cross_market_connect.matching.orders import (
    EVENT_NAMES,
    REASON_BUSY,
    REASON_COUNT,
    REASON_DUPLICATE_ID,
    REASON_HALTED,
    REASON_MARKET_CLOSED,
    REASON_NAMES,
    REASON_NONE,
    REASON_ORDER_KIND,
    REASON_PERMISSION,
    REASON_PRICE_LIMITS,
    REASON_PRICE_STEP,
    REASON_QUANTITY_MAX,
    REASON_QUANTITY_STEP,
    REASON_REQUESTED,
    REASON_TOO_LATE,
    REASON_UNKNOWN_INSTRUMENT,
    REASON_UNKNOWN_ORDER,
    ExchangeOrder,
)

MAKER, TAKER = 0, 1


def instrument(index: int = 0) -> Instrument:
    venue = Venue("XTST", "Test", "测试", 28_800, 0)
    result = Instrument(
        index, "XTST.A", venue, "A", "A", "A", "CNY", 1, 2, 600_000, Session("day", [570, 780], [690, 900])
    )
    result.quantity_max_lots = 20
    result.limit_low_ticks = 50
    result.limit_high_ticks = 200
    return result


class Bench:
    """One open instrument, a maker and a taker; orders by short calls, events as plain tuples."""

    def __init__(self, prevents_self_trade: bool = True) -> None:
        self.exchange = MatchingExchange([instrument()])
        self.exchange.add_participant("maker", prevents_self_trade, True)
        self.exchange.add_participant("taker", prevents_self_trade, True)
        self.exchange.open_trading(0)
        self.count = 0

    def order(
        self,
        participant: int,
        side: int,
        quantity: int,
        price: int,
        force: int = DAY,
        order_type: int = LIMIT,
        client_id: bytes = b"",
        at: int = 0,
    ) -> tuple[int, ExchangeOrder]:
        self.count += 1
        order = ExchangeOrder(
            participant, 1, client_id or b"%d" % self.count, at, side, order_type, force, price, quantity
        )
        return self.exchange.submit(order, REASON_NONE, self.count), order

    def events(self) -> list[tuple[str, bytes, int, int]]:
        return [
            (EVENT_NAMES[e.kind], e.order.client_id, e.last_ticks, e.last_lots) for e in self.exchange.take_events()
        ]


def test_better_price_first_then_older_order() -> None:
    bench = Bench()
    bench.order(MAKER, SELL, 2, 101, client_id=b"worse")
    bench.order(MAKER, SELL, 2, 100, client_id=b"older")
    bench.order(MAKER, SELL, 2, 100, client_id=b"newer")
    bench.events()
    bench.order(TAKER, BUY, 5, 101, client_id=b"in")
    assert bench.events() == [
        ("accepted", b"in", 0, 0),
        ("trade", b"older", 100, 2),
        ("trade", b"in", 100, 2),
        ("trade", b"newer", 100, 2),
        ("trade", b"in", 100, 2),
        ("trade", b"worse", 101, 1),
        ("trade", b"in", 101, 1),
    ]
    assert bench.exchange.ledger.position_lots(TAKER, 0) == 5
    assert bench.exchange.ledger.position_lots(MAKER, 0) == -5


def test_event_carries_the_totals_of_its_own_moment() -> None:
    bench = Bench()
    bench.order(MAKER, SELL, 1, 100)
    bench.order(MAKER, SELL, 3, 102)
    bench.exchange.take_events()
    bench.order(TAKER, BUY, 3, 102, client_id=b"in")
    mine = [e for e in bench.exchange.take_events() if e.order.client_id == b"in"]
    assert [(e.status, e.cumulative_lots, e.leaves_lots, e.filled_value_ticks) for e in mine] == [
        (STATUS_NEW, 0, 3, 0),
        (STATUS_PARTLY_FILLED, 1, 2, 100),
        (STATUS_FILLED, 3, 0, 100 + 2 * 102),
    ]


def test_limit_remainder_rests_and_immediate_remainder_expires() -> None:
    bench = Bench()
    bench.order(MAKER, SELL, 1, 100)
    _, rests = bench.order(TAKER, BUY, 3, 100)
    assert (rests.status, rests.leaves_lots) == (STATUS_PARTLY_FILLED, 2)
    bench.order(MAKER, SELL, 2, 100)
    assert rests.status == STATUS_FILLED
    bench.order(MAKER, SELL, 1, 100)
    _, immediate = bench.order(TAKER, BUY, 3, 100, IMMEDIATE_OR_CANCEL)
    assert (immediate.status, immediate.cumulative_lots, immediate.leaves_lots) == (STATUS_EXPIRED, 1, 0)
    assert bench.exchange.ledger.open_orders(TAKER) == []


def test_fill_or_kill_is_all_or_nothing() -> None:
    bench = Bench()
    bench.order(MAKER, SELL, 2, 100)
    bench.order(MAKER, SELL, 2, 103)
    _, beyond_price = bench.order(TAKER, BUY, 3, 102, FILL_OR_KILL)
    assert (beyond_price.status, beyond_price.cumulative_lots) == (STATUS_EXPIRED, 0)
    _, enough = bench.order(TAKER, BUY, 3, 103, FILL_OR_KILL)
    assert enough.status == STATUS_FILLED


def test_market_order_sweeps_every_level_and_never_rests() -> None:
    bench = Bench()
    bench.order(MAKER, BUY, 2, 100)
    bench.order(MAKER, BUY, 2, 60)
    _, market = bench.order(TAKER, SELL, 6, 0, DAY, MARKET)
    assert (market.status, market.cumulative_lots, market.filled_value_ticks) == (STATUS_EXPIRED, 4, 320)
    assert bench.exchange.books[0].orders() == []


def test_self_trade_cancels_the_newest() -> None:
    bench = Bench()
    bench.order(MAKER, SELL, 1, 100)
    bench.order(TAKER, SELL, 2, 101, client_id=b"own")
    _, order = bench.order(TAKER, BUY, 3, 101, client_id=b"in")
    assert (order.status, order.cumulative_lots) == (STATUS_CANCELLED, 1)
    own = bench.exchange.find(TAKER, b"own")
    assert own is not None and own.leaves_lots == 2
    _, kill = bench.order(TAKER, BUY, 1, 101, FILL_OR_KILL)
    assert kill.status == STATUS_EXPIRED


def test_self_trade_is_allowed_where_it_is_not_prevented() -> None:
    bench = Bench(prevents_self_trade=False)
    bench.order(TAKER, SELL, 2, 101)
    _, order = bench.order(TAKER, BUY, 2, 101)
    assert order.status == STATUS_FILLED
    assert bench.exchange.ledger.position_lots(TAKER, 0) == 0


def test_every_refusal_has_its_reason() -> None:
    bench = Bench()
    bench.exchange.instruments[0].tick_bands = [TickBand(0, 1), TickBand(100, 5)]
    bench.exchange.instruments[0].quantity_step_lots = 2
    bench.exchange.instruments[0].quantity_min_lots = 2
    assert bench.order(TAKER, BUY, 2, 99)[0] == REASON_NONE
    assert bench.order(TAKER, BUY, 2, 49)[0] == REASON_PRICE_LIMITS
    assert bench.order(TAKER, BUY, 2, 201)[0] == REASON_PRICE_LIMITS
    assert bench.order(TAKER, BUY, 2, 102)[0] == REASON_PRICE_STEP
    assert bench.order(TAKER, BUY, 2, 105)[0] == REASON_NONE
    assert bench.order(TAKER, BUY, 3, 99)[0] == REASON_QUANTITY_STEP
    assert bench.order(TAKER, BUY, 0, 99)[0] == REASON_QUANTITY_STEP
    assert bench.order(TAKER, BUY, -2, 99)[0] == REASON_QUANTITY_STEP
    assert bench.order(TAKER, BUY, 22, 99)[0] == REASON_QUANTITY_MAX
    assert bench.order(TAKER, 0, 2, 99)[0] == REASON_ORDER_KIND
    assert bench.order(TAKER, BUY, 2, 99, 9)[0] == REASON_ORDER_KIND
    assert bench.order(TAKER, BUY, 2, 99, DAY, 7)[0] == REASON_ORDER_KIND
    assert bench.order(TAKER, BUY, 2, 99, at=1)[0] == REASON_UNKNOWN_INSTRUMENT
    assert bench.order(TAKER, BUY, 2, 99, at=-1)[0] == REASON_UNKNOWN_INSTRUMENT
    bench.exchange.instruments[0].tradable = False
    assert bench.order(TAKER, BUY, 2, 99)[0] == REASON_PERMISSION


def test_decided_refusal_is_recorded_and_its_id_stays_used() -> None:
    bench = Bench()
    order = ExchangeOrder(TAKER, 1, b"x", 0, BUY, LIMIT, DAY, 100, 1)
    assert bench.exchange.submit(order, REASON_BUSY, 1) == REASON_BUSY
    assert (order.status, order.leaves_lots, order.cumulative_lots) == (STATUS_REJECTED, 0, 0)
    assert bench.order(TAKER, BUY, 1, 100, client_id=b"x")[0] == REASON_DUPLICATE_ID
    assert bench.exchange.find(TAKER, b"x") is order


def test_duplicate_id_leaves_the_first_order_alone_and_is_per_participant() -> None:
    bench = Bench()
    _, first = bench.order(TAKER, BUY, 1, 100, client_id=b"x")
    assert bench.order(TAKER, BUY, 1, 100, client_id=b"x")[0] == REASON_DUPLICATE_ID
    assert first.is_open() and bench.exchange.find(TAKER, b"x") is first
    assert bench.order(MAKER, BUY, 1, 100, client_id=b"x")[0] == REASON_NONE


def test_cancel_answers() -> None:
    bench = Bench()
    bench.order(TAKER, BUY, 2, 100, client_id=b"x")
    assert bench.exchange.cancel(TAKER, b"y", REASON_REQUESTED, 5) == REASON_UNKNOWN_ORDER
    assert bench.exchange.cancel(MAKER, b"x", REASON_REQUESTED, 5) == REASON_UNKNOWN_ORDER
    assert bench.exchange.cancel(TAKER, b"x", REASON_REQUESTED, 5) == REASON_NONE
    assert bench.exchange.cancel(TAKER, b"x", REASON_REQUESTED, 6) == REASON_TOO_LATE
    assert [name for name, *_ in bench.events()] == ["accepted", "cancelled"]


def test_session_phases_and_expiry_at_close() -> None:
    bench = Bench()
    _, resting = bench.order(MAKER, BUY, 2, 100)
    bench.exchange.pause_trading(0)
    assert bench.order(TAKER, SELL, 1, 100)[0] == REASON_MARKET_CLOSED
    assert resting.is_open()
    bench.exchange.halt_trading(0)
    assert bench.order(TAKER, SELL, 1, 100)[0] == REASON_HALTED
    bench.exchange.open_trading(0)
    assert bench.order(TAKER, SELL, 1, 100)[0] == REASON_NONE
    bench.exchange.take_events()
    bench.exchange.close_day(0, 99)
    assert [name for name, *_ in bench.events()] == ["expired"]
    assert (resting.status, resting.cumulative_lots, resting.leaves_lots) == (STATUS_EXPIRED, 1, 0)
    assert bench.order(TAKER, SELL, 1, 100)[0] == REASON_MARKET_CLOSED


def test_cancel_of_a_session_leaves_other_sessions_alone() -> None:
    bench = Bench()
    bench.exchange.submit(ExchangeOrder(TAKER, 7, b"a", 0, BUY, LIMIT, DAY, 100, 1), REASON_NONE, 1)
    bench.exchange.submit(ExchangeOrder(TAKER, 8, b"b", 0, BUY, LIMIT, DAY, 100, 1), REASON_NONE, 1)
    bench.exchange.cancel_session(TAKER, 7, REASON_REQUESTED, 2)
    assert [order.client_id for order in bench.exchange.ledger.open_orders(TAKER)] == [b"b"]


def test_forgetful_participant_keeps_only_live_orders() -> None:
    exchange = MatchingExchange([instrument()])
    exchange.add_participant("maker", True, False)
    exchange.open_trading(0)
    for number in range(10):
        exchange.submit(ExchangeOrder(0, 0, b"%d" % number, 0, BUY, LIMIT, DAY, 100, 1), REASON_NONE, 1)
        if number > 0:
            exchange.cancel(0, b"%d" % (number - 1), REASON_REQUESTED, 1)
    exchange.submit(ExchangeOrder(0, 0, b"bad", 0, BUY, LIMIT, DAY, 1, 1), REASON_NONE, 1)
    assert list(exchange.ledger.holdings[0].orders) == [b"9"]


def test_every_reason_has_a_name() -> None:
    assert len(REASON_NAMES) == REASON_COUNT


# A second matcher, written from the rules and not from the code: one flat list, searched in full every time.


@dataclass
class NaiveOrder:
    client_id: bytes
    participant: int
    side: int
    price: int
    left: int
    arrived: int


class NaiveMarket:
    def __init__(self) -> None:
        self.resting: list[NaiveOrder] = []
        self.position = {0: 0, 1: 0, 2: 0}
        self.fills: list[tuple[bytes, bytes, int, int]] = []

    def counterparts(self, order: NaiveOrder, any_price: bool) -> list[NaiveOrder]:
        found = [r for r in self.resting if r.side != order.side]
        if order.side == BUY:
            return sorted((r for r in found if any_price or r.price <= order.price), key=lambda r: (r.price, r.arrived))
        return sorted((r for r in found if any_price or r.price >= order.price), key=lambda r: (-r.price, r.arrived))

    def enter(self, order: NaiveOrder, any_price: bool, rests: bool, all_or_nothing: bool) -> None:
        candidates = self.counterparts(order, any_price)
        own = [at for at, r in enumerate(candidates) if r.participant == order.participant]
        reachable = candidates[: own[0]] if own else candidates
        if all_or_nothing and sum(r.left for r in reachable) < order.left:
            return
        for other in reachable:
            size = min(order.left, other.left)
            if size == 0:
                break
            order.left -= size
            other.left -= size
            self.position[order.participant] += size * order.side
            self.position[other.participant] -= size * order.side
            self.fills.append((other.client_id, order.client_id, other.price, size))
        self.resting = [r for r in self.resting if r.left > 0]
        if order.left > 0 and rests and not own:
            self.resting.append(order)


class AgainstNaive(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.exchange = MatchingExchange([instrument()])
        for name in ("a", "b", "c"):
            self.exchange.add_participant(name, True, True)
        self.exchange.open_trading(0)
        self.naive = NaiveMarket()
        self.count = 0
        self.fills: list[tuple[bytes, bytes, int, int]] = []
        self.seen: list[int] = []

    def drain(self) -> None:
        passive = b""
        for event in self.exchange.take_events():
            self.seen.append(event.execution_number)
            if EVENT_NAMES[event.kind] != "trade":
                continue
            if event.aggressor:
                self.fills.append((passive, event.order.client_id, event.last_ticks, event.last_lots))
            else:
                passive = event.order.client_id

    @rule(
        participant=st.integers(0, 2),
        side=st.sampled_from([BUY, SELL]),
        price=st.integers(98, 103),
        quantity=st.integers(1, 6),
        kind=st.sampled_from(["day", "day", "day", "ioc", "fok", "market"]),
    )
    def enter(self, participant: int, side: int, price: int, quantity: int, kind: str) -> None:
        self.count += 1
        name = b"%d" % self.count
        force = {"day": DAY, "ioc": IMMEDIATE_OR_CANCEL, "fok": FILL_OR_KILL, "market": DAY}[kind]
        order_type = MARKET if kind == "market" else LIMIT
        order = ExchangeOrder(participant, 0, name, 0, side, order_type, force, price, quantity)
        assert self.exchange.submit(order, REASON_NONE, self.count) == REASON_NONE
        mirror = NaiveOrder(name, participant, int(side), price, quantity, self.count)
        self.naive.enter(mirror, kind == "market", kind == "day", kind == "fok")
        self.drain()

    @precondition(lambda self: bool(self.naive.resting))
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        victim = data.draw(st.sampled_from(self.naive.resting))
        self.naive.resting.remove(victim)
        assert self.exchange.cancel(victim.participant, victim.client_id, REASON_REQUESTED, 1) == REASON_NONE
        self.drain()

    @rule()
    def close_and_reopen(self) -> None:
        self.exchange.close_day(0, 1)
        self.exchange.open_trading(0)
        self.naive.resting = []
        self.drain()

    @invariant()
    def same_trades_positions_and_orders(self) -> None:
        assert self.fills == self.naive.fills
        for participant in range(3):
            assert self.exchange.ledger.position_lots(participant, 0) == self.naive.position[participant]
            mine = {order.client_id: order.leaves_lots for order in self.exchange.ledger.open_orders(participant)}
            assert mine == {r.client_id: r.left for r in self.naive.resting if r.participant == participant}
        assert self.seen == list(range(1, len(self.seen) + 1))

    @invariant()
    def published_book_is_the_sum_of_resting_orders(self) -> None:
        book = Book(0)
        self.exchange.copy_book(0, book)
        for side, levels in ((BUY, book.bids), (SELL, book.asks)):
            totals: dict[int, int] = {}
            for resting in self.naive.resting:
                if resting.side == side:
                    totals[resting.price] = totals.get(resting.price, 0) + resting.left
            expected = sorted(totals.items(), key=lambda item: -item[0] * int(side))
            published = [(levels.price_ticks[at], levels.quantity_lots[at]) for at in range(levels.depth)]
            assert published == expected
        assert book.bids.depth == 0 or book.asks.depth == 0 or book.best_bid() < book.best_ask()


TestAgainstNaive = AgainstNaive.TestCase
TestAgainstNaive.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_a_replace_changes_price_and_whole_quantity_under_a_new_id_and_loses_its_place() -> None:
    bench = Bench()
    _, resting = bench.order(MAKER, SELL, 4, 100, client_id=b"old")
    bench.order(MAKER, SELL, 1, 101, client_id=b"other")
    bench.order(TAKER, BUY, 1, 100)
    bench.events()
    # Four wanted, one filled: six wanted leaves five, behind the order that was at 101 before.
    assert bench.exchange.replace(resting, b"new", 101, 6, 9) == REASON_NONE
    assert bench.events() == [("replaced", b"new", 0, 0)]
    assert (resting.leaves_lots, resting.cumulative_lots, resting.former_id) == (5, 1, b"old")
    bench.order(TAKER, BUY, 2, 101, client_id=b"in")
    assert [event[1] for event in bench.events() if event[0] == "trade"] == [b"other", b"in", b"new", b"in"]
    # Both ids are its own, once among the open orders; neither can be used again.
    assert bench.exchange.find(MAKER, b"old") is bench.exchange.find(MAKER, b"new") is resting
    assert bench.exchange.ledger.open_orders(MAKER) == [resting]
    assert bench.order(MAKER, SELL, 1, 150, client_id=b"old")[0] == REASON_DUPLICATE_ID
    assert bench.exchange.replace(resting, b"other", 101, 6, 9) == REASON_DUPLICATE_ID


def test_a_refused_replace_leaves_the_order_as_it_was() -> None:
    bench = Bench()
    _, resting = bench.order(MAKER, SELL, 4, 100, client_id=b"old")
    bench.order(TAKER, BUY, 2, 100)
    bench.events()
    assert bench.exchange.replace(resting, b"a", 100, 2, 9) == REASON_TOO_LATE
    assert bench.exchange.replace(resting, b"b", 201, 4, 9) == REASON_PRICE_LIMITS
    assert bench.events() == [] and (resting.client_id, resting.leaves_lots) == (b"old", 2)
    bench.order(TAKER, BUY, 2, 100)
    assert bench.exchange.replace(resting, b"c", 100, 9, 9) == REASON_TOO_LATE

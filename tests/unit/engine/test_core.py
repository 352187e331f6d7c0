"""The core's contract with its shell, with fake connections: inputs, requests, stop, and what is logged when."""

from typing import Any

import pytest

from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.instrument import Instrument, Session, Venue
from cross_market_connect.domain.numbers import NO_TIMER, UNSTAMPED
from cross_market_connect.domain.order import (
    RECEIPT_EXPIRED,
    RECEIPT_FILL,
    STATUS_EXPIRED,
    STATUS_FILLED,
    OrderCommand,
    Receipt,
)
from cross_market_connect.domain.ports import DatagramFeed, OrderGateway, QuoteConnection, SessionHours
from cross_market_connect.domain.records import (
    ALERT,
    CONFIGURATION,
    CONNECTION,
    GATE,
    INPUT,
    LEG_ORDER,
    RECORD_TABLE,
    SENT,
    SESSION_STATE,
    STREAM_BYTES,
    CaptureSink,
    Payload,
    RecordSink,
    decode_payload,
)
from cross_market_connect.domain.spread import (
    DIFFERENCE,
    STEP_HALT,
    STEP_RETRY,
    LadderStep,
    SpreadDefinition,
    SpreadLeg,
    TriggerRule,
)
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.clock_step import CLOCK_STEP_NS_MIN
from cross_market_connect.engine.core import (
    CONNECT_TIMEOUT_NS,
    REFRESH_OFFSET,
    EngineCore,
)
from cross_market_connect.trading.conditions import CONDITION_CORPORATE_ACTION, InstrumentConditions
from cross_market_connect.trading.reservation import Limits

SECOND = 1_000_000_000
UTC = 1_609_725_600 * SECOND
ORDERS_A, ORDERS_B, QUOTES, FEED = 0, 1, 2, 3


class ListSink(RecordSink):
    def __init__(self) -> None:
        self.records: list[tuple[int, int, int, int, dict[str, Any]]] = []

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        self.records.append((kind, cause_seq, input_seq, now_ns, decode_payload(kind, payload)))
        return len(self.records)

    def of(self, kind: int) -> list[dict[str, Any]]:
        return [record[4] for record in self.records if record[0] == kind]


class ListCapture(CaptureSink):
    def __init__(self) -> None:
        self.packets: list[tuple[int, int, int, int, bytes]] = []
        self.queued_ns: list[int] = []

    def append(
        self, source: int, input_seq: int, now_ns: int, utc_ns: int, data: bytes, queued_ns: int = UNSTAMPED
    ) -> None:
        self.packets.append((source, input_seq, now_ns, utc_ns, data))
        self.queued_ns.append(queued_ns)


class FakeGateway(OrderGateway):
    """Logs on with b"on", off with b"off"; b"fill" fills every order; each order is its id as text."""

    def __init__(self, source: int, step: Step) -> None:
        self.source = source
        self.step = step
        self.up = False
        self.ended = False
        self.gap = False
        self.sent: list[bytes] = []
        self.orders: list[OrderCommand] = []
        self.receipts: list[Receipt] = []
        self.unsaved = False

    def opened(self) -> None:
        self.sent.append(b"logon")

    def lost(self, reason: str) -> None:
        self.up = False

    def receive(self, data: bytes) -> None:
        self.unsaved = True
        if data == b"on" or data.endswith(b"log on"):
            self.up = True
        elif data.endswith(b"off"):
            self.up = False
            self.ended = True
        if data.startswith(b"fill"):
            for order in self.orders:
                receipt = Receipt(order.client_order_id, RECEIPT_FILL, STATUS_FILLED)
                receipt.cumulative_lots = receipt.last_lots = order.quantity_lots
                receipt.last_ticks = order.price_ticks
                self.receipts.append(receipt)
            self.orders = []

    def next_timer_ns(self) -> int:
        return int(NO_TIMER)

    def handle_timer(self) -> None:
        return

    def is_up(self) -> bool:
        return self.up

    def log_out(self, reason: str) -> None:
        self.sent.append(b"logout")
        self.up = False

    def save_numbers(self) -> None:
        if self.unsaved:
            self.unsaved = False
            payload = Payload(SESSION_STATE)
            for value in (self.source, 1, 1):
                payload.put(value)
            self.step.write(payload, 0)

    def outgoing(self) -> bytes:
        data = b"".join(self.sent)
        self.sent = []
        return data

    def must_close(self) -> bool:
        return self.ended

    def has_gap(self) -> bool:
        return self.gap

    def submit(self, command: OrderCommand) -> None:
        self.unsaved = True
        self.orders.append(command)
        self.sent.append(str(int(command.client_order_id)).encode())

    def cancel(self, command: OrderCommand, client_order_id: int) -> None:
        self.sent.append(b"cancel")

    def query(self, command: OrderCommand) -> None:
        self.sent.append(b"query")

    def take_receipts(self) -> list[Receipt]:
        taken = self.receipts
        self.receipts = []
        return taken


def set_book(book: Book, step: Step, bid: int, ask: int, changed: list[int]) -> None:
    book.bids.set_level(0, bid, 100)
    book.asks.set_level(0, ask, 100)
    book.state = BOOK_LIVE
    book.received_ns = step.now_ns
    book.input_seq = step.input_seq
    changed.append(int(book.instrument_index))


class FakeQuotes(QuoteConnection):
    """Every read is "BID ASK" of instrument 0."""

    def __init__(self, step: Step, book: Book) -> None:
        super().__init__()
        self.step = step
        self.book = book

    def opened(self) -> None:
        return

    def lost(self, reason: str) -> None:
        return

    def receive(self, data: bytes) -> None:
        bid, ask = data.split()
        set_book(self.book, self.step, int(bid), int(ask), self.changed)

    def next_timer_ns(self) -> int:
        return int(NO_TIMER)

    def handle_timer(self) -> None:
        return

    def is_up(self) -> bool:
        return True

    def log_out(self, reason: str) -> None:
        return

    def outgoing(self) -> bytes:
        return b""

    def must_close(self) -> bool:
        return False


class FakeFeed(DatagramFeed):
    """Every datagram is "BID ASK" of instrument 1."""

    def __init__(self, step: Step, book: Book) -> None:
        super().__init__()
        self.step = step
        self.book = book

    def receive(self, is_refresh: bool, data: bytes) -> None:
        if not is_refresh:
            bid, ask = data.split()
            set_book(self.book, self.step, int(bid), int(ask), self.changed)

    def next_timer_ns(self) -> int:
        return int(NO_TIMER)

    def handle_timer(self) -> None:
        return

    def packets_heard(self) -> int:
        return 0

    def gaps_found(self) -> int:
        return 0

    def wants_refresh(self) -> bool:
        return False


class AlwaysOpen(SessionHours):
    def is_open(self, utc_ns: int) -> bool:
        return True

    def close_utc_ns(self, utc_ns: int) -> int:
        return int(utc_ns + 3600 * SECOND)


def instrument(index: int) -> Instrument:
    venue = Venue("XTST", "Test", "测试", 28_800, 1440)
    made = Instrument(
        index, f"XTST.I{index}", venue, f"I{index}", "Test", "测试", "CNY", 0, 1, 10_000, Session("all", [0], [1440])
    )
    made.margin_per_lot_e4 = 10_000
    return made


class World:
    """A core with two order sources, a quote stream and a feed; V = I0 - I1, bought at or below -5."""

    def __init__(self) -> None:
        self.sink = ListSink()
        self.capture = ListCapture()
        step = Step(self.sink)
        instruments = [instrument(0), instrument(1)]
        books = [Book(0), Book(1)]
        rule = TriggerRule(DIFFERENCE, -5.0, 100.0, 500.0, -500.0)
        rule.triggers_max = 10
        rule.skew_ns_max = rule.closing_margin_ns = SECOND
        legs = [
            SpreadLeg(0, 1, 1_000_000_000, 1.0, ORDERS_A, "a", 1, SECOND, 1.0),
            SpreadLeg(1, -1, 1_000_000_000, 1.0, ORDERS_B, "b", 1, SECOND, 1.0),
        ]
        ladder = [LadderStep(STEP_HALT, 1, 0, 0, SECOND)]
        definition = SpreadDefinition(0, "test", "1", legs, rule, ladder, 2, 2, 50_000, 3 * SECOND)
        limits = Limits(2, 1, 4)
        for index in range(2):
            limits.order_lots_max[index] = limits.position_lots_max[index] = 10
            limits.order_value_e4_max[index] = limits.margin_e4_max[index] = 10**12
            limits.orders_per_second_max[index] = 100
        limits.naked_e4_max[0] = 10**12
        self.core = EngineCore(
            step,
            self.capture,
            CalendarClock(0, UTC, 1000, [], []),
            instruments,
            books,
            [AlwaysOpen(), AlwaysOpen()],
            [definition],
            limits,
            [10_000, 10_000],
            [SECOND, SECOND, 0, 0],
        )
        self.gateways = [FakeGateway(ORDERS_A, step), FakeGateway(ORDERS_B, step)]
        for gateway in self.gateways:
            self.core.add_stream(gateway, None, SECOND)
        self.core.add_stream(None, FakeQuotes(step, books[0]), SECOND)
        self.core.add_feed(FakeFeed(step, books[1]))
        self.now = SECOND
        self.core.start("1", "hash", "{}", "user", self.now)

    def tick(self) -> int:
        self.now += 1000
        return self.now

    def connect_all(self) -> None:
        self.core.on_timer(self.tick())
        for source in self.core.take_connects():
            self.core.on_connection(source, True, "", self.tick())
        for source in (ORDERS_A, ORDERS_B):
            self.core.on_bytes(source, b"on", self.tick())
            self.core.outgoing(source)

    def trigger(self) -> None:
        self.core.on_bytes(QUOTES, b"99 100", self.tick())
        self.core.on_datagram(FEED, False, b"106 107", self.tick())


def test_every_input_has_the_next_number_and_is_in_log_or_capture() -> None:
    world = World()
    world.connect_all()
    world.trigger()
    world.core.on_operator("noted", "me", "trader", "why", world.tick())
    world.core.on_durability(False, "disk", world.tick())
    world.core.on_clock_sample(UTC, 0, world.tick())
    world.core.on_condition(0, CONDITION_CORPORATE_ACTION, 1, "ex-date", world.tick())
    logged = [record[2] for record in world.sink.records if RECORD_TABLE[record[0]][1] == INPUT]
    captured = [packet[1] for packet in world.capture.packets]
    assert sorted(logged + captured) == list(range(1, int(world.core.input_seq) + 1))
    assert world.sink.records[0][0] == CONFIGURATION


def test_market_data_goes_to_the_capture_with_both_times_and_order_bytes_to_the_log() -> None:
    world = World()
    world.core.on_datagram(FEED, True, b"1 2", 5 * SECOND)
    source, number, now_ns, utc_ns, data = world.capture.packets[0]
    assert (source, number, now_ns, data) == (FEED + REFRESH_OFFSET, 2, 5 * SECOND, b"1 2")
    assert utc_ns == UTC + 5 * SECOND
    world.core.on_bytes(ORDERS_A, b"on", world.tick())
    assert [fields["raw"] for fields in world.sink.of(STREAM_BYTES)] == [b"on"]
    assert len(world.capture.packets) == 1


def test_a_trigger_encodes_both_legs_after_their_records_and_writes_no_numbers() -> None:
    world = World()
    world.connect_all()
    world.trigger()
    encoded = world.core.routes.take_encoded()
    assert [int(order.source) for order in encoded] == [ORDERS_A, ORDERS_B]
    for order in encoded:
        kind, _, _, _, fields = world.sink.records[order.record_seq - 1]
        assert kind == LEG_ORDER
        assert fields["client_order_id"] == order.client_order_id
        assert world.core.outgoing(order.source) == str(int(order.client_order_id)).encode()
    kinds = [record[0] for record in world.sink.records]
    last_leg = len(kinds) - 1 - kinds[::-1].index(LEG_ORDER)
    assert SESSION_STATE not in kinds[last_leg:]
    world.core.on_bytes(ORDERS_A, b"fill", world.tick())
    assert [record[0] for record in world.sink.records][-1] == SESSION_STATE
    world.core.measure_sent(encoded[0], 77, 10)
    kind, cause, _, _, fields = world.sink.records[-1]
    assert (kind, cause, fields["sent_ns"]) == (SENT, encoded[0].record_seq, 77)


def test_receipts_read_together_with_the_end_of_the_session_count_before_the_route_is_lost() -> None:
    world = World()
    world.connect_all()
    world.trigger()
    world.core.on_bytes(ORDERS_A, b"fill", world.tick())
    world.core.on_bytes(ORDERS_B, b"fill and off", world.tick())
    assert world.core.desk.is_quiet()
    assert [int(lots) for lots in world.core.desk.ledger.position_lots] == [2, -2]
    assert not world.core.routes.is_up(ORDERS_B)


def test_a_session_that_comes_back_with_a_gap_sends_nothing_until_it_is_whole() -> None:
    world = World()
    world.core.desk.triggers[0].valuation.definition.ladder.insert(0, LadderStep(STEP_RETRY, 3, 0, 10, SECOND))
    world.connect_all()
    world.trigger()
    gateway_a, gateway_b = world.gateways
    world.core.on_bytes(ORDERS_A, b"fill", world.tick())
    gateway_b.receipts = [Receipt(order.client_order_id, RECEIPT_EXPIRED, STATUS_EXPIRED) for order in gateway_b.orders]
    gateway_b.orders = []
    gateway_b.gap = True
    world.core.on_bytes(ORDERS_B, b"expired", world.tick())
    assert gateway_b.orders == []
    gateway_b.gap = False
    world.core.on_bytes(ORDERS_B, b"resent", world.tick())
    assert [int(order.quantity_lots) for order in gateway_b.orders] == [2]


def test_what_is_read_together_with_the_log_on_counts_before_anything_is_decided() -> None:
    world = World()
    world.core.desk.triggers[0].valuation.definition.ladder.insert(0, LadderStep(STEP_RETRY, 3, 0, 10, SECOND))
    world.connect_all()
    world.trigger()
    gateway_b = world.gateways[1]
    missed = gateway_b.orders
    world.core.on_bytes(ORDERS_A, b"fill", world.tick())
    world.core.on_bytes(ORDERS_B, b"off", world.tick())
    world.core.on_connection(ORDERS_B, False, "closed", world.tick())
    world.core.on_connection(ORDERS_B, True, "", world.tick())
    world.core.outgoing(ORDERS_B)
    gateway_b.orders = missed
    world.core.on_bytes(ORDERS_B, b"fill and log on", world.tick())
    assert world.core.desk.is_quiet()
    assert b"query" not in world.core.outgoing(ORDERS_B)


def test_refused_connections_are_tried_again_after_the_pause() -> None:
    world = World()
    world.core.on_timer(world.tick())
    assert world.core.take_connects() == [ORDERS_A, ORDERS_B, QUOTES]
    refused_ns = world.tick()
    world.core.on_connection(ORDERS_A, False, "refused", refused_ns)
    assert world.core.take_connects() == []
    assert world.core.next_timer_ns() == refused_ns + SECOND
    world.core.on_timer(refused_ns + SECOND)
    assert world.core.take_connects() == [ORDERS_A]
    assert world.sink.of(CONNECTION)[0]["reason"] == "refused"


def test_a_connection_that_takes_too_long_is_to_be_closed() -> None:
    world = World()
    begun_ns = world.tick()
    world.core.on_timer(begun_ns)
    assert not world.core.must_close(ORDERS_A, begun_ns + CONNECT_TIMEOUT_NS - 1)
    assert world.core.must_close(ORDERS_A, begun_ns + CONNECT_TIMEOUT_NS)
    assert world.core.next_timer_ns() == begun_ns + CONNECT_TIMEOUT_NS


def test_nothing_new_is_opened_while_the_log_cannot_promise_space() -> None:
    world = World()
    world.connect_all()
    world.core.on_durability(False, "disk full", world.tick())
    world.trigger()
    assert world.core.routes.take_encoded() == []
    world.core.on_durability(True, "", world.tick())
    world.core.on_datagram(FEED, False, b"106 107", world.tick())
    assert len(world.core.routes.take_encoded()) == 2


def test_client_order_ids_of_another_run_come_from_another_range() -> None:
    world = World()
    world.core.desk.machine.begin_epoch(3)
    world.connect_all()
    world.trigger()
    assert [int(order.client_order_id) for order in world.core.routes.take_encoded()] == [3_000_000_001, 3_000_000_002]


def alert_codes(world: World) -> list[str]:
    return [str(row["code"]) for row in world.sink.of(ALERT)]


def test_a_condition_blocks_from_the_input_that_states_it() -> None:
    world = World()
    world.connect_all()
    world.core.on_condition(0, CONDITION_CORPORATE_ACTION, 1, "ex-date", world.tick())
    world.trigger()
    assert [row["gate"] for row in world.sink.of(GATE)] == ["corporate_action"]
    assert world.core.desk.next_spread_order_id == 1
    world.core.on_condition(0, CONDITION_CORPORATE_ACTION, 0, "processed", world.tick())
    assert world.core.desk.next_spread_order_id == 2, "the spreads of the instrument look again at once"


@pytest.mark.parametrize(
    ("instrument", "condition", "value"), [(2, 0, 0), (-1, 0, 0), (0, 11, 0), (0, -1, 0), (0, 0, 6)]
)
def test_a_condition_that_is_none_is_recorded_and_answered_and_changes_nothing(instrument, condition, value) -> None:
    world = World()
    world.core.on_condition(instrument, condition, value, "typing error", world.tick())
    assert alert_codes(world) == ["condition"]
    assert all(list(c.values) == list(InstrumentConditions().values) for c in world.core.desk.conditions)


def test_case_28_after_a_clock_step_quotes_of_before_do_not_trade_and_nothing_is_opened_until_it_runs_evenly() -> None:
    world = World()
    world.core.on_clock_sample(UTC, 0, world.tick())
    world.connect_all()
    world.core.on_bytes(QUOTES, b"99 100", world.tick())
    now = world.tick()
    world.core.on_clock_sample(world.core.clock.utc_ns(now) + CLOCK_STEP_NS_MIN, 0, now)
    world.core.on_datagram(FEED, False, b"106 107", world.tick())
    assert [(row["gate"], row["instrument_index"]) for row in world.sink.of(GATE)] == [("clock_step", 0)]
    world.core.on_bytes(QUOTES, b"99 100", world.tick())
    assert world.core.desk.next_spread_order_id == 1
    now = world.tick()
    world.core.on_clock_sample(world.core.clock.utc_ns(now), 0, now)
    world.core.on_bytes(QUOTES, b"99 100", world.tick())
    assert world.core.desk.next_spread_order_id == 2

"""The wiring: sources in their places, numbers taken over, the day, the page, and which snapshot counts."""

import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from cross_market_connect import __version__
from cross_market_connect.bootstrap import (
    EngineStores,
    OpenedEngine,
    begin_run,
    blueprint_at,
    build_core,
    build_recovered,
    code_version,
    death_note,
    markets_of,
    open_engine,
    start_core,
    view_layout,
)
from cross_market_connect.config.blueprint import Blueprint, trading_date
from cross_market_connect.config.build_fix import SECRET_PLACEHOLDER, session_settings
from cross_market_connect.config.demonstration import DEMO_FILE, demo_settings
from cross_market_connect.config.execution_models import Alternative
from cross_market_connect.config.layers import read_toml
from cross_market_connect.config.models import FixOrders, FixQuotes, FixSession, OmdD, Settings
from cross_market_connect.config.settings import checked, load
from cross_market_connect.domain.book import BOOK_LIVE
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import ALERT, BLOCK, CANCEL_ONLY, CLOCK_SAMPLE, CONFIGURATION, CRASH, RESTART
from cross_market_connect.engine.core import LIFT, STOP, EngineCore
from cross_market_connect.engine.log_end import usable_end
from cross_market_connect.engine.publisher import COUNTER_NAMES
from cross_market_connect.journal.layout import Record
from cross_market_connect.journal.life import MemoryLifeStore
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.journal.snapshot import MemorySnapshotStore, Snapshot
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import LogWriter, open_log
from cross_market_connect.reference.tables import Reference, load_reference
from cross_market_connect.run import targets_of
from cross_market_connect.trading.gates import GATE_NAMES
from cross_market_connect.trading.stopping import restrict
from cross_market_connect.venues.cme.mdp3_feed import CmeFuturesFeed
from cross_market_connect.venues.fix_broker.orders import FixOrders as FixOrdersGateway
from cross_market_connect.venues.fix_broker.quotes import FixQuotes as FixQuotesFeed
from tests.unit.venues.cme.support import BILLION, heartbeat, packet, snapshot
from tests.unit.venues.cme.support import definition as cme_definition


@pytest.fixture(scope="module")
def reference() -> Reference:
    return load_reference()


@pytest.fixture(scope="module")
def settings() -> Settings:
    return demo_settings(
        speed=Decimal(10), seed=5, faults=["none"], duration=Decimal(4), ports={}, directory=Path("nowhere")
    )


def opened(store: MemorySegmentStore) -> LogWriter:
    return open_log(store, "1", 1 << 20, 0, 1)


def made(settings: Settings, reference: Reference) -> Blueprint:
    return blueprint_at(settings, reference, settings.calendar.clock(0, 0))


def core_of(settings: Settings, reference: Reference, numbers: dict[int, tuple[int, int]]) -> EngineCore:
    log = opened(MemorySegmentStore(1 << 24))
    return build_core(made(settings, reference), log, None, numbers, settings.calendar.clock(0, 0))


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        (datetime.datetime(2021, 1, 4, 2, 0), 20210104),
        (datetime.datetime(2021, 1, 4, 15, 59, 59), 20210104),
        (datetime.datetime(2021, 1, 4, 16, 0), 20210105),
        (datetime.datetime(2020, 12, 31, 16, 0), 20210101),
    ],
)
def test_the_day_is_that_of_china_and_hong_kong(utc: datetime.datetime, day: int) -> None:
    """Eight hours before UTC: a new day begins at 16:00 UTC."""
    assert trading_date(int(utc.replace(tzinfo=datetime.UTC).timestamp()) * 10**9) == day


def test_the_version_of_the_code_is_the_packages() -> None:
    assert code_version() == __version__


def test_sources_stand_in_the_order_of_the_configuration(settings: Settings, reference: Reference) -> None:
    core = core_of(settings, reference, {})
    assert len(core.streams) == len(core.feeds) == len(settings.source)
    for index, source in enumerate(settings.source):
        stream, feed = core.streams[index], core.feeds[index]
        assert (feed is not None) == isinstance(source, OmdD)
        if stream is not None:
            assert isinstance(source, FixSession)
            assert (stream.gateway is not None) == isinstance(source, FixOrders)
            assert (stream.quotes is not None) == isinstance(source, FixQuotes)
            assert stream.reconnect_ns == source.reconnect_ms * 1_000_000
    assert [one.symbol for one in core.instruments] == [choice.symbol for choice in settings.instruments]
    assert core.snapshot_every == settings.engine.snapshot_every_records


def with_mdp3(reference: Reference, **changes: object) -> Settings:
    """The demonstration with the second market's quotes by MDP 3.0."""
    raw = read_toml(DEMO_FILE)
    raw["source"][3] = {
        "name": "xhkf_quotes",
        "kind": "mdp3",
        "venue": "XHKF",
        "interface": "127.0.0.1",
        "incremental": [{"group": "239.1.1.1", "port": 14_001}, {"group": "239.1.1.2", "port": 14_002}],
        "snapshot": [{"group": "239.1.1.3", "port": 14_003}],
        "definitions": [{"group": "239.1.1.4", "port": 14_004}],
        "clock": {"way_min_us": 10, "way_max_us": 20},
        **changes,
    }
    return checked(raw, None, reference, None, [])


def test_a_source_of_mdp3_listens_to_both_lines_and_both_loops_and_its_packets_make_books(reference: Reference) -> None:
    settings = with_mdp3(reference)
    core = core_of(settings, reference, {})
    feed = core.feeds[3]
    assert isinstance(feed, CmeFuturesFeed) and feed.times.clock is not None
    _streams, [target] = targets_of(settings, dict.fromkeys(("XMC_CCFX_SECRET", "XMC_XHKF_SECRET"), "hush"))
    assert target.live == [("239.1.1.1", 14_001), ("239.1.1.2", 14_002)]
    assert target.refresh == [("239.1.1.3", 14_003), ("239.1.1.4", 14_004)]
    hang_seng = next(one for one in core.instruments if one.venue.mic == "XHKF")
    core.start("1", "", "", "test", 0)
    core.on_datagram(3, False, packet(10, heartbeat), 1)
    core.on_datagram(3, True, packet(1, cme_definition(hang_seng.venue_symbol, 7, increment=BILLION)), 2)
    core.on_datagram(3, True, packet(2, snapshot(7, 10, 0, (26_000, 3))), 3)
    book = core.books[hang_seng.index]
    assert (book.state, book.best_bid()) == (BOOK_LIVE, 26_000)


def test_a_source_of_mdp3_by_order_and_with_implied_levels(reference: Reference) -> None:
    lines = [{"group": "239.1.1.5", "port": 14_005}]
    settings = with_mdp3(
        reference, book="order", order_snapshot=lines, orders_max=5, implied="combined", kernel_stamps=True
    )
    feed = core_of(settings, reference, {}).feeds[3]
    assert isinstance(feed, CmeFuturesFeed) and feed.books.combines
    assert feed.books.orders is not None and feed.books.orders.table.orders_max == 5
    _streams, [target] = targets_of(settings, dict.fromkeys(("XMC_CCFX_SECRET", "XMC_XHKF_SECRET"), "hush"))
    assert target.refresh[2:] == [("239.1.1.5", 14_005)] and target.wants_stamps
    with pytest.raises(InputError, match="order_snapshot: missing"):
        with_mdp3(reference, book="order")
    with pytest.raises(InputError, match="orders_max: 7; expected none, since book is price"):
        with_mdp3(reference, orders_max=7)


def test_sessions_with_bounds_of_the_way_have_clocks(reference: Reference) -> None:
    raw = read_toml(DEMO_FILE)
    for source in raw["source"][:3]:
        source["clock"] = {"way_min_us": 10, "way_max_us": 20}
    core = core_of(checked(raw, None, reference, None, []), reference, {})
    for stream in core.streams[:3]:
        assert stream is not None
        if isinstance(stream.gateway, FixOrdersGateway):
            own, market = stream.gateway.link.clock, stream.gateway.market_clock
            assert own is not None and market is not None and own is not market
        if isinstance(stream.quotes, FixQuotesFeed):
            assert stream.quotes.link.clock is stream.quotes.times.clock is not None


def test_instruments_that_stand_for_each_other_in_a_leg_are_one_market(reference: Reference) -> None:
    raw = read_toml(DEMO_FILE)
    settings = checked(raw, None, reference, None, [])
    core = core_of(settings, reference, {})
    assert markets_of(settings, core.instruments) == []
    leg = settings.spread[0].leg[0]
    own = next(one for one in core.instruments if one.symbol == leg.instrument)
    same = next(one for one in core.instruments if one.currency == own.currency and one.index != own.index)
    foreign = next(one for one in core.instruments if one.currency != own.currency)
    ways = [Alternative.model_construct(instrument=one.symbol, route=leg.route) for one in (same, foreign)]
    spread = settings.spread[0].model_copy(
        update={"leg": [leg.model_copy(update={"alternative": ways}), *settings.spread[0].leg[1:]]}
    )
    changed = settings.model_copy(update={"spread": [spread, spread]})
    assert markets_of(changed, core.instruments) == [sorted((int(own.index), int(same.index)))]
    assert view_layout(settings, core).markets == []


def test_a_second_line_of_omd_is_listened_to(reference: Reference) -> None:
    raw = read_toml(DEMO_FILE)
    raw["source"][3]["second_line"] = {"group": "239.1.1.2", "port": 14_002}
    _streams, [target] = targets_of(
        checked(raw, None, reference, None, []), dict.fromkeys(("XMC_CCFX_SECRET", "XMC_XHKF_SECRET"), "hush")
    )
    assert target.live[1:] == [("239.1.1.2", 14_002)] and len(target.refresh) == 1


def test_a_description_that_cannot_be_read_is_one_error(reference: Reference, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no_such.xml"):
        core_of(with_mdp3(reference, templates=str(tmp_path / "no_such.xml")), reference, {})
    (tmp_path / "broken.xml").write_text("<messageSchema")
    with pytest.raises(InputError, match=r"broken\.xml"):
        core_of(with_mdp3(reference, templates=str(tmp_path / "broken.xml")), reference, {})


def test_order_sessions_go_on_with_their_numbers(settings: Settings, reference: Reference) -> None:
    orders = [index for index, source in enumerate(settings.source) if isinstance(source, FixOrders)]
    core = core_of(settings, reference, {orders[0]: (7, 9)})
    numbers = []
    for index in orders:
        stream = core.streams[index]
        assert stream is not None and stream.gateway is not None
        numbers.append(stream.gateway.next_numbers())
    assert numbers == [(7, 9), *[(1, 1)] * (len(orders) - 1)]


def test_quote_sessions_begin_anew_and_only_the_secrets_place_is_in_the_settings(settings: Settings) -> None:
    for source in settings.source:
        if isinstance(source, FixSession):
            made = session_settings(source, b"FIX.4.4", demo=False)
            assert made.reset_on_logon == isinstance(source, FixQuotes)
            assert made.password_placeholder == (SECRET_PLACEHOLDER if source.secret_env else b"")
            assert made.sending_time_tolerance_s == 120
            assert session_settings(source, b"FIX.4.4", demo=True).sending_time_tolerance_s == 0


def test_a_first_run_takes_over_nothing_and_the_next_what_the_first_left(
    settings: Settings, reference: Reference
) -> None:
    store = MemorySegmentStore(1 << 24)
    log = opened(store)
    clock = settings.calendar.clock(0, 0)
    core, recovered = build_recovered(made(settings, reference), log, None, clock, [], 0)
    assert recovered is None
    start_core(core, made(settings, reference), "me", 5, recovered)
    log.seal()
    store.kill()
    assert [record.kind for record in LogReader(store, 1).records()] == [CONFIGURATION, CLOCK_SAMPLE]
    log = opened(store)
    core, recovered = build_recovered(made(settings, reference), log, None, clock, LogReader(store, 1).records(), 0)
    assert recovered is not None
    assert (recovered.epoch, recovered.last_seq, core.input_seq) == (1, 2, 2)
    start_core(core, made(settings, reference), "me", 9, recovered)
    log.seal()
    records = list(LogReader(store, 1).records())
    assert [record.kind for record in records[2:]] == [CONFIGURATION, RESTART, CLOCK_SAMPLE]
    assert records[2].fields()["configuration_hash"] == settings.sha256()
    assert (records[3].fields()["epoch"], records[3].fields()["recovered_record"]) == (2, 2)
    assert core.desk.machine.sender.next_client_order_id == 2_000_000_001


def test_inputs_count_on_behind_what_was_captured(settings: Settings, reference: Reference) -> None:
    """Market data that changed nothing has a number and no record."""
    log = opened(MemorySegmentStore(1 << 24))
    core, recovered = build_recovered(made(settings, reference), log, None, settings.calendar.clock(0, 0), [], 40)
    assert (core.input_seq, recovered) == (40, None)


def test_the_page_is_laid_out_as_the_configuration_says(settings: Settings, reference: Reference) -> None:
    core = core_of(settings, reference, {})
    layout = view_layout(settings, core)
    assert [spread.name for spread in layout.spreads] == [spread.name for spread in settings.spread]
    assert [source.name for source in layout.sources] == [source.name for source in settings.source]
    for drawn, source in zip(layout.sources, settings.source, strict=True):
        assert drawn.kind == ("gateway" if isinstance(source, FixOrders) else "feed")
    assert layout.gate_names == list(GATE_NAMES)
    assert layout.counter_names == list(COUNTER_NAMES)
    for spread, state in zip(layout.spreads, core.desk.triggers, strict=True):
        rule = state.valuation.definition.rule
        assert (spread.enter_buy, spread.exit_buy) == (rule.buy_enter, rule.buy_exit)
        assert (spread.enter_sell, spread.exit_sell) == (rule.sell_enter, rule.sell_exit)
        for leg, definition in zip(spread.legs, state.valuation.definition.legs, strict=True):
            assert (leg.instrument_index, leg.side) == (definition.instrument_index, definition.side)


# ---------------------------------------------------------------------- one engine after the other on the same stores


class Lives:
    """Engines that follow each other on one disk; each dies without a word."""

    def __init__(self, settings: Settings, reference: Reference) -> None:
        self.settings = settings
        self.reference = reference
        self.disk = MemorySegmentStore(1 << 26)
        self.life = MemoryLifeStore()
        self.snapshots = MemorySnapshotStore()
        self.now_ns = 10**9

    def open(self) -> OpenedEngine:
        self.disk.kill()
        self.now_ns += 10**9
        stores = EngineStores(self.disk, self.disk, None, None, self.snapshots, self.life, 1 << 20, 1 << 20)
        clock = self.settings.calendar.clock(self.now_ns, 0)
        return open_engine(blueprint_at(self.settings, self.reference, clock), stores, clock)

    def start(self) -> OpenedEngine:
        engine = self.open()
        begin_run(engine, "test", self.now_ns)
        return engine

    def crash(self, engine: OpenedEngine, error: Exception) -> None:
        """What a shell does when a step raised."""
        engine.core.on_timer(self.now_ns + 1)
        try:
            raise error
        except (ValueError, KeyError) as raised:
            self.life.note_death(death_note(engine.core, engine.log, raised))
        engine.log.seal()

    def records(self, kind: int) -> list[Record]:
        return [record for record in LogReader(self.disk, 1).records() if record.kind == kind]


@pytest.fixture
def lives(settings: Settings, reference: Reference) -> Lives:
    return Lives(settings, reference)


def test_the_second_crash_at_the_same_place_starts_cancel_only_and_names_the_record(lives: Lives) -> None:
    first = lives.start()
    lives.crash(first, ValueError("poison"))
    died_in, record = int(first.core.input_seq), int(first.log.last_seq)
    second = lives.start()
    assert not second.core.desk.safety.cancel_only
    assert lives.life.death() is None
    (found,) = lives.records(CRASH)
    fields = found.fields()
    assert (fields["crashed_input"], fields["crashed_record"], fields["times"]) == (died_in, record, 1)
    assert str(fields["place"]).startswith("ValueError at test_bootstrap.py:")
    assert str(fields["reason"]).startswith("timer, source -1: ValueError at test_bootstrap.py:")
    lives.crash(second, ValueError("poison"))
    record = int(second.log.last_seq)
    third = lives.start()
    assert third.core.desk.safety.cancel_only
    assert f"record {record}" in third.core.desk.safety.reason
    assert [entry.fields()["cancel_only"] for entry in lives.records(CANCEL_ONLY)] == [1]
    emergency = [entry.fields() for entry in lives.records(ALERT) if entry.fields()["code"] == "cancel_only"]
    assert f"record {record}" in str(emergency[0]["text_en"])


def test_cancel_only_survives_restarts_until_a_person_lifts_it(lives: Lives) -> None:
    for _ in range(2):
        lives.crash(lives.start(), ValueError("poison"))
    lives.start()
    again = lives.start()
    assert again.core.desk.safety.cancel_only
    assert again.core.desk.machine.cancel_only
    again.core.on_operator(LIFT, "ann", "operator", "fixed in 1.2", lives.now_ns)
    assert not again.core.desk.safety.cancel_only
    after = lives.start()
    assert not after.core.desk.safety.cancel_only
    lives.crash(after, ValueError("poison"))
    assert not lives.start().core.desk.safety.cancel_only, "counted from before the lift"


def test_other_places_and_a_clean_stop_between_are_no_poison(lives: Lives) -> None:
    lives.crash(lives.start(), ValueError("one"))
    lives.crash(lives.start(), KeyError("other"))
    stopped = lives.start()
    assert not stopped.core.desk.safety.cancel_only
    stopped.core.on_operator(STOP, "process", "operator", "evening", lives.now_ns)
    stopped.log.seal()
    lives.crash(lives.start(), ValueError("one"))
    assert not lives.start().core.desk.safety.cancel_only
    assert [entry.fields()["times"] for entry in lives.records(CRASH)] == [1, 1, 1]


def test_restrictions_are_in_a_snapshot(lives: Lives) -> None:
    engine = lives.start()
    lives.crash(engine, ValueError("poison"))
    engine = lives.start()
    restrict(engine.core.desk, "as said")
    engine.core.desk.safety.block(1, 0, "unknown order 7")
    engine.core._checkpoint()
    engine.log.seal()
    taken = engine.core.take_snapshot()
    assert taken is not None
    lives.snapshots.save(Snapshot(*taken))
    after = lives.start().core
    assert after.desk.safety.reason == "as said"
    assert after.desk.safety.is_blocked(1, 0)
    assert not after.desk.safety.is_blocked(0, 0)
    assert list(after.crashes.counts.values()) == [1]


def test_a_block_is_of_one_account_and_instrument_and_ends_with_a_sign_off(lives: Lives) -> None:
    engine = lives.start()
    safety = engine.core.desk.safety
    definition = engine.core.desk.triggers[0].valuation.definition
    leg = definition.legs[1]
    assert safety.blocked_leg(definition) == -1
    safety.block(leg.route, leg.instrument_index, "unknown order 7")
    safety.block(leg.route, leg.instrument_index, "again")
    engine.log.seal()
    assert safety.blocked_leg(definition) == 1
    after = lives.start().core.desk.safety
    assert after.blocked_leg(definition) == 1
    (found,) = lives.records(BLOCK)
    assert found.fields()["reason"] == "unknown order 7"
    assert after.sign_off(leg.route, leg.instrument_index, "ann and bob: broker confirmed")
    assert not after.sign_off(leg.route, leg.instrument_index, "twice")
    assert after.blocked_leg(definition) == -1


def test_no_power_cut_lets_a_run_number_its_orders_as_one_before_it_did(lives: Lives) -> None:
    numbers = []
    for _ in range(3):
        engine = lives.start()
        numbers.append(int(engine.core.desk.machine.sender.next_client_order_id))
        engine.core.on_timer(lives.now_ns + 5)
        lives.disk.crash([])
    assert numbers == [1_000_000_001, 2_000_000_001, 3_000_000_001]
    assert [record.fields()["epoch"] for record in lives.records(RESTART)] == [2, 3]


def test_a_death_is_not_forgotten_before_it_is_safely_on_record(lives: Lives) -> None:
    lives.crash(lives.start(), ValueError("poison"))
    engine = lives.open()
    lives.disk.sync_fails = True
    with pytest.raises(InputError, match="memory: Input/output error; choose a directory"):
        begin_run(engine, "test", lives.now_ns)
    assert lives.life.death() is not None
    lives.disk.sync_fails = False
    lives.disk.crash([])
    lives.start()
    lives.disk.crash([])
    assert lives.life.death() is None
    assert [entry.fields()["times"] for entry in lives.records(CRASH)] == [1]


def test_the_engine_before_is_fenced_by_the_next(lives: Lives) -> None:
    first = lives.start()
    assert not first.is_fenced()
    second = lives.start()
    assert first.is_fenced()
    assert not second.is_fenced()


def checkpointed(engine: OpenedEngine) -> Snapshot:
    engine.core._checkpoint()
    engine.log.seal()
    taken = engine.core.take_snapshot()
    assert taken is not None
    return Snapshot(*taken)


def test_the_newest_snapshot_that_the_log_confirms_is_used_with_the_records_after_it(lives: Lives) -> None:
    engine = lives.start()
    older = checkpointed(engine)
    engine.core.on_timer(lives.now_ns + 5)
    newer = checkpointed(engine)
    engine.core.on_timer(lives.now_ns + 6)
    engine.log.seal()
    last = int(engine.log.last_seq)
    beyond = Snapshot(last + 5, newer.state)
    forged = Snapshot(newer.record_seq, older.state)
    elsewhere = Snapshot(newer.record_seq - 1, newer.state)
    for offered, expected in [
        ([newer, older], newer),
        ([beyond, newer, older], newer),
        ([forged, older], older),
        ([elsewhere, older], older),
        ([older], older),
        ([forged], None),
        ([], None),
    ]:
        lives.disk.kill()
        log = open_log(lives.disk, code_version(), 1 << 20, 0, offered[0].record_seq if offered else 1)
        found, records = usable_end(offered, log, lives.disk)
        assert found is expected
        first = 1 if expected is None else expected.record_seq + 1
        assert [int(record.seq) for record in records] == list(range(first, last + 1))


def test_a_run_that_stopped_leaves_a_snapshot_as_its_last_record(lives: Lives) -> None:
    engine = lives.start()
    engine.core.on_operator(STOP, "process", "operator", "evening", lives.now_ns)
    assert engine.core.finished
    taken = engine.core.take_snapshot()
    assert taken is not None
    assert taken[0] == engine.log.last_seq
    lives.snapshots.save(Snapshot(*taken))
    engine.log.seal()
    after = lives.start()
    assert after.recovered is not None
    assert after.recovered.last_seq == taken[0]


def test_the_six_spreads_of_the_example_make_an_engine(reference: Reference) -> None:
    settings = load(Path(__file__).parents[2] / "examples" / "spreads.toml", environment={})
    core = core_of(settings, reference, {})
    layout = view_layout(settings, core)
    assert [(spread.name, spread.unit) for spread in layout.spreads] == [
        ("if_hsi", "points"),
        ("if_etf", "points"),
        ("gold", "CNY/gram"),
        ("a_h", "%"),
        ("adr_hk", "ratio"),
        ("adr_etf", "ratio"),
    ]
    # A rate's quote concerns the spreads that it converts, and no other; each has the hours of all its books.
    rate = next(instrument for instrument in core.instruments if instrument.symbol == "XCFE.USDCNY")
    (watched,) = core.desk.spreads_of_instrument[int(rate.index)]
    concerned = watched.state
    assert concerned.valuation.definition.name == "gold"
    assert len(concerned.hours) == 3

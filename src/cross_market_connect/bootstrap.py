"""The only place that wires the parts together: for sockets, for the virtual world, and for replay."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, final

from cross_market_connect import __version__
from cross_market_connect.config.blueprint import Blueprint, trading_date
from cross_market_connect.config.build import apply_admission, build_clock, build_conditions, build_recovery_limits
from cross_market_connect.config.build_execution import narrowed
from cross_market_connect.config.build_fix import (
    SECRET_PLACEHOLDER,
    drop_copy,
    order_gateway,
    quote_gateway,
    session_days,
)
from cross_market_connect.config.models import (
    FeedSource,
    FixSession,
    Mdp3,
    Multicast,
    OmdC,
    Recovery,
    Replay,
    Retransmission,
    Settings,
)
from cross_market_connect.config.models import FixDropCopy as FixDropCopySource
from cross_market_connect.config.models import FixOrders as FixOrdersSource
from cross_market_connect.config.models import FixQuotes as FixQuotesSource
from cross_market_connect.config.succession import follow
from cross_market_connect.domain.book import Book
from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.errors import InputError, InvariantError
from cross_market_connect.domain.instrument import Instrument
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.domain.ports import QuoteConnection
from cross_market_connect.domain.records import RECORD_TABLE, CaptureSink, RecordSink
from cross_market_connect.domain.spread import DIFFERENCE, PERCENT, RATIO, SpreadDefinition
from cross_market_connect.domain.step import Step
from cross_market_connect.engine.core import REFRESH_OFFSET, EngineCore
from cross_market_connect.engine.feed_watch import FeedWatch
from cross_market_connect.engine.log_end import usable_end
from cross_market_connect.engine.publisher import COUNTER_NAMES
from cross_market_connect.engine.recovery import RecoveredRun
from cross_market_connect.engine.view import (
    LegLayout,
    SourceLayout,
    SpreadLayout,
    ViewLayout,
    describe_instrument,
)
from cross_market_connect.journal.capture import CaptureWriter, last_input_seq, open_capture
from cross_market_connect.journal.layout import Record
from cross_market_connect.journal.life import DeathNote, LifeStore
from cross_market_connect.journal.pcapng import TCP, UDP
from cross_market_connect.journal.snapshot import Snapshot, SnapshotStore
from cross_market_connect.journal.store import SegmentStore, unusable
from cross_market_connect.journal.writer import LogWriter, open_log
from cross_market_connect.market.channel import Channel
from cross_market_connect.market.feed_log import FeedLog
from cross_market_connect.market.hole_recovery import HoleRecovery
from cross_market_connect.market.quote_times import QuoteTimes
from cross_market_connect.reference.tables import Reference
from cross_market_connect.trading.commands import TIMES_IN_FORCE
from cross_market_connect.trading.gates import GATE_NAMES
from cross_market_connect.venues.cme.mdp3_feed import SILENCE_NS as CME_SILENCE_NS
from cross_market_connect.venues.cme.mdp3_feed import CmeFuturesFeed
from cross_market_connect.venues.cme.replay import CmeReplay
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.venues.hkex.omd_c_feed import OmdSecuritiesFeed
from cross_market_connect.venues.hkex.omd_d_feed import OmdDerivativesFeed
from cross_market_connect.venues.hkex.omd_feed import SILENCE_NS as OMD_SILENCE_NS
from cross_market_connect.venues.hkex.omd_feed import OmdFeed
from cross_market_connect.venues.hkex.retransmission import OmdRetransmission
from cross_market_connect.wire.fix.session import FixSession as FixProtocol
from cross_market_connect.wire.mdp3 import DESCRIPTION_FILE
from cross_market_connect.wire.mdp3.layout import Layouts
from cross_market_connect.wire.omd.faults import FaultCounts
from cross_market_connect.wire.omd.omd_c_messages import OMD_C
from cross_market_connect.wire.omd.omd_d_messages import OMD_D
from cross_market_connect.wire.omd.packet_reader import PacketReader
from cross_market_connect.wire.omd.packet_writer import PacketWriter
from cross_market_connect.wire.sbe.reader import read_schema

NANOSECONDS_PER_MILLISECOND: Final = 1_000_000
# A session that is up sends a heartbeat in every interval; three of them missing is no accident.
SILENT_HEARTBEATS: Final = 3


def code_version() -> str:
    """What records and segments carry as the version of the code."""
    return __version__


def blueprint_at(settings: Settings, reference: Reference, clock: CalendarClock) -> Blueprint:
    """What a start at the clock's anchor is made from: the anchor decides the date for which the tables are read."""
    return Blueprint(settings, reference, trading_date(int(clock.anchor_utc_ns)))


def build_core(
    blueprint: Blueprint,
    sink: RecordSink,
    capture: CaptureSink | None,
    sequence_numbers: Mapping[int, tuple[int, int]],
    clock: CalendarClock,
) -> EngineCore:
    """One engine's core, with its sources in the configuration's order.

    Args:
        sequence_numbers: next incoming and outgoing number by source, as an earlier run left them.
        clock: the calendar, anchored on the blueprint's day.
    """
    settings = blueprint.settings
    core = build_desk(blueprint, sink, capture, clock)
    gateways = _order_gateways(core, settings, sequence_numbers)
    for index, each in enumerate(settings.source):
        if isinstance(each, Multicast) and each.kernel_stamps:
            core.stamps.expect(index)
        if not isinstance(each, FixOrdersSource):
            _add_source(core, settings, index, gateways, sequence_numbers.get(index, (1, 1)))
            continue
        core.add_stream(gateways[each.name], None, each.reconnect_ms * NANOSECONDS_PER_MILLISECOND)
        _keep_terms(core, each, gateways[each.name].link.session)
    for _number, feed_source, recovery in settings.recoveries():
        index = settings.source_index(feed_source.name)
        connection = _recovery_connection(core, index, feed_source, recovery)
        core.add_stream(None, connection, recovery.reconnect_ms * NANOSECONDS_PER_MILLISECOND)
    return core


def build_desk(blueprint: Blueprint, sink: RecordSink, capture: CaptureSink | None, clock: CalendarClock) -> EngineCore:
    """A core with its desk, without any source yet."""
    settings, instruments = blueprint.settings, blueprint.instruments
    books = [Book(index) for index in range(len(instruments))]
    step = Step(sink)
    waits = [
        source.acknowledge_timeout_ms * NANOSECONDS_PER_MILLISECOND if isinstance(source, FixOrdersSource) else 0
        for source in settings.source
    ]
    core = EngineCore(
        step,
        capture,
        clock,
        instruments,
        books,
        [blueprint.reference.session_clock(instrument.symbol, blueprint.day) for instrument in instruments],
        blueprint.spreads,
        blueprint.limits,
        blueprint.margins_e4,
        waits,
    )
    apply_admission(settings, blueprint.day_limits, core.desk.machine.sender.admission)
    core.desk.machine.sender.netting.wait_ns = settings.engine.self_trade_wait_ms * NANOSECONDS_PER_MILLISECOND
    core.snapshot_every = settings.engine.snapshot_every_records
    core.configuration, core.day = blueprint.configuration, blueprint.day
    known = build_conditions(settings, blueprint.reference, blueprint.day)
    for conditions, stated in zip(core.desk.conditions, known, strict=True):
        conditions.values = stated.values
    core.desk.machine.sender.phases.clock = clock
    for source in settings.order_sources():
        index = settings.source_index(source.name)
        venues = core.operators.venues
        venues.names[index], venues.mics[index], venues.accounts[index] = source.name, source.venue, source.account
        venues.forces[index] = [TIMES_IN_FORCE[force] for force in source.time_in_force]
    return core


def bare_core(blueprint: Blueprint) -> EngineCore:
    """A core for reading what an earlier run has left: it writes nothing, and its clock stands still."""
    return build_desk(blueprint, RecordSink(), None, CalendarClock(0, 0, 1_000, [], []))


def _keep_terms(core: EngineCore, source: FixSession, session: FixProtocol) -> None:
    """What the configuration says of when the stream just added connects."""
    stream = core.streams[-1]
    if stream is not None:
        stream.days = session.days = session_days(source, core.clock)
        stream.reconnect_max_ns = source.longest_pause_ms() * NANOSECONDS_PER_MILLISECOND


def _order_gateways(
    core: EngineCore, settings: Settings, sequence_numbers: Mapping[int, tuple[int, int]]
) -> dict[str, FixOrders]:
    """The gateways of all sources that take orders, by name: made before the drop copies, which read as they do."""
    demo = settings.calendar.mode == "demo"
    gateways: dict[str, FixOrders] = {}
    for index, source in enumerate(settings.source):
        if isinstance(source, FixOrdersSource):
            numbers = sequence_numbers.get(index, (1, 1))
            gateway = order_gateway(index, source, core.step, core.instruments, numbers, demo)
            gateway.link.clock, gateway.market_clock = build_clock(source.clock), build_clock(source.clock)
            core.desk.machine.sender.abilities[index] = narrowed(source, gateway.capabilities()).order_abilities()
            gateways[source.name] = gateway
    return gateways


def _add_source(
    core: EngineCore, settings: Settings, index: int, gateways: Mapping[str, FixOrders], numbers: tuple[int, int]
) -> None:
    source = settings.source[index]
    instruments, books = core.instruments, core.books
    demo = settings.calendar.mode == "demo"
    if isinstance(source, FixDropCopySource):
        copies = drop_copy(index, source, core.step, [gateways[name] for name in source.copies], numbers, demo)
        copies.link.clock = build_clock(source.clock)
        core.add_drop_copy(copies, source.reconnect_ms * NANOSECONDS_PER_MILLISECOND)
        _keep_terms(core, source, copies.link.session)
    elif isinstance(source, FixQuotesSource):
        quotes = quote_gateway(index, source, core.step, instruments, books, demo)
        quotes.times.clock = quotes.link.clock = build_clock(source.clock)
        core.add_stream(None, quotes, source.reconnect_ms * NANOSECONDS_PER_MILLISECOND)
        _keep_terms(core, source, quotes.link.session)
        silence_ns = SILENT_HEARTBEATS * source.heartbeat_s * NANOSECONDS_PER_SECOND
        _watch(core, settings, index, quotes.log, quotes.times, None, silence_ns)
    elif isinstance(source, Mdp3):
        layouts = cme_layouts(source.templates)
        orders_max = source.orders_max if source.book == "order" else 0
        combines = source.implied == "combined"
        cme = CmeFuturesFeed(index, core.step, instruments, books, layouts, source.venue, orders_max, combines)
        cme.times.clock = build_clock(source.clock)
        core.add_feed(cme)
        _watch(core, settings, index, cme.log, cme.times, cme.channel, CME_SILENCE_NS)
    elif isinstance(source, OmdC):
        securities = OmdSecuritiesFeed(index, core.step, instruments, books, source.orders_max, source.venue)
        securities.times.clock = build_clock(source.clock)
        core.add_feed(securities)
        _watch(core, settings, index, securities.log, securities.times, securities.channel, OMD_SILENCE_NS)
    else:
        feed = OmdDerivativesFeed(index, core.step, instruments, books, None, source.venue)
        feed.times.clock = build_clock(source.clock)
        core.add_feed(feed)
        _watch(core, settings, index, feed.log, feed.times, feed.channel, OMD_SILENCE_NS)


def _watch(
    core: EngineCore,
    settings: Settings,
    index: int,
    log: FeedLog,
    times: QuoteTimes,
    channel: Channel | None,
    silence_ns: int,
) -> None:
    """Have a feed watched, with the books of its venue."""
    mic = settings.source[index].venue
    books = [book for book, one in zip(core.books, core.instruments, strict=True) if one.venue.mic == mic]
    phases = core.desk.machine.sender.phases
    core.watches.add(FeedWatch(index, core.step, log, times, channel, books, phases, silence_ns))


def _recovery_connection(core: EngineCore, index: int, source: FeedSource, recovery: Recovery) -> QuoteConnection:
    """The session with a feed's recovery service."""
    feed = core.feeds[index]
    limits = build_recovery_limits(source, recovery)
    if isinstance(feed, OmdFeed) and isinstance(recovery, Retransmission):
        flavour = OMD_C if isinstance(source, OmdC) else OMD_D
        asked = HoleRecovery(feed.channel, feed.log, core.step, limits)
        reader, writer = PacketReader(FaultCounts(), flavour), PacketWriter(flavour)
        return OmdRetransmission(core.step, feed, asked, reader, writer, recovery.channel, recovery.username)
    if isinstance(feed, CmeFuturesFeed) and isinstance(source, Mdp3) and isinstance(recovery, Replay):
        feed.recovery = HoleRecovery(feed.channel, feed.log, core.step, limits)
        layouts, channel = cme_layouts(source.templates), recovery.channel
        return CmeReplay(core.step, feed, feed.recovery, layouts, channel, recovery.username, SECRET_PLACEHOLDER)
    raise InvariantError(f"source {source.name} has a recovery service of another protocol")


def cme_layouts(templates: Path | None) -> Layouts:
    """By the exchange's description of its messages, or by ours. Raises InputError with every fault of the file."""
    file = DESCRIPTION_FILE if templates is None else templates
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([f"{file}: {error}; expected a description of MDP 3.0's messages"]) from error
    return Layouts(read_schema(text, file.name))


@final
class EngineStores:
    """What outlives an engine: where its log, capture, snapshots and life lie.

    Args:
        log, capture: for writing; no capture when the configuration has none.
        log_reading, capture_reading: the same segments, read beside the writer.
    """

    def __init__(
        self,
        log: SegmentStore,
        log_reading: SegmentStore,
        capture: SegmentStore | None,
        capture_reading: SegmentStore | None,
        snapshots: SnapshotStore,
        life: LifeStore,
        log_segment_bytes: int,
        capture_segment_bytes: int,
    ) -> None:
        self.log = log
        self.log_reading = log_reading
        self.capture = capture
        self.capture_reading = capture_reading
        self.snapshots = snapshots
        self.life = life
        self.log_segment_bytes = log_segment_bytes
        self.capture_segment_bytes = capture_segment_bytes


@final
class OpenedEngine:
    """An engine that stands where its earlier runs ended, before its first input.

    Attributes:
        recovered: what was taken over; None when there was no earlier run.
        fence: the engine may send while its life store shows this number.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        core: EngineCore,
        log: LogWriter,
        capture: CaptureWriter | None,
        life: LifeStore,
        recovered: RecoveredRun | None,
    ) -> None:
        self.blueprint = blueprint
        self.core = core
        self.log = log
        self.capture = capture
        self.life = life
        self.recovered = recovered
        self.fence = int(life.take_over())

    def is_fenced(self) -> bool:
        """Whether another engine has taken over: nothing may be sent any more."""
        return int(self.life.fence()) != self.fence


def recovery_name(source: FeedSource) -> str:
    """What the stream to a feed's recovery service is called."""
    return source.name + "_recovery"


def describe_sources(capture: CaptureWriter, settings: Settings) -> None:
    """Tell the capture what each source is."""
    for index, source in enumerate(settings.source):
        if isinstance(source, FixSession):
            capture.add_interface(index, source.name, TCP, source.host, source.port)
        else:
            # Both lines say the same: the capture names the first.
            live, refresh = source.live()[0], source.refresh()[0]
            capture.add_interface(index, source.name, UDP, live.group, live.port)
            name = source.name + "_refresh"
            capture.add_interface(index + REFRESH_OFFSET, name, UDP, refresh.group, refresh.port)
    for number, source, recovery in settings.recoveries():
        capture.add_interface(number, recovery_name(source), TCP, recovery.host, recovery.port)


def open_engine(blueprint: Blueprint, stores: EngineStores, clock: CalendarClock) -> OpenedEngine:
    """Lock and open log and capture, take over what they hold, and become the engine that may send.

    Nothing before the segment of the newest snapshot is read; `xmc audit verify` checks the whole log.

    Raises InputError: another engine, directory, disk, damage; nothing stays open then.
    """
    snapshots = stores.snapshots.load()
    from_seq = snapshots[0].record_seq if snapshots else 1
    log = open_log(stores.log, code_version(), stores.log_segment_bytes, 0, from_seq)
    capture: CaptureWriter | None = None
    try:
        if stores.capture is not None:
            capture = open_capture(stores.capture, code_version(), stores.capture_segment_bytes)
            describe_sources(capture, blueprint.settings)
        captured = 0 if stores.capture_reading is None else last_input_seq(stores.capture_reading)
        snapshot, records = usable_end(snapshots, log, stores.log_reading)
        core, recovered = build_recovered(blueprint, log, capture, clock, records, captured, snapshot)
        return OpenedEngine(blueprint, core, log, capture, stores.life, recovered)
    except InputError:
        give_back(log, capture)
        raise


def begin_run(engine: OpenedEngine, user: str, now_ns: int) -> None:
    """The first inputs of a run, durable when this returns.

    Client order ids are numbered by run. If a power cut took the record that a run began, after the run had sent
    orders, the next one would send others under the same ids, and take the answers to those for answers to its own. So
    nothing leaves before that record is safe; nor is a death forgotten before it is on record.

    Raises InputError: the disk does not take the run's beginning.
    """
    start_core(engine.core, engine.blueprint, user, now_ns, engine.recovered)
    note = engine.life.death()
    if note is not None:
        engine.core.on_crash(note.input_seq, note.record_seq, note.source, note.place, note.reason, now_ns)
    engine.log.seal()
    try:
        engine.log.sync()
    except OSError as error:
        raise InputError([unusable(engine.log.store.place(), error)]) from error
    if note is not None:
        engine.life.forget_death()


def give_back(log: LogWriter, capture: CaptureWriter | None) -> None:
    """Close what `open_engine` opened, when nothing came of the start. Nobody was promised what the disk lacks."""
    with suppress(OSError):
        log.close()
    if capture is not None:
        capture.close()


def death_note(core: EngineCore, log: LogWriter, error: BaseException) -> DeathNote:
    """What a shell leaves behind when a step of the core failed, before its process ends."""
    kind = int(core.input_kind)
    name = RECORD_TABLE[kind][0] if kind else "market_data"
    innermost = traceback.extract_tb(error.__traceback__)[-1:]
    where = "".join(f" at {Path(frame.filename).name}:{frame.lineno}" for frame in innermost)
    place = f"{type(error).__name__}{where}"
    source = int(core.input_source)
    reason = f"{name}, source {source}: {place}: {error}"
    return DeathNote(int(core.input_seq), int(log.last_seq), place, reason, source)


def start_core(core: EngineCore, blueprint: Blueprint, user: str, now_ns: int, recovered: RecoveredRun | None) -> None:
    """The first inputs of a run: configuration, the restart when there was an earlier run, what the configuration
    states of the markets otherwise than the last one did, and the calendar. A run that has the last has all of them."""
    core.start(code_version(), blueprint.configuration_sha256, blueprint.configuration, user, now_ns)
    if recovered is not None:
        core.restart(recovered.epoch + 1, recovered.last_seq, code_version(), "start after an earlier run", now_ns)
        for instrument, condition, value in recovered.restated:
            core.on_condition(instrument, condition, value, "stated by the configuration", now_ns)
    core.on_clock_sample(core.clock.utc_ns(now_ns), 0, now_ns)


def build_recovered(
    blueprint: Blueprint,
    sink: RecordSink,
    capture: CaptureSink | None,
    clock: CalendarClock,
    records: Iterable[Record],
    last_captured: int,
    snapshot: Snapshot | None = None,
) -> tuple[EngineCore, RecoveredRun | None]:
    """A core that stands where the records of earlier runs end, and what it took over; None when there are none.

    Args:
        records: of the earlier runs; only those after the snapshot when there is one.
        last_captured: number of the last input in the capture; market data leaves no record where it changes nothing.

    Raises InputError: an earlier configuration holds what the blueprint's would lose (`config/succession.py`).
    """
    recovered = RecoveredRun()
    kept = follow(recovered, blueprint, snapshot, records, bare_core)
    numbers = recovered.numbers(len(blueprint.settings.source))
    core = build_core(blueprint, sink, capture, numbers, clock)
    core.input_seq = max(int(recovered.last_input_seq), last_captured)
    if recovered.last_seq == 0:
        return core, None
    recovered.restore(core, kept)
    return core, recovered


def value_unit(definition: SpreadDefinition) -> str:
    """What one of the spread's value is, for a person: points, CNY/gram, %, ratio."""
    if definition.rule.form == RATIO:
        return "ratio"
    if definition.rule.form == PERCENT:
        return "%"
    is_points = definition.unit in ("", "index_point")
    return "points" if is_points else f"{definition.currency}/{definition.unit}"


SOURCE_NAMES_ZH: Final = {
    "fix_orders": "报单",
    "fix_quotes": "行情",
    "fix_drop_copy": "回报副本",
    "omd_d": "OMD-D 行情",
    "omd_c": "OMD-C 行情",
    "mdp3": "MDP 3.0 行情",
}


def view_layout(settings: Settings, core: EngineCore) -> ViewLayout:
    """What the page shows, described once."""
    spreads = []
    for spread, state in zip(settings.spread, core.desk.triggers, strict=True):
        definition = state.valuation.definition
        legs = [
            LegLayout(
                int(leg.instrument_index),
                int(leg.side),
                float(leg.ratio_e9) / 1e9,
                leg.multiplier * leg.unit_factor * leg.price_fx,
            )
            for leg in definition.legs
        ]
        rule = definition.rule
        shown = SpreadLayout(
            spread.name,
            spread.name,
            value_unit(definition),
            2 if rule.form == DIFFERENCE else 5,
            legs,
            rule.buy_enter,
            rule.buy_exit,
            rule.sell_enter,
            rule.sell_exit,
        )
        shown.largest_lots = int(definition.position_lots_max)
        spreads.append(shown)
    sources = [
        SourceLayout(
            source.name,
            f"{source.venue} {SOURCE_NAMES_ZH[source.kind]}",
            "gateway" if source.kind in ("fix_orders", "fix_drop_copy") else "feed",
            source.venue,
        )
        for source in settings.source
    ]
    for _number, source, _recovery in settings.recoveries():
        sources.append(SourceLayout(recovery_name(source), f"{source.venue} 行情补缺", "feed", source.venue))
    for watch in core.watches.by_source.values():
        sources[int(watch.source)].fault_names = watch.log.fault_names
    layout = ViewLayout(
        settings.engine.name,
        code_version(),
        settings.calendar.speed_milli,
        [describe_instrument(instrument) for instrument in core.instruments],
        spreads,
        sources,
        list(GATE_NAMES),
        list(COUNTER_NAMES),
    )
    layout.markets = markets_of(settings, core.instruments)
    return layout


def markets_of(settings: Settings, instruments: list[Instrument]) -> list[list[int]]:
    """Instruments that stand for each other in a leg, by index: those of one currency, whose prices can be compared."""
    by_symbol = {instrument.symbol: instrument for instrument in instruments}
    markets: list[list[int]] = []
    for spread in settings.spread:
        for leg in spread.leg:
            own = by_symbol[leg.instrument]
            others = [by_symbol[way.instrument] for way in leg.alternative if way.instrument is not None]
            same = {int(own.index)} | {int(other.index) for other in others if other.currency == own.currency}
            if len(same) > 1 and sorted(same) not in markets:
                markets.append(sorted(same))
    return markets

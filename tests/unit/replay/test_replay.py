"""A log decides itself again, byte for byte; whatever was changed in log or capture is found and named."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from cross_market_connect.bootstrap import code_version
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.records import (
    ALERT,
    CLOCK_SAMPLE,
    CONFIGURATION,
    LEG_ORDER,
    RECORD_TABLE,
    SENT,
    SPREAD_ORDER,
    TIMER,
    Payload,
    RecordSink,
)
from cross_market_connect.domain.spread import RESERVED
from cross_market_connect.journal.capture import CaptureReader, open_capture
from cross_market_connect.journal.layout import Record
from cross_market_connect.journal.pcapng import UDP, Packet
from cross_market_connect.journal.reader import LogReader, verify
from cross_market_connect.journal.store import MemorySegmentStore, SegmentStore
from cross_market_connect.journal.writer import open_log
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.replay.replay import Replayer, ReplayResult
from cross_market_connect.simulation.run import SETTLE_NS, History
from cross_market_connect.simulation.world import START_NS
from tests.unit.support_records import with_fields

pytestmark = pytest.mark.slow

MILLISECOND = 1_000_000
SECOND = 1_000 * MILLISECOND
DISK_BYTES = 1 << 28
SEGMENT_BYTES = 1 << 20
SEED = 2


def run_history(kills: int = 0, seed: int = SEED) -> History:
    history = History(seed, 6.0, Decimal(10), "heavy", kills)
    history.run()
    return history


@pytest.fixture(scope="module")
def history() -> History:
    """Six virtual seconds with trades, refusals and repairs."""
    return run_history()


def replayed(log: SegmentStore, capture: SegmentStore | None) -> ReplayResult:
    return Replayer(log, capture, load_reference()).run()


def with_record_behind(log: SegmentStore, input_seq: int, kind: int, payload: bytes) -> MemorySegmentStore:
    """The same records, and one more behind the last one of an input."""
    records = list(LogReader(log, 1).records())
    last = [record for record in records if record.input_seq == input_seq][-1]
    copy = MemorySegmentStore(DISK_BYTES)
    writer = open_log(copy, code_version(), SEGMENT_BYTES, 0, 1)
    for record in records:
        writer.append(record.kind, record.cause_seq, record.input_seq, record.now_ns, record.payload)
        if record is last:
            writer.append(kind, 0, input_seq, record.now_ns, payload)
        writer.seal()
        writer.prepare_next()
    writer.close()
    return copy


Change = Callable[[Record], tuple[bytes, ...]]


def rewritten_log(log: SegmentStore, change: Change) -> MemorySegmentStore:
    """The same records with a whole new chain; `change` gives the payloads that stand in a record's place."""
    copy = MemorySegmentStore(DISK_BYTES)
    writer = open_log(copy, code_version(), SEGMENT_BYTES, 0, 1)
    for record in LogReader(log, 1).records():
        for payload in change(record):
            writer.append(record.kind, record.cause_seq, record.input_seq, record.now_ns, payload)
            writer.seal()
            writer.prepare_next()
    writer.close()
    assert verify(copy).broken is None
    return copy


def rewritten_capture(capture: SegmentStore, change: Callable[[int, Packet], bytes | None]) -> MemorySegmentStore:
    """The same packets; `change` gives the bytes that stand in one's place, None for none."""
    copy = MemorySegmentStore(DISK_BYTES)
    writer = open_capture(copy, "test", SEGMENT_BYTES)
    packets = list(CaptureReader(capture).packets())
    for source in dict.fromkeys(int(packet.source) for packet in packets):
        writer.add_interface(source, str(source), UDP, "239.0.0.1", 1)
    for at, packet in enumerate(packets):
        data = change(at, packet)
        if data is not None:
            writer.append(packet.source, packet.input_seq, packet.now_ns, packet.utc_ns, data)
            writer.prepare_next()
    writer.close()
    return copy


def only(kind: int, at: int = 0) -> Callable[[Record], bool]:
    """True for the record of this kind at this position."""
    seen = [0]

    def is_it(record: Record) -> bool:
        if record.kind != kind:
            return False
        seen[0] += 1
        return seen[0] == at + 1

    return is_it


def replaced(is_it: Callable[[Record], bool], **fields: Any) -> Change:
    """The record in question gets other values; all others stay."""
    return lambda record: (with_fields(record, **fields),) if is_it(record) else (record.payload,)


def first(log: SegmentStore, kind: int) -> Record:
    return next(record for record in LogReader(log, 1).records() if record.kind == kind)


# ---------------------------------------------------------------------- identical


def test_a_history_is_decided_again_with_every_record_compared(history: History) -> None:
    result = replayed(history.engine.disk, history.engine.capture_disk)
    assert (result.identical, result.difference, result.runs) == (True, "", 1)
    records = list(LogReader(history.engine.disk, 1).records())
    packets = list(CaptureReader(history.engine.capture_disk).packets())
    assert result.compared == sum(RECORD_TABLE[record.kind][1] != 3 for record in records)
    assert result.packets == len(packets)
    assert result.inputs == sum(RECORD_TABLE[record.kind][1] == 1 for record in records) + len(packets)
    assert sum(record.kind == LEG_ORDER for record in records) > 2, "nothing happened that could differ"


def test_a_copy_with_a_new_chain_is_as_good(history: History) -> None:
    log = rewritten_log(history.engine.disk, lambda record: (record.payload,))
    capture = rewritten_capture(history.engine.capture_disk, lambda _, packet: packet.data)
    assert replayed(log, capture).identical


def test_measurements_are_passed_over(history: History) -> None:
    log = rewritten_log(history.engine.disk, replaced(only(SENT), sent_ns=5))
    assert replayed(log, history.engine.capture_disk).identical


@pytest.mark.parametrize("seed", [SEED, 3])
def test_runs_after_kills_are_decided_again_each_from_the_one_before(seed: int) -> None:
    killed = run_history(2, seed)
    result = replayed(killed.engine.disk, killed.engine.capture_disk)
    assert (result.identical, result.difference, result.runs) == (True, "", 3)


class Killed(Exception):
    """The process died."""


class DyingSink(RecordSink):
    """The log until an engine dies at the record that moves a spread order to `state`, before it is written."""

    def __init__(self, log: RecordSink, state: int) -> None:
        self.log = log
        self.state = state

    def append(self, kind: int, cause_seq: int, input_seq: int, now_ns: int, payload: bytes) -> int:
        if kind == SPREAD_ORDER and int.from_bytes(payload[24:32], "little") == self.state:
            raise Killed
        return self.log.append(kind, cause_seq, input_seq, now_ns, payload)


def test_a_step_that_a_kill_cut_short_is_the_end_of_its_run_and_no_difference() -> None:
    killed = History(SEED, 6.0, Decimal(10), "heavy", 0)
    for host in killed.exchanges.values():
        host.start()
    killed.engine.start()
    step = killed.engine.running().step
    step.sink = DyingSink(step.sink, int(RESERVED))
    until = START_NS + killed.duration_ns
    with pytest.raises(Killed):
        killed.world.run(lambda: False, until)
    killed.engine.kill()
    killed.world.after(100 * MILLISECOND, killed.engine.start)
    killed.world.at(until, killed.engine.stop)
    assert killed.world.run(killed._is_over, until + SETTLE_NS)
    assert verify(killed.engine.disk).broken is None
    result = replayed(killed.engine.disk, killed.engine.capture_disk)
    assert (result.difference, result.identical, result.runs) == ("", True, 2)


def cut(log: SegmentStore, count: int) -> MemorySegmentStore:
    return rewritten_log(log, lambda record: (record.payload,) if record.seq <= count else ())


def test_a_log_that_ends_inside_a_step_is_decided_again_up_to_there(history: History) -> None:
    """Both legs are decided in one step: cut between them, with the packets up to that step, nothing differs."""
    order = first(history.engine.disk, LEG_ORDER)
    capture = rewritten_capture(
        history.engine.capture_disk,
        lambda _, packet: packet.data if packet.input_seq <= order.input_seq else None,
    )
    result = replayed(cut(history.engine.disk, int(order.seq)), capture)
    assert (result.difference, result.identical, result.compared) == ("", True, compared_until(history, order))


def compared_until(history: History, last: Record) -> int:
    records = LogReader(history.engine.disk, 1).records()
    return sum(record.seq <= last.seq and RECORD_TABLE[record.kind][1] != 3 for record in records)


def test_a_log_that_ends_inside_a_step_before_the_capture_does_was_cut_by_no_crash(history: History) -> None:
    order = first(history.engine.disk, LEG_ORDER)
    result = replayed(cut(history.engine.disk, int(order.seq)), history.engine.capture_disk)
    assert result.difference == f"input {order.input_seq}: decided anew it has more records than the log holds"
    assert not result.identical


# ---------------------------------------------------------------------- different


def test_one_changed_byte_of_a_captured_packet_is_found(history: History) -> None:
    """The price in the quotes that triggered: another order, or none."""
    cause = first(history.engine.disk, LEG_ORDER).input_seq

    def change(_: int, packet: Packet) -> bytes:
        data = bytes(packet.data)
        if packet.input_seq != cause:
            return data
        at = len(data) // 2
        return data[:at] + bytes([data[at] ^ 0x11]) + data[at + 1 :]

    result = replayed(history.engine.disk, rewritten_capture(history.engine.capture_disk, change))
    assert not result.identical
    assert result.difference.startswith("record ")
    assert f"input {cause})" in result.difference


def test_one_changed_decision_is_named_although_the_chain_is_whole(history: History) -> None:
    order = first(history.engine.disk, LEG_ORDER)
    lots = int(order.fields()["quantity_lots"]) + 1
    result = replayed(
        rewritten_log(history.engine.disk, replaced(only(LEG_ORDER), quantity_lots=lots)), history.engine.capture_disk
    )
    assert not result.identical
    assert result.difference == (
        f"record {order.seq} (new, input {order.input_seq}): decided anew it is of kind {LEG_ORDER}, "
        f"input {order.input_seq}, {len(order.payload)} bytes"
    )
    assert result.compared < order.seq


def test_a_packet_that_was_dropped_is_missed(history: History) -> None:
    packets = list(CaptureReader(history.engine.capture_disk).packets())
    gone = packets[len(packets) // 2].input_seq
    capture = rewritten_capture(
        history.engine.capture_disk, lambda _, packet: None if packet.input_seq == gone else packet.data
    )
    result = replayed(history.engine.disk, capture)
    assert (result.identical, result.difference) == (False, f"input {gone} is neither in the log nor in the capture")


def test_without_its_capture_a_log_is_not_decided_again(history: History) -> None:
    result = replayed(history.engine.disk, None)
    assert not result.identical
    assert result.difference.endswith("is neither in the log nor in the capture")


def test_a_decision_that_was_taken_out_is_found(history: History) -> None:
    is_order = only(SPREAD_ORDER)
    log = rewritten_log(history.engine.disk, lambda record: () if is_order(record) else (record.payload,))
    result = replayed(log, history.engine.capture_disk)
    assert not result.identical
    assert f"kind {SPREAD_ORDER}" in result.difference


def test_a_decision_at_the_end_of_a_step_that_is_not_made_again_is_named(history: History) -> None:
    """Behind a step's last record no decision is compared with it: the next input finds it left over."""
    timer = first(history.engine.disk, TIMER)
    alert = Payload(ALERT)
    for _ in RECORD_TABLE[ALERT][2]:
        alert.put(0)
    for _ in RECORD_TABLE[ALERT][3]:
        alert.put_text("")
    log = with_record_behind(history.engine.disk, int(timer.input_seq), ALERT, alert.take())
    result = replayed(log, history.engine.capture_disk)
    assert not result.identical
    assert result.difference.endswith(f"(alert, input {timer.input_seq}): it is not decided anew")


def test_a_decision_that_was_put_in_between_is_found(history: History) -> None:
    is_order = only(SPREAD_ORDER)
    log = rewritten_log(
        history.engine.disk,
        lambda record: (record.payload, record.payload) if is_order(record) else (record.payload,),
    )
    assert not replayed(log, history.engine.capture_disk).identical


def test_another_version_of_the_code_is_told_before_anything_is_compared(history: History) -> None:
    log = rewritten_log(history.engine.disk, replaced(only(CONFIGURATION), code_version="0.0.0"))
    with pytest.raises(InputError, match=f"written by version 0.0.0, this is {code_version()}"):
        replayed(log, history.engine.capture_disk)


def one_record_log(kind: int) -> Iterator[MemorySegmentStore]:
    store = MemorySegmentStore(DISK_BYTES)
    writer = open_log(store, code_version(), SEGMENT_BYTES, 0, 1)
    payload = Payload(kind)
    for _ in RECORD_TABLE[kind][2]:
        payload.put(0)
    for _ in RECORD_TABLE[kind][3]:
        payload.put_text("")
    writer.append(kind, 0, 1, 1, payload.take())
    writer.close()
    yield store


def test_a_log_that_does_not_begin_with_a_configuration_is_no_run() -> None:
    (log,) = one_record_log(TIMER)
    result = replayed(log, None)
    assert (result.identical, result.difference) == (False, "a run does not begin with its configuration")


def test_a_run_without_a_clock_cannot_begin(history: History) -> None:
    log = rewritten_log(history.engine.disk, lambda record: () if record.kind == CLOCK_SAMPLE else (record.payload,))
    assert replayed(log, history.engine.capture_disk).difference == "record 1: the run has no clock sample"


def test_a_run_that_began_from_a_snapshot_behind_a_clean_end_is_decided_again_from_the_whole_log() -> None:
    history = History(SEED, 1.0, Decimal(10), "none", 0)
    settings = history.settings.engine.model_copy(update={"snapshot_every_records": 50})
    history.engine.settings = history.settings.model_copy(update={"engine": settings})
    for host in history.exchanges.values():
        host.start()
    for _ in range(2):
        history.engine.forget()
        history.engine.start()
        history.world.run(lambda: False, history.world.now_ns + SETTLE_NS)
        history.engine.stop()
        assert history.world.run(lambda: bool(history.engine.running().finished), history.world.now_ns + SETTLE_NS)
    assert history.engine.engine is not None
    recovered = history.engine.engine.recovered
    assert recovered is not None
    assert recovered.snapshot_epoch == 1, "the second run began from no snapshot"
    result = replayed(history.engine.disk, history.engine.capture_disk)
    assert (result.identical, result.runs, result.difference) == (True, 2, "")


def test_a_run_whose_sessions_never_were_on_is_gone_on_from_as_from_its_snapshot() -> None:
    history = History(SEED, 60.0, Decimal(10), "none", 0)
    settings = history.settings.engine.model_copy(update={"snapshot_every_records": 50})
    history.engine.settings = history.settings.model_copy(update={"engine": settings})
    for host in history.exchanges.values():
        host.start()
    for end in range(3):
        if end > 0:
            history.engine.kill()
            for host in history.exchanges.values():
                host.stop_process()
        history.engine.forget()
        history.engine.start()
        history.world.run(lambda: False, history.world.now_ns + 2 * SECOND)
    assert history.engine.engine is not None
    recovered = history.engine.engine.recovered
    assert recovered is not None
    assert recovered.snapshot_epoch == 2, "the last run began from no snapshot of the one whose venues were down"
    result = replayed(history.engine.disk, history.engine.capture_disk)
    assert (result.identical, result.runs, result.difference) == (True, 3, "")

"""What a new run takes over: the sessions' numbers from their records and from the messages announced since."""

import json
from decimal import Decimal
from typing import Any

import pytest

from cross_market_connect.bootstrap import blueprint_at, build_recovered
from cross_market_connect.domain.records import (
    CANCEL_REQUEST,
    CONFIGURATION,
    CONNECTION,
    LEG_ORDER,
    LEG_ORDER_STATE,
    OPERATOR,
    RECORD_TABLE,
    SESSION_DAY,
    SESSION_STATE,
    STATUS_REQUEST,
    Payload,
)
from cross_market_connect.domain.spread import LEG_IDLE, LEG_PENDING_NEW, LEG_REJECTED
from cross_market_connect.engine.core import STOP
from cross_market_connect.engine.recovery import RecoveredRun
from cross_market_connect.journal.layout import NO_HASH, Record, encode_record
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.journal.snapshot import Snapshot, SnapshotStore
from cross_market_connect.journal.store import MemorySegmentStore
from cross_market_connect.journal.writer import open_log
from cross_market_connect.simulation.run import History
from cross_market_connect.simulation.world import START_NS
from cross_market_connect.trading.state import desk_state

ROUTE, OTHER = 0, 2


def record(seq: int, kind: int, **fields: Any) -> Record:
    """A record with these fields, the others zero or empty."""
    payload = Payload(kind)
    for name in RECORD_TABLE[kind][2]:
        payload.put(fields.get(name, 0))
    for name in RECORD_TABLE[kind][3]:
        payload.put_text(fields.get(name, ""))
    encoded = encode_record(seq, 0, seq, 0, kind, RECORD_TABLE[kind][1], payload.take())
    return Record(1, 0, encoded + NO_HASH, NO_HASH)


def recovered(*records: tuple[int, dict[str, Any]]) -> RecoveredRun:
    run = RecoveredRun()
    for at, (kind, fields) in enumerate(records):
        run.note(record(at + 1, kind, **fields))
    return run


def test_numbers_are_those_of_the_last_session_state() -> None:
    run = recovered(
        (CONFIGURATION, {}),
        (SESSION_STATE, {"source": ROUTE, "next_in": 2, "next_out": 2}),
        (SESSION_STATE, {"source": ROUTE, "next_in": 7, "next_out": 5}),
        (SESSION_STATE, {"source": OTHER, "next_in": 3, "next_out": 9}),
    )
    assert run.sequence_numbers == {ROUTE: (7, 5), OTHER: (3, 9)}
    assert (run.epoch, run.last_seq, run.last_input_seq) == (1, 4, 4)


def test_a_new_session_day_begins_at_1_also_when_the_log_ends_behind_its_record() -> None:
    begun = (SESSION_STATE, {"source": ROUTE, "next_in": 7, "next_out": 5})
    same = recovered(begun, (SESSION_DAY, {"source": ROUTE, "day_utc_ns": 10, "begins_anew": 0}))
    assert (same.sequence_numbers, same.session_days) == ({ROUTE: (7, 5)}, {ROUTE: 10})
    other = recovered(begun, (SESSION_DAY, {"source": ROUTE, "day_utc_ns": 20, "begins_anew": 1}))
    assert (other.sequence_numbers, other.session_days) == ({ROUTE: (1, 1)}, {ROUTE: 20})


def test_session_days_follow_their_sources() -> None:
    run = recovered(*((SESSION_DAY, {"source": at, "day_utc_ns": 10 + at}) for at in (0, 1, 2)))
    run.renumber([1, -1, 0], [2])
    assert run.session_days == {1: 10}


def test_messages_announced_since_count_for_their_own_session() -> None:
    run = recovered(
        (SESSION_STATE, {"source": ROUTE, "next_in": 7, "next_out": 5}),
        (SESSION_STATE, {"source": OTHER, "next_in": 3, "next_out": 9}),
        (LEG_ORDER, {"client_order_id": 11, "route": ROUTE}),
        (LEG_ORDER, {"client_order_id": 12, "route": OTHER}),
        (STATUS_REQUEST, {"client_order_id": 11}),
        (CANCEL_REQUEST, {"client_order_id": 13, "original_client_order_id": 11}),
    )
    assert run.sequence_numbers == {ROUTE: (7, 8), OTHER: (3, 10)}


def test_an_order_refused_before_any_bytes_does_not_count() -> None:
    """Seed 69600: a snapshot behind such an order had other numbers than the log, so the replay differed."""
    refused = {"client_order_id": 11, "state_before": LEG_IDLE, "state": LEG_REJECTED}
    run = recovered(
        (SESSION_STATE, {"source": ROUTE, "next_in": 7, "next_out": 5}),
        (LEG_ORDER, {"client_order_id": 11, "route": ROUTE}),
        (LEG_ORDER_STATE, refused),
        (LEG_ORDER, {"client_order_id": 12, "route": ROUTE}),
        (LEG_ORDER_STATE, {**refused, "client_order_id": 12, "state_before": LEG_PENDING_NEW}),
    )
    assert run.sequence_numbers == {ROUTE: (7, 6)}


def test_a_session_state_written_afterwards_has_them_already() -> None:
    run = recovered(
        (SESSION_STATE, {"source": ROUTE, "next_in": 7, "next_out": 5}),
        (LEG_ORDER, {"client_order_id": 11, "route": ROUTE}),
        (SESSION_STATE, {"source": ROUTE, "next_in": 8, "next_out": 6}),
        (STATUS_REQUEST, {"client_order_id": 11}),
    )
    assert run.sequence_numbers == {ROUTE: (8, 7)}


def test_numbers_go_on_as_they_are_only_behind_a_run_that_had_closed_every_connection() -> None:
    begun = [
        (CONFIGURATION, {}),
        (CONNECTION, {"source": ROUTE, "connected": 1}),
        (CONNECTION, {"source": OTHER, "connected": 1}),
        (SESSION_STATE, {"source": ROUTE, "next_in": 7, "next_out": 5}),
    ]
    stop = (OPERATOR, {"command": STOP})
    lost = [(CONNECTION, {"source": source, "connected": 0}) for source in (ROUTE, OTHER)]
    ahead = {ROUTE: (7, 1005), 1: (1, 1001), OTHER: (1, 1001)}
    assert recovered(*begun).numbers(3) == ahead
    assert recovered(*begun, *lost).numbers(3) == ahead, "killed while every connection was down"
    assert recovered(*begun, stop, lost[0]).numbers(3) == ahead, "what it has sent since may be lost"
    assert recovered(*begun, stop, *lost).numbers(3) == {ROUTE: (7, 5), 1: (1, 1), OTHER: (1, 1)}
    assert recovered(*begun, stop, *lost, *begun[:1]).numbers(3) == ahead, "another run has begun"
    assert recovered().numbers(3) == {ROUTE: (1, 1), 1: (1, 1), OTHER: (1, 1)}


# ---------------------------------------------------------------------- a snapshot instead of the log before it


class EverySnapshot(SnapshotStore):
    """Keeps them all."""

    def __init__(self) -> None:
        self.saved: list[Snapshot] = []

    def save(self, snapshot: Snapshot) -> None:
        self.saved.append(snapshot)

    def load(self) -> list[Snapshot]:
        return list(reversed(self.saved[-2:]))


@pytest.fixture(scope="module")
def history() -> History:
    """Five seconds of the demonstration's world with every kind of trouble, a snapshot every five records."""
    history = History(3, 5.0, Decimal(10), "heavy", 0)
    engine = history.settings.engine.model_copy(update={"snapshot_every_records": 5})
    history.engine.settings = history.settings.model_copy(update={"engine": engine})
    snapshots = EverySnapshot()
    history.engine.stores.snapshots = snapshots

    def is_over() -> bool:
        """Asked after every event: no snapshot is replaced by the next before it was kept."""
        core = history.engine.core
        taken = None if core is None else core.take_snapshot()
        if taken is not None:
            snapshots.save(Snapshot(*taken))
        return core is not None and bool(core.finished)

    for host in history.exchanges.values():
        host.start()
    history.engine.start()
    assert history.world.run(is_over, START_NS + 60 * 10**9)
    return history


def restarted(history: History, end: int, snapshot: Snapshot | None) -> str:
    """The state after a restart at record `end`, and after it has gone on from there."""
    disk = history.engine.disk
    first = 1 if snapshot is None else snapshot.record_seq + 1
    records = [record for record in LogReader(disk, first).records() if record.seq <= end]
    sink = open_log(MemorySegmentStore(1 << 26), "1", 1 << 20, 0, 1)
    clock = history.engine.calendar_now()
    blueprint = blueprint_at(history.engine.settings, history.reference, clock)
    core, found = build_recovered(blueprint, sink, None, clock, records, 0, snapshot)
    assert found is not None
    before = desk_state(core.desk)
    core.restart(found.epoch + 1, found.last_seq, "1", "test", history.world.now_ns)
    numbers = found.numbers(len(history.settings.source))
    engine = json.dumps({"numbers": numbers, "input_seq": int(core.input_seq), "epoch": int(found.epoch)})
    return "\n".join([before, desk_state(core.desk), engine])


def test_snapshot_and_tail_are_the_whole_log_at_any_record(history: History) -> None:
    """Also with orders open: the states are equal text, before and after what is open is resumed."""
    snapshots = history.engine.stores.snapshots
    assert isinstance(snapshots, EverySnapshot)
    log = history.engine.log
    assert log is not None
    taken = snapshots.saved
    opened = [snapshot for snapshot in taken if '"open_ids":[]' not in snapshot.state]
    assert len(opened) > 5, "no snapshot with an order open: the test shows nothing"
    for at, snapshot in enumerate([*opened[::2], *taken[::25], taken[-1]]):
        for end in (snapshot.record_seq, min(snapshot.record_seq + 1 + 7 * at, int(log.last_seq))):
            found, expected = restarted(history, end, snapshot), restarted(history, end, None)
            assert found == expected, f"snapshot {snapshot.record_seq}, end {end}"

"""The refresh channel's own sequence, and what a cycle leaves out."""

import pytest

from cross_market_connect.venues.hkex.book_update import APPLIED, CONTRADICTION, DEFINED_LATE
from cross_market_connect.venues.hkex.refresh_cycle import OLD_PACKETS_MAX
from cross_market_connect.venues.hkex.series import SeriesTable
from cross_market_connect.venues.hkex.snapshot import PASSED_OVER_MAX, SnapshotCollector
from cross_market_connect.wire.omd.faults import OK, FaultCounts
from cross_market_connect.wire.omd.omd_d_reader import OmdDReader
from tests.unit.venues.hkex.support import HSI, MHI, Fill, instrument, levels, packet, update


def collector() -> tuple[SnapshotCollector, SeriesTable]:
    series = SeriesTable([instrument(0, "HSIF1"), instrument(1, "MHIF1")])
    series.define(0, HSI, 0)
    result = SnapshotCollector(series)
    result.begin()
    return result, series


def read(snapshot: SnapshotCollector, fill: Fill) -> None:
    reader = OmdDReader(FaultCounts())
    assert reader.open(packet(1, fill)) == OK
    assert reader.next() == 353
    snapshot.on_book_update(reader)


@pytest.mark.parametrize(
    ("packets", "taken", "collecting"),
    [
        ([(5, 2), (7, 1)], [True, True], True),
        ([(5, 2), (8, 1)], [True, True], False),  # 7 is missing
        ([(5, 2), (5, 2), (7, 1)], [True, False, True], True),  # a duplicate
        ([(5, 2), (6, 0), (7, 1)], [True, False, True], True),  # a heartbeat carries the last number
        ([(9, 0), (12, 1)], [False, True], True),  # nothing was expected yet
    ],
)
def test_sequence(packets: list[tuple[int, int]], taken: list[bool], collecting: bool) -> None:
    snapshot, _ = collector()
    assert [snapshot.follow(seq, count) for seq, count in packets] == taken
    assert snapshot.collecting == collecting
    assert snapshot.abandoned == (0 if collecting else 1)


def test_a_sender_that_began_anew_is_followed_again() -> None:
    snapshot, _ = collector()
    assert snapshot.follow(999_999, 1) and snapshot.follow(1_000_000, 1)
    assert not any(snapshot.follow(seq, 1) for seq in range(1, OLD_PACKETS_MAX))
    assert snapshot.follow(1_000_001, 1), "one packet in sequence, and the old ones were duplicates"
    assert [seq for seq in range(1, 2 * OLD_PACKETS_MAX) if snapshot.follow(seq, 1)][0] == OLD_PACKETS_MAX + 1
    assert not snapshot.collecting


def test_left_and_joined_again_no_number_is_expected() -> None:
    snapshot, _ = collector()
    assert snapshot.follow(9, 1)
    snapshot.leave()
    assert not snapshot.collecting
    assert snapshot.follow(4, 1)


def test_each_cycle_begins_empty() -> None:
    snapshot, _ = collector()
    read(snapshot, update(HSI, (5, 100, 0, 1, 0)))
    assert levels(snapshot.books[0].bids) == [(100, 5)]
    read(snapshot, update(HSI, (5, 100, 0, 4, 1)))
    assert list(snapshot.faults) == [CONTRADICTION, APPLIED]
    read(snapshot, update(HSI, (6, 101, 0, 1, 0)))
    assert levels(snapshot.books[0].bids) == [(100, 5)], "after a fault nothing is applied"
    snapshot.states.on_series_status(0, 1, 2)
    read(snapshot, update(MHI, (5, 100, 0, 1, 0)))
    snapshot.begin()
    assert levels(snapshot.books[0].bids) == []
    assert snapshot.states.is_open(0)
    snapshot.on_definition(0, HSI)
    snapshot.on_definition(1, MHI)
    assert list(snapshot.faults) == [APPLIED, APPLIED]


def test_a_definition_after_the_entries_marks_the_series() -> None:
    snapshot, series = collector()
    read(snapshot, update(MHI, (5, 100, 0, 1, 0)))
    series.define(1, MHI, 0)
    snapshot.on_definition(1, MHI)
    assert list(snapshot.faults) == [APPLIED, DEFINED_LATE]


def test_other_decimals_after_the_entries_mark_the_series() -> None:
    snapshot, _ = collector()
    read(snapshot, update(HSI, (5, 100, 0, 1, 0)))
    snapshot.on_definition(0, HSI)
    assert list(snapshot.faults) == [DEFINED_LATE, APPLIED]


def test_a_definition_before_the_entries_does_not() -> None:
    snapshot, series = collector()
    series.define(1, MHI, 0)
    snapshot.on_definition(1, MHI)
    read(snapshot, update(MHI, (5, 100, 0, 1, 0)))
    assert list(snapshot.faults) == [APPLIED, APPLIED]


def test_more_foreign_series_than_can_be_remembered_mark_every_later_definition() -> None:
    snapshot, _ = collector()
    reader = OmdDReader(FaultCounts())
    for orderbook_id in range(HSI + 1, HSI + 1 + PASSED_OVER_MAX):
        snapshot._passed_over[orderbook_id] = True
    reader.open(packet(1, update(3, (5, 100, 0, 1, 0))))
    reader.next()
    snapshot.on_book_update(reader)
    assert len(snapshot._passed_over) == PASSED_OVER_MAX
    snapshot.on_definition(1, 3)
    assert snapshot.faults[1] == DEFINED_LATE

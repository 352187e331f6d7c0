"""Counts by reason; what is only skipped is no dropped packet."""

from cross_market_connect.wire.fault_counts import ReasonCounts


def test_faults_are_counted_by_reason_and_skipped_messages_drop_nothing() -> None:
    counts = ReasonCounts(4)
    for reason in (-1, -2, -2, -3, -3, -3):
        counts.add(reason)
    assert [counts.count(reason) for reason in (0, -1, -2, -3)] == [0, 1, 2, 3]
    assert counts.dropped_packets() == 3

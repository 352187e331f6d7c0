"""Fault counters."""

from cross_market_connect.wire.omd import faults
from cross_market_connect.wire.omd.faults import FAULT_NAMES, FaultCounts


def test_every_reason_has_a_name() -> None:
    reasons = sorted(
        (v for k, v in vars(faults).items() if k.startswith(("PACKET_", "HEART", "COMPRESS", "MESSAGE_", "ENTRY_"))),
        reverse=True,
    )
    assert reasons == list(range(-1, -len(FAULT_NAMES), -1))


def test_a_skipped_message_is_not_a_dropped_packet() -> None:
    counts = FaultCounts()
    for reason in (-1, -1, -5, faults.MESSAGE_COUNT_MISMATCH, faults.MESSAGE_TYPE_UNKNOWN):
        counts.add(reason)
    assert counts.count(faults.PACKET_TRUNCATED) == 2
    assert counts.count(faults.MESSAGE_TYPE_UNKNOWN) == 1
    assert counts.dropped_packets() == 4

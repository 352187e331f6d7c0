"""Fault counters."""

from cross_market_connect.wire.mdp3 import faults
from cross_market_connect.wire.mdp3.faults import FAULT_NAMES, FaultCounts


def test_every_reason_has_a_name() -> None:
    reasons = sorted((v for k, v in vars(faults).items() if k.isupper() and type(v) is int and v < 0), reverse=True)
    assert reasons == list(range(-1, -len(FAULT_NAMES), -1))


def test_a_skipped_template_is_not_a_dropped_packet() -> None:
    counts = FaultCounts()
    for reason in (-1, -1, -5, faults.MESSAGE_TRAILING_BYTES, faults.TEMPLATE_UNKNOWN):
        counts.add(reason)
    assert counts.count(faults.PACKET_TRUNCATED) == 2
    assert counts.count(faults.TEMPLATE_UNKNOWN) == 1
    assert counts.dropped_packets() == 4

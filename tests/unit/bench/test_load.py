"""The load's schedule and packets."""

import struct

from cross_market_connect.bench import load


def test_the_schedule_is_steady_with_a_burst_at_ten_times_the_rate_in_every_second() -> None:
    """50,000 messages a second are 5,000 datagrams, one every 200 us; in the first 10 ms one every 20 us: 500."""
    times = load.schedule_ns(50_000, 2)
    assert times[:3] == [0, 20_000, 40_000]
    for second in range(2):
        start = second * load.SECOND_NS
        burst = [at for at in times if start <= at < start + load.BURST_NS]
        rest = [at for at in times if start + load.BURST_NS <= at < start + load.SECOND_NS]
        assert (len(burst), len(rest)) == (500, 4_950)
    gaps = {later - earlier for earlier, later in zip(times, times[1:], strict=False)}
    assert gaps == {20_000, 200_000}


def test_packets_carry_ten_messages_and_follow_each_other() -> None:
    packets = load.quote_packets(3, 1)
    headers = [struct.unpack_from("<HBBI", packet) for packet in packets]
    assert [(size, count, seq) for size, count, _, seq in headers] == [
        (len(packets[0]), 10, 1 + 10 * n) for n in range(3)
    ]

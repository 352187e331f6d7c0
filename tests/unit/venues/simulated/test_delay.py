"""The delay line keeps order, respects due times and refuses what it cannot hold."""

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.venues.simulated.delay import BYTES_MAX, CHUNKS_MAX, DelayLine


def test_nothing_leaves_early_or_overtakes() -> None:
    line = DelayLine()
    assert line.next_due_ns() == NO_TIMER
    line.push(50, 1, b"first")
    line.push(20, 2, b"second")
    line.push(60, 3, b"third")
    assert line.next_due_ns() == 50
    assert line.take_due(49) == []
    assert line.take_due(50) == [(1, b"first"), (2, b"second")]
    assert line.next_due_ns() == 60
    line.clear()
    assert line.take_due(1000) == []


def test_limits_hold_and_free_up_again() -> None:
    line = DelayLine()
    assert all(line.push(1, 0, b"x") for _ in range(CHUNKS_MAX))
    assert not line.push(1, 0, b"x")
    assert len(line.take_due(1)) == CHUNKS_MAX
    big = b"x" * (BYTES_MAX // 2)
    assert line.push(2, 0, big) and line.push(2, 0, big)
    assert not line.push(2, 0, b"x")
    line.take_due(2)
    assert line.push(3, 0, b"x")

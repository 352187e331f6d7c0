"""The queue's numbers and its limit."""

from cross_market_connect.market.packet_queue import QUEUE_PACKETS_MAX, PacketQueue


def test_numbers_span_what_is_kept() -> None:
    queue = PacketQueue()
    queue.restart(7)
    assert (queue.first_seq, queue.next_seq) == (7, 7)
    queue.append(b"a", 9)
    queue.append(b"b", 10)
    assert (queue.first_seq, queue.next_seq) == (7, 10)
    assert queue.take(10) == [b"a", b"b"]
    assert (queue.first_seq, queue.next_seq, queue.take(10)) == (10, 10, [])


def test_beyond_the_limit_everything_is_dropped_and_counted() -> None:
    queue = PacketQueue()
    queue.restart(1)
    for seq in range(1, QUEUE_PACKETS_MAX + 1):
        queue.append(b"", seq + 1)
    assert (queue.overflows, queue.first_seq) == (0, 1)
    queue.append(b"too many", QUEUE_PACKETS_MAX + 2)
    assert (queue.overflows, queue.first_seq, queue.next_seq) == (1, QUEUE_PACKETS_MAX + 2, QUEUE_PACKETS_MAX + 2)
    queue.append(b"next", QUEUE_PACKETS_MAX + 3)
    assert queue.take(0) == [b"next"]

"""A channel's numbers as conversations: what comes in, what is let through, what is kept, what is missing."""

import pytest

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.market.channel import FOLLOWING, HOLE, NO_GAP, PAUSED, WAITING, Channel

SECOND = 1_000_000_000
SILENCE = 6 * SECOND


def packet(first: int, count: int) -> bytes:
    return f"{first}+{count}".encode()


def channel(next_seq: int = 0) -> Channel:
    """One that follows, with nothing to be rebuilt, when a number is given."""
    result = Channel(SILENCE)
    if next_seq:
        result.heartbeat(next_seq, SECOND)
        result.awaits_snapshot = False
    return result


# (first, count) of a packet, or (next number, 0) of a heartbeat: what is new of it or None, the gap, the state, the
# next number, packets kept
CONVERSATIONS = {
    "in order": [
        ((5, 2), 5, None, FOLLOWING, 7, 0),
        ((7, 0), None, None, FOLLOWING, 7, 0),
        ((7, 1), 7, None, FOLLOWING, 8, 0),
    ],
    "the other line cuts packets differently": [
        ((5, 2), 5, None, FOLLOWING, 7, 0),
        ((5, 2), None, None, FOLLOWING, 7, 0),
        ((6, 3), 7, None, FOLLOWING, 9, 0),
        ((7, 2), None, None, FOLLOWING, 9, 0),
    ],
    "a hole that the other line fills": [
        ((7, 1), None, (5, 7), HOLE, 5, 1),
        ((8, 2), None, None, HOLE, 5, 2),
        ((5, 1), 5, None, HOLE, 6, 2),
        ((6, 1), 6, None, HOLE, 7, 2),
    ],
    "a second hole behind the first gives up what was kept": [
        ((7, 1), None, (5, 7), HOLE, 5, 1),
        ((9, 1), None, (8, 9), HOLE, 5, 1),
        ((8, 1), None, None, HOLE, 5, 1),
        ((9, 1), None, None, HOLE, 5, 1),
    ],
    "a heartbeat tells of what did not come": [
        ((9, 0), None, (5, 9), HOLE, 5, 0),
        ((12, 0), None, (9, 12), HOLE, 5, 0),
        ((12, 1), None, None, HOLE, 5, 1),
    ],
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversations(name: str) -> None:
    under_test = channel(5)
    for (first, count), new, gap, state, next_seq, kept in CONVERSATIONS[name]:
        if count == 0:
            under_test.heartbeat(first, 2 * SECOND)
            passed = False
        else:
            passed = under_test.offer(packet(first, count), first, count, 2 * SECOND)
        found = None if under_test.gap_until == NO_GAP else (under_test.gap_from, under_test.gap_until)
        said = (under_test.from_seq if passed else None, found, under_test.state, under_test.next_seq)
        assert said == (new, gap, state, next_seq), (first, count)
        assert len(under_test.queue) == kept, (first, count)


def test_a_filled_hole_hands_out_what_waited() -> None:
    under_test = channel(5)
    for first in (7, 8, 5):
        under_test.offer(packet(first, 1), first, 1, SECOND)
        assert not under_test.is_filled()
    # The last missing message comes with one that waits already.
    assert under_test.offer(packet(6, 2), 6, 2, SECOND)
    assert under_test.is_filled()
    assert under_test.fill() == [packet(7, 1), packet(8, 1)]
    assert (under_test.state, under_test.next_seq, under_test.is_filled()) == (FOLLOWING, 8, False)


def test_what_is_applied_is_kept_too_while_a_snapshot_is_awaited() -> None:
    under_test = Channel(SILENCE)
    assert under_test.state == WAITING
    for first in (30, 31, 32):
        assert under_test.offer(packet(first, 1), first, 1, SECOND)
    assert [under_test.reaches_back_to(last) for last in (28, 29, 31)] == [False, True, True]
    under_test.awaits_snapshot = False
    assert under_test.stand_at(31) == [packet(30, 1), packet(31, 1), packet(32, 1)]
    assert under_test.next_seq == 32
    assert under_test.offer(packet(32, 1), 32, 1, SECOND)
    under_test.await_snapshot()
    assert under_test.offer(packet(33, 1), 33, 1, SECOND)
    assert not under_test.reaches_back_to(31) and under_test.reaches_back_to(32)


def test_a_channel_without_numbers_keeps_nothing_and_joins_anew() -> None:
    under_test = channel(5)
    under_test.offer(packet(7, 1), 7, 1, SECOND)
    under_test.forget()
    assert (under_test.state, len(under_test.queue), under_test.awaits_snapshot) == (WAITING, 0, True)
    assert not under_test.reaches_back_to(100)
    assert under_test.offer(packet(1, 1), 1, 1, SECOND)
    assert (under_test.next_seq, under_test.gap_until) == (2, NO_GAP)
    under_test.state = PAUSED
    assert not under_test.offer(packet(2, 1), 2, 1, SECOND)
    under_test.heartbeat(9, SECOND)
    assert (under_test.state, under_test.gap_until, under_test.next_timer_ns()) == (PAUSED, NO_GAP, NO_TIMER)


def test_silence_is_told_once_and_old_packets_are_no_sign_of_life() -> None:
    under_test = channel(5)
    assert under_test.next_timer_ns() == SECOND + SILENCE
    under_test.offer(packet(4, 1), 4, 1, 3 * SECOND)
    under_test.heartbeat(4, 3 * SECOND)
    assert under_test.next_timer_ns() == SECOND + SILENCE
    under_test.heartbeat(5, 2 * SECOND)
    assert not under_test.notice_silence(SECOND + SILENCE)
    assert under_test.notice_silence(2 * SECOND + SILENCE)
    assert not under_test.notice_silence(9 * SECOND + SILENCE)
    assert (under_test.is_silent, under_test.next_timer_ns()) == (True, NO_TIMER)
    under_test.hear(20 * SECOND)
    assert under_test.next_timer_ns() == 20 * SECOND + SILENCE


def test_one_that_never_heard_anything_is_counted_from_the_first_look() -> None:
    under_test = Channel(SILENCE)
    assert under_test.next_timer_ns() == 0
    assert not under_test.notice_silence(50 * SECOND)
    assert under_test.notice_silence(50 * SECOND + SILENCE)

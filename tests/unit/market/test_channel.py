"""A channel's numbers as conversations: what comes in, what is let through, what is kept, what is missing."""

import pytest

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.market.channel import (
    AGAINST_AGREED,
    FOLLOWING,
    HOLE,
    NEAR_MESSAGES,
    NO_GAP,
    OLD_RUN_MAX,
    PAUSED,
    WAITING,
    Channel,
)

SECOND = 1_000_000_000
SILENCE = 6 * SECOND
FAR = 2_000_000


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
    "a number far ahead is doubted, and messages in order are stronger": [
        ((FAR, 1), None, (5, FAR), HOLE, 5, 1),
        ((5, 1), 5, None, HOLE, 6, 1),
        ((6, 2), 6, None, HOLE, 8, 1),
        ((8, 1), 8, None, HOLE, 9, 1),
        ((9, 1), 9, None, HOLE, 10, 0),  # filled: nothing was missing
    ],
    "so is a heartbeat that knows of nothing missing": [
        ((FAR, 0), None, (5, FAR), HOLE, 5, 0),
        ((5, 0), None, None, HOLE, 5, 0),
        ((5, 1), 5, None, HOLE, 6, 0),
    ],
    "a second packet agrees with a jump, and messages in order no longer speak against it": [
        ((FAR, 2), None, (5, FAR), HOLE, 5, 1),
        ((FAR + 2, 1), None, None, HOLE, 5, 2),
        *[((at, 1), at, None, HOLE, at + 1, 2) for at in range(5, 15)],
        ((15, 0), None, None, HOLE, 15, 2),
    ],
    "two packets in a hole that agree with each other end it before them": [
        ((FAR, 1), None, (5, FAR), HOLE, 5, 1),
        ((6, 1), None, None, HOLE, 5, 1),
        ((7, 2), None, None, HOLE, 5, 1),  # kept instead of the one far ahead
        ((9, 1), None, None, HOLE, 5, 2),
        ((5, 2), 5, None, HOLE, 7, 2),
    ],
    "what is far beyond all that is kept waits for another that agrees": [
        ((7, 1), None, (5, 7), HOLE, 5, 1),
        ((FAR, 1), None, None, HOLE, 5, 1),
        ((8, 1), None, None, HOLE, 5, 2),
        ((FAR, 0), None, None, HOLE, 5, 2),
        ((FAR + 1, 1), None, (9, FAR + 1), HOLE, 5, 1),
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
    assert [under_test.reaches_back_to(last) for last in (28, 29, 31, 40, FAR)] == [False, True, True, True, False]
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


def test_many_packets_from_far_back_say_that_our_numbers_are_wrong() -> None:
    under_test = channel(FAR)
    for first in range(100, 100 + OLD_RUN_MAX - 1):
        assert not under_test.offer(packet(first, 1), first, 1, SECOND)
        assert not under_test.went_back
    assert under_test.offer(packet(FAR, 1), FAR, 1, SECOND)  # what is new ends the run
    for first in range(200, 200 + OLD_RUN_MAX):
        assert not under_test.went_back
        assert not under_test.offer(packet(first, 1), first, 1, SECOND)
    assert under_test.went_back
    under_test.forget()
    assert under_test.offer(packet(300, 1), 300, 1, SECOND)
    assert (under_test.went_back, under_test.next_seq) == (False, 301)


def test_old_numbers_that_were_sent_later_than_all_others_say_that_the_venue_began_anew() -> None:
    under_test = channel(3_000)
    for first in range(3_000, 3_005):
        assert under_test.offer(packet(first, 1), first, 1, SECOND, first * SECOND)
    for first in (3_004, 3_003, 3_004):
        assert not under_test.offer(packet(first, 1), first, 1, SECOND, first * SECOND)
        assert not under_test.went_back, "the other line's copies"
    under_test.offer(packet(7, 1), 7, 1, SECOND, 3_006 * SECOND)
    assert not under_test.went_back, "one may have been damaged"
    assert under_test.offer(packet(3_005, 1), 3_005, 1, SECOND, 3_005 * SECOND)
    under_test.offer(packet(1, 1), 1, 1, SECOND, 3_007 * SECOND)
    assert not under_test.went_back
    under_test.offer(packet(2, 1), 2, 1, SECOND, 3_008 * SECOND)
    assert under_test.went_back
    under_test.forget()
    assert under_test.offer(packet(3, 1), 3, 1, SECOND, 3_009 * SECOND)
    assert (under_test.went_back, under_test.next_seq) == (False, 4)


def test_copies_of_what_waited_behind_a_hole_are_no_sign_of_it() -> None:
    under_test = channel(5)
    under_test.offer(packet(5, 1), 5, 1, SECOND, 5 * SECOND)
    for first in (7, 8):
        under_test.offer(packet(first, 1), first, 1, SECOND, first * SECOND)
    assert under_test.offer(packet(6, 1), 6, 1, SECOND, 6 * SECOND) and under_test.is_filled()
    under_test.fill()
    under_test.next_seq = 9
    for first in (7, 8):
        assert not under_test.offer(packet(first, 1), first, 1, SECOND, first * SECOND)
        assert not under_test.went_back


def test_the_other_line_may_be_long_behind() -> None:
    under_test = channel(FAR)
    for first in range(FAR - NEAR_MESSAGES, FAR):
        under_test.offer(packet(first, 1), first, 1, SECOND)
        assert not under_test.went_back


def test_a_hole_is_given_up_when_its_end_is_likely() -> None:
    under_test = channel(5)
    assert not under_test.can_give_up()
    under_test.offer(packet(FAR, 1), FAR, 1, SECOND)
    assert not under_test.can_give_up()
    under_test.offer(packet(FAR + 1, 1), FAR + 1, 1, SECOND)
    assert under_test.can_give_up() and not under_test.drop_doubted()
    assert under_test.give_up() == [packet(FAR, 1), packet(FAR + 1, 1)]
    assert (under_test.state, under_test.next_seq, under_test.awaits_snapshot) == (FOLLOWING, FAR, True)
    under_test.offer(packet(5, 1), 5, 1, SECOND)
    assert not under_test.went_back


def test_waiting_ends_with_what_came_in_order_when_nothing_agreed() -> None:
    under_test = channel(5)
    under_test.offer(packet(FAR, 1), FAR, 1, SECOND)
    assert under_test.offer(packet(5, 1), 5, 1, SECOND)
    assert under_test.can_give_up() and under_test.drop_doubted() and under_test.is_filled()
    assert under_test.why_filled() == "nothing agreed with the number too high"
    assert under_test.fill() == []
    assert (under_test.state, under_test.next_seq, under_test.disproved) == (FOLLOWING, 6, 1)


def test_what_was_given_up_too_early_says_that_our_numbers_are_wrong() -> None:
    under_test = channel(5)
    under_test.offer(packet(69, 1), 69, 1, SECOND)  # 5, with a bit turned
    assert under_test.can_give_up() and not under_test.drop_doubted()
    for data in under_test.give_up():
        under_test.take(data, 70)
    under_test.offer(packet(6, 1), 6, 1, SECOND)
    assert under_test.went_back
    # When something came behind it, a packet out of the hole is only late.
    under_test = channel(5)
    under_test.offer(packet(7, 1), 7, 1, SECOND)
    for data in under_test.give_up():
        under_test.take(data, 8)
    under_test.offer(packet(8, 1), 8, 1, SECOND)
    under_test.offer(packet(6, 1), 6, 1, SECOND)
    assert not under_test.went_back


def test_a_long_run_in_order_is_stronger_than_a_hole_that_several_showed() -> None:
    under_test = channel(5)
    under_test.offer(packet(FAR, 1), FAR, 1, SECOND)
    under_test.offer(packet(FAR + 1, 1), FAR + 1, 1, SECOND)
    for first in range(5, 5 + AGAINST_AGREED):
        assert not under_test.is_filled()
        assert under_test.offer(packet(first, 1), first, 1, SECOND)
    assert under_test.is_filled()

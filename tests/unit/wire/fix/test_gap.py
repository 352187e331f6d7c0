"""What waits behind a gap, and its limits."""

import pytest

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.wire.fix.gap import QUEUED_BYTES_MAX, QUEUED_MESSAGES_MAX, RESEND_TIMEOUT_NS, Gap
from cross_market_connect.wire.fix.message import FixMessage, parse_message
from tests.unit.wire.fix.support import DICTIONARY, make_frame


def message(number: int, size: int = 0) -> FixMessage:
    return parse_message(make_frame(f"35=0|34={number}" + (f"|58={'x' * size}" if size else "")), DICTIONARY)


def test_messages_come_out_by_number() -> None:
    gap = Gap()
    assert gap.first() == 0
    for number in (9, 4, 7):
        assert gap.keep(message(number))
    assert gap.first() == 4
    assert gap.holds(7)
    assert not gap.holds(5)
    assert gap.take(4).seq_num == 4
    assert gap.first() == 7
    assert not gap.holds(4)


def test_a_number_keeps_its_first_message() -> None:
    gap = Gap()
    first = message(4)
    assert gap.keep(first)
    assert gap.keep(message(4, 10))
    assert gap.take(4) is first


def test_the_number_of_messages_is_bounded() -> None:
    gap = Gap()
    for number in range(QUEUED_MESSAGES_MAX):
        assert gap.keep(message(number + 2))
    assert not gap.keep(message(99_999))
    gap.take(2)
    assert gap.keep(message(99_999))


@pytest.mark.slow
def test_the_bytes_are_bounded_and_given_back() -> None:
    gap = Gap()
    large = [message(number, 60_000) for number in range(2, 200)]
    kept = [gap.keep(one) for one in large]
    count = kept.index(False)
    assert (
        sum(len(one.frame) for one in large[:count])
        <= QUEUED_BYTES_MAX
        < sum(len(one.frame) for one in large[: count + 1])
    )
    gap.take(2)
    assert gap.keep(message(500, 60_000))
    gap.clear()
    assert all(gap.keep(one) for one in large[:count])


def test_the_deadline_follows_progress() -> None:
    gap = Gap()
    assert (gap.last, gap.deadline_ns) == (0, NO_TIMER)
    gap.open(9, 9, 1, 100)
    assert (gap.last, gap.attempts, gap.deadline_ns) == (9, 1, 100 + RESEND_TIMEOUT_NS)
    gap.progress(200)
    assert gap.deadline_ns == 200 + RESEND_TIMEOUT_NS
    gap.close()
    assert (gap.last, gap.deadline_ns) == (0, NO_TIMER)

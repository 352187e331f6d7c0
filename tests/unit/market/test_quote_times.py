"""A book's times: by the receipt alone, and by a calibrated clock."""

from cross_market_connect.domain.book import Book
from cross_market_connect.domain.records import RecordSink
from cross_market_connect.domain.step import Step
from cross_market_connect.market.quote_times import QuoteTimes
from cross_market_connect.market.venue_clock import ClockBounds, VenueClock

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
# The venue's clock says so much at our monotonic zero.
UTC_NS = 1_609_725_600 * SECOND
WAY = 30 * MILLISECOND


def step_at(now_ns: int, waited_ns: int = 0) -> Step:
    step = Step(RecordSink())
    step.begin(now_ns, UTC_NS + now_ns, 1)
    step.waited_ns = waited_ns
    return step


def test_without_a_calibration_an_event_happens_when_it_comes_in() -> None:
    book, times = Book(0), QuoteTimes()
    step = step_at(5 * SECOND, waited_ns=40 * MILLISECOND)
    times.heard(step, UTC_NS)
    times.stamp(book, step, UTC_NS + 7)
    assert (book.received_ns, book.waited_ns, book.event_utc_ns) == (5 * SECOND, 40 * MILLISECOND, UTC_NS + 7)
    assert (book.event_from_ns(), book.event_until_ns()) == (5 * SECOND - 40 * MILLISECOND, 5 * SECOND)


def test_what_the_kernel_stamped_came_in_then_however_late_it_is_read() -> None:
    book, times = Book(0), QuoteTimes()
    times.clock = VenueClock(ClockBounds(WAY, WAY))
    # Read 40 ms late, which the engine knows, because it stood still; the kernel had it for 39.
    step = step_at(5 * SECOND, waited_ns=40 * MILLISECOND)
    step.queued_ns = 39 * MILLISECOND
    received_ns = 5 * SECOND - 39 * MILLISECOND
    times.heard(step, UTC_NS + received_ns - WAY)
    assert times.clock.messages == 1, "its delay is known all the same"
    times.stamp(book, step, UTC_NS + received_ns - WAY)
    assert (book.received_ns, book.waited_ns, book.came_ns()) == (received_ns, 0, received_ns)
    assert book.event_from_ns() <= received_ns - WAY <= book.event_until_ns()
    assert times.clock.shortest_ns(5 * SECOND) == -UTC_NS + WAY
    step.begin(6 * SECOND, UTC_NS + 6 * SECOND, 2)
    times.stamp(book, step, UTC_NS)
    assert book.received_ns == 6 * SECOND, "a stamp is of one input"


def test_with_a_calibration_it_happens_at_its_own_time_within_what_is_known() -> None:
    book, times = Book(0), QuoteTimes()
    clock = VenueClock(ClockBounds(WAY - MILLISECOND, WAY + MILLISECOND))
    times.clock = clock
    step = step_at(SECOND)
    times.stamp(book, step, UTC_NS)
    assert book.event_until_ns() == SECOND, "nothing was heard: the receipt is all there is"
    for number in range(200):
        step = step_at(SECOND + number * SECOND // 10 + WAY)
        times.heard(step, UTC_NS + SECOND + number * SECOND // 10)
    # Sent at 30 s and read 200 ms late, because the engine stood still: that says nothing about the way.
    step = step_at(30 * SECOND + WAY + 200 * MILLISECOND, waited_ns=250 * MILLISECOND)
    heard = int(clock.messages)
    times.heard(step, UTC_NS + 30 * SECOND)
    assert clock.messages == heard
    times.stamp(book, step, UTC_NS + 30 * SECOND)
    assert book.event_from_ns() <= 30 * SECOND <= book.event_until_ns() <= 30 * SECOND + 3 * MILLISECOND
    book.waited_ns = 0
    assert book.event_from_ns() >= 30 * SECOND - 3 * MILLISECOND

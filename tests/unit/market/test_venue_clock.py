"""What stamps say about a venue's clock, by hand-worked numbers; heavy traffic is the benchmark's."""

import random

import pytest

from cross_market_connect.market.venue_clock import (
    BELOW_FOR_STEP,
    DOUBT_NS,
    FLOOR_NS,
    SCATTERS,
    STEP_AFTER_NS,
    ClockBounds,
    VenueClock,
)

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
WAY_MIN, WAY_MAX = 100_000, 300_000
# The venue's clock is behind by this, and the way takes 200 us: 5.2 ms lie under all delays.
BEHIND = 5 * MILLISECOND
WAY = 200_000


def clock() -> VenueClock:
    return VenueClock(ClockBounds(WAY_MIN, WAY_MAX))


def send(to: VenueClock, at_ns: int, queue_ns: int = 0, behind_ns: int = BEHIND) -> int:
    """A message of the local time `at_ns`; when it was received."""
    received_ns = at_ns + WAY + queue_ns
    to.observe(at_ns - behind_ns, received_ns)
    return received_ns


def calm(to: VenueClock, from_ns: int, seconds: int, behind_ns: int = BEHIND, drift_ppm: int = 0) -> int:
    """Ten messages a second, every other one with 40 us in a queue; when the last was received."""
    received_ns = from_ns
    for number in range(10 * seconds):
        at_ns = from_ns + number * SECOND // 10
        drifted_ns = drift_ppm * (at_ns - from_ns) // 1_000_000
        received_ns = send(to, at_ns, 40_000 * (number % 2), behind_ns + drifted_ns)
    return received_ns


def test_the_line_stands_for_offset_and_shortest_way_and_half_the_bound_stays_uncertain() -> None:
    known = clock()
    now_ns = calm(known, SECOND, 20)
    assert known.shortest_ns(now_ns) == BEHIND + WAY
    # Offset: 5.2 ms less the middle of the way's bound, 0.2 ms; and nothing tells 0.1 ms to either side apart.
    event_ns = 22 * SECOND
    received_ns = send(known, event_ns)
    assert known.event_ns(event_ns - BEHIND, received_ns) == event_ns
    assert (WAY_MAX - WAY_MIN) // 2 + FLOOR_NS <= known.uncertainty_ns(received_ns) <= 100_000 + FLOOR_NS + 1_000


def test_drift_is_followed_and_stays_known_in_a_pause() -> None:
    known = clock()
    now_ns = calm(known, SECOND, 40, drift_ppm=50)
    # 50 us per second for 40 s.
    assert abs(known.shortest_ns(now_ns) - (BEHIND + WAY + 50 * 1_000 * 40)) < 20_000
    assert abs(known.shortest_ns(now_ns + 10 * SECOND) - (BEHIND + WAY + 50 * 1_000 * 50)) < 20_000


def test_before_there_are_points_the_first_delay_may_all_be_queue() -> None:
    known = clock()
    assert not known.is_known()
    received_ns = send(known, SECOND, 3 * MILLISECOND)
    assert known.is_known()
    assert known.uncertainty_ns(received_ns) >= known.bounds.queue_max_ns
    now_ns = calm(known, 2 * SECOND, 10)
    assert known.uncertainty_ns(now_ns) < 500_000


def test_scatter_stamps_and_period_are_in_the_uncertainty() -> None:
    rough = clock()
    now_ns = SECOND
    for number in range(100):
        now_ns = send(rough, SECOND + number * SECOND // 4, (0, 400_000, 600_000)[number % 3])
    # The median distance of the buckets' smallest delays is 0.4 ms.
    assert rough.envelope.scatter_ns == 400_000
    assert rough.uncertainty_ns(now_ns) >= 100_000 + SCATTERS * 400_000
    coarse = clock()
    coarse.bounds.stamp_unit_ns = MILLISECOND
    coarse.bounds.period_ns = 500 * MILLISECOND
    exact = clock()
    now_ns = calm(coarse, SECOND, 5)
    calm(exact, SECOND, 5)
    more_ns = coarse.uncertainty_ns(now_ns) - exact.uncertainty_ns(now_ns)
    assert more_ns == 501 * MILLISECOND
    # Half a unit later for where in its unit the event was, half a unit earlier for what the smallest delays had lost.
    assert coarse.event_ns(0, now_ns) == exact.event_ns(0, now_ns)


def test_a_message_that_waited_may_be_of_any_moment_since_and_never_of_later_than_its_receipt() -> None:
    known = clock()
    calm(known, SECOND, 10)
    received_ns = send(known, 12 * SECOND, 30 * MILLISECOND)
    uncertainty = known.uncertainty_ns(received_ns)
    event_ns = known.event_ns(12 * SECOND - BEHIND, received_ns)
    assert event_ns - uncertainty <= 12 * SECOND <= event_ns + uncertainty
    assert uncertainty >= 15 * MILLISECOND
    assert known.event_ns(13 * SECOND, received_ns) == received_ns


def test_early_messages_prove_that_a_clock_was_set_and_one_of_them_is_doubted() -> None:
    known = clock()
    now_ns = calm(known, SECOND, 10)
    received_ns = send(known, now_ns + SECOND, 0, BEHIND - 300 * MILLISECOND)
    assert (known.steps, known.uncertainty_ns(received_ns) >= 150 * MILLISECOND) == (0, True)
    assert known.shortest_ns(received_ns) == BEHIND + WAY
    for number in range(1, int(BELOW_FOR_STEP)):
        received_ns = send(known, now_ns + SECOND + number * 10 * MILLISECOND, 0, BEHIND - 300 * MILLISECOND)
    assert (known.steps, known.stepped_ns) == (1, -300 * MILLISECOND)
    later_ns = calm(known, received_ns, 10, BEHIND - 300 * MILLISECOND)
    assert known.shortest_ns(later_ns) == BEHIND + WAY - 300 * MILLISECOND


def test_early_messages_far_apart_are_single_wrong_stamps() -> None:
    known = clock()
    now_ns = calm(known, SECOND, 10)
    for number in range(1, 6):
        send(known, now_ns + number * 3 * SECOND, 0, BEHIND - 300 * MILLISECOND)
        now_ns = calm(known, now_ns + number * 3 * SECOND + SECOND, 3)
    assert known.steps == 0
    assert known.uncertainty_ns(now_ns + 3 * SECOND) < MILLISECOND


@pytest.mark.parametrize("by_ms", [20, 900])
def test_delays_that_stay_up_are_a_step_and_for_a_while_perhaps_a_queue(by_ms: int) -> None:
    known = clock()
    now_ns = calm(known, SECOND, 10)
    behind_ns = BEHIND + by_ms * MILLISECOND
    began_ns = now_ns + SECOND
    stepped_ns = 0
    for number in range(80):
        at_ns = began_ns + number * SECOND // 20
        received_ns = send(known, at_ns, 0, behind_ns)
        event_ns, doubt_ns = known.event_ns(at_ns - behind_ns, received_ns), known.uncertainty_ns(received_ns)
        assert abs(event_ns - at_ns) <= doubt_ns, "the true moment stays within what is said"
        if known.steps == 1 and stepped_ns == 0:
            stepped_ns = received_ns
    assert STEP_AFTER_NS <= stepped_ns - began_ns <= 2 * SECOND
    # 20 ms may be a queue, 900 ms is longer than any: the old offset stays possible for a while, or not.
    is_queue_possible = by_ms * MILLISECOND <= known.bounds.queue_max_ns
    assert (known.uncertainty_ns(received_ns) >= by_ms * MILLISECOND // 2) == is_queue_possible
    later_ns = calm(known, received_ns, int(DOUBT_NS // SECOND) + 5, behind_ns)
    assert known.uncertainty_ns(later_ns) < 500_000


def test_a_clock_that_is_set_by_hours_begins_anew() -> None:
    known = clock()
    now_ns = calm(known, SECOND, 10)
    behind_ns = BEHIND + 3_600 * SECOND
    for number in range(int(BELOW_FOR_STEP)):
        assert known.steps == 0
        send(known, now_ns + (number + 1) * 10 * MILLISECOND, 0, behind_ns)
    assert known.steps == 1, "no queue is that long: nothing is waited for"
    later_ns = calm(known, now_ns + SECOND, 10, behind_ns)
    assert (known.steps, known.shortest_ns(later_ns)) == (1, behind_ns + WAY)


def test_answers_bound_the_offset_by_causality_alone() -> None:
    known = VenueClock(ClockBounds(0, 50 * MILLISECOND))
    now_ns = calm(known, SECOND, 10)
    wide_ns = known.uncertainty_ns(now_ns)
    assert wide_ns > 25 * MILLISECOND
    # Asked, 0.5 ms later stamped, 0.5 ms later here.
    asked_ns = now_ns + SECOND
    venue_ns = asked_ns + 500_000 - BEHIND
    known.observe_answer(asked_ns, venue_ns, asked_ns + MILLISECOND)
    assert known.uncertainty_ns(asked_ns + MILLISECOND) <= 550_000
    assert abs(known.offset_ns(asked_ns + MILLISECOND) - BEHIND) <= 500_000
    # 100 s later the clocks may have drifted apart by 200 us per second.
    assert known.uncertainty_ns(asked_ns + 100 * SECOND) >= 10 * MILLISECOND
    # What was answered before the clock was set says nothing any more.
    later_ns = calm(known, asked_ns + SECOND, 10, BEHIND - 300 * MILLISECOND)
    assert abs(known.offset_ns(later_ns) - (BEHIND - 300 * MILLISECOND)) <= 26 * MILLISECOND


def test_answers_that_no_way_within_the_bound_explains_are_counted_and_believed() -> None:
    known = VenueClock(ClockBounds(20 * MILLISECOND, 30 * MILLISECOND))
    now_ns = calm(known, SECOND, 10)
    asked_ns = now_ns + SECOND
    known.observe_answer(asked_ns, asked_ns + 500_000 - BEHIND, asked_ns + MILLISECOND)
    assert abs(known.offset_ns(asked_ns + MILLISECOND) - BEHIND) <= 500_000
    assert known.contradictions > 0


def test_answers_with_coarse_stamps_hold_the_true_time_alone_and_with_messages() -> None:
    chance = random.Random(5)
    for number in range(400):
        bounds = ClockBounds(0, 50 * MILLISECOND)
        bounds.stamp_unit_ns = unit = chance.choice((1, 1_000, MILLISECOND, SECOND))
        known = VenueClock(bounds)
        now_ns = 5 * SECOND
        if number % 2 == 0:
            for _ in range(chance.randrange(1, 4)):
                now_ns += 400 * MILLISECOND
                way_ns = chance.randrange(1, 50 * MILLISECOND)
                known.observe((now_ns - way_ns - BEHIND) // unit * unit, now_ns)
        for _ in range(3):
            asked_ns = now_ns
            event_ns = asked_ns + chance.randrange(1, 5 * MILLISECOND)
            now_ns = event_ns + chance.randrange(1, 5 * MILLISECOND)
            stamp_ns = (event_ns - BEHIND) // unit * unit
            known.observe_answer(asked_ns, stamp_ns, now_ns)
            assert abs(known.event_ns(stamp_ns, now_ns) - event_ns) <= known.uncertainty_ns(now_ns)
            now_ns += chance.randrange(3 * SECOND)
        assert known.contradictions == 0


def test_stamps_that_all_lost_the_same_part_of_their_unit_are_in_the_uncertainty() -> None:
    bounds = ClockBounds(0, 0)
    bounds.stamp_unit_ns = SECOND
    known = VenueClock(bounds)
    # Events 0.9 s behind a whole second of the venue's clock, without any delay; then one at a whole second that waits.
    for number in range(1, 40):
        event_ns = number * SECOND + 900 * MILLISECOND
        known.observe(number * SECOND - BEHIND, event_ns)
        assert abs(known.event_ns(number * SECOND - BEHIND, event_ns) - event_ns) <= known.uncertainty_ns(event_ns)
    event_ns, received_ns = 41 * SECOND, 41 * SECOND + 950 * MILLISECOND
    known.observe(event_ns - BEHIND, received_ns)
    assert abs(known.event_ns(event_ns - BEHIND, received_ns) - event_ns) <= known.uncertainty_ns(received_ns)

"""Two lines: what both lose is lost, what one loses comes on the other, and late ones are overtaken."""

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.venues.simulated.lines import LATE_NS, LINE_B, SKEW_NS, LineFaults, Lines, line_faults

CHANNEL = 41
COUNT = 4_000


def arrivals(faults: LineFaults, seed: int) -> tuple[list[tuple[int, int, int]], int]:
    """Time, channel and number of each datagram that arrives, one sent per microsecond, and how many were lost."""
    lines = Lines(faults, seed)
    lost = 0
    for number in range(COUNT):
        lost += int(lines.send(number * 1_000, CHANNEL, b"%d" % number))
    result = []
    while (due_ns := int(lines.next_due_ns())) != NO_TIMER:
        result += [(due_ns, int(channel), int(data)) for channel, data in lines.take_due(due_ns)]
    return result, lost


def test_without_faults_line_b_says_the_same_a_little_later() -> None:
    found, lost = arrivals(line_faults("none"), 1)
    assert lost == 0
    of_a = [(at_ns, number) for at_ns, channel, number in found if channel == CHANNEL]
    of_b = [(at_ns, number) for at_ns, channel, number in found if channel == CHANNEL + LINE_B]
    assert of_a == [(number * 1_000, number) for number in range(COUNT)]
    assert of_b == [(at_ns + SKEW_NS, number) for at_ns, number in of_a]


def test_each_line_loses_and_delays_its_own() -> None:
    faults = LineFaults(100_000, 50_000)
    found, lost = arrivals(faults, 1)
    assert lost == 2 * COUNT - len(found)
    assert 0.08 < lost / (2 * COUNT) < 0.12
    came = [{number for _, channel, number in found if channel == of} for of in (CHANNEL, CHANNEL + LINE_B)]
    # A hundredth is lost on both lines, the rest comes on one of them.
    assert 0.005 < 1 - len(came[0] | came[1]) / COUNT < 0.02
    late = [(at_ns, number) for at_ns, channel, number in found if channel == CHANNEL and at_ns != number * 1_000]
    assert all(at_ns == number * 1_000 + LATE_NS for at_ns, number in late)
    assert 0.03 < len(late) / COUNT < 0.07
    in_order = [number for _, channel, number in found if channel == CHANNEL]
    assert in_order != sorted(in_order)


def test_the_seed_decides() -> None:
    faults = line_faults("heavy")
    assert arrivals(faults, 1) == arrivals(faults, 1) != arrivals(faults, 2)
    assert 0 < line_faults("light").lost_ppm < faults.lost_ppm

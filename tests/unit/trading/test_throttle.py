"""The throttle against a list of all send times and a count over every interval, and its reserve by hand.

Its two promises, held at every integer of time:

*Never over*: at the venue, where messages arrive up to the margin late, no half-open interval of a window's span,
wherever it begins, holds more than the window takes. Who asks for several messages at once asks for no more than that.

*Room for what reduces risk* (a hedge, an unwind, a cancel), against openings that ask at every moment before and after:
1. It goes at once while the last span of every window holds fewer messages that reduce risk than its reserve.
2. Otherwise it goes at once if there is room at all, or at the moment `free_ns` names when it becomes due: as soon as
   the venue's window frees, never more than the longest span later when nothing else waits before it.
3. That moment cannot be taken from it by an opening, provided that every window has a reserve. Without one (a window of
   one to three messages has none unless configured) an opening that asks first in that moment goes first.
"""

from collections import Counter, deque
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.trading.reservation import Limits
from cross_market_connect.trading.throttle import Throttle, Window, WindowLimit, default_reserve

SECOND = 1_000_000_000
ROUTE = 0
# The window of a second that every route has; nothing here lasts a second.
PER_SECOND = 10_000


def throttle(*windows: tuple[int, int, int]) -> Throttle:
    return Throttle([WindowLimit(0, *window) for window in windows], True)


def most_in_any_interval(times: list[int], span: int) -> int:
    """The most send times in a half-open interval of the span, wherever it begins: one that begins at a send does."""
    return max((sum(start <= at < start + span for at in times) for start in times), default=0)


WINDOWS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 30)).flatmap(
        lambda window: st.tuples(st.just(window[0]), st.just(window[1]), st.integers(0, window[0] - 1))
    ),
    min_size=1,
    max_size=3,
)


@given(WINDOWS, st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=60))
def test_no_interval_holds_more_than_configured_and_nothing_is_held_back_without_need(windows, requests):
    limiter = throttle(*windows)
    sent: list[int] = []
    now = 1_000
    for pause, opening in requests:
        now += pause
        fits = all(
            most_in_any_interval([*sent, now], span) <= most and sum(at > now - span for at in sent) + 1 <= share
            for most, span, reserve in windows
            for share in [most - reserve if opening else most]
        )
        assert limiter.has_room(1, opening, now) == fits
        if fits:
            limiter.sent(now)
            sent.append(now)
    for most, span, _ in windows:
        assert most_in_any_interval(sent, span) <= most


@given(WINDOWS, st.lists(st.integers(0, 9), max_size=40), st.integers(1, 3), st.booleans())
def test_the_window_frees_at_the_named_moment_and_no_earlier(windows, pauses, messages, opening):
    limiter = throttle(*windows)
    now = 1_000
    for pause in pauses:
        now = max(now + pause, int(limiter.free_ns(1, False)))
        limiter.sent(now)
    free = int(limiter.free_ns(messages, opening))
    if opening and any(messages > most - reserve for most, _, reserve in windows):
        assert free == NO_TIMER
    else:
        assert limiter.has_room(messages, opening, max(free, now))
        assert free <= now or not limiter.has_room(messages, opening, free - 1)


@pytest.mark.parametrize("offset", [0, 1, 499_999_999, 999_999_999])
def test_twenty_a_second_are_never_twenty_one(offset):
    """FC-29: the limiter that restarts its count each full second lets 40 through around the change."""
    limiter = throttle((20, SECOND, 5))
    times: list[int] = []
    for tick in range(4_000):
        now = SECOND + offset + tick * 1_000_000
        if limiter.has_room(1, False, now):
            limiter.sent(now)
            times.append(now)
    assert most_in_any_interval(times, SECOND) == 20
    assert len(times) == 80


def test_openings_leave_the_reserve_to_what_reduces_risk():
    """FC-42: with the budget of openings used up, two hedges still go; the third waits for exactly one second."""
    limiter = throttle((6, SECOND, 2))
    for now in range(4):
        assert limiter.has_room(1, True, now)
        limiter.sent(now)
    assert not limiter.has_room(1, True, 4)
    for now in (4, 5):
        assert limiter.has_room(1, False, now)
        limiter.sent(now)
    assert not limiter.has_room(1, False, 6)
    assert limiter.free_ns(1, False) == SECOND
    # For an opening the two of the reserve must be out of the window as well.
    assert limiter.free_ns(1, True) == 2 + SECOND


def test_without_a_configured_window_nothing_opens():
    limiter = Throttle([], False)
    assert not limiter.has_room(1, True, SECOND)
    assert limiter.has_room(1, False, SECOND)


def test_a_clock_that_began_anew_waits_no_longer_than_a_span():
    limiter = throttle((2, SECOND, 0))
    for now in (500 * SECOND, 500 * SECOND + 7):
        limiter.sent(now)
    limiter.begin_again(3)
    assert limiter.free_ns(1, False) == 3 + SECOND


def test_times_that_free_nothing_any_more_are_left_out_of_the_state():
    window = Window(WindowLimit(0, 3, 10, 0))
    for now in (100, 101, 105, 112):
        window.sent(now)
    assert window.times_ns() == [105, 112]


def test_a_quarter_is_kept_by_default():
    assert [default_reserve(messages) for messages in (1, 3, 4, 6, 20, 100)] == [0, 0, 1, 1, 5, 25]


def test_before_the_first_message_there_is_room_at_any_time_even_when_the_clock_begins():
    limiter = throttle((2, SECOND, 1))
    assert limiter.free_ns(1, True) == limiter.free_ns(2, False) == 0
    assert limiter.has_room(1, True, 0) and not limiter.has_room(2, True, 0)
    assert (limiter.tightest(2, True, 0), limiter.tightest(2, False, 0)) == (1, 0)


# -- the two promises, at every integer of time


class Rule(NamedTuple):
    """A venue's window, and what we keep of it."""

    most: int
    span: int
    reserve: int


class Sent(NamedTuple):
    at: int
    opening: bool


def rules(reserve_min: int) -> st.SearchStrategy[list[Rule]]:
    one = st.integers(1 + reserve_min, 7).flatmap(
        lambda most: st.builds(Rule, st.just(most), st.integers(1, 25), st.integers(reserve_min, most - 1))
    )
    return st.lists(one, min_size=1, max_size=3)


def built(venue: list[Rule], margin: int) -> Throttle:
    """As the engine builds it from its limits: every window longer by the margin."""
    limits = Limits(1, 1, 1)
    limits.orders_per_second_max[ROUTE] = PER_SECOND
    limits.windows = [WindowLimit(ROUTE, *rule) for rule in venue]
    limits.window_margin_ns = margin
    return limits.throttle(ROUTE)


def most_at_any_alignment(times: list[int], span: int) -> int:
    """By counting at every integer, not only where a message lies."""
    if not times:
        return 0
    counted = Counter(times)
    starts = range(min(times) - span, max(times) + 1)
    return max(sum(counted[at] for at in range(start, start + span)) for start in starts)


@given(
    rules(0),
    st.integers(0, 12),
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 4), st.booleans(), st.integers(0, 12)), max_size=40),
)
@example([Rule(6, 10, 1), Rule(7, 40, 2)], 5, [(1, 1, False, 0)] * 60)
# Two sends a span apart whose first is late and whose second is not: only the margin keeps them apart.
@example([Rule(1, 10, 0)], 3, [(0, 1, False, 3), (10, 1, False, 0), (3, 1, False, 0)])
def test_the_venue_never_sees_more_than_it_takes_at_any_alignment(venue, margin, asked) -> None:
    limiter = built(venue, margin)
    now, arrivals = 1_000, []
    for pause, messages, opening, late in asked:
        now += pause
        at_once = min(messages, *(rule.most for rule in venue))
        if limiter.has_room(at_once, opening, now):
            for _ in range(at_once):
                limiter.sent(now)
                arrivals.append(now + min(late, margin))
    for rule in venue:
        assert most_at_any_alignment(arrivals, rule.span) <= rule.most


class Desk:
    """Hedges in a queue, served as soon as the throttle takes one, among openings that ask whenever they can."""

    def __init__(self, venue: list[Rule]) -> None:
        self.venue = venue
        self.limiter = built(venue, 0)
        self.sent: list[Sent] = []
        self.due: deque[int] = deque()

    def inside(self, rule: Rule, now: int, opening: bool | None = None) -> int:
        """Messages of the last span, by the list of all."""
        return sum(now - rule.span < one.at and opening in (None, one.opening) for one in self.sent)

    def send(self, now: int, opening: bool) -> None:
        self.limiter.sent(now)
        self.sent.append(Sent(now, opening))

    def open(self, now: int, times: int) -> None:
        for _ in range(times):
            if self.limiter.has_room(1, True, now):
                self.send(now, True)

    def serve(self, now: int) -> None:
        while self.due and self.limiter.has_room(1, False, now):
            self.due.popleft()
            self.send(now, False)


MOMENTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=40)


@pytest.mark.slow
@given(rules(0), MOMENTS)
@example([Rule(6, 10, 1)], [(9, 1, 9)] * 30)
def test_a_due_hedge_goes_at_once_while_the_reserve_is_not_used_up(venue, moments) -> None:
    desk = Desk(venue)
    for now, (before, hedges, after) in enumerate(moments):
        desk.open(now, before)
        for _ in range(hedges):
            fits = all(desk.inside(rule, now, False) < rule.reserve for rule in venue)
            assert not fits or desk.limiter.has_room(1, False, now)
            if desk.limiter.has_room(1, False, now):
                desk.send(now, False)
        desk.open(now, after)
    for rule in venue:
        assert most_at_any_alignment([one.at for one in desk.sent], rule.span) <= rule.most


@given(rules(1), MOMENTS)
@example([Rule(2, 10, 1), Rule(3, 25, 1)], [(9, 1, 9)] * 60)
def test_a_hedge_that_waits_goes_in_the_moment_in_which_the_window_frees(venue, moments) -> None:
    desk = Desk(venue)
    promised = -1
    for now, (before, hedges, after) in enumerate(moments):
        desk.open(now, before)
        desk.due.extend([now] * hedges)
        waiting = len(desk.due)
        desk.serve(now)
        # Nothing waits while every window has a place, by the list of all sends.
        assert not desk.due or any(desk.inside(rule, now) >= rule.most for rule in venue)
        if waiting and promised >= 0 and now >= promised:
            assert len(desk.due) < waiting, "the moment that was named has been taken"
        desk.open(now, after)
        promised = int(desk.limiter.free_ns(1, False)) if desk.due else -1
        if desk.due:
            assert now < promised <= now + max(rule.span for rule in venue)


def test_without_a_reserve_an_opening_may_go_first_in_the_moment_in_which_the_window_frees() -> None:
    desk = Desk([Rule(2, 10, 0)])
    desk.open(0, 2)
    assert desk.limiter.free_ns(1, False) == 10
    desk.open(10, 2)
    assert not desk.limiter.has_room(1, False, 10)
    kept = Desk([Rule(2, 10, 1)])
    kept.open(0, 2)
    assert kept.limiter.has_room(1, False, 0)

"""The feed against an independent publisher, with every loss, duplicate and reordering, and against packets by hand."""

import functools

from hypothesis import given, settings
from hypothesis import strategies as st

from cross_market_connect.domain.book import BOOK_LIVE
from tests.unit.venues.hkex.support import SECOND, FeedUnderTest, Recording, check_live_books, record, sides


@functools.cache
def recording() -> Recording:
    return record(160, SECOND // 10, 5)


def test_lossless_delivery_follows_the_venue() -> None:
    market = recording()
    feed = FeedUnderTest(market.instruments)
    compared = 0
    for at_ns, is_refresh, data in market.datagrams:
        feed.now_ns = 1_000 * SECOND + at_ns
        if not is_refresh:
            feed.live(data)
        elif feed.feed.wants_refresh():
            feed.refresh(data)
        compared += check_live_books(feed, market)
    assert compared > 100
    assert feed.events() == ["repaired"]
    assert [book.state for book in feed.books] == [BOOK_LIVE, BOOK_LIVE]
    assert [sides(book) for book in feed.books] == market.truth[max(market.truth)]
    assert [book.last_ticks for book in feed.books] != [0, 0]


DELIVER, LOSE, TWICE, LATE = "deliver", "lose", "twice", "late"
FATES = st.lists(st.tuples(st.sampled_from([DELIVER, DELIVER, LOSE, TWICE, LATE]), st.integers(1, 6)), max_size=120)


@settings(max_examples=60)
@given(FATES)
def test_any_loss_duplication_and_reordering_is_repaired_and_never_shown(fates: list[tuple[str, int]]) -> None:
    market = recording()
    feed = FeedUnderTest(market.instruments)
    waiting: list[tuple[int, bool, bytes]] = []

    def deliver(is_refresh: bool, data: bytes) -> None:
        if not is_refresh:
            feed.live(data)
        elif feed.feed.wants_refresh():
            feed.refresh(data)
        check_live_books(feed, market)

    for number, (at_ns, is_refresh, data) in enumerate(market.datagrams):
        feed.pass_time(max(0, 1_000 * SECOND + at_ns - feed.now_ns))
        check_live_books(feed, market)
        fate, by = fates[number] if number < len(fates) else (DELIVER, 0)
        if fate == LATE:
            waiting.append((number + by, is_refresh, data))
        elif fate != LOSE:
            deliver(is_refresh, data)
        if fate == TWICE:
            waiting.append((number + by, is_refresh, data))
        for due in [item for item in waiting if item[0] <= number]:
            waiting.remove(due)
            deliver(due[1], due[2])
    assert [book.state for book in feed.books] == [BOOK_LIVE, BOOK_LIVE]
    assert [sides(book) for book in feed.books] == market.truth[max(market.truth)]
    assert not feed.feed.wants_refresh()

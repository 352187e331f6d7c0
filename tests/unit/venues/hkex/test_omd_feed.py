"""Packets whose numbers the venue never gave: the feed doubts them, and follows the venue again as soon as it can."""

import pytest

from cross_market_connect.domain.book import BOOK_LIVE, BOOK_SUSPECT
from cross_market_connect.market.channel import NEAR_MESSAGES, OLD_RUN_MAX
from tests.unit.venues.hkex.support import (
    HSI,
    MHI,
    FeedUnderTest,
    complete,
    define,
    heartbeat,
    instrument,
    packet,
    sides,
    update,
)

BID, NEW = 0, 0
FAR = 2_000_000


def following() -> FeedUnderTest:
    """Two series, synchronized, no orders, everything up to 2 seen."""
    feed = FeedUnderTest([instrument(0, "HSIF1"), instrument(1, "MHIF1")])
    feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
    feed.refresh(packet(1, complete(2)))
    feed.refresh(packet(2, complete(2)))
    return feed


def states(feed: FeedUnderTest) -> list[int]:
    return [int(book.state) for book in feed.books]


@pytest.mark.parametrize("wrong", [FAR, 3 + 2 * NEAR_MESSAGES, 4_000_000_000])
def test_one_packet_with_a_number_far_ahead(wrong: int) -> None:
    feed = following()
    feed.live(packet(wrong, update(HSI, (9, 999, BID, 1, NEW))))
    assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
    for seq in range(3, 7):
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
        feed.live(packet(seq, update(HSI, (1, 100 + seq, BID, 1, NEW))))
    assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
    assert sides(feed.books[0])[0] == [(106, 1), (105, 1), (104, 1), (103, 1)]
    assert feed.event_fields("repaired")[-1][2] == "nothing agreed with the number too high"


def test_the_heartbeat_that_follows_knows_better() -> None:
    feed = following()
    feed.live(heartbeat(FAR))
    assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
    feed.live(heartbeat(2))
    assert states(feed) == [BOOK_LIVE, BOOK_LIVE]


def test_a_number_far_ahead_in_place_of_the_expected_one() -> None:
    feed = following()
    feed.live(packet(FAR, update(HSI, (1, 103, BID, 1, NEW))))  # 3
    feed.live(packet(4, update(HSI, (1, 104, BID, 1, NEW))))
    feed.live(packet(5, update(HSI, (1, 105, BID, 1, NEW))))
    feed.live(packet(6, update(HSI, (1, 106, BID, 1, NEW))))
    feed.refresh(packet(3, update(HSI, (1, 104, BID, 1, NEW), (1, 103, BID, 2, NEW)), complete(4)))
    assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
    assert sides(feed.books[0])[0] == [(106, 1), (105, 1), (104, 1), (103, 1)]


def test_a_join_far_ahead() -> None:
    feed = FeedUnderTest([instrument(0, "HSIF1"), instrument(1, "MHIF1")], {HSI: 0, MHI: 1})
    feed.live(heartbeat(FAR))
    feed.refresh(packet(1, complete(0)))
    for seq in range(1, 2 + OLD_RUN_MAX):
        feed.live(packet(seq, update(HSI, (1, 100, BID, 1, NEW))))
    assert (states(feed), feed.events()[-1]) == ([BOOK_SUSPECT, BOOK_SUSPECT], "other numbers")
    feed.refresh(packet(2, complete(0)))
    feed.refresh(packet(3, complete(1 + OLD_RUN_MAX)))
    assert states(feed) == [BOOK_LIVE, BOOK_LIVE]


def test_a_snapshot_from_an_unlikely_future_is_not_used() -> None:
    feed = following()
    feed.live(packet(4, update(HSI, (1, 100, BID, 1, NEW))))
    feed.refresh(packet(3, update(HSI, (4, 104, BID, 1, NEW)), complete(FAR)))
    assert (states(feed), feed.feed.log.snapshots_unused) == ([BOOK_SUSPECT, BOOK_SUSPECT], 1)

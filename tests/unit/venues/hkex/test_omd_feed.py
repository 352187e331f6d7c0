"""The channel of a feed: holes, lines, silence, and numbers that the venue never gave, until it follows again."""

import pytest

from cross_market_connect.domain.book import BOOK_LIVE, BOOK_STALE, BOOK_SUSPECT
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.market.channel import NEAR_MESSAGES, OLD_RUN_MAX
from cross_market_connect.venues.hkex.omd_feed import SILENCE_NS
from tests.unit.venues.hkex.support import (
    HSI,
    MHI,
    SECOND,
    UTC_NS,
    FeedUnderTest,
    complete,
    define,
    following,
    heartbeat,
    instrument,
    packet,
    recovery,
    reset,
    sides,
    states,
    status,
    two_series,
    update,
)

BID, ASK, NEW = 0, 1, 0
FAR = 2_000_000


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


class TestSequence:
    def test_the_times_of_a_change(self) -> None:
        feed = following()
        feed.now_ns += 77
        feed.live(packet(3, update(MHI, (1, 100, BID, 1, NEW)), utc_ns=UTC_NS + 5_000_000))
        book = feed.books[1]
        assert (book.received_ns, book.event_utc_ns, book.input_seq) == (
            feed.now_ns,
            UTC_NS + 5_000_000,
            feed.step.input_seq,
        )
        assert feed.changed == [1]

    def test_a_book_that_changes_twice_in_a_packet_is_told_once(self) -> None:
        feed = following()
        one, other = (1, 100, BID, 1, NEW), (1, 105, ASK, 1, NEW)
        feed.live(packet(3, update(MHI, one), update(HSI, one), update(MHI, other)))
        assert feed.changed == [1, 0]

    def test_a_duplicate_changes_nothing(self) -> None:
        feed = following()
        data = packet(3, update(HSI, (1, 100, BID, 1, NEW)))
        feed.live(data)
        feed.live(data)
        assert feed.changed == []
        assert sides(feed.books[0]) == ([(100, 1)], [])
        assert feed.feed.channel.old_packets == 1

    def test_a_gap_makes_every_book_suspect_and_is_recorded(self) -> None:
        feed = following()
        feed.live(packet(3, update(HSI, (1, 100, BID, 1, NEW))))
        feed.live(packet(6, update(HSI, (1, 101, BID, 1, NEW))))
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
        assert sorted(feed.changed) == [0, 1]
        assert feed.event_fields("gap") == [(4, 6, "2 messages missing")]
        assert sides(feed.books[0]) == ([(100, 1)], [])
        assert feed.feed.wants_refresh()
        assert feed.feed.log.lost_messages == 2

    def test_a_snapshot_from_before_the_end_of_the_gap_is_not_used(self) -> None:
        feed = following()
        feed.live(packet(6, update(HSI, (1, 101, BID, 1, NEW))))
        feed.refresh(packet(3, update(HSI, (4, 99, BID, 1, NEW)), complete(4)))
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
        feed.refresh(packet(5, update(HSI, (4, 99, BID, 1, NEW)), complete(5)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(101, 1), (99, 4)], [])
        assert feed.event_fields("repaired")[1:] == [(3, 7, "from the snapshot at 5")]

    def test_the_missing_packets_may_come_late(self) -> None:
        feed = following()
        feed.live(packet(5, update(HSI, (3, 103, BID, 1, NEW))))
        feed.live(packet(6, update(HSI, (4, 104, BID, 1, NEW))))
        feed.live(packet(3, update(HSI, (1, 101, BID, 1, NEW))))
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
        feed.live(packet(4, update(HSI, (2, 102, BID, 1, NEW))))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(104, 4), (103, 3), (102, 2), (101, 1)], [])
        assert feed.event_fields("repaired")[1:] == [(5, 7, "the missing packets came late")]
        assert not feed.feed.wants_refresh()

    def test_lines_that_cut_packets_differently_are_compared_by_message(self) -> None:
        """Section 4.2: one line's packet begins at 4 with three messages, the other's at 3 with four."""
        feed = following()
        one, two, three, four = (update(HSI, (n, 100 + n, BID, 1, NEW)) for n in range(1, 5))
        feed.live(packet(3, one))
        feed.live(packet(3, one, two, three))
        feed.live(packet(4, two, three, four))
        assert sides(feed.books[0]) == ([(104, 4), (103, 3), (102, 2), (101, 1)], [])
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]

    def test_a_heartbeat_tells_of_a_lost_last_packet(self) -> None:
        feed = following()
        feed.live(heartbeat(2))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        feed.live(heartbeat(4))
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
        assert feed.event_fields("gap") == [(3, 5, "2 messages missing")]
        feed.live(packet(3, update(HSI, (1, 101, BID, 1, NEW)), update(HSI, (2, 102, BID, 1, NEW))))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]

    def test_a_second_gap_needs_a_snapshot_after_both(self) -> None:
        feed = following()
        feed.live(packet(5, update(HSI, (1, 101, BID, 1, NEW))))
        feed.live(packet(8, update(HSI, (2, 102, BID, 1, NEW))))
        feed.refresh(packet(3, complete(5)))
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
        feed.refresh(packet(4, complete(7)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(102, 2)], [])
        assert feed.event_fields("gap") == [(3, 5, "2 messages missing"), (6, 8, "2 messages missing")]

    def test_a_heartbeat_beyond_the_queue_is_a_gap_too(self) -> None:
        feed = following()
        feed.live(packet(5, update(HSI, (1, 101, BID, 1, NEW))))
        feed.live(heartbeat(7))
        feed.refresh(packet(3, complete(5)))
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
        feed.live(packet(8, update(HSI, (2, 102, BID, 1, NEW))))
        feed.refresh(packet(4, complete(7)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(102, 2)], [])

    def test_duplicates_and_strays_inside_a_gap_do_not_disturb_the_queue(self) -> None:
        feed = following()
        entries = [update(HSI, (n, 100 + n, BID, 1, NEW)) for n in range(10)]
        feed.live(packet(6, entries[6]))
        feed.live(packet(7, entries[7]))
        feed.live(packet(6, entries[6]))
        feed.live(packet(5, *entries[5:9]))
        feed.live(packet(8, entries[8]))
        for n in range(3, 6):
            feed.live(packet(n, entries[n]))
        assert sides(feed.books[0]) == ([(100 + n, n) for n in range(8, 2, -1)], [])
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert len(feed.event_fields("gap")) == 1

    def test_a_series_status_behind_a_gap_does_not_make_the_book_live(self) -> None:
        feed = following()
        feed.live(packet(4, update(HSI, (1, 101, BID, 1, NEW))))
        feed.live(heartbeat(9))
        feed.live(packet(3, status(HSI, 2, 1)))
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]

    def test_a_gap_filled_while_a_book_awaits_its_snapshot(self) -> None:
        feed = following()
        feed.live(packet(3, update(HSI, (1, 101, BID, 9, NEW))))
        feed.live(packet(6, update(MHI, (6, 106, BID, 1, NEW))))
        feed.live(packet(4, update(MHI, (4, 104, BID, 1, NEW))))
        feed.live(packet(7, update(MHI, (7, 107, BID, 1, NEW))))
        feed.live(packet(5, update(MHI, (5, 105, BID, 1, NEW))))
        assert states(feed) == [BOOK_SUSPECT, BOOK_LIVE]
        assert sides(feed.books[1]) == ([(107, 7), (106, 6), (105, 5), (104, 4)], [])
        assert feed.events() == ["repaired", "book fault", "gap"]
        feed.refresh(packet(3, update(HSI, (9, 99, BID, 1, NEW)), update(MHI, (4, 104, BID, 1, NEW)), complete(4)))
        assert states(feed) == [BOOK_SUSPECT, BOOK_LIVE], "messages 5 to 7 are not all kept"
        snapshot = update(MHI, (4, 104, BID, 1, NEW), (5, 105, BID, 1, NEW), (6, 106, BID, 1, NEW))
        feed.refresh(packet(6, update(HSI, (9, 99, BID, 1, NEW)), snapshot, complete(6)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(99, 9)], [])
        assert sides(feed.books[1]) == ([(107, 7), (106, 6), (105, 5), (104, 4)], [])

    def test_a_fault_in_a_packet_that_fills_a_gap_keeps_what_waits_behind_it(self) -> None:
        feed = following()
        feed.live(packet(5, update(MHI, (5, 105, BID, 1, NEW))))
        feed.live(packet(3, update(HSI, (1, 101, BID, 9, NEW))))
        feed.live(packet(4, update(MHI, (4, 104, BID, 1, NEW))))
        assert states(feed) == [BOOK_SUSPECT, BOOK_LIVE]
        assert sides(feed.books[1]) == ([(105, 5), (104, 4)], [])


class TestSilence:
    def test_silence_makes_the_books_stale_until_a_snapshot(self) -> None:
        feed = following()
        feed.live(packet(3, update(HSI, (1, 101, BID, 1, NEW))))
        feed.pass_time(SILENCE_NS - 1)
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        feed.pass_time(1)
        assert states(feed) == [BOOK_STALE, BOOK_STALE]
        assert sorted(feed.changed) == [0, 1]
        assert feed.feed.next_timer_ns() == NO_TIMER
        assert feed.sink.records[-1][1]["event"] == "silent"
        feed.refresh(packet(3, complete(3)))
        feed.refresh(packet(4, complete(3)))
        assert states(feed) == [BOOK_STALE, BOOK_STALE], "nobody has heard the real-time channel"
        feed.live(packet(4, update(HSI, (2, 102, BID, 1, NEW))))
        assert states(feed) == [BOOK_STALE, BOOK_STALE]
        feed.refresh(packet(5, update(HSI, (1, 101, BID, 1, NEW)), complete(3)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(102, 2), (101, 1)], [])
        assert feed.events() == ["repaired", "silent", "repaired"]

    def test_heartbeats_keep_the_books_live(self) -> None:
        feed = following()
        for _ in range(5):
            feed.pass_time(SILENCE_NS - 1)
            feed.live(heartbeat(2))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]

    @pytest.mark.parametrize("behind_a_gap", [False, True])
    def test_packets_keep_the_channel_alive(self, behind_a_gap: bool) -> None:
        feed = following()
        for number in range(3, 9):
            feed.pass_time(SILENCE_NS - 1)
            feed.live(packet(number + behind_a_gap, update(HSI, (1, 101, BID, 1, NEW))))
        assert "silent" not in feed.events()

    def test_packets_that_fill_a_gap_keep_the_channel_alive(self) -> None:
        feed = following()
        feed.live(heartbeat(20))
        for number in range(3, 9):
            feed.pass_time(SILENCE_NS - 1)
            feed.live(packet(number, update(HSI, (1, 101, BID, 1, NEW))))
        assert "silent" not in feed.events()

    @pytest.mark.parametrize("behind_a_gap", [False, True])
    def test_old_heartbeats_do_not(self, behind_a_gap: bool) -> None:
        feed = following()
        if behind_a_gap:
            feed.live(packet(4, update(HSI, (1, 101, BID, 1, NEW))))
        feed.pass_time(SILENCE_NS - 1)
        feed.live(heartbeat(1))
        feed.pass_time(1)
        assert states(feed) == [BOOK_STALE, BOOK_STALE]

    @pytest.mark.parametrize("sign", ["reset", "recovery"])
    def test_a_second_silence_is_told_again(self, sign: str) -> None:
        feed = two_series()
        if sign == "reset":
            feed.pass_time(2 * SILENCE_NS)
            feed.live(packet(1, reset(1)))
        else:
            feed.pass_time(2 * SILENCE_NS)
            feed.live(packet(1, recovery(1)))
            feed.live(packet(2, recovery(2)))
        feed.pass_time(SILENCE_NS)
        assert feed.events().count("silent") == 2

    def test_old_numbers_do_not_count_as_life_and_a_restarted_sender_is_joined_again(self) -> None:
        feed = following()
        for _ in range(7):
            feed.pass_time(SECOND)
            feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
        assert feed.events() == ["repaired", "silent"]
        feed.refresh(packet(3, complete(2)))
        feed.refresh(packet(4, complete(2)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]

    def test_a_feed_that_never_hears_anything_says_so_once(self) -> None:
        feed = two_series()
        feed.pass_time(10 * SILENCE_NS)
        assert feed.events() == ["silent"]
        assert states(feed) == [BOOK_STALE, BOOK_STALE]

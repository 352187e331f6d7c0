"""The feed against an independent publisher, with every loss, duplicate and reordering, and against packets by hand."""

import functools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cross_market_connect.domain.book import (
    BOOK_BUILDING,
    BOOK_CLOSED,
    BOOK_EMPTY,
    BOOK_LIVE,
    BOOK_SUSPECT,
)
from cross_market_connect.domain.numbers import NO_PRICE, NO_TIMER
from cross_market_connect.market.feed_log import FAULT_EVENTS_MAX
from cross_market_connect.wire.omd.omd_d_objects import MarketStatus, Trade
from cross_market_connect.wire.omd.omd_d_writer import OmdDWriter
from tests.unit.venues.hkex.support import (
    CFFEX,
    HSI,
    MHI,
    SECOND,
    UTC_NS,
    FeedUnderTest,
    Fill,
    Recording,
    check_live_books,
    complete,
    define,
    following,
    heartbeat,
    instrument,
    packet,
    record,
    recovery,
    reset,
    sides,
    states,
    status,
    two_series,
    update,
)

BID, ASK = 0, 1
NEW, CHANGE, DELETE, CLEAR = 0, 1, 2, 74


@functools.cache
def recording() -> Recording:
    return record(360, SECOND // 10, 5)


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


DELIVER, LOSE, TWICE, LATE, OUTAGE = "deliver", "lose", "twice", "late", "outage"
FATES = st.lists(
    st.tuples(st.sampled_from([DELIVER, DELIVER, DELIVER, LOSE, TWICE, LATE, OUTAGE]), st.integers(1, 6)), max_size=150
)
RECOVERY_PACKETS = 60  # undisturbed at the end: several refresh cycles


class Delivery:
    """Hands the recorded market to a feed, each packet with its fate; every live book is checked after every input."""

    def __init__(self, market: Recording) -> None:
        self.market = market
        self.feed = FeedUnderTest(market.instruments)
        self.compared = 0
        self._waiting: list[tuple[int, bool, bytes]] = []
        self._lost_until = 0

    def packet(self, number: int, fate: str, by: int) -> None:
        at_ns, is_refresh, data = self.market.datagrams[number]
        self.feed.pass_time(max(0, 1_000 * SECOND + at_ns - self.feed.now_ns))
        self._check()
        if fate == OUTAGE:
            self._lost_until = number + 12 * by
        if number >= self._lost_until:
            if fate in (LATE, TWICE):
                self._waiting.append((number + by, is_refresh, data))
            if fate in (DELIVER, TWICE):
                self._deliver(is_refresh, data)
        for due in [item for item in self._waiting if item[0] <= number]:
            self._waiting.remove(due)
            self._deliver(due[1], due[2])

    def _deliver(self, is_refresh: bool, data: bytes) -> None:
        if not is_refresh:
            self.feed.live(data)
        elif self.feed.feed.wants_refresh():
            self.feed.refresh(data)
        self._check()

    def _check(self) -> None:
        self.compared += check_live_books(self.feed, self.market)

    def finish(self, number: int) -> None:
        """The rest undisturbed, at least RECOVERY_PACKETS; then everything is as the venue has it."""
        self._lost_until = 0
        for rest in range(number, len(self.market.datagrams)):
            self.packet(rest, DELIVER, 0)
        assert [book.state for book in self.feed.books] == [BOOK_LIVE, BOOK_LIVE]
        assert [sides(book) for book in self.feed.books] == self.market.truth[max(self.market.truth)]
        assert not self.feed.feed.wants_refresh()


@pytest.mark.slow
@settings(max_examples=60)
@given(FATES)
def test_any_loss_duplication_and_reordering_is_repaired_and_never_shown(fates: list[tuple[str, int]]) -> None:
    """OUTAGE loses everything for up to 6 s, longer than the silence limit together with its neighbours."""
    delivery = Delivery(recording())
    for number, (fate, by) in enumerate(fates):
        delivery.packet(number, fate, by)
    delivery.finish(len(fates))


@pytest.mark.parametrize("weights", [(30, 1, 1, 1), (10, 3, 1, 1), (10, 0, 3, 3), (5, 4, 3, 3), (1, 3, 0, 1)])
def test_long_disturbances_of_every_strength_are_repaired(weights: tuple[int, int, int, int]) -> None:
    market = recording()
    undisturbed = len(market.datagrams) - RECOVERY_PACKETS
    compared = 0
    for seed in range(25):
        chance = random.Random(seed)
        delivery = Delivery(market)
        for number in range(undisturbed):
            [fate] = chance.choices([DELIVER, LOSE, TWICE, LATE], weights)
            delivery.packet(number, fate, chance.randint(1, 6))
        delivery.finish(undisturbed)
        compared += delivery.compared
    assert compared > 25 * RECOVERY_PACKETS


# -- packets by hand ---------------------------------------------------------------------------------------------------


class TestStart:
    def test_our_books_are_building_and_others_are_not_touched(self) -> None:
        feed = FeedUnderTest([instrument(0, "IF2101", CFFEX), instrument(1, "HSIF1")])
        assert states(feed) == [BOOK_EMPTY, BOOK_BUILDING]
        assert feed.feed.wants_refresh()
        feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "IF2101")))
        feed.refresh(packet(1, complete(0)))
        feed.refresh(packet(2, update(MHI, (5, 100, BID, 1, NEW)), complete(1)))
        assert states(feed) == [BOOK_EMPTY, BOOK_LIVE]
        assert sides(feed.books[0]) == ([], [])

    def test_a_cycle_that_was_joined_in_the_middle_is_not_used(self) -> None:
        feed = two_series()
        feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
        feed.refresh(packet(7, update(HSI, (5, 100, BID, 1, NEW)), complete(2)))
        assert states(feed) == [BOOK_BUILDING, BOOK_BUILDING]
        feed.refresh(packet(9, update(HSI, (6, 101, BID, 1, NEW)), complete(2)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(101, 6)], [])
        assert feed.changed == [0, 1]
        assert not feed.feed.wants_refresh()

    def test_a_snapshot_alone_makes_nothing_live(self) -> None:
        feed = two_series()
        feed.refresh(packet(1, complete(0)))
        feed.refresh(packet(2, define(HSI, "HSIF1"), define(MHI, "MHIF1"), complete(4)))
        assert states(feed) == [BOOK_BUILDING, BOOK_BUILDING]
        feed.live(heartbeat(4))
        feed.refresh(packet(5, complete(4)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert feed.feed.log.snapshots_unused == 1

    def test_a_hole_in_the_refresh_discards_the_cycle(self) -> None:
        feed = two_series()
        feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
        feed.refresh(packet(1, complete(0)))
        feed.refresh(packet(2, update(HSI, (5, 100, BID, 1, NEW))))
        feed.refresh(packet(4, complete(2)))
        assert states(feed) == [BOOK_BUILDING, BOOK_BUILDING]
        feed.refresh(packet(5, update(HSI, (5, 100, BID, 1, NEW)), complete(2)))
        assert sides(feed.books[0]) == ([(100, 5)], [])
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]

    def test_a_duplicate_on_the_refresh_channel_is_read_once(self) -> None:
        feed = two_series()
        feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
        feed.refresh(packet(1, complete(0)))
        for _ in range(2):
            feed.refresh(packet(2, update(HSI, (5, 100, BID, 1, NEW))))
        feed.refresh(packet(3, complete(2)))
        assert sides(feed.books[0]) == ([(100, 5)], [])

    def test_queued_messages_after_the_snapshot_are_applied(self) -> None:
        feed = two_series()
        feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
        feed.refresh(packet(1, complete(0)))
        feed.live(packet(3, update(HSI, (1, 100, BID, 1, NEW)), update(HSI, (2, 101, BID, 1, NEW))))
        feed.live(packet(5, update(MHI, (9, 200, ASK, 1, NEW)), utc_ns=UTC_NS + 1_000_000))
        # The snapshot stands between the two messages of one packet.
        feed.refresh(packet(2, update(HSI, (1, 100, BID, 1, NEW)), complete(3)))
        assert sides(feed.books[0]) == ([(101, 2), (100, 1)], [])
        assert sides(feed.books[1]) == ([], [(200, 9)])
        assert (feed.books[1].received_ns, feed.books[1].event_utc_ns) == (feed.now_ns, UTC_NS + 1_000_000)
        assert feed.event_fields("repaired") == [(6, 6, "from the snapshot at 3")]

    def test_a_snapshot_ahead_of_the_live_channel_moves_the_number_on(self) -> None:
        feed = following()
        feed.live(packet(9, update(HSI, (1, 100, BID, 1, NEW))))
        feed.refresh(packet(3, update(HSI, (4, 104, BID, 1, NEW)), complete(12)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        feed.live(packet(10, update(HSI, (1, 99, BID, 1, NEW))))
        assert sides(feed.books[0]) == ([(104, 4)], [])
        feed.live(packet(13, update(HSI, (1, 105, BID, 1, NEW))))
        assert sides(feed.books[0]) == ([(105, 1), (104, 4)], [])

    def test_ids_from_the_configuration_stand_in_for_definitions(self) -> None:
        feed = FeedUnderTest([instrument(0, "HSIF1", decimals=2, tick_units=50)], {HSI: 0})
        feed.live(heartbeat(4))
        feed.refresh(packet(1, complete(4)))
        feed.refresh(packet(2, complete(4)))
        feed.live(packet(5, update(HSI, (3, 2_700_050, BID, 1, NEW))))
        assert sides(feed.books[0]) == ([(54_001, 3)], [])

    def test_a_series_that_the_snapshot_does_not_define_is_named_once(self) -> None:
        feed = two_series()
        feed.live(packet(1, define(HSI, "HSIF1")))
        feed.refresh(packet(1, complete(1)))
        feed.refresh(packet(2, complete(1)))
        assert states(feed) == [BOOK_LIVE, BOOK_BUILDING]
        assert [reason for _, _, reason in feed.event_fields("undefined")] == ["no definition of MHIF1 in the snapshot"]
        assert not feed.feed.wants_refresh()
        feed.live(packet(3, update(HSI, (1, 101, BID, 1, NEW))))
        feed.refresh(packet(3, complete(3)))
        assert feed.events() == ["undefined", "repaired", "gap", "repaired"]

    def test_a_definition_that_comes_later_asks_for_a_snapshot_of_that_series(self) -> None:
        feed = two_series()
        feed.live(packet(1, define(HSI, "HSIF1")))
        feed.refresh(packet(1, complete(1)))
        feed.refresh(packet(2, complete(1)))
        feed.live(packet(2, update(MHI, (7, 200, BID, 1, NEW)), define(MHI, "MHIF1")))
        feed.live(packet(4, update(MHI, (8, 201, BID, 1, NEW)), update(HSI, (1, 99, BID, 1, NEW))))
        assert states(feed) == [BOOK_LIVE, BOOK_BUILDING]
        assert feed.feed.wants_refresh()
        feed.refresh(packet(8, complete(3)))
        # Message 3 was the definition; nothing of our live book had been sent by then.
        feed.refresh(packet(9, update(MHI, (7, 200, BID, 1, NEW)), complete(3)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert [sides(book)[0] for book in feed.books] == [[(99, 1)], [(201, 8), (200, 7)]]
        assert feed.feed.channel.next_seq == 6

    def test_entries_before_their_definition_in_a_cycle_do_not_make_an_empty_live_book(self) -> None:
        feed = two_series()
        feed.live(packet(1, define(HSI, "HSIF1")))
        feed.refresh(packet(1, complete(1)))
        feed.refresh(packet(2, update(MHI, (7, 200, BID, 1, NEW)), define(MHI, "MHIF1"), complete(1)))
        assert states(feed) == [BOOK_LIVE, BOOK_SUSPECT]
        feed.refresh(packet(5, update(MHI, (7, 200, BID, 1, NEW)), define(MHI, "MHIF1"), complete(1)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[1]) == ([(200, 7)], [])

    def test_a_gap_before_the_first_snapshot_leaves_the_books_building(self) -> None:
        feed = two_series()
        feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
        feed.live(packet(5, update(HSI, (1, 101, BID, 1, NEW))))
        assert states(feed) == [BOOK_BUILDING, BOOK_BUILDING]

    def test_the_times_of_a_book_from_a_snapshot(self) -> None:
        feed = two_series()
        feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
        feed.refresh(packet(1, complete(0)))
        feed.now_ns += 5
        feed.refresh(packet(2, complete(2), utc_ns=UTC_NS + 3_000_000))
        assert [(book.received_ns, book.event_utc_ns) for book in feed.books] == 2 * [(feed.now_ns, UTC_NS + 3_000_000)]

    def test_a_second_end_of_cycle_in_the_packet_is_not_used_again(self) -> None:
        feed = two_series()
        feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
        feed.refresh(packet(1, complete(0)))
        feed.refresh(packet(2, update(HSI, (1, 101, BID, 1, NEW)), complete(2), complete(2)))
        assert sides(feed.books[0]) == ([(101, 1)], [])
        assert feed.events() == ["repaired"]


class TestVenueSignals:
    def test_a_sequence_reset_voids_the_books_whatever_its_own_number(self) -> None:
        feed = following()
        feed.live(packet(3, update(HSI, (1, 101, BID, 1, NEW))))
        feed.live(packet(1, reset(1)))
        assert states(feed) == [BOOK_BUILDING, BOOK_BUILDING]
        assert sides(feed.books[0]) == ([], [])
        assert feed.event_fields("sequence reset") == [(4, 1, "the venue starts its numbers anew")]
        feed.live(packet(2, update(HSI, (7, 107, BID, 1, NEW))))
        feed.refresh(packet(3, complete(1)))
        feed.refresh(packet(4, complete(1)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(107, 7)], [])

    def test_a_sequence_reset_in_sequence_ends_its_packet(self) -> None:
        feed = following()
        feed.live(packet(3, reset(1), status(HSI, 1, 2)))
        assert states(feed) == [BOOK_BUILDING, BOOK_BUILDING]
        feed.live(heartbeat(0))
        feed.refresh(packet(3, complete(0)))
        feed.refresh(packet(4, complete(0)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]

    def test_a_sequence_reset_voids_suspensions_and_the_cycle_under_way(self) -> None:
        feed = following()
        feed.live(packet(3, status(HSI, 1, 2)))
        feed.live(packet(9, status(MHI, 2, 1)))
        feed.refresh(packet(3, update(HSI, (1, 101, BID, 1, NEW))))
        feed.live(packet(1, reset(1)))
        feed.live(heartbeat(0))
        feed.refresh(packet(4, complete(12)))
        assert states(feed) == [BOOK_BUILDING, BOOK_BUILDING]
        feed.refresh(packet(5, complete(0)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([], [])

    @pytest.mark.parametrize("number", [3, 500])
    def test_disaster_recovery_voids_the_books_until_it_is_completed(self, number: int) -> None:
        feed = following()
        feed.live(packet(number, recovery(1)))
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
        assert not feed.feed.wants_refresh()
        assert feed.feed.next_timer_ns() == NO_TIMER
        feed.live(packet(4, update(HSI, (1, 101, BID, 1, NEW))))
        feed.refresh(packet(3, complete(4)))
        feed.refresh(packet(4, complete(4)))
        feed.live(packet(1, recovery(1)))
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]
        feed.live(packet(1, recovery(2)))
        assert feed.feed.wants_refresh()
        feed.live(packet(1, update(HSI, (1, 101, BID, 1, NEW))))
        feed.refresh(packet(1, complete(0)))
        feed.refresh(packet(2, complete(0)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(101, 1)], [])
        assert feed.events()[-3:] == ["recovery started", "recovery completed", "repaired"]

    def test_a_suspended_series_is_closed_and_comes_back(self) -> None:
        feed = following()
        feed.live(packet(3, status(HSI, 1, 2)))
        assert states(feed) == [BOOK_CLOSED, BOOK_LIVE]
        assert feed.changed == [0]
        feed.live(packet(4, update(HSI, (1, 101, BID, 1, NEW))))
        assert states(feed) == [BOOK_CLOSED, BOOK_LIVE]
        feed.live(packet(5, status(HSI, 2, 1)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(101, 1)], [])

    def test_a_suspension_in_the_snapshot_or_during_a_gap_counts(self) -> None:
        feed = following()
        feed.live(packet(4, status(MHI, 2, 3)))
        feed.refresh(packet(3, status(HSI, 1, 2), status(MHI, 2, 1), complete(3)))
        assert states(feed) == [BOOK_CLOSED, BOOK_CLOSED]
        feed.live(packet(5, status(HSI, 2, 1), status(MHI, 2, 1)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]

    def test_a_market_status_of_one_series_closes_it(self) -> None:
        def market(state: int) -> Fill:
            def fill(writer: OmdDWriter) -> None:
                assert writer.add_market_status(MarketStatus(4, 0, 0, MHI, 0, "", "", "", "", 0, state, 10))

            return fill

        feed = following()
        feed.live(packet(3, market(6)))
        assert states(feed) == [BOOK_LIVE, BOOK_CLOSED]
        feed.live(packet(4, market(3)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]

    def test_a_trade_leaves_its_price_unless_it_was_only_reported(self) -> None:
        def trade(price: int, deal_type: int) -> Fill:
            def fill(writer: OmdDWriter) -> None:
                assert writer.add_trade(Trade(HSI, 0, price, 1, 0, 2, deal_type, 0, 0, 3, UTC_NS))

            return fill

        feed = following()
        feed.live(packet(3, trade(27_001, 1)))
        feed.live(packet(4, trade(27_777, 1 | 4)))
        feed.live(packet(5, trade(27_778, 0)))
        feed.live(packet(6, trade(NO_PRICE, 1)))
        assert feed.books[0].last_ticks == 27_001

    def test_a_trade_between_ticks_leaves_no_price(self) -> None:
        def fill(writer: OmdDWriter) -> None:
            assert writer.add_trade(Trade(HSI, 0, 27_001, 1, 0, 2, 1, 0, 0, 3, UTC_NS))

        feed = FeedUnderTest([instrument(0, "HSIF1", tick_units=2)], {HSI: 0})
        feed.live(packet(1, fill))
        assert feed.books[0].last_ticks == 0


class TestEntries:
    def test_clear_then_new(self) -> None:
        feed = following()
        feed.live(packet(3, update(HSI, (1, 101, BID, 1, NEW), (1, 103, ASK, 1, NEW))))
        feed.live(packet(4, update(HSI, (0, 0, 0, 0, CLEAR), (5, 99, BID, 1, NEW))))
        assert sides(feed.books[0]) == ([(99, 5)], [])

    def test_off_grid_price_makes_only_its_book_suspect_until_the_next_snapshot(self) -> None:
        feed = FeedUnderTest([instrument(0, "HSIF1", tick_units=5), instrument(1, "MHIF1")])
        feed.live(packet(1, define(HSI, "HSIF1"), define(MHI, "MHIF1")))
        feed.refresh(packet(1, complete(2)))
        feed.refresh(packet(2, complete(2)))
        feed.live(packet(3, update(HSI, (1, 135_000, BID, 1, NEW))))
        assert sides(feed.books[0]) == ([(27_000, 1)], [])
        feed.live(packet(4, update(HSI, (1, 135_001, BID, 1, NEW)), update(MHI, (3, 7, BID, 1, NEW))))
        assert states(feed) == [BOOK_SUSPECT, BOOK_LIVE]
        assert [reason for _, _, reason in feed.event_fields("book fault")] == [
            "HSIF1: price off the instrument's tick grid"
        ]
        fresh = update(HSI, (1, 135_005, BID, 1, NEW))
        feed.refresh(packet(3, fresh, complete(4)))
        assert states(feed) == [BOOK_SUSPECT, BOOK_LIVE], "the rest of the packet, message 5, is not kept"
        feed.refresh(packet(5, fresh, update(MHI, (3, 7, BID, 1, NEW)), complete(5)))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(27_001, 1)], [])

    def test_an_entry_that_contradicts_the_book_makes_it_suspect(self) -> None:
        feed = following()
        feed.live(packet(3, update(HSI, (1, 101, BID, 2, CHANGE))))
        assert states(feed) == [BOOK_SUSPECT, BOOK_LIVE]
        feed.live(packet(4, update(HSI, (1, 101, BID, 1, NEW))))
        assert sides(feed.books[0]) == ([], []), "nothing is applied to a book that is known to be wrong"
        assert feed.changed == []

    def test_a_faulty_series_in_the_snapshot_does_not_hold_up_the_others(self) -> None:
        feed = following()
        feed.live(packet(9, update(MHI, (1, 101, BID, 1, NEW))))
        feed.refresh(packet(3, update(HSI, (1, 101, BID, 7, NEW)), complete(8)))
        assert states(feed) == [BOOK_SUSPECT, BOOK_LIVE]
        assert feed.feed.wants_refresh()
        assert feed.events()[-1] == "book fault"

    def test_a_level_of_market_orders_closes_the_book(self) -> None:
        feed = following()
        feed.live(packet(3, update(HSI, (4, NO_PRICE, BID, 1, NEW), (1, 101, BID, 2, NEW))))
        assert states(feed) == [BOOK_CLOSED, BOOK_LIVE]
        feed.live(packet(4, update(HSI, (9, 105, BID, 1, NEW))))
        assert states(feed) == [BOOK_CLOSED, BOOK_LIVE], "the level without price is the second now"
        feed.live(packet(5, update(HSI, (0, 0, BID, 2, DELETE))))
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]
        assert sides(feed.books[0]) == ([(105, 9), (101, 1)], [])

    def test_a_level_of_market_orders_in_the_snapshot_closes_the_book(self) -> None:
        feed = following()
        feed.live(heartbeat(4))
        feed.refresh(packet(3, update(HSI, (4, NO_PRICE, BID, 1, NEW)), complete(4)))
        assert states(feed) == [BOOK_CLOSED, BOOK_LIVE]


class TestMalformed:
    def test_records_are_bounded_and_the_rest_is_counted(self) -> None:
        feed = following()
        for _ in range(3 * FAULT_EVENTS_MAX):
            feed.live(b"\x01")
            feed.refresh(b"") if feed.feed.wants_refresh() else None
        assert feed.events().count("malformed") == FAULT_EVENTS_MAX
        assert feed.feed.log.malformed == 3 * FAULT_EVENTS_MAX
        assert feed.feed.packet_faults.dropped_packets() == 3 * FAULT_EVENTS_MAX
        assert states(feed) == [BOOK_LIVE, BOOK_LIVE]

    def test_a_malformed_packet_leaves_a_gap(self) -> None:
        feed = following()
        feed.live(packet(3, update(HSI, (1, 101, BID, 1, NEW)))[:-1])
        feed.live(packet(4, update(HSI, (1, 101, BID, 1, NEW))))
        assert states(feed) == [BOOK_SUSPECT, BOOK_SUSPECT]

    @settings(max_examples=200)
    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 200), st.integers(0, 255)), max_size=12), st.binary())
    def test_no_damage_raises(self, damages: list[tuple[bool, int, int]], junk: bytes) -> None:
        feed = following()
        feed.live(junk)
        seq = 3
        for is_refresh, place, value in damages:
            if is_refresh:
                good = packet(seq, status(HSI, 2, 1), update(HSI, (1, 101, BID, 1, NEW)), complete(seq))
            else:
                good = packet(seq, update(HSI, (1, 101, BID, 1, NEW)), define(MHI, "MHIF1"), status(HSI, 2, 1))
            bad = bytearray(good)
            bad[place % len(bad)] = value
            (feed.refresh if is_refresh else feed.live)(bytes(bad))
            seq += 3

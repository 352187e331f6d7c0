"""The feed of securities in conversations: what a venue may say, and what the books are then.

Ping An's tick is 0.05 dollars and its lot 500 shares, so that 80.00, 80 000 on the wire, is 1 600 ticks, and 2 lots are
1 000 shares. Tencent's are 0.20 dollars and 100 shares, so that 600.00 is 3 000 ticks.
"""

import pytest

from cross_market_connect.venues.hkex.omd_feed import SILENCE_NS
from cross_market_connect.wire.omd.omd_c_writer import OmdCWriter
from tests.unit.venues.hkex.securities_support import (
    ASK,
    BID,
    FOREIGN,
    MARKET_ORDER,
    PING_AN,
    TENCENT,
    Fill,
    SecuritiesUnderTest,
    add,
    complete,
    define,
    delete,
    heartbeat,
    message,
    modify,
    packet,
    security,
    session,
    status,
    trade,
    update,
)
from tests.unit.venues.hkex.support import SECOND, UTC_NS

SUSPENDED, RESUMED = 2, 3
OPENING, CONTINUOUS, CLOSING = 1, 3, 5
NEW, CHANGE, DELETE = 0, 1, 2


def joined() -> SecuritiesUnderTest:
    """Both books live at number 10: Ping An 80.00 for 1 000 shares to 80.05, Tencent empty."""
    feed = SecuritiesUnderTest()
    feed.live(heartbeat(10))
    feed.cycle(
        10,
        session("MAIN", CONTINUOUS),
        define(PING_AN, 500),
        define(TENCENT, 100),
        add(PING_AN, 1, BID, 80_000, 1_000),
        add(PING_AN, 2, ASK, 80_050, 500),
    )
    return feed


def test_orders_make_levels() -> None:
    feed = joined()
    assert feed.states() == ["live", "live"] and feed.events() == ["repaired"]
    assert (feed.bids(), feed.asks(), feed.bids(1)) == ([(1_600, 2)], [(1_601, 1)], [])
    feed.live(packet(11, add(PING_AN, 3, BID, 80_000, 1_500), add(PING_AN, 4, BID, 79_900, 500)))
    assert feed.bids() == [(1_600, 5), (1_598, 1)] and feed.changed == [0]
    assert (feed.books[0].received_ns, feed.books[0].event_utc_ns) == (feed.now_ns, UTC_NS)
    feed.live(packet(13, modify(PING_AN, 3, BID, 500), delete(PING_AN, 1, BID), add(TENCENT, 1, ASK, 600_000, 300)))
    assert (feed.bids(), feed.asks(1)) == ([(1_600, 1), (1_598, 1)], [(3_000, 3)])
    assert feed.changed == [0, 1]
    feed.live(packet(16, delete(PING_AN, 3, BID), add(FOREIGN, 3, BID, 1, 1), delete(FOREIGN, 9, BID)))
    assert feed.bids() == [(1_598, 1)] and feed.states() == ["live", "live"]


def test_an_order_is_known_within_its_security_and_side() -> None:
    feed = joined()
    feed.live(packet(11, add(PING_AN, 1, ASK, 80_100, 500), add(TENCENT, 1, BID, 600_000, 100)))
    assert feed.states() == ["live", "live"]
    assert (feed.bids(), feed.asks(), feed.bids(1)) == ([(1_600, 2)], [(1_601, 1), (1_602, 1)], [(3_000, 1)])


def test_what_came_after_a_snapshot_is_applied_to_it() -> None:
    feed = SecuritiesUnderTest()
    feed.live(packet(11, add(PING_AN, 7, BID, 80_000, 500)))
    feed.live(packet(12, modify(PING_AN, 1, BID, 1_500), delete(PING_AN, 7, BID)))
    assert feed.states() == ["building", "building"] and feed.bids() == []
    feed.cycle(11, add(PING_AN, 1, BID, 79_950, 2_000), add(PING_AN, 7, BID, 80_000, 500))
    assert feed.bids() == [(1_599, 3)] and feed.states() == ["live", "live"]


def test_a_snapshot_from_before_what_was_kept_is_not_used() -> None:
    feed = SecuritiesUnderTest()
    feed.live(packet(11, add(PING_AN, 7, BID, 80_000, 500)))
    feed.cycle(9)
    assert feed.states() == ["building", "building"] and feed.feed.log.snapshots_unused == 1
    feed.cycle(10)
    assert feed.bids() == [(1_600, 1)] and feed.states() == ["live", "live"]


def test_missing_messages_that_come_late_lose_nothing() -> None:
    feed = joined()
    feed.live(packet(12, modify(PING_AN, 5, BID, 500)))
    assert feed.states() == ["suspect", "suspect"] and feed.bids() == [(1_600, 2)]
    feed.live(packet(11, add(PING_AN, 5, BID, 80_000, 1_000)))
    assert feed.bids() == [(1_600, 3)] and feed.states() == ["live", "live"]
    assert feed.events() == ["repaired", "gap", "repaired"]


def test_a_snapshot_replaces_every_order() -> None:
    """The second snapshot is collected in the table that was followed until then."""
    feed = joined()
    feed.live(packet(13, add(PING_AN, 8, BID, 79_950, 500)))
    feed.cycle(12, add(PING_AN, 3, BID, 80_000, 500), add(TENCENT, 4, BID, 599_800, 200))
    assert (feed.bids(), feed.asks(), feed.bids(1)) == ([(1_600, 1), (1_599, 1)], [], [(2_999, 2)])
    feed.live(packet(14, add(PING_AN, 1, BID, 80_000, 500), add(PING_AN, 2, ASK, 80_050, 500)))
    assert feed.states() == ["live", "live"], "the orders of the first snapshot are forgotten"
    feed.live(packet(17, delete(PING_AN, 8, BID)))
    feed.cycle(16, add(PING_AN, 8, BID, 79_950, 500), add(TENCENT, 9, ASK, 600_200, 100))
    assert (feed.bids(), feed.asks(1), feed.bids(1)) == ([], [(3_001, 1)], [])
    assert feed.states() == ["live", "live"] and not feed.feed.wants_refresh()


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (delete(PING_AN, 9, BID), "entry contradicts the book"),
        (modify(PING_AN, 1, ASK, 500), "entry contradicts the book"),
        (add(PING_AN, 1, BID, 80_000, 500), "entry contradicts the book"),
        (add(PING_AN, 3, 2, 80_000, 500), "entry contradicts the book"),
        (add(PING_AN, 3, BID, 80_010, 500), "price off the instrument's tick grid"),
        (add(PING_AN, 3, BID, 80_000, 600), "quantity is no multiple of the board lot"),
        (modify(PING_AN, 1, BID, 1_499), "quantity is no multiple of the board lot"),
    ],
)
def test_a_contradiction_costs_one_book(fault: Fill, reason: str) -> None:
    feed = joined()
    feed.live(packet(11, fault, add(TENCENT, 1, BID, 600_000, 100)))
    assert feed.states() == ["suspect", "live"] and feed.bids(1) == [(3_000, 1)]
    assert feed.feed.log.book_faults == {reason: 1} and feed.feed.wants_refresh()
    feed.cycle(12, add(PING_AN, 3, BID, 80_000, 500), add(TENCENT, 1, BID, 600_000, 100))
    assert feed.states() == ["live", "live"] and feed.bids() == [(1_600, 1)]


def test_a_snapshot_that_contradicts_itself_says_nothing_of_that_book() -> None:
    feed = SecuritiesUnderTest()
    feed.live(heartbeat(10))
    twice = add(PING_AN, 1, BID, 80_000, 500)
    feed.cycle(10, twice, twice, add(TENCENT, 1, BID, 600_000, 100))
    assert feed.states() == ["suspect", "live"] and feed.feed.wants_refresh()
    feed.cycle(10, twice, add(TENCENT, 1, BID, 600_000, 100))
    assert feed.states() == ["live", "live"] and feed.bids() == [(1_600, 1)]


def test_a_hole_in_the_refresh_channel_spoils_the_cycle() -> None:
    feed = SecuritiesUnderTest()
    feed.live(heartbeat(10))
    feed.say_again(complete(10))
    feed.say_again(add(PING_AN, 1, BID, 80_000, 500))
    feed.refresh_seq += 1
    feed.say_again(add(TENCENT, 1, BID, 600_000, 100), complete(10))
    assert feed.states() == ["building", "building"]
    feed.say_again(add(PING_AN, 1, BID, 80_000, 500), complete(10))
    assert feed.states() == ["live", "live"] and feed.bids() == [(1_600, 1)] and feed.bids(1) == []


def test_an_order_without_price_closes_the_book_until_it_is_gone() -> None:
    feed = joined()
    feed.live(packet(11, add(PING_AN, 9, BID, 0, 500, MARKET_ORDER)))
    assert feed.states() == ["closed", "live"] and feed.bids() == [(1_600, 2)]
    feed.live(packet(12, add(PING_AN, 10, BID, 80_000, 500)))
    assert feed.states() == ["closed", "live"]
    feed.live(packet(13, delete(PING_AN, 9, BID)))
    assert feed.states() == ["live", "live"]
    feed.live(packet(15, add(PING_AN, 11, BID, 80_000, 500)))
    feed.cycle(14, add(TENCENT, 12, ASK, 0, 500, MARKET_ORDER))
    assert feed.states() == ["live", "closed"]
    feed.live(heartbeat(20))
    feed.cycle(20)
    assert feed.states() == ["live", "live"]


def test_more_orders_than_there_is_room_for_cost_the_book() -> None:
    feed = joined()
    for number in range(6):
        feed.live(packet(11 + number, add(TENCENT, number, BID, 600_000, 100)))
    assert feed.states() == ["live", "live"] and feed.bids(1) == [(3_000, 6)]
    feed.live(packet(17, add(TENCENT, 6, BID, 600_000, 100)))
    assert feed.states() == ["live", "suspect"]


# -- states ------------------------------------------------------------------------------------------------------------


def test_a_halt_closes_one_security() -> None:
    feed = joined()
    feed.live(packet(11, status(PING_AN, SUSPENDED), status(FOREIGN, SUSPENDED)))
    assert feed.states() == ["closed", "live"] and feed.changed == [0]
    feed.live(packet(13, add(PING_AN, 9, BID, 79_950, 500)))
    assert feed.states() == ["closed", "live"] and feed.bids() == [(1_600, 2), (1_599, 1)]
    feed.live(packet(14, status(PING_AN, RESUMED)))
    assert feed.states() == ["live", "live"]


def test_a_session_closes_its_market() -> None:
    feed = joined()
    feed.live(packet(11, define(TENCENT, 100, "GEM"), session("MAIN", CLOSING)))
    assert feed.states() == ["closed", "live"]
    feed.live(packet(13, session("MAIN", CONTINUOUS), session("GEM", OPENING)))
    assert feed.states() == ["live", "closed"]


def test_of_an_unknown_market_every_session_must_be_continuous() -> None:
    feed = SecuritiesUnderTest()
    feed.live(heartbeat(10))
    feed.cycle(10, session("MAIN", CONTINUOUS), session("GEM", OPENING), define(TENCENT, 100))
    assert feed.states() == ["closed", "live"]
    feed.live(packet(11, session("GEM", CONTINUOUS)))
    assert feed.states() == ["live", "live"]


def cool_off(code: int, until_s: int) -> Fill:
    return message(23, SecurityCode=code, CoolingOffStartTime=UTC_NS, CoolingOffEndTime=UTC_NS + until_s * SECOND)


def test_a_cool_off_closes_until_its_end_by_the_venues_time() -> None:
    feed = joined()
    feed.live(packet(11, cool_off(PING_AN, 300), cool_off(TENCENT, 400), cool_off(FOREIGN, 1)))
    assert feed.states() == ["closed", "closed"]
    feed.live(packet(14, add(PING_AN, 9, BID, 79_950, 500), utc_ns=UTC_NS + 300 * SECOND - 1))
    assert feed.states() == ["closed", "closed"]
    feed.live(packet(15, heard_foreign(), utc_ns=UTC_NS + 300 * SECOND))
    assert feed.states() == ["live", "closed"]
    feed.live(packet(16, heard_foreign(), utc_ns=UTC_NS + 400 * SECOND))
    assert feed.states() == ["live", "live"]


def test_a_snapshot_says_that_a_security_cools_off() -> None:
    feed = SecuritiesUnderTest()
    feed.live(heartbeat(10))
    feed.cycle(10, cool_off(TENCENT, 300))
    assert feed.states() == ["live", "closed"]
    feed.live(packet(11, heard_foreign(), utc_ns=UTC_NS + 300 * SECOND))
    assert feed.states() == ["live", "live"]


def test_a_snapshot_says_the_states_again() -> None:
    feed = joined()
    feed.live(packet(13, heard_foreign()))
    feed.cycle(12, session("MAIN", CONTINUOUS), status(TENCENT, SUSPENDED))
    assert feed.states() == ["live", "closed"]
    feed.live(packet(15, heard_foreign()))
    feed.cycle(14, session("MAIN", OPENING))
    assert feed.states() == ["closed", "closed"]
    feed.live(packet(16, session("MAIN", CONTINUOUS)))
    assert feed.states() == ["live", "closed"], "what the second snapshot did not say stays"


def heard_foreign() -> Fill:
    return add(FOREIGN, 1, BID, 1, 1)


# -- definitions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        (define(PING_AN, 400), "2318: a board lot of 400 shares, 500 here"),
        (define(PING_AN, 500, "MAIN", "CNY"), "2318: currency CNY, HKD here"),
    ],
)
def test_a_security_that_is_not_our_instrument_does_not_trade(definition: Fill, reason: str) -> None:
    feed = joined()
    feed.live(packet(11, definition))
    feed.live(packet(12, definition, define(FOREIGN, 1)))
    assert feed.states() == ["closed", "live"]
    assert [fields[2] for fields in feed.event_fields("definition refused")] == [reason], "said once"
    feed.live(packet(14, define(PING_AN, 500)))
    assert feed.states() == ["live", "live"]


def test_a_code_that_is_no_number_and_a_lot_that_is_no_number_of_shares_are_told() -> None:
    odd = security(0, "2318.HK", 5, 250_000)
    broken = security(1, "700", 20, 200_001)
    feed = SecuritiesUnderTest(instruments=[odd, broken, security(2, "5", 5, 100_000)])
    feed.live(heartbeat(10))
    feed.cycle(10, add(FOREIGN, 1, BID, 61_000, 400))
    assert feed.states() == ["building", "building", "live"] and feed.bids(2) == [(1_220, 2)]
    assert [fields[2] for fields in feed.event_fields("undefined")] == [
        "no definition of 2318.HK in the snapshot",
        "no definition of 700 in the snapshot",
    ]


# -- trades ------------------------------------------------------------------------------------------------------------

LATE, INTERNALIZED, ODD_LOT, AUCTION = 4, 100, 102, 103


def test_the_last_price_is_that_of_a_match_in_the_book() -> None:
    feed = joined()
    feed.live(packet(11, trade(PING_AN, 1, 80_050), trade(FOREIGN, 1, 1), trade(PING_AN, 2, 99_000, LATE)))
    assert [book.last_ticks for book in feed.books] == [1_601, 0] and feed.changed == []
    feed.live(packet(14, trade(PING_AN, 3, 80_100, INTERNALIZED), trade(TENCENT, 3, 600_400, AUCTION)))
    assert [book.last_ticks for book in feed.books] == [1_602, 3_002]
    feed.live(packet(16, trade(PING_AN, 4, 81_000, ODD_LOT), trade(PING_AN, 5, 80_101), trade(PING_AN, 6, 0)))
    assert feed.books[0].last_ticks == 1_602


def test_a_cancelled_trade_gives_way_to_the_one_before() -> None:
    feed = joined()
    feed.live(packet(11, trade(PING_AN, 1, 80_000), trade(PING_AN, 2, 80_050), trade(PING_AN, 3, 80_100)))
    feed.live(packet(14, message(51, SecurityCode=PING_AN, TradeID=1), message(51, SecurityCode=FOREIGN, TradeID=3)))
    assert feed.books[0].last_ticks == 1_602
    feed.live(packet(16, message(51, SecurityCode=PING_AN, TradeID=3)))
    assert feed.books[0].last_ticks == 1_601
    feed.live(packet(17, message(51, SecurityCode=PING_AN, TradeID=2)))
    assert feed.books[0].last_ticks == 0, "what was before is not kept"
    feed.live(packet(18, trade(PING_AN, 4, 80_150)))
    assert feed.books[0].last_ticks == 1_603


def test_the_trade_before_the_last_may_be_cancelled_first() -> None:
    feed = joined()
    feed.live(packet(11, trade(PING_AN, 1, 80_000), trade(PING_AN, 2, 80_050)))
    feed.live(packet(13, message(51, SecurityCode=PING_AN, TradeID=1)))
    assert feed.books[0].last_ticks == 1_601
    feed.live(packet(14, message(51, SecurityCode=PING_AN, TradeID=2)))
    assert feed.books[0].last_ticks == 0


def test_trades_heard_again_behind_a_snapshot_change_nothing() -> None:
    feed = SecuritiesUnderTest()
    feed.live(packet(11, trade(PING_AN, 1, 80_000)))
    feed.live(packet(12, trade(PING_AN, 2, 80_050), trade(PING_AN, 3, 80_100)))
    feed.cycle(12)
    assert feed.books[0].last_ticks == 1_602 and feed.states() == ["live", "live"]
    feed.live(packet(14, message(51, SecurityCode=PING_AN, TradeID=3)))
    assert feed.books[0].last_ticks == 1_601


def test_tickers_of_the_products_of_levels() -> None:
    feed = SecuritiesUnderTest(orders_max=0)
    feed.live(packet(11, message(52, SecurityCode=PING_AN, TickerID=1, Price=80_000, TrdCancelFlag="N")))
    feed.live(packet(12, message(52, SecurityCode=PING_AN, TickerID=2, Price=80_050, TrdCancelFlag="N")))
    assert feed.books[0].last_ticks == 1_601
    feed.live(packet(13, message(52, SecurityCode=PING_AN, TickerID=2, Price=80_050, TrdCancelFlag="Y")))
    assert feed.books[0].last_ticks == 1_600


# -- levels ------------------------------------------------------------------------------------------------------------


def test_books_by_levels() -> None:
    feed = SecuritiesUnderTest(orders_max=0)
    feed.live(heartbeat(10))
    feed.cycle(
        10,
        add(PING_AN, 1, BID, 79_000, 500),
        update(PING_AN, (1_000, 80_000, BID, 1, NEW), (500, 80_050, ASK, 1, NEW)),
        update(TENCENT, (150, 600_000, BID, 1, NEW)),
    )
    assert feed.states() == ["live", "suspect"], "150 shares are no lots of 100"
    assert (feed.bids(), feed.asks()) == ([(1_600, 2)], [(1_601, 1)])
    feed.live(packet(11, update(PING_AN, (1_500, 79_950, BID, 2, NEW), (500, 80_000, BID, 1, CHANGE))))
    feed.live(packet(12, add(PING_AN, 1, BID, 79_000, 500), update(FOREIGN, (1, 1, BID, 1, NEW))))
    assert feed.bids() == [(1_600, 1), (1_599, 3)] and feed.changed == []
    feed.live(packet(14, update(PING_AN, (0, 0, ASK, 2, DELETE))))
    assert feed.states() == ["suspect", "suspect"] and feed.bids() == [(1_600, 1), (1_599, 3)]


def test_levels_are_passed_over_where_orders_come() -> None:
    feed = joined()
    feed.live(packet(11, update(PING_AN, (500, 80_000, BID, 1, NEW))))
    assert feed.bids() == [(1_600, 2)] and feed.changed == []


# -- the channel -------------------------------------------------------------------------------------------------------


def reset(writer: OmdCWriter) -> None:
    assert writer.add_sequence_reset(1)


def test_a_sequence_reset_voids_everything() -> None:
    feed = joined()
    feed.live(packet(11, status(TENCENT, SUSPENDED), trade(PING_AN, 1, 80_000)))
    feed.live(packet(1, reset))
    assert feed.states() == ["building", "building"] and feed.bids() == []
    feed.live(packet(1, add(PING_AN, 1, BID, 79_950, 500), trade(PING_AN, 1, 80_100)))
    feed.refresh_seq = 1
    feed.cycle(0)
    assert feed.states() == ["live", "live"] and feed.bids() == [(1_599, 1)]
    assert feed.books[0].last_ticks == 1_602, "trades are numbered anew"


def test_a_disaster_recovery_voids_the_books() -> None:
    def signal(status: int) -> Fill:
        def fill(writer: OmdCWriter) -> None:
            assert writer.add_recovery_signal(status)

        return fill

    feed = joined()
    feed.live(packet(11, signal(1)))
    feed.live(packet(12, add(PING_AN, 3, BID, 80_000, 500)))
    assert feed.states() == ["suspect", "suspect"] and feed.bids() == [] and not feed.feed.wants_refresh()
    feed.live(packet(20, signal(2)))
    feed.live(packet(21, add(PING_AN, 3, BID, 80_000, 500)))
    feed.cycle(20, add(PING_AN, 1, BID, 79_950, 500))
    assert feed.states() == ["live", "live"] and feed.bids() == [(1_600, 1), (1_599, 1)]


def test_silence_makes_books_stale_until_a_snapshot() -> None:
    feed = joined()
    feed.pass_time(SILENCE_NS - 1)
    assert feed.states() == ["live", "live"]
    feed.pass_time(1)
    assert feed.states() == ["stale", "stale"] and feed.bids() == [(1_600, 2)]
    feed.live(heartbeat(10))
    assert feed.states() == ["stale", "stale"]
    feed.cycle(10, add(PING_AN, 1, BID, 79_950, 500))
    assert feed.states() == ["live", "live"] and feed.bids() == [(1_599, 1)]


def test_a_broken_packet_is_dropped_whole() -> None:
    feed = joined()
    broken = packet(11, add(PING_AN, 3, BID, 80_000, 500), add(PING_AN, 4, BID, 80_000, 500))
    feed.live(broken[:-1])
    assert feed.bids() == [(1_600, 2)] and feed.feed.log.malformed == 1
    feed.live(broken)
    assert feed.bids() == [(1_600, 4)] and feed.states() == ["live", "live"]

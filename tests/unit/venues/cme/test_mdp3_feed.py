"""CME's feed, conversation by conversation: what a book knows, and when it may be traded on."""

import random

import pytest

from cross_market_connect.bench.feed_market import Flow, instruments, sides_of
from cross_market_connect.bench.feed_mdp3 import MIC, Mdp3Market
from cross_market_connect.domain.book import BOOK_LIVE, Book
from cross_market_connect.domain.step import Step
from cross_market_connect.market.channel import NEAR_MESSAGES, OLD_RUN_MAX, Channel
from cross_market_connect.wire.mdp3.codes import (
    ACTION_CHANGE,
    ACTION_DELETE,
    ACTION_DELETE_THRU,
    ENTRY_BOOK_RESET,
    ENTRY_IMPLIED_BID,
    ENTRY_OFFER,
    EVENT_NO_CANCEL,
    SECURITY_DELETE,
    STATUS_NO_CHANGE,
    STATUS_PRE_OPEN,
    STATUS_READY_TO_TRADE,
    STATUS_TRADING_HALT,
)
from tests.unit.venues.cme.support import (
    BILLION,
    GC,
    MGC,
    MILLISECOND,
    SECOND,
    SI,
    UTC_NS,
    Bench,
    bid,
    book,
    definition,
    following,
    heartbeat,
    over,
    packet,
    reset,
    snapshot,
    state,
    trade,
    volume,
)
from tests.unit.venues.hkex.support import ListSink

HOLE = 6 * MILLISECOND
# Of the damaged market.
ACTS = 1_500
ACT_NS = 2_000_000


def test_from_the_first_packet_to_live_books() -> None:
    bench = Bench()
    assert (bench.states(), bench.feed.wants_refresh()) == (["building"] * 2, True)
    bench.loop(snapshot(GC, 9, 2, (1_900.5, 3)))
    bench.live(10, heartbeat)
    bench.loop(definition("GCG1", GC), definition("MGCG1", MGC))
    # Applied behind the snapshot: it stands at 10.
    bench.live(11, book(GC, bid(3, 1_900.6, 1)))
    bench.loop(snapshot(GC, 10, 2, (1_900.5, 3)))
    assert bench.states() == ["live", "building"]
    assert bench.bids() == [(19_006, 1), (19_005, 3)]
    assert bench.feed.wants_refresh()
    bench.loop(snapshot(MGC, 11, 0))
    assert (bench.states(), bench.feed.wants_refresh()) == (["live", "live"], False)
    assert bench.events() == ["repaired"]
    assert (bench.books[0].received_ns, bench.books[0].event_utc_ns) == (bench.now_ns, UTC_NS + 5)
    assert bench.books[1].event_utc_ns == UTC_NS


def test_a_snapshot_before_what_is_kept_is_of_no_use() -> None:
    bench = Bench()
    bench.live(10, heartbeat)
    bench.loop(definition("GCG1", GC))
    bench.loop(snapshot(GC, 8, 2, (1_900.5, 3)))
    assert (bench.states()[0], bench.feed.log.snapshots_unused) == ("building", 1)
    # Ahead of the channel: what comes up to there has old counts.
    bench.loop(snapshot(GC, 12, 5, (1_900.9, 1)))
    assert bench.states()[0] == "live"
    bench.live(11, book(GC, bid(5, 1_900.9, 1)))
    bench.live(12, heartbeat)
    assert bench.bids() == [(19_009, 1)]


def test_levels_move_as_they_are_told() -> None:
    bench = following()
    bench.live(11, book(GC, bid(3, 1_900.6, 1), bid(4, 1_900.5, 2, 2, int(ACTION_CHANGE))))
    assert bench.bids() == [(19_006, 1), (19_005, 2)]
    offer = (5, 1_900.8, 4, 1, 0, int(ENTRY_OFFER))
    implied = (6, 1_900.7, 4, 1, 0, int(ENTRY_IMPLIED_BID))
    bench.live(12, book(GC, offer, implied), book(SI, bid(1, 1, 1)))
    bench.live(13, book(GC, bid(7, 1_900.6, 1, 1, int(ACTION_DELETE))))
    assert bench.bids() == [(19_005, 2)]
    assert (bench.books[0].best_ask(), bench.states()) == (19_008, ["live", "live"])
    bench.live(14, book(GC, (8, 0, 0, 1, 0, int(ENTRY_BOOK_RESET))))
    assert (bench.bids(), bench.books[0].asks.depth) == ([], 0)


def test_a_trade_and_a_volume_count_and_a_trade_s_price_is_kept() -> None:
    bench = following()
    bench.live(11, trade(GC, 3, 1_900.7), volume(GC, 4))
    bench.live(12, book(GC, bid(5, 1_900.6, 1)))
    assert (bench.books[0].last_ticks, bench.states()) == (19_007, ["live", "live"])


def test_books_are_traded_on_when_their_event_is_over() -> None:
    bench = following()
    bench.live(11, book(GC, bid(3, 1_900.6, 1), over=False))
    assert (bench.states(), bench.changed) == (["suspect", "live"], [0])
    bench.live(12, book(MGC, bid(3, 1_900.5, 1), over=False))
    assert bench.states() == ["suspect", "suspect"]
    bench.live(13, state(int(STATUS_READY_TO_TRADE), over=False))
    assert bench.states() == ["suspect", "suspect"], "that it trades says nothing of its levels"
    bench.live(14, over)
    assert (bench.states(), sorted(bench.changed)) == (["live", "live"], [0, 1])
    bench.live(15, book(GC, bid(4, 1_900.7, 1), over=False), over)
    assert bench.states() == ["live", "live"]


def test_the_other_line_s_packet_fills_a_hole_and_nothing_was_lost() -> None:
    bench = following()
    bench.live(12, book(GC, bid(4, 1_900.7, 1)))
    assert (bench.states(), bench.events()[-1]) == (["suspect", "suspect"], "gap")
    bench.live(11, book(GC, bid(3, 1_900.6, 1)))
    assert (bench.states(), bench.bids()) == (["live", "live"], [(19_007, 1), (19_006, 1), (19_005, 3)])
    bench.live(11, book(GC, bid(3, 1_900.6, 1)))
    assert bench.feed.channel.old_packets == 1
    assert bench.events()[-2:] == ["gap", "repaired"]


def test_what_waited_behind_a_hole_may_end_within_an_event() -> None:
    bench = following()
    bench.live(12, book(GC, bid(4, 1_900.7, 1), over=False))
    bench.live(11, book(GC, bid(3, 1_900.6, 1)))
    assert bench.states() == ["suspect", "live"]
    bench.live(13, over)
    assert (bench.states(), bench.bids()[0]) == (["live", "live"], (19_007, 1))


def test_behind_a_lost_packet_each_book_finds_out_whether_it_missed_something() -> None:
    bench = following()
    # Packet 11 changed GC and is lost for good.
    bench.live(12, book(MGC, bid(3, 1_900.5, 2)))
    bench.pass_time(HOLE)
    assert bench.states() == ["suspect", "live"], "MGC's own count goes on: it missed nothing"
    assert (bench.feed.natural_refreshes, bench.feed.wants_refresh()) == (1, True)
    bench.live(13, book(GC, bid(4, 1_900.7, 1)))
    assert (bench.states()[0], bench.events()[-1]) == ("suspect", "updates missing")
    bench.loop(snapshot(GC, 12, 3, (1_900.6, 1), (1_900.5, 3)))
    assert (bench.states(), bench.bids()) == (["live", "live"], [(19_007, 1), (19_006, 1), (19_005, 3)])
    assert (bench.events()[-1], bench.feed.wants_refresh()) == ("repaired", False)


def test_a_quiet_book_is_told_by_a_snapshot_that_it_missed_nothing() -> None:
    bench = following()
    bench.live(12, book(GC, bid(3, 1_900.7, 1)))
    bench.pass_time(HOLE)
    assert bench.states() == ["live", "suspect"]
    # It stands before what is kept since the hole.
    bench.loop(snapshot(MGC, 10, 2, (1_900.4, 7)))
    assert bench.states() == ["live", "suspect"]
    bench.loop(snapshot(MGC, 11, 2, (1_900.4, 7)))
    assert bench.states() == ["live", "live"]


def test_a_count_too_high_without_a_hole_is_a_fault_of_its_book_alone() -> None:
    bench = following()
    bench.live(11, book(GC, bid(9, 1_900.7, 1)), book(MGC, bid(3, 1_900.5, 1)))
    assert (bench.states(), bench.events()[-1]) == (["suspect", "live"], "updates missing")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (bid(3, 1_900.6, 1, 3), "entry contradicts the book"),
        (bid(3, 1_900.6, 0), "entry contradicts the book"),
        (bid(3, 1_900.6, 1, 1, int(ACTION_DELETE_THRU)), "entry contradicts the book"),
    ],
)
def test_an_entry_that_cannot_be_true_makes_its_book_suspect(
    entry: tuple[int, float, int, int, int, int], reason: str
) -> None:
    bench = following()
    bench.live(11, book(GC, entry))
    assert (bench.states(), bench.feed.log.book_faults) == (["suspect", "live"], {reason: 1})
    bench.loop(snapshot(GC, 11, 3, (1_900.6, 1)))
    assert bench.states() == ["live", "live"]


def test_halts_and_auctions_close_a_book_and_openings_open_it() -> None:
    bench = following()
    bench.live(11, state(int(STATUS_TRADING_HALT), GC))
    assert bench.states() == ["closed", "live"]
    bench.live(12, state(int(STATUS_PRE_OPEN)))
    assert bench.states() == ["closed", "closed"], "said of the group"
    bench.live(13, state(int(STATUS_NO_CHANGE)), state(int(STATUS_READY_TO_TRADE), group="SI"))
    assert bench.states() == ["closed", "closed"]
    bench.live(14, state(int(STATUS_READY_TO_TRADE), event=int(EVENT_NO_CANCEL)))
    assert bench.states() == ["closed", "closed"]
    bench.live(15, state(int(STATUS_READY_TO_TRADE)))
    assert bench.states() == ["live", "live"]


def test_who_joins_late_hears_of_a_halt_from_the_snapshot() -> None:
    bench = Bench()
    bench.live(10, heartbeat)
    bench.loop(definition("GCG1", GC), definition("MGCG1", MGC))
    bench.loop(snapshot(GC, 10, 0, status=int(STATUS_TRADING_HALT)), snapshot(MGC, 10, 0, status=int(STATUS_NO_CHANGE)))
    assert bench.states() == ["closed", "live"]
    bench.live(11, state(int(STATUS_READY_TO_TRADE), GC))
    assert bench.states() == ["live", "live"]


def test_a_snapshot_says_a_state_unless_a_later_packet_said_another() -> None:
    bench = following()
    bench.live(11, state(int(STATUS_TRADING_HALT), GC))
    bench.live(12, book(GC, bid(9, 1_900.7, 1)), book(MGC, bid(9, 1_900.7, 1)))
    assert bench.states() == ["suspect", "suspect"]
    bench.loop(snapshot(GC, 12, 9))
    assert bench.states()[0] == "live", "the halt was over, and the packet that said so was not heard"
    bench.live(13, state(int(STATUS_TRADING_HALT), MGC))
    bench.loop(snapshot(MGC, 12, 9))
    assert bench.states()[1] == "closed", "the snapshot is of before the halt"


def test_a_channel_reset_voids_every_book() -> None:
    bench = following()
    bench.live(11, reset)
    assert (bench.states(), bench.bids(), bench.events()[-1]) == (["building"] * 2, [], "channel reset")
    bench.loop(snapshot(GC, 10, 2, (1_900.5, 3)))
    assert bench.states()[0] == "building", "of before the reset"
    bench.loop(snapshot(GC, 11, 0))
    assert bench.states()[0] == "live"


def test_a_late_definition_and_a_changed_one() -> None:
    bench = Bench()
    bench.live(10, heartbeat)
    bench.loop(definition("GCG1", GC))
    bench.loop(snapshot(GC, 10, 2, (1_900.5, 3)))
    assert (bench.states(), bench.feed.channel.awaits_snapshot) == (["live", "building"], False)
    assert bench.feed.wants_refresh(), "somebody must say what MGCG1 is"
    bench.live(11, definition("MGCG1", MGC))
    bench.loop(snapshot(MGC, 11, 0))
    assert bench.states() == ["live", "live"]
    bench.live(12, definition("GCG1", SI))
    assert bench.states() == ["building", "live"]


def test_a_definition_with_another_grid_is_refused() -> None:
    bench = Bench()
    bench.live(10, heartbeat)
    bench.loop(definition("GCG1", GC, increment=BILLION // 4))
    assert bench.events() == ["definition refused"]
    bench.loop(snapshot(GC, 10, 0))
    assert bench.states()[0] == "building"


def test_silence_makes_books_stale_and_the_next_packet_joins_anew() -> None:
    bench = following()
    bench.pass_time(91 * SECOND)
    assert (bench.states(), bench.events()[-1]) == (["stale", "stale"], "silent")
    bench.live(3, heartbeat)
    bench.loop(snapshot(GC, 3, 0))
    assert bench.states()[0] == "live", "the week begins with number 1 again"


def test_a_malformed_packet_is_counted_and_is_a_hole() -> None:
    bench = following()
    bench.raw(packet(11, book(GC, bid(3, 1_900.6, 1)))[:-1])
    bench.raw(b"", is_refresh=False)
    assert (bench.feed.log.malformed, bench.events()[-1]) == (2, "malformed")
    bench.live(12, heartbeat)
    assert (bench.states(), bench.events()[-1]) == (["suspect", "suspect"], "gap")


@pytest.mark.parametrize("wrong", [2**31 + 11, 11 + 4 * NEAR_MESSAGES])
def test_one_packet_with_a_number_far_ahead_costs_a_moment(wrong: int) -> None:
    bench = following()
    bench.live(wrong, book(GC, bid(3, 1_900.7, 1)))
    assert bench.states() == ["suspect", "suspect"]
    bench.pass_time(10 * HOLE)
    assert bench.states() == ["suspect", "suspect"], "what shows the hole is too unlikely to go on behind it"
    bench.live(11, book(GC, bid(3, 1_900.6, 1)))
    bench.pass_time(HOLE)
    assert (bench.states(), bench.bids()) == (["live", "live"], [(19_006, 1), (19_005, 3)])


def test_a_packet_with_a_number_a_little_ahead_is_found_out_by_those_that_follow() -> None:
    bench = following()
    bench.live(75, book(GC, bid(3, 1_900.6, 1)))  # 11, with a bit turned
    bench.pass_time(HOLE)
    assert bench.states() == ["live", "suspect"], "its count is GC's next"
    bench.live(12, book(GC, bid(4, 1_900.7, 1)))
    assert (bench.states(), bench.events()[-1]) == (["suspect", "suspect"], "other numbers")
    bench.live(13, heartbeat)
    bench.loop(snapshot(GC, 12, 4, (1_900.7, 1), (1_900.6, 1), (1_900.5, 3)))
    assert bench.states() == ["live", "suspect"]


def test_numbers_that_begin_anew_are_followed_without_silence() -> None:
    bench = Bench()
    bench.live(3_000_000_000, heartbeat)
    bench.loop(definition("GCG1", GC), definition("MGCG1", MGC))
    bench.loop(snapshot(GC, 3_000_000_000, 2), snapshot(MGC, 3_000_000_000, 2))
    assert bench.states() == ["live", "live"]
    for seq in range(1, 1 + OLD_RUN_MAX):
        bench.live(seq, heartbeat)
    assert (bench.states(), bench.events()[-1]) == (["suspect", "suspect"], "other numbers")
    bench.live(1 + OLD_RUN_MAX, heartbeat)
    bench.loop(snapshot(GC, 1 + OLD_RUN_MAX, 0), snapshot(MGC, 1 + OLD_RUN_MAX, 0))
    assert bench.states() == ["live", "live"]


def test_numbers_that_begin_anew_close_by_are_found_out_by_their_time() -> None:
    """Found by an attack: a channel that began at 1 again after 3,000 packets was taken for copies, for 90 seconds."""
    bench = Bench()
    bench.live(3_000, heartbeat)
    bench.loop(definition("GCG1", GC), definition("MGCG1", MGC))
    bench.loop(snapshot(GC, 3_000, 2), snapshot(MGC, 3_000, 2))
    bench.sent_utc_ns += SECOND
    bench.live(1, reset)
    bench.live(2, heartbeat)
    assert (bench.states(), bench.events()[-1]) == (["suspect", "suspect"], "other numbers")
    bench.live(3, heartbeat)
    bench.loop(snapshot(GC, 3, 0), snapshot(MGC, 3, 0))
    assert bench.states() == ["live", "live"]


def test_levels_out_of_order_make_their_book_suspect_once_the_event_is_over() -> None:
    bench = following()
    bench.live(11, book(GC, bid(3, 1_900.7, 1, level=2), over=False))
    assert bench.states() == ["suspect", "live"], "of an event that goes on"
    bench.live(12, over)
    assert (bench.states(), bench.events()[-1]) == (["suspect", "live"], "book fault")
    bench.loop(snapshot(GC, 12, 3, (1_900.7, 1), (1_900.6, 1)))
    assert bench.states() == ["live", "live"]


def test_an_id_is_its_last_symbol_s_alone() -> None:
    bench = following()
    bench.live(11, definition("GCG1", 99))
    bench.live(12, definition("XYZ", GC))
    bench.loop(snapshot(GC, 12, 2, (25.0, 9)))
    assert bench.states() == ["building", "live"], "a stranger's snapshot is none of ours"
    bench.loop(snapshot(99, 12, 0, (1_900.5, 3)))
    bench.live(13, book(GC, bid(1, 25.0, 9)))
    assert (bench.states(), bench.bids()) == (["live", "live"], [(19_005, 3)])
    bench.live(14, definition("MGCG1", 99))
    assert bench.states() == ["building", "building"], "the id that was GCG1's"
    assert "definition contradicts" in bench.events()


def test_a_deleted_instrument_is_opened_by_nobody_else() -> None:
    bench = following()
    bench.live(11, definition("GCG1", GC, action=int(SECURITY_DELETE)))
    assert bench.states() == ["closed", "live"]
    bench.live(12, definition("XYZ", GC))
    bench.live(13, state(STATUS_READY_TO_TRADE, security=GC))
    bench.live(14, state(STATUS_READY_TO_TRADE))
    bench.live(15, book(GC, bid(3, 25.0, 9)))
    assert bench.states() == ["closed", "live"]
    assert not bench.feed.wants_refresh(), "nobody waits for what is gone"
    bench.live(16, definition("GCG1", 98))
    bench.loop(snapshot(98, 16, 0, (1_900.5, 3)))
    assert bench.states() == ["live", "live"], "listed again"


def damaged(data: bytes, chance: random.Random) -> bytes:
    """One or several bytes are others, or the end is missing, or there is too much."""
    kind = chance.randrange(4)
    if kind == 0:
        return data[: chance.randrange(len(data))]
    if kind == 1:
        return data + bytes(chance.randrange(1, 40))
    changed = bytearray(data)
    for _ in range(1 if kind == 2 else 12):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


@pytest.mark.parametrize("seed", range(4))
def test_no_damage_raises_and_the_next_whole_loop_makes_every_book_true(seed: int) -> None:
    chance = random.Random(seed)
    flow = Flow(instruments(MIC), seed)
    market = Mdp3Market(flow)
    sink = ListSink()
    step = Step(sink)
    books = [Book(at) for at in range(flow.count)]
    feed, channel = market.feed(step, books)
    assert isinstance(channel, Channel)

    def give(is_refresh: bool, data: bytes, now_ns: int) -> None:
        step.begin(now_ns, UTC_NS + now_ns, step.input_seq + 1)
        feed.receive(is_refresh, data)
        if now_ns >= feed.next_timer_ns():
            feed.handle_timer()
        feed.changed.clear()

    for act in range(1, ACTS + 1):
        now_ns = act * ACT_NS
        changed = flow.act()
        flow.exchange.take_events()
        for datagram in market.publish(changed, now_ns):
            if chance.randrange(100) < 10:
                give(datagram.is_refresh, damaged(datagram.data, chance), now_ns)
            elif chance.randrange(100) < 3:
                give(not datagram.is_refresh, datagram.data, now_ns)
            else:
                give(datagram.is_refresh, datagram.data, now_ns)
    for pause in range(1, 100):
        now_ns = ACTS * ACT_NS + pause * 500_000_000
        for datagram in market.publish([], now_ns):
            give(datagram.is_refresh, datagram.data, now_ns)
        give(False, b"", now_ns)
    assert [book.state for book in books] == [BOOK_LIVE] * flow.count
    assert [sides_of(book) for book in books] == [flow.sides(at) for at in range(flow.count)]

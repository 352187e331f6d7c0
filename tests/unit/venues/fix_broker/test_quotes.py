"""Quotes over FIX by hand-made lines: which book is live when, and what each message of FIX 4.4 Volume 3 does to it."""

import random

import pytest

from cross_market_connect.domain.book import BOOK_STATE_NAMES, LEVELS, Book
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import BUY, DAY, LIMIT, OFFSET_NONE, SELL, OrderCommand
from cross_market_connect.venues.fix_broker import quotes
from cross_market_connect.venues.fix_broker.orders import FixOrders
from cross_market_connect.venues.fix_broker.quotes import INSTRUMENTS_MAX, FixQuotes
from tests.unit.venues.fix_broker.support import (
    SECOND,
    UTC_NS,
    Clock,
    Venue,
    Wire,
    exchange_settings,
    instruments,
    session_settings,
)
from tests.unit.wire.fix.support import make_frame

REQUEST = "1609725600-1"
SYMBOLS = "55=IF2101|207=CCFX|55=IC2101|207=CCFX"
BID, OFFER = "0", "1"


class Desk:
    """A feed that is logged on to a venue played by hand, and the books that it writes."""

    def __init__(self, **changes: object) -> None:
        self.clock = Clock()
        self.books = [Book(index) for index in range(3)]
        settings = session_settings(b"QUOTES", **changes)
        self.feed = FixQuotes(1, settings, self.clock.step, instruments(), self.books, "CCFX", 1, 1)
        self.venue = Venue(self.clock, self.feed, "QUOTES")

    def log_on(self) -> "Desk":
        self.venue.log_on()
        return self

    def hear(self, line: str, seq: int | None = None) -> list[int]:
        """What the message changed."""
        self.venue.say(line, seq)
        return self.changed()

    def changed(self) -> list[int]:
        taken = list(self.feed.changed)
        self.feed.changed.clear()
        return taken

    def states(self) -> list[str]:
        return [BOOK_STATE_NAMES[book.state] for book in self.books]

    def snapshot(self, request: str = REQUEST, seq: int | None = None) -> list[int]:
        """A usual snapshot of IF2101: two levels a side."""
        entries = [(BID, "5200.0", 3), (BID, "5199.8", 4), (OFFER, "5200.4", 5), (OFFER, "5200.6", 6)]
        return self.hear(full(request, "IF2101", by_level(entries)), seq)

    def live(self) -> "Desk":
        self.log_on()
        assert self.venue.sent() == [
            f"35=V|34=2|262={REQUEST}|263=1|264=10|265=1|267=3|269=0|269=1|269=2|146=2|{SYMBOLS}"
        ]
        assert self.changed() == [0, 2]
        self.snapshot()
        self.changed()
        assert self.states() == ["live", "empty", "building"]
        return self


def by_level(entries: list[tuple[str, str, int]]) -> list[str]:
    """Entries of a snapshot with MDEntryPositionNo counted per side."""
    depth = {BID: 0, OFFER: 0}
    lines = []
    for side, price, size in entries:
        depth[side] += 1
        lines.append(f"269={side}|270={price}|271={size}|290={depth[side]}")
    return lines


def full(request: str, symbol: str, entries: list[str]) -> str:
    head = f"35=W|262={request}|" if request else "35=W|"
    return f"{head}55={symbol}|207=CCFX|268={len(entries)}|" + "|".join(entries)


def change(*entries: str, request: str = REQUEST) -> str:
    head = f"35=X|262={request}|" if request else "35=X|"
    return f"{head}268={len(entries)}|" + "|".join(entries)


def levels(book: Book) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    return tuple(  # type: ignore[return-value]
        [(int(side.price_ticks[at]), int(side.quantity_lots[at])) for at in range(int(side.depth))]
        for side in (book.bids, book.asks)
    )


USUAL = ([(26_000, 3), (25_999, 4)], [(26_002, 5), (26_003, 6)])


# -- the subscription --------------------------------------------------------------------------------------------------


def test_from_log_on_to_a_live_book() -> None:
    desk = Desk()
    assert desk.states() == ["empty"] * 3
    desk.live()
    book = desk.books[0]
    assert levels(book) == USUAL
    assert (book.received_ns, book.event_utc_ns, book.input_seq) == (0, UTC_NS, desk.clock.inputs)
    assert desk.clock.records.events()[-1] == f"subscribed: {REQUEST}, 2 instruments"


def test_a_lost_session_makes_books_suspect_until_asked_for_anew() -> None:
    desk = Desk().live()
    desk.clock.now_ns = 5 * SECOND
    desk.clock.begin()
    desk.feed.lost("cut")
    assert desk.states() == ["suspect", "empty", "building"]
    assert desk.changed() == [0]
    assert desk.books[0].received_ns == 0  # a state is no news of the market
    desk.venue.log_on(3)
    assert [line.split("|")[2:4] for line in desk.venue.sent()] == [["262=1609725605-2", "263=1"]]
    assert desk.states() == ["suspect", "empty", "building"]
    assert desk.snapshot() == []  # the answer to the request of the dead connection
    assert desk.snapshot("1609725605-2") == [0]
    assert desk.states()[0] == "live"


def test_a_logout_in_the_same_read_wins_over_the_snapshot() -> None:
    desk = Desk().log_on()
    desk.venue.say_together(full(REQUEST, "IF2101", by_level([(BID, "5200.0", 1)])), "35=5|58=bye")
    assert desk.states()[0] != "live"


def test_a_gap_makes_every_book_suspect_and_a_new_request_brings_them_back() -> None:
    """FC-26, FC-27: what was missed may be filled over; only a snapshot asked for afterwards counts."""
    desk = Desk().live()
    desk.venue.sent()
    late = change("279=1|269=0|55=IF2101|270=5200.2|271=9|290=1")
    desk.clock.now_ns = 2 * SECOND
    assert desk.hear(late, 5) == [0]
    assert desk.states()[0] == "suspect"
    assert desk.venue.sent() == ["35=2|34=3|7=3|16=4"]
    assert desk.feed.next_timer_ns() > desk.clock.now_ns
    assert desk.hear("35=4|43=Y|123=Y|36=5", 3) == []
    desk.venue.seq = 5
    assert desk.states()[0] == "suspect" and levels(desk.books[0]) == USUAL
    assert [line.split("|")[2:4] for line in desk.venue.sent()] == [
        [f"262={REQUEST}", "263=2"],
        ["262=1609725602-2", "263=1"],
    ]
    assert desk.snapshot() == []
    assert desk.hear(late) == []
    assert desk.snapshot("1609725602-2") == [0]
    assert desk.states()[0] == "live"


def test_a_snapshot_while_the_gap_is_open_is_not_believed() -> None:
    desk = Desk().live()
    desk.hear("35=0", 6)
    assert desk.states()[0] == "suspect"
    desk.changed()
    desk.snapshot(seq=3)  # resent in sequence, but older than what is missing still
    assert desk.states()[0] == "suspect"


@pytest.mark.parametrize(
    "line",
    [
        "35=X|262=1|268=1|279=1|269=0|270=abc",  # refused by the session: an increment is lost
        "35=X|262=1|268=2|279=1|269=0|270=5200.2",
        "35=4|36=50",  # a reset jumps over whatever was between
    ],
)
def test_a_message_that_was_lost_otherwise_makes_books_suspect(line: str) -> None:
    desk = Desk().live()
    assert desk.hear(line) == [0]
    assert desk.states()[0] == "suspect"


def test_a_resent_message_without_its_first_time_is_lost_too() -> None:
    """The session refuses it and uses its number up."""
    desk = Desk().live()
    data = make_frame(f"35=X|49=CCFX|56=QUOTES|34=3|43=Y|52=20210104-02:00:00.000|{change('279=2|269=0|290=1')[5:]}")
    desk.clock.begin()
    desk.feed.receive(data)
    assert (desk.changed(), desk.states()[0]) == ([0], "suspect")


def test_requests_keep_their_distance() -> None:
    desk = Desk().live()
    desk.venue.sent()
    bad = "279=2|269=0|55=IF2101|290=7"
    assert desk.hear(change(bad)) == [0]
    assert desk.states()[0] == "suspect"
    assert desk.venue.sent() == []
    assert desk.feed.next_timer_ns() == SECOND
    desk.venue.wait(0.999)
    assert desk.venue.sent() == []
    desk.venue.wait(0.001)
    assert [line.split("|")[2] for line in desk.venue.sent()] == [f"262={REQUEST}", "262=1609725601-2"]
    desk.snapshot("1609725601-2")
    assert desk.states()[0] == "live"
    assert desk.feed.next_timer_ns() > 10 * SECOND
    contradictions = [event for event in desk.clock.records.events() if "book_contradiction" in event]
    assert contradictions == ["book_contradiction: IF2101, message X number 3: level that the book does not have"]


def test_other_books_stay_live_while_one_is_asked_for_anew() -> None:
    desk = Desk().live()
    desk.hear(full(REQUEST, "IC2101", by_level([(BID, "6300.0", 1)])))
    desk.hear(change("279=2|269=0|55=IF2101|290=7"))
    assert desk.states() == ["suspect", "empty", "live"]
    desk.venue.wait(1)
    desk.venue.sent()
    desk.changed()
    other = change("279=1|269=0|55=IC2101|270=6300.2|271=2|290=1")
    assert desk.hear(other) == [2]  # still of the earlier request, which the venue has not ended yet
    assert levels(desk.books[2])[0] == [(31_501, 2)]
    assert desk.hear(full("1609725601-2", "IC2101", by_level([(BID, "6300.4", 3)]))) == [2]
    assert desk.hear(other) == []  # now it is history
    assert levels(desk.books[2])[0] == [(31_502, 3)]


@pytest.mark.parametrize(
    "line",
    [
        f"35=Y|262={REQUEST}|281=0|58=E0101 unknown instrument",
        "35=3|45=2|372=V|373=5",
        f"35=j|372=V|379={REQUEST}|380=3",
        "35=j|45=2|372=V|380=6|58=not authorised",
    ],
)
def test_a_refused_request_closes_the_books(line: str) -> None:
    desk = Desk().live()
    assert desk.hear(line) == [0, 2]
    assert desk.states() == ["closed", "empty", "closed"]
    assert "subscription_refused: reason " in desk.clock.records.events()[-1]
    assert desk.snapshot() == [] and desk.snapshot("") == []
    assert desk.hear("35=X|262=1|268=1|279=1|269=0|270=abc") == []
    assert desk.feed.next_timer_ns() > 10 * SECOND  # nothing is tried again in this connection
    desk.clock.begin()
    desk.feed.lost("cut")
    desk.venue.log_on(7)
    assert desk.states() == ["building", "empty", "building"]


@pytest.mark.parametrize("line", ["35=Y|262=other|281=0", "35=3|45=1|372=V|373=5", "35=j|45=77|372=V|380=3"])
def test_a_refusal_of_something_else_is_counted_only(line: str) -> None:
    desk = Desk().live()
    assert desk.hear(line) == []
    assert desk.states()[0] == "live"
    assert "subscription_refused" in desk.clock.records.events()[-1]


def test_a_venue_without_instruments_is_not_asked() -> None:
    clock = Clock()
    feed = FixQuotes(1, session_settings(b"QUOTES"), clock.step, instruments()[:1], [Book(0)], "XSHG", 1, 1)
    venue = Venue(clock, feed, "QUOTES")
    venue.log_on()
    assert venue.sent() == []
    assert feed.next_timer_ns() != NO_TIMER


def test_too_many_instruments_are_refused_at_the_start() -> None:
    listed = [instruments()[0] for _ in range(INSTRUMENTS_MAX + 1)]
    with pytest.raises(InputError, match="1001 instruments"):
        FixQuotes(1, session_settings(b"QUOTES"), Clock().step, listed, [Book(0)], "CCFX", 1, 1)


# -- messages ----------------------------------------------------------------------------------------------------------


def test_a_snapshot_replaces_the_whole_book() -> None:
    desk = Desk().live()
    assert desk.hear(full(REQUEST, "IF2101", by_level([(OFFER, "5201.0", 1)]))) == [0]
    assert levels(desk.books[0]) == ([], [(26_005, 1)])


def test_size_zero_is_an_empty_side_and_trades_are_kept() -> None:
    desk = Desk().live()
    entries = ["269=0|270=0.0|271=0|290=1", "269=1|270=5200.4|271=2|290=1", "269=2|270=5200.2|271=0"]
    desk.hear(full(REQUEST, "IF2101", entries))
    assert levels(desk.books[0]) == ([], [(26_002, 2)])
    assert (desk.books[0].last_ticks, desk.states()[0]) == (26_001, "live")


def test_entries_without_levels_are_sorted_by_price() -> None:
    desk = Desk().log_on()
    desk.hear(full(REQUEST, "IF2101", ["269=0|270=5199.8|271=1", "269=1|270=5200.6|271=2", "269=0|270=5200|271=3"]))
    assert levels(desk.books[0]) == ([(26_000, 3), (25_999, 1)], [(26_003, 2)])
    desk.hear(
        change("279=2|269=0|55=IF2101|270=5200.0", "279=0|269=1|270=5200.4|271=9", "279=1|269=1|270=5200.6|271=7")
    )
    assert levels(desk.books[0]) == ([(25_999, 1)], [(26_002, 9), (26_003, 7)])


def test_a_venue_need_not_repeat_the_request_id() -> None:
    desk = Desk().log_on()
    desk.snapshot("")
    assert desk.states()[0] == "live"
    desk.hear(change("279=2|269=0|55=IF2101|290=1", request=""))
    assert levels(desk.books[0])[0] == [(25_999, 4)]


@pytest.mark.parametrize(
    ("entries", "bids", "asks"),
    [
        (["279=1|269=0|55=IF2101|270=5200.2|271=9|290=1"], [(26_001, 9), (25_999, 4)], USUAL[1]),
        (["279=1|269=0|55=IF2101|271=9|290=2"], [(26_000, 3), (25_999, 9)], USUAL[1]),
        (["279=0|269=1|55=IF2101|270=5200.2|271=1|290=1"], USUAL[0], [(26_001, 1), *USUAL[1]]),
        (["279=0|269=0|55=IF2101|270=5199.6|271=1|290=3"], [*USUAL[0], (25_998, 1)], USUAL[1]),
        (["279=2|269=0|55=IF2101|290=1"], [(25_999, 4)], USUAL[1]),
        (["279=2|269=0|55=IF2101|290=1", "279=2|269=0|290=1", "279=2|269=1|290=2"], [], [(26_002, 5)]),
        # between two entries the order of prices may be wrong
        (
            ["279=1|269=0|55=IF2101|270=5199.0|271=1|290=1", "279=1|269=0|270=5198.8|271=1|290=2"],
            [(25_995, 1), (25_994, 1)],
            USUAL[1],
        ),
        (["279=2|269=0|55=IF2101|290=11"], *USUAL),  # deeper than asked for
        (["279=0|269=7|55=IF2101|270=5300|271=1"], *USUAL),  # the day's high: not asked for
    ],
)
def test_increments_by_level(entries: list[str], bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> None:
    desk = Desk().live()
    desk.clock.now_ns = SECOND
    assert desk.hear(change(*entries)) == [0]
    assert (levels(desk.books[0]), desk.states()[0]) == ((bids, asks), "live")
    assert desk.books[0].received_ns == SECOND


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("279=1|269=0|55=IF2101|270=5200.0|271=1|290=3", "level"),
        ("279=0|269=0|55=IF2101|270=5199.0|271=1|290=4", "level"),
        ("279=2|269=0|55=IF2101|290=0", "level"),
        ("279=1|269=0|55=IF2101|271=1", "entry without level, id or price"),
        ("279=2|55=IF2101|290=1", "side"),
        ("279=0|269=0|55=IF2101|270=5200.1|271=1|290=1", "price"),
        ("279=0|269=0|55=IF2101|270=5200.25|271=1|290=1", "price"),
        ("279=0|269=0|55=IF2101|271=1|290=1", "price"),
        ("279=0|269=2|55=IF2101|270=5200.1|271=1", "price"),
        ("279=1|269=0|55=IF2101|270=5200.2|271=0|290=1", "size"),
        ("279=1|269=0|55=IF2101|270=5200.2|290=1", "size"),
        ("279=1|269=0|55=IF2101|270=5200.2|271=1.5|290=1", "size"),
        ("279=1|269=0|55=IF2101|270=5200.2|271=-1|290=1", "size"),
        ("279=1|269=0|55=IF2101|270=5100.2|271=1|290=1", "prices out of order"),
        ("279=0|269=1|55=IF2101|270=5300.2|271=1|290=1", "prices out of order"),
    ],
)
def test_a_contradiction_makes_the_book_suspect(entry: str, fault: str) -> None:
    desk = Desk().live()
    assert desk.hear(change(entry)) == [0]
    assert desk.states()[0] == "suspect"
    assert desk.clock.records.events()[-1].split(": ")[2].startswith(fault)
    assert desk.hear(change("279=2|269=0|55=IF2101|290=1")) == []


@pytest.mark.parametrize(
    "entries",
    [
        ["269=0|270=5200.0|271=3|290=2"],
        ["269=0|270=5200.0|271=3|290=1", "269=0|270=5200.2|271=3|290=2"],
        ["269=0|270=5200.0|271=3|290=1", "269=0|270=5200.2|271=3|290=1"],
        ["269=0|270=5200.1|271=3|290=1"],
        ["269=0|270=5200.0|271=3", "269=0|270=5200.00|271=3"],
    ],
)
def test_a_snapshot_that_cannot_be_is_not_shown_as_live(entries: list[str]) -> None:
    desk = Desk().live()
    desk.hear(full(REQUEST, "IF2101", entries))
    assert desk.states()[0] == "suspect"


EMPTY = ["269=0|270=0.0|271=0", "269=1|270=0.0|271=0"]
BY_ID = [
    "279=0|269=0|278=a|55=IF2101|270=5200.0|271=3",
    "279=0|269=0|278=b|270=5200.0|271=2",
    "279=0|269=0|278=c|270=5199.8|271=4",
    "279=0|269=1|278=d|270=5200.4|271=5",
]


def by_id() -> Desk:
    """A book of entries with ids: snapshots have none in 4.4, so they come as increments."""
    desk = Desk().log_on()
    desk.hear(full(REQUEST, "IF2101", EMPTY))
    desk.hear(change(*BY_ID))
    return desk


@pytest.mark.parametrize(
    ("entries", "bids", "asks"),
    [
        ([], [(26_000, 5), (25_999, 4)], [(26_002, 5)]),
        (["279=2|269=0|278=a|55=IF2101"], [(26_000, 2), (25_999, 4)], [(26_002, 5)]),
        (["279=2|278=a"], [(26_000, 2), (25_999, 4)], [(26_002, 5)]),  # neither side nor symbol: the id says both
        (["279=2|278=a", "279=2|278=b"], [(25_999, 4)], [(26_002, 5)]),
        (["279=1|278=d|271=9"], [(26_000, 5), (25_999, 4)], [(26_002, 9)]),
        (["279=1|278=c|270=5200.2"], [(26_001, 4), (26_000, 5)], [(26_002, 5)]),
        (["279=1|278=e|280=c|270=5200.2|271=7"], [(26_001, 7), (26_000, 5)], [(26_002, 5)]),
        (["279=1|278=e|280=c|270=5200.2|271=7", "279=2|278=e"], [(26_000, 5)], [(26_002, 5)]),
        (["279=0|269=1|278=e|55=IF2101|270=5200.2|271=1"], [(26_000, 5), (25_999, 4)], [(26_001, 1), (26_002, 5)]),
        (
            ["279=0|269=1|278=e|55=IF2101|270=5200.2|271=1|290=1"],
            [(26_000, 5), (25_999, 4)],
            [(26_001, 1), (26_002, 5)],
        ),
    ],
)
def test_increments_by_entry_id(entries: list[str], bids: list[tuple[int, int]], asks: list[tuple[int, int]]) -> None:
    desk = by_id()
    if entries:
        assert desk.hear(change(*entries)) == [0]
    assert (levels(desk.books[0]), desk.states()[0]) == ((bids, asks), "live")


@pytest.mark.parametrize(
    "entry",
    [
        "279=2|269=0|278=z|55=IF2101",
        "279=2|278=z|55=IF2101",
        "279=1|269=0|278=z|55=IF2101|271=1",
        "279=1|269=0|278=a|55=IF2101|271=0",
        "279=0|269=0|278=a|55=IF2101|270=5200.0|271=1",
        "279=0|269=0|278=z|55=IF2101|270=5200.0",
        "279=0|278=z|55=IF2101|270=5200.0|271=1",
        "279=1|269=0|278=a|55=IF2101|270=5200.1",
        "279=2|269=0|55=IF2101|290=1",
    ],
)
def test_a_contradiction_by_entry_id(entry: str) -> None:
    desk = by_id()
    desk.hear(change(entry))
    assert desk.states()[0] == "suspect"


@pytest.mark.parametrize(
    ("entries", "bids"),
    [
        (["279=1|269=0|55=IF2101|270=5200.0|271=9"], [(26_000, 9), (25_999, 4)]),
        (["279=2|269=0|278=x|55=IF2101|270=5200.0"], [(25_999, 4)]),
        (["279=1|269=0|278=x|55=IF2101|270=5200.0|271=9", "279=1|278=x|270=5199.6"], [(25_999, 4), (25_998, 9)]),
        (["279=0|269=0|278=x|55=IF2101|270=5200.0|271=9"], [(26_000, 12), (25_999, 4)]),
        (["279=2|55=IF2101|270=5199.8"], [(26_000, 3)]),
    ],
)
def test_a_book_by_level_goes_on_by_entry(entries: list[str], bids: list[tuple[int, int]]) -> None:
    """Levels in the snapshot, ids or prices in the increments."""
    desk = Desk().live()
    desk.hear(change(*entries))
    assert (levels(desk.books[0]), desk.states()[0]) == ((bids, USUAL[1]), "live")


def test_one_increment_for_several_books() -> None:
    desk = Desk().live()
    desk.hear(full(REQUEST, "IC2101", by_level([(BID, "6300.0", 1)])))
    entries = [
        "279=2|269=0|55=IF2101|290=1",
        "279=0|269=1|270=5200.2|271=1|290=1",
        "279=1|269=0|55=IC2101|270=6300.2|271=2|290=1",
        "279=0|269=2|270=6300.2|271=1",
        "279=2|269=0|55=XX|290=1",
        "279=2|269=0|290=1",
        "279=2|269=0|55=IF2101|290=1",
    ]
    assert desk.hear(change(*entries)) == [0, 2]
    assert levels(desk.books[0]) == ([], [(26_001, 1), *USUAL[1]])
    assert (levels(desk.books[2])[0], desk.books[2].last_ticks) == ([(31_501, 2)], 31_501)
    assert desk.states() == ["live", "empty", "live"]
    assert desk.clock.records.events()[-1] == "unknown_symbol: XX, message X number 4"


def test_a_changed_book_is_named_once_per_step() -> None:
    desk = Desk().live()
    one = change("279=1|269=0|55=IF2101|271=9|290=1")
    desk.venue.say_together(one, one, one)
    assert desk.changed() == [0]
    desk.venue.say(one)
    assert desk.changed() == [0]


def test_unknown_instruments_are_counted_and_change_nothing() -> None:
    desk = Desk().live()
    assert desk.hear(full(REQUEST, "XX", by_level([(BID, "1.0", 1)]))) == []
    assert desk.hear(change("279=2|278=nobody")) == []
    assert desk.hear("35=8|37=1|17=1|150=0|39=0|55=IF2101|54=1|151=0|14=0|6=0") == []
    assert [event.split(":")[0] for event in desk.clock.records.events()[-3:]] == [
        "unknown_symbol",
        "unknown_symbol",
        "unexpected_message",
    ]
    assert desk.states()[0] == "live"


@pytest.mark.parametrize(
    ("fields", "utc_ns"),
    [
        ("", UTC_NS),
        ("|272=20210104|273=01:59:59.250", UTC_NS - 750_000_000),
        ("|273=01:59:59.250", UTC_NS - 750_000_000),
        ("|273=23:59:59", UTC_NS - 2 * 3600 * SECOND - SECOND),  # of the evening before
        ("|272=20210103|273=02:00:00", UTC_NS - 24 * 3600 * SECOND),
    ],
)
def test_the_venues_time_of_an_event(fields: str, utc_ns: int) -> None:
    desk = Desk().live()
    desk.hear(change(f"279=1|269=0|55=IF2101|270=5200.2|271=9{fields}|290=1"))
    assert desk.books[0].event_utc_ns == utc_ns
    desk.hear(full(REQUEST, "IF2101", [f"269=0|270=5200.2|271=9{fields}|290=1"]))
    assert desk.books[0].event_utc_ns == utc_ns


def test_a_time_before_midnight_said_after_it_and_the_other_way_round() -> None:
    desk = Desk().live()
    desk.clock.now_ns = (22 * 3600 - 1) * SECOND  # 23:59:59; the session's silence does not matter here
    line = change("279=1|269=0|55=IF2101|270=5200.2|271=9|273=00:00:01|290=1")
    desk.hear(line)
    assert desk.books[0].event_utc_ns == UTC_NS + (22 * 3600 + 1) * SECOND


# -- against a second implementation -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_increments_by_level_equal_plain_lists(seed: int) -> None:
    """The other implementation: insert, assign and delete in Python lists of (price, size)."""
    chance = random.Random(seed)
    desk = Desk().live()
    sides = {BID: [(26_000, 3), (25_999, 4)], OFFER: [(26_002, 5), (26_003, 6)]}
    for _ in range(400):
        entries = []
        for _ in range(chance.randint(1, 3)):
            side = chance.choice([BID, OFFER])
            rows, sign = sides[side], -1 if side == BID else 1
            action = chance.choice("0012") if rows else "0"
            at = chance.randint(0, len(rows)) if action == "0" else chance.randrange(len(rows))
            low = rows[at - 1][0] if at else 26_001
            if action == "2":
                del rows[at]
                entries.append(f"279=2|269={side}|55=IF2101|290={at + 1}")
                continue
            size = chance.randint(1, 99)
            price = low if action == "0" or at else rows[at][0]
            if action == "1":
                price = rows[at][0]
                rows[at] = (price, size)
            else:
                if at == 0 and rows:
                    price = rows[0][0] + sign * -1 * chance.randint(0, 2)
                elif at == len(rows):
                    price = low + sign * chance.randint(0, 2)
                rows.insert(at, (price, size))
                del rows[LEVELS:]
            entries.append(f"279={action}|269={side}|55=IF2101|270={price / 5:.1f}|271={size}|290={at + 1}")
        assert desk.hear(change(*entries)) == [0]
        assert desk.states()[0] == "live", desk.clock.records.events()[-1]
        assert levels(desk.books[0]) == (sides[BID], sides[OFFER])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_increments_by_entry_id_equal_a_sum_per_price(seed: int) -> None:
    chance = random.Random(seed)
    desk = by_id()
    orders = {"a": (BID, 26_000, 3), "b": (BID, 26_000, 2), "c": (BID, 25_999, 4), "d": (OFFER, 26_002, 5)}
    for number in range(600):
        action = chance.choice("0012") if orders else "0"
        if action == "0":
            side = chance.choice([BID, OFFER])
            price = 26_000 - chance.randint(0, 19) if side == BID else 26_001 + chance.randint(0, 19)
            orders[f"n{number}"] = (side, price, chance.randint(1, 9))
            entry = f"279=0|269={side}|278=n{number}|55=IF2101|270={price / 5:.1f}|271={orders[f'n{number}'][2]}"
        else:
            name = chance.choice(sorted(orders))
            side, price, _ = orders.pop(name)
            entry = f"279={action}|278={name}|55=IF2101"
            if action == "1":
                size = chance.randint(1, 9)
                orders[name] = (side, price, size)
                entry += f"|271={size}"
        desk.hear(change(entry))
        expected = []
        for side, best_first in ((BID, True), (OFFER, False)):
            sums: dict[int, int] = {}
            for own, price, size in orders.values():
                if own == side:
                    sums[price] = sums.get(price, 0) + size
            expected.append(sorted(sums.items(), reverse=best_first)[: int(LEVELS)])
        assert list(levels(desk.books[0])) == expected
        assert desk.states()[0] == "live"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_books_equal_the_simulated_exchanges(seed: int) -> None:
    chance = random.Random(seed)
    clock = Clock()
    listed = instruments()
    books = [Book(index) for index in range(3)]
    wire = Wire(clock, exchange_settings(listed))
    feed = FixQuotes(1, session_settings(b"QUOTES"), clock.step, listed, books, "CCFX", 1, 1)
    orders = FixOrders(0, session_settings(b"OTHER"), clock.step, listed, "CCFX", "A2", 1, 1)
    wire.connect(1, orders)
    wire.connect(2, feed)
    for number in range(1, 400):
        clock.begin()
        side, instrument = chance.choice([BUY, SELL]), chance.choice([0, 2])
        price = 26_000 + chance.randint(-12, 12)
        orders.submit(OrderCommand(number, instrument, side, LIMIT, DAY, price, chance.randint(1, 9), OFFSET_NONE))
        if chance.random() < 0.02:
            wire.cut(2)
            assert [BOOK_STATE_NAMES[books[at].state] for at in (0, 2)] == ["suspect", "suspect"]
            wire.connect(2, feed)
        wire.advance(5)
        for at, index in enumerate((0, 2)):
            resting = wire.exchange.matching.books[at]
            expected = tuple(
                [(int(level.price_ticks), int(level.total_lots)) for level in side.levels[: int(LEVELS)]]
                for side in (resting.bids, resting.asks)
            )
            assert levels(books[index]) == expected
            assert books[index].last_ticks == wire.exchange.matching.last_ticks[at]
            assert BOOK_STATE_NAMES[books[index].state] == "live"
    assert wire.losses > 0
    assert not [event for event in clock.records.events() if event.startswith(("fault", "book_", "unknown"))]


def test_the_pause_is_the_documented_one() -> None:
    assert quotes.RESUBSCRIBE_PAUSE_NS == SECOND


def test_a_request_without_answer_is_repeated_and_told_once() -> None:
    desk = Desk().log_on()
    assert len(desk.venue.sent()) > 0
    alerts = desk.clock.step.alerts
    desk.venue.wait(1.999)
    assert desk.venue.sent() == []
    desk.venue.wait(0.001)
    assert [line.split("|")[2] for line in desk.venue.sent()] == [f"262={REQUEST}", "262=1609725602-2"]
    assert desk.clock.step.alerts == alerts + 1
    desk.venue.wait(2)
    assert desk.venue.sent() != []
    assert desk.clock.step.alerts == alerts + 1
    desk.snapshot("1609725604-3")
    assert desk.clock.step.alerts == alerts + 2
    desk.venue.wait(2)
    assert desk.venue.sent() == []

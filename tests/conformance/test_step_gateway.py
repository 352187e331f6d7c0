"""Quotes in STEP by hand-made lines in the layout of Shenzhen's gateway, and one message as such a gateway sent it."""

import pytest

from cross_market_connect.domain.book import BOOK_STATE_NAMES, Book
from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.instrument import Instrument, Session
from cross_market_connect.domain.instrument import Venue as Market
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.market.venue_clock import ClockBounds, VenueClock
from cross_market_connect.venues.fix_broker.quotes import FixQuotes
from cross_market_connect.wire.fix.settings import ROLE_INITIATOR, SessionSettings
from cross_market_connect.wire.fix.versions import dictionary_of
from tests.unit.venues.fix_broker.support import MILLISECOND, SECOND, UTC_NS, Clock, Venue, stamp
from tests.unit.wire.fix.support import make_frame

HOURS_8 = 28_800
LOCAL_TIME = "20210104-10:00:00.000"
SYMBOLS = ("000001", "159919")
# A message of the Pakistan Stock Exchange, whose market data system is Shenzhen's; its times are UTC.
RECEIVED = (
    "8=FIXT.1.1|9=254|35=W|49=realtime|56=NMDUFISQ0001|34=59|52=20230104-09:40:37.624|42=20230104-09:40:37.000|"
    "10201=3021|1500=080|55=ASCR|8538=T1|140=2.5700|8503=0|387=0.00|8504=0.0000|268=2|269=xe|270=4.570000|271=0.00|"
    "1023=0|346=0|269=xf|270=0.570000|271=0.00|1023=0|346=0|10=250|"
)


def share(index: int, code: str, tick_value_e4: int = 10_000) -> Instrument:
    """A share of Shenzhen: ticks of 0.01, 100 shares a lot."""
    market = Market("XSHE", "SZSE", "深交所", HOURS_8, 0)
    hours = Session("day", [570, 780], [690, 900])
    return Instrument(index, f"XSHE.{code}", market, code, code, code, "CNY", 2, 1, tick_value_e4, hours)


class StepVenue(Venue):
    begin_string = "FIXT.1.1"
    logon = "35=A|98=0|108=30|141=Y|1137=9"
    offset_s = HOURS_8


class Desk:
    """A feed that is logged on to a gateway played by hand, and the books that it writes."""

    def __init__(self, offset_s: int = HOURS_8, listed: list[Instrument] | None = None, **changes: object) -> None:
        self.clock = Clock()
        known = [share(index, code) for index, code in enumerate(SYMBOLS)] if listed is None else listed
        self.books = [Book(index) for index in range(len(known))]
        comp_ids: dict[str, object] = {"sender_comp_id": b"QUOTES", "target_comp_id": b"CCFX", **changes}
        settings = SessionSettings(b"FIXT.1.1", role=ROLE_INITIATOR, time_offset_s=offset_s, **comp_ids)  # type: ignore[arg-type]
        dictionary = dictionary_of("STEP.1.2")
        self.feed = FixQuotes(1, settings, self.clock.step, known, self.books, "XSHE", 1, 1, dictionary)
        self.venue = StepVenue(self.clock, self.feed, "QUOTES")
        self.venue.offset_s = offset_s

    def log_on(self) -> "Desk":
        self.venue.log_on()
        self.feed.changed.clear()
        assert self.venue.sent() == []
        return self

    def hear(self, line: str) -> list[int]:
        """What the message changed."""
        self.venue.say(line)
        return self.changed()

    def changed(self) -> list[int]:
        taken = list(self.feed.changed)
        self.feed.changed.clear()
        return taken

    def states(self) -> list[str]:
        return [BOOK_STATE_NAMES[book.state] for book in self.books]

    def live(self) -> "Desk":
        self.log_on()
        for code in SYMBOLS:
            self.hear(full(code, USUAL))
        assert self.states() == ["live", "live"]
        return self

    def faults(self) -> int:
        return int(self.feed.link.fault_count())


def full(code: str, entries: list[str], phase: str = "T0", head: str = f"42={LOCAL_TIME}|10201=1|1500=010") -> str:
    return f"35=W|{head}|48={code}|22=102|8538={phase}|140=10.0000|8503=1|387=100.00|8504=1000.0000|" + "|".join(
        [f"268={len(entries)}", *entries]
    )


def entry(kind: str, price: str, size: str, level: int = 0) -> str:
    return f"269={kind}|270={price}|271={size}|1023={level}|346=1"


USUAL = [
    entry("0", "10.010000", "1200.00", 1),
    entry("0", "10.000000", "300.00", 2),
    entry("1", "10.020000", "500.00", 1),
    entry("2", "10.020000", "0.00"),
]
USUAL_LEVELS = ([(1_001, 12), (1_000, 3)], [(1_002, 5)])


def levels(book: Book) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    return tuple(  # type: ignore[return-value]
        [(int(side.price_ticks[at]), int(side.quantity_lots[at])) for at in range(int(side.depth))]
        for side in (book.bids, book.asks)
    )


# -- what is pushed ----------------------------------------------------------------------------------------------------


def test_quotes_come_unasked_and_shares_become_lots() -> None:
    desk = Desk()
    assert desk.states() == ["empty", "empty"]
    desk.log_on()
    assert desk.states() == ["building", "building"]
    assert desk.hear(full("000001", USUAL)) == [0]
    assert desk.states() == ["live", "building"]
    book = desk.books[0]
    assert levels(book) == USUAL_LEVELS
    assert book.last_ticks == 1_002
    assert desk.faults() == 0


def test_snapshots_in_one_read_with_the_log_on_count() -> None:
    desk = Desk()
    desk.clock.begin()
    desk.feed.opened()
    desk.venue.say_together(desk.venue.logon, full("000001", USUAL), full("159919", USUAL))
    assert desk.states() == ["live", "live"]


def test_snapshots_in_one_read_with_the_log_on_and_a_loss_do_not() -> None:
    desk = Desk()
    desk.clock.begin()
    desk.feed.opened()
    desk.venue.say_together(desk.venue.logon, full("000001", USUAL), full("159919", [entry("0", "ten", "1.00", 1)]))
    assert desk.states() == ["building", "building"]
    desk.hear(full("000001", USUAL))
    assert desk.states() == ["live", "building"]


def test_nobody_waits_for_an_answer() -> None:
    desk = Desk().log_on()
    desk.venue.wait(25)
    assert desk.venue.sent() == []
    assert (desk.faults(), desk.clock.records.events()[-1][:9]) == (0, "logged_on")


def test_an_instrument_may_be_named_by_symbol() -> None:
    desk = Desk().log_on()
    line = full("000001", USUAL).replace("|48=000001|22=102", "|55=000001")
    assert desk.hear(line) == [0]
    assert desk.states()[0] == "live"


def test_levels_may_be_told_by_position() -> None:
    desk = Desk().log_on()
    desk.hear(full("000001", USUAL).replace("1023=", "290="))
    assert levels(desk.books[0]) == USUAL_LEVELS


def test_what_nobody_wants_is_counted_and_no_fault() -> None:
    desk = Desk().live()
    for line in (
        full("300750", USUAL),
        full("000001", [entry("0", "9.00", "100.00", 1)], head=f"42={LOCAL_TIME}|10201=1|1500=060"),
        "35=UA001|10201=1|1350=0|10205=0",
        f"35=UA004|42={LOCAL_TIME}|10201=1|10208=1|1500=010|8538=T0",
        f"35=UA201|10201=2011|1181=1|1500=011|48=000001|22=102|44=10.00|38=100.00|54=1|60={LOCAL_TIME}|40=2",
        "35=UA202|10201=2011|1181=2|1500=011|10116=1|10117=0|48=000001|22=102|31=0.00|32=100.00|150=4",
        "35=h|42=" + LOCAL_TIME,
        "35=f|42=" + LOCAL_TIME,
        "35=B|42=" + LOCAL_TIME,
    ):
        assert desk.hear(line) == [], line
    assert (desk.feed.unused, desk.faults()) == (9, 0)
    assert desk.states() == ["live", "live"]
    assert levels(desk.books[0]) == USUAL_LEVELS


@pytest.mark.parametrize(
    "line",
    [
        "35=h|42=x|340=z",  # nothing of a message that is not used can be wrong
        "35=UA201|10201=x",
        full("000001", USUAL).replace("22=102", "22=101"),  # Shanghai's composite index
        full("000001", USUAL, head=f"42={LOCAL_TIME}|10201=1|1500=900"),
        full("399001", USUAL).replace("8538=T0", "8538="),  # an instrument of nobody, a field without a value
        full("399001", USUAL) + "|9999=",
    ],
)
def test_what_says_nothing_of_our_books_makes_none_suspect(line: str) -> None:
    desk = Desk().live()
    assert desk.hear(line) == []
    assert (desk.feed.unused, desk.faults()) == (1, 0)
    assert (desk.states(), levels(desk.books[0])) == (["live", "live"], USUAL_LEVELS)


def test_a_field_of_another_message_inside_an_entry_ends_no_group() -> None:
    """LastPx (31) belongs to executions; the entry behind it is counted and checked as the first."""
    desk = Desk().log_on()
    lines = full("000001", USUAL)
    first = lines.index("|269=", lines.index("|268=") + 1)
    second = lines.index("|269=", first + 1)
    assert desk.hear(lines[:second] + "|31=1" + lines[second:]) == [0]
    assert levels(desk.books[0]) == USUAL_LEVELS
    one_too_many = lines.replace(f"|268={len(USUAL)}", f"|268={len(USUAL) - 1}")
    desk.hear(one_too_many[:second] + "|31=1" + one_too_many[second:])
    assert desk.states()[0] == "suspect"


def test_a_share_has_no_price_below_zero() -> None:
    desk = Desk().live()
    desk.hear(full("000001", [entry("0", "-1.00", "100.00", 1)]))
    assert desk.states() == ["suspect", "live"]


def test_a_refusal_of_what_was_never_asked_closes_nothing() -> None:
    desk = Desk().live()
    assert desk.hear("35=Y|58=no") == []
    assert desk.hear("35=j|45=2|372=V|380=3") == []
    assert (desk.states(), desk.faults()) == (["live", "live"], 2)


# -- what a snapshot says ----------------------------------------------------------------------------------------------


def test_levels_of_price_or_size_zero_are_none() -> None:
    desk = Desk().log_on()
    padded = [
        entry("0", "10.01", "100.00", 1),
        *[entry("0", "0.000", "0.00", level) for level in range(2, 6)],
        *[entry("1", "0.00", "500.00", level) for level in range(1, 6)],
        entry("2", "0.000000", "0.00"),
    ]
    desk.hear(full("000001", padded))
    assert levels(desk.books[0]) == ([(1_001, 1)], [])
    assert desk.books[0].last_ticks == 0
    assert desk.states()[0] == "live"


def test_a_last_price_of_zero_says_that_nothing_traded_yet() -> None:
    desk = Desk().live()
    assert desk.books[0].last_ticks == 1_002
    desk.hear(full("000001", [entry("2", "0.000000", "0.00")]))
    assert (desk.books[0].last_ticks, desk.states()[0]) == (0, "live")


def test_less_than_a_lot_is_no_level() -> None:
    """What is left of a sale of odd lots stands in the book too; nobody can buy it by the lot."""
    desk = Desk().log_on()
    desk.hear(full("000001", [entry("1", "10.00", "50.00", 1), entry("1", "10.01", "250.00", 2)]))
    assert levels(desk.books[0]) == ([], [(1_001, 2)])
    assert desk.states()[0] == "live"


@pytest.mark.parametrize("kind", ["3", "4", "5", "6", "7", "8", "x1", "x3", "x7", "x8", "xe", "xf", "xg", "01", "1x"])
def test_entries_that_are_no_levels_change_no_level(kind: str) -> None:
    desk = Desk().log_on()
    desk.hear(full("000001", [*USUAL, entry(kind, "7.77", "100.00", 1)]))
    assert (levels(desk.books[0]), desk.books[0].last_ticks) == (USUAL_LEVELS, 1_002)
    assert desk.states()[0] == "live"


def test_orders_of_the_best_level_may_be_listed() -> None:
    desk = Desk().log_on()
    desk.hear(full("000001", [USUAL[0] + "|73=2|38=1000.00|38=200.00", *USUAL[1:]]))
    assert levels(desk.books[0]) == USUAL_LEVELS


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (entry("0", "10.001", "100.00", 1), "price"),
        (entry("0", "10.01", "100.50", 1), "size"),
        (entry("0", "10.01", "-100.00", 1), "size"),
        (entry("0", "10.02", "100.00", 3), "prices out of order"),
    ],
)
def test_what_cannot_be_true_makes_that_book_suspect_until_its_next_snapshot(bad: str, why: str) -> None:
    desk = Desk().live()
    assert desk.hear(full("000001", [bad] if why != "prices out of order" else [*USUAL[:2], bad])) == [0]
    assert desk.states() == ["suspect", "live"]
    assert why in desk.clock.records.events()[-1]
    assert desk.venue.sent() == []
    assert desk.hear(full("000001", USUAL)) == [0]
    assert desk.states() == ["live", "live"]


def test_a_repeated_level_cannot_be_true() -> None:
    desk = Desk().live()
    desk.hear(full("000001", [USUAL[0], USUAL[0]]))
    assert desk.states() == ["suspect", "live"]


@pytest.mark.parametrize("phase", ["S0", "O0", "B0", "C0", "E0", "H0", "A0", "V0", "N0", "T1", "E1", "?"])
def test_outside_of_continuous_trading_a_book_is_closed(phase: str) -> None:
    """In an auction the first level is the indicative price, the same on both sides."""
    desk = Desk().live()
    matched = [entry("0", "10.05", "900.00", 1), entry("1", "10.05", "900.00", 1)]
    assert desk.hear(full("000001", matched, phase)) == [0]
    assert desk.states() == ["closed", "live"]
    assert desk.hear(full("000001", USUAL)) == [0]
    assert desk.states() == ["live", "live"]
    assert levels(desk.books[0]) == USUAL_LEVELS


def test_a_closed_book_stays_closed_while_another_is_in_doubt() -> None:
    desk = Desk().live()
    desk.hear(full("159919", USUAL, "H0"))
    desk.hear(full("000001", [entry("0", "10.001", "100.00", 1)]))
    assert desk.states() == ["suspect", "closed"]


@pytest.mark.parametrize("phase", ["T", "T0", "T0  ", None])
def test_what_is_not_said_to_be_shut_trades(phase: str | None) -> None:
    desk = Desk().log_on()
    line = full("000001", USUAL, phase or "T0")
    desk.hear(line if phase else line.replace("|8538=T0", ""))
    assert desk.states()[0] == "live"


def test_increments_change_a_book_as_in_fix() -> None:
    """JR/T 0022 has them; Shenzhen's gateway sends none."""
    desk = Desk().live()
    assert desk.hear("35=X|268=1|279=1|269=0|55=000001|270=10.01|271=700.00|290=1") == [0]
    assert levels(desk.books[0])[0] == [(1_001, 7), (1_000, 3)]


# -- time --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset_s", [HOURS_8, 0])
def test_times_are_local_or_utc_as_agreed(offset_s: int) -> None:
    desk = Desk(offset_s).log_on()
    desk.clock.now_ns = 1_500 * MILLISECOND
    happened = stamp(desk.clock.utc_ns + offset_s * SECOND - 250 * MILLISECOND)
    desk.hear(full("000001", USUAL, head=f"42={happened}|10201=1|1500=010"))
    book = desk.books[0]
    assert desk.states()[0] == "live"
    assert book.event_utc_ns == UTC_NS + 1_250 * MILLISECOND
    assert int(desk.feed.times.latencies.quantile_ns(500)) < SECOND


def test_a_snapshot_without_its_own_time_has_the_messages() -> None:
    desk = Desk().log_on()
    desk.hear(full("000001", USUAL, head="10201=1|1500=010"))
    assert desk.books[0].event_utc_ns == UTC_NS


def test_the_time_of_an_entry_is_local_too() -> None:
    desk = Desk().log_on()
    desk.hear("35=W|48=000001|268=1|269=0|270=10.01|271=100.00|273=09:59:59.500|290=1")
    assert desk.books[0].event_utc_ns == UTC_NS - 500 * MILLISECOND


def test_the_log_on_calibrates_the_venues_clock_by_local_time() -> None:
    desk = Desk()
    clock = VenueClock(ClockBounds(0, 2 * SECOND))
    desk.feed.link.clock = desk.feed.times.clock = clock
    desk.log_on()
    assert clock.is_known()
    assert abs(int(clock.offset_ns(0)) + UTC_NS) < 2 * SECOND
    desk.venue.wait(200)
    assert [line for line in desk.venue.sent() if line.startswith("35=1")] == []


def test_a_gateway_on_utc_is_not_believed_as_local() -> None:
    desk = Desk()
    desk.venue.offset_s = 0
    desk.venue.log_on()
    assert desk.feed.must_close()


# -- what breaks -------------------------------------------------------------------------------------------------------


def reconnected(desk: Desk) -> None:
    desk.clock.now_ns += 2 * SECOND
    desk.clock.begin()
    desk.feed.lost("cut")
    desk.venue.seq = 0
    desk.log_on()


def test_a_gap_ends_the_session_and_books_are_suspect_until_their_next_snapshots() -> None:
    desk = Desk().live()
    desk.venue.say(full("000001", USUAL), 9)
    assert (desk.states(), desk.feed.must_close()) == (["suspect", "suspect"], True)
    assert desk.venue.sent()[0].startswith("35=5|34=2|58=MsgSeqNum too high")
    reconnected(desk)
    assert desk.states() == ["suspect", "suspect"]
    desk.hear(full("159919", USUAL))
    assert desk.states() == ["suspect", "live"]


def test_a_garbled_message_does_the_same() -> None:
    desk = Desk().live()
    data = desk.venue.frame(full("000001", USUAL)).replace(b"1200.00", b"9200.00")
    desk.clock.begin()
    desk.feed.receive(data)
    assert (desk.states(), desk.feed.must_close()) == (["suspect", "suspect"], True)
    reconnected(desk)
    desk.hear(full("000001", USUAL))
    assert desk.states() == ["live", "suspect"]


def test_silence_does_the_same() -> None:
    desk = Desk().live()
    desk.venue.wait(71)
    assert (desk.states(), desk.feed.must_close()) == (["live", "live"], False)
    desk.venue.wait(1)
    assert (desk.states(), desk.feed.must_close()) == (["suspect", "suspect"], True)
    assert {line.split("|")[0] for line in desk.venue.sent()} == {"35=0"}


def test_a_message_refused_for_a_field_makes_books_suspect_and_the_session_goes_on() -> None:
    desk = Desk().live()
    broken = desk.feed.log.broken_since_ns
    assert desk.hear(full("000001", [entry("0", "ten", "100.00", 1)])) == [0, 1]
    assert (desk.states(), desk.feed.must_close()) == (["suspect", "suspect"], False)
    assert (broken, desk.feed.log.broken_since_ns >= 0) == (-1, True)
    desk.hear(full("000001", USUAL))
    assert desk.states() == ["live", "suspect"]
    assert desk.feed.log.broken_since_ns == -1


def test_a_snapshot_in_the_same_read_as_a_loss_is_not_believed() -> None:
    desk = Desk().live()
    desk.venue.say_together(full("000001", USUAL), full("159919", [entry("0", "ten", "1.00", 1)]))
    assert desk.states() == ["suspect", "suspect"]


def test_a_lot_that_is_no_whole_number_of_shares_cannot_be_quoted() -> None:
    with pytest.raises(InputError, match=r"XSHE\.000001: a lot is no whole number of shares; expected one"):
        Desk(listed=[share(0, "000001", 10_050)])


# -- a message as it was received --------------------------------------------------------------------------------------


def test_a_message_as_a_gateway_sent_it() -> None:
    listed = [share(0, "ASCR")]
    comp_ids: dict[str, object] = {"sender_comp_id": b"NMDUFISQ0001", "target_comp_id": b"realtime"}
    desk = Desk(0, listed, sending_time_tolerance_s=0, **comp_ids)
    desk.clock.begin()
    desk.feed.opened()
    head = "49=realtime|56=NMDUFISQ0001|52=20230104-09:40:00.000"
    for line in (f"35=A|34=1|{head}|98=0|108=30|1137=9", f"35=4|34=2|{head}|36=59"):
        desk.clock.begin()
        desk.feed.receive(make_frame(line, "FIXT.1.1"))
    assert desk.feed.is_up()
    desk.clock.begin()
    desk.feed.receive(RECEIVED.replace("|", "\x01").encode())
    book = desk.books[0]
    assert int(desk.feed.link.session.next_in) == 60
    assert (desk.states(), levels(book)) == (["closed"], ([], [])), "suspended for the whole day, without a level"
    assert book.event_utc_ns == 1_672_825_237 * SECOND
    assert desk.feed.next_timer_ns() != NO_TIMER

"""What the phases of the venues let be sent: by the published tables of real venues, and in the machine.

The clocks are those of the tables that the program brings (their sources stand beside them); the hours expected here
are written down by hand from the venues' rules.
"""

from __future__ import annotations

import datetime
import zoneinfo

import pytest

from cross_market_connect.domain.clock import CalendarClock
from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.domain.order import (
    BUY,
    DAY,
    FILL_OR_KILL,
    IMMEDIATE_OR_CANCEL,
    LIMIT,
    MARKET,
    OFFSET_OPEN,
    REJECT_MARKET_CLOSED,
    OrderCommand,
)
from cross_market_connect.domain.records import ALERT, CANCEL_REQUEST, CANCEL_WAIT, LEG_ORDER_STATE
from cross_market_connect.domain.spread import BUY_SPREAD, ROLE_HEDGE, ROLE_UNWIND
from cross_market_connect.domain.step import Step
from cross_market_connect.reference.tables import load_reference
from cross_market_connect.trading.gates import GATE_NAMES, GateResult
from cross_market_connect.trading.hedging import QUOTE_MARGIN_NS
from cross_market_connect.trading.resuming import resume
from cross_market_connect.trading.state import desk_state, load_desk_state
from cross_market_connect.trading.venue_phases import VenuePhases
from tests.unit.trading.support import SECOND, Bench, Log, set_book
from tests.unit.trading.test_machine import ids, roles
from tests.unit.trading.test_operators import Counter, restored, single
from tests.unit.trading.test_quoting import QUOTES, quoted, working
from tests.unit.trading.test_restore import Shadow
from tests.unit.trading.test_trigger import gates
from tests.unit.trading.venue import FakeVenue

SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")
REFERENCE = load_reference()
MINUTE = 60 * SECOND


def utc_ns(text: str) -> int:
    return int(datetime.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp()) * SECOND


def phases_at(mic: str, session: str, moment: str) -> VenuePhases:
    step = Step(Log())
    step.begin(1, utc_ns(moment), 1)
    phases = VenuePhases(step)
    phases.hours = [REFERENCE.clock_between(mic, session, int(moment[:10].replace("-", "")))]
    return phases


def command(order_type: int = LIMIT, force: int = DAY) -> OrderCommand:
    return OrderCommand(1, 0, BUY, order_type, force, 1_000, 1, OFFSET_OPEN)


CFFEX = ("CCFX", "cffex_index")
HK_SHARE = ("XHKG", "hk_share")
GOLD = ("XSGE", "shfe_gold")
# Market, moment of Wednesday 2026-11-25 in local time; whether the venue takes an order that trades at once, one that
# rests for the day; from when on it takes a cancel ("": now).
MOMENTS = [
    (CFFEX, "09:24:59", False, False, "2026-11-25T09:25"),
    (CFFEX, "09:25:00", False, True, ""),
    (CFFEX, "09:29:00", False, False, "2026-11-25T09:30"),
    (CFFEX, "09:30:00", True, True, ""),
    (CFFEX, "11:30:00", False, False, "2026-11-25T13:00"),
    (CFFEX, "14:59:59", True, True, ""),
    (CFFEX, "15:00:00", False, False, "2026-11-26T09:25"),
    (HK_SHARE, "09:14:59", False, True, ""),
    (HK_SHARE, "09:15:00", False, True, "2026-11-25T09:30"),
    (HK_SHARE, "09:20:00", False, False, "2026-11-25T09:30"),
    (HK_SHARE, "12:00:00", False, False, "2026-11-25T13:00"),
    (HK_SHARE, "16:00:30", False, False, "2026-11-25T16:01"),
    (HK_SHARE, "16:05:59", False, True, ""),
    (HK_SHARE, "16:06:00", False, True, "2026-11-26T09:00"),
    (GOLD, "20:59:30", False, False, "2026-11-25T21:00"),
    (GOLD, "21:00:00", True, True, ""),
    (GOLD, "10:20:00", False, False, "2026-11-25T10:30"),
]


@pytest.mark.parametrize(("market", "moment", "trades", "enters", "cancels"), MOMENTS)
def test_what_the_published_phases_take(market, moment, trades, enters, cancels):
    phases = phases_at(*market, f"2026-11-25T{moment}")
    for order_type, force in ((LIMIT, IMMEDIATE_OR_CANCEL), (LIMIT, FILL_OR_KILL), (MARKET, DAY)):
        assert phases.takes(command(order_type, force), True) is trades
    assert phases.takes(command(), True) is enters
    assert phases.takes(command(), False) is trades, "a spread trades in continuous trading only"
    assert phases.no_cancel_until_utc_ns(0) == (utc_ns(cancels) if cancels else 0)


def test_behind_the_tables_nothing_is_sent_and_no_cancel_has_a_time():
    phases = phases_at(*CFFEX, "2026-11-25T10:00")
    phases.step.begin(2, utc_ns("2027-01-04T10:00"), 2)
    assert not phases.takes(command(), True)
    assert phases.no_cancel_until_utc_ns(0) == NO_TIMER == phases.timer_ns(NO_TIMER)


def test_the_time_of_a_reopening_is_turned_into_a_timer_by_the_calendar():
    """Ten calendar seconds are five of the machine's at double speed; rounded up, never just before the opening."""
    bench = Bench()
    phases = bench.desk.machine.sender.phases
    assert phases.reopens_ns(1) == NO_TIMER, "it is open"
    bench.hours[1].open = False
    assert phases.reopens_ns(1) == NO_TIMER, "nobody knows when it opens"
    opens_ns = bench.now_ns + 10 * SECOND
    bench.hours[1].reopen_utc_ns = lambda utc_ns: opens_ns
    assert phases.reopens_ns(1) == bench.now_ns + 10 * SECOND
    phases.clock = CalendarClock(bench.now_ns, bench.now_ns, 2_000, [], [])
    assert phases.reopens_ns(1) == bench.now_ns + 5 * SECOND + 1


# ---------------------------------------------------------------------- orders


def test_a_hedge_into_a_market_that_has_closed_is_not_sent_and_the_quotes_fill_is_traded_back():
    bench, venue = working()
    shadow = Shadow(bench)
    bench.hours[1].open = False
    venue.fills(ids(bench)[0], 1)
    order = bench.desk.orders[1]
    assert [(one.leg, one.role, one.reject_class) for one in order.leg_orders[1:]] == [
        (1, ROLE_HEDGE, REJECT_MARKET_CLOSED)
    ]
    assert len(bench.routes.sent) == 1, "the hedge has not left"
    assert bench.log.of(LEG_ORDER_STATE)[-2]["reason"] == "local_refusal: the trading phase takes no such order"
    assert bench.routes.cancelled == ids(bench)
    shadow.follow()
    venue.cancels(ids(bench)[0])
    assert roles(order)[-1] == (0, ROLE_UNWIND, 1)
    shadow.follow()


@pytest.mark.parametrize(("tif", "accepted"), [("day", True), ("ioc", False)])
def test_by_hand_an_order_that_rests_may_wait_for_an_auction_and_one_that_trades_at_once_may_not(tif, accepted):
    counter = Counter()
    counter.bench.hours[0].open = False
    counter.bench.hours[0].may_enter = lambda utc_ns: True
    answer = counter.give(command="single", **single(tif=tif))
    assert answer["accepted"] is accepted and len(counter.bench.routes.sent) == accepted
    if not accepted:
        assert answer["reasons"] == ["instrument: XV00.I0 takes no such order in its trading phase"]


# ---------------------------------------------------------------------- cancels


def waiting_cancel() -> tuple[Counter, int]:
    """An order by hand rests, a person cancels it, and the venue takes no cancel for ten minutes."""
    counter = Counter()
    [sent] = counter.order(counter.give(command="single", **single())).leg_orders
    number = int(sent.command.client_order_id)
    counter.venue.say(counter.venue.acknowledge(number))
    counter.bench.hours[0].cancels_from_ns = counter.bench.now_ns + 10 * MINUTE
    assert counter.give(command="cancel", order=number)["accepted"]
    return counter, number


def test_a_cancel_that_the_phase_forbids_waits_for_the_one_that_takes_it():
    counter, number = waiting_cancel()
    bench = counter.bench
    takes_ns = bench.hours[0].cancels_from_ns
    bench.wait(10 * MINUTE - 1)
    assert bench.routes.cancelled == [] and bench.log.of(CANCEL_REQUEST) == []
    assert bench.routes.queried[:1] == [number], "what cannot be cancelled is asked for"
    [waits] = bench.log.of(CANCEL_WAIT)
    assert (waits["client_order_id"], waits["until_utc_ns"], waits["reason"]) == (
        number,
        takes_ns,
        "by hand: ann (trader)",
    )
    assert [row["code"] for row in bench.log.of(ALERT)] == ["cancel_waits"]
    assert bench.desk.machine.sender.cancels_put_off == 1
    bench.wait(1)
    assert bench.now_ns == takes_ns and bench.routes.cancelled == [number]
    counter.venue.cancels(number)
    assert bench.desk.is_quiet()


def test_asked_again_it_waits_as_before_and_is_told_once():
    counter, number = waiting_cancel()
    counter.give(command="cancel", order=number)
    counter.bench.wait(10 * MINUTE)
    assert counter.bench.routes.cancelled == [number] and len(counter.bench.log.of(CANCEL_WAIT)) == 1


@pytest.mark.parametrize("by_snapshot", [False, True])
def test_a_cancel_that_waits_outlives_a_restart(by_snapshot):
    counter, number = waiting_cancel()
    other = restored(counter, len(counter.bench.log.records))
    assert desk_state(other.bench.desk) == desk_state(counter.bench.desk)
    if by_snapshot:
        other = Counter()
        load_desk_state(other.bench.desk, desk_state(counter.bench.desk))
        assert desk_state(other.bench.desk) == desk_state(counter.bench.desk)
    takes_ns = counter.bench.hours[0].cancels_from_ns
    other.bench.routes.sent = list(counter.bench.routes.sent)
    other.bench.hours[0].cancels_from_ns = takes_ns
    other.venue.orders = counter.venue.orders
    other.bench.log.records = list(counter.bench.log.records)
    other.bench.log.times = list(counter.bench.log.times)
    other.bench.input()
    resume(other.bench.desk)
    other.venue.answers(number)
    other.bench.wait(takes_ns - other.bench.now_ns - 1)
    assert other.bench.routes.cancelled == []
    other.bench.wait(1)
    assert other.bench.routes.cancelled == [number]
    assert len(other.bench.log.of(CANCEL_WAIT)) == 1, "it was told before"


def test_a_cancel_that_is_lost_is_not_repeated_into_a_phase_that_takes_none():
    counter = Counter()
    [sent] = counter.order(counter.give(command="single", **single())).leg_orders
    number = int(sent.command.client_order_id)
    counter.venue.say(counter.venue.acknowledge(number))
    counter.give(command="cancel", order=number)
    counter.bench.hours[0].cancels_from_ns = counter.bench.now_ns + MINUTE
    for _ in range(100):
        counter.bench.wait(MINUTE // 101)
        counter.venue.answers(number)
    assert counter.bench.routes.cancelled == [number]
    counter.bench.wait(SECOND)
    counter.venue.answers(number)
    assert counter.bench.routes.cancelled == [number, number]


# ---------------------------------------------------------------------- the hours that the legs share

IF_HSI = (CFFEX, ("XHKF", "hkfe_index"))
GOLDS = (GOLD, ("XCEC", "comex_metals"))
# Two markets, a day, and when both trade continuously: minutes of that day and the night after it.
OVERLAPS = [
    (IF_HSI, "2026-11-25", [("09:30", "11:30"), ("13:00", "15:00")]),
    (
        GOLDS,
        "2026-11-25",
        [("00:00", "02:30"), ("09:00", "10:15"), ("10:30", "11:30"), ("13:30", "15:00"), ("21:00", "24:00")],
    ),
    # COMEX ends at 12:45 in Chicago on the day after Thanksgiving: 02:45 in Shanghai, behind the night session there.
    (GOLDS, "2026-11-28", [("00:00", "02:30")]),
]


def minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


@pytest.mark.parametrize(("markets", "day", "shared"), OVERLAPS)
def test_near_the_close_is_near_the_end_of_the_hours_that_the_legs_share(markets, day, shared):
    margin = 20
    bench = Bench()
    bench.spread.rule.closing_margin_ns = margin * MINUTE
    number = int(day.replace("-", ""))
    hours = [REFERENCE.clock_between(mic, session, number) for mic, session in markets]
    for book, prices in zip(bench.books, (999, 1000), strict=True):
        set_book(book, [(prices, 9)], [(prices + 1, 9)], bench.now_ns)
    midnight = utc_ns(f"{day}T00:00")
    for minute in range(0, 24 * 60, 5):
        found = [(minutes(since), minutes(until)) for since, until in shared]
        left = [until - minute for since, until in found if since <= minute < until]
        if left and left[0] == 24 * 60 - minute:
            left = [left[0] + minutes("02:30")]
        expected = "session_closed" if not left else "near_close" if left[0] < margin else "none"
        result = GateResult()
        valuation = bench.trigger.valuation
        moment = midnight + minute * MINUTE
        gate = bench.desk.gates.check(valuation, hours, BUY_SPREAD, True, bench.now_ns, moment, result)
        assert GATE_NAMES[gate] == expected, f"{minute // 60:02}:{minute % 60:02}"
        if expected == "near_close":
            assert (result.observed, result.limit) == (left[0] * MINUTE, margin * MINUTE)


def test_a_quote_is_cancelled_before_the_first_of_its_markets_closes_without_a_tick():
    bench = Bench(quoted())
    bench.hours[1].close_ns = bench.now_ns + 3 * SECOND
    venue = FakeVenue(bench)
    bench.set_quotes(*QUOTES)
    venue.say(venue.acknowledge(ids(bench)[0]))
    ends_ns = bench.hours[1].close_ns - QUOTE_MARGIN_NS
    bench.wait(ends_ns - bench.now_ns - 1)
    assert bench.routes.cancelled == []
    bench.wait(1)
    assert bench.routes.cancelled == ids(bench)
    venue.cancels(ids(bench)[0])
    bench.set_quotes(*QUOTES)
    assert len(ids(bench)) == 1, "none is put in its place"
    [(gate, left_ns, margin_ns)] = gates(bench)
    assert (gate, margin_ns) == ("near_close", QUOTE_MARGIN_NS) and left_ns < margin_ns

"""What must hold at rest: each verdict is silent about a good history and tells what was changed by hand."""

from cross_market_connect.domain.order import (
    STATUS_EXPIRED,
    STATUS_FILLED,
    STATUS_NEW,
    STATUS_PARTLY_FILLED,
    STATUS_REJECTED,
)
from cross_market_connect.domain.spread import COMPLETE, HALTED, WORKING
from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.judged import Parent, Sent
from cross_market_connect.simulation.verdicts import (
    everything_ended,
    fills_are_known,
    halts_are_excused,
    nothing_is_live,
    positions_agree,
    refusals_are_on_record,
    reservations_are_released,
)
from cross_market_connect.trading.states import (
    HALT_DEADLINE,
    HALT_LOST_ORDER,
    HALT_MARKET_CLOSED,
    HALT_PERMISSION,
    HALT_REASONS,
    HALT_UNKNOWN,
)
from cross_market_connect.venues.simulated.faults import REPORT_NO_ACKNOWLEDGEMENT, REPORT_NO_TRADE, REPORT_NOTHING


def filled(history: History) -> Sent:
    return next(sent for sent in history.judge.sent.values() if sent.filled() > 0)


def complete(history: History) -> Parent:
    return next(parent for parent in history.judge.parents.values() if parent.state == COMPLETE)


def test_a_fill_that_the_engine_did_not_count_is_told(history: History) -> None:
    assert list(fills_are_known(history.judge)) == []
    filled(history).counted -= 1
    assert "counted" in next(fills_are_known(history.judge))


def test_a_fill_at_the_venue_that_nobody_heard_of_is_told_as_a_naked_order(history: History) -> None:
    sent = filled(history)
    assert sent.at_venue is not None
    assert list(everything_ended(history.judge)) == []
    sent.at_venue.cumulative_lots += 1
    sent.filled_at_end += 1
    assert next(fills_are_known(history.judge)) != ""
    assert "naked" in next(everything_ended(history.judge))


def test_positions_are_compared_three_ways(history: History) -> None:
    judge = history.judge
    lots = 0
    for sent in judge.sent.values():
        if int(sent.order.definition.legs[sent.leg].instrument_index) == 0:
            lots += sent.side * sent.filled()
    assert list(positions_agree(judge, {0: lots}, {0: lots})) == []
    assert next(positions_agree(judge, {0: lots + 1}, {0: lots})) != ""
    assert next(positions_agree(judge, {0: lots}, {0: lots - 1})) != ""


def test_an_order_still_under_way_and_a_reservation_still_held_are_told(history: History) -> None:
    parent = complete(history)
    parent.reserved = True
    assert "still held" in next(reservations_are_released(history.judge))
    parent.state = WORKING
    assert "still working" in next(everything_ended(history.judge))


def test_a_refusal_without_a_record_is_told(history: History) -> None:
    sent = filled(history)
    assert sent.at_venue is not None and list(refusals_are_on_record(history.judge)) == []
    sent.at_venue.status, sent.told.rejected, sent.rejects_on_record = int(STATUS_REJECTED), True, 0
    assert "no record" in next(refusals_are_on_record(history.judge))


def test_a_person_called_for_nothing_is_told_and_one_called_for_a_closed_market_is_not(history: History) -> None:
    parent = complete(history)
    parent.state, parent.halt_reason = HALTED, "the ladder has no step left"
    assert "without need" in next(halts_are_excused(history.judge))
    history.judge.trouble(parent.sent[0].venue, parent.began_ns, parent.ended_ns)
    assert list(halts_are_excused(history.judge)) == []


def test_a_leg_that_was_never_sent_because_its_market_is_closed_excuses_a_call(history: History) -> None:
    parent = complete(history)
    parent.state, parent.halt_reason = HALTED, HALT_REASONS[HALT_MARKET_CLOSED][1]
    venue = history.judge.venue_of_route[int(parent.definition.legs[0].route)]
    parent.sent = [sent for sent in parent.sent if sent.leg != 0]
    history.judge.trouble(1 + venue, parent.began_ns - 2, parent.began_ns - 1)
    assert "without need" in next(halts_are_excused(history.judge))
    history.judge.trouble(venue, parent.began_ns, parent.ended_ns)
    assert list(halts_are_excused(history.judge)) == []


def test_an_order_that_nobody_answered_for_at_the_deadline_excuses_a_call_about_it(history: History) -> None:
    parent = complete(history)
    parent.state, parent.halt_reason = HALTED, HALT_REASONS[HALT_UNKNOWN][1]
    assert "without need" in next(halts_are_excused(history.judge))
    parent.unanswered = True
    assert list(halts_are_excused(history.judge)) == [], "that the venue told it later changes nothing"
    parent.halt_reason = HALT_REASONS[HALT_DEADLINE][1]
    assert "without need" in next(halts_are_excused(history.judge))


def test_a_process_that_did_nothing_excuses_a_call_at_the_deadline_and_no_other(history: History) -> None:
    parent = complete(history)
    parent.state, parent.halt_reason = HALTED, HALT_REASONS[HALT_DEADLINE][1]
    history.judge.hang(parent.began_ns - 2, parent.began_ns - 1)
    assert "without need" in next(halts_are_excused(history.judge))
    history.judge.hang(parent.began_ns, parent.ended_ns)
    assert list(halts_are_excused(history.judge)) == []
    parent.halt_reason = "the ladder has no step left"
    assert "without need" in next(halts_are_excused(history.judge))


def test_fills_that_a_venue_kept_back_until_it_was_asked_excuse_a_call_at_the_deadline(history: History) -> None:
    parent = complete(history)
    parent.state, parent.halt_reason = HALTED, HALT_REASONS[HALT_DEADLINE][1]
    sent = parent.sent[0]
    assert sent.at_venue is not None
    sent.at_venue.report_flags = int(REPORT_NO_TRADE)
    assert "without need" in next(halts_are_excused(history.judge)), "nobody had to ask"
    sent.asked = True
    assert list(halts_are_excused(history.judge)) == []
    sent.at_venue.report_flags = 0
    assert "without need" in next(halts_are_excused(history.judge)), "it was told in time"


def test_a_venue_that_loses_questions_excuses_a_call_at_the_deadline_about_an_order_that_was_asked_for(
    history: History,
) -> None:
    parent = complete(history)
    parent.state, parent.halt_reason = HALTED, HALT_REASONS[HALT_DEADLINE][1]
    history.judge.deaf.add(parent.sent[0].venue)
    assert "without need" in next(halts_are_excused(history.judge)), "nobody had to ask"
    parent.sent[0].asked = True
    assert list(halts_are_excused(history.judge)) == []
    history.judge.deaf.clear()
    assert "without need" in next(halts_are_excused(history.judge)), "its questions arrived"


def test_a_person_called_for_a_lost_order_is_called_for_one_that_came_to_light(history: History) -> None:
    parent = complete(history)
    parent.state, parent.halt_reason = HALTED, HALT_REASONS[HALT_LOST_ORDER][1]
    assert "without need" in next(halts_are_excused(history.judge))
    parent.sent[0].lost = True
    parent.sent[0].told.seen.clear()
    assert "without need" in next(halts_are_excused(history.judge))
    parent.sent[0].told.seen.add(b"x1")
    assert list(halts_are_excused(history.judge)) == []


def test_a_person_called_for_a_refusal_that_was_a_lie_is_excused_though_the_venue_refused_the_order_since(
    history: History,
) -> None:
    """A venue says that it refuses what it holds, and refuses it in truth when the session ends."""
    parent = complete(history)
    parent.state, parent.halt_reason = HALTED, HALT_REASONS[HALT_PERMISSION][1]
    sent = parent.sent[0]
    assert sent.at_venue is not None
    sent.told.rejected, sent.at_venue.status = True, int(STATUS_REJECTED)
    assert "without need" in next(halts_are_excused(history.judge))
    parent.was_lied_to = True
    assert list(halts_are_excused(history.judge)) == []


def test_a_live_order_is_told_and_a_lost_one_is_told_when_nobody_was_called(history: History) -> None:
    judge, sent = history.judge, filled(history)
    assert sent.at_venue is not None and list(nothing_is_live(judge)) == []
    sent.at_venue.leaves_lots, sent.at_venue.status = 1, int(STATUS_PARTLY_FILLED)
    assert "is live" in next(nothing_is_live(judge))
    sent.lost = True
    assert "nobody was called" in next(nothing_is_live(judge))
    # A venue that has let us log out has told everything before, unless it acknowledges nothing.
    sent.told.seen.clear()
    assert "nobody was called" in next(nothing_is_live(judge))
    sent.at_venue.report_flags = REPORT_NO_ACKNOWLEDGEMENT
    assert "nobody was called" in next(nothing_is_live(judge)), "it told of the part that is filled"
    sent.at_venue.cumulative_lots = 0
    assert list(nothing_is_live(judge)) == []
    sent.told.seen.add(b"x1")
    assert "nobody was called" in next(nothing_is_live(judge))
    judge.alert_codes.add("lost_order")
    assert list(nothing_is_live(judge)) == []


def test_a_live_order_is_no_secret_unless_its_venue_refused_it_and_said_nothing_more(history: History) -> None:
    judge, sent = history.judge, filled(history)
    assert sent.at_venue is not None
    sent.at_venue.leaves_lots, sent.at_venue.status, sent.at_venue.cumulative_lots = 1, int(STATUS_NEW), 0
    sent.at_venue.report_flags = REPORT_NO_ACKNOWLEDGEMENT
    assert "is live" in next(nothing_is_live(judge)), "its venue told of an end, but refused nothing"
    sent.told.rejected = True
    assert list(nothing_is_live(judge)) == []
    sent.told.ended = False
    assert "is live" in next(nothing_is_live(judge)), "it was acknowledged after the refusal"
    sent.told.ended, sent.at_venue.report_flags = True, 0
    assert "is live" in next(nothing_is_live(judge)), "the acknowledgement was on its way before we were let go"


def test_a_lost_order_that_filled_is_told_when_nobody_was_called_though_its_venue_spoke_of_it(
    history: History,
) -> None:
    judge, sent = history.judge, filled(history)
    sent.lost = True
    assert sent.at_venue is not None and "nobody was called" in next(fills_are_known(judge))
    sent.told.seen.clear()
    assert "nobody was called" in next(fills_are_known(judge)), "its venue told everything before it let us log out"
    for status, flags, is_secret in [
        (STATUS_FILLED, REPORT_NO_ACKNOWLEDGEMENT, False),
        (STATUS_FILLED, REPORT_NO_TRADE, False),
        (STATUS_FILLED, REPORT_NO_ACKNOWLEDGEMENT | REPORT_NO_TRADE, True),
        (STATUS_EXPIRED, REPORT_NO_ACKNOWLEDGEMENT | REPORT_NO_TRADE, False),
        (STATUS_EXPIRED, REPORT_NOTHING, True),
    ]:
        sent.at_venue.status, sent.at_venue.report_flags = int(status), int(flags)
        assert (list(fills_are_known(judge)) == []) is is_secret, (status, flags)
    sent.told.seen.add(b"x1")
    assert "nobody was called" in next(fills_are_known(judge)), "it did speak of it"
    judge.alert_codes.add("lost_order")
    assert list(fills_are_known(judge)) == []


def test_an_order_that_came_to_light_is_in_the_position(history: History) -> None:
    judge, sent = history.judge, filled(history)
    instrument = int(sent.order.definition.legs[sent.leg].instrument_index)
    lots = sum(
        other.side * other.filled()
        for other in judge.sent.values()
        if int(other.order.definition.legs[other.leg].instrument_index) == instrument
    )
    sent.lost = True
    assert "in the engine" in next(positions_agree(judge, {instrument: lots}, {instrument: lots - 1}))
    untold = lots - sent.side * sent.filled()
    sent.told.cumulative = 0
    assert list(positions_agree(judge, {instrument: lots}, {instrument: untold})) == []
    assert "in the engine" in next(positions_agree(judge, {instrument: lots}, {instrument: lots}))

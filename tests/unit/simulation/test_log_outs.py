"""What an engine that has ended must know: its venues' word until they let it log out, and nothing after."""

import pytest

from cross_market_connect.simulation.history import History
from cross_market_connect.simulation.judged import Sent
from cross_market_connect.simulation.verdicts import everything_ended, fills_are_known, positions_agree
from tests.unit.simulation import test_verdicts


def filled(history: History) -> Sent:
    sent = test_verdicts.filled(history)
    assert sent.at_venue is not None and sent.filled_at_end == sent.filled()
    return sent


def position(history: History, sent: Sent) -> tuple[int, int]:
    """Its instrument, and lots of it by the venues' ledgers."""
    instrument = int(sent.order.definition.legs[sent.leg].instrument_index)
    orders = history.judge.sent.values()
    at = [o for o in orders if int(o.order.definition.legs[o.leg].instrument_index) == instrument]
    return instrument, sum(order.side * order.filled() for order in at)


@pytest.mark.parametrize("lots", [1, -1])
def test_what_a_venue_does_once_the_engine_has_ended_is_its_next_run_s(history: History, lots: int) -> None:
    judge, sent = history.judge, filled(history)
    instrument, known = position(history, sent)
    assert sent.at_venue is not None
    sent.at_venue.cumulative_lots += lots
    at_venue = known + sent.side * lots
    assert list(fills_are_known(judge)) == list(everything_ended(judge)) == []
    assert list(positions_agree(judge, {instrument: at_venue}, {instrument: known})) == []
    assert "in the engine" in next(positions_agree(judge, {instrument: at_venue}, {instrument: at_venue}))
    sent.filled_at_end += lots
    assert "counted" in next(fills_are_known(judge)) and "naked" in next(everything_ended(judge))


def test_what_the_venue_had_before_it_let_the_engine_go_must_be_counted(history: History) -> None:
    judge, sent = history.judge, filled(history)
    sent.filled_at_log_out += 1
    history.log_outs.ended(judge)
    assert "counted" in next(fills_are_known(judge)) and "naked" in next(everything_ended(judge))


def test_without_the_venue_s_log_out_what_was_told_must_be_counted(history: History) -> None:
    judge, sent = history.judge, filled(history)
    judge.told.logged_out.clear()
    sent.filled_at_log_out += 1
    history.log_outs.ended(judge)
    assert list(fills_are_known(judge)) == []
    sent.told.cumulative += 1
    history.log_outs.ended(judge)
    assert "counted" in next(fills_are_known(judge))


def test_what_a_run_read_and_had_no_time_for_comes_again_with_a_logon(history: History) -> None:
    judge, sent = history.judge, filled(history)
    judge.told.logged_out.clear()
    sent.told.half_read, sent.told.acted_on = True, sent.counted
    sent.told.cumulative += 1
    history.log_outs.ended(judge)
    assert list(fills_are_known(judge)) == []
    sent.told.acted_on -= 1
    history.log_outs.ended(judge)
    assert "counted" in next(fills_are_known(judge)), "what it had acted on it must have counted"


@pytest.mark.parametrize(("in_the_step", "told", "due"), [(0, 0, 0), (1, 0, 0), (1, 1, 1), (-1, 0, 0), (-1, -1, -1)])
def test_what_fills_in_the_step_in_which_a_session_ends_may_be_told_behind_its_log_out(
    history: History, in_the_step: int, told: int, due: int
) -> None:
    judge, sent, log_outs = history.judge, filled(history), history.log_outs
    assert sent.at_venue is not None
    session, before = int(sent.at_venue.session), sent.filled()
    exchange = history.venues[sent.venue].exchange
    assert not exchange.is_logged_on(session), "the history is over"
    judge.now_ns = judge.moved_ns = judge.now_ns + 1
    log_outs.look(judge, sent.venue, exchange, [])
    judge.now_ns += 1
    log_outs.open_sessions.add((sent.venue, session))
    sent.at_venue.cumulative_lots += in_the_step
    judge.moved_ns += in_the_step != 0
    log_outs.look(judge, sent.venue, exchange, [session])
    assert log_outs.open_sessions == set()
    sent.told.cumulative = before + told
    log_outs.ended(judge)
    assert sent.filled_at_end == before + due


def test_a_session_is_left_open_only_when_its_venue_does_not_serve_us(history: History) -> None:
    judge = history.judge
    assert history.log_outs.open_sessions == set()
    history.log_outs.open_sessions.add((1, 1))
    judge.trouble(1, judge.now_ns - 1, judge.now_ns + 1)
    history.log_outs.ended(judge)
    assert judge.violations == []
    judge.troubles.clear()
    history.log_outs.begins()
    history.log_outs.ended(judge)
    assert judge.violations == [], "a power cut left it behind"
    history.log_outs.left_behind.clear()
    history.log_outs.ended(judge)
    assert judge.violations == ["the engine ended without logging out of session 1 of venue 1"]

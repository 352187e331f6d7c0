"""Deadlines of heartbeats and silence, by hand: HeartBtInt 30 s, silence after 36 s, patience 36 s."""

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.wire.fix.liveness import HEARTBEAT_DUE, NOTHING_DUE, SILENCE_DUE, TEST_DUE, Liveness

S = 10**9


def test_who_sent_nothing_for_the_interval_must_speak() -> None:
    liveness = Liveness(30)
    liveness.received(10 * S)
    assert liveness.next_ns(5 * S) == 35 * S
    assert liveness.due(35 * S - 1, 5 * S) == NOTHING_DUE
    assert liveness.due(35 * S, 5 * S) == HEARTBEAT_DUE


def test_silence_is_tested_once_and_then_given_up() -> None:
    liveness = Liveness(30)
    liveness.received(10 * S)
    assert liveness.next_ns(40 * S) == 46 * S
    assert liveness.due(46 * S - 1, 40 * S) == NOTHING_DUE
    assert liveness.due(46 * S, 40 * S) == TEST_DUE
    assert liveness.due(70 * S - 1, 46 * S) == NOTHING_DUE
    assert liveness.next_ns(60 * S) == 82 * S
    assert liveness.due(82 * S, 60 * S) == SILENCE_DUE


def test_any_message_and_a_lost_connection_end_the_test() -> None:
    liveness = Liveness(30)
    liveness.received(0)
    assert liveness.due(36 * S, 36 * S) == TEST_DUE
    liveness.received(40 * S)
    assert liveness.next_ns(70 * S) == 76 * S
    assert liveness.due(76 * S, 76 * S) == TEST_DUE
    liveness.clear()
    assert liveness.due(200 * S, 200 * S) == TEST_DUE, "the old answer is not waited for any more"


def test_an_interval_of_zero_is_off() -> None:
    liveness = Liveness(0)
    assert liveness.next_ns(0) == NO_TIMER
    assert liveness.due(10**18, 0) == NOTHING_DUE


def test_a_light_session_asks_nobody_and_waits_as_long() -> None:
    liveness = Liveness(30, True)
    liveness.received(10 * S)
    assert liveness.next_ns(60 * S) == 82 * S
    assert liveness.due(82 * S - 1, 60 * S) == NOTHING_DUE
    assert liveness.due(82 * S - 1, 50 * S) == HEARTBEAT_DUE
    assert liveness.due(82 * S, 60 * S) == SILENCE_DUE

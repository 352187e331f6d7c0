"""Histories from plans: they come to rest, trade enough, are the same every time, and are judged without fault."""

import pytest

from cross_market_connect.domain.records import STANDSTILL
from cross_market_connect.journal.reader import LogReader
from cross_market_connect.replay.replay import Replayer
from cross_market_connect.simulation.choices import Choices
from cross_market_connect.simulation.history import NEVER, History
from cross_market_connect.simulation.misfortune import Act
from cross_market_connect.simulation.plan import Plan
from cross_market_connect.simulation.shapes import CLOSING_HOURS
from cross_market_connect.simulation.world import START_NS
from cross_market_connect.trading.conditions import CONDITION_SELLABLE_LOTS

MS = 1_000_000
# Venue and time of what is reported to an engine that is dead.
REPORTED = ((0, START_NS + 200 * MS), (0, START_NS + 400 * MS))


def run(seed: int, strength: str) -> History:
    history = History(Plan(Choices(seed), strength))
    history.run()
    return history


@pytest.mark.slow
@pytest.mark.parametrize("strength", ["none", "light", "heavy"])
def test_histories_come_to_rest_and_nothing_is_wrong_with_them(strength: str) -> None:
    orders = 0
    for seed in range(1, 6):
        history = run(seed, strength)
        assert history.judge.violations == [], (strength, seed)
        assert history.rest_ns >= 0
        orders += sum(parent.worked for parent in history.judge.parents.values())
    assert orders >= 40


def test_one_seed_is_one_history() -> None:
    first, again = run(7, "heavy"), run(7, "heavy")
    assert first.engine.log is not None and again.engine.log is not None
    assert first.engine.log.last_hash == again.engine.log.last_hash
    assert first.engine.log.last_seq == again.engine.log.last_seq > 100


def done(seed: int, *acts: Act) -> History:
    """A tame history in which these things were made to happen."""
    plan = Plan(Choices(seed), "none")
    plan.acts[:] = acts
    history = History(plan)
    history.run()
    return history


def test_a_clock_that_is_ahead_takes_a_market_for_closed_before_its_time_until_it_is_set_again() -> None:
    plan = Plan(Choices(2), "none")
    plan.shape.markets[1].hours, hours = CLOSING_HOURS, plan.shape.markets[1].hours
    ahead, back = Act(100 * MS, "clock_step", 0, 4_000 * MS), Act(300 * MS, "clock_step", 0, -3_700 * MS)
    plan.acts[:] = [ahead, back]
    try:
        history = History(plan)
        for act in plan.acts:
            history.world.now_ns = START_NS + act.at_ns
            history._act(act)
    finally:
        plan.shape.markets[1].hours = hours
    troubles = [(venue, begin_ns - START_NS, end_ns - START_NS) for venue, begin_ns, end_ns in history.judge.troubles]
    # It closes at 1000 ms by the venue's clock; ours was 4000 ms ahead from 100 ms on, then 300 ms.
    assert troubles[1:] == [(1, 100 * MS, 300 * MS), (1, 700 * MS, NEVER)]


def waits_ns(*acts: Act) -> dict[int, int]:
    """How long each venue was of no use from 320 ms on, as the judge was told."""
    begin_ns = START_NS + 320 * MS
    return {venue: end - begin for venue, begin, end in done(2, *acts).judge.troubles if begin == begin_ns}


def test_a_venue_that_holds_the_sessions_of_a_machine_that_is_gone_is_no_use_until_it_knows() -> None:
    assert waits_ns(Act(300 * MS, "kill", 0, 0, 20 * MS)) == {}
    waits = waits_ns(Act(300 * MS, "power_cut", 0, 0, 20 * MS))
    # The heartbeat is 2 s: with its own a venue finds out that nobody is there any more; 1 s is for the way back.
    assert set(waits) == {0, 1} and all(2_300 * MS < wait < 3_200 * MS for wait in waits.values())


def test_a_venue_whose_sessions_began_anew_is_no_use_until_they_have_caught_up() -> None:
    waits = waits_ns(Act(320 * MS, "forget_sessions", 1))
    assert set(waits) == {1}
    assert waits[1] > 1_000 * MS + 100 * MS, "1 s is for the way back, and the connection is made again after 100 ms"


def test_a_venue_whose_sessions_have_not_caught_up_when_the_engine_ends_need_not_have_let_it_log_out() -> None:
    """Its numbers began anew: each log-on is too low for the engine, which logs out and hangs up without an answer."""
    history = done(2)
    history.log_outs.open_sessions.add((1, 1))
    history.awaited[1] = (START_NS + 320 * MS, {7})
    history.engine_ended()
    assert history.judge.violations == []
    assert history.judge.troubles[-1] == (1, START_NS + 320 * MS, history.world.now_ns)
    history.judge.troubles.clear()
    history.awaited.clear()
    history.engine_ended()
    assert history.judge.violations == ["the engine ended without logging out of session 1 of venue 1"]


def test_what_waited_for_a_process_that_hung_opens_nothing_and_the_replay_knows_it() -> None:
    """After the hang of 600 ms every quote of that time is read at once, each as if it were new."""
    plan = Plan(Choices(7873), "heavy")
    history = History(plan, keeps_capture=True)
    history.run()
    assert history.judge.violations == []
    records = list(LogReader(history.engine.disk, 1).records())
    stood = [(int(r.now_ns) - int(r.fields()["since_ns"])) // MS for r in records if r.kind == STANDSTILL]
    assert len(stood) == 1 and 600 <= stood[0] <= 650, "the hang takes 600 ms, the turn before it was 50 ms ago at most"
    assert Replayer(history.engine.disk, history.engine.capture_disk, plan.shape.reference).run().identical


@pytest.mark.slow
def test_a_hang_is_told_to_the_judge_as_long_as_there_is_a_process_and_faults_last() -> None:
    history = done(2, Act(300 * MS, "hang", 0, 0, 150 * MS), Act(400 * MS, "kill", 0, 0, 20 * MS))
    assert history.judge.hangs == [(START_NS + 300 * MS, START_NS + 420 * MS)]
    plan = history.plan
    late = done(2, Act(plan.quiet_ns - 10 * MS, "hang", 0, 0, 150 * MS))
    assert late.judge.hangs == [(START_NS + plan.quiet_ns - 10 * MS, START_NS + plan.quiet_ns)]
    dead = done(2, Act(300 * MS, "kill", 0, 0, 200 * MS), Act(400 * MS, "hang", 0, 0, 150 * MS))
    assert dead.judge.hangs == []


@pytest.mark.parametrize(
    ("killed_ms", "heard"), [(900, [True, True]), (250, [True, True]), (350, [True, False]), (150, [True, True])]
)
def test_what_is_reported_to_an_engine_that_is_dead_does_not_end_what_it_was_told(
    killed_ms: int, heard: list[bool]
) -> None:
    """A market whose inventory is gone at 200 ms and back at 400; the engine is dead for 100 ms."""
    gone, back = [Act(at * MS, "condition", 0, int(CONDITION_SELLABLE_LOTS), lots) for at, lots in [(200, 0), (400, 9)]]
    history = done(2, gone, back, Act(killed_ms * MS, "kill", 0, 0, 100 * MS))
    quiet_ns = START_NS + history.plan.quiet_ns
    ends = [end_ns for venue, begin_ns, end_ns in history.judge.troubles if (venue, begin_ns) in REPORTED]
    assert ends == [quiet_ns if one else NEVER for one in heard]

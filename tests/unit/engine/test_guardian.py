"""The guardian's decisions: a hang is fenced before it is killed, pauses grow, nothing is tried for ever."""

import pytest

from cross_market_connect.domain.numbers import NO_TIMER
from cross_market_connect.engine.guardian import (
    DIED,
    ENDED_CLEANLY,
    EVENT_NAMES,
    FAILED_STARTS_MAX,
    FENCE,
    GIVEN_UP,
    KILL,
    KILLING,
    PAUSE_NS,
    PAUSING,
    REFUSED,
    SILENCE_NS,
    START,
    START_SILENCE_NS,
    STARTING,
    STATE_NAMES,
    STEADY_NS,
    TABLE,
    WATCHING,
    Guardian,
)

MS = 1_000_000


def watching(now_ns: int = 0) -> Guardian:
    guardian = Guardian(now_ns)
    assert guardian.take_actions() == [START]
    guardian.on_ready(now_ns)
    guardian.take_alerts()
    assert guardian.state == WATCHING
    return guardian


def levels(guardian: Guardian) -> list[str]:
    return [alert.level for alert in guardian.take_alerts()]


def test_every_row_names_states_and_events_that_exist() -> None:
    for (state, event), row in TABLE.items():
        assert state < len(STATE_NAMES) and row[0] < len(STATE_NAMES) and event < len(EVENT_NAMES)
        assert set(row[1]) <= {START, FENCE, KILL}
        assert row[2] in ("", "info", "critical", "emergency")


def test_beats_keep_it_quiet_and_silence_is_a_hang() -> None:
    guardian = watching()
    for beat_ns in range(50 * MS, 5_000 * MS, 50 * MS):
        guardian.on_beat(beat_ns)
        guardian.on_timer(beat_ns + 10 * MS)
        assert guardian.take_actions() == []
    guardian.on_timer(4_950 * MS + int(SILENCE_NS) - 1)
    assert guardian.state == WATCHING
    guardian.on_timer(4_950 * MS + int(SILENCE_NS))
    assert guardian.take_actions() == [FENCE, KILL], "fenced before it is killed"
    assert levels(guardian) == ["emergency"]
    assert guardian.state == KILLING
    guardian.on_exit(DIED, 7_000 * MS)
    guardian.on_timer(7_000 * MS + int(PAUSE_NS))
    assert (guardian.state, guardian.take_actions()) == (STARTING, [START])


def test_one_that_cannot_be_killed_at_once_is_killed_again() -> None:
    guardian = watching()
    guardian.on_timer(int(SILENCE_NS))
    guardian.take_actions()
    guardian.on_timer(2 * int(SILENCE_NS))
    assert guardian.take_actions() == [KILL]


def test_a_death_is_followed_by_a_start_after_pauses_that_double_until_it_runs_steadily() -> None:
    guardian = watching()
    now_ns, pauses = 0, []
    for _ in range(4):
        guardian.on_exit(DIED, now_ns)
        pauses.append(int(guardian.next_timer_ns()) - now_ns)
        now_ns = int(guardian.next_timer_ns())
        guardian.on_timer(now_ns)
        assert guardian.take_actions() == [START]
        guardian.on_ready(now_ns)
    assert pauses == [int(PAUSE_NS) * 2**at for at in range(4)]
    assert levels(guardian) == ["critical", "info"] * 4
    now_ns += int(STEADY_NS)
    guardian.on_exit(DIED, now_ns)
    assert guardian.next_timer_ns() - now_ns == PAUSE_NS


def test_one_that_is_never_ready_is_given_up() -> None:
    guardian = Guardian(0)
    now_ns = 0
    for _ in range(int(FAILED_STARTS_MAX) - 1):
        guardian.on_exit(DIED, now_ns)
        assert guardian.state == PAUSING
        now_ns = int(guardian.next_timer_ns())
        guardian.on_timer(now_ns)
    guardian.take_alerts()
    guardian.on_exit(DIED, now_ns)
    assert guardian.state == GIVEN_UP
    assert guardian.is_over()
    assert levels(guardian) == ["emergency"]
    assert guardian.next_timer_ns() == NO_TIMER


@pytest.mark.parametrize(("event", "over", "level"), [(ENDED_CLEANLY, True, "info"), (REFUSED, True, "emergency")])
def test_an_end_is_an_end_and_a_refusal_is_not_tried_again(event: int, over: bool, level: str) -> None:
    guardian = watching()
    guardian.on_exit(event, 5)
    assert guardian.is_over() == over
    assert levels(guardian) == [level]
    assert guardian.take_actions() == []


def test_a_start_may_take_its_time_but_not_for_ever() -> None:
    guardian = Guardian(0)
    guardian.take_actions()
    guardian.on_timer(int(START_SILENCE_NS) - 1)
    assert guardian.take_actions() == []
    guardian.on_timer(int(START_SILENCE_NS))
    assert guardian.take_actions() == [FENCE, KILL]

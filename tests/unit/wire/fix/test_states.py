"""The transition table, read as the state matrix of FIX 4.4 Volume 2."""

import pytest

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.wire.fix import states
from cross_market_connect.wire.fix.states import EVENT_COUNT, STATE_NAMES, TRANSITIONS, transition_table

ROWS = {
    "disconnected": {"opened": "connected", "lost": "disconnected"},
    "connected": {
        "logon sent": "logon sent", "logon accepted": "logged on", "close": "closing", "lost": "disconnected",
    },
    "logon sent": {"logon accepted": "logged on", "close": "closing", "lost": "disconnected"},
    "logged on": {
        "logon accepted": "logged on", "logout sent": "logout sent", "close": "closing", "lost": "disconnected",
    },
    "logout sent": {"close": "closing", "lost": "disconnected"},
    "closing": {"lost": "disconnected"},
}  # fmt: skip
EVENTS = {
    "opened": states.EVENT_OPENED,
    "logon sent": states.EVENT_LOGON_SENT,
    "logon accepted": states.EVENT_LOGON_ACCEPTED,
    "logout sent": states.EVENT_LOGOUT_SENT,
    "close": states.EVENT_CLOSE,
    "lost": states.EVENT_LOST,
}


@pytest.mark.parametrize("state", STATE_NAMES)
@pytest.mark.parametrize("event", EVENTS)
def test_every_pair_of_state_and_event(state: str, event: str) -> None:
    expected = ROWS[state].get(event)
    following = transition_table()[STATE_NAMES.index(state) * EVENT_COUNT + EVENTS[event]]
    assert following == (STATE_NAMES.index(expected) if expected else -1)


def test_the_constants_are_the_indices_of_the_names() -> None:
    named = {
        "disconnected": states.DISCONNECTED,
        "connected": states.CONNECTED,
        "logon sent": states.LOGON_SENT,
        "logged on": states.LOGGED_ON,
        "logout sent": states.LOGOUT_SENT,
        "closing": states.CLOSING,
    }
    assert {name: STATE_NAMES.index(name) for name in STATE_NAMES} == named
    assert len(EVENTS) == EVENT_COUNT
    assert len(TRANSITIONS) == sum(map(len, ROWS.values()))


def test_every_state_is_left_when_the_connection_is_lost() -> None:
    table = transition_table()
    assert all(
        table[state * EVENT_COUNT + states.EVENT_LOST] == states.DISCONNECTED for state in range(len(STATE_NAMES))
    )


def test_what_has_no_row_is_a_bug() -> None:
    assert states.following(states.DISCONNECTED, states.EVENT_OPENED) == states.CONNECTED
    with pytest.raises(InvariantError, match="event 3 in state disconnected"):
        states.following(states.DISCONNECTED, states.EVENT_LOGOUT_SENT)

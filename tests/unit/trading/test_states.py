"""The transition tables, both ways: every pair of states and every event of every state is written down here."""

import pytest

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.domain.spread import LEG_STATE_NAMES, SPREAD_STATE_NAMES
from cross_market_connect.trading import states
from cross_market_connect.trading.states import (
    EVENT_NAMES,
    HALT_REASONS,
    LEG_TRANSITIONS,
    SPREAD_TRANSITIONS,
    is_leg_terminal,
    is_spread_terminal,
    next_leg_state,
    require_spread_transition,
)
from tests.unit.trading.tables import DOCUMENT, TABLES, block

# From the state machine of the execution semantics, with halting and late fills.
SPREAD_MOVES = {
    "proposed": {"refused", "reserved"},
    "refused": set(),
    "reserved": {"working"},
    "working": {"complete", "cancelled", "repairing", "unwinding", "halted"},
    "repairing": {"complete", "unwinding", "halted"},
    "unwinding": {"unwound", "residual", "halted"},
    "complete": {"repairing"},
    "cancelled": {"repairing"},
    "unwound": {"repairing"},
    "residual": {"repairing"},
    "halted": {"repairing", "unwinding", "residual"},
}

LIVE = {
    "filled": "filled",
    "rejected": "rejected",
    "cancelled": "cancelled",
    "expired": "expired",
    "connection_lost": "unknown",
    "venue_has_no_such_order": "unknown",
    "cancel_sent": "pending_cancel",
}
LEG_MOVES = {
    "idle": {"submit": "pending_new", "local_refusal": "rejected"},
    "pending_new": {**LIVE, "acknowledged": "working", "partial_fill": "partly_filled"},
    "working": {**LIVE, "partial_fill": "partly_filled"},
    "partly_filled": LIVE,
    "pending_cancel": {
        **{event: state for event, state in LIVE.items() if event != "cancel_sent"},
        "cancel_rejected": "unknown",
    },
    "unknown": {
        "acknowledged": "working",
        "partial_fill": "partly_filled",
        "filled": "filled",
        "rejected": "rejected",
        "cancelled": "cancelled",
        "expired": "expired",
        "venue_has_no_such_order": "rejected",
    },
    "filled": {},
    "rejected": {"filled": "filled", "cancelled": "cancelled", "expired": "expired", "connection_lost": "unknown"},
    "cancelled": {"filled": "filled"},
    "expired": {"filled": "filled"},
}


@pytest.mark.parametrize("before", SPREAD_STATE_NAMES)
@pytest.mark.parametrize("after", SPREAD_STATE_NAMES)
def test_every_pair_of_spread_states(before, after):
    numbers = SPREAD_STATE_NAMES.index(before), SPREAD_STATE_NAMES.index(after)
    if after in SPREAD_MOVES[before]:
        require_spread_transition(*numbers)
    else:
        with pytest.raises(InvariantError, match=f"{before} -> {after} is no transition"):
            require_spread_transition(*numbers)


@pytest.mark.parametrize("state", LEG_STATE_NAMES)
@pytest.mark.parametrize("event", EVENT_NAMES)
def test_every_event_of_every_leg_state(state, event):
    after = next_leg_state(LEG_STATE_NAMES.index(state), EVENT_NAMES.index(event))
    assert LEG_STATE_NAMES[after] == LEG_MOVES[state].get(event, state)


def test_terminal_spread_states_are_those_that_need_nothing_more():
    terminal = {name for number, name in enumerate(SPREAD_STATE_NAMES) if is_spread_terminal(number)}
    assert terminal == {"refused", "complete", "cancelled", "unwound", "residual", "halted"}


def test_a_terminal_leg_becomes_live_again_only_when_the_venue_takes_what_it_had_refused():
    terminal = {name for number, name in enumerate(LEG_STATE_NAMES) if is_leg_terminal(number)}
    assert terminal == {"idle", "filled", "rejected", "cancelled", "expired"}
    for name in terminal - {"idle"}:
        assert set(LEG_MOVES[name].values()) <= terminal | ({"unknown"} if name == "rejected" else set())


def test_every_move_has_its_reason_and_stands_once():
    pairs = [(before, after) for before, after, _ in SPREAD_TRANSITIONS]
    assert len(set(pairs)) == len(pairs)
    assert all(reason for _, _, reason in SPREAD_TRANSITIONS)
    for rows in LEG_TRANSITIONS.values():
        assert len({event for event, _ in rows}) == len(rows)


@pytest.mark.parametrize("name", TABLES)
def test_the_document_shows_the_tables_as_they_are(name):
    assert block(name) in DOCUMENT.read_text(), (
        "run python -m tests.unit.trading.tables, then read docs/execution.md again"
    )


def test_a_person_takes_over_for_a_reason_that_has_a_name():
    names = [name for name, _ in HALT_REASONS]
    assert len(set(names)) == len(names) and all(text for _, text in HALT_REASONS)
    codes = [value for name, value in vars(states).items() if name.startswith("HALT_") and isinstance(value, int)]
    assert sorted(codes) == list(range(len(HALT_REASONS)))

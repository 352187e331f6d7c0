"""States of a FIX session and the table of their transitions (FIX 4.4 Volume 2, "FIX Session-level State Matrix").

A connection is opened, logged on by the initiator's Logon and the acceptor's answer, and ends by an exchange of Logouts
or by a fault; `closing` is the time in which the shell sends what is left and closes the connection.
"""

from __future__ import annotations

from typing import Final

from librt.vecs import vec
from mypy_extensions import i64

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.wire.fix.dictionary import filled

DISCONNECTED: Final[i64] = 0
CONNECTED: Final[i64] = 1
LOGON_SENT: Final[i64] = 2
LOGGED_ON: Final[i64] = 3
LOGOUT_SENT: Final[i64] = 4
CLOSING: Final[i64] = 5
STATE_NAMES: Final[list[str]] = ["disconnected", "connected", "logon sent", "logged on", "logout sent", "closing"]

EVENT_OPENED: Final[i64] = 0
EVENT_LOGON_SENT: Final[i64] = 1
EVENT_LOGON_ACCEPTED: Final[i64] = 2
EVENT_LOGOUT_SENT: Final[i64] = 3
EVENT_CLOSE: Final[i64] = 4
EVENT_LOST: Final[i64] = 5
EVENT_COUNT: Final[i64] = 6

# (state, event, next state); a pair that is not here is a bug of this file.
TRANSITIONS: Final[list[tuple[int, int, int]]] = [
    (0, 0, 1),  # disconnected   opened          connected
    (0, 5, 0),  # disconnected   lost            disconnected
    (1, 1, 2),  # connected      logon sent      logon sent       initiator
    (1, 2, 3),  # connected      logon accepted  logged on        acceptor
    (1, 4, 5),  # connected      close           closing
    (1, 5, 0),  # connected      lost            disconnected
    (2, 2, 3),  # logon sent     logon accepted  logged on        initiator
    (2, 4, 5),  # logon sent     close           closing
    (2, 5, 0),  # logon sent     lost            disconnected
    (3, 2, 3),  # logged on      logon accepted  logged on        numbers reset within the session
    (3, 3, 4),  # logged on      logout sent     logout sent
    (3, 4, 5),  # logged on      close           closing
    (3, 5, 0),  # logged on      lost            disconnected
    (4, 4, 5),  # logout sent    close           closing
    (4, 5, 0),  # logout sent    lost            disconnected
    (5, 5, 0),  # closing        lost            disconnected
]

CLOSE_NONE: Final[i64] = 0
CLOSE_LOGGED_OUT: Final[i64] = 1
CLOSE_PEER_LOGGED_OUT: Final[i64] = 2
CLOSE_PEER_FAULT: Final[i64] = 3
CLOSE_TIMEOUT: Final[i64] = 4
CLOSE_LIMIT: Final[i64] = 5
CLOSE_REASON_NAMES: Final[list[str]] = [
    "none",
    "logged out",
    "counterparty logged out",
    "counterparty's fault",
    "timeout",
    "send limit",
]


def transition_table() -> vec[i64]:
    """Next state by state * EVENT_COUNT + event, -1 where the table has no row."""
    table = filled(len(STATE_NAMES) * EVENT_COUNT, -1)
    for state, event, following in TRANSITIONS:
        table[state * EVENT_COUNT + event] = following
    return table


_TABLE: Final[vec[i64]] = transition_table()


def following(state: i64, event: i64) -> i64:
    """The state after an event. Raises InvariantError for a pair that has no row: a bug of the session."""
    result: i64 = _TABLE[state * EVENT_COUNT + event]
    if result < 0:
        raise InvariantError(f"FIX session: event {event} in state {STATE_NAMES[state]}")
    return result

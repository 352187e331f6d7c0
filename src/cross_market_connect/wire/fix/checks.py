"""Checks of a session's header and Logon fields against its settings: values in, verdict out, no state."""

from __future__ import annotations

import hmac
from typing import Final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.wire.fix.dictionary import (
    TAG_ORIG_SENDING_TIME,
    TAG_SENDER_COMP_ID,
    TAG_SENDING_TIME,
    TAG_TARGET_COMP_ID,
    Dictionary,
)
from cross_market_connect.wire.fix.encoder import MSG_LOGON
from cross_market_connect.wire.fix.message import INVALID, FixMessage
from cross_market_connect.wire.fix.settings import HEARTBEAT_S_MAX, ROLE_ACCEPTOR, SessionSettings

TAG_ENCRYPT_METHOD: Final[i64] = 98
TAG_HEART_BT_INT: Final[i64] = 108
TAG_NEXT_EXPECTED: Final[i64] = 789
TAG_APPL_VER_ID: Final[i64] = 1128
TAG_DEFAULT_APPL_VER_ID: Final[i64] = 1137

POSS_DUP_VALID: Final[i64] = 0
POSS_DUP_NO_TIME: Final[i64] = 1
POSS_DUP_LATE_TIME: Final[i64] = 2


def comp_ids_match(message: FixMessage, settings: SessionSettings) -> bool:
    """True when the message comes from the counterparty and is for us (2.j, 2.k)."""
    return (
        message.get(TAG_SENDER_COMP_ID) == settings.target_comp_id
        and message.get(TAG_TARGET_COMP_ID) == settings.sender_comp_id
    )


def is_time_accurate(message: FixMessage, settings: SessionSettings, utc_ns: i64) -> bool:
    """False when SendingTime is off (2.o); a missing or malformed one is left to the field checks."""
    tolerance_ns: i64 = settings.sending_time_tolerance_s * NANOSECONDS_PER_SECOND
    sent_ns: i64 = message.get_timestamp(TAG_SENDING_TIME)
    if tolerance_ns == 0 or sent_ns == INVALID:
        return True
    difference_ns: i64 = sent_ns - utc_ns
    return -tolerance_ns <= difference_ns and difference_ns <= tolerance_ns


def poss_dup_verdict(message: FixMessage) -> i64:
    """Whether a PossDup message has an OrigSendingTime, not after its SendingTime (2.e to 2.g)."""
    original_ns: i64 = message.get_timestamp(TAG_ORIG_SENDING_TIME)
    if original_ns == INVALID:
        return POSS_DUP_NO_TIME
    return POSS_DUP_LATE_TIME if original_ns > message.get_timestamp(TAG_SENDING_TIME) else POSS_DUP_VALID


def is_reset_agreed(message: FixMessage, settings: SessionSettings, next_out: i64) -> bool:
    """False when the Logon's reset would be known to one side only, which would replay or lose messages."""
    is_reset: bool = message.get(141) == b"Y"
    if is_reset and message.seq_num != 1:
        return False
    if settings.role == ROLE_ACCEPTOR or is_reset == settings.reset_on_logon:
        return True
    if is_reset:
        return next_out == 2  # not asked for, but our Logon was number 1 anyway
    return message.seq_num == 1  # asked for and not echoed, but the counterparty's Logon is number 1


def logon_fault_tag(message: FixMessage) -> i64:
    """Tag of a Logon field whose value we do not support, 0 when none."""
    interval_s: i64 = message.get_int(TAG_HEART_BT_INT, -1)
    if interval_s < 0 or interval_s > HEARTBEAT_S_MAX:
        return TAG_HEART_BT_INT
    if message.get_int(TAG_NEXT_EXPECTED, 1) == 0:
        return TAG_NEXT_EXPECTED
    return TAG_ENCRYPT_METHOD if message.get_int(TAG_ENCRYPT_METHOD, -1) != 0 else 0


def is_known_user(message: FixMessage, settings: SessionSettings) -> bool:
    """True when an acceptor knows Username(553) with Password(554), or checks nobody."""
    credentials = settings.credentials
    if settings.role != ROLE_ACCEPTOR or credentials is None:
        return True
    expected = credentials.get(message.get(553), b"")
    # Compared for unknown users too, so that the time taken does not tell which names exist.
    is_same: bool = hmac.compare_digest(expected, message.get(554))
    return is_same and len(expected) > 0


def missed_from(message: FixMessage, settings: SessionSettings, next_out: i64) -> i64:
    """First of our numbers that the counterparty's Logon says it misses, `next_out` when it says nothing."""
    return message.get_int(TAG_NEXT_EXPECTED, next_out) if settings.next_expected else next_out


def require_logon_fields(settings: SessionSettings, dictionary: Dictionary) -> None:
    """Raise InputError when settings ask for Logon fields which the version, with the counterparty's rows, lacks."""
    has_user: bool = bool(settings.username) or settings.credentials is not None
    faults: list[str] = []
    for is_asked, tag, name in (
        (has_user, 553, "username"),
        (bool(settings.password_placeholder), 554, "password"),
        (settings.next_expected, 789, "next_expected"),
        (bool(settings.application_version), 1408, "application_version"),
    ):
        if is_asked and not dictionary.has_member(MSG_LOGON, tag):
            faults.append(
                f"fix session {name}: a Logon of {dictionary.version} has no field {tag}; "
                "expected none, or the counterparty's rows for it in extra_fields and extra_members"
            )
    if faults:
        raise InputError(faults)

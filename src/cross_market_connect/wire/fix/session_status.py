"""SessionStatus(1409) of FIXT 1.1: what an acceptor says of the session in its Logon and Logout, and who decides it.

Sources: FIXT 1.1, field 1409 (0 to 8); HKEX OCG-C Binary Trading Protocol, data dictionary, "Session Status" (100
and 101), whose FIX protocol has the same field.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64, mypyc_attr

from cross_market_connect.domain.errors import InvariantError
from cross_market_connect.wire.fix.message import FixMessage

TAG_SESSION_STATUS: Final[i64] = 1409
TAG_ENCRYPTED_PASSWORD: Final[i64] = 1402

STATUS_UNSAID: Final[i64] = -1
STATUS_ACTIVE: Final[i64] = 0
STATUS_PASSWORD_CHANGED: Final[i64] = 1
STATUS_PASSWORD_DUE: Final[i64] = 2
STATUS_NEW_PASSWORD_REFUSED: Final[i64] = 3
STATUS_LOGGED_OUT: Final[i64] = 4
STATUS_CREDENTIALS: Final[i64] = 5
STATUS_LOCKED: Final[i64] = 6
STATUS_CLOSED: Final[i64] = 7
STATUS_EXPIRED: Final[i64] = 8

_MEANINGS: Final[dict[int, bytes]] = {
    0: b"session active",
    1: b"session password changed",
    2: b"session password due to expire",
    3: b"new session password does not comply with policy",
    4: b"session logout complete",
    5: b"invalid username or password",
    6: b"account locked",
    7: b"logons are not allowed at this time",
    8: b"password expired",
    100: b"password change is required",
    101: b"other",
}


@mypyc_attr(allow_interpreted_subclasses=True)
class PasswordCheck:
    """What an acceptor makes of the EncryptedPassword(1402) of a Logon. Only the counterparty's shell holds keys."""

    def status(self, comp_id: bytes, encrypted: bytes, utc_ns: i64) -> i64:
        """STATUS_*: below STATUS_LOGGED_OUT the session begins, from there on it is refused."""
        raise InvariantError("a password check must implement status")


def is_told(message: FixMessage) -> bool:
    """Whether people are to hear of a Logon's status: anything but an active session and a changed password."""
    return message.get_int(TAG_SESSION_STATUS, STATUS_ACTIVE) > STATUS_PASSWORD_CHANGED


def reason_of(message: FixMessage) -> bytes:
    """SessionStatus in words, where there is one, and Text(58)."""
    text = message.get(58)
    status = message.get_int(TAG_SESSION_STATUS, STATUS_UNSAID)
    if status < 0:
        return text
    said = b"SessionStatus %d, %b" % (status, _MEANINGS.get(int(status), b"of the counterparty's own"))
    return said + b": " + text if text else said

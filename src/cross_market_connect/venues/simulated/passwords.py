"""The exchange's half of OCG-C's encrypted passwords: which are right, which expire, and who is locked out.

Decrypting is one power, as encrypting is (`engine/passwords.py`); nothing here withstands somebody who measures
times, and the keys of simulated exchanges protect nothing.
"""

from __future__ import annotations

import base64
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.wire.fix.message import INVALID, parse_timestamp
from cross_market_connect.wire.fix.session_status import (
    STATUS_ACTIVE,
    STATUS_CREDENTIALS,
    STATUS_LOCKED,
    PasswordCheck,
)

FAILURES_MAX: Final = 3
TIME_TOLERANCE_NS: Final[i64] = 60 * NANOSECONDS_PER_SECOND
TIME_BYTES: Final = 14
# Zero, block type, at least eight bytes of padding, zero (RFC 8017, section 7.2.2).
PADDING_BEGIN: Final = b"\x00\x02"
PADDING_BYTES_MIN: Final = 8


@final
class RegisteredPasswords(PasswordCheck):
    """The passwords of an exchange's sessions (OCG-C Binary 3.6, 3.7, 4.1).

    Args:
        modulus, exponent: the exchange's private key.
        passwords: by CompID.

    Attributes:
        told: SessionStatus (1409) of a right password by CompID, where it is not an active session.
        failures: wrong passwords in a row by CompID; three lock the session until the exchange unlocks it.
    """

    def __init__(self, modulus: int, exponent: int, passwords: dict[bytes, bytes]) -> None:
        self.told: dict[bytes, int] = {}
        self.failures: dict[bytes, int] = {}
        self._modulus: int = modulus
        self._exponent: int = exponent
        self._passwords: dict[bytes, bytes] = passwords

    def status(self, comp_id: bytes, encrypted: bytes, utc_ns: i64) -> i64:
        failures = self.failures.get(comp_id, 0)
        if failures >= FAILURES_MAX:
            return STATUS_LOCKED
        if not self._is_right(comp_id, encrypted, utc_ns):
            self.failures[comp_id] = failures + 1
            return STATUS_CREDENTIALS
        self.failures[comp_id] = 0
        return self.told.get(comp_id, int(STATUS_ACTIVE))

    def _is_right(self, comp_id: bytes, encrypted: bytes, utc_ns: i64) -> bool:
        opened = self._opened(encrypted)
        if len(opened) < TIME_BYTES or opened[TIME_BYTES:] != self._passwords.get(comp_id):
            return False
        logon_utc_ns = parse_timestamp(
            b"%b-%b:%b:%b" % (opened[:8], opened[8:10], opened[10:12], opened[12:TIME_BYTES])
        )
        if logon_utc_ns == INVALID:
            return False
        return -TIME_TOLERANCE_NS <= logon_utc_ns - utc_ns <= TIME_TOLERANCE_NS

    def _opened(self, encrypted: bytes) -> bytes:
        """Time and password; b"" for what is not encrypted under this key."""
        try:
            number = int.from_bytes(base64.b64decode(encrypted, validate=True), "big")
        except ValueError:
            return b""
        if number >= self._modulus:
            return b""
        block = pow(number, self._exponent, self._modulus).to_bytes((self._modulus.bit_length() + 7) // 8, "big")
        end = block.find(b"\x00", len(PADDING_BEGIN) + PADDING_BYTES_MIN)
        return block[end + 1 :] if block.startswith(PADDING_BEGIN) and end > 0 else b""

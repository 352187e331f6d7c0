"""Passwords that a counterparty wants encrypted under its RSA key (HKEX OCG-C): the key's file and the encryption.

Encrypting under a public key needs a random padding and one power; the secret part of RSA, which is where care is due,
is the counterparty's. So no library is needed for it (docs/decisions/0011-rsa-by-hand.md).
"""

from __future__ import annotations

import base64
import secrets
import time
from pathlib import Path
from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.errors import InputError
from cross_market_connect.domain.numbers import NANOSECONDS_PER_SECOND
from cross_market_connect.engine.der import enter, skip

BIT_STRING: Final = 0x03
INTEGER: Final = 0x02
SEQUENCE: Final = 0x30
# Zero, block type, at least eight bytes of padding, zero (RFC 8017, section 7.2.1).
PADDING_BYTES: Final = 11


@final
class PublicKey:
    """An RSA key that anybody may know."""

    def __init__(self, modulus: int, exponent: int) -> None:
        self.modulus: int = modulus
        self.exponent: int = exponent
        self.size_bytes: int = (modulus.bit_length() + 7) // 8

    def encrypt(self, message: bytes) -> bytes:
        """RSAES-PKCS1-v1_5 (RFC 8017, section 7.2.1), big-endian. Raises InputError for a message too long."""
        room = self.size_bytes - PADDING_BYTES - len(message)
        if room < 0:
            raise InputError([f"password: {len(message)} bytes with its time; expected at most {room + len(message)}"])
        padding = bytes(1 + secrets.randbelow(255) for _ in range(room + 8))
        block = b"\x00\x02" + padding + b"\x00" + message
        return pow(int.from_bytes(block, "big"), self.exponent, self.modulus).to_bytes(self.size_bytes, "big")


@final
class PasswordSealer:
    """Makes what goes into EncryptedPassword(1402): never twice the same, as the time of the log-on is part of it."""

    def __init__(self, key: PublicKey) -> None:
        self._key: PublicKey = key

    def sealed(self, password: bytes, utc_ns: i64) -> bytes:
        """Login time (YYYYMMDDHHMMSS, UTC) and password, encrypted, as base 64 (OCG-C, "Encryption" and "Password")."""
        moment = time.gmtime(int(utc_ns // NANOSECONDS_PER_SECOND))
        return base64.b64encode(self._key.encrypt(time.strftime("%Y%m%d%H%M%S", moment).encode() + password))


def read_public_key(place: str, file: str, bits: int) -> PublicKey:
    """The RSA key of a PEM file (`PUBLIC KEY` or `RSA PUBLIC KEY`).

    Raises InputError naming the place in the configuration: no file, no such key, or one of another size.
    """
    try:
        text = Path(file).read_text(encoding="latin-1")
    except OSError as error:
        raise InputError(
            [f"{place}: {file}: {error.strerror}; expected the counterparty's public key as PEM"]
        ) from error
    try:
        lines = text.split("-----BEGIN ", 1)[1].split("-----END ", 1)[0].splitlines()
        key = _key_of(base64.b64decode("".join(lines[1:])))
    except (IndexError, ValueError) as error:
        raise InputError([f"{place}: {file} holds no RSA public key; expected the counterparty's as PEM"]) from error
    if key.modulus.bit_length() != bits:
        raise InputError([f"{place}: {file}: a key of {key.modulus.bit_length()} bits; expected {bits}"])
    return key


def _key_of(data: bytes) -> PublicKey:
    """SubjectPublicKeyInfo (RFC 5280, section 4.1) around an RSAPublicKey (RFC 8017, appendix A.1.1), or that alone."""
    if data[0] != SEQUENCE:
        raise ValueError("no key")
    at, _ = enter(data, 0)
    if data[at] != INTEGER:
        at = skip(data, at)  # the algorithm
        if data[at] != BIT_STRING:
            raise ValueError("no key")
        at, _ = enter(data, at)
        at, _ = enter(data, at + 1)  # behind the number of unused bits
    numbers: list[int] = []
    for _number in range(2):
        if data[at] != INTEGER:
            raise ValueError("no RSA key")
        begin, end = enter(data, at)
        numbers.append(int.from_bytes(data[begin:end], "big"))
        at = end
    return PublicKey(numbers[0], numbers[1])

"""An RSA key pair for one run: the suite's own OCG-C needs a private key, which a real one keeps to itself."""

from __future__ import annotations

import functools
import math
import secrets
from dataclasses import dataclass
from typing import Final

PUBLIC_EXPONENT: Final = 65_537
ROUNDS: Final = 8
_SMALL: Final = math.prod(
    number for number in range(3, 2_000) if all(number % by for by in range(2, int(number**0.5) + 1))
)


@dataclass(frozen=True)
class KeyPair:
    """Modulus and the exponents of either half."""

    modulus: int
    public_exponent: int
    private_exponent: int


@functools.cache
def key_pair(bits: int) -> KeyPair:
    """A pair for this process (RFC 8017, section 3), for tests: it withstands no attack that measures times."""
    while True:
        first, second = _prime(bits // 2), _prime(bits // 2)
        order = math.lcm(first - 1, second - 1)
        if first != second and math.gcd(order, PUBLIC_EXPONENT) == 1:
            return KeyPair(first * second, PUBLIC_EXPONENT, pow(PUBLIC_EXPONENT, -1, order))


def _prime(bits: int) -> int:
    # The two highest bits are set, so that the product of two has exactly twice the bits.
    top = 3 << (bits - 2)
    while True:
        number = top | secrets.randbits(bits - 2) | 1
        if math.gcd(number, _SMALL) == 1 and _is_probably_prime(number):
            return number


def _is_probably_prime(number: int) -> bool:
    """Miller and Rabin's test."""
    twos = ((number - 1) & -(number - 1)).bit_length() - 1
    odd = (number - 1) >> twos
    for _ in range(ROUNDS):
        power = pow(2 + secrets.randbelow(number - 3), odd, number)
        if power in (1, number - 1):
            continue
        for _ in range(twos - 1):
            power = power * power % number
            if power == number - 1:
                break
        else:
            return False
    return True

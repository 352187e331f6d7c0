"""Integer arithmetic that cannot wrap, and the sentinels shared by every room.

Compiled `i64` arithmetic wraps silently, and a wrapped negative notional passes a "not above the maximum" check.
Every product of price, quantity and multiplier therefore goes through `checked_multiply`.
"""

from __future__ import annotations

from typing import Final

from mypy_extensions import i64

# Calls, not literals: compiled, a literal of more than 62 bits is converted from a Python object at every use, a value
# that is computed once is read.
I64_MAX: Final[i64] = i64(9_223_372_036_854_775_807)
# The kernel did not say how long it had a datagram.
UNSTAMPED: Final[i64] = -1
NO_TIMER: Final[i64] = i64(9_223_372_036_854_775_807)
NO_PRICE: Final[i64] = i64(-9_223_372_036_854_775_807)
_HALF_RANGE: Final[i64] = 2_147_483_648
NANOSECONDS_PER_SECOND: Final[i64] = 1_000_000_000
NANOSECONDS_PER_MILLISECOND: Final[i64] = 1_000_000
MONEY_SCALE: Final[i64] = 10_000


def checked_multiply(a: i64, b: i64) -> i64:
    """Return a * b, saturated at +-I64_MAX instead of wrapping.

    Limits are validated to lie far below I64_MAX, so a saturated product always exceeds them and is refused.
    """
    size_a: i64 = -a if a < 0 else a
    size_b: i64 = -b if b < 0 else b
    # The smallest number has no opposite: compiled, its size stays negative.
    if 0 <= size_a < _HALF_RANGE and 0 <= size_b < _HALF_RANGE:
        return a * b
    if size_a == 0 or size_b == 0:
        return 0
    if size_a < 0 or size_b < 0 or size_a > I64_MAX // size_b:
        return I64_MAX if (a < 0) == (b < 0) else -I64_MAX
    return a * b


def checked_add(a: i64, b: i64) -> i64:
    """Return a + b, saturated at +-I64_MAX instead of wrapping."""
    if b > 0 and a > I64_MAX - b:
        return I64_MAX
    if b < 0 and a < -I64_MAX - b:
        return -I64_MAX
    return a + b


def doubled(value: i64, times: i64) -> i64:
    """`value` doubled so many times: pauses that grow with every failure.

    Not a shift: where the compiler knows the value it writes a C literal, and shifts that in 32 bits.
    """
    result = value
    for _ in range(times):
        result *= 2
    return result


def divide_round_half_up(numerator: i64, denominator: i64) -> i64:
    """Return numerator / denominator rounded to the nearest integer, halves away from zero. denominator > 0."""
    if numerator >= 0:
        return (numerator + denominator // 2) // denominator
    return -((-numerator + denominator // 2) // denominator)


def multiply_divide(a: i64, b: i64, divisor: i64) -> i64:
    """Return a * b / divisor rounded down, exact where a * b itself would not fit; divisor > 0 or < 0, not 0.

    The quotient must fit; it saturates otherwise.
    """
    product = checked_multiply(a, b)
    if -I64_MAX < product < I64_MAX:
        return product // divisor
    exact: int = int(a) * int(b) // int(divisor)
    if exact > int(I64_MAX):
        return I64_MAX
    return i64(exact) if exact > -int(I64_MAX) else -I64_MAX


FX_SCALE_E8: Final[i64] = 100_000_000


def convert_e4(amount_e4: i64, fx_e8: i64) -> i64:
    """Amount in another currency, rounded toward zero: amount * fx / 1e8, saturated, with 0 <= amount."""
    if fx_e8 == FX_SCALE_E8:
        return amount_e4
    whole: i64 = amount_e4 // FX_SCALE_E8
    rest: i64 = amount_e4 % FX_SCALE_E8
    return checked_add(checked_multiply(whole, fx_e8), checked_multiply(rest, fx_e8) // FX_SCALE_E8)

"""Hang Seng futures for the demonstration: MODELLED quotes, made from recorded CSI 300 futures and a seed.

No recorded Hang Seng quotes ship with the package, so these are invented; every place that shows them says so. Method:

* fair value = RATIO x middle of the CSI 300 future's last quote, plus a basis;
* the basis is an Ornstein-Uhlenbeck process, reverting with a time constant of 20 s to 0 with a stationary standard
  deviation of 16 Hang Seng points (about 3 CSI 300 points). Its exact discretisation over a step d is
  x' = exp(-d / 20 s) x + sqrt(1 - exp(-2d / 20 s)) 16 n, with n standard normal;
* quotes come every 200 to 500 ms (2.9 per second on average), one or two ticks wide, 3 to 30 lots a side;
* n is the sum of twelve uniforms less six (Irwin-Hall: mean 0, variance 1, no tail beyond 6).

Everything is integer arithmetic over constants that were computed beforehand, so that the same seed gives the same
quotes compiled, interpreted and on any machine.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from cross_market_connect.domain.numbers import divide_round_half_up
from cross_market_connect.reference.ticks import TickSeries

# Hang Seng points per CSI 300 point. The two closed at 27,472 and 5,267.7 on 2021-01-04 (ratio 5.215).
RATIO_E3: Final[i64] = 5_250
DEVIATION_E6: Final[i64] = 16_000_000
REVERSION_S: Final[i64] = 20
POINT_E6: Final[i64] = 1_000_000

# One middle of the future in units of half a tick (0.1 points) is worth this many 1e-6 Hang Seng points.
_HALF_TICK_E6: Final[i64] = RATIO_E3 * 100

# Steps between quotes, exp(-step / 20 s) and sqrt(1 - exp(-2 step / 20 s)) in 1e-9.
STEPS_MS: Final[tuple[int, ...]] = (200, 250, 300, 350, 400, 450, 500)
DECAY_E9: Final[tuple[int, ...]] = (
    990_049_834,
    987_577_800,
    985_111_940,
    982_652_236,
    980_198_673,
    977_751_237,
    975_309_912,
)
NOISE_E9: Final[tuple[int, ...]] = (
    140_717_187,
    157_130_799,
    171_914_125,
    185_457_768,
    198_016_567,
    209_767_772,
    220_840_611,
)

# SplitMix64's constants in halves, and the largest bound whose remainder needs no more than 63 bits.
_HALF_MASK: Final[i64] = 0xFFFFFFFF
_STEP_HIGH: Final[i64] = 0x9E3779B9
_STEP_LOW: Final[i64] = 0x7F4A7C15
_FIRST_HIGH: Final[i64] = 0xBF58476D
_FIRST_LOW: Final[i64] = 0x1CE4E5B9
_SECOND_HIGH: Final[i64] = 0x94D049BB
_SECOND_LOW: Final[i64] = 0x133111EB
_BOUND_MAX: Final = 2_147_483_648
_E9: Final[i64] = 1_000_000_000


def _product(one: i64, other: i64) -> i64:
    """The lower 32 bits of a product of two halves."""
    return ((one & 0xFFFF) * other + ((((one >> 16) * other) & 0xFFFF) << 16)) & _HALF_MASK


@final
class SeededIntegers:
    """SplitMix64 (Steele, Lea, Flood 2014): the same integers from the same seed everywhere.

    A word is kept in two halves of 32 bits, and no product or sum of them reaches 63 bits: compiled arithmetic wraps
    there, interpreted arithmetic grows.
    """

    def __init__(self, seed: int) -> None:
        self._state_high: i64 = i64((seed >> 32) & 0xFFFFFFFF)
        self._state_low: i64 = i64(seed & 0xFFFFFFFF)
        self._high: i64 = 0
        self._low: i64 = 0

    def _next(self) -> None:
        """The next word in `_high` and `_low`."""
        low: i64 = self._state_low + _STEP_LOW
        self._state_low = low & _HALF_MASK
        self._state_high = (self._state_high + _STEP_HIGH + (low >> 32)) & _HALF_MASK
        self._high, self._low = self._state_high, self._state_low
        self._fold(30)
        self._multiply(_FIRST_HIGH, _FIRST_LOW)
        self._fold(27)
        self._multiply(_SECOND_HIGH, _SECOND_LOW)
        self._fold(31)

    def _fold(self, bits: i64) -> None:
        """The word's exclusive or with itself shifted right by so many bits, less than 32."""
        high: i64 = self._high
        low: i64 = self._low
        self._low = low ^ (((high << (32 - bits)) & _HALF_MASK) | (low >> bits))
        self._high = high ^ (high >> bits)

    def _multiply(self, high: i64, low: i64) -> None:
        """The word times the one in these halves, modulo 2**64: partial products of 32 by 16 bits."""
        own: i64 = self._low
        first: i64 = (own & 0xFFFF) * low
        second: i64 = (own >> 16) * low
        bottom: i64 = first + ((second & 0xFFFF) << 16)
        top: i64 = (bottom >> 32) + (second >> 16) + _product(own, high) + _product(self._high, low)
        self._low = bottom & _HALF_MASK
        self._high = top & _HALF_MASK

    def word(self) -> int:
        """The next 64 bits."""
        self._next()
        return int(self._high) << 32 | int(self._low)

    def below(self, bound: int) -> int:
        """An integer from 0 to bound - 1; the bias of the remainder is below bound / 2**64."""
        if bound >= _BOUND_MAX:
            return self.word() % bound
        self._next()
        divisor: i64 = bound
        return int(((self._high % divisor) * 4_294_967_296 + self._low) % divisor)

    def normal_e6(self) -> int:
        """A standard normal in 1e-6: twelve uniforms of 16 bits, taken from three words, less their mean."""
        total = 0
        for _ in range(3):
            word = self.word()
            total += (word & 0xFFFF) + (word >> 16 & 0xFFFF) + (word >> 32 & 0xFFFF) + (word >> 48)
        # Each uniform has the mean 32767.5 / 65536; halving keeps the sum an integer.
        return (total * 2 - 12 * 65_535) * 1_000_000 // (2 * 65_536)


def modelled_hang_seng(recorded: TickSeries, seed: int, until_utc_ns: int) -> TickSeries:
    """Quotes of the Hang Seng future (tick 1 point) from the first recorded quote up to `until_utc_ns`.

    Args:
        recorded: quotes of the CSI 300 future (tick 0.2), at least one.
        seed: decides the basis, the widths, the quantities and the times.
        until_utc_ns: no quote at or after it; after the last recorded quote the middle stays where it was.
    """
    result = TickSeries()
    random = SeededIntegers(seed)
    position: i64 = 0
    recorded_count: i64 = len(recorded)
    basis_e6: i64 = divide_round_half_up(DEVIATION_E6 * random.normal_e6(), POINT_E6)
    utc_ns = recorded.utc_ns[0]
    volume = 0
    while utc_ns < until_utc_ns:
        while position + 1 < recorded_count and recorded.utc_ns[position + 1] <= utc_ns:
            position += 1
        middle_half_ticks: i64 = recorded.bid_ticks[position] + recorded.ask_ticks[position]
        fair_e6: i64 = middle_half_ticks * _HALF_TICK_E6 + basis_e6
        width: i64 = 1 + random.below(2)
        bid: i64 = divide_round_half_up(2 * fair_e6 - width * POINT_E6, 2 * POINT_E6)
        bid_lots = 3 + random.below(28)
        ask_lots = 3 + random.below(28)
        buyer_trades = random.below(2) == 1
        volume += random.below(4)
        result.append(utc_ns, bid, bid_lots, bid + width, ask_lots, bid + width if buyer_trades else bid, volume)
        step = random.below(len(STEPS_MS))
        utc_ns += STEPS_MS[step] * 1_000_000
        basis_e6 = next_basis_e6(basis_e6, step, random.normal_e6())
    return result


def next_basis_e6(basis_e6: i64, step: i64, normal_e6: i64, deviation_e6: i64 = DEVIATION_E6) -> i64:
    """The basis after the step of that number, for a standard normal in 1e-6 and a stationary standard deviation."""
    kept: i64 = divide_round_half_up(basis_e6 * DECAY_E9[step], _E9)
    shock_e6: i64 = divide_round_half_up(normal_e6 * NOISE_E9[step], _E9)
    return kept + divide_round_half_up(shock_e6 * deviation_e6, POINT_E6)
